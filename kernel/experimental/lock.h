// A scope guard that the objects of the kernel API hand out.
#pragma once

namespace experimental {

/// Calls the function it was given when it goes out of scope.
template <typename ReleaseFunc>
class Lock {
public:
    explicit inline __attribute__((always_inline)) Lock(ReleaseFunc release_func) : release_func_(release_func) {}
    inline __attribute__((always_inline)) ~Lock() { release_func_(); }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

private:
    ReleaseFunc release_func_;
};

}  // namespace experimental
