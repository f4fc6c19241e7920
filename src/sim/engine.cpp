// The engine's state: allocation, the DST protocol, settings, and the checks that every operation shares.
#include <sim/engine_checks.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

namespace tessera::sim {

using tensix::DataFormat;
using tensix::Precision;

namespace {

/// What TESSERA_FORCE_FIDELITY and TESSERA_FORCE_DST put in the place of every kernel's own settings; read once.
struct Forced {
    int fidelity = -1;   ///< as ComputeSettings has it; -1: the kernel's
    int fp32_dest = -1;  ///< 0 16-bit DST, 1 32-bit DST; -1: the kernel's
};

const Forced& forced() {
    static const Forced settings = [] {
        Forced result;
        if (const char* text = std::getenv("TESSERA_FORCE_FIDELITY"); text != nullptr && *text != '\0') {
            constexpr std::pair<const char*, int> names[] = {{"LoFi", 0}, {"HiFi2", 2}, {"HiFi3", 3}, {"HiFi4", 4}};
            for (const auto& [name, value] : names) {
                result.fidelity = std::strcmp(text, name) == 0 ? value : result.fidelity;
            }
            if (result.fidelity < 0) {
                throw Error("bad-option", std::string("TESSERA_FORCE_FIDELITY is '") + text + "'",
                            "use LoFi, HiFi2, HiFi3 or HiFi4");
            }
        }
        if (const char* text = std::getenv("TESSERA_FORCE_DST"); text != nullptr && *text != '\0') {
            if (std::strcmp(text, "16") != 0 && std::strcmp(text, "32") != 0) {
                throw Error("bad-option", std::string("TESSERA_FORCE_DST is '") + text + "'", "use 16 or 32");
            }
            result.fp32_dest = text[0] == '3';
        }
        return result;
    }();
    return settings;
}

void configure_from(Engine& e, const ComputeSettings& own) {
    ComputeSettings settings = own;
    if (forced().fidelity >= 0) {
        settings.math_fidelity = static_cast<uint8_t>(forced().fidelity);
    }
    if (forced().fp32_dest >= 0) {
        settings.fp32_dest_acc_en = forced().fp32_dest != 0;
    }
    e.fidelity = settings.math_fidelity;
    e.fp32_dest = settings.fp32_dest_acc_en;
    e.full_sync = settings.dst_full_sync_en;
    e.bfp8_precise = settings.bfp8_pack_precise;
    e.phases = settings.math_fidelity == 0 ? 1 : settings.math_fidelity;
    // With a forced width a section keeps the room that the kernel was written for.
    e.section_tiles = (own.fp32_dest_acc_en ? 4u : 8u) * (e.full_sync ? 2u : 1u);
    e.max_pending = e.full_sync ? 1 : 2;
    std::memset(e.unpack_to_dest, 0, sizeof(e.unpack_to_dest));
    for (size_t i = 0; i < settings.unpack_to_dest_fp32.size() && i < TSR_MAX_CBS; ++i) {
        e.unpack_to_dest[i] = settings.unpack_to_dest_fp32[i];
    }
}

// Float32 is cut to tf32, bf16 or fp16 when it is unpacked to a source register, which one depends on the formats of
// all circular buffers of the kernel and on the width of DST; as TT-Metalium chooses (get_unpack_dst_formats): without
// any other floating-point format that says how wide exponents are, 16-bit DST gets fp16.
Precision precision_of_fp32(const Risc& risc, bool fp32_dest) {
    bool all_fp32 = true, wide_exponent = false;
    for (uint64_t set = risc.configured_cbs; set != 0; set &= set - 1) {
        const auto format = static_cast<DataFormat>(risc.context.cbs[__builtin_ctzll(set)].data_format);
        all_fp32 = all_fp32 && format == DataFormat::Float32;
        if (format != DataFormat::Float32 && !tensix::is_integer(format)) {
            wide_exponent = !tensix::is_fp16_class(format);
        }
    }
    if (fp32_dest && (all_fp32 || wide_exponent)) {
        return Precision::Tf32;
    }
    return wide_exponent ? Precision::Bf16 : Precision::Fp16;
}

void reset(Engine& e) {
    e.math_half = e.pack_half = 0;
    e.pending = 0;
    e.wait_site = nullptr;
    for (uint32_t half = 0; half < 2; ++half) {
        e.live[half] = e.unrounded[half] = e.fp16[half] = 0;
    }
    e.srca_cb = e.srcb_cb = e.pack_cb = TSR_KEEP_FORMAT;
    e.copy_transpose = e.matmul_transpose = e.acc_to_dest = e.l1_accumulate = false;
    e.matmul_ct = e.matmul_rt = e.matmul_kt = 1;
    e.relu_mode = 0;
    e.relu_threshold = 0;
    e.pack_rows = 16;
    e.reduce_mask = -1;
    e.checks = e.risc->device().machine->options.checks != Options::Checks::Off;
    e.acquired = e.waited = false;
    e.unpack_setup = e.math_setup = e.pack_setup = e.pack_setup_before = 0;
    e.sfpu_setup = TSR_SFPU_SETUP_PLAIN;
    e.sfpu_setups = 0;
    e.whole[0] = e.whole[1] = 0;
    e.commit_site = nullptr;
    e.pending_head = e.pending_count = 0;
    e.point_math_at_half();
}

EngineOp plain(EngineOp::Kind kind) {
    EngineOp op;
    op.kind = kind;
    return op;
}

void commit(Engine& e) {
    engine_observe(e, plain(EngineOp::Kind::DstCommit));
    if (e.pending == e.max_pending) {
        engine_error("dst-section-not-released",
                     "call tile_regs_wait() and tile_regs_release() once for every tile_regs_commit()",
                     "tile_regs_commit() hands over section %u, but PACK has not released the earlier %u",
                     e.pending + 1, e.pending);
    }
    ++e.pending;
    e.acquired = false;
    e.wait_site = nullptr;
    if (!e.full_sync) {
        e.math_half ^= 1;
        e.point_math_at_half();
    }
}

void release(Engine& e) {
    engine_observe(e, plain(EngineOp::Kind::DstRelease));
    if (e.pending == 0) {
        engine_error("dst-release-without-commit", "call tile_regs_commit() before tile_regs_release()",
                     "tile_regs_release() gives back a DST section that MATH has not committed");
    }
    --e.pending;
    const uint32_t half = e.full_sync ? 0 : e.pack_half;
    e.live[half] = e.unrounded[half] = e.fp16[half] = e.whole[half] = 0;
    e.waited = false;
    if (!e.full_sync) {
        e.pack_half ^= 1;
    }
}

}  // namespace

void engine_error(const char* name, const char* help, const char* format, ...) {
    static thread_local char message[512];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(message, sizeof(message), format, arguments);
    va_end(arguments);
    tsr_error(name, message, help);
}

const tsr_cb& engine_cb(uint32_t cb, const char* role) {
    if (cb >= TSR_MAX_CBS || tsr_ctx->cbs[cb].fifo_num_pages == 0) {
        engine_error("cb-not-configured", "create it with CreateCircularBuffer on this kernel's cores",
                     "circular buffer c_%u (%s) does not exist on this core", cb, role);
    }
    const tsr_cb& found = tsr_ctx->cbs[cb];
    if (__builtin_expect(static_cast<DataFormat>(found.data_format) == DataFormat::Fp8_e4m3, 0) &&
        engine().risc->device().chip->family == arch::Family::Wormhole) {
        engine_error("unsupported-data-format", "use Bfp8_b or Lf8 on Wormhole, or run on a Blackhole board",
                     "circular buffer c_%u (%s) has data format Fp8_e4m3, which Wormhole does not know", cb, role);
    }
    if (tensix::datum_bits(static_cast<DataFormat>(found.data_format)) == 0) {
        engine_error("unsupported-data-format", "give the circular buffer a data format that tiles can have",
                     "circular buffer c_%u (%s) has data format %u, which the unpacker and packer do not know", cb,
                     role, found.data_format);
    }
    return found;
}

const uint8_t* engine_input(uint32_t cb, uint32_t tile, uint64_t offset, uint64_t bytes) {
    const tsr_cb& from = tsr_ctx->cbs[cb];
    const uint64_t address = from.fifo_rd_ptr + offset;
    const uint64_t end = address + bytes;
    if (end > from.fifo_limit) {
        engine_error(
            "tile-past-circular-buffer",
            "tile indices count from the read pointer and do not wrap: make the buffer a multiple of the block that is "
            "popped at once",
            "tile %u of circular buffer c_%u lies past its end: bytes %llu to %llu, the buffer ends at %u", tile, cb,
            static_cast<unsigned long long>(address), static_cast<unsigned long long>(end), from.fifo_limit);
    }
    return tsr_ctx->l1 + address;
}

void engine_check_dst(const Engine& e, uint32_t idst, uint32_t count) {
    if (idst >= e.section_tiles || count > e.section_tiles - idst) {
        engine_error(
            "dst-index-out-of-range",
            "a DST section holds 8 tiles in 16-bit mode and 4 with fp32_dest_acc_en, twice that with dst_full_sync_en",
            "DST tile %u is outside the section, which holds %u tiles", idst + count - 1, e.section_tiles);
    }
}

void engine_round(Engine& e, uint32_t half, uint32_t idst) {
    const uint32_t bit = 1u << idst;
    if (e.unrounded[half] & bit) {
        e.unrounded[half] &= ~bit;
        e.arithmetic->round(e.fp16[half] & bit ? Precision::Fp16 : Precision::Bf16,
                            e.half_base(half) + idst * Engine::dst_tile_words, Engine::dst_tile_words);
    }
}

uint32_t* engine_dst_tile(Engine& e, uint32_t idst) {
    engine_check_dst(e, idst, 1);
    const uint32_t half = e.full_sync ? 0 : e.math_half;
    uint32_t* tile = e.half_base(half) + idst * Engine::dst_tile_words;
    if (!(e.live[half] & (1u << idst))) {
        std::memset(tile, 0, Engine::dst_tile_words * 4);
        e.live[half] |= 1u << idst;
        e.unrounded[half] &= ~(1u << idst);
    }
    engine_round(e, half, idst);
    return tile;
}

void prepare_engine(Risc& risc, const ComputeSettings* settings) {
    static_assert(std::is_trivially_destructible_v<Engine>);
    if (risc.context.engine == nullptr) {
        // One block: DST on a cache line, the engine behind it.
        constexpr size_t words = 16 + Engine::dst_words + (sizeof(Engine) + alignof(Engine) + 3) / 4;
        risc.dst = std::make_unique<uint32_t[]>(words);
        const auto start = (reinterpret_cast<uintptr_t>(risc.dst.get()) + 63) / 64 * 64;
        auto* dst = reinterpret_cast<uint32_t*>(start);
        auto* e = new (dst + Engine::dst_words) Engine{};
        e->dst = dst;
        e->risc = &risc;
        risc.context.engine = e;
    }
    Engine& e = *static_cast<Engine*>(risc.context.engine);
    const bool blackhole = risc.device().chip->family == arch::Family::Blackhole;
    const auto chip = blackhole ? tensix::Chip::Blackhole : tensix::Chip::Wormhole;
    const tensix::MathMode math = risc.device().machine->options.math;
    e.arithmetic = &tensix::arithmetic(math, chip);
    e.sfpu_table = &tensix::sfpu(math, chip);
    static const ComputeSettings defaults;
    configure_from(e, settings ? *settings : defaults);
    e.fp32_source = precision_of_fp32(risc, e.fp32_dest);
    e.sfpu_started = false;
    reset(e);
}

void finish_engine(Risc& risc) {
    Engine* e = static_cast<Engine*>(risc.context.engine);
    if (e == nullptr || risc.code == nullptr) {
        return;
    }
    if (e->pending != 0 && e->checks) {
        check_failed(
            {.name = "dst-section-not-released",
             .message =
                 "the kernel ends, and PACK has not released " + std::to_string(e->pending) + " of its DST sections",
             .trace = kernel_trace(risc, nullptr, static_cast<uint8_t*>(e->commit_site) - 1),
             .notes = {"the next kernel on this core waits for ever: its init waits until all sections are released"},
             .help = "call tile_regs_wait() and tile_regs_release() once for every tile_regs_commit()"});
    }
    if (e->wait_site == nullptr) {
        return;
    }
    Diagnostic diagnostic;
    diagnostic.name = "dst-wait-without-commit";
    diagnostic.message = "tile_regs_wait() waits for a DST section, and the kernel ends without tile_regs_commit()";
    diagnostic.help = "call tile_regs_commit() when the tiles are computed, before tile_regs_wait()";
    diagnostic.trace = kernel_trace(risc, nullptr, static_cast<uint8_t*>(e->wait_site) - 1);
    e->wait_site = nullptr;
    fail(std::move(diagnostic));
}

}  // namespace tessera::sim

using tessera::sim::Engine;
using tessera::sim::engine;
using tessera::sim::EngineOp;

extern "C" {

void tsr_dst_acquire(void) {
    Engine& e = engine();
    tessera::sim::engine_observe(e, tessera::sim::plain(EngineOp::Kind::DstAcquire));
    if (e.pending == e.max_pending) {
        tessera::sim::engine_error(
            "dst-section-not-released",
            "call tile_regs_wait() and tile_regs_release() once for every tile_regs_commit()",
            "tile_regs_acquire() waits for a free DST section, but PACK has not released any of the %u "
            "that were committed",
            e.pending);
    }
    e.acquired = true;
}

void tsr_dst_commit(void) {
    engine().commit_site = __builtin_return_address(0);
    tessera::sim::commit(engine());
}

void tsr_dst_wait(void) {
    Engine& e = engine();
    tessera::sim::engine_observe(e, tessera::sim::plain(EngineOp::Kind::DstWait));
    e.wait_site = e.pending == 0 ? __builtin_return_address(0) : nullptr;
    e.waited = true;
}

void tsr_dst_release(void) {
    tessera::sim::release(engine());
}

void tsr_dst_acquire_both(void) {
    tsr_dst_acquire();
    Engine& e = engine();
    e.wait_site = e.pending == 0 ? __builtin_return_address(0) : nullptr;
    e.waited = true;
}

void tsr_dst_release_both(void) {
    engine().commit_site = __builtin_return_address(0);
    tessera::sim::commit(engine());
    tsr_dst_release();
}

uint32_t* tsr_dst_tile(uint32_t idst) {
    tessera::sim::check_held(engine());
    return reinterpret_cast<uint32_t*>(tessera::sim::engine_dst_tile(engine(), idst));
}

uint32_t* tsr_dst_section(void) {
    Engine& e = engine();
    for (uint32_t t = 0; t < e.section_tiles; ++t) {
        tessera::sim::engine_dst_tile(e, t);
    }
    return e.risc->context.dst;
}

uint32_t tsr_dst_tiles(void) {
    return engine().section_tiles;
}
uint32_t tsr_dst_is_32bit(void) {
    return engine().fp32_dest;
}

void tsr_configure_formats(uint32_t srca_cb, uint32_t srcb_cb, uint32_t pack_cb) {
    Engine& e = engine();
    EngineOp op;
    op.kind = EngineOp::Kind::Configure;
    op.cb0 = srca_cb;
    op.cb1 = srcb_cb;
    op.dst = pack_cb;
    op.op = static_cast<uint8_t>(
        (srca_cb != TSR_KEEP_FORMAT || srcb_cb != TSR_KEEP_FORMAT ? tessera::sim::configures_operands : 0) |
        (pack_cb != TSR_KEEP_FORMAT ? tessera::sim::configures_packed : 0));
    tessera::sim::engine_observe(e, op);
    tessera::sim::check_width(e, srca_cb);
    tessera::sim::check_width(e, srcb_cb);
    tessera::sim::check_width(e, pack_cb);
    // A full init programs the unpackers from the start.
    if (srca_cb != TSR_KEEP_FORMAT && srcb_cb != TSR_KEEP_FORMAT && pack_cb != TSR_KEEP_FORMAT &&
        (e.unpack_setup == TSR_UNPACK_TILIZE || e.unpack_setup == TSR_UNPACK_UNTILIZE)) {
        e.unpack_setup = TSR_SETUP_ANY;
    }
    if (srca_cb != TSR_KEEP_FORMAT) {
        e.srca_cb = srca_cb;
    }
    if (srcb_cb != TSR_KEEP_FORMAT) {
        e.srcb_cb = srcb_cb;
    }
    if (pack_cb != TSR_KEEP_FORMAT) {
        e.pack_cb = pack_cb;
    }
}

void tsr_configure_copy(uint32_t transpose) {
    engine().copy_transpose = transpose != 0;
}
void tsr_configure_matmul(uint32_t transpose_in1, uint32_t ct, uint32_t rt, uint32_t kt) {
    Engine& e = engine();
    e.matmul_transpose = transpose_in1 != 0;
    e.matmul_ct = ct;
    e.matmul_rt = rt;
    e.matmul_kt = kt;
}
void tsr_configure_binary(uint32_t acc_to_dest) {
    engine().acc_to_dest = acc_to_dest != 0;
}

void tsr_configure_relu(uint32_t mode, uint32_t threshold_bf16) {
    engine().relu_mode = static_cast<uint8_t>(mode & 3);
    engine().relu_threshold = threshold_bf16 << 16;
}

void tsr_configure_l1_accumulate(uint32_t enable) {
    engine().l1_accumulate = enable != 0;
}
void tsr_configure_pack_rows(uint32_t rows) {
    engine().pack_rows = rows;
}
void tsr_configure_reduce_mask(int32_t reduce_dim) {
    engine().reduce_mask = reduce_dim;
}

void tsr_configure_fp32_dest(uint32_t enable) {
    Engine& e = engine();
    if (e.pending != 0 || e.live[0] != 0 || e.live[1] != 0) {
        tessera::sim::engine_error("dst-mode-change-in-section",
                                   "switch before tile_regs_acquire() or after tile_regs_release()",
                                   "DST can't change between 16 and 32 bits while a section holds tiles");
    }
    const int forced_width = tessera::sim::forced().fp32_dest;
    e.fp32_dest = forced_width >= 0 ? forced_width != 0 : enable != 0;
    e.section_tiles = (enable != 0 ? 4u : 8u) * (e.full_sync ? 2u : 1u);
}

}  // extern "C"
