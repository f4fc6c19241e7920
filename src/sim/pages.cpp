#include <sim/core.h>
#include <sim/pages.h>

namespace tessera::sim {
namespace {

std::atomic<PageWatch> watch{nullptr};

}  // namespace

uint32_t worker_at(const Device& device, uint64_t noc_addr) {
    const Endpoint& endpoint = device.endpoints[device.decode[0][noc_addr >> 36 & (noc_coordinates - 1)]];
    return endpoint.core == nullptr ? PageUse::unknown : static_cast<uint32_t>(endpoint.core - device.cores.data());
}

}  // namespace tessera::sim

extern "C" {

// Read by kernels: see tessera/address_generators.h.
extern uint32_t tsr_pages_watched;
uint32_t tsr_pages_watched = 0;

void tsr_page(uint64_t noc_addr, uint32_t page, uint32_t bank, uint32_t base, uint32_t in_bank, uint32_t stride,
              uint32_t pages);
void tsr_page(uint64_t noc_addr, uint32_t page, uint32_t bank, uint32_t base, uint32_t in_bank, uint32_t stride,
              uint32_t pages) {
    using namespace tessera::sim;
    constexpr uint32_t in_dram = 1u << 31, in_shards = 1u << 30;
    if (const PageWatch tell = watch.load(std::memory_order_relaxed)) {
        Risc& risc = *static_cast<Risc*>(tsr_ctx->risc);
        const bool dram = (bank & in_dram) != 0, sharded = (bank & in_shards) != 0;
        bank &= ~(in_dram | in_shards);
        if (sharded) {
            bank = dram ? bank >> 8 : worker_at(risc.device(), noc_addr);
        }
        tell(risc, {noc_addr, page, bank, base, in_bank, stride, pages, dram, sharded});
    }
}

}  // extern "C"

void tessera::sim::watch_pages(PageWatch tell) {
    watch.store(tell, std::memory_order_relaxed);
    tsr_pages_watched = tell != nullptr ? 1 : 0;
}
