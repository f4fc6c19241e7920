// Loops that may be waiting for somebody else (they read volatile memory, call something, or have no end) count down
// ctx->poll_budget, so that a fiber that spins lets others run. Loops of arithmetic are left as they are.
#include "../../../kernel/tessera/abi.h"
#include "llvm/Analysis/CycleAnalysis.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

struct LoopContent {
    bool reads_volatile = false;
    bool calls = false;
    bool stores = false;
};

bool has_no_exit(const Cycle& cycle) {
    SmallVector<BasicBlock*, 8> exits;
    cycle.getExitBlocks(exits);
    return exits.empty();
}

LoopContent look(const Cycle& cycle) {
    LoopContent content;
    for (const BasicBlock* block : cycle.blocks()) {
        for (const Instruction& instruction : *block) {
            if (const auto* load = dyn_cast<LoadInst>(&instruction)) {
                content.reads_volatile |= load->isVolatile() || load->isAtomic();
            } else if (const auto* call = dyn_cast<CallBase>(&instruction)) {
                const Function* callee = call->getCalledFunction();
                // Addresses are computed, and nobody is asked for anything.
                bool is_map = callee && (callee->getName() == "tsr_int_to_ptr_slow" ||
                                         callee->getName() == "tsr_ptr_to_int_slow" || callee->getName() == "tsr_page");
                if (isa<IntrinsicInst>(call)) {
                    content.stores |= call->mayWriteToMemory() && !isa<AssumeInst>(call) &&
                                      !isa<DbgInfoIntrinsic>(call) && !call->isLifetimeStartOrEnd();
                } else if (call->isInlineAsm()) {
                    // A fence or compiler barrier in a loop: whoever wrote it expects memory to change.
                    content.reads_volatile |= call->mayReadOrWriteMemory();
                } else if (!is_map && !call->doesNotReturn()) {
                    content.calls = true;
                }
            } else if (isa<FenceInst>(instruction)) {
                content.reads_volatile = true;
            } else if (instruction.mayWriteToMemory()) {
                content.stores = true;
            }
        }
    }
    return content;
}

/// True if a value goes from turn to turn: such a loop may count, and end by itself.
bool carries_values(const BasicBlock& header) {
    return !header.phis().empty();
}

/// The argument of tsr_poll_slow.
uint32_t kind_of(const Cycle& cycle, const LoopContent& content, const BasicBlock& header) {
    if (!content.reads_volatile && !content.calls && has_no_exit(cycle)) {
        return TSR_POLL_ENDLESS;
    }
    if (content.calls || content.stores) {
        return 0;
    }
    return carries_values(header) ? TSR_POLL_COUNTS : TSR_POLL_SPINS;
}

void insert(BasicBlock& header, Value* context, uint32_t kind) {
    Module& module = *header.getModule();
    Instruction* at = &*header.getFirstInsertionPt();
    IRBuilder<> builder(at);
    DebugLoc location = at->getDebugLoc();
    if (!location) {
        location = header.getTerminator()->getDebugLoc();
    }
    builder.SetCurrentDebugLocation(location);
    Value* field = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), context, POLL_BUDGET);
    Value* left =
        builder.CreateSub(builder.CreateAlignedLoad(builder.getInt64Ty(), field, Align(8)), builder.getInt64(1));
    builder.CreateAlignedStore(left, field, Align(8));
    Value* spent = builder.CreateICmpSLT(left, builder.getInt64(0));
    MDNode* unlikely = MDBuilder(module.getContext()).createBranchWeights(1, 1 << 20);
    Instruction* slow = SplitBlockAndInsertIfThen(spent, at->getIterator(), false, unlikely);
    FunctionCallee poll = module.getOrInsertFunction("tsr_poll_slow", builder.getVoidTy(), builder.getInt32Ty());
    cast<Function>(poll.getCallee())->addFnAttr(Attribute::Cold);
    cast<Function>(poll.getCallee())->addFnAttr(Attribute::NoUnwind);
    builder.SetInsertPoint(slow);
    builder.SetCurrentDebugLocation(location);
    builder.CreateCall(poll, {builder.getInt32(kind)});
}

/// Volatile loads inside the cycle that a value is computed from.
void collect_volatile_loads(Value* value, const Cycle& cycle, SmallPtrSetImpl<Value*>& seen,
                            SmallVectorImpl<LoadInst*>& loads) {
    auto* instruction = dyn_cast<Instruction>(value);
    if (!instruction || !cycle.contains(instruction->getParent()) || !seen.insert(instruction).second) {
        return;
    }
    if (auto* load = dyn_cast<LoadInst>(instruction)) {
        if (load->isVolatile() || load->isAtomic()) {
            loads.push_back(load);
        }
        return;
    }
    for (Value* operand : instruction->operands()) {
        collect_volatile_loads(operand, cycle, seen, loads);
    }
}

}  // namespace

void find_spins(Module& module, SmallPtrSetImpl<LoadInst*>& loads) {
    for (Function& function : module) {
        if (function.isDeclaration()) {
            continue;
        }
        CycleInfo cycles;
        cycles.compute(function);
        SmallVector<std::pair<BasicBlock*, BasicBlock*>> ends;
        const auto visit = [&](const auto& self, const Cycle& cycle) -> void {
            const LoopContent content = look(cycle);
            if (content.reads_volatile && !content.calls && !content.stores) {
                for (BasicBlock* block : cycle.blocks()) {
                    auto* branch = dyn_cast<BranchInst>(block->getTerminator());
                    if (!branch || !branch->isConditional()) {
                        continue;
                    }
                    SmallVector<LoadInst*> deciding;
                    SmallPtrSet<Value*, 8> seen;
                    collect_volatile_loads(branch->getCondition(), cycle, seen, deciding);
                    for (BasicBlock* next : branch->successors()) {
                        if (!deciding.empty() && !cycle.contains(next)) {
                            ends.emplace_back(block, next);
                            loads.insert(deciding.begin(), deciding.end());
                        }
                    }
                }
            }
            for (const Cycle* inner : cycle.children()) {
                self(self, *inner);
            }
        };
        for (const Cycle* cycle : cycles.toplevel_cycles()) {
            visit(visit, *cycle);
        }
        for (auto [block, next] : ends) {
            BasicBlock* between = SplitEdge(block, next);
            IRBuilder<> builder(between->getTerminator());
            builder.SetCurrentDebugLocation(block->getTerminator()->getDebugLoc());
            FunctionCallee spun = module.getOrInsertFunction("tsr_spun", builder.getVoidTy());
            cast<Function>(spun.getCallee())->addFnAttr(Attribute::NoUnwind);
            builder.CreateCall(spun);
        }
    }
}

void insert_polls(Module& module) {
    for (Function& function : module) {
        if (function.isDeclaration()) {
            continue;
        }
        // Cycles rather than loops: a cycle that can be entered in several places, by goto, spins as well.
        CycleInfo cycles;
        cycles.compute(function);
        SmallVector<std::pair<BasicBlock*, uint32_t>> places;
        const auto visit = [&](const auto& self, const Cycle& cycle) -> void {
            const LoopContent content = look(cycle);
            if (content.reads_volatile || content.calls || has_no_exit(cycle)) {
                for (BasicBlock* entry : cycle.getEntries()) {
                    places.emplace_back(entry, kind_of(cycle, content, *entry));
                }
            }
            for (const Cycle* inner : cycle.children()) {
                self(self, *inner);
            }
        };
        for (const Cycle* cycle : cycles.toplevel_cycles()) {
            visit(visit, *cycle);
        }
        if (places.empty()) {
            continue;
        }
        IRBuilder<> builder(&*function.getEntryBlock().getFirstInsertionPt());
        // The first line of the function: an instruction without a line would take its neighbour's.
        if (DISubprogram* subprogram = function.getSubprogram()) {
            builder.SetCurrentDebugLocation(
                DILocation::get(module.getContext(), subprogram->getScopeLine(), 0, subprogram));
        }
        Value* context = load_context(builder);
        for (auto [header, kind] : places) {
            insert(*header, context, kind);
        }
    }
}

}  // namespace tessera::pass
