// The fast mode's loops by level of CPU.
#include <tensix/fast/ops.h>

#include <cstring>

#include <tensix/levels.h>

namespace tessera::tensix {

namespace {

Ops with(Ops base, const char* level, void (*matmul_bf16)(const ProductPlan&)) {
    base.level = level;
    base.matmul_bf16 = matmul_bf16;
    return base;
}

}  // namespace

const Ops* ops_by_name(const char* level) {
    static const Ops avx512bf16 = with(detail::avx512_ops, "avx512bf16", detail::matmul_bf16_avx512bf16);
    static const Ops amx = with(detail::avx512_ops, "amx", detail::matmul_bf16_amx);
    if (!cpu_has(level)) {
        return nullptr;
    }
    for (const Ops* ops : {&detail::portable_ops, &detail::avx2_ops, &detail::avx512_ops, &avx512bf16, &amx}) {
        if (std::strcmp(level, ops->level) == 0) {
            return ops;
        }
    }
    return nullptr;
}

void release_registers() {
    detail::release_amx();
}

}  // namespace tessera::tensix
