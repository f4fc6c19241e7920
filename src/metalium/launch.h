// From programs to what the simulated machine runs.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <sim/launch.h>
#include <tt-metalium/device.hpp>
#include <tt-metalium/program.hpp>

namespace tessera::metalium {

/// A program and the chips of a device (positions on the board) that run it.
struct ProgramOnChips {
    tt::tt_metal::Program* program = nullptr;
    std::vector<uint32_t> chips;
};

/// A launch with its own copy of the runtime arguments, for a trace; it keeps the program's code alive.
struct LaunchSnapshot {
    sim::ProgramLaunch launch;
    std::vector<std::unique_ptr<std::vector<uint32_t>>> args;
    std::shared_ptr<void> code;
};

/// Brings the launches of all programs up to date, in the order given; none is run.
std::vector<const sim::ProgramLaunch*> prepare(tt::tt_metal::IDevice& device, std::span<const ProgramOnChips> programs);

/// Runs launches side by side to their end.
void run(std::span<const sim::ProgramLaunch* const> launches);

/// Copies a launch and its arguments; code: what holds the program that it was built from.
std::unique_ptr<LaunchSnapshot> snapshot(const sim::ProgramLaunch& launch, std::shared_ptr<void> code);

}  // namespace tessera::metalium
