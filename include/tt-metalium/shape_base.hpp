// What all shapes have in common: a short list of sizes, with indices that may count from the end.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <utility>
#include <vector>

#include <tt_stl/small_vector.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal {

namespace detail {
[[noreturn]] void normalized_index_out_of_range(int32_t index, int32_t full_size, int32_t orig_size);
}  // namespace detail

/// Sizes from the outermost dimension inwards. Stored with leading ones up to rank 4, so that index -4 is always valid.
class ShapeBase {
public:
    using coord_type = uint32_t;
    using Container = ttsl::SmallVector<uint32_t>;

    ShapeBase() { init(); }
    explicit ShapeBase(const Container& shape) : value_(shape) { init(); }
    explicit ShapeBase(Container&& shape) : value_(std::move(shape)) { init(); }
    explicit ShapeBase(std::initializer_list<uint32_t> list) : value_(list) { init(); }
    template <std::size_t N>
    explicit ShapeBase(const std::array<uint32_t, N>& sizes) : value_(sizes.begin(), sizes.end()) {
        init();
    }
    explicit ShapeBase(ttsl::Span<const uint32_t> sizes) : value_(sizes.begin(), sizes.end()) { init(); }

    template <std::size_t N>
    bool operator==(const std::array<uint32_t, N>& other) const {
        return original_size_ == N && std::equal(cbegin(), cend(), other.begin());
    }
    bool operator==(const ShapeBase& other) const;
    bool operator==(const Container& other) const;
    bool operator==(const std::vector<uint32_t>& other) const;

    /// The size of a dimension; negative indices count from the innermost. Throws past either end.
    uint32_t operator[](int32_t index) const { return value_[position(index)]; }
    uint32_t& operator[](int32_t index) { return value_[position(index)]; }

    Container::const_iterator cbegin() const { return value_.cend() - static_cast<std::ptrdiff_t>(original_size_); }
    Container::const_iterator cend() const { return value_.cend(); }
    Container::const_iterator begin() const { return cbegin(); }
    Container::const_iterator end() const { return cend(); }

    /// The sizes as given.
    ttsl::Span<const uint32_t> view() const {
        return {value_.data() + (value_.size() - original_size_), original_size_};
    }
    bool empty() const { return original_size_ == 0; }

protected:
    void init();
    size_t size() const { return original_size_; }

    Container value_;

private:
    size_t position(int32_t index) const {
        const auto full = static_cast<int32_t>(value_.size());
        const auto given = static_cast<int32_t>(original_size_);
        if (index < -full || index >= given) {
            detail::normalized_index_out_of_range(index, full, given);
        }
        return static_cast<size_t>(index >= 0 ? full - given + index : full + index);
    }

    size_t original_size_ = 0;
};

}  // namespace tt::tt_metal
