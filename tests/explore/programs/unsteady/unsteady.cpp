// Writes other bytes in every run, whatever the order: nothing that orders could explain.
#include <cstdint>
#include <cstdio>
#include <random>
#include <vector>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>

using namespace tt::tt_metal;

int main(int argc, char** argv) {
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    auto buffer = distributed::MeshBuffer::create(
        distributed::ReplicatedBufferConfig{.size = 1024},
        distributed::DeviceLocalBufferConfig{.page_size = 1024, .buffer_type = BufferType::DRAM}, mesh.get());
    std::random_device random;
    std::vector<uint32_t> data(256, argc > 1 ? 7 : random());
    distributed::EnqueueWriteMeshBuffer(queue, buffer, data, false);
    std::vector<uint32_t> result;
    distributed::EnqueueReadMeshBuffer(queue, result, buffer, true);
    std::printf("a number for this run: %u\n", random());
    mesh->close();
    return 0;
}
