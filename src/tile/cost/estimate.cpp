#include <tile/cost/estimate.h>

#include <algorithm>
#include <array>
#include <map>
#include <tuple>
#include <utility>

#include <tile/cost/walk.h>
#include <timing/routes.h>

namespace tessera::tile::cost {

namespace {

/// Cores that do alike, and some of them to look at.
struct Alike {
    std::vector<size_t> cores, samples;
};

/// By the number of blocks, and by being first in their row or column, which reads for the others. What a block takes
/// may depend on where it is: some from the first to the last are looked at.
std::vector<Alike> alike_cores(const device::Program& program) {
    std::map<std::tuple<uint32_t, bool, bool>, std::vector<size_t>> kinds;
    for (size_t i = 0; i < program.cores.size(); ++i) {
        const device::CoreWork& core = program.cores[i];
        kinds[{core.count, core.x == 0, core.y == 0}].push_back(i);
    }
    std::vector<Alike> all;
    for (auto& [kind, cores] : kinds) {
        constexpr size_t most = 8;
        Alike one{cores, {}};
        for (size_t i = 0; i < std::min(most, cores.size()); ++i) {
            one.samples.push_back(cores[cores.size() <= most ? i : i * (cores.size() - 1) / (most - 1)]);
        }
        all.push_back(std::move(one));
    }
    return all;
}

/// Where the reads of several cores meet in DRAM.
class Banks {
public:
    Banks(const arch::Chip& chip, const arch::NocTime& time) : chip_(chip), time_(time) {}

    /// Of a core that stands for `cores`.
    void add(const std::vector<Waited>& waits, double cores) {
        for (size_t i = 0; i < waits.size(); ++i) {
            if (bytes_.size() <= i) {
                bytes_.push_back({std::vector<double>(chip_.num_dram_banks), 0});
            }
            for (size_t bank = 0; bank < waits[i].banks.size(); ++bank) {
                bytes_[i].banks[bank] += cores * waits[i].banks[bank];
            }
            bytes_[i].alone = std::max(bytes_[i].alone, waits[i].alone);
        }
    }

    /// How much longer a barrier takes than if nobody else read. `in_step`: cores that multicast wait for each other,
    /// so all of them ask at once; others spread, and wait only where the bank takes longer than the way to it.
    double longer(bool in_step, double latency) const {
        double sum = 0;
        for (const Waited& one : bytes_) {
            const double busiest = *std::max_element(one.banks.begin(), one.banks.end()) / time_.dram_bytes_per_cycle;
            sum += std::max(0.0, busiest - one.alone - (in_step ? 0 : latency));
        }
        return bytes_.empty() ? 0 : sum / static_cast<double>(bytes_.size());
    }

private:
    const arch::Chip& chip_;
    const arch::NocTime& time_;
    std::vector<Waited> bytes_;
};

/// What the links between DRAM and the cores carry.
class Links {
public:
    explicit Links(const arch::Chip& chip, const arch::NocTime& time)
        : chip_(chip), time_(time), routes_(chip, time), bytes_(routes_.links()) {}

    /// The reader uses NoC 0, the writer NoC 1; pages lie in all banks alike.
    void add(const device::CoreWork& core, device::Role role, double read, double written) {
        const uint32_t noc = role == device::Role::Reader ? 0 : 1;
        const size_t number = size_t{core.y} * chip_.compute_grid.x + core.x;
        if (number >= chip_.worker_noc0.size()) {
            return;
        }
        const arch::Coord at = chip_.worker_noc0[number];
        for (uint32_t bank = 0; bank < chip_.num_dram_banks; ++bank) {
            const arch::Coord router = arch::dram_router(chip_, noc, bank);
            if (read > 0) {
                routes_.way(noc, router, at, [&](size_t link) { bytes_[link] += read / chip_.num_dram_banks; });
            }
            if (written > 0) {
                routes_.way(noc, at, router, [&](size_t link) { bytes_[link] += written / chip_.num_dram_banks; });
            }
        }
    }

    /// Blocks from a core to all others of its row (or column), along the way of the kernel's NoC.
    void multicast(const device::CoreWork& core, device::Role role, bool row, uint32_t width, uint32_t height,
                   double bytes) {
        const uint32_t noc = role == device::Role::Reader ? 0 : 1;
        const auto worker = [&](uint32_t x, uint32_t y) {
            return chip_.worker_noc0.at(size_t{y} * chip_.compute_grid.x + x);
        };
        const uint32_t count = row ? width : height, from = row ? core.x : core.y;
        const uint32_t to = count == 0 ? 0 : (noc == 0 ? from + count - 1 : from + 1) % count;
        if (bytes > 0 && count > 1) {
            routes_.way(noc, worker(core.x, core.y), row ? worker(to, core.y) : worker(core.x, to),
                        [&](size_t link) { bytes_[link] += bytes; });
        }
    }

    double cycles() const {
        // Packets that wait hold the links behind them, since routers have room for little: of a busy link so much is
        // lost in replays of products that multicast.
        constexpr double held = 2.2;
        const double most = *std::max_element(bytes_.begin(), bytes_.end());
        return held * most / time_.flit_bytes * time_.contended_link_flit;
    }

private:
    const arch::Chip& chip_;
    const arch::NocTime& time_;
    timing::Routes routes_;
    std::vector<double> bytes_;
};

}  // namespace

Estimate estimate(const device::Program& program, const std::vector<device::Tensor>& tensors) {
    const arch::Chip* chip = nullptr;
    for (const std::string& name : arch::board_names()) {
        const arch::Chip& candidate = arch::board(name).chips.front();
        if (candidate.name == program.arch && (chip == nullptr || (candidate.compute_grid.x >= program.grid_x &&
                                                                   chip->compute_grid.x < program.grid_x))) {
            chip = &candidate;
        }
    }
    Estimate result;
    if (chip == nullptr || program.cores.empty()) {
        return result;
    }
    const Machine machine = machine_of(program, tensors, *chip);
    for (const device::CircularBuffer& ring : program.circular_buffers) {
        result.l1_bytes += double{1} * ring.page_bytes * ring.pages;
    }
    double bytes = 0;
    Links links(*chip, machine.noc);
    uint32_t used_x = 0, used_y = 0;
    for (const device::CoreWork& core : program.cores) {
        used_x = std::max(used_x, core.x + 1);
        used_y = std::max(used_y, core.y + 1);
    }
    struct Mover {
        double total = 0, barriers = 0;
        bool multicasts = false;
        Banks banks;
    };
    Mover reader{.banks = {*chip, machine.noc}}, writer{.banks = {*chip, machine.noc}};
    for (const Alike& alike : alike_cores(program)) {
        const auto samples = static_cast<double>(alike.samples.size()), cores = static_cast<double>(alike.cores.size());
        for (const device::KernelCode& kernel : program.kernels) {
            if (kernel.role == device::Role::Compute) {
                for (const size_t index : {size_t{0}, alike.samples.size() / 2, alike.samples.size() - 1}) {
                    const Walked walked = walk(machine, kernel, alike.samples[index]);
                    if (walked.total() > result.compute) {
                        result.compute = walked.total();
                        result.unpack = walked.clocks[UnpackWork];
                        result.math = walked.clocks[MathWork];
                        result.pack = walked.clocks[PackWork];
                    }
                }
                continue;
            }
            Mover& mover = kernel.role == device::Role::Reader ? reader : writer;
            double read = 0, written = 0, along_row = 0, along_column = 0;
            for (const size_t core : alike.samples) {
                const Walked walked = walk(machine, kernel, core);
                const Clocks& clocks = walked.clocks;
                read += clocks[ReadBytes] / samples;
                written += clocks[WrittenBytes] / samples;
                along_row += clocks[RowBytes] / samples;
                along_column += clocks[ColumnBytes] / samples;
                if (walked.total() > mover.total) {
                    mover.total = walked.total();
                    mover.barriers = clocks[Barriers];
                }
                mover.banks.add(walked.waits, cores / samples);
                result.fill = std::max(result.fill, walked.first_push);
                result.drain = std::max(result.drain, walked.last_store);
            }
            mover.multicasts = mover.multicasts || along_row + along_column > 0;
            bytes += (read + written) * cores;
            for (const size_t core : alike.cores) {
                const device::CoreWork& work = program.cores[core];
                links.add(work, kernel.role, read, written);
                links.multicast(work, kernel.role, true, used_x, used_y, along_row);
                links.multicast(work, kernel.role, false, used_x, used_y, along_column);
            }
        }
    }
    const auto with_banks = [&](const Mover& mover) {
        return mover.total + mover.barriers * mover.banks.longer(mover.multicasts, read_latency(machine));
    };
    result.reader = with_banks(reader);
    result.writer = with_banks(writer);
    result.dram = bytes / (chip->num_dram_banks * machine.noc.dram_bytes_per_cycle);
    result.links = links.cycles();
    const double units = std::max({result.unpack, result.math, result.pack});
    const char* engine = units < 0.8 * result.compute ? "compute"
                         : units == result.math       ? "math"
                         : units == result.unpack     ? "unpack"
                                                      : "pack";
    // Of equal ones the first.
    std::pair<double, const char*> slowest{result.compute, engine};
    for (const auto& other :
         {std::pair{result.dram, "dram"}, std::pair{result.links, "noc"},
          std::pair{result.reader - result.fill, "reader"}, std::pair{result.writer - result.fill, "writer"}}) {
        slowest = other.first > slowest.first ? other : slowest;
    }
    result.cycles = result.fill + slowest.first + result.drain;
    result.bound = slowest.second;
    return result;
}

Estimate estimate(const device::Module& module) {
    Estimate sum;
    double longest = 0;
    for (const device::Program& program : module.programs) {
        const Estimate one = estimate(program, module.tensors);
        sum.cycles += one.cycles;
        sum.reader += one.reader;
        sum.compute += one.compute;
        sum.writer += one.writer;
        sum.unpack += one.unpack;
        sum.math += one.math;
        sum.pack += one.pack;
        sum.dram += one.dram;
        sum.links += one.links;
        sum.fill += one.fill;
        sum.drain += one.drain;
        sum.l1_bytes = std::max(sum.l1_bytes, one.l1_bytes);
        if (one.cycles > longest) {
            longest = one.cycles;
            sum.bound = one.bound;
        }
    }
    return sum;
}

}  // namespace tessera::tile::cost
