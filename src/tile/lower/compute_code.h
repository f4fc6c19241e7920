// What makers of compute code share: calls, loops over tiles, sections of DST, setups of the engines.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <tile/lower/compute.h>

namespace tessera::tile::lower {

/// Thrown where the engines cannot do what the script asks; emit_step reports it.
struct Refusal {
    std::string name;  ///< "tile-..."
    std::string message;
    std::string help;
    Span span;  ///< line 0: the statement's
};

/// A range of tiles of one circular buffer that one operation works on is `cb` and expressions; a DST slot too.
class Coder {
public:
    Coder(ComputeContext& context, Span span) : context_(context), span_(span) {}

    ComputeContext& context() { return context_; }
    const device::Program& program() const { return *context_.program; }
    Span span() const { return span_; }
    void include(std::string header) {
        if (!header.empty()) {
            context_.includes.insert(std::move(header));
        }
    }

    bool fp32_dest() const { return program().fp32_dest_acc_en; }
    /// Tiles of a section of DST.
    int64_t slots() const;
    /// The step is not right with 16-bit DST.
    void need_fp32_dest(const std::string& why);
    /// Circular buffers that hold an index, ones, or what lies between two parts of a step.
    uint32_t row_index();
    uint32_t column_index();
    uint32_t ones();
    /// A ring of `format` from compute to compute with room for `pages`. All of its pages are pushed and popped by who
    /// uses it, so that blocks in it never wrap: see scratch_rest.
    uint32_t scratch(ir::DType format, int64_t pages);
    int64_t pages_of(uint32_t cb) const;  ///< 0: not known
    const device::CircularBuffer* find(uint32_t cb) const;
    std::string name(uint32_t cb) const;

    // Calls.
    void call(device::Code& out, std::string function, std::vector<device::Argument> arguments = {},
              std::vector<std::string> templates = {});
    void comment(device::Code& out, std::string text);
    void wait(device::Code& out, uint32_t cb, int64_t pages) { pages_call(out, "cb_wait_front", cb, pages); }
    void pop(device::Code& out, uint32_t cb, int64_t pages) { pages_call(out, "cb_pop_front", cb, pages); }
    void reserve(device::Code& out, uint32_t cb, int64_t pages) { pages_call(out, "cb_reserve_back", cb, pages); }
    void push(device::Code& out, uint32_t cb, int64_t pages) { pages_call(out, "cb_push_back", cb, pages); }
    /// Pushes what is left of a scratch ring of which `used` pages have been pushed, and pops all.
    void end_scratch(device::Code& out, uint32_t cb, int64_t used);

    /// for (name = 0; name < extent; ++name) body; without a loop if extent is 1.
    void loop(device::Code& out, const std::string& name, int64_t extent,
              const std::function<void(device::Code&, const ir::Expr&)>& body);
    /// The same from `begin` on.
    void loop_from(device::Code& out, const std::string& name, int64_t begin, int64_t end,
                   const std::function<void(device::Code&, const ir::Expr&)>& body);

    /// acquire, math, commit, wait, pack, release.
    void section(device::Code& out, const std::function<void(device::Code&)>& math,
                 const std::function<void(device::Code&)>& pack);

    // Setups, always in full.
    void setup_copy(device::Code& out, uint32_t cb);
    void setup_pack(device::Code& out, uint32_t cb);
    void copy_tile(device::Code& out, uint32_t cb, const ir::Expr& tile, const ir::Expr& slot);
    void pack_tile(device::Code& out, const ir::Expr& slot, uint32_t cb);
    /// One function of the vector unit and its init: init<templates>(), function<templates>(arguments).
    void vector(device::Code& out, const std::string& function, std::vector<device::Argument> arguments,
                const std::vector<std::string>& templates = {}, const std::string& init = {});

private:
    void pages_call(device::Code& out, const char* function, uint32_t cb, int64_t pages);

    ComputeContext& context_;
    Span span_;
};

/// A 32-bit integer expression.
inline ir::Expr number(int64_t value) {
    return ir::make_int(value);
}
/// The fp32 bits of a number, as text keeps them readable: float_bits(0.125f).
device::Argument float_bits(const ir::Expr& value);
device::Argument float_bits(double value);

/// DST tile `slot` is turned about its diagonal, all of its bits kept.
void turn_in_dst(Coder& coder, device::Code& out, const ir::Expr& slot);

/// The largest divisor of `of` that is at most `most`, at least 1.
int64_t largest_divisor(int64_t of, int64_t most);

/// The format of the tiles that a buffer of this type has in a circular buffer.
ir::DType tile_format(ir::DType type);
/// Formats that the matrix unit's 5-bit exponents hold (fp16), and others (bf16, block floats).
bool is_fp16_class(ir::DType format);
bool is_bf16_class(ir::DType format);

// The parts of emit_step, one statement each.
void emit_parallel(const ComputeStep& step, const ir::Parallel& parallel, const Storage& storage, Coder& coder,
                   device::Code& out);
/// A condition of the device under which the Parallel, whose result is the step's, makes nothing but zeros.
ir::Expr only_zeros(const ComputeStep& step, const ir::Parallel& parallel, const Storage& storage, Coder& coder);
void emit_copy(const ComputeStep& step, const ir::Copy& copy, const Storage& storage, Coder& coder, device::Code& out);
void emit_fill(const ComputeStep& step, const ir::Fill& fill, const Storage& storage, Coder& coder, device::Code& out);
void emit_gemm(const ComputeStep& step, const ir::Gemm& gemm, const Storage& storage, Coder& coder, device::Code& out);
void emit_reduce(const ComputeStep& step, const ir::Reduce& reduce, const Storage& storage, Coder& coder,
                 device::Code& out);
void emit_scan(const ComputeStep& step, const ir::Scan& scan, const Storage& storage, Coder& coder, device::Code& out);
void emit_transpose(const ComputeStep& step, const ir::Transpose& transpose, const Storage& storage, Coder& coder,
                    device::Code& out);

/// Waits for the step's sources that need it, before all else.
void wait_for_sources(const ComputeStep& step, const Storage& storage, Coder& coder, device::Code& out);
/// Gives back what dies, but for the source that the result replaces in place.
void pop_sources(const ComputeStep& step, const Storage& storage, Coder& coder, device::Code& out);
/// The circular buffer that the step reads `buffer` from: the source's Place.
const Place& source_place(const ComputeStep& step, const Storage& storage, const ir::Buffer& buffer);

}  // namespace tessera::tile::lower
