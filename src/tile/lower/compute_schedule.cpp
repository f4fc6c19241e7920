// Which value of an elementwise program is made when, and in which slot of DST.
#include <algorithm>
#include <functional>

#include <tile/lower/compute_values.h>

namespace tessera::tile::lower {
namespace {

bool is_function(const Value& value) {
    return value.kind == Value::Kind::Function;
}

// The slots that a value's tree needs at once (Sethi-Ullman): operands that need most come first.
std::vector<int64_t> needs_of_trees(const std::vector<Value>& values) {
    std::vector<int64_t> needs;
    for (const Value& value : values) {  // inputs stand before who uses them
        std::vector<int64_t> inputs;
        inputs.reserve(value.inputs.size());
        for (const size_t input : value.inputs) {
            inputs.push_back(needs[input]);
        }
        std::sort(inputs.rbegin(), inputs.rend());
        int64_t need = 1;
        for (size_t i = 0; i < inputs.size(); ++i) {
            need = std::max(need, inputs[i] + static_cast<int64_t>(i));
        }
        needs.push_back(need);
    }
    return needs;
}

class Allocation {
public:
    Allocation(const std::vector<Value>& values, bool share)
        : values_(values),
          share_(share),
          needs_(needs_of_trees(values)),
          uses_(values.size()),
          slot_of_(values.size(), -1) {}

    std::optional<Schedule> of(size_t root) {
        std::vector<bool> seen(values_.size());
        count(root, seen);
        uses_[root] = 1;
        schedule_.result = make(root);
        if (schedule_.entries.size() > most_entries) {
            return std::nullopt;
        }
        return schedule_;
    }

private:
    static constexpr size_t most_entries = 200;

    void count(size_t value, std::vector<bool>& seen) {
        if (seen[value]) {
            return;
        }
        seen[value] = true;
        for (const size_t input : values_[value].inputs) {
            ++uses_[input];
            count(input, seen);
        }
    }

    int64_t take() {
        for (size_t slot = 0; slot < busy_.size(); ++slot) {
            if (!busy_[slot]) {
                busy_[slot] = true;
                return static_cast<int64_t>(slot);
            }
        }
        busy_.push_back(true);
        schedule_.slots = static_cast<int64_t>(busy_.size());
        return schedule_.slots - 1;
    }

    bool shared(size_t value) const { return share_ && is_function(values_[value]); }

    int64_t make(size_t index) {
        if (shared(index) && slot_of_[index] >= 0) {
            return slot_of_[index];
        }
        if (schedule_.entries.size() > most_entries) {
            return 0;
        }
        const Value& value = values_[index];
        Schedule::Entry entry;
        entry.value = index;
        std::vector<size_t> order(value.inputs.size());
        for (size_t i = 0; i < order.size(); ++i) {
            order[i] = i;
        }
        std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
            const int64_t x = needs_[value.inputs[a]], y = needs_[value.inputs[b]];
            return x != y ? x > y : a < b;
        });
        entry.inputs.resize(order.size());
        std::vector<int64_t> dying;
        for (const size_t i : order) {
            const size_t input = value.inputs[i];
            // A leaf that is both operands is loaded once.
            const auto twin = std::find(value.inputs.begin(), value.inputs.end(), input) - value.inputs.begin();
            if (!is_function(values_[input]) && twin < static_cast<std::ptrdiff_t>(i)) {
                entry.inputs[i] = -1 - twin;
                continue;
            }
            entry.inputs[i] = make(input);
        }
        for (int64_t& slot : entry.inputs) {
            slot = slot < 0 ? entry.inputs[static_cast<size_t>(-1 - slot)] : slot;
        }
        for (size_t i = 0; i < value.inputs.size(); ++i) {
            const size_t input = value.inputs[i];
            if (shared(input) && --uses_[input] != 0) {
                continue;
            }
            if (std::find(dying.begin(), dying.end(), entry.inputs[i]) == dying.end()) {
                dying.push_back(entry.inputs[i]);
            }
        }
        if (dying.empty()) {
            entry.slot = take();
            entry.copy_from = value.inputs.size() == 1 ? entry.inputs[0] : -1;
        } else {
            entry.slot = dying.front();
            for (size_t i = 1; i < dying.size(); ++i) {
                busy_[static_cast<size_t>(dying[i])] = false;
            }
        }
        if (shared(index)) {
            slot_of_[index] = entry.slot;
        }
        schedule_.entries.push_back(entry);
        return entry.slot;
    }

    const std::vector<Value>& values_;
    bool share_;
    std::vector<int64_t> needs_;
    std::vector<size_t> uses_;
    std::vector<int64_t> slot_of_;
    std::vector<bool> busy_;
    Schedule schedule_;
};

}  // namespace

std::optional<Schedule> schedule(const std::vector<Value>& values, size_t root, int64_t most) {
    for (const bool share : {true, false}) {
        const std::optional<Schedule> found = Allocation(values, share).of(root);
        if (found && found->slots <= most) {
            return found;
        }
    }
    return std::nullopt;
}

}  // namespace tessera::tile::lower
