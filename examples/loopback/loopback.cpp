// Data movement alone: DRAM to L1 and back to another DRAM buffer, tile by tile, by one processor.
#include "../common/session.hpp"

using namespace example;

int main() {
    constexpr uint32_t num_tiles = 50;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    auto source = make_buffer(mesh, num_tiles * tile_bytes, tile_bytes);
    auto destination = make_buffer(mesh, num_tiles * tile_bytes, tile_bytes);
    auto scratch = make_buffer(mesh, tile_bytes, tile_bytes, BufferType::L1);

    Program program = CreateProgram();
    constexpr CoreCoord core = {0, 0};
    auto kernel = make_writer(program, "kernels/copy.cpp", core, accessor_args({}, source, destination));
    SetRuntimeArgs(program, kernel, core,
                   {static_cast<uint32_t>(scratch->address()), static_cast<uint32_t>(source->address()),
                    static_cast<uint32_t>(destination->address()), num_tiles});

    auto input = random_bfloat16(num_tiles * tt::constants::TILE_HW, -100.0f, 100.0f, 1);
    distributed::EnqueueWriteMeshBuffer(queue, source, input, false);
    run(mesh, std::move(program));
    std::vector<bfloat16> output;
    distributed::EnqueueReadMeshBuffer(queue, output, destination, true);
    mesh->close();
    return verdict("loopback", output, input, 0, 0);
}
