// Kernels made in C++, without a script: the same IR, from calls that read like the tile language.
//
//     using namespace tessera::tile::ir;
//     KernelBuilder k("scale");
//     const Tensor a = k.param("A", DType::BFloat16, {256, 512});
//     const Tensor b = k.output("B", DType::BFloat16, {256, 512});
//     k.launch({16, 8}, [&](Value bx, Value by) {
//         const Tensor t = k.shared("t", DType::BFloat16, {32, 32});
//         k.copy(a.at({tile(by * 32, 32), tile(bx * 32, 32)}), t);
//         k.parallel({32, 32}, [&](Value i, Value j) { k.store(t, {i, j}, max(t(i, j) * 2.0, 0.0)); });
//         k.copy(t, b.at({tile(by * 32, 32), tile(bx * 32, 32)}));
//     });
//     const Kernel kernel = k.build();
//
// A Value is an expression; numbers become constants of the other operand's type. What does not fit (types, ranks,
// shapes, a variable outside of its loop) throws: std::logic_error at once, or out of build() with the rule that is
// broken (verify.h).
#pragma once

#include <functional>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include <tile/ir/stmt.h>

namespace tessera::tile::ir {

/// An expression, or a number whose type the other operand decides.
class Value {
public:
    Value(Expr expr) : expr_(std::move(expr)) {}
    Value(int value) : expr_(make_int(value)), number_(true) {}
    Value(int64_t value) : expr_(make_int(value)), number_(true) {}
    Value(double value) : expr_(make_float(value)), number_(true) {}

    const Expr& expr() const { return expr_; }
    DType dtype() const { return expr_->dtype; }
    bool is_number() const { return number_; }
    /// As a constant of that type if it is a number; otherwise as it is.
    Expr as(DType type) const;

private:
    Expr expr_;
    bool number_ = false;
};

/// An operator on two values of one type, or a value and a number.
Value operate(Op op, const Value& a, const Value& b);
/// A function of one value: operate(Op::Exp2, x).
Value operate(Op op, const Value& a);

inline Value operator+(const Value& a, const Value& b) {
    return operate(Op::Add, a, b);
}
inline Value operator-(const Value& a, const Value& b) {
    return operate(Op::Sub, a, b);
}
inline Value operator*(const Value& a, const Value& b) {
    return operate(Op::Mul, a, b);
}
/// Of floating point the quotient; of integers it rounds down.
inline Value operator/(const Value& a, const Value& b) {
    const bool real = is_float(a.dtype()) || is_float(b.dtype());
    return operate(real ? Op::Div : Op::FloorDiv, a, b);
}
inline Value operator%(const Value& a, const Value& b) {
    return operate(Op::FloorMod, a, b);
}
inline Value operator-(const Value& a) {
    return operate(Op::Neg, a);
}
inline Value operator==(const Value& a, const Value& b) {
    return operate(Op::Eq, a, b);
}
inline Value operator!=(const Value& a, const Value& b) {
    return operate(Op::Ne, a, b);
}
inline Value operator<(const Value& a, const Value& b) {
    return operate(Op::Lt, a, b);
}
inline Value operator<=(const Value& a, const Value& b) {
    return operate(Op::Le, a, b);
}
inline Value operator>(const Value& a, const Value& b) {
    return operate(Op::Gt, a, b);
}
inline Value operator>=(const Value& a, const Value& b) {
    return operate(Op::Ge, a, b);
}
inline Value operator!(const Value& a) {
    return operate(Op::Not, a);
}
inline Value both(const Value& a, const Value& b) {
    return operate(Op::And, a, b);
}
inline Value either(const Value& a, const Value& b) {
    return operate(Op::Or, a, b);
}
inline Value min(const Value& a, const Value& b) {
    return operate(Op::Min, a, b);
}
inline Value max(const Value& a, const Value& b) {
    return operate(Op::Max, a, b);
}
inline Value exp(const Value& a) {
    return operate(Op::Exp, a);
}
inline Value exp2(const Value& a) {
    return operate(Op::Exp2, a);
}
inline Value sqrt(const Value& a) {
    return operate(Op::Sqrt, a);
}
inline Value rsqrt(const Value& a) {
    return operate(Op::Rsqrt, a);
}
inline Value tanh(const Value& a) {
    return operate(Op::Tanh, a);
}
inline Value sigmoid(const Value& a) {
    return operate(Op::Sigmoid, a);
}
/// `if_true` where the condition holds.
Value select(const Value& condition, const Value& if_true, const Value& if_false);
Value cast(DType to, const Value& value);

/// A dimension of a region: `extent` elements from `begin` on.
struct Slice {
    Value begin;
    Value extent;
    bool dropped = false;

    Slice(Value index) : begin(std::move(index)), extent(1), dropped(true) {}  ///< one index
    Slice(int index) : Slice(Value(index)) {}
    Slice(Value from, Value count) : begin(std::move(from)), extent(std::move(count)) {}
};
inline Slice tile(Value begin, Value extent) {
    return {std::move(begin), std::move(extent)};
}

/// A tensor or a block's buffer.
class Tensor {
public:
    explicit Tensor(Buffer buffer) : buffer_(std::move(buffer)) {}
    const Buffer& buffer() const { return buffer_; }

    /// One element.
    template <class... Indices>
    Value operator()(const Indices&... indices) const {
        return load({Value(indices)...});
    }
    Value load(const std::vector<Value>& indices) const;
    /// A region; of a whole tensor the tensor itself will do.
    Region at(const std::vector<Slice>& slices) const;
    operator Region() const { return whole(buffer_); }

private:
    Buffer buffer_;
};

/// Collects a kernel's statements. Bodies are functions that are called once, at once.
class KernelBuilder {
public:
    explicit KernelBuilder(std::string name);

    // What the kernel is a function of.
    Tensor param(const std::string& name, DType dtype, const std::vector<Value>& shape);
    /// A parameter that the call returns.
    Tensor output(const std::string& name, DType dtype, const std::vector<Value>& shape);
    /// A dimension that is known at run time only.
    Value symbol(const std::string& name);
    /// What loads outside of a tensor give, instead of 0.
    void safe_value(const Tensor& tensor, double value);
    ScheduleHints& schedule() { return kernel_.schedule; }
    ShardHints& shard(const Tensor& tensor) { return kernel_.shards[tensor.buffer()->name]; }

    // Memory.
    Tensor global(const std::string& name, DType dtype, const std::vector<Value>& shape);    ///< between launches
    Tensor shared(const std::string& name, DType dtype, const std::vector<Value>& shape);    ///< of a block
    Tensor fragment(const std::string& name, DType dtype, const std::vector<Value>& shape);  ///< of a block
    /// A scalar that store() changes: read as x(0).
    Tensor variable(const std::string& name, DType dtype, const Value& init);
    Value let(const std::string& name, const Value& value);

    // Control. A function takes one Value a dimension of the extents.
    template <class Body>
    void launch(const std::vector<Value>& extents, Body&& body) {
        nest(true, extents, [&](const std::vector<Value>& at) { call(body, at); });
    }
    template <class Body>
    void parallel(const std::vector<Value>& extents, Body&& body) {
        nest(false, extents, [&](const std::vector<Value>& at) { call(body, at); });
    }
    void serial(const Value& begin, const Value& end, const std::function<void(Value)>& body, int64_t step = 1);
    /// With copies of `stages` iterations ahead.
    void pipelined(const Value& end, int stages, const std::function<void(Value)>& body);
    void when(const Value& condition, const std::function<void()>& then,
              const std::function<void()>& otherwise = nullptr);
    void loop_while(const Value& condition, const std::function<void()>& body);
    void leave();  ///< the innermost loop

    // Operations on tiles.
    void store(const Tensor& tensor, const std::vector<Value>& indices, const Value& value);  ///< cast to its type
    void copy(const Region& src, const Region& dst);
    void fill(const Region& dst, const Value& value);
    void clear(const Region& dst) { fill(dst, 0); }
    struct GemmOptions {
        bool transpose_a = false, transpose_b = false, clear = false;
    };
    void gemm(const Region& a, const Region& b, const Region& c) { gemm(a, b, c, GemmOptions{}); }
    void gemm(const Region& a, const Region& b, const Region& c, const GemmOptions& options);
    void reduce(Reduction op, const Region& src, const Region& dst, int dim, bool clear = true);
    void scan(Reduction op, const Region& src, const Region& dst, int dim, bool reverse = false);
    void transpose(const Region& src, const Region& dst);
    void atomic(Reduction op, const Region& dst, const Region& src);
    /// Any other statement.
    void add(Stmt stmt);

    /// The kernel; the builder is empty then. Throws std::logic_error if it breaks a rule of verify.h.
    Kernel build();

private:
    Buffer make_buffer(const std::string& name, DType dtype, const std::vector<Value>& shape, Scope scope);
    Tensor allocate(const std::string& name, DType dtype, const std::vector<Value>& shape, Scope scope);
    std::string unique(const std::string& name);
    Var new_var(const std::string& name, DType dtype = DType::Int32);
    Block inside(const std::function<void()>& body);
    void nest(bool launch, const std::vector<Value>& extents,
              const std::function<void(const std::vector<Value>&)>& body);
    void loop(For loop, const std::function<void(Value)>& body);
    template <class Body>
    static void call(Body& body, const std::vector<Value>& at) {
        if constexpr (std::is_invocable_v<Body&, Value>) {
            body(at.at(0));
        } else if constexpr (std::is_invocable_v<Body&, Value, Value>) {
            body(at.at(0), at.at(1));
        } else if constexpr (std::is_invocable_v<Body&, Value, Value, Value>) {
            body(at.at(0), at.at(1), at.at(2));
        } else {
            body(at.at(0), at.at(1), at.at(2), at.at(3));
        }
    }

    Kernel kernel_;
    std::vector<Block> blocks_;
    std::map<std::string, int, std::less<>> names_;
};

}  // namespace tessera::tile::ir
