#include <tile/lower/loads.h>

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>

#include <tile/lower/tensors.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::lower {

namespace {

using device::Role;
using ir::Buffer;

void each_flow(std::vector<Flow>& flows, const std::function<void(Flow&)>& visit) {
    for (Flow& flow : flows) {
        visit(flow);
        for (auto& body : flow.bodies) {
            each_flow(body, visit);
        }
    }
}

bool loads(const Flow& flow) {
    return !flow.dead && flow.role == Role::Reader && !flow.accesses.empty();
}

/// What is loaded, as far as a copy of whole tiles does it.
Buffer loaded(const Flow& flow) {
    const auto* copy = std::get_if<ir::Copy>(&flow.stmt->of);
    return copy == nullptr ? nullptr : copy->dst.buffer;
}

class Sharer {
public:
    Sharer(Flows& flows, const MovementNeeds& movement, const std::map<Buffer, Form>& forms, const Rectangle& rectangle)
        : flows_(flows), forms_(forms), rectangle_(rectangle), fixed_(movement.windows) {}

    void share() {
        // Innermost loops first: they take the time.
        visit(flows_.body);
        each_flow(flows_.body, [&](Flow& flow) {
            if (loads(flow) && given_.contains(loaded(flow))) {
                flow.role = Role::Writer;
                flows_.producer[flows_.number.at(loaded(flow))] = Role::Writer;
            }
        });
    }

private:
    Flows& flows_;
    const std::map<Buffer, Form>& forms_;
    const Rectangle& rectangle_;
    std::set<Buffer> fixed_, given_;

    void visit(std::vector<Flow>& flows) {
        for (Flow& flow : flows) {
            for (auto& body : flow.bodies) {
                visit(body);
            }
            if (std::holds_alternative<ir::For>(flow.stmt->of)) {
                loop(flow);
            }
        }
    }

    void loop(Flow& flow) {
        std::vector<Buffer> all;
        bool stores = false;
        each_flow(flow.bodies.front(), [&](Flow& inner) {
            stores = stores || (!inner.dead && inner.role == Role::Writer && !inner.accesses.empty());
            if (!loads(inner)) {
                return;
            }
            const Buffer buffer = loaded(inner);
            if (buffer && !fixed_.contains(buffer) && !flows_.unwritten.contains(flows_.number.at(buffer)) &&
                std::find(all.begin(), all.end(), buffer) == all.end()) {
                all.push_back(buffer);
            }
        });
        if (stores || all.size() < 2) {
            return;
        }
        // The largest first, each to whom has less; of equal ones the first stays.
        const auto number = [&](const Buffer& buffer) { return flows_.number.at(buffer); };
        std::sort(all.begin(), all.end(), [&](const Buffer& a, const Buffer& b) {
            // Of equal ones first those that one of the two rather takes.
            return std::tuple(-bytes(a), !rectangle_.operands.contains(a), number(a)) <
                   std::tuple(-bytes(b), !rectangle_.operands.contains(b), number(b));
        });
        int64_t reader = 0, writer = 0;
        for (const Buffer& buffer : all) {
            const auto multicast = rectangle_.operands.find(buffer);
            const bool rather = multicast != rectangle_.operands.end() && multicast->second.along_row;
            const bool give = (rather ? writer <= reader : writer < reader) && loaded_only_in(flow, buffer);
            (give ? writer : reader) += bytes(buffer);
            fixed_.insert(buffer);
            if (give) {
                given_.insert(buffer);
            }
        }
    }

    int64_t bytes(const Buffer& buffer) const {
        int64_t tiles = 1;
        const auto form = forms_.find(buffer);
        const TileDimensions tile = tile_dimensions(buffer, form == forms_.end() ? Form::Matrix : form->second);
        for (size_t i = 0; i < buffer->shape.size(); ++i) {
            const int64_t size = ir::constant(buffer->shape[i]).value_or(1);
            const bool on_tiles = static_cast<int>(i) == tile.row || static_cast<int>(i) == tile.column;
            tiles *= on_tiles ? (size + tile_side - 1) / tile_side : size;
        }
        return tiles * tile_bytes(device_format(buffer->dtype));
    }

    bool loaded_only_in(Flow& flow, const Buffer& buffer) {
        const auto count = [&](std::vector<Flow>& flows) {
            int64_t found = 0;
            each_flow(flows, [&](Flow& each) { found += loads(each) && loaded(each) == buffer ? 1 : 0; });
            return found;
        };
        return count(flow.bodies.front()) == count(flows_.body);
    }
};

}  // namespace

void share_loads(Flows& flows, const MovementNeeds& movement, const std::map<Buffer, Form>& forms,
                 const Rectangle& rectangle) {
    Sharer(flows, movement, forms, rectangle).share();
}

}  // namespace tessera::tile::lower
