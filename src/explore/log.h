// What a run leaves for `tessera explore` to compare: two kinds of binary files that the library writes and the command
// reads. Both begin with LogHeader.
#pragma once

#include <cstdint>

namespace tessera::explore {

inline constexpr uint32_t log_version = 1;
inline constexpr uint32_t host = 0xFFFFFFFF;  ///< in place of a processor
inline constexpr uint32_t no_site = 0xFFFFFFFF;

/// A byte of a machine's memories, the same number in every process: chip in bits 56-63, memory in bits 52-55, offset
/// below, counted over all cores or banks of the chip.
enum class Memory : uint8_t { None, L1, Dram, Ethernet };
inline constexpr uint64_t make_address(uint32_t chip, Memory memory, uint64_t offset) {
    return uint64_t{chip} << 56 | uint64_t{static_cast<uint8_t>(memory)} << 52 | offset;
}
inline constexpr uint32_t chip_of(uint64_t address) {
    return static_cast<uint32_t>(address >> 56);
}
inline constexpr Memory memory_of(uint64_t address) {
    return static_cast<Memory>(address >> 52 & 15);
}
inline constexpr uint64_t offset_of(uint64_t address) {
    return address & ((uint64_t{1} << 52) - 1);
}

struct LogHeader {
    uint32_t version = log_version;
    uint32_t record_bytes = 0;
    uint64_t l1_stride = 0;     ///< from one core's L1 to the next one's
    uint64_t dram_stride = 0;   ///< from one DRAM controller to the next
    uint32_t cores_across = 0;  ///< of a chip: core i is (i % cores_across, i / cores_across)
    uint32_t chips = 0;
};

/// One access of the host to the device, in order.
struct HostAccess {
    uint64_t address = 0;
    uint64_t bytes = 0;
    uint64_t hash = 0;  ///< of the bytes
    uint32_t write = 0;
    uint32_t launches = 0;  ///< that came before
};

enum class EventKind : uint8_t {
    NocTaken,   ///< a transfer's bytes are read at their source
    NocLanded,  ///< ... and written at their destination
    Atomic,     ///< a word is incremented, or set by an inline write
    Unpack,     ///< the engine reads a tile
    Pack,       ///< the engine writes a tile
    Load,       ///< by the kernel's own code
    Store,
    HostRead,
    HostWrite,
};

/// One access to a memory of the chips, in the order in which they happened.
struct Event {
    uint64_t address = 0;
    uint64_t hash = 0;    ///< of the bytes read, or after a write
    uint64_t number = 0;  ///< which one of its processor: NoC call, engine operation, access by this line
    uint32_t bytes = 0;
    uint32_t processor = host;  ///< chip << 24 | core << 8 | 0 RISCV_0, 1 RISCV_1, 2 compute
    uint32_t site = no_site;    ///< which line of the table that ends the file
    EventKind kind = EventKind::HostRead;
    uint8_t write = 0;
    uint8_t noc = 0;
    uint8_t part = 0;  ///< which target of a multicast, which operand of the engine
};

}  // namespace tessera::explore
