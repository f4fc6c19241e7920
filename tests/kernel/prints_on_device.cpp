// What kernels print on the simulated device: pages of memory, tiles, circular buffers and formatted text, as lines of
// the file that TT_METAL_DPRINT_FILE names.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <numeric>
#include <string>
#include <vector>

#include <unistd.h>

#include <tt-metalium/device.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>

using namespace tt::tt_metal;

namespace {

using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

/// Before the first device is opened, which is when the settings are read.
const std::string file = [] {
    const std::string name = testing::TempDir() + "tessera-prints-" + std::to_string(getpid());
    setenv("TT_METAL_DPRINT_CORES", "(0,0)", 1);
    setenv("TT_METAL_DPRINT_FILE", name.c_str(), 1);
    setenv("TT_METAL_DPRINT_PREPEND_DEVICE_CORE_RISC", "0", 1);
    return name;
}();

class Prints : public testing::Test {
protected:
    void SetUp() override { device_ = CreateDevice(0); }
    void TearDown() override { CloseDevice(device_); }
    static void TearDownTestSuite() { std::remove(file.c_str()); }
    std::vector<std::string> lines_of(Program& program) {
        const size_t before = lines().size();
        detail::LaunchProgram(device_, program);
        std::vector<std::string> all = lines();
        return {all.begin() + static_cast<long>(before), all.end()};
    }
    static std::vector<std::string> lines() {
        std::ifstream in(file);
        std::vector<std::string> result;
        for (std::string line; std::getline(in, line);) {
            result.push_back(line);
        }
        return result;
    }
    static void add_cb(Program& program, tt::DataFormat format, uint32_t pages, uint32_t page) {
        CreateCircularBuffer(program, CoreCoord(0, 0),
                             CircularBufferConfig(pages * page, {{0, format}}).set_page_size(0, page));
    }

    IDevice* device_ = nullptr;
};

TEST_F(Prints, BothSpellingsOfDprint) {
    Program program;
    CreateKernelFromString(program, R"(
        void kernel_main() {
            DPRINT("page {} of {}\n", 1u, 2u);
            DPRINT_DATA0("only here: {}\n", 7u);
            DPRINT_DATA1("not here\n");
            DPRINT << "and " << 3u << ENDL();
        })",
                           CoreCoord(0, 0), DataMovementConfig{.processor = DataMovementProcessor::RISCV_0});
    CreateKernelFromString(program, R"(
        #include "api/debug/dprint.h"
        void kernel_main() {
            DPRINT_MATH(
                "math {}\n", 5u);
        })",
                           CoreCoord(0, 0), ComputeConfig{});
    EXPECT_THAT(lines_of(program), ::testing::UnorderedElementsAre("page 1 of 2", "only here: 7", "and 3", "math 5"));
}

TEST_F(Prints, TilesByTheirAddress) {
    Program program;
    add_cb(program, tt::DataFormat::UInt32, 2, 4096);
    CreateKernelFromString(program, R"(
        #include "api/dataflow/dataflow_api.h"
        void kernel_main() {
            cb_reserve_back(0, 2);
            auto* words = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_write_ptr(0));
            words[0] = 11;
            words[1024] = 22;
            cb_push_back(0, 2);
        })",
                           CoreCoord(0, 0), DataMovementConfig{.processor = DataMovementProcessor::RISCV_0});
    CreateKernelFromString(program, R"(
        #include "api/compute/cb_api.h"
        void kernel_main() {
            cb_wait_front(0, 2);
            volatile uint32_t* first;
            uint32_t second;
            cb_get_tile(0, 0, &first);
            cb_get_tile(0, 1, &second);
            DPRINT_UNPACK("{} {}\n", first[4], reinterpret_cast<volatile uint32_t*>(second)[4]);
            cb_release_tile(0);
        })",
                           CoreCoord(0, 0), ComputeConfig{});
    EXPECT_THAT(lines_of(program), ::testing::ElementsAre("11 22"));
}

TEST_F(Prints, PagesAndFormattedText) {
    Program program;
    add_cb(program, tt::DataFormat::UInt32, 4, 4096);
    CreateKernelFromString(program, R"(
        #include "api/debug/device_print.h"
        #include "api/debug/dprint_pages.h"
        #include "api/debug/dprint_tile.h"
        void kernel_main() {
            using namespace tt::data_movement::common;
            cb_reserve_back(0, 1);
            const uint32_t at = get_write_ptr(0);
            volatile uint32_t* word = reinterpret_cast<volatile uint32_t*>(at);
            word[0] = 0x3FC0BF80;  // bfloat16 -1, 1.5; bytes 80 bf c0 3f
            word[1] = 0x40490FDB;  // float pi
            word[2] = 7;
            word[3] = 0x00030002;
            print_bf16_pages(at, 2, 1);
            print_f32_pages(at + 4, 1, 1);
            print_u8_pages(at, 4, 1);
            print_u16_pages(at, 2, 2, 2);
            print_u32_pages(at, 1, 2, 2);
            cb_push_back(0, 1);
            DEVICE_PRINT("{} {} {} {} {}\n", CB_RD_PTR(0) - at, CB_WR_PTR(0) - at, CB_RD_SZ(0), CB_PAGE_COUNT(0), CB_PAGE_SIZE(0));
            DEVICE_PRINT_DATA0("on noc {}\n", 0);
            DEVICE_PRINT_DATA1("on noc {}\n", 1);
            DEVICE_PRINT_UNPACK("no compute processor\n");
            DEVICE_PRINT_MATH("no compute processor\n");
            DEVICE_PRINT_PACK("no compute processor\n");
            DEVICE_PRINT_INITIALIZE_LOCK();
            DEVICE_PRINT("{} {}\n", bf4_t(127, 0x6), DebugPrintStrLen("four"));
            DEVICE_PRINT_KERNEL_FINISHED();
            DPRINT << TSLICE(0, 0, SliceRange{0, 1, 1, 0, 3, 1}, TSLICE_OUTPUT_CB, TSLICE_RD_PTR, true, false) << ENDL();
        })",
                           CoreCoord(0, 0),
                           DataMovementConfig{.processor = DataMovementProcessor::RISCV_0, .noc = NOC::NOC_0});
    const auto lines = lines_of(program);
    ASSERT_GE(lines.size(), 10u);
    const std::vector<std::string> expected{
        "0: -1 1.5 ", "0: 3.14159 ", "0: 0x80 0xbf 0xc0 0x3f ", "2: 7 0 ",  "3: 2 3 ",
        "2: 7 ",      "3: 196610 ",  "0 4096 16384 4 4096",     "on noc 0", "1.5 5"};
    EXPECT_THAT(std::vector(lines.begin(), lines.begin() + 10), ElementsAreArray(expected));
    EXPECT_THAT(lines.back(), HasSubstr("1069596544"));  // the tile's first word as a number
}

TEST_F(Prints, TilesFromComputeKernels) {
    Program program;
    add_cb(program, tt::DataFormat::UInt32, 1, 4096);
    CreateKernelFromString(program, R"(
        void kernel_main() {
            cb_reserve_back(0, 1);
            volatile uint32_t* word = reinterpret_cast<volatile uint32_t*>(get_write_ptr(0));
            for (uint32_t i = 0; i < 1024; ++i) {
                word[i] = i;
            }
            cb_push_back(0, 1);
        })",
                           CoreCoord(0, 0), DataMovementConfig{});
    CreateKernelFromString(program, R"(
        #include "api/compute/common.h"
        #include "api/debug/dprint_pages.h"
        #include "api/debug/device_print.h"
        #include "api/debug/timing_perturbation.h"
        void kernel_main() {
            cb_wait_front(0, 1);
            tt::compute::common::add_nops<3, 1>();
            UNPACK((tt::compute::common::print_tile_rows(0, 0, true, 17, 18, 0, 2)));
            UNPACK((tt::compute::common::print_full_tile(0, 0, true)));
            DEVICE_PRINT_MATH("once {}\n", 9);
            MATH((tt::compute::common::add_compute_nops<1, 2, 3, 1>()));
            cb_pop_front(0, 1);
        })",
                           CoreCoord(0, 0), ComputeConfig{});
    const auto lines = lines_of(program);
    const std::string all = [&] {
        std::string text;
        for (const auto& line : lines) {
            text += line + "\n";
        }
        return text;
    }();
    // Row 17 of a tile lies in its third face, second row: 512 + 16. A slice of a whole row keeps 64 bytes.
    EXPECT_THAT(all, HasSubstr("17 : 528 529\n"));
    EXPECT_THAT(all, HasSubstr("\n1 : 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 <TileSlice data truncated"));
    EXPECT_THAT(all, HasSubstr("\n31 : 752 753 "));
    EXPECT_THAT(all, HasSubstr("once 9\n"));
    EXPECT_THAT(all, HasSubstr("Unpack NOPs: 1 Math NOPs: 2 Pack NOPs: 3"));
}

}  // namespace
