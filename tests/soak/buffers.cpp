// Circular buffers through real kernels: random sequences of calls against a model of two counters and each processor's
// own pointers; and what else only a compiled kernel on the device shows.
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <string>
#include <vector>

#include <tt-metalium/device.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>

using namespace tt::tt_metal;

namespace {

constexpr uint32_t code_address = 0xB0000, log_address = 0xC0000;
constexpr CoreCoord core{2, 3};
constexpr uint32_t page = 32;

class Buffers : public testing::Test {
protected:
    void SetUp() override {
        device_ = CreateDevice(0);
        program_ = CreateProgram();
    }
    void TearDown() override { CloseDevice(device_); }

    void buffer(uint8_t index, uint32_t pages) {
        CreateCircularBuffer(
            program_, core,
            CircularBufferConfig(pages * page, {{index, tt::DataFormat::UInt32}}).set_page_size(index, page));
    }
    void kernel(DataMovementProcessor processor, const std::string& text, const std::vector<uint32_t>& args = {}) {
        const bool first = processor == DataMovementProcessor::RISCV_0;
        const auto handle = CreateKernelFromString(
            program_, text, core,
            DataMovementConfig{.processor = processor, .noc = first ? NOC::RISCV_0_default : NOC::RISCV_1_default});
        SetRuntimeArgs(program_, handle, core, args);
    }
    void run() { detail::LaunchProgram(device_, program_); }
    std::vector<uint32_t> log(uint32_t words, uint32_t address = log_address) {
        std::vector<uint32_t> values;
        detail::ReadFromDeviceL1(device_, core, address, words * 4, values);
        return values;
    }

    IDevice* device_ = nullptr;
    Program program_;
};

// Arguments: code (pairs of call and pages), its length, log. After each call, four words: how far both pointers are
// from where they began, and how many of 1..capacity pages are available and reservable.
const std::string follow = R"(
    void kernel_main() {
        const uint32_t* code = reinterpret_cast<const uint32_t*>(get_arg_val<uint32_t>(0));
        uint32_t* log = reinterpret_cast<uint32_t*>(get_arg_val<uint32_t>(2));
        const uint32_t capacity = get_arg_val<uint32_t>(3), base = get_write_ptr(5);
        for (uint32_t i = 0; i < get_arg_val<uint32_t>(1); ++i) {
            const uint32_t call = *code++, pages = *code++;
            if (call == 0) cb_reserve_back(5, pages);
            if (call == 1) cb_push_back(5, pages);
            if (call == 2) cb_wait_front(5, pages);
            if (call == 3) cb_pop_front(5, pages);
            uint32_t available = 0, reservable = 0;
            for (uint32_t n = 1; n <= capacity; ++n) {
                available += cb_pages_available_at_front(5, n);
                reservable += cb_pages_reservable_at_back(5, n);
            }
            *log++ = get_write_ptr(5) - base;
            *log++ = get_read_ptr(5) - base;
            *log++ = available;
            *log++ = reservable;
        }
    }
)";

TEST_F(Buffers, RandomCallsDoWhatTwoCountersAndTwoPointersSay) {
    std::mt19937 random(17);
    for (uint32_t repeat = 0; repeat < 30; ++repeat) {
        program_ = CreateProgram();
        const uint32_t capacity = 1 + random() % 9;
        buffer(5, capacity);
        uint16_t received = 0, acked = 0;
        uint32_t write = 0, read = 0;
        std::vector<uint32_t> code, wanted;
        for (uint32_t i = 0; i < 300; ++i) {
            const auto used = static_cast<uint16_t>(received - acked);
            const auto free = static_cast<uint16_t>(capacity - used);
            uint32_t call = random() % 4, pages = 0;
            // Now and then a push without room or a pop of what was never pushed; reserve and wait must not block.
            const bool careless = random() % 10 == 0;
            if (call == 0) {
                pages = random() % (std::min<uint32_t>(free, capacity) + 1);
            } else if (call == 1) {
                const uint32_t most = std::min<uint32_t>(capacity - write, careless ? capacity : free);
                pages = most == 0 ? 0 : random() % (most + 1);
                received = static_cast<uint16_t>(received + pages);
                write = (write + pages) % capacity;
            } else if (call == 2) {
                pages = random() % (std::min<uint32_t>(used, capacity) + 1);
            } else {
                const uint32_t most = std::min<uint32_t>(capacity - read, careless ? capacity : used);
                pages = most == 0 ? 0 : random() % (most + 1);
                acked = static_cast<uint16_t>(acked + pages);
                read = (read + pages) % capacity;
            }
            code.insert(code.end(), {call, pages});
            const auto now = static_cast<uint16_t>(received - acked);
            wanted.insert(wanted.end(), {write * page, read * page, std::min<uint32_t>(now, capacity),
                                         std::min<uint32_t>(static_cast<uint16_t>(capacity - now), capacity)});
        }
        detail::WriteToDeviceL1(device_, core, code_address, code);
        kernel(repeat % 2 == 0 ? DataMovementProcessor::RISCV_0 : DataMovementProcessor::RISCV_1, follow,
               {code_address, 300, log_address, capacity});
        run();
        ASSERT_EQ(log(1200), wanted) << "repeat " << repeat << ", capacity " << capacity;
    }
}

TEST_F(Buffers, TheOtherProcessorsPointersStayBehindAndCountersWrap) {
    // More pages than 16 bits count, through a buffer whose capacity does not divide 65536.
    buffer(5, 7);
    kernel(DataMovementProcessor::RISCV_1, R"(
        void kernel_main() {
            uint32_t* log = reinterpret_cast<uint32_t*>(get_arg_val<uint32_t>(0));
            const uint32_t base = get_read_ptr(5);
            for (uint32_t i = 0; i < 140003; ++i) {
                cb_reserve_back(5, 1);
                *reinterpret_cast<uint32_t*>(get_write_ptr(5)) = i * 3;
                cb_push_back(5, 1);
            }
            log[0] = get_write_ptr(5) - base;
            log[1] = get_read_ptr(5) - base;
        })",
           {log_address});
    kernel(DataMovementProcessor::RISCV_0, R"(
        void kernel_main() {
            uint32_t* log = reinterpret_cast<uint32_t*>(get_arg_val<uint32_t>(0));
            const uint32_t base = get_write_ptr(5);
            uint32_t wrong = 0;
            for (uint32_t i = 0; i < 140003; ++i) {
                cb_wait_front(5, 1);
                wrong += *reinterpret_cast<uint32_t*>(get_read_ptr(5)) != i * 3;
                cb_pop_front(5, 1);
            }
            log[2] = get_write_ptr(5) - base;
            log[3] = get_read_ptr(5) - base;
            log[4] = wrong;
        })",
           {log_address});
    run();
    EXPECT_EQ(log(5), (std::vector<uint32_t>{140003 % 7 * page, 0, 0, 140003 % 7 * page, 0}));
}

TEST_F(Buffers, LocalMemoryHasAddresses) {
    kernel(DataMovementProcessor::RISCV_0, R"(
        static uint32_t numbers[4] = {1, 2, 3, 4};
        const char* const names[] = {"zero", "one", "two"};
        __attribute__((noinline)) void put(uint32_t address, uint32_t value) { *reinterpret_cast<uint32_t*>(address) = value; }
        void kernel_main() {
            uint32_t* log = reinterpret_cast<uint32_t*>(get_arg_val<uint32_t>(0));
            const uint32_t address = (uint32_t)&numbers[1];
            *(uint32_t*)(address + 4) = 30;
            uint32_t on_stack = 5;
            *(uint32_t*)(uint32_t)&on_stack = 6;
            uint32_t other = 7;
            put((uint32_t)&other, 8);
            uint32_t array[4] = {1, 2, 3, 4};
            uintptr_t aligned = ((uintptr_t)array + 3) & ~uintptr_t{3};
            put((uint32_t)aligned + 8, 9);
            log[0] = numbers[2];
            log[1] = on_stack;
            log[2] = other;
            log[3] = array[2];
            log[4] = *(const char*)((uint32_t)names[1] + 1);
            log[5] = address >= 0xFFB00000;
        })",
           {log_address});
    run();
    EXPECT_EQ(log(6), (std::vector<uint32_t>{30, 6, 8, 9, 'n', 1}));
}

TEST_F(Buffers, WritesWithoutABarrierArriveAndL1Stays) {
    kernel(DataMovementProcessor::RISCV_0, R"(
        void kernel_main() {
            *reinterpret_cast<volatile uint32_t*>(0xD0000) = 0x55;
            noc_async_write(0xD0000, get_noc_addr(my_x[0], my_y[0], get_arg_val<uint32_t>(0)), 32);
            noc_async_read(get_noc_addr(my_x[0], my_y[0], 0xD0000), get_arg_val<uint32_t>(0) + 64, 32);
        })",
           {log_address});
    run();
    EXPECT_EQ(log(1), (std::vector<uint32_t>{0x55}));
    EXPECT_EQ(log(1, log_address + 64), (std::vector<uint32_t>{0x55}));
    program_ = CreateProgram();
    kernel(DataMovementProcessor::RISCV_1, R"(
        void kernel_main() { *reinterpret_cast<volatile uint32_t*>(get_arg_val<uint32_t>(0) + 4) = *reinterpret_cast<volatile uint32_t*>(0xD0000) + 1; })",
           {log_address});
    run();
    EXPECT_EQ(log(2)[1], 0x56u);
}

}  // namespace
