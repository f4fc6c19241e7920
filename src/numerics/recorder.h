// The observer behind numerics.h: hands each core's operations to its shadow, copies shadows along NoC transfers, and
// compares what the host reads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <numerics/core_shadow.h>
#include <numerics/numerics.h>
#include <sim/core.h>

namespace tessera::numerics {

/// What the host has read of one buffer.
struct Output {
    OutputRegion region;
    DataFormat format = DataFormat::Float16_b;
    Errors errors;
    uint64_t unshadowed = 0;  ///< bytes that no packer wrote
    uint64_t restarted = 0;   ///< datums whose bytes were changed after they were packed
    bool by_tile = true;      ///< a cell is a tile, else a page
    uint32_t cell_bytes = 0;
    struct Cell {
        double error = 0;  ///< mean relative error
        bool seen = false;
    };
    std::vector<Cell> cells;  ///< of the last time that it was read
};

/// A kernel of which places are remembered.
struct KernelName {
    std::string name;
    std::string object_path;
};

class Recorder final : public sim::Observer {
public:
    explicit Recorder(sim::Machine& machine, std::string path);
    ~Recorder() override;

    uint32_t events() const override { return Kernels | Engine | Noc | EngineDone | HostMemory | Launches; }
    void kernel_start(sim::Risc& risc) override;
    void engine_op(sim::Risc& risc, const sim::EngineOp& op) override;
    void engine_done(sim::Risc& risc, const sim::EngineOp& op) override;
    void sfpu_op(sim::Risc& risc, const sim::SfpuOp& op) override;
    void sfpu_done(sim::Risc& risc, const sim::SfpuOp& op) override;
    void noc_issue(sim::Risc& risc, const sim::NocEvent& event) override;
    void host_write(const uint8_t* memory, uint64_t bytes) override;
    void host_read(const uint8_t* memory, uint64_t bytes) override;
    void launch_begin(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override { ++runs_; }

    std::string json();
    void write() noexcept;

private:
    CoreShadow& shadow(const sim::Risc& risc);
    void read_cells(Output& output, uint64_t offset, const uint8_t* memory, uint64_t bytes);

    sim::Machine& machine_;
    const std::string path_;
    MemoryShadow memory_;
    std::mutex mutex_;                                                            ///< of all below
    std::map<std::pair<uint32_t, uint32_t>, std::unique_ptr<CoreShadow>> cores_;  ///< by device and y << 16 | x
    std::unordered_map<const sim::Core*, CoreShadow*> by_core_;
    std::map<std::string, uint32_t> kernel_index_;
    std::vector<KernelName> kernels_;
    std::map<std::tuple<uint32_t, std::string, uint64_t>, Output> outputs_;  ///< by chip, memory and address
    std::vector<Output*> output_order_;
    uint64_t runs_ = 0;
    double last_written_ = 0;
};

}  // namespace tessera::numerics
