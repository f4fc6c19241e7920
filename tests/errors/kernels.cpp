// Every kernel of tests/errors/kernels has one mistake; its first lines say which diagnostic must name it, and a
// comment marks the line that must be named:
//     // error: NAME            the first line of the report is error[NAME]: ...
//     // warning: NAME          or warning[NAME]: ..., and the run ends well
//     // on: RISCV_0,COMPUTE    the processors it runs on
//     // cores: N, // compile_arg: N, // timeout: SECONDS, // code: EXIT_CODE    where they are not 1, 2, none and 70
//     // shows: TEXT            the report holds TEXT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include <sstream>
#include <vector>

#include "command.h"

namespace tessera::test {
namespace {

using ::testing::HasSubstr;

struct Kernel {
    std::string path;
    std::string name;
    std::string error;
    std::string severity = "error";
    std::string on = "RISCV_0";
    std::string cores = "1";
    std::string compile_arg = "2";
    std::string timeout;
    int code = 70;
    std::vector<std::string> shows;
    std::vector<unsigned> marked;  ///< lines, of which one must be named
};

Kernel read_kernel(const std::filesystem::path& path) {
    Kernel kernel{.path = path.string(), .name = path.stem().string()};
    std::istringstream lines(read_file(path));
    std::string line;
    for (unsigned number = 1; std::getline(lines, line); ++number) {
        const auto field = [&](const std::string& label) {
            return line.starts_with("// " + label + ": ") ? line.substr(label.size() + 5) : std::string();
        };
        if (auto text = field("error"); !text.empty())
            kernel.error = text;
        if (auto text = field("warning"); !text.empty()) {
            kernel.error = text;
            kernel.severity = "warning";
            kernel.code = 0;
        }
        if (auto text = field("on"); !text.empty())
            kernel.on = text;
        if (auto text = field("cores"); !text.empty())
            kernel.cores = text;
        if (auto text = field("compile_arg"); !text.empty())
            kernel.compile_arg = text;
        if (auto text = field("timeout"); !text.empty())
            kernel.timeout = text;
        if (auto text = field("code"); !text.empty())
            kernel.code = std::stoi(text);
        if (auto text = field("shows"); !text.empty())
            kernel.shows.push_back(text);
        if (line.find("// <- ") != std::string::npos)
            kernel.marked.push_back(number);
    }
    return kernel;
}

std::vector<Kernel> kernels() {
    std::vector<Kernel> found;
    for (const auto& entry : std::filesystem::directory_iterator(SOURCES / "kernels")) {
        if (Kernel kernel = read_kernel(entry.path()); !kernel.error.empty()) {
            found.push_back(std::move(kernel));
        }
    }
    std::sort(found.begin(), found.end(), [](const Kernel& a, const Kernel& b) { return a.name < b.name; });
    return found;
}

std::string launch(const Kernel& kernel, const std::string& more = {}) {
    return "run " + (kernel.timeout.empty() ? "" : "--timeout " + kernel.timeout + " ") + "hosts/launch.cpp -- " +
           kernel.path + " on=" + kernel.on + " cores=" + kernel.cores + " compile_arg=" + kernel.compile_arg + " " +
           more;
}

class Mistake : public ::testing::TestWithParam<Kernel> {
protected:
    Folder folder_;
};

TEST_P(Mistake, IsNamedWithItsLine) {
    const Kernel& kernel = GetParam();
    if (!kernel.timeout.empty()) {
        tessera(folder_, launch(kernel));  // the limit that counts is one without compiling
    }
    const Result result = tessera(folder_, launch(kernel));
    EXPECT_EQ(result.code, kernel.code);
    EXPECT_EQ(result.errors.substr(0, result.errors.find("]: ") + 3), kernel.severity + "[" + kernel.error + "]: ")
        << result.errors;
    for (const std::string& text : kernel.shows) {
        EXPECT_THAT(result.errors, HasSubstr(text));
    }
    bool named = kernel.marked.empty();
    for (const unsigned line : kernel.marked) {
        named |=
            result.errors.find("\n  --> " + kernel.name + ".cpp:" + std::to_string(line) + "  ") != std::string::npos;
    }
    EXPECT_TRUE(named) << "the marked line is not named in\n" << result.errors;
    // What ends the run ends the program; after the rest it goes on.
    EXPECT_EQ(result.output, kernel.code == 70 ? "" : "done\n");
    const Result good = tessera(folder_, "run hosts/launch.cpp -- kernels/good.cpp cores=2");
    EXPECT_EQ(good.code, 0) << good.errors;
    EXPECT_EQ(good.output, "done\n");
}

INSTANTIATE_TEST_SUITE_P(Kernels, Mistake, ::testing::ValuesIn(kernels()),
                         [](const auto& info) { return info.param.name; });

TEST(Errors, AProgramThatCatchesTheErrorGoesOnWithTheSameDevice) {
    const Folder folder;
    for (const char* name :
         {"deadlock_semaphore", "null_dereference", "l1_out_of_range_pointer", "kernel_does_not_compile"}) {
        const Kernel kernel = read_kernel(SOURCES / "kernels" / (std::string(name) + ".cpp"));
        const Result result = tessera(folder, launch(kernel, "retry"));
        EXPECT_EQ(result.code, 0) << result.errors;
        EXPECT_THAT(result.errors, HasSubstr("error[" + kernel.error + "]: "));
        EXPECT_EQ(result.output, "done\n");
    }
}

TEST(Errors, ASeverityIsLoweredByName) {
    const Folder folder;
    for (const char* name : {"missing_read_barrier", "unset_runtime_arg", "multicast_num_dests", "kernel_assert"}) {
        const Kernel kernel = read_kernel(SOURCES / "kernels" / (std::string(name) + ".cpp"));
        const Result lowered = tessera(folder, launch(kernel), "TESSERA_ALLOW=" + kernel.error);
        EXPECT_EQ(lowered.code, 0) << lowered.errors;
        EXPECT_TRUE(lowered.errors.starts_with("warning[" + kernel.error + "]: ")) << lowered.errors;
        EXPECT_EQ(lowered.output, "done\n");
        EXPECT_EQ(tessera(folder, launch(kernel), "TESSERA_ALLOW=deadlock").code, kernel.code);
        EXPECT_EQ(tessera(folder, launch(kernel), "TESSERA_HALT=1").code, 70);
    }
}

}  // namespace
}  // namespace tessera::test
