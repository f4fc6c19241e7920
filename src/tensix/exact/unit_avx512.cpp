// The vector unit's instructions on arrays for AVX-512; see exact.cmake for the flags.
#define TESSERA_UNIT_LEVEL avx512
#include <tensix/exact/unit_run.h>
