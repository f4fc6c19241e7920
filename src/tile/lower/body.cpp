#include <tile/lower/body.h>

#include <algorithm>
#include <set>

#include <fmt/format.h>
#include <tile/lower/compute_stores.h>
#include <tile/lower/gather.h>
#include <tile/lower/prune.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::lower {

namespace {

using device::Code;
using device::Role;
using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Var;

Expr number(int64_t value) {
    return ir::make_int(value);
}

Var make_var(const std::string& name, ir::DType dtype = ir::DType::Int32) {
    return std::make_shared<const ir::VarNode>(ir::VarNode{name, dtype});
}

/// Integers of a block that change or are read from tensors, as variables of the kernels. All three have the same.
struct Scalars {
    std::map<std::pair<Buffer, int64_t>, Var> locals;
    std::set<Var> for_compute;  ///< that the reader has to pass on
};

class BodyMaker {
public:
    BodyMaker(Role role, const LaunchPlan& plan, Scalars& scalars, device::Program& program, Diagnostics& diagnostics)
        : role_(role),
          plan_(plan),
          memory_(*plan.memory),
          flows_(*plan.flows),
          scalars_(scalars),
          program_(program),
          diagnostics_(diagnostics) {
        const pass::Facts facts = launch_facts(*plan.launch);
        movement_.tensors = plan.tensors;
        movement_.storage = &memory_.storage;
        movement_.cb_names = &memory_.names;
        movement_.diagnostics = &diagnostics;
        movement_.facts = facts;
        movement_.grid = plan.launch->vars;
        movement_.lane = plan.launch->in_turns ? plan.launch->vars.front() : nullptr;
        movement_.row = make_var("row");
        movement_.column = make_var("column");
        movement_.matrix = make_var("matrix");
        const int scratch = role == Role::Reader ? memory_.reader_scratch : memory_.writer_scratch;
        movement_.scratch = scratch < 0 ? "" : memory_.names.at(static_cast<uint32_t>(scratch));
        compute_.program = &program;
        compute_.diagnostics = &diagnostics;
        compute_.facts = facts;
        compute_.l1_accumulate = plan.l1_accumulate;
        const auto index = [](int cb) { return cb < 0 ? std::nullopt : std::optional(static_cast<uint32_t>(cb)); };
        compute_.row_index = index(memory_.row_index);
        compute_.column_index = index(memory_.column_index);
        compute_.ones = index(memory_.ones);
        compute_.scratch = memory_.scratch;
    }

    device::KernelCode make() {
        device::KernelCode kernel;
        kernel.role = role_;
        Code body;
        for (const auto& [var, value] : plan_.decode) {
            body.push_back(device::make_node(device::Declare{var, value, false}));
        }
        unwritten(body);
        append(body, block(flows_.body));
        Code code = {device::make_node(device::Declare{plan_.start, nullptr, false}),
                     device::make_node(device::Declare{plan_.count, nullptr, false})};
        const bool turns = plan_.turns.used() && role_ != Role::Compute;
        if (turns) {
            code.push_back(device::make_node(device::Declare{taken_, number(0), true}));
        }
        startup(code);
        const Expr blocks =
            plan_.step == 1 ? ir::make_var(plan_.count) : ir::make_var(plan_.count) * number(plan_.step);
        code.push_back(
            device::make_node(device::Loop{plan_.block, ir::make_var(plan_.start), ir::make_var(plan_.start) + blocks,
                                           number(plan_.step), std::move(body)}));
        if (turns && role_ == Role::Writer && plan_.turns.lanes > 1) {
            code.push_back(relay_turns(plan_.turns, taken_));
        }
        if (multicasts_ || turns) {
            code.push_back(call("noc_async_write_barrier", {}));
            code.push_back(call("noc_async_atomic_barrier", {}));
        }
        if (role_ == Role::Compute) {
            code = without_repeated_setups(code, program_);
        }
        kernel.body = without_unused(code);
        if (role_ == Role::Compute) {
            for (const std::string& include : compute_.includes) {
                if (!include.empty()) {
                    kernel.includes.push_back(include);
                }
            }
            program_.unpack_to_dest_fp32 = unpack_to_dest(compute_);
        } else {
            kernel.includes = {"api/dataflow/dataflow_api.h"};
            for (const std::string& tensor : movement_.accessors) {
                kernel.accessors.push_back(tensor);
                kernel.runtime_arguments.push_back(
                    {device::RuntimeArgument::Meaning::Address, tensor + "_address", tensor, {}});
            }
        }
        kernel.runtime_arguments.push_back({device::RuntimeArgument::Meaning::StartId, plan_.start->name, {}, {}});
        kernel.runtime_arguments.push_back({device::RuntimeArgument::Meaning::Count, plan_.count->name, {}, {}});
        if (plan_.rectangle.used()) {
            const Rectangle& r = plan_.rectangle;
            const std::vector<Var> vars = {r.core_x, r.core_y,   r.row_x,    r.row_y,       r.row_from,
                                           r.row_to, r.column_x, r.column_y, r.column_from, r.column_to};
            std::vector<device::RuntimeArgument> all = rectangle_arguments(r, role_, *plan_.chip);
            for (size_t i = 0; i < vars.size(); ++i) {
                if (uses(kernel.body, vars[i])) {
                    kernel.runtime_arguments.push_back(std::move(all[i]));
                    kernel.body.insert(kernel.body.begin(),
                                       device::make_node(device::Declare{vars[i], nullptr, false}));
                }
            }
        }
        if (turns) {
            for (auto& [var, argument] : turn_arguments(plan_.turns, *plan_.chip)) {
                if (uses(kernel.body, var)) {
                    kernel.runtime_arguments.push_back(std::move(argument));
                    kernel.body.insert(kernel.body.begin(), device::make_node(device::Declare{var, nullptr, false}));
                }
            }
        }
        return kernel;
    }

private:
    Role role_;
    const LaunchPlan& plan_;
    const Memory& memory_;
    const Flows& flows_;
    Scalars& scalars_;
    device::Program& program_;
    Diagnostics& diagnostics_;
    MovementContext movement_;
    ComputeContext compute_;
    std::optional<ComputeStep> first_step_;
    bool multicasts_ = false;
    const Var taken_ = make_var("turns_taken");  ///< of the reader and of the writer, which count alike

    static void append(Code& to, Code from) {
        to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
    }

    std::string cb_name(uint32_t number) const { return memory_.names.at(memory_.storage.all()[number].cb); }
    int64_t tiles(uint32_t number) const { return memory_.storage.all()[number].tiles(); }

    // --- before the first block -------------------------------------------------------------------------------------

    void startup(Code& code) {
        if (role_ == Role::Compute) {
            if (first_step_) {
                emit_startup(*first_step_, memory_.storage, compute_, code);
            }
            return;
        }
        if (role_ != Role::Reader) {
            return;
        }
        const auto once = [&](int cb, const char* fill) {
            if (cb < 0) {
                return;
            }
            const std::string& name = memory_.names.at(static_cast<uint32_t>(cb));
            const Var address = make_var(name.substr(3) + "_at", ir::DType::UInt32);
            code.push_back(call("cb_reserve_back", {name, number(1)}));
            code.push_back(device::make_node(device::Call{"get_write_ptr", {}, {name}, address}));
            code.push_back(call(fill, {ir::make_var(address)}));
            code.push_back(call("cb_push_back", {name, number(1)}));
        };
        once(memory_.row_index, "fill_row_index");
        once(memory_.column_index, "fill_column_index");
        once(memory_.ones, "fill_ones");
    }

    /// What is read before anything is written gets zeros.
    void unwritten(Code& code) {
        for (const uint32_t buffer : flows_.unwritten) {
            if (flows_.producer[buffer] != role_) {
                continue;
            }
            if (role_ == Role::Compute) {
                ComputeStep step;
                const Buffer& what = flows_.buffers[buffer];
                step.stmt =
                    ir::make_stmt(ir::Fill{ir::whole(what), ir::is_float(what->dtype) ? ir::make_float(0, what->dtype)
                                                                                      : ir::make_int(0, what->dtype)},
                                  what->span);
                step.result = what;
                compute(step, code);
            } else {
                const Var address = make_var(flows_.buffers[buffer]->name + "_start", ir::DType::UInt32);
                const auto& cb = program_.circular_buffers.at(memory_.storage.all()[buffer].cb);
                code.push_back(call("cb_reserve_back", {cb_name(buffer), number(tiles(buffer))}));
                code.push_back(device::make_node(device::Call{"get_write_ptr", {}, {cb_name(buffer)}, address}));
                code.push_back(call("fill_with_zeros", {ir::make_var(address), number(tiles(buffer) * cb.page_bytes)}));
                code.push_back(call("cb_push_back", {cb_name(buffer), number(tiles(buffer))}));
            }
        }
    }

    // --- control flow -----------------------------------------------------------------------------------------------

    /// What is live before and will not be read on this way is given back.
    void drop(const Live& before, const Live& after, Code& code) {
        for (const uint32_t buffer : before) {
            if (!after.contains(buffer) && flows_.consumer[buffer] == role_) {
                code.push_back(call("cb_wait_front", {cb_name(buffer), number(tiles(buffer))}));
                code.push_back(call("cb_pop_front", {cb_name(buffer), number(tiles(buffer))}));
            }
        }
    }

    Code block(const std::vector<Flow>& flows) {
        Code code;
        std::vector<Transfer> transfers;
        const auto flush = [&] {
            for (Transfer& transfer : transfers) {
                append(code, std::move(transfer.before));
                append(code, std::move(transfer.issue));
            }
            for (const bool reads : {true, false}) {
                if (std::any_of(transfers.begin(), transfers.end(),
                                [&](const Transfer& t) { return t.needs_barrier && t.reads == reads; })) {
                    code.push_back(call(reads ? "noc_async_read_barrier" : "noc_async_write_barrier", {}));
                }
            }
            for (Transfer& transfer : transfers) {
                append(code, std::move(transfer.after));
            }
            transfers.clear();
        };
        for (const Flow& flow : flows) {
            const bool tile = !flow.accesses.empty() || is_tile_statement(*flow.stmt);
            if (tile && flow.dead) {
                continue;
            }
            if (tile && flow.role == role_ && role_ != Role::Compute) {
                const ir::Turn turn = turn_of(*flow.stmt);
                if (turn != ir::Turn::None) {
                    // Nothing may wait for a turn that is itself behind what the turn waits for.
                    flush();
                }
                if (auto transfer = move(flow)) {
                    if (std::any_of(transfers.begin(), transfers.end(),
                                    [&](const Transfer& other) { return same_ring(other, *transfer); })) {
                        flush();
                    }
                    transfers.push_back(std::move(*transfer));
                }
                if (turn != ir::Turn::None) {
                    flush();
                    count_turn(turn, code);
                }
                continue;
            }
            flush();
            count_turn(turn_of(*flow.stmt), code);
            if (!tile) {
                control(flow, code);
            } else if (std::holds_alternative<ir::Let>(flow.stmt->of)) {
                hear(flow, code);
            } else if (flow.role == role_) {
                ComputeStep step = step_of(flow, flows_);
                const auto plain = [&](const Expr& expr) { return without_locals(expr); };
                step.stmt = ir::map_exprs(flow.stmt, plain);
                step.sums.start = step.sums.start ? ir::map_exprs(step.sums.start, plain) : nullptr;
                compute(step, code);
            }
        }
        flush();
        return code;
    }

    static ir::Turn turn_of(const ir::StmtNode& stmt) {
        const auto* copy = std::get_if<ir::Copy>(&stmt.of);
        return copy == nullptr ? ir::Turn::None : copy->turn;
    }

    /// The reader and the writer count all turns, whoever works in them.
    void count_turn(ir::Turn turn, Code& code) {
        if (turn == ir::Turn::Whole || (turn == ir::Turn::Begins && role_ == Role::Reader) ||
            (turn == ir::Turn::Ends && role_ == Role::Writer)) {
            if (role_ != Role::Compute) {
                code.push_back(device::make_node(device::Assign{taken_, ir::make_var(taken_) + number(1)}));
            }
        }
    }

    /// A transfer that begins or ends a turn, or is one.
    Transfer in_turn(Transfer transfer, ir::Turn turn, Span span) {
        if (turn == ir::Turn::Begins || turn == ir::Turn::Whole || turn == ir::Turn::Waits) {
            transfer.before.insert(transfer.before.begin() + 1, take_turn(plan_.turns, taken_, span));
        }
        if (turn == ir::Turn::Ends || turn == ir::Turn::Whole) {
            transfer.after.push_back(pass_turn(plan_.turns, span));
        }
        return transfer;
    }

    static bool same_ring(const Transfer& a, const Transfer& b) {
        const auto ring = [](const Transfer& transfer) {
            const auto& made = std::get<device::Call>(transfer.before.front()->of);
            return std::get<std::string>(made.arguments.front());
        };
        return ring(a) == ring(b);
    }

    void compute(const ComputeStep& step, Code& code) {
        if (!first_step_) {
            first_step_ = step;
        }
        emit_step(step, memory_.storage, compute_, code);
    }

    std::optional<Transfer> move(const Flow& flow) {
        const ir::Stmt stmt = ir::map_exprs(flow.stmt, [&](const Expr& expr) { return without_locals(expr); });
        if (const auto* im2col = std::get_if<ir::Im2col>(&stmt->of)) {
            Transfer transfer = read_patches(*im2col, stmt->span, movement_);
            return transfer.before.empty() ? std::nullopt : std::optional(std::move(transfer));
        }
        if (const auto gather = gather_of(*stmt)) {
            return read_gather(*gather, stmt->span, movement_);
        }
        // Atomics have become copies of what their owner summed.
        const auto* copy = &std::get<ir::Copy>(stmt->of);
        const bool loads = pass::is_tensor(copy->src.buffer);
        const uint32_t inside = flows_.number.at(loads ? copy->dst.buffer : copy->src.buffer);
        if (flows_.resident.contains(inside)) {
            return in_place(inside, loads, stmt->span);
        }
        if (loads) {
            Transfer transfer = in_turn(read_block(*copy, stmt->span, movement_), copy->turn, stmt->span);
            if (const auto at = plan_.rectangle.operands.find(copy->dst.buffer); at != plan_.rectangle.operands.end()) {
                const Place& place = memory_.storage.of(copy->dst.buffer);
                multicasts_ = true;
                const device::CircularBuffer& ring = program_.circular_buffers.at(place.cb);
                return shared_read(std::move(transfer), at->second, plan_.rectangle, place.tiles() * ring.page_bytes,
                                   ring.pages / place.tiles(), stmt->span);
            }
            return transfer;
        }
        const uint32_t buffer = flows_.number.at(copy->src.buffer);
        return in_turn(write_block(*copy, stmt->span, !flow.after.contains(buffer), movement_), copy->turn, stmt->span);
    }

    /// A block that is in the core's own shard, or is made there: only its turn is passed on.
    Transfer in_place(uint32_t number_of_buffer, bool reads, Span span) const {
        const std::string name = cb_name(number_of_buffer);
        const Expr pages = number(tiles(number_of_buffer));
        Transfer transfer;
        transfer.before = {call(reads ? "cb_reserve_back" : "cb_wait_front", {name, pages}, span)};
        transfer.after = {call(reads ? "cb_push_back" : "cb_pop_front", {name, pages}, span)};
        transfer.needs_barrier = false;
        return transfer;
    }

    void control(const Flow& flow, Code& code) {
        const Span span = flow.stmt->span;
        if (const auto* loop = std::get_if<ir::For>(&flow.stmt->of)) {
            const pass::Facts compute_before = compute_.facts, movement_before = movement_.facts;
            compute_.facts = pass::with_loop(compute_before, *loop);
            movement_.facts = pass::with_loop(movement_before, *loop);
            Code body;
            drop(flow.head, flow.entries[0], body);
            append(body, block(flow.bodies[0]));
            compute_.facts = compute_before;
            movement_.facts = movement_before;
            code.push_back(device::make_node(device::Loop{loop->var, without_locals(loop->begin),
                                                          without_locals(loop->end), loop->step, std::move(body)},
                                             span));
            drop(flow.head, flow.after, code);
        } else if (const auto* forever = std::get_if<ir::While>(&flow.stmt->of)) {
            Code body;
            const Expr condition = without_locals(forever->condition);
            if (ir::constant(condition) != 1) {
                body.push_back(device::make_node(
                    device::Branch{ir::make(Op::Not, {condition}), {device::make_node(device::Leave{})}, {}}, span));
            }
            drop(flow.head, flow.entries[0], body);
            append(body, block(flow.bodies[0]));
            code.push_back(device::make_node(
                device::Loop{make_var("turn"), number(0), number(INT32_MAX), number(1), std::move(body)}, span));
            drop(flow.head, flow.after, code);
        } else if (const auto* branch = std::get_if<ir::If>(&flow.stmt->of)) {
            device::Branch result{without_locals(branch->condition), {}, {}};
            for (size_t i = 0; i < flow.bodies.size(); ++i) {
                Code& body = i == 0 ? result.then : result.otherwise;
                drop(flow.before, flow.entries[i], body);
                append(body, block(flow.bodies[i]));
            }
            code.push_back(device::make_node(std::move(result), span));
        } else if (std::holds_alternative<ir::Break>(flow.stmt->of)) {
            code.push_back(device::make_node(device::Leave{}, span));
        } else if (const auto* let = std::get_if<ir::Let>(&flow.stmt->of)) {
            named(*let, span, code);
        } else if (const auto* alloc = std::get_if<ir::Alloc>(&flow.stmt->of)) {
            local(*alloc, span, code);
        } else if (const auto* store = std::get_if<ir::Store>(&flow.stmt->of)) {
            if (const Var var = element(store->buffer, store->indices, span)) {
                code.push_back(device::make_node(device::Assign{var, without_locals(store->value)}, span));
            }
        }
    }

    // --- scalars ----------------------------------------------------------------------------------------------------

    Var element(const Buffer& buffer, const std::vector<Expr>& indices, Span span) {
        int64_t at = 0;
        for (size_t i = 0; i < indices.size(); ++i) {
            const auto index = ir::constant(indices[i]);
            if (!index) {
                diagnostics_.error("tile-local-index", span,
                                   "an element of " + buffer->name +
                                       " is chosen at run time, and its elements are "
                                       "variables of the kernels",
                                   "use constant indices, or a shared buffer");
                return nullptr;
            }
            at = at * ir::constant(buffer->shape[i]).value_or(1) + *index;
        }
        Var& var = scalars_.locals[{buffer, at}];
        if (!var) {
            var = make_var(at == 0 && indices.size() <= 1 && ir::constant(buffer->shape[0]) == 1
                               ? buffer->name
                               : fmt::format("{}_{}", buffer->name, at),
                           buffer->dtype);
        }
        return var;
    }

    Expr without_locals(const Expr& expr) {
        return ir::rewrite(expr, [&](const Expr& node) -> Expr {
            if (node->op != Op::Load || node->buffer->scope != ir::Scope::Local) {
                return node;
            }
            const Var var = element(node->buffer, node->args, node->span);
            return var ? ir::make_var(var, node->span) : ir::make_int(0, node->dtype);
        });
    }

    void local(const ir::Alloc& alloc, Span span, Code& code) {
        int64_t count = 1;
        for (const Expr& size : alloc.buffer->shape) {
            count *= ir::constant(size).value_or(1);
        }
        for (int64_t i = 0; i < count; ++i) {
            std::vector<Expr> indices;
            int64_t rest = i;
            for (size_t d = alloc.buffer->shape.size(); d-- > 0;) {
                const int64_t size = ir::constant(alloc.buffer->shape[d]).value_or(1);
                indices.insert(indices.begin(), number(rest % size));
                rest /= size;
            }
            if (const Var var = element(alloc.buffer, indices, span)) {
                code.push_back(device::make_node(
                    device::Declare{var, alloc.init ? without_locals(alloc.init) : ir::make_int(0, var->dtype), true},
                    span));
            }
        }
    }

    /// A value that the compute kernel has worked out, and has put into a ring for each kernel.
    void hear(const Flow& flow, Code& code) {
        const Span span = flow.stmt->span;
        const auto& let = std::get<ir::Let>(flow.stmt->of);
        const std::vector<Buffer> buffers = told_by(*flow.stmt);
        const uint32_t buffer = flows_.number.at(buffers.at(role_ == Role::Compute  ? 0
                                                            : role_ == Role::Reader ? 1
                                                                                    : 2));
        const std::string cb = cb_name(buffer);
        const bool real = ir::is_float(let.var->dtype);
        const Var word = real ? make_var(let.var->name + "_word", ir::DType::UInt32) : let.var;
        code.push_back(call("cb_wait_front", {cb, number(1)}, span));
        if (role_ == Role::Compute) {
            code.push_back(
                device::make_node(device::Call{"read_tile_value", {}, {cb, number(0), number(0)}, word}, span));
        } else {
            const Var address = make_var(let.var->name + "_at", ir::DType::UInt32);
            code.push_back(device::make_node(device::Call{"get_read_ptr", {}, {cb}, address}, span));
            code.push_back(device::make_node(device::Call{"load_word", {}, {ir::make_var(address)}, word}, span));
        }
        if (real) {
            code.push_back(device::make_node(
                device::Declare{let.var, ir::make_reinterpret(let.var->dtype, ir::make_var(word)), false}, span));
        }
        if (!flow.after.contains(buffer)) {
            code.push_back(call("cb_pop_front", {cb, number(1)}, span));
        }
    }

    void named(const ir::Let& let, Span span, Code& code) {
        const Expr value = without_locals(let.value);
        if (value->op != Op::Load) {
            code.push_back(device::make_node(device::Declare{let.var, value, false}, span));
            return;
        }
        if (role_ == Role::Compute) {
            const std::string& cb = memory_.names.at(static_cast<uint32_t>(memory_.scalars));
            scalars_.for_compute.insert(let.var);
            code.push_back(call("cb_wait_front", {cb, number(1)}, span));
            code.push_back(
                device::make_node(device::Call{"read_tile_value", {}, {cb, number(0), number(0)}, let.var}, span));
            code.push_back(call("cb_pop_front", {cb, number(1)}, span));
            return;
        }
        const TensorPlan& tensor = plan_.tensors->at(value->buffer);
        movement_.accessors.insert(value->buffer->name);
        Expr page = number(0), inside;
        for (size_t i = 0; i < value->args.size(); ++i) {
            const Expr& index = value->args[i];
            const int64_t size = tensor.tensor.shape[i];
            if (i + 1 < value->args.size()) {
                page = page * number(size) + index;
            }
            const auto bounds = pass::bounds_of(index, movement_.facts);
            if (!bounds || bounds->low < 0) {
                inside = both(inside, ir::make(Op::Ge, {index, ir::make_int(0, index->dtype)}));
            }
            if (!bounds || bounds->high >= size) {
                inside = both(inside, ir::make(Op::Lt, {index, ir::make_int(size, index->dtype)}));
            }
        }
        const Var scratch = make_var(let.var->name + "_scratch", ir::DType::UInt32);
        code.push_back(device::make_node(device::Call{"get_write_ptr", {}, {movement_.scratch}, scratch}, span));
        std::vector<device::Argument> arguments = {value->buffer->name, pass::simplified(page), value->args.back(),
                                                   ir::make_var(scratch)};
        if (inside) {
            arguments.emplace_back(inside);
        }
        code.push_back(device::make_node(device::Call{"read_word", {}, std::move(arguments), let.var}, span));
        if (role_ == Role::Reader && scalars_.for_compute.contains(let.var)) {
            const std::string& cb = memory_.names.at(static_cast<uint32_t>(memory_.scalars));
            const Var address = make_var(let.var->name + "_at", ir::DType::UInt32);
            code.push_back(call("cb_reserve_back", {cb, number(1)}, span));
            code.push_back(device::make_node(device::Call{"get_write_ptr", {}, {cb}, address}, span));
            code.push_back(call("store_word", {ir::make_var(address), ir::make_var(let.var)}, span));
            code.push_back(call("cb_push_back", {cb, number(1)}, span));
        }
    }
};

}  // namespace

void make_bodies(const LaunchPlan& plan, device::Program& program, Diagnostics& diagnostics) {
    Scalars scalars;
    device::KernelCode compute = BodyMaker(Role::Compute, plan, scalars, program, diagnostics).make();
    device::KernelCode reader = BodyMaker(Role::Reader, plan, scalars, program, diagnostics).make();
    device::KernelCode writer = BodyMaker(Role::Writer, plan, scalars, program, diagnostics).make();
    program.kernels = {std::move(reader), std::move(compute), std::move(writer)};
}

}  // namespace tessera::tile::lower
