// Tensors that lie in the cores' own L1, cut by height, by width and in blocks: no reader, no writer, no copy.
#include "../common/session.hpp"

using namespace example;

namespace {

constexpr uint32_t tile_rows = 8, tile_columns = 8;

struct Layout {
    const char* name;
    TensorMemoryLayout layout;
    uint32_t core_rows, core_columns;
};

BufferPtr make_sharded(const Mesh& mesh, const Layout& layout, const CoreRange& cores) {
    const uint32_t rows = tile_rows / layout.core_rows, columns = tile_columns / layout.core_columns;
    const ShardSpecBuffer spec(CoreRangeSet(cores),
                               {rows * tt::constants::TILE_HEIGHT, columns * tt::constants::TILE_WIDTH},
                               ShardOrientation::ROW_MAJOR, {tt::constants::TILE_HEIGHT, tt::constants::TILE_WIDTH},
                               {tile_rows, tile_columns});
    return distributed::MeshBuffer::create(
        distributed::ReplicatedBufferConfig{.size = tile_rows * tile_columns * tile_bytes},
        distributed::DeviceLocalBufferConfig{.page_size = tile_bytes,
                                             .buffer_type = BufferType::L1,
                                             .sharding_args = BufferShardingArgs(spec, layout.layout)},
        mesh.get());
}

}  // namespace

int main() {
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    int failed = 0;
    for (const Layout& layout : {Layout{"height-sharded", TensorMemoryLayout::HEIGHT_SHARDED, 4, 1},
                                 Layout{"width-sharded", TensorMemoryLayout::WIDTH_SHARDED, 1, 4},
                                 Layout{"block-sharded", TensorMemoryLayout::BLOCK_SHARDED, 2, 4}}) {
        const CoreRange cores({0, 0}, {layout.core_columns - 1, layout.core_rows - 1});
        const uint32_t tiles_per_core = tile_rows * tile_columns / cores.size();
        auto a = make_sharded(mesh, layout, cores);
        auto b = make_sharded(mesh, layout, cores);
        auto sum = make_sharded(mesh, layout, cores);

        Program program = CreateProgram();
        uint32_t index = CBIndex::c_0;
        for (const auto& buffer : {a, b, sum}) {
            CreateCircularBuffer(program, cores,
                                 CircularBufferConfig(tiles_per_core * tile_bytes,
                                                      {{static_cast<uint8_t>(index), DataFormat::Float16_b}})
                                     .set_page_size(index, tile_bytes)
                                     .set_globally_allocated_address(*buffer->get_backing_buffer()));
            ++index;
        }
        CreateKernel(program, "kernels/add_in_place.cpp", cores, ComputeConfig{.compile_args = {tiles_per_core}});

        auto x = random_bfloat16(tile_rows * tile_columns * tt::constants::TILE_HW, 0.0f, 10.0f, 1);
        auto y = random_bfloat16(x.size(), 0.0f, 10.0f, 2);
        distributed::EnqueueWriteMeshBuffer(queue, a, x, false);
        distributed::EnqueueWriteMeshBuffer(queue, b, y, false);
        run(mesh, std::move(program));
        std::vector<bfloat16> result;
        distributed::EnqueueReadMeshBuffer(queue, result, sum, true);
        std::vector<bfloat16> expected;
        for (size_t i = 0; i < x.size(); ++i) {
            expected.push_back(bfloat16(static_cast<float>(x[i]) + static_cast<float>(y[i])));
        }
        failed |= verdict(layout.name, result, expected, 0, 1.0 / 128);
    }
    mesh->close();
    return failed;
}
