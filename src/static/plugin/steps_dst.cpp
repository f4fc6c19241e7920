// Which order the steps of a section of DST have on a path.
#include <algorithm>

#include "steps.h"

namespace tessera::analysis {

using namespace llvm;

void Steps::dst_finding(const State& state, const Event& event, const char* name, bool wrong, const char* message,
                        const char* help) {
    if (wrong) {
        findings_.find(state,
                       {name, false, message, help, event.at, state.dst_since, "the section's last step is here"});
    } else {
        findings_.clean(event.at, name);
    }
}

void Steps::dst(const Event& event, State& state) {
    switch (event.what) {
        case What::DstAcquire:
            dst_finding(state, event, "dst-acquire-without-commit", state.held != 0,
                        "a section of DST is acquired while the last one is not committed",
                        "call tile_regs_commit() on every path before the next tile_regs_acquire()");
            dst_finding(state, event, "dst-section-not-released",
                        state.held == 0 && state.committed + state.packing > 1,
                        "a third section of DST is acquired while two are not released",
                        "call tile_regs_wait() and tile_regs_release() for every section on every path: MATH waits "
                        "for a free one for ever");
            state.committed = std::min(state.committed, 1);
            state.packing = std::min(state.packing, 1);
            state.held = 1;
            break;
        case What::DstCommit:
            dst_finding(state, event, "dst-commit-without-acquire", state.held == 0,
                        "a section of DST is committed that this path has not acquired",
                        "call tile_regs_acquire() on every path before tile_regs_commit()");
            state.held = 0;
            state.committed = std::min(state.committed + 1, 2);
            break;
        case What::DstWait:
            dst_finding(state, event, "dst-wait-without-commit", state.committed == 0,
                        "PACK waits for a section of DST that this path has not committed",
                        "call tile_regs_commit() on every path before tile_regs_wait(): PACK waits for it for ever");
            state.committed = std::max(state.committed - 1, 0);
            state.packing = 1;
            break;
        case What::DstRelease:
            dst_finding(state, event, "dst-release-without-commit", state.packing == 0 && state.committed == 0,
                        "PACK releases a section of DST that this path has not committed",
                        "call tile_regs_commit() and tile_regs_wait() on every path before tile_regs_release()");
            dst_finding(state, event, "dst-release-without-wait", state.packing == 0 && state.committed != 0,
                        "PACK releases a section of DST that this path has not waited for",
                        "call tile_regs_wait() on every path before the section is packed and released");
            if (state.packing == 0) {
                state.committed = std::max(state.committed - 1, 0);
            }
            state.packing = 0;
            break;
        case What::DstAcquireBoth:
            dst_finding(state, event, "dst-acquire-without-release",
                        !habits_.stepwise() && (state.held != 0 || state.packing != 0),
                        "DST is acquired while the last section is not released",
                        "call release_dst() on every path before the next acquire_dst()");
            state.held = state.packing = 1;
            state.both = true;
            break;
        default:
            dst_finding(state, event, "dst-release-without-acquire", !habits_.stepwise() && state.held == 0,
                        "DST is released that this path has not acquired",
                        "call acquire_dst() on every path before release_dst()");
            state.held = state.packing = 0;
            state.both = false;
            break;
    }
    state.dst_since = event.at;
}

}  // namespace tessera::analysis
