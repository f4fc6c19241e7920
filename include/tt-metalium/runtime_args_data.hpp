// A view of one kernel's runtime arguments on one core. Changes through it take effect at the next launch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace tt::tt_metal {

/// Words in the order in which they were set; the memory belongs to the program.
struct RuntimeArgsData {
    std::uint32_t* rt_args_data = nullptr;
    std::size_t rt_args_count = 0;

    bool in_bounds(std::size_t index) const noexcept { return index < rt_args_count; }

    /// Throws std::out_of_range, as at() does, rather than touch memory that is not an argument.
    std::uint32_t& operator[](std::size_t index) { return at(index); }
    const std::uint32_t& operator[](std::size_t index) const { return at(index); }

    std::uint32_t& at(std::size_t index) {
        check(index);
        return rt_args_data[index];
    }
    const std::uint32_t& at(std::size_t index) const {
        check(index);
        return rt_args_data[index];
    }

    std::uint32_t* data() noexcept { return rt_args_data; }
    const std::uint32_t* data() const noexcept { return rt_args_data; }
    std::size_t size() const noexcept { return rt_args_count; }

private:
    void check(std::size_t index) const {
        if (!in_bounds(index)) {
            throw std::out_of_range("runtime argument " + std::to_string(index) +
                                    " does not exist: " + std::to_string(rt_args_count) + " were set");
        }
    }
};

}  // namespace tt::tt_metal
