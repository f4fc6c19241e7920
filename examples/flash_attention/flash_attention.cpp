// Attention of one layer without its matrix of scores: a block of queries a core at a time, a running softmax over
// blocks of keys and values. flash_attention [LENGTH HEAD_SIZE HEADS CAUSAL]: 512 64 4 1.
#include "../common/session.hpp"

#include <cstdlib>

using namespace example;

int main(int count, char** arguments) {
    const auto argument = [&](int index, uint32_t otherwise) {
        return count > index ? static_cast<uint32_t>(std::strtoul(arguments[index], nullptr, 10)) : otherwise;
    };
    const uint32_t length = argument(1, 512), head = argument(2, 64), heads = argument(3, 4), causal = argument(4, 1);
    constexpr uint32_t rows = 2, columns = 2;  // tiles of a block of queries and of keys
    const uint32_t width = head / tt::constants::TILE_WIDTH, blocks = length / (rows * tt::constants::TILE_HEIGHT);
    if (blocks * rows * tt::constants::TILE_HEIGHT != length || width * tt::constants::TILE_WIDTH != head ||
        rows * width > 8) {
        fmt::print("LENGTH must be a multiple of 64, HEAD_SIZE one of 32 up to 128\n");
        return 64;
    }
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    const uint32_t elements = heads * length * head, bytes = elements * sizeof(bfloat16);
    auto q = make_buffer(mesh, bytes, tile_bytes), k = make_buffer(mesh, bytes, tile_bytes);
    auto v = make_buffer(mesh, bytes, tile_bytes), out = make_buffer(mesh, bytes, tile_bytes);

    Program program = CreateProgram();
    const uint32_t all = heads * blocks, used = std::min(all, 64U);
    const CoreRangeSet cores = num_cores_to_corerangeset(used, CoreCoord{8, 8}, true);
    const uint32_t block = rows * width, scores = rows * columns;
    make_cb(program, cores, CBIndex::c_0, 2 * block);
    make_cb(program, cores, CBIndex::c_1, 2 * columns * width);
    make_cb(program, cores, CBIndex::c_2, 2 * columns * width);
    make_cb(program, cores, CBIndex::c_3, 1);
    make_cb(program, cores, CBIndex::c_4, scores);
    make_cb(program, cores, CBIndex::c_5, scores);
    make_cb(program, cores, CBIndex::c_6, scores);
    make_cb(program, cores, CBIndex::c_7, rows);
    make_cb(program, cores, CBIndex::c_8, rows);
    make_cb(program, cores, CBIndex::c_9, rows);
    make_cb(program, cores, CBIndex::c_10, block);
    make_cb(program, cores, CBIndex::c_11, rows);
    make_cb(program, cores, CBIndex::c_12, rows);
    make_cb(program, cores, CBIndex::c_16, 2 * block);
    const bfloat16 scale(1.0f / std::sqrt(static_cast<float>(head)));
    const std::vector<uint32_t> sizes{rows, columns, width, blocks, causal};
    auto reader = make_reader(program, "kernels/read.cpp", cores, accessor_args(sizes, q, k));
    auto writer = make_writer(program, "kernels/read_values_write.cpp", cores, accessor_args(sizes, v, out));
    std::vector<uint32_t> compute_arguments = sizes;
    compute_arguments.push_back(std::bit_cast<uint16_t>(scale));
    auto compute = CreateKernel(program, "kernels/attend.cpp", cores,
                                ComputeConfig{.math_fidelity = MathFidelity::HiFi2, .compile_args = compute_arguments});
    uint32_t start = 0, number = 0;
    for (const auto& core : corerange_to_cores(cores, used, true)) {
        const uint32_t share = all / used + (number++ < all % used ? 1 : 0);
        SetRuntimeArgs(program, reader, core,
                       {static_cast<uint32_t>(q->address()), static_cast<uint32_t>(k->address()), start, share});
        SetRuntimeArgs(program, writer, core,
                       {static_cast<uint32_t>(v->address()), static_cast<uint32_t>(out->address()), start, share});
        SetRuntimeArgs(program, compute, core, {start, share});
        start += share;
    }

    const auto queries = random_bfloat16(elements, -2.0f, 2.0f, 31), keys = random_bfloat16(elements, -2.0f, 2.0f, 32),
               values = random_bfloat16(elements, -1.0f, 1.0f, 33);
    const auto write = [&](BufferPtr& buffer, const std::vector<bfloat16>& data) {
        auto tiles = tilize_nfaces(data, heads * length, head);
        distributed::EnqueueWriteMeshBuffer(queue, buffer, tiles, true);
    };
    write(q, queries);
    write(k, keys);
    write(v, values);
    run(mesh, std::move(program));
    std::vector<bfloat16> tiles;
    distributed::EnqueueReadMeshBuffer(queue, tiles, out, true);
    mesh->close();
    if (std::getenv("TESSERA_RECORD") != nullptr) {
        return 0;  // run for its time: nothing may have been computed
    }

    std::vector<float> expected(elements), weights(length);
    for (uint32_t row = 0; row < heads * length; ++row) {
        const uint32_t first = row / length * length, seen = causal != 0 ? row % length + 1 : length;
        float largest = -INFINITY;
        for (uint32_t j = 0; j < seen; ++j) {
            float score = 0;
            for (uint32_t d = 0; d < head; ++d) {
                score += static_cast<float>(queries[row * head + d]) * static_cast<float>(keys[(first + j) * head + d]);
            }
            weights[j] = score * static_cast<float>(scale);
            largest = std::max(largest, weights[j]);
        }
        float sum = 0;
        for (uint32_t j = 0; j < seen; ++j) {
            weights[j] = std::exp(weights[j] - largest);
            sum += weights[j];
        }
        for (uint32_t j = 0; j < seen; ++j) {
            for (uint32_t d = 0; d < head; ++d) {
                expected[row * head + d] += weights[j] / sum * static_cast<float>(values[(first + j) * head + d]);
            }
        }
    }
    return verdict("flash_attention", untilize_nfaces(tiles, heads * length, head), expected, 0.03, 0.05);
}
