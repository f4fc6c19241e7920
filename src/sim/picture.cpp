// The words for what a processor waits for or does, and for who has to do with it.
#include <sim/dprint.h>
#include <sim/picture.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <set>

namespace tessera::sim {

std::string count(uint64_t number, const char* what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

namespace {

constexpr size_t most_groups = 24;

std::string hex(uint64_t value) {
    char text[32];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

std::string xy(arch::Coord c) {
    return "(" + std::to_string(c.x) + "," + std::to_string(c.y) + ")";
}

/// "RISCV_1", with its core if that is not the one that is spoken of.
std::string name(const Risc& risc, const Core* seen_from) {
    std::string text = risc.processor_name();
    if (risc.core != seen_from) {
        text += " of core " + xy(risc.core->logical);
        if (seen_from == nullptr || risc.core->device != seen_from->device) {
            text += " of device " + std::to_string(risc.core->device->id);
        }
    }
    return text;
}

std::string name_with_kernel(const Risc& risc, const Core* seen_from) {
    return name(risc, seen_from) + " (" + kernel_name(risc) + ")";
}

const char* state(const Risc& risc) {
    switch (risc.state) {
        case State::Done:
            return "has ended";
        case State::Waiting:
            return "waits too";
        default:
            return "still runs";
    }
}

/// "reader.cpp:12", or "line 12" in the kernel's own file; empty if it is not known.
std::string line_of(const Risc& risc, const void* site) {
    if (site == nullptr) {
        return {};
    }
    const auto trace = kernel_trace(risc, nullptr, static_cast<uint8_t*>(const_cast<void*>(site)) - 1);
    if (trace.empty() || trace.front().line == 0) {
        return {};
    }
    const SourceLocation& at = trace.front();
    const std::string file = at.file.substr(at.file.rfind('/') + 1);
    return (file == kernel_name(risc) ? "line " : file + ":") + std::to_string(at.line);
}

std::string at_line(const Risc& risc, const void* site) {
    const std::string line = line_of(risc, site);
    return line.empty() ? "" : " at " + line;
}

CbUse sum_of_uses(const Core& core, uint32_t cb) {
    CbUse sum;
    for (const Risc* risc : core.riscs) {
        if (risc != nullptr && risc->state != State::Idle) {
            const CbUse& use = risc->history.cbs[cb];
            sum.reserved += use.reserved;
            sum.pushed += use.pushed;
            sum.waited += use.waited;
            sum.popped += use.popped;
        }
    }
    return sum;
}

/// Who should push, or pop, and why it does not.
std::string who_of_pages(const Waiter& waiter, const Need& need) {
    const bool push = need.kind == Need::Kind::Pages;
    const char* pushes = push ? "pushes" : "pops";
    const char* pushed = push ? "pushed" : "popped";
    const Core& core = *waiter.risc->core;
    const CbUse sum = sum_of_uses(core, need.cb);
    const uint64_t capacity = waiter.risc->context.cbs[need.cb].fifo_num_pages;
    // Counted from the launch's begin: so many pages must have been pushed (popped) for the wait to end.
    const uint64_t needed =
        push ? uint64_t{sum.popped} + need.pages
             : uint64_t{sum.pushed} + need.pages - std::min<uint64_t>(capacity, uint64_t{sum.pushed} + need.pages);
    std::string text;
    for (const Helper& helper : waiter.helpers) {
        const Risc& risc = *helper.risc;
        const uint32_t so_far = push ? risc.history.cbs[need.cb].pushed : risc.history.cbs[need.cb].popped;
        const std::string who = &risc == waiter.risc ? "this processor itself" : name_with_kernel(risc, &core);
        if (helper.sure) {
            text += "\n" + who + (&risc == waiter.risc ? ", the one that " : ", which ") + pushes + " it, ";
            if (risc.state == State::Done) {
                text += "has ended: it " + std::string(pushed) + " " + count(so_far, "page") + " in all, " +
                        std::to_string(needed) + " are needed";
            } else {
                text += &risc == waiter.risc ? "waits here" : state(risc);
            }
        } else {
            text += (text.empty() ? "\nnobody has " + std::string(pushed) + " it; the kernel that could: "
                                  : std::string(", ")) +
                    who + ", which " + state(risc);
        }
    }
    if (text.empty()) {
        text = "\nnobody has " + std::string(pushed) + " it, and no other kernel of this core " + pushes +
               " any circular buffer";
    }
    return text;
}

std::string what_of_pages(const Risc& risc, const Need& need) {
    const Core& core = *risc.core;
    const auto full = static_cast<uint16_t>(core.received[need.cb] - core.acked[need.cb]);
    const uint32_t capacity = risc.context.cbs[need.cb].fifo_num_pages;
    const CbUse sum = sum_of_uses(core, need.cb);
    return (need.kind == Need::Kind::Pages
                ? count(need.pages, "page") + " of c_" + std::to_string(need.cb)
                : "room for " + count(need.pages, "page") + " in c_" + std::to_string(need.cb)) +
           ": " + std::to_string(full) + " of " + std::to_string(capacity) + " are full (" +
           std::to_string(sum.reserved) + " reserved, " + std::to_string(sum.pushed) + " pushed, " +
           std::to_string(sum.waited) + " waited for, " + std::to_string(sum.popped) + " popped)";
}

std::string word_name(const Risc& risc, uint32_t address) {
    const int semaphore = semaphore_of(risc, address);
    return semaphore >= 0 ? "semaphore " + std::to_string(semaphore) + " (L1 address " + hex(address) + ")"
                          : "the word at L1 address " + hex(address);
}

uint32_t word_now(const Risc& risc, uint32_t address) {
    return address + 4 <= risc.context.l1_size
               ? __atomic_load_n(reinterpret_cast<const uint32_t*>(risc.core->l1 + (address & ~3u)), __ATOMIC_ACQUIRE)
               : 0;
}

std::string what_of_word(const Risc& risc, const Need& need) {
    const Wait& wait = risc.wait;
    const std::string now = std::to_string(word_now(risc, need.word));
    if (!need.loop) {
        const char* relation = wait.condition == TSR_WAIT_EQUAL      ? " to become "
                               : wait.condition == TSR_WAIT_AT_LEAST ? " to reach "
                                                                     : " to differ from ";
        return word_name(risc, need.word) + relation + std::to_string(wait.value) + ": it is " + now;
    }
    std::string text = "a change of " + word_name(risc, need.word) + ", which its loop reads: it is " + now;
    for (uint32_t i = 1; i < risc.history.num_words; ++i) {
        const uint32_t word = risc.history.words[i];
        text +=
            (i == 1 ? "; it reads also " : ", ") + word_name(risc, word) + ": " + std::to_string(word_now(risc, word));
    }
    return text;
}

/// Who has signalled the word and how often, or could.
std::string who_of_word(const Waiter& waiter, const Need& need) {
    constexpr size_t most_named = 4;
    const Risc& risc = *waiter.risc;
    const Core& core = *risc.core;
    std::string text;
    size_t named = 0;
    const bool sure = std::any_of(waiter.helpers.begin(), waiter.helpers.end(), [](const Helper& h) { return h.sure; });
    const uint32_t now = word_now(risc, need.word);
    if (!need.loop && risc.wait.condition == TSR_WAIT_EQUAL && now > risc.wait.value && sure) {
        text += "\nthe value was passed: exactly " + std::to_string(risc.wait.value) + " is waited for";
    }
    if (!sure) {
        text += "\nnobody has written it over the NoC in this launch";
        for (const Risc* other : core.riscs) {
            if (other != nullptr && other != &risc && other->state != State::Idle) {
                std::optional<Step> local;
                other->history.each_step([&](const Step& step) {
                    if (step.kind == Step::Kind::LocalSignal) {
                        local = step;
                    }
                });
                if (local) {
                    text += "\n" + name_with_kernel(*other, &core) + " has set a semaphore of this core" +
                            at_line(*other, local->site) + ", and " + state(*other);
                }
            }
        }
    }
    for (const Helper& helper : waiter.helpers) {
        if (++named > most_named) {
            text += (sure || waiter.helpers.front().signal.times != 0 ? "\nand " : ", and ") +
                    std::to_string(waiter.helpers.size() - most_named) + " more";
            break;
        }
        const Risc& other = *helper.risc;
        const std::string who = &other == &risc ? "this processor itself" : name_with_kernel(other, &core);
        if (helper.signal.times != 0) {
            const std::string it = helper.other_chip ? "the word at the same place of its own chip" : std::string("it");
            text += "\n" + who + " has " +
                    (helper.signal.atomic
                         ? "incremented " + it + " " + count(helper.signal.times, "time") + " (by " +
                               std::to_string(helper.signal.last) + ", last" + at_line(other, helper.signal.site) + ")"
                         : "written " + it + " " + count(helper.signal.times, "time") + " (last" +
                               at_line(other, helper.signal.site) + ")");
            text += &other == &risc ? "" : std::string(", and ") + state(other);
        } else if (helper.other_chip) {
            text += (named == 1 ? ", and no kernel of this chip could; on another chip: " : ", ") + who + ", which " +
                    state(other);
        } else {
            text += (named == 1 ? "; the kernel that could: " : ", ") + who + ", which " + state(other);
        }
    }
    return text;
}

std::string step_text(const Risc& risc, const Step& step) {
    const std::string cb = " of c_" + std::to_string(step.at);
    std::string text;
    switch (step.kind) {
        case Step::Kind::Reserve:
            text = "reserved " + count(step.amount, "page") + cb;
            break;
        case Step::Kind::Push:
            text = "pushed " + count(step.amount, "page") + cb;
            break;
        case Step::Kind::Wait:
            text = "waited for " + count(step.amount, "page") + cb;
            break;
        case Step::Kind::Pop:
            text = "popped " + count(step.amount, "page") + cb;
            break;
        case Step::Kind::AskReserve:
        case Step::Kind::AskWait:
            text = "asked for " + count(step.amount, "page") + cb;
            break;
        case Step::Kind::Read:
            text = "read " + count(step.amount, "byte");
            break;
        case Step::Kind::Write:
            text = (step.multicast ? "multicast " : "wrote ") + count(step.amount, "byte");
            break;
        case Step::Kind::Atomic:
            text = std::string(step.multicast ? "incremented words" : "incremented a word") + " by " +
                   std::to_string(step.amount);
            break;
        case Step::Kind::ReadBarrier:
            text = "read barrier";
            break;
        case Step::Kind::WriteBarrier:
            text = "write barrier";
            break;
        case Step::Kind::Flush:
            text = "write flush";
            break;
        case Step::Kind::AtomicBarrier:
            text = "atomic barrier";
            break;
        case Step::Kind::WordWait:
            text = "waited for " + word_name(risc, static_cast<uint32_t>(step.at));
            break;
        case Step::Kind::LocalSignal:
            text = "set a semaphore of its own core";
            break;
        case Step::Kind::None:
            break;
    }
    if (step.times > 1) {
        text += " " + std::to_string(step.times) + " times";
    }
    return text + at_line(risc, step.site);
}

/// "\ndid last: reserved 1 page of c_0 at line 11, pushed 1 page of c_0 at line 12".
std::string last_steps(const Risc& risc) {
    constexpr size_t most_shown = 4;
    std::vector<Step> steps;
    risc.history.each_step([&](const Step& step) { steps.push_back(step); });
    const auto is_the_wait = [&](const Step& step) {
        return step.kind == Step::Kind::AskReserve || step.kind == Step::Kind::AskWait ||
               (step.kind == Step::Kind::WordWait && risc.wait.kind == WaitKind::Word);
    };
    if (!steps.empty() && is_the_wait(steps.back())) {
        steps.pop_back();
    }
    std::string text;
    for (size_t i = steps.size() - std::min(steps.size(), most_shown); i < steps.size(); ++i) {
        text += (text.empty() ? "\ndid last: " : ", ") + step_text(risc, steps[i]);
    }
    return text;
}

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

std::vector<SourceLocation> place_of(const Risc& risc, size_t most_lines) {
    std::vector<SourceLocation> trace = kernel_trace(risc, risc.wait.frame);
    if (trace.size() > most_lines) {
        trace.resize(most_lines);
    }
    return trace;
}

}  // namespace

Story story_of(const Waiter& waiter) {
    const Risc& risc = *waiter.risc;
    const Need need = need_of(risc);
    // Of those on other chips there are few, and they are what matters.
    const bool elsewhere = std::any_of(waiter.helpers.begin(), waiter.helpers.end(), [&](const Helper& helper) {
        return helper.risc->core != risc.core && !helper.other_chip;
    });
    switch (need.kind) {
        case Need::Kind::Pages:
        case Need::Kind::Room:
            return {"waits for " + what_of_pages(risc, need) + (need.loop ? ", asking again and again" : ""),
                    who_of_pages(waiter, need), false};
        case Need::Kind::Word:
            return {"waits for " + what_of_word(risc, need), who_of_word(waiter, need), elsewhere};
        case Need::Kind::Nothing:
            break;
    }
    if (need.reads_remotely) {
        return {"waits in a loop that reads over the NoC and gets the same answer again and again", {}, false};
    }
    if (risc.wait.asks) {
        return {"waits in a loop that asks again and again and gets the same answer", {}, false};
    }
    return {risc.history.spied
                ? "waits in a loop that reads memory, and was not seen to read L1: nobody else can end it"
                : "waits in a loop that reads memory until somebody changes it",
            {},
            false};
}

Story story_of_runner(const Risc& risc, bool repeats) {
    constexpr uint32_t many_polls = 1000;
    if (risc.state == State::Ready && risc.wait.frame == nullptr) {
        return {"has not begun: others kept the host's thread", {}, false};
    }
    std::string does = repeats                          ? "goes through the same states again and again"
                       : risc.never_ends                ? "is in a loop without an exit"
                       : risc.state == State::Done      ? "runs"
                       : risc.poll_rounds >= many_polls ? "goes round in a loop, and does nothing that others could see"
                                                        : "goes round in a loop";
    for (uint32_t i = 0; i < risc.history.num_words; ++i) {
        const uint32_t word = risc.history.words[i];
        does += (i == 0 ? "; it reads " : ", ") + word_name(risc, word) + ": " + std::to_string(word_now(risc, word));
    }
    return {does, {}, false};
}

void Picture::add(const Risc& risc, const Story& story) {
    add(risc, story, place_of(risc, risc.state == State::Waiting ? 1 : 3));
}

void Picture::add(const Risc& risc, const Story& story, std::vector<SourceLocation> place) {
    std::string key = std::string(risc.processor_name()) + kernel_name(risc) + "\n" + story.does +
                      (story.who_is_elsewhere ? "" : story.who) + last_words(risc) + "\n";
    if (!place.empty()) {
        key += place.front().file + std::to_string(place.front().line);
    }
    const auto [entry, is_new] = index_.emplace(std::move(key), groups_.size());
    if (is_new) {
        groups_.push_back({&risc, story.does + story.who, std::move(place), {}});
    }
    groups_[entry->second].cores.emplace(risc.core->device->id, risc.core->logical);
}

std::string Picture::text(const Group& group, bool with_steps) {
    constexpr size_t most_named = 6;
    const Core& first = *group.first->core;
    std::string text = describe(*group.first) + " " + group.does + (with_steps ? last_steps(*group.first) : "") +
                       last_words(*group.first);
    if (group.cores.size() > 1) {
        const size_t more = group.cores.size() - 1;
        text += "\n(" + std::to_string(more) +
                (group.first->state == State::Waiting ? more == 1 ? " more core waits" : " more cores wait"
                 : more == 1                          ? " more core does"
                                                      : " more cores do") +
                " likewise:";
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

void Picture::show(Diagnostic& report) const {
    constexpr size_t most_with_steps = 6;
    if (!groups_.empty()) {
        report.trace = groups_.front().place;
    }
    for (size_t i = 0; i < groups_.size() && i < most_groups; ++i) {
        // The first stands where the report does.
        report.related.push_back(
            {text(groups_[i], i < most_with_steps), i == 0 ? std::vector<SourceLocation>{} : groups_[i].place});
    }
    if (groups_.size() > most_groups) {
        report.related.push_back(
            {"and " + std::to_string(groups_.size() - most_groups) + " more kinds of processors", {}});
    }
}

std::string cycle_text(const WaitGraph& graph) {
    constexpr size_t most_named = 8;
    const std::vector<size_t>& cycle = graph.cycle();
    const std::vector<Waiter>& waiters = graph.waiters();
    const Core* core = waiters[cycle.front()].risc->core;
    const bool one_core =
        std::all_of(cycle.begin(), cycle.end(), [&](size_t i) { return waiters[i].risc->core == core; });
    const bool one_device = std::all_of(cycle.begin(), cycle.end(),
                                        [&](size_t i) { return waiters[i].risc->core->device == core->device; });
    const auto name_in_cycle = [&](size_t i) {
        const Risc& risc = *waiters[i].risc;
        return std::string(risc.processor_name()) + (one_core ? "" : " of core " + xy(risc.core->logical)) +
               (one_device ? "" : " of device " + std::to_string(risc.core->device->id));
    };
    bool sure = true;
    std::string text;
    for (size_t i = 0; i < cycle.size(); ++i) {
        const Risc& next = *waiters[cycle[(i + 1) % cycle.size()]].risc;
        for (const Helper& helper : waiters[cycle[i]].helpers) {
            sure &= helper.risc != &next || helper.sure;
        }
        if (i < most_named) {
            text += name_in_cycle(cycle[i]) + " -> ";
        } else if (i == most_named) {
            text += "(" + std::to_string(cycle.size() - most_named) + " more) -> ";
        }
    }
    text += name_in_cycle(cycle.front());
    return std::string(sure ? "the cycle" : "the likely cycle") + " (-> waits for): " + text +
           (one_core     ? ", on " + describe(*core)
            : one_device ? ", on device " + std::to_string(core->device->id)
                         : "");
}

}  // namespace tessera::sim
