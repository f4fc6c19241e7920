#include <numerics/recorder.h>

#include <algorithm>
#include <chrono>
#include <cstring>

#include <sim/fiber.h>
#include <sim/noc.h>

namespace tessera::numerics {
namespace {

thread_local const OutputRegion* scope = nullptr;
thread_local uint64_t scope_offset = 0;

/// Where the kernel called the operation that is being told of: walks from the observer's frame.
Call call_of(const sim::Risc& risc, void* frame) {
    Call call{};
    if (risc.code == nullptr || risc.code->image == nullptr) {
        return call;
    }
    size_t found = 0;
    const std::byte* image = risc.code->image;
    auto** at = static_cast<void**>(frame);
    const auto on_stack = [&](const void* address) {
        return address >= risc.local_block + sim::stack_offset &&
               address <= risc.local_block + sim::local_block_bytes - 16;
    };
    for (int i = 0; i < 32 && found < call.size() && on_stack(static_cast<const void*>(at)); ++i) {
        const auto* pc = static_cast<const std::byte*>(at[1]);
        if (pc > image && pc < image + risc.code->image_bytes) {
            call[found++] = static_cast<uint64_t>(pc - image) - 1;
        }
        auto** next = static_cast<void**>(at[0]);
        if (next <= at) {
            break;
        }
        at = next;
    }
    return call;
}

sim::Engine& engine_of(sim::Risc& risc) {
    return *static_cast<sim::Engine*>(risc.context.engine);
}

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

OutputScope::OutputScope(const OutputRegion& region) {
    scope = &region;
    scope_offset = 0;
}
OutputScope::~OutputScope() {
    scope = nullptr;
}
void OutputScope::at(uint64_t offset) {
    scope_offset = offset;
}

Recorder::Recorder(sim::Machine& machine, std::string path) : machine_(machine), path_(std::move(path)) {}

CoreShadow& Recorder::shadow(const sim::Risc& risc) {
    const std::lock_guard lock(mutex_);
    return *by_core_.at(risc.core);
}

void Recorder::kernel_start(sim::Risc& risc) {
    if (risc.processor != sim::Processor::COMPUTE) {
        return;
    }
    const std::lock_guard lock(mutex_);
    const sim::Core& core = *risc.core;
    auto& held = cores_[{core.device->id, uint32_t{core.logical.y} << 16 | core.logical.x}];
    if (held == nullptr) {
        held = std::make_unique<CoreShadow>(memory_);
        by_core_[&core] = held.get();
    }
    const auto [entry, is_new] = kernel_index_.try_emplace(risc.code->object_path + '\n' + risc.code->name,
                                                           static_cast<uint32_t>(kernels_.size()));
    if (is_new) {
        kernels_.push_back({risc.code->name, risc.code->object_path});
    }
    held->start(entry->second, runs_);
}

void Recorder::engine_op(sim::Risc& risc, const sim::EngineOp& op) {
    shadow(risc).before(engine_of(risc), op, call_of(risc, __builtin_frame_address(0)));
}
void Recorder::engine_done(sim::Risc& risc, const sim::EngineOp& op) {
    shadow(risc).after(engine_of(risc), op);
}
void Recorder::sfpu_op(sim::Risc& risc, const sim::SfpuOp& op) {
    shadow(risc).before(engine_of(risc), op, call_of(risc, __builtin_frame_address(0)));
}
void Recorder::sfpu_done(sim::Risc& risc, const sim::SfpuOp& op) {
    shadow(risc).after(engine_of(risc), op);
}

// Shadows travel when a transfer is issued: what changes the source before its bytes leave changes bytes, which shows.
void Recorder::noc_issue(sim::Risc& risc, const sim::NocEvent& event) {
    if (event.kind != sim::NocEvent::Kind::Read && event.kind != sim::NocEvent::Kind::Write) {
        return;
    }
    const sim::Device& device = *risc.core->device;
    const uint64_t local = event.remote & sim::noc_local_mask;
    const uint8_t* own = risc.context.l1 + event.local_l1;
    const auto endpoint = [&](uint32_t x, uint32_t y) -> const sim::Endpoint& {
        return device.endpoints[device.decode[event.noc & 1][x | y << 6]];
    };
    const auto ex = static_cast<uint32_t>(event.remote >> 36 & 63), ey = static_cast<uint32_t>(event.remote >> 42 & 63);
    if (!event.multicast) {
        const sim::Endpoint& remote = endpoint(ex, ey);
        if (remote.memory == nullptr) {
            return;
        }
        event.kind == sim::NocEvent::Kind::Read ? memory_.copy(own, remote.memory + local, event.bytes)
                                                : memory_.copy(remote.memory + local, own, event.bytes);
        return;
    }
    const auto sx = static_cast<uint32_t>(event.remote >> 48 & 63), sy = static_cast<uint32_t>(event.remote >> 54 & 63);
    for (uint32_t y = std::min(sy, ey); y <= std::max(sy, ey); ++y) {
        for (uint32_t x = std::min(sx, ex); x <= std::max(sx, ex); ++x) {
            const sim::Endpoint& remote = endpoint(x, y);
            const bool self = remote.core == risc.core;
            if (remote.kind == sim::Endpoint::Kind::Worker && (!self || (event.flags & TSR_NOC_LOOPBACK) != 0) &&
                remote.core->l1 + local != own) {
                memory_.copy(remote.core->l1 + local, own, event.bytes);
            }
        }
    }
}

// What the host writes is true by definition.
void Recorder::host_write(const uint8_t* memory, uint64_t bytes) {
    memory_.forget(memory, bytes);
}

void Recorder::read_cells(Output& output, uint64_t offset, const uint8_t* memory, uint64_t bytes) {
    const uint32_t bits = tensix::datum_bits(output.format);
    std::vector<uint8_t> padded;
    std::vector<double> actual, shadow;
    for (uint64_t done = 0; done < bytes;) {
        const uint64_t cell = (offset + done) / output.cell_bytes;
        const uint64_t count = std::min<uint64_t>(bytes - done, (cell + 1) * output.cell_bytes - (offset + done));
        const uint8_t* at = memory + done;
        done += count;
        const auto packed = memory_.first_at(at, count);
        if (packed == nullptr || packed->format != output.format) {
            output.unshadowed += count;
            continue;
        }
        uint32_t exponents = 0;
        if (tensix::is_block_float(output.format)) {
            if (count != packed->bytes.size()) {
                output.unshadowed += count;
                continue;
            }
            exponents = packed->exponents;
        }
        const auto datums = static_cast<uint32_t>((count - exponents) * 8 / bits);
        const uint32_t whole = (datums + 15) / 16 * 16;
        padded.assign(size_t{exponents} + size_t{whole} * bits / 8 + 16, 0);
        std::memcpy(padded.data(), at, count);
        actual.resize(whole);
        shadow.resize(whole);
        decode(output.format, padded.data(), padded.data() + exponents, whole, actual.data());
        output.restarted += memory_.read(at, output.format, exponents, datums, actual.data(), shadow.data()).restarted;
        output.errors.add(output.format, actual.data(), shadow.data(), datums);
        if (cell >= output.cells.size()) {
            output.cells.resize(cell + 1);
        }
        output.cells[cell].error = mean_relative_error(actual.data(), shadow.data(), datums);
        output.cells[cell].seen = true;
    }
}

void Recorder::host_read(const uint8_t* memory, uint64_t bytes) {
    const uint64_t offset = scope_offset;
    scope_offset += bytes;
    const auto packed = memory_.first_at(memory, bytes);
    OutputRegion region;
    if (scope != nullptr) {
        region = *scope;
    } else {
        region.address = reinterpret_cast<uintptr_t>(memory);
        region.bytes = bytes;
        region.memory = "memory";
        region.layout = "read directly";
    }
    std::unique_lock lock(mutex_);
    const auto key = std::make_tuple(region.chip, std::string(region.memory), region.address);
    auto found = outputs_.find(key);
    if (found == outputs_.end()) {
        if (packed == nullptr) {
            return;
        }
        found = outputs_.emplace(key, Output{}).first;
        Output& made = found->second;
        made.region = region;
        made.format = packed->format;
        const auto tile = static_cast<uint32_t>(packed->bytes.size());
        made.by_tile = region.page_bytes == 0 || region.page_bytes % tile == 0 || tensix::is_block_float(made.format);
        made.cell_bytes = made.by_tile ? tile : region.page_bytes;
        output_order_.push_back(&made);
    }
    Output& output = found->second;
    if (offset == 0) {
        output.cells.clear();
    }
    read_cells(output, scope == nullptr ? 0 : offset, memory, bytes);
    lock.unlock();
    if (!path_.empty() && now() - last_written_ > 5) {
        last_written_ = now();
        write();
    }
}

}  // namespace tessera::numerics
