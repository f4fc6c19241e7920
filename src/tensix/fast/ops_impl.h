// The definition of the arithmetic, as plain loops that the compiler vectorizes. Included once by each ops_*.cpp, which
// are compiled for different CPUs: everything here has internal linkage and nothing comes from the standard library, so
// that no function compiled for a newer CPU can be picked by the linker for an older one.
#include <tensix/fast/ops.h>

namespace tessera::tensix {
namespace {

using u8 = uint8_t;
using u16 = uint16_t;
using u32 = uint32_t;
using i32 = int32_t;

constexpr u32 sign_bit = 0x80000000u;
constexpr u32 exponent_field = 0x7F800000u;

inline u32 bits_of(float f) {
    return __builtin_bit_cast(u32, f);
}
inline float float_of(u32 u) {
    return __builtin_bit_cast(float, u);
}
template <typename T>
inline T load(const void* p) {
    T v;
    __builtin_memcpy(&v, p, sizeof(T));
    return v;
}
template <typename T>
inline void store(void* p, T v) {
    __builtin_memcpy(p, &v, sizeof(T));
}

inline u32 flush(u32 v) {
    return (v & exponent_field) == 0 ? 0 : v;
}

// Half away from zero to bf16; exponent 0 gives +0.
inline u32 round_bf16(u32 v) {
    const u32 r = (v + 0x8000u) & 0xFFFF0000u;
    return flush(r);
}

// Half away from zero to 11 significant bits, exponent limited to fp16's: below it +0, above it the largest magnitude.
inline u32 round_fp16(u32 v) {
    u32 r = (v + 0x1000u) & 0xFFFFE000u;
    const u32 e = (r >> 23) & 0xFF;
    r = e >= 144 ? (v & sign_bit) | (143u << 23) | 0x7FE000u : r;
    return e < 113 ? 0 : r;
}

inline u32 round_to(Precision p, u32 v) {
    return p == Precision::Bf16 ? round_bf16(v) : p == Precision::Fp16 ? round_fp16(v) : flush(v);
}

// fp16 to fp32 with exponent 31 as an ordinary one and exponent 0 as zero.
inline u32 from_fp16(u32 h) {
    const u32 magnitude = h & 0x7FFF;
    const u32 v = ((h & 0x8000) << 16) | ((magnitude << 13) + (112u << 23));
    return (magnitude & 0x7C00) == 0 ? 0 : v;
}

// fp32 to fp16 by truncation: exponent below 112 gives signed 0, 112 keeps the mantissa under exponent 0, above 143 the
// largest.
inline u32 to_fp16_truncate(u32 v) {
    const u32 s = (v >> 16) & 0x8000;
    const i32 e = static_cast<i32>((v >> 23) & 0xFF) - 112;
    const u32 h = s | (static_cast<u32>(e) << 10) | ((v >> 13) & 0x3FF);
    return e < 0 ? s : e > 31 ? s | 0x7FFF : h;
}

// One block-float datum: 7-bit magnitude left-aligned, shared exponent; a zero magnitude with a sign is minus infinity.
inline u32 from_block(u32 sign, u32 magnitude, u32 exponent) {
    const u32 normalized = bits_of(static_cast<float>(static_cast<i32>(magnitude)));
    const u32 v = (normalized + ((exponent - 133u) << 23)) & ~sign_bit;
    const u32 zero = sign ? 0xFF800000u : 0u;
    return magnitude == 0 ? zero : flush(v) == 0 ? 0 : v | (sign << 31);
}

// The same with a 5-bit exponent of bias 15.
inline u32 from_block_a(u32 sign, u32 magnitude, u32 exponent) {
    const u32 normalized = bits_of(static_cast<float>(static_cast<i32>(magnitude)));
    const u32 v = (normalized + (((exponent & 31u) - 21u) << 23));
    const u32 zero = sign ? 0xC7FFE000u : 0u;
    return magnitude == 0 ? zero : (v >> 23) < 113 ? 0 : v | (sign << 31);
}

inline u32 narrow_source(Precision to, u32 v) {
    switch (to) {
        case Precision::Bf16:
            return flush(v & 0xFFFF0000u);
        case Precision::Tf32:
            return flush(v & 0xFFFFE000u);
        case Precision::Fp16:
            return from_fp16(to_fp16_truncate(v));
        default:
            return v;
    }
}

template <bool A>
void unpack_block8(const u8* exponents, const u8* data, u32 datums, u32* out) {
    for (u32 g = 0; g < datums; g += 16) {
        const u32 e = exponents[g / 16];
        for (u32 i = 0; i < 16; ++i) {
            const u32 b = data[g + i];
            out[g + i] = A ? from_block_a(b >> 7, b & 0x7F, e) : from_block(b >> 7, b & 0x7F, e);
        }
    }
}

template <bool A>
void unpack_block4(const u8* exponents, const u8* data, u32 datums, u32* out) {
    for (u32 g = 0; g < datums; g += 16) {
        const u32 e = exponents[g / 16];
        u32 codes[16];
        for (u32 i = 0; i < 8; ++i) {
            codes[2 * i] = data[g / 2 + i] & 0xF;
            codes[2 * i + 1] = data[g / 2 + i] >> 4;
        }
        for (u32 i = 0; i < 16; ++i) {
            const u32 m = (codes[i] & 7) << 4;
            out[g + i] = A ? from_block_a(codes[i] >> 3, m, e) : from_block(codes[i] >> 3, m, e);
        }
    }
}

template <bool A>
void unpack_block2(const u8* exponents, const u8* data, u32 datums, u32* out) {
    for (u32 g = 0; g < datums; g += 16) {
        const u32 e = exponents[g / 16];
        for (u32 i = 0; i < 16; ++i) {
            const u32 c = (data[g / 4 + i / 4] >> (2 * (i % 4))) & 3;
            const u32 m = (c & 1) << 6;
            out[g + i] = A ? from_block_a(c >> 1, m, e) : from_block(c >> 1, m, e);
        }
    }
}

void unpack(DataFormat format, Precision to, const u8* exponents, const u8* data, u32 datums, u32* out) {
    switch (format) {
        case DataFormat::Float16_b:
            for (u32 i = 0; i < datums; ++i) {
                out[i] = flush(static_cast<u32>(load<u16>(data + 2 * i)) << 16);
            }
            break;
        case DataFormat::Float32:
        case DataFormat::Tf32:
            if (to == Precision::Fp32) {
                __builtin_memcpy(out, data, datums * 4);
            } else if (to == Precision::Bf16) {
                for (u32 i = 0; i < datums; ++i) {
                    out[i] = flush(load<u32>(data + 4 * i) & 0xFFFF0000u);
                }
            } else {
                for (u32 i = 0; i < datums; ++i) {
                    out[i] = narrow_source(to, load<u32>(data + 4 * i));
                }
            }
            break;
        case DataFormat::Float16:
            for (u32 i = 0; i < datums; ++i) {
                out[i] = from_fp16(load<u16>(data + 2 * i));
            }
            break;
        case DataFormat::Bfp8_b:
            unpack_block8<false>(exponents, data, datums, out);
            break;
        case DataFormat::Bfp4_b:
            unpack_block4<false>(exponents, data, datums, out);
            break;
        case DataFormat::Bfp2_b:
            unpack_block2<false>(exponents, data, datums, out);
            break;
        case DataFormat::Bfp8:
            unpack_block8<true>(exponents, data, datums, out);
            break;
        case DataFormat::Bfp4:
            unpack_block4<true>(exponents, data, datums, out);
            break;
        case DataFormat::Bfp2:
            unpack_block2<true>(exponents, data, datums, out);
            break;
        case DataFormat::Lf8:
            for (u32 i = 0; i < datums; ++i) {
                const u32 h = static_cast<u32>(data[i]) << 8;
                out[i] = from_fp16((data[i] & 0x7F) == 0x7F ? h | 0xFF : h);
            }
            break;
        case DataFormat::Fp8_e4m3:
            for (u32 i = 0; i < datums; ++i) {
                const u32 b = data[i];
                const u32 e = (b >> 3) & 0xF;
                const u32 v = ((b & 0x80) << 24) | ((e + 120) << 23) | ((b & 7) << 20);
                out[i] = e == 0 ? 0 : v;
            }
            break;
        case DataFormat::Int32:
        case DataFormat::UInt32:
            __builtin_memcpy(out, data, datums * 4);
            break;
        case DataFormat::UInt16:
            for (u32 i = 0; i < datums; ++i) {
                out[i] = load<u16>(data + 2 * i);
            }
            break;
        case DataFormat::Int8:
            for (u32 i = 0; i < datums; ++i) {
                const i32 m = data[i] & 0x7F;
                out[i] = static_cast<u32>(data[i] & 0x80 ? -m : m);
            }
            break;
        case DataFormat::UInt8:
            for (u32 i = 0; i < datums; ++i) {
                out[i] = data[i];
            }
            break;
        default:
            break;
    }
}

// --- Pack ------------------------------------------------------------------------------------------------------------

inline u32 nan_to_infinity(u32 v) {
    return (v & ~sign_bit) > exponent_field ? (v & sign_bit) | exponent_field : v;
}

// DST to the packer's intermediate format, as an fp32 pattern.
inline u32 early(const PackPlan& plan, u32 v) {
    if (plan.dst == Precision::Bf16) {
        return flush(nan_to_infinity(v) & 0xFFFF0000u);
    }
    if (plan.dst == Precision::Fp16) {
        return flush(v);
    }
    if (plan.via == DataFormat::Tf32) {
        return flush((nan_to_infinity(v) + 0x1000u) & 0xFFFFE000u);
    }
    if (plan.format == DataFormat::Float16_b || plan.via == DataFormat::Float16_b) {
        const u32 n = nan_to_infinity(v);
        return flush((n + 0x8000u) & 0xFFFF0000u);
    }
    if (plan.bfp_prerounded && is_block_float(plan.format)) {
        return flush((nan_to_infinity(v) + 0x10000u) & 0xFFFE0000u);
    }
    return v;
}

inline u32 relu(const PackPlan& plan, u32 v) {
    const u32 top = v & 0xFFFFE000u;
    switch (plan.relu) {
        case 1:
            return v & sign_bit ? 0 : v;
        case 2:
            return (v & sign_bit) || top <= plan.relu_threshold ? 0 : v;
        case 3:
            return v & sign_bit ? 0 : top > plan.relu_threshold ? plan.relu_threshold : v;
        default:
            return v;
    }
}

// Sixteen bf16 patterns (in the high halves) to one shared exponent and 7-bit magnitudes with their signs in bit 7.
inline u32 block_of(const PackPlan& plan, const u32* values, u32* codes) {
    u32 h[16];
    u32 shared = 0;
    for (u32 i = 0; i < 16; ++i) {
        u32 v = values[i] >> 16;
        v = plan.bfp_prerounded ? (v + 1) & ~1u : v;
        v = (v & 0x7F80) == 0 ? 0 : v;
        h[i] = v;
        const u32 e = (v >> 7) & 0xFF;
        shared = e > shared ? e : shared;
    }
    for (u32 i = 0; i < 16; ++i) {
        const u32 e = (h[i] >> 7) & 0xFF;
        const u32 d = shared - e;
        const u32 m = e == 0 ? 0 : 0x80 | (h[i] & 0x7F);
        const u32 shift = d > 8 ? 8 : d;
        u32 q = d >= 8 ? 0 : (m + (1u << shift)) >> (shift + 1);
        q = q > 127 ? 127 : q;
        codes[i] = q == 0 ? 0 : ((h[i] >> 8) & 0x80) | q;
    }
    return shared;
}

// The same for the formats with a 5-bit exponent: values are rebiased to it first.
inline u32 rebias_to_a(u32 v) {
    const i32 e = static_cast<i32>((v >> 23) & 0xFF) - 112;
    const u32 r = (v & sign_bit) | (static_cast<u32>(e) << 23) | (v & 0x7FFFFF);
    return e <= 0 ? 0 : e > 31 ? (v & sign_bit) | (31u << 23) | 0x7F0000u : r;
}

// Sixteen datums in one vector; what the CPU has no instruction for, the compiler takes apart.
using Vec = u32 __attribute__((vector_size(64)));
using Bytes = u8 __attribute__((vector_size(16)));
using Pairs = u16 __attribute__((vector_size(16)));
using HalfBytes = u8 __attribute__((vector_size(8)));

// block_of(relu(early(...))) without ReLU for the formats with 8-bit exponents, a vector at a time.
template <Precision dst_holds, bool prerounded, u32 width>
void pack_block_plain(const u32* dst, u32 datums, u8* exponents, u8* data) {
    const Vec zero = {};
    for (u32 g = 0; g < datums; g += 16) {
        Vec v = load<Vec>(dst + g);
        if constexpr (dst_holds != Precision::Fp16 && (dst_holds == Precision::Bf16 || prerounded)) {
            v = (v & ~sign_bit) > exponent_field ? (v & sign_bit) | exponent_field : v;
        }
        if constexpr (dst_holds == Precision::Fp32 && prerounded) {
            v = (v + 0x10000u) & 0xFFFE0000u;
        }
        Vec h = v >> 16;
        if constexpr (prerounded) {
            // A denormal is zero before it is rounded, not after.
            h = (h & 0x7F80u) == 0 ? zero : h;
            h = (h + 1) & ~1u;
        }
        h = (h & 0x7F80u) == 0 ? zero : h;
        const Vec e = (h >> 7) & 0xFFu;
        const u32 shared = __builtin_reduce_max(e);
        const Vec m = e == 0 ? zero : (h & 0x7Fu) | 0x80u;
        const Vec d = shared - e;
        const Vec shift = d > 8 ? zero + 8u : d;
        Vec q = ((m >> shift) + 1) >> 1;
        q = q > 127 ? zero + 127u : q;
        const Vec code = q == 0 ? zero : ((h >> 8) & 0x80u) | q;
        exponents[g / 16] = static_cast<u8>(shared);
        if constexpr (width == 8) {
            store(data + g, __builtin_convertvector(code, Bytes));
        } else {
            const Vec nibble = (code & 0x70u) == 0 ? zero : (code >> 4) & 0xFu;
            const Pairs pairs = __builtin_bit_cast(Pairs, __builtin_convertvector(nibble, Bytes));
            store(data + g / 2, __builtin_convertvector(pairs | pairs >> 4, HalfBytes));
        }
    }
}

template <u32 width>
void pack_block_plain(const PackPlan& plan, const u32* dst, u32 datums, u8* exponents, u8* data) {
    switch (plan.dst) {
        case Precision::Bf16:
            plan.bfp_prerounded ? pack_block_plain<Precision::Bf16, true, width>(dst, datums, exponents, data)
                                : pack_block_plain<Precision::Bf16, false, width>(dst, datums, exponents, data);
            break;
        case Precision::Fp16:
            plan.bfp_prerounded ? pack_block_plain<Precision::Fp16, true, width>(dst, datums, exponents, data)
                                : pack_block_plain<Precision::Fp16, false, width>(dst, datums, exponents, data);
            break;
        default:
            plan.bfp_prerounded ? pack_block_plain<Precision::Fp32, true, width>(dst, datums, exponents, data)
                                : pack_block_plain<Precision::Fp32, false, width>(dst, datums, exponents, data);
            break;
    }
}

void pack_block(const PackPlan& plan, const u32* dst, u32 datums, u8* exponents, u8* data) {
    if (plan.relu == 0 && (plan.format == DataFormat::Bfp8_b || plan.format == DataFormat::Bfp4_b)) {
        plan.format == DataFormat::Bfp8_b ? pack_block_plain<8>(plan, dst, datums, exponents, data)
                                          : pack_block_plain<4>(plan, dst, datums, exponents, data);
        return;
    }
    const bool a =
        plan.format == DataFormat::Bfp8 || plan.format == DataFormat::Bfp4 || plan.format == DataFormat::Bfp2;
    const u32 width = datum_bits(plan.format);
    for (u32 g = 0; g < datums; g += 16) {
        u32 values[16], codes[16];
        for (u32 i = 0; i < 16; ++i) {
            values[i] = relu(plan, early(plan, dst[g + i]));
        }
        if (a) {
            for (u32 i = 0; i < 16; ++i) {
                values[i] = rebias_to_a(values[i]);
            }
        }
        exponents[g / 16] = static_cast<u8>(block_of(plan, values, codes));
        if (width == 8) {
            for (u32 i = 0; i < 16; ++i) {
                data[g + i] = static_cast<u8>(codes[i]);
            }
        } else if (width == 4) {
            u32 n[16];
            for (u32 i = 0; i < 16; ++i) {
                const u32 m = (codes[i] >> 4) & 7;
                n[i] = m ? (codes[i] >> 4) & 0xF : 0;
            }
            for (u32 i = 0; i < 8; ++i) {
                data[g / 2 + i] = static_cast<u8>(n[2 * i] | n[2 * i + 1] << 4);
            }
        } else {
            for (u32 i = 0; i < 4; ++i) {
                u32 byte = 0;
                for (u32 j = 0; j < 4; ++j) {
                    const u32 c = codes[4 * i + j];
                    const u32 m = (c >> 6) & 1;
                    byte |= (m ? (c >> 6) & 3 : 0) << (2 * j);
                }
                data[g / 4 + i] = static_cast<u8>(byte);
            }
        }
    }
}

// fp32 sum in L1: inputs and result flushed, NaN canonical.
inline u32 accumulate_fp32(u32 l1, u32 v) {
    const u32 sum = bits_of(float_of((l1 & exponent_field) == 0 ? l1 & sign_bit : l1) +
                            float_of((v & exponent_field) == 0 ? v & sign_bit : v));
    if ((sum & ~sign_bit) > exponent_field) {
        return 0x7FC00000u;
    }
    return (sum & exponent_field) == 0 ? sum & sign_bit : sum;
}

// bf16 sum in L1, round to nearest even; both in the high half.
inline u32 accumulate_bf16(u32 l1, u32 v) {
    const u32 sum = bits_of(float_of((l1 & exponent_field) == 0 ? l1 & sign_bit : l1) +
                            float_of((v & exponent_field) == 0 ? v & sign_bit : v));
    if ((sum & ~sign_bit) > exponent_field) {
        return 0x7FC00000u;
    }
    const u32 r = (sum + 0x7FFFu + ((sum >> 16) & 1)) & 0xFFFF0000u;
    return (r & exponent_field) == 0 ? r & sign_bit : r;
}

// fp16 sum in L1: no infinities, nearest even; what overflows or falls below the smallest exponent is the largest
// magnitude.
inline u32 accumulate_fp16(u32 l1, u32 v) {
    const u32 sum = bits_of(float_of(from_fp16(l1)) + float_of(from_fp16(v)));
    const u32 s = (sum >> 16) & 0x8000;
    if ((sum & ~sign_bit) == 0) {
        return ((l1 >> 10) & 0x1F) >= 30 ? 0x7FFF : s;  // cancellation of the largest numbers
    }
    const u32 r = sum + 0xFFFu + ((sum >> 13) & 1);
    const i32 e = static_cast<i32>((r >> 23) & 0xFF) - 112;
    return e < 0 || e > 31 ? s | 0x7FFF : e == 0 ? s : s | static_cast<u32>(e) << 10 | ((r >> 13) & 0x3FF);
}

inline u32 to_fp8_e4m3(u32 h) {
    const u32 s = (h >> 8) & 0x80;
    const u32 e = (h >> 10) & 0x1F;
    return e <= 8 ? s : e >= 24 ? s | 0x7F : s | (e - 8) << 3 | ((h >> 7) & 7);
}

// DST to bf16 in L1, the common case, a vector at a time; what can be done on 16 bits is.
enum class Rounding { None, Packer, DstThenPacker };
template <Rounding How>
inline Vec before_bf16(const u32* dst) {
    Vec v = load<Vec>(dst);
    if constexpr (How == Rounding::Packer) {
        v = (v & ~sign_bit) > exponent_field ? (v & sign_bit) | exponent_field : v;
    }
    if constexpr (How != Rounding::None) {
        v += 0x8000u;
    }
    return v;
}
template <Rounding How>
void pack_bf16_plain(const u32* dst, u32 datums, u8* data) {
    using Halves = u16 __attribute__((vector_size(64)));
    const Halves zero = {}, infinity = zero + u16{0x7F80};
    for (u32 g = 0; g < datums; g += 32) {
        // Datum i in the even halves, datum 16 + i in the odd ones; of the last 16, the odd ones are not used.
        const bool both = datums - g >= 32;
        const Vec first = before_bf16<How>(dst + g), second = both ? before_bf16<How>(dst + g + 16) : Vec{};
        const Halves h = __builtin_bit_cast(Halves, first >> 16 | (second & 0xFFFF0000u));
        const Halves all = h & u16{0x7FFF};
        const Halves magnitude = all > infinity ? infinity : all;
        const Halves mixed = magnitude < u16{0x80} ? zero : (h & u16{0x8000}) | magnitude;
        const Halves r = __builtin_shufflevector(mixed, mixed, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28,
                                                 30, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
        if (both) {
            store(data + 2 * g, r);
        } else {
            store(data + 2 * g, __builtin_shufflevector(r, r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
        }
    }
}

void pack(const PackPlan& plan, const u32* dst, u32 datums, u8* exponents, u8* data) {
    switch (plan.format) {
        case DataFormat::Float16_b:
            if (!plan.l1_accumulate && plan.relu == 0 && plan.dst != Precision::Fp16) {
                plan.dst == Precision::Fp32 ? pack_bf16_plain<Rounding::Packer>(dst, datums, data)
                : plan.unrounded            ? pack_bf16_plain<Rounding::DstThenPacker>(dst, datums, data)
                                            : pack_bf16_plain<Rounding::None>(dst, datums, data);
            } else if (plan.l1_accumulate) {
                for (u32 i = 0; i < datums; ++i) {
                    const u32 v = relu(plan, early(plan, dst[i])) & 0xFFFF0000u;
                    const u32 l1 = static_cast<u32>(load<u16>(data + 2 * i)) << 16;
                    store<u16>(data + 2 * i, static_cast<u16>(accumulate_bf16(l1, v) >> 16));
                }
            } else {
                for (u32 i = 0; i < datums; ++i) {
                    store<u16>(data + 2 * i, static_cast<u16>(relu(plan, early(plan, dst[i])) >> 16));
                }
            }
            break;
        case DataFormat::Float32:
        case DataFormat::Tf32:
            if (plan.l1_accumulate) {
                for (u32 i = 0; i < datums; ++i) {
                    store(data + 4 * i, accumulate_fp32(load<u32>(data + 4 * i), relu(plan, early(plan, dst[i]))));
                }
            } else if (plan.relu == 0 && plan.dst == Precision::Fp32) {
                __builtin_memcpy(data, dst, datums * 4);
            } else {
                for (u32 i = 0; i < datums; ++i) {
                    store(data + 4 * i, relu(plan, early(plan, dst[i])));
                }
            }
            break;
        case DataFormat::Float16:
            for (u32 i = 0; i < datums; ++i) {
                const u32 h = to_fp16_truncate(relu(plan, early(plan, dst[i])));
                store<u16>(data + 2 * i,
                           static_cast<u16>(plan.l1_accumulate ? accumulate_fp16(load<u16>(data + 2 * i), h) : h));
            }
            break;
        case DataFormat::Lf8:
            for (u32 i = 0; i < datums; ++i) {
                data[i] = static_cast<u8>(to_fp16_truncate(relu(plan, early(plan, dst[i]))) >> 8);
            }
            break;
        case DataFormat::Fp8_e4m3:
            for (u32 i = 0; i < datums; ++i) {
                data[i] = static_cast<u8>(to_fp8_e4m3(to_fp16_truncate(relu(plan, early(plan, dst[i])))));
            }
            break;
        case DataFormat::Int32:
        case DataFormat::UInt32:
            for (u32 i = 0; i < datums; ++i) {
                const u32 v = plan.relu && (dst[i] & sign_bit) ? 0 : dst[i];
                store(data + 4 * i, plan.l1_accumulate ? load<u32>(data + 4 * i) + v : v);
            }
            break;
        case DataFormat::UInt16:
            for (u32 i = 0; i < datums; ++i) {
                store<u16>(data + 2 * i, static_cast<u16>(dst[i]));
            }
            break;
        case DataFormat::UInt8:
            for (u32 i = 0; i < datums; ++i) {
                data[i] = static_cast<u8>(dst[i]);
            }
            break;
        case DataFormat::Int8:
            for (u32 i = 0; i < datums; ++i) {
                const u32 m = dst[i] & ~sign_bit;  // DST holds sign and magnitude
                data[i] = static_cast<u8>((m != 0 ? dst[i] >> 24 & 0x80 : 0) | (m > 127 ? 127 : m));
            }
            break;
        default:
            pack_block(plan, dst, datums, exponents, data);
            break;
    }
}

// --- Elementwise -----------------------------------------------------------------------------------------------------

template <Precision Round, typename F>
inline void each(float* dst, u32 count, F&& f) {
    for (u32 i = 0; i < count; ++i) {
        dst[i] = float_of(round_to(Round, bits_of(f(i))));
    }
}

template <Precision Round>
void eltwise_rounded(EltwiseOp op, bool accumulate, const float* a, const float* b, float* dst, u32 count) {
    if (op == EltwiseOp::Mul) {
        accumulate ? each<Round>(dst, count, [=](u32 i) { return dst[i] + a[i] * b[i]; })
                   : each<Round>(dst, count, [=](u32 i) { return a[i] * b[i]; });
    } else if (op == EltwiseOp::Add) {
        accumulate ? each<Round>(dst, count, [=](u32 i) { return dst[i] + (a[i] + b[i]); })
                   : each<Round>(dst, count, [=](u32 i) { return a[i] + b[i]; });
    } else {
        accumulate ? each<Round>(dst, count, [=](u32 i) { return dst[i] + (a[i] - b[i]); })
                   : each<Round>(dst, count, [=](u32 i) { return a[i] - b[i]; });
    }
}

void eltwise(EltwiseOp op, bool accumulate, Precision round, const float* a, const float* b, float* dst, u32 count) {
    switch (round) {
        case Precision::Bf16:
            eltwise_rounded<Precision::Bf16>(op, accumulate, a, b, dst, count);
            break;
        case Precision::Fp16:
            eltwise_rounded<Precision::Fp16>(op, accumulate, a, b, dst, count);
            break;
        default:
            eltwise_rounded<Precision::Fp32>(op, accumulate, a, b, dst, count);
            break;
    }
}

void mask(u32* values, u32 m, u32 count) {
    for (u32 i = 0; i < count; ++i) {
        values[i] &= m;
    }
}

void round(Precision to, u32* values, u32 count) {
    if (to == Precision::Bf16) {
        for (u32 i = 0; i < count; ++i) {
            values[i] = round_bf16(values[i]);
        }
    } else if (to == Precision::Fp16) {
        for (u32 i = 0; i < count; ++i) {
            values[i] = round_fp16(values[i]);
        }
    }
}

void narrow(const u32* values, u16* out, u32 count) {
    for (u32 i = 0; i < count; ++i) {
        out[i] = static_cast<u16>(values[i] >> 16);
    }
}

}  // namespace
}  // namespace tessera::tensix
