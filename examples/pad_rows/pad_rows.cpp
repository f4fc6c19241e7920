// Row-major data gets a border of a constant: rows are copied and padded by many cores, with no tile anywhere.
#include "../common/session.hpp"

using namespace example;

int main() {
    constexpr uint32_t rows = 60, columns = 96, padded_rows = 64, padded_columns = 128;
    constexpr uint32_t row_bytes = columns * sizeof(bfloat16), padded_row_bytes = padded_columns * sizeof(bfloat16);
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    auto in = make_buffer(mesh, rows * row_bytes, row_bytes);
    auto out = make_buffer(mesh, padded_rows * padded_row_bytes, padded_row_bytes);

    const bfloat16 pad(0.5f);
    const uint32_t pad_bits = std::bit_cast<uint16_t>(pad) * 0x00010001u;
    Program program = CreateProgram();
    const CoreRange cores({0, 0}, {3, 3});
    make_cb(program, cores, CBIndex::c_0, 2, padded_row_bytes);
    auto reader = make_reader(program, "kernels/read_padded.cpp", cores,
                              accessor_args({rows, row_bytes, padded_row_bytes, pad_bits}, in));
    auto writer = make_writer(program, "kernels/write_rows.cpp", cores, accessor_args({}, out));
    const uint32_t rows_per_core = padded_rows / cores.size();
    uint32_t first = 0;
    for (const auto& core : corerange_to_cores(cores)) {
        SetRuntimeArgs(program, reader, core, {static_cast<uint32_t>(in->address()), first, rows_per_core});
        SetRuntimeArgs(program, writer, core, {static_cast<uint32_t>(out->address()), first, rows_per_core});
        first += rows_per_core;
    }

    auto input = random_bfloat16(rows * columns, -1.0f, 1.0f, 5);
    distributed::EnqueueWriteMeshBuffer(queue, in, input, false);
    run(mesh, std::move(program));
    std::vector<bfloat16> result;
    distributed::EnqueueReadMeshBuffer(queue, result, out, true);
    mesh->close();

    std::vector<bfloat16> expected(padded_rows * padded_columns, pad);
    for (uint32_t row = 0; row < rows; ++row) {
        std::copy_n(input.begin() + row * columns, columns, expected.begin() + row * padded_columns);
    }
    return verdict("pad_rows", result, expected, 0, 0);
}
