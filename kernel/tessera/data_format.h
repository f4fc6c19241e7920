// DataFormat as kernels see it, and the bytes that tiles of each format take.
#pragma once

#include <cstdint>

/// The numbers are the hardware's (what unpacker and packer are configured with).
enum class DataFormat : uint8_t {
    Float32 = 0,
    Float16 = 1,
    Bfp8 = 2,
    Bfp4 = 3,
    Tf32 = 4,
    Float16_b = 5,
    Bfp8_b = 6,
    Bfp4_b = 7,
    Int32 = 8,
    UInt16 = 9,
    Lf8 = 10,
    Bfp2 = 11,
    Int8 = 14,
    Bfp2_b = 15,
    UInt32 = 24,
    Fp8_e4m3 = 26,
    UInt8 = 30,
    RawUInt8 = 0xf0,
    RawUInt16 = 0xf1,
    RawUInt32 = 0xf2,
    Invalid = 0xff,
};

namespace tessera {

/// Bytes of `count` tiles of `tile_hw` values each; a block format stores one exponent byte a row of 16 values, and at
/// least 16 of them.
constexpr uint32_t tile_bytes(uint32_t format, uint32_t count, uint32_t tile_hw) {
    const uint32_t exponents = tile_hw / 16 > 16 ? tile_hw / 16 : 16;
    switch (static_cast<DataFormat>(format)) {
        case DataFormat::Float32:
        case DataFormat::Tf32:
        case DataFormat::Int32:
        case DataFormat::UInt32:
            return count * tile_hw * 4;
        case DataFormat::Float16:
        case DataFormat::Float16_b:
        case DataFormat::UInt16:
            return count * tile_hw * 2;
        case DataFormat::UInt8:
        case DataFormat::Int8:
        case DataFormat::Lf8:
        case DataFormat::Fp8_e4m3:
            return count * tile_hw;
        case DataFormat::Bfp4:
        case DataFormat::Bfp4_b:
            return count * (tile_hw / 2 + exponents);
        case DataFormat::Bfp2:
        case DataFormat::Bfp2_b:
            return count * (tile_hw / 4 + exponents);
        default:
            return count * (tile_hw + exponents);
    }
}

}  // namespace tessera
