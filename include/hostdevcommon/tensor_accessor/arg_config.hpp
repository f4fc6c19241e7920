// How the host tells a kernel's TensorAccessorArgs what a tensor looks like. Shared by host and kernels.
//
// Compile-time arguments, each present only if its Runtime bit is clear, and all but the first only for sharded
// tensors:
//   word 0      bits 0-7 ArgConfig, bits 8-31 aligned page size of the buffer in units of 16 bytes (0: not given)
//   rank, number of banks, tensor shape in pages (rank words), shard shape in pages (rank words),
//   bank coordinates, two a word: x << 8 | y of an even bank in the low half, of an odd bank in the high half.
// Coordinates of L1 banks are virtual; a DRAM bank's x is its bank id. What has its Runtime bit set stands in the
// common runtime arguments in the same order.
#pragma once

#include <cstdint>

#include <hostdevcommon/flags.hpp>

namespace tensor_accessor {

enum class ArgConfig : uint8_t {
    None = 0,
    Sharded = 1 << 0,
    IsDram = 1 << 1,
    RuntimeRank = 1 << 2,
    RuntimeNumBanks = 1 << 3,
    RuntimeTensorShape = 1 << 4,
    RuntimeShardShape = 1 << 5,
    RuntimeBankCoords = 1 << 6,
    Runtime = RuntimeRank | RuntimeNumBanks | RuntimeTensorShape | RuntimeShardShape | RuntimeBankCoords
};

using ArgsConfig = Flags<ArgConfig>;
constexpr ArgsConfig operator|(ArgConfig a, ArgConfig b) noexcept {
    return ArgsConfig(a) | b;
}
constexpr ArgsConfig operator|(ArgConfig a, ArgsConfig b) noexcept {
    return ArgsConfig(a) | b;
}

/// Word 0 of the compile-time arguments. A page too large for the field (256 MiB and up) is left out.
constexpr uint32_t pack_config_word(ArgsConfig config, uint64_t aligned_page_size) {
    const uint64_t units =
        aligned_page_size % 16 == 0 && aligned_page_size / 16 < (1u << 24) ? aligned_page_size / 16 : 0;
    return config.raw() | static_cast<uint32_t>(units << 8);
}

}  // namespace tensor_accessor
