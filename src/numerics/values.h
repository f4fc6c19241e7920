// Numbers as formats hold them, for comparison with a float64 shadow: decoding of L1 bytes, the size of a unit in the
// last place, and running sums of errors.
#pragma once

#include <cstddef>
#include <cstdint>

#include <tensix/format.h>

namespace tessera::numerics {

using tensix::DataFormat;

/// Values of `datums` (a multiple of 16) datums as the unpacker reads them. Block formats: exponents points at the
/// first shared exponent. Integer formats give the float64 of the 32-bit pattern's float; nobody compares those.
void decode(DataFormat format, const uint8_t* exponents, const uint8_t* data, uint32_t datums, double* out);

/// What a format can hold.
struct FormatLimits {
    int mantissa_bits;  ///< after the leading one; of block formats, of the block's largest value
    int min_exponent;   ///< of the smallest normal value
    double max;         ///< from here on a value counts as the largest one
    bool block;         ///< 16 values share an exponent
};
FormatLimits limits(DataFormat format);

/// Relative rounding that storing in this format explains: half a unit in the last place of a mantissa of 1. Float32
/// counts as having the 10 mantissa bits of the widest operands that the matrix unit takes.
double explained_by(DataFormat format);

/// Mean relative error of n values (denominators as in Errors::add) over the pairs that are finite and not both zero.
double mean_relative_error(const double* actual, const double* shadow, size_t n);

/// Errors of values against their shadow. Means are over `count`: the pairs in which both are finite.
struct Errors {
    uint64_t values = 0;  ///< compared at all
    uint64_t count = 0;
    uint64_t saturated = 0;   ///< the largest value of the format stands for a larger one
    uint64_t flushed = 0;     ///< zero stands for a value too small for the format
    uint64_t infinities = 0;  ///< infinite where the shadow is finite
    uint64_t nans = 0;        ///< NaN where the shadow is a number
    double max_relative = 0, sum_relative = 0;
    double max_ulp = 0, sum_ulp = 0;
    double max_absolute = 0;
    double sum_shadow2 = 0, sum_error2 = 0;
    // Moments for the correlation.
    double mean_actual = 0, mean_shadow = 0, var_actual = 0, var_shadow = 0, covariance = 0;

    /// Adds n pairs in L1 order (for block formats from a multiple of 16). A relative error's denominator is the
    /// shadow's magnitude, but at least 2^-10 of the root mean square of these n shadows.
    void add(DataFormat format, const double* actual, const double* shadow, size_t n);
    void merge(const Errors& other);

    double mean_relative() const { return count == 0 ? 0 : sum_relative / static_cast<double>(count); }
    double mean_ulp() const { return count == 0 ? 0 : sum_ulp / static_cast<double>(count); }
    /// Norm of the errors over the norm of the shadows.
    double norm_relative() const;
    /// Pearson's correlation; 1 when both sides are constant and equal.
    double pcc() const;
};

}  // namespace tessera::numerics
