#include <recorder/recorder.h>

#include <link.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_map>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <arch/arch.h>
#include <record/file.h>
#include <recorder/log.h>
#include <recorder/messages.h>
#include <sim/engine.h>
#include <sim/fiber.h>

namespace tessera::recorder {

using record::Event;
using record::Op;
using record::Target;
using sim::Core;
using sim::EngineOp;
using sim::NocEvent;
using sim::Risc;

/// Held for a few instructions.
class SpinLock {
public:
    void lock() {
        while (taken_.test_and_set(std::memory_order_acquire)) {
        }
    }
    void unlock() { taken_.clear(std::memory_order_release); }

private:
    std::atomic_flag taken_ = ATOMIC_FLAG_INIT;
};

struct CoreLog {
    SpinLock lock;  ///< for what follows; the processors are the core's own thread's
    std::unordered_map<uint32_t, WordHistory> words;
    uint64_t arrivals = 0;  ///< at any of its words
    ProcessorLog processors[3];
};

/// Where the coordinates of a chip lead, as recordings say it.
struct ChipMap {
    std::vector<uint32_t> targets[TSR_NUM_NOCS];  ///< packed, by x | y << 6; of DRAM: the bank is missing
    std::vector<uint16_t> controllers[TSR_NUM_NOCS];
    std::vector<std::vector<std::pair<uint64_t, uint8_t>>> banks;  ///< by controller: where each begins, and its number

    explicit ChipMap(const sim::Device& device);
    uint32_t target(uint32_t noc, uint64_t address, uint64_t offset) const;
};

ChipMap::ChipMap(const sim::Device& device) {
    const arch::Chip& chip = *device.chip;
    banks.resize(chip.dram_ports.size());
    for (uint32_t bank = 0; bank < chip.num_dram_banks; ++bank) {
        banks[chip.dram_bank_controller[bank]].emplace_back(chip.dram_bank_offset[bank], bank);
    }
    for (auto& of : banks) {
        std::sort(of.begin(), of.end());
    }
    const auto mirrored = [&](arch::Coord at) {
        return arch::Coord{static_cast<uint16_t>(chip.noc_grid.x - 1 - at.x),
                           static_cast<uint16_t>(chip.noc_grid.y - 1 - at.y)};
    };
    const auto has = [](const std::vector<arch::Coord>& ports, arch::Coord at) {
        return std::find(ports.begin(), ports.end(), at) != ports.end();
    };
    for (uint32_t noc = 0; noc < TSR_NUM_NOCS; ++noc) {
        targets[noc].assign(sim::noc_coordinates, 0);
        controllers[noc].assign(sim::noc_coordinates, 0);
        for (uint32_t xy = 0; xy < sim::noc_coordinates; ++xy) {
            const sim::Endpoint& endpoint = device.endpoints[device.decode[noc][xy]];
            const arch::Coord seen{static_cast<uint16_t>(xy & 63), static_cast<uint16_t>(xy >> 6)};
            Target target;
            arch::Coord at{};
            switch (endpoint.kind) {
                case sim::Endpoint::Kind::Worker:
                    target.kind = Target::Kind::Worker;
                    at = chip.worker_noc0[endpoint.index];
                    break;
                case sim::Endpoint::Kind::Ethernet:
                    target.kind = Target::Kind::Ethernet;
                    at = chip.eth_noc0[endpoint.index];
                    break;
                case sim::Endpoint::Kind::Dram: {
                    target.kind = Target::Kind::Dram;
                    controllers[noc][xy] = endpoint.index;
                    const auto& ports = chip.dram_ports[endpoint.index];
                    const auto& virtuals = chip.dram_virtual_ports[endpoint.index];
                    const auto port = std::find(virtuals.begin(), virtuals.end(), seen);
                    at = port != virtuals.end()                   ? ports[static_cast<size_t>(port - virtuals.begin())]
                         : noc == 1 && has(ports, mirrored(seen)) ? mirrored(seen)
                                                                  : seen;
                    break;
                }
                case sim::Endpoint::Kind::None:
                    continue;
            }
            target.x = static_cast<uint8_t>(at.x);
            target.y = static_cast<uint8_t>(at.y);
            targets[noc][xy] = pack_target(target);
        }
    }
}

uint32_t ChipMap::target(uint32_t noc, uint64_t address, uint64_t offset) const {
    const auto xy = static_cast<uint32_t>(address >> 36 & (sim::noc_coordinates - 1));
    uint32_t packed = targets[noc & 1][xy];
    if (static_cast<Target::Kind>(packed & 15) == Target::Kind::Dram) {
        uint8_t bank = 0;
        for (const auto& [begin, number] : banks[controllers[noc & 1][xy]]) {
            bank = begin <= offset ? number : bank;
        }
        packed |= uint32_t{bank} << 16;
    }
    return packed;
}

class Recorder final : public sim::Observer {
public:
    Recorder(const sim::Machine& machine, Resolver resolver);

    uint32_t events() const override {
        return Kernels | CbPush | CbPop | Engine | EngineDone | Noc | Barriers | Passed | Messages | Zones | Launches;
    }

    void launch_begin(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override;
    void launch_end(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override;
    void launch_failed(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override;
    void kernel_end(Risc&) override;
    void cb_push(Risc&, uint32_t cb, uint32_t pages) override;
    void cb_pop(Risc&, uint32_t cb, uint32_t pages) override;
    void cb_reserved(Risc&, uint32_t cb, uint32_t pages) override;
    void cb_waited(Risc&, uint32_t cb, uint32_t pages) override;
    void engine_op(Risc&, const EngineOp&) override;
    void sfpu_op(Risc&, const sim::SfpuOp&) override;
    void noc_issue(Risc&, const NocEvent&) override;
    void noc_barrier(Risc&, NocEvent::Kind kind, uint8_t noc, uint32_t trid, bool only_flush) override;
    void word_arrives(Core& target, uint32_t address, uint32_t value, bool increases) override;
    void word_waited(Risc&, uint32_t l1_address, uint32_t value, uint32_t condition) override;
    void word_stored(Risc&, uint32_t l1_address) override;
    void refused(Risc&) override;
    void spun(Risc&) override;
    void zone(Risc&, const char* name, bool begin) override;
    void clock_read(Risc&) override;

    record::Recording recording();
    void write(const std::string& path);

private:
    struct Hash {
        size_t operator()(const Event& event) const;
    };

    CoreLog* log_of(const Core& core) {
        return logs_[core.device->id][static_cast<size_t>(&core - core.device->cores.data())].get();
    }
    static ProcessorLog& log_of(const Risc& risc) { return *static_cast<ProcessorLog*>(risc.recording); }
    /// An event at the call that is being observed; frame: of the function that the device calls.
    static Key begin(const Risc& risc, ProcessorLog& log, Op op, const void* frame);
    static uint32_t cycles_since(const Risc& risc, ProcessorLog& log);
    void engine(Risc& risc, const void* frame, const ComputeKey& compute);
    void finish(std::span<const sim::ProgramLaunch* const> programs, bool complete);
    uint32_t kernel(const sim::ProcessorLaunch& launch);
    uint32_t merge(ProcessorLog& log, uint32_t object);
    uint32_t site(uint32_t object, const uint32_t (&offsets)[2]);
    uint32_t object(const std::string& path);
    void resolve(record::Recording& to) const;

    const sim::Machine& machine_;
    Resolver resolver_;
    std::vector<ChipMap> maps_;                                ///< by device
    std::vector<std::vector<std::unique_ptr<CoreLog>>> logs_;  ///< by device and core; null: it has never run

    std::mutex mutex_;  ///< for what is left of earlier launches
    record::Recording done_;
    std::vector<record::PackedStream> streams_;
    std::unordered_multimap<uint64_t, uint32_t> stream_by_hash_;
    std::unordered_map<Event, uint32_t, Hash> event_numbers_;
    Interner<ComputeKey> computes_;
    std::map<std::string, uint32_t> name_numbers_;
    std::map<std::tuple<std::string, uint8_t, uint8_t, uint8_t, bool, bool>, uint32_t> kernel_numbers_;
    std::map<std::string, uint32_t> object_numbers_;
    std::vector<std::string> objects_;  ///< paths of kernels' shared objects
    struct RawSite {
        uint32_t object = 0;
        uint32_t offsets[2] = {};
        auto operator<=>(const RawSite&) const = default;
    };
    std::map<RawSite, uint32_t> site_numbers_;
    std::vector<RawSite> sites_{1};
    bool running_ = false;
};

size_t Recorder::Hash::operator()(const Event& event) const {
    uint64_t state = static_cast<uint64_t>(event.op);
    const auto add = [&](uint64_t value) {
        state = (state ^ value) * 0x9E3779B97F4A7C15;
        state ^= state >> 32;
    };
    add(event.noc | event.flags << 8 | event.cb << 16 | uint64_t{event.peer} << 24 | uint64_t{event.gap} << 32);
    add(event.site | uint64_t{event.amount} << 32);
    add(event.trid | uint64_t{event.word} << 32);
    add(event.compute | uint64_t{event.name} << 32);
    add(pack_target(event.target) | uint64_t{event.target.last_x} << 40 | uint64_t{event.target.last_y} << 48);
    return state;
}

Recorder::Recorder(const sim::Machine& machine, Resolver resolver) : machine_(machine), resolver_(std::move(resolver)) {
    for (const auto& device : machine.impl().devices) {
        maps_.emplace_back(*device);
        logs_.emplace_back(device->cores.size());
    }
    done_.board = machine.board().name;
    const char* name = std::getenv("TESSERA_RECORD_PROGRAM");
    done_.program = name != nullptr ? name : program_invocation_short_name;
}

// --- While kernels run
// -------------------------------------------------------------------------------------------------------

uint32_t Recorder::cycles_since(const Risc& risc, ProcessorLog& log) {
    // How often a kernel asks in vain is this machine's affair: what counts is the code before its first question.
    const uint64_t now = risc.context.cycles;
    const uint64_t gap = log.refused ? log.gap_before : now - log.cycles;
    log.refused = false;
    log.cycles = now;
    return gap > UINT32_MAX ? UINT32_MAX : static_cast<uint32_t>(gap);
}

Key Recorder::begin(const Risc& risc, ProcessorLog& log, Op op, const void* frame) {
    constexpr int most_frames = 12;
    Key key;
    key.op = op;
    key.gap = cycles_since(risc, log);
    const uint8_t* low = risc.local_block + sim::stack_offset;
    const uint8_t* high = risc.local_block + sim::local_block_bytes - 16;
    const uint8_t* image = risc.context.image;
    const uint64_t image_bytes = risc.context.image_size;
    const auto* at = static_cast<const uint8_t*>(frame);
    size_t found = 0;
    for (int i = 0; i < most_frames && at >= low && at <= high; ++i) {
        const auto* words = reinterpret_cast<const uint8_t* const*>(at);
        const auto offset = static_cast<uint64_t>(words[1] - image);
        if (offset < image_bytes) {
            key.site[found++] = static_cast<uint32_t>(offset);
            if (found == 2) {
                break;
            }
        } else if (found != 0) {
            break;
        }
        if (words[0] <= at) {
            break;
        }
        at = words[0];
    }
    return key;
}

void Recorder::refused(Risc& risc) {
    ProcessorLog& log = log_of(risc);
    if (!log.refused) {
        log.refused = true;
        log.gap_before = risc.context.cycles - log.cycles;
    }
}

void Recorder::cb_push(Risc& risc, uint32_t cb, uint32_t pages) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::CbPush, __builtin_frame_address(0));
    key.cb = static_cast<uint8_t>(cb);
    key.amount = pages;
    log.add(key);
}

void Recorder::cb_pop(Risc& risc, uint32_t cb, uint32_t pages) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::CbPop, __builtin_frame_address(0));
    key.cb = static_cast<uint8_t>(cb);
    key.amount = pages;
    log.add(key);
}

void Recorder::cb_reserved(Risc& risc, uint32_t cb, uint32_t pages) {
    if (pages == 0) {
        return;  // a look at the counters
    }
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::CbReserve, __builtin_frame_address(0));
    key.cb = static_cast<uint8_t>(cb);
    key.amount = pages;
    log.add(key);
}

void Recorder::cb_waited(Risc& risc, uint32_t cb, uint32_t pages) {
    if (pages == 0) {
        return;
    }
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::CbWait, __builtin_frame_address(0));
    key.cb = static_cast<uint8_t>(cb);
    key.amount = pages;
    log.add(key);
}

void Recorder::noc_issue(Risc& risc, const NocEvent& event) {
    ProcessorLog& log = log_of(risc);
    Op op = Op::NocRead;
    switch (event.kind) {
        case NocEvent::Kind::Read:
            break;
        case NocEvent::Kind::Write:
            op = Op::NocWrite;
            break;
        case NocEvent::Kind::InlineWrite:
            op = Op::NocInlineWrite;
            break;
        case NocEvent::Kind::Atomic:
            op = Op::NocAtomic;
            break;
    }
    Key key = begin(risc, log, op, __builtin_frame_address(0));
    const uint32_t flags = event.flags;
    key.noc = event.noc & 1;
    key.flags = static_cast<uint8_t>(((flags & TSR_NOC_POSTED) != 0 ? record::Posted : 0) |
                                     (event.multicast ? record::Multicast : 0) |
                                     ((flags & TSR_NOC_LINKED) != 0 ? record::Linked : 0) |
                                     ((flags & TSR_NOC_LOOPBACK) != 0 ? record::Loopback : 0) |
                                     ((flags & TSR_NOC_WITH_STATE) != 0 ? record::WithState : 0) |
                                     ((flags & TSR_NOC_ONE_PACKET) != 0 ? record::OnePacket : 0));
    key.amount = event.bytes;
    key.trid = event.trid;
    const ChipMap& map = maps_[risc.device().id];
    key.target = map.target(event.noc, event.remote, event.offset);
    bool to_worker = static_cast<Target::Kind>(key.target & 15) == Target::Kind::Worker;
    if (event.multicast) {
        to_worker = true;
        // The corners in the order in which the NoC reaches them: NoC 0 goes right and down, NoC 1 left and up.
        Target one = unpack_target(key.target, 0),
               other = unpack_target(map.target(event.noc, event.remote >> 12, 0), 0);
        if (one.kind != Target::Kind::Worker || other.kind != Target::Kind::Worker) {
            one = other = {.kind = Target::Kind::Worker, .x = 63, .y = 63};
            other.x = other.y = 0;
            for (const Core* core : event.targets) {
                const arch::Coord at =
                    core->device->chip->worker_noc0[static_cast<size_t>(core - core->device->cores.data())];
                one.x = std::min(one.x, static_cast<uint8_t>(at.x));
                one.y = std::min(one.y, static_cast<uint8_t>(at.y));
                other.x = std::max(other.x, static_cast<uint8_t>(at.x));
                other.y = std::max(other.y, static_cast<uint8_t>(at.y));
            }
        }
        const auto [left, right] = std::minmax(one.x, other.x);
        const auto [top, bottom] = std::minmax(one.y, other.y);
        const bool forward = key.noc == 0;
        key.target =
            pack_target({.kind = Target::Kind::Worker, .x = forward ? left : right, .y = forward ? top : bottom});
        key.last = uint32_t{forward ? right : left} | uint32_t{forward ? bottom : top} << 6;
    }
    if (to_worker && op != Op::NocRead && event.bytes <= largest_message) {
        key.word = static_cast<uint32_t>(event.offset) & ~3U;
    }
    log.add(key);
}

void Recorder::noc_barrier(Risc& risc, NocEvent::Kind kind, uint8_t noc, uint32_t trid, bool only_flush) {
    ProcessorLog& log = log_of(risc);
    const Op op = only_flush                       ? Op::WriteFlush
                  : kind == NocEvent::Kind::Read   ? Op::ReadBarrier
                  : kind == NocEvent::Kind::Atomic ? Op::AtomicBarrier
                                                   : Op::WriteBarrier;
    Key key = begin(risc, log, op, __builtin_frame_address(0));
    key.noc = noc & 1;
    key.trid = trid;
    log.add(key);
}

void Recorder::word_arrives(Core& target, uint32_t address, uint32_t value, bool increases) {
    CoreLog* log = log_of(target);
    if (log == nullptr || address + 4 > target.device->chip->l1_bytes) {
        return;  // nobody runs there who could wait
    }
    uint32_t held;
    const std::lock_guard lock(log->lock);
    held = __atomic_load_n(reinterpret_cast<const uint32_t*>(target.l1 + address), __ATOMIC_RELAXED);
    ++log->arrivals;
    log->words[address].arrive(value, increases, held);
}

void Recorder::word_stored(Risc& risc, uint32_t l1_address) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::LocalStore, __builtin_frame_address(0));
    ++log.stores;
    if (l1_address < risc.context.l1_size) {
        const uint32_t word = l1_address & ~3U;
        key.word = word;
        const uint32_t value =
            __atomic_load_n(reinterpret_cast<const uint32_t*>(risc.core->l1 + word), __ATOMIC_RELAXED);
        const std::lock_guard lock(log.core->lock);
        log.core->words[word].store(log.number, log.stores, value);
    }
    log.add(key);
}

void Recorder::word_waited(Risc& risc, uint32_t l1_address, uint32_t value, uint32_t condition) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::WordWait, __builtin_frame_address(0));
    key.word = l1_address & ~3U;
    WordHistory::Cause cause;
    {
        const std::lock_guard lock(log.core->lock);
        if (const auto known = log.core->words.find(key.word); known != log.core->words.end()) {
            // Arrivals are counted a moment before they happen.
            constexpr int looks = 1000;
            const auto* held = reinterpret_cast<const uint32_t*>(risc.core->l1 + key.word);
            bool agrees = false;
            for (int i = 0; i < looks && !agrees; ++i) {
                agrees = known->second.agrees(__atomic_load_n(held, __ATOMIC_ACQUIRE));
            }
            cause = known->second.wait(value, condition, agrees);
        }
    }
    if (cause.found && cause.by == WordHistory::arrival) {
        uint64_t& seen = log.seen_at(key.word);
        if (cause.number > seen) {
            key.amount = static_cast<uint32_t>(cause.number - seen);
            seen = cause.number;
        }
    } else if (cause.found && cause.by != log.number) {
        key.op = Op::LocalWait;
        key.peer = cause.by;
        uint64_t& seen = log.last_store[cause.by];
        if (cause.number > seen) {
            key.amount = static_cast<uint32_t>(cause.number - seen);
            seen = cause.number;
        }
    }
    log.add(key);
}

void Recorder::spun(Risc& risc) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::Spin, __builtin_frame_address(0));
    uint64_t arrivals;
    {
        const std::lock_guard lock(log.core->lock);
        arrivals = log.core->arrivals;
    }
    key.amount = static_cast<uint32_t>(arrivals - log.last_spin);
    log.last_spin = arrivals;
    log.add(key);
}

void Recorder::zone(Risc& risc, const char* name, bool begins) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, begins ? Op::ZoneBegin : Op::ZoneEnd, __builtin_frame_address(0));
    key.index = log.name(name);
    log.add(key);
}

void Recorder::clock_read(Risc& risc) {
    ProcessorLog& log = log_of(risc);
    log.add(begin(risc, log, Op::ClockRead, __builtin_frame_address(0)));
}

void Recorder::kernel_end(Risc& risc) {
    ProcessorLog& log = log_of(risc);
    Key key;
    key.op = Op::End;
    key.gap = cycles_since(risc, log);
    log.add(key);
}

// --- The engine
// -------------------------------------------------------------------------------------------------------

void Recorder::engine(Risc& risc, const void* frame, const ComputeKey& compute) {
    ProcessorLog& log = log_of(risc);
    Key key = begin(risc, log, Op::Compute, frame);
    key.index = log.computes.intern(compute);
    log.add(key);
}

void Recorder::engine_op(Risc& risc, const EngineOp& op) {
    using Kind = EngineOp::Kind;
    using To = record::Compute::Kind;
    ProcessorLog& log = log_of(risc);
    const void* frame = __builtin_frame_address(0);
    if (const uint64_t code = risc.context.vector_instructions; code != log.vector_instructions) {
        ComputeKey own;
        own.kind = To::SfpiCode;
        own.instructions = static_cast<uint32_t>(code - log.vector_instructions);
        log.vector_instructions = code;
        engine(risc, frame, own);
    }
    const auto protocol = [&](Op what) { log.add(begin(risc, log, what, frame)); };
    const sim::Engine& engine_state = *static_cast<const sim::Engine*>(risc.context.engine);
    ComputeKey compute;
    compute.op = op.op;
    compute.bcast = op.bcast;
    compute.phases = engine_state.phases;
    compute.dst_32bit = engine_state.fp32_dest ? 1 : 0;
    compute.transpose = op.transpose ? 1 : 0;
    const auto format = [&](uint32_t cb) {
        return cb < TSR_MAX_CBS ? static_cast<uint8_t>(risc.context.cbs[cb].data_format) : uint8_t{255};
    };
    const auto shape = [&](uint32_t cb) {
        if (cb < TSR_MAX_CBS && risc.context.cbs[cb].fifo_num_pages != 0) {
            compute.faces = static_cast<uint8_t>(risc.context.cbs[cb].num_faces);
            compute.face_rows = static_cast<uint8_t>(risc.context.cbs[cb].face_rows);
        }
    };
    switch (op.kind) {
        case Kind::DstAcquire:
            return protocol(Op::DstAcquire);
        case Kind::DstCommit:
            return protocol(Op::DstCommit);
        case Kind::DstWait:
            return protocol(Op::DstWait);
        case Kind::DstRelease:
            return protocol(Op::DstRelease);
        case Kind::Copy:
            compute.kind = To::Copy;
            compute.tiles = static_cast<uint16_t>(op.tiles);
            compute.format0 = format(op.cb0);
            shape(op.cb0);
            break;
        case Kind::Binary:
            compute.kind = To::Binary;
            compute.format0 = format(op.cb0);
            compute.format1 = format(op.cb1);
            shape(op.cb0);
            break;
        case Kind::BinaryDestReuse:
            compute.kind = To::BinaryDestReuse;
            compute.format0 = format(op.cb0);
            shape(op.cb0);
            break;
        case Kind::Matmul:
            // in1 goes to SrcA, in0 to SrcB.
            compute.kind = To::Matmul;
            compute.format0 = format(op.cb1);
            compute.format1 = format(op.cb0);
            compute.ct = static_cast<uint16_t>(op.ct);
            compute.rt = static_cast<uint16_t>(op.rt);
            compute.kt = static_cast<uint16_t>(op.kt);
            shape(op.cb0);
            break;
        case Kind::Reduce: {
            constexpr uint8_t float16_b = 5;
            compute.kind = To::Reduce;
            compute.format0 = op.from_dst ? float16_b : format(op.cb0);
            compute.format1 = op.from_dst ? float16_b : format(op.cb1);
            compute.tiles = static_cast<uint16_t>(op.tiles);
            shape(op.cb0);
            break;
        }
        case Kind::TransposeDst:
            compute.kind = To::TransposeDst;
            break;
        case Kind::UnpackTilize:
            compute.kind = To::UnpackTilize;
            compute.format0 = format(op.cb0);
            compute.ct = static_cast<uint16_t>(op.ct);
            shape(op.cb0);
            break;
        case Kind::Pack:
            compute.kind = To::Pack;
            compute.format0 = format(op.cb0);
            compute.tiles = static_cast<uint16_t>(op.tiles);
            compute.l1_accumulate = engine_state.l1_accumulate ? 1 : 0;
            shape(op.cb0);
            break;
        case Kind::PackRows:
            compute.kind = To::PackRows;
            compute.format0 = format(op.cb0);
            compute.faces = 1;
            compute.face_rows = static_cast<uint8_t>(std::min(engine_state.pack_rows, 64U));
            break;
        case Kind::PackUntilize:
            compute.kind = To::PackUntilize;
            compute.format0 = format(op.cb0);
            compute.tiles = static_cast<uint16_t>(op.tiles);
            compute.ct = static_cast<uint16_t>(op.ct);
            compute.rt = static_cast<uint16_t>(op.rt);
            compute.kt = static_cast<uint16_t>(op.full_ct);
            compute.faces = static_cast<uint8_t>(op.num_faces);
            compute.face_rows = static_cast<uint8_t>(op.face_rows);
            break;
        case Kind::Configure:
            static_assert(int{sim::configures_operands} == record::ConfiguresOperands &&
                          int{sim::configures_packed} == record::ConfiguresPacked &&
                          int{sim::configures_unpack} == record::ConfiguresUnpack &&
                          int{sim::configures_math} == record::ConfiguresMath &&
                          int{sim::configures_pack} == record::ConfiguresPack &&
                          int{sim::configures_vector} == record::ConfiguresVector);
            compute.kind = To::Configure;
            compute.format0 = format(op.cb0);
            compute.format1 = format(op.cb1);
            break;
    }
    engine(risc, frame, compute);
}

namespace {

/// Which of the vector unit's algorithms a kernel asked for: TSR_SFPU_APPROX and its like, in the parameter that has
/// them for this function.
uint8_t sfpu_flags(const sim::SfpuOp& op) {
    if (op.operands != 1) {
        return 0;
    }
    switch (op.op) {
        case TSR_SFPU_EXP:
        case TSR_SFPU_LOG_SCALED:
        case TSR_SFPU_RDIV:
        case TSR_SFPU_RDIV_TRUNC:
        case TSR_SFPU_RDIV_FLOOR:
            return static_cast<uint8_t>(op.p1);
        case TSR_SFPU_EXPM1:
        case TSR_SFPU_LOG:
        case TSR_SFPU_LOG1P:
        case TSR_SFPU_TANH:
        case TSR_SFPU_SIGMOID:
        case TSR_SFPU_GELU:
        case TSR_SFPU_RECIP:
        case TSR_SFPU_SQRT:
        case TSR_SFPU_RSQRT:
        case TSR_SFPU_SOFTSIGN:
        case TSR_SFPU_SIN:
        case TSR_SFPU_COS:
        case TSR_SFPU_TAN:
        case TSR_SFPU_ASINH:
        case TSR_SFPU_ACOSH:
        case TSR_SFPU_ATANH:
            return static_cast<uint8_t>(op.p0);
        default:
            return 0;
    }
}

}  // namespace

void Recorder::sfpu_op(Risc& risc, const sim::SfpuOp& op) {
    const sim::Engine& engine_state = *static_cast<const sim::Engine*>(risc.context.engine);
    ComputeKey compute;
    compute.kind = record::Compute::Kind::Sfpu;
    compute.phases = 1;
    compute.dst_32bit = engine_state.fp32_dest ? 1 : 0;
    compute.op = sfpu_flags(op);
    compute.sfpu_op = static_cast<uint16_t>(op.op);
    compute.operands = op.operands;
    const uint32_t mode = op.faces & 0xFF, iterations = op.faces >> 8;
    compute.faces = mode == TSR_FACES_RC ? 4 : mode == TSR_FACES_R || mode == TSR_FACES_C ? 2 : 1;
    compute.face_rows = iterations == 0 || iterations >= 8 ? 16 : static_cast<uint8_t>(iterations * 2);
    engine(risc, __builtin_frame_address(0), compute);
}

// --- Launches
// -------------------------------------------------------------------------------------------------------

void Recorder::launch_begin(sim::Machine::Impl& machine, std::span<const sim::ProgramLaunch* const> programs) {
    const std::lock_guard lock(mutex_);
    running_ = true;
    for (const sim::ProgramLaunch* program : programs) {
        sim::Device& device = *machine.devices[program->device];
        for (const sim::CoreLaunch& launch : program->cores) {
            Core& core = device.core(launch.logical);
            auto& log = logs_[device.id][static_cast<size_t>(&core - device.cores.data())];
            if (log == nullptr) {
                log = std::make_unique<CoreLog>();
            }
            log->words.clear();
            log->arrivals = 0;
            for (size_t i = 0; i < 3; ++i) {
                log->processors[i].runs = false;
                log->processors[i].core = log.get();
                log->processors[i].number = static_cast<uint8_t>(i);
            }
            for (const sim::ProcessorLaunch& processor : launch.processors) {
                const auto number = static_cast<size_t>(processor.processor);
                Risc& risc = *core.riscs[number];
                log->processors[number].begin(risc);
                risc.recording = &log->processors[number];
                risc.context.cycles = 0;
                risc.context.vector_instructions = 0;
            }
        }
    }
}

void Recorder::launch_end(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const> programs) {
    finish(programs, true);
}

void Recorder::launch_failed(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const> programs) {
    finish(programs, false);
}

uint32_t Recorder::object(const std::string& path) {
    const auto [known, is_new] = object_numbers_.try_emplace(path, static_cast<uint32_t>(objects_.size()));
    if (is_new) {
        objects_.push_back(path);
    }
    return known->second;
}

uint32_t Recorder::site(uint32_t object, const uint32_t (&offsets)[2]) {
    if (offsets[0] == 0) {
        return 0;
    }
    const RawSite raw{object, {offsets[0], offsets[1]}};
    const auto [known, is_new] = site_numbers_.try_emplace(raw, static_cast<uint32_t>(sites_.size()));
    if (is_new) {
        sites_.push_back(raw);
    }
    return known->second;
}

/// Of the code that the compiler has made for this machine. That for the chip is about as long: its instructions are
/// four bytes each, and what it has more of the device's calls, this has of what looks after them.
static uint32_t code_bytes(const sim::KernelCode& code) {
    if (code.image == nullptr) {
        return 0;
    }
    const auto* header = reinterpret_cast<const ElfW(Ehdr)*>(code.image);
    const auto* segments = reinterpret_cast<const ElfW(Phdr)*>(code.image + header->e_phoff);
    uint32_t bytes = 0;
    for (int i = 0; i < header->e_phnum; ++i) {
        if (segments[i].p_type == PT_LOAD && (segments[i].p_flags & PF_X) != 0) {
            bytes += static_cast<uint32_t>(segments[i].p_memsz);
        }
    }
    return bytes;
}

uint32_t Recorder::kernel(const sim::ProcessorLaunch& launch) {
    record::Kernel kernel;
    kernel.file = launch.code->name;
    kernel.processor = static_cast<uint8_t>(launch.processor);
    kernel.noc = launch.noc & 1;
    kernel.code_bytes = code_bytes(*launch.code);
    if (launch.compute != nullptr) {
        kernel.phases = launch.compute->math_fidelity == 0 ? 1 : launch.compute->math_fidelity;
        kernel.dst_32bit = launch.compute->fp32_dest_acc_en;
        kernel.full_sync = launch.compute->dst_full_sync_en;
    }
    const auto [known, is_new] =
        kernel_numbers_.try_emplace({launch.code->object_path + '\n' + kernel.file, kernel.processor, kernel.noc,
                                     kernel.phases, kernel.dst_32bit, kernel.full_sync},
                                    static_cast<uint32_t>(done_.kernels.size()));
    if (is_new) {
        done_.kernels.push_back(std::move(kernel));
    }
    return known->second;
}

/// The processor's stream with the events of the recording; its number.
uint32_t Recorder::merge(ProcessorLog& log, uint32_t object) {
    std::vector<uint32_t> numbers(log.keys.size(), Folder::none);
    const auto number_of = [&](uint32_t own) {
        if (numbers[own] != Folder::none) {
            return numbers[own];
        }
        const Key& key = log.keys[own];
        Event event;
        event.op = key.op;
        event.noc = key.noc;
        event.flags = key.flags;
        event.cb = key.cb;
        event.peer = key.peer;
        event.gap = key.gap;
        event.site = site(object, key.site);
        event.amount = key.amount;
        event.trid = key.trid;
        event.word = key.word;
        event.target = unpack_target(key.target, key.last);
        if (key.op == Op::Compute) {
            const size_t before = computes_.size();
            event.compute = computes_.intern(log.computes[key.index]);
            if (computes_.size() != before) {
                done_.computes.push_back(computes_[event.compute].value());
            }
        } else if (key.op == Op::ZoneBegin || key.op == Op::ZoneEnd) {
            const auto [known, is_new] =
                name_numbers_.try_emplace(log.names[key.index], static_cast<uint32_t>(done_.names.size()));
            if (is_new) {
                done_.names.push_back(known->first);
            }
            event.name = known->second;
        }
        const auto [known, is_new] = event_numbers_.try_emplace(event, static_cast<uint32_t>(done_.events.size()));
        if (is_new) {
            done_.events.push_back(event);
        }
        return numbers[own] = known->second;
    };
    record::PackedStream packed;
    log.folder.finish([&](record::Piece piece) {
        if (piece.event != record::loop_mark) {
            piece.event = number_of(piece.event);
        }
        record::pack(packed, piece);
    });
    const uint64_t hash = XXH3_64bits(packed.data(), packed.size());
    const auto [from, to] = stream_by_hash_.equal_range(hash);
    for (auto known = from; known != to; ++known) {
        if (streams_[known->second] == packed) {
            return known->second;
        }
    }
    const auto number = static_cast<uint32_t>(streams_.size());
    packed.shrink_to_fit();
    streams_.push_back(std::move(packed));
    stream_by_hash_.emplace(hash, number);
    return number;
}

void Recorder::finish(std::span<const sim::ProgramLaunch* const> programs, bool complete) {
    const std::lock_guard lock(mutex_);
    running_ = false;
    done_.complete = done_.complete && complete;
    record::Launch launch;
    launch.number = machine_.impl().runs;
    for (const sim::ProgramLaunch* program : programs) {
        launch.name = launch.name.empty() ? program->name : launch.name;
        launch.traced = launch.traced || program->traced;
        const sim::Device& device = *machine_.impl().devices[program->device];
        uint32_t common = 0;
        for (const sim::CoreLaunch& from : program->cores) {
            const size_t index = size_t{from.logical.y} * device.chip->compute_grid.x + from.logical.x;
            record::Core to;
            to.device = static_cast<uint16_t>(device.id);
            to.logical_x = static_cast<uint8_t>(from.logical.x);
            to.logical_y = static_cast<uint8_t>(from.logical.y);
            to.x = static_cast<uint8_t>(device.chip->worker_noc0[index].x);
            to.y = static_cast<uint8_t>(device.chip->worker_noc0[index].y);
            for (const sim::CircularBufferSetup& cb : from.circular_buffers) {
                to.cbs.push_back(
                    {cb.index, cb.data_format, cb.page_bytes, cb.page_bytes == 0 ? 0 : cb.bytes / cb.page_bytes});
            }
            to.semaphores = static_cast<uint32_t>(from.semaphores.size());
            uint32_t of_core = 0;
            for (const sim::ProcessorLaunch& processor : from.processors) {
                const auto number = static_cast<size_t>(processor.processor);
                record::Core::Processor& out = to.processors[number];
                out.kernel = static_cast<int32_t>(kernel(processor));
                out.arguments = static_cast<uint32_t>(processor.args.size());
                of_core += static_cast<uint32_t>(processor.common_args.size());
                out.stream = merge(logs_[device.id][index]->processors[number], object(processor.code->object_path));
            }
            common = std::max(common, of_core);
            launch.cores.push_back(std::move(to));
        }
        launch.common_arguments += common;
    }
    done_.launches.push_back(std::move(launch));
}

// --- The end
// -------------------------------------------------------------------------------------------------------

void Recorder::resolve(record::Recording& to) const {
    to.sites.assign(sites_.size(), {});
    if (!resolver_) {
        return;
    }
    for (uint32_t object = 0; object < objects_.size(); ++object) {
        // A place in Tessera's own headers is its caller's.
        for (const size_t depth : {0, 1}) {
            std::vector<uint64_t> offsets;
            std::vector<size_t> numbers;
            for (size_t i = 1; i < sites_.size(); ++i) {
                if (sites_[i].object == object && sites_[i].offsets[depth] != 0 && to.sites[i].line == 0) {
                    offsets.push_back(sites_[i].offsets[depth] - 1);
                    numbers.push_back(i);
                }
            }
            if (offsets.empty()) {
                continue;
            }
            std::vector<Place> places = resolver_(objects_[object], offsets);
            for (size_t i = 0; i < places.size() && i < numbers.size(); ++i) {
                record::Site& site = to.sites[numbers[i]];
                std::string function = site.function.empty() ? places[i].function : site.function;
                site = std::move(places[i]);
                site.function = std::move(function);
            }
        }
    }
}

record::Recording Recorder::recording() {
    const std::lock_guard lock(mutex_);
    record::Recording result = done_;
    for (const record::PackedStream& stream : streams_) {
        result.streams.push_back(record::unpack(stream, done_.events.size()));
    }
    resolve(result);
    return result;
}

void Recorder::write(const std::string& path) {
    const std::lock_guard lock(mutex_);
    record::Recording result = done_;
    result.complete = result.complete && !running_;
    resolve(result);
    record::write_file(path, result, streams_);
}

namespace {

std::atomic<Recorder*> the_recorder{nullptr};
std::string& the_path() {
    static auto* path = new std::string;
    return *path;
}

}  // namespace

void install(sim::Machine& machine, Resolver resolver) {
    const char* path = std::getenv("TESSERA_RECORD");
    if (path == nullptr || *path == '\0') {
        return;
    }
    the_path() = path;
    auto recorder = std::make_unique<Recorder>(machine, std::move(resolver));
    the_recorder = recorder.get();
    machine.adopt_observer(std::move(recorder));
    std::atexit([] { write_file(); });
}

void write_file() noexcept {
    Recorder* recorder = the_recorder.exchange(nullptr);
    if (recorder == nullptr) {
        return;
    }
    try {
        recorder->write(the_path());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error[cannot-write]: %s\n", error.what());
    }
}

Session::Session(sim::Machine& machine, Resolver resolver)
    : machine_(machine), recorder_(std::make_unique<Recorder>(machine, std::move(resolver))) {
    machine.add_observer(recorder_.get());
}

Session::~Session() {
    machine_.remove_observer(recorder_.get());
}

record::Recording Session::recording() const {
    return recorder_->recording();
}

}  // namespace tessera::recorder
