// Kernels with one mistake each, the same kernels without it, and every kernel of the examples.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <base/error.h>
#include <static/check.h>

namespace fs = std::filesystem;

namespace tessera::analysis {
namespace {

class Folder {
public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "tessera-static-XXXXXX").string();
        path_ = mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path_); }
    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(path_ / name) << text;
        return (path_ / name).string();
    }

private:
    fs::path path_;
};

KernelReport check(const std::string& body, KernelKind kind = KernelKind::Reader) {
    const Folder folder;
    const char* header = kind == KernelKind::Compute
                             ? "#include \"api/compute/eltwise_binary.h\"\n#include \"api/compute/tile_move_copy.h\"\n"
                             : "#include \"api/dataflow/dataflow_api.h\"\n\n";
    KernelRequest request;
    request.path = folder.write("kernel.cc", header + body);
    request.kind = kind;
    return check_kernel(request);
}

/// "name:line" of each finding; the body's first line is line 3.
std::vector<std::string> names(const KernelReport& report) {
    std::vector<std::string> result;
    for (const Diagnostic& finding : report.findings) {
        result.push_back(finding.name + ":" +
                         (finding.trace.empty() ? "?" : std::to_string(finding.trace.front().line)));
    }
    return result;
}

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* READER = R"(void kernel_main() {
    const uint32_t n = get_arg_val<uint32_t>(1);
    const uint32_t skip = get_arg_val<uint32_t>(2);
    for (uint32_t i = 0; i < n; ++i) {
        cb_reserve_back(0, 1);
        noc_async_read(get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0)), get_write_ptr(0), 2048);
        @
        cb_push_back(0, 1);
    }
})";

std::string with(std::string text, const std::string& line) {
    return text.replace(text.find('@'), 1, line);
}

TEST(Paths, BarrierMissing) {
    EXPECT_THAT(names(check(with(READER, ""))), Contains("missing-read-barrier:10"));
    EXPECT_THAT(names(check(with(READER, "noc_async_read_barrier();"))), IsEmpty());
}

TEST(Paths, BarrierMissingOnOneBranch) {
    const KernelReport report = check(with(READER, "if (skip == 0) { noc_async_read_barrier(); }"));
    ASSERT_THAT(names(report), Contains("missing-read-barrier:10"));
    const Diagnostic& finding = report.findings.front();
    EXPECT_THAT(finding.notes.front(), HasSubstr("the branch at line 9 is "));
    ASSERT_EQ(finding.related.size(), 1u);
    EXPECT_EQ(finding.related.front().trace.front().line, 8u);
}

TEST(Paths, TheSameConditionTwiceIsOnePath) {
    EXPECT_THAT(names(check(R"(void kernel_main() {
    const uint32_t skip = get_arg_val<uint32_t>(2);
    const uint64_t from = get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0));
    cb_reserve_back(0, 1);
    if (skip != 0) {
        noc_async_read(from, get_write_ptr(0), 2048);
    }
    noc_semaphore_wait((volatile uint32_t*)get_semaphore(0), 1);
    if (skip != 0) {
        noc_async_read_barrier();
    }
    cb_push_back(0, 1);
})")),
                IsEmpty());
}

TEST(Paths, PopBeforeFlush) {
    constexpr const char* writer = R"(void kernel_main() {
    const uint64_t to = get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0));
    for (uint32_t i = 0; i < get_arg_val<uint32_t>(1); ++i) {
        cb_wait_front(16, 1);
        noc_async_write(get_read_ptr(16), to, 2048);
        @
        cb_pop_front(16, 1);
    }
    noc_async_write_barrier();
})";
    EXPECT_THAT(names(check(with(writer, ""), KernelKind::Writer)), Contains("missing-write-flush:9"));
    EXPECT_THAT(names(check(with(writer, "noc_async_writes_flushed();"), KernelKind::Writer)), IsEmpty());
}

TEST(Paths, PageCounts) {
    constexpr const char* reader = R"(void kernel_main() {
    for (uint32_t i = 0; i < get_arg_val<uint32_t>(1); ++i) {
        cb_reserve_back(0, 2);
        cb_push_back(0, @);
    }
})";
    EXPECT_THAT(names(check(with(reader, "3"))), ElementsAre("cb-push-not-reserved:6"));
    EXPECT_THAT(names(check(with(reader, "2"))), IsEmpty());
    // A window that is taken page by page.
    EXPECT_THAT(names(check(with(reader, "1); for (int k = 0; k < 1; ++k) cb_push_back(0, 1"))), IsEmpty());
}

TEST(Paths, NeverGivenBack) {
    constexpr const char* writer = R"(void kernel_main() {
    const uint64_t to = get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0));
    for (uint32_t i = 0; i < get_arg_val<uint32_t>(1); ++i) {
        cb_wait_front(16, 1);
        noc_async_write(get_read_ptr(16), to, 2048);
        noc_async_write_barrier();
        @
    }
})";
    EXPECT_THAT(names(check(with(writer, ""), KernelKind::Writer)), ElementsAre("cb-never-popped:6"));
    EXPECT_THAT(names(check(with(writer, "cb_pop_front(16, 1);"), KernelKind::Writer)), IsEmpty());
}

TEST(Paths, LeftAtTheEnd) {
    EXPECT_THAT(names(check(R"(void kernel_main() {
    const uint64_t to = get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0));
    noc_async_write(get_arg_val<uint32_t>(1), to, 2048);
})",
                            KernelKind::Writer)),
                ElementsAre("noc-writes-left:5"));
}

TEST(Paths, Sections) {
    constexpr const char* compute = R"(void kernel_main() {
    const uint32_t last = get_arg_val<uint32_t>(0);
    binary_op_init_common(0, 1, 16);
    for (uint32_t i = 0; i < get_arg_val<uint32_t>(1); ++i) {
        cb_wait_front(0, 1);
        cb_wait_front(1, 1);
        cb_reserve_back(16, 1);
        tile_regs_acquire();
        add_tiles(0, 1, 0, 0, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, 16);
        @
        cb_push_back(16, 1);
        cb_pop_front(0, 1);
        cb_pop_front(1, 1);
    }
})";
    EXPECT_THAT(names(check(with(compute, "tile_regs_release();"), KernelKind::Compute)), IsEmpty());
    EXPECT_THAT(names(check(with(compute, ""), KernelKind::Compute)),
                Contains(testing::StartsWith("dst-section-not-released:")));
    EXPECT_THAT(names(check(with(compute, "if (i != last) { tile_regs_release(); }"), KernelKind::Compute)),
                Contains(testing::StartsWith("dst-section-not-released:")));
}

TEST(Paths, CompileTimeArgumentsStandForAnyValue) {
    const KernelReport report = check(R"(void kernel_main() {
    constexpr uint32_t cb = get_compile_time_arg_val(0), reserve = get_compile_time_arg_val(1);
    constexpr uint32_t push = get_compile_time_arg_val(2);
    cb_reserve_back(cb, reserve);
    cb_push_back(cb, push);
})");
    EXPECT_TRUE(report.compiled);
    EXPECT_TRUE(report.placeholders);
    EXPECT_THAT(names(report), IsEmpty());
}

TEST(Pages, BalanceOfAProgram) {
    const Folder folder;
    const std::string header = "#include \"api/dataflow/dataflow_api.h\"\n";
    const auto kernel = [&](const std::string& name, const std::string& body) {
        KernelRequest request;
        request.path = folder.write(name, header + body);
        return check_kernel(request);
    };
    const auto reader = [&](const std::string& count) {
        return kernel("reader.cpp",
                      "void kernel_main() { const uint32_t n = get_arg_val<uint32_t>(0); for (uint32_t i = 0; "
                      "i < " +
                          count +
                          "; ++i) { cb_reserve_back(0, 2); cb_push_back(0, 2); "
                          "cb_reserve_back(1, 1); cb_push_back(1, 1); } }");
    };
    const auto writer = [&](const std::string& count, const std::string& pages) {
        return kernel("writer.cpp",
                      "void kernel_main() { const uint32_t n = get_arg_val<uint32_t>(0); for (uint32_t i = 0; "
                      "i < " +
                          count +
                          "; ++i) { cb_wait_front(0, 2); cb_pop_front(0, 2); "
                          "cb_wait_front(1, " +
                          pages + "); cb_pop_front(1, " + pages + "); } }");
    };
    EXPECT_THAT(compare_pages({reader("8"), writer("8", "1")}), IsEmpty());
    EXPECT_THAT(compare_pages({reader("n"), writer("n", "1")}), IsEmpty());
    // What the argument of one kernel is to that of the other is not known: nothing is said of one buffer alone.
    EXPECT_THAT(compare_pages({reader("n"), writer("8", "1")}), IsEmpty());
    const std::vector<Diagnostic> starved = compare_pages({reader("7"), writer("8", "1")});
    ASSERT_EQ(starved.size(), 2u);
    EXPECT_EQ(starved.front().message, "reader.cpp pushes 14 pages to circular buffer c_0, and writer.cpp pops 16");
    EXPECT_EQ(starved.front().severity, Diagnostic::Severity::Error);
    const std::vector<Diagnostic> uneven = compare_pages({reader("n"), writer("n", "2")});
    ASSERT_EQ(uneven.size(), 1u);
    EXPECT_EQ(uneven.front().name, "cb-unbalanced");
}

TEST(Kinds, AreGuessed) {
    EXPECT_EQ(guess_kind("#include \"api/compute/matmul.h\"\nvoid kernel_main() {}"), KernelKind::Compute);
    EXPECT_EQ(guess_kind("#include \"dataflow_api.h\"\nvoid kernel_main() { cb_reserve_back(0, 1); }"),
              KernelKind::Reader);
    EXPECT_EQ(guess_kind("void kernel_main() { cb_wait_front(0, 1); noc_async_write(a, b, c); }"), KernelKind::Writer);
    EXPECT_FALSE(defines_kernel("// void kernel_main() {}\nint main() {}"));
}

std::pair<int, std::string> command(const std::string& arguments) {
    const std::string line = std::string(TESSERA_BINARY_DIR "/bin/tessera check ") + arguments + " 2>&1";
    FILE* pipe = popen(line.c_str(), "r");
    std::string output;
    std::array<char, 4096> buffer;
    while (size_t got = fread(buffer.data(), 1, buffer.size(), pipe)) {
        output.append(buffer.data(), got);
    }
    return {WEXITSTATUS(pclose(pipe)), output};
}

TEST(Command, FindsNothingInTheExamples) {
    const auto [code, output] =
        command(TESSERA_SOURCE_DIR "/examples -D ELTWISE_OP=add_tiles -D ELTWISE_OP_INIT=add_tiles_init");
    EXPECT_EQ(code, 0) << output;
    EXPECT_THAT(output, HasSubstr("nothing found"));
    EXPECT_THAT(output, testing::Not(HasSubstr("more paths")));
}

TEST(Command, ReportsAndSuppresses) {
    const Folder folder;
    const std::string path =
        folder.write("reader.cpp", "#include \"api/dataflow/dataflow_api.h\"\n" + with(READER, ""));
    const auto [code, output] = command(path);
    EXPECT_EQ(code, 1);
    EXPECT_THAT(output, HasSubstr("error[missing-read-barrier]: pages are pushed to circular buffer c_0 while a NoC "
                                  "read into them may still be on its way\n  --> reader.cpp:9  cb_push_back(0, 1)"));
    const std::string sarif = folder.write("out.sarif", "");
    const auto [json_code, json] = command(path + " --json --sarif " + sarif);
    EXPECT_EQ(json_code, 1);
    EXPECT_THAT(json, HasSubstr("\"name\":\"missing-read-barrier\""));
    EXPECT_GT(fs::file_size(sarif), 100u);
    const std::string quiet =
        folder.write("quiet.cpp", "#include \"api/dataflow/dataflow_api.h\"\n" +
                                      with(READER, "// tessera: allow(missing-read-barrier): test"));
    const auto [allowed, text] = command(quiet + " --allow noc-reads-left");
    EXPECT_EQ(allowed, 0) << text;
    EXPECT_EQ(command(folder.write("no.cpp", "void kernel_main() { nonsense(); }")).first, 65);
    EXPECT_EQ(command("/nowhere/kernel.cpp").first, 66);
}

// --- One kernel each for the checks that only look at source ---------------------------------------------------------

std::string compute_with(const std::string& section) {
    return "void kernel_main() {\n    binary_op_init_common(0, 1, 16);\n    add_tiles_init(0, 1);\n    "
           "cb_wait_front(0, 1);\n    cb_wait_front(1, 1);\n    cb_reserve_back(16, 1);\n" +
           section + "    cb_push_back(16, 1);\n    cb_pop_front(0, 1);\n    cb_pop_front(1, 1);\n}\n";
}

std::vector<std::string> only_names(const KernelReport& report) {
    std::vector<std::string> result;
    for (const Diagnostic& finding : report.findings) {
        result.push_back(finding.name);
    }
    return result;
}

TEST(Sections, EachStepHasItsPlace) {
    const auto found = [](const std::string& section) {
        return only_names(check(compute_with(section), KernelKind::Compute));
    };
    const std::string add = "add_tiles(0, 1, 0, 0, 0);\n", pack = "pack_tile(0, 16);\n";
    EXPECT_THAT(found("tile_regs_acquire();\n" + add + "tile_regs_commit();\ntile_regs_wait();\n" + pack +
                      "tile_regs_release();\n"),
                IsEmpty());
    EXPECT_THAT(found("for (uint32_t i = 0; i < 2; ++i) {\ntile_regs_acquire();\n" + add + "}\ntile_regs_commit();\n" +
                      "tile_regs_wait();\n" + pack + "tile_regs_release();\n"),
                Contains("dst-acquire-without-commit"));
    EXPECT_THAT(found("for (uint32_t i = 0; i < 2; ++i) {\nacquire_dst();\n" + add + pack + "}\nrelease_dst();\n"),
                Contains("dst-acquire-without-release"));
    EXPECT_THAT(found(add + "tile_regs_commit();\ntile_regs_wait();\n" + pack + "tile_regs_release();\n"),
                Contains("dst-commit-without-acquire"));
    EXPECT_THAT(found(add + pack + "release_dst();\n"), Contains("dst-release-without-acquire"));
    EXPECT_THAT(found("tile_regs_acquire();\n" + add + "tile_regs_commit();\n" + pack + "tile_regs_release();\n"),
                Contains("dst-release-without-wait"));
}

TEST(Pages, ThatALoopReservesAndNeverPushes) {
    EXPECT_THAT(only_names(check(R"(void kernel_main() {
    for (uint32_t i = 0; i < get_arg_val<uint32_t>(1); ++i) {
        cb_reserve_back(0, 1);
        noc_async_read(get_noc_addr_from_bank_id<true>(0, get_arg_val<uint32_t>(0)), get_write_ptr(0), 2048);
        noc_async_read_barrier();
    }
})")),
                Contains("cb-never-pushed"));
}

}  // namespace
}  // namespace tessera::analysis
