// Mid-2025: <tt-metalium/...> headers, IDevice and a command queue, CBIndex, InterleavedAddrGenFast, MAIN with the
// four-step DST protocol, and names without their namespaces. Halves tiles of numbers and keeps what is positive.
#include <cstdio>

#include <tt-metalium/allocator.hpp>
#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/command_queue.hpp>
#include <tt-metalium/device.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>
#include <tt-metalium/util.hpp>

using namespace tt;
using namespace tt::tt_metal;

int main() {
    constexpr uint32_t tiles = 5;
    const uint32_t tile_bytes = tt::tt_metal::detail::TileSize(tt::DataFormat::Float16_b);
    IDevice* device = CreateDevice(0);
    CommandQueue& queue = device->command_queue();
    Program program = CreateProgram();
    const CoreCoord core = {0, 0};
    const uint32_t page = align(tile_bytes, device->allocator()->get_alignment(BufferType::DRAM));

    // A mesh buffer's layout stood beside its shard parameters.
    [[maybe_unused]] const distributed::DeviceLocalBufferConfig local{.page_size = page,
                                                                      .buffer_type = BufferType::DRAM,
                                                                      .buffer_layout = TensorMemoryLayout::INTERLEAVED,
                                                                      .bottom_up = false};
    InterleavedBufferConfig config{
        .device = device, .size = tiles * page, .page_size = page, .buffer_type = BufferType::DRAM};
    std::shared_ptr<Buffer> in = CreateBuffer(config);
    std::shared_ptr<Buffer> out = CreateBuffer(config);
    for (uint32_t index : {uint32_t{CBIndex::c_0}, uint32_t{CBIndex::c_16}}) {
        CreateCircularBuffer(program, core,
                             CircularBufferConfig(2 * tile_bytes, {{index, tt::DataFormat::Float16_b}})
                                 .set_page_size(index, tile_bytes));
    }
    auto reader =
        CreateKernel(program, "kernels/read.cpp", core,
                     DataMovementConfig{.processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_1_default});
    auto writer =
        CreateKernel(program, "kernels/write.cpp", core,
                     DataMovementConfig{.processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default});
    std::map<string, string> defines = {{"SFPU_OP_RELU_FAMILY_INCLUDE", "1"},
                                        {"SFPU_OP_CHAIN_0", "relu_tile_init(); relu_tile(0);"}};
    auto compute = CreateKernel(
        program, "kernels/halve.cpp", core,
        ComputeConfig{.math_fidelity = MathFidelity::HiFi4, .math_approx_mode = false, .defines = defines});

    std::vector<bfloat16> numbers(tiles * tile_bytes / 2);
    for (size_t i = 0; i < numbers.size(); ++i) {
        numbers[i] = bfloat16(float(int(i % 200) - 100));
    }
    EnqueueWriteBuffer(queue, in, pack_bfloat16_vec_into_uint32_vec(numbers), false);
    SetRuntimeArgs(program, reader, core, {in->address(), tiles});
    SetRuntimeArgs(program, writer, core, {out->address(), tiles});
    SetRuntimeArgs(program, compute, core, {tiles});
    EnqueueProgram(queue, program, false);
    std::vector<uint32_t> words;
    EnqueueReadBuffer(queue, out, words, true);

    std::vector<bfloat16> result = unpack_uint32_vec_into_bfloat16_vec(words);
    bool pass = result.size() == numbers.size();
    for (size_t i = 0; pass && i < result.size(); ++i) {
        const float expected = std::max(numbers[i].to_float() * 0.5f, 0.0f);
        pass = result[i].to_float() == expected;
    }
    pass &= CloseDevice(device);
    std::puts(pass ? "PASS" : "FAIL");
    return pass ? 0 : 1;
}
