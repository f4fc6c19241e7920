// The configuration of the "kernel" that these tests are: tensor accessors' arguments one after another.
#pragma once

#include <tessera/config.h>

#define NOC_INDEX 1
#define NOC_MODE 0

// Where each test's arguments start.
enum : uint32_t {
    at_plain = 0,             // 7, 8, 9
    at_interleaved_dram = 3,  // page size in the word
    at_interleaved_l1 = 4,    // without
    at_static_2d = 5,         // sharded L1, 5x7 pages, shards of 2x3, 4 banks
    at_static_3d = 14,        // sharded DRAM, 3x4x5 pages, shards of 2x2x2, 5 banks
    at_runtime = 26,          // everything at run time
    at_runtime_shapes = 27,   // rank 2 and 3 banks at compile time, the rest at run time
};

template <>
struct tessera::KernelConfig<void> {
    static constexpr std::array<uint32_t, 30> compile_args = {
        7,
        8,
        9,
        // 2: DRAM; page of 2080 bytes in units of 16
        2 | (2080 / 16) << 8,
        0,
        1 | (64 / 16) << 8,
        2,
        4,
        5,
        7,
        2,
        3,
        0x1202'1201,
        0x1302'1301,
        1 | 2 | (64 / 16) << 8,
        3,
        5,
        3,
        4,
        5,
        2,
        2,
        2,
        0x0300'0400,
        0x0100'0200,
        0x0000'0000,
        1 | 4 | 8 | 16 | 32 | 64 | (64 / 16) << 8,
        1 | 16 | 32 | 64 | (64 / 16) << 8,
        2,
        3,
    };
    static constexpr std::array<tessera::NamedArg, 2> named_compile_args = {{{"depth", 3}, {"width", 40}}};
    static constexpr uint8_t cb_data_format[64] = {5, 6, 0};
    static constexpr uint32_t cb_tile_size[64] = {2048, 1088, 4096};
    static constexpr uint16_t cb_tile_rows[64] = {32, 32, 16}, cb_tile_cols[64] = {32, 32, 32};
    static constexpr uint16_t cb_face_rows[64] = {16, 16, 16}, cb_num_faces[64] = {4, 4, 2};
    static constexpr uint8_t math_fidelity = 4;
    static constexpr bool fp32_dest_acc_en = false, dst_full_sync_en = false, math_approx_mode = false;
};
