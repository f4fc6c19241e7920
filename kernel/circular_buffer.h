// A processor's own view of its circular buffers.
#pragma once

#include <tessera/args.h>
