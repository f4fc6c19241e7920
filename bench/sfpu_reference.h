// What the vector unit's operations are in real numbers: a multi-precision reference (MPFR) for every operation of
// kernel/tessera/abi_sfpu.h, the inputs to measure it on, and the measurement. An operation without a reference does
// not compile.
#pragma once

#include <mpfr.h>

#include <array>
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
    Mixed,    ///< words in (an operand b that is a number as its bits), a number out, measured in ULP
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
    uint32_t variants[4] = {};  ///< flags to measure, besides none
    uint8_t input = 0;          ///< how b follows from a: 0 free, 1 e^-a, 2 ln z of the Stirling form
    double (*second)(double a) = nullptr;
    uint32_t flags = 0;  ///< flags of every measurement of this row
    double (*mixed)(const uint32_t* in) = nullptr;
};

std::span<const Function> functions();

/// How one variant of a function is judged, where that is not how every function is.
struct Judgement {
    float low, high;    ///< the core of the domain for this variant
    float unit_from;    ///< in the core, the unit of a truth of smaller magnitude is this number's; 0: its own
    const char* exact;  ///< what is to be known of the chip's algorithm, or ""
    const char* fast;   ///< and of the fast mode's
};
/// flags include those of the function's row.
Judgement judgement(const Function& function, uint32_t flags);

/// Inputs of one measurement: up to three operands of equal length, a multiple of 16 words.
struct Inputs {
    std::vector<uint32_t> operand[3];
    size_t size() const { return operand[0].size(); }
};
/// `wanted` values, bf16 ones if narrow: half over every exponent, half over the core.
Inputs inputs(const Function& function, bool narrow, size_t wanted);
/// All 65536 bf16 values, for a function of one number.
Inputs every_bf16();

/// The true results; an undefined one is NaN.
std::vector<long double> reference(const Function& function, const Inputs& in);

/// What a measurement found. An error in ULP is |result - truth| in units of the last place that the format (fp32, or
/// bf16) has at the truth, or in the core at unit_from if that is larger. Counted apart, and in no error: results that
/// are infinite or NaN where the truth is finite, finite where it is not, and, out of the core, zero where the truth is
/// a normal number. Truths below the normal numbers are right as 0 or as the smallest normal number.
struct Measured {
    double core_max = 0, core_mean = 0, core_good = 0;  ///< good: share within half a unit
    double core_absolute = 0;                           ///< the largest |result - truth| in the core
    double all_max = 0;
    float core_at[3] = {}, all_at[3] = {};
    size_t core_count = 0, count = 0, non_finite = 0, finite = 0, zero = 0, undefined = 0, differ = 0;
    size_t core_lost = 0;          ///< of non_finite and finite, those in the core
    float lost_at = 0;             ///< an input of those counted apart
    uint32_t word_at[2] = {0, 0};  ///< where integers went in: those of core_at, or of one that differs
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

/// One variant of a function in every mode and both widths of DST.
struct Row {
    const Function* function;
    uint32_t flags;
    std::array<std::array<Measured, 2>, 3> found;  ///< mode, width (32, 16)
    std::string key() const;                       ///< its name in a list of bounds
};
/// exhaustive: all bf16 values where a function has one operand; else `samples` as for fp32.
std::vector<Row> measure_function(const Function& function, size_t samples, bool exhaustive);

/// What is held fixed of a measurement: the maximum in the core in ULP, rounded up, or how many results differ; and how
/// many in the core were counted apart.
std::array<double, 2> bound(const Row& row, size_t mode, size_t width);
/// The samples of the measurements that bounds are made from, so that a test finds the same.
constexpr size_t BOUND_SAMPLES = 1024;

}  // namespace tessera::accuracy
