// The device's own costs: switching fibers, circular buffers, NoC transfers, launching.
#include <cstring>

#include "bench.h"
#include "program.h"

namespace bench {

nlohmann::json child_device() {
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    const CoreRange one({0, 0}, {0, 0});
    nlohmann::json out;

    // The cost of n turns, less the cost of launching: measured with a large and a small n.
    const auto per_turn = [&](const std::function<Program(uint32_t)>& make, uint32_t n) {
        Launch many(mesh, make(n)), few(mesh, make(n / 100));
        return (best_of(5, [&] { many(); }) - best_of(5, [&] { few(); })) / (n - n / 100);
    };

    out["fiber_switch_ns"] = 1e9 * per_turn(
                                       [&](uint32_t n) {
                                           Program program = CreateProgram();
                                           const std::string body =
                                               "void kernel_main() { for (uint32_t i = 0; i < "
                                               "get_compile_time_arg_val(0); ++i) tsr_yield(); }";
                                           reader(program, one, body, {n / 2});
                                           writer(program, one, body, {n / 2});
                                           return program;
                                       },
                                       1'000'000);
    out["cb_round_trip_ns"] =
        1e9 * per_turn(
                  [&](uint32_t n) {
                      Program program = CreateProgram();
                      make_cb(program, one, 0, 1, 2048);
                      reader(program, one,
                             "void kernel_main() { for (uint32_t i = 0; i < get_compile_time_arg_val(0); ++i) { "
                             "cb_reserve_back(0, 1); cb_push_back(0, 1); } }",
                             {n});
                      writer(program, one,
                             "void kernel_main() { for (uint32_t i = 0; i < get_compile_time_arg_val(0); ++i) { "
                             "cb_wait_front(0, 1); cb_pop_front(0, 1); } }",
                             {n});
                      return program;
                  },
                  500'000);
    // 2 KiB reads from a neighbour's L1, 16 a barrier; the peer copies the same bytes between the same two regions'
    // sizes.
    constexpr uint32_t pages = 128, page = 2048;
    out["noc_read_2k_ns"] =
        1e9 * per_turn(
                  [&](uint32_t n) {
                      Program program = CreateProgram();
                      make_cb(program, CoreRange({0, 0}, {1, 0}), 0, pages, page);
                      const auto neighbour = mesh->worker_core_from_logical_core(CoreCoord(1, 0));
                      reader(program, one,
                             "void kernel_main() {"
                             "  const uint32_t base = get_write_ptr(0);"
                             "  for (uint32_t i = 0; i < get_compile_time_arg_val(0); ++i) {"
                             "    const uint32_t at = base + (i % 128) * 2048;"
                             "    noc_async_read(get_noc_addr(get_compile_time_arg_val(1), "
                             "get_compile_time_arg_val(2), at), at, 2048);"
                             "    if (i % 16 == 15) noc_async_read_barrier();"
                             "  }"
                             "  noc_async_read_barrier();"
                             "}",
                             {n, static_cast<uint32_t>(neighbour.x), static_cast<uint32_t>(neighbour.y)});
                      return program;
                  },
                  400'000);
    std::vector<char> from(pages * page, 1), to(pages * page, 2);
    constexpr int copies = 400'000;
    out["memcpy_2k_ns"] = 1e9 / copies * best_of(5, [&] {
                              for (int i = 0; i < copies; ++i) {
                                  std::memcpy(to.data() + (i % pages) * page, from.data() + (i % pages) * page, page);
                                  asm volatile("" : : "r"(to.data()) : "memory");
                              }
                          });

    const CoreCoord grid = mesh->compute_with_storage_grid_size();
    const CoreRange all({0, 0}, {grid.x - 1, grid.y - 1});
    Program noop = CreateProgram();
    reader(noop, all, "void kernel_main() {}");
    writer(noop, all, "void kernel_main() {}");
    compute(noop, all, "void kernel_main() {}");
    Launch launch(mesh, std::move(noop));
    out["launch_100_ms"] = 1e3 * best_of(5, [&] {
                               for (int i = 0; i < 100; ++i) {
                                   launch();
                               }
                           });
    out["cores"] = grid.x * grid.y;
    mesh->close();
    return out;
}

Rows device() {
    const auto r = run_child("device", {});
    const double read = r["noc_read_2k_ns"], copy = r["memcpy_2k_ns"];
    return {
        {.name = "fiber switch", .value = r["fiber_switch_ns"], .unit = "ns"},
        {.name = "circular buffer round trip, one page, two switches", .value = r["cb_round_trip_ns"], .unit = "ns"},
        {.name = "NoC read of 2 KiB, 16 a barrier",
         .value = read,
         .unit = "ns",
         .peer = "memcpy",
         .ratio = copy / read,
         .goal = 0.5},
        {.name = fmt::format("100 launches, {} cores, three empty kernels", r["cores"].get<int>()),
         .value = r["launch_100_ms"],
         .unit = "ms",
         .goal = 10,
         .at_most = true},
    };
}

}  // namespace bench
