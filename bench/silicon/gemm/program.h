// The matrix multiplication that predictions are made with: a two-dimensional grid of cores, blocks of A multicast
// along rows and blocks of B along columns, double buffered, in the manner of TT-NN's.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>

#include "blocking.h"

namespace gemm {

using Mesh = std::shared_ptr<tt::tt_metal::distributed::MeshDevice>;
using MatrixBuffer = std::shared_ptr<tt::tt_metal::distributed::MeshBuffer>;

/// A problem on a device: its matrices and the program that multiplies them.
class Multiplication {
public:
    /// `kernels`: the folder of the kernels, with a slash at its end. Throws std::runtime_error if the problem doesn't
    /// fit the device.
    Multiplication(Mesh mesh, const Problem& problem, const std::string& kernels);

    const Blocking& blocking() const { return blocking_; }
    /// Row-major values, rounded to the matrices' format; what is past them are zeros. Empty vectors: all zeros.
    void write(const std::vector<float>& a, const std::vector<float>& b);
    /// Multiplies once and waits, out of a trace or not.
    void run(bool traced);
    /// C, row-major.
    std::vector<float> read();

private:
    void make_program(const std::string& kernels);
    void make_circular_buffers(tt::tt_metal::Program& program, const tt::tt_metal::CoreRange& cores);

    Mesh mesh_;
    Problem problem_;
    Blocking blocking_;
    MatrixBuffer a_, b_, c_;
    tt::tt_metal::distributed::MeshWorkload workload_;
};

/// What row-major values become in a format, whose block exponents they share tile by tile.
std::vector<float> rounded(const std::vector<float>& values, uint32_t rows, uint32_t columns, tt::DataFormat format);

}  // namespace gemm
