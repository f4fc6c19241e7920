// Logical time, to tell what happened before what: vector clocks over processors and over what they have in flight.
//
// A processor's actions have a number, its time. A NoC transfer does its work at some time between its issue and the
// barrier that waits for it, so each kind of transfer of each NoC is a channel with numbers of its own; what a barrier
// has waited for counts as done. "a happened before b" means that on every legal run a comes first.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace tessera::check {

/// What an access is numbered by: the processor itself, or one kind of transfer of one NoC.
enum class Channel : uint8_t { Self = 0, Read0, Read1, WriteSource0, WriteSource1, Write0, Write1 };
inline constexpr size_t num_channels = 8;  // one to spare, so that a row is 32 bytes

/// How far one processor has come, by channel.
using Row = std::array<uint32_t, num_channels>;
/// The three processors of a core.
using CoreRows = std::array<Row, 3>;

/// Numbers stay below 2^31: a signed comparison is one instruction for four of them on any x86-64.
inline bool before(uint32_t a, uint32_t b) {
    return static_cast<int32_t>(a) < static_cast<int32_t>(b);
}

inline void join(Row& into, const Row& other) {
    for (size_t i = 0; i < num_channels; ++i) {
        into[i] = before(into[i], other[i]) ? other[i] : into[i];
    }
}

inline bool covers(const CoreRows& a, const CoreRows& b) {
    uint32_t behind = 0;
    for (size_t p = 0; p < a.size(); ++p) {
        for (size_t i = 0; i < num_channels; ++i) {
            behind |= before(a[p][i], b[p][i]) ? 1U : 0U;
        }
    }
    return behind == 0;
}

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
    struct Entry {
        uint32_t core;
        CoreRows rows;
    };
    std::vector<Entry> entries;     ///< by core
    std::vector<InOrder> in_order;  ///< by processor, path

    const CoreRows* find(uint32_t core) const;
    /// The number up to which the processor's writes on this path are known to have arrived.
    uint32_t arrived(uint32_t processor, uint32_t path) const;
};

/// What somebody knew at a time; given to those who hear from him.
struct Knowledge {
    uint32_t core = 0;
    CoreRows rows{};  ///< of the core's own processors
    std::shared_ptr<const Others> others;
};

/// Takes over what is known elsewhere.
void learn(Knowledge& into, const Knowledge& from);

/// Adds what arrives in order with a message.
void add_in_order(Knowledge& to, const InOrder& write);

}  // namespace tessera::check
