// What a compiled kernel's results are compared with, and how.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <tile/device/program.h>
#include <tile/interpret/interpret.h>

namespace tessera::cli {

/// What a kernel does with a parameter.
struct ParameterUse {
    bool read = false, written = false;
};
std::map<std::string, ParameterUse, std::less<>> uses_of(const tile::ir::Kernel& kernel);

/// Whether the caller gives values for the parameter: it is read, and it is not the kernel's result.
bool is_input(const tile::ir::Kernel& kernel, const std::string& name, const ParameterUse& use);

/// What the kernel means, of every parameter that it writes.
struct Reference {
    tile::interpret::Result exact;    ///< nothing rounded
    tile::interpret::Result rounded;  ///< every store rounded to its format
    bool has_rounded = false;         ///< not where that would take too long
};
Reference reference_of(const tile::ir::Kernel& kernel, const tile::ir::Kernel& in_formats,
                       const tile::interpret::Arrays& inputs);

/// A result beside its reference.
struct Comparison {
    std::string tensor;
    tile::ir::DType dtype = tile::ir::DType::Float32;
    std::vector<int64_t> shape;
    double max_abs = 0;      ///< greatest difference
    double relative_l2 = 0;  ///< of the difference to the exact values
    double bound = 0;        ///< of relative_l2; of integers 0
    std::string bound_why;
    size_t not_numbers = 0;  ///< elements that are NaN or infinite on one side only
    bool within() const { return not_numbers == 0 && relative_l2 <= bound; }
};

/// `bound` 0: the error of rounding to the formats four times, what the matrix engine's and vector engine's own
/// arithmetic may add at the module's formats and fidelity, as many times as the kernel enlarges roundings, and what is
/// lost of numbers below the least normal one of the result's format.
Comparison compare(const std::string& tensor, const tile::interpret::Array& result, const Reference& reference,
                   const tile::device::Module& module, double bound);

}  // namespace tessera::cli
