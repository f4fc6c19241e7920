// How packets of data go through a NoC: from router to router, each link on a virtual channel, which the packet keeps
// until its last flit has passed. A packet that waits for a link ahead stands in those behind, and who needs their
// channels waits as well (ISA documentation, NoC: virtual channels): what answers reads has two a link, to which the
// router gives it; TT-Metalium sends writes on one and the same. A ring has them twice, for packets that have crossed
// its dateline and those that have not, or it would lock.
#include <algorithm>

#include <timing/noc.h>

namespace tessera::timing {

using arch::Coord;

namespace {

constexpr uint32_t into_network = 2, out_of_network = 3;  // directions of a router besides x and y
/// How far ahead of its time a packet takes links: what comes between is not seen.
constexpr Cycles look_ahead = 64;

}  // namespace

uint32_t Noc::start_packet(uint32_t flight, uint32_t bytes, Class of, Coord from, Coord to, Cycles flit) {
    uint32_t index = static_cast<uint32_t>(packets_.size());
    if (free_packets_.empty()) {
        packets_.emplace_back();
    } else {
        index = free_packets_.back();
        free_packets_.pop_back();
    }
    Packet& made = packets_[index];
    made.flight = flight;
    made.bytes = bytes;
    made.flits = flits_of(bytes);
    made.flit = flit;
    made.at = from;
    made.to = to;
    made.noc = flights_[flight].what.noc;
    made.of = of;
    made.over_dateline = made.injected = false;
    made.head = events_.now();
    made.hops.clear();
    return index;
}

uint32_t Noc::channels_at(const Packet& packet, uint32_t direction) const {
    const size_t link = port(packet.noc, packet.at) * directions + direction;
    return static_cast<uint32_t>((link * num_classes + static_cast<size_t>(packet.of)) * 2 +
                                 (packet.over_dateline ? 1 : 0));
}

/// False: it waits for one, and will be called again.
bool Noc::take_channel(uint32_t index, uint32_t channels) {
    Packet& packet = packets_[index];
    const bool limited = (packet.of == Class::Response ? time_.response_channels : time_.write_channels) != 0;
    Channels& here = channels_[channels];
    const auto slot = static_cast<uint8_t>(here.free[1] < here.free[0] ? 1 : 0);
    if (limited) {
        if (here.free[slot] == never) {
            here.waiting.push_back(index);
            return false;
        }
        packet.head = std::max(packet.head, here.free[slot]);
        here.free[slot] = never;
    }
    packet.hops.push_back({channels, slot, packet.head});
    return true;
}

/// Over its next link; the first flit's time there is known.
void Noc::go_on(Packet& packet, bool y) {
    const Cycles next = pass(packet.noc, packet.at, y, packet.flits, packet.head);
    packet.hops.back().start = next - time_.hop;
    packet.head = next;
    const Coord from = packet.at;
    packet.at = step(packet.noc, from, y);
    const int went = y ? packet.at.y - from.y : packet.at.x - from.x;
    packet.over_dateline = packet.over_dateline || (packet.noc == 0) == (went < 0);
    if (y ? packet.at.y == packet.to.y : packet.at.x == packet.to.x) {
        packet.over_dateline = false;  // the next ring has its own
    }
}

/// A packet goes as far as it can.
void Noc::advance(uint32_t index, uint32_t) {
    for (;;) {
        Packet& packet = packets_[index];
        const bool along_x = packet.at.x != packet.to.x, along_y = packet.at.y != packet.to.y;
        const bool y = along_y && (packet.noc == 1 || !along_x);
        const uint32_t direction = !packet.injected       ? into_network
                                   : !along_x && !along_y ? out_of_network
                                                          : uint32_t{y};
        const uint32_t channels = channels_at(packet, direction);
        // After a wait the channel is its already.
        if ((packet.hops.empty() || packet.hops.back().channels != channels) && !take_channel(index, channels)) {
            return;
        }
        if (packet.head > events_.now() + look_ahead) {
            later<&Noc::advance>(packet.head, index, 0);
            return;
        }
        Packet::Hop& hop = packet.hops.back();
        if (direction == into_network) {
            packet.injected = true;
            packet.head = inject(packet.noc, packet.at, packet.head, packet.flits * packet.flit);
            hop.start = packet.head - time_.niu;
            if (packet.of == Class::Write) {
                later<&Noc::packet_sent>(hop.start + packet.flits * packet.flit, packet.flight, 0);
            }
        } else if (direction == out_of_network) {
            const Cycles there = absorb(packet.noc, packet.at, packet.flits, packet.head, packet.flit);
            hop.start = there - packet.flits * std::max(packet.flit, time_.absorb_flit) - time_.niu;
            give_back(packet);
            delivered(packet, there);
            free_packets_.push_back(index);
            return;
        } else {
            go_on(packet, y);
        }
    }
}

/// It has begun to leave the network: when its last flit has passed the links behind is known, and who goes on there.
/// While it waited ahead, it stood in the links behind, but for what the routers between hold.
void Noc::give_back(const Packet& packet) {
    const Cycles length = packet.flits * std::max(packet.flit, time_.link_flit);
    Cycles waited = 0, held = 0;
    for (size_t i = packet.hops.size(); i-- > 0;) {
        const Packet::Hop& hop = packet.hops[i];
        if (i + 1 < packet.hops.size()) {
            waited += packet.hops[i + 1].start - hop.start - (i == 0 ? time_.niu : time_.hop);
        }
        Channels& there = channels_[hop.channels];
        there.free[hop.slot] = hop.start + length + std::max(0.0, waited - held);
        held += time_.router_buffer_flits;
        if (!there.waiting.empty()) {
            const uint32_t next = there.waiting.front();
            there.waiting.erase(there.waiting.begin());
            take_channel(next, hop.channels);
            later<&Noc::advance>(std::max(events_.now(), packets_[next].head), next, 0);
        }
    }
}

}  // namespace tessera::timing
