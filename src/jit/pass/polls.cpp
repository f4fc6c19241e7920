// Loops that may be waiting for somebody else (they read volatile memory, call something, or have no end) count down
// ctx->poll_budget, so that a fiber that spins lets others run. Loops of arithmetic are left as they are.
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/IR/Dominators.h"
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

LoopContent look(const Loop& loop) {
    LoopContent content;
    for (const BasicBlock* block : loop.blocks()) {
        for (const Instruction& instruction : *block) {
            if (const auto* load = dyn_cast<LoadInst>(&instruction)) {
                content.reads_volatile |= load->isVolatile() || load->isAtomic();
            } else if (const auto* call = dyn_cast<CallBase>(&instruction)) {
                const Function* callee = call->getCalledFunction();
                bool is_map = callee && (callee->getName() == "tsr_int_to_ptr_slow" ||
                                         callee->getName() == "tsr_ptr_to_int_slow");
                if (isa<IntrinsicInst>(call)) {
                    content.stores |= call->mayWriteToMemory() && !isa<AssumeInst>(call) &&
                                      !isa<DbgInfoIntrinsic>(call) && !call->isLifetimeStartOrEnd();
                } else if (!call->isInlineAsm() && !is_map && !call->doesNotReturn()) {
                    content.calls = true;
                }
            } else if (instruction.mayWriteToMemory() && !isa<FenceInst>(instruction)) {
                content.stores = true;
            }
        }
    }
    return content;
}

void insert(BasicBlock& header, Value* context, bool pure) {
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
    builder.CreateCall(poll, {builder.getInt32(pure ? 1 : 0)});
}

}  // namespace

void insert_polls(Module& module) {
    for (Function& function : module) {
        if (function.isDeclaration()) {
            continue;
        }
        DominatorTree dominators(function);
        LoopInfo loops(dominators);
        SmallVector<std::pair<BasicBlock*, bool>> places;
        for (const Loop* loop : loops.getLoopsInPreorder()) {
            LoopContent content = look(*loop);
            if (content.reads_volatile || content.calls || loop->hasNoExitBlocks()) {
                places.emplace_back(loop->getHeader(), !content.calls && !content.stores);
            }
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
        for (auto [header, pure] : places) {
            insert(*header, context, pure);
        }
    }
}

}  // namespace tessera::pass
