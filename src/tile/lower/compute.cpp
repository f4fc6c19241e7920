#include <tile/lower/compute.h>

#include <algorithm>
#include <stdexcept>

#include <tile/lower/compute_code.h>

namespace tessera::tile::lower {
namespace {

void dispatch(const ComputeStep& step, const Storage& storage, Coder& coder, device::Code& out) {
    std::visit(
        [&](const auto& kind) {
            using Kind = std::decay_t<decltype(kind)>;
            if constexpr (std::is_same_v<Kind, ir::Parallel>) {
                emit_parallel(step, kind, storage, coder, out);
            } else if constexpr (std::is_same_v<Kind, ir::Copy>) {
                emit_copy(step, kind, storage, coder, out);
            } else if constexpr (std::is_same_v<Kind, ir::Fill>) {
                emit_fill(step, kind, storage, coder, out);
            } else if constexpr (std::is_same_v<Kind, ir::Gemm>) {
                emit_gemm(step, kind, storage, coder, out);
            } else if constexpr (std::is_same_v<Kind, ir::Reduce>) {
                emit_reduce(step, kind, storage, coder, out);
            } else if constexpr (std::is_same_v<Kind, ir::Scan>) {
                emit_scan(step, kind, storage, coder, out);
            } else if constexpr (std::is_same_v<Kind, ir::Transpose>) {
                emit_transpose(step, kind, storage, coder, out);
            } else {
                throw std::logic_error("compute code: a statement that is no tile statement of the compute kernel");
            }
        },
        step.stmt->of);
}

/// The names of the statement's variables, so that no counter around it hides one.
std::set<std::string, std::less<>> names_in(const ir::Stmt& stmt) {
    std::set<std::string, std::less<>> names;
    ir::walk_statements({stmt}, [&](const ir::Stmt& each) {
        ir::each_expr(*each, [&](const ir::Expr& expr) {
            ir::walk(expr, [&](const ir::Expr& node) {
                if (node->op == ir::Op::Var) {
                    names.insert(node->var->name);
                }
            });
        });
    });
    return names;
}

}  // namespace

void ComputeNeeds::merge(const ComputeNeeds& other) {
    fp32_dest = fp32_dest || other.fp32_dest;
    row_index = row_index || other.row_index;
    column_index = column_index || other.column_index;
    ones = ones || other.ones;
    for (const auto& [format, pages] : other.scratch) {
        scratch[format] = std::max(scratch[format], pages);
    }
    to_source.insert(other.to_source.begin(), other.to_source.end());
}

ComputeNeeds needs_of(const ComputeStep& step, const Storage& storage, const ComputeContext& context) {
    ComputeNeeds needs;
    ComputeContext dry = context;
    device::Program program = *context.program;
    dry.program = &program;
    dry.dry_run = &needs;
    dry.to_source.clear();
    // Once with what the program says of DST, and again where that turns out not to be enough.
    for (int attempt = 0; attempt < 2; ++attempt) {
        device::Code code;
        Coder coder(dry, step.stmt->span);
        try {
            dispatch(step, storage, coder, code);
        } catch (const Refusal&) {
            break;  // emit_step says it
        }
        if (!needs.fp32_dest || program.fp32_dest_acc_en) {
            break;
        }
        program.fp32_dest_acc_en = true;
    }
    needs.to_source = std::move(dry.to_source);
    return needs;
}

void emit_startup(const ComputeStep& first, const Storage& storage, ComputeContext& context, device::Code& out) {
    Coder coder(context, Span{});
    const Place& result = storage.of(first.result);
    uint32_t a = result.cb, b = result.cb;
    if (!first.sources.empty()) {
        a = storage.of(first.sources.front().buffer).cb;
        b = storage.of(first.sources.back().buffer).cb;
    }
    coder.include("api/compute/compute_kernel_hw_startup.h");
    coder.include("api/compute/common.h");
    coder.call(out, "compute_kernel_hw_startup", {coder.name(a), coder.name(b), coder.name(result.cb)});
    for (const std::optional<uint32_t>& cb : {context.row_index, context.column_index, context.ones}) {
        if (cb) {
            coder.wait(out, *cb, 1);
        }
    }
}

void emit_step(const ComputeStep& step, const Storage& storage, ComputeContext& context, device::Code& out) {
    device::Code code;
    Coder coder(context, step.stmt->span);
    const auto outer = context.taken;
    context.taken.merge(names_in(step.stmt));
    if (step.sums.start) {
        context.taken.merge(names_in(step.sums.start));
    }
    for (const auto& [var, bounds] : context.facts.bounds) {
        context.taken.insert(var->name);
    }
    for (const auto& [var, multiple] : context.facts.multiples) {
        context.taken.insert(var->name);
    }
    try {
        dispatch(step, storage, coder, code);
    } catch (const Refusal& refusal) {
        context.diagnostics->error(refusal.name, refusal.span.line != 0 ? refusal.span : step.stmt->span,
                                   refusal.message, refusal.help);
        code.clear();
    }
    context.taken = outer;
    out.insert(out.end(), code.begin(), code.end());
}

std::vector<uint32_t> unpack_to_dest(const ComputeContext& context) {
    std::vector<uint32_t> cbs;
    if (context.program->fp32_dest_acc_en) {
        std::set_difference(context.to_dst.begin(), context.to_dst.end(), context.to_source.begin(),
                            context.to_source.end(), std::back_inserter(cbs));
    }
    return cbs;
}

}  // namespace tessera::tile::lower
