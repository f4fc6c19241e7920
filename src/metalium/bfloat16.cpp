// Vectors of bfloat16: filling, packing, printing, comparing.
#include <tt-metalium/bfloat16.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iostream>

#include <tt_stl/assert.hpp>

std::ostream& operator<<(std::ostream& os, const bfloat16& value) {
    return os << value.to_uint16();
}

bool operator==(const std::vector<bfloat16>& lhs, const std::vector<bfloat16>& rhs) {
    return lhs.size() == rhs.size() &&
           (lhs.empty() || std::memcmp(lhs.data(), rhs.data(), lhs.size() * sizeof(bfloat16)) == 0);
}

uint32_t pack_two_bfloat16_into_uint32(std::pair<bfloat16, bfloat16> two_bfloats) {
    return static_cast<uint32_t>(two_bfloats.first.to_uint16()) | static_cast<uint32_t>(two_bfloats.second.to_uint16())
                                                                      << 16;
}

std::pair<bfloat16, bfloat16> unpack_two_bfloat16_from_uint32(uint32_t uint32_data) {
    return {bfloat16::from_bits(static_cast<uint16_t>(uint32_data)),
            bfloat16::from_bits(static_cast<uint16_t>(uint32_data >> 16))};
}

namespace {

/// Words of two numbers each, drawn one after the other.
template <typename Draw>
std::vector<uint32_t> fill_words(std::size_t num_bytes, Draw draw) {
    std::vector<uint32_t> words(num_bytes / sizeof(uint32_t));
    for (uint32_t& word : words) {
        const bfloat16 first = draw();
        const bfloat16 second = draw();
        word = pack_two_bfloat16_into_uint32({first, second});
    }
    return words;
}

/// Prints 32 x 32 values a tile; next() writes one value or several.
template <typename Next>
void print_tiles(int num_tiles, const std::string& name, int tile_print_offset, int values_per_call, Next next) {
    for (int tile = 0; tile < num_tiles; ++tile) {
        std::cout << name << " tile " << tile + tile_print_offset << "\n";
        for (int row = 0; row < 32; ++row) {
            for (int col = 0; col < 32; col += values_per_call) {
                next();
            }
            std::cout << "\n";
        }
        std::cout << std::endl;
    }
}

}  // namespace

std::vector<bfloat16> create_random_vector_of_bfloat16_native(std::size_t num_bytes, float rand_max_float, int seed,
                                                              float offset) {
    std::mt19937 generator(static_cast<std::mt19937::result_type>(seed));
    std::uniform_real_distribution<float> distribution(0, rand_max_float);
    std::vector<bfloat16> values(num_bytes / sizeof(bfloat16));
    for (bfloat16& value : values) {
        value = distribution(generator) + offset;
    }
    return values;
}

std::vector<std::uint32_t> create_random_vector_of_bfloat16(std::size_t num_bytes, int rand_max_float, int seed,
                                                            float offset) {
    std::mt19937 generator(static_cast<std::mt19937::result_type>(seed));
    std::uniform_real_distribution<float> distribution(0, static_cast<float>(rand_max_float));
    return fill_words(num_bytes, [&] { return bfloat16(distribution(generator) + offset); });
}

std::vector<std::uint32_t> create_random_vector_of_bfloat16_1_1(std::size_t num_bytes, int seed) {
    return create_random_vector_of_bfloat16(num_bytes, 2, seed, -1.0f);
}

std::vector<std::uint32_t> create_random_vector_of_bfloat16_0_2(std::size_t num_bytes, int seed) {
    return create_random_vector_of_bfloat16(num_bytes, 2, seed);
}

std::vector<uint32_t> create_random_binary_vector_of_bfloat16(std::size_t num_bytes, int seed) {
    std::mt19937 generator(static_cast<std::mt19937::result_type>(seed));
    std::uniform_real_distribution<float> distribution(0, 1);
    return fill_words(num_bytes, [&] { return bfloat16(distribution(generator) > 0.5f ? 1.0f : 0.0f); });
}

std::vector<std::uint32_t> create_arange_vector_of_bfloat16(std::size_t num_bytes, bool print) {
    std::size_t next = 0;
    return fill_words(num_bytes, [&] {
        const bfloat16 value(static_cast<float>(next));
        if (print) {
            std::cout << "value: " << next << ", bfloat16: " << value.to_float() << (next % 2 ? "\n" : ", \t\t");
        }
        ++next;
        return value;
    });
}

std::vector<std::uint32_t> create_constant_vector_of_bfloat16(std::size_t num_bytes, float value) {
    const std::size_t words = std::max<std::size_t>(1, num_bytes / sizeof(uint32_t));
    const bfloat16 number(value);
    return std::vector<uint32_t>(words, pack_two_bfloat16_into_uint32({number, words == 1 ? bfloat16(0.0f) : number}));
}

std::vector<bfloat16> create_identity_matrix(int rows, int cols, int num_ones) {
    std::vector<bfloat16> matrix(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols), bfloat16(0.0f));
    for (int i = 0; i < num_ones; ++i) {
        matrix.at(static_cast<std::size_t>(i) * static_cast<std::size_t>(cols) + static_cast<std::size_t>(i)) =
            bfloat16(1.0f);
    }
    return matrix;
}

std::vector<uint16_t> u16_from_u32_vector(const std::vector<uint32_t>& in) {
    std::vector<uint16_t> result(in.size() * 2);
    std::memcpy(result.data(), in.data(), in.size() * sizeof(uint32_t));
    return result;
}

std::vector<uint32_t> u32_from_u16_vector(const std::vector<uint16_t>& in) {
    TT_FATAL(in.size() % 2 == 0, "{} values do not fill whole words", in.size());
    std::vector<uint32_t> result(in.size() / 2);
    std::memcpy(result.data(), in.data(), in.size() * sizeof(uint16_t));
    return result;
}

std::vector<uint32_t> pack_bfloat16_vec_into_uint32_vec(const std::vector<bfloat16>& data) {
    TT_FATAL(data.size() % 2 == 0, "{} values do not fill whole words", data.size());
    std::vector<uint32_t> result(data.size() / 2);
    std::memcpy(result.data(), data.data(), data.size() * sizeof(bfloat16));
    return result;
}

bfloat16 bfloat16_identity_transform(const bfloat16& input) {
    return input;
}

std::vector<bfloat16> unpack_uint32_vec_into_bfloat16_vec(const std::vector<std::uint32_t>& data,
                                                          const std::function<bfloat16(const bfloat16&)>& transform) {
    std::vector<bfloat16> result(data.size() * 2);
    std::memcpy(result.data(), data.data(), data.size() * sizeof(uint32_t));
    const auto* function = transform.target<bfloat16 (*)(const bfloat16&)>();
    if (function == nullptr || *function != &bfloat16_identity_transform) {
        std::transform(result.begin(), result.end(), result.begin(), transform);
    }
    return result;
}

std::vector<float> unpack_uint32_vec_into_float_vec(const std::vector<std::uint32_t>& data,
                                                    const std::function<float(const bfloat16&)>& transform) {
    std::vector<float> result;
    result.reserve(data.size() * 2);
    for (const uint32_t word : data) {
        const auto [first, second] = unpack_two_bfloat16_from_uint32(word);
        result.push_back(transform(first));
        result.push_back(transform(second));
    }
    return result;
}

void print_golden_metalium_vectors(std::vector<bfloat16>& golden_vec, std::vector<bfloat16>& result_vec) {
    std::cout << "-- index -- golden -- metalium --" << std::endl;
    for (std::size_t i = 0; i < std::min(golden_vec.size(), result_vec.size()); i += 128) {
        std::cout << "-- " << i << " -- " << golden_vec[i].to_float() << " <--> " << result_vec[i].to_float() << "\n";
    }
}

void print_vec_of_uint32_as_packed_bfloat16(const std::vector<std::uint32_t>& vec, int num_tiles,
                                            const std::string& name, int tile_print_offset) {
    std::size_t next = 0;
    print_tiles(num_tiles, name, tile_print_offset, 2, [&] {
        const auto [first, second] = unpack_two_bfloat16_from_uint32(vec.at(next++));
        std::cout << first.to_float() << ", " << second.to_float() << ", ";
    });
}

void print_vec_of_bfloat16(const std::vector<bfloat16>& vec, int num_tiles, const std::string& name,
                           int tile_print_offset) {
    std::size_t next = 0;
    print_tiles(num_tiles, name, tile_print_offset, 1, [&] { std::cout << vec.at(next++).to_float() << ", "; });
}

void print_vec(const std::vector<uint32_t>& vec, int num_tiles, const std::string& name, int tile_print_offset) {
    std::size_t next = 0;
    print_tiles(num_tiles, name, tile_print_offset, 1, [&] { std::cout << vec.at(next++) << ", "; });
}

bool equal_within_n_sig_figs(float a, float b, int n) {
    const std::string first = std::to_string(a);
    const std::string second = std::to_string(b);
    const std::size_t length = std::min(first.size(), second.size());
    std::size_t i = 0;
    while (i < length && (first[i] == '0' || first[i] == '.')) {
        ++i;
    }
    for (int agreed = 0; i < length && agreed < n; ++i) {
        if (first[i] != second[i]) {
            std::cout << "Floats being compared: A: " << a << ", B: " << b << std::endl;
            return false;
        }
        agreed += first[i] != '.';
    }
    return true;
}

bool equal_within_absolute_tolerance(float a, float b, float tol) {
    return std::abs(a - b) < tol;
}

bool is_close(float a, float b, float rtol, float atol) {
    const float difference = std::fabs(a - b);
    const float scale = std::fmax(std::fabs(a), std::fabs(b));
    const bool close = difference <= atol || difference <= rtol * scale;
    if (!close) {
        std::cout << "Discrepacy: A = " << a << " B = " << b << "\n   absdiff = " << difference
                  << "\n   reldiff = " << difference / (scale + 1e-6f) << std::endl;
    }
    return close;
}

bool packed_uint32_t_vector_comparison(const std::vector<uint32_t>& vec_a, const std::vector<uint32_t>& vec_b,
                                       const std::function<bool(float, float)>& comparison_function, int* argfail) {
    if (vec_a.size() != vec_b.size()) {
        std::cout << "Sizes don't match, returning false" << std::endl;
        return false;
    }
    for (std::size_t i = 0; i < vec_a.size(); ++i) {
        const auto [a_low, a_high] = unpack_two_bfloat16_from_uint32(vec_a[i]);
        const auto [b_low, b_high] = unpack_two_bfloat16_from_uint32(vec_b[i]);
        if (!comparison_function(a_low, b_low) || !comparison_function(a_high, b_high)) {
            if (argfail != nullptr) {
                *argfail = static_cast<int>(i);
            }
            return false;
        }
    }
    return true;
}
