#include "run.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace tessera::cli {

namespace {

/// The device ends a launch that takes too long itself and says what it was waiting for; this is what it is given for
/// that.
constexpr double DEVICE_SECONDS = 1;
/// From SIGTERM to SIGKILL.
constexpr double GRACE_SECONDS = 3;

double seconds_since(std::chrono::steady_clock::time_point start) {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

std::string signal_name(int number) {
    const char* name = sigabbrev_np(number);
    return name ? std::string("SIG") + name : std::to_string(number);
}

/// The child's side of fork: never returns.
[[noreturn]] void become(const RunRequest& request, int report, pid_t parent, const sigset_t& mask) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(1);
    }
    sigprocmask(SIG_SETMASK, &mask, nullptr);
    if (request.output_to_stderr) {
        dup2(STDERR_FILENO, STDOUT_FILENO);
    }
    if (request.silent) {
        const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(nowhere, STDOUT_FILENO);
        dup2(nowhere, STDERR_FILENO);
    }
    for (const auto& [name, value] : request.environment) {
        setenv(name.c_str(), value.c_str(), 1);
    }
    std::vector<char*> argv;
    argv.reserve(request.arguments.size() + 1);
    for (const std::string& argument : request.arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    argv.push_back(nullptr);
    execv(argv[0], argv.data());
    int reason = errno;
    [[maybe_unused]] ssize_t ignored = write(report, &reason, sizeof reason);
    _exit(127);
}

}  // namespace

RunOutcome run_program(const RunRequest& request) {
    RunOutcome outcome;
    auto start = std::chrono::steady_clock::now();
    std::fflush(nullptr);

    // Signals are taken one by one below; a terminal has sent its own to the child as well.
    sigset_t wanted;
    sigemptyset(&wanted);
    for (int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGCHLD}) {
        sigaddset(&wanted, number);
    }
    sigset_t before;
    sigprocmask(SIG_BLOCK, &wanted, &before);
    std::array<int, 2> report{};
    if (pipe2(report.data(), O_CLOEXEC) != 0) {
        std::perror("tessera: pipe");
        outcome.exit_code = EXIT_NO_INPUT;
        outcome.status = "cannot-run";
        return outcome;
    }
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0) {
        become(request, report[1], parent, before);
    }
    close(report[1]);
    int reason = 0;
    if (child < 0 || read(report[0], &reason, sizeof reason) == sizeof reason) {
        close(report[0]);
        std::fprintf(stderr, "tessera: can't run %s: %s\n", request.arguments[0].c_str(),
                     std::strerror(child < 0 ? errno : reason));
        if (child > 0) {
            waitpid(child, nullptr, 0);
        }
        sigprocmask(SIG_SETMASK, &before, nullptr);
        outcome.exit_code = EXIT_NO_INPUT;
        outcome.status = "cannot-run";
        return outcome;
    }
    close(report[0]);

    bool timed_out = false;
    bool killed = false;
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        timespec wait{3600, 0};
        if (request.timeout_seconds > 0) {
            double left =
                request.timeout_seconds + DEVICE_SECONDS + (timed_out ? GRACE_SECONDS : 0) - seconds_since(start);
            if (left <= 0) {
                if (!timed_out) {
                    timed_out = true;
                    kill(child, SIGTERM);
                } else if (!killed) {
                    killed = true;
                    kill(child, SIGKILL);
                }
                left = GRACE_SECONDS;
            }
            wait.tv_sec = static_cast<time_t>(left);
            wait.tv_nsec = static_cast<long>((left - static_cast<double>(wait.tv_sec)) * 1e9);
        }
        siginfo_t info{};
        int number = sigtimedwait(&wanted, &info, &wait);
        if (number > 0 && number != SIGCHLD && info.si_code <= 0) {
            kill(child, number);  // sent by a process, so it reached only us
        }
    }
    sigprocmask(SIG_SETMASK, &before, nullptr);
    outcome.seconds = seconds_since(start);

    // The device's own diagnostic came first: an uncaught exception at that very time.
    timed_out |= request.timeout_seconds > 0 && outcome.seconds >= request.timeout_seconds && WIFEXITED(status) &&
                 WEXITSTATUS(status) == EXIT_UNCAUGHT;
    if (timed_out) {
        if (!request.silent) {
            std::fprintf(stderr, "tessera: the program was ended after %g s (--timeout)\n", request.timeout_seconds);
        }
        outcome.exit_code = EXIT_TIMEOUT;
        outcome.status = "timeout";
    } else if (WIFSIGNALED(status)) {
        outcome.signal = signal_name(WTERMSIG(status));
        outcome.exit_code = EXIT_SIGNAL + WTERMSIG(status);
        outcome.status = "signal";
        if (WTERMSIG(status) != SIGINT && WTERMSIG(status) != SIGTERM && WTERMSIG(status) != SIGPIPE &&
            !request.silent) {
            std::fprintf(stderr, "tessera: the program was ended by signal %s in host code\n", outcome.signal.c_str());
        }
    } else {
        outcome.exit_code = WEXITSTATUS(status);
        outcome.status = outcome.exit_code == 0               ? "ok"
                         : outcome.exit_code == EXIT_UNCAUGHT ? "uncaught-exception"
                         : outcome.exit_code == EXIT_FINDINGS ? "findings"
                                                              : "failed";
    }
    return outcome;
}

}  // namespace tessera::cli
