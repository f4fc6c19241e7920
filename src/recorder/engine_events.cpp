// What the Tensix engine is asked to do, as far as its time depends on it.
#include <recorder/observer.h>

#include <algorithm>

namespace tessera::recorder {

using record::Op;
using sim::EngineOp;
using sim::Risc;

void Recorder::engine(Risc& risc, const void* frame, const ComputeKey& compute) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::Compute, frame);
    key.index = log.computes.intern(compute);
    log.add(key);
}

void Recorder::engine_op(Risc& risc, const EngineOp& op) {
    using Kind = EngineOp::Kind;
    using To = record::Compute::Kind;
    ProcessorLog& log = log_of(risc);
    const void* frame = __builtin_frame_address(0);
    if (const uint64_t code = risc.context.vector_instructions; code != log.vector_instructions) {
        ComputeKey own;
        own.kind = To::SfpiCode;
        own.instructions = static_cast<uint32_t>(code - log.vector_instructions);
        log.vector_instructions = code;
        engine(risc, frame, own);
    }
    const auto protocol = [&](Op what) { log.add(begin(risc, log, what, frame)); };
    const sim::Engine& engine_state = *static_cast<const sim::Engine*>(risc.context.engine);
    ComputeKey compute;
    compute.op = op.op;
    compute.bcast = op.bcast;
    compute.phases = engine_state.phases;
    compute.dst_32bit = engine_state.fp32_dest ? 1 : 0;
    compute.transpose = op.transpose ? 1 : 0;
    const auto format = [&](uint32_t cb) {
        return cb < TSR_MAX_CBS ? static_cast<uint8_t>(risc.context.cbs[cb].data_format) : uint8_t{255};
    };
    const auto shape = [&](uint32_t cb) {
        if (cb < TSR_MAX_CBS && risc.context.cbs[cb].fifo_num_pages != 0) {
            compute.faces = static_cast<uint8_t>(risc.context.cbs[cb].num_faces);
            compute.face_rows = static_cast<uint8_t>(risc.context.cbs[cb].face_rows);
        }
    };
    switch (op.kind) {
        case Kind::DstAcquire:
            return protocol(Op::DstAcquire);
        case Kind::DstCommit:
            return protocol(Op::DstCommit);
        case Kind::DstWait:
            return protocol(Op::DstWait);
        case Kind::DstRelease:
            return protocol(Op::DstRelease);
        case Kind::Copy:
            compute.kind = To::Copy;
            compute.tiles = static_cast<uint16_t>(op.tiles);
            compute.format0 = format(op.cb0);
            shape(op.cb0);
            break;
        case Kind::Binary:
            compute.kind = To::Binary;
            compute.format0 = format(op.cb0);
            compute.format1 = format(op.cb1);
            shape(op.cb0);
            break;
        case Kind::BinaryDestReuse:
            compute.kind = To::BinaryDestReuse;
            compute.format0 = format(op.cb0);
            shape(op.cb0);
            break;
        case Kind::Matmul:
            // in1 goes to SrcA, in0 to SrcB.
            compute.kind = To::Matmul;
            compute.format0 = format(op.cb1);
            compute.format1 = format(op.cb0);
            compute.ct = static_cast<uint16_t>(op.ct);
            compute.rt = static_cast<uint16_t>(op.rt);
            compute.kt = static_cast<uint16_t>(op.kt);
            shape(op.cb0);
            break;
        case Kind::Reduce: {
            constexpr uint8_t float16_b = 5;
            compute.kind = To::Reduce;
            compute.format0 = op.from_dst ? float16_b : format(op.cb0);
            compute.format1 = op.from_dst ? float16_b : format(op.cb1);
            compute.tiles = static_cast<uint16_t>(op.tiles);
            shape(op.cb0);
            break;
        }
        case Kind::TransposeDst:
            compute.kind = To::TransposeDst;
            break;
        case Kind::UnpackTilize:
            compute.kind = To::UnpackTilize;
            compute.format0 = format(op.cb0);
            compute.ct = static_cast<uint16_t>(op.ct);
            shape(op.cb0);
            break;
        case Kind::Pack:
            compute.kind = To::Pack;
            compute.format0 = format(op.cb0);
            compute.tiles = static_cast<uint16_t>(op.tiles);
            compute.l1_accumulate = engine_state.l1_accumulate ? 1 : 0;
            shape(op.cb0);
            break;
        case Kind::PackRows:
            compute.kind = To::PackRows;
            compute.format0 = format(op.cb0);
            compute.faces = 1;
            compute.face_rows = static_cast<uint8_t>(std::min(engine_state.pack_rows, 64U));
            break;
        case Kind::PackUntilize:
            compute.kind = To::PackUntilize;
            compute.format0 = format(op.cb0);
            compute.tiles = static_cast<uint16_t>(op.tiles);
            compute.ct = static_cast<uint16_t>(op.ct);
            compute.rt = static_cast<uint16_t>(op.rt);
            compute.kt = static_cast<uint16_t>(op.full_ct);
            compute.faces = static_cast<uint8_t>(op.num_faces);
            compute.face_rows = static_cast<uint8_t>(op.face_rows);
            break;
        case Kind::Configure:
            static_assert(int{sim::configures_operands} == record::ConfiguresOperands &&
                          int{sim::configures_packed} == record::ConfiguresPacked &&
                          int{sim::configures_unpack} == record::ConfiguresUnpack &&
                          int{sim::configures_math} == record::ConfiguresMath &&
                          int{sim::configures_pack} == record::ConfiguresPack &&
                          int{sim::configures_vector} == record::ConfiguresVector);
            compute.kind = To::Configure;
            compute.format0 = format(op.cb0);
            compute.format1 = format(op.cb1);
            break;
    }
    engine(risc, frame, compute);
}

namespace {

/// Which of the vector unit's algorithms a kernel asked for: TSR_SFPU_APPROX and its like, in the parameter that has
/// them for this function.
uint8_t sfpu_flags(const sim::SfpuOp& op) {
    if (op.operands != 1) {
        return 0;
    }
    switch (op.op) {
        case TSR_SFPU_EXP:
        case TSR_SFPU_LOG_SCALED:
        case TSR_SFPU_RDIV:
        case TSR_SFPU_RDIV_TRUNC:
        case TSR_SFPU_RDIV_FLOOR:
            return static_cast<uint8_t>(op.p1);
        case TSR_SFPU_EXPM1:
        case TSR_SFPU_LOG:
        case TSR_SFPU_LOG1P:
        case TSR_SFPU_TANH:
        case TSR_SFPU_SIGMOID:
        case TSR_SFPU_GELU:
        case TSR_SFPU_RECIP:
        case TSR_SFPU_SQRT:
        case TSR_SFPU_RSQRT:
        case TSR_SFPU_SOFTSIGN:
        case TSR_SFPU_SIN:
        case TSR_SFPU_COS:
        case TSR_SFPU_TAN:
        case TSR_SFPU_ASINH:
        case TSR_SFPU_ACOSH:
        case TSR_SFPU_ATANH:
            return static_cast<uint8_t>(op.p0);
        default:
            return 0;
    }
}

}  // namespace

void Recorder::sfpu_op(Risc& risc, const sim::SfpuOp& op) {
    const sim::Engine& engine_state = *static_cast<const sim::Engine*>(risc.context.engine);
    ComputeKey compute;
    compute.kind = record::Compute::Kind::Sfpu;
    compute.phases = 1;
    compute.dst_32bit = engine_state.fp32_dest ? 1 : 0;
    compute.op = sfpu_flags(op);
    compute.sfpu_op = static_cast<uint16_t>(op.op);
    compute.operands = op.operands;
    const uint32_t mode = op.faces & 0xFF, iterations = op.faces >> 8;
    compute.faces = mode == TSR_FACES_RC ? 4 : mode == TSR_FACES_R || mode == TSR_FACES_C ? 2 : 1;
    compute.face_rows = iterations == 0 || iterations >= 8 ? 16 : static_cast<uint8_t>(iterations * 2);
    engine(risc, __builtin_frame_address(0), compute);
}

}  // namespace tessera::recorder
