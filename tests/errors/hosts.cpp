// Mistakes of host programs: what the API refuses, and programs that throw, crash, loop or leave without closing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "command.h"

namespace tessera::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Case {
    const char* name;
    const char* begins;  ///< the report begins with this
    const char* shows = "";
    int code = 70;
};

class Refusal : public ::testing::TestWithParam<Case> {
protected:
    Folder folder_;
};

TEST_P(Refusal, IsClear) {
    const auto& [name, begins, shows, code] = GetParam();
    const std::string kernel = (SOURCES / "kernels/good.cpp").string();
    const std::string options = "run --timeout 20 --checks full ";
    const Result result = tessera(folder_, options + "hosts/refuse.cpp -- " + std::string(name) + " " + kernel);
    EXPECT_EQ(result.code, code) << result.errors;
    EXPECT_TRUE(result.errors.starts_with(begins)) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(shows));
    EXPECT_THAT(result.errors, Not(HasSubstr("terminate called")));
    EXPECT_EQ(tessera(folder_, "run hosts/refuse.cpp -- nothing " + kernel).code, 0);
}

const Case CASES[] = {
    {"too-many-arguments", "error[check-failed]: ", "400 unique+common runtime args"},
    {"two-kernels-on-one-processor", "error[processor-used-twice]: ", "Core Overlap Between"},
    {"circular-buffer-clash", "error[check-failed]: Statically allocated circular buffers", "clash with L1 buffers"},
    {"circular-buffer-too-large", "error[check-failed]: Statically allocated circular buffers", "beyond max L1 size"},
    {"buffer-too-large",
     "error[check-failed]: Out of Memory: Not enough space to allocate 1099511627776 B DRAM buffer"},
    {"l1-buffer-too-large", "error[check-failed]: Out of Memory: Not enough space to allocate 1073741824 B L1 buffer"},
    {"no-such-device", "error[no-such-device]: ", "device 9"},
    {"shard-write-too-short",
     "warning[host-data-too-small]: ", "400 bytes of host data are written to a buffer of 8192 bytes", 0},
    {"circular-buffer-of-too-many-pages", "error[check-failed]: ", "number of CB pages 65536 is greater than 65535"},
    {"page-of-another-buffer", "error[page-out-of-range]: a write of 2048 bytes uses page 24 of the buffer at 0x20",
     "there lies another buffer, of 24 pages of 2048 bytes at 0x1020", 71},
    {"write-into-the-next-buffer",
     "error[page-out-of-range]: a write of 8192 bytes at 0x20 in DRAM bank 3 of device 0 runs from one buffer",
     "ends 4096 bytes further on in this bank", 71},
    {"read-into-the-next-buffer", "warning[page-out-of-range]: a read of 8192 bytes at 0x20", "runs from one buffer",
     0},
    {"store-to-reserved-l1", "error[reserved-l1-write]: a store of 4 bytes at 0x40 changes L1 of core (0,0)",
     "take the address from a circular buffer", 71},
    {"padding-of-dram-shards", "warning[padding-in-results]: the host reads bytes that come from padding",
     "the shards of the DRAM buffer of 7 pages of 2048 bytes at 0x20 have room for 8 pages", 0},
    {"padding-of-l1-shards", "warning[padding-in-results]: the host reads bytes that come from padding",
     "have room for 8 pages", 0},
    {"padding-computed-with", "warning[padding-in-results]: the host reads bytes that come from padding",
     "have room for 8 pages", 0},
    {"sharded-accessor-of-interleaved",
     "warning[accessor-mismatch]: a sharded TensorAccessor takes page 4 of the buffer",
     "it looks 0 bytes into DRAM bank 1, and the host puts it 0 bytes into DRAM bank 4", 0},
    {"interleaved-accessor-past-shards", "error[page-out-of-range]: a read of 32 bytes uses page 6 of the buffer",
     "none of them in L1 bank 6", 71},
    {"accessor-of-its-buffer", "", "", 0},
    {"accessor-of-other-pages", "", "", 0},
    {"dram-host-access", "error[dram-out-of-range]: ", "64 bytes"},
    {"distributed-host-buffer", "error[unsupported-host-buffer]: ", "enqueue_write"},
    {"throws", "error[uncaught-exception]: ", "the weights are not there"},
    {"throws-a-number", "error[uncaught-exception]: "},
    {"terminates", "error[terminate]: "},
    {"crashes", "tessera: the program was ended by signal SIGSEGV in host code", "", 128 + 11},
    {"never-closes", "", "", 3},
};

INSTANTIATE_TEST_SUITE_P(Hosts, Refusal, ::testing::ValuesIn(CASES), [](const auto& info) {
    std::string name = info.param.name;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
});

TEST(Refusals, ALoopInHostCodeEndsAtTheTimeout) {
    const Folder folder;
    const Result result = tessera(folder, "run --timeout 0.5 hosts/refuse.cpp -- loops kernels/good.cpp");
    EXPECT_EQ(result.code, 124);
    EXPECT_THAT(result.errors, HasSubstr("ended after 0.5 s"));
}

TEST(Refusals, AHostWithoutAddressSpace) {
    const Folder folder;
    const Result result =
        tessera(folder, "run --board galaxy hosts/launch.cpp -- kernels/good.cpp cores=2", "ulimit -v 20000000;");
    EXPECT_EQ(result.code, 70);
    EXPECT_TRUE(result.errors.starts_with("error[out-of-memory]: ")) << result.errors;
}

TEST(Refusals, AMachineWithoutTheCompiler) {
    if (geteuid() != 0 || std::system("unshare --mount true 2>/dev/null") != 0) {
        GTEST_SKIP() << "hiding the compiler needs root";
    }
    const Folder folder;
    const std::string settings =
        "unshare --mount sh -c 'mount -t tmpfs none /usr/lib/llvm-19/bin && exec \"$0\" \"$@\"'";
    const Result result = tessera(folder, "run hosts/launch.cpp -- kernels/good.cpp", settings);
    EXPECT_EQ(result.code, 1);
    EXPECT_TRUE(result.errors.starts_with("error[missing-compiler]: ")) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr("clang-19"));
}

TEST(Refusals, ACommandWithoutItsLibrary) {
    const Folder folder;
    const std::string lonely = (folder.path() / "tessera").string();
    std::filesystem::copy_file(TESSERA_COMMAND, lonely);
    const std::string errors = (folder.path() / "lonely").string();
    const std::string command =
        "cd '" + SOURCES.string() + "' && '" + lonely + "' run hosts/launch.cpp 2>'" + errors + "'";
    EXPECT_NE(std::system(command.c_str()), 0);
    EXPECT_THAT(read_file(errors), HasSubstr("error[missing-library]: "));
}

TEST(Refusals, SettingsThatMakeNoSense) {
    const Folder folder;
    const auto run = [&](const std::string& settings) {
        return tessera(folder, "run hosts/launch.cpp -- kernels/good.cpp", settings).errors;
    };
    EXPECT_THAT(run("TESSERA_THREADS=many"), HasSubstr("error[bad-option]: "));
    EXPECT_THAT(run("TESSERA_NOC_ORDER=random"), HasSubstr("error[bad-option]: "));
    EXPECT_THAT(run("TESSERA_BOARD=n151"), HasSubstr("error[unknown-board]: "));
    EXPECT_THAT(run("TT_METAL_DPRINT_CORES=somewhere"), HasSubstr("error[bad-environment]: "));
    EXPECT_THAT(run("TT_METAL_DPRINT_FILE=/nowhere/x"), HasSubstr("error[dprint-file]: "));
}

}  // namespace
}  // namespace tessera::test
