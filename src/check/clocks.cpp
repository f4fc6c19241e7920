#include <check/clocks.h>

#include <algorithm>

namespace tessera::check {
namespace {

bool earlier(const InOrder& a, const InOrder& b) {
    return a.processor != b.processor ? a.processor < b.processor : a.path < b.path;
}

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
    const std::shared_ptr<const Others> theirs = from.others;
    for (const Others::Entry& entry : theirs->entries) {
        learn_core(into, entry.core, entry.rows);
    }
    for (const InOrder& write : theirs->in_order) {
        add_in_order(into, write);
    }
}

}  // namespace tessera::check
