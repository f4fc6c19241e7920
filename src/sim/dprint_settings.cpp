// The TT_METAL_DPRINT_* environment variables.
#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <optional>
#include <string_view>

#include <base/error.h>
#include <sim/dprint.h>
#include <tessera/abi_debug.h>

namespace tessera::sim {
namespace {

[[noreturn]] void bad(const std::string& variable, std::string_view text, const std::string& expected) {
    throw Error("bad-environment", variable + "=" + std::string(text) + " can't be read", "use " + expected);
}

/// Reads numbers and single characters off the front of a text.
class Reader {
public:
    explicit Reader(std::string_view text) : text_(text) { skip(); }

    bool done() const { return text_.empty(); }
    bool take(char c) {
        if (text_.empty() || text_.front() != c) {
            return false;
        }
        text_.remove_prefix(1);
        skip();
        return true;
    }
    std::optional<uint16_t> number() {
        if (text_.empty() || !std::isdigit(static_cast<unsigned char>(text_.front()))) {
            return std::nullopt;
        }
        uint32_t value = 0;
        while (!text_.empty() && std::isdigit(static_cast<unsigned char>(text_.front()))) {
            value = std::min(value * 10 + static_cast<uint32_t>(text_.front() - '0'), 0xFFFFu);
            text_.remove_prefix(1);
        }
        skip();
        return static_cast<uint16_t>(value);
    }
    std::optional<arch::Coord> pair() {
        const auto x = number();
        if (!x || !take(',')) {
            return std::nullopt;
        }
        const auto y = number();
        if (!y) {
            return std::nullopt;
        }
        return arch::Coord{*x, *y};
    }
    std::optional<arch::Coord> bracketed() {
        if (!take('(')) {
            return std::nullopt;
        }
        const auto core = pair();
        return core && take(')') ? core : std::nullopt;
    }

private:
    void skip() {
        while (!text_.empty() && text_.front() == ' ') {
            text_.remove_prefix(1);
        }
    }
    std::string_view text_;
};

bool read_cores(std::string_view text, std::vector<arch::Coord>& cores) {
    Reader reader(text);
    if (const auto single = reader.pair()) {
        cores.push_back(*single);
        return reader.done();
    }
    do {
        const auto first = reader.bracketed();
        if (!first) {
            return false;
        }
        auto last = first;
        if (reader.take('-')) {
            last = reader.bracketed();
            if (!last) {
                return false;
            }
        }
        for (uint16_t y = first->y; y <= last->y; ++y) {
            for (uint16_t x = first->x; x <= last->x; ++x) {
                cores.push_back({x, y});
            }
        }
    } while (reader.take(','));
    return reader.done();
}

}  // namespace

DprintSettings DprintSettings::from_environment() {
    DprintSettings settings;
    if (const char* cores = std::getenv("TT_METAL_DPRINT_CORES")) {
        const std::string_view text = cores;
        settings.all_cores = text == "all" || text == "worker";
        // No simulated core dispatches, so `dispatch` selects none.
        if (!settings.all_cores && text != "dispatch" && !read_cores(text, settings.cores)) {
            bad("TT_METAL_DPRINT_CORES", text,
                "x,y or (x1,y1),(x2,y2) or (x1,y1)-(x2,y2) or all or worker or dispatch");
        }
    }
    if (const char* chips = std::getenv("TT_METAL_DPRINT_CHIPS"); chips && std::string_view(chips) != "all") {
        settings.all_devices = false;
        Reader reader(chips);
        do {
            const auto chip = reader.number();
            if (!chip) {
                bad("TT_METAL_DPRINT_CHIPS", chips, "a comma-separated list of chips, or all");
            }
            settings.devices.push_back(*chip);
        } while (reader.take(','));
        if (!reader.done()) {
            bad("TT_METAL_DPRINT_CHIPS", chips, "a comma-separated list of chips, or all");
        }
    }
    if (const char* riscs = std::getenv("TT_METAL_DPRINT_RISCVS")) {
        const std::string_view text = riscs;
        const auto has = [&](std::string_view name) { return text.find(name) != std::string_view::npos; };
        // ER*: Ethernet processors, which no kernel runs on.
        const bool known = has("ER");
        settings.threads = (has("BR") ? TSR_THREAD_BRISC : 0u) | (has("NC") ? TSR_THREAD_NCRISC : 0u) |
                           (has("TR0") || has("TRISC0") ? TSR_THREAD_TRISC0 : 0u) |
                           (has("TR1") || has("TRISC1") ? TSR_THREAD_TRISC1 : 0u) |
                           (has("TR2") || has("TRISC2") ? TSR_THREAD_TRISC2 : 0u) |
                           (has("TR*") ? static_cast<unsigned>(TSR_THREAD_TRISCS) : 0u);
        if (settings.threads == 0 && !known) {
            bad("TT_METAL_DPRINT_RISCVS", text, "some of BR,NC,TR0,TR1,TR2,TR*,ER0,ER1,ER*");
        }
    }
    if (const char* file = std::getenv("TT_METAL_DPRINT_FILE")) {
        settings.file = file;
    }
    if (const char* prepend = std::getenv("TT_METAL_DPRINT_PREPEND_DEVICE_CORE_RISC")) {
        settings.prefix = std::string_view(prepend) == "1";
    }
    if (std::getenv("TT_METAL_DPRINT_ONE_FILE_PER_RISC")) {
        settings.one_file_per_risc = true;
        settings.prefix = false;
        settings.file.clear();
        const char* logs = std::getenv("TT_METAL_LOGS_PATH");
        const char* root = logs ? logs : std::getenv("TT_METAL_HOME");
        if (root != nullptr && *root != 0) {
            settings.output_directory = std::string(root) + "/generated/dprint/";
        }
    }
    return settings;
}

bool DprintSettings::prints(uint32_t device, arch::Coord core, uint32_t thread) const {
    return (threads & thread) != 0 && (all_cores || std::find(cores.begin(), cores.end(), core) != cores.end()) &&
           (all_devices || std::find(devices.begin(), devices.end(), device) != devices.end());
}

}  // namespace tessera::sim
