// Each data-movement function in a kernel on the simulated device, judged by the bytes it leaves in memory.
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <numeric>
#include <string>
#include <vector>

#include <tt-metalium/device.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>

using namespace tt::tt_metal;

namespace {

constexpr uint32_t source = 200 * 1024;  // L1 addresses that no circular buffer of these tests uses
constexpr uint32_t target = 300 * 1024;
constexpr uint32_t words = 64;

class OnDevice : public testing::Test {
protected:
    void SetUp() override {
        device_ = CreateDevice(0);
        std::vector<uint32_t> pattern(words), zeros(words * 16);
        std::iota(pattern.begin(), pattern.end(), 1000);
        for (uint32_t x = 0; x < 4; ++x) {
            for (uint32_t y = 0; y < 4; ++y) {
                detail::WriteToDeviceL1(device_, CoreCoord(x, y), source, pattern);
                detail::WriteToDeviceL1(device_, CoreCoord(x, y), target, zeros);
            }
        }
    }
    void TearDown() override { CloseDevice(device_); }

    /// Runs one kernel on core (0,0); arguments 0 to 3 are the virtual coordinates of the cores (1,1) and (3,2).
    void run(const std::string& body, std::vector<uint32_t> more = {}, const std::string& other = {}) {
        Program program = CreateProgram();
        std::vector<uint32_t> args = corners();
        args.insert(args.end(), more.begin(), more.end());
        add(program, body, CoreCoord(0, 0), args);
        if (!other.empty()) {
            add(program, other, CoreCoord(1, 1), args);
        }
        CreateSemaphore(program, CoreRange(CoreCoord(0, 0), CoreCoord(3, 3)), 5);
        detail::LaunchProgram(device_, program);
    }

    std::vector<uint32_t> corners() const {
        const CoreCoord a = device_->worker_core_from_logical_core(CoreCoord(1, 1));
        const CoreCoord b = device_->worker_core_from_logical_core(CoreCoord(3, 2));
        return {static_cast<uint32_t>(a.x), static_cast<uint32_t>(a.y), static_cast<uint32_t>(b.x),
                static_cast<uint32_t>(b.y)};
    }

    std::vector<uint32_t> l1(CoreCoord core, uint32_t address, uint32_t count = 8) {
        std::vector<uint32_t> values(count);
        detail::ReadFromDeviceL1(device_, core, address, count * 4, values);
        return values;
    }

    static std::vector<uint32_t> counted(uint32_t first, uint32_t count = 8) {
        std::vector<uint32_t> values(count);
        std::iota(values.begin(), values.end(), first);
        return values;
    }

    IDevice* device_ = nullptr;

private:
    static void add(Program& program, const std::string& body, CoreCoord core, const std::vector<uint32_t>& args) {
        const std::string text =
            "#include <experimental/core_local_mem.h>\n"
            "#include <experimental/endpoints.h>\n"
            "#include <experimental/noc_semaphore.h>\n"
            "constexpr uint32_t source = " +
            std::to_string(source) + ", target = " + std::to_string(target) +
            ";\n"
            "void kernel_main() {\n"
            "    const uint32_t x0 = get_arg_val<uint32_t>(0), y0 = get_arg_val<uint32_t>(1);\n"
            "    const uint32_t x1 = get_arg_val<uint32_t>(2), y1 = get_arg_val<uint32_t>(3);\n" +
            body + "\n}\n";
        const KernelHandle kernel = CreateKernelFromString(
            program, text, core,
            DataMovementConfig{.processor = DataMovementProcessor::RISCV_0, .noc = NOC::RISCV_0_default});
        SetRuntimeArgs(program, kernel, core, args);
    }
};

TEST_F(OnDevice, ReadsInAllTheirForms) {
    run(R"(
        const uint64_t remote = get_noc_addr(x0, y0, source);
        noc_async_read(remote, target, 32);
        noc_async_read_one_packet(remote + 32, target + 32, 32);
        noc_async_read_one_packet_set_state(remote, 32);
        noc_async_read_one_packet_with_state(source + 64, target + 64);
        noc_async_read_set_state(remote);
        noc_async_read_with_state(source + 96, target + 96, 32);
        noc_async_read_set_trid(3);
        noc_async_read_one_packet_with_state_with_trid(source, 128, target + 128, 3);
        noc_async_read_barrier_with_trid(3);
        noc_async_read_barrier();
    )");
    const auto pattern = counted(1000, 40);
    EXPECT_EQ(l1({0, 0}, target, 40), pattern);
}

TEST_F(OnDevice, WritesInAllTheirForms) {
    run(R"(
        const uint64_t remote = get_noc_addr(x0, y0, target);
        noc_async_write(source, remote, 32);
        noc_async_write_one_packet(source + 32, remote + 32, 32);
        noc_async_write_one_packet_set_state(remote, 32);
        noc_async_write_one_packet_with_state(source + 64, target + 64);
        noc_async_write_one_packet_with_trid(source + 96, remote + 96, 32, 5);
        noc_async_write_barrier_with_trid(5);
        noc_async_write_set_trid(0);
        noc_async_write<NOC_MAX_BURST_SIZE + 1, true, true>(source + 128, remote + 128, 32);
        noc_async_posted_writes_flushed();
        noc_async_writes_flushed();
        noc_async_write_barrier();
    )");
    EXPECT_EQ(l1({1, 1}, target, 40), counted(1000, 40));
}

TEST_F(OnDevice, InlineWritesAndAtomics) {
    run(R"(
        const uint64_t remote = get_noc_addr(x0, y0, target);
        noc_inline_dw_write(remote, 0xAABBCCDD);
        noc_inline_dw_write(remote + 4, 0xAABBCCDD, 0x3);
        noc_inline_dw_write_set_state<false, true>(remote + 8, 7);
        noc_inline_dw_write_with_state(0);
        noc_inline_dw_write_with_state<true, true, false, false, true>(9, target + 12);
        noc_async_write_barrier();
        noc_semaphore_inc(remote + 16, 3);
        noc_semaphore_inc(remote + 16, 4);
        noc_async_atomic_barrier();
        noc_async_full_barrier();
    )");
    EXPECT_EQ(l1({1, 1}, target, 5), (std::vector<uint32_t>{0xAABBCCDD, 0xCCDD, 7, 9, 7}));
}

TEST_F(OnDevice, MulticastsReachTheRectangle) {
    run(R"(
        const uint64_t remote = get_noc_multicast_addr(x0, y0, x1, y1, target);
        noc_async_write_multicast(source, remote, 32, 6);
        noc_async_write_multicast_one_packet(source + 32, remote + 32, 32, 6);
        volatile uint32_t* flag = reinterpret_cast<volatile uint32_t*>(get_semaphore(0));
        noc_semaphore_set(flag, 77);
        noc_semaphore_set_multicast(get_semaphore(0), get_noc_multicast_addr(x0, y0, x1, y1, target + 64), 6);
        noc_semaphore_inc_multicast(get_noc_multicast_addr(x0, y0, x1, y1, target + 68), 2, 6);
        noc_async_full_barrier();
    )");
    for (uint32_t x = 0; x < 4; ++x) {
        for (uint32_t y = 0; y < 4; ++y) {
            const bool inside = x >= 1 && x <= 3 && y >= 1 && y <= 2;
            EXPECT_EQ(l1({x, y}, target, 16), inside ? counted(1000, 16) : std::vector<uint32_t>(16, 0)) << x << y;
            EXPECT_EQ(l1({x, y}, target + 64, 2),
                      (inside ? std::vector<uint32_t>{77, 2} : std::vector<uint32_t>{0, 0}));
        }
    }
}

TEST_F(OnDevice, MulticastIncludesTheSenderOnlyOnRequest) {
    // Core (1,1) sends to a rectangle that it lies in.
    run("", {}, R"(
        const uint64_t remote = get_noc_multicast_addr(x0, y0, x1, y1, target);
        noc_async_write_multicast(source, remote, 32, 5);
        noc_async_write_multicast_loopback_src(source, remote + 32, 32, 6);
        noc_async_write_barrier();
    )");
    EXPECT_EQ(l1({1, 1}, target), std::vector<uint32_t>(8, 0));
    EXPECT_EQ(l1({1, 1}, target + 32), counted(1000));
    EXPECT_EQ(l1({2, 2}, target, 8), counted(1000));
    EXPECT_EQ(l1({2, 2}, target + 32), counted(1000));
}

TEST_F(OnDevice, SemaphoresOrderTwoCores) {
    run(R"(
        noc_async_write(source, get_noc_addr(x0, y0, target), 32);
        noc_semaphore_inc(get_noc_addr(x0, y0, get_semaphore(0)), 1);
        noc_async_atomic_barrier();
        noc_async_write_barrier();
    )",
        {}, R"(
        volatile uint32_t* flag = reinterpret_cast<volatile uint32_t*>(get_semaphore(0));
        noc_semaphore_wait(flag, 6);  // starts at 5
        noc_semaphore_wait_min(flag, 4);
        volatile uint32_t* data = reinterpret_cast<volatile uint32_t*>(target);
        data[8] = data[0] + data[7];
        noc_semaphore_set(flag, 0);
    )");
    EXPECT_EQ(l1({1, 1}, target + 32, 1)[0], 1000 + 1007u);
}

TEST_F(OnDevice, DramBanksKeepWhatWasWritten) {
    run(R"(
        for (uint32_t bank = 0; bank < NUM_DRAM_BANKS; ++bank) {
            noc_async_write(source + 32 * (bank % 4), get_noc_addr_from_bank_id<true>(bank, 1 << 20), 32);
        }
        noc_async_write_barrier();
        const InterleavedAddrGen<true> pages = {.bank_base_address = 1 << 20, .page_size = 32};
        for (uint32_t page = 0; page < NUM_DRAM_BANKS; ++page) {
            noc_async_read_page(page, pages, target + 32 * page);
        }
        noc_async_read_barrier();
    )");
    for (uint32_t bank = 0; bank < 7; ++bank) {
        EXPECT_EQ(l1({0, 0}, target + 32 * bank), counted(1000 + 8 * (bank % 4)));
    }
}

TEST_F(OnDevice, CoordinatesClockAndZeroes) {
    run(R"(
        volatile uint32_t* out = reinterpret_cast<volatile uint32_t*>(target);
        out[0] = my_x[0] == my_x[noc_index] && get_absolute_logical_x() == 0 && get_relative_logical_y() == 0;
        const uint64_t before = get_timestamp();
        riscv_wait(10);
        out[1] = get_timestamp() >= before;
        noc_async_read(get_noc_addr(MEM_ZEROS_BASE), source, MEM_ZEROS_SIZE / 4);
        noc_async_read_barrier();
    )",
        {}, R"(
        volatile uint32_t* out = reinterpret_cast<volatile uint32_t*>(target);
        out[0] = get_absolute_logical_x() * 16 + get_absolute_logical_y();
        out[1] = get_relative_logical_x() * 16 + get_relative_logical_y();
        out[2] = my_x[0];
        out[3] = my_y[0];
    )");
    EXPECT_EQ(l1({0, 0}, target, 2), (std::vector<uint32_t>{1, 1}));
    EXPECT_EQ(l1({0, 0}, source, 32), std::vector<uint32_t>(32, 0));
    EXPECT_EQ(l1({1, 1}, target, 4), (std::vector<uint32_t>{0x11, 0x11, corners()[0], corners()[1]}));
}

TEST_F(OnDevice, ObjectsDoWhatFunctionsDo) {
    run(R"(
        experimental::Noc noc;
        experimental::CoreLocalMem<uint32_t> from(source), to(target);
        noc.async_write(from, experimental::UnicastEndpoint{}, 32, {.offset_bytes = 32}, {.noc_x = x0, .noc_y = y0, .addr = target});
        noc.async_write_barrier();
        noc.async_read(experimental::UnicastEndpoint{}, to, 32, {.noc_x = x0, .noc_y = y0, .addr = target}, {});
        noc.async_read_barrier();
        experimental::Semaphore<> semaphore(0);
        semaphore.down(2);
        semaphore.up(10);
        to[8] = semaphore.value();
    )");
    EXPECT_EQ(l1({0, 0}, target), counted(1008));
    EXPECT_EQ(l1({0, 0}, target + 32, 1)[0], 13u);
}

TEST_F(OnDevice, MistakesAreNamed) {
    const auto message = [&](const std::string& body) -> std::string {
        try {
            run(body);
        } catch (const std::exception& error) {
            return error.what();
        }
        return "no error";
    };
    EXPECT_NE(
        message("*reinterpret_cast<volatile uint32_t*>(target) = get_arg_val<uint32_t>(9);").find("unset-runtime-arg"),
        std::string::npos);
    EXPECT_NE(message("noc_async_write_multicast_exclude_region(0, 0, 0, 0, 0);").find("unsupported-multicast"),
              std::string::npos);
    EXPECT_NE(message("constexpr uint32_t x = get_compile_time_arg_val(0);").find("fewer compile-time arguments"),
              std::string::npos);
}

}  // namespace
