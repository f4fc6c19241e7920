// Tensors as ends of transfers: by page, by shard, or one page that an iterator yielded. As the local end of a transfer
// the page must lie in this core's own L1.
#pragma once

#include <cstdint>

#include <api/tensor/tensor_accessor.h>
#include <experimental/noc.h>

namespace experimental {

struct TensorEnd {
protected:
    template <Noc::AddressType address_type>
    static uint64_t checked(const Noc& noc, uint64_t noc_addr) {
        if constexpr (address_type == Noc::AddressType::LOCAL_L1) {
            ASSERT(noc.is_local_addr(noc_addr));
            return static_cast<uint32_t>(noc_addr);
        } else {
            return noc_addr;
        }
    }
};

/// For everything with get_noc_addr(page_id, offset, noc).
template <typename Paged>
struct PagedEnd : TensorEnd {
    struct src_args_type {
        uint32_t page_id{};
        uint32_t offset_bytes = 0;
    };
    using dst_args_type = src_args_type;

    template <Noc::AddressType address_type>
    static auto src_addr(const Paged& src, const Noc& noc, const src_args_type& args) {
        return checked<address_type>(noc, src.get_noc_addr(args.page_id, args.offset_bytes, noc.get_noc_id()));
    }
    template <Noc::AddressType address_type>
    static auto dst_addr(const Paged& dst, const Noc& noc, const dst_args_type& args) {
        return src_addr<address_type>(dst, noc, args);
    }
};

template <typename DSpecT>
struct noc_traits_t<TensorAccessor<DSpecT>> : PagedEnd<TensorAccessor<DSpecT>> {};
template <typename Accessor>
struct noc_traits_t<PageView<Accessor>> : PagedEnd<PageView<Accessor>> {};
template <>
struct noc_traits_t<AbstractTensorAccessorWrapper> : PagedEnd<AbstractTensorAccessorWrapper> {};
template <bool DRAM>
struct noc_traits_t<InterleavedAddrGen<DRAM>> : PagedEnd<InterleavedAddrGen<DRAM>> {};
template <bool DRAM, uint32_t tile_hw>
struct noc_traits_t<InterleavedAddrGenFast<DRAM, tile_hw>> : PagedEnd<InterleavedAddrGenFast<DRAM, tile_hw>> {};

template <typename Accessor>
struct noc_traits_t<ShardView<Accessor>> : TensorEnd {
    struct src_args_type {
        uint32_t shard_id{};
        uint32_t offset_bytes = 0;
    };
    using dst_args_type = src_args_type;

    template <Noc::AddressType address_type>
    static auto src_addr(const ShardView<Accessor>& src, const Noc& noc, const src_args_type& args) {
        return TensorEnd::checked<address_type>(noc,
                                                src.get_noc_addr(args.shard_id, args.offset_bytes, noc.get_noc_id()));
    }
    template <Noc::AddressType address_type>
    static auto dst_addr(const ShardView<Accessor>& dst, const Noc& noc, const dst_args_type& args) {
        return src_addr<address_type>(dst, noc, args);
    }
};

template <>
struct noc_traits_t<tensor_accessor::Page> : TensorEnd {
    struct src_args_type {
        uint32_t offset_bytes = 0;
    };
    using dst_args_type = src_args_type;

    template <Noc::AddressType address_type>
    static auto src_addr(const tensor_accessor::Page& src, const Noc& noc, const src_args_type& args) {
        return checked<address_type>(noc, src.noc_addr() + args.offset_bytes);
    }
    template <Noc::AddressType address_type>
    static auto dst_addr(const tensor_accessor::Page& dst, const Noc& noc, const dst_args_type& args) {
        return src_addr<address_type>(dst, noc, args);
    }
};

}  // namespace experimental
