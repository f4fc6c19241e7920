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
    const Result result = tessera(folder_, "run --timeout 20 hosts/refuse.cpp -- " + std::string(name) + " " + kernel);
    EXPECT_EQ(result.code, code) << result.errors;
    EXPECT_TRUE(result.errors.starts_with(begins)) << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(shows));
    EXPECT_THAT(result.errors, Not(HasSubstr("terminate called")));
    EXPECT_EQ(tessera(folder_, "run hosts/refuse.cpp -- nothing " + kernel).code, 0);
}

const Case CASES[] = {
    {"unknown-kernel", "error[kernel-not-found]: ", "kernels/no_such_kernel.cpp"},
    {"too-many-arguments", "error[check-failed]: ", "400 unique+common runtime args"},
    {"too-many-semaphores", "error[check-failed]: ", "Max number of semaphores (16) reached!"},
    {"core-outside-grid", "error[core-outside-grid]: ", "compute_with_storage_grid_size"},
    {"two-kernels-on-one-processor", "error[check-failed]: ", "Core Overlap Between"},
    {"circular-buffer-clash", "error[check-failed]: Statically allocated circular buffers", "clash with L1 buffers"},
    {"circular-buffer-too-large", "error[check-failed]: Statically allocated circular buffers", "beyond max L1 size"},
    {"buffer-too-large",
     "error[check-failed]: Out of Memory: Not enough space to allocate 1099511627776 B DRAM buffer"},
    {"l1-buffer-too-large", "error[check-failed]: Out of Memory: Not enough space to allocate 1073741824 B L1 buffer"},
    {"too-many-devices", "error[no-such-device]: ", "--board"},
    {"no-such-device", "error[no-such-device]: ", "device 9"},
    {"mesh-opened-twice", "error[device-already-open]: ", "device 0"},
    {"write-too-short", "error[host-data-too-small]: ", "400 bytes of host data are written to a buffer of 8192 bytes"},
    {"dram-host-access", "error[dram-out-of-range]: ", "64 bytes"},
    {"bad-define", "error[bad-define]: ", "2NAMES"},
    {"ethernet-kernel", "error[no-ethernet-cores]: ", "Ethernet"},
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
