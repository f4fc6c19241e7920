// What the meaning of a kernel leaves open and its speed depends on: decisions that a user, a tuner or the compiler
// takes, one set a launch.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tessera::tile::lower {

/// Which operands one core reads for those of its row (In0: what does not depend on the grid's first axis, as A of a
/// product) or column (In1).
enum class MulticastFamily : uint8_t { None, In0, In1, Both };

/// The decisions of one launch. What is not set, the compiler chooses.
struct Choices {
    /// Blocks of the script that are merged into one, by grid axis (as in Launch::vars), besides what blocks below a
    /// tile need; 0 or missing: not set.
    std::vector<int64_t> blocks;
    /// So many turns of a loop over K of a product are one, with operands so many times as large.
    std::optional<int64_t> k;
    /// Blocks that a ring between the reader and compute has room for.
    std::optional<int64_t> depth;
    /// Rows and columns of tiles of a product that are summed in DST at once.
    std::optional<std::pair<int64_t, int64_t>> subblock;
    std::optional<MulticastFamily> multicast;
    /// Of matrix products: LoFi, HiFi2, HiFi3, HiFi4.
    std::optional<std::string> fidelity;
    /// Sums of 32 bits in DST.
    std::optional<bool> fp32_dest;
    /// Whether the packer adds to partial sums in L1; else they are loaded into DST again.
    std::optional<bool> l1_accumulate;
    /// Cores along x and y, at most.
    std::optional<std::pair<uint32_t, uint32_t>> grid;

    bool operator==(const Choices&) const = default;

    int64_t blocks_along(size_t axis) const { return axis < blocks.size() ? blocks[axis] : 0; }
};

/// "blocks=4x4 k=2 depth=2 subblock=2x4 multicast=2d fidelity=HiFi2 fp32_dest=on l1_accumulate=off grid=8x8": what is
/// set, in this order. multicast: none, in0, in1, 2d. An axis of blocks that is not set is "-".
std::string to_text(const Choices& choices);
/// Of several launches: "blocks=4x4; depth=2".
std::string to_text(const std::vector<Choices>& choices);

/// The other way round, entries in any order. Throws tessera::Error (tile-choices), which says what there is instead of
/// the part that cannot be read.
std::vector<Choices> choices_from_text(std::string_view text);

/// Those of the launch: of a list with one entry always that one, beyond a longer list's end nothing is set.
Choices choices_of(const std::vector<Choices>& all, size_t launch);

}  // namespace tessera::tile::lower
