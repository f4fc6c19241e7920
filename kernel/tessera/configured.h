// The names that are constants of one kernel's compilation. Included after KernelConfig is specialised: by the
// generated code, and again by every public header. Inside a precompiled prelude it defines nothing.
#if !defined(TESSERA_PRELUDE_OPEN) && !defined(TESSERA_CONFIGURED)
#define TESSERA_CONFIGURED

// The chip's compiler takes `object.template name(...)` without template arguments.
#pragma clang diagnostic ignored "-Wmissing-template-arg-list-after-template-kw"

#include <tessera/args.h>

/// All compile-time arguments of this kernel.
constexpr auto kernel_compile_time_args = tessera::KernelConfig<void>::compile_args;

#if !defined(COMPILE_FOR_TRISC)
#ifndef NOC_INDEX
#error "a data-movement kernel's generated configuration must define NOC_INDEX and NOC_MODE"
#endif
/// The NoC of this kernel's configuration, the default of every transfer.
constexpr uint8_t noc_index = NOC_INDEX;
/// DM_DEDICATED_NOC or DM_DYNAMIC_NOC.
constexpr uint8_t noc_mode = NOC_MODE;
#endif

#endif
