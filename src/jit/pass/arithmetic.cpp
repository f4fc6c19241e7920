// What a RISC-V core does where C++ or x86 differ: division by zero and overflow, oversized shifts, traps, and the few
// instructions that kernels write as inline assembly.
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/MDBuilder.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

bool is_division(const BinaryOperator& operation) {
    switch (operation.getOpcode()) {
        case Instruction::SDiv:
        case Instruction::UDiv:
        case Instruction::SRem:
        case Instruction::URem:
            return operation.getType()->isIntegerTy();
        default:
            return false;
    }
}

/// x / 0 is all ones and x % 0 is x, after the device was told; the quotient that overflows is the dividend.
Function* division_helper(Module& module, Instruction::BinaryOps opcode, Type* type) {
    std::string name = ("tsr." + Twine(Instruction::getOpcodeName(opcode)) + Twine(type->getIntegerBitWidth())).str();
    if (Function* known = module.getFunction(name)) {
        return known;
    }
    LLVMContext& context = module.getContext();
    auto* function =
        Function::Create(FunctionType::get(type, {type, type}, false), GlobalValue::InternalLinkage, name, module);
    function->addFnAttr(Attribute::AlwaysInline);
    function->addFnAttr(Attribute::NoUnwind);
    FunctionCallee by_zero = module.getOrInsertFunction("tsr_divide_by_zero", Type::getVoidTy(context));
    cast<Function>(by_zero.getCallee())->addFnAttr(Attribute::Cold);
    cast<Function>(by_zero.getCallee())->addFnAttr(Attribute::NoUnwind);
    bool is_signed = opcode == Instruction::SDiv || opcode == Instruction::SRem;
    bool is_quotient = opcode == Instruction::SDiv || opcode == Instruction::UDiv;
    Value* dividend = function->getArg(0);
    Value* divisor = function->getArg(1);
    MDNode* unlikely = MDBuilder(context).createBranchWeights(1, 1 << 20);

    auto* entry = BasicBlock::Create(context, "", function);
    auto* zero = BasicBlock::Create(context, "zero", function);
    auto* other = BasicBlock::Create(context, "other", function);
    IRBuilder<> builder(entry);
    builder.CreateCondBr(builder.CreateICmpEQ(divisor, ConstantInt::get(type, 0)), zero, other, unlikely);
    builder.SetInsertPoint(zero);
    builder.CreateCall(by_zero);
    builder.CreateRet(is_quotient ? Constant::getAllOnesValue(type) : dividend);
    builder.SetInsertPoint(other);
    if (is_signed) {
        auto* minus_one = BasicBlock::Create(context, "minus_one", function);
        auto* ordinary = BasicBlock::Create(context, "ordinary", function);
        builder.CreateCondBr(builder.CreateICmpEQ(divisor, Constant::getAllOnesValue(type)), minus_one, ordinary,
                             unlikely);
        builder.SetInsertPoint(minus_one);
        builder.CreateRet(is_quotient ? builder.CreateNeg(dividend) : Constant::getNullValue(type));
        builder.SetInsertPoint(ordinary);
    }
    builder.CreateRet(builder.CreateBinOp(opcode, dividend, divisor));
    return function;
}

void divide(BinaryOperator& operation) {
    auto* constant = dyn_cast<ConstantInt>(operation.getOperand(1));
    bool is_signed = operation.getOpcode() == Instruction::SDiv || operation.getOpcode() == Instruction::SRem;
    if (constant && !constant->isZero() && !(is_signed && constant->isMinusOne())) {
        return;
    }
    IRBuilder<> builder(&operation);
    Function* helper = division_helper(*operation.getModule(), operation.getOpcode(), operation.getType());
    operation.replaceAllUsesWith(builder.CreateCall(helper, {operation.getOperand(0), operation.getOperand(1)}));
    operation.eraseFromParent();
}

void mask_shift(BinaryOperator& shift) {
    Type* type = shift.getType();
    uint64_t width = type->getScalarSizeInBits();
    if (width != 32 && width != 64) {
        return;
    }
    Value* amount = shift.getOperand(1);
    if (auto* constant = dyn_cast<ConstantInt>(amount); constant && constant->getValue().ult(width)) {
        return;
    }
    IRBuilder<> builder(&shift);
    shift.setOperand(1, builder.CreateAnd(amount, ConstantInt::get(type, width - 1)));
}

void emit_trap(IRBuilder<>& builder, StringRef reason) {
    Module& module = *builder.GetInsertBlock()->getModule();
    FunctionCallee trap =
        module.getOrInsertFunction("tsr_trap", Type::getVoidTy(module.getContext()), builder.getPtrTy());
    cast<Function>(trap.getCallee())->addFnAttr(Attribute::Cold);
    cast<Function>(trap.getCallee())->setDoesNotReturn();
    builder.CreateCall(trap, {builder.CreateGlobalString(reason)})->setDoesNotReturn();
}

/// Keeps only the instructions of an assembly text that mean something here; true if none is left.
bool is_harmless(StringRef text) {
    SmallVector<StringRef> lines;
    text.split(lines, '\n');
    for (StringRef whole : lines) {
        SmallVector<StringRef> statements;
        whole.split(statements, ';');
        for (StringRef statement : statements) {
            StringRef word = statement.trim().take_until([](char c) { return c == ' ' || c == '\t'; });
            if (!(word.empty() || word == "fence" || word == "fence.i" || word == "nop" || word.starts_with("#"))) {
                return false;
            }
        }
    }
    return true;
}

void translate_assembly(CallBase& call) {
    auto* assembly = cast<InlineAsm>(call.getCalledOperand());
    StringRef text = assembly->getAsmString();
    if (text.trim().empty()) {
        return;
    }
    if (!is_harmless(text)) {
        StringRef first = text.trim().split('\n').first;
        report(call, "inline assembly \"" + first +
                         "\" is RISC-V code, which can't run here; only fence, nop and empty statements are accepted");
        return;
    }
    auto* barrier = InlineAsm::get(assembly->getFunctionType(), "", assembly->getConstraintString(), true);
    call.setCalledOperand(barrier);
}

}  // namespace

void match_processor(Module& module) {
    SmallVector<BinaryOperator*> divisions;
    SmallVector<BinaryOperator*> shifts;
    SmallVector<CallBase*> calls;
    SmallVector<UnreachableInst*> ends;
    for (Function& function : module) {
        for (Instruction& instruction : instructions(function)) {
            if (auto* operation = dyn_cast<BinaryOperator>(&instruction)) {
                if (is_division(*operation)) {
                    divisions.push_back(operation);
                } else if (operation->isShift()) {
                    shifts.push_back(operation);
                }
            } else if (auto* call = dyn_cast<CallBase>(&instruction)) {
                calls.push_back(call);
            } else if (auto* end = dyn_cast<UnreachableInst>(&instruction)) {
                auto* before = dyn_cast_or_null<CallBase>(end->getPrevNonDebugInstruction());
                if (!(before && before->doesNotReturn())) {
                    ends.push_back(end);
                }
            }
        }
    }
    for (BinaryOperator* operation : divisions) {
        divide(*operation);
    }
    for (BinaryOperator* shift : shifts) {
        mask_shift(*shift);
    }
    for (UnreachableInst* end : ends) {
        IRBuilder<> builder(end);
        emit_trap(builder,
                  "control reached the end of a function that must return a value, or code marked unreachable");
    }
    for (CallBase* call : calls) {
        if (call->isInlineAsm()) {
            translate_assembly(*call);
            continue;
        }
        const Function* callee = call->getCalledFunction();
        if (!callee) {
            continue;
        }
        StringRef name = callee->getName();
        bool is_trap = callee->getIntrinsicID() == Intrinsic::trap || callee->getIntrinsicID() == Intrinsic::debugtrap;
        if (is_trap || name == "abort" || name == "__cxa_pure_virtual" || name == "_ZSt9terminatev") {
            IRBuilder<> builder(call);
            emit_trap(builder, name == "abort"                ? "abort() was called"
                               : name == "__cxa_pure_virtual" ? "a pure virtual function was called"
                               : is_trap                      ? "a trap instruction was reached"
                                                              : "std::terminate() was called");
            if (call->use_empty() && !isa<InvokeInst>(call)) {
                call->eraseFromParent();
            }
        } else if (name == "__cxa_atexit" || name == "atexit") {
            // A kernel's statics end with its launch: nobody runs destructors on the chip.
            call->replaceAllUsesWith(Constant::getNullValue(call->getType()));
            call->eraseFromParent();
        }
    }
}

}  // namespace tessera::pass
