// One core's shadow: DST in float64, and what each of the engine's operations should have given. Called for one core by
// one host thread at a time.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <numerics/memory_shadow.h>
#include <sim/engine.h>

namespace tessera::numerics {

/// Where an operation was called: an offset in a kernel's object; kernel: index in the recorder's list.
struct Place {
    uint32_t kernel = 0;
    uint64_t offset = 0;
    auto operator<=>(const Place&) const = default;
};

/// The call of an operation: offsets in the kernel's object, innermost first; 0 for none.
using Call = std::array<uint64_t, 3>;

/// When an operation happened: the run of programs, and the core's operation in it.
struct Moment {
    uint64_t run = ~uint64_t{0};
    uint64_t operation = 0;
    auto operator<=>(const Moment&) const = default;
};

/// What is known of the operations of one place. Errors are mean relative errors of a tile.
struct Site {
    Call call{};
    std::string operation;  ///< e.g. "matmul_tiles"
    std::string output;     ///< what it writes: "DST", or "c_16"
    uint8_t fidelity = 4;
    bool uses_fidelity = false;
    bool dst_32bit = false;
    DataFormat format = DataFormat::Float16_b;  ///< of the output
    uint64_t count = 0;                         ///< tiles compared
    double sum_in = 0, sum_out = 0;             ///< of the worst input's and of the output's error
    double max_in = 0, max_out = 0;
    uint64_t restarted = 0;  ///< datums for which the shadow took the chip's value over
    Moment grows;            ///< the first time that the error grew beyond the format's rounding
    double grows_in = 0, grows_out = 0;

    void merge(const Site& other);
};

struct BufferErrors {
    DataFormat format = DataFormat::Float16_b;
    Errors packed;    ///< of what the packer wrote
    Errors unpacked;  ///< of what operations read, where it came with a shadow
    uint64_t restarted = 0;
};

/// A place may hold several operations where it is not known exactly.
struct SiteKey {
    Place place;
    std::string operation, output;
    auto operator<=>(const SiteKey&) const = default;
};

/// What a core has done altogether.
struct CoreTotals {
    std::map<SiteKey, Site> sites;
    std::map<std::pair<uint32_t, uint32_t>, BufferErrors> buffers;  ///< by kernel and circular buffer
    uint64_t matrix_cycles = 0;
    uint64_t fidelity_operations = 0;  ///< tiles of products, sums and elementwise multiplications
    uint32_t fidelities = 0;           ///< bit by fidelity
    uint32_t dst_widths = 0;           ///< bit 0: 16-bit, bit 1: 32-bit
    uint32_t most_dst_tiles = 0;       ///< of a section
    bool full_sync = false;
};

class CoreShadow {
public:
    explicit CoreShadow(MemoryShadow& memory) : memory_(memory), tiles_(16) {}

    void start(uint32_t kernel, uint64_t run);
    void before(sim::Engine& e, const sim::EngineOp& op, const Call& call);
    void after(sim::Engine& e, const sim::EngineOp& op);
    void before(sim::Engine& e, const sim::SfpuOp& op, const Call& call);
    void after(sim::Engine& e, const sim::SfpuOp& op);

    CoreTotals totals;
    uint32_t kernel() const { return place_.kernel; }

private:
    static constexpr uint32_t words = sim::Engine::dst_tile_words;
    struct DstTile {
        bool known = false;      ///< something here was shadowed in this section
        bool integer = false;    ///< holds integers or bits: its values mean nothing
        bool fp16 = false;       ///< 16-bit DST holds fp16
        bool unrounded = false;  ///< bits are fp32 sums that a 16-bit DST has yet to round
        double v[words] = {};
        uint32_t bits[words] = {};  ///< what DST held when v was computed
    };
    /// A tile of a circular buffer in DST order.
    struct Operand {
        bool integer = false;
        double shadow[words] = {};
        double actual[words] = {};
        double error = 0;  ///< mean relative error
        void clear() { *this = Operand(); }
    };

    Site& site(const sim::Engine& e, const std::string& operation, const std::string& output);
    void count_restart(uint64_t datums) { restarted_ += datums; }
    /// Shadow of physical DST tile p as the chip now has it.
    DstTile& sync(sim::Engine& e, uint32_t p, bool live);
    double error_of(sim::Engine& e, const DstTile& tile, const uint32_t* memory, const bool* changed = nullptr);
    /// DST tile p now holds result[i] where changed[i] (all if null).
    void settle(sim::Engine& e, uint32_t p, const double* result, bool integer, double in_error, Site& at,
                const bool* changed = nullptr);
    void note(Site& at, double in, double out, double explained, uint64_t tiles = 1);
    void read_operand(sim::Engine& e, uint32_t cb, uint32_t tile, Operand& out);
    void gather_operand(sim::Engine& e, uint32_t cb, uint32_t block, uint32_t column, uint32_t rows, uint32_t across,
                        uint32_t face_rows, Operand& out);
    void read_values(sim::Engine& e, uint32_t cb, const uint8_t* memory, uint32_t datums, double* actual,
                     double* shadow);

    void copy(sim::Engine& e, const sim::EngineOp& op);
    void binary(sim::Engine& e, const sim::EngineOp& op);
    void binary_dest_reuse(sim::Engine& e, const sim::EngineOp& op);
    void matmul(sim::Engine& e, const sim::EngineOp& op);
    void reduce(sim::Engine& e, const sim::EngineOp& op);
    void reduce_dst(sim::Engine& e, const sim::EngineOp& op);
    void transpose_dst(sim::Engine& e, const sim::EngineOp& op);
    void tilize(sim::Engine& e, const sim::EngineOp& op);
    void pack(sim::Engine& e, const sim::EngineOp& op);

    /// Pieces that one packed tile is written as: L1 address and datums of each.
    struct Piece {
        uint32_t address = 0;
        uint32_t first = 0;  ///< index of its first value in DST order
        uint32_t datums = 0;
    };
    std::vector<Piece> pieces_of(const sim::Engine& e, const sim::EngineOp& op, uint32_t t) const;
    void masked_values(const sim::Engine& e, const double* tile, double* out) const;

    uint32_t math_tile(const sim::Engine& e, uint32_t idst) const { return (e.full_sync ? 0 : e.math_half * 8) + idst; }
    uint32_t pack_tile(const sim::Engine& e, uint32_t idst) const { return (e.full_sync ? 0 : e.pack_half * 8) + idst; }

    MemoryShadow& memory_;
    std::vector<DstTile> tiles_;
    Place place_;
    Call call_{};
    Moment now_;
    uint64_t restarted_ = 0;  ///< in the operation under way
    // Scratch: a fiber's stack is small.
    Operand a_, b_;
    double result_[words], spread_[words], actual_[words], shadow_[words], held_[words];
    // From before() to after():
    bool valid_ = false;  ///< the operands are in range
    uint32_t live_ = 0;   ///< of the half that the operation works on
    uint32_t wr_tile_ = 0;
    double dst_error_[16] = {};
    std::vector<std::vector<double>> addends_;  ///< L1 accumulation: shadows of what is added to, by tile
};

}  // namespace tessera::numerics
