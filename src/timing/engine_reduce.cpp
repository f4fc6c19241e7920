// Reductions on the matrix unit, and the transpose of a tile in DST.
#include <algorithm>

#include <timing/engine_parts.h>

#include <tessera/abi_compute.h>

namespace tessera::timing::parts {
namespace {

/// The 16 rows of a face that MOVD2B brings to SrcB, turned there.
Cycles face_to_b(double rows, const arch::EngineTime& time) {
    return std::max(1.0, rows / 4) + time.after_move_to_b + 1;
}

}  // namespace

EngineWork reduce(const record::Compute& c, const arch::EngineTime& time) {
    const uint32_t dimension = c.bcast;
    const uint32_t columns = c.faces >= 2 ? 2 : 1;
    const double phases = c.op == TSR_POOL_MAX || c.op == TSR_POOL_MIN ? 1 : c.phases;
    // Every pooling instruction adds to the same rows of DST.
    const double pool = 1 + (phases - 1) * time.dst_read_after;
    const double pool_again = phases * time.dst_read_after;

    Steps steps;
    steps.math.push_back({.cycles = 1});
    for (uint32_t i = 0; i < c.faces; ++i) {
        UnpackStep step = read(0, c.format0, 16.0 * c.face_rows);
        step.thread = i == 0 ? time.unpack_begin : 0;
        if (dimension == TSR_REDUCE_SCALAR) {
            UnpackStep zeros = nop(0, false);
            zeros.thread = step.thread;
            step.thread = 0;
            steps.unpack.push_back(zeros);
        }
        steps.unpack.push_back(step);
        steps.unpack.push_back(read(1, c.format1, 16));  // a row of the scaler
        const int at = static_cast<int>(i);
        const bool last_of_row = i % columns == columns - 1;
        Cycles cycles = 0;
        switch (dimension) {
            case TSR_REDUCE_COL:
                // Pool; two SETRWC to the next column of faces, or one to the next row.
                cycles = pool + (last_of_row ? 1 : 2);
                break;
            case TSR_REDUCE_ROW:
                cycles = i % columns == 0 ? pool : pool_again;
                if (last_of_row) {
                    // The sums are a row. It is moved to SrcB when it is there, turned into a column, and added to
                    // zeros: SETRWC, MOVD2B, TRNSPSRCB, MOVD2B, two SETRWC, ZEROSRC, two ELWADD, four SETRWC.
                    cycles += time.dst_read_after + face_to_b(1, time) + 1 + time.after_move_to_b + 2 + 1 + 2 + 4;
                }
                break;
            default:
                cycles = i == 0 ? pool : pool_again;
                if (i + 1 == c.faces) {
                    // The same, by way of SrcA, and pooled once more.
                    cycles += time.dst_read_after + 1 + face_to_b(1, time) + 2 + 4 + time.after_move_to_dst + 2 + pool;
                }
                break;
        }
        steps.math.push_back({.cycles = cycles, .reads = {at, at}, .frees = {at, at}});
    }
    steps.math.push_back({.cycles = 1});
    EngineWork work = from_steps(steps, time);
    work.latency += time.matrix_latency;
    work.unpack *= c.tiles;
    work.math *= c.tiles;
    work.pieces *= c.tiles;
    work.unpack_issue = c.tiles * time.unpack.reduce;
    work.math_issue = c.tiles * time.math.reduce;
    return work;
}

EngineWork transpose_dst(const record::Compute& c, const arch::EngineTime& time) {
    // Each face goes to SrcB, is turned there, and goes back (or, of two faces that change places, by way of SrcA). Its
    // 32-bit values go in two halves, of which one waits in SrcA.
    const double halves = c.dst_32bit ? 2 : 1;
    const double back = c.face_rows / 4.0 + time.after_move_to_dst;
    EngineWork work;
    work.math = 2 * time.stall_wait + c.faces * halves * (face_to_b(c.face_rows, time) + back) +
                (c.dst_32bit ? c.faces * c.face_rows / 4.0 : 2) + 2;
    work.unpack_issue = time.unpack.transpose_dst;
    work.math_issue = time.math.transpose_dst;
    work.latency = time.after_move_to_dst;
    return work;
}

}  // namespace tessera::timing::parts
