// Address decoding and the queues of the NoC, inside the device.
#pragma once

#include <sim/core.h>
#include <sim/fiber.h>

namespace tessera::sim {

inline constexpr uint64_t noc_local_mask = (uint64_t{1} << 36) - 1;

/// Where a unicast NoC address leads; local becomes the address in that memory, checked for `bytes`.
/// Ends the run with noc-bad-coordinate, l1-out-of-range, dram-out-of-range or stack-array-transfer.
const Endpoint& decode(const Risc& risc, uint32_t noc, uint64_t address, uint64_t bytes, uint64_t& local);
/// The issuer's own end of a transfer.
uint8_t* local_end(const Risc& risc, uint32_t l1_address, uint64_t bytes, const char* role);
/// The next read of a NoC, to be filled in place (a copy would stall on the stores just made); then read_issued.
PendingRead& new_read(Risc& risc, uint32_t noc);
void read_issued(Risc& risc, uint32_t noc);
/// Likewise for a write or atomic.
PendingWrite& new_write(Risc& risc, uint32_t noc);
void write_issued(Risc& risc, uint32_t noc);
/// Copies the bytes of reads in flight, of one transaction id or of all.
void land_reads(NocQueue& queue, uint32_t trid);
/// Adversarial order: a barrier takes its time, and others go on meanwhile.
void linger(Risc& risc, uint32_t noc);
/// A write barrier or flush of one NoC, of one transaction id or of all.
void finish_writes(Risc& risc, uint32_t noc, uint32_t trid, bool only_flush);

}  // namespace tessera::sim
