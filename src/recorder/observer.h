// The observer that records. What it does while kernels run is in events.cpp and engine_events.cpp, at a launch's begin
// and end in launches.cpp, and at the end of all in recorder.cpp.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <tuple>
#include <unordered_map>
#include <vector>

#include <record/file.h>
#include <recorder/chip_map.h>
#include <recorder/log.h>
#include <recorder/messages.h>
#include <recorder/recorder.h>
#include <sim/engine.h>
#include <sim/observer.h>

namespace tessera::recorder {

/// Held for a few instructions.
class SpinLock {
public:
    void lock() {
        while (taken_.test_and_set(std::memory_order_acquire)) {
        }
    }
    void unlock() { taken_.clear(std::memory_order_release); }

private:
    std::atomic_flag taken_ = ATOMIC_FLAG_INIT;
};

struct CoreLog {
    SpinLock lock;  ///< for what follows; the processors are the core's own thread's
    std::unordered_map<uint32_t, WordHistory> words;
    uint64_t arrivals = 0;  ///< at any of its words
    ProcessorLog processors[3];
};

class Recorder final : public sim::Observer {
public:
    Recorder(const sim::Machine& machine, Resolver resolver);

    uint32_t events() const override {
        return Kernels | CbPush | CbPop | Engine | EngineDone | Noc | Barriers | Passed | Messages | Zones | Launches |
               HostMemory;
    }

    void launch_begin(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override;
    void launch_end(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override;
    void launch_failed(sim::Machine::Impl&, std::span<const sim::ProgramLaunch* const>) override;
    void kernel_end(sim::Risc&) override;
    void cb_push(sim::Risc&, uint32_t cb, uint32_t pages) override;
    void cb_pop(sim::Risc&, uint32_t cb, uint32_t pages) override;
    void cb_reserved(sim::Risc&, uint32_t cb, uint32_t pages) override;
    void cb_waited(sim::Risc&, uint32_t cb, uint32_t pages) override;
    void engine_op(sim::Risc&, const sim::EngineOp&) override;
    void sfpu_op(sim::Risc&, const sim::SfpuOp&) override;
    void noc_issue(sim::Risc&, const sim::NocEvent&) override;
    void noc_barrier(sim::Risc&, sim::NocEvent::Kind kind, uint8_t noc, uint32_t trid, bool only_flush) override;
    void word_arrives(sim::Core& target, uint32_t address, uint32_t value, bool increases) override;
    void word_waited(sim::Risc&, uint32_t l1_address, uint32_t value, uint32_t condition) override;
    void word_stored(sim::Risc&, uint32_t l1_address) override;
    void refused(sim::Risc&) override;
    void spun(sim::Risc&) override;
    void zone(sim::Risc&, const char* name, bool begin) override;
    void clock_read(sim::Risc&) override;
    void host_write(const uint8_t* memory, uint64_t bytes) override { host_moves(memory, bytes, true); }
    void host_read(const uint8_t* memory, uint64_t bytes) override { host_moves(memory, bytes, false); }

    record::Recording recording();
    void write(const std::string& path);

private:
    struct Hash {
        size_t operator()(const record::Event& event) const;
    };

    CoreLog* log_of(const sim::Core& core) {
        return logs_[core.device->id][static_cast<size_t>(&core - core.device->cores.data())].get();
    }
    static ProcessorLog& log_of(const sim::Risc& risc) { return *static_cast<ProcessorLog*>(risc.recording); }
    /// An event at the call that is being observed; frame: of the function that the device calls.
    static Key begin(const sim::Risc& risc, ProcessorLog& log, record::Op op, const void* frame);
    static uint32_t cycles_since(const sim::Risc& risc, ProcessorLog& log);
    static void pages(sim::Risc& risc, record::Op op, const void* frame, uint32_t cb, uint32_t pages);
    static void engine(sim::Risc& risc, const void* frame, const ComputeKey& compute);
    void host_moves(const uint8_t* memory, uint64_t bytes, bool to_device);
    void finish(std::span<const sim::ProgramLaunch* const> programs, bool complete);
    uint32_t kernel(const sim::ProcessorLaunch& launch);
    uint32_t merge(ProcessorLog& log, uint32_t object);
    uint32_t site(uint32_t object, const uint32_t (&offsets)[2]);
    uint32_t object(const std::string& path);
    void resolve(record::Recording& to) const;

    const sim::Machine& machine_;
    Resolver resolver_;
    std::vector<ChipMap> maps_;                                ///< by device
    std::vector<std::vector<std::unique_ptr<CoreLog>>> logs_;  ///< by device and core; null: it has never run

    std::mutex mutex_;  ///< for what is left of earlier launches
    record::Recording done_;
    std::vector<record::PackedStream> streams_;
    std::unordered_multimap<uint64_t, uint32_t> stream_by_hash_;
    std::unordered_map<record::Event, uint32_t, Hash> event_numbers_;
    Interner<ComputeKey> computes_;
    std::map<std::string, uint32_t> name_numbers_;
    std::map<std::tuple<std::string, uint8_t, uint8_t, uint8_t, bool, bool>, uint32_t> kernel_numbers_;
    std::map<std::string, uint32_t> object_numbers_;
    std::vector<std::string> objects_;  ///< paths of kernels' shared objects
    struct RawSite {
        uint32_t object = 0;
        uint32_t offsets[2] = {};
        auto operator<=>(const RawSite&) const = default;
    };
    std::map<RawSite, uint32_t> site_numbers_;
    std::vector<RawSite> sites_{1};
    bool running_ = false;
};

}  // namespace tessera::recorder
