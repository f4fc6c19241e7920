// The vector unit's integer functions, called from a compute kernel with a 32-bit DST, against integer arithmetic.
#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "on_device.h"

namespace sfpu_test {
namespace {

/// What lies at one place of DST tiles 0 to 3.
struct At {
    int32_t a, b, c, h;
    uint32_t ua() const { return static_cast<uint32_t>(a); }
    uint32_t ub() const { return static_cast<uint32_t>(b); }
    uint32_t uh() const { return static_cast<uint32_t>(h); }
    uint32_t uc() const { return static_cast<uint32_t>(c); }
};

struct Row {
    const char* code;
    uint32_t out;
    int64_t (*exact)(const At&);  // its low 32 bits
};

int64_t floor_mod(int64_t x, int64_t y) {
    const int64_t r = x % y;
    return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}
int64_t low16(int64_t x) {
    return x & 0xFFFF;
}

#define REF(...) [](const At& x) -> int64_t { return __VA_ARGS__; }
// Tile 0 (x.a): any int32; tile 1 (x.b): -50 to 50, never 0; tile 2 (x.c): 0 to 40; tile 3 (x.h): 0 to 65535.
const Row ROWS[] = {
    {"signbit_tile_int32_init(); signbit_tile_int32(0);", 0, REF(x.a < 0)},
    {"abs_tile_int32_init(); abs_tile_int32(1);", 1, REF(std::abs(x.b))},
    {"negative_tile_int32(1);", 1, REF(-x.b)},
    {"clamp_tile_int32(1, static_cast<uint32_t>(-7), 9);", 1, REF(std::clamp(x.b, -7, 9))},
    {"relu_tile_int32(1);", 1, REF(std::max(x.b, 0))},
    {"relu_max_tile_int32(1, 20);", 1, REF(std::clamp(x.b, 0, 20))},
    {"relu_min_tile_int32(1, 20);", 1, REF(std::max(x.b, 20))},
    {"unary_max_int32_tile_init(); unary_max_int32_tile(1, 5);", 1, REF(std::max(x.b, 5))},
    {"unary_min_int32_tile_init(); unary_min_int32_tile(1, 5);", 1, REF(std::min(x.b, 5))},
    {"unary_max_uint32_tile_init(); unary_max_uint32_tile(0, 5000000);", 0, REF(std::max(x.ua(), 5000000u))},
    {"unary_min_uint32_tile_init(); unary_min_uint32_tile(0, 5000000);", 0, REF(std::min(x.ua(), 5000000u))},
    {"eqz_tile_int32(2);", 2, REF(x.c == 0)},
    {"eqz_tile_uint16(2);", 2, REF(x.c == 0)},
    {"eqz_tile_uint32(2);", 2, REF(x.c == 0)},
    {"nez_tile_int32(2);", 2, REF(x.c != 0)},
    {"nez_tile_uint16(2);", 2, REF(x.c != 0)},
    {"nez_tile_uint32(2);", 2, REF(x.c != 0)},
    {"ltz_tile_int32(1);", 1, REF(x.b < 0)},
    {"gtz_tile_int32(1);", 1, REF(x.b > 0)},
    {"lez_tile_int32(1);", 1, REF(x.b <= 0)},
    {"gez_tile_int32(1);", 1, REF(x.b >= 0)},
    {"unary_eq_tile_int32(1, 7);", 1, REF(x.b == 7)},
    {"unary_ne_tile_int32(1, 7);", 1, REF(x.b != 7)},
    {"unary_lt_tile_int32(1, 7);", 1, REF(x.b < 7)},
    {"unary_gt_tile_int32(1, 7);", 1, REF(x.b > 7)},
    {"unary_le_tile_int32(1, 7);", 1, REF(x.b <= 7)},
    {"unary_ge_tile_int32(1, 7);", 1, REF(x.b >= 7)},
    {"logical_not_tile<DataFormat::Int32>(2);", 2, REF(x.c == 0)},
    {"logical_not_unary_tile_int32(2);", 2, REF(x.c == 0)},
    {"logical_not_unary_tile_uint32(2);", 2, REF(x.c == 0)},
    {"logical_not_unary_tile_uint16(2);", 2, REF(x.c == 0)},
    {"add_unary_tile_int32(0, 12345);", 0, REF(int64_t{x.a} + 12345)},
    {"sub_unary_tile_int32(0, 12345);", 0, REF(int64_t{x.a} - 12345)},
    {"rsub_unary_int32_tile_init(); rsub_unary_int32_tile(0, 12345);", 0, REF(12345 - int64_t{x.a})},
    {"bitwise_and_tile_init(); bitwise_and_tile(0, 0xF0F0F0F0);", 0, REF(x.ua() & 0xF0F0F0F0u)},
    {"bitwise_or_tile_init(); bitwise_or_tile(0, 0xF0F0F0F0);", 0, REF(x.ua() | 0xF0F0F0F0u)},
    {"bitwise_xor_tile_init(); bitwise_xor_tile(0, 0xF0F0F0F0);", 0, REF(x.ua() ^ 0xF0F0F0F0u)},
    {"bitwise_not_tile_init(); bitwise_not_tile(0);", 0, REF(~x.ua())},
    {"left_shift_tile_init(); left_shift_tile(0, 5);", 0, REF(x.ua() << 5)},
    {"right_shift_tile_init(); right_shift_tile(0, 5);", 0, REF(x.a >> 5)},
    {"identity_tile_uint32(0);", 0, REF(x.a)},
    {"fill_tile_int(0, 0x12345678);", 0, REF((void)x, 0x12345678)},
    {"fill_tile_int<DataFormat::UInt16>(0, 0x12345678);", 0, REF((void)x, 0x5678)},
    {"add_int_tile_init(); add_int_tile<DataFormat::Int32>(0, 1, 0);", 0, REF(int64_t{x.a} + x.b)},
    {"add_int_tile<DataFormat::UInt16>(3, 3, 0);", 0, REF(low16(2 * x.h))},
    {"add_int32_tile_init(); add_int32_tile(0, 1, 0);", 0, REF(int64_t{x.a} + x.b)},
    {"add_uint32_tile_init(); add_uint32_tile(0, 1, 0);", 0, REF(int64_t{x.a} + x.b)},
    {"add_uint16_tile_init(); add_uint16_tile(3, 3, 0);", 0, REF(low16(2 * x.h))},
    {"sub_int_tile_init(); sub_int_tile<DataFormat::Int32>(0, 1, 0);", 0, REF(int64_t{x.a} - x.b)},
    {"sub_int_tile<DataFormat::UInt16>(2, 3, 0);", 0, REF(low16(x.c - x.h))},
    {"rsub_int_tile_init(); rsub_int_tile<DataFormat::Int32>(0, 1, 0);", 0, REF(int64_t{x.b} - x.a)},
    {"rsub_int_tile<DataFormat::UInt16>(2, 3, 0);", 0, REF(low16(x.h - x.c))},
    {"sub_int32_tile_init(); sub_int32_tile(0, 1, 0);", 0, REF(int64_t{x.a} - x.b)},
    {"sub_uint32_tile_init(); sub_uint32_tile(0, 1, 0);", 0, REF(int64_t{x.a} - x.b)},
    {"sub_uint16_tile_init(); sub_uint16_tile(2, 3, 0);", 0, REF(low16(x.c - x.h))},
    {"rsub_int32_tile_init(); rsub_int32_tile(0, 1, 0);", 0, REF(int64_t{x.b} - x.a)},
    {"mul_int_tile_init(); mul_int_tile<DataFormat::Int32>(0, 1, 0);", 0, REF(int64_t{x.a} * x.b)},
    {"mul_int_tile<DataFormat::UInt16>(2, 3, 0);", 0, REF(low16(x.c* x.h))},
    {"mul_int32_tile_init(); mul_int32_tile(0, 1, 0);", 0, REF(int64_t{x.a} * x.b)},
    {"mul_uint32_tile_init(); mul_uint32_tile(0, 1, 0);", 0, REF(int64_t{x.a} * x.b)},
    {"mul_uint16_tile_init(); mul_uint16_tile(2, 3, 0);", 0, REF(low16(x.c* x.h))},
    {"binary_bitwise_tile_init(); bitwise_and_binary_tile(0, 3, 0);", 0, REF(x.ua() & x.uh())},
    {"bitwise_and_binary_tile<DataFormat::Int32>(0, 3, 0);", 0, REF(x.ua() & x.uh())},
    {"bitwise_or_binary_tile(0, 3, 0);", 0, REF(x.ua() | x.uh())},
    {"bitwise_or_binary_tile<DataFormat::UInt32>(0, 3, 0);", 0, REF(x.ua() | x.uh())},
    {"bitwise_xor_binary_tile(0, 3, 0);", 0, REF(x.ua() ^ x.uh())},
    {"bitwise_xor_binary_tile<DataFormat::Int32>(0, 3, 0);", 0, REF(x.ua() ^ x.uh())},
    {"bitwise_and_uint32_binary_tile(0, 3, 0);", 0, REF(x.ua() & x.uh())},
    {"bitwise_or_uint16_binary_tile(2, 3, 0);", 0, REF(x.c | x.h)},
    {"binary_shift_tile_init(); binary_left_shift_tile(0, 2, 0);", 0, REF(x.c < 32 ? x.ua() << x.uc() : 0)},
    {"binary_left_shift_tile<DataFormat::Int32>(0, 2, 0);", 0, REF(x.c < 32 ? x.ua() << x.uc() : 0)},
    {"binary_left_shift_int32_tile(0, 2, 0);", 0, REF(x.c < 32 ? x.ua() << x.uc() : 0)},
    {"binary_right_shift_tile(0, 2, 0);", 0, REF(x.c < 32 ? x.a >> x.c : 0)},
    {"binary_right_shift_tile<DataFormat::Int32>(0, 2, 0);", 0, REF(x.c < 32 ? x.a >> x.c : 0)},
    {"binary_right_shift_int32_tile(0, 2, 0);", 0, REF(x.c < 32 ? x.a >> x.c : 0)},
    {"binary_logical_right_shift_tile(0, 2, 0);", 0, REF(x.c < 32 ? x.ua() >> x.uc() : 0)},
    {"binary_logical_right_shift_tile<DataFormat::UInt32>(0, 2, 0);", 0, REF(x.c < 32 ? x.ua() >> x.uc() : 0)},
    {"binary_logical_right_shift_uint32_tile(0, 2, 0);", 0, REF(x.c < 32 ? x.ua() >> x.uc() : 0)},
    {"lt_int32_tile_init(); lt_int32_tile(1, 2, 0);", 0, REF(x.b < x.c)},
    {"gt_int32_tile_init(); gt_int32_tile(1, 2, 0);", 0, REF(x.b > x.c)},
    {"le_int32_tile_init(); le_int32_tile(1, 2, 0);", 0, REF(x.b <= x.c)},
    {"ge_int32_tile_init(); ge_int32_tile(1, 2, 0);", 0, REF(x.b >= x.c)},
    {"binary_max_int32_tile_init(); binary_max_int32_tile(0, 1, 0);", 0, REF(std::max(x.a, x.b))},
    {"binary_min_int32_tile_init(); binary_min_int32_tile(0, 1, 0);", 0, REF(std::min(x.a, x.b))},
    {"binary_max_uint32_tile_init(); binary_max_uint32_tile(0, 1, 0);", 0, REF(std::max(x.ua(), x.ub()))},
    {"binary_min_uint32_tile_init(); binary_min_uint32_tile(0, 1, 0);", 0, REF(std::min(x.ua(), x.ub()))},
    {"div_int32_tile_init(); div_int32_tile(3, 1, 0);", 0,
     REF(word(static_cast<float>(static_cast<double>(x.h) / x.b)))},
    {"div_int32_floor_tile_init(); div_int32_floor_tile(0, 1, 0);", 0, REF((int64_t{x.a} - floor_mod(x.a, x.b)) / x.b)},
    {"div_int32_trunc_tile_init(); div_int32_trunc_tile(0, 1, 0);", 0, REF(int64_t{x.a} / x.b)},
    {"remainder_int32_tile_init(); remainder_int32_tile(0, 1, 0);", 0, REF(floor_mod(x.a, x.b))},
    {"fmod_int32_tile_init(); fmod_int32_tile(0, 1, 0);", 0, REF(int64_t{x.a} % x.b)},
    {"gcd_tile_init(); gcd_tile(1, 3, 0);", 0, REF(std::gcd(x.b, x.h))},
    {"lcm_tile_init(); lcm_tile(1, 3, 0);", 0, REF(std::lcm(int64_t{x.b}, int64_t{x.h}))},
    {"where_int32_tile(2, 0, 1, 0);", 0, REF(x.c != 0 ? x.a : x.b)},
    {"where_uint32_tile(2, 0, 1, 0);", 0, REF(x.c != 0 ? x.a : x.b)},
    {"where_tile<DataFormat::Int32>(2, 0, 1, 0);", 0, REF(x.c != 0 ? x.a : x.b)},
    {"mask_tile(1, 2, DataFormat::Int32);", 1, REF(x.c != 0 ? x.b : 0)},
    {"copy_dest_values<DataFormat::Int32>(1, 0);", 0, REF(x.b)},
    {"sfpu_sum_int_init(); sfpu_add_int(0);", 0, REF(int64_t{x.a} + x.b)},
    {"typecast_tile_init<type(DataFormat::Int32), type(DataFormat::Float32)>();"
     "typecast_tile<type(DataFormat::Int32), type(DataFormat::Float32)>(0);",
     0, REF(word(static_cast<float>(x.a)))},
    {"typecast_tile<type(DataFormat::UInt32), type(DataFormat::Float32)>(0);", 0,
     REF(word(static_cast<float>(x.ua())))},
    {"typecast_tile<type(DataFormat::UInt16), type(DataFormat::Float32)>(3);", 3, REF(word(static_cast<float>(x.h)))},
    {"typecast_tile<type(DataFormat::UInt16), type(DataFormat::Float16_b)>(3);", 3,
     REF((word(static_cast<float>(x.h)) + 0x8000u) & 0xFFFF0000u)},
    {"typecast_tile<type(DataFormat::Int32), type(DataFormat::Float16_b)>(1);", 1, REF(word(static_cast<float>(x.b)))},
    {"typecast_tile<type(DataFormat::UInt32), type(DataFormat::Float16_b)>(2);", 2, REF(word(static_cast<float>(x.c)))},
    {"typecast_tile<type(DataFormat::Int32), type(DataFormat::UInt32)>(0);", 0, REF(x.a)},
    {"typecast_tile<type(DataFormat::UInt16), type(DataFormat::UInt32)>(3);", 3, REF(x.h)},
    {"typecast_tile<type(DataFormat::UInt32), type(DataFormat::UInt16)>(0);", 0, REF(std::min(x.ua(), 0xFFFFu))},
    {"typecast_tile<type(DataFormat::Int32), type(DataFormat::UInt16)>(0);", 0, REF(std::clamp(x.a, 0, 0xFFFF))},
};
#undef REF

TEST_F(OnDevice, IntegerFunctions) {
    std::array<Words, 4> tiles;
    for (uint32_t i = 0; i < TILE; ++i) {
        const uint32_t random = i * 2654435761u;
        tiles[0][i] = i % 3 == 0 ? random : i % 3 == 1 ? random % 200000 : ~(random % 200000);
        const int32_t b = static_cast<int32_t>(random >> 8) % 101 - 50;
        tiles[1][i] = static_cast<uint32_t>(b == 0 ? 7 : b);
        tiles[2][i] = i % 41;
        tiles[3][i] = i == 5 ? 65535 : (random >> 12) & 0xFFFF;
    }
    std::vector<Statement> statements;
    for (const Row& row : ROWS) {
        statements.push_back({row.code, row.out});
    }
    const auto results = run(statements, tiles, DataFormat::Int32);
    for (size_t row = 0; row < results.size(); ++row) {
        int shown = 0;
        for (uint32_t i = 0; i < TILE && shown < 3; ++i) {
            const At x{static_cast<int32_t>(tiles[0][i]), static_cast<int32_t>(tiles[1][i]),
                       static_cast<int32_t>(tiles[2][i]), static_cast<int32_t>(tiles[3][i])};
            const auto expected = static_cast<uint32_t>(ROWS[row].exact(x));
            if (results[row][i] != expected) {
                ADD_FAILURE() << ROWS[row].code << " of " << x.a << ", " << x.b << ", " << x.c << ", " << x.h << ": "
                              << static_cast<int32_t>(results[row][i]) << ", expected "
                              << static_cast<int32_t>(expected);
                ++shown;
            }
        }
    }
}

}  // namespace
}  // namespace sfpu_test
