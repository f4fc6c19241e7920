#include <numerics/values.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <tensix/arithmetic.h>

namespace tessera::numerics {

using tensix::Precision;

void decode(DataFormat format, const uint8_t* exponents, const uint8_t* data, uint32_t datums, double* out) {
    // The fast mode's source words are fp32 values, and every format but Float32 (taken raw) fits one of them.
    static const tensix::Arithmetic& unpacker = tensix::arithmetic(tensix::MathMode::Fast, tensix::Chip::Wormhole);
    const Precision as = format == DataFormat::Float32 || (tensix::is_integer(format) && format != DataFormat::Int8)
                             ? Precision::Fp32
                         : format == DataFormat::Int8    ? Precision::Int8
                         : format == DataFormat::Tf32    ? Precision::Tf32
                         : tensix::is_fp16_class(format) ? Precision::Fp16
                                                         : Precision::Bf16;
    alignas(64) uint32_t words[256];
    const uint32_t bits = tensix::datum_bits(format);
    for (uint32_t at = 0; at < datums; at += 256) {
        const uint32_t count = std::min<uint32_t>(256, datums - at);
        unpacker.unpack(format, as, exponents + at / 16, data + size_t{at} * bits / 8, count, words);
        for (uint32_t i = 0; i < count; ++i) {
            out[at + i] = std::bit_cast<float>(words[i]);
        }
    }
}

FormatLimits limits(DataFormat format) {
    constexpr double fp32_max = std::numeric_limits<float>::max();
    switch (format) {
        case DataFormat::Float32:
            return {23, -126, fp32_max, false};
        case DataFormat::Tf32:
            return {10, -126, std::ldexp(2.0 - std::ldexp(1.0, -10), 127), false};
        case DataFormat::Float16_b:
            return {7, -126, std::ldexp(2.0 - std::ldexp(1.0, -7), 127), false};
        case DataFormat::Float16:
            return {10, -14, 65504.0, false};
        case DataFormat::Lf8:
            return {2, -14, 57344.0, false};
        case DataFormat::Fp8_e4m3:
            return {3, -6, 448.0, false};
        case DataFormat::Bfp8:
        case DataFormat::Bfp4:
        case DataFormat::Bfp2:
        case DataFormat::Bfp8_b:
        case DataFormat::Bfp4_b:
        case DataFormat::Bfp2_b: {
            const int bits = static_cast<int>(tensix::datum_bits(format)) - 2;
            const bool narrow = tensix::is_fp16_class(format);
            return {bits, narrow ? -14 : -126, std::ldexp(2.0 - std::ldexp(1.0, -bits), narrow ? 15 : 127), true};
        }
        default:
            return {23, -126, fp32_max, false};
    }
}

double explained_by(DataFormat format) {
    return std::ldexp(1.0, -std::min(limits(format).mantissa_bits, 10) - 1);
}

namespace {

constexpr double floor_of_rms = 1.0 / 1024;

double ulp_at(double magnitude, const FormatLimits& format) {
    const int exponent = magnitude == 0 ? format.min_exponent : std::max(std::ilogb(magnitude), format.min_exponent);
    return std::ldexp(1.0, exponent - format.mantissa_bits);
}

/// The least denominator of a relative error among these shadows.
double least_denominator(const double* shadow, size_t n) {
    double squares = 0;
    size_t finite = 0;
    for (size_t i = 0; i < n; ++i) {
        if (std::isfinite(shadow[i])) {
            squares += shadow[i] * shadow[i];
            ++finite;
        }
    }
    return finite == 0 ? 0 : std::sqrt(squares / static_cast<double>(finite)) * floor_of_rms;
}

}  // namespace

double mean_relative_error(const double* actual, const double* shadow, size_t n) {
    const double floor = least_denominator(shadow, n);
    double sum = 0;
    size_t count = 0;
    for (size_t i = 0; i < n; ++i) {
        const double a = actual[i], s = shadow[i];
        if ((a == 0 && s == 0) || !std::isfinite(a) || !std::isfinite(s)) {
            continue;
        }
        ++count;
        // An error where all shadows are zero counts as 1.
        sum += a == s ? 0 : s == 0 && floor == 0 ? 1 : std::fabs(a - s) / std::max(std::fabs(s), floor);
    }
    return count == 0 ? 0 : sum / static_cast<double>(count);
}

void Errors::add(DataFormat format, const double* actual, const double* shadow, size_t n) {
    const FormatLimits of = limits(format);
    const double floor = least_denominator(shadow, n);
    const double smallest = std::ldexp(1.0, of.min_exponent);
    Errors part;
    double block_ulp = 0;
    for (size_t i = 0; i < n; ++i) {
        if (of.block && i % 16 == 0) {
            double largest = 0;
            for (size_t j = i; j < std::min(n, i + 16); ++j) {
                largest = std::isfinite(shadow[j]) ? std::max(largest, std::fabs(shadow[j])) : largest;
            }
            block_ulp = ulp_at(largest, of);
        }
        const double a = actual[i], s = shadow[i], magnitude = std::fabs(s);
        ++part.values;
        if (!std::isfinite(a) || !std::isfinite(s)) {
            part.infinities += std::isinf(a) && std::isfinite(s) ? 1 : 0;
            part.nans += std::isnan(a) && !std::isnan(s) ? 1 : 0;
            part.saturated += std::isfinite(a) && std::isinf(s) && std::fabs(a) >= of.max ? 1 : 0;
            continue;
        }
        const double error = std::fabs(a - s);
        const double ulp = of.block ? block_ulp : ulp_at(magnitude, of);
        if (std::fabs(a) >= of.max && magnitude >= std::fabs(a) + ulp) {
            ++part.saturated;
        }
        if (a == 0 && s != 0 && magnitude < (of.block ? block_ulp : smallest)) {
            ++part.flushed;
        }
        ++part.count;
        const double denominator = std::max(magnitude, floor);
        const double relative = error == 0 ? 0 : denominator == 0 ? 1 : error / denominator;
        part.max_relative = std::max(part.max_relative, relative);
        part.sum_relative += relative;
        const double ulps = error / ulp;
        part.max_ulp = std::max(part.max_ulp, ulps);
        part.sum_ulp += ulps;
        part.max_absolute = std::max(part.max_absolute, error);
        part.sum_shadow2 += s * s;
        part.sum_error2 += error * error;
        const double weight = 1.0 / static_cast<double>(part.count);
        const double da = a - part.mean_actual, ds = s - part.mean_shadow;
        part.mean_actual += da * weight;
        part.mean_shadow += ds * weight;
        part.var_actual += da * (a - part.mean_actual);
        part.var_shadow += ds * (s - part.mean_shadow);
        part.covariance += da * (s - part.mean_shadow);
    }
    merge(part);
}

void Errors::merge(const Errors& other) {
    values += other.values;
    saturated += other.saturated;
    flushed += other.flushed;
    infinities += other.infinities;
    nans += other.nans;
    max_relative = std::max(max_relative, other.max_relative);
    sum_relative += other.sum_relative;
    max_ulp = std::max(max_ulp, other.max_ulp);
    sum_ulp += other.sum_ulp;
    max_absolute = std::max(max_absolute, other.max_absolute);
    sum_shadow2 += other.sum_shadow2;
    sum_error2 += other.sum_error2;
    if (other.count == 0) {
        return;
    }
    const auto mine = static_cast<double>(count), theirs = static_cast<double>(other.count);
    const double total = mine + theirs, factor = mine * theirs / total;
    const double da = other.mean_actual - mean_actual, ds = other.mean_shadow - mean_shadow;
    var_actual += other.var_actual + da * da * factor;
    var_shadow += other.var_shadow + ds * ds * factor;
    covariance += other.covariance + da * ds * factor;
    mean_actual += da * theirs / total;
    mean_shadow += ds * theirs / total;
    count += other.count;
}

double Errors::norm_relative() const {
    return sum_error2 == 0 ? 0 : sum_shadow2 == 0 ? 1 : std::sqrt(sum_error2 / sum_shadow2);
}

double Errors::pcc() const {
    const double scale = std::sqrt(var_actual) * std::sqrt(var_shadow);
    if (scale == 0) {
        return sum_error2 == 0 || var_actual == var_shadow ? 1 : 0;
    }
    return std::clamp(covariance / scale, -1.0, 1.0);
}

}  // namespace tessera::numerics
