// The NoC model against times worked out by hand, against what must always hold, and against measurements of chips.
#include <timing/noc.h>

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <random>
#include <vector>

#include <silicon.h>

namespace tessera::timing {
namespace {

using arch::Coord;

const arch::Chip& wormhole() {
    return arch::board("n150").chips.front();
}

class Ends final : public Noc::Listener {
public:
    explicit Ends(const Events& events) : events_(events) {}
    void sent(uint64_t tag) override { put(sent_, tag); }
    void done(uint64_t tag) override { put(done_, tag); }
    Cycles sent_at(uint64_t tag) const { return sent_.at(tag); }
    Cycles done_at(uint64_t tag) const { return done_.at(tag); }
    size_t finished() const {
        return static_cast<size_t>(std::count_if(done_.begin(), done_.end(), [](Cycles time) { return time >= 0; }));
    }

private:
    void put(std::vector<Cycles>& times, uint64_t tag) {
        times.resize(std::max<size_t>(times.size(), tag + 1), -1);
        EXPECT_EQ(times[tag], -1) << "told twice";
        times[tag] = events_.now();
    }
    const Events& events_;
    std::vector<Cycles> sent_, done_;
};

Cycles time_of(const Transaction& transaction) {
    Events events;
    Noc noc(wormhole(), events);
    Ends ends(events);
    noc.issue(transaction, ends, 0);
    events.run();
    return ends.done_at(0);
}

TEST(Noc, AReadOfTwoFlitsByHand) {
    // From (1,1) to (1,2) on NoC 0, which goes right and down. Cycles:
    //   request: interface 5, one hop 9, interface 5                               = 19
    //   work at both ends, the call and the last look: 94 less four interfaces     = 74
    //   answer: interface 5, from (1,2) down and around the column of 12 routers
    //           to (1,1): 11 hops of 9 = 99, interface 5                           = 109
    //   one header and two flits of 32 bytes, 1.12 cycles each                     = 3.36
    EXPECT_NEAR(time_of({.noc = 0, .issuer = {1, 1}, .target = {1, 2}, .bytes = 64}), 19 + 74 + 109 + 3.36, 1e-9);
}

TEST(Noc, AWriteOfTwoFlitsByHand) {
    //   data: interface 5, hop 9, interface 5, three flits of 1.038 (absorbed)     = 22.114
    //   work 94 - 20, and 0.23 a flit until the last bytes are in L1               = 74.69
    //   acknowledgement: interface 5, 11 hops, interface 5, one flit               = 110.038
    EXPECT_NEAR(time_of({.kind = Transaction::Kind::Write, .noc = 0, .issuer = {1, 1}, .target = {1, 2}, .bytes = 64}),
                22.114 + 74.69 + 110.038, 1e-9);
}

TEST(Noc, TheOtherNocGoesTheOtherWay) {
    // (1,2) lies one hop below (1,1): eleven hops for NoC 1, and one back. Either way it is once around.
    const Transaction down{.noc = 0, .issuer = {1, 1}, .target = {1, 2}, .bytes = 2048};
    Transaction up = down;
    up.noc = 1;
    EXPECT_NEAR(time_of(down), time_of(up), 1e-9);
}

TEST(Noc, TwoReadersOfOneCoreShareItsInterface) {
    // Each alone takes the bytes as fast as they come; together they take twice as long.
    Events events;
    Noc noc(wormhole(), events);
    Ends ends(events);
    constexpr uint32_t bytes = 8192, turns = 32;
    uint64_t tag = 0;
    for (const Coord reader : {Coord{2, 1}, Coord{1, 2}}) {
        for (uint32_t i = 0; i < turns; ++i) {
            noc.issue({.noc = 0, .issuer = reader, .target = {1, 1}, .bytes = bytes}, ends, tag++);
        }
    }
    events.run();
    Cycles last = 0;
    for (uint64_t i = 0; i < tag; ++i) {
        last = std::max(last, ends.done_at(i));
    }
    const double flits = 2 * turns * (bytes / 32 + 1.0);
    EXPECT_GE(last, flits * 1.12);
    EXPECT_LE(last, flits * 1.12 + 400);
}

TEST(Noc, AMulticastIsOverWhenAllHaveAnswered) {
    Transaction cast{.kind = Transaction::Kind::Multicast,
                     .noc = 0,
                     .issuer = {1, 1},
                     .target = {1, 1},
                     .last = {2, 2},
                     .bytes = 64,
                     .loopback = true};
    const Cycles small = time_of(cast);
    cast.last = {9, 5};
    EXPECT_GT(time_of(cast), small);
    cast.loopback = false;
    cast.last = {1, 1};  // nobody but its issuer
    EXPECT_GT(time_of(cast), 0);
}

/// Random traffic of everybody with everybody.
std::vector<Transaction> traffic(uint32_t seed, size_t count) {
    std::mt19937 random(seed);
    const auto& workers = wormhole().worker_noc0;
    std::vector<Transaction> all;
    for (size_t i = 0; i < count; ++i) {
        Transaction one{.kind = random() % 2 == 0 ? Transaction::Kind::Read : Transaction::Kind::Write,
                        .noc = static_cast<uint8_t>(random() % 2),
                        .issuer = workers[random() % workers.size()],
                        .bytes = static_cast<uint32_t>(1 + random() % 20000)};
        if (random() % 3 == 0) {
            one.dram_bank = static_cast<int32_t>(random() % wormhole().num_dram_banks);
            one.target = wormhole().dram_noc0[static_cast<size_t>(one.dram_bank)];
        } else {
            one.target = workers[random() % workers.size()];
        }
        all.push_back(one);
    }
    return all;
}

Cycles end_of(const std::vector<Transaction>& all, Cycles* link_cycles = nullptr) {
    Events events;
    Noc noc(wormhole(), events);
    Ends ends(events);
    for (size_t i = 0; i < all.size(); ++i) {
        noc.issue(all[i], ends, i);
    }
    events.run();
    EXPECT_EQ(ends.finished(), all.size());
    Cycles last = 0;
    for (size_t i = 0; i < all.size(); ++i) {
        if (all[i].kind != Transaction::Kind::Read) {
            EXPECT_LE(ends.sent_at(i), ends.done_at(i));
        }
        last = std::max(last, ends.done_at(i));
    }
    if (link_cycles != nullptr) {
        for (const Calendar& link : noc.links()) {
            *link_cycles += link.busy();
            EXPECT_LE(link.busy(), last) << "a link cannot be busy for longer than all took";
        }
    }
    return last;
}

TEST(Noc, EveryByteCrossesEveryLinkOfItsWayOnce) {
    const auto all = traffic(1, 400);
    Cycles busy = 0;
    end_of(all, &busy);
    double flits = 0;
    const auto grid = wormhole().noc_grid;
    const auto hops = [&](uint32_t noc, Coord from, Coord to) {
        const auto ring = [&](uint32_t a, uint32_t b, uint32_t size) {
            return noc == 0 ? (b + size - a) % size : (a + size - b) % size;
        };
        return ring(from.x, to.x, grid.x) + ring(from.y, to.y, grid.y);
    };
    for (const Transaction& one : all) {
        const uint32_t packets = (one.bytes + 8191) / 8192;
        const double data = packets + [&] {
            double sum = 0;
            for (uint32_t left = one.bytes; left > 0; left -= std::min(left, 8192U)) {
                sum += (std::min(left, 8192U) + 31) / 32;
            }
            return sum;
        }();
        const double there = hops(one.noc, one.issuer, one.target), back = hops(one.noc, one.target, one.issuer);
        const bool read = one.kind == Transaction::Kind::Read;
        flits += data * (read ? back : there) + packets * (read ? there : back);
    }
    EXPECT_GE(busy, flits * 0.999);
    EXPECT_LE(busy, flits * 1.15);  // what waiting for links costs them
}

TEST(Noc, MoreTrafficIsNeverFaster) {
    auto all = traffic(2, 300);
    Cycles before = 0;
    for (size_t count = 50; count <= all.size(); count += 50) {
        const Cycles end = end_of({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)});
        EXPECT_GE(end, before);
        before = end;
    }
}

TEST(Noc, IsDeterministic) {
    const auto all = traffic(3, 500);
    EXPECT_EQ(end_of(all), end_of(all));
}

/// The whole set where it is, else the part that lies in the repository.
std::string measurements(const char* name) {
    const std::string whole = std::string(TESSERA_SOURCE_DIR) + "/../shared/data/silicon/" + name;
    return std::filesystem::exists(whole) ? whole : std::string(TESSERA_SOURCE_DIR) + "/tests/data/silicon/" + name;
}

TEST(Silicon, GroupsOfTransactions) {
    const auto rows = silicon::noc_rows(measurements("noc_latency.csv"));
    ASSERT_GE(rows.size(), 50u);
    size_t close = 0;
    for (const auto& row : rows) {
        EXPECT_LE(std::abs(row.error()), 0.25) << row.name;
        close += std::abs(row.error()) <= 0.10;
    }
    EXPECT_GE(close, rows.size() * 9 / 10);
}

TEST(Silicon, Traces) {
    const auto rows = silicon::trace_rows(measurements("noc_traces"));
    ASSERT_GE(rows.size(), 2u);
    double sum = 0;
    for (const auto& row : rows) {
        EXPECT_LE(std::abs(row.error()), 0.15) << row.name;
        sum += std::abs(row.error());
    }
    EXPECT_LE(sum / static_cast<double>(rows.size()), 0.05);
}

}  // namespace
}  // namespace tessera::timing
