// Circular buffers: two 16-bit page counters a core shares, and each processor's own pointers, as on the chip: pushing
// without reserving and popping without waiting only move the counter and the pointer.
#include <sim/core.h>

namespace tessera::sim {

bool cb_condition(const Core& core, const Risc& risc) {
    const Wait& wait = risc.wait;
    const auto used = static_cast<uint16_t>(core.received[wait.cb] - core.acked[wait.cb]);
    if (wait.kind == WaitKind::CbFront) {
        return used >= wait.pages;
    }
    return static_cast<uint16_t>(risc.context.cbs[wait.cb].fifo_num_pages - used) >= wait.pages;
}

namespace {

Risc& caller() {
    return *static_cast<Risc*>(tsr_ctx->risc);
}

[[noreturn, gnu::cold, gnu::noinline]] void not_configured(uint32_t cb, const char* call) {
    const Risc& risc = caller();
    std::string known;
    for (uint32_t i = 0; i < TSR_MAX_CBS; ++i) {
        if (risc.context.cbs[i].fifo_num_pages != 0) {
            known += (known.empty() ? "" : ", ") + std::to_string(i);
        }
    }
    fail({.name = "cb-not-configured",
          .message = std::string(call) + " on circular buffer " + std::to_string(cb) +
                     ", which is not configured on this core",
          .notes = {"configured here: " + (known.empty() ? std::string("none") : known)},
          .help = "create it with CreateCircularBuffer on a range that holds this core, or use the right index"});
}

tsr_cb& configured(uint32_t cb, const char* call) {
    if (cb >= TSR_MAX_CBS || tsr_ctx->cbs[cb].fifo_num_pages == 0) [[unlikely]] {
        not_configured(cb, call);
    }
    return tsr_ctx->cbs[cb];
}

[[gnu::cold, gnu::noinline]] void overrun(uint32_t cb, const tsr_cb& buffer, uint32_t pointer, uint32_t pages,
                                          const char* call) {
    check_failed_for_good(
        {.name = "cb-overrun",
         .message = std::string(call) + " of " + std::to_string(pages) +
                    " pages moves past the end of circular "
                    "buffer " +
                    std::to_string(cb) + ", which holds " + std::to_string(buffer.fifo_num_pages) +
                    " pages: the pointer wraps only when it lands on the end",
         .notes = {"the pointer is now " + std::to_string(pointer - buffer.fifo_limit) + " bytes past the end"},
         .help = "make the circular buffer a multiple of the pages that are pushed and popped at a time"});
}

/// After a pointer has moved. A data-movement processor wraps only when it lands on the end exactly, and would from
/// then on walk through the memory behind the buffer; compute wraps also from past the end.
void wrap(const Risc& risc, uint32_t cb, const tsr_cb& buffer, uint32_t& pointer, uint32_t pages, const char* call) {
    if (pointer < buffer.fifo_limit) [[likely]] {
        return;
    }
    if (pointer == buffer.fifo_limit || risc.processor == Processor::COMPUTE) {
        pointer -= buffer.fifo_size;
        return;
    }
    overrun(cb, buffer, pointer, pages, call);
}

[[noreturn, gnu::cold, gnu::noinline]] void too_many(uint32_t cb, uint32_t pages, uint32_t capacity, const char* call) {
    fail({.name = "cb-wait-too-large",
          .message = std::string(call) + " asks for " + std::to_string(pages) + " pages of circular buffer " +
                     std::to_string(cb) + ", which holds " + std::to_string(capacity) + ": it would wait for ever",
          .help = "enlarge the circular buffer to at least that many pages, or ask for fewer at a time"});
}

void wait_cb(WaitKind kind, uint32_t cb, uint32_t pages, const char* call) {
    Risc& risc = caller();
    const uint32_t capacity = risc.context.cbs[cb].fifo_num_pages;
    if (pages > capacity) [[unlikely]] {
        too_many(cb, pages, capacity, call);
    }
    risc.wait.kind = kind;
    risc.wait.cb = static_cast<uint8_t>(cb);
    risc.wait.pages = pages;
    Core& core = *risc.core;
    while (!cb_condition(core, risc)) {
        ++core.cb_waiters;
        risc.wait.kind = kind;
        block(risc);
        risc.wait.kind = kind;
        --core.cb_waiters;
    }
    risc.wait.kind = WaitKind::None;
}

}  // namespace
}  // namespace tessera::sim

using namespace tessera::sim;

extern "C" {

void tsr_cb_reserve_back(uint32_t cb, uint32_t pages) {
    const tsr_cb& buffer = configured(cb, "cb_reserve_back");
    Risc& risc = caller();
    const Core& core = *risc.core;
    const auto used = static_cast<uint16_t>(core.received[cb] - core.acked[cb]);
    if (static_cast<uint16_t>(buffer.fifo_num_pages - used) < pages) {
        wait_cb(WaitKind::CbReserve, cb, pages, "cb_reserve_back");
    }
    risc.history.reserved(cb, pages, __builtin_return_address(0));
    observe(risc, Observer::Passed, [&](Observer& o) { o.cb_reserved(risc, cb, pages); });
}

void tsr_cb_push_back(uint32_t cb, uint32_t pages) {
    tsr_cb& buffer = configured(cb, "cb_push_back");
    Risc& risc = caller();
    Core& core = *risc.core;
    observe(risc, Observer::CbPush, [&](Observer& o) { o.cb_push(risc, cb, pages); });
    core.received[cb] = static_cast<uint16_t>(core.received[cb] + pages);
    buffer.fifo_wr_ptr += pages * buffer.fifo_page_size;
    wrap(risc, cb, buffer, buffer.fifo_wr_ptr, pages, "cb_push_back");
    buffer.fifo_wr_tile = 0;
    risc.pushed_cbs |= uint64_t{1} << cb;
    risc.history.pushed(cb, pages, __builtin_return_address(0));
    risc.acted();
    if (core.cb_waiters != 0) {
        wake_cb_waiters(core, cb);
    }
    step_aside_now_and_then(risc);
}

void tsr_cb_wait_front(uint32_t cb, uint32_t pages) {
    configured(cb, "cb_wait_front");
    Risc& risc = caller();
    const Core& core = *risc.core;
    if (static_cast<uint16_t>(core.received[cb] - core.acked[cb]) < pages) {
        wait_cb(WaitKind::CbFront, cb, pages, "cb_wait_front");
    }
    risc.history.waited(cb, pages, __builtin_return_address(0));
    observe(risc, Observer::Passed, [&](Observer& o) { o.cb_waited(risc, cb, pages); });
}

void tsr_cb_pop_front(uint32_t cb, uint32_t pages) {
    tsr_cb& buffer = configured(cb, "cb_pop_front");
    Risc& risc = caller();
    Core& core = *risc.core;
    observe(risc, Observer::CbPop, [&](Observer& o) { o.cb_pop(risc, cb, pages); });
    core.acked[cb] = static_cast<uint16_t>(core.acked[cb] + pages);
    buffer.fifo_rd_ptr += pages * buffer.fifo_page_size;
    wrap(risc, cb, buffer, buffer.fifo_rd_ptr, pages, "cb_pop_front");
    risc.popped_cbs |= uint64_t{1} << cb;
    risc.history.popped(cb, pages, __builtin_return_address(0));
    risc.acted();
    if (core.cb_waiters != 0) {
        wake_cb_waiters(core, cb);
    }
    step_aside_now_and_then(risc);
}

// A kernel that asks in a loop must let the others run: each refusal counts as a poll.
static uint32_t polled(bool answer, Step::Kind question, uint32_t cb, uint32_t pages, const void* site) {
    if (!answer) {
        caller().asked = true;
        caller().history.note(question, site, cb, pages);
        observe(caller(), Observer::Passed, [](Observer& o) { o.refused(caller()); });
        if (--tsr_ctx->poll_budget < 0) {
            tsr_poll_slow(0);
        }
    }
    return answer;
}

uint32_t tsr_cb_pages_reservable(uint32_t cb, uint32_t pages) {
    const tsr_cb& buffer = configured(cb, "cb_pages_reservable_at_back");
    const Core& core = *caller().core;
    const auto used = static_cast<uint16_t>(core.received[cb] - core.acked[cb]);
    const bool answer = static_cast<uint16_t>(buffer.fifo_num_pages - used) >= pages;
    if (answer) {
        observe(caller(), Observer::Passed, [&](Observer& o) { o.cb_reserved(caller(), cb, pages); });
    }
    return polled(answer, Step::Kind::AskReserve, cb, pages, __builtin_return_address(0));
}

uint32_t tsr_cb_pages_available(uint32_t cb, uint32_t pages) {
    configured(cb, "cb_pages_available_at_front");
    const Core& core = *caller().core;
    const bool answer = static_cast<uint16_t>(core.received[cb] - core.acked[cb]) >= pages;
    if (answer) {
        observe(caller(), Observer::Passed, [&](Observer& o) { o.cb_waited(caller(), cb, pages); });
    }
    return polled(answer, Step::Kind::AskWait, cb, pages, __builtin_return_address(0));
}

uint32_t tsr_cb_counters(uint32_t cb) {
    configured(cb, "reading the counters");
    Risc& risc = caller();
    observe(risc, Observer::Passed, [&](Observer& o) {
        o.cb_reserved(risc, cb, 0);
        o.cb_waited(risc, cb, 0);
    });
    return risc.core->received[cb] | uint32_t{risc.core->acked[cb]} << 16;
}

}  // extern "C"
