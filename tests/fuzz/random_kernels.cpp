#include "random_kernels.h"

#include <cstring>

#include <tessera/abi_compute.h>
#include <tessera/abi_sfpu.h>

// All that stands for a kernel's code lies here: what runs on too long is ended only there, as in a compiled kernel.
#define KERNEL_CODE __attribute__((section("fuzz_kernels"), noinline, no_sanitize("undefined", "address", "thread")))
extern "C" const char __start_fuzz_kernels[], __stop_fuzz_kernels[];

namespace tessera::fuzz {
namespace {

using sim::Processor;

// --- Execution -------------------------------------------------------------------------------------------------------

constexpr uint32_t write_pointer = 0xC1000000, read_pointer = 0xC2000000;  ///< of the circular buffer added to it

KERNEL_CODE uint32_t local(uint32_t address) {
    const uint32_t cb = address & 63;
    return (address & ~63u) == write_pointer  ? tsr_ctx->cbs[cb].fifo_wr_ptr
           : (address & ~63u) == read_pointer ? tsr_ctx->cbs[cb].fifo_rd_ptr
                                              : address;
}

KERNEL_CODE uint8_t* pointer(uint32_t address) {
    address = local(address);
    return static_cast<uint8_t*>(address < tsr_ctx->l1_size ? tsr_ctx->l1 + address : tsr_int_to_ptr_slow(address));
}

constexpr uint32_t in_dram = 1u << 31;  ///< a target is a DRAM bank and not coordinates

KERNEL_CODE uint64_t noc_address(const uint32_t* a) {
    if ((a[1] & in_dram) != 0) {
        return sim::dram((a[1] & 63) % tsr_ctx->num_dram_banks, local(a[0]), a[1] >> 6 & 1);
    }
    return uint64_t{local(a[0])} | uint64_t{a[1] & 63} << 36 | uint64_t{a[1] >> 6 & 63} << 42 |
           uint64_t{a[1] >> 12 & 63} << 48 | uint64_t{a[1] >> 18 & 63} << 54 | uint64_t{a[1] >> 24 & 15} << 32;
}

KERNEL_CODE uint32_t recurse(uint32_t depth) {
    volatile char frame[1024];
    frame[depth % sizeof(frame)] = static_cast<char>(depth);
    return depth == 0 ? 0 : recurse(depth - 1) + static_cast<uint32_t>(frame[depth % sizeof(frame)]);
}

KERNEL_CODE void fault(uint32_t kind, uint32_t address) {
    switch (kind % 4) {
        case 0:
            *reinterpret_cast<volatile uint32_t*>(uintptr_t{address % 4096}) = 1;
            break;
        case 1:
            *reinterpret_cast<volatile uint32_t*>(0xFFFF'0000'0000'0000u | address) = 1;  // no pointer at all
            break;
        case 2:
            *reinterpret_cast<volatile uint32_t*>(tsr_ctx->l1 + tsr_ctx->l1_size + address % 65536) = 1;
            break;
        default:
            asm volatile("ud2");
    }
}

KERNEL_CODE void spin(uint32_t address, uint32_t value, uint32_t turns) {
    const auto* word = reinterpret_cast<volatile uint32_t*>(pointer(address & ~3u));
    for (uint32_t i = 0; i < turns && *word != value; ++i) {
        if (--tsr_ctx->poll_budget < 0) {
            tsr_poll_slow(TSR_POLL_SPINS);
        }
    }
}

KERNEL_CODE void copy(uint8_t* to, const uint8_t* from, uint32_t bytes) {
    constexpr uint32_t most = 4 << 20;  // past every memory's end
    for (uint32_t i = 0; i < bytes && i < most; ++i) {
        static_cast<volatile uint8_t*>(to)[i] = static_cast<const volatile uint8_t*>(from)[i];
    }
}

KERNEL_CODE void sfpu_other(const uint32_t* a) {
    uint32_t words[32];
    switch (a[0] % 12) {
        case 0:
            return tsr_sfpu_seed(a[1]);
        case 1:
            return tsr_sfpu_dropout(a[1], a[2], a[3]);
        case 2:
            return tsr_sfpu_rand(a[1], a[2], a[3]);
        case 3:
            return tsr_sfpu_round(a[1], static_cast<int32_t>(a[2]));
        case 4:
            return tsr_sfpu_cumsum(a[1], a[2]);
        case 5:
            return tsr_sfpu_tiled_prod(a[1]);
        case 6:
            return tsr_sfpu_topk_local_sort(a[1], a[2] & 1, static_cast<int32_t>(a[3] % 8), 0, 0, 0, 0);
        case 7:
            return tsr_sfpu_topk_merge(a[1], static_cast<int32_t>(a[2]), static_cast<int32_t>(a[3]), a[4] & 1, 0);
        case 8:
            return tsr_sfpu_reduce_columns(a[1], a[2] % 4, a[3] % 32);
        case 9:
            return tsr_sfpu_read_dst_row(a[1], words);
        case 10:
            return tsr_sfpu_rotate90(a[1]);
        default:
            return tsr_sfpu_sum_int(a[1], a[2] & 1);
    }
}

KERNEL_CODE void compute(const Op& op) {
    const uint32_t* a = op.a;
    switch (op.call) {
        case Call::DstAcquire:
            return tsr_dst_acquire();
        case Call::DstCommit:
            return tsr_dst_commit();
        case Call::DstWait:
            return tsr_dst_wait();
        case Call::DstRelease:
            return tsr_dst_release();
        case Call::DstAcquireBoth:
            return tsr_dst_acquire_both();
        case Call::DstReleaseBoth:
            return tsr_dst_release_both();
        case Call::DstTile:
            std::memset(tsr_dst_tile(a[0]), static_cast<int>(a[1]), 4096);
            return;
        case Call::Init:
            tsr_init(a[0], a[1]);
            return tsr_init_pack(a[2] % 4);
        case Call::Formats:
            return tsr_configure_formats(a[0], a[1], a[2]);
        case Call::ConfigureMath:
            tsr_configure_copy(a[0] & 1);
            tsr_configure_matmul(a[1] & 1, a[4], a[5], a[6]);
            return a[2] % 8 == 0 ? tsr_configure_fp32_dest(a[3] & 1) : tsr_configure_binary(a[3] & 1);
        case Call::ConfigurePack:
            tsr_configure_relu(a[0] % 4, a[1]);
            tsr_configure_l1_accumulate(a[2] & 1);
            tsr_configure_reduce_mask(static_cast<int32_t>(a[4] % 4) - 1);
            return tsr_configure_pack_rows(a[3]);
        case Call::CopyTile:
            return tsr_copy_tile(a[0], a[1], a[2]);
        case Call::CopyTileBroadcast:
            return tsr_copy_tile_bcast(a[3] % 4, a[0], a[1], a[2]);
        case Call::Binary:
            return tsr_binary(a[0] % 4 == 1 ? 0 : a[0] % 4, a[1] % 4, a[2], a[3], a[4], a[5], a[6], a[7] % 32);
        case Call::BinaryDestReuse:
            return tsr_binary_dest_reuse(a[0] % 4 == 1 ? 0 : a[0] % 4, 1 + a[1] % 2, a[2], a[3], a[4]);
        case Call::Matmul:
            return tsr_matmul(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[4] % 3);
        case Call::Reduce:
            return tsr_reduce(a[0] % 3, a[1] % 3, a[2], a[3], a[4], a[5], a[6]);
        case Call::ReduceDst:
            return tsr_reduce_dst_sum(a[0], 0.5f);
        case Call::Transpose:
            return tsr_transpose_wh(a[0], a[1], a[2]);
        case Call::TransposeDst:
            return tsr_transpose_dst(a[0]);
        case Call::UnpackTilize:
            return tsr_unpack_tilize(a[0], a[1], a[2], a[3], a[4]);
        case Call::UnpackTilizeAb:
            return tsr_unpack_tilize_ab(a[0], a[1], a[2], a[3], a[4] % 2 ? 4 : 2, a[5] % 17, a[6] & 1);
        case Call::ReducePending:
            return tsr_reduce_pending(a[0] % 3, a[1] % 3, a[2], a[3] % 2 ? 4 : 2);
        case Call::Pack:
            return tsr_pack_tile(a[0], a[1], a[2], a[3] & 1);
        case Call::PackBlock:
            return tsr_pack_block(a[0], a[1], a[2]);
        case Call::PackRows:
            return tsr_pack_rows(a[0], a[1], a[2]);
        case Call::PackUntilize:
            return tsr_pack_untilize(a[0], a[1], a[2], a[3], a[4], a[5], a[6] % 2 ? 16 : 8, a[6] % 3 ? 4 : 2,
                                     a[7] % 4 ? 32 : 16, 0);
        case Call::SfpuUnary:
            return tsr_sfpu_unary(a[0] % TSR_SFPU_NUM_UNARY, a[1], a[2] % 4, a[3], a[4], a[5]);
        case Call::SfpuBinary:
            return tsr_sfpu_binary(a[0] % TSR_SFPU_NUM_BINARY, a[1], a[2], a[3], a[4] % 4);
        case Call::SfpuTernary:
            return tsr_sfpu_ternary(a[0] % TSR_SFPU_NUM_TERNARY, a[1], a[2], a[3], a[4], a[5]);
        default:
            return sfpu_other(a);
    }
}

KERNEL_CODE void execute(const Op& op) {
    const uint32_t* a = op.a;
    switch (op.call) {
        case Call::CbReserve:
            return tsr_cb_reserve_back(a[0], a[1]);
        case Call::CbPush:
            return tsr_cb_push_back(a[0], a[1]);
        case Call::CbWait:
            return tsr_cb_wait_front(a[0], a[1]);
        case Call::CbPop:
            return tsr_cb_pop_front(a[0], a[1]);
        case Call::CbReservable:
            tsr_cb_pages_reservable(a[0], a[1]);
            return;
        case Call::CbAvailable:
            tsr_cb_pages_available(a[0], a[1]);
            return;
        case Call::CbCounters:
            tsr_cb_counters(a[0]);
            return;
        case Call::NocRead:
            return tsr_noc_read(a[0] & 1, noc_address(a + 1), local(a[3]), a[4], a[5] % 4 ? TSR_NO_TRID : a[6]);
        case Call::NocWrite:
            return tsr_noc_write(a[0] & 1, local(a[3]), noc_address(a + 1), a[4], a[7] & 1,
                                 a[5] % 4 ? TSR_NO_TRID : a[6]);
        case Call::NocMulticast:
            return tsr_noc_write_multicast(a[0] & 1, local(a[3]), noc_address(a + 1), a[4], a[5], a[7] & 7);
        case Call::NocInline:
            return tsr_noc_inline_write(a[0] & 1, noc_address(a + 1), a[3], a[4] & 15, a[7] & 1);
        case Call::NocInlineMulticast:
            return tsr_noc_inline_write_multicast(a[0] & 1, noc_address(a + 1), a[3], a[4] & 15, a[5], a[7] & 7);
        case Call::NocIncrement:
            return tsr_noc_atomic_inc(a[0] & 1, noc_address(a + 1), a[3], a[4] % 32, a[7] & 1);
        case Call::NocIncrementMulticast:
            return tsr_noc_atomic_inc_multicast(a[0] & 1, noc_address(a + 1), a[3], a[4] % 32, a[5], a[7] & 7);
        case Call::ReadBarrier:
            return tsr_noc_read_barrier(a[0] & 1, a[1] % 4 ? TSR_NO_TRID : a[2]);
        case Call::WriteBarrier:
            return tsr_noc_write_barrier(a[0] & 1, a[1] % 4 ? TSR_NO_TRID : a[2]);
        case Call::Flush:
            return tsr_noc_writes_flushed(a[0] & 1, a[3] & 1, a[1] % 4 ? TSR_NO_TRID : a[2]);
        case Call::AtomicBarrier:
            return tsr_noc_atomic_barrier(a[0] & 1);
        case Call::FullBarrier:
            return tsr_noc_full_barrier(a[0] & 1);
        case Call::ReadsDone:
            tsr_noc_reads_done(a[0] & 1, TSR_NO_TRID);
            return;
        case Call::WritesDone:
            tsr_noc_writes_done(a[0] & 1, TSR_NO_TRID);
            return;
        case Call::WaitWord:
            // A kernel casts a semaphore's address; what is not L1 is refused when it becomes a pointer.
            if (uint8_t* word = pointer(a[0] & ~3u); word >= tsr_ctx->l1 && word < tsr_ctx->l1 + tsr_ctx->l1_size) {
                tsr_wait_word(reinterpret_cast<volatile uint32_t*>(word), a[1], a[2] % 3);
            }
            return;
        case Call::Notify:
            return tsr_notify_local(reinterpret_cast<volatile uint32_t*>(tsr_ctx->l1 + 4096));
        case Call::Load:
            (void)*const_cast<const volatile uint8_t*>(pointer(a[0]));
            return;
        case Call::Store:
            *reinterpret_cast<volatile uint32_t*>(pointer(a[0] & ~3u)) = a[1];
            return;
        case Call::Copy:
            return copy(pointer(a[0]), pointer(a[1]), a[2]);
        case Call::Spin:
            return spin(a[0], a[1], a[2]);
        case Call::Yield:
            return tsr_yield();
        case Call::Pause:
            return tsr_pause();
        case Call::Clock:
            tsr_wall_clock();
            return;
        case Call::Argument:
            tsr_ctx->cbs[0].fifo_wr_tile += a[1] == 0xFFFFFFFF ? tsr_unset_runtime_arg(a[0], a[2] & 1) & 1 : 0;
            return;
        case Call::Recurse:
            recurse(a[0]);
            return;
        case Call::Divide:
            return tsr_divide_by_zero();
        case Call::Trap:
            tsr_trap("unreachable");
        case Call::Fault:
            return fault(a[0], a[1]);
        case Call::Assert:
            return tsr_assert_failed("a random condition");
        case Call::Waypoint:
            return tsr_waypoint("FUZZ");
        case Call::Ring:
            return tsr_ring_buffer_push(a[0]);
        case Call::Zone:
            return tsr_zone("zone", a[0] & 1);
        case Call::Print:
            return tsr_dprint(1 + a[0] % 31, a[1] & 1 ? "text\n" : "text without an end ", a[1] & 1 ? 5 : 20);
        default:
            if (tsr_ctx->processor == 2) {
                compute(op);
            }
            return;
    }
}

/// A kernel's first argument pair is the host address of its ops, the third their number.
KERNEL_CODE void interpret() {
    const auto* args = reinterpret_cast<const uint32_t*>(tsr_ctx->l1 + tsr_ctx->rt_args_l1);
    const auto* ops = reinterpret_cast<const Op*>(uint64_t{args[0]} | uint64_t{args[1]} << 32);
    const uint32_t count = args[2];
    uint32_t repeats = args[3];
    for (uint32_t i = 0; i < count; ++i) {
        if (ops[i].call == Call::Repeat) {
            if (repeats > 0 && ops[i].a[0] > 0 && ops[i].a[0] <= i) {
                --repeats;
                i -= ops[i].a[0] + 1;
            }
            if (--tsr_ctx->poll_budget < 0) {
                tsr_poll_slow(0);
            }
            continue;
        }
        execute(ops[i]);
    }
}

// --- Drawing ---------------------------------------------------------------------------------------------------------

constexpr uint32_t pages_a_cb = 4, page_bytes = 2048, cb_base = 0x20000, slots_base = 0x80000;
constexpr uint32_t num_cbs = 4;
const uint8_t cb_index[num_cbs] = {0, 1, 16, 31};

class Random {
public:
    explicit Random(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15u + 1) {}
    uint64_t next() {
        uint64_t x = state_ += 0x9E3779B97F4A7C15u;
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
        x = (x ^ x >> 27) * 0x94D049BB133111EBu;
        return x ^ x >> 31;
    }
    uint32_t below(uint64_t limit) { return static_cast<uint32_t>(next() % limit); }
    bool one_in(uint32_t period) { return period != 0 && below(period) == 0; }

private:
    uint64_t state_;
};

class Drawer {
public:
    explicit Drawer(uint64_t seed) : random_(seed) {
        constexpr uint32_t wildness[] = {0, 0, 300, 60, 12, 3};  // one argument in so many is wild; 0: none
        wild_ = wildness[random_.below(std::size(wildness))];
        num_cores_ = 1 + random_.below(3);
    }
    RandomLaunch launch();

private:
    /// Mostly below the limit.
    uint32_t value(uint32_t limit) { return random_.one_in(wild_) ? extreme() : random_.below(limit); }
    uint32_t extreme() {
        const uint32_t edges[] = {0,          1,          2,          3,          4,          0x7FFFFFFF, 0x80000000,
                                  0xFFFFFFFF, 0xFFFFFFF0, 0xFFB00000, 0xFFB00010, 0xFFB3FFFC, 0xFD000000, 1464 << 10,
                                  1 << 20,    1499136,    1499135,    1572864,    65535,      65536,      0xFFFE};
        return random_.one_in(4) ? static_cast<uint32_t>(random_.next()) : edges[random_.below(std::size(edges))];
    }
    uint32_t cb() { return random_.one_in(wild_) ? extreme() % 80 : cb_index[random_.below(num_cbs)]; }
    uint32_t pages() { return 1 + value(random_.one_in(4) ? pages_a_cb : 1); }
    uint32_t l1() {
        if (random_.one_in(3)) {
            return (random_.one_in(2) ? write_pointer : read_pointer) + cb_index[random_.below(num_cbs)];
        }
        const uint32_t at = random_.one_in(2) ? cb_base + random_.below(num_cbs * pages_a_cb * page_bytes)
                                              : slots_base + random_.below(0x10000);
        return random_.one_in(wild_) ? extreme() : at & (random_.one_in(8) ? ~3u : ~63u);
    }
    uint32_t bytes() { return random_.one_in(wild_) ? extreme() : 4u << random_.below(10); }
    uint32_t semaphore() { return 0x4010 + 16 * value(4); }
    /// A worker's or a DRAM port's coordinates, or any.
    uint32_t target() {
        if (random_.one_in(wild_)) {
            return static_cast<uint32_t>(random_.next());
        }
        return random_.one_in(2) ? in_dram | random_.below(128) : (18 + random_.below(num_cores_)) | 18 << 6;
    }
    /// From the first core to one of this launch; the corners may be the wrong way round.
    uint32_t rectangle() {
        const uint32_t last = 18 + random_.below(num_cores_);
        return random_.one_in(wild_) ? static_cast<uint32_t>(random_.next())
               : random_.one_in(4)   ? last << 12 | 18 << 18 | 18 | 18 << 6
                                     : 18 << 12 | 18 << 18 | last | 18 << 6;
    }
    Op op(bool computes);
    std::vector<Op> reader();
    std::vector<Op> writer();
    std::vector<Op> math();
    void damage(std::vector<Op>& ops, bool computes);

    Random random_;
    uint32_t wild_ = 0;
    uint32_t num_cores_ = 1;
};

Op Drawer::op(bool computes) {
    const auto limit = static_cast<uint32_t>(computes ? Call::Count : first_compute_call);
    Op op;
    op.call = static_cast<Call>(random_.below(limit));
    // What ends a run at once is rare, so that the others get their turn.
    const bool ends = op.call == Call::Trap || op.call == Call::Fault || op.call == Call::Assert ||
                      op.call == Call::Recurse || op.call == Call::Divide;
    if (ends && !random_.one_in(12)) {
        op.call = Call::Yield;
    }
    uint32_t* a = op.a;
    for (uint32_t i = 0; i < 8; ++i) {
        a[i] = value(4);
    }
    switch (op.call) {
        case Call::CbReserve:
        case Call::CbPush:
        case Call::CbWait:
        case Call::CbPop:
        case Call::CbReservable:
        case Call::CbAvailable:
        case Call::CbCounters:
            a[0] = cb();
            a[1] = pages();
            break;
        case Call::NocRead:
        case Call::NocWrite:
            a[1] = l1();
            a[2] = target();
            a[3] = l1();
            a[4] = bytes();
            break;
        case Call::NocMulticast:
            a[1] = l1();
            a[2] = rectangle();
            a[3] = l1();
            a[4] = bytes();
            a[5] = 1 + value(num_cores_);
            break;
        case Call::NocInline:
        case Call::NocIncrement:
            a[1] = random_.one_in(4) ? l1() : semaphore();
            a[2] = target();
            break;
        case Call::NocInlineMulticast:
        case Call::NocIncrementMulticast:
            a[1] = random_.one_in(4) ? l1() : semaphore();
            a[2] = rectangle();
            a[5] = 1 + value(num_cores_);
            break;
        case Call::WaitWord:
        case Call::Spin:
            a[0] = random_.one_in(4) ? l1() : semaphore();
            a[1] = value(2);
            a[2] = value(2000);
            break;
        case Call::Load:
        case Call::Store:
            a[0] = l1();
            break;
        case Call::Copy:
            a[0] = l1();
            a[1] = l1();
            a[2] = bytes();
            break;
        case Call::Argument:
            a[1] = random_.one_in(wild_) ? 0xFFFFFFFF : 0;
            break;
        case Call::Recurse:
            a[0] = value(100);
            break;
        case Call::Repeat:
            a[0] = 1 + random_.below(12);
            break;
        case Call::Formats:
            a[0] = cb();
            a[1] = cb();
            a[2] = cb();
            break;
        case Call::Init:
            a[0] = random_.one_in(2) ? TSR_SETUP_ANY : static_cast<uint32_t>(random_.next());
            a[1] = random_.one_in(2) ? TSR_SETUP_ANY : static_cast<uint32_t>(random_.next());
            break;
        case Call::CopyTile:
        case Call::CopyTileBroadcast:
        case Call::Transpose:
        case Call::UnpackTilize:
            a[0] = cb();
            break;
        case Call::Binary:
        case Call::Reduce:
            a[2] = cb();
            a[3] = cb();
            break;
        case Call::BinaryDestReuse:
            a[2] = cb();
            break;
        case Call::Matmul:
        case Call::UnpackTilizeAb:
            a[0] = cb();
            a[1] = cb();
            break;
        case Call::Pack:
        case Call::PackBlock:
        case Call::PackRows:
        case Call::PackUntilize:
            a[1] = cb();
            break;
        case Call::SfpuUnary:
        case Call::SfpuBinary:
        case Call::SfpuTernary:
        case Call::SfpuOther:
            a[0] = static_cast<uint32_t>(random_.next());
            a[4] = static_cast<uint32_t>(random_.next());
            break;
        default:
            break;
    }
    return op;
}

Op make(Call call, std::initializer_list<uint32_t> arguments = {}) {
    Op op;
    op.call = call;
    std::copy(arguments.begin(), arguments.end(), op.a);
    return op;
}

std::vector<Op> Drawer::reader() {
    const uint32_t port = in_dram;
    return {make(Call::CbReserve, {0, 1}),
            make(Call::CbReserve, {1, 1}),
            make(Call::NocRead, {0, 0x100000, port, write_pointer + 0, page_bytes, 1}),
            make(Call::NocRead, {0, 0x110000, port, write_pointer + 1, page_bytes, 1}),
            make(Call::ReadBarrier, {0, 1}),
            make(Call::CbPush, {0, 1}),
            make(Call::CbPush, {1, 1}),
            make(Call::Repeat, {7})};
}

std::vector<Op> Drawer::writer() {
    const uint32_t port = in_dram | 1;
    return {make(Call::CbWait, {16, 1}), make(Call::NocWrite, {1, 0x200000, port, read_pointer + 16, page_bytes, 1}),
            make(Call::WriteBarrier, {1, 1}), make(Call::CbPop, {16, 1}), make(Call::Repeat, {4})};
}

std::vector<Op> Drawer::math() {
    const Call middle[] = {Call::Binary, Call::CopyTile, Call::Matmul};
    const Call chosen = middle[random_.below(std::size(middle))];
    return {make(Call::Formats, {0, 1, 16}),
            make(Call::Init, {TSR_SETUP_ANY, TSR_SETUP_ANY, TSR_PACK_TILES}),
            make(Call::CbWait, {0, 1}),
            make(Call::CbWait, {1, 1}),
            make(Call::DstAcquire),
            chosen == Call::Binary     ? make(chosen, {0, 0, 0, 1, 0, 0, 0})
            : chosen == Call::CopyTile ? make(chosen, {0, 0, 0})
                                       : make(chosen, {0, 1, 0, 0, 0, 1, 1, 1}),
            make(Call::SfpuUnary, {random_.below(1000), 0, 0, 0x3F800000, 0, 0}),
            make(Call::DstCommit),
            make(Call::CbPop, {0, 1}),
            make(Call::CbPop, {1, 1}),
            make(Call::CbReserve, {16, 1}),
            make(Call::DstWait),
            make(Call::Pack, {0, 16, 0, 0}),
            make(Call::DstRelease),
            make(Call::CbPush, {16, 1}),
            make(Call::Repeat, {13})};
}

/// Ops are dropped, doubled, exchanged, given other arguments, and random ones come between.
void Drawer::damage(std::vector<Op>& ops, bool computes) {
    const uint32_t times = random_.one_in(3) ? 0 : random_.below(4);
    for (uint32_t i = 0; i < times && !ops.empty(); ++i) {
        const uint32_t at = random_.below(ops.size());
        switch (random_.below(5)) {
            case 0:
                ops.erase(ops.begin() + at);
                break;
            case 1:
                ops.insert(ops.begin() + at, Op(ops[at]));
                break;
            case 2:
                std::swap(ops[at], ops[random_.below(ops.size())]);
                break;
            case 3:
                ops[at].a[random_.below(8)] = extreme();
                break;
            default:
                ops.insert(ops.begin() + at, op(computes));
                break;
        }
    }
}

RandomLaunch Drawer::launch() {
    RandomLaunch result;
    result.program = std::make_unique<sim::TestProgram>();
    result.settings = std::make_unique<sim::ComputeSettings>();
    sim::ComputeSettings& settings = *result.settings;
    constexpr uint8_t fidelities[] = {0, 2, 3, 4};
    settings.math_fidelity = fidelities[random_.below(4)];
    settings.fp32_dest_acc_en = random_.one_in(3);
    settings.dst_full_sync_en = random_.one_in(4);
    settings.bfp8_pack_precise = random_.one_in(2);
    struct Format {
        uint8_t number;
        uint32_t tile_bytes;
    };
    // Formats whose tile fits a page, as the host's own checks demand.
    constexpr Format formats[] = {{5, 2048}, {5, 2048}, {5, 2048},  {1, 2048},  {6, 1088}, {7, 576},
                                  {2, 1088}, {9, 2048}, {14, 1024}, {30, 1024}, {26, 1024}};
    const uint32_t repeats = random_.below(6);
    const bool plain = !random_.one_in(3);
    const bool pipeline = random_.one_in(3);  ///< all processors work as in a program, nearly
    result.kernels.reserve(3 * num_cores_);
    for (uint32_t c = 0; c < num_cores_; ++c) {
        sim::CoreLaunch& core = result.program->core(static_cast<uint16_t>(c), 0);
        for (uint32_t i = 0; i < num_cbs; ++i) {
            const Format format = formats[plain ? 0 : random_.below(std::size(formats))];
            core.circular_buffers.push_back({.index = cb_index[i],
                                             .address = cb_base + i * pages_a_cb * page_bytes,
                                             .bytes = pages_a_cb * page_bytes,
                                             .page_bytes = page_bytes,
                                             .data_format = format.number,
                                             .tile_bytes = format.tile_bytes});
        }
        for (uint8_t id = 0; id < 4; ++id) {
            core.semaphores.push_back({id, random_.below(2)});
        }
        for (uint32_t p = 0; p < 3; ++p) {
            if (!pipeline && random_.one_in(8)) {
                continue;
            }
            const bool computes = p == 2;
            std::vector<Op> ops = !pipeline && random_.one_in(2) ? std::vector<Op>()
                                  : p == 0                       ? writer()
                                  : p == 1                       ? reader()
                                                                 : math();
            if (ops.empty()) {
                for (uint32_t i = 2 + random_.below(24); i > 0; --i) {
                    ops.push_back(op(computes));
                }
            } else {
                damage(ops, computes);
            }
            result.kernels.push_back(std::move(ops));
            const std::vector<Op>& kept = result.kernels.back();
            const auto address = reinterpret_cast<uint64_t>(kept.data());
            result.program->on(static_cast<uint16_t>(c), 0, static_cast<Processor>(p), interpret,
                               {static_cast<uint32_t>(address), static_cast<uint32_t>(address >> 32),
                                static_cast<uint32_t>(kept.size()), repeats},
                               "random.cpp");
            sim::ProcessorLaunch& launch = result.program->core(static_cast<uint16_t>(c), 0).processors.back();
            launch.compute = computes ? result.settings.get() : nullptr;
            auto& code = const_cast<sim::KernelCode&>(*launch.code);
            code.image = reinterpret_cast<const std::byte*>(__start_fuzz_kernels);
            code.image_bytes = static_cast<size_t>(__stop_fuzz_kernels - __start_fuzz_kernels);
        }
    }
    return result;
}

}  // namespace

RandomLaunch draw_launch(uint64_t seed) {
    return Drawer(seed).launch();
}

}  // namespace tessera::fuzz
