// Where tensors lie as the script says with annotate_tt_sharding: in DRAM or in the cores' L1, dealt page by page or
// cut into shards.
#pragma once

#include <map>

#include <arch/arch.h>
#include <tile/ir/diagnostics.h>
#include <tile/lower/tensors.h>

namespace tessera::tile::lower {

/// Fills in_l1, shard, shard_grid and shards_by_column of the tensors that the kernel has annotations of. The pages of
/// a tensor are a matrix, all rows of its tiles one below the other; `axis` cuts its rows (height), its columns (width)
/// or both (block) into shards of one size: so many as `grid` says, or of so many rows or columns as `tiles` says, or,
/// if neither is there, as many as whole blocks of the script and cores (in DRAM banks) allow. Reported: tile-shard,
/// with the reason.
void place_tensors(const ir::Kernel& kernel, const arch::Chip& chip, std::map<ir::Buffer, TensorPlan>& tensors,
                   Diagnostics& diagnostics);

/// What each core's L1 holds of all tensors, in bytes.
uint64_t shard_bytes(const std::map<ir::Buffer, TensorPlan>& tensors, const arch::Chip& chip);

}  // namespace tessera::tile::lower
