// A kernel that measures its own read from DRAM, as micro-benchmarks do.
#include <cstdio>

#include <tt-metalium/device.hpp>
#include <tt-metalium/host_api.hpp>

using namespace tt::tt_metal;

int main() {
    IDevice* device = CreateDevice(0);
    Program program = CreateProgram();
    constexpr CoreCoord core{0, 0};
    constexpr uint32_t bytes = 2048;
    auto from = CreateBuffer(InterleavedBufferConfig{device, bytes, bytes, BufferType::DRAM});
    auto to = CreateBuffer(InterleavedBufferConfig{device, 2 * bytes, 2 * bytes, BufferType::L1});
    std::vector<uint32_t> values(bytes / sizeof(uint32_t), 1);
    detail::WriteToBuffer(from, values);
    const auto kernel =
        CreateKernel(program, "read.cpp", core,
                     DataMovementConfig{.processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default});
    SetRuntimeArgs(program, kernel, core,
                   {static_cast<uint32_t>(to->address()), static_cast<uint32_t>(from->address())});
    detail::LaunchProgram(device, program);
    std::vector<uint32_t> result;
    detail::ReadFromDeviceL1(device, core, static_cast<uint32_t>(to->address()), 16, result);
    std::printf("cycles %u\n", result[0]);
    CloseDevice(device);
    return 0;
}
