// Facts about the chip that programs run on, without opening a device.
#pragma once

#include <cstdint>
#include <string>

#include <tt-metalium/hal_types.hpp>
#include <umd/device/types/arch.hpp>

namespace tt::tt_metal::hal {

/// The family of the simulated chips.
tt::ARCH get_arch();
/// Its name, for example "wormhole_b0".
std::string get_arch_name();
/// Bytes of L1 on a worker core.
uint32_t get_l1_size();
/// What DRAM addresses must be a multiple of, in bytes.
uint32_t get_dram_alignment();
/// What L1 addresses must be a multiple of, in bytes.
uint32_t get_l1_alignment();
/// What host addresses must be a multiple of, in bytes.
uint32_t get_pcie_alignment();
/// Start of the memory that programs may use on an Ethernet core.
uint32_t get_erisc_l1_unreserved_base();
/// Bytes of that memory.
uint32_t get_erisc_l1_unreserved_size();
/// Bytes of L1 on a worker core that programs may use.
uint32_t get_max_worker_l1_unreserved_size();
/// The smallest step, the not-a-number and the infinity of the vector engine.
float get_eps();
float get_nan();
float get_inf();
/// Circular buffers on a core.
uint32_t get_arch_num_circular_buffers();

}  // namespace tt::tt_metal::hal
