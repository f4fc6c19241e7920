// What a kernel does that matters to the analysis, one event for each call of the kernel headers' C interface
// (kernel/tessera/abi.h, abi_compute.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "llvm/ADT/SmallVector.h"
#include "llvm/IR/InstrTypes.h"
#include "llvm/IR/Instructions.h"

namespace tessera::analysis {

enum class What : uint8_t {
    Reserve,
    Push,
    Wait,
    Pop,
    Read,
    Write,
    Atomic,
    ReadBarrier,
    WriteBarrier,
    AtomicBarrier,
    FullBarrier,
    DstAcquire,
    DstCommit,
    DstWait,
    DstRelease,
    DstAcquireBoth,
    DstReleaseBoth,
    Math,  ///< writes DST; reads tiles of circular buffers
    Pack,  ///< reads DST, writes a tile of a circular buffer
    DstAccess,
    Load,      ///< the kernel's own code reads memory
    Opaque,    ///< a function whose body is unknown to the analysis and that may do anything
    NoReturn,  ///< control ends here with an error
};

/// A tile of a circular buffer that an operation reads or writes. A null index: unknown.
struct Tile {
    llvm::Value* cb = nullptr;
    llvm::Value* index = nullptr;
};

struct Event {
    What what = What::Opaque;
    llvm::Instruction* at = nullptr;
    llvm::Value* cb = nullptr;       ///< Reserve, Push, Wait, Pop
    llvm::Value* pages = nullptr;    ///< the same
    llvm::Value* address = nullptr;  ///< Read: destination in L1; Write: source in L1; Load: the pointer
    llvm::SmallVector<Tile, 2> tiles;
};

/// The event of an instruction, if it is one.
std::optional<Event> event_of(llvm::Instruction& instruction);

/// The value if it is a constant.
std::optional<int64_t> number(const llvm::Value* value);

/// The circular buffer's index as c_16 or, when it is computed, "the circular buffer".
std::string buffer_name(const llvm::Value* cb);

}  // namespace tessera::analysis
