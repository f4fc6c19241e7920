// What a processor has done in this launch, as far as somebody who looks at a hang wants to know it: its last calls,
// its pages of each circular buffer, and the words that it signalled over the NoC. Written by the processor's own
// thread only, a few stores a call; read when nothing runs.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include <tessera/abi.h>

namespace tessera::sim {

/// One call, or several equal ones in a row from the same place.
struct Step {
    enum class Kind : uint8_t {
        None,
        Reserve,
        Push,
        Wait,
        Pop,
        AskReserve,  ///< asked whether pages could be reserved: they could not
        AskWait,     ///< asked whether pages were there: they were not
        Read,
        Write,
        Atomic,
        ReadBarrier,
        WriteBarrier,
        Flush,
        AtomicBarrier,
        WordWait,
        LocalSignal
    };
    const void* site = nullptr;  ///< return address of the call
    uint64_t at = 0;             ///< circular buffer, NoC address, or L1 address of a word
    uint32_t amount = 0;         ///< pages, bytes, increment, or the value waited for
    uint32_t times = 0;
    Kind kind = Kind::None;
    bool multicast = false;
};

/// What one processor has done with one circular buffer.
struct CbUse {
    uint32_t reserved = 0;            ///< pages reserved and not pushed yet
    uint32_t pushed = 0;              ///< in this launch
    uint32_t waited = 0;              ///< pages waited for and not popped yet
    uint32_t popped = 0;              ///< in this launch
    const void* push_site = nullptr;  ///< of the last push
};

/// Small writes or atomics of one processor to one NoC address.
struct WordSignal {
    uint64_t remote = 0;  ///< NoC address, with the rectangle of a multicast
    const void* site = nullptr;
    uint32_t times = 0;
    uint32_t last = 0;  ///< increment of the last one
    uint8_t noc = 0;
    bool atomic = false;
    bool multicast = false;
    bool loopback = false;
};

/// What a processor has started on one NoC and not yet waited for. Bit i: transaction id i; bit 16: without one.
struct Outstanding {
    uint32_t reads = 0;
    uint32_t writes = 0;  ///< not flushed either
    uint32_t data = 0;    ///< of those: to one place each, and longer than a signal
    bool posted = false;  ///< posted writes, not flushed
    bool atomics = false;
    const void* read_site = nullptr;  ///< the last one
    const void* write_site = nullptr;
    const void* data_site = nullptr;
    const void* atomic_site = nullptr;
    static uint32_t bit(uint32_t trid) { return trid == TSR_NO_TRID ? 1u << 16 : 1u << (trid & 15); }
    /// The set without what a barrier has waited for.
    static uint32_t after_barrier(uint32_t set, uint32_t trid) { return trid == TSR_NO_TRID ? 0 : set & ~bit(trid); }
};

class History {
public:
    static constexpr uint32_t kept = 8;
    static constexpr uint32_t largest_signal = 16;  ///< bytes of a write that may be a signal
    static constexpr uint32_t most_words = 4;

    CbUse cbs[TSR_MAX_CBS];
    Outstanding outstanding[TSR_NUM_NOCS];
    uint32_t words[most_words] = {};  ///< L1 addresses that a spinning loop reads, as far as they are known
    uint32_t num_words = 0;
    tsr_stretch* kept_stretches = nullptr;  ///< the context's, while the words that its loop reads are collected
    bool spied = false;                     ///< the addresses that its loop reads are being, or have been, collected
    bool lost_some = false;                 ///< more words were signalled than are kept

    void note(Step::Kind kind, const void* site, uint64_t at, uint32_t amount, bool multicast = false) {
        Step& last = steps_[(count_ - 1) % kept];
        if (last.site == site && last.at == at && last.kind == kind) {
            last.amount = amount;
            ++last.times;
            return;
        }
        steps_[count_++ % kept] = {site, at, amount, 1, kind, multicast};
    }

    void reserved(uint32_t cb, uint32_t pages, const void* site) {
        note(Step::Kind::Reserve, site, cb, pages);
        cbs[cb].reserved = cbs[cb].reserved > pages ? cbs[cb].reserved : pages;
    }
    void pushed(uint32_t cb, uint32_t pages, const void* site) {
        note(Step::Kind::Push, site, cb, pages);
        cbs[cb].pushed += pages;
        cbs[cb].push_site = site;
        cbs[cb].reserved -= cbs[cb].reserved < pages ? cbs[cb].reserved : pages;
    }
    void waited(uint32_t cb, uint32_t pages, const void* site) {
        note(Step::Kind::Wait, site, cb, pages);
        cbs[cb].waited = cbs[cb].waited > pages ? cbs[cb].waited : pages;
    }
    void popped(uint32_t cb, uint32_t pages, const void* site) {
        note(Step::Kind::Pop, site, cb, pages);
        cbs[cb].popped += pages;
        cbs[cb].waited -= cbs[cb].waited < pages ? cbs[cb].waited : pages;
    }

    /// A write or atomic to L1 of a worker that may be a signal.
    void signalled(const WordSignal& signal) {
        constexpr size_t first_size = 16, most = 1024;
        if (signals_.empty()) {
            signals_.resize(first_size);
        } else if (num_signals_ * 2 >= signals_.size()) {
            if (signals_.size() >= most) {
                if (WordSignal* known = find(signal); known->times != 0) {
                    add(*known, signal);
                } else {
                    lost_some = true;
                }
                return;
            }
            std::vector<WordSignal> old(signals_.size() * 2);
            old.swap(signals_);
            for (const WordSignal& entry : old) {
                if (entry.times != 0) {
                    *find(entry) = entry;
                }
            }
        }
        WordSignal& slot = *find(signal);
        num_signals_ += slot.times == 0;
        add(slot, signal);
    }

    /// At a launch's begin.
    void clear(uint64_t configured_cbs) {
        for (uint64_t left = configured_cbs; left != 0; left &= left - 1) {
            cbs[__builtin_ctzll(left)] = {};
        }
        if (num_signals_ != 0) {
            signals_.assign(signals_.size(), {});
            num_signals_ = 0;
        }
        outstanding[0] = outstanding[1] = {};
        steps_ = {};
        count_ = kept;  // so that count_ - 1 has an entry
        num_words = 0;
        kept_stretches = nullptr;
        spied = lost_some = false;
    }

    /// Calls call(step), oldest first.
    template <class Call>
    void each_step(Call&& call) const {
        for (uint32_t i = 0; i < kept; ++i) {
            if (const Step& step = steps_[(count_ + i) % kept]; step.kind != Step::Kind::None) {
                call(step);
            }
        }
    }
    template <class Call>
    void each_signal(Call&& call) const {
        for (const WordSignal& signal : signals_) {
            if (signal.times != 0) {
                call(signal);
            }
        }
    }

    /// A loop that is being looked at reads this word.
    void reads_word(uint32_t l1_address) {
        for (uint32_t i = 0; i < num_words; ++i) {
            if (words[i] == l1_address) {
                return;
            }
        }
        if (num_words < most_words) {
            words[num_words++] = l1_address;
        }
    }

private:
    WordSignal* find(const WordSignal& signal) {
        const uint64_t key = signal.remote * 2 + signal.atomic;
        size_t at = key * 0x9E3779B97F4A7C15u >> 40;
        for (;; ++at) {
            WordSignal& entry = signals_[at & (signals_.size() - 1)];
            if (entry.times == 0 || (entry.remote == signal.remote && entry.atomic == signal.atomic)) {
                return &entry;
            }
        }
    }
    static void add(WordSignal& entry, const WordSignal& signal) {
        const uint32_t times = entry.times + 1;
        entry = signal;
        entry.times = times;
    }

    std::array<Step, kept> steps_;
    uint32_t count_ = kept;
    uint32_t num_signals_ = 0;
    std::vector<WordSignal> signals_;  ///< open addressing; its size is a power of two
};

}  // namespace tessera::sim
