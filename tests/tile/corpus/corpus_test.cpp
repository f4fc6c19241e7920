// The corpus: every script of examples/tile compiled, run on a simulated board in both arithmetics, and compared with
// what it means, in float64, within a bound that is stated here. The command works out a bound of its own, which has to
// hold too.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tile/interpret/npy.h>

#include "cases.h"

namespace tessera::tile::corpus {

static void PrintTo(const Case& one, std::ostream* out) {
    *out << one.script << " " << one.arguments;
}

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const std::string scripts = TESSERA_SOURCE_DIR "/examples/tile/";

std::string text_of(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

class Corpus : public ::testing::TestWithParam<Case> {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("tessera-corpus-" + std::to_string(getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    /// Runs the case; the summary that the command prints.
    json run(const std::string& math) const {
        const Case& one = GetParam();
        std::string command = "cd '" + folder_.string() + "' && '" TESSERA_COMMAND "' tile run '" + scripts +
                              one.script + "' --json --no-time --seed 1 --timeout 600 --math " + math + " " +
                              one.options;
        std::istringstream arguments(one.arguments);
        for (std::string argument; arguments >> argument;) {
            command += " --arg '" + argument + "'";
        }
        for (const Integers& input : one.inputs) {
            interpret::Array array{ir::DType::Int32, {}, {}};
            array.values.assign(input.values.begin(), input.values.end());
            array.shape.assign(input.shape.begin(), input.shape.end());
            if (array.shape.empty()) {
                array.shape = {static_cast<int64_t>(input.values.size())};
            }
            interpret::write_npy((folder_ / (input.name + ".npy")).string(), array);
            command += " --input " + input.name + "=" + input.name + ".npy";
        }
        const int status = std::system((command + " >out 2>err").c_str());
        const std::string errors = text_of(folder_ / "err");
        EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << command << "\n" << errors;
        return json::parse(text_of(folder_ / "out"), nullptr, false);
    }

    fs::path folder_;
};

TEST_P(Corpus, IsWhatItMeans) {
    for (const char* math : {"exact", "fast"}) {
        SCOPED_TRACE(math);
        const json summary = run(math);
        if (summary.is_discarded() || !summary.contains("results")) {
            ADD_FAILURE() << summary;
            continue;
        }
        EXPECT_FALSE(summary.at("results").empty());
        for (const json& result : summary.at("results")) {
            EXPECT_TRUE(result.at("within").get<bool>()) << result;
            EXPECT_LE(result.at("relative_l2_error").get<double>(), GetParam().bound) << result;
        }
    }
}

const auto name_of = [](const auto& info) { return info.param.name; };
INSTANTIATE_TEST_SUITE_P(Small, Corpus, ::testing::ValuesIn(small_cases()), name_of);
INSTANTIATE_TEST_SUITE_P(More, Corpus, ::testing::ValuesIn(more_cases()), name_of);

TEST(CorpusTable, HasEveryScript) {
    std::set<std::string> there;
    for (const Case& one : small_cases()) {
        there.insert(one.script.substr(0, one.script.find(':')));
    }
    for (const auto& entry : fs::directory_iterator(scripts)) {
        if (entry.path().extension() == ".py") {
            EXPECT_TRUE(there.contains(entry.path().filename().string())) << entry.path() << " is not in the table";
        }
    }
}

}  // namespace
}  // namespace tessera::tile::corpus
