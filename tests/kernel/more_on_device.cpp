// Data-movement functions that need more than one statement to judge: states, transaction ids, both NoCs, circular
// buffers and the objects of the experimental headers. Kernels write what they found to L1, and the expected words
// stand here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <string>
#include <vector>

#include <tt-metalium/device.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>

using namespace tt::tt_metal;

namespace {

using Words = std::vector<uint32_t>;
using ::testing::HasSubstr;

constexpr uint32_t source = 700 * 1024;  // L1 addresses that no circular buffer of these tests uses
constexpr uint32_t target = 800 * 1024;
constexpr uint32_t found = 900 * 1024;  // where kernels leave what they saw

Words counted(uint32_t first, uint32_t count) {
    Words values(count);
    std::iota(values.begin(), values.end(), first);
    return values;
}

class MoreOnDevice : public testing::Test {
protected:
    void SetUp() override {
        device_ = CreateDevice(0);
        Words pattern = counted(1000, 256), zeros(512);
        for (uint32_t x = 0; x < 4; ++x) {
            for (uint32_t y = 0; y < 4; ++y) {
                detail::WriteToDeviceL1(device_, CoreCoord(x, y), source, pattern);
                detail::WriteToDeviceL1(device_, CoreCoord(x, y), target, zeros);
                detail::WriteToDeviceL1(device_, CoreCoord(x, y), found, zeros);
            }
        }
    }
    void TearDown() override { CloseDevice(device_); }

    /// A data-movement kernel whose body knows `out`, and the virtual coordinates of the cores (1,1) and (3,2).
    KernelHandle add(Program& program, const std::string& body, DataMovementConfig config = {},
                     CoreCoord core = CoreCoord(0, 0), Words more = {}) {
        const std::string text =
            "#include <experimental/circular_buffer.h>\n"
            "#include <experimental/core_local_mem.h>\n"
            "#include <experimental/dataflow_buffer.h>\n"
            "#include <experimental/endpoints.h>\n"
            "#include <experimental/noc_semaphore.h>\n"
            "#include <api/compile_time_args.h>\n"
            "#include <api/debug/eth_link_status.h>\n"
            "#include <api/debug/noc_logging.h>\n"
            "#include <api/numeric/bfloat16.h>\n"
            "#include <api/numeric/float32.h>\n"
            "#include <api/numeric/int32.h>\n"
            "#include <api/remote_circular_buffer.h>\n"
            "#include <api/socket_api.h>\n"
            "constexpr uint32_t source = " +
            std::to_string(source) + ", target = " + std::to_string(target) +
            ";\n"
            "void kernel_main() {\n"
            "    const uint32_t x0 = get_arg_val<uint32_t>(0), y0 = get_arg_val<uint32_t>(1);\n"
            "    const uint32_t x1 = get_arg_val<uint32_t>(2), y1 = get_arg_val<uint32_t>(3);\n"
            "    volatile uint32_t* out = reinterpret_cast<volatile uint32_t*>(" +
            std::to_string(found) + ");\n" + body + "\n}\n";
        const KernelHandle kernel = CreateKernelFromString(program, text, core, config);
        const CoreCoord a = device_->worker_core_from_logical_core(CoreCoord(1, 1));
        const CoreCoord b = device_->worker_core_from_logical_core(CoreCoord(3, 2));
        Words args{static_cast<uint32_t>(a.x), static_cast<uint32_t>(a.y), static_cast<uint32_t>(b.x),
                   static_cast<uint32_t>(b.y)};
        args.insert(args.end(), more.begin(), more.end());
        SetRuntimeArgs(program, kernel, core, args);
        return kernel;
    }

    Words l1(CoreCoord core, uint32_t address, uint32_t count) {
        Words values(count);
        detail::ReadFromDeviceL1(device_, core, address, count * 4, values);
        return values;
    }

    IDevice* device_ = nullptr;
};

constexpr auto on_noc_1 = [](Words compile_args = {}) {
    return DataMovementConfig{
        .processor = DataMovementProcessor::RISCV_1, .noc = NOC::RISCV_1_default, .compile_args = compile_args};
};

TEST_F(MoreOnDevice, TransactionIdsAndStatesOnNoc1) {
    Program program;
    add(program, R"(
        out[0] = noc_index;
        const uint64_t remote = get_noc_addr(x0, y0, target);
        noc_async_write_one_packet_with_trid_set_state(remote, write_cmd_buf);
        noc_async_write_one_packet_with_trid_with_state(source, target, 32, 1);
        noc_async_write_one_packet_with_trid_with_state(source + 32, target + 32, 32, 2);
        noc_async_write_flushed_with_trid(1);
        noc_async_write_barrier_with_trid(1);
        noc_async_write_barrier_with_trid(2);
        noc_async_read_one_packet_set_state(get_noc_addr(x1, y1, source), 64);
        noc_async_read_one_packet_with_state<false>(source + 128, target);
        noc_async_read_one_packet_with_state<false>(source + 256, target + 64);
        noc_async_read_inc_num_issued(2);
        noc_async_read_barrier();
        reset_noc_trid_barrier_counter();
        // A read of more than one packet, and one with transaction id.
        noc_async_read(get_noc_addr(x1, y1, source), target + 128, 1024);
        noc_async_read_set_trid(7);
        noc_async_read(get_noc_addr(x1, y1, source + 16), target + 1152, 16);
        noc_async_read_barrier_with_trid(7);
        noc_async_read_barrier();
    )",
        on_noc_1());
    detail::LaunchProgram(device_, program);
    EXPECT_EQ(l1({0, 0}, found, 1)[0], 1u);
    EXPECT_EQ(l1({1, 1}, target, 16), counted(1000, 16));
    EXPECT_EQ(l1({0, 0}, target, 16), counted(1032, 16));
    EXPECT_EQ(l1({0, 0}, target + 64, 16), counted(1064, 16));
    EXPECT_EQ(l1({0, 0}, target + 128, 256), counted(1000, 256));
    EXPECT_EQ(l1({0, 0}, target + 1152, 4), counted(1004, 4));
}

TEST_F(MoreOnDevice, MulticastsInBothCornerOrdersOnBothNocs) {
    // The sender (2,1) lies in the rectangle (1,1)-(3,2); four rounds, each to words of its own.
    const char* body = R"(
        const uint32_t base = target + 256 * noc_index;
        volatile uint32_t* word = reinterpret_cast<volatile uint32_t*>(source + 512 + 16 * noc_index);
        const uint64_t forth = get_noc_multicast_addr(x0, y0, x1, y1, 0), back = get_noc_multicast_addr(x1, y1, x0, y0, 0);
        noc_semaphore_set(word, 5 + noc_index);
        const uint32_t from = reinterpret_cast<uint32_t>(word);
        noc_semaphore_set_multicast(from, forth + base, 5, true);
        noc_semaphore_set_multicast(from, back + base + 16, 5);
        noc_semaphore_set_multicast_loopback_src(from, back + base + 32, 6);
        noc_inline_dw_write_multicast(forth + base + 52, 99, 5);
        noc_semaphore_inc_multicast(back + base + 56, 3, 5);
        noc_semaphore_set_remote(from, get_noc_addr(x0, y0, base + 64));
        noc_async_write_multicast_loopback_src(source, back + base + 96, 32, 6, true);
        noc_async_write_multicast(source + 32, forth + base + 128, 32, 5, true);
        noc_async_full_barrier();
    )";
    Program program;
    add(program, body, on_noc_1(), CoreCoord(2, 1));
    add(program, body, {.processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default}, CoreCoord(2, 1));
    detail::LaunchProgram(device_, program);
    for (uint32_t noc = 0; noc < 2; ++noc) {
        for (uint32_t x = 0; x < 4; ++x) {
            for (uint32_t y = 0; y < 4; ++y) {
                const bool inside = x >= 1 && x <= 3 && y >= 1 && y <= 2, sender = x == 2 && y == 1;
                const uint32_t value = 5 + noc, base = target + 256 * noc;
                Words expected(17);
                if (inside) {
                    expected[8] = value;
                }
                if (inside && !sender) {
                    expected[0] = expected[4] = value;
                    expected[13] = 99;
                    expected[14] = 3;
                    expected[16] = x == 1 && y == 1 ? value : 0;
                }
                EXPECT_EQ(l1({x, y}, base, 17), expected) << x << "," << y << " NoC " << noc;
                EXPECT_EQ(l1({x, y}, base + 96, 8), inside ? counted(1000, 8) : Words(8)) << x << "," << y;
                EXPECT_EQ(l1({x, y}, base + 128, 8), inside && !sender ? counted(1008, 8) : Words(8)) << x << "," << y;
            }
        }
    }
}

TEST_F(MoreOnDevice, ArgumentsClockAndArithmetic) {
    Program program;
    DataMovementConfig config = on_noc_1({7, 8, 9});
    config.named_compile_args = {{"rows", 31}, {"cols", 33}};
    config.defines = {{"FLAVOUR", "12"}};
    const KernelHandle kernel = add(program, R"(
        out[0] = get_ct_arg<2>() + kernel_compile_time_args[1];
        out[1] = get_named_ct_arg("rows") * 100 + get_named_compile_time_arg_val("cols") + FLAVOUR;
        out[2] = *reinterpret_cast<volatile uint32_t*>(get_common_arg_addr(1));
        out[3] = get_common_arg_val<uint32_t>(0) + *reinterpret_cast<volatile uint32_t*>(get_arg_addr(4));
        out[4] = static_cast<uint32_t>(get_arg_val<int32_t>(5));
        out[5] = __builtin_bit_cast(uint32_t, get_arg_val<float>(6));
        out[6] = align_power_of_2(33, 32) + align(100, 48) + is_power_of_2(64) + is_power_of_2(65);
        out[7] = is_l1_address(get_noc_addr(x0, y0, source)) + 2 * is_l1_address(0xFFB20000);
        out[8] = get_num_threads() * 10 + get_my_thread_id();
        uint32_t heartbeat = 0;
        RISC_POST_HEARTBEAT(heartbeat);
        // The clock's registers, by function and by pointer; a loop that waits for time to pass must end.
        const uint32_t before = get_timestamp_32b();
        volatile uint32_t* clock = reinterpret_cast<volatile uint32_t*>(RISCV_DEBUG_REG_WALL_CLOCK_L);
        const uint32_t start = clock[0];
        while (clock[0] - start < 100000) {
        }
        out[9] = reg_read(RISCV_DEBUG_REG_WALL_CLOCK_L) - before >= 100000;
        out[10] = *reinterpret_cast<volatile uint32_t*>(RISCV_DEBUG_REG_WALL_CLOCK_H);
        volatile uint32_t* word = reinterpret_cast<volatile uint32_t*>(target);
        noc_semaphore_inc(get_noc_addr(target), 6);
        wait_for_sync_register_value(target, 6);
        out[11] = *word;
        zero_l1_buf(reinterpret_cast<uint32_t*>(source), 16);
        invalidate_l1_cache();
        out[12] = buf_ptr_inc_wrap(90, 20, 100) * 1000 + buf_ptr_dec_wrap(5, 20, 100);
    )",
                                    config, CoreCoord(0, 0), {500, static_cast<uint32_t>(-3), 0x40490FDB});
    SetCommonRuntimeArgs(program, kernel, {11, 22});
    detail::LaunchProgram(device_, program);
    EXPECT_EQ(l1({0, 0}, found, 13), (Words{17, 3145, 22, 511, static_cast<uint32_t>(-3), 0x40490FDB, 64 + 144 + 1, 1,
                                            10, 1, 0, 6, 10 * 1000 + 85}));
    EXPECT_EQ(l1({0, 0}, source, 5), (Words{0, 0, 0, 0, 1004}));
}

TEST_F(MoreOnDevice, CircularBufferFunctionsAndObjects) {
    Program program;
    CircularBufferConfig config(4 * 1088, {{3, tt::DataFormat::Bfp8_b}});
    config.set_page_size(3, 1088);
    CreateCircularBuffer(program, CoreCoord(0, 0), config);
    CircularBufferConfig narrow(8 * 512, {{9, tt::DataFormat::Float16_b}});
    narrow.set_page_size(9, 512).set_tile_dims(9, Tile({16, 16}));
    CreateCircularBuffer(program, CoreCoord(0, 0), narrow);
    add(program, R"(
        using experimental::CircularBuffer;
        CircularBuffer cb(3), small(9);
        out[0] = cb.get_cb_id() + small.get_cb_id();
        out[1] = cb.get_tile_size() * 10000 + small.get_tile_size();
        out[2] = cb.get_tile_hw() * 10000 + small.get_tile_hw();
        out[3] = get_tile_num_faces(3) * 10 + get_tile_num_faces(9);
        out[4] = static_cast<uint32_t>(cb.get_dataformat()) * 100 + static_cast<uint32_t>(get_dataformat(9));
        out[5] = cb_pages_reservable_at_back(3, 4) + 2 * cb_pages_reservable_at_back(3, 5) + 4 * cb_pages_available_at_front(3, 1);
        cb.reserve_back(3);
        const uint32_t first = cb.get_write_ptr();
        cb.push_back(3);
        out[6] = cb.get_write_ptr() - first;
        out[7] = cb.pages_reservable_at_back(1) + 2 * cb.pages_reservable_at_back(2) + 4 * cb.pages_available_at_front(3) +
                 8 * cb.pages_available_at_front(4);
        cb.wait_front(2);
        cb.pop_front(2);
        out[8] = cb.get_read_ptr() - first;
        cb.reserve_back(1);
        cb.push_back(1);
        out[9] = cb.get_write_ptr() - first;  // wrapped
        {
            auto lock = cb.scoped_lock();
        }
        // From the read pointer to the write pointer, through this core's own NoC address.
        experimental::Noc noc;
        experimental::UnicastEndpoint self;
        volatile uint32_t* front = reinterpret_cast<volatile uint32_t*>(cb.get_read_ptr());
        front[0] = 41;
        front[1] = 42;
        noc.async_write(cb, self, 32, {}, {.noc_x = my_x[noc_index], .noc_y = my_y[noc_index], .addr = target});
        noc.async_writes_flushed();
        noc.async_write_barrier();
        noc.async_read(self, cb, 32, {.noc_x = x0, .noc_y = y0, .addr = source}, {.offset_bytes = 64});
        noc.async_read(self, use<CircularBuffer::AddrSelector::READ_PTR>(cb), 16, {.noc_x = x0, .noc_y = y0, .addr = source + 64},
                       {.offset_bytes = 16});
        noc.async_read_barrier();
        out[10] = reinterpret_cast<volatile uint32_t*>(cb.get_write_ptr())[16];
        out[11] = front[4];

        experimental::DataflowBuffer flow(9);
        out[12] = flow.get_id() * 10000 + flow.get_entry_size();
        flow.reserve_back(2);
        const uint32_t written = flow.get_write_ptr();
        flow.read_in();
        flow.push_back(2);
        flow.wait_front(1);
        out[13] = flow.get_read_ptr() == written && flow.get_write_ptr() == written + 1024;
        noc.async_read(self, flow, 16, {.noc_x = x0, .noc_y = y0, .addr = source + 128}, {});
        noc.async_read_barrier();
        flow.pop_front(1);
        flow.wait_front(1);
        flow.write_out();
        flow.pop_front(1);
        flow.finish();
        out[14] = reinterpret_cast<volatile uint32_t*>(written)[256 ];
        const auto& cells = get_local_cb_interface(9);
        out[15] = cells.fifo_page_size * cells.fifo_num_pages - cells.fifo_size + (cells.fifo_limit - written);
        auto guard = flow.scoped_lock();
    )");
    detail::LaunchProgram(device_, program);
    EXPECT_EQ(l1({0, 0}, found, 16), (Words{12, 1088u * 10000 + 512, 1024u * 10000 + 256, 41, 6 * 100 + 5, 1, 3 * 1088,
                                            1 + 4, 2 * 1088, 0, 1000, 1016, 90512, 1, 1032, 8 * 512}));
    EXPECT_EQ(l1({0, 0}, target, 2), (Words{41, 42}));
}

TEST_F(MoreOnDevice, ComputeKernelsSeeTheirTilesAsMemory) {
    Program program;
    CircularBufferConfig config(4 * 64, {{0, tt::DataFormat::UInt32}});
    config.set_page_size(0, 64);
    CreateCircularBuffer(program, CoreCoord(0, 0), config);
    add(program, R"(
        cb_reserve_back(0, 2);
        for (uint32_t i = 0; i < 32; ++i) {
            reinterpret_cast<volatile uint32_t*>(get_write_ptr(0))[i] = 300 + i;
        }
        cb_push_back(0, 2);
    )");
    CreateKernelFromString(program,
                           R"(
        #include "api/compute/common.h"
        #include "experimental/circular_buffer.h"
        void kernel_main() {
            experimental::CircularBuffer cb(0);
            volatile uint32_t* out = reinterpret_cast<volatile uint32_t*>()" +
                               std::to_string(found) + R"();
            cb.wait_front(2);
            out[32] = cb.read_tile_value(0, 3);
            out[33] = cb.read_tile_value(1, 2);
            out[34] = cb.get_tile_address(1) - cb.get_tile_address(0);
            out[35] = cb.get_tile_address(0) - (cb.get_read_ptr() << 4);
            cb.pop_front(2);
        })",
                           CoreCoord(0, 0), ComputeConfig{});
    detail::LaunchProgram(device_, program);
    EXPECT_EQ(l1({0, 0}, found + 128, 4), (Words{303, 318, 64, 0}));
}

TEST_F(MoreOnDevice, NocObjectsWithStatesIdsAndBanks) {
    Program program;
    CreateSemaphore(program, CoreRange(CoreCoord(0, 0), CoreCoord(3, 3)), 2);
    CreateSemaphore(program, CoreRange(CoreCoord(0, 0), CoreCoord(3, 3)), 0);
    add(program, R"(
        using experimental::Noc;
        Noc noc(1);
        const experimental::UnicastEndpoint far;
        const experimental::CoreLocalMem<uint32_t> from(source), to(target);
        out[0] = noc.get_noc_id() + 2 * noc.is_local_bank(my_x[1], my_y[1]) + 4 * noc.is_local_bank(x0, y0) +
                 8 * noc.is_local_addr(get_noc_addr(source)) + 16 * noc.is_local_addr(get_noc_addr(x0, y0, source));
        out[1] = far.get_noc_unicast_addr(x0, y0, source, 1) == get_noc_addr(x0, y0, source, 1);
        out[2] = experimental::noc_traits_t<experimental::UnicastEndpoint>::src_addr<Noc::AddressType::NOC>(
                     far, noc, {.noc_x = x1, .noc_y = y1, .addr = target}) == get_noc_addr(x1, y1, target, 1);
        out[3] = experimental::noc_traits_t<experimental::CoreLocalMem<uint32_t>>::dst_addr<Noc::AddressType::LOCAL_L1>(
                     to, noc, {.offset_bytes = 8}) - target;

        noc.set_async_read_state<Noc::VcSelection::DEFAULT, 32>(far, 32, {.noc_x = x0, .noc_y = y0, .addr = source});
        noc.async_read_with_state<Noc::VcSelection::DEFAULT, 32>(far, to, 32, {.noc_x = x0, .noc_y = y0, .addr = source + 32}, {});
        noc.set_async_read_state(far, 64, {.noc_x = x0, .noc_y = y0, .addr = source});
        noc.async_read_with_state(far, to, 64, {.noc_x = x0, .noc_y = y0, .addr = source + 64}, {.offset_bytes = 32});
        noc.async_read<Noc::TxnIdMode::ENABLED>(far, to, 32, {.noc_x = x0, .noc_y = y0, .addr = source}, {.offset_bytes = 96},
                                                NOC_UNICAST_WRITE_VC, 4);
        noc.async_read_barrier<Noc::BarrierMode::TXN_ID>(4);
        noc.async_read_barrier();

        noc.set_async_write_state<Noc::ResponseMode::NON_POSTED, 32>(far, 32, {.noc_x = x1, .noc_y = y1, .addr = target});
        noc.async_write_with_state<Noc::ResponseMode::NON_POSTED, 32>(from, far, 32, {}, {.noc_x = x1, .noc_y = y1, .addr = target});
        noc.set_async_write_state(far, 64, {.noc_x = x1, .noc_y = y1, .addr = target});
        noc.async_write_with_state(from, far, 64, {.offset_bytes = 128}, {.noc_x = x1, .noc_y = y1, .addr = target + 32});
        noc.async_write<Noc::TxnIdMode::ENABLED>(from, far, 16, {}, {.noc_x = x1, .noc_y = y1, .addr = target + 96},
                                                 NOC_UNICAST_WRITE_VC, 3);
        noc.async_writes_flushed<Noc::ResponseMode::NON_POSTED, Noc::BarrierMode::TXN_ID>(3);
        noc.async_write_barrier<Noc::BarrierMode::TXN_ID>(3);
        noc.inline_dw_write(far, 0x01020304, {.noc_x = x1, .noc_y = y1, .addr = target + 112}, 0x6);
        noc.async_write_multicast(from, experimental::MulticastEndpoint{}, 16, 6, {.offset_bytes = 16},
                                  {.noc_x_start = x1, .noc_y_start = y1, .noc_x_end = x0, .noc_y_end = y0, .addr = target + 256});
        noc.async_full_barrier();

        const experimental::AllocatorBank<experimental::AllocatorBankType::DRAM> dram;
        const experimental::AllocatorBank<experimental::AllocatorBankType::L1> bank;
        noc.async_write(from, dram, 32, {}, {.bank_id = 5, .addr = 1 << 20});
        noc.async_write(from, bank, 32, {.offset_bytes = 32}, {.bank_id = 3, .addr = target + 512});
        noc.async_write_barrier();
        noc.async_read(dram, to, 32, {.bank_id = 5, .addr = 1 << 20}, {.offset_bytes = 128});
        noc.async_read_barrier();
        out[4] = get_noc_addr_from_bank_id<true>(5, 64) == dram.get_noc_addr_from_bank_id(5, 64, noc_index);

        experimental::CoreLocalMem<uint32_t> walk(source);
        out[5] = *walk.get_unsafe_ptr() + walk[2] + *(walk + 3) + *++walk;
        out[6] = static_cast<uint32_t>((walk + 7) - walk) + (walk.get_address() - source) + (walk == walk) + bool(walk);

        experimental::Semaphore<> semaphore(0), other(1);
        semaphore.wait(2);
        semaphore.wait_min(1);
        semaphore.set(9);
        semaphore.set_multicast(noc, x1, y1, x0, y0, 6);
        noc.async_write_barrier();
        semaphore.inc_multicast(noc, x1, y1, x0, y0, 4, 6);
        noc.async_atomic_barrier();
        semaphore.up(noc, x0, y0, 100);
        noc.async_atomic_barrier();
        semaphore.relay_unicast(noc, other, x0, y0);
        semaphore.relay_multicast<Noc::McastMode::EXCLUDE_SRC>(noc, other, x1, y1, x1, y1, 1);
        noc.async_full_barrier();
        out[7] = get_semaphore(0);
        out[8] = get_semaphore(1);
    )");
    detail::LaunchProgram(device_, program);
    const Words seen = l1({0, 0}, found, 9);
    EXPECT_EQ(Words(seen.begin(), seen.begin() + 7),
              (Words{1 + 2 + 8, 1, 1, 8, 1, 1000 + 1002 + 1003 + 1001, 7 + 4 + 1 + 1}));
    EXPECT_EQ(l1({0, 0}, target, 24), counted(1008, 24));
    EXPECT_EQ(l1({0, 0}, target + 96, 8), counted(1000, 8));
    EXPECT_EQ(l1({0, 0}, target + 128, 8), counted(1000, 8));
    EXPECT_EQ(l1({3, 2}, target, 8), counted(1000, 8));
    EXPECT_EQ(l1({3, 2}, target + 32, 16), counted(1032, 16));
    EXPECT_EQ(l1({3, 2}, target + 96, 5), (Words{1000, 1001, 1002, 1003, 0x00020300}));
    // Bank 3 of L1 is the fourth core of the first row.
    EXPECT_EQ(l1({3, 0}, target + 512, 8), counted(1008, 8));
    for (const auto& [x, y] : {std::pair{1u, 1u}, {2u, 1u}, {3u, 2u}}) {
        EXPECT_EQ(l1({x, y}, target + 256, 4), counted(1004, 4));
        EXPECT_EQ(l1({x, y}, seen[7], 1)[0], x == 1 ? 113u : 13u) << x << y;
        EXPECT_EQ(l1({x, y}, seen[8], 1)[0], x == 2 ? 0u : 9u) << x << y;
    }
    Words dram;
    detail::ReadFromDeviceDRAMChannel(device_, 5, 1 << 20, 32, dram);
    EXPECT_EQ(dram, counted(1000, 8));
}

TEST_F(MoreOnDevice, ComparisonsByBits) {
    Program program;
    add(program, R"(
        #define BOTH(f, a, b) (f(a, b) + 2 * f(b, a))
        out[0] = BOTH(bfloat16_greater, 0x3F80, 0x4000);
        out[1] = BOTH(bfloat16_greater, 0xBF80, 0xC000);
        out[2] = BOTH(bfloat16_greater, 0x3F80, 0x3F80);
        out[3] = BOTH(bfloat16_greater, 0x0001, 0xFF80);
        out[4] = BOTH(float32_greater, 0x3F800000u, 0x3F800001u);
        out[5] = BOTH(float32_greater, 0xBF800000u, 0xBF800001u);
        out[6] = BOTH(float32_greater, 0x7FC00000u, 0x3F800000u);
        out[7] = BOTH(int32_greater, -5, 3);
        out[8] = BOTH(int32_greater, INT32_MIN, INT32_MAX);
        log_noc_xfer(64);
        LOG_LEN(32);
        LOG_READ_LEN_FROM_STATE(0);
        LOG_WRITE_LEN_FROM_STATE(0);
        PAUSE();
        watcher_pause();
        push_to_ring_buffer(4);
        WATCHER_RING_BUFFER_PUSH(5);
        WATCHER_CHECK_ETH_LINK_STATUS();
        static_assert(ASSERT_ENABLED && WATCHER_ASSERT_ENABLED && !LIGHTWEIGHT_ASSERT_ENABLED &&
                      !WATCHER_ETH_LINK_STATUS_ENABLED);
    )",
        on_noc_1());
    detail::LaunchProgram(device_, program);
    EXPECT_EQ(l1({0, 0}, found, 9), (Words{2, 1, 0, 1, 2, 1, 0, 2, 2}));
}

TEST_F(MoreOnDevice, WhatIsNotSimulatedSaysSo) {
    // One kernel, compiled once; its last argument says which function to call.
    Program program;
    DataMovementConfig config;
    const KernelHandle kernel = add(program, R"(
        SocketSenderInterface sender{};
        SocketReceiverInterface receiver{};
        const uint32_t cbs[1] = {0};
        switch (get_arg_val<uint32_t>(4)) {
            case 0: noc_async_write_multicast_exclude_region(source, 0, 32, 0, 1); break;
            case 1: get_system_memory_noc_addr(0, 64, 0); break;
            case 2: experimental::resize_remote_sender_cb_interface(0, 64, noc_index); break;
            case 3: experimental::resize_remote_receiver_cb_interface(0, 64, noc_index); break;
            case 4: experimental::remote_cb_wait_front(0, 1); break;
            case 5: experimental::remote_cb_pop_front(0, 1, noc_index); break;
            case 6: experimental::remote_cb_reserve_back(0, 1); break;
            case 7: experimental::remote_cb_sender_barrier(0); break;
            case 8: experimental::remote_cb_push_back_and_write_pages(0, source, 1, 1, 1, 32, noc_index); break;
            case 9: experimental::align_local_cbs_to_remote_cb<1>(0, cbs); break;
            case 10: experimental::update_remote_cb_config_in_l1(0); break;
            case 11: experimental::RemoteCircularBuffer(0).commit(); break;
            case 12: fabric_set_unicast_route(&sender); break;
            case 13: create_sender_socket_interface(0); break;
            case 14: get_downstream_encoding(sender, 0); break;
            case 15: set_sender_socket_page_size(sender, 64); break;
            case 16: socket_reserve_pages(sender, 1); break;
            case 17: socket_push_pages(sender, 1); break;
            case 18: socket_notify_receiver(sender); break;
            case 19: fabric_socket_notify_receiver(sender, 0, 0); break;
            case 20: socket_barrier(sender); break;
            case 21: update_socket_config(sender); break;
            case 22: create_receiver_socket_interface(0); break;
            case 23: set_receiver_socket_page_size(receiver, 64); break;
            case 24: socket_wait_for_pages(receiver, 1); break;
            case 25: socket_pop_pages(receiver, 1); break;
            case 26: assign_local_cb_to_socket(receiver, 0); break;
            case 27: fabric_socket_notify_sender(receiver, 0, 0); break;
            case 28: fabric_socket_notify_sender_stateful(receiver, 0, 0); break;
            case 29: socket_notify_sender(receiver); break;
            case 30: assert_and_hang(__LINE__); break;
            case 31: ASSERT(x0 == 0); break;
            default: out[0] = 1;
        }
    )",
                                    config, CoreCoord(0, 0), {99});
    const auto message = [&](uint32_t which) -> std::string {
        GetRuntimeArgs(program, kernel, CoreCoord(0, 0))[4] = which;
        try {
            detail::LaunchProgram(device_, program);
        } catch (const std::exception& error) {
            return error.what();
        }
        return "no error";
    };
    EXPECT_EQ(message(99), "no error");
    const char* names[] = {"unsupported-multicast", "unsupported-system-memory", "unsupported-remote-circular-buffer",
                           "unsupported-socket", "assert"};
    for (uint32_t which = 0; which < 32; ++which) {
        const uint32_t name = which < 2 ? which : which < 12 ? 2 : which < 30 ? 3 : 4;
        EXPECT_THAT(message(which), HasSubstr(names[name])) << which;
    }
}

}  // namespace
