// The pages in docs/checks show a wrong program, what Tessera says to it, and the nearest right one. Here they are run:
// the wrong one must give exactly what the page says, at the line that is marked, and the right one nothing, in every
// NoC order that is tried and with all checks on.
//
// A block is a kernel, launched by hosts/launch.cpp, or a whole host program if it defines main. Comments at its start
// are settings: on, cores, compile_arg, timeout, board, code, checks (which of default and full finds it), allow.
//
// A wrong block with the setting `static` (auto, reader, writer or compute: what the kernel is) is for `tessera check`,
// which must be silent about the right one; the latter runs too. A line `// file: NAME` begins another kernel of the
// same program: they run on RISCV_0, RISCV_1 and COMPUTE in the order in which they stand, as far as `on` names these.
//
// A page may show several: "## Wrong" and "## Right", then "## Wrong: TITLE" and "## Right: TITLE" each.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <tuple>
#include <utility>
#include <vector>

#include "command.h"

namespace tessera::test {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path PAGES = TESSERA_SOURCE_DIR "/docs/checks";

struct Block {
    std::string source;
    std::string on = "RISCV_0";
    std::string cores = "1";
    std::string compile_arg = "2";
    std::string timeout;
    std::string board;
    std::string checks = "default";
    std::string kind;  ///< of a block for tessera check; else empty
    int code = 71;
    std::vector<unsigned> marked;  ///< lines with a mark, of which one is named

    bool is_static() const { return !kind.empty(); }
    bool is_host() const { return source.find("int main(") != std::string::npos; }
};

struct Page {
    std::string name;
    std::string title;  ///< of these blocks; empty for the first ones
    Block wrong, right;
    std::vector<std::string> shown;  ///< lines of the report; the first is its beginning
};

Block read_block(const std::string& text) {
    Block block{.source = text};
    std::istringstream lines(text);
    std::string line;
    for (unsigned number = 1; std::getline(lines, line); ++number) {
        const auto field = [&](const std::string& label, std::string& value) {
            if (line.starts_with("// " + label + ": ")) {
                value = line.substr(label.size() + 5);
            }
        };
        std::string code;
        field("on", block.on);
        field("cores", block.cores);
        field("compile_arg", block.compile_arg);
        field("timeout", block.timeout);
        field("board", block.board);
        field("checks", block.checks);
        field("static", block.kind);
        field("code", code);
        if (!code.empty()) {
            block.code = std::stoi(code);
        }
        if (line.find("// <- ") != std::string::npos) {
            block.marked.push_back(number);
        }
    }
    return block;
}

/// The kernels of a block: file names and texts.
std::vector<std::pair<std::string, std::string>> files_of(const Block& block, const std::string& file) {
    std::vector<std::pair<std::string, std::string>> files{{file, ""}};
    std::istringstream lines(block.source);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("// file: ")) {
            files.emplace_back(line.substr(9), "");
        } else {
            files.back().second += line + "\n";
        }
    }
    if (files.size() > 1) {
        files.erase(files.begin());  // the settings
    }
    return files;
}

/// The text of the fenced block of this language after a heading; empty if there is none.
std::string fenced(const std::string& page, const std::string& heading, const std::string& language) {
    const size_t at = page.find("\n## " + heading + "\n");
    if (at == std::string::npos) {
        return {};
    }
    const size_t end = std::min(page.find("\n## ", at + 1), page.size());
    const std::string fence = "\n```" + language + "\n";
    const size_t begin = page.find(fence, at);
    if (begin == std::string::npos || begin >= end) {
        return {};
    }
    const size_t first = begin + fence.size();
    return page.substr(first, page.find("\n```", first) + 1 - first);
}

std::vector<Page> pages() {
    std::vector<Page> found;
    for (const auto& entry : std::filesystem::directory_iterator(PAGES)) {
        const std::string text = read_file(entry.path());
        const std::string heading = "\n## Wrong";
        for (size_t at = text.find(heading); at != std::string::npos; at = text.find(heading, at + 1)) {
            const size_t begin = at + heading.size();
            const std::string title = text.substr(begin, text.find('\n', begin) - begin);  // ": TITLE"
            Page page{.name = entry.path().stem().string(),
                      .title = title,
                      .wrong = read_block(fenced(text, "Wrong" + title, "cpp")),
                      .right = read_block(fenced(text, "Right" + title, "cpp"))};
            std::istringstream lines(fenced(text, "Wrong" + title, "text"));
            for (std::string line; std::getline(lines, line);) {
                page.shown.push_back(line);
            }
            found.push_back(std::move(page));
        }
    }
    std::sort(found.begin(), found.end(),
              [](const Page& a, const Page& b) { return std::tie(a.name, a.title) < std::tie(b.name, b.title); });
    return found;
}

class CheckPage : public ::testing::TestWithParam<Page> {
protected:
    /// The paths of the block's files, with `between` between them.
    std::string write(const Block& block, const std::string& file, const std::string& between) {
        std::string paths;
        for (const auto& [name, text] : files_of(block, file)) {
            const std::string path = (folder_.path() / name).string();
            std::ofstream(path) << text;
            paths += (paths.empty() ? "" : between) + path;
        }
        return paths;
    }

    Result run(const Block& block, const std::string& file, const std::string& options) {
        const std::string paths = write(block, file, ",");
        const std::string limit = (block.timeout.empty() ? "" : "--timeout " + block.timeout + " ") +
                                  (block.board.empty() ? "" : "--board " + block.board + " ");
        if (block.is_host()) {
            return tessera(folder_, "run " + limit + options + paths);
        }
        return tessera(folder_, "run " + limit + options + "hosts/launch.cpp -- " + paths + " on=" + block.on +
                                    " cores=" + block.cores + " compile_arg=" + block.compile_arg);
    }

    Result check(const Block& block, const std::string& file) {
        return tessera(folder_, "check --kind " + block.kind + " " + write(block, file, " "));
    }

    void right_is_silent(const Block& right) {
        for (const char* options : {"", "--checks full ", "--checks full --noc-order adversarial:3 ",
                                    "--threads 1 --noc-order adversarial:8 "}) {
            const Result result = run(right, "right.cpp", options);
            EXPECT_EQ(result.code, 0) << options;
            EXPECT_EQ(result.errors, "") << options;
        }
    }

    Folder folder_;
};

void expect_report(const Page& page, const std::string& report) {
    EXPECT_TRUE(report.starts_with(page.shown.front() + "\n")) << report;
    for (const std::string& line : page.shown) {
        EXPECT_THAT(report, HasSubstr(line + "\n"));
    }
    const auto named = [&](unsigned line) {
        return report.find("wrong.cpp:" + std::to_string(line) + "  ") != std::string::npos;
    };
    EXPECT_TRUE(page.wrong.marked.empty() || std::any_of(page.wrong.marked.begin(), page.wrong.marked.end(), named))
        << "the marked line is not named in\n"
        << report;
}

TEST_P(CheckPage, SaysWhatTesseraSays) {
    const Page& page = GetParam();
    ASSERT_FALSE(page.wrong.source.empty()) << "the page has no wrong program";
    ASSERT_FALSE(page.shown.empty()) << "the page does not show the report";
    ASSERT_FALSE(page.right.source.empty()) << "the page has no right program";
    if (page.wrong.is_static()) {
        const Result found = check(page.wrong, "wrong.cpp");
        EXPECT_EQ(found.code, 1) << found.errors;
        expect_report(page, found.errors);
        Block right = page.right;
        right.kind = page.wrong.kind;
        const Result silent = check(right, "right.cpp");
        EXPECT_EQ(silent.code, 0) << silent.errors;
        EXPECT_TRUE(silent.errors.ends_with(" checked, nothing found\n") &&
                    std::count(silent.errors.begin(), silent.errors.end(), '\n') == 1)
            << silent.errors;
        right_is_silent(right);
        return;
    }
    if (!page.wrong.timeout.empty()) {
        run(page.wrong, "wrong.cpp", {});  // the limit that counts is one without compiling
    }
    // hosts/launch.cpp gives every kernel the same arguments, more than most of them read.
    const std::string spare = page.name == "unused-runtime-arg" ? "" : "--allow unused-runtime-arg ";
    const Result result = run(page.wrong, "wrong.cpp", "--notes " + spare + "--checks " + page.wrong.checks + " ");
    EXPECT_EQ(result.code, page.wrong.code) << result.errors;
    expect_report(page, result.errors);
    right_is_silent(page.right);
}

INSTANTIATE_TEST_SUITE_P(Pages, CheckPage, ::testing::ValuesIn(pages()), [](const auto& info) {
    std::string name = info.param.name + info.param.title;
    std::erase(name, ':');
    std::replace_if(
        name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
    return name;
});

}  // namespace
}  // namespace tessera::test
