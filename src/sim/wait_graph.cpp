#include <sim/noc.h>
#include <sim/wait_graph.h>

#include <elf.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>

namespace tessera::sim {
namespace {

constexpr size_t most_candidates = 64;

/// Names of the functions that a shared object takes from elsewhere. Empty if it can't be read.
std::vector<std::string> imports(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
    std::vector<std::string> names;
    const auto at = [&]<class T>(uint64_t offset, T& value) {
        if (offset > bytes.size() || bytes.size() - offset < sizeof(T)) {
            return false;
        }
        std::memcpy(&value, bytes.data() + offset, sizeof(T));
        return true;
    };
    Elf64_Ehdr header{};
    if (!at(0, header) || std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) {
        return names;
    }
    for (uint64_t i = 0; i < header.e_shnum; ++i) {
        Elf64_Shdr symbols{}, strings{};
        if (!at(header.e_shoff + i * sizeof(symbols), symbols) || symbols.sh_type != SHT_DYNSYM ||
            !at(header.e_shoff + symbols.sh_link * sizeof(strings), strings)) {
            continue;
        }
        for (uint64_t offset = 0; offset + sizeof(Elf64_Sym) <= symbols.sh_size; offset += sizeof(Elf64_Sym)) {
            Elf64_Sym symbol{};
            if (!at(symbols.sh_offset + offset, symbol)) {
                break;
            }
            const uint64_t name = strings.sh_offset + symbol.st_name;
            if (symbol.st_shndx == SHN_UNDEF && name < bytes.size()) {
                names.emplace_back(bytes.data() + name, strnlen(bytes.data() + name, bytes.size() - name));
            }
        }
    }
    return names;
}

/// True if a signal of this issuer went to the core. What a coordinate leads to is the issuer's chip's to say.
bool reaches(const Risc& issuer, const WordSignal& signal, const Core& core) {
    const Device& device = issuer.device();
    const auto leads_to = [&](uint32_t x, uint32_t y) {
        return device.endpoints[device.decode[signal.noc & 1][x | y << 6]].core == &core;
    };
    const uint32_t ex = signal.remote >> 36 & 63, ey = signal.remote >> 42 & 63;
    if (!signal.multicast) {
        return leads_to(ex, ey);
    }
    if (issuer.core == &core && !signal.loopback) {
        return false;
    }
    const uint32_t sx = signal.remote >> 48 & 63, sy = signal.remote >> 54 & 63;
    for (uint32_t y = std::min(sy, ey); y <= std::max(sy, ey); ++y) {
        for (uint32_t x = std::min(sx, ex); x <= std::max(sx, ex); ++x) {
            if (leads_to(x, y)) {
                return true;
            }
        }
    }
    return false;
}

bool is_idle(const Risc* risc) {
    return risc == nullptr || risc->state == State::Idle;
}

/// True if a processor of the core waits for this word of its L1, or has waited for it not long ago.
bool is_waited_for(const Core& core, uint32_t word) {
    for (const Risc* risc : core.riscs) {
        if (is_idle(risc)) {
            continue;
        }
        if (risc->state == State::Waiting) {
            if (const Need need = need_of(*risc); need.kind == Need::Kind::Word && need.word == word) {
                return true;
            }
        }
        bool waited = false;
        risc->history.each_step(
            [&](const Step& step) { waited |= step.kind == Step::Kind::WordWait && step.at == word; });
        if (waited) {
            return true;
        }
    }
    return false;
}

}  // namespace

int semaphore_of(const Risc& risc, uint32_t l1_address) {
    const uint32_t base = risc.context.semaphores_l1, stride = risc.context.semaphore_stride;
    const uint32_t end = base + risc.device().chip->num_semaphores * stride;
    return l1_address >= base && l1_address < end && (l1_address - base) % stride == 0
               ? static_cast<int>((l1_address - base) / stride)
               : -1;
}

Need need_of(const Risc& risc) {
    const Wait& wait = risc.wait;
    switch (wait.kind) {
        case WaitKind::CbFront:
            return {.kind = Need::Kind::Pages, .cb = wait.cb, .pages = wait.pages};
        case WaitKind::CbReserve:
            return {.kind = Need::Kind::Room, .cb = wait.cb, .pages = wait.pages};
        case WaitKind::Word:
            return {
                .kind = Need::Kind::Word,
                .word = static_cast<uint32_t>(reinterpret_cast<const volatile uint8_t*>(wait.word) - risc.core->l1)};
        default:
            break;
    }
    Need need{.loop = true};
    Step last;
    risc.history.each_step([&](const Step& step) { last = step; });
    if (wait.asks && last.kind == Step::Kind::AskWait) {
        need.kind = Need::Kind::Pages;
    } else if (wait.asks && last.kind == Step::Kind::AskReserve) {
        need.kind = Need::Kind::Room;
    } else if (wait.asks && (last.kind == Step::Kind::Read || last.kind == Step::Kind::ReadBarrier)) {
        need.reads_remotely = true;
        return need;
    } else if (risc.history.num_words != 0) {
        need.kind = Need::Kind::Word;
        need.word = risc.history.words[0];
        return need;
    }
    need.cb = static_cast<uint32_t>(last.at & (TSR_MAX_CBS - 1));
    need.pages = last.amount;
    return need;
}

bool WaitGraph::can(const Risc& risc, const char* call) {
    if (risc.code == nullptr) {
        return false;
    }
    const std::string& path = risc.code->object_path;
    auto known = calls_.find(path);
    if (known == calls_.end()) {
        known = calls_.emplace(path, imports(path)).first;
    }
    return std::find(known->second.begin(), known->second.end(), call) != known->second.end();
}

void WaitGraph::for_pages(Waiter& waiter, const Need& need) {
    const bool push = need.kind == Need::Kind::Pages;
    const Core& core = *waiter.risc->core;
    for (const Risc* risc : core.riscs) {
        if (is_idle(risc)) {
            continue;
        }
        const CbUse& use = risc->history.cbs[need.cb];
        const Need its = risc->state == State::Waiting ? need_of(*risc) : Need{};
        const bool is_about_to = its.kind == (push ? Need::Kind::Room : Need::Kind::Pages) && its.cb == need.cb;
        if (push ? use.pushed != 0 || use.reserved != 0 || is_about_to
                 : use.popped != 0 || use.waited != 0 || is_about_to) {
            waiter.helpers.push_back({.risc = risc, .sure = true, .signal = {}});
        }
    }
    if (!waiter.helpers.empty()) {
        return;
    }
    for (const Risc* risc : core.riscs) {
        if (is_idle(risc) || risc == waiter.risc) {
            continue;
        }
        // One that has been at the other end of the buffer is not at this one.
        const CbUse& use = risc->history.cbs[need.cb];
        const bool other_end = push ? use.popped != 0 || use.waited != 0 : use.pushed != 0 || use.reserved != 0;
        if (!other_end && can(*risc, push ? "tsr_cb_push_back" : "tsr_cb_pop_front")) {
            waiter.helpers.push_back({.risc = risc, .sure = false, .signal = {}});
        }
    }
}

/// Those of other chips whose signal went to the same place of their own chip, where nobody wants it: a NoC ends at its
/// chip.
void WaitGraph::gone_astray(Waiter& waiter, const Need& need) {
    const Core& core = *waiter.risc->core;
    for (const Core* other : cores_) {
        if (other->device == core.device) {
            continue;
        }
        const Core& namesake = other->device->core(core.logical);
        for (const Risc* risc : other->riscs) {
            if (is_idle(risc)) {
                continue;
            }
            risc->history.each_signal([&](const WordSignal& signal) {
                if ((signal.remote & noc_local_mask) == need.word && reaches(*risc, signal, namesake) &&
                    !is_waited_for(namesake, need.word)) {
                    waiter.helpers.push_back({.risc = risc, .sure = false, .other_chip = true, .signal = signal});
                }
            });
        }
    }
}

/// Those whose kernel has a call that signals a word at all.
void WaitGraph::who_can_signal(Waiter& waiter, bool other_chips) {
    const Core& core = *waiter.risc->core;
    for (const Core* other : cores_) {
        for (const Risc* risc : other->riscs) {
            if (is_idle(risc) || risc == waiter.risc || waiter.helpers.size() >= most_candidates ||
                (other->device != core.device) != other_chips || (other_chips && risc->state != State::Waiting)) {
                continue;
            }
            if (other_chips && other->logical == core.logical && risc->code == waiter.risc->code) {
                continue;  // every chip runs the same program for itself
            }
            if ((other == &core && can(*risc, "tsr_notify_local")) || can_signal(*risc)) {
                waiter.helpers.push_back({.risc = risc, .sure = false, .other_chip = other_chips, .signal = {}});
            }
        }
    }
}

bool WaitGraph::can_signal(const Risc& risc) {
    return can(risc, "tsr_noc_atomic_inc") || can(risc, "tsr_noc_atomic_inc_multicast") ||
           can(risc, "tsr_noc_inline_write") || can(risc, "tsr_noc_inline_write_multicast") ||
           can(risc, "tsr_noc_write_multicast");
}

void WaitGraph::for_word(Waiter& waiter, const Need& need) {
    const Core& core = *waiter.risc->core;
    for (const Core* other : cores_) {
        for (const Risc* risc : other->riscs) {
            if (is_idle(risc)) {
                continue;
            }
            risc->history.each_signal([&](const WordSignal& signal) {
                if ((signal.remote & noc_local_mask) == need.word && reaches(*risc, signal, core)) {
                    waiter.helpers.push_back({.risc = risc, .sure = true, .signal = signal});
                }
            });
        }
    }
    if (waiter.helpers.empty()) {
        gone_astray(waiter, need);
    }
    for (const bool other_chips : {false, true}) {
        if (waiter.helpers.empty()) {
            who_can_signal(waiter, other_chips);
        }
    }
}

void WaitGraph::add_helpers(Waiter& waiter) {
    const Need need = need_of(*waiter.risc);
    switch (need.kind) {
        case Need::Kind::Pages:
        case Need::Kind::Room:
            for_pages(waiter, need);
            break;
        case Need::Kind::Word:
            for_word(waiter, need);
            break;
        case Need::Kind::Nothing:
            break;
    }
}

std::vector<size_t> WaitGraph::shortest_cycle(bool only_sure) const {
    constexpr size_t most_starts = 512;
    constexpr size_t none = SIZE_MAX;
    std::vector<size_t> best;
    std::vector<size_t> before(waiters_.size());
    for (size_t start = 0; start < std::min(waiters_.size(), most_starts) && best.size() != 1; ++start) {
        std::fill(before.begin(), before.end(), none);
        std::vector<size_t> line{start};
        for (size_t next = 0; next < line.size(); ++next) {
            const size_t at = line[next];
            for (const Helper& helper : waiters_[at].helpers) {
                const auto found = index_.find(helper.risc);
                if (found == index_.end() || (only_sure && !helper.sure) || before[found->second] != none) {
                    continue;
                }
                before[found->second] = at;
                if (found->second == start) {
                    std::vector<size_t> cycle{start};
                    for (size_t back = at; back != start; back = before[back]) {
                        cycle.insert(cycle.begin() + 1, back);
                    }
                    if (best.empty() || cycle.size() < best.size()) {
                        best = std::move(cycle);
                    }
                    next = line.size();
                    break;
                }
                line.push_back(found->second);
            }
        }
    }
    return best;
}

WaitGraph::WaitGraph(const std::vector<const Core*>& cores) : cores_(cores) {
    for (const Core* core : cores) {
        for (const Risc* risc : core->riscs) {
            if (risc != nullptr && risc->state == State::Waiting) {
                index_.emplace(risc, waiters_.size());
                waiters_.push_back({risc, {}});
            }
        }
    }
    for (Waiter& waiter : waiters_) {
        add_helpers(waiter);
    }
    cycle_ = shortest_cycle(true);
    if (cycle_.empty()) {
        cycle_ = shortest_cycle(false);
    }
}

}  // namespace tessera::sim
