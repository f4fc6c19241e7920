#include "batch.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>

namespace tessera::cli {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t MOST_OUTPUT = size_t{16} << 20;
/// The device ends a launch that takes too long itself and says what it was waiting for.
constexpr double DEVICE_SECONDS = 1;

struct Job {
    size_t index = 0;
    pid_t child = -1;
    int output = -1, errors = -1;  ///< files in memory
    Clock::time_point start;
    double limit = 0;
    bool timed_out = false;
};

std::string contents(int file) {
    std::string text;
    const off_t size = lseek(file, 0, SEEK_END);
    text.resize(std::min<size_t>(size > 0 ? static_cast<size_t>(size) : 0, MOST_OUTPUT));
    const ssize_t got = pread(file, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<size_t>(got) : 0);
    close(file);
    return text;
}

Job start(const RunRequest& request, size_t index, const sigset_t& mask) {
    Job job;
    job.index = index;
    job.limit = request.timeout_seconds > 0 ? request.timeout_seconds + DEVICE_SECONDS : 0;
    job.output = memfd_create("output", MFD_CLOEXEC);
    job.errors = memfd_create("errors", MFD_CLOEXEC);
    job.start = Clock::now();
    // All that may allocate is done before the fork.
    std::vector<std::string> settings;
    for (char** variable = environ; *variable != nullptr; ++variable) {
        const std::string text = *variable;
        if (!request.environment.contains(text.substr(0, text.find('=')))) {
            settings.push_back(text);
        }
    }
    for (const auto& [name, value] : request.environment) {
        settings.push_back(name + "=" + value);
    }
    std::vector<char*> argv, envp;
    for (const std::string& argument : request.arguments) {
        argv.push_back(const_cast<char*>(argument.c_str()));
    }
    for (const std::string& setting : settings) {
        envp.push_back(const_cast<char*>(setting.c_str()));
    }
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    const pid_t parent = getpid();
    job.child = fork();
    if (job.child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(1);
        }
        sigprocmask(SIG_SETMASK, &mask, nullptr);
        dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
        dup2(job.output, STDOUT_FILENO);
        dup2(job.errors, STDERR_FILENO);
        execve(argv[0], argv.data(), envp.data());
        _exit(127);
    }
    return job;
}

BatchResult end(const Job& job, int status) {
    BatchResult result;
    RunOutcome& outcome = result.outcome;
    outcome.seconds = std::chrono::duration<double>(Clock::now() - job.start).count();
    result.output = contents(job.output);
    result.errors = contents(job.errors);
    if (WIFSIGNALED(status) && !job.timed_out) {
        const char* name = sigabbrev_np(WTERMSIG(status));
        outcome.signal = name != nullptr ? std::string("SIG") + name : std::to_string(WTERMSIG(status));
        outcome.exit_code = EXIT_SIGNAL + WTERMSIG(status);
        outcome.status = "signal";
        return result;
    }
    outcome.exit_code = job.timed_out ? EXIT_TIMEOUT : WEXITSTATUS(status);
    outcome.status = job.timed_out                        ? "timeout"
                     : outcome.exit_code == 0             ? "ok"
                     : outcome.exit_code == EXIT_UNCAUGHT ? "uncaught-exception"
                     : outcome.exit_code == EXIT_FINDINGS ? "findings"
                                                          : "failed";
    return result;
}

}  // namespace

int run_batch(const std::vector<RunRequest>& requests, unsigned jobs,
              const std::function<bool(size_t, const BatchResult&)>& done) {
    sigset_t wanted, before;
    sigemptyset(&wanted);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) {
        sigaddset(&wanted, number);
    }
    sigprocmask(SIG_BLOCK, &wanted, &before);
    std::vector<Job> running;
    size_t next = 0, limit = requests.size();
    int ended_by = 0;
    while (!running.empty() || (next < limit && ended_by == 0)) {
        while (ended_by == 0 && next < limit && running.size() < jobs) {
            running.push_back(start(requests[next], next, before));
            ++next;
        }
        bool any = false;
        for (size_t i = 0; i < running.size();) {
            int status = 0;
            if (waitpid(running[i].child, &status, WNOHANG) == 0) {
                ++i;
                continue;
            }
            const Job job = running[i];
            running.erase(running.begin() + static_cast<std::ptrdiff_t>(i));
            any = true;
            const BatchResult result = end(job, status);
            if (ended_by == 0 && job.index < limit && !done(job.index, result)) {
                limit = job.index + 1;
                for (const Job& other : running) {
                    if (other.index >= limit) {
                        kill(other.child, SIGKILL);
                    }
                }
            }
        }
        if (any) {
            continue;
        }
        constexpr long LOOK_NANOSECONDS = 100'000'000;
        const timespec wait{0, LOOK_NANOSECONDS};
        const int number = sigtimedwait(&wanted, nullptr, &wait);
        if (number > 0 && number != SIGCHLD) {
            ended_by = number;
        }
        for (Job& job : running) {
            const double seconds = std::chrono::duration<double>(Clock::now() - job.start).count();
            if (ended_by != 0 || (job.limit > 0 && seconds > job.limit)) {
                job.timed_out = ended_by == 0;
                kill(job.child, SIGKILL);
            }
        }
    }
    sigprocmask(SIG_SETMASK, &before, nullptr);
    return ended_by;
}

}  // namespace tessera::cli
