// Chips, boards and systems as data: read from the JSON files of arch/, which are compiled into the library.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tessera::arch {

enum class Family : uint8_t { Wormhole, Blackhole };

struct Coord {
    uint16_t x = 0;
    uint16_t y = 0;
    friend bool operator==(const Coord&, const Coord&) = default;
    friend auto operator<=>(const Coord&, const Coord&) = default;
};

/// One chip as a program sees it. Coordinates: `noc0` are physical, `virtual` are what kernels and hosts pass around.
struct Chip {
    std::string name;
    Family family = Family::Wormhole;
    Coord noc_grid;                     ///< routers in x and y
    Coord compute_grid;                 ///< logical worker grid with storage, e.g. 8x8
    std::vector<Coord> worker_noc0;     ///< by logical y * compute_grid.x + x
    std::vector<Coord> worker_virtual;  ///< likewise
    std::vector<Coord> dram_noc0;       ///< preferred endpoint of each DRAM bank
    std::vector<Coord> dram_virtual;    ///< likewise, in the coordinates that kernels use
    std::vector<Coord> eth_noc0;
    std::vector<Coord> eth_virtual;  ///< one an Ethernet core
    uint32_t num_dram_banks = 0;
    uint64_t dram_bank_bytes = 0;                ///< per bank (WH: 1 GiB view, 12 banks)
    std::vector<uint32_t> dram_bank_offset;      ///< start of each bank in its controller's address space
    std::vector<uint32_t> dram_bank_controller;  ///< controller that holds each bank
    std::vector<Coord> dram_noc[2];              ///< by NoC and bank: the coordinates that kernels use on that NoC
    std::vector<std::vector<Coord>> dram_ports;  ///< by controller: the physical NoC 0 coordinates of its ports
    std::vector<std::vector<Coord>> dram_virtual_ports;  ///< likewise in virtual coordinates; empty on Wormhole
    uint32_t eth_l1_bytes = 0;                           ///< L1 of an Ethernet core
    uint32_t l1_bytes = 0;
    uint32_t l1_unreserved_base = 0;     ///< first byte that programs may use
    uint32_t l1_kernel_config_base = 0;  ///< runtime arguments and semaphores live between this and l1_unreserved_base
    uint32_t num_circular_buffers = 0;
    uint32_t num_semaphores = 16;
    uint32_t dram_read_alignment = 0;
    uint32_t dram_write_alignment = 0;
    uint32_t l1_alignment = 0;
    uint32_t noc_max_burst_bytes = 0;
    uint32_t aiclk_mhz = 0;
};

/// A board or system: its chips, and how they stand in a mesh.
struct Board {
    std::string name;  ///< n150, n300, t3000, galaxy, p100, p150
    std::string description;
    uint32_t mesh_rows = 1;
    uint32_t mesh_cols = 1;
    std::vector<Chip> chips;  ///< row-major in the mesh
};

/// Loads a board by name. Throws tessera::Error (unknown-board) that lists the names there are.
const Board& board(std::string_view name);
std::vector<std::string> board_names();

/// The router by which a NoC (0 or 1) reaches a DRAM bank, as NoC 0 counts.
Coord dram_router(const Chip& chip, uint32_t noc, uint32_t bank);

}  // namespace tessera::arch
