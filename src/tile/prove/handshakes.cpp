// Of cores that hand blocks along lines: whether each waits for what really comes. See progress.h for why this is
// enough.
#include <algorithm>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <tile/prove/code.h>
#include <tile/prove/progress.h>
#include <tile/prove/ranges.h>

namespace tessera::tile::prove {
namespace {

using device::Call;
using device::Code;
using device::Node;
using Meaning = device::RuntimeArgument::Meaning;

/// What one core does of handovers, in order: the rest of its code is left out, and branches that its own arguments
/// decide are decided.
struct Part {
    enum class Kind : uint8_t { Send, Receive, Push, Loop, Branch, Leave } kind;
    const Node* node = nullptr;
    uint32_t ready = 0, valid = 0;                     ///< of Send and Receive
    std::string ring;                                  ///< of Push
    std::map<std::string, int64_t, std::less<>> room;  ///< of Send and Receive: pages reserved, by ring
    std::vector<Part> then, otherwise;                 ///< bodies
};

struct Sent {
    std::string ring;
    int64_t bytes = 0;
};

/// Thrown with the verdict where it is clear.
struct Decided {
    Verdict verdict;
};

const Call* handover(const Node& node) {
    const auto* made = std::get_if<Call>(&node->of);
    return made != nullptr && (made->function == "multicast_block" || made->function == "receive_block") ? made
                                                                                                         : nullptr;
}

/// The handovers of one kernel. `two`: another kernel of the cores hands over as well.
class Handshakes {
public:
    Handshakes(const device::Program& program, const arch::Chip& chip, const device::KernelCode& kernel, bool two)
        : program_(program), chip_(chip), kernel_(&kernel), two_(two) {
        bind();
    }

    /// What is handed on along which lines. Throws Decided.
    std::vector<std::string> lines() {
        collect();
        semaphores();
        std::vector<std::vector<Part>> parts;
        parts.reserve(program_.cores.size());
        for (size_t core = 0; core < program_.cores.size(); ++core) {
            std::map<std::string, int64_t, std::less<>> room;
            parts.push_back(specialised(kernel_->body, cores_[core], room));
            rooms(parts.back(), core);
        }
        std::vector<std::string> told;
        told.reserve(sent_.size());
        for (const auto& [ready, sent] : sent_) {
            told.push_back(line_of(ready, parts));
        }
        return told;
    }

    /// The semaphores by which blocks are handed on; after lines().
    std::set<uint32_t> used() const {
        std::set<uint32_t> result;
        for (const auto& [ready, valid] : valid_) {
            result.insert({ready, valid});
        }
        return result;
    }

    /// That all cores use circular buffers and hand over in one order. Throws Decided.
    void require_alike() const { alike(kernel_->body, differing(everybody())); }

private:
    const device::Program& program_;
    const arch::Chip& chip_;
    const device::KernelCode* kernel_;
    bool two_;
    std::map<std::string, Sent, std::less<>> unused_;
    std::map<uint32_t, Sent> sent_;       ///< by the semaphore of those that are ready
    std::map<uint32_t, uint32_t> valid_;  ///< of each ready
    std::map<uint32_t, std::string> names_;
    std::vector<Ranges> cores_;
    std::map<const ir::VarNode*, std::vector<int64_t>> arguments_;  ///< by core, of those that are not the same for all
    std::map<const ir::VarNode*, std::string> ring_of_address_;
    std::set<std::string, std::less<>> rings_;

    Verdict verdict(Verdict::Kind kind, std::string what, Span span = {}, std::vector<std::string> trace = {}) const {
        return {kind, Property::Progress, program_.name, std::move(what), span, std::move(trace)};
    }
    [[noreturn]] void refute(std::string what, Span span = {}, std::vector<std::string> trace = {}) const {
        throw Decided{verdict(Verdict::Kind::Refuted, std::move(what), span, std::move(trace))};
    }
    [[noreturn]] void give_up(std::string what, Span span = {}) const {
        throw Decided{verdict(Verdict::Kind::NotProved, std::move(what), span)};
    }

    static const ir::Expr* argument(const Call& made, size_t i) {
        return i < made.arguments.size() ? std::get_if<ir::Expr>(&made.arguments[i]) : nullptr;
    }
    std::string core_name(size_t core) const {
        return fmt::format("core ({}, {})", program_.cores[core].x, program_.cores[core].y);
    }
    std::string block_name(uint32_t ready) const {
        const auto at = sent_.find(ready);
        return at == sent_.end() ? fmt::format("the block of semaphore {}", ready) : at->second.ring;
    }

    /// Run-time arguments by core.
    void bind() {
        cores_.resize(program_.cores.size());
        each(kernel_->body, [&](const Node& node) {
            const auto* declared = std::get_if<device::Declare>(&node->of);
            if (declared == nullptr || declared->value != nullptr) {
                return;
            }
            const auto at = std::find_if(kernel_->runtime_arguments.begin(), kernel_->runtime_arguments.end(),
                                         [&](const auto& one) { return one.name == declared->var->name; });
            if (at == kernel_->runtime_arguments.end() || at->meaning == Meaning::Address ||
                at->meaning == Meaning::Symbol) {
                return;
            }
            std::vector<int64_t> values;
            for (size_t core = 0; core < program_.cores.size(); ++core) {
                values.push_back(at->meaning == Meaning::StartId ? program_.cores[core].start
                                 : at->meaning == Meaning::Count ? program_.cores[core].count
                                                                 : at->values.at(core));
                cores_[core].set(declared->var, {values.back(), values.back()});
            }
            arguments_[declared->var.get()] = std::move(values);
        });
    }

    /// What is sent, from which rings, and by which semaphores.
    void collect() {
        const Ranges none;
        each(kernel_->body, [&](const Node& node) {
            const auto* made = std::get_if<Call>(&node->of);
            if (made != nullptr && made->result != nullptr && made->function == "get_write_ptr" &&
                !made->arguments.empty()) {
                if (const auto* ring = std::get_if<std::string>(&made->arguments[0])) {
                    ring_of_address_[made->result.get()] = *ring;
                }
            }
            const Call* hand = handover(node);
            if (hand == nullptr) {
                return;
            }
            const bool sends = hand->function == "multicast_block";
            const size_t first = sends ? 7 : 2;
            const ir::Expr *ready = argument(*hand, first), *valid = argument(*hand, first + 1);
            const auto number = [&](const ir::Expr* expr) {
                const Range range = expr == nullptr ? Range::all() : none.of(*expr);
                if (range.low != range.high) {
                    give_up(hand->function + " with a semaphore that is known at run time only", node->span);
                }
                return range.low;
            };
            const auto ready_id = static_cast<uint32_t>(number(ready)), valid_id = static_cast<uint32_t>(number(valid));
            const auto [known, fresh] = valid_.emplace(ready_id, valid_id);
            if (!fresh && known->second != valid_id) {
                refute(fmt::format("semaphore {} counts the cores that have room for a block, and its arrival is told "
                                   "by semaphore {} here and {} there",
                                   ready_id, known->second, valid_id),
                       node->span);
            }
            if (sends) {
                const ir::Expr* address = argument(*hand, 0);
                std::string ring;
                if (address != nullptr) {
                    ir::walk(*address, [&](const ir::Expr& expr) {
                        if (expr->op == ir::Op::Var && ring_of_address_.contains(expr->var.get())) {
                            ring = ring_of_address_.at(expr->var.get());
                        }
                    });
                }
                if (ring.empty()) {
                    give_up("a block is sent from an address that is no circular buffer's", node->span);
                }
                rings_.insert(ring);
                sent_[ready_id] = {ring, number(argument(*hand, 1))};
            }
        });
        for (const auto& [ready, valid] : valid_) {
            if (!sent_.contains(ready)) {
                refute(fmt::format("cores wait for a block by semaphore {}, and nobody sends one", ready));
            }
        }
    }

    void semaphores() const {
        std::set<uint32_t> used;
        for (const auto& [ready, valid] : valid_) {
            for (const uint32_t index : {ready, valid}) {
                const auto at = std::find_if(program_.semaphores.begin(), program_.semaphores.end(),
                                             [&](const auto& one) { return one.index == index; });
                if (at == program_.semaphores.end()) {
                    refute(fmt::format("semaphore {}, by which {} is handed on, is not declared", index,
                                       block_name(ready)));
                }
                if (at->initial != 0) {
                    refute(fmt::format("semaphore {} begins at {}: {}", index, at->initial,
                                       index == ready ? "the sender of " + block_name(ready) +
                                                            " would count cores that have no room yet"
                                                      : block_name(ready) + " would be taken before it has arrived"));
                }
                if (!used.insert(index).second) {
                    refute(fmt::format("semaphore {} has two meanings", index));
                }
            }
        }
    }

    std::vector<Part> specialised(const Code& code, Ranges known,
                                  std::map<std::string, int64_t, std::less<>>& room) const {
        std::vector<Part> parts;
        for (const Node& node : code) {
            if (const auto* declared = std::get_if<device::Declare>(&node->of)) {
                if (declared->value != nullptr) {
                    known.set(declared->var, declared->changes ? Range::all() : known.of(declared->value));
                }
            } else if (const auto* assigned = std::get_if<device::Assign>(&node->of)) {
                known.set(assigned->var, Range::all());
            } else if (const auto* loop = std::get_if<device::Loop>(&node->of)) {
                auto inside = room;
                std::vector<Part> body = specialised(loop->body, known, inside);
                if (hands(body)) {
                    parts.push_back({Part::Kind::Loop, &node, 0, 0, {}, {}, std::move(body), {}});
                }
            } else if (const auto* branch = std::get_if<device::Branch>(&node->of)) {
                const Range holds = known.of(branch->condition);
                if (holds.low == holds.high) {
                    std::vector<Part> taken =
                        specialised(holds.low != 0 ? branch->then : branch->otherwise, known, room);
                    std::move(taken.begin(), taken.end(), std::back_inserter(parts));
                    continue;
                }
                auto on_then = room, on_else = room;
                Part part{Part::Kind::Branch,
                          &node,
                          0,
                          0,
                          {},
                          {},
                          specialised(branch->then, known, on_then),
                          specialised(branch->otherwise, known, on_else)};
                if (!part.then.empty() || !part.otherwise.empty()) {
                    parts.push_back(std::move(part));
                }
            } else if (std::holds_alternative<device::Leave>(node->of)) {
                parts.push_back({Part::Kind::Leave, &node, 0, 0, {}, {}, {}, {}});
            } else if (const auto* made = std::get_if<Call>(&node->of)) {
                one_call(*made, node, known, room, parts);
            }
        }
        return parts;
    }

    /// Whether it hands over or pushes anything; what does not is nobody else's business.
    static bool hands(const std::vector<Part>& parts) {
        return std::any_of(parts.begin(), parts.end(), [](const Part& part) {
            return part.kind < Part::Kind::Loop || hands(part.then) || hands(part.otherwise);
        });
    }

    void one_call(const Call& made, const Node& node, const Ranges& known,
                  std::map<std::string, int64_t, std::less<>>& room, std::vector<Part>& parts) const {
        const auto* ring = made.arguments.empty() ? nullptr : std::get_if<std::string>(&made.arguments[0]);
        if (ring != nullptr && made.function == "cb_reserve_back" && argument(made, 1) != nullptr) {
            room[*ring] = known.of(*argument(made, 1)).low;
        } else if (ring != nullptr && made.function == "cb_push_back") {
            room.erase(*ring);
            if (rings_.contains(*ring)) {
                parts.push_back({Part::Kind::Push, &node, 0, 0, *ring, {}, {}, {}});
            }
        } else if (handover(node) != nullptr) {
            const bool sends = made.function == "multicast_block";
            const auto ready = static_cast<uint32_t>(known.of(*argument(made, sends ? 7 : 2)).low);
            parts.push_back(
                {sends ? Part::Kind::Send : Part::Kind::Receive, &node, ready, valid_.at(ready), {}, room, {}, {}});
        }
    }

    /// Room is made before it is told of.
    void rooms(const std::vector<Part>& parts, size_t core) const {
        for (const Part& part : parts) {
            if (part.kind == Part::Kind::Send || part.kind == Part::Kind::Receive) {
                const Sent& sent = sent_.at(part.ready);
                const auto ring = std::find_if(program_.circular_buffers.begin(), program_.circular_buffers.end(),
                                               [&](const auto& one) { return one.name == sent.ring; });
                const auto reserved = part.room.find(sent.ring);
                const int64_t bytes = ring == program_.circular_buffers.end() || reserved == part.room.end()
                                          ? 0
                                          : reserved->second * ring->page_bytes;
                if (bytes < sent.bytes) {
                    refute(fmt::format("{} has reserved {} bytes of {} where a block of {} bytes arrives",
                                       core_name(core), bytes, sent.ring, sent.bytes),
                           (*part.node)->span);
                }
            }
            rooms(part.then, core);
            rooms(part.otherwise, core);
        }
    }

    // --- Lines ------------------------------------------------------------------------------------------------------

    using Found = std::vector<const Part*>;
    static void find(const std::vector<Part>& parts, uint32_t ready, Found& found) {
        for (const Part& part : parts) {
            if ((part.kind == Part::Kind::Send || part.kind == Part::Kind::Receive) && part.ready == ready) {
                found.push_back(&part);
            }
            find(part.then, ready, found);
            find(part.otherwise, ready, found);
        }
    }

    int64_t value(const Part& part, size_t argument_number, size_t core) const {
        const ir::Expr* expr = argument(std::get<Call>((*part.node)->of), argument_number);
        const Range range = expr == nullptr ? Range::all() : cores_[core].of(*expr);
        if (range.low != range.high) {
            give_up(fmt::format("where {} goes is known at run time only", block_name(part.ready)), (*part.node)->span);
        }
        return range.low;
    }

    arch::Coord place(size_t core) const {
        const device::CoreWork& work = program_.cores[core];
        return chip_.worker_virtual.at(work.y * size_t{chip_.compute_grid.x} + work.x);
    }

    /// All lines of one operand.
    std::string line_of(uint32_t ready, const std::vector<std::vector<Part>>& parts) const {
        std::map<size_t, std::vector<size_t>> lines;  // sender: receivers
        std::map<size_t, size_t> sender_of;
        std::map<std::pair<uint16_t, uint16_t>, size_t> at;
        for (size_t core = 0; core < parts.size(); ++core) {
            at[{place(core).x, place(core).y}] = core;
        }
        for (size_t core = 0; core < parts.size(); ++core) {
            Found found;
            find(parts[core], ready, found);
            for (const Part* part : found) {
                if (part->kind == Part::Kind::Receive) {
                    const auto from = at.find(
                        {static_cast<uint16_t>(value(*part, 0, core)), static_cast<uint16_t>(value(*part, 1, core))});
                    if (from == at.end()) {
                        refute(fmt::format("{} waits for {} from a core that does not work", core_name(core),
                                           block_name(ready)),
                               (*part->node)->span);
                    }
                    const auto [known, fresh] = sender_of.emplace(core, from->second);
                    if (!fresh && known->second != from->second) {
                        give_up(block_name(ready) + " comes from several cores", (*part->node)->span);
                    }
                } else {
                    lines[core] = reached(*part, core, at);
                }
            }
        }
        size_t longest = 0;
        for (const auto& [sender, receivers] : lines) {
            if (sender_of.contains(sender)) {
                give_up(fmt::format("{} both sends and receives {}", core_name(sender), block_name(ready)));
            }
            longest = std::max(longest, receivers.size());
            compare(ready, sender, receivers, sender_of, parts);
        }
        for (const auto& [receiver, sender] : sender_of) {
            const auto line = lines.find(sender);
            if (line == lines.end() ||
                std::find(line->second.begin(), line->second.end(), receiver) == line->second.end()) {
                refute(fmt::format("{} waits for {} from {}, which sends it nothing", core_name(receiver),
                                   block_name(ready), core_name(sender)),
                       {},
                       {fmt::format("{} waits until semaphore {} says that the block has arrived", core_name(receiver),
                                    valid_.at(ready))});
            }
        }
        uniform(ready, lines, parts);
        return fmt::format("{} is handed on in {} line{} of {} cores", block_name(ready), lines.size(),
                           lines.size() == 1 ? "" : "s", longest + 1);
    }

    /// The cores that a sender's rectangle covers, itself left out.
    std::vector<size_t> reached(const Part& part, size_t core,
                                const std::map<std::pair<uint16_t, uint16_t>, size_t>& at) const {
        const int64_t x0 = value(part, 2, core), y0 = value(part, 3, core), x1 = value(part, 4, core),
                      y1 = value(part, 5, core), receivers = value(part, 6, core);
        std::vector<size_t> result;
        for (const arch::Coord& worker : chip_.worker_virtual) {
            if (worker.x < std::min(x0, x1) || worker.x > std::max(x0, x1) || worker.y < std::min(y0, y1) ||
                worker.y > std::max(y0, y1) || worker == place(core)) {
                continue;
            }
            const auto known = at.find({worker.x, worker.y});
            if (known == at.end()) {
                refute(fmt::format("{} sends {} to a core that has no work of this program, at ({}, {})",
                                   core_name(core), block_name(part.ready), worker.x, worker.y),
                       (*part.node)->span);
            }
            result.push_back(known->second);
        }
        if (static_cast<int64_t>(result.size()) != receivers) {
            refute(fmt::format("{} waits until {} cores have room for {}, and its line has {} others", core_name(core),
                               receivers, block_name(part.ready), result.size()),
                   (*part.node)->span,
                   {fmt::format("semaphore {} of {} gets to {} and no further", part.ready, core_name(core),
                                result.size()),
                    fmt::format("the other {} wait for semaphore {}", result.size(), part.valid)});
        }
        return result;
    }

    static std::string told(const Part& part, const Handshakes& of) {
        switch (part.kind) {
            case Part::Kind::Send:
                return "sends " + of.block_name(part.ready);
            case Part::Kind::Receive:
                return "waits for " + of.block_name(part.ready);
            case Part::Kind::Push:
                return "pushes " + part.ring;
            case Part::Kind::Loop:
                return "is at a loop";
            case Part::Kind::Branch:
                return "is at a condition";
            case Part::Kind::Leave:
                break;
        }
        return "leaves a loop";
    }

    /// The first place where two cores do not hand over the same. Nothing: there is none.
    std::optional<std::pair<const Part*, const Part*>> differ(const std::vector<Part>& a,
                                                              const std::vector<Part>& b) const {
        for (size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
            const Part *x = i < a.size() ? &a[i] : nullptr, *y = i < b.size() ? &b[i] : nullptr;
            if (x == nullptr || y == nullptr) {
                return std::pair(x, y);
            }
            const auto hands = [](const Part& part) {
                return part.kind == Part::Kind::Send || part.kind == Part::Kind::Receive;
            };
            bool alike = hands(*x) ? hands(*y) && x->ready == y->ready : x->kind == y->kind && x->ring == y->ring;
            if (alike && x->kind == Part::Kind::Loop) {
                const auto &p = std::get<device::Loop>((*x->node)->of), &q = std::get<device::Loop>((*y->node)->of);
                alike = same_text(p.begin, q.begin) && same_text(p.end, q.end) && same_text(p.step, q.step);
            } else if (alike && x->kind == Part::Kind::Branch) {
                alike = same_text(std::get<device::Branch>((*x->node)->of).condition,
                                  std::get<device::Branch>((*y->node)->of).condition);
            }
            if (!alike) {
                return std::pair(x, y);
            }
            for (const auto side : {&Part::then, &Part::otherwise}) {
                if (auto inside = differ(x->*side, y->*side)) {
                    return inside;
                }
            }
        }
        return std::nullopt;
    }

    void in_one_order(size_t core, const std::vector<size_t>& others,
                      const std::vector<std::vector<Part>>& parts) const {
        for (const size_t other : others) {
            if (const auto where = differ(parts[core], parts[other])) {
                const auto& [a, b] = *where;
                const auto says = [&](size_t who, const Part* part) {
                    return core_name(who) + " " + (part == nullptr ? "is at its end" : told(*part, *this));
                };
                refute("cores of a line do not hand over the same blocks in the same order",
                       a != nullptr ? (*a->node)->span : Span{}, {says(core, a), says(other, b)});
            }
        }
    }

    void compare(uint32_t ready, size_t sender, const std::vector<size_t>& receivers,
                 const std::map<size_t, size_t>& sender_of, const std::vector<std::vector<Part>>& parts) const {
        in_one_order(sender, receivers, parts);
        for (const size_t receiver : receivers) {
            const auto from = sender_of.find(receiver);
            if (from == sender_of.end() || from->second != sender) {
                refute(fmt::format("{} sends {} to {}, which waits for another", core_name(sender), block_name(ready),
                                   core_name(receiver)));
            }
        }
    }

    // --- What is the same for a line --------------------------------------------------------------------------------

    /// All cores as if they were one line.
    std::map<size_t, std::vector<size_t>> everybody() const {
        std::vector<size_t> others(program_.cores.size() - 1);
        std::iota(others.begin(), others.end(), size_t{1});
        return {{size_t{0}, std::move(others)}};
    }

    void alike(const Code& code, const Vars& vars) const {
        for (const Node& node : code) {
            const auto fails = [&](const ir::Expr& expr) {
                if (depends(expr, vars)) {
                    give_up(fmt::format("two kernels of a core hand blocks to others, and what the {} does differs "
                                        "between cores here",
                                        name_of(kernel_->role)),
                            node->span);
                }
            };
            if (const auto* loop = std::get_if<device::Loop>(&node->of); loop != nullptr && uses_rings(loop->body)) {
                fails(loop->begin);
                fails(loop->end);
                alike(loop->body, vars);
            } else if (const auto* branch = std::get_if<device::Branch>(&node->of);
                       branch != nullptr && (uses_rings(branch->then) || uses_rings(branch->otherwise))) {
                fails(branch->condition);
                alike(branch->then, vars);
                alike(branch->otherwise, vars);
            }
        }
    }

    /// Variables that may differ between cores of one line of the operand.
    Vars differing(const std::map<size_t, std::vector<size_t>>& lines) const {
        Vars result;
        for (const auto& [var, values] : arguments_) {
            for (const auto& [sender, receivers] : lines) {
                if (std::any_of(receivers.begin(), receivers.end(),
                                [&](size_t receiver) { return values[receiver] != values[sender]; })) {
                    result.insert(var);
                }
            }
        }
        return spread(kernel_->body, std::move(result));
    }
    bool concerns(const std::vector<Part>& parts, uint32_t ready) const {
        return std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
            return ((part.kind == Part::Kind::Send || part.kind == Part::Kind::Receive) && part.ready == ready) ||
                   (part.kind == Part::Kind::Push && part.ring == sent_.at(ready).ring) || concerns(part.then, ready) ||
                   concerns(part.otherwise, ready);
        });
    }

    static bool leaves(const std::vector<Part>& parts) {
        return std::any_of(parts.begin(), parts.end(), [](const Part& part) {
            return part.kind == Part::Kind::Leave ||
                   (part.kind != Part::Kind::Loop && (leaves(part.then) || leaves(part.otherwise)));
        });
    }

    void uniform(uint32_t ready, const std::map<size_t, std::vector<size_t>>& lines,
                 const std::vector<std::vector<Part>>& parts) const {
        if (lines.empty()) {
            return;
        }
        const Vars vars = differing(lines);
        if (two_) {
            for (const auto& [first, others] : everybody()) {
                in_one_order(first, others, parts);
            }
        }
        for (const auto& [sender, receivers] : lines) {
            for (const size_t receiver : receivers) {
                const auto &a = program_.cores[sender], &b = program_.cores[receiver];
                if (a.count != b.count) {
                    refute(fmt::format("{} does {} blocks and {} does {}, and {} is handed on for each",
                                       core_name(sender), a.count, core_name(receiver), b.count, block_name(ready)),
                           {},
                           {fmt::format("{} waits for the other at its block {}",
                                        core_name(a.count > b.count ? sender : receiver), std::min(a.count, b.count))});
                }
            }
        }
        same_for_all(parts[lines.begin()->first], ready, vars, false);
    }

    void same_for_all(const std::vector<Part>& parts, uint32_t ready, const Vars& vars, bool leaving) const {
        for (const Part& part : parts) {
            const Span span = (*part.node)->span;
            const auto fails = [&](const ir::Expr& expr) {
                if (!depends(expr, vars)) {
                    return;
                }
                std::string which;
                ir::walk(expr, [&](const ir::Expr& node) {
                    if (node->op == ir::Op::Var && vars.contains(node->var.get())) {
                        which = node->var->name;
                    }
                });
                give_up(fmt::format("how often {} is handed on depends on {}, which differs between cores of a line",
                                    block_name(ready), which),
                        span);
            };
            if (part.kind == Part::Kind::Loop && concerns(part.then, ready)) {
                const auto& loop = std::get<device::Loop>((*part.node)->of);
                fails(loop.begin);
                fails(loop.end);
                same_for_all(part.then, ready, vars, leaves(part.then));
            } else if (part.kind == Part::Kind::Branch &&
                       (leaving || concerns(part.then, ready) || concerns(part.otherwise, ready))) {
                fails(std::get<device::Branch>((*part.node)->of).condition);
                same_for_all(part.then, ready, vars, leaving);
                same_for_all(part.otherwise, ready, vars, leaving);
            }
        }
    }
};

}  // namespace

Verdict handshakes(const device::Program& program, const arch::Chip& chip) {
    const auto verdict = [&](Verdict::Kind kind, std::string what, Span span = {}) {
        return Verdict{kind, Property::Progress, program.name, std::move(what), span, {}};
    };
    std::vector<const device::KernelCode*> handing;
    std::optional<Verdict> unknown;
    for (const device::KernelCode& kernel : program.kernels) {
        bool has = false;
        each(kernel.body, [&](const Node& node) {
            has = has || handover(node) != nullptr;
            const auto* made = std::get_if<Call>(&node->of);
            if (made != nullptr && made->function.find("semaphore") != std::string::npos && !unknown) {
                unknown = verdict(Verdict::Kind::NotProved,
                                  fmt::format("{} waits for other cores by {}, of which nothing is known here",
                                              name_of(kernel.role), made->function),
                                  node->span);
            }
        });
        if (has) {
            handing.push_back(&kernel);
        }
    }
    if (unknown) {
        return *unknown;
    }
    if (handing.empty()) {
        return verdict(Verdict::Kind::Proved, "no core waits for another");
    }
    try {
        const bool two = handing.size() > 1;
        std::vector<std::string> told;
        std::set<uint32_t> used;
        for (const device::KernelCode* kernel : handing) {
            Handshakes one(program, chip, *kernel, two);
            for (std::string& line : one.lines()) {
                told.push_back(std::move(line));
            }
            for (const uint32_t semaphore : one.used()) {
                if (!used.insert(semaphore).second) {
                    return verdict(Verdict::Kind::Refuted,
                                   fmt::format("two kernels hand blocks on by semaphore {}", semaphore));
                }
            }
        }
        if (two) {
            for (const device::KernelCode& kernel : program.kernels) {
                Handshakes(program, chip, kernel, two).require_alike();
            }
        }
        return verdict(Verdict::Kind::Proved,
                       fmt::format("cores never wait for each other for ever: {}", fmt::join(told, ", ")));
    } catch (Decided& decided) {
        return std::move(decided.verdict);
    }
}

}  // namespace tessera::tile::prove
