// The exact mode for any x86-64 CPU.
#include <tensix/exact/level.h>

namespace tessera::tensix::exact {

constinit const Arithmetic portable_tables[2] = {level_table<Chip::Wormhole>("portable"),
                                                 level_table<Chip::Blackhole>("portable")};

}  // namespace tessera::tensix::exact
