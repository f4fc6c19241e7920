// Eight chips as a 2x4 mesh: a matrix is sharded over them, each adds its part, the host sees one buffer.
// Needs a board of eight chips: tessera run mesh_add.cpp --board t3000
#include "../common/session.hpp"

using namespace example;

int main() {
    auto mesh = distributed::MeshDevice::create(distributed::MeshDeviceConfig(distributed::MeshShape(2, 4)));
    auto& queue = mesh->mesh_command_queue();
    constexpr uint32_t shard_rows = 64, shard_columns = 128;
    constexpr uint32_t tiles_per_device = shard_rows * shard_columns / tt::constants::TILE_HW;
    const uint32_t rows = shard_rows * static_cast<uint32_t>(mesh->num_rows());
    const uint32_t columns = shard_columns * static_cast<uint32_t>(mesh->num_cols());

    const distributed::ShardedBufferConfig global{.global_size = uint64_t{rows} * columns * sizeof(bfloat16),
                                                  .global_buffer_shape = Shape2D{rows, columns},
                                                  .shard_shape = Shape2D{shard_rows, shard_columns},
                                                  .shard_orientation = ShardOrientation::ROW_MAJOR};
    const distributed::DeviceLocalBufferConfig local{.page_size = tile_bytes, .buffer_type = BufferType::DRAM};
    auto a = distributed::MeshBuffer::create(global, local, mesh.get());
    auto b = distributed::MeshBuffer::create(global, local, mesh.get());
    auto sum = distributed::MeshBuffer::create(global, local, mesh.get());

    Program program = CreateProgram();
    constexpr CoreCoord core = {0, 0};
    for (auto index : {CBIndex::c_0, CBIndex::c_1, CBIndex::c_16}) {
        make_cb(program, core, index, 2);
    }
    auto reader = make_reader(program, "../common/kernels/read_two_inputs.cpp", core, accessor_args({}, a, b));
    auto writer = make_writer(program, "../common/kernels/write_tiles.cpp", core, accessor_args({}, sum));
    auto compute =
        CreateKernel(program, "../eltwise_binary/kernels/binary.cpp", core,
                     ComputeConfig{.defines = {{"ELTWISE_OP", "add_tiles"}, {"ELTWISE_OP_INIT", "add_tiles_init"}}});
    SetRuntimeArgs(program, reader, core,
                   {0u, tiles_per_device, static_cast<uint32_t>(a->address()), static_cast<uint32_t>(b->address())});
    SetRuntimeArgs(program, compute, core, {tiles_per_device});
    SetRuntimeArgs(program, writer, core, {0u, tiles_per_device, static_cast<uint32_t>(sum->address())});

    auto x = random_bfloat16(size_t{rows} * columns, -1.0f, 1.0f, 1);
    auto y = random_bfloat16(x.size(), -1.0f, 1.0f, 2);
    distributed::EnqueueWriteMeshBuffer(queue, a, x, false);
    distributed::EnqueueWriteMeshBuffer(queue, b, y, false);
    run(mesh, std::move(program));
    std::vector<bfloat16> result, expected;
    distributed::EnqueueReadMeshBuffer(queue, result, sum, true);
    const size_t num_devices = mesh->num_devices();
    mesh->close();
    for (size_t i = 0; i < x.size(); ++i) {
        expected.push_back(bfloat16(static_cast<float>(x[i]) + static_cast<float>(y[i])));
    }
    fmt::print("{} chips\n", num_devices);
    return verdict("mesh_add", result, expected, 1e-6, 1.0 / 128);
}
