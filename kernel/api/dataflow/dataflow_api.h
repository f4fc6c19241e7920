// The data-movement API of kernels: arguments, circular buffers, NoC transfers, semaphores, tensor accessors.
#pragma once

#include <tessera/prelude_dataflow.h>

#include <tessera/configured.h>
