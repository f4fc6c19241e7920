// Who waits for whom when nothing can run: from every waiting processor to those that could end its wait, as far as
// their histories tell, and a shortest cycle of these waits if there is one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <sim/core.h>

namespace tessera::sim {

/// A processor that has to do with a wait.
struct Helper {
    const Risc* risc = nullptr;
    /// It has done before what is needed now, or is about to; else it is only one whose kernel has the call at all.
    bool sure = false;
    /// Its chip is another one, to which the waiter's chip has no way: only its kernel's author can have thought that
    /// it helps. Its signal, if there is one, went to the same place of its own chip.
    bool other_chip = false;
    WordSignal signal;  ///< of a word: what it has sent there last, and how often; times is 0 if it has sent nothing
};

struct Waiter {
    const Risc* risc = nullptr;
    std::vector<Helper> helpers;  ///< also such as have ended
};

/// What a waiting processor waits for, with what a loop of its own was seen to read or ask put in the same shape.
struct Need {
    enum class Kind : uint8_t { Pages, Room, Word, Nothing };
    Kind kind = Kind::Nothing;
    uint32_t cb = 0, pages = 0;
    uint32_t word = 0;            ///< L1 address
    bool loop = false;            ///< a loop of the kernel's own
    bool reads_remotely = false;  ///< it reads over the NoC
};

Need need_of(const Risc& risc);

/// Semaphore of the program that a word of L1 is; -1 for none.
int semaphore_of(const Risc& risc, uint32_t l1_address);

class WaitGraph {
public:
    /// Every processor of these cores that waits.
    explicit WaitGraph(const std::vector<const Core*>& cores);

    const std::vector<Waiter>& waiters() const { return waiters_; }
    /// Indices of waiters that wait for one another, each for the next and the last for the first. Empty if there is
    /// no such cycle.
    const std::vector<size_t>& cycle() const { return cycle_; }

private:
    void add_helpers(Waiter& waiter);
    void for_pages(Waiter& waiter, const Need& need);
    void for_word(Waiter& waiter, const Need& need);
    void gone_astray(Waiter& waiter, const Need& need);
    void who_can_signal(Waiter& waiter, bool other_chips);
    bool can_signal(const Risc& risc);
    bool can(const Risc& risc, const char* call);
    std::vector<size_t> shortest_cycle(bool only_sure) const;

    const std::vector<const Core*>& cores_;
    std::vector<Waiter> waiters_;
    std::unordered_map<const Risc*, size_t> index_;
    std::unordered_map<std::string, std::vector<std::string>> calls_;  ///< of the device, by kernel object
    std::vector<size_t> cycle_;
};

}  // namespace tessera::sim
