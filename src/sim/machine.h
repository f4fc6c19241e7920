// The simulated machine: chips of one board, their memories, and the one call that runs programs on them.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <arch/arch.h>
#include <sim/buffers.h>
#include <sim/launch.h>
#include <tensix/arithmetic.h>

namespace tessera::sim {

/// How the machine runs; read once from the environment by Options::from_environment.
struct Options {
    unsigned threads = 0;          ///< TESSERA_THREADS; 0: as many as the host has
    bool adversarial_noc = false;  ///< TESSERA_NOC_ORDER=adversarial[:SEED]
    uint64_t noc_seed = 0;
    tensix::MathMode math = tensix::MathMode::Exact;                    ///< TESSERA_MATH=exact|fast|none
    enum class Checks { Off, Default, Full } checks = Checks::Default;  ///< TESSERA_CHECKS=off|default|full
    /// A run that takes longer tells now and then where it is; 0: never. 10 at a terminal, else 60.
    unsigned notes_after_seconds = 0;
    unsigned examine_after_ms = 1000;  ///< a run that takes longer looks now and then whether it gets anywhere
    unsigned watchdog_seconds = 0;     ///< TESSERA_TIMEOUT: a run that takes longer ends with a diagnostic; 0: never
    std::string clock_file;            ///< TESSERA_CLOCK: what kernels see on the wall clock; see sim/clock.h
    static Options from_environment();
};

class Observer;

/// All chips of one board. Memory is reserved at once and committed where it is touched.
class Machine {
public:
    explicit Machine(const arch::Board& board, Options options = Options::from_environment());
    ~Machine();
    Machine(const Machine&) = delete;
    Machine& operator=(const Machine&) = delete;

    const arch::Board& board() const;
    const Options& options() const;

    /// Host access to a DRAM bank. Throws tessera::Error (dram-out-of-range) past its end.
    void write_dram(uint32_t device, uint32_t bank, uint64_t address, std::span<const std::byte> bytes);
    void read_dram(uint32_t device, uint32_t bank, uint64_t address, std::span<std::byte> bytes) const;
    /// Host access to the L1 of the worker at logical coordinates. Throws tessera::Error (l1-out-of-range).
    void write_l1(uint32_t device, arch::Coord logical, uint64_t address, std::span<const std::byte> bytes);
    void read_l1(uint32_t device, arch::Coord logical, uint64_t address, std::span<std::byte> bytes) const;

    /// Runs the programs to their end, those of different chips side by side. Throws tessera::Error on the first
    /// mistake of a kernel (deadlock, out of range, ...); the machine is usable again afterwards.
    void run(std::span<const ProgramLaunch* const> programs);

    /// Observers are told what happens (sanitizer, recorder). They must outlive the machine or be removed.
    void add_observer(Observer* observer);
    /// As add_observer; the machine owns it.
    void adopt_observer(std::unique_ptr<Observer> observer);
    void remove_observer(Observer* observer);

    /// What the host has allocated in the memories, for the checks.
    BufferRegistry& buffers() { return buffers_; }

    struct Impl;  ///< src/sim/core.h
    const Impl& impl() const { return *impl_; }
    Impl& impl() { return *impl_; }

private:
    BufferRegistry buffers_;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tessera::sim
