// The vector unit's functions, exactly, for AVX-512; see exact.cmake for the flags.
#define TESSERA_SFPU_LEVEL avx512
#include <tensix/exact/sfpu_run.h>
