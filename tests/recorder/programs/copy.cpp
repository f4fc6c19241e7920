// Copies 24 pages from DRAM to DRAM, twice; with the argument "fail" the second kernel makes a mistake after three.
#include <cstring>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>

using namespace tt::tt_metal;

constexpr const char* copy = R"(
void kernel_main() {
    constexpr uint32_t from = get_compile_time_arg_val(0), to = get_compile_time_arg_val(1);
    constexpr uint32_t pages = get_compile_time_arg_val(2);
    const uint32_t l1 = get_arg_val<uint32_t>(0), own = to + get_arg_val<uint32_t>(1);
    for (uint32_t i = 0; i < pages; ++i) {
        noc_async_read(get_noc_addr_from_bank_id<true>(0, from + 32 * i), l1, 32);
        noc_async_read_barrier();
        noc_async_write(l1, get_noc_addr_from_bank_id<true>(1, own + 32 * i), 32);
        noc_async_write_barrier();
    }
    if (pages == 3) {
        cb_wait_front(7, 1);
    }
})";

int main(int argc, char** argv) {
    const bool fails = argc > 1 && std::strcmp(argv[1], "fail") == 0;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto buffer = distributed::MeshBuffer::create(
        distributed::ReplicatedBufferConfig{.size = 12 * 4096},
        distributed::DeviceLocalBufferConfig{.page_size = 4096, .buffer_type = BufferType::DRAM}, mesh.get());
    std::vector<uint32_t> zeros(12 * 1024);
    distributed::EnqueueWriteMeshBuffer(mesh->mesh_command_queue(), buffer, zeros, true);
    for (int launch = 0; launch < 2; ++launch) {
        Program program = CreateProgram();
        const auto address = static_cast<uint32_t>(buffer->address());
        const auto kernel = CreateKernelFromString(
            program, copy, CoreRange({0, 0}, {1, 0}),
            DataMovementConfig{.processor = DataMovementProcessor::RISCV_1,
                               .noc = NOC::RISCV_1_default,
                               .compile_args = {address, address + 2048, fails && launch == 1 ? 3U : 24U}});
        SetRuntimeArgs(program, kernel, CoreCoord(0, 0), {0x40000, 0});
        SetRuntimeArgs(program, kernel, CoreCoord(1, 0), {0x40000, 24 * 32});
        distributed::MeshWorkload workload;
        workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
        distributed::EnqueueMeshWorkload(mesh->mesh_command_queue(), workload, true);
    }
    mesh->close();
    return 0;
}
