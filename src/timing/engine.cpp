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
        case Compute::Kind::Configure: {
            // Other formats: of SrcA, SrcB or both, for which two threads set registers; else of what is packed.
            constexpr uint8_t none = 255;
            const int operands = (compute.format0 != none ? 1 : 0) + (compute.format1 != none ? 1 : 0);
            EngineWork work;
            work.unpack_issue = operands * time.unpack.configure;
            work.math_issue = operands * time.math.configure;
            work.pack_issue = (compute.op & record::ConfiguresPacked) != 0 ? time.pack.configure : 0;
            return work;
        }
    }
    throw Error("bad-recording", "the recording has an operation of the Tensix engine of kind " +
                                     std::to_string(static_cast<int>(compute.kind)) + ", which does not exist");
}

}  // namespace tessera::timing
