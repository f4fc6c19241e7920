// Tensors as ends of object-style transfers, under the later name.
#pragma once

#include <experimental/tensor.h>

using experimental::Noc;
using experimental::noc_traits_t;
