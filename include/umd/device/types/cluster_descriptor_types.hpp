// Numbers of chips in a system.
#pragma once

#include <cstdint>

namespace tt {
/// The number of a chip in the system.
using ChipId = int;
/// A channel of an Ethernet link.
using EthernetChannel = int;
}  // namespace tt

using chip_id_t = tt::ChipId;
