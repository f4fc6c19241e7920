// Logical time, to tell what happened before what: vector clocks over processors and over what they have in flight.
//
// A processor's actions have a number, its time. A NoC transfer does its work at some time between its issue and the
// barrier that waits for it, so each kind of transfer of each NoC is a channel with numbers of its own; what a barrier
// has waited for counts as done. "a happened before b" means that on every legal run a comes first.
//
// A processor's time moves on whenever it has told others something: who knows that time knows what it knew then.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace tessera::check {

/// What an access is numbered by: the processor itself, or one kind of transfer of one NoC.
enum class Channel : uint8_t { Self = 0, Read0, Read1, WriteSource0, WriteSource1, Write0, Write1 };
inline constexpr size_t num_channels = 7;

/// A processor's number: its core's number and its own within the core are a shift away.
inline constexpr uint32_t number_of(uint32_t core, uint32_t index) {
    return core << 2 | index;
}
inline constexpr uint32_t core_of(uint32_t processor) {
    return processor >> 2;
}
inline constexpr uint32_t index_of(uint32_t processor) {
    return processor & 3;
}

/// Numbers stay below 2^31: a signed comparison is one instruction for four of them on any x86-64.
inline bool before(uint32_t a, uint32_t b) {
    return static_cast<int32_t>(a) < static_cast<int32_t>(b);
}

/// How far the processors of one core have come, by channel. One line of the host's cache: the compute processor has no
/// NoC, and its time takes the place of its first channel; the last number is the core's.
class CoreRows {
public:
    explicit CoreRows(uint32_t core = 0) { numbers_.back() = core; }
    uint32_t core() const { return numbers_.back(); }
    uint32_t& at(uint32_t index, Channel channel) { return numbers_[place(index, channel)]; }
    uint32_t at(uint32_t index, Channel channel) const { return numbers_[place(index, channel)]; }

    void join(const CoreRows& other) {
        for (size_t i = 0; i < numbers_.size(); ++i) {
            numbers_[i] = before(numbers_[i], other.numbers_[i]) ? other.numbers_[i] : numbers_[i];
        }
    }
    bool covers(const CoreRows& other) const {
        uint32_t behind = 0;
        for (size_t i = 0; i < numbers_.size(); ++i) {
            behind |= before(numbers_[i], other.numbers_[i]) ? 1U : 0U;
        }
        return behind == 0;
    }

private:
    static size_t place(uint32_t index, Channel channel) {
        return std::min<size_t>(index * num_channels + static_cast<size_t>(channel), 2 * num_channels);
    }
    std::array<uint32_t, 2 * num_channels + 2> numbers_{};
};

/// A write that has not been waited for, but that is known to arrive before what its issuer sent after it on the same
/// path: same NoC, same kind (unicast or multicast) and same destination.
struct InOrder {
    uint32_t processor;  ///< number of the issuer
    uint32_t path;       ///< channel, multicast, destination: see path_of
    uint32_t number;     ///< that write and those before it on the path
};

inline uint32_t path_of(Channel channel, bool multicast, uint32_t destination) {
    return static_cast<uint32_t>(channel) << 29 | uint32_t{multicast} << 28 | destination;
}

/// What is known of other cores. Shared between all who know the same, and never changed while shared.
struct Others {
    std::vector<CoreRows> cores;    ///< by number
    std::vector<InOrder> in_order;  ///< by processor, path

    const CoreRows* find(uint32_t core) const;
    /// The number up to which the processor's writes on this path are known to have arrived.
    uint32_t arrived(uint32_t processor, uint32_t path) const;
};

/// What somebody knew at a time; given to those who hear from him.
struct Knowledge {
    CoreRows rows;  ///< of the core's own processors
    std::shared_ptr<const Others> others;
};

/// As learn(), when more is known than a core's own rows.
void learn_of_others(Knowledge& into, const Knowledge& from);

/// Takes over what is known elsewhere.
[[gnu::always_inline]] inline void learn(Knowledge& into, const Knowledge& from) {
    if (from.rows.core() == into.rows.core() && (from.others == nullptr || from.others == into.others)) {
        into.rows.join(from.rows);
    } else {
        learn_of_others(into, from);
    }
}

/// Adds what arrives in order with a message.
void add_in_order(Knowledge& to, const InOrder& write);

}  // namespace tessera::check
