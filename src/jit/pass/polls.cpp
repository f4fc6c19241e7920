// Loops that may be waiting for somebody else (they read volatile memory, call something, or have no end) count down
// ctx->poll_budget, so that a fiber that spins lets others run. Loops of arithmetic are left as they are.
#include "../../../kernel/tessera/abi.h"
#include "llvm/Analysis/CycleAnalysis.h"
#include "llvm/Analysis/ValueTracking.h"
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
    bool reads_volatile = false;  ///< memory that others may write
    bool calls = false;
    bool stores = false;            ///< to memory that others may read
    bool stores_privately = false;  ///< to the function's own variables
};

/// A variable of the function's own: no other processor reaches a stack.
bool is_private(const Value* address) {
    return isa<AllocaInst>(getUnderlyingObject(address));
}

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
                content.reads_volatile |=
                    (load->isVolatile() || load->isAtomic()) && !is_private(load->getPointerOperand());
            } else if (const auto* store = dyn_cast<StoreInst>(&instruction);
                       store && is_private(store->getPointerOperand())) {
                content.stores_privately = true;
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

void collect_entries(const Cycle& cycle, SmallPtrSetImpl<const BasicBlock*>& entries) {
    entries.insert(cycle.getEntries().begin(), cycle.getEntries().end());
    for (const Cycle* inner : cycle.children()) {
        collect_entries(*inner, entries);
    }
}

/// True if which way a turn of the loop takes may differ from turn to turn though nobody else has written anything:
/// because of values that it carries along, or variables of its own.
bool may_end_by_itself(const Cycle& cycle, const LoopContent& content) {
    SmallPtrSet<const BasicBlock*, 8> entries;
    collect_entries(cycle, entries);
    SmallVector<const Value*, 16> left;
    for (const BasicBlock* block : cycle.blocks()) {
        const Instruction* end = block->getTerminator();
        if (end->getNumSuccessors() < 2) {
            continue;
        }
        if (!isa<BranchInst, SwitchInst>(end)) {
            return true;
        }
        left.push_back(isa<BranchInst>(end) ? cast<BranchInst>(end)->getCondition()
                                            : cast<SwitchInst>(end)->getCondition());
    }
    SmallPtrSet<const Value*, 16> seen;
    while (!left.empty()) {
        const auto* value = dyn_cast<Instruction>(left.pop_back_val());
        if (!value || !cycle.contains(value->getParent()) || !seen.insert(value).second) {
            continue;
        }
        if (isa<PHINode>(value) && entries.contains(value->getParent())) {
            return true;
        }
        if (const auto* load = dyn_cast<LoadInst>(value);
            load && content.stores_privately && is_private(load->getPointerOperand())) {
            return true;
        }
        left.append(value->op_begin(), value->op_end());
    }
    return false;
}

/// The argument of tsr_poll_slow.
uint32_t kind_of(const Cycle& cycle, const LoopContent& content) {
    const bool no_exit = has_no_exit(cycle);
    if (no_exit && !content.reads_volatile && !content.calls) {
        return TSR_POLL_ENDLESS;
    }
    const uint32_t never_ends = no_exit ? TSR_POLL_NO_EXIT : 0;
    if (content.calls || content.stores) {
        return never_ends;
    }
    return never_ends | (may_end_by_itself(cycle, content) ? TSR_POLL_COUNTS : TSR_POLL_SPINS);
}

/// Where the loop begins in the source, if its back edge still says so.
DebugLoc begin_of(const Cycle& cycle, const BasicBlock& header) {
    for (const BasicBlock* latch : predecessors(&header)) {
        const MDNode* loop =
            cycle.contains(latch) ? latch->getTerminator()->getMetadata(LLVMContext::MD_loop) : nullptr;
        for (const MDOperand& operand : loop != nullptr ? loop->operands() : ArrayRef<MDOperand>()) {
            if (const auto* location = dyn_cast_or_null<DILocation>(operand)) {
                return location;
            }
        }
    }
    return {};
}

void insert(BasicBlock& header, Value* context, uint32_t kind, DebugLoc location) {
    Module& module = *header.getModule();
    Instruction* at = &*header.getFirstInsertionPt();
    IRBuilder<> builder(at);
    if (!location) {
        location = at->getDebugLoc();
    }
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
        if ((load->isVolatile() || load->isAtomic()) && !is_private(load->getPointerOperand())) {
            loads.push_back(load);
        }
        return;
    }
    for (Value* operand : instruction->operands()) {
        collect_volatile_loads(operand, cycle, seen, loads);
    }
}

}  // namespace

SmallVector<Spin> find_spins(Module& module, SmallPtrSetImpl<LoadInst*>& loads) {
    SmallVector<Spin> spins;
    for (Function& function : module) {
        if (function.isDeclaration()) {
            continue;
        }
        CycleInfo cycles;
        cycles.compute(function);
        struct End {
            BasicBlock* from;
            BasicBlock* to;
            SmallVector<BasicBlock*, 2> blocks;
        };
        SmallVector<End> ends;
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
                            ends.push_back({block, next, {cycle.block_begin(), cycle.block_end()}});
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
        for (auto& [block, next, blocks] : ends) {
            BasicBlock* between = SplitEdge(block, next);
            IRBuilder<> builder(between->getTerminator());
            builder.SetCurrentDebugLocation(block->getTerminator()->getDebugLoc());
            FunctionCallee spun = module.getOrInsertFunction("tsr_spun", builder.getVoidTy());
            cast<Function>(spun.getCallee())->addFnAttr(Attribute::NoUnwind);
            spins.push_back({std::move(blocks), builder.CreateCall(spun)});
        }
    }
    return spins;
}

void insert_polls(Module& module) {
    for (Function& function : module) {
        if (function.isDeclaration()) {
            continue;
        }
        // Cycles rather than loops: a cycle that can be entered in several places, by goto, spins as well.
        CycleInfo cycles;
        cycles.compute(function);
        struct Place {
            BasicBlock* header;
            uint32_t kind;
            DebugLoc begin;
        };
        SmallVector<Place> places;
        const auto visit = [&](const auto& self, const Cycle& cycle) -> void {
            const LoopContent content = look(cycle);
            if (content.reads_volatile || content.calls || has_no_exit(cycle)) {
                for (BasicBlock* entry : cycle.getEntries()) {
                    places.push_back({entry, kind_of(cycle, content), begin_of(cycle, *entry)});
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
        for (const Place& place : places) {
            insert(*place.header, context, place.kind, place.begin);
        }
    }
}

}  // namespace tessera::pass
