#include <tile/ir/build.h>

#include <cmath>
#include <stdexcept>

#include <fmt/format.h>

#include <tile/ir/verify.h>

namespace tessera::tile::ir {

Expr Value::as(DType type) const {
    if (!number_ || type == expr_->dtype) {
        return expr_;
    }
    if (is_float(type)) {
        return make_float(expr_->op == Op::Int ? static_cast<double>(expr_->int_value) : expr_->float_value, type);
    }
    if (expr_->op == Op::Float) {
        throw std::logic_error(fmt::format("{} is no {}", expr_->float_value, name_of(type)));
    }
    return make_int(expr_->int_value, type);
}

Value operate(Op op, const Value& a, const Value& b) {
    const DType type = a.is_number() ? b.dtype() : a.dtype();
    return make(op, {a.as(type), b.as(type)});
}

Value operate(Op op, const Value& a) {
    return make(op, {a.expr()});
}

Value select(const Value& condition, const Value& if_true, const Value& if_false) {
    const DType type = if_true.is_number() ? if_false.dtype() : if_true.dtype();
    return make(Op::Select, {condition.expr(), if_true.as(type), if_false.as(type)});
}

Value cast(DType to, const Value& value) {
    return make_cast(to, value.expr());
}

Value Tensor::load(const std::vector<Value>& indices) const {
    std::vector<Expr> exprs;
    exprs.reserve(indices.size());
    for (const Value& index : indices) {
        exprs.push_back(index.expr());
    }
    return make_load(buffer_, std::move(exprs));
}

Region Tensor::at(const std::vector<Slice>& slices) const {
    if (slices.size() != buffer_->shape.size()) {
        throw std::logic_error(fmt::format("a region of {} has {} dimensions, not {}", buffer_->name,
                                           buffer_->shape.size(), slices.size()));
    }
    Region region;
    region.buffer = buffer_;
    for (const Slice& slice : slices) {
        region.begin.push_back(slice.begin.expr());
        region.extent.push_back(slice.extent.expr());
        region.dropped.push_back(slice.dropped);
    }
    return region;
}

KernelBuilder::KernelBuilder(std::string name) : blocks_(1) {
    kernel_.name = std::move(name);
}

std::string KernelBuilder::unique(const std::string& name) {
    const int number = ++names_[name];
    return number == 1 ? name : unique(fmt::format("{}_{}", name, number));
}

Var KernelBuilder::new_var(const std::string& name, DType dtype) {
    return std::make_shared<const VarNode>(VarNode{unique(name), dtype});
}

Buffer KernelBuilder::make_buffer(const std::string& name, DType dtype, const std::vector<Value>& shape, Scope scope) {
    BufferNode node;
    node.name = unique(name);
    node.dtype = dtype;
    node.scope = scope;
    for (const Value& extent : shape) {
        node.shape.push_back(extent.expr());
    }
    return std::make_shared<const BufferNode>(std::move(node));
}

Tensor KernelBuilder::param(const std::string& name, DType dtype, const std::vector<Value>& shape) {
    kernel_.params.push_back(make_buffer(name, dtype, shape, Scope::Param));
    return Tensor(kernel_.params.back());
}

Tensor KernelBuilder::output(const std::string& name, DType dtype, const std::vector<Value>& shape) {
    const Tensor made = param(name, dtype, shape);
    kernel_.outputs.push_back(made.buffer());
    return made;
}

Value KernelBuilder::symbol(const std::string& name) {
    kernel_.symbols.push_back(new_var(name));
    return make_var(kernel_.symbols.back());
}

void KernelBuilder::safe_value(const Tensor& tensor, double value) {
    kernel_.safe_values[tensor.buffer()->name] = value;
}

Tensor KernelBuilder::allocate(const std::string& name, DType dtype, const std::vector<Value>& shape, Scope scope) {
    const Tensor made(make_buffer(name, dtype, shape, scope));
    add(make_stmt(Alloc{made.buffer(), nullptr}));
    return made;
}

Tensor KernelBuilder::global(const std::string& name, DType dtype, const std::vector<Value>& shape) {
    return allocate(name, dtype, shape, Scope::Global);
}

Tensor KernelBuilder::shared(const std::string& name, DType dtype, const std::vector<Value>& shape) {
    return allocate(name, dtype, shape, Scope::Shared);
}

Tensor KernelBuilder::fragment(const std::string& name, DType dtype, const std::vector<Value>& shape) {
    return allocate(name, dtype, shape, Scope::Fragment);
}

Tensor KernelBuilder::variable(const std::string& name, DType dtype, const Value& init) {
    const Tensor made(make_buffer(name, dtype, {1}, Scope::Local));
    add(make_stmt(Alloc{made.buffer(), init.as(dtype)}));
    return made;
}

Value KernelBuilder::let(const std::string& name, const Value& value) {
    const Var var = new_var(name, value.dtype());
    add(make_stmt(Let{var, value.expr()}));
    return make_var(var);
}

Block KernelBuilder::inside(const std::function<void()>& body) {
    blocks_.emplace_back();
    body();
    Block made = std::move(blocks_.back());
    blocks_.pop_back();
    return made;
}

void KernelBuilder::nest(bool launch, const std::vector<Value>& extents,
                         const std::function<void(const std::vector<Value>&)>& body) {
    constexpr const char* launch_names[] = {"bx", "by", "bz"};
    constexpr const char* names[] = {"i", "j", "k", "l"};
    std::vector<Var> vars;
    std::vector<Expr> sizes;
    std::vector<Value> at;
    for (size_t d = 0; d < extents.size(); ++d) {
        vars.push_back(new_var(launch && d < 3 ? launch_names[d] : names[d % 4]));
        sizes.push_back(extents[d].expr());
        at.emplace_back(make_var(vars.back()));
    }
    Block inner = inside([&] { body(at); });
    if (launch) {
        add(make_stmt(Launch{std::move(vars), std::move(sizes), std::move(inner)}));
    } else {
        add(make_stmt(Parallel{std::move(vars), std::move(sizes), std::move(inner)}));
    }
}

void KernelBuilder::loop(For loop, const std::function<void(Value)>& body) {
    loop.var = new_var("k");
    loop.body = inside([&] { body(make_var(loop.var)); });
    add(make_stmt(std::move(loop)));
}

void KernelBuilder::serial(const Value& begin, const Value& end, const std::function<void(Value)>& body, int64_t step) {
    For made;
    made.begin = begin.expr();
    made.end = end.expr();
    made.step = make_int(step);
    loop(std::move(made), body);
}

void KernelBuilder::pipelined(const Value& end, int stages, const std::function<void(Value)>& body) {
    For made;
    made.begin = make_int(0);
    made.end = end.expr();
    made.step = make_int(1);
    made.kind = LoopKind::Pipelined;
    made.stages = stages;
    loop(std::move(made), body);
}

void KernelBuilder::when(const Value& condition, const std::function<void()>& then,
                         const std::function<void()>& otherwise) {
    If made;
    made.condition = condition.expr();
    made.then = inside(then);
    if (otherwise) {
        made.otherwise = inside(otherwise);
    }
    add(make_stmt(std::move(made)));
}

void KernelBuilder::loop_while(const Value& condition, const std::function<void()>& body) {
    add(make_stmt(While{condition.expr(), inside(body)}));
}

void KernelBuilder::leave() {
    add(make_stmt(Break{}));
}

void KernelBuilder::store(const Tensor& tensor, const std::vector<Value>& indices, const Value& value) {
    Store made;
    made.buffer = tensor.buffer();
    for (const Value& index : indices) {
        made.indices.push_back(index.expr());
    }
    made.value = make_cast(made.buffer->dtype, value.as(made.buffer->dtype));
    add(make_stmt(std::move(made)));
}

void KernelBuilder::copy(const Region& src, const Region& dst) {
    add(make_stmt(Copy{src, dst}));
}

void KernelBuilder::fill(const Region& dst, const Value& value) {
    add(make_stmt(Fill{dst, value.as(dst.buffer->dtype)}));
}

void KernelBuilder::gemm(const Region& a, const Region& b, const Region& c, const GemmOptions& options) {
    add(make_stmt(Gemm{a, b, c, options.transpose_a, options.transpose_b, options.clear}));
}

void KernelBuilder::reduce(Reduction op, const Region& src, const Region& dst, int dim, bool clear) {
    Reduce made;
    made.op = op;
    made.src = src;
    made.dst = dst;
    made.dim = dim;
    made.clear = clear;
    add(make_stmt(std::move(made)));
}

void KernelBuilder::scan(Reduction op, const Region& src, const Region& dst, int dim, bool reverse) {
    add(make_stmt(Scan{op, src, dst, dim, reverse}));
}

void KernelBuilder::transpose(const Region& src, const Region& dst) {
    add(make_stmt(Transpose{src, dst}));
}

void KernelBuilder::atomic(Reduction op, const Region& dst, const Region& src) {
    Atomic made;
    made.op = op;
    made.dst = dst;
    made.src = src;
    add(make_stmt(std::move(made)));
}

void KernelBuilder::add(Stmt stmt) {
    blocks_.back().push_back(std::move(stmt));
}

Kernel KernelBuilder::build() {
    kernel_.body = std::move(blocks_.back());
    Kernel kernel = std::move(kernel_);
    *this = KernelBuilder(kernel.name);
    require_valid(kernel, "building");
    return kernel;
}

}  // namespace tessera::tile::ir
