// The matrix product's definition, compiled for several CPUs like the rest of ops_impl.h.
#pragma once

#include <tensix/fast/ops_impl.h>

#include <xmmintrin.h>

namespace tessera::tensix {
namespace {

// The order of summation is AMX's, so that every level gives the same bits: within one tile the products of even and of
// odd k are summed apart from k = 0 up, then even + odd is added to DST. Denormal operands and results count as zero.

typedef float Lanes __attribute__((vector_size(64)));

struct FlushDenormals {
    unsigned saved = _mm_getcsr();
    FlushDenormals() { _mm_setcsr(saved | 0x8040); }
    ~FlushDenormals() { _mm_setcsr(saved); }
};

// Rows of in0 that are not all zero, counted from the top: later ones add nothing.
template <typename T>
u32 live_rows(const ProductPlan& plan, const T* tile) {
    const u32 faces = plan.inner / 16;
    constexpr u32 words = 16 * sizeof(T) / 8;
    for (u32 m = plan.rows; m > 0; --m) {
        const u32 face_row = (m - 1) / 16;
        uint64_t any = 0;
        for (u32 f = 0; f < faces; ++f) {
            const T* row = tile + ((face_row * faces + f) * plan.in0_face_rows + (m - 1) % 16) * 16;
            for (u32 w = 0; w < words; ++w) {
                any |= load<uint64_t>(reinterpret_cast<const u8*>(row) + 8 * w);
            }
        }
        if (any) {
            return m;
        }
    }
    return 0;
}

inline float widen(u16 v, u32 m) {
    return float_of((static_cast<u32>(v) << 16) & m);
}
inline float widen(float v, u32 m) {
    return float_of(bits_of(v) & m);
}

// [rows][inner] and [inner][cols] in fp32, masked.
template <typename T>
void panel(const T* tile, u32 rows, u32 cols, u32 face_rows, u32 m, float* out) {
    const u32 faces = cols / 16;
    for (u32 r = 0; r < rows; ++r) {
        for (u32 f = 0; f < faces; ++f) {
            const T* row = tile + ((r / 16 * faces + f) * face_rows + r % 16) * 16;
            for (u32 c = 0; c < 16; ++c) {
                out[r * cols + f * 16 + c] = widen(row[c], m);
            }
        }
    }
}

template <u32 Rows>
inline void product(const float* a, const float* b, u32 inner, u32 cols, u32 column, float* const* out, bool fresh) {
    Lanes even[Rows] = {}, odd[Rows] = {};
    for (u32 k = 0; k < inner; k += 2) {
        const Lanes b0 = load<Lanes>(b + k * cols + column);
        const Lanes b1 = load<Lanes>(b + (k + 1) * cols + column);
        for (u32 r = 0; r < Rows; ++r) {
            even[r] += a[r * inner + k] * b0;
            odd[r] += a[r * inner + k + 1] * b1;
        }
    }
    for (u32 r = 0; r < Rows; ++r) {
        const Lanes base = fresh ? Lanes{} : load<Lanes>(out[r]);
        store(out[r], base + (even[r] + odd[r]));
    }
}

template <typename T>
void matmul(const ProductPlan& plan) {
    FlushDenormals flush_denormals;
    const u32 column_faces = plan.cols / 16;
    alignas(64) float a[32 * 32];
    alignas(64) float b[8][32 * 32];
    for (u32 c0 = 0; c0 < plan.ct; c0 += 8) {
        const u32 count = plan.ct - c0 < 8 ? plan.ct - c0 : 8;
        for (u32 c = 0; c < count; ++c) {
            panel(static_cast<const T*>(plan.in1[c0 + c]), plan.inner, plan.cols, 16, plan.in1_mask, b[c]);
        }
        for (u32 r = 0; r < plan.rt; ++r) {
            const T* tile = static_cast<const T*>(plan.in0[r]);
            const u32 live = live_rows(plan, tile);
            panel(tile, live, plan.inner, plan.in0_face_rows, plan.in0_mask, a);
            for (u32 c = 0; c < count; ++c) {
                float* dst = plan.dst + (r * plan.ct + c0 + c) * 1024;
                const bool fresh = plan.fresh && plan.fresh[r * plan.ct + c0 + c];
                if (fresh && (live < 32 || plan.cols < 32)) {
                    __builtin_memset(dst, 0, 4096);
                }
                for (u32 f = 0; f < column_faces; ++f) {
                    u32 m = 0;
                    float* rows[4];
                    for (; m + 4 <= live; m += 4) {
                        for (u32 i = 0; i < 4; ++i) {
                            rows[i] = dst + (((m + i) / 16 * column_faces + f) * 16 + (m + i) % 16) * 16;
                        }
                        product<4>(a + m * plan.inner, b[c], plan.inner, plan.cols, f * 16, rows, fresh);
                    }
                    for (; m < live; ++m) {
                        rows[0] = dst + ((m / 16 * column_faces + f) * 16 + m % 16) * 16;
                        product<1>(a + m * plan.inner, b[c], plan.inner, plan.cols, f * 16, rows, fresh);
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace tessera::tensix
