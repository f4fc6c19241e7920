// What is known of a compiled kernel before it runs, one verdict a property: proved, not proved with the reason, or
// refuted with an example. Nothing here runs the kernel or goes through its loops turn by turn where that can be
// helped, so the time does not depend on sizes.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <arch/arch.h>
#include <tile/device/program.h>

namespace tessera::tile {

class Diagnostics;

namespace prove {

enum class Property : uint8_t {
    L1,         ///< all circular buffers and shards of a core lie in its L1, none over another
    Dst,        ///< every DST slot that is named is there, between tile_regs_acquire and tile_regs_release
    Alignment,  ///< every transfer begins where the NoC and the memories allow it
    Progress,   ///< no kernel waits for ever, for circular buffers or for other cores
    Work,       ///< every block of the grid is done by exactly one core
    Coverage,   ///< every element of an output is stored by exactly one block
};
/// "l1", "dst", "alignment", "progress", "work", "coverage".
std::string_view name_of(Property property);
/// The sentence beside it.
std::string_view meaning_of(Property property);

struct Verdict {
    enum class Kind : uint8_t { Proved, NotProved, Refuted } kind = Kind::Proved;
    Property property = Property::Progress;
    std::string subject;  ///< the program; of Coverage the tensor
    /// One sentence without a full stop. Proved: what holds ("8 rings take 245760 of 1499136 bytes"). NotProved: why it
    /// could not be shown. Refuted: what goes wrong, with numbers.
    std::string what;
    Span span;                       ///< of the script, where there is such a place
    std::vector<std::string> trace;  ///< of Refuted: who waits for what, and the steps before; blocks and elements
    bool doubled = false;            ///< of Coverage, Refuted: stored by several blocks rather than by none
};
/// "proved", "not proved", "refuted".
std::string_view name_of(Verdict::Kind kind);
/// "progress of gemm: proved: no kernel ...".
std::string text_of(const Verdict& verdict);

/// A piece of a core's L1.
struct L1Part {
    uint32_t address = 0, bytes = 0;
    std::string what;              ///< the circular buffer's or tensor's name
    std::optional<uint32_t> ring;  ///< index of the circular buffer; nothing: a tensor's shard
    bool operator==(const L1Part&) const = default;
};
/// What each core's L1 holds of a tensor, in bytes; 0 of one in DRAM.
uint64_t bytes_in_l1(const device::Tensor& tensor, const arch::Chip& chip);
/// Where the runtime puts the circular buffers of a program and the shards of the module's tensors, by address. A ring
/// that lies on a tensor's shard has the shard's address. Shards lie at the end, the first tensor last.
std::vector<L1Part> l1_map(const device::Program& program, const device::Module& module, const arch::Chip& chip);

// One property of one program.
Verdict l1(const device::Program& program, const device::Module& module, const arch::Chip& chip);
Verdict dst(const device::Program& program);
Verdict alignment(const device::Program& program, const device::Module& module, const arch::Chip& chip);
/// Circular buffers of a core, and semaphores by which cores wait for each other.
Verdict progress(const device::Program& program, const arch::Chip& chip);
Verdict work(const device::Program& program);
/// One verdict a tensor that the kernel stores to. `kernel` is as the script means it, of constant sizes.
std::vector<Verdict> coverage(const ir::Kernel& kernel);

/// All verdicts of a module: those of its programs, in order, then coverage of its outputs.
std::vector<Verdict> all(const ir::Kernel& kernel, const device::Module& module);

/// Says what is wrong. A refuted property of a program is a mistake of the compiler and an error (tile-deadlock of
/// Progress, tile-proof of the others); elements that no block stores (tile-unwritten) and those that several store
/// (tile-written-twice) are warnings; that progress is not proved is a note (tile-not-proved). What else is not proved
/// is left to `tessera tile explain`.
void report(std::span<const Verdict> verdicts, Diagnostics& diagnostics);

}  // namespace prove
}  // namespace tessera::tile
