// Kernels as text that people read and parse.h reads back: printing what was parsed gives the same text again.
//
//     kernel "scale" {
//       param A: bfloat16[64, 64]
//       param B: bfloat16[64, 64]
//       output B
//       body {
//         launch bx in 2, by in 2 {
//           alloc T: bfloat16[32, 32] shared
//           copy A[by * 32 +: 32, bx * 32 +: 32] -> T[:]
//           parallel i in 32, j in 32 {
//             T[i, j] = T[i, j] * 2.0:bfloat16
//           }
//           copy T[:] -> B[by * 32 +: 32, bx * 32 +: 32]
//         }
//       }
//     }
//
// A region says of each dimension where it begins and, after `+:`, how many elements it has; a dimension that was
// indexed has no extent; `[:]` is all of the buffer. Constants are int32 or float32 where no type follows them.
#pragma once

#include <string>

#include <tile/ir/stmt.h>

namespace tessera::tile::ir {

struct PrintOptions {
    bool spans = false;  ///< each statement ends with its place, " @line:column" or " @file:line:column"
};

std::string print(const Kernel& kernel, const PrintOptions& options = {});
/// Statements, indented by so many levels of two spaces.
std::string print(const Block& block, int level = 0, const PrintOptions& options = {});
std::string print(const Expr& expr);
std::string print(const Region& region);

/// "sum", "max", ..., as scripts name reductions.
std::string_view name_of(Reduction op);
/// "param", "global", "shared", "fragment", "local".
std::string_view name_of(Scope scope);

}  // namespace tessera::tile::ir
