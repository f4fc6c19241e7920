#include <tile/explain/explain.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>

#include <arch/arch.h>
#include <arch/noc_time.h>
#include <fmt/format.h>
#include <tile/cost/candidates.h>
#include <tile/cost/estimate.h>
#include <tile/explain/account.h>
#include <tile/prove/verdicts.h>

namespace tessera::tile::explain {

namespace {

using device::Program;

std::string list(const std::vector<int64_t>& numbers, const char* between) {
    std::string text;
    for (const int64_t number : numbers) {
        text += fmt::format("{}{}", text.empty() ? "" : between, number);
    }
    return text;
}

/// "x" or "x and y" or "x, y and z".
std::string enumerated(const std::vector<std::string>& names) {
    std::string text;
    for (size_t i = 0; i < names.size(); ++i) {
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    }
    return text;
}

const ir::Kernel* after(const Passes& passes, std::string_view pass) {
    for (const auto& [name, kernel] : passes) {
        if (name == pass) {
            return &kernel;
        }
    }
    return nullptr;
}

const ir::Launch* launch_of(const ir::Kernel* kernel, size_t number) {
    size_t at = 0;
    for (const ir::Stmt& stmt : kernel == nullptr ? ir::Block{} : kernel->body) {
        const auto* launch = std::get_if<ir::Launch>(&stmt->of);
        if (launch != nullptr && at++ == number) {
            return launch;
        }
    }
    return nullptr;
}

/// Operands that one core reads for others, and whether it sends them along its row.
void find_multicasts(const device::Code& code, const std::string& ring, std::map<std::string, bool>& found) {
    std::string current = ring;
    for (const device::Node& node : code) {
        if (const auto* call = std::get_if<device::Call>(&node->of)) {
            const auto* name = call->arguments.empty() ? nullptr : std::get_if<std::string>(&call->arguments[0]);
            if (call->function == "cb_reserve_back" && name != nullptr) {
                current = *name;
            } else if (call->function == "multicast_block") {
                // (address, bytes, from x, from y, to x, to y, ...): along a row, y stays.
                const auto* from = std::get_if<ir::Expr>(&call->arguments.at(3));
                const auto* to = std::get_if<ir::Expr>(&call->arguments.at(5));
                found[current] = from != nullptr && to != nullptr && ir::same(*from, *to);
            }
        } else if (const auto* loop = std::get_if<device::Loop>(&node->of)) {
            find_multicasts(loop->body, current, found);
        } else if (const auto* branch = std::get_if<device::Branch>(&node->of)) {
            find_multicasts(branch->then, current, found);
            find_multicasts(branch->otherwise, current, found);
        }
    }
}

std::map<std::string, bool> multicasts(const Program& program) {
    std::map<std::string, bool> found;
    for (const device::KernelCode& kernel : program.kernels) {
        if (kernel.role != device::Role::Compute) {
            find_multicasts(kernel.body, {}, found);
        }
    }
    return found;
}

int64_t largest_divisor(int64_t of, int64_t limit) {
    int64_t divisor = std::max<int64_t>(std::min(of, limit), 1);
    while (of % divisor != 0) {
        --divisor;
    }
    return divisor;
}

/// Why no core reads for others.
std::string why_alone(const lower::Choices& asked, const Program& program, const arch::Chip& chip) {
    if (asked.multicast == lower::MulticastFamily::None) {
        return "as chosen: multicast=none";
    }
    if (program.grid.size() < 2) {
        return "the grid has one axis, so there are no rows and columns of cores with equal operands";
    }
    int64_t blocks = 1;
    for (const int64_t extent : program.grid) {
        blocks *= extent;
    }
    const int64_t width = largest_divisor(program.grid[0], chip.compute_grid.x);
    const int64_t height = largest_divisor(program.grid[1], chip.compute_grid.y);
    const int64_t could = std::min<int64_t>(blocks, int64_t{chip.compute_grid.x} * chip.compute_grid.y);
    if (width * height < 2) {
        return fmt::format("no rectangle of cores divides a grid of {} blocks", list(program.grid, "x"));
    }
    if (width * height * 4 < could * 3) {
        return fmt::format(
            "cores that share operands work in step on a rectangle that divides the grid of {}: {}x{} of "
            "{} cores that could work, fewer than three quarters",
            list(program.grid, "x"), width, height, could);
    }
    return "no operand is the same for the cores of a row or of a column under the same control flow";
}

std::pair<uint32_t, uint32_t> blocks_of(const Program& program) {
    uint32_t least = UINT32_MAX, most = 0;
    for (const device::CoreWork& core : program.cores) {
        least = std::min(least, core.count);
        most = std::max(most, core.count);
    }
    return {program.cores.empty() ? 0 : least, most};
}

Json decision(const char* what, std::string chosen, std::string why) {
    return {{"what", what}, {"chosen", std::move(chosen)}, {"why", std::move(why)}};
}

Json family(const lower::Choices& asked, const Program& program, const arch::Chip& chip, bool has_products) {
    const auto shared = multicasts(program);
    std::vector<std::string> rows, columns;
    for (const auto& [ring, row] : shared) {
        (row ? rows : columns).push_back(ring);
    }
    const char* kind = has_products ? "matrix product" : "no matrix product";
    if (shared.empty()) {
        return decision("family", fmt::format("{}, each core reads its own operands", kind),
                        why_alone(asked, program, chip));
    }
    std::string why;
    const auto add = [&](const std::vector<std::string>& names, const char* where) {
        if (!names.empty()) {
            why += fmt::format("{}{} {} the same for all cores of a {}, of which one reads and sends the others theirs",
                               why.empty() ? "" : "; ", enumerated(names), names.size() == 1 ? "is" : "are", where);
        }
    };
    add(rows, "row");
    add(columns, "column");
    return decision("family",
                    fmt::format("{}, operands multicast along {}", kind,
                                rows.empty()      ? "columns"
                                : columns.empty() ? "rows"
                                                  : "rows and columns"),
                    why);
}

Json merging(const Subject& subject, const lower::Choices& asked, const Program& program, size_t launch) {
    const ir::Launch* script = launch_of(after(subject.passes, "script"), launch);
    std::vector<int64_t> before;
    for (const ir::Expr& extent : script == nullptr ? std::vector<ir::Expr>{} : script->extents) {
        before.push_back(ir::constant(extent).value_or(0));
    }
    std::string why;
    for (size_t axis = 0; axis < before.size() && axis < program.grid.size(); ++axis) {
        if (before[axis] == program.grid[axis]) {
            continue;
        }
        const int64_t merged = (before[axis] + program.grid[axis] - 1) / std::max<int64_t>(program.grid[axis], 1);
        why += fmt::format("{}{} blocks along axis {} are one{}", why.empty() ? "" : "; ", merged, axis,
                           asked.blocks_along(axis) > 0 ? ", as chosen" : "");
    }
    if (const int64_t turns = program.choices.k.value_or(1); turns > 1) {
        why += fmt::format("{}{} turns over K are one{}", why.empty() ? "" : "; ", turns, asked.k ? ", as chosen" : "");
    }
    if (why.empty()) {
        why = "as the script has them";
    } else if (why.find("as chosen") == std::string::npos) {
        why += ": a tile is 32 x 32, and operands that a larger block shares are read once for all of it";
    }
    return decision("blocks",
                    fmt::format("a grid of {}, the script's is {}", list(program.grid, "x"), list(before, "x")), why);
}

/// Whether the launch has products of matrices.
bool multiplies(const ir::Launch* launch) {
    bool found = false;
    if (launch != nullptr) {
        ir::walk_statements(launch->body,
                            [&](const ir::Stmt& stmt) { found = found || std::holds_alternative<ir::Gemm>(stmt->of); });
    }
    return found;
}

Json buffers(const Program& program) {
    std::vector<std::string> several, single;
    for (const device::CircularBuffer& ring : program.circular_buffers) {
        if (ring.producer == ring.consumer) {
            continue;
        }
        (ring.why.find("blocks") != std::string::npos ? several : single).push_back(ring.name);
    }
    std::string chosen =
        several.empty() ? "no ring holds more than a block" : enumerated(several) + " hold several blocks";
    std::string why = several.empty() ? "" : "one kernel fills a block while another works on the one before";
    if (!single.empty()) {
        why += fmt::format("{}{} {} for one block at a time: {}", why.empty() ? "" : "; ", enumerated(single),
                           single.size() == 1 ? "has room" : "have room",
                           "it is filled once, or L1 has no room for a second");
    }
    return decision("buffers", chosen, why);
}

Json arithmetic(const lower::Choices& choices, const Program& program, bool has_products) {
    std::string why;
    if (has_products) {
        why = choices.fidelity ? "as chosen"
              : program.math_fidelity == "HiFi2"
                  ? "both operands of all products have at most 8 significant bits, of which HiFi2 loses one"
                  : "an operand of a product has more significant bits than HiFi2 multiplies";
    } else {
        why = "nothing is multiplied by the matrix unit's products";
    }
    const bool wide = program.fp32_dest_acc_en;
    const auto asked = choices.fp32_dest;
    if (asked && *asked == wide) {
        why += fmt::format("; {}-bit sums as chosen", wide ? 32 : 16);
    } else {
        why += wide ? "; 32-bit sums since the script's sums are float32 or a function needs them"
                    : "; 16-bit sums since none of the script's sums is float32";
    }
    return decision("arithmetic",
                    fmt::format("{}, sums in {} bits", program.math_fidelity, program.fp32_dest_acc_en ? 32 : 16), why);
}

Json tensors_of(const device::Module& module) {
    constexpr std::array<std::string_view, 4> forms{"tiles", "tiles of a row each", "tiles of a column each",
                                                    "rows of words"};
    Json all = Json::array();
    for (const device::Tensor& tensor : module.tensors) {
        all.push_back({{"name", tensor.param->name},
                       {"dtype", name_of(tensor.param->dtype)},
                       {"shape", tensor.shape},
                       {"form", forms[static_cast<size_t>(tensor.form)]},
                       {"padded", tensor.padded},
                       {"format", name_of(tensor.format)},
                       {"page_bytes", tensor.page_bytes},
                       {"pages", tensor.pages},
                       {"placement", tensor.in_l1 ? "L1" : "DRAM"},
                       {"read", tensor.read},
                       {"written", tensor.written}});
    }
    return all;
}

}  // namespace

Json decisions_of(const Subject& subject, const Program& program, size_t launch) {
    const arch::Chip& chip = arch::board(subject.options.board).chips.front();
    const bool has_products = multiplies(launch_of(after(subject.passes, "script"), launch));
    const auto [least, most] = blocks_of(program);
    Json all = Json::array();
    const lower::Choices asked = lower::choices_of(subject.options.choices, launch);
    all.push_back(family(asked, program, chip, has_products));
    all.push_back(merging(subject, asked, program, launch));
    const size_t there = size_t{chip.compute_grid.x} * chip.compute_grid.y;
    const int64_t full = program.cores.empty() ? 0 : most;
    all.push_back(decision(
        "cores", fmt::format("{} of {}, {} to {} blocks each", program.cores.size(), there, least, most),
        program.cores.size() == there ? least == most ? "all work, equally long"
                                                      : fmt::format("all work; {} of {} blocks' time is lost by the "
                                                                    "cores that have fewer",
                                                                    full - least, full)
        : full == 1 ? "there are no more blocks than that"
                                      : "the grid of blocks divides into a rectangle of so many"));
    all.push_back(buffers(program));
    all.push_back(arithmetic(asked, program, has_products));
    return all;
}

Json candidates_of(const Subject& subject, size_t most) {
    Json all = Json::array();
    if (subject.passes.empty()) {
        return all;
    }
    const ir::Kernel& script = subject.passes.front().second;
    std::vector<cost::Candidate> looked_at = cost::choose(script, subject.options);
    if (looked_at.size() < 3) {
        // The compiler chooses nothing here; what there would be all the same.
        looked_at = cost::candidates(script, subject.options, 4 * most);
    }
    std::vector<lower::Choices> taken;
    taken.reserve(subject.module.programs.size());
    for (const Program& program : subject.module.programs) {
        taken.push_back(program.choices);
    }
    const double own = cost::estimate(subject.module).cycles;
    size_t good = 0, bad = 0;
    for (const cost::Candidate& one : looked_at) {
        const bool chosen = one.taken == taken;
        const bool can_be = one.rejected.empty();
        if (!chosen && (can_be ? good : bad) >= most) {
            continue;
        }
        ++(can_be ? good : bad);
        Json entry = {{"choices", lower::to_text(one.rejected.empty() ? one.taken : one.choices)}, {"chosen", chosen}};
        if (can_be) {
            const double change = 100 * (one.estimate.cycles / own - 1);
            entry["cycles"] = one.estimate.cycles;
            entry["bound"] = one.estimate.bound;
            entry["l1_bytes"] = one.estimate.l1_bytes;
            entry["why"] = chosen         ? "taken"
                           : change >= 1  ? fmt::format("{:.0f} % slower than what is taken", change)
                           : change <= -1 ? fmt::format("{:.0f} % quicker than what is taken", -change)
                                          : "no quicker than what is taken";
        } else {
            entry["why"] = one.rejected;
        }
        all.push_back(std::move(entry));
    }
    return all;
}

Json l1_of(const Program& program, const device::Module& module, const std::string& board) {
    const arch::Chip& chip = arch::board(board).chips.front();
    const auto aligned = [&](uint64_t address) {
        const uint64_t to = std::max<uint64_t>(chip.dram_read_alignment, 1);
        return (address + to - 1) / to * to;
    };
    Json parts = Json::array();
    const auto part = [&](std::string name, uint64_t begin, uint64_t end, std::string what) {
        if (end > begin) {
            parts.push_back({{"name", std::move(name)},
                             {"begin", begin},
                             {"end", end},
                             {"bytes", end - begin},
                             {"what", std::move(what)}});
        }
    };
    part("system", 0, chip.l1_kernel_config_base, "firmware, mailboxes, kernels' own memory");
    part("kernel configuration", chip.l1_kernel_config_base, chip.l1_unreserved_base,
         fmt::format("arguments, {} semaphores, kernels' code", program.semaphores.size()));
    uint64_t address = aligned(chip.l1_unreserved_base), used = 0;
    part("alignment", chip.l1_unreserved_base, address, "");
    const std::vector<prove::L1Part> map = prove::l1_map(program, module, chip);
    uint64_t shards = chip.l1_bytes;
    for (const prove::L1Part& one : map) {
        shards = one.ring ? shards : std::min<uint64_t>(shards, one.address);
    }
    for (const device::CircularBuffer& ring : program.circular_buffers) {
        if (!ring.tensor.empty()) {
            continue;
        }
        const uint64_t bytes = uint64_t{ring.page_bytes} * ring.pages;
        part(ring.name, address, address + bytes,
             fmt::format("c_{}: {} pages of {} bytes", ring.index, ring.pages, ring.page_bytes));
        used += bytes;
        part("alignment", address + bytes, aligned(address + bytes), "");
        address = aligned(address + bytes);
    }
    part("free", address, shards, "");
    const uint64_t left = shards - std::min(shards, address);
    for (const prove::L1Part& one : map) {
        if (one.ring) {
            continue;
        }
        std::string what = "a core's part of the tensor";
        for (const device::CircularBuffer& ring : program.circular_buffers) {
            what += ring.tensor == one.what ? fmt::format(", which is c_{}", ring.index) : "";
        }
        part(one.what, one.address, uint64_t{one.address} + one.bytes, what);
        address = uint64_t{one.address} + one.bytes;
    }
    part("alignment", std::max(address, shards), chip.l1_bytes, "");
    return {{"bytes", chip.l1_bytes},
            {"for_programs", chip.l1_bytes - chip.l1_unreserved_base},
            {"circular_buffers", used},
            {"free", left},
            {"map", parts}};
}

Json proofs_of(const Subject& subject) {
    Json all = Json::array();
    if (subject.passes.empty()) {
        return all;
    }
    for (const prove::Verdict& verdict : prove::all(subject.passes.front().second, subject.module)) {
        all.push_back({{"property", name_of(verdict.property)},
                       {"meaning", meaning_of(verdict.property)},
                       {"subject", verdict.subject},
                       {"verdict", name_of(verdict.kind)},
                       {"what", verdict.what},
                       {"line", verdict.span.line},
                       {"trace", verdict.trace}});
    }
    return all;
}

Json rings_of(const Program& program, const Account& counted) {
    const auto shared = multicasts(program);
    Json all = Json::array();
    for (const device::CircularBuffer& ring : program.circular_buffers) {
        double pages = 0;
        for (const Work& work : counted.cores) {
            const auto found = work.pushed.find(ring.name);
            pages = std::max(pages, found == work.pushed.end() ? 0 : found->second);
        }
        Json one = {{"index", ring.index},
                    {"name", ring.name},
                    {"format", name_of(ring.format)},
                    {"page_bytes", ring.page_bytes},
                    {"pages", ring.pages},
                    {"producer", name_of(ring.producer)},
                    {"consumer", name_of(ring.consumer)},
                    {"pages_filled", pages},
                    {"why", ring.why}};
        if (const auto way = shared.find(ring.name); way != shared.end()) {
            one["multicast"] = way->second ? "row" : "column";
        }
        all.push_back(std::move(one));
    }
    return all;
}

Json roofline_of(const Program& program, const Account& counted, const device::Module& module,
                 const std::string& board) {
    const arch::Chip& chip = arch::board(board).chips.front();
    const arch::NocTime noc = arch::noc_time(chip.name);
    const Work total = counted.total();
    const Bounds least = bounds(counted, program, chip);
    const double flop = total.products * 2 * 32 * 32 * 32;
    const double bytes = total.dram_read + total.dram_written;
    double most_products = 0;
    Json tensors = Json::array();
    for (const Work& work : counted.cores) {
        most_products = std::max(most_products, work.products);
    }
    for (const device::Tensor& tensor : module.tensors) {
        const auto amount = [&](const std::map<std::string, double>& by) {
            const auto found = by.find(tensor.param->name);
            return found == by.end() ? 0.0 : found->second;
        };
        const double read = amount(total.read_bytes), written = amount(total.written_bytes);
        const double size = static_cast<double>(tensor.pages) * tensor.page_bytes;
        if (read + written > 0) {
            tensors.push_back({{"name", tensor.param->name},
                               {"bytes", size},
                               {"read", read},
                               {"written", written},
                               {"times_read", size > 0 ? read / size : 0}});
        }
    }
    const auto at = [&](const char* fidelity) { return most_products * cycles_of_tile_product * phases_of(fidelity); };
    return {{"exact", counted.inexact.empty()},
            {"inexact_because", counted.inexact},
            {"tile_products", total.products},
            {"flop", flop},
            {"vector_tiles", total.vector_tiles},
            {"matrix_tiles", total.matrix_tiles + total.reductions},
            {"packed_tiles", total.packed},
            {"dram_read_bytes", total.dram_read},
            {"dram_written_bytes", total.dram_written},
            {"multicast_bytes", total.sent},
            {"multicast_received_bytes", total.received},
            {"flop_per_dram_byte", bytes > 0 ? flop / bytes : 0},
            {"tensors", tensors},
            {"product_cycles",
             {{"LoFi", at("LoFi")}, {"HiFi2", at("HiFi2")}, {"HiFi3", at("HiFi3")}, {"HiFi4", at("HiFi4")}}},
            {"dram_bytes_per_cycle", noc.dram_bytes_per_cycle * chip.num_dram_banks},
            {"noc_bytes_per_cycle", noc.flit_bytes},
            {"bounds",
             {{"matrix_unit", least.matrix}, {"packer", least.packer}, {"dram", least.dram}, {"noc", least.network}}},
            {"least_cycles", least.of()},
            {"bound_by", least.which()}};
}

Json explain(const Subject& subject) {
    const device::Module& module = subject.module;
    Json json;
    json["kernel"] = module.name;
    json["board"] = subject.options.board;
    json["arch"] = module.programs.empty() ? std::string() : module.programs.front().arch;
    json["aiclk_mhz"] = arch::board(subject.options.board).chips.front().aiclk_mhz;
    json["tensors"] = tensors_of(module);
    json["programs"] = Json::array();
    for (size_t i = 0; i < module.programs.size(); ++i) {
        const Program& program = module.programs[i];
        const auto [least, most] = blocks_of(program);
        Json one;
        one["name"] = program.name;
        one["grid"] = program.grid;
        one["cores"] = program.cores.size();
        one["blocks"] = {{"least", least}, {"most", most}};
        one["compute"] = {{"math_fidelity", program.math_fidelity},
                          {"fp32_dest_acc_en", program.fp32_dest_acc_en},
                          {"dst_full_sync_en", program.dst_full_sync_en}};
        one["decisions"] = decisions_of(subject, program, i);
        one["l1"] = l1_of(program, module, subject.options.board);
        const Account counted = account(program, module);
        one["rings"] = rings_of(program, counted);
        one["semaphores"] = Json::array();
        for (const device::Semaphore& semaphore : program.semaphores) {
            one["semaphores"].push_back({{"index", semaphore.index}, {"name", semaphore.name}});
        }
        const cost::Estimate estimate = cost::estimate(program, module.tensors);
        one["estimate"] = {{"cycles", estimate.cycles}, {"reader", estimate.reader}, {"compute", estimate.compute},
                           {"writer", estimate.writer}, {"unpack", estimate.unpack}, {"math", estimate.math},
                           {"pack", estimate.pack},     {"dram", estimate.dram},     {"fill", estimate.fill},
                           {"drain", estimate.drain},   {"bound", estimate.bound}};
        one["choices"] = lower::to_text(program.choices);
        one["roofline"] = roofline_of(program, counted, module, subject.options.board);
        json["programs"].push_back(std::move(one));
    }
    json["proofs"] = proofs_of(subject);
    json["candidates"] = candidates_of(subject, 8);
    json["numerics"] = numerics_of(subject);
    return json;
}

}  // namespace tessera::tile::explain
