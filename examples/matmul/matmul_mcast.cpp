// The way large multiplications are really done: 2048^3 on the whole grid, blocks multicast along rows and columns.
// usage: matmul_mcast [M N K], default 2048 2048 2048
#include <chrono>
#include <cstdlib>

#include "mcast.hpp"

using namespace example;

int main(int argc, char** argv) {
    const auto size = [&](int index) { return argc > index ? static_cast<uint32_t>(std::atoi(argv[index])) : 2048u; };
    const Problem problem(size(1), size(2), size(3));
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    Operands operands(mesh, problem);

    const auto start = std::chrono::steady_clock::now();
    run(mesh, make_mcast_program(mesh, problem, operands));
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
    fmt::print(stderr, "{}x{}x{}: {:.3f} s on this machine, compiling the kernels included\n", problem.M, problem.N,
               problem.K, seconds.count());
    const int failed = operands.check(mesh, problem, "matmul_mcast");
    mesh->close();
    return failed;
}
