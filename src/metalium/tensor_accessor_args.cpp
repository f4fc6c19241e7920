// The arguments of a kernel's tensor accessor.
#include <tt-metalium/tensor_accessor_args.hpp>

#include <optional>
#include <utility>

#include <tt-metalium/device.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

using tensor_accessor::ArgConfig;
using tensor_accessor::ArgsConfig;

namespace {

/// How pages are dealt to banks. A 2-D shard specification is the same as an N-dimensional one, except that height
/// sharding deals pages in order whatever the width of a shard.
std::optional<BufferDistributionSpec> distribution_of(const Buffer& buffer) {
    if (buffer.buffer_distribution_spec() || !buffer.has_shard_spec()) {
        return buffer.buffer_distribution_spec();
    }
    const ShardSpecBuffer spec = buffer.shard_spec();
    const auto shard = spec.shape_in_pages();
    const auto tensor = spec.tensor2d_shape_in_pages;
    auto cores = corerange_to_cores(spec.grid(), std::nullopt, spec.orientation() == ShardOrientation::ROW_MAJOR);
    if (buffer.buffer_layout() == TensorMemoryLayout::HEIGHT_SHARDED) {
        return BufferDistributionSpec(Shape({tensor[0] * tensor[1]}), Shape({shard[0] * shard[1]}), std::move(cores));
    }
    return BufferDistributionSpec(Shape(tensor), Shape(shard), std::move(cores));
}

}  // namespace

TensorAccessorArgs::TensorAccessorArgs(const Buffer* buffer, ArgsConfig args_config) : buffer_(buffer) {
    if (buffer == nullptr) {
        return;
    }
    // Only a sharded buffer has anything that could be a runtime argument.
    if (is_sharded(buffer->buffer_layout())) {
        args_config_ = args_config;
        args_config_.set(ArgConfig::Sharded);
    }
    args_config_.set(ArgConfig::IsDram, buffer->is_dram());
    if (args_config_.test(ArgConfig::RuntimeRank)) {
        TT_FATAL(args_config_.test(ArgConfig::RuntimeTensorShape) && args_config_.test(ArgConfig::RuntimeShardShape),
                 "If rank is runtime, tensor_shape and shard_shape must also be runtime");
    }
    if (args_config_.test(ArgConfig::RuntimeNumBanks)) {
        TT_FATAL(args_config_.test(ArgConfig::RuntimeBankCoords),
                 "If num_banks is runtime, bank_coords must also be runtime");
    }
}

TensorAccessorArgs::TensorAccessorArgs(const Buffer& buffer, ArgsConfig args_config)
    : TensorAccessorArgs(&buffer, args_config) {}
TensorAccessorArgs::TensorAccessorArgs(const std::shared_ptr<Buffer>& buffer, ArgsConfig args_config)
    : TensorAccessorArgs(buffer.get(), args_config) {}
TensorAccessorArgs::TensorAccessorArgs(const distributed::MeshBuffer* buffer, ArgsConfig args_config)
    : TensorAccessorArgs(buffer != nullptr ? buffer->get_reference_buffer() : nullptr, args_config) {}
TensorAccessorArgs::TensorAccessorArgs(const distributed::MeshBuffer& buffer, ArgsConfig args_config)
    : TensorAccessorArgs(&buffer, args_config) {}
TensorAccessorArgs::TensorAccessorArgs(const std::shared_ptr<distributed::MeshBuffer>& buffer, ArgsConfig args_config)
    : TensorAccessorArgs(buffer.get(), args_config) {}

TensorAccessorArgs TensorAccessorArgs::create_dram_interleaved() {
    TensorAccessorArgs args;
    args.args_config_ = ArgConfig::IsDram;
    return args;
}

TensorAccessorArgs TensorAccessorArgs::create_l1_interleaved() {
    return {};
}

void TensorAccessorArgs::append_sharded(std::vector<uint32_t>& args, bool runtime) const {
    if (!args_config_.test(ArgConfig::Sharded)) {
        return;
    }
    const auto spec = distribution_of(*buffer_);
    TT_FATAL(spec.has_value(), "Buffer must have a buffer distribution spec");
    const Shape& tensor_shape = spec->tensor_shape_in_pages();
    const Shape& shard_shape = spec->shard_shape_in_pages();
    const std::vector<CoreCoord>& banks = spec->cores();
    TT_FATAL(tensor_shape.rank() <= MAX_NUM_DIMENSIONS, "Rank must be less than or equal to {}", MAX_NUM_DIMENSIONS);

    const auto goes_here = [&](ArgConfig flag) { return args_config_.test(flag) == runtime; };
    if (goes_here(ArgConfig::RuntimeRank)) {
        args.push_back(static_cast<uint32_t>(tensor_shape.rank()));
    }
    if (goes_here(ArgConfig::RuntimeNumBanks)) {
        args.push_back(static_cast<uint32_t>(banks.size()));
    }
    if (goes_here(ArgConfig::RuntimeTensorShape)) {
        args.insert(args.end(), tensor_shape.cbegin(), tensor_shape.cend());
    }
    if (goes_here(ArgConfig::RuntimeShardShape)) {
        args.insert(args.end(), shard_shape.cbegin(), shard_shape.cend());
    }
    if (goes_here(ArgConfig::RuntimeBankCoords)) {
        // A DRAM bank stays logical: its x is the number from which the kernel finds the bank.
        for (size_t i = 0; i < banks.size(); ++i) {
            const CoreCoord bank =
                buffer_->is_dram() ? banks[i]
                                   : buffer_->device()->virtual_core_from_logical_core(banks[i], buffer_->core_type());
            const auto packed = static_cast<uint32_t>((bank.x & 0xff) << 8 | (bank.y & 0xff));
            if (i % 2 == 0) {
                args.push_back(packed);
            } else {
                args.back() |= packed << 16;
            }
        }
    }
}

std::vector<uint32_t> TensorAccessorArgs::get_compile_time_args() const {
    std::vector<uint32_t> args{
        tensor_accessor::pack_config_word(args_config_, buffer_ != nullptr ? buffer_->aligned_page_size() : 0)};
    append_sharded(args, false);
    return args;
}

std::vector<uint32_t> TensorAccessorArgs::get_common_runtime_args() const {
    std::vector<uint32_t> args;
    append_sharded(args, true);
    return args;
}

void TensorAccessorArgs::append_to(std::vector<uint32_t>& compile_time_args,
                                   std::vector<uint32_t>& common_runtime_args) const {
    const auto constants = get_compile_time_args();
    compile_time_args.insert(compile_time_args.end(), constants.begin(), constants.end());
    append_sharded(common_runtime_args, true);
}

void TensorAccessorArgs::append_to(std::vector<uint32_t>& compile_time_args) const {
    TT_FATAL((args_config_ & ArgConfig::Runtime).raw() == 0, "Common runtime arguments are required for ArgsConfig {}",
             args_config_.raw());
    const auto constants = get_compile_time_args();
    compile_time_args.insert(compile_time_args.end(), constants.begin(), constants.end());
}

}  // namespace tt::tt_metal
