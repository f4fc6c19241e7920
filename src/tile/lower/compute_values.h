// An elementwise expression as a program for DST: values that are tiles, each made by one operation of the engines.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tile/lower/compute_code.h>

namespace tessera::tile::lower {

/// Coordinates of the result's tile and elements while code is made. Element (row, column) of a tile is element
/// (32 tile_row + row, ...) of the matrix.
struct TilePosition {
    ir::Var matrix, tile_row, tile_column;  ///< of tiles
    ir::Var element_row, element_column;    ///< of elements, from the matrix's first

    static TilePosition fresh();
};

/// A tile of a circular buffer as an operand.
struct Operand {
    uint32_t cb = 0;
    ir::DType format = ir::DType::BFloat16;
    enum class Spread : uint8_t { None, Column, Row, Scalar } spread = Spread::None;  ///< repeated over the tile
    bool transposed = false;
    bool aligned = false;  ///< the result's tile of the same number: both lie in one order
    bool front = false;    ///< the tile that the result replaces: from the ring's front on
    ir::Expr index;        ///< over TilePosition's matrix, tile_row, tile_column
};

/// One tile-sized value.
struct Value {
    enum class Kind : uint8_t {
        Load,      ///< an operand to DST
        Fill,      ///< `scalar` everywhere
        Matrix,    ///< the matrix unit's sum, difference or product of two operands
        Function,  ///< the vector unit's, of other values
    } kind = Kind::Load;
    Operand first, second;       ///< of Load, Matrix
    ir::Expr scalar;             ///< of Fill
    std::string function, init;  ///< of Matrix and Function
    std::vector<std::string> templates, init_templates;
    std::vector<size_t> inputs;  ///< of Function: one (in place), two or three (out to a fourth argument)
    std::vector<device::Argument> extra;
    std::string header;
    size_t uses = 0;
};

/// Builds values from expressions.
class Values {
public:
    Values(const ComputeStep& step, const Storage& storage, const Place& result, const TilePosition& position,
           Coder& coder);

    /// The value of an expression over the position's elements and block scalars, as floating point: integers are
    /// exact below 2^24, truth is 1 and 0.
    size_t of(const ir::Expr& expr);
    /// As the result's tiles have it: integers converted.
    size_t root(const ir::Expr& expr);
    /// where(condition, a, b).
    size_t select(size_t condition, size_t a, size_t b);

    const std::vector<Value>& all() const { return values_; }
    /// A number that a processor of the core works out.
    bool same_everywhere(const ir::Expr& expr) const;
    /// Whether tiles of vectors have to be made first, in a ring of that format.
    bool makes(ir::DType format) const { return made_format_ == format; }
    /// Tiles of vectors that had to be made first: emits that. Called once, when all values are there.
    void emit_vectors(device::Code& out);
    void end_vectors(device::Code& out);

private:
    /// Tiles of a vector made for this step in a scratch ring: turned to lie along the other side of their tiles, or a
    /// row, column or element taken out of the middle of tiles.
    struct Made {
        const Place* place;
        int64_t first, count;  ///< pages of the ring
        bool taken;            ///< out of the middle
        ir::Expr matrix;       ///< the rest: of what is taken
        ir::Expr row, column;  ///< elements; null: all of them
        bool upright;          ///< the vector lies in the first column
    };

    bool uniform(const ir::Expr& expr) const;
    ir::Expr scalar_float(const ir::Expr& expr) const;
    std::optional<size_t> index_form(const pass::Linear& sum);
    struct Index {
        int64_t row = 0, column = 0;
        ir::Expr rest;  ///< what is the same for all elements of a tile
    };
    std::optional<Index> index_of(const pass::Linear& sum) const;
    std::optional<size_t> index_tile(int64_t row, int64_t column);

    Operand operand(const ir::Expr& load);
    int64_t made(Made wanted, ir::DType format, const ir::Expr& load);
    void emit_made(const Made& each, const ir::Expr& t, device::Code& math);
    size_t load(const ir::Expr& expr);
    size_t fill(const ir::Expr& scalar);
    size_t fill(double value);
    size_t add(Value value);
    size_t unary(const std::string& function, size_t input, std::string header = {},
                 std::vector<device::Argument> extra = {}, std::vector<std::string> templates = {});
    size_t binary(const std::string& function, size_t a, size_t b, std::string header = {});
    size_t scaled(size_t value, double factor);
    size_t shifted(size_t value, double term);
    size_t floor_of(size_t value);

    size_t arithmetic(const ir::Expr& expr);
    size_t compare(const ir::Expr& expr);
    size_t function(const ir::Expr& expr);
    size_t integer(const ir::Expr& expr);
    size_t exponential(const ir::Expr& expr);
    device::Argument whole_mode() const;
    std::vector<device::Argument> mode() const;  ///< the same where it is not all of the tile
    size_t power(const ir::Expr& expr);
    // Integers of 32 bits, which floating point does not hold.
    static bool wide(const ir::Expr& expr);  ///< an operation with at least one of them
    static bool wide_comparison(const ir::Expr& a, const ir::Expr& b);
    size_t to_float(size_t whole);
    size_t to_int(size_t value);
    size_t int_operation(const std::string& function, const std::string& init, const std::string& header,
                         std::vector<size_t> inputs, std::vector<device::Argument> extra, bool of_type);
    size_t int_fill(const ir::Expr& scalar);
    size_t whole(const ir::Expr& expr);
    size_t cut_to(ir::DType type, size_t value);
    size_t bits_of_float(const ir::Expr& expr);
    size_t float_of_bits(const ir::Expr& expr);
    size_t compare_whole(const ir::Expr& a, ir::Op op, const ir::Expr& b);
    size_t erf(size_t x);
    size_t hyperbolic(ir::Op op, size_t x);
    std::optional<size_t> matrix_unit(const ir::Expr& expr);

    const ComputeStep& step_;
    const Storage& storage_;
    const Place& result_;
    const TilePosition& position_;
    Coder& coder_;
    std::vector<Value> values_;
    std::map<std::string, size_t> known_;
    std::vector<Made> made_;
    int64_t made_pages_ = 0;
    std::optional<ir::DType> made_format_;
};

/// The order in which values are made and the slots they are in.
struct Schedule {
    struct Entry {
        size_t value = 0;
        std::vector<int64_t> inputs;  ///< slots
        int64_t slot = 0;             ///< of the result
        int64_t copy_from = -1;       ///< first a copy of this slot to `slot`: the function works in place
    };
    std::vector<Entry> entries;
    int64_t slots = 0;  ///< that a tile takes
    int64_t result = 0;
};

/// In Sethi-Ullman order, what is used twice computed once if that fits `most` slots, else as often as it is used.
std::optional<Schedule> schedule(const std::vector<Value>& values, size_t root, int64_t most);

}  // namespace tessera::tile::lower
