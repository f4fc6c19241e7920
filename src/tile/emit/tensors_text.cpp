// The header that emitted host programs include. It stands alone: no part of Tessera is needed where it is used.
#include <tile/emit/files.h>

namespace tessera::tile::emit {

namespace {

constexpr const char* text =
    R"text(// Tensors on the host: .npy files, and the way from their elements to a device's pages and back.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tensors {

/// The formats that elements have on the device, and .npy files may have.
enum class Format { Bool, Int8, Int16, Int32, Int64, UInt8, UInt16, UInt32, UInt64, Float16, BFloat16, Float32, Float64, BlockFloat8, BlockFloat4, Float8E4M3, Float8E5M2 };

/// How a tensor's tiles are made: Matrix covers the last two dimensions (after reordering), a vector lies in row 0 or
/// column 0 of its tiles, Words are rows of elements without tiles.
enum class Form { Matrix, RowVector, ColumnVector, Words };

struct Layout {
    std::string name;
    std::vector<int64_t> shape;   ///< as the kernel's author sees it
    std::vector<size_t> order;    ///< its dimensions, outermost first
    std::vector<int64_t> padded;  ///< sizes with padding, in that order
    Form form = Form::Matrix;
    Format format = Format::BFloat16;   ///< on the device
    Format elements = Format::Float32;  ///< in files
    uint32_t page_bytes = 2048;
    uint64_t pages = 1;
    double padding = 0;  ///< what the padding holds

    uint64_t bytes() const { return page_bytes * pages; }
};

struct Tensor {
    std::vector<int64_t> shape;
    std::vector<double> values;  ///< row-major
};

inline int64_t count_of(const std::vector<int64_t>& shape) {
    int64_t count = 1;
    for (const int64_t extent : shape) {
        count *= extent;
    }
    return count;
}

// --- Number formats ---------------------------------------------------------------------------------------------

/// Floating point of `exponent_bits` and `fraction_bits`, rounded to nearest even.
inline uint32_t small_float(double value, int exponent_bits, int fraction_bits) {
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const uint32_t top = ((1u << exponent_bits) - 1) << fraction_bits;
    const uint32_t sign = std::signbit(value) ? 1u << (exponent_bits + fraction_bits) : 0;
    if (std::isnan(value)) {
        return sign | top | 1u << (fraction_bits - 1);
    }
    if (value == 0 || std::isinf(value)) {
        return sign | (value == 0 ? 0 : top);
    }
    int exponent = 0;
    std::frexp(value, &exponent);
    exponent = std::max(exponent - 1, 1 - bias);
    const auto steps = static_cast<uint64_t>(std::nearbyint(std::ldexp(std::fabs(value), fraction_bits - exponent)));
    // Steps that reach the next power of two carry into the exponent by themselves; denormals have exponent field 0.
    const uint64_t bits = steps + (static_cast<uint64_t>(exponent + bias - 1) << fraction_bits);
    return sign | static_cast<uint32_t>(std::min<uint64_t>(bits, top));
}

inline double from_small_float(uint32_t bits, int exponent_bits, int fraction_bits) {
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const uint32_t fraction = bits & ((1u << fraction_bits) - 1);
    const uint32_t exponent = bits >> fraction_bits & ((1u << exponent_bits) - 1);
    double value = 0;
    if (exponent == (1u << exponent_bits) - 1) {
        value = fraction != 0 ? NAN : INFINITY;
    } else if (exponent == 0) {
        value = std::ldexp(fraction, 1 - bias - fraction_bits);
    } else {
        value = std::ldexp(fraction + (1u << fraction_bits), static_cast<int>(exponent) - bias - fraction_bits);
    }
    return bits >> (exponent_bits + fraction_bits) & 1 ? -value : value;
}

inline size_t bytes_of(Format format) {
    switch (format) {
        case Format::Bool:
        case Format::Int8:
        case Format::UInt8:
            return 1;
        case Format::Int16:
        case Format::UInt16:
        case Format::Float16:
        case Format::BFloat16:
            return 2;
        case Format::Int64:
        case Format::UInt64:
        case Format::Float64:
            return 8;
        default:
            return 4;
    }
}

/// The bits of one element; integers wrap.
inline uint64_t encode(Format format, double value) {
    switch (format) {
        case Format::Float16:
            return small_float(value, 5, 10);
        case Format::BFloat16:
            return small_float(value, 8, 7);
        case Format::Float32:
            return std::bit_cast<uint32_t>(static_cast<float>(value));
        case Format::Float64:
            return std::bit_cast<uint64_t>(value);
        default:
            return static_cast<uint64_t>(static_cast<int64_t>(value));
    }
}

inline double decode(Format format, uint64_t bits) {
    switch (format) {
        case Format::Bool:
            return bits != 0 ? 1 : 0;
        case Format::Int8:
            return static_cast<int8_t>(bits);
        case Format::Int16:
            return static_cast<int16_t>(bits);
        case Format::Int32:
            return static_cast<int32_t>(bits);
        case Format::Int64:
            return static_cast<double>(static_cast<int64_t>(bits));
        case Format::UInt8:
            return static_cast<uint8_t>(bits);
        case Format::UInt16:
            return static_cast<uint16_t>(bits);
        case Format::UInt32:
            return static_cast<uint32_t>(bits);
        case Format::UInt64:
            return static_cast<double>(bits);
        case Format::Float16:
            return from_small_float(static_cast<uint32_t>(bits), 5, 10);
        case Format::BFloat16:
            return from_small_float(static_cast<uint32_t>(bits), 8, 7);
        case Format::Float64:
            return std::bit_cast<double>(bits);
        default:
            return std::bit_cast<float>(static_cast<uint32_t>(bits));
    }
}

// --- .npy files -------------------------------------------------------------------------------------------------

inline std::string npy_type(Format format) {
    const char* names[] = {"|b1", "|i1", "<i2", "<i4", "<i8", "|u1", "<u2", "<u4", "<u8", "<f2", "<V2", "<f4", "<f8"};
    return format <= Format::Float64 ? names[static_cast<int>(format)] : "<f4";
}

/// An 8-bit float: rounded to nearest even, what is too great becomes the greatest. (The device keeps them in 16 bits.)
inline double round_to_8_bits(double value, Format format) {
    const double most = format == Format::Float8E4M3 ? 448 : 57344;
    const int fraction_bits = format == Format::Float8E4M3 ? 3 : 2;
    const int least_exponent = format == Format::Float8E4M3 ? -6 : -14;
    if (std::isnan(value) || value == 0) {
        return value;
    }
    int exponent = 0;
    std::frexp(std::isinf(value) ? most : value, &exponent);
    const int unit = std::max(exponent - 1, least_exponent) - fraction_bits;
    return std::clamp(std::ldexp(std::nearbyint(std::ldexp(value, -unit)), unit), -most, most);
}

inline void write_npy(const std::string& path, const Tensor& tensor, Format format) {
    // NumPy has no bfloat16 of its own, and no 8-bit floats: float32 holds their values.
    const Format elements = format;
    const bool small = elements == Format::Float8E4M3 || elements == Format::Float8E5M2;
    if (format == Format::BFloat16 || format > Format::Float64) {
        format = Format::Float32;
    }
    std::string shape;
    for (const int64_t extent : tensor.shape) {
        shape += std::to_string(extent) + ", ";
    }
    std::string header = "{'descr': '" + npy_type(format) + "', 'fortran_order': False, 'shape': (" + shape + "), }";
    header.append(63 - (10 + header.size()) % 64, ' ');
    header += '\n';
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() & 0xff);
    bytes += static_cast<char>(header.size() >> 8);
    bytes += header;
    for (const double value : tensor.values) {
        const uint64_t bits = encode(format, small ? round_to_8_bits(value, elements) : value);
        for (size_t i = 0; i < bytes_of(format); ++i) {
            bytes += static_cast<char>(bits >> (8 * i) & 0xff);
        }
    }
    std::ofstream file(path, std::ios::binary);
    if (!file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
        throw std::runtime_error(path + ": can't be written");
    }
}

/// Little-endian, C order, of the shape that the kernel was made for.
inline Tensor read_npy(const std::string& path, const std::vector<int64_t>& shape) {
    std::ifstream file(path, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (bytes.size() < 12 || bytes.compare(0, 6, "\x93NUMPY") != 0) {
        throw std::runtime_error(path + ": no .npy file");
    }
    const bool first_version = bytes[6] == 1;
    size_t length = 0;
    for (int i = first_version ? 1 : 3; i >= 0; --i) {
        length = length << 8 | static_cast<uint8_t>(bytes[8 + static_cast<size_t>(i)]);
    }
    const size_t start = (first_version ? 10 : 12) + length;
    const std::string header = bytes.substr(0, std::min(start, bytes.size()));
    Format format = Format::Float64;
    bool known = false;
    for (int i = 0; i <= static_cast<int>(Format::Float64); ++i) {
        if (header.find("'" + npy_type(static_cast<Format>(i)) + "'") != std::string::npos) {
            format = static_cast<Format>(i);
            known = true;
        }
    }
    if (!known || header.find("'fortran_order': False") == std::string::npos) {
        throw std::runtime_error(path + ": its elements are of a type or in an order that is not read here");
    }
    Tensor tensor{shape, std::vector<double>(static_cast<size_t>(count_of(shape)))};
    const size_t width = bytes_of(format);
    if (bytes.size() != start + tensor.values.size() * width) {
        throw std::runtime_error(path + ": it does not have the shape that this program was made for");
    }
    for (size_t i = 0; i < tensor.values.size(); ++i) {
        uint64_t bits = 0;
        std::memcpy(&bits, bytes.data() + start + i * width, width);
        tensor.values[i] = decode(format, bits);
    }
    return tensor;
}

/// Normally distributed floating point, or integers from 0 to 7.
inline Tensor random_tensor(const Layout& layout, uint32_t seed) {
    Tensor tensor{layout.shape, std::vector<double>(static_cast<size_t>(count_of(layout.shape)))};
    std::mt19937 random(seed);
    std::normal_distribution<double> normal;
    for (double& value : tensor.values) {
        value = layout.elements >= Format::Float16 ? normal(random) : static_cast<double>(random() % 8);
    }
    return tensor;
}

// --- Pages ------------------------------------------------------------------------------------------------------

/// Where each element lies on the device: calls visit(index in the tensor, page, element of the page). A tile's
/// elements are counted face by face: four faces of 16x16, row-major within each and among them.
template <class Visit>
void each_element(const Layout& layout, Visit&& visit) {
    const size_t rank = layout.order.size();
    std::vector<int64_t> stride(layout.shape.size(), 1);
    for (size_t d = layout.shape.size(); d-- > 1;) {
        stride[d - 1] = stride[d] * layout.shape[d];
    }
    std::vector<int64_t> at(rank, 0);
    const int64_t count = count_of(layout.shape);
    for (int64_t done = 0; done < count; ++done) {
        int64_t element = 0;
        for (size_t d = 0; d < rank; ++d) {
            element += at[d] * stride[layout.order[d]];
        }
        const size_t covered = std::min<size_t>(rank, layout.form == Form::Matrix ? 2 : 1);
        int64_t outer = 0;
        for (size_t d = 0; d + covered < rank; ++d) {
            outer = outer * layout.padded[d] + at[d];
        }
        const int64_t last = rank > 0 ? at[rank - 1] : 0;
        const int64_t last_padded = rank > 0 ? layout.padded[rank - 1] : 32;
        if (layout.form == Form::Words) {
            visit(element, outer, last);
        } else {
            int64_t row = 0, column = 0, page = outer * (last_padded / 32);
            if (layout.form == Form::Matrix) {
                row = at[rank - 2];
                column = last;
                page = (outer * (layout.padded[rank - 2] / 32) + row / 32) * (last_padded / 32) + column / 32;
            } else {
                (layout.form == Form::RowVector ? column : row) = last;
                page += last / 32;
            }
            row %= 32;
            column %= 32;
            visit(element, page, (row / 16 * 2 + column / 16) * 256 + row % 16 * 16 + column % 16);
        }
        for (size_t d = rank; d-- > 0;) {
            if (++at[d] < layout.shape[layout.order[d]]) {
                break;
            }
            at[d] = 0;
        }
    }
}

inline size_t elements_of_page(const Layout& layout) {
    return layout.form == Form::Words ? layout.page_bytes / bytes_of(layout.format) : 1024;
}

/// A tile of block floats: 64 bytes of exponents, one for 16 elements, and then signs and magnitudes.
inline void pack_blocks(const double* values, unsigned char* page, int magnitude_bits) {
    for (int block = 0; block < 64; ++block) {
        const double* const of = values + block * 16;
        int exponent = -126;
        for (int i = 0; i < 16; ++i) {
            int own = -126;
            if (of[i] != 0 && std::isfinite(of[i])) {
                std::frexp(of[i], &own);
            }
            exponent = std::max(exponent, own);
        }
        page[block] = static_cast<unsigned char>(std::min(exponent + 126, 255));
        const double most = std::ldexp(1.0, magnitude_bits) - 1;
        for (int i = 0; i < 16; ++i) {
            const double steps = std::nearbyint(std::ldexp(std::fabs(of[i]), magnitude_bits - exponent));
            const auto magnitude = static_cast<unsigned>(std::min(steps, most));
            const unsigned sign = std::signbit(of[i]) && magnitude != 0 ? 1u << magnitude_bits : 0;
            const int at = block * 16 + i;
            if (magnitude_bits == 7) {
                page[64 + at] = static_cast<unsigned char>(sign | magnitude);
            } else {
                page[64 + at / 2] |= static_cast<unsigned char>((sign | magnitude) << (at % 2 * 4));
            }
        }
    }
}

inline double unpack_block(const unsigned char* page, int at, int magnitude_bits) {
    const unsigned bits = magnitude_bits == 7 ? page[64 + at] : page[64 + at / 2] >> (at % 2 * 4) & 15u;
    const double magnitude = bits & ((1u << magnitude_bits) - 1);
    const double value = std::ldexp(magnitude, page[at / 16] - 126 - magnitude_bits);
    return bits >> magnitude_bits & 1 ? -value : value;
}

inline int magnitude_bits_of(Format format) {
    return format == Format::BlockFloat8 ? 7 : format == Format::BlockFloat4 ? 3 : 0;
}

/// The bytes of all pages, as 32-bit words.
inline std::vector<uint32_t> to_pages(const Layout& layout, const Tensor& tensor) {
    const size_t per_page = elements_of_page(layout);
    std::vector<double> elements(layout.pages * per_page, layout.padding);
    each_element(layout, [&](int64_t element, int64_t page, int64_t at) {
        elements[static_cast<size_t>(page) * per_page + static_cast<size_t>(at)] =
            tensor.values[static_cast<size_t>(element)];
    });
    std::vector<uint32_t> words(layout.bytes() / 4, 0);
    auto* const bytes = reinterpret_cast<unsigned char*>(words.data());
    const int magnitude_bits = magnitude_bits_of(layout.format);
    const size_t width = bytes_of(layout.format);
    for (uint64_t page = 0; page < layout.pages; ++page) {
        const double* const from = elements.data() + page * per_page;
        unsigned char* const into = bytes + page * layout.page_bytes;
        if (magnitude_bits != 0) {
            pack_blocks(from, into, magnitude_bits);
            continue;
        }
        for (size_t i = 0; i < per_page; ++i) {
            const uint64_t bits = encode(layout.format, from[i]);
            std::memcpy(into + i * width, &bits, width);
        }
    }
    return words;
}

inline Tensor from_pages(const Layout& layout, const std::vector<uint32_t>& words) {
    Tensor tensor{layout.shape, std::vector<double>(static_cast<size_t>(count_of(layout.shape)))};
    const auto* const bytes = reinterpret_cast<const unsigned char*>(words.data());
    const int magnitude_bits = magnitude_bits_of(layout.format);
    const size_t width = bytes_of(layout.format);
    each_element(layout, [&](int64_t element, int64_t page, int64_t at) {
        const unsigned char* const from = bytes + static_cast<size_t>(page) * layout.page_bytes;
        double& value = tensor.values[static_cast<size_t>(element)];
        if (magnitude_bits != 0) {
            value = unpack_block(from, static_cast<int>(at), magnitude_bits);
        } else {
            uint64_t bits = 0;
            std::memcpy(&bits, from + static_cast<size_t>(at) * width, width);
            value = decode(layout.format, bits);
        }
    });
    return tensor;
}

}  // namespace tensors
)text";

}  // namespace

std::string tensors_text() {
    return text;
}

}  // namespace tessera::tile::emit
