// DPRINT against the text that the real stack's documentation and tests show for the same statements.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <sstream>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <base/error.h>
#include <sim/dprint.h>

#include "api/debug/device_print.h"
#include "api/debug/dprint.h"
#include "api/debug/dprint_pages.h"
#include "api/debug/ring_buffer.h"
#include "api/debug/waypoint.h"
#include "tools/profiler/kernel_profiler.hpp"

__thread tsr_context* tsr_ctx __attribute__((tls_model("initial-exec"))) = nullptr;

namespace {

using namespace tessera::sim;

class Dprint : public ::testing::Test {
protected:
    void SetUp() override {
        DprintSettings settings;
        settings.prefix = false;
        start(settings);
        on(0, 0, 0);
    }
    void TearDown() override {
        dprint_close();
        tsr_ctx = nullptr;
    }
    void start(const DprintSettings& settings) {
        dprint_configure(settings, &out_);
        dprint_begin_run();
    }
    /// Makes this thread the given processor of device 0.
    tsr_context& on(uint8_t x, uint8_t y, uint8_t processor) {
        auto context = std::make_unique<tsr_context>();
        std::memset(context.get(), 0, sizeof(tsr_context));
        context->logical_x = x;
        context->logical_y = y;
        context->processor = processor;
        context->l1 = l1_.data();
        context->l1_size = l1_.size();
        tsr_ctx = context.get();
        contexts_.push_back(std::move(context));
        return *tsr_ctx;
    }
    std::string text() {
        dprint_end_run();
        return std::exchange(out_, std::ostringstream{}).str();
    }
    tsr_cb& tile_cb(unsigned index, uint32_t format, uint32_t tile_size) {
        tsr_cb& cb = tsr_ctx->cbs[index];
        cb = tsr_cb{};
        cb.fifo_num_pages = 2;
        cb.fifo_rd_ptr = 4096;
        cb.fifo_wr_ptr = 4096;
        cb.data_format = format;
        cb.tile_size = tile_size;
        cb.tile_rows = cb.tile_cols = 32;
        cb.face_rows = 16;
        cb.num_faces = 4;
        return cb;
    }

    std::vector<uint8_t> l1_ = std::vector<uint8_t>(1 << 16);
    std::ostringstream out_;
    std::vector<std::unique_ptr<tsr_context>> contexts_;
};

// The statements and the text are those of the real stack's own test of all processors.
TEST_F(Dprint, PrintsWhatTheRealStackPrints) {
    const uint8_t u8 = 101;
    const uint16_t u16 = 555;
    const uint32_t u32 = 123456;
    const uint64_t u64 = 9123456789;
    const int8_t i8 = -17;
    const int16_t i16 = -343;
    const int32_t i32 = -44444;
    const int64_t i64 = -5123456789;
    const float pi = 3.14159f;
    int* address = reinterpret_cast<int*>(123);

    DPRINT << DEFAULTFLOAT() << DEC() << SETPRECISION(6);
    DPRINT << "Basic Types:\n" << 101 << -1.6180034f << '@' << BF16(0x3dfb) << ENDL();
    DPRINT << u8 << u16 << u32 << u64 << ENDL();
    DPRINT << i8 << i16 << i32 << i64 << ENDL();
    DPRINT << "Pointer:\n" << address << "\n" << ENDL();
    DPRINT << "SETPRECISION/FIXED/DEFAULTFLOAT:\n";
    DPRINT << SETPRECISION(5) << pi << ENDL();
    DPRINT << SETPRECISION(9) << pi << ENDL();
    DPRINT << FIXED();
    DPRINT << SETPRECISION(5) << pi << ENDL();
    DPRINT << SETPRECISION(9) << pi << ENDL();
    DPRINT << DEFAULTFLOAT();
    DPRINT << "SETW:\n" << SETW(10) << u32 << u32 << SETW(4) << "ab" << ENDL();
    DPRINT << "HEX/OCT/DEC:\n" << HEX() << u32 << OCT() << u32 << DEC() << u32 << ENDL();

    EXPECT_EQ(text(),
              "Basic Types:\n"
              "101-1.618@0.122559\n"
              "e5551234569123456789\n"
              "-17-343-44444-5123456789\n"
              "Pointer:\n123\n\n"
              "SETPRECISION/FIXED/DEFAULTFLOAT:\n"
              "3.1416\n3.14159012\n3.14159\n3.141590118\n"
              "SETW:\n    123456123456  ab\n"
              "HEX/OCT/DEC:\n1e240361100123456\n");
}

TEST_F(Dprint, PrintsTypesThatHaveNoWidthOfTheirOwn) {
    DPRINT << U32(7) << ' ' << F32(0.5f) << ' ' << true << ' ' << 2.25 << ' ' << 5ul << ENDL();
    DPRINT << HEX() << static_cast<int8_t>(-1) << ' ' << static_cast<int16_t>(-1) << ' ' << -1 << ' ' << -1ll << DEC()
           << ENDL();
    uint32_t words[4] = {1, 255, 4096, 0};
    DPRINT << U32_ARRAY(words, 3) << DEC() << ENDL();
    char text_in_memory[] = "abc";
    DPRINT << text_in_memory << SETW(3, false) << 1 << ENDL();
    EXPECT_EQ(text(), "7 0.5 1 2.25 5\nffffffff ffff ffffffff ffffffffffffffff\n0x1 0xff 0x1000 \nabc  1\n");
}

TEST_F(Dprint, SamplesTilesAsTheRealStackDoes) {
    tile_cb(0, 5, 2048);
    for (unsigned i = 0; i < 1024; ++i) {
        const uint16_t value = static_cast<uint16_t>(0x3dfb + i);
        std::memcpy(&l1_[4096 + 2 * i], &value, 2);
    }
    tile_cb(1, 15, 352);
    DPRINT << SETPRECISION(9);
    DPRINT << TSLICE(0, 0, SliceRange::hw0_32_8(), TSLICE_INPUT_CB, TSLICE_RD_PTR) << ENDL();
    DPRINT << TSLICE(0, 0, SliceRange::hw0_32_4(), TSLICE_INPUT_CB, TSLICE_RD_PTR) << ENDL();
    DPRINT << TSLICE(1, 0, SliceRange::hw0_32_4(), TSLICE_INPUT_CB, TSLICE_RD_PTR) << ENDL();
    EXPECT_EQ(text(),
              "0.122558594 0.127929688 0.490234375 0.51171875\n"
              "0.245117188 0.255859375 0.98046875 1.0234375\n"
              "1.9609375 2.046875 7.84375 8.1875\n"
              "3.921875 4.09375 15.6875 16.375\n"
              "0.122558594 0.124511719 0.127929688 0.131835938 0.490234375 0.498046875 0.51171875 0.52734375\n"
              "0.182617188 0.186523438 0.190429688 0.194335938 0.73046875 0.74609375 0.76171875 0.77734375\n"
              "0.245117188 0.249023438 0.255859375 0.263671875 0.98046875 0.99609375 1.0234375 1.0546875\n"
              "0.365234375 0.373046875 0.380859375 0.388671875 1.4609375 1.4921875 1.5234375 1.5546875\n"
              "<TileSlice data truncated due to exceeding max count (32)>\n"
              "Tried printing CBIndex::c_1: Unsupported data format (Bfp2_b)\n");
}

TEST_F(Dprint, SamplesBlockFloatsAndIntegers) {
    tile_cb(0, 6, 1088);
    l1_[4096] = 127;               // exponent of face 0, row 0
    l1_[4096 + 64] = 0x40;         // 1.0
    l1_[4096 + 65] = 0x80 | 0x60;  // -1.5
    l1_[4096 + 16] = 128;          // exponent of face 1, row 0
    l1_[4096 + 64 + 256] = 0x20;   // 0.5 * 2
    const SliceRange row{0, 1, 1, 0, 24, 8};
    const SliceRange two{0, 1, 1, 0, 2, 1};
    DPRINT << TSLICE(0, 0, two, TSLICE_INPUT_CB, TSLICE_RD_PTR) << ENDL();
    DPRINT << TSLICE(0, 0, row, TSLICE_INPUT_CB, TSLICE_RD_PTR) << ENDL();
    tile_cb(2, 7, 576);
    l1_[4096 + 64] = 0x4 | (0xE << 4);  // 1.0, -1.5
    DPRINT << TSLICE(2, 0, two, TSLICE_INPUT_CB, TSLICE_RD_PTR) << ENDL();
    tile_cb(3, 14, 1024).fifo_rd_ptr = 8192;
    l1_[8192] = 0xFF;
    l1_[8193] = 5;
    DPRINT << TSLICE(3, 0, two, TSLICE_INPUT_CB, TSLICE_RD_PTR, false) << "|" << ENDL();
    DPRINT << TSLICE(9, 0, two, TSLICE_INPUT_CB, TSLICE_RD_PTR) << ENDL();
    EXPECT_EQ(text(), "1 -1.5\n1 0 1\n1 -1.5\n-1 5|\nTried printing CBIndex::c_9: BAD TILE POINTER (ptr=0, count=0)\n");
}

TEST_F(Dprint, StartsLinesWithWhoPrintsAndOrdersThem) {
    start(DprintSettings{});
    on(1, 0, 2);
    DPRINT << "Hello" << ENDL();
    on(0, 1, 0);
    DPRINT << "two\nlines\n";
    on(0, 0, 1);
    DPRINT << "n" << ENDL();
    on(0, 0, 0);
    DPRINT << "b" << ENDL();
    EXPECT_EQ(text(),
              "0:(x=0,y=0):BR: b\n0:(x=0,y=0):NC: n\n"
              "0:(x=1,y=0):TR0: Hello\n0:(x=1,y=0):TR1: Hello\n0:(x=1,y=0):TR2: Hello\n"
              "0:(x=0,y=1):BR: two\n0:(x=0,y=1):BR: lines\n");
}

TEST_F(Dprint, LimitsABlockToOneProcessor) {
    start(DprintSettings{});
    on(0, 0, 2);
    {
        tessera::debug::ThreadScope scope(TSR_THREAD_TRISC1);
        DPRINT << "math" << ENDL();
    }
    DPRINT << "all" << ENDL();
    EXPECT_EQ(text(), "0:(x=0,y=0):TR0: all\n0:(x=0,y=0):TR1: math\n0:(x=0,y=0):TR1: all\n0:(x=0,y=0):TR2: all\n");
    on(0, 0, 1).noc_index = 1;
    DPRINT_DATA0(DPRINT << "zero" << ENDL());
    DPRINT_DATA1(DPRINT << "one" << ENDL());
    DPRINT_MATH(DPRINT << "never" << ENDL());
    EXPECT_EQ(text(), "0:(x=0,y=0):NC: one\n");
}

TEST_F(Dprint, KeepsFormatStatePerProcessorAndAcrossRuns) {
    DPRINT << HEX() << 255 << ENDL();
    on(1, 0, 0);
    DPRINT << 255 << ENDL();
    EXPECT_EQ(text(), "ff\n255\n");
    dprint_begin_run();
    on(0, 0, 0);
    DPRINT << 255 << " begun";
    EXPECT_EQ(text(), "");
    dprint_close();
    EXPECT_EQ(std::exchange(out_, std::ostringstream{}).str(), "ff begun\n");
}

TEST_F(Dprint, PrintsCircularBuffers) {
    print_cb_details(3);
    EXPECT_EQ(text(),
              "cb_id 3: { size: 0, limit: 0, page_size: 0, num_pages: 0, rd_ptr: 0, wr_ptr: 0, wr_tile_ptr: 0 }\n");
}

TEST_F(Dprint, KeepsNotesForReports) {
    WAYPOINT("CRBW");
    for (uint32_t i = 0; i < 40; ++i) {
        WATCHER_RING_BUFFER_PUSH(i);
    }
    tsr_zone("outer", 1);
    tsr_zone("inner", 1);
    tsr_zone("inner", 0);
    const ProcessorNotes notes = processor_notes(0, {0, 0}, 0);
    EXPECT_EQ(notes.waypoint, "CRBW");
    ASSERT_EQ(notes.ring_buffer.size(), 32u);
    EXPECT_EQ(notes.ring_buffer.front(), 39u);
    EXPECT_EQ(notes.ring_buffer.back(), 8u);
    EXPECT_THAT(notes.zones, ::testing::ElementsAre("outer"));
    EXPECT_EQ(processor_notes(0, {5, 5}, 0).waypoint, "");
}

// The texts are what the fmt library's documentation gives for each format.
TEST_F(Dprint, PrintsFormats) {
    const int answer = 42;
    DEVICE_PRINT("{} {} {}\n", answer, -1.5f, "text");
    DEVICE_PRINT("{1} {0} {{}}\n", 'a', true);
    DEVICE_PRINT("{:#x} {:>6} {:<6}| {:.3f} {:08b} {:+d}\n", 255u, 7, 8, 3.14159265, 5u, 6);
    DEVICE_PRINT("{} {}", bf16_t(0x3F80), bf8_t(127, 0x60));
    DEVICE_PRINT(" {}\n", CTSTR("end"));
    DEVICE_PRINT("no arguments\n");
    EXPECT_EQ(text(), "42 -1.5 text\ntrue a {}\n0xff      7 8     | 3.142 00000101 +6\n1 1.5 end\nno arguments\n");
}

TEST_F(Dprint, KeepsZonesForAsLongAsTheyLive) {
    {
        DeviceZoneScopedN("LOAD");
        EXPECT_THAT(processor_notes(0, {0, 0}, 0).zones, ::testing::ElementsAre("LOAD"));
    }
    EXPECT_TRUE(processor_notes(0, {0, 0}, 0).zones.empty());
}

class Environment : public ::testing::Test {
protected:
    void TearDown() override {
        for (const char* name : {"CORES", "CHIPS", "RISCVS", "FILE", "PREPEND_DEVICE_CORE_RISC", "ONE_FILE_PER_RISC"}) {
            unsetenv((std::string("TT_METAL_DPRINT_") + name).c_str());
        }
    }
    static void set(const char* name, const char* value) {
        setenv((std::string("TT_METAL_DPRINT_") + name).c_str(), value, 1);
    }
    static bool prints(uint32_t device, uint16_t x, uint16_t y, uint32_t thread) {
        return DprintSettings::from_environment().prints(device, {x, y}, thread);
    }
};

TEST_F(Environment, SelectsCoresChipsAndProcessors) {
    EXPECT_TRUE(prints(1, 3, 4, TSR_THREAD_BRISC));
    set("CORES", "0,1");
    EXPECT_TRUE(prints(0, 0, 1, TSR_THREAD_BRISC));
    EXPECT_FALSE(prints(0, 0, 0, TSR_THREAD_BRISC));
    set("CORES", "(1,1)-(2,3)");
    EXPECT_TRUE(prints(0, 2, 3, TSR_THREAD_BRISC));
    EXPECT_FALSE(prints(0, 3, 3, TSR_THREAD_BRISC));
    set("CORES", "(0,0),(4,5)");
    EXPECT_TRUE(prints(0, 4, 5, TSR_THREAD_BRISC));
    EXPECT_FALSE(prints(0, 4, 4, TSR_THREAD_BRISC));
    set("CORES", "worker");
    set("CHIPS", "1,2");
    set("RISCVS", "NC+TR*");
    EXPECT_TRUE(prints(2, 0, 0, TSR_THREAD_TRISC1));
    EXPECT_FALSE(prints(0, 0, 0, TSR_THREAD_TRISC1));
    EXPECT_FALSE(prints(2, 0, 0, TSR_THREAD_BRISC));
    set("CORES", "everything");
    EXPECT_THROW(DprintSettings::from_environment(), tessera::Error);
}

TEST_F(Environment, SelectsWhereTextGoes) {
    set("FILE", "log.txt");
    set("PREPEND_DEVICE_CORE_RISC", "0");
    DprintSettings settings = DprintSettings::from_environment();
    EXPECT_EQ(settings.file, "log.txt");
    EXPECT_FALSE(settings.prefix);
    set("ONE_FILE_PER_RISC", "1");
    set("PREPEND_DEVICE_CORE_RISC", "1");
    settings = DprintSettings::from_environment();
    EXPECT_TRUE(settings.one_file_per_risc);
    EXPECT_EQ(settings.file, "");
    EXPECT_FALSE(settings.prefix);
}

}  // namespace
