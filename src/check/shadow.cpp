#include <check/shadow.h>

namespace tessera::check {

void NumberSet::clear() {
    for (; high_ != 0; high_ &= high_ - 1) {
        uint64_t& middle = middle_[first(high_)];
        for (; middle != 0; middle &= middle - 1) {
            low_[first(high_) * 64 + first(middle)] = 0;
        }
    }
}

uint32_t NumberSet::next_far(uint32_t middle) const {
    const uint64_t far = after(high_, middle);
    if (far == 0) {
        return limit;
    }
    const uint32_t found = first(far) * 64 + first(middle_[first(far)]);
    return found * 64 + first(low_[found]);
}

uint32_t NumberSet::last(uint32_t from) const {
    const auto up_to = [](uint64_t word, uint32_t number) { return word & ~(~uint64_t{1} << number); };
    const auto before = [](uint64_t word, uint32_t number) { return word & ((uint64_t{1} << number) - 1); };
    uint32_t word = from / 64;
    if (const uint64_t here = up_to(low_[word], from % 64); here != 0) {
        return word * 64 + top(here);
    }
    uint32_t middle = word / 64;
    if (const uint64_t here = before(middle_[middle], word % 64); here != 0) {
        word = middle * 64 + top(here);
    } else {
        middle = top(before(high_, middle));
        word = middle * 64 + top(middle_[middle]);
    }
    return word * 64 + top(low_[word]);
}

Shadow::Shadow(uint64_t bytes, uint32_t granule)
    : granule_(granule),
      shift_(static_cast<uint32_t>(std::countr_zero(granule))),
      chunks_((bytes / granule + chunk_granules - 1) / chunk_granules),
      more_(1) {}

void Shadow::reset() {
    ++launch_;
    cells_.clear();
    free_.clear();
    more_.resize(1);
    free_more_.clear();
}

uint32_t Shadow::new_cell(const Cell& cell) {
    if (!free_.empty()) {
        const uint32_t index = free_.back();
        free_.pop_back();
        cells_[index] = cell;
        return index;
    }
    cells_.push_back(cell);
    return static_cast<uint32_t>(cells_.size() - 1);
}

Shadow::Chunk& Shadow::chunk_of(uint64_t granule) {
    auto& [launch, chunk] = chunks_[granule / chunk_granules];
    if (chunk == nullptr) {
        // Its cells are not initialised: only those that are used take memory.
        chunk.reset(new Chunk);
    }
    if (launch != launch_) {
        launch = launch_;
        chunk->begins.clear();
        chunk->begins.add(0);
        chunk->cell[0] = new_cell({});
    }
    return *chunk;
}

void Shadow::split(Chunk& chunk, uint32_t at) {
    if (chunk.begins.has(at)) {
        return;
    }
    const uint32_t start = chunk.begins.last(at);
    chunk.begins.add(at);
    Cell copy = cells_[chunk.cell[start]];
    if (copy.more != 0) {
        const std::vector<Access> readers = more_[copy.more];
        copy.more = 0;
        more(copy) = readers;
    }
    chunk.cell[at] = new_cell(copy);
}

void Shadow::assign(uint64_t begin, uint64_t end, const Cell& cell) {
    uint64_t first = (begin + granule_ - 1) >> shift_;
    const uint64_t last = end >> shift_;
    while (first < last) {
        Chunk& chunk = chunk_of(first);
        const uint64_t base = first & ~uint64_t{chunk_granules - 1};
        const auto from = static_cast<uint32_t>(first - base);
        const auto to = static_cast<uint32_t>(std::min<uint64_t>(last - base, chunk_granules));
        split(chunk, from);
        if (to < chunk_granules) {
            split(chunk, to);
        }
        for (uint32_t at = end_of(chunk, from); at < to; at = end_of(chunk, at)) {
            drop_more(cells_[chunk.cell[at]]);
            free_.push_back(chunk.cell[at]);
            chunk.begins.remove(at);
        }
        Cell& kept = cells_[chunk.cell[from]];
        drop_more(kept);
        kept = cell;
        first = base + to;
    }
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
