#include <tile/device/program.h>

namespace tessera::tile::device {

std::string_view name_of(Role role) {
    switch (role) {
        case Role::Reader:
            return "reader";
        case Role::Compute:
            return "compute";
        case Role::Writer:
            return "writer";
    }
    return "reader";
}

std::pair<uint32_t, uint32_t> core_of_shard(const Tensor& tensor, int64_t row, int64_t column, uint32_t grid_x,
                                            uint32_t grid_y) {
    const auto at = [](int64_t x, int64_t y) { return std::pair(static_cast<uint32_t>(x), static_cast<uint32_t>(y)); };
    const int64_t number = row * tensor.shard_grid.at(1) + column;
    if (!tensor.in_l1) {
        return at(number, 0);
    }
    if (tensor.shard_grid.at(0) > 1 && tensor.shard_grid.at(1) > 1) {
        return tensor.shards_by_column ? at(row, column) : at(column, row);
    }
    return tensor.shards_by_column ? at(number / grid_y, number % grid_y) : at(number % grid_x, number / grid_x);
}

}  // namespace tessera::tile::device
