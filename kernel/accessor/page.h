// Tensor accessors, under their first name.
#pragma once

#include <api/tensor/page.h>
