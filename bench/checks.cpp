// What the checks cost: the same programs without them, with those that are on by default, and with all.
#include <tuple>

#include <fmt/core.h>

#include "bench.h"
#include "program.h"

namespace bench {
namespace {

const CoreRange one({0, 0}, {0, 0});

/// Pages from DRAM through a circular buffer back to DRAM, a barrier for each: the smallest kernels that do anything.
Program copy(const std::shared_ptr<distributed::MeshBuffer>& buffer, uint32_t pages, uint32_t page) {
    Program program = CreateProgram();
    make_cb(program, one, 0, 2, page);
    const auto address = static_cast<uint32_t>(buffer->address());
    reader(program, one,
           "void kernel_main() {"
           "  for (uint32_t i = 0; i < get_compile_time_arg_val(0); ++i) {"
           "    cb_reserve_back(0, 1);"
           "    noc_async_read(get_noc_addr_from_bank_id<true>(i % 8, get_compile_time_arg_val(2)), get_write_ptr(0), "
           "get_compile_time_arg_val(1));"
           "    noc_async_read_barrier();"
           "    cb_push_back(0, 1);"
           "  } }",
           {pages, page, address});
    writer(program, one,
           "void kernel_main() {"
           "  for (uint32_t i = 0; i < get_compile_time_arg_val(0); ++i) {"
           "    cb_wait_front(0, 1);"
           "    noc_async_write(get_read_ptr(0), get_noc_addr_from_bank_id<true>(i % 8, get_compile_time_arg_val(2) + "
           "get_compile_time_arg_val(1)), get_compile_time_arg_val(1));"
           "    noc_async_write_barrier();"
           "    cb_pop_front(0, 1);"
           "  } }",
           {pages, page, address});
    return program;
}

/// A kernel's own loads and stores: three L1 accesses a turn.
Program loop(uint32_t turns) {
    Program program = CreateProgram();
    make_cb(program, one, 0, 8, 2048);
    reader(program, one,
           "void kernel_main() {"
           "  auto* a = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0));"
           "  for (uint32_t i = 0; i < get_compile_time_arg_val(0); ++i) {"
           "    const uint32_t at = i % 512; a[at] = a[at + 512] + a[at + 1024];"
           "  } }",
           {turns});
    return program;
}

constexpr int turns_a_measurement = 3;

}  // namespace

nlohmann::json child_checks() {
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    nlohmann::json out;
    const auto per_turn = [&](const std::function<Program(uint32_t)>& make, uint32_t n) {
        Launch many(mesh, make(n)), few(mesh, make(n / 100));
        return 1e9 * (best_of(turns_a_measurement, [&] { many(); }) - best_of(turns_a_measurement, [&] { few(); })) /
               (n - n / 100);
    };
    for (const uint32_t page : {32U, 2048U}) {
        auto buffer = distributed::MeshBuffer::create(
            distributed::ReplicatedBufferConfig{.size = 64 * page},
            distributed::DeviceLocalBufferConfig{.page_size = page, .buffer_type = BufferType::DRAM}, mesh.get());
        std::vector<uint32_t> zeros(16 * page);
        distributed::EnqueueWriteMeshBuffer(mesh->mesh_command_queue(), buffer, zeros, true);
        out["copy_" + std::to_string(page)] = per_turn([&](uint32_t n) { return copy(buffer, n, page); }, 100'000);
    }
    out["loop"] = per_turn(loop, 4'000'000);
    out["matmul_s"] = mcast_seconds(mesh);
    mesh->close();
    return out;
}

Rows checks() {
    const auto environment = [](const char* checks, const char* math) {
        return std::map<std::string, std::string>{
            {"TESSERA_CHECKS", checks}, {"TESSERA_MATH", math}, {"TESSERA_THREADS", "1"}};
    };
    Rows rows;
    const auto add = [&](const std::string& what, const nlohmann::json& off, const nlohmann::json& on,
                         const std::string& key, double scale, const std::string& unit,
                         double goal) { rows.push_back(beside(what, off, on, key, scale, unit, "no checks", goal)); };
    constexpr double at_most_15_percent = 0.87, at_most_twice = 0.5, at_most_5 = 0.2;
    for (const char* math : {"exact", "fast"}) {
        const bool exact = std::string(math) == "exact";
        const auto measured =
            run_children("checks", {environment("off", math), environment("default", math), environment("full", math)});
        const nlohmann::json &off = measured[0], &on = measured[1], &full = measured[2];
        if (exact) {
            for (const auto& [checks, result, goal] :
                 {std::tuple{"default checks", on, at_most_twice}, {"full checks", full, at_most_5}}) {
                add(fmt::format("page of 32 B, DRAM to DRAM, {}", checks), off, result, "copy_32", 1, "ns", goal);
                add(fmt::format("page of 2 KiB, DRAM to DRAM, {}", checks), off, result, "copy_2048", 1, "ns", goal);
                add(fmt::format("kernel's loop over L1 words, {}", checks), off, result, "loop", 1, "ns", goal);
            }
        }
        add(fmt::format("matmul 2048^3, mcast, {}, default checks", math), off, on, "matmul_s", 1e3, "ms",
            at_most_15_percent);
        add(fmt::format("matmul 2048^3, mcast, {}, full checks", math), off, full, "matmul_s", 1e3, "ms", at_most_5);
    }
    return rows;
}

}  // namespace bench
