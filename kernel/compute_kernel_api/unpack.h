// The first generation's names of what api/compute/reconfig_data_format.h does.
#pragma once

#include <api/compute/reconfig_data_format.h>

namespace ckernel {

ALWI void unpack_reconfig_data_format(const uint32_t srca_new_operand, const uint32_t srcb_new_operand) {
    reconfig_data_format(srca_new_operand, srcb_new_operand);
}

ALWI void unpack_reconfig_data_format(const uint32_t srca_old_operand, const uint32_t srca_new_operand,
                                      const uint32_t srcb_old_operand, const uint32_t srcb_new_operand) {
    reconfig_data_format(srca_new_operand, srcb_new_operand);
}

ALWI void unpack_reconfig_data_format_srca(const uint32_t srca_new_operand) {
    reconfig_data_format_srca(srca_new_operand);
}

ALWI void unpack_reconfig_data_format_srca(const uint32_t srca_old_operand, const uint32_t srca_new_operand) {
    reconfig_data_format_srca(srca_new_operand);
}

ALWI void unpack_reconfig_data_format_srcb(const uint32_t srcb_new_operand) {
    reconfig_data_format_srcb(srcb_new_operand);
}

ALWI void unpack_reconfig_data_format_srcb(const uint32_t srcb_old_operand, const uint32_t srcb_new_operand) {
    reconfig_data_format_srcb(srcb_new_operand);
}

}  // namespace ckernel
