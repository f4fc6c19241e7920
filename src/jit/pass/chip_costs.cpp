// The pipeline of the chip's cores ("baby RISC-V", ISA documentation): in order, one instruction a cycle, results of
// loads after 2 cycles from the core's own memory, 7 from registers of the tile and 8 from L1, multiplication 2 cycles,
// division up to 33, one store to L1 in 5 cycles. Branches are predicted; what the documents don't say of the
// prediction is assumed: loops go on, and half of the other conditional branches are mispredicted.
#include <array>
#include <map>

#include "costs.h"
#include "llvm/Analysis/TargetLibraryInfo.h"
#include "llvm/Analysis/TargetTransformInfo.h"
#include "llvm/Analysis/ValueTracking.h"
#include "llvm/CodeGen/MachineFrameInfo.h"
#include "llvm/CodeGen/MachineFunctionPass.h"
#include "llvm/CodeGen/MachineInstr.h"
#include "llvm/CodeGen/MachineLoopInfo.h"
#include "llvm/CodeGen/MachineModuleInfo.h"
#include "llvm/CodeGen/Passes.h"
#include "llvm/CodeGen/PseudoSourceValue.h"
#include "llvm/CodeGen/TargetInstrInfo.h"
#include "llvm/CodeGen/TargetPassConfig.h"
#include "llvm/CodeGen/TargetSubtargetInfo.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Operator.h"
#include "pass.h"

namespace tessera::pass {

using namespace llvm;

namespace {

constexpr uint64_t local_latency = 2;
constexpr uint64_t register_latency = 7;
constexpr uint64_t l1_latency = 8;
constexpr uint64_t loads_in_flight = 4;  // of those with a latency of five cycles or more
constexpr uint64_t l1_store_interval = 5;
constexpr uint64_t multiply = 2;
constexpr uint64_t divide = 18;  // 6 to 33 by the dividend's magnitude; this is one of about 12 bits
constexpr uint64_t mispredicted = 2;
/// Addresses from here on are the core's own memory, and from `registers` on what is mapped above it.
constexpr uint64_t local_memory = 0xFFB00000, registers = 0xFFB10000;

enum class Memory : uint8_t { Local, L1, Register };

/// Cycles inside of a routine of the compiler's library, which the chip's kernels are linked with.
uint64_t library_cycles(StringRef name) {
    if (name.ends_with("di3") && (name.contains("div") || name.contains("mod"))) {
        return 90;  // 64-bit division, by a normalised divisor of 32 bits
    }
    if (name.starts_with("__mul") && name.ends_with("di3")) {
        return 12;
    }
    const bool is_double = name.contains("df");
    if (name.starts_with("__div") && (name.contains("sf") || is_double)) {
        return is_double ? 250 : 120;
    }
    if (name.starts_with("__mul") && (name.contains("sf") || is_double)) {
        return is_double ? 90 : 50;
    }
    if ((name.starts_with("__add") || name.starts_with("__sub")) && (name.contains("sf") || is_double)) {
        return is_double ? 80 : 50;
    }
    if (name.contains("sf") || is_double) {
        return 20;  // comparisons and conversions
    }
    return 20;
}

Memory memory_of(const Value* address, bool is_volatile) {
    SmallVector<const Value*, 4> objects;
    getUnderlyingObjects(address, objects);
    Memory memory = Memory::Local;
    for (const Value* object : objects) {
        if (isa<AllocaInst>(object) || isa<GlobalValue>(object)) {
            continue;
        }
        if (Operator::getOpcode(object) == Instruction::IntToPtr) {
            const auto* constant = dyn_cast<ConstantInt>(cast<Operator>(object)->getOperand(0));
            const uint64_t place = constant == nullptr ? 0 : constant->getZExtValue();
            if (place >= registers) {
                return Memory::Register;
            }
            if (place < local_memory) {
                memory = Memory::L1;
            }
        } else if (isa<ConstantPointerNull>(object) || is_volatile) {
            memory = Memory::L1;
        }
    }
    return memory;
}

Memory memory_of(const MachineInstr& instruction) {
    Memory memory = Memory::Local;
    for (const MachineMemOperand* operand : instruction.memoperands()) {
        if (const Value* address = operand->getValue()) {
            memory = std::max(memory, memory_of(address, operand->isVolatile()));
        }
    }
    return memory;
}

/// When the registers and the memory system are ready, in cycles from the start of a block.
struct Pipeline {
    uint64_t now = 0;
    DenseMap<unsigned, uint64_t> ready;
    std::array<uint64_t, loads_in_flight> loads{};  // when the last long loads were issued
    uint64_t next_store = 0;

    /// The same, as the next block finds it.
    Pipeline after() const {
        Pipeline next;
        const auto left = [&](uint64_t time) { return time > now ? time - now : 0; };
        for (auto [place, time] : ready) {
            if (time > now) {
                next.ready[place] = time - now;
            }
        }
        for (size_t i = 0; i < loads.size(); ++i) {
            next.loads[i] = left(loads[i]);
        }
        next.next_store = left(next_store);
        return next;
    }
};

class Coster : public MachineFunctionPass {
public:
    static char id;

    Coster(ChipCosts& costs, const Counting& counting) : MachineFunctionPass(id), costs_(costs), counting_(counting) {}

    StringRef getPassName() const override { return "Cycles of the chip's cores"; }
    void getAnalysisUsage(AnalysisUsage& usage) const override {
        usage.addRequired<MachineLoopInfoWrapperPass>();
        usage.setPreservesAll();
        MachineFunctionPass::getAnalysisUsage(usage);
    }

    bool runOnMachineFunction(MachineFunction& function) override {
        names_ = function.getSubtarget().getInstrInfo();
        const MachineLoopInfo& loops = getAnalysis<MachineLoopInfoWrapperPass>().getLI();
        DenseMap<const MachineBasicBlock*, Pipeline> ends;
        for (MachineBasicBlock& block : function) {
            Pipeline pipeline = start_of(block, ends);
            if (block.isSuccessor(&block)) {
                // A loop: as it goes from its second turn on.
                run(block, pipeline, nullptr);
                pipeline = pipeline.after();
            }
            uint64_t* place = place_of(block, loops);
            run(block, pipeline, place);
            ends[&block] = pipeline.after();
        }
        return false;
    }

private:
    static Pipeline start_of(const MachineBasicBlock& block, const DenseMap<const MachineBasicBlock*, Pipeline>& ends) {
        // The block before in the code, if it leads here; or the last one that does.
        const MachineBasicBlock* from = nullptr;
        for (const MachineBasicBlock* predecessor : block.predecessors()) {
            if (ends.count(predecessor) != 0 && (from == nullptr || predecessor->getNumber() > from->getNumber())) {
                from = predecessor;
            }
        }
        return from == nullptr ? Pipeline() : ends.lookup(from);
    }

    /// Where the cost of a block of the machine code counts: at the block of the kernel that it comes from. Others that
    /// the compiler has made (before a loop, behind one, on an edge) go to a neighbour that is done as often.
    uint64_t* place_of(const MachineBasicBlock& block, const MachineLoopInfo& loops) {
        SmallPtrSet<const MachineBasicBlock*, 8> seen;
        SmallVector<const MachineBasicBlock*> open{&block};
        const unsigned depth = loops.getLoopDepth(&block);
        for (size_t i = 0; i < open.size(); ++i) {
            const MachineBasicBlock* at = open[i];
            if (loops.getLoopDepth(at) != depth || !seen.insert(at).second) {
                continue;
            }
            if (uint64_t* place = named_place(*at)) {
                return place;
            }
            open.append(at->pred_begin(), at->pred_end());
            open.append(at->succ_begin(), at->succ_end());
        }
        return &elsewhere_;
    }
    uint64_t* named_place(const MachineBasicBlock& block) {
        const BasicBlock* origin = block.getBasicBlock();
        StringRef name = origin == nullptr ? StringRef() : origin->getName();
        unsigned number = 0;
        if (!name.consume_front("tsr.") || name.getAsInteger(10, number) || number >= costs_.blocks.size()) {
            return nullptr;
        }
        return &costs_.blocks[number];
    }

    bool is_own_work(const MachineInstr& instruction) {
        const DILocation* at = instruction.getDebugLoc().get();
        if (at == nullptr) {
            return true;
        }
        const auto [known, fresh] = own_work_.try_emplace(at, false);
        if (fresh) {
            known->second = counting_.is_own_work(at);
        }
        return known->second;
    }

    /// The number of "# tsr n"; -1: it stands for nothing.
    static int call_number(const MachineInstr& assembly) {
        StringRef text = assembly.getOperand(InlineAsm::MIOp_AsmString).getSymbolName();
        unsigned number = 0;
        return text.consume_front("# tsr ") && !text.consumeInteger(10, number) ? static_cast<int>(number) : -1;
    }

    /// Lets the pipeline do a block. Cycles are added to the place where they belong, unless it is nullptr.
    void run(const MachineBasicBlock& block, Pipeline& pipeline, uint64_t* place) {
        const bool adds = place != nullptr;
        bool branched = false;
        for (const MachineInstr& instruction : block) {
            // A jump behind a conditional branch is the other way out.
            if (instruction.isMetaInstruction() || (branched && instruction.isUnconditionalBranch())) {
                continue;
            }
            branched = branched || instruction.isConditionalBranch();
            const uint64_t before = pipeline.now;
            step(instruction, pipeline);
            if (adds) {
                *place += pipeline.now - before;
            }
            if (instruction.isInlineAsm()) {
                const int number = call_number(instruction);
                if (adds && number >= 0 && static_cast<size_t>(number) < costs_.calls.size()) {
                    place = &costs_.calls[static_cast<size_t>(number)];
                }
            }
        }
    }

    void step(const MachineInstr& instruction, Pipeline& pipeline) {
        uint64_t operands = 0;
        for (const MachineOperand& operand : instruction.operands()) {
            if (operand.isReg() && operand.isUse() && operand.getReg().isValid()) {
                operands = std::max(operands, pipeline.ready.lookup(operand.getReg().id()));
            }
        }
        const auto define = [&](uint64_t time) {
            for (const MachineOperand& operand : instruction.operands()) {
                if (operand.isReg() && operand.isDef() && operand.getReg().isValid()) {
                    pipeline.ready[operand.getReg().id()] = time;
                }
            }
        };
        if (instruction.isInlineAsm()) {
            // A device call: its arguments must be there.
            pipeline.now = std::max(pipeline.now, operands);
            define(pipeline.now);
            return;
        }
        const bool own = is_own_work(instruction);
        const StringRef name = names_->getName(instruction.getOpcode());
        // The upper part of the address of a variable: the linker makes it relative to the global pointer.
        const bool relaxed = name == "LUI" && !instruction.getOperand(1).isImm();
        if (!own || relaxed) {
            define(std::max(operands, pipeline.now));
            return;
        }
        uint64_t start = std::max(pipeline.now, operands);
        uint64_t takes = std::max<uint64_t>(1, names_->getInstSizeInBytes(instruction) / 4);
        uint64_t latency = takes;
        if (instruction.isCall()) {
            takes = 1 + (instruction.getNumOperands() != 0 && instruction.getOperand(0).isSymbol()
                             ? library_cycles(instruction.getOperand(0).getSymbolName())
                             : 0);
        } else if (instruction.isReturn() || instruction.isIndirectBranch()) {
            takes = 1 + mispredicted;
        } else if (instruction.mayLoad()) {
            const Memory memory = memory_of(instruction);
            latency = memory == Memory::Local ? local_latency : memory == Memory::L1 ? l1_latency : register_latency;
            if (memory != Memory::Local) {
                // Four of them in latency - 1 cycles.
                start = std::max(start, pipeline.loads[0]);
                std::copy(pipeline.loads.begin() + 1, pipeline.loads.end(), pipeline.loads.begin());
                pipeline.loads.back() = start + latency - 1;
            }
        } else if (instruction.mayStore()) {
            if (memory_of(instruction) == Memory::L1) {
                start = std::max(start, pipeline.next_store);
                pipeline.next_store = start + l1_store_interval;
            }
        } else if (name.starts_with("MUL")) {
            takes = latency = multiply;
        } else if (name.starts_with("DIV") || name.starts_with("REM")) {
            takes = latency = divide;
        } else if (instruction.isConditionalBranch()) {
            const MachineBasicBlock* target = nullptr;
            for (const MachineOperand& operand : instruction.operands()) {
                target = operand.isMBB() ? operand.getMBB() : target;
            }
            const bool back = target != nullptr && target->getNumber() <= instruction.getParent()->getNumber();
            takes = back ? 1 : 1 + mispredicted / 2;
        }
        pipeline.now = start + takes;
        define(start + latency);
    }

    ChipCosts& costs_;
    const Counting& counting_;
    const TargetInstrInfo* names_ = nullptr;
    DenseMap<const DILocation*, bool> own_work_;
    uint64_t elsewhere_ = 0;
};

char Coster::id = 0;

}  // namespace

ChipCosts cost_chip_code(ChipCode& code, const Counting& counting, TargetMachine& machine) {
    ChipCosts costs;
    costs.blocks.resize(code.blocks.size());
    costs.calls.resize(code.calls.size());
    auto& llvm_machine = static_cast<LLVMTargetMachine&>(machine);
    legacy::PassManager passes;
    passes.add(new TargetLibraryInfoWrapperPass(Triple(code.module->getTargetTriple())));
    passes.add(createTargetTransformInfoWrapperPass(machine.getTargetIRAnalysis()));
    TargetPassConfig* config = llvm_machine.createPassConfig(passes);
    passes.add(config);
    passes.add(new MachineModuleInfoWrapperPass(&llvm_machine));
    if (config->addISelPasses()) {
        report(*code.module, "kernels can't be costed: no RISC-V instructions can be chosen");
        return costs;
    }
    config->addMachinePasses();
    config->setInitialized();
    passes.add(new Coster(costs, counting));
    passes.add(createFreeMachineFunctionPass());
    passes.run(*code.module);
    return costs;
}

}  // namespace tessera::pass
