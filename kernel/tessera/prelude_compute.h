// Precompiled once per chip family for all compute kernels.
#pragma once

#include <array>
#include <cstdint>

#define TESSERA_PRELUDE_OPEN
#include <api/compute/common.h>
#include <api/compute/eltwise_binary.h>
#include <api/compute/matmul.h>
#include <api/compute/tile_move_copy.h>
#undef TESSERA_PRELUDE_OPEN
