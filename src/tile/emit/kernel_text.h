// The source text of a kernel: C++ for the compute or data-movement API of TT-Metalium, from the syntax tree that
// lowering leaves.
#pragma once

#include <functional>
#include <string>

#include <tile/device/program.h>

namespace tessera::tile::emit {

/// The script's line that a place means, without its indentation and with what names the file before it:
/// "gemm.py:41  T.gemm(A_shared, B_shared, C_local)". Empty: no comment.
using SourceLine = std::function<std::string(const Span&)>;

/// One kernel of a program, whole: includes, names of circular buffers, arguments, accessors, body. `module` says how
/// large the pages of tensors are. Before each statement that comes from another line of the script than the one
/// before, that line stands as a comment, if `line` is given.
///
/// An accessor is called as its tensor; a circular buffer as its name, and is declared if the body names it. Variables
/// are int32_t, or what their type says. Divisions round down as the tile language's do, whatever the signs.
std::string kernel_text(const device::KernelCode& kernel, const device::Program& program, const device::Module& module,
                        const SourceLine& line = {});

/// An integer or floating-point expression as C++; operands that need them have parentheses. Variables by name.
std::string expression_text(const ir::Expr& expr);

}  // namespace tessera::tile::emit
