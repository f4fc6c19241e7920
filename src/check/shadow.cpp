#include <check/shadow.h>

#include <cstring>

namespace tessera::check {

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
    std::unique_ptr<Chunk>& chunk = chunks_[granule / chunk_granules];
    if (chunk == nullptr) {
        // Not value-initialised: only the cells that are used take memory.
        chunk.reset(new Chunk);
    }
    if (chunk->launch != launch_) {
        chunk->launch = launch_;
        std::memset(chunk->begins, 0, sizeof chunk->begins);
        chunk->begins[0] = 1;
        chunk->cell[0] = new_cell({});
    }
    return *chunk;
}

void Shadow::split(Chunk& chunk, uint32_t at) {
    uint32_t word = at / 64;
    const uint64_t bit = uint64_t{1} << at % 64;
    if ((chunk.begins[word] & bit) != 0) {
        return;
    }
    uint64_t before = chunk.begins[word] & (bit - 1);
    chunk.begins[word] |= bit;
    while (before == 0) {
        before = chunk.begins[--word];
    }
    const uint32_t start = word * 64 + 63 - static_cast<uint32_t>(std::countl_zero(before));
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
        for (uint32_t at = next(chunk, from + 1, to); at < to; at = next(chunk, at + 1, to)) {
            Cell& gone = cells_[chunk.cell[at]];
            drop_more(gone);
            free_.push_back(chunk.cell[at]);
            chunk.begins[at / 64] &= ~(uint64_t{1} << at % 64);
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
