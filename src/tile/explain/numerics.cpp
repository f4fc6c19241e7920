// What a kernel's arithmetic does to its numbers: the formats on the way of each output, how many terms are summed, and
// which error each of that may add. Only roundings are looked at, to first order and relative to the sum of the terms'
// sizes, as docs/numerics.md has them; what functions do with the errors of their arguments is not.
#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <tile/explain/account.h>
#include <tile/explain/explain.h>
#include <tile/lower/access.h>
#include <tile/lower/tensors.h>
#include <tile/pass/normalise.h>

namespace tessera::tile::explain {

namespace {

using device::Program;
using ir::Buffer;
using ir::DType;

/// Significant bits of what a tile of the format holds.
int significant_bits(DType format) {
    switch (format) {
        case DType::Float32:
            return 24;
        case DType::Float16:
            return 11;
        case DType::BFloat16:
            return 8;
        case DType::Float8E4M3:
            return 4;
        case DType::Float8E5M2:
            return 3;
        case DType::BlockFloat8:
            return 7;
        case DType::BlockFloat4:
            return 3;
        default:
            return 32;
    }
}

double unit_of(DType format) {
    return ir::is_float(format) ? std::ldexp(1.0, -significant_bits(format)) : 0;
}

/// One thing that rounds.
struct Source {
    std::string what;
    double unit = 0;    ///< greatest relative error of one rounding
    double times = 1;   ///< how often, one after the other, on the way of one element
    double likely = 0;  ///< of the relative L2 error, if roundings are independent
    double worst() const { return unit * times; }
};

/// Of a number whose leading digits are anything: the root of the mean of 1/m^2 for 1 <= m < 2.
constexpr double over_leading = 0.71;

/// To nearest.
Source rounding(std::string what, double unit, double times = 1) {
    return {std::move(what), unit, times, unit / std::sqrt(3.0) * over_leading * std::sqrt(times)};
}

/// Significant bits dropped: numbers of so many before, of so many after.
Source truncation(std::string what, int before, int after) {
    const double last = std::ldexp(1.0, 1 - before), values = std::ldexp(1.0, before - after);
    return {std::move(what), last * (values - 1), 1,
            last * std::sqrt((values - 1) * (2 * values - 1) / 6) * over_leading};
}

/// What writes a buffer of a block.
struct Maker {
    ir::Stmt stmt;
    std::vector<Buffer> sources;
    double turns = 1;  ///< of the loops around it in which it goes on with what is there
    bool keeps = false;
};

/// Turns of a loop; of one whose ends depend on something, as if that were what makes it longest.
double turns_of(const ir::For& loop) {
    const auto begin = ir::constant(loop.begin), end = ir::constant(loop.end), step = ir::constant(loop.step);
    if (begin && end && step && *step != 0) {
        return std::max<double>(1, std::ceil(static_cast<double>(*end - *begin) / static_cast<double>(*step)));
    }
    if (loop.end->op == ir::Op::Min) {
        for (const ir::Expr& side : loop.end->args) {
            if (const auto known = ir::constant(side)) {
                return static_cast<double>(std::max<int64_t>(*known, 1));
            }
        }
    }
    return 1;
}

bool is_function(ir::Op op) {
    return op == ir::Op::Div || op == ir::Op::Pow || (op >= ir::Op::Exp && op <= ir::Op::Erf);
}

class Way {
public:
    Way(const ir::Block& body, const Program& program) : program_(program) {
        for (const device::CircularBuffer& ring : program.circular_buffers) {
            rings_[ring.name] = &ring;
        }
        visit(body, 1);
    }

    /// Whether some launch's statement stores to it.
    bool writes(const Buffer& tensor) const { return stores_.contains(tensor); }

    struct Setting {
        unsigned phases = 4;
        bool fp32_dest = false;
    };

    Setting setting() const { return {phases_of(program_.math_fidelity), program_.fp32_dest_acc_en}; }

    /// Formats from the tensors that are read to `output`, each with what makes it.
    Json chain(const Buffer& output) {
        Json steps = Json::array();
        std::set<Buffer> seen;
        for (const Maker& store : stores_.at(output)) {
            for (const Buffer& source : store.sources) {
                follow(source, seen, steps);
            }
        }
        steps.push_back(
            {{"where", output->name + " in memory"}, {"format", name_of(lower::device_format(output->dtype))}});
        return steps;
    }

    /// Terms of the longest sum on the way.
    double terms(const Buffer& output) {
        double most = 0;
        each_maker(output, [&](const Buffer&, const Maker& maker) { most = std::max(most, terms_of(maker)); });
        return most;
    }

    /// Names of functions on the way, which may make errors of what they are given larger.
    std::vector<std::string> functions(const Buffer& output) {
        std::set<std::string> found;
        each_maker(output, [&](const Buffer&, const Maker& maker) {
            ir::walk_statements({maker.stmt}, [&](const ir::Stmt& stmt) {
                ir::each_expr(*stmt, [&](const ir::Expr& expr) {
                    ir::walk(expr, [&](const ir::Expr& node) {
                        if (ir::is_float(node->dtype) && is_function(node->op)) {
                            found.insert(std::string(ir::info(node->op).name));
                        }
                    });
                });
            });
        });
        return {found.begin(), found.end()};
    }

    std::vector<Source> sources(const Buffer& output, const Setting& setting) {
        std::vector<Source> all;
        std::set<Buffer> tensors;
        each_maker(output, [&](const Buffer& made, const Maker& maker) {
            if (const auto* gemm = std::get_if<ir::Gemm>(&maker.stmt->of)) {
                product(*gemm, setting, all);
            }
            sum(made, maker, setting, all);
            elementwise(made, maker, setting, all);
            for (const Buffer& source : maker.sources) {
                if (pass::is_tensor(source) && tensors.insert(source).second) {
                    const DType format = lower::device_format(source->dtype);
                    if (unit_of(format) > unit_of(source->dtype)) {
                        all.push_back(rounding(fmt::format("{} as {} in memory, {} in the script", source->name,
                                                           name_of(format), name_of(source->dtype)),
                                               unit_of(format)));
                    }
                }
            }
            ring(made, maker, all);
        });
        const DType format = lower::device_format(output->dtype);
        const bool narrower =
            std::any_of(stores_.at(output).begin(), stores_.at(output).end(), [&](const Maker& store) {
                return std::any_of(store.sources.begin(), store.sources.end(), [&](const Buffer& source) {
                    const device::CircularBuffer* ring = ring_of(source);
                    return unit_of(ring == nullptr ? lower::device_format(source->dtype) : ring->format) <
                           unit_of(format);
                });
            });
        if (ir::is_float(format) && narrower) {
            all.push_back(rounding(fmt::format("{} stored as {}", output->name, name_of(format)), unit_of(format)));
        }
        return all;
    }

private:
    const Program& program_;
    std::map<std::string, const device::CircularBuffer*, std::less<>> rings_;
    std::map<Buffer, std::vector<Maker>> makers_, stores_;

    void visit(const ir::Block& body, double turns) {
        for (const ir::Stmt& stmt : body) {
            if (const auto* loop = std::get_if<ir::For>(&stmt->of)) {
                visit(loop->body, turns * turns_of(*loop));
                continue;
            }
            if (!lower::is_tile_statement(*stmt)) {
                for (const ir::Block* inner : ir::bodies(*stmt)) {
                    visit(*inner, turns);
                }
                continue;
            }
            Maker maker{stmt, {}, 1, false};
            std::vector<Buffer> written;
            for (const lower::Access& access : lower::accesses(*stmt)) {
                if (access.reads) {
                    maker.sources.push_back(access.buffer);
                }
                if (access.writes) {
                    written.push_back(access.buffer);
                    maker.keeps = maker.keeps || access.reads;
                }
            }
            maker.turns = maker.keeps ? turns : 1;
            if (const auto* copy = std::get_if<ir::Copy>(&stmt->of)) {
                if (pass::is_tensor(copy->src.buffer)) {
                    maker.sources.push_back(copy->src.buffer);
                }
                if (pass::is_tensor(copy->dst.buffer)) {
                    stores_[copy->dst.buffer].push_back(maker);
                }
            } else if (const auto* im2col = std::get_if<ir::Im2col>(&stmt->of)) {
                maker.sources.push_back(im2col->img.buffer);
            } else if (const auto* atomic = std::get_if<ir::Atomic>(&stmt->of)) {
                stores_[atomic->dst.buffer].push_back(maker);
            }
            for (const Buffer& buffer : written) {
                makers_[buffer].push_back(maker);
            }
        }
    }

    template <class Visit>
    void each_maker(const Buffer& output, Visit&& visit) {
        std::set<Buffer> seen;
        std::vector<Buffer> open;
        for (const Maker& store : stores_.at(output)) {
            open.insert(open.end(), store.sources.begin(), store.sources.end());
        }
        while (!open.empty()) {
            const Buffer buffer = open.back();
            open.pop_back();
            if (!seen.insert(buffer).second || pass::is_tensor(buffer)) {
                continue;
            }
            for (const Maker& maker : makers_[buffer]) {
                visit(buffer, maker);
                open.insert(open.end(), maker.sources.begin(), maker.sources.end());
            }
        }
    }

    const device::CircularBuffer* ring_of(const Buffer& buffer) const {
        const auto found = rings_.find("cb_" + buffer->name);
        return found == rings_.end() ? nullptr : found->second;
    }

    static int64_t extent(const ir::Region& region, size_t from_the_end) {
        const auto extents = ir::matched_extents(region);
        return extents.size() < from_the_end ? 1 : ir::constant(extents[extents.size() - from_the_end]).value_or(1);
    }

    static double terms_of(const Maker& maker) {
        if (const auto* gemm = std::get_if<ir::Gemm>(&maker.stmt->of)) {
            return static_cast<double>(extent(gemm->a, gemm->transpose_a ? 2 : 1)) * (gemm->clear ? 1 : maker.turns);
        }
        if (const auto* reduce = std::get_if<ir::Reduce>(&maker.stmt->of)) {
            const auto dim = static_cast<size_t>(std::max(reduce->dim, 0));
            const bool sums = reduce->op == ir::Reduction::Sum || reduce->op == ir::Reduction::AbsSum;
            return !sums || dim >= reduce->src.extent.size()
                       ? 0
                       : static_cast<double>(ir::constant(reduce->src.extent[dim]).value_or(1)) *
                             (reduce->clear ? 1 : maker.turns);
        }
        if (const auto* scan = std::get_if<ir::Scan>(&maker.stmt->of)) {
            const auto dim = static_cast<size_t>(std::max(scan->dim, 0));
            return scan->op != ir::Reduction::Sum || dim >= scan->src.extent.size()
                       ? 0
                       : static_cast<double>(ir::constant(scan->src.extent[dim]).value_or(1));
        }
        return maker.keeps ? maker.turns : 0;
    }

    static std::string made_by(const Maker& maker) {
        static constexpr std::string_view kinds[] = {"allocation",  "value",  "store",          "loop",
                                                     "elementwise", "branch", "loop",           "break",
                                                     "copy",        "fill",   "matrix product", "reduction",
                                                     "scan",        "atomic", "transposition",  "patches of an image"};
        const size_t kind = maker.stmt->of.index();
        return fmt::format("{} (line {})", kind < std::size(kinds) ? kinds[kind] : "statement", maker.stmt->span.line);
    }

    void follow(const Buffer& buffer, std::set<Buffer>& seen, Json& steps) {
        if (!seen.insert(buffer).second) {
            return;
        }
        if (pass::is_tensor(buffer)) {
            steps.push_back(
                {{"where", buffer->name + " in memory"}, {"format", name_of(lower::device_format(buffer->dtype))}});
            return;
        }
        std::vector<std::string> by;
        double most = 0;
        for (const Maker& maker : makers_[buffer]) {
            for (const Buffer& source : maker.sources) {
                follow(source, seen, steps);
            }
            by.push_back(made_by(maker));
            most = std::max(most, terms_of(maker));
        }
        const device::CircularBuffer* ring = ring_of(buffer);
        Json step = {{"where", ring == nullptr ? buffer->name : ring->name},
                     {"format", name_of(ring == nullptr ? lower::device_format(buffer->dtype) : ring->format)},
                     {"made_by", by}};
        if (ring == nullptr || ring->producer == device::Role::Compute) {
            step["dst_bits"] = program_.fp32_dest_acc_en ? 32 : 16;
        }
        if (most > 0) {
            step["terms"] = most;
        }
        steps.push_back(std::move(step));
    }

    /// What the matrix unit does not see of its operands: slices of 7 and 4 bits of the first, of 5 and 5 of the
    /// second.
    void product(const ir::Gemm& gemm, const Setting& setting, std::vector<Source>& all) const {
        const auto operand = [&](const Buffer& buffer, int kept) {
            const int bits = std::min(significant_bits(lower::device_format(buffer->dtype)), 24);
            if (bits > kept) {
                all.push_back(truncation(
                    fmt::format("{} cut from {} to {} significant bits for the matrix unit", buffer->name, bits, kept),
                    bits, kept));
            }
        };
        operand(gemm.a.buffer, setting.phases >= 3 ? 11 : 7);
        operand(gemm.b.buffer, setting.phases == 1 ? 5 : 10);
        Source grid{"products of each 8 rounded to a common grid, 2^-10 of the largest", 0x1p-8, 1, 7e-4};
        all.push_back(grid);
    }

    /// Each operation leaves its result in DST.
    void elementwise(const Buffer& made, const Maker& maker, const Setting& setting, std::vector<Source>& all) const {
        const device::CircularBuffer* ring = ring_of(made);
        const DType format = ring == nullptr ? lower::device_format(made->dtype) : ring->format;
        if (!std::holds_alternative<ir::Parallel>(maker.stmt->of) || !ir::is_float(format)) {
            return;
        }
        double operations = 0;
        ir::walk_statements({maker.stmt}, [&](const ir::Stmt& stmt) {
            ir::each_expr(*stmt, [&](const ir::Expr& expr) {
                ir::walk(expr, [&](const ir::Expr& node) {
                    const bool exact = node->op == ir::Op::Neg || node->op == ir::Op::Abs || node->op == ir::Op::Min ||
                                       node->op == ir::Op::Max || node->op == ir::Op::Select ||
                                       node->op == ir::Op::Cast || node->args.empty() || node->op == ir::Op::Load;
                    operations += ir::is_float(node->dtype) && !exact ? 1 : 0;
                });
            });
        });
        if (operations > 0) {
            all.push_back(rounding(fmt::format("{} operation{} for {} in {}-bit DST", operations,
                                               operations == 1 ? "" : "s", made->name, setting.fp32_dest ? 32 : 16),
                                   setting.fp32_dest ? 0x1p-24 : 0x1p-8, operations * maker.turns));
        }
    }

    void sum(const Buffer& made, const Maker& maker, const Setting& setting, std::vector<Source>& all) const {
        const double terms = terms_of(maker);
        if (terms <= 0) {
            return;
        }
        const device::CircularBuffer* ring = ring_of(made);
        const DType format = ring == nullptr ? lower::device_format(made->dtype) : ring->format;
        if (!ir::is_float(format)) {
            return;
        }
        if (std::holds_alternative<ir::Gemm>(maker.stmt->of)) {
            const double steps = std::ceil(terms / 16) * setting.phases;
            all.push_back(rounding(
                fmt::format("sums of {} in {}-bit DST, {} steps", made->name, setting.fp32_dest ? 32 : 16, steps),
                setting.fp32_dest ? 0x1p-24 : 0x1p-8, steps));
        } else if (!std::holds_alternative<ir::Parallel>(maker.stmt->of)) {
            all.push_back(rounding(fmt::format("sums of {} in {}-bit DST", made->name, setting.fp32_dest ? 32 : 16),
                                   setting.fp32_dest ? 0x1p-24 : 0x1p-8, std::ceil(terms / 32)));
        }
        if (maker.turns > 1) {
            all.push_back(
                rounding(fmt::format("partial results of {} packed to {} each turn", made->name, name_of(format)),
                         unit_of(format), maker.turns));
        }
    }

    /// What a ring's own format, and the way from it to the engines, cost.
    void ring(const Buffer& made, const Maker& maker, std::vector<Source>& all) const {
        const device::CircularBuffer* ring = ring_of(made);
        if (ring == nullptr || !ir::is_float(ring->format)) {
            return;
        }
        const bool from_memory =
            std::any_of(maker.sources.begin(), maker.sources.end(), [](const Buffer& b) { return pass::is_tensor(b); });
        if (!from_memory && maker.turns <= 1 && ring->format != DType::Float32 &&
            !std::holds_alternative<ir::Fill>(maker.stmt->of)) {
            all.push_back(
                rounding(fmt::format("{} kept as {}", made->name, name_of(ring->format)), unit_of(ring->format)));
        }
        const auto& whole = program_.unpack_to_dest_fp32;
        if (ring->format == DType::Float32 && ring->consumer == device::Role::Compute &&
            std::find(whole.begin(), whole.end(), ring->index) == whole.end() && !multiplied(made)) {
            all.push_back(
                truncation(fmt::format("{} cut to 11 significant bits in the source registers", made->name), 24, 11));
        }
    }

    bool multiplied(const Buffer& buffer) const {
        for (const auto& [made, makers] : makers_) {
            for (const Maker& maker : makers) {
                const auto* gemm = std::get_if<ir::Gemm>(&maker.stmt->of);
                if (gemm != nullptr && (gemm->a.buffer == buffer || gemm->b.buffer == buffer)) {
                    return true;
                }
            }
        }
        return false;
    }
};

double likely(const std::vector<Source>& sources) {
    double squares = 0;
    for (const Source& source : sources) {
        squares += source.likely * source.likely;
    }
    return std::sqrt(squares);
}

}  // namespace

Json numerics_of(const Subject& subject) {
    Json outputs = Json::array();
    if (subject.passes.empty()) {
        return outputs;
    }
    const ir::Kernel& kernel = subject.passes.back().second;
    size_t number = 0;
    for (const ir::Stmt& stmt : kernel.body) {
        const auto* launch = std::get_if<ir::Launch>(&stmt->of);
        if (launch == nullptr || number >= subject.module.programs.size()) {
            continue;
        }
        const Program& program = subject.module.programs[number++];
        Way way(launch->body, program);
        for (const Buffer& tensor : kernel.params) {
            if (!way.writes(tensor)) {
                continue;
            }
            const Way::Setting setting = way.setting();
            std::vector<Source> sources = way.sources(tensor, setting);
            std::sort(sources.begin(), sources.end(), [](const Source& a, const Source& b) {
                return std::tie(b.likely, a.what) < std::tie(a.likely, b.what);
            });
            double worst = 0;
            Json listed = Json::array();
            for (const Source& source : sources) {
                worst += source.worst();
                listed.push_back({{"what", source.what},
                                  {"unit", source.unit},
                                  {"times", source.times},
                                  {"worst", source.worst()},
                                  {"likely", source.likely}});
            }
            const double now = likely(sources);
            Json advice = Json::array();
            const auto consider = [&](const char* what, const char* option, Way::Setting other) {
                const double then = likely(way.sources(tensor, other));
                if (then < 0.8 * now) {
                    advice.push_back({{"what", what}, {"option", option}, {"likely", then}});
                }
            };
            if (setting.phases < 3) {
                consider("more bits of the operands multiplied", "fidelity=HiFi4", {4, setting.fp32_dest});
            }
            if (!setting.fp32_dest) {
                consider("sums kept in 32 bits", "fp32_dest=on", {setting.phases, true});
            }
            if (setting.phases < 3 && !setting.fp32_dest) {
                consider("both", "fidelity=HiFi4 fp32_dest=on", {4, true});
            }
            if (!sources.empty() && advice.empty()) {
                advice.push_back({{"what", "most comes from: " + sources.front().what +
                                               "; only a wider type in the script would change that"},
                                  {"option", ""},
                                  {"likely", now}});
            }
            const auto functions = way.functions(tensor);
            Json one;
            one["program"] = program.name;
            one["tensor"] = tensor->name;
            one["chain"] = way.chain(tensor);
            one["longest_sum"] = way.terms(tensor);
            one["sources"] = listed;
            one["likely"] = now;
            one["worst"] = functions.empty() ? Json(worst) : Json();
            one["functions"] = functions;
            one["advice"] = advice;
            outputs.push_back(std::move(one));
        }
    }
    return outputs;
}

}  // namespace tessera::tile::explain
