// A launch's begin, and its end: what its processors did becomes part of the recording.
#include <recorder/observer.h>

#include <link.h>

#include <algorithm>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <arch/arch.h>

namespace tessera::recorder {

using record::Event;
using record::Op;
using sim::Core;
using sim::Risc;

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

void Recorder::host_moves(const uint8_t* memory, uint64_t bytes, bool to_device) {
    const std::lock_guard lock(mutex_);
    for (const auto& device : machine_.impl().devices) {
        if (!device->dram.contains(memory) && !device->l1.contains(memory)) {
            continue;
        }
        const record::HostTransfer made{.launches = static_cast<uint32_t>(done_.launches.size()),
                                        .device = static_cast<uint16_t>(device->id),
                                        .to_device = to_device};
        if (done_.transfers.empty() || done_.transfers.back().launches != made.launches ||
            done_.transfers.back().device != made.device || done_.transfers.back().to_device != to_device) {
            done_.transfers.push_back(made);
        }
        done_.transfers.back().bytes += bytes;
        return;
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

}  // namespace tessera::recorder
