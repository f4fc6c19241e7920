#include <check/checks.h>

#include <base/reporter.h>

namespace tessera::check {

void install(sim::Machine& machine) {
    using Checks = sim::Options::Checks;
    const Checks checks = machine.options().checks;
    if (checks == Checks::Off) {
        return;
    }
    machine.adopt_observer(make_circular_buffers());
    machine.adopt_observer(make_left_over(Reporter::instance().policy().notes));
    machine.adopt_observer(make_ordering(checks == Checks::Full));
    machine.adopt_observer(make_uninitialised(machine));
    machine.adopt_observer(make_allocations(machine));
    machine.adopt_observer(make_one_noc());
}

}  // namespace tessera::check
