// Registers the kernel instrumentation with clang: one pass at the start of the pipeline, one at its end.
#include "pass.h"

#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"

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

constexpr const char* counted = "tessera.counted";

struct Instrument : PassInfoMixin<Instrument> {
    PreservedAnalyses run(Module& module, ModuleAnalysisManager&) {
        // A flag of the module: the pass at the end must know.
        if (take_count_wish(module)) {
            module.addModuleFlag(Module::Override, counted, 1);
        }
        match_processor(module);
        place_globals(module);
        map_addresses(module);
        keep_argument_marks(module);
        return PreservedAnalyses::none();
    }
    static bool isRequired() { return true; }
};

struct Finish : PassInfoMixin<Finish> {
    PreservedAnalyses run(Module& module, ModuleAnalysisManager&) {
        note_arguments(module);
        const bool counts = module.getModuleFlag(counted) != nullptr;
        const Costs costs = counts ? find_costs(module) : Costs();
        // Polls first: what a loop does is told by its own code, not by the checks in it.
        SmallPtrSet<LoadInst*, 16> spins;
        find_spins(module, spins);
        insert_polls(module);
        insert_access_checks(module, spins);
        if (counts) {
            insert_counts(module, costs);
        }
        return PreservedAnalyses::none();
    }
    static bool isRequired() { return true; }
};

}  // namespace
}  // namespace tessera::pass

extern "C" __attribute__((visibility("default"))) ::llvm::PassPluginLibraryInfo llvmGetPassPluginInfo() {
    return {LLVM_PLUGIN_API_VERSION, "tessera", "1", [](llvm::PassBuilder& builder) {
                builder.registerPipelineStartEPCallback([](llvm::ModulePassManager& manager, llvm::OptimizationLevel) {
                    manager.addPass(tessera::pass::Instrument());
                });
                builder.registerOptimizerLastEPCallback([](llvm::ModulePassManager& manager, llvm::OptimizationLevel) {
                    manager.addPass(tessera::pass::Finish());
                });
            }};
}
