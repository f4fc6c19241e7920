#include <tile/lower/copies.h>

#include <algorithm>
#include <map>
#include <set>

#include <tile/lower/access.h>
#include <tile/lower/liveness.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::lower {

namespace {

using ir::Buffer;
using ir::Stmt;

bool same_shape(const Buffer& a, const Buffer& b) {
    return a->shape.size() == b->shape.size() &&
           std::equal(a->shape.begin(), a->shape.end(), b->shape.begin(), [](const ir::Expr& x, const ir::Expr& y) {
               return ir::constant(x) && ir::constant(x) == ir::constant(y);
           });
}

/// Whether values that would have been rounded to `from` may be rounded to `to` alone.
bool may_skip(ir::DType from, ir::DType to) {
    return from == to || (from == ir::DType::Float32 && ir::is_float(to));
}

/// What a flow and all inside of it touch.
bool touches(const Flow& flow, const Buffer& buffer) {
    return std::any_of(flow.accesses.begin(), flow.accesses.end(),
                       [&](const Access& access) { return access.buffer == buffer; }) ||
           std::any_of(flow.bodies.begin(), flow.bodies.end(), [&](const std::vector<Flow>& body) {
               return std::any_of(body.begin(), body.end(), [&](const Flow& f) { return touches(f, buffer); });
           });
}

class Eliminator {
public:
    explicit Eliminator(const Flows& flows) : flows_(flows) {}

    /// Finds one copy to take out; null when there is none left.
    bool find(const std::vector<Flow>& flows) {
        for (size_t i = 0; i < flows.size(); ++i) {
            for (const auto& body : flows[i].bodies) {
                if (find(body)) {
                    return true;
                }
            }
            const auto* copy = std::get_if<ir::Copy>(&flows[i].stmt->of);
            if (copy == nullptr || flows[i].dead || role_of(*flows[i].stmt) != device::Role::Compute) {
                continue;
            }
            const Buffer &from = copy->src.buffer, &to = copy->dst.buffer;
            if (from == to || !is_whole(copy->src) || !is_whole(copy->dst) || !same_shape(from, to) ||
                !may_skip(from->dtype, to->dtype) || flows[i].after.contains(flows_.number.at(from))) {
                continue;
            }
            for (size_t j = i; j-- > 0;) {
                if (!touches(flows[j], from) && !touches(flows[j], to)) {
                    continue;
                }
                if (makes(flows[j], from, to)) {
                    maker_ = flows[j].stmt;
                    copy_ = flows[i].stmt;
                    from_ = from;
                    to_ = to;
                    return true;
                }
                break;
            }
        }
        return false;
    }

    ir::Block without(const ir::Block& block) const {
        ir::Block result;
        for (const Stmt& stmt : block) {
            if (stmt == copy_) {
                continue;
            }
            if (stmt == maker_) {
                result.push_back(with_buffers(
                    stmt, [](const Buffer& buffer) { return buffer; },
                    [&](const Buffer& buffer) { return buffer == from_ ? to_ : buffer; }));
            } else if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
                ir::For changed = *loop;
                changed.body = without(loop->body);
                result.push_back(ir::make_stmt(std::move(changed), stmt->span));
            } else if (const auto* forever = std::get_if<ir::While>(&stmt->of)) {
                result.push_back(ir::make_stmt(ir::While{forever->condition, without(forever->body)}, stmt->span));
            } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
                result.push_back(ir::make_stmt(
                    ir::If{branch->condition, without(branch->then), without(branch->otherwise)}, stmt->span));
            } else {
                result.push_back(stmt);
            }
        }
        return result;
    }

private:
    const Flows& flows_;
    Stmt maker_, copy_;
    Buffer from_, to_;

    /// A compute statement that makes all of `from` and has nothing to do with `to`.
    static bool makes(const Flow& flow, const Buffer& from, const Buffer& to) {
        if (flow.accesses.empty() || role_of(*flow.stmt) != device::Role::Compute || flow.dead) {
            return false;
        }
        bool good = false;
        for (const Access& access : flow.accesses) {
            if (access.buffer == to) {
                return false;
            }
            if (access.buffer == from) {
                good = access.writes && !access.keeps;
            }
        }
        return good;
    }
};

}  // namespace

Stmt without_copies(const Stmt& launch) {
    Stmt result = launch;
    for (;;) {
        const auto& of = std::get<ir::Launch>(result->of);
        const Flows flows = liveness(of);
        Eliminator eliminator(flows);
        if (!eliminator.find(flows.body)) {
            return result;
        }
        ir::Launch changed = of;
        changed.body = eliminator.without(of.body);
        result = ir::make_stmt(std::move(changed), launch->span);
    }
}

}  // namespace tessera::tile::lower
