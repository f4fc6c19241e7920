// Pages that address generators of kernels compute the address of: who wants to know of them.
#pragma once

#include <atomic>
#include <cstdint>

namespace tessera::sim {

struct Risc;

/// Byte `in_bank` of what lies at `base` in a bank of DRAM or, interleaved, of L1.
struct PageUse {
    uint64_t noc_addr = 0;  ///< what the generator computed
    uint32_t page = 0;      ///< of all banks
    uint32_t bank = 0;
    uint32_t base = 0;  ///< L1 or bank address that the generator was given
    uint32_t in_bank = 0;
    bool dram = false;
};

using PageWatch = void (*)(Risc&, const PageUse&);

/// From now on every page that a kernel's address generator is asked for is told; null: none is.
void watch_pages(PageWatch watch);

}  // namespace tessera::sim
