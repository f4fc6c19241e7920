// Which elements of a tensor the blocks of a kernel store.
//
// The place of a store along a dimension is a sum of the block's and the loops' numbers, each times a factor, or of
// digits of such a sum (the tile number of a kernel that takes its tiles one by one). Sorted by factor they are laid
// out like the digits of a number: each begins where the one below ends, or leaves a gap, or goes over it. So what a
// store reaches is a box, however many blocks and turns there are, and boxes are added up and taken from the whole
// tensor.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <tile/pass/linear.h>
#include <tile/prove/stores.h>
#include <tile/prove/verdicts.h>

namespace tessera::tile::prove {
namespace {

using ir::Buffer;
using ir::Expr;
using ir::Var;

using Box = std::vector<std::pair<int64_t, int64_t>>;

bool meet(const Box& a, const Box& b) {
    for (size_t i = 0; i < a.size(); ++i) {
        if (a[i].second <= b[i].first || b[i].second <= a[i].first) {
            return false;
        }
    }
    return true;
}

/// What of `whole` lies outside of `taken`.
void subtract(Box whole, const Box& taken, std::vector<Box>& left) {
    if (!meet(whole, taken)) {
        left.push_back(std::move(whole));
        return;
    }
    for (size_t i = 0; i < whole.size(); ++i) {
        if (whole[i].first < taken[i].first) {
            left.push_back(whole);
            left.back()[i].second = taken[i].first;
            whole[i].first = taken[i].first;
        }
        if (whole[i].second > taken[i].second) {
            left.push_back(whole);
            left.back()[i].first = taken[i].second;
            whole[i].second = taken[i].second;
        }
    }
}

std::string box_text(const Box& box) {
    std::string text;
    for (const auto& [first, last] : box) {
        text += fmt::format("{}{}:{}", text.empty() ? "" : ", ", first, last);
    }
    return "[" + text + "]";
}

/// What is known of one tensor.
class Judge {
public:
    Judge(const ir::Kernel& kernel, const Buffer& tensor, std::vector<Store> stores)
        : kernel_(kernel), tensor_(tensor), stores_(std::move(stores)) {}

    Verdict run() {
        Verdict verdict{Verdict::Kind::Proved, Property::Coverage, tensor_->name, {}, stores_.front().span, {}, false};
        for (const Expr& size : tensor_->shape) {
            const auto known = ir::constant(size);
            if (!known) {
                return doubt(verdict, stores_.front(), "its shape is known at run time only");
            }
            shape_.push_back(*known);
        }
        for (const Store& store : stores_) {
            if (!store.unknown.empty()) {
                return doubt(verdict, store, store.unknown);
            }
        }
        merge();
        std::vector<std::pair<Box, const Store*>> boxes;
        for (const Store& store : stores_) {
            Box box;
            if (!reach(store, box, verdict)) {
                return verdict;
            }
            boxes.emplace_back(std::move(box), &store);
        }
        for (size_t i = 0; i < boxes.size(); ++i) {
            for (size_t j = i + 1; j < boxes.size(); ++j) {
                const Store &a = *boxes[i].second, &b = *boxes[j].second;
                if (a.launch == b.launch && !(a.atomic && b.atomic) && meet(boxes[i].first, boxes[j].first) &&
                    !same_blocks(a, b)) {
                    return doubt(verdict, b,
                                 fmt::format("it is also stored in line {}, perhaps by another block", a.span.line));
                }
            }
        }
        std::vector<Box> left = {whole()};
        for (const auto& [box, store] : boxes) {
            std::vector<Box> next;
            for (Box& part : left) {
                subtract(std::move(part), box, next);
            }
            left = std::move(next);
        }
        if (!left.empty()) {
            return missing(verdict, left.front());
        }
        const bool added = std::any_of(stores_.begin(), stores_.end(), [](const Store& store) { return store.atomic; });
        verdict.what = fmt::format("every element of {}{} is {} by {}", tensor_->name, box_text(whole()),
                                   added ? "added to" : "stored",
                                   added ? "all blocks that share it, one after the other" : "one block");
        return verdict;
    }

private:
    const ir::Kernel& kernel_;
    Buffer tensor_;
    std::vector<Store> stores_;
    std::vector<int64_t> shape_;

    Box whole() const {
        Box box;
        for (const int64_t size : shape_) {
            box.emplace_back(0, size);
        }
        return box;
    }

    static Verdict doubt(Verdict& verdict, const Store& store, std::string why) {
        verdict.kind = Verdict::Kind::NotProved;
        verdict.span = store.span;
        verdict.what = fmt::format("which elements of {} are stored could not be shown: {}", verdict.subject, why);
        return verdict;
    }

    Verdict missing(Verdict& verdict, const Box& box) const {
        const bool returned =
            std::find(kernel_.outputs.begin(), kernel_.outputs.end(), tensor_) != kernel_.outputs.end();
        verdict.kind = returned ? Verdict::Kind::Refuted : Verdict::Kind::NotProved;
        verdict.what = fmt::format("{}{} is stored by no block{}", tensor_->name, box_text(box),
                                   returned ? "" : ", and keeps what the caller gave");
        return verdict;
    }

    static std::string counter_name(const Store& store, const ir::VarNode* counter) {
        const auto& parts = store.counters.at(counter).parts;
        return parts.empty() ? counter->name : parts.front()->name;
    }

    /// Places that lie beside each other in the same block are one.
    void merge() {
        for (bool changed = true; changed;) {
            changed = false;
            for (size_t i = 0; i < stores_.size() && !changed; ++i) {
                for (size_t j = 0; j < stores_.size() && !changed; ++j) {
                    changed = i != j && join(stores_[i], stores_[j]);
                    if (changed) {
                        stores_.erase(stores_.begin() + static_cast<std::ptrdiff_t>(j));
                    }
                }
            }
        }
    }

    static std::vector<Digit> sorted(std::vector<Digit> digits) {
        std::sort(digits.begin(), digits.end(), [](const Digit& a, const Digit& b) {
            return std::tie(a.factor, a.over, a.size, a.counter) < std::tie(b.factor, b.over, b.size, b.counter);
        });
        return digits;
    }

    static bool same_digits(const Line& a, const Line& b) { return sorted(a.digits) == sorted(b.digits); }

    static bool join(Store& a, const Store& b) {
        if (a.launch != b.launch || a.atomic != b.atomic || a.limit != b.limit) {
            return false;
        }
        int other = -1;
        for (size_t d = 0; d < a.lines.size(); ++d) {
            const Line &x = a.lines[d], &y = b.lines[d];
            if (!same_digits(x, y)) {
                return false;
            }
            if (x.begin != y.begin || x.extent != y.extent) {
                if (other >= 0 || y.begin < x.begin || y.begin > x.begin + x.extent) {
                    return false;
                }
                other = static_cast<int>(d);
            }
        }
        if (other >= 0) {
            Line& line = a.lines[static_cast<size_t>(other)];
            const Line& more = b.lines[static_cast<size_t>(other)];
            line.extent = std::max(line.begin + line.extent, more.begin + more.extent) - line.begin;
        }
        return true;
    }

    /// Whether what both store is stored by the same blocks.
    static bool same_blocks(const Store& a, const Store& b) {
        for (size_t d = 0; d < a.lines.size(); ++d) {
            const auto grid = [&](const Store& store) {
                std::vector<Digit> digits;
                for (const Digit& digit : store.lines[d].digits) {
                    if (store.counters.at(digit.counter).grid) {
                        digits.push_back(digit);
                    }
                }
                return sorted(digits);
            };
            if (grid(a) != grid(b)) {
                return false;
            }
        }
        return true;
    }

    static std::set<const ir::VarNode*> parts_of_sums(const Store& store) {
        std::set<const ir::VarNode*> inside;
        for (const auto& [var, counter] : store.counters) {
            for (const Var& part : counter.parts) {
                inside.insert(part.get());
            }
        }
        return inside;
    }

    /// The box of a store. False: the verdict says what is wrong with it.
    bool reach(const Store& store, Box& box, Verdict& verdict) const {
        std::map<const ir::VarNode*, std::vector<std::pair<int64_t, int64_t>>> used;
        std::optional<Box> gap;
        const std::set<const ir::VarNode*> inside = parts_of_sums(store);
        for (size_t d = 0; d < store.lines.size(); ++d) {
            const Line& line = store.lines[d];
            int64_t next = line.extent;
            bool empty = next == 0;
            for (const Digit& digit : sorted(line.digits)) {
                empty = empty || digit.size == 0;
                if (digit.size <= 1) {
                    continue;
                }
                const Counter& counter = store.counters.at(digit.counter);
                if (inside.contains(digit.counter)) {
                    doubt(verdict, store, fmt::format("{} is used in two ways", digit.counter->name));
                    return false;
                }
                if (digit.factor <= 0) {
                    doubt(verdict, store, fmt::format("{} goes backwards", counter_name(store, digit.counter)));
                    return false;
                }
                for (const auto& [over, size] : used[digit.counter]) {
                    if (over < digit.over * digit.size && digit.over < over * size) {
                        doubt(verdict, store,
                              fmt::format("{} moves along two dimensions at once", counter_name(store, digit.counter)));
                        return false;
                    }
                }
                used[digit.counter].emplace_back(digit.over, digit.size);
                if (digit.factor > next && line.begin + next < shape_[d]) {
                    // Elements between are left out.
                    gap = whole();
                    (*gap)[d] = {line.begin + next, std::min(line.begin + digit.factor, shape_[d])};
                }
                if (digit.factor < next && counter.grid && !store.atomic && line.begin + digit.factor < shape_[d]) {
                    Box shared = whole();
                    shared[d] = {line.begin + digit.factor, std::min(line.begin + next, shape_[d])};
                    return twice(store, digit.counter, digit.over, shared, verdict);
                }
                next = std::max(next + digit.factor * (digit.size - 1), next);
            }
            const int64_t end = std::min({line.begin + next, shape_[d], store.limit[d]});
            box.emplace_back(std::max<int64_t>(line.begin, 0), empty ? std::max<int64_t>(line.begin, 0) : end);
        }
        if (std::any_of(box.begin(), box.end(), [](const auto& side) { return side.second <= side.first; })) {
            for (auto& side : box) {
                side = {0, 0};
            }
            return true;
        }
        if (!store.atomic && !blocks_differ(store, used, box, verdict)) {
            return false;
        }
        if (gap) {
            if (stores_.size() > 1) {
                doubt(verdict, store, "it leaves gaps, which other stores may fill");
            } else {
                missing(verdict, *gap);
            }
            return false;
        }
        return true;
    }

    /// Blocks that differ in what no index depends on store the same.
    bool blocks_differ(const Store& store,
                       const std::map<const ir::VarNode*, std::vector<std::pair<int64_t, int64_t>>>& used,
                       const Box& box, Verdict& verdict) const {
        const std::set<const ir::VarNode*> inside = parts_of_sums(store);
        for (const auto& [var, counter] : store.counters) {
            if (!counter.grid || counter.size <= 1 || inside.contains(var)) {
                continue;
            }
            std::vector<std::pair<int64_t, int64_t>> digits;
            if (const auto at = used.find(var); at != used.end()) {
                digits = at->second;
            }
            std::sort(digits.begin(), digits.end());
            int64_t next = 1;
            for (const auto& [over, size] : digits) {
                if (over != next) {
                    break;
                }
                next *= size;
            }
            if (next < counter.size) {
                return twice(store, var, next, box, verdict);
            }
        }
        return true;
    }

    bool twice(const Store& store, const ir::VarNode* counter, int64_t other, const Box& where,
               Verdict& verdict) const {
        const std::string name = counter_name(store, counter);
        verdict.kind = Verdict::Kind::Refuted;
        verdict.doubled = true;
        verdict.span = store.span;
        verdict.what = fmt::format("{}{} is stored by blocks {} = 0 and {} = {}", tensor_->name, box_text(where), name,
                                   name, other);
        return false;
    }
};

}  // namespace

std::vector<Verdict> coverage(const ir::Kernel& kernel) {
    const std::vector<Store> all = stores_of(kernel);
    std::vector<Verdict> verdicts;
    for (const Buffer& param : kernel.params) {
        std::vector<Store> stores;
        std::copy_if(all.begin(), all.end(), std::back_inserter(stores),
                     [&](const Store& store) { return store.tensor == param; });
        if (!stores.empty()) {
            verdicts.push_back(Judge(kernel, param, std::move(stores)).run());
        } else if (std::find(kernel.outputs.begin(), kernel.outputs.end(), param) != kernel.outputs.end()) {
            verdicts.push_back({Verdict::Kind::Refuted,
                                Property::Coverage,
                                param->name,
                                fmt::format("{} is stored by no block", param->name),
                                param->span,
                                {},
                                false});
        }
    }
    return verdicts;
}

}  // namespace tessera::tile::prove
