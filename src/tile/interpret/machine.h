// The interpreter's state: registers of lanes, buffers, the block that runs. lanes.cpp evaluates expressions and
// Parallels, regions.cpp does what moves and combines regions, run.cpp is control flow and the beginning.
#pragma once

#include <array>
#include <bit>
#include <string>
#include <vector>

#include <tile/interpret/code.h>
#include <tile/interpret/interpret.h>

namespace tessera::tile::interpret {

/// Stands in every element of a block's buffer that nothing has written: a NaN that no arithmetic makes.
inline constexpr uint64_t unwritten_bits = 0x7ffcfeedfaceb00c;
inline bool is_unwritten(double value) {
    return std::bit_cast<uint64_t>(value) == unwritten_bits;
}

/// A buffer while the kernel runs.
struct Storage {
    const ir::BufferNode* buffer = nullptr;
    std::vector<int64_t> shape;
    std::vector<double> values;
    double safe_value = 0;  ///< of loads outside a tensor
    bool tensor = false;    ///< Param or Global: what lies outside is dropped, not an error
    bool live = false;      ///< allocated
    /// In a watched Parallel, the iteration that last wrote and read an element, counted through all Parallels.
    std::vector<uint64_t> writer, reader;
};

/// A region, evaluated.
struct View {
    Storage* storage = nullptr;
    std::vector<int64_t> begin, extent;
    std::vector<int64_t> end;  ///< what lies at these indices or behind is outside; the buffer's shape
    std::vector<bool> dropped;
    Span span;

    int64_t count() const;
    std::vector<int64_t> kept() const;     ///< extents of dimensions that are not dropped
    std::vector<int64_t> matched() const;  ///< of those, what is not 1
};

class Machine {
public:
    Machine(const ir::Kernel& kernel, const Options& options);
    Result run(const Arrays& inputs, const std::map<std::string, int64_t, std::less<>>& symbols);
    /// Binds symbols and finds the shapes of parameters.
    void bind(const Arrays& inputs, const std::map<std::string, int64_t, std::less<>>& symbols);
    std::map<std::string, std::vector<int64_t>, std::less<>> shapes() const;

private:
    enum class Flow : uint8_t { On, Break };

    // run.cpp
    [[noreturn]] void fail(std::string_view name, Span span, const std::string& message, const std::string& help = {});
    std::string place() const;
    Flow run_steps(const std::vector<Step>& steps);
    Flow run_step(const Step& step);
    Flow run_loop(const Step& step, const ir::For& loop);
    Flow run_while(const Step& step);
    void run_launch(const Step& step, const ir::Launch& launch);
    void allocate(const Step& step, const ir::Alloc& alloc);
    void set_parameters(const Arrays& inputs);

    // lanes.cpp
    Lane* reg(uint32_t number) { return &registers_[number * max_lanes]; }
    Lane evaluate(const Expression& expression);
    int64_t evaluate_int(const Expression& expression);
    double evaluate_number(const Expression& expression);
    void run_lanes(const Expression& expression);
    void operate(const Instruction& instruction);
    void convert(const Instruction& instruction);
    void load(const Instruction& instruction, const Access& access);
    bool offsets_of(const Access& access, const Storage& storage);
    void store(const Step& step, Span span);
    void add_atomically(const Step& step, const ir::Atomic& atomic, Span span);
    void watch_read(Storage& storage, size_t lane, Span span);
    void watch_write(Storage& storage, size_t lane, Span span);
    [[noreturn]] void outside(const Access& access, const Storage& storage, size_t lane, Span span);
    void run_parallel(const Step& step, const ir::Parallel& parallel);
    void run_parallel_body(const std::vector<Step>& steps);
    bool active(size_t lane) const { return masks_.empty() || masks_.back()[lane]; }
    void restrict_to(const Lane* condition, bool holds);
    double converted(ir::DType from, ir::DType to, double value) const;
    double combined(ir::Reduction op, double a, double b) const;

    // regions.cpp
    View view(const RegionCode& code, Span span);
    std::vector<double> gather(const View& view, bool check);
    void scatter(const View& view, std::vector<double>& values, ir::DType from);
    template <class Row>
    void each_row(const View& view, Row&& row);
    void require_written(const View& view, const std::vector<double>& values);
    void copy(const Step& step);
    void fill(const Step& step, const ir::Fill& fill);
    void gemm(const Step& step, const ir::Gemm& gemm);
    void reduce(const Step& step, const ir::Reduce& reduce);
    void scan(const Step& step, const ir::Scan& scan);
    void transpose(const Step& step);
    void im2col(const Step& step, const ir::Im2col& im2col);
    void atomic_region(const Step& step, const ir::Atomic& atomic);
    std::array<int64_t, 2> matrix_extents(const View& view, std::string_view what);

    const ir::Kernel& kernel_;
    const Options& options_;
    Code code_;
    std::vector<Storage> storages_;
    std::vector<Lane> registers_;
    size_t lanes_ = 1;
    std::vector<std::array<bool, max_lanes>> masks_;
    std::array<int64_t, max_lanes> offsets_{};
    std::array<bool, max_lanes> inside_{};
    uint64_t parallel_base_ = 1;   ///< number of the running Parallel's first iteration
    uint64_t iteration_base_ = 1;  ///< of lane 0
    const Step* parallel_ = nullptr;
    const Step* launch_ = nullptr;
    size_t launches_ = 0;
    uint64_t while_iterations_ = 0;
    Result result_;
};

}  // namespace tessera::tile::interpret
