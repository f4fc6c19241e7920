// Tensors of numbers on the host, as the interpreter, .npy files and generated inputs have them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <tile/ir/types.h>

namespace tessera::tile::interpret {

/// The elements as float64, row-major; of integers exact up to 2^53 in magnitude. dtype says what they mean where they
/// are stored: values need not be rounded to it.
struct Array {
    ir::DType dtype = ir::DType::Float32;
    std::vector<int64_t> shape;
    std::vector<double> values;

    int64_t elements() const {
        int64_t count = 1;
        for (const int64_t extent : shape) {
            count *= extent;
        }
        return count;
    }
};

/// By the names of tensors.
using Arrays = std::map<std::string, Array, std::less<>>;

/// Rounds all elements to the array's type; block floats in blocks of 16 along the last dimension.
void round_values(Array& array);

}  // namespace tessera::tile::interpret
