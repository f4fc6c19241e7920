// Chooses the vector unit's implementation for this CPU.
#include <tensix/sfpu.h>

#include <cstring>

#include <tensix/arithmetic.h>
#include <tensix/levels.h>
#include <tensix/no_arithmetic.h>

namespace tessera::tensix {

extern const SfpuTable sfpu_table_portable;
extern const SfpuTable sfpu_table_avx2;
extern const SfpuTable sfpu_table_avx512;

const SfpuTable* sfpu_by_name(const char* level) {
    if (!cpu_has(level)) {
        return nullptr;
    }
    if (std::strcmp(level, "portable") == 0) {
        return &sfpu_table_portable;
    }
    // The levels above AVX-512 only add matrix instructions.
    return std::strcmp(level, "avx2") == 0 ? &sfpu_table_avx2 : &sfpu_table_avx512;
}

namespace exact {

extern const SfpuTable sfpu_wormhole_portable, sfpu_blackhole_portable;
extern const SfpuTable sfpu_wormhole_avx2, sfpu_blackhole_avx2;
extern const SfpuTable sfpu_wormhole_avx512, sfpu_blackhole_avx512;

}  // namespace exact

const SfpuTable* exact_sfpu_by_name(Chip chip, const char* level) {
    const bool wormhole = chip == Chip::Wormhole;
    if (!cpu_has(level)) {
        return nullptr;
    }
    if (std::strcmp(level, "portable") == 0) {
        return wormhole ? &exact::sfpu_wormhole_portable : &exact::sfpu_blackhole_portable;
    }
    if (std::strcmp(level, "avx2") == 0) {
        return wormhole ? &exact::sfpu_wormhole_avx2 : &exact::sfpu_blackhole_avx2;
    }
    return wormhole ? &exact::sfpu_wormhole_avx512 : &exact::sfpu_blackhole_avx512;
}

namespace {

#define TESSERA_SFPU_NAME(name, input, output) #name,
constexpr const char* UNARY_NAMES[] = {TSR_SFPU_UNARY_OPS(TESSERA_SFPU_NAME)};
constexpr const char* BINARY_NAMES[] = {TSR_SFPU_BINARY_OPS(TESSERA_SFPU_NAME) TSR_SFPU_MIXED_OPS(TESSERA_SFPU_NAME)};
constexpr const char* TERNARY_NAMES[] = {TSR_SFPU_TERNARY_OPS(TESSERA_SFPU_NAME)};
#undef TESSERA_SFPU_NAME

}  // namespace

const SfpuTable& sfpu(MathMode mode, Chip chip) {
    // The functions of the exact mode have no scalar form: their instructions do.
    const char* level = arithmetic(mode == no_arithmetic ? MathMode::Fast : mode, chip).level;
    level = std::strcmp(level, "scalar") == 0 ? "portable" : level;
    return mode == MathMode::Exact ? *exact_sfpu_by_name(chip, level) : *sfpu_by_name(level);
}

const char* sfpu_unary_name(uint32_t op) {
    return op < TSR_SFPU_NUM_UNARY ? UNARY_NAMES[op] : "unknown";
}
const char* sfpu_binary_name(uint32_t op) {
    return op < TSR_SFPU_NUM_BINARY ? BINARY_NAMES[op] : "unknown";
}
const char* sfpu_ternary_name(uint32_t op) {
    return op < TSR_SFPU_NUM_TERNARY ? TERNARY_NAMES[op] : "unknown";
}

}  // namespace tessera::tensix
