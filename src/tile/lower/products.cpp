#include <tile/lower/products.h>

#include <algorithm>

namespace tessera::tile::lower {

namespace {

using ir::Buffer;
using ir::Expr;

bool mentions(const Flow& flow, const Buffer& buffer) {
    return (!flow.dead && std::any_of(flow.accesses.begin(), flow.accesses.end(),
                                      [&](const Access& access) { return access.buffer == buffer; })) ||
           std::any_of(flow.bodies.begin(), flow.bodies.end(), [&](const std::vector<Flow>& body) {
               return std::any_of(body.begin(), body.end(), [&](const Flow& inner) { return mentions(inner, buffer); });
           });
}

size_t next_mention(const std::vector<Flow>& flows, size_t from, const Buffer& buffer) {
    while (from < flows.size() && !mentions(flows[from], buffer)) {
        ++from;
    }
    return from;
}

bool is_zero(const Expr& value) {
    return (value->op == ir::Op::Float && value->float_value == 0) || ir::constant(value) == 0;
}

/// The product that adds to all of c, if the flow is one.
const ir::Gemm* adds_to(const Flow& flow, const Buffer& c) {
    const auto* gemm = std::get_if<ir::Gemm>(&flow.stmt->of);
    return gemm != nullptr && !flow.dead && !gemm->clear && gemm->c.buffer == c && is_whole(gemm->c) &&
                   gemm->a.buffer != c && gemm->b.buffer != c
               ? gemm
               : nullptr;
}

/// Whether the flow makes all of one buffer, of no other, by choosing for each element between 0 and something else.
bool chooses_zeros(const Flow& flow) {
    const auto* parallel = std::get_if<ir::Parallel>(&flow.stmt->of);
    if (parallel == nullptr || flow.dead || flow.accesses.size() != 1 || !flow.accesses.front().replaces() ||
        parallel->body.size() != 1) {
        return false;
    }
    const auto* store = std::get_if<ir::Store>(&parallel->body.front()->of);
    if (store == nullptr) {
        return false;
    }
    Expr value = store->value;
    while (value->op == ir::Op::Cast) {
        value = value->args[0];
    }
    return value->op == ir::Op::Select && (is_zero(value->args[1]) || is_zero(value->args[2]));
}

class Joiner {
public:
    Joiner(Flows& flows, const std::map<Buffer, Form>& forms) : flows_(flows), forms_(forms) {}

    void visit(std::vector<Flow>& flows) {
        for (size_t i = 0; i < flows.size(); ++i) {
            join(flows, i);
            for (auto& body : flows[i].bodies) {
                visit(body);
            }
        }
    }

private:
    Flows& flows_;
    const std::map<Buffer, Form>& forms_;

    void join(std::vector<Flow>& flows, size_t at) {
        if (chooses_zeros(flows[at])) {
            const Buffer& made = flows[at].accesses.front().buffer;
            const size_t user = next_mention(flows, at + 1, made);
            if (user < flows.size() && adds_to(flows[user], made) != nullptr) {
                flows[user].sums.start = flows[at].stmt;
                flows[at].dead = true;
            }
            return;
        }
        const auto* fill = std::get_if<ir::Fill>(&flows[at].stmt->of);
        if (fill == nullptr || flows[at].dead || !is_whole(fill->dst) || !is_zero(fill->value)) {
            return;
        }
        const Buffer& c = fill->dst.buffer;
        const size_t user = next_mention(flows, at + 1, c);
        if (user == flows.size()) {
            return;
        }
        if (adds_to(flows[user], c) != nullptr) {
            flows[user].sums.first = ir::make_bool(true);
            flows[at].dead = true;
            return;
        }
        const auto* loop = std::get_if<ir::For>(&flows[user].stmt->of);
        if (loop == nullptr) {
            return;
        }
        const auto begin = ir::constant(loop->begin), end = ir::constant(loop->end), step = ir::constant(loop->step);
        std::vector<Flow>& body = flows[user].bodies.front();
        const size_t product = next_mention(body, 0, c);
        if (!begin || !end || !step || *step < 1 || *begin >= *end || product == body.size() ||
            adds_to(body[product], c) == nullptr || next_mention(body, product + 1, c) != body.size() ||
            leaves(loop->body)) {
            return;
        }
        Sums& sums = body[product].sums;
        const Expr turn = ir::make_var(loop->var);
        const int64_t last = *begin + (*end - 1 - *begin) / *step * *step;
        const auto is = [&](int64_t value) {
            return *begin == last ? ir::make_bool(true)
                                  : ir::make(ir::Op::Eq, {turn, ir::make_int(value, turn->dtype)});
        };
        sums.first = is(*begin);
        flows[at].dead = true;
        const size_t taker = next_mention(flows, user + 1, c);
        if (taker < flows.size() && takes(flows[taker], c, flows, user)) {
            sums.last = is(last);
            sums.result = std::get<ir::Copy>(flows[taker].stmt->of).dst.buffer;
            flows[taker].dead = true;
        }
    }

    static bool leaves(const ir::Block& body) {
        bool found = false;
        ir::walk_statements(
            body, [&](const ir::Stmt& stmt) { found = found || std::holds_alternative<ir::Break>(stmt->of); });
        return found;
    }

    /// Whether the flow copies all of c, which then is done, to a buffer that is only stored. Nothing between the loop
    /// at `from` and the copy uses that.
    bool takes(const Flow& flow, const Buffer& c, const std::vector<Flow>& flows, size_t from) const {
        const auto* copy = std::get_if<ir::Copy>(&flow.stmt->of);
        if (copy == nullptr || flow.dead || copy->src.buffer != c || flow.role != device::Role::Compute ||
            flow.after.contains(flows_.number.at(c)) || !is_whole(copy->src) || !is_whole(copy->dst)) {
            return false;
        }
        const Buffer& d = copy->dst.buffer;
        const auto form = forms_.find(d), before = forms_.find(c);
        const auto matrix = [&](const auto& found) { return found == forms_.end() || found->second == Form::Matrix; };
        if (d->shape.size() != c->shape.size() || !matrix(form) || !matrix(before) || !ir::is_float(d->dtype) ||
            flows_.unwritten.contains(flows_.number.at(d)) ||
            flows_.consumer[flows_.number.at(d)] != device::Role::Writer) {
            return false;
        }
        for (size_t i = 0; i < d->shape.size(); ++i) {
            if (ir::constant(d->shape[i]) != ir::constant(c->shape[i])) {
                return false;
            }
        }
        for (size_t i = from; i < flows.size() && &flows[i] != &flow; ++i) {
            if (mentions(flows[i], d)) {
                return false;
            }
        }
        return makers(flows_.body, d) == 1;
    }

    /// Statements of compute that make some of it.
    static size_t makers(const std::vector<Flow>& flows, const Buffer& buffer) {
        size_t count = 0;
        for (const Flow& flow : flows) {
            count += !flow.dead && std::any_of(flow.accesses.begin(), flow.accesses.end(), [&](const Access& access) {
                return access.writes && access.buffer == buffer;
            });
            for (const auto& body : flow.bodies) {
                count += makers(body, buffer);
            }
        }
        return count;
    }
};

}  // namespace

void join_products(Flows& flows, const std::map<Buffer, Form>& forms) {
    Joiner(flows, forms).visit(flows.body);
}

}  // namespace tessera::tile::lower
