#include <tile/lower/choices.h>

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/format.h>

#include <base/error.h>

namespace tessera::tile::lower {

namespace {

constexpr std::array<std::string_view, 4> families{"none", "in0", "in1", "2d"};
constexpr std::array<std::string_view, 4> fidelities{"LoFi", "HiFi2", "HiFi3", "HiFi4"};

std::vector<std::string_view> parts_of(std::string_view text, char between) {
    std::vector<std::string_view> parts;
    for (;;) {
        const size_t end = text.find(between);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) {
            return parts;
        }
        text.remove_prefix(end + 1);
    }
}

[[noreturn]] void refuse(std::string_view entry, const std::string& expected) {
    throw Error("tile-choices", fmt::format("\"{}\" is no choice: {}", entry, expected),
                "use blocks=4x4 k=2 depth=2 subblock=2x4 multicast=2d fidelity=HiFi2 fp32_dest=on l1_accumulate=on "
                "grid=8x8, or some of them");
}

int64_t positive(std::string_view entry, std::string_view text) {
    int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 1'000'000) {
        refuse(entry, fmt::format("a positive integer should be where \"{}\" is", text));
    }
    return value;
}

std::pair<int64_t, int64_t> two(std::string_view entry, std::string_view text) {
    const auto sides = parts_of(text, 'x');
    if (sides.size() != 2) {
        refuse(entry, "two numbers should be there, as in 2x4");
    }
    return {positive(entry, sides[0]), positive(entry, sides[1])};
}

bool on(std::string_view entry, std::string_view text) {
    if (text != "on" && text != "off") {
        refuse(entry, "it is on or off");
    }
    return text == "on";
}

size_t one_of(std::string_view entry, std::string_view text, const std::array<std::string_view, 4>& there) {
    const auto at = std::find(there.begin(), there.end(), text);
    if (at == there.end()) {
        refuse(entry, fmt::format("there are {}", fmt::join(there, ", ")));
    }
    return static_cast<size_t>(at - there.begin());
}

void read_entry(std::string_view entry, Choices& choices) {
    const size_t equals = entry.find('=');
    if (equals == std::string_view::npos) {
        refuse(entry, "NAME=VALUE should be here");
    }
    const std::string_view name = entry.substr(0, equals), value = entry.substr(equals + 1);
    if (name == "blocks") {
        choices.blocks.clear();
        for (const std::string_view axis : parts_of(value, 'x')) {
            choices.blocks.push_back(axis == "-" ? 0 : positive(entry, axis));
        }
    } else if (name == "k") {
        choices.k = positive(entry, value);
    } else if (name == "depth") {
        choices.depth = positive(entry, value);
    } else if (name == "subblock") {
        choices.subblock = two(entry, value);
    } else if (name == "multicast") {
        choices.multicast = static_cast<MulticastFamily>(one_of(entry, value, families));
    } else if (name == "fidelity") {
        choices.fidelity = fidelities[one_of(entry, value, fidelities)];
    } else if (name == "fp32_dest") {
        choices.fp32_dest = on(entry, value);
    } else if (name == "l1_accumulate") {
        choices.l1_accumulate = on(entry, value);
    } else if (name == "grid") {
        const auto [x, y] = two(entry, value);
        choices.grid = {static_cast<uint32_t>(x), static_cast<uint32_t>(y)};
    } else {
        refuse(entry, fmt::format("nothing is called \"{}\"", name));
    }
}

}  // namespace

std::string to_text(const Choices& choices) {
    std::string text;
    const auto add = [&](std::string_view name, const std::string& value) {
        text += fmt::format("{}{}={}", text.empty() ? "" : " ", name, value);
    };
    if (std::any_of(choices.blocks.begin(), choices.blocks.end(), [](int64_t factor) { return factor != 0; })) {
        std::string axes;
        for (const int64_t factor : choices.blocks) {
            axes += (axes.empty() ? "" : "x") + (factor == 0 ? "-" : std::to_string(factor));
        }
        add("blocks", axes);
    }
    if (choices.k) {
        add("k", std::to_string(*choices.k));
    }
    if (choices.depth) {
        add("depth", std::to_string(*choices.depth));
    }
    if (choices.subblock) {
        add("subblock", fmt::format("{}x{}", choices.subblock->first, choices.subblock->second));
    }
    if (choices.multicast) {
        add("multicast", std::string(families[static_cast<size_t>(*choices.multicast)]));
    }
    if (choices.fidelity) {
        add("fidelity", *choices.fidelity);
    }
    if (choices.fp32_dest) {
        add("fp32_dest", *choices.fp32_dest ? "on" : "off");
    }
    if (choices.l1_accumulate) {
        add("l1_accumulate", *choices.l1_accumulate ? "on" : "off");
    }
    if (choices.grid) {
        add("grid", fmt::format("{}x{}", choices.grid->first, choices.grid->second));
    }
    return text;
}

std::string to_text(const std::vector<Choices>& choices) {
    std::string text;
    for (size_t i = 0; i < choices.size(); ++i) {
        text += (i == 0 ? "" : "; ") + to_text(choices[i]);
    }
    return text;
}

std::vector<Choices> choices_from_text(std::string_view text) {
    std::vector<Choices> all;
    for (const std::string_view launch : parts_of(text, ';')) {
        Choices choices;
        for (const std::string_view entry : parts_of(launch, ' ')) {
            if (!entry.empty()) {
                read_entry(entry, choices);
            }
        }
        all.push_back(std::move(choices));
    }
    return all;
}

Choices choices_of(const std::vector<Choices>& all, size_t launch) {
    if (all.size() == 1) {
        return all.front();
    }
    return launch < all.size() ? all[launch] : Choices{};
}

}  // namespace tessera::tile::lower
