// What a compiled program moves and computes: counted from its kernels' code, core by core, before anything runs. Loops
// whose turns all do the same are counted once and multiplied; others are gone through turn by turn.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <arch/arch.h>
#include <tile/device/program.h>

namespace tessera::tile::explain {

/// What one core does, in bytes, tiles and calls. Doubles, since large kernels exceed what is counted one by one.
struct Work {
    std::map<std::string, double> read_bytes, written_bytes;  ///< by tensor: what this core asks memory for
    double dram_read = 0, dram_written = 0;                   ///< bytes, of those tensors that lie in DRAM
    double l1_read = 0, l1_written = 0;                       ///< bytes, of those that lie in other cores' L1
    double sent = 0;                          ///< bytes that it multicasts, each counted once however many receive it
    double received = 0;                      ///< bytes that others multicast to it
    double barriers = 0;                      ///< waits of the two data-movement kernels for their transfers
    double products = 0;                      ///< of two tiles, on the matrix unit
    double reductions = 0, matrix_tiles = 0;  ///< tiles that the matrix unit reduces; that it adds, moves, turns
    double vector_tiles = 0;                  ///< functions of the vector unit, each of a tile
    double packed = 0, packed_bytes = 0;      ///< tiles and bytes that go from DST to L1
    std::map<std::string, double> pushed;     ///< pages, by circular buffer

    void add(const Work& other, double times);
};

struct Account {
    std::vector<Work> cores;  ///< in the order of Program::cores
    /// Why the figures are not exact: "how often the loop at line 12 runs is known at run time only". Empty: exact.
    std::vector<std::string> inexact;

    Work total() const;
};

Account account(const device::Program& program, const device::Module& module);

/// The least time that a program can take, by what it keeps busy: in cycles of the AI clock. No order of doing things
/// comes below, so what is above another's measured time need not be tried.
struct Bounds {
    double matrix = 0;          ///< products of the busiest core at the program's fidelity, and its other tiles
    double packer = 0;          ///< tiles that the busiest core packs
    double dram = 0;            ///< all bytes, if all banks were always busy
    double network = 0;         ///< bytes into or out of the busiest core, at what its network interface moves
    double of() const;          ///< the largest
    const char* which() const;  ///< "matrix unit", "packer", "DRAM", "NoC"
};
Bounds bounds(const Account& account, const device::Program& program, const arch::Chip& chip);

/// The matrix unit's passes over its operands: 1 (LoFi) to 4 (HiFi4).
unsigned phases_of(const std::string& fidelity);
/// Cycles of the matrix unit for the product of two tiles in one pass.
inline constexpr double cycles_of_tile_product = 16;

}  // namespace tessera::tile::explain
