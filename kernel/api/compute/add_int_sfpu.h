// Sums of integer tiles; they wrap.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// a + b for Int32, UInt32 or UInt16.
template <DataFormat data_format>
ALWI void add_int_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    constexpr uint32_t op = data_format == DataFormat::UInt16 ? TSR_SFPU_ADD_UINT16 : TSR_SFPU_ADD_INT;
    tsr_sfpu_binary(op, idst0, idst1, odst, TSR_FACES_RC);
}

/// a + b for int32.
ALWI void add_int32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_ADD_INT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void add_int32_tile(uint32_t idst0, uint32_t idst1) {
    add_int32_tile(idst0, idst1, idst0);
}

ALWI void add_int32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// a + b for uint32.
ALWI void add_uint32_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_ADD_INT, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void add_uint32_tile(uint32_t idst0, uint32_t idst1) {
    add_uint32_tile(idst0, idst1, idst0);
}

ALWI void add_uint32_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
/// a + b for uint16.
ALWI void add_uint16_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_ADD_UINT16, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void add_uint16_tile(uint32_t idst0, uint32_t idst1) {
    add_uint16_tile(idst0, idst1, idst0);
}

ALWI void add_uint16_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}
ALWI void add_int_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
