// The smaller objects of the host API: buffers that hide what they are, global circular buffers, workloads' memory, a
// minimal device, and what tensor accessors pass at run time.
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tt-metalium/allocator.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/global_circular_buffer.hpp>
#include <tt-metalium/hal_types.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tt_metal.hpp>

namespace {

using namespace tt::tt_metal;
using distributed::AnyBuffer;
using distributed::MeshDevice;
using distributed::MeshDeviceConfig;
using distributed::MeshShape;
using distributed::MeshWorkload;
using ::testing::HasSubstr;
using Words = std::vector<uint32_t>;

constexpr CoreCoord core{0, 0};
constexpr uint32_t place = 800 * 1024;

template <typename F>
std::string thrown(F&& call) {
    try {
        call();
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

TEST(Objects, AnyBufferKnowsWhatItHolds) {
    IDevice* device = CreateDeviceMinimal(0);
    {
        const AnyBuffer plain = AnyBuffer::create(InterleavedBufferConfig{device, 4096, 1024, BufferType::DRAM});
        EXPECT_FALSE(plain.is_mesh_buffer());
        EXPECT_EQ(plain.get_mesh_buffer(), nullptr);
        EXPECT_EQ(plain.get_buffer()->size(), 4096u);
        EXPECT_EQ(AnyBuffer().get_buffer(), nullptr);
    }
    EXPECT_EQ(device->get_mesh_device(), nullptr);
    const CoreCoord worker = device->worker_core_from_logical_core(core);
    EXPECT_EQ(device->get_dev_addr(worker, HalL1MemAddrType::BASE), 0u);
    EXPECT_EQ(device->get_dev_size(worker, HalL1MemAddrType::BASE), device->l1_size_per_core());
    EXPECT_EQ(device->get_dev_addr(worker, HalL1MemAddrType::DEFAULT_UNRESERVED) +
                  device->get_dev_size(worker, HalL1MemAddrType::DEFAULT_UNRESERVED),
              device->l1_size_per_core());
    EXPECT_EQ(device->num_virtual_eth_cores(SubDeviceId{0}), 0u);
    EXPECT_EQ(device->num_noc_unicast_txns(SubDeviceId{0}), 0);
    EXPECT_EQ(device->noc_data_start_index(SubDeviceId{0}), 0);
    EXPECT_EQ(device->get_programmable_core_type(device->virtual_program_dispatch_core(0)),
              HalProgrammableCoreType::TENSIX);
    CloseDevice(device);
    tt::tt_metal::detail::ReleaseOwnership();

    const auto mesh = MeshDevice::create_unit_mesh(0);
    {
        const AnyBuffer meshed = AnyBuffer::create(InterleavedBufferConfig{mesh.get(), 4096, 1024, BufferType::L1});
        EXPECT_TRUE(meshed.is_mesh_buffer());
        EXPECT_EQ(meshed.get_mesh_buffer()->size(), 4096u);
        EXPECT_EQ(meshed.get_mesh_buffer()->address(), meshed.get_buffer()->address());
    }
    EXPECT_EQ(mesh->get_mesh_device(), mesh);
    EXPECT_TRUE(mesh->storage_only_cores().empty());
    ReadMeshDeviceProfilerResults(*mesh);
    mesh->close();
    const MeshDeviceConfig config(MeshShape(1, 1), std::nullopt, {0});
    EXPECT_EQ(config.mesh_shape(), MeshShape(1, 1));
    EXPECT_EQ(config.physical_device_ids(), std::vector<tt::ChipId>{0});
    const auto chosen = MeshDevice::create(config);
    EXPECT_EQ(chosen->get_device_ids(), std::vector<int>{0});
    chosen->close();
}

TEST(Objects, GlobalCircularBuffersHaveMemoryAndNoPrograms) {
    IDevice* device = CreateDevice(0);
    {
        const CoreRangeSet receivers(CoreRange(CoreCoord(1, 0), CoreCoord(2, 0)));
        const auto buffer = experimental::CreateGlobalCircularBuffer(device, {{core, receivers}}, 4096);
        EXPECT_EQ(buffer.sender_cores(), CoreRangeSet(CoreRange(core, core)));
        EXPECT_EQ(buffer.receiver_cores(), receivers);
        EXPECT_EQ(buffer.all_cores().num_cores(), 3u);
        EXPECT_EQ(buffer.size(), 4096u);
        EXPECT_EQ(buffer.buffer_address(), buffer.cb_buffer().address());
        EXPECT_NE(buffer.config_address(), buffer.buffer_address());
        EXPECT_EQ(buffer.sender_receiver_core_mapping().at(0).second, receivers);
        EXPECT_EQ(buffer.get_device(), device);
        Program program;
        CircularBufferConfig config(4096);
        config.remote_index(31).set_page_size(1024).set_data_format(tt::DataFormat::Float16_b);
        EXPECT_THAT(thrown([&] { experimental::CreateCircularBuffer(program, receivers, config, buffer); }),
                    HasSubstr("remote-circular-buffer"));
        EXPECT_THAT(thrown([&] { experimental::UpdateDynamicCircularBufferAddress(program, 0, buffer); }),
                    HasSubstr("remote-circular-buffer"));
    }
    CloseDevice(device);
}

TEST(Objects, WorkloadsTellWhereTheirMemoryLies) {
    auto mesh = MeshDevice::create_unit_mesh(0);
    Program program;
    CreateCircularBuffer(program, core,
                         CircularBufferConfig(4096, {{0, tt::DataFormat::Float16_b}}).set_page_size(0, 2048));
    CreateSemaphore(program, CoreRange(core, core), 8);
    const auto kernel = CreateKernelFromString(program, R"(
        void kernel_main() {
            volatile uint32_t* out = reinterpret_cast<volatile uint32_t*>(get_arg_val<uint32_t>(0));
            out[0] = get_semaphore(0);
            out[1] = get_write_ptr(0);
        })",
                                               core, DataMovementConfig{});
    SetRuntimeArgs(program, kernel, core, {place});
    MeshWorkload workload;
    workload.add_program(distributed::MeshCoordinateRange(mesh->shape()), std::move(program));
    distributed::EnqueueMeshWorkload(mesh->mesh_command_queue(), workload, true);
    Words seen;
    tt::tt_metal::detail::ReadFromDeviceL1(mesh.get(), core, place, 8, seen);
    EXPECT_EQ(workload.get_sem_base_addr(mesh, core, CoreType::WORKER), seen[0]);
    EXPECT_GE(workload.get_sem_size(mesh, core, CoreType::WORKER), 4u);
    EXPECT_GE(workload.get_cb_size(mesh, core, CoreType::WORKER), 16u);
    mesh->close();
}

TEST(Objects, AccessorArgumentsCountWhereRuntimeArgumentsStand) {
    IDevice* device = CreateDevice(0);
    {
        const CoreRangeSet cores(CoreRange(core, CoreCoord(2, 0)));
        const auto buffer = CreateBuffer(ShardedBufferConfig{
            .device = device,
            .size = 6 * 4 * 64,
            .page_size = 64,
            .buffer_layout = TensorMemoryLayout::WIDTH_SHARDED,
            .shard_parameters = ShardSpecBuffer(cores, {6, 64}, ShardOrientation::ROW_MAJOR, {1, 32}, {6, 4})});
        Words args, common{111, 222};
        TensorAccessorArgs(buffer, tensor_accessor::ArgConfig::Runtime).append_to(args, common);
        EXPECT_NE(thrown([&] { TensorAccessorArgs(buffer, tensor_accessor::ArgConfig::Runtime).append_to(args); }), "");
        TensorAccessorArgs::create_l1_interleaved().append_to(args);
        TensorAccessorArgs::create_dram_interleaved().append_to(args);
        Program program;
        const auto kernel = CreateKernelFromString(program, R"(
            void kernel_main() {
                volatile uint32_t* out = reinterpret_cast<volatile uint32_t*>(get_arg_val<uint32_t>(0));
                const TensorAccessorArgs<0, 2> args;
                using namespace tensor_accessor::detail;
                out[0] = args.crta_offset();
                out[1] = args.rank_crta_offset();
                out[2] = args.num_banks_crta_offset();
                out[3] = args.tensor_shape_crta_offset();
                out[4] = args.shard_shape_crta_offset();
                out[5] = args.bank_coords_crta_offset();
                out[6] = args.next_common_runtime_args_offset();
                out[7] = get_tensor_accessor_args_cta_offset<2, 0>();
                const auto all = make_tensor_accessor_args_tuple_from_cta_offsets(
                    get_tensor_accessor_args_cta_offsets<0>(std::make_integer_sequence<uint32_t, 3>()));
                out[8] = std::get<1>(all).is_dram + 2 * std::get<2>(all).is_dram + 4 * std::get<0>(all).is_sharded;
                out[9] = tensor_accessor::get_dram_bank_base_offset(4, noc_index) == get_noc_addr_from_bank_id<true>(4, 0);
            })",
                                                   core, DataMovementConfig{.compile_args = args});
        SetRuntimeArgs(program, kernel, core, {place});
        SetCommonRuntimeArgs(program, kernel, common);
        tt::tt_metal::detail::LaunchProgram(device, program);
        Words seen;
        tt::tt_metal::detail::ReadFromDeviceL1(device, core, place, 40, seen);
        // Rank and banks, then two shapes of two dimensions each, then two coordinates a word.
        const uint32_t rank = common[2];
        EXPECT_EQ(rank, 2u);
        EXPECT_EQ(seen, (Words{2, 2, 3, 4, 6, 8, static_cast<uint32_t>(common.size()), 2, 2 + 4, 1}));
    }
    CloseDevice(device);
}

}  // namespace
