// A compiled kernel written by hand: B = A for a ragged matrix, tile by tile, on two cores.
#pragma once

#include <tile/device/program.h>

namespace tessera::tile {

inline device::Module copy_module() {
    using namespace device;
    const auto matrix = [](const char* name, ir::DType type) {
        ir::BufferNode node;
        node.name = name;
        node.dtype = type;
        node.shape = {ir::make_int(100), ir::make_int(70)};
        Tensor tensor;
        tensor.param = std::make_shared<const ir::BufferNode>(node);
        tensor.shape = {100, 70};
        tensor.dimension_order = {0, 1};
        tensor.padded = {128, 96};
        tensor.format = type;
        tensor.page_bytes = 2048;
        tensor.pages = 12;
        return tensor;
    };
    const auto var = [](const char* name) { return std::make_shared<const ir::VarNode>(ir::VarNode{name}); };
    const auto call = [](const char* function, std::vector<Argument> arguments) {
        Call call;
        call.function = function;
        call.arguments = std::move(arguments);
        return make_node(std::move(call));
    };
    const ir::Var start = var("start"), count = var("count"), tile = var("tile");
    const auto loop = [&](Code body) {
        return make_node(Loop{tile, ir::make_int(0), ir::make_var(count), ir::make_int(1), std::move(body)});
    };
    const ir::Expr one = ir::make_int(1), page = ir::make_var(start) + ir::make_var(tile);

    Program program;
    program.name = "copy";
    program.grid = {12};
    program.cores = {{0, 0, 0, 7}, {1, 0, 7, 5}};
    program.circular_buffers = {
        {0, "cb_in", ir::DType::BFloat16, 2048, 2, Role::Reader, Role::Compute, "two tiles of A"},
        {16, "cb_out", ir::DType::BFloat16, 2048, 2, Role::Compute, Role::Writer, ""}};

    const RuntimeArgument start_id{RuntimeArgument::Meaning::StartId, "start", "", {}};
    const RuntimeArgument number{RuntimeArgument::Meaning::Count, "count", "", {}};
    KernelCode reader;
    reader.role = Role::Reader;
    reader.includes = {"api/dataflow/dataflow_api.h"};
    reader.accessors = {"A"};
    reader.runtime_arguments = {{RuntimeArgument::Meaning::Address, "A_address", "A", {}}, start_id, number};
    reader.body = {
        loop({call("cb_reserve_back", {"cb_in", one}), call("noc_async_read_page", {page, "A", "get_write_ptr(cb_in)"}),
              call("noc_async_read_barrier", {}), call("cb_push_back", {"cb_in", one})})};
    KernelCode writer;
    writer.role = Role::Writer;
    writer.includes = {"api/dataflow/dataflow_api.h"};
    writer.accessors = {"B"};
    writer.runtime_arguments = {{RuntimeArgument::Meaning::Address, "B_address", "B", {}}, start_id, number};
    writer.body = {
        loop({call("cb_wait_front", {"cb_out", one}), call("noc_async_write_page", {page, "B", "get_read_ptr(cb_out)"}),
              call("noc_async_write_barrier", {}), call("cb_pop_front", {"cb_out", one})})};
    KernelCode compute;
    compute.role = Role::Compute;
    compute.includes = {"api/compute/tile_move_copy.h", "api/compute/eltwise_unary/eltwise_unary.h"};
    compute.runtime_arguments = {number};
    const ir::Expr zero = ir::make_int(0);
    compute.body = {call("init_sfpu", {"cb_in", "cb_out"}),
                    loop({call("tile_regs_acquire", {}), call("cb_wait_front", {"cb_in", one}),
                          call("copy_tile", {"cb_in", zero, zero}), call("cb_pop_front", {"cb_in", one}),
                          call("tile_regs_commit", {}), call("tile_regs_wait", {}),
                          call("cb_reserve_back", {"cb_out", one}), call("pack_tile", {zero, "cb_out"}),
                          call("cb_push_back", {"cb_out", one}), call("tile_regs_release", {})})};
    program.kernels = {reader, compute, writer};

    Module module;
    module.name = "copy";
    module.tensors = {matrix("A", ir::DType::BFloat16), matrix("B", ir::DType::BFloat16)};
    module.tensors[0].read = true;
    module.tensors[1].written = true;
    module.programs = {program};
    return module;
}

}  // namespace tessera::tile
