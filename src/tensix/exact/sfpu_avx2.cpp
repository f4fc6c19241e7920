// The vector unit's functions, exactly, for AVX2; see exact.cmake for the flags.
#define TESSERA_SFPU_LEVEL avx2
#include <tensix/exact/sfpu_run.h>
