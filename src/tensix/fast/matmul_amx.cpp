// The bf16 matrix product on AMX. Operand tiles are repacked once a call: in0 to rows of 32 k, in1 to pairs of k; a DST
// face is one AMX tile with a stride of 64 bytes. The instructions need a fraction of the time that bytes need to come
// from the second-level cache, where a section of DST lives: hence the small buffers and the order of loads.
#include <tensix/fast/ops.h>

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

// `bytes`: a multiple of 256.
bool all_zero(const uint16_t* values, uint32_t bytes) {
    __m512i any[4] = {_mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512(), _mm512_setzero_si512()};
    for (uint32_t at = 0; at < bytes / 2; at += 128) {
        for (uint32_t i = 0; i < 4; ++i) {
            any[i] = _mm512_or_si512(any[i], _mm512_loadu_si512(values + at + 32 * i));
        }
    }
    const __m512i all = _mm512_or_si512(_mm512_or_si512(any[0], any[1]), _mm512_or_si512(any[2], any[3]));
    return _mm512_test_epi32_mask(all, all) == 0;
}

uint32_t live_rows(const ProductPlan& plan, const uint16_t* tile) {
    const uint32_t face = plan.in0_face_rows * 16;
    const uint32_t next = plan.inner == 32 ? face : 0;
    if (plan.rows == 32 && all_zero(tile + face + next, 512 + 2 * next)) {
        return live_in_face(tile, 16, next);
    }
    if (plan.rows > 16) {
        const uint32_t lower = live_in_face(tile + face + next, plan.rows - 16, next);
        if (lower != 0) {
            return 16 + lower;
        }
    }
    return live_in_face(tile, plan.rows < 16 ? plan.rows : 16, next);
}

void pack_in0(const ProductPlan& plan, const uint16_t* tile, uint32_t rows, uint16_t* out) {
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

// Rows k and k + 1 of a face, side by side column by column.
alignas(64) constexpr uint16_t interleave[32] = {0, 16, 1, 17, 2,  18, 3,  19, 4,  20, 5,  21, 6,  22, 7,  23,
                                                 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31};

// [column face][k / 2][16 pairs]
void pack_in1(const ProductPlan& plan, const uint16_t* tile, uint16_t* out) {
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

void load_in0(const uint16_t* in0, bool lower) {
    _tile_loadd(4, in0, 64);
    if (lower) {
        _tile_loadd(5, in0 + 16 * 32, 64);
    }
}

void load_in1(const uint16_t* in1, bool right) {
    _tile_loadd(6, in1, 64);
    if (right) {
        _tile_loadd(7, in1 + 512, 64);
    }
}

// One DST tile from the operands in registers 4 to 7.
template <bool Lower, bool Right, bool Fresh>
void product(float* dst) {
    float* lower = dst + 256 * (Right ? 2 : 1);
    if constexpr (Fresh) {
        _tile_zero(0);
        _tile_zero(1);
        _tile_zero(2);
        _tile_zero(3);
    }
    if constexpr (!Fresh) {
        _tile_loadd(0, dst, 64);
    }
    _tile_dpbf16ps(0, 4, 6);
    if constexpr (Right && !Fresh) {
        _tile_loadd(1, dst + 256, 64);
    }
    if constexpr (Right) {
        _tile_dpbf16ps(1, 4, 7);
    }
    if constexpr (Lower && !Fresh) {
        _tile_loadd(2, lower, 64);
    }
    if constexpr (Lower) {
        _tile_dpbf16ps(2, 5, 6);
    }
    if constexpr (Lower && Right && !Fresh) {
        _tile_loadd(3, lower + 256, 64);
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

template <bool Lower, bool Right>
void product(float* dst, bool fresh) {
    fresh ? product<Lower, Right, true>(dst) : product<Lower, Right, false>(dst);
}

void multiply(const ProductPlan& plan, uint32_t r, uint32_t c, uint32_t live) {
    const uint32_t at = r * plan.ct + c;
    float* dst = plan.dst + at * 1024;
    const bool fresh = plan.fresh && plan.fresh[at];
    if (fresh && (live < 32 || plan.cols < 32)) {
        __builtin_memset(dst, 0, 4096);
    }
    if (live == 0) {
        return;
    }
    if (plan.cols == 32) {
        live > 16 ? product<true, true>(dst, fresh) : product<false, true>(dst, fresh);
    } else {
        live > 16 ? product<true, false>(dst, fresh) : product<false, false>(dst, fresh);
    }
}

constexpr uint32_t most_kept = 4;

// Columns c0 to c0 + count of the result: in1 is kept, tiles of in0 come and go, packed one step before their product.
void multiply_by_rows(const ProductPlan& plan, uint32_t c0, uint32_t count) {
    alignas(64) uint16_t in1[most_kept][2 * 16 * 32];
    alignas(64) uint16_t in0[2][32 * 32];
    const auto bring = [&](uint32_t r) {
        const auto* tile = static_cast<const uint16_t*>(plan.in0[r]);
        const uint32_t live = live_rows(plan, tile);
        pack_in0(plan, tile, live, in0[r & 1]);
        return live;
    };
    uint32_t next = bring(0), packed = 0;
    for (uint32_t r = 0; r < plan.rt; ++r) {
        const uint32_t live = next;
        next = r + 1 < plan.rt ? bring(r + 1) : 0;
        if (live != 0) {
            for (; packed < count; ++packed) {
                pack_in1(plan, static_cast<const uint16_t*>(plan.in1[c0 + packed]), in1[packed]);
            }
            configure(live, plan.inner);
            load_in0(in0[r & 1], live > 16);
        }
        for (uint32_t c = 0; c < count; ++c) {
            if (live != 0) {
                load_in1(in1[c], plan.cols == 32);
            }
            multiply(plan, r, c0 + c, live);
        }
    }
}

// The same with the roles of in0 and in1 exchanged.
void multiply_by_columns(const ProductPlan& plan, uint32_t r0, uint32_t count) {
    alignas(64) uint16_t in0[most_kept][32 * 32];
    alignas(64) uint16_t in1[2][2 * 16 * 32];
    uint32_t live[most_kept], any = 0;
    for (uint32_t r = 0; r < count; ++r) {
        const auto* tile = static_cast<const uint16_t*>(plan.in0[r0 + r]);
        any |= live[r] = live_rows(plan, tile);
        pack_in0(plan, tile, live[r], in0[r]);
    }
    const auto bring = [&](uint32_t c) {
        if (any != 0 && c < plan.ct) {
            pack_in1(plan, static_cast<const uint16_t*>(plan.in1[c]), in1[c & 1]);
        }
    };
    bring(0);
    for (uint32_t c = 0; c < plan.ct; ++c) {
        bring(c + 1);
        for (uint32_t r = 0; r < count; ++r) {
            if (live[r] != 0) {
                configure(live[r], plan.inner);
                load_in1(in1[c & 1], plan.cols == 32);
                load_in0(in0[r], live[r] > 16);
            }
            multiply(plan, r0 + r, c, live[r]);
        }
    }
}

// --- Few rows --------------------------------------------------------------------------------------------------------
// Decoding one token leaves one row of in0. Packing in1 would cost more than the product itself, so its rows are
// widened as they come; the sums are those of the instruction: even and odd k apart, no denormals.

constexpr uint32_t few_rows = 2;  // from three rows on the instruction is faster

__m512 widen(__m256i values, __m512i mask) {
    const __m512i bits = _mm512_slli_epi32(_mm512_cvtepu16_epi32(values), 16);
    return _mm512_castsi512_ps(_mm512_and_si512(bits, mask));
}

// The columns go together: a sum of 16 steps alone would wait for each addition.
template <uint32_t Rows, uint32_t Columns>
void multiply_rows(const ProductPlan& plan, const float* in0, const uint16_t* tile, float* dst, bool fresh) {
    const __m512i order = _mm512_load_si512(interleave);
    const __m512i mask = _mm512_set1_epi32(static_cast<int>(plan.in1_mask & 0xFFFF0000u));
    __m512 even[Rows][Columns], odd[Rows][Columns];
    for (uint32_t r = 0; r < Rows; ++r) {
        for (uint32_t n = 0; n < Columns; ++n) {
            even[r][n] = odd[r][n] = _mm512_setzero_ps();
        }
    }
    for (uint32_t k = 0; k < plan.inner; k += 2) {
        const uint16_t* rows = tile + k / 16 * Columns * 256 + k % 16 * 16;
        for (uint32_t n = 0; n < Columns; ++n) {
            // Two rows at once: each column's even value in the lower half of a lane, its odd one in the upper.
            const __m512i pairs = _mm512_permutexvar_epi16(order, _mm512_loadu_si512(rows + n * 256));
            const __m512 b0 = _mm512_castsi512_ps(_mm512_and_si512(_mm512_slli_epi32(pairs, 16), mask));
            const __m512 b1 = _mm512_castsi512_ps(_mm512_and_si512(pairs, mask));
            for (uint32_t r = 0; r < Rows; ++r) {
                even[r][n] = _mm512_fmadd_ps(_mm512_set1_ps(in0[32 * r + k]), b0, even[r][n]);
                odd[r][n] = _mm512_fmadd_ps(_mm512_set1_ps(in0[32 * r + k + 1]), b1, odd[r][n]);
            }
        }
    }
    for (uint32_t r = 0; r < Rows; ++r) {
        for (uint32_t n = 0; n < Columns; ++n) {
            float* out = dst + n * 256 + r * 16;
            const __m512 base = fresh ? _mm512_setzero_ps() : _mm512_loadu_ps(out);
            _mm512_storeu_ps(out, _mm512_add_ps(base, _mm512_add_ps(even[r][n], odd[r][n])));
        }
    }
}

template <uint32_t Rows>
void multiply_rows(const ProductPlan& plan, const float* in0, const uint16_t* tile, float* dst, bool fresh) {
    plan.cols == 32 ? multiply_rows<Rows, 2>(plan, in0, tile, dst, fresh)
                    : multiply_rows<Rows, 1>(plan, in0, tile, dst, fresh);
}

void multiply_few_rows(const ProductPlan& plan, uint32_t live) {
    constexpr unsigned flush_denormals = 0x8040;
    const unsigned saved = _mm_getcsr();
    _mm_setcsr(saved | flush_denormals);
    const auto* tile = static_cast<const uint16_t*>(plan.in0[0]);
    const __m512i mask = _mm512_set1_epi32(static_cast<int>(plan.in0_mask));
    alignas(64) float in0[few_rows * 32];
    for (uint32_t r = 0; r < live; ++r) {
        for (uint32_t k = 0; k < plan.inner; k += 16) {
            _mm512_store_ps(in0 + 32 * r + k, widen(row_at(tile + k * plan.in0_face_rows, r), mask));
        }
    }
    for (uint32_t c = 0; c < plan.ct; ++c) {
        float* dst = plan.dst + c * 1024;
        const bool fresh = plan.fresh && plan.fresh[c];
        if (fresh) {
            __builtin_memset(dst, 0, 4096);
        }
        const auto* in1 = static_cast<const uint16_t*>(plan.in1[c]);
        live == 1 ? multiply_rows<1>(plan, in0, in1, dst, fresh) : multiply_rows<2>(plan, in0, in1, dst, fresh);
    }
    _mm_setcsr(saved);
}

}  // namespace

void matmul_bf16_amx(const ProductPlan& plan) {
    if (plan.rt == 1) {
        const uint32_t live = live_rows(plan, static_cast<const uint16_t*>(plan.in0[0]));
        if (live != 0 && live <= few_rows) {
            multiply_few_rows(plan, live);
            return;
        }
    }
    if (plan.rt >= plan.ct) {
        for (uint32_t c = 0; c < plan.ct; c += most_kept) {
            multiply_by_rows(plan, c, plan.ct - c < most_kept ? plan.ct - c : most_kept);
        }
    } else {
        for (uint32_t r = 0; r < plan.rt; r += most_kept) {
            multiply_by_columns(plan, r, plan.rt - r < most_kept ? plan.rt - r : most_kept);
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
