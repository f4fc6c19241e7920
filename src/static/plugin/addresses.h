// Where an L1 address comes from: a circular buffer's read or write pointer, or some value of the kernel.
#pragma once

#include <cstdint>
#include <optional>

#include "llvm/IR/Module.h"
#include "llvm/IR/Value.h"

namespace tessera::analysis {

struct Address {
    enum Root : uint8_t { Unknown, WritePointer, ReadPointer, Same } root = Unknown;
    const llvm::Value* base = nullptr;  ///< Same: the value; pointers: the load of the pointer
    int64_t cb = -1;                    ///< of WritePointer and ReadPointer
    std::optional<int64_t> offset;      ///< bytes from the root, when it is one number
};

/// Follows an integer or a pointer to where it begins. Several possible beginnings are Unknown.
Address address_of(const llvm::Value* value, const llvm::DataLayout& layout);

}  // namespace tessera::analysis
