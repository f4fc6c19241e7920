// What the vector unit's operations are in real numbers: a multi-precision reference (MPFR) for every operation of
// kernel/tessera/abi_sfpu.h, the inputs to measure it on, and the measurement. An operation without a reference does
// not compile.
#pragma once

#include <mpfr.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <tensix/sfpu.h>

namespace tessera::accuracy {

/// A real number of 128 bits.
class Real {
public:
    Real() { mpfr_init2(v, 128); }
    Real(long double x) : Real() { mpfr_set_ld(v, x, MPFR_RNDN); }  // NOLINT: numbers convert
    Real(const Real& o) : Real() { mpfr_set(v, o.v, MPFR_RNDN); }
    Real& operator=(const Real& o) {
        mpfr_set(v, o.v, MPFR_RNDN);
        return *this;
    }
    ~Real() { mpfr_clear(v); }
    mpfr_t v;
};

enum class Kind : uint8_t {
    Real,     ///< measured in ULP
    Compare,  ///< fp32 in, a number out that must be equal
    Integer,  ///< words in, the word that must come out
};

/// One operation. Parameters p are the values of p0 to p2, where the operation's are numbers.
struct Function {
    const char* name;
    uint8_t arity;
    uint32_t op;
    Kind kind;
    float low = 0, high = 0;  ///< the core of the domain, where figures of use are measured
    Real (*real)(const Real* in, const float* p) = nullptr;
    double (*compare)(const double* in, const float* p) = nullptr;
    uint32_t (*integer)(const uint32_t* in, const uint32_t* p) = nullptr;
    float p[3] = {};            ///< parameters as numbers
    uint32_t raw[3] = {};       ///< parameters as words (integer operations, or counts)
    int8_t flag_slot = -1;      ///< which parameter takes TSR_SFPU_APPROX and its like
    uint32_t variants[3] = {};  ///< flags to measure, besides none
    uint8_t input = 0;          ///< how b follows from a: 0 free, 1 e^-a, 2 ln z of the Stirling form
    double (*second)(double a) = nullptr;
};

std::span<const Function> functions();

/// Inputs of one measurement: up to three operands of equal length, a multiple of 16 words.
struct Inputs {
    std::vector<uint32_t> operand[3];
    size_t size() const { return operand[0].size(); }
};
/// All 65536 bf16 values (one operand, narrow), else `wanted` values: half over every exponent, half over the core.
Inputs inputs(const Function& function, bool narrow, size_t wanted);

/// The true results; an undefined one is NaN.
std::vector<long double> reference(const Function& function, const Inputs& in);

/// What a measurement found. An error is |result - truth| in units of the last place that the format (fp32, or bf16)
/// has at the truth. Counted apart, and in no error: results that are infinite or NaN where the truth is finite, finite
/// where it is not, and zero where the truth is a normal number. Truths below the normal numbers are right as 0 or as
/// the smallest normal number.
struct Measured {
    double core_max = 0, core_mean = 0, core_good = 0;  ///< good: share within half a unit
    double all_max = 0;
    float core_at[3] = {}, all_at[3] = {};
    size_t core_count = 0, count = 0, non_finite = 0, finite = 0, zero = 0, undefined = 0, differ = 0;
    float lost_at = 0;  ///< an input of those counted apart
};
Measured measure(const Function& function, const tensix::SfpuTable& table, uint32_t flags, tensix::SfpuWidth width,
                 const Inputs& in, const std::vector<long double>& truth);
/// Runs the operation on copies of the inputs.
std::vector<uint32_t> run(const Function& function, const tensix::SfpuTable& table, uint32_t flags,
                          tensix::SfpuWidth width, const Inputs& in);

struct Mode {
    const char* name;
    const tensix::SfpuTable* table;
};
/// exact on Wormhole, exact on Blackhole, fast.
std::vector<Mode> modes();
std::string variant_name(uint32_t flags);

}  // namespace tessera::accuracy
