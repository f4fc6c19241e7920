// Compile-time arguments of kernels, under the first name.
#pragma once

#include <api/compile_time_args.h>
