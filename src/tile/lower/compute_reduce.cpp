// Reductions of rows, columns, or whole matrices.
//
// bf16 and block floats are summed, and their maxima taken, by the matrix unit: no operand loses anything, and of each
// 8 summands the smaller ones are rounded to 2^-10 of the largest (in all about 2e-5 of the sum of their sizes). All
// else goes through the vector unit in fp32: tiles are joined one after the other, and the last one's columns are
// reduced to its first row; to reduce rows the tile is turned before. A sum of n numbers is then off by at most (n/32 +
// 10) 2^-24 of the sum of their sizes.
#include <limits>

#include <fmt/format.h>

#include <tile/lower/compute_code.h>

namespace tessera::tile::lower {

using device::Code;
using ir::DType;
using ir::Expr;
using ir::Reduction;

namespace {

/// What a reduction is made of.
struct Plan {
    const char* pool = "SUM";
    const char* join = "add_binary_tile";  ///< of two tiles
    const char* join_header = "api/compute/eltwise_binary_sfpu.h";
    const char* before = nullptr;  ///< of each element first
    const char* before_header = nullptr;
    double neutral = 0;  ///< what elements past the edge count as
};

Plan plan_of(Reduction op) {
    constexpr double infinity = std::numeric_limits<double>::infinity();
    const char* common = "api/compute/compute_kernel_api.h";
    const char* max_min = "api/compute/binary_max_min.h";
    const char* comparison = "api/compute/eltwise_unary/comp.h";
    switch (op) {
        case Reduction::Sum:
            return {};
        case Reduction::AbsSum:
            return {.before = "abs_tile", .before_header = common};
        case Reduction::Max:
            return {"MAX", "binary_max_tile", max_min, nullptr, nullptr, -infinity};
        case Reduction::AbsMax:
            return {"MAX", "binary_max_tile", max_min, "abs_tile", common, 0};
        case Reduction::Min:
            return {"MIN", "binary_min_tile", max_min, nullptr, nullptr, infinity};
        case Reduction::Or:
        case Reduction::Any:
            return {"MAX", "binary_max_tile", max_min, "nez_tile", comparison, 0};
        case Reduction::And:
        case Reduction::All:
            return {"MIN", "binary_min_tile", max_min, "nez_tile", comparison, 1};
        default:
            throw Refusal{
                "tile-reduction", "the engines have no reduction by exclusive or", "use sum, and its parity", {}};
    }
}

/// Which tiles one result tile is made of.
enum class Over : uint8_t { Columns, Rows, Matrices };

class Reducer {
public:
    Reducer(const ComputeStep& step, const ir::Reduce& reduce, const Storage& storage, Coder& coder)
        : step_(step),
          reduce_(reduce),
          storage_(storage),
          coder_(coder),
          result_(storage.of(step.result)),
          source_(storage.of(reduce.src.buffer)),
          plan_(plan_of(reduce.op)),
          format_(tile_format(source_.buffer->dtype)),
          result_format_(tile_format(result_.buffer->dtype)) {}

    void emit(Code& out) {
        locate();
        const bool bitwise = reduce_.op == Reduction::And || reduce_.op == Reduction::Or;
        if (bitwise && reduce_.src.buffer->dtype != DType::Bool) {
            throw Refusal{"tile-reduction",
                          "the engines have no bitwise reduction of integers",
                          "reduce truth values, or use max and min",
                          {}};
        }
        if (!reduce_.clear) {
            before_ = previous();
        }
        const bool matrix_unit = uses_matrix_unit();
        if (!matrix_unit) {
            coder_.need_fp32_dest("sums and maxima of the vector unit need more than 8 bits");
        }
        wait_for_sources(step_, storage_, coder_, out);
        const int64_t matrices = over_ == Over::Matrices ? 1 : source_.batch;
        // What was there is joined in a second tile.
        together_ = matrix_unit && result_format_ != DType::Int32
                        ? largest_divisor(lines_, coder_.slots() / (before_ ? 2 : 1))
                        : 1;
        coder_.loop(out, "matrix", matrices, [&](Code& each_matrix, const Expr& matrix) {
            coder_.loop(each_matrix, "line", lines_ / together_, [&](Code& body, const Expr& line) {
                matrix_ = matrix;
                line_ = pass::simplified(line * number(together_));
                if (!step_.in_place) {
                    coder_.reserve(body, result_.cb, together_);
                }
                coder_.section(
                    body, [&](Code& math) { matrix_unit ? by_matrix_unit(math) : by_vector_unit(math); },
                    [&](Code& pack) {
                        if (step_.in_place) {  // the ring turns by the tiles that were added to
                            coder_.pop(pack, result_.cb, together_);
                            coder_.reserve(pack, result_.cb, together_);
                        }
                        coder_.setup_pack(pack, result_.cb);
                        coder_.loop(pack, "r", together_,
                                    [&](Code& each, const Expr& r) { coder_.pack_tile(each, r, result_.cb); });
                    });
                coder_.push(body, result_.cb, together_);
            });
        });
        pop_sources(step_, storage_, coder_, out);
    }

private:
    void locate() {
        const auto& shape = source_.buffer->shape;
        const auto rank = static_cast<int>(shape.size());
        const int dim = reduce_.dim < 0 ? reduce_.dim + rank : reduce_.dim;
        for (size_t d = 0; d < shape.size(); ++d) {
            if (!ir::same(reduce_.src.extent[d], shape[d])) {
                throw Refusal{"tile-reduce-region",
                              "a part of a buffer is reduced",
                              "copy the part into a buffer of its own first",
                              {}};
            }
        }
        const bool trailing_one = rank >= 2 && ir::constant(shape[static_cast<size_t>(rank) - 1]) == 1;
        int row_dim = -1, column_dim = -1;
        if (source_.form == Form::Matrix) {
            row_dim = rank - 2;
            column_dim = rank - 1;
        } else if (source_.form == Form::ColumnVector) {
            row_dim = rank - (trailing_one ? 2 : 1);
        } else if (source_.form == Form::RowVector) {
            column_dim = rank - 1;
        }
        if (dim == column_dim) {
            over_ = Over::Columns;
            count_ = source_.columns;
            lines_ = source_.rows;
            valid_ = source_.valid_columns;
        } else if (dim == row_dim) {
            over_ = Over::Rows;
            count_ = source_.rows;
            lines_ = source_.columns;
            valid_ = source_.valid_rows;
        } else if (source_.batch > 1) {
            over_ = Over::Matrices;
            if (dim != 0 || (source_.form == Form::Matrix && rank > 3)) {
                throw Refusal{"tile-reduction",
                              "a dimension between others that tiles do not cover is reduced",
                              "reduce the outermost dimension, or one of the last two",
                              {}};
            }
            count_ = source_.batch;
            lines_ = source_.rows * source_.columns;
            valid_ = 0;
        } else {  // one element: a copy
            over_ = Over::Matrices;
            count_ = 1;
            lines_ = source_.rows * source_.columns;
        }
        if (over_ != Over::Matrices && valid_ % tile_side == 0) {
            valid_ = 0;
        }
        const int64_t made = (over_ == Over::Matrices ? 1 : source_.batch) * lines_;
        if (made != result_.tiles() || result_.subblock_rows != 0) {
            throw Refusal{
                "tile-reduction",
                "the result lies otherwise in tiles than what is left of its source: sums of several matrices "
                "would be lines of one",
                "reduce matrix by matrix, or keep each result in a buffer of its own",
                {}};
        }
        // What lies in the first row after the columns of a tile are reduced goes to the first column if the result's
        // elements lie there.
        result_upright_ =
            result_.form == Form::ColumnVector || (result_.form == Form::Matrix && over_ == Over::Columns);
    }

    ir::Buffer previous() const {
        if (step_.previous) {
            return step_.previous;
        }
        for (const ComputeStep::Source& source : step_.sources) {
            if (source.buffer != reduce_.src.buffer) {
                return source.buffer;
            }
        }
        return nullptr;
    }

    bool uses_matrix_unit() const {
        const bool natural = over_ == Over::Columns ? result_upright_ : over_ == Over::Rows && !result_upright_;
        return is_bf16_class(format_) && plan_.before == nullptr && std::string(plan_.pool) != "MIN" && valid_ == 0 &&
               natural && source_.form == Form::Matrix;
    }

    Expr index(const Expr& line, const Expr& t) const {
        const Expr tile = over_ == Over::Columns ? source_.tile_index(matrix_, line, t)
                          : over_ == Over::Rows  ? source_.tile_index(matrix_, t, line)
                                                 : t * number(lines_) + line;
        return pass::simplified(tile);
    }

    /// What was there before, of the section's line r.
    Expr before_at(const Expr& r) const {
        const bool front = step_.in_place && before_ == step_.result;
        return front ? r : pass::simplified(matrix_ * number(lines_) + line_ + r);
    }

    void by_matrix_unit(Code& math) {
        const uint32_t ones = coder_.ones();
        const std::string in = coder_.name(source_.cb), factors = coder_.name(ones);
        const std::vector<std::string> templates = {
            fmt::format("PoolType::{}", plan_.pool),
            over_ == Over::Columns ? "ReduceDim::REDUCE_ROW" : "ReduceDim::REDUCE_COL",
            coder_.fp32_dest() ? "true" : "false"};
        coder_.include("api/compute/reduce.h");
        coder_.context().to_source.insert({source_.cb, ones});
        coder_.call(math, "reduce_init", {in, factors, coder_.name(result_.cb)}, templates);
        coder_.loop(math, "r", together_, [&](Code& rows, const Expr& r) {
            coder_.loop(rows, "t", count_, [&](Code& body, const Expr& t) {
                coder_.call(body, "reduce_tile", {in, factors, index(pass::simplified(line_ + r), t), number(0), r},
                            templates);
            });
        });
        coder_.call(math, "reduce_uninit", {}, {templates[2]});
        if (result_format_ == DType::Int32) {
            join_with_previous(math);
        } else if (before_) {
            const Place& place = storage_.of(before_);
            coder_.setup_copy(math, place.cb);
            coder_.loop(math, "r", together_, [&](Code& body, const Expr& r) {
                coder_.copy_tile(body, place.cb, before_at(r), pass::simplified(number(together_) + r));
            });
            coder_.include(plan_.join_header);
            coder_.call(math, std::string(plan_.join) + "_init");
            coder_.loop(math, "r", together_, [&](Code& body, const Expr& r) {
                std::vector<device::Argument> arguments = {r, pass::simplified(number(together_) + r), r};
                if (std::string(plan_.pool) != "SUM" && result_.form != Form::Matrix) {
                    arguments.emplace_back(
                        fmt::format("static_cast<int>(VectorMode::{})", result_.form == Form::ColumnVector ? "C"
                                                                        : result_.form == Form::RowVector  ? "R"
                                                                                                           : "RC"));
                }
                coder_.call(body, plan_.join, std::move(arguments));
            });
        }
    }

    void join(Code& out) {
        coder_.include(plan_.join_header);
        coder_.vector(out, plan_.join, {number(0), number(1), number(0)});
    }

    void convert(Code& out, const char* from, const char* to, int64_t slot) {
        const auto number_of = [](const char* name) {
            return fmt::format("static_cast<uint32_t>(DataFormat::{})", name);
        };
        coder_.include("api/compute/eltwise_unary/typecast.h");
        coder_.call(out, "typecast_tile_init", {}, {number_of(from), number_of(to)});
        coder_.call(out, "typecast_tile", {number(slot)}, {number_of(from), number_of(to)});
    }

    void load(Code& out, const Expr& t, int64_t slot, bool edge) {
        coder_.setup_copy(out, source_.cb);
        coder_.copy_tile(out, source_.cb, index(line_, t), number(slot));
        if (format_ == DType::Int32) {
            convert(out, "Int32", "Float32", slot);
        }
        if (plan_.before != nullptr) {
            coder_.include(plan_.before_header);
            coder_.vector(out, plan_.before, {number(slot)});
        }
        if (edge) {
            mask(out, slot);
        }
    }

    // Elements past the edge become neutral.
    void mask(Code& out, int64_t slot) {
        const uint32_t numbers = over_ == Over::Columns ? coder_.column_index() : coder_.row_index();
        coder_.setup_copy(out, numbers);
        coder_.copy_tile(out, numbers, number(0), number(2));
        coder_.include("api/compute/eltwise_unary/comp.h");
        coder_.vector(out, "unary_lt_tile", {number(2), float_bits(static_cast<double>(valid_ % tile_side))});
        coder_.include("api/compute/eltwise_unary/fill.h");
        coder_.vector(out, "fill_tile", {number(3), ir::make_float(plan_.neutral)});
        coder_.include("api/compute/eltwise_unary/where.h");
        coder_.call(out, "where_tile_init");
        coder_.call(out, "where_tile", {number(2), number(slot), number(3), number(slot)}, {"DataFormat::Float32"});
    }

    void by_vector_unit(Code& math) {
        const bool edge = valid_ != 0;
        load(math, number(0), 0, edge && count_ == 1);
        const int64_t whole = edge ? count_ - 1 : count_;
        coder_.loop_from(math, "t", 1, whole, [&](Code& body, const Expr& t) {
            load(body, t, 1, false);
            join(body);
        });
        if (edge && count_ > 1) {
            load(math, number(count_ - 1), 1, true);
            join(math);
        }
        if (over_ != Over::Matrices) {
            if (over_ == Over::Columns) {
                turn_in_dst(coder_, math, number(0));
            }
            const std::vector<std::string> templates = {fmt::format("PoolType::{}", plan_.pool), "DataFormat::Float32"};
            coder_.include("api/compute/compute_kernel_api.h");
            coder_.call(math, "sfpu_reduce_init", {}, templates);
            coder_.call(math, "sfpu_reduce", {number(0)}, templates);
            if (result_upright_) {
                turn_in_dst(coder_, math, number(0));
            }
        }
        join_with_previous(math);
    }

    void join_with_previous(Code& math) {
        if (before_) {
            const Place& place = storage_.of(before_);
            coder_.setup_copy(math, place.cb);
            coder_.copy_tile(math, place.cb, before_at(number(0)), number(1));
            if (result_format_ == DType::Int32) {
                convert(math, "Int32", "Float32", 1);
            }
            join(math);
        }
        if (result_format_ == DType::Int32) {
            convert(math, "Float32", "Int32", 0);
        }
    }

    const ComputeStep& step_;
    const ir::Reduce& reduce_;
    const Storage& storage_;
    Coder& coder_;
    const Place& result_;
    const Place& source_;
    Plan plan_;
    DType format_, result_format_;
    Over over_ = Over::Columns;
    int64_t count_ = 1, lines_ = 1;
    int64_t valid_ = 0;  ///< elements of the reduced dimension if its last tile is not full, else 0
    bool result_upright_ = false;
    ir::Buffer before_;
    int64_t together_ = 1;  ///< lines of a section of DST
    Expr matrix_, line_;
};

}  // namespace

void emit_reduce(const ComputeStep& step, const ir::Reduce& reduce, const Storage& storage, Coder& coder, Code& out) {
    Reducer(step, reduce, storage, coder).emit(out);
}

}  // namespace tessera::tile::lower
