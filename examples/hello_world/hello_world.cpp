// The smallest program: one core, a kernel on each of its processors, each says hello through DPRINT.
#include "../common/session.hpp"

using namespace example;

int main() {
    auto mesh = distributed::MeshDevice::create_unit_mesh(0);
    Program program = CreateProgram();
    constexpr CoreCoord core = {0, 0};

    CreateKernel(program, "kernels/hello_data_movement.cpp", core,
                 DataMovementConfig{.processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default});
    CreateKernel(program, "kernels/hello_data_movement.cpp", core,
                 DataMovementConfig{.processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_1_default});
    CreateKernel(program, "kernels/hello_compute.cpp", core, ComputeConfig{});

    run(mesh, std::move(program));
    fmt::print("The host is done.\n");
    mesh->close();
    return 0;
}
