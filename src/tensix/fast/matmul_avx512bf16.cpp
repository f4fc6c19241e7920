// The bf16 matrix product on AVX-512 BF16. One instruction adds two products to a lane one after the other, the high
// half's first: pairs are (k + 2, k), so that even and odd k keep chains of their own and the bits are those of the
// other levels.
#include <tensix/fast/ops.h>

#include <immintrin.h>

namespace tessera::tensix::detail {
namespace {

const uint16_t* row_of(const ProductPlan& plan, const uint16_t* tile, uint32_t row, uint32_t face) {
    return tile + ((row / 16 * (plan.inner / 16) + face) * plan.in0_face_rows + row % 16) * 16;
}

uint32_t live_rows(const ProductPlan& plan, const uint16_t* tile) {
    for (uint32_t m = plan.rows; m > 0; --m) {
        __m256i any = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row_of(plan, tile, m - 1, 0)));
        if (plan.inner == 32) {
            any = _mm256_or_si256(any,
                                  _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row_of(plan, tile, m - 1, 1))));
        }
        if (!_mm256_testz_si256(any, any)) {
            return m;
        }
    }
    return 0;
}

// Row m: 8 words of even k, then 8 words of odd k, each (k + 2, k); a row of 16 k fills 4 and 4.
void pack_in0(const ProductPlan& plan, const uint16_t* tile, uint32_t rows, uint16_t* out) {
    const uint32_t quads = plan.inner / 4;
    const uint16_t mask = static_cast<uint16_t>(plan.in0_mask >> 16);
    alignas(64) uint16_t order[32] = {};
    for (uint32_t j = 0; j < quads; ++j) {
        order[2 * j] = static_cast<uint16_t>(4 * j + 2);
        order[2 * j + 1] = static_cast<uint16_t>(4 * j);
        order[16 + 2 * j] = static_cast<uint16_t>(4 * j + 3);
        order[16 + 2 * j + 1] = static_cast<uint16_t>(4 * j + 1);
    }
    const __m512i index = _mm512_load_si512(order);
    const __m512i keep = _mm512_set1_epi16(static_cast<short>(mask));
    for (uint32_t m = 0; m < rows; ++m) {
        const __m256i lo = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row_of(plan, tile, m, 0)));
        const __m256i hi = plan.inner == 32
                               ? _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row_of(plan, tile, m, 1)))
                               : _mm256_setzero_si256();
        const __m512i row = _mm512_inserti64x4(_mm512_castsi256_si512(lo), hi, 1);
        _mm512_store_si512(out + 32 * m, _mm512_permutexvar_epi16(index, _mm512_and_si512(row, keep)));
    }
}

// [column face][even, odd][k / 4][16 pairs]
void pack_in1(const ProductPlan& plan, const uint16_t* tile, uint16_t* out) {
    alignas(64) uint16_t order[2][32];
    for (uint32_t n = 0; n < 16; ++n) {
        order[0][2 * n] = static_cast<uint16_t>(32 + n);
        order[0][2 * n + 1] = static_cast<uint16_t>(n);
        order[1][2 * n] = static_cast<uint16_t>(48 + n);
        order[1][2 * n + 1] = static_cast<uint16_t>(16 + n);
    }
    const __m512i even = _mm512_load_si512(order[0]);
    const __m512i odd = _mm512_load_si512(order[1]);
    const __m512i keep = _mm512_set1_epi16(static_cast<short>(plan.in1_mask >> 16));
    const uint32_t columns = plan.cols / 16;
    for (uint32_t k = 0; k < plan.inner / 16; ++k) {
        for (uint32_t n = 0; n < columns; ++n) {
            const uint16_t* face = tile + (k * columns + n) * 256;
            for (uint32_t j = 0; j < 4; ++j) {
                const __m512i z0 = _mm512_and_si512(_mm512_loadu_si512(face + 64 * j), keep);
                const __m512i z1 = _mm512_and_si512(_mm512_loadu_si512(face + 64 * j + 32), keep);
                uint16_t* to = out + n * 512 + (k * 4 + j) * 32;
                _mm512_store_si512(to, _mm512_permutex2var_epi16(z0, even, z1));
                _mm512_store_si512(to + 256, _mm512_permutex2var_epi16(z0, odd, z1));
            }
        }
    }
}

__m512bh pairs(const uint16_t* p) {
    return __builtin_bit_cast(__m512bh, _mm512_load_si512(p));
}

__m512bh broadcast(const uint16_t* p) {
    uint32_t word;
    __builtin_memcpy(&word, p, 4);
    return __builtin_bit_cast(__m512bh, _mm512_set1_epi32(static_cast<int>(word)));
}

template <uint32_t Rows>
void product(const uint16_t* in0, const uint16_t* in1, uint32_t quads, float* const* out, bool fresh) {
    __m512 even[Rows], odd[Rows];
    for (uint32_t r = 0; r < Rows; ++r) {
        even[r] = odd[r] = _mm512_setzero_ps();
    }
    for (uint32_t j = 0; j < quads; ++j) {
        const __m512bh be = pairs(in1 + 32 * j);
        const __m512bh bo = pairs(in1 + 256 + 32 * j);
        for (uint32_t r = 0; r < Rows; ++r) {
            even[r] = _mm512_dpbf16_ps(even[r], broadcast(in0 + 32 * r + 2 * j), be);
            odd[r] = _mm512_dpbf16_ps(odd[r], broadcast(in0 + 32 * r + 16 + 2 * j), bo);
        }
    }
    for (uint32_t r = 0; r < Rows; ++r) {
        const __m512 base = fresh ? _mm512_setzero_ps() : _mm512_loadu_ps(out[r]);
        _mm512_storeu_ps(out[r], _mm512_add_ps(base, _mm512_add_ps(even[r], odd[r])));
    }
}

}  // namespace

void matmul_bf16_avx512bf16(const ProductPlan& plan) {
    const unsigned saved = _mm_getcsr();
    _mm_setcsr(saved | 0x8040);
    alignas(64) uint16_t in0[32 * 32];
    alignas(64) uint16_t in1[8][2 * 16 * 32];
    const uint32_t column_faces = plan.cols / 16;
    for (uint32_t c0 = 0; c0 < plan.ct; c0 += 8) {
        const uint32_t count = plan.ct - c0 < 8 ? plan.ct - c0 : 8;
        for (uint32_t c = 0; c < count; ++c) {
            pack_in1(plan, static_cast<const uint16_t*>(plan.in1[c0 + c]), in1[c]);
        }
        for (uint32_t r = 0; r < plan.rt; ++r) {
            const uint16_t* tile = static_cast<const uint16_t*>(plan.in0[r]);
            const uint32_t live = live_rows(plan, tile);
            pack_in0(plan, tile, live, in0);
            for (uint32_t c = 0; c < count; ++c) {
                float* dst = plan.dst + (r * plan.ct + c0 + c) * 1024;
                const bool fresh = plan.fresh && plan.fresh[r * plan.ct + c0 + c];
                if (fresh && (live < 32 || plan.cols < 32)) {
                    __builtin_memset(dst, 0, 4096);
                }
                for (uint32_t f = 0; f < column_faces; ++f) {
                    float* rows[8];
                    uint32_t m = 0;
                    for (; m + 8 <= live; m += 8) {
                        for (uint32_t i = 0; i < 8; ++i) {
                            rows[i] = dst + (((m + i) / 16 * column_faces + f) * 16 + (m + i) % 16) * 16;
                        }
                        product<8>(in0 + 32 * m, in1[c] + 512 * f, plan.inner / 4, rows, fresh);
                    }
                    for (; m < live; ++m) {
                        rows[0] = dst + ((m / 16 * column_faces + f) * 16 + m % 16) * 16;
                        product<1>(in0 + 32 * m, in1[c] + 512 * f, plan.inner / 4, rows, fresh);
                    }
                }
            }
        }
    }
    _mm_setcsr(saved);
}

}  // namespace tessera::tensix::detail
