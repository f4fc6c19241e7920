// What a kernel's code costs on the chip: cycles of a small in-order RISC-V core, by block.
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

uint64_t cost(const Instruction& instruction) {
    if (isa<PHINode>(instruction) || isa<IntrinsicInst>(instruction) || isa<CastInst>(instruction) ||
        isa<CallBase>(instruction)) {
        return 0;
    }
    if (isa<LoadInst>(instruction) && instruction.hasMetadata(LLVMContext::MD_invariant_load)) {
        return 0;
    }
    return 1;
}

}  // namespace

bool take_count_wish(Module& module) {
    GlobalVariable* wish = module.getNamedGlobal("tsr_counted");
    if (wish == nullptr) {
        return false;
    }
    removeFromUsedLists(module, [&](Constant* used) { return used->stripPointerCasts() == wish; });
    wish->eraseFromParent();
    return true;
}

Costs find_costs(Module& module) {
    Costs costs;
    for (Function& function : module) {
        for (BasicBlock& block : function) {
            Value* place = &block;
            for (Instruction& instruction : block) {
                if (isa<CallInst>(instruction) && !isa<IntrinsicInst>(instruction)) {
                    place = &instruction;
                }
                costs[place] += cost(instruction);
            }
        }
    }
    return costs;
}

}  // namespace tessera::pass
