// The scalar form of the vector unit on arrays, and the choice of a form for this CPU.
#include <tensix/exact/vector_unit.h>

#include <cstring>

#include <tensix/exact/rules_vector.h>

namespace tessera::tensix::exact {

extern const VectorUnit units_portable[2];
extern const VectorUnit units_avx2[2];
extern const VectorUnit units_avx512[2];

namespace {

uint32_t operand(const uint32_t* p, size_t i) {
    return p != nullptr ? p[i] : 0;
}

template <Chip C>
void run(VectorOp op, const uint32_t* pa, const uint32_t* pb, const uint32_t* pc, uint32_t* out, size_t count) {
    const auto each = [&](auto rule) {
        for (size_t i = 0; i < count; i++) {
            out[i] = rule(operand(pa, i), operand(pb, i), operand(pc, i));
        }
    };
    switch (op) {
#define TESSERA_VECTOR_OP_CASE(name, lanes, scalar)                              \
    case VectorOp::name:                                                         \
        return each([]([[maybe_unused]] uint32_t a, [[maybe_unused]] uint32_t b, \
                       [[maybe_unused]] uint32_t c) -> uint32_t { return scalar; });
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
    run<C>(VectorOp::Mad, a, b, c, out, count);
}
template <Chip C>
void run_mul(const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count) {
    run<C>(VectorOp::Mul, a, b, nullptr, out, count);
}
template <Chip C>
void run_add(const uint32_t* a, const uint32_t* b, uint32_t* out, size_t count) {
    run<C>(VectorOp::Add, a, b, nullptr, out, count);
}
template <Chip C>
void run_lut(const LutTable& table, const uint32_t* x, uint32_t* out, size_t count) {
    rules::LutRegisters registers;
    std::memcpy(registers.l, table.l, sizeof registers.l);
    for (size_t i = 0; i < count; i++) {
        if (table.mode == LutTable::Bytes) {
            out[i] = rules::lut<C>(x[i], table.l[0], table.l[1], table.l[2], table.keep_sign);
        } else {
            const auto mode = static_cast<rules::LutMode>(table.mode - LutTable::Fp32Entries3);
            out[i] = rules::lutfp32<C>(x[i], registers, mode, table.keep_sign);
        }
    }
}

template <Chip C>
constexpr VectorUnit unit() {
    return {"scalar", run<C>, run_mad<C>, run_mul<C>, run_add<C>, run_lut<C>};
}
constexpr VectorUnit scalar_units[2] = {unit<Chip::Wormhole>(), unit<Chip::Blackhole>()};

#define TESSERA_VECTOR_OP_NAME(name, lanes, scalar) #name,
constexpr const char* op_names[] = {TESSERA_VECTOR_OPS(TESSERA_VECTOR_OP_NAME)
                                        TESSERA_VECTOR_OPS_BLACKHOLE(TESSERA_VECTOR_OP_NAME)};
#undef TESSERA_VECTOR_OP_NAME

}  // namespace

const VectorUnit* vector_unit_by_name(Chip chip, const char* level) {
    const Arithmetic* const known = arithmetic_by_name(MathMode::Exact, chip, level);
    if (known == nullptr) {
        return nullptr;
    }
    // Levels with more for the matrix unit have the same vector unit.
    const auto is = [known](const char* name) { return std::strcmp(known->level, name) == 0; };
    const VectorUnit* const units = is("scalar")     ? scalar_units
                                    : is("portable") ? units_portable
                                    : is("avx2")     ? units_avx2
                                                     : units_avx512;
    return &units[static_cast<size_t>(chip)];
}

const VectorUnit& vector_unit(Chip chip) {
    return *vector_unit_by_name(chip, arithmetic(MathMode::Exact, chip).level);
}

const char* vector_op_name(VectorOp op) {
    return op < VectorOp::Count ? op_names[static_cast<size_t>(op)] : "unknown";
}

}  // namespace tessera::tensix::exact
