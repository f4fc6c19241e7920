// SFPI's registers: dst_reg (a window into DST), l_reg (the vector registers), and the constant registers. Part of
// sfpi.h.
//
// Tessera keeps integers in DST as 32-bit two's complement values, whatever the format. So vInt and vUInt move bits as
// they are; the 16-bit layouts move the low half; the sign-magnitude layouts convert.
#pragma once

#include "vectors.h"

namespace sfpi {

/// How a value lies in DST. Default: what the type says and DST's width.
enum class DataLayout { Default = 0, FSrcB, F32, F16a, F16b, I32, U32, U16, SM32, SM16, M32, LO16, HI16 };

/// The eight general registers.
enum class LRegs : uint8_t { LReg0, LReg1, LReg2, LReg3, LReg4, LReg5, LReg6, LReg7, LRegCount = SFP_LREG_COUNT };

constexpr unsigned int CREG_IDX_0P837300003 = 8;
constexpr unsigned int CREG_IDX_0 = 9;
constexpr unsigned int CREG_IDX_1 = 10;
constexpr unsigned int CREG_IDX_PRGM0 = 11;
constexpr unsigned int CREG_IDX_PRGM1 = 12;
constexpr unsigned int CREG_IDX_PRGM2 = 13;
constexpr unsigned int CREG_IDX_PRGM3 = 14;
constexpr unsigned int CREG_IDX_NEG_1 = CREG_IDX_PRGM0;
constexpr unsigned int CREG_IDX_TILEID = 15;

/// Brings classes of impl_ into reach of sfpi's operators.
struct tsr_register {};

namespace impl_ {

sfpi_inline lanes_t smag_to_twos(lanes_t x) {
    const lanes_t negative = as_u(as_i(x) < 0);
    const lanes_t magnitude = x & 0x7FFFFFFFu;
    return select(negative, splat(0) - magnitude, magnitude);
}
sfpi_inline lanes_t twos_to_smag(lanes_t x) {
    const lanes_t negative = as_u(as_i(x) < 0);
    return select(negative, ((splat(0) - x) & 0x7FFFFFFFu) | 0x80000000u, x);
}

template <DataLayout Fmt>
sfpi_inline void store_float(int address, lanes_t x) {
    const DstPlace place(address);
    if constexpr (Fmt == DataLayout::F16a) {
        write_dst(place, truncate_fp16(x));
    } else if constexpr (Fmt == DataLayout::F16b) {
        write_dst(place, truncate_bf16(x));
    } else if constexpr (Fmt == DataLayout::F32) {
        write_dst(place, flush_denormal(x));
    } else {
        static_assert(Fmt == DataLayout::Default || Fmt == DataLayout::FSrcB, "a float can't be stored in this layout");
        write_dst(place, sfpu.dst_is_32bit ? flush_denormal(x) : truncate_bf16(x));
    }
}

/// One vector of DST: 32 values of one column parity in four rows.
template <DataLayout Fmt = DataLayout::Default>
class DstReg : public tsr_register {
public:
    using tsr_vector = vFloat;
    using tsr_flexible = void;

    sfpi_inline constexpr explicit DstReg(int address) : address_(address) {}
    DstReg(const DstReg&) = default;

    /// The same register in another layout. Address modes other than "no increment" are not known.
    template <DataLayout New = DataLayout::Default>
    sfpi_inline constexpr DstReg<New != DataLayout::Default ? New : Fmt> mode(int = -1) const {
        return DstReg < New != DataLayout::Default ? New : Fmt > (address_);
    }
    sfpi_inline constexpr int get() const { return address_; }

    sfpi_inline operator vFloat() const { return vFloat(read_dst(DstPlace(address_))); }
    sfpi_inline operator vFloat16a() const { return vFloat16a(read_dst(DstPlace(address_))); }
    sfpi_inline operator vFloat16b() const { return vFloat16b(read_dst(DstPlace(address_))); }
    sfpi_inline operator vInt() const {
        const lanes_t x = read_dst(DstPlace(address_));
        return vInt(Fmt == DataLayout::SM32 ? smag_to_twos(x) : x);
    }
    sfpi_inline operator vUInt() const { return vUInt(read_unsigned()); }
    sfpi_inline operator vMag() const { return vMag(read_unsigned()); }
    sfpi_inline operator vUInt16() const { return vUInt16(read_dst(DstPlace(address_)) & 0xFFFFu); }
    sfpi_inline operator vSMag() const { return vSMag(read_signed()); }
    sfpi_inline operator vSMag16() const { return vSMag16(read_signed()); }

    sfpi_inline void operator=(const vFloat& x) const { store_float<Fmt>(address_, x.get()); }
    sfpi_inline void operator=(const vFloat16a& x) const {
        store_float<Fmt == DataLayout::Default ? DataLayout::F16a : Fmt>(address_, x.get());
    }
    sfpi_inline void operator=(const vFloat16b& x) const {
        store_float<Fmt == DataLayout::Default ? DataLayout::F16b : Fmt>(address_, x.get());
    }
    sfpi_inline void operator=(const vInt& x) const {
        write_dst(DstPlace(address_), Fmt == DataLayout::SM32 ? twos_to_smag(x.get()) : x.get());
    }
    sfpi_inline void operator=(const vUInt& x) const { write_unsigned(x.get()); }
    sfpi_inline void operator=(const vMag& x) const { write_unsigned(x.get()); }
    sfpi_inline void operator=(const vUInt16& x) const { write_dst(DstPlace(address_), x.get() & 0xFFFFu); }
    sfpi_inline void operator=(const vSMag& x) const { write_signed(x.get()); }
    sfpi_inline void operator=(const vSMag16& x) const { write_signed(x.get()); }
    sfpi_inline void operator=(float x) const { *this = vFloat(x); }
    sfpi_inline void operator=(double x) const { *this = vFloat(static_cast<float>(x)); }
    template <class T>
        requires std::is_integral_v<T>
    sfpi_inline void operator=(T x) const {
        *this = vInt(x);
    }
    sfpi_inline void operator=(const DstReg& other) const { *this = vFloat(other); }
    template <class T>
        requires(requires { typename T::tsr_vector; } && !std::is_same_v<T, DstReg>)
    sfpi_inline void operator=(const T& other) const {
        *this = static_cast<typename T::tsr_vector>(other);
    }

private:
    sfpi_inline lanes_t read_unsigned() const {
        const lanes_t x = read_dst(DstPlace(address_));
        return Fmt == DataLayout::U16 || Fmt == DataLayout::LO16 ? x & 0xFFFFu : Fmt == DataLayout::HI16 ? x << 16 : x;
    }
    sfpi_inline void write_unsigned(lanes_t x) const {
        write_dst(DstPlace(address_), Fmt == DataLayout::U16 || Fmt == DataLayout::LO16 ? x & 0xFFFFu
                                      : Fmt == DataLayout::HI16                         ? x >> 16
                                                                                        : x);
    }
    sfpi_inline lanes_t read_signed() const {
        const lanes_t x = read_dst(DstPlace(address_));
        return Fmt == DataLayout::SM32 ? x : twos_to_smag(x);
    }
    sfpi_inline void write_signed(lanes_t x) const {
        write_dst(DstPlace(address_), Fmt == DataLayout::SM32 ? x : smag_to_twos(x));
    }

    int address_;
};

/// DST as vectors, counted from the face or row that the unit stands at.
class DstRegFile {
public:
    constexpr DstRegFile() = default;
    DstRegFile(const DstRegFile&) = delete;
    sfpi_inline constexpr DstReg<> operator[](int index) const {
        return DstReg<>(index * static_cast<int>(SFP_DESTREG_STRIDE));
    }
    /// Moves on by vectors; the wrapper that called the function puts the position back.
    sfpi_inline void operator+=(int vectors) const {
        sfpu.row += static_cast<uint32_t>(vectors * static_cast<int>(SFP_DESTREG_STRIDE));
    }
    sfpi_inline void operator++() const { *this += 1; }
    sfpi_inline void operator++(int) const { *this += 1; }
};

/// A general register.
class LReg : public tsr_register {
public:
    using tsr_vector = vFloat;
    using tsr_flexible = void;
    sfpi_inline constexpr explicit LReg(unsigned index) : index_(index) {}
    LReg(const LReg&) = default;
    sfpi_inline const LReg& operator=(const LReg& other) const {
        *this = vVal(sfpu.lreg[other.index_]);
        return *this;
    }
    sfpi_inline lanes_t operator=(const vVal& x) const {
        lanes_t& slot = sfpu.lreg[index_];
        slot = sfpu.partial ? select(sfpu.mask, x.get(), slot) : x.get();
        return slot;
    }
    template <Value T>
    sfpi_inline operator T() const {
        return T(sfpu.lreg[index_]);
    }
    sfpi_inline operator lanes_t() const { return sfpu.lreg[index_]; }
    void in_use() const {}

private:
    unsigned index_;
};

class LRegFile {
public:
    constexpr LRegFile() = default;
    LRegFile(const LRegFile&) = delete;
    sfpi_inline LReg operator[](LRegs index) const { return LReg(static_cast<unsigned>(index)); }
};

/// A constant register read as T. Writing sets all lanes, from the first eight.
template <class T>
class ConstantReg : public tsr_register {
public:
    using tsr_vector = T;
    sfpi_inline constexpr explicit ConstantReg(unsigned index) : index_(index - 8) {}
    sfpi_inline operator T() const { return T(sfpu.constant[index_]); }
    sfpi_inline void operator=(const T& x) const {
        const lanes_t v = x.get();
        sfpu.constant[index_] = __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2,
                                                        3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7);
    }
    template <class U>
        requires(!std::is_same_v<U, ConstantReg> && std::is_constructible_v<T, const U&>)
    sfpi_inline void operator=(const U& x) const {
        *this = T(x);
    }

private:
    unsigned index_;
};

}  // namespace impl_

constexpr impl_::LRegFile l_reg;
constexpr impl_::DstRegFile dst_reg;

constexpr impl_::ConstantReg<vFloat> vConst0(CREG_IDX_0);
constexpr impl_::ConstantReg<vFloat> vConst1(CREG_IDX_1);
constexpr impl_::ConstantReg<vFloat> vConstNeg1(CREG_IDX_NEG_1);
constexpr impl_::ConstantReg<vFloat> vConst0p8373(CREG_IDX_0P837300003);
constexpr impl_::ConstantReg<vFloat> vConstFloatPrgm0(CREG_IDX_PRGM1);
constexpr impl_::ConstantReg<vFloat> vConstFloatPrgm1(CREG_IDX_PRGM2);
constexpr impl_::ConstantReg<vFloat> vConstFloatPrgm2(CREG_IDX_PRGM3);
constexpr impl_::ConstantReg<vInt> vConstIntPrgm0(CREG_IDX_PRGM1);
constexpr impl_::ConstantReg<vInt> vConstIntPrgm1(CREG_IDX_PRGM2);
constexpr impl_::ConstantReg<vInt> vConstIntPrgm2(CREG_IDX_PRGM3);
constexpr impl_::ConstantReg<vInt> vConstTileId(CREG_IDX_TILEID);

}  // namespace sfpi
