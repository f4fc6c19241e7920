// 14 + 7, twice: by the RISC-V core that moves data, and by the compute engine on a tile of 32-bit integers.
#include "../common/session.hpp"

using namespace example;

namespace {

constexpr CoreCoord core = {0, 0};

uint32_t add_on_riscv(const Mesh& mesh, uint32_t a, uint32_t b) {
    auto& queue = mesh->mesh_command_queue();
    auto in0 = make_buffer(mesh, sizeof(uint32_t), sizeof(uint32_t));
    auto in1 = make_buffer(mesh, sizeof(uint32_t), sizeof(uint32_t));
    auto out = make_buffer(mesh, sizeof(uint32_t), sizeof(uint32_t));
    auto scratch = make_buffer(mesh, 3 * 64, 3 * 64, BufferType::L1);

    Program program = CreateProgram();
    auto kernel = make_writer(program, "kernels/add_in_riscv.cpp", core);
    SetRuntimeArgs(program, kernel, core,
                   {static_cast<uint32_t>(in0->address()), static_cast<uint32_t>(in1->address()),
                    static_cast<uint32_t>(out->address()), static_cast<uint32_t>(scratch->address())});
    std::vector<uint32_t> first{a}, second{b}, result;
    distributed::EnqueueWriteMeshBuffer(queue, in0, first, false);
    distributed::EnqueueWriteMeshBuffer(queue, in1, second, false);
    run(mesh, std::move(program));
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);
    return result.at(0);
}

uint32_t add_on_compute(const Mesh& mesh, uint32_t a, uint32_t b) {
    constexpr uint32_t int_tile_bytes = tt::constants::TILE_HW * sizeof(uint32_t);
    auto& queue = mesh->mesh_command_queue();
    auto in0 = make_buffer(mesh, int_tile_bytes, int_tile_bytes);
    auto in1 = make_buffer(mesh, int_tile_bytes, int_tile_bytes);
    auto out = make_buffer(mesh, int_tile_bytes, int_tile_bytes);

    Program program = CreateProgram();
    for (auto index : {CBIndex::c_0, CBIndex::c_1, CBIndex::c_16}) {
        make_cb(program, core, index, 1, int_tile_bytes, DataFormat::Int32);
    }
    auto reader = make_reader(program, "kernels/read_two_tiles.cpp", core, accessor_args({}, in0, in1));
    auto writer = make_writer(program, "kernels/write_one_tile.cpp", core, accessor_args({}, out));
    CreateKernel(program, "kernels/add_in_compute.cpp", core, ComputeConfig{.fp32_dest_acc_en = true});
    SetRuntimeArgs(program, reader, core,
                   {static_cast<uint32_t>(in0->address()), static_cast<uint32_t>(in1->address())});
    SetRuntimeArgs(program, writer, core, {static_cast<uint32_t>(out->address())});
    std::vector<uint32_t> first(tt::constants::TILE_HW, a), second(tt::constants::TILE_HW, b), result;
    distributed::EnqueueWriteMeshBuffer(queue, in0, first, false);
    distributed::EnqueueWriteMeshBuffer(queue, in1, second, false);
    run(mesh, std::move(program));
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);
    for (uint32_t value : result) {
        if (value != result[0]) {
            return ~0u;
        }
    }
    return result.at(0);
}

}  // namespace

int main() {
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    std::vector<float> results = {static_cast<float>(add_on_riscv(mesh, 14, 7)),
                                  static_cast<float>(add_on_compute(mesh, 14, 7))};
    fmt::print("14 + 7 = {} (RISC-V), {} (compute engine)\n", results[0], results[1]);
    mesh->close();
    return verdict("add_2_integers", results, std::vector<float>{21, 21}, 0, 0);
}
