#include <tile/cost/walk.h>

#include <algorithm>
#include <cctype>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include <tile/prove/ranges.h>

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

/// So many barriers of a kernel are looked at.
constexpr size_t most_waits = 4;

class Walk {
public:
    Walk(const Machine& machine, const device::KernelCode& kernel, size_t core)
        : machine_(machine), kernel_(kernel), core_(core) {}

    Walked run() {
        visit(kernel_.body);
        return {clocks_, first_push_, last_store_, std::move(waits_)};
    }

private:
    const Machine& machine_;
    const device::KernelCode& kernel_;
    size_t core_;
    Clocks clocks_{};
    double first_push_ = -1;
    double waited_ = 0, last_store_ = 0;  ///< when the latest block was waited for, and how long it took then
    prove::Ranges values_;
    std::vector<double> banks_;  ///< bytes that the next barrier waits for, by bank
    std::vector<Waited> waits_;
    std::map<const Loop*, bool> uniform_;
    bool l1_accumulate_ = false;
    std::map<std::string, std::vector<ir::DType>> configured_;

    double& at(Clock clock) { return clocks_[clock]; }

    // --- Expressions ------------------------------------------------------------------------------------------------

    std::optional<int64_t> value(const Expr& expr) const {
        const prove::Range range = expr ? values_.of(expr) : prove::Range::all();
        return range.low == range.high ? std::optional(range.low) : std::nullopt;
    }
    void set(const Var& var, const std::optional<int64_t>& value) {
        values_.set(var, value ? prove::Range{*value, *value} : prove::Range::all());
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
                    set(one->result, std::nullopt);
                }
            } else if (const auto* declared = std::get_if<device::Declare>(&node->of)) {
                set(declared->var, declared->value ? value(declared->value) : argument(declared->var));
            } else if (const auto* assigned = std::get_if<device::Assign>(&node->of)) {
                set(assigned->var, value(assigned->value));
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
        set(loop.var, at);
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
        set(loop.var, begin + (count - 1) * step);
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
            const auto tensor = machine_.tensors.find(text(call, 1));
            const double bytes = tensor == machine_.tensors.end() ? 2048 : tensor->second->page_bytes;
            at(Pending) += bytes;
            at(name == "noc_async_read_page" ? ReadBytes : WrittenBytes) += bytes;
            if (name == "noc_async_read_page" && tensor != machine_.tensors.end()) {
                read_from_bank(call, *tensor->second, bytes);
            }
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
        return read ? read_latency(machine_)
                    : machine_.noc.write_base + machine_.noc.dram_write + machine_.hops * machine_.noc.hop;
    }

    /// Pages of interleaved tensors go round the banks.
    void read_from_bank(const Call& call, const device::Tensor& tensor, double bytes) {
        const auto* expr = call.arguments.empty() ? nullptr : std::get_if<Expr>(call.arguments.data());
        const auto page = expr == nullptr ? std::nullopt : value(*expr);
        if (page && *page >= 0 && !tensor.in_l1 && tensor.shard.empty() && waits_.size() < most_waits) {
            banks_.resize(machine_.chip.num_dram_banks);
            banks_[static_cast<size_t>(*page) % banks_.size()] += bytes;
        }
    }

    void barrier(bool read) {
        double& pending = at(Pending);
        at(Now) += cycles("barrier");
        if (pending > 0) {
            const double flits = pending / machine_.noc.flit_bytes;
            if (read) {
                at(Barriers) += 1;
                const double seen = std::accumulate(banks_.begin(), banks_.end(), 0.0);
                if (seen > 0) {
                    // Of long loops only some turns have been gone through.
                    for (double& bytes : banks_) {
                        bytes *= pending / seen;
                    }
                    waits_.push_back({std::move(banks_), flits * machine_.noc.inject_response_flit});
                }
                banks_.clear();
            }
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

}  // namespace

Machine machine_of(const device::Program& program, const std::vector<device::Tensor>& tensors, const arch::Chip& chip) {
    Machine machine{.program = program,
                    .chip = chip,
                    .engines = arch::engine_time(chip.name),
                    .noc = arch::noc_time(chip.name),
                    .calls = {}};
    for (const auto& [name, cycles] : arch::call_cycles(chip.name)) {
        machine.calls.emplace(name, cycles);
    }
    machine.read_page = arch::issue_cycles(chip.name, "read_page");
    machine.write_page = arch::issue_cycles(chip.name, "write_same_page");
    machine.hops = (chip.noc_grid.x + chip.noc_grid.y) / 2.0;
    for (const device::CircularBuffer& ring : program.circular_buffers) {
        machine.rings[ring.name] = &ring;
    }
    for (const device::Tensor& tensor : tensors) {
        machine.tensors[tensor.param->name] = &tensor;
    }
    return machine;
}

double read_latency(const Machine& machine) {
    return machine.noc.read_base + machine.noc.dram_read + machine.hops * machine.noc.hop;
}

double Walked::total() const {
    return std::max({clocks[Now], clocks[UnpackNow], clocks[MathNow], clocks[PackNow]});
}

Walked walk(const Machine& machine, const device::KernelCode& kernel, size_t core) {
    return Walk(machine, kernel, core).run();
}

}  // namespace tessera::tile::cost
