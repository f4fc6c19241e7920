// Bytes that nobody has written: DRAM that is read by the host, or that a kernel fetches and compute works on. The
// simulated memories begin as zeros, so such a program works here and gives garbage on a chip.
//
// DRAM has a bit for every 16 bytes that were written since the device was opened. A NoC transfer takes along where its
// source was never written; in L1 only that is kept, because the kernel's own stores are not watched. A page that
// compute waits for counts when all of it came from memory that was never written: then what compute pushes next counts
// as never written too. That compute works on such a page is only a note, for a program may run once for nothing but
// warming up; the host that reads what came of it is told.
#include <base/reporter.h>
#include <check/checks.h>
#include <check/slots.h>
#include <sim/core.h>
#include <sim/memory.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

namespace tessera::check {
namespace {

using sim::NocEvent;

constexpr uint64_t granule = 16;
/// A hole of so many bytes in what the host reads is no padding.
constexpr uint64_t smallest_hole = 512;

/// One bit for each 16 bytes of a memory, all zero at first.
class Bits {
public:
    explicit Bits(uint64_t bytes) : memory_(sim::round_up(bytes / granule / 8 + 8, sim::page_bytes), "a check's bits") {
        memory_.open(0, memory_.size());
    }

    /// Sets or clears the granules that [begin, end) touches (outward) or covers.
    void fill(uint64_t begin, uint64_t end, bool value, bool outward) {
        uint64_t first = outward ? begin / granule : (begin + granule - 1) / granule;
        const uint64_t last = outward ? (end + granule - 1) / granule : end / granule;
        while (first < last) {
            const uint64_t bits = std::min<uint64_t>(64 - first % 64, last - first);
            const uint64_t mask = (bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1) << first % 64;
            uint64_t& word = words()[first / 64];
            if (value) {
                if ((__atomic_load_n(&word, __ATOMIC_RELAXED) & mask) != mask) {
                    __atomic_fetch_or(&word, mask, __ATOMIC_RELAXED);
                }
            } else if ((__atomic_load_n(&word, __ATOMIC_RELAXED) & mask) != 0) {
                __atomic_fetch_and(&word, ~mask, __ATOMIC_RELAXED);
            }
            first += bits;
        }
    }

    /// Whether a granule that [begin, end) covers has this value.
    bool any(uint64_t begin, uint64_t end, bool value) const {
        uint64_t first = (begin + granule - 1) / granule;
        const uint64_t last = end / granule;
        while (first < last) {
            const uint64_t bits = std::min<uint64_t>(64 - first % 64, last - first);
            const uint64_t mask = (bits == 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1) << first % 64;
            const uint64_t word = __atomic_load_n(&words()[first / 64], __ATOMIC_RELAXED);
            if (((value ? word : ~word) & mask) != 0) {
                return true;
            }
            first += bits;
        }
        return false;
    }

    bool at(uint64_t address) const {
        const uint64_t bit = address / granule;
        return (__atomic_load_n(&words()[bit / 64], __ATOMIC_RELAXED) >> bit % 64 & 1) != 0;
    }

private:
    uint64_t* words() const { return reinterpret_cast<uint64_t*>(memory_.data()); }
    sim::Reservation memory_;
};

struct CoreState {
    explicit CoreState(uint64_t bytes) : unwritten(bytes) {}
    Bits unwritten;
    std::atomic<bool> any = false;                ///< some bit of it is set
    std::atomic<uint64_t> brought = 0;            ///< return address of the transfer that set bits last
    const std::unique_ptr<Bits>* dram = nullptr;  ///< of its device's controllers: what was written
    uint64_t waited = 0;  ///< bit: compute has waited for such a page of this buffer and not popped it
    bool spoilt = false;  ///< what compute pushes next was made of such pages
};

class Uninitialised final : public sim::Observer {
public:
    explicit Uninitialised(sim::Machine::Impl& machine) {
        for (const auto& device : machine.devices) {
            State& state = devices_.emplace_back();
            state.device = device.get();
            for (const sim::Endpoint& endpoint : device->endpoints) {
                if (endpoint.kind == sim::Endpoint::Kind::Dram) {
                    state.dram.push_back(std::make_unique<Bits>(endpoint.bytes));
                    state.dram_memory.push_back(endpoint.memory);
                }
            }
            for (size_t i = 0; i < device->cores.size(); ++i) {
                state.cores.push_back(std::make_unique<CoreState>(device->chip->l1_bytes));
                state.cores.back()->dram = state.dram.data();
            }
        }
    }

    uint32_t events() const override { return Kernels | Noc | HostMemory | Accesses | Launches; }
    uint32_t compute_events() const override { return CbPush | CbPop | Passed; }

    void kernel_start(sim::Risc& risc) override { slot(risc, Slot::Uninitialised) = &core(*risc.core); }

    void noc_issue(sim::Risc& risc, const NocEvent& event) override {
        CoreState& here = of(risc);
        const uint64_t local = event.local_l1;
        switch (event.kind) {
            case NocEvent::Kind::Read:
                if (event.endpoint->kind == sim::Endpoint::Kind::Dram) {
                    const Bits& written = *here.dram[event.endpoint->index];
                    take(here, local, event.bytes, event.site,
                         written.any(event.offset, event.offset + event.bytes, false),
                         [&](uint64_t at) { return !written.at(event.offset + at); });
                } else if (event.endpoint->kind == sim::Endpoint::Kind::Worker) {
                    take_from(here, local, event.bytes, event.site, core(*event.endpoint->core), event.offset);
                }
                break;
            case NocEvent::Kind::Write:
                for (const sim::Core* target : event.targets) {
                    take_from(core(*target), event.offset, event.bytes, event.site, here, local);
                }
                if (event.multicast) {
                    break;
                }
                if (event.endpoint->kind == sim::Endpoint::Kind::Worker) {
                    take_from(core(*event.endpoint->core), event.offset, event.bytes, event.site, here, local);
                } else if (event.endpoint->kind == sim::Endpoint::Kind::Dram) {
                    give(*here.dram[event.endpoint->index], event.offset, event.bytes, here, local);
                }
                break;
            case NocEvent::Kind::InlineWrite:
            case NocEvent::Kind::Atomic:
                if (!event.multicast && event.endpoint->kind == sim::Endpoint::Kind::Dram) {
                    here.dram[event.endpoint->index]->fill(event.offset, event.offset + event.bytes, true, true);
                }
                break;
        }
    }

    void cb_push(sim::Risc& risc, uint32_t cb, uint32_t pages) override {
        CoreState& here = of(risc);
        if (!here.any) {
            return;
        }
        const tsr_cb& buffer = risc.context.cbs[cb];
        const uint64_t begin = buffer.fifo_wr_ptr;
        const uint64_t end = std::min<uint64_t>(begin + uint64_t{pages} * buffer.fifo_page_size, buffer.fifo_limit);
        here.unwritten.fill(begin, end, here.spoilt, true);
        here.spoilt = here.waited != 0;
    }

    void cb_pop(sim::Risc& risc, uint32_t cb, uint32_t) override { of(risc).waited &= ~(uint64_t{1} << cb); }

    void cb_waited(sim::Risc& risc, uint32_t cb, uint32_t pages) override {
        CoreState& here = of(risc);
        if (!here.any) {
            return;
        }
        const tsr_cb& buffer = risc.context.cbs[cb];
        uint64_t page = buffer.fifo_rd_ptr;
        for (uint32_t i = 0; i < pages && page + buffer.fifo_page_size <= buffer.fifo_limit; ++i) {
            if (buffer.fifo_page_size >= granule && !here.unwritten.any(page, page + buffer.fifo_page_size, false)) {
                here.waited |= uint64_t{1} << cb;
                here.spoilt = true;
                tell(risc, here, cb);
                return;
            }
            page += buffer.fifo_page_size;
        }
    }

    void launch_begin(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override {
        for (State& state : devices_) {
            for (const auto& core : state.cores) {
                core->waited = 0;
                core->spoilt = false;
            }
        }
    }

    void local_access(sim::Risc& risc, const sim::LocalAccess& access) override {
        if (!access.store) {
            return;
        }
        if (CoreState& here = of(risc); here.any) {
            here.unwritten.fill(access.address, access.address + access.bytes, false, true);
        }
    }

    void host_write(const uint8_t* memory, uint64_t bytes) override {
        for (State& state : devices_) {
            if (state.device->l1.contains(memory)) {
                for (size_t i = 0; i < state.cores.size(); ++i) {
                    const auto at = static_cast<uint64_t>(memory - state.device->cores[i].l1);
                    if (at < state.device->chip->l1_bytes && state.cores[i]->any) {
                        state.cores[i]->unwritten.fill(at, at + bytes, false, true);
                    }
                }
                return;
            }
            if (Bits* written = dram(state, memory)) {
                const uint64_t at = offset_;
                written->fill(at, at + bytes, true, true);
                return;
            }
        }
    }

    void host_read(const uint8_t* memory, uint64_t bytes) override {
        for (State& state : devices_) {
            const Bits* written = dram(state, memory);
            if (written == nullptr) {
                continue;
            }
            const uint64_t begin = offset_;
            if (!written->any(begin, begin + bytes, false)) {
                return;
            }
            uint64_t hole = 0, largest = 0, where = 0;
            for (uint64_t at = sim::round_up(begin, granule); at + granule <= begin + bytes; at += granule) {
                hole = written->at(at) ? 0 : hole + granule;
                if (hole > largest) {
                    largest = hole;
                    where = at + granule - hole;
                }
            }
            if (largest >= std::min(smallest_hole, std::max(bytes, granule))) {
                Reporter::instance().report(
                    {.name = "uninitialised-output",
                     .severity = Diagnostic::Severity::Warning,
                     .message =
                         "the host reads DRAM that was never written, or was computed from what was never written",
                     .notes = {"first seen: " + std::to_string(largest) + " bytes at " + hex(where) +
                               " of DRAM controller " + std::to_string(index_) + " of device " +
                               std::to_string(state.device->id) + ", in a read of " + std::to_string(bytes) + " bytes"},
                     .help = "the chip gives whatever was there before; check that the kernel writes every page of its "
                             "output, and that this is the buffer that was meant"});
            }
            return;
        }
    }

private:
    struct State {
        const sim::Device* device = nullptr;
        std::vector<std::unique_ptr<Bits>> dram;
        std::vector<const uint8_t*> dram_memory;
        std::vector<std::unique_ptr<CoreState>> cores;
    };

    static std::string hex(uint64_t value) {
        char text[32];
        std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
        return text;
    }

    static CoreState& of(const sim::Risc& risc) { return kept<CoreState>(risc, Slot::Uninitialised); }

    CoreState& core(const sim::Core& core) {
        return *devices_[core.device->id].cores[static_cast<size_t>(&core - core.device->cores.data())];
    }

    /// The bits of the controller that holds this memory, whose offset_ and index_ are set; null for other memory. Host
    /// accesses come one at a time.
    Bits* dram(State& state, const uint8_t* memory) {
        if (!state.device->dram.contains(memory)) {
            return nullptr;
        }
        for (size_t i = 0; i < state.dram.size(); ++i) {
            if (memory >= state.dram_memory[i] && memory < state.dram_memory[i] + state.device->controller_bytes) {
                offset_ = static_cast<uint64_t>(memory - state.dram_memory[i]);
                index_ = i;
                return state.dram[i].get();
            }
        }
        return nullptr;
    }

    /// Bytes arrive in L1; some_unwritten: unwritten(offset) is to be asked for each granule.
    template <class Unwritten>
    static void take(CoreState& to, uint64_t address, uint64_t bytes, const void* site, bool some_unwritten,
                     Unwritten&& unwritten) {
        if (!some_unwritten) {
            if (to.any) {
                to.unwritten.fill(address, address + bytes, false, true);
            }
            return;
        }
        to.any = true;
        to.brought = reinterpret_cast<uintptr_t>(site);
        for (uint64_t at = 0; at < bytes; at += granule) {
            const uint64_t end = std::min(at + granule, bytes);
            to.unwritten.fill(address + at, address + end, unwritten(at), true);
        }
    }

    static void take_from(CoreState& to, uint64_t address, uint64_t bytes, const void* site, const CoreState& from,
                          uint64_t source) {
        take(to, address, bytes, site, from.any && from.unwritten.any(source, source + bytes, true),
             [&](uint64_t at) { return from.unwritten.at(source + at); });
    }

    static void give(Bits& written, uint64_t address, uint64_t bytes, const CoreState& from, uint64_t source) {
        if (!from.any || !from.unwritten.any(source, source + bytes, true)) {
            written.fill(address, address + bytes, true, true);
            return;
        }
        for (uint64_t at = 0; at < bytes; at += granule) {
            const uint64_t end = std::min(at + granule, bytes);
            if (!from.unwritten.at(source + at)) {
                written.fill(address + at, address + end, true, true);
            }
        }
    }

    static void tell(sim::Risc& risc, const CoreState& here, uint32_t cb) {
        Diagnostic finding{.name = "uninitialised-tile",
                           .severity = Diagnostic::Severity::Note,
                           .message = "compute works on a page of circular buffer c_" + std::to_string(cb) +
                                      " that comes from memory nobody has ever written",
                           .help =
                               "the chip computes with whatever was there before; write the buffer first, or check "
                               "the page index and the buffer's address"};
        auto* site = reinterpret_cast<uint8_t*>(here.brought.load());
        for (const sim::Risc* mate : risc.core->riscs) {
            if (mate != nullptr && mate->code != nullptr && site > mate->context.image &&
                site < mate->context.image + mate->context.image_size) {
                finding.related.push_back({.message = "it was last brought by " + sim::describe(*mate) + ":",
                                           .trace = sim::kernel_trace(*mate, nullptr, site - 1)});
                break;
            }
        }
        sim::check_failed(std::move(finding));
    }

    std::vector<State> devices_;
    uint64_t offset_ = 0;
    size_t index_ = 0;
};

}  // namespace

std::unique_ptr<sim::Observer> make_uninitialised(sim::Machine& machine) {
    return std::make_unique<Uninitialised>(machine.impl());
}

}  // namespace tessera::check
