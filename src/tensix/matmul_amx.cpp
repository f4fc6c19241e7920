// The bf16 matrix product on AMX. Operand tiles are repacked once a call: in0 to rows of 32 k, in1 to pairs of k; a DST
// face is one AMX tile with a stride of 64 bytes.
#include <tensix/ops.h>

#include <immintrin.h>

namespace tessera::tensix::detail {
namespace {

struct alignas(64) TileConfig {
    uint8_t palette = 1;
    uint8_t start_row = 0;
    uint8_t reserved[14] = {};
    uint16_t bytes_per_row[16] = {};
    uint8_t rows[16] = {};
};

// Registers: 0 1 / 2 3 the four faces of DST, 4 5 the upper and lower rows of in0, 6 7 the left and right columns of
// in1.
void configure(uint32_t upper, uint32_t lower, uint32_t inner) {
    TileConfig c;
    for (unsigned t = 0; t < 4; ++t) {
        c.rows[t] = static_cast<uint8_t>(t < 2 ? upper : lower);
        c.bytes_per_row[t] = 64;
    }
    c.rows[4] = static_cast<uint8_t>(upper);
    c.rows[5] = static_cast<uint8_t>(lower);
    c.bytes_per_row[4] = c.bytes_per_row[5] = static_cast<uint16_t>(2 * inner);
    c.rows[6] = c.rows[7] = static_cast<uint8_t>(inner / 2);
    c.bytes_per_row[6] = c.bytes_per_row[7] = 64;
    // A register that a shape does not use still needs a legal size.
    for (unsigned t = 0; t < 8; ++t) {
        c.rows[t] = c.rows[t] ? c.rows[t] : 1;
    }
    _tile_loadconfig(&c);
}

const uint16_t* row_of(const MatmulPlan& plan, const uint16_t* tile, uint32_t row, uint32_t face) {
    return tile + ((row / 16 * (plan.inner / 16) + face) * plan.in0_face_rows + row % 16) * 16;
}

uint32_t live_rows(const MatmulPlan& plan, const uint16_t* tile) {
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

void pack_in0(const MatmulPlan& plan, const uint16_t* tile, uint32_t rows, uint16_t* out) {
    const __m512i mask = _mm512_set1_epi16(static_cast<short>(plan.in0_mask >> 16));
    if (plan.inner == 32) {
        for (uint32_t m = 0; m < rows; ++m) {
            const __m256i lo = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row_of(plan, tile, m, 0)));
            const __m256i hi = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row_of(plan, tile, m, 1)));
            const __m512i row = _mm512_inserti64x4(_mm512_castsi256_si512(lo), hi, 1);
            _mm512_store_si512(out + 32 * m, _mm512_and_si512(row, mask));
        }
    } else {
        for (uint32_t m = 0; m < rows; ++m) {
            const __m256i lo = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(row_of(plan, tile, m, 0)));
            _mm512_store_si512(out + 32 * m, _mm512_and_si512(_mm512_castsi256_si512(lo), mask));
        }
    }
}

// [column face][k / 2][16 pairs]
void pack_in1(const MatmulPlan& plan, const uint16_t* tile, uint16_t* out) {
    alignas(64) static constexpr uint16_t interleave[32] = {0,  16, 1,  17, 2,  18, 3,  19, 4,  20, 5,
                                                            21, 6,  22, 7,  23, 8,  24, 9,  25, 10, 26,
                                                            11, 27, 12, 28, 13, 29, 14, 30, 15, 31};
    const __m512i order = _mm512_load_si512(interleave);
    const __m512i mask = _mm512_set1_epi16(static_cast<short>(plan.in1_mask >> 16));
    const uint32_t columns = plan.cols / 16;
    for (uint32_t k = 0; k < plan.inner / 16; ++k) {
        for (uint32_t n = 0; n < columns; ++n) {
            const uint16_t* face = tile + (k * columns + n) * 256;
            uint16_t* to = out + n * 512 + k * 256;
            for (uint32_t i = 0; i < 8; ++i) {
                const __m512i pair = _mm512_loadu_si512(face + 32 * i);
                _mm512_store_si512(to + 32 * i, _mm512_permutexvar_epi16(order, _mm512_and_si512(pair, mask)));
            }
        }
    }
}

template <bool Lower, bool Right>
void product(const uint16_t* in1, float* dst, bool fresh) {
    constexpr uint32_t column_faces = Right ? 2 : 1;
    float* lower = dst + 256 * column_faces;
    if (fresh) {
        _tile_zero(0);
        if constexpr (Right) {
            _tile_zero(1);
        }
        if constexpr (Lower) {
            _tile_zero(2);
        }
        if constexpr (Lower && Right) {
            _tile_zero(3);
        }
    } else {
        _tile_loadd(0, dst, 64);
        if constexpr (Right) {
            _tile_loadd(1, dst + 256, 64);
        }
        if constexpr (Lower) {
            _tile_loadd(2, lower, 64);
        }
        if constexpr (Lower && Right) {
            _tile_loadd(3, lower + 256, 64);
        }
    }
    _tile_loadd(6, in1, 64);
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (Lower) {
        _tile_dpbf16ps(2, 5, 6);
    }
    if constexpr (Right) {
        _tile_loadd(7, in1 + 512, 64);
        _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (Lower && Right) {
        _tile_dpbf16ps(3, 5, 7);
    }
    _tile_stored(0, dst, 64);
    if constexpr (Right) {
        _tile_stored(1, dst + 256, 64);
    }
    if constexpr (Lower) {
        _tile_stored(2, lower, 64);
    }
    if constexpr (Lower && Right) {
        _tile_stored(3, lower + 256, 64);
    }
}

}  // namespace

void matmul_bf16_amx(const MatmulPlan& plan) {
    alignas(64) uint16_t in0[32 * 32];
    alignas(64) uint16_t in1[8][2 * 16 * 32];
    uint32_t configured = 0;
    for (uint32_t c0 = 0; c0 < plan.ct; c0 += 8) {
        const uint32_t count = plan.ct - c0 < 8 ? plan.ct - c0 : 8;
        for (uint32_t c = 0; c < count; ++c) {
            pack_in1(plan, static_cast<const uint16_t*>(plan.in1[c0 + c]), in1[c]);
        }
        for (uint32_t r = 0; r < plan.rt; ++r) {
            const uint16_t* tile = static_cast<const uint16_t*>(plan.in0[r]);
            const uint32_t live = live_rows(plan, tile);
            if (live != 0) {
                if (live != configured) {
                    configure(live < 16 ? live : 16, live > 16 ? live - 16 : 0, plan.inner);
                    configured = live;
                }
                pack_in0(plan, tile, live, in0);
                _tile_loadd(4, in0, 64);
                if (live > 16) {
                    _tile_loadd(5, in0 + 16 * 32, 64);
                }
            }
            for (uint32_t c = 0; c < count; ++c) {
                float* dst = plan.dst + (r * plan.ct + c0 + c) * 1024;
                const bool fresh = plan.fresh && plan.fresh[r * plan.ct + c0 + c];
                if (fresh && (live < 32 || plan.cols < 32)) {
                    __builtin_memset(dst, 0, 4096);
                }
                if (live == 0) {
                    continue;
                }
                if (plan.cols == 32) {
                    live > 16 ? product<true, true>(in1[c], dst, fresh) : product<false, true>(in1[c], dst, fresh);
                } else {
                    live > 16 ? product<true, false>(in1[c], dst, fresh) : product<false, false>(in1[c], dst, fresh);
                }
            }
        }
    }
    if (configured) {
        _tile_release();
    }
}

}  // namespace tessera::tensix::detail
