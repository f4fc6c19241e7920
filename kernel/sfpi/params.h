// How a kernel runs a function of its own on the vector unit: _llk_math_eltwise_{unary,binary,ternary}_sfpu_params_
// call it once for each face that the vector mode names, each time with dst_reg[0] at the face's first vector (eight a
// face).
#pragma once

#include <stdint.h>

#include <type_traits>
#include <utility>

#include <tessera/compute_globals.h>

#include "registers.h"

using ckernel::VectorMode;

namespace sfpi::impl_ {

/// MATH's section of DST as the vector unit's, from tile `first` on, until the end of a scope.
class DstWindow {
public:
    sfpi_inline explicit DstWindow(uint32_t first) {
        sfpu.dst_is_32bit = tsr_dst_is_32bit() != 0;
        sfpu.dst = tsr_dst_tile(first) - static_cast<uintptr_t>(first) * 1024;
        sfpu.ready_tiles = 1u << (first & 31);
        sfpu.row = first * 64;
        sfpu.in_params = true;
        sfpu.partial = false;
    }
    sfpi_inline ~DstWindow() {
        sfpu.in_params = false;
        sfpu.row = 0;
    }

private:
    FlushDenormals flush_;
};

template <class F>
sfpi_inline void for_faces(uint32_t first, uint32_t mode, F&& call) {
    const DstWindow window(first);
    const uint32_t start = first * 64;
    switch (static_cast<VectorMode>(mode)) {
        case VectorMode::R:
            for (uint32_t face = 0; face < 2; ++face) {
                sfpu.row = start + 16 * face;
                call();
            }
            break;
        case VectorMode::C:
            for (uint32_t face = 0; face < 4; face += 2) {
                sfpu.row = start + 16 * face;
                call();
            }
            break;
        case VectorMode::RC:
            for (uint32_t face = 0; face < 4; ++face) {
                sfpu.row = start + 16 * face;
                call();
            }
            break;
        default:
            call();
            break;
    }
}

template <class T>
concept Mode = std::is_integral_v<std::remove_cvref_t<T>> || std::is_same_v<std::remove_cvref_t<T>, VectorMode>;

}  // namespace sfpi::impl_

/// Runs sfpu_func(args...) on tile dst_index of MATH's section. Older callers name the mode VectorMode, newer ones int.
template <bool APPROXIMATE = false, class Callable, sfpi::impl_::Mode M = int, class... Args>
inline void _llk_math_eltwise_unary_sfpu_params_(Callable&& sfpu_func, uint32_t dst_index,
                                                 M vector_mode = static_cast<M>(VectorMode::RC), Args&&... args) {
    sfpi::impl_::for_faces(dst_index, static_cast<uint32_t>(vector_mode), [&] { sfpu_func(args...); });
}

/// Runs sfpu_func(dst_index_in0, dst_index_in1, dst_index_out, args...); the function counts tiles itself, 32 vectors
/// each.
template <bool APPROXIMATE = false, class Callable, sfpi::impl_::Mode M = int, class... Args>
inline void _llk_math_eltwise_binary_sfpu_params_(Callable&& sfpu_func, uint32_t dst_index_in0, uint32_t dst_index_in1,
                                                  uint32_t dst_index_out,
                                                  M vector_mode = static_cast<M>(VectorMode::RC), Args&&... args) {
    sfpi::impl_::for_faces(0, static_cast<uint32_t>(vector_mode),
                           [&] { sfpu_func(dst_index_in0, dst_index_in1, dst_index_out, args...); });
}

/// The same with three inputs.
template <bool APPROXIMATE = false, class Callable, sfpi::impl_::Mode M = int, class... Args>
inline void _llk_math_eltwise_ternary_sfpu_params_(Callable&& sfpu_func, uint32_t dst_index_in0, uint32_t dst_index_in1,
                                                   uint32_t dst_index_in2, uint32_t dst_index_out,
                                                   M vector_mode = static_cast<M>(VectorMode::RC), Args&&... args) {
    sfpi::impl_::for_faces(0, static_cast<uint32_t>(vector_mode),
                           [&] { sfpu_func(dst_index_in0, dst_index_in1, dst_index_in2, dst_index_out, args...); });
}

// The spelling before the leading underscore.
template <bool APPROXIMATE, class... Args>
inline void llk_math_eltwise_unary_sfpu_params(Args&&... args) {
    _llk_math_eltwise_unary_sfpu_params_<APPROXIMATE>(std::forward<Args>(args)...);
}
template <bool APPROXIMATE, class... Args>
inline void llk_math_eltwise_binary_sfpu_params(Args&&... args) {
    _llk_math_eltwise_binary_sfpu_params_<APPROXIMATE>(std::forward<Args>(args)...);
}
template <bool APPROXIMATE, class... Args>
inline void llk_math_eltwise_ternary_sfpu_params(Args&&... args) {
    _llk_math_eltwise_ternary_sfpu_params_<APPROXIMATE>(std::forward<Args>(args)...);
}
