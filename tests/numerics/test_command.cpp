// `tessera numerics` as a user or a tool meets it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;

const std::string examples = TESSERA_SOURCE_DIR "/examples/";

struct Result {
    int code = 0;
    std::string output;
    std::string errors;
};

std::string read(const fs::path& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

class NumericsCommand : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("tessera-numerics-test-" + std::to_string(getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    Result tessera(const std::string& arguments, const std::string& environment = {}) const {
        const std::string command =
            "cd '" + folder_.string() + "' && " + environment + " '" TESSERA_COMMAND "' " + arguments + " >out 2>err";
        const int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(folder_ / "out"), read(folder_ / "err")};
    }
    fs::path folder_;
};

/// The line of a file that holds a text.
long line_with(const std::string& path, const std::string& text) {
    std::ifstream file(path);
    std::string line;
    for (long number = 1; std::getline(file, line); ++number) {
        if (line.find(text) != std::string::npos) {
            return number;
        }
    }
    return -1;
}

TEST_F(NumericsCommand, NamesTheLineWhereLoFiLosesBits) {
    const Result result = tessera("numerics -q --json " + examples + "matmul/matmul_single_core.cpp",
                                  "TESSERA_FORCE_FIDELITY=LoFi TESSERA_FORCE_DST=32");
    const json whole = json::parse(result.output);
    const json& report = whole["report"];
    const json& first = report["operations"][report["first_growth"].get<size_t>()];
    EXPECT_EQ(first["operation"], "matmul_tiles");
    EXPECT_THAT(first["file"].get<std::string>(), HasSubstr("multiply_tiles.cpp"));
    EXPECT_EQ(first["line"], line_with(examples + "matmul/kernels/multiply_tiles.cpp", "matmul_tiles("));
    EXPECT_THAT(whole["summary"][1].get<std::string>(), HasSubstr("LoFi"));
    EXPECT_EQ(report["fidelities"], json({"LoFi"}));

    // What is reported of the output must get better with fidelity, at the documented cost.
    const double own = report["outputs"][0]["mean_relative_error"];
    const int64_t cycles = report["matrix_unit_cycles"];
    EXPECT_GT(own, 0.01);
    bool seen = false;
    for (const json& row : whole["what_if"]) {
        if (row["fidelity"] == "HiFi4" && row["dst_bits"].is_null()) {
            seen = true;
            EXPECT_LT(row["outputs"][0]["mean_relative_error"].get<double>(), own / 4);
            EXPECT_EQ(row["matrix_unit_cycles"], 4 * cycles);
        }
    }
    EXPECT_TRUE(seen);
    for (const char* key : {"program", "board", "math", "status", "exit_code", "report", "what_if", "summary"}) {
        EXPECT_TRUE(whole.contains(key)) << key;
    }
    for (const char* key : {"max_relative_error", "mean_relative_error", "max_ulp", "mean_ulp", "pcc", "saturated",
                            "flushed_to_zero", "infinities_created", "cells", "format"}) {
        EXPECT_TRUE(report["outputs"][0].contains(key)) << key;
    }
}

TEST_F(NumericsCommand, WritesAPageAndAPicture) {
    const Result result =
        tessera("numerics -q --no-what-if --html r.html --png r.png " + examples + "eltwise_chain/eltwise_chain.cpp");
    EXPECT_EQ(result.code, 0) << result.errors;
    EXPECT_THAT(result.output,
                HasSubstr("softplus.cpp:" +
                          std::to_string(line_with(examples + "eltwise_chain/kernels/softplus.cpp", "log_tile("))));
    EXPECT_EQ(read(folder_ / "r.png").substr(1, 3), "PNG");
    const std::string page = read(folder_ / "r.html");
    EXPECT_THAT(page, HasSubstr("data:image/png;base64,iVBOR"));
    EXPECT_EQ(page.find("http"), std::string::npos) << "the page must need no other file";
}

TEST_F(NumericsCommand, ReportsWhatAFailingProgramHadDone) {
    std::ofstream(folder_ / "throws.cpp") << "#include <stdexcept>\nint main() { throw std::runtime_error(\"no\"); }\n";
    const Result failed = tessera("numerics throws.cpp");
    EXPECT_NE(failed.code, 0);
    EXPECT_THAT(failed.errors, HasSubstr("before there was anything to report"));
    std::ofstream(folder_ / "nothing.cpp") << "int main() {}\n";
    const Result nothing = tessera("numerics nothing.cpp --json");
    EXPECT_EQ(nothing.code, 0);
    EXPECT_TRUE(json::parse(nothing.output)["report"].is_null());
}

TEST_F(NumericsCommand, SaysWhereItCannotWrite) {
    const Result result = tessera("numerics " + examples + "hello_world/hello_world.cpp", "TMPDIR=/proc");
    EXPECT_NE(result.code, 0);
    EXPECT_THAT(result.errors, HasSubstr("cannot-write"));
    EXPECT_THAT(result.errors, HasSubstr("TMPDIR"));
}

TEST_F(NumericsCommand, RefusesWhatItCannotDo) {
    EXPECT_EQ(tessera("numerics").code, 64);
    EXPECT_EQ(tessera("numerics nowhere.cpp").code, 66);
    EXPECT_EQ(tessera("numerics x.cpp --no-what-if --what-if-all").code, 64);
    EXPECT_EQ(tessera("numerics x.cpp --tiles-across 0").code, 64);
    EXPECT_THAT(tessera("numerics --help").output, HasSubstr("float64"));
    const Result forced = tessera("run " + examples + "eltwise_chain/eltwise_chain.cpp", "TESSERA_FORCE_DST=17");
    EXPECT_NE(forced.code, 0);
    EXPECT_THAT(forced.errors, HasSubstr("use 16 or 32"));
    const Result unwritable =
        tessera("numerics -q --no-what-if --html /nowhere/r.html " + examples + "eltwise_chain/eltwise_chain.cpp");
    EXPECT_EQ(unwritable.code, 73);
}

}  // namespace
