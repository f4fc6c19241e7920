// What an expression of a script can be while it is evaluated: Python's own values, values of the tile language that
// exist at run time only (IR expressions, buffers, regions), and things that nothing is known about.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <tile/front/syntax.h>
#include <tile/ir/stmt.h>

namespace tessera::tile::front {

class Value;
struct Environment;
using Values = std::vector<Value>;

struct NoneValue {};
struct EllipsisValue {};
struct ListValue {
    std::shared_ptr<Values> items;
};
struct TupleValue {
    std::shared_ptr<const Values> items;
};
struct SetValue {
    std::shared_ptr<Values> items;
};
struct DictValue {
    std::shared_ptr<std::vector<std::pair<Value, Value>>> items;  ///< in the order of insertion
};
struct RangeValue {
    int64_t begin = 0, end = 0, step = 1;
};
struct SliceValue {
    std::shared_ptr<const std::array<Value, 3>> bounds;  ///< None where left out
};
/// alloc_var: a name that reads as a load and is assigned as a store.
struct CellValue {
    ir::Buffer buffer;
    std::vector<ir::Expr> indices;  ///< of its element: (0), or the variables of the T.Parallel around it
};

/// One index of a subscripted buffer.
struct Index {
    ir::Expr begin;
    ir::Expr extent;  ///< null: a single element
};
struct ElementData {
    ir::Buffer buffer;
    std::vector<Index> indices;  ///< one a dimension
    /// Leading dimensions that were written; the others are taken whole.
    size_t written = 0;
    Span span;
};
/// A buffer with indices: a load, a store's target, or a region.
struct ElementValue {
    std::shared_ptr<const ElementData> data;
};

enum class Staging : uint8_t {
    Host,      ///< ordinary Python
    PrimFunc,  ///< @T.prim_func
    Macro,     ///< @T.macro
    Eager,     ///< @tilelang.jit around a body with T.Kernel
    Factory,   ///< @tilelang.jit around a function that gives a prim_func
};

struct FunctionData {
    std::string name;
    const Stmt* definition = nullptr;  ///< null: a lambda
    const Expr* lambda = nullptr;
    std::vector<Value> fallbacks;    ///< one a parameter; unset Values where there is none
    std::vector<Value> annotations;  ///< likewise; evaluated for prim_func only
    std::shared_ptr<Environment> closure;
    Staging staging = Staging::Host;
    bool jit = false;
    std::vector<int64_t> out_idx;
    std::shared_ptr<Value> configs;  ///< of @autotune: a list of dicts, or a function that gives it
    Span span;

    const std::vector<Parameter>& parameters() const {
        return definition != nullptr ? definition->parameters : lambda->parameters;
    }
};
struct FunctionValue {
    std::shared_ptr<FunctionData> data;
};
/// functools.partial, and methods bound to their object.
struct PartialValue {
    std::shared_ptr<const Value> function;
    std::shared_ptr<const Values> arguments;
    std::shared_ptr<const std::vector<std::pair<std::string, Value>>> keywords;
};
/// A function of ours, by name: "T.copy", "list.append" (with its object), "math.sqrt".
struct BuiltinValue {
    std::string name;
    std::shared_ptr<const Value> self;
};
/// "tilelang", "T" (tilelang.language), "math", "torch", ...
struct ModuleValue {
    std::string name;
    std::shared_ptr<Environment> environment;  ///< of a script beside this one
};
struct TensorData;
/// Something unknown: an import that is not here, or what was made of one.
struct OpaqueValue {
    std::shared_ptr<const std::string> what;  ///< "torch.cuda", "x, whose value ..."
    Span span;
    bool hint = false;  ///< a layout or policy: means nothing here and is allowed in kernels
    int barrier = -1;   ///< the number of a barrier of T.alloc_barrier
    /// The diagnostic that reading it is; empty: it may be read. "-": that has been reported already.
    std::string_view error = {};
    /// The result of a normalisation of a tensor has that tensor's shape; so has the first of several results.
    std::shared_ptr<TensorData> like = nullptr;
};
/// Where the elements of a tensor come from that a script's host side fills at random.
struct RandomData {
    uint64_t seed = 0;
    double first = 0, last = 1;  ///< without last
    bool whole = false;          ///< integers
};
/// A tensor of the host program, of which the shape may be known, and the elements (host_tensor.h).
struct TensorData {
    Values shape;
    std::optional<ir::DType> dtype;
    std::shared_ptr<std::vector<double>> content = nullptr;  ///< in row-major order
    std::optional<double> fill = std::nullopt;               ///< all elements are this
    std::optional<RandomData> random = std::nullopt;
};
struct TensorValue {
    std::shared_ptr<TensorData> data;
};
/// T.Tensor(shape, dtype): an annotation.
struct SpecData {
    Values shape;
    std::optional<ir::DType> dtype;
    std::string kind;     ///< "Tensor", "SharedBuffer", ...
    std::string problem;  ///< why it cannot be used: a dtype that there is not
    Span span;
};
struct SpecValue {
    std::shared_ptr<const SpecData> data;
};
/// T.Kernel(...), before its "with".
struct LaunchData {
    std::vector<ir::Expr> extents;
    Span span;
};
struct LaunchValue {
    std::shared_ptr<const LaunchData> data;
};
/// T.If, T.Then, T.Else or T.While, before its "with".
struct FrameData;
struct FrameValue {
    std::shared_ptr<const FrameData> data;
};
/// What a "for" of the tile language goes over.
struct LoopData {
    enum class Kind : uint8_t { Serial, Unrolled, Pipelined, Parallel, Vectorized, Persistent } kind = Kind::Serial;
    ir::Expr begin, end, step;
    int stages = 0;
    std::vector<ir::Expr> extents;  ///< of Parallel and Persistent
    ir::Expr wave, index;           ///< of Persistent
    Span span;
};
struct LoopValue {
    std::shared_ptr<const LoopData> data;
};
struct ClassData {
    std::string name;
    std::shared_ptr<Environment> environment;
};
struct ClassValue {
    std::shared_ptr<const ClassData> data;
};
struct InstanceData {
    std::string kind;  ///< of ours: "argparse", "namespace", "autograd"; empty: of a class of the script
    std::shared_ptr<const ClassData> type;
    std::map<std::string, Value, std::less<>> attributes;
};
struct InstanceValue {
    std::shared_ptr<InstanceData> data;
};
/// An element type that the tile language has upstream and Tensix has not.
struct ForeignTypeValue {
    std::string name;
};

class Value {
public:
    using Held = std::variant<std::monostate, NoneValue, bool, int64_t, double, std::string, EllipsisValue, ListValue,
                              TupleValue, SetValue, DictValue, RangeValue, SliceValue, ir::DType, ForeignTypeValue,
                              ir::Expr, ir::Buffer, CellValue, ElementValue, FunctionValue, PartialValue, BuiltinValue,
                              ModuleValue, OpaqueValue, TensorValue, SpecValue, LaunchValue, FrameValue, LoopValue,
                              ClassValue, InstanceValue>;

    Value() = default;  ///< unset
    template <class Kind>
        requires(!std::is_same_v<std::remove_cvref_t<Kind>, Value>)
    Value(Kind&& kind) : held_(std::forward<Kind>(kind)) {}

    template <class Kind>
    const Kind* get() const {
        return std::get_if<Kind>(&held_);
    }
    template <class Kind>
    bool is() const {
        return std::holds_alternative<Kind>(held_);
    }
    bool set() const { return !is<std::monostate>(); }
    const Held& held() const { return held_; }

private:
    Held held_;
};

struct FrameData {
    enum class Kind : uint8_t { If, Then, Else, While } kind = Kind::If;
    Value condition;  ///< of If and While
    Span span;
};

// Making values.
Value none();
Value list(Values items);
Value tuple(Values items);
Value dict(std::vector<std::pair<Value, Value>> items = {});
Value opaque(std::string what, Span span, bool hint = false);
Value builtin(std::string name);
Value module(std::string name);

/// The elements of a list, tuple or set; null of anything else.
const Values* items_of(const Value& value);
/// Python's ==, of host values. Unset or unknown ones are equal to nothing.
bool equal(const Value& a, const Value& b);
/// The value of `key`, or null.
const Value* find(const DictValue& dict, const Value& key);
void insert(const DictValue& dict, const Value& key, const Value& value);
/// As Python's repr() has it, for messages and dumps; str(): strings without quotes.
std::string repr(const Value& value);
std::string str(const Value& value);
/// "int", "list", "an IR expression", ...: what a message calls the value's type.
std::string type_name(const Value& value);
/// Python's bool(), of host values; nothing where it is not known while compiling.
std::optional<bool> truth(const Value& value);
/// True for None, bool, numbers, strings, dtypes, and lists, tuples, sets, dicts, ranges.
bool is_host(const Value& value);

}  // namespace tessera::tile::front
