#include <tt-metalium/mesh_device.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <numeric>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ostream.h>

#include <base/error.h>
#include <metalium/mesh_device_impl.h>
#include <metalium/trace.h>
#include <tt-metalium/host_api.hpp>
#include <tt-metalium/system_mesh.hpp>
#include <tt_stl/assert.hpp>

namespace tt::tt_metal::distributed {

using tessera::metalium::DeviceOptions;
using tessera::metalium::DeviceState;

/// A captured trace as programs see it: how many steps it has.
struct MeshTraceBuffer {
    std::size_t num_workloads = 0;
};

namespace {

int next_mesh_id() {
    static std::atomic<int> next{0};
    return next++;
}

DeviceOptions make_options(size_t l1_small_size, size_t trace_region_size, size_t num_command_queues,
                           tt::stl::Span<const std::uint32_t> l1_bank_remap, size_t worker_l1_size) {
    TT_FATAL(num_command_queues >= 1 && num_command_queues <= 2, "A device has 1 or 2 command queues, not {}",
             num_command_queues);
    return {l1_small_size,
            trace_region_size,
            worker_l1_size,
            static_cast<uint8_t>(num_command_queues),
            {l1_bank_remap.begin(), l1_bank_remap.end()}};
}

[[noreturn]] void too_few_chips(const std::string& wanted) {
    const auto& board = tessera::metalium::board();
    throw tessera::Error(
        "no-such-device",
        fmt::format("the program asks for {}, but the board {} has {} chip{} as a {}x{} mesh", wanted, board.name,
                    board.chips.size(), board.chips.size() == 1 ? "" : "s", board.mesh_rows, board.mesh_cols),
        fmt::format("choose a larger board: tessera run --board NAME, or TESSERA_BOARD=NAME ({})",
                    fmt::join(tessera::arch::board_names(), ", ")));
}

/// Chips that a mesh (not a submesh) has open: two meshes would give out the same memory twice.
class OpenChips {
public:
    void require_closed(const std::vector<uint32_t>& chips) {
        const std::lock_guard lock(mutex_);
        for (const uint32_t chip : chips) {
            if (open_.contains(chip)) {
                throw tessera::Error("device-already-open",
                                     fmt::format("device {} is opened, but another mesh device has it open", chip),
                                     "close that mesh first, or share it: create_submesh gives out parts of a mesh");
            }
        }
    }
    void open(const std::vector<uint32_t>& chips) {
        const std::lock_guard lock(mutex_);
        open_.insert(chips.begin(), chips.end());
    }
    void close(const std::vector<std::unique_ptr<MeshMember>>& members) {
        const std::lock_guard lock(mutex_);
        for (const auto& member : members) {
            open_.erase(static_cast<uint32_t>(member->id()));
        }
    }

private:
    std::mutex mutex_;
    std::set<uint32_t> open_;
};

OpenChips& open_chips() {
    // Never destroyed: a mesh that is a global of the program closes when the library's own globals may be gone.
    static auto* chips = new OpenChips;
    return *chips;
}

std::string shape_text(const MeshShape& shape) {
    std::string text;
    for (size_t i = 0; i < shape.dims(); ++i) {
        text += (i == 0 ? "" : "x") + std::to_string(shape[static_cast<int32_t>(i)]);
    }
    return text;
}

}  // namespace

MeshMember::MeshMember(uint32_t chip, MeshDevice& mesh) : mesh_(mesh) {
    state_ = std::make_unique<DeviceState>(std::vector<uint32_t>{chip}, static_cast<int>(chip), false);
    state_->share_memory_of(mesh.state());
    state_->open(*this, mesh.state().options());
}

std::shared_ptr<MeshDevice> MeshMember::get_mesh_device() {
    return mesh_.shared_from_this();
}

std::shared_ptr<MeshDevice> MeshDeviceImpl::open(const std::vector<uint32_t>& chips, const MeshShape& shape,
                                                 const DeviceOptions& options, std::shared_ptr<MeshDevice> parent) {
    const bool is_root = parent == nullptr;
    if (is_root) {
        open_chips().require_closed(chips);
    }
    auto mesh = std::shared_ptr<MeshDevice>(new MeshDevice());
    mesh->state_ = std::make_unique<DeviceState>(chips, next_mesh_id(), true);
    mesh->state_->open(*mesh, options);
    mesh->pimpl_ = std::make_unique<MeshDeviceImpl>();
    MeshDeviceImpl& impl = *mesh->pimpl_;
    impl.parent = std::move(parent);
    std::vector<IDevice*> devices;
    for (const uint32_t chip : chips) {
        impl.members.push_back(std::make_unique<MeshMember>(chip, *mesh));
        devices.push_back(impl.members.back().get());
    }
    impl.view = std::make_unique<MeshDeviceView>(shape, devices);
    for (uint8_t queue = 0; queue < options.num_queues; ++queue) {
        impl.queues.push_back(std::make_unique<MeshCommandQueue>(mesh.get(), queue));
    }
    if (is_root) {
        open_chips().open(chips);
    }
    return mesh;
}

MeshDevice::MeshDevice() = default;

MeshDevice::~MeshDevice() {
    if (state_) {
        close();
    }
}

std::shared_ptr<MeshDevice> MeshDevice::create(const MeshDeviceConfig& config, size_t l1_small_size,
                                               size_t trace_region_size, size_t num_command_queues,
                                               const DispatchCoreConfig&,
                                               tt::stl::Span<const std::uint32_t> l1_bank_remap,
                                               size_t worker_l1_size) {
    const DeviceOptions options =
        make_options(l1_small_size, trace_region_size, num_command_queues, l1_bank_remap, worker_l1_size);
    std::vector<uint32_t> chips;
    if (!config.physical_device_ids().empty()) {
        for (const int chip : config.physical_device_ids()) {
            tessera::metalium::require_chip(chip);
            chips.push_back(static_cast<uint32_t>(chip));
        }
        const MeshShape shape = config.mesh_shape().value_or(MeshShape(1, static_cast<uint32_t>(chips.size())));
        TT_FATAL(shape.mesh_size() == chips.size(), "A mesh of shape {} needs {} chips, {} are named",
                 shape_text(shape), shape.mesh_size(), chips.size());
        return MeshDeviceImpl::open(chips, shape, options);
    }
    const auto mapped = SystemMesh::instance().get_mapped_devices(config.mesh_shape(), config.offset());
    for (const auto& id : mapped.device_ids) {
        chips.push_back(static_cast<uint32_t>(id.value()));
    }
    return MeshDeviceImpl::open(chips, mapped.mesh_shape, options);
}

std::shared_ptr<MeshDevice> MeshDevice::create_unit_mesh(int device_id, size_t l1_small_size, size_t trace_region_size,
                                                         size_t num_command_queues, const DispatchCoreConfig&,
                                                         tt::stl::Span<const std::uint32_t> l1_bank_remap,
                                                         size_t worker_l1_size) {
    tessera::metalium::require_chip(device_id);
    return MeshDeviceImpl::open(
        {static_cast<uint32_t>(device_id)}, MeshShape(1, 1),
        make_options(l1_small_size, trace_region_size, num_command_queues, l1_bank_remap, worker_l1_size));
}

std::map<int, std::shared_ptr<MeshDevice>> MeshDevice::create_unit_meshes(
    const std::vector<int>& device_ids, size_t l1_small_size, size_t trace_region_size, size_t num_command_queues,
    const DispatchCoreConfig& dispatch, tt::stl::Span<const std::uint32_t> l1_bank_remap, size_t worker_l1_size) {
    std::map<int, std::shared_ptr<MeshDevice>> meshes;
    for (const int id : device_ids) {
        meshes[id] = create_unit_mesh(id, l1_small_size, trace_region_size, num_command_queues, dispatch, l1_bank_remap,
                                      worker_l1_size);
    }
    return meshes;
}

bool MeshDevice::close() {
    if (!state_->is_open()) {
        return false;
    }
    for (const auto& submesh : get_submeshes()) {
        submesh->close();
    }
    for (const auto& member : pimpl_->members) {
        member->close();
    }
    if (!pimpl_->parent) {
        open_chips().close(pimpl_->members);
    }
    return state_->close();
}

std::shared_ptr<MeshDevice> MeshDevice::get_mesh_device() {
    return shared_from_this();
}
bool MeshDevice::is_mmio_capable() const {
    return true;
}

std::vector<IDevice*> MeshDevice::get_devices() const {
    return pimpl_->view->get_devices();
}
IDevice* MeshDevice::get_device(ChipId physical_device_id) const {
    for (const auto& member : pimpl_->members) {
        if (member->id() == physical_device_id) {
            return member.get();
        }
    }
    TT_THROW("Physical Device ID: {} not found in assigned devices", physical_device_id);
}
IDevice* MeshDevice::get_device(const MeshCoordinate& coord) const {
    return pimpl_->view->get_device(coord);
}
IDevice* MeshDevice::get_device(size_t row, size_t col) const {
    return pimpl_->view->get_device(row, col);
}
DeviceIds MeshDevice::get_device_ids() const {
    DeviceIds ids;
    for (const IDevice* device : get_devices()) {
        ids.push_back(device->id());
    }
    return ids;
}
size_t MeshDevice::num_devices() const {
    return pimpl_->view->num_devices();
}
size_t MeshDevice::num_rows() const {
    return pimpl_->view->num_rows();
}
size_t MeshDevice::num_cols() const {
    return pimpl_->view->num_cols();
}
bool MeshDevice::is_local(const MeshCoordinate& coord) const {
    return pimpl_->view->is_local(coord);
}
const MeshShape& MeshDevice::shape() const {
    return pimpl_->view->shape();
}
const MeshDeviceView& MeshDevice::get_view() const {
    return *pimpl_->view;
}
uint32_t MeshDevice::get_system_mesh_id() const {
    return 0;
}

void MeshDevice::reshape(const MeshShape& new_shape) {
    TT_FATAL(get_submeshes().empty(), "Cannot reshape a mesh device that has submeshes");
    TT_FATAL(new_shape.mesh_size() == num_devices(), "New shape must have the same number of devices as current shape");
    // Along a line, neighbours stay neighbours where the mesh allows it; between grids, chips keep their order.
    std::vector<IDevice*> devices = get_devices();
    if (new_shape.is_line_topology() && shape().dims() == 2 && !shape().is_line_topology()) {
        devices = get_view().get_line_devices();
    }
    pimpl_->view = std::make_unique<MeshDeviceView>(new_shape, devices);
}

std::string MeshDevice::to_string() const {
    return fmt::format("MeshDevice({} grid, {} devices)", shape_text(shape()), num_devices());
}
std::ostream& operator<<(std::ostream& os, const MeshDevice& mesh_device) {
    return os << mesh_device.to_string();
}

bool MeshDevice::is_parent_mesh() const {
    return pimpl_->parent == nullptr;
}
const std::shared_ptr<MeshDevice>& MeshDevice::get_parent_mesh() const {
    return pimpl_->parent;
}
std::vector<std::shared_ptr<MeshDevice>> MeshDevice::get_submeshes() const {
    std::vector<std::shared_ptr<MeshDevice>> alive;
    for (const auto& submesh : pimpl_->submeshes) {
        if (auto mesh = submesh.lock()) {
            alive.push_back(std::move(mesh));
        }
    }
    return alive;
}

std::shared_ptr<MeshDevice> MeshDevice::create_submesh(const MeshShape& submesh_shape,
                                                       const std::optional<MeshCoordinate>& offset) {
    TT_FATAL(submesh_shape.dims() == shape().dims(),
             "Submesh shape {} and mesh device shape {} have different dimensions", shape_text(submesh_shape),
             shape_text(shape()));
    const MeshCoordinate start = offset.value_or(MeshCoordinate::zero_coordinate(shape().dims()));
    MeshCoordinate end = start;
    for (int32_t dim = 0; dim < static_cast<int32_t>(shape().dims()); ++dim) {
        TT_FATAL(submesh_shape[dim] > 0 && start[dim] + submesh_shape[dim] <= shape()[dim],
                 "Submesh of shape {} at {} does not fit in the mesh of shape {}", shape_text(submesh_shape),
                 fmt::streamed(start), shape_text(shape()));
        end[dim] = start[dim] + submesh_shape[dim] - 1;
    }
    std::vector<uint32_t> chips;
    for (const IDevice* device : pimpl_->view->get_devices(MeshCoordinateRange(start, end))) {
        chips.push_back(static_cast<uint32_t>(device->id()));
    }
    auto submesh = MeshDeviceImpl::open(chips, submesh_shape, state_->options(), shared_from_this());
    pimpl_->submeshes.push_back(submesh);
    return submesh;
}

std::vector<std::shared_ptr<MeshDevice>> MeshDevice::create_submeshes(const MeshShape& submesh_shape) {
    TT_FATAL(submesh_shape.dims() == shape().dims(),
             "Submesh shape {} and mesh device shape {} have different dimensions", shape_text(submesh_shape),
             shape_text(shape()));
    std::vector<uint32_t> steps;
    for (int32_t dim = 0; dim < static_cast<int32_t>(shape().dims()); ++dim) {
        TT_FATAL(submesh_shape[dim] > 0 && shape()[dim] % submesh_shape[dim] == 0,
                 "Shape {} is not divisible by submesh shape {} along dimension {}", shape_text(shape()),
                 shape_text(submesh_shape), dim);
        steps.push_back(shape()[dim] / submesh_shape[dim]);
    }
    std::vector<std::shared_ptr<MeshDevice>> submeshes;
    const MeshShape tiling{tt::stl::Span<const uint32_t>(steps)};
    for (const MeshCoordinate& step : MeshCoordinateRange(tiling)) {
        MeshCoordinate offset = step;
        for (int32_t dim = 0; dim < static_cast<int32_t>(step.dims()); ++dim) {
            offset[dim] = step[dim] * submesh_shape[dim];
        }
        submeshes.push_back(create_submesh(submesh_shape, offset));
    }
    return submeshes;
}

void MeshDevice::quiesce_devices() {}

MeshCommandQueue& MeshDevice::mesh_command_queue(std::optional<uint8_t> cq_id) const {
    const uint8_t id = cq_id.value_or(GetCurrentCommandQueueIdForThread());
    TT_FATAL(id < pimpl_->queues.size(), "cq_id {} is out of range: the mesh was opened with {} command queues", id,
             pimpl_->queues.size());
    return *pimpl_->queues[id];
}

MeshTraceId MeshDevice::begin_mesh_trace(uint8_t cq_id) {
    const MeshTraceId id{tessera::metalium::new_trace_id()};
    begin_mesh_trace(cq_id, id);
    return id;
}
void MeshDevice::begin_mesh_trace(uint8_t cq_id, const MeshTraceId& trace_id) {
    mesh_command_queue(cq_id).record_begin(trace_id);
}
void MeshDevice::end_mesh_trace(uint8_t cq_id, const MeshTraceId& trace_id) {
    MeshCommandQueue& queue = mesh_command_queue(cq_id);
    TT_FATAL(queue.trace_id() == trace_id, "CQ {} is not being used for tracing tid {}", cq_id, *trace_id);
    queue.record_end();
}
void MeshDevice::replay_mesh_trace(uint8_t cq_id, const MeshTraceId& trace_id, bool blocking) {
    mesh_command_queue(cq_id).enqueue_trace(trace_id, blocking);
}
void MeshDevice::release_mesh_trace(const MeshTraceId& trace_id) {
    tessera::metalium::release_trace(*trace_id);
}
std::shared_ptr<MeshTraceBuffer> MeshDevice::get_mesh_trace(const MeshTraceId& trace_id) {
    if (!tessera::metalium::has_trace(*trace_id)) {
        return nullptr;
    }
    return std::make_shared<MeshTraceBuffer>(MeshTraceBuffer{tessera::metalium::find_trace(*trace_id).steps.size()});
}

void MeshDevice::enqueue_to_thread_pool(std::function<void()>&& f) {
    f();
}
void MeshDevice::wait_for_thread_pool() {}

SystemMesh::SystemMesh() : shape_(tessera::metalium::board().mesh_rows, tessera::metalium::board().mesh_cols) {}

SystemMesh& SystemMesh::instance() {
    static SystemMesh mesh;
    return mesh;
}

SystemMesh::MappedDevices SystemMesh::get_mapped_devices(const std::optional<MeshShape>& shape,
                                                         const std::optional<MeshCoordinate>& offset) const {
    MappedDevices mapped{.device_ids = {}, .mesh_shape = shape.value_or(shape_)};
    const MeshShape& wanted = mapped.mesh_shape;
    const auto add = [&](const MeshCoordinate& coord) {
        mapped.device_ids.push_back(MaybeRemote<int>::local(static_cast<int>(coord.to_linear_index(shape_))));
    };
    const uint32_t row = offset ? (*offset)[0] : 0;
    const uint32_t col = offset && offset->dims() > 1 ? (*offset)[1] : 0;
    const bool is_grid = wanted.dims() == 2;
    if (is_grid && row + wanted[0] <= shape_[0] && col + wanted[1] <= shape_[1]) {
        for (uint32_t r = 0; r < wanted[0]; ++r) {
            for (uint32_t c = 0; c < wanted[1]; ++c) {
                add(MeshCoordinate(row + r, col + c));
            }
        }
        return mapped;
    }
    if (offset || wanted.mesh_size() > shape_.mesh_size()) {
        too_few_chips(fmt::format("a mesh of shape {}{}", shape_text(wanted),
                                  offset ? fmt::format(" at ({}, {})", row, col) : std::string()));
    }
    if (wanted.is_line_topology()) {
        // A line winds through the board so that neighbours in it are neighbours on the board.
        for (const MeshCoordinate& coord :
             MeshDeviceView::get_line_coordinates(wanted.mesh_size(), Shape2D(shape_[0], shape_[1]), Shape2D(0, 0))) {
            add(coord);
        }
        return mapped;
    }
    if (is_grid && wanted[0] <= shape_[1] && wanted[1] <= shape_[0]) {
        for (uint32_t r = 0; r < wanted[0]; ++r) {
            for (uint32_t c = 0; c < wanted[1]; ++c) {
                add(MeshCoordinate(c, r));
            }
        }
        return mapped;
    }
    too_few_chips(fmt::format("a mesh of shape {}", shape_text(wanted)));
}

}  // namespace tt::tt_metal::distributed
