// Where a processor's globals and stack live: one block of address space each, with inaccessible pages around the
// stack. The block is what the kernel sees as local memory at 0xFFB00000.
#pragma once

#include <cstddef>

namespace tessera::sim {

//   block + 0       guard page
//   block + 4 KiB   mutable globals of the kernel (context.local and context.globals)
//   block + 64 KiB  guard page, which a stack overflow hits
//   block + 68 KiB  stack, growing down from the end
inline constexpr size_t local_block_bytes = 256 * 1024;
inline constexpr size_t globals_offset = 4 * 1024;
inline constexpr size_t globals_limit = 60 * 1024;
inline constexpr size_t stack_guard_offset = globals_offset + globals_limit;
inline constexpr size_t stack_offset = stack_guard_offset + 4 * 1024;
inline constexpr size_t local_bytes = local_block_bytes - globals_offset;

inline constexpr unsigned long local_memory_base = 0xFFB00000;
inline constexpr unsigned long constants_base = 0xFD000000;

}  // namespace tessera::sim
