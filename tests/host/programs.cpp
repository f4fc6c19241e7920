// Programs as the host API takes them: where circular buffers lie, what is refused and how, and runs end to end.
#include <numeric>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tt-metalium/distributed.hpp>
#include <tt-metalium/hal.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>

namespace {

using namespace tt::tt_metal;
using distributed::MeshDevice;
using ::testing::HasSubstr;

constexpr CoreCoord core{0, 0};

/// what() of the exception that the call throws; empty when it throws none.
template <typename F>
std::string thrown(F&& call) {
    try {
        call();
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

CircularBufferConfig tiles(uint8_t index, uint32_t count) {
    return CircularBufferConfig(count * 2048, {{index, tt::DataFormat::Float16_b}}).set_page_size(index, 2048);
}

const std::string writer_of_arg = R"(
    void kernel_main() {
        auto* word = reinterpret_cast<volatile uint32_t*>(get_arg_val<uint32_t>(0));
        *word = get_arg_val<uint32_t>(1) + get_compile_time_arg_val(0);
    }
)";

class Programs : public ::testing::Test {
protected:
    void SetUp() override { mesh_ = MeshDevice::create_unit_mesh(0); }
    void TearDown() override { mesh_->close(); }

    void run(Program&& program) {
        distributed::MeshWorkload workload;
        workload.add_program(distributed::MeshCoordinateRange(mesh_->shape()), std::move(program));
        distributed::EnqueueMeshWorkload(mesh_->mesh_command_queue(), workload, true);
    }
    uint32_t word_at(uint32_t address) {
        std::vector<uint32_t> words;
        detail::ReadFromDeviceL1(mesh_.get(), core, address, 4, words);
        return words.at(0);
    }

    std::shared_ptr<MeshDevice> mesh_;
};

TEST_F(Programs, AKernelFromAStringIsShownByItsOwnLines) {
    Program program;
    CreateKernelFromString(program, "\nvoid kernel_main() {\n    cb_wait_front(9, 1);\n}\n", core,
                           DataMovementConfig{});
    const std::string text = thrown([&] { run(std::move(program)); });
    EXPECT_THAT(text, HasSubstr("error[cb-not-configured]"));
    EXPECT_THAT(text, HasSubstr(":3  cb_wait_front(9, 1);"));
}

TEST_F(Programs, ArgumentsChangedInPlaceTakeEffectAtTheNextLaunch) {
    Program program;
    const auto kernel =
        CreateKernelFromString(program, writer_of_arg, core, DataMovementConfig{.compile_args = {1000}});
    const uint32_t address = 1 << 20;
    SetRuntimeArgs(program, kernel, core, {address, 7u});
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh_->shape()), std::move(program));
    auto& queue = mesh_->mesh_command_queue();
    distributed::EnqueueMeshWorkload(queue, workload, true);
    EXPECT_EQ(word_at(address), 1007u);
    Program& placed = workload.get_programs().begin()->second;
    GetRuntimeArgs(placed, kernel, core)[1] = 9;
    distributed::EnqueueMeshWorkload(queue, workload, true);
    EXPECT_EQ(word_at(address), 1009u);
}

TEST_F(Programs, TraceRunsOnlyWhenReplayedAndWithItsOwnArguments) {
    Program program;
    const auto kernel = CreateKernelFromString(program, writer_of_arg, core, DataMovementConfig{.compile_args = {0}});
    const uint32_t address = (1 << 20) + 64;
    SetRuntimeArgs(program, kernel, core, {address, 5u});
    std::vector<uint32_t> zero{0};
    detail::WriteToDeviceL1(mesh_.get(), core, address, zero);
    distributed::MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh_->shape()), std::move(program));
    const auto trace = distributed::BeginTraceCapture(mesh_.get(), 0);
    distributed::EnqueueMeshWorkload(mesh_->mesh_command_queue(), workload, false);
    mesh_->end_mesh_trace(0, trace);
    EXPECT_EQ(word_at(address), 0u);
    GetRuntimeArgs(workload.get_programs().begin()->second, kernel, core)[1] = 6;
    mesh_->replay_mesh_trace(0, trace, true);
    EXPECT_EQ(word_at(address), 5u);
    mesh_->release_mesh_trace(trace);
    EXPECT_NE(thrown([&] { mesh_->replay_mesh_trace(0, trace, true); }), "");
}

TEST_F(Programs, CircularBuffersThatDoNotFitAreRefused) {
    Program program;
    CreateCircularBuffer(program, core, tiles(0, 500));
    CreateCircularBuffer(program, core, tiles(1, 500));
    CreateKernelFromString(program, "void kernel_main() {}", core, DataMovementConfig{});
    EXPECT_THAT(thrown([&] { run(std::move(program)); }), HasSubstr("beyond max L1 size"));
}

TEST_F(Programs, CircularBuffersThatReachIntoAnL1BufferAreRefused) {
    const auto buffer =
        distributed::MeshBuffer::create(distributed::ReplicatedBufferConfig{.size = 2048 * 64 * 300},
                                        {.page_size = 2048, .buffer_type = BufferType::L1}, mesh_.get());
    Program program;
    CreateCircularBuffer(program, core, tiles(0, 500));
    CreateKernelFromString(program, "void kernel_main() {}", core, DataMovementConfig{});
    EXPECT_THAT(thrown([&] { run(std::move(program)); }), HasSubstr("clash with L1 buffers"));
}

TEST_F(Programs, MistakesInPlacementAreNamed) {
    Program program;
    CreateKernelFromString(program, "void kernel_main() {}", core, DataMovementConfig{});
    EXPECT_THAT(thrown([&] { CreateKernelFromString(program, "void kernel_main() {}", core, DataMovementConfig{}); }),
                HasSubstr("Core Overlap"));
    EXPECT_THAT(thrown([&] { CreateKernel(program, "no/such/kernel.cpp", core, ComputeConfig{}); }),
                HasSubstr("kernel-not-found"));
    EXPECT_THAT(thrown([&] { CreateKernelFromString(program, "", CoreCoord(99, 0), ComputeConfig{}); }),
                HasSubstr("core-outside-grid"));
    EXPECT_THAT(thrown([] { MeshDevice::create_unit_mesh(77); }), HasSubstr("--board"));
    for (uint32_t id = 0; id < 16; ++id) {
        EXPECT_EQ(CreateSemaphore(program, CoreRange(core, core), 0), id);
    }
    EXPECT_THAT(thrown([&] { CreateSemaphore(program, CoreRange(core, core), 0); }),
                HasSubstr("Max number of semaphores (16)"));
}

TEST_F(Programs, RuntimeArgumentsAreLimited) {
    Program program;
    const auto kernel = CreateKernelFromString(program, "void kernel_main() {}", core, DataMovementConfig{});
    EXPECT_NE(thrown([&] { SetRuntimeArgs(program, kernel, core, std::vector<uint32_t>(342)); }), "");
    SetRuntimeArgs(program, kernel, core, std::vector<uint32_t>(341));
    EXPECT_THAT(thrown([&] { SetRuntimeArgs(program, kernel, core, std::vector<uint32_t>(3)); }),
                HasSubstr("cannot be modified from 341 to 3"));
}

}  // namespace
