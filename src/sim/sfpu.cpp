// The vector unit's entry points: finds the tiles of DST that an operation names, checks that they are in the half the
// math thread holds, and applies the pure functions of src/tensix face by face.
#include <sim/sfpu.h>

#include <sim/engine_checks.h>

#include <array>
#include <bit>
#include <cmath>

namespace tessera::sim {

namespace {

constexpr uint32_t FACE = 256;  // values

/// Calls fn(offset, count) for each run of values of a tile that the faces argument covers.
template <class Fn>
void for_faces(uint32_t faces, Fn fn) {
    const uint32_t iterations = faces >> 8;
    if (iterations < 8 && iterations % 2 != 0) {
        tsr_error("odd-sfpu-iterations", "an odd number of iterations would cover every second column of its last rows",
                  "use an even number of iterations: each pair covers four rows");
    }
    const uint32_t mode = faces & 0xff;
    // An iteration is 32 lanes; the chip walks a face in pairs of even and odd columns of four rows.
    const uint32_t count = iterations == 0 || iterations >= 8 ? FACE : iterations * 32;
    switch (mode) {
        case TSR_FACES_RC:
            if (count == FACE) {
                fn(0, 4 * FACE);
                return;
            }
            for (uint32_t face = 0; face < 4; face++) {
                fn(face * FACE, count);
            }
            return;
        case TSR_FACES_R:
            fn(0, count);
            fn(FACE, count);
            return;
        case TSR_FACES_C:
            fn(0, count);
            fn(2 * FACE, count);
            return;
        default:
            fn(0, count);
            return;
    }
}

SfpuOp told(uint8_t operands, uint32_t op, uint32_t in0, uint32_t in1, uint32_t in2, uint32_t out) {
    SfpuOp result;
    result.operands = operands;
    result.op = op;
    result.in[0] = in0;
    result.in[1] = in1;
    result.in[2] = in2;
    result.out = out;
    return result;
}

/// Whose init a function needs: see tsr_init_sfpu.
constexpr auto unary_setups = [] {
    std::array<uint8_t, TSR_SFPU_NUM_UNARY> setups{};
    setups[TSR_SFPU_EXP] = setups[TSR_SFPU_EXP_CLAMPED] = TSR_SFPU_SETUP_EXP;
    setups[TSR_SFPU_EXP2] = TSR_SFPU_SETUP_EXP2;
    setups[TSR_SFPU_EXPM1] = TSR_SFPU_SETUP_EXPM1;
    setups[TSR_SFPU_RECIP] = TSR_SFPU_SETUP_RECIP;
    setups[TSR_SFPU_SQRT] = TSR_SFPU_SETUP_SQRT;
    setups[TSR_SFPU_RSQRT] = TSR_SFPU_SETUP_RSQRT;
    setups[TSR_SFPU_GELU] = TSR_SFPU_SETUP_GELU;
    setups[TSR_SFPU_LOG] = setups[TSR_SFPU_LOG_SCALED] = TSR_SFPU_SETUP_LOG;
    setups[TSR_SFPU_LOG1P] = TSR_SFPU_SETUP_LOG1P;
    setups[TSR_SFPU_SIGMOID] = TSR_SFPU_SETUP_SIGMOID;
    setups[TSR_SFPU_TANH] = TSR_SFPU_SETUP_TANH;
    setups[TSR_SFPU_CBRT] = TSR_SFPU_SETUP_CBRT;
    setups[TSR_SFPU_ERFINV] = TSR_SFPU_SETUP_ERFINV;
    return setups;
}();

uint32_t binary_setup(uint32_t op) {
    return op == TSR_SFPU_DIV ? TSR_SFPU_SETUP_DIV : op == TSR_SFPU_POW ? TSR_SFPU_SETUP_POW : TSR_SFPU_SETUP_PLAIN;
}

/// What every function asks of the kernel; the tiles are those that it reads.
template <class... Tiles>
void check(uint32_t setup, Tiles... tiles) {
    Engine& e = engine();
    check_held(e);
    check_sfpu_setup(e, setup);
    if (e.acquired) {
        (check_written(e, tiles), ...);
    }
}

void before(const SfpuOp& op) {
    Risc& risc = *engine().risc;
    observe(risc, Observer::EngineDone, [&](Observer& o) { o.sfpu_op(risc, op); });
}

void after(const SfpuOp& op) {
    Risc& risc = *engine().risc;
    observe(risc, Observer::EngineDone, [&](Observer& o) { o.sfpu_done(risc, op); });
}

}  // namespace

}  // namespace tessera::sim

using namespace tessera;
using sim::sfpu_tile;

void tsr_sfpu_unary(uint32_t op, uint32_t dst, uint32_t faces, uint32_t p0, uint32_t p1, uint32_t p2) {
    const uint32_t setup = op < TSR_SFPU_NUM_UNARY ? sim::unary_setups[op] : uint32_t{TSR_SFPU_SETUP_PLAIN};
    op == TSR_SFPU_FILL || op == TSR_SFPU_FILL_BITS ? sim::check(setup) : sim::check(setup, dst);
    uint32_t* tile = sfpu_tile(dst);
    const tensix::SfpuWidth width = sim::sfpu_width(dst);
    sim::SfpuOp event = sim::told(1, op, dst, dst, dst, dst);
    event.faces = faces;
    event.p0 = p0;
    event.p1 = p1;
    event.p2 = p2;
    sim::before(event);
    sim::for_faces(faces, [&](uint32_t offset, uint32_t count) {
        sim::engine().sfpu_table->unary(op, tile + offset, count, {p0, p1, p2}, width);
    });
    sim::after(event);
}

void tsr_sfpu_binary(uint32_t op, uint32_t dst0, uint32_t dst1, uint32_t out, uint32_t faces) {
    sim::check(sim::binary_setup(op), dst0, dst1);
    const uint32_t* a = sfpu_tile(dst0);
    const uint32_t* b = sfpu_tile(dst1);
    uint32_t* result = sfpu_tile(out);
    sim::sfpu_inherit_format(out, dst0);
    const tensix::SfpuWidth width = sim::sfpu_width(dst0);
    sim::SfpuOp event = sim::told(2, op, dst0, dst1, dst1, out);
    event.faces = faces;
    sim::before(event);
    const bool quantizes = op == TSR_SFPU_QUANT || op == TSR_SFPU_REQUANT || op == TSR_SFPU_DEQUANT;
    const tensix::SfpuParams params{quantizes ? sim::sfpu_registers().zero_point : 0};
    sim::for_faces(faces, [&](uint32_t offset, uint32_t count) {
        sim::engine().sfpu_table->binary(op, a + offset, b + offset, result + offset, count, params, width);
    });
    sim::after(event);
}

void tsr_sfpu_ternary(uint32_t op, uint32_t dst0, uint32_t dst1, uint32_t dst2, uint32_t out, uint32_t p0) {
    sim::check(TSR_SFPU_SETUP_PLAIN, dst0, dst1, dst2);
    const uint32_t* a = sfpu_tile(dst0);
    const uint32_t* b = sfpu_tile(dst1);
    const uint32_t* c = sfpu_tile(dst2);
    uint32_t* result = sfpu_tile(out);
    sim::sfpu_inherit_format(out, dst0);
    sim::SfpuOp event = sim::told(3, op, dst0, dst1, dst2, out);
    event.p0 = p0;
    sim::before(event);
    sim::engine().sfpu_table->ternary(op, a, b, c, result, 4 * sim::FACE, {p0}, sim::sfpu_width(dst0));
    sim::after(event);
}

void tsr_sfpu_round(uint32_t dst, int32_t decimals) {
    const float coefficient = static_cast<float>(std::pow(10.0, decimals));
    const float inverse = static_cast<float>(std::pow(10.0, -decimals));
    tsr_sfpu_unary(TSR_SFPU_ROUND, dst, TSR_FACES_RC, std::bit_cast<uint32_t>(coefficient),
                   std::bit_cast<uint32_t>(inverse), 0);
}

void tsr_sfpu_set_exp_scale(uint32_t bits) {
    sim::sfpu_registers().exp_scale = bits;
}

uint32_t tsr_sfpu_exp_scale() {
    return sim::sfpu_registers().exp_scale;
}

void tsr_sfpu_set_zero_point(uint32_t bits) {
    sim::sfpu_registers().zero_point = bits;
}
