// What is to run on a chip: three kernels of a core as small syntax trees of TT-Metalium calls, the circular buffers
// between them, the tensors they move, and which work each core has. The last form of a kernel before it is text: the
// emitter prints it, the prover walks it, the plan (JSON) is its data.
//
// The trees hold integer expressions of the tile IR over variables of their own (loop counters, arguments, block
// indices), so nothing is unrolled that the script did not unroll.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tile/ir/stmt.h>
#include <tile/lower/choices.h>

namespace tessera::tile::device {

enum class Role : uint8_t { Reader, Compute, Writer };
std::string_view name_of(Role role);

struct NodeOf;
using Node = std::shared_ptr<const NodeOf>;
using Code = std::vector<Node>;

/// An argument of a call: an integer expression, or text that the API spells ("true", "BroadcastType::COL", the name of
/// a tensor's accessor).
using Argument = std::variant<ir::Expr, std::string>;

/// function<template_arguments>(arguments); with a result: `const auto result = ...`.
struct Call {
    std::string function;
    std::vector<std::string> template_arguments;
    std::vector<Argument> arguments;
    ir::Var result;
};

/// const uint32_t var = value. With `changes`: a variable that Assign may change. Without a value: a run-time argument.
struct Declare {
    ir::Var var;
    ir::Expr value;
    bool changes = false;
};
struct Assign {
    ir::Var var;
    ir::Expr value;
};
struct Loop {
    ir::Var var;
    ir::Expr begin, end, step;
    Code body;
};
struct Branch {
    ir::Expr condition;
    Code then, otherwise;
};
struct Leave {};  ///< break
/// A line of explanation in the emitted text.
struct Comment {
    std::string text;
};

struct NodeOf {
    std::variant<Call, Declare, Assign, Loop, Branch, Leave, Comment> of;
    Span span;  ///< of the script
};

template <class Kind>
Node make_node(Kind kind, Span span = {}) {
    return std::make_shared<const NodeOf>(NodeOf{std::move(kind), span});
}

/// A ring of tiles in L1 between two kernels of a core, or of compute with itself.
struct CircularBuffer {
    uint32_t index = 0;  ///< c_0 ...
    std::string name;    ///< as the emitted text spells it: "cb_A_shared"
    ir::DType format = ir::DType::BFloat16;
    uint32_t page_bytes = 0;  ///< of one tile
    uint32_t pages = 0;
    Role producer = Role::Reader, consumer = Role::Compute;
    std::string why;     ///< "two blocks of A_shared: num_stages=2"
    std::string tensor;  ///< whose shard on each core it lies on; empty: it has L1 of its own
};

/// How a tensor lies in memory. The host permutes its dimensions so that the two that tiles cover come last, pads those
/// to whole tiles and tilizes; index tensors stay rows of words.
struct Tensor {
    ir::Buffer param;
    std::vector<int64_t> shape;        ///< as the caller sees it
    std::vector<int> dimension_order;  ///< of shape's dimensions, outermost first
    /// Of a parameter that lies in memory a second time, in another layout: the tensor whose elements it has.
    std::string same_as;
    /// Whether the last dimension of dimension_order is alone in its tiles: a vector, as row 0 or column 0 of each.
    /// Words are rows of elements without tiles: of integers that decide what kernels do, and of what is gathered.
    enum class Form : uint8_t { Matrix, RowVector, ColumnVector, Words } form = Form::Matrix;
    ir::DType format = ir::DType::BFloat16;
    uint32_t page_bytes = 0;
    uint64_t pages = 0;
    /// Elements with padding, by dimension_order. Of a Matrix the last two are multiples of 32, of a vector the last;
    /// they may be larger than that asks, so that no block reaches outside. Tiles: row-major by dimension_order.
    std::vector<int64_t> padded;
    bool read = false, written = false;
    double padding = 0;  ///< what the host puts into the padding
    bool in_l1 = false;
    // Of a sharded tensor; its pages, a matrix of all its rows of tiles, are cut into shards of one size. Else empty.
    std::vector<int64_t> shard;       ///< tiles of a shard, rows and columns
    std::vector<int64_t> shard_grid;  ///< shards down and across
    bool shards_by_column = false;    ///< shards go to cores column by column
};

/// The core (logical; in DRAM x is the bank) that has shard (row, column) of a tensor, on a chip with so many columns
/// and rows of cores.
std::pair<uint32_t, uint32_t> core_of_shard(const Tensor& tensor, int64_t row, int64_t column, uint32_t grid_x,
                                            uint32_t grid_y);

struct Semaphore {
    uint32_t index = 0;
    uint32_t initial = 0;
    std::string name;
};

/// One run-time argument of a kernel; the host works out each core's value.
struct RuntimeArgument {
    enum class Meaning : uint8_t { Address, StartId, Count, Symbol, CoreValue } meaning = Meaning::StartId;
    std::string name;              ///< as the kernel spells it
    std::string tensor;            ///< of Address
    std::vector<uint32_t> values;  ///< of CoreValue: one a core, in the order of Program::cores
};

struct KernelCode {
    Role role = Role::Reader;
    std::vector<std::pair<std::string, uint32_t>> compile_arguments;  ///< by name, in order; accessors' follow
    std::vector<std::string> accessors;                               ///< tensors it reaches, in order
    std::vector<RuntimeArgument> runtime_arguments;
    std::vector<std::string> includes;
    Code body;
};

/// What a core does: `count` blocks of the grid from `start` on, in the order of the schedule.
struct CoreWork {
    uint32_t x = 0, y = 0;  ///< logical
    uint32_t start = 0, count = 0;
};

/// Which block of the grid a number of CoreWork means.
struct BlockOrder {
    ir::Var number;  ///< start, start + step, ...: `count` of them
    int64_t step = 1;
    ir::Var core_x, core_y;  ///< of cores in step: the core's place in their rectangle; else null
    /// By grid dimension: its variable, and the block's place as an expression of the variables above.
    std::vector<std::pair<ir::Var, ir::Expr>> place;
};

/// One launch of the script.
struct Program {
    std::string name;
    std::string arch = "wormhole_b0";
    std::vector<int64_t> grid;  ///< blocks by dimension, after coarsening
    uint32_t grid_x = 8, grid_y = 8;
    std::vector<CoreWork> cores;
    BlockOrder order;
    std::vector<CircularBuffer> circular_buffers;
    std::vector<Semaphore> semaphores;
    std::vector<KernelCode> kernels;
    std::string math_fidelity = "HiFi4";
    bool fp32_dest_acc_en = false, dst_full_sync_en = false, math_approx_mode = false;
    std::vector<uint32_t> unpack_to_dest_fp32;  ///< circular buffers
    lower::Choices choices;                     ///< that were taken, with what they came to
};

/// All of a kernel: its tensors, and its launches in order.
struct Module {
    std::string name;
    std::string board = "n150";  ///< whose first chip it is made for
    std::vector<Tensor> tensors;
    std::vector<Program> programs;
};

}  // namespace tessera::tile::device
