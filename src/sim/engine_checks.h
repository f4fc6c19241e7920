// The checks that the engine makes itself: the DST protocol, tiles of DST that nobody has computed, inits and formats
// that don't fit the operation. All of them are reported and the run goes on with what the simulated engine does.
#pragma once

#include <sim/engine.h>

namespace tessera::sim {

[[gnu::cold]] void tell_not_acquired(Engine& e, const char* user);
[[gnu::cold]] void tell_not_waited(Engine& e);
[[gnu::cold]] void tell_never_written(Engine& e, uint32_t idst, bool pack);
[[gnu::cold]] void tell_setup(Engine& e, uint32_t unpack, uint32_t math);
[[gnu::cold]] void tell_pack_setup(Engine& e, uint32_t mode);
[[gnu::cold]] void tell_sfpu_setup(Engine& e, uint32_t function);
[[gnu::cold]] void tell_format(Engine& e, const char* side, uint32_t configured, uint32_t cb);
[[gnu::cold]] void tell_masked(Engine& e, uint32_t idst);
[[gnu::cold]] void weigh_matmul_block(Engine& e, uint32_t ct, uint32_t rt, uint32_t kt, uint32_t transpose);

/// Formats are set up for this circular buffer: fp32 values don't fit into 16-bit DST.
[[gnu::cold]] void tell_fp32(Engine& e, uint32_t cb);
inline void check_width(Engine& e, uint32_t cb) {
    if (cb < TSR_MAX_CBS && !e.fp32_dest && e.checks && tsr_ctx->cbs[cb].fifo_num_pages != 0 &&
        tsr_ctx->cbs[cb].data_format == static_cast<uint32_t>(tensix::DataFormat::Float32)) {
        tell_fp32(e, cb);
    }
}

/// MATH writes DST.
inline void check_acquired(Engine& e) {
    if (__builtin_expect(!e.acquired && e.checks, 0)) {
        tell_not_acquired(e, nullptr);
    }
}

/// The vector unit, which either MATH or PACK may drive, reads or writes DST.
inline void check_held(Engine& e) {
    if (__builtin_expect(!e.acquired && !e.waited && e.checks, 0)) {
        tell_not_acquired(e, "the vector unit");
    }
}

inline void check_waited(Engine& e) {
    if (__builtin_expect(!e.waited && e.checks, 0)) {
        tell_not_waited(e);
    }
}

/// MATH reads tile idst of its section.
inline void check_written(Engine& e, uint32_t idst) {
    if (__builtin_expect((e.live[e.full_sync ? 0 : e.math_half] >> (idst & 31) & 1) == 0 && e.checks, 0)) {
        tell_never_written(e, idst, false);
    }
}

/// The operation needs these setups of unpackers and matrix unit.
inline void check_setup(Engine& e, uint32_t unpack, uint32_t math) {
    const bool fits = (e.unpack_setup == unpack || e.unpack_setup == TSR_SETUP_ANY) &&
                      (e.math_setup == math || e.math_setup == TSR_SETUP_ANY);
    if (__builtin_expect(!fits && e.checks, 0)) {
        tell_setup(e, unpack, math);
    }
}

/// A product of rt x ct tiles. What differs from the init's block need not matter.
inline void check_matmul_block(Engine& e, uint32_t ct, uint32_t rt, uint32_t kt, uint32_t transpose) {
    const bool same = ct == e.matmul_ct && rt == e.matmul_rt && kt == e.matmul_kt &&
                      (transpose == e.matmul_transpose || transpose == TSR_AS_INIT);
    if (__builtin_expect(!same && e.checks, 0)) {
        weigh_matmul_block(e, ct, rt, kt, transpose);
    }
}

inline void check_pack_setup(Engine& e, uint32_t mode) {
    if (__builtin_expect(e.pack_setup != mode && e.checks, 0)) {
        tell_pack_setup(e, mode);
    }
}

inline bool same_format(uint32_t configured, uint32_t cb) {
    return configured == cb || (configured < TSR_MAX_CBS && cb < TSR_MAX_CBS &&
                                tsr_ctx->cbs[configured].data_format == tsr_ctx->cbs[cb].data_format);
}

/// Operands come from these circular buffers; TSR_KEEP_FORMAT: that side is not used.
inline void check_formats(Engine& e, uint32_t srca, uint32_t srcb) {
    if (__builtin_expect(srca != TSR_KEEP_FORMAT && !same_format(e.srca_cb, srca) && e.checks, 0)) {
        tell_format(e, "SrcA", e.srca_cb, srca);
    }
    if (__builtin_expect(srcb != TSR_KEEP_FORMAT && !same_format(e.srcb_cb, srcb) && e.checks, 0)) {
        tell_format(e, "SrcB", e.srcb_cb, srcb);
    }
}

/// The packer writes to this circular buffer.
inline void check_pack_format(Engine& e, uint32_t cb) {
    if (__builtin_expect(!same_format(e.pack_cb, cb) && e.checks, 0)) {
        tell_format(e, "the packer", e.pack_cb, cb);
    }
}

/// A function of the vector unit that needs this init; PLAIN: any.
inline void check_sfpu_setup(Engine& e, uint32_t function) {
    const bool fits = function == TSR_SFPU_SETUP_PLAIN
                          ? e.sfpu_setups != 0
                          : (e.sfpu_setup == function || e.sfpu_setup == TSR_SFPU_SETUP_ANY);
    if (__builtin_expect(!fits && e.checks, 0)) {
        tell_sfpu_setup(e, function);
    }
}

}  // namespace tessera::sim
