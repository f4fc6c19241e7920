// Which links of a chip's NoCs a transaction's packets cross.
#pragma once

#include <algorithm>
#include <cstdint>

#include <timing/noc.h>

namespace tessera::timing {

class Routes {
public:
    Routes(const arch::Chip& chip, const arch::NocTime& time) : grid_(chip.noc_grid), time_(time) {
        is_worker_.resize(routers());
        for (const arch::Coord worker : chip.worker_noc0) {
            is_worker_[node(worker)] = true;
        }
    }

    size_t routers() const { return size_t{grid_.x} * grid_.y; }
    /// How many links there are: as in Noc::links().
    size_t links() const { return 4 * routers(); }
    arch::Coord grid() const { return grid_; }
    uint32_t node(arch::Coord at) const { return at.y * grid_.x + at.x; }
    arch::Coord coord(size_t node) const {
        return {static_cast<uint16_t>(node % grid_.x), static_cast<uint16_t>(node / grid_.x)};
    }
    bool is_worker(arch::Coord at) const { return is_worker_[node(at)]; }

    /// Calls visit(link) for each link from one router to another, in the order of the way.
    template <class Visit>
    void way(uint32_t noc, arch::Coord from, arch::Coord to, Visit visit) const {
        for (const bool y : {noc == 1, noc == 0}) {
            while (y ? from.y != to.y : from.x != to.x) {
                visit(link(noc, from, y));
                from = step(noc, from, y);
            }
        }
    }

    /// Calls visit(link) for each link by which a transaction's data comes to where it goes.
    template <class Visit>
    void data(const Transaction& what, Visit visit) const {
        switch (what.kind) {
            case Transaction::Kind::Read:
                way(what.noc, what.target, what.issuer, visit);
                break;
            case Transaction::Kind::Write:
                way(what.noc, what.issuer, what.target, visit);
                break;
            case Transaction::Kind::Multicast:
                way(what.noc, what.issuer, what.target, visit);
                tree(what, visit, [](arch::Coord) {});
                break;
        }
    }

    /// Calls visit(coord) for each worker that a multicast reaches.
    template <class Visit>
    void receivers(const Transaction& what, Visit visit) const {
        tree(
            what, [](size_t) {},
            [&](arch::Coord at) {
                if (is_worker(at) && (at != what.issuer || what.loopback)) {
                    visit(at);
                }
            });
    }

    /// Calls visit(link, flits) for all that a transaction puts on links: requests, data and acknowledgements.
    template <class Visit>
    void load(const Transaction& what, Visit visit) const {
        const uint32_t packets =
            std::max(1U, (what.bytes + time_.max_payload_bytes - 1) / std::max(1U, time_.max_payload_bytes));
        const uint32_t flits = packets + (what.bytes + time_.flit_bytes - 1) / time_.flit_bytes;
        data(what, [&](size_t link) { visit(link, flits); });
        const auto small = [&](size_t link) { visit(link, packets); };
        if (what.kind == Transaction::Kind::Read) {
            way(what.noc, what.issuer, what.target, small);
        } else if (!what.posted && what.kind == Transaction::Kind::Write) {
            way(what.noc, what.target, what.issuer, small);
        } else if (!what.posted) {
            receivers(what, [&](arch::Coord at) { way(what.noc, at, what.issuer, small); });
        }
    }

private:
    size_t link(uint32_t noc, arch::Coord from, bool y) const {
        return (size_t{noc} * routers() + node(from)) * 2 + (y ? 1 : 0);
    }
    arch::Coord step(uint32_t noc, arch::Coord at, bool y) const {
        uint16_t& axis = y ? at.y : at.x;
        const uint16_t size = y ? grid_.y : grid_.x;
        axis = static_cast<uint16_t>((axis + (noc == 0 ? 1 : size - 1)) % size);
        return at;
    }
    /// Along the rectangle's first row or column, and from each of its routers along the other axis.
    template <class Link, class Arrive>
    void tree(const Transaction& what, Link link_of, Arrive arrive) const {
        const bool y_first = what.noc == 1;
        for (arch::Coord row = what.target;;) {
            for (arch::Coord at = row;;) {
                arrive(at);
                if (y_first ? at.x == what.last.x : at.y == what.last.y) {
                    break;
                }
                link_of(link(what.noc, at, !y_first));
                at = step(what.noc, at, !y_first);
            }
            if (y_first ? row.y == what.last.y : row.x == what.last.x) {
                break;
            }
            link_of(link(what.noc, row, y_first));
            row = step(what.noc, row, y_first);
        }
    }

    const arch::Coord grid_;
    const arch::NocTime time_;
    std::vector<bool> is_worker_;
};

}  // namespace tessera::timing
