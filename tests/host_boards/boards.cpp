// Meshes on boards of several chips and the geometry of each board. The board is the environment's; CMake runs the
// binary once a board, and tests skip themselves where the board is too small for them.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <numeric>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tt-metalium/allocator.hpp>
#include <tt-metalium/distributed.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/sub_device.hpp>
#include <tt-metalium/system_mesh.hpp>
#include <tt-metalium/tensor_accessor_args.hpp>
#include <tt-metalium/tt_metal.hpp>

namespace {

using namespace tt::tt_metal;
using namespace tt::tt_metal::distributed;
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

/// What is known about each board from its data sheet and the vendor's software.
struct Expected {
    tt::ARCH arch;
    MeshShape shape;
    CoreCoord grid;
    uint32_t dram_channels;
    uint32_t l1_bytes;
    CoreCoord first_worker;
    uint32_t dram_alignment;
    uint32_t l1_base;
};

const std::string& board() {
    static const std::string name = std::getenv("TESSERA_BOARD") != nullptr ? std::getenv("TESSERA_BOARD") : "n150";
    return name;
}

const Expected& expected() {
    constexpr auto wormhole = tt::ARCH::WORMHOLE_B0, blackhole = tt::ARCH::BLACKHOLE;
    static const std::map<std::string, Expected> boards{
        {"n150", {wormhole, MeshShape(1, 1), {8, 8}, 12, 1499136, {18, 18}, 32, 103712}},
        {"n300", {wormhole, MeshShape(1, 2), {8, 7}, 12, 1499136, {18, 18}, 32, 103712}},
        {"t3000", {wormhole, MeshShape(2, 4), {8, 7}, 12, 1499136, {18, 18}, 32, 103712}},
        {"galaxy", {wormhole, MeshShape(4, 8), {8, 9}, 12, 1499136, {18, 18}, 32, 103712}},
        {"p100", {blackhole, MeshShape(1, 1), {11, 10}, 7, 1572864, {1, 2}, 64, 111104}},
        {"p150", {blackhole, MeshShape(1, 1), {11, 10}, 8, 1572864, {1, 2}, 64, 111104}}};
    return boards.at(board());
}

Words counted(uint32_t first, uint32_t count) {
    Words words(count);
    std::iota(words.begin(), words.end(), first);
    return words;
}

class Boards : public ::testing::Test {
protected:
    void SetUp() override { mesh_ = MeshDevice::create(MeshDeviceConfig(expected().shape), 0, 1 << 20, 2); }
    void TearDown() override { mesh_->close(); }

    bool smaller_than(size_t chips) const { return mesh_->num_devices() < chips; }
    Words l1(const MeshDevice& mesh, const MeshCoordinate& at, uint32_t address = place, uint32_t count = 1) {
        Words words(count);
        tt::tt_metal::detail::ReadFromDeviceL1(mesh.get_device(at), core, address, count * 4, words);
        return words;
    }
    /// A program that stores its argument.
    static Program stores(uint32_t value) {
        Program program;
        const auto kernel = CreateKernelFromString(program, R"(
            void kernel_main() {
                *reinterpret_cast<volatile uint32_t*>(get_arg_val<uint32_t>(0)) = get_arg_val<uint32_t>(1);
            })",
                                                   core, DataMovementConfig{});
        SetRuntimeArgs(program, kernel, core, {place, value});
        return program;
    }
    void clear() {
        Words nothing(4);
        for (IDevice* device : mesh_->get_devices()) {
            tt::tt_metal::detail::WriteToDeviceL1(device, core, place, nothing);
        }
    }

    std::shared_ptr<MeshDevice> mesh_;
};

TEST_F(Boards, GeometryIsTheBoards) {
    const Expected& e = expected();
    const bool wormhole = e.arch == tt::ARCH::WORMHOLE_B0;
    EXPECT_EQ(mesh_->arch(), e.arch);
    EXPECT_EQ(mesh_->shape(), e.shape);
    EXPECT_EQ(mesh_->num_devices(), e.shape.mesh_size());
    EXPECT_EQ(mesh_->compute_with_storage_grid_size(), e.grid);
    EXPECT_EQ(mesh_->logical_grid_size(), e.grid);
    EXPECT_EQ(mesh_->grid_size(), wormhole ? CoreCoord(10, 12) : CoreCoord(17, 12));
    EXPECT_EQ(mesh_->num_dram_channels(), static_cast<int>(e.dram_channels));
    EXPECT_EQ(mesh_->dram_grid_size(), CoreCoord(e.dram_channels, 1));
    EXPECT_EQ(mesh_->dram_size_per_channel(), wormhole ? 1u << 30 : 4278190080u);
    EXPECT_EQ(mesh_->l1_size_per_core(), e.l1_bytes);
    EXPECT_EQ(mesh_->get_clock_rate_mhz(), wormhole ? 1000 : 1350);
    EXPECT_EQ(mesh_->worker_core_from_logical_core(core), e.first_worker);
    EXPECT_EQ(mesh_->allocator()->get_alignment(BufferType::DRAM), e.dram_alignment);
    EXPECT_EQ(mesh_->allocator()->get_alignment(BufferType::L1), 16u);
    EXPECT_EQ(mesh_->allocator()->get_base_allocator_addr(HalMemType::L1), e.l1_base);
    EXPECT_EQ(mesh_->num_worker_cores(HalProgrammableCoreType::TENSIX, SubDeviceId{0}), e.grid.x * e.grid.y);
    EXPECT_EQ(tt::tt_metal::detail::get_platform_architecture_name(), wormhole ? "wormhole_b0" : "blackhole");
    EXPECT_EQ(GetNumAvailableDevices(), e.shape.mesh_size());
    EXPECT_EQ(IsGalaxyCluster(), board() == "galaxy");
    EXPECT_EQ(SystemMesh::instance().shape(), e.shape);
    EXPECT_EQ(SystemMesh::instance().local_shape(), e.shape);
    EXPECT_EQ(SystemMesh::instance().get_mapped_devices(std::nullopt).device_ids.size(), e.shape.mesh_size());
    EXPECT_THAT(thrown([&] { MeshDevice::create(MeshDeviceConfig(MeshShape(5, 9))); }), HasSubstr("no-such-device"));
    // No two workers share a coordinate, and none is a DRAM bank's.
    std::set<CoreCoord> seen;
    for (uint32_t y = 0; y < e.grid.y; ++y) {
        for (uint32_t x = 0; x < e.grid.x; ++x) {
            const CoreCoord where = mesh_->worker_core_from_logical_core({x, y});
            EXPECT_TRUE(seen.insert(where).second) << where.str();
            EXPECT_EQ(mesh_->get_mem_type_of_core(where), HalMemType::L1);
        }
    }
    const auto near0 = mesh_->get_optimal_dram_bank_to_logical_worker_assignment(NOC::NOC_0);
    EXPECT_EQ(std::set<CoreCoord>(near0.begin(), near0.end()).size(), e.dram_channels);
}

TEST_F(Boards, EveryWorkerAndBankIsReached) {
    // Each core writes its own coordinates to one word of the first core, and each DRAM bank keeps its number.
    const Expected& e = expected();
    const CoreRange all(core, CoreCoord(e.grid.x - 1, e.grid.y - 1));
    Program program;
    const auto kernel = CreateKernelFromString(program, R"(
        void kernel_main() {
            const uint32_t place = get_common_arg_val<uint32_t>(0), width = get_common_arg_val<uint32_t>(1);
            const uint32_t index = get_absolute_logical_y() * width + get_absolute_logical_x();
            noc_inline_dw_write(get_noc_addr(get_common_arg_val<uint32_t>(2), get_common_arg_val<uint32_t>(3), place + 4 * index),
                                (uint32_t(my_x[noc_index]) << 16) | my_y[noc_index]);
            if (index < NUM_DRAM_BANKS) {
                volatile uint32_t* word = reinterpret_cast<volatile uint32_t*>(place + 4096);
                word[0] = 500 + index;
                noc_async_write(place + 4096, get_noc_addr_from_bank_id<true>(index, 1 << 20), 32);
            }
            noc_async_write_barrier();
        })",
                                               all, DataMovementConfig{});
    const CoreCoord first = mesh_->worker_core_from_logical_core(core);
    SetCommonRuntimeArgs(
        program, kernel,
        {place, static_cast<uint32_t>(e.grid.x), static_cast<uint32_t>(first.x), static_cast<uint32_t>(first.y)});
    MeshWorkload workload;
    workload.add_program(MeshCoordinateRange(mesh_->shape()), std::move(program));
    EnqueueMeshWorkload(mesh_->mesh_command_queue(), workload, true);
    const MeshCoordinate last(mesh_->num_rows() - 1, mesh_->num_cols() - 1);
    const Words seen = l1(*mesh_, last, place, static_cast<uint32_t>(e.grid.x * e.grid.y));
    for (uint32_t i = 0; i < seen.size(); ++i) {
        const CoreCoord where = mesh_->worker_core_from_logical_core({i % e.grid.x, i / e.grid.x});
        EXPECT_EQ(seen[i], where.x << 16 | where.y) << i;
    }
    for (uint32_t bank = 0; bank < e.dram_channels; ++bank) {
        Words word;
        tt::tt_metal::detail::ReadFromDeviceDRAMChannel(mesh_->get_device(last), static_cast<int>(bank), 1 << 20, 4,
                                                        word);
        EXPECT_EQ(word[0], 500 + bank);
    }
}

TEST_F(Boards, InterleavedBuffersRoundTripThroughKernels) {
    // 3 pages a bank of L1 and DRAM, copied from one to the other by two kernels side by side.
    const uint32_t pages = mesh_->allocator()->get_num_banks(BufferType::L1) + 7, bytes = 96;
    const auto make = [&](BufferType type) {
        return MeshBuffer::create(ReplicatedBufferConfig{.size = pages * bytes},
                                  {.page_size = bytes, .buffer_type = type}, mesh_.get());
    };
    auto dram = make(BufferType::DRAM), l1_buffer = make(BufferType::L1), back = make(BufferType::DRAM);
    EXPECT_EQ(dram->global_layout(), MeshBufferLayout::REPLICATED);
    EXPECT_EQ(dram->device_local_size(), pages * bytes);
    EXPECT_EQ(dram->device_local_config().page_size, bytes);
    EXPECT_EQ(std::get<ReplicatedBufferConfig>(dram->global_config()).size, pages * bytes);
    EXPECT_EQ(dram->get_reference_buffer()->address(), dram->address());
    EXPECT_NE(thrown([&] { (void)dram->datum_size_bytes(); }), "");
    const char* copy = R"(
        void kernel_main() {
            constexpr auto a = TensorAccessorArgs<1>();
            constexpr auto b = TensorAccessorArgs<a.next_compile_time_args_offset()>();
            const auto from = TensorAccessor(a, get_arg_val<uint32_t>(0), get_compile_time_arg_val(0));
            const auto to = TensorAccessor(b, get_arg_val<uint32_t>(1), get_compile_time_arg_val(0));
            for (uint32_t page = get_arg_val<uint32_t>(2); page < get_arg_val<uint32_t>(3); page += 2) {
                noc_async_read_page(page, from, get_arg_val<uint32_t>(4));
                noc_async_read_barrier();
                noc_async_write_page(page, to, get_arg_val<uint32_t>(4));
                noc_async_writes_flushed();
            }
            noc_async_write_barrier();
        })";
    auto& queue = mesh_->mesh_command_queue();
    Words source = counted(1, pages * bytes / 4), result;
    EnqueueWriteMeshBuffer(queue, dram, source);
    for (const auto& [from, to] : {std::pair{dram, l1_buffer}, std::pair{l1_buffer, back}}) {
        Program program;
        Words args{bytes};
        TensorAccessorArgs(from).append_to(args);
        TensorAccessorArgs(to).append_to(args);
        for (uint32_t half = 0; half < 2; ++half) {
            const auto kernel = half == 0 ? CreateKernelFromString(program, copy, core, ReaderDataMovementConfig(args))
                                          : CreateKernelFromString(program, copy, core, WriterDataMovementConfig(args));
            SetRuntimeArgs(program, kernel, core,
                           {static_cast<uint32_t>(from->address()), static_cast<uint32_t>(to->address()), half, pages,
                            place + 4096 * half});
        }
        MeshWorkload workload;
        workload.add_program(MeshCoordinateRange(mesh_->shape()), std::move(program));
        EnqueueMeshWorkload(queue, workload, false);
        EXPECT_EQ(workload.get_last_used_command_queue(), &queue);
    }
    Finish(queue);
    for (const MeshCoordinate& at : MeshCoordinateRange(mesh_->shape())) {
        ReadShard(queue, result, back, at);
        EXPECT_EQ(result, source);
    }
}

TEST_F(Boards, WorkloadsPlaceOneProgramARange) {
    clear();
    MeshWorkload workload;
    uint32_t value = 100;
    for (uint32_t row = 0; row < mesh_->num_rows(); ++row) {
        workload.add_program(MeshCoordinateRange(MeshCoordinate(row, 0), MeshCoordinate(row, mesh_->num_cols() - 1)),
                             stores(value++));
    }
    EXPECT_EQ(workload.get_programs().size(), mesh_->num_rows());
    EnqueueMeshWorkload(mesh_->mesh_command_queue(), workload, true);
    for (const MeshCoordinate& at : MeshCoordinateRange(mesh_->shape())) {
        EXPECT_EQ(l1(*mesh_, at)[0], 100 + at[0]);
    }
    EXPECT_NE(thrown([&] {
                  workload.add_program(MeshCoordinateRange(MeshCoordinate(0, 0), MeshCoordinate(0, 0)), Program());
              }),
              "");

    // Events between the two queues, and a trace on one of them.
    auto &first = mesh_->mesh_command_queue(0), &second = mesh_->mesh_command_queue(1);
    EXPECT_EQ(second.id(), 1u);
    const MeshEvent event = first.enqueue_record_event();
    EXPECT_EQ(event.mesh_cq_id(), 0u);
    EXPECT_EQ(event.device_range(), MeshCoordinateRange(mesh_->shape()));
    second.enqueue_wait_for_event(event);
    const MeshEvent to_host = second.enqueue_record_event_to_host();
    EventSynchronize(to_host);
    EXPECT_TRUE(EventQuery(to_host));
    Synchronize(mesh_.get(), std::nullopt);
    clear();
    const MeshTraceId trace = mesh_->begin_mesh_trace(0);
    EXPECT_EQ(first.trace_id(), trace);
    first.enqueue_mesh_workload(workload, false);
    mesh_->end_mesh_trace(0, trace);
    EXPECT_NE(mesh_->get_mesh_trace(trace), nullptr);
    EXPECT_EQ(l1(*mesh_, MeshCoordinate(0, 0))[0], 0u);
    first.enqueue_trace(trace, true);
    EXPECT_EQ(l1(*mesh_, MeshCoordinate(mesh_->num_rows() - 1, mesh_->num_cols() - 1))[0], 100 + mesh_->num_rows() - 1);
    mesh_->release_mesh_trace(trace);
    EXPECT_EQ(mesh_->get_mesh_trace(trace), nullptr);
}

TEST_F(Boards, ShardedMeshBuffersDealTheTensor) {
    if (smaller_than(8)) {
        GTEST_SKIP();
    }
    const auto rows = static_cast<uint32_t>(mesh_->num_rows()), cols = static_cast<uint32_t>(mesh_->num_cols());
    // A tensor of (rows * 16) x (cols * 32) words; each chip takes 16 x 32.
    const Shape2D whole(rows * 16, cols * 32), part(16, 32);
    const DeviceLocalBufferConfig local{.page_size = 128, .buffer_type = BufferType::DRAM};
    const Words tensor = counted(0, rows * 16 * cols * 32);
    auto& queue = mesh_->mesh_command_queue();
    for (const ShardOrientation orientation : {ShardOrientation::ROW_MAJOR, ShardOrientation::COL_MAJOR}) {
        const distributed::ShardedBufferConfig config{.global_size = tensor.size() * 4,
                                                      .global_buffer_shape = whole,
                                                      .shard_shape = part,
                                                      .shard_orientation = orientation};
        EXPECT_EQ(config.compute_datum_size_bytes(), 4u);
        EXPECT_EQ(config.replicated_dims(), std::pair(false, false));
        auto buffer = MeshBuffer::create(config, local, mesh_.get());
        EXPECT_EQ(buffer->global_layout(), MeshBufferLayout::SHARDED);
        EXPECT_EQ(buffer->device_local_size(), 16u * 32 * 4);
        EXPECT_EQ(buffer->physical_shard_shape(), part);
        EXPECT_EQ(buffer->datum_size_bytes(), 4u);
        EXPECT_EQ(buffer->replicated_dims(), std::pair(false, false));
        queue.enqueue_write_mesh_buffer(buffer, tensor.data(), true);
        for (const MeshCoordinate& at : MeshCoordinateRange(mesh_->shape())) {
            Words shard;
            ReadShard(queue, shard, buffer, at);
            // Parts are dealt row-major or column-major over the chips.
            const uint32_t number =
                orientation == ShardOrientation::ROW_MAJOR ? at[0] * cols + at[1] : at[1] * rows + at[0];
            const uint32_t y = number / cols, x = number % cols;
            EXPECT_EQ(shard[0], (y * 16) * cols * 32 + x * 32);
            EXPECT_EQ(shard[5 * 32 + 7], (y * 16 + 5) * cols * 32 + x * 32 + 7);
        }
        Words back(tensor.size());
        queue.enqueue_read_mesh_buffer(back.data(), buffer, true);
        EXPECT_EQ(back, tensor);
    }
    // Copies along the columns of chips: the width is cut, the height is not.
    const distributed::ShardedBufferConfig copied{.global_size = 16 * cols * 32 * 4,
                                                  .global_buffer_shape = Shape2D(16, cols * 32),
                                                  .shard_shape = Shape2D(0, 32)};
    EXPECT_EQ(copied.replicated_dims(), std::pair(true, false));
    EXPECT_EQ(copied.physical_shard_shape(), Shape2D(16, 32));
    auto buffer = MeshBuffer::create(copied, local, mesh_.get());
    queue.enqueue_write_mesh_buffer(buffer, tensor.data(), true);
    for (const MeshCoordinate& at : MeshCoordinateRange(mesh_->shape())) {
        Words shard;
        ReadShard(queue, shard, buffer, at);
        EXPECT_EQ(shard[33], cols * 32 + at[1] * 32 + 1) << at[0] << at[1];
    }
}

TEST_F(Boards, ShardsAreWrittenAndReadInRegions) {
    auto& queue = mesh_->mesh_command_queue();
    auto buffer = MeshBuffer::create(ReplicatedBufferConfig{.size = 1024},
                                     {.page_size = 64, .buffer_type = BufferType::L1}, mesh_.get());
    const MeshCoordinate last(mesh_->num_rows() - 1, mesh_->num_cols() - 1);
    Words one = counted(1, 256), two = counted(1000, 32);
    queue.enqueue_write_shard_to_sub_grid(*buffer, one.data(), MeshCoordinateRange(mesh_->shape()), true);
    ShardDataTransfer transfer(last);
    transfer.host_data(two.data()).region(BufferRegion(256, 128));
    EXPECT_EQ(transfer.shard_coord(), last);
    EXPECT_EQ(transfer.region()->size, 128u);
    queue.enqueue_write_shards(buffer, {transfer}, true);
    Words back(256), region(32);
    queue.enqueue_read_shards({ShardDataTransfer(last).host_data(back.data())}, buffer, true);
    Words changed = one;
    std::copy(two.begin(), two.end(), changed.begin() + 64);
    EXPECT_EQ(back, changed);
    queue.enqueue_read_shards({ShardDataTransfer(last).host_data(region.data()).region(BufferRegion(256, 128))}, buffer,
                              true);
    EXPECT_EQ(region, two);
    if (!smaller_than(2)) {
        queue.enqueue_read_shards({ShardDataTransfer(MeshCoordinate(0, 0)).host_data(back.data())}, buffer, true);
        EXPECT_EQ(back, one);
    }
    WriteShard(queue, buffer, one, last);
    ReadShard(queue, back, buffer, last);
    EXPECT_EQ(back, one);
    queue.finish();
    EXPECT_EQ(buffer->get_device_buffer(last)->address(), buffer->address());
    EXPECT_TRUE(buffer->is_allocated());
    buffer->deallocate();
    EXPECT_FALSE(buffer->is_allocated());
}

TEST_F(Boards, SubmeshesAndReshape) {
    if (smaller_than(8)) {
        GTEST_SKIP();
    }
    const auto rows = static_cast<uint32_t>(mesh_->num_rows()), cols = static_cast<uint32_t>(mesh_->num_cols());
    const auto ids = mesh_->get_device_ids();
    EXPECT_EQ(ids.size(), mesh_->num_devices());
    EXPECT_EQ(mesh_->get_device(1, 2), mesh_->get_device(MeshCoordinate(1, 2)));
    EXPECT_NE(mesh_->get_device(1, 2)->id(), mesh_->get_device(0, 2)->id());
    EXPECT_EQ(mesh_->get_device(static_cast<ChipId>(ids[cols + 2])), mesh_->get_device(1, 2));
    EXPECT_NE(thrown([&] { (void)mesh_->get_device(MeshCoordinate(rows, 0)); }), "");
    EXPECT_EQ(mesh_->get_view().shape(), mesh_->shape());
    EXPECT_TRUE(mesh_->is_parent_mesh());
    mesh_->reshape(MeshShape(1, rows * cols));
    EXPECT_EQ(mesh_->shape(), MeshShape(1, rows * cols));
    EXPECT_NE(thrown([&] { mesh_->reshape(MeshShape(1, 3)); }), "");
    const std::set<IDevice*> line = [&] {
        const auto devices = mesh_->get_devices();
        return std::set<IDevice*>(devices.begin(), devices.end());
    }();
    EXPECT_EQ(line.size(), rows * cols);
    mesh_->reshape(MeshShape(rows, cols));

    clear();
    const auto right = mesh_->create_submesh(MeshShape(2, 2), MeshCoordinate(0, cols - 2));
    EXPECT_EQ(right->shape(), MeshShape(2, 2));
    EXPECT_FALSE(right->is_parent_mesh());
    EXPECT_EQ(right->get_parent_mesh(), mesh_);
    EXPECT_EQ(mesh_->get_submeshes().size(), 1u);
    EXPECT_EQ(right->get_device(0, 0)->id(), mesh_->get_device(0, cols - 2)->id());
    EXPECT_NE(thrown([&] { mesh_->reshape(MeshShape(cols, rows)); }), "");
    EXPECT_NE(thrown([&] { mesh_->create_submesh(MeshShape(2, 2), MeshCoordinate(rows - 1, 0)); }), "");
    MeshWorkload workload;
    workload.add_program(MeshCoordinateRange(right->shape()), stores(4242));
    EnqueueMeshWorkload(right->mesh_command_queue(), workload, true);
    for (const MeshCoordinate& at : MeshCoordinateRange(mesh_->shape())) {
        EXPECT_EQ(l1(*mesh_, at)[0], at[0] < 2 && at[1] >= cols - 2 ? 4242u : 0u) << at[0] << at[1];
    }
    const auto tiles = mesh_->create_submeshes(MeshShape(1, 2));
    EXPECT_EQ(tiles.size(), rows * cols / 2);
    EXPECT_EQ(tiles[1]->get_device(0, 0)->id(), mesh_->get_device(0, 2)->id());
    mesh_->quiesce_devices();
    bool ran = false;
    mesh_->enqueue_to_thread_pool([&] { ran = true; });
    mesh_->wait_for_thread_pool();
    EXPECT_TRUE(ran);
}

TEST_F(Boards, GlobalSemaphoresAndSubDevicesOfAMesh) {
    const CoreRangeSet left(CoreRange(CoreCoord(0, 0), CoreCoord(3, 3))),
        right(CoreRange(CoreCoord(4, 0), CoreCoord(7, 3)));
    const GlobalSemaphore semaphore = CreateGlobalSemaphore(mesh_.get(), left, 6);
    for (const MeshCoordinate& at : MeshCoordinateRange(mesh_->shape())) {
        EXPECT_EQ(l1(*mesh_, at, static_cast<uint32_t>(semaphore.address()))[0], 6u);
    }
    const auto manager =
        mesh_->create_sub_device_manager({SubDevice(std::array{left}), SubDevice(std::array{right})}, 0);
    mesh_->load_sub_device_manager(manager);
    EXPECT_EQ(mesh_->num_sub_devices(), 2u);
    EXPECT_EQ(mesh_->worker_cores(HalProgrammableCoreType::TENSIX, SubDeviceId{1}), right);
    mesh_->set_sub_device_stall_group(std::array{SubDeviceId{0}});
    EXPECT_EQ(mesh_->get_sub_device_stall_group().size(), 1u);
    mesh_->reset_sub_device_stall_group();
    mesh_->clear_loaded_sub_device_manager();
    mesh_->remove_sub_device_manager(manager);
    EXPECT_EQ(mesh_->num_sub_devices(), 1u);
    EXPECT_FALSE(UsingDistributedEnvironment());
}

TEST(BoardsByChip, UnitMeshesAndDevices) {
    const auto chips = static_cast<int>(expected().shape.mesh_size());
    std::vector<int> ids(std::min(chips, 2));
    std::iota(ids.begin(), ids.end(), 0);
    auto meshes = MeshDevice::create_unit_meshes(ids);
    EXPECT_EQ(meshes.size(), ids.size());
    for (auto& [id, mesh] : meshes) {
        EXPECT_EQ(mesh->get_device_ids(), std::vector<int>{id});
        mesh->close();
    }
    const auto devices = tt::tt_metal::detail::CreateDevices({ids.begin(), ids.end()});
    for (const auto& [id, device] : devices) {
        EXPECT_EQ(device->id(), id);
        Words words = counted(id * 100, 4), back;
        tt::tt_metal::detail::WriteToDeviceL1(device, core, place, words);
    }
    for (const auto& [id, device] : devices) {
        Words back;
        tt::tt_metal::detail::ReadFromDeviceL1(device, core, place, 16, back);
        EXPECT_EQ(back, counted(id * 100, 4));
    }
    tt::tt_metal::detail::CloseDevices(devices);
    EXPECT_NE(thrown([] { (void)tt::tt_metal::detail::GetActiveDevice(0); }), "");
}

}  // namespace
