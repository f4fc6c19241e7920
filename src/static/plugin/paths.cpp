#include "paths.h"

#include <algorithm>
#include <deque>
#include <set>

#include "events.h"
#include "state.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Module.h"

namespace tessera::analysis {

using namespace llvm;

namespace {

/// States of one block, and of all blocks together, beyond which paths are given up.
constexpr size_t MAX_STATES = 400;
constexpr size_t MAX_STEPS = 60000;

std::optional<int64_t> number(const Value* value) {
    const auto* constant = dyn_cast_or_null<ConstantInt>(value);
    return constant == nullptr ? std::nullopt : std::optional(constant->getSExtValue());
}

class Walker {
public:
    Walker(Function& kernel, LoopInfo& loops)
        : kernel_(kernel), loops_(loops), layout_(kernel.getParent()->getDataLayout()) {
        collect();
    }

    PathResult run() {
        enter(&kernel_.getEntryBlock(), State());
        while (!work_.empty()) {
            if (++steps_ > MAX_STEPS) {
                result_.complete = false;
                break;
            }
            auto [block, state] = std::move(work_.front());
            work_.pop_front();
            walk(block, std::move(state));
        }
        for (auto& [key, finding] : found_) {
            finding.every_path = clean_.count({std::get<0>(key), std::get<1>(key)}) == 0;
            result_.findings.push_back(std::move(finding));
        }
        never_given_back();
        return std::move(result_);
    }

private:
    using Key = std::tuple<const Instruction*, std::string, int64_t>;

    // --- What the kernel does at all ---------------------------------------------------------------------------------

    void collect() {
        for (BasicBlock& block : kernel_) {
            for (Instruction& instruction : block) {
                if (std::optional<Event> event = event_of(instruction)) {
                    note(*event, block);
                    events_[&block].push_back(std::move(*event));
                }
            }
            if (const auto* branch = dyn_cast<BranchInst>(block.getTerminator()); branch && branch->isConditional()) {
                bool inverted = false;
                ++uses_[condition(branch->getCondition(), inverted)];
            }
        }
    }

    void note(const Event& event, BasicBlock& block) {
        stepwise_ |= event.what == What::DstAcquire || event.what == What::DstRelease;
        const std::optional<int64_t> cb = number(event.cb);
        if (event.cb != nullptr) {
            const size_t which = static_cast<size_t>(event.what);
            if (cb) {
                does_[which].insert(*cb);
            } else {
                computed_.insert(event.what);
            }
            for (Loop* loop = loops_.getLoopFor(&block); loop != nullptr; loop = loop->getParentLoop()) {
                in_loop_[loop][which].insert(cb.value_or(-1));
            }
        }
    }

    bool does(What what, int64_t cb) const { return does_[static_cast<size_t>(what)].count(cb) != 0; }

    /// Whether a use of pages that were not asked for is a mistake and not a way of working: a buffer that lies on a
    /// tensor, or is used once, needs no asking. A kernel that asks for this buffer, or asks for others while it goes
    /// through this one in a loop, means to ask.
    bool asks(What what, int64_t cb, const Instruction* at) const {
        if (does(what, cb)) {
            return true;
        }
        const bool asks_others =
            !does_[static_cast<size_t>(What::Reserve)].empty() || !does_[static_cast<size_t>(What::Wait)].empty();
        return asks_others && loops_.getLoopFor(at->getParent()) != nullptr;
    }

    /// Pages that each turn of a loop asks for anew, and that no line of the kernel pushes or pops.
    void never_given_back() {
        for (const auto& [block, events] : events_) {
            const Loop* loop = loops_.getLoopFor(block);
            for (const Event& event : events) {
                const std::optional<int64_t> cb = number(event.cb);
                const bool reserve = event.what == What::Reserve;
                if (loop == nullptr || !cb || (!reserve && event.what != What::Wait) ||
                    !loop->isLoopInvariant(event.pages)) {
                    continue;
                }
                const What back = reserve ? What::Push : What::Pop;
                const auto& all = does_[static_cast<size_t>(back)];
                if (all.count(*cb) != 0 || computed_.count(back) != 0) {
                    continue;
                }
                Finding finding{reserve ? "cb-never-pushed" : "cb-never-popped",
                                true,
                                reserve ? "every turn of a loop reserves pages of " + buffer_name(event.cb) +
                                              ", and the kernel never pushes them"
                                        : "every turn of a loop waits for pages of " + buffer_name(event.cb) +
                                              ", and the kernel never pops them",
                                reserve
                                    ? "call cb_push_back when the pages are written; if the memory is scratch, reserve "
                                      "it once before the loop"
                                    : "call cb_pop_front when the pages are used; if they are meant to stay, wait once "
                                      "before the loop",
                                event.at,
                                nullptr,
                                "",
                                {},
                                true};
                result_.findings.push_back(std::move(finding));
            }
        }
    }

    // --- Conditions --------------------------------------------------------------------------------------------------

    static Condition condition(const Value* value, bool& inverted) {
        if (const auto* compare = dyn_cast<ICmpInst>(value)) {
            const auto predicate = compare->getPredicate();
            const auto inverse = compare->getInversePredicate();
            inverted = inverse < predicate;
            return {std::min(predicate, inverse), compare->getOperand(0), compare->getOperand(1)};
        }
        return {0, value, nullptr};
    }

    static const ConstantInt* value_of(const Value* value, const State& state) {
        if (const auto* constant = dyn_cast<ConstantInt>(value)) {
            return constant;
        }
        const auto found = state.known.find(value);
        return found == state.known.end() ? nullptr : found->second;
    }

    /// The value of a branch's condition on this path, if it is known.
    std::optional<bool> decide(const Value* value, const State& state) const {
        if (const ConstantInt* constant = value_of(value, state)) {
            return !constant->isZero();
        }
        bool inverted = false;
        const Condition key = condition(value, inverted);
        if (const auto fact = state.facts.find(key); fact != state.facts.end()) {
            return fact->second != inverted;
        }
        if (const auto* compare = dyn_cast<ICmpInst>(value)) {
            const ConstantInt* left = value_of(compare->getOperand(0), state);
            const ConstantInt* right = value_of(compare->getOperand(1), state);
            if (left != nullptr && right != nullptr) {
                return ICmpInst::compare(left->getValue(), right->getValue(), compare->getPredicate());
            }
        }
        if (const auto* operation = dyn_cast<BinaryOperator>(value);
            operation && operation->getOpcode() == Instruction::Xor) {
            if (const auto* one = dyn_cast<ConstantInt>(operation->getOperand(1)); one && one->isOne()) {
                if (const auto inner = decide(operation->getOperand(0), state)) {
                    return !*inner;
                }
            }
        }
        return std::nullopt;
    }

    // --- From block to block -----------------------------------------------------------------------------------------

    void enter(BasicBlock* block, State state) {
        std::set<State>& seen = seen_[block];
        if (seen.count(state) != 0) {
            return;
        }
        if (seen.size() >= MAX_STATES) {
            result_.complete = false;
            return;
        }
        seen.insert(state);
        work_.emplace_back(block, std::move(state));
    }

    /// Forgets what a value of the loop meant in its last turn.
    void forget(const Loop& loop, State& state) const {
        const auto inside = [&](const Value* value) {
            const auto* instruction = dyn_cast_or_null<Instruction>(value);
            return instruction != nullptr && loop.contains(instruction);
        };
        std::erase_if(state.facts, [&](const auto& fact) {
            return inside(std::get<1>(fact.first)) || inside(std::get<2>(fact.first));
        });
        std::erase_if(state.known, [&](const auto& entry) { return inside(entry.first); });
        for (auto* windows : {&state.reserved, &state.waited}) {
            for (auto& [cb, window] : *windows) {
                if (window.kind == Window::Symbol && inside(window.symbol)) {
                    window.kind = Window::Unknown;
                    window.symbol = nullptr;
                }
            }
        }
        for (Pending& pending : state.pending) {
            pending.stale |= inside(pending.address.base);
        }
        settle(state);
    }

    static void settle(State& state) {
        std::sort(state.pending.begin(), state.pending.end());
        state.pending.erase(std::unique(state.pending.begin(), state.pending.end()), state.pending.end());
    }

    /// Windows that a loop only shrinks, or only grows by a computed count, are not followed through its turns.
    void enter_loop(const Loop& loop, State& state) const {
        const auto found = in_loop_.find(&loop);
        if (found == in_loop_.end()) {
            return;
        }
        const auto shrink = [&](What takes, What gives, std::map<int64_t, Window>& windows) {
            const auto& takers = found->second[static_cast<size_t>(takes)];
            const auto& givers = found->second[static_cast<size_t>(gives)];
            for (auto& [cb, window] : windows) {
                if ((takers.count(cb) != 0 || takers.count(-1) != 0) && givers.count(cb) == 0 &&
                    window.kind != Window::Empty) {
                    window = {Window::Unknown, 0, nullptr, window.since};
                }
            }
        };
        shrink(What::Pop, What::Wait, state.waited);
        shrink(What::Push, What::Reserve, state.reserved);
    }

    void follow(BasicBlock* from, BasicBlock* to, State state, const Turn* turn) {
        Loop* loop = loops_.getLoopFor(to);
        const bool header = loop != nullptr && loop->getHeader() == to;
        const bool again = header && loop->contains(from);
        if (turn != nullptr || again) {
            auto trail = std::make_shared<Trail>();
            trail->turn = again ? Turn{from->getTerminator(), turn != nullptr && turn->taken, true} : *turn;
            trail->before = state.trail;
            trail->length = state.trail ? state.trail->length + 1 : 1;
            state.trail = trail;
        }
        std::vector<std::pair<const PHINode*, const ConstantInt*>> values;
        std::vector<std::pair<const PHINode*, const Value*>> steps;
        for (const PHINode& phi : to->phis()) {
            const Value* incoming = phi.getIncomingValueForBlock(from);
            const ConstantInt* value = value_of(incoming, state);
            // A value that has a history of turns is followed in its first turn only.
            values.emplace_back(&phi, again && !isa<ConstantInt>(incoming) ? nullptr : value);
            if (again && value == nullptr) {
                steps.emplace_back(&phi, incoming);
            }
        }
        if (again) {
            forget(*loop, state);
        }
        for (const auto& [phi, value] : values) {
            std::erase_if(state.facts, [&, phi = phi](const auto& fact) {
                return std::get<1>(fact.first) == phi || std::get<2>(fact.first) == phi;
            });
            if (value != nullptr) {
                state.known[phi] = value;
            } else {
                state.known.erase(phi);
            }
        }
        if (again) {
            // A counter that has been stepped is no longer what it began with.
            for (const auto& [phi, incoming] : steps) {
                const auto* step = dyn_cast<BinaryOperator>(incoming);
                if (step == nullptr || step->getOpcode() != Instruction::Add || step->getOperand(0) != phi) {
                    continue;
                }
                for (const Value* start : phi->incoming_values()) {
                    if (isa<ConstantInt>(start)) {
                        state.facts[{ICmpInst::ICMP_EQ, phi, start}] = false;
                    }
                }
            }
        } else if (header) {
            enter_loop(*loop, state);
            first_.insert(to);
            state.facts[{1000, to, nullptr}] = true;  // the first turn: the loop is not left before its body
        }
        enter(to, std::move(state));
    }

    void leave(BasicBlock* block, State state) {
        Instruction* terminator = block->getTerminator();
        const bool first = state.facts.erase({1000, block, nullptr}) != 0;
        const Loop* loop = loops_.getLoopFor(block);
        const auto skips = [&](const BasicBlock* to) {
            // The loop's body is taken to run at least once.
            return first && loop != nullptr && !loop->contains(to);
        };
        if (auto* branch = dyn_cast<BranchInst>(terminator)) {
            if (branch->isUnconditional()) {
                follow(block, branch->getSuccessor(0), std::move(state), nullptr);
                return;
            }
            const std::optional<bool> known = decide(branch->getCondition(), state);
            bool inverted = false;
            const Condition key = condition(branch->getCondition(), inverted);
            const bool keep = uses_[key] > 1;
            for (const bool taken : {true, false}) {
                BasicBlock* to = branch->getSuccessor(taken ? 0 : 1);
                const bool only = branch->getSuccessor(0) == branch->getSuccessor(1);
                if ((known && *known != taken) || (!known && !only && skips(to))) {
                    continue;
                }
                State next = state;
                if (keep && !known) {
                    next.facts[key] = taken != inverted;
                }
                const Turn turn{branch, taken, false};
                follow(block, to, std::move(next), known ? nullptr : &turn);
            }
            return;
        }
        if (auto* choice = dyn_cast<SwitchInst>(terminator)) {
            std::set<BasicBlock*> done;
            const ConstantInt* known = value_of(choice->getCondition(), state);
            for (unsigned i = 0; i < choice->getNumSuccessors(); ++i) {
                BasicBlock* to = choice->getSuccessor(i);
                if ((known && choice->findCaseValue(known)->getCaseSuccessor() != to) || !done.insert(to).second) {
                    continue;
                }
                const Turn turn{choice, i != 0, false};
                follow(block, to, state, known ? nullptr : &turn);
            }
            return;
        }
        for (BasicBlock* to : successors(block)) {
            follow(block, to, state, nullptr);
        }
    }

    void walk(BasicBlock* block, State state) {
        for (const Event& event : events_[block]) {
            if (event.what == What::NoReturn) {
                return;
            }
            apply(event, state);
        }
        if (isa<ReturnInst>(block->getTerminator())) {
            end(*block->getTerminator(), state);
        } else {
            leave(block, std::move(state));
        }
    }

    // --- Findings ----------------------------------------------------------------------------------------------------

    void clean(const Instruction* at, const char* name) { clean_.insert({at, name}); }

    void find(const State& state, Finding finding, int64_t detail = 0) {
        const Key key{finding.at, finding.name, detail};
        if (found_.count(key) != 0) {
            return;
        }
        for (const Trail* step = state.trail.get(); step != nullptr; step = step->before.get()) {
            finding.turns.push_back(step->turn);
        }
        std::reverse(finding.turns.begin(), finding.turns.end());
        found_.emplace(key, std::move(finding));
    }

    // --- Events ------------------------------------------------------------------------------------------------------

    void grow(std::map<int64_t, Window>& windows, bool& any, const Event& event) {
        const std::optional<int64_t> cb = number(event.cb);
        if (!cb) {
            any = true;
            for (auto& [index, window] : windows) {
                window = {Window::Unknown, 0, nullptr, window.since};
            }
            return;
        }
        Window& window = windows[*cb];
        const std::optional<int64_t> pages = number(event.pages);
        if (window.kind == Window::Empty && !any) {
            window = pages ? Window{Window::Number, *pages, nullptr, event.at}
                           : Window{Window::Symbol, 0, event.pages, event.at};
        } else if (window.kind == Window::Number && pages) {
            window.number = std::max(window.number, *pages);
        } else if (window.kind == Window::Symbol && window.symbol == event.pages) {
            window.since = event.at;
        } else {
            window = {Window::Unknown, 0, nullptr, event.at};
        }
    }

    /// True if the window is known to hold fewer pages than are taken.
    bool shrink(std::map<int64_t, Window>& windows, bool any, const Event& event) {
        const std::optional<int64_t> cb = number(event.cb);
        if (!cb) {
            for (auto& [index, window] : windows) {
                window = {Window::Unknown, 0, nullptr, window.since};
            }
            return false;
        }
        Window& window = windows[*cb];
        const std::optional<int64_t> pages = number(event.pages);
        switch (window.kind) {
            case Window::Empty:
                return !any && pages.value_or(1) != 0;
            case Window::Number:
                if (!pages) {
                    window = {Window::Unknown, 0, nullptr, window.since};
                } else if (*pages <= window.number) {
                    window.number -= *pages;
                    if (window.number == 0) {
                        window.kind = Window::Empty;
                    }
                } else {
                    window = {};
                    return true;
                }
                return false;
            case Window::Symbol:
                window = window.symbol == event.pages ? Window{} : Window{Window::Unknown, 0, nullptr, window.since};
                return false;
            case Window::Unknown:
                break;
        }
        return false;
    }

    /// Whether taking these pages takes the whole window.
    static bool takes_all(const std::map<int64_t, Window>& windows, int64_t cb, const Value* pages) {
        const auto found = windows.find(cb);
        if (found == windows.end() || found->second.kind == Window::Empty) {
            return true;
        }
        const Window& window = found->second;
        const std::optional<int64_t> count = number(pages);
        return (window.kind == Window::Number && count && *count >= window.number) ||
               (window.kind == Window::Symbol && window.symbol == pages);
    }

    static const Window* window_of(const std::map<int64_t, Window>& windows, int64_t cb) {
        static const Window empty;
        const auto found = windows.find(cb);
        return found == windows.end() ? &empty : &found->second;
    }

    void drop(State& state, What what) {
        std::erase_if(state.pending, [&](const Pending& pending) { return pending.what == what; });
    }

    void add_pending(State& state, const Event& event, Address address) {
        state.pending.push_back({event.at, event.what, address, false});
        settle(state);
    }

    static bool same_place(const Pending& pending, const Address& address) {
        if (pending.stale || pending.address.root == Address::Unknown || pending.address.root != address.root ||
            !pending.address.offset || pending.address.offset != address.offset) {
            return false;
        }
        return pending.address.base == address.base;
    }

    void push_or_pop(const Event& event, State& state) {
        const bool push = event.what == What::Push;
        const std::optional<int64_t> cb = number(event.cb);
        auto& windows = push ? state.reserved : state.waited;
        if (cb) {
            const What transfer = push ? What::Read : What::Write;
            const auto root = push ? Address::WritePointer : Address::ReadPointer;
            const char* name = push ? "missing-read-barrier" : "missing-write-flush";
            bool hit = false;
            for (const Pending& pending : state.pending) {
                if (pending.what == transfer && pending.address.root == root && pending.address.cb == *cb &&
                    takes_all(windows, *cb, event.pages)) {
                    hit = true;
                    find(state,
                         {name, false,
                          push ? "pages are pushed to " + buffer_name(event.cb) +
                                     " while a NoC read into them may still be on its way"
                               : "pages are popped from " + buffer_name(event.cb) +
                                     " while a NoC write may still be reading them",
                          push ? "call noc_async_read_barrier() on every path between the read and cb_push_back: the "
                                 "consumer may see the bytes that were there before"
                               : "call noc_async_writes_flushed() or noc_async_write_barrier() on every path between "
                                 "the write and cb_pop_front: the producer may overwrite the page before it is sent",
                          event.at, pending.at, push ? "the read is issued here" : "the write is issued here"});
                }
            }
            if (hit) {
                drop(state, transfer);
            } else {
                clean(event.at, name);
            }
        }
        const bool short_of = shrink(windows, push ? state.any_reserved : state.any_waited, event);
        const char* name = push ? "cb-push-not-reserved" : "cb-pop-not-waited";
        if (short_of && cb && does(push ? What::Reserve : What::Wait, *cb)) {
            find(state,
                 {name, false,
                  push ? "more pages are pushed to " + buffer_name(event.cb) + " than this path has reserved"
                       : "more pages are popped from " + buffer_name(event.cb) + " than this path has waited for",
                  push ? "call cb_reserve_back for the pages on every path: without it they may overwrite pages "
                         "that the consumer still reads"
                       : "call cb_wait_front for the pages on every path: without it the counters run ahead of "
                         "the producer",
                  event.at, nullptr, ""});
        } else {
            clean(event.at, name);
        }
    }

    void tiles(const Event& event, const State& state) {
        const bool pack = event.what == What::Pack;
        const auto& windows = pack ? state.reserved : state.waited;
        if (pack ? state.any_reserved : state.any_waited) {
            return;
        }
        const char* name = pack ? "cb-index-not-reserved" : "cb-index-not-waited";
        for (const Tile& tile : event.tiles) {
            const std::optional<int64_t> cb = number(tile.cb);
            const std::optional<int64_t> index = number(tile.index);
            if (!cb) {
                continue;
            }
            const Window* window = window_of(windows, *cb);
            const bool beyond = window->kind == Window::Number && index && *index >= window->number;
            if ((window->kind == Window::Empty && does(pack ? What::Push : What::Pop, *cb) &&
                 asks(pack ? What::Reserve : What::Wait, *cb, event.at)) ||
                beyond) {
                find(state,
                     {name, false,
                      pack ? "a tile is packed to " + buffer_name(tile.cb) +
                                 (beyond ? " beyond the pages that this path has reserved"
                                         : ", of which this path has reserved no page")
                           : "a tile is read from " + buffer_name(tile.cb) +
                                 (beyond ? " beyond the pages that this path has waited for"
                                         : ", of which this path has waited for no page"),
                      pack ? "call cb_reserve_back for the tile on every path: the consumer may still read the page"
                           : "call cb_wait_front for the tile on every path: the producer may not have written it yet",
                      event.at, beyond ? window->since : nullptr, pack ? "reserved here" : "waited for here"},
                     *cb);
            } else {
                clean(event.at, name);
            }
        }
    }

    void transfer(const Event& event, State& state) {
        const Address address = address_of(event.address, layout_);
        const bool read = event.what == What::Read;
        if (address.root == Address::WritePointer && read && !state.any_reserved && does(What::Push, address.cb) &&
            asks(What::Reserve, address.cb, event.at)) {
            if (window_of(state.reserved, address.cb)->kind == Window::Empty) {
                find(state, {"cb-write-not-reserved", false,
                             "a NoC read writes to circular buffer c_" + std::to_string(address.cb) +
                                 ", of which this path has reserved no page",
                             "call cb_reserve_back for the page on every path before the read: the consumer may still "
                             "read it",
                             event.at, nullptr, ""});
            } else {
                clean(event.at, "cb-write-not-reserved");
            }
        }
        if (address.root == Address::ReadPointer && !read && !state.any_waited && does(What::Pop, address.cb) &&
            asks(What::Wait, address.cb, event.at)) {
            if (window_of(state.waited, address.cb)->kind == Window::Empty) {
                find(state,
                     {"cb-read-not-waited", false,
                      "a NoC write sends pages of circular buffer c_" + std::to_string(address.cb) +
                          ", of which this path has waited for none",
                      "call cb_wait_front for the page on every path before the write: the producer may not have "
                      "written it yet",
                      event.at, nullptr, ""});
            } else {
                clean(event.at, "cb-read-not-waited");
            }
        }
        const What other = read ? What::Write : What::Read;
        const char* name = read ? "missing-write-flush" : "missing-read-barrier";
        bool hit = false;
        for (const Pending& pending : state.pending) {
            if (pending.what == other && same_place(pending, address)) {
                hit = true;
                find(state, {name, false,
                             read ? "a NoC read overwrites bytes that a NoC write may still be sending"
                                  : "bytes are sent on before the NoC read that fetches them has arrived",
                             read ? "call noc_async_writes_flushed() or noc_async_write_barrier() on every path before "
                                    "the source of the write is used again"
                                  : "call noc_async_read_barrier() on every path between the read and the write",
                             event.at, pending.at, read ? "the write is issued here" : "the read is issued here"});
            }
        }
        if (hit) {
            drop(state, other);
        } else {
            clean(event.at, name);
        }
        add_pending(state, event, address);
    }

    void load(const Event& event, State& state) {
        const Address address = address_of(event.address, layout_);
        if (address.root == Address::Unknown) {
            return;
        }
        bool hit = false;
        for (const Pending& pending : state.pending) {
            // Any word from the first byte of the read on, when it is the same pointer.
            if (pending.what == What::Read && !pending.stale && pending.address.offset == 0 &&
                pending.address.base == address.base && address.offset.value_or(0) >= 0 && isa_address(address)) {
                hit = true;
                find(state, {"missing-read-barrier", false,
                             "the kernel reads bytes before the NoC read that fetches them has arrived",
                             "call noc_async_read_barrier() on every path before the bytes are used", event.at,
                             pending.at, "the read is issued here"});
            }
        }
        if (hit) {
            drop(state, What::Read);
        } else {
            clean(event.at, "missing-read-barrier");
        }
    }

    static bool is_multicast(const Instruction* at) {
        const auto* call = dyn_cast<CallBase>(at);
        return call != nullptr && call->getCalledFunction() != nullptr &&
               call->getCalledFunction()->getName().contains("multicast");
    }

    /// Not the constant 0 and the like.
    static bool isa_address(const Address& address) { return address.base != nullptr && !isa<Constant>(address.base); }

    void dst_finding(const State& state, const Event& event, const char* name, bool wrong, const char* message,
                     const char* help) {
        if (wrong) {
            find(state, {name, false, message, help, event.at, state.dst_since, "the section's last step is here"});
        } else {
            clean(event.at, name);
        }
    }

    void dst(const Event& event, State& state) {
        switch (event.what) {
            case What::DstAcquire:
                dst_finding(state, event, "dst-acquire-without-commit", state.held != 0,
                            "a section of DST is acquired while the last one is not committed",
                            "call tile_regs_commit() on every path before the next tile_regs_acquire()");
                dst_finding(state, event, "dst-section-not-released",
                            state.held == 0 && state.committed + state.packing > 1,
                            "a third section of DST is acquired while two are not released",
                            "call tile_regs_wait() and tile_regs_release() for every section on every path: MATH waits "
                            "for a free one for ever");
                state.committed = std::min(state.committed, 1);
                state.packing = std::min(state.packing, 1);
                state.held = 1;
                break;
            case What::DstCommit:
                dst_finding(state, event, "dst-commit-without-acquire", state.held == 0,
                            "a section of DST is committed that this path has not acquired",
                            "call tile_regs_acquire() on every path before tile_regs_commit()");
                state.held = 0;
                state.committed = std::min(state.committed + 1, 2);
                break;
            case What::DstWait:
                dst_finding(
                    state, event, "dst-wait-without-commit", state.committed == 0,
                    "PACK waits for a section of DST that this path has not committed",
                    "call tile_regs_commit() on every path before tile_regs_wait(): PACK waits for it for ever");
                state.committed = std::max(state.committed - 1, 0);
                state.packing = 1;
                break;
            case What::DstRelease:
                dst_finding(state, event, "dst-release-without-commit", state.packing == 0 && state.committed == 0,
                            "PACK releases a section of DST that this path has not committed",
                            "call tile_regs_commit() and tile_regs_wait() on every path before tile_regs_release()");
                dst_finding(state, event, "dst-release-without-wait", state.packing == 0 && state.committed != 0,
                            "PACK releases a section of DST that this path has not waited for",
                            "call tile_regs_wait() on every path before the section is packed and released");
                if (state.packing == 0) {
                    state.committed = std::max(state.committed - 1, 0);
                }
                state.packing = 0;
                break;
            case What::DstAcquireBoth:
                dst_finding(state, event, "dst-acquire-without-release",
                            !stepwise_ && (state.held != 0 || state.packing != 0),
                            "DST is acquired while the last section is not released",
                            "call release_dst() on every path before the next acquire_dst()");
                state.held = state.packing = 1;
                state.both = true;
                break;
            default:
                dst_finding(state, event, "dst-release-without-acquire", !stepwise_ && state.held == 0,
                            "DST is released that this path has not acquired",
                            "call acquire_dst() on every path before release_dst()");
                state.held = state.packing = 0;
                state.both = false;
                break;
        }
        state.dst_since = event.at;
    }

    void apply(const Event& event, State& state) {
        switch (event.what) {
            case What::Reserve:
                grow(state.reserved, state.any_reserved, event);
                break;
            case What::Wait:
                grow(state.waited, state.any_waited, event);
                break;
            case What::Push:
            case What::Pop:
                push_or_pop(event, state);
                break;
            case What::Read:
            case What::Write:
                transfer(event, state);
                break;
            case What::Atomic:
                add_pending(state, event, {});
                break;
            case What::ReadBarrier:
                drop(state, What::Read);
                break;
            case What::WriteBarrier:
                drop(state, What::Write);
                break;
            case What::AtomicBarrier:
                drop(state, What::Atomic);
                break;
            case What::FullBarrier:
                state.pending.clear();
                break;
            case What::Math:
                dst_finding(state, event, "dst-not-acquired", state.held == 0,
                            "DST is computed on outside of tile_regs_acquire() and tile_regs_commit()",
                            "call tile_regs_acquire() on every path before the operation: PACK may still read the "
                            "section");
                tiles(event, state);
                break;
            case What::Pack:
                dst_finding(state, event, "dst-not-waited", state.packing == 0,
                            "DST is packed outside of tile_regs_wait() and tile_regs_release()",
                            "call tile_regs_wait() on every path before packing: MATH may still write the section");
                tiles(event, state);
                break;
            case What::Load:
                load(event, state);
                break;
            case What::DstAccess:
                dst_finding(state, event, "dst-not-acquired", state.held == 0 && state.packing == 0,
                            "DST is computed on outside of tile_regs_acquire() and tile_regs_commit()",
                            "call tile_regs_acquire() on every path before the operation: PACK may still read the "
                            "section");
                break;
            case What::Opaque:
                state.pending.clear();
                state.any_reserved = state.any_waited = true;
                state.reserved.clear();
                state.waited.clear();
                break;
            case What::NoReturn:
                break;
            default:
                dst(event, state);
                break;
        }
    }

    void end(const Instruction& at, const State& state) {
        for (const Pending& pending : state.pending) {
            const bool read = pending.what == What::Read;
            const bool write = pending.what == What::Write;
            // Receivers of a multicast commonly answer with a semaphore instead.
            if (write && is_multicast(pending.at)) {
                continue;
            }
            find(state,
                 {read    ? "noc-reads-left"
                  : write ? "noc-writes-left"
                          : "noc-atomics-left",
                  true,
                  read    ? "the kernel can end while this NoC read is still on its way"
                  : write ? "the kernel can end while this NoC write is still reading its source"
                          : "the kernel can end while this atomic increment is still on its way",
                  read ? "call noc_async_read_barrier() on every path to the kernel's end: the bytes may arrive when "
                         "another program has the memory"
                  : write ? "call noc_async_write_barrier() on every path to the kernel's end: the next program may "
                            "change the source before it has been sent"
                          : "call noc_async_atomic_barrier() on every path to the kernel's end: the increment may "
                            "arrive when another program has the word",
                  pending.at, pending.at, ""});
        }
        if (state.held != 0 || state.packing != 0 || state.committed != 0) {
            find(state,
                 {"dst-section-not-released", false, "the kernel can end with a section of DST that is not released",
                  state.both ? "call release_dst() on every path to the kernel's end"
                             : "call tile_regs_commit(), tile_regs_wait() and tile_regs_release() for every "
                               "section on every path: the next kernel waits for it for ever",
                  state.dst_since, state.dst_since, ""});
        }
    }

    Function& kernel_;
    LoopInfo& loops_;
    const DataLayout& layout_;
    std::map<const BasicBlock*, std::vector<Event>> events_;
    std::map<Condition, unsigned> uses_;
    std::array<std::set<int64_t>, 32> does_;
    std::set<What> computed_;  ///< done to circular buffers whose index is computed
    std::map<const Loop*, std::array<std::set<int64_t>, 32>> in_loop_;
    std::map<const BasicBlock*, std::set<State>> seen_;
    std::set<const BasicBlock*> first_;
    std::deque<std::pair<BasicBlock*, State>> work_;
    std::map<Key, Finding> found_;
    std::set<std::pair<const Instruction*, std::string>> clean_;
    bool stepwise_ = false;  ///< tile_regs_acquire and its like are used, perhaps beside acquire_dst
    size_t steps_ = 0;
    PathResult result_;
};

}  // namespace

PathResult walk_paths(Function& kernel, LoopInfo& loops) {
    return Walker(kernel, loops).run();
}

}  // namespace tessera::analysis
