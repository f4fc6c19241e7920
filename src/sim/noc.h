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
/// Carries out the first `count` writes of a queue.
void carry_out_queue(Risc& risc, NocQueue& queue, size_t count);
/// Copies the bytes of reads in flight, of one transaction id or of all.
void land_reads(NocQueue& queue, uint32_t trid);

}  // namespace tessera::sim
