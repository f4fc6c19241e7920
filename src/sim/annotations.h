// Tells address and thread sanitizers which stack a host thread runs on when fibers switch. Empty in an ordinary build.
#pragma once

#include <cstddef>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define TESSERA_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define TESSERA_TSAN 1
#endif
#endif

#ifdef TESSERA_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef TESSERA_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace tessera::sim {

/// What a sanitizer must know of one stack: a processor's, or that of a host thread's scheduling loop.
class StackAnnotation {
public:
#ifdef TESSERA_ASAN
    /// A new fiber will begin on this stack; what an abandoned one left there counts no more.
    void begin(const void* stack, size_t bytes) {
        bottom_ = stack;
        bytes_ = bytes;
        kept_ = nullptr;
        forget(stack, bytes);
    }
    static void forget(const void* stack, size_t bytes) { __asan_unpoison_memory_region(stack, bytes); }
    /// This stack is about to be left for another one. for_good: nothing will come back to it.
    void leave_for(const StackAnnotation& other, bool for_good = false) {
        __sanitizer_start_switch_fiber(for_good ? nullptr : &kept_, other.bottom_, other.bytes_);
    }
    /// This stack runs (again); `from` is the one that was left for it.
    void entered(StackAnnotation& from) { __sanitizer_finish_switch_fiber(kept_, &from.bottom_, &from.bytes_); }
    void run_here() {}

private:
    const void* bottom_ = nullptr;
    size_t bytes_ = 0;
    void* kept_ = nullptr;
#elif defined(TESSERA_TSAN)
    ~StackAnnotation() { drop(); }
    void begin(const void*, size_t) {
        drop();
        fiber_ = __tsan_create_fiber(0);
        owned_ = true;
    }
    static void forget(const void*, size_t) {}
    /// Inlined: a function that began on one fiber must not end on another.
    [[gnu::always_inline]] void leave_for(const StackAnnotation& other, bool = false) {
        __tsan_switch_to_fiber(other.fiber_, 0);
    }
    void entered(StackAnnotation&) {}
    /// The calling thread's own stack.
    void run_here() { fiber_ = __tsan_get_current_fiber(); }

private:
    void drop() {
        if (owned_) {
            __tsan_destroy_fiber(fiber_);
        }
        owned_ = false;
    }
    void* fiber_ = nullptr;
    bool owned_ = false;
#else
    void begin(const void*, size_t) {}
    static void forget(const void*, size_t) {}
    void leave_for(const StackAnnotation&, bool = false) {}
    void entered(StackAnnotation&) {}
    void run_here() {}
#endif
};

}  // namespace tessera::sim
