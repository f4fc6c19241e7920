// Finds in the logs of two runs of one program the first access that saw other bytes, and the two accesses whose order
// made the difference. Everything before that access saw the same bytes in both runs, so whatever it saw was written by
// accesses that both runs have; either another one came last, or one came too late or too early.
#include "explore.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>
#include <tuple>
#include <unordered_map>

#include <fmt/format.h>

#include <base/symbolize.h>
#include <explore/log.h>

namespace tessera::cli {
namespace {

using explore::Event;
using explore::EventKind;
using explore::HostAccess;
using explore::LogHeader;
using explore::Memory;

template <class Record>
struct Log {
    LogHeader header;
    std::vector<Record> records;
    std::map<uint32_t, std::tuple<uint64_t, uint64_t, std::string, std::string>> sites;
};

template <class Record>
Log<Record> read_log(const std::string& path) {
    Log<Record> log;
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const auto size = static_cast<size_t>(std::max<std::streamoff>(0, file.tellg()));
    file.seekg(0);
    if (size < sizeof(LogHeader) || !file.read(reinterpret_cast<char*>(&log.header), sizeof(LogHeader)) ||
        log.header.version != explore::log_version || log.header.record_bytes != sizeof(Record)) {
        return log;
    }
    log.records.resize((size - sizeof(LogHeader)) / sizeof(Record));
    file.read(reinterpret_cast<char*>(log.records.data()),
              static_cast<std::streamsize>(log.records.size() * sizeof(Record)));
    std::ifstream sites(path + ".sites");
    for (std::string line; std::getline(sites, line);) {
        std::istringstream fields(line);
        uint32_t number = 0;
        uint64_t first = 0, second = 0;
        std::string object, name;
        fields >> number >> first >> second;
        fields.get();
        std::getline(fields, object, '\t');
        std::getline(fields, name);
        log.sites[number] = {first, second, object, name};
    }
    return log;
}

std::string core_name(const LogHeader& header, uint32_t chip, uint64_t core) {
    const uint64_t across = std::max(1u, header.cores_across);
    return fmt::format("core ({},{}) of device {}", core % across, core / across, chip);
}

std::string describe_range(const LogHeader& header, uint64_t address, uint64_t bytes) {
    const uint64_t offset = explore::offset_of(address);
    const uint32_t chip = explore::chip_of(address);
    const auto range = [&](uint64_t at) {
        return bytes > 1 ? fmt::format("0x{:x}-0x{:x}", at, at + bytes - 1) : fmt::format("0x{:x}", at);
    };
    switch (explore::memory_of(address)) {
        case Memory::L1: {
            const uint64_t stride = std::max<uint64_t>(1, header.l1_stride);
            return fmt::format("L1 {} of {}", range(offset % stride), core_name(header, chip, offset / stride));
        }
        case Memory::Dram: {
            const uint64_t stride = std::max<uint64_t>(1, header.dram_stride);
            return fmt::format("DRAM {} of controller {} of device {}", range(offset % stride), offset / stride, chip);
        }
        case Memory::Ethernet:
            return fmt::format("the L1 of an Ethernet core of device {}", chip);
        case Memory::None:
            break;
    }
    return fmt::format("{} bytes of a device", bytes);
}

/// What two runs' events are matched by. A processor's own order is the same in both as long as it sees the same.
using Key = std::tuple<uint32_t, EventKind, uint64_t, uint32_t, uint32_t>;

/// Launches begin with the same counters, so an event's key may come again: `times` tells those apart.
struct Keys {
    std::map<Key, uint32_t> times;
    Key next(const Event& event) {
        const bool by_site = event.kind == EventKind::Load || event.kind == EventKind::Store;
        Key key{event.processor, event.kind, event.number, by_site ? event.site : uint32_t{event.noc} << 8 | event.part,
                0};
        uint32_t& seen = times[key];
        // The last look of a loop counts: it comes with the same number as those before it.
        if (event.kind != EventKind::Load) {
            ++seen;
        }
        std::get<4>(key) = seen;
        return key;
    }
};

struct Run {
    Log<Event> log;
    std::vector<Key> keys;         ///< by event
    std::map<Key, size_t> by_key;  ///< the last event of a key

    explicit Run(const std::string& path) : log(read_log<Event>(path)) {
        // Sites are numbered in the order of their first use, which may differ between runs: use what they name.
        std::map<std::tuple<uint64_t, uint64_t, std::string, std::string>, uint32_t> names;
        Keys next;
        keys.reserve(log.records.size());
        for (Event& event : log.records) {
            Event named = event;
            if (const auto site = log.sites.find(event.site); site != log.sites.end()) {
                named.site = static_cast<uint32_t>(std::hash<std::string>()(std::get<2>(site->second)) * 31 +
                                                   std::get<0>(site->second) * 7 + std::get<1>(site->second));
            }
            keys.push_back(next.next(named));
            by_key[keys.back()] = keys.size() - 1;
        }
    }
    const Event& at(size_t index) const { return log.records[index]; }
    std::optional<size_t> find(const Key& key) const {
        const auto found = by_key.find(key);
        return found == by_key.end() ? std::nullopt : std::optional(found->second);
    }
};

bool overlap(const Event& event, uint64_t begin, uint64_t end) {
    return event.address < end && event.address + event.bytes > begin;
}

/// Which event wrote each part of a range last before an event; nothing for what was there from the start.
struct Piece {
    uint64_t begin = 0, end = 0;
    std::optional<size_t> writer;
};
std::vector<Piece> last_writers(const Run& run, size_t before, uint64_t begin, uint64_t end) {
    std::vector<Piece> open = {{begin, end, {}}}, found;
    for (size_t i = before; i-- > 0 && !open.empty();) {
        const Event& event = run.at(i);
        if (event.write == 0 || !overlap(event, begin, end)) {
            continue;
        }
        std::vector<Piece> left;
        for (const Piece& piece : open) {
            const uint64_t from = std::max(piece.begin, event.address);
            const uint64_t to = std::min(piece.end, event.address + event.bytes);
            if (from >= to) {
                left.push_back(piece);
                continue;
            }
            found.push_back({from, to, i});
            if (piece.begin < from) {
                left.push_back({piece.begin, from, {}});
            }
            if (to < piece.end) {
                left.push_back({to, piece.end, {}});
            }
        }
        open = std::move(left);
    }
    found.insert(found.end(), open.begin(), open.end());
    return found;
}

Access describe(const Run& run, size_t index) {
    const Event& event = run.at(index);
    Access access;
    access.address = describe_range(run.log.header, event.address, event.bytes);
    const std::string noc = fmt::format("NoC {}", event.noc);
    switch (event.kind) {
        case EventKind::NocTaken:
            access.what = "a transfer on " + noc + " reads";
            break;
        case EventKind::NocLanded:
            access.what = "a transfer on " + noc + " lands at";
            break;
        case EventKind::Atomic:
            access.what = "an increment or inline write on " + noc + " changes";
            break;
        case EventKind::Unpack:
            access.what = "the engine unpacks";
            break;
        case EventKind::Pack:
            access.what = "the engine packs to";
            break;
        case EventKind::Load:
            access.what = "the kernel loads";
            break;
        case EventKind::Store:
            access.what = "the kernel stores to";
            break;
        case EventKind::HostRead:
            access.what = "the host reads";
            break;
        case EventKind::HostWrite:
            access.what = "the host writes";
            break;
    }
    if (event.processor == explore::host) {
        access.who = "the host";
        return access;
    }
    constexpr const char* PROCESSORS[] = {"RISCV_0", "RISCV_1", "COMPUTE"};
    access.who = fmt::format("{}, {}", core_name(run.log.header, event.processor >> 24, event.processor >> 8 & 0xFFFF),
                             PROCESSORS[std::min(2u, event.processor & 0xFF)]);
    const auto site = run.log.sites.find(event.site);
    if (site != run.log.sites.end()) {
        const auto& [first, second, object, name] = site->second;
        access.who += " (" + name + ")";
        access.trace = symbolize(object, first);
        if (access.trace.empty() && second != 0) {
            access.trace = symbolize(object, second);
        }
    }
    return access;
}

bool compared(const Event& event) {
    return event.write == 0;
}

}  // namespace

OutputDifference compare_outputs(const std::string& log_a, const std::string& log_b) {
    const Log<HostAccess> a = read_log<HostAccess>(log_a), b = read_log<HostAccess>(log_b);
    OutputDifference difference;
    const size_t common = std::min(a.records.size(), b.records.size());
    for (size_t i = 0; i < common; ++i) {
        const HostAccess &x = a.records[i], &y = b.records[i];
        if (x.address == y.address && x.bytes == y.bytes && x.hash == y.hash && x.write == y.write) {
            continue;
        }
        difference.any = true;
        difference.number = i;
        difference.write = y.write != 0;
        difference.missing = x.address != y.address || x.bytes != y.bytes || x.write != y.write;
        difference.where = fmt::format("{} bytes of {}", y.bytes, describe_range(b.header, y.address, y.bytes));
        return difference;
    }
    if (a.records.size() != b.records.size()) {
        difference.any = difference.missing = true;
        difference.number = common;
        const HostAccess& last = (a.records.size() > common ? a : b).records[common];
        difference.write = last.write != 0;
        difference.where =
            fmt::format("{} bytes of {}", last.bytes, describe_range(a.header, last.address, last.bytes));
    }
    return difference;
}

Conflict find_conflict(const std::string& log_a, const std::string& log_b) {
    const Run a(log_a), b(log_b);
    Conflict conflict;
    for (size_t i = 0; i < b.log.records.size(); ++i) {
        const Event& seen = b.at(i);
        if (!compared(seen) || b.find(b.keys[i]) != i) {
            continue;
        }
        const std::optional<size_t> other = a.find(b.keys[i]);
        if (!other || a.at(*other).hash == seen.hash) {
            continue;
        }
        const Event& before = a.at(*other);
        conflict.found = true;
        conflict.event = i;
        conflict.reader = describe(b, i);
        if (before.address != seen.address || before.bytes != seen.bytes) {
            conflict.why =
                "in the two runs it looks at different addresses, because of something that leaves no trace "
                "in the log (a semaphore's value, a clock)";
            conflict.accesses = {describe(a, *other), conflict.reader};
            return conflict;
        }
        const uint64_t begin = seen.address, end = seen.address + seen.bytes;
        const std::vector<Piece> in_a = last_writers(a, *other, begin, end);
        const std::vector<Piece> in_b = last_writers(b, i, begin, end);
        for (const Piece& x : in_a) {
            for (const Piece& y : in_b) {
                if (std::max(x.begin, y.begin) >= std::min(x.end, y.end)) {
                    continue;
                }
                const bool same = x.writer.has_value() == y.writer.has_value() &&
                                  (!x.writer || a.keys[*x.writer] == b.keys[*y.writer]);
                if (same) {
                    continue;
                }
                // Where the write that the one run saw is in the other run.
                const std::optional<size_t> late = x.writer ? b.find(a.keys[*x.writer]) : std::nullopt;
                const std::optional<size_t> early = y.writer ? a.find(b.keys[*y.writer]) : std::nullopt;
                if (x.writer && (!late || *late > i)) {
                    conflict.accesses = {describe(a, *x.writer), conflict.reader};
                    conflict.order_a = "the write came first, and its bytes were read";
                    conflict.order_b = y.writer ? "the read came first, and saw what had been there before the write"
                                                : "the read came first, and saw bytes that nobody had written";
                    conflict.why = "nothing makes the read wait for the write";
                } else if (y.writer && (!early || *early > *other)) {
                    conflict.accesses = {describe(b, *y.writer), conflict.reader};
                    conflict.order_a = "the read came first, and saw the bytes it was meant to see";
                    conflict.order_b = "the write came first, and the bytes were overwritten before they were read";
                    conflict.why = "nothing makes the write wait for the read";
                } else if (x.writer && y.writer) {
                    conflict.accesses = {describe(a, *x.writer), describe(b, *y.writer)};
                    conflict.order_a = "the first of these two came last";
                    conflict.order_b = "the second came last";
                    conflict.why = "two writes to the same bytes, and nothing puts them in order";
                } else {
                    continue;
                }
                return conflict;
            }
        }
        conflict.accesses = {conflict.reader};
        conflict.why = "its bytes were last written by a store that leaves no trace in the log";
        return conflict;
    }
    return conflict;
}

}  // namespace tessera::cli
