#include <timing/noc.h>

#include <algorithm>

namespace tessera::timing {

using arch::Coord;

namespace {

/// A transaction passes so many network interfaces on its way there and back. What it takes besides hops, flits and
/// these (the work at both ends, the call and the barrier's last look) is counted at its target.
constexpr int interfaces = 4;

}  // namespace

Noc::Noc(const arch::Chip& chip, const arch::NocTime& time, Events& events)
    : time_(time), grid_(chip.noc_grid), events_(events) {
    const size_t routers = size_t{grid_.x} * grid_.y;
    inject_free_.resize(2 * routers);
    absorb_.resize(2 * routers);
    reserved_.resize(2 * routers);
    linked_.resize(2 * routers);
    links_.resize(4 * routers);
    bank_free_.resize(chip.num_dram_banks);
    bank_busy_.resize(chip.num_dram_banks);
    channels_.resize(2 * routers * directions * num_classes * 2);
    for (size_t i = 0; i < channels_.size(); ++i) {
        const bool response = (i / 2) % num_classes == static_cast<size_t>(Class::Response);
        const uint32_t many = response ? time_.response_channels : time_.write_channels;
        channels_[i].free = {0, many == 1 ? never : 0};
    }
    is_worker_.resize(routers);
    for (const Coord worker : chip.worker_noc0) {
        is_worker_[node(worker)] = true;
    }
}

Coord Noc::step(uint32_t noc, Coord at, bool y) const {
    uint16_t& axis = y ? at.y : at.x;
    const uint16_t size = y ? grid_.y : grid_.x;
    axis = static_cast<uint16_t>((axis + (noc == 0 ? 1 : size - 1)) % size);
    return at;
}

uint32_t Noc::distance(uint32_t noc, Coord from, Coord to) const {
    const auto ring = [noc](uint32_t a, uint32_t b, uint32_t size) {
        return noc == 0 ? (b + size - a) % size : (a + size - b) % size;
    };
    return ring(from.x, to.x, grid_.x) + ring(from.y, to.y, grid_.y);
}

/// A packet of `busy` cycles enters the network: when its first flit reaches the router.
Cycles Noc::inject(uint32_t noc, Coord from, Cycles time, Cycles busy) {
    Cycles& free = inject_free_[port(noc, from)];
    const Cycles start = std::max(time, free);
    free = start + busy;
    return start + time_.niu;
}

/// The first flit of a packet goes to the next router: when it is there. Packets that wait for a link share it less
/// well.
Cycles Noc::pass(uint32_t noc, Coord from, bool y, uint32_t flits, Cycles head) {
    Calendar& link = links_[port(noc, from) * 2 + (y ? 1 : 0)];
    const Cycles now = events_.now(), busy = flits * time_.link_flit;
    const Cycles start = link.take(head, busy, now);
    if (start > head) {
        link.take(start + busy, flits * (time_.contended_link_flit - time_.link_flit), now);
    }
    return start + time_.hop;
}

Noc::Path Noc::route(uint32_t noc, Coord from, Coord to, uint32_t flits, Cycles head) {
    uint32_t hops = 0;
    for (const bool y : {noc == 1, noc == 0}) {
        while (y ? from.y != to.y : from.x != to.x) {
            head = pass(noc, from, y, flits, head);
            from = step(noc, from, y);
            ++hops;
        }
    }
    return {head, hops};
}

/// A packet whose flits follow each other `flit` cycles apart leaves the network: when its last one has.
Cycles Noc::absorb(uint32_t noc, Coord at, uint32_t flits, Cycles head, Cycles flit) {
    const Cycles start = absorb_[port(noc, at)].take(head + time_.niu, flits * time_.absorb_flit, events_.now());
    return start + flits * std::max(flit, time_.absorb_flit);
}

double Noc::traffic(Coord at, Cycles begin, Cycles end) const {
    Cycles flits = 0;
    for (const uint32_t noc : {0, 1}) {
        const size_t nic = port(noc, at);
        flits += absorb_[nic].taken(begin, end);
        // What leaves does so from now on without a gap, as far as is known.
        flits += std::clamp(inject_free_[nic] - begin, 0.0, end - begin);
    }
    return flits * time_.flit_bytes;
}

Cycles Noc::serve_dram(const Transaction& what, uint32_t bytes, Cycles time) {
    const auto bank = static_cast<size_t>(what.dram_bank);
    const bool read = what.kind == Transaction::Kind::Read;
    Cycles busy = bytes / time_.dram_bytes_per_cycle;
    if (!read && bytes < time_.dram_partial_write_bytes) {
        busy = time_.dram_partial_write;
    }
    const Cycles start = std::max(time, bank_free_[bank]);
    bank_free_[bank] = start + busy;
    bank_busy_[bank] += busy;
    if (read) {
        return start + time_.dram_read;
    }
    // The bytes came one flit a cycle; the answer need not wait for those that the controller still holds.
    const Cycles behind = start + busy - bytes / static_cast<double>(time_.flit_bytes) -
                          time_.dram_write_buffer_bytes / time_.dram_bytes_per_cycle;
    return std::max(time, behind) + time_.dram_write;
}

uint32_t Noc::start_flight(const Transaction& transaction, Listener& listener, uint64_t tag, uint32_t packets) {
    const Flight flight{transaction, &listener, tag, packets, packets};
    if (!free_flights_.empty()) {
        const uint32_t index = free_flights_.back();
        free_flights_.pop_back();
        flights_[index] = flight;
        return index;
    }
    flights_.push_back(flight);
    return static_cast<uint32_t>(flights_.size() - 1);
}

void Noc::issue(const Transaction& transaction, Listener& listener, uint64_t tag) {
    const uint32_t packets = std::max(1U, (transaction.bytes + time_.max_payload_bytes - 1) / time_.max_payload_bytes);
    const uint32_t flight = start_flight(transaction, listener, tag, packets);
    uint32_t left = transaction.bytes;
    for (uint32_t i = 0; i < packets; ++i) {
        const uint32_t bytes = std::min(left, time_.max_payload_bytes);
        left -= bytes;
        switch (transaction.kind) {
            case Transaction::Kind::Read: {
                const Cycles head = inject(transaction.noc, transaction.issuer, events_.now(), 1);
                const Path path = route(transaction.noc, transaction.issuer, transaction.target, 1, head);
                later<&Noc::request_arrives>(path.head + time_.niu, flight, bytes);
                break;
            }
            case Transaction::Kind::Write:
                send_data(flight, bytes);
                break;
            case Transaction::Kind::Multicast:
                send_multicast(flight, bytes);
                break;
        }
    }
}

void Noc::request_arrives(uint32_t flight, uint32_t bytes) {
    const Transaction& what = flights_[flight].what;
    Cycles ready = events_.now() + time_.read_base - interfaces * time_.niu;
    if (what.dram_bank >= 0) {
        ready = serve_dram(what, bytes, events_.now()) + time_.read_base - interfaces * time_.niu;
    }
    later<&Noc::send_answer>(ready, flight, bytes);
}

void Noc::send_answer(uint32_t flight, uint32_t bytes) {
    const Transaction& what = flights_[flight].what;
    advance(start_packet(flight, bytes, Class::Response, what.target, what.issuer, time_.inject_response_flit), 0);
}

/// The last flit of a packet of data is there.
void Noc::delivered(const Packet& packet, Cycles there) {
    const uint32_t flight = packet.flight;
    const Transaction& what = flights_[flight].what;
    if (packet.of == Class::Response) {
        later<&Noc::packet_over>(there, flight, 0);
        return;
    }
    if (what.dram_bank >= 0) {
        there = serve_dram(what, packet.bytes, there);
    } else if (what.signal) {
        later<&Noc::signal_arrives>(there, flight, node(what.target));
    }
    if (what.posted) {
        later<&Noc::packet_over>(there, flight, 0);
        return;
    }
    later<&Noc::send_acknowledgement>(
        there + packet.flits * time_.commit_flit + time_.write_base - interfaces * time_.niu, flight, 0);
}

void Noc::send_data(uint32_t flight, uint32_t bytes) {
    const Transaction& what = flights_[flight].what;
    advance(start_packet(flight, bytes, Class::Write, what.issuer, what.target, time_.inject_write_flit), 0);
}

void Noc::send_acknowledgement(uint32_t flight, uint32_t) {
    const Transaction& what = flights_[flight].what;
    const Path path = route(what.noc, what.target, what.issuer, 1, inject(what.noc, what.target, events_.now(), 1));
    later<&Noc::packet_over>(absorb(what.noc, what.issuer, 1, path.head, time_.absorb_flit), flight, 0);
}

/// The tree goes along the first row or column of the rectangle, and from each of its routers along the other axis.
void Noc::send_multicast(uint32_t flight, uint32_t bytes) {
    const Transaction& what = flights_[flight].what;
    const uint32_t flits = flits_of(bytes);
    const size_t nic = port(what.noc, what.issuer);
    const Cycles flit = time_.inject_write_flit;
    Cycles start = std::max(events_.now(), inject_free_[nic]);
    if (!linked_[nic]) {
        const uint32_t farthest =
            distance(what.noc, what.issuer, what.target) + distance(what.noc, what.target, what.last);
        start = std::max(start, reserved_[nic]);
        start += time_.reserve_base + farthest * time_.reserve_hop;
    }
    linked_[nic] = what.linked;
    const Cycles head = inject(what.noc, what.issuer, start, flits * flit);
    reserved_[nic] = inject_free_[nic];
    later<&Noc::packet_sent>(inject_free_[nic], flight, 0);

    const Path trunk = route(what.noc, what.issuer, what.target, flits, head);
    const Cycles work = flits * time_.commit_flit + time_.write_base - interfaces * time_.niu;
    uint32_t answers = 0;
    Cycles last = inject_free_[nic];
    const bool y_first = what.noc == 1;
    Coord row = what.target;
    Cycles row_head = trunk.head;
    const auto arrive = [&](Coord at, Cycles at_head) {
        if (!is_worker_[node(at)] || (at == what.issuer && !what.loopback)) {
            return;
        }
        const Cycles there = absorb(what.noc, at, flits, at_head, flit);
        last = std::max(last, there);
        if (what.signal) {
            later<&Noc::signal_arrives>(there, flight, node(at));
        }
        if (!what.posted) {
            ++answers;
            later<&Noc::acknowledge_from>(there + work, flight, node(at));
        }
    };
    for (;;) {
        Coord at = row;
        Cycles at_head = row_head;
        for (;;) {
            arrive(at, at_head);
            if (y_first ? at.x == what.last.x : at.y == what.last.y) {
                break;
            }
            at_head = pass(what.noc, at, !y_first, flits, at_head);
            at = step(what.noc, at, !y_first);
        }
        if (y_first ? row.y == what.last.y : row.x == what.last.x) {
            break;
        }
        row_head = pass(what.noc, row, y_first, flits, row_head);
        row = step(what.noc, row, y_first);
    }
    if (answers == 0) {
        later<&Noc::packet_over>(last, flight, 0);
    } else {
        flights_[flight].answers_left += answers - 1;
    }
}

void Noc::acknowledge_from(uint32_t flight, uint32_t from) {
    const Transaction& what = flights_[flight].what;
    const Coord at{static_cast<uint16_t>(from % grid_.x), static_cast<uint16_t>(from / grid_.x)};
    const Path path = route(what.noc, at, what.issuer, 1, inject(what.noc, at, events_.now(), 1));
    later<&Noc::packet_over>(absorb(what.noc, what.issuer, 1, path.head, time_.absorb_flit), flight, 0);
}

void Noc::packet_sent(uint32_t flight, uint32_t) {
    Flight& one = flights_[flight];
    if (--one.sent_left == 0) {
        one.listener->sent(one.tag);
    }
}

void Noc::signal_arrives(uint32_t flight, uint32_t router) {
    const Flight& one = flights_[flight];
    one.listener->arrived(one.tag, router);
}

void Noc::packet_over(uint32_t flight, uint32_t) {
    Flight& one = flights_[flight];
    if (--one.answers_left == 0) {
        Listener& listener = *one.listener;
        const uint64_t tag = one.tag;
        free_flights_.push_back(flight);
        listener.done(tag);
    }
}

}  // namespace tessera::timing
