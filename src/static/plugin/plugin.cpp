// Registers the analysis with clang: at the start of the pipeline it inlines the kernel into one function, walks it,
// writes what it found beside the source as <source>.json, and empties the module, so that nothing else is compiled.
#include <system_error>

#include "paths.h"
#include "totals.h"

#include "llvm/Analysis/AssumptionCache.h"
#include "llvm/Analysis/LoopInfo.h"
#include "llvm/Analysis/ScalarEvolution.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Dominators.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Passes/PassPlugin.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/IPO/AlwaysInliner.h"
#include "llvm/Transforms/IPO/GlobalDCE.h"
#include "llvm/Transforms/IPO/GlobalOpt.h"
#include "llvm/Transforms/InstCombine/InstCombine.h"
#include "llvm/Transforms/Scalar/ADCE.h"
#include "llvm/Transforms/Scalar/EarlyCSE.h"
#include "llvm/Transforms/Scalar/SROA.h"
#include "llvm/Transforms/Scalar/SimplifyCFG.h"
#include "llvm/Transforms/Utils/LoopSimplify.h"

namespace tessera::analysis {

using namespace llvm;

namespace {

Function* entry_of(Module& module) {
    for (StringRef name : {"_Z11kernel_mainv", "kernel_main", "_ZN14tessera_kernel12compute_mainEv",
                           "_ZL11kernel_mainv", "_ZN12_GLOBAL__N_111kernel_mainEv"}) {
        if (Function* function = module.getFunction(name); function && !function->isDeclaration()) {
            return function;
        }
    }
    return nullptr;
}

/// Everything becomes one function; values are named once; no two calls are merged.
void flatten(Module& module, Function& entry) {
    for (GlobalVariable& variable : module.globals()) {
        if (variable.getName() == "llvm.used" || variable.getName() == "llvm.compiler.used") {
            variable.eraseFromParent();
            break;
        }
    }
    for (Function& function : module) {
        if (function.isDeclaration()) {
            continue;
        }
        function.removeFnAttr(Attribute::NoInline);
        function.removeFnAttr(Attribute::OptimizeNone);
        function.setComdat(nullptr);
        if (&function != &entry) {
            function.addFnAttr(Attribute::AlwaysInline);
            function.setLinkage(GlobalValue::InternalLinkage);
            function.setVisibility(GlobalValue::DefaultVisibility);
        } else {
            function.setLinkage(GlobalValue::ExternalLinkage);
        }
    }
    for (GlobalVariable& variable : module.globals()) {
        if (!variable.isDeclaration() && !variable.hasAppendingLinkage()) {
            variable.setComdat(nullptr);
            variable.setLinkage(GlobalValue::InternalLinkage);
            variable.setVisibility(GlobalValue::DefaultVisibility);
        }
    }
    LoopAnalysisManager loops;
    FunctionAnalysisManager functions;
    CGSCCAnalysisManager components;
    ModuleAnalysisManager modules;
    PassBuilder builder;
    builder.registerModuleAnalyses(modules);
    builder.registerCGSCCAnalyses(components);
    builder.registerFunctionAnalyses(functions);
    builder.registerLoopAnalyses(loops);
    builder.crossRegisterProxies(loops, functions, components, modules);
    const auto simplify = [] {
        FunctionPassManager passes;
        passes.addPass(SROAPass(SROAOptions::PreserveCFG));
        passes.addPass(EarlyCSEPass(true));
        passes.addPass(InstCombinePass());
        passes.addPass(SimplifyCFGPass(SimplifyCFGOptions()
                                           .hoistCommonInsts(false)
                                           .sinkCommonInsts(false)
                                           .speculateBlocks(false)
                                           .needCanonicalLoops(true)));
        passes.addPass(EarlyCSEPass(true));
        passes.addPass(ADCEPass());
        return passes;
    };
    ModulePassManager passes;
    passes.addPass(AlwaysInlinerPass());
    passes.addPass(GlobalDCEPass());
    passes.addPass(createModuleToFunctionPassAdaptor(simplify()));
    passes.addPass(GlobalOptPass());
    passes.addPass(createModuleToFunctionPassAdaptor(simplify()));
    FunctionPassManager last;
    last.addPass(LoopSimplifyPass());
    passes.addPass(createModuleToFunctionPassAdaptor(std::move(last)));
    passes.run(module, modules);
}

json::Array frames_of(const Instruction* at) {
    json::Array frames;
    if (at == nullptr) {
        return frames;
    }
    for (const DILocation* place = at->getDebugLoc(); place != nullptr; place = place->getInlinedAt()) {
        SmallString<256> file(place->getFilename());
        if (!sys::path::is_absolute(file)) {
            file = place->getDirectory();
            sys::path::append(file, place->getFilename());
        }
        frames.push_back(json::Object{{"file", std::string(file)},
                                      {"line", place->getLine()},
                                      {"column", place->getColumn()},
                                      {"function", place->getScope()->getSubprogram()->getName().str()}});
    }
    return frames;
}

json::Object describe(const Finding& finding) {
    json::Array turns;
    for (const Turn& turn : finding.turns) {
        turns.push_back(json::Object{{"at", frames_of(turn.branch)}, {"taken", turn.taken}, {"repeat", turn.repeat}});
    }
    return json::Object{{"name", finding.name},
                        {"warning", finding.warning},
                        {"message", finding.message},
                        {"help", finding.help},
                        {"at", frames_of(finding.at)},
                        {"cause", frames_of(finding.cause == finding.at ? nullptr : finding.cause)},
                        {"cause_text", finding.cause_text},
                        {"every_path", finding.every_path},
                        {"turns", std::move(turns)}};
}

struct Analyse : PassInfoMixin<Analyse> {
    PreservedAnalyses run(Module& module, ModuleAnalysisManager&) {
        json::Object result;
        if (Function* entry = entry_of(module)) {
            flatten(module, *entry);
            if (const char* dump = getenv("TESSERA_DUMP_STATIC")) {
                std::error_code error;
                raw_fd_ostream out(dump, error);
                module.print(out, nullptr);
            }
            DominatorTree dominators(*entry);
            LoopInfo loops(dominators);
            PathResult paths = walk_paths(*entry, loops);
            json::Array findings;
            for (const Finding& finding : paths.findings) {
                findings.push_back(describe(finding));
            }
            result["findings"] = std::move(findings);
            result["complete"] = paths.complete;
            AssumptionCache assumptions(*entry);
            TargetLibraryInfoImpl library_implementation(Triple(module.getTargetTriple()));
            TargetLibraryInfo library(library_implementation);
            ScalarEvolution evolution(*entry, library, assumptions, dominators, loops);
            result["pages"] = page_totals(*entry, loops, dominators, evolution);
        } else {
            result["no_entry"] = true;
        }
        std::error_code error;
        raw_fd_ostream file(module.getSourceFileName() + ".json", error);
        if (!error) {
            file << json::Value(std::move(result)) << '\n';
        }
        for (Function& function : module) {
            if (!function.isDeclaration()) {
                function.deleteBody();
                function.setComdat(nullptr);
            }
        }
        return PreservedAnalyses::none();
    }
    static bool isRequired() { return true; }
};

}  // namespace
}  // namespace tessera::analysis

extern "C" __attribute__((visibility("default"))) ::llvm::PassPluginLibraryInfo llvmGetPassPluginInfo() {
    return {LLVM_PLUGIN_API_VERSION, "tessera-static", "1", [](llvm::PassBuilder& builder) {
                builder.registerPipelineStartEPCallback([](llvm::ModulePassManager& manager, llvm::OptimizationLevel) {
                    manager.addPass(tessera::analysis::Analyse());
                });
            }};
}
