// A block of products of tiles.
//
// The tiles of one operand (in0 in SrcB if the block is at least as wide as high, else in1 in SrcA) stay in the source
// register while those of the other go by. Wormhole keeps two of them, one in each bank, so that a tile that goes by
// serves two products; then the next two can't be unpacked before the last products, which is what a block waits for.
#include <algorithm>

#include <timing/engine_parts.h>

namespace tessera::timing::parts {
namespace {

/// A MVMUL makes 8x16 values of DST, of 16 products each: for a tile of 32x32, two passes over 8 blocks of DST a phase.
/// Each block is written again so late that the unit need not wait for its own result, unless there are few blocks.
Cycles product(const record::Compute& c, const arch::EngineTime& time) {
    const double rows = c.faces > 2 ? 2.0 * c.face_rows : c.face_rows;
    const double blocks = std::max(1.0, rows / 8) * 2;
    const double passes = c.faces == 1 ? 1 : 2;
    return c.phases * passes * std::max(blocks, time.dst_read_after);
}

}  // namespace

EngineWork matmul(const record::Compute& c, const arch::EngineTime& time) {
    const bool keep_in0 = c.ct >= c.rt;
    const int kept = keep_in0 ? 1 : 0;  // the source register; the other one is filled for each product or two
    const int passing = 1 - kept;
    const uint32_t keeps = keep_in0 ? c.rt : c.ct;
    const uint32_t passes = keep_in0 ? c.ct : c.rt;
    const uint32_t at_once = time.matmul_two_banks ? 2 : 1;
    const UnpackStep tiles[2] = {read(0, c.format0, 1024), read(1, c.format1, 16.0 * c.face_rows * c.faces)};
    const bool high_fidelity = c.phases > 1;

    Steps steps;
    int kept_at = 0, passing_at = 0;
    uint32_t groups = 0, pairs = 0;
    const auto multiply = [&](Cycles after, int kept_tile, int passing_tile, bool frees_kept, bool frees_passing) {
        // SETC16 of the address in DST; the MVMULs, and what advances or gives back the banks after them.
        steps.math.push_back({.cycles = 1});
        MathStep step{.cycles = product(c, time) + after};
        step.reads[static_cast<size_t>(kept)] = kept_tile;
        step.reads[static_cast<size_t>(passing)] = passing_tile;
        step.frees[static_cast<size_t>(kept)] = frees_kept ? kept_tile : -1;
        step.frees[static_cast<size_t>(passing)] = frees_passing ? passing_tile : -1;
        steps.math.push_back(step);
    };
    for (uint32_t t = 0; t < keeps; t += at_once, ++groups) {
        const bool two = at_once == 2 && t + 1 < keeps;
        UnpackStep step = tiles[kept];
        step.thread = time.unpack_begin;
        steps.unpack.push_back(step);
        if (two) {
            step.thread = time.matmul_second;
            steps.unpack.push_back(step);
            ++pairs;
        }
        for (uint32_t i = 0; i < passes; ++i) {
            const bool last = i + 1 == passes;
            step = tiles[passing];
            step.thread = i == 0 ? 0 : time.matmul_next_operand;
            steps.unpack.push_back(step);
            if (keeps == 1 || at_once == 1) {
                // The last MVMUL gives the passing tile back, or a SETRWC where it must also begin with the first phase
                // again; one more gives back the tile that stayed.
                multiply((high_fidelity ? 1 : 0) + (last ? 1 : 0), kept_at, passing_at, last, true);
            } else {
                // After each product the next bank: CLEARDVALID if it is given back, else SETRWC; at the very end both.
                multiply((high_fidelity ? 1 : 0) + (two ? 1 : last ? 2 : 1), kept_at, passing_at, last, !two);
                if (two) {
                    multiply((high_fidelity ? 1 : 0) + (last ? 2 : 1), kept_at + 1, passing_at, last, true);
                }
            }
            ++passing_at;
        }
        kept_at += two ? 2 : 1;
    }

    EngineWork work = from_steps(steps, time);
    work.latency += time.matrix_latency;
    work.unpack_issue = time.unpack.matmul + groups * time.unpack.matmul_operand + pairs * time.unpack.matmul_second;
    work.math_issue = time.math.matmul + keeps * passes * time.math.matmul_product;
    return work;
}

}  // namespace tessera::timing::parts
