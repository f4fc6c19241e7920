// Compile-time arguments of kernels.
#pragma once

#include <api/compile_time_args.h>
