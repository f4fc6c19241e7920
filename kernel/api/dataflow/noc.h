// The object style of NoC transfers under its later name, outside the namespace experimental.
#pragma once

#include <experimental/noc.h>

using experimental::Noc;
using experimental::noc_traits_t;
