// Iteration over the pages of one shard: for (const auto& page : accessor.shard_pages(shard_id)). Places of a shard
// that lie outside the tensor (padding of shards at its edges) are skipped.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

#include <api/tensor/page.h>
#include <tessera/core.h>

namespace tensor_accessor {

/// At one page of a shard, by its row-major place in the shard. The accessor must outlive it.
template <typename Accessor>
class ShardPagesAddressIterator {
public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Page;
    using difference_type = std::ptrdiff_t;
    using reference = const Page&;
    using pointer = const Page*;

    ShardPagesAddressIterator(const Accessor& accessor, uint32_t shard_id = 0, uint32_t start_page_offset = 0,
                              uint32_t end_page_offset = 0, uint8_t noc = tessera::this_noc())
        : accessor_(&accessor), shard_id_(shard_id), place_(start_page_offset), end_(end_page_offset), noc_(noc) {
        skip_padding();
    }

    /// Row-major index of the page in the whole tensor.
    uint32_t page_id() const { return page_.page_id(); }
    reference operator*() const { return page_; }
    pointer operator->() const { return &page_; }

    ShardPagesAddressIterator& operator++() { return *this += 1; }
    ShardPagesAddressIterator operator++(int) {
        ShardPagesAddressIterator before = *this;
        ++*this;
        return before;
    }
    /// Moves `steps` places on in the shard, then over padding.
    ShardPagesAddressIterator& operator+=(difference_type steps) {
        place_ = static_cast<uint64_t>(place_) + static_cast<uint64_t>(steps) < end_
                     ? place_ + static_cast<uint32_t>(steps)
                     : end_;
        skip_padding();
        return *this;
    }
    ShardPagesAddressIterator operator+(difference_type steps) const {
        ShardPagesAddressIterator result = *this;
        return result += steps;
    }
    Page operator[](difference_type n) const { return *(*this + n); }

    bool operator==(const ShardPagesAddressIterator& other) const {
        return shard_id_ == other.shard_id_ && place_ == other.place_;
    }
    bool operator<(const ShardPagesAddressIterator& other) const {
        return shard_id_ == other.shard_id_ && place_ < other.place_;
    }
    bool operator>(const ShardPagesAddressIterator& other) const { return other < *this; }
    bool operator<=(const ShardPagesAddressIterator& other) const { return *this == other || *this < other; }
    bool operator>=(const ShardPagesAddressIterator& other) const { return other <= *this; }

private:
    void skip_padding() {
        while (place_ < end_ && !look()) {
            ++place_;
        }
        place_ = place_ < end_ ? place_ : end_;
    }

    /// Finds the page at place_; false if that place is padding.
    bool look() {
        const auto& dspec = accessor_->dspec();
        uint32_t shard = shard_id_;
        uint32_t place = place_;
        uint32_t id = 0;
        for (uint32_t i = dspec.rank(); i-- > 0;) {
            const uint32_t coord =
                shard % dspec.shard_grid()[i] * dspec.shard_shape()[i] + place % dspec.shard_shape()[i];
            if (coord >= dspec.tensor_shape()[i]) {
                return false;
            }
            id += coord * dspec.tensor_strides()[i];
            shard /= dspec.shard_grid()[i];
            place /= dspec.shard_shape()[i];
        }
        auto mapping = accessor_->first_page_of_shard(shard_id_);
        mapping.bank_page_offset += place_;
        page_ = Page(accessor_->get_noc_addr(mapping, 0, noc_, id), id);
        return true;
    }

    const Accessor* accessor_;
    uint32_t shard_id_;
    uint32_t place_;
    uint32_t end_;
    uint8_t noc_;
    Page page_{0, 0};
};

/// The pages of a shard from start_page_offset to before end_page_offset.
template <typename Accessor>
class ShardPages {
public:
    using iterator = ShardPagesAddressIterator<Accessor>;
    using const_iterator = iterator;

    ShardPages(const Accessor& accessor, uint32_t shard_id, uint32_t start_page_offset, uint32_t end_page_offset,
               uint8_t noc = tessera::this_noc())
        : accessor_(accessor), shard_id_(shard_id), start_(start_page_offset), end_(end_page_offset), noc_(noc) {}

    iterator begin() const { return {accessor_, shard_id_, start_, end_, noc_}; }
    iterator end() const { return {accessor_, shard_id_, end_, end_, noc_}; }
    const_iterator cbegin() const { return begin(); }
    const_iterator cend() const { return end(); }

private:
    const Accessor& accessor_;
    uint32_t shard_id_;
    uint32_t start_;
    uint32_t end_;
    uint8_t noc_;
};

}  // namespace tensor_accessor
