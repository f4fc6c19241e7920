// Finds out what this CPU has.
#include <tensix/levels.h>

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

namespace tessera::tensix {

namespace {

constexpr int arch_req_xcomp_perm = 0x1023;
constexpr int xfeature_tile_data = 18;

struct Features {
    bool avx2 = false, avx512 = false, avx512_bf16 = false, amx = false;
};

Features detect() {
    Features f;
    __builtin_cpu_init();
    f.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("f16c");
    f.avx512 = f.avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512cd");
    unsigned a = 0, b = 0, c = 0, d = 0;
    if (f.avx512 && __get_cpuid_count(7, 1, &a, &b, &c, &d)) {
        f.avx512_bf16 = ((a >> 5) & 1) != 0;
    }
    if (f.avx512_bf16 && __get_cpuid_count(7, 0, &a, &b, &c, &d)) {
        f.amx = ((d >> 22) & 1) != 0 && ((d >> 24) & 1) != 0 &&
                syscall(SYS_arch_prctl, arch_req_xcomp_perm, xfeature_tile_data) == 0;
    }
    return f;
}

}  // namespace

bool cpu_has(const char* level) {
    static const Features features = detect();
    const auto is = [level](const char* name) { return std::strcmp(level, name) == 0; };
    return is("portable") || (is("avx2") && features.avx2) || (is("avx512") && features.avx512) ||
           (is("avx512bf16") && features.avx512_bf16) || (is("amx") && features.amx);
}

}  // namespace tessera::tensix
