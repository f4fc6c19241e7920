// The measurement of the vector unit's operations against the reference.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "sfpu_reference.h"

namespace tessera::accuracy {

using namespace tensix;

namespace {

float value(uint32_t x) {
    return std::bit_cast<float>(x);
}
uint32_t word(float x) {
    return std::bit_cast<uint32_t>(x);
}
bool is_denormal(uint32_t x) {
    return (x & 0x7f800000u) == 0 && (x & 0x7fffffffu) != 0;
}

constexpr uint32_t A = TSR_SFPU_APPROX, U = TSR_SFPU_UNCHECKED, L = TSR_SFPU_LEGACY, S = TSR_SFPU_SCALED;
#include "sfpu_judgement.h"

/// Remainders hold while the quotient has fewer than 24 bits.
bool quotient_too_large(const Function& f, const Inputs& in, size_t i) {
    if (std::strncmp(f.name, "FMOD", 4) != 0 && std::strncmp(f.name, "REMAINDER", 9) != 0) {
        return false;
    }
    const double b = f.arity == 2 ? value(in.operand[1][i]) : f.p[0];
    return !(std::fabs(value(in.operand[0][i]) / b) < 0x1p23);
}

}  // namespace

Judgement judgement(const Function& f, uint32_t flags) {
    for (const Special& s : SPECIALS) {
        if (std::strcmp(s.name, f.name) == 0 && s.flags == flags) {
            const bool own = s.low == 0 && s.high == 0;
            return {own ? f.low : s.low, own ? f.high : s.high, s.unit_from, s.exact, s.fast};
        }
    }
    return {f.low, f.high, 0, "", ""};
}

std::vector<uint32_t> run(const Function& f, const SfpuTable& table, uint32_t flags, SfpuWidth width,
                          const Inputs& in) {
    uint32_t p[3];
    for (int k = 0; k < 3; ++k) {
        p[k] = f.p[k] != 0 ? word(f.p[k]) : f.raw[k];
    }
    if (f.flag_slot >= 0) {
        p[f.flag_slot] = flags | f.flags;
    }
    const SfpuParams params{p[0], p[1], p[2]};
    std::vector<uint32_t> out = in.operand[0];
    if (f.arity == 1) {
        table.unary(f.op, out.data(), out.size(), params, width);
    } else if (f.arity == 2) {
        table.binary(f.op, in.operand[0].data(), in.operand[1].data(), out.data(), out.size(), params, width);
    } else {
        table.ternary(f.op, in.operand[0].data(), in.operand[1].data(), in.operand[2].data(), out.data(), out.size(),
                      params, width);
    }
    return out;
}

Measured measure(const Function& f, const SfpuTable& table, uint32_t flags, SfpuWidth width, const Inputs& in,
                 const std::vector<long double>& truth) {
    const std::vector<uint32_t> out = run(f, table, flags, width, in);
    const bool narrow = width != SfpuWidth::Dst32;
    const int bits = narrow ? 7 : 23;
    const long double over = std::ldexp(1.0L - std::ldexp(0.5L, -bits - 1), 128);
    const Judgement how = judgement(f, flags | f.flags);
    const bool mixed = f.kind == Kind::Mixed;
    Measured m;
    double sum = 0;
    size_t good = 0;
    const bool words_out = std::strcmp(f.name, "QUANT") == 0;
    for (size_t i = 0; i < in.size(); ++i) {
        const float at = value(in.operand[0][i]);
        const long double t = truth[i];
        bool denormal = false;
        for (int k = 0; k < f.arity && f.kind != Kind::Integer && !mixed; ++k) {
            denormal = denormal || is_denormal(in.operand[k][i]);
        }
        if (denormal) {
            continue;  // the chip's instructions differ in whether they are zeros
        }
        if (f.kind == Kind::Integer || f.kind == Kind::Compare) {
            if (f.kind == Kind::Compare && std::isnan(t)) {
                continue;
            }
            const bool equal = f.kind == Kind::Integer ? out[i] == static_cast<uint32_t>(t)
                               : narrow && std::isfinite(t)
                                   // A parameter that bf16 does not hold is truncated into DST.
                                   ? value(out[i]) == value(word(static_cast<float>(t)) & 0xffff0000u)
                                   : static_cast<long double>(value(out[i])) == t;
            ++m.count;
            if (!equal) {
                m.differ += 1;
                m.lost_at = at;
                m.word_at[0] = in.operand[0][i];
            }
            continue;
        }
        if (std::isnan(t)) {
            ++m.undefined;
            continue;
        }
        ++m.count;
        const float result = words_out ? static_cast<float>(std::bit_cast<int32_t>(out[i])) : value(out[i]);
        bool core = mixed || !quotient_too_large(f, in, i);
        for (int k = 0; k < f.arity && !mixed; ++k) {
            const float v = value(in.operand[k][i]);
            core = core && ((f.second != nullptr && k == 1) || (v >= how.low && v <= how.high));
        }
        const bool truth_finite = std::fabs(t) < over;
        if (!truth_finite || !std::isfinite(result)) {
            if (truth_finite) {
                ++m.non_finite;
                m.lost_at = at;
            } else if (std::isfinite(result)) {
                ++m.finite;
            } else {
                continue;
            }
            m.core_lost += core;
            continue;
        }
        // At the end of the normal numbers a rounding makes the difference between one and zero.
        if (std::fabs(t) < 0x1.04p-126L && std::fabs(result) <= 0x1.04p-126f) {
            continue;
        }
        if (result == 0 && std::fabs(t) >= 0x1p-126L && !core) {
            ++m.zero;
            m.lost_at = at;
            continue;
        }
        const long double off = std::fabs(result - t);
        const auto in_units = [&](long double magnitude) {
            const int exponent = magnitude == 0 ? -126 : std::max(std::ilogb(magnitude), -126);
            return static_cast<double>(std::ldexp(off, bits - exponent));
        };
        const double whole_error = in_units(std::fabs(t));
        const double error = in_units(std::max<long double>(std::fabs(t), how.unit_from));
        const auto note = [&](float* where) {
            for (int k = 0; k < f.arity; ++k) {
                where[k] = value(in.operand[k][i]);
            }
        };
        if (whole_error > m.all_max) {
            m.all_max = whole_error;
            note(m.all_at);
        }
        if (core) {
            ++m.core_count;
            sum += error;
            good += error <= 0.5;
            m.core_absolute = std::max(m.core_absolute, static_cast<double>(off));
            if (error > m.core_max) {
                m.core_max = error;
                note(m.core_at);
                m.word_at[0] = in.operand[0][i];
                m.word_at[1] = f.arity > 1 ? in.operand[1][i] : 0;
            }
        }
    }
    if (m.core_count != 0) {
        m.core_mean = sum / static_cast<double>(m.core_count);
        m.core_good = static_cast<double>(good) / static_cast<double>(m.core_count);
    }
    return m;
}

std::vector<Mode> modes() {
    // The levels give the same bits; the widest that the CPU has is the quickest.
    const char* level = sfpu_by_name("avx512") != nullptr ? "avx512"
                        : sfpu_by_name("avx2") != nullptr ? "avx2"
                                                          : "portable";
    return {{"exact, Wormhole", exact_sfpu_by_name(Chip::Wormhole, level)},
            {"exact, Blackhole", exact_sfpu_by_name(Chip::Blackhole, level)},
            {"fast", sfpu_by_name(level)}};
}

std::string variant_name(uint32_t flags) {
    std::string name;
    name += flags & TSR_SFPU_SCALED ? " scaled" : "";
    name += flags & TSR_SFPU_LEGACY ? " legacy" : "";
    name += flags & TSR_SFPU_APPROX ? " approximate" : "";
    name += flags & TSR_SFPU_UNCHECKED ? " unchecked" : "";
    return name;
}

std::string Row::key() const {
    return function->name + variant_name(flags | function->flags);
}

std::vector<Row> measure_function(const Function& f, size_t samples, bool exhaustive) {
    std::vector<Row> rows = {{&f, 0, {}}};
    for (uint32_t v : f.variants) {
        if (v != 0) {
            rows.push_back({&f, v, {}});
        }
    }
    const std::vector<Mode> all = modes();
    const bool numbers = f.kind == Kind::Real || f.kind == Kind::Compare;
    for (size_t w = 0; w < 2; ++w) {
        const bool narrow = w == 1;
        const Inputs in = narrow && exhaustive && numbers && f.arity == 1 ? every_bf16() : inputs(f, narrow, samples);
        const std::vector<long double> truth = reference(f, in);
        for (Row& row : rows) {
            for (size_t m = 0; m < all.size(); ++m) {
                row.found[m][w] =
                    measure(f, *all[m].table, row.flags, narrow ? SfpuWidth::Dst16 : SfpuWidth::Dst32, in, truth);
            }
        }
    }
    return rows;
}

std::array<double, 2> bound(const Row& row, size_t mode, size_t width) {
    const Measured& x = row.found[mode][width];
    if (row.function->kind == Kind::Integer || row.function->kind == Kind::Compare) {
        return {static_cast<double>(x.differ), 0};
    }
    // Three significant digits.
    const double scale = x.core_max > 0 ? std::pow(10.0, std::floor(std::log10(x.core_max)) - 2) : 1;
    return {std::ceil(x.core_max / scale) * scale, static_cast<double>(x.core_lost)};
}

}  // namespace tessera::accuracy
