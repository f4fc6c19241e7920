#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <mutex>

extern char** environ;

namespace tessera::jit {

namespace {

constexpr int INTERRUPTS[] = {SIGINT, SIGTERM, SIGHUP};
constexpr size_t MOST_TOOLS = 256;
constexpr size_t LONGEST_PATH = 4096;

/// What the handler may look at. Free places are 0.
std::atomic<pid_t> running_tools[MOST_TOOLS];
char leftovers_prefix[LONGEST_PATH];
std::mutex guard_mutex;
int guards = 0;
bool handled[std::size(INTERRUPTS)];

/// Calls only what a signal handler may call.
void interrupted(int number) {
    for (std::atomic<pid_t>& tool : running_tools) {
        if (const pid_t pid = tool; pid > 0) {
            kill(pid, SIGKILL);
            waitpid(pid, nullptr, 0);
        }
    }
    if (leftovers_prefix[0] != 0) {
        if (const pid_t child = fork(); child == 0) {
            execl("/bin/sh", "sh", "-c", "rm -rf -- \"$0\"*", leftovers_prefix, static_cast<char*>(nullptr));
            _exit(127);
        } else if (child > 0) {
            waitpid(child, nullptr, 0);
        }
    }
    signal(number, SIG_DFL);
    sigset_t self;
    sigemptyset(&self);
    sigaddset(&self, number);
    raise(number);
    pthread_sigmask(SIG_UNBLOCK, &self, nullptr);
}

/// Keeps a tool's process id where the handler finds it.
class Registration {
public:
    explicit Registration(pid_t pid) {
        for (std::atomic<pid_t>& tool : running_tools) {
            if (pid_t none = 0; tool.compare_exchange_strong(none, pid)) {
                place_ = &tool;
                return;
            }
        }
    }
    ~Registration() {
        if (place_ != nullptr) {
            *place_ = 0;
        }
    }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

private:
    std::atomic<pid_t>* place_ = nullptr;
};

}  // namespace

Interruptible::Interruptible(const std::string& leftovers) {
    const std::lock_guard lock(guard_mutex);
    if (guards++ != 0 || leftovers.size() >= LONGEST_PATH) {
        return;
    }
    std::memcpy(leftovers_prefix, leftovers.c_str(), leftovers.size() + 1);
    for (size_t i = 0; i < std::size(INTERRUPTS); ++i) {
        struct sigaction old{};
        handled[i] = sigaction(INTERRUPTS[i], nullptr, &old) == 0 && old.sa_handler == SIG_DFL;
        if (handled[i]) {
            struct sigaction action{};
            action.sa_handler = interrupted;
            sigfillset(&action.sa_mask);
            sigaction(INTERRUPTS[i], &action, nullptr);
        }
    }
}

Interruptible::~Interruptible() {
    const std::lock_guard lock(guard_mutex);
    if (--guards != 0) {
        return;
    }
    for (size_t i = 0; i < std::size(INTERRUPTS); ++i) {
        if (handled[i]) {
            signal(INTERRUPTS[i], SIG_DFL);
        }
    }
}

ProcessResult run_process(const std::vector<std::string>& arguments, const std::string& input) {
    int out[2];
    int in[2];
    if (pipe2(out, O_CLOEXEC) != 0) {
        return {127, std::string("pipe: ") + std::strerror(errno)};
    }
    if (pipe2(in, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return {127, std::string("pipe: ") + std::strerror(errno)};
    }
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out[1], STDERR_FILENO);
    std::vector<char*> argv;
    argv.reserve(arguments.size() + 1);
    for (const std::string& argument : arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    // The device's signal handlers and masks are not the tool's.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t none;
    sigemptyset(&none);
    sigset_t defaults;
    sigemptyset(&defaults);
    for (int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGPIPE}) {
        sigaddset(&defaults, signal);
    }
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);

    pid_t child = -1;
    int failure = posix_spawnp(&child, argv[0], &actions, &attributes, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    close(in[0]);
    close(out[1]);
    if (failure != 0) {
        close(in[1]);
        close(out[0]);
        return {127, arguments[0] + ": " + std::strerror(failure)};
    }
    // Inputs are a few hundred bytes, less than a pipe holds, so writing before reading can't block.
    if (!input.empty() && write(in[1], input.data(), input.size()) < 0) {
        // The tool ended early: its status says why.
    }
    close(in[1]);
    const Registration registration(child);
    ProcessResult result;
    char buffer[65536];
    for (;;) {
        ssize_t bytes = read(out[0], buffer, sizeof buffer);
        if (bytes > 0) {
            result.output.append(buffer, static_cast<size_t>(bytes));
        } else if (bytes == 0 || errno != EINTR) {
            break;
        }
    }
    close(out[0]);
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    result.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return result;
}

}  // namespace tessera::jit
