// Everything that a data-movement kernel may use without including a header. Precompiled once for each chip family; the
// kernel's own configuration comes after it (see config.h).
#pragma once

#define TESSERA_PRELUDE_OPEN
#define KERNEL_BUILD 1

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <tuple>
#include <type_traits>
#include <utility>

#include <limits.h>
#include <stdint.h>
#include <sys/types.h>

#include <api/debug/assert.h>
#include <api/debug/dprint.h>
#include <api/debug/pause.h>
#include <api/debug/ring_buffer.h>
#include <api/debug/waypoint.h>
#include <hostdevcommon/kernel_structs.h>
#include <tessera/abi.h>
#include <tessera/address_generators.h>
#include <tessera/args.h>
#include <tessera/core.h>
#include <tessera/mixed_width.h>
#include <tessera/registers.h>
#include <tessera/transfers.h>
#include <hostdevcommon/common_values.hpp>

#include <api/tensor/tensor_accessor.h>
#include <tools/profiler/kernel_profiler.hpp>

// Defined by the kernel's source; whichever exists is called by the generated entry.
void kernel_main();

#undef TESSERA_PRELUDE_OPEN
