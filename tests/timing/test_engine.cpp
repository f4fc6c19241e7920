// What operations of a Tensix engine take: some worked out by hand, instruction by instruction, and what must hold for
// all of them.
#include <timing/engine.h>

#include <arch/engine_time.h>
#include <base/error.h>
#include <gtest/gtest.h>
#include <tessera/abi_compute.h>
#include <tessera/abi_sfpu.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tessera::timing {
namespace {

using record::Compute;

constexpr uint8_t fp32 = 0, bf16 = 5, bfp8 = 6, bfp4 = 7, int32 = 8;

const arch::Chip& wormhole() {
    return arch::board("n150").chips.front();
}
const arch::Chip& blackhole() {
    return arch::board("p150").chips.front();
}

Compute operation(Compute::Kind kind, uint8_t format = bf16, uint8_t phases = 1) {
    Compute compute;
    compute.kind = kind;
    compute.format0 = compute.format1 = format;
    compute.phases = phases;
    return compute;
}
Compute matmul(uint8_t format, uint8_t phases, uint16_t rt, uint16_t ct) {
    Compute compute = operation(Compute::Kind::Matmul, format, phases);
    compute.rt = rt;
    compute.ct = ct;
    return compute;
}
/// From one to the next, when many follow each other.
Cycles period(const Compute& compute, const arch::Chip& chip) {
    const EngineWork work = engine_work(compute, chip);
    return std::max({work.unpack, work.math, work.pack, work.unpack_issue, work.math_issue, work.pack_issue});
}

// --- By hand, on Wormhole. An unpacker reads 64 bytes a cycle if it is alone and 32 if both read, of which L1 gives
// --- 8 in 11 cycles; what it has read arrives 11 cycles later.

TEST(EngineByHand, AProductOfTiles) {
    // 16 MVMULs a phase, SETC16 of the address in DST before them and, after them, a SETRWC that gives SrcB back; a
    // second SETRWC gives SrcA back if there are several phases, else the last MVMUL does.
    EXPECT_EQ(engine_work(matmul(bfp8, 1, 1, 1), wormhole()).math, 1 + 16 + 1);
    EXPECT_EQ(engine_work(matmul(bfp4, 2, 1, 1), wormhole()).math, 1 + 32 + 1 + 1);
    EXPECT_EQ(engine_work(matmul(bfp8, 3, 1, 1), wormhole()).math, 1 + 48 + 1 + 1);
    EXPECT_EQ(engine_work(matmul(bfp8, 4, 1, 1), wormhole()).math, 1 + 64 + 1 + 1);
    // Both unpackers read a tile of bf16: 2048 / (32 * 8 / 11) = 88 cycles.
    EXPECT_NEAR(engine_work(matmul(bf16, 4, 1, 1), wormhole()).unpack, 88, 1e-3);
    EXPECT_EQ(engine_work(matmul(bf16, 4, 1, 1), wormhole()).pieces, 1u);
}

TEST(EngineByHand, ARowOfProducts) {
    // One row of in0, eight tiles of in1, LoFi: 8 * (SETC16 + 16 MVMULs) and the SETRWC that gives SrcB back.
    // A tile of bfp4 is 512 bytes, which need 11 cycles from L1 but become 1024 values, 64 a cycle: 16 cycles. So the
    // matrix unit never waits.
    const EngineWork work = engine_work(matmul(bfp4, 1, 1, 8), wormhole());
    EXPECT_EQ(work.math, 8 * 17 + 1);
    EXPECT_LT(work.unpack, work.math);
    EXPECT_EQ(work.pieces, 8u);
}

TEST(EngineByHand, ABlockThatWaitsForTheOperandInBothBanks) {
    // 4x2 tiles of bf16, HiFi4: two tiles of in1 stay in SrcA's banks, A0 and A1, and four of in0 go through SrcB's.
    // The math thread, for each tile of in0: SETC16, 64 MVMULs, SETRWC of the phase, SETRWC to A1 (or, with the last
    // tile, CLEARDVALID of A0), SETC16, 64 MVMULs, SETRWC of the phase, SETRWC that gives SrcB back and goes to A0;
    // with the last tile also CLEARDVALID of A1. That is 4 * 134 + 1 = 537 cycles.
    //
    // T: A0 has been given back, before the eighth product. The next block's B0 is full already, in the bank of the
    // tile before last. What is on its way from L1 when a bank comes free are 11 cycles of 64 * 8 / 11 bytes: 512.
    //   T       A0' reads 1536 bytes more, alone: 33 cycles, and is full at T + 44
    //   T + 68  eighth product done (SETC16, 64, 3): A1 and B3 are free
    //   T + 69  after SETC16 the first product of the next block begins
    //   T + 68  A1' and B1' have 1536 bytes each to read, at 32 * 8 / 11 bytes a cycle: 66 cycles
    //   T + 134 they have been read
    //   T + 145 and are there: 11 cycles
    //   T + 135 the first product is done (64, 2)
    //   T + 136 after SETC16 the second one could begin, but waits 9 cycles for A1'
    // All later tiles of in0 have two products' time. So a block takes 9 cycles more than its instructions.
    EXPECT_NEAR(engine_work(matmul(bf16, 4, 4, 2), wormhole()).math, 537 + 9, 0.5);
    // Tiles of bfp8 are half as large: the block never waits. 4 * (2 * 35 - 0) + 1 at HiFi2, as above with 32 MVMULs.
    EXPECT_NEAR(engine_work(matmul(bfp8, 2, 4, 2), wormhole()).math, 4 * 70 + 1, 0.5);
}

TEST(EngineByHand, BlackholeKeepsOneTile) {
    // 4x2 tiles: for each of two tiles of in1, four of in0: SETC16, 32 MVMULs, SETRWC; and one SETRWC at the end.
    EXPECT_NEAR(engine_work(matmul(bfp8, 2, 4, 2), blackhole()).math, 2 * (4 * 34 + 1), 0.5);
}

TEST(EngineByHand, Sums) {
    // Four faces: two ELWADD of 8 rows and a SETRWC each; SETC16 before, SETRWC after.
    Compute sum = operation(Compute::Kind::Binary, bf16, 4);
    sum.op = TSR_ELWADD;
    EXPECT_EQ(engine_work(sum, wormhole()).math, 1 + 4 * 3 + 1);
    // Both unpackers read 2048 bytes: 88 cycles, whatever the matrix unit does.
    EXPECT_NEAR(engine_work(sum, wormhole()).unpack, 88, 1e-3);
    EXPECT_EQ(engine_work(sum, wormhole()).pieces, 4u);
}

TEST(EngineByHand, Products) {
    // In HiFi4 each face has four passes of two ELWMUL. A pass adds to what the one before wrote, which can be read 5
    // cycles after: 5 + 5 + 5 + 2.
    Compute product = operation(Compute::Kind::Binary, bfp8, 4);
    product.op = TSR_ELWMUL;
    EXPECT_EQ(engine_work(product, wormhole()).math, 1 + 4 * 17 + 1);
    // In LoFi it is as a sum.
    product.phases = 1;
    EXPECT_EQ(engine_work(product, wormhole()).math, 1 + 4 * 3 + 1);
}

TEST(EngineByHand, ACopy) {
    // Four faces: two MOVA2D of 8 rows and a SETRWC each. One unpacker reads 2048 bytes, 64 * 8 / 11 a cycle.
    const EngineWork work = engine_work(operation(Compute::Kind::Copy), wormhole());
    EXPECT_EQ(work.math, 1 + 4 * 3 + 1);
    EXPECT_NEAR(work.unpack, 2048 / (64 * 8 / 11.0), 1e-3);
    // From the last datum read to the first one in DST: 11 cycles from L1, 3 through MOVA2D.
    EXPECT_EQ(work.latency, 14);
    // Many copies in one call are as many calls.
    Compute many = operation(Compute::Kind::Copy);
    many.tiles = 8;
    EXPECT_NEAR(engine_work(many, wormhole()).unpack, 8 * work.unpack, 1e-3);
}

TEST(EngineByHand, TilizingABlockOfFourTiles) {
    // Lines of a block of three tiles of bf16 are 192 bytes apart: two rows of a face, 32 bytes each, lie in four of
    // the 16 banks. Of four tiles they are 256 apart, and both rows in the same two: each cycle becomes two.
    Compute three = operation(Compute::Kind::UnpackTilize), four = three;
    three.ct = 3;
    four.ct = 4;
    const Cycles copy = engine_work(operation(Compute::Kind::Copy), wormhole()).unpack;
    EXPECT_NEAR(engine_work(three, wormhole()).unpack, copy + 4, 1e-3);
    EXPECT_NEAR(engine_work(four, wormhole()).unpack, 2 * copy + 4, 1e-3);
    // A row of fp32 is four banks wide: no other row is read in the same cycle.
    four.format0 = three.format0 = fp32;
    EXPECT_EQ(engine_work(four, wormhole()).unpack, engine_work(three, wormhole()).unpack);
}

TEST(EngineByHand, AnExponentialFunction) {
    // 4 faces of 8 iterations of 32 values; each face has two SETRWC besides, and the tile 14 cycles.
    Compute exp = operation(Compute::Kind::Sfpu);
    exp.sfpu_op = TSR_SFPU_EXP;
    const double instructions = arch::vector_instructions("wormhole_b0", 1, "EXP", false, false);
    // Load, MAD, two swaps, exponent, mantissa, shift, ..., a polynomial of three coefficients, rounding, store,
    // INCRWC.
    EXPECT_GT(instructions, 15);
    EXPECT_LT(instructions, 35);
    EXPECT_EQ(engine_work(exp, wormhole()).math, 14 + 4 * (2 + 8 * instructions));
    // The approximate mode is cheaper.
    Compute approximate = exp;
    approximate.op = TSR_SFPU_APPROX;
    EXPECT_LT(engine_work(approximate, wormhole()).math, engine_work(exp, wormhole()).math);
    // The core sends every instruction: it is no faster.
    EXPECT_GE(engine_work(exp, wormhole()).math_issue, 4 * 8 * instructions);
}

TEST(EngineByHand, APack) {
    // Four packers, a face each: 512 bytes of bf16, 16 a cycle, and 4 cycles a tile.
    EXPECT_EQ(engine_work(operation(Compute::Kind::Pack), wormhole()).pack, 32 + 4);
    // A face of bfp8 is 256 bytes and 16 shared exponents; of bfp4 128 and 16, but DST gives 16 values a cycle.
    EXPECT_EQ(engine_work(operation(Compute::Kind::Pack, bfp8), wormhole()).pack, 17 + 4);
    EXPECT_EQ(engine_work(operation(Compute::Kind::Pack, bfp4), wormhole()).pack, 16 + 4);
    EXPECT_EQ(engine_work(operation(Compute::Kind::Pack, fp32), wormhole()).pack, 64 + 4);
    // A write that adds to L1 takes two cycles.
    Compute accumulate = operation(Compute::Kind::Pack);
    accumulate.l1_accumulate = true;
    EXPECT_EQ(engine_work(accumulate, wormhole()).pack, 64 + 4);
    // Blackhole's writes are twice as wide: 16 PACRs of 128 bytes, and 10 cycles a tile that they don't hide.
    EXPECT_EQ(engine_work(operation(Compute::Kind::Pack), blackhole()).pack, 16 + 10);
}

TEST(EngineByHand, AnUntilizingPack) {
    // Four rows of a tile at once, with two PACRs of 2 cycles and an instruction each: 8 * (2 * 3) a tile, and 8 * 2
    // for all of them, 4 at the end.
    Compute untilize = operation(Compute::Kind::PackUntilize);
    untilize.ct = untilize.kt = 4;
    EXPECT_EQ(engine_work(untilize, wormhole()).pack, 4 * 48 + 16 + 4);
    // On Blackhole row by row: a PACR of one cycle and an instruction, and 6 a row.
    EXPECT_EQ(engine_work(untilize, blackhole()).pack, 4 * 64 + 32 * 6 + 10);
}

// --- What must hold -------------------------------------------------------------------------------------------------

TEST(Engine, NoProductIsFasterThanTheMatrixUnit) {
    for (const arch::Chip* chip : {&wormhole(), &blackhole()}) {
        for (const uint8_t format : {fp32, bf16, bfp8, bfp4}) {
            for (const uint8_t phases : {1, 2, 3, 4}) {
                for (uint16_t rt = 1; rt <= 8; ++rt) {
                    for (uint16_t ct = 1; rt * ct <= 8; ++ct) {
                        EXPECT_GE(period(matmul(format, phases, rt, ct), *chip), 16.0 * phases * rt * ct)
                            << chip->name << ' ' << int{format} << ' ' << int{phases} << ' ' << rt << 'x' << ct;
                    }
                }
            }
        }
    }
}

TEST(Engine, ProductsInLargeBlocksComeNearThePeak) {
    for (const arch::Chip* chip : {&wormhole(), &blackhole()}) {
        for (const uint8_t format : {bfp8, bfp4}) {
            EXPECT_LT(period(matmul(format, 2, 1, 8), *chip) / 8, 32 * 1.1);
            EXPECT_LT(period(matmul(format, 4, 4, 2), *chip) / 8, 64 * 1.06);
        }
        EXPECT_LT(period(matmul(bfp4, 1, 4, 2), *chip) / 8, 16 * 1.2);
    }
    // bf16 at HiFi2 on Wormhole is held up by the unpackers, at HiFi4 no more, and on Blackhole not at all.
    EXPECT_GT(period(matmul(bf16, 2, 4, 2), wormhole()) / 8, 32 * 1.3);
    EXPECT_LT(period(matmul(bf16, 4, 4, 2), wormhole()) / 8, 64 * 1.1);
    EXPECT_LT(period(matmul(bf16, 2, 4, 2), blackhole()) / 8, 32 * 1.1);
}

TEST(Engine, CheaperFormatsAndFidelitiesAreNeverSlower) {
    const std::vector<uint8_t> formats = {bfp4, bfp8, bf16, fp32};  // the smallest first
    constexpr double tolerance = 1.001;
    for (const arch::Chip* chip : {&wormhole(), &blackhole()}) {
        for (const auto kind :
             {Compute::Kind::Matmul, Compute::Kind::Copy, Compute::Kind::Binary, Compute::Kind::BinaryDestReuse,
              Compute::Kind::Reduce, Compute::Kind::UnpackTilize, Compute::Kind::Pack, Compute::Kind::PackUntilize}) {
            for (const auto& [rt, ct] : {std::pair<uint16_t, uint16_t>{1, 1}, {4, 2}, {1, 8}, {3, 2}}) {
                for (size_t i = 0; i < formats.size(); ++i) {
                    for (uint8_t phases = 1; phases <= 4; ++phases) {
                        Compute compute = operation(kind, formats[i], phases);
                        compute.rt = rt;
                        compute.ct = compute.kt = ct;
                        const Cycles here = period(compute, *chip);
                        if (i > 0) {
                            Compute smaller = compute;
                            smaller.format0 = smaller.format1 = formats[i - 1];
                            EXPECT_LE(period(smaller, *chip), here * tolerance)
                                << static_cast<int>(kind) << ' ' << int{formats[i]} << ' ' << int{phases} << ' ' << rt
                                << 'x' << ct;
                        }
                        if (phases > 1) {
                            Compute cheaper = compute;
                            cheaper.phases = static_cast<uint8_t>(phases - 1);
                            EXPECT_LE(period(cheaper, *chip), here * tolerance)
                                << static_cast<int>(kind) << ' ' << int{formats[i]} << ' ' << int{phases} << ' ' << rt
                                << 'x' << ct;
                        }
                    }
                }
            }
        }
    }
}

TEST(Engine, UnpackersGoNoFasterThanL1) {
    for (const uint8_t format : {fp32, bf16, bfp8}) {
        const double tile = 1024.0 * (format == fp32 ? 4 : format == bf16 ? 2 : 1);
        EXPECT_GE(engine_work(operation(Compute::Kind::Copy, format), wormhole()).unpack, tile / 64);
        EXPECT_GE(engine_work(operation(Compute::Kind::Binary, format), wormhole()).unpack, 2 * tile / 80);
        EXPECT_GE(engine_work(operation(Compute::Kind::Copy, format), blackhole()).unpack, tile / 128);
    }
}

TEST(Engine, EveryKindHasAnAnswer) {
    for (const arch::Chip* chip : {&wormhole(), &blackhole()}) {
        for (int kind = 0; kind <= static_cast<int>(Compute::Kind::Configure); ++kind) {
            for (const uint8_t detail : {0, 1, 2, 3}) {
                Compute compute = operation(static_cast<Compute::Kind>(kind));
                compute.bcast = detail;
                compute.instructions = 10;
                if (compute.kind == Compute::Kind::Configure) {
                    compute.op = static_cast<uint8_t>(1 << detail);
                }
                const EngineWork work = engine_work(compute, *chip);
                EXPECT_GT(work.unpack_issue + work.math_issue + work.pack_issue, 0) << kind;
                EXPECT_GE(work.pieces, 1u);
            }
        }
    }
}

TEST(Engine, EveryVectorFunctionHasAFigure) {
    const int counts[] = {TSR_SFPU_NUM_UNARY, TSR_SFPU_NUM_BINARY, TSR_SFPU_NUM_TERNARY};
    for (const arch::Chip* chip : {&wormhole(), &blackhole()}) {
        for (uint8_t operands = 1; operands <= 3; ++operands) {
            for (int op = 0; op < counts[operands - 1]; ++op) {
                for (const bool wide : {false, true}) {
                    Compute function = operation(Compute::Kind::Sfpu);
                    function.operands = operands;
                    function.sfpu_op = static_cast<uint16_t>(op);
                    function.dst_32bit = wide;
                    EXPECT_GE(engine_work(function, *chip).math, 4 * 8 * 2.0);
                }
            }
        }
    }
}

TEST(Engine, AnInitCostsOnlyTheThreadsThatItConcerns) {
    Compute init = operation(Compute::Kind::Configure);
    init.op = record::ConfiguresUnpack | record::ConfiguresMath;
    const EngineWork work = engine_work(init, wormhole());
    EXPECT_GT(work.unpack_issue, 0);
    EXPECT_GT(work.math_issue, 0);
    EXPECT_EQ(work.pack_issue, 0);
    // The format of one operand, and those of both.
    Compute formats = operation(Compute::Kind::Configure);
    formats.op = record::ConfiguresOperands;
    Compute one = formats;
    one.format1 = 255;
    EXPECT_EQ(engine_work(formats, wormhole()).unpack_issue, 2 * engine_work(one, wormhole()).unpack_issue);
}

TEST(Engine, IntegersOf32BitsGoStraightToDst) {
    EXPECT_EQ(engine_work(operation(Compute::Kind::Copy, int32), wormhole()).pieces, 1u);
    EXPECT_GE(engine_work(operation(Compute::Kind::Copy, int32), wormhole()).unpack, 4096 / 64.0);
}

void expect_error(const Compute& compute, const arch::Chip& chip, const std::string& name, const std::string& part) {
    try {
        (void)engine_work(compute, chip);
        ADD_FAILURE() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_EQ(error.diagnostic().name, name);
        EXPECT_NE(std::string(error.what()).find(part), std::string::npos) << error.what();
    }
}

TEST(Engine, WhatDoesNotExistIsAnError) {
    expect_error(operation(static_cast<Compute::Kind>(99)), wormhole(), "bad-recording", "kind 99");
    expect_error(operation(Compute::Kind::Copy, 200), wormhole(), "bad-recording", "format 200");
    Compute function = operation(Compute::Kind::Sfpu);
    function.sfpu_op = 60000;
    expect_error(function, wormhole(), "bad-recording", "60000");
    arch::Chip unknown = wormhole();
    unknown.name = "grayskull";
    expect_error(operation(Compute::Kind::Copy), unknown, "unknown-board", "grayskull");
}

}  // namespace
}  // namespace tessera::timing
