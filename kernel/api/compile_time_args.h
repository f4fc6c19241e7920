// Compile-time arguments of kernels.
#pragma once

#include <tessera/args.h>

#include <tessera/configured.h>
