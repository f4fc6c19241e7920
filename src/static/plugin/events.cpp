#include "events.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IntrinsicInst.h"

namespace tessera::analysis {

using namespace llvm;

namespace {

enum class Shape : uint8_t { None, Plain, Pages, Transfer, OneTile, TwoTiles, PackTile, Ignored };

struct Known {
    What what;
    Shape shape;
    int first = 0;  ///< where the arguments of interest begin
    int second = 0;
};

std::optional<Known> known_function(StringRef name) {
    return StringSwitch<std::optional<Known>>(name)
        .Case("tsr_cb_reserve_back", Known{What::Reserve, Shape::Pages})
        .Case("tsr_cb_push_back", Known{What::Push, Shape::Pages})
        .Case("tsr_cb_wait_front", Known{What::Wait, Shape::Pages})
        .Case("tsr_cb_pop_front", Known{What::Pop, Shape::Pages})
        .Case("tsr_noc_read", Known{What::Read, Shape::Transfer, 2})
        .Case("tsr_noc_write", Known{What::Write, Shape::Transfer, 1})
        .Case("tsr_noc_write_multicast", Known{What::Write, Shape::Transfer, 1})
        .Cases("tsr_noc_atomic_inc", "tsr_noc_atomic_inc_multicast", Known{What::Atomic, Shape::Plain})
        .Cases("tsr_noc_read_barrier", "tsr_noc_reads_done", Known{What::ReadBarrier, Shape::Plain})
        .Cases("tsr_noc_write_barrier", "tsr_noc_writes_flushed", "tsr_noc_writes_done",
               Known{What::WriteBarrier, Shape::Plain})
        .Case("tsr_noc_atomic_barrier", Known{What::AtomicBarrier, Shape::Plain})
        .Case("tsr_noc_full_barrier", Known{What::FullBarrier, Shape::Plain})
        .Case("tsr_dst_acquire", Known{What::DstAcquire, Shape::Plain})
        .Case("tsr_dst_commit", Known{What::DstCommit, Shape::Plain})
        .Case("tsr_dst_wait", Known{What::DstWait, Shape::Plain})
        .Case("tsr_dst_release", Known{What::DstRelease, Shape::Plain})
        .Case("tsr_dst_acquire_both", Known{What::DstAcquireBoth, Shape::Plain})
        .Case("tsr_dst_release_both", Known{What::DstReleaseBoth, Shape::Plain})
        .Cases("tsr_dst_tile", "tsr_dst_section", Known{What::DstAccess, Shape::Plain})
        .Cases("tsr_copy_tile", "tsr_transpose_wh", Known{What::Math, Shape::OneTile, 0, 1})
        .Case("tsr_copy_tile_bcast", Known{What::Math, Shape::OneTile, 1, 2})
        .Case("tsr_binary_dest_reuse", Known{What::Math, Shape::OneTile, 2, 3})
        .Case("tsr_unpack_tilize", Known{What::Math, Shape::OneTile, 0, -1})
        .Case("tsr_binary", Known{What::Math, Shape::TwoTiles, 2, 4})
        .Case("tsr_matmul", Known{What::Math, Shape::TwoTiles, 0, 2})
        .Case("tsr_reduce", Known{What::Math, Shape::TwoTiles, 2, 4})
        .Cases("tsr_reduce_dst_sum", "tsr_transpose_dst", "tsr_reduce_pending", Known{What::Math, Shape::Plain})
        .Cases("tsr_pack_tile", "tsr_pack_rows", Known{What::Pack, Shape::PackTile, 1, 2})
        .Cases("tsr_pack_block", "tsr_pack_untilize", Known{What::Pack, Shape::PackTile, 1, -1})
        .Cases("tsr_error", "tsr_trap", Known{What::NoReturn, Shape::Plain})
        .Default(std::nullopt);
}

Value* argument(CallBase& call, int index) {
    return index >= 0 && static_cast<unsigned>(index) < call.arg_size() ? call.getArgOperand(index) : nullptr;
}

}  // namespace

std::optional<Event> event_of(Instruction& instruction) {
    Event event;
    event.at = &instruction;
    if (auto* load = dyn_cast<LoadInst>(&instruction)) {
        event.what = What::Load;
        event.address = load->getPointerOperand();
        return event;
    }
    auto* call = dyn_cast<CallBase>(&instruction);
    if (call == nullptr || isa<IntrinsicInst>(call) || call->isInlineAsm()) {
        return std::nullopt;
    }
    Function* callee = call->getCalledFunction();
    if (callee == nullptr || !callee->isDeclaration()) {
        event.what = What::Opaque;
        return event;
    }
    const std::optional<Known> known = known_function(callee->getName());
    if (!known) {
        return std::nullopt;
    }
    event.what = known->what;
    switch (known->shape) {
        case Shape::Pages:
            event.cb = argument(*call, 0);
            event.pages = argument(*call, 1);
            break;
        case Shape::Transfer:
            event.address = argument(*call, known->first);
            break;
        case Shape::OneTile:
        case Shape::PackTile:
            event.tiles.push_back({argument(*call, known->first), argument(*call, known->second)});
            break;
        case Shape::TwoTiles:
            event.tiles.push_back({argument(*call, known->first), argument(*call, known->second)});
            event.tiles.push_back({argument(*call, known->first + 1), argument(*call, known->second + 1)});
            break;
        default:
            break;
    }
    return event;
}

std::optional<int64_t> number(const Value* value) {
    const auto* constant = dyn_cast_or_null<ConstantInt>(value);
    return constant == nullptr ? std::nullopt : std::optional(constant->getSExtValue());
}

std::string buffer_name(const Value* cb) {
    if (const auto* constant = dyn_cast_or_null<ConstantInt>(cb)) {
        return "circular buffer c_" + std::to_string(constant->getZExtValue());
    }
    return "the circular buffer";
}

}  // namespace tessera::analysis
