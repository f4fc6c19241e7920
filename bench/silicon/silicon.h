// Predictions beside published measurements of chips.
#pragma once

#include <string>
#include <vector>

#include <arch/arch.h>

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

/// The router by which a NoC (0 or 1) reaches a DRAM bank, as NoC 0 counts.
tessera::arch::Coord bank_port(const tessera::arch::Chip& chip, uint32_t noc, uint32_t bank);

}  // namespace silicon
