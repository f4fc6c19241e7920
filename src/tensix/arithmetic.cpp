// Chooses the implementation of the arithmetic for a mode, a chip and this CPU.
#include <tensix/arithmetic.h>

#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>

#include <base/error.h>
#include <tensix/exact/tables.h>
#include <tensix/fast.h>
#include <tensix/ops.h>

namespace tessera::tensix {

namespace {

constexpr std::initializer_list<const char*> levels_best_first = {"amx",  "avx512bf16", "avx512",
                                                                  "avx2", "portable",   "scalar"};

// The levels that the mode has on this CPU.
std::string available(MathMode mode, Chip chip) {
    std::string names;
    for (const char* level : levels_best_first) {
        if (arithmetic_by_name(mode, chip, level) != nullptr) {
            names += std::string(names.empty() ? " " : ", ") + level;
        }
    }
    return names;
}

// The exact mode has no use for bf16 products: the levels that add them are the AVX-512 one.
const Arithmetic* exact_by_name(Chip chip, const char* level) {
    __builtin_cpu_init();
    const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512cd");
    const auto is = [level](const char* name) { return std::strcmp(level, name) == 0; };
    const bool products = is("avx512bf16") || is("amx");
    const auto index = static_cast<size_t>(chip);
    if (is("scalar")) {
        return &exact::scalar_tables[index];
    }
    if (is("portable")) {
        return &exact::portable_tables[index];
    }
    if (is("avx2") && avx2) {
        return &exact::avx2_tables[index];
    }
    if ((is("avx512") || (products && ops_by_name(level) != nullptr)) && avx512) {
        return &exact::avx512_tables[index];
    }
    return nullptr;
}

}  // namespace

const Arithmetic* arithmetic_by_name(MathMode mode, Chip chip, const char* level) {
    return mode == MathMode::Exact ? exact_by_name(chip, level) : fast_by_name(chip, level);
}

const Arithmetic& arithmetic(MathMode mode, Chip chip) {
    if (const char* forced = std::getenv("TESSERA_SIMD"); forced && *forced) {
        if (const Arithmetic* found = arithmetic_by_name(mode, chip, forced)) {
            return *found;
        }
        throw Error("bad-environment",
                    "TESSERA_SIMD=" + std::string(forced) + " is not a level of the " +
                        (mode == MathMode::Exact ? "exact" : "fast") + " arithmetic on this CPU, which has" +
                        available(mode, chip),
                    "unset it, or name one of these levels");
    }
    for (const char* level : levels_best_first) {
        if (const Arithmetic* found = arithmetic_by_name(mode, chip, level)) {
            return *found;
        }
    }
    throw Error("bad-environment", "no implementation of the arithmetic runs on this CPU");
}

}  // namespace tessera::tensix
