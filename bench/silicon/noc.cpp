// Groups of NoC transactions as TT-Metalium's NoC estimator measures them: a processor of each master core issues
// transactions to or from its subordinates, one after the other, and waits for all.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>

#include <arch/arch.h>
#include <timing/noc.h>

#include "silicon.h"

namespace silicon {
namespace {

using tessera::arch::Chip;
using tessera::arch::Coord;
using tessera::arch::dram_router;
using tessera::timing::Cycles;
using tessera::timing::Events;
using tessera::timing::Noc;
using tessera::timing::Transaction;

using Fields = std::map<std::string, std::string>;

std::vector<Fields> read_csv(const std::string& path) {
    std::ifstream file(path);
    if (!file) {
        throw std::runtime_error("cannot read " + path);
    }
    const auto split = [](const std::string& line) {
        std::vector<std::string> cells;
        std::stringstream stream(line);
        for (std::string cell; std::getline(stream, cell, ',');) {
            cells.push_back(cell);
        }
        return cells;
    };
    std::string line;
    std::getline(file, line);
    const auto names = split(line);
    std::vector<Fields> rows;
    while (std::getline(file, line)) {
        const auto cells = split(line);
        Fields row;
        for (size_t i = 0; i < names.size() && i < cells.size(); ++i) {
            row[names[i]] = cells[i];
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

/// A processor that issues one transaction after the other and waits for all of them.
class Master final : public Noc::Listener {
public:
    Master(Noc& noc, Events& events) : noc_(noc), events_(events) {}

    /// `gap`: cycles after the one before.
    void add(const Transaction& transaction, Cycles gap) { todo_.push_back({transaction, gap}); }
    void start() { next(0); }
    Cycles end() const { return end_; }

    void sent(uint64_t) override {}
    void done(uint64_t) override { end_ = std::max(end_, events_.now()); }

private:
    struct Step {
        Transaction transaction;
        Cycles gap;
    };

    void next(Cycles time) {
        events_.at(time, [](void* self, uint64_t) { static_cast<Master*>(self)->issue(); }, this, 0);
    }
    void issue() {
        noc_.issue(todo_[at_].transaction, *this, at_);
        if (++at_ < todo_.size()) {
            next(events_.now() + todo_[at_].gap);
        }
    }

    Noc& noc_;
    Events& events_;
    std::vector<Step> todo_;
    size_t at_ = 0;
    Cycles end_ = 0;
};

/// One group: who transfers what with whom.
class Group {
public:
    explicit Group(const Fields& fields) : fields_(fields) {
        const bool wormhole = text("arch") == "WH";
        // The Wormhole that was measured has 8 x 7 workers, the Blackhole 11 x 10.
        chip_ = &tessera::arch::board(wormhole ? "n300" : "p150").chips.front();
        bytes_ = number("bytes");
        transactions_ = number("num_transactions");
        subordinates_ = number("num_subordinates");
        const std::string pattern = text("pattern");
        write_ = pattern.find("_TO_") != std::string::npos;
        const size_t middle = write_ ? pattern.find("_TO_") : pattern.find("_FROM_");
        if (middle == std::string::npos) {
            throw std::runtime_error("unknown pattern " + pattern);
        }
        masters_ = pattern.substr(0, middle);
        others_ = pattern.substr(middle + (write_ ? 4 : 6));
        multicast_ = text("mechanism") != "unicast";
        linked_ = text("mechanism") == "multicast_linked";
        dram_ = text("memory") != "L1";
        noc_ = static_cast<uint8_t>(number("noc"));
    }

    Cycles predict() const {
        Events events;
        Noc noc(*chip_, events);
        std::vector<std::unique_ptr<Master>> masters;
        for (const Coord master : master_cores()) {
            masters.push_back(std::make_unique<Master>(noc, events));
            fill(*masters.back(), master);
            masters.back()->start();
        }
        events.run();
        Cycles end = 0;
        for (const auto& master : masters) {
            end = std::max(end, master->end());
        }
        return end;
    }

    /// A figure that the measurement repeats because the core's memory was full.
    bool clamped() const {
        return dram_ && bytes_ * std::max(transactions_, 64U) > 64 * 8192 &&
               (bytes_ > 8192 || (transactions_ >= 256 && bytes_ > 4096));
    }

private:
    const std::string& text(const char* name) const { return fields_.at(name); }
    uint32_t number(const char* name) const { return static_cast<uint32_t>(std::stod(text(name))); }
    bool flag(const char* name) const { return text(name) == "True"; }

    Coord physical(Coord logical) const {
        return chip_->worker_noc0[size_t{logical.y} * chip_->compute_grid.x + logical.x];
    }
    std::vector<Coord> rectangle(uint32_t width, uint32_t height) const {
        std::vector<Coord> cores;
        for (uint16_t y = 0; y < height; ++y) {
            for (uint16_t x = 0; x < width; ++x) {
                cores.push_back({x, y});
            }
        }
        return cores;
    }
    Coord grid() const { return chip_->compute_grid; }

    /// The rectangle of the subordinates, from (0, 0).
    Coord sub_grid() const {
        if (others_ == "ROW") {
            return {grid().x, 1};
        }
        if (others_ == "COLUMN" || others_ == "COL") {
            return {1, grid().y};
        }
        const uint32_t all = uint32_t{grid().x} * grid().y;
        for (const uint32_t side : {2U, 3U, 5U, 8U}) {
            if (subordinates_ == side * side && side <= grid().x && side <= grid().y && subordinates_ < all - 1) {
                return {static_cast<uint16_t>(side), static_cast<uint16_t>(side)};
            }
        }
        return grid();
    }

    std::vector<Coord> master_cores() const {
        const bool outside = multicast_ && !flag("loopback");
        if (masters_ == "ALL") {
            const Coord sub = sub_grid();
            return rectangle(sub.x, sub.y);
        }
        if (masters_ == "ROW" || masters_ == "COLUMN" || masters_ == "COL") {
            std::vector<Coord> cores = masters_ == "ROW" ? rectangle(grid().x, 1) : rectangle(1, grid().y);
            for (Coord& core : cores) {
                (masters_ == "ROW" ? core.y : core.x) += outside ? 1 : 0;
            }
            return cores;
        }
        if (!outside) {
            const bool apart = !multicast_ && others_ == "ALL" && write_ && sub_grid() != grid();
            return {{apart ? sub_grid().x : uint16_t{0}, 0}};
        }
        if (others_ == "ROW") {
            return {{0, 1}};
        }
        if (others_ == "COLUMN" || others_ == "COL") {
            return {{1, 0}};
        }
        return {{sub_grid().x, 0}};
    }

    std::vector<Coord> targets_of(Coord master) const {
        if (others_ == "ONE") {
            return {flag("same_axis") ? Coord{0, 1} : Coord{1, 1}};
        }
        const Coord sub = sub_grid();
        std::vector<Coord> cores = rectangle(sub.x, sub.y);
        if (masters_ == "ONE") {
            std::erase(cores, master);
        }
        return cores;
    }

    Cycles gap(const char* call) const {
        static std::map<std::string, Cycles> known;
        const auto [at, is_new] = known.try_emplace(chip_->name + call);
        if (is_new) {
            at->second = tessera::arch::issue_cycles(chip_->name, call);
        }
        return at->second;
    }

    void fill(Master& master, Coord core) const {
        constexpr uint32_t unrolled_turns = 16;  // GCC drops a loop of so many turns
        const Coord here = physical(core);
        Transaction transaction{.kind = write_ ? Transaction::Kind::Write : Transaction::Kind::Read,
                                .noc = noc_,
                                .issuer = here,
                                .bytes = bytes_};
        if (multicast_) {
            const Coord sub = sub_grid();
            transaction.kind = Transaction::Kind::Multicast;
            transaction.target = physical({0, 0});
            transaction.last = physical({static_cast<uint16_t>(sub.x - 1), static_cast<uint16_t>(sub.y - 1)});
            if (noc_ == 1) {
                std::swap(transaction.target, transaction.last);
            }
            transaction.loopback = flag("loopback");
            for (uint32_t i = 0; i < transactions_; ++i) {
                transaction.linked = linked_ && i + 1 < transactions_;
                master.add(transaction, gap("multicast"));
            }
            return;
        }
        if (dram_) {
            const bool interleaved = text("memory") == "DRAM_INTERLEAVED";
            for (uint32_t i = 0; i < transactions_; ++i) {
                transaction.dram_bank = static_cast<int32_t>(interleaved ? i % chip_->num_dram_banks : 0);
                transaction.target = dram_router(*chip_, noc_, static_cast<uint32_t>(transaction.dram_bank));
                master.add(transaction, gap(interleaved ? "read_page" : write_ ? "write_same_page" : "read_same_page"));
            }
            return;
        }
        const auto targets = targets_of(core);
        const uint32_t each = transactions_ / (others_ == "ONE" ? 1 : std::max<uint32_t>(subordinates_, 1));
        const char* call = flag("stateful") ? (write_ ? "write_with_state" : "read_with_state")
                           : write_         ? "write"
                           : each <= unrolled_turns || targets.size() > 1 ? "read_unrolled"
                                                                          : "read";
        for (const Coord target : targets) {
            transaction.target = physical(target);
            for (uint32_t i = 0; i < std::max(each, 1U); ++i) {
                constexpr Cycles to_next_core = 14;  // loads of its coordinates, and the outer loop
                master.add(transaction, gap(call) + (i == 0 && targets.size() > 1 ? to_next_core : 0));
            }
        }
    }

    const Fields& fields_;
    const Chip* chip_ = nullptr;
    uint32_t bytes_ = 0, transactions_ = 0, subordinates_ = 0;
    bool write_ = false, multicast_ = false, linked_ = false, dram_ = false;
    uint8_t noc_ = 0;
    std::string masters_, others_;
};

}  // namespace

std::vector<Row> noc_rows(const std::string& file) {
    std::vector<Row> rows;
    for (const Fields& fields : read_csv(file)) {
        const Group group(fields);
        if (group.clamped()) {
            continue;
        }
        Row row;
        row.group =
            fields.at("arch") + " " + fields.at("mechanism") + " " + fields.at("pattern") + " " + fields.at("memory");
        row.name = row.group + ", " + fields.at("num_transactions") + " of " + fields.at("bytes") + " B" +
                   (fields.at("num_subordinates") == "0" ? "" : ", " + fields.at("num_subordinates") + " cores") +
                   (fields.at("same_axis") == "True" ? ", same axis" : "") +
                   (fields.at("stateful") == "True" ? ", with state" : "") +
                   (fields.at("loopback") == "True" ? ", loopback" : "");
        row.measured = std::stod(fields.at("cycles"));
        row.predicted = group.predict();
        rows.push_back(std::move(row));
    }
    return rows;
}

}  // namespace silicon
