// Per-core instances of a kernel's mutable globals, and the entry that sets them up. Constants stay in the object
// unless they hold the address of a mutable global or an address of the core, which only a running processor knows.
#include "llvm/ADT/SetVector.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"
#include "llvm/IR/ReplaceConstant.h"
#include "llvm/Transforms/Utils/ModuleUtils.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

using GlobalSet = SmallSetVector<GlobalVariable*, 32>;

/// True if the value of a constant depends on where a processor's memory lies.
bool depends_on_core(const Constant* constant, const GlobalSet& instances) {
    if (const auto* variable = dyn_cast<GlobalVariable>(constant)) {
        return instances.contains(const_cast<GlobalVariable*>(variable));
    }
    if (isa<GlobalValue>(constant) || isa<ConstantData>(constant)) {
        return false;
    }
    if (const auto* expression = dyn_cast<ConstantExpr>(constant)) {
        if (expression->getOpcode() == Instruction::IntToPtr || expression->getOpcode() == Instruction::PtrToInt) {
            return true;
        }
    }
    for (const Value* operand : constant->operands()) {
        if (const auto* inner = dyn_cast<Constant>(operand); inner && depends_on_core(inner, instances)) {
            return true;
        }
    }
    return false;
}

GlobalSet find_instances(Module& module) {
    GlobalSet instances;
    for (GlobalVariable& variable : module.globals()) {
        if (variable.hasInitializer() && !variable.isConstant() && !variable.getName().starts_with("llvm.")) {
            instances.insert(&variable);
        }
    }
    for (bool grew = true; grew;) {
        grew = false;
        for (GlobalVariable& variable : module.globals()) {
            if (variable.hasInitializer() && !variable.getName().starts_with("llvm.") &&
                !instances.contains(&variable) && depends_on_core(variable.getInitializer(), instances)) {
                instances.insert(&variable);
                grew = true;
            }
        }
    }
    return instances;
}

/// The initial bytes of a constant with everything that depends on the core set to zero; stores into `slot` that set
/// those parts at the start of a launch are added at the builder.
Constant* split_initializer(Constant* constant, Value* slot, IRBuilder<>& builder, const GlobalSet& instances) {
    if (!depends_on_core(constant, instances)) {
        return constant;
    }
    auto* aggregate = dyn_cast<ConstantAggregate>(constant);
    if (!aggregate || isa<VectorType>(constant->getType())) {
        builder.CreateStore(constant, slot);
        return Constant::getNullValue(constant->getType());
    }
    SmallVector<Constant*> parts;
    for (unsigned i = 0; i < aggregate->getNumOperands(); ++i) {
        Value* part = builder.CreateConstInBoundsGEP2_32(constant->getType(), slot, 0, i);
        parts.push_back(split_initializer(aggregate->getOperand(i), part, builder, instances));
    }
    if (auto* type = dyn_cast<StructType>(constant->getType())) {
        return ConstantStruct::get(type, parts);
    }
    return ConstantArray::get(cast<ArrayType>(constant->getType()), parts);
}

/// The functions of llvm.global_ctors in the order in which they run. The list itself is removed: nothing may run when
/// the object is loaded, since no processor exists then.
SmallVector<Function*> take_constructors(Module& module) {
    SmallVector<std::pair<uint64_t, Function*>> found;
    if (GlobalVariable* list = module.getNamedGlobal("llvm.global_ctors")) {
        if (auto* entries = dyn_cast<ConstantArray>(list->getInitializer())) {
            for (Value* entry : entries->operands()) {
                auto* fields = cast<ConstantStruct>(entry);
                if (auto* function = dyn_cast<Function>(fields->getOperand(1)->stripPointerCasts())) {
                    found.emplace_back(cast<ConstantInt>(fields->getOperand(0))->getZExtValue(), function);
                }
            }
        }
        list->eraseFromParent();
    }
    if (GlobalVariable* list = module.getNamedGlobal("llvm.global_dtors")) {
        list->eraseFromParent();
    }
    for (size_t i = 1; i < found.size(); ++i) {  // a stable insertion sort: there are one or two
        for (size_t j = i; j > 0 && found[j].first < found[j - 1].first; --j) {
            std::swap(found[j], found[j - 1]);
        }
    }
    SmallVector<Function*> functions;
    for (auto [priority, function] : found) {
        functions.push_back(function);
    }
    return functions;
}

/// kernel_main of a data-movement (and newer compute) kernel, or NAMESPACE::MAIN of a compute kernel.
Function* find_main(Module& module) {
    for (StringRef name : {"_Z11kernel_mainv", "kernel_main", "_ZN14tessera_kernel12compute_mainEv"}) {
        if (Function* function = module.getFunction(name); function && !function->isDeclaration()) {
            return function;
        }
    }
    // kernel_main in an anonymous namespace, or declared static.
    for (Function& function : module) {
        if (!function.isDeclaration() && function.arg_empty() &&
            (function.getName() == "_ZL11kernel_mainv" || function.getName() == "_ZN12_GLOBAL__N_111kernel_mainEv")) {
            return &function;
        }
    }
    return nullptr;
}

void replace_uses(GlobalVariable& variable, uint64_t offset, DenseMap<Function*, Value*>& bases) {
    DenseMap<Function*, Value*> addresses;
    auto address_in = [&](Function& function) -> Value* {
        Value*& address = addresses[&function];
        if (!address) {
            Value*& base = bases[&function];
            BasicBlock& entry = function.getEntryBlock();
            if (!base) {
                IRBuilder<> builder(&*entry.getFirstInsertionPt());
                base = load_constant_field(builder, builder.getPtrTy(), GLOBALS);
            }
            IRBuilder<> builder(cast<Instruction>(base)->getNextNode());
            address = builder.CreateConstInBoundsGEP1_64(builder.getInt8Ty(), base, offset);
        }
        return address;
    };
    SmallVector<Use*> uses;
    for (Use& use : variable.uses()) {
        uses.push_back(&use);
    }
    for (Use* use : uses) {
        auto* user = dyn_cast<Instruction>(use->getUser());
        if (!user) {
            report(*variable.getParent(),
                   "the global \"" + variable.getName() + "\" is used in a way that has no meaning on a core");
            continue;
        }
        Value* address = address_in(*user->getFunction());
        auto* intrinsic = dyn_cast<IntrinsicInst>(user);
        if (intrinsic && intrinsic->getIntrinsicID() == Intrinsic::threadlocal_address) {
            intrinsic->replaceAllUsesWith(address);
            intrinsic->eraseFromParent();
        } else {
            use->set(address);
        }
    }
}

}  // namespace

void place_globals(Module& module) {
    LLVMContext& context = module.getContext();
    const DataLayout& layout = module.getDataLayout();
    Type* byte = Type::getInt8Ty(context);

    Function* main = find_main(module);
    if (!main) {
        report(module, "the kernel defines neither kernel_main() nor NAMESPACE::MAIN");
        return;
    }
    SmallVector<Function*> constructors = take_constructors(module);
    GlobalSet instances = find_instances(module);
    removeFromUsedLists(module, [&](Constant* used) {
        auto* variable = dyn_cast<GlobalVariable>(used->stripPointerCasts());
        return variable && instances.contains(variable);
    });

    auto* entry = Function::Create(FunctionType::get(Type::getVoidTy(context), false), GlobalValue::ExternalLinkage,
                                   "tessera_kernel_entry", module);
    entry->addFnAttr(Attribute::NoInline);
    entry->addFnAttr("frame-pointer", "all");
    // The entry has no source: the kernel's code would lose its lines if it became part of it.
    main->removeFnAttr(Attribute::AlwaysInline);
    main->addFnAttr(Attribute::NoInline);
    entry->addFnAttr(Attribute::NullPointerIsValid);
    IRBuilder<> builder(BasicBlock::Create(context, "", entry));

    std::vector<Constant*> parts;
    std::vector<std::pair<GlobalVariable*, uint64_t>> offsets;
    uint64_t size = 0;
    for (GlobalVariable* variable : instances) {
        Type* type = variable->getValueType();
        Align align = std::max(layout.getPreferredAlign(variable), variable->getAlign().valueOrOne());
        uint64_t offset = alignTo(size, align);
        if (offset != size) {
            parts.push_back(Constant::getNullValue(ArrayType::get(byte, offset - size)));
        }
        parts.push_back(split_initializer(variable->getInitializer(), variable, builder, instances));
        offsets.emplace_back(variable, offset);
        size = offset + layout.getTypeAllocSize(type);
    }
    for (Function* constructor : constructors) {
        builder.CreateCall(constructor);
    }
    builder.CreateCall(main->getFunctionType(), main);
    builder.CreateRetVoid();

    SmallVector<Constant*> constants(instances.begin(), instances.end());
    convertUsersOfConstantsToInstructions(constants);
    for (GlobalVariable* variable : instances) {
        // The initialisers were taken over; what they referred to must not count as a use.
        variable->setInitializer(nullptr);
        variable->setLinkage(GlobalValue::ExternalLinkage);
    }
    DenseMap<Function*, Value*> bases;
    for (auto [variable, offset] : offsets) {
        variable->removeDeadConstantUsers();
        replace_uses(*variable, offset, bases);
    }
    for (GlobalVariable* variable : instances) {
        variable->removeDeadConstantUsers();
        if (variable->use_empty()) {
            variable->eraseFromParent();
        }
    }

    Constant* image = ConstantStruct::getAnon(context, parts, true);
    auto* initial = new GlobalVariable(module, image->getType(), true, GlobalValue::ExternalLinkage, image,
                                       "tessera_globals_template");
    initial->setAlignment(Align(16));
    auto* bytes = new GlobalVariable(module, Type::getInt64Ty(context), true, GlobalValue::ExternalLinkage,
                                     ConstantInt::get(Type::getInt64Ty(context), size), "tessera_globals_bytes");
    bytes->setVisibility(GlobalValue::DefaultVisibility);
}

}  // namespace tessera::pass
