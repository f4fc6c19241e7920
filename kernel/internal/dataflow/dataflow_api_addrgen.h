// Address generators.
#pragma once

#include <tessera/prelude_dataflow.h>
#include <tessera/configured.h>
