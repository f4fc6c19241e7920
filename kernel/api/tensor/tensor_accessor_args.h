// TensorAccessorArgs: finds what the host appended about a tensor among the compile-time and common runtime arguments.
// The encoding is described in <hostdevcommon/tensor_accessor/arg_config.hpp>.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <utility>

#include <tessera/args.h>
#include <hostdevcommon/tensor_accessor/arg_config.hpp>

namespace tensor_accessor {

constexpr std::size_t MAX_RANK = 8;
/// An offset that is not known at compile time.
constexpr std::size_t UNKNOWN = std::numeric_limits<std::size_t>::max();

}  // namespace tensor_accessor

/// Arguments that start at compile-time argument CTA_OFFSET and, if the host passed some at run time, at common runtime
/// argument CRTA_OFFSET (or the one given to the constructor).
template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET = tensor_accessor::UNKNOWN>
struct TensorAccessorArgs {
private:
    using Config = tensor_accessor::ArgConfig;
    static constexpr uint32_t config_word = get_ct_arg<CTA_OFFSET>();

    // A compile-time argument that is there only if `Present`.
    template <bool Present, uint32_t Index>
    static constexpr uint32_t optional_argument() {
        if constexpr (Present) {
            return get_ct_arg<Index>();
        } else {
            return 0;
        }
    }

public:
    static constexpr tensor_accessor::ArgsConfig args_config{static_cast<uint8_t>(config_word & 0x7F)};
    static constexpr bool is_sharded = args_config.test(Config::Sharded);
    static constexpr bool is_dram = args_config.test(Config::IsDram);
    static constexpr bool rank_is_crta = args_config.test(Config::RuntimeRank);
    static constexpr bool num_banks_is_crta = args_config.test(Config::RuntimeNumBanks);
    static constexpr bool tensor_shape_is_crta = args_config.test(Config::RuntimeTensorShape);
    static constexpr bool shard_shape_is_crta = args_config.test(Config::RuntimeShardShape);
    static constexpr bool bank_coords_is_crta = args_config.test(Config::RuntimeBankCoords);

    static_assert(!is_sharded || !rank_is_crta || (tensor_shape_is_crta && shard_shape_is_crta),
                  "TensorAccessorArgs: with a runtime rank the tensor and shard shapes must be runtime too");
    static_assert(!is_sharded || !num_banks_is_crta || bank_coords_is_crta,
                  "TensorAccessorArgs: with a runtime number of banks their coordinates must be runtime too");

    /// Bytes from one page of the buffer to the next in its bank; 0 if the host did not say.
    static constexpr uint32_t AlignedPageSize = (config_word >> 8) * 16;
    static constexpr uint32_t get_aligned_page_size() { return AlignedPageSize; }

    static constexpr uint32_t RankCTAOffset = CTA_OFFSET + 1;
    static constexpr uint32_t NumBanksCTAOffset = RankCTAOffset + (rank_is_crta ? 0 : 1);
    static constexpr uint32_t RankCT = optional_argument<is_sharded && !rank_is_crta, RankCTAOffset>();
    static constexpr uint32_t NumBanksCT = optional_argument<is_sharded && !num_banks_is_crta, NumBanksCTAOffset>();
    static constexpr uint32_t PhysicalNumBanksCT = (NumBanksCT + 1) / 2;
    static_assert(!is_sharded || rank_is_crta || RankCT > 0,
                  "TensorAccessorArgs: a sharded tensor has a rank above zero");
    static_assert(!is_sharded || num_banks_is_crta || NumBanksCT > 0, "TensorAccessorArgs: a sharded tensor has banks");

    static constexpr uint32_t TensorShapeCTAOffset = NumBanksCTAOffset + (num_banks_is_crta ? 0 : 1);
    static constexpr uint32_t ShardShapeCTAOffset = TensorShapeCTAOffset + (tensor_shape_is_crta ? 0 : RankCT);
    static constexpr uint32_t BankCoordsCTAOffset = ShardShapeCTAOffset + (shard_shape_is_crta ? 0 : RankCT);
    static constexpr uint32_t NumArgsCT =
        is_sharded ? BankCoordsCTAOffset + (bank_coords_is_crta ? 0 : PhysicalNumBanksCT) - CTA_OFFSET : 1;

    constexpr TensorAccessorArgs() = default;
    constexpr explicit TensorAccessorArgs(uint32_t crta_offset) : crta_offset_(crta_offset) {
        static_assert(CRTA_OFFSET == tensor_accessor::UNKNOWN,
                      "TensorAccessorArgs: the offset of the common runtime arguments is already a template argument");
    }

    constexpr uint32_t crta_offset() const {
        return CRTA_OFFSET == tensor_accessor::UNKNOWN ? crta_offset_ : static_cast<uint32_t>(CRTA_OFFSET);
    }

    constexpr uint32_t get_rank() const {
        if constexpr (rank_is_crta) {
            return get_common_arg_val<uint32_t>(rank_crta_offset());
        } else {
            return RankCT;
        }
    }
    constexpr uint32_t get_num_banks() const {
        if constexpr (num_banks_is_crta) {
            return get_common_arg_val<uint32_t>(num_banks_crta_offset());
        } else {
            return NumBanksCT;
        }
    }
    /// Argument words that the bank coordinates take: two a word.
    constexpr uint32_t get_physical_num_banks() const { return (get_num_banks() + 1) / 2; }

    // Where each runtime item stands, as an index into the common runtime arguments.
    constexpr uint32_t rank_crta_offset() const { return crta_offset(); }
    constexpr uint32_t num_banks_crta_offset() const { return rank_crta_offset() + (rank_is_crta ? 1 : 0); }
    constexpr uint32_t tensor_shape_crta_offset() const {
        return num_banks_crta_offset() + (num_banks_is_crta ? 1 : 0);
    }
    constexpr uint32_t shard_shape_crta_offset() const {
        return tensor_shape_crta_offset() + (tensor_shape_is_crta ? get_rank() : 0);
    }
    constexpr uint32_t bank_coords_crta_offset() const {
        return shard_shape_crta_offset() + (shard_shape_is_crta ? get_rank() : 0);
    }

    static constexpr uint32_t num_compile_time_args() { return NumArgsCT; }
    static constexpr uint32_t next_compile_time_args_offset() { return CTA_OFFSET + NumArgsCT; }
    constexpr uint32_t num_common_runtime_args() const {
        if constexpr (is_sharded) {
            return bank_coords_crta_offset() + (bank_coords_is_crta ? get_physical_num_banks() : 0) - crta_offset();
        } else {
            return 0;
        }
    }
    constexpr uint32_t next_common_runtime_args_offset() const { return crta_offset() + num_common_runtime_args(); }

private:
    uint32_t crta_offset_ = 0;
};

namespace tensor_accessor::detail {

/// Where the arguments of tensor TENSOR_IDX start, if those of tensor 0 start at CTA_OFFSET and all follow one another.
template <uint32_t TENSOR_IDX, uint32_t CTA_OFFSET>
constexpr uint32_t get_tensor_accessor_args_cta_offset() {
    if constexpr (TENSOR_IDX == 0) {
        return CTA_OFFSET;
    } else {
        return get_tensor_accessor_args_cta_offset<TENSOR_IDX - 1,
                                                   TensorAccessorArgs<CTA_OFFSET>::next_compile_time_args_offset()>();
    }
}

template <uint32_t CTA_OFFSET, uint32_t... INDEXES>
constexpr auto get_tensor_accessor_args_cta_offsets(std::integer_sequence<uint32_t, INDEXES...>) {
    return std::integer_sequence<uint32_t, get_tensor_accessor_args_cta_offset<INDEXES, CTA_OFFSET>()...>();
}

template <uint32_t... CTA_OFFSETS>
constexpr auto make_tensor_accessor_args_tuple_from_cta_offsets(std::integer_sequence<uint32_t, CTA_OFFSETS...>) {
    return std::make_tuple(TensorAccessorArgs<CTA_OFFSETS>()...);
}

}  // namespace tensor_accessor::detail

/// The arguments of NUM_TENSORS tensors that follow one another from CTA_OFFSET.
template <uint32_t NUM_TENSORS, uint32_t CTA_OFFSET>
constexpr auto make_tensor_accessor_args_tuple() {
    return tensor_accessor::detail::make_tensor_accessor_args_tuple_from_cta_offsets(
        tensor_accessor::detail::get_tensor_accessor_args_cta_offsets<CTA_OFFSET>(
            std::make_integer_sequence<uint32_t, NUM_TENSORS>()));
}
