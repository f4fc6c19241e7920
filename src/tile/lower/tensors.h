// How tensors lie in memory: which of their dimensions tiles cover, and how far they are padded.
#pragma once

#include <map>
#include <vector>

#include <tile/ir/diagnostics.h>
#include <tile/lower/forms.h>
#include <tile/pass/linear.h>

namespace tessera::tile::lower {

/// The type in which elements are kept on the chip: fp8 as BFloat16 (which holds all of its values), integers and Bool
/// as Int32, Float64 as Float32.
ir::DType device_format(ir::DType type);
/// Bytes of a 32x32 tile.
uint32_t tile_bytes(ir::DType format);

struct TensorPlan {
    device::Tensor tensor;
    int row = -1, column = -1;    ///< dimensions on tiles' rows and columns; -1: none, all is at 0
    std::vector<int> outer;       ///< the others, outermost first
    std::vector<int64_t> padded;  ///< by dimension of the script

    int64_t tile_rows() const;
    int64_t tile_columns() const;
    /// The page of the first tile of the matrix at outer indices `at` (by dimension of the script).
    ir::Expr first_page(const std::vector<ir::Expr>& at) const;
};

/// Calls visit(stmt, facts) for all statements of a block with what is known there of loop variables.
void walk_with_facts(const ir::Block& block, const pass::Facts& facts,
                     const std::function<void(const ir::Stmt&, const pass::Facts&)>& visit);
/// What is known of a launch's grid variables.
pass::Facts launch_facts(const ir::Launch& launch);

/// Of all tensors that the kernel's launches move, by buffer. Tensors are padded so far that no tile that a block
/// touches lies outside, where that costs little; elsewhere movement looks where it is.
/// Reported: tile-tensor-layout (a tensor whose tiles would have to cover two pairs of dimensions), tile-symbol (a
/// dimension known at run time only).
std::map<ir::Buffer, TensorPlan> plan_tensors(const ir::Kernel& kernel, const std::map<ir::Buffer, Form>& forms,
                                              Diagnostics& diagnostics);

}  // namespace tessera::tile::lower
