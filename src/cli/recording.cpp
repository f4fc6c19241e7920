#include "recording.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <record/file.h>

namespace tessera::cli {
namespace {

using Json = nlohmann::ordered_json;
using record::Event;
using record::Op;
using record::Recording;

constexpr const char* HELP = R"(
Examples:
  tessera run matmul.cpp --record matmul.tsr       records what every processor does
  tessera recording matmul.tsr                     what is in it
  tessera recording matmul.tsr --events            every event, loops as loops
  tessera recording matmul.tsr --json | jq         for a script

docs/recording.md describes the file and the library that reads it.)";

constexpr const char* processor_names[] = {"RISCV_0", "RISCV_1", "COMPUTE"};

const char* op_name(Op op) {
    constexpr std::array names = {"cb_reserve",  "cb_push",          "cb_wait",    "cb_pop",       "noc_read",
                                  "noc_write",   "noc_inline_write", "noc_atomic", "read_barrier", "write_barrier",
                                  "write_flush", "atomic_barrier",   "word_wait",  "local_wait",   "local_store",
                                  "spin",        "dst_acquire",      "dst_commit", "dst_wait",     "dst_release",
                                  "compute",     "zone_begin",       "zone_end",   "clock_read",   "ethernet_send",
                                  "end"};
    static_assert(names.size() == static_cast<size_t>(Op::End) + 1);
    return names[static_cast<size_t>(op)];
}

const char* compute_name(record::Compute::Kind kind) {
    constexpr std::array names = {"copy",      "binary",        "binary_dest_reuse", "matmul",
                                  "reduce",    "transpose_dst", "unpack_tilize",     "sfpu",
                                  "sfpi_code", "pack",          "pack_rows",         "pack_untilize",
                                  "configure"};
    static_assert(names.size() == static_cast<size_t>(record::Compute::Kind::Configure) + 1);
    return names[static_cast<size_t>(kind)];
}

std::string target_text(const Event& event) {
    constexpr const char* kinds[] = {"none", "worker", "dram", "ethernet", "pcie"};
    const record::Target& target = event.target;
    std::string text = fmt::format("{} ({},{})", kinds[static_cast<size_t>(target.kind)], target.x, target.y);
    if (target.kind == record::Target::Kind::Dram) {
        text += fmt::format(" bank {}", target.bank);
    }
    if ((event.flags & record::Multicast) != 0) {
        text += fmt::format(" to ({},{})", target.last_x, target.last_y);
    }
    return text;
}

std::string compute_text(const record::Compute& compute) {
    using Kind = record::Compute::Kind;
    std::string text = compute_name(compute.kind);
    switch (compute.kind) {
        case Kind::Matmul:
            text += fmt::format(" ct {} rt {} kt {} phases {}", compute.ct, compute.rt, compute.kt, compute.phases);
            break;
        case Kind::Sfpu:
            text += fmt::format(" operands {} function {}", compute.operands, compute.sfpu_op);
            break;
        case Kind::SfpiCode:
            text += fmt::format(" instructions {}", compute.instructions);
            break;
        case Kind::Binary:
        case Kind::BinaryDestReuse:
        case Kind::Reduce:
            text += fmt::format(" op {} detail {} phases {}", compute.op, compute.bcast, compute.phases);
            break;
        case Kind::Configure: {
            constexpr std::pair<uint8_t, const char*> parts[] = {
                {record::ConfiguresOperands, "operands"}, {record::ConfiguresPacked, "packed"},
                {record::ConfiguresUnpack, "unpackers"},  {record::ConfiguresMath, "matrix unit"},
                {record::ConfiguresPack, "packers"},      {record::ConfiguresVector, "vector unit"}};
            const char* between = " ";
            for (const auto& [bit, name] : parts) {
                if ((compute.op & bit) != 0) {
                    text += std::string(between) + name;
                    between = ", ";
                }
            }
            break;
        }
        case Kind::PackUntilize:
            text += fmt::format(" ct {} of {} rt {}", compute.ct, compute.kt, compute.rt);
            break;
        default:
            break;
    }
    if (compute.tiles != 1) {
        text += fmt::format(" tiles {}", compute.tiles);
    }
    if (compute.format0 != 255) {
        text += fmt::format(" formats {}", compute.format0);
        text += compute.format1 != 255 ? fmt::format(",{}", compute.format1) : "";
    }
    if (compute.dst_32bit) {
        text += " dst 32";
    }
    return text;
}

std::string event_text(const Recording& recording, const Event& event) {
    std::string text = op_name(event.op);
    switch (event.op) {
        case Op::CbReserve:
        case Op::CbPush:
        case Op::CbWait:
        case Op::CbPop:
            text += fmt::format(" c_{} pages {}", event.cb, event.amount);
            break;
        case Op::NocRead:
        case Op::NocWrite:
        case Op::NocInlineWrite:
        case Op::NocAtomic:
            text += fmt::format(" noc {} {} B {}", event.noc, event.amount, target_text(event));
            break;
        case Op::ReadBarrier:
        case Op::WriteBarrier:
        case Op::WriteFlush:
        case Op::AtomicBarrier:
            text += fmt::format(" noc {}", event.noc);
            break;
        case Op::WordWait:
            text += fmt::format(" arrivals {}", event.amount);
            break;
        case Op::LocalWait:
            text += fmt::format(" stores {} of {}", event.amount, processor_names[event.peer]);
            break;
        case Op::Spin:
            text += fmt::format(" arrivals {}", event.amount);
            break;
        case Op::Compute:
            text += ' ' + compute_text(recording.computes[event.compute]);
            break;
        case Op::ZoneBegin:
        case Op::ZoneEnd:
            text += ' ' + recording.names[event.name];
            break;
        case Op::EthernetSend:
            text += fmt::format(" {} B", event.amount);
            break;
        default:
            break;
    }
    if (event.word != 0) {
        text += fmt::format(" word {:#x}", event.word);
    }
    if (event.trid != record::no_trid) {
        text += fmt::format(" trid {}", event.trid);
    }
    constexpr std::pair<uint8_t, const char*> flags[] = {{record::Posted, "posted"},
                                                         {record::Linked, "linked"},
                                                         {record::Loopback, "loopback"},
                                                         {record::WithState, "with_state"},
                                                         {record::OnePacket, "one_packet"}};
    for (const auto& [bit, name] : flags) {
        text += (event.flags & bit) != 0 ? fmt::format(" {}", name) : "";
    }
    return text;
}

std::string site_text(const record::Site& site) {
    if (site.line == 0) {
        return {};
    }
    return fmt::format("{}:{}", std::filesystem::path(site.file).filename().string(), site.line) +
           (site.function.empty() ? "" : "  " + site.function);
}

uint64_t unrolled(const record::Stream& stream, size_t begin, size_t end) {
    uint64_t events = 0;
    for (size_t at = begin; at < end; ++at) {
        if (stream[at].event != record::loop_mark) {
            ++events;
            continue;
        }
        const record::Piece& loop = stream[at];
        events += loop.times * unrolled(stream, at + 1, at + 1 + loop.body);
        at += loop.body;
    }
    return events;
}

void print_pieces(const Recording& recording, const record::Stream& stream, size_t begin, size_t end, int indent) {
    for (size_t at = begin; at < end; ++at) {
        const record::Piece& piece = stream[at];
        if (piece.event == record::loop_mark) {
            fmt::print("{:{}}{} times\n", "", indent, piece.times);
            print_pieces(recording, stream, at + 1, at + 1 + piece.body, indent + 2);
            at += piece.body;
            continue;
        }
        const Event& event = recording.events[piece.event];
        fmt::print("{:{}}{:<{}} {:>6}  {}\n", "", indent, event_text(recording, event), std::max(1, 64 - indent),
                   event.gap == 0 ? "" : fmt::format("+{}", event.gap), site_text(recording.sites[event.site]));
    }
}

void print_events(const Recording& recording, const RecordingOptions& options) {
    for (size_t i = 0; i < recording.launches.size(); ++i) {
        if (options.launch >= 0 && static_cast<size_t>(options.launch) != i) {
            continue;
        }
        // Cores that do the same are shown once.
        std::map<std::pair<int32_t, uint32_t>, std::vector<const record::Core*>> doers;
        for (const record::Core& core : recording.launches[i].cores) {
            for (const auto& processor : core.processors) {
                if (processor.kernel >= 0) {
                    doers[{processor.kernel, processor.stream}].push_back(&core);
                }
            }
        }
        for (const auto& [what, cores] : doers) {
            const record::Kernel& kernel = recording.kernels[static_cast<size_t>(what.first)];
            fmt::print("launch {}, {} {} on core ({},{}) of device {}{}\n", i, processor_names[kernel.processor],
                       kernel.file, cores[0]->logical_x, cores[0]->logical_y, cores[0]->device,
                       cores.size() > 1 ? fmt::format(" and {} more", cores.size() - 1) : "");
            const record::Stream& stream = recording.streams[what.second];
            print_pieces(recording, stream, 0, stream.size(), 2);
        }
    }
}

struct LaunchSummary {
    uint64_t events = 0, pieces = 0;
    std::map<int32_t, uint32_t> kernels;  ///< on how many cores
};

LaunchSummary summary_of(const Recording& recording, const record::Launch& launch,
                         const std::vector<uint64_t>& events) {
    LaunchSummary summary;
    for (const record::Core& core : launch.cores) {
        for (const auto& processor : core.processors) {
            if (processor.kernel >= 0) {
                summary.events += events[processor.stream];
                summary.pieces += recording.streams[processor.stream].size();
                ++summary.kernels[processor.kernel];
            }
        }
    }
    return summary;
}

std::string kernel_text(const record::Kernel& kernel) {
    return fmt::format("{} {}", processor_names[kernel.processor], kernel.file);
}

}  // namespace

void add_recording_options(CLI::App& command, RecordingOptions& options) {
    command.add_option("FILE", options.file, "What `tessera run --record FILE` has written")->required();
    command.add_flag("--events", options.events, "What every processor did; cores that did the same are shown once");
    command.add_option("--launch", options.launch, "With --events: of this launch only, counted from 0")
        ->check(CLI::NonNegativeNumber);
    command.add_flag("--json", options.json, "The summary as JSON");
    command.footer(HELP);
}

int run_recording(const RecordingOptions& options) {
    const Recording recording = record::read_file(options.file);
    if (options.events) {
        print_events(recording, options);
        return 0;
    }
    const uint64_t bytes = std::filesystem::file_size(options.file);
    std::vector<uint64_t> events;
    events.reserve(recording.streams.size());
    for (const record::Stream& stream : recording.streams) {
        events.push_back(unrolled(stream, 0, stream.size()));
    }
    uint64_t all_events = 0;
    uint64_t kept = 0;
    std::vector<LaunchSummary> launches;
    for (const record::Launch& launch : recording.launches) {
        launches.push_back(summary_of(recording, launch, events));
        all_events += launches.back().events;
    }
    for (const record::Stream& stream : recording.streams) {
        kept += stream.size();
    }
    const double ratio = kept == 0 ? 1 : static_cast<double>(all_events) / static_cast<double>(kept);
    if (options.json) {
        Json json;
        json["file"] = options.file;
        json["version"] = Recording::version;
        json["board"] = recording.board;
        json["program"] = recording.program;
        json["complete"] = recording.complete;
        json["bytes"] = bytes;
        json["events"] = all_events;
        json["pieces"] = kept;
        json["folded"] = ratio;
        json["different_events"] = recording.events.size();
        json["different_streams"] = recording.streams.size();
        json["launches"] = Json::array();
        for (size_t i = 0; i < launches.size(); ++i) {
            const record::Launch& launch = recording.launches[i];
            Json kernels = Json::array();
            for (const auto& [number, cores] : launches[i].kernels) {
                const record::Kernel& kernel = recording.kernels[static_cast<size_t>(number)];
                kernels.push_back(
                    {{"file", kernel.file}, {"processor", processor_names[kernel.processor]}, {"cores", cores}});
            }
            json["launches"].push_back({{"number", launch.number},
                                        {"name", launch.name},
                                        {"traced", launch.traced},
                                        {"cores", launch.cores.size()},
                                        {"events", launches[i].events},
                                        {"kernels", kernels}});
        }
        fmt::print("{}\n", json.dump(2, ' ', false, Json::error_handler_t::replace));
        return 0;
    }
    fmt::print("{}: {} on {}{}\n", options.file, recording.program, recording.board,
               recording.complete ? "" : ", INCOMPLETE: a mistake ended it");
    fmt::print("{} event{}, folded {:.1f}:1 into {} pieces of {} streams; {} different events; {} bytes\n", all_events,
               all_events == 1 ? "" : "s", ratio, kept, recording.streams.size(), recording.events.size(), bytes);
    constexpr size_t most = 20;
    for (size_t i = 0; i < launches.size(); ++i) {
        if (i == most && launches.size() > most + 1) {
            fmt::print("  ... and {} more launches\n", launches.size() - most);
            break;
        }
        std::set<uint16_t> devices;
        for (const record::Core& core : recording.launches[i].cores) {
            devices.insert(core.device);
        }
        fmt::print("  launch {}{}: {} core{} of {} device{}, {} events\n", i,
                   recording.launches[i].traced ? " (traced)" : "", recording.launches[i].cores.size(),
                   recording.launches[i].cores.size() == 1 ? "" : "s", devices.size(), devices.size() == 1 ? "" : "s",
                   launches[i].events);
        for (const auto& [number, cores] : launches[i].kernels) {
            fmt::print("    {} on {} core{}\n", kernel_text(recording.kernels[static_cast<size_t>(number)]), cores,
                       cores == 1 ? "" : "s");
        }
    }
    return 0;
}

}  // namespace tessera::cli
