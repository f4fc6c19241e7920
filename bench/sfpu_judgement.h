// How single functions and variants are judged, and what is to be known of them, for sfpu_measure.cpp. Where an
// algorithm is meant for less than the function's domain, the core is that; where its error is absolute by design
// (a constant term, a difference of two large numbers), ULP of a small truth say nothing, and the unit has a floor.
#pragma once

struct Special {
    const char* name;
    uint32_t flags;
    float low, high;  // both 0: the function's own
    float unit_from;
    const char* exact;
    const char* fast = "";
};
constexpr float SMALL = 0x1p-10f, ONE = 1;
constexpr const char* BITS_LINE = "a line through the bits of the result, up to 6% off";
constexpr const char* SHORT_EXP = "the short exponential (8 bits) less 1: 0.0017 at zero, -0 included";
constexpr const char* SHORT_LOG = "goes through a logarithm of 10 bits, whose error is absolute";
constexpr const char* TURNS = "x / pi is rounded before whole turns go: the error near the zeros is absolute";
constexpr const char* CANCELS = "terms cancel: the error is that of the largest term";

// clang-format off: a table
constexpr Special SPECIALS[] = {
    {"EXP", A, -42, 44, 0, "fixed point, valid below 64 ln 2 = 44.36; wrong from there to 89, 0 below -42"},
    {"EXP", A | U, -42, 44, 0, "as approximate, without the infinity from 89 on"},
    {"EXP", S, 0, 0, 0, "measured with the factor 1/2"},
    {"EXP", S | A, -84, 88, 0, "measured with the factor 1/2; valid below 88.7"},
    {"EXP_CLAMPED", 0, 0, 0, 0, BITS_LINE},
    {"EXP2", 0, 0, 0, 0, "x ln 2 is rounded to fp32 before e^x is taken, which costs up to x / 2 units"},
    {"EXPM1", A, 0, 0, 0, "the short exponential, also in 32-bit DST"},
    {"LOG", U, 0, 0, 0, "in 16-bit DST negative and infinite inputs are not looked at"},
    {"LOG_SCALED", U, 0, 0, 0, "in 16-bit DST negative and infinite inputs are not looked at"},
    {"LOG1P", U, 0, 0, 0, "in 16-bit DST negative and infinite inputs are not looked at"},
    {"TANH", A, 0, 0, 0, "three lines of the lookup instruction"},
    {"SIGMOID", A, -8, 8, SMALL, "three lines about 1/2, so the error is absolute"},
    {"GELU", 0, 0, 0, SMALL, "a polynomial with a constant term of 3e-5; 0 below -5.5"},
    {"GELU", A, 0, 0, SMALL, "six lines of the lookup instruction added to x / 2"},
    {"RECIP", 0, -1e31f, 1e31f, 0, "Blackhole, 32 bits: from 2^103 on the correction falls below the normal numbers and is lost, 7 bits remain; both widths: 0 from 2^126 on"},
    {"RECIP", A, -1e31f, 1e31f, 0, "Blackhole: the table's 7 bits; Wormhole: one step of Newton's iteration"},
    {"RECIP", L, -1e37f, 1e37f, 0, "a linear guess, three steps"},
    {"RECIP", L | A, -1e37f, 1e37f, 0, "a linear guess, two steps"},
    {"SQRT", 0, 1e-37f, 1e38f, 0, "-0 counts as negative: NaN"},
    {"SQRT", A, 1e-37f, 1e38f, 0, "-0 counts as negative: NaN"},
    {"SQRT", U, 1e-37f, 1e38f, 0, "a negative input does not give NaN"},
    {"RSQRT", U, 0, 0, 0, "a negative input does not give NaN"},
    {"RSQRT", L, 1e-37f, 1e37f, 0, "the reciprocal of the first generation's root; from 2^126 on the square of the guess underflows"},
    {"RSQRT", L | A, 1e-37f, 1e37f, 0, "the reciprocal of the halved bit pattern"},
    {"POWER", 0, 0, 0, 0, "8 bits, and rounded to bf16 whatever DST holds"},
    {"POW", 0, 0, 0, 0, "log2 is good to 18 bits; its error grows with the exponent"},
    {"RPOW", 0, 0, 0, 0, "log2 is good to 18 bits; its error grows with the exponent"},
    {"SOFTPLUS", 0, 0, 0, 0, "below -5 the short exponential rounded to bf16, also in 32-bit DST"},
    {"ELU", 0, 0, 0, SMALL, SHORT_EXP},
    {"CELU", 0, 0, 0, SMALL, "the short exponential (8 bits) less 1"},
    {"SELU", 0, 0, 0, SMALL, SHORT_EXP},
    {"SOFTSIGN", A, 0, 0, 0, "the approximate reciprocal"},
    {"HARDSIGMOID", 0, 0, 0, SMALL, "x / 6 + 1/2 cancels near -3", "x / 6 + 1/2 cancels near -3"},
    {"HARDMISH", 0, 0, 0, SMALL, "x + 2.8 cancels near -2.8", "x + 2.8 cancels near -2.8"},
    {"SIN", 0, 0, 0, SMALL, TURNS},
    {"SIN", A, 0, 0, SMALL, TURNS},
    {"COS", 0, 0, 0, SMALL, TURNS},
    {"COS", A, 0, 0, SMALL, TURNS},
    {"TAN", 0, 0, 0, SMALL, TURNS},
    {"TAN", A, 0, 0, SMALL, TURNS},
    {"ASIN", 0, 0, 0, 0, "Maclaurin's series up to x^11: 0.23 off at 1"},
    {"ACOS", 0, 0, 0, SMALL, "pi / 2 less that series: 0.23 off at 1"},
    {"SINH", 0, 0, 0, SMALL, "half the difference of two short exponentials: no digits below 0.004"},
    {"COSH", 0, 0, 0, 0, "half the sum of two short exponentials"},
    {"ASINH", 0, 0, 0, SMALL, SHORT_LOG},
    {"ASINH", A, 0, 0, SMALL, SHORT_LOG},
    {"ACOSH", 0, 0, 0, SMALL, SHORT_LOG},
    {"ACOSH", A, 0, 0, SMALL, SHORT_LOG},
    {"ATANH", 0, 0, 0, SMALL, SHORT_LOG},
    {"ATANH", A, 0, 0, SMALL, SHORT_LOG},
    {"ERF", 0, 0, 0, SMALL, "pieces of degree 4 with a constant term of 7e-5"},
    {"ERFC", 0, 0, 0, SMALL, "1 less erf: 0 above 3"},
    {"ERFINV", 0, 0, 0, SMALL, "a closed formula of two digits; 0 near zero, -inf or NaN at 1 and beyond"},
    {"I0", 0, 0, 0, 0, "the power series up to x^24, too short beyond 10"},
    {"I1", 0, 0, 0, 0, "every coefficient after x / 2 is published twice as large: 2 I1(x) - x / 2"},
    {"LGAMMA", 0, 0.5f, 1e3f, SMALL, "four terms of Lanczos' series for x > 0, through a logarithm of 10 bits; not mirrored: finite at the poles"},
    {"LGAMMA_STIRLING", 0, 0, 0, SMALL, "two terms of Stirling's series through a logarithm of 10 bits", "1 - x is rounded: no digits near the zeros at x = 0 and -1"},
    {"LGAMMA_STIRLING_FLOAT", 0, 0, 0, SMALL, "32 bits: within 0.2 of the zero at 2, the series about the one at 1 is used; 16 bits: cancels near both", "1 - x is rounded: no digits near the zeros at x = 0 and -1"},
    {"LGAMMA_ADJUSTED", 0, 0, 0, ONE, CANCELS, CANCELS},
    {"XIELU", 0, 0, 0, SMALL, "from -1e-6 to 0, e^x - 1 is taken as -1e-6: -p1 1e-6 at zero", "overflows below -1.7e38, where p1 (e^x - 1 - x) does"},
    {"DIV", 0, 0, 0, 0, "1 where the operands differ by less than the smallest normal number"},
    {"DIV_NO_NAN", 0, 0, 0, 0, "1 where the operands differ by less than the smallest normal number"},
    {"RDIV_TRUNC", 0, 0, 0, 0, "a quotient next to a whole number falls to either side of it"},
    {"RDIV_TRUNC", A, 0, 0, 0, "a quotient next to a whole number falls to either side of it"},
    {"RDIV_FLOOR", 0, 0, 0, 0, "a quotient next to a whole number falls to either side of it"},
    {"RDIV_FLOOR", A, 0, 0, 0, "a quotient next to a whole number falls to either side of it"},
    {"REMAINDER_SCALAR", 0, 0, 0, ONE, "0 for the divisor where x of the other sign is below half a unit of it"},
    {"FMOD", 0, 0, 0, ONE, CANCELS, CANCELS},
    {"REMAINDER", 0, 0, 0, ONE, "terms cancel; 16 bits: next to a multiple of the divisor the whole divisor can be missing", CANCELS},
    {"XLOGY", 0, 0, 0, SMALL, "the first generation's cubic for the logarithm"},
    {"LOGSIGMOID", 0, 0, 0, 0, "above 4 the given e^-a, which is the first term only"},
    {"ADDCMUL", 0, 0, 0, ONE, CANCELS, CANCELS},
    {"ADDCDIV", 0, 0, 0, ONE, CANCELS, CANCELS},
    {"LERP", 0, 0, 0, ONE, CANCELS, CANCELS},
    {"UINT32_TO_FLOAT", 0, 0, 0, 0, "from 2^31 on rounded twice: the low 31 bits, then the sum with 2^31"},
    {"DIV_INT", 0, 0, 0, 0, "both integers are rounded to fp32, the divisor is inverted, the product rounded"},
};
// clang-format on
