// Whether every transfer of the data-movement kernels begins where the NoC and the memories at its ends allow it, and
// stays inside of the pages that are reserved for it.
#include <algorithm>
#include <map>
#include <numeric>
#include <optional>

#include <fmt/format.h>

#include <tile/pass/linear.h>
#include <tile/prove/verdicts.h>

namespace tessera::tile::prove {
namespace {

using device::Call;
using device::Code;
using device::Node;

/// What a function asks of the addresses that it is given.
struct Needs {
    struct Address {
        size_t argument;
        int64_t alignment;  ///< 0: DRAM's for reads
        int64_t bytes = 0;  ///< that are touched from there on; 0: not known, -1: a page of the tensor
    };
    std::vector<Address> addresses;
    int tensor = -1;           ///< which argument is the tensor
    bool reads_words = false;  ///< 64 bytes at a time, from the tensor's pages
};

constexpr int64_t whole_page = -1, l1_write = 16;

std::optional<Needs> needs_of(const Call& made) {
    const int64_t element = made.template_arguments.empty() ? 0 : std::atoll(made.template_arguments[0].c_str());
    static const std::map<std::string_view, Needs> table = {
        {"noc_async_read_page", {{{2, 0, whole_page}}, 1, false}},
        {"noc_async_write_page", {{{2, l1_write, whole_page}}, 1, false}},
        {"read_word", {{{3, 0, 64}}, 0, true}},
        {"load_word", {{{0, 4, 4}}, -1, false}},
        {"store_word", {{{0, 4, 4}}, -1, false}},
        {"fill_with_zeros", {{{0, 4, 0}}, -1, false}},
        {"fill_ones", {{{0, 4, 2048}}, -1, false}},
        {"fill_row_index", {{{0, 2, 2048}}, -1, false}},
        {"fill_column_index", {{{0, 2, 2048}}, -1, false}},
        {"multicast_block", {{{0, l1_write, 0}}, -1, false}},
    };
    if (const auto at = table.find(made.function); at != table.end()) {
        return at->second;
    }
    if (made.function == "read_window") {
        return Needs{{{8, element, 1024 * element}, {9, 0, whole_page}}, 0, false};
    }
    if (made.function == "write_window") {
        // Whole rows of faces are written from the tile itself.
        return Needs{{{8, l1_write, 1024 * element}, {9, 0, whole_page}}, 0, false};
    }
    if (made.function == "read_patches") {
        return Needs{{{13, element, 0}, {14, 0, whole_page}}, 0, false};
    }
    return std::nullopt;
}

bool moves_nothing(std::string_view name) {
    return name.starts_with("cb_") || name.ends_with("_barrier") || name.ends_with("_flushed") ||
           name == "receive_block" || name == "get_write_ptr" || name == "get_read_ptr" || name == "read_tile_value";
}

class Walker {
public:
    Walker(const device::Program& program, const device::Module& module, const arch::Chip& chip, Verdict& verdict)
        : program_(program), module_(module), chip_(chip), verdict_(verdict), map_(l1_map(program, module, chip)) {}

    size_t transfers() const { return transfers_; }
    bool kernel(const device::KernelCode& kernel) {
        reserved_.clear();
        return walk(kernel.body, {});
    }

private:
    const device::Program& program_;
    const device::Module& module_;
    const arch::Chip& chip_;
    Verdict& verdict_;
    std::vector<L1Part> map_;
    size_t transfers_ = 0;
    std::map<ir::Var, const device::CircularBuffer*> address_;  ///< pointers into rings
    std::map<std::string, int64_t, std::less<>> reserved_;      ///< bytes from the pointer on, by ring

    bool refute(Span span, std::string what) {
        verdict_.kind = Verdict::Kind::Refuted;
        verdict_.what = std::move(what);
        verdict_.span = span;
        return false;
    }
    bool give_up(Span span, std::string what) {
        if (verdict_.kind == Verdict::Kind::Proved) {
            verdict_.kind = Verdict::Kind::NotProved;
            verdict_.what = std::move(what);
            verdict_.span = span;
        }
        return true;  // what follows may still be wrong
    }

    bool walk(const Code& code, const pass::Facts& facts) {
        for (const Node& node : code) {
            if (const auto* loop = std::get_if<device::Loop>(&node->of)) {
                pass::Facts inside = facts;
                const auto begin = pass::bounds_of(loop->begin, facts), end = pass::bounds_of(loop->end, facts);
                if (begin && end && end->high > begin->low) {
                    inside.bounds[loop->var] = {begin->low, end->high - 1};
                }
                if (!walk(loop->body, inside)) {
                    return false;
                }
            } else if (const auto* branch = std::get_if<device::Branch>(&node->of)) {
                if (!walk(branch->then, facts) || !walk(branch->otherwise, facts)) {
                    return false;
                }
            } else if (const auto* made = std::get_if<Call>(&node->of)) {
                if (!call(*made, node->span, facts)) {
                    return false;
                }
            }
        }
        return true;
    }

    const device::CircularBuffer* ring_of(const Call& made) const {
        const auto* name = made.arguments.empty() ? nullptr : std::get_if<std::string>(&made.arguments[0]);
        const auto at = std::find_if(program_.circular_buffers.begin(), program_.circular_buffers.end(),
                                     [&](const auto& one) { return name != nullptr && one.name == *name; });
        return at == program_.circular_buffers.end() ? nullptr : &*at;
    }

    bool call(const Call& made, Span span, const pass::Facts& facts) {
        if (made.function == "get_write_ptr" || made.function == "get_read_ptr") {
            if (const device::CircularBuffer* ring = ring_of(made); ring != nullptr && made.result != nullptr) {
                address_[made.result] = ring;
            }
            return true;
        }
        if (made.function == "cb_reserve_back" || made.function == "cb_wait_front") {
            const auto* pages = made.arguments.size() < 2 ? nullptr : std::get_if<ir::Expr>(&made.arguments[1]);
            const auto count = pages == nullptr ? std::nullopt : ir::constant(*pages);
            if (const device::CircularBuffer* ring = ring_of(made); ring != nullptr && count) {
                reserved_[ring->name] = *count * ring->page_bytes;
            }
            return true;
        }
        if (moves_nothing(made.function)) {
            return true;
        }
        const std::optional<Needs> needs = needs_of(made);
        if (!needs) {
            return give_up(span, fmt::format("what {} transfers is not known here", made.function));
        }
        const device::Tensor* tensor = nullptr;
        if (needs->tensor >= 0) {
            const auto* name = std::get_if<std::string>(&made.arguments.at(static_cast<size_t>(needs->tensor)));
            const auto at = std::find_if(module_.tensors.begin(), module_.tensors.end(),
                                         [&](const auto& one) { return name != nullptr && one.param->name == *name; });
            if (at == module_.tensors.end()) {
                return give_up(span, fmt::format("{} of a tensor that is not known here", made.function));
            }
            tensor = &*at;
            if (tensor->page_bytes % chip_.l1_alignment != 0) {
                return refute(span, fmt::format("pages of {} have {} bytes, which is no multiple of {}",
                                                tensor->param->name, tensor->page_bytes, chip_.l1_alignment));
            }
            if (needs->reads_words && tensor->page_bytes % 64 != 0) {
                return refute(span, fmt::format("{} is read 64 bytes at a time, and its pages have {}",
                                                tensor->param->name, tensor->page_bytes));
            }
        }
        for (const Needs::Address& address : needs->addresses) {
            const auto* expr = address.argument < made.arguments.size()
                                   ? std::get_if<ir::Expr>(&made.arguments[address.argument])
                                   : nullptr;
            if (expr == nullptr) {
                return give_up(span, fmt::format("the address that {} is given is not known here", made.function));
            }
            const int64_t bytes = address.bytes == whole_page ? tensor->page_bytes : address.bytes;
            const int64_t alignment = address.alignment != 0               ? address.alignment
                                      : tensor != nullptr && tensor->in_l1 ? chip_.l1_alignment
                                                                           : chip_.dram_read_alignment;
            if (!one_address(made, *expr, alignment, bytes, span, facts)) {
                return false;
            }
        }
        ++transfers_;
        return true;
    }

    bool one_address(const Call& made, const ir::Expr& expr, int64_t alignment, int64_t bytes, Span span,
                     const pass::Facts& facts) {
        pass::Linear sum = pass::linear(expr);
        const auto base = std::find_if(sum.terms.begin(), sum.terms.end(), [&](const auto& term) {
            return term.second == 1 && term.first->op == ir::Op::Var && address_.contains(term.first->var);
        });
        if (base == sum.terms.end()) {
            return give_up(span, fmt::format("{} gets an address that is no circular buffer's", made.function));
        }
        const device::CircularBuffer& ring = *address_.at(base->first->var);
        const auto part = std::find_if(map_.begin(), map_.end(), [&](const L1Part& one) {
            return one.ring == ring.index && one.what == ring.name;
        });
        const int64_t first = part == map_.end() ? 0 : part->address;
        sum.terms.erase(base);
        const ir::Expr offset = pass::to_expr(sum);
        const int64_t steps = std::gcd(int64_t{ring.page_bytes}, pass::divisor_of(offset, facts));
        if (const int64_t divisor = std::gcd(first, steps); divisor % alignment != 0) {
            return refute(
                span, fmt::format("{} begins at {} and multiples of {} from there in {}, and needs a multiple of {}",
                                  made.function, first, steps, ring.name, alignment));
        }
        const auto where = pass::bounds_of(offset, facts);
        const auto reserved = reserved_.find(ring.name);
        // A page that one kernel uses alone is never pushed.
        const int64_t room = reserved == reserved_.end() ? int64_t{ring.page_bytes} * ring.pages : reserved->second;
        if (!where) {
            return give_up(
                span, fmt::format("which pages of {} {} touches is known at run time only", ring.name, made.function));
        }
        if (where->low < 0 || where->high + bytes > room) {
            return refute(span, fmt::format("{} touches bytes {} to {} of {} in {}", made.function, where->low,
                                            where->high + bytes, room, ring.name));
        }
        return true;
    }
};

}  // namespace

Verdict alignment(const device::Program& program, const device::Module& module, const arch::Chip& chip) {
    Verdict verdict{Verdict::Kind::Proved, Property::Alignment, program.name, {}, {}, {}};
    Walker walker(program, module, chip, verdict);
    for (const device::KernelCode& kernel : program.kernels) {
        if (kernel.role != device::Role::Compute && !walker.kernel(kernel)) {
            return verdict;
        }
    }
    if (verdict.kind == Verdict::Kind::Proved) {
        verdict.what = fmt::format(
            "all addresses in {} places of code are multiples of what DRAM ({} bytes), L1 ({}) and elements ask, and "
            "inside of the pages reserved",
            walker.transfers(), chip.dram_read_alignment, chip.l1_alignment);
    }
    return verdict;
}

}  // namespace tessera::tile::prove
