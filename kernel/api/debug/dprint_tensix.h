// Prints what DST holds, and formats by name. The chip's configuration registers don't exist here, so what would print
// them does not compile.
#pragma once

#include <stdint.h>

#include "dprint.h"
#include "tessera/abi_compute.h"

constexpr int PRECISION = 4;
constexpr int WIDTH = 8;
constexpr uint16_t NUM_FACES_PER_TILE = 4;
constexpr uint16_t NUM_ROWS_PER_FACE = 16;
constexpr uint16_t NUM_ROWS_PER_TILE = NUM_FACES_PER_TILE * NUM_ROWS_PER_FACE;

/// Row of DST, counted in rows of 16 values.
inline uint16_t get_logical_row_id(uint16_t tile_id, uint16_t face_id, uint16_t row_id) {
    return static_cast<uint16_t>(NUM_ROWS_PER_TILE * tile_id + NUM_ROWS_PER_FACE * face_id + row_id);
}

/// A tt::DataFormat by name.
inline void dprint_data_format(uint8_t data_format) {
    switch (data_format) {
        case 0:
            DPRINT << "Float32";
            break;
        case 1:
            DPRINT << "Float16";
            break;
        case 2:
            DPRINT << "Bfp8";
            break;
        case 3:
            DPRINT << "Bfp4";
            break;
        case 4:
            DPRINT << "Tf32";
            break;
        case 5:
            DPRINT << "Float16_b";
            break;
        case 6:
            DPRINT << "Bfp8_b";
            break;
        case 7:
            DPRINT << "Bfp4_b";
            break;
        case 8:
            DPRINT << "Int32";
            break;
        case 9:
            DPRINT << "UInt16";
            break;
        case 10:
            DPRINT << "Lf8";
            break;
        case 11:
            DPRINT << "Bfp2";
            break;
        case 14:
            DPRINT << "Int8";
            break;
        case 15:
            DPRINT << "Bfp2_b";
            break;
        case 24:
            DPRINT << "UInt32";
            break;
        case 30:
            DPRINT << "UInt8";
            break;
        default:
            DPRINT << "INVALID DATA FORMAT";
            break;
    }
}

/// Prints `count` words as register contents in a tt::DataFormat, on a line of its own.
inline void dprint_array_with_data_type(uint32_t data_format, uint32_t* data, uint32_t count) {
    tsr_dprint_words(data, count, 2, data_format);
    DPRINT << ENDL();
}

/// Prints the 64 rows of DST tile tile_id as TRISC1 sees them, 16 values a line in four digits behind the point.
template <bool print_by_face = false>
void dprint_tensix_dest_reg(int tile_id = 0) {
    const ::tessera::debug::ThreadScope scope(TSR_THREAD_TRISC1);
    const uint32_t* rows = tsr_dst_tile(static_cast<uint32_t>(tile_id));
    DPRINT << FIXED() << SETW(WIDTH) << SETPRECISION(PRECISION);
    DPRINT << "Tile ID = " << tile_id << ENDL();
    for (int face = 0; face < NUM_FACES_PER_TILE; ++face) {
        for (int row = 0; row < NUM_ROWS_PER_FACE; ++row, rows += 16) {
            tsr_dprint_words(rows, 16, 2, 0);
            DPRINT << ENDL();
        }
        if constexpr (print_by_face) {
            DPRINT << ENDL();
        }
    }
}
