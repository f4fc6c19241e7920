// The host program of a compiled kernel.
#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include <arch/arch.h>
#include <base/error.h>
#include <tile/emit/files.h>
#include <tile/ir/print.h>

namespace tessera::tile::emit {

using device::Program;
using device::Role;
using device::RuntimeArgument;
using device::Tensor;
using ir::DType;

namespace {

/// The name of tensors.hpp's Format.
std::string_view format_name(DType type) {
    switch (type) {
        case DType::Bool:
            return "Bool";
        case DType::Int8:
            return "Int8";
        case DType::Int16:
            return "Int16";
        case DType::Int32:
            return "Int32";
        case DType::Int64:
            return "Int64";
        case DType::UInt8:
            return "UInt8";
        case DType::UInt16:
            return "UInt16";
        case DType::UInt32:
            return "UInt32";
        case DType::UInt64:
            return "UInt64";
        case DType::Float16:
            return "Float16";
        case DType::BFloat16:
            return "BFloat16";
        case DType::Float64:
            return "Float64";
        case DType::BlockFloat8:
            return "BlockFloat8";
        case DType::BlockFloat4:
            return "BlockFloat4";
        case DType::Float8E4M3:
            return "Float8E4M3";
        case DType::Float8E5M2:
            return "Float8E5M2";
        default:
            return "Float32";
    }
}

/// The name of tt::DataFormat.
std::string_view data_format(DType type) {
    switch (type) {
        case DType::Float16:
            return "Float16";
        case DType::BFloat16:
            return "Float16_b";
        case DType::BlockFloat8:
            return "Bfp8_b";
        case DType::BlockFloat4:
            return "Bfp4_b";
        case DType::Float32:
        case DType::Float64:
            return "Float32";
        case DType::UInt8:
            return "UInt8";
        case DType::UInt16:
            return "UInt16";
        case DType::UInt32:
            return "UInt32";
        default:
            return "Int32";
    }
}

std::string_view form_name(Tensor::Form form) {
    switch (form) {
        case Tensor::Form::Matrix:
            return "Matrix";
        case Tensor::Form::RowVector:
            return "RowVector";
        case Tensor::Form::ColumnVector:
            return "ColumnVector";
        case Tensor::Form::Words:
            return "Words";
    }
    return "Matrix";
}

template <class Numbers>
std::string list(const Numbers& numbers) {
    std::string text;
    for (const auto& number : numbers) {
        text += fmt::format("{}{}", text.empty() ? "" : ", ", number);
    }
    return text;
}

std::string padding_text(double value) {
    if (std::isnan(value)) {
        return "NAN";
    }
    return std::isinf(value) ? (value < 0 ? "-INFINITY" : "INFINITY") : fmt::format("{}", value);
}

struct Rectangle {
    uint32_t x0, y0, x1, y1;
};

/// The cores as few rectangles: runs of a row, joined with the same run of the row above.
std::vector<Rectangle> rectangles(const std::vector<device::CoreWork>& cores) {
    std::set<std::pair<uint32_t, uint32_t>> at;  // (y, x)
    for (const device::CoreWork& core : cores) {
        at.emplace(core.y, core.x);
    }
    std::vector<Rectangle> all;
    for (auto core = at.begin(); core != at.end();) {
        Rectangle run{core->second, core->first, core->second, core->first};
        for (++core; core != at.end() && core->first == run.y0 && core->second == run.x1 + 1; ++core) {
            ++run.x1;
        }
        const auto above = std::find_if(all.begin(), all.end(), [&](const Rectangle& other) {
            return other.x0 == run.x0 && other.x1 == run.x1 && other.y1 + 1 == run.y0;
        });
        if (above != all.end()) {
            above->y1 = run.y1;
        } else {
            all.push_back(run);
        }
    }
    return all;
}

std::string_view role_variable(Role role) {
    return role == Role::Reader ? "reader" : role == Role::Compute ? "compute" : "writer";
}

/// Writes host.cpp.
class HostWriter {
public:
    HostWriter(const device::Module& module, const std::string& source) : module_(module), source_(source) {}

    std::string text() {
        head();
        for (const Tensor& tensor : module_.tensors) {
            layout(tensor);
        }
        helpers();
        for (size_t i = 0; i < module_.programs.size(); ++i) {
            program(module_.programs[i], i);
        }
        main_function();
        return std::move(out_);
    }

private:
    template <class... Values>
    void line(fmt::format_string<Values...> format, Values&&... values) {
        out_ += fmt::format(format, std::forward<Values>(values)...);
        out_ += '\n';
    }
    void lines(std::string_view text) { out_ += text; }

    static std::string name_of(const Tensor& tensor) { return tensor.param->name; }
    /// Two layouts of one tensor hold the same numbers.
    size_t number_of(size_t tensor) const {
        const std::string& original = module_.tensors[tensor].same_as;
        for (size_t i = 0; i < module_.tensors.size() && !original.empty(); ++i) {
            if (name_of(module_.tensors[i]) == original) {
                return i;
            }
        }
        return tensor;
    }
    static bool has_symbol(const device::KernelCode& kernel) {
        return std::any_of(kernel.runtime_arguments.begin(), kernel.runtime_arguments.end(),
                           [](const auto& argument) { return argument.meaning == RuntimeArgument::Meaning::Symbol; });
    }

    void head() {
        line("// Host program of {}, made from {} by Tessera's tile compiler.", module_.name, source_);
        lines(
            "// usage: host [--input NAME=FILE.npy]... [--output FOLDER] [--seed N] [--symbol NAME=VALUE]...\n"
            "// Inputs that no file is given for are random; what the kernels write goes to FOLDER/NAME.npy.\n"
            "#include <chrono>\n"
            "#include <cmath>\n"
            "#include <cstdint>\n"
            "#include <cstdio>\n"
            "#include <exception>\n"
            "#include <filesystem>\n"
            "#include <map>\n"
            "#include <memory>\n"
            "#include <stdexcept>\n"
            "#include <string>\n"
            "#include <utility>\n"
            "#include <vector>\n"
            "\n"
            "#include <tt-metalium/core_coord.hpp>\n"
            "#include <tt-metalium/distributed.hpp>\n"
            "#include <tt-metalium/host_api.hpp>\n"
            "#include <tt-metalium/tensor_accessor_args.hpp>\n"
            "#include <tt-metalium/tt_metal.hpp>\n"
            "\n"
            "#include \"tensors.hpp\"\n"
            "\n"
            "using namespace tt;\n"
            "using namespace tt::tt_metal;\n"
            "using tensors::Form;\n"
            "using tensors::Format;\n"
            "using tensors::Layout;\n"
            "using tensors::Tensor;\n"
            "\n"
            "// Where the kernels' sources are: CMakeLists.txt gives the whole path.\n"
            "#ifndef KERNEL_FOLDER\n"
            "#define KERNEL_FOLDER \"kernels/\"\n"
            "#endif\n"
            "\n"
            "namespace {\n"
            "\n"
            "using Mesh = std::shared_ptr<distributed::MeshDevice>;\n"
            "using Buffer = std::shared_ptr<distributed::MeshBuffer>;\n"
            "\n");
    }

    void layout(const Tensor& tensor) {
        std::vector<int64_t> padded = tensor.padded;
        if (padded.empty()) {
            for (size_t i = 0; i < tensor.dimension_order.size(); ++i) {
                const bool covered = i + (tensor.form == Tensor::Form::Matrix ? 2 : 1) >= tensor.dimension_order.size();
                const int64_t size = tensor.shape[static_cast<size_t>(tensor.dimension_order[i])];
                padded.push_back(covered && tensor.form != Tensor::Form::Words ? (size + 31) / 32 * 32 : size);
            }
        }
        line("const Layout layout_of_{} = {{.name = \"{}\",", name_of(tensor),
             tensor.same_as.empty() ? name_of(tensor) : tensor.same_as);
        line("    .shape = {{{}}},", list(tensor.shape));
        line("    .order = {{{}}},", list(tensor.dimension_order));
        line("    .padded = {{{}}},", list(padded));
        line("    .form = Form::{},", form_name(tensor.form));
        line("    .format = Format::{},", format_name(tensor.format));
        line("    .elements = Format::{},", format_name(tensor.param->dtype));
        line("    .page_bytes = {},", tensor.page_bytes);
        line("    .pages = {},", tensor.pages);
        line("    .padding = {}}};\n", padding_text(tensor.padding));
    }

    void helpers() {
        line("/// The buffers of all tensors, one in each device's memory.");
        line("struct Buffers {{");
        for (const Tensor& tensor : module_.tensors) {
            line("    Buffer {};", name_of(tensor));
        }
        lines(
            "};\n"
            "\n"
            "Buffer make_buffer(const Mesh& mesh, const Layout& layout, BufferType memory) {\n"
            "    return distributed::MeshBuffer::create(\n"
            "        distributed::ReplicatedBufferConfig{.size = layout.bytes()},\n"
            "        distributed::DeviceLocalBufferConfig{.page_size = layout.page_bytes, .buffer_type = memory}, "
            "mesh.get());\n"
            "}\n"
            "\n");
        if (sharded()) {
            lines(
                "/// The same cut into shards of so many rows and columns of elements, one a core or bank of the "
                "range.\n"
                "Buffer make_sharded_buffer(const Mesh& mesh, const Layout& layout, BufferType memory, "
                "TensorMemoryLayout cut,\n"
                "                           const CoreRangeSet& places, ShardOrientation order,\n"
                "                           const std::array<uint32_t, 2>& shard, const std::array<uint32_t, 2>& "
                "pages) {\n"
                "    const ShardSpecBuffer spec(places, shard, order, {32, 32}, pages);\n"
                "    return distributed::MeshBuffer::create(\n"
                "        distributed::ReplicatedBufferConfig{.size = layout.bytes()},\n"
                "        distributed::DeviceLocalBufferConfig{.page_size = layout.page_bytes,\n"
                "                                             .buffer_type = memory,\n"
                "                                             .sharding_args = BufferShardingArgs(spec, cut)},\n"
                "        mesh.get());\n"
                "}\n"
                "\n");
        }
        if (in_place()) {
            lines(
                "/// A circular buffer that lies on each core's shard of a tensor.\n"
                "void make_ring_on(Program& program, const CoreRangeSet& cores, uint32_t index, DataFormat format,\n"
                "                  uint32_t page_bytes, uint32_t pages, const Buffer& tensor) {\n"
                "    CreateCircularBuffer(program, cores,\n"
                "                         CircularBufferConfig(pages * page_bytes, {{static_cast<uint8_t>(index), "
                "format}})\n"
                "                             .set_page_size(index, page_bytes)\n"
                "                             .set_globally_allocated_address(*tensor->get_backing_buffer()));\n"
                "}\n"
                "\n");
        }
        lines(
            "/// A circular buffer of `pages` pages on every core.\n"
            "void make_ring(Program& program, const CoreRangeSet& cores, uint32_t index, DataFormat format, uint32_t "
            "page_bytes,\n"
            "               uint32_t pages) {\n"
            "    CreateCircularBuffer(program, cores,\n"
            "                         CircularBufferConfig(pages * page_bytes, {{static_cast<uint8_t>(index), "
            "format}})\n"
            "                             .set_page_size(index, page_bytes));\n"
            "}\n"
            "\n"
            "/// The first `count` blocks from `start` on are one core's.\n"
            "struct Work {\n"
            "    uint32_t x, y, start, count;\n"
            "};\n"
            "\n");
    }

    bool sharded() const {
        return std::any_of(module_.tensors.begin(), module_.tensors.end(),
                           [](const Tensor& tensor) { return !tensor.shard.empty(); });
    }
    bool in_place() const {
        for (const Program& program : module_.programs) {
            if (std::any_of(program.circular_buffers.begin(), program.circular_buffers.end(),
                            [](const auto& ring) { return !ring.tensor.empty(); })) {
                return true;
            }
        }
        return false;
    }

    /// The statement that makes a tensor's buffer.
    void buffer(const Tensor& tensor) {
        const std::string_view memory = tensor.in_l1 ? "L1" : "DRAM";
        if (tensor.shard.empty()) {
            line("    buffers.{0} = make_buffer(mesh, layout_of_{0}, BufferType::{1});", name_of(tensor), memory);
            return;
        }
        const arch::Coord grid = arch::board(module_.board).chips.front().compute_grid;
        std::vector<device::CoreWork> cores;
        for (int64_t row = 0; row < tensor.shard_grid[0]; ++row) {
            for (int64_t column = 0; column < tensor.shard_grid[1]; ++column) {
                const auto [x, y] = device::core_of_shard(tensor, row, column, grid.x, grid.y);
                cores.push_back({x, y, 0, 0});
            }
        }
        const bool turned = tensor.shards_by_column;
        if (turned) {
            for (device::CoreWork& core : cores) {
                std::swap(core.x, core.y);
            }
        }
        std::vector<std::string> ranges;
        for (Rectangle range : rectangles(cores)) {
            if (turned) {
                std::swap(range.x0, range.y0);
                std::swap(range.x1, range.y1);
            }
            ranges.push_back(
                fmt::format("CoreRange(CoreCoord({}, {}), CoreCoord({}, {}))", range.x0, range.y0, range.x1, range.y1));
        }
        const bool block = tensor.shard_grid[0] > 1 && tensor.shard_grid[1] > 1;
        line("    // {} x {} shards of {} x {} tiles.", tensor.shard_grid[0], tensor.shard_grid[1], tensor.shard[0],
             tensor.shard[1]);
        line("    buffers.{0} = make_sharded_buffer(mesh, layout_of_{0}, BufferType::{1},", name_of(tensor), memory);
        line("        TensorMemoryLayout::{}_SHARDED, CoreRangeSet(std::vector<CoreRange>{{{}}}),",
             block                      ? "BLOCK"
             : tensor.shard_grid[1] > 1 ? "WIDTH"
                                        : "HEIGHT",
             list(ranges));
        line("        ShardOrientation::{}_MAJOR, {{{}, {}}}, {{{}, {}}});", turned ? "COL" : "ROW",
             tensor.shard[0] * 32, tensor.shard[1] * 32, tensor.shard_grid[0] * tensor.shard[0],
             tensor.shard_grid[1] * tensor.shard[1]);
    }

    void program(const Program& program, size_t number) {
        line("/// {}: {} blocks on {} cores.", program.name, list_product(program.grid), program.cores.size());
        line("Program make_program_{}(const Buffers& buffers, const std::map<std::string, uint32_t>& symbols) {{",
             number);
        line("    Program program = CreateProgram();");
        std::vector<std::string> ranges;
        for (const Rectangle& range : rectangles(program.cores)) {
            ranges.push_back(
                fmt::format("CoreRange(CoreCoord({}, {}), CoreCoord({}, {}))", range.x0, range.y0, range.x1, range.y1));
        }
        line("    const CoreRangeSet cores(std::vector<CoreRange>{{{}}});\n", list(ranges));
        for (const device::CircularBuffer& ring : program.circular_buffers) {
            if (!ring.why.empty()) {
                line("    // {}: {}", ring.name, ring.why);
            } else {
                line("    // {}", ring.name);
            }
            if (ring.tensor.empty()) {
                line("    make_ring(program, cores, CBIndex::c_{}, DataFormat::{}, {}, {});", ring.index,
                     data_format(ring.format), ring.page_bytes, ring.pages);
            } else {
                line("    make_ring_on(program, cores, CBIndex::c_{}, DataFormat::{}, {}, {}, buffers.{});", ring.index,
                     data_format(ring.format), ring.page_bytes, ring.pages, ring.tensor);
            }
        }
        if (!program.semaphores.empty()) {
            lines("\n");
        }
        for (const device::Semaphore& semaphore : program.semaphores) {
            line("    CreateSemaphore(program, cores, {});  // {}: {}", semaphore.initial, semaphore.index,
                 semaphore.name);
        }
        for (const device::KernelCode& kernel : program.kernels) {
            this->kernel(program, kernel);
        }
        work(program);
        line("    return program;\n}}\n");
    }

    static std::string list_product(const std::vector<int64_t>& grid) {
        std::string text;
        for (const int64_t extent : grid) {
            text += fmt::format("{}{}", text.empty() ? "" : "x", extent);
        }
        return text;
    }

    void kernel(const Program& program, const device::KernelCode& kernel) {
        const std::string_view role = role_variable(kernel.role);
        std::vector<uint32_t> values;
        std::string names;
        for (const auto& [name, value] : kernel.compile_arguments) {
            values.push_back(value);
            names += fmt::format("{}{}", names.empty() ? "" : ", ", name);
        }
        lines("\n");
        if (!names.empty()) {
            line("    // {}", names);
        }
        line("    std::vector<uint32_t> {}_arguments = {{{}}};", role, list(values));
        for (const std::string& tensor : kernel.accessors) {
            line("    TensorAccessorArgs(*buffers.{}).append_to({}_arguments);", tensor, role);
        }
        const std::string path = fmt::format("KERNEL_FOLDER \"{}\"", kernel_path(program, kernel).substr(8));
        if (kernel.role != Role::Compute) {
            line("    const KernelHandle {} = CreateKernel(program, {}, cores,", role, path);
            line("        {}DataMovementConfig({}_arguments));", kernel.role == Role::Reader ? "Reader" : "Writer",
                 role);
            return;
        }
        if (!program.unpack_to_dest_fp32.empty()) {
            line("    // These go to DST with all 32 bits, not through the sources' registers.");
            line("    std::vector<UnpackToDestMode> unpack_modes(NUM_CIRCULAR_BUFFERS, UnpackToDestMode::Default);");
            for (const uint32_t ring : program.unpack_to_dest_fp32) {
                line("    unpack_modes[{}] = UnpackToDestMode::UnpackToDestFp32;", ring);
            }
        }
        line("    const KernelHandle compute = CreateKernel(program, {}, cores,", path);
        line("        ComputeConfig{{.math_fidelity = MathFidelity::{},", program.math_fidelity);
        line("            .fp32_dest_acc_en = {},", program.fp32_dest_acc_en);
        line("            .dst_full_sync_en = {},", program.dst_full_sync_en);
        if (!program.unpack_to_dest_fp32.empty()) {
            line("            .unpack_to_dest_mode = unpack_modes,");
        }
        line("            .math_approx_mode = {},", program.math_approx_mode);
        line("            .compile_args = compute_arguments}});");
    }

    /// The value of a run-time argument for the core that the loop is at.
    std::string argument(const RuntimeArgument& argument, const device::KernelCode& kernel) {
        switch (argument.meaning) {
            case RuntimeArgument::Meaning::Address:
                return fmt::format("static_cast<uint32_t>(buffers.{}->address())", argument.tensor);
            case RuntimeArgument::Meaning::StartId:
                return "work.start";
            case RuntimeArgument::Meaning::Count:
                return "work.count";
            case RuntimeArgument::Meaning::Symbol:
                return fmt::format("symbols.at(\"{}\")", argument.name);
            case RuntimeArgument::Meaning::CoreValue:
                return fmt::format("{}_of_{}[i]", argument.name, role_variable(kernel.role));
        }
        return "0";
    }

    void work(const Program& program) {
        line("\n    // Which blocks each core computes.");
        line("    const std::vector<Work> all_work = {{");
        std::string row;
        for (const device::CoreWork& core : program.cores) {
            const std::string one = fmt::format("{{{}, {}, {}, {}}},", core.x, core.y, core.start, core.count);
            if (row.size() + one.size() > 108) {
                line("        {}", row);
                row.clear();
            }
            row += (row.empty() ? "" : " ") + one;
        }
        line("        {}\n    }};", row);
        for (const device::KernelCode& kernel : program.kernels) {
            for (const RuntimeArgument& argument : kernel.runtime_arguments) {
                if (argument.meaning == RuntimeArgument::Meaning::CoreValue) {
                    if (argument.values.size() != program.cores.size()) {
                        throw Error("tile-internal", fmt::format("{} cores have {} values of {}", program.cores.size(),
                                                                 argument.values.size(), argument.name));
                    }
                    line("    const std::vector<uint32_t> {}_of_{} = {{{}}};", argument.name,
                         role_variable(kernel.role), list(argument.values));
                }
            }
        }
        line("    for (size_t i = 0; i < all_work.size(); ++i) {{");
        line("        const Work& work = all_work[i];");
        line("        const CoreCoord core(work.x, work.y);");
        for (const device::KernelCode& kernel : program.kernels) {
            std::vector<std::string> values;
            values.reserve(kernel.runtime_arguments.size());
            for (const RuntimeArgument& one : kernel.runtime_arguments) {
                values.push_back(argument(one, kernel));
            }
            line("        SetRuntimeArgs(program, {}, core, std::vector<uint32_t>{{{}}});", role_variable(kernel.role),
                 list(values));
        }
        line("    }}");
    }

    void main_function() {
        lines(
            "/// What the command line says.\n"
            "struct Options {\n"
            "    std::map<std::string, std::string> inputs;\n"
            "    std::map<std::string, uint32_t> symbols;\n"
            "    std::string output = \".\";\n"
            "    uint32_t seed = 0;\n"
            "};\n"
            "\n"
            "Options read_options(int argc, char** argv) {\n"
            "    Options options;\n"
            "    for (int i = 1; i < argc; ++i) {\n"
            "        const std::string name = argv[i];\n"
            "        if (i + 1 == argc) {\n"
            "            throw std::runtime_error(\"usage: host [--input NAME=FILE.npy]... [--output FOLDER] \"\n"
            "                                     \"[--seed N] [--symbol NAME=VALUE]...\");\n"
            "        }\n"
            "        const std::string value = argv[++i];\n"
            "        const size_t equals = value.find('=');\n"
            "        if (name == \"--input\" && equals != std::string::npos) {\n"
            "            options.inputs[value.substr(0, equals)] = value.substr(equals + 1);\n"
            "        } else if (name == \"--symbol\" && equals != std::string::npos) {\n"
            "            options.symbols[value.substr(0, equals)] = "
            "static_cast<uint32_t>(std::stoul(value.substr(equals + 1)));\n"
            "        } else if (name == \"--output\") {\n"
            "            options.output = value;\n"
            "        } else if (name == \"--seed\") {\n"
            "            options.seed = static_cast<uint32_t>(std::stoul(value));\n"
            "        } else {\n"
            "            throw std::runtime_error(\"no such option: \" + name + \" \" + value);\n"
            "        }\n"
            "    }\n"
            "    return options;\n"
            "}\n"
            "\n"
            "/// The tensor before the kernels run: from its file, random, or zeros.\n"
            "Tensor tensor_of(const Layout& layout, const Options& options, bool random, uint32_t number) {\n"
            "    const auto file = options.inputs.find(layout.name);\n"
            "    if (file != options.inputs.end()) {\n"
            "        return tensors::read_npy(file->second, layout.shape);\n"
            "    }\n"
            "    if (random) {\n"
            "        return tensors::random_tensor(layout, options.seed + number);\n"
            "    }\n"
            "    return {layout.shape, std::vector<double>(static_cast<size_t>(tensors::count_of(layout.shape)), "
            "0.0)};\n"
            "}\n"
            "\n"
            "void run_all(const Options& options) {\n"
            "    const Mesh mesh = distributed::MeshDevice::create_unit_mesh(0);\n"
            "    distributed::MeshCommandQueue& queue = mesh->mesh_command_queue();\n"
            "    Buffers buffers;\n");
        for (const Tensor& tensor : module_.tensors) {
            buffer(tensor);
        }
        lines("\n");
        for (size_t i = 0; i < module_.tensors.size(); ++i) {
            const Tensor& tensor = module_.tensors[i];
            const bool random = tensor.read && !tensor.written && tensor.param->scope == ir::Scope::Param;
            line(
                "    std::vector<uint32_t> pages_of_{0} =\n        tensors::to_pages(layout_of_{0}, "
                "tensor_of(layout_of_{0}, options, {1}, {2}));",
                name_of(tensor), random, number_of(i));
            line("    distributed::EnqueueWriteMeshBuffer(queue, buffers.{0}, pages_of_{0}, false);", name_of(tensor));
        }
        lines("\n");
        for (size_t i = 0; i < module_.programs.size(); ++i) {
            lines("    {\n");
            line("        distributed::MeshWorkload workload;");
            line("        workload.add_program(distributed::MeshCoordinateRange(mesh->shape()),");
            line("                             make_program_{}(buffers, options.symbols));", i);
            line("        distributed::EnqueueMeshWorkload(queue, workload, false);");
            line("        distributed::Finish(queue);");
            lines("    }\n");
        }
        lines("\n    std::filesystem::create_directories(options.output);\n");
        for (const Tensor& tensor : module_.tensors) {
            if (tensor.written && tensor.param->scope == ir::Scope::Param) {
                line("    distributed::EnqueueReadMeshBuffer(queue, pages_of_{0}, buffers.{0}, true);",
                     name_of(tensor));
                line(
                    "    tensors::write_npy(options.output + \"/{0}.npy\", tensors::from_pages(layout_of_{0}, "
                    "pages_of_{0}),\n                       layout_of_{0}.elements);",
                    name_of(tensor));
            }
        }
        lines(
            "    mesh->close();\n"
            "}\n"
            "\n"
            "}  // namespace\n"
            "\n"
            "int main(int argc, char** argv) {\n"
            "    try {\n"
            "        run_all(read_options(argc, argv));\n"
            "        return 0;\n"
            "    } catch (const std::exception& error) {\n"
            "        std::fprintf(stderr, \"%s\\n\", error.what());\n"
            "        return 1;\n"
            "    }\n"
            "}\n");
    }

    const device::Module& module_;
    const std::string& source_;
    std::string out_;
};

}  // namespace

std::string host_text(const device::Module& module, const std::string& source) {
    return HostWriter(module, source).text();
}

std::string cmake_text(const device::Module& module) {
    return fmt::format(
        "# {0}: the host program. cmake -B build -DCMAKE_PREFIX_PATH=<where TT-Metalium is>, cmake --build build\n"
        "cmake_minimum_required(VERSION 3.22)\n"
        "project({0} CXX)\n"
        "set(CMAKE_CXX_STANDARD 20)\n"
        "set(CMAKE_CXX_STANDARD_REQUIRED ON)\n"
        "if(NOT TARGET TT::Metalium)\n"
        "    find_package(TT-Metalium REQUIRED)\n"
        "endif()\n"
        "# The kernels are compiled at run time, from their sources.\n"
        "add_executable({0} host.cpp)\n"
        "target_link_libraries({0} PRIVATE TT::Metalium)\n"
        "target_compile_definitions({0} PRIVATE KERNEL_FOLDER=\"${{CMAKE_CURRENT_SOURCE_DIR}}/kernels/\")\n",
        module.name);
}

}  // namespace tessera::tile::emit
