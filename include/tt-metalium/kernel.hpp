// A kernel of a program, as detail::GetKernel hands it out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/kernel_types.hpp>
#include <tt-metalium/runtime_args_data.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal {

/// Source, cores, configuration and runtime arguments. Arguments may change between launches, the rest never.
class Kernel {
public:
    using Config = std::variant<DataMovementConfig, ComputeConfig>;

    Kernel(std::string source, bool from_string, CoreRangeSet cores, Config config);

    /// The file's name without folder and ending; "kernel" for one from a string.
    const std::string& name() const { return name_; }
    /// The path as given, or the source text.
    const std::string& source() const { return source_; }
    bool from_string() const { return from_string_; }
    const CoreRangeSet& core_range_set() const { return cores_; }
    const std::set<CoreCoord>& logical_cores() const { return logical_cores_; }
    bool is_on_logical_core(const CoreCoord& core) const { return logical_cores_.count(core) != 0; }
    const Config& config() const { return config_; }
    const std::vector<uint32_t>& compile_time_args() const;
    const std::map<std::string, std::string>& defines() const;

    std::vector<uint32_t>& runtime_args(const CoreCoord& logical_core);
    RuntimeArgsData& runtime_args_data(const CoreCoord& logical_core);
    std::vector<std::vector<RuntimeArgsData>>& runtime_args_data() { return args_data_; }
    const std::vector<uint32_t>& common_runtime_args() const { return common_args_; }
    RuntimeArgsData& common_runtime_args_data() { return common_args_data_; }
    void set_runtime_args(const CoreCoord& logical_core, stl::Span<const uint32_t> runtime_args);
    void set_common_runtime_args(stl::Span<const uint32_t> runtime_args);

    /// Counts the times that some argument got its first value, after which launches must look for it again.
    uint64_t args_generation() const { return generation_; }

private:
    void check_count(std::size_t unique, std::size_t common, const std::string& where) const;

    std::string name_;
    std::string source_;
    bool from_string_;
    CoreRangeSet cores_;
    std::set<CoreCoord> logical_cores_;
    Config config_;
    std::vector<std::vector<std::vector<uint32_t>>> args_;  ///< by x, then y
    std::vector<std::vector<RuntimeArgsData>> args_data_;
    std::vector<uint32_t> common_args_;
    RuntimeArgsData common_args_data_;
    std::size_t max_args_ = 0;
    uint64_t generation_ = 0;
};

}  // namespace tt::tt_metal
