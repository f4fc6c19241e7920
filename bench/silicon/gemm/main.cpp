// tessera-gemm: one matrix multiplication with the program that tessera-silicon compares with measurements, once. Also
// tells whether its result is right.
#include <bit>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <map>
#include <random>
#include <sstream>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "program.h"

namespace {

const std::map<std::string, tt::DataFormat> formats{{"BFLOAT16", tt::DataFormat::Float16_b},
                                                    {"BFLOAT8_B", tt::DataFormat::Bfp8_b},
                                                    {"BFLOAT4_B", tt::DataFormat::Bfp4_b}};
const std::map<std::string, MathFidelity> fidelities{{"LoFi", MathFidelity::LoFi},
                                                     {"HiFi2", MathFidelity::HiFi2},
                                                     {"HiFi3", MathFidelity::HiFi3},
                                                     {"HiFi4", MathFidelity::HiFi4}};
const std::map<std::string, gemm::Place> places{
    {"DRAM", gemm::Place::Dram}, {"L1", gemm::Place::L1}, {"SHARDED", gemm::Place::Sharded}};

/// Compares with sums in double of the same operands, as the format holds them. The error that numbers of a format's
/// precision may have, and the 16-bit sums of DST, grow with the root of K.
bool is_right(const gemm::Problem& problem, gemm::Multiplication& multiplication, bool traced) {
    std::mt19937 generator(1);
    const auto random = [&](uint32_t rows, uint32_t columns) {
        std::vector<float> values(size_t{rows} * columns);
        for (float& value : values) {
            value = static_cast<float>(generator() >> 8) * (2.0F / 16777216.0F) - 1;
        }
        return values;
    };
    const std::vector<float> a = random(problem.M, problem.K), b = random(problem.K, problem.N);
    multiplication.write(a, b);
    multiplication.run(traced);
    const std::vector<float> result = multiplication.read();
    const std::vector<float> x = gemm::rounded(a, problem.M, problem.K, problem.format),
                             y = gemm::rounded(b, problem.K, problem.N, problem.format);
    double dot = 0, of_result = 0, of_expected = 0, worst = 0;
    std::vector<double> row(problem.N);
    for (uint32_t i = 0; i < problem.M; ++i) {
        std::fill(row.begin(), row.end(), 0.0);
        for (uint32_t k = 0; k < problem.K; ++k) {
            for (uint32_t j = 0; j < problem.N; ++j) {
                row[j] += static_cast<double>(x[size_t{i} * problem.K + k]) * y[size_t{k} * problem.N + j];
            }
        }
        for (uint32_t j = 0; j < problem.N; ++j) {
            const double got = result[size_t{i} * problem.N + j];
            dot += got * row[j];
            of_result += got * got;
            of_expected += row[j] * row[j];
            worst = std::max(worst, std::abs(got - row[j]));
        }
    }
    const double correlation = dot / std::sqrt(of_result * of_expected);
    const double typical = std::sqrt(of_expected / (static_cast<double>(problem.M) * problem.N));
    // LoFi drops the low bits of operands; 4-bit results have 3 bits of mantissa for the largest of 16.
    const double bound = problem.format == tt::DataFormat::Bfp4_b ? 0.97 : 0.998;
    fmt::print("correlation with the exact product {:.6f}, worst error {:.3f} of a typical value\n", correlation,
               worst / typical);
    return correlation > bound && worst < 2 * typical;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("Multiplies two matrices on a simulated chip, once, as the predictions of tessera-silicon do.");
    gemm::Problem problem;
    std::string format = "BFLOAT16", fidelity = "HiFi4", memory = "SHARDED/DRAM/SHARDED", grid = "8x8";
    bool check = false, untraced = false;
    app.add_option("M", problem.M)->required();
    app.add_option("K", problem.K)->required();
    app.add_option("N", problem.N)->required();
    app.add_option("--format", format, "BFLOAT16, BFLOAT8_B or BFLOAT4_B")->check(CLI::IsMember(formats));
    app.add_option("--fidelity", fidelity, "LoFi, HiFi2, HiFi3 or HiFi4")->check(CLI::IsMember(fidelities));
    app.add_option("--memory", memory, "of A, B and C: DRAM, L1 or SHARDED (in the cores' L1), B not SHARDED")
        ->capture_default_str();
    app.add_option("--grid", grid, "columns x rows of cores")->capture_default_str();
    app.add_flag("--check", check, "compare with the exact product");
    app.add_flag("--no-trace", untraced, "enqueue the program instead of replaying a captured trace");
    CLI11_PARSE(app, argc, argv);
    try {
        problem.format = formats.at(format);
        problem.fidelity = fidelities.at(fidelity);
        if (std::sscanf(grid.c_str(), "%ux%u", &problem.grid_x, &problem.grid_y) != 2) {
            throw std::runtime_error("--grid " + grid + " is not like 8x8");
        }
        std::stringstream stream(memory);
        for (gemm::Place* place : {&problem.a, &problem.b, &problem.c}) {
            std::string name;
            std::getline(stream, name, '/');
            if (!places.contains(name)) {
                throw std::runtime_error("--memory " + memory + " is not like DRAM/DRAM/L1");
            }
            *place = places.at(name);
        }
        if (problem.b == gemm::Place::Sharded) {
            throw std::runtime_error("B is read page by page: DRAM or L1");
        }
        auto mesh = tt::tt_metal::distributed::MeshDevice::create_unit_mesh(0);
        gemm::Multiplication multiplication(mesh, problem, GEMM_KERNELS);
        fmt::print("{}\n", multiplication.blocking().describe());
        bool right = true;
        if (check) {
            right = is_right(problem, multiplication, !untraced);
        } else {
            multiplication.write({}, {});
            multiplication.run(!untraced);
        }
        mesh->close();
        return right ? 0 : 1;
    } catch (const std::exception& e) {
        std::cerr << "tessera-gemm: " << e.what() << "\n";
        return 2;
    }
}
