// A core's kernels are gone through one by one, with a clock for each unit. Of a loop some turns are gone through and
// the others taken to be like them.
#include <tile/cost/estimate.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <tuple>

#include <arch/arch.h>
#include <arch/engine_time.h>
#include <arch/noc_time.h>
#include <timing/engine.h>
#include <timing/routes.h>

#include <tessera/abi_compute.h>

namespace tessera::tile::cost {

namespace {

using device::Branch;
using device::Call;
using device::Code;
using device::Loop;
using ir::Expr;
using ir::Op;
using ir::Var;

/// The numbers of tt::DataFormat, as recordings have them.
uint8_t format_number(ir::DType format) {
    switch (format) {
        case ir::DType::Float32:
            return 0;
        case ir::DType::Float16:
            return 1;
        case ir::DType::BFloat16:
            return 5;
        case ir::DType::BlockFloat8:
            return 6;
        case ir::DType::BlockFloat4:
            return 7;
        default:
            return 8;
    }
}

uint8_t phases_of(const std::string& fidelity) {
    return fidelity.starts_with("HiFi") ? static_cast<uint8_t>(fidelity.back() - '0') : 1;
}

/// What a core's kernels have in common.
struct Machine {
    const device::Program& program;
    const arch::Chip& chip;
    const arch::EngineTime& engines;
    arch::NocTime noc;
    std::map<std::string, double, std::less<>> calls;
    /// What operations of the engine take: the same come again and again.
    mutable std::map<std::tuple<uint32_t, uint32_t, uint32_t, uint64_t>, timing::EngineWork> works;
    double read_page = 0, write_page = 0;
    std::map<std::string, const device::CircularBuffer*, std::less<>> rings;
    std::map<std::string, uint32_t, std::less<>> page_bytes;  ///< of tensors
    double hops = 0;                                          ///< on the way to DRAM or another core, on average
};

/// Times and amounts that grow while a kernel is gone through. One array, so that a loop's turns can be added at once.
enum Clock : size_t {
    Now,  ///< of a data-movement kernel
    UnpackNow,
    MathNow,
    PackNow,
    Committed,
    Released,        ///< the half of DST that the packer gave back last,
    ReleasedBefore,  ///< and the other one
    UnpackWork,
    MathWork,
    PackWork,
    ReadBytes,     ///< from DRAM,
    WrittenBytes,  ///< and to it
    RowBytes,      ///< multicast along the row of cores,
    ColumnBytes,   ///< and along the column
    Pending,       ///< bytes on their way
    First,         ///< pushed_[ring] of each ring: when its latest tiles were there
    Last = First + 40
};
using Clocks = std::array<double, Last>;

class Walk {
public:
    Walk(const Machine& machine, const device::KernelCode& kernel, size_t core)
        : machine_(machine), kernel_(kernel), core_(core) {}

    Clocks run() {
        visit(kernel_.body);
        return clocks_;
    }

    double total() const { return std::max({clocks_[Now], clocks_[UnpackNow], clocks_[MathNow], clocks_[PackNow]}); }
    double first_push() const { return first_push_; }
    double last_store() const { return last_store_; }

private:
    const Machine& machine_;
    const device::KernelCode& kernel_;
    size_t core_;
    Clocks clocks_{};
    double first_push_ = -1;
    double waited_ = 0, last_store_ = 0;  ///< when the latest block was waited for, and how long it took then
    std::map<const ir::VarNode*, std::optional<int64_t>> values_;
    std::map<const Loop*, bool> uniform_;
    bool l1_accumulate_ = false;
    std::map<std::string, std::vector<ir::DType>> configured_;

    double& at(Clock clock) { return clocks_[clock]; }

    // --- Expressions ------------------------------------------------------------------------------------------------

    std::optional<int64_t> value(const Expr& expr) const {
        if (!expr) {
            return std::nullopt;
        }
        switch (expr->op) {
            case Op::Int:
                return expr->int_value;
            case Op::Var: {
                const auto found = values_.find(expr->var.get());
                return found == values_.end() ? std::nullopt : found->second;
            }
            case Op::Load:
            case Op::Float:
                return std::nullopt;
            default:
                break;
        }
        std::array<int64_t, 3> args{};
        for (size_t i = 0; i < expr->args.size() && i < args.size(); ++i) {
            const auto known = value(expr->args[i]);
            if (!known) {
                return std::nullopt;
            }
            args[i] = *known;
        }
        const auto [a, b, c] = args;
        const auto floor_div = [](int64_t x, int64_t y) {
            return x / y - ((x % y != 0 && (x < 0) != (y < 0)) ? 1 : 0);
        };
        switch (expr->op) {
            case Op::Add:
                return a + b;
            case Op::Sub:
                return a - b;
            case Op::Mul:
                return a * b;
            case Op::FloorDiv:
                return b == 0 ? std::nullopt : std::optional(floor_div(a, b));
            case Op::FloorMod:
                return b == 0 ? std::nullopt : std::optional(a - floor_div(a, b) * b);
            case Op::Min:
                return std::min(a, b);
            case Op::Max:
                return std::max(a, b);
            case Op::Neg:
                return -a;
            case Op::Abs:
                return a < 0 ? -a : a;
            case Op::Eq:
                return a == b;
            case Op::Ne:
                return a != b;
            case Op::Lt:
                return a < b;
            case Op::Le:
                return a <= b;
            case Op::Gt:
                return a > b;
            case Op::Ge:
                return a >= b;
            case Op::And:
                return (a != 0) && (b != 0);
            case Op::Or:
                return (a != 0) || (b != 0);
            case Op::Not:
                return a == 0;
            case Op::Select:
                return a != 0 ? b : c;
            case Op::Cast:
                return a;
            default:
                return std::nullopt;
        }
    }

    double number(const Call& call, size_t index, double otherwise) const {
        if (index >= call.arguments.size()) {
            return otherwise;
        }
        const auto* expr = std::get_if<Expr>(&call.arguments[index]);
        const auto known = expr == nullptr ? std::nullopt : value(*expr);
        return known ? static_cast<double>(*known) : otherwise;
    }

    static std::string text(const Call& call, size_t index) {
        const auto* text = index < call.arguments.size() ? std::get_if<std::string>(&call.arguments[index]) : nullptr;
        return text == nullptr ? std::string() : *text;
    }

    std::optional<int64_t> argument(const Var& var) const {
        for (const device::RuntimeArgument& argument : kernel_.runtime_arguments) {
            if (argument.name != var->name) {
                continue;
            }
            const device::CoreWork& work = machine_.program.cores[core_];
            switch (argument.meaning) {
                case device::RuntimeArgument::Meaning::StartId:
                    return work.start;
                case device::RuntimeArgument::Meaning::Count:
                    return work.count;
                case device::RuntimeArgument::Meaning::CoreValue:
                    return argument.values.at(core_);
                default:
                    return std::nullopt;
            }
        }
        return std::nullopt;
    }

    // --- Control flow -----------------------------------------------------------------------------------------------

    void visit(const Code& code) {
        for (const device::Node& node : code) {
            if (const auto* one = std::get_if<Call>(&node->of)) {
                call(*one);
                if (one->result) {
                    values_[one->result.get()] = std::nullopt;
                }
            } else if (const auto* declared = std::get_if<device::Declare>(&node->of)) {
                values_[declared->var.get()] = declared->value ? value(declared->value) : argument(declared->var);
            } else if (const auto* assigned = std::get_if<device::Assign>(&node->of)) {
                values_[assigned->var.get()] = value(assigned->value);
            } else if (const auto* loop = std::get_if<Loop>(&node->of)) {
                turns(*loop);
            } else if (const auto* branch = std::get_if<Branch>(&node->of)) {
                // What is not known is taken to hold.
                visit(value(branch->condition).value_or(1) != 0 ? branch->then : branch->otherwise);
            }
        }
    }

    /// Whether all turns do the same.
    bool uniform(const Loop& loop) {
        const auto [known, fresh] = uniform_.try_emplace(&loop, true);
        if (fresh) {
            std::set<const ir::VarNode*> varying = {loop.var.get()};
            known->second = !decides(loop.body, varying);
        }
        return known->second;
    }

    static bool varies(const Expr& expr, const std::set<const ir::VarNode*>& varying) {
        bool found = false;
        if (expr) {
            ir::walk(expr, [&](const Expr& node) {
                found = found || (node->op == Op::Var && varying.contains(node->var.get()));
            });
        }
        return found;
    }

    static bool decides(const Code& code, std::set<const ir::VarNode*>& varying) {
        for (const device::Node& node : code) {
            if (const auto* declared = std::get_if<device::Declare>(&node->of)) {
                if (varies(declared->value, varying)) {
                    varying.insert(declared->var.get());
                }
            } else if (const auto* loop = std::get_if<Loop>(&node->of)) {
                if (varies(loop->begin, varying) || varies(loop->end, varying) || decides(loop->body, varying)) {
                    return true;
                }
            } else if (const auto* branch = std::get_if<Branch>(&node->of)) {
                if (varies(branch->condition, varying) || decides(branch->then, varying) ||
                    decides(branch->otherwise, varying)) {
                    return true;
                }
            } else if (std::holds_alternative<device::Assign>(node->of)) {
                return true;
            }
        }
        return false;
    }

    Clocks turn(const Loop& loop, int64_t at) {
        const Clocks before = clocks_;
        values_[loop.var.get()] = at;
        visit(loop.body);
        Clocks grown;
        for (size_t i = 0; i < grown.size(); ++i) {
            grown[i] = clocks_[i] - before[i];
        }
        return grown;
    }

    void turns(const Loop& loop) {
        const int64_t step = value(loop.step).value_or(1);
        const int64_t begin = value(loop.begin).value_or(0);
        // What data decides is taken to be one turn.
        const int64_t end = value(loop.end).value_or(begin + 1);
        const int64_t count = end == INT32_MAX || step == 0 ? 1 : std::max<int64_t>((end - begin + step - 1) / step, 0);
        if (count <= 4) {
            for (int64_t i = 0; i < count; ++i) {
                turn(loop, begin + i * step);
            }
            return;
        }
        turn(loop, begin);
        Clocks grown = turn(loop, begin + step);
        int64_t done = 2;
        if (!uniform(loop)) {
            const Clocks middle = turn(loop, begin + count / 2 * step);
            const Clocks last = turn(loop, begin + (count - 1) * step);
            for (size_t i = 0; i < grown.size(); ++i) {
                grown[i] = (grown[i] + middle[i] + last[i]) / 3;
            }
            done = 4;
        }
        for (size_t i = 0; i < grown.size(); ++i) {
            clocks_[i] += grown[i] * static_cast<double>(count - done);
        }
        values_[loop.var.get()] = begin + (count - 1) * step;
    }

    // --- Calls ------------------------------------------------------------------------------------------------------

    double cycles(std::string_view name) const {
        const auto found = machine_.calls.find(name);
        return found == machine_.calls.end() ? 0 : found->second;
    }

    const device::CircularBuffer* ring(const Call& call, size_t index = 0) const {
        const auto found = machine_.rings.find(text(call, index));
        return found == machine_.rings.end() ? nullptr : found->second;
    }
    uint8_t format(const Call& call, size_t index) const {
        const auto* buffer = ring(call, index);
        return buffer == nullptr ? uint8_t{255} : format_number(buffer->format);
    }
    double& pushed(const device::CircularBuffer& buffer) { return clocks_[First + std::min<size_t>(buffer.index, 39)]; }

    void call(const Call& call) { kernel_.role == device::Role::Compute ? compute(call) : move(call); }

    void move(const Call& call) {
        const std::string& name = call.function;
        double& now = at(Now);
        if (name == "cb_reserve_back") {
            now += cycles("cb_reserve");
        } else if (name == "cb_push_back") {
            now += cycles("cb_push");
            first_push_ = first_push_ < 0 ? now : first_push_;
        } else if (name == "cb_wait_front") {
            now += cycles("cb_wait");
            waited_ = now;
        } else if (name == "cb_pop_front") {
            now += cycles("cb_pop");
            last_store_ = now - waited_;
        } else if (name == "noc_async_read_page" || name == "noc_async_write_page") {
            now += name == "noc_async_read_page" ? machine_.read_page : machine_.write_page;
            const auto tensor = machine_.page_bytes.find(text(call, 1));
            const double bytes = tensor == machine_.page_bytes.end() ? 2048 : tensor->second;
            at(Pending) += bytes;
            at(name == "noc_async_read_page" ? ReadBytes : WrittenBytes) += bytes;
        } else if (name == "noc_async_read_barrier" || name == "noc_async_write_barrier") {
            barrier(name == "noc_async_read_barrier");
        } else if (name == "multicast_block") {
            at(number(call, 3, 0) == number(call, 5, 1) ? RowBytes : ColumnBytes) += number(call, 1, 2048);
            // The flag that is waited for, the block along the row or column, the flag that says so.
            now += cycles("word_wait") + 2 * cycles("multicast") + machine_.noc.reserve_base +
                   machine_.noc.reserve_hop * number(call, 6, 1) +
                   number(call, 1, 2048) / machine_.noc.flit_bytes * machine_.noc.inject_write_flit;
        } else if (name == "receive_block") {
            now += cycles("atomic") + cycles("word_wait") + cycles("local_store");
        } else if (name == "read_window" || name == "write_window") {
            // Tile by tile, element by element: up to four tiles are looked into.
            now += 4 * (machine_.read_page + latency(true)) + 1024 * 6;
            at(ReadBytes) += 4096;
        } else if (name == "read_patches") {
            now += number(call, 13, 32) * number(call, 14, 32) * 40;
        } else if (name == "fill_with_zeros") {
            now += number(call, 1, 2048) / 4 * cycles("local_store");
        } else {
            now += cycles("local_wait");
        }
    }

    double latency(bool read) const {
        return (read ? machine_.noc.read_base + machine_.noc.dram_read
                     : machine_.noc.write_base + machine_.noc.dram_write) +
               machine_.hops * machine_.noc.hop;
    }

    void barrier(bool read) {
        double& pending = at(Pending);
        at(Now) += cycles("barrier");
        if (pending > 0) {
            const double flits = pending / machine_.noc.flit_bytes;
            // The calls have overlapped with all but the last transfer, unless bytes come more slowly than calls.
            const double flit = read ? machine_.noc.inject_response_flit : machine_.noc.inject_write_flit;
            const double issued = pending / 2048 * (read ? machine_.read_page : machine_.write_page);
            at(Now) += latency(read) + std::max(0.0, flits * flit - issued);
            pending = 0;
        }
    }

    void engine(const record::Compute& what) {
        auto& known = machine_.works;
        const uint32_t kind = static_cast<uint32_t>(what.kind) | uint32_t{what.op} << 8 | uint32_t{what.bcast} << 16 |
                              uint32_t{what.phases} << 24;
        const uint32_t formats = uint32_t{what.format0} | uint32_t{what.format1} << 8 |
                                 uint32_t{what.l1_accumulate} << 16 | uint32_t{what.dst_32bit} << 17;
        const auto key = std::make_tuple(kind, formats, what.instructions,
                                         uint64_t{what.ct} | uint64_t{what.rt} << 16 | uint64_t{what.kt} << 32);
        auto found = known.find(key);
        if (found == known.end()) {
            found = known.emplace(key, timing::engine_work(what, machine_.chip)).first;
        }
        const timing::EngineWork& work = found->second;
        const double unpack = std::max(work.unpack, work.unpack_issue), math = std::max(work.math, work.math_issue),
                     pack = std::max(work.pack, work.pack_issue);
        at(UnpackWork) += unpack;
        at(MathWork) += math;
        at(PackWork) += pack;
        if (unpack > 0) {
            const double begin = at(UnpackNow);
            at(UnpackNow) += unpack;
            // The source registers hold little: the unpackers are at most a piece ahead.
            at(MathNow) = std::max(at(MathNow) + math, math > 0 ? begin + work.latency + math : 0);
            at(UnpackNow) = std::max(at(UnpackNow), math > 0 ? at(MathNow) - math / std::max(1U, work.pieces) : 0);
        } else {
            at(MathNow) += math;
        }
        at(PackNow) += pack;
    }

    void configure(uint8_t op, uint8_t first = 255, uint8_t second = 255) {
        record::Compute what;
        what.kind = record::Compute::Kind::Configure;
        what.op = op;
        what.format0 = first;
        what.format1 = second;
        engine(what);
    }

    record::Compute operation(record::Compute::Kind kind) const {
        record::Compute what;
        what.kind = kind;
        what.dst_32bit = machine_.program.fp32_dest_acc_en;
        return what;
    }

    /// The instructions of a function of the vector unit for one tile, by the name that the compute API gives it.
    uint32_t vector_work(const std::string& function) const {
        std::string name = function.substr(0, function.find("_tile"));
        uint32_t operands = 1;
        const auto cut = [&](const std::string& part) {
            const size_t place = name.find(part);
            if (place != std::string::npos) {
                name.erase(place, part.size());
            }
            return place != std::string::npos;
        };
        std::string end;
        if (cut("_binary") || cut("binary_")) {
            operands = 2;
        } else if (cut("_unary") || cut("unary_")) {
            end = "_SCALAR";
        }
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::toupper(c); });
        double instructions = arch::vector_instructions(machine_.chip.name, operands, name + end,
                                                        machine_.program.fp32_dest_acc_en, false);
        if (instructions == 0) {
            instructions = 8;  // as many as a plain function has
        }
        const arch::EngineTime& time = machine_.engines;
        constexpr double faces = 4, iterations = 8;
        return static_cast<uint32_t>(time.vector_begin + faces * (time.vector_face + iterations * instructions));
    }

    void compute(const Call& call) {
        using Kind = record::Compute::Kind;
        const std::string& name = call.function;
        const auto ends = [&](std::string_view end) { return name.ends_with(end); };
        const auto begins = [&](std::string_view begin) { return name.starts_with(begin); };
        if (name == "cb_wait_front") {
            at(UnpackNow) += cycles("compute_cb_wait");
            if (const auto* buffer = ring(call); buffer != nullptr && buffer->producer == device::Role::Compute) {
                at(UnpackNow) = std::max(at(UnpackNow), pushed(*buffer));
            }
        } else if (name == "cb_pop_front") {
            at(UnpackNow) += cycles("compute_cb_pop");
        } else if (name == "cb_reserve_back") {
            at(PackNow) += cycles("compute_cb_reserve");
        } else if (name == "cb_push_back") {
            at(PackNow) += cycles("compute_cb_push");
            if (const auto* buffer = ring(call)) {
                pushed(*buffer) = at(PackNow) + machine_.engines.packer_latency;
            }
        } else if (name == "tile_regs_acquire") {
            at(MathNow) = std::max(at(MathNow), at(ReleasedBefore)) + cycles("dst_acquire");
        } else if (name == "tile_regs_commit") {
            at(MathNow) += cycles("dst_commit");
            at(Committed) = at(MathNow) + machine_.engines.matrix_latency;
        } else if (name == "tile_regs_wait") {
            at(PackNow) = std::max(at(PackNow), at(Committed)) + cycles("dst_wait");
        } else if (name == "tile_regs_release") {
            at(PackNow) += cycles("dst_release");
            at(ReleasedBefore) = at(Released);
            at(Released) = at(PackNow);
        } else if (name == "pack_reconfig_l1_acc") {
            l1_accumulate_ = number(call, 0, 0) != 0;
            configure(record::ConfiguresPacked);
        } else if (begins("pack_reconfig")) {
            configure(record::ConfiguresPacked);
        } else if (begins("reconfig_data_format")) {
            configure(record::ConfiguresOperands, 5, ends("srca") || ends("srcb") ? 255 : 5);
        } else if (ends("_init") || ends("_init_short") || begins("compute_kernel_hw_startup")) {
            const bool unpacks = ends("_init_short") || begins("add_tiles") || begins("sub_tiles") ||
                                 begins("mul_tiles") || begins("mm_") || begins("reduce") || begins("unary_bcast");
            configure(unpacks ? record::ConfiguresUnpack | record::ConfiguresMath : record::ConfiguresVector);
        } else if (name == "pack_tile") {
            record::Compute what = operation(Kind::Pack);
            what.format0 = format(call, 1);
            what.l1_accumulate = l1_accumulate_;
            engine(what);
        } else if (name == "pack_tile_block" || name == "matmul_pack_tile") {
            record::Compute what = operation(Kind::Pack);
            what.format0 = format(call, 1);
            what.l1_accumulate = l1_accumulate_;
            for (double t = 0; t < number(call, 2, 1); ++t) {
                engine(what);
            }
        } else if (name == "matmul_block") {
            record::Compute what = operation(Kind::Matmul);
            what.phases = phases_of(machine_.program.math_fidelity);
            what.format0 = format(call, 1);
            what.format1 = format(call, 0);
            what.ct = static_cast<uint16_t>(number(call, 6, 1));
            what.rt = static_cast<uint16_t>(number(call, 7, 1));
            what.kt = static_cast<uint16_t>(number(call, 8, 1));
            engine(what);
        } else if (name == "copy_tile" || name == "transpose_wh_tile" || name == "unary_bcast") {
            record::Compute what = operation(Kind::Copy);
            what.format0 = format(call, 0);
            engine(what);
        } else if (begins("transpose_wh_dest")) {
            engine(operation(Kind::TransposeDst));
        } else if (begins("add_tiles") || begins("sub_tiles") || begins("mul_tiles")) {
            record::Compute what = operation(Kind::Binary);
            what.op = begins("mul") ? TSR_ELWMUL : begins("add") ? TSR_ELWADD : TSR_ELWSUB;
            what.bcast = name.find("_rows") != std::string::npos   ? TSR_BCAST_ROW
                         : name.find("_cols") != std::string::npos ? TSR_BCAST_COL
                         : ends("_scalar")                         ? TSR_BCAST_SCALAR
                                                                   : TSR_BCAST_NONE;
            what.phases = begins("mul") ? phases_of(machine_.program.math_fidelity) : uint8_t{1};
            what.format0 = format(call, 0);
            what.format1 = format(call, 1);
            engine(what);
        } else if (begins("binary_dest_reuse")) {
            record::Compute what = operation(Kind::BinaryDestReuse);
            what.op = TSR_ELWADD;
            what.format0 = format(call, 0);
            engine(what);
        } else if (begins("reduce_tile")) {
            record::Compute what = operation(Kind::Reduce);
            what.op = !call.template_arguments.empty() && call.template_arguments[0].find("MAX") != std::string::npos
                          ? TSR_POOL_MAX
                          : TSR_POOL_SUM;
            what.bcast =
                call.template_arguments.size() > 1 && call.template_arguments[1].find("COL") != std::string::npos
                    ? TSR_REDUCE_COL
                    : TSR_REDUCE_ROW;
            what.phases = phases_of(machine_.program.math_fidelity);
            what.format0 = format(call, 0);
            what.format1 = format(call, 1);
            engine(what);
        } else if (name.find("_tile") != std::string::npos) {
            record::Compute what = operation(Kind::SfpiCode);
            what.instructions = vector_work(name);
            engine(what);
        }
    }
};

/// Cores that do alike, and some of them to look at.
struct Alike {
    std::vector<size_t> cores, samples;
};

/// By the number of blocks, and by being first in their row or column, which reads for the others. What a block takes
/// may depend on where it is: the first, the middle one and the last are looked at.
std::vector<Alike> alike_cores(const device::Program& program) {
    std::map<std::tuple<uint32_t, bool, bool>, std::vector<size_t>> kinds;
    for (size_t i = 0; i < program.cores.size(); ++i) {
        const device::CoreWork& core = program.cores[i];
        kinds[{core.count, core.x == 0, core.y == 0}].push_back(i);
    }
    std::vector<Alike> all;
    for (auto& [kind, cores] : kinds) {
        Alike one{cores, {cores.front()}};
        if (cores.size() > 2) {
            one.samples.push_back(cores[cores.size() / 2]);
        }
        if (cores.size() > 1) {
            one.samples.push_back(cores.back());
        }
        all.push_back(std::move(one));
    }
    return all;
}

/// What the links between DRAM and the cores carry.
class Links {
public:
    explicit Links(const arch::Chip& chip, const arch::NocTime& time)
        : chip_(chip), time_(time), routes_(chip, time), bytes_(routes_.links()) {}

    /// The reader uses NoC 0, the writer NoC 1; pages lie in all banks alike.
    void add(const device::CoreWork& core, device::Role role, double read, double written) {
        const uint32_t noc = role == device::Role::Reader ? 0 : 1;
        const size_t number = size_t{core.y} * chip_.compute_grid.x + core.x;
        if (number >= chip_.worker_noc0.size()) {
            return;
        }
        const arch::Coord at = chip_.worker_noc0[number];
        for (uint32_t bank = 0; bank < chip_.num_dram_banks; ++bank) {
            const arch::Coord router = arch::dram_router(chip_, noc, bank);
            if (read > 0) {
                routes_.way(noc, router, at, [&](size_t link) { bytes_[link] += read / chip_.num_dram_banks; });
            }
            if (written > 0) {
                routes_.way(noc, at, router, [&](size_t link) { bytes_[link] += written / chip_.num_dram_banks; });
            }
        }
    }

    /// Blocks from a core to all others of its row (or column), along the way of the kernel's NoC.
    void multicast(const device::CoreWork& core, device::Role role, bool row, uint32_t width, uint32_t height,
                   double bytes) {
        const uint32_t noc = role == device::Role::Reader ? 0 : 1;
        const auto worker = [&](uint32_t x, uint32_t y) {
            return chip_.worker_noc0.at(size_t{y} * chip_.compute_grid.x + x);
        };
        const uint32_t count = row ? width : height, from = row ? core.x : core.y;
        const uint32_t to = count == 0 ? 0 : (noc == 0 ? from + count - 1 : from + 1) % count;
        if (bytes > 0 && count > 1) {
            routes_.way(noc, worker(core.x, core.y), row ? worker(to, core.y) : worker(core.x, to),
                        [&](size_t link) { bytes_[link] += bytes; });
        }
    }

    double cycles() const {
        // Packets that wait hold the links behind them, since routers have room for little: of a busy link so much is
        // lost in replays of products that multicast.
        constexpr double held = 2.2;
        const double most = *std::max_element(bytes_.begin(), bytes_.end());
        return held * most / time_.flit_bytes * time_.contended_link_flit;
    }

private:
    const arch::Chip& chip_;
    const arch::NocTime& time_;
    timing::Routes routes_;
    std::vector<double> bytes_;
};

}  // namespace

Estimate estimate(const device::Program& program, const std::vector<device::Tensor>& tensors) {
    const arch::Chip* chip = nullptr;
    for (const std::string& name : arch::board_names()) {
        const arch::Chip& candidate = arch::board(name).chips.front();
        if (candidate.name == program.arch && (chip == nullptr || (candidate.compute_grid.x >= program.grid_x &&
                                                                   chip->compute_grid.x < program.grid_x))) {
            chip = &candidate;
        }
    }
    Estimate result;
    if (chip == nullptr || program.cores.empty()) {
        return result;
    }
    Machine machine{.program = program,
                    .chip = *chip,
                    .engines = arch::engine_time(chip->name),
                    .noc = arch::noc_time(chip->name),
                    .calls = {}};
    for (const auto& [name, cycles] : arch::call_cycles(chip->name)) {
        machine.calls.emplace(name, cycles);
    }
    machine.read_page = arch::issue_cycles(chip->name, "read_page");
    machine.write_page = arch::issue_cycles(chip->name, "write_same_page");
    machine.hops = (chip->noc_grid.x + chip->noc_grid.y) / 2.0;
    for (const device::CircularBuffer& ring : program.circular_buffers) {
        machine.rings[ring.name] = &ring;
        result.l1_bytes += double{1} * ring.page_bytes * ring.pages;
    }
    for (const device::Tensor& tensor : tensors) {
        machine.page_bytes[tensor.param->name] = tensor.page_bytes;
    }
    double bytes = 0;
    Links links(*chip, machine.noc);
    uint32_t used_x = 0, used_y = 0;
    for (const device::CoreWork& core : program.cores) {
        used_x = std::max(used_x, core.x + 1);
        used_y = std::max(used_y, core.y + 1);
    }
    for (const Alike& alike : alike_cores(program)) {
        for (const device::KernelCode& kernel : program.kernels) {
            double read = 0, written = 0, along_row = 0, along_column = 0;
            for (const size_t core : alike.samples) {
                Walk walk(machine, kernel, core);
                const Clocks clocks = walk.run();
                const double total = walk.total();
                read += clocks[ReadBytes] / static_cast<double>(alike.samples.size());
                written += clocks[WrittenBytes] / static_cast<double>(alike.samples.size());
                along_row += clocks[RowBytes] / static_cast<double>(alike.samples.size());
                along_column += clocks[ColumnBytes] / static_cast<double>(alike.samples.size());
                if (kernel.role == device::Role::Compute) {
                    if (total > result.compute) {
                        result.compute = total;
                        result.unpack = clocks[UnpackWork];
                        result.math = clocks[MathWork];
                        result.pack = clocks[PackWork];
                    }
                    continue;
                }
                double& mover = kernel.role == device::Role::Reader ? result.reader : result.writer;
                mover = std::max(mover, total);
                result.fill = std::max(result.fill, walk.first_push());
                result.drain = std::max(result.drain, walk.last_store());
            }
            if (kernel.role == device::Role::Compute) {
                continue;
            }
            bytes += (read + written) * static_cast<double>(alike.cores.size());
            for (const size_t core : alike.cores) {
                const device::CoreWork& work = program.cores[core];
                links.add(work, kernel.role, read, written);
                links.multicast(work, kernel.role, true, used_x, used_y, along_row);
                links.multicast(work, kernel.role, false, used_x, used_y, along_column);
            }
        }
    }
    result.dram = bytes / (chip->num_dram_banks * machine.noc.dram_bytes_per_cycle);
    result.links = links.cycles();
    const double slowest =
        std::max({result.reader - result.fill, result.compute, result.writer - result.fill, result.dram, result.links});
    result.cycles = result.fill + slowest + result.drain;
    const double units = std::max({result.unpack, result.math, result.pack});
    result.bound = slowest == result.dram         ? "dram"
                   : slowest == result.writer     ? "writer"
                   : slowest != result.compute    ? "reader"
                   : units < 0.8 * result.compute ? "compute"
                   : units == result.math         ? "math"
                   : units == result.unpack       ? "unpack"
                                                  : "pack";
    return result;
}

Estimate estimate(const device::Module& module) {
    Estimate sum;
    double longest = 0;
    for (const device::Program& program : module.programs) {
        const Estimate one = estimate(program, module.tensors);
        sum.cycles += one.cycles;
        sum.reader += one.reader;
        sum.compute += one.compute;
        sum.writer += one.writer;
        sum.unpack += one.unpack;
        sum.math += one.math;
        sum.pack += one.pack;
        sum.dram += one.dram;
        sum.links += one.links;
        sum.fill += one.fill;
        sum.drain += one.drain;
        sum.l1_bytes = std::max(sum.l1_bytes, one.l1_bytes);
        if (one.cycles > longest) {
            longest = one.cycles;
            sum.bound = one.bound;
        }
    }
    return sum;
}

}  // namespace tessera::tile::cost
