#include <tile/lower/roles.h>

#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include <tile/lower/access.h>
#include <tile/lower/gather.h>
#include <tile/pass/names.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::lower {

namespace {

using device::Role;
using ir::Block;
using ir::Buffer;
using ir::Stmt;

/// Where a content of a buffer comes from: a statement by its number in the order of the text, or the block's start.
constexpr int at_start = -1;

/// A widening that loses nothing: the narrower type can stand for the wider one.
bool widens(ir::DType from, ir::DType to) {
    return to == ir::DType::Float32 && (from == ir::DType::Float16 || from == ir::DType::BFloat16 ||
                                        from == ir::DType::BlockFloat8 || from == ir::DType::BlockFloat4);
}

/// Which definitions reach which uses; definitions that reach a common use are one web.
class Webs {
public:
    explicit Webs(const Block& body) { walk(body, state_); }

    /// The web of what statement `number` finds in a buffer, or leaves in it.
    int read(int number, const Buffer& buffer) { return find(reads_.at({number, buffer})); }
    int written(int number, const Buffer& buffer) { return find(definition(number, buffer)); }

private:
    using State = std::map<Buffer, std::set<int>>;
    State state_;
    std::map<std::pair<int, Buffer>, int> definitions_;
    std::map<std::pair<int, Buffer>, int> reads_;
    std::vector<int> parent_;
    std::vector<State*> breaks_;
    int number_ = 0;
    bool ended_ = false;  ///< after a Break nothing is reached

    int find(int web) {
        while (parent_[static_cast<size_t>(web)] != web) {
            web = parent_[static_cast<size_t>(web)] = parent_[static_cast<size_t>(parent_[static_cast<size_t>(web)])];
        }
        return web;
    }

    int definition(int number, const Buffer& buffer) {
        const auto [at, fresh] = definitions_.emplace(std::pair(number, buffer), static_cast<int>(parent_.size()));
        if (fresh) {
            parent_.push_back(at->second);
        }
        return at->second;
    }

    std::set<int>& reaching(State& state, const Buffer& buffer) {
        auto& set = state[buffer];
        if (set.empty()) {
            set.insert(definition(at_start, buffer));
        }
        return set;
    }

    void merge(State& into, State& from) {
        for (const auto& entry : std::vector<std::pair<const Buffer, std::set<int>>>(from.begin(), from.end())) {
            reaching(into, entry.first).insert(entry.second.begin(), entry.second.end());
        }
        for (auto& [buffer, set] : into) {
            if (!from.contains(buffer)) {
                set.insert(definition(at_start, buffer));
            }
        }
    }

    void loop(const Block& body, State& state) {
        const int first = number_;
        State left;
        bool any_left = false;
        breaks_.push_back(&left);
        for (State before = state;; before = state) {
            number_ = first;
            State inside = state;
            walk(body, inside);
            ended_ = false;
            merge(state, inside);
            if (state == before) {
                break;
            }
        }
        breaks_.pop_back();
        any_left = !left.empty();
        if (any_left) {
            merge(state, left);
        }
    }

    void walk(const Block& block, State& state) {
        for (const Stmt& stmt : block) {
            if (const auto* for_loop = std::get_if<ir::For>(&stmt->of)) {
                loop(for_loop->body, state);
            } else if (const auto* while_loop = std::get_if<ir::While>(&stmt->of)) {
                loop(while_loop->body, state);
            } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
                State other = state;
                walk(branch->then, state);
                const bool then_ended = std::exchange(ended_, false);
                walk(branch->otherwise, other);
                const bool other_ended = std::exchange(ended_, false);
                if (then_ended) {
                    state = other;
                } else if (!other_ended) {
                    merge(state, other);
                }
                ended_ = then_ended && other_ended;
            } else if (std::holds_alternative<ir::Break>(stmt->of)) {
                if (!breaks_.empty()) {
                    merge(*breaks_.back(), state);
                }
                ended_ = true;
            } else if (is_tile_statement(*stmt)) {
                const int number = number_++;
                const std::vector<Access> list = accesses(*stmt);
                for (const Access& access : list) {
                    if (!access.reads) {
                        continue;
                    }
                    const std::set<int>& from = reaching(state, access.buffer);
                    for (const int web : from) {
                        parent_[static_cast<size_t>(find(web))] = find(*from.begin());
                    }
                    reads_[{number, access.buffer}] = *from.begin();
                }
                for (const Access& access : list) {
                    if (!access.writes) {
                        continue;
                    }
                    const int made = definition(number, access.buffer);
                    if (access.keeps) {
                        parent_[static_cast<size_t>(find(made))] = find(reads_.at({number, access.buffer}));
                    }
                    state[access.buffer] = {made};
                }
            }
        }
    }
};

/// What is known of the contents of one web.
struct Web {
    Buffer buffer;                     ///< as the script has it
    std::set<Role> makers, takers;     ///< by what the statements are
    std::set<ir::DType> from, to;      ///< element types of the tensors
    bool loads_part = false;           ///< a load fills only a part of the buffer
    bool direct_in = false;            ///< the reader fills it
    bool direct_out = false;           ///< the writer empties it
    std::optional<ir::DType> dtype{};  ///< other than the script's
};

class Assigner {
public:
    Assigner(const ir::Launch& launch, const ir::Kernel& kernel)
        : launch_(launch), names_(kernel), webs_(launch.body) {}

    Stmt run(Span span) {
        survey(launch_.body);
        for (auto& [id, web] : known_) {
            decide(web);
        }
        number_ = 0;
        const Block body = rebuilt(launch_.body);
        ir::Launch result = launch_;
        result.body.clear();
        for (const Buffer& buffer : made_) {
            result.body.push_back(ir::make_stmt(ir::Alloc{buffer, nullptr}, buffer->span));
        }
        result.body.insert(result.body.end(), body.begin(), body.end());
        return ir::make_stmt(std::move(result), span);
    }

private:
    const ir::Launch& launch_;
    pass::Names names_;
    Webs webs_;
    std::map<int, Web> known_;
    std::map<std::tuple<Buffer, bool, bool, ir::DType>, Buffer> chosen_;
    std::set<Buffer> kept_;
    std::vector<Buffer> made_;
    int number_ = 0;

    void survey(const Block& block) {
        for (const Stmt& stmt : block) {
            for (const Block* inner : ir::bodies(*stmt)) {
                if (!is_tile_statement(*stmt)) {
                    survey(*inner);
                }
            }
            if (!is_tile_statement(*stmt)) {
                continue;
            }
            const int number = number_++;
            const Role role = role_of(*stmt);
            for (const Access& access : accesses(*stmt)) {
                if (access.reads) {
                    Web& web = known_[webs_.read(number, access.buffer)];
                    web.buffer = access.buffer;
                    // A load into a part reads the rest, which the compute kernel has to put together.
                    web.takers.insert(access.reader.value_or(role == Role::Reader ? Role::Compute : role));
                    if (role == Role::Writer) {
                        web.to.insert(tensor_type(*stmt));
                    }
                }
                if (access.writes) {
                    Web& web = known_[webs_.written(number, access.buffer)];
                    web.buffer = access.buffer;
                    web.makers.insert(role);
                    if (role == Role::Reader) {
                        web.from.insert(tensor_type(*stmt));
                        const auto gather = gather_of(*stmt);
                        // Rows become tiles by the compute kernel.
                        web.loads_part = web.loads_part || access.reads || (gather && gather->rows);
                    }
                }
            }
        }
    }

    static ir::DType tensor_type(const ir::StmtNode& stmt) {
        if (const auto* copy = std::get_if<ir::Copy>(&stmt.of)) {
            return pass::is_tensor(copy->src.buffer) ? copy->src.buffer->dtype : copy->dst.buffer->dtype;
        }
        if (const auto* atomic = std::get_if<ir::Atomic>(&stmt.of)) {
            return atomic->dst.buffer->dtype;
        }
        if (const auto gather = gather_of(stmt)) {
            return gather->load->dtype;
        }
        return std::get<ir::Im2col>(stmt.of).img.buffer->dtype;
    }

    static void decide(Web& web) {
        const ir::DType own = web.buffer->dtype;
        web.direct_in = web.makers == std::set{Role::Reader} && !web.loads_part && web.from.size() == 1 &&
                        (*web.from.begin() == own || widens(*web.from.begin(), own));
        if (web.direct_in) {
            web.dtype = *web.from.begin();
        }
        const bool only_stored = web.takers == std::set{Role::Writer} && web.to.size() == 1;
        if (web.direct_in) {
            web.direct_out = only_stored && *web.to.begin() == *web.from.begin();
        } else {
            // The compute kernel packs in the tensor's type right away.
            web.direct_out = only_stored;
            if (only_stored) {
                web.dtype = *web.to.begin();
            }
        }
    }

    Buffer made(const std::string& base, ir::DType dtype, std::vector<ir::Expr> shape, const Buffer& like) {
        const auto buffer = std::make_shared<const ir::BufferNode>(
            ir::BufferNode{names_.fresh(base), dtype, std::move(shape), like->scope, like->span});
        made_.push_back(buffer);
        return buffer;
    }

    Buffer of(int id) {
        const Web& web = known_.at(id);
        const ir::DType dtype = web.dtype.value_or(web.buffer->dtype);
        Buffer& choice = chosen_[{web.buffer, web.direct_in, web.direct_out, dtype}];
        if (!choice) {
            if (dtype == web.buffer->dtype && kept_.insert(web.buffer).second) {
                choice = web.buffer;
                made_.push_back(choice);
            } else {
                const char* suffix = web.direct_out ? "_out" : web.direct_in ? "_in" : "_part";
                choice = made(web.buffer->name + suffix, dtype, web.buffer->shape, web.buffer);
            }
        }
        return choice;
    }

    static std::vector<ir::Expr> shape_of(const ir::Region& region) {
        std::vector<ir::Expr> shape;
        for (size_t i = 0; i < region.extent.size(); ++i) {
            if (!region.dropped[i]) {
                shape.push_back(region.extent[i]);
            }
        }
        if (shape.empty()) {
            shape.push_back(ir::make_int(1));
        }
        return shape;
    }

    Block rebuilt(const Block& block) {
        Block result;
        for (const Stmt& stmt : block) {
            if (const auto* alloc = std::get_if<ir::Alloc>(&stmt->of)) {
                if (!pass::is_block(alloc->buffer)) {
                    result.push_back(stmt);
                }
            } else if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
                ir::For changed = *loop;
                changed.body = rebuilt(loop->body);
                result.push_back(ir::make_stmt(std::move(changed), stmt->span));
            } else if (const auto* while_loop = std::get_if<ir::While>(&stmt->of)) {
                result.push_back(
                    ir::make_stmt(ir::While{while_loop->condition, rebuilt(while_loop->body)}, stmt->span));
            } else if (const auto* branch = std::get_if<ir::If>(&stmt->of)) {
                Block then = rebuilt(branch->then);
                Block otherwise = rebuilt(branch->otherwise);
                result.push_back(
                    ir::make_stmt(ir::If{branch->condition, std::move(then), std::move(otherwise)}, stmt->span));
            } else if (is_tile_statement(*stmt)) {
                tile(stmt, result);
            } else {
                result.push_back(stmt);
            }
        }
        return result;
    }

    void tile(const Stmt& stmt, Block& out) {
        const int number = number_++;
        const Role role = role_of(*stmt);
        const auto read = [&](const Buffer& buffer) { return of(webs_.read(number, buffer)); };
        const auto write = [&](const Buffer& buffer) { return of(webs_.written(number, buffer)); };
        if (role == Role::Compute) {
            out.push_back(with_buffers(stmt, read, write));
            return;
        }
        if (role == Role::Reader) {
            const auto gather = gather_of(*stmt);
            const ir::Region dst = gather                                       ? ir::whole(gather->store->buffer)
                                   : std::holds_alternative<ir::Copy>(stmt->of) ? std::get<ir::Copy>(stmt->of).dst
                                                                                : std::get<ir::Im2col>(stmt->of).dst;
            const int web = webs_.written(number, dst.buffer);
            if (known_.at(web).direct_in) {
                out.push_back(with_buffers(stmt, read, write));
                return;
            }
            Buffer loaded = made(dst.buffer->name + "_in", tensor_type(*stmt), shape_of(dst), dst.buffer);
            if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
                out.push_back(ir::make_stmt(ir::Copy{copy->src, ir::whole(loaded), copy->turn}, stmt->span));
            } else if (gather) {
                out.push_back(with_buffers(stmt, read, [&](const Buffer&) { return loaded; }));
            } else {
                ir::Im2col im2col = std::get<ir::Im2col>(stmt->of);
                im2col.dst = ir::whole(loaded);
                out.push_back(ir::make_stmt(std::move(im2col), stmt->span));
            }
            ir::Region to = dst;
            to.buffer = of(web);
            out.push_back(ir::make_stmt(ir::Copy{ir::whole(loaded), std::move(to)}, stmt->span));
            return;
        }
        const ir::Region& src = std::holds_alternative<ir::Copy>(stmt->of) ? std::get<ir::Copy>(stmt->of).src
                                                                           : ir::source(std::get<ir::Atomic>(stmt->of));
        const int web = webs_.read(number, src.buffer);
        if (known_.at(web).direct_out) {
            out.push_back(with_buffers(stmt, read, write));
            return;
        }
        const Buffer stored = made(src.buffer->name + "_out", tensor_type(*stmt), shape_of(src), src.buffer);
        ir::Region from = src;
        from.buffer = of(web);
        out.push_back(ir::make_stmt(ir::Copy{std::move(from), ir::whole(stored)}, stmt->span));
        if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
            out.push_back(ir::make_stmt(ir::Copy{ir::whole(stored), copy->dst, copy->turn}, stmt->span));
        } else {
            ir::Atomic atomic = std::get<ir::Atomic>(stmt->of);
            atomic.src = ir::whole(stored);
            out.push_back(ir::make_stmt(std::move(atomic), stmt->span));
        }
    }
};

}  // namespace

Stmt assign_roles(const Stmt& launch, const ir::Kernel& kernel, Diagnostics&) {
    return Assigner(std::get<ir::Launch>(launch->of), kernel).run(launch->span);
}

}  // namespace tessera::tile::lower
