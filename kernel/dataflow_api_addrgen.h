// Address generators, under their first name.
#pragma once

#include <tessera/configured.h>
#include <tessera/prelude_dataflow.h>
