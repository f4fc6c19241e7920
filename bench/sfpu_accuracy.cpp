// tessera-sfpu-accuracy: measures the vector unit's functions against the multi-precision reference and writes the
// figures as a Markdown page, as JSON, or as the bounds that the tests hold them to.
#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "sfpu_reference.h"

using namespace tessera::accuracy;
using tessera::tensix::SfpuWidth;
using Json = nlohmann::ordered_json;

namespace {

struct Row {
    const Function* function;
    uint32_t flags;
    std::array<std::array<Measured, 2>, 3> found;     // mode, width (32, 16)
    std::vector<std::array<std::string, 3>> special;  // answers to SPECIAL_INPUTS by mode
};

constexpr std::array<uint32_t, 8> SPECIAL_INPUTS = {0,           0x80000000u, 0x7f800000u, 0xff800000u,
                                                    0x7fc00000u, 0x00000001u, 0xbf800000u, 0xc0000000u};
constexpr std::array<const char*, 8> SPECIAL_NAMES = {"0", "-0", "inf", "-inf", "NaN", "denormal", "-1", "-2"};

std::string number(double x) {
    return x == 0    ? "0"
           : x < 10  ? fmt::format("{:.3f}", x)
           : x < 1e5 ? fmt::format("{:.0f}", x)
                     : fmt::format("{:.1e}", x);
}
std::string shown(uint32_t bits) {
    const auto x = std::bit_cast<float>(bits);
    return std::isnan(x) ? "NaN" : fmt::format("{:.6g}", x);
}
std::string place(const Function& f, const float* at) {
    std::string text = fmt::format("{:.6g}", at[0]);
    for (int k = 1; k < f.arity; ++k) {
        text += fmt::format(", {:.6g}", at[k]);
    }
    return text;
}

std::vector<Row> measure_function(const Function& f, size_t samples) {
    std::vector<Row> rows;
    std::vector<uint32_t> variants = {0};
    for (uint32_t v : f.variants) {
        if (v != 0) {
            variants.push_back(v);
        }
    }
    for (uint32_t v : variants) {
        rows.push_back({&f, v, {}, {}});
    }
    const std::vector<Mode> all = modes();
    for (int narrow = 0; narrow < 2; ++narrow) {
        const Inputs in = inputs(f, narrow != 0, samples);
        const std::vector<long double> truth = reference(f, in);
        for (Row& row : rows) {
            for (size_t m = 0; m < all.size(); ++m) {
                row.found[m][static_cast<size_t>(narrow)] =
                    measure(f, *all[m].table, row.flags, narrow != 0 ? SfpuWidth::Dst16 : SfpuWidth::Dst32, in, truth);
            }
        }
    }
    if (f.arity == 1 && f.kind == Kind::Real) {
        Inputs in;
        in.operand[0].assign(SPECIAL_INPUTS.begin(), SPECIAL_INPUTS.end());
        in.operand[0].resize(16);
        for (Row& row : rows) {
            row.special.resize(SPECIAL_INPUTS.size());
            for (size_t m = 0; m < all.size(); ++m) {
                const std::vector<uint32_t> out = run(f, *all[m].table, row.flags, SfpuWidth::Dst32, in);
                for (size_t i = 0; i < SPECIAL_INPUTS.size(); ++i) {
                    row.special[i][m] = shown(out[i]);
                }
            }
        }
    }
    return rows;
}

Json to_json(const std::vector<Row>& rows) {
    Json list = Json::array();
    for (const Row& row : rows) {
        const Function& f = *row.function;
        Json entry{{"function", f.name}, {"flags", row.flags}, {"arity", f.arity}, {"modes", Json::array()}};
        for (size_t m = 0; m < 3; ++m) {
            for (size_t w = 0; w < 2; ++w) {
                const Measured& x = row.found[m][w];
                entry["modes"].push_back({{"mode", modes()[m].name},
                                          {"dst", w == 0 ? 32 : 16},
                                          {"core_max", x.core_max},
                                          {"core_mean", x.core_mean},
                                          {"within_half", x.core_good},
                                          {"all_max", x.all_max},
                                          {"non_finite", x.non_finite},
                                          {"zero", x.zero},
                                          {"finite", x.finite},
                                          {"differ", x.differ},
                                          {"inputs", x.count}});
            }
        }
        list.push_back(entry);
    }
    return list;
}

/// What tests/accuracy holds every function to: the core maximum of each mode and width, and where exact, how many
/// results differ.
Json to_bounds(const std::vector<Row>& rows) {
    Json out;
    for (const Row& row : rows) {
        Json values = Json::array();
        for (size_t m = 0; m < 3; ++m) {
            for (size_t w = 0; w < 2; ++w) {
                const Measured& x = row.found[m][w];
                values.push_back(row.function->kind == Kind::Real ? std::ceil(x.core_max * 1000) / 1000
                                                                  : static_cast<double>(x.differ));
            }
        }
        out[fmt::format("{}/{}", row.function->name, row.flags) + (row.function->arity == 1   ? ""
                                                                   : row.function->arity == 2 ? "/binary"
                                                                                              : "/ternary")] = values;
    }
    return out;
}

void page(const std::vector<Row>& rows, size_t samples) {
    fmt::print(
        "# How accurate the vector unit's functions are\n\nGenerated by `scripts/sfpu-accuracy`; inputs are seeded, so "
        "the page is the same every time. Every operation of\n`kernel/tessera/abi_sfpu.h` stands here, measured "
        "against "
        "MPFR with 128 bits. The exact mode's figures are those of the chip's own\nalgorithms as we compute them; the "
        "fast mode computes the accurate function for every variant.\n\n"
        "The error is |result - truth| in ULP: units in the last place that DST's format (fp32, or bf16 in 16-bit DST) "
        "has at the truth.\nInputs: fp32 {} a function, half over every exponent and half over the core; 16-bit DST "
        "all "
        "65536 bf16 values (functions of\nseveral operands: {} sets). Denormal inputs are left out: the chip computes "
        "with them as zeros, but tests their bits. *core*: the "
        "interval in which max, mean and the share of results\nwithin half a unit are taken; *whole*: the maximum over "
        "everything. Counted apart and in no maximum, *lost*: results that are\ninfinite or NaN (i), or zero (z), "
        "where "
        "the truth is a normal number, and finite ones where the truth overflows (f). Where the truth\nis below the "
        "normal numbers, zero and the smallest normal number both are right.\n\n",
        samples, samples);
    fmt::print(
        "## Maximum in the core, ULP\n\nWH, BH: exact on Wormhole, Blackhole.\n\n"
        "| function | core | WH 32 | BH 32 | fast 32 | WH 16 | BH 16 | fast 16 |\n|---|---|---|---|---|---|---|---|\n");
    for (const Row& row : rows) {
        if (row.function->kind == Kind::Real) {
            const Function& f = *row.function;
            fmt::print("| {}{} | {:g} to {:g} |", f.name, variant_name(row.flags), f.low, f.high);
            for (size_t w = 0; w < 2; ++w) {
                for (size_t m = 0; m < 3; ++m) {
                    fmt::print(" {} |", number(row.found[m][w].core_max));
                }
            }
            fmt::print("\n");
        }
    }
    fmt::print(
        "\n## Operations with one right answer\n\nIntegers, bits, comparisons, selections and conversions: the "
        "number of results that are not equal to the definition, of {} inputs\n(conversions of values that bf16 "
        "can't hold count in 16-bit DST).\n\n| operation | WH 32 | BH 32 | fast 32 | WH 16 | BH 16 | fast 16 | "
        "such an input |\n|---|---|---|---|---|---|---|---|\n",
        samples);
    std::string equal;
    for (const Row& row : rows) {
        if (row.function->kind == Kind::Real) {
            continue;
        }
        size_t differ = 0;
        float at = 0;
        for (const auto& mode : row.found) {
            for (const Measured& x : mode) {
                differ += x.differ;
                at = x.differ != 0 ? x.lost_at : at;
            }
        }
        if (differ == 0) {
            equal += fmt::format("{}{}", equal.empty() ? "" : ", ", row.function->name);
            continue;
        }
        fmt::print("| {} |", row.function->name);
        for (size_t w = 0; w < 2; ++w) {
            for (size_t m = 0; m < 3; ++m) {
                fmt::print(" {} |", row.found[m][w].differ);
            }
        }
        fmt::print(" {:g} (0x{:08x}) |\n", at, std::bit_cast<uint32_t>(at));
    }
    fmt::print("\nEqual everywhere: {}.\n", equal);
    fmt::print("\n## Each function\n");
    for (const Row& row : rows) {
        const Function& f = *row.function;
        if (f.kind != Kind::Real) {
            continue;
        }
        fmt::print("\n### {}{}\n\n", f.name, variant_name(row.flags));
        if (f.p[0] != 0 || f.p[1] != 0 || f.raw[0] != 0) {
            fmt::print("Parameters: {:g}, {:g}, {:g}; as a count {}.\n\n", f.p[0], f.p[1], f.p[2], f.raw[0]);
        }
        fmt::print(
            "| mode | DST | max | at | mean | within half | whole | at | lost "
            "|\n|---|---|---|---|---|---|---|---|---|\n");
        for (size_t w = 0; w < 2; ++w) {
            for (size_t m = 0; m < 3; ++m) {
                const Measured& x = row.found[m][w];
                std::string lost;
                lost += x.non_finite != 0 ? fmt::format(" i {}", x.non_finite) : "";
                lost += x.zero != 0 ? fmt::format(" z {}", x.zero) : "";
                lost += x.non_finite + x.zero != 0 ? fmt::format(" (at {:g})", x.lost_at) : "";
                lost += x.finite != 0 ? fmt::format(" f {}", x.finite) : "";
                fmt::print("| {} | {} | {} | {} | {} | {:.1f}% | {} | {} |{} |\n", modes()[m].name, w == 0 ? 32 : 16,
                           number(x.core_max), place(f, x.core_at), number(x.core_mean), 100 * x.core_good,
                           number(x.all_max), place(f, x.all_at), lost);
            }
        }
        if (!row.special.empty()) {
            fmt::print("\nSpecial values (WH, BH, fast):");
            for (size_t i = 0; i < row.special.size(); ++i) {
                const auto& s = row.special[i];
                fmt::print("{} {} → {}", i == 0 ? "" : ";", SPECIAL_NAMES[i],
                           s[0] == s[1] && s[1] == s[2] ? s[0] : s[0] + ", " + s[1] + ", " + s[2]);
            }
            fmt::print(".\n");
        }
    }
}

}  // namespace

int main(int argc, char** argv) {
    size_t samples = 1 << 14;
    unsigned threads = std::thread::hardware_concurrency();
    std::string form = "--page";
    for (int i = 1; i < argc; ++i) {
        const std::string a = argv[i];
        if (a == "--json" || a == "--bounds" || a == "--page") {
            form = a;
        } else if (a == "--samples" && i + 1 < argc) {
            samples = std::stoul(argv[++i]);
        } else {
            fmt::print(stderr, "usage: tessera-sfpu-accuracy [--page | --json | --bounds] [--samples N]\n");
            return 2;
        }
    }
    const auto all = functions();
    std::vector<std::vector<Row>> found(all.size());
    std::atomic<size_t> next = 0;
    std::vector<std::jthread> workers;
    for (unsigned t = 0; t < threads; ++t) {
        workers.emplace_back([&] {
            for (size_t i; (i = next++) < all.size();) {
                found[i] = measure_function(all[i], samples);
                if (std::getenv("TESSERA_ACCURACY_PROGRESS") != nullptr) {
                    fmt::print(stderr, "{}\n", all[i].name);
                }
            }
            mpfr_free_cache();
        });
    }
    workers.clear();
    std::vector<Row> rows;
    for (auto& some : found) {
        rows.insert(rows.end(), some.begin(), some.end());
    }
    if (form == "--page") {
        page(rows, samples);
    } else {
        fmt::print("{}\n", form == "--json" ? to_json(rows).dump(1) : to_bounds(rows).dump(0));
    }
    return 0;
}
