// What moves and combines regions: native loops over float64.
#include <algorithm>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include <tile/interpret/machine.h>
#include <tile/ir/rounding.h>

namespace tessera::tile::interpret {

using ir::DType;

namespace {

int64_t product(const std::vector<int64_t>& extents) {
    int64_t count = 1;
    for (const int64_t extent : extents) {
        count *= extent;
    }
    return count;
}

std::string text_of(const std::vector<int64_t>& extents) {
    std::string text;
    for (const int64_t extent : extents) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", extent);
    }
    return "(" + text + ")";
}

std::vector<double> transposed(const std::vector<double>& values, int64_t rows, int64_t columns) {
    std::vector<double> result(values.size());
    for (int64_t r = 0; r < rows; ++r) {
        for (int64_t c = 0; c < columns; ++c) {
            result[static_cast<size_t>(c * rows + r)] = values[static_cast<size_t>(r * columns + c)];
        }
    }
    return result;
}

/// c (m,n) += a (m,k) · b (k,n), all row-major.
__attribute__((target_clones("avx2", "default"))) void multiply(const double* a, const double* b, double* c, int64_t m,
                                                                int64_t n, int64_t k) {
    for (int64_t i = 0; i < m; ++i) {
        double* const row = c + i * n;
        int64_t p = 0;
        for (; p + 4 <= k; p += 4) {
            const double a0 = a[i * k + p], a1 = a[i * k + p + 1], a2 = a[i * k + p + 2], a3 = a[i * k + p + 3];
            const double* const b0 = b + p * n;
            const double* const b1 = b0 + n;
            const double* const b2 = b1 + n;
            const double* const b3 = b2 + n;
            for (int64_t j = 0; j < n; ++j) {
                row[j] = row[j] + a0 * b0[j] + a1 * b1[j] + a2 * b2[j] + a3 * b3[j];
            }
        }
        for (; p < k; ++p) {
            for (int64_t j = 0; j < n; ++j) {
                row[j] += a[i * k + p] * b[p * n + j];
            }
        }
    }
}

}  // namespace

int64_t View::count() const {
    return product(extent);
}

std::vector<int64_t> View::kept() const {
    std::vector<int64_t> result;
    for (size_t i = 0; i < extent.size(); ++i) {
        if (!dropped[i]) {
            result.push_back(extent[i]);
        }
    }
    return result;
}

std::vector<int64_t> View::matched() const {
    std::vector<int64_t> result = kept();
    std::erase(result, 1);
    return result;
}

View Machine::view(const RegionCode& code, Span span) {
    View view;
    view.storage = &storages_[code.buffer];
    view.end = view.storage->shape;
    view.dropped = code.dropped;
    view.span = span;
    for (const Expression& begin : code.begin) {
        view.begin.push_back(evaluate_int(begin));
    }
    for (const Expression& extent : code.extent) {
        view.extent.push_back(std::max<int64_t>(evaluate_int(extent), 0));
    }
    if (!view.storage->live) {
        fail("tile-unwritten-read", span, fmt::format("{} is used before it is allocated", view.storage->buffer->name));
    }
    if (!view.storage->tensor) {
        for (size_t d = 0; d < view.begin.size(); ++d) {
            if (view.begin[d] < 0 || view.begin[d] + view.extent[d] > view.storage->shape[d]) {
                fail(
                    "tile-out-of-range", span,
                    fmt::format("{} to {} of dimension {} of {} is outside: it has {} elements", view.begin[d],
                                view.begin[d] + view.extent[d], d, view.storage->buffer->name, view.storage->shape[d]));
            }
        }
    }
    return view;
}

/// Calls row(dense, offset, first, last) for each row of the region along its last dimension: `dense` counts the
/// region's own elements, elements [first, last) of the row are in the buffer, from `offset` on.
template <class Row>
void Machine::each_row(const View& view, Row&& row) {
    const size_t rank = view.extent.size();
    if (rank == 0) {
        row(0, 0, 0, 1);
        return;
    }
    const int64_t count = view.count();
    if (count == 0) {
        return;
    }
    const std::vector<int64_t>& shape = view.storage->shape;
    const int64_t length = view.extent[rank - 1];
    const int64_t first = std::clamp<int64_t>(-view.begin[rank - 1], 0, length);
    const int64_t last = std::clamp<int64_t>(view.end[rank - 1] - view.begin[rank - 1], first, length);
    std::vector<int64_t> at(rank, 0);
    for (int64_t dense = 0; dense < count; dense += length) {
        int64_t offset = 0;
        bool inside = true;
        for (size_t d = 0; d + 1 < rank; ++d) {
            const int64_t index = view.begin[d] + at[d];
            inside = inside && index >= 0 && index < view.end[d];
            offset = (offset + index) * shape[d + 1];
        }
        offset += view.begin[rank - 1] + first;
        row(dense, offset, first, inside ? last : first);
        for (size_t d = rank - 1; d-- > 0;) {
            if (++at[d] < view.extent[d]) {
                break;
            }
            at[d] = 0;
        }
    }
}

std::vector<double> Machine::gather(const View& view, bool check) {
    std::vector<double> values(static_cast<size_t>(view.count()), view.storage->safe_value);
    const double* const from = view.storage->values.data();
    each_row(view, [&](int64_t dense, int64_t offset, int64_t first, int64_t last) {
        std::copy_n(from + offset, last - first, values.data() + dense + first);
    });
    if (check) {
        require_written(view, values);
    }
    return values;
}

void Machine::require_written(const View& view, const std::vector<double>& values) {
    if (view.storage->buffer->scope != ir::Scope::Param && std::any_of(values.begin(), values.end(), is_unwritten)) {
        fail("tile-unwritten-read", view.span,
             fmt::format("an element of {} is read that nothing has written", view.storage->buffer->name),
             "fill it first, with T.clear, T.fill or T.copy");
    }
}

void Machine::scatter(const View& view, std::vector<double>& values, DType from) {
    const DType to = view.storage->buffer->dtype;
    const bool blocks = to == DType::BlockFloat8 || to == DType::BlockFloat4;
    const bool unchanged =
        from == to || (options_.exact && ir::is_float(to) && to != DType::Float8E4M3 && to != DType::Float8E5M2);
    double* const into = view.storage->values.data();
    each_row(view, [&](int64_t dense, int64_t offset, int64_t first, int64_t last) {
        double* const source = values.data() + dense;
        for (int64_t i = first; i < last; ++i) {
            if (is_unwritten(source[i])) {
                fail("tile-unwritten-read", view.span,
                     fmt::format("an element that nothing has written would be copied to {}",
                                 view.storage->buffer->name),
                     "fill it first, with T.clear, T.fill or T.copy");
            }
            if (!unchanged) {
                source[i] = converted(from, to, source[i]);
            }
        }
        if (blocks && !options_.exact) {
            ir::round_block(to, source + first, last - first);
        }
        std::copy(source + first, source + last, into + offset);
    });
}

void Machine::copy(const Step& step) {
    const View src = view(step.regions[0], step.stmt->span);
    View dst = view(step.regions[1], step.stmt->span);
    // So many of the first elements as an extent says that is known at run time only.
    if (src.kept().size() == dst.kept().size()) {
        const auto& extents = std::get<ir::Copy>(step.stmt->of).dst.extent;
        const std::vector<int64_t> whole = src.kept();
        for (size_t d = 0, kept = 0; d < extents.size(); ++d) {
            if (!ir::constant(extents[d]) && dst.extent[d] < whole[kept]) {
                dst.end[d] = std::min(dst.end[d], dst.begin[d] + dst.extent[d]);
                dst.extent[d] = whole[kept];
            }
            kept += dst.dropped[d] ? 0 : 1;
        }
    }
    if (src.matched() != dst.matched()) {
        fail("tile-shape-mismatch", step.stmt->span,
             fmt::format("a copy of {} elements of {} to {} of {}", text_of(src.matched()), src.storage->buffer->name,
                         text_of(dst.matched()), dst.storage->buffer->name));
    }
    std::vector<double> values = gather(src, false);
    scatter(dst, values, src.storage->buffer->dtype);
}

void Machine::fill(const Step& step, const ir::Fill& fill) {
    const View dst = view(step.regions[0], step.stmt->span);
    // What is worked out has not been rounded to its type yet, as elements of a buffer have.
    const DType to = dst.storage->buffer->dtype;
    const double value = converted(fill.value->dtype, to, evaluate_number(step.value));
    std::vector<double> values(static_cast<size_t>(dst.count()), value);
    scatter(dst, values, to);
}

std::array<int64_t, 2> Machine::matrix_extents(const View& view, std::string_view what) {
    std::vector<int64_t> extents = view.kept();
    while (extents.size() > 2 && extents.front() == 1) {
        extents.erase(extents.begin());
    }
    if (extents.size() != 2) {
        fail("tile-shape-mismatch", view.span,
             fmt::format("{} has the shape {}, not that of a matrix", what, text_of(extents)));
    }
    return {extents[0], extents[1]};
}

void Machine::gemm(const Step& step, const ir::Gemm& gemm) {
    const Span span = step.stmt->span;
    const View a = view(step.regions[0], span);
    const View b = view(step.regions[1], span);
    const View c = view(step.regions[2], span);
    auto [m, k] = matrix_extents(a, "the left operand of a matrix product");
    auto [k_of_b, n] = matrix_extents(b, "the right operand of a matrix product");
    const auto [rows, columns] = matrix_extents(c, "the result of a matrix product");
    if (gemm.transpose_a) {
        std::swap(m, k);
    }
    if (gemm.transpose_b) {
        std::swap(k_of_b, n);
    }
    if (rows != m || columns != n || k != k_of_b) {
        fail("tile-shape-mismatch", span,
             fmt::format("a matrix product of ({}, {}) and ({}, {}) into ({}, {})", m, k, k_of_b, n, rows, columns));
    }
    std::vector<double> left = gather(a, true);
    std::vector<double> right = gather(b, true);
    if (gemm.transpose_a) {
        left = transposed(left, k, m);
    }
    if (gemm.transpose_b) {
        right = transposed(right, n, k);
    }
    std::vector<double> sum = gemm.clear ? std::vector<double>(static_cast<size_t>(m * n), 0.0) : gather(c, true);
    multiply(left.data(), right.data(), sum.data(), m, n, k);
    result_.multiply_adds += static_cast<double>(m) * static_cast<double>(n) * static_cast<double>(k);
    scatter(c, sum, DType::Float64);
}

void Machine::reduce(const Step& step, const ir::Reduce& reduce) {
    const Span span = step.stmt->span;
    const View src = view(step.regions[0], span);
    const View dst = view(step.regions[1], span);
    const std::vector<int64_t> extents = src.kept();
    const int64_t dim = reduce.dim < 0 ? reduce.dim + static_cast<int64_t>(extents.size()) : reduce.dim;
    if (dim < 0 || dim >= static_cast<int64_t>(extents.size())) {
        fail("tile-shape-mismatch", span, fmt::format("there is no dimension {} to reduce over", reduce.dim));
    }
    const int64_t length = extents[static_cast<size_t>(dim)];
    const int64_t outer = product({extents.begin(), extents.begin() + dim});
    const int64_t inner = product({extents.begin() + dim + 1, extents.end()});
    std::vector<int64_t> left = extents;
    left.erase(left.begin() + dim);
    std::erase(left, 1);
    if (left != dst.matched()) {
        fail("tile-shape-mismatch", span,
             fmt::format("a reduction of {} over dimension {} into {}", text_of(extents), dim, text_of(dst.matched())));
    }
    const std::vector<double> values = gather(src, true);
    std::vector<double> sums;
    if (reduce.clear) {
        double start = 0;
        switch (reduce.op) {
            case ir::Reduction::Max:
                start = -std::numeric_limits<double>::infinity();
                break;
            case ir::Reduction::Min:
                start = std::numeric_limits<double>::infinity();
                break;
            case ir::Reduction::And:
                start = -1;
                break;
            case ir::Reduction::All:
                start = 1;
                break;
            default:
                break;
        }
        sums.assign(static_cast<size_t>(outer * inner), start);
    } else {
        sums = gather(dst, true);
    }
    for (int64_t o = 0; o < outer; ++o) {
        for (int64_t l = 0; l < length; ++l) {
            for (int64_t i = 0; i < inner; ++i) {
                double& sum = sums[static_cast<size_t>(o * inner + i)];
                const double value = values[static_cast<size_t>((o * length + l) * inner + i)];
                const bool nan = reduce.propagate_nan && (std::isnan(sum) || std::isnan(value));
                sum = nan ? std::numeric_limits<double>::quiet_NaN() : combined(reduce.op, sum, value);
            }
        }
    }
    scatter(dst, sums, DType::Float64);
}

void Machine::scan(const Step& step, const ir::Scan& scan) {
    const Span span = step.stmt->span;
    const View src = view(step.regions[0], span);
    const View dst = view(step.regions[1], span);
    const std::vector<int64_t> extents = src.kept();
    const int64_t dim = scan.dim < 0 ? scan.dim + static_cast<int64_t>(extents.size()) : scan.dim;
    if (dim < 0 || dim >= static_cast<int64_t>(extents.size()) || src.matched() != dst.matched()) {
        fail(
            "tile-shape-mismatch", span,
            fmt::format("a scan of {} along dimension {} into {}", text_of(extents), scan.dim, text_of(dst.matched())));
    }
    const int64_t length = extents[static_cast<size_t>(dim)];
    const int64_t inner = product({extents.begin() + dim + 1, extents.end()});
    std::vector<double> values = gather(src, true);
    for (int64_t at = 0; at < static_cast<int64_t>(values.size()); ++at) {
        const int64_t l = at / inner % length;
        if (l == 0) {
            continue;
        }
        const int64_t here = scan.reverse ? at + (length - 1 - 2 * l) * inner : at;
        const int64_t before = scan.reverse ? here + inner : here - inner;
        values[static_cast<size_t>(here)] =
            combined(scan.op, values[static_cast<size_t>(before)], values[static_cast<size_t>(here)]);
    }
    scatter(dst, values, DType::Float64);
}

void Machine::transpose(const Step& step) {
    const View src = view(step.regions[0], step.stmt->span);
    const View dst = view(step.regions[1], step.stmt->span);
    const auto [rows, columns] = matrix_extents(src, "what is transposed");
    if (matrix_extents(dst, "a transposed matrix") != std::array<int64_t, 2>{columns, rows}) {
        fail("tile-shape-mismatch", step.stmt->span,
             fmt::format("the transpose of ({}, {}) into {}", rows, columns, text_of(dst.kept())));
    }
    std::vector<double> values = transposed(gather(src, true), rows, columns);
    scatter(dst, values, src.storage->buffer->dtype);
}

void Machine::im2col(const Step& step, const ir::Im2col& im2col) {
    const View img = view(step.regions[0], step.stmt->span);
    const View dst = view(step.regions[1], step.stmt->span);
    const int64_t first_row = evaluate_int(step.expressions[0]);
    const int64_t first_column = evaluate_int(step.expressions[1]);
    const auto [rows, columns] = matrix_extents(dst, "the result of im2col");
    const std::vector<int64_t>& shape = img.storage->shape;
    if (shape.size() != 4) {
        fail("tile-shape-mismatch", step.stmt->span, "im2col takes an image of shape (N, H, W, C)");
    }
    const int64_t reach = im2col.dilation * (im2col.kernel - 1) + 1;
    const int64_t height = (shape[1] + 2 * im2col.pad - reach) / im2col.stride + 1;
    const int64_t width = (shape[2] + 2 * im2col.pad - reach) / im2col.stride + 1;
    std::vector<double> values(static_cast<size_t>(rows * columns), 0.0);
    for (int64_t r = 0; r < rows; ++r) {
        const int64_t position = first_row + r;
        const int64_t n = position / (height * width);
        const int64_t oh = position / width % height;
        const int64_t ow = position % width;
        for (int64_t c = 0; c < columns; ++c) {
            const int64_t tap = (first_column + c) / shape[3];
            const int64_t h = oh * im2col.stride + tap / im2col.kernel * im2col.dilation - im2col.pad;
            const int64_t w = ow * im2col.stride + tap % im2col.kernel * im2col.dilation - im2col.pad;
            if (position < 0 || n >= shape[0] || tap >= im2col.kernel * im2col.kernel || h < 0 || h >= shape[1] ||
                w < 0 || w >= shape[2]) {
                continue;
            }
            values[static_cast<size_t>(r * columns + c)] = img.storage->values[static_cast<size_t>(
                ((n * shape[1] + h) * shape[2] + w) * shape[3] + (first_column + c) % shape[3])];
        }
    }
    scatter(dst, values, img.storage->buffer->dtype);
}

void Machine::atomic_region(const Step& step, const ir::Atomic& atomic) {
    const View src = view(step.regions[0], step.stmt->span);
    const View dst = view(step.regions[1], step.stmt->span);
    if (src.matched() != dst.matched()) {
        fail("tile-shape-mismatch", step.stmt->span,
             fmt::format("an atomic of {} elements on {}", text_of(src.matched()), text_of(dst.matched())));
    }
    const std::vector<double> values = gather(src, true);
    std::vector<double> sums = gather(dst, true);
    for (size_t i = 0; i < sums.size(); ++i) {
        sums[i] = combined(atomic.op, sums[i], values[i]);
    }
    scatter(dst, sums, DType::Float64);
}

}  // namespace tessera::tile::interpret
