// Names for what runs, and source lines from stack frames.
#include <sim/core.h>
#include <sim/fiber.h>

#include <base/symbolize.h>

namespace tessera::sim {
namespace {

constexpr size_t most_frames = 32;
constexpr size_t most_lines = 3;

std::string xy(arch::Coord c) {
    return "(" + std::to_string(c.x) + "," + std::to_string(c.y) + ")";
}

bool on_stack(const Risc& risc, const void* address) {
    return address >= risc.local_block + stack_offset && address <= risc.local_block + local_block_bytes - 16;
}

}  // namespace

const char* Risc::processor_name() const {
    switch (processor) {
        case Processor::RISCV_0:
            return "RISCV_0";
        case Processor::RISCV_1:
            return "RISCV_1";
        case Processor::COMPUTE:
            break;
    }
    return "compute";
}

std::string kernel_name(const Risc& risc) {
    return risc.code == nullptr || risc.code->name.empty() ? std::string("kernel") : risc.code->name;
}

std::string describe(const Core& core) {
    return "core " + xy(core.logical) + " of device " + std::to_string(core.device->id);
}

std::string describe(const Risc& risc) {
    return describe(*risc.core) + ", " + risc.processor_name() + " (" + kernel_name(risc) + ")";
}

std::vector<SourceLocation> kernel_trace(const Risc& risc, void* frame, void* first_pc) {
    std::vector<SourceLocation> trace;
    if (risc.code == nullptr || risc.code->image == nullptr) {
        return trace;
    }
    const std::byte* image = risc.code->image;
    const auto add = [&](void* pc, uint64_t back) {
        const auto* at = static_cast<const std::byte*>(pc);
        if (at >= image && at < image + risc.code->image_bytes) {
            for (SourceLocation& location :
                 symbolize(risc.code->object_path, static_cast<uint64_t>(at - image) - back)) {
                trace.push_back(std::move(location));
            }
        }
    };
    if (first_pc != nullptr) {
        add(first_pc, 0);
    }
    auto** at = static_cast<void**>(frame);
    for (size_t i = 0; i < most_frames && trace.size() < most_lines && on_stack(risc, static_cast<const void*>(at));
         ++i) {
        add(at[1], 1);
        auto** next = static_cast<void**>(at[0]);
        if (next <= at) {
            break;
        }
        at = next;
    }
    if (trace.size() > most_lines) {
        trace.resize(most_lines);
    }
    return trace;
}

}  // namespace tessera::sim
