// The vector unit's functions, exactly, for the baseline instruction set; see exact.cmake for the flags.
#define TESSERA_SFPU_LEVEL portable
#include <tensix/exact/sfpu_run.h>
