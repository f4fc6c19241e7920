// The vector unit's instructions on arrays for AVX2 and FMA; see exact.cmake for the flags.
#define TESSERA_UNIT_LEVEL avx2
#include <tensix/exact/unit_run.h>
