// Statements of the tile IR, and kernels: what a script means, before anything is decided about the machine.
//
// A kernel is a function of tensors. It holds one launch or more, one after the other; a launch is a grid of blocks
// that run in no order; a block runs its statements in order, on buffers of its own and on regions of tensors.
//
// What is left to GPUs by the language upstream is fixed here:
//   - A load outside a tensor gives its safe value (0 unless annotated), a store outside is dropped; the same for the
//     parts of a Copy. Outside a block's own buffer it is an error.
//   - The iterations of a Parallel run in no order; two that touch the same element, one of them storing, are an error.
//   - Reading an element of a block's buffer that nothing has written is an error.
//   - Gemm, Reduce and Scan accumulate in the type of their result, in the interpreter in float64.
//   - Atomics are done in the order of the grid, the last dimension slowest, so results do not differ between runs.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tile/ir/expr.h>

namespace tessera::tile::ir {

struct StmtNode;
using Stmt = std::shared_ptr<const StmtNode>;
using Block = std::vector<Stmt>;

/// A buffer comes to be: of a block, or (Scope::Global) of the kernel. Its elements are not written.
struct Alloc {
    Buffer buffer;
    /// alloc_var(init=), evaluated here; null without one.
    Expr init;
};

/// A scalar gets a name for what follows in this block.
struct Let {
    Var var;
    Expr value;
};

/// One element is written: of a tensor, of a block's buffer (in a Parallel), or of a Local.
struct Store {
    Buffer buffer;
    std::vector<Expr> indices;
    Expr value;
};

enum class LoopKind : uint8_t {
    Serial,
    Unrolled,   ///< a hint
    Pipelined,  ///< as Serial, with copies of `stages` iterations ahead
};

/// begin, begin + step, ... while below end (above, if the step is negative). The step is a constant other than 0.
struct For {
    Var var;
    Expr begin, end, step;
    LoopKind kind = LoopKind::Serial;
    int stages = 0;  ///< of Pipelined: num_stages
    Block body;
};

/// An elementwise nest. Its body holds Let, Store, If and Atomic only.
struct Parallel {
    std::vector<Var> vars;  ///< outermost first
    std::vector<Expr> extents;
    Block body;
};

struct If {
    Expr condition;
    Block then, otherwise;
};

struct While {
    Expr condition;
    Block body;
};

/// Leaves the innermost For or While.
struct Break {};

/// The part a Copy has in an update of a tensor that must not meet another one: blocks take turns. A load begins a turn
/// and the store after it ends that, or a store is a turn of its own; other loads wait until the turns before are over.
/// Scripts have none; a pass makes them of atomics, and where a launch loads from what it stores to.
enum class Turn : uint8_t { None, Begins, Ends, Whole, Waits };

/// dst = src, cast to dst's type. Extents match from the right once dropped dimensions and those of extent 1 are left
/// out.
struct Copy {
    Region src, dst;
    Turn turn = Turn::None;
};

/// All of dst becomes value, cast to its type.
struct Fill {
    Region dst;
    Expr value;
};

/// c += op(a)·op(b), where op transposes if asked: a is (m,k) or (k,m), b (k,n) or (n,k), c (m,n).
struct Gemm {
    Region a, b, c;
    bool transpose_a = false, transpose_b = false;
    bool clear = false;  ///< c = op(a)·op(b)
};

enum class Reduction : uint8_t { Sum, Max, Min, AbsSum, AbsMax, And, Or, Xor, Any, All };

/// dst, of src's shape without dimension dim (or with 1 there), becomes the reduction over that dimension; with clear
/// false, of that and what was in dst.
struct Reduce {
    Reduction op = Reduction::Sum;
    Region src, dst;
    int dim = 0;
    bool clear = true;
    bool propagate_nan = false;
};

/// dst becomes the running sum or maximum of src along dim.
struct Scan {
    Reduction op = Reduction::Sum;
    Region src, dst;
    int dim = 0;
    bool reverse = false;
};

/// dst[i] = dst[i] op value[i], with nobody between. Of a region (src given) or in a Parallel of one element (value).
struct Atomic {
    Reduction op = Reduction::Sum;
    Region dst;
    std::optional<Region> src;
    Expr value;
};

/// What an atomic of a region adds. std::logic_error if it is one of an element.
const Region& source(const Atomic& atomic);

/// dst = transpose of src, both of rank 2.
struct Transpose {
    Region src, dst;
};

/// The patches of an image: dst[i, (kh,kw,c)] = img[n, h*stride + kh*dilation - pad, w*stride + kw*dilation - pad, c]
/// for output position first_row + i = (n,h,w) and column first_column on; 0 outside the image. img is (N,H,W,C).
struct Im2col {
    Region img, dst;
    Expr first_row, first_column;
    int64_t kernel = 1, stride = 1, dilation = 1, pad = 0;
};

/// The condition is a fact that the script's author asserts (T.assume), or wants checked (T.device_assert).
struct Assert {
    Expr condition;
    std::string message;
    bool assumed = false;
};

/// A grid of blocks. vars[0] runs fastest in launch order (bx).
struct Launch {
    std::vector<Var> vars;
    std::vector<Expr> extents;
    Block body;
    /// Blocks that differ in vars[0] alone update the same parts of tensors: they take their turns one after the other,
    /// the n-th turn of each before the next one of any. Each is on a core of its own.
    bool in_turns = false;
};

struct StmtNode {
    std::variant<Alloc, Let, Store, For, Parallel, If, While, Break, Copy, Fill, Gemm, Reduce, Scan, Atomic, Transpose,
                 Im2col, Assert, Launch>
        of;
    Span span;
};

template <class Kind>
Stmt make_stmt(Kind kind, Span span = {}) {
    return std::make_shared<const StmtNode>(StmtNode{std::move(kind), span});
}

/// annotate_tt_schedule, use_swizzle, and --schedule.
struct ScheduleHints {
    std::optional<std::string> policy;                  ///< "contiguous", "strided", "rect"
    std::optional<std::string> order;                   ///< "row_major", "column_major", "block_linear", "z_order"
    int64_t block_linear = 0;                           ///< of block_linear(k)
    std::optional<std::pair<int64_t, int64_t>> stride;  ///< (first, step)
    std::optional<std::array<int64_t, 4>> rect;         ///< (by0, bx0, H, W)
    std::optional<int64_t> chunk_k_tiles, qk_chunk_tiles;
    std::optional<int64_t> cores;                     ///< at most so many
    std::optional<std::pair<int64_t, int64_t>> grid;  ///< at most so many rows and columns of cores
};

/// annotate_tt_sharding: how one tensor lies.
struct ShardHints {
    std::vector<int64_t> axes;                        ///< sharded dimensions, from 0 on; none: interleaved
    std::string placement = "DRAM";                   ///< or "L1"
    std::string order = "row_major";                  ///< of shards over cores; or "column_major"
    std::optional<int64_t> rows, columns;             ///< tiles=("rows", n), ("columns", n): elements of a shard
    std::optional<std::pair<int64_t, int64_t>> grid;  ///< shards down and across
};

/// A kernel as a script defines it, for given parameters.
struct Kernel {
    std::string name;
    std::vector<std::string> files;  ///< that spans mean; the script first
    std::vector<Buffer> params;      ///< in the order of the call
    std::vector<Buffer> outputs;     ///< those of params that the call returns (out_idx, T.empty); may be none
    std::vector<Var> symbols;        ///< dimensions that are known at run time only
    Block body;                      ///< Alloc of globals, Let, Launch
    ScheduleHints schedule;
    std::map<std::string, ShardHints, std::less<>> shards;   ///< by tensor
    std::map<std::string, double, std::less<>> safe_values;  ///< by tensor: what loads outside of it give
    /// Of parameters that the script sees in another shape than it declares them with: the declared one. The elements
    /// are the same, in the same order.
    std::map<std::string, std::vector<Expr>, std::less<>> caller_shapes;
    /// Hints that have no meaning here and were ignored, for a note: "T.GemmWarpPolicy.FullRow (line 41)".
    std::vector<std::string> ignored;
};

// Making regions.
/// All of a buffer.
Region whole(const Buffer& buffer);
/// The extents that are left for matching: not dropped and not the constant 1. Of a region that has none left: empty.
std::vector<Expr> matched_extents(const Region& region);

/// Calls visit(stmt) for all statements, parents first.
template <class Visit>
void walk_statements(const Block& block, Visit&& visit);
/// Calls visit(expr) for the expressions that a statement itself holds, not those of statements inside.
void each_expr(const StmtNode& stmt, const std::function<void(const Expr&)>& visit);
/// The statement with each expression of its own, and of what is inside, changed.
Stmt map_exprs(const Stmt& stmt, const std::function<Expr(const Expr&)>& change);
Block map_exprs(const Block& block, const std::function<Expr(const Expr&)>& change);
/// The statements inside: bodies, in order. Empty for what has none.
std::vector<const Block*> bodies(const StmtNode& stmt);

template <class Visit>
void walk_statements(const Block& block, Visit&& visit) {
    for (const Stmt& stmt : block) {
        visit(stmt);
        for (const Block* body : bodies(*stmt)) {
            walk_statements(*body, visit);
        }
    }
}

}  // namespace tessera::tile::ir
