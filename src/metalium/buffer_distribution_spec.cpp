// Shards of N-dimensional tensors, dealt to cores one after the other.
#include <tt-metalium/buffer_distribution_spec.hpp>

#include <algorithm>
#include <utility>

#include <tt-metalium/math.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace {

Shape in_pages(Shape shape, const Shape2D& page_shape) {
    const auto divide = [&](int32_t dim, size_t page) {
        TT_FATAL(page != 0, "A page must not be empty");
        shape[dim] = static_cast<uint32_t>(div_up(size_t{shape[dim]}, page));
    };
    if (shape.rank() >= 1) {
        divide(-1, page_shape.width());
    }
    if (shape.rank() >= 2) {
        divide(-2, page_shape.height());
    }
    return shape;
}

/// The cores that shards go to, in order. On a 2-D grid only as many columns and rows of it as there are shards across.
std::vector<CoreCoord> list_cores(const Shape& tensor, const Shape& shard, const CoreRangeSet& cores,
                                  ShardOrientation orientation, ShardDistributionStrategy strategy) {
    const bool row_major = orientation == ShardOrientation::ROW_MAJOR;
    if (strategy == ShardDistributionStrategy::ROUND_ROBIN_1D) {
        return corerange_to_cores(cores, std::nullopt, row_major);
    }
    TT_FATAL(shard.rank() <= 2, "2D grid distribution is only supported for 2D sharding!");
    TT_FATAL(cores.ranges().size() == 1, "2D grid distribution is only supported for one contiguous core grid!");
    const CoreRange& grid = cores.ranges().front();
    const uint64_t height = tensor.volume() == 0 ? 0 : tensor.volume() / tensor[-1];
    uint64_t across = std::max<uint64_t>(div_up(tensor[-1], shard[-1]), 1);
    uint64_t down = std::max<uint64_t>(div_up(height, uint64_t{shard[-2]}), 1);
    if (!row_major) {
        std::swap(across, down);
    }
    TT_FATAL(across <= grid.grid_size().x, "Number of shards along width must not exceed core grid width!");
    TT_FATAL(down <= grid.grid_size().y, "Number of shards along height must not exceed core grid height!");
    const CoreCoord end(grid.start_coord.x + across - 1, grid.start_coord.y + down - 1);
    return grid_to_cores(grid.start_coord, end, row_major);
}

}  // namespace

namespace detail {

UncompressedBufferPageMapping compute_page_mapping(const Shape& tensor_shape, const Shape& shard_shape,
                                                   const std::vector<CoreCoord>& cores) {
    UncompressedBufferPageMapping mapping;
    mapping.all_cores = cores;
    if (tensor_shape.volume() == 0) {
        return mapping;
    }
    const size_t rank = tensor_shape.rank();
    std::vector<size_t> shard_grid(rank);
    size_t num_shards = 1;
    for (size_t dim = 0; dim < rank; ++dim) {
        shard_grid[dim] = div_up(tensor_shape[static_cast<int32_t>(dim)], shard_shape[static_cast<int32_t>(dim)]);
        num_shards *= shard_grid[dim];
    }
    const size_t shard_pages = shard_shape.volume();
    mapping.core_host_page_indices.assign(
        cores.size(),
        std::vector<uint32_t>(div_up(num_shards, cores.size()) * shard_pages, UncompressedBufferPageMapping::PADDING));

    // Odometer over the tensor's pages in host order; each page's shard and place in it follow from its coordinates.
    std::vector<size_t> at(rank, 0);
    const auto pages = static_cast<uint32_t>(tensor_shape.volume());
    for (uint32_t page = 0; page < pages; ++page) {
        size_t shard = 0;
        size_t place = 0;
        for (size_t dim = 0; dim < rank; ++dim) {
            const size_t size = shard_shape[static_cast<int32_t>(dim)];
            shard = shard * shard_grid[dim] + at[dim] / size;
            place = place * size + at[dim] % size;
        }
        mapping.core_host_page_indices[shard % cores.size()][shard / cores.size() * shard_pages + place] = page;
        for (size_t dim = rank; dim-- > 0;) {
            if (++at[dim] < tensor_shape[static_cast<int32_t>(dim)]) {
                break;
            }
            at[dim] = 0;
        }
    }
    return mapping;
}

// Two neighbouring dimensions can be one where all inner dimensions are whole in a shard (then the outer index goes on
// where the inner ends), or where the outer's shard is 1 and the inner one divides evenly (then shards follow each
// other).
std::pair<Shape, Shape> squeeze_shape_ranks(const Shape& tensor_shape, const Shape& shard_shape) {
    const auto tensor_rank = static_cast<int32_t>(tensor_shape.rank());
    const auto shard_rank = static_cast<int32_t>(shard_shape.rank());
    TT_FATAL(tensor_rank >= shard_rank, "Tensor shape rank ({}) can't be less than shard shape rank ({})!", tensor_rank,
             shard_rank);
    ttsl::SmallVector<uint32_t> tensor;
    ttsl::SmallVector<uint32_t> shard;
    const uint64_t tensor_volume = tensor_shape.volume();
    const uint64_t shard_volume = shard_shape.volume();
    uint64_t tensor_so_far = 1;
    uint64_t shard_so_far = 1;
    bool inner_whole = false;
    bool inner_divides = false;
    for (int32_t dim = -1; dim >= -shard_rank; --dim) {
        const uint32_t tensor_size = tensor_shape[dim];
        const uint32_t shard_size = shard_shape[dim];
        if (dim < -1 && (inner_whole || (shard_size == 1 && inner_divides))) {
            tensor.back() *= tensor_size;
            shard.back() *= shard_size;
        } else {
            tensor.push_back(tensor_size);
            shard.push_back(shard_size);
            inner_whole = true;
        }
        inner_whole = inner_whole && tensor_size == shard_size;
        inner_divides = tensor_size % shard_size == 0;
        tensor_so_far *= tensor_size;
        shard_so_far *= shard_size;
        if (tensor_so_far == tensor_volume && shard_so_far == shard_volume) {
            break;
        }
    }
    for (int32_t dim = -shard_rank - 1; dim >= -tensor_rank; --dim) {
        tensor.back() *= tensor_shape[dim];
    }
    std::reverse(tensor.begin(), tensor.end());
    std::reverse(shard.begin(), shard.end());
    return {Shape(std::move(tensor)), Shape(std::move(shard))};
}

}  // namespace detail

BufferDistributionSpec BufferDistributionSpec::from_shard_spec(Shape tensor_shape, Shape shard_shape,
                                                               Shape2D page_shape, const CoreRangeSet& core_range_set,
                                                               ShardOrientation shard_orientation,
                                                               ShardDistributionStrategy shard_distribution_strategy) {
    return {in_pages(std::move(tensor_shape), page_shape), in_pages(std::move(shard_shape), page_shape), core_range_set,
            shard_orientation, shard_distribution_strategy};
}

BufferDistributionSpec::BufferDistributionSpec(const Shape& tensor_shape_in_pages, const Shape& shard_shape_in_pages,
                                               const CoreRangeSet& core_range_set, ShardOrientation shard_orientation,
                                               ShardDistributionStrategy shard_distribution_strategy) {
    TT_FATAL(shard_shape_in_pages.volume() != 0, "Shard shape must have non zero volume!");
    cores_ = list_cores(tensor_shape_in_pages, shard_shape_in_pages, core_range_set, shard_orientation,
                        shard_distribution_strategy);
    init(tensor_shape_in_pages, shard_shape_in_pages);
}

BufferDistributionSpec::BufferDistributionSpec(const Shape& tensor_shape_in_pages, const Shape& shard_shape_in_pages,
                                               std::vector<CoreCoord> cores)
    : cores_(std::move(cores)) {
    init(tensor_shape_in_pages, shard_shape_in_pages);
}

void BufferDistributionSpec::init(const Shape& tensor_shape_in_pages, const Shape& shard_shape_in_pages) {
    TT_FATAL(tensor_shape_in_pages.rank() >= 1, "Tensor rank must be at least 1!");
    TT_FATAL(shard_shape_in_pages.rank() >= 1, "Shard rank must be at least 1!");
    TT_FATAL(shard_shape_in_pages.volume() != 0, "Shard shape must have non zero volume!");
    TT_FATAL(tensor_shape_in_pages.volume() == 0 || !cores_.empty(),
             "Can't distribute non zero volume tensor over an empty set of cores");
    std::tie(tensor_shape_in_pages_, shard_shape_in_pages_) =
        detail::squeeze_shape_ranks(tensor_shape_in_pages, shard_shape_in_pages);
    shard_volume_ = shard_shape_in_pages_.volume();
    if (tensor_shape_in_pages_.volume() != 0) {
        num_shards_ = 1;
        for (int32_t dim = 0; dim < static_cast<int32_t>(tensor_shape_in_pages_.rank()); ++dim) {
            num_shards_ *= div_up(tensor_shape_in_pages_[dim], shard_shape_in_pages_[dim]);
        }
    }
    cores_with_data_.assign(cores_.begin(), cores_.begin() + static_cast<std::ptrdiff_t>(num_cores_with_data()));
    if (num_shards_ == 0) {
        return;
    }
    const auto cores_of = [](auto begin, auto end) {
        return begin == end ? CoreRangeSet() : CoreRangeSet(ttsl::Span<const CoreCoord>(begin, end));
    };
    const size_t each = num_shards_ / cores_.size();
    const auto more = static_cast<std::ptrdiff_t>(num_shards_ % cores_.size());
    core_groups_.cores_with_data = cores_of(cores_with_data_.begin(), cores_with_data_.end());
    if (more == 0) {
        core_groups_.cores_in_group_1 = core_groups_.cores_with_data;
        core_groups_.num_shards_per_core_in_group_1 = each;
        return;
    }
    core_groups_.cores_in_group_1 = cores_of(cores_.begin(), cores_.begin() + more);
    core_groups_.num_shards_per_core_in_group_1 = each + 1;
    core_groups_.num_shards_per_core_in_group_2 = each;
    if (each != 0) {
        core_groups_.cores_in_group_2 = cores_of(cores_.begin() + more, cores_.end());
    }
}

size_t BufferDistributionSpec::num_cores_with_data() const {
    return std::min(cores_.size(), num_shards_);
}

size_t BufferDistributionSpec::max_num_shards_per_core() const {
    return cores_.empty() ? 0 : div_up(num_shards_, cores_.size());
}

size_t BufferDistributionSpec::max_num_dev_pages_per_core() const {
    return max_num_shards_per_core() * shard_volume_;
}

size_t BufferDistributionSpec::num_shards_per_core(size_t core_idx) const {
    return num_shards_ / cores_.size() + (core_idx < num_shards_ % cores_.size() ? 1 : 0);
}

size_t BufferDistributionSpec::num_dev_pages_per_core(size_t core_idx) const {
    return num_shards_per_core(core_idx) * shard_volume_;
}

std::tuple<uint32_t, CoreRangeSet, CoreRangeSet, CoreRangeSet, uint32_t, uint32_t>
BufferDistributionSpec::core_groups_tuple() const {
    return {core_groups_.cores_with_data.num_cores(),
            core_groups_.cores_with_data,
            core_groups_.cores_in_group_1,
            core_groups_.cores_in_group_2,
            static_cast<uint32_t>(core_groups_.num_shards_per_core_in_group_1),
            static_cast<uint32_t>(core_groups_.num_shards_per_core_in_group_2)};
}

}  // namespace tt::tt_metal
