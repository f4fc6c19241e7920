// Address generators, under their first name.
#pragma once

#include <tessera/prelude_dataflow.h>
#include <tessera/configured.h>
