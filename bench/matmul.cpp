// 2048^3 bfloat16 multicast matrix multiplication on the whole grid against OpenBLAS sgemm and oneDNN bf16, and what a
// mostly empty first operand costs.
#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/tilize_utils.hpp>

#include "../examples/matmul/mcast.hpp"
#include "bench.h"
#include "program.h"

namespace bench {

namespace {

constexpr uint32_t size = 2048;

/// Time for `turns` tile multiplications whose first operand has `rows` non-zero rows, in seconds, and the result.
double tile_seconds(const example::Mesh& mesh, uint32_t rows, uint32_t turns) {
    const std::string source =
        "#include \"api/compute/matmul.h\"\n#include \"api/compute/tile_move_copy.h\"\n"
        "void kernel_main() { mm_init(0, 1, 16); tile_regs_acquire();"
        "for (uint32_t i = 0; i < get_compile_time_arg_val(0); ++i) matmul_tiles(0, 1, 0, 0, 0);"
        "tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release(); }";
    auto buffer = example::make_buffer(mesh, example::tile_bytes, example::tile_bytes);
    std::vector<bfloat16> a(tt::constants::TILE_HW, bfloat16(0.0f));
    for (uint32_t i = 0; i < rows * 32; ++i) {
        a[i] = bfloat16(0.5f);
    }
    auto tiles = tilize_nfaces(a, 32, 32);
    distributed::EnqueueWriteMeshBuffer(mesh->mesh_command_queue(), buffer, tiles, true);
    Program program = CreateProgram();
    constexpr CoreCoord core = {0, 0};
    for (auto index : {tt::CBIndex::c_0, tt::CBIndex::c_1, tt::CBIndex::c_16}) {
        example::make_cb(program, core, index, 1);
    }
    const auto reader = CreateKernelFromString(
        program,
        "#include \"api/dataflow/dataflow_api.h\"\n"
        "void kernel_main() { const auto s = TensorAccessor(TensorAccessorArgs<0>(), get_arg_val<uint32_t>(0));"
        "noc_async_read_page(0, s, get_write_ptr(0)); noc_async_read_page(0, s, get_write_ptr(1));"
        "noc_async_read_barrier(); cb_push_back(0, 1); cb_push_back(1, 1); }",
        core,
        DataMovementConfig{.processor = DataMovementProcessor::RISCV_1,
                           .noc = NOC::RISCV_1_default,
                           .compile_args = example::accessor_args({}, buffer)});
    SetRuntimeArgs(program, reader, core, {static_cast<uint32_t>(buffer->address())});
    CreateKernelFromString(program,
                           "#include \"api/compute/common.h\"\n" + std::string("#define WAIT\n") +
                               source.substr(0, source.find("mm_init")) + "cb_wait_front(0, 1); cb_wait_front(1, 1); " +
                               source.substr(source.find("mm_init")),
                           core, ComputeConfig{.compile_args = {turns}});
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    const auto run = [&] {
        distributed::EnqueueMeshWorkload(mesh->mesh_command_queue(), workload, false);
        distributed::Finish(mesh->mesh_command_queue());
    };
    run();
    return best_of(5, run);
}

}  // namespace

double mcast_seconds(const Mesh& mesh) {
    using namespace example;
    const Problem problem(size, size, size);
    Operands operands(mesh, problem);
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()),
                         make_mcast_program(mesh, problem, operands, TESSERA_SOURCE_DIR "/examples/matmul/"));
    const auto run = [&] {
        distributed::EnqueueMeshWorkload(mesh->mesh_command_queue(), workload, false);
        distributed::Finish(mesh->mesh_command_queue());
    };
    run();
    return best_of(5, run);
}

nlohmann::json child_matmul() {
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    nlohmann::json out;
    out["tessera_s"] = mcast_seconds(mesh);

    out["sgemm_s"] = peer::sgemm_seconds(size);
    out["onednn_s"] = peer::onednn_bf16_seconds(size);
    constexpr uint32_t turns = 20000;
    const double base = tile_seconds(mesh, 32, 1);
    out["tile_full_ns"] = 1e9 * (tile_seconds(mesh, 32, turns) - base) / turns;
    out["tile_one_row_ns"] = 1e9 * (tile_seconds(mesh, 1, turns) - base) / turns;
    mesh->close();
    return out;
}

Rows matmul() {
    Rows rows;
    double first = 0;
    for (const char* threads : {"1", "2"}) {
        std::map<std::string, std::string> environment = {{"TESSERA_THREADS", threads},
                                                          {"OPENBLAS_NUM_THREADS", threads},
                                                          {"OMP_NUM_THREADS", threads},
                                                          {"TESSERA_MATH", "fast"}};
        const auto r = run_child("matmul", environment);
        environment["TESSERA_MATH"] = "exact";
        const auto exact = run_child("matmul", environment);
        const double ours = r["tessera_s"], sgemm = r["sgemm_s"], onednn = r["onednn_s"];
        const std::string name =
            fmt::format("matmul 2048^3 bf16, mcast, fast, {} thread{}", threads, *threads == '1' ? "" : "s");
        rows.push_back({.name = name,
                        .value = 1e3 * ours,
                        .unit = "ms",
                        .peer = "OpenBLAS sgemm",
                        .ratio = sgemm / ours,
                        .goal = 1.2});
        if (onednn > 0) {
            rows.push_back({.name = name,
                            .value = 1e3 * ours,
                            .unit = "ms",
                            .peer = "oneDNN bf16",
                            .ratio = onednn / ours,
                            .goal = 0.8});
        }
        const double slow = exact["tessera_s"];
        rows.push_back({.name = fmt::format("the same, exact (HiFi4, 16-bit DST), {} thread{}", threads,
                                            *threads == '1' ? "" : "s"),
                        .value = 1e3 * slow,
                        .unit = "ms",
                        .peer = "fast",
                        .ratio = ours / slow});
        if (*threads == '1') {
            first = ours;
            rows.push_back({.name = "matmul of one bf16 tile, fast", .value = r["tile_full_ns"], .unit = "ns"});
            rows.push_back({.name = "the same, first operand with one non-zero row",
                            .value = r["tile_one_row_ns"],
                            .unit = "ns",
                            .peer = "the full tile",
                            .ratio = r["tile_full_ns"].get<double>() / r["tile_one_row_ns"].get<double>()});
        } else {
            rows.push_back({.name = "matmul 2048^3, two threads",
                            .value = 1e3 * ours,
                            .unit = "ms",
                            .peer = "one thread",
                            .ratio = first / ours,
                            .goal = 1.7});
        }
    }
    return rows;
}

}  // namespace bench
