// Element types of the tile language, and source places.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tessera::tile {

/// A place in a script: line and column count from 1; line 0 when unknown. `file` is an index into Kernel::files.
struct Span {
    uint32_t line = 0;
    uint32_t column = 0;
    uint16_t file = 0;
    friend bool operator==(const Span&, const Span&) = default;
};

namespace ir {

/// TileLang's element types that have a meaning on Tensix; BlockFloat8 and BlockFloat4 are Tenstorrent's bfp8_b,
/// bfp4_b.
enum class DType : uint8_t {
    Bool,
    Int8,
    Int16,
    Int32,
    Int64,
    UInt8,
    UInt16,
    UInt32,
    UInt64,
    Float16,
    BFloat16,
    Float32,
    Float64,
    Float8E4M3,
    Float8E5M2,
    BlockFloat8,
    BlockFloat4,
};

/// "float16", "bfloat16", "int32", "bool", "float8_e4m3", "bfp8", ...: as IR dumps print them.
std::string_view name_of(DType type);
/// The type of a name as scripts write it: also "float", "half", "float8_e4m3fn", "e4m3_float8", "fp16", "bf16", "int".
std::optional<DType> dtype_from_name(std::string_view name);
bool is_float(DType type);     ///< block floats too
bool is_int(DType type);       ///< Bool is none
bool is_signed(DType type);    ///< of integers
unsigned bits_of(DType type);  ///< of one element; of block floats the element's own bits, 8 and 4, without exponents

}  // namespace ir
}  // namespace tessera::tile
