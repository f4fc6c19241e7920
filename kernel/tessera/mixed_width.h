// On the chip size_t and uint32_t have one width and std::min(size, count) compiles. Here they differ, so the mixed
// forms are added.
#pragma once

#include <algorithm>
#include <concepts>

namespace tessera {

template <class A, class B>
concept MixedUnsigned = (std::same_as<A, unsigned> && std::same_as<B, unsigned long>) ||
                        (std::same_as<A, unsigned long> && std::same_as<B, unsigned>);

}  // namespace tessera

namespace std {

template <class A, class B>
    requires tessera::MixedUnsigned<A, B>
constexpr unsigned long min(A a, B b) {
    return a < b ? a : b;
}

template <class A, class B>
    requires tessera::MixedUnsigned<A, B>
constexpr unsigned long max(A a, B b) {
    return a < b ? b : a;
}

}  // namespace std
