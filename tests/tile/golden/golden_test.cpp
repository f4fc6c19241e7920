// The text that the compiler emits for scripts of the corpus is kept in kept/NAME/..., so that a change in it
// is seen in review. It says nothing of what is right: that is for the tests that run kernels. `update` writes it
// again.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <ostream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tile/emit/files.h>
#include <tile/front/front.h>
#include <tile/ir/diagnostics.h>
#include <tile/lower.h>

namespace tessera::tile {

/// One folder.
struct Golden {
    std::string name;    ///< of the folder
    std::string script;  ///< of examples/tile
    front::Arguments arguments = {};
    std::string board = "n150";
    bool all = false;  ///< host.cpp, CMakeLists.txt and plan.json too
};

static void PrintTo(const Golden& golden, std::ostream* out) {
    *out << golden.name;
}

namespace {

namespace fs = std::filesystem;

const std::string folder = TESSERA_SOURCE_DIR "/tests/tile/golden/kept/";

std::vector<Golden> goldens() {
    return {
        {"gemm", "gemm_lazy", {{"M", "256"}, {"N", "256"}, {"K", "128"}}, "n150", true},
        {"gemm_tails",
         "gemm_eager",
         {{"M", "70"}, {"N", "100"}, {"K", "40"}, {"block_M", "64"}, {"block_N", "64"}},
         "p150"},
        {"gemm_block_float", "gemm_block_float", {{"M", "128"}, {"N", "128"}, {"K", "128"}}},
        {"gemm_splitk", "gemm_splitk", {}},
        {"grouped_gemm", "grouped_gemm", {{"K", "64"}, {"N", "64"}}},
        {"flash_attention", "flash_attention", {{"seq_len", "256"}}},
        {"flash_decoding", "flash_decoding", {}},
        {"softmax", "softmax", {}},
        {"layer_norm_backward", "layer_norm_backward", {}},
        {"reductions", "reductions", {}},
        {"broadcasts", "broadcasts", {{"M", "33"}, {"N", "31"}}},
        {"convolution", "convolution", {}},
    };
}

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) {
        lines.push_back(line);
    }
    return lines;
}

/// The lines that differ, after the beginning and before the end that both texts have.
std::string difference(const std::string& before, const std::string& after) {
    const std::vector<std::string> a = lines_of(before), b = lines_of(after);
    size_t begin = 0, end = 0;
    while (begin < std::min(a.size(), b.size()) && a[begin] == b[begin]) {
        ++begin;
    }
    while (end < std::min(a.size(), b.size()) - begin && a[a.size() - 1 - end] == b[b.size() - 1 - end]) {
        ++end;
    }
    std::string text = "from line " + std::to_string(begin + 1) + " on:\n";
    constexpr size_t most = 40;
    const auto add = [&](const std::vector<std::string>& lines, const char* mark) {
        for (size_t i = begin; i < lines.size() - end; ++i) {
            if (i == begin + most) {
                text += "...\n";
                break;
            }
            text += mark + lines[i] + "\n";
        }
    };
    add(a, "- ");
    add(b, "+ ");
    return text;
}

std::vector<emit::File> emitted(const Golden& golden) {
    Diagnostics diagnostics;
    const std::string path = TESSERA_SOURCE_DIR "/examples/tile/" + golden.script + ".py";
    const std::vector<std::string> lines = lines_of(text_of(path));
    const auto script = front::load_text(text_of(path), golden.script + ".py", diagnostics);
    const ir::Kernel kernel = front::evaluate(*script, "", golden.arguments, diagnostics);
    lower::Options options;
    options.board = golden.board;
    const device::Module module = lower::lower(kernel, options, diagnostics);
    diagnostics.throw_if_failed();
    const emit::SourceLine line = [&](Span span) {
        std::string text = span.line >= 1 && span.line <= lines.size() ? lines[span.line - 1] : "";
        text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
        return golden.script + ".py:" + std::to_string(span.line) + "  " + text;
    };
    std::vector<emit::File> files = emit::files_of(module, golden.script + ".py", line);
    std::erase_if(files, [&](const emit::File& file) {
        return file.path == "tensors.hpp" || (!golden.all && !file.path.starts_with("kernels/"));
    });
    return files;
}

class EmittedText : public testing::TestWithParam<Golden> {};

TEST_P(EmittedText, IsTheOneThatIsKept) {
    const Golden& golden = GetParam();
    const std::vector<emit::File> files = emitted(golden);
    const fs::path here = folder + golden.name;
    if (std::getenv("TESSERA_UPDATE_GOLDEN") != nullptr) {
        fs::remove_all(here);
        emit::write_files(here.string(), files);
        return;
    }
    std::set<std::string> there;
    for (const emit::File& file : files) {
        there.insert(file.path);
        const std::string kept = text_of(here / file.path);
        EXPECT_TRUE(kept == file.text) << golden.name << "/" << file.path << " has changed, "
                                       << difference(kept, file.text) << "tests/tile/golden/update writes it again";
    }
    for (const auto& entry : fs::recursive_directory_iterator(here)) {
        if (entry.is_regular_file()) {
            const std::string path = fs::relative(entry.path(), here).string();
            EXPECT_TRUE(there.contains(path)) << golden.name << "/" << path << " is not emitted any more";
        }
    }
}

// The same script gives the same text, whatever was compiled before.
TEST_P(EmittedText, IsTheSameEachTime) {
    const std::vector<emit::File> once = emitted(GetParam()), again = emitted(GetParam());
    ASSERT_EQ(once.size(), again.size());
    for (size_t i = 0; i < once.size(); ++i) {
        EXPECT_TRUE(once[i].text == again[i].text) << once[i].path << difference(once[i].text, again[i].text);
    }
}

INSTANTIATE_TEST_SUITE_P(All, EmittedText, testing::ValuesIn(goldens()),
                         [](const auto& info) { return info.param.name; });

TEST(Goldens, NoFolderIsLeftOver) {
    std::set<std::string> names;
    for (const Golden& golden : goldens()) {
        names.insert(golden.name);
    }
    for (const auto& entry : fs::directory_iterator(folder)) {
        EXPECT_TRUE(!entry.is_directory() || names.contains(entry.path().filename().string())) << entry.path();
    }
}

}  // namespace
}  // namespace tessera::tile
