// NumPy's .npy files (format 1.0 to 3.0), read and written; and inputs made from a seed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <tile/interpret/array.h>

namespace tessera::tile::interpret {

/// The array in a file's bytes. Booleans, integers of 8 to 64 bits and floating point of 16, 32 and 64 bits of either
/// byte order, C or Fortran order; `|V2` and `<V2` are bfloat16, `|V1` is an 8-bit float, as NumPy writes those of
/// ml_dtypes: then `expected` says which. Throws tessera::Error (tile-npy) that names `path` and what is wrong.
Array parse_npy(std::string_view bytes, const std::string& path, std::optional<ir::DType> expected = std::nullopt);
Array read_npy(const std::string& path, std::optional<ir::DType> expected = std::nullopt);

/// The bytes of a file of format 1.0: little-endian, C order. Types that NumPy lacks are written as float32, whose
/// values hold them.
std::string npy_bytes(const Array& array);
/// Throws tessera::Error (tile-npy) for a file that cannot be written.
void write_npy(const std::string& path, const Array& array);

/// Values for a tensor: floating point is normally distributed with mean 0 and deviation 1; integers are uniform in
/// [range.first, range.second), by default [0, 8); Bool is either. The same seed gives the same values on all machines.
Array generate(ir::DType dtype, std::vector<int64_t> shape, uint64_t seed,
               std::optional<std::pair<int64_t, int64_t>> range = std::nullopt);

}  // namespace tessera::tile::interpret
