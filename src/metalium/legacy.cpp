// What only programs of the single-device generation call.
#include <tt-metalium/allocator.hpp>
#include <tt-metalium/buffer.hpp>
#include <tt-metalium/device.hpp>

namespace tt::tt_metal {

CoreCoord Buffer::noc_coordinates(uint32_t bank_id) const {
    if (is_dram()) {
        return device_->virtual_core_from_logical_core(device_->logical_core_from_dram_channel(bank_id),
                                                       CoreType::DRAM);
    }
    return device_->worker_core_from_logical_core(device_->allocator()->get_logical_core_from_bank_id(bank_id));
}

}  // namespace tt::tt_metal
