// TensorAccessor: NoC addresses of the pages and shards of a tensor, interleaved or sharded, from the arguments that
// the host's TensorAccessorArgs appended.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>
#include <type_traits>
#include <utility>

#include <api/debug/assert.h>
#include <api/tensor/page.h>
#include <api/tensor/pages_address_iterator.h>
#include <api/tensor/shard_pages_address_iterator.h>
#include <api/tensor/tensor_accessor_args.h>
#include <tessera/address_generators.h>
#include <tessera/distribution.h>

namespace tensor_accessor {

/// NoC address of byte 0 of a DRAM bank.
inline uint64_t get_dram_bank_base_offset(uint32_t bank_id, uint8_t noc) {
    return get_noc_addr_from_bank_id<true>(bank_id, 0, noc);
}

}  // namespace tensor_accessor

/// A sharded tensor. Pages and coordinates count pages, not elements.
template <typename DSpecT>
struct TensorAccessor {
    using DSpec = DSpecT;
    static constexpr bool is_dram = DSpec::is_dram;

    /// A bank and a page in it.
    struct PageMapping {
        std::size_t bank_id;
        std::size_t bank_page_offset;
    };

    constexpr explicit TensorAccessor(const DSpec& dspec, std::size_t bank_base_address_in, uint32_t page_size_in = 0)
        : dspec_(dspec), bank_base_address(bank_base_address_in), page_size(page_size_in) {}

    explicit TensorAccessor(std::size_t bank_base_address_in = 0, uint32_t page_size_in = 0)
        requires(DSpec::is_static)
        : bank_base_address(bank_base_address_in), page_size(page_size_in) {}

    /// page_size is the distance of pages in a bank, in bytes; left out, it is the buffer's aligned page size.
    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>& args, std::size_t bank_base_address_in,
                   uint32_t page_size_in = TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>::AlignedPageSize)
        : dspec_(make_dspec(args)), bank_base_address(bank_base_address_in), page_size(page_size_in) {}

    constexpr const DSpec& dspec() const { return dspec_; }
    constexpr DSpec& dspec() { return dspec_; }
    uint32_t get_aligned_page_size() const { return page_size; }

    /// NoC address of byte `offset` of a page, given by its row-major index or by its coordinates.
    FORCE_INLINE uint64_t get_noc_addr(const uint32_t page_id, const uint32_t offset = 0,
                                       uint8_t noc = tessera::this_noc()) const {
        return get_noc_addr(get_bank_and_offset(page_id), offset, noc, page_id);
    }
    template <tensor_accessor::detail::Subscriptable Coordinates>
    FORCE_INLINE uint64_t get_noc_addr(const Coordinates& page_coord, const uint32_t offset = 0,
                                       uint8_t noc = tessera::this_noc()) const {
        uint32_t page_id = 0;
        for (uint32_t i = 0; tsr_pages_watched != 0 && i < dspec_.rank(); ++i) {
            page_id += page_coord[i] * dspec_.tensor_strides()[i];
        }
        return get_noc_addr(get_bank_and_offset(page_coord), offset, noc, page_id);
    }

    /// NoC address of byte `offset` of a shard, given by its row-major index in the grid of shards or its coordinates.
    FORCE_INLINE uint64_t get_shard_noc_addr(const uint32_t shard_id, const uint32_t offset = 0,
                                             uint8_t noc = tessera::this_noc()) const {
        return get_noc_addr(first_page_of_shard(shard_id), offset, noc);
    }
    template <tensor_accessor::detail::Subscriptable Coordinates>
    FORCE_INLINE uint64_t get_shard_noc_addr(const Coordinates& shard_coord, const uint32_t offset = 0,
                                             uint8_t noc = tessera::this_noc()) const {
        uint32_t shard_id = 0;
        for (uint32_t i = 0; i < dspec_.rank(); ++i) {
            ASSERT(shard_coord[i] < dspec_.shard_grid()[i]);
            shard_id += shard_coord[i] * dspec_.shard_grid_strides()[i];
        }
        return get_shard_noc_addr(shard_id, offset, noc);
    }

    PageMapping get_bank_and_offset(uint32_t page_id) const {
        if (page_id >= dspec_.tensor_volume()) [[unlikely]] {
            tsr_error("page-out-of-range", "TensorAccessor is asked for a page that its tensor does not have",
                      "check the page id against the tensor's number of pages");
        }
        typename DSpec::Shape coord = {};
        for (uint32_t i = dspec_.rank(); i-- > 0;) {
            coord[i] = page_id % dspec_.tensor_shape()[i];
            page_id /= dspec_.tensor_shape()[i];
        }
        return get_bank_and_offset(coord);
    }
    template <tensor_accessor::detail::Subscriptable Coordinates>
    PageMapping get_bank_and_offset(const Coordinates& page_coord) const {
        std::size_t shard = 0;
        std::size_t page_in_shard = 0;
        for (uint32_t i = 0; i < dspec_.rank(); ++i) {
            ASSERT(page_coord[i] < dspec_.tensor_shape()[i]);
            shard += page_coord[i] / dspec_.shard_shape()[i] * dspec_.shard_grid_strides()[i];
            page_in_shard += page_coord[i] % dspec_.shard_shape()[i] * dspec_.shard_strides()[i];
        }
        PageMapping mapping = first_page_of_shard(static_cast<uint32_t>(shard));
        mapping.bank_page_offset += page_in_shard;
        return mapping;
    }

    // Whether something lies in this core's own L1.
    FORCE_INLINE bool is_local_bank(uint32_t virtual_x, uint32_t virtual_y, uint8_t noc = tessera::this_noc()) const {
        return virtual_x == my_x[noc] && virtual_y == my_y[noc];
    }
    FORCE_INLINE bool is_local_addr(const uint64_t noc_addr, uint8_t noc = tessera::this_noc()) const {
        return is_local_bank(NOC_UNICAST_ADDR_X(noc_addr), NOC_UNICAST_ADDR_Y(noc_addr), noc);
    }
    FORCE_INLINE bool is_local_page(const uint32_t page_id, uint8_t noc = tessera::this_noc()) const {
        return is_local_mapping(get_bank_and_offset(page_id), noc);
    }
    FORCE_INLINE bool is_local_shard(const uint32_t shard_id, uint8_t noc = tessera::this_noc()) const {
        return is_local_mapping(first_page_of_shard(shard_id), noc);
    }

    /// The pages of one shard that lie in the tensor, from start_page_offset to before end_page_offset (0: all).
    tensor_accessor::ShardPages<TensorAccessor> shard_pages(uint32_t shard_id, uint32_t start_page_offset = 0,
                                                            uint32_t end_page_offset = 0,
                                                            uint8_t noc = tessera::this_noc()) const {
        static_assert(DSpec::has_static_rank, "TensorAccessor::shard_pages needs the rank as a compile-time argument");
        return {*this, shard_id, start_page_offset,
                end_page_offset != 0 ? end_page_offset : static_cast<uint32_t>(dspec_.shard_volume()), noc};
    }

    /// All pages of the tensor in row-major order, from start_page_id to before end_page_id (0: all).
    tensor_accessor::Pages<TensorAccessor> pages(uint32_t start_page_id = 0, uint32_t end_page_id = 0,
                                                 uint8_t noc = tessera::this_noc()) const {
        return {*this, start_page_id, end_page_id != 0 ? end_page_id : static_cast<uint32_t>(dspec_.tensor_volume()),
                noc};
    }

private:
    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    static DSpec make_dspec(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>& args) {
        if constexpr (DSpec::is_static) {
            return DSpec{};
        } else {
            return DSpec(args);
        }
    }
    FORCE_INLINE PageMapping first_page_of_shard(uint32_t shard_id) const {
        return {shard_id % dspec_.num_banks(), shard_id / dspec_.num_banks() * dspec_.shard_volume()};
    }
    FORCE_INLINE bool is_local_mapping(const PageMapping& mapping, uint8_t noc) const {
        const uint16_t xy = dspec_.packed_xy_coords()[mapping.bank_id];
        return !is_dram && is_local_bank(xy >> 8, xy & 0xFF, noc);
    }
    FORCE_INLINE uint64_t get_noc_addr(const PageMapping& mapping, const uint32_t offset, uint8_t noc,
                                       uint32_t page_id = ~0u) const {
        const uint16_t xy = dspec_.packed_xy_coords()[mapping.bank_id];
        const uint64_t bank =
            is_dram ? tensor_accessor::get_dram_bank_base_offset(xy >> 8, noc) : NOC_XY_ADDR(xy >> 8, xy & 0xFF, 0);
        const uint64_t noc_addr = bank + bank_base_address + mapping.bank_page_offset * page_size + offset;
        if (tsr_pages_watched != 0) {
            tsr_page(noc_addr, page_id, (is_dram ? 3u << 30 : 1u << 30) | xy, static_cast<uint32_t>(bank_base_address),
                     static_cast<uint32_t>(mapping.bank_page_offset * page_size), page_size,
                     static_cast<uint32_t>(dspec_.tensor_volume()));
        }
        return noc_addr;
    }

    [[no_unique_address]] DSpec dspec_;

public:
    const std::size_t bank_base_address = 0;
    const uint32_t page_size = 0;

    friend class tensor_accessor::ShardPagesAddressIterator<TensorAccessor>;
};

/// An interleaved tensor: an address generator that knows where its tensor is.
template <uint32_t RankCT, uint32_t NumBanksCT, typename TensorShapeWrapper, typename ShardShapeWrapper,
          typename BankCoordsWrapper, bool IsDram>
struct TensorAccessor<tensor_accessor::DistributionSpec<RankCT, NumBanksCT, TensorShapeWrapper, ShardShapeWrapper,
                                                        BankCoordsWrapper, true, IsDram>>
    : public InterleavedAddrGen<IsDram> {
    using DSpec = tensor_accessor::DistributionSpec<RankCT, NumBanksCT, TensorShapeWrapper, ShardShapeWrapper,
                                                    BankCoordsWrapper, true, IsDram>;

    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, std::size_t bank_base_address_in,
                   uint32_t page_size_in = TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>::AlignedPageSize)
        : InterleavedAddrGen<IsDram>(
              {.bank_base_address = static_cast<uint32_t>(bank_base_address_in), .page_size = page_size_in}) {
        if (page_size_in == 0) [[unlikely]] {
            tsr_error("accessor-page-size", "TensorAccessor of an interleaved tensor without a page size",
                      "pass the page size as the third argument");
        }
    }

    constexpr explicit TensorAccessor(const DSpec&, std::size_t bank_base_address_in, uint32_t page_size_in = 0)
        : InterleavedAddrGen<IsDram>(
              {.bank_base_address = static_cast<uint32_t>(bank_base_address_in), .page_size = page_size_in}) {}

    uint32_t get_aligned_page_size() const { return this->aligned_page_size; }

    /// Pages from start_page_id to before end_page_id; the accessor itself does not know how many there are.
    tensor_accessor::Pages<TensorAccessor> pages(uint32_t start_page_id, uint32_t end_page_id,
                                                 uint8_t noc = tessera::this_noc()) const {
        return {*this, start_page_id, end_page_id, noc};
    }

    // Shards and locality exist for sharded tensors only; asking is a compile error that says so.
    template <class... Arguments>
    bool is_local_bank(Arguments...) const {
        return sharded_only<sizeof...(Arguments) == ~0u>();
    }
    template <class... Arguments>
    bool is_local_addr(Arguments...) const {
        return sharded_only<sizeof...(Arguments) == ~0u>();
    }
    template <class... Arguments>
    bool is_local_page(Arguments...) const {
        return sharded_only<sizeof...(Arguments) == ~0u>();
    }
    template <class... Arguments>
    bool is_local_shard(Arguments...) const {
        return sharded_only<sizeof...(Arguments) == ~0u>();
    }
    template <class... Arguments>
    tensor_accessor::ShardPages<TensorAccessor> shard_pages(Arguments...) const {
        sharded_only<sizeof...(Arguments) == ~0u>();
    }

private:
    template <bool Never>
    static bool sharded_only() {
        static_assert(Never, "this member of TensorAccessor needs a sharded tensor, and this one is interleaved");
        return false;
    }
};

namespace tensor_accessor::detail {

template <class Args>
struct DistributionOf {
    using TensorShape =
        typename WordsFromArguments<Args::is_sharded && !Args::tensor_shape_is_crta, Args::TensorShapeCTAOffset,
                                    std::make_index_sequence<Args::RankCT>>::type;
    using ShardShape =
        typename WordsFromArguments<Args::is_sharded && !Args::shard_shape_is_crta, Args::ShardShapeCTAOffset,
                                    std::make_index_sequence<Args::RankCT>>::type;
    using BankCoords =
        typename HalvesFromArguments<Args::is_sharded && !Args::bank_coords_is_crta, Args::BankCoordsCTAOffset,
                                     std::make_index_sequence<Args::NumBanksCT>>::type;
    using type = DistributionSpec<Args::RankCT, Args::NumBanksCT, TensorShape, ShardShape, BankCoords,
                                  !Args::is_sharded, Args::is_dram>;
};

}  // namespace tensor_accessor::detail

template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, std::size_t, uint32_t) -> TensorAccessor<
    typename tensor_accessor::detail::DistributionOf<TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>>::type>;
template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
TensorAccessor(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>&, std::size_t) -> TensorAccessor<
    typename tensor_accessor::detail::DistributionOf<TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>>::type>;

template <uint32_t RankCT, uint32_t NumBanksCT, typename TensorShapeWrapper, typename ShardShapeWrapper,
          typename BankCoordsWrapper, bool IsInterleaved, bool IsDram>
TensorAccessor(tensor_accessor::DistributionSpec<RankCT, NumBanksCT, TensorShapeWrapper, ShardShapeWrapper,
                                                 BankCoordsWrapper, IsInterleaved, IsDram>,
               std::size_t, uint32_t)
    -> TensorAccessor<tensor_accessor::DistributionSpec<RankCT, NumBanksCT, TensorShapeWrapper, ShardShapeWrapper,
                                                        BankCoordsWrapper, IsInterleaved, IsDram>>;

namespace tensor_accessor::detail {

template <typename... Args, uint32_t... Indexes>
auto make_tensor_accessor_tuple(const std::tuple<Args...>& args, uint32_t address_rt_arg_index_start,
                                uint32_t page_size_ct_arg_index_start, std::integer_sequence<uint32_t, Indexes...>) {
    using Tag = std::conditional_t<sizeof...(Args) == ~0u, int, void>;
    return std::make_tuple(
        TensorAccessor(std::get<Indexes>(args), get_arg_val<uint32_t>(address_rt_arg_index_start + Indexes),
                       tessera::KernelConfig<Tag>::compile_args[page_size_ct_arg_index_start + Indexes])...);
}

}  // namespace tensor_accessor::detail

/// One accessor for each of `args`: base addresses from consecutive runtime arguments, page sizes from consecutive
/// compile-time arguments.
template <typename... Args>
auto make_tensor_accessor_tuple(const std::tuple<Args...>& args, uint32_t address_rt_arg_index_start,
                                uint32_t page_size_ct_arg_index_start) {
    return tensor_accessor::detail::make_tensor_accessor_tuple(args, address_rt_arg_index_start,
                                                               page_size_ct_arg_index_start,
                                                               std::make_integer_sequence<uint32_t, sizeof...(Args)>());
}

/// Any accessor behind one type, for arrays of accessors. The accessor must outlive it.
class AbstractTensorAccessorWrapper {
public:
    AbstractTensorAccessorWrapper() = default;
    template <typename Accessor>
    AbstractTensorAccessorWrapper(const Accessor& accessor)
        : accessor_(&accessor), get_noc_addr_([](const void* self, uint32_t page, uint32_t offset, uint8_t noc) {
              return static_cast<const Accessor*>(self)->get_noc_addr(page, offset, noc);
          }) {}

    uint64_t get_noc_addr(uint32_t page_idx, uint32_t offset = 0, uint8_t noc = tessera::this_noc()) const {
        return get_noc_addr_(accessor_, page_idx, offset, noc);
    }

private:
    const void* accessor_ = nullptr;
    uint64_t (*get_noc_addr_)(const void*, uint32_t, uint32_t, uint8_t) = nullptr;
};

/// Wrappers for all accessors of a tuple, which must outlive them.
template <typename... Accessors>
auto make_abstract_tensor_accessor_wrappers(const std::tuple<Accessors...>& accessors) {
    return std::apply(
        [](const auto&... each) { return std::array<AbstractTensorAccessorWrapper, sizeof...(Accessors)>{each...}; },
        accessors);
}

/// A tensor as the end of an object-style transfer, addressed by pages.
template <typename Accessor>
struct PageView {
    const Accessor& accessor;
    explicit PageView(const Accessor& acc) : accessor(acc) {}
    uint64_t get_noc_addr(uint32_t page_id, uint32_t offset, uint8_t noc) const {
        return accessor.get_noc_addr(page_id, offset, noc);
    }
};

/// A tensor as the end of an object-style transfer, addressed by shards.
template <typename Accessor>
struct ShardView {
    const Accessor& accessor;
    explicit ShardView(const Accessor& acc) : accessor(acc) {}
    bool is_local_shard(uint32_t shard_id, uint8_t noc) const { return accessor.is_local_shard(shard_id, noc); }
    uint64_t get_noc_addr(uint32_t shard_id, uint32_t offset, uint8_t noc) const {
        return accessor.get_shard_noc_addr(shard_id, offset, noc);
    }
};

#include <tessera/configured.h>
