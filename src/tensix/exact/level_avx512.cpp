// The exact mode for CPUs with AVX-512 F, BW, VL, DQ and CD.
#include <tensix/exact/level.h>

namespace tessera::tensix::exact {

constinit const Arithmetic avx512_tables[2] = {level_table<Chip::Wormhole>("avx512"),
                                               level_table<Chip::Blackhole>("avx512")};

}  // namespace tessera::tensix::exact
