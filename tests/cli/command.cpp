// The tessera command as a user or a tool meets it: exit codes, messages, arguments, signals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>

namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

struct Result {
    int code = 0;
    std::string output;
    std::string errors;
};

class Command : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("tessera-cli-" + std::to_string(getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }

    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name) << text;
        return (folder_ / name).string();
    }
    std::string script(const std::string& name, const std::string& text) const {
        std::string path = write(name, "#!/bin/bash\n" + text);
        fs::permissions(path, fs::perms::owner_all);
        return path;
    }
    static std::string read(const fs::path& path) {
        std::ifstream file(path);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    Result tessera(const std::string& arguments) const {
        const std::string command = "cd '" + folder_.string() + "' && '" TESSERA_COMMAND "' " + arguments + " >'" +
                                    (folder_ / "out").string() + "' 2>'" + (folder_ / "err").string() + "'";
        int status = std::system(command.c_str());
        return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, read(folder_ / "out"), read(folder_ / "err")};
    }

    fs::path folder_;
};

TEST_F(Command, KnowsItsVersionBoardsAndCache) {
    EXPECT_THAT(tessera("--version").output, HasSubstr("tessera "));
    Result boards = tessera("boards");
    for (const char* name : {"n150", "n300", "t3000", "galaxy", "p100", "p150"}) {
        EXPECT_THAT(boards.output, HasSubstr(name));
    }
    EXPECT_EQ(tessera("cache").code, 0);
    EXPECT_THAT(tessera("run --help").output, HasSubstr("tessera run loopback.cpp"));
}

TEST_F(Command, RefusesWhatItCannotRun) {
    EXPECT_EQ(tessera("").code, 64);
    EXPECT_EQ(tessera("run --no-such-option x.cpp").code, 64);
    EXPECT_EQ(tessera("run x --noc-order sideways").code, 64);
    Result missing = tessera("run nowhere.cpp");
    EXPECT_EQ(missing.code, 66);
    EXPECT_THAT(missing.errors, HasSubstr("nowhere.cpp: no such file"));
    EXPECT_EQ(tessera("run .").code, 66);
    write("notes.txt", "x");
    EXPECT_THAT(tessera("run notes.txt").errors, HasSubstr("neither a C++ source"));
    Result board = tessera("run /bin/true --board n151");
    EXPECT_EQ(board.code, 64);
    EXPECT_THAT(board.errors, HasSubstr("n150"));
}

TEST_F(Command, PassesArgumentsExitCodeAndSettingsOn) {
    script("show", "echo \"$1|$2|$3\"; env | grep ^TESSERA_ | sort; exit 7");
    Result result = tessera("run ./show one --board t3000 --threads 2 --noc-order adversarial:5 -- --two '3 3'");
    EXPECT_EQ(result.code, 7);
    EXPECT_THAT(result.output, HasSubstr("one|--two|3 3"));
    EXPECT_THAT(result.output, HasSubstr("TESSERA_BOARD=t3000"));
    EXPECT_THAT(result.output, HasSubstr("TESSERA_THREADS=2"));
    EXPECT_THAT(result.output, HasSubstr("TESSERA_NOC_ORDER=adversarial:5"));
    EXPECT_THAT(result.output, HasSubstr("TESSERA_PROGRAM_DIR=" + fs::canonical(folder_).string()));
}

TEST_F(Command, SaysWhatToDoWithASourceThatIsNoPartOfTheProgram) {
    write("host.cpp", "int main() { return 0; }");
    write("other.cpp", "int main() { return 1; }");
    write("kernel.cpp", "void kernel_main() { noc_async_read_barrier(); }");
    const Result two = tessera("run host.cpp other.cpp");
    EXPECT_EQ(two.code, 65);
    EXPECT_THAT(two.errors, HasSubstr("two of the .cpp files define main"));
    EXPECT_THAT(two.errors, HasSubstr("after --"));
    const Result argument = tessera("run host.cpp kernel.cpp");
    EXPECT_EQ(argument.code, 65);
    EXPECT_THAT(argument.errors, HasSubstr("kernel.cpp looks like a kernel, but"));
    EXPECT_THAT(tessera("run kernel.cpp").errors, HasSubstr("run the host program"));
    EXPECT_EQ(tessera("run host.cpp -- kernel.cpp").code, 0);
    write("spec.cpp", "#include <tt-metalium/experimental/metal2_host_api/program_spec.hpp>\nint main() {}");
    EXPECT_THAT(tessera("run spec.cpp").errors, HasSubstr("Metal 2.0"));
}

TEST_F(Command, TellsACrashFromATimeout) {
    script("crash", "kill -SEGV $$");
    Result crash = tessera("run ./crash");
    EXPECT_EQ(crash.code, 128 + SIGSEGV);
    EXPECT_THAT(crash.errors, HasSubstr("ended by signal SIGSEGV in host code"));
    script("forever", "exec sleep 60");
    Result timeout = tessera("run --timeout 0.2 ./forever");
    EXPECT_EQ(timeout.code, 124);
    EXPECT_THAT(timeout.errors, HasSubstr("ended after 0.2 s"));
}

TEST_F(Command, PassesSignalsOn) {
    script("wait", "trap 'exit 3' TERM; touch ready; while true; do sleep 0.05; done");
    pid_t child = fork();
    if (child == 0) {
        fs::current_path(folder_);
        execl(TESSERA_COMMAND, "tessera", "run", "./wait", static_cast<char*>(nullptr));
        _exit(1);
    }
    while (!fs::exists(folder_ / "ready")) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    kill(child, SIGTERM);
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_EQ(WEXITSTATUS(status), 3);
}

TEST_F(Command, SummarisesARunAsJson) {
    script("talk", "echo hello; exit 2");
    Result result = tessera("run --json ./talk");
    auto summary = nlohmann::json::parse(result.output);
    EXPECT_EQ(summary["status"], "failed");
    EXPECT_EQ(summary["exit_code"], 2);
    EXPECT_EQ(summary["board"], "n150");
    EXPECT_THAT(result.errors, HasSubstr("hello"));
}

TEST_F(Command, ListsBoardsAsJson) {
    const auto boards = nlohmann::json::parse(tessera("boards --json").output);
    ASSERT_EQ(boards.size(), 7u);
    for (const auto& board : boards) {
        if (board["name"] == "t3000") {
            EXPECT_EQ(board["chips"], 8);
            EXPECT_EQ(board["mesh"], (nlohmann::json{2, 4}));
        }
    }
}

TEST_F(Command, PassesTheMathModeOnAndReportsIt) {
    script("talk", "echo math $TESSERA_MATH");
    EXPECT_THAT(tessera("run ./talk --math fast").output, HasSubstr("math fast"));
    EXPECT_EQ(nlohmann::json::parse(tessera("run ./talk --json --math fast").output)["math"], "fast");
    EXPECT_EQ(nlohmann::json::parse(tessera("run ./talk --json").output)["math"], "exact");
    const Result result = tessera("run ./talk --math rough");
    EXPECT_EQ(result.code, 64);
    EXPECT_THAT(result.errors, HasSubstr("exact"));
}

TEST_F(Command, AProgramThatDoesNotCompileShowsItsOwnLine) {
    write("broken.cpp", "#include <string>\n\nint main() { return std::string(\"x\"); }\n");
    Result result = tessera("run broken.cpp");
    EXPECT_EQ(result.code, 65);
    EXPECT_THAT(result.errors, HasSubstr("broken.cpp:3"));
    EXPECT_THAT(result.errors, HasSubstr("broken.cpp does not compile"));
}

TEST_F(Command, CompilesSeveralFilesOnceAndRunsThem) {
    write("a.cpp", "int answer(); int main(int argc, char**) { return answer() + argc; }");
    write("b.cpp", "#include \"c.h\"\nint answer() { return VALUE; }");
    fs::create_directory(folder_ / "inc");
    write("inc/c.h", "#define VALUE (40 + PLUS)\n");
    EXPECT_EQ(tessera("run a.cpp b.cpp -I inc -DPLUS=1").code, 42);
    Result again = tessera("run --json a.cpp b.cpp -I inc -D PLUS=1");
    EXPECT_EQ(nlohmann::json::parse(again.output)["compiled"], false);
    write("inc/c.h", "#define VALUE (50 + PLUS)\n");
    EXPECT_EQ(tessera("run a.cpp b.cpp -I inc -DPLUS=1").code, 52);
}

TEST_F(Command, AnExceptionThatNobodyCatchesIsShownAsWhatItSays) {
    write("thrower.cpp", "#include <stdexcept>\nint main() { throw std::runtime_error(\"no more tiles\"); }");
    Result result = tessera("run thrower.cpp");
    EXPECT_EQ(result.code, 70);
    EXPECT_THAT(result.errors, HasSubstr("no more tiles"));
    EXPECT_THAT(result.errors, Not(HasSubstr("terminate called")));
}

}  // namespace
