// What is in flight on the NoC. In the default order a read's bytes land at its barrier; writes and atomics are carried
// out in issue order per NoC, at the latest when their issuer flushes, waits, yields or ends, and read their source
// then.
//
// In the adversarial order, chosen by a seed: a read may land at any time up to its barrier, in any order; a write may
// leave at once, or only when its source is flushed or its barrier comes, long after its issuer has gone on; the two
// NoCs of a processor don't keep step. What stays: writes and atomics of one processor on one NoC arrive in issue
// order, because programs rely on a semaphore to stay behind its data. Choices depend on the seed, the processor and
// the number of its NoC calls so far, so they are the same for any number of host threads.
#include <sim/noc.h>

#include <algorithm>
#include <cstring>

namespace tessera::sim {
namespace {

constexpr size_t longest_queue = 256;  // writes
constexpr size_t most_reads = 4096;
constexpr uint32_t plain_increment = 31;

/// What a choice is about, so that choices at the same call differ.
enum class Choice : uint64_t { LandRead = 1, WhichRead, LeaveAtOnce, WaitFirst, AtFlush };

bool adversarial(const Risc& risc) {
    return risc.core->device->machine->options.adversarial_noc;
}

uint64_t draw(const Risc& risc, Choice choice, uint64_t limit) {
    uint64_t x =
        risc.noc_seed + risc.noc_ops * 0xD1B54A32D192ED03u + static_cast<uint64_t>(choice) * 0x9E3779B97F4A7C15u;
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return (x ^ x >> 31) % limit;
}

/// How quickly a NoC works in the adversarial order. Three seeds of eight are extremes: one NoC is as slow as it may be
/// and the other instant, or both are slow.
enum class Pace { Random, Slow, Instant };

Pace pace(const Risc& risc, uint32_t noc) {
    switch (risc.core->device->machine->options.noc_seed % 8) {
        case 1:
        case 2:
            return risc.core->device->machine->options.noc_seed % 8 == noc + 1 ? Pace::Slow : Pace::Instant;
        case 3:
            return Pace::Slow;
        default:
            return Pace::Random;
    }
}

/// Whether something happens that happens once in `period` times on a NoC that is neither slow nor instant.
bool happens(const Risc& risc, uint32_t noc, Choice choice, uint64_t period) {
    const Pace quick = pace(risc, noc);
    return quick == Pace::Instant || (quick == Pace::Random && draw(risc, choice, period) == 0);
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

void tell_arrival(const PendingWrite& write, const uint8_t* source, Core& target, uint64_t address) {
    if (write.mark == nullptr) {
        return;
    }
    uint32_t value = write.value;
    if (write.kind == PendingWrite::Kind::Increment) {
        value += __atomic_load_n(reinterpret_cast<uint32_t*>(target.l1 + address), __ATOMIC_RELAXED);
    } else if (write.kind == PendingWrite::Kind::Copy) {
        std::memcpy(&value, source, std::min<size_t>(write.bytes, sizeof value));
    }
    observe(*target.device->machine, Observer::Arrivals,
            [&](Observer& o) { o.noc_arrived(target, address, write.bytes, value, write.mark); });
}

/// What may be a message: told to those who count them.
void tell_message(const PendingWrite& write, const uint8_t* source, Core& target, uint64_t address) {
    if (write.bytes > Observer::largest_message || write.bytes == 0) {
        return;
    }
    const bool increases = write.kind == PendingWrite::Kind::Increment;
    uint32_t value = write.value;
    if (write.kind == PendingWrite::Kind::Copy) {
        std::memcpy(&value, source, std::min<size_t>(write.bytes, sizeof value));
    }
    observe(*target.device->machine, Observer::Messages,
            [&](Observer& o) { o.word_arrives(target, static_cast<uint32_t>(address & ~3U), value, increases); });
}

void tell_taken(Risc& risc, uint64_t number, const uint8_t* memory, uint32_t bytes) {
    observe(risc, Observer::Moves, [&](Observer& o) { o.noc_taken(risc, number, memory, bytes); });
}

void tell_landed(Risc& risc, uint64_t number, const uint8_t* memory, uint32_t bytes) {
    observe(risc, Observer::Moves, [&](Observer& o) { o.noc_landed(risc, number, memory, bytes); });
}

void carry_out(Shard& shard, Risc& issuer, const NocQueue& queue, const PendingWrite& write) {
    const uint8_t* source = write.snapshot >= 0 ? queue.snapshots[write.snapshot].data() : write.source;
    if (write.kind == PendingWrite::Kind::Copy && write.snapshot < 0) {
        tell_taken(issuer, write.number, write.source, write.bytes);
    }
    if (write.destination != nullptr) {
        if (write.target != nullptr) {
            const auto address = static_cast<uint64_t>(write.destination - write.target->l1);
            tell_arrival(write, source, *write.target, address);
            tell_message(write, source, *write.target, address);
        }
        apply_to(write, source, write.destination);
        tell_landed(issuer, write.number, write.destination, write.bytes);
        if (write.target != nullptr) {
            notify(shard, *write.target);
        }
    } else {
        for (uint32_t i = 0; i < write.num_targets; ++i) {
            Core& target = *queue.targets[write.first_target + i];
            tell_arrival(write, source, target, write.offset);
            tell_message(write, source, target, write.offset);
            apply_to(write, source, target.l1 + write.offset);
            tell_landed(issuer, write.number, target.l1 + write.offset, write.bytes);
            notify(shard, target);
        }
    }
    if (write.mark != nullptr) {
        observe(*shard.run->machine, Observer::Arrivals, [&](Observer& o) { o.noc_over(write.mark); });
    }
}

void clear_writes(NocQueue& queue) {
    queue.writes.clear();
    queue.targets.clear();
    queue.snapshots.clear();
}

/// Carries out the first `count` writes of a queue.
void carry_out_first(Risc& risc, NocQueue& queue, size_t count) {
    Shard& shard = *risc.core->shard.load(std::memory_order_relaxed);
    for (size_t i = 0; i < count; ++i) {
        carry_out(shard, risc, queue, queue.writes[i]);
    }
    if (count == queue.writes.size()) {
        clear_writes(queue);
    } else {
        queue.writes.erase(queue.writes.begin(), queue.writes.begin() + static_cast<ptrdiff_t>(count));
    }
}

void land(const PendingRead& read) {
    if (read.bytes == 0) {
        return;
    }
    Risc& risc = *current_risc();
    tell_taken(risc, read.number, read.source, read.bytes);
    std::memmove(read.destination, read.source, read.bytes);
    tell_landed(risc, read.number, read.destination, read.bytes);
}

}  // namespace

void carry_out_all(Risc& risc) {
    for (NocQueue& queue : risc.noc) {
        if (!queue.writes.empty()) {
            carry_out_first(risc, queue, queue.writes.size());
        }
    }
}

PendingRead& new_read(Risc& risc, uint32_t noc) {
    NocQueue& queue = risc.noc[noc & 1];
    if (queue.reads.size() >= most_reads) {
        land_reads(queue, TSR_NO_TRID);
    }
    PendingRead& read = queue.reads.emplace_back();
    read.number = risc.noc_ops;
    return read;
}

void read_issued(Risc& risc, uint32_t noc) {
    if (adversarial(risc) && happens(risc, noc & 1, Choice::LandRead, 2)) {
        // Some read in flight lands now.
        NocQueue& queue = risc.noc[noc & 1];
        const size_t which = draw(risc, Choice::WhichRead, queue.reads.size());
        land(queue.reads[which]);
        queue.reads[which].bytes = 0;
    }
    step_aside_now_and_then(risc);
}

PendingWrite& new_write(Risc& risc, uint32_t noc) {
    return risc.noc[noc & 1].writes.emplace_back();
}

void write_issued(Risc& risc, uint32_t noc) {
    NocQueue& queue = risc.noc[noc & 1];
    queue.writes.back().number = risc.noc_ops;
    if (queue.writes.size() >= longest_queue) {
        carry_out_all(risc);
    } else if (adversarial(risc) && happens(risc, noc & 1, Choice::LeaveAtOnce, 3)) {
        carry_out_first(risc, queue, queue.writes.size());
    }
    step_aside_now_and_then(risc);
}

void land_reads(NocQueue& queue, uint32_t trid) {
    if (trid == TSR_NO_TRID) {
        for (const PendingRead& read : queue.reads) {
            land(read);
        }
        queue.reads.clear();
        return;
    }
    size_t kept = 0;
    for (const PendingRead& read : queue.reads) {
        if (read.trid == trid) {
            land(read);
        } else {
            queue.reads[kept++] = read;
        }
    }
    queue.reads.resize(kept);
}

void linger(Risc& risc, uint32_t noc) {
    const NocQueue& queue = risc.noc[noc & 1];
    if (!adversarial(risc) || (queue.reads.empty() && queue.writes.empty())) {
        return;
    }
    constexpr int times_when_slow = 4;
    const Pace quick = pace(risc, noc & 1);
    for (int i = quick == Pace::Slow ? times_when_slow : quick == Pace::Random ? 1 : 0; i > 0; --i) {
        step_aside(risc, quick == Pace::Slow);
    }
}

void finish_writes(Risc& risc, uint32_t noc, uint32_t trid, bool only_flush) {
    if (!adversarial(risc)) {
        settle_before_wait(risc);
        return;
    }
    linger(risc, noc);
    NocQueue& queue = risc.noc[noc & 1];
    size_t count = queue.writes.size();
    while (trid != TSR_NO_TRID && count > 0 && queue.writes[count - 1].trid != trid) {
        --count;
    }
    if (!only_flush || happens(risc, noc & 1, Choice::AtFlush, 2)) {
        carry_out_first(risc, queue, count);
        return;
    }
    // Flushed: the sources have been read, the bytes have not arrived.
    for (size_t i = 0; i < count; ++i) {
        PendingWrite& write = queue.writes[i];
        if (write.kind == PendingWrite::Kind::Copy && write.snapshot < 0) {
            tell_taken(risc, write.number, write.source, write.bytes);
            write.snapshot = static_cast<int32_t>(queue.snapshots.size());
            queue.snapshots.emplace_back(write.source, write.source + write.bytes);
        }
    }
}

void settle_before_wait(Risc& risc) {
    if (risc.noc[0].writes.empty() && risc.noc[1].writes.empty()) {
        return;
    }
    if (!adversarial(risc)) {
        carry_out_all(risc);
        return;
    }
    if (pace(risc, 0) != Pace::Random) {
        for (uint32_t noc = 0; noc < TSR_NUM_NOCS; ++noc) {
            if (pace(risc, noc) == Pace::Instant) {
                carry_out_first(risc, risc.noc[noc], risc.noc[noc].writes.size());
            }
        }
        return;
    }
    switch (draw(risc, Choice::WaitFirst, 4)) {
        case 0:
            carry_out_first(risc, risc.noc[0], risc.noc[0].writes.size());
            break;
        case 1:
            carry_out_first(risc, risc.noc[1], risc.noc[1].writes.size());
            break;
        case 2:
            carry_out_first(risc, risc.noc[1], risc.noc[1].writes.size());
            carry_out_first(risc, risc.noc[0], risc.noc[0].writes.size());
            break;
        default:
            break;
    }
}

void settle_all(Risc& risc) {
    carry_out_all(risc);
    for (NocQueue& queue : risc.noc) {
        land_reads(queue, TSR_NO_TRID);
    }
}

bool deliver_held_back(Shard& shard) {
    bool any = false;
    for (Core* core : shard.cores) {
        for (Risc* risc : core->riscs) {
            if (risc->state == State::Waiting && !(risc->noc[0].writes.empty() && risc->noc[1].writes.empty())) {
                carry_out_all(*risc);
                any = true;
            }
        }
    }
    return any;
}

}  // namespace tessera::sim
