// Packers: from DST to L1.
#include <algorithm>
#include <cmath>

#include <timing/engine_parts.h>

namespace tessera::timing::parts {
namespace {

/// A packer's time for datums that lie in L1 one after the other.
Cycles write(const record::Compute& c, double datums, const arch::EngineTime& time) {
    const double bytes = data_bytes(c.format0, datums) + exponent_bytes(c.format0, datums);
    const double writes = std::ceil(bytes / time.packer_bytes);
    return std::max(writes * (c.l1_accumulate ? time.packer_accumulate : 1), datums / time.packer_datums);
}

}  // namespace

EngineWork pack(const record::Compute& c, const arch::EngineTime& time) {
    EngineWork work;
    const double rounds = std::ceil(c.faces / time.packers);
    work.pack = c.tiles * (time.packer_tile + rounds * write(c, 16.0 * c.face_rows, time));
    work.pack_issue = c.tiles * time.pack.pack;
    work.latency = time.packer_latency;
    return work;
}

EngineWork pack_rows(const record::Compute& c, const arch::EngineTime& time) {
    // One packer, row by row of 16 datums.
    EngineWork work;
    const double rows = 1.0 * c.faces * c.face_rows;
    work.pack = time.packer_tile + rows * write(c, 16, time);
    work.pack_issue = time.pack.pack;
    work.latency = time.packer_latency;
    return work;
}

EngineWork pack_untilize(const record::Compute& c, const arch::EngineTime& time) {
    // Row by row of the block, from each face that a packer has a row of 16 datums: each such piece lies in L1 by
    // itself.
    EngineWork work;
    const double height = c.faces > 2 ? 2.0 * c.face_rows : c.face_rows;
    const double rounds = std::max(1.0, height / time.untilize_rows);
    const double tile = time.untilize_instructions * (1 + write(c, 16, time));
    const double row = time.untilize_row + (c.kt > c.ct ? time.untilize_block_row : 0);
    work.pack = c.rt * (time.packer_tile + rounds * (c.ct * tile + row));
    work.pack_issue = c.rt * (time.pack.pack + rounds * time.pack.row);
    work.latency = time.packer_latency;
    return work;
}

}  // namespace tessera::timing::parts
