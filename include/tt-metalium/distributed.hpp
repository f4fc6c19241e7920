// Functions on meshes: workloads, buffers, events, traces. Most programs of today need this header and host_api.hpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/mesh_buffer.hpp>
#include <tt-metalium/mesh_command_queue.hpp>
#include <tt-metalium/mesh_coord.hpp>
#include <tt-metalium/mesh_event.hpp>
#include <tt-metalium/mesh_trace_id.hpp>
#include <tt-metalium/mesh_workload.hpp>
#include <tt-metalium/sub_device_types.hpp>
#include <tt-metalium/util.hpp>
#include <tt_stl/assert.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal::distributed {

MeshWorkload CreateMeshWorkload();
void AddProgramToMeshWorkload(MeshWorkload& mesh_workload, Program&& program, const MeshCoordinateRange& device_range);

/// Runs all programs, side by side on all their chips. A mistake of a kernel throws tessera::Error here.
void EnqueueMeshWorkload(MeshCommandQueue& mesh_cq, MeshWorkload& mesh_workload, bool blocking);

/// Bytes that a write of the whole buffer takes.
size_t source_bytes(const MeshBuffer& mesh_buffer);
/// As a write of the whole buffer from host data of fewer bytes: warns, and writes zeros behind them.
void write_short_source(MeshCommandQueue& mesh_cq, const std::shared_ptr<MeshBuffer>& mesh_buffer, const void* source,
                        size_t bytes);
/// The same for one chip's part.
size_t shard_bytes(const MeshBuffer& mesh_buffer, const MeshCoordinate& coord);
void write_short_shard(MeshCommandQueue& mesh_cq, const std::shared_ptr<MeshBuffer>& mesh_buffer,
                       const MeshCoordinate& coord, const void* source, size_t bytes);

/// Writes one chip's part of a buffer; src holds at least that many bytes.
template <typename DType>
void WriteShard(MeshCommandQueue& mesh_cq, const std::shared_ptr<MeshBuffer>& mesh_buffer, std::vector<DType>& src,
                const MeshCoordinate& coord, bool blocking = false) {
    if (const size_t bytes = src.size() * sizeof(DType); bytes < shard_bytes(*mesh_buffer, coord)) {
        write_short_shard(mesh_cq, mesh_buffer, coord, src.data(), bytes);
        return;
    }
    mesh_cq.enqueue_write_shards(
        mesh_buffer, std::vector<ShardDataTransfer>{ShardDataTransfer{coord}.host_data(src.data())}, blocking);
}

/// Reads one chip's part of a buffer; dst is resized.
template <typename DType>
void ReadShard(MeshCommandQueue& mesh_cq, std::vector<DType>& dst, const std::shared_ptr<MeshBuffer>& mesh_buffer,
               const MeshCoordinate& coord, bool blocking = true) {
    auto* shard = mesh_buffer->get_device_buffer(coord);
    dst.resize(shard->page_size() * shard->num_pages() / sizeof(DType));
    mesh_cq.enqueue_read_shards(std::vector<ShardDataTransfer>{ShardDataTransfer{coord}.host_data(dst.data())},
                                mesh_buffer, blocking);
}

/// src holds the whole buffer: a replicated buffer's bytes go to every chip, a sharded one's are distributed. The rest
/// is zeros, with a warning, when it holds less.
template <typename DType>
void EnqueueWriteMeshBuffer(MeshCommandQueue& mesh_cq, std::shared_ptr<MeshBuffer>& mesh_buffer,
                            const std::vector<DType>& src, bool blocking = false) {
    if (const size_t bytes = src.size() * sizeof(DType); bytes < source_bytes(*mesh_buffer)) {
        write_short_source(mesh_cq, mesh_buffer, src.data(), bytes);
        return;
    }
    mesh_cq.enqueue_write_mesh_buffer(mesh_buffer, src.data(), blocking);
}

/// dst is resized to the buffer's size; a replicated buffer is read from the first chip.
template <typename DType>
void EnqueueReadMeshBuffer(MeshCommandQueue& mesh_cq, std::vector<DType>& dst, std::shared_ptr<MeshBuffer>& mesh_buffer,
                           bool blocking = true) {
    if (mesh_buffer->global_layout() == MeshBufferLayout::SHARDED) {
        dst.resize(mesh_buffer->global_shard_spec().global_size / sizeof(DType));
    } else {
        dst.resize(mesh_buffer->size() / sizeof(DType));
    }
    mesh_cq.enqueue_read_mesh_buffer(dst.data(), mesh_buffer, blocking);
}

MeshEvent EnqueueRecordEvent(MeshCommandQueue& mesh_cq, tt::stl::Span<const SubDeviceId> sub_device_ids = {},
                             const std::optional<MeshCoordinateRange>& device_range = std::nullopt);
MeshEvent EnqueueRecordEventToHost(MeshCommandQueue& mesh_cq, tt::stl::Span<const SubDeviceId> sub_device_ids = {},
                                   const std::optional<MeshCoordinateRange>& device_range = std::nullopt);
void EnqueueWaitForEvent(MeshCommandQueue& mesh_cq, const MeshEvent& event);
void EventSynchronize(const MeshEvent& event);
/// True when the event has happened.
bool EventQuery(const MeshEvent& event);

/// Workloads enqueued until the end of the capture are recorded and not run.
MeshTraceId BeginTraceCapture(MeshDevice* device, uint8_t cq_id);
void EndTraceCapture(MeshDevice* device, uint8_t cq_id, const MeshTraceId& trace_id);
void ReplayTrace(MeshDevice* device, uint8_t cq_id, const MeshTraceId& trace_id, bool blocking);
void ReleaseTrace(MeshDevice* device, const MeshTraceId& trace_id);

void Synchronize(MeshDevice* device, std::optional<uint8_t> cq_id,
                 tt::stl::Span<const SubDeviceId> sub_device_ids = {});
void Finish(MeshCommandQueue& mesh_cq, tt::stl::Span<const SubDeviceId> sub_device_ids = {});

/// True when the process is one of several of an MPI job; here always false.
bool UsingDistributedEnvironment();

}  // namespace tt::tt_metal::distributed

// Programs up to 2025 use it without the namespace.
using std::string;
