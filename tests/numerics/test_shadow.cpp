// A shadowed machine: what the report says of a kernel's output is what the test computes from inputs and outputs
// alone.
#include <gtest/gtest.h>
#include <numerics/numerics.h>
#include <tessera/abi_compute.h>
#include <tessera/abi_sfpu.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <random>

#include "machine_for_tests.h"

namespace tessera::sim {
namespace {

using nlohmann::json;

constexpr uint32_t tile_bytes = 2048, in0_at = 256 * 1024, in1_at = 320 * 1024, out_at = 384 * 1024;
constexpr uint8_t bf16_format = 5;

float value(uint16_t word) {
    return std::bit_cast<float>(uint32_t{word} << 16);
}

std::vector<uint16_t> random_tile(uint32_t seed, float low, float high) {
    std::mt19937 random(seed);
    std::uniform_real_distribution<float> draw(low, high);
    std::vector<uint16_t> tile(1024);
    for (uint16_t& word : tile) {
        word = static_cast<uint16_t>(std::bit_cast<uint32_t>(draw(random)) >> 16);
    }
    return tile;
}

/// Row-major element of a tile of four faces.
size_t index(uint32_t r, uint32_t c) {
    return (r / 16 * 2 + c / 16) * 256 + r % 16 * 16 + c % 16;
}

/// The kernels here call the engine without the headers that would set it up.
Options unchecked() {
    Options result = options();
    result.checks = Options::Checks::Off;
    return result;
}

class Shadow : public ::testing::Test {
protected:
    Machine machine_{arch::board("n150"), unchecked()};
    TestProgram program_;
    ComputeSettings settings_;

    void SetUp() override { numerics::install_always(machine_); }

    void tile_buffer(uint8_t cb, uint32_t address, uint32_t pages = 1) {
        program_.core(0, 0).circular_buffers.push_back({.index = cb,
                                                        .address = address,
                                                        .bytes = pages * tile_bytes,
                                                        .page_bytes = tile_bytes,
                                                        .data_format = bf16_format,
                                                        .tile_bytes = tile_bytes});
    }
    void compute(void (*entry)()) {
        program_.on(0, 0, Processor::COMPUTE, entry, {}, "compute.cpp");
        program_.core(0, 0).processors.back().compute = &settings_;
    }
    void write(uint32_t address, const std::vector<uint16_t>& tile) {
        machine_.write_l1(0, {0, 0}, address, bytes_of(tile));
    }
    std::vector<uint16_t> read(uint32_t address) {
        std::vector<uint16_t> tile(1024);
        const numerics::OutputRegion region{
            .address = address, .bytes = tile_bytes, .page_bytes = tile_bytes, .memory = "L1"};
        const numerics::OutputScope scope(region);
        machine_.read_l1(0, {0, 0}, address, std::as_writable_bytes(std::span(tile)));
        return tile;
    }
    static json report() { return json::parse(numerics::report()); }

    /// Compares an output's errors in the report with those against `truth`, computed here.
    static void expect_errors(const json& output, const std::vector<uint16_t>& tile, const std::vector<double>& truth) {
        double squares = 0;
        for (const double t : truth) {
            squares += t * t;
        }
        const double least = std::sqrt(squares / 1024) / 1024;
        double sum = 0, largest = 0, ulps = 0;
        for (size_t i = 0; i < 1024; ++i) {
            const double error = std::fabs(value(tile[i]) - truth[i]);
            const double relative = error / std::max(std::fabs(truth[i]), least);
            sum += relative;
            largest = std::max(largest, relative);
            ulps += error / std::ldexp(1.0, std::ilogb(truth[i]) - 7);
        }
        ASSERT_GT(sum, 0) << "nothing to compare: the output is exact";
        EXPECT_NEAR(output["mean_relative_error"].get<double>(), sum / 1024, 1e-12 * sum);
        EXPECT_NEAR(output["max_relative_error"].get<double>(), largest, 1e-12 * largest + 1e-15);
        EXPECT_NEAR(output["mean_ulp"].get<double>(), ulps / 1024, 1e-9 * ulps);
        EXPECT_EQ(output["format"], "Float16_b");
        EXPECT_EQ(output["cells"].size(), 1u);
    }
};

void multiply() {
    tsr_dst_acquire();
    tsr_matmul(0, 1, 0, 0, 0, 1, 1, 1, TSR_AS_INIT);
    tsr_dst_commit();
    tsr_dst_wait();
    tsr_pack_tile(0, 16, 0, 0);
    tsr_dst_release();
}

std::vector<double> product(const std::vector<uint16_t>& a, const std::vector<uint16_t>& b) {
    std::vector<double> truth(1024);
    for (uint32_t r = 0; r < 32; ++r) {
        for (uint32_t c = 0; c < 32; ++c) {
            double sum = 0;
            for (uint32_t k = 0; k < 32; ++k) {
                sum += double{value(a[index(r, k)])} * value(b[index(k, c)]);
            }
            truth[index(r, c)] = sum;
        }
    }
    return truth;
}

TEST_F(Shadow, OfAProductIsTheProductInDoubles) {
    const auto a = random_tile(1, -1, 1), b = random_tile(2, -1, 1);
    tile_buffer(0, in0_at);
    tile_buffer(1, in1_at);
    tile_buffer(16, out_at);
    write(in0_at, a);
    write(in1_at, b);
    settings_.math_fidelity = 0;
    compute(multiply);
    program_.run(machine_);
    const auto out = read(out_at);
    const json all = report();
    ASSERT_EQ(all["outputs"].size(), 1u);
    expect_errors(all["outputs"][0], out, product(a, b));
    EXPECT_EQ(all["matrix_unit_cycles"], 16);
    EXPECT_EQ(all["fidelities"], json({"LoFi"}));
    EXPECT_EQ(all["dst_bits"], json({16}));
    ASSERT_FALSE(all["first_growth"].is_null());
    const json& first = all["operations"][all["first_growth"].get<size_t>()];
    EXPECT_EQ(first["operation"], "matmul_tiles");
    EXPECT_EQ(first["kernel"], "compute.cpp");
}

TEST_F(Shadow, OfAChainOfFunctionsIsTheChainInDoubles) {
    const auto a = random_tile(3, 0.1f, 3);
    tile_buffer(0, in0_at);
    tile_buffer(16, out_at);
    write(in0_at, a);
    compute([] {
        tsr_dst_acquire();
        tsr_copy_tile(0, 0, 0);
        tsr_sfpu_unary(TSR_SFPU_SQRT, 0, TSR_FACES_RC, 0, 0, 0);
        tsr_sfpu_unary(TSR_SFPU_TANH, 0, TSR_FACES_RC, 0, 0, 0);
        tsr_copy_tile(0, 0, 1);
        tsr_sfpu_binary(TSR_SFPU_MUL, 0, 1, 0, TSR_FACES_RC);
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_pack_tile(0, 16, 0, 0);
        tsr_dst_release();
    });
    program_.run(machine_);
    std::vector<double> truth(1024);
    for (size_t i = 0; i < 1024; ++i) {
        const double x = value(a[i]);
        truth[i] = std::tanh(std::sqrt(x)) * x;
    }
    const auto out = read(out_at);
    expect_errors(report()["outputs"][0], out, truth);
}

TEST_F(Shadow, OfBroadcastsReductionsAndTransposes) {
    const auto a = random_tile(4, -2, 2), column = random_tile(5, 0.5f, 2);
    std::vector<uint16_t> ones(1024, 0x3F80);
    tile_buffer(0, in0_at);
    tile_buffer(1, in1_at);
    tile_buffer(2, in1_at + 16 * 1024);
    tile_buffer(16, out_at);
    write(in0_at, a);
    write(in1_at, column);
    write(in1_at + 16 * 1024, ones);
    compute([] {
        // (a * column 0 of `column`), turned, then reduced over columns into row 0.
        tsr_dst_acquire();
        tsr_binary(TSR_ELWMUL, TSR_BCAST_COL, 0, 1, 0, 0, 0, 0);
        tsr_transpose_dst(0);
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_pack_tile(0, 16, 0, 0);
        tsr_dst_release();
        tsr_cb_push_back(16, 1);
        tsr_dst_acquire();
        tsr_reduce(TSR_POOL_SUM, TSR_REDUCE_COL, 16, 2, 0, 0, 0);
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_configure_reduce_mask(TSR_REDUCE_COL);
        tsr_pack_tile(0, 16, 0, 0);
        tsr_dst_release();
    });
    program_.run(machine_);
    std::vector<double> truth(1024);
    for (uint32_t c = 0; c < 32; ++c) {
        double sum = 0;
        for (uint32_t r = 0; r < 32; ++r) {
            sum += double{value(a[index(c, r)])} * value(column[index(c, 0)]);
        }
        truth[index(0, c)] = sum;
    }
    const auto out = read(out_at);
    const json output = report()["outputs"][0];
    double largest = 0, squares = 0;
    for (const double t : truth) {
        squares += t * t;
    }
    for (size_t i = 0; i < 1024; ++i) {
        const double error = std::fabs(value(out[i]) - truth[i]);
        largest =
            std::max(largest, error == 0 ? 0 : error / std::max(std::fabs(truth[i]), std::sqrt(squares) / 32 / 1024));
    }
    EXPECT_GT(largest, 0);
    EXPECT_NEAR(output["max_relative_error"].get<double>(), largest, 1e-12);
}

TEST_F(Shadow, AccumulatesInL1WithoutRounding) {
    const auto a = random_tile(6, 1, 2), b = random_tile(7, 0.001f, 0.01f);
    tile_buffer(0, in0_at);
    tile_buffer(1, in1_at);
    tile_buffer(16, out_at);
    write(in0_at, a);
    write(in1_at, b);
    compute([] {
        for (uint32_t i = 0; i < 2; ++i) {
            tsr_dst_acquire();
            tsr_copy_tile(i, 0, 0);
            tsr_dst_commit();
            tsr_dst_wait();
            tsr_configure_l1_accumulate(i);
            tsr_pack_tile(0, 16, 0, 1);
            tsr_dst_release();
        }
    });
    program_.run(machine_);
    std::vector<double> truth(1024);
    for (size_t i = 0; i < 1024; ++i) {
        truth[i] = double{value(a[i])} + value(b[i]);
    }
    const auto out = read(out_at);
    expect_errors(report()["outputs"][0], out, truth);
}

TEST_F(Shadow, TravelsOverTheNocAndStaysWhenACoreReadsItBack) {
    const auto a = random_tile(8, -1, 1), b = random_tile(9, -1, 1);
    tile_buffer(0, in0_at);
    tile_buffer(1, in1_at);
    tile_buffer(16, out_at);
    write(in0_at, a);
    write(in1_at, b);
    compute([] {
        multiply();
        tsr_cb_push_back(16, 1);
    });
    program_.on(0, 0, Processor::RISCV_0, [] {
        tsr_cb_wait_front(16, 1);
        // Half a tile to DRAM, the other half straight to another core, then all of it together in two steps.
        tsr_noc_write(0, out_at, dram(0, 4096), tile_bytes / 2, 0, TSR_NO_TRID);
        tsr_noc_write(0, out_at + tile_bytes / 2, worker(3, 3, in0_at + tile_bytes / 2), tile_bytes / 2, 0,
                      TSR_NO_TRID);
        tsr_noc_write_barrier(0, TSR_NO_TRID);
        tsr_noc_read(0, dram(0, 4096), in1_at + 8192, tile_bytes / 2, TSR_NO_TRID);
        tsr_noc_read(0, worker(3, 3, in0_at + tile_bytes / 2), in1_at + 8192 + tile_bytes / 2, tile_bytes / 2,
                     TSR_NO_TRID);
        tsr_noc_read_barrier(0, TSR_NO_TRID);
    });
    program_.run(machine_);
    const auto out = read(in1_at + 8192);
    expect_errors(report()["outputs"][0], out, product(a, b));
}

TEST_F(Shadow, GoesThroughRowMajorDataAndBack) {
    const auto a = random_tile(20, -1, 1), b = random_tile(21, -1, 1);
    tile_buffer(0, in0_at);
    tile_buffer(1, in1_at);
    tile_buffer(15, in1_at + 16 * 1024);
    tile_buffer(16, out_at);
    write(in0_at, a);
    write(in1_at, b);
    compute([] {
        tsr_dst_acquire();
        tsr_binary(TSR_ELWMUL, TSR_BCAST_NONE, 0, 1, 0, 0, 0, 0);
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_pack_untilize(0, 15, 1, 1, 1, 0, 16, 4, 32, 0);
        tsr_dst_release();
        tsr_cb_push_back(15, 1);
        tsr_dst_acquire();
        tsr_unpack_tilize(15, 1, 0, 0, 0);
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_pack_tile(0, 16, 0, 0);
        tsr_dst_release();
    });
    program_.run(machine_);
    std::vector<double> truth(1024);
    for (size_t i = 0; i < 1024; ++i) {
        truth[i] = double{value(a[i])} * value(b[i]);
    }
    const auto out = read(out_at);
    const json all = report();
    EXPECT_EQ(all["restarted_values"], 0);
    expect_errors(all["outputs"][0], out, truth);
}

TEST_F(Shadow, SeesWhatABlockFormatLoses) {
    auto a = random_tile(22, 1, 2);
    for (size_t i = 0; i < 1024; i += 16) {
        a[i] = 0x4700;  // 32768 beside values of 1 to 2, which Bfp8 with the same exponent can only round to 0
    }
    tile_buffer(0, in0_at);
    program_.core(0, 0).circular_buffers.push_back(
        {.index = 16, .address = out_at, .bytes = 1088, .page_bytes = 1088, .data_format = 6, .tile_bytes = 1088});
    write(in0_at, a);
    compute([] {
        tsr_dst_acquire();
        tsr_copy_tile(0, 0, 0);
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_pack_tile(0, 16, 0, 0);
        tsr_dst_release();
    });
    program_.run(machine_);
    const json all = report();
    ASSERT_EQ(all["circular_buffers"].size(), 1u);
    const json& buffer = all["circular_buffers"][0];
    EXPECT_EQ(buffer["format"], "Bfp8_b");
    EXPECT_EQ(buffer["flushed_to_zero"], 64 * 15);
    EXPECT_LT(buffer["max_ulp"].get<double>(), 1);
    const json& first = all["operations"][all["first_growth"].get<size_t>()];
    EXPECT_EQ(first["operation"], "pack_tile") << all["operations"].dump(1);
    EXPECT_EQ(first["output"], "c_16");
}

TEST_F(Shadow, SeesWhatOverflows) {
    const auto a = random_tile(23, 1e30f, 2e30f);
    tile_buffer(0, in0_at);
    tile_buffer(16, out_at);
    write(in0_at, a);
    compute([] {
        tsr_dst_acquire();
        tsr_copy_tile(0, 0, 0);
        tsr_sfpu_unary(TSR_SFPU_SQUARE, 0, TSR_FACES_RC, 0, 0, 0);
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_pack_tile(0, 16, 0, 0);
        tsr_dst_release();
    });
    program_.run(machine_);
    const json buffer = report()["circular_buffers"][0];
    EXPECT_EQ(buffer["saturated"].get<int>() + buffer["infinities_created"].get<int>(), 1024);
}

TEST_F(Shadow, RestartsWhereARiscWrites) {
    const auto a = random_tile(10, -1, 1), b = random_tile(11, -1, 1);
    tile_buffer(0, in0_at);
    tile_buffer(1, in1_at);
    tile_buffer(16, out_at);
    write(in0_at, a);
    write(in1_at, b);
    compute([] {
        multiply();
        l1_word(out_at + 64) = 0x3F803F80;  // values 32 and 33 become 1
        tsr_cb_push_back(16, 1);
        tsr_dst_acquire();
        tsr_copy_tile(16, 0, 0);
        tsr_dst_commit();
        tsr_dst_release();
    });
    program_.run(machine_);
    EXPECT_EQ(report()["restarted_values"], 2);
    read(out_at);
    EXPECT_EQ(report()["outputs"][0]["restarted_values"], 2);
}

TEST_F(Shadow, TakesOverWhatIntegerOperationsLeave) {
    const auto a = random_tile(12, -100, 100);
    tile_buffer(0, in0_at);
    tile_buffer(16, out_at);
    write(in0_at, a);
    compute([] {
        tsr_dst_acquire();
        tsr_copy_tile(0, 0, 0);
        tsr_sfpu_unary(TSR_SFPU_FLOAT_TO_INT32, 0, TSR_FACES_RC, 0, 0, 0);
        tsr_sfpu_unary(TSR_SFPU_INT32_TO_FLOAT, 0, TSR_FACES_RC, 0, 0, 0);
        tsr_dst_commit();
        tsr_dst_wait();
        tsr_pack_tile(0, 16, 0, 0);
        tsr_dst_release();
    });
    program_.run(machine_);
    EXPECT_EQ(report()["restarted_values"], 1024);
    read(out_at);
    EXPECT_LT(report()["outputs"][0]["max_relative_error"].get<double>(), 0.01);
}

TEST_F(Shadow, SurvivesKernelsThatMisbehave) {
    tile_buffer(0, in0_at);
    tile_buffer(16, out_at);
    compute([] {
        tsr_dst_acquire();
        tsr_pack_tile(200, 77, 0, 0);
    });
    EXPECT_NE(error_of(machine_, program_), "");
    TestProgram other;
    EXPECT_FALSE(report()["operations"].is_null());
}

TEST_F(Shadow, WhatTheHostWritesIsTrue) {
    const auto a = random_tile(13, -1, 1), b = random_tile(14, -1, 1);
    tile_buffer(0, in0_at);
    tile_buffer(1, in1_at);
    tile_buffer(16, out_at);
    write(in0_at, a);
    write(in1_at, b);
    compute(multiply);
    program_.run(machine_);
    write(out_at, a);
    EXPECT_EQ(read(out_at), a);
    EXPECT_TRUE(report()["outputs"].empty());
}

}  // namespace
}  // namespace tessera::sim
