// Number formats of tiles, and their sizes.
#pragma once

#include <cstdint>
#include <functional>
#include <ostream>
#include <stdexcept>

#include <fmt/base.h>
#include <umd/device/types/arch.hpp>

namespace tt {

/// A number format as the unpackers and packers know it; the values are the hardware's. Formats with one exponent for
/// 16 values: Bfp8, Bfp4 and Bfp2; the suffix _b says that exponents have 8 bits (as bfloat16), else 5 (as half).
enum class DataFormat : uint8_t {
    Float32 = 0,
    Float16 = 1,
    Bfp8 = 2,
    Bfp4 = 3,
    Bfp2 = 11,
    Float16_b = 5,
    Bfp8_b = 6,
    Bfp4_b = 7,
    Bfp2_b = 15,
    Lf8 = 10,
    Fp8_e4m3 = 0x1A,
    Int8 = 14,
    Tf32 = 4,
    UInt8 = 30,
    UInt16 = 9,
    Int32 = 8,
    UInt32 = 24,
    RawUInt8 = 0xf0,
    RawUInt16 = 0xf1,
    RawUInt32 = 0xf2,
    Invalid = 0xff,
};

/// True for integers, the raw formats included.
bool is_integer_format(DataFormat format);

std::ostream& operator<<(std::ostream& os, const DataFormat& format);

/// Bytes of one value. Throws std::invalid_argument for formats in which a value has no size of its own.
constexpr static uint32_t datum_size(const DataFormat& format) {
    switch (format) {
        case DataFormat::Float32:
        case DataFormat::Int32:
        case DataFormat::UInt32:
        case DataFormat::RawUInt32:
            return 4;
        case DataFormat::Float16:
        case DataFormat::Float16_b:
        case DataFormat::UInt16:
        case DataFormat::RawUInt16:
            return 2;
        case DataFormat::Lf8:
        case DataFormat::Fp8_e4m3:
        case DataFormat::Int8:
        case DataFormat::UInt8:
        case DataFormat::RawUInt8:
            return 1;
        case DataFormat::Bfp8:
        case DataFormat::Bfp8_b:
        case DataFormat::Bfp4:
        case DataFormat::Bfp4_b:
        case DataFormat::Bfp2:
        case DataFormat::Bfp2_b:
            throw std::invalid_argument("datum for bfp2, bfp4, bfp8 is invalid");
        case DataFormat::Tf32:
            throw std::invalid_argument("TF32 has no size in memory");
        case DataFormat::Invalid:
            throw std::invalid_argument("Invalid data format");
    }
    throw std::invalid_argument("Unknown format");
}

/// Bytes of a tile of 32 x 32 values. Throws std::invalid_argument for formats that have no tiles in memory.
constexpr static uint32_t tile_size(const DataFormat& format) {
    constexpr uint32_t values = 32 * 32;
    constexpr uint32_t exponents = values / 16;
    switch (format) {
        case DataFormat::Bfp8:
        case DataFormat::Bfp8_b:
            return values + exponents;
        case DataFormat::Bfp4:
        case DataFormat::Bfp4_b:
            return values / 2 + exponents;
        case DataFormat::Bfp2:
        case DataFormat::Bfp2_b:
            return values / 4 + exponents;
        default:
            return values * datum_size(format);
    }
}

}  // namespace tt

template <>
struct std::hash<tt::DataFormat> {
    std::size_t operator()(const tt::DataFormat& format) const noexcept { return static_cast<std::size_t>(format); }
};

template <>
struct fmt::formatter<tt::DataFormat> : fmt::formatter<fmt::string_view> {
    auto format(tt::DataFormat format, fmt::format_context& ctx) const -> fmt::format_context::iterator;
};
