#include <tile/lower/memory.h>

#include <algorithm>
#include <functional>

#include <fmt/format.h>
#include <tile/lower/gather.h>
#include <tile/lower/tensors.h>

namespace tessera::tile::lower {

namespace {

using device::CircularBuffer;
using device::Role;
using ir::Buffer;

int64_t tiles_for(int64_t elements) {
    return (elements + tile_side - 1) / tile_side;
}

Place place_of(const Buffer& buffer, Form form) {
    Place place;
    place.buffer = buffer;
    place.form = form;
    const TileDimensions tile = tile_dimensions(buffer, form);
    const auto size = [&](int dimension) {
        return dimension < 0 ? int64_t{1} : ir::constant(buffer->shape[static_cast<size_t>(dimension)]).value_or(1);
    };
    place.valid_rows = size(tile.row);
    place.valid_columns = size(tile.column);
    place.rows = tiles_for(place.valid_rows);
    place.columns = tiles_for(place.valid_columns);
    for (size_t i = 0; i < buffer->shape.size(); ++i) {
        const int dimension = static_cast<int>(i);
        place.batch *= dimension == tile.row || dimension == tile.column ? 1 : size(dimension);
    }
    return place;
}

/// What a circular buffer wants, before L1 is looked at.
struct Wish {
    uint32_t number = 0;  ///< of the buffer
    int64_t depth = 1, least = 1;
    bool shares = false;  ///< the circular buffer of another
};

class Planner {
public:
    Planner(const Flows& flows, const std::map<Buffer, Form>& forms, const arch::Chip& chip, const Choices& choices,
            Span span, Diagnostics& diagnostics)
        : flows_(flows), chip_(chip), choices_(choices), span_(span), diagnostics_(diagnostics) {
        for (uint32_t i = 0; i < flows.buffers.size(); ++i) {
            const auto form = forms.find(flows.buffers[i]);
            memory_.storage.add(place_of(flows.buffers[i], form == forms.end() ? Form::Matrix : form->second));
            const bool stream = flows.producer[i] != flows.consumer[i];
            wishes_.push_back(Wish{i, stream ? 2 : 1, 1});
        }
        stages(flows.body, 0);
        for (Wish& wish : wishes_) {
            if (choices.depth && flows.producer[wish.number] != Role::Compute) {
                wish.depth = std::max(wish.least, *choices.depth);
            }
        }
        for (const auto& [number, resident] : flows.resident) {
            wishes_[number].depth = wishes_[number].least = resident.pages / memory_.storage.all()[number].tiles();
        }
    }

    Memory plan(const MovementNeeds& movement) {
        order();
        // Each its own at first: what the engines need of each is asked for by its ring.
        for (uint32_t number = 0; number < wishes_.size(); ++number) {
            memory_.storage.all()[number].cb = number;
        }
        decide_dest();
        to_source_ = memory_.needs.to_source;
        share(movement);
        fit(movement);
        make(movement);
        return std::move(memory_);
    }

private:
    const Flows& flows_;
    const arch::Chip& chip_;
    const Choices& choices_;
    Span span_;
    Diagnostics& diagnostics_;
    Memory memory_;
    std::vector<Wish> wishes_;                               ///< by number of the buffer
    std::vector<Wish> asked_;                                ///< the same, before rings were shared
    std::map<std::pair<Buffer, int64_t>, ir::Var> scalars_;  ///< that stand for elements of Locals
    std::map<uint32_t, Live> meets_;                         ///< buffers that are in use at the same time
    std::vector<uint32_t> ordered_;             ///< numbers of buffers: the reader's, compute's, the writer's
    std::vector<std::vector<uint32_t>> rings_;  ///< numbers of buffers that have one circular buffer, by its index
    std::set<uint32_t> to_source_;              ///< numbers of buffers that the matrix unit takes operands from

    /// How many blocks each ring holds: what loops say, and what statements that cannot turn a ring need.
    void stages(const std::vector<Flow>& flows, int inside) {
        for (const Flow& flow : flows) {
            int stages_inside = inside;
            if (const auto* loop = std::get_if<ir::For>(&flow.stmt->of)) {
                stages_inside = loop->kind == ir::LoopKind::Pipelined ? loop->stages : 0;
            }
            const auto gather = gather_of(*flow.stmt);
            for (const Access& access : flow.accesses) {
                if (flow.dead || !access.writes) {
                    continue;
                }
                const uint32_t number = flows_.number.at(access.buffer);
                memory_.storage.all()[number].row_major = gather && gather->rows;
                Wish& wish = wishes_[number];
                if (flows_.producer[number] != Role::Compute) {
                    wish.depth = std::max<int64_t>(wish.depth, std::min(inside, 4));
                }
                if (access.reads && !access.in_place) {
                    wish.least = 2;
                    wish.depth = std::max<int64_t>(wish.depth, 2);
                }
            }
            for (const auto& body : flow.bodies) {
                stages(body, stages_inside);
            }
        }
    }

    void order() {
        const auto rank = [&](uint32_t i) {
            if (flows_.producer[i] != Role::Compute) {
                return 0;
            }
            return flows_.consumer[i] == Role::Writer ? 2 : 1;
        };
        for (uint32_t i = 0; i < wishes_.size(); ++i) {
            ordered_.push_back(i);
        }
        std::sort(ordered_.begin(), ordered_.end(),
                  [&](uint32_t a, uint32_t b) { return std::pair(rank(a), a) < std::pair(rank(b), b); });
    }

    /// Buffers that are both in use at some point.
    void meet(const std::vector<Flow>& flows) {
        for (const Flow& flow : flows) {
            Live together = flow.before;
            together.insert(flow.after.begin(), flow.after.end());
            for (const Access& access : flow.accesses) {
                if (!flow.dead) {
                    together.insert(flows_.number.at(access.buffer));
                }
            }
            if (flow.sums.result) {
                together.insert(flows_.number.at(flow.sums.result));
            }
            for (const uint32_t a : together) {
                meets_[a].insert(together.begin(), together.end());
            }
            for (const auto& body : flow.bodies) {
                meet(body);
            }
        }
    }

    /// Which buffers share a ring.
    enum class Sharing : uint8_t { None, Local, Streams };

    /// A ring for each buffer, but that of `sharing` those that are never in use together have one: of compute alone,
    /// or also those that two kernels fill and empty, which both do in the order of the block.
    void number_places(Sharing sharing) {
        wishes_ = asked_;
        std::vector<std::vector<uint32_t>> rings;
        for (const uint32_t number : ordered_) {
            const bool open = !flows_.unwritten.contains(number) && !flows_.resident.contains(number) &&
                              (sharing == Sharing::Streams || (sharing == Sharing::Local && local(number)));
            const auto ring = open
                                  ? std::find_if(rings.begin(), rings.end(),
                                                 [&](const std::vector<uint32_t>& each) {
                                                     return alike(each.front(), number) &&
                                                            std::none_of(each.begin(), each.end(), [&](uint32_t other) {
                                                                return meets_[number].contains(other);
                                                            });
                                                 })
                                  : rings.end();
            if (ring == rings.end()) {
                rings.push_back({number});
            } else {
                ring->push_back(number);
                wishes_[number].shares = true;
                // The ring has the room that any of them wants.
                Wish& first = wishes_[ring->front()];
                first.depth = std::max(first.depth, wishes_[number].depth);
                first.least = std::max(first.least, wishes_[number].least);
            }
        }
        rings_ = std::move(rings);
        for (uint32_t index = 0; index < rings_.size(); ++index) {
            memory_.names[index] = "cb_" + flows_.buffers[rings_[index].front()]->name;
            for (const uint32_t number : rings_[index]) {
                memory_.storage.all()[number].cb = index;
            }
        }
    }

    /// Whether one ring could be that of either. What the matrix unit takes is kept apart from what goes to DST with
    /// all of its bits, as a circular buffer is set up for one of the two.
    bool alike(uint32_t a, uint32_t b) const {
        return flows_.producer[a] == flows_.producer[b] && flows_.consumer[a] == flows_.consumer[b] &&
               !flows_.unwritten.contains(a) && !flows_.resident.contains(a) &&
               device_format(flows_.buffers[a]->dtype) == device_format(flows_.buffers[b]->dtype) &&
               memory_.storage.all()[a].tiles() == memory_.storage.all()[b].tiles() &&
               to_source_.contains(a) == to_source_.contains(b);
    }

    /// As little sharing as lets all have a place: the less is shared, the more the kernels overlap.
    void share(const MovementNeeds& movement) {
        meet(flows_.body);
        asked_ = wishes_;
        for (const Sharing sharing : {Sharing::None, Sharing::Local, Sharing::Streams}) {
            number_places(sharing);
            const bool places = rings_.size() + others(movement) <= chip_.num_circular_buffers;
            // Buffers of compute alone lose nothing by it.
            if (places && (sharing != Sharing::None || total(movement) <= room())) {
                return;
            }
        }
    }

    bool local(uint32_t number) const {
        return flows_.producer[number] == Role::Compute && flows_.consumer[number] == Role::Compute &&
               !flows_.unwritten.contains(number);
    }

    /// Elements of Locals are variables by the time code is made; which ones does not matter here.
    ir::Stmt with_scalars(const ir::Stmt& stmt) {
        return ir::map_exprs(stmt, [&](const ir::Expr& expr) {
            return ir::rewrite(expr, [&](const ir::Expr& node) {
                if (node->op != ir::Op::Load || node->buffer->scope != ir::Scope::Local) {
                    return node;
                }
                ir::Var& var = scalars_[{node->buffer, ir::constant(node->args.front()).value_or(0)}];
                if (!var) {
                    var = std::make_shared<const ir::VarNode>(ir::VarNode{node->buffer->name, node->dtype});
                }
                return ir::make_var(var);
            });
        });
    }

    void each_step(const std::vector<Flow>& flows, const std::function<void(const ComputeStep&)>& visit) {
        for (const Flow& flow : flows) {
            if (!flow.accesses.empty() && !flow.dead && flow.role == Role::Compute && told_by(*flow.stmt).empty()) {
                ComputeStep step = step_of(flow, flows_);
                step.stmt = with_scalars(step.stmt);
                step.sums.start = step.sums.start ? with_scalars(step.sums.start) : nullptr;
                visit(step);
            }
            for (const auto& body : flow.bodies) {
                each_step(body, visit);
            }
        }
        if (&flows == &flows_.body) {
            for (const uint32_t number : flows_.unwritten) {
                if (flows_.producer[number] == Role::Compute) {
                    visit(ComputeStep{ir::make_stmt(ir::Fill{ir::whole(flows_.buffers[number]), ir::make_float(0)}),
                                      {},
                                      flows_.buffers[number],
                                      false,
                                      nullptr});
                }
            }
        }
    }

    void decide_dest() {
        device::Program program;
        ComputeContext context;
        context.program = &program;
        Diagnostics unheard;
        context.diagnostics = &unheard;
        each_step(flows_.body, [&](const ComputeStep& step) {
            memory_.needs.merge(needs_of(step, memory_.storage, context));
            const bool sums = std::holds_alternative<ir::Gemm>(step.stmt->of) ||
                              std::holds_alternative<ir::Reduce>(step.stmt->of) ||
                              std::holds_alternative<ir::Scan>(step.stmt->of);
            memory_.fp32_dest = memory_.fp32_dest || (sums && device_format(step.result->dtype) == ir::DType::Float32);
        });
        memory_.fp32_dest = choices_.fp32_dest.value_or(memory_.fp32_dest) || memory_.needs.fp32_dest;
        program.fp32_dest_acc_en = memory_.fp32_dest;
        each_step(flows_.body, [&](const ComputeStep& step) {
            if (std::holds_alternative<ir::Gemm>(step.stmt->of)) {
                Place& place = memory_.storage.all()[flows_.number.at(step.result)];
                std::tie(place.subblock_rows, place.subblock_columns) = subblock_of(place);
                if (step.sums.result) {
                    Place& end = memory_.storage.all()[flows_.number.at(step.sums.result)];
                    end.subblock_rows = place.subblock_rows;
                    end.subblock_columns = place.subblock_columns;
                }
            }
        });
        // The subblocks may ask for other room.
        memory_.needs = {};
        each_step(flows_.body,
                  [&](const ComputeStep& step) { memory_.needs.merge(needs_of(step, memory_.storage, context)); });
    }

    std::pair<int64_t, int64_t> subblock_of(const Place& place) {
        if (!choices_.subblock) {
            return product_subblock(place.rows, place.columns, memory_.fp32_dest);
        }
        const auto [rows, columns] = *choices_.subblock;
        const int64_t most = memory_.fp32_dest ? 4 : 8;
        if (place.rows % rows != 0 || place.columns % columns != 0 || rows * columns > most) {
            diagnostics_.error("tile-choices", span_,
                               fmt::format("a subblock of {} x {} tiles is not possible for {} of {} x {} tiles, of "
                                           "which DST holds {}",
                                           rows, columns, place.buffer->name, place.rows, place.columns, most),
                               "choose sides that divide those of the block");
            return {1, 1};
        }
        return *choices_.subblock;
    }

    uint32_t page_bytes(uint32_t number) const { return tile_bytes(device_format(flows_.buffers[number]->dtype)); }
    int64_t bytes(uint32_t number) const {
        if (flows_.resident.contains(number) || wishes_[number].shares) {
            return 0;
        }
        return wishes_[number].depth * memory_.storage.all()[number].tiles() * page_bytes(number);
    }

    /// Bytes of what is no buffer of the script.
    int64_t fixed(const MovementNeeds& movement) const {
        int64_t bytes =
            2048 * (int{memory_.needs.row_index} + int{memory_.needs.column_index} + int{memory_.needs.ones});
        for (const auto& [format, pages] : memory_.needs.scratch) {
            bytes += pages * tile_bytes(format);
        }
        return bytes + 4096 * (int{movement.reader_scratch} + int{movement.writer_scratch}) +
               64 * int{movement.scalars};
    }
    /// How many circular buffers those are.
    size_t others(const MovementNeeds& movement) const {
        return memory_.needs.scratch.size() + static_cast<size_t>(memory_.needs.row_index) +
               static_cast<size_t>(memory_.needs.column_index) + static_cast<size_t>(memory_.needs.ones) +
               static_cast<size_t>(movement.reader_scratch) + static_cast<size_t>(movement.writer_scratch) +
               static_cast<size_t>(movement.scalars);
    }
    int64_t total(const MovementNeeds& movement) const {
        int64_t sum = fixed(movement);
        for (const Wish& wish : wishes_) {
            sum += bytes(wish.number);
        }
        return sum;
    }
    int64_t room() const { return static_cast<int64_t>(chip_.l1_bytes) - chip_.l1_unreserved_base; }

    /// Rings of several blocks give up blocks, the largest first, until all fits.
    void fit(const MovementNeeds& movement) {
        for (;;) {
            const int64_t sum = total(movement);
            if (sum <= room()) {
                return;
            }
            const std::vector<uint32_t>* largest = nullptr;
            for (const std::vector<uint32_t>& ring : rings_) {
                if (wishes_[ring.front()].depth > wishes_[ring.front()].least &&
                    (largest == nullptr || bytes(ring.front()) > bytes(largest->front()))) {
                    largest = &ring;
                }
            }
            if (largest != nullptr) {
                --wishes_[largest->front()].depth;
                continue;
            }
            std::string map;
            for (const std::vector<uint32_t>& ring : rings_) {
                map += fmt::format("{}{}: {} KiB", map.empty() ? "" : ", ", flows_.buffers[ring.front()]->name,
                                   bytes(ring.front()) / 1024);
            }
            diagnostics_.error(
                "tile-l1-budget", span_,
                fmt::format("the buffers of a block take {} bytes of L1, and a core has {}", sum, room()),
                "make blocks smaller");
            diagnostics_.add_note(map + fmt::format(", others: {} KiB", fixed(movement) / 1024));
            return;
        }
    }

    void add(CircularBuffer buffer) {
        buffer.index = static_cast<uint32_t>(memory_.circular_buffers.size());
        memory_.names[buffer.index] = buffer.name;
        memory_.circular_buffers.push_back(std::move(buffer));
    }

    int add_single(std::string name, ir::DType format, uint32_t page_bytes, Role producer, Role consumer,
                   std::string why) {
        add(CircularBuffer{0, std::move(name), format, page_bytes, 1, producer, consumer, std::move(why)});
        return static_cast<int>(memory_.circular_buffers.size()) - 1;
    }

    void make(const MovementNeeds& movement) {
        for (const std::vector<uint32_t>& ring : rings_) {
            const uint32_t number = ring.front();
            const Buffer& buffer = flows_.buffers[number];
            const Place& place = memory_.storage.all()[number];
            const int64_t depth = wishes_[number].depth;
            add(CircularBuffer{
                0, "cb_" + buffer->name, device_format(buffer->dtype), page_bytes(number),
                static_cast<uint32_t>(depth * place.tiles()), flows_.producer[number], flows_.consumer[number],
                flows_.resident.contains(number)
                    ? "the shard of " + flows_.resident.at(number).tensor
                    : fmt::format("{} of {} tile{}", depth == 1 ? "a block" : fmt::format("{} blocks", depth),
                                  place.tiles(), place.tiles() == 1 ? "" : "s")});
            if (const auto resident = flows_.resident.find(number); resident != flows_.resident.end()) {
                memory_.circular_buffers.back().tensor = resident->second.tensor;
            }
        }
        if (memory_.needs.row_index) {
            memory_.row_index = add_single("cb_row_index", ir::DType::BFloat16, 2048, Role::Reader, Role::Compute,
                                           "a tile whose elements are their row");
        }
        if (memory_.needs.column_index) {
            memory_.column_index = add_single("cb_column_index", ir::DType::BFloat16, 2048, Role::Reader, Role::Compute,
                                              "a tile whose elements are their column");
        }
        if (memory_.needs.ones) {
            memory_.ones = add_single("cb_ones", ir::DType::BFloat16, 2048, Role::Reader, Role::Compute,
                                      "a tile of ones: the factors of reductions");
        }
        for (const auto& [format, pages] : memory_.needs.scratch) {
            memory_.scratch[format] = static_cast<uint32_t>(memory_.circular_buffers.size());
            add(CircularBuffer{0, fmt::format("cb_scratch_{}", ir::name_of(format)), format, tile_bytes(format),
                               static_cast<uint32_t>(pages), Role::Compute, Role::Compute, "between parts of a step"});
        }
        if (movement.scalars) {
            memory_.scalars = add_single("cb_scalars", ir::DType::Int32, 64, Role::Reader, Role::Compute,
                                         "an integer that the reader found");
        }
        if (movement.reader_scratch) {
            memory_.reader_scratch = add_single("cb_reader_scratch", ir::DType::Int32, 4096, Role::Reader, Role::Reader,
                                                "one page for the reader's own use");
        }
        if (movement.writer_scratch) {
            memory_.writer_scratch = add_single("cb_writer_scratch", ir::DType::Int32, 4096, Role::Writer, Role::Writer,
                                                "one page for the writer's own use");
        }
        if (memory_.circular_buffers.size() > chip_.num_circular_buffers) {
            diagnostics_.error("tile-circular-buffers", span_,
                               fmt::format("a block needs {} circular buffers, and a core has {}",
                                           memory_.circular_buffers.size(), chip_.num_circular_buffers),
                               "use fewer shared buffers and fragments in one kernel");
            std::map<Role, size_t> makers;
            for (const std::vector<uint32_t>& ring : rings_) {
                ++makers[flows_.producer[ring.front()] == Role::Reader   ? Role::Reader
                         : flows_.consumer[ring.front()] == Role::Writer ? Role::Writer
                                                                         : Role::Compute];
            }
            diagnostics_.add_note(
                fmt::format("{} that the reader fills, {} that the writer empties, {} of compute alone "
                            "and {} others; those that are never in use together share one already",
                            makers[Role::Reader], makers[Role::Writer], makers[Role::Compute],
                            memory_.circular_buffers.size() - rings_.size()));
        }
    }
};

}  // namespace

ComputeStep step_of(const Flow& flow, const Flows& flows) {
    ComputeStep step;
    step.stmt = flow.stmt;
    for (const Access& access : flow.accesses) {
        const uint32_t number = flows.number.at(access.buffer);
        if (access.writes) {
            step.result = access.buffer;
            step.in_place = access.reads && access.in_place;
        }
        if (access.reads) {
            step.sources.push_back({access.buffer, true, access.writes || !flow.after.contains(number)});
        }
    }
    step.sums = flow.sums;
    if (flow.sums.first) {
        std::erase_if(step.sources, [&](const ComputeStep::Source& source) { return source.buffer == step.result; });
    }
    return step;
}

Memory plan_memory(const Flows& flows, const std::map<Buffer, Form>& forms, const MovementNeeds& movement,
                   const arch::Chip& chip, const Choices& choices, Span span, Diagnostics& diagnostics) {
    return Planner(flows, forms, chip, choices, span, diagnostics).plan(movement);
}

}  // namespace tessera::tile::lower
