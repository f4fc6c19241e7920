// Predictions beside published measurements of chips.
#pragma once

#include <string>
#include <vector>

namespace silicon {

struct Row {
    std::string group;  ///< what has a line of its own in the summary
    std::string name;
    double measured = 0, predicted = 0;  ///< cycles
    double error() const { return predicted / measured - 1; }
};

/// The rows of a file with the columns of noc_latency.csv: a group of transactions of a kind and its barrier.
std::vector<Row> noc_rows(const std::string& file);
/// The traces in a folder, each a JSON list of NoC events of a program on a Wormhole chip: a row a trace, with the end
/// of its last kernel.
std::vector<Row> trace_rows(const std::string& folder);

/// A matrix multiplication.
struct GemmRow {
    std::string refused;  ///< why there is no prediction; empty: there is one
    std::string program;  ///< how it was cut into blocks
    double ideal = 0;     ///< cycles that the matrix units need at least
    double between = 0;   ///< cycles from the math thread's end to its start in the next call, predicted
    Row device;           ///< cycles of the math thread's kernel
    Row wall;             ///< nanoseconds of a call, dispatch included
};
/// The rows of a file with the columns of gemm_n150.csv. Throws if the file makes no sense; a row that can't be run
/// only says so.
std::vector<GemmRow> gemm_rows(const std::string& file);

}  // namespace silicon
