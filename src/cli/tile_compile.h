// From a script to what `tessera tile` runs, writes or explains.
#pragma once

#include <string>
#include <vector>

#include <tile/device/program.h>
#include <tile/emit/files.h>
#include <tile/explain/dumps.h>
#include <tile/explain/explain.h>
#include <tile/front/front.h>
#include <tile/interpret/array.h>
#include <tile/ir/stmt.h>
#include <tile/lower.h>

#include "tile.h"

namespace tessera::cli {

/// A script, evaluated and lowered.
struct CompiledTile {
    tile::ir::Kernel kernel;  ///< as the script means it; no dimension is open
    tile::device::Module module;
    std::vector<tile::emit::File> files;
    tile::interpret::Arrays inputs;  ///< from files or random, if they were wanted
    double seconds = 0;              ///< of compiling alone
    tile::lower::Options options;    ///< that it was lowered with
    tile::explain::Passes passes;    ///< the kernel after each of them
    std::vector<tile::explain::ScriptFile> scripts;

    tile::explain::Subject subject() const { return {passes, module, options}; }
};

/// Dumps that are asked for are printed on the way, notes go to standard error. With `values`, inputs that no file is
/// given for are made. Throws Refusal, with all diagnostics for a script that does not compile (and with --json they
/// are on standard output).
CompiledTile compile_tile(const TileOptions& options, bool values);

/// Does what --dump-html, --dump-attrs and --check ask for; true if nothing else is to be done.
bool finished_by_compiling(const TileOptions& options, const CompiledTile& compiled);
/// A whole file. Throws Refusal (cannot-write).
void write_text(const std::string& path, const std::string& text);

/// The configurations that the kernel's @autotune lists; none of a dump.
std::vector<tile::front::Arguments> tile_configs(const TileOptions& options);
/// The kernels of a script, and what each is a function of.
std::vector<tile::front::KernelInfo> tile_kernels(const TileOptions& options);

}  // namespace tessera::cli
