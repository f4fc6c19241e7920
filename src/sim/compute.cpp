// What a compute processor has beside its RISC-V: DST, and the engine that holds the state of unpack, math and pack.
#include <sim/core.h>

#if __has_include(<sim/engine.h>)
#include <sim/engine.h>
#define TESSERA_HAS_ENGINE 1
#endif

namespace tessera::sim {

#ifndef TESSERA_HAS_ENGINE
void prepare_engine(Risc& risc, const ComputeSettings*) {
    constexpr size_t dst_words = 1024 * 16;
    if (risc.context.dst == nullptr) {
        risc.dst = std::make_unique<uint32_t[]>(dst_words);
        risc.context.dst = risc.dst.get();
    }
}
#endif

}  // namespace tessera::sim
