#include <tile/emit/movement_text.h>

#include <string_view>
#include <vector>

namespace tessera::tile::emit {

namespace {

struct Helper {
    std::string_view name;
    std::vector<std::string_view> needs;
    std::string_view text;
};

const std::vector<Helper>& helpers() {
    static const std::vector<Helper> all = {
        {"element_at",
         {},
         R"(/// The place of element (row, column) in a tile: four faces of 16 x 16, row by row.
inline uint32_t element_at(uint32_t row, uint32_t column) {
    return (row / 16 * 2 + column / 16) * 256 + row % 16 * 16 + column % 16;
}
)"},
        {"fill_with_zeros",
         {},
         R"(inline void fill_with_zeros(uint32_t address, uint32_t bytes) {
    auto* words = reinterpret_cast<tt_l1_ptr uint32_t*>(address);
    for (uint32_t i = 0; i < bytes / 4; ++i) {
        words[i] = 0;
    }
}
)"},
        {"fill_ones",
         {},
         R"(/// A bfloat16 tile of ones.
inline void fill_ones(uint32_t address) {
    auto* words = reinterpret_cast<tt_l1_ptr uint32_t*>(address);
    for (uint32_t i = 0; i < 512; ++i) {
        words[i] = 0x3f803f80;
    }
}
)"},
        {"small_bfloat16",
         {},
         R"(/// The bits of a small number as bfloat16.
inline uint16_t small_bfloat16(uint32_t number) {
    uint32_t exponent = 0;
    while (number >> (exponent + 1) != 0) {
        ++exponent;
    }
    return number == 0 ? 0 : static_cast<uint16_t>((127 + exponent) << 7 | ((number << (7 - exponent)) & 0x7f));
}
)"},
        {"fill_row_index",
         {"small_bfloat16"},
         R"(/// A bfloat16 tile whose elements are their row.
inline void fill_row_index(uint32_t address) {
    auto* words = reinterpret_cast<tt_l1_ptr uint32_t*>(address);
    for (uint32_t row = 0; row < 32; ++row) {
        const uint32_t pair = small_bfloat16(row) * 0x10001u;
        auto* left = words + row / 16 * 256 + row % 16 * 8;
        for (uint32_t i = 0; i < 8; ++i) {
            left[i] = pair;
            left[128 + i] = pair;
        }
    }
}
)"},
        {"fill_column_index",
         {"small_bfloat16"},
         R"(/// A bfloat16 tile whose elements are their column.
inline void fill_column_index(uint32_t address) {
    auto* words = reinterpret_cast<tt_l1_ptr uint32_t*>(address);
    for (uint32_t column = 0; column < 32; column += 2) {
        const uint32_t pair = small_bfloat16(column) | static_cast<uint32_t>(small_bfloat16(column + 1)) << 16;
        auto* upper = words + column / 16 * 128 + column % 16 / 2;
        for (uint32_t row = 0; row < 16; ++row) {
            upper[row * 8] = pair;
            upper[256 + row * 8] = pair;
        }
    }
}
)"},
        {"read_word",
         {},
         R"(/// One 32-bit number of a tensor whose pages are rows of words, or 0 outside of it; 64 bytes at `scratch` are used.
template <class Tensor>
inline int32_t read_word(const Tensor& tensor, uint32_t page, uint32_t index, uint32_t scratch, bool inside = true) {
    if (!inside) {
        return 0;
    }
    noc_async_read(tensor.get_noc_addr(page, index / 16 * 64), scratch, 64);
    noc_async_read_barrier();
    return static_cast<int32_t>(reinterpret_cast<tt_l1_ptr uint32_t*>(scratch)[index % 16]);
}
)"},
        {"load_word",
         {},
         R"(/// A 32-bit number at an address of L1.
inline uint32_t load_word(uint32_t address) {
    return *reinterpret_cast<tt_l1_ptr uint32_t*>(address);
}
)"},
        {"store_word",
         {},
         R"(inline void store_word(uint32_t address, int32_t value) {
    *reinterpret_cast<tt_l1_ptr uint32_t*>(address) = static_cast<uint32_t>(value);
}
)"},
        {"multicast_block",
         {},
         R"(/// Sends a block to the same address of all cores of a rectangle, once each of them has said that it has room, and then
/// the flag that says that it has arrived.
inline void multicast_block(uint32_t address, uint32_t bytes, uint32_t from_x, uint32_t from_y, uint32_t to_x,
                            uint32_t to_y, uint32_t receivers, uint32_t ready_id, uint32_t valid_id) {
    const uint32_t ready = get_semaphore(ready_id);
    const uint32_t valid = get_semaphore(valid_id);
    noc_semaphore_wait(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready), receivers);
    noc_semaphore_set(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(ready), 0);
    noc_async_write_multicast(address, get_noc_multicast_addr(from_x, from_y, to_x, to_y, address), bytes, receivers);
#ifdef ARCH_BLACKHOLE
    noc_async_writes_flushed();  // there the flag could overtake the data
#endif
    noc_semaphore_set(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(valid), VALID);
    noc_semaphore_set_multicast(valid, get_noc_multicast_addr(from_x, from_y, to_x, to_y, valid), receivers);
}
)"},
        {"receive_block",
         {},
         R"(/// Says that there is room, and waits until the sender's block has arrived.
inline void receive_block(uint32_t sender_x, uint32_t sender_y, uint32_t ready_id, uint32_t valid_id) {
    auto* valid = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(valid_id));
    noc_semaphore_set(valid, INVALID);
    noc_semaphore_inc(get_noc_addr(sender_x, sender_y, get_semaphore(ready_id)), 1);
    noc_semaphore_wait(valid, VALID);
}
)"},
        {"element_of",
         {},
         R"(template <uint32_t bytes>
struct element_of {
    using type = uint32_t;
};
template <>
struct element_of<2> {
    using type = uint16_t;
};
)"},
        {"near_bytes",
         {},
         R"(/// The address in L1 of a byte of a page: of 64 bytes around it, which are read to `scratch` unless they are there.
template <class Tensor>
inline uint32_t near_bytes(const Tensor& tensor, uint32_t page, uint32_t offset, uint32_t scratch) {
    auto* held = reinterpret_cast<tt_l1_ptr uint32_t*>(scratch + 64);
    const uint64_t from = tensor.get_noc_addr(page, offset / 64 * 64);
    if (held[0] != static_cast<uint32_t>(from) || held[1] != static_cast<uint32_t>(from >> 32)) {
        noc_async_read(from, scratch, 64);
        noc_async_read_barrier();
        held[0] = static_cast<uint32_t>(from);
        held[1] = static_cast<uint32_t>(from >> 32);
    }
    return scratch + offset % 64;
}
)"},
        {"forget_near",
         {},
         R"(/// Nothing is at `scratch`.
inline void forget_near(uint32_t scratch) {
    auto* held = reinterpret_cast<tt_l1_ptr uint32_t*>(scratch + 64);
    held[0] = 0;
    held[1] = 0;
}
)"},
        {"read_near_word",
         {"near_bytes"},
         R"(/// One 32-bit number of a tensor whose pages are rows of words; 0 if it is not inside of it.
template <class Tensor>
inline int32_t read_near_word(const Tensor& tensor, uint32_t page, uint32_t index, bool inside, uint32_t scratch) {
    if (!inside) {
        return 0;
    }
    return static_cast<int32_t>(
        *reinterpret_cast<tt_l1_ptr uint32_t*>(near_bytes(tensor, page, index * 4, scratch)));
}
)"},
        {"read_row",
         {"fill_with_zeros"},
         R"(/// A part of a page; zeros if it is not inside of the tensor.
template <class Tensor>
inline void read_row(const Tensor& tensor, uint32_t page, uint32_t offset, uint32_t bytes, bool inside,
                     uint32_t address) {
    if (inside) {
        noc_async_read(tensor.get_noc_addr(page, offset), address, bytes);
    } else {
        fill_with_zeros(address, bytes);
    }
}
)"},
        {"read_element",
         {"near_bytes", "element_at", "element_of"},
         R"(/// One element of a tensor whose pages are rows, for (row, column) of the tile at `address`; 0 if it is not inside.
template <uint32_t bytes, class Tensor>
inline void read_element(const Tensor& tensor, uint32_t page, uint32_t index, bool inside, uint32_t address,
                         uint32_t row, uint32_t column, uint32_t scratch) {
    using Element = typename element_of<bytes>::type;
    auto* to = reinterpret_cast<tt_l1_ptr Element*>(address);
    to[element_at(row, column)] =
        inside ? *reinterpret_cast<tt_l1_ptr Element*>(near_bytes(tensor, page, index * bytes, scratch)) : 0;
}
)"},
        {"take_turn",
         {},
         R"(/// Waits until so many turns are over on the core before.
inline void take_turn(uint32_t turns_id, uint32_t turns) {
    noc_semaphore_wait_min(reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(turns_id)), turns);
}
)"},
        {"pass_turn",
         {},
         R"(/// Once everything that was written has arrived, lets the next core go on.
inline void pass_turn(uint32_t next_x, uint32_t next_y, uint32_t turns_id) {
    noc_async_write_barrier();
    noc_semaphore_inc(get_noc_addr(next_x, next_y, get_semaphore(turns_id)), 1);
}
)"},
        {"relay_turns",
         {"pass_turn"},
         R"(/// Of a core that has had its last turn: passes the turns of the others on, from `turns` on, until none of the `cores`
/// takes more. Each tells the next how many before it, one after the other, take no more.
inline void relay_turns(uint32_t next_x, uint32_t next_y, uint32_t turns_id, uint32_t ended_id, uint32_t turns,
                        uint32_t cores) {
    auto* done = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(turns_id));
    auto* before = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(get_semaphore(ended_id));
    for (uint32_t ended = 0; ended < cores; ++turns) {
        noc_semaphore_wait_min(done, turns);
        ended = *before + 1;
        noc_inline_dw_write(get_noc_addr(next_x, next_y, get_semaphore(ended_id)), ended);
        pass_turn(next_x, next_y, turns_id);
    }
}
)"},
        {"read_window",
         {"element_at", "element_of", "fill_with_zeros"},
         R"(/// Cuts rows x columns elements out of a matrix of tile_rows x tile_columns tiles, from element (row, column) on, and
/// makes them one tile at `address`. What lies outside of the matrix, and the rest of the tile, is 0. turned: the tile's
/// rows are the matrix's columns. One page at `scratch` is used.
template <uint32_t bytes, bool turned, class Tensor>
inline void read_window(const Tensor& tensor, uint32_t first_page, int32_t tile_rows, int32_t tile_columns, int32_t row,
                        int32_t column, int32_t rows, int32_t columns, uint32_t address, uint32_t scratch) {
    using Element = typename element_of<bytes>::type;
    const int32_t height = turned ? columns : rows;
    const int32_t width = turned ? rows : columns;
    fill_with_zeros(address, 1024 * bytes);
    auto* to = reinterpret_cast<tt_l1_ptr Element*>(address);
    auto* from = reinterpret_cast<tt_l1_ptr Element*>(scratch);
    const int32_t first_row = row < 0 ? 0 : row;
    const int32_t first_column = column < 0 ? 0 : column;
    const int32_t end_row = row + height < tile_rows * 32 ? row + height : tile_rows * 32;
    const int32_t end_column = column + width < tile_columns * 32 ? column + width : tile_columns * 32;
    for (int32_t y = first_row; y < end_row; y = (y / 32 + 1) * 32) {
        for (int32_t x = first_column; x < end_column; x = (x / 32 + 1) * 32) {
            noc_async_read_page(first_page + y / 32 * tile_columns + x / 32, tensor, scratch);
            noc_async_read_barrier();
            for (int32_t r = y; r < end_row && r / 32 == y / 32; ++r) {
                for (int32_t c = x; c < end_column && c / 32 == x / 32; ++c) {
                    const uint32_t place = turned ? element_at(c - column, r - row) : element_at(r - row, c - column);
                    to[place] = from[element_at(r % 32, c % 32)];
                }
            }
        }
    }
}
)"},
        {"read_patches",
         {"element_at", "element_of", "fill_with_zeros"},
         R"(/// Patches of an image (images, height, width, channels), whose tiles cover width and channels: element (i, j) of a
/// block of rows x columns elements at `address` is that of output position first_row + i = (image, y, x) and column
/// first_column + j = (ky, kx, channel); outside of the image it is 0. One page at `scratch` is used.
template <uint32_t bytes, class Tensor>
inline void read_patches(const Tensor& tensor, int32_t images, int32_t height, int32_t width, int32_t channels,
                         int32_t kernel, int32_t stride, int32_t dilation, int32_t pad, int32_t first_row,
                         int32_t first_column, int32_t rows, int32_t columns, uint32_t address, uint32_t scratch) {
    using Element = typename element_of<bytes>::type;
    const int32_t out_height = (height + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
    const int32_t out_width = (width + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1;
    const int32_t tile_rows = (width + 31) / 32;
    const int32_t tile_columns = (channels + 31) / 32;
    const int32_t block_columns = (columns + 31) / 32;
    fill_with_zeros(address, (rows + 31) / 32 * block_columns * 1024 * bytes);
    auto* to = reinterpret_cast<tt_l1_ptr Element*>(address);
    auto* from = reinterpret_cast<tt_l1_ptr Element*>(scratch);
    int32_t loaded = -1;
    for (int32_t i = 0; i < rows; ++i) {
        const int32_t position = first_row + i;
        const int32_t image = position / (out_height * out_width);
        const int32_t top = position / out_width % out_height * stride - pad;
        const int32_t left = position % out_width * stride - pad;
        for (int32_t j = 0; j < columns && image < images; ++j) {
            const int32_t column = first_column + j;
            const int32_t y = top + column / (kernel * channels) * dilation;
            const int32_t x = left + column / channels % kernel * dilation;
            const int32_t channel = column % channels;
            if (column >= kernel * kernel * channels || y < 0 || y >= height || x < 0 || x >= width) {
                continue;
            }
            const int32_t page = ((image * height + y) * tile_rows + x / 32) * tile_columns + channel / 32;
            if (page != loaded) {
                noc_async_read_page(page, tensor, scratch);
                noc_async_read_barrier();
                loaded = page;
            }
            to[(i / 32 * block_columns + j / 32) * 1024 + element_at(i % 32, j % 32)] =
                from[element_at(x % 32, channel % 32)];
        }
    }
}
)"},
        {"write_window",
         {"element_at", "element_of"},
         R"(/// Puts the first rows x columns elements of the tile at `address` into a matrix of tile_rows x tile_columns tiles,
/// from element (row, column) on; what would lie outside is dropped. Other elements of the tiles keep their values: rows
/// of a face are written alone where they are whole, and other tiles are read, changed and written back. turned: the
/// tile's rows are the matrix's columns. One page at `scratch` is used.
template <uint32_t bytes, bool turned, class Tensor>
inline void write_window(const Tensor& tensor, uint32_t first_page, int32_t tile_rows, int32_t tile_columns, int32_t row,
                         int32_t column, int32_t rows, int32_t columns, uint32_t address, uint32_t scratch) {
    using Element = typename element_of<bytes>::type;
    const int32_t height = turned ? columns : rows;
    const int32_t width = turned ? rows : columns;
    auto* to = reinterpret_cast<tt_l1_ptr Element*>(scratch);
    auto* from = reinterpret_cast<tt_l1_ptr Element*>(address);
    const int32_t first_row = row < 0 ? 0 : row;
    const int32_t first_column = column < 0 ? 0 : column;
    const int32_t end_row = row + height < tile_rows * 32 ? row + height : tile_rows * 32;
    const int32_t end_column = column + width < tile_columns * 32 ? column + width : tile_columns * 32;
    for (int32_t y = first_row; y < end_row; y = (y / 32 + 1) * 32) {
        for (int32_t x = first_column; x < end_column; x = (x / 32 + 1) * 32) {
            const uint32_t page = first_page + y / 32 * tile_columns + x / 32;
            const int32_t last_row = end_row < (y / 32 + 1) * 32 ? end_row : (y / 32 + 1) * 32;
            const int32_t last_column = end_column < (x / 32 + 1) * 32 ? end_column : (x / 32 + 1) * 32;
            if (!turned && x % 16 == 0 && last_column % 16 == 0 && (x - column) % 16 == 0) {
                for (int32_t r = y; r < last_row; ++r) {
                    for (int32_t c = x; c < last_column; c += 16) {
                        noc_async_write(address + element_at(r - row, c - column) * bytes,
                                        tensor.get_noc_addr(page, element_at(r % 32, c % 32) * bytes), 16 * bytes);
                    }
                }
                continue;
            }
            noc_async_read_page(page, tensor, scratch);
            noc_async_read_barrier();
            for (int32_t r = y; r < last_row; ++r) {
                for (int32_t c = x; c < last_column; ++c) {
                    const uint32_t place = turned ? element_at(c - column, r - row) : element_at(r - row, c - column);
                    to[element_at(r % 32, c % 32)] = from[place];
                }
            }
            noc_async_write_page(page, tensor, scratch);
            noc_async_write_barrier();
        }
    }
    noc_async_write_barrier();
}
)"},
    };
    return all;
}

const Helper* find(std::string_view name) {
    for (const Helper& helper : helpers()) {
        if (helper.name == name) {
            return &helper;
        }
    }
    return nullptr;
}

void want(std::string_view name, std::set<std::string_view>& wanted) {
    if (const Helper* helper = find(name)) {
        for (const std::string_view need : helper->needs) {
            want(need, wanted);
        }
        wanted.insert(helper->name);
    }
}

}  // namespace

std::string movement_helpers(const std::set<std::string, std::less<>>& calls) {
    std::set<std::string_view> wanted;
    for (const std::string& name : calls) {
        want(name, wanted);
    }
    std::string out;
    for (const Helper& helper : helpers()) {
        if (wanted.contains(helper.name)) {
            out += std::string(helper.text) + "\n";
        }
    }
    return out;
}

}  // namespace tessera::tile::emit
