// The compiler driver: cache, errors, entry points, source lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <base/error.h>
#include <jit/cache.h>

#include "fake_device.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

class Driver : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("tessera-test-" + std::to_string(getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& text) {
        std::ofstream(folder_ / name) << text;
        return (folder_ / name).string();
    }
    static std::shared_ptr<const jit::Kernel> build_file(const std::string& path,
                                                         jit::Kind kind = jit::Kind::DataMovement) {
        jit::KernelSource source;
        source.kind = kind;
        source.path = path;
        return jit::compile({source}).front();
    }
    static std::string failure(const std::string& text) {
        try {
            build(text, "broken.cpp");
        } catch (const Error& error) {
            return error.what();
        }
        return "no error";
    }

    fs::path folder_;
};

TEST_F(Driver, TheSameSourceIsTheSameKernel) {
    std::string path = write("a.cpp", "void kernel_main() { *(volatile int*)0x10 = 1; }");
    EXPECT_EQ(build_file(path), build_file(path));
}

TEST_F(Driver, AChangedHeaderIsSeenEvenIfItsTimeIsPutBack) {
    std::string header = write("value.h", "#define VALUE 1\n");
    std::string path = write("b.cpp", "#include \"value.h\"\nvoid kernel_main() { *(volatile int*)0x10 = VALUE; }");
    FakeDevice device;
    device.run(*build_file(path));
    EXPECT_EQ(device.word(0x10), 1u);
    auto time = fs::last_write_time(header);
    write("value.h", "#define VALUE 2\n");
    fs::last_write_time(header, time);
    device.run(*build_file(path));
    EXPECT_EQ(device.word(0x10), 2u);
}

TEST_F(Driver, APrecompiledHeaderIsMadeAgainWhenItsHeadersHaveAnotherTime) {
    const std::string header = write("guarded.h", "#pragma once\n");
    const auto time = fs::last_write_time(header);
    for (const bool by_time : {false, true}) {
        jit::Recipe recipe;
        recipe.folder = "preludes";
        recipe.extension = "pch";
        recipe.by_time = by_time;
        recipe.key = jit::hash_text(header + std::to_string(by_time) + std::to_string(getpid()));
        recipe.make = [&](const std::string& artifact, const std::string& dependencies) {
            std::ofstream(artifact) << "precompiled";
            std::ofstream(dependencies) << "x: " << header << "\n";
        };
        bool built = false;
        jit::obtain(recipe, &built);
        EXPECT_TRUE(built);
        jit::obtain(recipe, &built);
        EXPECT_FALSE(built);
        fs::last_write_time(header, time + std::chrono::hours(by_time ? 2 : 1));
        jit::obtain(recipe, &built);
        EXPECT_EQ(built, by_time);
    }
}

TEST_F(Driver, TwoProcessesMayCompileTheSameKernelAtOnce) {
    std::string path =
        write("c.cpp", "void kernel_main() { *(volatile int*)0x10 = " + std::to_string(getpid()) + "; }");
    auto child_runs = [&] {
        pid_t child = fork();
        if (child == 0) {
            FakeDevice device;
            device.run(*build_file(path));
            _exit(device.word(0x10) == static_cast<uint32_t>(getppid()) ? 0 : 1);
        }
        return child;
    };
    pid_t first = child_runs();
    pid_t second = child_runs();
    for (pid_t child : {first, second}) {
        int status = -1;
        waitpid(child, &status, 0);
        EXPECT_EQ(status, 0);
        // Other tests compile at the same time: only these two must have left nothing.
        for (const auto& left : fs::directory_iterator(jit::cache_folder() + "/tmp")) {
            EXPECT_FALSE(left.path().filename().string().starts_with(std::to_string(child) + "-")) << left.path();
        }
    }
}

TEST_F(Driver, AnUnusableCacheIsAnErrorThatNamesIt) {
    std::string file = write("not_a_folder", "");
    pid_t child = fork();
    if (child == 0) {
        setenv("TESSERA_CACHE", file.c_str(), 1);
        try {
            jit::cache_folder();
        } catch (const Error& error) {
            bool named = error.diagnostic().name == "cache-unwritable" &&
                         std::string(error.what()).find(file) != std::string::npos;
            _exit(named ? 0 : 1);
        }
        _exit(2);
    }
    int status = -1;
    waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
}

TEST_F(Driver, ACompileErrorShowsTheKernelsOwnLine) {
    std::string text = failure("#include <cstdint>\n\nvoid kernel_main() {\n    int x = \"text\";\n}\n");
    EXPECT_THAT(text, HasSubstr("error[kernel-compile-error]"));
    EXPECT_THAT(text, HasSubstr("broken.cpp:4"));
    EXPECT_THAT(text, Not(HasSubstr("artifact")));
}

TEST_F(Driver, AnUnknownFunctionIsNamedAndLookedUp) {
    EXPECT_THAT(failure("void kernel_main() { no_such_function_anywhere(1); }"),
                HasSubstr("no_such_function_anywhere is not a name of TT-Metalium's kernel API"));
}

TEST_F(Driver, AFunctionThatNobodyDefinesIsNamed) {
    EXPECT_THAT(failure("void helper(int); void kernel_main() { helper(1); }"), HasSubstr("helper(int)"));
}

TEST_F(Driver, RiscVAssemblyIsRefusedWithItsLine) {
    std::string text = failure("void kernel_main() {\n    asm volatile(\"csrrs zero, 0x7c0, t0\");\n}\n");
    EXPECT_THAT(text, HasSubstr("broken.cpp:2"));
    EXPECT_THAT(text, HasSubstr("csrrs"));
}

TEST_F(Driver, AKernelNeedsAnEntry) {
    EXPECT_THAT(failure("int x;\n"), HasSubstr("neither kernel_main() nor NAMESPACE::MAIN"));
}

TEST_F(Driver, AMissingFileIsKernelNotFound) {
    try {
        build_file("/nowhere/kernel.cpp");
        FAIL();
    } catch (const Error& error) {
        EXPECT_EQ(error.diagnostic().name, "kernel-not-found");
        EXPECT_THAT(error.what(), HasSubstr("/nowhere/kernel.cpp"));
    }
}

TEST_F(Driver, BothSpellingsOfAComputeEntryRun) {
    FakeDevice device;
    device.run(*build_file(write("d.cpp", "namespace NAMESPACE { void MAIN { *(volatile int*)0x10 = 5; } }"),
                           jit::Kind::Compute));
    EXPECT_EQ(device.word(0x10), 5u);
    device.run(*build_file(write("e.cpp", "void kernel_main() { *(volatile int*)0x10 = 6; }"), jit::Kind::Compute));
    EXPECT_EQ(device.word(0x10), 6u);
}

TEST_F(Driver, AProgramCounterIsALineOfTheKernel) {
    std::string path =
        write("f.cpp", "inline void inner() {\n    __builtin_trap();\n}\nvoid kernel_main() {\n    inner();\n}\n");
    auto kernel = build_file(path);
    bool found = false;
    for (size_t offset = 0; offset < 64 && !found; ++offset) {
        auto frames = jit::symbolize(
            kernel->object_path,
            static_cast<uint64_t>(reinterpret_cast<const std::byte*>(kernel->entry) - kernel->image) - 64 + offset);
        found = frames.size() >= 2 && frames[0].line == 2 && frames[0].file == path && frames[1].line == 5;
    }
    EXPECT_TRUE(found);
}

TEST_F(Driver, SeveralKernelsAreCompiledInOneCall) {
    std::vector<jit::KernelSource> sources(3);
    for (int i = 0; i < 3; ++i) {
        sources[i].path = "many.cpp";
        sources[i].from_string = true;
        sources[i].text = "void kernel_main() { *(volatile int*)0x10 = VALUE; }";
        sources[i].prologue = "#define VALUE " + std::to_string(i + 1);
    }
    auto kernels = jit::compile(sources);
    FakeDevice device;
    for (uint32_t i = 0; i < 3; ++i) {
        device.run(*kernels[i]);
        EXPECT_EQ(device.word(0x10), i + 1);
    }
}

}  // namespace
}  // namespace tessera::test
