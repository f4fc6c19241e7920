// What the NoC of a chip takes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace tessera::arch {

/// What the NoC takes, in cycles of the AI clock.
struct NocTime {
    uint32_t flit_bytes = 0;          ///< what a link moves in one cycle
    uint32_t max_payload_bytes = 0;   ///< of one packet
    double hop = 0;                   ///< from router to router
    double niu = 0;                   ///< between a network interface and its router
    double link_flit = 0;             ///< cycles that a flit takes on a link,
    double contended_link_flit = 0;   ///< on a link that packets wait for,
    uint32_t response_channels = 0;   ///< virtual channels of a link for what answers reads, 1 or 2; 0: no limit
    uint32_t write_channels = 0;      ///< and for writes
    double router_buffer_flits = 0;   ///< of a packet that waits, each router behind holds so many
    double absorb_flit = 0;           ///< into a network interface,
    double inject_write_flit = 0;     ///< out of one, of a write,
    double inject_response_flit = 0;  ///< and of what was read
    double read_base = 0;             ///< a read's time besides hops and flits, from the call to the barrier's end
    double write_base = 0;            ///< likewise of a write that is acknowledged
    double commit_flit = 0;           ///< the acknowledgement waits so long for each flit of the last packet
    double reserve_base = 0;          ///< a multicast that is not linked reserves its path: at least,
    double reserve_hop = 0;           ///< and for each hop to the farthest destination
    double l1_bytes_per_cycle = 0;    ///< of all banks of a Tensix core's L1
    double dram_read = 0;             ///< a read from DRAM takes so much longer than one from L1
    double dram_write = 0;
    double dram_bytes_per_cycle = 0;        ///< of one bank
    uint32_t dram_write_buffer_bytes = 0;   ///< acknowledged before the bank has them
    uint32_t dram_partial_write_bytes = 0;  ///< a smaller write reads first what it does not change,
    double dram_partial_write = 0;          ///< which takes the bank so long
};

/// Of a chip by its name (Chip::name).
NocTime noc_time(std::string_view chip);

/// What a data-movement processor takes from one call of this kind to the next, in cycles of the AI clock. The
/// chip's file names the calls.
double issue_cycles(std::string_view chip, std::string_view call);

/// What calls of the device API take their processor besides waiting, by the names in the chip's file.
std::map<std::string, double> call_cycles(std::string_view chip);

}  // namespace tessera::arch
