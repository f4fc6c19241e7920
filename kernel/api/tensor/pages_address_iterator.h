// Iteration over the pages of a whole tensor in row-major order: for (const auto& page : accessor.pages(...)).
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

#include <api/tensor/page.h>
#include <tessera/core.h>

namespace tensor_accessor {

/// At page `page_id()`; the position end_page_id is past the end. The accessor must outlive it.
template <typename Accessor>
class PagesAddressIterator {
public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = Page;
    using difference_type = std::ptrdiff_t;
    using reference = const Page&;
    using pointer = const Page*;

    PagesAddressIterator(const Accessor& accessor, uint32_t start_page_id, uint32_t end_page_id,
                         uint8_t noc = tessera::this_noc())
        : accessor_(&accessor), end_(end_page_id), noc_(noc) {
        move_to(start_page_id);
    }

    uint32_t page_id() const { return id_; }
    reference operator*() const { return page_; }
    pointer operator->() const { return &page_; }

    PagesAddressIterator& operator++() { return *this += 1; }
    PagesAddressIterator operator++(int) {
        PagesAddressIterator before = *this;
        ++*this;
        return before;
    }
    PagesAddressIterator& operator+=(difference_type steps) {
        move_to(static_cast<uint64_t>(id_) + static_cast<uint64_t>(steps));
        return *this;
    }
    PagesAddressIterator operator+(difference_type steps) const {
        PagesAddressIterator result = *this;
        return result += steps;
    }
    Page operator[](difference_type n) const { return *(*this + n); }

    bool operator==(const PagesAddressIterator& other) const { return id_ == other.id_; }
    auto operator<=>(const PagesAddressIterator& other) const { return id_ <=> other.id_; }

private:
    void move_to(uint64_t id) {
        id_ = id < end_ ? static_cast<uint32_t>(id) : end_;
        if (id_ < end_) {
            page_ = Page(accessor_->get_noc_addr(id_, 0, noc_), id_);
        }
    }

    const Accessor* accessor_;
    uint32_t id_ = 0;
    uint32_t end_;
    uint8_t noc_;
    Page page_{0, 0};
};

template <typename Accessor>
using PagesAddressIteratorSharded = PagesAddressIterator<Accessor>;
template <typename Accessor>
using PagesAddressIteratorInterleaved = PagesAddressIterator<Accessor>;

/// The range of pages from start_page_id to before end_page_id.
template <typename Accessor>
class Pages {
public:
    using iterator = PagesAddressIterator<Accessor>;
    using const_iterator = iterator;

    Pages(const Accessor& accessor, uint32_t start_page_id, uint32_t end_page_id, uint8_t noc = tessera::this_noc())
        : accessor_(accessor), start_(start_page_id), end_(end_page_id), noc_(noc) {}

    iterator begin() const { return {accessor_, start_, end_, noc_}; }
    iterator end() const { return {accessor_, end_, end_, noc_}; }
    const_iterator cbegin() const { return begin(); }
    const_iterator cend() const { return end(); }

private:
    const Accessor& accessor_;
    uint32_t start_;
    uint32_t end_;
    uint8_t noc_;
};

}  // namespace tensor_accessor
