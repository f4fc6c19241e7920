#include "tile_explain.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <arch/arch.h>

namespace tessera::cli {

namespace device = tile::device;

namespace {

std::string list(const std::vector<int64_t>& numbers, const char* between) {
    std::string text;
    for (const int64_t number : numbers) {
        text += fmt::format("{}{}", text.empty() ? "" : between, number);
    }
    return text;
}

std::string_view form_name(device::Tensor::Form form) {
    constexpr std::array<std::string_view, 4> names{"tiles", "tiles of a row each", "tiles of a column each",
                                                    "rows of words"};
    return names[static_cast<size_t>(form)];
}

}  // namespace

std::string explanation_of(const device::Module& module, const std::string& board) {
    std::string text = fmt::format("{} on {}\n\ntensors\n", module.name, board);
    for (const device::Tensor& tensor : module.tensors) {
        text += fmt::format("  {:<12} {}[{}] as {} in {}, {} pages of {} bytes in {}{}{}\n", tensor.param->name,
                            name_of(tensor.param->dtype), list(tensor.shape, ", "), form_name(tensor.form),
                            name_of(tensor.format), tensor.pages, tensor.page_bytes, tensor.in_l1 ? "L1" : "DRAM",
                            tensor.read ? ", read" : "", tensor.written ? ", written" : "");
    }
    const uint32_t l1 = arch::board(board).chips.front().l1_bytes;
    for (const device::Program& program : module.programs) {
        uint32_t least = UINT32_MAX, most = 0;
        for (const device::CoreWork& core : program.cores) {
            least = std::min(least, core.count);
            most = std::max(most, core.count);
        }
        text += fmt::format("\n{}: a grid of {} blocks on {} cores, {} to {} blocks each\n", program.name,
                            list(program.grid, "x"), program.cores.size(), least, most);
        text += fmt::format("  matrix products at {}, sums in {} bits, DST in {}\n", program.math_fidelity,
                            program.fp32_dest_acc_en ? 32 : 16, program.dst_full_sync_en ? "one piece" : "two halves");
        uint64_t bytes = 0;
        text += "  circular buffers\n";
        for (const device::CircularBuffer& ring : program.circular_buffers) {
            const uint64_t own = uint64_t{ring.page_bytes} * ring.pages;
            bytes += own;
            text += fmt::format("    c_{:<2} {:<20} {:>8} bytes  {:>4} tiles of {:<8}  {} to {}{}{}\n", ring.index,
                                ring.name, own, ring.pages, name_of(ring.format), name_of(ring.producer),
                                name_of(ring.consumer), ring.why.empty() ? "" : ": ", ring.why);
        }
        text += fmt::format("    {} bytes of L1, which has {} ({:.0f} %)\n", bytes, l1, 100.0 * bytes / l1);
        for (const device::Semaphore& semaphore : program.semaphores) {
            text += fmt::format("  semaphore {}: {}\n", semaphore.index, semaphore.name);
        }
    }
    return text;
}

}  // namespace tessera::cli
