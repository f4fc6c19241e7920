#include <metalium/system.h>

#include <cstdlib>
#include <mutex>

#include <fmt/format.h>

#include <base/error.h>
#include <base/symbolize.h>
#include <check/checks.h>
#include <explore/explore.h>
#include <jit/jit.h>
#include <jit/toolchain.h>
#include <numerics/numerics.h>
#include <recorder/recorder.h>

namespace tessera::metalium {

namespace {

std::mutex g_mutex;
// Never destroyed: devices that a program keeps in static variables close after everything else has gone.
sim::Machine* g_machine = nullptr;

/// "noc_async_read_tile" of "void noc_async_read_tile<Generator<true>>(unsigned int, ...)".
std::string plain_name(const std::string& function) {
    const size_t end = function.find_first_of("<(");
    const std::string head = function.substr(0, end);
    const size_t begin = head.find_last_of(" :");
    return begin == std::string::npos ? head : head.substr(begin + 1);
}

/// The user's lines of calls in a kernel, and which function of the device API each calls.
std::vector<recorder::Place> places_of_calls(const std::string& object_path, std::span<const uint64_t> offsets) {
    const std::string headers = jit::toolchain().kernel_dir + '/';
    std::vector<recorder::Place> places;
    places.reserve(offsets.size());
    for (const std::vector<jit::Frame>& frames : jit::symbolize(object_path, offsets)) {
        recorder::Place& place = places.emplace_back();
        for (const jit::Frame& frame : frames) {
            if (!frame.file.starts_with(headers)) {
                place.file = frame.file;
                place.line = frame.line;
                break;
            }
            place.function = plain_name(frame.function);
        }
    }
    return places;
}

}  // namespace

const arch::Board& board() {
    static const arch::Board& chosen = [&]() -> const arch::Board& {
        const char* name = std::getenv("TESSERA_BOARD");
        return arch::board(name != nullptr && *name != '\0' ? name : "n150");
    }();
    return chosen;
}

sim::Machine& machine() {
    const std::lock_guard lock(g_mutex);
    if (g_machine == nullptr) {
        auto made = std::make_unique<sim::Machine>(board());
        prepare_machine(*made);
        g_machine = made.release();
    }
    return *g_machine;
}

bool machine_exists() {
    const std::lock_guard lock(g_mutex);
    return g_machine != nullptr;
}

void prepare_machine(sim::Machine& machine) {
    set_symbolizer(
        [](const std::string& object_path, uint64_t offset) {
            std::vector<SourceLocation> locations;
            for (const jit::Frame& frame : jit::symbolize(object_path, offset)) {
                locations.push_back({.file = frame.file,
                                     .line = frame.line,
                                     .column = frame.column,
                                     .function = frame.function,
                                     .text = {}});
            }
            return locations;
        },
        jit::toolchain().kernel_dir);
    check::install(machine);
    numerics::install(machine);
    explore::install(machine);
    recorder::install(machine, places_of_calls);
}

void require_chip(int chip) {
    const size_t count = board().chips.size();
    if (chip >= 0 && static_cast<size_t>(chip) < count) {
        return;
    }
    throw Error("no-such-device",
                fmt::format("the program asks for device {}, but the board {} has {} device{}", chip, board().name,
                            count, count == 1 ? "" : "s"),
                fmt::format("choose a larger board: tessera run --board NAME, or TESSERA_BOARD=NAME ({})",
                            fmt::join(arch::board_names(), ", ")));
}

}  // namespace tessera::metalium
