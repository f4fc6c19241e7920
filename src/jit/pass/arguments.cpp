// Which runtime arguments a kernel can read: get_arg_val leaves a mark for each, whose index is a constant by the time
// that everything is inlined, or one of several constants. Marks are exported as tessera_arguments and vanish.
#include "llvm/IR/Constants.h"
#include "llvm/IR/DebugInfoMetadata.h"
#include "llvm/IR/Instructions.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

constexpr uint32_t unknown = ~0u;

/// The highest of the constants that a value can be, plus one; `unknown` if it may be something else.
uint32_t highest(const Value* value, SmallPtrSetImpl<const Value*>& seen) {
    if (!seen.insert(value).second) {
        return 0;
    }
    if (const auto* constant = dyn_cast<ConstantInt>(value)) {
        // The mark of an address is ~0, and its successor must not be 0.
        const uint64_t index = constant->getZExtValue();
        return index >= unknown ? unknown : static_cast<uint32_t>(index + 1);
    }
    uint32_t most = 0;
    if (const auto* phi = dyn_cast<PHINode>(value)) {
        for (const Value* incoming : phi->incoming_values()) {
            most = std::max(most, highest(incoming, seen));
        }
        return most;
    }
    if (const auto* select = dyn_cast<SelectInst>(value)) {
        return std::max(highest(select->getTrueValue(), seen), highest(select->getFalseValue(), seen));
    }
    return unknown;
}

/// The user's own line: of the outermost function that this was inlined into.
const DILocation* outermost(const CallInst& call) {
    const DILocation* at = call.getDebugLoc().get();
    while (at != nullptr && at->getInlinedAt() != nullptr) {
        at = at->getInlinedAt();
    }
    return at;
}

std::string path_of(const DILocation& at) {
    const StringRef file = at.getFilename();
    return file.starts_with("/") ? file.str() : (at.getDirectory() + "/" + file).str();
}

}  // namespace

void keep_argument_marks(Module& module) {
    if (Function* mark = module.getFunction("tsr_argument_read")) {
        mark->setMemoryEffects(MemoryEffects::inaccessibleMemOnly());
        mark->addFnAttr(Attribute::NoUnwind);
        mark->addFnAttr(Attribute::WillReturn);
    }
}

void note_arguments(Module& module) {
    uint32_t count[2] = {0, 0};
    uint32_t line[2] = {0, 0};
    std::string file[2];
    if (Function* mark = module.getFunction("tsr_argument_read")) {
        SmallVector<CallInst*> calls;
        for (User* user : mark->users()) {
            if (auto* call = dyn_cast<CallInst>(user); call != nullptr && call->getCalledFunction() == mark) {
                calls.push_back(call);
            }
        }
        for (CallInst* call : calls) {
            const auto* kind = dyn_cast<ConstantInt>(call->getArgOperand(1));
            SmallPtrSet<const Value*, 8> seen;
            const uint32_t read = kind == nullptr ? unknown : highest(call->getArgOperand(0), seen);
            const DILocation* at = outermost(*call);
            for (uint32_t which = 0; which < 2; ++which) {
                if ((kind == nullptr || kind->getZExtValue() == which) && read > count[which]) {
                    count[which] = read;
                    line[which] = at == nullptr ? 0 : at->getLine();
                    file[which] = at == nullptr ? "" : path_of(*at);
                }
            }
            call->eraseFromParent();
        }
        if (mark->use_empty()) {
            mark->eraseFromParent();
        }
    }
    LLVMContext& context = module.getContext();
    const auto text = [&](const std::string& value) -> Constant* {
        Constant* data = ConstantDataArray::getString(context, value);
        auto* variable = new GlobalVariable(module, data->getType(), true, GlobalValue::PrivateLinkage, data,
                                            "tessera_argument_file");
        return variable;
    };
    Type* i32 = Type::getInt32Ty(context);
    const auto number = [&](uint32_t value) -> Constant* { return ConstantInt::get(i32, value); };
    Constant* all = ConstantStruct::getAnon(
        context, {number(count[0]), number(count[1]), number(line[0]), number(line[1]), text(file[0]), text(file[1])});
    auto* exported =
        new GlobalVariable(module, all->getType(), true, GlobalValue::ExternalLinkage, all, "tessera_arguments");
    exported->setAlignment(Align(8));
    exported->setVisibility(GlobalValue::DefaultVisibility);
}

}  // namespace tessera::pass
