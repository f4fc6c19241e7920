// Host program of gemm, made from gemm_lazy.py by Tessera's tile compiler.
// usage: host [--input NAME=FILE.npy]... [--output FOLDER] [--seed N] [--symbol NAME=VALUE]...
// Inputs that no file is given for are random; what the kernels write goes to FOLDER/NAME.npy.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tt_metal.hpp>

#include "tensors.hpp"

using namespace tt;
using namespace tt::tt_metal;
using tensors::Form;
using tensors::Format;
using tensors::Layout;
using tensors::Tensor;

// Where the kernels' sources are: CMakeLists.txt gives the whole path.
#ifndef KERNEL_FOLDER
#define KERNEL_FOLDER "kernels/"
#endif

namespace {

using Mesh = std::shared_ptr<distributed::MeshDevice>;
using Buffer = std::shared_ptr<distributed::MeshBuffer>;

const Layout layout_of_A = {.name = "A",
    .shape = {256, 128},
    .order = {0, 1},
    .padded = {256, 128},
    .form = Form::Matrix,
    .format = Format::BFloat16,
    .elements = Format::BFloat16,
    .page_bytes = 2048,
    .pages = 32,
    .padding = 0};

const Layout layout_of_B = {.name = "B",
    .shape = {128, 256},
    .order = {0, 1},
    .padded = {128, 256},
    .form = Form::Matrix,
    .format = Format::BFloat16,
    .elements = Format::BFloat16,
    .page_bytes = 2048,
    .pages = 32,
    .padding = 0};

const Layout layout_of_C = {.name = "C",
    .shape = {256, 256},
    .order = {0, 1},
    .padded = {256, 256},
    .form = Form::Matrix,
    .format = Format::BFloat16,
    .elements = Format::BFloat16,
    .page_bytes = 2048,
    .pages = 64,
    .padding = 0};

/// The buffers of all tensors, one in each device's memory.
struct Buffers {
    Buffer A;
    Buffer B;
    Buffer C;
};

Buffer make_buffer(const Mesh& mesh, const Layout& layout, BufferType memory) {
    return distributed::MeshBuffer::create(
        distributed::ReplicatedBufferConfig{.size = layout.bytes()},
        distributed::DeviceLocalBufferConfig{.page_size = layout.page_bytes, .buffer_type = memory}, mesh.get());
}

/// A circular buffer of `pages` pages on every core.
void make_ring(Program& program, const CoreRangeSet& cores, uint32_t index, DataFormat format, uint32_t page_bytes,
               uint32_t pages) {
    CreateCircularBuffer(program, cores,
                         CircularBufferConfig(pages * page_bytes, {{static_cast<uint8_t>(index), format}})
                             .set_page_size(index, page_bytes));
}

/// The first `count` blocks from `start` on are one core's.
struct Work {
    uint32_t x, y, start, count;
};

/// gemm: 2x2 blocks on 4 cores.
Program make_program_0(const Buffers& buffers, const std::map<std::string, uint32_t>& symbols) {
    Program program = CreateProgram();
    const CoreRangeSet cores(std::vector<CoreRange>{CoreRange(CoreCoord(0, 0), CoreCoord(1, 1))});

    // cb_a: 2 blocks of 8 tiles
    make_ring(program, cores, CBIndex::c_0, DataFormat::Float16_b, 2048, 16);
    // cb_b: 2 blocks of 8 tiles
    make_ring(program, cores, CBIndex::c_1, DataFormat::Float16_b, 2048, 16);
    // cb_c: a block of 16 tiles
    make_ring(program, cores, CBIndex::c_2, DataFormat::Float32, 4096, 16);
    // cb_c_out: 2 blocks of 16 tiles
    make_ring(program, cores, CBIndex::c_3, DataFormat::Float16_b, 2048, 32);

    CreateSemaphore(program, cores, 0);  // 0: a: cores that have room
    CreateSemaphore(program, cores, 0);  // 1: a: the block has arrived
    CreateSemaphore(program, cores, 0);  // 2: b: cores that have room
    CreateSemaphore(program, cores, 0);  // 3: b: the block has arrived

    std::vector<uint32_t> reader_arguments = {};
    TensorAccessorArgs(*buffers.B).append_to(reader_arguments);
    const KernelHandle reader = CreateKernel(program, KERNEL_FOLDER "gemm_reader.cpp", cores,
        ReaderDataMovementConfig(reader_arguments));

    std::vector<uint32_t> compute_arguments = {};
    // These go to DST with all 32 bits, not through the sources' registers.
    std::vector<UnpackToDestMode> unpack_modes(NUM_CIRCULAR_BUFFERS, UnpackToDestMode::Default);
    unpack_modes[2] = UnpackToDestMode::UnpackToDestFp32;
    const KernelHandle compute = CreateKernel(program, KERNEL_FOLDER "gemm_compute.cpp", cores,
        ComputeConfig{.math_fidelity = MathFidelity::HiFi2,
            .fp32_dest_acc_en = true,
            .dst_full_sync_en = false,
            .unpack_to_dest_mode = unpack_modes,
            .math_approx_mode = false,
            .compile_args = compute_arguments});

    std::vector<uint32_t> writer_arguments = {};
    TensorAccessorArgs(*buffers.A).append_to(writer_arguments);
    TensorAccessorArgs(*buffers.C).append_to(writer_arguments);
    const KernelHandle writer = CreateKernel(program, KERNEL_FOLDER "gemm_writer.cpp", cores,
        WriterDataMovementConfig(writer_arguments));

    // Which blocks each core computes.
    const std::vector<Work> all_work = {
        {0, 0, 0, 1}, {1, 0, 0, 1}, {0, 1, 0, 1}, {1, 1, 0, 1},
    };
    const std::vector<uint32_t> core_x_of_reader = {0, 1, 0, 1};
    const std::vector<uint32_t> core_y_of_reader = {0, 0, 1, 1};
    const std::vector<uint32_t> column_sender_x_of_reader = {18, 19, 18, 19};
    const std::vector<uint32_t> column_sender_y_of_reader = {18, 18, 18, 18};
    const std::vector<uint32_t> column_first_y_of_reader = {19, 19, 19, 19};
    const std::vector<uint32_t> column_last_y_of_reader = {19, 19, 19, 19};
    const std::vector<uint32_t> core_x_of_writer = {0, 1, 0, 1};
    const std::vector<uint32_t> core_y_of_writer = {0, 0, 1, 1};
    const std::vector<uint32_t> row_sender_x_of_writer = {18, 18, 18, 18};
    const std::vector<uint32_t> row_sender_y_of_writer = {18, 18, 19, 19};
    const std::vector<uint32_t> row_first_x_of_writer = {19, 19, 19, 19};
    const std::vector<uint32_t> row_last_x_of_writer = {19, 19, 19, 19};
    for (size_t i = 0; i < all_work.size(); ++i) {
        const Work& work = all_work[i];
        const CoreCoord core(work.x, work.y);
        SetRuntimeArgs(program, reader, core, std::vector<uint32_t>{static_cast<uint32_t>(buffers.B->address()), work.start, work.count, core_x_of_reader[i], core_y_of_reader[i], column_sender_x_of_reader[i], column_sender_y_of_reader[i], column_first_y_of_reader[i], column_last_y_of_reader[i]});
        SetRuntimeArgs(program, compute, core, std::vector<uint32_t>{work.start, work.count});
        SetRuntimeArgs(program, writer, core, std::vector<uint32_t>{static_cast<uint32_t>(buffers.A->address()), static_cast<uint32_t>(buffers.C->address()), work.start, work.count, core_x_of_writer[i], core_y_of_writer[i], row_sender_x_of_writer[i], row_sender_y_of_writer[i], row_first_x_of_writer[i], row_last_x_of_writer[i]});
    }
    return program;
}

/// What the command line says.
struct Options {
    std::map<std::string, std::string> inputs;
    std::map<std::string, uint32_t> symbols;
    std::string output = ".";
    uint32_t seed = 0;
};

Options read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string name = argv[i];
        if (i + 1 == argc) {
            throw std::runtime_error("usage: host [--input NAME=FILE.npy]... [--output FOLDER] "
                                     "[--seed N] [--symbol NAME=VALUE]...");
        }
        const std::string value = argv[++i];
        const size_t equals = value.find('=');
        if (name == "--input" && equals != std::string::npos) {
            options.inputs[value.substr(0, equals)] = value.substr(equals + 1);
        } else if (name == "--symbol" && equals != std::string::npos) {
            options.symbols[value.substr(0, equals)] = static_cast<uint32_t>(std::stoul(value.substr(equals + 1)));
        } else if (name == "--output") {
            options.output = value;
        } else if (name == "--seed") {
            options.seed = static_cast<uint32_t>(std::stoul(value));
        } else {
            throw std::runtime_error("no such option: " + name + " " + value);
        }
    }
    return options;
}

/// The tensor before the kernels run: from its file, random, or zeros.
Tensor tensor_of(const Layout& layout, const Options& options, bool random, uint32_t number) {
    const auto file = options.inputs.find(layout.name);
    if (file != options.inputs.end()) {
        return tensors::read_npy(file->second, layout.shape);
    }
    if (random) {
        return tensors::random_tensor(layout, options.seed + number);
    }
    return {layout.shape, std::vector<double>(static_cast<size_t>(tensors::count_of(layout.shape)), 0.0)};
}

void run_all(const Options& options) {
    const Mesh mesh = distributed::MeshDevice::create_unit_mesh(0);
    distributed::MeshCommandQueue& queue = mesh->mesh_command_queue();
    Buffers buffers;
    buffers.A = make_buffer(mesh, layout_of_A, BufferType::DRAM);
    buffers.B = make_buffer(mesh, layout_of_B, BufferType::DRAM);
    buffers.C = make_buffer(mesh, layout_of_C, BufferType::DRAM);

    std::vector<uint32_t> pages_of_A =
        tensors::to_pages(layout_of_A, tensor_of(layout_of_A, options, true, 0));
    distributed::EnqueueWriteMeshBuffer(queue, buffers.A, pages_of_A, false);
    std::vector<uint32_t> pages_of_B =
        tensors::to_pages(layout_of_B, tensor_of(layout_of_B, options, true, 1));
    distributed::EnqueueWriteMeshBuffer(queue, buffers.B, pages_of_B, false);
    std::vector<uint32_t> pages_of_C =
        tensors::to_pages(layout_of_C, tensor_of(layout_of_C, options, false, 2));
    distributed::EnqueueWriteMeshBuffer(queue, buffers.C, pages_of_C, false);

    {
        distributed::MeshWorkload workload;
        workload.add_program(distributed::MeshCoordinateRange(mesh->shape()),
                             make_program_0(buffers, options.symbols));
        distributed::EnqueueMeshWorkload(queue, workload, false);
        distributed::Finish(queue);
    }

    std::filesystem::create_directories(options.output);
    distributed::EnqueueReadMeshBuffer(queue, pages_of_C, buffers.C, true);
    tensors::write_npy(options.output + "/C.npy", tensors::from_pages(layout_of_C, pages_of_C),
                       layout_of_C.elements);
    mesh->close();
}

}  // namespace

int main(int argc, char** argv) {
    try {
        run_all(read_options(argc, argv));
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
