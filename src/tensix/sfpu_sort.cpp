// Bitonic sorting networks on the vector unit's registers.
#include <tensix/sfpu_sort.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

#include <tensix/sfpu_tile.h>

namespace tessera::tensix {

namespace {

constexpr uint32_t INDEX_ROWS = 128;  // from a value to its index, in rows of DST

/// Which lanes of a compare-and-swap put the larger value in the first register, by group of eight lanes; the others
/// put it in the second. The names count the four rows that a register holds.
enum class Order { AllRows, Rows01, Rows02 };

bool larger_first(Order order, uint32_t lane) {
    const uint32_t row = lane / 8;
    return order == Order::AllRows || (order == Order::Rows01 ? row < 2 : row % 2 == 0);
}

class Sorter {
public:
    Sorter(uint32_t* dst, bool stable) : dst_(dst), stable_(stable) {}

    /// Starts one of the four passes over the tile: two faces side by side, even and odd columns of each.
    void begin_pass(uint32_t face, uint32_t odd) {
        pass_ = face * 16 + odd * 2;
        rewind();
    }
    void rewind() { row_ = base_ = 0; }
    /// Moves on by rows; carry: from where the last carry went to.
    void advance(uint32_t rows, bool carry = false) {
        row_ = carry ? base_ + rows : row_ + rows;
        base_ = carry ? row_ : base_;
    }

    void load(std::initializer_list<uint32_t> rows) {
        uint32_t i = 0;
        for (uint32_t row : rows) {
            for (uint32_t lane = 0; lane < 32; lane++) {
                values_[i][lane] = dst_[position(row, lane)];
                indices_[i][lane] = dst_[position(row + INDEX_ROWS, lane)];
            }
            i++;
        }
    }
    void store(std::initializer_list<uint32_t> rows) {
        uint32_t i = 0;
        for (uint32_t row : rows) {
            for (uint32_t lane = 0; lane < 32; lane++) {
                dst_[position(row, lane)] = values_[i][lane];
                dst_[position(row + INDEX_ROWS, lane)] = indices_[i][lane];
            }
            i++;
        }
    }

    /// Compares registers first and second; the larger value goes to first where order says so.
    void compare(uint32_t first, uint32_t second, Order order) {
        for (uint32_t lane = 0; lane < 32; lane++) {
            const bool smaller = key(values_[first][lane]) < key(values_[second][lane]);
            if ((larger_first(order, lane) ? smaller : !smaller) != reversed_) {
                exchange(first, second, lane);
            }
        }
    }
    /// One or more compares, twice over for a stable sort: the second time undoes exchanges of equal values.
    void layer(std::initializer_list<std::pair<uint32_t, uint32_t>> pairs, Order order) {
        for (int pass = 0; pass < (stable_ ? 2 : 1); pass++) {
            for (auto [first, second] : pairs) {
                compare(first, second, order);
            }
        }
    }
    void swap_registers(uint32_t first, uint32_t second) {
        for (uint32_t lane = 0; lane < 32; lane++) {
            exchange(first, second, lane);
        }
    }
    /// Register i's row j and register j's row i change places.
    void transpose() {
        for (uint32_t i = 0; i < 4; i++) {
            for (uint32_t j = 0; j < i; j++) {
                for (uint32_t k = 0; k < 8; k++) {
                    std::swap(values_[i][j * 8 + k], values_[j][i * 8 + k]);
                    std::swap(indices_[i][j * 8 + k], indices_[j][i * 8 + k]);
                }
            }
        }
    }

    // The networks within 16 values of a column; phase p sorts runs of 2^(p+1).
    void phase0() {
        transpose();
        layer({{0, 1}, {3, 2}}, Order::AllRows);
        transpose();
    }
    void phase1() {
        transpose();
        layer({{0, 2}, {1, 3}}, Order::Rows02);
        layer({{0, 1}, {2, 3}}, Order::Rows02);
        transpose();
    }
    void phase2() {
        if (stable_) {
            layer({{0, 1}, {3, 2}}, Order::AllRows);
        } else {
            layer({{0, 1}, {2, 3}}, Order::AllRows);
            swap_registers(2, 3);
        }
        transpose();
        layer({{0, 2}, {1, 3}}, Order::Rows01);
        layer({{0, 1}, {2, 3}}, Order::Rows01);
        transpose();
    }
    void phase3(bool ascending) {
        reversed_ = ascending;
        for (int half = 0; half < 2; half++) {
            layer({{0, 2}, {1, 3}}, Order::AllRows);
            if (stable_) {
                layer({{2, 3}, {0, 1}}, Order::AllRows);
            } else {
                layer({{0, 1}, {2, 3}}, Order::AllRows);
            }
            transpose();
        }
        reversed_ = false;
    }
    /// A step across more than 16 values.
    void wide_step(bool ascending) {
        if (ascending) {
            layer({{2, 0}, {3, 1}}, Order::AllRows);
        } else {
            layer({{0, 2}, {1, 3}}, Order::AllRows);
        }
    }

    /// Steps start_step down to end_step + 1 of a phase above 3, and then, if finish, its last four steps.
    void wide_phase(bool ascending, int phase, int start_step, int end_step) {
        const uint32_t run = 1u << (phase + 1);
        for (int step = start_step; step > end_step; step--) {
            rewind();
            bool direction = ascending;
            const uint32_t distance = step == 5 ? 16 : 32;
            const uint32_t inner = distance / 8;
            uint32_t offset = 0;
            for (uint32_t compared = 0; compared < 64;) {
                for (uint32_t i = 0; i < inner; i++) {
                    load({0, 4, 2 * distance, 2 * distance + 4});
                    wide_step(direction);
                    store({0, 4, 2 * distance, 2 * distance + 4});
                    offset += 8;
                    if (i == inner - 1) {
                        advance(4 * distance, true);
                        offset = 2 * distance;
                    } else if (offset == 16) {
                        advance(32, true);
                    } else {
                        advance(8);
                    }
                    compared += 16;
                }
                direction = compared == run ? !direction : direction;
            }
        }
        rewind();
        bool direction = ascending;
        for (uint32_t compared = 0; compared < 64;) {
            load({0, 4, 8, 12});
            phase3(direction);
            store({0, 4, 8, 12});
            advance(32);
            compared += 16;
            direction = compared == run ? !direction : direction;
        }
    }

private:
    static int32_t key(uint32_t bits) {
        const int32_t b = static_cast<int32_t>(bits);
        return b ^ ((b >> 31) & 0x7fffffff);
    }
    uint32_t position(uint32_t row, uint32_t lane) const {
        // Four tiles of 64 rows; the networks never leave them for the sizes that the operations accept.
        return lane_position((pass_ + row_ + row) & 255u, lane);
    }
    void exchange(uint32_t first, uint32_t second, uint32_t lane) {
        std::swap(values_[first][lane], values_[second][lane]);
        std::swap(indices_[first][lane], indices_[second][lane]);
    }

    uint32_t* dst_;
    bool stable_;
    bool reversed_ = false;
    uint32_t pass_ = 0, row_ = 0, base_ = 0;
    uint32_t values_[4][32] = {}, indices_[4][32] = {};
};

template <class Fn>
void for_each_pass(Sorter& sorter, Fn fn) {
    for (uint32_t face = 0; face < 2; face++) {
        for (uint32_t odd = 0; odd < 2; odd++) {
            sorter.begin_pass(face, odd);
            fn();
        }
    }
}

}  // namespace

void sfpu_topk_local_sort(uint32_t* dst, bool ascending, int end_phase, int start_phase, int end_step, int start_step,
                          bool stable) {
    Sorter sorter(dst, stable);
    for_each_pass(sorter, [&] {
        bool direction = ascending;
        for (int phase = start_phase; phase <= end_phase; phase++) {
            sorter.rewind();
            if (phase > 3) {
                const bool only = start_phase == end_phase;
                sorter.wide_phase(ascending, phase, only ? start_step : phase + 1, only ? end_step : 4);
                continue;
            }
            for (int block = 0; block < 4; block++) {
                sorter.load({0, 4, 8, 12});
                switch (phase) {
                    case 0:
                        sorter.phase0();
                        break;
                    case 1:
                        sorter.phase1();
                        break;
                    case 2:
                        sorter.phase2();
                        break;
                    default:
                        sorter.phase3(direction);
                        direction = !direction;
                        break;
                }
                sorter.store({0, 4, 8, 12});
                sorter.advance(32);
            }
        }
    });
}

void sfpu_topk_merge(uint32_t* dst, int m_iter, int k, bool ascending, bool stable) {
    Sorter sorter(dst, stable);
    const uint32_t run = static_cast<uint32_t>(std::min(k, 32));
    const uint32_t inner = run / 4;
    const uint32_t total = std::max(64u >> m_iter, 2 * run);
    const uint32_t distance = std::min(run << m_iter, 32u);
    const uint32_t rows = distance < 16 ? distance : 2 * distance;
    for_each_pass(sorter, [&] {
        uint32_t offset = 0, block = 0;
        for (uint32_t compared = 0; compared < total;) {
            for (uint32_t i = 0; i < inner; i++) {
                const uint32_t first = (offset & 15) + (offset / 16) * 32;
                sorter.load({first, first + rows});
                if (ascending) {
                    sorter.layer({{1, 0}}, Order::AllRows);
                } else {
                    sorter.layer({{0, 1}}, Order::AllRows);
                }
                sorter.store({first, first + rows});
                compared += 8;
                if (i == inner - 1) {
                    block += 2 * distance;
                    offset = block;
                } else {
                    offset += 4;
                }
            }
        }
    });
}

void sfpu_topk_rebuild(uint32_t* dst, bool ascending, int m_iter, int k, int logk, bool skip_second, bool stable) {
    Sorter sorter(dst, stable);
    const uint32_t m = static_cast<uint32_t>(m_iter) + 1;
    const uint32_t run = static_cast<uint32_t>(k);
    const uint32_t total = std::max(64u >> m, 2 * run) >> (skip_second ? 1 : 0);
    const uint32_t distance = std::min(run << m, 32u);
    const uint32_t rows = distance / 16 * 32 + distance % 16;
    const int phase = logk - 1;
    for_each_pass(sorter, [&] {
        if (phase > 3) {
            sorter.wide_phase(ascending, phase, phase + 1, 4);
            return;
        }
        bool direction = ascending;
        const uint32_t far = rows < 16 ? 4 * rows : 2 * rows;
        for (uint32_t compared = 0; phase > 0 && compared < total; compared += 16) {
            if (phase == 1 && m_iter >= 2) {
                sorter.load({0, rows});
                sorter.phase1();
                sorter.store({0, rows});
            } else if (phase == 1) {
                sorter.load({0, rows, far, far + rows});
                sorter.phase1();
                sorter.store({0, rows, far, far + rows});
            } else if (phase == 2) {
                sorter.load({0, 4, rows, rows + 4});
                sorter.phase2();
                sorter.store({0, 4, rows, rows + 4});
            } else {
                sorter.load({0, 4, 8, 12});
                sorter.phase3(direction);
                sorter.store({0, 4, 8, 12});
                direction = !direction;
            }
            sorter.advance(64);
        }
    });
}

}  // namespace tessera::tensix
