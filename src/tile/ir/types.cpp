#include <tile/ir/types.h>

#include <array>
#include <utility>

namespace tessera::tile::ir {
namespace {

struct TypeInfo {
    DType type;
    std::string_view name;
    unsigned bits;
    enum class Kind : uint8_t { Bool, Signed, Unsigned, Float } kind;
};

constexpr std::array<TypeInfo, 17> types{{
    {DType::Bool, "bool", 8, TypeInfo::Kind::Bool},
    {DType::Int8, "int8", 8, TypeInfo::Kind::Signed},
    {DType::Int16, "int16", 16, TypeInfo::Kind::Signed},
    {DType::Int32, "int32", 32, TypeInfo::Kind::Signed},
    {DType::Int64, "int64", 64, TypeInfo::Kind::Signed},
    {DType::UInt8, "uint8", 8, TypeInfo::Kind::Unsigned},
    {DType::UInt16, "uint16", 16, TypeInfo::Kind::Unsigned},
    {DType::UInt32, "uint32", 32, TypeInfo::Kind::Unsigned},
    {DType::UInt64, "uint64", 64, TypeInfo::Kind::Unsigned},
    {DType::Float16, "float16", 16, TypeInfo::Kind::Float},
    {DType::BFloat16, "bfloat16", 16, TypeInfo::Kind::Float},
    {DType::Float32, "float32", 32, TypeInfo::Kind::Float},
    {DType::Float64, "float64", 64, TypeInfo::Kind::Float},
    {DType::Float8E4M3, "float8_e4m3", 8, TypeInfo::Kind::Float},
    {DType::Float8E5M2, "float8_e5m2", 8, TypeInfo::Kind::Float},
    {DType::BlockFloat8, "bfp8", 8, TypeInfo::Kind::Float},
    {DType::BlockFloat4, "bfp4", 4, TypeInfo::Kind::Float},
}};

constexpr std::pair<std::string_view, DType> other_names[] = {
    {"float", DType::Float32},
    {"half", DType::Float16},
    {"double", DType::Float64},
    {"int", DType::Int32},
    {"uint", DType::UInt32},
    {"long", DType::Int64},
    {"short", DType::Int16},
    {"char", DType::Int8},
    {"uchar", DType::UInt8},
    {"fp16", DType::Float16},
    {"bf16", DType::BFloat16},
    {"fp32", DType::Float32},
    {"float8_e4m3fn", DType::Float8E4M3},
    {"e4m3_float8", DType::Float8E4M3},
    {"e5m2_float8", DType::Float8E5M2},
    {"bfp8_b", DType::BlockFloat8},
    {"bfp4_b", DType::BlockFloat4},
};

const TypeInfo& info(DType type) {
    return types[static_cast<size_t>(type)];
}

}  // namespace

std::string_view name_of(DType type) {
    return info(type).name;
}

std::optional<DType> dtype_from_name(std::string_view name) {
    for (const TypeInfo& one : types) {
        if (one.name == name) {
            return one.type;
        }
    }
    for (const auto& [other, type] : other_names) {
        if (other == name) {
            return type;
        }
    }
    return std::nullopt;
}

bool is_float(DType type) {
    return info(type).kind == TypeInfo::Kind::Float;
}

bool is_int(DType type) {
    return info(type).kind == TypeInfo::Kind::Signed || info(type).kind == TypeInfo::Kind::Unsigned;
}

bool is_signed(DType type) {
    return info(type).kind == TypeInfo::Kind::Signed;
}

unsigned bits_of(DType type) {
    return info(type).bits;
}

}  // namespace tessera::tile::ir
