// Views of contiguous memory under the names that TT-Metalium programs use.
#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

namespace ttsl {

/// A view of `Extent` (or any number of) contiguous elements; never owns them.
template <typename T, std::size_t Extent = std::dynamic_extent>
using Span = std::span<T, Extent>;

/// A view of a container that may write to its elements.
template <typename Container>
constexpr auto make_span(Container& container) {
    return std::span(container.data(), container.size());
}

/// A view of a container that only reads its elements.
template <typename Container>
constexpr auto make_const_span(const Container& container) {
    return std::span<const std::remove_pointer_t<decltype(container.data())>>(container.data(), container.size());
}

using std::as_bytes;
using std::as_writable_bytes;

}  // namespace ttsl

namespace tt {
namespace stl = ::ttsl;
}  // namespace tt
