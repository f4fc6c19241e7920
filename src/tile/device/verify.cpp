#include <tile/device/verify.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace tessera::tile::device {

namespace {

constexpr std::array table{
    Rule{"tensor-order", "the dimensions of a tensor stand in its order once each"},
    Rule{"tensor-padding", "a tensor is padded to no less than its shape, and by whole tiles where tiles cover it"},
    Rule{"tensor-pages", "the pages of a tensor are those of its padded shape"},
    Rule{"tensor-shards", "the shards of a tensor are of one size and hold all of its pages"},
    Rule{"names-unique", "tensors, rings and the kernels of a program have names and roles of their own"},
    Rule{"core-grid", "the cores that work are there, and each is named once"},
    Rule{"ring-index", "circular buffers are numbered from 0 on, in order"},
    Rule{"ring-size", "a ring has pages, of whole words of the NoC"},
    Rule{"ring-known", "every ring that a call waits for or fills is one of the program"},
    Rule{"ring-role", "only its producer fills a ring, and only its consumer empties it"},
    Rule{"ring-room", "no call asks for more pages than a ring has, or for none"},
    Rule{"semaphore-index", "semaphores are numbered from 0 on, in order"},
    Rule{"tensor-known", "accessors and addresses are of tensors of the module, and calls name only those"},
    Rule{"page-format", "a page goes into or comes from a ring of the tensor's format and page size"},
    Rule{"argument-known", "a variable without a value is a run-time argument, with a value for each core"},
    Rule{"variable-scope", "a variable is declared before it is used, and declared as changing where it is assigned"},
    Rule{"leave-place", "only loops are left"},
    Rule{"dest-format", "what goes to DST with 32 bits is a ring of float32"},
};

class Verifier {
public:
    explicit Verifier(const Module& module) : module_(module) {}

    std::vector<Break> run() {
        std::set<std::string> names;
        for (const Tensor& tensor : module_.tensors) {
            require(names.insert(tensor.param->name).second, "names-unique", {}, "there are two tensors {}",
                    tensor.param->name);
            this->tensor(tensor);
        }
        for (const Program& program : module_.programs) {
            this->program(program);
        }
        return std::move(breaks_);
    }

private:
    const Module& module_;
    const Program* program_ = nullptr;
    const KernelCode* kernel_ = nullptr;
    std::vector<Break> breaks_;
    std::map<ir::Var, bool> declared_;                    ///< and whether it may change
    std::map<ir::Var, const CircularBuffer*> addresses_;  ///< pointers into rings
    int loops_ = 0;

    template <class... Values>
    bool require(bool holds, std::string_view rule, Span span, fmt::format_string<Values...> format,
                 Values&&... values) {
        if (!holds) {
            breaks_.push_back({rule, span, fmt::format(format, std::forward<Values>(values)...)});
        }
        return holds;
    }

    void tensor(const Tensor& tensor) {
        const std::string& name = tensor.param->name;
        std::vector<int> order = tensor.dimension_order;
        std::sort(order.begin(), order.end());
        bool once = order.size() == tensor.shape.size();
        for (size_t i = 0; once && i < order.size(); ++i) {
            once = order[i] == static_cast<int>(i);
        }
        if (!require(once && tensor.padded.size() == order.size(), "tensor-order", {},
                     "the order of {} is not one of its {} dimensions", name, tensor.shape.size())) {
            return;
        }
        int64_t pages = 1;
        const bool words = tensor.form == Tensor::Form::Words;
        const size_t covered = words ? 0 : tensor.form == Tensor::Form::Matrix ? 2 : 1;
        for (size_t i = 0; i < tensor.padded.size(); ++i) {
            const int64_t size = tensor.shape[static_cast<size_t>(tensor.dimension_order[i])];
            const bool tiles = i + covered >= tensor.padded.size();
            require(tensor.padded[i] >= size && (!tiles || tensor.padded[i] % 32 == 0), "tensor-padding", {},
                    "dimension {} of {} has {} elements and is padded to {}", tensor.dimension_order[i], name, size,
                    tensor.padded[i]);
            pages *= words && i + 1 == tensor.padded.size() ? 1 : tiles ? tensor.padded[i] / 32 : tensor.padded[i];
        }
        require(static_cast<int64_t>(tensor.pages) == pages, "tensor-pages", {}, "{} has {} pages, and its shape {}",
                name, tensor.pages, pages);
        if (!tensor.shard.empty() || !tensor.shard_grid.empty()) {
            const bool sides = tensor.shard.size() == 2 && tensor.shard_grid.size() == 2;
            const int64_t held =
                sides ? tensor.shard[0] * tensor.shard[1] * tensor.shard_grid[0] * tensor.shard_grid[1] : 0;
            require(sides && held == pages, "tensor-shards", {}, "the shards of {} hold {} of {} pages", name, held,
                    pages);
        }
    }

    const Tensor* tensor_of(std::string_view name) const {
        const auto at = std::find_if(module_.tensors.begin(), module_.tensors.end(),
                                     [&](const Tensor& tensor) { return tensor.param->name == name; });
        return at == module_.tensors.end() ? nullptr : &*at;
    }
    const CircularBuffer* ring_of(std::string_view name) const {
        const auto at = std::find_if(program_->circular_buffers.begin(), program_->circular_buffers.end(),
                                     [&](const CircularBuffer& ring) { return ring.name == name; });
        return at == program_->circular_buffers.end() ? nullptr : &*at;
    }

    void program(const Program& program) {
        program_ = &program;
        std::set<std::pair<uint32_t, uint32_t>> cores;
        for (const CoreWork& core : program.cores) {
            require(core.x < program.grid_x && core.y < program.grid_y && cores.emplace(core.x, core.y).second,
                    "core-grid", {}, "core ({}, {}) of {} is outside of {} x {} or is there twice", core.x, core.y,
                    program.name, program.grid_x, program.grid_y);
        }
        std::set<std::string> names;
        for (size_t i = 0; i < program.circular_buffers.size(); ++i) {
            const CircularBuffer& ring = program.circular_buffers[i];
            require(ring.index == i, "ring-index", {}, "{} has the number {} and is the {}th", ring.name, ring.index,
                    i);
            require(ring.pages > 0 && ring.page_bytes > 0 && ring.page_bytes % 16 == 0, "ring-size", {},
                    "{} has {} pages of {} bytes", ring.name, ring.pages, ring.page_bytes);
            require(names.insert(ring.name).second, "names-unique", {}, "there are two rings {}", ring.name);
            require(ring.tensor.empty() || tensor_of(ring.tensor) != nullptr, "tensor-known", {},
                    "{} lies on {}, which is no tensor", ring.name, ring.tensor);
        }
        for (size_t i = 0; i < program.semaphores.size(); ++i) {
            require(program.semaphores[i].index == i, "semaphore-index", {}, "semaphore {} is the {}th",
                    program.semaphores[i].index, i);
        }
        for (const uint32_t index : program.unpack_to_dest_fp32) {
            const bool known = index < program.circular_buffers.size();
            require(known && program.circular_buffers[index].format == ir::DType::Float32, "dest-format", {},
                    "circular buffer {} goes to DST with 32 bits and is {}", index,
                    known ? name_of(program.circular_buffers[index].format) : "not there");
        }
        std::set<Role> roles;
        for (const KernelCode& kernel : program.kernels) {
            require(roles.insert(kernel.role).second, "names-unique", {}, "{} has two {} kernels", program.name,
                    name_of(kernel.role));
            this->kernel(kernel);
        }
    }

    void kernel(const KernelCode& kernel) {
        kernel_ = &kernel;
        declared_.clear();
        addresses_.clear();
        loops_ = 0;
        for (const std::string& accessor : kernel.accessors) {
            require(tensor_of(accessor) != nullptr, "tensor-known", {},
                    "the {} has an accessor of {}, which is no tensor", name_of(kernel.role), accessor);
        }
        for (const RuntimeArgument& argument : kernel.runtime_arguments) {
            if (argument.meaning == RuntimeArgument::Meaning::Address) {
                require(tensor_of(argument.tensor) != nullptr, "tensor-known", {},
                        "{} is the address of {}, which is no tensor", argument.name, argument.tensor);
            } else if (argument.meaning == RuntimeArgument::Meaning::CoreValue) {
                require(argument.values.size() == program_->cores.size(), "argument-known", {},
                        "{} has {} values for {} cores", argument.name, argument.values.size(), program_->cores.size());
            }
        }
        code(kernel.body);
    }

    void used(const ir::Expr& expr, Span span) {
        ir::walk(expr, [&](const ir::Expr& node) {
            if (node->op == ir::Op::Var) {
                require(declared_.contains(node->var), "variable-scope", span, "{} is used in the {} and not declared",
                        node->var->name, name_of(kernel_->role));
            }
        });
    }

    void code(const Code& code) {
        std::vector<ir::Var> here;
        const auto declare = [&](const ir::Var& var, bool changes) {
            if (declared_.emplace(var, changes).second) {
                here.push_back(var);
            }
        };
        for (const Node& node : code) {
            const Span span = node->span;
            if (const auto* declared = std::get_if<Declare>(&node->of)) {
                if (declared->value != nullptr) {
                    used(declared->value, span);
                } else {
                    const auto& all = kernel_->runtime_arguments;
                    require(std::any_of(all.begin(), all.end(),
                                        [&](const auto& one) { return one.name == declared->var->name; }),
                            "argument-known", span, "{} has no value and is no argument of the {}", declared->var->name,
                            name_of(kernel_->role));
                }
                declare(declared->var, declared->changes);
            } else if (const auto* assigned = std::get_if<Assign>(&node->of)) {
                used(assigned->value, span);
                const auto at = declared_.find(assigned->var);
                require(at != declared_.end() && at->second, "variable-scope", span,
                        "{} is assigned and not declared as changing", assigned->var->name);
            } else if (const auto* loop = std::get_if<Loop>(&node->of)) {
                used(loop->begin, span);
                used(loop->end, span);
                used(loop->step, span);
                const bool fresh = declared_.emplace(loop->var, false).second;
                ++loops_;
                this->code(loop->body);
                --loops_;
                if (fresh) {
                    declared_.erase(loop->var);
                }
            } else if (const auto* branch = std::get_if<Branch>(&node->of)) {
                used(branch->condition, span);
                this->code(branch->then);
                this->code(branch->otherwise);
            } else if (std::holds_alternative<Leave>(node->of)) {
                require(loops_ > 0, "leave-place", span, "a loop is left where there is none");
            } else if (const auto* made = std::get_if<Call>(&node->of)) {
                call(*made, span);
                if (made->result != nullptr) {
                    declare(made->result, false);
                }
            }
        }
        for (const ir::Var& var : here) {
            declared_.erase(var);
        }
    }

    void call(const Call& made, Span span) {
        for (const Argument& argument : made.arguments) {
            if (const auto* expr = std::get_if<ir::Expr>(&argument)) {
                used(*expr, span);
            }
        }
        const auto* first = made.arguments.empty() ? nullptr : std::get_if<std::string>(&made.arguments[0]);
        const bool fills = made.function == "cb_reserve_back" || made.function == "cb_push_back";
        const bool empties = made.function == "cb_wait_front" || made.function == "cb_pop_front";
        const bool points = made.function == "get_write_ptr" || made.function == "get_read_ptr";
        if ((fills || empties || points) &&
            require(first != nullptr && ring_of(*first) != nullptr, "ring-known", span, "{} of {}, which is no ring",
                    made.function, first == nullptr ? "an expression" : *first)) {
            const CircularBuffer& ring = *ring_of(*first);
            if (points) {
                addresses_[made.result] = &ring;
                return;
            }
            require((fills ? ring.producer : ring.consumer) == kernel_->role, "ring-role", span,
                    "the {} does {} of {}, which goes from {} to {}", name_of(kernel_->role), made.function, ring.name,
                    name_of(ring.producer), name_of(ring.consumer));
            const auto* pages = made.arguments.size() < 2 ? nullptr : std::get_if<ir::Expr>(&made.arguments[1]);
            const auto count = pages == nullptr ? std::nullopt : ir::constant(*pages);
            require(!count || (*count > 0 && *count <= ring.pages), "ring-room", span,
                    "{} of {} pages of {}, which has {}", made.function, count.value_or(0), ring.name, ring.pages);
        }
        if (made.function == "noc_async_read_page" || made.function == "noc_async_write_page") {
            page(made, span);
        }
    }

    void page(const Call& made, Span span) {
        const auto* name = made.arguments.size() < 3 ? nullptr : std::get_if<std::string>(&made.arguments[1]);
        const Tensor* tensor = name == nullptr ? nullptr : tensor_of(*name);
        const auto& accessors = kernel_->accessors;
        if (!require(tensor != nullptr && std::find(accessors.begin(), accessors.end(), *name) != accessors.end(),
                     "tensor-known", span, "{} of {}, of which the {} has no accessor", made.function,
                     name == nullptr ? "an expression" : *name, name_of(kernel_->role))) {
            return;
        }
        const auto* address = std::get_if<ir::Expr>(&made.arguments[2]);
        if (address == nullptr) {
            return;
        }
        ir::walk(*address, [&](const ir::Expr& node) {
            const auto at = node->op == ir::Op::Var ? addresses_.find(node->var) : addresses_.end();
            if (at != addresses_.end()) {
                require(at->second->format == tensor->format && at->second->page_bytes == tensor->page_bytes,
                        "page-format", span, "pages of {}, {} of {} bytes, and {}, {} of {} bytes", tensor->param->name,
                        name_of(tensor->format), tensor->page_bytes, at->second->name, name_of(at->second->format),
                        at->second->page_bytes);
            }
        });
    }
};

}  // namespace

std::span<const Rule> rules() {
    return table;
}

std::vector<Break> verify(const Module& module) {
    return Verifier(module).run();
}

void require_valid(const Module& module) {
    const std::vector<Break> breaks = verify(module);
    if (breaks.empty()) {
        return;
    }
    std::string text = fmt::format("lowering {} has made no valid program:", module.name);
    for (const Break& one : breaks) {
        text += fmt::format("\n  {}: {}", one.rule, one.message);
    }
    throw std::logic_error(text);
}

}  // namespace tessera::tile::device
