// The partial evaluator: runs the functions of a script over values that are partly known, and builds the kernel's IR
// from what is left for run time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tile/front/front.h>
#include <tile/front/parser.h>
#include <tile/front/value.h>

namespace tessera::tile::front {

/// Thrown out of the evaluation of a statement.
struct EvalError {
    std::string name;
    Span span;
    std::string message, help;
};

/// Does what may fail; false if it did. For what is unknown then, and no error.
template <class Work>
bool attempt(Work&& work) {
    try {
        work();
        return true;
    } catch (const EvalError&) {
        return false;
    }
}

struct Slot {
    Value value;
    /// How deep in loops and branches of the IR it was bound.
    uint32_t depth = 0;
    bool loop_variable = false;  ///< of a loop or launch of the IR
};

struct Environment : std::enable_shared_from_this<Environment> {
    std::shared_ptr<Environment> parent;
    std::map<std::string, Slot, std::less<>> names;
    bool inner = false;  ///< of a comprehension: assignments of := go past it
    std::set<std::string, std::less<>> globals, nonlocals;
};
using Env = std::shared_ptr<Environment>;

enum class Flow : uint8_t { Next, Break, Continue, Return };

/// A call with its arguments evaluated.
struct Call {
    std::string name;
    Values positional;
    std::vector<Span> places;
    std::vector<std::pair<std::string, Value>> keywords;
    std::vector<Span> keyword_places;
    Span span;
    const Value* self = nullptr;
};

/// A kernel as a call of the script makes it, to see what it takes and gives.
struct Trial {
    ir::Kernel kernel;
    std::vector<std::string> parameters;  ///< of the kernel itself, in order
};

/// A call of a kernel that the script itself makes, and with what.
struct Recorded {
    std::shared_ptr<FunctionData> function;
    std::map<std::string, Value, std::less<>> arguments;
    std::map<std::string, Value, std::less<>> dimensions;  ///< keywords of compile() that are no parameters
    std::map<std::string, Value, std::less<>> passed;      ///< to the kernel itself: tensors, and numbers by name
    std::shared_ptr<Trial> trial;                          ///< null: not made yet
    Span span;
};

/// A kernel on its way.
struct Build {
    ir::Kernel kernel;
    std::vector<ir::Block*> blocks;  ///< innermost last; empty outside of the kernel's body
    std::set<std::string, std::less<>> names;
    bool in_launch = false;
    /// The T.If that T.Then and T.Else belong to, while its "with" runs.
    struct Choice {
        std::optional<bool> known;  ///< the condition, where it is known while compiling
        ir::If result;              ///< where it is not
        Flow flow = Flow::Next;     ///< of the branch that was run, where it is known
    };
    Choice* choice = nullptr;
    /// The loop variables of the T.Parallel that is being built, with their extents, and where it will stand.
    struct Nest {
        std::vector<ir::Var> vars;
        std::vector<ir::Expr> extents;
        ir::Block* outside = nullptr;
    };
    std::vector<Nest> nests;
    std::map<ir::Buffer, ir::Buffer> viewed;  ///< parameters that the kernel sees in another shape, and as what
    std::set<ir::Buffer> unbound;             ///< of alloc_var, without a name yet
    /// A wait for a barrier, or an arrival at one, with the loops around it.
    struct BarrierEvent {
        int barrier = 0;
        bool wait = false;
        bool passes_fresh = false;  ///< a wait that nothing has to come before, in the first turn of the loops
        std::vector<Span> loops;
        std::string name;
        Span span;
    };
    std::vector<BarrierEvent> barrier_events;
    int barriers = 0;
    std::map<ir::Buffer, ir::Reduction> reducers;  ///< buffers of T.alloc_reducer
    std::vector<ir::Stmt> after_nest;              ///< what follows the T.Parallel that is being built
    std::set<ir::Var> placed;                      ///< variables of loops that stand in the kernel
    size_t launches = 0;
    std::map<std::string, Value, std::less<>> dimensions;  ///< values given to T.const and T.dynamic
    std::map<std::string, ir::Var, std::less<>> symbols;
    std::vector<std::string> missing;  ///< of T.const: those without a value
    /// Of tensor parameters in the eager style: what the script's own call passes.
    std::map<std::string, Value, std::less<>> passed;
    /// Dimensions that stand for themselves in a first pass, to be found from the shapes of `passed`.
    std::map<std::string, ir::Var, std::less<>> unknown;
    bool probing = false;  ///< this is that first pass: it ends at the first launch
    std::set<std::string, std::less<>> used_dimensions;
};

/// A loop or a branch of the IR that is being built.
struct Scope {
    bool loop = false;
    Span span;
    struct Change {
        Env environment;
        std::string name;
        std::optional<Slot> before;
    };
    std::vector<Change> changes;
    std::map<std::pair<Env, std::string>, Span> reads;  ///< of names bound outside
};

class Evaluator {
public:
    explicit Evaluator(Diagnostics& diagnostics) : diagnostics_(&diagnostics) {}

    /// Runs a module's statements, and finds kernels and the calls of them.
    void run_module(const Tree& tree);
    /// Follows what the script's own main does, to find calls.
    void follow(const Tree& tree);
    /// Values that names of the host side have while it is followed, whatever it says itself: of --arg.
    void set_overrides(std::map<std::string, Value, std::less<>> values) { overrides_ = std::move(values); }
    /// Those of them that there was such a name for.
    const std::set<std::string, std::less<>>& overridden() const { return overridden_; }
    /// Values that the script gives to parameters of this name anywhere: the first one that is a plain value.
    std::map<std::string, Value, std::less<>> values_by_name() const;
    /// Parameters that are dimensions of the kernel's tensors.
    static std::set<std::string, std::less<>> sizes_of(const FunctionData& function);
    /// Parameters of a kernel inside the function that are numbers given when it runs.
    static std::vector<std::string> run_time_numbers_of(const FunctionData& function);

    const std::vector<std::shared_ptr<FunctionData>>& candidates() const { return candidates_; }
    const std::vector<Recorded>& recorded() const { return recorded_; }
    void set_diagnostics(Diagnostics& diagnostics) { diagnostics_ = &diagnostics; }
    /// Evaluates an argument of the command line.
    Value literal(const std::string& text, const std::string& name);
    Value call_function(const std::shared_ptr<FunctionData>& function, const Call& call);
    ir::Kernel build(const std::shared_ptr<FunctionData>& function, const Recorded& call,
                     const std::map<std::string, Value, std::less<>>& dimensions);
    /// Names of T.const and T.dynamic in a function's body, in order; those of T.const first are required.
    static std::vector<std::pair<std::string, bool>> dimensions_of(const FunctionData& function);
    /// Names that the body annotates as tensors (eager style).
    static std::set<std::string, std::less<>> tensors_of(const FunctionData& function);
    std::vector<Value> configurations(const FunctionData& function, const Recorded& call);
    void report(const EvalError& error);

    /// Reads the file of a module beside the script: the tree, or null. Set by load().
    std::function<const Tree*(const std::string& module, std::string& path)> importer;

private:
    friend class Bound;

    // --- statements: eval_stmt.cpp
    Flow run(const Body& body);
    Flow run_one(const Stmt& stmt);
    Flow run_one_checked(const Stmt& stmt);
    Flow run_if(const Stmt& stmt);
    Flow run_for(const Stmt& stmt);
    Flow run_host_loop(const Stmt& stmt, const Values& items);
    Flow run_tile_loop(const Stmt& stmt, const LoopData& loop);
    void run_parallel(const Stmt& stmt, const LoopData& loop);
    /// Emits a T.Parallel whose body may hold loops: they are exchanged with it, so that each of the nests that come
    /// of it holds plain statements.
    void emit_parallel(ir::Parallel nest, Span span);
    void bind_loop_variables(const Expr& target, const std::vector<ir::Var>& vars);
    void mark_loop_variables(const Expr& target);
    void run_persistent(const Stmt& stmt, const LoopData& loop);
    Flow run_while(const Stmt& stmt);
    /// A loop of the kernel itself.
    Flow run_staged_while(const std::function<Flow()>& body, ir::Expr condition, Span span);
    Flow run_with(const Stmt& stmt);
    Flow run_with_from(const Stmt& stmt, size_t at);
    Flow run_frame(const FrameData& frame, const std::function<Flow()>& body);
    void run_launch(const Stmt& stmt, const WithItem& item, const LaunchData& launch);
    Flow run_try(const Stmt& stmt);
    void run_assign(const Stmt& stmt);
    void run_aug_assign(const Stmt& stmt);
    void run_ann_assign(const Stmt& stmt);
    void run_definition(const Stmt& stmt);
    void run_class(const Stmt& stmt);
    void run_import(const Stmt& stmt);
    Value import_module(const std::string& name, Span span);
    Value decorate(const Value& decorator, const Value& function, Span span);
    void assign(const Expr& target, const Value& value);
    void assign_name(const std::string& name, const Value& value, Span span);
    void unpack(const std::vector<Expr*>& targets, const Value& value, Span span);
    void bind_poison(const Stmt& stmt);
    Flow branch(const std::function<Flow()>& body, ir::Block& block, Span span);

    // --- names and scopes: scopes.cpp
    Value look_up(const std::string& name, Span span);
    void bind(const std::string& name, const Value& value, Span span);
    void push_scope(bool loop, Span span);
    void pop_scope();
    Environment* home_of(const std::string& name);

    // --- expressions: eval_expr.cpp
    Value eval(const Expr& expr);
    Value eval_named_parts(const Expr& expr);
    Value eval_call(const Expr& expr);
    Value eval_attribute(const Expr& expr);
    Value eval_subscript(const Expr& expr);
    Value eval_compare(const Expr& expr);
    Value eval_bool_op(const Expr& expr);
    Value eval_conditional(const Expr& expr);
    Value eval_f_string(const Expr& expr);
    Value eval_comprehension(const Expr& expr);
    void comprehend(const Expr& expr, size_t clause, const std::function<void()>& visit);
    Values eval_items(const std::vector<Expr*>& items);  ///< with *starred ones spread
    Value subscript(const Value& object, const Value& index, Span span);
    Value buffer_element(const ir::Buffer& buffer, const Value& index, Span span);
    Value narrowed(const ElementData& element, const Value& index, Span span);
    Values iterate(const Value& value, Span span);

    // --- operators: operators.cpp
    Value unary(std::string_view op, const Value& operand, Span span);
    Value binary(std::string_view op, const Value& left, const Value& right, Span span);
    Value compare(std::string_view op, const Value& left, const Value& right, Span span);
    Value host_binary(std::string_view op, const Value& left, const Value& right, Span span);
    Value ir_binary(std::string_view op, const Value& left, const Value& right, Span span);
    static bool staged(const Value& value);  ///< known at run time only
    /// Both as expressions of one type: floating point wins, then the wider.
    std::pair<ir::Expr, ir::Expr> same_type(const Value& left, const Value& right, Span span);
    ir::Expr to_expr(const Value& value, Span span);
    ir::Expr to_expr(const Value& value, ir::DType dtype, Span span);  ///< cast, constants directly
    ir::Expr to_bool(const Value& value, Span span);
    ir::Expr to_float(const Value& value, Span span);
    ir::Expr to_index(const Value& value, Span span, std::string_view what);
    int64_t to_int(const Value& value, Span span, std::string_view what);
    bool to_flag(const Value& value, Span span, std::string_view what);
    ir::DType to_dtype(const Value& value, Span span);
    std::optional<ir::DType> dtype_of(const Value& value);
    ir::Expr load(const ElementData& element, Span span);
    bool decide(const Value& value, Span span);  ///< a condition known while compiling

    // --- calls: calls.cpp
    Value call_value(const Value& function, const Call& call);
    Value call_builtin(const std::string& name, const Call& call);
    Value attribute(const Value& object, const std::string& name, Span span);
    Value module_attribute(const ModuleValue& module, const std::string& name, Span span);
    void bind_parameters(const FunctionData& function, const Call& call, const Env& environment);
    std::optional<Value> record(const std::shared_ptr<FunctionData>& function, const Call& call);
    const Trial* trial(size_t recorded);
    /// What a kernel gives for these arguments: tensors of the shapes of its outputs. They are recorded.
    Value kernel_result(size_t recorded, const Call& call);
    /// The value that --arg gives to a name of the host side, or null.
    const Value* override_of(const std::string& name) const;
    Value call_class(const ClassValue& type, const Call& call);

    // --- Python's own: builtins_python.cpp, builtins_host.cpp
    std::optional<Value> python_builtin(const std::string& name, const Call& call);
    std::optional<Value> python_method(const std::string& name, const Call& call);
    std::optional<Value> math_builtin(const std::string& name, const Call& call);
    std::optional<Value> host_builtin(const std::string& name, const Call& call);
    Value tensor_attribute(const TensorValue& tensor, const std::string& name, Span span);
    std::string format(const Value& value, const std::string& spec, Span span);

    // --- the tile language: builtins_*.cpp
    std::optional<Value> tile_builtin(const std::string& name, const Call& call);
    std::optional<Value> tile_structure(const std::string& name, const Call& call);
    std::optional<Value> tile_operation(const std::string& name, const Call& call);
    std::optional<Value> tile_scalar(const std::string& name, const Call& call);
    std::optional<Value> tile_ordering(const std::string& name, const Call& call);  ///< barriers.cpp
    void barrier_event(const Value* barrier, bool wait, const Value* parity, const Call& call);
    /// Fails where a wait of the launch that ends here waits for what does not come before it.
    void check_barriers();
    /// A store into a buffer of T.alloc_reducer from a T.Parallel; false if it is none.
    bool store_into_reducer(const ElementData& target, const Value& value, Span span);
    void refuse_tile(const std::string& name, Span span);
    Value view(const ir::Buffer& buffer, const SpecData& spec);
    Value tensor_spec(const std::string& kind, const Call& call);
    Value allocate(const Call& call, ir::Scope scope, std::string_view name);
    Value dimension(const Call& call, bool run_time);
    void copy(const Call& call);
    void gemm(const Call& call);
    void reduce(const Call& call, ir::Reduction op);
    Value scan(const Call& call, ir::Reduction op);
    Value atomic(const Call& call, ir::Reduction op);
    ir::Region to_region(const Value& value, Span span, std::string_view what);
    ir::Region head_region(const ElementData& head, const std::vector<ir::Expr>& extents, Span span);
    void check_same_extents(const ir::Region& a, const ir::Region& b, Span span, std::string_view what);
    void need_block(Span span, std::string_view what) const;  ///< inside T.Kernel
    void not_in_parallel(Span span, std::string_view what) const;

    // --- building: build.cpp
    void emit(ir::Stmt stmt);
    ir::Buffer make_buffer(const std::string& name, ir::DType dtype, std::vector<ir::Expr> shape, ir::Scope scope,
                           Span span);
    std::string unique(const std::string& name);
    ir::Var make_variable(const std::string& name, ir::DType dtype = ir::DType::Int32);
    Value parameter(const std::string& name, const SpecData& spec, Span span);
    void build_prim_func(const std::shared_ptr<FunctionData>& function, const std::vector<int64_t>& out_idx);
    void build_eager(const std::shared_ptr<FunctionData>& function, const Recorded& call);
    void outputs_from(const Value& result, Span span);
    void find_dimensions(const SpecData& spec, const std::string& name);
    void ignored(const std::string& what, Span span);
    std::vector<ir::Expr> shape_of(const Values& items, Span span, bool constant);
    bool building() const { return build_ != nullptr; }
    bool in_block() const { return build_ != nullptr && build_->in_launch; }

    [[noreturn]] static void fail(std::string_view name, Span span, std::string message, std::string help = {});

    Diagnostics* diagnostics_;
    Env globals_, env_;
    std::shared_ptr<FunctionData> function_;  ///< whose body is run; null: the module
    Staging staging_ = Staging::Host;
    Value returned_;
    Build* build_ = nullptr;
    std::vector<Scope> scopes_;
    size_t outer_scopes_ = 0;  ///< those that are open around the function that runs
    std::string naming_;       ///< the name that a value made now will be bound to
    bool lenient_ = false;     ///< following the host side: what fails is unknown
    uint64_t steps_ = 0, step_limit_ = 0;
    unsigned depth_ = 0;
    std::vector<std::shared_ptr<FunctionData>> candidates_;
    std::vector<Recorded> recorded_;
    std::shared_ptr<FunctionData> built_;  ///< whose body build() has run last
    size_t trials_ = 0;
    std::map<std::string, Value, std::less<>> modules_, overrides_;
    mutable std::set<std::string, std::less<>> overridden_;
    bool main_module_ = true;
};

/// Arguments of a call by the names of its parameters.
class Bound {
public:
    /// `names`: parameters in order; those from `required` on may be left out. Keywords in `hints` are accepted and
    /// mean nothing here.
    Bound(const Call& call, std::vector<std::string_view> names, size_t required,
          std::vector<std::string_view> hints = {});
    bool has(std::string_view name) const { return at(name) != nullptr; }
    const Value& operator[](std::string_view name) const { return *at(name); }
    const Value* at(std::string_view name) const;
    Span place(std::string_view name) const;

private:
    std::vector<std::string_view> names_;
    std::vector<const Value*> values_;
    std::vector<Span> places_;
    Span span_;
};

/// Why a primitive of TileLang has no meaning on Tensix; empty if it has one, or is not known at all.
std::string_view gpu_only(std::string_view name);
/// True for primitives that are hints to a GPU compiler and mean nothing here.
bool is_hint(std::string_view name);
/// The known name that is nearest to a misspelt one, or empty.
std::string nearest(std::string_view name, const std::vector<std::string_view>& names);

}  // namespace tessera::tile::front
