// A launch of one core made of compute steps: a reader brings the inputs, the steps' code computes, a writer takes what
// is left in the outputs. All three kernels are text that the emitter printed.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

#include <on_device.h>

#include <tt-metalium/tensor_accessor_args.hpp>

#include <tile/emit/kernel_text.h>
#include <tile/ir/diagnostics.h>
#include <tile/lower/compute.h>

namespace tile_test {

using namespace tessera::tile;
using namespace tessera::tile::ir;
using lower::ComputeStep;
using lower::Form;
using lower::Place;
using tt::DataFormat;
using Numbers = std::vector<double>;

inline DataFormat data_format(DType type) {
    switch (type) {
        case DType::Float32:
            return DataFormat::Float32;
        case DType::Float16:
            return DataFormat::Float16;
        case DType::Int32:
            return DataFormat::Int32;
        case DType::BlockFloat8:
            return DataFormat::Bfp8_b;
        default:
            return DataFormat::Float16_b;
    }
}

/// The value that a format has for a number: of 8 or 11 significant bits, to nearest even.
inline double rounded(double value, DType type) {
    if (value == 0 || !std::isfinite(value)) {
        return value;
    }
    const int digits = type == DType::BFloat16 || type == DType::Bool ? 8 : type == DType::Float16 ? 11 : 24;
    const int exponent = std::ilogb(value);
    return std::ldexp(std::nearbyint(std::ldexp(value, digits - 1 - exponent)), exponent - digits + 1);
}

inline Expr num(int64_t value) {
    return make_int(value);
}

/// Buffers and steps of a launch; run() gives the outputs.
class Launch {
public:
    explicit Launch(bool fp32_dest = true, std::string fidelity = "HiFi4") {
        program_.fp32_dest_acc_en = fp32_dest;
        program_.math_fidelity = std::move(fidelity);
    }

    Buffer buffer(const std::string& name, DType type, const std::vector<int64_t>& shape, Form form = Form::Matrix,
                  int64_t ring = 1) {
        std::vector<Expr> extents;
        for (const int64_t each : shape) {
            extents.push_back(num(each));
        }
        auto made = std::make_shared<BufferNode>(BufferNode{name, type, extents, Scope::Fragment, {}});
        Place place;
        place.buffer = made;
        place.cb = static_cast<uint32_t>(storage_.all().size());
        place.form = form;
        const size_t rank = shape.size();
        const auto tiles = [](int64_t elements) { return (elements + 31) / 32; };
        size_t outer = rank;
        if (form == Form::Matrix) {
            outer = rank - 2;
            place.valid_rows = shape[rank - 2];
            place.valid_columns = shape[rank - 1];
        } else if (form == Form::ColumnVector) {
            outer = rank - 1;
            place.valid_rows = shape[rank - 1];
            place.valid_columns = 1;
        } else if (form == Form::RowVector) {
            outer = rank - 1;
            place.valid_rows = 1;
            place.valid_columns = shape[rank - 1];
        } else {
            place.valid_rows = place.valid_columns = 1;
        }
        place.rows = tiles(place.valid_rows);
        place.columns = tiles(place.valid_columns);
        for (size_t d = 0; d < outer; ++d) {
            place.batch *= form == Form::Scalar ? 1 : shape[d];
        }
        rings_[place.cb] = ring;
        storage_.add(place);
        return made;
    }
    Place& place(const Buffer& buffer) {
        for (Place& each : storage_.all()) {
            if (each.buffer == buffer) {
                return each;
            }
        }
        throw std::logic_error("no such buffer");
    }

    Buffer input(const std::string& name, DType type, const std::vector<int64_t>& shape, Numbers& values,
                 Form form = Form::Matrix) {
        const Buffer made = buffer(name, type, shape, form);
        for (double& value : values) {
            value = rounded(value, type);
        }
        inputs_.emplace_back(made, values);
        return made;
    }

    /// Reads and waits are worked out: the first read of a buffer waits, the last one pops.
    ComputeStep& step(Stmt stmt, const std::vector<Buffer>& sources, const Buffer& result, bool in_place = false) {
        ComputeStep made;
        made.stmt = std::move(stmt);
        for (const Buffer& source : sources) {
            made.sources.push_back({source, true, true});
        }
        made.result = result;
        made.in_place = in_place;
        steps_.push_back(std::move(made));
        return steps_.back();
    }

    void settle() {
        for (size_t s = 0; s < steps_.size(); ++s) {
            for (ComputeStep::Source& source : steps_[s].sources) {
                for (size_t t = s; t-- > 0 && source.wait;) {
                    for (const auto& earlier : steps_[t].sources) {
                        source.wait = source.wait && earlier.buffer != source.buffer;
                    }
                    if (steps_[t].result == source.buffer) {
                        source.wait = true;
                        break;
                    }
                }
                for (size_t t = s + 1; t < steps_.size() && source.pop; ++t) {
                    for (const auto& later : steps_[t].sources) {
                        source.pop = source.pop && later.buffer != source.buffer;
                    }
                }
                if (steps_[s].in_place && source.buffer == steps_[s].result) {
                    source.pop = true;
                }
            }
        }
    }

    /// The compute kernel's code, setups reduced; what could not be made is in diagnostics().
    device::Code code() {
        settle();
        context_ = {};
        context_.program = &program_;
        context_.diagnostics = &diagnostics_;
        program_.circular_buffers.clear();
        for (const Place& place : storage_.all()) {
            add_cb(place.cb, "cb_" + place.buffer->name,
                   lower::Form::Matrix == place.form ? place.tiles() : place.tiles(), place.buffer->dtype);
            program_.circular_buffers.back().pages *= static_cast<uint32_t>(rings_[place.cb]);
        }
        lower::ComputeNeeds needs;
        for (const ComputeStep& step : steps_) {
            needs.merge(needs_of(step, storage_, context_));
        }
        needs_ = needs;
        const auto helper = [&](bool wanted, const char* name, std::optional<uint32_t>& cb) {
            if (wanted) {
                cb = static_cast<uint32_t>(program_.circular_buffers.size());
                add_cb(*cb, name, 1, DType::BFloat16);
            }
        };
        helper(needs.row_index, "cb_row_numbers", context_.row_index);
        helper(needs.column_index, "cb_column_numbers", context_.column_index);
        helper(needs.ones, "cb_ones", context_.ones);
        for (const auto& [format, pages] : needs.scratch) {
            const auto cb = static_cast<uint32_t>(program_.circular_buffers.size());
            context_.scratch[format] = cb;
            add_cb(cb, "cb_scratch_" + std::string(name_of(format)), pages, format);
        }
        device::Code code;
        emit_startup(steps_.front(), storage_, context_, code);
        for (const ComputeStep& step : steps_) {
            emit_step(step, storage_, context_, code);
        }
        return lower::without_repeated_setups(code, program_);
    }

    std::string text() {
        device::KernelCode kernel;
        kernel.role = device::Role::Compute;
        kernel.body = code();
        kernel.includes.assign(context_.includes.begin(), context_.includes.end());
        return emit::kernel_text(kernel, program_, module_);
    }

    /// What is left in the outputs (elements in row-major order).
    std::map<std::string, Numbers> run(tt::tt_metal::IDevice* device, const std::vector<Buffer>& outputs);

    Diagnostics& diagnostics() { return diagnostics_; }
    const lower::ComputeNeeds& needs() const { return needs_; }
    device::Program& program() { return program_; }

private:
    void add_cb(uint32_t index, const std::string& name, int64_t pages, DType format) {
        device::CircularBuffer cb;
        cb.index = index;
        cb.name = name;
        cb.pages = static_cast<uint32_t>(pages);
        cb.format = format == DType::Bool ? DType::BFloat16 : format;
        cb.page_bytes = tt::tile_size(data_format(format));
        program_.circular_buffers.push_back(cb);
    }

    /// Element (row, column) of tile `tile` of a Place as an index into its elements; nothing if it is padding.
    static std::optional<size_t> element(const Place& place, int64_t matrix, int64_t row, int64_t column) {
        if (row >= place.valid_rows || column >= place.valid_columns) {
            return std::nullopt;
        }
        return static_cast<size_t>((matrix * place.valid_rows + row) * place.valid_columns + column);
    }

    template <typename Visit>
    static void each_element(const Place& place, Visit&& visit) {
        for (int64_t m = 0; m < place.batch; ++m) {
            for (int64_t tr = 0; tr < place.rows; ++tr) {
                for (int64_t tc = 0; tc < place.columns; ++tc) {
                    const int64_t tile = *constant(place.tile_index(num(m), num(tr), num(tc)));
                    for (uint32_t r = 0; r < 32; ++r) {
                        for (uint32_t c = 0; c < 32; ++c) {
                            const size_t at = static_cast<size_t>(tile) * 1024 + compute_test::place({32, 32}, r, c);
                            visit(at, element(place, m, tr * 32 + r, tc * 32 + c));
                        }
                    }
                }
            }
        }
    }

    device::Program program_;
    device::Module module_;
    lower::Storage storage_;
    lower::ComputeContext context_;
    lower::ComputeNeeds needs_;
    Diagnostics diagnostics_;
    std::vector<std::pair<Buffer, Numbers>> inputs_;
    std::vector<ComputeStep> steps_;
    std::map<uint32_t, int64_t> rings_;
};

inline std::map<std::string, Numbers> Launch::run(tt::tt_metal::IDevice* device, const std::vector<Buffer>& outputs) {
    using namespace tt::tt_metal;
    const std::string compute = text();
    if (diagnostics_.failed()) {
        ADD_FAILURE() << diagnostics_.render();
        return {};
    }
    if (std::getenv("TILE_TEST_SHOW") != nullptr) {
        std::fputs(compute.c_str(), stderr);
    }
    tt::tt_metal::Program program = CreateProgram();
    const CoreCoord core(0, 0);
    for (const device::CircularBuffer& cb : program_.circular_buffers) {
        CreateCircularBuffer(
            program, core,
            CircularBufferConfig(cb.page_bytes * cb.pages, {{static_cast<uint8_t>(cb.index), data_format(cb.format)}})
                .set_page_size(cb.index, cb.page_bytes));
    }
    // Tensors: an input or an output each, tiles in the order of the ring.
    struct Moved {
        const device::CircularBuffer* cb;
        std::shared_ptr<tt::tt_metal::Buffer> memory;
        uint32_t tiles;
    };
    std::vector<Moved> read, written;
    const auto cb_of = [&](uint32_t index) { return &program_.circular_buffers.at(index); };
    const auto memory = [&](const device::CircularBuffer* cb, uint32_t tiles) {
        const uint32_t bytes = cb->page_bytes * tiles;
        return CreateBuffer(InterleavedBufferConfig{device, bytes, cb->page_bytes, BufferType::DRAM});
    };
    const auto bring = [&](uint32_t cb, uint32_t tiles, const std::vector<float>& values) {
        read.push_back({cb_of(cb), memory(cb_of(cb), tiles), tiles});
        std::vector<uint32_t> words = compute_test::encode(data_format(cb_of(cb)->format), values, {});
        detail::WriteToBuffer(read.back().memory, words);
    };
    for (const auto& [buffer, numbers] : inputs_) {
        const Place& from = storage_.of(buffer);
        // Junk where no element lies, zeros below and beside matrices as hosts pad them.
        const float junk = from.form == Form::Matrix ? 0 : 96;
        std::vector<float> values(static_cast<size_t>(from.tiles()) * 1024, junk);
        each_element(from, [&](size_t at, std::optional<size_t> index) {
            if (index) {
                values[at] = static_cast<float>(numbers.at(*index));
            }
        });
        bring(from.cb, static_cast<uint32_t>(from.tiles()), values);
    }
    const auto numbers_tile = [&](const std::optional<uint32_t>& cb,
                                  const std::function<float(uint32_t, uint32_t)>& f) {
        if (cb) {
            std::vector<float> values(1024);
            for (uint32_t r = 0; r < 32; ++r) {
                for (uint32_t c = 0; c < 32; ++c) {
                    values[compute_test::place({32, 32}, r, c)] = f(r, c);
                }
            }
            bring(*cb, 1, values);
        }
    };
    numbers_tile(context_.row_index, [](uint32_t r, uint32_t) { return static_cast<float>(r); });
    numbers_tile(context_.column_index, [](uint32_t, uint32_t c) { return static_cast<float>(c); });
    numbers_tile(context_.ones, [](uint32_t, uint32_t) { return 1.0F; });
    for (const ir::Buffer& buffer : outputs) {
        const Place& to = storage_.of(buffer);
        written.push_back(
            {cb_of(to.cb), memory(cb_of(to.cb), static_cast<uint32_t>(to.tiles())), static_cast<uint32_t>(to.tiles())});
    }

    // Data movement, as trees.
    device::Module module;
    const auto movement = [&](device::Role role, const std::vector<Moved>& all) {
        device::KernelCode kernel;
        kernel.role = role;
        kernel.includes = {"api/dataflow/dataflow_api.h"};
        const bool reads = role == device::Role::Reader;
        const auto call = [](std::string name, std::vector<device::Argument> arguments, ir::Var result = {}) {
            return device::make_node(device::Call{std::move(name), {}, std::move(arguments), std::move(result)});
        };
        for (const Moved& each : all) {
            const std::string tensor = "tensor_" + each.cb->name;
            device::Tensor described;
            described.param = std::make_shared<BufferNode>(BufferNode{tensor, each.cb->format, {}, Scope::Param, {}});
            described.page_bytes = each.cb->page_bytes;
            module.tensors.push_back(described);
            kernel.accessors.push_back(tensor);
            kernel.runtime_arguments.push_back(
                {device::RuntimeArgument::Meaning::Address, tensor + "_address", tensor, {}});
            const auto pointer = std::make_shared<const VarNode>(VarNode{"at_" + each.cb->name, DType::UInt32});
            const auto t = std::make_shared<const VarNode>(VarNode{"t_" + each.cb->name, DType::Int32});
            const Expr tiles = num(each.tiles);
            const Expr address = make_var(pointer) + make_cast(DType::UInt32, make_var(t) * num(each.cb->page_bytes));
            kernel.body.push_back(call(reads ? "cb_reserve_back" : "cb_wait_front", {each.cb->name, tiles}));
            kernel.body.push_back(call(reads ? "get_write_ptr" : "get_read_ptr", {each.cb->name}, pointer));
            kernel.body.push_back(device::make_node(device::Loop{
                t,
                num(0),
                tiles,
                num(1),
                {call(reads ? "noc_async_read_page" : "noc_async_write_page", {make_var(t), tensor, address})}}));
            kernel.body.push_back(call(reads ? "noc_async_read_barrier" : "noc_async_write_barrier", {}));
            kernel.body.push_back(call(reads ? "cb_push_back" : "cb_pop_front", {each.cb->name, tiles}));
        }
        const std::string text = emit::kernel_text(kernel, program_, module);
        std::vector<uint32_t> compile_arguments;
        std::vector<uint32_t> arguments;
        for (const Moved& each : all) {
            TensorAccessorArgs(*each.memory).append_to(compile_arguments);
            arguments.push_back(each.memory->address());
        }
        KernelHandle id = 0;
        if (reads) {
            id = CreateKernelFromString(program, text, core, ReaderDataMovementConfig(compile_arguments));
        } else {
            id = CreateKernelFromString(program, text, core, WriterDataMovementConfig(compile_arguments));
        }
        SetRuntimeArgs(program, id, core, arguments);
    };
    movement(device::Role::Reader, read);
    movement(device::Role::Writer, written);
    ComputeConfig config;
    config.fp32_dest_acc_en = program_.fp32_dest_acc_en;
    config.math_fidelity = program_.math_fidelity == "HiFi4"   ? MathFidelity::HiFi4
                           : program_.math_fidelity == "HiFi2" ? MathFidelity::HiFi2
                                                               : MathFidelity::LoFi;
    config.unpack_to_dest_mode.resize(NUM_CIRCULAR_BUFFERS, UnpackToDestMode::Default);
    for (const uint32_t cb : unpack_to_dest(context_)) {
        config.unpack_to_dest_mode[cb] = UnpackToDestMode::UnpackToDestFp32;
    }
    CreateKernelFromString(program, compute, core, config);
    detail::LaunchProgram(device, program);

    std::map<std::string, Numbers> results;
    for (size_t i = 0; i < outputs.size(); ++i) {
        const Place& from = storage_.of(outputs[i]);
        std::vector<uint32_t> words;
        detail::ReadFromBuffer(written[i].memory, words);
        const std::vector<float> values = compute_test::decode(data_format(written[i].cb->format), words, {});
        Numbers numbers(static_cast<size_t>(from.batch * from.valid_rows * from.valid_columns));
        each_element(from, [&](size_t at, std::optional<size_t> index) {
            if (index) {
                numbers.at(*index) = values.at(at);
            }
        });
        results[outputs[i]->name] = numbers;
    }
    return results;
}

class TileCompute : public ::testing::Test {
protected:
    static void SetUpTestSuite() {
        // A finding of any check is an exception of the run.
        setenv("TESSERA_HALT", "1", 0);
        setenv("TESSERA_DENY", "warnings", 0);
        device_ = tt::tt_metal::CreateDevice(0);
    }
    static void TearDownTestSuite() { tt::tt_metal::CloseDevice(device_); }
    static inline tt::tt_metal::IDevice* device_ = nullptr;

    std::mt19937 random_{20261121};
    Numbers numbers(size_t count, double low = -2, double high = 2) {
        std::uniform_real_distribution<double> draw(low, high);
        Numbers values(count);
        for (double& value : values) {
            value = draw(random_);
        }
        return values;
    }
};

/// |got - expected| <= relative |expected| + absolute, for all elements; infinities are equal.
inline void expect_near(const Numbers& got, const Numbers& expected, double relative, double absolute,
                        const std::string& what = {}) {
    ASSERT_EQ(got.size(), expected.size()) << what;
    int shown = 0;
    for (size_t i = 0; i < got.size() && shown < 3; ++i) {
        const bool same = got[i] == expected[i] || (std::isnan(got[i]) && std::isnan(expected[i]));
        if (!same && !(std::abs(got[i] - expected[i]) <= relative * std::abs(expected[i]) + absolute)) {
            ADD_FAILURE() << what << " element " << i << ": " << got[i] << ", expected " << expected[i];
            ++shown;
        }
    }
}

inline Var var(const std::string& name) {
    return std::make_shared<const VarNode>(VarNode{name, DType::Int32});
}
inline Expr at(const Buffer& buffer, std::vector<Expr> indices) {
    return make_load(buffer, std::move(indices));
}
/// A Parallel over i, j of one store to result[i, j].
inline Stmt parallel(const std::vector<Var>& vars, const std::vector<int64_t>& extents, const Buffer& result,
                     std::vector<Expr> indices, Expr value, Expr condition = {}) {
    Parallel made;
    made.vars = vars;
    for (const int64_t each : extents) {
        made.extents.push_back(num(each));
    }
    Stmt store = make_stmt(Store{result, std::move(indices), std::move(value)});
    made.body = {condition ? make_stmt(If{condition, {store}, {}}) : store};
    return make_stmt(made);
}

}  // namespace tile_test
