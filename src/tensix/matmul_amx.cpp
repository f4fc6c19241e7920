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

// How the registers of this host thread are configured; 0: not at all. Loading a configuration costs as much as a
// product, so it stays from call to call.
__thread uint32_t configured __attribute__((tls_model("initial-exec"))) = 0;

// Registers: 0 1 / 2 3 the four faces of DST, 4 5 the upper and lower rows of in0, 6 7 the left and right columns of
// in1.
void configure(uint32_t live, uint32_t inner) {
    const uint32_t wanted = live << 8 | inner;
    if (configured == wanted) {
        return;
    }
    configured = wanted;
    const uint32_t upper = live < 16 ? live : 16;
    const uint32_t lower = live > 16 ? live - 16 : 0;
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

__m256i row_at(const uint16_t* face, uint32_t row) {
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(face + row * 16));
}

// Rows of a row of faces that are not all zero, counted from the top; `next`: from one face to the one beside it.
uint32_t live_in_face(const uint16_t* face, uint32_t rows, uint32_t next) {
    uint32_t m = rows;
    for (; m >= 2; m -= 2) {
        const uint16_t* at = face + (m - 2) * 16;
        const __m512i any = _mm512_or_si512(_mm512_loadu_si512(at), _mm512_loadu_si512(at + next));
        const uint32_t words = _mm512_test_epi32_mask(any, any);
        if (words != 0) {
            return words >> 8 ? m : m - 1;
        }
    }
    if (m == 1) {
        const __m256i any = _mm256_or_si256(row_at(face, 0), row_at(face + next, 0));
        return _mm256_testz_si256(any, any) ? 0 : 1;
    }
    return 0;
}

uint32_t live_rows(const MatmulPlan& plan, const uint16_t* tile) {
    const uint32_t face = plan.in0_face_rows * 16;
    const uint32_t next = plan.inner == 32 ? face : 0;
    if (plan.rows > 16) {
        const uint32_t lower = live_in_face(tile + face + next, plan.rows - 16, next);
        if (lower != 0) {
            return 16 + lower;
        }
    }
    return live_in_face(tile, plan.rows < 16 ? plan.rows : 16, next);
}

void pack_in0(const MatmulPlan& plan, const uint16_t* tile, uint32_t rows, uint16_t* out) {
    const __m512i mask = _mm512_set1_epi16(static_cast<short>(plan.in0_mask >> 16));
    const uint32_t face = plan.in0_face_rows * 16;
    const uint32_t next = plan.inner == 32 ? face : 0;
    for (uint32_t first = 0; first < rows; first += 16, tile += face + next) {
        const uint32_t count = rows - first < 16 ? rows - first : 16;
        uint16_t* to = out + 32 * first;
        for (uint32_t m = 0; m < count; ++m) {
            const __m512i row = _mm512_inserti64x4(_mm512_castsi256_si512(row_at(tile, m)), row_at(tile + next, m), 1);
            _mm512_store_si512(to + 32 * m, _mm512_and_si512(row, mask));
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
    // All operands are packed before the first product, so that no product waits for the stores of its own packing.
    alignas(64) uint16_t in0[8][32 * 32];
    alignas(64) uint16_t in1[8][2 * 16 * 32];
    uint32_t live[8];
    for (uint32_t r0 = 0; r0 < plan.rt; r0 += 8) {
        const uint32_t rows = plan.rt - r0 < 8 ? plan.rt - r0 : 8;
        uint32_t any = 0;
        for (uint32_t r = 0; r < rows; ++r) {
            const auto* tile = static_cast<const uint16_t*>(plan.in0[r0 + r]);
            live[r] = live_rows(plan, tile);
            any |= live[r];
            pack_in0(plan, tile, live[r], in0[r]);
        }
        for (uint32_t c0 = 0; c0 < plan.ct; c0 += 8) {
            const uint32_t count = plan.ct - c0 < 8 ? plan.ct - c0 : 8;
            for (uint32_t c = 0; c < count && any != 0; ++c) {
                pack_in1(plan, static_cast<const uint16_t*>(plan.in1[c0 + c]), in1[c]);
            }
            for (uint32_t r = 0; r < rows; ++r) {
                const bool lower = live[r] > 16;
                if (live[r] != 0) {
                    configure(live[r], plan.inner);
                    _tile_loadd(4, in0[r], 64);
                    if (lower) {
                        _tile_loadd(5, in0[r] + 16 * 32, 64);
                    }
                }
                for (uint32_t c = 0; c < count; ++c) {
                    const uint32_t at = (r0 + r) * plan.ct + c0 + c;
                    float* dst = plan.dst + at * 1024;
                    const bool fresh = plan.fresh && plan.fresh[at];
                    if (fresh && (live[r] < 32 || plan.cols < 32)) {
                        __builtin_memset(dst, 0, 4096);
                    }
                    if (live[r] == 0) {
                        continue;
                    }
                    if (plan.cols == 32) {
                        lower ? product<true, true>(in1[c], dst, fresh) : product<false, true>(in1[c], dst, fresh);
                    } else {
                        lower ? product<true, false>(in1[c], dst, fresh) : product<false, false>(in1[c], dst, fresh);
                    }
                }
            }
        }
    }
}

void release_amx() {
    if (configured != 0) {
        configured = 0;
        _tile_release();
    }
}

}  // namespace tessera::tensix::detail
