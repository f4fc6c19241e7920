// Tile operations: what works on whole buffers and regions.
#include <algorithm>

#include <tile/front/evaluator.h>
#include <tile/pass/linear.h>

namespace tessera::tile::front {
namespace {

/// The extents of a region without the dropped dimensions.
std::vector<ir::Expr> kept(const ir::Region& region) {
    std::vector<ir::Expr> extents;
    for (size_t i = 0; i < region.extent.size(); ++i) {
        if (!region.dropped[i]) {
            extents.push_back(region.extent[i]);
        }
    }
    return extents;
}

bool is_head(const Value& value) {
    const auto* element = value.get<ElementValue>();
    return element != nullptr &&
           std::ranges::none_of(element->data->indices, [](const Index& one) { return one.extent != nullptr; });
}

/// What is known to differ, or not known to be equal, takes the extent that is a constant.
void settle(ir::Region& a, const ir::Region& b) {
    const std::vector<ir::Expr> other = ir::matched_extents(b);
    if (ir::matched_extents(a).size() != other.size()) {
        return;
    }
    size_t next = 0;
    for (size_t i = 0; i < a.extent.size(); ++i) {
        if (a.dropped[i] || ir::constant(a.extent[i]) == 1) {
            continue;
        }
        if (!ir::constant(a.extent[i]) && ir::constant(pass::simplified(a.extent[i] - other[next])) == 0) {
            a.extent[i] = other[next];
        }
        ++next;
    }
}

}  // namespace

void Evaluator::copy(const Call& call) {
    const Bound args(call, {"src", "dst"}, 2,
                     {"coalesced_width", "disable_tma", "eviction_policy", "prefer_instruction", "loop_layout",
                      "annotations", "barrier", "leader_only", "enable_tma", "use_2cta"});
    need_block(call.span, "T.copy");
    not_in_parallel(call.span, "T.copy");
    const Value& from = args["src"];
    const Value& to = args["dst"];
    ir::Copy result;
    if (is_head(from) && !is_head(to)) {
        result.dst = to_region(to, args.place("dst"), "the target of T.copy");
        result.src = head_region(*from.get<ElementValue>()->data, kept(result.dst), args.place("src"));
    } else if (is_head(to) && !is_head(from)) {
        result.src = to_region(from, args.place("src"), "the source of T.copy");
        result.dst = head_region(*to.get<ElementValue>()->data, kept(result.src), args.place("dst"));
    } else {
        result.src = to_region(from, args.place("src"), "the source of T.copy");
        result.dst = to_region(to, args.place("dst"), "the target of T.copy");
    }
    settle(result.src, result.dst);
    settle(result.dst, result.src);
    check_same_extents(result.src, result.dst, call.span, "T.copy of regions that differ");
    emit(ir::make_stmt(std::move(result), call.span));
}

void Evaluator::gemm(const Call& call) {
    const Bound args(call, {"A", "B", "C", "transpose_A", "transpose_B", "policy", "clear_accum"}, 3,
                     {"k_pack", "wg_wait", "annotations", "use_2cta", "mbar"});
    need_block(call.span, "T.gemm");
    for (const auto& [key, value] : call.keywords) {
        if (key == "mbar") {
            barrier_event(&value, false, nullptr, call);
        }
    }
    not_in_parallel(call.span, "T.gemm");
    const auto flag = [&](std::string_view name) {
        return args.has(name) && to_flag(args[name], args.place(name), name);
    };
    ir::Gemm result;
    result.transpose_a = flag("transpose_A");
    result.transpose_b = flag("transpose_B");
    std::optional<ir::Expr> clear;
    if (args.has("clear_accum")) {
        // A condition of run time: the accumulator is cleared before, under it.
        const Value& given = args["clear_accum"];
        if (staged(given) && !truth(given)) {
            clear = to_bool(given, args.place("clear_accum"));
        } else {
            result.clear = to_flag(given, args.place("clear_accum"), "clear_accum");
        }
    }
    if (args.has("policy")) {
        ignored(args["policy"].is<OpaqueValue>() ? *args["policy"].get<OpaqueValue>()->what : "policy of T.gemm",
                args.place("policy"));
    }
    result.a = to_region(args["A"], args.place("A"), "A of T.gemm");
    result.b = to_region(args["B"], args.place("B"), "B of T.gemm");
    result.c = to_region(args["C"], args.place("C"), "C of T.gemm");
    const auto two = [&](const ir::Region& region, std::string_view which) {
        std::vector<ir::Expr> extents = kept(region);
        while (extents.size() > 2 && ir::constant(extents.front()) == 1) {
            extents.erase(extents.begin());
        }
        if (extents.size() != 2) {
            fail("tile-gemm-shape", args.place(which),
                 std::string(which) + " of T.gemm has " + std::to_string(extents.size()) + " dimensions, not two");
        }
        return extents;
    };
    std::vector<ir::Expr> a = two(result.a, "A");
    std::vector<ir::Expr> b = two(result.b, "B");
    const std::vector<ir::Expr> c = two(result.c, "C");
    if (result.transpose_a) {
        std::swap(a[0], a[1]);
    }
    if (result.transpose_b) {
        std::swap(b[0], b[1]);
    }
    const auto differ = [](const ir::Expr& x, const ir::Expr& y) {
        const auto p = ir::constant(x);
        const auto q = ir::constant(y);
        return p && q && *p != *q;
    };
    if (differ(a[0], c[0]) || differ(b[1], c[1]) || differ(a[1], b[0])) {
        fail("tile-gemm-shape", call.span,
             "T.gemm of (" + repr(Value(a[0])) + ", " + repr(Value(a[1])) + ") and (" + repr(Value(b[0])) + ", " +
                 repr(Value(b[1])) + ") into (" + repr(Value(c[0])) + ", " + repr(Value(c[1])) + ")",
             "transpose_A and transpose_B turn the operands");
    }
    if (clear) {
        const ir::Expr zero = ir::is_float(result.c.buffer->dtype) ? ir::make_float(0, result.c.buffer->dtype)
                                                                   : ir::make_int(0, result.c.buffer->dtype);
        ir::If reset;
        reset.condition = *clear;
        reset.then.push_back(ir::make_stmt(ir::Fill{result.c, zero}, call.span));
        emit(ir::make_stmt(std::move(reset), call.span));
    }
    emit(ir::make_stmt(std::move(result), call.span));
}

void Evaluator::reduce(const Call& call, ir::Reduction op) {
    const Bound args(call, {"buffer", "out", "dim", "clear", "nan_propagate"}, 2, {"batch", "annotations"});
    need_block(call.span, "T." + call.name);
    not_in_parallel(call.span, "T." + call.name);
    ir::Reduce result;
    result.op = op;
    result.src = to_region(args["buffer"], args.place("buffer"), "the source of a reduction");
    result.dst = to_region(args["out"], args.place("out"), "the result of a reduction");
    const std::vector<ir::Expr> src = kept(result.src);
    const int64_t rank = static_cast<int64_t>(src.size());
    int64_t dim = args.has("dim") ? to_int(args["dim"], args.place("dim"), "dim") : -1;
    if (dim < -rank || dim >= rank) {
        fail("tile-dim", args.place("dim"),
             "dim " + std::to_string(dim) + " is none of the " + std::to_string(rank) + " dimensions of " +
                 result.src.buffer->name);
    }
    dim = dim < 0 ? dim + rank : dim;
    result.dim = static_cast<int>(dim);
    result.clear = !args.has("clear") || to_flag(args["clear"], args.place("clear"), "clear");
    result.propagate_nan =
        args.has("nan_propagate") && to_flag(args["nan_propagate"], args.place("nan_propagate"), "nan_propagate");
    std::vector<ir::Expr> left;
    for (size_t i = 0; i < src.size(); ++i) {
        if (static_cast<int64_t>(i) != dim && ir::constant(src[i]) != 1) {
            left.push_back(src[i]);
        }
    }
    const std::vector<ir::Expr> dst = ir::matched_extents(result.dst);
    bool fits = left.size() == dst.size();
    for (size_t i = 0; fits && i < left.size(); ++i) {
        const auto a = ir::constant(left[i]);
        const auto b = ir::constant(dst[i]);
        fits = !a || !b || *a == *b;
    }
    if (!fits) {
        fail("tile-reduce-shape", call.span,
             "a reduction of " + result.src.buffer->name + " over dim " + std::to_string(dim) + " does not fit " +
                 result.dst.buffer->name,
             "the result has the source's shape without that dimension, or with 1 there");
    }
    emit(ir::make_stmt(std::move(result), call.span));
}

Value Evaluator::scan(const Call& call, ir::Reduction op) {
    const Bound args(call, {"src", "dst", "dim", "reverse"}, 1, {"annotations"});
    need_block(call.span, "T." + call.name);
    not_in_parallel(call.span, "T." + call.name);
    ir::Scan result;
    result.op = op;
    result.src = to_region(args["src"], args.place("src"), "the source of a scan");
    result.dst = args.has("dst") && !args["dst"].is<NoneValue>()
                     ? to_region(args["dst"], args.place("dst"), "the result of a scan")
                     : result.src;
    const auto rank = static_cast<int64_t>(kept(result.src).size());
    const int64_t dim = args.has("dim") ? to_int(args["dim"], args.place("dim"), "dim") : 0;
    if (dim < -rank || dim >= rank) {
        fail("tile-dim", args.place("dim"),
             "dim " + std::to_string(dim) + " is none of the " + std::to_string(rank) + " dimensions of " +
                 result.src.buffer->name);
    }
    result.dim = static_cast<int>(dim < 0 ? dim + rank : dim);
    result.reverse = args.has("reverse") && to_flag(args["reverse"], args.place("reverse"), "reverse");
    check_same_extents(result.src, result.dst, call.span, "a scan between buffers that differ");
    emit(ir::make_stmt(std::move(result), call.span));
    return none();
}

Value Evaluator::atomic(const Call& call, ir::Reduction op) {
    const Bound args(call, {"dst", "value", "memory_order", "return_prev"}, 2, {"use_tma", "annotations"});
    need_block(call.span, "T." + call.name);
    if (args.has("return_prev") && truth(args["return_prev"]) != false) {
        fail("tile-atomic-result", args.place("return_prev"),
             "T." + call.name + "(return_prev=True): the value before an atomic depends on the order of blocks",
             "compute positions from the block's index instead");
    }
    ir::Atomic result;
    result.op = op;
    const Value& to = args["dst"];
    const Value& value = args["value"];
    const auto* element = value.get<ElementValue>();
    const bool region = value.is<ir::Buffer>() ||
                        (element != nullptr && std::ranges::any_of(element->data->indices, [](const Index& one) {
                             return one.extent != nullptr;
                         }));
    if (region) {
        not_in_parallel(call.span, "an atomic of a region");
        result.src = to_region(value, args.place("value"), "the value of an atomic");
        result.dst = is_head(to) ? head_region(*to.get<ElementValue>()->data, kept(*result.src), args.place("dst"))
                                 : to_region(to, args.place("dst"), "the target of an atomic");
        settle(result.dst, *result.src);
        settle(*result.src, result.dst);
        check_same_extents(*result.src, result.dst, call.span, "an atomic of regions that differ");
    } else {
        result.dst = to_region(to, args.place("dst"), "the target of an atomic");
        if (!ir::matched_extents(result.dst).empty()) {
            fail("tile-atomic", call.span,
                 "T." + call.name + " of one value into " + std::to_string(ir::matched_extents(result.dst).size()) +
                     " dimensions of " + result.dst.buffer->name,
                 "index all dimensions of the target");
        }
        result.value = to_expr(value, result.dst.buffer->dtype, args.place("value"));
    }
    emit(ir::make_stmt(std::move(result), call.span));
    return none();
}

std::optional<Value> Evaluator::tile_operation(const std::string& name, const Call& call) {
    const Span span = call.span;
    if (name == "copy") {
        copy(call);
        return none();
    }
    if (name == "gemm" || name == "gemm_v1" || name == "gemm_v2") {
        gemm(call);
        return none();
    }
    if (name == "clear" || name == "fill") {
        const Bound args(call, {"buffer", "value"}, name == "fill" ? 2 : 1, {"annotations"});
        need_block(span, "T." + name);
        not_in_parallel(span, "T." + name);
        ir::Fill fill;
        fill.dst = to_region(args["buffer"], args.place("buffer"), "the target of T." + name);
        fill.value = to_expr(args.has("value") ? args["value"] : Value(int64_t{0}), fill.dst.buffer->dtype, span);
        emit(ir::make_stmt(std::move(fill), span));
        return none();
    }
    static const std::map<std::string, ir::Reduction, std::less<>> reductions{
        {"reduce_sum", ir::Reduction::Sum},       {"reduce_max", ir::Reduction::Max},
        {"reduce_min", ir::Reduction::Min},       {"reduce_abssum", ir::Reduction::AbsSum},
        {"reduce_absmax", ir::Reduction::AbsMax}, {"reduce_bitand", ir::Reduction::And},
        {"reduce_bitor", ir::Reduction::Or},      {"reduce_bitxor", ir::Reduction::Xor},
        {"reduce_any", ir::Reduction::Any},       {"reduce_all", ir::Reduction::All}};
    if (const auto found = reductions.find(name); found != reductions.end()) {
        reduce(call, found->second);
        return none();
    }
    if (name == "reduce") {
        const Bound args(call, {"buffer", "out", "reduce_type", "dim", "clear"}, 3);
        const auto found = reductions.find("reduce_" + str(args["reduce_type"]));
        if (found == reductions.end()) {
            fail("tile-call", args.place("reduce_type"), "there is no reduction " + repr(args["reduce_type"]));
        }
        Call inner = call;
        inner.positional = {args["buffer"], args["out"]};
        inner.places = {span, span};
        inner.keywords.clear();
        inner.keyword_places.clear();
        for (const char* key : {"dim", "clear"}) {
            if (args.has(key)) {
                inner.keywords.emplace_back(key, args[key]);
                inner.keyword_places.push_back(args.place(key));
            }
        }
        reduce(inner, found->second);
        return none();
    }
    if (name == "cumsum" || name == "cummax") {
        return scan(call, name == "cumsum" ? ir::Reduction::Sum : ir::Reduction::Max);
    }
    if (name == "atomic_add" || name == "atomic_max" || name == "atomic_min" || name == "atomic_or") {
        return atomic(call, name == "atomic_add"   ? ir::Reduction::Sum
                            : name == "atomic_max" ? ir::Reduction::Max
                            : name == "atomic_min" ? ir::Reduction::Min
                                                   : ir::Reduction::Or);
    }
    if (name == "atomic_addx2" || name == "atomic_addx4") {
        // Neighbours in the last dimension, each an atomic of its own.
        const Bound args(call, {"dst", "value"}, 2, {"memory_order", "return_prev", "annotations"});
        need_block(span, "T." + name);
        ignored("T." + name + ", whose elements are added one by one", span);
        const ir::Expr count = ir::make_int(name == "atomic_addx2" ? 2 : 4);
        const ir::Var var = make_variable("v");
        const auto moved = [&](std::string_view which) -> ElementData {
            const auto* element = args[which].get<ElementValue>();
            if (element == nullptr || element->data->indices.empty() || element->data->indices.back().extent) {
                fail("tile-atomic", args.place(which), "T." + name + " takes the first element on both sides");
            }
            ElementData data = *element->data;
            data.indices.back().begin =
                ir::make(ir::Op::Add, {data.indices.back().begin, ir::make_var(var, span)}, span);
            return data;
        };
        ir::Atomic one;
        one.op = ir::Reduction::Sum;
        const ElementData from = moved("value");
        one.dst = to_region(ElementValue{std::make_shared<const ElementData>(moved("dst"))}, span, "the target");
        one.value = ir::make_cast(one.dst.buffer->dtype, load(from, span), span);
        ir::Parallel nest{{var}, {count}, {ir::make_stmt(std::move(one), span)}};
        if (build_->nests.empty()) {
            emit_parallel(std::move(nest), span);
        } else {
            emit(ir::make_stmt(std::move(nest), span));
        }
        return none();
    }
    if (name == "transpose") {
        const Bound args(call, {"src", "dst"}, 2);
        need_block(span, "T.transpose");
        not_in_parallel(span, "T.transpose");
        ir::Transpose result{to_region(args["src"], span, "the source of T.transpose"),
                             to_region(args["dst"], span, "the target of T.transpose")};
        std::vector<ir::Expr> src = ir::matched_extents(result.src);
        std::ranges::reverse(src);
        const std::vector<ir::Expr> dst = ir::matched_extents(result.dst);
        if (src.size() != 2 || dst.size() != 2 || !ir::same(src[0], dst[0]) || !ir::same(src[1], dst[1])) {
            fail("tile-copy-shape", span,
                 "T.transpose of " + result.src.buffer->name + " does not fit " + result.dst.buffer->name);
        }
        emit(ir::make_stmt(std::move(result), span));
        return none();
    }
    if (name == "im2col" || name == "c2d_im2col") {
        const Bound args(call, {"img", "col", "nhw_step", "c_step", "kernel", "stride", "dilation", "pad"}, 8,
                         {"eviction_policy"});
        need_block(span, "T.im2col");
        not_in_parallel(span, "T.im2col");
        ir::Im2col result;
        result.img = to_region(args["img"], args.place("img"), "the image of T.im2col");
        result.dst = to_region(args["col"], args.place("col"), "the target of T.im2col");
        // Steps count blocks of the target.
        const std::vector<ir::Expr> block = kept(result.dst);
        if (block.size() != 2 || result.img.extent.size() != 4) {
            fail("tile-copy-shape", span, "T.im2col takes an image (N, H, W, C) and a block of two dimensions");
        }
        const ir::Expr row = to_index(args["nhw_step"], args.place("nhw_step"), "nhw_step");
        const ir::Expr column = to_index(args["c_step"], args.place("c_step"), "c_step");
        result.first_row = ir::make(ir::Op::Mul, {row, ir::make_cast(row->dtype, block[0])}, span);
        result.first_column = ir::make(ir::Op::Mul, {column, ir::make_cast(column->dtype, block[1])}, span);
        result.kernel = to_int(args["kernel"], args.place("kernel"), "kernel");
        result.stride = to_int(args["stride"], args.place("stride"), "stride");
        result.dilation = to_int(args["dilation"], args.place("dilation"), "dilation");
        result.pad = to_int(args["pad"], args.place("pad"), "pad");
        emit(ir::make_stmt(std::move(result), span));
        return none();
    }
    if (name == "assume" || name == "device_assert") {
        const Bound args(call, {"condition", "message"}, 1, {"msg", "no_stack_info"});
        const Value& condition = args["condition"];
        if (!staged(condition) || truth(condition)) {
            if (!decide(condition, span)) {
                fail("tile-assert", span, "the condition of T." + name + " does not hold");
            }
            return none();
        }
        if (build_ != nullptr && !build_->blocks.empty()) {
            emit(ir::make_stmt(
                ir::Assert{to_bool(condition, span), args.has("message") ? str(args["message"]) : "", name == "assume"},
                span));
        }
        return none();
    }
    return std::nullopt;
}

void Evaluator::refuse_tile(const std::string& name, Span span) {
    const std::string_view why = gpu_only(name);
    if (!why.empty()) {
        fail("tile-gpu-only", span, "T." + name + " has no meaning on Tensix: " + std::string(why));
    }
    static const std::vector<std::string_view> known{"Kernel",
                                                     "Tensor",
                                                     "Parallel",
                                                     "Pipelined",
                                                     "serial",
                                                     "unroll",
                                                     "vectorized",
                                                     "Persistent",
                                                     "copy",
                                                     "gemm",
                                                     "clear",
                                                     "fill",
                                                     "alloc_shared",
                                                     "alloc_fragment",
                                                     "alloc_local",
                                                     "alloc_var",
                                                     "alloc_global",
                                                     "reduce_sum",
                                                     "reduce_max",
                                                     "reduce_min",
                                                     "reduce_absmax",
                                                     "reduce_abssum",
                                                     "cumsum",
                                                     "cummax",
                                                     "atomic_add",
                                                     "atomic_max",
                                                     "atomic_min",
                                                     "if_then_else",
                                                     "exp",
                                                     "exp2",
                                                     "log",
                                                     "log2",
                                                     "sqrt",
                                                     "rsqrt",
                                                     "sigmoid",
                                                     "tanh",
                                                     "max",
                                                     "min",
                                                     "ceildiv",
                                                     "floordiv",
                                                     "clamp",
                                                     "infinity",
                                                     "cast",
                                                     "Cast",
                                                     "reinterpret",
                                                     "macro",
                                                     "prim_func",
                                                     "const",
                                                     "dynamic",
                                                     "empty",
                                                     "im2col",
                                                     "transpose",
                                                     "annotate_layout",
                                                     "use_swizzle",
                                                     "annotate_safe_value",
                                                     "abs",
                                                     "pow",
                                                     "sin",
                                                     "cos",
                                                     "floor",
                                                     "ceil",
                                                     "round",
                                                     "erf"};
    const std::string close = nearest(name, known);
    fail("tile-unknown-primitive", span, "T." + name + " is not supported",
         close.empty() ? "" : "is it T." + close + "?");
}

}  // namespace tessera::tile::front
