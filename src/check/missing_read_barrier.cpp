// A page may be pushed only when its bytes are there: a NoC read into it must have been waited for.
#include <check/checks.h>
#include <sim/core.h>

namespace tessera::check {
namespace {

class MissingReadBarrier final : public sim::Observer {
public:
    uint32_t events() const override { return CbPush; }

    void cb_push(sim::Risc& risc, uint32_t cb, uint32_t pages) override {
        for (const sim::NocQueue& queue : risc.noc) {
            if (!queue.reads.empty()) {
                look(risc, queue, cb, pages);
            }
        }
    }

private:
    static void look(sim::Risc& risc, const sim::NocQueue& queue, uint32_t cb, uint32_t pages) {
        const tsr_cb& buffer = risc.context.cbs[cb];
        const uint32_t first = buffer.fifo_wr_ptr;
        const uint32_t last = first + pages * buffer.fifo_page_size;
        for (const sim::PendingRead& read : queue.reads) {
            const auto to = static_cast<uint32_t>(read.destination - risc.context.l1);
            if (read.requested == 0 || to >= last || to + read.requested <= first) {
                continue;
            }
            std::string issued;
            const auto trace = sim::kernel_trace(risc, nullptr, static_cast<char*>(read.return_address) - 1);
            if (!trace.empty()) {
                issued = " issued at " + trace[0].file.substr(trace[0].file.rfind('/') + 1) + ":" +
                         std::to_string(trace[0].line);
            }
            sim::check_failed({.name = "missing-read-barrier",
                               .message = (pages == 1 ? std::string("page pushed") : "pages pushed") +
                                          " to circular buffer c_" + std::to_string(cb) + " before its bytes arrived",
                               .notes = {"NoC read" + issued + " is still in flight"},
                               .help = "call noc_async_read_barrier() before cb_push_back"});
            return;
        }
    }
};

}  // namespace

std::unique_ptr<sim::Observer> make_missing_read_barrier() {
    return std::make_unique<MissingReadBarrier>();
}

void install(sim::Machine& machine) {
    if (machine.options().checks == sim::Options::Checks::Off) {
        return;
    }
    machine.adopt_observer(make_missing_read_barrier());
}

}  // namespace tessera::check
