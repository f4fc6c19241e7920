#include "process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern char** environ;

namespace tessera::jit {

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
