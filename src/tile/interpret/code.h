// What the interpreter runs: expressions as straight lines of instructions on lanes, statements as a tree over them. A
// Parallel runs many iterations at once, one a lane; all else runs with one lane.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include <tile/ir/stmt.h>

namespace tessera::tile::interpret {

/// Iterations of a Parallel that run together.
inline constexpr size_t max_lanes = 256;

/// A register holds one value a lane: int64 of integers and Bool, else float64.
union Lane {
    int64_t i;
    double d;
};

struct Instruction {
    enum class Kind : uint8_t {
        Operate,   ///< op on a, b, c
        Load,      ///< from loads[a]
        Convert,   ///< a, of from_type, to type
        Wrap,      ///< a to the width of type
        Restrict,  ///< until Release: only lanes where a holds (b != 0: does not hold)
        Release,
    } kind = Kind::Operate;
    ir::Op op = ir::Op::Add;
    ir::DType type = ir::DType::Int32;       ///< of the result
    ir::DType from_type = ir::DType::Int32;  ///< of the operands
    uint32_t dst = 0, a = 0, b = 0, c = 0;
    Span span;
};

/// Where an element is read or written.
struct Access {
    uint32_t buffer = 0;
    std::vector<uint32_t> indices;  ///< registers
    bool watched = false;           ///< in a Parallel whose iterations might meet in this buffer
};

struct Expression {
    std::vector<Instruction> code;
    std::vector<Access> loads;
    uint32_t result = 0;
    ir::DType type = ir::DType::Int32;
    Span span;
};

struct RegionCode {
    uint32_t buffer = 0;
    std::vector<Expression> begin, extent;
    std::vector<bool> dropped;
};

/// A statement with its expressions compiled. Which fields are used depends on the statement's kind.
struct Step {
    const ir::StmtNode* stmt = nullptr;
    uint32_t variable = 0;            ///< register of Let and For
    std::vector<uint32_t> variables;  ///< of Parallel and Launch
    std::vector<Expression>
        expressions;                  ///< For: begin, end; Parallel, Launch: extents; Store: indices; else the value
    Expression value;                 ///< of Store, and of what has one
    Access target;                    ///< of Store, and of Atomic in a Parallel
    std::vector<RegionCode> regions;  ///< src, dst; a, b, c; dst
    uint32_t buffer = 0;              ///< of Alloc
    std::vector<uint32_t> outer_variables;  ///< of Parallel: what is set outside and used inside
    std::vector<uint32_t> watched;          ///< of Parallel: buffers whose accesses are watched
    std::vector<Step> body, otherwise;
};

struct Code {
    std::vector<ir::Buffer> buffers;
    std::vector<Step> body;
    std::vector<std::pair<uint32_t, Lane>> constants;  ///< registers that are set once, in all lanes
    std::map<const ir::VarNode*, uint32_t> variables;
    std::vector<std::vector<Expression>> shapes;  ///< of each buffer
    uint32_t registers = 0;
};

Code compile(const ir::Kernel& kernel);

}  // namespace tessera::tile::interpret
