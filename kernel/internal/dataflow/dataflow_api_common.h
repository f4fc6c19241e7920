// Constants of data-movement kernels.
#pragma once

#include <tessera/configured.h>
#include <tessera/prelude_dataflow.h>
