// The one shape of a diagnostic.
#include <base/error.h>
#include <base/symbolize.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

namespace tessera {
namespace {

TEST(Diagnostic, RendersNamePlaceNotesAndHelp) {
    const Diagnostic diagnostic{.name = "missing-read-barrier",
                                .message = "tile pushed to c_0 before its bytes arrived",
                                .trace = {{.file = "/a/reader.cpp", .line = 31, .text = "cb_push_back(cb_id_in0, 1)"},
                                          {.file = "/a/main.cpp", .line = 4}},
                                .notes = {"core (2,3) of device 0, RISCV_1 (reader)", "two\nlines"},
                                .help = "call noc_async_read_barrier() before cb_push_back"};
    EXPECT_EQ(diagnostic.render(),
              "error[missing-read-barrier]: tile pushed to c_0 before its bytes arrived\n"
              "  --> reader.cpp:31  cb_push_back(cb_id_in0, 1)\n"
              "   by main.cpp:4\n"
              "  core (2,3) of device 0, RISCV_1 (reader)\n"
              "  two\n"
              "  lines\n"
              "  help: call noc_async_read_barrier() before cb_push_back");
}

TEST(Diagnostic, ErrorCarriesTheRenderedText) {
    const Error error("bad-thing", "it is bad", "make it good");
    EXPECT_STREQ(error.what(), "error[bad-thing]: it is bad\n  help: make it good");
    EXPECT_EQ(error.diagnostic().name, "bad-thing");
}

TEST(SourceLine, IsReadWithoutBlanksAndEmptyWhenThereIsNone) {
    const std::string path = testing::TempDir() + "tessera_source_line.cpp";
    std::ofstream(path) << "first\n\t  second(1);  \r\n";
    EXPECT_EQ(read_source_line(path, 2), "second(1);");
    EXPECT_EQ(read_source_line(path, 3), "");
    EXPECT_EQ(read_source_line(path + ".none", 1), "");
    std::remove(path.c_str());
}

}  // namespace
}  // namespace tessera
