// CoreLocalMem: a typed pointer into this core's memory that remembers its address as a number.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <experimental/lock.h>
#include <experimental/noc.h>

namespace experimental {

/// Arithmetic is in elements of T, as with a pointer.
template <typename T, typename AddressType = uintptr_t>
class CoreLocalMem {
    static_assert(std::is_integral_v<AddressType> && std::is_unsigned_v<AddressType>,
                  "CoreLocalMem: an address is an unsigned integer");

public:
    using difference_type = std::ptrdiff_t;

    CoreLocalMem(AddressType address) : address_(address) {}
    CoreLocalMem(T* ptr) : address_(static_cast<AddressType>(reinterpret_cast<uintptr_t>(ptr))) {}

    T* get_unsafe_ptr() const { return reinterpret_cast<T*>(address_); }
    AddressType get_address() const { return address_; }

    T& operator[](uint32_t index) const { return get_unsafe_ptr()[index]; }
    T& operator*() const { return *get_unsafe_ptr(); }
    T* operator->() const { return get_unsafe_ptr(); }

    CoreLocalMem& operator+=(difference_type offset) {
        address_ += static_cast<AddressType>(offset * static_cast<difference_type>(sizeof(T)));
        return *this;
    }
    CoreLocalMem& operator-=(difference_type offset) { return *this += -offset; }
    CoreLocalMem& operator++() { return *this += 1; }
    CoreLocalMem& operator--() { return *this += -1; }
    CoreLocalMem operator++(int) {
        CoreLocalMem before = *this;
        ++*this;
        return before;
    }
    CoreLocalMem operator--(int) {
        CoreLocalMem before = *this;
        --*this;
        return before;
    }
    CoreLocalMem operator+(difference_type offset) const {
        CoreLocalMem result = *this;
        return result += offset;
    }
    CoreLocalMem operator-(difference_type offset) const { return *this + -offset; }
    difference_type operator-(const CoreLocalMem& other) const {
        return (static_cast<difference_type>(address_) - static_cast<difference_type>(other.address_)) /
               static_cast<difference_type>(sizeof(T));
    }

    bool operator==(const CoreLocalMem& other) const { return address_ == other.address_; }
    auto operator<=>(const CoreLocalMem& other) const { return address_ <=> other.address_; }
    explicit operator bool() const { return address_ != 0; }

    [[nodiscard]] auto scoped_lock() {
        return Lock([] {});
    }

private:
    AddressType address_;
};

template <typename T, typename AddressType>
struct noc_traits_t<CoreLocalMem<T, AddressType>> {
    struct src_args_type {
        AddressType offset_bytes = 0;
    };
    struct dst_args_type {
        AddressType offset_bytes = 0;
    };
    struct dst_args_mcast_type {};

    template <Noc::AddressType address_type>
    static auto src_addr(const CoreLocalMem<T, AddressType>& src, const Noc&, const src_args_type& args) {
        static_assert(address_type == Noc::AddressType::LOCAL_L1,
                      "CoreLocalMem can only be the local end of a transfer");
        return src.get_address() + args.offset_bytes;
    }
    template <Noc::AddressType address_type>
    static auto dst_addr(const CoreLocalMem<T, AddressType>& dst, const Noc&, const dst_args_type& args) {
        static_assert(address_type == Noc::AddressType::LOCAL_L1,
                      "CoreLocalMem can only be the local end of a transfer");
        return dst.get_address() + args.offset_bytes;
    }
    template <Noc::AddressType address_type>
    static uint64_t dst_addr_mcast(const CoreLocalMem<T, AddressType>&, const Noc&, const dst_args_mcast_type&) {
        static_assert(sizeof(T) == 0, "CoreLocalMem can't be the target of a multicast: use MulticastEndpoint");
        return 0;
    }
};

}  // namespace experimental
