// Normalising in parts: statements (normalise.cpp), elementwise nests (normalise_nests.cpp), and elements of tensors in
// them (normalise_elements.cpp).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <tile/ir/diagnostics.h>
#include <tile/ir/stmt.h>
#include <tile/pass/names.h>

namespace tessera::tile::pass {

bool loads(const ir::Expr& expr, const ir::Buffer& buffer);
bool has_load(const ir::Expr& expr);

/// One store of a Parallel, with what must hold for it.
struct Guarded {
    ir::Expr condition;  ///< null: always
    ir::Store store;
    Span span;
};

class Normaliser {
    using Block = ir::Block;
    using Buffer = ir::Buffer;
    using Expr = ir::Expr;
    using Region = ir::Region;
    using Stmt = ir::Stmt;
    using Var = ir::Var;

public:
    Normaliser(const ir::Kernel& kernel, Diagnostics& diagnostics) : names_(kernel), diagnostics_(diagnostics) {}

    Block block(const Block& statements);

private:
    Names names_;
    Diagnostics& diagnostics_;
    std::map<Var, Expr> values_;         ///< of Lets that are written where they are used
    std::map<Buffer, Buffer> replaced_;  ///< floating-point Locals
    std::map<Buffer, Region> copied_;    ///< buffers that hold a region of a tensor of integers
    std::set<Var> used_vars_;            ///< of the Parallels made so far

    Expr changed(const Expr& expr);

    /// A scalar expression outside of a Parallel: what it loads gets a name first.
    Expr scalar(const Expr& expr, Block& before, Span span);

    /// The name of a value that the compute kernel works out and all kernels need: it makes it three times, once for
    /// each kernel.
    Expr told(const Expr& load, Block& before, Span span);

    /// An element of a buffer that a tensor of integers was copied to is the tensor's.
    Expr at_its_source(const Expr& load) const;

    Region region(const Region& old, Block& before, Span span);

    bool constant_extents(const Region& place, Span span);

    Buffer make_buffer(const std::string& base, ir::DType dtype, std::vector<Expr> shape, Span span, Block& out);

    void statement(const Stmt& stmt, Block& out);

    void one(const ir::Alloc& alloc, const Stmt& stmt, Span span, Block& out);

    void one(const ir::Let& let, const Stmt&, Span span, Block& out);

    void one(const ir::Store& store, const Stmt&, Span span, Block& out);

    void one(const ir::For& loop, const Stmt&, Span span, Block& out);

    void one(const ir::Parallel& nest, const Stmt&, Span span, Block& out) { parallel(nest, span, out); }

    void one(const ir::If& branch, const Stmt&, Span span, Block& out);

    void one(const ir::While& loop, const Stmt&, Span span, Block& out);

    void one(const ir::Break&, const Stmt& stmt, Span, Block& out) { out.push_back(stmt); }

    void one(const ir::Copy& copy, const Stmt&, Span span, Block& out);

    void one(const ir::Fill& fill, const Stmt&, Span span, Block& out);

    /// A tile operation's operand that is a tensor goes through a buffer of the block.
    Region operand(const Region& old, Span span, Block& out);

    void one(const ir::Gemm& gemm, const Stmt&, Span span, Block& out);
    void one(const ir::Reduce& reduce, const Stmt&, Span span, Block& out);
    void one(const ir::Scan& scan, const Stmt&, Span span, Block& out);
    void one(const ir::Transpose& transpose, const Stmt&, Span span, Block& out);
    void one(const ir::Atomic& atomic, const Stmt&, Span span, Block& out);
    void one(const ir::Im2col& im2col, const Stmt&, Span span, Block& out);
    /// A fact for the interpreter.
    void one(const ir::Assert&, const Stmt&, Span, Block&) {}
    void one(const ir::Launch& launch, const Stmt&, Span span, Block& out);

    // --- Parallel ---------------------------------------------------------------------------------------------------

    struct Nest {
        std::vector<Var> vars;
        std::vector<Expr> extents;
        std::vector<std::pair<Expr, Expr>> loaded;  ///< a tensor's element, and the block buffer's that it became
    };

    void parallel(const ir::Parallel& old, Span span, Block& out);

    void guarded(const Block& body, const Expr& condition, Nest& nest, Block& out);

    /// Whether a variable is used after something that its value loads has been stored.
    bool stale_later(const Expr& value, const Var& var, const Block& body, size_t from);

    bool stored_later(const Expr& value, const Block& body, size_t from);

    std::vector<Expr> var_exprs(const Nest& nest);

    /// A value of each iteration that must be worked out before what it loads changes.
    Expr keep(const Expr& value, Nest& nest, Span span, Block& out);

    /// Each Parallel that is made has loop variables of its own, so that names in a kernel differ.
    void emit_store(const Guarded& what, const Nest& nest, Block& out);

    /// Takes `variable < constant` out of a store's condition: the nest goes less far. False if there is none.
    static bool only_first(Guarded& what, Nest& nest);

    void store_in(Guarded what, Nest& nest, Block& out);

    /// Whether a store fills all of a block's buffer with elements of a tensor that each iteration chooses.
    static bool gathers_whole(const ir::Store& store, const Nest& nest);

    /// A store outside of any Parallel, to one element of a buffer that has more.
    void spread_and_emit(Guarded what, const Nest& nest, Block& out);

    void atomic_in(const ir::Atomic& atomic, const Expr& condition, Nest& nest, Span span, Block& out);

    /// A buffer over `order` that holds the value of each iteration. Iterations of the nest's other variables meet in
    /// one element, so they are reduced first.
    Buffer reduced(const ir::Atomic& atomic, Guarded what, const Nest& nest, const std::vector<Var>& order, Block& out);

    /// What an atomic of that kind may be given without any effect.
    static Expr neutral(ir::Reduction op, ir::DType dtype);

    /// The region that an access covers when the nest's variables run; `order` gets those that it has, outermost first.
    std::optional<Region> covered(const Buffer& tensor, const std::vector<Expr>& indices, const Nest& nest, Span span,
                                  std::vector<Var>& order, Block& out);

    /// Whether each index is a variable of the nest, no two the same, plus what is the same for all iterations.
    static bool covers_region(const std::vector<Expr>& indices, const Nest& nest);

    /// The value with each element of a tensor replaced by one of a block's buffer, which is filled before.
    Expr from_blocks(const Expr& value, Nest& nest, Span span, Block& out);

    /// The value with each element of a block's buffer that several iterations along its last dimension share
    /// (x[i, j // 2]) replaced by one of a buffer that is as wide as the nest: the product of the narrow one and a
    /// matrix of zeros and ones, which is exact for 8-bit integers. Others stay.
    Expr widened(const Expr& value, Nest& nest, Span span, Block& out);
    Expr wide_element(const Expr& load, Nest& nest, Span span, Block& out);

    Expr element_of_block(const Expr& node, Nest& nest, Span span, Block& out);

    /// The indices of an element that each iteration chooses for itself, as the reader works them out: from variables,
    /// and from tensors of integers. `order` gets the nest's variables that they have. Empty, and reported, if they
    /// depend on something else.
    std::vector<Expr> chosen(const Expr& node, const Nest& nest, std::vector<Var>& order, Span span, Block& out);
};

}  // namespace tessera::tile::pass
