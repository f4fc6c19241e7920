// The definition of the exact mode: loops over the rules.
#include <tensix/exact/scalar.h>

#include <cstring>
#include <string>

#include <base/error.h>
#include <tensix/exact/rules_integer.h>
#include <tensix/exact/rules_matrix.h>
#include <tensix/exact/rules_pack.h>
#include <tensix/exact/rules_source.h>
#include <tensix/exact/tables.h>

namespace tessera::tensix::exact {

namespace scalar {

namespace {

constexpr uint32_t face_words = 256;
constexpr uint32_t tile_words = 1024;

template <typename T>
uint32_t load(const uint8_t* data, uint32_t index) {
    T v;
    std::memcpy(&v, data + index * sizeof(T), sizeof(T));
    return v;
}
template <typename T>
void store(uint8_t* data, uint32_t index, uint32_t value) {
    const auto v = static_cast<T>(value);
    std::memcpy(data + index * sizeof(T), &v, sizeof(T));
}

[[noreturn]] void unsupported(const char* who, Chip chip, DataFormat format) {
    throw Error("unsupported-data-format", std::string("the ") + who + " of " +
                                               (chip == Chip::Wormhole ? "Wormhole" : "Blackhole") +
                                               " does not know data format " + name(format));
}

// The code of datum i among codes of 8, 4 or 2 bits; the first lies in a byte's low bits.
uint32_t load_code(const uint8_t* data, uint32_t i, uint32_t bits) {
    return (data[i * bits / 8] >> (i * bits % 8)) & ((1u << bits) - 1);
}
void store_code(uint8_t* data, uint32_t i, uint32_t bits, uint32_t code) {
    uint8_t& byte = data[i * bits / 8];
    const uint32_t before = i * bits % 8 == 0 ? 0 : byte;
    byte = static_cast<uint8_t>(before | (code << (i * bits % 8)));
}

template <Chip chip>
uint32_t unpack_datum(DataFormat format, Precision to, const uint8_t* exponents, const uint8_t* data, uint32_t i) {
    switch (format) {
        case DataFormat::Float32:
        case DataFormat::Tf32:
            return rules::source_of_fp32(to, load<uint32_t>(data, i));
        case DataFormat::Float16_b:
            return rules::source_of_bf16(load<uint16_t>(data, i));
        case DataFormat::Float16:
            return rules::source_of_fp16(load<uint16_t>(data, i));
        case DataFormat::Lf8:
            return rules::source_of_e5m2<chip>(data[i]);
        case DataFormat::Fp8_e4m3:
            if (chip == Chip::Blackhole) {
                return rules::source_of_e4m3(data[i]);
            }
            break;
        case DataFormat::Int8:
            return rules::source_of_int(data[i] & 0x80, data[i] & 0x7F);
        case DataFormat::UInt8:
            return rules::source_of_int(false, data[i]);
        default:
            break;
    }
    if (!is_block_float(format)) {
        unsupported("unpacker", chip, format);
    }
    const uint32_t bits = datum_bits(format);
    const uint32_t code = load_code(data, i, bits);
    const bool negative = code >> (bits - 1);
    const uint32_t magnitude = (code << (8 - bits)) & 0x7F;
    return is_fp16_class(format) ? rules::source_of_block_a(negative, magnitude, exponents[i / 16])
                                 : rules::source_of_block(negative, magnitude, exponents[i / 16]);
}

}  // namespace

template <Chip chip>
void unpack(DataFormat format, Precision to, const uint8_t* exponents, const uint8_t* data, uint32_t datums,
            uint32_t* out) {
    const bool straight = to == Precision::Fp32 && (datum_bits(format) == 32 || is_integer(format));
    if (!straight) {
        for (uint32_t i = 0; i < datums; ++i) {
            out[i] = unpack_datum<chip>(format, to, exponents, data, i);
        }
        return;
    }
    for (uint32_t i = 0; i < datums; ++i) {
        out[i] = datum_bits(format) == 32   ? load<uint32_t>(data, i)
                 : datum_bits(format) == 16 ? load<uint16_t>(data, i)
                                            : load<uint8_t>(data, i);
    }
}

template <Chip chip>
void to_dst(Precision src, Precision dst, const uint32_t* words, uint32_t* out, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        out[i] = rules::dst_of_source(src, dst, words[i]);
    }
}

template <Chip chip>
void to_source(Precision dst, Precision src, const uint32_t* words, uint32_t* out, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) {
        out[i] = rules::source_of_dst(dst, src, words[i]);
    }
}

template <Chip chip>
void eltwise(const EltwisePlan& plan, const uint32_t* a, const uint32_t* b, uint32_t* dst, uint32_t count) {
    const bool multiply = plan.op == EltwiseOp::Mul, subtract = plan.op == EltwiseOp::Sub;
    const bool integers = plan.src == Precision::Int8;
    for (uint32_t i = 0; i < count; ++i) {
        uint32_t held = plan.accumulate ? dst[i] : 0;
        for (uint32_t phase = 0; phase < (multiply ? plan.phases : 1); ++phase) {
            if (multiply) {
                held = integers ? rules::integer_multiply(phase, a[i], b[i], held)
                                : rules::multiply<chip>(plan.src, plan.dst, phase, a[i], b[i], held);
            } else {
                held = integers ? rules::integer_add(subtract, a[i], b[i], held)
                                : rules::add<chip>(plan.src, plan.dst, subtract, a[i], b[i], held);
            }
        }
        dst[i] = held;
    }
}

namespace {

// A tile's words, of SrcA or SrcB.
struct Words {
    const MatmulOperand& operand;

    uint32_t operator[](uint32_t i) const {
        return operand.bf16_in_l1 ? rules::source_of_bf16(static_cast<const uint16_t*>(operand.data)[i])
                                  : static_cast<const uint32_t*>(operand.data)[i];
    }
};

// One instruction: rows of 16 words of SrcB with 16 x 16 words of SrcA, in one phase, onto rows of DST.
struct Instruction {
    uint32_t b[16][16];
    uint32_t a[16][16];  // by column

    template <Chip chip>
    void run(Precision src, Precision dst, uint32_t phase, uint32_t rows, uint32_t* out) const {
        if (src == Precision::Int8) {
            for (uint32_t i = 0; i < rows * 16; ++i) {
                out[i] = rules::integer_dot(phase, a[i % 16], b[i / 16], out[i]);
            }
            return;
        }
        rules::Operand x[16][16], y[16][16];
        for (uint32_t i = 0; i < 256; ++i) {
            x[i / 16][i % 16] = rules::operand_of(src, a[i / 16][i % 16]);
            if (i < rows * 16) {
                y[i / 16][i % 16] = rules::operand_of(src, b[i / 16][i % 16]);
            }
        }
        for (uint32_t i = 0; i < rows * 16; ++i) {
            out[i] = rules::dot<chip>(src, dst, phase, x[i % 16], y[i / 16], out[i]);
        }
    }
};

template <Chip chip>
void matmul_tile(const MatmulPlan& plan, const Words& in0, const Words& in1, uint32_t* dst) {
    const uint32_t inner_faces = plan.inner / 16, column_faces = plan.cols / 16;
    for (uint32_t phase = 0; phase < plan.phases; ++phase) {
        for (uint32_t k = 0; k < inner_faces; ++k) {
            for (uint32_t first = 0; first < plan.rows; first += 16) {
                const uint32_t rows = plan.rows - first < 16 ? plan.rows - first : 16;
                for (uint32_t c = 0; c < column_faces; ++c) {
                    Instruction mvmul;
                    for (uint32_t i = 0; i < 256; ++i) {
                        mvmul.a[i % 16][i / 16] = in1[(k * column_faces + c) * face_words + i];
                        if (i < rows * 16) {
                            mvmul.b[i / 16][i % 16] = in0[(first / 16 * inner_faces + k) * plan.in0_face_rows * 16 + i];
                        }
                    }
                    mvmul.run<chip>(plan.src, plan.dst_precision, phase, rows,
                                    dst + (first / 16 * column_faces + c) * face_words);
                }
            }
        }
    }
}

}  // namespace

template <Chip chip>
void matmul(const MatmulPlan& plan) {
    for (uint32_t r = 0; r < plan.rt; ++r) {
        for (uint32_t c = 0; c < plan.ct; ++c) {
            uint32_t* dst = plan.dst + (r * plan.ct + c) * tile_words;
            if (plan.fresh != nullptr && plan.fresh[r * plan.ct + c]) {
                std::memset(dst, 0, tile_words * sizeof(uint32_t));
            }
            matmul_tile<chip>(plan, {plan.in0[r]}, {plan.in1[c]}, dst);
        }
    }
}

template <Chip chip>
void pool(const PoolPlan& plan, const uint32_t* a, const uint32_t* b, uint32_t* dst) {
    if (plan.max) {
        for (uint32_t column = 0; column < 16; ++column) {
            const uint32_t held = plan.fresh ? rules::below_every_number(plan.dst) : dst[column];
            dst[column] = rules::maximum(plan.src, plan.dst, a + column, 16, b, held);
        }
        std::memset(dst + 16, 0, 48 * sizeof(uint32_t));
        return;
    }
    if (plan.fresh) {
        std::memset(dst, 0, 64 * sizeof(uint32_t));
    }
    Instruction gapool;
    for (uint32_t i = 0; i < 256; ++i) {
        gapool.a[i % 16][i / 16] = a[i];
        gapool.b[i / 16][i % 16] = i < 64 ? b[i] : 0;
    }
    for (uint32_t phase = 0; phase < plan.phases; ++phase) {
        gapool.run<chip>(plan.src, plan.dst, phase, 4, dst);
    }
}

DataFormat intermediate_format(const PackPlan& plan) {
    if (is_integer(plan.format)) {
        return DataFormat::Int32;
    }
    if (plan.dst == Precision::Fp16) {
        return is_block_float(plan.format) && plan.bfp_prerounded ? DataFormat::Bfp8 : DataFormat::Float16;
    }
    if (is_block_float(plan.format) && plan.bfp_prerounded) {
        return DataFormat::Bfp8_b;
    }
    if (plan.dst != Precision::Fp32 || plan.format == DataFormat::Float16_b) {
        return DataFormat::Float16_b;
    }
    if (plan.via != DataFormat::Invalid) {
        return plan.via;
    }
    return plan.format == DataFormat::Tf32 ? DataFormat::Tf32 : DataFormat::Float32;
}

namespace {

rules::Intermediate intermediate_of(DataFormat format, Precision dst, Chip chip) {
    switch (format) {
        case DataFormat::Float32:
            return rules::Intermediate::Raw;
        case DataFormat::Tf32:
            return rules::Intermediate::Tf32;
        case DataFormat::Float16_b:
            return rules::Intermediate::Bf16;
        case DataFormat::Bfp8_b:
            return dst == Precision::Fp16 ? rules::Intermediate::Bfp8a : rules::Intermediate::Bfp8;
        case DataFormat::Float16:
            // Of 32-bit DST only Blackhole makes it, and then rounds to its 10 bits of mantissa first.
            return dst == Precision::Fp16 ? rules::Intermediate::Fp16 : rules::Intermediate::Tf32;
        case DataFormat::Bfp8:
            return dst == Precision::Fp16 ? rules::Intermediate::Bfp8a : rules::Intermediate::Bfp8;
        case DataFormat::Int32:
            return rules::Intermediate::Integers;
        default:
            unsupported("packer's early conversion", chip, format);
    }
}

template <Chip chip>
void pack_integers(const PackPlan& plan, const uint32_t* dst, uint32_t datums, uint8_t* data) {
    const bool wide = plan.dst == Precision::Fp32 || plan.dst == Precision::Int8;
    for (uint32_t i = 0; i < datums; ++i) {
        const uint32_t v = plan.relu != 0 && (dst[i] & rules::sign_bit) ? 0 : dst[i];
        switch (plan.format) {
            case DataFormat::UInt16:
                store<uint16_t>(data, i, v);
                break;
            case DataFormat::UInt8:
                store<uint8_t>(data, i, wide ? rules::uint8_of_dst32(v) : v);
                break;
            case DataFormat::Int8:
                store<uint8_t>(data, i, rules::int8_of_dst32(v));
                break;
            default:
                store<uint32_t>(data, i, plan.l1_accumulate ? load<uint32_t>(data, i) + v : v);
        }
    }
}

}  // namespace

template <Chip chip>
void pack_through(DataFormat intermediate, const PackPlan& plan, const uint32_t* dst, uint32_t datums,
                  uint8_t* exponents, uint8_t* data) {
    if (is_integer(plan.format)) {
        pack_integers<chip>(plan, dst, datums, data);
        return;
    }
    const rules::Intermediate between = intermediate_of(intermediate, plan.dst, chip);
    for (uint32_t group = 0; group < datums; group += 16) {
        rules::BlockDatum block[16];
        for (uint32_t i = group; i < group + 16; ++i) {
            const uint32_t v = rules::relu(plan.relu, plan.relu_threshold, rules::early(plan.dst, between, dst[i]));
            switch (plan.format) {
                case DataFormat::Float32:
                case DataFormat::Tf32:
                    store<uint32_t>(data, i,
                                    plan.l1_accumulate ? rules::accumulate_fp32(load<uint32_t>(data, i), v) : v);
                    break;
                case DataFormat::Float16_b:
                    store<uint16_t>(
                        data, i,
                        plan.l1_accumulate ? rules::accumulate_bf16(load<uint16_t>(data, i), v >> 16) : v >> 16);
                    break;
                case DataFormat::Float16: {
                    const uint32_t h = rules::fp16_of_fp32(v);
                    store<uint16_t>(data, i,
                                    plan.l1_accumulate ? rules::accumulate_fp16(load<uint16_t>(data, i), h) : h);
                    break;
                }
                case DataFormat::Lf8:
                    data[i] = static_cast<uint8_t>(rules::fp16_of_fp32(v) >> 8);
                    break;
                case DataFormat::Fp8_e4m3:
                    if (chip == Chip::Wormhole) {
                        unsupported("packer", chip, plan.format);
                    }
                    data[i] = static_cast<uint8_t>(rules::e4m3_of_fp16(rules::fp16_of_fp32(v)));
                    break;
                default:
                    if (!is_block_float(plan.format)) {
                        unsupported("packer", chip, plan.format);
                    }
                    block[i % 16] = is_fp16_class(plan.format) ? rules::block_datum_a(v) : rules::block_datum(v);
            }
        }
        if (is_block_float(plan.format)) {
            const uint32_t bits = datum_bits(plan.format);
            uint32_t codes[16];
            exponents[group / 16] = static_cast<uint8_t>(rules::share_exponent(block, codes));
            for (uint32_t i = 0; i < 16; ++i) {
                store_code(data, group + i, bits, bits == 8 ? codes[i] : rules::narrower_code(codes[i], bits));
            }
        }
    }
}

template <Chip chip>
void pack(const PackPlan& plan, const uint32_t* dst, uint32_t datums, uint8_t* exponents, uint8_t* data) {
    pack_through<chip>(intermediate_format(plan), plan, dst, datums, exponents, data);
}

#define TESSERA_INSTANTIATE(chip)                                                                                 \
    template void unpack<chip>(DataFormat, Precision, const uint8_t*, const uint8_t*, uint32_t, uint32_t*);       \
    template void pack<chip>(const PackPlan&, const uint32_t*, uint32_t, uint8_t*, uint8_t*);                     \
    template void pack_through<chip>(DataFormat, const PackPlan&, const uint32_t*, uint32_t, uint8_t*, uint8_t*); \
    template void to_dst<chip>(Precision, Precision, const uint32_t*, uint32_t*, uint32_t);                       \
    template void to_source<chip>(Precision, Precision, const uint32_t*, uint32_t*, uint32_t);                    \
    template void eltwise<chip>(const EltwisePlan&, const uint32_t*, const uint32_t*, uint32_t*, uint32_t);       \
    template void matmul<chip>(const MatmulPlan&);                                                                \
    template void pool<chip>(const PoolPlan&, const uint32_t*, const uint32_t*, uint32_t*);
TESSERA_INSTANTIATE(Chip::Wormhole)
TESSERA_INSTANTIATE(Chip::Blackhole)
#undef TESSERA_INSTANTIATE

namespace {

template <Chip chip>
constexpr Arithmetic table() {
    return {MathMode::Exact, chip,          "scalar",     unpack<chip>, pack<chip>, to_dst<chip>,
            to_source<chip>, eltwise<chip>, matmul<chip>, pool<chip>,   nullptr};
}

}  // namespace

}  // namespace scalar

constinit const Arithmetic scalar_tables[2] = {scalar::table<Chip::Wormhole>(), scalar::table<Chip::Blackhole>()};

}  // namespace tessera::tensix::exact
