// tessera-silicon: what the time model says beside what chips took. Takes any files with the columns of the published
// ones.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <iostream>
#include <map>

#include <fmt/core.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "silicon.h"

namespace {

struct Summary {
    size_t rows = 0, within_10 = 0, within_25 = 0;
    double sum = 0, worst = 0;
    void add(const silicon::Row& row) {
        const double error = std::abs(row.error());
        ++rows;
        within_10 += error <= 0.10;
        within_25 += error <= 0.25;
        sum += error;
        worst = std::max(worst, error);
    }
    std::string line(const std::string& name) const {
        const auto percent = [&](size_t part) { return 100.0 * static_cast<double>(part) / static_cast<double>(rows); };
        return fmt::format("| {} | {} | {:.1f} % | {:.1f} % | {:.1f} % | {:.1f} % |\n", name, rows, percent(within_10),
                           percent(within_25), 100 * sum / static_cast<double>(rows), 100 * worst);
    }
};

/// The rows, the worst first, as a table of at most `most`.
std::string table(std::vector<silicon::Row> rows, size_t most) {
    std::sort(rows.begin(), rows.end(), [](const silicon::Row& a, const silicon::Row& b) {
        const double left = std::abs(a.error()), right = std::abs(b.error());
        return left != right ? left > right : a.name < b.name;
    });
    rows.resize(std::min(rows.size(), most));
    std::string text = "| measurement | measured | predicted | error |\n|---|--:|--:|--:|\n";
    for (const silicon::Row& row : rows) {
        text += fmt::format("| {} | {:.0f} | {:.0f} | {:+.1f} % |\n", row.name, row.measured, row.predicted,
                            100 * row.error());
    }
    return text;
}

std::string summary(const std::vector<silicon::Row>& rows) {
    std::map<std::string, Summary> groups;
    Summary all;
    for (const silicon::Row& row : rows) {
        groups[row.group].add(row);
        all.add(row);
    }
    std::string text = "| group | rows | within 10 % | within 25 % | mean error | worst |\n|---|--:|--:|--:|--:|--:|\n";
    for (const auto& [name, one] : groups) {
        text += one.line(name);
    }
    return groups.size() > 1 ? text + all.line("**all**") : text;
}

/// What was run for each row of --gemm. The clock is what the measured nanoseconds and cycles say together, with our
/// dispatch between calls.
std::string programs(const std::vector<silicon::GemmRow>& rows) {
    std::string text =
        "| multiplication | program | use of the matrix units, measured | predicted | measured clock |\n"
        "|---|---|--:|--:|--:|\n";
    for (const silicon::GemmRow& row : rows) {
        text += fmt::format("| {} | {} | {:.1f} % | {:.1f} % | {:.2f} GHz |\n", row.device.name, row.program,
                            100 * row.ideal / row.device.measured, 100 * row.ideal / row.device.predicted,
                            (row.device.measured + row.between) / row.wall.measured);
    }
    return text + "\n";
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Compares the time model with published measurements of Tenstorrent chips. Times are in cycles.");
    std::string noc, traces, gemm, markdown, json;
    size_t most = 40;
    app.add_option("--noc", noc, "NoC measurements: a CSV file with the columns of noc_latency.csv")
        ->check(CLI::ExistingFile);
    app.add_option("--traces", traces, "a folder of NoC traces (JSON)")->check(CLI::ExistingDirectory);
    app.add_option("--gemm", gemm, "matrix multiplications: a CSV file with the columns of gemm_n150.csv")
        ->check(CLI::ExistingFile);
    app.add_option("--worst", most, "how many rows to list, the worst first")->capture_default_str();
    app.add_option("--markdown", markdown, "write the page here as well");
    app.add_option("--json", json, "write every row here");
    app.footer(
        "Example: tessera-silicon --noc data/silicon/noc_latency.csv --gemm data/silicon/gemm_n150.csv\n"
        "The exit code is 1 if something could not be compared.");
    CLI11_PARSE(app, argc, argv);
    if (noc.empty() && traces.empty() && gemm.empty()) {
        std::cerr << "tessera-silicon: name measurements with --noc, --traces or --gemm (--help tells more)\n";
        return 2;
    }
    int code = 0;
    try {
        std::string page;
        std::vector<silicon::Row> all;
        const auto section = [&](const std::string& title, const std::vector<silicon::Row>& rows) {
            if (rows.empty()) {
                throw std::runtime_error(title + ": no measurement could be used");
            }
            page += "## " + title + "\n\n" + summary(rows) + "\n" + table(rows, most) + "\n";
            all.insert(all.end(), rows.begin(), rows.end());
        };
        if (!noc.empty()) {
            section("NoC and DRAM: groups of transactions", silicon::noc_rows(noc));
        }
        if (!traces.empty()) {
            section("NoC traces of programs", silicon::trace_rows(traces));
        }
        if (!gemm.empty()) {
            std::vector<silicon::GemmRow> products = silicon::gemm_rows(gemm);
            for (const silicon::GemmRow& row : products) {
                if (!row.refused.empty()) {
                    std::cerr << "tessera-silicon: not run: " << row.refused << "\n";
                    code = 1;
                }
            }
            std::erase_if(products, [](const silicon::GemmRow& row) { return !row.refused.empty(); });
            std::vector<silicon::Row> device, wall;
            for (const silicon::GemmRow& row : products) {
                device.push_back(row.device);
                wall.push_back(row.wall);
            }
            section("Matrix multiplication: cycles of the math thread's kernel", device);
            section("Matrix multiplication: nanoseconds of a call", wall);
            page += programs(products);
        }
        std::cout << page;
        if (!markdown.empty()) {
            std::ofstream(markdown) << page;
        }
        if (!json.empty()) {
            nlohmann::json rows = nlohmann::json::array();
            for (const silicon::Row& row : all) {
                rows.push_back({{"group", row.group},
                                {"name", row.name},
                                {"measured", row.measured},
                                {"predicted", row.predicted}});
            }
            std::ofstream(json) << rows.dump(1) << "\n";
        }
    } catch (const std::exception& e) {
        std::cerr << "tessera-silicon: " << e.what() << "\n";
        return 1;
    }
    return code;
}
