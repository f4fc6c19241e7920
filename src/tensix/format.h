// Number formats of a Tensix core and the geometry of a tile in L1. The numbers of DataFormat are the hardware's, the
// same that kernels and host programs use.
#pragma once

#include <cstdint>

namespace tessera::tensix {

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
    Lf8 = 10,  ///< 8-bit float with 5 exponent bits
    Bfp2 = 11,
    Int8 = 14,  ///< sign and magnitude
    Bfp2_b = 15,
    UInt32 = 24,
    Fp8_e4m3 = 26,
    UInt8 = 30,
    Invalid = 255,
};

/// The name that messages use.
const char* name(DataFormat format);

constexpr bool is_block_float(DataFormat f) {
    return f == DataFormat::Bfp8 || f == DataFormat::Bfp4 || f == DataFormat::Bfp2 || f == DataFormat::Bfp8_b ||
           f == DataFormat::Bfp4_b || f == DataFormat::Bfp2_b;
}

constexpr bool is_integer(DataFormat f) {
    return f == DataFormat::Int32 || f == DataFormat::UInt32 || f == DataFormat::UInt16 || f == DataFormat::Int8 ||
           f == DataFormat::UInt8;
}

/// Formats with a 5-bit exponent, whose values the matrix unit holds as fp16.
constexpr bool is_fp16_class(DataFormat f) {
    return f == DataFormat::Float16 || f == DataFormat::Bfp8 || f == DataFormat::Bfp4 || f == DataFormat::Bfp2 ||
           f == DataFormat::Lf8 || f == DataFormat::Fp8_e4m3;
}

/// Bits of one datum without shared exponents; 0 for a format that tiles can't have.
constexpr uint32_t datum_bits(DataFormat f) {
    switch (f) {
        case DataFormat::Float32:
        case DataFormat::Tf32:
        case DataFormat::Int32:
        case DataFormat::UInt32:
            return 32;
        case DataFormat::Float16:
        case DataFormat::Float16_b:
        case DataFormat::UInt16:
            return 16;
        case DataFormat::Bfp8:
        case DataFormat::Bfp8_b:
        case DataFormat::Lf8:
        case DataFormat::Int8:
        case DataFormat::Fp8_e4m3:
        case DataFormat::UInt8:
            return 8;
        case DataFormat::Bfp4:
        case DataFormat::Bfp4_b:
            return 4;
        case DataFormat::Bfp2:
        case DataFormat::Bfp2_b:
            return 2;
        default:
            return 0;
    }
}

/// A tile is num_faces faces of face_rows x 16 datums, stored one after the other, row by row of faces.
struct TileShape {
    uint16_t rows = 32;
    uint16_t cols = 32;
    uint16_t face_rows = 16;
    uint16_t num_faces = 4;

    constexpr uint32_t datums() const { return uint32_t{face_rows} * 16 * num_faces; }
    constexpr uint32_t face_cols() const { return cols > 16 ? 2 : 1; }  ///< faces side by side
    constexpr bool full() const { return face_rows == 16 && num_faces == 4; }
    friend constexpr bool operator==(const TileShape&, const TileShape&) = default;
};

/// Bytes of shared exponents in front of a tile of `datums` datums: one a 16 datums, at least 16 bytes.
constexpr uint32_t exponent_bytes(DataFormat f, uint32_t datums) {
    return is_block_float(f) ? (datums / 16 < 16 ? 16 : datums / 16) : 0;
}

/// Bytes of one tile in L1.
constexpr uint32_t tile_bytes(DataFormat f, uint32_t datums) {
    return exponent_bytes(f, datums) + datums * datum_bits(f) / 8;
}

}  // namespace tessera::tensix
