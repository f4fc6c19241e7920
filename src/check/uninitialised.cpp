// Bytes that nobody has written: DRAM that is read by the host, or that a kernel fetches and compute works on. The
// simulated memories begin as zeros, so such a program works here and gives garbage on a chip.
//
// DRAM has a bit for every 16 bytes that were written since the device was opened. A NoC transfer takes along where its
// source was never written; in L1 only that is kept, because the kernel's own stores are not watched. A page that
// compute waits for counts when all of it came from memory that was never written: then what compute pushes next counts
// as never written too. That compute works on such a page is only a note, for a program may run once for nothing but
// warming up; the host that reads what came of it is told.
//
// Where such bytes are the padding of a buffer (the end of its pages, pages of its shards that hold nothing of the
// tensor), a mark goes with them that says so, and the host that gets them is told of padding. Shards in L1 are looked
// at with all checks on only, for without these a kernel's own stores to their padding are not seen.
#include <base/reporter.h>
#include <check/checks.h>
#include <check/slots.h>
#include <sim/buffers.h>
#include <sim/core.h>
#include <sim/memory.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <mutex>

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

/// What is known of 16 bytes: that they were written, that they never were, or, from here on, whose padding they are.
using Kind = uint8_t;
constexpr Kind written_kind = 0, unwritten_kind = 1, first_padding = 2;

/// A kind for each 16 bytes of a memory, all zero at first. It takes up memory when the first is set.
class Marks {
public:
    explicit Marks(uint64_t bytes) : bytes_(bytes) {}

    bool any() const { return any_.load(std::memory_order_acquire); }
    Kind at(uint64_t address) const {
        return any() ? __atomic_load_n(memory_.data() + address / granule, __ATOMIC_RELAXED) : written_kind;
    }
    /// For the granules that [begin, end) touches; those that it covers if `whole`.
    void set(uint64_t begin, uint64_t end, Kind kind, bool whole = false) {
        if (kind != written_kind) {
            std::call_once(made_, [&] {
                memory_ = sim::Reservation(sim::round_up(bytes_ / granule + 1, sim::page_bytes), "a check's marks");
                memory_.open(0, memory_.size());
                any_.store(true, std::memory_order_release);
            });
        } else if (!any()) {
            return;
        }
        const uint64_t last = whole ? end / granule : (end + granule - 1) / granule;
        for (uint64_t i = whole ? (begin + granule - 1) / granule : begin / granule; i < last; ++i) {
            __atomic_store_n(memory_.data() + i, kind, __ATOMIC_RELAXED);
        }
    }
    /// The first granule that [begin, end) covers and that has a mark; `end` if there is none.
    uint64_t find(uint64_t begin, uint64_t end) const {
        for (uint64_t at = (begin + granule - 1) / granule * granule; any() && at + granule <= end; at += granule) {
            if (this->at(at) != written_kind) {
                return at;
            }
        }
        return end;
    }

private:
    const uint64_t bytes_;
    std::once_flag made_;
    std::atomic<bool> any_ = false;
    sim::Reservation memory_;
};

/// One controller. Marks: padding of other memory that was written here, or never-written padding computed with.
struct DramState {
    explicit DramState(uint64_t bytes) : written(bytes), marks(bytes) {}
    Bits written;
    Marks marks;
};

struct CoreState {
    explicit CoreState(uint64_t bytes) : unwritten(bytes), marks(bytes) {}
    Bits unwritten;
    Marks marks;                                       ///< of what is unwritten: the padding
    std::atomic<bool> any = false;                     ///< some bit of `unwritten` is set
    std::atomic<uint64_t> brought = 0;                 ///< return address of the transfer that set bits last
    const std::unique_ptr<DramState>* dram = nullptr;  ///< of its device's controllers
    uint64_t waited = 0;  ///< bit: compute has waited for such a page of this buffer and not popped it
    Kind waited_kind = unwritten_kind;
    Kind spoilt = written_kind;  ///< what compute pushes next was made of such pages

    Kind kind_at(uint64_t address) const {
        if (!unwritten.at(address)) {
            return written_kind;
        }
        const Kind mark = marks.at(address);
        return mark == written_kind ? unwritten_kind : mark;
    }
    void set(uint64_t begin, uint64_t end, Kind kind) {
        unwritten.fill(begin, end, kind != written_kind, true);
        if (kind != written_kind) {
            marks.set(begin, end, kind == unwritten_kind ? written_kind : kind);
        }
    }
};

class Uninitialised final : public sim::Observer {
public:
    explicit Uninitialised(sim::Machine& owner)
        : buffers_(owner.buffers()), full_(owner.options().checks == sim::Options::Checks::Full) {
        sim::Machine::Impl& machine = owner.impl();
        for (const auto& device : machine.devices) {
            State& state = devices_.emplace_back();
            state.device = device.get();
            for (const sim::Endpoint& endpoint : device->endpoints) {
                if (endpoint.kind == sim::Endpoint::Kind::Dram) {
                    state.dram.push_back(std::make_unique<DramState>(endpoint.bytes));
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
                    const DramState& dram = *here.dram[event.endpoint->index];
                    const uint64_t end = event.offset + event.bytes;
                    take(here, local, event.bytes, event.site,
                         dram.written.any(event.offset, end, false) || dram.marks.find(event.offset, end) != end,
                         [&](uint64_t at) { return kind_in_dram(risc, dram, *event.endpoint, event.offset + at); });
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
                    written_now(*here.dram[event.endpoint->index], event.offset, event.offset + event.bytes);
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
        here.set(begin, end, here.spoilt);
        here.spoilt = here.waited != 0 ? here.waited_kind : written_kind;
    }

    void cb_pop(sim::Risc& risc, uint32_t cb, uint32_t) override { of(risc).waited &= ~(uint64_t{1} << cb); }

    void cb_waited(sim::Risc& risc, uint32_t cb, uint32_t pages) override {
        CoreState& here = of(risc);
        if (!here.any) {
            return;
        }
        const tsr_cb& buffer = risc.context.cbs[cb];
        uint64_t page = buffer.fifo_rd_ptr;
        uint32_t of_padding = 0;
        Kind kind = written_kind;
        for (uint32_t i = 0; i < pages && page + buffer.fifo_page_size <= buffer.fifo_limit; ++i) {
            if (buffer.fifo_page_size >= granule && !here.unwritten.any(page, page + buffer.fifo_page_size, false)) {
                kind = here.kind_at(sim::round_up(page, granule));
                if (kind == unwritten_kind) {
                    break;
                }
                ++of_padding;
            }
            page += buffer.fifo_page_size;
        }
        // Among other pages of a shard padding is waited for, and need not be used.
        if (kind == unwritten_kind || (of_padding != 0 && of_padding == pages)) {
            here.waited |= uint64_t{1} << cb;
            here.waited_kind = here.spoilt = kind;
            tell(risc, here, cb);
        }
    }

    void launch_begin(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override {
        for (State& state : devices_) {
            for (const auto& core : state.cores) {
                core->waited = 0;
                core->spoilt = written_kind;
            }
        }
        if (const uint64_t generation = buffers_.generation(); generation != generation_) {
            look_at_buffers();
            generation_ = generation;
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
            if (DramState* dram = dram_of(state, memory)) {
                written_now(*dram, offset_, offset_ + bytes);
                return;
            }
        }
    }

    void host_read(const uint8_t* memory, uint64_t bytes) override {
        for (State& state : devices_) {
            const DramState* dram = dram_of(state, memory);
            if (dram == nullptr) {
                continue;
            }
            const uint64_t begin = offset_;
            if (const uint64_t at = dram->marks.find(begin, begin + bytes); at != begin + bytes) {
                tell_padding(state, *dram, at, begin + bytes);
                return;
            }
            const Bits* written = &dram->written;
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
        std::vector<std::unique_ptr<DramState>> dram;
        std::vector<const uint8_t*> dram_memory;
        std::vector<std::unique_ptr<CoreState>> cores;
        std::vector<sim::BufferPlace> places;  ///< buffers in DRAM, if one of them has padding
    };

    /// Whose padding it is that a mark stands for.
    struct Source {
        uint64_t number = 0;
        sim::BufferPlace::Padding padding = sim::BufferPlace::Padding::None;
        std::string text;
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
    DramState* dram_of(State& state, const uint8_t* memory) {
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

    static void written_now(DramState& dram, uint64_t begin, uint64_t end) {
        dram.written.fill(begin, end, true, true);
        dram.marks.set(begin, end, written_kind);
    }

    void look_at_buffers() {
        const std::vector<sim::BufferPlace> live = buffers_.live();
        for (State& state : devices_) {
            const uint32_t device = state.device->id;
            state.places.clear();
            bool padded = false;
            for (const sim::BufferPlace& place : live) {
                if (!place.on(device) || place.extent() == 0) {
                    continue;
                }
                if (place.memory == sim::Memory::Dram) {
                    state.places.push_back(place);
                    padded |= place.padded();
                } else if (full_ && place.owner && place.number > generation_ && place.padded() &&
                           !buffers_.is_placed_by_hand(device, sim::Memory::L1)) {
                    mark_shards(state, place);
                }
            }
            if (!padded) {
                state.places.clear();
            }
        }
    }

    /// The padding of a new buffer in L1 was not written yet.
    void mark_shards(State& state, const sim::BufferPlace& place) {
        for (const uint32_t bank : place.shards) {
            if (bank >= state.cores.size() || place.stride == 0) {
                continue;
            }
            CoreState& core = *state.cores[bank];
            for (uint64_t at = 0; at + place.stride <= place.shard_bytes; at += place.stride) {
                const uint64_t page = place.address + at;
                if (place.padding_at(bank, page) != sim::BufferPlace::Padding::None) {
                    core.any = true;
                    core.set(page, page + place.stride, mark_of(place, sim::BufferPlace::Padding::Shard));
                }
            }
        }
    }

    Kind mark_of(const sim::BufferPlace& place, sim::BufferPlace::Padding padding) {
        const std::lock_guard lock(sources_mutex_);
        const auto found = std::find_if(sources_.begin(), sources_.end(), [&](const Source& source) {
            return source.number == place.number && source.padding == padding;
        });
        if (found != sources_.end()) {
            return static_cast<Kind>(first_padding + (found - sources_.begin()));
        }
        constexpr size_t most_sources = 250;
        if (sources_.size() == most_sources) {
            return unwritten_kind;
        }
        uint64_t room = 0;
        for (size_t i = 0; place.shard_pages != nullptr && i < place.shard_pages->size(); ++i) {
            room += (*place.shard_pages)[i].size();
        }
        const std::string buffer =
            std::string(place.memory == sim::Memory::Dram ? "DRAM" : "L1") + " buffer of " + place.describe();
        sources_.push_back(
            {place.number, padding,
             padding == sim::BufferPlace::Padding::PageEnd
                 ? "the padding: each page of the " + buffer + " is followed by " +
                       std::to_string(place.stride - place.page_bytes) + " bytes, up to the next aligned page"
                 : "the padding: the shards of the " + buffer + " have room for " + std::to_string(room) + " pages"});
        return static_cast<Kind>(first_padding + sources_.size() - 1);
    }

    /// Of 16 bytes of a controller that a kernel reads.
    Kind kind_in_dram(const sim::Risc& risc, const DramState& dram, const sim::Endpoint& endpoint, uint64_t offset) {
        if (const Kind mark = dram.marks.at(offset); mark != written_kind) {
            return mark;
        }
        if (dram.written.at(offset)) {
            return written_kind;
        }
        const State& state = devices_[risc.core->device->id];
        const arch::Chip& chip = *state.device->chip;
        for (uint32_t bank = 0; !state.places.empty() && bank < chip.num_dram_banks; ++bank) {
            if (chip.dram_bank_controller[bank] == endpoint.index && offset >= chip.dram_bank_offset[bank] &&
                offset - chip.dram_bank_offset[bank] < chip.dram_bank_bytes) {
                return kind_in_bank(state, bank, offset / granule * granule - chip.dram_bank_offset[bank]);
            }
        }
        return unwritten_kind;
    }

    /// It is padding if every buffer that knows this byte says so.
    Kind kind_in_bank(const State& state, uint32_t bank, uint64_t address) {
        Kind kind = unwritten_kind;
        for (const sim::BufferPlace& place : state.places) {
            if (address < place.address || address - place.address >= place.bytes_in(bank)) {
                continue;
            }
            const auto padding = place.padding_at(bank, address);
            if (padding == sim::BufferPlace::Padding::None) {
                if (place.owner || place.shard_pages != nullptr || !place.sharded()) {
                    return unwritten_kind;
                }
                continue;  // a view that does not know where the tensor's pages lie
            }
            kind = mark_of(place, padding);
        }
        return kind;
    }

    void tell_padding(const State& state, const DramState& dram, uint64_t at, uint64_t end) {
        const Kind mark = dram.marks.at(at);
        uint64_t last = at;
        while (last + granule <= end && dram.marks.at(last) == mark) {
            last += granule;
        }
        const std::lock_guard lock(sources_mutex_);
        Reporter::instance().report(
            {.name = "padding-in-results",
             .severity = Diagnostic::Severity::Warning,
             .message = "the host reads bytes that come from padding which nobody has written",
             .notes = {sources_[static_cast<size_t>(mark - first_padding)].text,
                       "first seen: " + std::to_string(last - at) + " bytes at " + hex(at) + " of DRAM controller " +
                           std::to_string(index_) + " of device " + std::to_string(state.device->id)},
             .help = "use a page's page_size bytes only, not its aligned size; leave pages of shards that the tensor "
                     "does not fill out of results, or fill them first"});
    }

    /// Bytes arrive in L1; some_unwritten: kind_of(offset) is to be asked for each granule.
    template <class KindOf>
    static void take(CoreState& to, uint64_t address, uint64_t bytes, const void* site, bool some_unwritten,
                     KindOf&& kind_of) {
        if (!some_unwritten) {
            if (to.any) {
                to.unwritten.fill(address, address + bytes, false, true);
            }
            return;
        }
        take_kinds(to, address, bytes, site, kind_of);
    }

    template <class KindOf>
    [[gnu::noinline]] static void take_kinds(CoreState& to, uint64_t address, uint64_t bytes, const void* site,
                                             KindOf&& kind_of) {
        to.any = true;
        to.brought = reinterpret_cast<uintptr_t>(site);
        for (uint64_t at = 0; at < bytes; at += granule) {
            const uint64_t end = std::min(at + granule, bytes);
            to.set(address + at, address + end, kind_of(at));
        }
    }

    static void take_from(CoreState& to, uint64_t address, uint64_t bytes, const void* site, const CoreState& from,
                          uint64_t source) {
        take(to, address, bytes, site, from.any && from.unwritten.any(source, source + bytes, true),
             [&](uint64_t at) { return from.kind_at(source + at); });
    }

    static void give(DramState& to, uint64_t address, uint64_t bytes, const CoreState& from, uint64_t source) {
        if (!from.any || !from.unwritten.any(source, source + bytes, true)) {
            written_now(to, address, address + bytes);
            return;
        }
        give_kinds(to, address, bytes, from, source);
    }

    [[gnu::noinline]] static void give_kinds(DramState& to, uint64_t address, uint64_t bytes, const CoreState& from,
                                             uint64_t source) {
        for (uint64_t at = 0; at < bytes; at += granule) {
            const uint64_t end = std::min(at + granule, bytes);
            const Kind kind = from.kind_at(source + at);
            if (kind == written_kind) {
                written_now(to, address + at, address + end);
            } else if (kind >= first_padding) {
                to.marks.set(address + at, address + end, kind, true);
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

    const sim::BufferRegistry& buffers_;
    const bool full_;
    std::vector<State> devices_;
    uint64_t generation_ = 0;  ///< of the buffers that are known
    std::mutex sources_mutex_;
    std::vector<Source> sources_;  ///< by mark
    uint64_t offset_ = 0;
    size_t index_ = 0;
};

}  // namespace

std::unique_ptr<sim::Observer> make_uninitialised(sim::Machine& machine) {
    return std::make_unique<Uninitialised>(machine);
}

}  // namespace tessera::check
