#include <tile/interpret/npy.h>

#include <cmath>
#include <cstdio>
#include <string>

#include <gtest/gtest.h>

#include <base/error.h>

namespace tessera::tile::interpret {
namespace {

using namespace std::string_literals;
using ir::DType;

/// As NumPy 1.26 writes it: the header, padded so that the elements begin at byte 128.
std::string numpy_file(std::string_view dictionary, std::string_view elements) {
    std::string bytes = "\x93NUMPY\x01\x00v\x00"s;
    bytes += dictionary;
    bytes.append(127 - bytes.size(), ' ');
    return bytes + "\n" + std::string(elements);
}

TEST(Npy, ReadsWhatNumpyWrites) {
    // np.save of np.array([[1, -2], [3, 4.5]], np.float32)
    const Array a = parse_npy(numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }",
                                         "\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x40\x40\x00\x00\x90\x40"s),
                              "a.npy");
    EXPECT_EQ(a.dtype, DType::Float32);
    EXPECT_EQ(a.shape, (std::vector<int64_t>{2, 2}));
    EXPECT_EQ(a.values, (std::vector<double>{1, -2, 3, 4.5}));
    // np.array([-1, 258], '>i2'), np.array(7, np.uint8), np.array([True, False]), np.array([0.1], np.float16)
    EXPECT_EQ(
        parse_npy(numpy_file("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", "\xff\xff\x01\x02"s), "b")
            .values,
        (std::vector<double>{-1, 258}));
    const Array scalar = parse_npy(numpy_file("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", "\x07"s), "c");
    EXPECT_TRUE(scalar.shape.empty());
    EXPECT_EQ(scalar.values, (std::vector<double>{7}));
    EXPECT_EQ(
        parse_npy(numpy_file("{'descr': '|b1', 'fortran_order': False, 'shape': (2,), }", "\x01\x00"s), "d").dtype,
        DType::Bool);
    EXPECT_EQ(
        parse_npy(numpy_file("{'descr': '<f2', 'fortran_order': False, 'shape': (1,), }", "\x66\x2e"s), "e").values[0],
        0.0999755859375);
    // bfloat16 of ml_dtypes, 3.140625
    const Array brain =
        parse_npy(numpy_file("{'descr': '<V2', 'fortran_order': False, 'shape': (1,), }", "\x49\x40"s), "f");
    EXPECT_EQ(brain.dtype, DType::BFloat16);
    EXPECT_EQ(brain.values[0], 3.140625);
    EXPECT_EQ(parse_npy(numpy_file("{'descr': '|V1', 'fortran_order': False, 'shape': (1,), }", "\x7e"s), "g",
                        DType::Float8E4M3)
                  .values[0],
              448);
}

TEST(Npy, FortranOrderIsTurned) {
    // np.asfortranarray([[1, 2, 3], [4, 5, 6]], np.int8)
    const Array a = parse_npy(
        numpy_file("{'descr': '|i1', 'fortran_order': True, 'shape': (2, 3), }", "\x01\x04\x02\x05\x03\x06"s), "a.npy");
    EXPECT_EQ(a.values, (std::vector<double>{1, 2, 3, 4, 5, 6}));
}

TEST(Npy, WritesWhatNumpyReads) {
    const std::string bytes = npy_bytes({DType::Float32, {2, 2}, {1, -2, 3, 4.5}});
    EXPECT_EQ(bytes, numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2), }",
                                "\x00\x00\x80\x3f\x00\x00\x00\xc0\x00\x00\x40\x40\x00\x00\x90\x40"s));
    EXPECT_NE(npy_bytes({DType::Int32, {3}, {1, 2, 3}}).find("'shape': (3,), }"), std::string::npos);
    EXPECT_NE(npy_bytes({DType::BFloat16, {1}, {1}}).find("'<f4'"), std::string::npos);
    for (const DType type :
         {DType::Bool, DType::Int8, DType::Int16, DType::Int32, DType::Int64, DType::UInt8, DType::UInt16,
          DType::UInt32, DType::UInt64, DType::Float16, DType::Float32, DType::Float64}) {
        const Array back = parse_npy(npy_bytes({type, {2, 1}, {1, 0}}), "x");
        EXPECT_EQ(back.dtype, type);
        EXPECT_EQ(back.shape, (std::vector<int64_t>{2, 1}));
        EXPECT_EQ(back.values, (std::vector<double>{1, 0}));
    }
}

struct Broken {
    const char* what;
    std::string bytes;
    const char* message;
};
class DamagedNpy : public testing::TestWithParam<Broken> {};

TEST_P(DamagedNpy, IsNamed) {
    try {
        parse_npy(GetParam().bytes, "in.npy");
        FAIL() << "read";
    } catch (const Error& error) {
        EXPECT_EQ(error.diagnostic().name, "tile-npy");
        EXPECT_EQ(error.diagnostic().message.rfind("in.npy: ", 0), 0U);
        EXPECT_NE(error.diagnostic().message.find(GetParam().message), std::string::npos) << error.diagnostic().message;
    }
}

const std::string good = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }";
INSTANTIATE_TEST_SUITE_P(
    Files, DamagedNpy,
    testing::Values(
        Broken{"Empty", "", "no .npy file"}, Broken{"Text", "hello, this is text", "no .npy file"},
        Broken{"Short", numpy_file(good, "\0\0\0"s), "cut off: its shape needs 4 bytes of elements, and there are 3"},
        Broken{"Long", numpy_file(good, "\0\0\0\0\0"s), "1 bytes follow"},
        Broken{"HeaderCut", numpy_file(good, "").substr(0, 60), "ends within its header"},
        Broken{"Version", "\x93NUMPY\x09\x00v\x00"s, "version 9"},
        Broken{"Complex", numpy_file("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", ""), "'<c8'"},
        Broken{"NoShape", numpy_file("{'descr': '<f4', 'fortran_order': False, }", ""), "lacks"},
        Broken{"Negative", numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }", ""),
               "no tuple of sizes"},
        Broken{"Huge", numpy_file("{'descr': '<f4', 'fortran_order': False, 'shape': (999999, 999999, 999999), }", ""),
               "more elements"},
        Broken{"Damaged", numpy_file("{'descr': '<f4' 'fortran_order'", ""), "damaged"},
        Broken{"Record", numpy_file("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", ""),
               "damaged"}),
    [](const auto& info) { return std::string(info.param.what); });

TEST(Npy, FilesThatAreNotThere) {
    EXPECT_THROW(read_npy("/nonexistent/a.npy"), Error);
    EXPECT_THROW(write_npy("/nonexistent/a.npy", {DType::Float32, {1}, {1}}), Error);
}

TEST(Generate, IsNormalAndRepeats) {
    const Array a = generate(DType::Float32, {100, 100}, 7);
    double sum = 0, squares = 0;
    for (const double value : a.values) {
        sum += value;
        squares += value * value;
    }
    EXPECT_NEAR(sum / 1e4, 0, 0.05);
    EXPECT_NEAR(squares / 1e4, 1, 0.05);
    EXPECT_EQ(generate(DType::Float32, {100, 100}, 7).values, a.values);
    EXPECT_NE(generate(DType::Float32, {100, 100}, 8).values, a.values);
    for (const double value : generate(DType::Int32, {1000}, 1, {{-3, 2}}).values) {
        EXPECT_GE(value, -3);
        EXPECT_LT(value, 2);
    }
}

}  // namespace
}  // namespace tessera::tile::interpret
