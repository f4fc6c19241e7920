// What every compute kernel starts with, precompiled once per family.
#pragma once

#include <cstddef>
#include <cstdint>

#include <tessera/abi.h>
#include <tessera/config.h>
