// `tessera recording`: what is in a file that `tessera run --record` has written.
#pragma once

#include <string>

#include <CLI/CLI.hpp>

namespace tessera::cli {

struct RecordingOptions {
    std::string file;
    bool events = false;  ///< what every processor did, line by line
    int launch = -1;      ///< of this launch only, counted from 0; -1: of all
    bool json = false;
};

void add_recording_options(CLI::App& command, RecordingOptions& options);
int run_recording(const RecordingOptions& options);

}  // namespace tessera::cli
