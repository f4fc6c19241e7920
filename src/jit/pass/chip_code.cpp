// From a kernel as it is optimised for the host to what the chip's compiler would see: pointers are 32 bits wide, what
// the context holds lies where the chip's firmware has it, and calls of the device take their arguments and no more.
#include "../../../kernel/tessera/abi.h"
#include "costs.h"
#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/IR/AttributeMask.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/PassManager.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/DCE.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Utils/BasicBlockUtils.h"
#include "llvm/Transforms/Utils/Cloning.h"
#include "llvm/Transforms/Utils/Local.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

/// Calls that only report a mistake: the chip has nothing in their place.
bool reports_mistake(const CallBase& call) {
    const Function* callee = call.getCalledFunction();
    return callee != nullptr &&
           (call.doesNotReturn() || callee->getName() == "tsr_assert_failed" ||
            callee->getName() == "tsr_divide_by_zero" || callee->getName() == "tsr_unset_runtime_arg");
}

/// Asked by SFPI's headers, which need it here only.
bool is_window(const Function& callee) {
    return callee.getName() == "tsr_dst_tile" || callee.getName() == "tsr_dst_is_32bit";
}

class Maker {
public:
    Maker(Module& module, const Counting& counting) : module_(module), counting_(counting) {
        Type* byte = Type::getInt8Ty(module.getContext());
        const auto in_local_memory = [&](const char* name) {
            return new GlobalVariable(module, byte, false, GlobalValue::ExternalLinkage, nullptr, name);
        };
        context_ = in_local_memory("tsr.chip");
        globals_ = in_local_memory("tsr.chip.globals");
        for (auto& [field, table] : tables_) {
            table = in_local_memory("tsr.chip.table");
        }
    }

    void function(Function& function, const DenseMap<CallBase*, unsigned>& calls) {
        forget_host(function);
        drop_dead_ends(function);
        drop_vectors(function);
        align(function);
        replace_calls(function, calls);
        for (int round = 0; round < 2; ++round) {
            replace_context(function);
            simplify(function);
        }
    }

private:
    static void forget_host(Function& function) {
        AttributeMask mask;
        for (const char* name : {"target-cpu", "target-features", "tune-cpu", "frame-pointer", "probe-stack",
                                 "min-legal-vector-width", "prefer-vector-width"}) {
            mask.addAttribute(name);
        }
        function.removeFnAttrs(mask);
        function.addFnAttr("target-features", "+m");
    }

    /// A value that the compiler knows nothing of, and that costs nothing to have.
    Value* unknown(IRBuilder<>& builder, Type* type) {
        if (type->isVoidTy()) {
            return nullptr;
        }
        const unsigned bits = type->isPointerTy() ? 32 : static_cast<unsigned>(type->getPrimitiveSizeInBits());
        if (bits == 0 || bits > 64 || type->isVectorTy()) {
            return Constant::getNullValue(type);
        }
        Type* i32 = builder.getInt32Ty();
        const auto word = [&] {
            return builder.CreateCall(InlineAsm::get(FunctionType::get(i32, false), "# tsr value", "=r", true));
        };
        Value* value = word();
        if (bits > 32) {
            Type* i64 = builder.getInt64Ty();
            value = builder.CreateOr(builder.CreateZExt(value, i64),
                                     builder.CreateShl(builder.CreateZExt(word(), i64), 32));
        }
        if (type->isPointerTy()) {
            return builder.CreateIntToPtr(value, type);
        }
        return builder.CreateBitCast(builder.CreateTrunc(value, builder.getIntNTy(bits)), type);
    }

    static bool has_vector(const Instruction& instruction) {
        return instruction.getType()->isVectorTy() ||
               any_of(instruction.operands(), [](const Use& use) { return use->getType()->isVectorTy(); });
    }

    /// The vector unit's emulation: on the chip, instructions of the Tensix engine.
    void drop_vectors(Function& function) {
        SmallVector<Instruction*> vectors;
        for (Instruction& instruction : instructions(function)) {
            if (has_vector(instruction)) {
                vectors.push_back(&instruction);
            }
        }
        for (Instruction* instruction : vectors) {
            if (!instruction->use_empty()) {
                Value* value = PoisonValue::get(instruction->getType());
                if (!instruction->getType()->isVectorTy()) {
                    IRBuilder<> builder(isa<PHINode>(instruction) ? &*instruction->getParent()->getFirstInsertionPt()
                                                                  : instruction);
                    value = unknown(builder, instruction->getType());
                }
                instruction->replaceAllUsesWith(value);
            }
        }
        for (Instruction* instruction : vectors) {
            instruction->eraseFromParent();
        }
    }

    /// Tessera's headers copy bytes where the chip's load words.
    void align(Function& function) {
        const DataLayout& layout = module_.getDataLayout();
        for (Instruction& instruction : instructions(function)) {
            const DILocation* at = instruction.getDebugLoc().get();
            if (at == nullptr || counting_.in_headers(*at->getScope()).empty()) {
                continue;
            }
            if (auto* load = dyn_cast<LoadInst>(&instruction);
                load != nullptr && load->getType()->isSingleValueType()) {
                load->setAlignment(std::max(load->getAlign(), layout.getABITypeAlign(load->getType())));
            } else if (auto* store = dyn_cast<StoreInst>(&instruction)) {
                store->setAlignment(
                    std::max(store->getAlign(), layout.getABITypeAlign(store->getValueOperand()->getType())));
            }
        }
    }

    /// "# tsr n" with the arguments in registers, and an unknown result.
    void mark(CallBase& call, unsigned n) {
        IRBuilder<> builder(&call);
        Type* i32 = builder.getInt32Ty();
        const bool is_noc_call = call.getCalledFunction()->getName().starts_with("tsr_noc_");
        constexpr unsigned coordinates = 36;
        SmallVector<Value*> words;
        for (Value* argument : call.args()) {
            Type* type = argument->getType();
            if (isa<Constant>(argument) && !isa<ConstantInt>(argument)) {
                continue;  // a text or the like
            }
            if (type->isPointerTy()) {
                words.push_back(argument);
            } else if (type->isIntegerTy() || type->isFloatTy() || type->isDoubleTy()) {
                const auto bits = static_cast<unsigned>(type->getPrimitiveSizeInBits());
                Value* value = builder.CreateBitCast(argument, builder.getIntNTy(bits));
                words.push_back(builder.CreateZExtOrTrunc(value, i32));
                if (bits > 32 && bits <= 64) {
                    // Of a NoC address the coordinates: so the chip's command buffers take it.
                    const unsigned upper = is_noc_call ? coordinates : 32;
                    words.push_back(builder.CreateTrunc(builder.CreateLShr(value, upper), i32));
                }
            }
        }
        words.resize(std::min<size_t>(words.size(), 10));
        SmallVector<Type*> types;
        std::string constraints;
        for (Value* word : words) {
            types.push_back(word->getType());
            // A constant needs no register: device calls are inlined, and write it as the chip's code would.
            constraints += isa<ConstantInt>(word) ? "ri," : "r,";
        }
        constraints += "~{memory}";
        CallInst* marker = builder.CreateCall(InlineAsm::get(FunctionType::get(builder.getVoidTy(), types, false),
                                                             "# tsr " + std::to_string(n), constraints, true),
                                              words);
        marker->addFnAttr(Attribute::NoDuplicate);
        // What is computed before it takes its place in the source, which would be one of the call's own.
        marker->setDebugLoc({});
        if (!call.use_empty()) {
            call.replaceAllUsesWith(unknown(builder, call.getType()));
        }
        call.eraseFromParent();
    }

    void replace_calls(Function& function, const DenseMap<CallBase*, unsigned>& calls) {
        SmallVector<CallBase*> found;
        for (Instruction& instruction : instructions(function)) {
            if (auto* call = dyn_cast<CallBase>(&instruction)) {
                found.push_back(call);
            }
        }
        for (CallBase* call : found) {
            const Function* callee = call->getCalledFunction();
            const StringRef name = callee == nullptr ? StringRef() : callee->getName();
            IRBuilder<> builder(call);
            if (name == "tsr.int_to_ptr" || name == "tsr.ptr_to_int") {
                Value* value = call->getArgOperand(0);
                value = call->getType()->isPointerTy()
                            ? builder.CreateIntToPtr(builder.CreateTrunc(value, builder.getInt32Ty()), call->getType())
                            : builder.CreateZExt(builder.CreatePtrToInt(value, builder.getInt32Ty()), call->getType());
                call->replaceAllUsesWith(value);
                call->eraseFromParent();
            } else if (name.starts_with("llvm.x86.") || name.starts_with("tsr_exact_") ||
                       (callee != nullptr && is_window(*callee)) || (call->isInlineAsm() && calls.count(call) == 0)) {
                if (!call->use_empty()) {
                    call->replaceAllUsesWith(unknown(builder, call->getType()));
                }
                call->eraseFromParent();
            } else if (const auto number = calls.find(call); number != calls.end()) {
                mark(*call, number->second);
            }
        }
    }

    /// What only reports a mistake, or can't be reached, is not on the chip, and neither is the question whether to.
    static void drop_dead_ends(Function& function) {
        SmallVector<Instruction*> ends;
        for (BasicBlock& block : function) {
            // The first of a block takes what is behind it with it.
            const auto end = find_if(block, [](const Instruction& instruction) {
                const auto* call = dyn_cast<CallBase>(&instruction);
                return call != nullptr && reports_mistake(*call);
            });
            if (end != block.end()) {
                ends.push_back(&*end);
            }
        }
        for (Instruction* end : ends) {
            changeToUnreachable(end);
        }
        for (bool changed = true; changed;) {
            changed = false;
            for (BasicBlock& block : function) {
                auto* branch = dyn_cast<BranchInst>(block.getTerminator());
                if (branch == nullptr) {
                    continue;
                }
                const auto dead = [&](unsigned i) {
                    return isa<UnreachableInst>(branch->getSuccessor(i)->getTerminator());
                };
                if (branch->isConditional() && dead(0) != dead(1)) {
                    BasicBlock* gone = branch->getSuccessor(dead(0) ? 0 : 1);
                    BasicBlock* stays = branch->getSuccessor(dead(0) ? 1 : 0);
                    gone->removePredecessor(&block);
                    IRBuilder<>(branch).CreateBr(stays);
                    branch->eraseFromParent();
                    changed = true;
                } else if (dead(0) && (branch->isUnconditional() || dead(1))) {
                    changeToUnreachable(branch);
                    changed = true;
                }
            }
        }
        removeUnreachableBlocks(function);
    }

    bool is_context(const Value* value) const {
        const auto* load = dyn_cast<LoadInst>(value);
        if (load == nullptr) {
            return value == context_;
        }
        const Value* from = load->getPointerOperand();
        if (const auto* call = dyn_cast<IntrinsicInst>(from);
            call != nullptr && call->getIntrinsicID() == Intrinsic::threadlocal_address) {
            from = call->getArgOperand(0);
        }
        return from->getName() == "tsr_ctx";
    }

    /// What the chip has in place of a field of the context; nullptr: the same, in the firmware's own variables.
    Value* instead_of(uint64_t field, Type* type) const {
        const auto constant = [&](uint64_t value) -> Value* {
            return type->isIntegerTy() ? ConstantInt::get(type, value) : nullptr;
        };
        switch (field) {
            case offsetof(tsr_context, l1):
                return Constant::getNullValue(type);
            case offsetof(tsr_context, globals):
                return globals_;
            case offsetof(tsr_context, num_dram_banks):
                return constant(counting_.dram_banks);
            case offsetof(tsr_context, num_l1_banks):
                return constant(counting_.l1_banks);
            case offsetof(tsr_context, noc_index):
                return constant(counting_.noc);
            case offsetof(tsr_context, noc_mode):
                return constant(counting_.noc_mode);
            case offsetof(tsr_context, semaphore_stride):
                return constant(16);
            default:
                break;
        }
        for (const auto& [table_field, table] : tables_) {
            if (table_field == field && type->isPointerTy()) {
                return table;
            }
        }
        return nullptr;
    }

    void replace_context(Function& function) {
        const DataLayout& layout = module_.getDataLayout();
        SmallVector<LoadInst*> loads;
        for (Instruction& instruction : instructions(function)) {
            if (auto* load = dyn_cast<LoadInst>(&instruction)) {
                loads.push_back(load);
            }
        }
        for (LoadInst* load : loads) {
            if (load->getPointerOperand()->stripPointerCasts()->getName() == "tsr_pages_watched") {
                load->replaceAllUsesWith(Constant::getNullValue(load->getType()));
            } else if (is_context(load)) {
                load->replaceAllUsesWith(context_);
            } else {
                APInt offset(layout.getIndexSizeInBits(0), 0);
                const Value* base = load->getPointerOperand()->stripAndAccumulateConstantOffsets(layout, offset, true);
                Value* value = is_context(base) ? instead_of(offset.getZExtValue(), load->getType()) : nullptr;
                if (value != nullptr) {
                    load->replaceAllUsesWith(value);
                }
            }
        }
    }

    /// Simplifies without making new blocks. Blocks that always follow one another become one: the first.
    static void simplify(Function& function) {
        PassBuilder builder;
        FunctionAnalysisManager analyses;
        LoopAnalysisManager loops;
        CGSCCAnalysisManager calls;
        ModuleAnalysisManager modules;
        builder.registerModuleAnalyses(modules);
        builder.registerCGSCCAnalyses(calls);
        builder.registerFunctionAnalyses(analyses);
        builder.registerLoopAnalyses(loops);
        builder.crossRegisterProxies(loops, analyses, calls, modules);
        FunctionPassManager passes;
        passes.addPass(EarlyCSEPass(true));
        passes.addPass(InstCombinePass());
        passes.addPass(EarlyCSEPass());
        passes.run(function, analyses);
        for (BasicBlock& block : function) {
            ConstantFoldTerminator(&block, true);
        }
        removeUnreachableBlocks(function);
        for (BasicBlock& block : make_early_inc_range(function)) {
            MergeBlockIntoPredecessor(&block);
        }
        analyses.clear();
        passes.run(function, analyses);
        FunctionPassManager last;
        last.addPass(DCEPass());
        last.run(function, analyses);
    }

    Module& module_;
    const Counting& counting_;
    GlobalVariable* context_ = nullptr;
    GlobalVariable* globals_ = nullptr;
    // Pointers here, arrays there.
    std::vector<std::pair<uint64_t, GlobalVariable*>> tables_ = {
        {offsetof(tsr_context, dram_bank_to_noc_xy), nullptr},
        {offsetof(tsr_context, dram_bank_to_noc_xy) + sizeof(void*), nullptr},
        {offsetof(tsr_context, bank_to_dram_offset), nullptr},
        {offsetof(tsr_context, l1_bank_to_noc_xy), nullptr},
        {offsetof(tsr_context, l1_bank_to_noc_xy) + sizeof(void*), nullptr},
        {offsetof(tsr_context, bank_to_l1_offset), nullptr},
    };
};

/// Calls of the device; those of the vector unit's emulation are none on the chip.
bool is_device_call(const CallBase& call) {
    const Function* callee = call.getCalledFunction();
    return callee != nullptr && !callee->getName().starts_with("tsr_exact_") && !is_window(*callee) &&
           callee->isDeclaration() && callee->getName().starts_with("tsr_") && !reports_mistake(call);
}

}  // namespace

ChipCode make_chip_code(Module& module, const Counting& counting, const Triple& triple, const DataLayout& layout) {
    ChipCode code;
    module.getContext().setDiscardValueNames(false);  // blocks are known by their names
    ValueToValueMapTy copies;
    code.module = CloneModule(module, copies);
    code.module->setTargetTriple(triple.str());
    code.module->setDataLayout(layout);
    DenseMap<CallBase*, unsigned> calls;
    for (Function& function : module) {
        for (BasicBlock& block : function) {
            cast<BasicBlock>(copies[&block])->setName("tsr." + Twine(code.blocks.size()));
            code.blocks.push_back(&block);
            for (Instruction& instruction : block) {
                if (auto* call = dyn_cast<CallBase>(&instruction); call != nullptr && is_device_call(*call)) {
                    calls[cast<CallBase>(copies[call])] = static_cast<unsigned>(code.calls.size());
                    code.calls.push_back(call);
                }
            }
        }
    }
    Maker maker(*code.module, counting);
    for (Function& function : *code.module) {
        if (!function.isDeclaration() && !function.getName().starts_with("tsr.")) {
            maker.function(function, calls);
        }
    }
    for (const char* helper : {"tsr.int_to_ptr", "tsr.ptr_to_int"}) {
        if (Function* function = code.module->getFunction(helper)) {
            function->deleteBody();
        }
    }
    for (GlobalVariable& variable : code.module->globals()) {
        variable.setThreadLocal(false);
    }
    for (Function& function : *code.module) {
        for (BasicBlock& block : function) {
            for (Instruction& instruction : make_early_inc_range(block)) {
                if (auto* call = dyn_cast<IntrinsicInst>(&instruction);
                    call != nullptr && call->getIntrinsicID() == Intrinsic::threadlocal_address) {
                    call->replaceAllUsesWith(call->getArgOperand(0));
                    call->eraseFromParent();
                }
            }
        }
    }
    return code;
}

}  // namespace tessera::pass
