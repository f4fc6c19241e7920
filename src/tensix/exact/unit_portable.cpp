// The vector unit's instructions on arrays for any CPU; see exact.cmake for the flags.
#define TESSERA_UNIT_LEVEL portable
#include <tensix/exact/unit_run.h>
