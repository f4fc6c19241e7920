// Draws a valid random program: an order of steps over memory slots, executed here by a plain model, and spread over
// processors with exactly the barriers and signals that the order needs.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace soak {

inline constexpr uint32_t slot_words = 128, slot_bytes = slot_words * 4, slots_a_core = 12, dram_slots = 16;
inline constexpr uint32_t slots_address = 0x90000, words_address = 0xA0000, scratch_address = 0xA8000,
                          code_address = 0xB0000, code_bytes = 0x8000;
inline constexpr uint32_t dram_slots_address = 0x100000;                         ///< in bank slot % banks
inline constexpr uint32_t pages_address = 0x200000, results_address = 0x400000;  ///< of the pipelines, in their bank
inline constexpr uint32_t tile_bytes = 2048;

using Slot = std::array<uint32_t, slot_words>;

struct Coord {
    uint32_t x = 0, y = 0;
};

struct Pipeline {
    bool computes = false;
    uint32_t kind = 0;  ///< of the compute kernel
    uint32_t bank = 0, from = 0, to = 0;
    uint32_t page_bytes = 0, pages = 0, block = 0;
    std::vector<uint8_t> input, expected;  ///< both circular buffers' pages by turns of a block, and what is written
};

struct CoreProgram {
    Coord logical, virtual_;
    std::vector<uint32_t> code[2];
    std::vector<uint32_t> compute_args = {0};
    uint32_t depth = 2;        ///< of the circular buffers of tiles
    uint32_t plain_page = 64;  ///< bytes a page of the buffer between the two data-movement processors
    uint32_t plain_depth = 4;
    uint32_t plain_block = 1;
    uint32_t tile_block = 1;
    std::vector<Slot> slots;  ///< at the end
    std::vector<Pipeline> pipelines;
};

struct RandomProgram {
    Coord first, last;  ///< logical corners of the rectangle of cores
    std::vector<CoreProgram> cores;
    std::vector<std::vector<Slot>> initial;  ///< of the cores' slots
    std::vector<Slot> dram_initial, dram;    ///< and at the end
    uint32_t steps = 0;
};

/// to_virtual gives the NoC coordinates of a logical core.
RandomProgram draw(uint64_t seed, Coord grid, uint32_t banks, Coord (*to_virtual)(Coord));

}  // namespace soak
