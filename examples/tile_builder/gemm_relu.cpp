// C = max(A·B, 0), with the kernel made in C++ instead of a script: built, compiled to TT-Metalium's sources, run on
// the simulated board by `tessera run`, and compared with what it means and with plain loops.
//
//     gemm_relu TESSERA FOLDER [M N K]
//
// TESSERA is the command, FOLDER gets the sources and the results. Exit code 0 if the results are right.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include <tile/emit/files.h>
#include <tile/interpret/interpret.h>
#include <tile/interpret/npy.h>
#include <tile/ir/build.h>
#include <tile/ir/diagnostics.h>
#include <tile/ir/print.h>
#include <tile/lower.h>

namespace {

using namespace tessera::tile;
using ir::DType;
using ir::tile;
using ir::Value;

constexpr int block_m = 64, block_n = 64, block_k = 32;

ir::Kernel gemm_relu(int m, int n, int k) {
    ir::KernelBuilder builder("gemm_relu");
    const ir::Tensor a = builder.param("A", DType::BFloat16, {m, k});
    const ir::Tensor b = builder.param("B", DType::BFloat16, {k, n});
    const ir::Tensor c = builder.output("C", DType::BFloat16, {m, n});
    const auto blocks = [](int size, int block) { return Value((size + block - 1) / block); };
    builder.launch({blocks(n, block_n), blocks(m, block_m)}, [&](Value bx, Value by) {
        const ir::Tensor a_block = builder.shared("a", DType::BFloat16, {block_m, block_k});
        const ir::Tensor b_block = builder.shared("b", DType::BFloat16, {block_k, block_n});
        const ir::Tensor sum = builder.fragment("c", DType::Float32, {block_m, block_n});
        builder.clear(sum);
        builder.pipelined(blocks(k, block_k), 2, [&](Value step) {
            builder.copy(a.at({tile(by * block_m, block_m), tile(step * block_k, block_k)}), a_block);
            builder.copy(b.at({tile(step * block_k, block_k), tile(bx * block_n, block_n)}), b_block);
            builder.gemm(a_block, b_block, sum);
        });
        builder.parallel({block_m, block_n},
                         [&](Value i, Value j) { builder.store(sum, {i, j}, max(sum(i, j), 0.0)); });
        builder.copy(sum, c.at({tile(by * block_m, block_m), tile(bx * block_n, block_n)}));
    });
    return builder.build();
}

/// The relative L2 distance of the results to those of loops in float64.
double error_of(const interpret::Array& result, const interpret::Array& a, const interpret::Array& b) {
    const auto m = static_cast<size_t>(a.shape[0]), k = static_cast<size_t>(a.shape[1]);
    const auto n = static_cast<size_t>(b.shape[1]);
    double difference = 0, all = 0;
    for (size_t i = 0; i < m; ++i) {
        for (size_t j = 0; j < n; ++j) {
            double sum = 0;
            for (size_t step = 0; step < k; ++step) {
                sum += a.values[i * k + step] * b.values[step * n + j];
            }
            const double wanted = std::fmax(sum, 0);
            difference += std::pow(result.values[i * n + j] - wanted, 2);
            all += wanted * wanted;
        }
    }
    return std::sqrt(difference / all);
}

int run(const std::string& command, const std::string& folder, int m, int n, int k) {
    const ir::Kernel kernel = gemm_relu(m, n, k);
    std::fputs(ir::print(kernel).c_str(), stdout);

    // Errors are collected; a kernel of the builder has no script, so their places are empty.
    Diagnostics diagnostics;
    lower::Options options;
    options.board = "n150";
    const device::Module module = lower::lower(kernel, options, diagnostics);
    diagnostics.throw_if_failed();
    emit::write_files(folder, emit::files_of(module, "gemm_relu.cpp"));

    interpret::Arrays inputs;
    inputs["A"] = interpret::generate(DType::BFloat16, {m, k}, 1);
    inputs["B"] = interpret::generate(DType::BFloat16, {k, n}, 2);
    std::string line = "'" + command + "' run '" + folder + "/host.cpp' -- --output '" + folder + "/results'";
    for (const auto& [name, array] : inputs) {
        const std::string file = folder + "/" + name + ".npy";
        interpret::write_npy(file, array);
        line += " --input '" + name + "=" + file + "'";
    }
    if (std::system(line.c_str()) != 0) {
        std::fprintf(stderr, "the program failed: %s\n", line.c_str());
        return 1;
    }

    const interpret::Array result = interpret::read_npy(folder + "/results/C.npy");
    const interpret::Array meant = interpret::run(kernel, inputs).tensors.at("C");
    double greatest = 0;
    for (size_t i = 0; i < meant.values.size(); ++i) {
        greatest = std::fmax(greatest, std::fabs(result.values[i] - meant.values[i]));
    }
    const double error = error_of(result, inputs.at("A"), inputs.at("B"));
    std::printf("relative L2 error %.2e; greatest difference to the interpreter %.2e\n", error, greatest);
    return error < 1e-2 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3 && argc != 6) {
        std::fprintf(stderr, "usage: gemm_relu TESSERA FOLDER [M N K]\n");
        return 64;
    }
    const auto size = [&](int at, int otherwise) { return argc == 6 ? std::atoi(argv[at]) : otherwise; };
    try {
        return run(argv[1], argv[2], size(3, 128), size(4, 96), size(5, 64));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
