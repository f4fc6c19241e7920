// The first generation: tt_metal/ headers, CreateDevice, a command queue, CB::c_in0, noc_coordinates, kernels with
// MAIN, acquire_dst(mode), inits without operands and reads of DRAM by coordinates. Squares tiles of numbers.
#include <cstdio>
#include <cstdlib>

#include "common/bfloat16.hpp"
#include "tt_metal/detail/tt_metal.hpp"
#include "tt_metal/host_api.hpp"
#include "tt_metal/impl/device/device.hpp"
#include "tt_metal/third_party/magic_enum/magic_enum.hpp"

using namespace tt;
using namespace tt::tt_metal;

namespace {

struct Operation {
    enum Kind { Add = 0, Sub = 1, Mul = 2 };
};

void buffer_of_two_tiles(Program& program, CoreCoord core, uint32_t index) {
    CircularBufferConfig config =
        CircularBufferConfig(2 * 2048, {{index, tt::DataFormat::Float16_b}}).set_page_size(index, 2048);
    tt_metal::CreateCircularBuffer(program, core, config);
}

}  // namespace

int main() {
    if (magic_enum::enum_values<Operation::Kind>().size() != 3 || magic_enum::enum_name(Operation::Mul) != "Mul") {
        std::puts("FAIL: enumerators");
        return 1;
    }
    constexpr uint32_t tiles = 4;
    constexpr uint32_t bytes = tiles * 2048;
    Device* device = CreateDevice(0);
    CommandQueue& queue = device->command_queue();
    Program program = CreateProgram();
    constexpr CoreCoord core = {0, 0};

    InterleavedBufferConfig config{
        .device = device, .size = bytes, .page_size = bytes, .buffer_type = tt_metal::BufferType::DRAM};
    std::shared_ptr<Buffer> in = CreateBuffer(config);
    std::shared_ptr<Buffer> out = CreateBuffer(config);
    buffer_of_two_tiles(program, core, CB::c_in0);
    buffer_of_two_tiles(program, core, CB::c_in1);
    buffer_of_two_tiles(program, core, CB::c_out0);

    KernelHandle reader =
        CreateKernel(program, "kernels/read.cpp", core,
                     DataMovementConfig{.processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_1_default});
    KernelHandle writer =
        CreateKernel(program, "kernels/write.cpp", core,
                     DataMovementConfig{.processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default});
    CreateKernel(program, "kernels/square.cpp", core,
                 ComputeConfig{.compile_args = {tiles}, .defines = {{"OP", "mul_tiles"}}});

    std::vector<uint32_t> words = create_random_vector_of_bfloat16(bytes, 2, 7);
    EnqueueWriteBuffer(queue, in, words, false);
    SetRuntimeArgs(program, reader, core,
                   {in->address(), static_cast<uint32_t>(in->noc_coordinates().x),
                    static_cast<uint32_t>(in->noc_coordinates().y), tiles});
    SetRuntimeArgs(program, writer, core,
                   {out->address(), static_cast<uint32_t>(out->noc_coordinates().x),
                    static_cast<uint32_t>(out->noc_coordinates().y), tiles});
    EnqueueProgram(queue, program, false);
    Finish(queue);
    std::vector<uint32_t> result;
    EnqueueReadBuffer(queue, out, result, true);

    std::vector<uint32_t> expected = pack_bfloat16_vec_into_uint32_vec(unpack_uint32_vec_into_bfloat16_vec(
        words, [](const bfloat16& x) { return bfloat16(x.to_float() * x.to_float()); }));
    bool pass = result.size() == words.size() &&
                packed_uint32_t_vector_comparison(expected, result, [](float a, float b) { return is_close(a, b); });
    pass &= CloseDevice(device);
    std::puts(pass ? "PASS" : "FAIL");
    return pass ? 0 : 1;
}
