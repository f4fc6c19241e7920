// The two NoCs of a chip and its DRAM banks, as resources that packets take in turn: a network interface (NIU) sends
// and receives flits at a rate, a link carries one packet after the other, a DRAM bank serves one transfer after the
// other.
//
// A read is a packet of one flit to the memory and packets of data back; a write is packets of data and an
// acknowledgement of one flit back from each destination. NoC 0 goes right, then down; NoC 1 goes up, then left; both
// wrap around (ISA documentation, NoC). Coordinates are physical, as NoC 0 counts them.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include <arch/arch.h>
#include <arch/noc_time.h>
#include <timing/calendar.h>
#include <timing/events.h>

namespace tessera::timing {

struct Transaction {
    enum class Kind : uint8_t { Read, Write, Multicast };
    Kind kind = Kind::Read;
    uint8_t noc = 0;
    arch::Coord issuer;
    arch::Coord target;      ///< of a multicast: the corner of its rectangle that it reaches first
    arch::Coord last;        ///< of a multicast: the opposite corner
    int32_t dram_bank = -1;  ///< -1: the target is L1
    uint32_t bytes = 0;
    bool posted = false;    ///< a write without acknowledgement
    bool linked = false;    ///< a multicast that leaves its path reserved for the next one
    bool loopback = false;  ///< a multicast that reaches its issuer too
    bool signal = false;    ///< of a write: its listener is told of every arrival
};

class Noc {
public:
    /// The time figures are the chip's own, or others in their place.
    Noc(const arch::Chip& chip, Events& events) : Noc(chip, arch::noc_time(chip.name), events) {}
    Noc(const arch::Chip& chip, const arch::NocTime& time, Events& events);

    /// Told when the source's bytes have left (writes), when they have arrived at a router (y * grid.x + x) in case of
    /// a signal, and when the transaction is over.
    class Listener {
    public:
        virtual ~Listener() = default;
        virtual void sent(uint64_t tag) = 0;
        virtual void arrived(uint64_t /*tag*/, uint32_t /*router*/) {}
        virtual void done(uint64_t tag) = 0;
    };

    /// Enters the NIU of its issuer now.
    void issue(const Transaction& transaction, Listener& listener, uint64_t tag);

    /// Bytes that both NoCs carry to and from the memory at this router in the time given, which is not over.
    double traffic(arch::Coord at, Cycles begin, Cycles end) const;

    /// The links: by NoC, router (y * grid.x + x) and direction (0: x, 1: y).
    const std::vector<Calendar>& links() const { return links_; }
    const std::vector<Cycles>& dram_busy() const { return bank_busy_; }

private:
    /// A transaction that is not over.
    struct Flight {
        Transaction what;
        Listener* listener;
        uint64_t tag;
        uint32_t answers_left;  ///< that it still waits for
        uint32_t sent_left;     ///< packets that have not left
    };
    /// What a packet of data is on a virtual channel for; it stays on channels of its class.
    enum class Class : uint8_t { Response, Write };
    static constexpr size_t num_classes = 2;
    static constexpr uint32_t directions = 4;  ///< of a router: x, y, in from its NIU, out to it
    static constexpr Cycles never = std::numeric_limits<Cycles>::infinity();
    /// The virtual channels of one class on one link, on one side of the dateline of its ring. A packet keeps its
    /// channel from when its first flit gets there until its last one has passed.
    struct Channels {
        std::array<Cycles, 2> free;     ///< when each will be; never: who has it does not know yet
        std::vector<uint32_t> waiting;  ///< packets, in order
    };
    /// A packet of data on its way.
    struct Packet {
        uint32_t flight = 0, bytes = 0;
        uint32_t flits = 0;
        Cycles flit = 0;  ///< from one flit to the next as it leaves its source
        arch::Coord at, to;
        uint8_t noc = 0;
        Class of = Class::Response;
        bool over_dateline = false;
        bool injected = false;
        Cycles head = 0;  ///< when its first flit has got to the router where it is
        struct Hop {
            uint32_t channels;
            uint8_t slot;
            Cycles start;
        };
        std::vector<Hop> hops;  ///< what it has taken
    };
    struct Path {
        Cycles head;  ///< when the first flit leaves the last router
        uint32_t hops;
    };

    uint32_t node(arch::Coord at) const { return at.y * grid_.x + at.x; }
    size_t port(uint32_t noc, arch::Coord at) const { return size_t{noc} * grid_.x * grid_.y + node(at); }
    uint32_t flits_of(uint32_t bytes) const { return 1 + (bytes + time_.flit_bytes - 1) / time_.flit_bytes; }
    uint32_t distance(uint32_t noc, arch::Coord from, arch::Coord to) const;
    arch::Coord step(uint32_t noc, arch::Coord at, bool y) const;
    Cycles inject(uint32_t noc, arch::Coord from, Cycles time, Cycles busy);
    Cycles pass(uint32_t noc, arch::Coord from, bool y, uint32_t flits, Cycles head);
    Path route(uint32_t noc, arch::Coord from, arch::Coord to, uint32_t flits, Cycles head);
    Cycles absorb(uint32_t noc, arch::Coord at, uint32_t flits, Cycles head, Cycles flit);
    Cycles serve_dram(const Transaction& what, uint32_t bytes, Cycles time);

    uint32_t start_packet(uint32_t flight, uint32_t bytes, Class of, arch::Coord from, arch::Coord to, Cycles flit);
    uint32_t channels_at(const Packet& packet, uint32_t direction) const;
    bool take_channel(uint32_t packet, uint32_t channels);
    void go_on(Packet& packet, bool y);
    void give_back(const Packet& packet);
    void advance(uint32_t packet, uint32_t);
    void delivered(const Packet& packet, Cycles there);

    uint32_t start_flight(const Transaction& transaction, Listener& listener, uint64_t tag, uint32_t packets);

    // What happens at a time: to a flight, with a number of bytes or a router.
    void request_arrives(uint32_t flight, uint32_t bytes);
    void send_answer(uint32_t flight, uint32_t bytes);
    void send_acknowledgement(uint32_t flight, uint32_t);
    void acknowledge_from(uint32_t flight, uint32_t router);
    void packet_sent(uint32_t flight, uint32_t);
    void packet_over(uint32_t flight, uint32_t);
    void signal_arrives(uint32_t flight, uint32_t router);
    void send_data(uint32_t flight, uint32_t bytes);
    void send_multicast(uint32_t flight, uint32_t bytes);
    template <void (Noc::*Act)(uint32_t, uint32_t)>
    void later(Cycles time, uint32_t flight, uint32_t bytes);

    const arch::NocTime time_;
    const arch::Coord grid_;
    Events& events_;
    std::vector<Cycles> inject_free_;  ///< by NoC and router
    std::vector<Calendar> absorb_;     ///< likewise
    std::vector<Cycles> reserved_;     ///< until then a multicast's path is: by NoC and router
    std::vector<bool> linked_;         ///< the last multicast was linked: its path stays reserved
    std::vector<Calendar> links_;      ///< by NoC, router and direction
    std::vector<Cycles> bank_free_, bank_busy_;
    std::vector<bool> is_worker_;  ///< by router
    std::vector<Flight> flights_;
    std::vector<uint32_t> free_flights_;
    std::vector<Channels> channels_;  ///< by NoC, router, direction, class, dateline
    std::vector<Packet> packets_;
    std::vector<uint32_t> free_packets_;
};

template <void (Noc::*Act)(uint32_t, uint32_t)>
void Noc::later(Cycles time, uint32_t flight, uint32_t bytes) {
    events_.at(
        time,
        [](void* self, uint64_t what) {
            (static_cast<Noc*>(self)->*Act)(static_cast<uint32_t>(what >> 32), static_cast<uint32_t>(what));
        },
        this, uint64_t{flight} << 32 | bytes);
}

}  // namespace tessera::timing
