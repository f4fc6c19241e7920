#include "addresses.h"

#include <cstddef>

#include <tessera/abi.h>

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Operator.h"

namespace tessera::analysis {

using namespace llvm;

namespace {

constexpr unsigned MAX_DEPTH = 24;

bool is_context(const Value* value) {
    const auto* load = dyn_cast<LoadInst>(value);
    if (load == nullptr) {
        return false;
    }
    const Value* from = load->getPointerOperand();
    if (const auto* intrinsic = dyn_cast<IntrinsicInst>(from);
        intrinsic && intrinsic->getIntrinsicID() == Intrinsic::threadlocal_address) {
        from = intrinsic->getArgOperand(0);
    }
    return from->getName() == "tsr_ctx";
}

/// A load of fifo_rd_ptr or fifo_wr_ptr of a constant circular buffer.
Address pointer_field(const LoadInst& load, const DataLayout& layout) {
    APInt offset(64, 0);
    const Value* base = load.getPointerOperand()->stripAndAccumulateConstantOffsets(layout, offset, true);
    if (!is_context(base)) {
        return {};
    }
    const int64_t in_table = offset.getSExtValue() - static_cast<int64_t>(offsetof(tsr_context, cbs));
    if (in_table < 0 || in_table >= static_cast<int64_t>(sizeof(tsr_cb) * TSR_MAX_CBS)) {
        return {};
    }
    Address address;
    const int64_t field = in_table % static_cast<int64_t>(sizeof(tsr_cb));
    address.root = field == offsetof(tsr_cb, fifo_rd_ptr)   ? Address::ReadPointer
                   : field == offsetof(tsr_cb, fifo_wr_ptr) ? Address::WritePointer
                                                            : Address::Unknown;
    address.cb = in_table / static_cast<int64_t>(sizeof(tsr_cb));
    address.base = &load;
    address.offset = 0;
    return address;
}

class Tracer {
public:
    explicit Tracer(const DataLayout& layout) : layout_(layout) {}

    Address trace(const Value* value, unsigned depth) {
        if (depth > MAX_DEPTH) {
            return {};
        }
        if (const auto* cast = dyn_cast<CastInst>(value)) {
            return trace(cast->getOperand(0), depth + 1);
        }
        if (const auto* operation = dyn_cast<BinaryOperator>(value)) {
            if (operation->getOpcode() == Instruction::Add || operation->getOpcode() == Instruction::Or) {
                return sum(operation->getOperand(0), operation->getOperand(1), depth);
            }
            return itself(value);
        }
        if (const auto* gep = dyn_cast<GEPOperator>(value)) {
            Address address = trace(gep->getPointerOperand(), depth + 1);
            APInt offset(64, 0);
            if (address.offset && gep->accumulateConstantOffset(layout_, offset)) {
                *address.offset += offset.getSExtValue();
            } else {
                address.offset.reset();
            }
            return address;
        }
        if (const auto* phi = dyn_cast<PHINode>(value)) {
            if (!seen_.insert(phi).second) {
                return {};
            }
            Address common;
            for (const Value* incoming : phi->incoming_values()) {
                const Address one = trace(incoming, depth + 1);
                if (one.root == Address::Unknown) {
                    // The way back around the loop, or something that is not known.
                    if (!advances(incoming, phi)) {
                        return itself(value);
                    }
                    common.offset.reset();
                    continue;
                }
                if (common.root == Address::Unknown) {
                    common = one;
                } else if (common.root != one.root || common.cb != one.cb ||
                           (common.root == Address::Same && common.base != one.base)) {
                    return itself(value);
                }
                common.offset.reset();
            }
            return common;
        }
        if (const auto* load = dyn_cast<LoadInst>(value)) {
            const Address field = pointer_field(*load, layout_);
            return field.root == Address::Unknown ? itself(value) : field;
        }
        return itself(value);
    }

private:
    static Address itself(const Value* value) {
        Address address;
        address.root = Address::Same;
        address.base = value;
        address.offset = 0;
        return address;
    }

    /// phi + something, the step of a loop.
    static bool advances(const Value* value, const PHINode* phi) {
        if (value == phi) {
            return true;
        }
        if (const auto* operation = dyn_cast<BinaryOperator>(value);
            operation && operation->getOpcode() == Instruction::Add) {
            return advances(operation->getOperand(0), phi) || advances(operation->getOperand(1), phi);
        }
        const auto* inner = dyn_cast<PHINode>(value);
        return inner != nullptr && inner->getNumIncomingValues() == 2 &&
               (inner->getIncomingValue(0) == phi || inner->getIncomingValue(1) == phi);
    }

    Address sum(const Value* left, const Value* right, unsigned depth) {
        for (const auto& [base, step] : {std::pair{left, right}, std::pair{right, left}}) {
            const auto* number = dyn_cast<ConstantInt>(step);
            Address address = trace(base, depth + 1);
            if (number != nullptr) {
                if (address.offset) {
                    *address.offset += number->getSExtValue();
                }
                return address;
            }
            if (address.root == Address::ReadPointer || address.root == Address::WritePointer) {
                address.offset.reset();
                return address;
            }
        }
        return {};
    }

    const DataLayout& layout_;
    SmallPtrSet<const Value*, 8> seen_;
};

}  // namespace

Address address_of(const Value* value, const DataLayout& layout) {
    if (value == nullptr || isa<UndefValue>(value)) {
        return {};
    }
    return Tracer(layout).trace(value, 0);
}

}  // namespace tessera::analysis
