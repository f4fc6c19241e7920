// DPRINT_MATH and its like as the later generation has them: a format and its arguments. A kernel's compilation
// includes this file before its source when that gives one of them a string first.
#pragma once

#include <api/debug/device_print.h>

#undef DPRINT_UNPACK
#undef DPRINT_MATH
#undef DPRINT_PACK
#undef DPRINT_DATA0
#undef DPRINT_DATA1
#define DPRINT_UNPACK(...) DEVICE_PRINT_UNPACK(__VA_ARGS__)
#define DPRINT_MATH(...) DEVICE_PRINT_MATH(__VA_ARGS__)
#define DPRINT_PACK(...) DEVICE_PRINT_PACK(__VA_ARGS__)
#define DPRINT_DATA0(...) DEVICE_PRINT_DATA0(__VA_ARGS__)
#define DPRINT_DATA1(...) DEVICE_PRINT_DATA1(__VA_ARGS__)
