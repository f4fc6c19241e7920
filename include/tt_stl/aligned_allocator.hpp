// An allocator whose memory starts at a multiple of `Alignment` bytes.
#pragma once

#include <cstddef>
#include <new>

namespace ttsl {

/// Meets the standard allocator requirements; `Alignment` is a power of two, in bytes.
template <typename T, std::size_t Alignment>
struct aligned_allocator {
    using value_type = T;
    template <typename U>
    struct rebind {
        using other = aligned_allocator<U, Alignment>;
    };

    aligned_allocator() = default;
    template <typename U>
    constexpr aligned_allocator(const aligned_allocator<U, Alignment>&) noexcept {}

    T* allocate(std::size_t count) {
        return static_cast<T*>(::operator new(count * sizeof(T), std::align_val_t{Alignment}));
    }
    void deallocate(T* memory, std::size_t) noexcept { ::operator delete(memory, std::align_val_t{Alignment}); }

    friend bool operator==(const aligned_allocator&, const aligned_allocator&) { return true; }
};

}  // namespace ttsl

namespace tt {
namespace stl = ::ttsl;
}  // namespace tt
