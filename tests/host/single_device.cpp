// The single-device generation of the host API and the parts of programs that can change between launches: queues,
// events, traces, descriptors, circular buffers that move, global semaphores, memory of each kind.
#include <map>
#include <numeric>
#include <stdexcept>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tt-metalium/allocator.hpp>
#include <tt-metalium/global_semaphore.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/program_cache.hpp>
#include <tt-metalium/program_descriptors.hpp>
#include <tt-metalium/sub_device.hpp>
#include <tt-metalium/tt_metal.hpp>

namespace {

using namespace tt::tt_metal;
using ::testing::HasSubstr;
using Words = std::vector<uint32_t>;

constexpr CoreCoord core{0, 0};
constexpr uint32_t place = 800 * 1024;  // L1 that no buffer of these tests reaches

template <typename F>
std::string thrown(F&& call) {
    try {
        call();
    } catch (const std::exception& error) {
        return error.what();
    }
    return {};
}

const char* const stores_sum = R"(
    void kernel_main() {
        auto* word = reinterpret_cast<volatile uint32_t*>(get_arg_val<uint32_t>(0));
        *word = get_arg_val<uint32_t>(1) + get_common_arg_val<uint32_t>(0);
    })";

const char* const stores_circular_buffer = R"(
    void kernel_main() {
        auto* word = reinterpret_cast<volatile uint32_t*>(get_arg_val<uint32_t>(0));
        const auto& cb = get_local_cb_interface(2);
        word[0] = get_write_ptr(2);
        word[1] = cb.fifo_size;
        word[2] = cb.fifo_page_size;
        word[3] = get_local_cb_interface(5).fifo_wr_ptr;
    })";

class SingleDevice : public ::testing::Test {
protected:
    void SetUp() override { device_ = CreateDevice(0, 2, 32 * 1024, 1 << 20); }
    void TearDown() override { CloseDevice(device_); }

    Words l1(uint32_t address, uint32_t count = 1, CoreCoord where = core) {
        Words words(count);
        detail::ReadFromDeviceL1(device_, where, address, count * 4, words);
        return words;
    }
    std::shared_ptr<Buffer> buffer(uint32_t bytes, uint32_t page, BufferType type = BufferType::DRAM) {
        return CreateBuffer(InterleavedBufferConfig{device_, bytes, page, type});
    }
    /// 256 bytes on each of the cores.
    std::shared_ptr<Buffer> on_cores(const CoreRangeSet& cores, BufferType type,
                                     std::optional<SubDeviceId> sub_device = std::nullopt) {
        const ShardedBufferConfig config{
            .device = device_,
            .size = cores.num_cores() * 256,
            .page_size = 256,
            .buffer_type = type,
            .shard_parameters =
                ShardSpecBuffer(cores, {1, 64}, ShardOrientation::ROW_MAJOR, {1, 64}, {cores.num_cores(), 1})};
        return sub_device ? CreateBuffer(config, *sub_device) : CreateBuffer(config);
    }
    static Words counted(uint32_t first, uint32_t count) {
        Words words(count);
        std::iota(words.begin(), words.end(), first);
        return words;
    }

    IDevice* device_ = nullptr;
};

TEST_F(SingleDevice, QueuesMoveBuffersRegionsAndPrograms) {
    CommandQueue& queue = device_->command_queue();
    const auto a = buffer(64 * 100, 64);
    EnqueueWriteBuffer(queue, a, counted(1, 1600), false);
    Words part = counted(5000, 32);
    EnqueueWriteSubBuffer(queue, a, part, BufferRegion(640, 128), false);
    Words back;
    EnqueueReadBuffer(queue, a, back, true);
    Words expected = counted(1, 1600);
    std::copy(part.begin(), part.end(), expected.begin() + 160);
    EXPECT_EQ(back, expected);
    EnqueueReadSubBuffer(queue, a, back, BufferRegion(576, 128), true);
    EXPECT_EQ(back, Words(expected.begin() + 144, expected.begin() + 176));

    Program program = CreateProgram();
    const auto kernel = CreateKernelFromString(program, stores_sum, core, DataMovementConfig{});
    SetRuntimeArgs(program, kernel, core, {place, 5u});
    SetCommonRuntimeArgs(program, kernel, {100});
    EnqueueProgram(queue, program, false);
    Finish(queue);
    EXPECT_EQ(l1(place)[0], 105u);
    // Many launches, each with other arguments.
    for (uint32_t i = 0; i < 200; ++i) {
        GetRuntimeArgs(program, kernel, core)[1] = i;
        GetCommonRuntimeArgs(program, kernel)[0] = 2 * i;
        EnqueueProgram(queue, program, true);
        ASSERT_EQ(l1(place)[0], 3 * i);
    }
    EXPECT_FALSE(GetRuntimeArgs(program, kernel, core).in_bounds(2));
    EXPECT_EQ(GetRuntimeArgs(program, kernel)[0][0].size(), 2u);
    // A second program after the first, and the first again.
    Program other;
    const auto second =
        CreateKernelFromString(other, stores_sum, CoreRange(core, CoreCoord(1, 1)), DataMovementConfig{});
    SetRuntimeArgs(other, second, CoreRange(core, CoreCoord(1, 1)), {place + 64, 1u});
    SetRuntimeArgs(other, second, std::vector<CoreCoord>{{0, 1}, {1, 1}}, {{place + 64, 10u}, {place + 64, 20u}});
    SetCommonRuntimeArgs(other, second, {7});
    EnqueueProgram(queue, other, true);
    EnqueueProgram(queue, program, true);
    EXPECT_EQ(l1(place + 64)[0], 8u);
    EXPECT_EQ(l1(place + 64, 1, {0, 1})[0], 17u);
    EXPECT_EQ(l1(place + 64, 1, {1, 1})[0], 27u);
    EXPECT_EQ(l1(place)[0], 3u * 199);
}

TEST_F(SingleDevice, EventsAndTracesOfTwoQueues) {
    CommandQueue &first = device_->command_queue(0), &second = device_->command_queue(1);
    EXPECT_EQ(device_->num_hw_cqs(), 2);
    auto event = std::make_shared<Event>();
    EnqueueRecordEvent(first, event);
    EnqueueWaitForEvent(second, event);
    EventSynchronize(event);
    EXPECT_TRUE(EventQuery(event));
    EXPECT_EQ(event->cq_id, 0u);
    EXPECT_EQ(event->device, device_);
    EXPECT_NE(thrown([&] { EventSynchronize(std::make_shared<Event>()); }), "");
    Synchronize(device_);
    Synchronize(device_, 1);

    Program program;
    const auto kernel = CreateKernelFromString(program, stores_sum, core, DataMovementConfig{});
    SetRuntimeArgs(program, kernel, core, {place, 1u});
    SetCommonRuntimeArgs(program, kernel, {1000});
    EnqueueProgram(first, program, true);
    const uint32_t trace = BeginTraceCapture(device_, 0);
    for (uint32_t i = 0; i < 3; ++i) {
        GetRuntimeArgs(program, kernel, core)[0] = place + 4 * i;
        GetRuntimeArgs(program, kernel, core)[1] = i;
        EnqueueProgram(first, program, false);
    }
    EXPECT_THAT(thrown([&] { EnqueueRecordEvent(first, event); }), HasSubstr("trace capture"));
    EndTraceCapture(device_, 0, trace);
    Words nothing(3);
    detail::WriteToDeviceL1(device_, core, place, nothing);
    ReplayTrace(device_, 0, trace, true);
    EXPECT_EQ(l1(place, 3), (Words{1000, 1001, 1002}));
    detail::WriteToDeviceL1(device_, core, place, nothing);
    EnqueueTrace(first, trace, true);
    EXPECT_EQ(l1(place, 3), (Words{1000, 1001, 1002}));
    ReleaseTrace(device_, trace);
    EXPECT_NE(thrown([&] { ReplayTrace(device_, 0, trace, true); }), "");

    EXPECT_EQ(GetCurrentCommandQueueIdForThread(), 0);
    PushCurrentCommandQueueIdForThread(1);
    EXPECT_EQ(GetCurrentCommandQueueIdForThread(), 1);
    EXPECT_EQ(PopCurrentCommandQueueIdForThread(), 1);
    EXPECT_EQ(GetCurrentCommandQueueIdForThread(), 0);
}

TEST_F(SingleDevice, CircularBuffersMoveAndShare) {
    const auto lower = buffer(64 * 4096, 4096, BufferType::L1), upper = buffer(64 * 4096, 4096, BufferType::L1);
    Program program;
    CircularBufferConfig config(4096, {{2, tt::DataFormat::Float16_b}, {5, tt::DataFormat::Float32}});
    config.set_page_size(2, 2048).set_page_size(5, 4096);
    const CBHandle plain = CreateCircularBuffer(program, core, config);
    const auto kernel = CreateKernelFromString(program, stores_circular_buffer, core, DataMovementConfig{});
    SetRuntimeArgs(program, kernel, core, {place});
    detail::LaunchProgram(device_, program);
    const uint32_t base = static_cast<uint32_t>(device_->allocator()->get_base_allocator_addr(HalMemType::L1));
    EXPECT_EQ(l1(place, 4), (Words{base, 4096, 2048, base}));  // two indices, one allocation
    UpdateCircularBufferTotalSize(program, plain, 16384);
    UpdateCircularBufferPageSize(program, plain, 2, 1024);
    EXPECT_EQ(GetCircularBufferConfig(program, plain).total_size(), 16384u);
    detail::LaunchProgram(device_, program);
    EXPECT_EQ(l1(place, 4), (Words{base, 16384, 1024, base}));
    EXPECT_THAT(thrown([&] { UpdateCircularBufferPageSize(program, plain, 2, 1000); }), HasSubstr("divisible"));

    Program moving;
    CircularBufferConfig on(4096, {{2, tt::DataFormat::Float16_b}, {5, tt::DataFormat::Float16_b}}, *lower);
    on.set_page_size(2, 2048).set_page_size(5, 2048);
    EXPECT_TRUE(on.dynamic_cb());
    EXPECT_EQ(on.max_size(), 4096u);
    EXPECT_EQ(on.buffer_size(), 64u * 4096);
    EXPECT_EQ(on.globally_allocated_address(), lower->address());
    EXPECT_EQ(on.buffer_indices(), (std::unordered_set<uint8_t>{2, 5}));
    EXPECT_EQ(on.local_buffer_indices(), on.buffer_indices());
    EXPECT_TRUE(on.remote_buffer_indices().empty());
    EXPECT_EQ(on.page_sizes()[2], 2048u);
    EXPECT_EQ(on.data_formats()[5], tt::DataFormat::Float16_b);
    const CBHandle handle = CreateCircularBuffer(moving, core, on);
    EXPECT_TRUE(moving.circular_buffers().at(0)->globally_allocated());
    EXPECT_EQ(moving.circular_buffers().at(0)->core_ranges(), CoreRangeSet(CoreRange(core, core)));
    EXPECT_EQ(moving.circular_buffers().at(0)->buffer_indices(), on.buffer_indices());
    const auto reader = CreateKernelFromString(moving, stores_circular_buffer, core, DataMovementConfig{});
    SetRuntimeArgs(moving, reader, core, {place});
    detail::LaunchProgram(device_, moving);
    EXPECT_EQ(l1(place, 4), (Words{lower->address(), 4096, 2048, lower->address()}));
    UpdateDynamicCircularBufferAddress(moving, handle, *upper);
    detail::LaunchProgram(device_, moving);
    EXPECT_EQ(l1(place, 1)[0], upper->address());
    UpdateDynamicCircularBufferAddressAndTotalSize(moving, handle, *lower, 2048);
    detail::LaunchProgram(device_, moving);
    EXPECT_EQ(l1(place, 2), (Words{lower->address(), 2048}));
    EXPECT_NE(thrown([&] { UpdateCircularBufferTotalSize(moving, handle, 8192); }), "");

    // Inside of a buffer's share.
    CircularBufferConfig inside(1024, {{2, tt::DataFormat::Float16_b}, {5, tt::DataFormat::Float16_b}});
    inside.set_globally_allocated_address_and_total_size(*lower, 1024, 2048)
        .set_page_size(2, 1024)
        .set_page_size(5, 512);
    EXPECT_EQ(inside.address_offset(), 2048u);
    EXPECT_EQ(inside.max_size(), 2048u);
    EXPECT_NE(thrown([&] { inside.set_address_offset(8); }), "");
    EXPECT_NE(thrown([&] { inside.set_total_size(4096); }), "");
    inside.set_address_offset(1024);
    EXPECT_EQ(inside.globally_allocated_address(), lower->address() + 1024);
    Program third;
    CreateCircularBuffer(third, core, inside);
    const auto last = CreateKernelFromString(third, stores_circular_buffer, core, DataMovementConfig{});
    SetRuntimeArgs(third, last, core, {place});
    detail::LaunchProgram(device_, third);
    EXPECT_EQ(l1(place, 3), (Words{lower->address() + 1024, 1024, 1024}));
    EXPECT_THAT(thrown([&] { CircularBufferConfig(64, {{0, tt::DataFormat::Float32}}, *buffer(64, 64)); }),
                HasSubstr("Only L1 buffers"));

    CircularBufferConfig built(4096);
    built.index(2)
        .set_data_format(tt::DataFormat::Float32)
        .set_page_size(1024)
        .set_tile_dims(Tile({16, 16}))
        .set_total_size(8192);
    EXPECT_EQ(built.total_size(), 8192u);
    EXPECT_EQ(built.tiles()[2], Tile({16, 16}));
    built.remote_index(31).set_data_format(tt::DataFormat::Float32).set_page_size(1024);
    EXPECT_EQ(built.remote_buffer_indices(), std::unordered_set<uint8_t>{31});
    EXPECT_NE(thrown([&] { built.index(31); }), "");
    EXPECT_NE(thrown([&] { built.remote_index(30); }), "");
    EXPECT_NE(thrown([&] {
                  Program p;
                  CreateCircularBuffer(p, core, built);
                  detail::LaunchProgram(device_, p);
              }),
              "");
}

TEST_F(SingleDevice, ProgramsFromDescriptors) {
    const CoreRangeSet cores(CoreRange(core, CoreCoord(1, 0)));
    ProgramDescriptor descriptor;
    descriptor.kernels.push_back(
        KernelDescriptor{.kernel_source = R"(
            void kernel_main() {
                auto* word = reinterpret_cast<volatile uint32_t*>(get_arg_val<uint32_t>(0));
                word[0] = get_arg_val<uint32_t>(1) + get_common_arg_val<uint32_t>(0) + get_compile_time_arg_val(0) +
                          get_named_compile_time_arg_val("extra") + MORE;
                word[1] = *reinterpret_cast<volatile uint32_t*>(get_semaphore(4));
                word[2] = get_local_cb_interface(6).fifo_size;
                word[3] = noc_index;
            })",
                         .source_type = KernelDescriptor::SourceType::SOURCE_CODE,
                         .core_ranges = cores,
                         .compile_time_args = {10},
                         .named_compile_time_args = {{"extra", 20}},
                         .defines = {{"MORE", "30"}},
                         .runtime_args = {{CoreCoord(0, 0), {place, 1}}, {CoreCoord(1, 0), {place, 2}}},
                         .common_runtime_args = {100},
                         .config = WriterConfigDescriptor{}});
    descriptor.semaphores.push_back(SemaphoreDescriptor{.id = 4, .core_ranges = cores, .initial_value = 77});
    descriptor.cbs.push_back(
        CBDescriptor{.total_size = 4096,
                     .core_ranges = cores,
                     .format_descriptors = {CBFormatDescriptor{
                         .buffer_index = 6, .data_format = tt::DataFormat::UInt16, .page_size = 2048}}});
    EXPECT_EQ(descriptor.find_available_semaphore_id(core, CoreType::WORKER), 0u);
    Program program(descriptor);
    EXPECT_EQ(program.num_kernels(), 1u);
    detail::LaunchProgram(device_, program);
    EXPECT_EQ(l1(place, 4), (Words{161, 77, 4096, 1}));
    EXPECT_EQ(l1(place, 4, {1, 0}), (Words{162, 77, 4096, 1}));
    program.set_runtime_id(55);
    EXPECT_EQ(program.get_runtime_id(), 55u);
    EXPECT_NE(program.get_id(), Program().get_id());
    const auto meta = detail::collect_kernel_meta(program, device_);
    ASSERT_EQ(meta.size(), 1u);
    EXPECT_EQ(meta[0].programmable_core_type, HalProgrammableCoreType::TENSIX);
}

TEST_F(SingleDevice, GlobalSemaphoresOutliveProgramsAndJoinThem) {
    const CoreRangeSet cores(CoreRange(core, CoreCoord(1, 1)));
    const GlobalSemaphore semaphore = CreateGlobalSemaphore(device_, cores, 3);
    const auto address = static_cast<uint32_t>(semaphore.address());
    EXPECT_EQ(semaphore.cores(), cores);
    EXPECT_EQ(semaphore.device(), device_);
    EXPECT_EQ(std::get<0>(semaphore.attribute_values()), cores);
    for (const CoreCoord where : {CoreCoord(0, 0), CoreCoord(1, 0), CoreCoord(0, 1), CoreCoord(1, 1)}) {
        EXPECT_EQ(l1(address, 1, where)[0], 3u);
    }
    Program program;
    const CoreCoord far = device_->worker_core_from_logical_core(CoreCoord(1, 1));
    const auto sender = CreateKernelFromString(program, R"(
        void kernel_main() {
            noc_semaphore_inc(get_noc_addr(get_arg_val<uint32_t>(1), get_arg_val<uint32_t>(2), get_arg_val<uint32_t>(0)), 4);
            noc_async_atomic_barrier();
        })",
                                               core, DataMovementConfig{});
    const auto receiver = CreateKernelFromString(program, R"(
        void kernel_main() {
            volatile uint32_t* word = reinterpret_cast<volatile uint32_t*>(get_arg_val<uint32_t>(0));
            noc_semaphore_wait(word, 7);
            noc_semaphore_set(word, 70);
        })",
                                                 CoreCoord(1, 1), DataMovementConfig{});
    SetRuntimeArgs(program, sender, core, {address, static_cast<uint32_t>(far.x), static_cast<uint32_t>(far.y)});
    SetRuntimeArgs(program, receiver, CoreCoord(1, 1), {address});
    detail::LaunchProgram(device_, program);
    EXPECT_EQ(l1(address, 1, {1, 1})[0], 70u);
    EXPECT_EQ(l1(address)[0], 3u);
    semaphore.reset_semaphore_value(0);
    EXPECT_EQ(l1(address, 1, {1, 1})[0], 0u);
    EXPECT_NE(thrown([&] { CreateGlobalSemaphore(device_, cores, 0, BufferType::DRAM); }), "");
    EXPECT_LT(CreateGlobalSemaphore(device_, CoreRangeSet(CoreRange(core, core)), 9, BufferType::L1_SMALL).address(),
              device_->l1_size_per_core());
}

TEST_F(SingleDevice, MemoryOfEachKindIsSeenFromBothSides) {
    // DRAM channels, L1 words, buffers whole and in views, small L1 buffers at the top.
    Words words = counted(9, 16), back;
    detail::WriteToDeviceDRAMChannel(device_, 3, 1 << 20, words);
    detail::ReadFromDeviceDRAMChannel(device_, 3, (1 << 20) + 16, 32, back);
    EXPECT_EQ(back, counted(13, 8));
    EXPECT_THAT(thrown([&] { detail::WriteToDeviceDRAMChannel(device_, 99, 0, words); }), HasSubstr("dram"));
    EXPECT_THAT(thrown([&] { l1(device_->l1_size_per_core()); }), HasSubstr("l1-out-of-range"));
    uint32_t value = 0;
    EXPECT_THAT(thrown([&] { detail::ReadRegFromDevice(device_, core, 0xFFB12000, value); }),
                HasSubstr("no-registers"));
    EXPECT_THAT(thrown([&] { detail::WriteRegToDevice(device_, core, 0xFFB12000, value); }), HasSubstr("no-registers"));
    EXPECT_THAT(thrown([&] { (void)device_->sysmem_manager(); }), HasSubstr("no-system-memory"));
    Program ethernet;
    EXPECT_THAT(thrown([&] { CreateKernelFromString(ethernet, "void kernel_main() {}", core, EthernetConfig{}); }),
                HasSubstr("no-ethernet-cores"));

    const auto& allocator = *device_->allocator();
    const size_t before = allocator.get_statistics(BufferType::L1).total_allocated_bytes;
    {
        const auto small = on_cores(CoreRangeSet(CoreRange(core, CoreCoord(3, 0))), BufferType::L1_SMALL);
        const auto big = buffer(64 * 1024, 1024, BufferType::L1);
        EXPECT_GT(small->address(), big->address());
        EXPECT_EQ(allocator.get_statistics(BufferType::L1).total_allocated_bytes, before + 1024);
        EXPECT_EQ(device_->lowest_occupied_compute_l1_address(), big->address());
        EXPECT_EQ(allocator.get_allocated_buffers().size(), 2u);
        EXPECT_EQ(allocator.get_num_allocated_buffers(), 2u);
        words = counted(100, 64 * 256);
        detail::WriteToBuffer(big, words);
        const auto view = big->view(BufferRegion(8 * 1024, 4 * 1024));
        EXPECT_EQ(view->root_buffer(), big);
        EXPECT_EQ(view->root_buffer_region().offset, 8u * 1024);
        detail::ReadFromBuffer(view, back);
        EXPECT_EQ(back, counted(100 + 8 * 256, 1024));
        EXPECT_TRUE(big->is_valid_region(BufferRegion(0, 64 * 1024)));
        EXPECT_FALSE(big->is_valid_partial_region(BufferRegion(0, 64 * 1024)));
        EXPECT_TRUE(big->is_valid_partial_region(BufferRegion(0, 1024)));
        EXPECT_EQ(big->memory_type(), HalMemType::L1);
        EXPECT_EQ(big->core_type(), CoreType::WORKER);
        EXPECT_TRUE(big->is_l1() && !big->is_trace() && !big->has_shard_spec() && !big->sub_device_id());
        EXPECT_EQ(big->buffer_layout(), TensorMemoryLayout::INTERLEAVED);
        EXPECT_EQ(big->aligned_size(), 64u * 1024);
        EXPECT_NE(big->unique_id(), small->unique_id());
        EXPECT_NE(thrown([&] { (void)big->shard_spec(); }), "");
        Program program;
        AssignGlobalBufferToProgram(big, program);
    }
    EXPECT_EQ(allocator.get_statistics(BufferType::L1).total_allocated_bytes, before);
    EXPECT_EQ(device_->lowest_occupied_compute_l1_address(), std::nullopt);
    EXPECT_NE(thrown([&] { buffer(100, 64); }), "");
    EXPECT_THAT(thrown([&] { buffer(64, 32, BufferType::L1_SMALL); }), HasSubstr("sharded"));
    EXPECT_NE(thrown([&] {
                  buffer(64u << 20, 1 << 20, BufferType::L1);
                  buffer(2000u << 20, 1 << 20, BufferType::L1);
              }),
              "");
}

TEST_F(SingleDevice, GeometryAnswersAgree) {
    const CoreCoord grid = device_->compute_with_storage_grid_size();
    EXPECT_EQ(grid, CoreCoord(8, 8));
    EXPECT_EQ(device_->logical_grid_size(), grid);
    EXPECT_EQ(device_->grid_size(), CoreCoord(10, 12));
    EXPECT_EQ(device_->num_dram_channels(), 12);
    EXPECT_EQ(device_->dram_grid_size(), CoreCoord(12, 1));
    EXPECT_EQ(device_->dram_size_per_channel(), 1u << 30);
    EXPECT_EQ(device_->l1_size_per_core(), 1499136u);
    EXPECT_EQ(device_->get_clock_rate_mhz(), 1000);
    EXPECT_EQ(device_->build_id(), 0);
    EXPECT_EQ(device_->worker_cores_from_logical_cores({{0, 0}, {7, 7}}), (std::vector<CoreCoord>{{18, 18}, {25, 25}}));
    EXPECT_EQ(device_->virtual_noc0_coordinate(0, CoreCoord(18, 18)), CoreCoord(18, 18));
    EXPECT_EQ(device_->num_worker_cores(HalProgrammableCoreType::TENSIX, SubDeviceId{0}), 64u);
    EXPECT_EQ(device_->worker_cores(HalProgrammableCoreType::TENSIX, SubDeviceId{0}).num_cores(), 64u);
    for (uint32_t channel = 0; channel < 12; ++channel) {
        const CoreCoord logical = device_->logical_core_from_dram_channel(channel);
        EXPECT_EQ(device_->dram_channel_from_logical_core(logical), channel);
        const CoreCoord where = device_->virtual_core_from_logical_core(logical, CoreType::DRAM);
        EXPECT_EQ(device_->get_mem_type_of_core(where), HalMemType::DRAM);
        // Two channels share a controller on Wormhole; the first is the answer then.
        EXPECT_EQ(device_->dram_channel_from_virtual_core(where) / 2, channel / 2);
    }
    EXPECT_EQ(device_->get_mem_type_of_core(CoreCoord(18, 18)), HalMemType::L1);
    EXPECT_EQ(device_->get_programmable_core_type(CoreCoord(18, 18)), HalProgrammableCoreType::TENSIX);
    EXPECT_EQ(device_->get_noc_unicast_encoding(0, CoreCoord(18, 20)), 18u | 20u << 6);
    const CoreRange box(CoreCoord(18, 18), CoreCoord(20, 21));
    EXPECT_EQ(device_->get_noc_multicast_encoding(0, box), 20u | 21u << 6 | 18u << 12 | 18u << 18);
    EXPECT_EQ(device_->get_noc_multicast_encoding(1, box), 18u | 18u << 6 | 20u << 12 | 21u << 18);
    const auto nearest = device_->get_optimal_dram_bank_to_logical_worker_assignment(NOC::NOC_0);
    EXPECT_EQ(std::set<CoreCoord>(nearest.begin(), nearest.end()).size(), 12u);
    EXPECT_TRUE(device_->get_active_ethernet_cores().empty());
    EXPECT_FALSE(device_->is_active_ethernet_core(CoreCoord(0, 0)));
    EXPECT_TRUE(device_->get_ethernet_sockets(1).empty());
    EXPECT_EQ(device_->get_inactive_ethernet_cores().size(), device_->ethernet_cores().size());
    const CoreCoord link = device_->ethernet_core_from_logical_core(CoreCoord(0, 1));
    EXPECT_EQ(device_->logical_core_from_ethernet_core(link), CoreCoord(0, 1));
    EXPECT_TRUE(device_->is_inactive_ethernet_core(CoreCoord(0, 1)));
    EXPECT_THAT(thrown([&] { (void)device_->get_connected_ethernet_core(CoreCoord(0, 1)); }), HasSubstr("thernet"));
    EXPECT_EQ(device_->ethernet_cores_from_logical_cores({{0, 1}}), std::vector<CoreCoord>{link});
    EXPECT_TRUE(device_->is_mmio_capable());
    EXPECT_EQ(detail::GetActiveDevice(0), device_);
    EXPECT_EQ(GetNumAvailableDevices(), 1u);
    EXPECT_EQ(GetNumPCIeDevices(), 1u);
    EXPECT_EQ(GetPCIeDeviceID(0), 0);
    EXPECT_FALSE(IsGalaxyCluster());
    EXPECT_TRUE(detail::DispatchStateCheck(true));
    EXPECT_EQ(detail::get_platform_architecture_name(), "wormhole_b0");
    const uint32_t encoded = detail::EncodePerDeviceProgramID(1234, 5, true);
    EXPECT_EQ(encoded, 5u | 1234u << 10 | 1u << 31);
    const auto decoded = detail::DecodePerDeviceProgramID(encoded);
    EXPECT_EQ(decoded.base_program_id, 1234u);
    EXPECT_EQ(decoded.device_id, 5u);
    EXPECT_TRUE(decoded.is_host_fallback_op);

    device_->enable_program_cache();
    EXPECT_EQ(device_->num_program_cache_entries(), 0u);
    EXPECT_TRUE(device_->get_program_cache().is_enabled());
    device_->set_program_cache_misses_allowed(true);
    device_->clear_program_cache();
    device_->disable_and_clear_program_cache();
    EXPECT_FALSE(device_->get_program_cache().is_enabled());
    device_->set_trace_buffers_size(64);
    EXPECT_EQ(device_->get_trace_buffers_size(), 64u);
    EXPECT_FALSE(device_->initialize(1, 0, 0, 0));
}

TEST_F(SingleDevice, SubDevicesDivideTheGrid) {
    const CoreRangeSet left(CoreRange(CoreCoord(0, 0), CoreCoord(3, 7))),
        right(CoreRange(CoreCoord(4, 0), CoreCoord(7, 7)));
    const SubDevice a(std::array{left}), b(std::array{right});
    EXPECT_EQ(a.num_cores(HalProgrammableCoreType::TENSIX), 32u);
    EXPECT_TRUE(a.has_core_type(HalProgrammableCoreType::TENSIX));
    EXPECT_EQ(b.cores(HalProgrammableCoreType::TENSIX), right);
    const auto fallback = device_->get_default_sub_device_manager_id();
    EXPECT_EQ(device_->get_active_sub_device_manager_id(), fallback);
    const auto manager = device_->create_sub_device_manager({a, b}, 64 * 1024);
    device_->load_sub_device_manager(manager);
    EXPECT_EQ(device_->get_active_sub_device_manager_id(), manager);
    EXPECT_EQ(device_->num_sub_devices(), 2u);
    EXPECT_EQ(device_->get_sub_device_ids(), (std::vector<SubDeviceId>{SubDeviceId{0}, SubDeviceId{1}}));
    EXPECT_EQ(device_->worker_cores(HalProgrammableCoreType::TENSIX, SubDeviceId{1}), right);
    const std::array stall{SubDeviceId{1}};
    device_->set_sub_device_stall_group(stall);
    EXPECT_EQ(device_->get_sub_device_stall_group(), std::vector<SubDeviceId>{SubDeviceId{1}});
    device_->reset_sub_device_stall_group();
    EXPECT_EQ(device_->get_sub_device_stall_group().size(), 2u);
    EXPECT_TRUE(device_->has_noc_mcast_txns(SubDeviceId{0}));
    // A buffer of one sub-device takes memory of its own, below 64 KiB; a program runs on one of them.
    {
        const auto own = on_cores(right, BufferType::L1, SubDeviceId{1});
        EXPECT_EQ(own->sub_device_id(), SubDeviceId{1});
        EXPECT_LT(own->address(), device_->allocator()->get_base_allocator_addr(HalMemType::L1) + 64 * 1024);
        detail::WriteToBuffer(own, counted(4, 32 * 64));
        Words back;
        detail::ReadFromBuffer(own, back);
        EXPECT_EQ(back, counted(4, 32 * 64));
        EXPECT_EQ(l1(own->address(), 1, CoreCoord(4, 0))[0], 4u);
    }
    Program program;
    const auto kernel = CreateKernelFromString(program, R"(
        void kernel_main() {
            auto* word = reinterpret_cast<volatile uint32_t*>(get_arg_val<uint32_t>(0));
            word[0] = get_absolute_logical_x() * 16 + get_absolute_logical_y();
            word[1] = get_relative_logical_x() * 16 + get_relative_logical_y();
        })",
                                               CoreCoord(6, 3), DataMovementConfig{});
    SetRuntimeArgs(program, kernel, CoreCoord(6, 3), {place});
    detail::LaunchProgram(device_, program);
    EXPECT_EQ(l1(place, 2, {6, 3}), (Words{0x63, 0x23}));
    device_->clear_loaded_sub_device_manager();
    EXPECT_EQ(device_->num_sub_devices(), 1u);
    device_->remove_sub_device_manager(manager);
    EXPECT_NE(thrown([&] { device_->load_sub_device_manager(manager); }), "");
}

TEST_F(SingleDevice, ConfigurationsOfKernels) {
    const ReaderDataMovementConfig reader({1});
    const WriterDataMovementConfig writer;
    EXPECT_EQ(reader.processor, DataMovementProcessor::RISCV_1);
    EXPECT_EQ(reader.noc, NOC::NOC_0);
    EXPECT_EQ(writer.processor, DataMovementProcessor::RISCV_0);
    EXPECT_EQ(writer.noc, NOC::NOC_1);
    EXPECT_EQ(detail::preferred_noc_for_dram_read(tt::ARCH::WORMHOLE_B0), NOC::NOC_0);
    EXPECT_EQ(detail::preferred_noc_for_dram_write(tt::ARCH::WORMHOLE_B0), NOC::NOC_1);
    // A compute kernel between two data-movement kernels that never met before: compile, write arguments, launch.
    Program program;
    const auto kernel = CreateKernelFromString(program, stores_sum, core, reader);
    auto args = std::make_shared<RuntimeArgs>();
    const auto where = buffer(64, 64);
    *args = {place, where.get()};
    SetRuntimeArgs(device_, detail::GetKernel(program, kernel), core, args);
    SetCommonRuntimeArgs(program, kernel, {1});
    detail::CompileProgram(device_, program);
    detail::WriteRuntimeArgsToDevice(device_, program);
    EXPECT_TRUE(detail::ConfigureDeviceWithProgram(device_, program));
    detail::LaunchProgram(device_, program, false);
    detail::WaitProgramDone(device_, program);
    EXPECT_EQ(l1(place)[0], where->address() + 1);
}

}  // namespace
