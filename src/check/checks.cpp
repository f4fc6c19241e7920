#include <check/checks.h>

namespace tessera::check {

void install(sim::Machine& machine) {
    using Checks = sim::Options::Checks;
    const Checks checks = machine.options().checks;
    if (checks == Checks::Off) {
        return;
    }
    machine.adopt_observer(make_circular_buffers());
    machine.adopt_observer(make_ordering(checks == Checks::Full));
}

}  // namespace tessera::check
