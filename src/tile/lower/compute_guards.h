// Where a choice between two values is decided for all tiles of a section at once, from the numbers of its tiles.
#pragma once

#include <memory>
#include <optional>

#include <tile/lower/compute_values.h>

namespace tessera::tile::lower {

/// A condition over elements as far as tiles decide it.
struct Guard {
    enum class Kind : uint8_t { Compare, Same, And, Or, Not } kind = Kind::Same;
    ir::Op op = ir::Op::Ge;  ///< of Compare: row * element_row + column * element_column + rest op 0
    int64_t row = 0, column = 0;
    ir::Expr rest;  ///< of Compare an integer; of Same a condition that is one for all elements
    std::vector<Guard> parts;
};

/// The condition as a Guard, if it is made of comparisons of indices; nothing if values of elements decide.
std::optional<Guard> guard_of(const ir::Expr& condition, const TilePosition& position);

/// The first tile of a section, and how many it has down and across.
struct SectionTiles {
    ir::Expr matrix, row, column;
    int64_t down = 1, across = 1;
};
/// Conditions of the device: that the guard holds for all elements of the section, and for none.
struct Decided {
    ir::Expr all, none;
};
Decided decided(const Guard& guard, const SectionTiles& section, const TilePosition& position,
                const pass::Facts& facts);

/// A choice in an expression that guards decide, and the expression with it taken either way.
struct Choice {
    Guard guard;
    ir::Expr if_true, if_false;
};
std::optional<Choice> choice_in(const ir::Expr& expr, const TilePosition& position);

}  // namespace tessera::tile::lower
