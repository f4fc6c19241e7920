// What moving data will need, before memory is planned: found by rehearsing each transfer.
#include <tile/lower/body.h>
#include <tile/lower/gather.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::lower {

namespace {

using ir::Buffer;
using ir::Op;
using ir::Var;

Var make_var(const char* name) {
    return std::make_shared<const ir::VarNode>(ir::VarNode{name, ir::DType::Int32});
}

/// Copies and patches of a launch as movement will see them, before memory is planned.
struct Rehearsal {
    Storage storage;
    std::map<uint32_t, std::string> names = {{0, "cb"}};
    Diagnostics unheard;
    MovementContext context;

    Rehearsal(const Flows& flows, const std::map<Buffer, TensorPlan>& tensors, const std::map<Buffer, Form>& forms) {
        for (const Buffer& buffer : flows.buffers) {
            Place place;
            place.buffer = buffer;
            const auto form = forms.find(buffer);
            place.form = form == forms.end() ? Form::Matrix : form->second;
            storage.add(place);
        }
        context.tensors = &tensors;
        context.storage = &storage;
        context.cb_names = &names;
        context.diagnostics = &unheard;
        context.row = make_var("row");
        context.column = make_var("column");
        context.matrix = make_var("matrix");
    }
};

}  // namespace

std::map<Var, int64_t> sharing_of_tiles(const ir::Launch& launch, const Flows& flows,
                                        const std::map<Buffer, TensorPlan>& tensors,
                                        const std::map<Buffer, Form>& forms) {
    std::map<Var, int64_t> sharing;
    Rehearsal rehearsal(flows, tensors, forms);
    rehearsal.context.grid = launch.vars;
    rehearsal.context.lane = launch.in_turns ? launch.vars.front() : nullptr;
    rehearsal.context.sharing = &sharing;
    walk_with_facts(launch.body, launch_facts(launch), [&](const ir::Stmt& stmt, const pass::Facts& facts) {
        rehearsal.context.facts = facts;
        const auto* copy = std::get_if<ir::Copy>(&stmt->of);
        if (copy != nullptr && pass::is_tensor(copy->dst.buffer) && flows.number.contains(copy->src.buffer)) {
            write_block(*copy, stmt->span, true, rehearsal.context);
        }
    });
    return sharing;
}

MovementNeeds movement_needs(const ir::Launch& launch, const Flows& flows, const std::map<Buffer, TensorPlan>& tensors,
                             const std::map<Buffer, Form>& forms) {
    MovementNeeds needs;
    Rehearsal rehearsal(flows, tensors, forms);
    MovementContext& context = rehearsal.context;
    walk_with_facts(launch.body, launch_facts(launch), [&](const ir::Stmt& stmt, const pass::Facts& facts) {
        context.facts = facts;
        const auto* copy = std::get_if<ir::Copy>(&stmt->of);
        if (copy != nullptr && pass::is_tensor(copy->src.buffer) && flows.number.contains(copy->dst.buffer)) {
            context.needs_scratch = false;
            read_block(*copy, stmt->span, context);
            needs.reader_scratch = needs.reader_scratch || context.needs_scratch;
            if (context.needs_scratch) {
                needs.windows.insert(copy->dst.buffer);
            }
        } else if (copy != nullptr && pass::is_tensor(copy->dst.buffer) && flows.number.contains(copy->src.buffer)) {
            context.needs_scratch = false;
            write_block(*copy, stmt->span, true, context);
            needs.writer_scratch = needs.writer_scratch || context.needs_scratch;
        } else if (std::holds_alternative<ir::Im2col>(stmt->of) || is_gather(*stmt)) {
            needs.reader_scratch = true;
        } else if (const auto* let = std::get_if<ir::Let>(&stmt->of);
                   let != nullptr && let->value->op == Op::Load && pass::is_tensor(let->value->buffer)) {
            needs.reader_scratch = needs.writer_scratch = needs.scalars = true;
        }
    });
    return needs;
}

}  // namespace tessera::tile::lower
