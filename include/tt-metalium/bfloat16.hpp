// bfloat16 on the host: one type that serves programs of every generation, and helpers to fill, pack and compare
// vectors.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <iostream>
#include <limits>
#include <ostream>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/base.h>

/// What an integer given to a bfloat16 means: its value, as in programs since September 2025, or, where a program is
/// built with TESSERA_BFLOAT16_FROM_BITS defined to true, the 16 bits themselves, as in those before.
#ifndef TESSERA_BFLOAT16_FROM_BITS
#define TESSERA_BFLOAT16_FROM_BITS false
#endif

/// The upper 16 bits of a float: sign, 8 exponent bits, 7 mantissa bits.
class bfloat16 {
public:
    static constexpr std::size_t SIZEOF = 2;

    constexpr bfloat16() = default;

    /// Rounds to nearest, ties to even; every NaN becomes 0x7FC0.
    template <typename T, bool FromBits = TESSERA_BFLOAT16_FROM_BITS>
        requires std::is_arithmetic_v<T>
    constexpr bfloat16(T value) noexcept {
        if constexpr (FromBits && std::is_integral_v<T>) {
            bits_ = static_cast<uint16_t>(value);
        } else {
            bits_ = round(static_cast<float>(value));
        }
    }

    /// Drops the lower 16 bits.
    static constexpr bfloat16 truncate(float value) {
        return from_bits(static_cast<uint16_t>(std::bit_cast<uint32_t>(value) >> 16));
    }
    /// The number with these bits.
    static constexpr bfloat16 from_bits(uint16_t bits) {
        bfloat16 result;
        result.bits_ = bits;
        return result;
    }

    constexpr operator float() const { return std::bit_cast<float>(static_cast<uint32_t>(bits_) << 16); }
    constexpr float to_float() const { return *this; }
    constexpr uint16_t to_packed() const { return bits_; }
    constexpr uint16_t to_uint16() const { return bits_; }

    constexpr bool operator==(bfloat16 other) const { return to_float() == other.to_float(); }
    constexpr std::partial_ordering operator<=>(bfloat16 other) const noexcept {
        return to_float() <=> other.to_float();
    }

    bfloat16& operator+=(bfloat16 other) noexcept { return *this = *this + other; }
    bfloat16& operator-=(bfloat16 other) noexcept { return *this = *this - other; }
    bfloat16& operator*=(bfloat16 other) noexcept { return *this = *this * other; }
    bfloat16& operator/=(bfloat16 other) noexcept { return *this = *this / other; }

    /// Computed in float and rounded once.
    bfloat16 operator+(bfloat16 other) const { return to_float() + other.to_float(); }
    bfloat16 operator-(bfloat16 other) const { return to_float() - other.to_float(); }
    bfloat16 operator*(bfloat16 other) const { return to_float() * other.to_float(); }
    bfloat16 operator/(bfloat16 other) const { return to_float() / other.to_float(); }

private:
    static constexpr uint16_t round(float value) {
        const auto bits = std::bit_cast<uint32_t>(value);
        if ((bits & 0x7fffffffu) > 0x7f800000u) {
            return 0x7fc0;
        }
        return static_cast<uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16);
    }

    uint16_t bits_;
};
static_assert(sizeof(bfloat16) == 2);

/// Prints the bits as a number.
std::ostream& operator<<(std::ostream& os, const bfloat16& value);

/// True where all bits agree.
bool operator==(const std::vector<bfloat16>& lhs, const std::vector<bfloat16>& rhs);

/// The first number in the lower half, the second in the upper.
uint32_t pack_two_bfloat16_into_uint32(std::pair<bfloat16, bfloat16> two_bfloats);
std::pair<bfloat16, bfloat16> unpack_two_bfloat16_from_uint32(uint32_t uint32_data);

/// Numbers drawn evenly from [offset, offset + rand_max_float), by a Mersenne twister with this seed.
std::vector<bfloat16> create_random_vector_of_bfloat16_native(std::size_t num_bytes, float rand_max_float, int seed,
                                                              float offset = 0.0f);
/// The same, two to a word.
std::vector<std::uint32_t> create_random_vector_of_bfloat16(std::size_t num_bytes, int rand_max_float, int seed,
                                                            float offset = 0.0f);
/// From [-1, 1).
std::vector<std::uint32_t> create_random_vector_of_bfloat16_1_1(std::size_t num_bytes, int seed);
/// From [0, 2).
std::vector<std::uint32_t> create_random_vector_of_bfloat16_0_2(std::size_t num_bytes, int seed);
/// Zeros and ones.
std::vector<uint32_t> create_random_binary_vector_of_bfloat16(std::size_t num_bytes, int seed);
/// 0, 1, 2, ..., two to a word.
std::vector<std::uint32_t> create_arange_vector_of_bfloat16(std::size_t num_bytes, bool print = true);
/// One number everywhere, two to a word; a single word gets 0 in its upper half.
std::vector<std::uint32_t> create_constant_vector_of_bfloat16(std::size_t num_bytes, float value);
/// Row-major, with `num_ones` ones from the upper left corner down the diagonal.
std::vector<bfloat16> create_identity_matrix(int rows, int cols, int num_ones);

std::vector<uint16_t> u16_from_u32_vector(const std::vector<uint32_t>& in);
std::vector<uint32_t> u32_from_u16_vector(const std::vector<uint16_t>& in);
std::vector<uint32_t> pack_bfloat16_vec_into_uint32_vec(const std::vector<bfloat16>& data);
bfloat16 bfloat16_identity_transform(const bfloat16& input);
/// Two numbers a word, each sent through the transform.
std::vector<bfloat16> unpack_uint32_vec_into_bfloat16_vec(
    const std::vector<std::uint32_t>& data,
    const std::function<bfloat16(const bfloat16&)>& transform = bfloat16_identity_transform);
/// Two numbers a word, as float.
std::vector<float> unpack_uint32_vec_into_float_vec(
    const std::vector<std::uint32_t>& data,
    const std::function<float(const bfloat16&)>& transform = [](const bfloat16& value) { return value.to_float(); });

void print_golden_metalium_vectors(std::vector<bfloat16>& golden_vec, std::vector<bfloat16>& result_vec);
void print_vec_of_uint32_as_packed_bfloat16(const std::vector<std::uint32_t>& vec, int num_tiles,
                                            const std::string& name = "", int tile_print_offset = 0);
void print_vec_of_bfloat16(const std::vector<bfloat16>& vec, int num_tiles, const std::string& name = "",
                           int tile_print_offset = 0);
void print_vec(const std::vector<uint32_t>& vec, int num_tiles, const std::string& name = "",
               int tile_print_offset = 0);

/// Compares the first `n` digits of the decimal forms; says on standard output what differed.
bool equal_within_n_sig_figs(float a, float b, int n);
bool equal_within_absolute_tolerance(float a, float b, float tol);
/// |a - b| <= atol, or <= rtol * max(|a|, |b|); says on standard output what differed.
bool is_close(float a, float b, float rtol = 0.01f, float atol = 0.001f);
/// Compares two vectors of packed numbers by a function; `argfail` gets the first word that failed.
bool packed_uint32_t_vector_comparison(const std::vector<uint32_t>& vec_a, const std::vector<uint32_t>& vec_b,
                                       const std::function<bool(float, float)>& comparison_function,
                                       int* argfail = nullptr);

template <>
struct std::hash<bfloat16> {
    std::size_t operator()(const bfloat16& value) const noexcept { return value.to_uint16(); }
};

template <>
class std::numeric_limits<bfloat16> {
public:
    static constexpr bool is_specialized = true;
    static constexpr bool is_signed = true;
    static constexpr bool is_integer = false;
    static constexpr bool is_exact = false;
    static constexpr bool is_iec559 = true;
    static constexpr bool is_bounded = true;
    static constexpr bool is_modulo = false;
    static constexpr bool has_infinity = true;
    static constexpr bool has_quiet_NaN = true;
    static constexpr bool has_signaling_NaN = true;
    static constexpr std::float_round_style round_style = std::round_to_nearest;
    static constexpr int radix = 2;
    static constexpr int digits = 8;
    static constexpr int digits10 = 2;
    static constexpr int max_digits10 = 4;
    static constexpr int min_exponent = -125;
    static constexpr int max_exponent = 128;
    static constexpr int min_exponent10 = -37;
    static constexpr int max_exponent10 = 38;
    static constexpr bfloat16 min() noexcept { return bfloat16::from_bits(0x0080); }
    static constexpr bfloat16 max() noexcept { return bfloat16::from_bits(0x7f7f); }
    static constexpr bfloat16 lowest() noexcept { return bfloat16::from_bits(0xff7f); }
    static constexpr bfloat16 epsilon() noexcept { return bfloat16::from_bits(0x3c00); }
    static constexpr bfloat16 round_error() noexcept { return bfloat16::from_bits(0x3f00); }
    static constexpr bfloat16 infinity() noexcept { return bfloat16::from_bits(0x7f80); }
    static constexpr bfloat16 quiet_NaN() noexcept { return bfloat16::from_bits(0x7fc0); }
    static constexpr bfloat16 signaling_NaN() noexcept { return bfloat16::from_bits(0x7fa0); }
    static constexpr bfloat16 denorm_min() noexcept { return bfloat16::from_bits(0x0001); }
};

/// Prints the number.
template <>
struct fmt::formatter<bfloat16> : fmt::formatter<float> {
    template <typename Context>
    auto format(bfloat16 value, Context& ctx) const {
        return fmt::formatter<float>::format(value.to_float(), ctx);
    }
};
