// What unpackers read, and the operations that bring tiles from L1 to DST one by one: copies, tilizing, sums and
// products of two tiles, and of a tile and DST.
#include <algorithm>
#include <string>
#include <vector>

#include <base/error.h>
#include <timing/engine_parts.h>

#include <tessera/abi_compute.h>

namespace tessera::timing::parts {
namespace {

/// The numbers of tt::DataFormat.
uint32_t datum_bits(uint8_t format) {
    switch (format) {
        case 0:   // Float32
        case 4:   // Tf32
        case 8:   // Int32
        case 24:  // UInt32
            return 32;
        case 1:  // Float16
        case 5:  // Float16_b
        case 9:  // UInt16
            return 16;
        case 2:   // Bfp8
        case 6:   // Bfp8_b
        case 10:  // Lf8
        case 14:  // Int8
        case 26:  // Fp8_e4m3
        case 30:  // UInt8
            return 8;
        case 3:  // Bfp4
        case 7:  // Bfp4_b
            return 4;
        case 11:  // Bfp2
        case 15:  // Bfp2_b
            return 2;
        default:
            throw Error("bad-recording", "the recording has an operation on tiles of format " + std::to_string(format) +
                                             ", which no circular buffer can have");
    }
}

bool has_shared_exponents(uint8_t format) {
    return format == 2 || format == 3 || format == 6 || format == 7 || format == 11 || format == 15;
}

double face_datums(const record::Compute& c) {
    return 16.0 * c.face_rows;
}
/// Instructions of the matrix unit for a face that take 8 rows each.
double face_instructions(const record::Compute& c) {
    return std::max(1.0, c.face_rows / 8.0);
}

/// What an unpacker reads in a cycle are pieces of a row of a face, or of several, which lie a line of the block apart.
/// How often the bank of one of them is another one's too.
double bank_conflicts(const record::Compute& c, const arch::EngineTime& time) {
    if (time.l1_banks == 0) {
        return 1;
    }
    const double row = data_bytes(c.format0, 16);
    const double line = data_bytes(c.format0, 32.0 * c.ct);
    const auto pieces = static_cast<uint32_t>(std::max(1.0, row / time.l1_bank_bytes));
    std::vector<uint32_t> uses(time.l1_banks);
    // Four pieces in a cycle at x4.
    for (uint32_t i = 0; i < 4; ++i) {
        const uint32_t of_row = i / pieces;
        const double at = of_row * line + (i % pieces) * time.l1_bank_bytes;
        ++uses[static_cast<uint32_t>(at / time.l1_bank_bytes) % time.l1_banks];
    }
    return *std::max_element(uses.begin(), uses.end());
}

}  // namespace

double data_bytes(uint8_t format, double datums) {
    return datums * datum_bits(format) / 8;
}
double exponent_bytes(uint8_t format, double datums) {
    return has_shared_exponents(format) ? datums / 16 : 0;
}
uint8_t unpack_speed(uint8_t format, bool to_dst) {
    const uint32_t bits = datum_bits(format);
    return bits == 2 ? 0 : bits == 4 && to_dst ? 1 : 2;
}
bool is_integer_of_32_bits(uint8_t format) {
    return format == 8 || format == 24;
}

UnpackStep read(int unpacker, uint8_t format, double datums) {
    return {.unpacker = unpacker,
            .bytes = data_bytes(format, datums),
            .datums = datums,
            .speed = unpack_speed(format, false)};
}
UnpackStep nop(int unpacker, bool hands_over) {
    return {.unpacker = unpacker, .hands_over = hands_over, .nop = true};
}

EngineWork copy(const record::Compute& c, const arch::EngineTime& time) {
    EngineWork work;
    const double face = face_datums(c);
    if (is_integer_of_32_bits(c.format0)) {
        // Straight to DST, of which the unpack thread waits to be told where, and whose end it tells.
        const double rate = std::min(time.unpack_speed[2], time.unpack_datums * 4);
        work.unpack = time.unpack_begin + c.faces * std::max(time.unpack_setup, data_bytes(c.format0, face) / rate) +
                      time.unpack_latency + 2 * time.stall_wait;
        work.math = 2 * time.stall_wait;
        work.latency = time.stall_wait;
    } else {
        Steps steps;
        steps.math.push_back({.cycles = 1});
        const bool broadcast = c.bcast != TSR_BCAST_NONE;
        // A broadcast reads only the faces of the first row, of the first column, or the first one, into SrcB.
        const uint32_t faces = c.bcast == TSR_BCAST_SCALAR ? 1 : c.faces;
        for (uint32_t i = 0; i < faces; ++i) {
            UnpackStep step = read(broadcast ? 1 : 0, c.format0, face);
            step.thread = i == 0 ? time.unpack_begin : 0;
            steps.unpack.push_back(step);
            // The other register is filled with zeros, and said to be full.
            steps.unpack.push_back(nop(broadcast ? 0 : 1, false));
            steps.unpack.push_back(nop(broadcast ? 0 : 1, true));
            const int at = static_cast<int>(i);
            const double instructions = face_instructions(c) * c.faces / faces;
            steps.math.push_back({.cycles = instructions + 1, .reads = {at, at}, .frees = {at, at}});
        }
        steps.math.push_back({.cycles = 1});
        work = from_steps(steps, time);
        work.latency += time.after_move_to_dst;
    }
    work.unpack *= c.tiles;
    work.math *= c.tiles;
    work.pieces *= c.tiles;
    work.unpack_issue = c.tiles * time.unpack.copy;
    work.math_issue = c.tiles * time.math.copy;
    return work;
}

EngineWork unpack_tilize(const record::Compute& c, const arch::EngineTime& time) {
    // As a copy, whose address is set again for the lower half of the tile.
    EngineWork work = copy(c, time);
    const double bytes = data_bytes(c.format0, c.faces * face_datums(c));
    work.unpack = std::max(work.unpack, bank_conflicts(c, time) * bytes / time.unpack_speed[2]);
    if (c.faces > 2) {
        work.unpack += time.unpack_begin;
    }
    work.unpack_issue = time.unpack.tilize;
    return work;
}

EngineWork binary(const record::Compute& c, const arch::EngineTime& time) {
    Steps steps;
    steps.math.push_back({.cycles = 1});
    const double face = face_datums(c);
    const bool multiplies = c.op == TSR_ELWMUL;
    // Products of later phases are added to DST: they wait for what the phase before has written there.
    const double again = std::max(face_instructions(c), time.dst_read_after);
    const double instructions = face_instructions(c) + (multiplies ? (c.phases - 1) * again : 0);
    const uint32_t columns = c.faces >= 2 ? 2 : 1;
    int b = -1;
    for (uint32_t i = 0; i < c.faces; ++i) {
        UnpackStep second = read(1, c.format1, face);
        const bool loads_b = c.bcast == TSR_BCAST_SCALAR ? i == 0 : c.bcast == TSR_BCAST_COL ? i % columns == 0 : true;
        const bool frees_b = c.bcast == TSR_BCAST_SCALAR ? i + 1 == c.faces
                             : c.bcast == TSR_BCAST_COL  ? i % columns == columns - 1
                                                         : true;
        UnpackStep first = read(0, c.format0, face);
        first.thread = i == 0 ? time.unpack_begin : 0;
        steps.unpack.push_back(first);
        if (loads_b) {
            steps.unpack.push_back(second);
            ++b;
        }
        // The last instruction of several phases gives the banks back itself, else a SETRWC does; one more where SrcB
        // has served several faces.
        const bool extra = frees_b && (c.bcast == TSR_BCAST_SCALAR || c.bcast == TSR_BCAST_COL);
        const double back = (multiplies && c.phases > 1 ? 0 : 1) + (extra ? 1 : 0);
        const int at = static_cast<int>(i);
        steps.math.push_back({.cycles = instructions + back, .reads = {at, b}, .frees = {at, frees_b ? b : -1}});
    }
    steps.math.push_back({.cycles = 1});
    EngineWork work = from_steps(steps, time);
    work.latency += time.matrix_latency;
    work.unpack_issue = time.unpack.binary;
    work.math_issue = time.math.binary + (multiplies && c.phases > 1 ? c.faces * time.math.face : 0);
    return work;
}

EngineWork binary_dest_reuse(const record::Compute& c, const arch::EngineTime& time) {
    Steps steps;
    steps.math.push_back({.cycles = 1});
    const double face = face_datums(c);
    const bool to_a = c.bcast == TSR_REUSE_DEST_AS_SRCA;
    const bool multiplies = c.op == TSR_ELWMUL;
    const double again = std::max(face_instructions(c), time.dst_read_after);
    const double instructions = face_instructions(c) + (multiplies ? (c.phases - 1) * again : 0);
    for (uint32_t i = 0; i < c.faces; ++i) {
        UnpackStep step = read(to_a ? 1 : 0, c.format0, face);
        step.thread = i == 0 ? time.unpack_begin : 0;
        steps.unpack.push_back(nop(to_a ? 0 : 1, false));
        steps.unpack.push_back(step);
        steps.unpack.push_back(nop(to_a ? 0 : 1, true));
        // Wait for the banks; move the face from DST, four rows an instruction; clear it there if products are to be
        // added; calculate; give the banks back.
        const double moves = std::max(1.0, c.face_rows / 4.0) + (to_a ? time.after_move_to_a : time.after_move_to_b);
        const double back = multiplies && c.phases > 1 ? 0 : 1;
        const int at = static_cast<int>(i);
        steps.math.push_back({.cycles = time.stall_wait + moves + (multiplies ? 1 : 0) + instructions + back,
                              .reads = {at, at},
                              .frees = {at, at}});
    }
    steps.math.push_back({.cycles = 1});
    EngineWork work = from_steps(steps, time);
    work.latency += time.matrix_latency;
    work.unpack_issue = time.unpack.copy;
    work.math_issue = time.math.binary + c.faces * time.math.reuse_face;
    return work;
}

}  // namespace tessera::timing::parts
