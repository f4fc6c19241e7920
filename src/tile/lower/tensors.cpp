#include <tile/lower/tensors.h>

#include <algorithm>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <tile/lower/access.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::lower {

namespace {

using ir::Buffer;
using ir::DType;
using ir::Expr;

int64_t round_up(int64_t value, int64_t to) {
    return (value + to - 1) / to * to;
}

/// What the kernel does with one tensor.
struct Uses {
    bool read = false, written = false, words = false, tiles = false;
    int row = -1, column = -1;  ///< of a matrix, as far as copies say
    int vector = -1;            ///< the dimension of vectors
    std::set<int> vectors;      ///< all of them
    Form vector_form = Form::ColumnVector;
    bool matrix = false;
    Span span;
    std::vector<int64_t> reach;  ///< by dimension: one past the last element touched
};

class Planner {
public:
    Planner(const std::map<Buffer, Form>& forms, Diagnostics& diagnostics) : forms_(forms), diagnostics_(diagnostics) {}

    void statement(const ir::Stmt& stmt, const pass::Facts& facts) {
        if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
            if (pass::is_tensor(copy->src.buffer)) {
                uses_[copy->src.buffer].read = true;
                moved(copy->src, copy->dst, stmt->span, facts);
            } else if (pass::is_tensor(copy->dst.buffer)) {
                uses_[copy->dst.buffer].written = true;
                moved(copy->dst, copy->src, stmt->span, facts);
            }
        } else if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of)) {
            Uses& uses = uses_[atomic->dst.buffer];
            uses.read = uses.written = true;
            moved(atomic->dst, ir::source(*atomic), stmt->span, facts);
        } else if (const auto* im2col = std::get_if<ir::Im2col>(&stmt->of)) {
            Uses& uses = uses_[im2col->img.buffer];
            uses.read = uses.tiles = true;
            uses.span = stmt->span;
        } else if (is_gather(*stmt)) {
            ir::each_expr(*std::get<ir::Parallel>(stmt->of).body.front(),
                          [&](const Expr& expr) { elements(expr, stmt->span); });
        } else {
            ir::each_expr(*stmt, [&](const Expr& expr) { elements(expr, stmt->span); });
        }
    }

    /// Tensors whose elements are read one by one, or row by row.
    void elements(const Expr& expr, Span span) {
        ir::walk(expr, [&](const Expr& node) {
            if (node->op == ir::Op::Load && pass::is_tensor(node->buffer)) {
                Uses& uses = uses_[node->buffer];
                uses.read = uses.words = true;
                uses.span = span;
            }
        });
    }

    std::map<Buffer, TensorPlan> plans() {
        std::map<Buffer, TensorPlan> result;
        for (auto& [buffer, uses] : uses_) {
            result[buffer] = plan(buffer, uses);
        }
        return result;
    }

private:
    const std::map<Buffer, Form>& forms_;
    Diagnostics& diagnostics_;
    std::map<Buffer, Uses> uses_;

    void moved(const ir::Region& tensor, const ir::Region& block, Span span, const pass::Facts& facts) {
        Uses& uses = uses_[tensor.buffer];
        uses.tiles = true;
        if (uses.span.line == 0) {
            uses.span = span;
        }
        const Form form = forms_.at(block.buffer);
        const TileDimensions inner = tile_dimensions(block.buffer, form);
        int row = -1, column = -1;
        for (const auto& [outside, inside] : matched_dimensions(tensor, block)) {
            row = inside == inner.row ? outside : row;
            column = inside == inner.column ? outside : column;
        }
        if (form == Form::Matrix && (row >= 0 || column >= 0)) {
            const bool clash = (uses.row >= 0 && row >= 0 && uses.row != row) ||
                               (uses.column >= 0 && column >= 0 && uses.column != column);
            if (clash && uses.matrix) {
                diagnostics_.error("tile-tensor-layout", span,
                                   fmt::format("blocks of {} are taken along different dimensions, and tiles can cover "
                                               "only two of them",
                                               tensor.buffer->name),
                                   "slice the same two dimensions everywhere");
                return;
            }
            uses.matrix = true;
            uses.row = row >= 0 ? row : uses.row;
            uses.column = column >= 0 ? column : uses.column;
        } else if (row >= 0 || column >= 0) {
            uses.vector = row >= 0 ? row : column;
            uses.vectors.insert(uses.vector);
            uses.vector_form = form;
        }
        uses.reach.resize(tensor.begin.size(), 0);
        for (size_t i = 0; i < tensor.begin.size(); ++i) {
            const auto bounds = pass::bounds_of(tensor.begin[i], facts);
            const auto size = ir::constant(tensor.buffer->shape[i]);
            if (!bounds || !size) {
                continue;
            }
            const int64_t end = bounds->high + ir::constant(tensor.extent[i]).value_or(1);
            // A bound that is much larger is a bound of the analysis rather than one of the kernel.
            if (end <= *size + std::max<int64_t>(*size, 512)) {
                uses.reach[i] = std::max(uses.reach[i], end);
            }
        }
    }

    /// Vectors along two dimensions make a matrix; beside matrices they lie along one of its sides.
    void lay_vectors(Uses& uses, const Buffer& buffer) {
        if (!uses.matrix && uses.vectors.size() < 2) {
            return;
        }
        uses.matrix = true;
        for (const int dimension : uses.vectors) {
            if (dimension == uses.row || dimension == uses.column) {
                continue;
            }
            if (uses.row < 0 && (uses.column < 0 || dimension < uses.column)) {
                uses.row = dimension;
            } else if (uses.column < 0 && (uses.row < 0 || dimension > uses.row)) {
                uses.column = dimension;
            } else {
                diagnostics_.error("tile-tensor-layout", uses.span,
                                   fmt::format("blocks of {} are taken along different dimensions, and tiles can cover "
                                               "only two of them",
                                               buffer->name),
                                   "slice the same two dimensions everywhere");
                return;
            }
        }
    }

    TensorPlan plan(const Buffer& buffer, Uses& uses) {
        TensorPlan plan;
        device::Tensor& tensor = plan.tensor;
        tensor.param = buffer;
        tensor.read = uses.read;
        tensor.written = uses.written;
        tensor.format = device_format(buffer->dtype);
        const int rank = static_cast<int>(buffer->shape.size());
        for (const Expr& size : buffer->shape) {
            const auto known = ir::constant(size);
            if (!known) {
                diagnostics_.error("tile-symbol", uses.span.line != 0 ? uses.span : buffer->span,
                                   "a dimension of " + buffer->name + " is known at run time only",
                                   "give its value with --arg, so that a program is made for that size");
            }
            tensor.shape.push_back(known.value_or(1));
        }
        plan.padded = tensor.shape;
        if (uses.words && uses.tiles) {
            diagnostics_.error("tile-tensor-layout", uses.span,
                               buffer->name + " is read both in blocks and as single scalars",
                               "pass it twice, once for each");
        }
        if (uses.words) {
            words(plan);
            return plan;
        }
        lay_vectors(uses, buffer);
        const auto known = forms_.find(buffer);
        const Form form = known == forms_.end() ? Form::ColumnVector : known->second;
        if (uses.matrix || (uses.vector < 0 && rank >= 2)) {
            plan.column = uses.column >= 0 ? uses.column : uses.row == rank - 1 ? rank - 2 : rank - 1;
            plan.row = uses.row >= 0 ? uses.row : rank < 2 ? -1 : plan.column > 0 ? plan.column - 1 : 1;
            tensor.form = rank < 2 ? device::Tensor::Form::RowVector : device::Tensor::Form::Matrix;
        } else {
            const int dimension = uses.vector >= 0 ? uses.vector : rank - 1;
            const bool row = rank == 1 ? form == Form::RowVector : uses.vector_form == Form::RowVector;
            tensor.form = row ? device::Tensor::Form::RowVector : device::Tensor::Form::ColumnVector;
            (row ? plan.column : plan.row) = dimension;
        }
        for (int i = 0; i < rank; ++i) {
            const auto at = static_cast<size_t>(i);
            if (at < uses.reach.size()) {
                plan.padded[at] = std::max(plan.padded[at], uses.reach[at]);
            }
            if (i == plan.row || i == plan.column) {
                plan.padded[at] = round_up(plan.padded[at], tile_side);
            } else {
                plan.outer.push_back(i);
                tensor.dimension_order.push_back(i);
            }
        }
        for (const int i : {plan.row, plan.column}) {
            if (i >= 0) {
                tensor.dimension_order.push_back(i);
            }
        }
        tensor.pages = static_cast<uint64_t>(plan.tile_rows() * plan.tile_columns());
        for (const int i : plan.outer) {
            tensor.pages *= static_cast<uint64_t>(plan.padded[static_cast<size_t>(i)]);
        }
        for (const int i : tensor.dimension_order) {
            tensor.padded.push_back(plan.padded[static_cast<size_t>(i)]);
        }
        tensor.page_bytes = tile_bytes(tensor.format);
        return plan;
    }

    static void words(TensorPlan& plan) {
        device::Tensor& tensor = plan.tensor;
        tensor.form = device::Tensor::Form::Words;
        tensor.pages = 1;
        for (size_t i = 0; i < tensor.shape.size(); ++i) {
            tensor.dimension_order.push_back(static_cast<int>(i));
            if (i + 1 < tensor.shape.size()) {
                tensor.pages *= static_cast<uint64_t>(tensor.shape[i]);
            }
        }
        // A row is a page, whole bursts of either chip's DRAM.
        const int64_t bytes = std::max<int64_t>(ir::bits_of(tensor.format) / 8, 1);
        plan.padded.back() = round_up(plan.padded.back(), 64 / bytes);
        tensor.padded = plan.padded;
        tensor.page_bytes = static_cast<uint32_t>(plan.padded.back() * bytes);
    }
};

}  // namespace

DType device_format(DType type) {
    switch (type) {
        case DType::Float64:
            return DType::Float32;
        case DType::Float8E4M3:
        case DType::Float8E5M2:
            return DType::BFloat16;
        case DType::Float16:
        case DType::BFloat16:
        case DType::Float32:
        case DType::BlockFloat8:
        case DType::BlockFloat4:
            return type;
        default:
            return DType::Int32;
    }
}

uint32_t tile_bytes(DType format) {
    switch (format) {
        case DType::Float16:
        case DType::BFloat16:
            return 2048;
        case DType::BlockFloat8:
            return 1088;
        case DType::BlockFloat4:
            return 576;
        default:
            return 4096;
    }
}

int64_t TensorPlan::tile_rows() const {
    return row < 0 ? 1 : padded[static_cast<size_t>(row)] / tile_side;
}
int64_t TensorPlan::tile_columns() const {
    return column < 0 ? 1 : padded[static_cast<size_t>(column)] / tile_side;
}

Expr TensorPlan::first_page(const std::vector<Expr>& at) const {
    Expr page;
    for (const int i : outer) {
        const Expr& index = at[static_cast<size_t>(i)];
        page = page ? page * ir::make_int(padded[static_cast<size_t>(i)]) + index : index;
    }
    return page ? pass::simplified(page * ir::make_int(tile_rows() * tile_columns())) : ir::make_int(0);
}

void walk_with_facts(const ir::Block& block, const pass::Facts& facts,
                     const std::function<void(const ir::Stmt&, const pass::Facts&)>& visit) {
    for (const ir::Stmt& stmt : block) {
        visit(stmt, facts);
        if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
            walk_with_facts(loop->body, pass::with_loop(facts, *loop), visit);
        } else if (const auto* launch = std::get_if<ir::Launch>(&stmt->of)) {
            walk_with_facts(launch->body, launch_facts(*launch), visit);
        } else if (!std::holds_alternative<ir::Parallel>(stmt->of)) {
            for (const ir::Block* body : ir::bodies(*stmt)) {
                walk_with_facts(*body, facts, visit);
            }
        }
    }
}

pass::Facts launch_facts(const ir::Launch& launch) {
    pass::Facts facts;
    for (size_t i = 0; i < launch.vars.size(); ++i) {
        if (const auto extent = ir::constant(launch.extents[i])) {
            facts.bounds[launch.vars[i]] = {0, std::max<int64_t>(*extent - 1, 0)};
        }
    }
    return facts;
}

std::map<Buffer, TensorPlan> plan_tensors(const ir::Kernel& kernel, const std::map<Buffer, Form>& forms,
                                          Diagnostics& diagnostics) {
    Planner planner(forms, diagnostics);
    walk_with_facts(kernel.body, {}, [&](const ir::Stmt& stmt, const pass::Facts& facts) {
        if (!std::holds_alternative<ir::Parallel>(stmt->of) || is_gather(*stmt)) {
            planner.statement(stmt, facts);
        }
    });
    return planner.plans();
}

}  // namespace tessera::tile::lower
