// Chooses the implementation of the arithmetic for this CPU.
#include <tensix/ops.h>

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>

#include <base/error.h>

namespace tessera::tensix {

namespace {

constexpr int arch_req_xcomp_perm = 0x1023;
constexpr int xfeature_tile_data = 18;

struct Features {
    bool avx2 = false, avx512 = false, avx512_bf16 = false, amx_bf16 = false;
};

Features detect() {
    Features f;
    __builtin_cpu_init();
    f.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    f.avx512 = f.avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (f.avx512 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
        f.avx512_bf16 = (a >> 5) & 1;
    }
    if (f.avx512_bf16 && __get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        f.amx_bf16 = ((d >> 22) & 1) && ((d >> 24) & 1);
    }
    return f;
}

Ops with(Ops base, const char* level, void (*matmul_bf16)(const ProductPlan&)) {
    base.level = level;
    base.matmul_bf16 = matmul_bf16;
    return base;
}

const Features& features() {
    static const Features f = detect();
    return f;
}

// The levels that ops_by_name knows on this CPU.
std::string available() {
    std::string names;
    for (const char* level : {"portable", "avx2", "avx512", "avx512bf16", "amx"}) {
        if (ops_by_name(level) != nullptr) {
            names += std::string(names.empty() ? " " : ", ") + level;
        }
    }
    return names;
}

const Ops& choose() {
    if (const char* forced = std::getenv("TESSERA_SIMD"); forced && *forced) {
        if (const Ops* found = ops_by_name(forced)) {
            return *found;
        }
        throw Error("bad-environment",
                    "TESSERA_SIMD=" + std::string(forced) + " is not a level of this CPU's, which has" + available(),
                    "unset it, or name one of these levels");
    }
    for (const char* level : {"amx", "avx512bf16", "avx512", "avx2"}) {
        if (const Ops* found = ops_by_name(level)) {
            return *found;
        }
    }
    return detail::portable_ops;
}

}  // namespace

bool detail::enable_amx() {
    static const bool enabled = syscall(SYS_arch_prctl, arch_req_xcomp_perm, xfeature_tile_data) == 0;
    return enabled;
}

const Ops* ops_by_name(const char* level) {
    static const Ops avx512bf16 = with(detail::avx512_ops, "avx512bf16", detail::matmul_bf16_avx512bf16);
    static const Ops amx = with(detail::avx512_ops, "amx", detail::matmul_bf16_amx);
    const Features& f = features();
    if (std::strcmp(level, "portable") == 0) {
        return &detail::portable_ops;
    }
    if (std::strcmp(level, "avx2") == 0 && f.avx2) {
        return &detail::avx2_ops;
    }
    if (std::strcmp(level, "avx512") == 0 && f.avx512) {
        return &detail::avx512_ops;
    }
    if (std::strcmp(level, "avx512bf16") == 0 && f.avx512_bf16) {
        return &avx512bf16;
    }
    if (std::strcmp(level, "amx") == 0 && f.amx_bf16 && detail::enable_amx()) {
        return &amx;
    }
    return nullptr;
}

void release_registers() {
    detail::release_amx();
}

const Ops& ops() {
    static const Ops& chosen = choose();
    return chosen;
}

}  // namespace tessera::tensix
