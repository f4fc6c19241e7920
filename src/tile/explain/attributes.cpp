#include <tile/explain/attributes.h>

#include <algorithm>
#include <map>
#include <set>

#include <arch/arch.h>
#include <fmt/format.h>
#include <tile/ir/print.h>
#include <tile/lower/access.h>
#include <tile/lower/tensors.h>
#include <tile/pass/normalise.h>
#include <tile/prove/ranges.h>
#include <tile/prove/verdicts.h>

namespace tessera::tile::explain {

namespace {

using device::Program;
using device::Role;

constexpr int64_t side = 32;

int64_t up(int64_t value) {
    return (value + side - 1) / side * side;
}

std::string text_of(const ir::Region& region) {
    return ir::print(region);
}

Json indices_of(const ir::Region& region) {
    Json all = Json::array();
    for (const ir::Expr& begin : region.begin) {
        all.push_back(ir::print(begin));
    }
    return all;
}

/// What a launch does, gathered once.
struct Body {
    struct Product {
        ir::Stmt stmt;
        std::vector<const ir::For*> loops;
    };
    std::vector<Product> products;
    Json flow = Json::array();                     ///< tile statements: what reads what
    std::map<std::string, std::string> tensor_of;  ///< of a buffer of the block: what it is loaded from or stored to
    size_t tile_statements = 0;

    explicit Body(const ir::Launch& launch) { visit(launch.body, {}); }

private:
    void visit(const ir::Block& block, const std::vector<const ir::For*>& loops) {
        static constexpr std::string_view kinds[] = {"alloc", "let",    "store",     "for",    "elementwise", "if",
                                                     "while", "break",  "copy",      "fill",   "gemm",        "reduce",
                                                     "scan",  "atomic", "transpose", "im2col", "assert",      "launch"};
        for (const ir::Stmt& stmt : block) {
            if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
                auto inside = loops;
                inside.push_back(loop);
                visit(loop->body, inside);
                continue;
            }
            if (!lower::is_tile_statement(*stmt)) {
                for (const ir::Block* inner : ir::bodies(*stmt)) {
                    visit(*inner, loops);
                }
                continue;
            }
            ++tile_statements;
            if (std::holds_alternative<ir::Gemm>(stmt->of)) {
                products.push_back({stmt, loops});
            }
            Json reads = Json::array(), writes = Json::array();
            for (const lower::Access& access : lower::accesses(*stmt)) {
                if (access.reads) {
                    reads.push_back(access.buffer->name);
                }
                if (access.writes) {
                    writes.push_back(access.buffer->name);
                }
            }
            if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
                if (pass::is_tensor(copy->src.buffer)) {
                    reads.push_back(copy->src.buffer->name);
                    tensor_of[copy->dst.buffer->name] = copy->src.buffer->name;
                }
                if (pass::is_tensor(copy->dst.buffer)) {
                    writes.push_back(copy->dst.buffer->name);
                    tensor_of[copy->src.buffer->name] = copy->dst.buffer->name;
                }
            }
            flow.push_back({{"op", kinds[stmt->of.index()]},
                            {"role", name_of(lower::role_of(*stmt))},
                            {"line", stmt->span.line},
                            {"reads", reads},
                            {"writes", writes}});
        }
    }
};

/// The declarations of the grid's variables, wherever a kernel of the program has them.
void find_blocks(const device::Code& code, const std::set<const ir::VarNode*>& wanted,
                 std::map<const ir::VarNode*, ir::Expr>& found, const device::Loop*& blocks) {
    for (const device::Node& node : code) {
        if (const auto* declared = std::get_if<device::Declare>(&node->of)) {
            if (declared->value && wanted.contains(declared->var.get())) {
                found.emplace(declared->var.get(), declared->value);
            }
        } else if (const auto* loop = std::get_if<device::Loop>(&node->of)) {
            const size_t before = found.size();
            find_blocks(loop->body, wanted, found, blocks);
            if (found.size() > before && blocks == nullptr) {
                blocks = loop;
            }
        }
    }
}

class Exporter {
public:
    Exporter(const Subject& subject, const Program& program, const ir::Launch& launch, const ir::Kernel& kernel)
        : module_(subject.module),
          program_(program),
          launch_(launch),
          kernel_(kernel),
          body_(launch),
          chip_(arch::board(subject.options.board).chips.front()) {}

    Json attributes() {
        defaults();
        work();
        buffers();
        rings();
        products();
        arguments();
        proof();
        return std::move(attrs_);
    }

    Json roles() const {
        Json all = Json::array();
        for (const device::KernelCode& code : program_.kernels) {
            Json used = Json::array();
            for (const device::CircularBuffer& ring : program_.circular_buffers) {
                if (ring.producer == code.role || ring.consumer == code.role) {
                    used.push_back(ring.index);
                }
            }
            Json attrs = {
                {"tt.kernel_role", name_of(code.role)}, {"tt.cb_indices", used}, {"tt.runtime_args", names_of(code)}};
            if (code.role == Role::Compute) {
                attrs["tt.dst_pattern"] = body_.products.empty() ? "single_tile" : "accumulation";
            }
            all.push_back({{"role", name_of(code.role)}, {"attrs", attrs}});
        }
        return all;
    }

private:
    const device::Module& module_;
    const Program& program_;
    const ir::Launch& launch_;
    const ir::Kernel& kernel_;
    Body body_;
    const arch::Chip& chip_;
    Json attrs_;

    static Json names_of(const device::KernelCode& code) {
        Json names = Json::array();
        for (const device::RuntimeArgument& argument : code.runtime_arguments) {
            names.push_back(argument.name);
        }
        return names;
    }

    bool in_step() const {
        for (const device::KernelCode& code : program_.kernels) {
            for (const device::RuntimeArgument& argument : code.runtime_arguments) {
                if (argument.meaning == device::RuntimeArgument::Meaning::CoreValue) {
                    return true;
                }
            }
        }
        return false;
    }

    void defaults() {
        const ir::ScheduleHints& hints = kernel_.schedule;
        attrs_["target"] = "tenstorrent";
        attrs_["tt_schedule_policy"] = hints.policy.value_or(in_step() ? "rect" : "contiguous");
        attrs_["tt_schedule_order"] = hints.order.value_or(
            hints.block_linear != 0 ? fmt::format("block_linear({})", hints.block_linear) : "row_major");
        attrs_["tt_layout_type"] = "dram_interleaved";
        attrs_["tt_tile_height"] = side;
        attrs_["tt_tile_width"] = side;
        Json schedule = {{"policy", attrs_["tt_schedule_policy"]}, {"order", attrs_["tt_schedule_order"]}};
        if (hints.rect) {
            schedule["rect"] = *hints.rect;
        }
        if (hints.stride) {
            schedule["stride"] = {hints.stride->first, hints.stride->second};
        }
        if (hints.chunk_k_tiles) {
            schedule["chunk_k_tiles"] = *hints.chunk_k_tiles;
        }
        if (hints.qk_chunk_tiles) {
            schedule["qk_chunk_tiles"] = *hints.qk_chunk_tiles;
        }
        attrs_["tt.schedule"] = schedule;
        attrs_["tt.user_schedule"] =
            hints.policy || hints.order || hints.rect || hints.stride || hints.cores ? schedule : Json();
        Json layouts = Json::object();
        for (const auto& [name, shard] : kernel_.shards) {
            layouts[name] = {{"axis", shard.axes}, {"placement", shard.placement}, {"order", shard.order}};
        }
        attrs_["tt.user_layout"] = layouts;
    }

    void work() {
        std::vector<int64_t> grid = program_.grid;
        grid.resize(3, 1);
        int64_t blocks = 1;
        for (const int64_t extent : grid) {
            blocks *= extent;
        }
        attrs_["tt_num_tiles"] = blocks;
        attrs_["tt_grid_x"] = grid[0];
        attrs_["tt_grid_y"] = grid[1];
        attrs_["tt_grid_z"] = grid[2];
        attrs_["tt.grid"] = {grid[1], grid[0]};
        attrs_["tt.grid_tiles"] = {grid[1], grid[0]};
        attrs_["tt_num_cores"] = program_.cores.size();
        attrs_["tt.core_grid"] = {program_.grid_x, program_.grid_y};
        attrs_["tt.partition_mode"] = "global";
        attrs_["tt.shard_grid"] = {1, 1};
        attrs_["tt.local_shape_tiles"] = {grid[1], grid[0]};
        Json counts = Json::array(), ranges = Json::array(), wide = Json::array();
        Json partition = Json::object();
        const auto lists = blocks_by_core(program_, launch_);
        for (size_t i = 0; i < program_.cores.size(); ++i) {
            const device::CoreWork& core = program_.cores[i];
            counts.push_back({core.start, core.count});
            ranges.push_back({core.x, core.y, core.x, core.y, core.start, core.count});
            wide.push_back({{"start", {core.x, core.y}}, {"extent", {1, 1}}});
            Json own = Json::array();
            for (const auto& block : lists[i]) {
                // Rows before columns, as the fork writes them.
                own.push_back(Json(std::vector<int64_t>(block.rbegin(), block.rend())));
            }
            partition[fmt::format("core_{}_{}", core.y, core.x)] = own;
        }
        attrs_["tt_tiles_per_core"] = counts;
        attrs_["tt_core_runtime_args"] = counts;
        attrs_["tt_core_ranges"] = ranges;
        attrs_["tt.core_ranges"] = wide;
        attrs_["tt.work_partition"] = partition;
        attrs_["tt_persistent_loop"] = true;
        attrs_["tt_persistent_iteration_ndims"] = program_.grid.size();
        attrs_["tt.transformed_to_core"] = true;
        attrs_["tt.core_map_x"] = launch_.vars.empty() ? "" : launch_.vars[0]->name;
        attrs_["tt.core_map_y"] = launch_.vars.size() < 2 ? "" : launch_.vars[1]->name;
    }

    void buffers() {
        Json padding = Json::object(), shards = Json::object();
        for (const device::Tensor& tensor : module_.tensors) {
            const std::string& name = tensor.param->name;
            // By the caller's dimensions: the two that tiles cover are the last of dimension_order.
            std::vector<int64_t> padded(tensor.padded.size());
            for (size_t i = 0; i < tensor.dimension_order.size() && i < tensor.padded.size(); ++i) {
                padded[static_cast<size_t>(tensor.dimension_order[i])] = tensor.padded[i];
            }
            if (padded.size() != tensor.shape.size()) {
                padded = tensor.shape;
            }
            std::vector<int64_t> amount;
            amount.reserve(padded.size());
            for (size_t i = 0; i < padded.size(); ++i) {
                amount.push_back(padded[i] - tensor.shape[i]);
            }
            const bool needs = std::any_of(amount.begin(), amount.end(), [](int64_t one) { return one != 0; });
            const bool words = tensor.form == device::Tensor::Form::Words;
            const size_t rank = tensor.padded.size();
            const int64_t rows = words || rank < 2 ? 1 : tensor.padded[rank - 2];
            const int64_t columns = rank == 0 ? 1 : tensor.padded[rank - 1];
            const std::string layout =
                fmt::format("{}_{}", tensor.in_l1 ? "l1" : "dram", tensor.shard.empty() ? "interleaved" : "sharded");
            const std::string prefix = "tt_buffer_" + name + "_";
            attrs_[prefix + "layout"] = layout;
            attrs_[prefix + "tile_shape"] = words ? Json({1, tensor.page_bytes / 4}) : Json({side, side});
            attrs_[prefix + "num_tiles_height"] = up(rows) / side;
            attrs_[prefix + "num_tiles_width"] = up(columns) / side;
            attrs_[prefix + "needs_padding"] = needs;
            attrs_[prefix + "padded_shape"] = padded;
            if (needs) {
                padding[name] = {{"needs_padding", true},
                                 {"original_shape", tensor.shape},
                                 {"padded_shape", padded},
                                 {"padding_amount", amount}};
            }
            Json buffer = {{"memory", tensor.in_l1 ? "L1" : "DRAM"},
                           {"layout", tensor.shard.empty() ? "interleaved" : "sharded"},
                           {"tile_shape", attrs_[prefix + "tile_shape"]},
                           {"dtype", name_of(tensor.format)}};
            if (!tensor.shard.empty()) {
                buffer["nd_shard"] = {{"projected_shard_tiles", tensor.shard}};
                shards[name] = {{"placement", tensor.in_l1 ? "L1" : "DRAM"}, {"tiles", tensor.shard}};
            }
            attrs_["tt.buffer." + name] = buffer;
            Json reached = Json::array();
            for (const device::KernelCode& code : program_.kernels) {
                if (std::find(code.accessors.begin(), code.accessors.end(), name) != code.accessors.end()) {
                    Json one = {{"role", name_of(code.role)}};
                    for (size_t i = 0; i < code.runtime_arguments.size(); ++i) {
                        if (code.runtime_arguments[i].tensor == name) {
                            one["runtime_arg_idx"] = i;
                        }
                    }
                    reached.push_back(one);
                }
            }
            attrs_["tt.tensor_accessor." + name] = {
                {"page_bytes", tensor.page_bytes}, {"pages", tensor.pages}, {"kernels", reached}};
        }
        attrs_["tt_padding_info"] = padding;
        attrs_["tt.shards"] = shards;
    }

    void rings() {
        Json table = Json::array(), cbs = Json::object(), descriptors = Json::object(), assignment = Json::object();
        Json shared = Json::object();
        uint64_t bytes = 0;
        for (const device::CircularBuffer& ring : program_.circular_buffers) {
            const uint64_t own = uint64_t{ring.pages} * ring.page_bytes;
            bytes += own;
            table.push_back({{"cb_id", ring.index},
                             {"name", ring.name},
                             {"num_pages", ring.pages},
                             {"tile_size", ring.page_bytes}});
            cbs[ring.name] = {{"depth", ring.pages}, {"format", name_of(ring.format)}, {"l1_bytes", own}};
            descriptors[ring.name] = {{"page_size", ring.page_bytes},
                                      {"depth", ring.pages},
                                      {"data_format", name_of(ring.format)},
                                      {"producer", name_of(ring.producer)},
                                      {"consumer", name_of(ring.consumer)}};
            assignment[ring.name] = ring.index;
            const std::string buffer = ring.name.starts_with("cb_") ? ring.name.substr(3) : ring.name;
            if (const auto tensor = body_.tensor_of.find(buffer); tensor != body_.tensor_of.end()) {
                shared[buffer] = {{"cb", ring.index}, {"tensor", tensor->second}};
            }
        }
        const uint64_t room = chip_.l1_bytes - chip_.l1_unreserved_base;
        attrs_["tt_circular_buffers"] = table;
        attrs_["tt_num_cbs"] = program_.circular_buffers.size();
        attrs_["tt.cb"] = cbs;
        attrs_["tt.cb_descriptors"] = descriptors;
        attrs_["tt.cb_summary"] = {{"total_l1_bytes", bytes}, {"fits_in_l1", bytes <= room}, {"l1_bytes", room}};
        attrs_["tt.cb_assignment"] = assignment;
        attrs_["tt.conceptual_cbs"] = descriptors;
        attrs_["tt.shared_to_cb_map"] = shared;
        attrs_["tt.tile_dfg"] = body_.flow;
    }

    void products() {
        Json patterns = Json::array();
        for (const Body::Product& product : body_.products) {
            const auto& gemm = std::get<ir::Gemm>(product.stmt->of);
            Json loops = Json::array();
            std::string reduction;
            for (const ir::For* loop : product.loops) {
                loops.push_back(loop->var->name);
                if (!gemm.clear) {
                    reduction = loop->var->name;
                }
            }
            patterns.push_back({{"source", "T.gemm"},
                                {"line", product.stmt->span.line},
                                {"accumulate", !gemm.clear},
                                {"loop_vars", loops},
                                {"reduction_var", reduction},
                                {"A", text_of(gemm.a)},
                                {"B", text_of(gemm.b)},
                                {"C", text_of(gemm.c)},
                                {"A_indices", indices_of(gemm.a)},
                                {"B_indices", indices_of(gemm.b)},
                                {"C_indices", indices_of(gemm.c)},
                                {"transpose_A", gemm.transpose_a},
                                {"transpose_B", gemm.transpose_b}});
        }
        attrs_["tt_num_matmuls"] = patterns.size();
        attrs_["tt_has_tensorize"] = body_.tile_statements > 0;
        attrs_["tt_matmul_patterns"] = patterns;
    }

    void arguments() {
        Json order = Json::array();
        std::set<std::string> seen;
        std::string start = "start", count = "count";
        for (const device::KernelCode& code : program_.kernels) {
            for (const device::RuntimeArgument& argument : code.runtime_arguments) {
                if (argument.meaning == device::RuntimeArgument::Meaning::StartId) {
                    start = argument.name;
                } else if (argument.meaning == device::RuntimeArgument::Meaning::Count) {
                    count = argument.name;
                }
                if (seen.insert(argument.name).second) {
                    order.push_back(argument.name);
                }
            }
        }
        Json symbols = Json::array();
        for (const ir::Var& var : launch_.vars) {
            symbols.push_back(var->name);
        }
        std::vector<int64_t> grid = program_.grid;
        grid.resize(3, 1);
        attrs_["tt_start_tile"] = start;
        attrs_["tt_tile_count"] = count;
        attrs_["tt_runtime_args"] = {
            {"start_tile", {{"name", start}, {"dtype", "int32"}, {"semantic", "the core's first block"}}},
            {"tile_count", {{"name", count}, {"dtype", "int32"}, {"semantic", "how many blocks the core has"}}},
            {"grid_shape", grid},
            {"iteration_ndims", program_.grid.size()},
            {"iteration_symbols", symbols},
            {"param_order", order}};
        attrs_["tt.runtime_args"] = order;
        attrs_["tt.persistent_config"] = {{"loop", "block"},
                                          {"start", start},
                                          {"count", count},
                                          {"grid", program_.grid},
                                          {"cores", program_.cores.size()}};
    }

    void proof() {
        int64_t refuted = 0, open = 0;
        for (const prove::Verdict& verdict :
             {prove::l1(program_, module_, chip_), prove::dst(program_), prove::alignment(program_, module_, chip_),
              prove::progress(program_, chip_), prove::work(program_)}) {
            refuted += verdict.kind == prove::Verdict::Kind::Refuted ? 1 : 0;
            open += verdict.kind == prove::Verdict::Kind::NotProved ? 1 : 0;
        }
        attrs_["tt_ir_validated"] = refuted == 0 && open == 0;
        attrs_["tt_validation_error_count"] = refuted;
        attrs_["tt_validation_warning_count"] = open;
    }
};

}  // namespace

std::vector<std::vector<std::vector<int64_t>>> blocks_by_core(const Program& program, const ir::Launch& launch) {
    std::set<const ir::VarNode*> wanted;
    for (const ir::Var& var : launch.vars) {
        wanted.insert(var.get());
    }
    std::map<const ir::VarNode*, ir::Expr> found;
    std::map<std::string, std::vector<uint32_t>> core_values;
    const device::Loop* blocks = nullptr;
    for (const device::KernelCode& code : program.kernels) {
        find_blocks(code.body, wanted, found, blocks);
        for (const device::RuntimeArgument& argument : code.runtime_arguments) {
            if (argument.meaning == device::RuntimeArgument::Meaning::CoreValue) {
                core_values[argument.name] = argument.values;
            }
        }
    }
    std::vector<std::vector<std::vector<int64_t>>> all(program.cores.size());
    for (size_t core = 0; core < program.cores.size(); ++core) {
        const device::CoreWork& work = program.cores[core];
        prove::Ranges known;
        for (const auto& [var, value] : found) {
            ir::walk(value, [&](const ir::Expr& node) {
                if (node->op == ir::Op::Var) {
                    if (const auto given = core_values.find(node->var->name);
                        given != core_values.end() && core < given->second.size()) {
                        known.set(node->var, {given->second[core], given->second[core]});
                    }
                }
            });
        }
        const int64_t step = blocks == nullptr ? 1 : ir::constant(blocks->step).value_or(1);
        for (uint32_t turn = 0; turn < work.count; ++turn) {
            const int64_t number = work.start + turn * step;
            std::vector<int64_t> block;
            for (size_t axis = 0; axis < launch.vars.size(); ++axis) {
                const auto value = found.find(launch.vars[axis].get());
                if (value == found.end()) {
                    block.push_back(axis < program.grid.size() && program.grid[axis] == 1 ? 0 : -1);
                    continue;
                }
                prove::Ranges here = known;
                if (blocks != nullptr) {
                    here.set(blocks->var, {number, number});
                }
                const prove::Range range = here.of(value->second);
                block.push_back(range.low == range.high ? range.low : -1);
            }
            all[core].push_back(std::move(block));
        }
    }
    return all;
}

Json attributes_of(const Subject& subject) {
    const device::Module& module = subject.module;
    Json json;
    json["target"] = "tenstorrent";
    json["kernel"] = module.name;
    json["arch"] = module.programs.empty() ? std::string() : module.programs.front().arch;
    json["board"] = subject.options.board;
    json["programs"] = Json::array();
    if (subject.passes.empty()) {
        return json;
    }
    const ir::Kernel& kernel = subject.passes.back().second;
    size_t number = 0;
    for (const ir::Stmt& stmt : kernel.body) {
        const auto* launch = std::get_if<ir::Launch>(&stmt->of);
        if (launch == nullptr || number >= module.programs.size()) {
            continue;
        }
        const Program& program = module.programs[number++];
        Exporter exporter(subject, program, *launch, kernel);
        Json attrs = exporter.attributes();
        json["programs"].push_back(
            {{"name", program.name}, {"attrs", std::move(attrs)}, {"kernels", exporter.roles()}});
    }
    return json;
}

}  // namespace tessera::tile::explain
