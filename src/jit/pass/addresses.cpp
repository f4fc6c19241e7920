// The address map of a core. An address inside L1 is translated inline; everything else (null, local memory, constants,
// and errors) is left to the device's slow path. Integer 0 and the null pointer stand for each other.
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/MDBuilder.h"
#include "llvm/IR/Operator.h"
#include "llvm/IR/ReplaceConstant.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

Function* slow_path(Module& module, StringRef name, Type* result, Type* argument) {
    FunctionCallee callee = module.getOrInsertFunction(name, FunctionType::get(result, {argument}, false));
    auto* function = cast<Function>(callee.getCallee());
    function->addFnAttr(Attribute::Cold);
    function->addFnAttr(Attribute::NoUnwind);
    // It looks at the device, and at nothing that the kernel can store to: loads move across it.
    function->setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
    return function;
}

Function* inlined_helper(Module& module, StringRef name, Type* result, Type* argument) {
    auto* function =
        Function::Create(FunctionType::get(result, {argument}, false), GlobalValue::InternalLinkage, name, module);
    function->addFnAttr(Attribute::AlwaysInline);
    function->addFnAttr(Attribute::NoUnwind);
    function->addFnAttr(Attribute::NullPointerIsValid);
    return function;
}

MDNode* likely(LLVMContext& context) {
    return MDBuilder(context).createBranchWeights(1 << 20, 1);
}

/// Pointer differences need no map: both ends move together.
bool is_difference(const Instruction& conversion) {
    if (!conversion.hasOneUse()) {
        return false;
    }
    const auto* sub = dyn_cast<BinaryOperator>(conversion.user_back());
    return sub && sub->getOpcode() == Instruction::Sub && isa<PtrToIntOperator>(sub->getOperand(0)) &&
           isa<PtrToIntOperator>(sub->getOperand(1));
}

bool converts(const Constant* constant) {
    const auto* expression = dyn_cast<ConstantExpr>(constant);
    return expression &&
           (expression->getOpcode() == Instruction::IntToPtr || expression->getOpcode() == Instruction::PtrToInt);
}

void collect_conversions(Constant* constant, SmallSetVector<Constant*, 16>& found) {
    if (isa<GlobalValue>(constant) || isa<ConstantData>(constant)) {
        return;
    }
    if (converts(constant)) {
        found.insert(constant);
    }
    for (Value* operand : constant->operands()) {
        if (auto* inner = dyn_cast<Constant>(operand)) {
            collect_conversions(inner, found);
        }
    }
}

}  // namespace

Function* int_to_ptr(Module& module) {
    if (Function* known = module.getFunction("tsr.int_to_ptr")) {
        return known;
    }
    LLVMContext& context = module.getContext();
    Type* i64 = Type::getInt64Ty(context);
    Type* pointer = PointerType::get(context, 0);
    Function* slow = slow_path(module, "tsr_int_to_ptr_slow", pointer, i64);
    Function* function = inlined_helper(module, "tsr.int_to_ptr", pointer, i64);
    auto* entry = BasicBlock::Create(context, "", function);
    auto* in_l1 = BasicBlock::Create(context, "l1", function);
    auto* other = BasicBlock::Create(context, "other", function);
    auto* elsewhere = BasicBlock::Create(context, "elsewhere", function);
    auto* null = BasicBlock::Create(context, "null", function);
    Value* address = function->getArg(0);

    IRBuilder<> builder(entry);
    Value* last = builder.CreateSub(load_constant_field(builder, i64, L1_SIZE), builder.getInt64(1));
    // 1 <= address < size, in one comparison.
    Value* inside = builder.CreateICmpULT(builder.CreateSub(address, builder.getInt64(1)), last);
    builder.CreateCondBr(inside, in_l1, other, likely(context));
    builder.SetInsertPoint(in_l1);
    Value* base = load_constant_field(builder, pointer, L1);
    builder.CreateRet(builder.CreateGEP(builder.getInt8Ty(), base, address));
    builder.SetInsertPoint(other);
    builder.CreateCondBr(builder.CreateICmpEQ(address, builder.getInt64(0)), null, elsewhere);
    builder.SetInsertPoint(elsewhere);
    builder.CreateRet(builder.CreateCall(slow, {address}));
    builder.SetInsertPoint(null);
    builder.CreateRet(ConstantPointerNull::get(cast<PointerType>(pointer)));
    return function;
}

Function* ptr_to_int(Module& module) {
    if (Function* known = module.getFunction("tsr.ptr_to_int")) {
        return known;
    }
    LLVMContext& context = module.getContext();
    Type* i64 = Type::getInt64Ty(context);
    Type* pointer = PointerType::get(context, 0);
    Function* slow = slow_path(module, "tsr_ptr_to_int_slow", i64, pointer);
    Function* function = inlined_helper(module, "tsr.ptr_to_int", i64, pointer);
    auto* entry = BasicBlock::Create(context, "", function);
    auto* in_l1 = BasicBlock::Create(context, "l1", function);
    auto* other = BasicBlock::Create(context, "other", function);
    auto* elsewhere = BasicBlock::Create(context, "elsewhere", function);
    auto* null = BasicBlock::Create(context, "null", function);
    Value* argument = function->getArg(0);

    IRBuilder<> builder(entry);
    Value* base = builder.CreatePtrToInt(load_constant_field(builder, pointer, L1), i64);
    Value* offset = builder.CreateSub(builder.CreatePtrToInt(argument, i64), base);
    // One past the end counts: loops compare against it.
    Value* inside = builder.CreateICmpULE(offset, load_constant_field(builder, i64, L1_SIZE));
    builder.CreateCondBr(inside, in_l1, other, likely(context));
    builder.SetInsertPoint(in_l1);
    builder.CreateRet(offset);
    builder.SetInsertPoint(other);
    builder.CreateCondBr(builder.CreateIsNull(argument), null, elsewhere);
    builder.SetInsertPoint(elsewhere);
    builder.CreateRet(builder.CreateCall(slow, {argument}));
    builder.SetInsertPoint(null);
    builder.CreateRet(builder.getInt64(0));
    return function;
}

void map_addresses(Module& module) {
    SmallSetVector<Constant*, 16> constants;
    for (Function& function : module) {
        for (Instruction& instruction : instructions(function)) {
            for (Value* operand : instruction.operands()) {
                if (auto* constant = dyn_cast<Constant>(operand)) {
                    collect_conversions(constant, constants);
                }
            }
        }
    }
    convertUsersOfConstantsToInstructions(constants.getArrayRef(), nullptr, false, true);

    SmallVector<CastInst*> conversions;
    for (Function& function : module) {
        if (function.getName().starts_with("tsr.")) {
            continue;
        }
        for (Instruction& instruction : instructions(function)) {
            if (isa<IntToPtrInst>(instruction) || (isa<PtrToIntInst>(instruction) && !is_difference(instruction))) {
                conversions.push_back(cast<CastInst>(&instruction));
            }
        }
    }
    for (CastInst* conversion : conversions) {
        if (conversion->getType()->isVectorTy()) {
            report(*conversion, "a vector of addresses can't be converted here");
            continue;
        }
        IRBuilder<> builder(conversion);
        Value* mapped;
        if (isa<IntToPtrInst>(conversion)) {
            Value* address = conversion->getOperand(0);
            if (address->getType()->getIntegerBitWidth() > 32) {
                // A signed 32-bit address arrives sign-extended; the core has 32 bits of address and no more.
                // Truncating anything else would hide an error, so a 64-bit value keeps all its bits.
                if (auto* extended = dyn_cast<SExtInst>(address); extended && extended->getSrcTy()->isIntegerTy(32)) {
                    address = extended->getOperand(0);
                }
            }
            mapped = builder.CreateCall(int_to_ptr(module), {builder.CreateZExtOrTrunc(address, builder.getInt64Ty())});
        } else {
            Value* address = builder.CreateCall(ptr_to_int(module), {conversion->getOperand(0)});
            mapped = builder.CreateZExtOrTrunc(address, conversion->getType());
        }
        conversion->replaceAllUsesWith(mapped);
        conversion->eraseFromParent();
    }
}

}  // namespace tessera::pass
