#include "costs.h"

#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

std::tuple<std::string, unsigned, std::string> key_of(const DISubprogram& function) {
    return {function.getFilename().str(), function.getLine(), function.getName().str()};
}

/// True if the callee is a device call that the recorder tells of, so that it has a figure.
bool has_figure(StringRef callee) {
    if (!callee.starts_with("tsr_")) {
        return false;
    }
    for (StringRef other : {"tsr_page", "tsr_argument_read", "tsr_unset_runtime_arg", "tsr_error", "tsr_trap",
                            "tsr_assert_failed", "tsr_divide_by_zero", "tsr_int_to_ptr_slow", "tsr_ptr_to_int_slow"}) {
        if (callee == other) {
            return false;
        }
    }
    return true;
}

uint64_t number(const Constant& constant, unsigned index) {
    const auto* value = dyn_cast_or_null<ConstantInt>(constant.getAggregateElement(index));
    return value == nullptr ? 0 : value->getZExtValue();
}

}  // namespace

std::string Counting::in_headers(const DIScope& scope) const {
    std::string path = scope.getFilename().str();
    if (!StringRef(path).starts_with("/")) {
        path = (scope.getDirectory() + "/" + path).str();
    }
    StringRef rest = path;
    return !headers.empty() && rest.consume_front(headers) && rest.consume_front("/") ? rest.str() : std::string();
}

bool Counting::is_own_work(const DILocation* at) const {
    for (; at != nullptr; at = at->getInlinedAt()) {
        const DISubprogram* function = at->getScope()->getSubprogram();
        if (function == nullptr) {
            return true;
        }
        if (calls.count(key_of(*function)) != 0) {
            return false;
        }
        const std::string path = in_headers(*function);
        if (path.empty()) {
            return true;
        }
        const StringRef file = path;
        if (file.starts_with("sfpi") || file.starts_with("debug/") || file.starts_with("api/debug/") ||
            file.starts_with("tessera/abi") || file.starts_with("tools/")) {
            return false;
        }
        // Small helpers of device calls and of address generators alike: what they are part of decides.
        if (file != "tessera/core.h" && file != "tessera/noc_state.h") {
            return true;
        }
    }
    return true;
}

Counting begin_counting(Module& module) {
    Counting counting;
    GlobalVariable* wish = module.getNamedGlobal("tsr_counted");
    if (wish == nullptr || !wish->hasInitializer()) {
        return counting;
    }
    const Constant& constants = *wish->getInitializer();
    counting.wanted = true;
    counting.dram_banks = static_cast<uint32_t>(number(constants, 0));
    counting.l1_banks = static_cast<uint32_t>(number(constants, 1));
    counting.noc = static_cast<uint32_t>(number(constants, 2));
    counting.noc_mode = static_cast<uint32_t>(number(constants, 3));
    if (const auto* text = dyn_cast_or_null<ConstantDataSequential>(constants.getAggregateElement(4u))) {
        counting.headers = text->getAsString().take_until([](char c) { return c == 0; }).str();
    }
    removeFromUsedLists(module, [&](Constant* used) { return used->stripPointerCasts() == wish; });
    wish->eraseFromParent();

    for (Function& function : module) {
        const DISubprogram* subprogram = function.getSubprogram();
        if (subprogram == nullptr) {
            continue;
        }
        for (const Instruction& instruction : instructions(function)) {
            const auto* call = dyn_cast<CallBase>(&instruction);
            const Function* callee = call == nullptr ? nullptr : call->getCalledFunction();
            if (callee != nullptr && has_figure(callee->getName())) {
                counting.calls.insert(key_of(*subprogram));
                break;
            }
        }
    }
    return counting;
}

Costs find_costs(Module& module, const Counting& counting) {
    Costs costs;
    const Triple triple("riscv32-unknown-elf");
    std::string error;
    const Target* target = TargetRegistry::lookupTarget(triple.str(), error);
    if (target == nullptr) {
        report(module, "this compiler has no RISC-V target, by which kernels are costed: " + error);
        return costs;
    }
    const std::unique_ptr<TargetMachine> machine(
        target->createTargetMachine(triple.str(), "generic-rv32", "+m", {}, Reloc::Static));
    ChipCode code = make_chip_code(module, counting, triple, machine->createDataLayout());
    const ChipCosts found = cost_chip_code(code, counting, *machine);
    for (size_t i = 0; i < code.blocks.size(); ++i) {
        costs[code.blocks[i]] = found.blocks[i];
    }
    for (size_t i = 0; i < code.calls.size(); ++i) {
        costs[code.calls[i]] = found.calls[i];
    }
    return costs;
}

}  // namespace tessera::pass
