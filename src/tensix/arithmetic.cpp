// Chooses the implementation of the arithmetic for a mode, a chip and this CPU.
#include <tensix/arithmetic.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include <base/error.h>
#include <tensix/exact/tables.h>
#include <tensix/fast/fast.h>
#include <tensix/levels.h>
#include <tensix/no_arithmetic.h>

namespace tessera::tensix {

namespace {

// The levels that the mode has on this CPU.
std::string available(MathMode mode) {
    std::string names = mode == MathMode::Exact ? " scalar" : "";
    for (const char* level : cpu_levels) {
        if (cpu_has(level)) {
            names += std::string(names.empty() ? " " : ", ") + level;
        }
    }
    return names;
}

// The exact mode has no use for bf16 products: the levels that add them are the AVX-512 one.
const Arithmetic* exact_by_name(Chip chip, const char* level) {
    const auto is = [level](const char* name) { return std::strcmp(level, name) == 0; };
    const auto index = static_cast<size_t>(chip);
    if (is("scalar")) {
        return &exact::scalar_tables[index];
    }
    if (!cpu_has(level)) {
        return nullptr;
    }
    return is("portable") ? &exact::portable_tables[index]
           : is("avx2")   ? &exact::avx2_tables[index]
                          : &exact::avx512_tables[index];
}

const Arithmetic& choose(MathMode mode, Chip chip) {
    const char* forced = std::getenv("TESSERA_SIMD");
    const bool free = forced == nullptr || *forced == '\0';
    for (const char* level : cpu_levels) {
        const Arithmetic* found = arithmetic_by_name(mode, chip, free ? level : forced);
        if (found != nullptr) {
            return *found;
        }
    }
    throw Error("bad-environment",
                "TESSERA_SIMD=" + std::string(forced) + " is not a level of the " +
                    (mode == MathMode::Exact ? "exact" : "fast") + " arithmetic on this CPU, which has" +
                    available(mode),
                "unset it, or name one of these levels");
}

}  // namespace

namespace {

// Function pointers of which none does anything.
constexpr Arithmetic nothing(Chip chip) {
    return {
        .mode = no_arithmetic,
        .chip = chip,
        .level = "portable",
        .unpack = [](DataFormat, Precision, const uint8_t*, const uint8_t*, uint32_t, uint32_t*) {},
        .pack = [](const PackPlan&, const uint32_t*, uint32_t, uint8_t*, uint8_t*) {},
        .to_dst = [](Precision, Precision, const uint32_t*, uint32_t*, uint32_t) {},
        .to_source = [](Precision, Precision, const uint32_t*, uint32_t*, uint32_t) {},
        .eltwise = [](const EltwisePlan&, const uint32_t*, const uint32_t*, uint32_t*, uint32_t) {},
        .matmul = [](const MatmulPlan&) {},
        .pool = [](const PoolPlan&, const uint32_t*, const uint32_t*, uint32_t*) {},
    };
}
constexpr Arithmetic nothings[] = {nothing(Chip::Wormhole), nothing(Chip::Blackhole)};

}  // namespace

const Arithmetic* arithmetic_by_name(MathMode mode, Chip chip, const char* level) {
    return mode == MathMode::Exact  ? exact_by_name(chip, level)
           : mode == MathMode::Fast ? fast_by_name(chip, level)
                                    : &nothings[static_cast<size_t>(chip)];
}

const Arithmetic& arithmetic(MathMode mode, Chip chip) {
    if (mode == no_arithmetic) {
        return nothings[static_cast<size_t>(chip)];
    }
    if (mode == MathMode::Exact) {
        static const Arithmetic& wormhole = choose(mode, Chip::Wormhole);
        static const Arithmetic& blackhole = choose(mode, Chip::Blackhole);
        return chip == Chip::Wormhole ? wormhole : blackhole;
    }
    static const Arithmetic& wormhole = choose(mode, Chip::Wormhole);
    static const Arithmetic& blackhole = choose(mode, Chip::Blackhole);
    return chip == Chip::Wormhole ? wormhole : blackhole;
}

}  // namespace tessera::tensix
