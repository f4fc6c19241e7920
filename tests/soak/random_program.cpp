#include "random_program.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "kernels.h"

namespace soak {
namespace {

uint16_t bf16(int value) {
    return static_cast<uint16_t>(std::bit_cast<uint32_t>(static_cast<float>(value)) >> 16);
}

/// What a step touches. Locations: core * slots_a_core + slot, then the slots of DRAM.
struct Touches {
    std::vector<uint32_t> reads, writes;
};

struct InFlight {
    bool is_read = false;
    Touches touches;
    int to_core = -1;  ///< writes: the one core whose L1 they reach, -1 for others
};

struct Processor {
    uint32_t core = 0, index = 0;
    std::vector<InFlight> in_flight;
    std::map<uint32_t, uint64_t> signalled_step;  ///< by receiver: the last step that it has been told of
    std::map<uint32_t, uint32_t> signals;         ///< how many went to a receiver
};

struct LastUse {
    int writer = -1;
    uint64_t written = 0;
    std::map<uint32_t, uint64_t> readers;
};

bool meet(const std::vector<uint32_t>& a, const std::vector<uint32_t>& b) {
    return std::any_of(a.begin(), a.end(), [&](uint32_t x) { return std::find(b.begin(), b.end(), x) != b.end(); });
}

class Generator {
public:
    Generator(uint64_t seed, Coord grid, uint32_t banks, Coord (*to_virtual)(Coord)) : random_(seed), banks_(banks) {
        const uint32_t width = 1 + below(3), height = 1 + below(2);
        program_.first = {below(grid.x - width + 1), below(grid.y - height + 1)};
        program_.last = {program_.first.x + width - 1, program_.first.y + height - 1};
        width_ = width;
        for (uint32_t y = 0; y < height; ++y) {
            for (uint32_t x = 0; x < width; ++x) {
                CoreProgram core;
                core.logical = {program_.first.x + x, program_.first.y + y};
                core.virtual_ = to_virtual(core.logical);
                core.tile_block = 1 + below(3);
                core.depth = core.tile_block * (1 + below(3));
                core.plain_block = 1 + below(4);
                core.plain_depth = core.plain_block * (1 + below(5));
                core.plain_page = 32 * (1 + below(12));
                core.slots = random_slots(slots_a_core);
                program_.initial.push_back(core.slots);
                program_.cores.push_back(core);
                processors_.push_back({.core = y * width + x, .index = 0});
                processors_.push_back({.core = y * width + x, .index = 1});
            }
        }
        program_.dram = program_.dram_initial = random_slots(dram_slots);
        last_use_.resize(program_.cores.size() * slots_a_core + dram_slots);
        local_signals_ = random_();
    }

    RandomProgram make() {
        program_.steps = 20 + below(100);
        for (uint32_t i = 0; i < program_.steps; ++i) {
            ++step_;
            const uint32_t kind = below(20);
            if (kind < 5) {
                read();
            } else if (kind < 10) {
                write();
            } else if (kind < 12) {
                multicast();
            } else if (kind < 18) {
                combine();
            } else {
                pipeline();
            }
        }
        for (uint32_t p = 0; p < processors_.size(); ++p) {
            // Half of the kernels end with writes on their way, none with reads.
            barrier(p, true);
            if (below(2) == 0) {
                barrier(p, false);
            }
            code(p).push_back(SOAK_END);
        }
        return std::move(program_);
    }

private:
    uint32_t below(uint32_t limit) { return static_cast<uint32_t>(random_() % limit); }
    uint32_t location(uint32_t core, uint32_t slot) const { return core * slots_a_core + slot; }
    uint32_t dram_location(uint32_t slot) const {
        return static_cast<uint32_t>(program_.cores.size()) * slots_a_core + slot;
    }
    std::vector<uint32_t>& code(uint32_t p) { return program_.cores[processors_[p].core].code[processors_[p].index]; }
    void emit(uint32_t p, std::initializer_list<uint32_t> words) { code(p).insert(code(p).end(), words); }
    static uint32_t address(uint32_t slot) { return slots_address + slot * slot_bytes; }

    std::vector<Slot> random_slots(uint32_t count) {
        std::vector<Slot> slots(count);
        for (Slot& slot : slots) {
            for (uint32_t& word : slot) {
                word = static_cast<uint32_t>(random_());
            }
        }
        return slots;
    }

    void barrier(uint32_t p, bool reads) {
        auto& list = processors_[p].in_flight;
        if (std::erase_if(list, [&](const InFlight& one) { return one.is_read == reads; }) != 0) {
            emit(p, {reads ? uint32_t{SOAK_READ_BARRIER} : uint32_t{SOAK_WRITE_BARRIER}});
        }
    }

    /// Processor `to` may rely on all that `from` has done so far.
    void synchronise(uint32_t from, uint32_t to) {
        Processor& sender = processors_[from];
        const Processor& receiver = processors_[to];
        const uint32_t word = words_address + (from * 2 + receiver.index) * 16;
        const bool store = sender.core == receiver.core && (local_signals_ >> sender.core & 1) != 0;
        const bool only_writes_there =
            std::all_of(sender.in_flight.begin(), sender.in_flight.end(),
                        [&](const InFlight& one) { return one.to_core == static_cast<int>(receiver.core); });
        if (store || !only_writes_there || below(2) == 0) {
            barrier(from, true);
            barrier(from, false);
        }
        const uint32_t count = ++sender.signals[to];
        if (store) {
            emit(from, {SOAK_SIGNAL_LOCAL, word, count});
        } else {
            const Coord at = program_.cores[receiver.core].virtual_;
            emit(from, {SOAK_SIGNAL, at.x, at.y, word});
        }
        emit(to, {SOAK_WAIT, word, count, below(3), scratch_address + receiver.index * 64});
        sender.signalled_step[to] = step_;
    }

    void wait_for(uint32_t p, uint32_t other, uint64_t since) {
        if (p != other && processors_[other].signalled_step[p] < since) {
            synchronise(other, p);
        }
    }

    /// Before a step of processor p: whoever it depends on is done, and so is what it has in flight itself.
    void prepare(uint32_t p, const Touches& touches) {
        bool reads = false, writes = false;
        for (const InFlight& one : processors_[p].in_flight) {
            if (meet(touches.writes, one.touches.reads) || meet(touches.writes, one.touches.writes) ||
                meet(touches.reads, one.touches.writes)) {
                (one.is_read ? reads : writes) = true;
            }
        }
        if (reads) {
            barrier(p, true);
        }
        if (writes) {
            barrier(p, false);
        }
        for (const uint32_t at : touches.reads) {
            if (last_use_[at].writer >= 0) {
                wait_for(p, static_cast<uint32_t>(last_use_[at].writer), last_use_[at].written);
            }
            last_use_[at].readers[p] = step_;
        }
        for (const uint32_t at : touches.writes) {
            if (last_use_[at].writer >= 0) {
                wait_for(p, static_cast<uint32_t>(last_use_[at].writer), last_use_[at].written);
            }
            for (const auto& [reader, when] : last_use_[at].readers) {
                wait_for(p, reader, when);
            }
            last_use_[at].readers.clear();
            last_use_[at].writer = static_cast<int>(p);
            last_use_[at].written = step_;
        }
    }

    uint32_t any_processor() { return below(static_cast<uint32_t>(processors_.size())); }
    uint32_t any_core() { return below(static_cast<uint32_t>(program_.cores.size())); }

    struct Part {
        uint32_t offset, bytes;
    };
    Part any_part() {
        const uint32_t first = below(slot_bytes / 32), last = first + 1 + below(slot_bytes / 32 - first);
        return {first * 32, (last - first) * 32};
    }
    static void copy(Slot& to, const Slot& from, Part part) {
        std::memcpy(to.data() + part.offset / 4, from.data() + part.offset / 4, part.bytes);
    }

    void read() {
        const uint32_t p = any_processor(), core = processors_[p].core, to = below(slots_a_core);
        const Part part = any_part();
        Slot& target = program_.cores[core].slots[to];
        if (below(2) == 0) {
            const uint32_t slot = below(dram_slots);
            Touches touches{{dram_location(slot)}, {location(core, to)}};
            prepare(p, touches);
            emit(p, {SOAK_READ_DRAM, slot % banks_, dram_slots_address + slot * slot_bytes + part.offset,
                     address(to) + part.offset, part.bytes});
            copy(target, program_.dram[slot], part);
            processors_[p].in_flight.push_back({true, touches, -1});
        } else {
            const uint32_t other = any_core(), slot = below(slots_a_core);
            if (other == core && slot == to) {
                return;
            }
            Touches touches{{location(other, slot)}, {location(core, to)}};
            prepare(p, touches);
            const Coord at = program_.cores[other].virtual_;
            emit(p, {SOAK_READ, at.x, at.y, address(slot) + part.offset, address(to) + part.offset, part.bytes});
            copy(target, program_.cores[other].slots[slot], part);
            processors_[p].in_flight.push_back({true, touches, -1});
        }
    }

    void write() {
        const uint32_t p = any_processor(), core = processors_[p].core, from = below(slots_a_core);
        const Part part = any_part();
        const Slot& source = program_.cores[core].slots[from];
        if (below(3) == 0) {
            const uint32_t slot = below(dram_slots);
            Touches touches{{location(core, from)}, {dram_location(slot)}};
            prepare(p, touches);
            emit(p, {SOAK_WRITE_DRAM, slot % banks_, dram_slots_address + slot * slot_bytes + part.offset,
                     address(from) + part.offset, part.bytes});
            copy(program_.dram[slot], source, part);
            processors_[p].in_flight.push_back({false, touches, -1});
        } else {
            const uint32_t other = any_core(), slot = below(slots_a_core);
            if (other == core && slot == from) {
                return;
            }
            Touches touches{{location(core, from)}, {location(other, slot)}};
            prepare(p, touches);
            const Coord at = program_.cores[other].virtual_;
            emit(p, {SOAK_WRITE, at.x, at.y, address(slot) + part.offset, address(from) + part.offset, part.bytes});
            copy(program_.cores[other].slots[slot], source, part);
            processors_[p].in_flight.push_back({false, touches, static_cast<int>(other)});
        }
    }

    void multicast() {
        const uint32_t p = any_processor(), core = processors_[p].core, from = below(slots_a_core);
        const uint32_t to = below(slots_a_core);
        if (to == from) {
            return;
        }
        const uint32_t a = any_core(), b = any_core();
        const uint32_t x0 = std::min(a % width_, b % width_), x1 = std::max(a % width_, b % width_);
        const uint32_t y0 = std::min(a / width_, b / width_), y1 = std::max(a / width_, b / width_);
        const bool with_sender = below(2) == 0;
        Touches touches{{location(core, from)}, {}};
        std::vector<uint32_t> targets;
        for (uint32_t y = y0; y <= y1; ++y) {
            for (uint32_t x = x0; x <= x1; ++x) {
                const uint32_t target = y * width_ + x;
                if (target != core || with_sender) {
                    targets.push_back(target);
                    touches.writes.push_back(location(target, to));
                }
            }
        }
        if (targets.empty()) {
            return;
        }
        prepare(p, touches);
        const Part part = any_part();
        Coord first = program_.cores[y0 * width_ + x0].virtual_, last = program_.cores[y1 * width_ + x1].virtual_;
        if (processors_[p].index == 1) {
            std::swap(first, last);  // the other NoC runs the other way
        }
        emit(p, {SOAK_MULTICAST, first.x, first.y, last.x, last.y, address(to) + part.offset,
                 address(from) + part.offset, part.bytes, static_cast<uint32_t>(targets.size()), with_sender});
        for (const uint32_t target : targets) {
            copy(program_.cores[target].slots[to], program_.cores[core].slots[from], part);
        }
        processors_[p].in_flight.push_back({false, touches, -1});
    }

    void combine() {
        const uint32_t p = any_processor(), core = processors_[p].core;
        const uint32_t to = below(slots_a_core), from = below(slots_a_core), words = 1 + below(slot_words);
        const auto factor = static_cast<uint32_t>(random_());
        prepare(p, {{location(core, from)}, {location(core, to)}});
        emit(p, {SOAK_COMBINE, address(to), address(from), words, factor});
        Slot& target = program_.cores[core].slots[to];
        const Slot& source = program_.cores[core].slots[from];
        for (uint32_t i = 0; i < words; ++i) {
            target[i] = source[i] * factor + i;
        }
    }

    /// A few pages from DRAM through a core's circular buffers, and its compute kernel, to DRAM.
    void pipeline() {
        const uint32_t at = any_core();
        CoreProgram& core = program_.cores[at];
        if (core.pipelines.size() >= 3) {
            return;
        }
        Pipeline line;
        line.computes = below(2) == 0;
        line.bank = below(banks_);
        const uint32_t offset = at * 0x40000 + static_cast<uint32_t>(core.pipelines.size()) * 0x10000;
        line.from = pages_address + offset;
        line.to = results_address + offset;
        const uint32_t reader = 2 * at + 1, writer = 2 * at;
        if (line.computes) {
            line.kind = below(3);
            line.block = core.tile_block;
            line.page_bytes = tile_bytes;
            const uint32_t blocks = 1 + below(12 / line.block);
            line.pages = blocks * line.block;
            ++core.compute_args[0];
            core.compute_args.insert(core.compute_args.end(), {line.kind, blocks, line.block});
            fill_tiles(line);
        } else {
            line.block = core.plain_block;
            line.page_bytes = core.plain_page;
            line.pages = line.block * (1 + below(0xF000 / (line.page_bytes * line.block * 4)));
            line.input.resize(size_t{line.pages} * line.page_bytes);
            for (uint8_t& byte : line.input) {
                byte = static_cast<uint8_t>(random_());
            }
            line.expected = line.input;
        }
        emit(reader, {SOAK_FILL, line.bank, line.from, line.page_bytes, line.pages, line.block, line.computes ? 0u : 2u,
                      line.computes ? 2u : 1u});
        emit(writer,
             {SOAK_DRAIN, line.bank, line.to, line.page_bytes, line.pages, line.block, line.computes ? 16u : 2u});
        // The reader's read barriers and the writer's write barriers also end what these had in flight before.
        settle(reader, true);
        settle(writer, false);
        core.pipelines.push_back(std::move(line));
    }

    void settle(uint32_t p, bool reads) {
        std::erase_if(processors_[p].in_flight, [&](const InFlight& one) { return one.is_read == reads; });
    }

    void fill_tiles(Pipeline& line) {
        const uint32_t values = line.block * tile_bytes / 2;
        for (uint32_t done = 0; done < line.pages; done += line.block) {
            std::vector<int> a(values), b(values);
            const auto put = [](std::vector<uint8_t>& bytes, int value) {
                const uint16_t raw = bf16(value);
                bytes.push_back(static_cast<uint8_t>(raw));
                bytes.push_back(static_cast<uint8_t>(raw >> 8));
            };
            for (uint32_t i = 0; i < values; ++i) {
                a[i] = 1 + static_cast<int>(below(9)), b[i] = 1 + static_cast<int>(below(9));
                put(line.expected, line.kind == 0 ? a[i] : line.kind == 1 ? a[i] + b[i] : a[i] * b[i]);
            }
            for (const std::vector<int>* operand : {&a, &b}) {
                for (const int value : *operand) {
                    put(line.input, value);
                }
            }
        }
    }

    std::mt19937_64 random_;
    uint32_t banks_;
    uint32_t width_ = 1;
    uint64_t step_ = 0;
    uint64_t local_signals_ = 0;  ///< by core: its processors signal each other with plain stores
    RandomProgram program_;
    std::vector<Processor> processors_;
    std::vector<LastUse> last_use_;
};

}  // namespace

RandomProgram draw(uint64_t seed, Coord grid, uint32_t banks, Coord (*to_virtual)(Coord)) {
    return Generator(seed, grid, banks, to_virtual).make();
}

}  // namespace soak
