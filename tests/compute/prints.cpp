// DPRINT in a compute kernel: which of the three threads print.
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <unistd.h>

#include "on_device.h"

namespace compute_test {
namespace {

class Prints : public Compute {
protected:
    static void SetUpTestSuite() {
        path() = std::filesystem::temp_directory_path() / ("tessera_prints_" + std::to_string(getpid()));
        setenv("TT_METAL_DPRINT_CORES", "0,0", 1);
        setenv("TT_METAL_DPRINT_FILE", path().c_str(), 1);
        Compute::SetUpTestSuite();
    }
    static void TearDownTestSuite() {
        Compute::TearDownTestSuite();
        unsetenv("TT_METAL_DPRINT_CORES");
        unsetenv("TT_METAL_DPRINT_FILE");
        std::filesystem::remove(path());
    }
    static std::filesystem::path& path() {
        static std::filesystem::path file;
        return file;
    }
    static std::string printed() {
        std::ifstream in(path());
        return {std::istreambuf_iterator<char>(in), {}};
    }
    static size_t count(const std::string& text, const std::string& what) {
        size_t found = 0;
        for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) {
            ++found;
        }
        return found;
    }
};

TEST_F(Prints, MathPackAndUnpackPrintOnOneThread) {
    run(R"(
        uint32_t turns = 0;
        DPRINT << "everybody" << ENDL();
        MATH((DPRINT << "math" << ENDL()));
        PACK(DPRINT << "pack" << ENDL());
        UNPACK(DPRINT << "unpack" << 1 << ENDL();)
        if (turns == 0) MATH(DPRINT << "branch" << ENDL());
        else PACK(DPRINT << "never" << ENDL());
        for (uint32_t i = 0; i < 2; ++i) { MATH((++turns)); PACK(uint32_t more = turns;) UNPACK(turns = more); }
        ASSERT(turns == 2);
        MATH((void)turns; ++turns;)
        MATH()
        DPRINT << "turns " << turns << ENDL();
    )",
        {});
    CloseDevice(device_);
    const std::string text = printed();
    device_ = CreateDevice(0);
    EXPECT_EQ(count(text, "TR1: math"), 1u) << text;
    EXPECT_EQ(count(text, ": math"), 1u) << text;
    EXPECT_EQ(count(text, "TR2: pack"), 1u) << text;
    EXPECT_EQ(count(text, ": pack"), 1u) << text;
    EXPECT_EQ(count(text, "TR0: unpack1"), 1u) << text;
    EXPECT_EQ(count(text, "unpack1"), 1u) << text;
    EXPECT_EQ(count(text, "TR1: branch"), 1u) << text;
    EXPECT_EQ(count(text, "branch"), 1u) << text;
    EXPECT_EQ(count(text, "never"), 0u) << text;
    EXPECT_EQ(count(text, "everybody"), 3u) << text;
    EXPECT_EQ(count(text, "turns 3"), 3u) << text;
}

}  // namespace
}  // namespace compute_test
