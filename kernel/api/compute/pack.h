// The packer: DST tiles to circular buffers.
#pragma once

#include <api/compute/common_globals.h>

namespace ckernel {

/// Packs DST tile `ifrom_dst` to the next page after the last packed one (the count restarts at cb_push_back), or with
/// out_of_order_output to page `output_tile_index` from the write pointer.
template <bool out_of_order_output = false>
ALWI void pack_tile(uint32_t ifrom_dst, uint32_t icb, std::uint32_t output_tile_index = 0) {
    tsr_pack_tile(ifrom_dst, icb, output_tile_index, out_of_order_output);
}

/// Packs `ntiles` DST tiles from `ifrom_dst` to the next pages.
ALWI void pack_tile_block(uint32_t ifrom_dst, uint32_t icb, uint32_t ntiles) {
    tsr_pack_block(ifrom_dst, icb, ntiles);
}

/// The same under an older name.
ALWI void matmul_pack_tile(uint32_t ifrom_dst, uint32_t icb, uint32_t ntiles) {
    tsr_pack_block(ifrom_dst, icb, ntiles);
}

/// The packer's output format is that of `new_cb_id`.
template <bool is_tile_dim_reconfig_en = false>
ALWI void pack_reconfig_data_format(const uint32_t new_cb_id) {
    tsr_configure_formats(TSR_KEEP_FORMAT, TSR_KEEP_FORMAT, new_cb_id);
}

template <bool is_tile_dim_reconfig_en = false>
ALWI void pack_reconfig_data_format(const uint32_t old_cb_id, const uint32_t new_cb_id) {
    tsr_configure_formats(TSR_KEEP_FORMAT, TSR_KEEP_FORMAT, new_cb_id);
}

/// With 1, packing adds to what lies in L1 instead of overwriting it.
ALWI void pack_reconfig_l1_acc(const uint32_t l1_acc_en) {
    tsr_configure_l1_accumulate(l1_acc_en);
}

/// pack_rows will write the first `num_rows` rows of 16 datums of a DST tile.
ALWI void pack_rows_init(uint32_t num_rows) {
    tsr_configure_pack_rows(num_rows);
    tsr_init_pack(TSR_PACK_ROWS);
}

/// Packs rows of DST tile `idst` as contiguous data to page `output_index` from the write pointer.
ALWI void pack_rows(uint32_t idst, uint32_t ocb, uint32_t output_index = 0) {
    tsr_pack_rows(idst, ocb, output_index);
}

ALWI void pack_rows_uninit() {
    tsr_configure_pack_rows(16);
    tsr_init_pack(TSR_PACK_TILES);
}

/// ReLU on pack. config: mode in bits 0-1 (ReluType), bf16 threshold in bits 16-31.
ALWI void llk_pack_relu_config(std::uint32_t config) {
    tsr_configure_relu(config & 3, config >> 16);
}

}  // namespace ckernel
