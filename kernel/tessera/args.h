// What data-movement and compute kernels share: arguments and circular buffers. Part of both precompiled preludes, so
// everything that depends on one kernel's configuration is a template that is instantiated by the kernel.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

#include <hostdevcommon/kernel_structs.h>
#include <tessera/abi.h>
#include <tessera/attributes.h>
#include <tessera/config.h>
#include <tessera/data_format.h>

// --- Runtime arguments -----------------------------------------------------------------------------------------------

/// Leaves a mark for the compiler pass, which notes how many arguments the kernel may read and takes the call out: it
/// costs nothing. Index ~0: any of them.
extern "C" void tsr_argument_read(uint32_t index, uint32_t common);

namespace tessera {

FORCE_INLINE uintptr_t argument_address(uint32_t index) {
    return tsr_ctx->rt_args_l1 + 4u * index;
}
FORCE_INLINE uintptr_t common_argument_address(uint32_t index) {
    return tsr_ctx->common_rt_args_l1 + 4u * index;
}

template <typename T>
FORCE_INLINE T load_argument(uint32_t l1_address) {
    T value;
    __builtin_memcpy(&value, tsr_ctx->l1 + l1_address, sizeof(T));
    return value;
}

template <typename T>
FORCE_INLINE T unset_argument(uint32_t index, uint32_t common) {
    const uint32_t word = tsr_unset_runtime_arg(index, common);
    T value;
    __builtin_memcpy(&value, &word, sizeof(T));
    return value;
}

}  // namespace tessera

/// L1 address of unique runtime argument `arg_idx` of this core.
static FORCE_INLINE uintptr_t get_arg_addr(int arg_idx) {
    tsr_argument_read(~0u, 0);
    return tessera::argument_address(static_cast<uint32_t>(arg_idx));
}

/// L1 address of common runtime argument `arg_idx`.
static FORCE_INLINE uintptr_t get_common_arg_addr(int arg_idx) {
    tsr_argument_read(~0u, 1);
    return tessera::common_argument_address(static_cast<uint32_t>(arg_idx));
}

/// Unique runtime argument `arg_idx` of this core. One that the host did not set is an error.
template <typename T>
FORCE_INLINE T get_arg_val(int arg_idx) {
    static_assert(sizeof(T) == 4, "get_arg_val: runtime arguments are 4 bytes wide");
    const auto index = static_cast<uint32_t>(arg_idx);
    tsr_argument_read(index, 0);
    if (index >= tsr_ctx->rt_arg_count) [[unlikely]] {
        return tessera::unset_argument<T>(index, 0);
    }
    return tessera::load_argument<T>(static_cast<uint32_t>(tessera::argument_address(index)));
}

/// Common runtime argument `arg_idx`, the same on all cores of the kernel.
template <typename T>
FORCE_INLINE T get_common_arg_val(int arg_idx) {
    static_assert(sizeof(T) == 4, "get_common_arg_val: runtime arguments are 4 bytes wide");
    const auto index = static_cast<uint32_t>(arg_idx);
    tsr_argument_read(index, 1);
    if (index >= tsr_ctx->common_rt_arg_count) [[unlikely]] {
        return tessera::unset_argument<T>(index, 1);
    }
    return tessera::load_argument<T>(static_cast<uint32_t>(tessera::common_argument_address(index)));
}

// --- Compile-time arguments ------------------------------------------------------------------------------------------

template <class T, class... Ts>
FORCE_INLINE constexpr std::array<T, sizeof...(Ts)> make_array(Ts... values) {
    return {T(values)...};
}

/// Compile-time argument Idx; past the end is a compile error.
template <uint32_t Idx, class Tag = void>
constexpr uint32_t get_ct_arg() {
    static_assert(Idx < tessera::KernelConfig<Tag>::compile_args.size(),
                  "get_compile_time_arg_val: the host passed fewer compile-time arguments than this index needs");
    return tessera::KernelConfig<Tag>::compile_args[Idx];
}

#define get_compile_time_arg_val(arg_idx) get_ct_arg<arg_idx>()

namespace tessera {

/// Not constexpr: reaching it in a constant expression is the compile error for an unknown name.
inline uint32_t no_such_named_compile_time_argument() {
    tsr_error("unknown-compile-time-argument", "the host passed no compile-time argument with this name",
              "add the name to named_compile_args of the kernel's config");
}

}  // namespace tessera

/// The compile-time argument that the host passed under `name`; an unknown name is a compile error where the value has
/// to be constant.
template <class Tag = void>
constexpr uint32_t get_named_compile_time_arg_val(std::string_view name) {
    for (const tessera::NamedArg& argument : tessera::KernelConfig<Tag>::named_compile_args) {
        if (argument.name == name) {
            return argument.value;
        }
    }
    return tessera::no_such_named_compile_time_argument();
}

template <class Tag = void>
constexpr uint32_t get_named_ct_arg(std::string_view name) {
    return get_named_compile_time_arg_val<Tag>(name);
}

// --- Circular buffers ------------------------------------------------------------------------------------------------

/// Waits until `num_pages` pages are free. Moves no pointer.
FORCE_INLINE void cb_reserve_back(int32_t operand, int32_t num_pages) {
    tsr_cb_reserve_back(static_cast<uint32_t>(operand), static_cast<uint32_t>(num_pages));
}

/// Hands `num_pages` pages to the consumer and moves this processor's write pointer.
FORCE_INLINE void cb_push_back(const int32_t operand, const int32_t num_pages) {
    tsr_cb_push_back(static_cast<uint32_t>(operand), static_cast<uint32_t>(num_pages));
}

/// Waits until `num_pages` pages are there to read. Moves no pointer.
FORCE_INLINE void cb_wait_front(int32_t operand, int32_t num_pages) {
    tsr_cb_wait_front(static_cast<uint32_t>(operand), static_cast<uint32_t>(num_pages));
}

/// Frees the oldest `num_pages` pages and moves this processor's read pointer.
FORCE_INLINE void cb_pop_front(int32_t operand, int32_t num_pages) {
    tsr_cb_pop_front(static_cast<uint32_t>(operand), static_cast<uint32_t>(num_pages));
}

/// True if cb_reserve_back would not wait.
FORCE_INLINE bool cb_pages_reservable_at_back(int32_t operand, int32_t num_pages) {
    return tsr_cb_pages_reservable(static_cast<uint32_t>(operand), static_cast<uint32_t>(num_pages)) != 0;
}

/// True if cb_wait_front would not wait.
FORCE_INLINE bool cb_pages_available_at_front(int32_t operand, int32_t num_pages) {
    return tsr_cb_pages_available(static_cast<uint32_t>(operand), static_cast<uint32_t>(num_pages)) != 0;
}

/// Number of values of one tile of the circular buffer's format, rows times columns.
template <class Tag = void>
constexpr uint32_t get_tile_hw(const int32_t operand) {
    return static_cast<uint32_t>(tessera::KernelConfig<Tag>::cb_tile_rows[operand]) *
           static_cast<uint32_t>(tessera::KernelConfig<Tag>::cb_tile_cols[operand]);
}

/// Bytes of one tile in the circular buffer's format (not its page size).
template <class Tag = void>
constexpr int32_t get_tile_size(const int32_t operand) {
    return static_cast<int32_t>(tessera::KernelConfig<Tag>::cb_tile_size[operand]);
}

template <class Tag = void>
constexpr uint32_t get_tile_num_faces(const int32_t operand) {
    return tessera::KernelConfig<Tag>::cb_num_faces[operand];
}

template <class Tag = void>
constexpr DataFormat get_dataformat(const int32_t operand) {
    return static_cast<DataFormat>(tessera::KernelConfig<Tag>::cb_data_format[operand]);
}

/// The kernel's own compilation always knows the formats of its circular buffers.
#define DATA_FORMATS_DEFINED

#ifdef COMPILE_FOR_TRISC

namespace tessera {

/// A byte quantity seen in 16-byte units, as a compute processor's circular-buffer fields are.
struct Units16 {
    uint32_t bytes;
    FORCE_INLINE operator uint32_t() const { return bytes >> 4; }
    FORCE_INLINE Units16& operator=(uint32_t units) {
        bytes = units << 4;
        return *this;
    }
    FORCE_INLINE Units16& operator+=(uint32_t units) {
        bytes += units << 4;
        return *this;
    }
    FORCE_INLINE Units16& operator-=(uint32_t units) {
        bytes -= units << 4;
        return *this;
    }
};

}  // namespace tessera

/// A compute processor's view of a circular buffer: addresses and sizes in 16-byte units. It is a tsr_cb by another
/// name; the counters of tiles are shared with other processors and can only be read here.
struct LocalCBInterface {
    tessera::Units16 fifo_rd_ptr, fifo_wr_ptr, fifo_limit, fifo_size, fifo_page_size;
    uint32_t fifo_num_pages, fifo_wr_tile_ptr;

    __declspec(property(get = acked)) uint16_t tiles_acked;
    __declspec(property(get = received)) uint16_t tiles_received;
    FORCE_INLINE uint16_t acked() const { return static_cast<uint16_t>(tsr_cb_counters(index()) >> 16); }
    FORCE_INLINE uint16_t received() const { return static_cast<uint16_t>(tsr_cb_counters(index())); }

private:
    FORCE_INLINE uint32_t index() const {
        return static_cast<uint32_t>(reinterpret_cast<const tsr_cb*>(this) - tsr_ctx->cbs);
    }
};
static_assert(offsetof(tsr_cb, fifo_wr_ptr) == 4 && offsetof(tsr_cb, fifo_limit) == 8 &&
                  offsetof(tsr_cb, fifo_size) == 12 && offsetof(tsr_cb, fifo_page_size) == 16 &&
                  offsetof(tsr_cb, fifo_num_pages) == 20 && offsetof(tsr_cb, fifo_wr_tile) == 24,
              "LocalCBInterface follows tsr_cb");

FORCE_INLINE LocalCBInterface& get_local_cb_interface(uint32_t cb_id) {
    return reinterpret_cast<LocalCBInterface&>(tsr_ctx->cbs[cb_id]);
}

#else

/// A data-movement processor's own view of a circular buffer: addresses and sizes in bytes.
using LocalCBInterface = tsr_cb;

FORCE_INLINE LocalCBInterface& get_local_cb_interface(uint32_t cb_id) {
    return tsr_ctx->cbs[cb_id];
}

/// L1 byte address where this processor's next page is to be written.
FORCE_INLINE uint32_t get_write_ptr(uint32_t operand) {
    return tsr_ctx->cbs[operand].fifo_wr_ptr;
}

/// L1 byte address of the oldest page that this processor has not popped.
FORCE_INLINE uint32_t get_read_ptr(uint32_t operand) {
    return tsr_ctx->cbs[operand].fifo_rd_ptr;
}

#endif
