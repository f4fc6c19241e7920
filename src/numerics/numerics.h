// The float64 shadow of a run: an observer repeats every tile operation in float64 and keeps, for each place of a
// kernel, each circular buffer and each buffer that the host reads back, how far the chip's numbers are from it.
#pragma once

#include <cstdint>
#include <string>

#include <sim/machine.h>

namespace tessera::numerics {

/// Starts the shadow if the environment names a file for its report (TESSERA_NUMERICS); the report is written when the
/// process ends, and now and then before that. The machine owns the observer.
void install(sim::Machine& machine);

/// The report so far as JSON (schema: docs/numerics_tool.md); empty if there is no shadow.
std::string report();

/// Writes the report to its file; does nothing if there is no shadow.
void write_report() noexcept;

/// A buffer that the host reads.
struct OutputRegion {
    uint32_t chip = 0;
    uint64_t address = 0;  ///< in each of its banks
    uint64_t bytes = 0;    ///< of the whole buffer
    uint32_t page_bytes = 0;
    const char* memory = "DRAM";  ///< or L1
    const char* layout = "interleaved";
};

/// While one lives, what this host thread reads from the machine's memories belongs to that buffer.
class OutputScope {
public:
    explicit OutputScope(const OutputRegion& region);
    ~OutputScope();
    OutputScope(const OutputScope&) = delete;
    OutputScope& operator=(const OutputScope&) = delete;
    /// The next bytes read are those at `offset` of the buffer.
    static void at(uint64_t offset);
};

/// For tests: a shadow of this machine whatever the environment says. The machine owns it; report() tells of the
/// latest.
void install_always(sim::Machine& machine, std::string report_path = {});

}  // namespace tessera::numerics
