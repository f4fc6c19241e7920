// What a report says of the processors of a run that has come to a halt: each with its line, what it waits for or does,
// who has to do with it, and what it did last; those that stand at the same place for the same reason are shown once.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <sim/core.h>
#include <sim/wait_graph.h>

namespace tessera::sim {

/// What a processor is said to do, and who has to do with it.
struct Story {
    std::string does;
    std::string who;
    bool who_is_elsewhere = false;  ///< who names other cores, so that it is another text on every core
};

Story story_of(const Waiter& waiter);
/// Of one that does not wait. repeats: it is known that it goes through the same states again and again.
Story story_of_runner(const Risc& risc, bool repeats = false);

/// "1 page", "2 pages".
std::string count(uint64_t number, const char* what);

class Picture {
public:
    void add(const Risc& risc, const Story& story);
    /// For one that was interrupted: it stands at `place`, innermost first.
    void add(const Risc& risc, const Story& story, std::vector<SourceLocation> place);
    /// Puts all of them into a report, the first where the report itself stands.
    void show(Diagnostic& report) const;

private:
    struct Group {
        const Risc* first;
        std::string does;
        std::vector<SourceLocation> place;
        std::set<std::pair<uint32_t, arch::Coord>> cores;
    };
    static std::string text(const Group& group, bool with_steps);

    std::map<std::string, size_t> index_;
    std::vector<Group> groups_;
};

/// "the cycle (-> waits for): RISCV_1 -> RISCV_0 -> RISCV_1, on core (0,0) of device 0".
std::string cycle_text(const WaitGraph& graph);

}  // namespace tessera::sim
