// One script a diagnostic: NAME.py in this folder makes the mistake "tile-NAME" (with _ for -), and a comment below the
// line says what is reported and where:
//
//     s[i * 2, j] = 1.0
//     # ^ tile-store-index: no variable of the Parallel plus something fixed
//
// The caret stands below the column that the diagnostic names; what follows the colon is a part of its message. Such a
// comment above everything, "# choices: fp32_dest=off", takes decisions of the compiler.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tile/front/front.h>
#include <tile/interpret/interpret.h>
#include <tile/interpret/npy.h>
#include <tile/lower.h>

namespace tessera::tile {
namespace {

namespace fs = std::filesystem;

const std::string folder = TESSERA_SOURCE_DIR "/tests/tile/";

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// What a script says of itself.
struct Expected {
    std::string name, message;
    unsigned line = 0, column = 0;
    lower::Options options;
};

Expected expected_of(const std::string& text) {
    Expected expected;
    std::istringstream lines(text);
    unsigned number = 0;
    for (std::string line; std::getline(lines, line);) {
        ++number;
        const size_t mark = line.find("^ tile-");
        if (line.starts_with("# choices: ")) {
            expected.options.choices = lower::choices_from_text(line.substr(11));
        } else if (line.find_first_not_of(' ') == line.find('#') && mark != std::string::npos) {
            const size_t colon = line.find(": ", mark);
            expected.line = number - 1;
            expected.column = static_cast<unsigned>(mark + 1);
            expected.name = line.substr(mark + 2, colon - mark - 2);
            expected.message = line.substr(colon + 2);
        }
    }
    return expected;
}

/// All that reading, compiling and running the script has to say.
std::vector<Diagnostic> findings(const std::string& text, const lower::Options& options) {
    Diagnostics diagnostics;
    const auto script = front::load_text(text, "script.py", diagnostics);
    const ir::Kernel kernel = front::evaluate(*script, "k", {}, diagnostics);
    std::vector<Diagnostic> all = diagnostics.all();
    if (diagnostics.failed()) {
        return all;
    }
    lower::lower(kernel, options, diagnostics);
    all = diagnostics.all();
    if (!kernel.symbols.empty()) {
        return all;
    }
    try {
        interpret::Arrays inputs;
        for (const auto& [name, shape] : interpret::shapes_of(kernel, {}, {})) {
            for (const ir::Buffer& param : kernel.params) {
                if (param->name == name) {
                    inputs[name] = interpret::generate(param->dtype, shape, 1);
                }
            }
        }
        interpret::run(kernel, inputs);
    } catch (const Error& error) {
        all.push_back(error.diagnostic());
    }
    return all;
}

std::vector<std::string> scripts() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder + "errors")) {
        if (entry.path().extension() == ".py") {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

class TileError : public testing::TestWithParam<std::string> {};

TEST_P(TileError, IsWhereTheScriptSays) {
    const std::string text = text_of(folder + "errors/" + GetParam() + ".py");
    const Expected expected = expected_of(text);
    std::string stem = expected.name.substr(std::min<size_t>(5, expected.name.size()));
    std::replace(stem.begin(), stem.end(), '-', '_');
    ASSERT_TRUE(!stem.empty() && GetParam().starts_with(stem)) << "the file is called otherwise than its diagnostic";
    std::string all;
    for (const Diagnostic& one : findings(text, expected.options)) {
        all += one.render(false);
        if (one.name != expected.name || one.message.find(expected.message) == std::string::npos || one.trace.empty()) {
            continue;
        }
        EXPECT_EQ(one.trace[0].file, "script.py");
        EXPECT_EQ(one.trace[0].line, expected.line) << one.render(false);
        EXPECT_EQ(one.trace[0].column, expected.column) << one.render(false);
        return;
    }
    FAIL() << expected.name << " with \"" << expected.message << "\" is not among\n" << all;
}

INSTANTIATE_TEST_SUITE_P(All, TileError, testing::ValuesIn(scripts()), [](const auto& info) { return info.param; });

/// Diagnostics that no place in a script belongs to, and the test that each has.
const std::map<std::string_view, const char*> without_place = {
    {"tile-choices", "of a text: cost/cost_test.cpp"},
    {"tile-atomic-read", "pass/passes_test.cpp"},
    {"tile-argument", "of the command line: front/errors_test.cpp"},
    {"tile-deadlock", "no script makes the compiler write one: prove/progress_test.cpp"},
    {"tile-dump-syntax", "of a dump's text: ir/print_test.cpp"},
    {"tile-file", "of a file: front/errors_test.cpp"},
    {"tile-input", "of arrays: interpret/interpret_test.cpp"},
    {"tile-internal", "a mistake of the compiler: emit/emit_test.cpp"},
    {"tile-not-proved", "of a whole launch: prove/progress_test.cpp"},
    {"tile-parallel-stores", "the front part splits such loops: compute/errors.cpp"},
    {"tile-needs-fp32-dest", "the compiler sees to it: compute/errors.cpp"},
    {"tile-proof", "no script makes the compiler break a proof: prove/verdicts_test.cpp"},
    {"tile-assumed", "a note on parameters that have no value: front/kernels_test.cpp"},
    {"tile-npy", "of a file: interpret/npy_test.cpp"},
    {"tile-atomic-operator", "no primitive makes one: pass/passes_test.cpp"},
};

// Tables of tests with line and column are here, and in front/ and lower/.
TEST(TileErrors, EachDiagnosticHasATestWithItsPlace) {
    std::set<std::string> tested;
    for (const std::string& name : scripts()) {
        tested.insert(expected_of(text_of(folder + "errors/" + name + ".py")).name);
    }
    const std::string tables = text_of(folder + "front/errors_test.cpp") + text_of(folder + "lower/errors_test.cpp");
    size_t with_place = 0;
    for (const DiagnosticName& one : diagnostic_names()) {
        const bool here = tested.contains(std::string(one.name)) ||
                          tables.find("{\"" + std::string(one.name) + "\", \"") != std::string::npos;
        with_place += here ? 1 : 0;
        EXPECT_TRUE(here || without_place.contains(one.name)) << one.name << " has no test with its place";
    }
    EXPECT_GE(with_place, 80U);
}

}  // namespace
}  // namespace tessera::tile
