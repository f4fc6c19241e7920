// What a run leaves behind, for others to look at when it is over: what each processor of each core did, in its own
// order, with the place in the source and the cycles of its own code in between. There is no time in it: src/timing
// says how long it takes. The file that holds it is described in docs/recording.md; read_file and write_file are in
// record/file.h.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tessera::record {

/// What a processor asked of the hardware. Which fields of an Event mean something is said beside each.
enum class Op : uint8_t {
    // Circular buffers: cb, amount (pages). A question that was answered with no is not recorded, one that was answered
    // with yes counts as a wait.
    CbReserve,
    CbPush,
    CbWait,
    CbPop,
    // NoC transactions: noc, target, amount (bytes), trid, flags. Writes of up to 16 bytes to L1, and atomics, have
    // `word`, the L1 address of the first word that changes, if the target is a Tensix core.
    NocRead,
    NocWrite,
    NocInlineWrite,
    NocAtomic,
    // Waits for them: noc, trid.
    ReadBarrier,
    WriteBarrier,
    WriteFlush,
    AtomicBarrier,
    // A word of the processor's own L1 (word) had to change. amount: how many more arrivals (writes of up to 16 bytes,
    // and atomics) at that word than at this processor's last wait for it; 0: it need not wait.
    WordWait,
    // A word that another processor of the core stores to by its own code. amount: how many more LocalStores of the
    // processor `peer` (0 to 2) than at the last such wait.
    LocalWait,
    LocalStore,
    // A loop ended by what it saw in memory: amount more arrivals anywhere in the core's L1 than at the last such end.
    Spin,
    // The Tensix engine, told by the one stream that stands for all three compute threads: compute (index into
    // Recording::computes).
    DstAcquire,
    DstCommit,
    DstWait,
    DstRelease,
    Compute,
    // Profiler zones: name (index into Recording::names); a kernel's look at the wall clock.
    ZoneBegin,
    ZoneEnd,
    ClockRead,
    // Ethernet: amount (bytes) to the peer of the core's link.
    EthernetSend,
    // The kernel returns.
    End,
};

/// Bits of Event::flags.
enum : uint8_t { Posted = 1, Multicast = 2, Linked = 4, Loopback = 8, WithState = 16, OnePacket = 32 };

inline constexpr uint32_t no_trid = 0xFFFFFFFF;

/// Where a transaction goes.
struct Target {
    enum class Kind : uint8_t { None, Worker, Dram, Ethernet, Pcie };
    Kind kind = Kind::None;
    uint8_t x = 0, y = 0;            ///< as NoC 0 counts routers; of a multicast the corner that it reaches first
    uint8_t last_x = 0, last_y = 0;  ///< of a multicast: the opposite corner
    uint8_t bank = 0;                ///< of DRAM
    bool operator==(const Target&) const = default;
};

/// One thing that a processor did. Equal ones are kept once.
struct Event {
    Op op = Op::End;
    uint8_t noc = 0;
    uint8_t flags = 0;
    uint8_t cb = 0;
    uint8_t peer = 0;
    uint32_t gap = 0;     ///< cycles of the processor's own code since the event before
    uint32_t site = 0;    ///< index into Recording::sites; 0: unknown
    uint32_t amount = 0;  ///< pages, bytes or a count
    uint32_t trid = no_trid;
    uint32_t word = 0;     ///< L1 address
    uint32_t compute = 0;  ///< index into Recording::computes
    uint32_t name = 0;     ///< index into Recording::names
    Target target;
    bool operator==(const Event&) const = default;
};

/// Bits of Compute::op of Configure.
enum : uint8_t {
    ConfiguresOperands = 1,  ///< formats of what is unpacked: format0, format1
    ConfiguresPacked = 2,    ///< the format of what is packed
    ConfiguresUnpack = 4,    ///< the unpackers, for another operation
    ConfiguresMath = 8,      ///< the matrix unit, likewise
    ConfiguresPack = 16,     ///< the packers
    ConfiguresVector = 32,   ///< the vector unit's constants
};

/// One operation of the Tensix engine, as far as its time depends on it.
struct Compute {
    enum class Kind : uint8_t {
        Copy,
        Binary,
        BinaryDestReuse,
        Matmul,
        Reduce,
        TransposeDst,
        UnpackTilize,
        Sfpu,      ///< a function of the vector unit on tiles of DST
        SfpiCode,  ///< vector instructions of the kernel's own
        Pack,
        PackRows,
        PackUntilize,
        Configure,  ///< an init or a change of formats
    };
    Kind kind = Kind::Copy;
    uint8_t op = 0;      ///< Binary: TSR_ELW*; Reduce: pool; Configure: bits of what is set; Sfpu: TSR_SFPU_APPROX etc.
    uint8_t bcast = 0;   ///< Binary, Copy: TSR_BCAST_*; Reduce: dimension; BinaryDestReuse: TSR_REUSE_*
    uint8_t phases = 1;  ///< of the matrix unit over its operands: 1 (LoFi) to 4 (HiFi4)
    bool dst_32bit = false;
    bool transpose = false;
    uint8_t format0 = 255,
            format1 = 255;  ///< tt::DataFormat of SrcA's and SrcB's circular buffer, or of Pack's; 255: none
    uint8_t faces = 4;      ///< of a tile
    uint8_t face_rows = 16;
    uint16_t tiles = 1;               ///< Copy, Pack: how many
    uint16_t ct = 1, rt = 1, kt = 1;  ///< Matmul: the block; PackUntilize: ct is block_ct, kt full_ct
    uint16_t sfpu_op = 0;             ///< Sfpu: the number in kernel/tessera/abi_sfpu.h
    uint8_t operands = 1;             ///< Sfpu: 1 to 3
    uint32_t instructions = 0;        ///< SfpiCode: vector instructions
    bool l1_accumulate = false;       ///< Pack
    bool operator==(const Compute&) const = default;
};

/// A piece of a processor's stream: an event, or a loop over pieces that follow it.
struct Piece {
    uint32_t event = 0;  ///< index into Recording::events; of a loop: loop_mark
    uint32_t body = 0;   ///< of a loop: how many pieces after this one are its body
    uint32_t times = 0;  ///< of a loop: how often the body is done, at least twice
    bool operator==(const Piece&) const = default;
};
inline constexpr uint32_t loop_mark = 0xFFFFFFFF;
using Stream = std::vector<Piece>;

/// A line of a kernel's source, with the lines that call it, innermost first: "reader.cpp:31".
struct Site {
    std::string file;
    uint32_t line = 0;
    std::string function;  ///< of the device API that was called there, if it is known
    bool operator==(const Site&) const = default;
};

struct CircularBuffer {
    uint8_t index = 0;
    uint8_t format = 0;      ///< tt::DataFormat
    uint32_t page_size = 0;  ///< bytes
    uint32_t pages = 0;
    bool operator==(const CircularBuffer&) const = default;
};

struct Kernel {
    std::string file;
    uint8_t processor = 0;  ///< 0 RISCV_0, 1 RISCV_1, 2 compute
    uint8_t noc = 0;        ///< of data movement
    uint8_t phases = 4;     ///< of compute
    bool dst_32bit = false, full_sync = false;
    uint32_t code_bytes = 0;  ///< of the chip's binary, estimated by the size of this machine's
    bool operator==(const Kernel&) const = default;
};

/// One core of a launch.
struct Core {
    uint16_t device = 0;
    uint8_t logical_x = 0, logical_y = 0;
    uint8_t x = 0, y = 0;  ///< as NoC 0 counts
    std::vector<CircularBuffer> cbs;
    uint32_t semaphores = 0;
    struct Processor {
        int32_t kernel = -1;     ///< index into Recording::kernels; -1: it has none
        uint32_t arguments = 0;  ///< unique runtime arguments, words
        uint32_t stream = 0;     ///< index into Recording::streams
    };
    std::array<Processor, 3> processors;
};

/// Programs that the device carried out together, when the ones before had ended.
struct Launch {
    uint64_t number = 0;
    std::string name;               ///< of the program, if the host gave one
    bool traced = false;            ///< enqueued as part of a captured trace
    uint32_t common_arguments = 0;  ///< words
    std::vector<Core> cores;
};

/// Bytes that the host wrote to a device's buffers, or read from them; what follows each other in one direction is one.
struct HostTransfer {
    uint32_t launches = 0;  ///< that came before
    uint16_t device = 0;
    bool to_device = true;
    uint64_t bytes = 0;
    bool operator==(const HostTransfer&) const = default;
};

struct Recording {
    static constexpr uint32_t version = 2;
    std::string board;     ///< as in `tessera run --board`
    std::string program;   ///< what was run
    bool complete = true;  ///< false: a mistake ended a launch, whose streams stop where that was
    std::vector<Site> sites{1};
    std::vector<std::string> names;
    std::vector<Kernel> kernels;
    std::vector<Compute> computes;
    std::vector<Event> events;
    std::vector<Stream> streams;  ///< equal ones are kept once
    std::vector<Launch> launches;
    std::vector<HostTransfer> transfers;
};

/// Goes through a stream, loops unrolled.
class Cursor {
public:
    explicit Cursor(const Stream& stream) : stream_(&stream) { settle(); }
    bool done() const { return at_ == stream_->size(); }
    uint32_t event() const { return (*stream_)[at_].event; }
    void next() {
        ++at_;
        settle();
    }

private:
    struct Loop {
        uint32_t begin, end, left;
    };
    void settle() {
        for (;;) {
            if (!loops_.empty() && at_ == loops_.back().end) {
                Loop& loop = loops_.back();
                if (--loop.left != 0) {
                    at_ = loop.begin;
                } else {
                    loops_.pop_back();
                    continue;
                }
            }
            if (at_ == stream_->size() || (*stream_)[at_].event != loop_mark) {
                return;
            }
            const Piece& loop = (*stream_)[at_];
            ++at_;
            loops_.push_back({at_, at_ + loop.body, loop.times});
        }
    }
    const Stream* stream_;
    uint32_t at_ = 0;
    std::vector<Loop> loops_;
};

}  // namespace tessera::record
