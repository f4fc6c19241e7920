// Vector instructions of a kernel's own SFPI code. On the chip each operation of SFPI's headers is one instruction of
// the vector unit, a product whose sum follows is one with it, and constants are loaded outside of loops. So calls of
// those operations leave marks, before they are inlined.
#include "costs.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

constexpr const char* mark_name = "tsr.vector_instructions";

/// The operator's sign, of a name as "operator<<<sfpi::vInt, int>".
StringRef sign_of(StringRef name) {
    for (StringRef sign : {"<<=", ">>=", "==", "!=", "<=", ">=", "&&", "||", "++", "--", "+=", "-=", "*=",
                           "|=",  "&=",  "^=", "+",  "-",  "*",  "|",  "&",  "^",  "~",  "!",  "="}) {
        if (name.starts_with(sign)) {
            return sign;
        }
    }
    for (StringRef sign : {"<<", ">>"}) {
        // A comparison's template arguments begin with the same sign.
        if (name.starts_with(sign) && (name.size() == 2 || name[2] == '<')) {
            return sign;
        }
    }
    return {};
}

/// How many vector instructions a function of SFPI's headers stands for; -1: those of what it calls.
int instructions_of(const Function& function, const Counting& counting) {
    const DISubprogram* subprogram = function.getSubprogram();
    if (subprogram == nullptr) {
        return -1;
    }
    const std::string file = counting.in_headers(*subprogram);
    if (!StringRef(file).starts_with("sfpi/")) {
        return -1;
    }
    StringRef name = subprogram->getName();
    if (file == "sfpi/state.h") {
        return name.starts_with("read_dst") || name.starts_with("write_dst") ? 1 : -1;
    }
    if (file == "sfpi/registers.h") {
        return name == "operator++" || name == "operator+=" ? 1 : -1;
    }
    if (file == "sfpi/lib.h" || file == "sfpi/convert.h") {
        const bool only_renames = name.starts_with("as<") || name.starts_with("reinterpret<") ||
                                  name.starts_with("operator") || name.starts_with("polynomial");
        return only_renames ? -1 : 1;
    }
    if (file != "sfpi/vectors.h") {
        return -1;
    }
    if (name.starts_with("compare_floats")) {
        return 1;  // the difference; that it is looked at counts where lanes are switched off
    }
    if (name == "narrow" || name == "rest" || name == "CC" || name == "~CC") {
        return 1;
    }
    if (name == "others") {
        return 2;
    }
    if (!name.consume_front("operator")) {
        return -1;
    }
    const StringRef sign = sign_of(name);
    if (sign == "+" || sign == "-") {
        return function.getName().contains("tsr_product") ? 0 : 1;
    }
    return is_contained({"*", "|", "&", "^", "~", "<<", ">>", "&&", "||", "!"}, sign) ? 1 : -1;
}

}  // namespace

void mark_vector_instructions(Module& module, const Counting& counting) {
    DenseMap<const Function*, int> known;
    SmallVector<std::pair<CallBase*, int>> places;
    for (Function& function : module) {
        known[&function] = instructions_of(function, counting);
    }
    for (Function& function : module) {
        if (known[&function] >= 0) {
            continue;
        }
        for (Instruction& instruction : instructions(function)) {
            auto* call = dyn_cast<CallBase>(&instruction);
            const Function* callee = call == nullptr ? nullptr : call->getCalledFunction();
            if (callee != nullptr && known[callee] > 0) {
                places.emplace_back(call, known[callee]);
            }
        }
    }
    if (places.empty()) {
        return;
    }
    FunctionCallee mark = module.getOrInsertFunction(mark_name, Type::getVoidTy(module.getContext()),
                                                     Type::getInt32Ty(module.getContext()));
    auto* function = cast<Function>(mark.getCallee());
    function->setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
    function->addFnAttr(Attribute::NoUnwind);
    function->addFnAttr(Attribute::WillReturn);
    for (auto [call, instructions] : places) {
        IRBuilder<> builder(call);
        builder.CreateCall(mark, {builder.getInt32(static_cast<uint32_t>(instructions))});
    }
}

Costs take_vector_marks(Module& module) {
    Costs found;
    Function* mark = module.getFunction(mark_name);
    if (mark == nullptr) {
        return found;
    }
    for (User* user : make_early_inc_range(mark->users())) {
        auto* call = cast<CallInst>(user);
        found[call->getParent()] += cast<ConstantInt>(call->getArgOperand(0))->getZExtValue();
        call->eraseFromParent();
    }
    mark->eraseFromParent();
    return found;
}

}  // namespace tessera::pass
