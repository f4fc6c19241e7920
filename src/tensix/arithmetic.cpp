// Chooses the implementation of the arithmetic for a mode, a chip and this CPU.
#include <tensix/arithmetic.h>

#include <cstdlib>
#include <string>

#include <base/error.h>
#include <tensix/fast.h>
#include <tensix/ops.h>

namespace tessera::tensix {

const Arithmetic* arithmetic_by_name(MathMode mode, Chip chip, const char* level) {
    return mode == MathMode::Fast ? fast_by_name(chip, level) : nullptr;
}

const Arithmetic& arithmetic(MathMode mode, Chip chip) {
    if (const Arithmetic* found = arithmetic_by_name(mode, chip, ops().level)) {
        return *found;
    }
    throw Error("bad-environment", "the exact mode is not there");
}

}  // namespace tessera::tensix
