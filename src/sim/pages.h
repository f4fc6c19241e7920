// Pages that address generators of kernels compute the address of: who wants to know of them.
#pragma once

#include <atomic>
#include <cstdint>

namespace tessera::sim {

struct Device;
struct Risc;

/// Byte `in_bank` of what lies at `base` in a bank of DRAM or in the L1 of a core.
struct PageUse {
    static constexpr uint32_t unknown = ~0u;

    uint64_t noc_addr = 0;  ///< what the generator computed
    uint32_t page = 0;      ///< of all banks; or unknown
    uint32_t bank = 0;      ///< of DRAM; the number of an interleaved L1 bank; of a sharded one the worker, or unknown
    uint32_t base = 0;      ///< L1 or bank address that the generator was given
    uint32_t in_bank = 0;
    uint32_t stride = 0;  ///< bytes from one page of a bank to the next, as the generator thinks
    uint32_t pages = 0;   ///< of the tensor, as the generator thinks; 0: it does not know
    bool dram = false;
    bool sharded = false;  ///< a sharded accessor computed it
};

/// The number of the worker that a NoC address leads to; unknown for anything else.
uint32_t worker_at(const Device& device, uint64_t noc_addr);

using PageWatch = void (*)(Risc&, const PageUse&);

/// From now on every page that a kernel's address generator is asked for is told; null: none is.
void watch_pages(PageWatch watch);

}  // namespace tessera::sim
