// How a kernel is built and where it runs: the configuration structs of CreateKernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <tt-metalium/base_types.hpp>
#include <tt-metalium/data_types.hpp>
#include <tt-metalium/hal_types.hpp>

namespace tt::tt_metal {

/// 32-bit words of unique plus common runtime arguments that one kernel may have on one core.
constexpr uint32_t max_runtime_args = 341;

/// Number of a kernel within its program, in order of creation.
using KernelHandle = std::uint32_t;

/// Accepted as written; kernels are always compiled with optimization and never with unsafe floating-point rules.
enum class KernelBuildOptLevel : uint8_t { O1, O2, O3, O0, Os, Ofast, Oz };

/// A kernel on one of the two data-movement processors.
struct DataMovementConfig {
    DataMovementProcessor processor = DataMovementProcessor::RISCV_0;
    NOC noc = NOC::RISCV_0_default;
    NOC_MODE noc_mode = NOC_MODE::DM_DEDICATED_NOC;
    std::vector<uint32_t> compile_args;
    std::map<std::string, std::string> defines;
    std::unordered_map<std::string, uint32_t> named_compile_args;
    KernelBuildOptLevel opt_level = KernelBuildOptLevel::O2;
};

/// RISCV_1 on the NoC that is best for DRAM reads (NoC 0).
struct ReaderDataMovementConfig : public DataMovementConfig {
    ReaderDataMovementConfig(std::vector<uint32_t> compile_args = {}, std::map<std::string, std::string> defines = {},
                             std::unordered_map<std::string, uint32_t> named_compile_args = {},
                             KernelBuildOptLevel opt_level = KernelBuildOptLevel::O2);
};

/// RISCV_0 on the NoC that is best for DRAM writes (NoC 1).
struct WriterDataMovementConfig : public DataMovementConfig {
    WriterDataMovementConfig(std::vector<uint32_t> compile_args = {}, std::map<std::string, std::string> defines = {},
                             std::unordered_map<std::string, uint32_t> named_compile_args = {},
                             KernelBuildOptLevel opt_level = KernelBuildOptLevel::O2);
};

/// A kernel on the three compute processors.
struct ComputeConfig {
    MathFidelity math_fidelity = MathFidelity::HiFi4;
    bool fp32_dest_acc_en = false;                      ///< DST holds 32-bit values, half as many tiles
    bool dst_full_sync_en = false;                      ///< DST is one section, not two halves
    std::vector<UnpackToDestMode> unpack_to_dest_mode;  ///< by circular buffer index; empty: all default
    bool bfp8_pack_precise = false;
    bool math_approx_mode = false;
    std::vector<uint32_t> compile_args;
    std::map<std::string, std::string> defines;
    std::unordered_map<std::string, uint32_t> named_compile_args;
    KernelBuildOptLevel opt_level = KernelBuildOptLevel::O3;
};

/// A kernel on an Ethernet core. CreateKernel rejects it: the simulated device has no Ethernet cores.
struct EthernetConfig {
    Eth eth_mode = Eth::SENDER;
    NOC noc = NOC::NOC_0;
    DataMovementProcessor processor = DataMovementProcessor::RISCV_0;
    std::vector<uint32_t> compile_args;
    std::map<std::string, std::string> defines;
    std::unordered_map<std::string, uint32_t> named_compile_args;
    KernelBuildOptLevel opt_level = KernelBuildOptLevel::Os;
    NOC_MODE noc_mode = NOC_MODE::DM_DEDICATED_NOC;
};

namespace detail {

struct KernelBinaryMeta {
    using ProcessorType = uint32_t;
    ProcessorType processor_type;
    std::size_t packed_size;  ///< bytes
};

/// What collect_kernel_meta tells about one kernel.
struct KernelMeta {
    std::string_view name, source;
    HalProcessorClassType processor_class;
    HalProgrammableCoreType programmable_core_type;
    std::optional<MathFidelity> math_fidelity;
    std::vector<KernelBinaryMeta> binary_meta;
};

}  // namespace detail

}  // namespace tt::tt_metal
