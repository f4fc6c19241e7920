#include <timing/what_if.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include <base/error.h>

namespace tessera::timing {
namespace {

constexpr std::array<const char*, 5> fidelities{"", "LoFi", "HiFi2", "HiFi3", "HiFi4"};

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
    std::string help = "these can be changed:";
    for (const WhatIfKey& key : what_if_keys()) {
        help += fmt::format("\n  {}={:<12} {}", key.name, key.values, key.meaning);
    }
    throw Error("unknown-what-if", fmt::format("--what-if {}: {}", text, why), help);
}

double number(std::string_view text, std::string_view value) {
    if (!value.empty() && (value.back() == 'x' || value.back() == 'X')) {
        value.remove_suffix(1);
    }
    double result = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), result);
    if (error != std::errc() || end != value.data() + value.size() || !(result > 0) || !std::isfinite(result)) {
        refuse(text, fmt::format("'{}' is no positive number", value));
    }
    return result;
}

bool yes(std::string_view text, std::string_view value) {
    if (value != "yes" && value != "no") {
        refuse(text, fmt::format("'{}' is neither yes nor no", value));
    }
    return value == "yes";
}

void add_one(WhatIf& what_if, std::string_view text) {
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
        refuse(text, "a name and a value are needed, as in dram_bw=2x");
    }
    const std::string_view key = text.substr(0, equals), value = text.substr(equals + 1);
    if (key == "board") {
        what_if.board = arch::board(value).name;
    } else if (key == "aiclk") {
        what_if.aiclk_mhz = number(text, value);
    } else if (key == "dram_bw") {
        what_if.dram_bandwidth = number(text, value);
    } else if (key == "noc_bw") {
        what_if.noc_bandwidth = number(text, value);
    } else if (key == "noc" && value == "ideal") {
        what_if.ideal_noc = true;
    } else if (key == "noc" && value == "swapped") {
        what_if.swap_nocs = true;
    } else if (key == "grid" && value == "transposed") {
        what_if.transpose_grid = true;
    } else if (key == "engines") {
        what_if.engine_speed = number(text, value);
    } else if (key == "riscv") {
        what_if.riscv_speed = number(text, value);
    } else if (key == "fidelity") {
        const auto found = std::find(fidelities.begin() + 1, fidelities.end(), value);
        if (found == fidelities.end()) {
            refuse(text, fmt::format("'{}' is no math fidelity", value));
        }
        what_if.phases = static_cast<uint8_t>(found - fidelities.begin());
    } else if (key == "cb_pages") {
        what_if.more_cb_pages = std::max(1U, static_cast<uint32_t>(number(text, value)));
        what_if.only_cb = -1;
    } else if (key.starts_with("c_")) {
        int32_t index = -1;
        const auto [end, error] = std::from_chars(key.data() + 2, key.data() + key.size(), index);
        if (error != std::errc() || end != key.data() + key.size() || index < 0 || index >= 64) {
            refuse(text, fmt::format("'{}' is no circular buffer", key));
        }
        what_if.only_cb = index;
        what_if.more_cb_pages = std::max(1U, static_cast<uint32_t>(number(text, value)));
    } else if (key == "barriers") {
        what_if.barrier_every = std::max(1U, static_cast<uint32_t>(number(text, value)));
    } else if (key == "flush") {
        what_if.flush_writes = yes(text, value);
    } else if (key == "with_state") {
        what_if.with_state = yes(text, value);
    } else {
        refuse(text, fmt::format("'{}' is not known", key));
    }
}

}  // namespace

const std::vector<WhatIfKey>& what_if_keys() {
    static const std::vector<WhatIfKey> keys{
        {"board", "p150", "another board"},
        {"aiclk", "900", "the AI clock in MHz; memory keeps its own"},
        {"dram_bw", "2x", "DRAM bandwidth, as a factor"},
        {"noc_bw", "2x", "bandwidth of the NoCs, as a factor"},
        {"noc", "ideal", "no transaction waits for another; or noc=swapped: NoC 0 for NoC 1 and the reverse"},
        {"grid", "transposed", "core (y,x) does what core (x,y) did"},
        {"engines", "2x", "speed of unpackers, matrix and vector unit and packers"},
        {"riscv", "2x", "speed of the processors' own instructions"},
        {"fidelity", "LoFi", "math fidelity: LoFi, HiFi2, HiFi3 or HiFi4"},
        {"cb_pages", "2x", "all circular buffers so many times as long"},
        {"c_0", "2x", "one circular buffer so many times as long"},
        {"barriers", "8", "data-movement kernels wait with one barrier for what they waited for with so many"},
        {"flush", "yes", "writes need only have left before their pages are popped"},
        {"with_state", "yes", "reads and writes are issued with the NoC command's state set before"},
    };
    return keys;
}

void add_what_if(WhatIf& what_if, std::string_view text) {
    while (!text.empty()) {
        const size_t comma = text.find(',');
        add_one(what_if, text.substr(0, comma));
        text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    }
}

std::string to_string(const WhatIf& what_if) {
    std::string text;
    const auto add = [&](const std::string& one) { text += (text.empty() ? "" : ",") + one; };
    const auto factor = [&](const char* name, double value) {
        if (value != 1) {
            add(fmt::format("{}={}x", name, value));
        }
    };
    if (!what_if.board.empty()) {
        add("board=" + what_if.board);
    }
    if (what_if.aiclk_mhz != 0) {
        add(fmt::format("aiclk={}", what_if.aiclk_mhz));
    }
    factor("dram_bw", what_if.dram_bandwidth);
    factor("noc_bw", what_if.noc_bandwidth);
    if (what_if.ideal_noc) {
        add("noc=ideal");
    }
    if (what_if.swap_nocs) {
        add("noc=swapped");
    }
    factor("engines", what_if.engine_speed);
    factor("riscv", what_if.riscv_speed);
    if (what_if.transpose_grid) {
        add("grid=transposed");
    }
    if (what_if.phases != 0) {
        add(fmt::format("fidelity={}", fidelities[what_if.phases]));
    }
    factor(what_if.only_cb < 0 ? "cb_pages" : fmt::format("c_{}", what_if.only_cb).c_str(), what_if.more_cb_pages);
    if (what_if.barrier_every != 1) {
        add(fmt::format("barriers={}", what_if.barrier_every));
    }
    if (what_if.flush_writes) {
        add("flush=yes");
    }
    if (what_if.with_state) {
        add("with_state=yes");
    }
    return text;
}

}  // namespace tessera::timing
