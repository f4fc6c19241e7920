// NoC addresses: of a core, of a bank, of a page of an interleaved buffer. Page p of an interleaved buffer lies in bank
// p % banks, p / banks aligned pages above the buffer's base.
#pragma once

#include <cstdint>
#include <type_traits>
#include <utility>

#include <api/alignment.h>
#include <tessera/core.h>
#include <tessera/data_format.h>
#include <tessera/noc_state.h>

// While the device watches pages it is told of each that a generator computes the address of: bit 31 of `bank` says
// DRAM, bit 30 sharded (then the rest of it is what the accessor knows the bank by), `in_bank` counts from `base` on.
// stride: bytes from one page of a bank to the next. pages: of the tensor, 0 if that is not known. page: ~0 likewise.
extern "C" uint32_t tsr_pages_watched;
extern "C" void tsr_page(uint64_t noc_addr, uint32_t page, uint32_t bank, uint32_t base, uint32_t in_bank,
                         uint32_t stride, uint32_t pages);

namespace interleaved_addr_gen {

/// Which aligned page of its bank page `id` is.
template <bool DRAM>
FORCE_INLINE uint32_t get_bank_offset_index(uint32_t id) {
    return id / (DRAM ? tsr_ctx->num_dram_banks : tsr_ctx->num_l1_banks);
}

/// The bank of page `id`, given get_bank_offset_index of it.
template <bool DRAM>
FORCE_INLINE uint32_t get_bank_index(uint32_t id, uint32_t bank_offset_index) {
    return id - bank_offset_index * (DRAM ? tsr_ctx->num_dram_banks : tsr_ctx->num_l1_banks);
}

template <bool DRAM>
FORCE_INLINE uint32_t get_noc_xy(uint32_t bank_index, uint8_t noc = tessera::this_noc()) {
    return (DRAM ? tsr_ctx->dram_bank_to_noc_xy : tsr_ctx->l1_bank_to_noc_xy)[noc][bank_index];
}

template <bool DRAM>
FORCE_INLINE uint32_t get_bank_offset(uint32_t bank_index) {
    return static_cast<uint32_t>((DRAM ? tsr_ctx->bank_to_dram_offset : tsr_ctx->bank_to_l1_offset)[bank_index]);
}

template <bool DRAM>
FORCE_INLINE constexpr uint32_t get_allocator_alignment() {
    return DRAM ? DRAM_ALIGNMENT : L1_ALIGNMENT;
}

template <bool DRAM>
FORCE_INLINE constexpr uint32_t get_log_base2_of_allocator_alignment() {
    return DRAM ? LOG_BASE_2_OF_DRAM_ALIGNMENT : LOG_BASE_2_OF_L1_ALIGNMENT;
}

}  // namespace interleaved_addr_gen

/// Bytes of `index` tiles of `format` (tiles of tile_hw values).
template <uint32_t tile_hw = 1024>
FORCE_INLINE constexpr static uint32_t MUL_WITH_TILE_SIZE(uint32_t format, uint32_t index) {
    return tessera::tile_bytes(format & 0x1F, index, tile_hw);
}

// What a type must have to be used as an address generator.
template <typename, typename = void>
inline constexpr bool has_get_noc_addr_v = false;
template <typename T>
inline constexpr bool has_get_noc_addr_v<
    T, std::void_t<decltype(std::declval<const T>().get_noc_addr(uint32_t{}, uint32_t{}, uint8_t{}))>> = true;
template <typename, typename = void>
inline constexpr bool has_page_size_v = false;
template <typename T>
inline constexpr bool has_page_size_v<T, std::void_t<decltype(std::declval<T>().page_size)>> = true;
template <typename, typename = void>
inline constexpr bool has_log_base_2_of_page_size_v = false;
template <typename T>
inline constexpr bool
    has_log_base_2_of_page_size_v<T, std::void_t<decltype(std::declval<T>().log_base_2_of_page_size)>> = true;
template <typename T>
inline constexpr bool has_required_addrgen_traits_v =
    has_get_noc_addr_v<T> && (has_page_size_v<T> || has_log_base_2_of_page_size_v<T>);
template <typename, typename = void>
inline constexpr bool has_aligned_page_size_v = false;
template <typename T>
inline constexpr bool has_aligned_page_size_v<T, std::void_t<decltype(std::declval<T>().aligned_page_size)>> = true;

/// NoC address of `addr` on the node at virtual coordinates (noc_x, noc_y).
FORCE_INLINE uint64_t get_noc_addr(uint32_t noc_x, uint32_t noc_y, uint32_t addr, uint8_t noc = tessera::this_noc()) {
    return NOC_XY_ADDR(noc_x, noc_y, addr);
}

/// NoC address of `addr` in this core's own L1.
FORCE_INLINE uint64_t get_noc_addr(uint32_t addr, uint8_t noc = tessera::this_noc()) {
    return NOC_XY_ADDR(tsr_ctx->my_x[noc], tsr_ctx->my_y[noc], addr);
}

/// NoC address of `addr` on every node of a rectangle; corners in either order.
FORCE_INLINE uint64_t get_noc_multicast_addr(uint32_t noc_x_start, uint32_t noc_y_start, uint32_t noc_x_end,
                                             uint32_t noc_y_end, uint32_t addr, uint8_t noc = tessera::this_noc()) {
    return NOC_MULTICAST_ADDR(noc_x_start, noc_y_start, noc_x_end, noc_y_end, addr);
}

/// From an entry of a bank table.
FORCE_INLINE uint64_t get_noc_addr_helper(uint32_t noc_xy, uint32_t addr) {
    return (static_cast<uint64_t>(noc_xy) << NOC_ADDR_COORD_SHIFT) | addr;
}

/// NoC address of byte `bank_address_offset` of a bank. For DRAM the bank's own offset in its controller is added.
template <bool DRAM>
FORCE_INLINE uint64_t get_noc_addr_from_bank_id(uint32_t bank_id, uint32_t bank_address_offset,
                                                uint8_t noc = tessera::this_noc()) {
    if constexpr (DRAM) {
        bank_address_offset += interleaved_addr_gen::get_bank_offset<true>(bank_id);
    }
    return get_noc_addr_helper(interleaved_addr_gen::get_noc_xy<DRAM>(bank_id, noc), bank_address_offset);
}

namespace tessera {

/// NoC address of page `id`, whose row of pages (one a bank) starts at `row_offset(row)` above the base.
template <bool DRAM, class RowOffset>
FORCE_INLINE uint64_t interleaved_noc_addr(uint32_t id, uint32_t base, uint32_t offset, uint8_t noc,
                                           RowOffset row_offset) {
    const uint32_t row = interleaved_addr_gen::get_bank_offset_index<DRAM>(id);
    const uint32_t bank = interleaved_addr_gen::get_bank_index<DRAM>(id, row);
    const uint32_t in_bank = row_offset(row) + offset;
    const uint32_t addr = in_bank + base + interleaved_addr_gen::get_bank_offset<DRAM>(bank);
    const uint64_t noc_addr = get_noc_addr_helper(interleaved_addr_gen::get_noc_xy<DRAM>(bank, noc), addr);
    if (tsr_pages_watched != 0) {
        tsr_page(noc_addr, id, bank | (DRAM ? 1u << 31 : 0), base, in_bank, row_offset(1), 0);
    }
    return noc_addr;
}

}  // namespace tessera

/// NoC address of page `id` of an interleaved DRAM buffer.
inline uint64_t get_dram_noc_addr(uint32_t id, uint32_t page_size, uint32_t bank_base_address, uint32_t offset = 0,
                                  uint8_t noc = tessera::this_noc()) {
    return tessera::interleaved_noc_addr<true>(id, bank_base_address, offset, noc, [=](uint32_t row) {
        return row * align_power_of_2(page_size, DRAM_ALIGNMENT);
    });
}

/// NoC address of page `id` of an interleaved L1 buffer.
inline uint64_t get_l1_noc_addr(uint32_t id, uint32_t page_size, uint32_t bank_base_address, uint32_t offset = 0,
                                uint8_t noc = tessera::this_noc()) {
    return tessera::interleaved_noc_addr<false>(id, bank_base_address, offset, noc, [=](uint32_t row) {
        return row * align_power_of_2(page_size, L1_ALIGNMENT);
    });
}

/// Host memory over PCIe.
inline uint64_t get_system_memory_noc_addr(uint32_t, uint32_t, uint32_t, uint32_t = 0, uint8_t = 0) {
    tsr_error("unsupported-system-memory",
              "get_system_memory_noc_addr: kernels cannot reach host memory on this device",
              "pass the data through a DRAM or L1 buffer");
}

// The transfers that the first generation had as members of its generators; `bytes` is a page.
#define TESSERA_GENERATOR_TRANSFERS(bytes)                                                                          \
    FORCE_INLINE void noc_async_read_page(const uint32_t id, const uint32_t dest_addr, const uint32_t offset = 0)   \
        const {                                                                                                     \
        tessera::noc_read(tessera::this_noc(), get_noc_addr(id, offset), dest_addr, bytes);                         \
    }                                                                                                               \
    FORCE_INLINE void noc_async_read_tile(const uint32_t id, uint32_t dest_addr, const uint32_t offset = 0) const { \
        tessera::noc_read(tessera::this_noc(), get_noc_addr(id, offset), dest_addr, bytes);                         \
    }                                                                                                               \
    FORCE_INLINE void noc_async_read_partial_page(const uint32_t id, uint32_t dest_addr, const uint32_t size,       \
                                                  const uint32_t offset) const {                                    \
        tessera::noc_read(tessera::this_noc(), get_noc_addr(id, offset), dest_addr, size);                          \
    }                                                                                                               \
    FORCE_INLINE void noc_async_write_page(const uint32_t id, uint32_t src_addr, const uint32_t write_size_bytes,   \
                                           const uint32_t offset = 0) const {                                       \
        tessera::noc_write(tessera::this_noc(), src_addr, get_noc_addr(id, offset), write_size_bytes, 0);           \
    }                                                                                                               \
    FORCE_INLINE void noc_async_write_tile(const uint32_t id, uint32_t src_addr) const {                            \
        tessera::noc_write(tessera::this_noc(), src_addr, get_noc_addr(id), bytes, 0);                              \
    }

/// Pages of any size, each in its bank at a multiple of the aligned page size.
template <bool DRAM>
struct InterleavedAddrGen {
    static constexpr bool is_dram = DRAM;
    uint32_t bank_base_address;  ///< of the whole buffer
    const uint32_t page_size;    ///< bytes
    const uint32_t aligned_page_size =
        align_power_of_2(page_size, interleaved_addr_gen::get_allocator_alignment<DRAM>());

    FORCE_INLINE uint32_t get_addr(const uint32_t id, const uint32_t bank_offset_index, const uint32_t bank_index,
                                   const uint32_t offset = 0) const {
        return bank_offset_index * aligned_page_size + bank_base_address + offset +
               interleaved_addr_gen::get_bank_offset<DRAM>(bank_index);
    }
    FORCE_INLINE uint64_t get_noc_addr(const uint32_t id, const uint32_t offset = 0,
                                       uint8_t noc = tessera::this_noc()) const {
        return tessera::interleaved_noc_addr<DRAM>(id, bank_base_address, offset, noc,
                                                   [this](uint32_t row) { return row * aligned_page_size; });
    }
    TESSERA_GENERATOR_TRANSFERS(page_size)
};

/// Pages whose size is a power of two.
template <bool DRAM>
struct InterleavedPow2AddrGen {
    static constexpr bool is_dram = DRAM;
    const uint32_t bank_base_address;
    const uint32_t log_base_2_of_page_size;
    static constexpr uint32_t log_base_2_of_allocator_alignment =
        interleaved_addr_gen::get_log_base2_of_allocator_alignment<DRAM>();
    const uint32_t aligned_log_base_2_of_page_size = log_base_2_of_page_size > log_base_2_of_allocator_alignment
                                                         ? log_base_2_of_page_size
                                                         : log_base_2_of_allocator_alignment;

    FORCE_INLINE uint32_t get_addr(const uint32_t id, const uint32_t bank_offset_index, const uint32_t bank_index,
                                   const uint32_t offset = 0) const {
        return (bank_offset_index << aligned_log_base_2_of_page_size) + bank_base_address + offset +
               interleaved_addr_gen::get_bank_offset<DRAM>(bank_index);
    }
    FORCE_INLINE uint64_t get_noc_addr(const uint32_t id, const uint32_t offset = 0,
                                       uint8_t noc = tessera::this_noc()) const {
        return tessera::interleaved_noc_addr<DRAM>(id, bank_base_address, offset, noc, [this](uint32_t row) {
            return row << aligned_log_base_2_of_page_size;
        });
    }
    TESSERA_GENERATOR_TRANSFERS(1u << log_base_2_of_page_size)
};

/// Pages that are tiles: their distance follows from the data format, whatever page_size says.
template <bool DRAM, uint32_t tile_hw = 1024>
struct InterleavedAddrGenFast {
    static constexpr bool is_dram = DRAM;
    uint32_t bank_base_address;
    uint32_t page_size;  ///< bytes that a transfer of one tile moves
    DataFormat data_format;

    FORCE_INLINE uint32_t get_addr(const uint32_t id, const uint32_t bank_offset_index, const uint32_t bank_index,
                                   const uint32_t offset = 0) const {
        return MUL_WITH_TILE_SIZE<tile_hw>(static_cast<uint32_t>(data_format), bank_offset_index) + bank_base_address +
               offset + interleaved_addr_gen::get_bank_offset<DRAM>(bank_index);
    }
    FORCE_INLINE uint64_t get_noc_addr(const uint32_t id, const uint32_t offset = 0,
                                       uint8_t noc = tessera::this_noc()) const {
        return tessera::interleaved_noc_addr<DRAM>(id, bank_base_address, offset, noc, [this](uint32_t row) {
            return MUL_WITH_TILE_SIZE<tile_hw>(static_cast<uint32_t>(data_format), row);
        });
    }
    TESSERA_GENERATOR_TRANSFERS(page_size)
};

/// Pages whose size is a power of two and fits one burst.
template <bool DRAM>
struct InterleavedPow2AddrGenFast {
    static constexpr bool is_dram = DRAM;
    uint32_t bank_base_address;
    const uint32_t log_base_2_of_page_size;
    static constexpr uint32_t log_base_2_of_allocator_alignment =
        interleaved_addr_gen::get_log_base2_of_allocator_alignment<DRAM>();
    const uint32_t aligned_log_base_2_of_page_size = log_base_2_of_page_size > log_base_2_of_allocator_alignment
                                                         ? log_base_2_of_page_size
                                                         : log_base_2_of_allocator_alignment;

    FORCE_INLINE uint32_t get_addr(const uint32_t id, const uint32_t bank_offset_index, const uint32_t bank_index,
                                   const uint32_t offset = 0) const {
        return (bank_offset_index << aligned_log_base_2_of_page_size) + bank_base_address + offset +
               interleaved_addr_gen::get_bank_offset<DRAM>(bank_index);
    }
    FORCE_INLINE uint64_t get_noc_addr(const uint32_t id, const uint32_t offset = 0,
                                       uint8_t noc = tessera::this_noc()) const {
        return tessera::interleaved_noc_addr<DRAM>(id, bank_base_address, offset, noc, [this](uint32_t row) {
            return row << aligned_log_base_2_of_page_size;
        });
    }
    TESSERA_GENERATOR_TRANSFERS(1u << log_base_2_of_page_size)
};

#undef TESSERA_GENERATOR_TRANSFERS

/// NoC address of byte `offset` of page `id` of any address generator.
template <typename AddrGen>
    requires std::is_class_v<AddrGen>
FORCE_INLINE uint64_t get_noc_addr(const uint32_t id, const AddrGen& addrgen, uint32_t offset = 0,
                                   uint8_t noc = tessera::this_noc()) {
    static_assert(has_get_noc_addr_v<AddrGen>,
                  "get_noc_addr: the address generator has no get_noc_addr(id, offset, noc)");
    return addrgen.get_noc_addr(id, offset, noc);
}

/// A generator for pages of a size that is known at compile time.
template <bool DRAM, uint32_t page_size>
FORCE_INLINE auto get_interleaved_addr_gen(uint32_t base_addr) {
    if constexpr (is_power_of_2(page_size)) {
        constexpr uint32_t log2 = __builtin_ctz(page_size);
        if constexpr (page_size <= NOC_MAX_BURST_SIZE) {
            return InterleavedPow2AddrGenFast<DRAM>{.bank_base_address = base_addr, .log_base_2_of_page_size = log2};
        } else {
            return InterleavedPow2AddrGen<DRAM>{.bank_base_address = base_addr, .log_base_2_of_page_size = log2};
        }
    } else {
        return InterleavedAddrGen<DRAM>{.bank_base_address = base_addr, .page_size = page_size};
    }
}

/// A generator for a page size of which only "a power of two or not" is known at compile time.
template <bool DRAM, bool is_size_pow2>
FORCE_INLINE auto get_interleaved_addr_gen(uint32_t base_addr, uint32_t page_size, uint32_t log2_page_size) {
    if constexpr (is_size_pow2) {
        return InterleavedPow2AddrGen<DRAM>{.bank_base_address = base_addr, .log_base_2_of_page_size = log2_page_size};
    } else {
        return InterleavedAddrGen<DRAM>{.bank_base_address = base_addr, .page_size = page_size};
    }
}

/// `size` is the page size, or its base-2 logarithm where is_size_pow2.
template <bool DRAM, bool is_size_pow2>
FORCE_INLINE auto get_interleaved_addr_gen(uint32_t base_addr, uint32_t size) {
    return get_interleaved_addr_gen<DRAM, is_size_pow2>(base_addr, size, size);
}
