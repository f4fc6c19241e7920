#include <tile/ir/stmt.h>

#include <stdexcept>
#include <type_traits>

namespace tessera::tile::ir {
namespace {

/// Calls `each` with a reference to every expression that a statement itself holds; null ones are left out.
template <class Each>
void own_exprs(auto& of, Each&& each) {
    const auto one = [&](auto& expr) {
        if (expr) {
            each(expr);
        }
    };
    const auto list = [&](auto& exprs) {
        for (auto& expr : exprs) {
            one(expr);
        }
    };
    const auto region = [&](auto& place) {
        list(place.begin);
        list(place.extent);
    };
    std::visit(
        [&](auto& stmt) {
            using Kind = std::remove_cvref_t<decltype(stmt)>;
            if constexpr (std::is_same_v<Kind, Alloc>) {
                one(stmt.init);
            } else if constexpr (std::is_same_v<Kind, Let>) {
                one(stmt.value);
            } else if constexpr (std::is_same_v<Kind, Store>) {
                list(stmt.indices);
                one(stmt.value);
            } else if constexpr (std::is_same_v<Kind, For>) {
                one(stmt.begin);
                one(stmt.end);
                one(stmt.step);
            } else if constexpr (std::is_same_v<Kind, Parallel> || std::is_same_v<Kind, Launch>) {
                list(stmt.extents);
            } else if constexpr (std::is_same_v<Kind, If> || std::is_same_v<Kind, While> ||
                                 std::is_same_v<Kind, Assert>) {
                one(stmt.condition);
            } else if constexpr (std::is_same_v<Kind, Copy> || std::is_same_v<Kind, Reduce> ||
                                 std::is_same_v<Kind, Scan> || std::is_same_v<Kind, Transpose>) {
                region(stmt.src);
                region(stmt.dst);
            } else if constexpr (std::is_same_v<Kind, Fill>) {
                region(stmt.dst);
                one(stmt.value);
            } else if constexpr (std::is_same_v<Kind, Gemm>) {
                region(stmt.a);
                region(stmt.b);
                region(stmt.c);
            } else if constexpr (std::is_same_v<Kind, Atomic>) {
                region(stmt.dst);
                if (stmt.src) {
                    region(*stmt.src);
                }
                one(stmt.value);
            } else if constexpr (std::is_same_v<Kind, Im2col>) {
                region(stmt.img);
                region(stmt.dst);
                one(stmt.first_row);
                one(stmt.first_column);
            } else {
                static_assert(std::is_same_v<Kind, Break>);
            }
        },
        of);
}

/// Calls `each` with the bodies of a statement, in order.
template <class Each>
void own_bodies(auto& of, Each&& each) {
    std::visit(
        [&](auto& stmt) {
            using Kind = std::remove_cvref_t<decltype(stmt)>;
            if constexpr (std::is_same_v<Kind, If>) {
                each(stmt.then);
                each(stmt.otherwise);
            } else if constexpr (std::is_same_v<Kind, For> || std::is_same_v<Kind, Parallel> ||
                                 std::is_same_v<Kind, While> || std::is_same_v<Kind, Launch>) {
                each(stmt.body);
            }
        },
        of);
}

}  // namespace

const Region& source(const Atomic& atomic) {
    if (!atomic.src) {
        throw std::logic_error("an atomic of an element has no region");
    }
    return *atomic.src;
}

Region whole(const Buffer& buffer) {
    Region region;
    region.buffer = buffer;
    region.begin.assign(buffer->shape.size(), make_int(0));
    region.extent = buffer->shape;
    region.dropped.assign(buffer->shape.size(), false);
    return region;
}

std::vector<Expr> matched_extents(const Region& region) {
    std::vector<Expr> extents;
    for (size_t i = 0; i < region.extent.size(); ++i) {
        if (!region.dropped[i] && constant(region.extent[i]) != 1) {
            extents.push_back(region.extent[i]);
        }
    }
    return extents;
}

void each_expr(const StmtNode& stmt, const std::function<void(const Expr&)>& visit) {
    own_exprs(stmt.of, [&](const Expr& expr) { visit(expr); });
}

Stmt map_exprs(const Stmt& stmt, const std::function<Expr(const Expr&)>& change) {
    StmtNode copy = *stmt;
    bool changed = false;
    own_exprs(copy.of, [&](Expr& expr) {
        Expr other = change(expr);
        changed = changed || other != expr;
        expr = std::move(other);
    });
    own_bodies(copy.of, [&](Block& body) {
        for (Stmt& inside : body) {
            Stmt other = map_exprs(inside, change);
            changed = changed || other != inside;
            inside = std::move(other);
        }
    });
    return changed ? std::make_shared<const StmtNode>(std::move(copy)) : stmt;
}

Block map_exprs(const Block& block, const std::function<Expr(const Expr&)>& change) {
    Block result;
    result.reserve(block.size());
    for (const Stmt& stmt : block) {
        result.push_back(map_exprs(stmt, change));
    }
    return result;
}

std::vector<const Block*> bodies(const StmtNode& stmt) {
    std::vector<const Block*> result;
    own_bodies(stmt.of, [&](const Block& body) { result.push_back(&body); });
    return result;
}

}  // namespace tessera::tile::ir
