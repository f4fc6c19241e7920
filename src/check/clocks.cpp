#include <check/clocks.h>

#include <algorithm>
#include <iterator>

namespace tessera::check {
namespace {

struct Earlier {
    bool operator()(const InOrder& a, const InOrder& b) const {
        return a.processor != b.processor ? a.processor < b.processor : a.path < b.path;
    }
    bool operator()(const Others::Entry& a, const Others::Entry& b) const { return a.core < b.core; }
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

void learn_core(Knowledge& into, uint32_t core, const CoreRows& rows) {
    if (core == into.core) {
        for (size_t p = 0; p < rows.size(); ++p) {
            join(into.rows[p], rows[p]);
        }
        return;
    }
    if (const CoreRows* known = into.others == nullptr ? nullptr : into.others->find(core);
        known != nullptr && covers(*known, rows)) {
        return;
    }
    auto& entries = writable(into.others).entries;
    const auto at = std::lower_bound(entries.begin(), entries.end(), core,
                                     [](const Others::Entry& entry, uint32_t value) { return entry.core < value; });
    if (at == entries.end() || at->core != core) {
        entries.insert(at, {core, rows});
        return;
    }
    for (size_t p = 0; p < rows.size(); ++p) {
        join(at->rows[p], rows[p]);
    }
}

bool covers(const InOrder& a, const InOrder& b) {
    return a.number >= b.number;
}

bool covers(const Others::Entry& a, const Others::Entry& b) {
    return check::covers(a.rows, b.rows);
}

void take(InOrder& into, const InOrder& other) {
    into.number = std::max(into.number, other.number);
}

void take(Others::Entry& into, const Others::Entry& other) {
    for (size_t p = 0; p < into.rows.size(); ++p) {
        join(into.rows[p], other.rows[p]);
    }
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
    return has_all(one.in_order, other.in_order) && has_all(one.entries, other.entries);
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
    const auto at = std::lower_bound(entries.begin(), entries.end(), core,
                                     [](const Entry& entry, uint32_t value) { return entry.core < value; });
    return at == entries.end() || at->core != core ? nullptr : &at->rows;
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

void learn(Knowledge& into, const Knowledge& from) {
    learn_core(into, from.core, from.rows);
    if (from.others == nullptr || from.others == into.others) {
        return;
    }
    if (into.others == nullptr) {
        // Whatever it knows of this core, this core's own rows may not have heard of.
        into.others = from.others;
        if (const CoreRows* own = from.others->find(into.core)) {
            for (size_t p = 0; p < own->size(); ++p) {
                join(into.rows[p], (*own)[p]);
            }
        }
        return;
    }
    const Others& mine = *into.others;
    const Others& theirs = *from.others;
    if (const CoreRows* own = theirs.find(into.core)) {
        learn_core(into, into.core, *own);
    }
    if (has_all(mine, theirs)) {
        return;
    }
    if (has_all(theirs, mine)) {
        into.others = from.others;
        return;
    }
    Others& own = writable(into.others);
    merge(own.entries, theirs.entries);
    merge(own.in_order, theirs.in_order);
}

}  // namespace tessera::check
