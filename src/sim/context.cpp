// What instrumented code asks for: conversions between addresses and pointers off the fast path, arguments that are not
// there, and kernels' own errors.
#include <sim/core.h>
#include <sim/fiber.h>

#include <cstdio>

namespace tessera::sim {
namespace {

std::string hex(uint64_t value) {
    char text[32];
    std::snprintf(text, sizeof(text), "0x%llx", static_cast<unsigned long long>(value));
    return text;
}

}  // namespace

const void* kernel_pc(const Risc& risc) {
    constexpr int most_frames = 16;
    auto** frame = static_cast<void**>(__builtin_frame_address(0));
    for (int i = 0; i < most_frames; ++i) {
        const auto* at = static_cast<const uint8_t*>(frame[1]);
        if (static_cast<uint64_t>(at - risc.context.image) < risc.context.image_size) {
            return at;
        }
        auto** next = static_cast<void**>(frame[0]);
        if (next <= frame || static_cast<void*>(next) > risc.local_block + local_block_bytes - 16) {
            break;
        }
        frame = next;
    }
    return risc.context.image;
}

}  // namespace tessera::sim

using namespace tessera::sim;

extern "C" {

void* tsr_int_to_ptr_slow(uint64_t address) {
    const tsr_context& context = *tsr_ctx;
    if (address == 0) {
        return nullptr;
    }
    if (address < context.l1_size) {
        return context.l1 + address;
    }
    // A 32-bit address that was sign-extended is still the same address.
    const uint64_t narrow = address >> 32 == 0xFFFFFFFF ? address & 0xFFFFFFFF : address;
    // Local memory is larger here than on the chip: its unused middle covers the registers.
    if (narrow == clock_register_low || narrow == clock_register_low + 8) {
        return clock_register(static_cast<uint32_t>(narrow - clock_register_low) / 4);
    }
    if (narrow >= local_memory_base && narrow < local_memory_base + context.local_size) {
        return context.local + (narrow - local_memory_base);
    }
    if (narrow >= constants_base && narrow < constants_base + context.image_size) {
        return const_cast<uint8_t*>(context.image) + (narrow - constants_base);
    }
    // One past L1 is the end of a buffer, and a pointer that nobody follows.
    if (address == context.l1_size) {
        return context.l1 + address;
    }
    fail({.name = "l1-out-of-range",
          .message = hex(address) + " is used as an address, but L1 ends at " + hex(context.l1_size),
          .help = "check the arithmetic that led to this address; a NoC address is not a pointer"});
}

uint64_t tsr_ptr_to_int_slow(const void* pointer) {
    const tsr_context& context = *tsr_ctx;
    const auto* bytes = static_cast<const uint8_t*>(pointer);
    if (bytes == nullptr) {
        return 0;
    }
    if (bytes >= context.l1 && bytes <= context.l1 + context.l1_size) {
        return static_cast<uint64_t>(bytes - context.l1);
    }
    if (bytes >= context.local && bytes <= context.local + context.local_size) {
        return local_memory_base + static_cast<uint64_t>(bytes - context.local);
    }
    if (bytes >= context.image && bytes <= context.image + context.image_size) {
        return constants_base + static_cast<uint64_t>(bytes - context.image);
    }
    fail({.name = "bad-pointer",
          .message = "a pointer to neither L1, nor local memory, nor a constant of the kernel becomes an address"});
}

static void tell_access(const void* address, uint32_t bytes, bool store, uint32_t stretch, const void* site) {
    Risc& risc = *static_cast<Risc*>(tsr_ctx->risc);
    const auto at = static_cast<uint32_t>(static_cast<const uint8_t*>(address) - tsr_ctx->l1);
    if (risc.history.kept_stretches != nullptr && !store) {
        risc.history.reads_word(at);
    }
    const LocalAccess access{at, bytes, store, static_cast<uint16_t>(stretch), (stretch & TSR_SPINS) != 0, site};
    observe(risc, Observer::Accesses, [&](Observer& o) { o.local_access(risc, access); });
}

void tsr_l1_load(const void* address, uint32_t bytes, uint32_t stretch) {
    tell_access(address, bytes, false, stretch, __builtin_return_address(0));
}

void tsr_l1_store(const void* address, uint32_t bytes, uint32_t stretch) {
    tell_access(address, bytes, true, stretch, __builtin_return_address(0));
}

void tsr_spun(void) {
    Risc& risc = *static_cast<Risc*>(tsr_ctx->risc);
    observe(risc, Observer::Passed, [&](Observer& o) { o.spun(risc); });
}

void tsr_divide_by_zero(void) {
    check_failed_for_good({.name = "division-by-zero",
                           .message = "an integer is divided by zero",
                           .help = "the chip's answer would be all ones; check the divisor first"});
}

void tsr_trap(const char* reason) {
    fail({.name = "kernel-trap",
          .message = std::string("the kernel can't go on: ") + (reason == nullptr ? "trap" : reason)});
}

uint32_t tsr_unset_runtime_arg(uint32_t index, uint32_t common) {
    const tsr_context& context = *tsr_ctx;
    const uint32_t count = common != 0 ? context.common_rt_arg_count : context.rt_arg_count;
    const std::string kind = common != 0 ? "common runtime argument" : "runtime argument";
    // Given to the other function, the argument is there, and the kernel asks in the wrong place.
    const uint32_t others = common != 0 ? context.rt_arg_count : context.common_rt_arg_count;
    std::vector<std::string> notes;
    if (others > index) {
        notes.push_back(common != 0 ? "the host set " + std::to_string(others) +
                                          " unique ones with SetRuntimeArgs; the kernel gets those with get_arg_val"
                                    : "the host set " + std::to_string(others) +
                                          " common ones with SetCommonRuntimeArgs; the kernel gets those with "
                                          "get_common_arg_val");
    }
    check_failed_for_good(
        {.name = "unset-runtime-arg",
         .message = kind + " " + std::to_string(index) + " is read, but the host set " +
                    (count == 0 ? std::string("none") : std::to_string(count)),
         .notes = std::move(notes),
         .help = common != 0 ? "pass it to SetCommonRuntimeArgs" : "pass it to SetRuntimeArgs for this core"});
    // With the check lowered: what lies there in L1.
    const uint64_t at = (common != 0 ? context.common_rt_args_l1 : context.rt_args_l1) + uint64_t{index} * 4;
    return at + 4 <= context.l1_size ? *reinterpret_cast<const uint32_t*>(context.l1 + at) : 0;
}

void tsr_assert_failed(const char* condition) {
    check_failed_for_good({.name = "kernel-assert", .message = std::string("ASSERT(") + condition + ") does not hold"});
}

void tsr_error(const char* name, const char* message, const char* help) {
    fail({.name = name, .message = message, .help = help == nullptr ? "" : help});
}

}  // extern "C"
