// `tessera numerics PROGRAM`: runs a program beside a float64 shadow (src/numerics), again with other settings, and
// tells what came of it as text, JSON, HTML and a picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "prepare.h"

namespace tessera::cli {

struct NumericsOptions {
    RunOptions run;
    bool json = false;
    bool all_variants = false;  ///< every fidelity with both widths of DST
    bool no_what_if = false;
    bool quiet = false;
    std::string html;     ///< file to write
    std::string png;      ///< file to write
    unsigned across = 0;  ///< tiles a row of the heat map; 0: nearly square
};

void add_numerics_options(CLI::App& command, NumericsOptions& options);
/// Exit code: the program's own, or one of ExitCode.
int run_numerics(NumericsOptions options);

// --- numerics_report.cpp ---------------------------------------------------------------------------------------------
using Json = nlohmann::ordered_json;

/// The index of the output to speak of first: the one with the largest mean error; -1 if there is none.
int main_output(const Json& report);
/// "DRAM buffer at 0x6020 of device 0".
std::string output_name(const Json& output);
/// A few sentences that a person reads in ten seconds.
std::vector<std::string> summary(const Json& whole);
/// All tables as text.
std::string text_report(const Json& whole, bool with_color);
/// 0.0123 as "1.2 %".
std::string percent(const Json& value);
/// A number in few characters.
std::string brief(const Json& value);

// --- numerics_html.cpp -----------------------------------------------------------------------------------------------
/// A page that needs no other file.
std::string html_report(const Json& whole, unsigned across);

// --- heat_map.cpp ----------------------------------------------------------------------------------------------------
/// Cells in a row of the picture: `across`, or the divisor of n that is next to a square.
unsigned cells_across(size_t n, unsigned across);
/// A PNG image of errors on a logarithmic scale from 1e-6 (dark) to 1 (bright); null cells are grey.
std::vector<uint8_t> heat_map_png(const Json& cells, unsigned across);
/// The colour of an error as "#rrggbb".
std::string heat_color(double error);

}  // namespace tessera::cli
