// Programs that an operation library keeps between calls, by a hash of what they were built for.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>

#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/mesh_workload.hpp>
#include <tt-metalium/program.hpp>
#include <tt_stl/unique_any.hpp>

namespace tt::tt_metal::program_cache::detail {

/// A program with what its owner needs to change it between launches.
template <typename shared_variables_t>
struct CachedProgram {
private:
    std::optional<tt::tt_metal::Program> owned_program_;
    std::optional<shared_variables_t> owned_variables_;

    CachedProgram(tt::tt_metal::Program& program, shared_variables_t& shared_variables)
        : program{program}, shared_variables{shared_variables} {}

public:
    tt::tt_metal::Program& program;
    shared_variables_t& shared_variables;

    CachedProgram(tt::tt_metal::Program&& program, shared_variables_t&& shared_variables)
        : owned_program_{std::move(program)},
          owned_variables_{std::move(shared_variables)},
          program{*owned_program_},
          shared_variables{*owned_variables_} {}

    CachedProgram(CachedProgram&& other) noexcept
        : owned_program_(std::move(other.owned_program_)),
          owned_variables_(std::move(other.owned_variables_)),
          program(owned_program_ ? *owned_program_ : other.program),
          shared_variables(owned_variables_ ? *owned_variables_ : other.shared_variables) {}

    /// Refers to a program and variables that somebody else owns.
    static CachedProgram proxy(tt::tt_metal::Program& program, shared_variables_t& shared_variables) {
        return CachedProgram{program, shared_variables};
    }

    CachedProgram(const CachedProgram&) = delete;
    CachedProgram& operator=(const CachedProgram&) = delete;
    CachedProgram& operator=(CachedProgram&&) = delete;
};

template <typename shared_variables_t>
struct CachedMeshWorkload {
    tt::tt_metal::distributed::MeshWorkload workload;
    shared_variables_t shared_variables;

    CachedMeshWorkload(tt::tt_metal::distributed::MeshWorkload&& workload, shared_variables_t&& shared_variables)
        : workload{std::move(workload)}, shared_variables{std::move(shared_variables)} {}
};

template <typename shared_variables_t>
struct AdaptedCachedMeshWorkload {
    tt::tt_metal::distributed::MeshWorkload workload;
    std::unordered_map<distributed::MeshCoordinateRange, shared_variables_t> shared_variables;

    AdaptedCachedMeshWorkload(
        tt::tt_metal::distributed::MeshWorkload&& workload,
        std::unordered_map<distributed::MeshCoordinateRange, shared_variables_t>&& shared_variables)
        : workload{std::move(workload)}, shared_variables{std::move(shared_variables)} {}
};

/// A cached program or workload of any kind, and which of an operation's factories made it.
struct CachedProgramFactory {
    static constexpr auto MAX_SIZE = 4096;
    static constexpr auto ALIGNMENT = 32;

    tt::stl::unique_any<MAX_SIZE, ALIGNMENT> cached_program;
    std::size_t program_factory_index = 0;

    template <typename Cached>
    CachedProgramFactory(Cached&& cached_program, std::size_t program_factory_index)
        : cached_program{std::forward<Cached>(cached_program)}, program_factory_index{program_factory_index} {}
};

struct ProgramCache {
    bool contains(uint64_t program_hash) const { return cache_.contains(program_hash); }
    CachedProgramFactory& get(uint64_t program_hash) { return cache_.at(program_hash); }
    void insert(uint64_t program_hash, CachedProgramFactory&& program) {
        cache_.insert({program_hash, std::move(program)});
    }

    void enable() { enabled_ = true; }
    void disable() { enabled_ = false; }
    bool is_enabled() const { return enabled_; }
    void set_cache_misses_allowed(bool allowed) { misses_allowed_ = allowed; }
    bool cache_misses_allowed() const { return misses_allowed_; }
    void clear() { cache_.clear(); }
    std::size_t num_entries() const { return cache_.size(); }

private:
    bool enabled_ = true;
    bool misses_allowed_ = true;
    std::unordered_map<uint64_t, CachedProgramFactory> cache_;
};

}  // namespace tt::tt_metal::program_cache::detail
