// The compute kernel's half of lowering: a tile statement becomes calls of the compute API.
//
// Every step's code stands for itself: it sets up the engines for each operation. without_repeated_setups then takes
// out what is set up already, over the whole kernel with its loops and branches.
//
// What the caller promises:
//   - Variables in expressions, other than those of the Parallel itself, are variables of the device code by the same
//     ir::Var (block indices, loop counters, Lets, scalars read from index tensors); elements of Local buffers have
//     been turned into such variables.
//   - A source's tiles lie from the front of its circular buffer on, in the order that Storage says; a block never
//   wraps
//     (the ring's pages are a multiple of the block's tiles).
//   - The index and factor tiles have been waited for once, before the first step (emit_startup), and are never popped.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <tile/device/program.h>
#include <tile/ir/diagnostics.h>
#include <tile/lower/storage.h>
#include <tile/pass/linear.h>

namespace tessera::tile::lower {

/// What steps need besides their own buffers.
struct ComputeNeeds {
    /// DST has to hold 32-bit values: fp32 or integer buffers, index arithmetic, fp16 and bf16 in one expression.
    bool fp32_dest = false;
    /// Tiles that the reader makes once, bfloat16: element (r,c) is r, or c.
    bool row_index = false, column_index = false;
    /// A tile of ones, bfloat16: the factors of a reduction.
    bool ones = false;
    /// Circular buffers from compute to compute, by format: pages that some step needs at once.
    std::map<ir::DType, int64_t> scratch;
    /// Circular buffers that the matrix unit takes operands from, where float32 has 10 bits of fraction.
    std::set<uint32_t> to_source;

    void merge(const ComputeNeeds& other);
};

struct ComputeContext {
    // Given by the caller.
    /// fp32_dest_acc_en, dst_full_sync_en and math_fidelity are read, and of circular buffers name and pages by index.
    const device::Program* program = nullptr;
    Diagnostics* diagnostics = nullptr;
    pass::Facts facts;  ///< of the block scalars, as far as known
    std::optional<uint32_t> row_index, column_index, ones;
    std::map<ir::DType, uint32_t> scratch;
    bool l1_accumulate = true;  ///< whether the packer may add to partial sums

    // Collected.
    std::set<std::string> includes;            ///< of the kernel: "api/compute/matmul.h"
    std::set<uint32_t> to_dst;                 ///< circular buffers of Float32 that are copied to DST
    std::set<uint32_t> to_source;              ///< circular buffers that the matrix unit takes operands from
    std::set<std::string, std::less<>> taken;  ///< names that no loop counter made here may have
    ComputeNeeds* dry_run = nullptr;           ///< of needs_of
};

/// What emit_step will ask of the context for this step. Reports nothing.
ComputeNeeds needs_of(const ComputeStep& step, const Storage& storage, const ComputeContext& context);

/// The kernel's first calls, before any step: hardware set up for the circular buffers of `first`, index tiles waited
/// for.
void emit_startup(const ComputeStep& first, const Storage& storage, ComputeContext& context, device::Code& out);

/// Appends the step's code. What the engines cannot do is reported with the statement's span, and nothing appended.
void emit_step(const ComputeStep& step, const Storage& storage, ComputeContext& context, device::Code& out);

/// Program::unpack_to_dest_fp32: the fp32 circular buffers that only go to DST, where they keep all of their bits.
std::vector<uint32_t> unpack_to_dest(const ComputeContext& context);

/// The kernel's code without setups that change nothing: those that repeat what is set up on every path, and those in
/// loops that are the loop's only ones of their kind, which move before it.
device::Code without_repeated_setups(const device::Code& code, const device::Program& program);

/// Whether a product's result is accumulated by the packer in L1 (its ring has exactly its tiles, in a format that the
/// packer adds in), so that nothing is reloaded.
bool accumulates_in_l1(const Place& result, const ComputeContext& context);

/// The subblock that a product of rows x columns result tiles is made in: {rows, columns}, both divisors. The memory
/// pass writes it into the Place of the result before anybody makes code for that buffer.
std::pair<int64_t, int64_t> product_subblock(int64_t rows, int64_t columns, bool fp32_dest, bool full_sync = false);

}  // namespace tessera::tile::lower
