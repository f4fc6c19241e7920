// Tensor accessors, under their first name.
#pragma once

#include <api/tensor/pages_address_iterator.h>
