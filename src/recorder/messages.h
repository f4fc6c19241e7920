// What has arrived at one word of L1, and which arrival or store it was that somebody waited for.
#pragma once

#include <cstdint>
#include <vector>

namespace tessera::recorder {

/// The changes of a word in order, as far back as somebody may still ask. Changes alike are kept as one run.
class WordHistory {
public:
    static constexpr uint8_t arrival = 3;  ///< not a store by one of the core's processors (0 to 2)

    /// What made a condition true.
    struct Cause {
        bool found = false;  ///< false: it was true before all of this
        uint8_t by = arrival;
        uint64_t number = 0;  ///< of the arrival at this word, or of the store of its processor
    };

    /// A write or increment comes; held: what the word holds before.
    void arrive(uint32_t value, bool increases, uint32_t held);
    /// The number-th store of this processor to any word has set this one.
    void store(uint8_t by, uint64_t number, uint32_t value);
    /// False if the word holds something else than what is known of it: a store that nobody was told of, or an arrival
    /// that has been counted and is just happening.
    bool agrees(uint32_t held) const { return !known_ || held == now_; }
    /// Since when the condition holds.
    Cause wait(uint32_t value, uint32_t condition, bool agrees = true);

private:
    struct Run {
        uint64_t number = 0;  ///< of the first
        uint32_t count = 1;
        uint32_t value = 0;  ///< after the first
        uint32_t step = 0;   ///< from one to the next
        uint8_t by = arrival;
        uint32_t at(uint32_t i) const { return value + step * i; }
    };
    static uint32_t since(const Run& run, uint32_t value, uint32_t condition);
    void add(uint8_t by, uint64_t number, uint32_t value);

    std::vector<Run> runs_;
    uint64_t arrivals_ = 0;
    uint32_t before_ = 0;  ///< what the word held before runs_, if before_known_
    bool before_known_ = false;
    uint32_t now_ = 0;  ///< what it holds, if known_
    bool known_ = false;
};

}  // namespace tessera::recorder
