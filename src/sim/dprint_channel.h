// The state behind debug output, shared by the files that implement it: one channel per processor that runs a kernel.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include <arch/arch.h>
#include <tessera/abi_debug.h>

namespace tessera::sim {

/// The output stream of one RISC-V processor. Written by the fiber that runs there; `done` is also read by flushes.
class DprintThread {
public:
    void open(std::string prefix, bool enabled);
    bool enabled() const { return enabled_; }

    /// Streams one value with the state that the processor has set.
    template <class T>
    void put(const T& value) {
        after_tile_slice_ = false;
        stream_ << value;
    }
    void put_text(std::string_view text);
    void control(uint32_t what, int32_t argument);
    void put_words(const uint32_t* words, uint32_t count, uint32_t type, uint32_t subtype);
    void put_tile_slice(const tsr_tile_slice& slice);

    /// Bytes of whole lines that have not been shown.
    size_t done_bytes() const { return done_bytes_; }
    /// Whole lines that have not been shown; the caller shows them.
    std::string take_done();
    /// The same with the line that has begun, ended for it.
    std::string take_all();

private:
    void end_line();
    void put_register(uint32_t word, uint32_t data_format);

    bool enabled_ = false;
    bool after_tile_slice_ = false;
    int last_width_ = 0;
    std::string prefix_;
    std::ostringstream stream_;
    std::mutex mutex_;  // guards done_
    std::string done_;
    std::atomic<size_t> done_bytes_{0};
};

/// Everything that one processor of one core says. A compute kernel has three threads, a data movement kernel one.
struct DprintChannel {
    std::array<DprintThread, 3> threads;
    uint32_t device = 0;
    arch::Coord core;
    uint32_t processor = 0;
    uint32_t selected = ~0u;            // TSR_THREAD_* that print at this point of a compute kernel
    std::atomic<uint32_t> waypoint{0};  // four characters, the first in the low byte
    std::array<uint32_t, 32> ring{};
    uint64_t ring_pushes = 0;
    std::mutex zones_mutex;  // reports read zones while other host threads still run
    std::vector<std::string> zones;

    unsigned thread_count() const { return processor == 2 ? 3 : 1; }
    uint32_t thread_bit(unsigned index) const { return processor == 2 ? TSR_THREAD_TRISC0 << index : 1u << processor; }

    /// Calls f(thread, index) for every thread that prints at this point.
    template <class F>
    void each(F&& f) {
        for (unsigned i = 0; i < thread_count(); ++i) {
            if (threads[i].enabled() && (processor != 2 || (selected & thread_bit(i)))) {
                f(threads[i], i);
            }
        }
    }
};

/// The calling processor's channel; null outside of kernels.
DprintChannel* dprint_channel();
/// Shows whole lines if the run has lasted long enough or the channel holds much text.
void dprint_line_ended(DprintChannel& channel);

/// The value of `magnitude` (7 bits for Bfp8_b, 3 for Bfp4_b, sign above them) under a shared exponent.
float block_float(uint32_t bits, uint32_t magnitude_bits, uint32_t exponent);

}  // namespace tessera::sim
