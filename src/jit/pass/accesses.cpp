// Loads and stores of the kernel's own code that may be to L1: the device is told of them while it watches, so that it
// can tell when bytes are used that have not arrived, or changed while they are being sent. Most accesses are known to
// be elsewhere (the stack, globals, the context) and stay as they are.
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

struct Access {
    Instruction* at;
    Value* address;
    uint64_t bytes;
    bool store;
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

void insert(const Access& access, Value* context) {
    Instruction* at = access.at;
    Module& module = *at->getModule();
    IRBuilder<> builder(at);
    builder.SetCurrentDebugLocation(at->getDebugLoc());
    Type* i64 = builder.getInt64Ty();
    const auto field = [&](uint64_t offset, Type* type) {
        return builder.CreateAlignedLoad(type, builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), context, offset),
                                         Align(8));
    };
    Value* base = builder.CreatePtrToInt(field(L1, builder.getPtrTy()), i64);
    Value* offset = builder.CreateSub(builder.CreatePtrToInt(access.address, i64), base);
    Value* watched = builder.CreateICmpULT(offset, field(access.store ? WATCHED_STORES : WATCHED_LOADS, i64));
    MDNode* unlikely = MDBuilder(module.getContext()).createBranchWeights(1, 1 << 20);
    Instruction* slow = SplitBlockAndInsertIfThen(watched, at->getIterator(), false, unlikely);
    builder.SetInsertPoint(slow);
    builder.SetCurrentDebugLocation(at->getDebugLoc());
    FunctionCallee tell = module.getOrInsertFunction(access.store ? "tsr_l1_store" : "tsr_l1_load", builder.getVoidTy(),
                                                     builder.getPtrTy(), builder.getInt32Ty());
    auto* function = cast<Function>(tell.getCallee());
    function->addFnAttr(Attribute::Cold);
    function->addFnAttr(Attribute::NoUnwind);
    builder.CreateCall(tell, {access.address, builder.getInt32(static_cast<uint32_t>(access.bytes))});
}

}  // namespace

void insert_access_checks(Module& module) {
    const DataLayout& layout = module.getDataLayout();
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
                    add(instruction, load->getPointerOperand(), layout.getTypeStoreSize(load->getType()), false);
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
            insert(access, context);
        }
    }
}

}  // namespace tessera::pass
