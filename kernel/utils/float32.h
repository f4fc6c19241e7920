// Comparison of float32 values, under its first name.
#pragma once

#include <api/numeric/float32.h>
