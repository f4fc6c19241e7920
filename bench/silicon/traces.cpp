// NoC traces of programs on a Wormhole chip, transaction by transaction: each processor does again what it did, as long
// after what came before as it did then, and waits at its barriers for what the model says.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <stdexcept>
#include <tuple>

#include <arch/arch.h>
#include <timing/noc.h>
#include <nlohmann/json.hpp>

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

/// What one processor did.
class Kernel final : public Noc::Listener {
public:
    Kernel(Noc& noc, Events& events) : noc_(noc), events_(events) {}

    void add_transaction(const Transaction& transaction, Cycles gap) {
        steps_.push_back({Kind::Issue, gap, transaction});
    }
    /// A barrier, and how long after its beginning it ended if nothing was left to wait for.
    void add_barrier(Cycles gap) { steps_.push_back({Kind::Barrier, gap, {}}); }
    void start(Cycles time) {
        ready_ = time;
        next();
    }
    Cycles end() const { return ready_; }
    bool empty() const { return steps_.empty(); }

    void sent(uint64_t) override {}
    void done(uint64_t) override {
        if (--outstanding_ == 0 && waiting_) {
            waiting_ = false;
            finish_barrier();
        }
    }

private:
    enum class Kind : uint8_t { Issue, Barrier };
    struct Step {
        Kind kind;
        Cycles gap;
        Transaction transaction;
    };
    static constexpr Cycles bare_barrier = 80;  ///< one that waits for nothing, with the two records that it makes

    void next() {
        if (at_ == steps_.size()) {
            return;
        }
        events_.at(ready_ + steps_[at_].gap, [](void* self, uint64_t) { static_cast<Kernel*>(self)->act(); }, this, 0);
    }
    void act() {
        const Step& step = steps_[at_++];
        ready_ = events_.now();
        if (step.kind == Kind::Issue) {
            ++outstanding_;
            noc_.issue(step.transaction, *this, 0);
            next();
        } else if (outstanding_ != 0) {
            waiting_ = true;
        } else {
            finish_barrier();
        }
    }
    void finish_barrier() {
        ready_ = std::max(ready_ + bare_barrier, events_.now());
        next();
    }

    Noc& noc_;
    Events& events_;
    std::vector<Step> steps_;
    size_t at_ = 0;
    uint32_t outstanding_ = 0;
    bool waiting_ = false;
    Cycles ready_ = 0;
};

/// The DRAM bank that a router leads to; -1: none.
int32_t bank_at(const Chip& chip, Coord at) {
    for (uint32_t bank = 0; bank < chip.num_dram_banks; ++bank) {
        if (dram_router(chip, 0, bank) == at || dram_router(chip, 1, bank) == at) {
            return static_cast<int32_t>(bank);
        }
    }
    for (uint32_t bank = 0; bank < chip.num_dram_banks; ++bank) {
        const auto& ports = chip.dram_ports[chip.dram_bank_controller[bank]];
        if (std::find(ports.begin(), ports.end(), at) != ports.end()) {
            return static_cast<int32_t>(bank);
        }
    }
    return -1;
}

Row trace_row(const std::filesystem::path& path) {
    std::ifstream file(path);
    const auto trace = nlohmann::json::parse(file);
    const Chip& chip = tessera::arch::board("n150").chips.front();
    Events events;
    Noc noc(chip, events);

    uint64_t first = ~uint64_t{0}, last = 0;
    for (const auto& event : trace) {
        if (!event.at("proc").get<std::string>().empty()) {
            const uint64_t time = event.at("timestamp");
            first = std::min(first, time);
            last = std::max(last, time);
        }
    }
    struct Processor {
        std::unique_ptr<Kernel> kernel;
        uint64_t begin = 0, before = 0;
    };
    std::map<std::tuple<std::string, uint16_t, uint16_t>, Processor> processors;
    for (const auto& event : trace) {
        const std::string name = event.at("proc");
        if (name.empty()) {
            continue;
        }
        const uint64_t time = event.at("timestamp");
        const Coord core{event.at("sx"), event.at("sy")};
        Processor& one = processors[{name, core.x, core.y}];
        if (!event.contains("type")) {
            if (event.at("zone_phase") == "begin" && one.kernel == nullptr) {
                one = {std::make_unique<Kernel>(noc, events), time - first, time};
            }
            continue;
        }
        if (one.kernel == nullptr) {
            one = {std::make_unique<Kernel>(noc, events), time - first, time};
        }
        const std::string type = event.at("type");
        const auto gap = static_cast<Cycles>(time - one.before);
        one.before = time;
        if (type == "READ_BARRIER_START" || type == "WRITE_BARRIER_START") {
            one.kernel->add_barrier(gap);
        } else if (type == "READ" || type == "WRITE" || type == "WRITE_") {
            const Coord target{event.at("dx"), event.at("dy")};
            one.kernel->add_transaction({.kind = type == "READ" ? Transaction::Kind::Read : Transaction::Kind::Write,
                                         .noc = static_cast<uint8_t>(event.at("noc") == "NOC_1" ? 1 : 0),
                                         .issuer = core,
                                         .target = target,
                                         .dram_bank = bank_at(chip, target),
                                         .bytes = event.at("num_bytes")},
                                        gap);
        } else if (type != "READ_BARRIER_END" && type != "WRITE_BARRIER_END") {
            throw std::runtime_error(path.string() + ": events of type " + type + " are not known");
        }
    }
    for (auto& [name, one] : processors) {
        one.kernel->start(static_cast<Cycles>(one.begin));
    }
    events.run();
    Cycles end = 0;
    for (const auto& [name, one] : processors) {
        end = std::max(end, one.kernel->end());
    }
    return {
        .group = "NoC traces", .name = path.stem(), .measured = static_cast<double>(last - first), .predicted = end};
}

}  // namespace

std::vector<Row> trace_rows(const std::string& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".json") {
            files.push_back(entry.path());
        }
    }
    std::sort(files.begin(), files.end());
    std::vector<Row> rows;
    std::transform(files.begin(), files.end(), std::back_inserter(rows), trace_row);
    return rows;
}

}  // namespace silicon
