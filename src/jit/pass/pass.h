// The parts of the kernel instrumentation, in the order in which they run. Most run before any optimisation, so that
// what they add is optimised with the kernel; arguments, spins, polls and accesses come last, when the code has its
// final form. See kernel/tessera/abi.h for the fields and functions that instrumented code uses.
#pragma once

#include <cstdint>

#include "llvm/ADT/SmallPtrSet.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/Module.h"

namespace tessera::pass {

/// Byte offsets of the fields of tsr_context that compiled code reads.
enum ContextField : uint64_t {
    L1 = 0,
    L1_SIZE = 8,
    GLOBALS = 32,
    POLL_BUDGET = 56,
    WATCHED_LOADS = 64,
    WATCHED_STORES = 72,
    STRETCHES = 80,
    CYCLES = 88,
    VECTOR_INSTRUCTIONS = 96
};

/// Reports a compile error at the instruction's source line.
void report(const llvm::Instruction& at, const llvm::Twine& message);
/// Reports a compile error that belongs to a whole function or to the module.
void report(llvm::Module& module, const llvm::Twine& message);

/// The running processor's context: a load of tsr_ctx, which never changes while a kernel runs.
llvm::Value* load_context(llvm::IRBuilder<>& builder);
/// A field of the context that is constant while a kernel runs.
llvm::Value* load_constant_field(llvm::IRBuilder<>& builder, llvm::Type* type, ContextField field);

/// The function that turns an address as the kernel knows it (i64) into a host pointer, and its inverse. Both are
/// inlined: at once, or in a kernel that is counted when it has been costed.
llvm::Function* int_to_ptr(llvm::Module& module);
llvm::Function* ptr_to_int(llvm::Module& module);

/// Mutable globals become offsets from ctx->globals; constructors and initialisers that need addresses move into the
/// entry. Exports tessera_kernel_entry, tessera_globals_template and tessera_globals_bytes.
void place_globals(llvm::Module& module);
/// Every integer-to-pointer and pointer-to-integer conversion goes through the core's address map.
void map_addresses(llvm::Module& module);
/// Division, shifts, traps and inline assembly as a RISC-V core has them.
void match_processor(llvm::Module& module);
/// Marks of runtime arguments that are read (tsr_argument_read) must survive optimisation and not hinder it.
void keep_argument_marks(llvm::Module& module);
/// Takes the marks out and exports what they tell: tessera_arguments, see KernelArguments in jit.h.
void note_arguments(llvm::Module& module);
/// Loads and stores that may be to L1 are told to the device while the context asks for it.
void insert_access_checks(llvm::Module& module, const llvm::SmallPtrSetImpl<llvm::LoadInst*>& spins);
/// A loop that does nothing but look at memory, and a place where the device is told that it has ended.
struct Spin {
    llvm::SmallVector<llvm::BasicBlock*, 2> blocks;
    llvm::CallInst* told;
};
/// Volatile loads that decide when such a loop ends: the device is told when it has (tsr_spun).
llvm::SmallVector<Spin> find_spins(llvm::Module& module, llvm::SmallPtrSetImpl<llvm::LoadInst*>& loads);
/// Loops that may wait for somebody else count down ctx->poll_budget.
void insert_polls(llvm::Module& module);

}  // namespace tessera::pass
