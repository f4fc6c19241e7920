#include <timing/calls.h>

#include <algorithm>
#include <mutex>

#include <arch/noc_time.h>

namespace tessera::timing {

namespace {

using Figures = std::map<std::string, double>;

const Figures& figures_of(const std::string& chip) {
    static std::mutex mutex;
    static std::map<std::string, Figures> known;
    const std::lock_guard lock(mutex);
    const auto found = known.find(chip);
    return found != known.end() ? found->second : known.emplace(chip, arch::call_cycles(chip)).first->second;
}

/// The name of the figure of an event on a processor; nullptr: it takes no part.
const char* figure_of(const record::Event& event, Unit processor) {
    using record::Op;
    const bool compute = processor != Unit::Brisc && processor != Unit::Ncrisc;
    const auto on = [&](Unit part, const char* here, const char* moving) {
        return !compute ? moving : processor == part ? here : nullptr;
    };
    switch (event.op) {
        case Op::NocRead:
            return (event.flags & record::WithState) != 0 ? "read_with_state" : "read";
        case Op::NocWrite:
            return (event.flags & record::Multicast) != 0   ? "multicast"
                   : (event.flags & record::WithState) != 0 ? "write_with_state"
                                                            : "write";
        case Op::NocInlineWrite:
            return (event.flags & record::WithState) != 0 ? "write_with_state" : "inline_write";
        case Op::NocAtomic:
            return "atomic";
        case Op::ReadBarrier:
        case Op::WriteBarrier:
        case Op::WriteFlush:
        case Op::AtomicBarrier:
            return "barrier";
        case Op::WordWait:
            return "word_wait";
        case Op::LocalWait:
            return "local_wait";
        case Op::LocalStore:
            return "local_store";
        // The unpack thread consumes, the pack thread produces.
        case Op::CbWait:
            return on(Unit::Trisc0, "compute_cb_wait", "cb_wait");
        case Op::CbPop:
            return on(Unit::Trisc0, "compute_cb_pop", "cb_pop");
        case Op::CbReserve:
            return on(Unit::Trisc2, "compute_cb_reserve", "cb_reserve");
        case Op::CbPush:
            return on(Unit::Trisc2, "compute_cb_push", "cb_push");
        case Op::DstAcquire:
            return on(Unit::Trisc1, "dst_acquire", nullptr);
        case Op::DstCommit:
            return on(Unit::Trisc1, "dst_commit", nullptr);
        case Op::DstWait:
            return on(Unit::Trisc2, "dst_wait", nullptr);
        case Op::DstRelease:
            return on(Unit::Trisc2, "dst_release", nullptr);
        case Op::ZoneBegin:
        case Op::ZoneEnd:
            return "zone";
        case Op::ClockRead:
            return "clock";
        case Op::EthernetSend:
            return "ethernet_send";
        case Op::Spin:     // its last look is the kernel's code
        case Op::Compute:  // see engine.h
        case Op::End:
            return nullptr;
    }
    return nullptr;
}

}  // namespace

Cycles call_cycles(const record::Event& event, Unit processor, const arch::Chip& chip) {
    const char* name = figure_of(event, processor);
    if (name == nullptr) {
        return 0;
    }
    const Figures& figures = figures_of(chip.name);
    Cycles cycles = figures.at(name);
    const bool moves = event.op == record::Op::NocRead || event.op == record::Op::NocWrite;
    if (moves && event.amount > chip.noc_max_burst_bytes) {
        // A longer transfer is several of them, in a loop.
        const uint32_t more = (event.amount - 1) / chip.noc_max_burst_bytes;
        cycles += more * figures.at("burst");
    }
    return cycles;
}

}  // namespace tessera::timing
