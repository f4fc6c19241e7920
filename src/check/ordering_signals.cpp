// The checks of order at semaphores and other words that processors wait for: who hears of what by them.
#include <check/ordering.h>

#include <algorithm>

namespace tessera::check {

using sim::NocEvent;

void Ordering::word_waited(sim::Risc& risc, uint32_t l1_address, uint32_t value, uint32_t condition) {
    Actor& me = actor(risc);
    flush_stretches(me);
    CoreTrack& core = *me.core;
    bool heard = false;
    {
        const Guard guard(core.words_lock, shared_);
        if (const auto known = core.words.find(l1_address & ~3U); known != core.words.end()) {
            known->second.hear(me, value, condition);
            heard = true;
        }
    }
    if (!heard) {
        // It was a store of somebody on this core: which one is not known.
        hear_mates(me);
        return;
    }
    for (const Actor& mate : core.actors) {
        if (&mate != &me && mate.risc != nullptr && mate.signalled != nullptr &&
            mate.signalled->rows.at(mate.index, Channel::Self) > me.knows.rows.at(mate.index, Channel::Self)) {
            learn(me.knows, *mate.signalled);
        }
    }
}

void Ordering::hear_mates(Actor& me) {
    for (Actor& mate : me.core->actors) {
        if (&mate != &me && mate.risc != nullptr) {
            learn(me.knows, mate.knows);
            advance(mate);
        }
    }
}

/// What has arrived at words of a core.
void Ordering::hear_words(Actor& me, CoreTrack& core, uint32_t begin, uint32_t end) {
    if (!core.has_signals) {
        return;
    }
    const Guard guard(core.words_lock, shared_);
    for (auto& [address, word] : core.words) {
        if (address + 4 > begin && address < end) {
            word.hear_all(me);
        }
    }
}

/// What the loop saw may be a message, or a plain store of somebody on this core: who is meant is not known.
void Ordering::spun(sim::Risc& risc) {
    Actor& me = actor(risc);
    flush_stretches(me);
    hear_words(me, *me.core, 0, ~0U);
    hear_mates(me);
}

void Ordering::local_signal(sim::Risc& risc) {
    Actor& me = actor(risc);
    flush_stretches(me);
    me.signalled = std::make_shared<Knowledge>(me.knows);
    advance(me);
}

void Ordering::note_signal(Actor& me, const NocEvent& event, Channel channel) {
    auto* signal = new Signal{.knowledge = me.knows, .sender = me.number, .in_order = {}};
    const auto& sent = me.sent[event.noc & 1][event.multicast];
    const auto add = [&](uint32_t destination) {
        if (!sent.empty() && sent[destination] > me.done(channel)) {
            signal->in_order.push_back({me.number, path_of(channel, event.multicast, destination), sent[destination]});
        }
    };
    if (event.multicast) {
        signal->in_order.reserve(sent.empty() ? 0 : event.targets.size());
        for (const sim::Core* target : event.targets) {
            add(track(*target).number);
        }
    } else if (event.endpoint->kind == sim::Endpoint::Kind::Worker) {
        add(track(*event.endpoint->core).number);
    }
    for (uint32_t trid = 0; trid < 16; ++trid) {
        for (const uint8_t noc : {0, 1}) {
            if (me.done_by_trid[noc][trid] > me.done(of_noc(Channel::Read0, noc))) {
                add_in_order(signal->knowledge,
                             {me.number, trid_path(of_noc(Channel::Read0, noc), trid), me.done_by_trid[noc][trid]});
            }
        }
    }
    event.mark = signal;
    advance(me);
}

void Ordering::noc_arrived(sim::Core& target, uint64_t address, uint32_t bytes, uint32_t value, void* mark) {
    auto& signal = *static_cast<Signal*>(mark);
    CoreTrack& core = track(target);
    {
        const Guard guard(core.words_lock, shared_);
        std::optional<InOrder> before;
        for (const InOrder& write : signal.in_order) {
            if ((write.path & (dram_destination - 1)) == core.number) {
                before = write;
            }
        }
        for (auto word = static_cast<uint32_t>(address & ~3U); word < address + bytes; word += 4) {
            const auto [known, is_new] = core.words.try_emplace(word, core.number);
            if (is_new) {
                core.signals[word / 4 / 64] |= uint64_t{1} << word / 4 % 64;
                __atomic_store_n(&core.has_signals, true, __ATOMIC_SEQ_CST);
            }
            known->second.arrive(value, signal.knowledge, signal.sender, before);
        }
    }
    for (const sim::Risc* risc : target.riscs) {
        if (risc != nullptr && risc->processor != sim::Processor::COMPUTE) {
            __atomic_store_n(const_cast<uint64_t*>(&risc->context.watched_loads), risc->context.l1_size,
                             __ATOMIC_RELAXED);
        }
    }
}

void Ordering::noc_over(void* mark) {
    delete static_cast<Signal*>(mark);
}

}  // namespace tessera::check
