// The NoC as its programs may rely on it: a read's bytes land at its barrier; writes and atomics leave in issue order
// per NoC, at the latest when their issuer flushes, waits, yields or ends, and read their source then. Under the
// adversarial order they leave earlier or later, as far as the chip allows.
#include <sim/noc.h>

#include <cstring>

namespace tessera::sim {
namespace {

constexpr size_t longest_queue = 256;  // writes
constexpr size_t most_reads = 4096;
constexpr uint32_t plain_increment = 31;

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

void apply_increment(uint32_t* word, uint32_t increment, uint32_t wrap) {
    if (wrap >= plain_increment) {
        __atomic_fetch_add(word, increment, __ATOMIC_ACQ_REL);
        return;
    }
    // Only the low wrap + 1 bits count; the others keep their value.
    const uint32_t mask = (2u << wrap) - 1;
    uint32_t old = __atomic_load_n(word, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(word, &old, (old & ~mask) | ((old + increment) & mask), true, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
    }
}

void apply_word(uint32_t* word, uint32_t value, uint32_t byte_enable) {
    if (byte_enable == 0xF) {
        __atomic_store_n(word, value, __ATOMIC_RELEASE);
        return;
    }
    uint32_t mask = 0;
    for (uint32_t i = 0; i < 4; ++i) {
        mask |= (byte_enable >> i & 1) != 0 ? 0xFFu << 8 * i : 0;
    }
    uint32_t old = __atomic_load_n(word, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(word, &old, (old & ~mask) | (value & mask), true, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED)) {
    }
}

void apply_to(const PendingWrite& write, const uint8_t* source, uint8_t* destination) {
    switch (write.kind) {
        case PendingWrite::Kind::Copy:
            if (write.bytes == 4 && (reinterpret_cast<uintptr_t>(destination) & 3) == 0) {
                uint32_t word;
                std::memcpy(&word, source, 4);
                __atomic_store_n(reinterpret_cast<uint32_t*>(destination), word, __ATOMIC_RELEASE);
            } else {
                std::memmove(destination, source, write.bytes);
            }
            break;
        case PendingWrite::Kind::Word:
            apply_word(reinterpret_cast<uint32_t*>(destination), write.value, write.byte_enable);
            break;
        case PendingWrite::Kind::Increment:
            apply_increment(reinterpret_cast<uint32_t*>(destination), write.value, write.wrap);
            break;
    }
}

void carry_out(Shard& shard, const NocQueue& queue, const PendingWrite& write) {
    const uint8_t* source = write.snapshot >= 0 ? queue.snapshots[write.snapshot].data() : write.source;
    if (write.destination != nullptr) {
        apply_to(write, source, write.destination);
        if (write.target != nullptr) {
            notify(shard, *write.target);
        }
        return;
    }
    for (uint32_t i = 0; i < write.num_targets; ++i) {
        Core& target = *queue.targets[write.first_target + i];
        apply_to(write, source, target.l1 + write.offset);
        notify(shard, target);
    }
}

void clear_writes(NocQueue& queue) {
    queue.writes.clear();
    queue.targets.clear();
    queue.snapshots.clear();
}

}  // namespace

void carry_out_queue(Risc& risc, NocQueue& queue, size_t count) {
    Shard& shard = *risc.core->shard.load(std::memory_order_relaxed);
    for (size_t i = 0; i < count; ++i) {
        carry_out(shard, queue, queue.writes[i]);
    }
    if (count == queue.writes.size()) {
        clear_writes(queue);
    } else {
        queue.writes.erase(queue.writes.begin(), queue.writes.begin() + static_cast<ptrdiff_t>(count));
    }
}

void carry_out_writes(Risc& risc) {
    for (NocQueue& queue : risc.noc) {
        if (!queue.writes.empty()) {
            carry_out_queue(risc, queue, queue.writes.size());
        }
    }
}

void land_reads(NocQueue& queue, uint32_t trid) {
    if (trid == TSR_NO_TRID) {
        for (const PendingRead& read : queue.reads) {
            std::memmove(read.destination, read.source, read.bytes);
        }
        queue.reads.clear();
        return;
    }
    size_t kept = 0;
    for (const PendingRead& read : queue.reads) {
        if (read.trid == trid) {
            std::memmove(read.destination, read.source, read.bytes);
        } else {
            queue.reads[kept++] = read;
        }
    }
    queue.reads.resize(kept);
}

void settle_before_wait(Risc& risc) {
    if (!(risc.noc[0].writes.empty() && risc.noc[1].writes.empty())) {
        carry_out_writes(risc);
    }
}

void settle_all(Risc& risc) {
    carry_out_writes(risc);
    for (NocQueue& queue : risc.noc) {
        land_reads(queue, TSR_NO_TRID);
    }
}

const Endpoint& decode(const Risc& risc, uint32_t noc, uint64_t address, uint64_t bytes, uint64_t& local) {
    const Device& device = *risc.core->device;
    local = address & noc_local_mask;
    const Endpoint& endpoint = device.endpoints[device.decode[noc & 1][address >> 36 & (noc_coordinates - 1)]];
    if (__builtin_expect(local <= endpoint.bytes && bytes <= endpoint.bytes - local && endpoint.memory != nullptr, 1)) {
        return endpoint;
    }
    if (endpoint.memory == nullptr) {
        fail({.name = "noc-bad-coordinate",
              .message = "NoC " + std::to_string(noc) + " coordinate " + xy(address) + " of device " +
                         std::to_string(device.id) + " is neither a worker core nor DRAM",
              .notes = {"the NoC address is " + hex(address)},
              .help = "take coordinates from worker_core_from_logical_core, an address generator or a bank table"});
    }
    if (local >= local_memory_base && local < constants_base) {
        fail({.name = "stack-array-transfer",
              .message = "a NoC transfer of " + std::to_string(bytes) + " bytes names address " + hex(local) +
                         ", which is a processor's own local memory",
              .notes = {"the NoC reaches L1, not a processor's stack and globals"},
              .help = "put the bytes into a circular buffer or another part of L1"});
    }
    const bool is_dram = endpoint.kind == Endpoint::Kind::Dram;
    fail({.name = is_dram ? "dram-out-of-range" : "l1-out-of-range",
          .message = "a NoC transfer of " + std::to_string(bytes) + " bytes at address " + hex(local) +
                     " runs past the " + hex(endpoint.bytes) + " bytes of " + describe_endpoint(endpoint, device),
          .help = is_dram ? "check the page index against the buffer's number of pages" : ""});
}

uint8_t* local_end(const Risc& risc, uint32_t l1_address, uint64_t bytes, const char* role) {
    const tsr_context& context = risc.context;
    if (__builtin_expect(l1_address <= context.l1_size && bytes <= context.l1_size - l1_address, 1)) {
        return context.l1 + l1_address;
    }
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

void check_alignment(uint64_t remote, uint32_t local, uint32_t alignment, const char* what) {
    if (__builtin_expect(((remote ^ local) & (alignment - 1)) == 0, 1)) {
        return;
    }
    check_failed({.name = "misaligned-transfer",
                  .message = std::string(what) + " between " + hex(remote & noc_local_mask) + " and L1 address " +
                             hex(local) + ": both ends must agree modulo " + std::to_string(alignment),
                  .help = "place the buffer so that both addresses have the same remainder modulo " +
                          std::to_string(alignment)});
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

void count_op(Risc& risc, uint32_t bytes) {
    constexpr uint32_t cycles_to_issue = 32, bytes_a_cycle = 32;
    risc.clock += cycles_to_issue + bytes / bytes_a_cycle;
    risc.poll_rounds = 0;
}

void push_write(Risc& risc, uint32_t noc, const PendingWrite& write) {
    NocQueue& queue = risc.noc[noc & 1];
    queue.writes.push_back(write);
    if (queue.writes.size() >= longest_queue) {
        carry_out_writes(risc);
    }
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

}  // namespace
}  // namespace tessera::sim

using namespace tessera::sim;

extern "C" {

void tsr_noc_read(uint32_t noc, uint64_t src, uint32_t dst_l1, uint32_t bytes, uint32_t trid) {
    Risc& risc = caller();
    uint64_t local;
    const Endpoint& endpoint = decode(risc, noc, src, bytes, local);
    uint8_t* destination = local_end(risc, dst_l1, bytes, "destination");
    check_alignment(src, dst_l1,
                    endpoint.kind == Endpoint::Kind::Dram ? risc.core->device->chip->dram_read_alignment
                                                          : risc.core->device->chip->l1_alignment,
                    "a read");
    count_op(risc, bytes);
    observe(risc, [&](Observer& o) {
        o.noc_issue(risc, {.kind = NocEvent::Kind::Read,
                           .noc = static_cast<uint8_t>(noc),
                           .trid = trid,
                           .local_l1 = dst_l1,
                           .remote = src,
                           .bytes = bytes});
    });
    NocQueue& queue = risc.noc[noc & 1];
    if (queue.reads.size() >= most_reads) {
        land_reads(queue, TSR_NO_TRID);
    }
    queue.reads.push_back({endpoint.memory + local, destination, bytes, trid, __builtin_return_address(0)});
}

void tsr_noc_write(uint32_t noc, uint32_t src_l1, uint64_t dst, uint32_t bytes, uint32_t flags, uint32_t trid) {
    Risc& risc = caller();
    uint64_t local;
    const Endpoint& endpoint = decode(risc, noc, dst, bytes, local);
    const uint8_t* source = local_end(risc, src_l1, bytes, "source");
    check_alignment(dst, src_l1, risc.core->device->chip->l1_alignment, "a write");
    count_op(risc, bytes);
    observe(risc, [&](Observer& o) {
        o.noc_issue(risc, {.kind = NocEvent::Kind::Write,
                           .noc = static_cast<uint8_t>(noc),
                           .flags = flags,
                           .trid = trid,
                           .local_l1 = src_l1,
                           .remote = dst,
                           .bytes = bytes});
    });
    push_write(risc, noc,
               {.kind = PendingWrite::Kind::Copy,
                .bytes = bytes,
                .trid = trid,
                .source = source,
                .destination = endpoint.memory + local,
                .target = endpoint.core,
                .snapshot = -1});
}

void tsr_noc_write_multicast(uint32_t noc, uint32_t src_l1, uint64_t dst, uint32_t bytes, uint32_t num_dests,
                             uint32_t flags) {
    Risc& risc = caller();
    const uint8_t* source = local_end(risc, src_l1, bytes, "source");
    check_alignment(dst, src_l1, risc.core->device->chip->l1_alignment, "a multicast");
    PendingWrite write{
        .kind = PendingWrite::Kind::Copy, .bytes = bytes, .trid = TSR_NO_TRID, .source = source, .snapshot = -1};
    add_targets(risc, noc, dst, bytes, num_dests, flags, write);
    count_op(risc, bytes);
    observe(risc, [&](Observer& o) {
        o.noc_issue(risc, {.kind = NocEvent::Kind::Write,
                           .noc = static_cast<uint8_t>(noc),
                           .multicast = true,
                           .flags = flags,
                           .trid = TSR_NO_TRID,
                           .local_l1 = src_l1,
                           .remote = dst,
                           .bytes = bytes,
                           .num_dests = num_dests});
    });
    push_write(risc, noc, write);
}

void tsr_noc_inline_write(uint32_t noc, uint64_t dst, uint32_t value, uint32_t byte_enable, uint32_t flags) {
    Risc& risc = caller();
    check_word(dst, "an inline write");
    uint64_t local;
    const Endpoint& endpoint = decode(risc, noc, dst, 4, local);
    count_op(risc, 4);
    observe(risc, [&](Observer& o) {
        o.noc_issue(risc, {.kind = NocEvent::Kind::InlineWrite,
                           .noc = static_cast<uint8_t>(noc),
                           .flags = flags,
                           .trid = TSR_NO_TRID,
                           .remote = dst,
                           .bytes = 4});
    });
    push_write(risc, noc,
               {.kind = PendingWrite::Kind::Word,
                .byte_enable = static_cast<uint8_t>(byte_enable & 0xF),
                .bytes = 4,
                .value = value,
                .trid = TSR_NO_TRID,
                .destination = endpoint.memory + local,
                .target = endpoint.core,
                .snapshot = -1});
}

void tsr_noc_inline_write_multicast(uint32_t noc, uint64_t dst, uint32_t value, uint32_t byte_enable,
                                    uint32_t num_dests, uint32_t flags) {
    Risc& risc = caller();
    check_word(dst, "an inline write");
    PendingWrite write{.kind = PendingWrite::Kind::Word,
                       .byte_enable = static_cast<uint8_t>(byte_enable & 0xF),
                       .bytes = 4,
                       .value = value,
                       .trid = TSR_NO_TRID,
                       .snapshot = -1};
    add_targets(risc, noc, dst, 4, num_dests, flags, write);
    count_op(risc, 4);
    observe(risc, [&](Observer& o) {
        o.noc_issue(risc, {.kind = NocEvent::Kind::InlineWrite,
                           .noc = static_cast<uint8_t>(noc),
                           .multicast = true,
                           .flags = flags,
                           .trid = TSR_NO_TRID,
                           .remote = dst,
                           .bytes = 4,
                           .num_dests = num_dests});
    });
    push_write(risc, noc, write);
}

void tsr_noc_atomic_inc(uint32_t noc, uint64_t dst, uint32_t increment, uint32_t wrap, uint32_t flags) {
    Risc& risc = caller();
    check_word(dst, "an atomic increment");
    uint64_t local;
    const Endpoint& endpoint = decode(risc, noc, dst, 4, local);
    count_op(risc, 4);
    observe(risc, [&](Observer& o) {
        o.noc_issue(risc, {.kind = NocEvent::Kind::Atomic,
                           .noc = static_cast<uint8_t>(noc),
                           .flags = flags,
                           .trid = TSR_NO_TRID,
                           .remote = dst,
                           .bytes = 4});
    });
    push_write(risc, noc,
               {.kind = PendingWrite::Kind::Increment,
                .wrap = static_cast<uint8_t>(wrap),
                .bytes = 4,
                .value = increment,
                .trid = TSR_NO_TRID,
                .destination = endpoint.memory + local,
                .target = endpoint.core,
                .snapshot = -1});
}

void tsr_noc_atomic_inc_multicast(uint32_t noc, uint64_t dst, uint32_t increment, uint32_t wrap, uint32_t num_dests,
                                  uint32_t flags) {
    Risc& risc = caller();
    check_word(dst, "an atomic increment");
    PendingWrite write{.kind = PendingWrite::Kind::Increment,
                       .wrap = static_cast<uint8_t>(wrap),
                       .bytes = 4,
                       .value = increment,
                       .trid = TSR_NO_TRID,
                       .snapshot = -1};
    add_targets(risc, noc, dst, 4, num_dests, flags, write);
    count_op(risc, 4);
    observe(risc, [&](Observer& o) {
        o.noc_issue(risc, {.kind = NocEvent::Kind::Atomic,
                           .noc = static_cast<uint8_t>(noc),
                           .multicast = true,
                           .flags = flags,
                           .trid = TSR_NO_TRID,
                           .remote = dst,
                           .bytes = 4,
                           .num_dests = num_dests});
    });
    push_write(risc, noc, write);
}

void tsr_noc_read_barrier(uint32_t noc, uint32_t trid) {
    Risc& risc = caller();
    observe(risc, [&](Observer& o) { o.noc_barrier(risc, NocEvent::Kind::Read, static_cast<uint8_t>(noc), trid); });
    settle_before_wait(risc);
    land_reads(risc.noc[noc & 1], trid);
}

void tsr_noc_write_barrier(uint32_t noc, uint32_t trid) {
    Risc& risc = caller();
    observe(risc, [&](Observer& o) { o.noc_barrier(risc, NocEvent::Kind::Write, static_cast<uint8_t>(noc), trid); });
    settle_before_wait(risc);
}

void tsr_noc_writes_flushed(uint32_t noc, uint32_t posted, uint32_t trid) {
    tsr_noc_write_barrier(noc, trid);
}

void tsr_noc_atomic_barrier(uint32_t noc) {
    Risc& risc = caller();
    observe(risc,
            [&](Observer& o) { o.noc_barrier(risc, NocEvent::Kind::Atomic, static_cast<uint8_t>(noc), TSR_NO_TRID); });
    settle_before_wait(risc);
}

void tsr_noc_full_barrier(uint32_t noc) {
    tsr_noc_read_barrier(noc, TSR_NO_TRID);
    tsr_noc_write_barrier(noc, TSR_NO_TRID);
    tsr_noc_atomic_barrier(noc);
}

uint32_t tsr_noc_reads_done(uint32_t noc, uint32_t trid) {
    tsr_noc_read_barrier(noc, trid);
    return 1;
}

uint32_t tsr_noc_writes_done(uint32_t noc, uint32_t trid) {
    tsr_noc_write_barrier(noc, trid);
    return 1;
}

}  // extern "C"
