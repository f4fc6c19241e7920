// Kernels in the making: buffers, names, parameters, and what a kernel function's body becomes.
#include <algorithm>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {

void Evaluator::emit(ir::Stmt stmt) {
    if (build_ == nullptr || build_->blocks.empty()) {
        fail("tile-outside", stmt->span, "this statement of the tile language stands outside of a kernel");
    }
    build_->blocks.back()->push_back(std::move(stmt));
}

std::string Evaluator::unique(const std::string& name) {
    std::string one = name;
    for (int i = 1; !build_->names.insert(one).second; ++i) {
        one = name + "_" + std::to_string(i);
    }
    return one;
}

ir::Var Evaluator::make_variable(const std::string& name, ir::DType dtype) {
    return std::make_shared<const ir::VarNode>(ir::VarNode{unique(name), dtype});
}

ir::Buffer Evaluator::make_buffer(const std::string& name, ir::DType dtype, std::vector<ir::Expr> shape,
                                  ir::Scope scope, Span span) {
    // What no memory holds is refused here, so that counts of elements, tiles and bytes stay in 64 bits.
    constexpr int64_t most_elements = int64_t{1} << 40;
    int64_t elements = 1;
    for (const ir::Expr& extent : shape) {
        const int64_t size = std::max<int64_t>(ir::constant(extent).value_or(1), 1);
        if (size > most_elements / elements) {
            fail("tile-buffer-size", span,
                 "\"" + name + "\" has more than " + std::to_string(most_elements) + " elements, which no memory holds",
                 "give smaller sizes");
        }
        elements *= size;
    }
    ir::BufferNode node;
    node.name = unique(name.empty() ? "buffer" : name);
    node.dtype = dtype;
    node.shape = std::move(shape);
    node.scope = scope;
    node.span = span;
    return std::make_shared<const ir::BufferNode>(std::move(node));
}

std::vector<ir::Expr> Evaluator::shape_of(const Values& items, Span span, bool constant) {
    std::vector<ir::Expr> shape;
    for (const Value& item : items) {
        if (const auto* name = item.get<std::string>(); name != nullptr && !constant) {
            ir::Var& var = build_->symbols[*name];
            if (!var) {
                var = std::make_shared<const ir::VarNode>(ir::VarNode{unique(*name), ir::DType::Int32});
            }
            shape.push_back(ir::make_var(var, span));
            continue;
        }
        const ir::Expr extent = to_index(item, span, "a dimension");
        const auto known = ir::constant(extent);
        if (constant && !known) {
            fail("tile-buffer-shape", span, "the shape of a block's buffer has to be known while compiling",
                 "give the dimension with --arg, or use a block size");
        }
        if (known && *known <= 0) {
            fail("tile-buffer-shape", span, "a dimension is " + std::to_string(*known) + ", and has to be above 0");
        }
        shape.push_back(known ? ir::make_int(*known) : extent);
    }
    return shape;
}

Value Evaluator::parameter(const std::string& name, const SpecData& spec, Span span) {
    if (!spec.problem.empty()) {
        fail("tile-dtype", spec.span, spec.problem,
             "float32, float16, bfloat16, float8_e4m3, float8_e5m2, bfp8, bfp4, bool, and integers of 8 to 64 bits "
             "have");
    }
    if (spec.kind == "ptr") {
        fail("tile-gpu-only", span, "T.ptr is a bare address, which a tensor in banks of DRAM has not",
             "T.Tensor(shape, dtype) is a parameter with a shape");
    }
    if (!spec.dtype) {
        fail("tile-dtype", span, "the parameter \"" + name + "\" has no element type",
             "T.Tensor(shape, dtype) has one");
    }
    std::vector<ir::Expr> shape = shape_of(spec.shape, spec.span, false);
    for (const ir::Expr& extent : shape) {
        ir::walk(extent, [&](const ir::Expr& node) {
            if (node->op == ir::Op::Var &&
                std::ranges::find(build_->kernel.symbols, node->var) == build_->kernel.symbols.end()) {
                build_->kernel.symbols.push_back(node->var);
                build_->names.insert(node->var->name);
            }
        });
    }
    ir::Buffer buffer = make_buffer(name, *spec.dtype, std::move(shape), ir::Scope::Param, span);
    build_->kernel.params.push_back(buffer);
    return buffer;
}

void Evaluator::find_dimensions(const SpecData& spec, const std::string& name) {
    const auto passed = build_->passed.find(name);
    if (passed == build_->passed.end()) {
        return;
    }
    const auto* tensor = passed->second.get<TensorValue>();
    if (tensor == nullptr || tensor->data->shape.size() != spec.shape.size()) {
        return;
    }
    for (size_t i = 0; i < spec.shape.size(); ++i) {
        const auto* extent = spec.shape[i].get<ir::Expr>();
        if (extent == nullptr || (*extent)->op != ir::Op::Var || !tensor->data->shape[i].is<int64_t>()) {
            continue;
        }
        for (const auto& [dimension, var] : build_->unknown) {
            if (var == (*extent)->var) {
                build_->dimensions.try_emplace(dimension, tensor->data->shape[i]);
            }
        }
    }
}

void Evaluator::ignored(const std::string& what, Span span) {
    if (build_ == nullptr) {
        return;
    }
    std::string text = what;
    if (span.line != 0) {
        text += " (line " + std::to_string(span.line) + ")";
    }
    auto& all = build_->kernel.ignored;
    if (std::ranges::find(all, text) == all.end()) {
        all.push_back(std::move(text));
    }
}

void Evaluator::need_block(Span span, std::string_view what) const {
    if (!in_block()) {
        fail("tile-outside", span, std::string(what) + " stands outside of T.Kernel",
             "put it into the \"with T.Kernel(...)\" of a kernel");
    }
}

void Evaluator::not_in_parallel(Span span, std::string_view what) const {
    if (build_ != nullptr && !build_->nests.empty()) {
        fail("tile-parallel-body", span, std::string(what) + " stands inside a T.Parallel",
             "a T.Parallel holds assignments, conditions and atomics of single elements");
    }
}

void Evaluator::outputs_from(const Value& result, Span span) {
    if (result.is<NoneValue>() || !result.set()) {
        return;
    }
    Values items;
    if (const Values* many = items_of(result)) {
        items = *many;
    } else {
        items.push_back(result);
    }
    for (const Value& item : items) {
        const auto* given = item.get<ir::Buffer>();
        const auto turned = given == nullptr ? build_->viewed.end() : build_->viewed.find(*given);
        const ir::Buffer* buffer = turned == build_->viewed.end() ? given : &turned->second;
        if (buffer == nullptr || std::ranges::find(build_->kernel.params, *buffer) == build_->kernel.params.end()) {
            fail("tile-output", span, "a kernel returns tensors, not " + type_name(item),
                 "T.empty(shape, dtype) makes a tensor to be returned");
        }
        build_->kernel.outputs.push_back(*buffer);
    }
}

void Evaluator::build_prim_func(const std::shared_ptr<FunctionData>& function, const std::vector<int64_t>& out_idx) {
    built_ = function;
    const auto& parameters = function->parameters();
    const Env before = env_;
    env_ = std::make_shared<Environment>();
    env_->parent = function->closure;
    const Staging staging = staging_;
    const auto running = function_;
    staging_ = Staging::PrimFunc;
    function_ = function;
    const auto restore = [&] {
        env_ = before;
        staging_ = staging;
        function_ = running;
    };
    try {
        for (size_t i = 0; i < parameters.size(); ++i) {
            const Parameter& one = parameters[i];
            const Value& annotation = function->annotations[i];
            try {
                if (const auto* spec = annotation.get<SpecValue>()) {
                    bind(one.name, parameter(one.name, *spec->data, one.span), one.span);
                } else if (const auto type = dtype_of(annotation)) {
                    const ir::Var var = make_variable(one.name, *type);
                    build_->kernel.symbols.push_back(var);
                    bind(one.name, ir::make_var(var, one.span), one.span);
                } else if (annotation.is<OpaqueValue>() && !annotation.get<OpaqueValue>()->error.empty()) {
                    fail(annotation.get<OpaqueValue>()->error, one.span, *annotation.get<OpaqueValue>()->what);
                } else {
                    fail("tile-parameter", one.span,
                         "the parameter \"" + one.name + "\" of a kernel has no T.Tensor annotation",
                         one.name + ": T.Tensor(shape, dtype)");
                }
            } catch (const EvalError& error) {
                report(error);
                OpaqueValue unknown{std::make_shared<const std::string>(one.name), one.span};
                unknown.error = "-";
                bind(one.name, unknown, one.span);
            }
        }
        for (const int64_t index : out_idx) {
            const auto count = static_cast<int64_t>(parameters.size());
            const int64_t at = index < 0 ? index + count : index;
            if (at < 0 || at >= count) {
                fail("tile-output", function->span,
                     "out_idx " + std::to_string(index) + " names none of " + std::to_string(count) + " parameters");
            }
            const std::string& name = parameters[static_cast<size_t>(at)].name;
            const auto found =
                std::ranges::find_if(build_->kernel.params, [&](const ir::Buffer& one) { return one->name == name; });
            if (found != build_->kernel.params.end()) {
                build_->kernel.outputs.push_back(*found);
            }
        }
        build_->blocks.push_back(&build_->kernel.body);
        run(function->definition->body);
        build_->blocks.pop_back();
    } catch (...) {
        restore();
        throw;
    }
    restore();
}

void Evaluator::build_eager(const std::shared_ptr<FunctionData>& function, const Recorded& call) {
    built_ = function;
    const auto& parameters = function->parameters();
    const std::set<std::string, std::less<>> tensors = tensors_of(*function);
    const Env before = env_;
    env_ = std::make_shared<Environment>();
    env_->parent = function->closure;
    const Staging staging = staging_;
    const auto running = function_;
    staging_ = Staging::Eager;
    function_ = function;
    const auto restore = [&] {
        env_ = before;
        staging_ = staging;
        function_ = running;
    };
    try {
        for (size_t i = 0; i < parameters.size(); ++i) {
            const Parameter& one = parameters[i];
            const auto given = call.arguments.find(one.name);
            Value annotation;
            if (one.annotation != nullptr) {
                attempt([&] { annotation = eval(*one.annotation); });
            }
            if (const auto* spec = annotation.get<SpecValue>(); spec != nullptr && !spec->data->shape.empty()) {
                if (given != call.arguments.end()) {
                    build_->passed.insert_or_assign(one.name, given->second);
                }
                find_dimensions(*spec->data, one.name);
                bind(one.name, parameter(one.name, *spec->data, one.span), one.span);
            } else if (tensors.contains(one.name)) {
                if (given != call.arguments.end()) {
                    build_->passed.insert_or_assign(one.name, given->second);
                }
                bind(one.name, opaque("the tensor \"" + one.name + "\", before its annotation", one.span), one.span);
            } else if (given != call.arguments.end()) {
                bind(one.name, given->second, one.span);
            } else if (function->fallbacks[i].set()) {
                bind(one.name, function->fallbacks[i], one.span);
            } else {
                bind(one.name, opaque("the parameter \"" + one.name + "\"", one.span), one.span);
            }
        }
        build_->blocks.push_back(&build_->kernel.body);
        returned_ = Value();
        const Flow flow = run(function->definition->body);
        build_->blocks.pop_back();
        if (flow == Flow::Return) {
            outputs_from(returned_, function->span);
        }
    } catch (...) {
        restore();
        throw;
    }
    restore();
    // Parameters in the order of the signature, then what T.empty made.
    std::vector<ir::Buffer> ordered;
    for (const Parameter& one : parameters) {
        for (const ir::Buffer& buffer : build_->kernel.params) {
            if (buffer->name == one.name) {
                ordered.push_back(buffer);
            }
        }
    }
    for (const ir::Buffer& buffer : build_->kernel.params) {
        if (std::ranges::find(ordered, buffer) == ordered.end()) {
            ordered.push_back(buffer);
        }
    }
    build_->kernel.params = std::move(ordered);
}

ir::Kernel Evaluator::build(const std::shared_ptr<FunctionData>& function, const Recorded& call,
                            const std::map<std::string, Value, std::less<>>& dimensions) {
    const auto fresh = [&] {
        Build made;
        made.dimensions = dimensions;
        made.kernel.name = function->name;
        made.kernel.files = diagnostics_->files();
        return made;
    };
    Build made = fresh();
    Diagnostics* real = diagnostics_;
    const auto finish = [&] {
        diagnostics_ = real;
        build_ = nullptr;
        scopes_.clear();
    };
    try {
        if (function->staging == Staging::Eager) {
            // Dimensions that nobody gave may follow from the tensors of the script's own call.
            Diagnostics quiet;
            diagnostics_ = &quiet;
            made.probing = true;
            build_ = &made;
            attempt([&] { build_eager(function, call); });  // whatever fails, the real pass reports
            scopes_.clear();
            diagnostics_ = real;
            Build second = fresh();
            second.dimensions = made.dimensions;
            made = std::move(second);
            build_ = &made;
            build_eager(function, call);
        } else if (function->staging == Staging::PrimFunc) {
            build_ = &made;
            build_prim_func(function, function->out_idx);
        } else {
            Call inner;
            inner.name = function->name;
            inner.span = function->span;
            for (const auto& [name, value] : call.arguments) {
                inner.keywords.emplace_back(name, value);
                inner.keyword_places.push_back(function->span);
            }
            build_ = &made;
            Value result = call_function(function, inner);
            build_ = nullptr;
            const Values* many = items_of(result);
            if (many != nullptr && !many->empty()) {
                result = many->front();
            }
            const auto* kernel = result.get<FunctionValue>();
            if (kernel == nullptr) {
                fail("tile-no-kernel", function->span,
                     "\"" + function->name + "\" gives " + (result.set() ? type_name(result) : "None") +
                         ", not a kernel",
                     "it returns a function under @T.prim_func");
            }
            const auto& made_function = kernel->data;
            if (made_function->staging == Staging::PrimFunc) {
                build_ = &made;
                build_prim_func(made_function, function->out_idx.empty() ? made_function->out_idx : function->out_idx);
            } else if (made_function->jit) {
                finish();
                ir::Kernel inner_kernel = build(made_function, call, dimensions);
                inner_kernel.name = function->name;
                return inner_kernel;
            } else {
                fail("tile-no-kernel", function->span,
                     "\"" + function->name + "\" gives the function " + made_function->name + ", which is no kernel",
                     "put @T.prim_func before it");
            }
        }
        if (!made.missing.empty()) {
            std::string list;
            std::string example;
            for (const std::string& name : made.missing) {
                list += (list.empty() ? "" : ", ") + name;
                example += (example.empty() ? "--arg " : " --arg ") + name + "=1024";
            }
            fail("tile-missing-argument", function->span, "the kernel " + function->name + " needs a value for " + list,
                 "for example " + example);
        }
        for (const auto& [old, now] : made.viewed) {
            ir::walk_statements(made.kernel.body, [&](const ir::Stmt& stmt) {
                bool used = false;
                ir::each_expr(*stmt, [&](const ir::Expr& expr) {
                    ir::walk(expr, [&](const ir::Expr& node) {
                        used = used || (node->op == ir::Op::Load && node->buffer == old);
                    });
                });
                const auto* copy = std::get_if<ir::Copy>(&stmt->of);
                const auto* store = std::get_if<ir::Store>(&stmt->of);
                const auto* im2col = std::get_if<ir::Im2col>(&stmt->of);
                const auto* atomic = std::get_if<ir::Atomic>(&stmt->of);
                used = used || (copy != nullptr && (copy->src.buffer == old || copy->dst.buffer == old)) ||
                       (store != nullptr && store->buffer == old) || (im2col != nullptr && im2col->img.buffer == old) ||
                       (atomic != nullptr && atomic->dst.buffer == old);
                if (used) {
                    fail("tile-view", stmt->span, "the tensor " + old->name + " is used in two shapes",
                         "use one shape of it throughout the kernel");
                }
            });
        }
        if (made.launches == 0 && !real->failed()) {
            fail("tile-no-launch", function->span, "the kernel " + function->name + " has no T.Kernel",
                 "with T.Kernel(blocks) as bx: ...");
        }
    } catch (const EvalError& error) {
        finish();
        report(error);
        return std::move(made.kernel);
    } catch (...) {
        finish();
        throw;
    }
    finish();
    return std::move(made.kernel);
}

}  // namespace tessera::tile::front
