#include <tile/lower/liveness.h>

#include <algorithm>

namespace tessera::tile::lower {

namespace {

using device::Role;

class Analysis {
public:
    explicit Analysis(const ir::Launch& launch) {
        ir::walk_statements(launch.body, [&](const ir::Stmt& stmt) {
            if (const auto* alloc = std::get_if<ir::Alloc>(&stmt->of);
                alloc != nullptr && alloc->buffer->scope != ir::Scope::Local) {
                all_.emplace(alloc->buffer, static_cast<uint32_t>(all_.size()));
            }
        });
        flows_.body = build(launch.body);
        flows_.unwritten = backward(flows_.body, {});
    }

    Flows take() {
        // Only what living statements use is kept, under new numbers.
        std::vector<std::pair<uint32_t, ir::Buffer>> used;
        collect(flows_.body);
        for (const auto& [buffer, number] : all_) {
            if (used_.contains(number)) {
                used.emplace_back(number, buffer);
            }
        }
        std::sort(used.begin(), used.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
        std::map<uint32_t, uint32_t> renumbered;
        for (const auto& [number, buffer] : used) {
            renumbered[number] = static_cast<uint32_t>(flows_.buffers.size());
            flows_.number[buffer] = static_cast<uint32_t>(flows_.buffers.size());
            flows_.buffers.push_back(buffer);
        }
        flows_.producer.assign(used.size(), Role::Compute);
        flows_.consumer.assign(used.size(), Role::Compute);
        roles(flows_.body);
        const auto renumber = [&](Live& live) {
            Live result;
            for (const uint32_t number : live) {
                if (const auto at = renumbered.find(number); at != renumbered.end()) {
                    result.insert(at->second);
                }
            }
            live = std::move(result);
        };
        renumber(flows_.unwritten);
        apply(flows_.body, renumber);
        return std::move(flows_);
    }

private:
    Flows flows_;
    std::map<ir::Buffer, uint32_t> all_;
    std::set<uint32_t> used_;
    std::vector<Live> exits_;

    static std::vector<Flow> build(const ir::Block& block) {
        std::vector<Flow> result;
        for (const ir::Stmt& stmt : block) {
            if (const auto* alloc = std::get_if<ir::Alloc>(&stmt->of);
                alloc != nullptr && alloc->buffer->scope != ir::Scope::Local) {
                continue;
            }
            Flow flow;
            flow.stmt = stmt;
            if (is_tile_statement(*stmt)) {
                flow.accesses = accesses(*stmt);
                flow.role = role_of(*stmt);
            } else {
                for (const ir::Block* inner : ir::bodies(*stmt)) {
                    flow.bodies.push_back(build(*inner));
                }
                flow.entries.resize(flow.bodies.size());
            }
            result.push_back(std::move(flow));
        }
        return result;
    }

    Live backward(std::vector<Flow>& flows, Live live) {
        for (auto flow = flows.rbegin(); flow != flows.rend(); ++flow) {
            flow->after = live;
            live = before(*flow, live);
            flow->before = live;
        }
        return live;
    }

    Live before(Flow& flow, const Live& after) {
        if (is_tile_statement(*flow.stmt)) {
            return before_tile(flow, after);
        }
        if (std::holds_alternative<ir::Break>(flow.stmt->of)) {
            return exits_.empty() ? after : exits_.back();
        }
        if (std::holds_alternative<ir::If>(flow.stmt->of)) {
            Live result;
            for (size_t i = 0; i < flow.bodies.size(); ++i) {
                flow.entries[i] = backward(flow.bodies[i], after);
                result.insert(flow.entries[i].begin(), flow.entries[i].end());
            }
            return result;
        }
        if (!flow.bodies.empty()) {
            exits_.push_back(after);
            flow.head = after;
            for (;;) {
                flow.entries[0] = backward(flow.bodies[0], flow.head);
                Live head = flow.head;
                head.insert(flow.entries[0].begin(), flow.entries[0].end());
                if (head == flow.head) {
                    break;
                }
                flow.head = std::move(head);
            }
            exits_.pop_back();
            return flow.head;
        }
        return after;
    }

    Live before_tile(Flow& flow, const Live& after) {
        Live live = after;
        const bool writes =
            std::any_of(flow.accesses.begin(), flow.accesses.end(), [](const Access& access) { return access.writes; });
        flow.dead = writes && std::none_of(flow.accesses.begin(), flow.accesses.end(), [&](const Access& access) {
                        return access.writes && after.contains(all_.at(access.buffer));
                    });
        if (flow.dead) {
            return live;
        }
        for (const Access& access : flow.accesses) {
            if (access.replaces()) {
                live.erase(all_.at(access.buffer));
            }
        }
        for (const Access& access : flow.accesses) {
            if (access.reads) {
                live.insert(all_.at(access.buffer));
            }
        }
        return live;
    }

    void collect(const std::vector<Flow>& flows) {
        for (const Flow& flow : flows) {
            if (!flow.dead) {
                for (const Access& access : flow.accesses) {
                    used_.insert(all_.at(access.buffer));
                }
            }
            for (const auto& body : flow.bodies) {
                collect(body);
            }
        }
    }

    void roles(const std::vector<Flow>& flows) {
        for (const Flow& flow : flows) {
            if (!flow.dead && !flow.accesses.empty()) {
                const Role role = flow.role;
                for (const Access& access : flow.accesses) {
                    if (access.writes) {
                        flows_.producer[flows_.number.at(access.buffer)] = role;
                    }
                    if (access.reads) {
                        flows_.consumer[flows_.number.at(access.buffer)] = access.reader.value_or(role);
                    }
                }
            }
            for (const auto& body : flow.bodies) {
                roles(body);
            }
        }
    }

    template <class Renumber>
    static void apply(std::vector<Flow>& flows, const Renumber& renumber) {
        for (Flow& flow : flows) {
            renumber(flow.before);
            renumber(flow.after);
            renumber(flow.head);
            for (Live& entry : flow.entries) {
                renumber(entry);
            }
            for (auto& body : flow.bodies) {
                apply(body, renumber);
            }
        }
    }
};

}  // namespace

Flows liveness(const ir::Launch& launch) {
    return Analysis(launch).take();
}

}  // namespace tessera::tile::lower
