// The checks of order: who uses bytes before they can have arrived, or changes them while somebody else still needs
// them. A happens-before race detector over NoC transfers, barriers, circular buffers and semaphores, for L1 and DRAM.
//
// Every transfer is an access to the bytes at both of its ends, made at some time between its issue and its barrier.
// What orders accesses: a processor's own program, its barriers, pages pushed and waited for (popped and reserved), and
// small writes and atomics that somebody waits for; a write also arrives before what follows it on the same path. Two
// accesses to the same bytes, one of them a write, that nothing orders are a mistake, whatever happened in this run.
//
// By default the kernel's own loads and stores are looked at only where its own transfers may still be going on, and
// compute kernels by the pages that they wait for and push; with --checks=full every load and store counts.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <check/clocks.h>
#include <check/shadow.h>
#include <check/slots.h>
#include <sim/core.h>

namespace tessera::check {

/// Destinations of writes are numbers of cores, and from here on of DRAM controllers.
inline constexpr uint32_t dram_destination = 1 << 20;

/// The channel of a NoC, given that of NoC 0.
inline Channel of_noc(Channel first, uint8_t noc) {
    return static_cast<Channel>(static_cast<uint8_t>(first) + (noc & 1));
}

inline uint32_t trid_path(Channel channel, uint32_t trid) {
    return path_of(channel, true, 0x0FFFFF00 | trid);
}

/// What a processor is doing when an access of its is looked at; for the report.
struct Deed {
    enum class Kind : uint8_t { Push, Pop, Load, Store, NocRead, NocWrite, ComputeReads, ComputeWrites };
    Kind kind = Kind::Load;
    bool multicast = false;
    uint32_t cb = 0, pages = 0;
};

struct CoreTrack;
struct DeviceTrack;

/// One processor in this launch.
struct Actor {
    sim::Risc* risc = nullptr;
    CoreTrack* core = nullptr;
    DeviceTrack* device = nullptr;
    uint16_t number = 0;
    uint8_t index = 0;                            ///< of three in its core
    Knowledge knows;                              ///< its own row: time, and what its barriers have waited for
    std::array<uint32_t, num_channels> issued{};  ///< transfers, by channel
    uint32_t flying = 0;  ///< bit: transfers of this channel have been issued and not all been waited for
    uint32_t done_by_trid[TSR_NUM_NOCS][16] = {};
    /// Number of the last write to a core's L1: by NoC, by unicast or multicast, by the core's number. Empty if there
    /// was none.
    std::vector<uint32_t> sent[TSR_NUM_NOCS][2];
    std::shared_ptr<Knowledge> signalled;  ///< when it last stored to a word that others of its core may wait for
    /// Small reads from L1 on their way, whose answer may be a message.
    struct Question {
        CoreTrack* core;
        uint32_t begin, end;
    };
    std::vector<Question> questions;
    /// What the kernel's own code has loaded and stored since it was last looked at, by place in the code; see
    /// tsr_context::stretches. Only with all checks on.
    std::vector<tsr_stretch> stretches;
    struct PlaceInCode {
        uint32_t site;
        bool store;
    };
    std::vector<PlaceInCode> places;  ///< of each stretch
    std::vector<uint16_t> stretched;  ///< stretches that are not empty
    Deed deed;

    /// How far it has come itself; of a channel of transfers: how far its barriers have.
    uint32_t& done(Channel channel) { return knows.rows.at(index, channel); }
    uint32_t done(Channel channel) const { return knows.rows.at(index, channel); }
    uint32_t& time() { return done(Channel::Self); }
    bool in_flight(Channel channel) const { return (flying & bit(channel)) != 0; }
    static constexpr uint32_t bit(Channel channel) { return 1U << static_cast<uint32_t>(channel); }
};

/// What those knew who have moved a counter, by how far it had come: a circular buffer's pages pushed or popped. Who
/// waits for a number of pages hears of those who made them, and not of what came after.
class CounterHistory {
public:
    void reset() {
        total_ = 0;
        heard_ = count_ = 0;
        mover_ = nullptr;
        several_ = false;
        told_.fill(0);
    }
    uint64_t total() const { return total_; }
    [[gnu::always_inline]] void move(uint32_t by, const Actor& mover) {
        total_ += by;
        if (count_ - heard_ == room_) {
            make_room();
        }
        Step& made = step(count_);
        made.total = total_;
        made.knowledge.rows = mover.knows.rows;
        if (made.knowledge.others != mover.knows.others) {
            made.knowledge.others = mover.knows.others;
        }
        if (mover_ != &mover) {
            take_over(mover);
        }
        made.mover = several_ ? nullptr : &mover;
        ++count_;
    }
    /// Hears of all steps up to the one that reached `total`.
    [[gnu::always_inline]] void hear(Actor& listener, uint64_t total) {
        if (count_ == 0) {
            return;
        }
        // The last step is kept: it may be heard of again.
        while (heard_ + 1 < count_ && step(heard_).total < total) {
            ++heard_;
        }
        // Nobody learns from himself, nor twice from the same.
        const Step& last = step(heard_);
        if (last.mover != &listener && told_[listener.index] <= heard_) {
            told_[listener.index] = heard_ + 1;
            learn(listener.knows, last.knowledge);
        }
    }

private:
    struct Step {
        uint64_t total;
        Knowledge knowledge;  ///< of this and all earlier steps
        const Actor* mover;   ///< null: several made them
    };
    Step& step(uint64_t number) { return steps_[number & (room_ - 1)]; }
    void make_room();
    void take_over(const Actor& mover);

    uint64_t total_ = 0;
    std::unique_ptr<Step[]> steps_;  ///< a ring
    uint64_t room_ = 0;              ///< its size, a power of two
    uint64_t heard_ = 0;             ///< number of the first step that somebody may still hear of
    uint64_t count_ = 0;             ///< steps made
    const Actor* mover_ = nullptr;   ///< of the last step
    bool several_ = false;           ///< not all steps are the same processor's
    std::array<uint64_t, 3> told_;   ///< steps that each of the core's processors has heard of
};

/// The same for a word of L1: what arrived there, in order.
class WordHistory {
public:
    explicit WordHistory(uint32_t core) : core_(core) {}
    /// in_order: the last write that arrives before it, if there is one.
    void arrive(uint32_t value, const Knowledge& knows, uint32_t sender, const std::optional<InOrder>& in_order);
    /// Somebody has waited for a condition: he hears of what arrived up to the message that made it true.
    void hear(Actor& listener, uint32_t value, uint32_t condition);
    void hear_all(Actor& listener);
    /// A processor of the core itself stores to it.
    void store(const Actor& by);

private:
    struct Message {
        uint32_t value;
        uint32_t sender;  ///< number of the processor
        std::optional<InOrder> in_order;
        Knowledge knowledge;
        uint64_t heard;  ///< its number among those that somebody has waited for
    };
    void wait_for_first(size_t messages);
    void wait_for(Message&& message);
    static void tell(Actor& listener, const Message& message);
    void tell_heard(Actor& listener);

    uint32_t core_;
    std::vector<Message> heard_;  ///< what somebody has waited for: of each sender and path the last one, in this order
    uint64_t heard_so_far_ = 0;
    std::vector<Message> messages_;   ///< those that arrived after it
    std::array<uint64_t, 3> told_{};  ///< how far each of the core's processors has been told of what was waited for
};

/// One core in this launch.
struct CoreTrack {
    explicit CoreTrack(uint64_t l1_bytes) : l1(l1_bytes, 4), signals(l1_bytes / 4 / 64 + 1) {}
    const sim::Core* core = nullptr;
    uint32_t number = 0;  ///< over all devices
    Actor actors[3];
    Shadow l1;
    CounterHistory pushed[TSR_MAX_CBS];
    CounterHistory popped[TSR_MAX_CBS];
    SpinLock words_lock;
    std::unordered_map<uint32_t, WordHistory> words;  ///< by L1 address: where small writes arrived
    std::vector<uint64_t> signals;                    ///< bit: the word is in `words`
    bool has_signals = false;
};

/// One device.
struct DeviceTrack {
    uint32_t first_controller = 0;  ///< as a destination
    std::vector<std::unique_ptr<CoreTrack>> cores;
    std::vector<std::unique_ptr<Shadow>> dram;
};

/// What two accesses have in common, for the report.
struct Conflict {
    Access before;  ///< the one that was there
    bool before_writes = false;
    Access now;
    bool now_writes = false;
};

class Ordering final : public sim::Observer {
public:
    explicit Ordering(bool full) : full_(full) {}

    uint32_t events() const override {
        return Kernels | CbPush | CbPop | Noc | Barriers | Passed | Arrivals | Accesses | Launches;
    }

    void launch_begin(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override;
    void kernel_start(sim::Risc&) override;
    void kernel_end(sim::Risc&) override;
    void cb_push(sim::Risc&, uint32_t cb, uint32_t pages) override;
    void cb_pop(sim::Risc&, uint32_t cb, uint32_t pages) override;
    void cb_reserved(sim::Risc&, uint32_t cb, uint32_t pages) override;
    void cb_waited(sim::Risc&, uint32_t cb, uint32_t pages) override;
    void word_waited(sim::Risc&, uint32_t l1_address, uint32_t value, uint32_t condition) override;
    void spun(sim::Risc&) override;
    void local_signal(sim::Risc&) override;
    void noc_issue(sim::Risc&, const sim::NocEvent&) override;
    void noc_barrier(sim::Risc&, sim::NocEvent::Kind, uint8_t noc, uint32_t trid, bool only_flush) override;
    void noc_arrived(sim::Core& target, uint64_t address, uint32_t bytes, uint32_t value, void* mark) override;
    void noc_over(void* mark) override;
    void local_access(sim::Risc&, const sim::LocalAccess&) override;

private:
    /// A small write or atomic on its way: what its sender knew.
    struct Signal {
        Knowledge knowledge;
        uint32_t sender;                ///< number of the processor
        std::vector<InOrder> in_order;  ///< writes that arrive before it, by destination
    };
    /// Where bytes are.
    struct Place {
        Shadow* shadow;
        uint32_t destination;  ///< number of the core, or of the DRAM controller
        uint64_t begin, end;
    };

    CoreTrack& track(const sim::Core& core);
    static Actor& actor(const sim::Risc& risc) { return kept<Actor>(risc, Slot::Order); }
    static Place place(const Actor& me, const sim::Endpoint& endpoint, uint64_t offset, uint64_t bytes);
    static Place local_end(const Actor& me, const sim::NocEvent& event);
    static void number(Actor& me, const sim::NocEvent& event, Channel first, Access& now);
    std::vector<uint32_t>& last_sent(Actor& me, const sim::NocEvent& event) const;
    void read_issued(Actor& me, const sim::NocEvent& event);
    void write_issued(Actor& me, const sim::NocEvent& event);
    void multicast_issued(Actor& me, const sim::NocEvent& event);
    bool ordered(const Access& before, const Actor& now, uint32_t destination) const;
    bool same_path(const Access& before, const Access& now) const;
    static bool plainly_ordered(const Access& before, const Actor& me);
    void access(Actor& me, const Place& place, const Access& access, bool writes);
    void access_any(Actor& me, const Place& place, const Access& access, bool writes);
    void look(Actor& me, uint32_t begin, uint32_t end, Channel channel, bool as_write, bool writes, Access now);
    [[gnu::noinline]] void look_at_pages(Actor& me, uint32_t cb, uint32_t pointer, uint32_t pages, Channel channel);
    [[gnu::noinline]] void hear_answers(Actor& me);
    Access own(const Actor& me, const void* site) const;
    void advance(Actor& me) { ++me.time(); }
    void flush_stretches(Actor& me) {
        if (!me.stretched.empty()) {
            look_at_stretches(me);
        }
    }
    void look_at_stretches(Actor& me);
    bool meets_signals(Actor& me, uint32_t begin, uint32_t end, bool store);
    void watch(Actor& me);
    void report(Actor& me, const Place& place, const Conflict& conflict);
    void hear_mates(Actor& me);
    void hear_words(Actor& me, CoreTrack& core, uint32_t begin, uint32_t end);
    void note_signal(Actor& me, const sim::NocEvent& event, Channel channel);
    template <class Each>
    void pages(const sim::Risc& risc, uint32_t cb, uint32_t pointer, uint32_t pages, Each&& each);
    void multicast_corners(sim::Risc& risc, const sim::NocEvent& event);

    std::string describe_place(const Place& place) const;
    bool first_time(const Conflict& conflict);

    bool full_;
    bool shared_ = false;  ///< several host threads run this launch
    sim::Machine::Impl* machine_ = nullptr;
    std::vector<DeviceTrack> devices_;
    std::vector<Actor*> by_number_;  ///< of processors
    std::vector<CoreTrack*> cores_;
    std::mutex reported_mutex_;
    std::set<std::pair<uint64_t, uint64_t>> reported_;  ///< pairs of sites
};

}  // namespace tessera::check
