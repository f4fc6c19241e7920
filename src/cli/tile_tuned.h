// What tuning keeps between runs: each measured candidate, and which was the best for a script and its arguments.
#pragma once

#include <map>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "tile_compile.h"

namespace tessera::cli {

/// Files below the cache's folder, one an entry, by content: of the sources and inputs for what was measured, of the
/// script, the arguments and the board for the best. Both by this build of Tessera too, since another one compiles and
/// predicts otherwise.
class TuneCache {
public:
    TuneCache();

    std::string trial_key(const TileOptions& options, const CompiledTile& like,
                          const tile::device::Module& module) const;
    std::string best_key(const TileOptions& options) const;

    std::optional<nlohmann::json> load(const std::string& key) const;
    /// Whole at once, so that a run that is ended leaves no half entry.
    void store(const std::string& key, const nlohmann::json& entry) const;

private:
    std::string folder_, build_;
};

/// The options with the arguments and choices that tuning found. Throws Refusal if nothing was tuned.
TileOptions tuned_options(const TileOptions& options);

}  // namespace tessera::cli
