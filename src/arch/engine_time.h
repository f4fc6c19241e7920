// What the engines of a Tensix core take: the figures of which src/timing makes the time of an operation.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace tessera::arch {

/// What the RISC-V core of a compute thread takes for a call until it can go on.
struct ThreadIssue {
    double copy = 0, binary = 0, reduce = 0, tilize = 0, transpose_dst = 0, sfpu = 0, pack = 0;
    double format = 0;          ///< another one: of an operand, or of what is packed
    double init = 0;            ///< of its engine, for another operation; math: of the matrix unit,
    double vector_init = 0;     ///< and of the vector unit, for another function
    double matmul = 0;          ///< once a call,
    double matmul_operand = 0;  ///< unpack: each time that it sets an address of an operand that is used again,
    double matmul_second = 0;   ///< unpack: the address of another one that is kept besides,
    double matmul_product = 0;  ///< math: each product of two tiles
    double face = 0;            ///< where the core itself goes through the faces of a tile,
    double reuse_face = 0;      ///< and moves each from DST to a source register
    double row = 0;             ///< pack: of what pack_untilize writes at once
};

/// In cycles of the AI clock, bytes and datums.
struct EngineTime {
    // Unpackers: 0 fills SrcA (or DST), 1 fills SrcB. Their speeds are x1 (0), x2 (1) and x4 (2).
    double unpack_setup = 0;               ///< an UNPACR holds its thread so long
    std::array<double, 3> unpack_speed{};  ///< bytes from L1 in a cycle
    /// The speeds of unpackers 0 and 1 when both read: [what 1 wants][what 0 wants].
    std::array<std::array<std::array<uint8_t, 2>, 3>, 3> unpack_shared{};
    double unpack_datums = 0;   ///< that one of them can write in a cycle
    double unpack_latency = 0;  ///< from the last byte's reading until the matrix unit may have the bank
    double unpack_queue = 0;    ///< UNPACRs that it takes besides the one that it does
    double unpack_begin = 0;    ///< the unpack thread's instructions around those of an operation
    /// L1 has so many banks, in turn for so many bytes each; 0: not known. What an unpacker reads in a cycle may not
    /// lie twice in one.
    uint32_t l1_banks = 0, l1_bank_bytes = 0;

    /// Whether a block of products keeps two tiles of the operand that it uses again, one a bank, so that each tile of
    /// the other one serves two products; else one.
    bool matmul_two_banks = false;
    double matmul_next_operand = 0;  ///< the unpack thread's instructions after each tile of the other operand
    double matmul_second = 0;        ///< and before the second tile that is used again

    double matrix_latency = 0;
    double dst_read_after = 0;     ///< from an instruction that writes 8x16 values of DST to the next that reads them
    double after_move_to_a = 0;    ///< the unit takes nothing else for so long after MOVD2A,
    double after_move_to_b = 0;    ///< MOVD2B,
    double after_move_to_dst = 0;  ///< and nothing that reads DST after MOVA2D and MOVB2D
    double stall_wait = 0;         ///< a STALLWAIT whose condition holds

    double vector_begin = 0;  ///< of a tile,
    double vector_face = 0;   ///< and of a face, besides the function's instructions
    double vector_latency = 0;

    double packers = 0;            ///< that work at once, each on a face
    double packer_bytes = 0;       ///< each writes to L1 in a cycle
    double packer_datums = 0;      ///< each reads from DST in a cycle
    double packer_accumulate = 0;  ///< cycles of a write that adds to what L1 holds
    double packer_tile = 0;        ///< of a tile, besides its data
    double packer_latency = 0;     ///< from DST to L1
    // pack_untilize goes through so many rows of a row of tiles at once, with so many instructions a tile, each with
    // one that goes on to the next:
    double untilize_rows = 0, untilize_instructions = 0;
    double untilize_row = 0;        ///< of those rows besides,
    double untilize_block_row = 0;  ///< and if the lines in L1 are longer than the block

    ThreadIssue unpack, math, pack;
};

/// Of a chip by its name (Chip::name).
const EngineTime& engine_time(std::string_view chip);

/// The instructions of a function of the vector unit for 32 values. operands: 1 to 3; function: its name in
/// kernel/tessera/abi_sfpu.h without the prefix; approximate: as TSR_SFPU_APPROX asks for. 0: there is no figure.
double vector_instructions(std::string_view chip, uint32_t operands, std::string_view function, bool dst_32bit,
                           bool approximate);

}  // namespace tessera::arch
