// Bitwise operations of two integer tiles.
#pragma once

#include <tessera/sfpu_common.h>

namespace ckernel {

/// a & b.
template <DataFormat data_format>
ALWI void bitwise_and_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_AND, idst0, idst1, odst, TSR_FACES_RC);
}

/// a & b for int32.
ALWI void bitwise_and_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_AND, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void bitwise_and_binary_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_AND, idst0, idst1, idst0, TSR_FACES_RC);
}

/// a & b for uint16.
ALWI void bitwise_and_uint16_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_AND, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void bitwise_and_uint16_binary_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_AND, idst0, idst1, idst0, TSR_FACES_RC);
}

/// a & b for uint32.
ALWI void bitwise_and_uint32_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_AND, idst0, idst1, odst, TSR_FACES_RC);
}

/// a | b.
template <DataFormat data_format>
ALWI void bitwise_or_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_OR, idst0, idst1, odst, TSR_FACES_RC);
}

/// a | b for int32.
ALWI void bitwise_or_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_OR, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void bitwise_or_binary_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_OR, idst0, idst1, idst0, TSR_FACES_RC);
}

/// a | b for uint16.
ALWI void bitwise_or_uint16_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_OR, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void bitwise_or_uint16_binary_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_OR, idst0, idst1, idst0, TSR_FACES_RC);
}

/// a | b for uint32.
ALWI void bitwise_or_uint32_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_OR, idst0, idst1, odst, TSR_FACES_RC);
}

/// a ^ b.
template <DataFormat data_format>
ALWI void bitwise_xor_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_XOR, idst0, idst1, odst, TSR_FACES_RC);
}

/// a ^ b for int32.
ALWI void bitwise_xor_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_XOR, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void bitwise_xor_binary_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_XOR, idst0, idst1, idst0, TSR_FACES_RC);
}

/// a ^ b for uint16.
ALWI void bitwise_xor_uint16_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_XOR, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void bitwise_xor_uint16_binary_tile(uint32_t idst0, uint32_t idst1) {
    tsr_sfpu_binary(TSR_SFPU_XOR, idst0, idst1, idst0, TSR_FACES_RC);
}

/// a ^ b for uint32.
ALWI void bitwise_xor_uint32_binary_tile(uint32_t idst0, uint32_t idst1, uint32_t odst) {
    tsr_sfpu_binary(TSR_SFPU_XOR, idst0, idst1, odst, TSR_FACES_RC);
}

ALWI void binary_bitwise_tile_init() {
    tsr_init_sfpu(TSR_SFPU_SETUP_PLAIN);
}

}  // namespace ckernel
