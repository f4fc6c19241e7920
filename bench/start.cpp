// What a user waits for: the first run of a program, the second, an idle board, a large one.
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "bench.h"
#include "program.h"

namespace bench {

namespace {

double resident_mb() {
    std::ifstream statm("/proc/self/statm");
    size_t total = 0, resident = 0;
    statm >> total >> resident;
    return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / (1 << 20);
}

}  // namespace

nlohmann::json child_start() {
    const auto start = Clock::now();
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    const CoreRange one({0, 0}, {0, 0});
    Program program = CreateProgram();
    make_cb(program, one, 0, 2, 2048);
    make_cb(program, one, 16, 2, 2048);
    reader(program, one,
           "#include \"api/dataflow/dataflow_api.h\"\n"
           "void kernel_main() { for (int i = 0; i < 4; ++i) { cb_reserve_back(0, 1); cb_push_back(0, 1); } }");
    writer(program, one,
           "#include \"api/dataflow/dataflow_api.h\"\n"
           "void kernel_main() { for (int i = 0; i < 4; ++i) { cb_wait_front(16, 1); cb_pop_front(16, 1); } }");
    compute(program, one,
            "#include \"api/compute/common.h\"\n#include \"api/compute/tile_move_copy.h\"\n"
            "#include \"api/compute/eltwise_unary/eltwise_unary.h\"\n#include \"api/compute/eltwise_unary/exp.h\"\n"
            "void kernel_main() { init_sfpu(0, 16); for (int i = 0; i < 4; ++i) { cb_wait_front(0, 1); "
            "cb_reserve_back(16, 1); tile_regs_acquire(); copy_tile(0, 0, 0); exp_tile_init(); exp_tile(0); "
            "tile_regs_commit(); tile_regs_wait(); pack_tile(0, 16); tile_regs_release(); cb_pop_front(0, 1); "
            "cb_push_back(16, 1); } }");
    Launch launch(mesh, std::move(program));
    const double seconds = seconds_since(start);
    mesh->close();
    return {{"ms", 1e3 * seconds}};
}

nlohmann::json child_idle() {
    const auto start = Clock::now();
    const auto devices = static_cast<uint32_t>(GetNumAvailableDevices());
    // Every chip of the board.
    auto mesh = distributed::MeshDevice::create(distributed::MeshDeviceConfig(distributed::MeshShape(1, devices)));
    const double seconds = seconds_since(start);
    nlohmann::json out = {{"devices", devices}, {"mb", resident_mb()}, {"s", seconds}};
    mesh->close();
    return out;
}

Rows start() {
    char folder[] = "/tmp/tessera-bench-XXXXXX";
    if (mkdtemp(folder) == nullptr) {
        throw std::runtime_error("no temporary folder");
    }
    const std::map<std::string, std::string> fresh = {{"TESSERA_CACHE", folder}};
    const double first_ever = run_child("start", fresh)["ms"];  // builds the preludes too
    // Preludes are built once per installation; kernels go.
    std::filesystem::remove_all(std::filesystem::path(folder) / "kernels");
    const double cold = run_child("start", fresh)["ms"];
    double cached = 1e30;
    for (int i = 0; i < 5; ++i) {
        cached = std::min(cached, run_child("start", fresh)["ms"].get<double>());
    }
    std::filesystem::remove_all(folder);
    const auto idle = run_child("idle", {{"TESSERA_BOARD", "n150"}});
    const auto galaxy = run_child("idle", {{"TESSERA_BOARD", "galaxy"}});
    if (galaxy["devices"] != 32) {
        throw std::runtime_error("a Galaxy must have 32 chips");
    }
    return {
        {.name = "first program on a new cache (precompiles the headers)", .value = first_ever, .unit = "ms"},
        {.name = "three kernels compiled and run", .value = cold, .unit = "ms", .goal = 1000, .at_most = true},
        {.name = "the same from the cache, to the program's end",
         .value = cached,
         .unit = "ms",
         .goal = 60,
         .at_most = true},
        {.name = "idle N150, resident", .value = idle["mb"], .unit = "MB", .goal = 150, .at_most = true},
        {.name = "Galaxy (32 chips) opened, resident",
         .value = galaxy["mb"],
         .unit = "MB",
         .goal = 1024,
         .at_most = true},
        {.name = "Galaxy (32 chips) opened", .value = galaxy["s"], .unit = "s", .goal = 1, .at_most = true},
    };
}

}  // namespace bench
