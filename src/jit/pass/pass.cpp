// Registers the kernel instrumentation with clang: one pass at the start of the pipeline, one at its end.
#include "pass.h"

#include <memory>

#include "costs.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Utils/Cloning.h"

namespace tessera::pass {

using namespace llvm;

void report(const Instruction& at, const Twine& message) {
    const Function& function = *at.getFunction();
    const Module& module = *function.getParent();
    module.getContext().diagnose(DiagnosticInfoUnsupported(function, message, at.getDebugLoc()));
}

void report(Module& module, const Twine& message) {
    module.getContext().emitError(message);
}

static MDNode* nothing(LLVMContext& context) {
    return MDNode::get(context, {});
}

Value* load_context(IRBuilder<>& builder) {
    Module& module = *builder.GetInsertBlock()->getModule();
    GlobalVariable* variable = module.getNamedGlobal("tsr_ctx");
    if (!variable) {
        variable = new GlobalVariable(module, builder.getPtrTy(), false, GlobalValue::ExternalLinkage, nullptr,
                                      "tsr_ctx", nullptr, GlobalValue::InitialExecTLSModel);
    }
    LoadInst* load = builder.CreateLoad(builder.getPtrTy(), builder.CreateThreadLocalAddress(variable), "tsr.ctx");
    load->setMetadata(LLVMContext::MD_invariant_load, nothing(module.getContext()));
    load->setMetadata(LLVMContext::MD_nonnull, nothing(module.getContext()));
    return load;
}

Value* load_constant_field(IRBuilder<>& builder, Type* type, ContextField field) {
    Value* address = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), load_context(builder), field);
    LoadInst* load = builder.CreateAlignedLoad(type, address, Align(8));
    load->setMetadata(LLVMContext::MD_invariant_load, nothing(builder.getContext()));
    return load;
}

namespace {

/// Address conversions of a kernel that is counted stay calls until it has been costed: the chip has none.
void keep_conversions(Module& module) {
    for (Function* function : {module.getFunction("tsr.int_to_ptr"), module.getFunction("tsr.ptr_to_int")}) {
        if (function != nullptr) {
            function->removeFnAttr(Attribute::AlwaysInline);
            function->addFnAttr(Attribute::NoInline);
            // As if others called it: nothing may be concluded from its arguments here.
            function->setLinkage(GlobalValue::ExternalLinkage);
            function->setVisibility(GlobalValue::HiddenVisibility);
            function->addFnAttr(Attribute::WillReturn);
            function->setMemoryEffects(MemoryEffects::none());
        }
    }
}

void inline_conversions(Module& module) {
    for (Function* function : {module.getFunction("tsr.int_to_ptr"), module.getFunction("tsr.ptr_to_int")}) {
        if (function == nullptr) {
            continue;
        }
        function->removeFnAttr(Attribute::NoInline);
        function->setMemoryEffects(MemoryEffects::unknown());
        for (User* user : make_early_inc_range(function->users())) {
            if (auto* call = dyn_cast<CallInst>(user)) {
                InlineFunctionInfo info;
                InlineFunction(*call, info);
            }
        }
        function->eraseFromParent();
    }
}

struct Instrument : PassInfoMixin<Instrument> {
    explicit Instrument(std::shared_ptr<Counting> counting) : counting_(std::move(counting)) {}
    PreservedAnalyses run(Module& module, ModuleAnalysisManager&) {
        *counting_ = begin_counting(module);
        if (counting_->wanted) {
            mark_vector_instructions(module, *counting_);
        }
        match_processor(module);
        place_globals(module);
        map_addresses(module);
        if (counting_->wanted) {
            keep_conversions(module);
        }
        keep_argument_marks(module);
        return PreservedAnalyses::none();
    }
    static bool isRequired() { return true; }

private:
    std::shared_ptr<Counting> counting_;
};

struct Finish : PassInfoMixin<Finish> {
    explicit Finish(std::shared_ptr<Counting> counting) : counting_(std::move(counting)) {}
    PreservedAnalyses run(Module& module, ModuleAnalysisManager& analyses) {
        note_arguments(module);
        Costs costs;
        Costs vector_instructions;
        if (counting_->wanted) {
            vector_instructions = take_vector_marks(module);
            costs = find_costs(module, *counting_);
            inline_conversions(module);
        }
        // Polls first: what a loop does is told by its own code, not by the checks in it.
        SmallPtrSet<LoadInst*, 16> deciding;
        const SmallVector<Spin> spins = find_spins(module, deciding);
        insert_polls(module);
        insert_access_checks(module, deciding);
        if (counting_->wanted) {
            count_one_turn(spins, costs);
            insert_counts(module, costs, vector_instructions);
            clean(module, analyses);
        }
        return PreservedAnalyses::none();
    }
    static bool isRequired() { return true; }

private:
    /// What was inlined after the optimiser had finished.
    static void clean(Module& module, ModuleAnalysisManager& analyses) {
        auto& functions = analyses.getResult<FunctionAnalysisManagerModuleProxy>(module).getManager();
        functions.clear();
        FunctionPassManager passes;
        passes.addPass(EarlyCSEPass(true));
        passes.addPass(InstCombinePass());
        passes.addPass(SimplifyCFGPass());
        for (Function& function : module) {
            if (!function.isDeclaration()) {
                passes.run(function, functions);
            }
        }
    }

    std::shared_ptr<Counting> counting_;
};

}  // namespace
}  // namespace tessera::pass

extern "C" __attribute__((visibility("default"))) ::llvm::PassPluginLibraryInfo llvmGetPassPluginInfo() {
    return {LLVM_PLUGIN_API_VERSION, "tessera", "1", [](llvm::PassBuilder& builder) {
                const auto counting = std::make_shared<tessera::pass::Counting>();
                builder.registerPipelineStartEPCallback([=](llvm::ModulePassManager& manager, llvm::OptimizationLevel) {
                    manager.addPass(tessera::pass::Instrument(counting));
                });
                builder.registerOptimizerLastEPCallback([=](llvm::ModulePassManager& manager, llvm::OptimizationLevel) {
                    manager.addPass(tessera::pass::Finish(counting));
                });
            }};
}
