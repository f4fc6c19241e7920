// Whether a transfer touches memory that belongs to somebody: DRAM in which no buffer lies, memory of a buffer that was
// freed, pages that the buffer does not have, and the part of L1 that is the firmware's. What buffers there are is
// known before a run and does not change during it.
#include <check/buffer_places.h>
#include <check/checks.h>
#include <check/slots.h>
#include <sim/buffers.h>
#include <sim/core.h>
#include <sim/pages.h>

#include <algorithm>
#include <cstdio>
#include <unordered_map>

namespace tessera::check {
namespace {

using sim::BufferPlace;
using sim::Memory;

std::string hex(uint64_t value) {
    char text[32];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

/// A stretch of one memory in which transfers need not be looked at again.
struct Known {
    const sim::Endpoint* endpoint = nullptr;
    uint64_t begin = 0, end = 0;  ///< in the endpoint's addresses
};

/// How much of a bank an interleaved buffer takes up from its base address on: `full` bytes in every bank, and `more`
/// in those before `rest`.
struct PageLimit {
    uint32_t base = 0;
    uint32_t full = 0;
    uint32_t rest = 0;
    uint32_t more = 0;
};

/// An address that a generator computed of a page that its buffer does not have. It is a mistake when it is used: loops
/// compute the next page's address before they end.
struct Suspect {
    sim::PageUse use;
    const BufferPlace* buffer = nullptr;
};

struct DeviceView;

/// What a processor has found out in this run.
struct State {
    static constexpr size_t sets = 32;
    Known known[sets][2];
    uint8_t next[sets] = {};
    uint32_t reports = 0;

    static constexpr size_t limits_kept = 8, suspects_kept = 8;
    PageLimit limits[2][limits_kept];  ///< of DRAM at 1; by a hash of their base
    Suspect suspects[suspects_kept];
    uint32_t num_suspects = 0, next_suspect = 0;
    const DeviceView* view = nullptr;

    static constexpr size_t settled_kept = 4;
    struct Settled {
        uint32_t base = 0;
        bool dram = false, known = false;
    } settled[settled_kept];  ///< base addresses of which nothing more is to be found out or told; by a hash of them
    Settled& settled_of(const sim::PageUse& use) {
        return settled[(use.base * 0x9E3779B1u >> 30) ^ (use.dram ? 1 : 0)];
    }
    bool is_settled(const sim::PageUse& use) {
        const Settled& found = settled_of(use);
        return found.known && found.base == use.base && found.dram == use.dram;
    }

    PageLimit& limit_of(const sim::PageUse& use) { return limits[use.dram ? 1 : 0][use.base * 0x9E3779B1u >> 29]; }
    void forget(uint64_t noc_addr) {
        for (uint32_t i = 0; i < num_suspects; ++i) {
            if (suspects[i].use.noc_addr == noc_addr) {
                suspects[i--] = suspects[--num_suspects];
            }
        }
    }
    void suspect(const sim::PageUse& use, const BufferPlace& buffer) {
        forget(use.noc_addr);
        if (num_suspects < suspects_kept) {
            suspects[num_suspects++] = {use, &buffer};
        } else {
            suspects[next_suspect++ % suspects_kept] = {use, &buffer};
        }
    }
};

/// One device as it is during a run.
struct DeviceView {
    BufferPlaces live[2], gone[2];  ///< by Memory
    bool silent = false;            ///< nothing is said of DRAM that no buffer lies in
    bool l1_by_hand = false;        ///< the host places things in L1 itself: freed memory there may be such a place
    std::vector<std::unique_ptr<State[]>> states;  ///< by core, one a processor
    const sim::ProgramLaunch* launch = nullptr;
    std::unordered_map<uint32_t, const sim::CoreLaunch*> launched;  ///< by core; filled when it is first needed
};

/// One end of a transfer.
struct End {
    const sim::Endpoint* endpoint = nullptr;  ///< null: the L1 of `core`
    sim::Core* core = nullptr;
    uint64_t offset = 0;
    uint32_t bytes = 0;
    bool writes = false;  ///< its bytes change
};

class Allocations final : public sim::Observer {
public:
    explicit Allocations(sim::Machine& machine)
        : buffers_(machine.buffers()), full_(machine.options().checks == sim::Options::Checks::Full) {
        sim::watch_pages(page_computed);
    }

    uint32_t events() const override { return Kernels | Noc | Launches | (full_ ? Accesses : 0u); }

    void kernel_start(sim::Risc& risc) override {
        DeviceView& view = devices_[risc.device().id];
        State& state = view.states[number_of(*risc.core)][static_cast<size_t>(risc.processor)];
        state.view = &view;
        state.num_suspects = 0;
        slot(risc, Slot::Allocations) = &state;
    }

    void local_access(sim::Risc& risc, const sim::LocalAccess& access) override {
        const arch::Chip& chip = *risc.core->device->chip;
        if (access.store && access.address < chip.l1_unreserved_base) [[unlikely]] {
            const End end{.core = risc.core, .offset = access.address, .bytes = access.bytes, .writes = true};
            reserved(risc, "a store of " + std::to_string(access.bytes) + " bytes at ", end);
        }
    }

    void launch_begin(sim::Machine::Impl& machine, std::span<const sim::ProgramLaunch* const> programs) override {
        const uint64_t generation = buffers_.generation();
        if (generation != generation_ || devices_.empty()) {
            generation_ = generation;
            look_at_buffers(machine);
        }
        for (const sim::ProgramLaunch* program : programs) {
            DeviceView& view = devices_[program->device];
            view.launch = program;
            view.launched.clear();
            view.states.resize(machine.devices[program->device]->cores.size());
            const uint32_t width = machine.devices[program->device]->chip->compute_grid.x;
            for (const sim::CoreLaunch& core : program->cores) {
                auto& states = view.states[core.logical.y * width + core.logical.x];
                if (states == nullptr) {
                    states = std::make_unique<State[]>(3);
                } else if (cleared_ != generation_) {
                    std::fill_n(states.get(), 3, State());
                } else {
                    for (int i = 0; i < 3; ++i) {
                        states[static_cast<size_t>(i)].reports = 0;
                    }
                }
                if (!view.gone[index(Memory::L1)].all.empty()) {
                    view.launched[core.logical.y * width + core.logical.x] = &core;
                }
            }
        }
        cleared_ = generation_;
    }

    void noc_issue(sim::Risc& risc, const sim::NocEvent& event) override {
        const bool write = event.kind != sim::NocEvent::Kind::Read;
        if (state_of(risc).num_suspects != 0 && !event.multicast) [[unlikely]] {
            if (const Suspect* found = suspected(risc, event)) {
                page_out_of_range(risc, event, *found);
                return;
            }
        }
        if (!event.multicast) {
            look(risc, event,
                 {.endpoint = event.endpoint,
                  .core = event.endpoint->core,
                  .offset = event.offset,
                  .bytes = event.bytes,
                  .writes = write});
        } else if (!event.targets.empty()) {
            look_at_l1(risc, event,
                       {.core = event.targets.front(), .offset = event.offset, .bytes = event.bytes, .writes = true});
        }
        if (event.kind == sim::NocEvent::Kind::Read || event.kind == sim::NocEvent::Kind::Write) {
            look_at_l1(risc, event,
                       {.core = risc.core, .offset = event.local_l1, .bytes = event.bytes, .writes = !write});
        }
    }

private:
    /// A processor says no more than this of one run: a loop of bad accesses would take for ever to tell.
    static constexpr uint32_t most_reports = 32;

    static constexpr size_t index(Memory memory) { return static_cast<size_t>(memory); }

    void look_at_buffers(const sim::Machine::Impl& machine) {
        const std::vector<BufferPlace> live = buffers_.live();
        const std::vector<BufferPlace> gone = buffers_.gone();
        devices_.resize(machine.devices.size());
        for (uint32_t device = 0; device < devices_.size(); ++device) {
            DeviceView& view = devices_[device];
            for (const Memory memory : {Memory::Dram, Memory::L1}) {
                view.live[index(memory)].set(those_of(live, device, memory));
                view.gone[index(memory)].set(those_of(gone, device, memory));
            }
            view.silent = (view.live[0].all.empty() && view.gone[0].all.empty()) ||
                          buffers_.is_placed_by_hand(device, Memory::Dram);
            view.l1_by_hand = buffers_.is_placed_by_hand(device, Memory::L1);
        }
    }

    static std::vector<BufferPlace> those_of(const std::vector<BufferPlace>& places, uint32_t device, Memory memory) {
        std::vector<BufferPlace> found;
        std::copy_if(places.begin(), places.end(), std::back_inserter(found), [&](const BufferPlace& place) {
            return place.memory == memory && place.extent() != 0 && place.on(device);
        });
        return found;
    }

    static uint32_t number_of(const sim::Core& core) {
        return static_cast<uint32_t>(&core - core.device->cores.data());
    }

    void look(sim::Risc& risc, const sim::NocEvent& event, const End& end) {
        if (end.endpoint->kind == sim::Endpoint::Kind::Worker) {
            look_at_l1(risc, event, end);
        } else if (end.endpoint->kind == sim::Endpoint::Kind::Dram) {
            look_at_dram(risc, event, end);
        }
    }

    static State& state_of(const sim::Risc& risc) { return kept<State>(risc, Slot::Allocations); }

    void look_at_dram(sim::Risc& risc, const sim::NocEvent& event, const End& end) {
        State& state = state_of(risc);
        const uint64_t last = end.offset + end.bytes;
        // Neighbouring banks of one controller, and buffers, must not push each other out all the time.
        const size_t set = (end.endpoint->index * 2u + (end.offset >> 30 & 1)) % State::sets;
        for (const Known& known : state.known[set]) {
            if (known.endpoint == end.endpoint && end.offset >= known.begin && last <= known.end) {
                return;
            }
        }
        Known known{end.endpoint, end.offset, last};
        judge_dram(risc, event, end, state, known);
        state.known[set][state.next[set]] = known;
        state.next[set] ^= 1;
    }

    /// Widens `known` to what is as good as this access.
    [[gnu::cold, gnu::noinline]] void judge_dram(sim::Risc& risc, const sim::NocEvent& event, const End& end,
                                                 State& state, Known& known) {
        const sim::Device& device = *risc.core->device;
        const arch::Chip& chip = *device.chip;
        const DeviceView& view = devices_[device.id];
        uint32_t bank = 0;
        while (bank < chip.num_dram_banks &&
               (chip.dram_bank_controller[bank] != end.endpoint->index || end.offset < chip.dram_bank_offset[bank] ||
                end.offset - chip.dram_bank_offset[bank] >= chip.dram_bank_bytes)) {
            ++bank;
        }
        if (bank == chip.num_dram_banks) {
            return;
        }
        const uint64_t base = chip.dram_bank_offset[bank];
        uint64_t address = end.offset - base;
        const uint64_t last = address + end.bytes;
        const BufferPlaces& live = view.live[index(Memory::Dram)];
        const BufferPlace* const first = live.at(bank, address);
        const BufferPlace* place = first;
        if (place != nullptr) {
            known.begin = base + place->address;
            known.end = base + place->address + place->bytes_in(bank);
        }
        while (place != nullptr && address < last) {
            address = place->address + place->bytes_in(bank);
            place = address < last ? live.at(bank, address) : nullptr;
        }
        if (address >= last || end.bytes == 0) {
            if (end.bytes != 0 && !live.hold(bank, end.offset - base, last) && ++state.reports <= most_reports) {
                into_next(event, end, bank, device.id, end.offset - base, *first);
            }
            return;
        }
        known = {end.endpoint, end.offset, end.offset + end.bytes};
        if (++state.reports > most_reports) {
            return;
        }
        const std::string where = "DRAM bank " + std::to_string(bank) + " of device " + std::to_string(device.id);
        if (const BufferPlace* old = view.gone[index(Memory::Dram)].at(bank, address)) {
            after_free(event, end, where, end.offset - base, *old);
        } else if (!view.silent) {
            unallocated(event, end, where, end.offset - base, bank, live, device.id);
        } else {
            wrong_device(event, end, where, end.offset - base, bank, device.id);
        }
    }

    static std::string transfer(const sim::NocEvent& event, const End& end) {
        const char* word = event.kind == sim::NocEvent::Kind::Atomic ? "an atomic increment"
                           : event.kind == sim::NocEvent::Kind::Read ? "a read"
                                                                     : "a write";
        return std::string(word) + " of " + std::to_string(end.bytes) + " bytes";
    }

    /// What is read too much does no harm if nobody looks at it.
    static void into_next(const sim::NocEvent& event, const End& end, uint32_t bank, uint32_t device, uint64_t address,
                          const BufferPlace& buffer) {
        const uint64_t left = buffer.address + buffer.bytes_in(bank) - address;
        sim::check_failed({.name = "page-out-of-range",
                           .severity = end.writes ? Diagnostic::Severity::Error : Diagnostic::Severity::Warning,
                           .message = transfer(event, end) + " at " + hex(address) + " in DRAM bank " +
                                      std::to_string(bank) + " of device " + std::to_string(device) +
                                      " runs from one buffer into the next",
                           .notes = {"the buffer that it begins in has " + buffer.describe() + " and ends " +
                                     std::to_string(left) + " bytes further on in this bank"},
                           .help = "check the number of bytes, and the address, against the buffer"});
    }

    static void after_free(const sim::NocEvent& event, const End& end, const std::string& where, uint64_t address,
                           const BufferPlace& old) {
        sim::check_failed(
            {.name = "use-after-free",
             .message = transfer(event, end) + " at " + hex(address) + " in " + where + " uses a buffer that was freed",
             .notes = {"the buffer had " + old.describe()},
             .help = "keep the buffer (its shared_ptr) until the programs that use it have finished"});
    }

    static void unallocated(const sim::NocEvent& event, const End& end, const std::string& where, uint64_t address,
                            uint32_t bank, const BufferPlaces& live, uint32_t) {
        std::vector<std::string> notes;
        if (const BufferPlace* below = live.below(address)) {
            const uint64_t bytes = below->bytes_in(bank);
            notes.push_back("the buffer below it has " + below->describe() +
                            (bytes == 0 ? std::string(", none of them in this bank")
                                        : " and ends at " + hex(below->address + bytes) + " in this bank"));
        }
        sim::check_failed({.name = "unallocated-access",
                           .message = transfer(event, end) + " at " + hex(address) + " in " + where +
                                      " reaches memory in which no buffer lies",
                           .notes = std::move(notes),
                           .help = "check the page index against the buffer's number of pages, and the address"});
    }

    /// Nothing is allocated here at all: then a buffer of another device tells that the program is on the wrong one.
    void wrong_device(const sim::NocEvent& event, const End& end, const std::string& where, uint64_t address,
                      uint32_t bank, uint32_t device) {
        const DeviceView& here = devices_[device];
        if (!here.live[0].all.empty() || !here.gone[0].all.empty() ||
            buffers_.is_placed_by_hand(device, Memory::Dram)) {
            return;
        }
        for (uint32_t other = 0; other < devices_.size(); ++other) {
            const BufferPlace* place = other == device ? nullptr : devices_[other].live[0].at(bank, address);
            if (place != nullptr) {
                sim::check_failed({.name = "wrong-device",
                                   .message = transfer(event, end) + " at " + hex(address) + " in " + where +
                                              ", which has no buffers; device " + std::to_string(other) +
                                              " has one at this address",
                                   .notes = {"the buffer has " + place->describe()},
                                   .help = "enqueue the program on the mesh or device that its buffers were made on"});
                return;
            }
        }
    }

    void look_at_l1(sim::Risc& risc, const sim::NocEvent& event, const End& end) {
        const arch::Chip& chip = *end.core->device->chip;
        if (end.offset < chip.l1_unreserved_base && end.writes) [[unlikely]] {
            into_reserved(risc, event, end);
            return;
        }
        const DeviceView& view = devices_[end.core->device->id];
        const BufferPlaces& gone = view.gone[index(Memory::L1)];
        if (!gone.all.empty() && !view.l1_by_hand && end.offset >= gone.all.front().address &&
            end.offset < gone.last_end.back()) [[unlikely]] {
            look_at_freed(risc, event, end, view);
        }
    }

    [[gnu::cold, gnu::noinline]] void into_reserved(sim::Risc& risc, const sim::NocEvent& event, const End& end) {
        reserved(risc, transfer(event, end) + (event.kind == sim::NocEvent::Kind::Read ? " to " : " at "), end);
    }

    [[gnu::noinline]] static void look_at_freed(sim::Risc& risc, const sim::NocEvent& event, const End& end,
                                                const DeviceView& view) {
        const BufferPlaces& gone = view.gone[index(Memory::L1)];
        const uint32_t core = number_of(*end.core);
        const BufferPlace* old = gone.at(core, end.offset);
        if (old == nullptr || view.live[index(Memory::L1)].at(core, end.offset) != nullptr ||
            in_circular_buffer(view, core, end.offset) || ++state_of(risc).reports > most_reports) {
            return;
        }
        after_free(event, end, "the L1 of " + describe(*end.core), end.offset, *old);
    }

    static bool in_circular_buffer(const DeviceView& view, uint32_t core, uint64_t address) {
        const auto launch = view.launched.find(core);
        return launch != view.launched.end() &&
               std::any_of(launch->second->circular_buffers.begin(), launch->second->circular_buffers.end(),
                           [&](const sim::CircularBufferSetup& buffer) {
                               return address >= buffer.address && address - buffer.address < buffer.bytes;
                           });
    }

    /// Of every page whose address a kernel computes.
    static void page_computed(sim::Risc& risc, const sim::PageUse& use) {
        auto* state = static_cast<State*>(slot(risc, Slot::Allocations));
        if (state == nullptr) {
            return;
        }
        if (use.sharded) {
            if (!state->is_settled(use)) {
                judge_place(*state, use);
            }
            return;
        }
        const PageLimit& limit = state->limit_of(use);
        if (limit.base != use.base || state->num_suspects != 0 ||
            use.in_bank >= limit.full + (use.bank < limit.rest ? limit.more : 0)) [[unlikely]] {
            judge_page(risc, *state, use);
        }
    }

    /// Where a buffer has the page that a generator says lies here.
    enum class Place : uint8_t { Right, Elsewhere, Outside };
    static Place place_in(const BufferPlace& buffer, const sim::PageUse& use) {
        const bool same_pages = use.page != sim::PageUse::unknown && use.stride == buffer.stride &&
                                (use.pages == 0 || use.pages == buffer.pages);
        if (!buffer.sharded()) {
            if (use.bank >= buffer.num_banks || use.in_bank >= buffer.bytes_in(use.bank)) {
                return Place::Outside;
            }
            return !same_pages || (use.bank == use.page % buffer.num_banks &&
                                   use.in_bank == use.page / buffer.num_banks * buffer.stride)
                       ? Place::Right
                       : Place::Elsewhere;
        }
        const auto shard = static_cast<size_t>(std::find(buffer.shards.begin(), buffer.shards.end(), use.bank) -
                                               buffer.shards.begin());
        if (shard == buffer.shards.size() || use.in_bank >= buffer.shard_bytes) {
            return Place::Outside;
        }
        // The pages of the tensor, but not at the distance at which they lie.
        const bool not_aligned = use.sharded && use.stride == buffer.page_bytes && use.stride != buffer.stride &&
                                 use.in_bank % buffer.stride != 0;
        if (not_aligned) {
            return Place::Elsewhere;
        }
        if (!same_pages || buffer.shard_pages == nullptr) {
            return Place::Right;
        }
        const std::vector<uint32_t>& pages = (*buffer.shard_pages)[shard];
        const uint64_t page = use.in_bank / buffer.stride;
        return page < pages.size() && pages[page] == use.page ? Place::Right : Place::Elsewhere;
    }

    /// Of a page whose place need not be where its buffer has it, as one of the two is sharded.
    static void judge_place(State& state, const sim::PageUse& use) {
        const DeviceView& view = *state.view;
        const auto buffers = view.live[index(use.dram ? Memory::Dram : Memory::L1)].beginning_at(use.base);
        if (buffers.empty() || (use.dram ? view.silent : view.l1_by_hand)) {
            state.settled_of(use) = {use.base, use.dram, true};
            return;
        }
        const BufferPlace* elsewhere = nullptr;
        bool inside = false;
        for (const BufferPlace& buffer : buffers) {
            const Place place = place_in(buffer, use);
            const bool known = !buffer.sharded() || buffer.shard_pages != nullptr;
            if (place == Place::Right && known) {
                state.forget(use.noc_addr);
                return;
            }
            inside |= place == Place::Right;
            if (place == Place::Elsewhere && (elsewhere == nullptr || buffer.owner)) {
                elsewhere = &buffer;
            }
        }
        if (elsewhere == nullptr) {
            if (inside) {
                state.forget(use.noc_addr);
            } else {
                state.suspect(use, buffers.front());
            }
            return;
        }
        state.settled_of(use) = {use.base, use.dram, true};
        if (++state.reports <= most_reports) {
            mismatch(use, *elsewhere);
        }
    }

    static std::string bank_name(const sim::PageUse& use, uint32_t bank) {
        return (use.dram ? "DRAM bank " : "worker ") + std::to_string(bank);
    }

    static void mismatch(const sim::PageUse& use, const BufferPlace& buffer) {
        std::string has = "the host does not have it";
        if (!buffer.sharded()) {
            has = "the host puts it " + std::to_string(use.page / buffer.num_banks * buffer.stride) + " bytes into " +
                  bank_name(use, use.page % buffer.num_banks);
        }
        for (size_t i = 0; buffer.shard_pages != nullptr && i < buffer.shard_pages->size(); ++i) {
            const std::vector<uint32_t>& pages = (*buffer.shard_pages)[i];
            if (const auto found = std::find(pages.begin(), pages.end(), use.page); found != pages.end()) {
                has = "the host puts it " +
                      std::to_string(static_cast<uint64_t>(found - pages.begin()) * buffer.stride) + " bytes into " +
                      bank_name(use, buffer.shards[i]);
            }
        }
        sim::check_failed(
            {.name = "accessor-mismatch",
             .severity = Diagnostic::Severity::Warning,
             .message =
                 std::string(use.sharded ? "a sharded TensorAccessor" : "an address generator of interleaved pages") +
                 " takes page " + std::to_string(use.page) + " of the buffer at " + hex(use.base) +
                 " from another place than the host",
             .notes = {"it looks " + std::to_string(use.in_bank) + " bytes into " + bank_name(use, use.bank) +
                           ", and " + has,
                       "the buffer has " + buffer.describe() + ", " + (buffer.sharded() ? "sharded" : "interleaved") +
                           (buffer.stride != buffer.page_bytes
                                ? ", each at the next multiple of " + std::to_string(buffer.stride)
                                : std::string())},
             .help = "make the TensorAccessorArgs from this buffer, and give the accessor its aligned page size"});
    }

    static void judge_page(const sim::Risc& risc, State& state, const sim::PageUse& use) {
        const DeviceView& view = *state.view;
        PageLimit& limit = state.limit_of(use);
        const auto buffers = view.live[index(use.dram ? Memory::Dram : Memory::L1)].beginning_at(use.base);
        if (buffers.empty() || (use.dram ? view.silent : view.l1_by_hand)) {
            // Not the beginning of a buffer: where it ends is not known.
            limit = {.base = use.base, .full = ~0u};
            state.forget(use.noc_addr);
            return;
        }
        if (std::all_of(buffers.begin(), buffers.end(), [](const BufferPlace& place) { return place.sharded(); })) {
            sim::PageUse at = use;
            at.bank = use.dram ? use.bank : sim::worker_at(risc.device(), use.noc_addr);
            judge_place(state, at);
            if (state.is_settled(use)) {
                limit = {.base = use.base, .full = ~0u};
            }
            return;
        }
        const BufferPlace& buffer = buffers.front();
        // A buffer of a mesh is known more than once.
        const bool one = std::all_of(buffers.begin(), buffers.end(), [&](const BufferPlace& place) {
            return !place.sharded() && place.num_banks == buffer.num_banks && place.pages == buffer.pages &&
                   place.stride == buffer.stride;
        });
        if (one) {
            limit = {.base = use.base,
                     .full = static_cast<uint32_t>(buffer.pages / buffer.num_banks * buffer.stride),
                     .rest = static_cast<uint32_t>(buffer.pages % buffer.num_banks),
                     .more = static_cast<uint32_t>(buffer.stride)};
        }
        const bool inside = std::any_of(buffers.begin(), buffers.end(), [&](const BufferPlace& place) {
            return place.sharded() || use.in_bank < place.bytes_in(use.bank);
        });
        if (inside) {
            state.forget(use.noc_addr);
        } else {
            state.suspect(use, buffer);
        }
    }

    /// The page that the buffer does not have and that this transfer begins in.
    static const Suspect* suspected(const sim::Risc& risc, const sim::NocEvent& event) {
        const State& state = state_of(risc);
        const auto end = state.suspects + state.num_suspects;
        const auto found = std::find_if(state.suspects, end, [&](const Suspect& suspect) {
            return event.remote - suspect.use.noc_addr < suspect.buffer->stride;
        });
        return found == end ? nullptr : found;
    }

    static void page_out_of_range(const sim::Risc& risc, const sim::NocEvent& event, const Suspect& suspect) {
        State& state = state_of(risc);
        if (++state.reports > most_reports) {
            return;
        }
        const sim::PageUse& use = suspect.use;
        const std::string where = (use.dram ? "DRAM bank " : "L1 bank ") + std::to_string(use.bank) + " of device " +
                                  std::to_string(risc.core->device->id);
        const uint64_t bytes = suspect.buffer->bytes_in(use.bank);
        std::vector<std::string> notes = {
            "the buffer has " + suspect.buffer->describe() + ": " +
            (bytes == 0 ? std::string("none of them") : std::to_string(bytes) + " bytes") + " in " + where +
            ", and the page begins " + std::to_string(use.in_bank) + " bytes into it"};
        const uint64_t address = uint64_t{use.base} + use.in_bank;
        if (const BufferPlace* other =
                state.view->live[index(use.dram ? Memory::Dram : Memory::L1)].at(use.bank, address)) {
            notes.push_back("there lies another buffer, of " + other->describe());
        }
        const std::string what = use.page == sim::PageUse::unknown ? "a shard" : "page " + std::to_string(use.page);
        sim::check_failed({.name = "page-out-of-range",
                           .message = transfer(event, {.bytes = event.bytes}) + " uses " + what + " of the buffer at " +
                                      hex(use.base) + ", which " +
                                      (bytes == 0 && suspect.buffer->sharded() ? "has none there" : "ends before it"),
                           .notes = std::move(notes),
                           .help = "check the page id against the buffer's number of pages, and the generator's page "
                                   "size against the buffer's"});
    }

    /// Semaphores and runtime arguments lie below the unreserved base as well; the rest is the firmware's.
    void reserved(sim::Risc& risc, const std::string& what, const End& end) {
        const arch::Chip& chip = *end.core->device->chip;
        uint64_t args_end = chip.l1_kernel_config_base + uint64_t{chip.num_semaphores} * 16;
        for (const sim::Risc* other : end.core->riscs) {
            if (other != nullptr) {
                const tsr_context& context = other->context;
                args_end = std::max<uint64_t>(args_end, context.rt_args_l1 + uint64_t{context.rt_arg_count} * 4);
                args_end =
                    std::max<uint64_t>(args_end, context.common_rt_args_l1 + uint64_t{context.common_rt_arg_count} * 4);
            }
        }
        args_end = (args_end + 15) / 16 * 16;
        if (end.offset >= chip.l1_kernel_config_base && end.offset + end.bytes <= args_end) {
            return;
        }
        if (++state_of(risc).reports > most_reports) {
            return;
        }
        sim::check_failed(
            {.name = "reserved-l1-write",
             .message = what + hex(end.offset) + " changes L1 of " + describe(*end.core) + " that is reserved",
             .notes = {"programs own L1 from " + hex(chip.l1_unreserved_base) + " on, and below it their semaphores " +
                       "and runtime arguments (" + hex(chip.l1_kernel_config_base) + " to " + hex(args_end) + ")"},
             .help = "take the address from a circular buffer, an L1 buffer or get_semaphore"});
    }

    const sim::BufferRegistry& buffers_;
    const bool full_;
    uint64_t generation_ = 0, cleared_ = ~uint64_t{0};
    std::vector<DeviceView> devices_;
};

}  // namespace

std::unique_ptr<sim::Observer> make_allocations(sim::Machine& machine) {
    return std::make_unique<Allocations>(machine);
}

}  // namespace tessera::check
