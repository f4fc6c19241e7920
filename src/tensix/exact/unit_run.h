// The vector unit's instructions on arrays, for one level of CPU. The includer defines TESSERA_UNIT_LEVEL, its name.
#pragma once

#include <tensix/exact/sfpu_primitives.h>
#include <tensix/exact/vector_unit.h>

namespace tessera::tensix::exact {
namespace {

LANE_FN F f(I x) {
    return as_float(x);
}
LANE_FN I word(I x) {
    return x;
}
LANE_FN I word(F x) {
    return bits(x);
}
LANE_FN I operand(const uint32_t* p, size_t i) {
    return p != nullptr ? load_int(p + i) : I{};
}

template <Chip C>
void run(VectorOp op, const uint32_t* pa, const uint32_t* pb, const uint32_t* pc, uint32_t* out, size_t count) {
    switch (op) {
#define TESSERA_VECTOR_OP_CASE(name, lanes, scalar)      \
    case VectorOp::name:                                 \
        for (size_t i = 0; i < count; i += LANES) {      \
            [[maybe_unused]] const I a = operand(pa, i); \
            [[maybe_unused]] const I b = operand(pb, i); \
            [[maybe_unused]] const I c = operand(pc, i); \
            store_int(out + i, word(lanes));             \
        }                                                \
        return;
        TESSERA_VECTOR_OPS(TESSERA_VECTOR_OP_CASE)
        default:
            break;
    }
    if constexpr (C == Chip::Blackhole) {
        switch (op) {
            TESSERA_VECTOR_OPS_BLACKHOLE(TESSERA_VECTOR_OP_CASE)
            default:
                break;
        }
    }
#undef TESSERA_VECTOR_OP_CASE
    __builtin_trap();
}

template <Chip C>
void run_mad(const uint32_t* a, const uint32_t* b, const uint32_t* c, uint32_t* out, size_t count) {
    for (size_t i = 0; i < count; i += LANES) {
        store_int(out + i, bits(mad<C>(load(a + i), load(b + i), load(c + i))));
    }
}
template <Chip C>
void run_mul(const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count) {
    for (size_t i = 0; i < count; i += LANES) {
        store_int(out + i, bits(mul<C>(load(a + i), load(b + i))));
    }
}
template <Chip C>
void run_add(const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count) {
    for (size_t i = 0; i < count; i += LANES) {
        store_int(out + i, bits(add<C>(load(a + i), load(b + i))));
    }
}

template <Chip C>
void run_lut(const LutTable& table, const uint32_t* x, uint32_t* out, size_t count) {
    LutRegisters registers;
    __builtin_memcpy(registers.l, table.l, sizeof registers.l);
    for (size_t i = 0; i < count; i += LANES) {
        const F v = load(x + i);
        F d;
        switch (table.mode) {
            case LutTable::Bytes:
                d = lut<C>(v, table.l[0], table.l[1], table.l[2], table.keep_sign);
                break;
            case LutTable::Fp32Entries3:
                d = lutfp32<C>(v, registers, LutMode::Fp32Entries3, table.keep_sign);
                break;
            case LutTable::Fp16Entries3:
                d = lutfp32<C>(v, registers, LutMode::Fp16Entries3, table.keep_sign);
                break;
            case LutTable::Fp16Entries6:
                d = lutfp32<C>(v, registers, LutMode::Fp16Entries6, table.keep_sign);
                break;
            case LutTable::Fp16Entries6Cut4:
                d = lutfp32<C>(v, registers, LutMode::Fp16Entries6Cut4, table.keep_sign);
                break;
        }
        store_int(out + i, bits(d));
    }
}

template <Chip C>
constexpr VectorUnit unit(const char* level) {
    return {level, run<C>, run_mad<C>, run_mul<C>, run_add<C>, run_lut<C>};
}

}  // namespace

#define TESSERA_UNIT_STRING_(x) #x
#define TESSERA_UNIT_STRING(x) TESSERA_UNIT_STRING_(x)
#define TESSERA_UNIT_JOIN_(a, b) a##b
#define TESSERA_UNIT_JOIN(a, b) TESSERA_UNIT_JOIN_(a, b)

extern const VectorUnit TESSERA_UNIT_JOIN(units_, TESSERA_UNIT_LEVEL)[2];
constinit const VectorUnit TESSERA_UNIT_JOIN(units_, TESSERA_UNIT_LEVEL)[2] = {
    unit<Chip::Wormhole>(TESSERA_UNIT_STRING(TESSERA_UNIT_LEVEL)),
    unit<Chip::Blackhole>(TESSERA_UNIT_STRING(TESSERA_UNIT_LEVEL)),
};

}  // namespace tessera::tensix::exact
