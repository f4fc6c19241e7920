// A queue of work for one chip: the single-device generation of the API. Work is carried out when it is enqueued.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include <tt-metalium/buffer.hpp>
#include <tt-metalium/event.hpp>
#include <tt-metalium/sub_device_types.hpp>
#include <tt_stl/span.hpp>

namespace tt::tt_metal {

class IDevice;
class Program;

class CommandQueue {
public:
    CommandQueue(IDevice* device, uint32_t id) : device_(device), id_(id) {}
    CommandQueue(const CommandQueue&) = delete;
    CommandQueue& operator=(const CommandQueue&) = delete;

    IDevice* device() const { return device_; }
    uint32_t id() const { return id_; }
    /// The trace that is being captured on this queue.
    std::optional<uint32_t> tid() const { return tid_; }

    void enqueue_program(Program& program, bool blocking);
    void enqueue_read_buffer(Buffer& buffer, void* dst, const BufferRegion& region, bool blocking);
    void enqueue_write_buffer(Buffer& buffer, const void* src, const BufferRegion& region, bool blocking);
    void enqueue_record_event(const std::shared_ptr<Event>& event,
                              tt::stl::Span<const SubDeviceId> sub_device_ids = {});
    void enqueue_wait_for_event(const std::shared_ptr<Event>& sync_event);
    void enqueue_trace(uint32_t trace_id, bool blocking);
    void finish(tt::stl::Span<const SubDeviceId> sub_device_ids = {});

    void record_begin(uint32_t tid);
    void record_end();

private:
    void refuse_in_trace(const char* what) const;

    IDevice* device_;
    uint32_t id_;
    uint32_t last_event_ = 0;
    std::optional<uint32_t> tid_;
};

}  // namespace tt::tt_metal
