// Primitives that give a kernel its form: parameters, buffers, loops, launches, annotations.
#include <algorithm>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {
namespace {

std::vector<std::string> split_names(const std::string& text) {
    std::vector<std::string> names;
    std::string one;
    for (const char c : text + ",") {
        if (c == ',' || c == ' ') {
            if (!one.empty()) {
                names.push_back(one);
            }
            one.clear();
        } else {
            one += c;
        }
    }
    return names;
}

LoopValue loop_value(LoopData data) {
    return {std::make_shared<const LoopData>(std::move(data))};
}

}  // namespace

Value Evaluator::tensor_spec(const std::string& kind, const Call& call) {
    const Bound args(call, {"shape", "dtype", "data", "strides"}, 0,
                     {"scope", "elem_offset", "align", "offset_factor", "buffer_type"});
    SpecData spec;
    spec.kind = kind;
    spec.span = call.span;
    if (const Value* shape = args.at("shape")) {
        if (const Values* items = items_of(*shape)) {
            spec.shape = *items;
        } else if (shape->is<OpaqueValue>()) {
            if (!lenient_) {
                fail("tile-unknown-value", call.span,
                     "the shape of a tensor is " + type_name(*shape) + ", which is not known here");
            }
        } else {
            spec.shape.push_back(*shape);
        }
    }
    if (const Value* dtype = args.at("dtype")) {
        spec.dtype = dtype_of(*dtype);
        if (!spec.dtype) {
            if (const auto* foreign = dtype->get<ForeignTypeValue>()) {
                spec.problem = "the element type " + foreign->name + " has no meaning on Tensix";
            } else if (const auto* text = dtype->get<std::string>()) {
                spec.problem = "there is no element type " + repr(*text);
            } else {
                spec.problem = "an element type is needed, and " + type_name(*dtype) + " is none";
            }
        }
    } else {
        spec.dtype = ir::DType::Float32;
    }
    const Value* data = args.at("data");
    const auto* source = data == nullptr ? nullptr : data->get<BuiltinValue>();
    if (source != nullptr && source->name == "buffer.data" && build_ != nullptr) {
        return view(*source->self->get<ir::Buffer>(), spec);
    }
    return SpecValue{std::make_shared<const SpecData>(std::move(spec))};
}

/// The elements of a parameter in another shape: from here on the kernel has it in that one.
Value Evaluator::view(const ir::Buffer& buffer, const SpecData& spec) {
    const auto at = std::ranges::find(build_->kernel.params, buffer);
    if (at == build_->kernel.params.end() || !spec.dtype || *spec.dtype != buffer->dtype) {
        fail("tile-view", spec.span,
             "only a tensor among the parameters can be seen in another shape, with its element type");
    }
    ir::BufferNode node = *buffer;
    node.shape = shape_of(spec.shape, spec.span, false);
    const auto count = [](const std::vector<ir::Expr>& shape) -> std::optional<int64_t> {
        int64_t product = 1;
        for (const ir::Expr& extent : shape) {
            if (!ir::constant(extent)) {
                return std::nullopt;
            }
            product *= *ir::constant(extent);
        }
        return product;
    };
    if (count(node.shape) != count(buffer->shape)) {
        fail("tile-view", spec.span, "the tensor " + buffer->name + " has another number of elements in this shape");
    }
    ir::Buffer seen = std::make_shared<const ir::BufferNode>(std::move(node));
    build_->kernel.caller_shapes.try_emplace(buffer->name, buffer->shape);
    build_->viewed.insert_or_assign(buffer, seen);
    for (ir::Buffer& output : build_->kernel.outputs) {
        output = output == buffer ? seen : output;
    }
    *at = seen;
    return seen;
}

Value Evaluator::dimension(const Call& call, bool run_time) {
    Values values;
    bool several = call.positional.size() > 1;
    for (const Value& argument : call.positional) {
        const auto* text = argument.get<std::string>();
        if (text == nullptr) {
            continue;  // a dtype
        }
        const std::vector<std::string> names = split_names(*text);
        several = several || names.size() > 1;
        for (const std::string& name : names) {
            if (build_ == nullptr) {
                values.emplace_back(
                    ir::make_var(std::make_shared<const ir::VarNode>(ir::VarNode{name, ir::DType::Int32}), call.span));
                continue;
            }
            const auto given = build_->dimensions.find(name);
            if (given != build_->dimensions.end()) {
                values.push_back(given->second);
            } else if (run_time) {
                ir::Var& var = build_->symbols[name];
                if (!var) {
                    var = std::make_shared<const ir::VarNode>(ir::VarNode{unique(name), ir::DType::Int32});
                }
                values.emplace_back(ir::make_var(var, call.span));
            } else if (build_->probing) {
                ir::Var& var = build_->unknown[name];
                if (!var) {
                    var = std::make_shared<const ir::VarNode>(ir::VarNode{name, ir::DType::Int32});
                }
                values.emplace_back(ir::make_var(var, call.span));
            } else {
                if (std::ranges::find(build_->missing, name) == build_->missing.end()) {
                    build_->missing.push_back(name);
                }
                // Evaluation goes on with any size, so that all that is missing is found.
                values.emplace_back(int64_t{1024});
            }
        }
    }
    if (values.empty()) {
        fail("tile-call", call.span, "T." + call.name + "() needs the name of a dimension");
    }
    return several ? tuple(std::move(values)) : values[0];
}

Value Evaluator::allocate(const Call& call, ir::Scope scope, std::string_view name) {
    const Bound args(call, {"shape", "dtype", "scope"}, 2, {"annotations", "layout", "replication"});
    const std::string what = "T." + std::string(name);
    const Value* const place = args.at("scope");
    const auto* const place_name = place == nullptr ? nullptr : place->get<std::string>();
    if (scope != ir::Scope::Global && place_name != nullptr && *place_name == "local") {
        scope = ir::Scope::Local;
    }
    if (scope != ir::Scope::Global) {
        need_block(call.span, what);
    } else if (build_ == nullptr) {
        fail("tile-outside", call.span, what + " stands outside of a kernel");
    }
    not_in_parallel(call.span, what);
    const Value& shape = args["shape"];
    const Values items = items_of(shape) != nullptr ? *items_of(shape) : Values{shape};
    ir::Buffer buffer = make_buffer(naming_, to_dtype(args["dtype"], args.place("dtype")),
                                    shape_of(items, args.place("shape"), scope != ir::Scope::Global), scope, call.span);
    emit(ir::make_stmt(ir::Alloc{buffer, nullptr}, call.span));
    return buffer;
}

std::optional<Value> Evaluator::tile_structure(const std::string& name, const Call& call) {
    const Span span = call.span;
    const Values& args = call.positional;
    if (name == "Tensor" || name == "StridedTensor" || name == "Buffer" || name == "SharedBuffer" ||
        name == "FragmentBuffer" || name == "LocalBuffer" || name == "match_buffer") {
        return tensor_spec(name, call);
    }
    if (name == "const" && !args.empty() && !args[0].is<std::string>()) {
        const Bound bound(call, {"value", "dtype"}, 1);
        return bound.has("dtype") ? Value(to_expr(bound["value"], to_dtype(bound["dtype"], span), span))
                                  : Value(to_expr(bound["value"], span));
    }
    if (name == "const") {
        return dimension(call, false);
    }
    if (name == "dynamic" || name == "symbolic") {
        return dimension(call, true);
    }
    if (name == "empty") {
        if (build_ == nullptr || staging_ != Staging::Eager) {
            fail("tile-outside", span, "T.empty stands outside of a kernel in the eager style",
                 "under @T.prim_func, results are parameters, and out_idx names them");
        }
        Values shape;
        const Value* dtype = nullptr;
        for (const Value& one : args) {
            if (dtype_of(one) && !one.is<int64_t>()) {
                dtype = &one;
            } else if (const Values* items = items_of(one)) {
                shape.insert(shape.end(), items->begin(), items->end());
            } else {
                shape.push_back(one);
            }
        }
        for (const auto& [key, value] : call.keywords) {
            if (key == "dtype") {
                dtype = &value;
            } else if (key == "shape" && items_of(value) != nullptr) {
                shape = *items_of(value);
            }
        }
        if (dtype == nullptr && !args.empty() &&
            (args.back().is<ForeignTypeValue>() || args.back().is<OpaqueValue>())) {
            to_dtype(args.back(), span);
        }
        SpecData spec;
        spec.kind = "empty";
        spec.span = span;
        spec.shape = std::move(shape);
        spec.dtype = dtype == nullptr ? ir::DType::Float32 : to_dtype(*dtype, span);
        return parameter(naming_.empty() ? "out" : naming_, spec, span);
    }
    if (name == "Kernel") {
        LaunchData launch;
        launch.span = span;
        for (size_t i = 0; i < args.size(); ++i) {
            const ir::Expr extent = to_index(args[i], call.places[i], "an extent of T.Kernel");
            const auto known = ir::constant(extent);
            if (known && *known <= 0) {
                fail("tile-launch", call.places[i], "an extent of T.Kernel is " + std::to_string(*known));
            }
            launch.extents.push_back(known ? ir::make_int(*known) : extent);
        }
        for (size_t i = 0; i < call.keywords.size(); ++i) {
            const std::string& key = call.keywords[i].first;
            if (key == "cluster_dims") {
                fail("tile-gpu-only", call.keyword_places[i],
                     "T.Kernel(cluster_dims=...) has no meaning on Tensix: there are no thread block clusters");
            }
            if (key != "threads" && key != "prelude" && key != "is_cpu" && key != "target") {
                fail("tile-call", call.keyword_places[i], "T.Kernel() has no parameter \"" + key + "\"");
            }
        }
        if (launch.extents.empty() || launch.extents.size() > 3) {
            fail("tile-launch", span,
                 "T.Kernel takes one to three extents, not " + std::to_string(launch.extents.size()));
        }
        return LaunchValue{std::make_shared<const LaunchData>(std::move(launch))};
    }
    if (name == "If" || name == "Then" || name == "Else" || name == "While") {
        FrameData frame;
        frame.span = span;
        frame.kind = name == "If"     ? FrameData::Kind::If
                     : name == "Then" ? FrameData::Kind::Then
                     : name == "Else" ? FrameData::Kind::Else
                                      : FrameData::Kind::While;
        if (name == "If" || name == "While") {
            const Bound bound(call, {"condition"}, 1);
            frame.condition = bound["condition"];
        } else {
            const Bound none(call, {}, 0);
        }
        return FrameValue{std::make_shared<const FrameData>(std::move(frame))};
    }
    if (name == "Parallel" || name == "parallel") {
        LoopData loop;
        loop.kind = LoopData::Kind::Parallel;
        loop.span = span;
        loop.begin = ir::make_int(0);
        for (size_t i = 0; i < args.size(); ++i) {
            loop.extents.push_back(to_index(args[i], call.places[i], "an extent of T.Parallel"));
        }
        Call named = call;
        named.positional.clear();
        const Bound check(named, {}, 0, {"coalesced_width", "loop_layout", "annotations", "prefer_async"});
        if (loop.extents.empty()) {
            fail("tile-call", span, "T.Parallel() needs an extent");
        }
        return loop_value(std::move(loop));
    }
    if (name == "Pipelined") {
        const Bound bound(call, {"start", "stop", "num_stages"}, 1, {"order", "stage", "sync", "group", "annotations"});
        LoopData loop;
        loop.kind = LoopData::Kind::Pipelined;
        loop.span = span;
        const bool both = bound.has("stop");
        loop.begin =
            both ? to_index(bound["start"], bound.place("start"), "the start of T.Pipelined") : ir::make_int(0);
        loop.end = both ? to_index(bound["stop"], bound.place("stop"), "the stop of T.Pipelined")
                        : to_index(bound["start"], bound.place("start"), "the extent of T.Pipelined");
        loop.step = ir::make_int(1);
        if (bound.has("num_stages")) {
            const int64_t stages = to_int(bound["num_stages"], bound.place("num_stages"), "num_stages");
            if (stages < 0) {
                fail("tile-stages", bound.place("num_stages"), "num_stages is " + std::to_string(stages));
            }
            loop.stages = static_cast<int>(stages);
        }
        return loop_value(std::move(loop));
    }
    if (name == "serial" || name == "Serial" || name == "unroll" || name == "Unroll" || name == "vectorized" ||
        name == "Vectorized" || name == "grid") {
        const Bound bound(call, {"start", "stop", "step"}, 1, {"annotations", "unroll_factor", "explicit"});
        LoopData loop;
        loop.span = span;
        const bool both = bound.has("stop") && !bound["stop"].is<NoneValue>();
        loop.begin = both ? to_index(bound["start"], bound.place("start"), "the start of a loop") : ir::make_int(0);
        loop.end = both ? to_index(bound["stop"], bound.place("stop"), "the stop of a loop")
                        : to_index(bound["start"], bound.place("start"), "the extent of a loop");
        loop.step =
            bound.has("step") ? to_index(bound["step"], bound.place("step"), "the step of a loop") : ir::make_int(1);
        loop.kind = name == "unroll" || name == "Unroll"           ? LoopData::Kind::Unrolled
                    : name == "vectorized" || name == "Vectorized" ? LoopData::Kind::Vectorized
                                                                   : LoopData::Kind::Serial;
        if (loop.kind == LoopData::Kind::Vectorized) {
            const auto [end, begin] = same_type(loop.end, loop.begin, span);
            loop.extents.push_back(ir::make(ir::Op::Sub, {end, begin}, span));
        }
        return loop_value(std::move(loop));
    }
    if (name == "Persistent") {
        const Bound bound(call, {"domain", "wave_size", "index"}, 3, {"group_size"});
        LoopData loop;
        loop.kind = LoopData::Kind::Persistent;
        loop.span = span;
        const Value& domain = bound["domain"];
        for (const Value& one : items_of(domain) != nullptr ? *items_of(domain) : Values{domain}) {
            loop.extents.push_back(to_index(one, bound.place("domain"), "an extent of T.Persistent"));
        }
        if (loop.extents.empty()) {
            fail("tile-call", span, "T.Persistent() needs an extent");
        }
        loop.wave = to_index(bound["wave_size"], bound.place("wave_size"), "the wave size of T.Persistent");
        loop.index = to_index(bound["index"], bound.place("index"), "the index of T.Persistent");
        return loop_value(std::move(loop));
    }
    if (name == "loop_break") {
        need_block(span, "T.loop_break");
        emit(ir::make_stmt(ir::Break{}, span));
        return none();
    }
    if (name == "alloc_shared") {
        return allocate(call, ir::Scope::Shared, name);
    }
    if (name == "alloc_fragment") {
        return allocate(call, ir::Scope::Fragment, name);
    }
    if (name == "alloc_local" || name == "alloc_buffer") {
        return allocate(call, name == "alloc_buffer" ? ir::Scope::Global : ir::Scope::Local, name);
    }
    if (name == "alloc_reducer") {
        const Bound bound(call, {"shape", "dtype", "op"}, 2, {"replication", "annotations"});
        const std::string op = bound.has("op") ? str(bound["op"]) : "sum";
        if (op != "sum" && op != "max" && op != "min") {
            fail("tile-reducer", bound.place("op"), "there is no reducer " + repr(bound["op"]),
                 "sum, max and min are there");
        }
        Call inner;
        inner.name = call.name;
        inner.span = span;
        inner.positional = {bound["shape"], bound["dtype"]};
        inner.places = {bound.place("shape"), bound.place("dtype")};
        Value made = allocate(inner, ir::Scope::Fragment, name);
        build_->reducers[*made.get<ir::Buffer>()] = op == "sum"   ? ir::Reduction::Sum
                                                    : op == "max" ? ir::Reduction::Max
                                                                  : ir::Reduction::Min;
        return made;
    }
    if (name == "finalize_reducer") {
        need_block(span, "T.finalize_reducer");
        ignored("T.finalize_reducer", span);  // a sum is whole behind each T.Parallel
        return none();
    }
    if (name == "alloc_global") {
        return allocate(call, ir::Scope::Global, name);
    }
    if (name == "alloc_var") {
        const Bound bound(call, {"dtype", "init", "scope"}, 1);
        need_block(span, "T.alloc_var");
        const ir::DType dtype = to_dtype(bound["dtype"], bound.place("dtype"));
        const Value* start = bound.at("init");
        if (start != nullptr && start->is<std::string>()) {
            start = nullptr;
        }
        CellValue cell;
        if (!build_->nests.empty()) {
            // One a iteration: an element of a buffer that goes over the whole nest.
            const Build::Nest& nest = build_->nests.back();
            std::vector<ir::Expr> shape;
            for (size_t i = 0; i < nest.vars.size(); ++i) {
                if (!ir::constant(nest.extents[i])) {
                    fail("tile-buffer-shape", span,
                         "T.alloc_var in a T.Parallel whose extent is known at run time only",
                         "allocate it before the loop");
                }
                shape.push_back(nest.extents[i]);
                cell.indices.push_back(ir::make_var(nest.vars[i], span));
            }
            cell.buffer = make_buffer(naming_, dtype, std::move(shape), ir::Scope::Fragment, span);
            build_->unbound.insert(cell.buffer);
            nest.outside->push_back(ir::make_stmt(ir::Alloc{cell.buffer, nullptr}, span));
            if (start != nullptr) {
                emit(ir::make_stmt(ir::Store{cell.buffer, cell.indices, to_expr(*start, dtype, span)}, span));
            }
            return cell;
        }
        cell.indices = {ir::make_int(0)};
        cell.buffer = make_buffer(naming_, dtype, {ir::make_int(1)}, ir::Scope::Local, span);
        build_->unbound.insert(cell.buffer);
        emit(ir::make_stmt(ir::Alloc{cell.buffer, start == nullptr ? nullptr : to_expr(*start, dtype, span)}, span));
        return cell;
    }
    if (name == "annotate_safe_value") {
        const auto* map = args.empty() ? nullptr : args[0].get<DictValue>();
        if (map == nullptr) {
            fail("tile-type", span, "T.annotate_safe_value takes a dict from tensors to values");
        }
        for (const auto& [key, value] : *map->items) {
            const auto* buffer = key.get<ir::Buffer>();
            const ir::Expr number = to_expr(value, ir::DType::Float32, span);
            if (buffer == nullptr || number->op != ir::Op::Float) {
                fail("tile-type", span, "T.annotate_safe_value takes a dict from tensors to values");
            }
            build_->kernel.safe_values.insert_or_assign((*buffer)->name, number->float_value);
        }
        return none();
    }
    if (name == "annotate_tt_schedule") {
        const Bound bound(call,
                          {"policy", "order", "rect", "stride", "chunk_k_tiles", "qk_chunk_tiles", "cores", "grid"}, 0);
        if (build_ == nullptr) {
            fail("tile-outside", span, "T.annotate_tt_schedule stands outside of a kernel");
        }
        ir::ScheduleHints& hints = build_->kernel.schedule;
        if (bound.has("policy")) {
            hints.policy = str(bound["policy"]);
            if (*hints.policy != "contiguous" && *hints.policy != "strided" && *hints.policy != "rect") {
                fail("tile-schedule", bound.place("policy"), "there is no schedule policy " + repr(bound["policy"]),
                     "contiguous, strided and rect are there");
            }
        }
        if (bound.has("order")) {
            std::string order = str(bound["order"]);
            const size_t open = order.find('(');
            if (open != std::string::npos) {
                hints.block_linear = std::strtoll(order.c_str() + open + 1, nullptr, 10);
                order.resize(open);
            }
            if (order != "row_major" && order != "column_major" && order != "block_linear" && order != "z_order") {
                fail("tile-schedule", bound.place("order"), "there is no schedule order " + repr(bound["order"]),
                     "row_major, column_major, block_linear(k) and z_order are there");
            }
            hints.order = order;
        }
        const auto numbers = [&](std::string_view key, size_t count) {
            const Values items = iterate(bound[key], bound.place(key));
            if (items.size() != count) {
                fail("tile-schedule", bound.place(key),
                     std::string(key) + " has " + std::to_string(count) + " numbers");
            }
            std::vector<int64_t> out;
            for (const Value& one : items) {
                out.push_back(to_int(one, bound.place(key), key));
            }
            return out;
        };
        if (bound.has("grid") && !bound["grid"].is<NoneValue>()) {
            const auto g = numbers("grid", 2);
            hints.grid = {g[0], g[1]};
        }
        if (bound.has("rect") && !bound["rect"].is<NoneValue>()) {
            const auto r = numbers("rect", 4);
            hints.rect = {r[0], r[1], r[2], r[3]};
        }
        if (bound.has("stride") && !bound["stride"].is<NoneValue>()) {
            const auto s = numbers("stride", 2);
            hints.stride = {s[0], s[1]};
        }
        for (const auto& [key, field] : {std::pair{"chunk_k_tiles", &ir::ScheduleHints::chunk_k_tiles},
                                         std::pair{"qk_chunk_tiles", &ir::ScheduleHints::qk_chunk_tiles},
                                         std::pair{"cores", &ir::ScheduleHints::cores}}) {
            if (bound.has(key) && !bound[key].is<NoneValue>()) {
                hints.*field = to_int(bound[key], bound.place(key), key);
            }
        }
        return none();
    }
    if (name == "TTShard") {
        Value made = dict();
        for (size_t i = 0; i < call.keywords.size(); ++i) {
            insert(*made.get<DictValue>(), call.keywords[i].first, call.keywords[i].second);
        }
        if (!args.empty()) {
            insert(*made.get<DictValue>(), std::string("axis"), args[0]);
        }
        return made;
    }
    if (name == "annotate_tt_sharding") {
        const auto* map = args.empty() ? nullptr : args[0].get<DictValue>();
        if (map == nullptr || build_ == nullptr) {
            fail("tile-type", span, "T.annotate_tt_sharding takes a dict from tensors to T.TTShard(...)");
        }
        for (const auto& [key, value] : *map->items) {
            const auto* buffer = key.get<ir::Buffer>();
            const auto* shard = value.get<DictValue>();
            if (buffer == nullptr || shard == nullptr) {
                fail("tile-type", span, "T.annotate_tt_sharding takes a dict from tensors to T.TTShard(...)");
            }
            ir::ShardHints hints;
            for (const auto& [what, one] : *shard->items) {
                const std::string field = str(what);
                if (one.is<NoneValue>()) {
                    continue;
                }
                if (field == "axis") {
                    for (const Value& axis : items_of(one) != nullptr ? *items_of(one) : Values{one}) {
                        const int64_t number = to_int(axis, span, "an axis");
                        const auto rank = static_cast<int64_t>((*buffer)->shape.size());
                        if (number < -rank || number >= rank) {
                            fail("tile-shard", span, (*buffer)->name + " has no dimension " + std::to_string(number),
                                 "it has " + std::to_string(rank));
                        }
                        hints.axes.push_back(number < 0 ? number + rank : number);
                    }
                } else if (field == "placement") {
                    hints.placement = str(one);
                    if (hints.placement != "DRAM" && hints.placement != "L1") {
                        fail("tile-shard", span, "there is no placement " + repr(one), "DRAM and L1 are there");
                    }
                } else if (field == "order") {
                    hints.order = str(one);
                    if (hints.order != "row_major" && hints.order != "column_major") {
                        fail("tile-shard", span, "there is no order of shards " + repr(one),
                             "row_major and column_major are there");
                    }
                } else if (field == "tiles") {
                    const Values parts = iterate(one, span);
                    const std::string side = parts.size() == 2 ? str(parts[0]) : "";
                    if (side != "rows" && side != "columns") {
                        fail("tile-shard", span, "tiles=" + repr(one) + " is no size of a shard",
                             "(\"rows\", n) and (\"columns\", n) are there");
                    }
                    (side == "rows" ? hints.rows : hints.columns) = to_int(parts[1], span, "tiles");
                } else if (field == "grid") {
                    const Values parts = iterate(one, span);
                    if (parts.size() != 2) {
                        fail("tile-shard", span, "grid=" + repr(one) + " is no number of rows and columns of shards",
                             "use (rows, columns)");
                    }
                    hints.grid = {to_int(parts[0], span, "grid"), to_int(parts[1], span, "grid")};
                    if (hints.grid->first < 1 || hints.grid->second < 1) {
                        fail("tile-shard", span, "grid=" + repr(one) + " has no shards", "use numbers above 0");
                    }
                } else if (field == "faces") {
                    if (str(one) != "16x16") {
                        fail("tile-shard", span, "tiles have faces of 16x16 elements, not " + repr(one),
                             "leave faces= out");
                    }
                } else {
                    fail("tile-call", span, "T.TTShard() has no parameter \"" + field + "\"");
                }
            }
            build_->kernel.shards.insert_or_assign((*buffer)->name, std::move(hints));
        }
        return none();
    }
    if (name == "use_swizzle" && build_ != nullptr) {
        const Bound bound(call, {"panel_size", "order", "enable"}, 0);
        const bool enabled = !bound.has("enable") || truth(bound["enable"]) != false;
        if (enabled && bound.has("panel_size") && bound["panel_size"].is<int64_t>() && !build_->kernel.schedule.order) {
            build_->kernel.schedule.order = "block_linear";
            build_->kernel.schedule.block_linear = *bound["panel_size"].get<int64_t>();
        }
        return none();
    }
    return std::nullopt;
}

}  // namespace tessera::tile::front
