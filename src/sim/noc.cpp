// The NoC calls of a kernel: where an address leads, what is checked, and what enters the queues of noc_queue.cpp.
#include <sim/noc.h>

#include <algorithm>
#include <cstdio>

namespace tessera::sim {
namespace {

std::string hex(uint64_t value) {
    char text[32];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

std::string xy(uint64_t address) {
    return "(" + std::to_string(address >> 36 & 63) + "," + std::to_string(address >> 42 & 63) + ")";
}

std::string describe_endpoint(const Endpoint& endpoint, const Device& device) {
    switch (endpoint.kind) {
        case Endpoint::Kind::Worker:
            return "the L1 of " + describe(*endpoint.core);
        case Endpoint::Kind::Dram:
            return "DRAM controller " + std::to_string(endpoint.index) + " of device " + std::to_string(device.id);
        default:
            return "Ethernet core " + std::to_string(endpoint.index) + " of device " + std::to_string(device.id);
    }
}

[[noreturn, gnu::cold, gnu::noinline]] void bad_remote_end(const Device& device, const Endpoint& endpoint, uint32_t noc,
                                                           uint64_t address, uint64_t bytes) {
    const uint64_t local = address & noc_local_mask;
    if (endpoint.memory == nullptr) {
        fail({.name = "noc-bad-coordinate",
              .message = "NoC " + std::to_string(noc) + " coordinate " + xy(address) + " of device " +
                         std::to_string(device.id) + " is neither a worker core nor DRAM",
              .notes = {"the NoC address is " + hex(address)},
              .help = "take coordinates from worker_core_from_logical_core, an address generator or a bank table"});
    }
    const bool is_dram = endpoint.kind == Endpoint::Kind::Dram;
    if (!is_dram && local >= local_memory_base && local <= 0xFFFFFFFF) {
        fail({.name = "stack-array-transfer",
              .message = "a NoC transfer of " + std::to_string(bytes) + " bytes names address " + hex(local) +
                         ", which is a processor's own local memory",
              .notes = {"the NoC reaches L1, not a processor's stack and globals"},
              .help = "put the bytes into a circular buffer or another part of L1"});
    }
    fail({.name = is_dram ? "dram-out-of-range" : "l1-out-of-range",
          .message = "a NoC transfer of " + std::to_string(bytes) + " bytes at address " + hex(local) +
                     " runs past the " + hex(endpoint.bytes) + " bytes of " + describe_endpoint(endpoint, device),
          .help = is_dram ? "check the page index against the buffer's number of pages" : ""});
}

[[noreturn, gnu::cold, gnu::noinline]] void bad_local_end(const tsr_context& context, uint32_t l1_address,
                                                          uint64_t bytes, const char* role) {
    if (l1_address >= local_memory_base) {
        fail({.name = "stack-array-transfer",
              .message = std::string("the ") + role + " of a NoC transfer, " + hex(l1_address) +
                         ", is a variable on the stack or a global, not L1",
              .notes = {"the NoC reaches L1, not a processor's stack and globals"},
              .help = "put the bytes into a circular buffer or another part of L1"});
    }
    fail({.name = "l1-out-of-range",
          .message = std::string("the ") + role + " of a NoC transfer, " + std::to_string(bytes) +
                     " bytes at L1 address " + hex(l1_address) + ", runs past the end of L1 at " +
                     hex(context.l1_size)});
}

[[gnu::cold, gnu::noinline]] void misaligned(uint64_t remote, uint32_t local, uint32_t alignment, const char* what) {
    check_failed({.name = "misaligned-transfer",
                  .message = std::string(what) + " between " + hex(remote & noc_local_mask) + " and L1 address " +
                             hex(local) + ": both ends must agree modulo " + std::to_string(alignment),
                  .help = "place the buffer so that both addresses have the same remainder modulo " +
                          std::to_string(alignment)});
}

}  // namespace

const Endpoint& decode(const Risc& risc, uint32_t noc, uint64_t address, uint64_t bytes, uint64_t& local) {
    const Device& device = *risc.core->device;
    local = address & noc_local_mask;
    const Endpoint& endpoint = device.endpoints[device.decode[noc & 1][address >> 36 & (noc_coordinates - 1)]];
    if (local > endpoint.bytes || bytes > endpoint.bytes - local || endpoint.memory == nullptr) [[unlikely]] {
        bad_remote_end(device, endpoint, noc, address, bytes);
    }
    return endpoint;
}

uint8_t* local_end(const Risc& risc, uint32_t l1_address, uint64_t bytes, const char* role) {
    const tsr_context& context = risc.context;
    if (l1_address > context.l1_size || bytes > context.l1_size - l1_address) [[unlikely]] {
        bad_local_end(context, l1_address, bytes, role);
    }
    return context.l1 + l1_address;
}

void check_alignment(uint64_t remote, uint32_t local, uint32_t alignment, const char* what) {
    if (((remote ^ local) & (alignment - 1)) != 0) [[unlikely]] {
        misaligned(remote, local, alignment, what);
    }
}

namespace {

Risc& caller() {
    return *static_cast<Risc*>(tsr_ctx->risc);
}

void check_word(uint64_t address, const char* what) {
    if (__builtin_expect((address & 3) != 0, 0)) {
        fail(
            {.name = "misaligned-transfer",
             .message = std::string(what) + " at " + hex(address & noc_local_mask) + ", which is not a multiple of 4"});
    }
}

/// Tells the observers of a transaction; the answer belongs to it until it has arrived.
void* tell_issue(Risc& risc, const NocEvent& event) {
    observe(risc, Observer::Noc, [&](Observer& o) { o.noc_issue(risc, event); });
    return event.mark;
}

std::span<Core* const> targets_of(const Risc& risc, uint32_t noc, const PendingWrite& write) {
    return std::span(risc.noc[noc & 1].targets).subspan(write.first_target, write.num_targets);
}

void count_op(Risc& risc, uint32_t bytes, bool is_read = false) {
    constexpr uint32_t cycles_to_issue = 32, bytes_a_cycle = 32;
    risc.clock += cycles_to_issue + bytes / bytes_a_cycle;
    if (is_read) {
        risc.asked = true;  // a loop may read until somebody changes what it reads
    } else {
        risc.acted();
    }
    ++risc.noc_ops;
}

/// Fills in a multicast's targets. The rectangle may be given from either corner.
void add_targets(Risc& risc, uint32_t noc, uint64_t address, uint64_t bytes, uint32_t num_dests, uint32_t flags,
                 PendingWrite& write) {
    const Device& device = *risc.core->device;
    const uint64_t local = address & noc_local_mask;
    NocQueue& queue = risc.noc[noc & 1];
    const uint32_t ex = address >> 36 & 63, ey = address >> 42 & 63, sx = address >> 48 & 63, sy = address >> 54 & 63;
    write.destination = nullptr;
    write.target = nullptr;
    write.offset = local;
    write.first_target = static_cast<uint32_t>(queue.targets.size());
    bool self_inside = false;
    for (uint32_t y = std::min(sy, ey); y <= std::max(sy, ey); ++y) {
        for (uint32_t x = std::min(sx, ex); x <= std::max(sx, ex); ++x) {
            const Endpoint& endpoint = device.endpoints[device.decode[noc & 1][x | y << 6]];
            if (endpoint.kind != Endpoint::Kind::Worker) {
                continue;
            }
            if (endpoint.core == risc.core) {
                self_inside = true;
                if ((flags & TSR_NOC_LOOPBACK) == 0) {
                    continue;
                }
            }
            queue.targets.push_back(endpoint.core);
        }
    }
    write.num_targets = static_cast<uint32_t>(queue.targets.size()) - write.first_target;
    const std::string rectangle = "(" + std::to_string(sx) + "," + std::to_string(sy) + ")-(" + std::to_string(ex) +
                                  "," + std::to_string(ey) + ")";
    if (write.num_targets == 0 && !self_inside) {
        fail({.name = "noc-bad-coordinate",
              .message = "the multicast rectangle " + rectangle + " holds no worker core",
              .help = "use virtual coordinates (worker_core_from_logical_core) for both corners"});
    }
    if (local > device.chip->l1_bytes || bytes > device.chip->l1_bytes - local) {
        fail({.name = local >= local_memory_base ? "stack-array-transfer" : "l1-out-of-range",
              .message = "a multicast of " + std::to_string(bytes) + " bytes to address " + hex(local) +
                         " runs past the end of L1 at " + hex(device.chip->l1_bytes)});
    }
    if (num_dests != write.num_targets) {
        check_failed({.name = "multicast-num-dests",
                      .message = "a multicast to " + rectangle + " says it has " + std::to_string(num_dests) +
                                 " destinations, but it reaches " + std::to_string(write.num_targets),
                      .notes = {self_inside ? ((flags & TSR_NOC_LOOPBACK) != 0
                                                   ? "the sender lies in the rectangle and is counted (loopback)"
                                                   : "the sender lies in the rectangle and is not counted")
                                            : "the sender lies outside the rectangle"},
                      .help = "the chip waits for exactly that many acknowledgements: a wrong number hangs it"});
    }
}

/// Keeps what a hang's report tells of writes and atomics. to_l1: it goes to a worker, and may be a signal.
void note_write(Risc& risc, const WordSignal& signal, uint32_t bytes, bool to_l1, uint32_t flags,
                uint32_t trid = TSR_NO_TRID) {
    Outstanding& outstanding = risc.history.outstanding[signal.noc & 1];
    if ((flags & TSR_NOC_POSTED) != 0) {
        outstanding.posted = true;
    } else {
        outstanding.writes |= Outstanding::bit(trid);
        if (!signal.multicast && bytes > History::largest_signal) {
            outstanding.data |= Outstanding::bit(trid);
            outstanding.data_site = signal.site;
        }
    }
    outstanding.write_site = signal.site;
    risc.history.note(Step::Kind::Write, signal.site, signal.remote, bytes, signal.multicast);
    if (to_l1 && bytes <= History::largest_signal) {
        risc.history.signalled(signal);
    }
}

void note_atomic(Risc& risc, WordSignal signal, bool to_l1, uint32_t flags) {
    if ((flags & TSR_NOC_POSTED) == 0) {
        Outstanding& outstanding = risc.history.outstanding[signal.noc & 1];
        outstanding.atomics = true;
        outstanding.atomic_site = signal.site;
    }
    risc.history.note(Step::Kind::Atomic, signal.site, signal.remote, signal.last, signal.multicast);
    if (to_l1) {
        signal.atomic = true;
        risc.history.signalled(signal);
    }
}

WordSignal multicast_signal(uint32_t noc, uint64_t remote, uint32_t flags, const void* site) {
    return {.remote = remote,
            .site = site,
            .noc = static_cast<uint8_t>(noc),
            .multicast = true,
            .loopback = (flags & TSR_NOC_LOOPBACK) != 0};
}

}  // namespace
}  // namespace tessera::sim

using namespace tessera::sim;

extern "C" {

void tsr_noc_read(uint32_t noc, uint64_t src, uint32_t dst_l1, uint32_t bytes, uint32_t trid) {
    Risc& risc = caller();
    const uint32_t flags = (noc & TSR_READ_WITH_STATE) != 0 ? TSR_NOC_WITH_STATE : 0;
    noc &= ~TSR_READ_WITH_STATE;
    uint64_t local;
    const Endpoint& endpoint = decode(risc, noc, src, bytes, local);
    uint8_t* destination = local_end(risc, dst_l1, bytes, "destination");
    check_alignment(src, dst_l1,
                    endpoint.kind == Endpoint::Kind::Dram ? risc.context.dram_alignment : risc.context.l1_alignment,
                    "a read");
    count_op(risc, bytes, true);
    risc.history.note(Step::Kind::Read, __builtin_return_address(0), src, bytes);
    Outstanding& outstanding = risc.history.outstanding[noc & 1];
    outstanding.reads |= Outstanding::bit(trid);
    outstanding.read_site = __builtin_return_address(0);
    tell_issue(risc, {.kind = NocEvent::Kind::Read,
                      .noc = static_cast<uint8_t>(noc),
                      .flags = flags,
                      .trid = trid,
                      .local_l1 = dst_l1,
                      .remote = src,
                      .bytes = bytes,
                      .endpoint = &endpoint,
                      .offset = local,
                      .site = __builtin_return_address(0)});
    PendingRead& read = new_read(risc, noc);
    read.source = endpoint.memory + local;
    read.destination = destination;
    read.bytes = read.requested = bytes;
    read.trid = trid;
    read.return_address = __builtin_return_address(0);
    read_issued(risc, noc);
}

void tsr_noc_write(uint32_t noc, uint32_t src_l1, uint64_t dst, uint32_t bytes, uint32_t flags, uint32_t trid) {
    Risc& risc = caller();
    uint64_t local;
    const Endpoint& endpoint = decode(risc, noc, dst, bytes, local);
    const uint8_t* source = local_end(risc, src_l1, bytes, "source");
    check_alignment(dst, src_l1, risc.context.l1_alignment, "a write");
    count_op(risc, bytes);
    note_write(risc, {.remote = dst, .site = __builtin_return_address(0), .noc = static_cast<uint8_t>(noc)}, bytes,
               endpoint.core != nullptr, flags, trid);
    void* mark = tell_issue(risc, {.kind = NocEvent::Kind::Write,
                                   .noc = static_cast<uint8_t>(noc),
                                   .flags = flags,
                                   .trid = trid,
                                   .local_l1 = src_l1,
                                   .remote = dst,
                                   .bytes = bytes,
                                   .endpoint = &endpoint,
                                   .offset = local,
                                   .site = __builtin_return_address(0)});
    PendingWrite& write = new_write(risc, noc);
    write.kind = PendingWrite::Kind::Copy;
    write.bytes = bytes;
    write.trid = trid;
    write.source = source;
    write.destination = endpoint.memory + local;
    write.target = endpoint.core;
    write.mark = mark;
    write_issued(risc, noc);
}

void tsr_noc_write_multicast(uint32_t noc, uint32_t src_l1, uint64_t dst, uint32_t bytes, uint32_t num_dests,
                             uint32_t flags) {
    Risc& risc = caller();
    const uint8_t* source = local_end(risc, src_l1, bytes, "source");
    check_alignment(dst, src_l1, risc.context.l1_alignment, "a multicast");
    PendingWrite write{.kind = PendingWrite::Kind::Copy, .bytes = bytes, .trid = TSR_NO_TRID, .source = source};
    add_targets(risc, noc, dst, bytes, num_dests, flags, write);
    count_op(risc, bytes);
    note_write(risc, multicast_signal(noc, dst, flags, __builtin_return_address(0)), bytes, true, flags);
    void* mark = tell_issue(risc, {.kind = NocEvent::Kind::Write,
                                   .noc = static_cast<uint8_t>(noc),
                                   .multicast = true,
                                   .flags = flags,
                                   .trid = TSR_NO_TRID,
                                   .local_l1 = src_l1,
                                   .remote = dst,
                                   .bytes = bytes,
                                   .num_dests = num_dests,
                                   .targets = targets_of(risc, noc, write),
                                   .offset = write.offset,
                                   .site = __builtin_return_address(0)});
    write.mark = mark;
    new_write(risc, noc) = write;
    write_issued(risc, noc);
}

void tsr_noc_inline_write(uint32_t noc, uint64_t dst, uint32_t value, uint32_t byte_enable, uint32_t flags) {
    Risc& risc = caller();
    check_word(dst, "an inline write");
    uint64_t local;
    const Endpoint& endpoint = decode(risc, noc, dst, 4, local);
    count_op(risc, 4);
    note_write(risc, {.remote = dst, .site = __builtin_return_address(0), .noc = static_cast<uint8_t>(noc)}, 4,
               endpoint.core != nullptr, flags);
    void* mark = tell_issue(risc, {.kind = NocEvent::Kind::InlineWrite,
                                   .noc = static_cast<uint8_t>(noc),
                                   .flags = flags,
                                   .trid = TSR_NO_TRID,
                                   .remote = dst,
                                   .bytes = 4,
                                   .endpoint = &endpoint,
                                   .offset = local,
                                   .site = __builtin_return_address(0)});
    PendingWrite& write = new_write(risc, noc);
    write.kind = PendingWrite::Kind::Word;
    write.byte_enable = static_cast<uint8_t>(byte_enable & 0xF);
    write.bytes = 4;
    write.value = value;
    write.destination = endpoint.memory + local;
    write.target = endpoint.core;
    write.mark = mark;
    write_issued(risc, noc);
}

void tsr_noc_inline_write_multicast(uint32_t noc, uint64_t dst, uint32_t value, uint32_t byte_enable,
                                    uint32_t num_dests, uint32_t flags) {
    Risc& risc = caller();
    check_word(dst, "an inline write");
    PendingWrite write{.kind = PendingWrite::Kind::Word,
                       .byte_enable = static_cast<uint8_t>(byte_enable & 0xF),
                       .bytes = 4,
                       .value = value,
                       .trid = TSR_NO_TRID};
    add_targets(risc, noc, dst, 4, num_dests, flags, write);
    count_op(risc, 4);
    note_write(risc, multicast_signal(noc, dst, flags, __builtin_return_address(0)), 4, true, flags);
    void* mark = tell_issue(risc, {.kind = NocEvent::Kind::InlineWrite,
                                   .noc = static_cast<uint8_t>(noc),
                                   .multicast = true,
                                   .flags = flags,
                                   .trid = TSR_NO_TRID,
                                   .remote = dst,
                                   .bytes = 4,
                                   .num_dests = num_dests,
                                   .targets = targets_of(risc, noc, write),
                                   .offset = write.offset,
                                   .site = __builtin_return_address(0)});
    write.mark = mark;
    new_write(risc, noc) = write;
    write_issued(risc, noc);
}

void tsr_noc_atomic_inc(uint32_t noc, uint64_t dst, uint32_t increment, uint32_t wrap, uint32_t flags) {
    Risc& risc = caller();
    check_word(dst, "an atomic increment");
    uint64_t local;
    const Endpoint& endpoint = decode(risc, noc, dst, 4, local);
    count_op(risc, 4);
    note_atomic(
        risc, {.remote = dst, .site = __builtin_return_address(0), .last = increment, .noc = static_cast<uint8_t>(noc)},
        endpoint.core != nullptr, flags);
    void* mark = tell_issue(risc, {.kind = NocEvent::Kind::Atomic,
                                   .noc = static_cast<uint8_t>(noc),
                                   .flags = flags,
                                   .trid = TSR_NO_TRID,
                                   .remote = dst,
                                   .bytes = 4,
                                   .endpoint = &endpoint,
                                   .offset = local,
                                   .site = __builtin_return_address(0)});
    PendingWrite& write = new_write(risc, noc);
    write.kind = PendingWrite::Kind::Increment;
    write.wrap = static_cast<uint8_t>(wrap);
    write.bytes = 4;
    write.value = increment;
    write.destination = endpoint.memory + local;
    write.target = endpoint.core;
    write.mark = mark;
    write_issued(risc, noc);
}

void tsr_noc_atomic_inc_multicast(uint32_t noc, uint64_t dst, uint32_t increment, uint32_t wrap, uint32_t num_dests,
                                  uint32_t flags) {
    Risc& risc = caller();
    check_word(dst, "an atomic increment");
    PendingWrite write{.kind = PendingWrite::Kind::Increment,
                       .wrap = static_cast<uint8_t>(wrap),
                       .bytes = 4,
                       .value = increment,
                       .trid = TSR_NO_TRID};
    add_targets(risc, noc, dst, 4, num_dests, flags, write);
    count_op(risc, 4);
    WordSignal signal = multicast_signal(noc, dst, flags, __builtin_return_address(0));
    signal.last = increment;
    note_atomic(risc, signal, true, flags);
    void* mark = tell_issue(risc, {.kind = NocEvent::Kind::Atomic,
                                   .noc = static_cast<uint8_t>(noc),
                                   .multicast = true,
                                   .flags = flags,
                                   .trid = TSR_NO_TRID,
                                   .remote = dst,
                                   .bytes = 4,
                                   .num_dests = num_dests,
                                   .targets = targets_of(risc, noc, write),
                                   .offset = write.offset,
                                   .site = __builtin_return_address(0)});
    write.mark = mark;
    new_write(risc, noc) = write;
    write_issued(risc, noc);
}

void tsr_noc_read_barrier(uint32_t noc, uint32_t trid) {
    Risc& risc = caller();
    ++risc.noc_ops;
    risc.history.note(Step::Kind::ReadBarrier, __builtin_return_address(0), noc, 0);
    uint32_t& reads = risc.history.outstanding[noc & 1].reads;
    reads = Outstanding::after_barrier(reads, trid);
    settle_before_wait(risc);
    linger(risc, noc);
    land_reads(risc.noc[noc & 1], trid);
    observe(risc, Observer::Barriers,
            [&](Observer& o) { o.noc_barrier(risc, NocEvent::Kind::Read, static_cast<uint8_t>(noc), trid, false); });
}

static void writes_barrier(uint32_t noc, NocEvent::Kind kind, uint32_t trid, bool only_flush, const void* site) {
    Risc& risc = caller();
    ++risc.noc_ops;
    risc.history.note(only_flush                       ? Step::Kind::Flush
                      : kind == NocEvent::Kind::Atomic ? Step::Kind::AtomicBarrier
                                                       : Step::Kind::WriteBarrier,
                      site, noc, 0);
    Outstanding& outstanding = risc.history.outstanding[noc & 1];
    if (kind == NocEvent::Kind::Atomic) {
        outstanding.atomics = false;
    } else {
        // Those who wait for all of one kind are taken to mean posted writes too.
        outstanding.writes = Outstanding::after_barrier(outstanding.writes, trid);
        outstanding.data = Outstanding::after_barrier(outstanding.data, trid);
        outstanding.posted &= trid != TSR_NO_TRID;
    }
    observe(risc, Observer::Barriers,
            [&](Observer& o) { o.noc_barrier(risc, kind, static_cast<uint8_t>(noc), trid, only_flush); });
    finish_writes(risc, noc, trid, only_flush);
}

void tsr_noc_write_barrier(uint32_t noc, uint32_t trid) {
    writes_barrier(noc, NocEvent::Kind::Write, trid, false, __builtin_return_address(0));
}

void tsr_noc_writes_flushed(uint32_t noc, uint32_t posted, uint32_t trid) {
    writes_barrier(noc, NocEvent::Kind::Write, trid, true, __builtin_return_address(0));
}

void tsr_noc_atomic_barrier(uint32_t noc) {
    writes_barrier(noc, NocEvent::Kind::Atomic, TSR_NO_TRID, false, __builtin_return_address(0));
}

void tsr_noc_full_barrier(uint32_t noc) {
    tsr_noc_read_barrier(noc, TSR_NO_TRID);
    tsr_noc_write_barrier(noc, TSR_NO_TRID);
    tsr_noc_atomic_barrier(noc);
}

// Asking counts as waiting: what is in flight arrives before the answer. A refusal would only be another legal order.
uint32_t tsr_noc_reads_done(uint32_t noc, uint32_t trid) {
    tsr_noc_read_barrier(noc, trid);
    return 1;
}

uint32_t tsr_noc_writes_done(uint32_t noc, uint32_t trid) {
    tsr_noc_write_barrier(noc, trid);
    return 1;
}

}  // extern "C"
