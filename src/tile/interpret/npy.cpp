#include <tile/interpret/npy.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cctype>
#include <cmath>
#include <fstream>
#include <limits>
#include <numbers>
#include <sstream>

#include <fmt/format.h>

#include <base/error.h>
#include <tile/ir/rounding.h>

namespace tessera::tile::interpret {

using ir::DType;

namespace {

constexpr std::string_view magic = "\x93NUMPY";
/// What a tensor of a kernel may have, and no more dimensions than NumPy's own limit.
constexpr int64_t most_elements = int64_t{1} << 33;
constexpr size_t most_dimensions = 32;

struct Header {
    DType dtype = DType::Float32;
    bool big_endian = false;
    bool fortran_order = false;
    std::vector<int64_t> shape;
};

/// Reads the Python dictionary at a file's beginning.
class HeaderReader {
public:
    HeaderReader(std::string_view text, const std::string& path, std::optional<DType> expected)
        : text_(text), path_(path), expected_(expected) {}

    Header read() {
        Header header;
        bool has_type = false, has_order = false, has_shape = false;
        expect('{');
        while (!take('}')) {
            const std::string key = quoted();
            expect(':');
            if (key == "descr") {
                type(header, quoted());
                has_type = true;
            } else if (key == "fortran_order") {
                header.fortran_order = word() == "True";
                has_order = true;
            } else if (key == "shape") {
                shape(header);
                has_shape = true;
            } else {
                fail(fmt::format("its header has a field '{}' that .npy files do not have", key));
            }
            if (!take(',')) {
                expect('}');
                break;
            }
        }
        if (!has_type || !has_order || !has_shape) {
            fail("its header lacks descr, fortran_order or shape");
        }
        return header;
    }

private:
    [[noreturn]] void fail(const std::string& what) const { throw Error("tile-npy", path_ + ": " + what); }
    void blanks() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) {
            ++at_;
        }
    }
    bool take(char wanted) {
        blanks();
        if (at_ < text_.size() && text_[at_] == wanted) {
            ++at_;
            return true;
        }
        return false;
    }
    void expect(char wanted) {
        if (!take(wanted)) {
            fail(fmt::format("its header is damaged: '{}' is missing at byte {} of it", wanted, at_));
        }
    }
    std::string quoted() {
        blanks();
        const char quote = at_ < text_.size() ? text_[at_] : '\0';
        const size_t end = quote == '\'' || quote == '"' ? text_.find(quote, at_ + 1) : std::string_view::npos;
        if (end == std::string_view::npos) {
            fail(fmt::format("its header is damaged: a text is missing at byte {} of it", at_));
        }
        std::string result(text_.substr(at_ + 1, end - at_ - 1));
        at_ = end + 1;
        return result;
    }
    std::string word() {
        blanks();
        const size_t start = at_;
        while (at_ < text_.size() && std::isalpha(static_cast<unsigned char>(text_[at_])) != 0) {
            ++at_;
        }
        return std::string(text_.substr(start, at_ - start));
    }
    void shape(Header& header) {
        expect('(');
        int64_t elements = 1;
        while (!take(')')) {
            blanks();
            int64_t extent = 0;
            const size_t start = at_;
            while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_])) != 0 &&
                   extent <= most_elements) {
                extent = extent * 10 + (text_[at_++] - '0');
            }
            if (at_ == start || extent > most_elements || header.shape.size() == most_dimensions) {
                fail("its shape is no tuple of sizes that a tensor can have");
            }
            header.shape.push_back(extent);
            elements = std::min(extent == 0 ? 0 : elements, most_elements) * std::max<int64_t>(extent, 1);
            if (elements > most_elements) {
                fail("it has more elements than a tensor can have");
            }
            if (!take(',')) {
                expect(')');
                break;
            }
        }
    }
    void type(Header& header, const std::string& descr) {
        static constexpr std::array<std::pair<std::string_view, DType>, 12> types{{
            {"b1", DType::Bool},
            {"i1", DType::Int8},
            {"i2", DType::Int16},
            {"i4", DType::Int32},
            {"i8", DType::Int64},
            {"u1", DType::UInt8},
            {"u2", DType::UInt16},
            {"u4", DType::UInt32},
            {"u8", DType::UInt64},
            {"f2", DType::Float16},
            {"f4", DType::Float32},
            {"f8", DType::Float64},
        }};
        const bool ordered = !descr.empty() && std::string_view("<>|=").find(descr[0]) != std::string_view::npos;
        const std::string_view rest = std::string_view(descr).substr(ordered ? 1 : 0);
        header.big_endian = ordered && descr[0] == '>';
        for (const auto& [name, dtype] : types) {
            if (name == rest) {
                header.dtype = dtype;
                return;
            }
        }
        if (rest == "V2") {
            header.dtype = DType::BFloat16;
        } else if (rest == "V1" && expected_ && (*expected_ == DType::Float8E4M3 || *expected_ == DType::Float8E5M2)) {
            header.dtype = *expected_;
        } else {
            fail(fmt::format("its elements are '{}', which no tensor of a tile kernel has", descr));
        }
    }

    std::string_view text_;
    const std::string& path_;
    std::optional<DType> expected_;
    size_t at_ = 0;
};

uint64_t number_at(std::string_view bytes, size_t at, size_t width, bool big_endian) {
    uint64_t value = 0;
    for (size_t i = 0; i < width; ++i) {
        const size_t from = big_endian ? i : width - 1 - i;
        value = value << 8 | static_cast<uint8_t>(bytes[at + from]);
    }
    return value;
}

/// From Fortran's order of elements to C's.
std::vector<double> in_c_order(const std::vector<double>& values, const std::vector<int64_t>& shape) {
    std::vector<double> result(values.size());
    std::vector<int64_t> at(shape.size(), 0);
    for (double& value : result) {
        int64_t offset = 0;
        for (size_t d = shape.size(); d-- > 0;) {
            offset = offset * shape[d] + at[d];
        }
        value = values[static_cast<size_t>(offset)];
        for (size_t d = shape.size(); d-- > 0;) {
            if (++at[d] < shape[d]) {
                break;
            }
            at[d] = 0;
        }
    }
    return result;
}

}  // namespace

Array parse_npy(std::string_view bytes, const std::string& path, std::optional<DType> expected) {
    const auto fail = [&](const std::string& what) { throw Error("tile-npy", path + ": " + what); };
    if (bytes.size() < 10 || bytes.substr(0, magic.size()) != magic) {
        fail("it is no .npy file: it does not begin with \\x93NUMPY");
    }
    const auto version = static_cast<uint8_t>(bytes[6]);
    if (version < 1 || version > 3) {
        fail(fmt::format("its format is version {}, and 1 to 3 are known", version));
    }
    const size_t length_bytes = version == 1 ? 2 : 4;
    if (bytes.size() < 8 + length_bytes) {
        fail("it ends within its header");
    }
    const size_t header_bytes = number_at(bytes, 8, length_bytes, false);
    const size_t start = 8 + length_bytes + header_bytes;
    if (start > bytes.size()) {
        fail("it ends within its header");
    }
    const Header header = HeaderReader(bytes.substr(8 + length_bytes, header_bytes), path, expected).read();
    Array array;
    array.dtype = header.dtype;
    array.shape = header.shape;
    const size_t width = ir::bits_of(header.dtype) / 8;
    const auto elements = static_cast<size_t>(array.elements());
    if (bytes.size() - start < elements * width) {
        fail(fmt::format("it is cut off: its shape needs {} bytes of elements, and there are {}", elements * width,
                         bytes.size() - start));
    }
    if (bytes.size() - start > elements * width) {
        fail(fmt::format("{} bytes follow its last element", bytes.size() - start - elements * width));
    }
    array.values.resize(elements);
    for (size_t i = 0; i < elements; ++i) {
        array.values[i] = ir::from_bits(header.dtype, number_at(bytes, start + i * width, width, header.big_endian));
    }
    if (header.fortran_order && array.shape.size() > 1) {
        array.values = in_c_order(array.values, array.shape);
    }
    return array;
}

Array read_npy(const std::string& path, std::optional<DType> expected) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        throw Error("tile-npy", path + ": it cannot be opened");
    }
    std::ostringstream bytes;
    bytes << file.rdbuf();
    return parse_npy(bytes.view(), path, expected);
}

std::string npy_bytes(const Array& array) {
    DType stored = array.dtype;
    std::string descr;
    if (ir::is_float(stored) && stored != DType::Float16 && stored != DType::Float64) {
        stored = DType::Float32;
    }
    const size_t width = ir::bits_of(stored) / 8;
    if (stored == DType::Bool) {
        descr = "|b1";
    } else {
        const char kind = ir::is_float(stored) ? 'f' : ir::is_signed(stored) ? 'i' : 'u';
        descr = fmt::format("{}{}{}", width == 1 ? '|' : '<', kind, width);
    }
    std::string shape;
    for (const int64_t extent : array.shape) {
        shape += fmt::format("{}{}", shape.empty() ? "" : " ", extent) + ",";
    }
    if (array.shape.size() > 1) {
        shape.pop_back();
    }
    std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", descr, shape);
    // Elements begin at a multiple of 64 bytes.
    const size_t before = magic.size() + 4;
    header.append((64 - (before + header.size() + 1) % 64) % 64, ' ');
    header += '\n';
    std::string bytes(magic);
    bytes += '\1';
    bytes += '\0';
    bytes += static_cast<char>(header.size() & 0xff);
    bytes += static_cast<char>(header.size() >> 8);
    bytes += header;
    bytes.reserve(bytes.size() + array.values.size() * width);
    for (const double value : array.values) {
        const uint64_t bits = ir::to_bits(stored, value);
        for (size_t i = 0; i < width; ++i) {
            bytes += static_cast<char>(bits >> (8 * i) & 0xff);
        }
    }
    return bytes;
}

void write_npy(const std::string& path, const Array& array) {
    std::ofstream file(path, std::ios::binary);
    const std::string bytes = npy_bytes(array);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) {
        throw Error("tile-npy", path + ": it cannot be written");
    }
}

Array generate(DType dtype, std::vector<int64_t> shape, uint64_t seed,
               std::optional<std::pair<int64_t, int64_t>> range) {
    Array array{dtype, std::move(shape), {}};
    array.values.resize(static_cast<size_t>(array.elements()));
    uint64_t state = seed * 0x9e3779b97f4a7c15ULL + 0x632be59bd9b4e019ULL;
    // SplitMix64: well mixed from any seed.
    const auto next = [&] {
        state += 0x9e3779b97f4a7c15ULL;
        uint64_t z = state;
        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
        z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
        return z ^ z >> 31;
    };
    const auto unit = [&] { return (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53; };
    if (!ir::is_float(dtype)) {
        const auto [first, last] = dtype == DType::Bool ? std::pair<int64_t, int64_t>{0, 2}
                                                        : range.value_or(std::pair<int64_t, int64_t>{0, 8});
        const auto count = static_cast<uint64_t>(std::max<int64_t>(last - first, 1));
        for (double& value : array.values) {
            value = static_cast<double>(first + static_cast<int64_t>(next() % count));
        }
        return array;
    }
    for (size_t i = 0; i < array.values.size(); i += 2) {
        const double radius = std::sqrt(-2 * std::log(unit()));
        const double angle = 2 * std::numbers::pi * unit();
        array.values[i] = radius * std::cos(angle);
        if (i + 1 < array.values.size()) {
            array.values[i + 1] = radius * std::sin(angle);
        }
    }
    round_values(array);
    return array;
}

}  // namespace tessera::tile::interpret
