#include <tile/prove/progress.h>

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include <tile/prove/ranges.h>

namespace tessera::tile::prove {
namespace {

using device::Branch;
using device::Call;
using device::Code;
using device::Loop;
using device::Node;

constexpr size_t most_steps = 4'000'000;  ///< of turn-by-turn execution
constexpr size_t shown_steps = 12;
constexpr int64_t few_turns = 16;  ///< that are gone through one by one, so that nothing is lost of what is known

/// What a call does to a circular buffer.
struct Access {
    enum class Kind : uint8_t { Reserve, Push, Wait, Pop } kind;
    size_t ring;
    int64_t pages;
};

/// A position in a ring of which only the remainder is known: congruent to `rest` modulo `modulus`, which divides the
/// ring's size.
struct Position {
    int64_t rest = 0, modulus = 1;
    bool operator==(const Position&) const = default;
    void advance(int64_t pages) { rest = (rest + pages) % modulus; }
    /// The last place before the end that it may be.
    int64_t last(int64_t size) const { return size - modulus + rest; }
    void join(const Position& other) {
        modulus = std::gcd(std::gcd(modulus, other.modulus), rest - other.rest);
        rest %= modulus;
    }
};

struct Ring {
    int64_t filled = 0;
    Position in, out;
    // Of the loop's turn that is gone through: pages that came and went, as long as they are the same on all ways.
    int64_t pushed = 0, popped = 0;
    bool counted = true;
    bool operator==(const Ring& other) const { return filled == other.filled && in == other.in && out == other.out; }
};
using State = std::vector<Ring>;

/// A kernel on its way: the innermost code last.
struct Cursor {
    struct Frame {
        const Code* code;
        size_t at = 0;
        // Of a loop that is gone through turn by turn.
        const Loop* loop = nullptr;
        int64_t turn = 0, end = 0, step = 0;
    };
    device::Role role;
    std::vector<Frame> frames;
    Ranges known;

    bool done() const { return frames.empty(); }
    const Node& node() const { return (*frames.back().code)[frames.back().at]; }
};

class Prover {
public:
    explicit Prover(const device::Program& program) : program_(program) {
        for (const device::CircularBuffer& buffer : program.circular_buffers) {
            numbers_[buffer.name] = rings_.size();
            rings_.push_back(&buffer);
        }
    }

    Verdict run() {
        State state(rings_.size());
        for (size_t i = 0; i < rings_.size(); ++i) {
            const int64_t pages = std::max<int64_t>(rings_[i]->pages, 1);
            state[i].in = state[i].out = {0, pages};
        }
        std::vector<Cursor> cursors;
        cursors.reserve(program_.kernels.size());
        for (const device::KernelCode& kernel : program_.kernels) {
            cursors.push_back({.role = kernel.role, .frames = {{&kernel.body}}, .known = {}});
        }
        if (!together(cursors, state)) {
            return failure_;
        }
        return verdict(Verdict::Kind::Proved,
                       fmt::format("the kernels of a core never wait for each other for ever, and no block runs over "
                                   "the end of its ring: {} circular buffers, any number of blocks",
                                   rings_.size()));
    }

private:
    // --- What code does ---------------------------------------------------------------------------------------------

    static std::optional<Access::Kind> kind_of(const std::string& function) {
        static const std::map<std::string_view, Access::Kind> kinds{{"cb_reserve_back", Access::Kind::Reserve},
                                                                    {"cb_push_back", Access::Kind::Push},
                                                                    {"cb_wait_front", Access::Kind::Wait},
                                                                    {"cb_pop_front", Access::Kind::Pop}};
        const auto found = kinds.find(function);
        return found == kinds.end() ? std::nullopt : std::optional(found->second);
    }

    /// Whether circular buffers are used anywhere in it, or a loop is left.
    bool matters(const Code& code) {
        const auto [known, is_new] = matters_.try_emplace(&code, false);
        if (!is_new) {
            return known->second;
        }
        const bool result = std::any_of(code.begin(), code.end(), [this](const Node& node) { return matters(*node); });
        return matters_[&code] = result;
    }
    bool matters(const device::NodeOf& node) {
        if (const auto* call = std::get_if<Call>(&node.of)) {
            return kind_of(call->function).has_value();
        }
        if (const auto* loop = std::get_if<Loop>(&node.of)) {
            return matters(loop->body);
        }
        if (const auto* branch = std::get_if<Branch>(&node.of)) {
            return matters(branch->then) || matters(branch->otherwise);
        }
        return std::holds_alternative<device::Leave>(node.of);
    }

    std::optional<Access> access_of(const Call& call, const Cursor& cursor) {
        const auto kind = kind_of(call.function);
        if (!kind) {
            return std::nullopt;
        }
        const auto* name = call.arguments.empty() ? nullptr : std::get_if<std::string>(&call.arguments[0]);
        const auto ring = name == nullptr ? numbers_.end() : numbers_.find(*name);
        const auto* pages = call.arguments.size() < 2 ? nullptr : std::get_if<ir::Expr>(&call.arguments[1]);
        const std::optional<Range> range = pages == nullptr ? std::nullopt : std::optional(cursor.known.of(*pages));
        if (ring == numbers_.end() || !range || range->low != range->high) {
            give_up(cursor, call.function + " of a number of pages, or a buffer, that is known at run time only");
            return Access{*kind, 0, -1};
        }
        return Access{*kind, ring->second, range->low};
    }

    // --- One kernel -------------------------------------------------------------------------------------------------

    enum class Step : uint8_t { Went, Waits, AtLoop, AtBranch, Failed };

    Step step(Cursor& cursor, State& state) {
        const Node& node = cursor.node();
        if (const auto* call = std::get_if<Call>(&node->of)) {
            if (const std::optional<Access> access = access_of(*call, cursor)) {
                if (access->pages < 0) {
                    return Step::Failed;
                }
                return use(cursor, *access, state);
            }
        } else if (const auto* declared = std::get_if<device::Declare>(&node->of)) {
            cursor.known.set(declared->var,
                             declared->value && !declared->changes ? cursor.known.of(declared->value) : Range::all());
        } else if (const auto* assigned = std::get_if<device::Assign>(&node->of)) {
            cursor.known.set(assigned->var, Range::all());
        } else if (const auto* loop = std::get_if<Loop>(&node->of)) {
            if (matters(loop->body)) {
                return Step::AtLoop;
            }
        } else if (const auto* branch = std::get_if<Branch>(&node->of)) {
            if (matters(branch->then) || matters(branch->otherwise)) {
                const Range holds = cursor.known.of(branch->condition);
                if (holds.low != holds.high) {
                    return Step::AtBranch;
                }
                next(cursor);
                cursor.frames.push_back({holds.low != 0 ? &branch->then : &branch->otherwise});
                settle(cursor);
                return Step::Went;
            }
        } else if (std::holds_alternative<device::Leave>(node->of)) {
            while (!cursor.frames.empty() && cursor.frames.back().loop == nullptr) {
                cursor.frames.pop_back();
            }
            if (cursor.frames.empty()) {
                give_up(cursor, "a loop that is left early");
                return Step::Failed;
            }
            cursor.frames.pop_back();
            settle(cursor);
            return Step::Went;
        }
        next(cursor);
        settle(cursor);
        return Step::Went;
    }

    static void next(Cursor& cursor) { ++cursor.frames.back().at; }

    /// Ends of code: the next turn, or what follows.
    static void settle(Cursor& cursor) {
        while (!cursor.frames.empty() && cursor.frames.back().at == cursor.frames.back().code->size()) {
            Cursor::Frame& frame = cursor.frames.back();
            if (frame.loop != nullptr) {
                frame.turn += frame.step;
                if (frame.step > 0 ? frame.turn < frame.end : frame.turn > frame.end) {
                    frame.at = 0;
                    cursor.known.set(frame.loop->var, {frame.turn, frame.turn});
                    continue;
                }
            }
            cursor.frames.pop_back();
        }
    }

    Step use(Cursor& cursor, const Access& access, State& state) {
        Ring& ring = state[access.ring];
        const device::CircularBuffer& buffer = *rings_[access.ring];
        const int64_t size = buffer.pages;
        const bool producer = access.kind == Access::Kind::Reserve || access.kind == Access::Kind::Push;
        const int64_t there = producer ? size - ring.filled : ring.filled;
        if (access.pages > size) {
            return fail(cursor, fmt::format("{} waits for {} pages of {}, which has {}", name_of(cursor.role),
                                            access.pages, buffer.name, size));
        }
        if (there < access.pages) {
            if (access.kind == Access::Kind::Push || access.kind == Access::Kind::Pop) {
                return fail(cursor, fmt::format("{} {} {} pages of {}, of which there are {}", name_of(cursor.role),
                                                producer ? "pushes" : "pops", access.pages, buffer.name, there));
            }
            return Step::Waits;
        }
        Position& position = producer ? ring.in : ring.out;
        if (position.last(size) + access.pages > size) {
            return fail(cursor, fmt::format("{} pages of {} may run over its end: they begin at page {} of {}",
                                            access.pages, buffer.name, position.last(size), size));
        }
        if (access.kind == Access::Kind::Push || access.kind == Access::Kind::Pop) {
            ring.filled += producer ? access.pages : -access.pages;
            position.advance(access.pages);
            (producer ? ring.pushed : ring.popped) += access.pages;
            steps_.push_back(fmt::format("{} {} {} of {}: {} of {} are full", name_of(cursor.role),
                                         producer ? "pushes" : "pops", access.pages, buffer.name, ring.filled, size));
            if (steps_.size() > shown_steps) {
                steps_.pop_front();
            }
        }
        next(cursor);
        settle(cursor);
        return Step::Went;
    }

    // --- All together -----------------------------------------------------------------------------------------------

    /// Until all are done. False: failure_ says why not.
    bool together(std::vector<Cursor>& cursors, State& state) {
        for (Cursor& cursor : cursors) {
            settle(cursor);
        }
        for (;;) {
            bool went = false;
            std::vector<Cursor*> at_loop, at_branch;
            for (Cursor& cursor : cursors) {
                Step last = Step::Went;
                while (!cursor.done() && last == Step::Went) {
                    last = step(cursor, state);
                    if (++steps_made_ > most_steps) {
                        give_up(cursor, "too many turns of loops that only one kernel has");
                        return false;
                    }
                    went |= last == Step::Went;
                }
                if (last == Step::Failed) {
                    return false;
                }
                if (last == Step::AtLoop) {
                    at_loop.push_back(&cursor);
                } else if (last == Step::AtBranch) {
                    at_branch.push_back(&cursor);
                }
            }
            if (std::all_of(cursors.begin(), cursors.end(), [](const Cursor& cursor) { return cursor.done(); })) {
                return true;
            }
            if (went) {
                continue;
            }
            const auto awake = static_cast<size_t>(
                std::count_if(cursors.begin(), cursors.end(), [](const Cursor& cursor) { return !cursor.done(); }));
            if (!at_loop.empty() ? !through_loop(at_loop, state, awake)
                                 : at_branch.empty() || !through_branch(at_branch, state, awake)) {
                if (at_loop.empty() && at_branch.empty()) {
                    stuck(cursors, state);
                }
                return false;
            }
        }
    }

    static const Loop& loop_of(const Cursor& cursor) { return std::get<Loop>(cursor.node()->of); }
    static const Branch& branch_of(const Cursor& cursor) { return std::get<Branch>(cursor.node()->of); }

    /// The largest set of those whose loops have the same turns.
    template <class Alike>
    static std::vector<Cursor*> group(const std::vector<Cursor*>& cursors, Alike&& alike) {
        std::vector<Cursor*> best;
        for (Cursor* first : cursors) {
            std::vector<Cursor*> those;
            std::copy_if(cursors.begin(), cursors.end(), std::back_inserter(those),
                         [&](Cursor* other) { return alike(*first, *other); });
            if (those.size() > best.size()) {
                best = std::move(those);
            }
        }
        return best;
    }

    /// While some kernels are gone through without others that could help them, that they wait does not say much.
    class Alone {
    public:
        Alone(bool& flag, bool alone) : flag_(flag), before_(flag) { flag_ = flag_ || alone; }
        ~Alone() { flag_ = before_; }
        Alone(const Alone&) = delete;
        Alone& operator=(const Alone&) = delete;

    private:
        bool& flag_;
        bool before_;
    };
    Alone some_alone(bool alone) { return {alone_, alone}; }

    /// The condition under which a turn leaves the loop before it does anything, as a while loop does; null: there is
    /// none.
    static ir::Expr leaves_when(const Loop& loop) {
        const auto* first = loop.body.empty() ? nullptr : std::get_if<Branch>(&loop.body.front()->of);
        return first != nullptr && first->otherwise.empty() && first->then.size() == 1 &&
                       std::holds_alternative<device::Leave>(first->then.front()->of)
                   ? first->condition
                   : nullptr;
    }

    /// Of those that stand at loops, of `awake` kernels that are not at their end.
    bool through_loop(const std::vector<Cursor*>& cursors, State& state, size_t awake) {
        const std::vector<Cursor*> those = group(cursors, [](const Cursor& a, const Cursor& b) {
            const Loop &x = loop_of(a), &y = loop_of(b);
            const ir::Expr p = leaves_when(x), q = leaves_when(y);
            return same_text(x.begin, y.begin) && same_text(x.end, y.end) && same_text(x.step, y.step) &&
                   (p && q ? same_text(p, q) : !p && !q);
        });
        const Range begin = those.front()->known.of(loop_of(*those.front()).begin),
                    end = those.front()->known.of(loop_of(*those.front()).end),
                    by = those.front()->known.of(loop_of(*those.front()).step);
        const auto alone = some_alone(those.size() < awake);
        // All leave in the same turn, and how many there are before is not known.
        const bool leaves = leaves_when(loop_of(*those.front())) != nullptr;
        const bool constant =
            !leaves && begin.low == begin.high && end.low == end.high && by.low == by.high && by.low != 0;
        if (constant && (by.low > 0 ? begin.low >= end.low : begin.low <= end.low)) {
            std::for_each(those.begin(), those.end(), [](Cursor* cursor) { pass_by(*cursor); });
            return true;
        }
        const int64_t turns = constant ? (end.low - begin.low + by.low - (by.low > 0 ? 1 : -1)) / by.low : 0;
        State after = state;
        const bool gone = constant && turns <= few_turns
                              ? every_turn(those, after, begin.low, by.low, turns)
                              : by.low > 0 && turn_after_turn(those, after, begin, by.low, turns);
        if (gone) {
            state = std::move(after);
            std::for_each(those.begin(), those.end(), [](Cursor* cursor) { pass_by(*cursor); });
            return true;
        }
        if (!constant) {
            return false;
        }
        Cursor& one = *those.front();
        const Loop& loop = loop_of(one);
        next(one);
        one.known.set(loop.var, {begin.low, begin.low});
        one.frames.push_back({&loop.body, 0, &loop, begin.low, end.low, by.low});
        // The others that stand at such a loop enter it when they are looked at again.
        return true;
    }

    static void pass_by(Cursor& cursor) {
        next(cursor);
        settle(cursor);
    }

    bool every_turn(const std::vector<Cursor*>& those, State& state, int64_t begin, int64_t by, int64_t turns) {
        for (int64_t turn = 0; turn < turns; ++turn) {
            if (!one_turn(those, state, {begin + turn * by, begin + turn * by})) {
                return false;
            }
        }
        return true;
    }

    /// One turn for all turns: the first, and any later one, which must leave what it found. turns: 0 if not known.
    bool turn_after_turn(const std::vector<Cursor*>& those, State& state, Range begin, int64_t by, int64_t turns) {
        const State initial = state;
        State before = state;
        count_anew(state);
        if (!one_turn(those, state, begin)) {
            return false;
        }
        const State first = state;
        if (turns == 0 && !join(state, before)) {
            return drifts(those, before, state);
        }
        for (;;) {
            before = state;
            State after = state;
            count_anew(after);
            if (!one_turn(those, after,
                          {begin.low == Range::all().low ? begin.low : begin.low + by, Range::all().high})) {
                return false;
            }
            const bool steady = after == before;
            if (!steady && !join(state, after)) {
                return drifts(those, before, after);
            }
            if (steady || state == before) {
                count_turns(state, initial, first, after, turns);
                return true;
            }
        }
    }

    static void count_anew(State& state) {
        for (Ring& ring : state) {
            ring.pushed = ring.popped = 0;
            ring.counted = true;
        }
    }

    /// Where rings stand after `turns` turns, of which all but the first move as many pages: better known than by what
    /// the positions of all turns have in common.
    static void count_turns(State& state, const State& initial, const State& first, const State& later, int64_t turns) {
        for (size_t i = 0; i < state.size(); ++i) {
            Ring& ring = state[i];
            const Ring& was = initial[i];
            ring.counted = was.counted && turns > 0 && first[i].counted && later[i].counted;
            if (turns > 0 && first[i].counted && later[i].counted) {
                const int64_t pushed = first[i].pushed + (turns - 1) * later[i].pushed;
                const int64_t popped = first[i].popped + (turns - 1) * later[i].popped;
                ring.in = was.in;
                ring.out = was.out;
                ring.in.advance(pushed);
                ring.out.advance(popped);
                ring.pushed = was.pushed + pushed;
                ring.popped = was.popped + popped;
            }
        }
    }

    bool one_turn(const std::vector<Cursor*>& those, State& state, Range value) {
        std::vector<Cursor> inside;
        for (const Cursor* cursor : those) {
            const Loop& loop = loop_of(*cursor);
            const size_t first = leaves_when(loop) ? 1 : 0;
            inside.push_back({.role = cursor->role, .frames = {{&loop.body, first}}, .known = cursor->known});
            inside.back().known.set(loop_of(*cursor).var, value);
            forget_changes(loop_of(*cursor).body, inside.back().known);
        }
        return together(inside, state);
    }

    /// Variables that a turn assigns are not known at its beginning.
    static void forget_changes(const Code& code, Ranges& known) {
        for (const Node& node : code) {
            if (const auto* assigned = std::get_if<device::Assign>(&node->of)) {
                known.set(assigned->var, Range::all());
            } else if (const auto* loop = std::get_if<Loop>(&node->of)) {
                forget_changes(loop->body, known);
            } else if (const auto* branch = std::get_if<Branch>(&node->of)) {
                forget_changes(branch->then, known);
                forget_changes(branch->otherwise, known);
            }
        }
    }

    /// False if buffers differ in how full they are. Positions become what both have in common.
    static bool join(State& into, const State& other) {
        for (size_t i = 0; i < into.size(); ++i) {
            if (into[i].filled != other[i].filled) {
                return false;
            }
            into[i].in.join(other[i].in);
            into[i].out.join(other[i].out);
            into[i].counted = into[i].counted && other[i].counted && into[i].pushed == other[i].pushed &&
                              into[i].popped == other[i].popped;
        }
        return true;
    }

    bool through_branch(const std::vector<Cursor*>& cursors, State& state, size_t awake) {
        const std::vector<Cursor*> those = group(cursors, [](const Cursor& a, const Cursor& b) {
            return same_text(branch_of(a).condition, branch_of(b).condition);
        });
        const auto alone = some_alone(those.size() < awake);
        State otherwise = state;
        for (const bool then : {true, false}) {
            std::vector<Cursor> inside;
            for (const Cursor* cursor : those) {
                const Branch& branch = branch_of(*cursor);
                inside.push_back({.role = cursor->role,
                                  .frames = {{then ? &branch.then : &branch.otherwise}},
                                  .known = cursor->known});
            }
            if (!together(inside, then ? state : otherwise)) {
                return false;
            }
        }
        if (!join(state, otherwise)) {
            give_up(*those.front(), "the two sides of a condition move different numbers of pages");
            return false;
        }
        std::for_each(those.begin(), those.end(), [](Cursor* cursor) { pass_by(*cursor); });
        return true;
    }

    // --- What is said of it -----------------------------------------------------------------------------------------

    Step fail(const Cursor& cursor, std::string what) {
        failure_ = verdict(Verdict::Kind::Refuted, std::move(what), cursor.node()->span);
        add_steps();
        return Step::Failed;
    }

    void give_up(const Cursor& cursor, std::string what) {
        failure_ = verdict(Verdict::Kind::NotProved, std::move(what), cursor.done() ? Span{} : cursor.node()->span);
    }

    Verdict verdict(Verdict::Kind kind, std::string what, Span span = {}) const {
        return {kind, Property::Progress, program_.name, std::move(what), span, {}};
    }
    void add_steps() {
        for (const std::string& step : steps_) {
            failure_.trace.push_back("before: " + step);
        }
    }

    bool drifts(const std::vector<Cursor*>& those, const State& before, const State& after) {
        for (size_t i = 0; i < before.size(); ++i) {
            if (before[i].filled != after[i].filled) {
                failure_ = verdict(Verdict::Kind::NotProved,
                                   fmt::format("each turn of the loop leaves {} with {} pages more than it had",
                                               rings_[i]->name, after[i].filled - before[i].filled),
                                   those.front()->node()->span);
                add_steps();
            }
        }
        return false;
    }

    void stuck(const std::vector<Cursor>& cursors, const State& state) {
        if (alone_) {
            failure_ = verdict(Verdict::Kind::NotProved, "kernels wait in a loop or condition that others do not share",
                               cursors.front().done() ? Span{} : cursors.front().node()->span);
            return;
        }
        failure_ = verdict(Verdict::Kind::Refuted, {});
        for (const Cursor& cursor : cursors) {
            if (cursor.done()) {
                continue;
            }
            const std::optional<Access> waiting = access_of(std::get<Call>(cursor.node()->of), cursor);
            if (!waiting) {
                continue;
            }
            const Access& access = *waiting;
            const device::CircularBuffer& buffer = *rings_[access.ring];
            failure_.trace.push_back(fmt::format(
                "{} waits for {}{} {} of {}, which is full to {} of {}", name_of(cursor.role),
                access.kind == Access::Kind::Reserve ? "room for " : "", access.pages,
                access.pages == 1 ? "page" : "pages", buffer.name, state[access.ring].filled, buffer.pages));
            if (failure_.what.empty()) {
                failure_.span = cursor.node()->span;
                failure_.what = "the kernels of a core wait for each other for ever";
            }
        }
        add_steps();
    }

    const device::Program& program_;
    std::vector<const device::CircularBuffer*> rings_;
    std::map<std::string, size_t, std::less<>> numbers_;
    std::map<const Code*, bool> matters_;
    std::deque<std::string> steps_;
    size_t steps_made_ = 0;
    bool alone_ = false;  ///< not all kernels are gone through together
    Verdict failure_;
};

}  // namespace

Verdict rings(const device::Program& program) {
    return Prover(program).run();
}

Verdict progress(const device::Program& program, const arch::Chip& chip) {
    Verdict of_rings = rings(program);
    if (of_rings.kind != Verdict::Kind::Proved) {
        return of_rings;
    }
    Verdict of_cores = handshakes(program, chip);
    if (const std::optional<Verdict> of_turns = turns(program, chip);
        of_turns && of_cores.kind == Verdict::Kind::Proved) {
        if (of_turns->kind != Verdict::Kind::Proved) {
            return *of_turns;
        }
        of_cores.what = of_turns->what;
    }
    if (of_cores.kind == Verdict::Kind::Proved) {
        of_cores.what = of_rings.what + "; " + of_cores.what;
    }
    return of_cores;
}

}  // namespace tessera::tile::prove
