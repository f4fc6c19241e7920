#include <tile/lower.h>

#include <algorithm>
#include <set>

#include <arch/arch.h>
#include <tile/cost/candidates.h>
#include <tile/device/verify.h>
#include <tile/lower/body.h>
#include <tile/lower/copies.h>
#include <tile/lower/fit.h>
#include <tile/lower/loads.h>
#include <tile/lower/products.h>
#include <tile/lower/roles.h>
#include <tile/lower/schedule.h>
#include <tile/lower/shards.h>
#include <tile/lower/work.h>
#include <tile/pass/atomics.h>
#include <tile/pass/coarsen.h>
#include <tile/pass/layouts.h>
#include <tile/pass/names.h>
#include <tile/pass/narrow.h>
#include <tile/pass/normalise.h>
#include <tile/pass/owners.h>
#include <tile/pass/spelled.h>
#include <tile/prove/verdicts.h>

namespace tessera::tile::lower {

namespace {

/// The kernel with each launch changed.
template <class Change>
ir::Kernel each_launch(const ir::Kernel& kernel, Change&& change) {
    ir::Kernel result = kernel;
    for (ir::Stmt& stmt : result.body) {
        if (std::holds_alternative<ir::Launch>(stmt->of)) {
            stmt = change(stmt);
        }
    }
    return result;
}

/// The kernel with blocks that store to the same tiles joined, if there are any. `lowered`: the same kernel with roles.
std::optional<ir::Kernel> with_owners(const ir::Kernel& kernel, const ir::Kernel& lowered,
                                      const std::map<ir::Buffer, TensorPlan>& tensors,
                                      const std::map<ir::Buffer, Form>& forms) {
    std::optional<ir::Kernel> result;
    pass::Names names(kernel);
    for (size_t i = 0; i < kernel.body.size(); ++i) {
        const auto* launch = std::get_if<ir::Launch>(&lowered.body.at(i)->of);
        if (launch == nullptr) {
            continue;
        }
        const auto sharing = sharing_of_tiles(*launch, liveness(*launch), tensors, forms);
        if (!sharing.empty()) {
            result = result ? result : kernel;
            result->body[i] = pass::join_blocks(kernel.body[i], sharing, names);
        }
    }
    return result;
}

std::string fidelity_of(const ir::Launch& launch, const Choices& choices) {
    if (choices.fidelity) {
        return *choices.fidelity;
    }
    bool wide = true;
    ir::walk_statements(launch.body, [&](const ir::Stmt& stmt) {
        if (const auto* gemm = std::get_if<ir::Gemm>(&stmt->of)) {
            const auto narrow = [](const ir::Buffer& buffer) {
                return device_format(buffer->dtype) != ir::DType::Float32 &&
                       device_format(buffer->dtype) != ir::DType::Float16;
            };
            wide = wide && !(narrow(gemm->a.buffer) && narrow(gemm->b.buffer));
        }
    });
    return wide ? "HiFi4" : "HiFi2";
}

bool has_products(const ir::Launch& launch) {
    bool found = false;
    ir::walk_statements(launch.body,
                        [&](const ir::Stmt& stmt) { found = found || std::holds_alternative<ir::Gemm>(stmt->of); });
    return found;
}

/// What the choices came to.
Choices taken(const Choices& asked, const LaunchPlan& plan, const device::Program& program) {
    Choices result;
    for (size_t axis = 0; axis < plan.launch->vars.size(); ++axis) {
        result.blocks.push_back(std::max<int64_t>(asked.blocks_along(axis), 1));
    }
    result.k = asked.k.value_or(1);
    std::set<std::pair<int64_t, int64_t>> subblocks;  // of several products only one that all have can be asked for
    for (const Place& place : plan.memory->storage.all()) {
        const uint32_t number = plan.flows->number.at(place.buffer);
        if (plan.flows->producer[number] != device::Role::Compute) {
            const int64_t pages = program.circular_buffers.at(place.cb).pages;
            result.depth = std::max(result.depth.value_or(1), pages / std::max<int64_t>(place.tiles(), 1));
        }
        if (place.subblock_rows != 0) {
            subblocks.insert({place.subblock_rows, place.subblock_columns});
        }
    }
    if (subblocks.size() == 1) {
        result.subblock = *subblocks.begin();
    }
    bool rows = false, columns = false;
    for (const auto& [buffer, multicast] : plan.rectangle.operands) {
        (multicast.along_row ? rows : columns) = true;
    }
    result.multicast = rows && columns ? MulticastFamily::Both
                       : rows          ? MulticastFamily::In0
                       : columns       ? MulticastFamily::In1
                                       : MulticastFamily::None;
    result.fp32_dest = program.fp32_dest_acc_en;
    if (has_products(*plan.launch)) {
        result.fidelity = program.math_fidelity;
        result.l1_accumulate = plan.l1_accumulate;
    }
    result.grid = {0, 0};
    for (const device::CoreWork& core : program.cores) {
        result.grid->first = std::max(result.grid->first, core.x + 1);
        result.grid->second = std::max(result.grid->second, core.y + 1);
    }
    return result;
}

}  // namespace

device::Module lower(const ir::Kernel& kernel, const Options& options, Diagnostics& diagnostics) {
    const std::vector<cost::Candidate> looked_at = cost::choose(kernel, options);
    if (looked_at.empty() || !looked_at.front().rejected.empty()) {
        return lower_as_chosen(kernel, options, diagnostics);
    }
    Options chosen = options;
    chosen.choices = looked_at.front().choices;
    return lower_as_chosen(kernel, chosen, diagnostics);
}

ir::Kernel in_chosen_formats(const ir::Kernel& kernel, const std::vector<Choices>& choices) {
    std::vector<bool> narrow;
    bool any = false;
    for (const ir::Stmt& stmt : kernel.body) {
        if (std::holds_alternative<ir::Launch>(stmt->of)) {
            narrow.push_back(choices_of(choices, narrow.size()).fp32_dest == false);
            any = any || narrow.back();
        }
    }
    return any ? pass::narrow_blocks(kernel, narrow) : kernel;
}

std::vector<std::string> pass_names() {
    return {"script", "normalise", "atomics", "coarsen", "spell", "owners", "copies", "strips", "roles"};
}

device::Module lower_as_chosen(const ir::Kernel& script, const Options& options, Diagnostics& diagnostics) {
    device::Module module;
    module.name = script.name;
    module.board = options.board;
    const arch::Chip& chip = arch::board(options.board).chips.front();
    const auto dump = [&](std::string_view pass, const ir::Kernel& kernel) {
        if (options.dump) {
            options.dump(pass, kernel);
        }
        return !diagnostics.failed();
    };
    dump("script", script);
    for (const auto& [name, value] : script.safe_values) {
        if (value != 0) {
            const auto param = std::find_if(script.params.begin(), script.params.end(),
                                            [&](const ir::Buffer& one) { return one->name == name; });
            diagnostics.error("tile-safe-value", param == script.params.end() ? Span{} : (*param)->span,
                              "loads outside of " + name + " are to give a value of their own, and give 0 here",
                              "replace what lies outside in a T.Parallel, by T.if_then_else on the index");
        }
    }

    ir::Kernel kernel = pass::normalise(in_chosen_formats(script, options.choices), diagnostics);
    if (!dump("normalise", kernel)) {
        return module;
    }
    pass::Separated separated = pass::separate_layouts(kernel);
    kernel = std::move(separated.kernel);
    kernel = pass::own_atomics(kernel, cores_of(kernel.schedule, options), diagnostics);
    if (!dump("atomics", kernel)) {
        return module;
    }
    const auto launches =
        static_cast<size_t>(std::count_if(kernel.body.begin(), kernel.body.end(), [](const ir::Stmt& stmt) {
            return std::holds_alternative<ir::Launch>(stmt->of);
        }));
    std::vector<pass::Merging> merging;
    for (size_t launch = 0; launch < launches; ++launch) {
        const Choices choices = choices_of(options.choices, launch);
        merging.push_back({choices.blocks, choices.k.value_or(1)});
    }
    kernel = pass::coarsen(kernel, merging, diagnostics);
    if (!dump("coarsen", kernel)) {
        return module;
    }
    kernel = pass::spelled_out(kernel);
    if (!dump("spell", kernel)) {
        return module;
    }
    // Which tiles stores share shows only when all tensors have their layout.
    std::map<ir::Buffer, Form> forms;
    std::map<ir::Buffer, TensorPlan> tensors;
    for (bool joined = false;; joined = true) {
        const ir::Kernel blocks = kernel;
        const ir::Kernel copied = each_launch(blocks, without_copies);
        const ir::Kernel strips = fit_in_strips(copied, options.choices, chip);
        kernel = each_launch(strips, [&](const ir::Stmt& launch) { return assign_roles(launch, strips, diagnostics); });
        forms = choose_forms(kernel);
        tensors = plan_tensors(kernel, forms, diagnostics);
        if (!joined && !diagnostics.failed()) {
            if (std::optional<ir::Kernel> others = with_owners(blocks, kernel, tensors, forms)) {
                kernel = std::move(*others);
                continue;
            }
        }
        if (!dump("owners", blocks) || !dump("copies", copied) || !dump("strips", strips) || !dump("roles", kernel)) {
            return module;
        }
        break;
    }
    place_tensors(kernel, chip, tensors, diagnostics);
    require_chunks(kernel, diagnostics);
    if (diagnostics.failed()) {
        return module;
    }
    // Circular buffers get what tensors leave of L1.
    arch::Chip left = chip;
    left.l1_bytes -= static_cast<uint32_t>(shard_bytes(tensors, chip));
    for (const ir::Buffer& param : kernel.params) {
        if (const auto at = tensors.find(param); at != tensors.end()) {
            module.tensors.push_back(at->second.tensor);
            if (const auto original = separated.originals.find(param); original != separated.originals.end()) {
                module.tensors.back().same_as = original->second->name;
            }
        }
    }
    for (const ir::Stmt& stmt : kernel.body) {
        if (const auto* alloc = std::get_if<ir::Alloc>(&stmt->of)) {
            if (const auto at = tensors.find(alloc->buffer); at != tensors.end()) {
                module.tensors.push_back(at->second.tensor);
            }
        }
    }

    for (const ir::Stmt& stmt : kernel.body) {
        const auto* launch = std::get_if<ir::Launch>(&stmt->of);
        if (launch == nullptr) {
            continue;
        }
        const Choices choices = choices_of(options.choices, module.programs.size());
        Flows flows = liveness(*launch);
        join_products(flows, forms);
        LaunchPlan plan;
        plan.launch = launch;
        plan.flows = &flows;
        plan.tensors = &tensors;
        plan.span = stmt->span;
        plan.chip = &chip;
        plan.l1_accumulate = choices.l1_accumulate.value_or(true);
        device::Program program;
        program.name = kernel.name;
        if (module.programs.size() > 0) {
            program.name += "_" + std::to_string(module.programs.size() + 1);
        }
        program.arch = chip.name;
        // Cores that take turns with each other are all there at once, in the order of their blocks.
        choose_schedule(*launch, flows, launch->in_turns ? ir::ScheduleHints{} : kernel.schedule, choices, chip, plan,
                        program, diagnostics);
        if (diagnostics.failed()) {
            return module;
        }
        plan.turns = plan_turns(*launch, program);
        const MovementNeeds movement = movement_needs(*launch, flows, tensors, forms);
        share_loads(flows, movement, forms, plan.rectangle);
        const Memory memory = plan_memory(flows, forms, movement, left, choices, stmt->span, diagnostics);
        plan.memory = &memory;
        program.circular_buffers = memory.circular_buffers;
        program.fp32_dest_acc_en = memory.fp32_dest;
        program.math_fidelity = fidelity_of(*launch, choices);
        if (diagnostics.failed()) {
            return module;
        }
        program.choices = taken(choices, plan, program);
        make_bodies(plan, program, diagnostics);
        module.programs.push_back(std::move(program));
    }
    if (!diagnostics.failed()) {
        device::require_valid(module);
    }
    if (!diagnostics.failed() && options.prove) {
        prove::report(prove::all(script, module), diagnostics);
    }
    return module;
}

}  // namespace tessera::tile::lower
