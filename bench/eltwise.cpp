// Element-wise work on tiles against a plain loop over the same bytes.
#include <random>

#include "bench.h"
#include "program.h"

namespace bench {

nlohmann::json child_eltwise() {
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    const CoreRange one({0, 0}, {0, 0});
    constexpr uint32_t tiles = 32, elements = tt::constants::TILE_HW;
    // All tiles lie in L1 before and after: what is measured is unpack, compute and pack.
    const auto source = [](const std::string& init, const std::string& op, bool binary) {
        return "#include \"api/compute/common.h\"\n#include \"api/compute/tile_move_copy.h\"\n"
               "#include \"api/compute/eltwise_binary.h\"\n#include \"api/compute/eltwise_unary/eltwise_unary.h\"\n"
               "#include \"api/compute/eltwise_unary/exp.h\"\n#include \"api/compute/eltwise_unary/gelu.h\"\n"
               "void kernel_main() { binary_op_init_common(0, 1, 16);" +
               init +
               "for (uint32_t turn = 0; turn < get_compile_time_arg_val(0); ++turn) {"
               "  for (uint32_t t = 0; t < 32; ++t) {"
               "    tile_regs_acquire();" +
               (binary ? "" : "copy_tile(0, t, 0);") + op +
               "    tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release(); }"
               "  cb_push_back(16, 32); cb_pop_front(16, 32); } }";
    };
    const auto per_tile = [&](const std::string& init, const std::string& op, bool binary) {
        const auto make = [&](uint32_t turns) {
            Program program = CreateProgram();
            for (uint32_t index : {0u, 1u, 16u}) {
                make_cb(program, one, index, tiles, elements * 2);
            }
            compute(program, one, source(init, op, binary), {turns});
            return program;
        };
        constexpr uint32_t turns = 400;
        Launch many(mesh, make(turns)), few(mesh, make(4));
        return (best_of(5, [&] { many(); }) - best_of(5, [&] { few(); })) / ((turns - 4) * tiles);
    };

    std::mt19937 generator(1);
    std::vector<uint16_t> a(tiles * elements), b(a.size()), c(a.size());
    for (size_t i = 0; i < a.size(); ++i) {
        a[i] = static_cast<uint16_t>(0x3F00 + generator() % 0x180);  // around one
        b[i] = static_cast<uint16_t>(0x3F00 + generator() % 0x180);
    }
    const auto peer_per_tile = [&](const std::function<void()>& loop) {
        constexpr int turns = 200;
        return best_of(5,
                       [&] {
                           for (int i = 0; i < turns; ++i) {
                               loop();
                               asm volatile("" : : "r"(c.data()) : "memory");
                           }
                       }) /
               (turns * tiles);
    };
    nlohmann::json out;
    out["add"] = {1e9 * per_tile("add_tiles_init(0, 1);", "add_tiles(0, 1, t, t, 0);", true),
                  1e9 * peer_per_tile([&] { peer::add(a.data(), b.data(), c.data(), a.size()); })};
    out["exp"] = {1e9 * per_tile("copy_tile_to_dst_init_short(0); exp_tile_init();", "exp_tile(0);", false),
                  1e9 * peer_per_tile([&] { peer::exp(a.data(), c.data(), a.size()); })};
    out["gelu"] = {1e9 * per_tile("copy_tile_to_dst_init_short(0); gelu_tile_init();", "gelu_tile(0);", false),
                   1e9 * peer_per_tile([&] { peer::gelu(a.data(), c.data(), a.size()); })};
    out["mul"] = {1e9 * per_tile("mul_tiles_init(0, 1);", "mul_tiles(0, 1, t, t, 0);", true)};
    mesh->close();
    return out;
}

Rows eltwise() {
    const auto fast = run_child("eltwise", {{"TESSERA_THREADS", "1"}, {"TESSERA_MATH", "fast"}});
    const auto exact = run_child("eltwise", {{"TESSERA_THREADS", "1"}, {"TESSERA_MATH", "exact"}});
    Rows rows;
    for (const auto* name : {"add", "exp", "gelu"}) {
        const double ours = fast[name][0], peer = fast[name][1];
        rows.push_back({.name = fmt::format("{} of a bfloat16 tile, unpack to pack, fast", name),
                        .value = ours,
                        .unit = "ns",
                        .peer = "plain vectorised loop",
                        .ratio = peer / ours,
                        .goal = 0.5});
    }
    for (const auto* name : {"add", "mul", "exp", "gelu"}) {
        const double ours = exact[name][0], quick = fast[name][0];
        const bool matrix_unit = name[0] == 'a' || name[0] == 'm';
        rows.push_back({.name = fmt::format("{} of a bfloat16 tile, unpack to pack, exact", name),
                        .value = ours,
                        .unit = "ns",
                        .peer = "fast",
                        .ratio = quick / ours,
                        .goal = matrix_unit ? 0.25 : 0});
    }
    return rows;
}

}  // namespace bench
