// What the unpackers, the matrix unit and the packer of a Tensix core compute, as functions on memory. There are two
// modes: `exact` gives the chip's bits, `fast` the same storage formats and operand truncation with sums in fp32. Each
// comes in several implementations that give the same bits, one for each level of host CPU, chosen once at run time.
//
// Three kinds of 32-bit words go in and out:
// - Source words: one datum of SrcA or SrcB. They are made by `unpack` and `to_source`, moved about (faces, rows,
//   transposes) by whoever drives the engine, and otherwise opaque. exact: the 19-bit register, left-aligned (sign bit
//   31, exponent 30..23, mantissa 22..13), fp16's 5-bit exponent in the low exponent bits, Int8 as sign, exponent 16
//   and a magnitude of 10 bits. fast: the fp32 value; Int8 in two's complement.
// - DST words, the same in both modes: an fp32 pattern in 32-bit DST; in 16-bit DST the fp32 pattern of the bf16 or
// fp16
//   value (fp16: exponent + 112, 31 being an ordinary exponent). Int32 results of the matrix unit are sign and
//   magnitude.
// - Bytes in L1.
#pragma once

#include <cstdint>

#include <tensix/format.h>

namespace tessera::tensix {

enum class MathMode : uint8_t { Exact, Fast };
/// Generation of the core, where its arithmetic differs.
enum class Chip : uint8_t { Wormhole, Blackhole };

/// What SrcA, SrcB and DST hold of a value.
enum class Precision : uint8_t {
    Fp32,  ///< 32-bit DST; as a target of unpack: the raw bits, straight to DST
    Tf32,  ///< 10 mantissa bits (source only)
    Bf16,
    Fp16,  ///< 5 exponent bits, 10 mantissa bits
    Int8,  ///< source: sign and magnitude; DST: 32-bit sign and magnitude
};

enum class EltwiseOp : uint8_t { Mul, Add, Sub };

struct EltwisePlan {
    EltwiseOp op = EltwiseOp::Add;
    bool accumulate = false;  ///< onto dst; else dst counts as zero
    uint8_t phases = 4;       ///< Mul: 1 LoFi, 2 HiFi2, 3 HiFi3, 4 HiFi4; Add and Sub have one
    Precision src = Precision::Bf16;
    Precision dst = Precision::Bf16;
};

/// One operand tile of a product: num_faces faces of face_rows x 16, one after the other as in L1.
struct MatmulOperand {
    const void* data = nullptr;  ///< source words, or bf16 as in L1
    bool bf16_in_l1 = false;     ///< data is uint16_t from L1 (Precision::Bf16 only)
};

/// DST tiles [r][c] (row-major, 1024 words apart, faces 256 words apart) += in0[r] x in1[c]. in0 goes to SrcB (7-bit
/// slices), in1 to SrcA (5-bit slices). Order: for each phase, k 0..15, then k 16..31.
struct MatmulPlan {
    const MatmulOperand* in0 = nullptr;  ///< rt tiles
    const MatmulOperand* in1 = nullptr;  ///< ct tiles, faces are 16 x 16
    uint32_t* dst = nullptr;
    const uint8_t* fresh = nullptr;  ///< rt x ct flags: the DST tile counts as zero, whatever it holds; null: none is
    uint32_t rt = 1, ct = 1;
    uint32_t rows = 32;   ///< of in0: 1 to 32; rows past it are not touched, except that a fresh tile's are cleared
    uint32_t inner = 32;  ///< columns of in0, rows of in1: 16 or 32
    uint32_t cols = 32;   ///< of in1: 16 or 32
    uint32_t in0_face_rows = 16;
    uint8_t phases = 4;
    Precision src = Precision::Bf16;
    Precision dst_precision = Precision::Bf16;
};

/// One pooling instruction: 16 rows of SrcA into row 0 (4 rows) of DST.
struct PoolPlan {
    bool max = false;  ///< GMPOOL, else GAPOOL
    uint8_t phases = 4;
    Precision src = Precision::Bf16;
    Precision dst = Precision::Bf16;
    bool fresh = false;  ///< dst counts as cleared: zero, or for GMPOOL below every number
};

/// How the packer turns DST into L1 data.
struct PackPlan {
    DataFormat format = DataFormat::Float16_b;
    Precision dst = Precision::Bf16;  ///< what DST holds: Fp32, Bf16, Fp16 or Int8 (32-bit sign and magnitude)
    /// The packer's gasket holds 6 mantissa bits (block formats, unless packed precisely): the early conversion is to
    /// Bfp8 and rounds there.
    bool bfp_prerounded = false;
    /// What the early conversion of 32-bit DST rounds to before the late one cuts, where it is not the usual:
    /// TT-Metalium packs Float16 by way of Float16_b, and Fp8_e4m3 by way of Tf32.
    DataFormat via = DataFormat::Invalid;
    bool unrounded = false;  ///< fast only: dst holds fp32 sums that 16-bit DST is yet to round (plain Float16_b)
    bool l1_accumulate = false;
    uint8_t relu = 0;             ///< 0 none, 1 zero, 2 below threshold to zero, 3 clamp to [0, threshold]
    uint32_t relu_threshold = 0;  ///< fp32 bits, not negative
};

struct Arithmetic {
    MathMode mode;
    Chip chip;
    const char* level;

    /// `datums` (a multiple of 16) values from L1 to source words, or raw to DST words (to == Fp32, for Float32, Int32,
    /// UInt32, UInt16 and UInt8). Int8 and UInt8 have source words of Precision::Int8. Block formats: exponents points
    /// at the first shared exponent.
    void (*unpack)(DataFormat format, Precision to, const uint8_t* exponents, const uint8_t* data, uint32_t datums,
                   uint32_t* out);
    /// DST words to L1; `data` also holds the addend when accumulating in L1.
    void (*pack)(const PackPlan& plan, const uint32_t* dst, uint32_t datums, uint8_t* exponents, uint8_t* data);
    /// MOVA2D: source words to DST words.
    void (*to_dst)(Precision src, Precision dst, const uint32_t* words, uint32_t* out, uint32_t count);
    /// MOVD2A, MOVD2B: DST words to source words.
    void (*to_source)(Precision dst, Precision src, const uint32_t* words, uint32_t* out, uint32_t count);
    /// ELWADD, ELWSUB, ELWMUL with in0 in SrcA and in1 in SrcB. Mul accumulates onto dst phase by phase; unless
    /// plan.accumulate it begins with zero.
    void (*eltwise)(const EltwisePlan& plan, const uint32_t* a, const uint32_t* b, uint32_t* dst, uint32_t count);
    void (*matmul)(const MatmulPlan& plan);
    /// GAPOOL, GMPOOL. a: SrcA, 16 rows of 16 source words; b: SrcB, 16 rows of 16 source words of which the
    /// instruction reads what the chip reads; dst: 4 rows of 16 words, accumulated onto.
    void (*pool)(const PoolPlan& plan, const uint32_t* a, const uint32_t* b, uint32_t* dst);
    /// fast only, else null: products leave fp32 sums in 16-bit DST, and this rounds them when somebody reads them.
    void (*round)(Precision dst, uint32_t* words, uint32_t count) = nullptr;
};

/// The implementation for this CPU, or the level named by TESSERA_SIMD.
const Arithmetic& arithmetic(MathMode mode, Chip chip);
/// An implementation by level (cpu_levels of levels.h); nullptr if this CPU or this name can't be had. "scalar" is the
/// definition of the exact mode.
const Arithmetic* arithmetic_by_name(MathMode mode, Chip chip, const char* level);

/// Gives back what products keep in this host thread's registers between calls (AMX tiles). To be called when a thread
/// leaves the device for code that may use them too.
void release_registers();

}  // namespace tessera::tensix
