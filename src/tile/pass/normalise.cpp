#include <tile/pass/normalise.h>

#include <algorithm>

#include <tile/pass/linear.h>
#include <tile/pass/normaliser.h>
#include <tile/pass/unread_loads.h>

namespace tessera::tile::pass {

namespace {

using ir::Block;
using ir::Buffer;
using ir::Expr;
using ir::Op;
using ir::Region;
using ir::Stmt;
using ir::Var;

}  // namespace

bool is_tensor(const ir::Buffer& buffer) {
    return buffer->scope == ir::Scope::Param || buffer->scope == ir::Scope::Global;
}

bool is_block(const ir::Buffer& buffer) {
    return buffer->scope == ir::Scope::Shared || buffer->scope == ir::Scope::Fragment;
}

bool loads(const Expr& expr, const Buffer& buffer) {
    bool found = false;
    ir::walk(expr, [&](const Expr& node) { found = found || (node->op == Op::Load && node->buffer == buffer); });
    return found;
}

bool has_load(const Expr& expr) {
    bool found = false;
    ir::walk(expr, [&](const Expr& node) { found = found || node->op == Op::Load; });
    return found;
}

Block Normaliser::block(const Block& statements) {
    Block result;
    for (const Stmt& stmt : statements) {
        statement(stmt, result);
    }
    return result;
}

Expr Normaliser::changed(const Expr& expr) {
    return expr ? ir::rewrite(expr,
                              [&](const Expr& node) -> Expr {
                                  if (node->op == Op::Var) {
                                      const auto at = values_.find(node->var);
                                      return at == values_.end() ? node : at->second;
                                  }
                                  if (node->op == Op::Load) {
                                      const auto at = replaced_.find(node->buffer);
                                      return at == replaced_.end() ? node
                                                                   : ir::make_load(at->second, node->args, node->span);
                                  }
                                  return node;
                              })
                : expr;
}

Expr Normaliser::scalar(const Expr& expr, Block& before, Span span) {
    Expr value = changed(expr);
    if (!value || !has_load(value)) {
        return value;
    }
    return ir::rewrite(value, [&](const Expr& node) -> Expr {
        if (node->op != Op::Load || node->buffer->scope == ir::Scope::Local) {
            return node;
        }
        const Expr load = at_its_source(node);
        if (!is_tensor(load->buffer)) {
            return told(load, before, span);
        }
        const auto var =
            std::make_shared<const ir::VarNode>(ir::VarNode{names_.fresh(node->buffer->name + "_value"), node->dtype});
        before.push_back(ir::make_stmt(ir::Let{var, load}, span));
        return ir::make_var(var, node->span);
    });
}

Expr Normaliser::told(const Expr& load, Block& before, Span span) {
    const ir::DType dtype = ir::is_float(load->dtype) ? ir::DType::Float32 : ir::DType::Int32;
    const std::string name = load->buffer->name + "_value";
    const Buffer value = make_buffer(name, dtype, {}, span, before);
    const std::vector<Expr> first = {ir::make_int(0)};
    parallel(ir::Parallel{{}, {}, {ir::make_stmt(ir::Store{value, first, ir::make_cast(dtype, load)}, span)}}, span,
             before);
    Expr all = ir::make_load(value, first, span);
    for (const char* kernel : {"_for_reader", "_for_writer"}) {
        const Buffer copy = make_buffer(name + kernel, dtype, {}, span, before);
        before.push_back(ir::make_stmt(ir::Copy{ir::whole(value), ir::whole(copy)}, span));
        all = ir::make(Op::Max, {all, ir::make_load(copy, first, span)});
    }
    const auto var = std::make_shared<const ir::VarNode>(ir::VarNode{names_.fresh(name), dtype});
    before.push_back(ir::make_stmt(ir::Let{var, all}, span));
    return ir::make_cast(load->dtype, ir::make_var(var, load->span));
}

Expr Normaliser::at_its_source(const Expr& load) const {
    const auto at = copied_.find(load->buffer);
    if (at == copied_.end()) {
        return load;
    }
    const Region& source = at->second;
    std::vector<Expr> indices = source.begin;
    size_t own = load->args.size();
    for (size_t i = indices.size(); i-- > 0 && own > 0;) {
        if (!source.dropped[i]) {
            indices[i] = simplified(indices[i] + ir::make_cast(indices[i]->dtype, load->args[--own]));
        }
    }
    return own == 0 ? ir::make_load(source.buffer, indices, load->span) : load;
}

Region Normaliser::region(const Region& old, Block& before, Span span) {
    Region result = old;
    if (const auto at = replaced_.find(old.buffer); at != replaced_.end()) {
        result.buffer = at->second;
    }
    for (Expr& begin : result.begin) {
        begin = simplified(scalar(begin, before, span));
    }
    for (Expr& extent : result.extent) {
        extent = simplified(scalar(extent, before, span));
    }
    return result;
}

bool Normaliser::constant_extents(const Region& place, Span span) {
    for (const Expr& extent : place.extent) {
        if (!ir::constant(extent)) {
            diagnostics_.error("tile-region-extent", span,
                               "the extent of a region of " + place.buffer->name +
                                   " is known at run time only, and a block's buffers have constant sizes",
                               "copy a constant number of elements; what lies beyond a tensor reads as 0");
            return false;
        }
    }
    return true;
}

Buffer Normaliser::make_buffer(const std::string& base, ir::DType dtype, std::vector<Expr> shape, Span span,
                               Block& out) {
    ir::BufferNode node{names_.fresh(base), dtype, std::move(shape), ir::Scope::Fragment, span};
    if (node.shape.empty()) {
        node.shape.push_back(ir::make_int(1));
    }
    const auto buffer = std::make_shared<const ir::BufferNode>(std::move(node));
    out.push_back(ir::make_stmt(ir::Alloc{buffer, nullptr}, span));
    return buffer;
}

void Normaliser::statement(const Stmt& stmt, Block& out) {
    const Span span = stmt->span;
    std::visit([&](const auto& of) { one(of, stmt, span, out); }, stmt->of);
}

void Normaliser::one(const ir::Alloc& alloc, const Stmt& stmt, Span span, Block& out) {
    if (alloc.buffer->scope != ir::Scope::Local || !ir::is_float(alloc.buffer->dtype)) {
        out.push_back(alloc.init ? ir::make_stmt(ir::Alloc{alloc.buffer, scalar(alloc.init, out, span)}, span) : stmt);
        return;
    }
    const Buffer buffer = make_buffer(alloc.buffer->name, alloc.buffer->dtype, alloc.buffer->shape, span, out);
    if (alloc.init) {
        out.push_back(ir::make_stmt(ir::Fill{ir::whole(buffer), changed(alloc.init)}, span));
    }
    replaced_[alloc.buffer] = buffer;
}

void Normaliser::one(const ir::Let& let, const Stmt&, Span span, Block& out) {
    if (const Expr plain = changed(let.value); ir::is_float(plain->dtype) && has_load(plain)) {
        // Floating point is the compute kernel's: a buffer of one element.
        const Buffer buffer = make_buffer(let.var->name, plain->dtype, {}, span, out);
        parallel(ir::Parallel{{}, {}, {ir::make_stmt(ir::Store{buffer, {ir::make_int(0)}, plain}, span)}}, span, out);
        values_[let.var] = ir::make_load(buffer, {ir::make_int(0)}, span);
        return;
    }
    const Expr value = simplified(scalar(let.value, out, span));
    if (value->op != Op::Var && has_load(value)) {
        out.push_back(ir::make_stmt(ir::Let{let.var, value}, span));
        return;
    }
    values_[let.var] = value;
}

void Normaliser::one(const ir::Store& store, const Stmt&, Span span, Block& out) {
    if (store.buffer->scope == ir::Scope::Local && !replaced_.contains(store.buffer)) {
        ir::Store result = store;
        for (Expr& index : result.indices) {
            index = scalar(index, out, span);
        }
        result.value = scalar(store.value, out, span);
        out.push_back(ir::make_stmt(std::move(result), span));
        return;
    }
    parallel(ir::Parallel{{}, {}, {ir::make_stmt(store, span)}}, span, out);
}

void Normaliser::one(const ir::For& loop, const Stmt&, Span span, Block& out) {
    ir::For result = loop;
    result.begin = simplified(scalar(loop.begin, out, span));
    result.end = simplified(scalar(loop.end, out, span));
    result.step = simplified(scalar(loop.step, out, span));
    const auto begin = ir::constant(result.begin), end = ir::constant(result.end);
    if (begin && end && (ir::constant(result.step).value_or(1) > 0 ? *begin >= *end : *begin <= *end)) {
        return;
    }
    result.body = block(loop.body);
    out.push_back(ir::make_stmt(std::move(result), span));
}

void Normaliser::one(const ir::If& branch, const Stmt&, Span span, Block& out) {
    const Expr condition = scalar(branch.condition, out, span);
    if (const auto known = ir::constant(condition)) {
        for (const Stmt& stmt : *known != 0 ? branch.then : branch.otherwise) {
            statement(stmt, out);
        }
        return;
    }
    out.push_back(ir::make_stmt(ir::If{condition, block(branch.then), block(branch.otherwise)}, span));
}

void Normaliser::one(const ir::While& loop, const Stmt&, Span span, Block& out) {
    Block before;
    const Expr condition = scalar(loop.condition, before, span);
    if (before.empty()) {
        out.push_back(ir::make_stmt(ir::While{condition, block(loop.body)}, span));
        return;
    }
    // What the condition loads is loaded again each time.
    Block body = before;
    body.push_back(ir::make_stmt(ir::If{condition, {}, {ir::make_stmt(ir::Break{}, span)}}, span));
    for (const Stmt& stmt : block(loop.body)) {
        body.push_back(stmt);
    }
    out.push_back(ir::make_stmt(ir::While{ir::make_bool(true), std::move(body)}, span));
}

void Normaliser::one(const ir::Copy& copy, const Stmt&, Span span, Block& out) {
    Region src = region(copy.src, out, span), dst = region(copy.dst, out, span);
    if (!constant_extents(src, span) || !constant_extents(dst, span)) {
        return;
    }
    if (is_tensor(src.buffer) && is_tensor(dst.buffer)) {
        const Buffer between =
            make_buffer(src.buffer->name + "_block", src.buffer->dtype, ir::matched_extents(src), span, out);
        out.push_back(ir::make_stmt(ir::Copy{src, ir::whole(between)}, span));
        src = ir::whole(between);
    }
    copied_.erase(dst.buffer);
    if (is_tensor(src.buffer) && !ir::is_float(src.buffer->dtype)) {
        copied_[dst.buffer] = src;
    }
    out.push_back(ir::make_stmt(ir::Copy{std::move(src), std::move(dst)}, span));
}

void Normaliser::one(const ir::Fill& fill, const Stmt&, Span span, Block& out) {
    const Region dst = region(fill.dst, out, span);
    if (!constant_extents(dst, span)) {
        return;
    }
    const Expr value = changed(fill.value);
    if (dst.buffer->scope == ir::Scope::Local) {
        out.push_back(ir::make_stmt(ir::Store{dst.buffer, dst.begin, scalar(fill.value, out, span)}, span));
        return;
    }
    if (is_tensor(dst.buffer)) {
        const Buffer filled =
            make_buffer(dst.buffer->name + "_block", dst.buffer->dtype, ir::matched_extents(dst), span, out);
        out.push_back(ir::make_stmt(ir::Fill{ir::whole(filled), value}, span));
        out.push_back(ir::make_stmt(ir::Copy{ir::whole(filled), dst}, span));
        return;
    }
    out.push_back(ir::make_stmt(ir::Fill{dst, value}, span));
}

Region Normaliser::operand(const Region& old, Span span, Block& out) {
    Region place = region(old, out, span);
    if (!is_tensor(place.buffer) || !constant_extents(place, span)) {
        return place;
    }
    const Buffer buffer =
        make_buffer(place.buffer->name + "_block", place.buffer->dtype, ir::matched_extents(place), span, out);
    out.push_back(ir::make_stmt(ir::Copy{place, ir::whole(buffer)}, span));
    return ir::whole(buffer);
}

void Normaliser::one(const ir::Gemm& gemm, const Stmt&, Span span, Block& out) {
    ir::Gemm result = gemm;
    result.a = operand(gemm.a, span, out);
    result.b = operand(gemm.b, span, out);
    result.c = region(gemm.c, out, span);
    out.push_back(ir::make_stmt(std::move(result), span));
}

void Normaliser::one(const ir::Reduce& reduce, const Stmt&, Span span, Block& out) {
    ir::Reduce result = reduce;
    result.src = operand(reduce.src, span, out);
    result.dst = region(reduce.dst, out, span);
    out.push_back(ir::make_stmt(std::move(result), span));
}

void Normaliser::one(const ir::Scan& scan, const Stmt&, Span span, Block& out) {
    ir::Scan result = scan;
    result.src = operand(scan.src, span, out);
    result.dst = region(scan.dst, out, span);
    out.push_back(ir::make_stmt(std::move(result), span));
}

void Normaliser::one(const ir::Transpose& transpose, const Stmt&, Span span, Block& out) {
    out.push_back(
        ir::make_stmt(ir::Transpose{operand(transpose.src, span, out), region(transpose.dst, out, span)}, span));
}

void Normaliser::one(const ir::Atomic& atomic, const Stmt&, Span span, Block& out) {
    ir::Atomic result = atomic;
    result.dst = region(atomic.dst, out, span);
    if (atomic.src) {
        result.src = region(*atomic.src, out, span);
    } else {
        const Buffer value = make_buffer(atomic.dst.buffer->name + "_value", atomic.dst.buffer->dtype, {}, span, out);
        out.push_back(ir::make_stmt(ir::Fill{ir::whole(value), changed(atomic.value)}, span));
        result.src = ir::whole(value);
        result.value = nullptr;
    }
    out.push_back(ir::make_stmt(std::move(result), span));
}

void Normaliser::one(const ir::Im2col& im2col, const Stmt&, Span span, Block& out) {
    ir::Im2col result = im2col;
    result.img = region(im2col.img, out, span);
    result.dst = region(im2col.dst, out, span);
    result.first_row = simplified(scalar(im2col.first_row, out, span));
    result.first_column = simplified(scalar(im2col.first_column, out, span));
    out.push_back(ir::make_stmt(std::move(result), span));
}

void Normaliser::one(const ir::Launch& launch, const Stmt&, Span span, Block& out) {
    ir::Launch result = launch;
    for (Expr& extent : result.extents) {
        extent = simplified(changed(extent));
    }
    result.body = block(launch.body);
    out.push_back(ir::make_stmt(std::move(result), span));
}

ir::Kernel normalise(const ir::Kernel& kernel, Diagnostics& diagnostics) {
    ir::Kernel result = kernel;
    result.body = Normaliser(kernel, diagnostics).block(kernel.body);
    result.body = without_unread_loads(result.body);
    return result;
}

}  // namespace tessera::tile::pass
