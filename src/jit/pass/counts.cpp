// Counting what the code costs. A function counts in a variable of its own, which becomes a register, and adds it to
// the context's count before anyone else may look: before calls, and when it returns.
#include "costs.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/Transforms/Utils/PromoteMemToReg.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

/// True if the callee may look at the context's count: the device, or another function that counts.
bool looks_at_count(const Instruction& instruction) {
    const auto* call = dyn_cast<CallBase>(&instruction);
    return call != nullptr && !isa<IntrinsicInst>(call) && !call->isInlineAsm();
}

/// Cycles for each word that a copy or a fill of a length known only then moves, in L1 or in the core's own memory.
uint64_t cycles_per_word(const AnyMemIntrinsic& move) {
    const auto is_local = [](const Value* address) { return isa<AllocaInst>(getUnderlyingObject(address)); };
    const uint64_t store = is_local(move.getRawDest()) ? 1 : 5;  // a store to L1 in five cycles
    return isa<AnyMemTransferInst>(move) ? store + 1 : store;
}

/// Adds up what a function's places cost in a field of the context.
void count(Function& function, const Costs& costs, ContextField field, bool with_moves) {
    SmallVector<std::pair<Instruction*, uint64_t>> additions;
    SmallVector<AnyMemIntrinsic*> moves;
    SmallVector<Instruction*> ends;
    for (BasicBlock& block : function) {
        if (const uint64_t cost = costs.lookup(&block)) {
            additions.emplace_back(&*block.getFirstInsertionPt(), cost);
        }
        for (Instruction& instruction : block) {
            if (const uint64_t cost = costs.lookup(&instruction)) {
                additions.emplace_back(instruction.getNextNode(), cost);
            }
            if (auto* move = dyn_cast<AnyMemIntrinsic>(&instruction);
                with_moves && move != nullptr && !isa<ConstantInt>(move->getLength())) {
                moves.push_back(move);
            }
            if (looks_at_count(instruction) || isa<ReturnInst>(instruction)) {
                ends.push_back(&instruction);
            }
        }
    }
    if (additions.empty() && moves.empty()) {
        return;
    }
    IRBuilder<> builder(&*function.getEntryBlock().getFirstInsertionPt());
    Type* i64 = builder.getInt64Ty();
    AllocaInst* own = builder.CreateAlloca(i64);
    builder.CreateStore(builder.getInt64(0), own);
    Value* total = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), load_context(builder), field);
    const auto add = [&](Value* cycles) {
        builder.CreateStore(builder.CreateAdd(builder.CreateLoad(i64, own), cycles), own);
    };
    for (auto [at, cost] : additions) {
        builder.SetInsertPoint(at);
        add(builder.getInt64(cost));
    }
    for (AnyMemIntrinsic* move : moves) {
        builder.SetInsertPoint(move);
        Value* words = builder.CreateLShr(builder.CreateZExtOrTrunc(move->getLength(), i64), 2);
        add(builder.CreateMul(words, builder.getInt64(cycles_per_word(*move))));
    }
    for (Instruction* end : ends) {
        builder.SetInsertPoint(end);
        Value* sum = builder.CreateAdd(builder.CreateAlignedLoad(i64, total, Align(8)), builder.CreateLoad(i64, own));
        builder.CreateAlignedStore(sum, total, Align(8));
        builder.CreateStore(builder.getInt64(0), own);
    }
    DominatorTree dominators(function);
    PromoteMemToReg({own}, dominators);
}

}  // namespace

void count_one_turn(ArrayRef<Spin> spins, Costs& costs) {
    for (const Spin& spin : spins) {
        uint64_t turn = 0;
        for (BasicBlock* block : spin.blocks) {
            turn += costs.lookup(block);
        }
        costs[spin.told] += turn;
    }
    for (const Spin& spin : spins) {
        for (BasicBlock* block : spin.blocks) {
            costs.erase(block);
        }
    }
}

void insert_counts(Module& module, const Costs& costs, const Costs& vector_instructions) {
    for (Function& function : module) {
        if (!function.isDeclaration()) {
            count(function, costs, CYCLES, true);
            count(function, vector_instructions, VECTOR_INSTRUCTIONS, false);
        }
    }
}

}  // namespace tessera::pass
