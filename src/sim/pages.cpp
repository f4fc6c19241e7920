#include <sim/core.h>
#include <sim/pages.h>

namespace tessera::sim {
namespace {

std::atomic<PageWatch> watch{nullptr};

}  // namespace
}  // namespace tessera::sim

extern "C" {

// Read by kernels: see tessera/address_generators.h.
extern uint32_t tsr_pages_watched;
uint32_t tsr_pages_watched = 0;

void tsr_page(uint64_t noc_addr, uint32_t page, uint32_t bank, uint32_t base, uint32_t in_bank);
void tsr_page(uint64_t noc_addr, uint32_t page, uint32_t bank, uint32_t base, uint32_t in_bank) {
    using namespace tessera::sim;
    constexpr uint32_t dram = 1u << 31;
    if (const PageWatch tell = watch.load(std::memory_order_relaxed)) {
        tell(*static_cast<Risc*>(tsr_ctx->risc), {noc_addr, page, bank & ~dram, base, in_bank, (bank & dram) != 0});
    }
}

}  // extern "C"

void tessera::sim::watch_pages(PageWatch tell) {
    watch.store(tell, std::memory_order_relaxed);
    tsr_pages_watched = tell != nullptr ? 1 : 0;
}
