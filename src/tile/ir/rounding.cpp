#include <tile/ir/rounding.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace tessera::tile::ir {
namespace {

/// A floating-point format with a sign: exponent bits, fraction bits, and what stands above the finite numbers.
struct Format {
    int exponent_bits, fraction_bits;
    bool finite_only;  // no infinity: the greatest exponent holds numbers, and NaN is all ones
    bool saturates;
    int bias() const { return (1 << (exponent_bits - 1)) - 1; }
    int least_exponent() const { return 1 - bias(); }
    double greatest() const {
        if (finite_only) {
            return std::ldexp(2.0 - 2.0 * std::ldexp(1.0, -fraction_bits), bias() + 1);
        }
        return std::ldexp(2.0 - std::ldexp(1.0, -fraction_bits), bias());
    }
};

Format format_of(DType type) {
    switch (type) {
        case DType::Float16:
            return {5, 10, false, false};
        case DType::BFloat16:
            return {8, 7, false, false};
        case DType::Float8E4M3:
            return {4, 3, true, true};
        default:
            return {5, 2, false, true};
    }
}

double round_small(const Format& format, double value) {
    // The usual case, with the bits themselves: a normal number of the format.
    const uint64_t bits = std::bit_cast<uint64_t>(value);
    const int power = static_cast<int>(bits >> 52 & 0x7ff) - 1023;
    if (power >= format.least_exponent() && power < format.bias()) {
        const int lost = 52 - format.fraction_bits;
        const uint64_t half = (1ULL << (lost - 1)) - 1 + (bits >> lost & 1);
        return std::bit_cast<double>((bits + half) & ~((1ULL << lost) - 1));
    }
    if (std::isnan(value) || value == 0) {
        return value;
    }
    const double greatest = format.greatest();
    if (std::isinf(value)) {
        return format.saturates ? std::copysign(greatest, value) : value;
    }
    int exponent = 0;
    std::frexp(value, &exponent);  // value = f * 2^exponent, f in [0.5, 1)
    const int unit = std::max(exponent - 1, format.least_exponent()) - format.fraction_bits;
    const double rounded = std::ldexp(std::nearbyint(std::ldexp(value, -unit)), unit);
    if (std::fabs(rounded) > greatest) {
        return std::copysign(format.saturates ? greatest : std::numeric_limits<double>::infinity(), value);
    }
    return rounded;
}

double wrap_double(DType to, double value) {
    if (std::isnan(value)) {
        return 0;
    }
    const double whole = std::trunc(value);
    if (std::fabs(whole) < 9.2e18) {
        return to == DType::UInt64 && whole >= 0 ? whole
                                                 : static_cast<double>(wrap_to(to, static_cast<int64_t>(whole)));
    }
    // Outside of 64 bits: the nearest number there is.
    const bool is_unsigned = !is_signed(to);
    const double top = std::ldexp(1.0, static_cast<int>(bits_of(to)) - (is_unsigned ? 0 : 1));
    return whole > 0 ? top - (bits_of(to) < 64 ? 1 : 0) : (is_unsigned ? 0 : -top);
}

}  // namespace

int64_t wrap_to(DType to, int64_t value) {
    switch (to) {
        case DType::Bool:
            return value != 0 ? 1 : 0;
        case DType::Int8:
            return static_cast<int8_t>(value);
        case DType::Int16:
            return static_cast<int16_t>(value);
        case DType::Int32:
            return static_cast<int32_t>(value);
        case DType::UInt8:
            return static_cast<uint8_t>(value);
        case DType::UInt16:
            return static_cast<uint16_t>(value);
        case DType::UInt32:
            return static_cast<uint32_t>(value);
        default:
            return value;
    }
}

double round_to(DType to, double value) {
    switch (to) {
        case DType::Float64:
        case DType::BlockFloat8:
        case DType::BlockFloat4:
            return value;
        case DType::Float32:
            return static_cast<double>(static_cast<float>(value));
        case DType::Float16:
        case DType::BFloat16:
        case DType::Float8E4M3:
        case DType::Float8E5M2:
            return round_small(format_of(to), value);
        case DType::Bool:
            return value != 0 ? 1 : 0;
        default:
            return wrap_double(to, value);
    }
}

void round_block(DType to, double* values, int64_t count) {
    const int bits = to == DType::BlockFloat8 ? 7 : 3;
    for (int64_t first = 0; first < count; first += 16) {
        const int64_t end = std::min(first + 16, count);
        int shared = std::numeric_limits<int>::min();
        for (int64_t i = first; i < end; ++i) {
            int exponent = 0;
            if (std::isfinite(values[i]) && values[i] != 0) {
                std::frexp(values[i], &exponent);
                shared = std::max(shared, exponent);
            }
        }
        if (shared == std::numeric_limits<int>::min()) {
            continue;
        }
        const int unit = shared - bits;
        const double most = std::ldexp(1.0, bits) - 1;
        for (int64_t i = first; i < end; ++i) {
            if (std::isfinite(values[i])) {
                const double steps = std::nearbyint(std::ldexp(values[i], -unit));
                values[i] = std::ldexp(std::clamp(steps, -most, most), unit);
            }
        }
    }
}

double from_bits(DType type, uint64_t bits) {
    switch (type) {
        case DType::Float64:
            return std::bit_cast<double>(bits);
        case DType::Float32:
            return static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(bits)));
        case DType::Float16:
        case DType::BFloat16:
        case DType::Float8E4M3:
        case DType::Float8E5M2: {
            const Format format = format_of(type);
            const uint64_t fraction = bits & ((1ULL << format.fraction_bits) - 1);
            const uint64_t top = (1ULL << format.exponent_bits) - 1;
            const uint64_t exponent = bits >> format.fraction_bits & top;
            const bool negative = (bits >> (format.fraction_bits + format.exponent_bits) & 1) != 0;
            double value = 0;
            if (exponent == top && !format.finite_only) {
                value =
                    fraction != 0 ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
            } else if (exponent == top && fraction == (1ULL << format.fraction_bits) - 1) {
                value = std::numeric_limits<double>::quiet_NaN();
            } else if (exponent == 0) {
                value = std::ldexp(static_cast<double>(fraction), format.least_exponent() - format.fraction_bits);
            } else {
                value = std::ldexp(static_cast<double>(fraction + (1ULL << format.fraction_bits)),
                                   static_cast<int>(exponent) - format.bias() - format.fraction_bits);
            }
            return negative ? -value : value;
        }
        case DType::UInt64:
            return static_cast<double>(bits);
        default:
            return static_cast<double>(wrap_to(type, static_cast<int64_t>(bits)));
    }
}

uint64_t to_bits(DType type, double value) {
    switch (type) {
        case DType::Float64:
            return std::bit_cast<uint64_t>(value);
        case DType::Float32:
            return std::bit_cast<uint32_t>(static_cast<float>(value));
        case DType::Float16:
        case DType::BFloat16:
        case DType::Float8E4M3:
        case DType::Float8E5M2: {
            const Format format = format_of(type);
            const uint64_t top = (1ULL << format.exponent_bits) - 1;
            const uint64_t sign = std::signbit(value) ? 1ULL << (format.exponent_bits + format.fraction_bits) : 0;
            const uint64_t ones = (1ULL << format.fraction_bits) - 1;
            if (std::isnan(value)) {
                return sign | top << format.fraction_bits |
                       (format.finite_only ? ones : 1ULL << (format.fraction_bits - 1));
            }
            const double rounded = std::fabs(round_small(format, value));
            if (rounded == 0) {
                return sign;
            }
            if (std::isinf(rounded)) {
                return sign | top << format.fraction_bits;
            }
            int exponent = 0;
            std::frexp(rounded, &exponent);
            if (exponent - 1 < format.least_exponent()) {
                return sign |
                       static_cast<uint64_t>(std::ldexp(rounded, format.fraction_bits - format.least_exponent()));
            }
            const auto steps = static_cast<uint64_t>(std::ldexp(rounded, format.fraction_bits - (exponent - 1)));
            return sign | static_cast<uint64_t>(exponent - 1 + format.bias()) << format.fraction_bits | (steps & ones);
        }
        case DType::UInt64:
            return value >= 9.2e18 ? static_cast<uint64_t>(value) : static_cast<uint64_t>(static_cast<int64_t>(value));
        default: {
            const uint64_t bits = static_cast<uint64_t>(static_cast<int64_t>(round_to(type, value)));
            return bits_of(type) == 64 ? bits : bits & ((1ULL << bits_of(type)) - 1);
        }
    }
}

}  // namespace tessera::tile::ir
