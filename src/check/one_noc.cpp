// In dedicated NoC mode each data-movement kernel counts its own transactions, but waits on the counters of the NoC:
// two kernels of a core that use one NoC never see the sums that they wait for.
#include <check/checks.h>
#include <check/slots.h>
#include <sim/core.h>

namespace tessera::check {
namespace {

constexpr size_t kinds = 3;  ///< reads, writes that are acknowledged, atomics: what the NoC counts apart

struct Users {
    uint64_t run = 0;
    uint8_t issued[TSR_NUM_NOCS][kinds] = {};  ///< a bit a processor
    bool told = false;
};

class OneNoc final : public sim::Observer {
public:
    uint32_t events() const override { return Kernels | Noc | Launches; }

    void launch_begin(sim::Machine::Impl& machine, std::span<const sim::ProgramLaunch* const> programs) override {
        run_ = machine.runs;
        users_.resize(machine.devices.size());
        for (const sim::ProgramLaunch* program : programs) {
            users_[program->device].resize(machine.devices[program->device]->cores.size());
        }
    }

    void kernel_start(sim::Risc& risc) override {
        Users& users = users_[risc.device().id][static_cast<size_t>(risc.core - risc.device().cores.data())];
        if (users.run != run_) {
            users = {.run = run_};
        }
        slot(risc, Slot::OneNoc) = &users;
    }

    void noc_issue(sim::Risc& risc, const sim::NocEvent& event) override {
        if (risc.context.noc_mode != 0 || (event.flags & TSR_NOC_POSTED) != 0) {
            return;
        }
        Users& users = kept<Users>(risc, Slot::OneNoc);
        const size_t kind = event.kind == sim::NocEvent::Kind::Read     ? 0
                            : event.kind == sim::NocEvent::Kind::Atomic ? 2
                                                                        : 1;
        uint8_t& issued = users.issued[event.noc & 1][kind];
        issued |= static_cast<uint8_t>(1u << static_cast<unsigned>(risc.processor));
        if (issued == 3 && !users.told) [[unlikely]] {
            users.told = true;
            tell(kind, event.noc);
        }
    }

private:
    [[gnu::cold, gnu::noinline]] static void tell(size_t kind, uint8_t noc) {
        const char* const names[kinds] = {"reads", "writes", "atomics"};
        sim::check_failed({.name = "both-kernels-on-one-noc",
                           .severity = Diagnostic::Severity::Warning,
                           .message = "both data-movement kernels of a core issue " + std::string(names[kind]) +
                                      " on NoC " + std::to_string(noc & 1),
                           .notes = {"each counts its own, and the NoC counts them together: a barrier of either "
                                     "may wait for ever"},
                           .help = "give RISCV_0 and RISCV_1 different NoCs in DataMovementConfig, or set noc_mode "
                                   "to DM_DYNAMIC_NOC for both"});
    }

    uint64_t run_ = 0;
    std::vector<std::vector<Users>> users_;  ///< by device and core
};

}  // namespace

std::unique_ptr<sim::Observer> make_one_noc() {
    return std::make_unique<OneNoc>();
}

}  // namespace tessera::check
