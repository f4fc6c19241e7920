// The object style of the API asks the device for the same transfers as the functions.
#include <gtest/gtest.h>

#include <tessera/prelude_dataflow.h>

#include "core_for_tests.h"
#include "kernel_config.h"

#include <api/core_local_mem.h>
#include <api/dataflow/circular_buffer.h>
#include <api/dataflow/endpoints.h>
#include <api/dataflow/noc.h>
#include <api/dataflow/noc_semaphore.h>
#include <api/tensor/noc_traits.h>

namespace {

TEST(Objects, TransfersBetweenEverythingThatHasAnAddress) {
    CoreForTests core(7, 64);
    core.context.cbs[2].fifo_rd_ptr = 0x2000;
    core.context.cbs[2].fifo_wr_ptr = 0x3000;
    const Noc noc(0);
    const CircularBuffer cb(2);
    const auto tensor = TensorAccessor(TensorAccessorArgs<at_static_2d>(), 0x8000);
    const CoreLocalMem<uint32_t> memory(0x5000);

    noc.async_read(tensor, cb, 64, {.page_id = 9, .offset_bytes = 16}, {.offset_bytes = 32});
    noc.async_read(UnicastEndpoint{}, use<CircularBuffer::AddrSelector::READ_PTR>(cb), 32,
                   {.noc_x = 3, .noc_y = 4, .addr = 0x100}, {});
    noc.async_write(cb, AllocatorBank<AllocatorBankType::DRAM>{}, 48, {.offset_bytes = 8},
                    {.bank_id = 2, .addr = 0x40});
    noc.async_write(memory + 2, UnicastEndpoint{}, 4, {}, {.noc_x = 1, .noc_y = 2, .addr = 0x60});
    noc.async_write_multicast<Noc::McastMode::INCLUDE_SRC>(
        cb, cb, 128, 6, {}, {.noc_x_start = 1, .noc_y_start = 2, .noc_x_end = 3, .noc_y_end = 4});
    noc.inline_dw_write(UnicastEndpoint{}, 17, {.noc_x = 1, .noc_y = 2, .addr = 0x60});
    Semaphore<>(1).up(noc, 8, 9, 5);
    EXPECT_EQ(calls,
              (std::vector<Call>{
                  {Call::Read, 0, tensor.get_noc_addr(9, 16, 0), 0x3020, 64},
                  {Call::Read, 0, get_noc_addr(3, 4, 0x100), 0x2000, 32},
                  {Call::Write, 0, get_noc_addr_from_bank_id<true>(2, 0x40, 0), 0x2008, 48},
                  {Call::Write, 0, get_noc_addr(1, 2, 0x60), 0x5008, 4},
                  {Call::Multicast, 0, get_noc_multicast_addr(1, 2, 3, 4, 0x3000), 0x2000, 128, TSR_NOC_LOOPBACK, 0, 6},
                  {Call::Inline, 0, get_noc_addr(1, 2, 0x60), 17, 0xF},
                  {Call::Increment, 0, get_noc_addr(8, 9, core.context.semaphores_l1 + 16), 5, 31},
              }));
}

TEST(Objects, MemoryAndSemaphoresActOnL1) {
    CoreForTests core(7, 64);
    CoreLocalMem<uint32_t> words(CoreForTests::l1_base + 0x1000);
    words[3] = 11;
    CoreLocalMem<uint32_t> third = words + 3;
    EXPECT_EQ(*third, 11u);
    EXPECT_EQ(third - words, 3);
    EXPECT_EQ((--third).get_address(), words.get_address() + 8);
    Semaphore<> semaphore(2);
    semaphore.set(4);
    semaphore.up(3);
    EXPECT_EQ(semaphore.value(), 7u);
}

}  // namespace
