#include <algorithm>
#include <array>

#include <tile/front/host_tensor.h>

namespace tessera::tile::front {

Value Evaluator::eval(const Expr& expr) {
    if (step_limit_ != 0 && ++steps_ > step_limit_) {
        fail("tile-too-long", expr.span, "evaluating this script takes too many steps");
    }
    switch (expr.kind) {
        case ExprKind::Name:
            return look_up(expr.text, expr.span);
        case ExprKind::None:
            return none();
        case ExprKind::True:
            return true;
        case ExprKind::False:
            return false;
        case ExprKind::Ellipsis:
            return EllipsisValue{};
        case ExprKind::Int:
            if (!expr.text.empty()) {
                fail("tile-integer", expr.span, expr.text + " does not fit 64 bits");
            }
            return expr.int_value;
        case ExprKind::Float:
            return expr.float_value;
        case ExprKind::String:
            return expr.text;
        case ExprKind::FString:
            return eval_f_string(expr);
        case ExprKind::Tuple:
            return tuple(eval_items(expr.items));
        case ExprKind::List:
            return list(eval_items(expr.items));
        case ExprKind::Set: {
            SetValue set{std::make_shared<Values>()};
            for (Value& one : eval_items(expr.items)) {
                if (std::ranges::none_of(*set.items, [&](const Value& other) { return equal(one, other); })) {
                    set.items->push_back(std::move(one));
                }
            }
            return set;
        }
        case ExprKind::Dict: {
            DictValue made{std::make_shared<std::vector<std::pair<Value, Value>>>()};
            for (size_t i = 0; i < expr.items.size(); i += 2) {
                const Value value = eval(*expr.items[i + 1]);
                if (expr.items[i] != nullptr) {
                    insert(made, eval(*expr.items[i]), value);
                } else if (const auto* other = value.get<DictValue>()) {
                    for (const auto& [key, one] : *other->items) {
                        insert(made, key, one);
                    }
                } else {
                    fail("tile-type", expr.items[i + 1]->span, "** takes a dict, not " + type_name(value));
                }
            }
            return made;
        }
        case ExprKind::ListComp:
        case ExprKind::SetComp:
        case ExprKind::Generator:
        case ExprKind::DictComp:
            return eval_comprehension(expr);
        case ExprKind::Unary:
            return unary(expr.text, eval(*expr.items[0]), expr.span);
        case ExprKind::Binary: {
            const Value left = eval(*expr.items[0]);
            return binary(expr.text, left, eval(*expr.items[1]), expr.span);
        }
        case ExprKind::BoolOp:
            return eval_bool_op(expr);
        case ExprKind::Compare:
            return eval_compare(expr);
        case ExprKind::Conditional:
            return eval_conditional(expr);
        case ExprKind::Lambda: {
            auto function = std::make_shared<FunctionData>();
            function->name = "<lambda>";
            function->lambda = &expr;
            function->closure = env_;
            function->span = expr.span;
            for (const Parameter& one : expr.parameters) {
                function->fallbacks.push_back(one.fallback == nullptr ? Value() : eval(*one.fallback));
                function->annotations.emplace_back();
            }
            return FunctionValue{function};
        }
        case ExprKind::Call:
            return eval_call(expr);
        case ExprKind::Attribute:
            return attribute(eval(*expr.items[0]), expr.text, expr.span);
        case ExprKind::Subscript: {
            const Value object = eval(*expr.items[0]);
            return subscript(object, eval(*expr.items[1]), expr.span);
        }
        case ExprKind::Slice: {
            std::array<Value, 3> bounds;
            for (size_t i = 0; i < 3; ++i) {
                bounds[i] = expr.items[i] == nullptr ? none() : eval(*expr.items[i]);
            }
            return SliceValue{std::make_shared<const std::array<Value, 3>>(std::move(bounds))};
        }
        case ExprKind::Named: {
            const Value value = eval(*expr.items[1]);
            assign_name(expr.items[0]->text, value, expr.span);
            return look_up(expr.items[0]->text, expr.span);
        }
        case ExprKind::Starred:
            fail("tile-unsupported", expr.span, "* cannot stand here");
        case ExprKind::Bytes:
        case ExprKind::Imaginary:
            if (lenient_) {
                return opaque("a constant", expr.span);
            }
            fail("tile-unsupported", expr.span,
                 expr.kind == ExprKind::Bytes ? "bytes have no meaning in a kernel"
                                              : "complex numbers have no meaning in a kernel");
        case ExprKind::Yield:
        case ExprKind::YieldFrom:
        case ExprKind::Await:
        case ExprKind::Field:
            if (lenient_) {
                return opaque("a generator", expr.span);
            }
            fail("tile-unsupported", expr.span, "generators and coroutines have no meaning in a kernel");
    }
    return none();
}

Values Evaluator::eval_items(const std::vector<Expr*>& items) {
    Values values;
    values.reserve(items.size());
    for (const Expr* item : items) {
        if (item->kind == ExprKind::Starred) {
            for (Value& one : iterate(eval(*item->items[0]), item->span)) {
                values.push_back(std::move(one));
            }
        } else {
            values.push_back(eval(*item));
        }
    }
    return values;
}

Value Evaluator::eval_call(const Expr& expr) {
    const Expr& callee = *expr.items[0];
    const Value function = eval(callee);
    Call call;
    call.span = expr.span;
    call.name = callee.kind == ExprKind::Name || callee.kind == ExprKind::Attribute ? callee.text : "this function";
    for (size_t i = 1; i < expr.items.size(); ++i) {
        const Expr& item = *expr.items[i];
        if (item.kind == ExprKind::Starred) {
            const Value many = eval(*item.items[0]);
            if (lenient_ && many.is<OpaqueValue>()) {
                continue;
            }
            for (Value& one : iterate(many, item.span)) {
                call.positional.push_back(std::move(one));
                call.places.push_back(item.span);
            }
        } else {
            call.positional.push_back(eval(item));
            call.places.push_back(item.span);
        }
    }
    for (const Keyword& one : expr.keywords) {
        Value value = eval(*one.value);
        if (!one.name.empty()) {
            call.keywords.emplace_back(one.name, std::move(value));
            call.keyword_places.push_back(one.span);
        } else if (const auto* many = value.get<DictValue>()) {
            for (const auto& [key, entry] : *many->items) {
                call.keywords.emplace_back(str(key), entry);
                call.keyword_places.push_back(one.span);
            }
        } else if (!lenient_) {
            fail("tile-type", one.span, "** takes a dict, not " + type_name(value));
        }
    }
    return call_value(function, call);
}

Value Evaluator::eval_compare(const Expr& expr) {
    Value left = eval(*expr.items[0]);
    Value result;
    for (size_t i = 0; i < expr.operators.size(); ++i) {
        const Value right = eval(*expr.items[i + 1]);
        const Value one = compare(expr.operators[i], left, right, expr.span);
        if (!result.set()) {
            result = one;
        } else {
            const std::optional<bool> before = truth(result);
            if (before && !staged(result)) {
                result = *before ? one : result;
            } else {
                result = ir::make(ir::Op::And, {to_bool(result, expr.span), to_bool(one, expr.span)}, expr.span);
            }
        }
        if (truth(result) == false && !staged(result)) {
            return result;
        }
        left = right;
    }
    return result;
}

Value Evaluator::eval_bool_op(const Expr& expr) {
    const bool both = expr.text == "and";
    Value left = eval(*expr.items[0]);
    if (!staged(left) && !left.is<OpaqueValue>() && !left.is<TensorValue>()) {
        const std::optional<bool> known = truth(left);
        if (known) {
            return *known == both ? eval(*expr.items[1]) : left;
        }
    }
    const Value right = eval(*expr.items[1]);
    if (lenient_ && (left.is<OpaqueValue>() || right.is<OpaqueValue>())) {
        return opaque("a condition", expr.span);
    }
    const std::optional<bool> known = staged(right) ? std::nullopt : truth(right);
    if (known && !right.is<OpaqueValue>()) {
        if (*known == both) {
            return Value(to_bool(left, expr.span));
        }
        return *known;
    }
    return ir::make(both ? ir::Op::And : ir::Op::Or,
                    {to_bool(left, expr.items[0]->span), to_bool(right, expr.items[1]->span)}, expr.span);
}

Value Evaluator::eval_conditional(const Expr& expr) {
    const Value condition = eval(*expr.items[0]);
    if (staged(condition) && !truth(condition)) {
        const Value yes = eval(*expr.items[1]);
        const Value no = eval(*expr.items[2]);
        const auto [a, b] = same_type(yes, no, expr.span);
        return ir::make(ir::Op::Select, {to_bool(condition, expr.items[0]->span), a, b}, expr.span);
    }
    if (lenient_ && !truth(condition)) {
        Value yes = eval(*expr.items[1]);
        return yes.is<OpaqueValue>() || yes.is<NoneValue>() ? eval(*expr.items[2]) : yes;
    }
    return eval(*expr.items[decide(condition, expr.items[0]->span) ? 1 : 2]);
}

bool Evaluator::decide(const Value& value, Span span) {
    if (value.is<OpaqueValue>() || (value.is<TensorValue>() && !truth(value))) {
        fail("tile-unknown-value", span, "whether " + type_name(value) + " is true is not known while compiling",
             "give the value it depends on with --arg");
    }
    const std::optional<bool> known = truth(value);
    if (!known) {
        fail("tile-run-time-condition", span,
             "this condition is known at run time only, and it decides what the "
             "kernel is");
    }
    return *known;
}

Value Evaluator::eval_f_string(const Expr& expr) {
    std::string out;
    for (const Expr* piece : expr.items) {
        if (piece->kind != ExprKind::Field) {
            out += piece->text;
            continue;
        }
        const Value value = eval(*piece->items[0]);
        const std::string spec = piece->items[1] == nullptr ? "" : str(eval_f_string(*piece->items[1]));
        if (piece->text == "r") {
            out += format(repr(value), spec, piece->span);
        } else {
            out += format(value, spec, piece->span);
        }
    }
    return out;
}

void Evaluator::comprehend(const Expr& expr, size_t clause, const std::function<void()>& visit) {
    if (clause == expr.clauses.size()) {
        visit();
        return;
    }
    const Clause& one = expr.clauses[clause];
    const Value iterable = eval(*one.iterable);
    for (const Value& item : iterate(iterable, one.iterable->span)) {
        if (step_limit_ != 0 && ++steps_ > step_limit_) {
            fail("tile-too-long", expr.span, "evaluating this script takes too many steps");
        }
        // The variables of a comprehension are its own.
        const auto place = [&](auto& self, const Expr& target, const Value& value) -> void {
            if (target.kind == ExprKind::Name) {
                env_->names.insert_or_assign(target.text, Slot{value, static_cast<uint32_t>(scopes_.size())});
                return;
            }
            const Values parts = iterate(value, target.span);
            if (parts.size() != target.items.size()) {
                fail("tile-unpack", target.span,
                     std::to_string(parts.size()) + " values for " + std::to_string(target.items.size()) + " names");
            }
            for (size_t i = 0; i < parts.size(); ++i) {
                self(self, *target.items[i], parts[i]);
            }
        };
        place(place, *one.target, item);
        bool taken = true;
        for (const Expr* condition : one.conditions) {
            const Value value = eval(*condition);
            taken = taken && (lenient_ && !truth(value) ? true : decide(value, condition->span));
            if (!taken) {
                break;
            }
        }
        if (taken) {
            comprehend(expr, clause + 1, visit);
        }
    }
}

Value Evaluator::eval_comprehension(const Expr& expr) {
    const Env before = env_;
    env_ = std::make_shared<Environment>();
    env_->parent = before;
    env_->inner = true;
    Values items;
    DictValue made{std::make_shared<std::vector<std::pair<Value, Value>>>()};
    try {
        comprehend(expr, 0, [&] {
            if (expr.kind == ExprKind::DictComp) {
                const Value key = eval(*expr.items[0]);
                insert(made, key, eval(*expr.items[1]));
            } else {
                Value value = eval(*expr.items[0]);
                if (expr.kind != ExprKind::SetComp ||
                    std::ranges::none_of(items, [&](const Value& other) { return equal(value, other); })) {
                    items.push_back(std::move(value));
                }
            }
        });
    } catch (...) {
        env_ = before;
        throw;
    }
    env_ = before;
    if (expr.kind == ExprKind::DictComp) {
        return made;
    }
    if (expr.kind == ExprKind::SetComp) {
        return SetValue{std::make_shared<Values>(std::move(items))};
    }
    return list(std::move(items));
}

Values Evaluator::iterate(const Value& value, Span span) {
    if (const Values* items = items_of(value)) {
        return *items;
    }
    if (const auto* range = value.get<RangeValue>()) {
        Values items;
        for (int64_t i = range->begin; range->step > 0 ? i < range->end : i > range->end; i += range->step) {
            items.emplace_back(i);
            if (items.size() > 10'000'000) {
                fail("tile-too-long", span, "this range is too long to be followed while compiling");
            }
        }
        return items;
    }
    if (const auto* d = value.get<DictValue>()) {
        Values keys;
        for (const auto& [key, one] : *d->items) {
            keys.push_back(key);
        }
        return keys;
    }
    if (const auto* text = value.get<std::string>()) {
        Values letters;
        for (const char c : *text) {
            letters.emplace_back(std::string(1, c));
        }
        return letters;
    }
    if (const auto* type = value.get<ir::DType>()) {
        return iterate(std::string(ir::name_of(*type)), span);
    }
    if (const auto* tensor = value.get<TensorValue>(); tensor != nullptr && !tensor->data->shape.empty()) {
        const auto* count = tensor->data->shape[0].get<int64_t>();
        Values parts;
        for (int64_t i = 0; count != nullptr && *count <= 65536 && i < *count; ++i) {
            parts.push_back(tensor_index(*tensor->data, i, span));
        }
        if (count != nullptr && *count <= 65536) {
            return parts;
        }
    }
    if (value.is<OpaqueValue>()) {
        fail("tile-unknown-value", span, type_name(value) + " is not known here, so nothing can go over it");
    }
    fail("tile-type", span, "nothing can go over " + type_name(value));
}

namespace {

/// Python's index into so many elements; nothing when out of range.
std::optional<size_t> position(int64_t index, size_t size) {
    const int64_t at = index < 0 ? index + static_cast<int64_t>(size) : index;
    return at < 0 || at >= static_cast<int64_t>(size) ? std::nullopt : std::optional(static_cast<size_t>(at));
}

}  // namespace

Value Evaluator::subscript(const Value& object, const Value& index, Span span) {
    if (const auto* buffer = object.get<ir::Buffer>()) {
        return buffer_element(*buffer, index, span);
    }
    if (const auto* element = object.get<ElementValue>()) {
        return narrowed(*element->data, index, span);
    }
    if (const auto* cell = object.get<CellValue>()) {
        return buffer_element(cell->buffer, index, span);
    }
    if (object.is<OpaqueValue>()) {
        const auto& unknown = *object.get<OpaqueValue>();
        OpaqueValue element{std::make_shared<const std::string>("an element of " + *unknown.what), span, unknown.hint};
        element.barrier = unknown.barrier;
        return element;
    }
    if (const auto* tensor = object.get<TensorValue>()) {
        return tensor_index(*tensor->data, index, span);
    }
    if (const auto* one = object.get<BuiltinValue>()) {
        // T.Tensor[(M, N), dtype] and list[int].
        if (one->name.starts_with("T.") && items_of(index) != nullptr) {
            Call call;
            call.name = one->name;
            call.positional = *items_of(index);
            call.places.assign(call.positional.size(), span);
            call.span = span;
            return call_builtin(one->name, call);
        }
        return opaque(one->name, span);
    }
    if (const auto* d = object.get<DictValue>()) {
        if (const Value* found = find(*d, index)) {
            return *found;
        }
        fail("tile-key", span, "the dict has no key " + repr(index));
    }
    const Values* items = items_of(object);
    const auto* text = object.get<std::string>();
    const auto* range = object.get<RangeValue>();
    Values spread;
    if (range != nullptr) {
        spread = iterate(object, span);
        items = &spread;
    }
    if (object.is<SetValue>() || (items == nullptr && text == nullptr)) {
        fail("tile-type", span, type_name(object) + " has no elements to be indexed");
    }
    const size_t size = items != nullptr ? items->size() : text->size();
    if (const auto* slice = index.get<SliceValue>()) {
        const int64_t step = (*slice->bounds)[2].is<NoneValue>() ? 1 : to_int((*slice->bounds)[2], span, "a step");
        if (step == 0) {
            fail("tile-index", span, "the step of a slice is 0");
        }
        const auto clamp = [&](const Value& bound, int64_t fallback) {
            if (bound.is<NoneValue>()) {
                return fallback;
            }
            const int64_t given = to_int(bound, span, "a bound of a slice");
            const int64_t at = given < 0 ? given + static_cast<int64_t>(size) : given;
            return std::clamp<int64_t>(at, step > 0 ? 0 : -1, static_cast<int64_t>(size) - (step > 0 ? 0 : 1));
        };
        const int64_t begin = clamp((*slice->bounds)[0], step > 0 ? 0 : static_cast<int64_t>(size) - 1);
        const int64_t end = clamp((*slice->bounds)[1], step > 0 ? static_cast<int64_t>(size) : -1);
        Values taken;
        std::string letters;
        for (int64_t i = begin; step > 0 ? i < end : i > end; i += step) {
            if (items != nullptr) {
                taken.push_back((*items)[static_cast<size_t>(i)]);
            } else {
                letters += (*text)[static_cast<size_t>(i)];
            }
        }
        if (text != nullptr) {
            return letters;
        }
        return object.is<TupleValue>() ? tuple(std::move(taken)) : list(std::move(taken));
    }
    if (staged(index)) {
        fail("tile-run-time-index", span,
             "the elements of " + type_name(object) + " exist while compiling only, and this index at run time only",
             "go over the elements themselves, or pass them in a tensor");
    }
    if (lenient_ && !index.is<int64_t>() && !index.is<bool>()) {
        return opaque("an element", span);
    }
    const std::optional<size_t> at = position(to_int(index, span, "an index"), size);
    if (!at) {
        fail("tile-index", span, "index " + repr(index) + " is outside of " + std::to_string(size) + " elements");
    }
    return items != nullptr ? (*items)[*at] : Value(std::string(1, (*text)[*at]));
}

}  // namespace tessera::tile::front
