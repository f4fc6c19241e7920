// The queues of a mesh: transfers, workloads, events and traces. Everything is carried out when it is enqueued.
#include <algorithm>
#include <atomic>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/ranges.h>

#include <base/reporter.h>
#include <metalium/buffer_io.h>
#include <metalium/device.h>
#include <metalium/launch.h>
#include <metalium/mesh_device_impl.h>
#include <metalium/program.h>
#include <metalium/queue_order.h>
#include <metalium/trace.h>
#include <tt-metalium/distributed.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal::distributed {

namespace {

uint32_t chip_at(const MeshDevice& mesh, const MeshCoordinate& coord) {
    return static_cast<uint32_t>(mesh.get_device(coord)->id());
}

/// A queue moves the bytes of its own mesh's buffers, and of meshes that share its chips.
void check_device(const MeshDevice& mesh, const MeshBuffer& buffer) {
    const auto own = tessera::metalium::chips_of(mesh);
    for (const uint32_t chip : tessera::metalium::chips_of(*buffer.device())) {
        if (std::find(own.begin(), own.end(), chip) != own.end()) {
            return;
        }
    }
    throw tessera::Error(
        "wrong-device",
        fmt::format("a buffer on device {} is given to a command queue of device {}",
                    fmt::join(tessera::metalium::chips_of(*buffer.device()), ", "), fmt::join(own, ", ")),
        "use the queue of the mesh that the buffer was made on");
}

tessera::metalium::QueueOrder& order() {
    return tessera::metalium::QueueOrder::instance();
}

tessera::metalium::QueueKey key(const MeshDevice* mesh, uint32_t queue) {
    return {static_cast<const IDevice*>(mesh), queue};
}

bool is_recorded(const MeshEvent& event) {
    return event.id() <= event.device()->mesh_command_queue(static_cast<uint8_t>(event.mesh_cq_id())).last_event();
}

void check_recorded(const MeshEvent& event) {
    TT_FATAL(is_recorded(event), "The event {} has not been recorded: waiting for it would never end", event.id());
}

void write_shard(const MeshBuffer& buffer, const MeshCoordinate& coord, const void* host_data,
                 const std::optional<BufferRegion>& region) {
    Buffer* shard = buffer.get_device_buffer(coord);
    const DeviceAddr bytes = region ? region->size : shard->size();
    tessera::metalium::write_buffer(tessera::metalium::machine(), chip_at(*buffer.device(), coord), *shard,
                                    {static_cast<const std::byte*>(host_data), bytes}, region);
}

void read_shard(const MeshBuffer& buffer, const MeshCoordinate& coord, void* host_data,
                const std::optional<BufferRegion>& region) {
    Buffer* shard = buffer.get_device_buffer(coord);
    const DeviceAddr bytes = region ? region->size : shard->size();
    tessera::metalium::read_buffer(tessera::metalium::machine(), chip_at(*buffer.device(), coord), *shard,
                                   {static_cast<std::byte*>(host_data), bytes}, region);
}

/// A 2-D tensor as its parts on the devices.
struct Sharding {
    explicit Sharding(const MeshBuffer& buffer)
        : spec(buffer.global_shard_spec()),
          shard(buffer.physical_shard_shape()),
          row_bytes(size_t{buffer.datum_size_bytes()} * spec.global_buffer_shape.width()),
          shard_row_bytes(size_t{buffer.datum_size_bytes()} * shard.width()),
          across(spec.global_buffer_shape.width() / shard.width()),
          down(spec.global_buffer_shape.height() / shard.height()) {}

    const ShardedBufferConfig& spec;
    Shape2D shard;
    size_t row_bytes;
    size_t shard_row_bytes;
    size_t across;
    size_t down;

    size_t shard_bytes() const { return shard_row_bytes * shard.height(); }
    size_t offset(size_t y, size_t x) const { return y * shard.height() * row_bytes + x * shard_row_bytes; }
};

/// Devices take the parts one after the other, row by row or column by column.
class DeviceWalk {
public:
    DeviceWalk(const MeshDevice& mesh, ShardOrientation orientation)
        : rows_(static_cast<uint32_t>(mesh.num_rows())),
          cols_(static_cast<uint32_t>(mesh.num_cols())),
          by_row_(orientation == ShardOrientation::ROW_MAJOR) {}

    MeshCoordinate next() {
        const uint32_t at = index_++;
        TT_FATAL(at < rows_ * cols_, "The buffer has more shards than the mesh has devices ({})", rows_ * cols_);
        return by_row_ ? MeshCoordinate(at / cols_, at % cols_) : MeshCoordinate(at % rows_, at / rows_);
    }

private:
    uint32_t rows_, cols_;
    bool by_row_;
    uint32_t index_ = 0;
};

void write_sharded(const MeshBuffer& buffer, const std::byte* source) {
    const Sharding sharding(buffer);
    const MeshDevice& mesh = *buffer.device();
    const auto rows = static_cast<uint32_t>(mesh.num_rows());
    const auto cols = static_cast<uint32_t>(mesh.num_cols());
    const auto [copy_down, copy_across] = buffer.replicated_dims();
    DeviceWalk walk(mesh, sharding.spec.shard_orientation);
    std::vector<std::byte> part(sharding.shard_bytes());
    uint32_t line = 0;
    for (size_t y = 0; y < sharding.down; ++y) {
        for (size_t x = 0; x < sharding.across; ++x) {
            for (size_t row = 0; row < sharding.shard.height(); ++row) {
                std::memcpy(part.data() + row * sharding.shard_row_bytes,
                            source + sharding.offset(y, x) + row * sharding.row_bytes, sharding.shard_row_bytes);
            }
            if (copy_down && copy_across) {
                for (const MeshCoordinate& coord : MeshCoordinateRange(mesh.shape())) {
                    write_shard(buffer, coord, part.data(), std::nullopt);
                }
            } else if (copy_down || copy_across) {
                // Each part goes to one column of devices, or to one row.
                const bool columns = sharding.spec.shard_orientation == ShardOrientation::ROW_MAJOR;
                for (uint32_t i = 0; i < (columns ? rows : cols); ++i) {
                    write_shard(buffer, columns ? MeshCoordinate(i, line) : MeshCoordinate(line, i), part.data(),
                                std::nullopt);
                }
                ++line;
            } else {
                write_shard(buffer, walk.next(), part.data(), std::nullopt);
            }
        }
    }
}

void read_sharded(const MeshBuffer& buffer, std::byte* destination) {
    const auto [copy_down, copy_across] = buffer.replicated_dims();
    TT_FATAL(!copy_down && !copy_across, "Cannot read a MeshBuffer that is replicated along any dimension.");
    const Sharding sharding(buffer);
    DeviceWalk walk(*buffer.device(), sharding.spec.shard_orientation);
    std::vector<std::byte> part(sharding.shard_bytes());
    for (size_t y = 0; y < sharding.down; ++y) {
        for (size_t x = 0; x < sharding.across; ++x) {
            read_shard(buffer, walk.next(), part.data(), std::nullopt);
            for (size_t row = 0; row < sharding.shard.height(); ++row) {
                std::memcpy(destination + sharding.offset(y, x) + row * sharding.row_bytes,
                            part.data() + row * sharding.shard_row_bytes, sharding.shard_row_bytes);
            }
        }
    }
}

}  // namespace

MeshCommandQueue::MeshCommandQueue(MeshDevice* mesh_device, uint32_t id) : mesh_device_(mesh_device), id_(id) {}
MeshCommandQueue::~MeshCommandQueue() = default;

void MeshCommandQueue::refuse_in_trace(const char* what) const {
    TT_FATAL(mesh_device_->is_initialized(), "The mesh device is closed");
    TT_FATAL(!trace_id_.has_value(), "{} are not supported during trace capture.", what);
}

void MeshCommandQueue::enqueue_mesh_workload(MeshWorkload& mesh_workload, bool blocking) {
    std::vector<tessera::metalium::ProgramOnChips> programs;
    for (auto& [range, program] : mesh_workload.get_programs()) {
        tessera::metalium::ProgramOnChips entry{&program, {}};
        for (const MeshCoordinate& coord : range) {
            entry.chips.push_back(chip_at(*mesh_device_, coord));
        }
        programs.push_back(std::move(entry));
    }
    const auto launches = tessera::metalium::prepare(*mesh_device_, programs);
    mesh_workload.set_last_used_command_queue_for_testing(this);
    if (!trace_id_) {
        tessera::metalium::run(launches);
        order().workload(key(mesh_device_, id_), launches, blocking, mesh_device_->num_hw_cqs() > 1);
        return;
    }
    tessera::metalium::RecordedStep step;
    size_t next = 0;
    for (const auto& entry : programs) {
        for (size_t i = 0; i < entry.chips.size(); ++i) {
            step.launches.push_back(
                tessera::metalium::snapshot(*launches[next++], entry.program->impl().shared_from_this()));
        }
    }
    tessera::metalium::find_trace(**trace_id_).steps.push_back(std::move(step));
}

void MeshCommandQueue::enqueue_write_shard_to_sub_grid(const MeshBuffer& buffer, const void* host_data,
                                                       const MeshCoordinateRange& device_range, bool blocking,
                                                       std::optional<BufferRegion> region) {
    refuse_in_trace("Writes");
    check_device(*mesh_device_, buffer);
    order().transfer(key(mesh_device_, id_), buffer.address(), false, blocking);
    if (buffer.global_layout() == MeshBufferLayout::SHARDED) {
        write_sharded(buffer, static_cast<const std::byte*>(host_data));
        return;
    }
    for (const MeshCoordinate& coord : device_range) {
        write_shard(buffer, coord, host_data, region);
    }
}

size_t source_bytes(const MeshBuffer& mesh_buffer) {
    return mesh_buffer.global_layout() == MeshBufferLayout::SHARDED ? mesh_buffer.global_shard_spec().global_size
                                                                    : mesh_buffer.size();
}

namespace {

/// The bytes, then zeros up to `size`, with a warning. No error: published programs write one number to a buffer of one
/// tile and need no more than that number.
std::vector<std::byte> padded(const void* source, size_t bytes, size_t size, const char* function) {
    std::vector<std::byte> whole(size);
    tessera::Diagnostic warning{
        .name = "host-data-too-small",
        .severity = tessera::Diagnostic::Severity::Warning,
        .message = fmt::format("{} bytes of host data are written to a buffer of {} bytes", bytes, size),
        .trace = {},
        .notes = {"zeros follow; the chip gets whatever lies behind the vector"},
        .help = fmt::format("give {} as many bytes as the buffer has, or write a region with enqueue_write_shards",
                            function)};
    tessera::Reporter::instance().report(std::move(warning));
    if (bytes != 0) {
        std::memcpy(whole.data(), source, bytes);
    }
    return whole;
}

}  // namespace

// Both block: the padded bytes do not outlive the call.
void write_short_source(MeshCommandQueue& mesh_cq, const std::shared_ptr<MeshBuffer>& mesh_buffer, const void* source,
                        size_t bytes) {
    const std::vector<std::byte> whole = padded(source, bytes, source_bytes(*mesh_buffer), "EnqueueWriteMeshBuffer");
    mesh_cq.enqueue_write_mesh_buffer(mesh_buffer, whole.data(), true);
}

size_t shard_bytes(const MeshBuffer& mesh_buffer, const MeshCoordinate& coord) {
    const auto* shard = mesh_buffer.get_device_buffer(coord);
    return static_cast<size_t>(shard->page_size()) * shard->num_pages();
}

void write_short_shard(MeshCommandQueue& mesh_cq, const std::shared_ptr<MeshBuffer>& mesh_buffer,
                       const MeshCoordinate& coord, const void* source, size_t bytes) {
    std::vector<std::byte> whole = padded(source, bytes, shard_bytes(*mesh_buffer, coord), "WriteShard");
    mesh_cq.enqueue_write_shards(
        mesh_buffer, std::vector<ShardDataTransfer>{ShardDataTransfer{coord}.host_data(whole.data())}, true);
}

namespace {

[[noreturn]] void no_distributed_host_buffer(const char* function) {
    throw tessera::Error("unsupported-host-buffer",
                         std::string(function) + ": a DistributedHostBuffer spans host processes, and there is one",
                         "use enqueue_write_mesh_buffer, enqueue_write_shards or enqueue_read_shards");
}

}  // namespace

void MeshCommandQueue::enqueue_write(const std::shared_ptr<MeshBuffer>&, const DistributedHostBuffer&, bool) {
    no_distributed_host_buffer("enqueue_write");
}

void MeshCommandQueue::enqueue_read(const std::shared_ptr<MeshBuffer>&, DistributedHostBuffer&,
                                    const std::optional<std::unordered_set<MeshCoordinate>>&, bool) {
    no_distributed_host_buffer("enqueue_read");
}

void MeshCommandQueue::enqueue_write_mesh_buffer(const std::shared_ptr<MeshBuffer>& buffer, const void* host_data,
                                                 bool blocking) {
    enqueue_write_shard_to_sub_grid(*buffer, host_data, MeshCoordinateRange(buffer->device()->shape()), blocking);
}

void MeshCommandQueue::enqueue_write_shards(const std::shared_ptr<MeshBuffer>& mesh_buffer,
                                            const std::vector<distributed::ShardDataTransfer>& transfers,
                                            bool blocking) {
    refuse_in_trace("Writes");
    check_device(*mesh_device_, *mesh_buffer);
    order().transfer(key(mesh_device_, id_), mesh_buffer->address(), false, blocking);
    for (const auto& transfer : transfers) {
        write_shard(*mesh_buffer, transfer.shard_coord(), transfer.host_data(), transfer.region());
    }
}

void MeshCommandQueue::enqueue_write_shards(const std::shared_ptr<MeshBuffer>& mesh_buffer,
                                            const std::vector<ShardDataTransfer>& transfers, bool blocking) {
    refuse_in_trace("Writes");
    check_device(*mesh_device_, *mesh_buffer);
    order().transfer(key(mesh_device_, id_), mesh_buffer->address(), false, blocking);
    for (const auto& transfer : transfers) {
        write_shard(*mesh_buffer, transfer.shard_coord, transfer.host_data, transfer.region);
    }
}

void MeshCommandQueue::enqueue_read_mesh_buffer(void* host_data, const std::shared_ptr<MeshBuffer>& buffer,
                                                bool blocking) {
    refuse_in_trace("Reads");
    check_device(*mesh_device_, *buffer);
    order().transfer(key(mesh_device_, id_), buffer->address(), true, blocking);
    if (buffer->global_layout() == MeshBufferLayout::SHARDED) {
        read_sharded(*buffer, static_cast<std::byte*>(host_data));
        return;
    }
    TT_FATAL(buffer->device()->num_devices() == 1,
             "Can only read a Sharded MeshBuffer from a MeshDevice or a Replicated MeshBuffer from a Unit-Mesh.");
    read_shard(*buffer, MeshCoordinate::zero_coordinate(buffer->device()->shape().dims()), host_data, std::nullopt);
}

void MeshCommandQueue::enqueue_read_shards(const std::vector<distributed::ShardDataTransfer>& transfers,
                                           const std::shared_ptr<MeshBuffer>& mesh_buffer, bool blocking) {
    refuse_in_trace("Reads");
    check_device(*mesh_device_, *mesh_buffer);
    order().transfer(key(mesh_device_, id_), mesh_buffer->address(), true, blocking);
    for (const auto& transfer : transfers) {
        read_shard(*mesh_buffer, transfer.shard_coord(), transfer.host_data(), transfer.region());
    }
}

void MeshCommandQueue::enqueue_read_shards(const std::vector<ShardDataTransfer>& transfers,
                                           const std::shared_ptr<MeshBuffer>& mesh_buffer, bool blocking) {
    refuse_in_trace("Reads");
    check_device(*mesh_device_, *mesh_buffer);
    order().transfer(key(mesh_device_, id_), mesh_buffer->address(), true, blocking);
    for (const auto& transfer : transfers) {
        read_shard(*mesh_buffer, transfer.shard_coord, transfer.host_data, transfer.region);
    }
}

MeshEvent MeshCommandQueue::enqueue_record_event(tt::stl::Span<const SubDeviceId>,
                                                 const std::optional<MeshCoordinateRange>& device_range) {
    TT_FATAL(!trace_id_.has_value(), "Event Synchronization is not supported during trace capture.");
    order().event_recorded(key(mesh_device_, id_), last_event_ + 1);
    return MeshEvent(++last_event_, mesh_device_, id_,
                     device_range.value_or(MeshCoordinateRange(mesh_device_->shape())));
}

MeshEvent MeshCommandQueue::enqueue_record_event_to_host(tt::stl::Span<const SubDeviceId> sub_device_ids,
                                                         const std::optional<MeshCoordinateRange>& device_range) {
    return enqueue_record_event(sub_device_ids, device_range);
}

void MeshCommandQueue::enqueue_wait_for_event(const MeshEvent& sync_event) {
    TT_FATAL(!trace_id_.has_value(), "Event Synchronization is not supported during trace capture.");
    check_recorded(sync_event);
    order().queue_waits(key(mesh_device_, id_), key(sync_event.device(), sync_event.mesh_cq_id()), sync_event.id());
}

void MeshCommandQueue::finish(tt::stl::Span<const SubDeviceId>) {
    TT_FATAL(mesh_device_->is_initialized(), "The mesh device is closed");
    order().finished(key(mesh_device_, id_));
}

void MeshCommandQueue::record_begin(const MeshTraceId& trace_id) {
    TT_FATAL(!trace_id_.has_value(), "CQ {} is already being used for tracing tid {}", id_,
             trace_id_ ? **trace_id_ : 0);
    tessera::metalium::create_trace(*trace_id);
    trace_id_ = trace_id;
}

void MeshCommandQueue::record_end() {
    TT_FATAL(trace_id_.has_value(), "CQ {} is not capturing a trace", id_);
    tessera::metalium::find_trace(**trace_id_).complete = true;
    trace_id_.reset();
}

void MeshCommandQueue::enqueue_trace(const MeshTraceId& trace_id, bool) {
    TT_FATAL(!trace_id_.has_value(), "Trace replay is not supported during trace capture.");
    tessera::metalium::replay(tessera::metalium::find_trace(*trace_id));
}

MeshWorkload CreateMeshWorkload() {
    return MeshWorkload();
}
void AddProgramToMeshWorkload(MeshWorkload& mesh_workload, Program&& program, const MeshCoordinateRange& device_range) {
    mesh_workload.add_program(device_range, std::move(program));
}
void EnqueueMeshWorkload(MeshCommandQueue& mesh_cq, MeshWorkload& mesh_workload, bool blocking) {
    mesh_cq.enqueue_mesh_workload(mesh_workload, blocking);
}

MeshEvent EnqueueRecordEvent(MeshCommandQueue& mesh_cq, tt::stl::Span<const SubDeviceId> sub_device_ids,
                             const std::optional<MeshCoordinateRange>& device_range) {
    return mesh_cq.enqueue_record_event(sub_device_ids, device_range);
}
MeshEvent EnqueueRecordEventToHost(MeshCommandQueue& mesh_cq, tt::stl::Span<const SubDeviceId> sub_device_ids,
                                   const std::optional<MeshCoordinateRange>& device_range) {
    return mesh_cq.enqueue_record_event_to_host(sub_device_ids, device_range);
}
void EnqueueWaitForEvent(MeshCommandQueue& mesh_cq, const MeshEvent& event) {
    mesh_cq.enqueue_wait_for_event(event);
}
void EventSynchronize(const MeshEvent& event) {
    check_recorded(event);
    order().host_waits(key(event.device(), event.mesh_cq_id()), event.id());
}
bool EventQuery(const MeshEvent& event) {
    if (!is_recorded(event)) {
        return false;
    }
    order().host_waits(key(event.device(), event.mesh_cq_id()), event.id());
    return true;
}

MeshTraceId BeginTraceCapture(MeshDevice* device, uint8_t cq_id) {
    return device->begin_mesh_trace(cq_id);
}
void EndTraceCapture(MeshDevice* device, uint8_t cq_id, const MeshTraceId& trace_id) {
    device->end_mesh_trace(cq_id, trace_id);
}
void ReplayTrace(MeshDevice* device, uint8_t cq_id, const MeshTraceId& trace_id, bool blocking) {
    device->replay_mesh_trace(cq_id, trace_id, blocking);
}
void ReleaseTrace(MeshDevice* device, const MeshTraceId& trace_id) {
    device->release_mesh_trace(trace_id);
}

void Synchronize(MeshDevice* device, std::optional<uint8_t> cq_id, tt::stl::Span<const SubDeviceId> sub_device_ids) {
    for (uint8_t queue = 0; queue < device->num_hw_cqs(); ++queue) {
        if (!cq_id || *cq_id == queue) {
            device->mesh_command_queue(queue).finish(sub_device_ids);
        }
    }
}
void Finish(MeshCommandQueue& mesh_cq, tt::stl::Span<const SubDeviceId> sub_device_ids) {
    mesh_cq.finish(sub_device_ids);
}
bool UsingDistributedEnvironment() {
    return false;
}

std::ostream& operator<<(std::ostream& os, const MeshEvent& event) {
    return os << "MeshEvent(id=" << event.id() << ", device_id=" << event.device()->id()
              << ", cq_id=" << event.mesh_cq_id() << ", device_range=" << event.device_range() << ")";
}

}  // namespace tt::tt_metal::distributed
