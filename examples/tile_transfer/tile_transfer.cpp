// A tile travels from one core to its neighbour through the NoC; semaphores say when there is room and when it is
// there.
#include "../common/session.hpp"

using namespace example;

int main() {
    constexpr uint32_t num_tiles = 24;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    auto in = make_buffer(mesh, num_tiles * tile_bytes, tile_bytes);
    auto out = make_buffer(mesh, num_tiles * tile_bytes, tile_bytes);

    Program program = CreateProgram();
    constexpr CoreCoord sender = {0, 0};
    constexpr CoreCoord receiver = {1, 0};
    const CoreRange both(sender, receiver);
    // The same circular buffer on both cores lies at the same address, so the sender knows where the tile goes.
    make_cb(program, both, CBIndex::c_0, 1);
    const uint32_t room = CreateSemaphore(program, both, 0);
    const uint32_t arrived = CreateSemaphore(program, both, 0);

    auto send = make_reader(program, "kernels/send.cpp", sender, accessor_args({}, in));
    auto receive = make_writer(program, "kernels/receive.cpp", receiver, accessor_args({}, out));
    const CoreCoord sender_noc = mesh->worker_core_from_logical_core(sender);
    const CoreCoord receiver_noc = mesh->worker_core_from_logical_core(receiver);
    SetRuntimeArgs(program, send, sender,
                   {static_cast<uint32_t>(in->address()), num_tiles, static_cast<uint32_t>(receiver_noc.x),
                    static_cast<uint32_t>(receiver_noc.y), room, arrived});
    SetRuntimeArgs(program, receive, receiver,
                   {static_cast<uint32_t>(out->address()), num_tiles, static_cast<uint32_t>(sender_noc.x),
                    static_cast<uint32_t>(sender_noc.y), room, arrived});

    auto input = random_bfloat16(num_tiles * tt::constants::TILE_HW, -1.0f, 1.0f, 11);
    distributed::EnqueueWriteMeshBuffer(queue, in, input, false);
    run(mesh, std::move(program));
    std::vector<bfloat16> result;
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);
    mesh->close();
    return verdict("tile_transfer", result, input, 0, 0);
}
