#include <tile/lower/strips.h>

#include <algorithm>
#include <limits>
#include <map>

#include <tile/lower/access.h>
#include <tile/lower/liveness.h>
#include <tile/pass/axes.h>
#include <tile/pass/linear.h>
#include <tile/pass/names.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::lower {

namespace {

using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Region;
using ir::Stmt;
using ir::Var;

/// Strips cannot be worked on in this way.
struct Dependent {};

class Cutter {
public:
    Cutter(const Flows& flows, const CommonDimension& common, int64_t width, pass::Names names)
        : flows_(flows), common_(common), width_(width), names_(std::move(names)) {
        for (const auto& [buffer, dimension] : common.dimensions) {
            ir::BufferNode made = *buffer;
            made.shape[static_cast<size_t>(dimension)] = ir::make_int(width);
            narrow_[buffer] = {std::make_shared<const ir::BufferNode>(std::move(made)), dimension};
        }
        for (const uint32_t number : flows.unwritten) {
            if (cut(flows.buffers[number])) {
                throw Dependent{};
            }
        }
    }

    ir::Block block(const ir::Block& body, const std::vector<Flow>& flows) {
        Sequence sequence{*this, {}, {}, {}, {}, 0};
        size_t flow = 0;
        for (const Stmt& stmt : body) {
            if (const auto* alloc = std::get_if<ir::Alloc>(&stmt->of)) {
                sequence.out.push_back(ir::make_stmt(ir::Alloc{narrowed(alloc->buffer), alloc->init}, stmt->span));
                flow += alloc->buffer->scope == ir::Scope::Local ? 1 : 0;
                continue;
            }
            sequence.add(stmt, flows.at(flow++));
        }
        sequence.flush();
        return std::move(sequence.out);
    }

private:
    struct Narrow {
        Buffer buffer;
        int dimension = 0;
    };

    /// One of the statements that work on the dimension, in the order of the script.
    struct Step {
        Stmt stmt;
        std::vector<Access> accesses;
        bool ends = false;                  ///< a reduction along the dimension, or a store to a tensor
        std::map<Buffer, size_t> versions;  ///< of what it reads and has no strips
    };

    /// What a statement and those inside read and write, tensors and scalars too.
    struct Touches {
        std::set<Buffer> read, written;
    };
    static Touches touches(const Stmt& stmt) {
        Touches all;
        ir::walk_statements({stmt}, [&](const Stmt& each) {
            ir::each_expr(*each, [&](const Expr& expr) {
                ir::walk(expr, [&](const Expr& node) {
                    if (node->op == Op::Load) {
                        all.read.insert(node->buffer);
                    }
                });
            });
            if (is_tile_statement(*each)) {
                for (const Access& access : accesses(*each)) {
                    if (access.reads) {
                        all.read.insert(access.buffer);
                    }
                    if (access.writes) {
                        all.written.insert(access.buffer);
                    }
                }
            }
            if (const auto* copy = std::get_if<ir::Copy>(&each->of)) {
                all.read.insert(copy->src.buffer);
                all.written.insert(copy->dst.buffer);
            } else if (const auto* store = std::get_if<ir::Store>(&each->of)) {
                all.written.insert(store->buffer);
            } else if (const auto* atomic = std::get_if<ir::Atomic>(&each->of)) {
                all.written.insert(atomic->dst.buffer);
            } else if (const auto* im2col = std::get_if<ir::Im2col>(&each->of)) {
                all.read.insert(im2col->img.buffer);
            }
        });
        return all;
    }
    static bool meet(const std::set<Buffer>& a, const std::set<Buffer>& b) {
        return std::any_of(a.begin(), a.end(), [&](const Buffer& each) { return b.contains(each); });
    }

    struct Sequence {
        Cutter& cutter;
        ir::Block out;
        std::vector<Step> steps;
        std::set<Buffer> pending;          ///< what the ends that are not made yet write
        std::map<Buffer, size_t> written;  ///< how often
        size_t made = 0;                   ///< steps before this are no ends that have still to be made

        void add(const Stmt& stmt, const Flow& flow) {
            const Touches touched = touches(stmt);
            const bool tied = cutter.any_cut(touched.read) || cutter.any_cut(touched.written);
            if (!tied || !is_tile_statement(*stmt)) {
                other(stmt, flow, touched, tied);
                return;
            }
            if (meet(touched.read, pending)) {
                flush();
            }
            Step step{stmt, accesses(*stmt), false, {}};
            for (const Buffer& buffer : touched.read) {
                if (!cutter.cut(buffer)) {
                    step.versions[buffer] = written[buffer];
                }
            }
            for (const Buffer& buffer : touched.written) {
                if (!cutter.cut(buffer)) {
                    step.ends = true;
                    pending.insert(buffer);
                    ++written[buffer];
                    step.versions.erase(buffer);
                }
            }
            steps.push_back(std::move(step));
        }

        /// A statement that has nothing to do with strips, or that has some of its own inside.
        void other(const Stmt& stmt, const Flow& flow, const Touches& touched, bool tied) {
            bool first = meet(touched.read, pending) || meet(touched.written, pending) || tied;
            for (const Step& step : steps) {
                for (const auto& [buffer, version] : step.versions) {
                    first = first || touched.written.contains(buffer);
                }
            }
            if (first) {
                flush();
            }
            for (const Buffer& buffer : touched.written) {
                ++written[buffer];
            }
            if (!tied) {
                out.push_back(stmt);
                return;
            }
            out.push_back(cutter.inside(stmt, flow));
        }

        void flush() {
            if (pending.empty()) {
                return;
            }
            std::vector<size_t> chosen;
            std::set<Buffer> needed;
            for (size_t i = steps.size(); i-- > 0;) {
                const Step& step = steps[i];
                const bool is_end = step.ends && i >= made;
                const bool makes = std::any_of(step.accesses.begin(), step.accesses.end(), [&](const Access& access) {
                    return access.writes && needed.contains(access.buffer);
                });
                if (!is_end && (step.ends || !makes)) {
                    continue;
                }
                for (const auto& [buffer, version] : step.versions) {
                    if (written[buffer] != version) {
                        throw Dependent{};
                    }
                }
                chosen.push_back(i);
                for (const Access& access : step.accesses) {
                    if (access.replaces()) {
                        needed.erase(access.buffer);
                    }
                }
                for (const Access& access : step.accesses) {
                    if (access.reads && cutter.cut(access.buffer)) {
                        needed.insert(access.buffer);
                    }
                }
            }
            if (!needed.empty()) {
                throw Dependent{};
            }
            std::reverse(chosen.begin(), chosen.end());
            ir::For loop;
            loop.var = std::make_shared<const ir::VarNode>(ir::VarNode{cutter.names_.fresh("strip"), ir::DType::Int32});
            loop.begin = ir::make_int(0);
            loop.end = ir::make_int(cutter.common_.size / cutter.width_);
            loop.step = ir::make_int(1);
            loop.kind = ir::LoopKind::Pipelined;
            loop.stages = 2;
            const Expr first = ir::make_var(loop.var) * ir::make_int(cutter.width_);
            Span span = steps[chosen.front()].stmt->span;
            for (const size_t i : chosen) {
                loop.body.push_back(cutter.strip(steps[i].stmt, first, out));
            }
            out.push_back(ir::make_stmt(std::move(loop), span));
            pending.clear();
            made = steps.size();
        }
    };

    const Flows& flows_;
    const CommonDimension& common_;
    int64_t width_;
    pass::Names names_;
    std::map<Buffer, Narrow> narrow_;

    bool cut(const Buffer& buffer) const { return narrow_.contains(buffer); }
    bool any_cut(const std::set<Buffer>& buffers) const {
        return std::any_of(buffers.begin(), buffers.end(), [&](const Buffer& each) { return cut(each); });
    }
    Buffer narrowed(const Buffer& buffer) const {
        const auto at = narrow_.find(buffer);
        return at == narrow_.end() ? buffer : at->second.buffer;
    }

    /// A statement with others inside that work on strips: nothing of them comes from before, or is used after.
    Stmt inside(const Stmt& stmt, const Flow& flow) {
        std::vector<const Live*> ends = {&flow.before, &flow.after, &flow.head};
        for (const Live& entry : flow.entries) {
            ends.push_back(&entry);
        }
        for (const Live* live : ends) {
            for (const uint32_t number : *live) {
                if (cut(flows_.buffers[number])) {
                    throw Dependent{};
                }
            }
        }
        if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
            ir::For made = *loop;
            made.body = block(loop->body, flow.bodies.at(0));
            return ir::make_stmt(std::move(made), stmt->span);
        }
        if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
            ir::If made = *branch;
            made.then = block(branch->then, flow.bodies.at(0));
            if (flow.bodies.size() > 1) {
                made.otherwise = block(branch->otherwise, flow.bodies.at(1));
            }
            return ir::make_stmt(std::move(made), stmt->span);
        }
        throw Dependent{};
    }

    Region region(const Region& old) const {
        Region result = old;
        if (const auto at = narrow_.find(old.buffer); at != narrow_.end()) {
            result.buffer = at->second.buffer;
            result.extent[static_cast<size_t>(at->second.dimension)] = ir::make_int(width_);
        }
        return result;
    }

    /// A tensor's region of which dimension `other` says of the region on the other side is the strip's.
    Region tensor(const Region& old, const Region& other, const Expr& first, bool old_is_source) const {
        Region result = old;
        const auto at = narrow_.find(other.buffer);
        for (const auto& [a, b] :
             old_is_source ? pass::paired_dimensions(old, other) : pass::paired_dimensions(other, old)) {
            const int here = old_is_source ? a : b, there = old_is_source ? b : a;
            if (at != narrow_.end() && there == at->second.dimension) {
                const auto d = static_cast<size_t>(here);
                result.begin[d] = pass::simplified(old.begin[d] + first);
                result.extent[d] = ir::make_int(width_);
            }
        }
        return result;
    }

    Expr value(const Expr& expr, const std::map<Var, Var>& renamed, const Expr& first) const {
        if (expr->op == Op::Var) {
            const auto at = renamed.find(expr->var);
            if (at == renamed.end()) {
                return expr;
            }
            const Expr var = ir::make_var(at->second, expr->span);
            return common_.vars.contains(expr->var) ? first + var : var;
        }
        if (expr->op == Op::Load) {
            return ir::make_load(narrowed(expr->buffer), indices(expr->buffer, expr->args, renamed, first), expr->span);
        }
        std::vector<Expr> args;
        args.reserve(expr->args.size());
        for (const Expr& arg : expr->args) {
            args.push_back(value(arg, renamed, first));
        }
        return args.empty() ? expr : ir::with_args(expr, std::move(args));
    }
    std::vector<Expr> indices(const Buffer& buffer, const std::vector<Expr>& old, const std::map<Var, Var>& renamed,
                              const Expr& first) const {
        const auto at = narrow_.find(buffer);
        std::vector<Expr> result;
        result.reserve(old.size());
        for (size_t d = 0; d < old.size(); ++d) {
            const bool own = at != narrow_.end() && static_cast<int>(d) == at->second.dimension;
            result.push_back(own ? ir::make_var(renamed.at(old[d]->var), old[d]->span) : value(old[d], renamed, first));
        }
        return result;
    }
    ir::Block nest_body(const ir::Block& old, const std::map<Var, Var>& renamed, const Expr& first) const {
        ir::Block result;
        for (const Stmt& stmt : old) {
            if (const auto* store = std::get_if<ir::Store>(&stmt->of)) {
                result.push_back(ir::make_stmt(
                    ir::Store{narrowed(store->buffer), indices(store->buffer, store->indices, renamed, first),
                              value(store->value, renamed, first)},
                    stmt->span));
            } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
                result.push_back(ir::make_stmt(
                    ir::If{value(branch->condition, renamed, first), nest_body(branch->then, renamed, first),
                           nest_body(branch->otherwise, renamed, first)},
                    stmt->span));
            } else {
                throw Dependent{};
            }
        }
        return result;
    }

    /// The statement for one strip; what has to stand before the loop goes to `before`.
    Stmt strip(const Stmt& stmt, const Expr& first, ir::Block& before) {
        const Span span = stmt->span;
        if (const auto* nest = std::get_if<ir::Parallel>(&stmt->of)) {
            ir::Parallel made = *nest;
            std::map<Var, Var> renamed;
            for (size_t i = 0; i < nest->vars.size(); ++i) {
                made.vars[i] = std::make_shared<const ir::VarNode>(
                    ir::VarNode{names_.fresh(nest->vars[i]->name), nest->vars[i]->dtype});
                renamed[nest->vars[i]] = made.vars[i];
                if (common_.vars.contains(nest->vars[i])) {
                    made.extents[i] = ir::make_int(width_);
                }
            }
            made.body = nest_body(nest->body, renamed, first);
            return ir::make_stmt(std::move(made), span);
        }
        if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
            const bool from = pass::is_tensor(copy->src.buffer), to = pass::is_tensor(copy->dst.buffer);
            return ir::make_stmt(
                ir::Copy{from ? tensor(copy->src, copy->dst, first, true) : region(copy->src),
                         to ? tensor(copy->dst, copy->src, first, false) : region(copy->dst), copy->turn},
                span);
        }
        if (const auto* fill = std::get_if<ir::Fill>(&stmt->of)) {
            return ir::make_stmt(ir::Fill{region(fill->dst), fill->value}, span);
        }
        if (const auto* transpose = std::get_if<ir::Transpose>(&stmt->of)) {
            return ir::make_stmt(ir::Transpose{region(transpose->src), region(transpose->dst)}, span);
        }
        if (const auto* scan = std::get_if<ir::Scan>(&stmt->of)) {
            ir::Scan made = *scan;
            made.src = region(scan->src);
            made.dst = region(scan->dst);
            return ir::make_stmt(std::move(made), span);
        }
        if (const auto* gemm = std::get_if<ir::Gemm>(&stmt->of)) {
            ir::Gemm made = *gemm;
            made.a = region(gemm->a);
            made.b = region(gemm->b);
            made.c = region(gemm->c);
            if (made.clear && !cut(gemm->c.buffer)) {
                made.clear = false;
                before.push_back(ir::make_stmt(ir::Fill{gemm->c, zero(gemm->c.buffer->dtype)}, span));
            }
            return ir::make_stmt(std::move(made), span);
        }
        if (const auto* reduce = std::get_if<ir::Reduce>(&stmt->of)) {
            ir::Reduce made = *reduce;
            made.src = region(reduce->src);
            made.dst = region(reduce->dst);
            if (made.clear && !cut(reduce->dst.buffer)) {
                made.clear = false;
                before.push_back(ir::make_stmt(ir::Fill{reduce->dst, start_of(*reduce)}, span));
            }
            return ir::make_stmt(std::move(made), span);
        }
        throw Dependent{};
    }

    static Expr zero(ir::DType type) { return ir::is_float(type) ? ir::make_float(0, type) : ir::make_int(0, type); }

    /// What a reduction begins with.
    static Expr start_of(const ir::Reduce& reduce) {
        const ir::DType type = reduce.dst.buffer->dtype;
        const bool least = reduce.op == ir::Reduction::Max;
        if (!least && reduce.op != ir::Reduction::Min) {
            return zero(type);
        }
        if (!ir::is_float(type)) {
            throw Dependent{};
        }
        const double infinite = std::numeric_limits<double>::infinity();
        return ir::make_float(least ? -infinite : infinite, type);
    }
};

}  // namespace

std::optional<Stmt> in_strips(const Stmt& launch, const CommonDimension& common, int64_t width,
                              const ir::Kernel& kernel) {
    const auto& old = std::get<ir::Launch>(launch->of);
    const Flows flows = liveness(old);
    try {
        ir::Launch made = old;
        made.body = Cutter(flows, common, width, pass::Names(kernel)).block(old.body, flows.body);
        return ir::make_stmt(std::move(made), launch->span);
    } catch (const Dependent&) {
        return std::nullopt;
    }
}

}  // namespace tessera::tile::lower
