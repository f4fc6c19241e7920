// Names for what runs, source lines from stack frames, and the picture of a deadlock.
#include <sim/core.h>
#include <sim/fiber.h>

#include <base/symbolize.h>
#include <sim/dprint.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

namespace tessera::sim {
namespace {

constexpr size_t most_frames = 32;
constexpr size_t most_lines = 3;
constexpr size_t most_groups = 24;

std::string hex(uint64_t value) {
    char text[32];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

std::string xy(arch::Coord c) {
    return "(" + std::to_string(c.x) + "," + std::to_string(c.y) + ")";
}

bool on_stack(const Risc& risc, const void* address) {
    return address >= risc.local_block + stack_offset && address <= risc.local_block + local_block_bytes - 16;
}

std::string kernel_name(const Risc& risc) {
    return risc.code == nullptr || risc.code->name.empty() ? std::string("kernel") : risc.code->name;
}

std::string where(const Risc& risc, void* frame) {
    const std::vector<SourceLocation> trace = kernel_trace(risc, frame);
    if (trace.empty()) {
        return kernel_name(risc);
    }
    const SourceLocation& at = trace.front();
    return at.file.substr(at.file.rfind('/') + 1) + ":" + std::to_string(at.line) +
           (at.text.empty() ? "" : "  " + at.text);
}

std::string who(const Core& core, uint64_t Risc::* set, uint32_t cb, const Risc& except, const char* verb) {
    std::string names;
    for (const Risc* risc : core.riscs) {
        if (risc != nullptr && risc != &except && risc->state != State::Idle && ((risc->*set) >> cb & 1) != 0) {
            names += (names.empty() ? "" : ", ") + std::string(risc->processor_name()) + " (" + kernel_name(*risc) +
                     (risc->state == State::Done ? ", ended" : ", waiting") + ")";
        }
    }
    return names.empty() ? std::string("no other processor of this core has ") + verb + " it in this launch"
                         : std::string(verb) + " so far by " + names;
}

std::string what(const Risc& risc) {
    const Core& core = *risc.core;
    const Wait& wait = risc.wait;
    switch (wait.kind) {
        case WaitKind::CbFront:
        case WaitKind::CbReserve: {
            const uint32_t received = core.received[wait.cb], acked = core.acked[wait.cb];
            const auto used = static_cast<uint16_t>(received - acked);
            const uint32_t capacity = risc.context.cbs[wait.cb].fifo_num_pages;
            const bool front = wait.kind == WaitKind::CbFront;
            return std::string(front ? "cb_wait_front" : "cb_reserve_back") + " of " + std::to_string(wait.pages) +
                   (wait.pages == 1 ? " page" : " pages") + " of circular buffer " + std::to_string(wait.cb) + ": " +
                   std::to_string(used) + " of " + std::to_string(capacity) + " pages are full (" +
                   std::to_string(received) + " pushed, " + std::to_string(acked) + " popped); " +
                   (front ? who(core, &Risc::pushed_cbs, wait.cb, risc, "pushed")
                          : who(core, &Risc::popped_cbs, wait.cb, risc, "popped"));
        }
        case WaitKind::Word: {
            const auto address = static_cast<uint64_t>(reinterpret_cast<const volatile uint8_t*>(wait.word) - core.l1);
            const uint32_t base = risc.context.semaphores_l1;
            const uint32_t end = base + core.device->chip->num_semaphores * risc.context.semaphore_stride;
            const bool is_semaphore =
                address >= base && address < end && (address - base) % risc.context.semaphore_stride == 0;
            const char* relation = wait.condition == TSR_WAIT_EQUAL      ? "to become "
                                   : wait.condition == TSR_WAIT_AT_LEAST ? "to reach "
                                                                         : "to differ from ";
            return (is_semaphore ? "semaphore " + std::to_string((address - base) / risc.context.semaphore_stride)
                                 : "the word") +
                   " at L1 address " + hex(address) + " " + relation + std::to_string(wait.value) + "; it is " +
                   std::to_string(*wait.word);
        }
        case WaitKind::Poll:
            return wait.asks ? "a loop that asks again and again, or reads over the NoC, and gets the same answer"
                             : "a loop that reads memory until somebody changes it";
        default:
            return "nothing";
    }
}

}  // namespace

const char* Risc::processor_name() const {
    switch (processor) {
        case Processor::RISCV_0:
            return "RISCV_0";
        case Processor::RISCV_1:
            return "RISCV_1";
        case Processor::COMPUTE:
            break;
    }
    return "compute";
}

std::string describe(const Core& core) {
    return "core " + xy(core.logical) + " of device " + std::to_string(core.device->id);
}

std::string describe(const Risc& risc) {
    return describe(*risc.core) + ", " + risc.processor_name() + " (" + kernel_name(risc) + ")";
}

std::vector<SourceLocation> kernel_trace(const Risc& risc, void* frame, void* first_pc) {
    std::vector<SourceLocation> trace;
    if (risc.code == nullptr || risc.code->image == nullptr) {
        return trace;
    }
    const std::byte* image = risc.code->image;
    const auto add = [&](void* pc, uint64_t back) {
        const auto* at = static_cast<const std::byte*>(pc);
        if (at >= image && at < image + risc.code->image_bytes) {
            for (SourceLocation& location :
                 symbolize(risc.code->object_path, static_cast<uint64_t>(at - image) - back)) {
                trace.push_back(std::move(location));
            }
        }
    };
    if (first_pc != nullptr) {
        add(first_pc, 0);
    }
    auto** at = static_cast<void**>(frame);
    for (size_t i = 0; i < most_frames && trace.size() < most_lines && on_stack(risc, static_cast<const void*>(at));
         ++i) {
        add(at[1], 1);
        auto** next = static_cast<void**>(at[0]);
        if (next <= at) {
            break;
        }
        at = next;
    }
    if (trace.size() > most_lines) {
        trace.resize(most_lines);
    }
    return trace;
}

namespace {

/// What a processor last said about itself, e.g. "; last waypoint NSW, ring buffer 0x5 0x4, in zone READ".
std::string last_words(const Risc& risc) {
    constexpr size_t most_values = 4;
    const ProcessorNotes notes =
        processor_notes(risc.device().id, risc.core->logical, static_cast<uint32_t>(risc.processor));
    std::vector<std::string> parts;
    if (!notes.waypoint.empty()) {
        parts.push_back("last waypoint " + notes.waypoint);
    }
    if (!notes.ring_buffer.empty()) {
        std::string values = "ring buffer";
        for (size_t i = 0; i < std::min(most_values, notes.ring_buffer.size()); ++i) {
            values += " " + hex(notes.ring_buffer[i]);
        }
        parts.push_back(values + (notes.ring_buffer.size() > most_values ? " ..." : ""));
    }
    if (!notes.zones.empty()) {
        parts.push_back("in zone " + notes.zones.back());
    }
    std::string text;
    for (const std::string& part : parts) {
        text += (text.empty() ? "\n" : ", ") + part;
    }
    return text;
}

/// The waiting (or, if running is true, all unfinished) processors of some cores, those that stand at the same place
/// for the same reason shown once.
class Picture {
public:
    void add(const Core& core, bool running) {
        for (const Risc* risc : core.riscs) {
            if (risc == nullptr || (risc->state != State::Waiting && !(running && risc->state == State::Ready))) {
                continue;
            }
            ++processors_;
            const std::string line =
                std::string(risc->processor_name()) + " (" + kernel_name(*risc) + ") at " +
                where(*risc, risc->wait.frame) +
                (risc->state == State::Ready ? std::string("\nruns") : "\nwaits for " + what(*risc)) +
                last_words(*risc);
            const auto [entry, is_new] = index_.emplace(line, groups_.size());
            if (is_new) {
                groups_.push_back({risc, line, {}});
            }
            groups_[entry->second].cores.emplace(core.device->id, core.logical);
        }
    }

    size_t processors() const { return processors_; }

    void show(Diagnostic& report) const {
        if (!groups_.empty()) {
            report.trace = kernel_trace(*groups_.front().first, groups_.front().first->wait.frame);
            if (report.trace.size() > 1) {
                report.trace.resize(1);
            }
        }
        for (size_t i = 0; i < groups_.size() && i < most_groups; ++i) {
            report.notes.push_back(note(groups_[i]));
        }
        if (groups_.size() > most_groups) {
            report.notes.push_back("and " + std::to_string(groups_.size() - most_groups) + " more kinds of processors");
        }
    }

private:
    struct Group {
        const Risc* first;
        std::string line;
        std::set<std::pair<uint32_t, arch::Coord>> cores;
    };

    static std::string note(const Group& group) {
        constexpr size_t most_named = 6;
        const Core& first = *group.first->core;
        std::string text = describe(first) + ", " + group.line;
        if (group.cores.size() > 1) {
            const size_t more = group.cores.size() - 1;
            text += "\n(" + std::to_string(more) + (more == 1 ? " more core waits" : " more cores wait") + " likewise:";
            size_t shown = 0;
            for (const auto& [device, logical] : group.cores) {
                if (logical == first.logical && device == first.device->id) {
                    continue;
                }
                if (++shown > most_named) {
                    text += " ...";
                    break;
                }
                text += " " + xy(logical) + (device == first.device->id ? "" : " of device " + std::to_string(device));
            }
            text += ")";
        }
        return text;
    }

    std::map<std::string, size_t> index_;
    std::vector<Group> groups_;
    size_t processors_ = 0;
};

}  // namespace

Diagnostic deadlock_report(Run& run) {
    Picture picture;
    for (const auto& [program, launch] : run.launches) {
        picture.add(run.machine->devices[program->device]->core(launch->logical), false);
    }
    Diagnostic report{.name = "deadlock",
                      .message = "nothing can run any more, and " + std::to_string(picture.processors()) +
                                 (picture.processors() == 1 ? " processor waits" : " processors wait") + " for ever"};
    picture.show(report);
    report.help =
        "count pages pushed against pages waited for, and semaphore increments against the value waited for; "
        "the first processor listed is not always the culprit";
    return report;
}

Diagnostic no_progress_report(Shard& shard) {
    Picture picture;
    for (const Core* core : shard.cores) {
        picture.add(*core, true);
    }
    Diagnostic report{.name = "no-progress", .message = "the run has taken longer than its time limit"};
    picture.show(report);
    report.help = "raise the limit (TESSERA_TIMEOUT, in seconds), or look why these loops do not end";
    return report;
}

}  // namespace tessera::sim
