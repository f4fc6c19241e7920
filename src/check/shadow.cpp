#include <check/shadow.h>

#include <utility>

namespace tessera::check {

Shadow::Shadow(uint64_t bytes, uint32_t granule)
    : granule_(granule),
      shift_(static_cast<uint32_t>(std::countr_zero(granule))),
      firsts_(sim::round_up((bytes / granule / block + 1) * sizeof(uint32_t), sim::page_bytes), "a check's ranges"),
      cells_(1),
      more_(1) {
    firsts_.open(0, firsts_.size());
}

void Shadow::reset() {
    cells_.resize(1);
    free_.clear();
    more_.resize(1);
    free_more_.clear();
}

uint32_t Shadow::new_cell() {
    if (!free_.empty()) {
        const uint32_t index = free_.back();
        free_.pop_back();
        return index;
    }
    cells_.emplace_back();
    return static_cast<uint32_t>(cells_.size() - 1);
}

/// The first range that ends after this granule and begins before `last`; 0 if there is none.
uint32_t Shadow::next_from(uint32_t granule, uint32_t last) const {
    for (; granule < last; granule = start_of(granule) + block) {
        if (const uint32_t index = find(granule); index != 0) {
            return cells_[index].begin < last ? index : 0;
        }
    }
    return 0;
}

/// The range that begins at this granule and ends at `last` or earlier, split off or made where there is none.
uint32_t Shadow::cell_at(uint32_t granule, uint32_t last) {
    uint32_t index = next_from(granule, last);
    if (index == 0 || cells_[index].begin > granule) {
        const uint32_t end = index == 0 ? last : cells_[index].begin;
        return put(granule, end);
    }
    if (cells_[index].begin < granule) {
        split(index, granule);
        index = next_from(granule, last);
    }
    if (cells_[index].end > last) {
        split(index, last);
    }
    return index;
}

/// The blocks that begin in [from, end) begin with this range.
void Shadow::note_first(uint32_t from, uint32_t end, uint32_t index) {
    std::fill(firsts() + (from + block - 1) / block, firsts() + (end + block - 1) / block, index);
}

/// Cuts a range in two.
void Shadow::split(uint32_t index, uint32_t at) {
    const uint32_t made = new_cell();
    Cell& cell = cells_[index];
    Cell& rest = cells_[made];
    rest = cell;
    rest.begin = at;
    rest.more = 0;
    cell.end = at;
    cell.next = at == start_of(at) ? 0 : made;
    note_first(at, rest.end, made);
    if (cell.more != 0) {
        const std::vector<Access> readers = more_[cell.more];
        more(rest) = readers;
    }
}

/// As one(), when find(begin) has found another range.
Cell* Shadow::make_one(uint32_t found, uint32_t begin, uint32_t end) {
    if (begin >= end || cells_[found].begin < end || (found == 0 && next_from(start_of(begin) + block, end) != 0)) {
        return nullptr;
    }
    return &cells_[put(begin, end)];
}

/// Puts a range where there is none.
uint32_t Shadow::put(uint32_t begin, uint32_t end) {
    const uint32_t index = new_cell();
    uint32_t before = 0;
    uint32_t after = find(start_of(begin));
    while (after != 0 && cells_[after].begin < begin) {
        before = std::exchange(after, cells_[after].next);
    }
    if (end > start_of(begin) + block) {
        after = end == start_of(end) ? 0 : find(end);
    }
    Cell& cell = cells_[index];
    cell = {};
    cell.begin = begin;
    cell.end = end;
    cell.next = after;
    if (before != 0) {
        cells_[before].next = index;
    } else {
        firsts()[begin / block] = index;
    }
    note_first(begin, end, index);
    return index;
}

void Shadow::assign(uint64_t begin, uint64_t end, const Access& write) {
    const uint32_t first = to_granule(begin + granule_ - 1), last = to_granule(end);
    if (first >= last) {
        return;
    }
    // The first one grows over the others.
    const uint32_t kept = cell_at(first, last);
    if (cells_[kept].end < last) {
        if (const uint32_t over = next_from(last - 1, last); over != 0 && cells_[over].end > last) {
            split(over, last);
        }
        const uint32_t after = last == start_of(last) ? 0 : find(last);
        const size_t were_free = free_.size();
        for (uint32_t index = next_from(cells_[kept].end, last); index != 0;
             index = next_from(cells_[index].end, last)) {
            free_.push_back(index);
        }
        for (size_t i = were_free; i < free_.size(); ++i) {
            drop_more(cells_[free_[i]]);
            cells_[free_[i]] = {};
        }
        cells_[kept].end = last;
        cells_[kept].next = after;
        note_first(first, last, kept);
    }
    Cell& cell = cells_[kept];
    drop_more(cell);
    cell.write = write;
    cell.read = {};
}

std::vector<Access>& Shadow::more(Cell& cell) {
    if (cell.more == 0) {
        if (free_more_.empty()) {
            more_.emplace_back();
            cell.more = static_cast<uint32_t>(more_.size() - 1);
        } else {
            cell.more = free_more_.back();
            free_more_.pop_back();
            more_[cell.more].clear();
        }
    }
    return more_[cell.more];
}

void Shadow::drop_more(Cell& cell) {
    if (cell.more != 0) {
        free_more_.push_back(cell.more);
        cell.more = 0;
    }
}

}  // namespace tessera::check
