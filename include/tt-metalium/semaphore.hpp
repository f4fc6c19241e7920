// A program's semaphore: a 32-bit word at the same L1 address on each of its cores, set at every launch.
#pragma once

#include <cstdint>

#include <tt-metalium/core_coord.hpp>
#include <umd/device/types/core_coordinates.hpp>

namespace tt::tt_metal {

/// Semaphores that one core may have.
constexpr std::uint32_t NUM_SEMAPHORES = 16;

class Semaphore {
public:
    Semaphore(const CoreRangeSet& core_range_set, uint32_t id, uint32_t initial_value,
              CoreType core_type = CoreType::WORKER)
        : core_range_set_(core_range_set), id_(id), initial_value_(initial_value), core_type_(core_type) {}

    uint32_t id() const { return id_; }
    /// Bytes from the first semaphore of the core.
    uint32_t offset() const { return id_ * 16; }
    uint32_t initial_value() const { return initial_value_; }
    CoreType core_type() const { return core_type_; }
    const CoreRangeSet& core_range_set() const { return core_range_set_; }
    bool initialized_on_logical_core(const CoreCoord& logical_core) const {
        return core_range_set_.contains(logical_core);
    }

private:
    CoreRangeSet core_range_set_;
    uint32_t id_;
    uint32_t initial_value_;
    CoreType core_type_;
};

}  // namespace tt::tt_metal
