#include <tile/lower/fit.h>

#include <algorithm>

#include <tile/lower/body.h>
#include <tile/lower/roles.h>
#include <tile/lower/shards.h>
#include <tile/lower/strips.h>

namespace tessera::tile::lower {

namespace {

/// Whether a launch's blocks fit into L1. Other errors count as fitting: they are said later.
bool fits(const ir::Stmt& launch, const ir::Kernel& script, const Choices& choices, const arch::Chip& chip) {
    Diagnostics unheard;
    ir::Kernel kernel = script;
    std::erase_if(kernel.body, [](const ir::Stmt& stmt) { return std::holds_alternative<ir::Launch>(stmt->of); });
    kernel.body.push_back(assign_roles(launch, script, unheard));
    const std::map<ir::Buffer, Form> forms = choose_forms(kernel);
    std::map<ir::Buffer, TensorPlan> tensors = plan_tensors(kernel, forms, unheard);
    if (unheard.failed()) {
        return true;
    }
    place_tensors(kernel, chip, tensors, unheard);
    if (unheard.failed()) {
        return true;
    }
    arch::Chip left = chip;
    left.l1_bytes -= static_cast<uint32_t>(shard_bytes(tensors, chip));
    const auto& own = std::get<ir::Launch>(kernel.body.back()->of);
    const Flows flows = liveness(own);
    plan_memory(flows, forms, movement_needs(own, flows, tensors, forms), left, choices, launch->span, unheard);
    return std::none_of(unheard.all().begin(), unheard.all().end(),
                        [](const Diagnostic& each) { return each.name == "tile-l1-budget"; });
}

/// Bytes of a launch's buffers, each once.
int64_t block_bytes(const ir::Launch& launch) {
    int64_t bytes = 0;
    ir::walk_statements(launch.body, [&](const ir::Stmt& stmt) {
        if (const auto* alloc = std::get_if<ir::Alloc>(&stmt->of);
            alloc != nullptr && alloc->buffer->scope != ir::Scope::Local) {
            int64_t tiles = 1;
            for (size_t d = 0; d < alloc->buffer->shape.size(); ++d) {
                const int64_t size = ir::constant(alloc->buffer->shape[d]).value_or(1);
                tiles *= d + 2 >= alloc->buffer->shape.size() ? (size + tile_side - 1) / tile_side : size;
            }
            bytes += tiles * tile_bytes(device_format(alloc->buffer->dtype));
        }
    });
    return bytes;
}

/// What is worked on in one piece: an update, from its load to its store.
bool has_updates(const ir::Launch& launch) {
    bool found = false;
    ir::walk_statements(launch.body, [&](const ir::Stmt& stmt) {
        const auto* copy = std::get_if<ir::Copy>(&stmt->of);
        found = found || (copy != nullptr && (copy->turn == ir::Turn::Begins || copy->turn == ir::Turn::Ends));
    });
    return found;
}

/// The launch in strips that fit; null: there are none.
ir::Stmt narrowed(const ir::Stmt& launch, const ir::Kernel& kernel, const Choices& choices, const arch::Chip& chip,
                  int64_t room) {
    for (const CommonDimension& common : common_dimensions(std::get<ir::Launch>(launch->of))) {
        for (int64_t strips = 2; common.size / strips >= tile_side; ++strips) {
            const int64_t width = common.size / strips;
            if (common.size % strips != 0 || width % tile_side != 0) {
                continue;
            }
            const std::optional<ir::Stmt> cut = in_strips(launch, common, width, kernel);
            if (!cut) {
                break;
            }
            // Room for two blocks of each, so that reading, computing and writing overlap.
            if (2 * block_bytes(std::get<ir::Launch>((*cut)->of)) <= room && fits(*cut, kernel, choices, chip)) {
                return *cut;
            }
        }
    }
    return nullptr;
}

}  // namespace

ir::Kernel fit_in_strips(const ir::Kernel& kernel, const std::vector<Choices>& choices, const arch::Chip& chip) {
    const int64_t room = static_cast<int64_t>(chip.l1_bytes) - chip.l1_unreserved_base;
    ir::Kernel result = kernel;
    size_t number = 0;
    for (ir::Stmt& stmt : result.body) {
        const auto* launch = std::get_if<ir::Launch>(&stmt->of);
        if (launch == nullptr) {
            continue;
        }
        const Choices chosen = choices_of(choices, number++);
        // Buffers get at most a twin each, on the way in or out, that cannot be given up.
        if (2 * block_bytes(*launch) > room && !has_updates(*launch) && !fits(stmt, kernel, chosen, chip)) {
            if (const ir::Stmt cut = narrowed(stmt, result, chosen, chip, room)) {
                stmt = cut;
            }
        }
    }
    return result;
}

}  // namespace tessera::tile::lower
