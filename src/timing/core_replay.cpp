#include <timing/core_replay.h>

#include <algorithm>

namespace tessera::timing {

using record::Event;
using record::Op;

namespace {

uint32_t slot_of(uint32_t trid) {
    return trid == record::no_trid ? 16 : trid & 15;
}

}  // namespace

CoreReplay::CoreReplay(Shared& shared, uint32_t index, const record::Core& core, arch::Coord at)
    : shared_(shared), index_(index), core_(core), at_(at) {
    for (const record::CircularBuffer& cb : core.cbs) {
        const bool longer = shared.what_if.only_cb < 0 || shared.what_if.only_cb == cb.index;
        cbs_[cb.index].pages = cb.pages * (longer ? shared.what_if.more_cb_pages : 1);
    }
    for (uint32_t i = 0; i < threads_.size(); ++i) {
        Thread& thread = threads_[i];
        thread.unit = static_cast<Unit>(i);
        const auto& processor = core.processors[std::min(i, 2U)];
        if (processor.kernel >= 0) {
            thread.runs = true;
            thread.cursor = record::Cursor(shared.recording.streams[processor.stream]);
            if (shared.recording.kernels[static_cast<size_t>(processor.kernel)].full_sync) {
                sections_ = 1;
            }
        }
    }
}

void CoreReplay::start(Cycles time) {
    for (Thread& thread : threads_) {
        if (thread.runs) {
            thread.time = time;
            go_on_at(thread, time);
        }
    }
}

bool CoreReplay::done() const {
    return std::all_of(threads_.begin(), threads_.end(), [](const Thread& thread) { return thread.cursor.done(); });
}

bool CoreReplay::give_up() {
    Thread* longest = nullptr;
    for (Thread& thread : threads_) {
        if (!thread.cursor.done() && thread.blocked && (longest == nullptr || thread.time < longest->time)) {
            longest = &thread;
        }
    }
    if (longest == nullptr) {
        return false;
    }
    ++shared_.given_up;
    longest->forced = true;
    advance(*longest);
    return true;
}

CoreTime CoreReplay::take_time() {
    for (size_t i = 0; i < threads_.size(); ++i) {
        spent_.ends[i] = threads_[i].runs ? threads_[i].time : 0;
    }
    for (size_t i = 0; i < engines_.size(); ++i) {
        spent_.ends[threads_.size() + i] = engines_[i].free;
    }
    spent_.end = *std::max_element(spent_.ends.begin(), spent_.ends.end());
    return spent_;
}

void CoreReplay::span(Unit unit, Cycles begin, Cycles end, Doing doing, uint32_t event, const Happened* cause) {
    if (end <= begin) {
        return;
    }
    spent_.spent[static_cast<size_t>(unit)][static_cast<size_t>(doing)] += end - begin;
    if (shared_.watcher != nullptr) {
        Span one{begin, end, doing, event};
        if (cause != nullptr) {
            one.has_cause = true;
            one.cause = cause->by;
            one.cause_time = cause->time;
        }
        shared_.watcher->span({index_, unit}, one);
    }
}

void CoreReplay::spend_code(Thread& thread, Cycles cycles) {
    span(thread.unit, thread.time, thread.time + cycles, Doing::Code, thread.cursor.event());
    thread.time += cycles;
}

bool CoreReplay::block(Thread& thread, Doing doing) {
    if (thread.forced) {
        thread.forced = false;
        thread.blocked = false;
        return true;
    }
    thread.blocked = true;
    thread.waits = doing;
    return false;
}

/// What the thread waits for is there, at `until` or before it came.
void CoreReplay::over(Thread& thread, Doing doing, Cycles until, const Happened* cause) {
    thread.blocked = false;
    if (until > thread.time) {
        span(thread.unit, thread.time, until, doing, thread.cursor.event(), cause);
        thread.time = until;
    }
}

void CoreReplay::go_on_at(Thread& thread, Cycles time) {
    thread.due = true;
    shared_.events.at(
        time,
        [](void* self, uint64_t what) {
            auto& core = *static_cast<CoreReplay*>(self);
            core.threads_[what].due = false;
            core.advance(core.threads_[what]);
        },
        this, static_cast<uint64_t>(thread.unit));
}

/// Something has happened: whoever waits looks again, and again if one of them went on.
void CoreReplay::wake() {
    wake_again_ = true;
    if (waking_) {
        return;
    }
    waking_ = true;
    while (wake_again_) {
        wake_again_ = false;
        for (Thread& thread : threads_) {
            if (thread.blocked && !thread.due) {
                advance(thread);
            }
        }
    }
    waking_ = false;
}

void CoreReplay::advance(Thread& thread) {
    record::Cursor& cursor = thread.cursor;
    const auto bit = static_cast<uint8_t>(1 << static_cast<uint8_t>(thread.unit));
    bool went_on = false;
    while (!cursor.done()) {
        const uint32_t number = cursor.event();
        const Event& event = shared_.recording.events[number];
        const Prepared& prepared = shared_.prepared[number];
        if (!thread.entered) {
            thread.gap += event.gap / shared_.what_if.riscv_speed;
            if ((prepared.units & bit) == 0) {
                cursor.next();
                continue;
            }
            spend_code(thread, thread.gap + prepared.call[static_cast<size_t>(thread.unit)]);
            thread.gap = 0;
            thread.entered = true;
            ++shared_.ops;
        }
        // What enters the NoC does so at its time.
        if (prepared.transaction.bytes != 0 && thread.time > shared_.events.now()) {
            go_on_at(thread, thread.time);
            break;
        }
        const bool was_blocked = thread.blocked;
        if (thread.barriers_put_off != 0 && !catch_up(thread, event)) {
            break;
        }
        if (!perform(thread, event, prepared)) {
            break;
        }
        went_on = went_on || was_blocked || thread.unit >= Unit::Trisc0;
        thread.entered = false;
        cursor.next();
    }
    // The threads of a compute kernel wait for each other's engines.
    if (went_on) {
        wake();
    }
}

bool CoreReplay::perform(Thread& thread, const Event& event, const Prepared& prepared) {
    const Cycles now = shared_.events.now();
    switch (event.op) {
        case Op::CbReserve: {
            Circular& cb = cbs_[event.cb];
            if (cb.pages < event.amount + (cb.pushed - cb.acked) && !block(thread, Doing::CbFull)) {
                return false;
            }
            const Happened cause{cb.popper, now};
            over(thread, Doing::CbFull, thread.blocked ? now : thread.time, &cause);
            return true;
        }
        case Op::CbWait: {
            Circular& cb = cbs_[event.cb];
            if (cb.received - cb.popped < event.amount && !block(thread, Doing::CbEmpty)) {
                return false;
            }
            const Happened cause{cb.pusher, now};
            over(thread, Doing::CbEmpty, thread.blocked ? now : thread.time, &cause);
            return true;
        }
        case Op::CbPush:
        case Op::CbPop:
            if (thread.barriers_put_off != 0) {
                thread.pages_put_off.push_back({event.cb, event.op == Op::CbPush, event.amount});
            } else {
                change_pages(thread, event.cb, event.amount, event.op == Op::CbPush);
            }
            return true;
        case Op::NocRead:
        case Op::NocWrite:
        case Op::NocInlineWrite:
        case Op::NocAtomic:
            return perform_transaction(thread, event, prepared);
        case Op::ReadBarrier:
            return perform_barrier(thread, event, Reads, Doing::Reads);
        case Op::WriteBarrier:
            return perform_barrier(thread, event, Writes, Doing::Writes);
        case Op::WriteFlush:
            return perform_barrier(thread, event, Leaving, Doing::Flush);
        case Op::AtomicBarrier:
            return perform_barrier(thread, event, Atomics, Doing::Atomics);
        case Op::WordWait:
        case Op::LocalWait:
        case Op::Spin:
            return perform_word_wait(thread, event);
        case Op::LocalStore:
            if (thread.time > now) {
                go_on_at(thread, thread.time);
                return false;
            }
            ++local_stores_[std::min<size_t>(static_cast<size_t>(thread.unit), 2)];
            wake();
            return true;
        case Op::DstAcquire: {
            // A section is free when the one that had it before has been packed.
            if (acquires_ >= sections_) {
                const uint64_t needed = acquires_ - sections_;
                if (needed >= first_release_ + released_.size()) {
                    if (!block(thread, Doing::DstFree)) {
                        return false;
                    }
                } else {
                    while (first_release_ < needed) {
                        released_.pop_front();
                        ++first_release_;
                    }
                    over(thread, Doing::DstFree, released_.front().time, &released_.front());
                }
            }
            thread.blocked = false;
            ++acquires_;
            return true;
        }
        case Op::DstCommit:
            committed_.push_back(finished(thread, Unit::Matrix));
            return true;
        case Op::DstWait: {
            if (dst_waits_ >= first_commit_ + committed_.size()) {
                if (!block(thread, Doing::DstReady)) {
                    return false;
                }
            } else {
                while (first_commit_ < dst_waits_) {
                    committed_.pop_front();
                    ++first_commit_;
                }
                over(thread, Doing::DstReady, committed_.front().time, &committed_.front());
            }
            thread.blocked = false;
            ++dst_waits_;
            return true;
        }
        case Op::DstRelease:
            released_.push_back(finished(thread, Unit::Packer));
            return true;
        case Op::Compute:
            switch (thread.unit) {
                case Unit::Trisc0:
                    return unpack(thread, prepared.work);
                case Unit::Trisc1:
                    return math(thread, prepared.work);
                default:
                    pack(thread, prepared.work);
                    return true;
            }
        case Op::ZoneBegin:
        case Op::ZoneEnd:
        case Op::ClockRead:
            if (shared_.watcher != nullptr) {
                shared_.watcher->mark({index_, thread.unit}, thread.cursor.event(), thread.time);
            }
            return true;
        case Op::End:
            // The acknowledgements that nobody has waited for.
            return !shared_.what_if.flush_writes || thread.unit > Unit::Ncrisc || perform_end(thread);
        case Op::EthernetSend:
            return true;
    }
    return true;
}

bool CoreReplay::perform_end(Thread& thread) {
    for (const auto& noc : thread.outstanding.count) {
        if (std::any_of(std::begin(noc[Writes]), std::end(noc[Writes]), [](uint32_t count) { return count != 0; })) {
            return block(thread, Doing::Writes);
        }
    }
    over(thread, Doing::Writes, thread.blocked ? shared_.events.now() : thread.time, nullptr);
    return true;
}

bool CoreReplay::perform_transaction(Thread& thread, const Event& event, const Prepared& prepared) {
    Transaction transaction = prepared.transaction;
    transaction.issuer = at_;
    if (prepared.recorded_bank && shared_.num_banks != shared_.recorded_banks) {
        // A board with another number of banks spreads pages over those that it has.
        thread.bank_turn += event.target.bank < thread.last_bank ? 1 : 0;
        thread.last_bank = event.target.bank;
        transaction.dram_bank =
            static_cast<int32_t>((event.target.bank + thread.bank_turn * shared_.recorded_banks) % shared_.num_banks);
        transaction.target = shared_.bank_routers[transaction.noc][static_cast<size_t>(transaction.dram_bank)];
    }
    const Kind kind = event.op == Op::NocRead ? Reads : event.op == Op::NocAtomic ? Atomics : Writes;
    const uint32_t slot = slot_of(event.trid);
    ++thread.outstanding.count[event.noc][kind][slot];
    if (kind == Writes) {
        ++thread.outstanding.count[event.noc][Leaving][slot];
    }
    uint32_t number = static_cast<uint32_t>(flights_.size());
    if (free_flights_.empty()) {
        flights_.emplace_back();
    } else {
        number = free_flights_.back();
        free_flights_.pop_back();
    }
    flights_[number] = {thread.unit,          kind, event.noc, slot, event.word, thread.cursor.event(), thread.time,
                        transaction.dram_bank};
    shared_.nocs[core_.device]->issue(transaction, *this, number);
    return true;
}

void CoreReplay::sent(uint64_t tag) {
    const Flight& flight = flights_[tag];
    if (flight.kind == Writes) {
        --threads_[static_cast<size_t>(flight.unit)].outstanding.count[flight.noc][Leaving][flight.slot];
        wake();
    }
}

void CoreReplay::arrived(uint64_t tag, uint32_t router) {
    CoreReplay* target = shared_.at[core_.device][router];
    if (target == nullptr) {
        return;
    }
    const Flight& flight = flights_[tag];
    Word& word = target->word(flight.word);
    ++word.arrivals;
    word.last = {index_, flight.unit};
    ++target->arrivals_;
    target->last_arrival_ = {word.last, flight.begin};
    target->wake();
}

void CoreReplay::done(uint64_t tag) {
    const Flight flight = flights_[tag];
    free_flights_.push_back(static_cast<uint32_t>(tag));
    --threads_[static_cast<size_t>(flight.unit)].outstanding.count[flight.noc][flight.kind][flight.slot];
    if (shared_.watcher != nullptr) {
        Transaction what = shared_.prepared[flight.event].transaction;
        what.issuer = at_;
        what.dram_bank = flight.dram_bank;
        shared_.watcher->transfer({{index_, flight.unit}, flight.event, flight.begin, shared_.events.now(), what});
    }
    wake();
}

bool CoreReplay::perform_barrier(Thread& thread, const Event& event, Kind kind, Doing doing) {
    if (!thread.blocked && put_off(thread)) {
        return true;
    }
    if (kind == Writes && shared_.what_if.flush_writes) {
        kind = Leaving;
    }
    const auto& counts = thread.outstanding.count[event.noc][kind];
    const bool all = event.trid == record::no_trid;
    const bool clear =
        all ? std::all_of(std::begin(counts), std::end(counts), [](uint32_t count) { return count == 0; })
            : counts[slot_of(event.trid)] == 0;
    if (!clear && !block(thread, doing)) {
        return false;
    }
    over(thread, doing, thread.blocked ? shared_.events.now() : thread.time, nullptr);
    change_pages_put_off(thread);
    return true;
}

CoreReplay::Word& CoreReplay::word(uint32_t address) {
    for (Word& one : words_) {
        if (one.address == address) {
            return one;
        }
    }
    return words_.emplace_back(Word{address, 0, {}});
}

bool CoreReplay::perform_word_wait(Thread& thread, const Event& event) {
    const Cycles now = shared_.events.now();
    uint64_t* heard = nullptr;
    uint64_t there = 0;
    Happened cause{{index_, thread.unit}, now};
    Doing doing = Doing::Word;
    if (event.op == Op::LocalWait) {
        heard = &thread.local_heard[event.peer];
        there = local_stores_[event.peer];
        cause.by.unit = static_cast<Unit>(event.peer);
        doing = Doing::Local;
    } else if (event.op == Op::Spin) {
        heard = &thread.spin_heard;
        there = arrivals_;
        cause = last_arrival_;
    } else {
        heard = &thread.heard[event.word];
        const Word& one = word(event.word);
        there = one.arrivals;
        cause.by = one.last;
    }
    if (there < *heard + event.amount && !block(thread, doing)) {
        return false;
    }
    *heard += event.amount;
    over(thread, doing, thread.blocked ? now : thread.time, &cause);
    return true;
}

/// When the thread's engine has done what it was told, and which of the two was last.
CoreReplay::Happened CoreReplay::finished(const Thread& thread, Unit engine) const {
    const Cycles end = engines_[static_cast<size_t>(engine) - threads_.size()].free;
    return end > thread.time ? Happened{{index_, engine}, end} : Happened{{index_, thread.unit}, thread.time};
}

/// Pages are pushed or popped: the others see it when the engine has written or read them.
void CoreReplay::change_pages(Thread& thread, uint32_t cb, uint32_t pages, bool push) {
    (push ? cbs_[cb].pushed : cbs_[cb].popped) += pages;
    Happened when{{index_, thread.unit}, thread.time};
    if (thread.unit == Unit::Trisc2) {
        when = finished(thread, Unit::Packer);
    } else if (thread.unit == Unit::Trisc0) {
        when = finished(thread, Unit::Unpacker);
    }
    if (when.time <= shared_.events.now()) {
        cb_changes(when.by.unit, cb, pages, push);
        return;
    }
    shared_.events.at(
        when.time,
        [](void* self, uint64_t what) {
            static_cast<CoreReplay*>(self)->cb_changes(static_cast<Unit>(what >> 48), what >> 33 & 0xFF,
                                                       static_cast<uint32_t>(what), (what >> 32 & 1) != 0);
        },
        this, static_cast<uint64_t>(when.by.unit) << 48 | uint64_t{cb} << 33 | uint64_t{push} << 32 | pages);
}

void CoreReplay::cb_changes(Unit by, uint32_t cb, uint32_t pages, bool push) {
    Circular& one = cbs_[cb];
    (push ? one.received : one.acked) += pages;
    (push ? one.pusher : one.popper) = {index_, by};
    if (shared_.watcher != nullptr) {
        shared_.watcher->cb_level(index_, static_cast<uint8_t>(cb), shared_.events.now(),
                                  static_cast<uint32_t>(one.received - one.acked));
    }
    wake();
}

/// Several groups of transactions a barrier: true if this one is put off, and the pages that depend on it with it.
bool CoreReplay::put_off(Thread& thread) {
    if (thread.unit > Unit::Ncrisc || thread.barriers_put_off + 1 >= shared_.what_if.barrier_every) {
        return false;
    }
    ++thread.barriers_put_off;
    return true;
}

/// Barriers that were put off come before whatever others may wait for, and before a wait that they might be needed
/// for. False: it waits for them.
bool CoreReplay::catch_up(Thread& thread, const Event& event) {
    bool needed = true;
    switch (event.op) {
        case Op::CbReserve: {
            const Circular& cb = cbs_[event.cb];
            needed = cb.pages < event.amount + thread.put_off(event.cb) + (cb.pushed - cb.acked);
            break;
        }
        case Op::CbWait: {
            const Circular& cb = cbs_[event.cb];
            needed = cb.received - cb.popped < event.amount + thread.put_off(event.cb);
            break;
        }
        case Op::NocRead:
        case Op::NocWrite:
            needed = event.word != 0;
            break;
        case Op::CbPush:
        case Op::CbPop:
        case Op::ReadBarrier:
        case Op::WriteBarrier:
        case Op::WriteFlush:
            needed = false;
            break;
        default:
            break;
    }
    if (!needed) {
        return true;
    }
    for (const auto& noc : thread.outstanding.count) {
        for (const Kind kind : {Reads, Writes}) {
            if (std::any_of(std::begin(noc[kind]), std::end(noc[kind]), [](uint32_t count) { return count != 0; })) {
                return block(thread, kind == Reads ? Doing::Reads : Doing::Writes);
            }
        }
    }
    over(thread, Doing::Reads, thread.blocked ? shared_.events.now() : thread.time, nullptr);
    change_pages_put_off(thread);
    return true;
}

void CoreReplay::change_pages_put_off(Thread& thread) {
    thread.barriers_put_off = 0;
    for (const auto& [cb, push, pages] : thread.pages_put_off) {
        change_pages(thread, cb, pages, push);
    }
    thread.pages_put_off.clear();
}

/// What an engine that reads or writes L1 for so long takes while the NoCs do too. Banks are taken at random: of the
/// accesses that it makes, as many meet another one as the NoCs need of all banks, and wait a cycle.
Cycles CoreReplay::with_l1(Cycles begin, Cycles length) const {
    if (length <= 0) {
        return length;
    }
    const double bytes = shared_.nocs[core_.device]->traffic(at_, begin, begin + length);
    return length + bytes / shared_.l1_bytes_per_cycle;
}

/// The unpackers hand operands over in pieces. Two of them fit into the source registers, so the first piece of an
/// operation waits until the matrix unit has begun the last piece of the one before.
bool CoreReplay::unpack(Thread& thread, const EngineWork& work) {
    Engine& engine = engines_[0];
    if (work.unpack == 0) {
        return true;
    }
    const bool operands = work.math > 0;
    Cycles bank = 0;
    if (operands && unpacks_ != 0) {
        const uint64_t needed = last_pieces_ >= 2 ? unpacks_ : unpacks_ - 1;
        if (taken_ < needed && !block(thread, Doing::SourceBanks)) {
            return false;
        }
        thread.blocked = false;
        bank = last_pieces_ >= 2 ? last_piece_end_ : taken_ < unpacks_ ? math_end_ : math_end_before_;
    }
    // The processor is at most two operations ahead of its engine.
    if (engine.before_last > thread.time) {
        const Happened cause{{index_, Unit::Unpacker}, engine.before_last};
        over(thread, Doing::Engine, engine.before_last, &cause);
    }
    const Cycles ready = std::max(thread.time, engine.free);
    // When a bank comes free, what is on the way from L1 is already there.
    const Cycles begin = std::max(ready, bank - work.latency);
    const uint32_t event = thread.cursor.event();
    if (begin > ready) {
        const Happened cause{{index_, Unit::Matrix}, begin};
        span(Unit::Unpacker, ready, begin, Doing::SourceBanks, event, &cause);
    }
    const Cycles length = with_l1(begin, work.unpack);
    span(Unit::Unpacker, begin, begin + length, Doing::Code, event);
    engine.work(begin + length);
    if (operands) {
        unpacked_.push_back({begin + length / work.pieces, begin + length, event});
        last_pieces_ = work.pieces;
        ++unpacks_;
    }
    return true;
}

bool CoreReplay::math(Thread& thread, const EngineWork& work) {
    Engine& engine = engines_[1];
    if (work.math == 0) {
        return true;
    }
    const bool operands = work.unpack > 0;
    if (operands && unpacked_.empty()) {
        return block(thread, Doing::Operands);
    }
    thread.blocked = false;
    if (engine.before_last > thread.time) {
        const Happened cause{{index_, Unit::Matrix}, engine.before_last};
        over(thread, Doing::Engine, engine.before_last, &cause);
    }
    const Cycles ready = std::max(thread.time, engine.free);
    const uint32_t event = thread.cursor.event();
    if (!operands) {
        span(Unit::Matrix, ready, ready + work.math, Doing::Code, event);
        engine.work(ready + work.math);
        return true;
    }
    const Unpacked from = unpacked_.front();
    unpacked_.pop_front();
    const Cycles piece = work.math / work.pieces;
    const Cycles begin = std::max(ready, from.first + work.latency);
    const Cycles end = std::max(begin + work.math, from.last + work.latency + piece);
    if (begin > ready) {
        const Happened cause{{index_, Unit::Unpacker}, begin};
        span(Unit::Matrix, ready, begin, Doing::Operands, event, &cause);
    }
    // While it waits for pieces in between it does not work.
    if (end > begin + work.math) {
        const Happened cause{{index_, Unit::Unpacker}, end - work.math};
        span(Unit::Matrix, begin, end - work.math, Doing::Operands, event, &cause);
    }
    span(Unit::Matrix, end - work.math, end, Doing::Code, event);
    engine.work(end);
    math_end_before_ = math_end_;
    math_end_ = end;
    last_piece_end_ = end - piece;
    ++taken_;
    return true;
}

void CoreReplay::pack(Thread& thread, const EngineWork& work) {
    Engine& engine = engines_[2];
    if (work.pack == 0) {
        return;
    }
    if (engine.before_last > thread.time) {
        const Happened cause{{index_, Unit::Packer}, engine.before_last};
        over(thread, Doing::Engine, engine.before_last, &cause);
    }
    const Cycles begin = std::max(thread.time, engine.free);
    const Cycles end = begin + with_l1(begin, work.pack);
    span(Unit::Packer, begin, end, Doing::Code, thread.cursor.event());
    engine.work(end);
}

}  // namespace tessera::timing
