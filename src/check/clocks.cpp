#include <check/clocks.h>

#include <algorithm>
#include <iterator>

namespace tessera::check {
namespace {

struct Earlier {
    bool operator()(const InOrder& a, const InOrder& b) const {
        return a.processor != b.processor ? a.processor < b.processor : a.path < b.path;
    }
    bool operator()(const CoreRows& a, const CoreRows& b) const { return a.core() < b.core(); }
};
constexpr Earlier earlier;

/// The caller's own copy, made if others hold it too.
Others& writable(std::shared_ptr<const Others>& others) {
    if (others == nullptr) {
        others = std::make_shared<Others>();
    } else if (others.use_count() > 1) {
        others = std::make_shared<Others>(*others);
    }
    return const_cast<Others&>(*others);  // nobody else has it, and it was made as an Others
}

/// Where a core is in a list, or would be.
template <class List>
auto find_core(List& list, uint32_t core) {
    return std::lower_bound(list.begin(), list.end(), core,
                            [](const CoreRows& rows, uint32_t value) { return rows.core() < value; });
}

void learn_core(Knowledge& into, const CoreRows& rows) {
    if (rows.core() == into.rows.core()) {
        into.rows.join(rows);
        return;
    }
    if (const CoreRows* known = into.others == nullptr ? nullptr : into.others->find(rows.core());
        known != nullptr && known->covers(rows)) {
        return;
    }
    auto& cores = writable(into.others).cores;
    const auto at = find_core(cores, rows.core());
    if (at == cores.end() || at->core() != rows.core()) {
        cores.insert(at, rows);
    } else {
        at->join(rows);
    }
}

bool covers(const InOrder& a, const InOrder& b) {
    return a.number >= b.number;
}

bool covers(const CoreRows& a, const CoreRows& b) {
    return a.covers(b);
}

void take(InOrder& into, const InOrder& other) {
    into.number = std::max(into.number, other.number);
}

void take(CoreRows& into, const CoreRows& other) {
    into.join(other);
}

/// Whether a sorted list says all that another one says.
template <class Item>
bool has_all(const std::vector<Item>& list, const std::vector<Item>& others) {
    if (list.size() < others.size()) {
        return false;
    }
    auto at = list.begin();
    for (const Item& other : others) {
        while (at != list.end() && earlier(*at, other)) {
            ++at;
        }
        if (at == list.end() || earlier(other, *at) || !covers(*at, other)) {
            return false;
        }
    }
    return true;
}

bool has_all(const Others& one, const Others& other) {
    return has_all(one.in_order, other.in_order) && has_all(one.cores, other.cores);
}

/// Adds what another list says to a sorted one.
template <class Item>
void merge(std::vector<Item>& list, const std::vector<Item>& others) {
    size_t missing = 0;
    auto at = list.begin();
    for (const Item& other : others) {
        while (at != list.end() && earlier(*at, other)) {
            ++at;
        }
        if (at == list.end() || earlier(other, *at)) {
            ++missing;
        } else {
            take(*at, other);
        }
    }
    if (missing != 0) {
        std::vector<Item> both;
        both.reserve(list.size() + missing);
        std::set_union(list.begin(), list.end(), others.begin(), others.end(), std::back_inserter(both), earlier);
        list = std::move(both);
    }
}

}  // namespace

const CoreRows* Others::find(uint32_t core) const {
    const auto at = find_core(cores, core);
    return at == cores.end() || at->core() != core ? nullptr : &*at;
}

uint32_t Others::arrived(uint32_t processor, uint32_t path) const {
    const InOrder wanted{processor, path, 0};
    const auto at = std::lower_bound(in_order.begin(), in_order.end(), wanted, earlier);
    return at == in_order.end() || earlier(wanted, *at) ? 0 : at->number;
}

void add_in_order(Knowledge& to, const InOrder& write) {
    if (to.others != nullptr && to.others->arrived(write.processor, write.path) >= write.number) {
        return;
    }
    auto& list = writable(to.others).in_order;
    const auto at = std::lower_bound(list.begin(), list.end(), write, earlier);
    if (at != list.end() && !earlier(write, *at)) {
        at->number = write.number;
    } else {
        list.insert(at, write);
    }
}

void learn_of_others(Knowledge& into, const Knowledge& from) {
    learn_core(into, from.rows);
    if (from.others == nullptr || from.others == into.others) {
        return;
    }
    const Others& theirs = *from.others;
    // Whatever they know of this core, its own rows may not have heard of.
    if (const CoreRows* own = theirs.find(into.rows.core())) {
        into.rows.join(*own);
    }
    if (into.others == nullptr) {
        into.others = from.others;
        return;
    }
    const Others& mine = *into.others;
    if (has_all(mine, theirs)) {
        return;
    }
    if (has_all(theirs, mine)) {
        into.others = from.others;
        return;
    }
    Others& own = writable(into.others);
    merge(own.cores, theirs.cores);
    merge(own.in_order, theirs.in_order);
}

}  // namespace tessera::check
