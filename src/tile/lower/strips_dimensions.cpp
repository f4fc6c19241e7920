// Which dimensions of a block's buffers are one.
#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>

#include <tile/lower/strips.h>
#include <tile/lower/tensors.h>
#include <tile/pass/axes.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::lower {

namespace {

using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Region;
using ir::Stmt;
using ir::Var;

/// Which dimensions of buffers, and variables of Parallels, are tied to each other.
class Ties {
public:
    std::vector<CommonDimension> of(const ir::Launch& launch) {
        ir::walk_statements(launch.body,
                            [&](const Stmt& stmt) { std::visit([&](const auto& kind) { one(kind); }, stmt->of); });
        std::vector<CommonDimension> result;
        for (size_t id = 0; id < classes_.size(); ++id) {
            const Class& each = classes_[id];
            if (find(id) != id || each.blocked || !each.sized || each.size <= tile_side || each.dimensions.empty()) {
                continue;
            }
            CommonDimension common{each.dimensions, each.vars, each.size, 0};
            std::set<Buffer> seen;
            bool twice = false;
            for (const auto& [buffer, dimension] : each.dimensions) {
                twice = twice || !seen.insert(buffer).second;
                int64_t elements = 1;
                for (const Expr& size : buffer->shape) {
                    elements *= ir::constant(size).value_or(1);
                }
                common.bytes += elements * tile_bytes(device_format(buffer->dtype)) / (tile_side * tile_side);
            }
            if (!twice) {
                result.push_back(std::move(common));
            }
        }
        const auto rank = [](const CommonDimension& each) {
            const auto& [buffer, dimension] = *each.dimensions.begin();
            return std::tuple(-each.bytes, std::string_view(buffer->name), dimension);
        };
        std::sort(result.begin(), result.end(), [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
        return result;
    }

private:
    struct Class {
        bool blocked = false;  ///< not all uses are of all elements one by one
        bool sized = true;
        int64_t size = -1;
        std::set<std::pair<Buffer, int>> dimensions;
        std::set<Var> vars;
    };
    std::map<std::pair<const void*, int>, size_t> ids_;
    std::vector<size_t> parent_;
    std::vector<Class> classes_;

    size_t find(size_t id) const {
        while (parent_[id] != id) {
            id = parent_[id];
        }
        return id;
    }
    size_t node(const void* what, int index, const Expr& size) {
        const auto [at, fresh] = ids_.emplace(std::pair(what, index), parent_.size());
        if (fresh) {
            parent_.push_back(at->second);
            Class& made = classes_.emplace_back();
            const auto known = ir::constant(size);
            made.sized = known.has_value();
            made.size = known.value_or(-1);
        }
        return find(at->second);
    }
    size_t dimension(const Buffer& buffer, int index) {
        const size_t id = node(buffer.get(), index, buffer->shape[static_cast<size_t>(index)]);
        classes_[id].dimensions.emplace(buffer, index);
        return id;
    }
    size_t variable(const Var& var, const Expr& extent) {
        const size_t id = node(var.get(), -1, extent);
        classes_[id].vars.insert(var);
        return id;
    }
    void unite(size_t a, size_t b) {
        a = find(a);
        b = find(b);
        if (a == b) {
            return;
        }
        Class &into = classes_[a], &from = classes_[b];
        into.blocked = into.blocked || from.blocked;
        into.sized = into.sized && from.sized && into.size == from.size;
        into.dimensions.merge(from.dimensions);
        into.vars.merge(from.vars);
        parent_[b] = a;
    }
    void block(size_t id) { classes_[find(id)].blocked = true; }

    /// Of a region's dimensions only those count that are whole.
    void parts(const Region& region) {
        if (!pass::is_block(region.buffer)) {
            return;
        }
        for (size_t i = 0; i < region.begin.size(); ++i) {
            const bool all = ir::constant(region.begin[i]) == 0 &&
                             ir::constant(region.extent[i]) == ir::constant(region.buffer->shape[i]);
            const size_t id = dimension(region.buffer, static_cast<int>(i));
            if (!all) {
                block(id);
            }
        }
    }
    void block_all(const Region& region) {
        if (pass::is_block(region.buffer)) {
            for (size_t i = 0; i < region.begin.size(); ++i) {
                block(dimension(region.buffer, static_cast<int>(i)));
            }
        }
    }
    void paired(const Region& a, const Region& b) {
        parts(a);
        parts(b);
        std::set<int> of_a, of_b;
        for (const auto& [from, to] : pass::paired_dimensions(a, b)) {
            of_a.insert(from);
            of_b.insert(to);
            if (pass::is_block(a.buffer) && pass::is_block(b.buffer)) {
                unite(dimension(a.buffer, from), dimension(b.buffer, to));
            } else if (ir::constant(a.extent[static_cast<size_t>(from)]) !=
                       ir::constant(b.extent[static_cast<size_t>(to)])) {
                const bool block_is_a = pass::is_block(a.buffer);
                block(dimension(block_is_a ? a.buffer : b.buffer, block_is_a ? from : to));
            }
        }
        const auto unpaired = [&](const Region& region, const std::set<int>& known) {
            for (size_t i = 0; pass::is_block(region.buffer) && i < region.begin.size(); ++i) {
                if (!known.contains(static_cast<int>(i))) {
                    block(dimension(region.buffer, static_cast<int>(i)));
                }
            }
        };
        unpaired(a, of_a);
        unpaired(b, of_b);
    }

    void one(const ir::Copy& copy) { paired(copy.src, copy.dst); }
    void one(const ir::Fill& fill) { parts(fill.dst); }
    void one(const ir::Transpose& transpose) {
        parts(transpose.src);
        parts(transpose.dst);
        for (int i = 0; i < 2; ++i) {
            unite(dimension(transpose.src.buffer, i), dimension(transpose.dst.buffer, 1 - i));
        }
    }
    void one(const ir::Reduce& reduce) {
        parts(reduce.src);
        parts(reduce.dst);
        const size_t rank = reduce.src.begin.size();
        const bool keeps = reduce.dst.begin.size() == rank;
        const auto along = static_cast<size_t>(reduce.dim < 0 ? reduce.dim + static_cast<int>(rank) : reduce.dim);
        for (size_t i = 0, to = 0; i < rank; ++i) {
            if (i == along) {
                to += keeps ? 1 : 0;
                continue;
            }
            if (to < reduce.dst.begin.size()) {
                unite(dimension(reduce.src.buffer, static_cast<int>(i)),
                      dimension(reduce.dst.buffer, static_cast<int>(to)));
            } else {
                block_all(reduce.src);
            }
            ++to;
        }
        if (reduce.op != ir::Reduction::Sum && reduce.op != ir::Reduction::Max && reduce.op != ir::Reduction::Min &&
            reduce.op != ir::Reduction::AbsSum && reduce.op != ir::Reduction::AbsMax) {
            block(dimension(reduce.src.buffer, static_cast<int>(along)));
        }
    }
    void one(const ir::Gemm& gemm) {
        parts(gemm.a);
        parts(gemm.b);
        parts(gemm.c);
        if (gemm.a.begin.size() != 2 || gemm.b.begin.size() != 2 || gemm.c.begin.size() != 2) {
            block_all(gemm.a);
            block_all(gemm.b);
            block_all(gemm.c);
            return;
        }
        const int m = gemm.transpose_a ? 1 : 0, n = gemm.transpose_b ? 0 : 1;
        unite(dimension(gemm.a.buffer, m), dimension(gemm.c.buffer, 0));
        unite(dimension(gemm.b.buffer, n), dimension(gemm.c.buffer, 1));
        unite(dimension(gemm.a.buffer, 1 - m), dimension(gemm.b.buffer, 1 - n));
    }
    void one(const ir::Scan& scan) {
        parts(scan.src);
        parts(scan.dst);
        const size_t rank = scan.src.begin.size();
        for (size_t i = 0; i < rank; ++i) {
            const size_t id = dimension(scan.src.buffer, static_cast<int>(i));
            unite(id, dimension(scan.dst.buffer, static_cast<int>(i)));
            if (static_cast<int>(i) == scan.dim || static_cast<int>(i) == scan.dim + static_cast<int>(rank)) {
                block(id);
            }
        }
    }
    void one(const ir::Atomic& atomic) {
        if (atomic.src) {
            block_all(*atomic.src);
        }
    }
    void one(const ir::Im2col& im2col) { block_all(im2col.dst); }
    void one(const ir::Parallel& nest) {
        for (size_t i = 0; i < nest.vars.size(); ++i) {
            variable(nest.vars[i], nest.extents[i]);
        }
        const auto access = [&](const Buffer& buffer, const std::vector<Expr>& indices) {
            if (!pass::is_block(buffer)) {
                return;
            }
            for (size_t d = 0; d < indices.size(); ++d) {
                const size_t id = dimension(buffer, static_cast<int>(d));
                const Expr& index = indices[d];
                const auto var =
                    index->op == Op::Var ? std::find(nest.vars.begin(), nest.vars.end(), index->var) : nest.vars.end();
                if (var != nest.vars.end()) {
                    unite(id, variable(*var, nest.extents[static_cast<size_t>(var - nest.vars.begin())]));
                    continue;
                }
                block(id);
                for (size_t i = 0; i < nest.vars.size(); ++i) {
                    if (ir::uses(index, nest.vars[i])) {
                        block(variable(nest.vars[i], nest.extents[i]));
                    }
                }
            }
        };
        ir::walk_statements(nest.body, [&](const Stmt& stmt) {
            ir::each_expr(*stmt, [&](const Expr& expr) {
                ir::walk(expr, [&](const Expr& node) {
                    if (node->op == Op::Load) {
                        access(node->buffer, node->args);
                    }
                });
            });
            if (const auto* store = std::get_if<ir::Store>(&stmt->of)) {
                access(store->buffer, store->indices);
            }
        });
    }
    template <class Other>
    void one(const Other&) {}
};

}  // namespace

std::vector<CommonDimension> common_dimensions(const ir::Launch& launch) {
    return Ties().of(launch);
}

}  // namespace tessera::tile::lower
