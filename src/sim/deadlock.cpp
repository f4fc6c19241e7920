// What is said when nothing can run any more, when what runs gets nowhere, or when the time is over: the cycle of those
// who wait for one another, or those who run, first.
#include <sim/picture.h>

#include <algorithm>
#include <iterator>

namespace tessera::sim {
namespace {

bool spins_on_memory(const Waiter& waiter) {
    const Need need = need_of(*waiter.risc);
    return need.loop && !waiter.risc->wait.asks;
}

std::vector<const Core*> cores_of(const Run& run) {
    std::vector<const Core*> cores;
    cores.reserve(run.launches.size());
    for (const auto& [program, launch] : run.launches) {
        cores.push_back(&run.machine->devices[program->device]->core(launch->logical));
    }
    return cores;
}

/// A processor that did not wait when the run came to a halt, and where it stood if that is not where its fiber stands.
struct Runner {
    const Risc* risc = nullptr;
    const std::vector<SourceLocation>* interrupted_at = nullptr;

    /// The lower, the more likely it is why the run does not end.
    int rank() const {
        const bool has_begun = risc->state != State::Ready || risc->wait.frame != nullptr;
        return !has_begun ? 4 : risc->never_ends ? 0 : risc->state == State::Done ? 1 : risc->poll_rounds != 0 ? 2 : 3;
    }
};

std::vector<Runner> runners_of(const Run& run, const std::vector<const Core*>& cores) {
    std::vector<Runner> runners;
    for (const Shard* shard : run.active_shards) {
        for (const Interrupted& interrupted : shard->interrupted) {
            runners.push_back({interrupted.risc, &interrupted.trace});
        }
    }
    for (const Core* core : cores) {
        for (const Risc* risc : core->riscs) {
            if (risc != nullptr && risc->state == State::Ready) {
                runners.push_back({risc, nullptr});
            }
        }
    }
    std::vector<Runner> ordered;
    for (int rank = 0; rank < 5; ++rank) {
        std::copy_if(runners.begin(), runners.end(), std::back_inserter(ordered),
                     [&](const Runner& runner) { return runner.rank() == rank; });
    }
    return ordered;
}

/// Those who run first, then those who wait.
void show_all(const std::vector<Runner>& runners, bool repeat, const WaitGraph& graph, Diagnostic& report) {
    Picture picture;
    for (const Runner& runner : runners) {
        const Story story = story_of_runner(*runner.risc, repeat);
        runner.interrupted_at != nullptr ? picture.add(*runner.risc, story, *runner.interrupted_at)
                                         : picture.add(*runner.risc, story);
    }
    for (const Waiter& waiter : graph.waiters()) {
        picture.add(*waiter.risc, story_of(waiter));
    }
    picture.show(report);
}

}  // namespace

Diagnostic deadlock_report(Run& run) {
    const std::vector<const Core*> cores = cores_of(run);
    const WaitGraph graph(cores);
    const std::vector<Waiter>& waiters = graph.waiters();
    const bool all_spin = std::all_of(waiters.begin(), waiters.end(), spins_on_memory);
    Diagnostic report{.name = all_spin ? "livelock" : "deadlock"};
    report.message = all_spin ? count(waiters.size(), "processor") + (waiters.size() == 1 ? " spins" : " spin") +
                                    " on memory that nobody will write any more"
                              : "nothing can run any more, and " + count(waiters.size(), "processor") +
                                    (waiters.size() == 1 ? " waits" : " wait") + " for ever";
    // The cycle; then those whose wait is not for another that waits; then the rest.
    std::vector<size_t> order = graph.cycle();
    const auto is_stuck_alone = [&](const Waiter& waiter) {
        return std::none_of(waiter.helpers.begin(), waiter.helpers.end(),
                            [](const Helper& helper) { return helper.sure && helper.risc->state == State::Waiting; });
    };
    for (const bool alone : {true, false}) {
        for (size_t i = 0; i < waiters.size(); ++i) {
            if (std::find(graph.cycle().begin(), graph.cycle().end(), i) == graph.cycle().end() &&
                is_stuck_alone(waiters[i]) == alone) {
                order.push_back(i);
            }
        }
    }
    Picture picture;
    for (const size_t i : order) {
        picture.add(*waiters[i].risc, story_of(waiters[i]));
    }
    if (!graph.cycle().empty()) {
        report.notes.push_back(cycle_text(graph));
    }
    picture.show(report);
    const bool between_chips = std::any_of(waiters.begin(), waiters.end(), [](const Waiter& waiter) {
        return std::any_of(waiter.helpers.begin(), waiter.helpers.end(), [](const Helper& h) { return h.other_chip; });
    });
    report.help = between_chips ? "no NoC leads to another chip: let both ends run on one chip, or the host carry data "
                                  "and order between two programs"
                  : !graph.cycle().empty() ? "break the cycle: one of these must do its part before it waits"
                  : all_spin               ? "let somebody write this word, or end the loop by itself"
                             : "count pages pushed against pages waited for, and semaphore increments against "
                               "the value waited for";
    return report;
}

Diagnostic livelock_report(Run& run) {
    const std::vector<const Core*> cores = cores_of(run);
    const WaitGraph graph(cores);
    const std::vector<Runner> runners = runners_of(run, cores);
    Diagnostic report{.name = "livelock"};
    report.message = count(runners.size(), "processor") + (runners.size() == 1 ? " goes" : " go") +
                     " through the same states again and again, and nobody else runs";
    show_all(runners, true, graph, report);
    report.help =
        "nothing that its loop reads, counts or calls is different from turn to turn: let somebody change what it "
        "looks at, or end the loop by itself";
    return report;
}

Diagnostic endless_report(Run& run) {
    const std::vector<const Core*> cores = cores_of(run);
    const WaitGraph graph(cores);
    const std::vector<Runner> runners = runners_of(run, cores);
    Diagnostic report{.name = "endless-loop"};
    report.message = runners.size() == 1
                         ? "the kernel is in a loop without an exit, and never ends"
                         : count(runners.size(), "processor") + " are in loops without an exit, and never end";
    show_all(runners, false, graph, report);
    report.help = "give the loop a condition that ends it, or return";
    return report;
}

Diagnostic no_progress_report(Run& run) {
    const std::vector<const Core*> cores = cores_of(run);
    const WaitGraph graph(cores);
    const std::vector<Runner> runners = runners_of(run, cores);
    size_t all = 0;
    for (const Core* core : cores) {
        all += static_cast<size_t>(std::count_if(std::begin(core->riscs), std::end(core->riscs), [](const Risc* risc) {
            return risc != nullptr && risc->state != State::Idle;
        }));
    }
    Diagnostic report{.name = "no-progress", .message = "the run has taken longer than its time limit"};
    const size_t waiting = graph.waiters().size();
    report.notes.push_back("of " + count(all, "processor") + ", " + std::to_string(runners.size()) + " ran, " +
                           std::to_string(waiting) + " waited and " + std::to_string(all - runners.size() - waiting) +
                           " had ended");
    show_all(runners, false, graph, report);
    report.help = "raise the limit (--timeout, TESSERA_TIMEOUT: seconds), or look why these loops do not end";
    return report;
}

}  // namespace tessera::sim
