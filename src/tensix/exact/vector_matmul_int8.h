// The exact matrix product of integers: 16 products of slices of magnitudes are summed exactly and added to DST, which
// saturates.
#pragma once

#include <tensix/exact/vector_int8.h>
#include <tensix/exact/vector_matmul_panels.h>

namespace tessera::tensix::exact {
namespace {
namespace product {

/// Signed values of the slices, row after row; `mask` tells the bits of the magnitude.
struct IntegerPanel {
    alignas(64) i32 slices[2][32 * 32];
};

inline void build(const MatmulOperand& operand, u32 rows, u32 cols, u32 face_rows, i32 mask0, i32 mask1,
                  IntegerPanel& out) {
    const auto* data = static_cast<const u32*>(operand.data);
    const u32 faces = cols / 16;
    for (u32 r = 0; r < rows; ++r) {
        for (u32 f = 0; f < faces; ++f) {
            const Words w = load<Words>(data + ((r / 16 * faces + f) * face_rows + r % 16) * 16);
            const Ints magnitude = int8_magnitude(w), negative = ints(w) >> 31;
            store(out.slices[0] + r * 32 + f * 16, ((magnitude & mask0) ^ negative) - negative);
            store(out.slices[1] + r * 32 + f * 16, ((magnitude & mask1) ^ negative) - negative);
        }
    }
}

inline void integer_product(const MatmulPlan& plan, const IntegerPanel& left, const IntegerPanel& right, u32* dst) {
    for (u32 r = 0; r < plan.rows; ++r) {
        for (u32 h = 0; h < plan.cols / 16; ++h) {
            u32* const out = dst + dst_offset(plan, r, h);
            Words d = load<Words>(out);
            for (u32 phase = 0; phase < plan.phases; ++phase) {
                const i32* a = right.slices[phase & 1] + h * 16;
                const i32* b = left.slices[phase >> 1] + r * 32;
                for (u32 f = 0; f < plan.inner / 16; ++f) {
                    Ints sum = {};  // of 16 products below 2^18
                    for (u32 k = f * face_depth; k < (f + 1) * face_depth; ++k) {
                        sum += load<Ints>(a + k * 32) * b[k];
                    }
                    d = add_saturated(d, sum);
                }
            }
            store(out, d);
        }
    }
}

}  // namespace product
}  // namespace
}  // namespace tessera::tensix::exact
