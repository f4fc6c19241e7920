#include <timing/engine.h>

#include <algorithm>
#include <string>

#include <base/error.h>
#include <timing/engine_parts.h>

namespace tessera::timing {

using record::Compute;

namespace parts {

EngineWork from_steps(const Steps& steps, const arch::EngineTime& time) {
    const Pipeline pipeline = run_pipeline(steps, time);
    EngineWork work;
    work.unpack = pipeline.unpack;
    work.math = pipeline.math;
    (pipeline.unpack > pipeline.math ? work.unpack : work.math) = pipeline.period;
    work.pieces = std::max(1u, pipeline.fillings);
    work.latency = time.unpack_latency;
    return work;
}

}  // namespace parts

namespace {

/// Only the threads' cores have work: they set registers, which wait for what is under way.
EngineWork configure(const Compute& compute, const arch::EngineTime& time) {
    constexpr uint8_t none = 255;
    const auto sets = [&](uint8_t bit) { return (compute.op & bit) != 0 ? 1 : 0; };
    const int operands =
        sets(record::ConfiguresOperands) * ((compute.format0 != none ? 1 : 0) + (compute.format1 != none ? 1 : 0));
    EngineWork work;
    work.unpack_issue = operands * time.unpack.format + sets(record::ConfiguresUnpack) * time.unpack.init;
    work.math_issue = operands * time.math.format + sets(record::ConfiguresMath) * time.math.init +
                      sets(record::ConfiguresVector) * time.math.vector_init;
    work.pack_issue = sets(record::ConfiguresPacked) * time.pack.format + sets(record::ConfiguresPack) * time.pack.init;
    return work;
}

}  // namespace

EngineWork engine_work(const Compute& compute, const arch::Chip& chip) {
    const arch::EngineTime& time = arch::engine_time(chip.name);
    switch (compute.kind) {
        case Compute::Kind::Copy:
            return parts::copy(compute, time);
        case Compute::Kind::Binary:
            return parts::binary(compute, time);
        case Compute::Kind::BinaryDestReuse:
            return parts::binary_dest_reuse(compute, time);
        case Compute::Kind::Matmul:
            return parts::matmul(compute, time);
        case Compute::Kind::Reduce:
            return parts::reduce(compute, time);
        case Compute::Kind::TransposeDst:
            return parts::transpose_dst(compute, time);
        case Compute::Kind::UnpackTilize:
            return parts::unpack_tilize(compute, time);
        case Compute::Kind::Sfpu:
            return parts::vector_function(compute, time, chip);
        case Compute::Kind::SfpiCode:
            return parts::vector_code(compute, time);
        case Compute::Kind::Pack:
            return parts::pack(compute, time);
        case Compute::Kind::PackRows:
            return parts::pack_rows(compute, time);
        case Compute::Kind::PackUntilize:
            return parts::pack_untilize(compute, time);
        case Compute::Kind::Configure:
            return configure(compute, time);
    }
    throw Error("bad-recording", "the recording has an operation of the Tensix engine of kind " +
                                     std::to_string(static_cast<int>(compute.kind)) + ", which does not exist");
}

}  // namespace tessera::timing
