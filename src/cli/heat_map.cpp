// Errors over the tiles of a buffer as a picture.
#include <png.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstring>

#include "numerics.h"

namespace tessera::cli {
namespace {

using Color = std::array<uint8_t, 3>;

/// Dark blue, violet, red, orange, pale yellow: grows in brightness, so that it also reads in grey.
constexpr std::array<Color, 6> ramp = {
    {{13, 8, 60}, {84, 15, 109}, {158, 40, 100}, {219, 80, 59}, {250, 155, 6}, {252, 250, 190}}};
constexpr Color unknown = {128, 128, 128};

Color color_of(double error) {
    const double lowest = -6;
    const double level = error <= 0 ? 0 : std::clamp((std::log10(error) - lowest) / -lowest, 0.0, 1.0);
    const double at = level * (ramp.size() - 1);
    const auto below = std::min(static_cast<size_t>(at), ramp.size() - 2);
    const double part = at - static_cast<double>(below);
    Color color{};
    for (size_t i = 0; i < 3; ++i) {
        color[i] = static_cast<uint8_t>(std::lround(ramp[below][i] * (1 - part) + ramp[below + 1][i] * part));
    }
    return color;
}

void append(png_structp png, png_bytep data, size_t bytes) {
    auto* to = static_cast<std::vector<uint8_t>*>(png_get_io_ptr(png));
    to->insert(to->end(), data, data + bytes);
}

}  // namespace

unsigned cells_across(size_t n, unsigned across) {
    if (across != 0 || n == 0) {
        return std::max(1u, across);
    }
    auto width = static_cast<size_t>(std::ceil(std::sqrt(static_cast<double>(n))));
    const size_t square = width;
    while (n % width != 0) {
        ++width;
    }
    // A prime number of tiles has no rectangle worth looking at.
    return static_cast<unsigned>(width > square * 4 ? square : width);
}

std::string heat_color(double error) {
    const Color c = color_of(error);
    char text[16];
    std::snprintf(text, sizeof(text), "#%02x%02x%02x", c[0], c[1], c[2]);
    return text;
}

std::vector<uint8_t> heat_map_png(const Json& cells, unsigned across) {
    const size_t n = std::max<size_t>(1, cells.size());
    const size_t columns = std::min<size_t>(n, cells_across(n, across)), rows = (n + columns - 1) / columns;
    const size_t size = std::clamp<size_t>(512 / std::max(columns, rows), 1, 32);  // pixels of a cell
    const size_t width = columns * size, height = rows * size;
    std::vector<uint8_t> line(width * 3), image;
    std::vector<std::vector<uint8_t>> lines;
    for (size_t r = 0; r < rows; ++r) {
        for (size_t c = 0; c < columns; ++c) {
            const size_t i = r * columns + c;
            const Color color = i < cells.size() && cells[i].is_number() ? color_of(cells[i].get<double>()) : unknown;
            for (size_t x = 0; x < size; ++x) {
                std::copy(color.begin(), color.end(), line.begin() + static_cast<std::ptrdiff_t>((c * size + x) * 3));
            }
        }
        lines.insert(lines.end(), size, line);
    }
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, nullptr, nullptr);
    png_infop info = png != nullptr ? png_create_info_struct(png) : nullptr;
    if (info == nullptr) {
        png_destroy_write_struct(&png, nullptr);
        return {};
    }
    png_set_write_fn(png, &image, append, nullptr);
    png_set_IHDR(png, info, static_cast<png_uint_32>(width), static_cast<png_uint_32>(height), 8, PNG_COLOR_TYPE_RGB,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (std::vector<uint8_t>& row : lines) {
        png_write_row(png, row.data());
    }
    png_write_end(png, nullptr);
    png_destroy_write_struct(&png, &info);
    return image;
}

}  // namespace tessera::cli
