// Constants of the NoC and of the L1 map.
#pragma once

#include <tessera/attributes.h>
#include <tessera/noc_constants.h>
#include <cstdint>
