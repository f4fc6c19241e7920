// Runs a list of statements, each on its own copy of four input tiles in DST, as one compute kernel on core (0,0).
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tt-metalium/device.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>

namespace sfpu_test {

using namespace tt::tt_metal;
using tt::DataFormat;

constexpr uint32_t TILE = 1024;
/// A tile's values as 32-bit words, in the order of DST: four faces of 16 rows of 16.
using Words = std::array<uint32_t, TILE>;

/// Where row r, column c of a tile lies among its values.
constexpr uint32_t place(uint32_t r, uint32_t c) {
    return (r / 16 * 2 + c / 16) * 256 + r % 16 * 16 + c % 16;
}
inline float number(uint32_t word) {
    return std::bit_cast<float>(word);
}
inline uint32_t word(float x) {
    return std::bit_cast<uint32_t>(x);
}

/// What a kernel runs between acquire and commit, and the DST tile that is packed then.
struct Statement {
    std::string code;
    uint32_t out = 0;
};

inline const std::string PROLOGUE = R"(
#include <array>
#include <api/compute/atan2.h>
#include <api/compute/binary_bitwise_sfpu.h>
#include <api/compute/binary_comp.h>
#include <api/compute/binary_fmod.h>
#include <api/compute/binary_max_min.h>
#include <api/compute/binary_remainder.h>
#include <api/compute/binary_shift.h>
#include <api/compute/add_int_sfpu.h>
#include <api/compute/mul_int_sfpu.h>
#include <api/compute/sub_int_sfpu.h>
#include <api/compute/compute_kernel_api.h>
#include <api/compute/copy_dest_values.h>
#include <api/compute/cumsum.h>
#include <api/compute/div_int32_floor.h>
#include <api/compute/div_int32_sfpu.h>
#include <api/compute/eltwise_binary_sfpu.h>
#include <api/compute/ema.h>
#include <api/compute/gcd.h>
#include <api/compute/lcm.h>
#include <api/compute/logsigmoid.h>
#include <api/compute/mask.h>
#include <api/compute/quantization.h>
#include <api/compute/reshuffle.h>
#include <api/compute/tile_move_copy.h>
#include <api/compute/transpose_wh_dest.h>
#include <api/compute/welford.h>
#include <api/compute/xlogy.h>
INCLUDES
constexpr uint32_t fp(float x) { return __builtin_bit_cast(uint32_t, x); }
constexpr uint32_t type(DataFormat format) { return static_cast<uint32_t>(format); }
[[gnu::noinline]] void begin() {
    tile_regs_acquire();
    copy_tile_init(0);
    for (uint32_t i = 0; i < 4; ++i) {
        copy_tile(i, 0, i);
    }
}
[[gnu::noinline]] void end(uint32_t out) {
    tile_regs_commit();
    tile_regs_wait();
    pack_tile(out, 16);
    tile_regs_release();
}
void kernel_main() {
    unary_op_init_common(0, 16);
    copy_tile_to_dst_init_short(0);
)";

/// One #include a header of api/compute/eltwise_unary.
inline std::string unary_includes() {
    std::string lines;
    for (const char* name : {"activations", "addcdiv",     "addcmul",      "binop_with_scalar",
                             "bitwise_and", "bitwise_not", "bitwise_or",   "bitwise_xor",
                             "cbrt",        "clamp",       "comp",         "dropout",
                             "elu",         "erf_erfc",    "erfinv",       "eltwise_unary",
                             "exp",         "fill",        "fmod",         "gelu",
                             "hardmish",    "hardtanh",    "i0",           "i1",
                             "identity",    "isinf_isnan", "left_shift",   "lerp",
                             "lgamma",      "log1p",       "logical_not",  "logical_not_noti",
                             "negative",    "prelu",       "rand",         "rdiv",
                             "recip",       "relu",        "remainder",    "reverseops",
                             "right_shift", "rounding",    "rpow",         "rsqrt",
                             "rsub",        "selu",        "sfpu_int_sum", "softplus",
                             "sqrt",        "threshold",   "trigonometry", "typecast",
                             "where",       "xielu"}) {
        lines += std::string("#include <api/compute/eltwise_unary/") + name + ".h>\n";
    }
    return lines;
}

class OnDevice : public ::testing::Test {
protected:
    static void SetUpTestSuite() { device_ = CreateDevice(0); }
    static void TearDownTestSuite() { CloseDevice(device_); }

    /// The tile that each statement leaves in its DST tile. Inputs are loaded into DST tiles 0 to 3. With Float16_b
    /// inputs and results are the fp32 values that bf16 values stand for, and DST is 16-bit; else it is 32-bit.
    static std::vector<Words> run(const std::vector<Statement>& statements, const std::array<Words, 4>& inputs,
                                  DataFormat format) {
        const bool narrow = format == DataFormat::Float16_b;
        const uint32_t page = narrow ? 2 * TILE : 4 * TILE;
        const auto count = static_cast<uint32_t>(statements.size());
        Program program = CreateProgram();
        const CoreCoord core(0, 0);
        std::vector<std::shared_ptr<Buffer>> memory;
        uint32_t address = 256 * 1024;
        const auto make = [&](uint8_t index, uint32_t pages) {
            const uint32_t bytes = page * pages;
            memory.push_back(CreateBuffer(InterleavedBufferConfig{device_, bytes, bytes, BufferType::L1}, address));
            CircularBufferConfig cb(bytes, {{index, format}});
            cb.set_page_size(index, page).set_globally_allocated_address(*memory.back());
            CreateCircularBuffer(program, core, cb);
            address += bytes;
            return address - bytes;
        };
        for (uint8_t i = 0; i < 4; ++i) {
            std::vector<uint32_t> words(inputs[i].begin(), inputs[i].end());
            if (narrow) {
                words.assign(TILE / 2, 0);
                for (uint32_t k = 0; k < TILE; ++k) {
                    words[k / 2] |= inputs[i][k] >> 16 << (k % 2 * 16);
                }
            }
            detail::WriteToDeviceL1(device_, core, make(i, 1), words);
        }
        const uint32_t results = make(16, count);
        std::string source = PROLOGUE;
        source.replace(source.find("INCLUDES"), 8, unary_includes());
        for (const Statement& s : statements) {
            source += "    begin(); { " + s.code + " } end(" + std::to_string(s.out) + ");\n";
        }
        ComputeConfig config{.fp32_dest_acc_en = !narrow};
        if (!narrow) {
            config.unpack_to_dest_mode.assign(NUM_CIRCULAR_BUFFERS, UnpackToDestMode::UnpackToDestFp32);
        }
        CreateKernelFromString(program, source + "}\n", core, config);
        detail::LaunchProgram(device_, program);
        std::vector<uint32_t> raw;
        detail::ReadFromDeviceL1(device_, core, results, page * count, raw);
        std::vector<Words> tiles(count);
        for (uint32_t t = 0; t < count; ++t) {
            for (uint32_t k = 0; k < TILE; ++k) {
                tiles[t][k] = narrow ? (raw[t * TILE / 2 + k / 2] >> (k % 2 * 16) & 0xFFFF) << 16 : raw[t * TILE + k];
            }
        }
        return tiles;
    }

    static inline IDevice* device_ = nullptr;
};

}  // namespace sfpu_test
