// How a sharded tensor's pages are spread over banks, with every quantity a compile-time constant where the host passed
// it at compile time. Shard s of a row-major grid of shards lies in bank s % banks, as that bank's shard s / banks; a
// page's place in its shard is row-major.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <api/tensor/tensor_accessor_args.h>

namespace tensor_accessor {

namespace detail {

/// A view of values that live elsewhere (runtime arguments, or the owner's own arrays).
template <typename T>
struct Span {
    T* data_ = nullptr;
    std::size_t size_ = 0;

    constexpr Span() = default;
    constexpr Span(T* data, std::size_t size) : data_(data), size_(size) {}
    constexpr T& operator[](std::size_t index) const { return data_[index]; }
    constexpr T* begin() const { return data_; }
    constexpr T* end() const { return data_ + size_; }
    constexpr std::size_t size() const { return size_; }
};

template <typename T>
concept Subscriptable = requires(const T& value) { value[std::size_t{0}]; };

}  // namespace detail

/// Values known at compile time.
template <typename T, T... Elements>
struct ArrayStaticWrapper {
    static constexpr bool is_static = true;
    static constexpr uint32_t size = sizeof...(Elements);
    static constexpr std::array<T, size> elements = {Elements...};
};
template <uint32_t... Elements>
using ArrayStaticWrapperU32 = ArrayStaticWrapper<uint32_t, Elements...>;
template <uint16_t... Elements>
using ArrayStaticWrapperU16 = ArrayStaticWrapper<uint16_t, Elements...>;

/// Values known at run time.
struct ArrayDynamicWrapper {
    static constexpr bool is_static = false;
    static constexpr uint32_t size = static_cast<uint32_t>(-1);
    static constexpr std::array<uint32_t, 0> elements = {};
};

namespace detail {

template <bool Static, uint32_t Start, class Indices>
struct WordsFromArguments {
    using type = ArrayDynamicWrapper;
};
template <uint32_t Start, std::size_t... I>
struct WordsFromArguments<true, Start, std::index_sequence<I...>> {
    using type = ArrayStaticWrapperU32<get_ct_arg<Start + I>()...>;
};

template <bool Static, uint32_t Start, class Indices>
struct HalvesFromArguments {
    using type = ArrayDynamicWrapper;
};
template <uint32_t Start, std::size_t... I>
struct HalvesFromArguments<true, Start, std::index_sequence<I...>> {
    using type = ArrayStaticWrapperU16<static_cast<uint16_t>(get_ct_arg<Start + I / 2>() >> (I % 2 * 16))...>;
};

}  // namespace detail

/// RankCT and NumBanksCT are 0 where they are runtime values.
template <uint32_t RankCT = 0, uint32_t NumBanksCT = 0, typename TensorShapeWrapper = ArrayDynamicWrapper,
          typename ShardShapeWrapper = ArrayDynamicWrapper, typename BankCoordsWrapper = ArrayDynamicWrapper,
          bool IsInterleaved = false, bool IsDram = false>
struct DistributionSpec {
    static constexpr bool has_static_rank = RankCT != 0;
    static constexpr bool has_static_num_banks = NumBanksCT != 0;
    static constexpr bool tensor_shape_static = has_static_rank && TensorShapeWrapper::is_static;
    static constexpr bool shard_shape_static = has_static_rank && ShardShapeWrapper::is_static;
    static constexpr bool bank_coords_static = has_static_num_banks && BankCoordsWrapper::is_static;
    static constexpr bool shapes_static = tensor_shape_static && shard_shape_static;
    static constexpr bool is_static = shapes_static && bank_coords_static;
    static constexpr bool is_interleaved = IsInterleaved;
    static constexpr bool is_dram = IsDram;
    static constexpr uint32_t rank_ct = RankCT;
    static constexpr uint32_t num_banks_ct = NumBanksCT;

    /// Room for one number a dimension.
    using Shape = std::array<uint32_t, has_static_rank ? RankCT : MAX_RANK>;
    using ShapeStatic = std::array<uint32_t, RankCT>;
    using ShapeDynamic = detail::Span<uint32_t>;

    constexpr DistributionSpec()
        requires is_static
    = default;

    /// From the kernel's arguments.
    template <std::size_t CTA_OFFSET, std::size_t CRTA_OFFSET>
    explicit DistributionSpec(const TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>& args) {
        using Args = TensorAccessorArgs<CTA_OFFSET, CRTA_OFFSET>;
        rank_ = args.get_rank();
        num_banks_ = args.get_num_banks();
        if constexpr (Args::tensor_shape_is_crta) {
            read_common(tensor_shape_, args.tensor_shape_crta_offset());
        }
        if constexpr (Args::shard_shape_is_crta) {
            read_common(shard_shape_, args.shard_shape_crta_offset());
        }
        if constexpr (Args::bank_coords_is_crta) {
            bank_coords_ = {reinterpret_cast<const uint16_t*>(get_common_arg_addr(args.bank_coords_crta_offset())),
                            num_banks_};
        }
        compute();
    }

    /// From runtime values: shapes in pages, bank coordinates as x << 8 | y. They are copied, except the coordinates.
    DistributionSpec(uint32_t rank, uint32_t num_banks, const uint32_t* tensor_shape, const uint32_t* shard_shape,
                     const uint16_t* bank_coords)
        : rank_(rank), num_banks_(num_banks), bank_coords_{bank_coords, num_banks} {
        for (uint32_t i = 0; i < this->rank(); ++i) {
            tensor_shape_[i] = tensor_shape != nullptr ? tensor_shape[i] : 0;
            shard_shape_[i] = shard_shape != nullptr ? shard_shape[i] : 0;
        }
        compute();
    }

    FORCE_INLINE constexpr uint32_t rank() const { return has_static_rank ? RankCT : rank_; }
    FORCE_INLINE constexpr uint32_t num_banks() const { return has_static_num_banks ? NumBanksCT : num_banks_; }

    /// Shapes in pages, outermost dimension first.
    FORCE_INLINE constexpr const auto& tensor_shape() const {
        if constexpr (tensor_shape_static) {
            return TensorShapeWrapper::elements;
        } else {
            return tensor_shape_;
        }
    }
    FORCE_INLINE constexpr const auto& shard_shape() const {
        if constexpr (shard_shape_static) {
            return ShardShapeWrapper::elements;
        } else {
            return shard_shape_;
        }
    }
    /// Row-major strides in pages.
    FORCE_INLINE constexpr const auto& tensor_strides() const {
        if constexpr (tensor_shape_static) {
            return tensor_strides_ct;
        } else {
            return tensor_strides_;
        }
    }
    FORCE_INLINE constexpr const auto& shard_strides() const {
        if constexpr (shard_shape_static) {
            return shard_strides_ct;
        } else {
            return shard_strides_;
        }
    }
    /// Pages of the whole tensor and of one shard.
    FORCE_INLINE constexpr std::size_t tensor_volume() const {
        return tensor_shape_static ? volume(TensorShapeWrapper::elements, RankCT) : tensor_volume_;
    }
    FORCE_INLINE constexpr std::size_t shard_volume() const {
        return shard_shape_static ? volume(ShardShapeWrapper::elements, RankCT) : shard_volume_;
    }
    /// Shards along each dimension, and the row-major strides of that grid.
    FORCE_INLINE constexpr const auto& shard_grid() const {
        if constexpr (shapes_static) {
            return shard_grid_ct;
        } else {
            return shard_grid_;
        }
    }
    FORCE_INLINE constexpr const auto& shard_grid_strides() const {
        if constexpr (shapes_static) {
            return shard_grid_strides_ct;
        } else {
            return shard_grid_strides_;
        }
    }
    /// Coordinates of the banks: x << 8 | y.
    FORCE_INLINE constexpr const auto& packed_xy_coords() const {
        if constexpr (bank_coords_static) {
            return BankCoordsWrapper::elements;
        } else {
            return bank_coords_;
        }
    }

private:
    template <class Elements>
    static constexpr std::size_t volume(const Elements& shape, uint32_t rank) {
        std::size_t product = 1;
        for (uint32_t i = 0; i < rank && i < shape.size(); ++i) {
            product *= shape[i];
        }
        return product;
    }
    template <class Elements>
    static constexpr Shape strides(const Elements& shape, uint32_t rank) {
        Shape result = {};
        uint32_t stride = 1;
        for (uint32_t i = rank; i-- > 0;) {
            result[i] = stride;
            stride *= shape[i];
        }
        return result;
    }
    template <class Tensor, class Shard>
    static constexpr Shape grid(const Tensor& tensor, const Shard& shard, uint32_t rank) {
        Shape result = {};
        for (uint32_t i = 0; i < rank; ++i) {
            result[i] = (tensor[i] + shard[i] - 1) / shard[i];
        }
        return result;
    }
    static void read_common(Shape& shape, uint32_t argument, uint32_t count) {
        for (uint32_t i = 0; i < count; ++i) {
            shape[i] = get_common_arg_val<uint32_t>(argument + i);
        }
    }
    void read_common(Shape& shape, uint32_t argument) const { read_common(shape, argument, rank()); }

    void compute() {
        if constexpr (!IsInterleaved) {
            if (rank() > MAX_RANK) {
                tsr_error("tensor-rank", "a sharded tensor has more dimensions than TensorAccessor supports (8)",
                          "pass a shape of at most 8 dimensions");
            }
            if constexpr (!tensor_shape_static) {
                tensor_strides_ = strides(tensor_shape(), rank());
                tensor_volume_ = volume(tensor_shape(), rank());
            }
            if constexpr (!shard_shape_static) {
                shard_strides_ = strides(shard_shape(), rank());
                shard_volume_ = volume(shard_shape(), rank());
            }
            if constexpr (!shapes_static) {
                shard_grid_ = grid(tensor_shape(), shard_shape(), rank());
                shard_grid_strides_ = strides(shard_grid_, rank());
            }
        }
    }

    // Only evaluated where the shapes are static.
    static constexpr Shape tensor_strides_ct = [] {
        if constexpr (tensor_shape_static) {
            return strides(TensorShapeWrapper::elements, RankCT);
        } else {
            return Shape{};
        }
    }();
    static constexpr Shape shard_strides_ct = [] {
        if constexpr (shard_shape_static) {
            return strides(ShardShapeWrapper::elements, RankCT);
        } else {
            return Shape{};
        }
    }();
    static constexpr Shape shard_grid_ct = [] {
        if constexpr (shapes_static) {
            return grid(TensorShapeWrapper::elements, ShardShapeWrapper::elements, RankCT);
        } else {
            return Shape{};
        }
    }();
    static constexpr Shape shard_grid_strides_ct = [] {
        if constexpr (shapes_static) {
            return strides(shard_grid_ct, RankCT);
        } else {
            return Shape{};
        }
    }();

    uint32_t rank_ = RankCT;
    uint32_t num_banks_ = NumBanksCT;
    Shape tensor_shape_ = {}, shard_shape_ = {}, tensor_strides_ = {}, shard_strides_ = {}, shard_grid_ = {},
          shard_grid_strides_ = {};
    std::size_t tensor_volume_ = 0, shard_volume_ = 0;
    detail::Span<const uint16_t> bank_coords_;
};

/// A placeholder for an interleaved tensor, which needs no distribution.
template <bool IsDram>
auto make_interleaved_dspec() {
    using None32 = ArrayStaticWrapper<uint32_t>;
    using None16 = ArrayStaticWrapper<uint16_t>;
    return DistributionSpec<0, 0, None32, None32, None16, true, IsDram>(0, 0, nullptr, nullptr, nullptr);
}

}  // namespace tensor_accessor
