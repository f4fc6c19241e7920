// DEVICE_PRINT: formatted prints from kernels, in the style of fmt:
//     DEVICE_PRINT("tile {} of {:#x}: {:.3f}\n", i, address, value);
// A line is shown when its newline is printed. As with DPRINT, a compute kernel's prints show once a TRISC.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <type_traits>

#include "dprint.h"

/// A string that needs no copying on the chip.
struct ct_string {
    const char* ptr;
};
#define CTSTR(literal) (ct_string{literal})

/// Block floats by exponent and mantissa (sign above 3 or 7 bits of magnitude); val: exponent in the low byte.
struct bf4_t {
    uint16_t val;
    bf4_t(uint16_t val) : val(val) {}
    bf4_t(uint8_t exponent, uint8_t mantissa) : val(static_cast<uint16_t>(exponent | mantissa << 8)) {}
};
struct bf8_t {
    uint16_t val;
    bf8_t(uint16_t val) : val(val) {}
    bf8_t(uint8_t exponent, uint8_t mantissa) : val(static_cast<uint16_t>(exponent | mantissa << 8)) {}
};
/// A bfloat16 by its bits.
struct bf16_t {
    uint16_t val;
    bf16_t(uint16_t val) : val(val) {}
};
/// `len` words with a type as in TYPED_U32_ARRAY.
template <uint16_t len>
struct dp_typed_array_t {
    uint32_t* ptr;
    uint16_t type;
    dp_typed_array_t(uint16_t type, uint32_t* ptr) : ptr(ptr), type(type) {}
};

namespace tessera::debug {

inline double block_value(uint16_t val, unsigned bits) {
    const int exponent = (val & 0xFF) - 127 - static_cast<int>(bits - 1);
    double value = static_cast<double>((val >> 8) & ((1u << bits) - 1));
    for (int e = exponent; e < 0; ++e) {
        value *= 0.5;
    }
    for (int e = exponent; e > 0; --e) {
        value *= 2.0;
    }
    return (val >> (8 + bits) & 1) != 0 ? -value : value;
}

template <class T>
inline tsr_format_argument format_argument(const T& x) {
    using V = std::remove_cvref_t<T>;
    tsr_format_argument a{};
    a.size = sizeof(V);
    if constexpr (std::is_enum_v<V>) {
        return format_argument(static_cast<std::underlying_type_t<V>>(x));
    } else if constexpr (std::is_same_v<V, bool>) {
        a.type = TSR_FORMAT_BOOL;
        a.value.u = x;
    } else if constexpr (std::is_same_v<V, char>) {
        a.type = TSR_FORMAT_CHAR;
        a.value.u = static_cast<unsigned char>(x);
    } else if constexpr (std::is_integral_v<V>) {
        a.type = std::is_signed_v<V> ? TSR_FORMAT_SIGNED : TSR_FORMAT_UNSIGNED;
        a.value.i = static_cast<int64_t>(x);
    } else if constexpr (std::is_floating_point_v<V>) {
        a.type = TSR_FORMAT_FLOAT;
        a.value.f = static_cast<double>(x);
    } else if constexpr (std::is_same_v<V, BF16> || std::is_same_v<V, bf16_t>) {
        a.type = TSR_FORMAT_FLOAT;
        a.size = sizeof(float);
        a.value.f = static_cast<double>(float_of(static_cast<uint32_t>(x.val) << 16));
    } else if constexpr (std::is_same_v<V, bf4_t> || std::is_same_v<V, bf8_t>) {
        a.type = TSR_FORMAT_FLOAT;
        a.size = sizeof(float);
        a.value.f = block_value(x.val, std::is_same_v<V, bf4_t> ? 3 : 7);
    } else if constexpr (std::is_same_v<V, F32>) {
        return format_argument(static_cast<float>(x.val));
    } else if constexpr (std::is_same_v<V, U32>) {
        return format_argument(static_cast<uint32_t>(x.val));
    } else if constexpr (std::is_same_v<V, ct_string>) {
        a.type = TSR_FORMAT_TEXT;
        a.value.p = x.ptr;
        a.size = DebugPrintStrLen(x.ptr) - 1;
    } else if constexpr (std::is_convertible_v<const V&, const char*>) {
        const char* text = x;
        a.type = TSR_FORMAT_TEXT;
        a.value.p = text;
        a.size = DebugPrintStrLen(text) - 1;
    } else if constexpr (std::is_pointer_v<V>) {
        a.type = TSR_FORMAT_POINTER;
        a.value.u = static_cast<uint32_t>(reinterpret_cast<uintptr_t>(x));
    } else if constexpr (requires { x.samples[1]; }) {
        a.type = TSR_FORMAT_TILE_SLICE;
        a.value.p = &x.samples[0];
        a.second = &x.samples[1];
    } else if constexpr (requires {
                             x.ptr[0];
                             x.type;
                         }) {
        a.type = TSR_FORMAT_WORDS;
        a.value.p = x.ptr;
        a.size = []<uint16_t n>(const dp_typed_array_t<n>*) { return n; }(&x);
        a.subtype = 2u << 16 | x.type;
    } else {
        static_assert(always_false<T>, "DEVICE_PRINT can't print a value of this type");
    }
    return a;
}

/// The placeholders of a format: how many, the highest index, whether both kinds are mixed, whether its braces match.
struct FormatShape {
    size_t placeholders = 0;
    size_t indices = 0;  // one more than the highest
    bool mixed = false;
    bool valid = true;
};
constexpr FormatShape format_shape(const char* format, size_t length) {
    FormatShape shape;
    bool plain = false;
    for (size_t i = 0; i < length; ++i) {
        if (format[i] == '}') {
            shape.valid = shape.valid && i + 1 < length && format[i + 1] == '}';
            ++i;
        } else if (format[i] == '{' && i + 1 < length && format[i + 1] == '{') {
            ++i;
        } else if (format[i] == '{') {
            size_t index = 0;
            bool indexed = false;
            for (++i; i < length && format[i] >= '0' && format[i] <= '9'; ++i) {
                index = index * 10 + static_cast<size_t>(format[i] - '0');
                indexed = true;
            }
            if (i < length && format[i] == ':') {
                while (i < length && format[i] != '}') {
                    ++i;
                }
            }
            shape.valid = shape.valid && i < length && format[i] == '}';
            shape.placeholders += 1;
            shape.indices = indexed && index + 1 > shape.indices ? index + 1 : shape.indices;
            shape.mixed = shape.mixed || (indexed ? plain : shape.indices != 0);
            plain = plain || !indexed;
        }
    }
    return shape;
}

template <class... Args>
inline void print_formatted(const char* format, size_t length, Args... args) {
    const tsr_format_argument arguments[sizeof...(args) + 1] = {format_argument(args)..., tsr_format_argument{}};
    tsr_dprint_format(format, length, arguments, sizeof...(args));
}
void the_format_and_its_arguments_do_not_match();

/// A format that was checked against its arguments when it was compiled.
template <class... Args>
struct Format {
    const char* text;
    size_t length;
    template <size_t n>
    consteval Format(const char (&format)[n]) : text(format), length(n - 1) {
        const FormatShape shape = format_shape(format, n - 1);
        if (!shape.valid || shape.mixed ||
            (shape.indices != 0 ? shape.indices : shape.placeholders) != sizeof...(Args)) {
            the_format_and_its_arguments_do_not_match();
        }
    }
};

template <class... Args>
struct Count {
    static constexpr size_t value = sizeof...(Args);
};
template <class... Args>
Count<Args...> count_of(Args...);

}  // namespace tessera::debug

template <class... Args>
void DebugPrinter::operator()(tessera::debug::Format<std::type_identity_t<Args>...> format, Args... args) const {
    tessera::debug::print_formatted(format.text, format.length, args...);
}

#if !defined(FORCE_DPRINT_OFF)
#define DEVICE_PRINT(format, ...)                                                                                \
    do {                                                                                                         \
        constexpr auto tsr_shape_ = ::tessera::debug::format_shape(format, sizeof(format) - 1);                  \
        static_assert(tsr_shape_.valid, "a brace of the format matches none; write {{ or }} for the character"); \
        static_assert(!tsr_shape_.mixed, "a format can't mix {} and {0}");                                       \
        static_assert((tsr_shape_.indices != 0 ? tsr_shape_.indices : tsr_shape_.placeholders) ==                \
                          decltype(::tessera::debug::count_of(__VA_ARGS__))::value,                              \
                      "the number of placeholders and the number of arguments differ");                          \
        ::tessera::debug::print_formatted(format, sizeof(format) - 1 __VA_OPT__(, ) __VA_ARGS__);                \
    } while (0)
#else
#define DEVICE_PRINT(format, ...)
#endif

#if defined(COMPILE_FOR_TRISC)
#define DEVICE_PRINT_UNPACK(...) TSR_DPRINT_THREAD(TSR_THREAD_TRISC0, DEVICE_PRINT(__VA_ARGS__))
#define DEVICE_PRINT_MATH(...) TSR_DPRINT_THREAD(TSR_THREAD_TRISC1, DEVICE_PRINT(__VA_ARGS__))
#define DEVICE_PRINT_PACK(...) TSR_DPRINT_THREAD(TSR_THREAD_TRISC2, DEVICE_PRINT(__VA_ARGS__))
#define DEVICE_PRINT_DATA0(...)
#define DEVICE_PRINT_DATA1(...)
#else
#define DEVICE_PRINT_UNPACK(...)
#define DEVICE_PRINT_MATH(...)
#define DEVICE_PRINT_PACK(...)
#define DEVICE_PRINT_DATA0(...)      \
    if (::tsr_ctx->noc_index == 0) { \
        DEVICE_PRINT(__VA_ARGS__);   \
    }
#define DEVICE_PRINT_DATA1(...)      \
    if (::tsr_ctx->noc_index == 1) { \
        DEVICE_PRINT(__VA_ARGS__);   \
    }
#endif

#define DEVICE_PRINT_INITIALIZE_LOCK()
#define DEVICE_PRINT_KERNEL_FINISHED()
