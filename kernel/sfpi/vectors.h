// SFPI's vector types and their operators: vFloat, vInt, vUInt and the narrower vSMag and vMag, comparisons, and the
// conditional execution behind v_if. Part of sfpi.h.
#pragma once

#include <stdint.h>

#include <type_traits>

#include "state.h"

namespace sfpi {

class vFloat;
class vInt;
class vUInt;
class vSMag;
class vBool;

namespace impl_ {

template <class T>
inline constexpr bool is_scalar = std::is_arithmetic_v<T>;

/// A value of 32 lanes. Construction fills every lane; assignment reaches only the lanes that are enabled.
class vVal {
public:
    sfpi_inline vVal() : v_{} {}
    sfpi_inline vVal(lanes_t v) : v_(v) {}
    vVal(const vVal&) = default;
    sfpi_inline vVal& operator=(const vVal& other) {
        v_ = sfpu.partial ? select(sfpu.mask, other.v_, v_) : other.v_;
        return *this;
    }
    sfpi_inline lanes_t get() const { return v_; }

private:
    lanes_t v_;
};

/// The bits of an integer scalar in every lane, sign-extended.
template <class T>
sfpi_inline lanes_t splat_integer(T x) {
    return splat(static_cast<uint32_t>(x));
}

template <class T>
concept Value = std::is_base_of_v<vVal, T>;

}  // namespace impl_

/// A float by the bits of an IEEE half.
class sFloat16a {
public:
    using tsr_vector = vFloat;
    sfpi_inline explicit sFloat16a(uint32_t bits) : bits_(static_cast<uint16_t>(bits)) {}
    sfpi_inline explicit sFloat16a(int bits) : sFloat16a(static_cast<uint32_t>(bits)) {}
    /// Truncates.
    sfpi_inline explicit sFloat16a(float f) {
        const uint32_t x = impl_::truncate_fp16(impl_::splat(impl_::float_as_uint(f)))[0];
        bits_ = (x & 0x7FFFFFFF) == 0
                    ? static_cast<uint16_t>(x >> 16)
                    : static_cast<uint16_t>((x >> 16 & 0x8000) | (((x & 0x7FFFFFFF) - 0x38000000) >> 13));
    }
    sfpi_inline explicit sFloat16a(double f) : sFloat16a(static_cast<float>(f)) {}
    sfpi_inline uint32_t get() const { return bits_; }

private:
    uint16_t bits_;
};

/// A float by the bits of a bfloat16.
class sFloat16b {
public:
    using tsr_vector = vFloat;
    sfpi_inline explicit sFloat16b(uint32_t bits) : bits_(static_cast<uint16_t>(bits)) {}
    sfpi_inline explicit sFloat16b(int bits) : sFloat16b(static_cast<uint32_t>(bits)) {}
    /// Truncates.
    sfpi_inline explicit sFloat16b(float f) : bits_(static_cast<uint16_t>(impl_::float_as_uint(f) >> 16)) {}
    sfpi_inline explicit sFloat16b(double f) : sFloat16b(static_cast<float>(f)) {}
    sfpi_inline uint32_t get() const { return bits_; }

private:
    uint16_t bits_;
};

using s2vFloat16a = sFloat16a;
using s2vFloat16b = sFloat16b;

/// 32 floats.
class vFloat : public impl_::vVal {
public:
    vFloat() = default;
    vFloat(const vFloat&) = default;
    vFloat& operator=(const vFloat&) = default;
    sfpi_inline vFloat(impl_::lanes_t v) : vVal(v) {}
    sfpi_inline vFloat(float f) : vVal(impl_::splat(impl_::float_as_uint(f))) {}
    sfpi_inline vFloat(sFloat16a f) : vVal(impl_::splat(half(f.get()))) {}
    sfpi_inline vFloat(sFloat16b f) : vVal(impl_::splat(f.get() << 16)) {}
    sfpi_inline impl_::flanes_t floats() const { return impl_::as_f(get()); }

    template <class T>
    sfpi_inline vFloat& operator+=(const T& x);
    template <class T>
    sfpi_inline vFloat& operator-=(const T& x);
    template <class T>
    sfpi_inline vFloat& operator*=(const T& x);
    sfpi_inline vFloat& operator++();
    sfpi_inline vFloat& operator--();
    sfpi_inline vFloat operator++(int);
    sfpi_inline vFloat operator--(int);

private:
    static sfpi_inline uint32_t half(uint32_t bits) {
        const uint32_t exponent = bits >> 10 & 31;
        return (bits & 0x8000) << 16 | (exponent != 0 ? (exponent + 112) << 23 : 0) | (bits & 0x3FF) << 13;
    }
};

/// 32 two's complement integers.
class vInt : public impl_::vVal {
public:
    vInt() = default;
    vInt(const vInt&) = default;
    vInt& operator=(const vInt&) = default;
    sfpi_inline vInt(impl_::lanes_t v) : vVal(v) {}
    template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
    sfpi_inline vInt(T x) : vVal(impl_::splat_integer(x)) {}
    sfpi_inline explicit vInt(const vUInt& x);
    sfpi_inline operator vUInt() const;

#define TSR_SFPI_INTEGER_ASSIGNMENT(type)      \
    template <class T>                         \
    sfpi_inline type& operator+=(const T& x);  \
    template <class T>                         \
    sfpi_inline type& operator-=(const T& x);  \
    template <class T>                         \
    sfpi_inline type& operator&=(const T& x);  \
    template <class T>                         \
    sfpi_inline type& operator|=(const T& x);  \
    template <class T>                         \
    sfpi_inline type& operator^=(const T& x);  \
    template <class T>                         \
    sfpi_inline type& operator<<=(const T& x); \
    template <class T>                         \
    sfpi_inline type& operator>>=(const T& x); \
    sfpi_inline type& operator++();            \
    sfpi_inline type& operator--();            \
    sfpi_inline type operator++(int);          \
    sfpi_inline type operator--(int)
    TSR_SFPI_INTEGER_ASSIGNMENT(vInt);
};

/// 32 unsigned integers.
class vUInt : public impl_::vVal {
public:
    vUInt() = default;
    vUInt(const vUInt&) = default;
    vUInt& operator=(const vUInt&) = default;
    sfpi_inline vUInt(impl_::lanes_t v) : vVal(v) {}
    template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
    sfpi_inline vUInt(T x) : vVal(impl_::splat_integer(x)) {}
    sfpi_inline explicit vUInt(const vInt& x) : vVal(x.get()) {}
    sfpi_inline operator vInt() const { return vInt(get()); }
    TSR_SFPI_INTEGER_ASSIGNMENT(vUInt);
};
#undef TSR_SFPI_INTEGER_ASSIGNMENT

vInt::vInt(const vUInt& x) : vVal(x.get()) {}
vInt::operator vUInt() const {
    return vUInt(get());
}

/// 32 sign-magnitude integers: the sign in bit 31.
class vSMag : public impl_::vVal {
public:
    vSMag() = default;
    vSMag(const vSMag&) = default;
    vSMag& operator=(const vSMag&) = default;
    sfpi_inline explicit vSMag(impl_::lanes_t v) : vVal(v) {}
    template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
    sfpi_inline explicit vSMag(T bits) : vVal(impl_::splat_integer(bits)) {}
    sfpi_inline operator vUInt() const { return vUInt(get()); }
};

namespace impl_ {

/// A vector whose elements are known to fit a narrower type.
template <class Vector, class Scalar>
class vNarrow : public Vector {
public:
    vNarrow() = default;
    vNarrow(const vNarrow&) = default;
    vNarrow& operator=(const vNarrow&) = default;
    sfpi_inline explicit vNarrow(lanes_t v) : Vector(v) {}
    template <class T, std::enable_if_t<std::is_integral_v<T> && std::is_integral_v<Scalar>, int> = 0>
    sfpi_inline explicit vNarrow(T x) : Vector(splat_integer(x)) {}
    template <class T, std::enable_if_t<std::is_same_v<T, Scalar> && !std::is_integral_v<Scalar>, int> = 0>
    sfpi_inline explicit vNarrow(T x) : Vector(x) {}
};

}  // namespace impl_

using vFloat16a = impl_::vNarrow<vFloat, sFloat16a>;
using vFloat16b = impl_::vNarrow<vFloat, sFloat16b>;
using vMag = impl_::vNarrow<vUInt, uint32_t>;
using vUInt16 = impl_::vNarrow<vMag, uint16_t>;
using vUInt8 = impl_::vNarrow<vUInt16, uint8_t>;
using vSMag16 = impl_::vNarrow<vSMag, void>;
using vSMag8 = impl_::vNarrow<vSMag16, void>;

namespace impl_ {

/// Things that stand for a vector (registers) say so with a member `tsr_vector` naming the type they read as by
/// default.
template <class T>
struct vector_of {
    using type = void;
};
template <class T>
    requires std::is_base_of_v<vFloat, T>
struct vector_of<T> {
    using type = vFloat;
};
template <class T>
    requires std::is_base_of_v<vInt, T>
struct vector_of<T> {
    using type = vInt;
};
template <class T>
    requires std::is_base_of_v<vUInt, T>
struct vector_of<T> {
    using type = vUInt;
};
template <class T>
    requires requires { typename T::tsr_vector; }
struct vector_of<T> {
    using type = typename T::tsr_vector;
};
template <class T>
using vector_of_t = typename vector_of<std::remove_cvref_t<T>>::type;

/// A DST register takes the type of what it is combined with.
template <class T>
inline constexpr bool is_flexible = requires { typename std::remove_cvref_t<T>::tsr_flexible; };
template <class T>
inline constexpr bool is_magnitude = std::is_base_of_v<vMag, std::remove_cvref_t<T>>;

template <class A, class B>
struct common {
    using VA = vector_of_t<A>;
    using VB = vector_of_t<B>;
    static constexpr bool va = !std::is_void_v<VA>;
    static constexpr bool vb = !std::is_void_v<VB>;
    static constexpr auto pick() {
        if constexpr (va && vb) {
            if constexpr (std::is_same_v<VA, VB>) {
                return std::type_identity<VA>{};
            } else if constexpr (is_flexible<A>) {
                return std::type_identity<VB>{};
            } else if constexpr (is_flexible<B>) {
                return std::type_identity<VA>{};
            } else if constexpr (std::is_same_v<VA, vFloat> || std::is_same_v<VB, vFloat>) {
                return std::type_identity<void>{};
            } else if constexpr (is_magnitude<A> || is_magnitude<B>) {
                return std::type_identity<vInt>{};  // a magnitude joins signed arithmetic
            } else {
                return std::type_identity<vUInt>{};
            }
        } else if constexpr (va && std::is_arithmetic_v<std::remove_cvref_t<B>>) {
            return std::type_identity<VA>{};
        } else if constexpr (vb && std::is_arithmetic_v<std::remove_cvref_t<A>>) {
            return std::type_identity<VB>{};
        } else {
            return std::type_identity<void>{};
        }
    }
    using type = typename decltype(pick())::type;
};
template <class A, class B>
using common_t = typename common<A, B>::type;
template <class A, class B>
concept Floats = std::is_same_v<common_t<A, B>, vFloat>;
template <class A, class B>
concept Integers = std::is_same_v<common_t<A, B>, vInt> || std::is_same_v<common_t<A, B>, vUInt>;
template <class A, class B>
concept Numbers = Floats<A, B> || Integers<A, B>;
template <class T>
concept Vector = !std::is_void_v<vector_of_t<T>>;

/// x as the vector type V.
template <class V, class T>
sfpi_inline V to(const T& x) {
    if constexpr (std::is_arithmetic_v<T>) {
        if constexpr (std::is_same_v<V, vFloat>) {
            return vFloat(static_cast<float>(x));
        } else {
            return V(splat_integer(x));
        }
    } else if constexpr (Value<T>) {
        return V(x.get());
    } else {
        return V(static_cast<V>(x).get());
    }
}

}  // namespace impl_

/// A product that is added to something in the same expression is added before it is rounded: the chip's compiler makes
/// one SFPMAD of both. Once it has a name it is an ordinary vector.
class tsr_product : public vFloat {
public:
    sfpi_inline tsr_product(impl_::lanes_t a, impl_::lanes_t b) : tsr_product(a, b, impl_::float_mul(a, b)) {}
    /// Any value, as itself times one.
    sfpi_inline explicit tsr_product(impl_::lanes_t v) : tsr_product(v, impl_::splat(0x3F800000), v) {}
    tsr_product(const tsr_product&) = default;
    sfpi_inline tsr_product& operator=(const vFloat& x) {
        vFloat::operator=(x);
        left_ = get();
        right_ = impl_::splat(0x3F800000);
        return *this;
    }
    sfpi_inline tsr_product& operator=(const tsr_product& x) { return *this = static_cast<const vFloat&>(x); }
    template <class T>
    sfpi_inline tsr_product& operator+=(const T& x) {
        return *this = vFloat((*this + x).get());
    }
    template <class T>
    sfpi_inline tsr_product& operator-=(const T& x) {
        return *this = vFloat((*this - x).get());
    }
    template <class T>
    sfpi_inline tsr_product& operator*=(const T& x) {
        return *this = vFloat((*this * x).get());
    }
    sfpi_inline impl_::lanes_t left() const { return left_; }
    sfpi_inline impl_::lanes_t right() const { return right_; }
    sfpi_inline tsr_product operator-() const {
        return {impl_::float_negate(left_), right_, impl_::float_negate(get())};
    }

private:
    sfpi_inline tsr_product(impl_::lanes_t a, impl_::lanes_t b, impl_::lanes_t value)
        : vFloat(value), left_(a), right_(b) {}
    impl_::lanes_t left_;
    impl_::lanes_t right_;
};

namespace impl_ {

template <class T>
sfpi_inline auto negated(const T& x) {
    if constexpr (std::is_same_v<T, tsr_product>) {
        return -x;
    } else {
        return 0;
    }
}
/// a + b, whose values as vectors are x and y.
template <class A, class B>
sfpi_inline lanes_t float_sum(const A& a, lanes_t x, const B& b, lanes_t y) {
    if constexpr (std::is_same_v<A, tsr_product>) {
        return float_mad(a.left(), a.right(), x, y);
    } else if constexpr (std::is_same_v<B, tsr_product>) {
        return float_mad(b.left(), b.right(), y, x);
    } else {
        return float_add(x, y);
    }
}

}  // namespace impl_

template <class A, class B>
    requires impl_::Floats<A, B>
sfpi_inline tsr_product operator*(const A& a, const B& b) {
    return {impl_::to<vFloat>(a).get(), impl_::to<vFloat>(b).get()};
}

#define TSR_SFPI_BINARY(op, Kind, expression)                                 \
    template <class A, class B>                                               \
        requires impl_::Kind<A, B>                                            \
    sfpi_inline impl_::common_t<A, B> operator op(const A & a, const B & b) { \
        using V = impl_::common_t<A, B>;                                      \
        const auto x = impl_::to<V>(a).get();                                 \
        const auto y = impl_::to<V>(b).get();                                 \
        return V(expression);                                                 \
    }
TSR_SFPI_BINARY(+, Floats, impl_::float_sum(a, x, b, y))
TSR_SFPI_BINARY(-, Floats, impl_::float_sum(a, x, impl_::negated(b), impl_::float_negate(y)))
TSR_SFPI_BINARY(+, Integers, x + y)
TSR_SFPI_BINARY(-, Integers, x - y)
TSR_SFPI_BINARY(|, Integers, x | y)
TSR_SFPI_BINARY(^, Integers, x ^ y)
#undef TSR_SFPI_BINARY

/// Masking a magnitude leaves a magnitude.
template <class A, class B>
    requires impl_::Integers<A, B>
sfpi_inline auto operator&(const A& a, const B& b) {
    using V = impl_::common_t<A, B>;
    using R = std::conditional_t<impl_::is_magnitude<A>, vMag, V>;
    return R(impl_::to<V>(a).get() & impl_::to<V>(b).get());
}
template <class B>
    requires std::is_integral_v<B>
sfpi_inline vUInt operator&(const vSMag& a, B b) {
    return vUInt(a.get() & static_cast<uint32_t>(b));
}

namespace impl_ {

// The shifter takes the low five bits of an amount's magnitude; a negative amount shifts right.
sfpi_inline lanes_t shift_left_or_right(lanes_t x, lanes_t amount, bool arithmetic) {
    const lanes_t right = as_u(as_i(amount) < 0);
    const lanes_t by = select(right, splat(0) - amount, amount) & 31u;
    const lanes_t down = arithmetic ? as_u(as_i(x) >> as_i(by)) : x >> by;
    return select(right, down, x << by);
}

template <class V>
inline constexpr bool shifts_arithmetically =
#if defined(ARCH_WORMHOLE)
    false;
#else
    std::is_same_v<V, vInt>;
#endif

}  // namespace impl_

template <class A, class B>
    requires(impl_::Vector<A> && impl_::Integers<A, B>)
sfpi_inline auto operator<<(const A& a, const B& b) {
    using V = impl_::vector_of_t<A>;
    if constexpr (std::is_arithmetic_v<B>) {
        return V(impl_::to<V>(a).get() << (static_cast<uint32_t>(b) & 31));
    } else {
        return V(impl_::shift_left_or_right(impl_::to<V>(a).get(), impl_::to<vInt>(b).get(), false));
    }
}
/// vInt shifts arithmetically on Blackhole; Wormhole has no arithmetic shift, nor SFPI this operator for vInt there.
template <class A, class B>
    requires(impl_::Vector<A> && impl_::Integers<A, B>)
sfpi_inline auto operator>>(const A& a, const B& b) {
    using V = impl_::vector_of_t<A>;
    using R = std::conditional_t<impl_::is_magnitude<A>, vMag, V>;
#if defined(ARCH_WORMHOLE)
    static_assert(!std::is_same_v<V, vInt>, "Wormhole has no arithmetic right shift: use vUInt, or sfpi::shft");
#endif
    const impl_::lanes_t x = impl_::to<V>(a).get();
    if constexpr (!std::is_arithmetic_v<B>) {
        return R(
            impl_::shift_left_or_right(x, impl_::splat(0) - impl_::to<vInt>(b).get(), impl_::shifts_arithmetically<V>));
    } else if constexpr (impl_::shifts_arithmetically<V>) {
        return R(impl_::as_u(impl_::as_i(x) >> static_cast<int>(static_cast<uint32_t>(b) & 31)));
    } else {
        return R(x >> (static_cast<uint32_t>(b) & 31));
    }
}

template <impl_::Vector A>
sfpi_inline auto operator+(const A& a) {
    return impl_::to<impl_::vector_of_t<A>>(a);
}
template <impl_::Vector A>
sfpi_inline auto operator-(const A& a) {
    using V = impl_::vector_of_t<A>;
    const impl_::lanes_t x = impl_::to<V>(a).get();
    if constexpr (std::is_same_v<V, vFloat>) {
        return V(x ^ 0x80000000u);
    } else {
        return V(impl_::splat(0) - x);
    }
}
template <impl_::Vector A>
    requires(!std::is_same_v<impl_::vector_of_t<A>, vFloat>)
sfpi_inline auto operator~(const A& a) {
    using V = impl_::vector_of_t<A>;
    return V(~impl_::to<V>(a).get());
}

#define TSR_SFPI_ASSIGN(type, op)                \
    template <class T>                           \
    type& type::operator op##=(const T & x) {    \
        return *this = type((*this op x).get()); \
    }
#define TSR_SFPI_STEP(type)        \
    type& type::operator++() {     \
        return *this += 1;         \
    }                              \
    type& type::operator--() {     \
        return *this -= 1;         \
    }                              \
    type type::operator++(int) {   \
        const type before = *this; \
        *this += 1;                \
        return before;             \
    }                              \
    type type::operator--(int) {   \
        const type before = *this; \
        *this -= 1;                \
        return before;             \
    }
TSR_SFPI_ASSIGN(vFloat, +)
TSR_SFPI_ASSIGN(vFloat, -)
TSR_SFPI_ASSIGN(vFloat, *)
TSR_SFPI_STEP(vFloat)
#define TSR_SFPI_INTEGER_STEPS(type) \
    TSR_SFPI_ASSIGN(type, +)         \
    TSR_SFPI_ASSIGN(type, -)         \
    TSR_SFPI_ASSIGN(type, &)         \
    TSR_SFPI_ASSIGN(type, |)         \
    TSR_SFPI_ASSIGN(type, ^)         \
    TSR_SFPI_ASSIGN(type, <<)        \
    TSR_SFPI_ASSIGN(type, >>)        \
    TSR_SFPI_STEP(type)
TSR_SFPI_INTEGER_STEPS(vInt)
TSR_SFPI_INTEGER_STEPS(vUInt)
#undef TSR_SFPI_INTEGER_STEPS
#undef TSR_SFPI_STEP
#undef TSR_SFPI_ASSIGN

/// The lanes in which a condition holds.
class vBool {
public:
    sfpi_inline explicit vBool(impl_::lanes_t mask) : mask_(mask) {}
    sfpi_inline vBool(const vInt& x) : vBool(nonzero(x.get())) {}
    sfpi_inline vBool(const vUInt& x) : vBool(nonzero(x.get())) {}
    sfpi_inline vBool(const vSMag& x) : vBool(nonzero(x.get())) {}
    vBool(const vBool&) = default;
    sfpi_inline vBool& operator=(const vBool& other) {
        mask_ = impl_::sfpu.partial ? impl_::select(impl_::sfpu.mask, other.mask_, mask_) : other.mask_;
        return *this;
    }
    /// 1 or 0.
    sfpi_inline operator vInt() const { return vInt(mask_ & 1u); }
    sfpi_inline impl_::lanes_t get() const { return mask_; }

private:
    static sfpi_inline impl_::lanes_t nonzero(impl_::lanes_t x) { return (impl_::lanes_t)(x != impl_::splat(0)); }
    impl_::lanes_t mask_;
};

sfpi_inline vBool operator&&(const vBool& a, const vBool& b) {
    return vBool(a.get() & b.get());
}
sfpi_inline vBool operator||(const vBool& a, const vBool& b) {
    return vBool(a.get() | b.get());
}
sfpi_inline vBool operator!(const vBool& a) {
    return vBool(~a.get());
}

namespace impl_ {

enum class Order { EQ, NE, LT, LE, GT, GE };

// The unit compares by subtracting and looking at the difference's sign and bits, so a NaN counts as greater than
// anything. Against a literal zero it looks at the value itself: -0 is less than zero and not equal to it.
template <Order order, class T>
sfpi_inline lanes_t compare_integers(T a, T b);
template <Order order>
sfpi_inline lanes_t compare_floats(flanes_t a, flanes_t b) {
    if (exact()) {
        return compare_integers<order>(as_i(float_add(as_u(a), float_negate(as_u(b)))), ilanes_t{});
    }
    switch (order) {
        case Order::EQ:
            return (lanes_t)(a == b);
        case Order::NE:
            return (lanes_t)(a != b);
        case Order::LT:
            return (lanes_t)(a < b);
        case Order::LE:
            return (lanes_t)(a <= b);
        case Order::GT:
            return ~(lanes_t)(a <= b);
        case Order::GE:
            return ~(lanes_t)(a < b);
    }
}
template <Order order, class T>
sfpi_inline lanes_t compare_integers(T a, T b) {
    switch (order) {
        case Order::EQ:
            return (lanes_t)(a == b);
        case Order::NE:
            return (lanes_t)(a != b);
        case Order::LT:
            return (lanes_t)(a < b);
        case Order::LE:
            return (lanes_t)(a <= b);
        case Order::GT:
            return (lanes_t)(a > b);
        case Order::GE:
            return (lanes_t)(a >= b);
    }
}

template <Order order, class A, class B>
sfpi_inline vBool compare(const A& a, const B& b) {
    using V = common_t<A, B>;
    const lanes_t x = to<V>(a).get();
    if constexpr (std::is_same_v<V, vFloat>) {
        if constexpr (std::is_arithmetic_v<B>) {
            if (b == 0) {
                return vBool(compare_integers<order>(as_i(x), as_i(splat(0))));
            }
        }
        return vBool(compare_floats<order>(as_f(x), to<V>(b).floats()));
    } else if constexpr (std::is_same_v<V, vInt>) {
        return vBool(compare_integers<order>(as_i(x), as_i(to<V>(b).get())));
    } else {
        return vBool(compare_integers<order>(x, to<V>(b).get()));
    }
}
sfpi_inline constexpr Order mirrored(Order order) {
    return order == Order::LT   ? Order::GT
           : order == Order::GT ? Order::LT
           : order == Order::LE ? Order::GE
           : order == Order::GE ? Order::LE
                                : order;
}

}  // namespace impl_

#define TSR_SFPI_COMPARE(op, order)                                            \
    template <class A, class B>                                                \
        requires impl_::Numbers<A, B>                                          \
    sfpi_inline vBool operator op(const A& a, const B& b) {                    \
        if constexpr (std::is_arithmetic_v<A>) {                               \
            return impl_::compare<impl_::mirrored(impl_::Order::order)>(b, a); \
        } else {                                                               \
            return impl_::compare<impl_::Order::order>(a, b);                  \
        }                                                                      \
    }
TSR_SFPI_COMPARE(==, EQ)
TSR_SFPI_COMPARE(!=, NE)
TSR_SFPI_COMPARE(<, LT)
TSR_SFPI_COMPARE(<=, LE)
TSR_SFPI_COMPARE(>, GT)
TSR_SFPI_COMPARE(>=, GE)
#undef TSR_SFPI_COMPARE
sfpi_inline vBool operator==(const vSMag& a, const vSMag& b) {
    return vBool((impl_::lanes_t)(a.get() == b.get()));
}
sfpi_inline vBool operator!=(const vSMag& a, const vSMag& b) {
    return vBool((impl_::lanes_t)(a.get() != b.get()));
}
template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
sfpi_inline vBool operator==(const vSMag& a, T b) {
    return a == vSMag(b < 0 ? 0x80000000u | (0u - static_cast<uint32_t>(b)) : static_cast<uint32_t>(b));
}
template <class T, std::enable_if_t<std::is_integral_v<T>, int> = 0>
sfpi_inline vBool operator!=(const vSMag& a, T b) {
    return !(a == b);
}

namespace impl_ {

/// The lanes enabled by one v_if or v_block, on top of those enabled outside.
class CC {
public:
    sfpi_inline CC() : outer_partial_(sfpu.partial), outer_(outer_partial_ ? sfpu.mask : ~lanes_t{}), parent_(outer_) {}
    sfpi_inline ~CC() {
        sfpu.partial = outer_partial_;
        sfpu.mask = outer_;
    }
    CC(const CC&) = delete;
    CC& operator=(const CC&) = delete;

    /// Narrows to the lanes in which the condition holds.
    sfpi_inline void narrow(const vBool& condition) {
        sfpu.mask = (sfpu.partial ? sfpu.mask : ~lanes_t{}) & condition.get();
        sfpu.partial = true;
    }
    /// On to the lanes of the enclosing block that are off now.
    sfpi_inline void others() {
        sfpu.mask = parent_ & ~(sfpu.partial ? sfpu.mask : ~lanes_t{});
        sfpu.partial = true;
        parent_ = sfpu.mask;
    }
    /// On to the other lanes, for good.
    sfpi_inline void rest() {
        sfpu.mask = parent_ & ~(sfpu.partial ? sfpu.mask : ~lanes_t{});
        sfpu.partial = true;
    }

private:
    bool outer_partial_;
    lanes_t outer_;
    lanes_t parent_;
};

}  // namespace impl_
}  // namespace sfpi

// Conditional execution. Every branch is run; assignments and stores reach the lanes in which the conditions hold.
#define v_if(...)                    \
    {                                \
        sfpi::impl_::CC tsr_cc_;     \
        tsr_cc_.narrow(__VA_ARGS__); \
        {
#define v_elseif(...)            \
    }                            \
    tsr_cc_.others();            \
    tsr_cc_.narrow(__VA_ARGS__); \
    {
#define v_else      \
    }               \
    tsr_cc_.rest(); \
    {
#define v_endif \
    }           \
    }
#define v_block \
    {           \
        sfpi::impl_::CC tsr_cc_;
#define v_and(...) tsr_cc_.narrow(__VA_ARGS__)
#define v_endblock }
