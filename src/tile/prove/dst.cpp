// Whether the compute kernel names only DST slots that there are, and only while they are its own.
#include <array>
#include <optional>
#include <set>

#include <fmt/format.h>

#include <tile/prove/ranges.h>
#include <tile/prove/verdicts.h>

namespace tessera::tile::prove {
namespace {

using device::Call;
using device::Code;
using device::Node;

/// Which arguments of a call are DST slots, and how many tiles from there on it touches.
struct Slots {
    std::vector<size_t> arguments;
    std::vector<size_t> factors;  ///< arguments whose product is that number; none: 1
    bool packs = false;
};

/// Nothing: not known. Without arguments: the function leaves DST alone.
std::optional<Slots> slots_of(std::string_view name) {
    const auto starts = [&](std::string_view text) { return name.starts_with(text); };
    const auto has = [&](std::string_view text) { return name.find(text) != std::string_view::npos; };
    if (name == "pack_tile") {
        return Slots{{0}, {}, true};
    }
    if (name == "pack_tile_block") {
        return Slots{{0}, {2}, true};
    }
    if (has("init") || has("reconfig") || starts("cb_") || starts("compute_kernel_") || starts("read_tile_value") ||
        starts("get_") || starts("pack_relu") || starts("unpack_") || name.ends_with("_uninit")) {
        return Slots{};
    }
    if (name == "matmul_block") {
        return Slots{{4}, {6, 7}, false};
    }
    if (name == "copy_tile" || name == "transpose_wh_tile" || name == "unary_bcast") {
        return Slots{{2}, {}, false};
    }
    static const std::set<std::string_view> two_tiles = {"matmul_tiles",    "add_tiles",       "sub_tiles",
                                                         "mul_tiles",       "reduce_tile",     "add_tiles_bcast",
                                                         "sub_tiles_bcast", "mul_tiles_bcast", "any_tiles_bcast"};
    if (two_tiles.contains(name) || has("_tiles_bcast")) {
        return Slots{{4}, {}, false};
    }
    if (starts("binary_dest_reuse_tiles")) {
        return Slots{{2}, {}, false};
    }
    if (name.find("_binary_") != std::string_view::npos || starts("binary_") || starts("copy_dest") ||
        has("_int_tile") || has("_uint32_tile") || has("_int32_tile")) {
        return name.find("copy_dest") == 0 ? Slots{{0, 1}, {}, false} : Slots{{0, 1, 2}, {}, false};
    }
    if (name == "where_tile") {
        return Slots{{0, 1, 2, 3}, {}, false};
    }
    if (name.ends_with("_tile_int32") || starts("fill_tile") || name == "transpose_wh_dest" || name == "sfpu_reduce" ||
        name.ends_with("_tile")) {
        return Slots{{0}, {}, false};
    }
    return std::nullopt;
}

class Walker {
public:
    Walker(const device::Program& program, Verdict& verdict) : verdict_(verdict) {
        capacity_ = 16 / (program.fp32_dest_acc_en ? 2 : 1) / (program.dst_full_sync_en ? 1 : 2);
    }

    int64_t capacity() const { return capacity_; }
    int64_t most() const { return most_; }
    int64_t sections() const { return sections_; }

    void kernel(const Code& code) {
        Ranges known;
        if (walk(code, known) && phase_ != Phase::Free) {
            refute({}, "the kernel ends and has not given DST back");
        }
    }

private:
    enum class Phase : uint8_t { Free, Math, Committed, Pack };
    static constexpr std::array<std::string_view, 4> names{"free", "acquired", "committed", "being packed"};

    Verdict& verdict_;
    int64_t capacity_ = 8, most_ = 0, sections_ = 0;
    Phase phase_ = Phase::Free;

    bool refute(Span span, std::string what) {
        verdict_.kind = Verdict::Kind::Refuted;
        verdict_.what = std::move(what);
        verdict_.span = span;
        return false;
    }
    bool give_up(Span span, std::string what) {
        verdict_.kind = Verdict::Kind::NotProved;
        verdict_.what = std::move(what);
        verdict_.span = span;
        return false;
    }

    bool walk(const Code& code, Ranges known) {
        for (const Node& node : code) {
            if (const auto* declared = std::get_if<device::Declare>(&node->of)) {
                if (declared->value != nullptr && !declared->changes) {
                    known.set(declared->var, known.of(declared->value));
                }
            } else if (const auto* loop = std::get_if<device::Loop>(&node->of)) {
                if (!turn(*loop, node->span, known)) {
                    return false;
                }
            } else if (const auto* branch = std::get_if<device::Branch>(&node->of)) {
                const Phase before = phase_;
                if (!walk(branch->then, known)) {
                    return false;
                }
                const Phase after = phase_;
                phase_ = before;
                if (!walk(branch->otherwise, known)) {
                    return false;
                }
                if (phase_ != after) {
                    return refute(node->span, "the two sides of a condition leave DST in different states");
                }
            } else if (const auto* made = std::get_if<Call>(&node->of)) {
                if (!call(*made, node->span, known)) {
                    return false;
                }
            }
        }
        return true;
    }

    bool turn(const device::Loop& loop, Span span, Ranges known) {
        const Range begin = known.of(loop.begin), end = known.of(loop.end), step = known.of(loop.step);
        if (step.low > 0) {
            // The last turn of a loop with larger steps begins earlier than its end.
            int64_t last = end.high - 1;
            if (begin.low == begin.high && end.low == end.high && step.low == step.high && end.low > begin.low) {
                last = begin.low + (end.low - 1 - begin.low) / step.low * step.low;
            }
            known.set(loop.var, {begin.low, std::max(begin.low, last)});
        }
        const Phase before = phase_;
        if (!walk(loop.body, known)) {
            return false;
        }
        return phase_ == before || refute(span, "each turn of a loop leaves DST in another state");
    }

    bool step(Span span, std::string_view function, Phase from, Phase to) {
        if (phase_ != from) {
            return refute(span, fmt::format("{} where DST is {}", function, names[static_cast<size_t>(phase_)]));
        }
        phase_ = to;
        return true;
    }

    bool call(const Call& made, Span span, const Ranges& known) {
        const std::string& name = made.function;
        if (name == "tile_regs_acquire") {
            ++sections_;
            return step(span, name, Phase::Free, Phase::Math);
        }
        if (name == "tile_regs_commit") {
            return step(span, name, Phase::Math, Phase::Committed);
        }
        if (name == "tile_regs_wait") {
            return step(span, name, Phase::Committed, Phase::Pack);
        }
        if (name == "tile_regs_release") {
            return step(span, name, Phase::Pack, Phase::Free);
        }
        const std::optional<Slots> slots = slots_of(name);
        if (!slots) {
            return give_up(span, fmt::format("what {} does with DST is not known here", name));
        }
        if (slots->arguments.empty()) {
            return true;
        }
        if (phase_ != (slots->packs ? Phase::Pack : Phase::Math)) {
            return refute(span, fmt::format("{} where DST is {}", name, names[static_cast<size_t>(phase_)]));
        }
        int64_t tiles = 1;
        for (const size_t factor : slots->factors) {
            const auto* expr =
                factor < made.arguments.size() ? std::get_if<ir::Expr>(&made.arguments[factor]) : nullptr;
            const Range range = expr == nullptr ? Range::all() : known.of(*expr);
            if (range == Range::all()) {
                return give_up(span, fmt::format("how many tiles {} makes is known at run time only", name));
            }
            tiles *= range.high;
        }
        for (const size_t argument : slots->arguments) {
            const auto* expr =
                argument < made.arguments.size() ? std::get_if<ir::Expr>(&made.arguments[argument]) : nullptr;
            const Range range = expr == nullptr ? Range::all() : known.of(*expr);
            if (range.low <= Range::all().low || range.high >= Range::all().high) {
                return give_up(span, fmt::format("the DST slot of {} is known at run time only", name));
            }
            most_ = std::max(most_, range.high + tiles);
            if (range.low < 0 || range.high + tiles > capacity_) {
                return refute(span, fmt::format("{} uses DST slot {}, and there are {}", name,
                                                range.low < 0 ? range.low : range.high + tiles - 1, capacity_));
            }
        }
        return true;
    }
};

}  // namespace

Verdict dst(const device::Program& program) {
    Verdict verdict{Verdict::Kind::Proved, Property::Dst, program.name, {}, {}, {}};
    Walker walker(program, verdict);
    for (const device::KernelCode& kernel : program.kernels) {
        if (kernel.role == device::Role::Compute && verdict.kind == Verdict::Kind::Proved) {
            walker.kernel(kernel.body);
        }
    }
    if (verdict.kind == Verdict::Kind::Proved) {
        verdict.what = fmt::format("{} places of code use at most {} of {} DST tiles, each between acquire and release",
                                   walker.sections(), walker.most(), walker.capacity());
    }
    return verdict;
}

}  // namespace tessera::tile::prove
