// profile_log_device.csv, the log of the device profiler.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include <timing/exports.h>
#include <timing/json_out.h>

namespace tessera::timing {

using record::Event;
using record::Op;

namespace {

constexpr size_t num_processors = 5;
constexpr const char* processor_names[num_processors] = {"BRISC", "NCRISC", "TRISC_0", "TRISC_1", "TRISC_2"};
constexpr const char* zone_prefixes[num_processors] = {"BRISC", "NCRISC", "TRISC", "TRISC", "TRISC"};

/// The profiler's number of a zone: FNV-1a of its name and place, folded to 16 bits.
uint32_t zone_id(const std::string& name, const std::string& file, uint32_t line) {
    uint32_t hash = 2166136261U;
    for (const char c : fmt::format("{},{},{},KERNEL_PROFILER", name, file, line)) {
        hash = (hash ^ static_cast<uint8_t>(c)) * 16777619U;
    }
    return (hash & 0xFFFF) ^ hash >> 16;
}

/// A comma would begin another column.
std::string column(std::string text) {
    std::replace(text.begin(), text.end(), ',', ';');
    return text;
}

class Writer final : public Watcher {
public:
    Writer(const record::Recording& recording, const Result& result, std::ostream& out)
        : recording_(recording), result_(result), chip_(arch::board(result.board).chips.front()), out_(out) {
        out_.print("ARCH: {}, CHIP_FREQ[MHz]: {:.0f}, Max Compute Cores: {}\n",
                   chip_.family == arch::Family::Wormhole ? "wormhole_b0" : "blackhole", result.aiclk_mhz,
                   chip_.compute_grid.x * chip_.compute_grid.y);
        out_.print(
            "PCIe slot, core_x, core_y, RISC processor type, timer_id, time[cycles since reset], data, run host ID, "
            "trace id, trace id counter, zone name, type, source line, source file, meta data\n");
    }

    void launch_begins(const record::Launch& launch) override {
        finish();
        launch_ = &launch;
        marks_.assign(launch.cores.size() * num_processors, {});
    }
    void mark(Place place, uint32_t event, Cycles time) override {
        if (recording_.events[event].op != Op::ClockRead) {
            marks_[place.core * num_processors + static_cast<size_t>(place.unit)].push_back({event, time});
        }
    }

    /// Writes the rows of the launch that has ended.
    void finish() {
        if (launch_ == nullptr) {
            return;
        }
        const LaunchTime& time = result_.launches[number_++];
        const Cycles origin = time.begin + time.host;
        for (size_t core = 0; core < launch_->cores.size(); ++core) {
            for (size_t unit = 0; unit < num_processors; ++unit) {
                const auto& processor = launch_->cores[core].processors[std::min<size_t>(unit, 2)];
                if (processor.kernel >= 0) {
                    rows(core, unit, recording_.kernels[static_cast<size_t>(processor.kernel)], origin,
                         time.cores[core].ends[unit]);
                }
            }
        }
        launch_ = nullptr;
    }

private:
    void rows(size_t core, size_t unit, const record::Kernel& kernel, Cycles origin, Cycles end) {
        const std::string prefix = zone_prefixes[unit];
        const auto row = [&](const std::string& name, bool begin, Cycles time, const std::string& file, uint32_t line) {
            const record::Core& at = launch_->cores[core];
            const arch::Coord router = chip_.worker_noc0[size_t{at.logical_y} * chip_.compute_grid.x + at.logical_x];
            constexpr uint32_t end_bit = 1U << 16;
            out_.print("{},{},{},{},{},{},0,{},,,{},{},{},{},\n", at.device, router.x, router.y, processor_names[unit],
                       zone_id(name, file, line) | (begin ? 0 : end_bit), std::llround(origin + time), launch_->number,
                       column(name), begin ? "ZONE_START" : "ZONE_END", line, column(file));
        };
        row(prefix + "-FW", true, 0, kernel.file, 0);
        row(prefix + "-KERNEL", true, 0, kernel.file, 0);
        std::vector<uint32_t> open;
        for (const auto& [number, time] : marks_[core * num_processors + unit]) {
            const Event& event = recording_.events[number];
            if (event.op == Op::ZoneBegin) {
                open.push_back(number);
            } else if (open.empty()) {
                continue;
            }
            // Its begin is what a zone is known by.
            const Event& zone = recording_.events[open.back()];
            const record::Site& site = recording_.sites[zone.site];
            row(recording_.names[zone.name], event.op == Op::ZoneBegin, time, site.file, site.line);
            if (event.op == Op::ZoneEnd) {
                open.pop_back();
            }
        }
        for (; !open.empty(); open.pop_back()) {
            const Event& zone = recording_.events[open.back()];
            const record::Site& site = recording_.sites[zone.site];
            row(recording_.names[zone.name], false, end, site.file, site.line);
        }
        row(prefix + "-KERNEL", false, end, kernel.file, 0);
        row(prefix + "-FW", false, end, kernel.file, 0);
    }

    const record::Recording& recording_;
    const Result& result_;
    const arch::Chip& chip_;
    TextOut out_;
    const record::Launch* launch_ = nullptr;
    size_t number_ = 0;
    std::vector<std::vector<std::pair<uint32_t, Cycles>>> marks_;
};

}  // namespace

void write_profile_csv(const record::Recording& recording, const WhatIf& what_if, std::ostream& out) {
    const Result result = replay(recording, what_if);
    Writer writer(recording, result, out);
    replay(recording, what_if, &writer);
    writer.finish();
}

std::string profile_csv_path() {
    std::string folder;
    if (const char* given = std::getenv("TT_METAL_PROFILER_DIR"); given != nullptr) {
        folder = std::string(given) + "/";
    } else {
        const char* home = std::getenv("TT_METAL_HOME");
        folder = (home != nullptr ? std::string(home) + "/" : std::string()) + "generated/profiler/";
    }
    return folder + ".logs/profile_log_device.csv";
}

}  // namespace tessera::timing
