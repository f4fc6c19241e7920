// What pages of circular buffers and transfers of the NoC may be used for on a path.
#include "steps.h"

#include "windows.h"

namespace tessera::analysis {

using namespace llvm;

namespace {

bool same_place(const Pending& pending, const Address& address) {
    if (pending.stale || pending.address.root == Address::Unknown || pending.address.root != address.root ||
        !pending.address.offset || pending.address.offset != address.offset) {
        return false;
    }
    return pending.address.base == address.base;
}

/// Not the constant 0 and the like.
bool isa_address(const Address& address) {
    return address.base != nullptr && !isa<Constant>(address.base);
}

}  // namespace

void Steps::push_or_pop(const Event& event, State& state) {
    const bool push = event.what == What::Push;
    const std::optional<int64_t> cb = number(event.cb);
    auto& windows = push ? state.reserved : state.waited;
    if (cb) {
        const What transfer = push ? What::Read : What::Write;
        const auto root = push ? Address::WritePointer : Address::ReadPointer;
        const char* name = push ? "missing-read-barrier" : "missing-write-flush";
        bool hit = false;
        for (const Pending& pending : state.pending) {
            if (pending.what == transfer && pending.address.root == root && pending.address.cb == *cb &&
                takes_all(windows, *cb, event.pages)) {
                hit = true;
                findings_.find(
                    state, {name, false,
                            push ? "pages are pushed to " + buffer_name(event.cb) +
                                       " while a NoC read into them may still be on its way"
                                 : "pages are popped from " + buffer_name(event.cb) +
                                       " while a NoC write may still be reading them",
                            push ? "call noc_async_read_barrier() on every path between the read and cb_push_back: the "
                                   "consumer may see the bytes that were there before"
                                 : "call noc_async_writes_flushed() or noc_async_write_barrier() on every path between "
                                   "the write and cb_pop_front: the producer may overwrite the page before it is sent",
                            event.at, pending.at, push ? "the read is issued here" : "the write is issued here"});
            }
        }
        if (hit) {
            drop(state, transfer);
        } else {
            findings_.clean(event.at, name);
        }
    }
    const bool short_of = shrink(windows, push ? state.any_reserved : state.any_waited, event);
    const char* name = push ? "cb-push-not-reserved" : "cb-pop-not-waited";
    if (short_of && cb && habits_.does(push ? What::Reserve : What::Wait, *cb)) {
        findings_.find(state,
                       {name, false,
                        push ? "more pages are pushed to " + buffer_name(event.cb) + " than this path has reserved"
                             : "more pages are popped from " + buffer_name(event.cb) + " than this path has waited for",
                        push ? "call cb_reserve_back for the pages on every path: without it they may overwrite pages "
                               "that the consumer still reads"
                             : "call cb_wait_front for the pages on every path: without it the counters run ahead of "
                               "the producer",
                        event.at, nullptr, ""});
    } else {
        findings_.clean(event.at, name);
    }
}

void Steps::tiles(const Event& event, const State& state) {
    const bool pack = event.what == What::Pack;
    const auto& windows = pack ? state.reserved : state.waited;
    if (pack ? state.any_reserved : state.any_waited) {
        return;
    }
    const char* name = pack ? "cb-index-not-reserved" : "cb-index-not-waited";
    for (const Tile& tile : event.tiles) {
        const std::optional<int64_t> cb = number(tile.cb);
        const std::optional<int64_t> index = number(tile.index);
        if (!cb) {
            continue;
        }
        const Window* window = window_of(windows, *cb);
        const bool beyond = window->kind == Window::Number && index && *index >= window->number;
        if ((window->kind == Window::Empty && habits_.does(pack ? What::Push : What::Pop, *cb) &&
             habits_.asks(pack ? What::Reserve : What::Wait, *cb, event.at)) ||
            beyond) {
            findings_.find(
                state,
                {name, false,
                 pack ? "a tile is packed to " + buffer_name(tile.cb) +
                            (beyond ? " beyond the pages that this path has reserved"
                                    : ", of which this path has reserved no page")
                      : "a tile is read from " + buffer_name(tile.cb) +
                            (beyond ? " beyond the pages that this path has waited for"
                                    : ", of which this path has waited for no page"),
                 pack ? "call cb_reserve_back for the tile on every path: the consumer may still read the page"
                      : "call cb_wait_front for the tile on every path: the producer may not have written it yet",
                 event.at, beyond ? window->since : nullptr, pack ? "reserved here" : "waited for here"},
                *cb);
        } else {
            findings_.clean(event.at, name);
        }
    }
}

void Steps::transfer(const Event& event, State& state) {
    const Address address = address_of(event.address, layout_);
    const bool read = event.what == What::Read;
    if (address.root == Address::WritePointer && read && !state.any_reserved && habits_.does(What::Push, address.cb) &&
        habits_.asks(What::Reserve, address.cb, event.at)) {
        if (window_of(state.reserved, address.cb)->kind == Window::Empty) {
            findings_.find(state,
                           {"cb-write-not-reserved", false,
                            "a NoC read writes to circular buffer c_" + std::to_string(address.cb) +
                                ", of which this path has reserved no page",
                            "call cb_reserve_back for the page on every path before the read: the consumer may still "
                            "read it",
                            event.at, nullptr, ""});
        } else {
            findings_.clean(event.at, "cb-write-not-reserved");
        }
    }
    if (address.root == Address::ReadPointer && !read && !state.any_waited && habits_.does(What::Pop, address.cb) &&
        habits_.asks(What::Wait, address.cb, event.at)) {
        if (window_of(state.waited, address.cb)->kind == Window::Empty) {
            findings_.find(state,
                           {"cb-read-not-waited", false,
                            "a NoC write sends pages of circular buffer c_" + std::to_string(address.cb) +
                                ", of which this path has waited for none",
                            "call cb_wait_front for the page on every path before the write: the producer may not have "
                            "written it yet",
                            event.at, nullptr, ""});
        } else {
            findings_.clean(event.at, "cb-read-not-waited");
        }
    }
    const What other = read ? What::Write : What::Read;
    const char* name = read ? "missing-write-flush" : "missing-read-barrier";
    bool hit = false;
    for (const Pending& pending : state.pending) {
        if (pending.what == other && same_place(pending, address)) {
            hit = true;
            findings_.find(state,
                           {name, false,
                            read ? "a NoC read overwrites bytes that a NoC write may still be sending"
                                 : "bytes are sent on before the NoC read that fetches them has arrived",
                            read ? "call noc_async_writes_flushed() or noc_async_write_barrier() on every path before "
                                   "the source of the write is used again"
                                 : "call noc_async_read_barrier() on every path between the read and the write",
                            event.at, pending.at, read ? "the write is issued here" : "the read is issued here"});
        }
    }
    if (hit) {
        drop(state, other);
    } else {
        findings_.clean(event.at, name);
    }
    add_pending(state, event, address);
}

void Steps::load(const Event& event, State& state) {
    const Address address = address_of(event.address, layout_);
    if (address.root == Address::Unknown) {
        return;
    }
    bool hit = false;
    for (const Pending& pending : state.pending) {
        // Any word from the first byte of the read on, when it is the same pointer.
        if (pending.what == What::Read && !pending.stale && pending.address.offset == 0 &&
            pending.address.base == address.base && address.offset.value_or(0) >= 0 && isa_address(address)) {
            hit = true;
            findings_.find(state, {"missing-read-barrier", false,
                                   "the kernel reads bytes before the NoC read that fetches them has arrived",
                                   "call noc_async_read_barrier() on every path before the bytes are used", event.at,
                                   pending.at, "the read is issued here"});
        }
    }
    if (hit) {
        drop(state, What::Read);
    } else {
        findings_.clean(event.at, "missing-read-barrier");
    }
}

}  // namespace tessera::analysis
