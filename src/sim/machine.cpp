// The machine as the host layer sees it: construction, memory access, and setting up a launch.
#include <sim/dprint.h>
#include <sim/machine.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <thread>

#include <sim/core.h>
#include <sim/fiber.h>
#include <sim/monitor.h>
#include <sim/threads.h>
#include <tensix/no_arithmetic.h>

namespace tessera::sim {
namespace {

constexpr uint32_t semaphore_stride = 16;
/// Local memory blocks are reserved this many at a time.
constexpr uint32_t blocks_a_reservation = 192;

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

uint64_t environment_number(const char* name, const std::string& text, uint64_t most = UINT64_MAX) {
    char* end = nullptr;
    errno = 0;
    const uint64_t value = std::strtoull(text.c_str(), &end, 0);
    if (text.empty() || *end != '\0' || text.find('-') != std::string::npos) {
        throw Error("bad-option", std::string(name) + " is '" + text + "', which is no number");
    }
    if (errno == ERANGE || value > most) {
        throw Error("bad-option", std::string(name) + " is '" + text + "'",
                    "the largest number is " + std::to_string(most));
    }
    return value;
}

constexpr unsigned most_threads = 1024, most_seconds = 1'000'000;

uint32_t l1_room(const Core& core, uint32_t at, size_t bytes) {
    const arch::Chip& chip = *core.device->chip;
    if (at + bytes > chip.l1_unreserved_base) {
        throw Error("kernel-config-too-large",
                    "runtime arguments and semaphores of " + describe(core) + " don't fit in the " +
                        std::to_string(chip.l1_unreserved_base - chip.l1_kernel_config_base) +
                        " bytes that a core has for them");
    }
    return static_cast<uint32_t>(at + bytes);
}

/// What of a core's launch lives in its L1 and in its counters. Done for all cores before any fiber runs, so that an
/// early core can already reach a late one.
void set_up_core(Machine::Impl& machine, const ProgramLaunch& program, const CoreLaunch& launch) {
    Device& device = *machine.devices[program.device];
    const arch::Chip& chip = *device.chip;
    Core& core = device.core(launch.logical);
    if (core.riscs[0] == nullptr) {
        machine.give_riscs(core);
    }
    if (core.last_run == machine.runs) {
        throw Error("core-used-twice", describe(core) + " is given to two programs that would run at the same time",
                    "run them one after the other");
    }
    core.last_run = machine.runs;
    core.shard.store(nullptr, std::memory_order_relaxed);
    core.watchers.store(0, std::memory_order_relaxed);
    core.in_inbox.store(false, std::memory_order_relaxed);
    core.in_recheck = false;
    core.cb_waiters = 0;
    std::memset(core.received, 0, sizeof(core.received));
    std::memset(core.acked, 0, sizeof(core.acked));
    for (Risc* risc : core.riscs) {
        risc->state = State::Idle;
        risc->wait = {};
    }
    const uint32_t semaphores = chip.l1_kernel_config_base;
    for (const SemaphoreSetup& semaphore : launch.semaphores) {
        std::memcpy(core.l1 + semaphores + size_t{semaphore.id} * semaphore_stride, &semaphore.initial, 4);
    }
    uint32_t at = semaphores + chip.num_semaphores * semaphore_stride;
    for (const ProcessorLaunch& processor : launch.processors) {
        Risc& risc = *core.riscs[static_cast<size_t>(processor.processor)];
        const KernelCode& code = *processor.code;
        if (code.globals_bytes > globals_limit) {
            throw Error("kernel-globals-too-large", code.name + " has " + std::to_string(code.globals_bytes) +
                                                        " bytes of mutable globals; a processor has room for " +
                                                        std::to_string(globals_limit));
        }
        tsr_context& context = risc.context;
        risc.code = &code;
        risc.clock = 0;
        risc.looks =
            machine.predicted_clock.looks(machine.runs - 1, program.device, launch.logical, processor.processor);
        risc.reads_clock = false;
        risc.noc_ops = 0;
        risc.noc_seed = machine.options.noc_seed * 0x9E3779B97F4A7C15u + (uint64_t{program.device} << 32) +
                        (uint64_t{launch.logical.x} << 16) + (uint64_t{launch.logical.y} << 8) +
                        static_cast<uint64_t>(processor.processor);
        risc.notified = risc.poll_armed = false;
        risc.last_chances = 0;
        risc.never_ends = risc.asks_clock = false;
        risc.wait.frame = nullptr;
        risc.poll_rounds = risc.asking_rounds = 0;
        risc.asked = false;
        risc.pushed_cbs = risc.popped_cbs = 0;
        risc.history.clear(risc.configured_cbs);
        for (NocQueue& queue : risc.noc) {
            queue.reads.clear();
            queue.writes.clear();
            queue.targets.clear();
            queue.snapshots.clear();
        }

        context.image = reinterpret_cast<const uint8_t*>(code.image);
        context.image_size = code.image_bytes;
        context.rt_args_l1 = at;
        context.rt_arg_count = static_cast<uint32_t>(processor.args.size());
        at = l1_room(core, at, round_up(processor.args.size_bytes(), 16));
        context.common_rt_args_l1 = at;
        context.common_rt_arg_count = static_cast<uint32_t>(processor.common_args.size());
        at = l1_room(core, at, round_up(processor.common_args.size_bytes(), 16));
        if (!processor.args.empty()) {
            std::memcpy(core.l1 + context.rt_args_l1, processor.args.data(), processor.args.size_bytes());
        }
        if (!processor.common_args.empty()) {
            std::memcpy(core.l1 + context.common_rt_args_l1, processor.common_args.data(),
                        processor.common_args.size_bytes());
        }
        if (code.globals_bytes != 0) {
            std::memcpy(context.globals, code.globals_template, code.globals_bytes);
        }
        context.noc_index = processor.noc;
        context.noc_mode = processor.noc_mode;
        context.relative_x = static_cast<uint8_t>(launch.logical.x - processor.range_origin.x);
        context.relative_y = static_cast<uint8_t>(launch.logical.y - processor.range_origin.y);

        for (uint64_t left = risc.configured_cbs; left != 0; left &= left - 1) {
            context.cbs[__builtin_ctzll(left)].fifo_num_pages = 0;
        }
        risc.configured_cbs = 0;
        for (const CircularBufferSetup& setup : launch.circular_buffers) {
            tsr_cb& cb = context.cbs[setup.index];
            cb.fifo_rd_ptr = cb.fifo_wr_ptr = setup.address;
            cb.fifo_limit = setup.address + setup.bytes;
            cb.fifo_size = setup.bytes;
            cb.fifo_page_size = setup.page_bytes;
            cb.fifo_num_pages = setup.page_bytes == 0 ? 0 : setup.bytes / setup.page_bytes;
            cb.fifo_wr_tile = 0;
            cb.data_format = setup.data_format;
            cb.tile_size = setup.tile_bytes;
            cb.tile_rows = setup.tile_rows;
            cb.tile_cols = setup.tile_cols;
            cb.face_rows = setup.face_rows;
            cb.num_faces = setup.num_faces;
            risc.configured_cbs |= uint64_t{1} << setup.index;
        }
        if (processor.processor == Processor::COMPUTE) {
            prepare_engine(risc, processor.compute);
        }
    }
}

[[noreturn]] void out_of_range(const char* name, const std::string& what, uint64_t address, size_t bytes,
                               uint64_t size) {
    throw Error(name, "host access to " + what + " at address " + std::to_string(address) + " of " +
                          std::to_string(bytes) + " bytes is past its " + std::to_string(size) + " bytes");
}

uint8_t* dram_pointer(const Machine::Impl& machine, uint32_t device, uint32_t bank, uint64_t address, size_t bytes) {
    if (device >= machine.devices.size() || bank >= machine.devices[device]->chip->num_dram_banks) {
        throw Error("dram-out-of-range",
                    "there is no DRAM bank " + std::to_string(bank) + " on device " + std::to_string(device));
    }
    const Device& on = *machine.devices[device];
    if (address > on.chip->dram_bank_bytes || bytes > on.chip->dram_bank_bytes - address) {
        out_of_range("dram-out-of-range", "DRAM bank " + std::to_string(bank) + " of device " + std::to_string(device),
                     address, bytes, on.chip->dram_bank_bytes);
    }
    const uint32_t controller = on.chip->dram_bank_controller[bank];
    const size_t first = 1 + on.cores.size();  // endpoint 0 is none, then the workers
    return on.endpoints[first + controller].memory + on.chip->dram_bank_offset[bank] + address;
}

uint8_t* l1_pointer(const Machine::Impl& machine, uint32_t device, arch::Coord logical, uint64_t address,
                    size_t bytes) {
    if (device >= machine.devices.size()) {
        throw Error("bad-core", "there is no device " + std::to_string(device));
    }
    Core& core = machine.devices[device]->core(logical);
    const uint64_t size = core.device->chip->l1_bytes;
    if (address > size || bytes > size - address) {
        out_of_range("l1-out-of-range", "the L1 of " + describe(core), address, bytes, size);
    }
    return core.l1 + address;
}

void tell_host_write(const Machine::Impl& machine, const uint8_t* memory, size_t bytes) {
    observe(machine, Observer::HostMemory, [&](Observer& o) { o.host_write(memory, bytes); });
}

void tell_host_read(const Machine::Impl& machine, const uint8_t* memory, size_t bytes) {
    observe(machine, Observer::HostMemory, [&](Observer& o) { o.host_read(memory, bytes); });
}

}  // namespace

Options Options::from_environment() {
    Options options;
    if (const std::string text = environment("TESSERA_THREADS"); !text.empty()) {
        options.threads = static_cast<unsigned>(environment_number("TESSERA_THREADS", text, most_threads));
    }
    if (std::string text = environment("TESSERA_NOC_ORDER"); !text.empty() && text != "default") {
        const size_t colon = text.find(':');
        if (text.substr(0, colon) != "adversarial") {
            throw Error("bad-option", "TESSERA_NOC_ORDER is '" + text + "'",
                        "use adversarial, adversarial:SEED or default");
        }
        options.adversarial_noc = true;
        options.noc_seed =
            colon == std::string::npos ? 1 : environment_number("TESSERA_NOC_ORDER", text.substr(colon + 1));
    }
    if (const std::string text = environment("TESSERA_MATH"); !text.empty()) {
        if (text != "exact" && text != "fast" && text != "none") {
            throw Error(
                "bad-option", "TESSERA_MATH is '" + text + "'",
                "use exact (the chip's own bits), fast (sums in 32-bit floats, within a documented bound) or none "
                "(nothing is computed, for recordings)");
        }
        options.math = text == "exact"  ? tensix::MathMode::Exact
                       : text == "fast" ? tensix::MathMode::Fast
                                        : tensix::no_arithmetic;
    }
    if (const std::string text = environment("TESSERA_CHECKS"); !text.empty()) {
        if (text != "off" && text != "default" && text != "full") {
            throw Error("bad-option", "TESSERA_CHECKS is '" + text + "'",
                        "use default, full (the race detector sees every load and store) or off");
        }
        options.checks = text == "off"    ? Options::Checks::Off
                         : text == "full" ? Options::Checks::Full
                                          : Options::Checks::Default;
    }
    if (const std::string text = environment("TESSERA_TIMEOUT"); !text.empty()) {
        options.watchdog_seconds = static_cast<unsigned>(environment_number("TESSERA_TIMEOUT", text, most_seconds));
    }
    options.clock_file = environment("TESSERA_CLOCK");
    constexpr unsigned patience_of_a_person = 10, patience_of_a_log = 60;
    options.notes_after_seconds = isatty(STDERR_FILENO) != 0 ? patience_of_a_person : patience_of_a_log;
    return options;
}

/// For processors whose stretches nobody keeps: every watched access is told.
static tsr_stretch* const no_stretches = [] {
    static tsr_stretch all[TSR_STRETCHES];
    std::fill(std::begin(all), std::end(all), tsr_stretch{TSR_NO_STRETCH, 0});
    return all;
}();

void Machine::Impl::give_riscs(Core& core) {
    auto three = std::make_unique<Risc[]>(3);
    Device& device = *core.device;
    const arch::Chip& chip = *device.chip;
    const size_t index = static_cast<size_t>(&core - device.cores.data());
    for (uint32_t i = 0; i < 3; ++i) {
        if (blocks_left == 0) {
            local_blocks.emplace_back(local_block_bytes * blocks_a_reservation, "local memories of processors");
            blocks_left = blocks_a_reservation;
        }
        Reservation& reservation = local_blocks.back();
        const size_t offset = local_block_bytes * (blocks_a_reservation - blocks_left--);
        reservation.open(offset + globals_offset, globals_limit);
        reservation.open(offset + stack_offset, local_block_bytes - stack_offset);

        Risc& risc = three[i];
        risc.core = &core;
        risc.processor = static_cast<Processor>(i);
        risc.listeners = risc.processor == Processor::COMPUTE ? &compute_listeners : &listeners;
        risc.local_block = reservation.data() + offset;
        tsr_context& context = risc.context;
        context.l1 = core.l1;
        context.l1_size = chip.l1_bytes;
        context.local = risc.local_block + globals_offset;
        context.local_size = local_bytes;
        context.globals = context.local;
        context.semaphores_l1 = chip.l1_kernel_config_base;
        context.semaphore_stride = semaphore_stride;
        context.processor = static_cast<uint8_t>(i);
        context.device_id = static_cast<uint8_t>(device.id);
        context.logical_x = static_cast<uint8_t>(core.logical.x);
        context.logical_y = static_cast<uint8_t>(core.logical.y);
        for (uint32_t noc = 0; noc < TSR_NUM_NOCS; ++noc) {
            context.my_x[noc] = static_cast<uint8_t>(chip.worker_virtual[index].x);
            context.my_y[noc] = static_cast<uint8_t>(chip.worker_virtual[index].y);
            context.dram_bank_to_noc_xy[noc] = device.dram_bank_to_noc_xy[noc].data();
            context.l1_bank_to_noc_xy[noc] = device.l1_bank_to_noc_xy[noc].data();
        }
        context.num_dram_banks = static_cast<uint8_t>(chip.num_dram_banks);
        context.num_l1_banks = static_cast<uint16_t>(device.cores.size());
        context.bank_to_dram_offset = device.bank_to_dram_offset.data();
        context.bank_to_l1_offset = device.bank_to_l1_offset.data();
        context.dram_alignment = chip.dram_read_alignment;
        context.l1_alignment = chip.l1_alignment;
        context.risc = &risc;
        context.stretches = no_stretches;
        core.riscs[i] = &risc;
    }
    riscs.push_back(std::move(three));
}

Machine::Machine(const arch::Board& board, Options options) : impl_(std::make_unique<Impl>()) {
    impl_->board = &board;
    impl_->options = std::move(options);
    impl_->predicted_clock = PredictedClock(impl_->options.clock_file);
    if (impl_->options.threads == 0) {
        impl_->options.threads = std::max(1u, std::thread::hardware_concurrency());
    }
    for (const arch::Chip& chip : board.chips) {
        impl_->devices.push_back(std::make_unique<Device>());
        impl_->devices.back()->build(*impl_, chip, static_cast<uint32_t>(impl_->devices.size() - 1));
    }
    install_fault_handlers();
}

Machine::~Machine() {
    impl_->monitor.reset();
    dprint_close();  // shows lines that kernels began and never ended
}

const arch::Board& Machine::board() const {
    return *impl_->board;
}
const Options& Machine::options() const {
    return impl_->options;
}

void Machine::write_dram(uint32_t device, uint32_t bank, uint64_t address, std::span<const std::byte> bytes) {
    uint8_t* to = dram_pointer(*impl_, device, bank, address, bytes.size());
    if (!bytes.empty()) {
        std::memcpy(to, bytes.data(), bytes.size());
        tell_host_write(*impl_, to, bytes.size());
    }
}

void Machine::read_dram(uint32_t device, uint32_t bank, uint64_t address, std::span<std::byte> bytes) const {
    const uint8_t* from = dram_pointer(*impl_, device, bank, address, bytes.size());
    if (!bytes.empty()) {
        std::memcpy(bytes.data(), from, bytes.size());
        tell_host_read(*impl_, from, bytes.size());
    }
}

void Machine::write_l1(uint32_t device, arch::Coord logical, uint64_t address, std::span<const std::byte> bytes) {
    uint8_t* to = l1_pointer(*impl_, device, logical, address, bytes.size());
    if (!bytes.empty()) {
        std::memcpy(to, bytes.data(), bytes.size());
        tell_host_write(*impl_, to, bytes.size());
    }
}

void Machine::read_l1(uint32_t device, arch::Coord logical, uint64_t address, std::span<std::byte> bytes) const {
    const uint8_t* from = l1_pointer(*impl_, device, logical, address, bytes.size());
    if (!bytes.empty()) {
        std::memcpy(bytes.data(), from, bytes.size());
        tell_host_read(*impl_, from, bytes.size());
    }
}

void Machine::run(std::span<const ProgramLaunch* const> programs) {
    const std::lock_guard lock(impl_->run_mutex);
    ++impl_->runs;
    for (const ProgramLaunch* program : programs) {
        if (program->device >= impl_->devices.size()) {
            throw Error("bad-core", "there is no device " + std::to_string(program->device));
        }
        for (const CoreLaunch& core : program->cores) {
            set_up_core(*impl_, *program, core);
        }
    }
    observe(*impl_, Observer::Launches, [&](Observer& o) { o.launch_begin(*impl_, programs); });
    dprint_begin_run();
    struct ShowPrints {
        ~ShowPrints() { dprint_end_run(); }
    } const show_prints;
    /// Its kernels may be unloaded before anybody speaks of what these processors did.
    struct ForgetKernels {
        Impl& machine;
        std::span<const ProgramLaunch* const> programs;
        ~ForgetKernels() {
            for (const ProgramLaunch* program : programs) {
                for (const CoreLaunch& core : program->cores) {
                    for (Risc* risc : machine.devices[program->device]->core(core.logical).riscs) {
                        risc->code = nullptr;
                    }
                }
            }
        }
    } const forget_kernels{*impl_, programs};
    if (impl_->monitor == nullptr) {
        impl_->monitor = std::make_unique<Monitor>(impl_->options);
    }
    impl_->monitor->begin(impl_->run);
    struct EndOfRun {
        Monitor& monitor;
        ~EndOfRun() { monitor.end(); }
    } const end_of_run{*impl_->monitor};
    try {
        run_programs(*impl_, programs);
    } catch (...) {
        observe(*impl_, Observer::Launches, [&](Observer& o) { o.launch_failed(*impl_, programs); });
        throw;
    }
    observe(*impl_, Observer::Launches, [&](Observer& o) { o.launch_end(*impl_, programs); });
}

void Machine::add_observer(Observer* observer) {
    impl_->observers.push_back(observer);
    for (uint32_t group = 0; group < Observer::event_groups; ++group) {
        if ((observer->events() >> group & 1) != 0) {
            impl_->listeners[group].push_back(observer);
        }
        if (((observer->events() | observer->compute_events()) >> group & 1) != 0) {
            impl_->compute_listeners[group].push_back(observer);
        }
    }
}

void Machine::adopt_observer(std::unique_ptr<Observer> observer) {
    impl_->owned_observers.push_back(std::move(observer));
    add_observer(impl_->owned_observers.back().get());
}

void Machine::remove_observer(Observer* observer) {
    std::erase(impl_->observers, observer);
    for (size_t group = 0; group < Observer::event_groups; ++group) {
        std::erase(impl_->listeners[group], observer);
        std::erase(impl_->compute_listeners[group], observer);
    }
}

}  // namespace tessera::sim
