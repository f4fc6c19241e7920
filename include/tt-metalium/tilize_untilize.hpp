// The in-place conversions of older programs.
#pragma once

#include <cstdint>
#include <vector>

#include <tt-metalium/bfloat16.hpp>
#include <tt-metalium/tilize_utils.hpp>

/// Row-major matrices of m rows and n columns to tiles with faces.
template <typename T>
void tilize(std::vector<T>& input, uint32_t m, uint32_t n) {
    input = tilize_nfaces<T>(input, m, n);
}

/// Tiles with faces to row-major.
template <typename T>
void untilize(std::vector<T>& input, uint32_t m, uint32_t n) {
    input = untilize_nfaces<T>(input, m, n);
}
