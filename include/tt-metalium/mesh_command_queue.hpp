// A queue of work for a mesh. Work is carried out when it is enqueued, in order, so every call has finished when it
// returns; blocking or not makes no difference that a program could see.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/core_coord.hpp>
#include <tt-metalium/mesh_buffer.hpp>
#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/mesh_event.hpp>
#include <tt-metalium/mesh_trace_id.hpp>
#include <tt-metalium/mesh_workload.hpp>
#include <tt-metalium/sub_device_types.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal {
class DistributedHostBuffer;
}

namespace tt::tt_metal::distributed {

/// One chip's part of a transfer: where it is, the host memory, and which bytes of the device buffer (all when unset).
class ShardDataTransfer {
public:
    explicit ShardDataTransfer(const MeshCoordinate& shard_coord) : shard_coord_(shard_coord) {}

    MeshCoordinate shard_coord() const { return shard_coord_; }
    void* host_data() const { return host_data_; }
    std::optional<BufferRegion> region() const { return region_; }

    ShardDataTransfer& shard_coord(const MeshCoordinate& shard_coord) {
        shard_coord_ = shard_coord;
        return *this;
    }
    ShardDataTransfer& host_data(void* host_data) {
        host_data_ = host_data;
        return *this;
    }
    ShardDataTransfer& region(std::optional<BufferRegion> region) {
        region_ = region;
        return *this;
    }

private:
    MeshCoordinate shard_coord_;
    void* host_data_ = nullptr;
    std::optional<BufferRegion> region_;
};

class MeshCommandQueue {
public:
    MeshCommandQueue(MeshDevice* mesh_device, uint32_t id);
    ~MeshCommandQueue();
    MeshCommandQueue(const MeshCommandQueue&) = delete;
    MeshCommandQueue& operator=(const MeshCommandQueue&) = delete;

    MeshDevice* device() const { return mesh_device_; }
    uint32_t id() const { return id_; }
    /// The trace that is being captured on this queue.
    std::optional<MeshTraceId> trace_id() const { return trace_id_; }

    void enqueue_mesh_workload(MeshWorkload& mesh_workload, bool blocking);

    /// The aggregate that programs of 2025 use.
    struct ShardDataTransfer {
        MeshCoordinate shard_coord;
        void* host_data = nullptr;
        std::optional<BufferRegion> region;
    };

    /// Writes the same bytes to every chip of a range.
    void enqueue_write_shard_to_sub_grid(const MeshBuffer& buffer, const void* host_data,
                                         const MeshCoordinateRange& device_range, bool blocking,
                                         std::optional<BufferRegion> region = std::nullopt);
    /// host_data holds the whole buffer: a replicated buffer's bytes go to every chip, a sharded one's are distributed.
    void enqueue_write_mesh_buffer(const std::shared_ptr<MeshBuffer>& buffer, const void* host_data, bool blocking);
    void enqueue_write(const std::shared_ptr<MeshBuffer>& mesh_buffer, const DistributedHostBuffer& host_buffer,
                       bool blocking);
    void enqueue_write_shards(const std::shared_ptr<MeshBuffer>& mesh_buffer,
                              const std::vector<distributed::ShardDataTransfer>& shard_data_transfers, bool blocking);
    void enqueue_write_shards(const std::shared_ptr<MeshBuffer>& mesh_buffer,
                              const std::vector<ShardDataTransfer>& shard_data_transfers, bool blocking);

    /// A replicated buffer is read from the first chip.
    void enqueue_read_mesh_buffer(void* host_data, const std::shared_ptr<MeshBuffer>& buffer, bool blocking);
    void enqueue_read_shards(const std::vector<distributed::ShardDataTransfer>& shard_data_transfers,
                             const std::shared_ptr<MeshBuffer>& mesh_buffer, bool blocking);
    void enqueue_read_shards(const std::vector<ShardDataTransfer>& shard_data_transfers,
                             const std::shared_ptr<MeshBuffer>& mesh_buffer, bool blocking);
    void enqueue_read(const std::shared_ptr<MeshBuffer>& mesh_buffer, DistributedHostBuffer& host_buffer,
                      const std::optional<std::unordered_set<MeshCoordinate>>& shards, bool blocking);

    MeshEvent enqueue_record_event(tt::stl::Span<const SubDeviceId> sub_device_ids = {},
                                   const std::optional<MeshCoordinateRange>& device_range = std::nullopt);
    MeshEvent enqueue_record_event_to_host(tt::stl::Span<const SubDeviceId> sub_device_ids = {},
                                           const std::optional<MeshCoordinateRange>& device_range = std::nullopt);
    void enqueue_wait_for_event(const MeshEvent& sync_event);
    void finish(tt::stl::Span<const SubDeviceId> sub_device_ids = {});

    /// Between the two, workloads are recorded in the trace and not run.
    void record_begin(const MeshTraceId& trace_id);
    void record_end();
    void enqueue_trace(const MeshTraceId& trace_id, bool blocking);

    void wait_for_completion(bool) {}
    void finish_and_reset_in_use() {}

    /// The newest event that this queue has recorded.
    uint32_t last_event() const { return last_event_; }

private:
    void refuse_in_trace(const char* what) const;

    MeshDevice* mesh_device_ = nullptr;
    uint32_t id_ = 0;
    uint32_t last_event_ = 0;
    std::optional<MeshTraceId> trace_id_;
};

}  // namespace tt::tt_metal::distributed
