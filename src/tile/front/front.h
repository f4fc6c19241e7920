// The front of the tile compiler: a script's text to kernels.
//
// A script is ordinary Python as it is published: kernels and what is around them. Its functions are evaluated here, by
// an evaluator of our own, as far as a kernel needs it; Python is not used, and nothing of the script's host side (a
// main function, tensors, timing) is ever run. Sizes that the script itself calls its kernels with are found by
// following those calls, with tensors as shapes, and serve as defaults.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <tile/ir/diagnostics.h>
#include <tile/ir/stmt.h>

namespace tessera::tile::front {

/// Of --arg NAME=VALUE: by name, as written. A value is a Python literal (1024, 0.5, True, (1, 2), "float16"); a bare
/// word is a string, or a dtype: float16, T.float16.
using Arguments = std::map<std::string, std::string, std::less<>>;

struct ParameterInfo {
    std::string name;
    std::string annotation;  ///< as the script has it, short forms only ("int", "T.Tensor"); may be empty
    std::string value;       ///< what is taken without --arg, as Python writes it; empty: it has to be given
    /// Where value comes from: "call" (of the kernel, by the script itself), "configs" (the first of @autotune),
    /// "default", "script" (which gives it to the same name elsewhere), "assumed" (a dimension that nothing is said
    /// of); empty without one.
    std::string from;
    /// A T.const or T.dynamic of the kernel's body, or a number that the kernel is given when it runs, rather than a
    /// parameter of its function.
    bool dimension = false;
    bool size = false;  ///< it is, or is in, a dimension of the kernel's tensors
};

struct KernelInfo {
    std::string name;
    Span span;
    std::vector<ParameterInfo> parameters;
    bool called = false;  ///< the script calls it itself
    bool autotuned = false;
};

class Script;

/// Reads a file; a file that cannot be read is the error tile-file. Files beside it that it imports are read too.
std::shared_ptr<Script> load(const std::string& path, Diagnostics& diagnostics);
/// The same of a text; `path` is how messages call it. Imports of other files are unknown then.
std::shared_ptr<Script> load_text(const std::string& text, const std::string& path, Diagnostics& diagnostics);

/// The kernels in the order of the file. Empty after a syntax error.
std::vector<KernelInfo> kernels(Script& script);

/// What a script's host side says about what its kernel is run with.
struct Told {
    struct Tensor {
        std::vector<int64_t> shape;
        std::vector<double> values;  ///< in row-major order
        bool constant = false;       ///< all the same: torch.zeros
    };
    /// Of the kernel's symbols: all of them; those that nothing is said of are listed in `assumed`.
    std::map<std::string, int64_t, std::less<>> dimensions;
    std::vector<std::string> assumed;
    Span span;  ///< of the kernel, for notes
    /// Tensors whose elements follow from the script: offsets, indices, masks. By parameter; only where the shapes fit.
    std::map<std::string, Tensor, std::less<>> tensors;
};

/// The kernel of that name (of the function that makes it) for these arguments. An empty name means the only kernel,
/// or the first one that the script calls. After errors the kernel is incomplete and diagnostics.failed() is true.
/// Arguments also hold for names of the script's host side (parameters of its main, options that it parses, variables),
/// and what follows from those: sizes and tensors.
ir::Kernel evaluate(Script& script, std::string_view name, const Arguments& arguments, Diagnostics& diagnostics,
                    Told* told = nullptr);

/// What @autotune(configs=...) of the kernel lists: parameter names and values as --arg takes them.
std::vector<Arguments> configs(Script& script, std::string_view name, const Arguments& arguments,
                               Diagnostics& diagnostics);

}  // namespace tessera::tile::front
