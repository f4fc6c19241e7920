// Layer normalisation over the rows of a matrix, with scale (gamma) and shift (beta).
#include "../common/session.hpp"

using namespace example;

int main() {
    constexpr uint32_t rows = 256, columns = 384;
    constexpr uint32_t row_tiles = rows / tt::constants::TILE_HEIGHT, width = columns / tt::constants::TILE_WIDTH;
    constexpr float epsilon = 1e-5f;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    auto in = make_buffer(mesh, row_tiles * width * tile_bytes, tile_bytes);
    auto gamma = make_buffer(mesh, width * tile_bytes, tile_bytes);
    auto beta = make_buffer(mesh, width * tile_bytes, tile_bytes);
    auto out = make_buffer(mesh, row_tiles * width * tile_bytes, tile_bytes);

    Program program = CreateProgram();
    const CoreRange cores({0, 0}, {row_tiles - 1, 0});
    for (uint32_t index : {0, 3, 4, 6, 7}) {  // input, gamma, beta, centred, a scratch row
        make_cb(program, cores, index, width);
    }
    for (uint32_t index : {1, 5, 8}) {  // reduction scaler, mean, inverse standard deviation
        make_cb(program, cores, index, 1);
    }
    make_cb(program, cores, CBIndex::c_16, 2);
    auto reader = make_reader(program, "../common/kernels/read_rows_and_scaler.cpp", cores,
                              accessor_args({width, std::bit_cast<uint16_t>(bfloat16(1.0f / columns))}, in));
    auto writer =
        make_writer(program, "kernels/parameters_and_write.cpp", cores, accessor_args({width}, gamma, beta, out));
    CreateKernel(program, "kernels/normalise_rows.cpp", cores,
                 ComputeConfig{.fp32_dest_acc_en = true, .compile_args = {width, std::bit_cast<uint32_t>(epsilon)}});
    uint32_t row = 0;
    for (const auto& core : corerange_to_cores(cores)) {
        SetRuntimeArgs(program, reader, core, {static_cast<uint32_t>(in->address()), row, 1u});
        SetRuntimeArgs(program, writer, core,
                       {static_cast<uint32_t>(gamma->address()), static_cast<uint32_t>(beta->address()),
                        static_cast<uint32_t>(out->address()), row});
        ++row;
    }

    auto x = random_bfloat16(rows * columns, -2.0f, 3.0f, 31);
    auto scale = random_bfloat16(columns, 0.5f, 1.5f, 32);
    auto shift = random_bfloat16(columns, -1.0f, 1.0f, 33);
    auto tiles = tilize_nfaces(x, rows, columns);
    // gamma and beta are rows: only the first row of their tiles counts.
    const auto as_row_tiles = [](const std::vector<bfloat16>& values) {
        std::vector<bfloat16> padded(tt::constants::TILE_HEIGHT * columns, bfloat16(0.0f));
        std::copy(values.begin(), values.end(), padded.begin());
        return tilize_nfaces(padded, tt::constants::TILE_HEIGHT, columns);
    };
    auto gamma_tiles = as_row_tiles(scale), beta_tiles = as_row_tiles(shift);
    distributed::EnqueueWriteMeshBuffer(queue, in, tiles, false);
    distributed::EnqueueWriteMeshBuffer(queue, gamma, gamma_tiles, false);
    distributed::EnqueueWriteMeshBuffer(queue, beta, beta_tiles, false);
    run(mesh, std::move(program));
    distributed::EnqueueReadMeshBuffer(queue, tiles, out, true);
    mesh->close();

    std::vector<float> expected(x.size());
    for (uint32_t i = 0; i < rows; ++i) {
        double mean = 0, variance = 0;
        for (uint32_t j = 0; j < columns; ++j) {
            mean += static_cast<float>(x[i * columns + j]) / columns;
        }
        for (uint32_t j = 0; j < columns; ++j) {
            const double centred = static_cast<float>(x[i * columns + j]) - mean;
            variance += centred * centred / columns;
        }
        for (uint32_t j = 0; j < columns; ++j) {
            const double normal = (static_cast<float>(x[i * columns + j]) - mean) / std::sqrt(variance + epsilon);
            expected[i * columns + j] =
                static_cast<float>(normal * static_cast<float>(scale[j]) + static_cast<float>(shift[j]));
        }
    }
    return verdict("layer_norm", untilize_nfaces(tiles, rows, columns), expected, 0.04, 0.02);
}
