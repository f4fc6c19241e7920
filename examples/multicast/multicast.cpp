// One core reads a tile and multicasts it to all others of its row; each receiver stores what it got.
#include "../common/session.hpp"

using namespace example;

int main() {
    constexpr uint32_t num_receivers = 7;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    auto in = make_buffer(mesh, tile_bytes, tile_bytes);
    auto out = make_buffer(mesh, num_receivers * tile_bytes, tile_bytes);

    Program program = CreateProgram();
    const CoreRange all({0, 0}, {num_receivers, 0});
    const CoreRange receivers({1, 0}, {num_receivers, 0});
    make_cb(program, all, CBIndex::c_0, 1);
    const uint32_t ready = CreateSemaphore(program, all, 0);
    const uint32_t valid = CreateSemaphore(program, all, 0);
    auto send = make_writer(program, "kernels/send.cpp", CoreCoord(0, 0), accessor_args({}, in));
    auto receive = make_writer(program, "kernels/receive.cpp", receivers, accessor_args({}, out));

    const CoreCoord sender_noc = mesh->worker_core_from_logical_core({0, 0});
    const CoreCoord from = mesh->worker_core_from_logical_core(receivers.start_coord);
    const CoreCoord to = mesh->worker_core_from_logical_core(receivers.end_coord);
    SetRuntimeArgs(program, send, CoreCoord(0, 0),
                   {static_cast<uint32_t>(in->address()), static_cast<uint32_t>(from.x), static_cast<uint32_t>(from.y),
                    static_cast<uint32_t>(to.x), static_cast<uint32_t>(to.y), num_receivers, ready, valid});
    for (const auto& core : corerange_to_cores(receivers)) {
        SetRuntimeArgs(program, receive, core,
                       {static_cast<uint32_t>(out->address()), static_cast<uint32_t>(core.x) - 1,
                        static_cast<uint32_t>(sender_noc.x), static_cast<uint32_t>(sender_noc.y), ready, valid});
    }

    auto input = random_bfloat16(tt::constants::TILE_HW, -1.0f, 1.0f, 9);
    distributed::EnqueueWriteMeshBuffer(queue, in, input, false);
    run(mesh, std::move(program));
    std::vector<bfloat16> result, expected;
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);
    mesh->close();
    for (uint32_t i = 0; i < num_receivers; ++i) {
        expected.insert(expected.end(), input.begin(), input.end());
    }
    return verdict("multicast", result, expected, 0, 0);
}
