// What functions of tensors of a script's host side have in common.
#pragma once

#include <functional>

#include <tile/front/host_tensor.h>

namespace tessera::tile::front {

/// A whole number, from what Python takes for one.
std::optional<int64_t> integer(const Value* value);
std::optional<double> real(const Value& value);
/// An element type, given as torch's or Python's.
std::optional<ir::DType> type_of(const Value& value);
/// The keyword dtype of a call.
std::optional<ir::DType> type_given(const Call& call, std::optional<ir::DType> otherwise);
Value shared(TensorData data);
/// A dimension's number, from behind where it is negative; nothing if the tensor has none of that number.
std::optional<size_t> axis_of(const Value* value, size_t rank);
/// Its argument `name`, given by keyword or at a place.
const Value* argument(const Call& call, size_t place, std::string_view name);

/// A tensor with the dimensions `order` of the given one.
Value permuted(const TensorData& self, const std::vector<size_t>& order);
/// The same elements in another shape, in which one dimension may be -1.
Value reshaped(const TensorData& self, Values shape);
/// torch.cat and torch.stack.
Value joined(const Values& tensors, const Value* dim, bool stack, Span span);
/// Each dimension so often, new ones in front.
Value repeated(const TensorData& self, const Values& times);
/// Dimensions of one element repeated, without new elements.
Value expanded(const TensorData& self, Values shape);
/// Each element on its own.
Value mapped(const TensorData& self, std::optional<ir::DType> type, const std::function<double(double)>& of);
Value converted(const TensorData& self, std::optional<ir::DType> type);

/// The element type that a reduction gives.
std::optional<ir::DType> reduced_type(const std::string& op, std::optional<ir::DType> type);
/// sum, max, any, argmax, ... along a dimension or all; nothing where the call means something else.
std::optional<Value> reduce(const TensorData& self, const std::string& op, const Call& call);
/// Each line along a dimension changed, to `extent` elements if that is given.
Value line_by_line(const TensorData& self, size_t axis, std::optional<ir::DType> type, std::optional<int64_t> extent,
                   const std::function<void(Numbers&)>& change);
/// A line's places in the order of its elements.
void arguments_in_order(Numbers& line, bool descending);
/// sort, argsort and topk.
std::optional<Value> ordered(const TensorData& self, const std::string& name, const Call& call);

/// Methods that give the elements of a tensor in another shape, or some of them.
std::optional<Value> shape_method(const TensorValue& tensor, const std::string& name, const Call& call);

}  // namespace tessera::tile::front
