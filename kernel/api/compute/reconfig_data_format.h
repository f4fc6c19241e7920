// Tells the unpackers that the next operands have other formats. SrcA is an elementwise operation's first operand and a
// matrix product's second.
#pragma once

#include <api/compute/common_globals.h>

namespace ckernel {

template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
ALWI void reconfig_data_format(const uint32_t srca_new_operand, const uint32_t srcb_new_operand) {
    tsr_configure_formats(srca_new_operand, srcb_new_operand, TSR_KEEP_FORMAT);
}

template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
ALWI void reconfig_data_format(const uint32_t srca_old_operand, const uint32_t srca_new_operand,
                               const uint32_t srcb_old_operand, const uint32_t srcb_new_operand) {
    tsr_configure_formats(srca_new_operand, srcb_new_operand, TSR_KEEP_FORMAT);
}

/// For the operands of an operation in its own order; Reverse for a matrix product.
template <SrcOrder src_order, bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
ALWI void reconfig_data_format(const uint32_t new_operand0, const uint32_t new_operand1) {
    if constexpr (src_order == SrcOrder::Reverse) {
        tsr_configure_formats(new_operand1, new_operand0, TSR_KEEP_FORMAT);
    } else {
        tsr_configure_formats(new_operand0, new_operand1, TSR_KEEP_FORMAT);
    }
}

template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
ALWI void reconfig_data_format_srca(const uint32_t srca_new_operand) {
    tsr_configure_formats(srca_new_operand, TSR_KEEP_FORMAT, TSR_KEEP_FORMAT);
}

template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
ALWI void reconfig_data_format_srca(const uint32_t srca_old_operand, const uint32_t srca_new_operand) {
    tsr_configure_formats(srca_new_operand, TSR_KEEP_FORMAT, TSR_KEEP_FORMAT);
}

template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
ALWI void reconfig_data_format_srcb(const uint32_t srcb_new_operand) {
    tsr_configure_formats(TSR_KEEP_FORMAT, srcb_new_operand, TSR_KEEP_FORMAT);
}

template <bool to_from_int8 = false, bool is_tile_dim_reconfig_en = false>
ALWI void reconfig_data_format_srcb(const uint32_t srcb_old_operand, const uint32_t srcb_new_operand) {
    tsr_configure_formats(TSR_KEEP_FORMAT, srcb_new_operand, TSR_KEEP_FORMAT);
}

}  // namespace ckernel
