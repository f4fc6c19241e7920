// Chips opened one by one, and their queues: the single-device generation of the API.
#include <functional>
#include <map>
#include <mutex>

#include <base/error.h>
#include <metalium/buffer_io.h>
#include <metalium/device.h>
#include <metalium/launch.h>
#include <metalium/program.h>
#include <metalium/queue_order.h>
#include <metalium/trace.h>
#include <tt-metalium/command_queue.hpp>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/mesh_device.hpp>
#include <tt-metalium/tt_metal.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal {

namespace {

/// A chip that CreateDevice opened.
class OpenedChip : public IDevice {
public:
    OpenedChip(int chip, const tessera::metalium::DeviceOptions& options) {
        state_ = std::make_unique<tessera::metalium::DeviceState>(std::vector<uint32_t>{static_cast<uint32_t>(chip)},
                                                                  chip, false);
        state_->open(*this, options);
    }
};

std::mutex g_mutex;
/// Closed devices stay here: buffers that outlive them still point at their allocators.
std::vector<std::unique_ptr<IDevice>>& all_devices() {
    static auto* devices = new std::vector<std::unique_ptr<IDevice>>();
    return *devices;
}
tessera::metalium::QueueOrder& order() {
    return tessera::metalium::QueueOrder::instance();
}

IDevice* find_open(ChipId chip) {
    for (const auto& device : all_devices()) {
        if (device->is_initialized() && device->id() == chip) {
            return device.get();
        }
    }
    return nullptr;
}

Buffer& buffer_of(const BufferOrShared& buffer) {
    if (const auto* reference = std::get_if<std::reference_wrapper<Buffer>>(&buffer)) {
        return reference->get();
    }
    const auto& shared = std::get<std::shared_ptr<Buffer>>(buffer);
    TT_FATAL(shared != nullptr, "The buffer is a null pointer");
    return *shared;
}

const void* bytes_of(const HostDataType& data) {
    return std::visit(
        [](const auto& source) -> const void* {
            if constexpr (std::is_same_v<std::decay_t<decltype(source)>, const void*>) {
                return source;
            } else {
                return source->data();
            }
        },
        data);
}

BufferRegion whole(const Buffer& buffer) {
    return BufferRegion(0, buffer.size());
}

}  // namespace

IDevice* CreateDevice(ChipId device_id, uint8_t num_hw_cqs, size_t l1_small_size, size_t trace_region_size,
                      const DispatchCoreConfig&, const std::vector<uint32_t>& l1_bank_remap, size_t worker_l1_size) {
    tessera::metalium::require_chip(device_id);
    TT_FATAL(num_hw_cqs >= 1 && num_hw_cqs <= 2, "A device has 1 or 2 command queues, not {}", num_hw_cqs);
    const std::lock_guard lock(g_mutex);
    if (IDevice* open = find_open(device_id)) {
        return open;
    }
    all_devices().push_back(std::make_unique<OpenedChip>(
        device_id,
        tessera::metalium::DeviceOptions{l1_small_size, trace_region_size, worker_l1_size, num_hw_cqs, l1_bank_remap}));
    return all_devices().back().get();
}

IDevice* CreateDeviceMinimal(ChipId device_id, uint8_t num_hw_cqs, const DispatchCoreConfig& dispatch_core_config) {
    return CreateDevice(device_id, num_hw_cqs, DEFAULT_L1_SMALL_SIZE, DEFAULT_TRACE_REGION_SIZE, dispatch_core_config);
}

bool CloseDevice(IDevice* device) {
    return device->close();
}

namespace detail {

std::map<ChipId, IDevice*> CreateDevices(const std::vector<ChipId>& device_ids, uint8_t num_hw_cqs,
                                         size_t l1_small_size, size_t trace_region_size,
                                         const DispatchCoreConfig& dispatch_core_config,
                                         const std::vector<uint32_t>& l1_bank_remap, size_t worker_l1_size, bool, bool,
                                         bool) {
    std::map<ChipId, IDevice*> devices;
    for (const ChipId id : device_ids) {
        devices[id] = CreateDevice(id, num_hw_cqs, l1_small_size, trace_region_size, dispatch_core_config,
                                   l1_bank_remap, worker_l1_size);
    }
    return devices;
}

void CloseDevices(const std::map<ChipId, IDevice*>& devices) {
    for (const auto& [id, device] : devices) {
        device->close();
    }
}

void ReleaseOwnership() {}

IDevice* GetActiveDevice(ChipId device_id) {
    const std::lock_guard lock(g_mutex);
    IDevice* device = find_open(device_id);
    TT_FATAL(device != nullptr, "Device with ID: {} does not exist.", device_id);
    return device;
}

}  // namespace detail

void CommandQueue::refuse_in_trace(const char* what) const {
    TT_FATAL(device_->is_initialized(), "The device is closed");
    TT_FATAL(!tid_.has_value(), "{} are not supported during trace capture.", what);
}

void CommandQueue::enqueue_program(Program& program, bool blocking) {
    const std::span<const uint32_t> chips = device_->state().chips();
    const tessera::metalium::ProgramOnChips entry{&program, {chips.begin(), chips.end()}};
    const auto launches = tessera::metalium::prepare(*device_, {&entry, 1});
    if (!tid_) {
        tessera::metalium::run(launches);
        order().workload({device_, id_}, launches, blocking, device_->num_hw_cqs() > 1);
        return;
    }
    tessera::metalium::RecordedStep step;
    for (const auto* launch : launches) {
        step.launches.push_back(tessera::metalium::snapshot(*launch, program.impl().shared_from_this()));
    }
    tessera::metalium::find_trace(*tid_).steps.push_back(std::move(step));
}

void CommandQueue::enqueue_read_buffer(Buffer& buffer, void* dst, const BufferRegion& region, bool blocking) {
    refuse_in_trace("Reads");
    order().transfer({device_, id_}, buffer.address(), true, blocking);
    tessera::metalium::read_buffer(tessera::metalium::machine(), device_->state().chips().front(), buffer,
                                   {static_cast<std::byte*>(dst), region.size}, region);
}

void CommandQueue::enqueue_write_buffer(Buffer& buffer, const void* src, const BufferRegion& region, bool blocking) {
    refuse_in_trace("Writes");
    order().transfer({device_, id_}, buffer.address(), false, blocking);
    for (const uint32_t chip : device_->state().chips()) {
        tessera::metalium::write_buffer(tessera::metalium::machine(), chip, buffer,
                                        {static_cast<const std::byte*>(src), region.size}, region);
    }
}

void CommandQueue::enqueue_record_event(const std::shared_ptr<Event>& event, tt::stl::Span<const SubDeviceId>) {
    TT_FATAL(!tid_.has_value(), "Event Synchronization is not supported during trace capture.");
    event->device = device_;
    event->cq_id = id_;
    event->event_id = ++last_event_;
    event->ready = true;
    order().event_recorded({device_, id_}, event->event_id);
}
void CommandQueue::enqueue_wait_for_event(const std::shared_ptr<Event>& sync_event) {
    TT_FATAL(!tid_.has_value(), "Event Synchronization is not supported during trace capture.");
    sync_event->wait_until_ready();
    order().queue_waits({device_, id_}, {sync_event->device, sync_event->cq_id}, sync_event->event_id);
}

void CommandQueue::enqueue_trace(uint32_t trace_id, bool) {
    TT_FATAL(!tid_.has_value(), "Trace replay is not supported during trace capture.");
    tessera::metalium::replay(tessera::metalium::find_trace(trace_id));
}
void CommandQueue::finish(tt::stl::Span<const SubDeviceId>) {
    TT_FATAL(device_->is_initialized(), "The device is closed");
    order().finished({device_, id_});
}
void CommandQueue::record_begin(uint32_t tid) {
    TT_FATAL(!tid_.has_value(), "CQ {} is already being used for tracing tid {}", id_, tid_.value_or(0));
    tessera::metalium::create_trace(tid);
    tid_ = tid;
}
void CommandQueue::record_end() {
    TT_FATAL(tid_.has_value(), "CQ {} is not capturing a trace", id_);
    tessera::metalium::find_trace(*tid_).complete = true;
    tid_.reset();
}

void Event::wait_until_ready() {
    TT_FATAL(ready, "The event has not been recorded: waiting for it would never end");
}

void EnqueueReadBuffer(CommandQueue& cq, const BufferOrShared& buffer, void* dst, bool blocking) {
    Buffer& source = buffer_of(buffer);
    cq.enqueue_read_buffer(source, dst, whole(source), blocking);
}
void EnqueueReadSubBuffer(CommandQueue& cq, const BufferOrShared& buffer, void* dst, const BufferRegion& region,
                          bool blocking) {
    cq.enqueue_read_buffer(buffer_of(buffer), dst, region, blocking);
}
// NOLINTBEGIN(performance-unnecessary-value-param): TT-Metalium takes the data by value
void EnqueueWriteBuffer(CommandQueue& cq, const BufferOrShared& buffer, HostDataType src, bool blocking) {
    Buffer& destination = buffer_of(buffer);
    cq.enqueue_write_buffer(destination, bytes_of(src), whole(destination), blocking);
}
void EnqueueWriteSubBuffer(CommandQueue& cq, const BufferOrShared& buffer, HostDataType src, const BufferRegion& region,
                           bool blocking) {
    cq.enqueue_write_buffer(buffer_of(buffer), bytes_of(src), region, blocking);
}
// NOLINTEND(performance-unnecessary-value-param)
void EnqueueProgram(CommandQueue& cq, Program& program, bool blocking) {
    cq.enqueue_program(program, blocking);
}
void Finish(CommandQueue& cq, tt::stl::Span<const SubDeviceId> sub_device_ids) {
    cq.finish(sub_device_ids);
}

uint32_t BeginTraceCapture(IDevice* device, uint8_t cq_id) {
    const uint32_t id = tessera::metalium::new_trace_id();
    device->begin_trace(cq_id, id);
    return id;
}
void EndTraceCapture(IDevice* device, uint8_t cq_id, uint32_t tid) {
    device->end_trace(cq_id, tid);
}
void ReplayTrace(IDevice* device, uint8_t cq_id, uint32_t tid, bool blocking) {
    device->replay_trace(cq_id, tid, blocking);
}
void ReleaseTrace(IDevice* device, uint32_t tid) {
    device->release_trace(tid);
}
void EnqueueTrace(CommandQueue& cq, uint32_t trace_id, bool blocking) {
    cq.enqueue_trace(trace_id, blocking);
}

void EnqueueRecordEvent(CommandQueue& cq, const std::shared_ptr<Event>& event,
                        tt::stl::Span<const SubDeviceId> sub_device_ids) {
    cq.enqueue_record_event(event, sub_device_ids);
}
void EnqueueWaitForEvent(CommandQueue& cq, const std::shared_ptr<Event>& event) {
    cq.enqueue_wait_for_event(event);
}
void EventSynchronize(const std::shared_ptr<Event>& event) {
    event->wait_until_ready();
    order().host_waits({event->device, event->cq_id}, event->event_id);
}
bool EventQuery(const std::shared_ptr<Event>& event) {
    if (event->ready) {
        order().host_waits({event->device, event->cq_id}, event->event_id);
    }
    return event->ready;
}
void Synchronize(IDevice* device, std::optional<uint8_t> cq_id, tt::stl::Span<const SubDeviceId>) {
    TT_FATAL(device->is_initialized(), "The device is closed");
    for (uint8_t queue = 0; queue < device->num_hw_cqs(); ++queue) {
        if (!cq_id || *cq_id == queue) {
            order().finished({device, queue});
        }
    }
}

}  // namespace tt::tt_metal
