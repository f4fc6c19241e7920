// What a kernel's own code costs on the chip. The kernel, when it is optimised and before anything is inserted that the
// chip does not do, is compiled once more for the chip's cores (RISC-V, 32 bits, with multiplication and division),
// in memory, and the machine code of each block is put through a model of the core's pipeline.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "llvm/ADT/DenseMap.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Module.h"
#include "llvm/Target/TargetMachine.h"
#include "pass.h"

namespace tessera::pass {

/// What the passes at both ends of the pipeline know of a kernel that shall be counted.
struct Counting {
    bool wanted = false;
    uint32_t dram_banks = 0, l1_banks = 0, noc = 0, noc_mode = 0;  ///< constants on the chip; here the context's
    std::string headers;                                           ///< folder of Tessera's own kernel headers
    /// Functions (file, line, name) that call the device: their own code is in the call's figure.
    std::set<std::tuple<std::string, unsigned, std::string>> calls;

    /// The path of a scope's file from the headers' folder on; nothing if it is not among them.
    std::string in_headers(const llvm::DIScope& scope) const;
    /// True if an instruction from this place in the source is the kernel's own work, rather than a part of a device
    /// call, of the vector unit's emulation or of something that the chip's builds leave out (prints, assertions).
    bool is_own_work(const llvm::DILocation* at) const;
};

/// Takes out the kernel's wish to be counted (tsr_counted, which the driver adds to its source), and notes which
/// functions are device calls. Nothing may be inlined yet.
Counting begin_counting(llvm::Module& module);

/// Cycles by the place where a stretch of code begins: a block, or a call in it.
using Costs = llvm::DenseMap<llvm::Value*, uint64_t>;

Costs find_costs(llvm::Module& module, const Counting& counting);
/// How often a loop that waits looks at memory depends on who runs when. One look is counted, the one that ends it.
void count_one_turn(llvm::ArrayRef<Spin> spins, Costs& costs);
/// Counts in ctx->cycles what the code costs, and in ctx->vector_instructions those of the vector unit. Device calls
/// see counts that are complete.
void insert_counts(llvm::Module& module, const Costs& costs, const Costs& vector_instructions);

/// Calls of SFPI's operations leave marks. Nothing may be inlined yet.
void mark_vector_instructions(llvm::Module& module, const Counting& counting);
/// Takes the marks out: vector instructions by block.
Costs take_vector_marks(llvm::Module& module);

/// A copy of a kernel that looks like the chip's source: nothing of the host is left in it. Block n of `blocks` is
/// called "tsr.n"; the call of calls[n] has become inline assembly with the text "# tsr n".
struct ChipCode {
    std::unique_ptr<llvm::Module> module;
    std::vector<llvm::BasicBlock*> blocks;  ///< of the original
    std::vector<llvm::CallBase*> calls;     ///< of the original
};
ChipCode make_chip_code(llvm::Module& module, const Counting& counting, const llvm::Triple& triple,
                        const llvm::DataLayout& layout);

/// Cycles of the copy's machine code, by the numbers of ChipCode.
struct ChipCosts {
    std::vector<uint64_t> blocks, calls;
};
ChipCosts cost_chip_code(ChipCode& code, const Counting& counting, llvm::TargetMachine& machine);

}  // namespace tessera::pass
