// The bitonic top-k of the vector unit, register for register: its networks work on four registers of 32 lanes that
// hold four rows of every second column, and on four more that carry the values' indices along.
#pragma once

#include <cstdint>

namespace tessera::tensix {

/// dst: four tiles; values in tiles 0 and 1, their indices in tiles 2 and 3. A column of both value tiles is one
/// sequence of 64. ascending: smallest first. See tsr_sfpu_topk_local_sort and its companions.
void sfpu_topk_local_sort(uint32_t* dst, bool ascending, int end_phase, int start_phase, int end_step, int start_step,
                          bool stable);
void sfpu_topk_merge(uint32_t* dst, int m_iter, int k, bool ascending, bool stable);
void sfpu_topk_rebuild(uint32_t* dst, bool ascending, int m_iter, int k, int logk, bool skip_second, bool stable);

}  // namespace tessera::tensix
