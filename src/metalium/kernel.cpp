#include <tt-metalium/kernel.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>

#include <base/symbolize.h>
#include <fmt/core.h>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace {

DataMovementConfig data_movement(DataMovementProcessor processor, NOC noc, std::vector<uint32_t>& compile_args,
                                 std::map<std::string, std::string>& defines,
                                 std::unordered_map<std::string, uint32_t>& named_compile_args,
                                 KernelBuildOptLevel opt_level) {
    return {.processor = processor,
            .noc = noc,
            .noc_mode = NOC_MODE::DM_DEDICATED_NOC,
            .compile_args = std::move(compile_args),
            .defines = std::move(defines),
            .named_compile_args = std::move(named_compile_args),
            .opt_level = opt_level};
}

}  // namespace

ReaderDataMovementConfig::ReaderDataMovementConfig(std::vector<uint32_t> compile_args,
                                                   std::map<std::string, std::string> defines,
                                                   std::unordered_map<std::string, uint32_t> named_compile_args,
                                                   KernelBuildOptLevel opt_level)
    : DataMovementConfig(data_movement(DataMovementProcessor::RISCV_1, NOC::NOC_0, compile_args, defines,
                                       named_compile_args, opt_level)) {}

WriterDataMovementConfig::WriterDataMovementConfig(std::vector<uint32_t> compile_args,
                                                   std::map<std::string, std::string> defines,
                                                   std::unordered_map<std::string, uint32_t> named_compile_args,
                                                   KernelBuildOptLevel opt_level)
    : DataMovementConfig(data_movement(DataMovementProcessor::RISCV_0, NOC::NOC_1, compile_args, defines,
                                       named_compile_args, opt_level)) {}

namespace {

/// A name for a kernel without a file: two different sources have different ones.
std::string name_of_text(const std::string& text) {
    std::string name = fmt::format("string_kernel_{:04x}", std::hash<std::string>{}(text) & 0xFFFF);
    tessera::remember_source(name, text);
    return name;
}

}  // namespace

Kernel::Kernel(std::string source, bool from_string, CoreRangeSet cores, Config config)
    : name_(from_string ? name_of_text(source) : std::filesystem::path(source).stem().string()),
      source_(std::move(source)),
      from_string_(from_string),
      cores_(std::move(cores)),
      config_(std::move(config)) {
    size_t width = 0;
    size_t height = 0;
    for (const CoreRange& range : cores_.ranges()) {
        width = std::max<size_t>(width, range.end_coord.x + 1);
        height = std::max<size_t>(height, range.end_coord.y + 1);
        for (size_t x = range.start_coord.x; x <= range.end_coord.x; ++x) {
            for (size_t y = range.start_coord.y; y <= range.end_coord.y; ++y) {
                logical_cores_.insert(CoreCoord(x, y));
            }
        }
    }
    args_.assign(width, std::vector<std::vector<uint32_t>>(height));
    args_data_.assign(width, std::vector<RuntimeArgsData>(height));
}

const std::vector<uint32_t>& Kernel::compile_time_args() const {
    return std::visit([](const auto& config) -> const std::vector<uint32_t>& { return config.compile_args; }, config_);
}
const std::map<std::string, std::string>& Kernel::defines() const {
    return std::visit([](const auto& config) -> const std::map<std::string, std::string>& { return config.defines; },
                      config_);
}

std::vector<uint32_t>& Kernel::runtime_args(const CoreCoord& core) {
    TT_FATAL(core.x < args_.size() && core.y < args_[core.x].size(),
             "Cannot get runtime args for kernel {} that is not placed on core {}", name_, core.str());
    return args_[core.x][core.y];
}

RuntimeArgsData& Kernel::runtime_args_data(const CoreCoord& core) {
    TT_FATAL(core.x < args_.size() && core.y < args_[core.x].size(),
             "Cannot get runtime args for kernel {} that is not placed on core {}", name_, core.str());
    return args_data_[core.x][core.y];
}

void Kernel::check_count(std::size_t unique, std::size_t common, const std::string& where) const {
    TT_FATAL(unique + common <= max_runtime_args,
             "{} unique+common runtime args targeting kernel {} on {} are too large. Max allowable is {}",
             unique + common, name_, where, max_runtime_args);
}

void Kernel::set_runtime_args(const CoreCoord& core, stl::Span<const uint32_t> runtime_args) {
    TT_FATAL(is_on_logical_core(core), "Cannot set runtime args for kernel {} because it is not placed on core {}",
             name_, core.str());
    check_count(runtime_args.size(), common_args_.size(), core.str());
    std::vector<uint32_t>& args = args_[core.x][core.y];
    if (args.empty()) {
        args.assign(runtime_args.begin(), runtime_args.end());
        args_data_[core.x][core.y].rt_args_data = args.data();
        args_data_[core.x][core.y].rt_args_count = args.size();
        max_args_ = std::max(max_args_, args.size());
        ++generation_;
        return;
    }
    TT_FATAL(args.size() == runtime_args.size(),
             "Illegal Runtime Args on {}: Number of runtime args cannot be modified from {} to {}!", core.str(),
             args.size(), runtime_args.size());
    // In place: launches hold views of this memory.
    std::memmove(args.data(), runtime_args.data(), runtime_args.size_bytes());
}

void Kernel::set_common_runtime_args(stl::Span<const uint32_t> runtime_args) {
    TT_FATAL(common_args_.empty(),
             "Illegal Common Runtime Args: Can only set common runtime args once. Get and modify args in place "
             "instead.");
    check_count(max_args_, runtime_args.size(), "all cores");
    common_args_.assign(runtime_args.begin(), runtime_args.end());
    common_args_data_.rt_args_data = common_args_.data();
    common_args_data_.rt_args_count = common_args_.size();
    ++generation_;
}

}  // namespace tt::tt_metal
