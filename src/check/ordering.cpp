#include <check/ordering.h>

#include <algorithm>

#include <check/checks.h>

namespace tessera::check {
namespace {

using sim::NocEvent;

constexpr uint32_t dram_granule = 16;
/// A write of so few bytes is taken for a message to somebody who waits for it, not for data.
constexpr uint32_t signal_bytes = 4;
/// So many may hold both data and such a message.
constexpr uint32_t most_signal_bytes = 16;
/// A read of so few bytes from another core's L1 may be a question that is asked until the answer changes.
constexpr uint32_t question_bytes = 32;
constexpr size_t most_readers = 64;

void begin_launch(Actor& one, uint32_t core) {
    one.risc = nullptr;
    one.knows = {.rows = CoreRows(core), .others = nullptr};
    one.issued = {};
    one.flying = 0;
    std::fill(&one.done_by_trid[0][0], &one.done_by_trid[0][0] + TSR_NUM_NOCS * 16, 0);
    for (auto& noc : one.sent) {
        std::fill(noc[0].begin(), noc[0].end(), 0);
        std::fill(noc[1].begin(), noc[1].end(), 0);
    }
    one.signalled = nullptr;
    one.questions.clear();
    one.time() = 1;
    std::fill(one.stretches.begin(), one.stretches.end(), tsr_stretch{TSR_NO_STRETCH, 0});
    one.stretched.clear();
}

uint32_t site_of(const sim::Risc& risc, const void* site) {
    return static_cast<uint32_t>(static_cast<const uint8_t*>(site) - risc.context.image);
}

}  // namespace

CoreTrack& Ordering::track(const sim::Core& core) {
    return *devices_[core.device->id].cores[static_cast<size_t>(&core - core.device->cores.data())];
}

void Ordering::launch_begin(sim::Machine::Impl& machine, std::span<const sim::ProgramLaunch* const> programs) {
    // A launch begins when everything before it has ended: nothing of the last one counts any more.
    machine_ = &machine;
    shared_ = machine.options.threads > 1;
    if (devices_.empty()) {
        devices_.resize(machine.devices.size());
        uint32_t core_number = 0;
        for (size_t d = 0; d < devices_.size(); ++d) {
            sim::Device& device = *machine.devices[d];
            for (sim::Core& core : device.cores) {
                devices_[d].cores.push_back(std::make_unique<CoreTrack>(device.chip->l1_bytes));
                CoreTrack& made = *devices_[d].cores.back();
                made.core = &core;
                made.number = core_number++;
                cores_.push_back(&made);
                for (uint8_t i = 0; i < 3; ++i) {
                    made.actors[i].index = i;
                    made.actors[i].number = static_cast<uint16_t>(number_of(made.number, i));
                    by_number_.resize(made.actors[i].number + size_t{1});
                    by_number_.back() = &made.actors[i];
                }
            }
            for (size_t i = 0; i < device.chip->dram_ports.size(); ++i) {
                devices_[d].dram.push_back(std::make_unique<Shadow>(device.controller_bytes, dram_granule));
            }
            devices_[d].first_controller = dram_destination + static_cast<uint32_t>(d) * 64;
        }
    }
    for (DeviceTrack& device : devices_) {
        for (const auto& core : device.cores) {
            core->l1.reset();
            for (const auto& [address, word] : core->words) {
                core->signals[address / 4 / 64] = 0;
            }
            core->words.clear();
            core->has_signals = false;
        }
        for (const auto& dram : device.dram) {
            dram->reset();
        }
    }
    for (const sim::ProgramLaunch* program : programs) {
        for (const sim::CoreLaunch& launch : program->cores) {
            CoreTrack& core = track(machine.devices[program->device]->core(launch.logical));
            for (Actor& one : core.actors) {
                begin_launch(one, core.number);
            }
            for (const sim::CircularBufferSetup& buffer : launch.circular_buffers) {
                core.pushed[buffer.index].reset();
                core.popped[buffer.index].reset();
            }
        }
    }
}

void Ordering::kernel_start(sim::Risc& risc) {
    CoreTrack& core = track(*risc.core);
    Actor& me = core.actors[static_cast<size_t>(risc.processor)];
    me.risc = &risc;
    me.core = &core;
    me.device = &devices_[risc.device().id];
    slot(risc, Slot::Order) = &me;
    if (full_) {
        me.stretches.resize(TSR_STRETCHES, {TSR_NO_STRETCH, 0});
        me.places.resize(TSR_STRETCHES);
        risc.context.stretches = me.stretches.data();
    }
    watch(me);
}

void Ordering::kernel_end(sim::Risc& risc) {
    flush_stretches(actor(risc));
}

/// Which loads and stores of the kernel are to be told.
void Ordering::watch(Actor& me) {
    tsr_context& context = me.risc->context;
    const bool reads = (me.flying & (Actor::bit(Channel::Read0) | Actor::bit(Channel::Read1))) != 0;
    const bool writes = (me.flying & (Actor::bit(Channel::WriteSource0) | Actor::bit(Channel::WriteSource1))) != 0;
    const bool compute = me.risc->processor == sim::Processor::COMPUTE;
    const auto signals = [&] { return __atomic_load_n(&me.core->has_signals, __ATOMIC_SEQ_CST); };
    const bool looked_at = me.risc->history.kept_stretches != nullptr;  // by the device, for what its loop reads
    const uint64_t loads = !compute && (full_ || reads || signals() || looked_at) ? context.l1_size : 0;
    if (!shared_ || loads != 0) {
        __atomic_store_n(&context.watched_loads, loads, __ATOMIC_RELAXED);
    } else if (__atomic_load_n(&context.watched_loads, __ATOMIC_RELAXED) != 0) {
        __atomic_store_n(&context.watched_loads, 0, __ATOMIC_SEQ_CST);
        if (!compute && signals()) {
            // The first signal came from another host thread between the two.
            __atomic_store_n(&context.watched_loads, context.l1_size, __ATOMIC_RELAXED);
        }
    }
    context.watched_stores = !compute && (full_ || writes) ? context.l1_size : 0;
}

inline Ordering::Place Ordering::place(const Actor& me, const sim::Endpoint& endpoint, uint64_t offset,
                                       uint64_t bytes) {
    if (endpoint.kind == sim::Endpoint::Kind::Dram) {
        return {me.device->dram[endpoint.index].get(), me.device->first_controller + endpoint.index, offset,
                offset + bytes};
    }
    if (endpoint.kind == sim::Endpoint::Kind::Worker) {
        CoreTrack& core = *me.device->cores[endpoint.index];
        return {&core.l1, core.number, offset, offset + bytes};
    }
    return {};
}

Access Ordering::own(const Actor& me, const void* site) const {
    const uint32_t time = me.done(Channel::Self);
    return {.number = time, .issued = time, .site = site_of(*me.risc, site), .processor = me.number};
}

bool Ordering::ordered(const Access& before, const Actor& now, uint32_t destination) const {
    const uint32_t core = core_of(before.processor);
    const CoreRows* rows = core == now.knows.rows.core() ? &now.knows.rows
                           : now.knows.others == nullptr ? nullptr
                                                         : now.knows.others->find(core);
    if (rows != nullptr && rows->at(index_of(before.processor), before.channel) >= before.number) {
        return true;
    }
    if (before.processor == now.number) {
        if (before.channel == Channel::Self) {
            return true;
        }
        const bool second = ((static_cast<uint32_t>(before.channel) - 1) & 1) != 0;
        if (before.trid != Access::no_trid && now.done_by_trid[second][before.trid & 15] >= before.number) {
            return true;
        }
    }
    if (now.knows.others == nullptr) {
        return false;
    }
    const auto arrived = [&](uint32_t path) {
        return now.knows.others->arrived(before.processor, path) >= before.number;
    };
    switch (before.channel) {
        case Channel::Read0:
        case Channel::Read1:
            return before.trid != Access::no_trid && arrived(trid_path(before.channel, before.trid));
        case Channel::WriteSource0:
        case Channel::WriteSource1: {
            // Bytes that have arrived have been read. A write has the same number on both of its channels.
            const Channel channel = before.channel == Channel::WriteSource0 ? Channel::Write0 : Channel::Write1;
            return arrived(path_of(channel, before.multicast, before.sent_to));
        }
        case Channel::Write0:
        case Channel::Write1:
            return arrived(path_of(before.channel, before.multicast, destination));
        default:
            return false;
    }
}

/// Two transfers of one processor that need no order: reads into the same bytes, whose order nobody can want to rely
/// on (a bandwidth test does this), and writes that follow each other on one path.
bool Ordering::same_path(const Access& before, const Access& now) const {
    if (before.processor != now.processor) {
        return false;
    }
    const bool both_read = (before.channel == Channel::Read0 || before.channel == Channel::Read1) &&
                           (now.channel == Channel::Read0 || now.channel == Channel::Read1);
    const bool both_written = (before.channel == Channel::Write0 || before.channel == Channel::Write1) &&
                              before.channel == now.channel && before.multicast == now.multicast;
    return both_read || both_written;
}

/// Whether `now` need not ask what orders it after `before`: nobody was there, or this core's own clocks tell.
bool Ordering::plainly_ordered(const Access& before, const Actor& me) {
    return !before.any() || (core_of(before.processor) == me.knows.rows.core() &&
                             me.knows.rows.at(index_of(before.processor), before.channel) >= before.number);
}

[[gnu::always_inline]] inline void Ordering::access(Actor& me, const Place& place, const Access& now, bool writes) {
    if (place.shadow == nullptr || place.begin >= place.end) {
        return;
    }
    {
        // Most accesses are to the same pages as before, in order with those of the same core, or to new ones. Here
        // `now` stays in registers: a copy of what has just been written to memory in parts would wait for it.
        const Guard guard(place.shadow->lock, shared_);
        Cell* cell = place.shadow->one(place.begin, place.end);
        if (cell != nullptr && cell->more == 0 && plainly_ordered(cell->write, me)) {
            const bool same_reader = cell->read.processor == now.processor && cell->read.channel == now.channel;
            if (!writes && (same_reader || plainly_ordered(cell->read, me))) {
                cell->read = now;
                return;
            }
            if (writes && plainly_ordered(cell->read, me)) {
                cell->write = now;
                cell->read.number = 0;
                return;
            }
        }
    }
    const Access copy = now;
    access_any(me, place, copy, writes);
}

void Ordering::access_any(Actor& me, const Place& place, const Access& now, bool writes) {
    Shadow& shadow = *place.shadow;
    Conflict conflict;
    bool found = false;
    const auto meet = [&](const Access& before, bool before_writes) {
        if (before.any() && !found && !ordered(before, me, place.destination) && !same_path(before, now)) {
            found = true;
            conflict = {before, before_writes, now, writes};
        }
    };
    const auto meet_all = [&](const Cell& cell) {
        meet(cell.write, true);
        meet(cell.read, false);
        if (const std::vector<Access>* more = shadow.more_of(cell)) {
            for (const Access& before : *more) {
                meet(before, false);
            }
        }
    };
    const auto replaces = [&](const Access& before) {
        return !before.any() || (before.processor == now.processor && before.channel == now.channel) ||
               ordered(before, me, place.destination);
    };
    const auto read = [&](Cell& cell) {
        meet(cell.write, true);
        if (replaces(cell.read)) {
            cell.read = now;
            return;
        }
        std::vector<Access>& more = shadow.more(cell);
        for (Access& before : more) {
            if (replaces(before)) {
                before = now;
                return;
            }
        }
        if (more.size() < most_readers) {
            more.push_back(now);
        }
    };
    {
        const Guard guard(shadow.lock, shared_);
        if (writes) {
            shadow.each(place.begin, place.end, meet_all);
            shadow.assign(place.begin, place.end, now);
        } else {
            shadow.visit(place.begin, place.end, read);
        }
    }
    if (found) {
        report(me, place, conflict);
    }
}

/// Looks whether a transfer of this processor on one channel still uses bytes of its own L1; nothing is recorded.
void Ordering::look(Actor& me, uint32_t begin, uint32_t end, Channel channel, bool as_write, bool writes, Access now) {
    CoreTrack& core = *me.core;
    Conflict conflict;
    bool found = false;
    {
        const Guard guard(core.l1.lock, shared_);
        core.l1.each(begin, end, [&](const Cell& cell) {
            const auto meet = [&](const Access& before) {
                if (!found && before.any() && before.processor == me.number && before.channel == channel &&
                    !ordered(before, me, core.number)) {
                    found = true;
                    conflict = {before, as_write, now, writes};
                }
            };
            if (as_write) {
                meet(cell.write);
                return;
            }
            meet(cell.read);
            if (const std::vector<Access>* more = core.l1.more_of(cell)) {
                std::for_each(more->begin(), more->end(), meet);
            }
        });
    }
    if (found) {
        report(me, {&core.l1, core.number, begin, end}, conflict);
    }
}

// --- The kernel's own loads and stores -------------------------------------------------------------------------------

/// Accesses to words where small writes have arrived are no accesses to data: a load hears what the senders knew, a
/// store tells whoever waits for the word. True if there was such a word.
bool Ordering::meets_signals(Actor& me, uint32_t begin, uint32_t end, bool store) {
    CoreTrack& core = *me.core;
    bool any = false;
    for (uint32_t word = begin / 4; core.has_signals && word < (end + 3) / 4; ++word) {
        if ((core.signals[word / 64] >> word % 64 & 1) == 0) {
            continue;
        }
        const Guard guard(core.words_lock, shared_);
        if (const auto known = core.words.find(word * 4); known != core.words.end()) {
            any = true;
            if (store) {
                known->second.store(me);
            } else {
                known->second.hear_all(me);
            }
        }
    }
    if (any && store) {
        advance(me);
    }
    return any;
}

void Ordering::local_access(sim::Risc& risc, const sim::LocalAccess& access) {
    Actor& me = actor(risc);
    const uint32_t end = access.address + access.bytes;
    if (access.spins || (access.bytes <= signal_bytes && meets_signals(me, access.address, end, access.store))) {
        return;
    }
    if (!full_) {
        me.deed = {.kind = access.store ? Deed::Kind::Store : Deed::Kind::Load};
        const Access now = own(me, access.site);
        const uint32_t from = access.address & ~3U, to = (end + 3) & ~3U;
        for (const uint8_t noc : {0, 1}) {
            if (me.in_flight(of_noc(Channel::Read0, noc))) {
                look(me, from, to, of_noc(Channel::Read0, noc), true, access.store, now);
            }
            if (access.store && me.in_flight(of_noc(Channel::WriteSource0, noc))) {
                look(me, from, to, of_noc(Channel::WriteSource0, noc), false, true, now);
            }
        }
        return;
    }
    constexpr size_t most_stretches = 4 * TSR_STRETCHES;
    tsr_stretch& stretch = me.stretches[access.stretch];
    if (stretch.begin != TSR_NO_STRETCH || me.stretched.size() >= most_stretches) {
        flush_stretches(me);
    }
    stretch = {access.address, access.bytes};
    me.places[access.stretch] = {site_of(risc, access.site), access.store};
    me.stretched.push_back(access.stretch);
}

void Ordering::look_at_stretches(Actor& me) {
    CoreTrack& core = *me.core;
    // Whatever a loop waited for comes before what was done after it.
    for (const bool signals : {true, false}) {
        for (const uint16_t index : me.stretched) {
            tsr_stretch& stretch = me.stretches[index];
            const Actor::PlaceInCode& place = me.places[index];
            const uint32_t end = stretch.begin + stretch.bytes;
            if (signals) {
                if (stretch.bytes <= signal_bytes && meets_signals(me, stretch.begin, end, place.store)) {
                    stretch = {TSR_NO_STRETCH, 0};
                }
            } else if (stretch.begin != TSR_NO_STRETCH) {
                Access now = own(me, me.risc->context.image);
                now.site = place.site;
                me.deed = {.kind = place.store ? Deed::Kind::Store : Deed::Kind::Load};
                const uint32_t from = stretch.begin & ~3U;
                stretch = {TSR_NO_STRETCH, 0};
                access(me, {&core.l1, core.number, from, (end + 3) & ~3U}, now, place.store);
            }
        }
    }
    me.stretched.clear();
}

// --- Circular buffers ------------------------------------------------------------------------------------------------

/// The L1 ranges of pages from a pointer on, at most two: they may go on at the buffer's start.
template <class Each>
void Ordering::pages(const sim::Risc& risc, uint32_t cb, uint32_t pointer, uint32_t pages, Each&& each) {
    const tsr_cb& buffer = risc.context.cbs[cb];
    const uint32_t bytes = std::min(pages * buffer.fifo_page_size, buffer.fifo_size);
    const uint32_t first = std::min(bytes, buffer.fifo_limit - std::min(pointer, buffer.fifo_limit));
    if (first != 0) {
        each(pointer, pointer + first);
    }
    if (bytes > first) {
        const uint32_t start = buffer.fifo_limit - buffer.fifo_size;
        each(start, start + bytes - first);
    }
}

/// Pages that are pushed while reads may still write them, or popped while writes may still read them. channel: NoC
/// 0's.
void Ordering::look_at_pages(Actor& me, uint32_t cb, uint32_t pointer, uint32_t count, Channel channel) {
    const bool pushed = channel == Channel::Read0;
    const void* site = sim::kernel_pc(*me.risc);
    for (const uint8_t noc : {0, 1}) {
        if (me.in_flight(of_noc(channel, noc))) {
            pages(*me.risc, cb, pointer, count, [&](uint32_t begin, uint32_t end) {
                look(me, begin, end, of_noc(channel, noc), pushed, !pushed, own(me, site));
            });
        }
    }
}

void Ordering::cb_push(sim::Risc& risc, uint32_t cb, uint32_t count) {
    Actor& me = actor(risc);
    flush_stretches(me);
    me.deed = {.kind = Deed::Kind::Push, .cb = cb, .pages = count};
    if (me.in_flight(Channel::Read0) || me.in_flight(Channel::Read1)) [[unlikely]] {
        look_at_pages(me, cb, risc.context.cbs[cb].fifo_wr_ptr, count, Channel::Read0);
    }
    if (risc.processor == sim::Processor::COMPUTE) {
        CoreTrack& core = *me.core;
        const void* site = sim::kernel_pc(risc);
        me.deed.kind = Deed::Kind::ComputeWrites;
        pages(risc, cb, risc.context.cbs[cb].fifo_wr_ptr, count, [&](uint32_t begin, uint32_t end) {
            access(me, {&core.l1, core.number, begin, end}, own(me, site), true);
        });
    }
    me.core->pushed[cb].move(count, me);
    advance(me);
}

void Ordering::cb_pop(sim::Risc& risc, uint32_t cb, uint32_t count) {
    Actor& me = actor(risc);
    flush_stretches(me);
    if (me.in_flight(Channel::WriteSource0) || me.in_flight(Channel::WriteSource1)) [[unlikely]] {
        me.deed = {.kind = Deed::Kind::Pop, .cb = cb, .pages = count};
        look_at_pages(me, cb, risc.context.cbs[cb].fifo_rd_ptr, count, Channel::WriteSource0);
    }
    me.core->popped[cb].move(count, me);
    advance(me);
}

void Ordering::cb_reserved(sim::Risc& risc, uint32_t cb, uint32_t count) {
    Actor& me = actor(risc);
    flush_stretches(me);
    // There is room when so many pages have been popped in all.
    const uint64_t needed = me.core->pushed[cb].total() + count, capacity = risc.context.cbs[cb].fifo_num_pages;
    if (needed > capacity) {
        me.core->popped[cb].hear(me, needed - capacity);
    }
}

void Ordering::cb_waited(sim::Risc& risc, uint32_t cb, uint32_t count) {
    Actor& me = actor(risc);
    flush_stretches(me);
    CoreTrack& core = *me.core;
    core.pushed[cb].hear(me, core.popped[cb].total() + count);
    if (risc.processor == sim::Processor::COMPUTE && count != 0) {
        const void* site = sim::kernel_pc(risc);
        me.deed = {.kind = Deed::Kind::ComputeReads, .cb = cb, .pages = count};
        pages(risc, cb, risc.context.cbs[cb].fifo_rd_ptr, count, [&](uint32_t begin, uint32_t end) {
            access(me, {&core.l1, core.number, begin, end}, own(me, site), false);
        });
    }
}

// --- NoC transfers ---------------------------------------------------------------------------------------------------

void Ordering::multicast_corners(sim::Risc& risc, const NocEvent& event) {
    const uint32_t ex = event.remote >> 36 & 63, ey = event.remote >> 42 & 63, sx = event.remote >> 48 & 63,
                   sy = event.remote >> 54 & 63;
    const bool right = (event.noc & 1) == 0 ? sx <= ex && sy <= ey : sx >= ex && sy >= ey;
    if (right) {
        return;
    }
    const std::string corners = "(" + std::to_string(sx) + "," + std::to_string(sy) + ")-(" + std::to_string(ex) + "," +
                                std::to_string(ey) + ")";
    sim::check_failed(
        {.name = "multicast-corner-order",
         .message = "the multicast rectangle " + corners + " begins at the wrong corner for NoC " +
                    std::to_string(event.noc & 1),
         .notes = {(event.noc & 1) == 0 ? "NoC 0 moves right and down: its rectangles begin at the upper left corner"
                                        : "NoC 1 moves left and up: its rectangles begin at the lower right corner"},
         .help = "swap the two corners; the chip would go round the grid the other way and reach other cores"});
}

void Ordering::noc_issue(sim::Risc& risc, const NocEvent& event) {
    Actor& me = actor(risc);
    flush_stretches(me);
    me.deed = {.kind = event.kind == NocEvent::Kind::Read ? Deed::Kind::NocRead : Deed::Kind::NocWrite,
               .multicast = event.multicast};
    if (event.multicast) {
        multicast_corners(risc, event);
    }
    if (event.bytes == 0) {
        return;
    }
    if (event.kind == NocEvent::Kind::Read) {
        read_issued(me, event);
        return;
    }
    const bool to_l1 = event.multicast || event.endpoint->kind == sim::Endpoint::Kind::Worker;
    if (event.kind == NocEvent::Kind::Write && (!to_l1 || event.bytes > signal_bytes)) {
        event.multicast ? multicast_issued(me, event) : write_issued(me, event);
    }
    if (to_l1 && event.bytes <= most_signal_bytes) {
        note_signal(me, event, of_noc(Channel::Write0, event.noc));
    }
}

/// Makes an access the next transfer of its kind.
inline void Ordering::number(Actor& me, const NocEvent& event, Channel first, Access& now) {
    now.channel = of_noc(first, event.noc);
    now.number = ++me.issued[static_cast<size_t>(now.channel)];
    me.flying |= Actor::bit(now.channel);
}

inline Ordering::Place Ordering::local_end(const Actor& me, const NocEvent& event) {
    return {&me.core->l1, me.core->number, event.local_l1, uint64_t{event.local_l1} + event.bytes};
}

void Ordering::read_issued(Actor& me, const NocEvent& event) {
    Access now = own(me, event.site);
    now.trid = event.trid == TSR_NO_TRID ? Access::no_trid : static_cast<uint8_t>(event.trid & 15);
    number(me, event, Channel::Read0, now);
    if (event.endpoint->kind == sim::Endpoint::Kind::Worker && event.bytes <= question_bytes) {
        const auto begin = static_cast<uint32_t>(event.offset);
        me.questions.push_back({me.device->cores[event.endpoint->index].get(), begin, begin + event.bytes});
    } else {
        access(me, place(me, *event.endpoint, event.offset, event.bytes), now, false);
    }
    access(me, local_end(me, event), now, true);
    watch(me);
}

void Ordering::write_issued(Actor& me, const NocEvent& event) {
    const Place there = place(me, *event.endpoint, event.offset, event.bytes);
    Access now = own(me, event.site);
    now.sent_to = there.destination;
    number(me, event, Channel::WriteSource0, now);
    access(me, local_end(me, event), now, false);
    number(me, event, Channel::Write0, now);
    access(me, there, now, true);
    if (event.endpoint->kind == sim::Endpoint::Kind::Worker) {
        last_sent(me, event)[there.destination] = now.number;
    }
    watch(me);
}

void Ordering::multicast_issued(Actor& me, const NocEvent& event) {
    Access now = own(me, event.site);
    now.multicast = true;
    now.sent_to = event.targets.empty() ? 0 : track(*event.targets.front()).number;
    number(me, event, Channel::WriteSource0, now);
    access(me, local_end(me, event), now, false);
    number(me, event, Channel::Write0, now);
    std::vector<uint32_t>& sent = last_sent(me, event);
    for (const sim::Core* target : event.targets) {
        CoreTrack& other = track(*target);
        access(me, {&other.l1, other.number, event.offset, event.offset + event.bytes}, now, true);
        sent[other.number] = now.number;
    }
    watch(me);
}

std::vector<uint32_t>& Ordering::last_sent(Actor& me, const NocEvent& event) const {
    std::vector<uint32_t>& sent = me.sent[event.noc & 1][event.multicast];
    if (sent.empty()) {
        sent.resize(cores_.size());
    }
    return sent;
}

void Ordering::hear_answers(Actor& me) {
    for (const Actor::Question& question : me.questions) {
        hear_words(me, *question.core, question.begin, question.end);
        if (question.core == me.core) {
            hear_mates(me);
        }
    }
    me.questions.clear();
}

void Ordering::noc_barrier(sim::Risc& risc, NocEvent::Kind kind, uint8_t noc, uint32_t trid, bool only_flush) {
    Actor& me = actor(risc);
    flush_stretches(me);
    const auto done = [&](Channel first) {
        const Channel channel = of_noc(first, noc);
        me.done(channel) = me.issued[static_cast<size_t>(channel)];
        me.flying &= ~Actor::bit(channel);
    };
    if (kind == NocEvent::Kind::Read) {
        if (!me.questions.empty()) {
            hear_answers(me);
        }
        if (trid == TSR_NO_TRID) {
            done(Channel::Read0);
        } else {
            me.done_by_trid[noc & 1][trid & 15] = me.issued[static_cast<size_t>(of_noc(Channel::Read0, noc))];
        }
    } else if (kind == NocEvent::Kind::Write) {
        done(Channel::WriteSource0);
        if (!only_flush) {
            done(Channel::Write0);
        }
    }
    watch(me);
}

std::unique_ptr<sim::Observer> make_ordering(bool full) {
    return std::make_unique<Ordering>(full);
}

}  // namespace tessera::check
