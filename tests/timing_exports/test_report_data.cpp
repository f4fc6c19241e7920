// What the page of a replay is drawn from, read as the page reads it.
#include <timing/report_data.h>

#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include <nlohmann/json.hpp>

#include "program.h"

namespace tessera::timing {
namespace {

using Json = nlohmann::json;

class Numbers {
public:
    explicit Numbers(std::string text) : text_(std::move(text)) {}
    uint64_t next() {
        uint64_t value = 0;
        for (int shift = 0;; shift += 7) {
            const auto byte = static_cast<uint8_t>(text_.at(at_++));
            value |= static_cast<uint64_t>(byte & 127) << shift;
            if (byte < 128) {
                return value;
            }
        }
    }
    std::vector<uint64_t> list(size_t n) {
        std::vector<uint64_t> all(n);
        for (uint64_t& one : all) {
            one = next();
        }
        return all;
    }
    bool done() const { return at_ == text_.size(); }

private:
    std::string text_;
    size_t at_ = 0;
};

struct Read {
    Json header;
    /// By core and unit: cycles by what it did.
    std::vector<std::array<double, num_doings>> units;
    uint64_t spans = 0, bins = 0;
    double read_bytes = 0, written_bytes = 0, bank_bytes = 0, link_cycles = 0, load_cycles = 0;
    uint64_t zones = 0;
};

Read read(const record::Recording& recording, const ReportOptions& options) {
    const Answers said = answers(recording, {}, 0);
    const std::string data = report_data(recording, {}, said, options);
    size_t length = 0;
    for (size_t i = 0; i < 4; ++i) {
        length |= static_cast<size_t>(static_cast<uint8_t>(data[i])) << 8 * i;
    }
    Read result;
    result.header = Json::parse(data.substr(4, length));
    Numbers numbers(data.substr(4 + length));
    const Json& header = result.header;
    const Json& launch = header["launches"][0];
    const double device = launch["device"];
    for (size_t i = 0; i < launch["cores"].size() * num_units; ++i) {
        auto& sums = result.units.emplace_back();
        const uint64_t kind = numbers.next();
        if (kind == 1) {
            const size_t n = numbers.next();
            result.spans += n;
            numbers.list(n);
            const auto lengths = numbers.list(n), whats = numbers.list(n), causes = numbers.list(n);
            for (size_t j = 0; j < n; ++j) {
                sums[header["whats"][whats[j]][0].get<size_t>()] += static_cast<double>(lengths[j]);
            }
            numbers.list(static_cast<size_t>(
                std::count_if(causes.begin(), causes.end(), [](uint64_t cause) { return cause != 0; })));
        } else if (kind == 2) {
            const size_t bins = header["bins"];
            result.bins += bins;
            for (size_t j = 0; j < bins; ++j) {
                const uint64_t count = numbers.next();
                for (uint64_t k = 0; k < count; ++k) {
                    const uint64_t doing = numbers.next();
                    sums[doing] += static_cast<double>(numbers.next()) / header["share_steps"].get<double>() * device /
                                   static_cast<double>(bins);
                }
                if (count != 0) {
                    EXPECT_LT(numbers.next(), header["whats"].size());
                }
            }
        }
    }
    for (const Json& core : launch["cores"]) {
        for (size_t i = 0; i < core["cbs"].size(); ++i) {
            if (numbers.next() == 1) {
                numbers.list(2 * numbers.next());
            } else {
                numbers.list(2 * header["fill_bins"].get<size_t>());
            }
        }
    }
    for (size_t i = 0; i < launch["cores"].size() * 5; ++i) {
        const uint64_t n = numbers.next();
        result.zones += n;
        numbers.list(4 * n);
    }
    const auto histogram = [&](const char* bins) {
        double sum = 0;
        if (numbers.next() != 0) {
            for (const uint64_t one : numbers.list(header[bins].get<size_t>())) {
                sum += static_cast<double>(one);
            }
        }
        return sum;
    };
    for (size_t i = 0; i < launch["cores"].size(); ++i) {
        result.read_bytes += histogram("traffic_bins");
        result.written_bytes += histogram("traffic_bins");
        histogram("traffic_bins");
    }
    for (size_t i = 0; i < launch["devices"].size(); ++i) {
        for (size_t bank = 0; bank < header["chip"]["banks"].get<size_t>(); ++bank) {
            result.bank_bytes += histogram("traffic_bins");
        }
        const size_t links = 4 * header["chip"]["grid"][0].get<size_t>() * header["chip"]["grid"][1].get<size_t>();
        for (size_t link = 0; link < links; ++link) {
            result.link_cycles += static_cast<double>(numbers.next());
            result.load_cycles += histogram("link_bins");
        }
    }
    EXPECT_TRUE(numbers.done());
    return result;
}

void expect_all_time(const Read& read, const Result& result, double tolerance) {
    for (size_t core = 0; core < result.launches[0].cores.size(); ++core) {
        for (size_t unit = 0; unit < num_units; ++unit) {
            for (size_t doing = 0; doing < num_doings; ++doing) {
                const double expected = result.launches[0].cores[core].spent[unit][doing];
                EXPECT_NEAR(read.units[core * num_units + unit][doing], expected, tolerance)
                    << unit_name(static_cast<Unit>(unit)) << ", " << doing_name(static_cast<Doing>(doing));
            }
        }
    }
}

TEST(ReportData, SpansAddUpToTheTimeOfEachUnit) {
    const record::Recording recording = program(3, 2, 3);
    const Read all = read(recording, {});
    EXPECT_GT(all.spans, 1000U);
    EXPECT_EQ(all.bins, 0U);
    EXPECT_TRUE(all.header["notes"].empty());
    // Begins and ends are whole cycles.
    expect_all_time(all, replay(recording), 120);
}

TEST(ReportData, BinsAddUpToTheTimeOfEachUnit) {
    const record::Recording recording = program(3, 2, 3);
    const Result result = replay(recording);
    const Read all = read(recording, {.most_spans = 0});
    EXPECT_EQ(all.spans, 0U);
    EXPECT_GT(all.bins, 0U);
    EXPECT_EQ(all.header["notes"].size(), 1U);
    // The rest of a share is carried to the next bin: what is lost is a step of one bin at most.
    expect_all_time(all, result, result.launches[0].device / 1024 + 1);
}

TEST(ReportData, EveryByteIsCountedOnce) {
    const record::Recording recording = program(2, 2, 2);
    const Read all = read(recording, {});
    const double reads = 4 * 2 * reads_a_turn * 2048, writes = 4 * 2 * writes_a_turn * 2048;
    EXPECT_NEAR(all.read_bytes, reads, 4);
    EXPECT_NEAR(all.written_bytes, writes, 4);
    EXPECT_NEAR(all.bank_bytes, reads + writes, 12);
    EXPECT_EQ(all.zones, 4U * 2 * 12);
    // What routes put on links is what the NoC's own links were busy with, but for what waiting for a link costs.
    EXPECT_GT(all.link_cycles, 0);
    EXPECT_NEAR(all.load_cycles / all.link_cycles, 1, 0.1);
}

}  // namespace
}  // namespace tessera::timing
