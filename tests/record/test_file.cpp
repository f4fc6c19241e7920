// Recordings that go through a file, and files that are no recordings any more.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include <record/file.h>

namespace tessera::record {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class RecordingFile : public ::testing::Test {
protected:
    RecordingFile() : path_(std::filesystem::temp_directory_path() / ("tessera-record-" + std::to_string(getpid()))) {}
    ~RecordingFile() override { std::filesystem::remove(path_); }

    std::string bytes() const {
        std::ifstream file(path_, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    void overwrite(const std::string& bytes) const {
        std::ofstream file(path_, std::ios::binary | std::ios::trunc);
        file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    }
    /// Why the file can't be read; empty if it can.
    std::string complaint() const {
        try {
            read_file(path_);
        } catch (const FileError& error) {
            return error.what();
        }
        return {};
    }

    std::string path_;
};

/// Every field of every kind of thing, with values that no default has.
Recording full() {
    Recording r;
    r.board = "p150";
    r.program = "matmul \"quoted\" \xff";
    r.complete = false;
    r.sites = {{}, {"/opt/a/reader.cpp", 31, "noc_async_read_tile"}, {"writer.cpp", 7, ""}};
    r.names = {"READ", "a zone"};
    r.kernels = {{"reader.cpp", 1, 1, 3, true, true, 4096}, {"compute.cpp", 2, 0, 1, false, false, 0}};
    r.computes = {{}, {}};
    r.computes[1] = {.kind = Compute::Kind::Matmul,
                     .op = 3,
                     .bcast = 2,
                     .phases = 4,
                     .dst_32bit = true,
                     .transpose = true,
                     .format0 = 5,
                     .format1 = 6,
                     .faces = 2,
                     .face_rows = 8,
                     .tiles = 300,
                     .ct = 7,
                     .rt = 8,
                     .kt = 9,
                     .sfpu_op = 400,
                     .operands = 3,
                     .instructions = 123456,
                     .l1_accumulate = true};
    Event event;
    r.events.push_back(event);
    event = {.op = Op::NocWrite,
             .noc = 1,
             .flags = Posted | Multicast,
             .cb = 31,
             .peer = 2,
             .gap = 4000000000,
             .site = 2,
             .amount = 0xFFFFFFFF,
             .trid = 15,
             .word = 0x1234,
             .compute = 1,
             .name = 1,
             .target = {Target::Kind::Dram, 63, 62, 61, 60, 7}};
    r.events.push_back(event);
    r.streams = {{},
                 {{.event = 0},
                  {.event = loop_mark, .body = 3, .times = 100000000},
                  {.event = 1},
                  {.event = loop_mark, .body = 1, .times = 2},
                  {.event = 0},
                  {.event = 1}}};
    Launch launch{.number = 12345678901, .name = "program 7", .traced = true, .common_arguments = 5, .cores = {}};
    Core core{.device = 31, .logical_x = 7, .logical_y = 6, .x = 9, .y = 8, .cbs = {{3, 5, 2048, 16}}, .semaphores = 4};
    core.processors[1] = {.kernel = 0, .arguments = 17, .stream = 1};
    core.processors[2] = {.kernel = 1, .arguments = 0, .stream = 0};
    launch.cores = {core, core};
    r.launches = {launch, {}};
    r.transfers = {{0, 0, true, 1}, {1, 31, false, 1ULL << 40}};
    return r;
}

bool operator==(const Core::Processor& a, const Core::Processor& b) {
    return a.kernel == b.kernel && (a.kernel < 0 || (a.arguments == b.arguments && a.stream == b.stream));
}

void expect_same(const Recording& a, const Recording& b) {
    EXPECT_EQ(a.board, b.board);
    EXPECT_EQ(a.program, b.program);
    EXPECT_EQ(a.complete, b.complete);
    EXPECT_EQ(a.sites, b.sites);
    EXPECT_EQ(a.names, b.names);
    EXPECT_EQ(a.kernels, b.kernels);
    EXPECT_EQ(a.computes, b.computes);
    EXPECT_EQ(a.events, b.events);
    EXPECT_EQ(a.streams, b.streams);
    EXPECT_EQ(a.transfers, b.transfers);
    ASSERT_EQ(a.launches.size(), b.launches.size());
    for (size_t i = 0; i < a.launches.size(); ++i) {
        EXPECT_EQ(a.launches[i].number, b.launches[i].number);
        EXPECT_EQ(a.launches[i].name, b.launches[i].name);
        EXPECT_EQ(a.launches[i].traced, b.launches[i].traced);
        EXPECT_EQ(a.launches[i].common_arguments, b.launches[i].common_arguments);
        ASSERT_EQ(a.launches[i].cores.size(), b.launches[i].cores.size());
        for (size_t c = 0; c < a.launches[i].cores.size(); ++c) {
            const Core &x = a.launches[i].cores[c], &y = b.launches[i].cores[c];
            EXPECT_EQ(x.device, y.device);
            EXPECT_EQ(x.logical_x, y.logical_x);
            EXPECT_EQ(x.logical_y, y.logical_y);
            EXPECT_EQ(x.x, y.x);
            EXPECT_EQ(x.y, y.y);
            EXPECT_EQ(x.cbs, y.cbs);
            EXPECT_EQ(x.semaphores, y.semaphores);
            for (size_t p = 0; p < 3; ++p) {
                EXPECT_TRUE(x.processors[p] == y.processors[p]);
            }
        }
    }
}

TEST_F(RecordingFile, HoldsEverything) {
    const Recording written = full();
    write_file(path_, written);
    expect_same(read_file(path_), written);
}

TEST_F(RecordingFile, AnEmptyOneIsOne) {
    write_file(path_, {});
    expect_same(read_file(path_), {});
}

TEST_F(RecordingFile, IsTheSameBytesForTheSameRecording) {
    write_file(path_, full());
    const std::string first = bytes();
    write_file(path_, full());
    EXPECT_EQ(bytes(), first);
}

TEST_F(RecordingFile, APersonCanReadItsFirstLines) {
    write_file(path_, full());
    EXPECT_THAT(bytes(), StartsWith("TSRREC"));
    EXPECT_THAT(bytes(), HasSubstr(R"("board":"p150")"));
    EXPECT_THAT(bytes(), HasSubstr("\"reader.cpp (RISCV_1)\""));
}

TEST_F(RecordingFile, AMillionEventsTakeFewBytes) {
    // Nothing folds here: all of 256 events at random.
    Recording r;
    std::mt19937 random(1);
    for (uint32_t i = 0; i < 256; ++i) {
        r.events.push_back({.op = Op::CbPush, .gap = i});
    }
    Stream stream(1000000);
    for (Piece& piece : stream) {
        piece.event = random() % 256;
    }
    EXPECT_LT(pack(stream).size(), 2000000U);
    r.streams = {stream};
    write_file(path_, r);
    EXPECT_LT(bytes().size(), 1500000U);
    EXPECT_EQ(read_file(path_).streams, r.streams);
}

TEST_F(RecordingFile, CutAnywhereItIsRefused) {
    write_file(path_, full());
    const std::string whole = bytes();
    for (size_t length = 0; length < whole.size(); ++length) {
        overwrite(whole.substr(0, length));
        EXPECT_THAT(complaint(), HasSubstr(path_)) << "cut to " << length;
    }
    overwrite(whole + '\0');
    EXPECT_THAT(complaint(), HasSubstr("damaged"));
}

TEST_F(RecordingFile, WithAnyBitFlippedItIsRefusedOrTheSame) {
    write_file(path_, full());
    const std::string whole = bytes();
    int harmless = 0;
    for (size_t i = 0; i < whole.size(); ++i) {
        for (const size_t bit : {i % 8, (i + 3) % 8}) {
            std::string damaged = whole;
            damaged[i] = static_cast<char>(damaged[i] ^ 1 << bit);
            overwrite(damaged);
            if (complaint().empty()) {
                // A few bits of the compression's own headers mean nothing.
                expect_same(read_file(path_), full());
                ++harmless;
            }
        }
    }
    EXPECT_LT(harmless, 16);
}

TEST_F(RecordingFile, SaysWhatIsWrong) {
    EXPECT_THAT(complaint(), HasSubstr("No such file"));
    overwrite("a text of some length that is no recording at all");
    EXPECT_THAT(complaint(), HasSubstr("no recording"));
    write_file(path_, full());
    std::string newer = bytes();
    newer[8] = static_cast<char>(Recording::version + 1);
    overwrite(newer);
    EXPECT_THAT(complaint(), HasSubstr("version"));
    EXPECT_THROW(write_file("/nowhere/at/all.tsr", full()), FileError);
}

/// A recording that was written with an index that leads nowhere.
TEST_F(RecordingFile, IndicesThatLeadNowhereAreRefused) {
    const std::function<void(Recording&)> mistakes[] = {
        [](Recording& r) { r.events[1].site = 3; },
        [](Recording& r) { r.events[0] = {.op = Op::Compute, .compute = 2}; },
        [](Recording& r) { r.events[0] = {.op = Op::ZoneEnd, .name = 2}; },
        [](Recording& r) { r.events[1].peer = 3; },
        [](Recording& r) { r.events[1].noc = 2; },
        [](Recording& r) { r.streams[1][0].event = 2; },
        [](Recording& r) { r.streams[1][1].body = 5; },
        [](Recording& r) { r.streams[1][1].body = 0; },
        [](Recording& r) { r.streams[1][1].times = 1; },
        [](Recording& r) { r.streams[1][3].body = 2; },  // past the loop around it
        [](Recording& r) { r.launches[0].cores[0].processors[1].stream = 2; },
        [](Recording& r) { r.launches[0].cores[0].processors[1].kernel = 2; },
        [](Recording& r) { r.launches[0].cores[0].processors[1].kernel = -2; },
        [](Recording& r) { r.kernels[0].processor = 3; },
        [](Recording& r) { r.sites.clear(); },
    };
    for (size_t i = 0; i < std::size(mistakes); ++i) {
        Recording r = full();
        mistakes[i](r);
        write_file(path_, r);
        EXPECT_NE(complaint(), "") << "mistake " << i;
    }
}

TEST(PackedStreams, RandomBytesNeverCrash) {
    std::mt19937 random(7);
    int streams = 0;
    for (int i = 0; i < 20000; ++i) {
        std::string bytes(random() % 24, '\0');
        for (char& c : bytes) {
            c = static_cast<char>(random() % (i % 2 == 0 ? 256 : 12));
        }
        try {
            const Stream stream = unpack(bytes, 8);
            // Whatever is a stream can be gone through.
            uint64_t events = 0;
            for (Cursor cursor(stream); !cursor.done() && events < 1000; cursor.next()) {
                EXPECT_LT(cursor.event(), 8U);
                ++events;
            }
            ++streams;
        } catch (const FileError&) {
        }
    }
    EXPECT_GT(streams, 100);
}

TEST(Cursors, GoThroughLoopsInLoops) {
    // 0 (1 (2 2)x2 )x2 3
    const Stream stream = {{.event = 0}, {.event = loop_mark, .body = 3, .times = 2},
                           {.event = 1}, {.event = loop_mark, .body = 1, .times = 4},
                           {.event = 2}, {.event = 3}};
    std::vector<uint32_t> events;
    for (Cursor cursor(stream); !cursor.done(); cursor.next()) {
        events.push_back(cursor.event());
    }
    EXPECT_EQ(events, (std::vector<uint32_t>{0, 1, 2, 2, 2, 2, 1, 2, 2, 2, 2, 3}));
}

}  // namespace
}  // namespace tessera::record
