// Tensors of a script's host side: shapes and element types, and of those whose elements follow from the script itself
// (tables of offsets, masks, indices) the elements too. Nothing here is arithmetic of a kernel.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tile/front/evaluator.h>

namespace tessera::tile::front {

using Numbers = std::vector<double>;
using Shape = std::vector<int64_t>;

/// Elements are followed in tensors up to this size; of greater ones, the shape only.
inline constexpr int64_t most_elements = int64_t{1} << 20;

/// Elements that were made since it was set to 0. Beyond a bound no more are, so that following a script takes no
/// longer than a moment whatever it does.
int64_t& work_on_tensors();

Value make_tensor(Values shape, std::optional<ir::DType> dtype);
/// The same with elements in row-major order, as many as the shape has.
Value make_tensor(const Shape& shape, std::optional<ir::DType> dtype, Numbers numbers);

/// The shape, where every dimension is known.
std::optional<Shape> shape_of(const TensorData& tensor);
int64_t count_of(const Shape& shape);
/// The elements, made now if the tensor is constant or random; null where they are not known, or too many.
std::shared_ptr<const Numbers> numbers_of(const TensorData& tensor);

const Value* keyword(const Call& call, std::string_view name);
/// Sizes given as arguments from `from` on, or as one sequence.
Values sizes(const Values& args, size_t from = 0);

/// left op right where one is a tensor: an arithmetic operator, a comparison, or one of & | ^. Shapes are broadcast.
Value tensor_binary(std::string_view op, const Value& left, const Value& right, Span span);
Value tensor_unary(std::string_view op, const TensorValue& operand);
/// tensor[index], with numbers, slices, None, ... and masks.
Value tensor_index(const TensorData& tensor, const Value& index, Span span);
/// Stores into tensor[index], where the elements are known; what is not, makes all of them unknown.
void tensor_store(const TensorValue& tensor, const Value& index, const Value& value);

/// tensor.NAME(...); nothing if there is none of that name here.
std::optional<Value> tensor_method(const TensorValue& tensor, const std::string& name, const Call& call);
/// torch.NAME(...) that makes a tensor of numbers; nothing likewise.
std::optional<Value> torch_function(const std::string& name, const Call& call);
/// einops.rearrange, repeat and reduce.
std::optional<Value> einops_function(const std::string& name, const Call& call);

}  // namespace tessera::tile::front
