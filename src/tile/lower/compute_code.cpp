#include <tile/lower/compute_code.h>

#include <algorithm>
#include <cmath>
#include <memory>

#include <fmt/format.h>

namespace tessera::tile::lower {

using device::Argument;
using device::Code;
using ir::DType;
using ir::Expr;
using ir::Op;

int64_t Coder::slots() const {
    return (fp32_dest() ? 4 : 8) * (program().dst_full_sync_en ? 2 : 1);
}

void Coder::need_fp32_dest(const std::string& why) {
    if (context_.dry_run != nullptr) {
        context_.dry_run->fp32_dest = true;
        return;
    }
    if (!fp32_dest()) {
        throw Refusal{"tile-needs-fp32-dest",
                      why + ", which 16-bit values in DST cannot",
                      "compile with 32-bit DST: --fp32-dest",
                      {}};
    }
}

namespace {

uint32_t given(const std::optional<uint32_t>& cb, const char* what) {
    if (!cb) {
        throw std::logic_error(std::string("compute code: the caller has made no tile of ") + what);
    }
    return *cb;
}

// In a dry run there may be no circular buffer yet.
constexpr uint32_t none_yet = 63;

}  // namespace

uint32_t Coder::row_index() {
    if (context_.dry_run != nullptr) {
        context_.dry_run->row_index = true;
        return none_yet;
    }
    return given(context_.row_index, "row numbers");
}

uint32_t Coder::column_index() {
    if (context_.dry_run != nullptr) {
        context_.dry_run->column_index = true;
        return none_yet;
    }
    return given(context_.column_index, "column numbers");
}

uint32_t Coder::ones() {
    if (context_.dry_run != nullptr) {
        context_.dry_run->ones = true;
        return none_yet;
    }
    return given(context_.ones, "ones");
}

uint32_t Coder::scratch(DType format, int64_t pages) {
    if (context_.dry_run != nullptr) {
        int64_t& most = context_.dry_run->scratch[format];
        most = std::max(most, pages);
        return none_yet;
    }
    const auto found = context_.scratch.find(format);
    if (found == context_.scratch.end() || pages_of(found->second) < pages) {
        throw std::logic_error("compute code: the caller has made no scratch for " + std::string(ir::name_of(format)));
    }
    return found->second;
}

const device::CircularBuffer* Coder::find(uint32_t cb) const {
    for (const device::CircularBuffer& each : program().circular_buffers) {
        if (each.index == cb) {
            return &each;
        }
    }
    return nullptr;
}

int64_t Coder::pages_of(uint32_t cb) const {
    const device::CircularBuffer* found = find(cb);
    return found == nullptr ? 0 : found->pages;
}

std::string Coder::name(uint32_t cb) const {
    const device::CircularBuffer* found = find(cb);
    return found == nullptr ? fmt::format("tt::CBIndex::c_{}", cb) : found->name;
}

void Coder::call(Code& out, std::string function, std::vector<Argument> arguments, std::vector<std::string> templates) {
    out.push_back(
        device::make_node(device::Call{std::move(function), std::move(templates), std::move(arguments), {}}, span_));
}

void Coder::comment(Code& out, std::string text) {
    out.push_back(device::make_node(device::Comment{std::move(text)}, span_));
}

void Coder::pages_call(Code& out, const char* function, uint32_t cb, int64_t pages) {
    call(out, function, {name(cb), number(pages)});
}

void Coder::end_scratch(Code& out, uint32_t cb, int64_t used) {
    const int64_t all = context_.dry_run != nullptr ? used : pages_of(cb);
    if (all > used) {
        reserve(out, cb, all - used);
        push(out, cb, all - used);
        wait(out, cb, all);
    }
    pop(out, cb, all);
}

void Coder::loop(Code& out, const std::string& name, int64_t extent,
                 const std::function<void(Code&, const Expr&)>& body) {
    loop_from(out, name, 0, extent, body);
}

void Coder::loop_from(Code& out, const std::string& name, int64_t begin, int64_t end,
                      const std::function<void(Code&, const Expr&)>& body) {
    if (end <= begin) {
        return;
    }
    if (end == begin + 1) {
        body(out, number(begin));
        return;
    }
    std::string free = name;
    for (int next = 2; context_.taken.contains(free); ++next) {
        free = fmt::format("{}_{}", name, next);
    }
    context_.taken.insert(free);
    const auto var = std::make_shared<const ir::VarNode>(ir::VarNode{free, DType::Int32});
    context_.facts.bounds[var] = {begin, end - 1};
    Code inside;
    body(inside, ir::make_var(var));
    context_.facts.bounds.erase(var);
    context_.taken.erase(free);
    out.push_back(
        device::make_node(device::Loop{var, number(begin), number(end), number(1), std::move(inside)}, span_));
}

void Coder::section(Code& out, const std::function<void(Code&)>& math, const std::function<void(Code&)>& pack) {
    call(out, "tile_regs_acquire");
    math(out);
    call(out, "tile_regs_commit");
    call(out, "tile_regs_wait");
    pack(out);
    call(out, "tile_regs_release");
}

void Coder::setup_copy(Code& out, uint32_t cb) {
    include("api/compute/tile_move_copy.h");
    include("api/compute/reconfig_data_format.h");
    if (const device::CircularBuffer* found = find(cb); found != nullptr && found->format == DType::Float32) {
        context_.to_dst.insert(cb);
    }
    call(out, "reconfig_data_format_srca", {name(cb)});
    call(out, "copy_tile_to_dst_init_short", {name(cb)});
}

void Coder::setup_pack(Code& out, uint32_t cb) {
    include("api/compute/pack.h");
    call(out, "pack_reconfig_data_format", {name(cb)});
}

void Coder::copy_tile(Code& out, uint32_t cb, const Expr& tile, const Expr& slot) {
    call(out, "copy_tile", {name(cb), tile, slot});
}

void Coder::pack_tile(Code& out, const Expr& slot, uint32_t cb) {
    call(out, "pack_tile", {slot, name(cb)});
}

void Coder::vector(Code& out, const std::string& function, std::vector<Argument> arguments,
                   const std::vector<std::string>& templates, const std::string& init) {
    call(out, init.empty() ? function + "_init" : init, {}, init.empty() ? templates : std::vector<std::string>{});
    call(out, function, std::move(arguments), templates);
}

void turn_in_dst(Coder& coder, Code& out, const Expr& slot) {
    const std::vector<std::string> width = {coder.fp32_dest() ? "true" : "false"};
    coder.include("api/compute/transpose_wh_dest.h");
    coder.call(out, "transpose_wh_dest_init_short", {}, width);
    coder.call(out, "transpose_wh_dest", {slot}, width);
}

Argument float_bits(const Expr& value) {
    const Expr as_float = value->dtype == DType::Float32
                              ? value
                              : std::make_shared<const ir::ExprNode>(
                                    ir::ExprNode{.op = Op::Cast, .dtype = DType::Float32, .args = {value}});
    return std::make_shared<const ir::ExprNode>(
        ir::ExprNode{.op = Op::Reinterpret, .dtype = DType::UInt32, .args = {as_float}});
}

Argument float_bits(double value) {
    return float_bits(ir::make_float(value, DType::Float32));
}

int64_t largest_divisor(int64_t of, int64_t most) {
    for (int64_t divisor = std::min(of, most); divisor > 1; --divisor) {
        if (of % divisor == 0) {
            return divisor;
        }
    }
    return 1;
}

DType tile_format(DType type) {
    switch (type) {
        case DType::Bool:
        case DType::Float8E4M3:
        case DType::Float8E5M2:
            return DType::BFloat16;
        case DType::Float64:
            return DType::Float32;
        default:
            return ir::is_int(type) ? DType::Int32 : type;
    }
}

bool is_fp16_class(DType format) {
    return format == DType::Float16;
}

bool is_bf16_class(DType format) {
    return format == DType::BFloat16 || format == DType::BlockFloat8 || format == DType::BlockFloat4;
}

void wait_for_sources(const ComputeStep& step, const Storage& storage, Coder& coder, Code& out) {
    for (const ComputeStep::Source& source : step.sources) {
        if (source.wait) {
            const Place& place = storage.of(source.buffer);
            coder.wait(out, place.cb, place.tiles());
        }
    }
}

void pop_sources(const ComputeStep& step, const Storage& storage, Coder& coder, Code& out) {
    for (const ComputeStep::Source& source : step.sources) {
        if (source.pop && !(step.in_place && source.buffer == step.result)) {
            const Place& place = storage.of(source.buffer);
            coder.pop(out, place.cb, place.tiles());
        }
    }
}

const Place& source_place(const ComputeStep&, const Storage& storage, const ir::Buffer& buffer) {
    return storage.of(buffer);
}

}  // namespace tessera::tile::lower
