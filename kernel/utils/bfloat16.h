// Comparison of bfloat16 values, under its first name.
#pragma once

#include <api/numeric/bfloat16.h>
