#include <sim/engine_checks.h>

#include <string>

#include <tensix/format.h>

namespace tessera::sim {
namespace {

const char* const elementwise[] = {"mul", "div", "add", "sub", "less"};
const char* const broadcasts[] = {"", "_cols", "_rows", "_scalar"};
const char* const pools[] = {"SUM", "AVG", "MAX", "MIN"};
const char* const dimensions[] = {"REDUCE_ROW", "REDUCE_COL", "REDUCE_SCALAR"};

/// A call and the init that belongs to it.
struct Named {
    std::string call, init;
};

Named name_of_math(uint32_t setup) {
    const uint32_t first = setup >> 4 & 15, second = setup >> 8 & 15;
    switch (setup & 15) {
        case TSR_MATH_COPY:
            return first == 0 ? Named{"copy_tile", "copy_tile_init"} : Named{"unary_bcast", "unary_bcast_init"};
        case TSR_MATH_BINARY: {
            const std::string op = elementwise[first > 4 ? 0 : first];
            if (second == 0) {
                return {op + "_tiles", op + "_tiles_init"};
            }
            const std::string kind = broadcasts[second & 3];
            const bool tiles = second == TSR_BCAST_SCALAR && first != TSR_ELWADD;
            return {op + "_tiles_bcast" + kind, op + (tiles ? "_tiles" : "") + "_bcast" + kind + "_init_short"};
        }
        case TSR_MATH_REUSE:
            return {"binary_dest_reuse_tiles", "binary_dest_reuse_tiles_init with the same template arguments"};
        case TSR_MATH_MATMUL:
            return {"matmul_tiles", "mm_init or mm_init_short"};
        case TSR_MATH_REDUCE:
            return {std::string("reduce_tile<") + pools[first & 3] + ", " + dimensions[second % 3] + ">",
                    "reduce_init with the same template arguments"};
        case TSR_MATH_TRANSPOSE_DST:
            return {"transpose_wh_dest", "transpose_wh_dest_init_short"};
        default:
            return {"nothing", "an init"};
    }
}

/// Unpackers: what tells an operation from those of which the matrix unit is set up alike.
Named name_of_unpack(uint32_t setup, uint32_t math) {
    switch (setup & 15) {
        case TSR_UNPACK_A:
            return {"copy_tile", "copy_tile_init"};
        case TSR_UNPACK_A_TRANSPOSED:
            return {"transpose_wh_tile", "transpose_wh_init_short"};
        case TSR_UNPACK_A_BCAST:
            return {"unary_bcast", "unary_bcast_init"};
        case TSR_UNPACK_REUSE:
            return name_of_math(TSR_SETUP(TSR_MATH_REUSE, 0, 0));
        case TSR_UNPACK_AB:
            return (math & 15) == TSR_MATH_BINARY
                       ? name_of_math(math)
                       : Named{"two operands (add_tiles and its like)", "the operation's init"};
        case TSR_UNPACK_MATMUL:
            return name_of_math(TSR_MATH_MATMUL);
        case TSR_UNPACK_REDUCE:
            return (math & 15) == TSR_MATH_REDUCE
                       ? name_of_math(math)
                       : Named{"reduce_tile", "reduce_init with the same template arguments"};
        case TSR_UNPACK_TILIZE:
            return {"tilize_block", "tilize_init"};
        case TSR_UNPACK_TILIZE_AB:
            return {"unpack_tilizeA_B_block", "tilizeA_B_reduce_init"};
        case TSR_UNPACK_UNTILIZE:
            return {"untilize_block", "untilize_init"};
        default:
            return {"nothing", "an init"};
    }
}

/// An init after tilize_init or untilize_init, whose uninit is missing.
void tell_left(uint32_t left, uint32_t unpack, uint32_t math) {
    const std::string name = left == TSR_UNPACK_TILIZE ? "tilize" : "untilize";
    check_failed({.name = "missing-uninit",
                  .message = "the unpackers are set up for " + name_of_unpack(unpack, math).call +
                             ", and still are for " + name + "_block",
                  .notes = {"short inits leave the layout that " + name + "_init has set up in the unpackers"},
                  .help = "call " + name + "_uninit() after the last " + name + "_block"});
}

std::string format_name(uint32_t cb) {
    return tensix::name(static_cast<tensix::DataFormat>(tsr_ctx->cbs[cb].data_format));
}

bool is_word(uint32_t format) {
    return format == static_cast<uint32_t>(tensix::DataFormat::Int32) ||
           format == static_cast<uint32_t>(tensix::DataFormat::UInt32);
}

const char* const functions[] = {"",    "exp",   "exp2",    "expm1", "recip", "sqrt",   "rsqrt",      "gelu",
                                 "log", "log1p", "sigmoid", "tanh",  "cbrt",  "erfinv", "div_binary", "power_binary"};

}  // namespace

void tell_not_acquired(Engine&, const char* user) {
    check_failed({.name = "dst-not-acquired",
                  .message = std::string(user == nullptr ? "the matrix unit" : user) +
                             " works on DST, and no section is acquired",
                  .notes = {"PACK may still be reading that half of DST, and clears it when it has read it"},
                  .help = "call tile_regs_acquire() before, and tile_regs_commit() after the last operation"});
}

void tell_not_waited(Engine&) {
    check_failed({.name = "dst-not-waited",
                  .message = "a tile is packed, and PACK has not waited for a section of DST",
                  .notes = {"the packer may read the tile before MATH has computed it"},
                  .help = "call tile_regs_wait() after tile_regs_commit() and before pack_tile"});
}

void tell_never_written(Engine&, uint32_t idst, bool pack) {
    check_failed({.name = "dst-never-written",
                  .message = "DST tile " + std::to_string(idst) + " is " + (pack ? "packed" : "read") +
                             ", and nothing has written it in this section",
                  .notes = {"it holds zeros, or what the kernel before has left; other sections' tiles are gone"},
                  .help = pack ? "pack the DST index that was computed, in the section that computed it"
                               : "copy or compute the tile first, in the same section"});
}

void tell_setup(Engine& e, uint32_t unpack, uint32_t math) {
    const bool wrong_math = e.math_setup != math && e.math_setup != TSR_SETUP_ANY;
    const Named wanted = math == 0 || (!wrong_math && (unpack & 15) != TSR_UNPACK_A) ? name_of_unpack(unpack, math)
                         : (unpack & 15) == TSR_UNPACK_TILIZE || (unpack & 15) == TSR_UNPACK_UNTILIZE ||
                                 (unpack & 15) == TSR_UNPACK_A_TRANSPOSED
                             ? name_of_unpack(unpack, math)
                             : name_of_math(math);
    const bool nothing = wrong_math ? e.math_setup == 0 : e.unpack_setup == 0;
    if (nothing) {
        check_failed({.name = "missing-init",
                      .message = wanted.call + " runs, and nothing has set up the " +
                                 (wrong_math ? "matrix unit" : "unpackers") + " for it",
                      .notes = {"the engines do what the last kernel on this core has left them set up for"},
                      .help = "call " + wanted.init + " before"});
        return;
    }
    const Named found = wrong_math ? name_of_math(e.math_setup) : name_of_unpack(e.unpack_setup, 0);
    std::string left;
    if (!wrong_math && ((e.unpack_setup & 15) == TSR_UNPACK_TILIZE || (e.unpack_setup & 15) == TSR_UNPACK_UNTILIZE)) {
        left = (e.unpack_setup & 15) == TSR_UNPACK_TILIZE ? "tilize_uninit and then " : "untilize_uninit and then ";
    }
    check_failed({.name = "wrong-init",
                  .message = wanted.call + " runs, and the " + (wrong_math ? "matrix unit is" : "unpackers are") +
                             " set up for " + found.call,
                  .notes = {"the chip does what the last init has set up, whatever the call's name"},
                  .help = "call " + left + wanted.init + " after the other operation and before this one"});
}

// The init programs what the engines repeat for each product of a block: the operand that changes (in1, which goes to
// SrcA, if the block has at least as many columns as rows, else in0), and whose register is let go after it. Wormhole
// keeps two tiles of the operand that stays, if it has two, and then lets go of neither. The rest comes with the call:
// how often, where to, and the rows of in0 as long as that is the operand that stays.
void weigh_matmul_block(Engine& e, uint32_t ct, uint32_t rt, uint32_t kt, uint32_t transpose) {
    if (e.unpack_setup != TSR_UNPACK_MATMUL || e.math_setup != TSR_MATH_MATMUL) {
        return;  // an init that is not known in detail, or another operation's, which has been told
    }
    const auto program = [&](uint32_t columns, uint32_t rows) {
        const bool keeps_two = e.arithmetic->chip == tensix::Chip::Wormhole && columns > 1 && rows > 1;
        return (columns >= rows ? 1u : 0u) | (keeps_two ? 2u : 0u);
    };
    const auto block = [](uint32_t columns, uint32_t rows) {
        return "ct_dim " + std::to_string(columns) + ", rt_dim " + std::to_string(rows);
    };
    const bool tile = ct == 1 && rt == 1 && kt == 1;
    const std::string call = tile ? "matmul_tiles" : "matmul_block";
    if (program(ct, rt) != program(e.matmul_ct, e.matmul_rt)) {
        check_failed({.name = "matmul-block-mismatch",
                      .message = call + " multiplies a block of " + block(ct, rt) + ", and the init was given " +
                                 block(e.matmul_ct, e.matmul_rt),
                      .notes = {"the init programs which operand stays in its register and which one moves on: the "
                                "engines wait for tiles that don't come, or take the wrong ones"},
                      .help = tile ? "call mm_init_short after matmul_block and before matmul_tiles"
                                   : "give mm_block_init or mm_block_init_short the dimensions of the call"});
        return;
    }
    if (ct < rt && kt != e.matmul_kt) {
        check_failed({.name = "matmul-block-mismatch",
                      .message = "matmul_block takes rows of in0 that are " + std::to_string(kt) +
                                 " tiles apart (kt_dim), and the init was given " + std::to_string(e.matmul_kt),
                      .notes = {"in a block of more rows than columns the unpacker steps from row to row by what the "
                                "init has set up: it reads other tiles of in0"},
                      .help = "give mm_block_init or mm_block_init_short the kt_dim of the call"});
        return;
    }
    if (transpose != TSR_AS_INIT && transpose != e.matmul_transpose) {
        check_failed(
            {.name = "matmul-block-mismatch",
             .severity = Diagnostic::Severity::Warning,
             .message = call + (transpose != 0 ? " asks for in1 to be transposed, and the init was told not to"
                                               : " asks for in1 as it is, and the init was told to transpose it"),
             .notes = {"only the init's argument counts, the call's does nothing"},
             .help = "give the init and the call the same transpose"});
    }
}

void tell_pack_setup(Engine& e, uint32_t mode) {
    if (e.pack_setup == 0 && mode == TSR_PACK_TILES) {
        return;  // without any init nothing has changed how tiles are packed; the formats are another check
    }
    if (mode == TSR_PACK_TILES) {
        const bool rows = e.pack_setup == TSR_PACK_ROWS;
        check_failed({.name = "missing-uninit",
                      .message = std::string("a tile is packed, and the packer is set up for ") +
                                 (rows ? "rows (pack_rows_init)" : "row-major lines (pack_untilize_init)"),
                      .notes = {"the tile's rows are written with the strides of that layout"},
                      .help = rows ? "call pack_rows_uninit() before" : "call pack_untilize_uninit(ocb) before"});
        return;
    }
    const bool rows = mode == TSR_PACK_ROWS;
    check_failed({.name = "missing-init",
                  .message = std::string(rows ? "pack_rows" : "pack_untilize_dest") +
                             " runs, and nothing has set up the packer for it",
                  .notes = {"the packer writes tiles with the strides of its last setup"},
                  .help = std::string("call ") +
                          (rows ? "pack_rows_init" : "pack_untilize_init or pack_untilize_dest_init") + " before"});
}

void tell_sfpu_setup(Engine& e, uint32_t function) {
    if (function == TSR_SFPU_SETUP_PLAIN) {
        e.sfpu_setups = 1;  // once is enough
        check_failed({.name = "missing-init",
                      .severity = Diagnostic::Severity::Warning,
                      .message = "a function of the vector unit runs, and no init of that unit has run",
                      .notes = {"its address counters are as the last kernel on this core has left them"},
                      .help = "call the function's _init before"});
        return;
    }
    const std::string name = functions[function];
    if ((e.sfpu_setups >> function & 1) == 0) {
        check_failed({.name = "missing-init",
                      .message = name + "_tile runs, and its init has not",
                      .notes = {"the function computes with constants that its init loads into registers"},
                      .help = "call " + name + "_tile_init() before"});
        return;
    }
    check_failed({.name = "wrong-init",
                  .severity = Diagnostic::Severity::Warning,
                  .message = name + "_tile runs, and the last init of the vector unit was " + functions[e.sfpu_setup] +
                             "_tile_init",
                  .notes = {"both functions keep their constants in the same registers"},
                  .help = "call " + name + "_tile_init() again before"});
}

void tell_format(Engine& e, const char* side, uint32_t configured, uint32_t cb) {
    if (cb >= TSR_MAX_CBS || tsr_ctx->cbs[cb].fifo_num_pages == 0) {
        return;  // the engine says that there is no such circular buffer
    }
    const bool pack = side[0] == 't';
    const std::string buffer = "circular buffer c_" + std::to_string(cb);
    if (configured == TSR_KEEP_FORMAT) {
        uint32_t& told = pack ? e.pack_cb : side[3] == 'A' ? e.srca_cb : e.srcb_cb;
        told = cb;  // once is enough
        check_failed({.name = "missing-init",
                      .message = std::string(side) + (pack ? " writes to " : " takes tiles of ") + buffer +
                                 ", and nothing has set up its data format",
                      .notes = {"it has the format that the last kernel on this core has left"},
                      .help = "begin with the operation's full init (unary_op_init_common, binary_op_init_common, "
                              "mm_init, ...) or compute_kernel_hw_startup"});
        return;
    }
    if (tsr_ctx->cbs[configured].fifo_num_pages == 0 ||
        (is_word(tsr_ctx->cbs[configured].data_format) && is_word(tsr_ctx->cbs[cb].data_format))) {
        return;
    }
    const std::string call = pack             ? "pack_reconfig_data_format(" + std::to_string(cb) + ")"
                             : side[3] == 'A' ? "reconfig_data_format_srca(" + std::to_string(cb) + ")"
                                              : "reconfig_data_format_srcb(" + std::to_string(cb) + ")";
    check_failed({.name = "missing-reconfig",
                  .message = std::string(side) + (pack ? " writes to " : " takes tiles of ") + buffer +
                             ", whose format is " + format_name(cb) + ", and is set up for " + format_name(configured) +
                             " (c_" + std::to_string(configured) + ")",
                  .notes = {"short inits don't change formats: the bytes are taken for what they are not"},
                  .help = "call " + call + " before the operation"});
}

void tell_fp32(Engine& e, uint32_t cb) {
    if (e.told_fp32 == e.risc->code) {
        return;
    }
    e.told_fp32 = e.risc->code;
    check_failed(
        {.name = "fp32-in-16-bit-dst",
         .severity = Diagnostic::Severity::Note,
         .message = "circular buffer c_" + std::to_string(cb) + " holds Float32, and DST has 16 bits for a value",
         .notes = {"values are cut to bf16 (or fp16) on their way through DST"},
         .help = "set fp32_dest_acc_en in ComputeConfig, or let the buffer have the format Float16_b"});
}

void tell_masked(Engine&, uint32_t idst) {
    check_failed({.name = "missing-uninit",
                  .message = "DST tile " + std::to_string(idst) +
                             " is packed with the mask of a reduction, and no reduction made it",
                  .notes = {"all but the row, column or datum that reduce_init keeps is written as zeros"},
                  .help = "call reduce_uninit() after the last reduce_tile, before other results are packed"});
}

}  // namespace tessera::sim

using namespace tessera::sim;

extern "C" {

void tsr_init(uint32_t unpack, uint32_t math) {
    Engine& e = engine();
    const uint32_t left = e.unpack_setup & 15, now = unpack & 15;
    if (__builtin_expect((left == TSR_UNPACK_TILIZE || left == TSR_UNPACK_UNTILIZE) && e.checks, 0) && now != 0 &&
        now != left && now != TSR_SETUP_ANY) {
        tell_left(left, unpack, math);
    }
    e.unpack_setup = unpack != 0 ? unpack : e.unpack_setup;
    e.math_setup = math != 0 ? math : e.math_setup;
    engine_configured(e, (unpack != 0 ? configures_unpack : 0) | (math != 0 ? configures_math : 0));
}

void tsr_init_pack(uint32_t mode) {
    engine().pack_setup = mode;
    engine_configured(engine(), configures_pack);
}

void tsr_untilize_begin(void) {
    Engine& e = engine();
    check_setup(e, TSR_UNPACK_UNTILIZE, TSR_MATH_COPY);
    e.unpack_setup = TSR_UNPACK_A;
    e.math_setup = TSR_MATH_COPY;
    e.pack_setup_before = e.pack_setup;
    e.pack_setup = TSR_PACK_UNTILIZED;
}

void tsr_untilize_end(void) {
    Engine& e = engine();
    e.unpack_setup = TSR_UNPACK_UNTILIZE;
    e.pack_setup = e.pack_setup_before;
}

void tsr_init_sfpu(uint32_t setup) {
    Engine& e = engine();
    e.sfpu_setups |= setup == TSR_SFPU_SETUP_ANY ? ~0u : 1u << setup;
    if (setup != TSR_SFPU_SETUP_PLAIN) {
        e.sfpu_setup = setup;
    }
    engine_configured(e, configures_vector);
}

}  // extern "C"
