// How the two ends of a circular buffer may use it. A processor may touch the pages that it knows to be its own: a
// producer those that it has reserved, or that nobody has filled since the launch began; a consumer those that it has
// waited for. Nothing is asked of a processor that has never reserved (or waited) in this launch, nor of a buffer that
// lies on an L1 tensor's memory: such buffers are published programs' way to name an address.
#include <check/checks.h>
#include <check/slots.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <sim/engine.h>
#include <tensix/format.h>

namespace tessera::check {
namespace {

using sim::EngineOp;
using sim::NocEvent;
using sim::Processor;
using sim::Risc;
using tensix::DataFormat;

/// What one processor has done with one buffer in this launch. Pages are counted from the launch's begin.
struct Side {
    uint32_t pushed = 0, popped = 0;
    uint32_t freed = 0;    ///< pages that it knows to have been popped
    uint32_t arrived = 0;  ///< pages that it knows to have been pushed
    bool reserved = false, waited = false;
};

/// A buffer of one core in this launch.
struct Buffer {
    Risc* producer = nullptr;
    Risc* consumer = nullptr;
    const void* producer_site = nullptr;  ///< first push
    const void* consumer_site = nullptr;  ///< first pop
    const void* overflow_site = nullptr;  ///< a push onto pages that were not popped; null: none, or it has been told
    const void* underflow_site = nullptr;
    Risc* overflow_risc = nullptr;
    Risc* underflow_risc = nullptr;
    const void* lucky_push_site = nullptr;  ///< a push of pages that were free, which its processor did not know
    const void* lucky_pop_site = nullptr;   ///< a pop of pages that were there, which its processor did not know
    uint64_t packed_first = 0;              ///< compute only: which of its pushes was the first onto this buffer
    bool on_tensor = false;
    bool waited = false;  ///< somebody has waited for pages
    bool told_page = false, told_sides = false, told_overflow = false, told_underflow = false;
    bool told_lucky_push = false, told_lucky_pop = false;
};

struct CoreState {
    Side sides[3][TSR_MAX_CBS];
    Buffer buffers[TSR_MAX_CBS];
    /// Compute packs on one processor and unpacks on another: how many pushes there were, and how many of them a wait
    /// for pages of its own has told the unpacker of.
    uint64_t packed = 0, packed_known = 0;
};

std::string buffer_name(uint32_t cb) {
    return "circular buffer c_" + std::to_string(cb);
}

std::string count(uint32_t number, const char* what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

std::vector<SourceLocation> place(const Risc& risc, const void* site) {
    return site == nullptr ? std::vector<SourceLocation>{}
                           : sim::kernel_trace(risc, nullptr, static_cast<uint8_t*>(const_cast<void*>(site)) - 1);
}

/// Bytes of a tile of this buffer's shape in a format.
uint32_t tile_bytes(const tsr_cb& cb, DataFormat format) {
    const uint32_t datums = uint32_t{cb.face_rows} * 16 * cb.num_faces;
    return datums * tensix::datum_bits(format) / 8 + tensix::exponent_bytes(format, datums);
}

/// The common formats of which a tile has exactly this size; empty for none.
std::string formats_of(const tsr_cb& cb, uint32_t bytes) {
    std::string names;
    for (const DataFormat format : {DataFormat::Float32, DataFormat::Float16_b, DataFormat::Bfp8_b, DataFormat::Bfp4_b,
                                    DataFormat::Bfp2_b, DataFormat::UInt8}) {
        if (tile_bytes(cb, format) == bytes) {
            names += (names.empty() ? "" : " or ") + std::string(tensix::name(format));
        }
    }
    return names;
}

class CircularBuffers final : public sim::Observer {
public:
    uint32_t events() const override { return Kernels | CbPush | CbPop | Passed | Engine | Noc | Launches; }

    void kernel_start(Risc& risc) override {
        const sim::Device& device = risc.device();
        slot(risc, Slot::CircularBuffers) =
            devices_[device.id][static_cast<size_t>(risc.core - device.cores.data())].get();
    }

    void launch_begin(sim::Machine::Impl& machine, std::span<const sim::ProgramLaunch* const> programs) override {
        devices_.resize(machine.devices.size());
        for (const sim::ProgramLaunch* program : programs) {
            sim::Device& device = *machine.devices[program->device];
            auto& cores = devices_[program->device];
            cores.resize(device.cores.size());
            for (const sim::CoreLaunch& launch : program->cores) {
                auto& state = cores[static_cast<size_t>(&device.core(launch.logical) - device.cores.data())];
                if (!state) {
                    state = std::make_unique<CoreState>();
                }
                for (const sim::CircularBufferSetup& setup : launch.circular_buffers) {
                    for (auto& sides : state->sides) {
                        sides[setup.index] = {};
                    }
                    state->buffers[setup.index] = {};
                    state->buffers[setup.index].on_tensor = setup.on_tensor;
                }
            }
        }
    }

    void cb_push(Risc& risc, uint32_t cb, uint32_t pages) override {
        if (pages == 0) {
            return;
        }
        CoreState& state = of(risc);
        Buffer& buffer = state.buffers[cb];
        if (buffer.producer != &risc) {
            new_end(risc, cb, buffer, true);
        }
        const uint32_t capacity = risc.context.cbs[cb].fifo_num_pages;
        const auto used = static_cast<int16_t>(risc.core->received[cb] - risc.core->acked[cb]);
        if (used >= 0 && used + pages > capacity && !buffer.on_tensor && !buffer.told_overflow &&
            buffer.overflow_site == nullptr) {
            buffer.overflow_site = sim::kernel_pc(risc);
            buffer.overflow_risc = &risc;
        }
        Side& side = side_of(state, risc, cb);
        if (side.pushed + pages > capacity + side.freed && !buffer.on_tensor && !buffer.told_lucky_push &&
            buffer.lucky_push_site == nullptr && !buffer.told_overflow && buffer.overflow_site == nullptr) {
            buffer.lucky_push_site = sim::kernel_pc(risc);
        }
        side.pushed += pages;
        if (risc.processor == Processor::COMPUTE) {
            ++state.packed;
            buffer.packed_first = buffer.packed_first == 0 ? state.packed : buffer.packed_first;
        } else {
            side.arrived = std::max(side.arrived, side.pushed);
        }
        if ((buffer.overflow_site != nullptr && buffer.waited) || buffer.underflow_site != nullptr) {
            tell_of_counts(risc, cb, buffer);
        }
        if (__builtin_expect(buffer.lucky_push_site != nullptr || buffer.lucky_pop_site != nullptr, 0)) {
            tell_of_luck(cb, buffer);
        }
    }

    void cb_pop(Risc& risc, uint32_t cb, uint32_t pages) override {
        if (pages == 0) {
            return;
        }
        CoreState& state = of(risc);
        Buffer& buffer = state.buffers[cb];
        if (buffer.consumer != &risc) {
            new_end(risc, cb, buffer, false);
        }
        const auto used = static_cast<int16_t>(risc.core->received[cb] - risc.core->acked[cb]);
        if (used < static_cast<int32_t>(pages) && !buffer.on_tensor && !buffer.told_underflow &&
            buffer.underflow_site == nullptr && risc.context.cbs[cb].fifo_num_pages <= 0x7FFF) {
            buffer.underflow_site = sim::kernel_pc(risc);
            buffer.underflow_risc = &risc;
        }
        Side& side = side_of(state, risc, cb);
        if (side.popped + pages > side.arrived && !buffer.on_tensor && !buffer.told_lucky_pop &&
            buffer.lucky_pop_site == nullptr && !buffer.told_underflow && buffer.underflow_site == nullptr) {
            buffer.lucky_pop_site = sim::kernel_pc(risc);
        }
        side.popped += pages;
        if (risc.processor != Processor::COMPUTE) {
            side.freed = std::max(side.freed, side.popped);
        }
        if (buffer.overflow_site != nullptr || (buffer.underflow_site != nullptr && buffer.producer != nullptr)) {
            tell_of_counts(risc, cb, buffer);
        }
        if (__builtin_expect(buffer.lucky_push_site != nullptr || buffer.lucky_pop_site != nullptr, 0)) {
            tell_of_luck(cb, buffer);
        }
    }

    void cb_reserved(Risc& risc, uint32_t cb, uint32_t pages) override {
        if (pages == 0) {
            return;
        }
        Side& side = side_of(of(risc), risc, cb);
        side.reserved = true;
        const uint32_t capacity = risc.context.cbs[cb].fifo_num_pages;
        if (side.pushed + pages > capacity) {
            side.freed = std::max(side.freed, side.pushed + pages - capacity);
        }
    }

    void cb_waited(Risc& risc, uint32_t cb, uint32_t pages) override {
        if (pages == 0) {
            return;
        }
        CoreState& state = of(risc);
        Buffer& buffer = state.buffers[cb];
        buffer.waited = true;
        Side& side = side_of(state, risc, cb);
        side.waited = true;
        side.arrived = std::max(side.arrived, side.popped + pages);
        if (risc.processor == Processor::COMPUTE && side.pushed != 0) {
            state.packed_known = state.packed;
        }
        if (buffer.overflow_site != nullptr) {
            tell_of_counts(risc, cb, buffer);
        }
    }

    void engine_op(Risc& risc, const EngineOp& op) override {
        using Kind = EngineOp::Kind;
        switch (op.kind) {
            case Kind::Copy:
            case Kind::BinaryDestReuse:
                tiles(risc, op.cb0, op.tile0, 1);
                break;
            case Kind::Binary:
                tiles(risc, op.cb0, op.tile0, 1);
                tiles(risc, op.cb1, op.tile1, 1);
                break;
            case Kind::Matmul:
                tiles(risc, op.cb0, op.tile0, (op.rt - 1) * op.kt + 1);
                tiles(risc, op.cb1, op.tile1, op.ct);
                break;
            case Kind::Reduce:
                if (!op.from_dst && !op.pending) {
                    tiles(risc, op.cb0, op.tile0, 1);
                    tiles(risc, op.cb1, op.tile1, 1);
                }
                break;
            case Kind::UnpackTilize:
                // Its pages may be lines of any length: only the first is sure to be read.
                input(risc, op.cb0, 0, 1);
                break;
            case Kind::Pack:
                whole_tiles(risc, op.cb0);
                output(risc, op.cb0, op.out_of_order ? op.tile0 : next_slot(risc, op.cb0), op.tiles);
                break;
            case Kind::PackRows:
                output(risc, op.cb0, op.tile0, 1);
                break;
            case Kind::PackUntilize:
                output(risc, op.cb0, 0, 1);
                break;
            default:
                break;
        }
    }

    void noc_issue(Risc& risc, const NocEvent& event) override {
        if (event.bytes == 0) {
            return;
        }
        if (event.kind == NocEvent::Kind::Read) {
            into(risc, event.local_l1, event.bytes, "noc_async_read", event.site);
        } else if (event.kind == NocEvent::Kind::Write) {
            out_of(risc, event.local_l1, event.bytes);
            if (event.endpoint != nullptr && event.endpoint->core == risc.core) {
                into(risc, static_cast<uint32_t>(event.offset), event.bytes, "noc_async_write", event.site);
            }
        }
    }

private:
    static CoreState& of(const Risc& risc) { return kept<CoreState>(risc, Slot::CircularBuffers); }

    static Side& side_of(CoreState& state, const Risc& risc, uint32_t cb) {
        return state.sides[static_cast<size_t>(risc.processor)][cb];
    }

    static bool configured(const Risc& risc, uint32_t cb) {
        return cb < TSR_MAX_CBS && (risc.configured_cbs >> cb & 1) != 0;
    }

    static uint32_t next_slot(const Risc& risc, uint32_t cb) {
        return configured(risc, cb) ? risc.context.cbs[cb].fifo_wr_tile : 0;
    }

    /// A processor pushes (or pops) a buffer for the first time, or again after another one.
    [[gnu::cold, gnu::noinline]] static void new_end(Risc& risc, uint32_t cb, Buffer& buffer, bool push) {
        Risc*& end = push ? buffer.producer : buffer.consumer;
        const void*& site = push ? buffer.producer_site : buffer.consumer_site;
        if (end == nullptr) {
            end = &risc;
            site = sim::kernel_pc(risc);
            return;
        }
        if (buffer.told_sides) {
            return;
        }
        buffer.told_sides = true;
        Diagnostic d;
        d.name = push ? "cb-two-producers" : "cb-two-consumers";
        d.message = std::string("two processors of this core ") + (push ? "push to " : "pop ") + buffer_name(cb);
        d.notes = {push ? "each processor has a write pointer of its own: the second one's pages go where the first "
                          "one's lie, and their page counts get lost"
                        : "each processor has a read pointer of its own: the second one reads pages that the first has "
                          "given back, and their page counts get lost"};
        d.related = {{std::string("the other one is ") + sim::describe(*end), place(*end, site)}};
        d.help = push ? "let one processor push each circular buffer; give the second one a buffer of its own"
                      : "let one processor pop each circular buffer; give the second one a buffer of its own";
        sim::check_failed(std::move(d));
    }

    /// A push onto pages that nobody has popped, or a pop of pages that nobody has pushed, now that it is known that
    /// somebody counts on them.
    static void tell_of_counts(Risc&, uint32_t cb, Buffer& buffer) {
        if (buffer.overflow_site != nullptr && !buffer.told_overflow) {
            buffer.told_overflow = true;
            Risc& risc = *buffer.overflow_risc;
            Diagnostic d;
            d.name = "cb-overflow";
            d.message = "pages are pushed to " + buffer_name(cb) + " although all its " +
                        count(risc.context.cbs[cb].fifo_num_pages, "page") + " are taken";
            d.notes = {"pages that the consumer has not read yet are overwritten"};
            d.help = "call cb_reserve_back with as many pages before they are written";
            d.trace = place(risc, buffer.overflow_site);
            buffer.overflow_site = nullptr;
            sim::report_finding(risc, std::move(d));
        }
        if (buffer.underflow_site != nullptr && buffer.producer != nullptr && !buffer.told_underflow) {
            buffer.told_underflow = true;
            Risc& risc = *buffer.underflow_risc;
            Diagnostic d;
            d.name = "cb-underflow";
            d.message = "pages of " + buffer_name(cb) + " are popped that have not been pushed";
            d.notes = {"the page count falls below zero, so that later waits return at once, with old pages"};
            d.help = "call cb_wait_front with as many pages before they are used and popped";
            d.trace = place(risc, buffer.underflow_site);
            buffer.underflow_site = nullptr;
            sim::report_finding(risc, std::move(d));
        }
    }

    /// A push or pop that went well by luck, now that it is known that two processors use the buffer.
    static void tell_of_luck(uint32_t cb, Buffer& buffer) {
        if (buffer.producer == nullptr || buffer.consumer == nullptr || buffer.producer == buffer.consumer) {
            return;
        }
        if (buffer.lucky_push_site != nullptr) {
            buffer.told_lucky_push = true;
            Diagnostic d;
            d.name = "cb-push-not-reserved";
            d.severity = Diagnostic::Severity::Warning;
            d.message = "pages of " + buffer_name(cb) + " are pushed that were not reserved";
            d.notes = {"they were free this time; if the consumer is slower, it has not read them yet"};
            d.help = "call cb_reserve_back with as many pages before they are written";
            d.trace = place(*buffer.producer, std::exchange(buffer.lucky_push_site, nullptr));
            sim::report_finding(*buffer.producer, std::move(d));
        }
        if (buffer.lucky_pop_site != nullptr) {
            buffer.told_lucky_pop = true;
            Diagnostic d;
            d.name = "cb-pop-not-waited";
            d.severity = Diagnostic::Severity::Warning;
            d.message = "pages of " + buffer_name(cb) + " are popped that were not waited for";
            d.notes = {"they were there this time; if the producer is slower, they are not"};
            d.help = "call cb_wait_front with as many pages before they are used and popped";
            d.trace = place(*buffer.consumer, std::exchange(buffer.lucky_pop_site, nullptr));
            sim::report_finding(*buffer.consumer, std::move(d));
        }
    }

    /// Compute reads tiles: a whole one in each of these pages from its read pointer.
    void tiles(Risc& risc, uint32_t cb, uint32_t first, uint32_t pages) const {
        whole_tiles(risc, cb);
        input(risc, cb, first, pages);
    }

    /// An operation takes or makes a whole tile in each page.
    void whole_tiles(Risc& risc, uint32_t cb) const {
        if (configured(risc, cb) && risc.context.cbs[cb].fifo_page_size != risc.context.cbs[cb].tile_size)
            [[unlikely]] {
            other_page_size(risc, cb);
        }
    }

    static void other_page_size(Risc& risc, uint32_t cb) {
        const tsr_cb& buffer = risc.context.cbs[cb];
        Buffer& state = of(risc).buffers[cb];
        if (state.told_page || buffer.tile_size == 0) {
            return;
        }
        state.told_page = true;
        const std::string format = tensix::name(static_cast<DataFormat>(buffer.data_format));
        const std::string fits = formats_of(buffer, buffer.fifo_page_size);
        const std::string sizes = "a page of " + buffer_name(cb) + " has " + std::to_string(buffer.fifo_page_size) +
                                  " bytes, and a tile of its format " + format + " has " +
                                  std::to_string(buffer.tile_size);
        std::vector<std::string> notes;
        if (!fits.empty()) {
            notes.push_back("a tile of " + fits + " would have the size of this page");
        }
        if (buffer.fifo_page_size < buffer.tile_size) {
            notes.push_back("tiles overlap: each one's end is the next one's begin");
            sim::check_failed({.name = "cb-page-smaller-than-tile",
                               .message = sizes,
                               .notes = std::move(notes),
                               .help = "set the page size to tile_size(format), or the format that the data has"});
        } else if (!fits.empty()) {
            sim::check_failed({.name = "cb-page-of-other-format",
                               .severity = Diagnostic::Severity::Warning,
                               .message = sizes,
                               .notes = std::move(notes),
                               .help = "give the circular buffer the format that its data has"});
        }
    }

    /// Compute reads pages `first` .. first + pages - 1 from its read pointer.
    void input(Risc& risc, uint32_t cb, uint32_t first, uint32_t pages) const {
        if (!configured(risc, cb)) {
            return;
        }
        const Side& side = side_of(of(risc), risc, cb);
        const auto there = static_cast<int32_t>(side.arrived - side.popped);
        if (side.waited ? static_cast<int64_t>(first) + pages > there : side.pushed != 0) [[unlikely]] {
            not_waited(risc, cb, first, pages, there);
        }
    }

    [[gnu::cold, gnu::noinline]] static void not_waited(Risc& risc, uint32_t cb, uint32_t first, uint32_t pages,
                                                        int32_t there) {
        const CoreState& state = of(risc);
        const Side& side = side_of(of(risc), risc, cb);
        if (!side.waited && state.buffers[cb].packed_first > state.packed_known && !state.buffers[cb].on_tensor) {
            sim::check_failed({.name = "cb-index-not-waited",
                               .message = "tile " + std::to_string(first) + " of " + buffer_name(cb) +
                                          ", which this kernel's own packer fills, is read, and nothing has been "
                                          "waited for",
                               .notes = {"the unpacker and the packer are two processors: the one does not know how "
                                         "far the other is"},
                               .help = "call cb_wait_front(" + std::to_string(cb) + ", " +
                                       std::to_string(first + pages) + ") before"});
            return;
        }
        if (!side.waited || state.buffers[cb].on_tensor) {
            return;
        }
        const tsr_cb& ring = risc.context.cbs[cb];
        if (ring.fifo_rd_ptr + (uint64_t{first} + pages) * ring.fifo_page_size > ring.fifo_limit) {
            return;  // the engine says that the tile lies past the buffer's end
        }
        const uint32_t last = first + pages - 1;
        sim::check_failed(
            {.name = "cb-index-not-waited",
             .message = "tile " + std::to_string(last) + " of " + buffer_name(cb) + " is read, and " +
                        (there <= 0 ? std::string("no page has")
                                    : "only " + count(static_cast<uint32_t>(there), "page") +
                                          (there == 1 ? " has" : " have")) +
                        " been waited for",
             .notes = {"the unpacker does not wait by itself: it takes whatever lies there"},
             .help = "call cb_wait_front(" + std::to_string(cb) + ", " + std::to_string(last + 1) + ") before"});
    }

    /// Compute writes pages `first` .. first + pages - 1 from its write pointer.
    void output(Risc& risc, uint32_t cb, uint32_t first, uint32_t pages) const {
        if (!configured(risc, cb)) {
            return;
        }
        CoreState& state = of(risc);
        const Side& side = side_of(state, risc, cb);
        const int64_t room = free_pages(risc, side, cb);
        if (!side.reserved || static_cast<int64_t>(first) + pages <= room || state.buffers[cb].on_tensor) {
            return;
        }
        const tsr_cb& ring = risc.context.cbs[cb];
        if (ring.fifo_wr_ptr + (uint64_t{first} + pages) * ring.fifo_page_size > ring.fifo_limit) {
            return;  // the engine says that the page lies past the buffer's end
        }
        const uint32_t last = first + pages - 1;
        sim::check_failed(
            {.name = "cb-index-not-reserved",
             .message =
                 "page " + std::to_string(last) + " of " + buffer_name(cb) + " is packed, and " +
                 (room <= 0 ? std::string("no page is")
                            : "only " + count(static_cast<uint32_t>(room), "page") + (room == 1 ? " is" : " are")) +
                 " reserved",
             .notes = {"the packer does not wait by itself: it overwrites what the consumer may still read"},
             .help = "call cb_reserve_back(" + std::to_string(cb) + ", " + std::to_string(last + 1) + ") before"});
    }

    /// Pages from the write pointer on that this processor knows to be free.
    static int64_t free_pages(const Risc& risc, const Side& side, uint32_t cb) {
        return static_cast<int64_t>(risc.context.cbs[cb].fifo_num_pages) + side.freed - side.pushed;
    }

    /// Bytes from one place of a ring to another.
    static uint32_t distance(const tsr_cb& cb, uint32_t from, uint32_t to) {
        return to >= from ? to - from : to + cb.fifo_size - from;
    }

    /// A transfer writes these bytes of this core's L1.
    void into(Risc& risc, uint32_t address, uint32_t bytes, const char* call, const void* site) const {
        const CoreState* state = nullptr;
        uint32_t blamed = TSR_MAX_CBS;
        for (uint64_t left = risc.configured_cbs; left != 0; left &= left - 1) {
            const auto cb = static_cast<uint32_t>(__builtin_ctzll(left));
            const tsr_cb& ring = risc.context.cbs[cb];
            if (address >= ring.fifo_limit || address < ring.fifo_limit - ring.fifo_size) {
                continue;
            }
            if (state == nullptr) {
                state = &of(risc);
            }
            const Side& side = state->sides[static_cast<size_t>(risc.processor)][cb];
            if (!side.reserved || state->buffers[cb].on_tensor) {
                return;
            }
            const bool inside = address + bytes <= ring.fifo_limit;
            const int64_t room = free_pages(risc, side, cb) * ring.fifo_page_size;
            if (inside && int64_t{distance(ring, ring.fifo_wr_ptr, address)} + bytes <= room) {
                return;
            }
            const int64_t owned = (int64_t{side.arrived} - side.popped) * ring.fifo_page_size;
            if (inside && side.waited && int64_t{distance(ring, ring.fifo_rd_ptr, address)} + bytes <= owned) {
                return;
            }
            blamed = cb;
        }
        if (blamed != TSR_MAX_CBS) [[unlikely]] {
            not_reserved(risc, blamed, address, bytes, call, site);
        }
    }

    [[gnu::cold, gnu::noinline]] static void not_reserved(Risc& risc, uint32_t blamed, uint32_t address, uint32_t bytes,
                                                          const char* call, const void* site) {
        const tsr_cb& ring = risc.context.cbs[blamed];
        const Side& side = side_of(of(risc), risc, blamed);
        Diagnostic d;
        d.name = "cb-write-not-reserved";
        if (address + bytes > ring.fifo_limit) {
            d.message = std::string(call) + " of " + std::to_string(bytes) + " bytes runs " +
                        std::to_string(address + bytes - ring.fifo_limit) + " bytes past the end of " +
                        buffer_name(blamed);
            d.help = "pages do not wrap inside a transfer: make the buffer a multiple of what is written at once";
        } else {
            const uint32_t page = distance(ring, ring.fifo_wr_ptr, address + bytes - 1) / ring.fifo_page_size;
            const int64_t room = free_pages(risc, side, blamed);
            d.message =
                std::string(call) + " writes page " + std::to_string(page) + " of " + buffer_name(blamed) +
                " from its write pointer, and " +
                (room <= 0 ? std::string("no page is")
                           : "only " + count(static_cast<uint32_t>(room), "page") + (room == 1 ? " is" : " are")) +
                " reserved";
            d.notes = {"the consumer may still be reading that page"};
            d.help = "call cb_reserve_back with all pages that are written before the next cb_push_back";
        }
        d.trace = place(risc, site);
        sim::check_failed(std::move(d));
    }

    /// A transfer reads these bytes of this core's L1.
    void out_of(Risc& risc, uint32_t address, uint32_t bytes) const {
        const CoreState* state = nullptr;
        uint32_t blamed = TSR_MAX_CBS;
        for (uint64_t left = risc.configured_cbs; left != 0; left &= left - 1) {
            const auto cb = static_cast<uint32_t>(__builtin_ctzll(left));
            const tsr_cb& ring = risc.context.cbs[cb];
            if (address >= ring.fifo_limit || address < ring.fifo_limit - ring.fifo_size) {
                continue;
            }
            if (state == nullptr) {
                state = &of(risc);
            }
            const Side& side = state->sides[static_cast<size_t>(risc.processor)][cb];
            if (!side.waited || side.reserved || side.pushed != 0 || state->buffers[cb].on_tensor) {
                return;
            }
            const int64_t there = (int64_t{side.arrived} - side.popped) * ring.fifo_page_size;
            if (address + bytes <= ring.fifo_limit &&
                int64_t{distance(ring, ring.fifo_rd_ptr, address)} + bytes <= there) {
                return;
            }
            blamed = cb;
        }
        if (blamed != TSR_MAX_CBS) [[unlikely]] {
            read_not_waited(risc, blamed, address, bytes);
        }
    }

    [[gnu::cold, gnu::noinline]] static void read_not_waited(Risc& risc, uint32_t blamed, uint32_t address,
                                                             uint32_t bytes) {
        const tsr_cb& ring = risc.context.cbs[blamed];
        const Side& side = side_of(of(risc), risc, blamed);
        Diagnostic d;
        d.name = "cb-read-not-waited";
        if (address + bytes > ring.fifo_limit) {
            d.message = "noc_async_write of " + std::to_string(bytes) + " bytes runs " +
                        std::to_string(address + bytes - ring.fifo_limit) + " bytes past the end of " +
                        buffer_name(blamed);
            d.help = "pages do not wrap inside a transfer: make the buffer a multiple of what is read at once";
        } else {
            const uint32_t page = distance(ring, ring.fifo_rd_ptr, address + bytes - 1) / ring.fifo_page_size;
            const int64_t there = int64_t{side.arrived} - side.popped;
            d.message =
                "noc_async_write reads page " + std::to_string(page) + " of " + buffer_name(blamed) +
                " from its read pointer, and " +
                (there <= 0 ? std::string("no page has")
                            : "only " + count(static_cast<uint32_t>(there), "page") + (there == 1 ? " has" : " have")) +
                " been waited for";
            d.notes = {"a page that has not been waited for, or that has been popped, is the producer's to write"};
            d.help = "call cb_wait_front with all pages that are read before the next cb_pop_front";
        }
        sim::check_failed(std::move(d));
    }

    std::vector<std::vector<std::unique_ptr<CoreState>>> devices_;  ///< by device, then core
};

}  // namespace

std::unique_ptr<sim::Observer> make_circular_buffers() {
    return std::make_unique<CircularBuffers>();
}

}  // namespace tessera::check
