// The exact mode for CPUs with AVX2 and FMA.
#include <tensix/exact/level.h>

namespace tessera::tensix::exact {

constinit const Arithmetic avx2_tables[2] = {level_table<Chip::Wormhole>("avx2"), level_table<Chip::Blackhole>("avx2")};

}  // namespace tessera::tensix::exact
