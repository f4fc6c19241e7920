#include <explore/explore.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <vector>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <explore/log.h>
#include <sim/core.h>
#include <sim/engine.h>
#include <sim/fiber.h>

namespace tessera::explore {
namespace {

using sim::EngineOp;
using sim::NocEvent;
using sim::Risc;

/// A file of records. What it holds reaches the disk however the process ends, as stdio's own buffers do.
template <class Record>
class LogFile {
public:
    explicit LogFile(const std::string& path) : file_(std::fopen(path.c_str(), "wb")) {
        if (file_ == nullptr) {
            throw Error("cannot-write", "the log " + path + " can't be written");
        }
        setvbuf(file_, nullptr, _IOFBF, size_t{1} << 18);
    }
    ~LogFile() { std::fclose(file_); }
    LogFile(const LogFile&) = delete;
    LogFile& operator=(const LogFile&) = delete;
    void header(LogHeader header) {
        header.record_bytes = sizeof(Record);
        std::fwrite(&header, sizeof(header), 1, file_);
    }
    void add(const Record& record) { std::fwrite(&record, sizeof(record), 1, file_); }
    void flush() { std::fflush(file_); }

private:
    std::FILE* file_;
};

LogHeader header_of(const sim::Machine::Impl& machine) {
    LogHeader header;
    const sim::Device& device = *machine.devices.front();
    header.chips = static_cast<uint32_t>(machine.devices.size());
    header.cores_across = device.chip->compute_grid.x;
    header.l1_stride = device.cores.size() > 1 ? static_cast<uint64_t>(device.cores[1].l1 - device.cores[0].l1) : 1;
    header.dram_stride = device.dram.size() / std::max<size_t>(1, device.chip->dram_ports.size());
    return header;
}

uint64_t address_of(const sim::Machine::Impl& machine, const uint8_t* memory) {
    for (const auto& device : machine.devices) {
        if (device->l1.contains(memory)) {
            return make_address(device->id, Memory::L1, static_cast<uint64_t>(memory - device->cores[0].l1));
        }
        if (device->dram.contains(memory)) {
            return make_address(device->id, Memory::Dram, static_cast<uint64_t>(memory - device->dram.data()));
        }
        if (device->ethernet.contains(memory)) {
            return make_address(device->id, Memory::Ethernet, static_cast<uint64_t>(memory - device->ethernet.data()));
        }
    }
    return 0;
}

/// What the host writes and reads, in order.
class Outputs final : public sim::Observer {
public:
    Outputs(const sim::Machine::Impl& machine, const std::string& path) : machine_(machine), file_(path) {
        file_.header(header_of(machine));
    }
    uint32_t events() const override { return HostMemory | Launches; }

    void launch_end(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override {
        const std::lock_guard lock(mutex_);
        ++launches_;
        file_.flush();
    }
    void host_write(const uint8_t* memory, uint64_t bytes) override { add(memory, bytes, true); }
    void host_read(const uint8_t* memory, uint64_t bytes) override { add(memory, bytes, false); }

private:
    void add(const uint8_t* memory, uint64_t bytes, bool write) {
        HostAccess access{.address = address_of(machine_, memory),
                          .bytes = bytes,
                          .hash = XXH3_64bits(memory, bytes),
                          .write = write};
        const std::lock_guard lock(mutex_);
        access.launches = launches_;
        file_.add(access);
    }

    std::mutex mutex_;
    const sim::Machine::Impl& machine_;
    LogFile<HostAccess> file_;
    uint32_t launches_ = 0;
};

/// A place in a kernel: return addresses inside its object, innermost first.
struct Site {
    const sim::KernelCode* code = nullptr;
    uint64_t offsets[2] = {};
    auto operator<=>(const Site&) const = default;
};

class Recorder final : public sim::Observer {
public:
    Recorder(const sim::Machine::Impl& machine, const std::string& path)
        : machine_(machine), file_(path), sites_file_(std::fopen((path + ".sites").c_str(), "w")) {
        if (sites_file_ == nullptr) {
            throw Error("cannot-write", "the log " + path + ".sites can't be written");
        }
        file_.header(header_of(machine));
    }
    ~Recorder() override { std::fclose(sites_file_); }
    Recorder(const Recorder&) = delete;
    Recorder& operator=(const Recorder&) = delete;

    uint32_t events() const override {
        return Kernels | Engine | EngineDone | Noc | Moves | Accesses | HostMemory | Launches;
    }

    void launch_end(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override {
        const std::lock_guard lock(mutex_);
        file_.flush();
        std::fflush(sites_file_);
        sites_.clear();  // the kernels may be gone, and others take their addresses
    }

    void kernel_start(Risc& risc) override {
        const std::lock_guard lock(mutex_);
        // What was issued in an earlier launch has landed, and NoC calls are counted on.
        of(risc).issues.clear();
        risc.context.watched_loads = risc.context.watched_stores = risc.context.l1_size;
    }

    void noc_issue(Risc& risc, const NocEvent& event) override {
        const uint32_t at = site(risc, __builtin_frame_address(0));
        const std::lock_guard lock(mutex_);
        of(risc).issues[risc.noc_ops] = {
            at, event.noc, event.kind == NocEvent::Kind::Atomic || event.kind == NocEvent::Kind::InlineWrite};
    }

    void noc_taken(Risc& risc, uint64_t number, const uint8_t* memory, uint32_t bytes) override {
        const std::lock_guard lock(mutex_);
        const Issue& issue = of(risc).issues[number];
        add(risc, {.number = number, .bytes = bytes, .site = issue.site, .kind = EventKind::NocTaken, .noc = issue.noc},
            memory);
    }

    void noc_landed(Risc& risc, uint64_t number, const uint8_t* memory, uint32_t bytes) override {
        const std::lock_guard lock(mutex_);
        Issue& issue = of(risc).issues[number];
        add(risc,
            {.number = number,
             .bytes = bytes,
             .site = issue.site,
             .kind = issue.atomic ? EventKind::Atomic : EventKind::NocLanded,
             .write = 1,
             .noc = issue.noc,
             .part = issue.landed++},
            memory);
    }

    void local_access(Risc& risc, const sim::LocalAccess& access) override {
        const uint32_t l1_address = access.address, bytes = access.bytes;
        const uint32_t at = site(risc, __builtin_frame_address(0));
        const std::lock_guard lock(mutex_);
        Counters& counters = of(risc);
        if (access.store) {
            // The bytes are not there yet; nobody compares them.
            add(risc,
                {.number = counters.by_site[at]++, .bytes = bytes, .site = at, .kind = EventKind::Store, .write = 1},
                risc.core->l1 + l1_address);
            return;
        }
        // A loop that looks at one word until it changes is one access: the last look.
        const bool again = counters.last_load_site == at && counters.last_load == l1_address;
        counters.last_load_site = at;
        counters.last_load = l1_address;
        add(risc,
            {.number = again ? counters.by_site[at] - 1 : counters.by_site[at]++,
             .bytes = bytes,
             .site = at,
             .kind = EventKind::Load},
            risc.core->l1 + l1_address);
    }

    void engine_op(Risc& risc, const EngineOp& op) override;
    void engine_done(Risc& risc, const EngineOp& op) override;

    void host_write(const uint8_t* memory, uint64_t bytes) override { host_access(memory, bytes, true); }
    void host_read(const uint8_t* memory, uint64_t bytes) override { host_access(memory, bytes, false); }

private:
    struct Issue {
        uint32_t site = no_site;
        uint8_t noc = 0;
        bool atomic = false;
        uint8_t landed = 0;
    };
    struct Range {
        uint64_t l1 = 0;
        uint64_t bytes = 0;
    };
    struct Counters {
        std::unordered_map<uint64_t, Issue> issues;  ///< by number of the NoC call
        std::unordered_map<uint32_t, uint64_t> by_site;
        uint64_t engine_ops = 0;
        uint32_t last_load_site = no_site;
        uint32_t last_load = 0;
        uint32_t pack_site = no_site;
        std::vector<Range> packed;  ///< what the operation that runs will have written
    };

    Counters& of(const Risc& risc) { return counters_[&risc]; }

    void add(const Risc& risc, Event event, const uint8_t* memory) {
        event.processor = risc.device().id << 24 | static_cast<uint32_t>(risc.core - risc.device().cores.data()) << 8 |
                          static_cast<uint32_t>(risc.processor);
        event.address = address_of(machine_, memory);
        event.hash = XXH3_64bits(memory, event.bytes);
        file_.add(event);
    }

    void host_access(const uint8_t* memory, uint64_t bytes, bool write) {
        Event event{.hash = XXH3_64bits(memory, bytes),
                    .bytes = static_cast<uint32_t>(bytes),
                    .kind = write ? EventKind::HostWrite : EventKind::HostRead,
                    .write = write};
        const std::lock_guard lock(mutex_);
        event.number = host_accesses_++;
        event.address = address_of(machine_, memory);
        file_.add(event);
    }

    uint32_t site(const Risc& risc, void* frame);
    void input(Risc& risc, uint32_t at, uint8_t part, uint32_t cb, uint64_t first_page, uint64_t pages, uint64_t bytes);

    std::mutex mutex_;
    const sim::Machine::Impl& machine_;
    LogFile<Event> file_;
    std::FILE* sites_file_;
    std::map<Site, uint32_t> sites_;  ///< of this launch
    uint32_t num_sites_ = 0;
    std::unordered_map<const Risc*, Counters> counters_;
    uint64_t host_accesses_ = 0;
};

uint32_t Recorder::site(const Risc& risc, void* frame) {
    constexpr int most_frames = 24;
    Site site{.code = risc.code};
    if (risc.code == nullptr || risc.code->image == nullptr) {
        return no_site;
    }
    const uint8_t* low = risc.local_block + sim::stack_offset;
    const uint8_t* high = risc.local_block + sim::local_block_bytes - 16;
    const auto* image = reinterpret_cast<const uint8_t*>(risc.code->image);
    size_t found = 0;
    auto* at = static_cast<uint8_t*>(frame);
    for (int i = 0; i < most_frames && at >= low && at <= high && found < 2; ++i) {
        auto* const* words = reinterpret_cast<uint8_t* const*>(at);
        if (words[1] >= image && words[1] < image + risc.code->image_bytes) {
            site.offsets[found++] = static_cast<uint64_t>(words[1] - image) - 1;
        }
        if (words[0] <= at) {
            break;
        }
        at = words[0];
    }
    if (found == 0) {
        return no_site;
    }
    const std::lock_guard lock(mutex_);
    const auto [known, is_new] = sites_.try_emplace(site, num_sites_);
    if (is_new) {
        ++num_sites_;
        std::fprintf(sites_file_, "%u\t%llu\t%llu\t%s\t%s\n", known->second,
                     static_cast<unsigned long long>(site.offsets[0]), static_cast<unsigned long long>(site.offsets[1]),
                     risc.code->object_path.c_str(), risc.code->name.c_str());
    }
    return known->second;
}

/// Pages of a circular buffer from the read pointer, as the engine is about to read them.
void Recorder::input(Risc& risc, uint32_t at, uint8_t part, uint32_t cb, uint64_t first_page, uint64_t pages,
                     uint64_t bytes) {
    if (cb >= TSR_MAX_CBS || risc.context.cbs[cb].fifo_num_pages == 0) {
        return;  // the operation will say so
    }
    const tsr_cb& from = risc.context.cbs[cb];
    const uint64_t page = from.fifo_page_size;
    const uint64_t start = from.fifo_rd_ptr + first_page * page;
    const uint64_t size = pages == 1 ? bytes : (pages - 1) * page + bytes;
    if (start + size > risc.context.l1_size) {
        return;
    }
    add(risc,
        {.number = of(risc).engine_ops,
         .bytes = static_cast<uint32_t>(size),
         .site = at,
         .kind = EventKind::Unpack,
         .part = part},
        risc.core->l1 + start);
}

void Recorder::engine_op(Risc& risc, const EngineOp& op) {
    using Kind = EngineOp::Kind;
    if (op.kind <= Kind::DstRelease || op.kind == Kind::Configure || op.kind == Kind::TransposeDst) {
        return;
    }
    const uint32_t at = site(risc, __builtin_frame_address(0));
    const std::lock_guard lock(mutex_);
    Counters& counters = of(risc);
    ++counters.engine_ops;
    counters.pack_site = at;
    counters.packed.clear();
    const tsr_cb* cbs = risc.context.cbs;
    const auto tile = [&](uint32_t cb) { return cb < TSR_MAX_CBS ? cbs[cb].tile_size : 0; };
    switch (op.kind) {
        case Kind::Copy:
            input(risc, at, 0, op.cb0, op.tile0, op.tiles, tile(op.cb0));
            break;
        case Kind::BinaryDestReuse:
            input(risc, at, 0, op.cb0, op.tile0, 1, tile(op.cb0));
            break;
        case Kind::Binary:
            input(risc, at, 0, op.cb0, op.tile0, 1, tile(op.cb0));
            input(risc, at, 1, op.cb1, op.tile1, 1, tile(op.cb1));
            break;
        case Kind::Reduce:
            if (!op.from_dst && !op.pending) {
                input(risc, at, 0, op.cb0, op.tile0, 1, tile(op.cb0));
                input(risc, at, 1, op.cb1, op.tile1, 1, tile(op.cb1));
            }
            break;
        case Kind::Matmul:
            for (uint32_t r = 0; r < op.rt; ++r) {
                input(risc, at, static_cast<uint8_t>(2 * r), op.cb0, uint64_t{op.tile0} + uint64_t{r} * op.kt, 1,
                      tile(op.cb0));
            }
            input(risc, at, 1, op.cb1, op.tile1, op.ct, tile(op.cb1));
            break;
        case Kind::UnpackTilize:
            input(risc, at, 0, op.cb0, 0, op.ct, tile(op.cb0));
            break;
        case Kind::Pack:
        case Kind::PackRows:
        case Kind::PackUntilize: {
            if (op.cb0 >= TSR_MAX_CBS || cbs[op.cb0].fifo_num_pages == 0) {
                return;
            }
            const tsr_cb& to = cbs[op.cb0];
            const uint64_t page = to.fifo_page_size;
            const uint64_t first = op.kind == Kind::PackUntilize                  ? 0
                                   : op.kind == Kind::PackRows || op.out_of_order ? op.tile0
                                                                                  : to.fifo_wr_tile;
            const uint64_t pages = op.kind == Kind::PackUntilize ? uint64_t{op.rt} * op.full_ct : op.tiles;
            const uint64_t start = to.fifo_wr_ptr + first * page, size = pages * page;
            if (start + size <= risc.context.l1_size) {
                counters.packed.push_back({start, size});
            }
            break;
        }
        default:
            break;
    }
}

void Recorder::engine_done(Risc& risc, const EngineOp&) {
    const std::lock_guard lock(mutex_);
    Counters& counters = of(risc);
    for (const Range& range : counters.packed) {
        add(risc,
            {.number = counters.engine_ops,
             .bytes = static_cast<uint32_t>(range.bytes),
             .site = counters.pack_site,
             .kind = EventKind::Pack,
             .write = 1},
            risc.core->l1 + range.l1);
    }
    counters.packed.clear();
}

}  // namespace

void install_outputs(sim::Machine& machine, const std::string& file) {
    machine.adopt_observer(std::make_unique<Outputs>(machine.impl(), file));
}

void install_events(sim::Machine& machine, const std::string& file) {
    machine.adopt_observer(std::make_unique<Recorder>(machine.impl(), file));
}

void install(sim::Machine& machine) {
    const char* text = std::getenv("TESSERA_EXPLORE");
    if (text == nullptr || *text == '\0') {
        return;
    }
    const std::string wanted = text;
    const size_t colon = wanted.find(':');
    const std::string kind = wanted.substr(0, colon);
    if (colon == std::string::npos || (kind != "outputs" && kind != "events")) {
        throw Error("bad-option", "TESSERA_EXPLORE is '" + wanted + "'", "use outputs:FILE or events:FILE");
    }
    kind == "outputs" ? install_outputs(machine, wanted.substr(colon + 1))
                      : install_events(machine, wanted.substr(colon + 1));
}

}  // namespace tessera::explore
