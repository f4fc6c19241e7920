#include "program.h"

#include <cstring>
#include <map>
#include <stdexcept>
#include <utility>

#include <fmt/core.h>
#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/bfloat4.hpp>
#include <tt-metalium/bfloat8.hpp>
#include <tt-metalium/constants.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tilize_utils.hpp>
#include <tt-metalium/tt_metal.hpp>

namespace gemm {

using namespace tt::tt_metal;
using tt::CBIndex;
using tt::DataFormat;
using tt::constants::TILE_HEIGHT;
using tt::constants::TILE_WIDTH;

namespace {

// What TT-Metalium prefers: DRAM is read on NoC 0, and what goes along rows has the other.
constexpr NOC noc_of_a = NOC::NOC_1, noc_of_b = NOC::NOC_0;

MatrixBuffer make_matrix(const Mesh& mesh, const Problem& problem, Place place, uint32_t rows, uint32_t columns) {
    const uint32_t page = tt::tile_size(problem.format);
    distributed::DeviceLocalBufferConfig config{
        .page_size = page, .buffer_type = place == Place::Dram ? BufferType::DRAM : BufferType::L1};
    if (place == Place::Sharded) {
        const CoreRange cores({0, 0}, {problem.grid_x - 1, problem.grid_y - 1});
        config.sharding_args = BufferShardingArgs(
            ShardSpecBuffer(CoreRangeSet(cores),
                            {rows / problem.grid_y * TILE_HEIGHT, columns / problem.grid_x * TILE_WIDTH},
                            ShardOrientation::ROW_MAJOR, {TILE_HEIGHT, TILE_WIDTH}, {rows, columns}),
            TensorMemoryLayout::BLOCK_SHARDED);
    }
    return distributed::MeshBuffer::create(distributed::ReplicatedBufferConfig{.size = uint64_t{rows} * columns * page},
                                           config, mesh.get());
}

uint32_t l1_for_programs(const Mesh& mesh) {
    return mesh->l1_size_per_core() - static_cast<uint32_t>(mesh->allocator()->get_base_allocator_addr(HalMemType::L1));
}

/// A rectangle of cores as a multicast on a NoC names it: on NoC 1 from its far corner.
std::vector<uint32_t> corners(const Mesh& mesh, NOC noc, CoreCoord first, CoreCoord last) {
    CoreCoord from = mesh->worker_core_from_logical_core(first), to = mesh->worker_core_from_logical_core(last);
    if (noc == NOC::NOC_1) {
        std::swap(from, to);
    }
    return {static_cast<uint32_t>(from.x), static_cast<uint32_t>(from.y), static_cast<uint32_t>(to.x),
            static_cast<uint32_t>(to.y)};
}

void append(std::vector<uint32_t>& to, const std::vector<uint32_t>& more) {
    to.insert(to.end(), more.begin(), more.end());
}

std::vector<uint32_t> to_tiles(const std::vector<float>& values, uint32_t rows, uint32_t columns, DataFormat format) {
    std::vector<float> tiles = tilize_nfaces(values, rows, columns);
    if (format == DataFormat::Bfp8_b) {
        return pack_as_bfp8_tiles<float>(tiles, false, false);
    }
    if (format == DataFormat::Bfp4_b) {
        return pack_as_bfp4_tiles<float>(tiles, false, false);
    }
    std::vector<uint32_t> words(tiles.size() / 2);
    for (size_t i = 0; i < tiles.size(); ++i) {
        const auto bits = static_cast<uint32_t>(std::bit_cast<uint16_t>(bfloat16(tiles[i])));
        words[i / 2] |= bits << (i % 2 * 16);
    }
    return words;
}

std::vector<float> from_tiles(const std::vector<uint32_t>& tiles, uint32_t rows, uint32_t columns, DataFormat format) {
    std::vector<float> values;
    if (format == DataFormat::Bfp8_b) {
        values = unpack_bfp8_tiles_into_float_vec(tiles, false, false);
    } else if (format == DataFormat::Bfp4_b) {
        values = unpack_bfp4_tiles_into_float_vec(tiles, false, false);
    } else {
        values.resize(tiles.size() * 2);
        for (size_t i = 0; i < values.size(); ++i) {
            values[i] = std::bit_cast<float>((tiles[i / 2] >> (i % 2 * 16)) << 16);
        }
    }
    return untilize_nfaces(values, rows, columns);
}

/// Whole tiles, zeros past the values.
std::vector<float> padded(const std::vector<float>& values, uint32_t rows, uint32_t columns, uint32_t tile_rows,
                          uint32_t tile_columns) {
    const size_t stride = size_t{tile_columns} * TILE_WIDTH;
    std::vector<float> all(stride * tile_rows * TILE_HEIGHT);
    for (uint32_t row = 0; row < rows; ++row) {
        std::memcpy(&all[row * stride], &values[size_t{row} * columns], columns * sizeof(float));
    }
    return all;
}

std::vector<float> cut(const std::vector<float>& all, uint32_t rows, uint32_t columns, uint32_t tile_columns) {
    const size_t stride = size_t{tile_columns} * TILE_WIDTH;
    std::vector<float> values(size_t{rows} * columns);
    for (uint32_t row = 0; row < rows; ++row) {
        std::memcpy(&values[size_t{row} * columns], &all[row * stride], columns * sizeof(float));
    }
    return values;
}

}  // namespace

std::vector<float> rounded(const std::vector<float>& values, uint32_t rows, uint32_t columns, DataFormat format) {
    const uint32_t tile_rows = tt::div_up(rows, TILE_HEIGHT), tile_columns = tt::div_up(columns, TILE_WIDTH);
    const uint32_t height = tile_rows * TILE_HEIGHT, width = tile_columns * TILE_WIDTH;
    const auto all = padded(values, rows, columns, tile_rows, tile_columns);
    return cut(from_tiles(to_tiles(all, height, width, format), height, width, format), rows, columns, tile_columns);
}

Multiplication::Multiplication(Mesh mesh, const Problem& problem, const std::string& kernels)
    : mesh_(std::move(mesh)), problem_(problem) {
    const CoreCoord grid = mesh_->compute_with_storage_grid_size();
    if (problem.grid_x > grid.x || problem.grid_y > grid.y) {
        throw std::runtime_error(fmt::format("a grid of {}x{} cores was asked for; the device has {}x{}",
                                             problem.grid_x, problem.grid_y, grid.x, grid.y));
    }
    blocking_ = choose(problem, l1_for_programs(mesh_));
    a_ = make_matrix(mesh_, problem, problem.a, blocking_.Mt, blocking_.Kt);
    b_ = make_matrix(mesh_, problem, problem.b, blocking_.Kt, blocking_.Nt);
    c_ = make_matrix(mesh_, problem, problem.c, blocking_.Mt, blocking_.Nt);
    make_program(kernels);
}

void Multiplication::make_circular_buffers(Program& program, const CoreRange& cores) {
    const uint32_t tile = tt::tile_size(problem_.format);
    const uint32_t depth = blocking_.blocks_k() > 1 ? 2 : 1;
    const auto config = [](uint32_t index, uint32_t pages, DataFormat format) {
        return CircularBufferConfig(pages * tt::tile_size(format), {{static_cast<uint8_t>(index), format}})
            .set_page_size(index, tt::tile_size(format));
    };
    CreateCircularBuffer(program, cores,
                         config(CBIndex::c_0, depth * blocking_.block_h * blocking_.block_k, problem_.format));
    CreateCircularBuffer(program, cores,
                         config(CBIndex::c_1, depth * blocking_.block_k * blocking_.block_w, problem_.format));
    if (problem_.a == Place::Sharded) {
        const uint32_t shard = blocking_.per_core_M * (blocking_.Kt / problem_.grid_x);
        CreateCircularBuffer(
            program, cores,
            config(CBIndex::c_2, shard, problem_.format).set_globally_allocated_address(*a_->get_backing_buffer()));
        constexpr uint32_t word_page = 32;
        CreateCircularBuffer(program, cores,
                             CircularBufferConfig(word_page, {{static_cast<uint8_t>(CBIndex::c_6), DataFormat::UInt32}})
                                 .set_page_size(CBIndex::c_6, word_page));
    }
    const uint32_t block = blocking_.block_h * blocking_.block_w;
    const uint32_t result = problem_.c == Place::Sharded ? blocking_.per_core_M * blocking_.per_core_N : block;
    std::map<uint8_t, DataFormat> formats{{static_cast<uint8_t>(CBIndex::c_4), problem_.format}};
    if (blocking_.shared) {
        formats[static_cast<uint8_t>(CBIndex::c_5)] = blocking_.partial;
    } else {
        CreateCircularBuffer(program, cores, config(CBIndex::c_5, block, blocking_.partial));
    }
    CircularBufferConfig c(result * tile, formats);
    c.set_page_size(CBIndex::c_4, tile);
    if (blocking_.shared) {
        c.set_page_size(CBIndex::c_5, tile);
    }
    if (problem_.c == Place::Sharded) {
        c.set_globally_allocated_address(*c_->get_backing_buffer());
    }
    CreateCircularBuffer(program, cores, c);
}

void Multiplication::make_program(const std::string& kernels) {
    const Blocking& blocking = blocking_;
    const uint32_t columns = problem_.grid_x, rows = problem_.grid_y;
    Program program = CreateProgram();
    const CoreRange cores({0, 0}, {columns - 1, rows - 1});
    make_circular_buffers(program, cores);
    const uint32_t a_room = CreateSemaphore(program, cores, 0), a_there = CreateSemaphore(program, cores, 0);
    const uint32_t b_room = CreateSemaphore(program, cores, 0), b_there = CreateSemaphore(program, cores, 0);

    const std::vector<uint32_t> counts{blocking.blocks_h(), blocking.blocks_w(), blocking.blocks_k()};
    std::vector<uint32_t> a_args = counts;
    append(a_args, {blocking.block_h, blocking.block_k});
    if (problem_.a == Place::Sharded) {
        append(a_args, {blocking.Kt / columns, columns, a_room, a_there});
    } else {
        append(a_args, {blocking.Kt, columns - 1, a_room, a_there});
        TensorAccessorArgs(*a_).append_to(a_args);
    }
    std::vector<uint32_t> b_args = counts;
    append(b_args, {blocking.block_h, blocking.block_w, blocking.block_k, blocking.Nt, blocking.subblock_h,
                    blocking.subblock_w, rows - 1, b_room, b_there});
    TensorAccessorArgs(*b_).append_to(b_args);
    TensorAccessorArgs(*c_).append_to(b_args);
    std::vector<uint32_t> multiply_args = counts;
    append(multiply_args, {blocking.block_h, blocking.block_w, blocking.block_k, blocking.subblock_h,
                           blocking.subblock_w, blocking.accumulate_in_l1 ? 1U : 0U});
    CreateKernel(
        program, kernels + "multiply.cpp", cores,
        ComputeConfig{
            .math_fidelity = problem_.fidelity, .math_approx_mode = true, .compile_args = std::move(multiply_args)});

    // The cores of the right half only receive, and have the NoCs the other way round, so that C leaves on both.
    const bool both_nocs = columns > 2 && rows > 1 && problem_.a != Place::Sharded;
    const auto crossed = [&](uint32_t x, uint32_t y) { return both_nocs && y > 0 && x > columns / 2; };
    const auto other = [](NOC noc) { return noc == NOC::NOC_0 ? NOC::NOC_1 : NOC::NOC_0; };
    std::map<std::string, std::string> writes_c;
    if (problem_.c != Place::Sharded) {
        writes_c["WRITES_C"] = "1";
    }

    struct Group {
        std::vector<CoreRange> cores;
        KernelHandle a = 0, b = 0;
    };
    std::map<std::pair<bool, bool>, Group> groups;  // by: whether it reads A, whether it reads B
    const auto kind = [&](uint32_t x, uint32_t y) { return std::pair(x == 0 && problem_.a != Place::Sharded, y == 0); };
    Group crossing;
    for (uint32_t y = 0; y < rows; ++y) {
        for (uint32_t x = 0; x < columns; ++x) {
            Group& group = crossed(x, y) ? crossing : groups[kind(x, y)];
            group.cores.emplace_back(CoreCoord(x, y), CoreCoord(x, y));
        }
    }
    const auto make_kernels = [&](Group& group, bool reads_a, bool reads_b, bool cross) {
        const CoreRangeSet where = CoreRangeSet(group.cores).merge_ranges();
        std::map<std::string, std::string> a_defines, b_defines = writes_c;
        if (reads_a) {
            a_defines["SENDER"] = "1";
        }
        if (reads_b) {
            b_defines["SENDER"] = "1";
        }
        const bool sharded = problem_.a == Place::Sharded;
        group.a = CreateKernel(program, kernels + (sharded ? "move_a_sharded.cpp" : "read_a.cpp"), where,
                               DataMovementConfig{.processor = DataMovementProcessor::RISCV_1,
                                                  .noc = cross ? other(noc_of_a) : noc_of_a,
                                                  .compile_args = a_args,
                                                  .defines = a_defines});
        group.b = CreateKernel(program, kernels + "read_b_write_c.cpp", where,
                               DataMovementConfig{.processor = DataMovementProcessor::RISCV_0,
                                                  .noc = cross ? other(noc_of_b) : noc_of_b,
                                                  .compile_args = b_args,
                                                  .defines = b_defines});
    };
    for (auto& [reads, group] : groups) {
        make_kernels(group, reads.first, reads.second, false);
    }
    if (!crossing.cores.empty()) {
        make_kernels(crossing, false, false, true);
    }

    const auto noc = [&](uint32_t x, uint32_t y) {
        const CoreCoord at = mesh_->worker_core_from_logical_core(CoreCoord(x, y));
        return std::vector<uint32_t>{static_cast<uint32_t>(at.x), static_cast<uint32_t>(at.y)};
    };
    for (uint32_t y = 0; y < rows; ++y) {
        for (uint32_t x = 0; x < columns; ++x) {
            const Group& group = crossed(x, y) ? crossing : groups[kind(x, y)];
            std::vector<uint32_t> args;
            if (problem_.a == Place::Sharded) {
                args = {x};
                append(args, corners(mesh_, noc_of_a, {0, y}, {columns - 1, y}));
                for (uint32_t i = 0; i < columns; ++i) {
                    append(args, noc(i, y));
                }
            } else {
                args = {static_cast<uint32_t>(a_->address()), y * blocking.per_core_M};
                append(args,
                       x == 0 ? corners(mesh_, noc_of_a, {columns > 1 ? 1U : 0U, y}, {columns - 1, y}) : noc(0, y));
            }
            SetRuntimeArgs(program, group.a, CoreCoord(x, y), args);

            args = {static_cast<uint32_t>(b_->address()), x * blocking.per_core_N};
            append(args, y == 0 ? corners(mesh_, noc_of_b, {x, rows > 1 ? 1U : 0U}, {x, rows - 1}) : noc(x, 0));
            args.resize(6);
            append(args, {static_cast<uint32_t>(c_->address()), y * blocking.per_core_M});
            SetRuntimeArgs(program, group.b, CoreCoord(x, y), args);
        }
    }
    workload_.add_program(distributed::MeshCoordinateRange(mesh_->shape()), std::move(program));
}

void Multiplication::write(const std::vector<float>& a, const std::vector<float>& b) {
    auto& queue = mesh_->mesh_command_queue();
    const auto send = [&](MatrixBuffer& buffer, const std::vector<float>& values, uint32_t height, uint32_t width,
                          uint32_t tile_rows, uint32_t tile_columns) {
        if (values.empty()) {
            std::vector<uint32_t> zeros(buffer->size() / sizeof(uint32_t));
            distributed::EnqueueWriteMeshBuffer(queue, buffer, zeros, true);
            return;
        }
        std::vector<uint32_t> tiles = to_tiles(padded(values, height, width, tile_rows, tile_columns),
                                               tile_rows * TILE_HEIGHT, tile_columns * TILE_WIDTH, problem_.format);
        distributed::EnqueueWriteMeshBuffer(queue, buffer, tiles, true);
    };
    send(a_, a, problem_.M, problem_.K, blocking_.Mt, blocking_.Kt);
    send(b_, b, problem_.K, problem_.N, blocking_.Kt, blocking_.Nt);
}

void Multiplication::run(bool traced) {
    auto& queue = mesh_->mesh_command_queue();
    if (!traced) {
        distributed::EnqueueMeshWorkload(queue, workload_, false);
        distributed::Finish(queue);
        return;
    }
    const auto trace = distributed::BeginTraceCapture(mesh_.get(), 0);
    distributed::EnqueueMeshWorkload(queue, workload_, false);
    distributed::EndTraceCapture(mesh_.get(), 0, trace);
    distributed::ReplayTrace(mesh_.get(), 0, trace, true);
    distributed::ReleaseTrace(mesh_.get(), trace);
}

std::vector<float> Multiplication::read() {
    std::vector<uint32_t> tiles;
    distributed::EnqueueReadMeshBuffer(mesh_->mesh_command_queue(), tiles, c_, true);
    return cut(from_tiles(tiles, blocking_.Mt * TILE_HEIGHT, blocking_.Nt * TILE_WIDTH, problem_.format), problem_.M,
               problem_.N, blocking_.Nt);
}

}  // namespace gemm
