#include <recorder/messages.h>

#include <sim/core.h>

#include <algorithm>

namespace tessera::recorder {
namespace {

/// A word keeps no more than this; somebody who waits for what came before gets the wrong answer.
constexpr size_t most_runs = 1024;

}  // namespace

/// The first change of a run from which on the condition holds up to the run's end; its count if it does not at the
/// end.
uint32_t WordHistory::since(const Run& run, uint32_t value, uint32_t condition) {
    const auto holds = [&](uint32_t i) { return sim::word_condition(run.at(i), value, condition); };
    uint32_t i = run.count;
    if (!holds(run.count - 1)) {
        return i;
    }
    if (run.step == 0) {
        return 0;
    }
    const uint64_t last = run.value + uint64_t{run.step} * (run.count - 1);
    if (condition == TSR_WAIT_AT_LEAST && last <= UINT32_MAX) {
        return run.value >= value ? 0 : (value - run.value + run.step - 1) / run.step;
    }
    while (i > 0 && holds(i - 1)) {
        --i;
    }
    return i;
}

void WordHistory::add(uint8_t by, uint64_t number, uint32_t value) {
    now_ = value;
    known_ = true;
    if (!runs_.empty()) {
        Run& last = runs_.back();
        if (last.by == by && last.number + last.count == number) {
            if (last.count == 1) {
                last.step = value - last.value;
            }
            if (last.at(last.count) == value) {
                ++last.count;
                return;
            }
        }
    }
    if (runs_.size() == most_runs) {
        const auto half = runs_.begin() + most_runs / 2;
        before_ = half[-1].at(half[-1].count - 1);
        before_known_ = true;
        runs_.erase(runs_.begin(), half);
    }
    runs_.push_back({.number = number, .count = 1, .value = value, .step = 0, .by = by});
}

void WordHistory::arrive(uint32_t value, bool increases, uint32_t held) {
    // Increments of several cores at once are counted here in some order, and the word itself may lag behind.
    const uint32_t before = known_ ? now_ : held;
    if (runs_.empty()) {
        before_ = held;
        before_known_ = true;
    }
    add(arrival, ++arrivals_, increases ? before + value : value);
}

void WordHistory::store(uint8_t by, uint64_t number, uint32_t value) {
    add(by, number, value);
}

WordHistory::Cause WordHistory::wait(uint32_t value, uint32_t condition, bool agrees) {
    if (runs_.empty()) {
        return {};
    }
    size_t at = runs_.size();
    uint32_t from = 0;
    for (size_t r = agrees ? runs_.size() : 0; r-- > 0;) {
        const Run& run = runs_[r];
        const uint32_t i = since(run, value, condition);
        if (i == run.count) {
            break;
        }
        at = r;
        from = i;
        if (i != 0) {
            break;
        }
    }
    if (at == runs_.size()) {
        // The word has been set by a store that nobody was told of. What is sure is that all of this came before.
        known_ = false;
        const Run& last = runs_.back();
        return {.found = true, .by = last.by, .number = last.number + last.count - 1};
    }
    if (at == 0 && from == 0 && before_known_ && sim::word_condition(before_, value, condition)) {
        return {};
    }
    return {.found = true, .by = runs_[at].by, .number = runs_[at].number + from};
}

}  // namespace tessera::recorder
