// Softmax over the rows of a matrix: reductions, broadcasts and the vector engine; one row of tiles a core at a time.
#include "../common/session.hpp"

using namespace example;

int main() {
    constexpr uint32_t rows = 512, columns = 256;
    constexpr uint32_t row_tiles = rows / tt::constants::TILE_HEIGHT, width = columns / tt::constants::TILE_WIDTH;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    auto in = make_buffer(mesh, row_tiles * width * tile_bytes, tile_bytes);
    auto out = make_buffer(mesh, row_tiles * width * tile_bytes, tile_bytes);

    Program program = CreateProgram();
    const CoreRange cores({0, 0}, {7, row_tiles / 8 - 1});
    make_cb(program, cores, CBIndex::c_0, width);  // input row
    make_cb(program, cores, CBIndex::c_1, 1);      // reduction scaler
    make_cb(program, cores, CBIndex::c_2, 1);      // row maximum
    make_cb(program, cores, CBIndex::c_3, width);  // exponentials
    make_cb(program, cores, CBIndex::c_4, 1);      // reciprocal of the row sum
    make_cb(program, cores, CBIndex::c_16, 2);     // result
    auto reader = make_reader(program, "../common/kernels/read_rows_and_scaler.cpp", cores,
                              accessor_args({width, std::bit_cast<uint16_t>(bfloat16(1.0f))}, in));
    auto writer = make_writer(program, "../common/kernels/write_tiles.cpp", cores, accessor_args({}, out));
    CreateKernel(program, "kernels/softmax_rows.cpp", cores, ComputeConfig{.compile_args = {width, 1}});
    uint32_t row = 0;
    for (const auto& core : corerange_to_cores(cores)) {
        SetRuntimeArgs(program, reader, core, {static_cast<uint32_t>(in->address()), row, 1u});
        SetRuntimeArgs(program, writer, core, {row * width, width, static_cast<uint32_t>(out->address())});
        ++row;
    }

    auto input = random_bfloat16(rows * columns, -4.0f, 4.0f, 21);
    auto tiles = tilize_nfaces(input, rows, columns);
    distributed::EnqueueWriteMeshBuffer(queue, in, tiles, false);
    run(mesh, std::move(program));
    distributed::EnqueueReadMeshBuffer(queue, tiles, out, true);
    mesh->close();

    std::vector<float> expected(input.size());
    for (uint32_t i = 0; i < rows; ++i) {
        double sum = 0;
        for (uint32_t j = 0; j < columns; ++j) {
            sum += std::exp(static_cast<float>(input[i * columns + j]));
        }
        for (uint32_t j = 0; j < columns; ++j) {
            expected[i * columns + j] = static_cast<float>(std::exp(static_cast<float>(input[i * columns + j])) / sum);
        }
    }
    return verdict("softmax", untilize_nfaces(tiles, rows, columns), expected, 1e-4, 0.03);
}
