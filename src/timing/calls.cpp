#include <timing/calls.h>

#include <arch/noc_time.h>

namespace tessera::timing {

Cycles call_cycles(const record::Event& event, Unit, const arch::Chip& chip) {
    using record::Op;
    switch (event.op) {
        case Op::NocRead:
            return arch::issue_cycles(chip.name, (event.flags & record::WithState) != 0 ? "read_with_state" : "read");
        case Op::NocWrite:
        case Op::NocInlineWrite:
        case Op::NocAtomic:
            return arch::issue_cycles(chip.name, (event.flags & record::Multicast) != 0   ? "multicast"
                                                 : (event.flags & record::WithState) != 0 ? "write_with_state"
                                                                                          : "write");
        default:
            return 0;
    }
}

}  // namespace tessera::timing
