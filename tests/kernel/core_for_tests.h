// A core for kernel headers that are compiled straight into a test: bank tables with random coordinates, and L1 that is
// mapped where its addresses say, so that addresses and pointers are the same numbers without the kernel compiler.
#pragma once

#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <vector>

#include <tessera/abi.h>
#include <tessera/config.h>

/// One transfer that a kernel header asked the device for.
struct Call {
    enum Kind { Read, Write, Multicast, Inline, InlineMulticast, Increment, IncrementMulticast } kind;
    uint32_t noc = 0;
    uint64_t remote = 0;
    uint32_t local = 0;  ///< L1 address, or the value of an inline write or increment
    uint32_t bytes = 0;  ///< or the byte enables
    uint32_t flags = 0;
    uint32_t trid = 0;
    uint32_t dests = 0;
    bool operator==(const Call&) const = default;
};

extern std::vector<Call> calls;

struct CoreForTests {
    static constexpr uint32_t l1_base = 0x10000000;
    static constexpr uint32_t l1_bytes = 1 << 20;
    static constexpr uint32_t max_banks = 256;

    CoreForTests(uint32_t dram_banks, uint32_t l1_banks, uint32_t seed = 1) {
        void* at = mmap(reinterpret_cast<void*>(uintptr_t{l1_base}), l1_bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
        if (at == MAP_FAILED) {
            throw std::runtime_error("can't map the test's L1");
        }
        std::mt19937 random(seed);
        for (uint32_t bank = 0; bank < max_banks; ++bank) {
            for (int noc = 0; noc < 2; ++noc) {
                dram_xy[noc][bank] = static_cast<uint16_t>(random() & 0xFFF);
                l1_xy[noc][bank] = static_cast<uint16_t>(random() & 0xFFF);
            }
            dram_offset[bank] = static_cast<int32_t>(random() % 1024 * 64);
            l1_offset[bank] = static_cast<int32_t>(random() % 1024 * 16) - 8192;
        }
        context.l1 = nullptr;
        context.l1_size = l1_base + l1_bytes;
        context.rt_args_l1 = l1_base + 0x100;
        context.rt_arg_count = 16;
        context.common_rt_args_l1 = l1_base + 0x400;
        context.common_rt_arg_count = 128;
        context.semaphores_l1 = l1_base + 0x800;
        context.semaphore_stride = 16;
        context.noc_index = 1;
        context.my_x[0] = 5, context.my_x[1] = 7, context.my_y[0] = 6, context.my_y[1] = 9;
        context.num_dram_banks = static_cast<uint8_t>(dram_banks);
        context.num_l1_banks = static_cast<uint16_t>(l1_banks);
        for (int noc = 0; noc < 2; ++noc) {
            context.dram_bank_to_noc_xy[noc] = dram_xy[noc].data();
            context.l1_bank_to_noc_xy[noc] = l1_xy[noc].data();
        }
        context.bank_to_dram_offset = dram_offset.data();
        context.bank_to_l1_offset = l1_offset.data();
        tsr_ctx = &context;
        calls.clear();
    }
    ~CoreForTests() {
        munmap(reinterpret_cast<void*>(uintptr_t{l1_base}), l1_bytes);
        tsr_ctx = nullptr;
    }
    CoreForTests(const CoreForTests&) = delete;
    CoreForTests& operator=(const CoreForTests&) = delete;

    void set_common_argument(uint32_t index, uint32_t value) {
        reinterpret_cast<uint32_t*>(uintptr_t{context.common_rt_args_l1})[index] = value;
    }

    tsr_context context{};
    std::array<uint16_t, max_banks> dram_xy[2], l1_xy[2];
    std::array<int32_t, max_banks> dram_offset, l1_offset;
};
