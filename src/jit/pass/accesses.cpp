// Loads and stores of the kernel's own code that may be to L1: the device is told of them while it watches, so that it
// can tell when bytes are used that have not arrived, or changed while they are being sent. Most accesses are known to
// be elsewhere (the stack, globals, the context) and stay as they are.
#include <cstddef>
#include <map>
#include <tuple>

#include "../../../kernel/tessera/abi.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

struct Access {
    Instruction* at;
    Value* address;
    uint64_t bytes;
    bool store;
    bool spins = false;  ///< a loop waits by this load
};

bool is_context(const Value* value) {
    const auto* load = dyn_cast<LoadInst>(value);
    return load && load->getName().starts_with("tsr.ctx");
}

/// True if every object that the address may belong to is known, and none of them is L1.
bool is_elsewhere(const Value* address) {
    SmallVector<const Value*, 4> objects;
    getUnderlyingObjects(address, objects);
    return all_of(objects, [](const Value* object) {
        if (isa<AllocaInst>(object) || isa<GlobalValue>(object) || isa<ConstantPointerNull>(object) ||
            is_context(object)) {
            return true;
        }
        const auto* load = dyn_cast<LoadInst>(object);
        if (!load) {
            const auto* call = dyn_cast<CallBase>(object);
            return call && call->getIntrinsicID() == Intrinsic::threadlocal_address;
        }
        // What the context points to, L1 apart: globals, tables of banks, DST.
        const Value* base = load->getPointerOperand()->stripInBoundsConstantOffsets();
        if (!is_context(base)) {
            const auto* call = dyn_cast<CallBase>(base);
            return call && call->getIntrinsicID() == Intrinsic::threadlocal_address;
        }
        APInt offset(64, 0);
        load->getPointerOperand()->stripAndAccumulateConstantOffsets(load->getModule()->getDataLayout(), offset, true);
        return offset != L1;
    });
}

/// if (address - ctx->l1 < ctx->watched_*) {
///     s = &ctx->stretches[number];
///     if (offset - s->begin <= s->bytes) s->bytes = max(s->bytes, offset - s->begin + bytes);
///     else tsr_l1_*(address, bytes, number);
/// }
void insert(const Access& access, Value* context, uint32_t number) {
    Instruction* at = access.at;
    Module& module = *at->getModule();
    IRBuilder<> builder(at);
    builder.SetCurrentDebugLocation(at->getDebugLoc());
    Type* i64 = builder.getInt64Ty();
    Type* i32 = builder.getInt32Ty();
    const auto field = [&](uint64_t offset, Type* type) {
        return builder.CreateAlignedLoad(type, builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), context, offset),
                                         Align(8));
    };
    MDNode* unlikely = MDBuilder(module.getContext()).createBranchWeights(1, 1 << 20);
    Value* base = builder.CreatePtrToInt(field(L1, builder.getPtrTy()), i64);
    Value* offset = builder.CreateSub(builder.CreatePtrToInt(access.address, i64), base);
    Value* watched = builder.CreateICmpULT(offset, field(access.store ? WATCHED_STORES : WATCHED_LOADS, i64));
    Instruction* seen = SplitBlockAndInsertIfThen(watched, at->getIterator(), false, unlikely);

    builder.SetInsertPoint(seen);
    Value* stretch = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), field(STRETCHES, builder.getPtrTy()),
                                                        number * sizeof(tsr_stretch));
    Value* length_at = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), stretch, offsetof(tsr_stretch, bytes));
    Value* begin = builder.CreateAlignedLoad(i32, stretch, Align(4));
    Value* length = builder.CreateAlignedLoad(i32, length_at, Align(4));
    Value* inside = builder.CreateSub(builder.CreateTrunc(offset, i32), begin);
    Instruction* goes_on;
    Instruction* elsewhere;
    SplitBlockAndInsertIfThenElse(builder.CreateICmpULE(inside, length), seen->getIterator(), &goes_on, &elsewhere);
    builder.SetInsertPoint(goes_on);
    Value* end = builder.CreateAdd(inside, builder.getInt32(static_cast<uint32_t>(access.bytes)));
    builder.CreateAlignedStore(builder.CreateSelect(builder.CreateICmpUGT(end, length), end, length), length_at,
                               Align(4));
    builder.SetInsertPoint(elsewhere);
    builder.SetCurrentDebugLocation(at->getDebugLoc());
    FunctionCallee tell = module.getOrInsertFunction(access.store ? "tsr_l1_store" : "tsr_l1_load", builder.getVoidTy(),
                                                     builder.getPtrTy(), i32, i32);
    auto* function = cast<Function>(tell.getCallee());
    function->addFnAttr(Attribute::Cold);
    function->addFnAttr(Attribute::NoUnwind);
    builder.CreateCall(tell, {access.address, builder.getInt32(static_cast<uint32_t>(access.bytes)),
                              builder.getInt32(number | (access.spins ? TSR_SPINS : 0))});
}

}  // namespace

void insert_access_checks(Module& module, const SmallPtrSetImpl<LoadInst*>& spins) {
    const DataLayout& layout = module.getDataLayout();
    // Copies of an access that unrolling has made are one place of the code: they go on where the others end.
    std::map<std::tuple<const void*, const void*, unsigned, unsigned, bool>, uint32_t> numbers;
    const auto number_of = [&](const Access& access) {
        const DILocation* at = access.at->getDebugLoc().get();
        const auto fresh = static_cast<uint32_t>(numbers.size());
        if (at == nullptr) {
            return numbers.try_emplace({access.at, nullptr, 0, 0, access.store}, fresh).first->second % TSR_STRETCHES;
        }
        return numbers
                   .try_emplace({at->getScope(), at->getInlinedAt(), at->getLine(), at->getColumn(), access.store},
                                fresh)
                   .first->second %
               TSR_STRETCHES;
    };
    for (Function& function : module) {
        if (function.isDeclaration()) {
            continue;
        }
        SmallVector<Access> accesses;
        const auto add = [&](Instruction& at, Value* address, TypeSize bytes, bool store) {
            if (!bytes.isScalable() && address->getType()->getPointerAddressSpace() == 0 && !is_elsewhere(address)) {
                accesses.push_back({&at, address, bytes.getFixedValue(), store});
            }
        };
        for (Instruction& instruction : instructions(function)) {
            if (auto* load = dyn_cast<LoadInst>(&instruction)) {
                if (!load->hasMetadata(LLVMContext::MD_invariant_load)) {
                    const size_t before = accesses.size();
                    add(instruction, load->getPointerOperand(), layout.getTypeStoreSize(load->getType()), false);
                    if (accesses.size() != before) {
                        accesses.back().spins = spins.contains(load);
                    }
                }
            } else if (auto* store = dyn_cast<StoreInst>(&instruction)) {
                add(instruction, store->getPointerOperand(),
                    layout.getTypeStoreSize(store->getValueOperand()->getType()), true);
            } else if (auto* update = dyn_cast<AtomicRMWInst>(&instruction)) {
                add(instruction, update->getPointerOperand(), layout.getTypeStoreSize(update->getType()), true);
            } else if (auto* move = dyn_cast<AnyMemIntrinsic>(&instruction)) {
                if (const auto* length = dyn_cast<ConstantInt>(move->getLength())) {
                    const auto bytes = TypeSize::getFixed(length->getZExtValue());
                    add(instruction, move->getRawDest(), bytes, true);
                    if (auto* transfer = dyn_cast<AnyMemTransferInst>(move)) {
                        add(instruction, transfer->getRawSource(), bytes, false);
                    }
                }
            }
        }
        if (accesses.empty()) {
            continue;
        }
        IRBuilder<> builder(&*function.getEntryBlock().getFirstInsertionPt());
        if (DISubprogram* subprogram = function.getSubprogram()) {
            builder.SetCurrentDebugLocation(
                DILocation::get(module.getContext(), subprogram->getScopeLine(), 0, subprogram));
        }
        Value* context = load_context(builder);
        for (const Access& access : accesses) {
            insert(access, context, number_of(access));
        }
    }
}

}  // namespace tessera::pass
