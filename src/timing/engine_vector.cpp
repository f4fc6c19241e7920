// Functions of the vector unit, and a kernel's own code for it.
#include <iterator>
#include <string>

#include <base/error.h>
#include <timing/engine_parts.h>

#include <tessera/abi_sfpu.h>

namespace tessera::timing::parts {
namespace {

#define TESSERA_NAME(name, input, output) #name,
constexpr const char* unary_names[] = {TSR_SFPU_UNARY_OPS(TESSERA_NAME)};
constexpr const char* binary_names[] = {TSR_SFPU_BINARY_OPS(TESSERA_NAME) TSR_SFPU_MIXED_OPS(TESSERA_NAME)};
constexpr const char* ternary_names[] = {TSR_SFPU_TERNARY_OPS(TESSERA_NAME)};
#undef TESSERA_NAME

const char* function_name(uint32_t operands, uint32_t op) {
    switch (operands) {
        case 1:
            return op < std::size(unary_names) ? unary_names[op] : nullptr;
        case 2:
            return op < std::size(binary_names) ? binary_names[op] : nullptr;
        case 3:
            return op < std::size(ternary_names) ? ternary_names[op] : nullptr;
        default:
            return nullptr;
    }
}

}  // namespace

EngineWork vector_function(const record::Compute& c, const arch::EngineTime& time, const arch::Chip& chip) {
    const char* name = function_name(c.operands, c.sfpu_op);
    if (name == nullptr) {
        throw Error("bad-recording", "the recording has a function of the vector unit with " +
                                         std::to_string(c.operands) + " operands and number " +
                                         std::to_string(c.sfpu_op) + ", which does not exist");
    }
    const bool approximate = (c.op & TSR_SFPU_APPROX) != 0;
    const double instructions = arch::vector_instructions(chip.name, c.operands, name, c.dst_32bit, approximate);
    if (instructions == 0) {
        throw Error("bad-recording", std::string("there is no figure for what the vector unit takes for ") + name);
    }
    // An instruction takes 32 values: 4 rows of every second column.
    const double iterations = c.face_rows / 2.0;
    EngineWork work;
    work.math = time.vector_begin + c.faces * (time.vector_face + iterations * instructions);
    // The core sends every instruction itself.
    work.math_issue = time.math.sfpu + c.faces * (time.math.face + iterations * instructions);
    work.latency = time.vector_latency;
    return work;
}

EngineWork vector_code(const record::Compute& c, const arch::EngineTime& time) {
    EngineWork work;
    work.math = c.instructions;
    work.math_issue = c.instructions;
    work.latency = time.vector_latency;
    return work;
}

}  // namespace tessera::timing::parts
