// The vector unit's functions compiled for one instruction set; see CMakeLists.txt for the flags.
#define TESSERA_SFPU_TABLE sfpu_table_portable
#include <tensix/fast/sfpu_run.h>
