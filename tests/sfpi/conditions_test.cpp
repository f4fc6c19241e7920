// v_if and its relatives against a model that runs the same program one lane after the other with ordinary ifs.
#include <cstdint>

#include <gtest/gtest.h>

#include <sfpi.h>

#include "fake_engine.h"

namespace {

using namespace sfpi;
using Lanes = impl_::lanes_t;

Lanes numbers(uint32_t seed) {
    Lanes x{};
    for (unsigned i = 0; i < SFP_LANES; ++i) {
        seed = seed * 1664525 + 1013904223;
        x[i] = seed >> 28;
    }
    return x;
}

template <class Vector, class Scalar>
void compare(Vector vector, Scalar scalar) {
    for (uint32_t seed = 1; seed < 40; ++seed) {
        const Lanes a = numbers(seed);
        const Lanes b = numbers(seed + 1000);
        const Lanes result = vector(vInt(a), vInt(b)).get();
        for (unsigned i = 0; i < SFP_LANES; ++i) {
            ASSERT_EQ(static_cast<int>(result[i]), scalar(static_cast<int>(a[i]), static_cast<int>(b[i])))
                << "lane " << i << " a " << a[i] << " b " << b[i];
        }
        ASSERT_FALSE(impl_::sfpu.partial);
    }
}

TEST(Conditions, ChooseOneBranchALane) {
    compare(
        [](vInt a, vInt b) {
            vInt r = 100;
            v_if(a < b) {
                r = a;
            }
            v_elseif(a == b) {
                r = 50;
            }
            v_elseif(b > 3) {
                r = b + 20;
            }
            v_else {
                r = r + 1;
            }
            v_endif;
            return r;
        },
        [](int a, int b) {
            return a < b ? a : a == b ? 50 : b > 3 ? b + 20 : 101;
        });
}

TEST(Conditions, Nest) {
    compare(
        [](vInt a, vInt b) {
            vInt r = 0;
            v_if(a < 8) {
                r = 1;
                v_if(b < 4) {
                    r += 10;
                }
                v_elseif(b < 12) {
                    r += 20;
                    v_if((a & 1) == 0) {
                        r += 100;
                    }
                    v_else {
                        r += 200;
                    }
                    v_endif;
                }
                v_endif;
                r += 1000;
            }
            v_else {
                v_if(b == 5) {
                    r = -5;
                }
                v_endif;
                r -= 7;
            }
            v_endif;
            r += 3;
            return r;
        },
        [](int a, int b) {
            int r = 0;
            if (a < 8) {
                r = 1;
                if (b < 4) {
                    r += 10;
                } else if (b < 12) {
                    r += 20;
                    r += a % 2 == 0 ? 100 : 200;
                }
                r += 1000;
            } else {
                if (b == 5) {
                    r = -5;
                }
                r -= 7;
            }
            return r + 3;
        });
}

TEST(Conditions, Combine) {
    compare(
        [](vInt a, vInt b) {
            vInt r = 0;
            v_if((a >= 4 && a < 8) || !(b >= 12 || a == b)) {
                r = 1;
            }
            v_endif;
            v_if(a) {
                r += 2;
            }
            v_endif;
            vInt as_number = (a <= b);
            return r + (as_number << 2);
        },
        [](int a, int b) {
            return ((a >= 4 && a < 8) || !(b >= 12 || a == b) ? 1 : 0) + (a != 0 ? 2 : 0) + (a <= b ? 4 : 0);
        });
}

TEST(Conditions, NarrowABlockStepByStep) {
    compare(
        [](vInt a, vInt b) {
            vInt count = 0;
            v_block {
                for (int i = 0; i < 8; ++i) {
                    a = a - 1;
                    v_and(a >= 0);
                    count += b;
                }
            }
            v_endblock;
            // What v_and took away belongs to no v_else of the same v_if but to the other lanes.
            v_if(b < 8) {
                v_and(b > 2);
                count += 1000;
            }
            v_else {
                count += 2000;
            }
            v_endif;
            return count;
        },
        [](int a, int b) {
            int count = 0;
            for (int i = 0; i < 8; ++i) {
                if (--a < 0) {
                    break;
                }
                count += b;
            }
            return count + (b < 8 && b > 2 ? 1000 : 2000);
        });
}

TEST(Conditions, HoldForRegistersAndDst) {
    sfpi_test::dst_is_32bit = true;
    sfpi_test::dst.fill(7);
    const Lanes a = numbers(3);
    l_reg[LRegs::LReg2] = vInt(1);
    v_if(vInt(a) < 8) {
        dst_reg[5] = vInt(99);
        l_reg[LRegs::LReg2] = vInt(2);
        vInt x = 4;
        vInt y = 5;
        vec_swap(x, y);
        l_reg[LRegs::LReg3] = x;
    }
    v_endif;
    const vInt read = l_reg[LRegs::LReg2];
    for (unsigned i = 0; i < SFP_LANES; ++i) {
        EXPECT_EQ(sfpi_test::dst[sfpi_test::place(5, i)], a[i] < 8 ? 99u : 7u);
        EXPECT_EQ(sfpi_test::dst[sfpi_test::place(4, i)], 7u);
        EXPECT_EQ(read.get()[i], a[i] < 8 ? 2u : 1u);
    }
}

TEST(Conditions, CompareFloatsAsTheUnitDoes) {
    const float inf = __builtin_inff();
    const float values[] = {-inf, -2.0f, -0.0f, 0.0f, 1.0f, 2.0f, inf};
    for (const float a : values) {
        for (const float b : values) {
            const auto first = [](vBool x) { return x.get()[0] != 0; };
            const vFloat x = a;
            const vFloat y = b;
            EXPECT_EQ(first(x < y), a < b);
            EXPECT_EQ(first(x <= y), a <= b);
            EXPECT_EQ(first(x > y), a > b);
            EXPECT_EQ(first(x >= y), a >= b);
            EXPECT_EQ(first(x == y), a == b);
            EXPECT_EQ(first(x != y), a != b);
            EXPECT_EQ(first(a < y), a < b);
            EXPECT_EQ(first(1.0f >= y), 1.0f >= b);
        }
    }
    // Against a literal zero the unit looks at the sign bit.
    EXPECT_NE((vFloat(-0.0f) < 0.0f).get()[0], 0u);
    EXPECT_EQ((vFloat(-0.0f) >= 0.0f).get()[0], 0u);
    EXPECT_EQ((vFloat(-0.0f) < vConst0).get()[0], 0u);
    // A NaN is greater than anything.
    const vFloat nan = __builtin_nanf("");
    EXPECT_NE((nan > 1.0f).get()[0], 0u);
    EXPECT_EQ((nan < 1.0f).get()[0], 0u);
    EXPECT_EQ((nan == nan).get()[0], 0u);
}

}  // namespace
