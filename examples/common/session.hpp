// What every example needs around its kernels: buffers, circular buffers, one launch, and the check at the end. Plain
// TT-Metalium host code, so that each example shows only what is particular to it.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <variant>
#include <vector>

#include <fmt/core.h>
#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/constants.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tilize_utils.hpp>
#include <tt-metalium/tt_metal.hpp>
#include <tt-metalium/work_split.hpp>

namespace example {

using namespace tt::tt_metal;
using tt::CBIndex;
using tt::DataFormat;
using CoreSpec = std::variant<CoreCoord, CoreRange, CoreRangeSet>;
using Mesh = std::shared_ptr<distributed::MeshDevice>;
using BufferPtr = std::shared_ptr<distributed::MeshBuffer>;

inline constexpr uint32_t tile_bytes = tt::constants::TILE_HW * sizeof(bfloat16);

/// An interleaved buffer of `bytes` in pages of `page_bytes`, the same on every device of the mesh.
inline BufferPtr make_buffer(const Mesh& mesh, uint64_t bytes, uint32_t page_bytes,
                             BufferType type = BufferType::DRAM) {
    return distributed::MeshBuffer::create(
        distributed::ReplicatedBufferConfig{.size = bytes},
        distributed::DeviceLocalBufferConfig{.page_size = page_bytes, .buffer_type = type}, mesh.get());
}

/// A circular buffer of `pages` pages on every core of `cores`.
inline CBHandle make_cb(Program& program, const CoreSpec& cores, uint32_t index, uint32_t pages,
                        uint32_t page_bytes = tile_bytes, DataFormat format = DataFormat::Float16_b) {
    return CreateCircularBuffer(program, cores,
                                CircularBufferConfig(pages * page_bytes, {{static_cast<uint8_t>(index), format}})
                                    .set_page_size(index, page_bytes));
}

/// The usual pair: a reader on RISCV_1 and a writer on RISCV_0, each on the NoC that suits its direction.
inline KernelHandle make_reader(Program& program, const std::string& path, const CoreSpec& cores,
                                std::vector<uint32_t> compile_args = {}) {
    return CreateKernel(program, path, cores,
                        DataMovementConfig{.processor = DataMovementProcessor::RISCV_1,
                                           .noc = NOC::RISCV_1_default,
                                           .compile_args = std::move(compile_args)});
}
inline KernelHandle make_writer(Program& program, const std::string& path, const CoreSpec& cores,
                                std::vector<uint32_t> compile_args = {}) {
    return CreateKernel(program, path, cores,
                        DataMovementConfig{.processor = DataMovementProcessor::RISCV_0,
                                           .noc = NOC::RISCV_0_default,
                                           .compile_args = std::move(compile_args)});
}

/// Compile-time arguments: plain values first, then the accessors of the buffers in order.
template <typename... Buffers>
std::vector<uint32_t> accessor_args(std::vector<uint32_t> plain, const Buffers&... buffers) {
    (TensorAccessorArgs(*buffers).append_to(plain), ...);
    return plain;
}

/// Runs one program on every device of the mesh and waits for it.
inline void run(const Mesh& mesh, Program&& program) {
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    auto& queue = mesh->mesh_command_queue();
    distributed::EnqueueMeshWorkload(queue, workload, false);
    distributed::Finish(queue);
}

inline std::vector<bfloat16> random_bfloat16(size_t count, float low, float high, uint32_t seed) {
    std::mt19937 generator(seed);
    std::vector<bfloat16> values(count);
    for (auto& value : values) {
        // Not std::uniform_real_distribution: its results differ between standard libraries.
        value = bfloat16(low + (high - low) * static_cast<float>(generator() >> 8) * (1.0f / 16777216.0f));
    }
    return values;
}

/// Pearson correlation, the measure that TT-Metalium's own examples use for low-precision results.
template <typename A, typename B>
double correlation(const std::vector<A>& a, const std::vector<B>& b) {
    double mean_a = 0, mean_b = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        mean_a += static_cast<float>(a[i]);
        mean_b += static_cast<float>(b[i]);
    }
    mean_a /= static_cast<double>(a.size());
    mean_b /= static_cast<double>(b.size());
    double cov = 0, var_a = 0, var_b = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        const double da = static_cast<float>(a[i]) - mean_a;
        const double db = static_cast<float>(b[i]) - mean_b;
        cov += da * db;
        var_a += da * da;
        var_b += db * db;
    }
    return var_a == 0 && var_b == 0 ? 1.0 : cov / std::sqrt(var_a * var_b);
}

/// A 64-bit FNV-1a digest of the result's bytes: equal digests mean equal bytes.
template <typename T>
uint64_t digest(const std::vector<T>& values) {
    uint64_t hash = 0xcbf29ce484222325u;
    const auto* bytes = reinterpret_cast<const unsigned char*>(values.data());
    for (size_t i = 0; i < values.size() * sizeof(T); ++i) {
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    }
    return hash;
}

/// Compares with the host reference: every value within `absolute + relative * |expected|`. Prints the verdict and the
/// digest, and returns main's exit code.
template <typename A, typename B>
int verdict(const char* what, const std::vector<A>& result, const std::vector<B>& expected, double absolute,
            double relative) {
    size_t wrong = result.size() == expected.size() ? 0 : 1;
    double largest = 0;
    for (size_t i = 0; i < result.size() && i < expected.size(); ++i) {
        const double got = static_cast<double>(static_cast<float>(result[i]));
        const double want = static_cast<double>(static_cast<float>(expected[i]));
        const double error = std::fabs(got - want);
        if (!(error <= absolute + relative * std::fabs(want))) {
            if (wrong++ < 5) {
                fmt::print("  [{}] is {}, expected {}\n", i, got, want);
            }
        }
        largest = std::max(largest, error);
    }
    fmt::print("{}: {} values, largest error {:.3g}, correlation {:.6f}, digest {:016x}\n", what, result.size(),
               largest, correlation(result, expected), digest(result));
    fmt::print("{}\n", wrong == 0 ? "PASSED" : "FAILED");
    return wrong == 0 ? 0 : 1;
}

}  // namespace example
