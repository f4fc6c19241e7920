// Constants of data-movement kernels.
#pragma once

#include <tessera/prelude_dataflow.h>
#include <tessera/configured.h>
