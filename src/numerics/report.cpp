// The report of a shadow as JSON, and when it is written.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <base/symbolize.h>
#include <numerics/recorder.h>
#include <tensix/arithmetic.h>
#include <nlohmann/json.hpp>

namespace tessera::numerics {
namespace {

using nlohmann::ordered_json;

std::atomic<Recorder*> the_recorder{nullptr};

const char* fidelity_name(uint32_t fidelity) {
    return fidelity == 0 ? "LoFi" : fidelity == 2 ? "HiFi2" : fidelity == 3 ? "HiFi3" : "HiFi4";
}

void add_errors(ordered_json& to, const Errors& errors) {
    to["values"] = errors.values;
    to["max_relative_error"] = errors.max_relative;
    to["mean_relative_error"] = errors.mean_relative();
    to["norm_relative_error"] = errors.norm_relative();
    to["max_absolute_error"] = errors.max_absolute;
    to["max_ulp"] = errors.max_ulp;
    to["mean_ulp"] = errors.mean_ulp();
    to["pcc"] = errors.pcc();
    to["saturated"] = errors.saturated;
    to["flushed_to_zero"] = errors.flushed;
    to["infinities_created"] = errors.infinities;
    to["nans_created"] = errors.nans;
}

/// The user's line of a call; the place's kernel alone if there is none.
SourceLocation line_of(const KernelName& kernel, const Call& call) {
    for (const uint64_t offset : call) {
        if (offset == 0 || kernel.object_path.empty()) {
            break;
        }
        const std::vector<SourceLocation> lines = symbolize(kernel.object_path, offset);
        if (!lines.empty()) {
            return lines.front();
        }
    }
    return {};
}

/// An operation at a source line: several calls in the object may be one line.
struct Line {
    SourceLocation at;
    std::string kernel;
    Site site;
};

ordered_json line_json(const Line& line) {
    const Site& site = line.site;
    const double count = std::max<double>(1, static_cast<double>(site.count));
    ordered_json to;
    to["operation"] = site.operation;
    to["output"] = site.output;
    to["kernel"] = line.kernel;
    to["file"] = line.at.file;
    to["line"] = line.at.line;
    to["text"] = line.at.text;
    to["format"] = tensix::name(site.format);
    if (site.uses_fidelity) {
        to["fidelity"] = fidelity_name(site.fidelity);
    }
    to["dst_bits"] = site.dst_32bit ? 32 : 16;
    to["tiles"] = site.count;
    to["mean_error_in"] = site.sum_in / count;
    to["mean_error_out"] = site.sum_out / count;
    to["max_error_in"] = site.max_in;
    to["max_error_out"] = site.max_out;
    to["restarted_values"] = site.restarted;
    const bool grows = site.grows.run != ~uint64_t{0};
    to["grows"] = grows;
    if (grows) {
        to["first_growth"] = {{"run", site.grows.run},
                              {"operation", site.grows.operation},
                              {"error_in", site.grows_in},
                              {"error_out", site.grows_out}};
    }
    return to;
}

ordered_json output_json(const Output& output) {
    ordered_json to;
    to["device"] = output.region.chip;
    to["memory"] = output.region.memory;
    to["address"] = output.region.address;
    to["bytes"] = output.region.bytes;
    to["page_bytes"] = output.region.page_bytes;
    to["layout"] = output.region.layout;
    to["format"] = tensix::name(output.format);
    add_errors(to, output.errors);
    to["bytes_without_shadow"] = output.unshadowed;
    to["restarted_values"] = output.restarted;
    to["cell"] = output.by_tile ? "tile" : "page";
    ordered_json cells = ordered_json::array();
    for (const Output::Cell& cell : output.cells) {
        if (!cell.seen) {
            cells.push_back(nullptr);
        } else {
            cells.push_back(cell.error);
        }
    }
    to["cells"] = std::move(cells);
    return to;
}

}  // namespace

Recorder::~Recorder() {
    Recorder* self = this;
    the_recorder.compare_exchange_strong(self, nullptr);
}

std::string Recorder::json() {
    const std::lock_guard lock(mutex_);
    CoreTotals all;
    uint64_t busiest = 0;
    for (const auto& [where, core] : cores_) {
        const CoreTotals& totals = core->totals;
        for (const auto& [key, site] : totals.sites) {
            all.sites[key].merge(site);
        }
        for (const auto& [key, errors] : totals.buffers) {
            BufferErrors& to = all.buffers[key];
            to.format = errors.format;
            to.packed.merge(errors.packed);
            to.unpacked.merge(errors.unpacked);
            to.restarted += errors.restarted;
        }
        all.matrix_cycles += totals.matrix_cycles;
        busiest = std::max(busiest, totals.matrix_cycles);
        all.fidelity_operations += totals.fidelity_operations;
        all.fidelities |= totals.fidelities;
        all.dst_widths |= totals.dst_widths;
        all.most_dst_tiles = std::max(all.most_dst_tiles, totals.most_dst_tiles);
        all.full_sync = all.full_sync || totals.full_sync;
    }
    std::map<std::tuple<std::string, unsigned, std::string, std::string>, Line> lines;
    for (const auto& [key, site] : all.sites) {
        const KernelName& kernel = kernels_[key.place.kernel];
        const SourceLocation at = line_of(kernel, site.call);
        Line& line = lines[{at.file.empty() ? kernel.name : at.file, at.line, site.operation, site.output}];
        line.at = at;
        line.kernel = kernel.name;
        line.site.merge(site);
    }
    ordered_json report;
    report["schema"] = 1;
    report["board"] = machine_.board().name;
    report["math"] = machine_.options().math == tensix::MathMode::Exact  ? "exact"
                     : machine_.options().math == tensix::MathMode::Fast ? "fast"
                                                                         : "none";
    report["runs"] = runs_;
    report["cores"] = cores_.size();
    report["matrix_unit_cycles"] = all.matrix_cycles;
    report["matrix_unit_cycles_busiest_core"] = busiest;
    report["fidelity_matters"] = all.fidelity_operations != 0;
    report["fidelities"] = ordered_json::array();
    for (uint32_t fidelity = 0; fidelity < 8 && all.fidelity_operations != 0; ++fidelity) {
        if ((all.fidelities >> fidelity & 1) != 0) {
            report["fidelities"].push_back(fidelity_name(fidelity));
        }
    }
    report["dst_bits"] = ordered_json::array();
    for (const int width : {16, 32}) {
        if ((all.dst_widths & (width == 16 ? 1u : 2u)) != 0) {
            report["dst_bits"].push_back(width);
        }
    }
    report["dst_tiles_used"] = all.most_dst_tiles;
    report["fits_16bit_dst"] = all.most_dst_tiles <= (all.full_sync ? 16u : 8u);
    report["fits_32bit_dst"] = all.most_dst_tiles <= (all.full_sync ? 8u : 4u);

    report["outputs"] = ordered_json::array();
    for (const Output* output : output_order_) {
        report["outputs"].push_back(output_json(*output));
    }
    report["circular_buffers"] = ordered_json::array();
    for (const auto& [key, errors] : all.buffers) {
        for (const bool packed : {true, false}) {
            const Errors& side = packed ? errors.packed : errors.unpacked;
            if (side.values == 0) {
                continue;
            }
            ordered_json to;
            to["name"] = "c_" + std::to_string(key.second);
            to["kernel"] = kernels_[key.first].name;
            to["side"] = packed ? "packed" : "unpacked";
            to["format"] = tensix::name(errors.format);
            add_errors(to, side);
            to["restarted_values"] = packed ? 0 : errors.restarted;
            report["circular_buffers"].push_back(std::move(to));
        }
    }
    // The operations in the order of what they add to the error.
    std::vector<const Line*> order;
    const Line* first = nullptr;
    uint64_t restarted = 0;
    for (const auto& [key, line] : lines) {
        order.push_back(&line);
        restarted += line.site.restarted;
        if (line.site.grows.run != ~uint64_t{0} && (first == nullptr || line.site.grows < first->site.grows)) {
            first = &line;
        }
    }
    const auto added = [](const Line* line) {
        return (line->site.sum_out - line->site.sum_in) / std::max<double>(1, static_cast<double>(line->site.count));
    };
    std::sort(order.begin(), order.end(), [&](const Line* a, const Line* b) {
        const double x = added(a), y = added(b);
        return x != y ? x > y
                      : std::tie(a->at.file, a->at.line, a->site.operation, a->site.output) <
                            std::tie(b->at.file, b->at.line, b->site.operation, b->site.output);
    });
    report["operations"] = ordered_json::array();
    report["first_growth"] = nullptr;
    for (size_t i = 0; i < order.size(); ++i) {
        if (order[i] == first) {
            report["first_growth"] = i;
        }
        report["operations"].push_back(line_json(*order[i]));
    }
    report["restarted_values"] = restarted;
    return report.dump(1, ' ', false, ordered_json::error_handler_t::replace);
}

void Recorder::write() noexcept {
    if (path_.empty()) {
        return;
    }
    try {
        const std::string text = json();
        const std::string temporary = path_ + ".part";
        {
            std::ofstream file(temporary);
            file << text << '\n';
            if (!file.flush()) {
                std::fprintf(stderr, "tessera: can't write the numerics report to %s\n", path_.c_str());
                return;
            }
        }
        std::filesystem::rename(temporary, path_);
    } catch (const std::exception& error) {
        std::fprintf(stderr, "tessera: no numerics report: %s\n", error.what());
    }
}

void install_always(sim::Machine& machine, std::string report_path) {
    auto recorder = std::make_unique<Recorder>(machine, std::move(report_path));
    the_recorder = recorder.get();
    machine.adopt_observer(std::move(recorder));
}

void install(sim::Machine& machine) {
    const char* path = std::getenv("TESSERA_NUMERICS");
    if (path == nullptr || *path == '\0') {
        return;
    }
    // What the report needs at the process's end must outlive this handler, so it exists before it is registered.
    (void)read_source_line({}, 0);
    (void)symbolize({}, 0);
    install_always(machine, path);
    std::atexit([] { write_report(); });
}

std::string report() {
    Recorder* recorder = the_recorder;
    return recorder == nullptr ? std::string() : recorder->json();
}

void write_report() noexcept {
    if (Recorder* recorder = the_recorder; recorder != nullptr) {
        recorder->write();
    }
}

}  // namespace tessera::numerics
