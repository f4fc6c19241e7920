// Matrix multiplications beside measurements of a chip.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include <silicon.h>

namespace silicon {
namespace {

std::string file() {
    return std::string(TESSERA_SOURCE_DIR) + "/tests/data/silicon/gemm_n150.csv";
}

TEST(Gemm, NearMeasured) {
    const auto rows = gemm_rows(file());
    ASSERT_EQ(rows.size(), 2u);
    for (const GemmRow& row : rows) {
        EXPECT_LE(std::abs(row.device.error()), 0.12) << row.device.name;
        EXPECT_LE(std::abs(row.wall.error()), 0.20) << row.wall.name;
        EXPECT_LT(row.ideal, row.device.predicted) << row.device.name;
        // Measured in cycles of a clock that gives way under load, and in nanoseconds.
        EXPECT_GT(row.wall.predicted, row.device.predicted) << row.device.name;
        EXPECT_NE(row.program.find("block_k"), std::string::npos) << row.program;
    }
}

TEST(Gemm, FilesThatMakeNoSense) {
    const std::string path = testing::TempDir() + "tessera_bad_gemm.csv";
    const auto refused = [&](const std::string& text) {
        std::ofstream(path) << text;
        try {
            const auto rows = gemm_rows(path);
            return rows.empty() ? std::string() : rows.front().refused;
        } catch (const std::exception& e) {
            return std::string(e.what());
        }
        return std::string();
    };
    std::ifstream good(file());
    std::string header;
    std::getline(good, header);
    EXPECT_NE(refused("").find("cannot read"), std::string::npos);
    EXPECT_NE(refused(header + "\n1,2,3\n").find("cells"), std::string::npos);
    const std::string row = ",64,64,64,True,\"(90, 8)\",BFLOAT16,HiFi4,1,1,1,1,L1/DRAM/L1,True/True\n";
    EXPECT_NE(refused(header + "\nN150 x" + row).find("90x8"), std::string::npos);
    EXPECT_NE(refused(header + "\nN151 x" + row).find("n151"), std::string::npos);
    std::filesystem::remove(path);
}

}  // namespace
}  // namespace silicon
