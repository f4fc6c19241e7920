// What every vector-unit header needs: the entry points, the enumerations in their signatures, and conversions between
// number formats. On the chip init functions load constants into registers; here most have nothing to do.
#pragma once

#include <cstdint>

#include <tessera/abi.h>
#include <tessera/abi_sfpu.h>
#include <tessera/attributes.h>
#include <tessera/data_format.h>
#include <tessera/sfpu_types.h>

namespace tessera {

constexpr bool is_integer(DataFormat format) {
    return format == DataFormat::Int32 || format == DataFormat::UInt32 || format == DataFormat::UInt16 ||
           format == DataFormat::UInt8;
}

/// Converts a tile of DST in place; see typecast_tile.
template <DataFormat from, DataFormat to>
ALWI void typecast(uint32_t idst) {
    static_assert(
        from != DataFormat::Int8 && to != DataFormat::Int8 && from != DataFormat::Invalid && to != DataFormat::Invalid,
        "typecast_tile: this pair of formats is not supported");
    constexpr bool wide = to == DataFormat::Float32;
    constexpr uint32_t faces = TSR_FACES_RC;
    if constexpr (from == to) {
        return;
    } else if constexpr (!is_integer(from) && !is_integer(to)) {
        if constexpr (from == DataFormat::Float32) {
            tsr_sfpu_unary(TSR_SFPU_FLOAT_TO_BF16, idst, faces, 0, 0, 0);
        }
    } else if constexpr (!is_integer(from)) {
        constexpr uint32_t op = to == DataFormat::Int32    ? TSR_SFPU_FLOAT_TO_INT32
                                : to == DataFormat::UInt32 ? TSR_SFPU_FLOAT_TO_UINT32
                                : to == DataFormat::UInt8  ? TSR_SFPU_FLOAT_TO_INT32
                                                           : TSR_SFPU_FLOAT_TO_UINT16;
        tsr_sfpu_unary(op, idst, faces, 0, 0, 0);
        if constexpr (to == DataFormat::UInt8) {
            tsr_sfpu_unary(TSR_SFPU_AND_SCALAR, idst, faces, 0xFF, 0, 0);
        }
    } else if constexpr (!is_integer(to)) {
        constexpr uint32_t op = from == DataFormat::UInt32 ? (wide ? TSR_SFPU_UINT32_TO_FLOAT : TSR_SFPU_UINT32_TO_BF16)
                                                           : (wide ? TSR_SFPU_INT32_TO_FLOAT : TSR_SFPU_INT32_TO_BF16);
        tsr_sfpu_unary(op, idst, faces, 0, 0, 0);
    } else if constexpr (to == DataFormat::UInt16) {
        if constexpr (from == DataFormat::UInt32) {
            tsr_sfpu_unary(TSR_SFPU_MIN_SCALAR_UINT, idst, faces, 0xFFFF, 0, 0);
        } else {
            tsr_sfpu_unary(TSR_SFPU_TO_UINT16, idst, faces, 0, 0, 0);
        }
    } else if constexpr (to == DataFormat::UInt8) {
        tsr_sfpu_unary(TSR_SFPU_AND_SCALAR, idst, faces, 0xFF, 0, 0);
    }
}

}  // namespace tessera
