// Activation functions on the vector unit, as the kernels published in February 2026 compute them. The approximate
// modes of tanh, sigmoid and GELU are the lookup instruction's piecewise lines.
#pragma once

#include <tensix/exact/sfpu_functions_log.h>

namespace tessera::tensix::exact {
namespace {

// --- Sigmoid, tanh ---------------------------------------------------------------------------------------------------
/// 1 / (1 + e^-x), not rounded.
template <Chip C, bool W>
BLOCK_FN F sigmoid_value(F x) {
    const F power = W ? exp_long<C>(neg(x)) : exp_short<C>(neg(x));
    return reciprocal<C, W ? 2 : 1>(add<C>(splat(1.0f), power));
}
template <Chip C, bool W>
LANE_FN F sigmoid_function(F x, uint32_t flags) {
    if ((flags & TSR_SFPU_APPROX) != 0) {
        return add<C>(lut<C>(x, 0x3DFF, 0x21D8, 0xFF10, true), splat(0.5f));
    }
    return rounded<W>(sigmoid_value<C, W>(x));
}
template <Chip C, bool W>
LANE_FN F silu_function(F x) {
    return rounded<W>(mul<C>(x, sigmoid_value<C, W>(x)));
}

template <Chip C, bool W>
BLOCK_FN F tanh_function(F x, uint32_t flags) {
    if ((flags & TSR_SFPU_APPROX) != 0) {
        // 0.90625 x, 0.09375 x + 0.8125, 1.
        return lut<C>(x, 0x1DFF, 0x481A, 0xFF00, true);
    }
    const F magnitude = abs_float(x);
    if constexpr (W) {
        const F small = mul<C>(x, poly<C>(mul<C>(x, x), 0.999999940395355224609375f, -0.33332359790802001953125f,
                                          0.13310669362545013427734375f, -5.21197654306888580322265625e-2f,
                                          1.5497927553951740264892578125e-2f));
        const F sigmoid = sigmoid_value<C, true>(mul<C>(splat(2.0f), x));
        return select(less<C>(magnitude, splat(0.6f)), small, mad<C>(splat(2.0f), sigmoid, splat(-1.0f)));
    } else {
        const F y =
            poly<C>(magnitude, 0.0f, 0.999004364013671875f, 3.0897438526153564453125e-2f, -0.4890659749507904052734375f,
                    0.281917631626129150390625f, -6.6649019718170166015625e-2f, 5.876733921468257904052734375e-3f);
        return round_to_bf16(setsgn(swap_min(y, splat(1.0f)), x));
    }
}

// --- GELU ------------------------------------------------------------------------------------------------------------
template <Chip C>
BLOCK_FN F gelu_function(F x, uint32_t flags) {
    if ((flags & TSR_SFPU_APPROX) != 0) {
        // x/2 + f(|x|), six lines as pairs of fp16: slopes and intercepts up to 0.5, 1, 1.5, 2, 3 and beyond. The
        // halving is taken to be fused with the sum.
        constexpr LutRegisters LINES{{0x37E7322B, 0x38E138F3, 0x38003852, 0, 0xB12286D8, 0xB437B479, 0x7C00AFA4}};
        const F line = lutfp32<C>(x, LINES, LutMode::Fp16Entries6, false);
        return mad<C>(x, splat(0.5f), line);
    }
    const F series = poly<C>(x, 2.98325768482e-05f, 0.499174645395f, 0.398579460781f, 0.00244542739174f,
                             -0.0656369476513f, -0.00208478037614f, 0.0092074331601f, 0.000768340223025f,
                             -0.000862052441087f, -0.000138391838381f, 4.25116466215e-05f, 1.19076782913e-05f,
                             -2.29754133825e-07f, -3.74540617693e-07f, -4.59055119276e-08f, -1.81205228163e-09f);
    const F inside = select(at_least<C>(x, splat(-5.5f)), setsgn(series, x), F{});
    return select(eq0(x), F{}, select(less<C>(x, splat(3.0f)), inside, x));
}

// --- The exponential linear units ------------------------------------------------------------------------------------
template <Chip C, bool W>
LANE_FN Stored elu_function(F x, F slope) {
    const F y = mul<C>(slope, sub<C>(exp_short<C>(x), splat(1.0f)));
    return {rounded<W>(y), lt0(x)};
}
template <Chip C, bool W>
LANE_FN Stored celu_function(F x, F alpha, F alpha_inverse) {
    const F y = mul<C>(alpha, sub<C>(exp_short<C>(mul<C>(x, alpha_inverse)), splat(1.0f)));
    // Compared with a register that holds zero, not with the constant.
    return {rounded<W>(y), less<C>(x, F{})};
}
template <Chip C, bool W>
LANE_FN F selu_function(F x, F scale, F alpha) {
    const F y = mul<C>(mul<C>(sub<C>(exp_short<C>(x), splat(1.0f)), alpha), scale);
    return select(gte0(x), mul<C>(x, scale), rounded<W>(y));
}

// --- Softplus and its mirror image -----------------------------------------------------------------------------------
/// ln(1 + e^x) on [-5, 4).
template <Chip C>
BLOCK_FN F softplus_series(F x) {
    return poly<C>(x, 0.6924354434013367f, 0.49275708198547363f, 0.12142381817102432f, 0.0031102809589356184f,
                   -0.00330807245336473f, -0.00028794066747650504f, 5.3185409342404455e-05f, 7.1853546614875086e-06f,
                   7.4961114648886e-08f);
}
/// Lanes whose beta x is not below the threshold are not touched.
template <Chip C>
LANE_FN Stored softplus_function(F in, F beta, F beta_inverse, F threshold) {
    const F x = mul<C>(beta, in);
    F y = select(less<C>(x, splat(4.0f)), softplus_series<C>(x), x);
    y = select(less<C>(x, splat(-5.0f)), round_to_bf16(exp_short<C>(x)), y);
    return {mul<C>(beta_inverse, y), less<C>(x, threshold)};
}
/// exp_minus_x: e^-x.
template <Chip C>
LANE_FN F logsigmoid_function(F x, F exp_minus_x) {
    const F minus_x = neg(x);
    const I middle = at_least<C>(minus_x, splat(-4.0f)) & less<C>(minus_x, splat(4.0f));
    const F y = select(middle, neg(softplus_series<C>(minus_x)), x);
    return select(less<C>(minus_x, splat(-4.0f)), neg(exp_minus_x), y);
}

// --- Units made of lines ---------------------------------------------------------------------------------------------
template <Chip C>
LANE_FN F softsign_function(F x, uint32_t flags) {
    const F sum = add<C>(abs_float(x), splat(1.0f));
    return mul<C>(x, (flags & TSR_SFPU_APPROX) != 0 ? reciprocal<C, 0>(sum) : reciprocal<C, 2>(sum));
}
template <Chip C>
LANE_FN F softshrink_function(F x, F lambda) {
    const F y = select(less<C>(x, neg(lambda)), add<C>(x, lambda), F{});
    return select(greater<C>(x, lambda), sub<C>(x, lambda), y);
}
template <Chip C>
LANE_FN F relu_max_function(F x, F limit) {
    const F y = select(greater<C>(x, limit), limit, x);
    return select(lt0(y), F{}, y);
}
/// Wormhole takes the maximum in the order of the bits, Blackhole replaces what compares less.
template <Chip C>
LANE_FN Stored relu_min_function(F x, F limit) {
    if constexpr (C == Chip::Wormhole) {
        return {swap_max(x, limit), I{} - 1};
    } else {
        return {limit, less<C>(x, limit)};
    }
}
template <Chip C>
LANE_FN F hardsigmoid_function(F x) {
    return relu_max_function<C>(mad<C>(x, splat(0.1666666716337204f), splat(0.5f)), splat(1.0f));
}
template <Chip C>
LANE_FN F hardmish_function(F x) {
    const F a = swap_min(swap_max(add<C>(x, splat(2.8f)), F{}), splat(5.0f));
    return mul<C>(mul<C>(x, a), splat(0.2f));
}
template <Chip C>
LANE_FN F leaky_relu_function(F x, F slope) {
    return select(lt0(x), mul<C>(x, slope), x);
}
template <Chip C>
LANE_FN Stored threshold_function(F x, F threshold, F value) {
    return {value, at_most<C>(x, threshold)};
}
/// Both bounds in the order of the bits; between them the value goes through DST.
LANE_FN F clamp_function(F x, F low, F high, SfpuWidth width) {
    return swap_min(stored(swap_max(x, low), width), high);
}
LANE_FN F heaviside_function(F x, F at_zero) {
    return select(lt0(x), F{}, select(gt0(x), splat(1.0f), at_zero));
}

}  // namespace
}  // namespace tessera::tensix::exact
