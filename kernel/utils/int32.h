// Comparison of int32 values, under its first name.
#pragma once

#include <api/numeric/int32.h>
