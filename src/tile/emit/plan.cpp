// The plan: a compiled kernel as data.
#include <algorithm>

#include <nlohmann/json.hpp>

#include <tile/emit/files.h>

namespace tessera::tile::emit {

using nlohmann::ordered_json;

namespace {

std::string_view form_name(device::Tensor::Form form) {
    switch (form) {
        case device::Tensor::Form::Matrix:
            return "matrix";
        case device::Tensor::Form::RowVector:
            return "row_vector";
        case device::Tensor::Form::ColumnVector:
            return "column_vector";
        case device::Tensor::Form::Words:
            return "words";
    }
    return "matrix";
}

std::string_view meaning_name(device::RuntimeArgument::Meaning meaning) {
    switch (meaning) {
        case device::RuntimeArgument::Meaning::Address:
            return "address";
        case device::RuntimeArgument::Meaning::StartId:
            return "start_id";
        case device::RuntimeArgument::Meaning::Count:
            return "count";
        case device::RuntimeArgument::Meaning::Symbol:
            return "symbol";
        case device::RuntimeArgument::Meaning::CoreValue:
            return "core_value";
    }
    return "count";
}

ordered_json tensor_plan(const device::Tensor& tensor) {
    ordered_json plan;
    plan["name"] = tensor.param->name;
    plan["dtype"] = name_of(tensor.param->dtype);
    plan["shape"] = tensor.shape;
    plan["read"] = tensor.read;
    plan["written"] = tensor.written;
    plan["parameter"] = tensor.param->scope == ir::Scope::Param;
    plan["placement"] = tensor.in_l1 ? "L1" : "DRAM";
    plan["layout"] = {{"form", form_name(tensor.form)},
                      {"dimension_order", tensor.dimension_order},
                      {"padded", tensor.padded},
                      {"padding", tensor.padding},
                      {"format", name_of(tensor.format)},
                      {"page_bytes", tensor.page_bytes},
                      {"pages", tensor.pages}};
    if (!tensor.shard.empty()) {
        plan["layout"]["shard_tiles"] = tensor.shard;
        plan["layout"]["shard_grid"] = tensor.shard_grid;
        plan["layout"]["shard_order"] = tensor.shards_by_column ? "column_major" : "row_major";
    }
    return plan;
}

ordered_json kernel_plan(const device::Program& program, const device::KernelCode& kernel) {
    ordered_json plan;
    plan["role"] = name_of(kernel.role);
    plan["source"] = kernel_path(program, kernel);
    plan["compile_arguments"] = ordered_json::array();
    for (const auto& [name, value] : kernel.compile_arguments) {
        plan["compile_arguments"].push_back({{"name", name}, {"value", value}});
    }
    plan["accessors"] = kernel.accessors;
    plan["runtime_arguments"] = ordered_json::array();
    for (const device::RuntimeArgument& argument : kernel.runtime_arguments) {
        ordered_json one = {{"name", argument.name}, {"meaning", meaning_name(argument.meaning)}};
        if (argument.meaning == device::RuntimeArgument::Meaning::Address) {
            one["tensor"] = argument.tensor;
        } else if (argument.meaning == device::RuntimeArgument::Meaning::CoreValue) {
            one["values"] = argument.values;
        }
        plan["runtime_arguments"].push_back(std::move(one));
    }
    return plan;
}

ordered_json program_plan(const device::Program& program) {
    ordered_json plan;
    plan["name"] = program.name;
    plan["grid"] = program.grid;
    plan["core_grid"] = {program.grid_x, program.grid_y};
    plan["cores"] = ordered_json::array();
    for (const device::CoreWork& core : program.cores) {
        plan["cores"].push_back({{"x", core.x}, {"y", core.y}, {"start", core.start}, {"count", core.count}});
    }
    plan["circular_buffers"] = ordered_json::array();
    for (const device::CircularBuffer& ring : program.circular_buffers) {
        plan["circular_buffers"].push_back({{"index", ring.index},
                                            {"name", ring.name},
                                            {"format", name_of(ring.format)},
                                            {"page_bytes", ring.page_bytes},
                                            {"pages", ring.pages},
                                            {"producer", name_of(ring.producer)},
                                            {"consumer", name_of(ring.consumer)},
                                            {"why", ring.why}});
        if (!ring.tensor.empty()) {
            plan["circular_buffers"].back()["tensor"] = ring.tensor;
        }
    }
    plan["semaphores"] = ordered_json::array();
    for (const device::Semaphore& semaphore : program.semaphores) {
        plan["semaphores"].push_back(
            {{"index", semaphore.index}, {"initial", semaphore.initial}, {"name", semaphore.name}});
    }
    plan["compute"] = {{"math_fidelity", program.math_fidelity},
                       {"fp32_dest_acc_en", program.fp32_dest_acc_en},
                       {"dst_full_sync_en", program.dst_full_sync_en},
                       {"math_approx_mode", program.math_approx_mode},
                       {"unpack_to_dest_fp32", program.unpack_to_dest_fp32}};
    plan["kernels"] = ordered_json::array();
    for (const device::KernelCode& kernel : program.kernels) {
        plan["kernels"].push_back(kernel_plan(program, kernel));
    }
    return plan;
}

ordered_json object_schema(const ordered_json& properties, const std::vector<std::string>& optional = {}) {
    ordered_json required = ordered_json::array();
    for (const auto& [name, unused] : properties.items()) {
        if (std::find(optional.begin(), optional.end(), name) == optional.end()) {
            required.push_back(name);
        }
    }
    return {{"type", "object"}, {"properties", properties}, {"required", required}, {"additionalProperties", false}};
}

ordered_json array_schema(const ordered_json& items) {
    return {{"type", "array"}, {"items", items}};
}

ordered_json described(ordered_json schema, const char* text) {
    schema["description"] = text;
    return schema;
}

}  // namespace

std::string plan_text(const device::Module& module) {
    ordered_json plan;
    plan["schema_version"] = 1;
    plan["name"] = module.name;
    plan["arch"] = module.programs.empty() ? "wormhole_b0" : module.programs.front().arch;
    plan["tensors"] = ordered_json::array();
    for (const device::Tensor& tensor : module.tensors) {
        plan["tensors"].push_back(tensor_plan(tensor));
    }
    plan["programs"] = ordered_json::array();
    for (const device::Program& program : module.programs) {
        plan["programs"].push_back(program_plan(program));
    }
    return plan.dump(1) + "\n";
}

std::string plan_schema() {
    const ordered_json text = {{"type", "string"}};
    const ordered_json flag = {{"type", "boolean"}};
    const ordered_json number = {{"type", "integer"}, {"minimum", 0}};
    const ordered_json role = {{"enum", {"reader", "compute", "writer"}}};
    const ordered_json format = {
        {"enum",
         {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "bfloat16",
          "float32", "float64", "float8_e4m3", "float8_e5m2", "bfp8", "bfp4"}}};
    const ordered_json layout = object_schema(
        {{"form", {{"enum", {"matrix", "row_vector", "column_vector", "words"}}}},
         {"dimension_order", described(array_schema(number), "dimensions of the shape, outermost first")},
         {"padded", described(array_schema(number), "elements with padding, by dimension_order")},
         {"padding", described({{"type", {"number", "null"}}}, "what the padding holds; null: NaN or infinite")},
         {"format", format},
         {"page_bytes", number},
         {"pages", number},
         {"shard_tiles", described(array_schema(number), "of a sharded tensor: rows and columns of tiles of a shard")},
         {"shard_grid", described(array_schema(number), "shards down and across")},
         {"shard_order", described({{"enum", {"row_major", "column_major"}}}, "in which shards go to cores or banks")}},
        {"shard_tiles", "shard_grid", "shard_order"});
    const ordered_json tensor = object_schema({{"name", text},
                                               {"dtype", format},
                                               {"shape", array_schema(number)},
                                               {"read", flag},
                                               {"written", flag},
                                               {"parameter", described(flag, "false: lives between launches only")},
                                               {"placement", {{"enum", {"DRAM", "L1"}}}},
                                               {"layout", layout}});
    const ordered_json runtime_argument =
        object_schema({{"name", text},
                       {"meaning", {{"enum", {"address", "start_id", "count", "symbol", "core_value"}}}},
                       {"tensor", described(text, "of address")},
                       {"values", described(array_schema(number), "of core_value: one a core, in the order of cores")}},
                      {"tensor", "values"});
    const ordered_json kernel = object_schema(
        {{"role", role},
         {"source", text},
         {"compile_arguments", array_schema(object_schema({{"name", text}, {"value", number}}))},
         {"accessors", described(array_schema(text), "tensors whose accessor arguments follow, in order")},
         {"runtime_arguments", array_schema(runtime_argument)}});
    const ordered_json core = object_schema({{"x", number}, {"y", number}, {"start", number}, {"count", number}});
    const ordered_json ring = object_schema({{"index", number},
                                             {"name", text},
                                             {"format", format},
                                             {"page_bytes", number},
                                             {"pages", number},
                                             {"producer", role},
                                             {"consumer", role},
                                             {"why", text},
                                             {"tensor", described(text, "whose shard on each core it lies on")}},
                                            {"tensor"});
    const ordered_json compute = object_schema({{"math_fidelity", {{"enum", {"LoFi", "HiFi2", "HiFi3", "HiFi4"}}}},
                                                {"fp32_dest_acc_en", flag},
                                                {"dst_full_sync_en", flag},
                                                {"math_approx_mode", flag},
                                                {"unpack_to_dest_fp32", array_schema(number)}});
    const ordered_json program = object_schema(
        {{"name", text},
         {"grid", described(array_schema(number), "blocks by dimension")},
         {"core_grid", described(array_schema(number), "columns and rows of cores that there are")},
         {"cores", array_schema(core)},
         {"circular_buffers", array_schema(ring)},
         {"semaphores", array_schema(object_schema({{"index", number}, {"initial", number}, {"name", text}}))},
         {"compute", compute},
         {"kernels", array_schema(kernel)}});
    ordered_json schema = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                           {"title", "Plan of a compiled tile kernel"}};
    schema.update(object_schema({{"schema_version", {{"const", 1}}},
                                 {"name", text},
                                 {"arch", {{"enum", {"wormhole_b0", "blackhole"}}}},
                                 {"tensors", array_schema(tensor)},
                                 {"programs", array_schema(program)}}));
    return schema.dump(1) + "\n";
}

}  // namespace tessera::tile::emit
