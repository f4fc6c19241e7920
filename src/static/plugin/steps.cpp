#include "steps.h"

#include <algorithm>

#include "windows.h"

#include "llvm/IR/InstrTypes.h"

namespace tessera::analysis {

using namespace llvm;

namespace {

bool is_multicast(const Instruction* at) {
    const auto* call = dyn_cast<CallBase>(at);
    return call != nullptr && call->getCalledFunction() != nullptr &&
           call->getCalledFunction()->getName().contains("multicast");
}

}  // namespace

void settle(State& state) {
    std::sort(state.pending.begin(), state.pending.end());
    state.pending.erase(std::unique(state.pending.begin(), state.pending.end()), state.pending.end());
}

void Steps::drop(State& state, What what) {
    std::erase_if(state.pending, [&](const Pending& pending) { return pending.what == what; });
}

void Steps::add_pending(State& state, const Event& event, Address address) {
    state.pending.push_back({event.at, event.what, address, false});
    settle(state);
}

void Steps::apply(const Event& event, State& state) {
    switch (event.what) {
        case What::Reserve:
            grow(state.reserved, state.any_reserved, event);
            break;
        case What::Wait:
            grow(state.waited, state.any_waited, event);
            break;
        case What::Push:
        case What::Pop:
            push_or_pop(event, state);
            break;
        case What::Read:
        case What::Write:
            transfer(event, state);
            break;
        case What::Atomic:
            add_pending(state, event, {});
            break;
        case What::ReadBarrier:
            drop(state, What::Read);
            break;
        case What::WriteBarrier:
            drop(state, What::Write);
            break;
        case What::AtomicBarrier:
            drop(state, What::Atomic);
            break;
        case What::FullBarrier:
            state.pending.clear();
            break;
        case What::Math:
            dst_finding(state, event, "dst-not-acquired", state.held == 0,
                        "DST is computed on outside of tile_regs_acquire() and tile_regs_commit()",
                        "call tile_regs_acquire() on every path before the operation: PACK may still read the "
                        "section");
            tiles(event, state);
            break;
        case What::Pack:
            dst_finding(state, event, "dst-not-waited", state.packing == 0,
                        "DST is packed outside of tile_regs_wait() and tile_regs_release()",
                        "call tile_regs_wait() on every path before packing: MATH may still write the section");
            tiles(event, state);
            break;
        case What::Load:
            load(event, state);
            break;
        case What::DstAccess:
            dst_finding(state, event, "dst-not-acquired", state.held == 0 && state.packing == 0,
                        "DST is computed on outside of tile_regs_acquire() and tile_regs_commit()",
                        "call tile_regs_acquire() on every path before the operation: PACK may still read the "
                        "section");
            break;
        case What::Opaque:
            state.pending.clear();
            state.any_reserved = state.any_waited = true;
            state.reserved.clear();
            state.waited.clear();
            break;
        case What::NoReturn:
            break;
        default:
            dst(event, state);
            break;
    }
}

void Steps::end(const State& state) {
    for (const Pending& pending : state.pending) {
        const bool read = pending.what == What::Read;
        const bool write = pending.what == What::Write;
        // Receivers of a multicast commonly answer with a semaphore instead.
        if (write && is_multicast(pending.at)) {
            continue;
        }
        findings_.find(
            state, {read    ? "noc-reads-left"
                    : write ? "noc-writes-left"
                            : "noc-atomics-left",
                    true,
                    read    ? "the kernel can end while this NoC read is still on its way"
                    : write ? "the kernel can end while this NoC write is still reading its source"
                            : "the kernel can end while this atomic increment is still on its way",
                    read ? "call noc_async_read_barrier() on every path to the kernel's end: the bytes may arrive when "
                           "another program has the memory"
                    : write ? "call noc_async_write_barrier() on every path to the kernel's end: the next program may "
                              "change the source before it has been sent"
                            : "call noc_async_atomic_barrier() on every path to the kernel's end: the increment may "
                              "arrive when another program has the word",
                    pending.at, pending.at, ""});
    }
    if (state.held != 0 || state.packing != 0 || state.committed != 0) {
        findings_.find(
            state, {"dst-section-not-released", false, "the kernel can end with a section of DST that is not released",
                    state.both ? "call release_dst() on every path to the kernel's end"
                               : "call tile_regs_commit(), tile_regs_wait() and tile_regs_release() for every "
                                 "section on every path: the next kernel waits for it for ever",
                    state.dst_since, state.dst_since, ""});
    }
}

}  // namespace tessera::analysis
