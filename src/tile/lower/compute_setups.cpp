// Takes setups of the engines out of a compute kernel's code that change nothing.
//
// A setup is a call that programs some parts of the engines: the formats of SrcA, SrcB and the packer, the operation of
// unpackers and matrix unit, the vector unit's function, accumulation by the packer. What a part is set up for is a
// key; a call whose parts all have its keys on every path that leads to it is left out. At the head of a loop that is
// what the code before it and the end of its body have in common. A setup that is the only one of its parts in a loop
// moves before the loop first.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include <tile/emit/kernel_text.h>
#include <tile/lower/compute.h>

namespace tessera::tile::lower {
namespace {

using device::Code;

enum Part : uint8_t { SrcA, SrcB, Pack, Operation, Vector, L1Accumulate, PackMask, part_count };

struct Effect {
    std::map<Part, std::string> sets;  ///< and asks for: the call may go if all of these are so already
    std::map<Part, std::string> also;  ///< sets besides
    bool is_setup() const { return !sets.empty(); }
};

/// What the parts are set up for; empty: unknown.
using State = std::array<std::string, part_count>;

State common(const State& a, const State& b) {
    State both;
    for (size_t part = 0; part < part_count; ++part) {
        both[part] = a[part] == b[part] ? a[part] : std::string();
    }
    return both;
}

class Remover {
public:
    explicit Remover(const device::Program& program) {
        for (const device::CircularBuffer& cb : program.circular_buffers) {
            // Fp32 goes to DST or to the sources, in formats of their own: each buffer for itself.
            formats_[cb.name] = cb.format == ir::DType::Float32 ? cb.name : std::string(ir::name_of(cb.format));
        }
    }

    Code hoisted(const Code& code) const {
        Code out;
        for (const device::Node& node : code) {
            if (const auto* loop = std::get_if<device::Loop>(&node->of)) {
                device::Loop changed = *loop;
                changed.body = hoisted(loop->body);
                for (device::Node& setup : invariant(changed.body, loop->var)) {
                    out.push_back(std::move(setup));
                }
                out.push_back(device::make_node(std::move(changed), node->span));
            } else if (const auto* branch = std::get_if<device::Branch>(&node->of)) {
                device::Branch changed = *branch;
                changed.then = hoisted(branch->then);
                changed.otherwise = hoisted(branch->otherwise);
                out.push_back(device::make_node(std::move(changed), node->span));
            } else {
                out.push_back(node);
            }
        }
        return out;
    }

    /// The code without what `state` makes needless; `state` is then what holds after it.
    Code reduced(const Code& code, State& state) const {
        Code out;
        for (const device::Node& node : code) {
            if (const auto* loop = std::get_if<device::Loop>(&node->of)) {
                State head = state;
                for (;;) {
                    State end = head;
                    reduced(loop->body, end);
                    const State meet = common(head, end);
                    if (meet == head) {
                        break;
                    }
                    head = meet;
                }
                device::Loop changed = *loop;
                State end = head;
                changed.body = reduced(loop->body, end);
                state = head;  // which the end of the body has too, and a loop of no iterations
                out.push_back(device::make_node(std::move(changed), node->span));
            } else if (const auto* branch = std::get_if<device::Branch>(&node->of)) {
                device::Branch changed = *branch;
                State other = state;
                changed.then = reduced(branch->then, state);
                changed.otherwise = reduced(branch->otherwise, other);
                state = common(state, other);
                out.push_back(device::make_node(std::move(changed), node->span));
            } else if (const auto* call = std::get_if<device::Call>(&node->of)) {
                const Effect effect = effect_of(*call);
                const bool needless =
                    effect.is_setup() && std::all_of(effect.sets.begin(), effect.sets.end(),
                                                     [&](const auto& set) { return state[set.first] == set.second; });
                if (needless) {
                    continue;
                }
                for (const auto& [part, key] : effect.sets) {
                    state[part] = key;
                }
                for (const auto& [part, key] : effect.also) {
                    state[part] = key;
                }
                out.push_back(node);
            } else {
                out.push_back(node);
            }
        }
        return out;
    }

private:
    std::string key_of(const device::Argument& argument) const {
        if (const auto* text = std::get_if<std::string>(&argument)) {
            const auto format = formats_.find(*text);
            return format == formats_.end() ? *text : format->second;
        }
        return emit::expression_text(std::get<ir::Expr>(argument));
    }

    std::string key_of(const device::Call& call) const {
        std::string key = call.function;
        for (const std::string& each : call.template_arguments) {
            key += "<" + each;
        }
        for (const device::Argument& each : call.arguments) {
            key += "," + key_of(each);
        }
        return key;
    }

    Effect effect_of(const device::Call& call) const {
        const std::string& name = call.function;
        const auto argument = [&](size_t i) { return key_of(call.arguments.at(i)); };
        const auto is = [&](std::initializer_list<std::string_view> names) {
            return std::find(names.begin(), names.end(), name) != names.end();
        };
        if (name == "compute_kernel_hw_startup") {
            return {{{SrcA, argument(0)}, {SrcB, argument(1)}, {Pack, argument(2)}, {Operation, "startup"}}, {}};
        }
        if (name == "reconfig_data_format_srca") {
            return {{{SrcA, argument(0)}}, {}};
        }
        if (name == "reconfig_data_format_srcb") {
            return {{{SrcB, argument(0)}}, {}};
        }
        if (name == "reconfig_data_format") {
            return {{{SrcA, argument(0)}, {SrcB, argument(1)}}, {}};
        }
        if (name == "pack_reconfig_data_format") {
            return {{{Pack, argument(0)}}, {}};
        }
        if (name == "pack_reconfig_l1_acc") {
            return {{{L1Accumulate, argument(0)}}, {}};
        }
        if (name == "unary_bcast_init") {
            return {{{Operation, key_of(call)}, {SrcA, argument(0)}, {SrcB, argument(0)}}, {{Pack, argument(1)}}};
        }
        if (name == "reduce_init") {
            return {{{Operation, key_of(call)},
                     {SrcA, argument(0)},
                     {SrcB, argument(1)},
                     {PackMask, call.template_arguments.at(1)}},
                    {{Pack, argument(2)}}};
        }
        if (name == "tilize_init") {
            return {{{Operation, key_of(call)}, {SrcA, argument(0)}}, {{SrcB, argument(0)}, {Pack, argument(2)}}};
        }
        if (name == "tilize_uninit") {
            return {{{Operation, "none"}}, {}};
        }
        if (name == "reduce_uninit") {
            return {{{PackMask, "none"}}, {}};
        }
        if (is({"copy_tile_to_dst_init_short", "transpose_wh_init_short", "mm_block_init_short", "add_tiles_init",
                "sub_tiles_init", "mul_tiles_init", "transpose_wh_dest_init_short"}) ||
            name.ends_with("_init_short")) {
            return {{{Operation, key_of(call)}}, {}};
        }
        if (name.ends_with("_tile_init") || name == "sfpu_reduce_init") {
            return {{{Vector, key_of(call)}}, {}};
        }
        return {};
    }

    void collect(const Code& code, std::vector<const device::Node*>& setups) const {
        for (const device::Node& node : code) {
            if (const auto* call = std::get_if<device::Call>(&node->of)) {
                if (effect_of(*call).is_setup()) {
                    setups.push_back(&node);
                }
            } else if (const auto* loop = std::get_if<device::Loop>(&node->of)) {
                collect(loop->body, setups);
            } else if (const auto* branch = std::get_if<device::Branch>(&node->of)) {
                collect(branch->then, setups);
                collect(branch->otherwise, setups);
            }
        }
    }

    /// The setups in a loop's body that are the only ones of their parts, once each, in their order.
    Code invariant(const Code& body, const ir::Var& counter) const {
        std::vector<const device::Node*> setups;
        collect(body, setups);
        std::array<std::set<std::string>, part_count> keys;
        std::vector<Effect> effects;
        for (const device::Node* node : setups) {
            effects.push_back(effect_of(std::get<device::Call>((*node)->of)));
            for (const auto& sets : {effects.back().sets, effects.back().also}) {
                for (const auto& [part, key] : sets) {
                    keys[part].insert(key);
                }
            }
        }
        Code moved;
        std::set<std::string> seen;
        for (size_t i = 0; i < setups.size(); ++i) {
            const auto& call = std::get<device::Call>((*setups[i])->of);
            const bool alone = std::all_of(effects[i].sets.begin(), effects[i].sets.end(),
                                           [&](const auto& set) { return keys[set.first].size() == 1; });
            const bool constant = std::none_of(call.arguments.begin(), call.arguments.end(), [&](const auto& argument) {
                const auto* expr = std::get_if<ir::Expr>(&argument);
                return expr != nullptr && ir::uses(*expr, counter);
            });
            if (alone && constant && seen.insert(key_of(call)).second) {
                moved.push_back(*setups[i]);
            }
        }
        return moved;
    }

    std::map<std::string, std::string, std::less<>> formats_;
};

}  // namespace

Code without_repeated_setups(const Code& code, const device::Program& program) {
    const Remover remover(program);
    State nothing;
    return remover.reduced(remover.hoisted(code), nothing);
}

}  // namespace tessera::tile::lower
