// DPRINT: prints from kernels. Used as
//     DPRINT << SETW(4) << i << " " << BF16(bits) << ENDL();
// and, as DEVICE_PRINT, in the style of fmt:
//     DPRINT("tile {} of {:#x}\n", i, address);
// Each line is shown with the device, core and processor that printed it. In a compute kernel an unguarded DPRINT
// prints once for each of the three TRISCs, as it would on the chip. Printing never changes what a kernel computes.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <type_traits>

#include "tessera/abi_debug.h"

#ifndef ATTR_PACK
#define ATTR_PACK __attribute__((packed))
#endif

namespace tessera::debug {

/// Limits what is printed in a block of a compute kernel to some TRISCs.
class ThreadScope {
public:
    explicit ThreadScope(uint32_t threads) : before_(tsr_dprint_select(threads)) {}
    ~ThreadScope() { tsr_dprint_select(before_); }
    ThreadScope(const ThreadScope&) = delete;
    ThreadScope& operator=(const ThreadScope&) = delete;

private:
    uint32_t before_;
};

template <class... Args>
struct Format;

}  // namespace tessera::debug

#if !defined(FORCE_DPRINT_OFF)
#define DPRINT (DebugPrinter{})
#else
#define DPRINT \
    if (0)     \
    DebugPrinter()
#endif

// What follows runs for one processor only: a TRISC of a compute kernel, or the data movement kernel on one NoC.
#if defined(COMPILE_FOR_TRISC)
#define TSR_DPRINT_THREAD(threads, ...)                      \
    do {                                                     \
        ::tessera::debug::ThreadScope tsr_scope_((threads)); \
        __VA_ARGS__;                                         \
    } while (0)
#define DPRINT_UNPACK(...) TSR_DPRINT_THREAD(TSR_THREAD_TRISC0, __VA_ARGS__)
#define DPRINT_MATH(...) TSR_DPRINT_THREAD(TSR_THREAD_TRISC1, __VA_ARGS__)
#define DPRINT_PACK(...) TSR_DPRINT_THREAD(TSR_THREAD_TRISC2, __VA_ARGS__)
#define DPRINT_DATA0(...)
#define DPRINT_DATA1(...)
#else
#define DPRINT_UNPACK(...)
#define DPRINT_MATH(...)
#define DPRINT_PACK(...)
#define DPRINT_DATA0(...)            \
    if (::tsr_ctx->noc_index == 0) { \
        __VA_ARGS__;                 \
    }
#define DPRINT_DATA1(...)            \
    if (::tsr_ctx->noc_index == 1) { \
        __VA_ARGS__;                 \
    }
#endif

/// A bfloat16 by its bits.
struct BF16 {
    uint16_t val;
    BF16(uint16_t val) : val(val) {}
} ATTR_PACK;
/// A value printed as a float.
struct F32 {
    float val;
    F32(float val) : val(val) {}
} ATTR_PACK;
/// A value printed as an unsigned 32-bit integer.
struct U32 {
    uint32_t val;
    U32(uint32_t val) : val(val) {}
} ATTR_PACK;

/// Ends the line.
struct ENDL {
    char tmp;
} ATTR_PACK;
/// Digits that floats show from here on.
struct SETPRECISION {
    char p;
    SETPRECISION(char pa) : p(pa) {}
} ATTR_PACK;
/// Floats in fixed notation from here on.
struct FIXED {
    char tmp;
} ATTR_PACK;
/// Floats in the default notation from here on.
struct DEFAULTFLOAT {
    char tmp;
} ATTR_PACK;
/// Integers in base 16 from here on.
struct HEX {
    char tmp;
} ATTR_PACK;
/// Integers in base 8 from here on.
struct OCT {
    char tmp;
} ATTR_PACK;
/// Integers in base 10 from here on.
struct DEC {
    char tmp;
} ATTR_PACK;
/// Least number of columns of the next item. The chip's stream ignores the older `sticky` flag, and so does this one.
struct SETW {
    char w;
    SETW(char w, bool sticky = false) : w(w) { (void)sticky; }
} ATTR_PACK;
/// `len` words, printed raw in hexadecimal.
struct U32_ARRAY {
    uint32_t* ptr;
    uint32_t len;
    U32_ARRAY(uint32_t* ptr, uint32_t len) : ptr(ptr), len(len) {}
};
/// `len` words of a given meaning; ptr[len] is overwritten with the type, as on the chip.
struct TYPED_U32_ARRAY : public U32_ARRAY {
    TYPED_U32_ARRAY(uint16_t my_type, uint16_t my_subtype, uint32_t* ptr, uint32_t len) : U32_ARRAY(ptr, len + 1) {
        ptr[len] = (static_cast<uint32_t>(my_type) << 16) + my_subtype;
    }
};

/// Bytes of a string with its terminating zero.
inline uint32_t DebugPrintStrLen(const char* val) {
    uint32_t length = 0;
    while (val[length] != 0) {
        ++length;
    }
    return length + 1;
}

/// The stream. It holds no state: that is kept per processor on the device's side.
struct DebugPrinter {
    /// DPRINT("...", ...), the later spelling of DEVICE_PRINT.
    template <class... Args>
    void operator()(tessera::debug::Format<std::type_identity_t<Args>...> format, Args... args) const;
};

namespace tessera::debug {

template <class T>
inline constexpr bool always_false = false;

inline float float_of(uint32_t bits) {
    return __builtin_bit_cast(float, bits);
}

template <class T>
inline void print(T value) {
    using V = std::remove_cv_t<T>;
    if constexpr (std::is_enum_v<V>) {
        print(static_cast<std::underlying_type_t<V>>(value));
    } else if constexpr (std::is_same_v<V, bool>) {
        tsr_dprint_unsigned(value);
    } else if constexpr (std::is_same_v<V, char> || std::is_same_v<V, unsigned char>) {
        tsr_dprint_char(static_cast<char>(value));  // uint8_t shows as a character, as it does on the chip
    } else if constexpr (std::is_integral_v<V>) {
        if constexpr (std::is_signed_v<V>) {
            tsr_dprint_signed(value, sizeof(V) == 1 ? sizeof(int) : sizeof(V));
        } else {
            tsr_dprint_unsigned(value);
        }
    } else if constexpr (std::is_floating_point_v<V>) {
        tsr_dprint_float(static_cast<double>(value));
    } else if constexpr (std::is_same_v<V, char*> || std::is_same_v<V, const char*>) {
        tsr_dprint_text(value, DebugPrintStrLen(value) - 1);
    } else if constexpr (std::is_pointer_v<V>) {
        tsr_dprint_unsigned(static_cast<uint32_t>(reinterpret_cast<uintptr_t>(value)));
    } else if constexpr (std::is_same_v<V, BF16>) {
        tsr_dprint_float(static_cast<double>(float_of(static_cast<uint32_t>(value.val) << 16)));
    } else if constexpr (std::is_same_v<V, F32>) {
        tsr_dprint_float(static_cast<double>(value.val));
    } else if constexpr (std::is_same_v<V, U32>) {
        tsr_dprint_unsigned(value.val);
    } else if constexpr (std::is_same_v<V, ENDL>) {
        tsr_dprint_control(TSR_DPRINT_ENDL, 0);
    } else if constexpr (std::is_same_v<V, SETW>) {
        tsr_dprint_control(TSR_DPRINT_SETW, value.w);
    } else if constexpr (std::is_same_v<V, SETPRECISION>) {
        tsr_dprint_control(TSR_DPRINT_SETPRECISION, value.p);
    } else if constexpr (std::is_same_v<V, FIXED>) {
        tsr_dprint_control(TSR_DPRINT_FIXED, 0);
    } else if constexpr (std::is_same_v<V, DEFAULTFLOAT>) {
        tsr_dprint_control(TSR_DPRINT_DEFAULTFLOAT, 0);
    } else if constexpr (std::is_same_v<V, HEX>) {
        tsr_dprint_control(TSR_DPRINT_HEX, 0);
    } else if constexpr (std::is_same_v<V, OCT>) {
        tsr_dprint_control(TSR_DPRINT_OCT, 0);
    } else if constexpr (std::is_same_v<V, DEC>) {
        tsr_dprint_control(TSR_DPRINT_DEC, 0);
    } else if constexpr (std::is_same_v<V, U32_ARRAY>) {
        tsr_dprint_words(value.ptr, value.len, 1, 0);
    } else if constexpr (std::is_same_v<V, TYPED_U32_ARRAY>) {
        const uint32_t type = value.ptr[value.len - 1];
        tsr_dprint_words(value.ptr, value.len - 1, type >> 16, type & 0xFFFF);
    } else if constexpr (requires { value.tsr_print(); }) {
        value.tsr_print();
    } else {
        static_assert(always_false<T>, "DPRINT can't print a value of this type");
    }
}

}  // namespace tessera::debug

/// Prints one item. Any pointer but char* shows as its 32-bit device address.
template <typename T>
inline DebugPrinter operator<<(DebugPrinter dp, T val) {
    ::tessera::debug::print<T>(val);
    return dp;
}

#include "dprint_tile.h"

// What DPRINT("...", ...) does.
#include "device_print.h"
