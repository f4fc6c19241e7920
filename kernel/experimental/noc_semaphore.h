// Semaphore: one of the core's semaphores as an object.
#pragma once

#include <cstdint>

#include <experimental/noc.h>

namespace experimental {

/// The word has the same L1 address on every core of the program, so the object also names the other cores' semaphores.
template <ProgrammableCoreType core_type = ProgrammableCoreType::TENSIX>
class Semaphore {
public:
    explicit Semaphore(uint32_t semaphore_id) : address_(get_semaphore<core_type>(semaphore_id)) {}

    /// Adds to the local semaphore. Not atomic against other cores.
    void up(uint32_t value) {
        *word() += value;
        tsr_notify_local(word());
    }
    /// Adds to another core's semaphore, atomically.
    void up(const Noc& noc, uint32_t noc_x, uint32_t noc_y, uint32_t value, uint8_t vc = NOC_UNICAST_WRITE_VC) {
        noc_semaphore_inc(::get_noc_addr(noc_x, noc_y, address_, noc.get_noc_id()), value, noc.get_noc_id(), vc);
    }
    /// Waits until the local semaphore is at least `value`, then takes that much away.
    void down(uint32_t value) {
        wait_min(value);
        *word() -= value;
        tsr_notify_local(word());
    }

    /// Waits until the local semaphore equals `value`, or is at least `value`. Changes nothing.
    void wait(uint32_t value) { noc_semaphore_wait(word(), value); }
    void wait_min(uint32_t value) { noc_semaphore_wait_min(word(), value); }
    void set(uint32_t value) { noc_semaphore_set(word(), value); }
    uint32_t value() const { return *word(); }

    /// Copies the local value to the semaphore of all cores of a rectangle.
    template <Noc::McastMode mcast_mode = Noc::McastMode::EXCLUDE_SRC>
    void set_multicast(const Noc& noc, uint32_t noc_x_start, uint32_t noc_y_start, uint32_t noc_x_end,
                       uint32_t noc_y_end, uint32_t num_dests, bool linked = false) {
        const uint64_t target = everywhere(noc, noc_x_start, noc_y_start, noc_x_end, noc_y_end, address_);
        if constexpr (mcast_mode == Noc::McastMode::INCLUDE_SRC) {
            noc_semaphore_set_multicast_loopback_src(address_, target, num_dests, linked, noc.get_noc_id());
        } else {
            noc_semaphore_set_multicast(address_, target, num_dests, linked, noc.get_noc_id());
        }
    }
    void set_multicast_loopback_src(const Noc& noc, uint32_t noc_x_start, uint32_t noc_y_start, uint32_t noc_x_end,
                                    uint32_t noc_y_end, uint32_t num_dests, bool linked = false) {
        set_multicast<Noc::McastMode::INCLUDE_SRC>(noc, noc_x_start, noc_y_start, noc_x_end, noc_y_end, num_dests,
                                                   linked);
    }

    /// Adds to the semaphore of all cores of a rectangle but this one, atomically on each.
    void inc_multicast(const Noc& noc, uint32_t noc_x_start, uint32_t noc_y_start, uint32_t noc_x_end,
                       uint32_t noc_y_end, uint32_t value, uint32_t num_dests) {
        noc_semaphore_inc_multicast(everywhere(noc, noc_x_start, noc_y_start, noc_x_end, noc_y_end, address_), value,
                                    num_dests, noc.get_noc_id());
    }

    /// Copies the local value to a different semaphore of another core, or of all cores of a rectangle.
    template <ProgrammableCoreType dst_core_type = core_type>
    void relay_unicast(const Noc& noc, const Semaphore<dst_core_type>& dst_sem, uint32_t noc_x, uint32_t noc_y) {
        noc_semaphore_set_remote(address_, ::get_noc_addr(noc_x, noc_y, dst_sem.l1_address(), noc.get_noc_id()),
                                 noc.get_noc_id());
    }
    template <Noc::McastMode mcast_mode = Noc::McastMode::EXCLUDE_SRC, ProgrammableCoreType dst_core_type = core_type>
    void relay_multicast(const Noc& noc, const Semaphore<dst_core_type>& dst_sem, uint32_t noc_x_start,
                         uint32_t noc_y_start, uint32_t noc_x_end, uint32_t noc_y_end, uint32_t num_dests,
                         bool linked = false) {
        const uint64_t target = everywhere(noc, noc_x_start, noc_y_start, noc_x_end, noc_y_end, dst_sem.l1_address());
        if constexpr (mcast_mode == Noc::McastMode::INCLUDE_SRC) {
            noc_semaphore_set_multicast_loopback_src(address_, target, num_dests, linked, noc.get_noc_id());
        } else {
            noc_semaphore_set_multicast(address_, target, num_dests, linked, noc.get_noc_id());
        }
    }

    uint32_t l1_address() const { return address_; }

private:
    volatile uint32_t* word() const { return reinterpret_cast<volatile uint32_t*>(address_); }
    static uint64_t everywhere(const Noc& noc, uint32_t x_start, uint32_t y_start, uint32_t x_end, uint32_t y_end,
                               uint32_t address) {
        return ::get_noc_multicast_addr(x_start, y_start, x_end, y_end, address, noc.get_noc_id());
    }

    uint32_t address_;
};

}  // namespace experimental
