// The beginning, control flow, and the errors of the interpreter.
#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include <base/error.h>
#include <tile/interpret/machine.h>
#include <tile/ir/rounding.h>

namespace tessera::tile::interpret {

using ir::DType;

void round_values(Array& array) {
    if (array.dtype == DType::BlockFloat8 || array.dtype == DType::BlockFloat4) {
        const int64_t row = array.shape.empty() ? 1 : array.shape.back();
        for (int64_t at = 0; row > 0 && at < static_cast<int64_t>(array.values.size()); at += row) {
            ir::round_block(array.dtype, array.values.data() + at, row);
        }
        return;
    }
    for (double& value : array.values) {
        value = ir::round_to(array.dtype, value);
    }
}

Machine::Machine(const ir::Kernel& kernel, const Options& options)
    : kernel_(kernel), options_(options), code_(compile(kernel)) {
    registers_.resize(static_cast<size_t>(code_.registers) * max_lanes, Lane{.i = 0});
    for (const auto& [number, value] : code_.constants) {
        std::fill_n(reg(number), max_lanes, value);
    }
    storages_.resize(code_.buffers.size());
    for (size_t i = 0; i < storages_.size(); ++i) {
        Storage& storage = storages_[i];
        storage.buffer = code_.buffers[i].get();
        storage.tensor = storage.buffer->scope == ir::Scope::Param || storage.buffer->scope == ir::Scope::Global;
        const auto safe = kernel.safe_values.find(storage.buffer->name);
        storage.safe_value = safe == kernel.safe_values.end() ? 0 : safe->second;
    }
}

std::string Machine::place() const {
    std::string text;
    if (launch_ != nullptr) {
        const auto& launch = std::get<ir::Launch>(launch_->stmt->of);
        for (size_t i = 0; i < launch.vars.size(); ++i) {
            text += fmt::format("{}{}={}", i == 0 ? "block " : ", ", launch.vars[i]->name,
                                registers_[launch_->variables[i] * max_lanes].i);
        }
        if (launches_ > 1) {
            text += fmt::format(" of launch {}", launches_);
        }
    }
    if (parallel_ != nullptr) {
        const auto& parallel = std::get<ir::Parallel>(parallel_->stmt->of);
        uint64_t iteration = iteration_base_ - parallel_base_;
        std::string at;
        for (size_t d = parallel.vars.size(); d-- > 0;) {
            const auto extent = static_cast<uint64_t>(ir::constant(parallel.extents[d]).value_or(0));
            if (extent == 0) {
                return text;
            }
            at = fmt::format(", {}={}", parallel.vars[d]->name, iteration % extent) + at;
            iteration /= extent;
        }
        text += at;
    }
    return text;
}

void Machine::fail(std::string_view name, Span span, const std::string& message, const std::string& help) {
    Diagnostic diagnostic;
    diagnostic.name = name;
    diagnostic.message = message;
    diagnostic.help = help;
    diagnostic.where = place();
    if (span.line != 0) {
        SourceLocation location;
        location.file = span.file < kernel_.files.size() ? kernel_.files[span.file] : kernel_.name;
        location.line = span.line;
        location.column = span.column;
        diagnostic.trace.push_back(std::move(location));
    }
    throw Error(std::move(diagnostic));
}

void Machine::bind(const Arrays& inputs, const std::map<std::string, int64_t, std::less<>>& symbols) {
    std::map<const ir::VarNode*, int64_t> values;
    for (const ir::Var& symbol : kernel_.symbols) {
        if (const auto given = symbols.find(symbol->name); given != symbols.end()) {
            values[symbol.get()] = given->second;
        }
    }
    for (const auto& [name, value] : symbols) {
        if (std::none_of(kernel_.symbols.begin(), kernel_.symbols.end(),
                         [&](const ir::Var& symbol) { return symbol->name == name; })) {
            fail("tile-input", {}, fmt::format("{} has no dimension {}", kernel_.name, name));
        }
    }
    for (const auto& [name, array] : inputs) {
        const auto param = std::find_if(kernel_.params.begin(), kernel_.params.end(),
                                        [&](const ir::Buffer& buffer) { return buffer->name == name; });
        if (param == kernel_.params.end()) {
            fail("tile-input", {}, fmt::format("{} has no tensor {}", kernel_.name, name));
        }
        if (array.shape.size() != (*param)->shape.size()) {
            fail("tile-input", (*param)->span,
                 fmt::format("{} has {} dimensions, and the array given has {}", name, (*param)->shape.size(),
                             array.shape.size()));
        }
        if (array.elements() != static_cast<int64_t>(array.values.size())) {
            fail("tile-input", (*param)->span, fmt::format("the array given for {} is not whole", name));
        }
        for (size_t d = 0; d < array.shape.size(); ++d) {
            const ir::Expr& extent = (*param)->shape[d];
            if (extent->op == ir::Op::Var) {
                values.emplace(extent->var.get(), array.shape[d]);
            }
        }
    }
    for (const ir::Var& symbol : kernel_.symbols) {
        const auto found = values.find(symbol.get());
        if (found == values.end()) {
            fail("tile-input", {}, fmt::format("nothing says how great the dimension {} is", symbol->name),
                 fmt::format("give --arg {}=VALUE, or an input that has it", symbol->name));
        }
        std::fill_n(reg(code_.variables.at(symbol.get())), max_lanes, Lane{.i = found->second});
        result_.symbols[symbol->name] = found->second;
    }
    for (size_t i = 0; i < kernel_.params.size(); ++i) {
        Storage& storage = storages_[i];
        storage.shape.clear();
        for (const Expression& extent : code_.shapes[i]) {
            storage.shape.push_back(evaluate_int(extent));
        }
        const auto given = inputs.find(storage.buffer->name);
        if (given != inputs.end() && given->second.shape != storage.shape) {
            std::string wanted, found;
            for (size_t d = 0; d < storage.shape.size(); ++d) {
                wanted += fmt::format("{}{}", d == 0 ? "" : ", ", storage.shape[d]);
                found += fmt::format("{}{}", d == 0 ? "" : ", ", given->second.shape[d]);
            }
            fail("tile-input", storage.buffer->span,
                 fmt::format("{} has the shape ({}), and the array given has ({})", storage.buffer->name, wanted,
                             found));
        }
    }
}

std::map<std::string, std::vector<int64_t>, std::less<>> Machine::shapes() const {
    std::map<std::string, std::vector<int64_t>, std::less<>> all;
    for (size_t i = 0; i < kernel_.params.size(); ++i) {
        all[kernel_.params[i]->name] = storages_[i].shape;
    }
    return all;
}

void Machine::set_parameters(const Arrays& inputs) {
    for (size_t i = 0; i < kernel_.params.size(); ++i) {
        Storage& storage = storages_[i];
        storage.live = true;
        const auto given = inputs.find(storage.buffer->name);
        if (given == inputs.end()) {
            size_t count = 1;
            for (const int64_t extent : storage.shape) {
                count *= static_cast<size_t>(extent);
            }
            storage.values.assign(count, 0.0);
            continue;
        }
        Array array = given->second;
        array.dtype = storage.buffer->dtype;
        if (!options_.exact || !ir::is_float(array.dtype)) {
            round_values(array);
        }
        storage.values = std::move(array.values);
    }
}

Result Machine::run(const Arrays& inputs, const std::map<std::string, int64_t, std::less<>>& symbols) {
    bind(inputs, symbols);
    set_parameters(inputs);
    run_steps(code_.body);
    for (size_t i = 0; i < kernel_.params.size(); ++i) {
        Storage& storage = storages_[i];
        result_.tensors[storage.buffer->name] = {storage.buffer->dtype, storage.shape, std::move(storage.values)};
    }
    return std::move(result_);
}

Machine::Flow Machine::run_steps(const std::vector<Step>& steps) {
    for (const Step& step : steps) {
        if (run_step(step) == Flow::Break) {
            return Flow::Break;
        }
    }
    return Flow::On;
}

Machine::Flow Machine::run_step(const Step& step) {
    const auto& of = step.stmt->of;
    if (const auto* alloc = std::get_if<ir::Alloc>(&of)) {
        allocate(step, *alloc);
    } else if (std::holds_alternative<ir::Let>(of)) {
        const Lane value = evaluate(step.value);
        reg(step.variable)[0] = value;
    } else if (std::holds_alternative<ir::Store>(of)) {
        store(step, step.stmt->span);
    } else if (const auto* loop = std::get_if<ir::For>(&of)) {
        return run_loop(step, *loop);
    } else if (const auto* parallel = std::get_if<ir::Parallel>(&of)) {
        run_parallel(step, *parallel);
    } else if (std::holds_alternative<ir::If>(of)) {
        return run_steps(evaluate_int(step.value) != 0 ? step.body : step.otherwise);
    } else if (std::holds_alternative<ir::While>(of)) {
        return run_while(step);
    } else if (std::holds_alternative<ir::Break>(of)) {
        return Flow::Break;
    } else if (std::holds_alternative<ir::Copy>(of)) {
        copy(step);
    } else if (const auto* fills = std::get_if<ir::Fill>(&of)) {
        fill(step, *fills);
    } else if (const auto* multiplies = std::get_if<ir::Gemm>(&of)) {
        gemm(step, *multiplies);
    } else if (const auto* reduces = std::get_if<ir::Reduce>(&of)) {
        reduce(step, *reduces);
    } else if (const auto* scans = std::get_if<ir::Scan>(&of)) {
        scan(step, *scans);
    } else if (const auto* atomic = std::get_if<ir::Atomic>(&of)) {
        if (atomic->src) {
            atomic_region(step, *atomic);
        } else {
            add_atomically(step, *atomic, step.stmt->span);
        }
    } else if (std::holds_alternative<ir::Transpose>(of)) {
        transpose(step);
    } else if (const auto* patches = std::get_if<ir::Im2col>(&of)) {
        im2col(step, *patches);
    } else if (const auto* check = std::get_if<ir::Assert>(&of)) {
        if (evaluate_int(step.value) == 0) {
            fail("tile-assertion", step.stmt->span,
                 fmt::format("{} is not true{}{}",
                             check->assumed ? "what T.assume states" : "what T.device_assert checks",
                             check->message.empty() ? "" : ": ", check->message));
        }
    } else if (const auto* launch = std::get_if<ir::Launch>(&of)) {
        run_launch(step, *launch);
    }
    return Flow::On;
}

Machine::Flow Machine::run_loop(const Step& step, const ir::For& loop) {
    const int64_t begin = evaluate_int(step.expressions[0]);
    const int64_t end = evaluate_int(step.expressions[1]);
    const int64_t stride = evaluate_int(step.expressions[2]);
    if (stride == 0) {
        fail("tile-endless-loop", step.stmt->span, fmt::format("the loop over {} has the step 0", loop.var->name));
    }
    for (int64_t at = begin; stride > 0 ? at < end : at > end; at += stride) {
        reg(step.variable)[0].i = at;
        if (run_steps(step.body) == Flow::Break) {
            break;
        }
    }
    return Flow::On;
}

Machine::Flow Machine::run_while(const Step& step) {
    while (evaluate_int(step.value) != 0) {
        if (++while_iterations_ > options_.while_limit) {
            fail("tile-endless-loop", step.stmt->span,
                 fmt::format("while loops have run {} iterations", options_.while_limit));
        }
        if (run_steps(step.body) == Flow::Break) {
            break;
        }
    }
    return Flow::On;
}

void Machine::run_launch(const Step& step, const ir::Launch& launch) {
    std::vector<int64_t> extents, at(launch.vars.size(), 0);
    uint64_t total = 1;
    for (const Expression& extent : step.expressions) {
        extents.push_back(std::max<int64_t>(evaluate_int(extent), 0));
        total *= static_cast<uint64_t>(extents.back());
    }
    launch_ = &step;
    ++launches_;
    for (uint64_t done = 0; done < total; ++done) {
        for (size_t d = 0; d < at.size(); ++d) {
            reg(step.variables[d])[0].i = at[d];
        }
        run_steps(step.body);
        ++result_.blocks;
        if (options_.progress) {
            options_.progress(done + 1, total);
        }
        for (size_t d = 0; d < at.size() && ++at[d] == extents[d]; ++d) {
            at[d] = 0;
        }
    }
    launch_ = nullptr;
}

void Machine::allocate(const Step& step, const ir::Alloc& alloc) {
    Storage& storage = storages_[step.buffer];
    storage.shape.clear();
    size_t count = 1;
    for (const Expression& extent : code_.shapes[step.buffer]) {
        storage.shape.push_back(evaluate_int(extent));
        count *= static_cast<size_t>(std::max<int64_t>(storage.shape.back(), 0));
    }
    double start = std::bit_cast<double>(unwritten_bits);
    if (alloc.init) {
        start = converted(alloc.init->dtype, alloc.buffer->dtype, evaluate_number(step.value));
    }
    storage.values.assign(count, start);
    storage.live = true;
}

Result run(const ir::Kernel& kernel, const Arrays& inputs, const std::map<std::string, int64_t, std::less<>>& symbols,
           const Options& options) {
    return Machine(kernel, options).run(inputs, symbols);
}

std::map<std::string, std::vector<int64_t>, std::less<>> shapes_of(
    const ir::Kernel& kernel, const Arrays& inputs, const std::map<std::string, int64_t, std::less<>>& symbols) {
    const Options options;
    Machine machine(kernel, options);
    machine.bind(inputs, symbols);
    return machine.shapes();
}

}  // namespace tessera::tile::interpret
