// What a kernel's own compilation fixes: its arguments, its circular buffers' formats, its arithmetic settings.
// The host layer generates one specialisation per compilation and places it between the precompiled prelude and the
// kernel's source; headers reach it through a dependent name, so that they can be precompiled before it exists:
//
//     template <class Tag = void>
//     constexpr uint32_t example() { return tessera::KernelConfig<Tag>::compile_args[0]; }
//
// The generated code has this form, the arrays always having TSR_MAX_CBS (64) entries:
//
//     template <> struct tessera::KernelConfig<void> {
//         static constexpr std::array<uint32_t, N> compile_args = {...};
//         static constexpr std::array<tessera::NamedArg, M> named_compile_args = {{{"name", value}, ...}};
//         static constexpr uint8_t cb_data_format[64] = {...};   // tt::DataFormat, 255 where not configured
//         static constexpr uint32_t cb_tile_size[64] = {...};    // bytes of one tile
//         static constexpr uint16_t cb_tile_rows[64] = {...}, cb_tile_cols[64] = {...};
//         static constexpr uint16_t cb_face_rows[64] = {...}, cb_num_faces[64] = {...};
//         static constexpr uint8_t math_fidelity = 4;            // 0 LoFi, 2 HiFi2, 3 HiFi3, 4 HiFi4
//         static constexpr bool fp32_dest_acc_en = false, dst_full_sync_en = false, math_approx_mode = false;
//     };
//
// and, for code that uses them as macros: NUM_DRAM_BANKS, NUM_L1_BANKS, NOC_INDEX, NOC_MODE, MATH_FIDELITY,
// APPROX, COMPILE_FOR_BRISC or COMPILE_FOR_NCRISC, KERNEL_COMPILE_TIME_ARGS, and the kernel's own defines; then, unless
// they define it, the constant DST_ACCUM_MODE. A prelude is
// compiled once per kind and family: it may use COMPILE_FOR_TRISC, ARCH_WORMHOLE and ARCH_BLACKHOLE and none of those.
//
// The generated code ends with `#include <tessera/configured.h>`, which turns the configuration into the names that
// kernels use as constants (noc_index, noc_mode, kernel_compile_time_args, get_named_compile_time_arg_val).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tessera {

template <class Tag>
struct KernelConfig;

struct NamedArg {
    std::string_view name;
    uint32_t value;
};

}  // namespace tessera
