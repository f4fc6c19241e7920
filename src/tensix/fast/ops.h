// The loops of the fast mode: what the matrix unit, the unpackers and the packer compute, in several implementations
// that give the same bits: a portable one, which is the definition, and ones for newer CPUs.
//
// Values travel as fp32 bit patterns. Operands are truncated as the fidelity asks, sums
// are formed in fp32 and rounded to what DST holds; formats and roundings of unpack and pack are the chip's. It departs
// from the chip where sums are aligned to few bits, and in these corners: denormals read from L1 are +0; products and
// sums follow IEEE with infinities and NaNs, where the chip's exponent 255 is an ordinary number.
#pragma once

#include <cstdint>

#include <tensix/arithmetic.h>

namespace tessera::tensix {

/// Mantissa bits that one multiplication pass set of the given fidelity reads, as masks of an fp32 pattern.
struct FidelityMasks {
    uint32_t src_a;
    uint32_t src_b;
};
/// fidelity: 0 LoFi, 2 HiFi2, 3 HiFi3, 4 HiFi4.
constexpr FidelityMasks fidelity_masks(uint32_t fidelity) {
    return {fidelity == 0 ? 0xFFF80000u : 0xFFFFC000u, fidelity <= 2 ? 0xFFFE0000u : 0xFFFFE000u};
}

/// DST tiles [r][c] (row-major, 1024 fp32 apart) += in0[r] x in1[c]. Each operand tile is a set of faces of face_rows
/// x 16.
struct ProductPlan {
    const void* const* in0 = nullptr;  ///< rt tiles, bf16 (uint16_t) or fp32
    const void* const* in1 = nullptr;  ///< ct tiles, faces are 16 x 16
    float* dst = nullptr;
    const uint8_t* fresh = nullptr;  ///< rt x ct flags: the DST tile counts as zero, whatever it holds
    uint32_t rt = 1, ct = 1;
    uint32_t rows = 32;   ///< of in0
    uint32_t inner = 32;  ///< columns of in0, rows of in1
    uint32_t cols = 32;   ///< of in1
    uint32_t in0_face_rows = 16;
    uint32_t in0_mask = 0xFFFFFFFFu;  ///< mantissa masks as fp32 patterns
    uint32_t in1_mask = 0xFFFFFFFFu;
};

struct Ops {
    const char* level;

    /// `datums` (a multiple of 16) values from L1 to fp32 patterns, denormals as +0. Block formats: exponents points at
    /// the first shared exponent. Integer formats give the raw integer (Int8: two's complement of its sign-magnitude
    /// value).
    void (*unpack)(DataFormat format, Precision to, const uint8_t* exponents, const uint8_t* data, uint32_t datums,
                   uint32_t* out);
    /// The other way; `data` also holds the addend when accumulating in L1.
    void (*pack)(const PackPlan& plan, const uint32_t* dst, uint32_t datums, uint8_t* exponents, uint8_t* data);
    /// dst = a op b, or dst += a op b; rounded to `round`. Mul always accumulates onto dst unless fresh.
    void (*eltwise)(EltwiseOp op, bool accumulate, Precision round, const float* a, const float* b, float* dst,
                    uint32_t count);
    /// values &= mask.
    void (*mask)(uint32_t* values, uint32_t mask, uint32_t count);
    /// Rounds to bf16 or fp16, half away from zero, denormals to +0, in place.
    void (*round)(Precision to, uint32_t* values, uint32_t count);
    /// fp32 patterns (already truncated to bf16) to bf16.
    void (*narrow)(const uint32_t* values, uint16_t* out, uint32_t count);
    void (*matmul_bf16)(const ProductPlan& plan);
    void (*matmul_fp32)(const ProductPlan& plan);
};

/// By level of cpu_levels; nullptr if this CPU can't run it.
const Ops* ops_by_name(const char* level);

namespace detail {
// One a file; null where the file was not compiled for the architecture.
extern const Ops portable_ops;
extern const Ops avx2_ops;
extern const Ops avx512_ops;
void matmul_bf16_avx512bf16(const ProductPlan& plan);
void matmul_bf16_amx(const ProductPlan& plan);
void release_amx();
}  // namespace detail

}  // namespace tessera::tensix
