// What processors do while kernels run: circular buffers, the NoC, waits and zones.
#include <recorder/observer.h>

#include <algorithm>

#include <arch/arch.h>
#include <sim/fiber.h>

namespace tessera::recorder {

using record::Op;
using record::Target;
using sim::Core;
using sim::NocEvent;
using sim::Risc;

uint32_t Recorder::cycles_since(const Risc& risc, ProcessorLog& log) {
    // How often a kernel asks in vain is this machine's affair: what counts is the code before its first question.
    const uint64_t now = risc.context.cycles;
    const uint64_t gap = log.refused ? log.gap_before : now - log.cycles;
    log.refused = false;
    log.cycles = now;
    return gap > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(gap);
}

Key Recorder::begin(const Risc& risc, ProcessorLog& log, Op op, const void* frame) {
    constexpr int most_frames = 12;
    Key key;
    key.op = op;
    key.gap = cycles_since(risc, log);
    const uint8_t* low = risc.local_block + sim::stack_offset;
    const uint8_t* high = risc.local_block + sim::local_block_bytes - 16;
    const uint8_t* image = risc.context.image;
    const uint64_t image_bytes = risc.context.image_size;
    const auto* at = static_cast<const uint8_t*>(frame);
    size_t found = 0;
    for (int i = 0; i < most_frames && at >= low && at <= high; ++i) {
        const auto* words = reinterpret_cast<const uint8_t* const*>(at);
        const auto offset = static_cast<uint64_t>(words[1] - image);
        if (offset < image_bytes) {
            key.site[found++] = static_cast<uint32_t>(offset);
            if (found == 2) {
                break;
            }
        } else if (found != 0) {
            break;
        }
        if (words[0] <= at) {
            break;
        }
        at = words[0];
    }
    return key;
}

void Recorder::refused(Risc& risc) {
    ProcessorLog& log = log_of(risc);
    if (!log.refused) {
        log.refused = true;
        log.gap_before = risc.context.cycles - log.cycles;
    }
}

void Recorder::pages(Risc& risc, Op op, const void* frame, uint32_t cb, uint32_t pages) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, op, frame);
    key.cb = static_cast<uint8_t>(cb);
    key.amount = pages;
    log.add(key);
}

void Recorder::cb_push(Risc& risc, uint32_t cb, uint32_t count) {
    pages(risc, Op::CbPush, __builtin_frame_address(0), cb, count);
}

void Recorder::cb_pop(Risc& risc, uint32_t cb, uint32_t count) {
    pages(risc, Op::CbPop, __builtin_frame_address(0), cb, count);
}

void Recorder::cb_reserved(Risc& risc, uint32_t cb, uint32_t count) {
    if (count != 0) {  // else it is a look at the counters
        pages(risc, Op::CbReserve, __builtin_frame_address(0), cb, count);
    }
}

void Recorder::cb_waited(Risc& risc, uint32_t cb, uint32_t count) {
    if (count != 0) {
        pages(risc, Op::CbWait, __builtin_frame_address(0), cb, count);
    }
}

void Recorder::noc_issue(Risc& risc, const NocEvent& event) {
    ProcessorLog& log = log_of(risc);
    Op op = Op::NocRead;
    switch (event.kind) {
        case NocEvent::Kind::Read:
            break;
        case NocEvent::Kind::Write:
            op = Op::NocWrite;
            break;
        case NocEvent::Kind::InlineWrite:
            op = Op::NocInlineWrite;
            break;
        case NocEvent::Kind::Atomic:
            op = Op::NocAtomic;
            break;
    }
    Key key = begin(risc, log, op, __builtin_frame_address(0));
    const uint32_t flags = event.flags;
    key.noc = event.noc & 1;
    key.flags = static_cast<uint8_t>(((flags & TSR_NOC_POSTED) != 0 ? record::Posted : 0) |
                                     (event.multicast ? record::Multicast : 0) |
                                     ((flags & TSR_NOC_LINKED) != 0 ? record::Linked : 0) |
                                     ((flags & TSR_NOC_LOOPBACK) != 0 ? record::Loopback : 0) |
                                     ((flags & TSR_NOC_WITH_STATE) != 0 ? record::WithState : 0) |
                                     ((flags & TSR_NOC_ONE_PACKET) != 0 ? record::OnePacket : 0));
    key.amount = event.bytes;
    key.trid = event.trid;
    const ChipMap& map = maps_[risc.device().id];
    key.target = map.target(event.noc, event.remote, event.offset);
    bool to_worker = static_cast<Target::Kind>(key.target & 15) == Target::Kind::Worker;
    if (event.multicast) {
        to_worker = true;
        // The corners in the order in which the NoC reaches them: NoC 0 goes right and down, NoC 1 left and up.
        Target one = unpack_target(key.target, 0),
               other = unpack_target(map.target(event.noc, event.remote >> 12, 0), 0);
        if (one.kind != Target::Kind::Worker || other.kind != Target::Kind::Worker) {
            one = other = {.kind = Target::Kind::Worker, .x = 63, .y = 63};
            other.x = other.y = 0;
            for (const Core* core : event.targets) {
                const arch::Coord at =
                    core->device->chip->worker_noc0[static_cast<size_t>(core - core->device->cores.data())];
                one.x = std::min(one.x, static_cast<uint8_t>(at.x));
                one.y = std::min(one.y, static_cast<uint8_t>(at.y));
                other.x = std::max(other.x, static_cast<uint8_t>(at.x));
                other.y = std::max(other.y, static_cast<uint8_t>(at.y));
            }
        }
        const auto [left, right] = std::minmax(one.x, other.x);
        const auto [top, bottom] = std::minmax(one.y, other.y);
        const bool forward = key.noc == 0;
        key.target =
            pack_target({.kind = Target::Kind::Worker, .x = forward ? left : right, .y = forward ? top : bottom});
        key.last = uint32_t{forward ? right : left} | uint32_t{forward ? bottom : top} << 6;
    }
    if (to_worker && op != Op::NocRead && event.bytes <= largest_message) {
        key.word = static_cast<uint32_t>(event.offset) & ~3U;
    }
    log.add(key);
}

void Recorder::noc_barrier(Risc& risc, NocEvent::Kind kind, uint8_t noc, uint32_t trid, bool only_flush) {
    ProcessorLog& log = log_of(risc);
    const Op op = only_flush                       ? Op::WriteFlush
                  : kind == NocEvent::Kind::Read   ? Op::ReadBarrier
                  : kind == NocEvent::Kind::Atomic ? Op::AtomicBarrier
                                                   : Op::WriteBarrier;
    Key key = begin(risc, log, op, __builtin_frame_address(0));
    key.noc = noc & 1;
    key.trid = trid;
    log.add(key);
}

void Recorder::word_arrives(Core& target, uint32_t address, uint32_t value, bool increases) {
    CoreLog* log = log_of(target);
    if (log == nullptr || address + 4 > target.device->chip->l1_bytes) {
        return;  // nobody runs there who could wait
    }
    uint32_t held;
    const std::lock_guard lock(log->lock);
    held = __atomic_load_n(reinterpret_cast<const uint32_t*>(target.l1 + address), __ATOMIC_RELAXED);
    ++log->arrivals;
    log->words[address].arrive(value, increases, held);
}

void Recorder::word_stored(Risc& risc, uint32_t l1_address) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::LocalStore, __builtin_frame_address(0));
    ++log.stores;
    if (l1_address < risc.context.l1_size) {
        const uint32_t word = l1_address & ~3U;
        key.word = word;
        const uint32_t value =
            __atomic_load_n(reinterpret_cast<const uint32_t*>(risc.core->l1 + word), __ATOMIC_RELAXED);
        const std::lock_guard lock(log.core->lock);
        log.core->words[word].store(log.number, log.stores, value);
    }
    log.add(key);
}

void Recorder::word_waited(Risc& risc, uint32_t l1_address, uint32_t value, uint32_t condition) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::WordWait, __builtin_frame_address(0));
    key.word = l1_address & ~3U;
    WordHistory::Cause cause;
    {
        const std::lock_guard lock(log.core->lock);
        if (const auto known = log.core->words.find(key.word); known != log.core->words.end()) {
            // Arrivals are counted a moment before they happen.
            constexpr int looks = 1000;
            const auto* held = reinterpret_cast<const uint32_t*>(risc.core->l1 + key.word);
            bool agrees = false;
            for (int i = 0; i < looks && !agrees; ++i) {
                agrees = known->second.agrees(__atomic_load_n(held, __ATOMIC_ACQUIRE));
            }
            cause = known->second.wait(value, condition, agrees);
        }
    }
    if (cause.found && cause.by == WordHistory::arrival) {
        uint64_t& seen = log.seen_at(key.word);
        if (cause.number > seen) {
            key.amount = static_cast<uint32_t>(cause.number - seen);
            seen = cause.number;
        }
    } else if (cause.found && cause.by != log.number) {
        key.op = Op::LocalWait;
        key.peer = cause.by;
        uint64_t& seen = log.last_store[cause.by];
        if (cause.number > seen) {
            key.amount = static_cast<uint32_t>(cause.number - seen);
            seen = cause.number;
        }
    }
    log.add(key);
}

void Recorder::spun(Risc& risc) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::Spin, __builtin_frame_address(0));
    uint64_t arrivals;
    {
        const std::lock_guard lock(log.core->lock);
        arrivals = log.core->arrivals;
    }
    key.amount = static_cast<uint32_t>(arrivals - log.last_spin);
    log.last_spin = arrivals;
    log.add(key);
}

void Recorder::zone(Risc& risc, const char* name, bool begins) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, begins ? Op::ZoneBegin : Op::ZoneEnd, __builtin_frame_address(0));
    key.index = log.name(name);
    log.add(key);
}

void Recorder::clock_read(Risc& risc) {
    ProcessorLog& log = log_of(risc);
    log.add(begin(risc, log, Op::ClockRead, __builtin_frame_address(0)));
}

void Recorder::kernel_end(Risc& risc) {
    ProcessorLog& log = log_of(risc);
    Key key;
    key.op = Op::End;
    key.gap = cycles_since(risc, log);
    log.add(key);
}

}  // namespace tessera::recorder
