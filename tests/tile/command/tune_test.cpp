// `tessera tile tune`: what it finds, what it keeps, and who uses it.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace tessera::tile {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

struct Result {
    int code = 0;
    std::string output, errors;
};

class TileTune : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("tessera-tune-" + std::to_string(getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
    std::string read(const std::string& name) const {
        std::ifstream file(folder_ / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    Result tessera(const std::string& arguments) const {
        const std::string command =
            "cd '" + folder_.string() + "' && '" TESSERA_COMMAND "' tile " + arguments + " >out 2>err";
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read("out"), read("err")};
    }
    fs::path folder_;
};

/// Loads and adds one block again and again: the fewer times, the quicker. `salt` makes a script that nobody has tuned.
std::string again(const std::string& salt) {
    return R"(import tilelang
import tilelang.language as T

@tilelang.autotune(configs=[{"times": 6}, {"times": 1}, {"times": 3}])
@tilelang.jit(out_idx=[-1])
def again_)" +
           salt +
           R"((M=64, times=9):
    @T.prim_func
    def main(A: T.Tensor((M, 32), "float32"), B: T.Tensor((M, 32), "float32")):
        with T.Kernel(T.ceildiv(M, 32), threads=128) as bx:
            a = T.alloc_shared((32, 32), "float32")
            s = T.alloc_fragment((32, 32), "float32")
            T.clear(s)
            for t in T.serial(times):
                T.copy(A[bx * 32, 0], a)
                for i, j in T.Parallel(32, 32):
                    s[i, j] = s[i, j] + a[i, j]
            T.copy(s, B[bx * 32, 0])

    return main
)";
}

TEST_F(TileTune, FindsTheBestConfigurationAndGoesOnWhereItWas) {
    write("again.py", again(std::to_string(getpid()) + "_" + std::to_string(time(nullptr))));
    // One try is the script's own size; then the others.
    const Result one = tessera("tune again.py --configs --tries 1 --json");
    ASSERT_EQ(one.code, 0) << one.errors;
    EXPECT_EQ(json::parse(one.output).at("tried"), 1);
    EXPECT_EQ(json::parse(one.output).at("from_cache"), 0);
    EXPECT_EQ(json::parse(one.output).at("best").at("default"), true);

    const Result all = tessera("tune again.py --configs --tries 3 --jobs 2 --json");
    ASSERT_EQ(all.code, 0) << all.errors;
    const json found = json::parse(all.output);
    EXPECT_EQ(found.at("configurations"), 3);
    EXPECT_EQ(found.at("tried"), 3);
    EXPECT_EQ(found.at("from_cache"), 1);
    EXPECT_EQ(found.at("best").at("arguments"), (json{{"times", "1"}}));
    EXPECT_GT(found.at("speedup"), 1.5);
    EXPECT_THAT(found.at("command").get<std::string>(), HasSubstr("--arg times=1"));
    EXPECT_EQ(found.at("trials").at(0), found.at("best"));
    for (const json& trial : found.at("trials")) {
        if (trial.at("state") == "measured") {
            EXPECT_GE(trial.at("device_cycles"), trial.at("least_cycles"));
            EXPECT_GE(trial.at("device_cycles"), found.at("best").at("device_cycles"));
        }
    }
    EXPECT_THAT(all.errors, HasSubstr("3 of 3"));

    // All is known: the same answer, and nothing runs.
    const json same = json::parse(tessera("tune again.py --configs --tries 3 --json").output);
    EXPECT_EQ(same.at("from_cache"), 3);
    EXPECT_EQ(same.at("trials"), found.at("trials"));

    const Result tuned = tessera("run again.py --tuned --json");
    ASSERT_EQ(tuned.code, 0) << tuned.errors;
    EXPECT_EQ(json::parse(tuned.output).at("device_cycles"), found.at("best").at("device_cycles"));
    EXPECT_EQ(json::parse(tuned.output).at("status"), "ok");
    // Other arguments are another matter, and so is another text.
    EXPECT_EQ(tessera("run again.py --arg M=96 --tuned --check").code, 66);
    write("again.py", again("another"));
    const Result other = tessera("emit again.py --tuned");
    EXPECT_EQ(other.code, 66);
    EXPECT_THAT(other.errors, HasSubstr("has not been tuned"));
}

// What the compiler could choose is tried too, and the report says what came of each.
TEST_F(TileTune, TriesWhatTheCompilerCouldChoose) {
    write("again.py", again("candidates"));
    const Result result = tessera("tune again.py --arg times=2 --tries 2 --space 12 --no-progress");
    ASSERT_EQ(result.code, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("(without tuning)"));
    EXPECT_THAT(result.output, HasSubstr("not tried"));
    EXPECT_THAT(result.output, HasSubstr("--choose \"blocks="));
    EXPECT_THAT(result.errors, Not(HasSubstr("tune:")));
}

TEST_F(TileTune, MistakesAreSaid) {
    EXPECT_EQ(tessera("tune nothing.py").code, 66);
    write("bad.py", "import tilelang.language as T\n\n\ndef f(:\n    pass\n");
    EXPECT_EQ(tessera("tune bad.py").code, 65);
    write("again.py", again("mistakes"));
    EXPECT_EQ(tessera("tune again.py --tries 0").code, 64);
    EXPECT_EQ(tessera("tune again.py --fidelity-from HiFi9").code, 64);
    const Result choose = tessera("tune again.py --choose k=none");
    EXPECT_EQ(choose.code, 64);
    EXPECT_THAT(choose.errors, HasSubstr("--choose"));
}

}  // namespace
}  // namespace tessera::tile
