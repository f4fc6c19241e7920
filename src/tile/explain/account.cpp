#include <tile/explain/account.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <set>

#include <arch/engine_time.h>
#include <arch/noc_time.h>
#include <fmt/format.h>
#include <tile/prove/ranges.h>

namespace tessera::tile::explain {

namespace {

using device::Call;
using device::Code;
using device::Node;

constexpr int64_t most_turns = 4096;  ///< of a loop that are looked at one by one; of a longer one a sample

constexpr int64_t endless_turns = int64_t{1} << 30;  ///< a while loop: it is left from inside

/// Whose value of a call's argument decides how much is done.
const std::set<std::string_view>& windows() {
    static const std::set<std::string_view> names{"read_window", "write_window"};
    return names;
}

class Counter {
public:
    Counter(const device::Program& program, const device::Module& module, Account& account)
        : program_(program), account_(account) {
        for (const device::Tensor& tensor : module.tensors) {
            tensors_[tensor.param->name] = &tensor;
        }
        for (const device::CircularBuffer& ring : program.circular_buffers) {
            rings_[ring.name] = &ring;
        }
    }

    void count() {
        account_.cores.resize(program_.cores.size());
        for (const device::KernelCode& kernel : program_.kernels) {
            matter_.clear();
            role_ = kernel.role;
            for (size_t core = 0; core < program_.cores.size(); ++core) {
                const device::CoreWork& own = program_.cores[core];
                values_.clear();
                for (const device::RuntimeArgument& argument : kernel.runtime_arguments) {
                    using Meaning = device::RuntimeArgument::Meaning;
                    if (argument.meaning == Meaning::StartId) {
                        values_[argument.name] = own.start;
                    } else if (argument.meaning == Meaning::Count) {
                        values_[argument.name] = own.count;
                    } else if (argument.meaning == Meaning::CoreValue && core < argument.values.size()) {
                        values_[argument.name] = argument.values[core];
                    }
                }
                known_ = {};
                account_.cores[core].add(work_of(kernel.body), 1);
            }
        }
        const std::set<std::string> once(account_.inexact.begin(), account_.inexact.end());
        account_.inexact.assign(once.begin(), once.end());
    }

private:
    const device::Program& program_;
    Account& account_;
    std::map<std::string, const device::Tensor*, std::less<>> tensors_;
    std::map<std::string, const device::CircularBuffer*, std::less<>> rings_;
    std::map<std::string, int64_t, std::less<>> values_;  ///< of run-time arguments, which code names freely
    prove::Ranges known_;
    std::map<const Code*, std::set<const ir::VarNode*>>
        matter_;  ///< variables that the work of a piece of code depends on
    std::map<const device::Loop*, std::optional<std::vector<ir::Var>>> depends_;
    std::map<std::pair<const device::Loop*, std::vector<std::pair<int64_t, int64_t>>>, Work> counted_;
    device::Role role_ = device::Role::Reader;

    void inexact(std::string why) { account_.inexact.push_back(std::move(why)); }

    /// Variables that stand for run-time arguments get their values where they are met.
    void learn(const ir::Expr& expr) {
        ir::walk(expr, [&](const ir::Expr& node) {
            if (node->op == ir::Op::Var) {
                learn(node->var);
            }
        });
    }
    void learn(const ir::Var& var) {
        if (const auto value = values_.find(var->name); value != values_.end()) {
            known_.set(var, {value->second, value->second});
        }
    }

    prove::Range range(const ir::Expr& expr) {
        learn(expr);
        return known_.of(expr);
    }

    /// The value of an argument; of one that is known to lie between two: the larger.
    int64_t value(const ir::Expr& expr, const char* what, const Span& span) {
        const prove::Range found = range(expr);
        if (found.low != found.high) {
            inexact(fmt::format("{} (line {}) is known at run time only", what, span.line));
        }
        constexpr int64_t endless = int64_t{1} << 40;
        return found.high > endless ? std::clamp<int64_t>(found.low, 0, endless) : found.high;
    }

    static void note(const ir::Expr& expr, std::set<const ir::VarNode*>& into) {
        ir::walk(expr, [&](const ir::Expr& node) {
            if (node->op == ir::Op::Var) {
                into.insert(node->var.get());
            }
        });
    }

    const std::set<const ir::VarNode*>& matters(const Code& code) {
        const auto [at, is_new] = matter_.try_emplace(&code);
        if (!is_new) {
            return at->second;
        }
        std::set<const ir::VarNode*> found;
        // From the end: what a later statement depends on says which declarations matter.
        for (auto node = code.rbegin(); node != code.rend(); ++node) {
            if (const auto* loop = std::get_if<device::Loop>(&(*node)->of)) {
                const auto& inner = matters(loop->body);
                found.insert(inner.begin(), inner.end());
                note(loop->begin, found);
                note(loop->end, found);
                note(loop->step, found);
            } else if (const auto* branch = std::get_if<device::Branch>(&(*node)->of)) {
                for (const Code* side : {&branch->then, &branch->otherwise}) {
                    const auto& inner = matters(*side);
                    found.insert(inner.begin(), inner.end());
                }
                note(branch->condition, found);
            } else if (const auto* call = std::get_if<Call>(&(*node)->of)) {
                if (windows().contains(call->function)) {
                    for (const device::Argument& argument : call->arguments) {
                        if (const auto* expr = std::get_if<ir::Expr>(&argument)) {
                            note(*expr, found);
                        }
                    }
                }
            } else if (const auto* declared = std::get_if<device::Declare>(&(*node)->of)) {
                if (found.contains(declared->var.get()) && declared->value) {
                    note(declared->value, found);
                }
            } else if (const auto* assigned = std::get_if<device::Assign>(&(*node)->of)) {
                if (found.contains(assigned->var.get())) {
                    note(assigned->value, found);
                }
            }
        }
        return matter_[&code] = std::move(found);
    }

    Work work_of(const Code& code) {
        Work work;
        for (const Node& node : code) {
            std::visit([&](const auto& of) { count(of, node->span, work); }, node->of);
        }
        return work;
    }

    void count(const device::Declare& declared, const Span&, Work&) {
        if (declared.value) {
            known_.set(declared.var, range(declared.value));
        } else {
            learn(declared.var);
        }
    }
    void count(const device::Assign& assigned, const Span&, Work&) { known_.set(assigned.var, range(assigned.value)); }
    void count(const device::Comment&, const Span&, Work&) {}
    void count(const device::Leave&, const Span& span, Work&) {
        inexact(fmt::format("when the loop at line {} is left is known at run time only", span.line));
    }

    void count(const device::Branch& branch, const Span& span, Work& work) {
        const prove::Range condition = range(branch.condition);
        if (condition.low == condition.high) {
            work.add(work_of(condition.low != 0 ? branch.then : branch.otherwise), 1);
            return;
        }
        const Work then = work_of(branch.then);
        if (then.sent == 0 && then.products == 0 && then.read_bytes.empty() && then.written_bytes.empty() &&
            then.vector_tiles == 0 && then.packed == 0) {
            work.add(work_of(branch.otherwise), 1);
            return;
        }
        inexact(fmt::format("the condition at line {} is known at run time only", span.line));
        work.add(then, 1);
    }

    /// What a loop's work depends on from outside; nothing if it changes variables, so that it leaves a state behind.
    const std::optional<std::vector<ir::Var>>& depends_on(const device::Loop& loop) {
        const auto [at, is_new] = depends_.try_emplace(&loop);
        if (!is_new) {
            return at->second;
        }
        std::map<const ir::VarNode*, ir::Var> used;
        std::set<const ir::VarNode*> own = {loop.var.get()};
        bool changes = false;
        const auto use = [&](const ir::Expr& expr) {
            ir::walk(expr, [&](const ir::Expr& node) {
                if (node->op == ir::Op::Var) {
                    used.emplace(node->var.get(), node->var);
                }
            });
        };
        const std::function<void(const Code&)> look = [&](const Code& code) {
            for (const Node& node : code) {
                if (const auto* inner = std::get_if<device::Loop>(&node->of)) {
                    own.insert(inner->var.get());
                    use(inner->begin);
                    use(inner->end);
                    look(inner->body);
                } else if (const auto* branch = std::get_if<device::Branch>(&node->of)) {
                    use(branch->condition);
                    look(branch->then);
                    look(branch->otherwise);
                } else if (const auto* declared = std::get_if<device::Declare>(&node->of)) {
                    own.insert(declared->var.get());
                    if (declared->value) {
                        use(declared->value);
                    }
                } else if (const auto* call = std::get_if<Call>(&node->of)) {
                    if (call->result) {
                        own.insert(call->result.get());
                    }
                    for (const device::Argument& argument : call->arguments) {
                        if (const auto* expr = std::get_if<ir::Expr>(&argument)) {
                            use(*expr);
                        }
                    }
                } else if (std::holds_alternative<device::Assign>(node->of)) {
                    changes = true;
                }
            }
        };
        look(loop.body);
        use(loop.begin);
        use(loop.end);
        if (!changes) {
            const auto& wanted = matters(loop.body);
            std::set<const ir::VarNode*> bounds;
            note(loop.begin, bounds);
            note(loop.end, bounds);
            std::vector<ir::Var> result;
            for (const auto& [node, var] : used) {
                if (!own.contains(node) && (wanted.contains(node) || bounds.contains(node))) {
                    result.push_back(var);
                }
            }
            at->second = std::move(result);
        }
        return at->second;
    }

    /// The same loop with the same values around it is counted once, however many blocks and cores have it.
    void count(const device::Loop& loop, const Span& span, Work& work) {
        const auto& around = depends_on(loop);
        if (!around) {
            turns_of(loop, span, work);
            return;
        }
        std::vector<std::pair<int64_t, int64_t>> values;
        values.reserve(around->size());
        for (const ir::Var& var : *around) {
            const prove::Range value = range(ir::make_var(var));
            values.emplace_back(value.low, value.high);
        }
        const auto [at, is_new] = counted_.try_emplace({&loop, std::move(values)});
        if (is_new) {
            Work own;
            turns_of(loop, span, own);
            at->second = std::move(own);
        }
        work.add(at->second, 1);
    }

    void turns_of(const device::Loop& loop, const Span& span, Work& work) {
        const int64_t begin = value(loop.begin, "where the loop begins", span);
        const int64_t end = value(loop.end, "where the loop ends", span);
        const int64_t step = std::max<int64_t>(value(loop.step, "the step of the loop", span), 1);
        const int64_t turns = std::max<int64_t>((end - begin + step - 1) / step, 0);
        if (turns == 0) {
            return;
        }
        if (turns > endless_turns) {
            inexact(fmt::format(
                "how often the loop at line {} goes round is known at run time only: one turn is counted", span.line));
            work.add(work_of(loop.body), 1);
            return;
        }
        bool changes = matters(loop.body).contains(loop.var.get());
        // What a turn leaves to the next one.
        for (const Node& node : loop.body) {
            if (const auto* assigned = std::get_if<device::Assign>(&node->of)) {
                changes = changes || matters(loop.body).contains(assigned->var.get());
            }
        }
        if (!changes) {
            known_.set(loop.var, {begin, begin + (turns - 1) * step});
            work.add(work_of(loop.body), static_cast<double>(turns));
            return;
        }
        const int64_t looked_at = std::min(turns, most_turns);
        if (looked_at < turns) {
            inexact(fmt::format("of {} turns of the loop at line {}, {} were counted", turns, span.line, looked_at));
        }
        Work sum;
        for (int64_t i = 0; i < looked_at; ++i) {
            const int64_t at = begin + i * turns / looked_at * step;
            known_.set(loop.var, {at, at});
            sum.add(work_of(loop.body), 1);
        }
        work.add(sum, static_cast<double>(turns) / static_cast<double>(looked_at));
    }

    // --- Calls ------------------------------------------------------------------------------------------------------

    const device::Tensor* tensor_of(const Call& call) const {
        for (const device::Argument& argument : call.arguments) {
            if (const auto* name = std::get_if<std::string>(&argument)) {
                if (const auto found = tensors_.find(*name); found != tensors_.end()) {
                    return found->second;
                }
            }
        }
        return nullptr;
    }

    static void move(Work& work, const device::Tensor& tensor, double bytes, bool write) {
        (write ? work.written_bytes : work.read_bytes)[tensor.param->name] += bytes;
        double& where = write ? (tensor.in_l1 ? work.l1_written : work.dram_written)
                              : (tensor.in_l1 ? work.l1_read : work.dram_read);
        where += bytes;
    }

    int64_t argument(const Call& call, size_t index, const Span& span) {
        const auto* expr = index < call.arguments.size() ? std::get_if<ir::Expr>(&call.arguments[index]) : nullptr;
        return expr == nullptr ? 0 : value(*expr, call.function.c_str(), span);
    }

    /// Tiles that a window of a matrix touches: of read_window and write_window, whose arguments are (tensor, first
    /// page, rows and columns in tiles, first row and column, rows and columns, ...).
    void window(const Call& call, const Span& span, Work& work) {
        const device::Tensor* tensor = tensor_of(call);
        if (tensor == nullptr || call.arguments.size() < 8) {
            return;
        }
        const bool turned = call.template_arguments.size() > 1 && call.template_arguments[1] == "true";
        const auto number = [&](size_t index) { return argument(call, index, span); };
        const int64_t tile_rows = number(2), tile_columns = number(3), row = number(4), column = number(5);
        const int64_t height = number(turned ? 7 : 6), width = number(turned ? 6 : 7);
        const auto tiles = [](int64_t first, int64_t end) { return end <= first ? 0 : (end + 31) / 32 - first / 32; };
        const int64_t touched = tiles(std::max<int64_t>(row, 0), std::min(row + height, tile_rows * 32)) *
                                tiles(std::max<int64_t>(column, 0), std::min(column + width, tile_columns * 32));
        const bool write = call.function == "write_window";
        const double bytes = static_cast<double>(touched) * tensor->page_bytes;
        work.barriers += static_cast<double>(touched) * (write ? 2 : 1);
        move(work, *tensor, bytes, false);
        if (write) {
            move(work, *tensor, bytes, true);
        }
    }

    bool movement(const Call& call, const Span& span, Work& work) {
        const std::string& name = call.function;
        if (name == "noc_async_read_page" || name == "noc_async_write_page") {
            if (const device::Tensor* tensor = tensor_of(call)) {
                move(work, *tensor, tensor->page_bytes, name == "noc_async_write_page");
            }
        } else if (windows().contains(name)) {
            window(call, span, work);
        } else if (name == "read_word") {
            if (const device::Tensor* tensor = tensor_of(call)) {
                move(work, *tensor, 64, false);
                work.barriers += 1;
            }
        } else if (name == "multicast_block") {
            work.sent += static_cast<double>(argument(call, 1, span));
        } else if (name == "receive_block" || name.ends_with("_barrier")) {
            work.barriers += 1;
        } else if (name == "cb_push_back") {
            if (const auto* ring = std::get_if<std::string>(&call.arguments.at(0))) {
                work.pushed[*ring] += static_cast<double>(argument(call, 1, span));
            }
        } else if (const device::Tensor* tensor = tensor_of(call)) {
            inexact(fmt::format("what {} (line {}) moves is not counted", name, span.line));
            move(work, *tensor, tensor->page_bytes, name.starts_with("write"));
        } else {
            return false;
        }
        return true;
    }

    void count(const Call& call, const Span& span, Work& work) {
        if (call.result) {
            learn(call.result);
        }
        if (movement(call, span, work) || role_ != device::Role::Compute) {
            return;
        }
        const std::string& name = call.function;
        if (name.find("_init") != std::string::npos || name.find("reconfig") != std::string::npos) {
            return;
        }
        static const std::set<std::string_view> matrix{
            "add_tiles",         "sub_tiles",   "mul_tiles",       "copy_tile",       "transpose_wh_tile",
            "transpose_wh_dest", "unary_bcast", "add_tiles_bcast", "sub_tiles_bcast", "mul_tiles_bcast"};
        if (name == "matmul_block") {
            // (a, b, tile of a, tile of b, DST, transpose, columns, rows, tiles of K in a row)
            work.products += static_cast<double>(argument(call, 6, span) * argument(call, 7, span));
        } else if (name == "matmul_tiles") {
            work.products += 1;
        } else if (name == "reduce_tile") {
            work.reductions += 1;
        } else if (matrix.contains(name) || name.starts_with("binary_dest_reuse")) {
            work.matrix_tiles += 1;
        } else if (name == "pack_tile" || name == "pack_tile_block") {
            const auto* ring = call.arguments.size() > 1 ? std::get_if<std::string>(&call.arguments[1]) : nullptr;
            const auto found = ring == nullptr ? rings_.end() : rings_.find(*ring);
            const double tiles = name == "pack_tile_block" ? static_cast<double>(argument(call, 2, span)) : 1;
            work.packed += tiles;
            work.packed_bytes += tiles * (found == rings_.end() ? 2048 : found->second->page_bytes);
        } else if (name.ends_with("_tile") || name.ends_with("_tile_int") || name == "sfpu_reduce") {
            work.vector_tiles += 1;
        }
    }
};

/// What each core of a rectangle gets of what the senders multicast: the sender of a ring's operand pushes as many
/// pages as the receivers do.
void receive(Account& account, const device::Program& program) {
    for (Work& work : account.cores) {
        double pushed = 0;
        for (const device::CircularBuffer& ring : program.circular_buffers) {
            const auto pages = work.pushed.find(ring.name);
            const bool shared = std::any_of(program.semaphores.begin(), program.semaphores.end(), [&](const auto& one) {
                return "cb_" + one.name.substr(0, one.name.find(':')) == ring.name;
            });
            if (shared && pages != work.pushed.end()) {
                pushed += pages->second * ring.page_bytes;
            }
        }
        work.received = std::max(0.0, pushed - work.sent);
    }
}

}  // namespace

void Work::add(const Work& other, double times) {
    const auto sum = [&](std::map<std::string, double>& mine, const std::map<std::string, double>& its) {
        for (const auto& [name, value] : its) {
            mine[name] += value * times;
        }
    };
    sum(read_bytes, other.read_bytes);
    sum(written_bytes, other.written_bytes);
    sum(pushed, other.pushed);
    for (const auto field : {&Work::dram_read, &Work::dram_written, &Work::l1_read, &Work::l1_written, &Work::sent,
                             &Work::received, &Work::barriers, &Work::products, &Work::reductions, &Work::matrix_tiles,
                             &Work::vector_tiles, &Work::packed, &Work::packed_bytes}) {
        this->*field += other.*field * times;
    }
}

Work Account::total() const {
    Work sum;
    for (const Work& work : cores) {
        sum.add(work, 1);
    }
    return sum;
}

Account account(const device::Program& program, const device::Module& module) {
    Account result;
    Counter(program, module, result).count();
    receive(result, program);
    return result;
}

unsigned phases_of(const std::string& fidelity) {
    return fidelity == "LoFi" ? 1 : fidelity == "HiFi2" ? 2 : fidelity == "HiFi3" ? 3 : 4;
}

double Bounds::of() const {
    return std::max({matrix, packer, dram, network});
}

const char* Bounds::which() const {
    return of() == matrix ? "matrix unit" : of() == packer ? "packer" : of() == dram ? "DRAM" : "NoC";
}

Bounds bounds(const Account& account, const device::Program& program, const arch::Chip& chip) {
    const arch::EngineTime& engine = arch::engine_time(chip.name);
    const arch::NocTime noc = arch::noc_time(chip.name);
    Bounds result;
    double bytes = 0;
    for (const Work& work : account.cores) {
        // A tile that is not multiplied goes through the matrix unit 8 rows of 16 at a time.
        result.matrix =
            std::max(result.matrix, work.products * cycles_of_tile_product * phases_of(program.math_fidelity) +
                                        8 * (work.reductions + work.matrix_tiles));
        result.packer = std::max(result.packer, std::max(work.packed * 1024 / (engine.packers * engine.packer_datums),
                                                         work.packed_bytes / (engine.packers * engine.packer_bytes)));
        bytes += work.dram_read + work.dram_written;
        result.network = std::max({result.network, (work.dram_read + work.l1_read + work.received) / noc.flit_bytes,
                                   (work.dram_written + work.l1_written + work.sent) / noc.flit_bytes});
    }
    result.dram = bytes / (noc.dram_bytes_per_cycle * chip.num_dram_banks);
    return result;
}

}  // namespace tessera::tile::explain
