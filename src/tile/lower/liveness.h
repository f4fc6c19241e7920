// When a block's buffers hold something that will be read again.
//
// The rule that all code for circular buffers follows: at every point of a block, exactly the buffers that are live
// have their tiles in their rings. A statement that reads a buffer for the last time pops it; where a branch or loop is
// entered on whose way a live buffer will not be read, it is dropped; so the three kernels, which follow the same
// control flow, agree on every push and pop.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <tile/device/program.h>
#include <tile/lower/access.h>
#include <tile/lower/storage.h>

namespace tessera::tile::lower {

/// Buffers by their number in Flows::buffers.
using Live = std::set<uint32_t>;

struct Flow {
    ir::Stmt stmt;
    Live before, after;
    /// Of For, While: what is live when the condition is looked at. `bodies` enter with less, perhaps.
    Live head;
    bool dead = false;  ///< a tile statement whose result nobody reads, or that another one does too: no code
    device::Role role = device::Role::Compute;  ///< of a tile statement: the kernel that does it
    Sums sums;                                  ///< of a product
    std::vector<Access> accesses;
    std::vector<std::vector<Flow>> bodies;
    std::vector<Live> entries;  ///< of bodies: what is live at their beginning
};

struct Flows {
    std::vector<ir::Buffer> buffers;  ///< that are used, in the order of their allocation
    std::map<ir::Buffer, uint32_t> number;
    std::vector<device::Role> producer, consumer;  ///< by number
    std::vector<Flow> body;
    /// Live at the beginning of the block, where nothing has been written: on some way they are read unwritten, or
    /// written in part. They get some content first.
    Live unwritten;
    /// Buffers whose ring lies on a tensor's shards: each core's blocks are there already, in the order in which it
    /// goes through them, so that nothing is moved. Filled by choose_schedule.
    struct Resident {
        std::string tensor;
        int64_t pages = 0;  ///< of a shard
    };
    std::map<uint32_t, Resident> resident;
};

/// Of a launch that assign_roles made.
Flows liveness(const ir::Launch& launch);

}  // namespace tessera::tile::lower
