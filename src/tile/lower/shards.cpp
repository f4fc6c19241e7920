#include <tile/lower/shards.h>

#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include <tile/pass/normalise.h>
#include <tile/prove/verdicts.h>

namespace tessera::tile::lower {

namespace {

using device::Tensor;
using ir::Buffer;

/// Thrown where an annotation cannot be followed.
struct Unplaced {
    std::string message, help;
};

int64_t largest_divisor_of(int64_t of, int64_t most) {
    for (int64_t divisor = std::min(of, most); divisor > 1; --divisor) {
        if (of % divisor == 0) {
            return divisor;
        }
    }
    return 1;
}

class Placer {
public:
    Placer(const ir::Kernel& kernel, const arch::Chip& chip) : kernel_(kernel), chip_(chip) {}

    void place(const ir::ShardHints& hints, TensorPlan& plan) {
        Tensor& tensor = plan.tensor;
        const std::string& name = tensor.param->name;
        tensor.in_l1 = hints.placement == "L1";
        if (!tensor.in_l1 && hints.placement != "DRAM") {
            throw Unplaced{fmt::format("there is no placement \"{}\"", hints.placement), "DRAM and L1 are there"};
        }
        if (hints.order != "row_major" && hints.order != "column_major") {
            throw Unplaced{fmt::format("there is no order of shards \"{}\"", hints.order),
                           "row_major and column_major are there"};
        }
        tensor.shards_by_column = hints.order == "column_major";
        if (tensor.form == Tensor::Form::Words && (tensor.in_l1 || !hints.axes.empty())) {
            throw Unplaced{name + " is read as single numbers, which lie in DRAM in rows of words",
                           "leave its annotation out"};
        }
        if (hints.axes.empty()) {
            if (hints.rows || hints.columns || hints.grid) {
                throw Unplaced{"a shard has a size, but no axis is cut", "say axis=0, axis=1 or axis=(0, 1)"};
            }
            return;
        }
        const int64_t columns = plan.tile_columns();
        const int64_t rows = static_cast<int64_t>(tensor.pages) / columns;
        bool cuts_rows = false, cuts_columns = false;
        int row_axis = -1;
        for (const int64_t axis : hints.axes) {
            if (axis < 0 || axis >= static_cast<int64_t>(tensor.shape.size())) {
                throw Unplaced{fmt::format("{} has no dimension {}", name, axis),
                               fmt::format("it has {}", tensor.shape.size())};
            }
            if (axis == plan.column) {
                cuts_columns = true;
            } else if (const bool first = axis == (plan.outer.empty() ? plan.row : plan.outer.front()); first) {
                cuts_rows = true;
                row_axis = static_cast<int>(axis);
            } else {
                throw Unplaced{
                    fmt::format("dimension {} of {} does not run through its tiles from first to last", axis, name),
                    fmt::format("cut dimension {} or {}", plan.outer.empty() ? plan.row : plan.outer.front(),
                                plan.column)};
            }
        }
        if (!tensor.in_l1 && cuts_rows && cuts_columns) {
            throw Unplaced{"banks of DRAM stand in one row, and shards are cut along two dimensions",
                           "cut one dimension, or use placement=\"L1\""};
        }
        const int64_t row_unit = unit(tensor.param, row_axis, plan, rows);
        const int64_t column_unit = unit(tensor.param, plan.column, plan, columns);
        const bool block = cuts_rows && cuts_columns;
        const int64_t places =
            tensor.in_l1 ? int64_t{chip_.compute_grid.x} * chip_.compute_grid.y : int64_t{chip_.num_dram_banks};
        const int64_t down = !block ? places : tensor.shards_by_column ? chip_.compute_grid.x : chip_.compute_grid.y;
        const int64_t across = !block ? places : tensor.shards_by_column ? chip_.compute_grid.y : chip_.compute_grid.x;
        int64_t asked_down = 0, asked_across = 0;
        if (hints.grid) {
            const int64_t all = hints.grid->first * hints.grid->second;
            asked_down = block ? hints.grid->first : all;
            asked_across = block ? hints.grid->second : all;
        }
        tensor.shard = {side(name, "rows", cuts_rows, rows, row_unit, down, asked_down, hints.rows),
                        side(name, "columns", cuts_columns, columns, column_unit, across, asked_across, hints.columns)};
        tensor.shard_grid = {rows / tensor.shard[0], columns / tensor.shard[1]};
    }

private:
    const ir::Kernel& kernel_;
    const arch::Chip& chip_;

    /// Rows (or columns) of tiles of the least block that the kernel moves.
    int64_t unit(const Buffer& buffer, int dimension, const TensorPlan& plan, int64_t all) const {
        if (dimension < 0) {
            return 1;
        }
        int64_t least = 0;
        const auto region = [&](const ir::Region& moved) {
            if (moved.buffer == buffer) {
                const int64_t extent = ir::constant(moved.extent[static_cast<size_t>(dimension)]).value_or(0);
                least = std::gcd(least, extent);
            }
        };
        ir::walk_statements(kernel_.body, [&](const ir::Stmt& stmt) {
            if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
                region(copy->src);
                region(copy->dst);
            }
        });
        const bool tiles = dimension == plan.row || dimension == plan.column;
        int64_t size = least;
        if (tiles) {
            size = least % tile_side == 0 ? least / tile_side : 1;
        } else {
            // An outer dimension: all rows of tiles below each index.
            size = least * (all / std::max<int64_t>(plan.padded[static_cast<size_t>(dimension)], 1));
        }
        return size > 0 && all % size == 0 ? size : 1;
    }

    /// Tiles of a shard along one side of the matrix of pages.
    static int64_t side(const std::string& name, const char* what, bool cut, int64_t tiles, int64_t unit, int64_t most,
                        int64_t shards, const std::optional<int64_t>& elements) {
        if (!cut) {
            if (elements) {
                throw Unplaced{fmt::format("the {} of {} are not cut", what, name), "name the axis that is"};
            }
            return tiles;
        }
        int64_t size = 0;
        if (elements) {
            if (*elements <= 0 || *elements % tile_side != 0) {
                throw Unplaced{fmt::format("a shard of {} {} of {} is no whole number of tiles", *elements, what, name),
                               "use a multiple of 32"};
            }
            size = *elements / tile_side;
        } else if (shards > 0) {
            if (tiles % shards != 0) {
                throw Unplaced{
                    fmt::format("{} {} of tiles of {} cannot be {} shards of one size", tiles, what, name, shards),
                    fmt::format("use a divisor of {}", tiles)};
            }
            size = tiles / shards;
        } else {
            size = tiles / unit / largest_divisor_of(tiles / unit, most) * unit;
        }
        if (tiles % size != 0) {
            throw Unplaced{
                fmt::format("{} {} of tiles of {} are no whole number of shards of {}", tiles, what, name, size),
                fmt::format("use a divisor of {}", tiles * tile_side)};
        }
        if (tiles / size > most) {
            throw Unplaced{fmt::format("{} has {} shards along its {}, and there are places for {}", name, tiles / size,
                                       what, most),
                           "make shards larger"};
        }
        if (shards > 0 && tiles / size != shards) {
            throw Unplaced{fmt::format("tiles= makes {} shards of {}, and grid= says {}", tiles / size, name, shards),
                           "leave one of the two out"};
        }
        return size;
    }
};

}  // namespace

void place_tensors(const ir::Kernel& kernel, const arch::Chip& chip, std::map<Buffer, TensorPlan>& tensors,
                   Diagnostics& diagnostics) {
    Placer placer(kernel, chip);
    for (auto& [buffer, plan] : tensors) {
        const auto hints = kernel.shards.find(buffer->name);
        if (hints == kernel.shards.end()) {
            continue;
        }
        try {
            placer.place(hints->second, plan);
        } catch (const Unplaced& unplaced) {
            diagnostics.error("tile-shard", buffer->span, unplaced.message, unplaced.help);
        }
    }
    const uint64_t taken = shard_bytes(tensors, chip), room = chip.l1_bytes - chip.l1_unreserved_base;
    if (!diagnostics.failed() && taken > room) {
        for (const auto& [buffer, plan] : tensors) {
            if (plan.tensor.in_l1) {
                diagnostics.error(
                    "tile-shard", buffer->span,
                    fmt::format("the tensors that are to lie in L1 take {} bytes of each core, which has {}", taken,
                                room),
                    "leave some in DRAM");
                return;
            }
        }
    }
}

uint64_t shard_bytes(const std::map<Buffer, TensorPlan>& tensors, const arch::Chip& chip) {
    uint64_t bytes = 0;
    for (const auto& [buffer, plan] : tensors) {
        bytes += prove::bytes_in_l1(plan.tensor, chip);
    }
    return bytes;
}

}  // namespace tessera::tile::lower
