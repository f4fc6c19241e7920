// The Mandelbrot set, computed by the vector engines of all cores in SFPI and written as a picture.
// usage: mandelbrot [picture.bmp]
#include <cstdio>

#include "../common/session.hpp"

using namespace example;

namespace {

constexpr uint32_t image_width = 1024, image_height = 768, iterations = 128;
constexpr uint32_t float_tile_bytes = tt::constants::TILE_HW * sizeof(float);

/// A picture that any viewer opens: uncompressed 24-bit BMP, rows from the bottom up.
bool write_bmp(const char* path, const std::vector<float>& counts) {
    std::vector<uint8_t> file(54 + image_width * image_height * 3);
    const auto put = [&](size_t at, uint32_t value) { std::memcpy(file.data() + at, &value, sizeof(value)); };
    file[0] = 'B';
    file[1] = 'M';
    put(2, static_cast<uint32_t>(file.size()));
    put(10, 54);
    put(14, 40);
    put(18, image_width);
    put(22, image_height);
    put(26, 1 | 24 << 16);
    for (uint32_t y = 0; y < image_height; ++y) {
        for (uint32_t x = 0; x < image_width; ++x) {
            const float count = counts[y * image_width + x];
            const float t = std::sqrt(count / iterations);
            uint8_t* pixel = file.data() + 54 + ((image_height - 1 - y) * image_width + x) * 3;
            const bool inside = count >= iterations;
            pixel[0] = inside ? 24 : static_cast<uint8_t>(255 * std::min(1.0f, 0.25f + 1.5f * t));
            pixel[1] = inside ? 8 : static_cast<uint8_t>(255 * t * t);
            pixel[2] = inside ? 16 : static_cast<uint8_t>(255 * std::min(1.0f, 1.8f * t * t * t + 0.4f * t));
        }
    }
    std::FILE* out = std::fopen(path, "wb");
    const bool good = out != nullptr && std::fwrite(file.data(), 1, file.size(), out) == file.size();
    return out != nullptr && std::fclose(out) == 0 && good;
}

}  // namespace

int main(int argc, char** argv) {
    const char* path = argc > 1 ? argv[1] : "mandelbrot.bmp";
    constexpr uint32_t num_tiles = image_width * image_height / tt::constants::TILE_HW;
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    auto& queue = mesh->mesh_command_queue();
    auto re = make_buffer(mesh, num_tiles * float_tile_bytes, float_tile_bytes);
    auto im = make_buffer(mesh, num_tiles * float_tile_bytes, float_tile_bytes);
    auto out = make_buffer(mesh, num_tiles * float_tile_bytes, float_tile_bytes);

    Program program = CreateProgram();
    const auto [num_cores, all_cores, group_1, group_2, per_core_1, per_core_2] =
        split_work_to_cores(mesh->compute_with_storage_grid_size(), num_tiles);
    for (auto index : {CBIndex::c_0, CBIndex::c_1, CBIndex::c_16}) {
        make_cb(program, all_cores, index, 2, float_tile_bytes, DataFormat::Float32);
    }
    auto reader = make_reader(program, "../common/kernels/read_two_inputs.cpp", all_cores, accessor_args({}, re, im));
    auto writer = make_writer(program, "../common/kernels/write_tiles.cpp", all_cores, accessor_args({}, out));
    // Coordinates need all 32 bits in DST; by default Float32 passes through 19-bit registers.
    std::vector<UnpackToDestMode> unpack(NUM_CIRCULAR_BUFFERS, UnpackToDestMode::Default);
    unpack[CBIndex::c_0] = unpack[CBIndex::c_1] = UnpackToDestMode::UnpackToDestFp32;
    auto compute = CreateKernel(
        program, "kernels/escape_time.cpp", all_cores,
        ComputeConfig{.fp32_dest_acc_en = true, .unpack_to_dest_mode = unpack, .compile_args = {iterations}});
    uint32_t first = 0;
    for (const auto& core : corerange_to_cores(all_cores)) {
        const uint32_t count = group_1.contains(core) ? per_core_1 : per_core_2;
        SetRuntimeArgs(program, reader, core,
                       {first, count, static_cast<uint32_t>(re->address()), static_cast<uint32_t>(im->address())});
        SetRuntimeArgs(program, compute, core, {count});
        SetRuntimeArgs(program, writer, core, {first, count, static_cast<uint32_t>(out->address())});
        first += count;
    }

    std::vector<float> x(image_width * image_height), y(x.size());
    for (uint32_t i = 0; i < x.size(); ++i) {
        x[i] = -2.25f + 3.0f * static_cast<float>(i % image_width) / image_width;
        y[i] = -1.125f + 2.25f * static_cast<float>(i / image_width) / image_height;
    }
    auto x_tiles = tilize_nfaces(x, image_height, image_width), y_tiles = tilize_nfaces(y, image_height, image_width);
    distributed::EnqueueWriteMeshBuffer(queue, re, x_tiles, false);
    distributed::EnqueueWriteMeshBuffer(queue, im, y_tiles, false);
    run(mesh, std::move(program));
    std::vector<float> tiles;
    distributed::EnqueueReadMeshBuffer(queue, tiles, out, true);
    mesh->close();
    const auto counts = untilize_nfaces(tiles, image_height, image_width);

    // At the border of the set the last bit decides when a point escapes, so a few pixels may differ.
    size_t different = 0;
    for (uint32_t i = 0; i < x.size(); ++i) {
        float a = 0, b = 0, count = 0;
        for (uint32_t step = 0; step < iterations && a * a + b * b < 4.0f; ++step) {
            const float next = a * a - b * b + x[i];
            b = 2.0f * a * b + y[i];
            a = next;
            count += 1.0f;
        }
        different += counts[i] != count;
    }
    if (!write_bmp(path, counts)) {
        fmt::print("could not write {}\n", path);
        return 1;
    }
    fmt::print("mandelbrot: {}x{} pixels, {} differ from the host's, digest {:016x}; picture: {}\n", image_width,
               image_height, different, digest(counts), path);
    const bool passed = different * 500 < x.size();
    fmt::print("{}\n", passed ? "PASSED" : "FAILED");
    return passed ? 0 : 1;
}
