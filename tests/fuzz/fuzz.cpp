// Random kernels against the device: whatever they do, each run ends well or with a diagnostic that has a name, in
// time, and the next program runs as if nothing had been. TESSERA_LONG_TESTS=1 draws many more, TESSERA_FUZZ_SECONDS=N
// as many as fit into that time; TESSERA_FUZZ_SEED=N runs that one after those that share its machine, and says what
// came of it.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <map>

#include <base/checks.h>
#include <check/checks.h>

#include "random_kernels.h"

namespace tessera::fuzz {
namespace {

constexpr uint32_t seeds_a_process = 100;
constexpr unsigned watchdog_seconds = 2;
/// A run may take the watchdog's time, and a sanitizer slows everything.
constexpr double patience_seconds = 60;

/// Where a child process is, seen by its parent.
struct Progress {
    volatile uint64_t seed;
    volatile uint64_t ended_well, ended_with_name;
    volatile uint64_t after;  ///< 1: in the good program that follows
    char problem[4096];
};

void copy_four_pages() {
    for (uint32_t i = 0; i < 4; ++i) {
        tsr_cb_wait_front(0, 1);
        tsr_noc_write(1, tsr_ctx->cbs[0].fifo_rd_ptr, sim::worker(2, 1, 0x90000 + 64 * i), 64, 0, TSR_NO_TRID);
        tsr_noc_write_barrier(1, TSR_NO_TRID);
        tsr_cb_pop_front(0, 1);
    }
    tsr_noc_atomic_inc(1, sim::worker(2, 1, 0x90100), 1, 31, 0);
    tsr_noc_atomic_barrier(1);
}

void read_four_pages() {
    for (uint32_t i = 0; i < 4; ++i) {
        tsr_cb_reserve_back(0, 1);
        tsr_noc_read(0, sim::dram(1, 0x300000 + 64 * i), tsr_ctx->cbs[0].fifo_wr_ptr, 64, TSR_NO_TRID);
        tsr_noc_read_barrier(0, TSR_NO_TRID);
        tsr_cb_push_back(0, 1);
    }
}

/// Empty if a right program runs on this machine and gives what it must.
std::string good_program(sim::Machine& machine, uint32_t seed) {
    std::vector<uint32_t> data(64);
    for (uint32_t i = 0; i < data.size(); ++i) {
        data[i] = seed * 977 + i;
    }
    const std::vector<uint32_t> zeros(65);
    machine.write_dram(0, 1, 0x300000, sim::bytes_of(data));
    machine.write_l1(0, {2, 1}, 0x90000, sim::bytes_of(zeros));
    sim::TestProgram program;
    program.buffer(0, 0, 0, 0x20000, 2, 64);
    program.on(0, 0, sim::Processor::RISCV_0, copy_four_pages).on(0, 0, sim::Processor::RISCV_1, read_four_pages);
    std::string text;
    if (const std::string name = sim::error_of(machine, program, &text); !name.empty()) {
        return "a right program afterwards gives " + text;
    }
    std::vector<uint32_t> result(65);
    machine.read_l1(0, {2, 1}, 0x90000, std::as_writable_bytes(std::span(result)));
    data.push_back(1);
    return result == data ? "" : "a right program afterwards gives wrong results";
}

void explain(Progress& progress, const std::string& problem) {
    std::snprintf(progress.problem, sizeof(progress.problem), "%s", problem.c_str());
}

/// In a process of its own: runs seeds until one shows a mistake of the device.
void run_seeds(uint64_t first, uint64_t count, Progress& progress, bool tell) {
    ReportPolicy policy;
    policy.quiet = true;
    Reporter::instance().configure(policy);
    const uint64_t setting = first / seeds_a_process;
    constexpr unsigned threads[] = {1, 2, 1, 3, 4};
    sim::Options options = sim::options(threads[setting % std::size(threads)]);
    options.adversarial_noc = setting % 2 == 1;
    options.noc_seed = setting;
    options.watchdog_seconds = watchdog_seconds;
    options.checks = setting % 4 == 3 ? sim::Options::Checks::Full : sim::Options::Checks::Default;
    sim::Machine machine(arch::board("n150"), options);
    check::install(machine);
    for (uint64_t seed = first; seed < first + count; ++seed) {
        progress.after = 0;
        progress.seed = seed;
        const RandomLaunch launch = draw_launch(seed);
        Reporter::instance().take();
        try {
            launch.program->run(machine);
            progress.ended_well = progress.ended_well + 1;
        } catch (const Error&) {
            progress.ended_with_name = progress.ended_with_name + 1;
        } catch (const std::exception& error) {
            return explain(progress, std::string("an exception without a name: ") + error.what());
        }
        for (const Diagnostic& diagnostic : Reporter::instance().take()) {
            if (tell && seed + 1 == first + count) {
                std::fprintf(stderr, "seed %llu: %s\n", static_cast<unsigned long long>(seed),
                             diagnostic.render().c_str());
            }
            if (find_check(diagnostic.name) == nullptr) {
                return explain(progress, "a diagnostic that `tessera checks` does not know: " + diagnostic.render());
            }
        }
        progress.after = 1;
        if (const std::string problem = good_program(machine, static_cast<uint32_t>(seed)); !problem.empty()) {
            return explain(progress, problem);
        }
    }
}

struct Totals {
    uint64_t ended_well = 0, ended_with_name = 0;
    std::vector<std::string> problems;
};

/// A child per piece, so that a crash or a hang is one seed's and the others go on.
void run_piece(uint64_t first, uint64_t count, bool tell, Totals& totals) {
    void* shared = mmap(nullptr, sizeof(Progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(shared, MAP_FAILED);
    auto& progress = *new (shared) Progress{};
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
        const int nowhere = open("/dev/null", O_WRONLY);
        dup2(nowhere, STDOUT_FILENO);  // what kernels print
        run_seeds(first, count, progress, tell);
        _exit(0);
    }
    int status = 0;
    uint64_t seen = ~uint64_t{0};
    auto since = std::chrono::steady_clock::now();
    bool hangs = false;
    while (waitpid(child, &status, WNOHANG) == 0) {
        const auto now = std::chrono::steady_clock::now();
        if (progress.seed != seen) {
            seen = progress.seed;
            since = now;
        } else if (std::chrono::duration<double>(now - since).count() > patience_seconds) {
            hangs = true;
            kill(child, SIGKILL);
        }
        usleep(2000);
    }
    const std::string where =
        "seed " + std::to_string(progress.seed) + (progress.after != 0 ? ", in the right program after it: " : ": ");
    totals.ended_well += progress.ended_well;
    totals.ended_with_name += progress.ended_with_name;
    std::string problem = progress.problem;
    if (hangs) {
        problem = "it does not end";
    } else if (WIFSIGNALED(status)) {
        problem = std::string("the process was ended by SIG") + sigabbrev_np(WTERMSIG(status));
    } else if (problem.empty() && WEXITSTATUS(status) != 0) {
        problem = "the process ended with " + std::to_string(WEXITSTATUS(status));
    }
    const uint64_t bad = progress.seed;
    munmap(shared, sizeof(Progress));
    if (!problem.empty()) {
        totals.problems.push_back(where + problem);
        if (bad + 1 < first + count && totals.problems.size() < 20) {
            run_piece(bad + 1, first + count - bad - 1, tell, totals);
        }
    }
}

TEST(Fuzz, RandomKernelsEndWellOrWithAName) {
    const char* one = std::getenv("TESSERA_FUZZ_SEED");
    const char* many = std::getenv("TESSERA_LONG_TESTS");
    const char* seconds = std::getenv("TESSERA_FUZZ_SECONDS");
    const auto end = std::chrono::steady_clock::now() +
                     std::chrono::seconds(seconds != nullptr ? std::strtoul(seconds, nullptr, 10) : 0);
    const auto goes_on = [&](uint64_t seed, uint64_t last) {
        return seconds != nullptr ? std::chrono::steady_clock::now() < end : seed < last;
    };
    const uint64_t wanted = one != nullptr ? std::strtoull(one, nullptr, 10) : 0;
    // What came before it on the same machine may matter.
    const uint64_t first = wanted - wanted % seeds_a_process;
    uint64_t count = one != nullptr ? wanted - first + 1 : many != nullptr && *many == '1' ? 40'000 : 2'000;
    Totals totals;
    uint64_t seed = first;
    for (; goes_on(seed, first + count) && totals.problems.size() < 20; seed += seeds_a_process) {
        const uint64_t left = seconds != nullptr ? seeds_a_process : first + count - seed;
        run_piece(seed, std::min<uint64_t>(seeds_a_process, left), one != nullptr, totals);
    }
    count = seconds != nullptr ? seed - first : count;
    for (const std::string& problem : totals.problems) {
        ADD_FAILURE() << problem << " (TESSERA_FUZZ_SEED shows it)";
    }
    if (one == nullptr) {
        // The programs are worth drawing only if many get through and many do not.
        EXPECT_GT(totals.ended_well, count / 20);
        EXPECT_GT(totals.ended_with_name, count / 4);
    }
    std::printf("%llu ended well, %llu with a diagnostic\n", static_cast<unsigned long long>(totals.ended_well),
                static_cast<unsigned long long>(totals.ended_with_name));
}

}  // namespace
}  // namespace tessera::fuzz
