// What the device tells those who watch it (sanitizer, recorder). All calls come from the host thread that runs the
// core, in the order of that core's actions; different cores may call at the same time.
#pragma once

#include <cstdint>
#include <span>

#include <sim/machine.h>

namespace tessera {
struct Diagnostic;
}

namespace tessera::sim {

struct Risc;
struct Core;
struct Endpoint;
struct EngineOp;
struct SfpuOp;

/// One NoC transaction as its issuer asked for it.
struct NocEvent {
    enum class Kind : uint8_t { Read, Write, InlineWrite, Atomic };
    Kind kind = Kind::Read;
    uint8_t noc = 0;
    bool multicast = false;
    uint32_t flags = 0;     ///< TSR_NOC_* flags
    uint32_t trid = 0;      ///< transaction id or TSR_NO_TRID
    uint32_t local_l1 = 0;  ///< L1 address at the issuer: destination of a read, source of a write
    uint64_t remote = 0;    ///< NoC address
    uint32_t bytes = 0;
    uint32_t num_dests = 1;              ///< as the call says
    const Endpoint* endpoint = nullptr;  ///< the remote end; null for a multicast
    std::span<Core* const> targets;      ///< of a multicast
    uint64_t offset = 0;                 ///< address in the remote memory
    const void* site = nullptr;          ///< return address of the call
    /// Set by an observer that wants to be told when a write or atomic arrives (noc_arrived, noc_over).
    mutable void* mark = nullptr;
};

/// A load or store of a kernel's own code to its core's L1.
struct LocalAccess {
    uint32_t address = 0;
    uint32_t bytes = 0;
    bool store = false;
    uint16_t stretch = 0;        ///< of the place in the code: see tsr_context::stretches
    bool spins = false;          ///< a loop waits by this load
    const void* site = nullptr;  ///< return address
};

class Observer {
public:
    /// Groups of events, as bits. An event that nobody asked for costs one branch.
    enum Events : uint32_t {
        Kernels = 1,       ///< kernel_start, kernel_end
        CbPush = 2,        ///< cb_push
        CbPop = 4,         ///< cb_pop
        Engine = 8,        ///< engine_op
        Noc = 16,          ///< noc_issue
        Words = 32,        ///< word_wait
        Zones = 64,        ///< zone, clock_read
        Faults = 128,      ///< fault
        EngineDone = 256,  ///< engine_done, sfpu_op, sfpu_done
        HostMemory = 512,  ///< host_write, host_read
        Launches = 1024,   ///< launch_begin, launch_end, launch_failed
        Passed = 2048,     ///< cb_reserved, cb_waited, word_waited, refused, spun, local_signal
        Arrivals = 4096,   ///< noc_arrived, noc_over
        Accesses = 8192,   ///< local_access
        Moves = 16384,     ///< noc_taken, noc_landed
        Barriers = 32768,  ///< noc_barrier
        Messages = 65536,  ///< word_arrives, word_stored
        Everything = 0xFFFFFFFF
    };
    static constexpr uint32_t event_groups = 17;
    static constexpr uint32_t largest_message = 16;  ///< bytes

    virtual ~Observer() = default;

    /// What it wants to be told of; asked once, when it is added.
    virtual uint32_t events() const { return Everything; }
    /// Groups that it wants to be told of compute processors only.
    virtual uint32_t compute_events() const { return 0; }

    virtual void kernel_start(Risc&) {}
    virtual void kernel_end(Risc&) {}
    /// Before the counter moves. pages may be 0.
    virtual void cb_push(Risc&, uint32_t cb, uint32_t pages) {}
    virtual void cb_pop(Risc&, uint32_t cb, uint32_t pages) {}
    /// An operation of the Tensix engine, before it is carried out: see engine.h.
    virtual void engine_op(Risc&, const EngineOp&) {}
    /// The same operation when it has been carried out; not told of the DST protocol and of settings.
    virtual void engine_done(Risc&, const EngineOp&) {}
    /// An operation of the vector unit on whole values, before and after; other operations of it are not told.
    virtual void sfpu_op(Risc&, const SfpuOp&) {}
    virtual void sfpu_done(Risc&, const SfpuOp&) {}
    virtual void noc_issue(Risc&, const NocEvent&) {}
    /// A barrier, of reads when they have landed: kind tells of what; trid as in the call. only_flush: the sources have
    /// been read, no more.
    virtual void noc_barrier(Risc&, NocEvent::Kind kind, uint8_t noc, uint32_t trid, bool only_flush) {}
    /// A marked write or atomic is about to change bytes of a core's L1 (once a target), the first word to `value`; and
    /// it is over, its mark is free.
    virtual void noc_arrived(Core& target, uint64_t address, uint32_t bytes, uint32_t value, void* mark) {}
    virtual void noc_over(void* mark) {}
    /// A write of up to largest_message bytes, or an atomic, is about to change a core's L1 (once a target). The word
    /// at `address` becomes `value`, or is increased by it; other cores may change it at the same time. Told on the
    /// issuer's thread.
    virtual void word_arrives(Core& target, uint32_t address, uint32_t value, bool increases) {}
    /// The bytes of a read or write are taken from `memory` now; number: of the issuing call (Risc::noc_ops).
    virtual void noc_taken(Risc& issuer, uint64_t number, const uint8_t* memory, uint32_t bytes) {}
    /// A read, write, inline write or atomic has changed `bytes` at `memory`; a multicast tells each target.
    virtual void noc_landed(Risc& issuer, uint64_t number, const uint8_t* memory, uint32_t bytes) {}
    /// A load or store by the kernel's own code, before it happens, while the context's watch is on.
    virtual void local_access(Risc&, const LocalAccess&) {}
    virtual void word_wait(Risc&, uint32_t l1_address, uint32_t value, uint32_t condition) {}
    /// A call that waits for pages or a word is about to return: what was asked for is there.
    virtual void cb_reserved(Risc&, uint32_t cb, uint32_t pages) {}
    virtual void cb_waited(Risc&, uint32_t cb, uint32_t pages) {}
    virtual void word_waited(Risc&, uint32_t l1_address, uint32_t value, uint32_t condition) {}
    /// The kernel has asked for pages of a circular buffer, and was told that they are not there.
    virtual void refused(Risc&) {}
    /// A loop that only looked at memory has ended because of what it saw.
    virtual void spun(Risc&) {}
    /// The kernel has stored to a word that others of its core may wait for.
    virtual void local_signal(Risc&) {}
    /// ... and which word it was.
    virtual void word_stored(Risc&, uint32_t l1_address) {}
    /// Programs are about to start on their cores, and all have ended without an error. On the thread of Machine::run;
    /// nothing runs at that time.
    virtual void launch_begin(Machine::Impl&, std::span<const ProgramLaunch* const>) {}
    virtual void launch_end(Machine::Impl&, std::span<const ProgramLaunch* const>) {}
    /// Instead of launch_end: a kernel's mistake has ended the run.
    virtual void launch_failed(Machine::Impl&, std::span<const ProgramLaunch* const>) {}
    /// A zone (DeviceZoneScopedN) begins or ends.
    virtual void zone(Risc&, const char* name, bool begin) {}
    /// The kernel asks for the time.
    virtual void clock_read(Risc&) {}
    virtual void fault(Risc&, const Diagnostic&) {}
    /// The host has written, or reads, these bytes of the machine's memories. Told on the host program's threads.
    virtual void host_write(const uint8_t* memory, uint64_t bytes) {}
    virtual void host_read(const uint8_t* memory, uint64_t bytes) {}
};

}  // namespace tessera::sim
