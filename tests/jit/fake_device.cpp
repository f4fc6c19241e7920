#include "fake_device.h"

#include <setjmp.h>

namespace {
jmp_buf trap_return;
}

__thread struct tsr_context* tsr_ctx __attribute__((tls_model("initial-exec"))) = nullptr;

namespace tessera::test {

constexpr uint64_t LOCAL = 0xFFB00000;
constexpr uint64_t IMAGE = 0xFD000000;

FakeDevice* FakeDevice::current = nullptr;

FakeDevice::FakeDevice() {
    current = this;
    context.l1 = l1.data();
    context.l1_size = l1.size();
    context.local = local.data();
    context.local_size = local.size();
    context.stretches = stretches.data();
    static const uint16_t routers[12] = {};
    static const int32_t offsets[12] = {};
    context.num_dram_banks = 12;
    context.dram_bank_to_noc_xy[0] = context.dram_bank_to_noc_xy[1] = routers;
    context.bank_to_dram_offset = offsets;
    tsr_ctx = &context;
}

FakeDevice::~FakeDevice() {
    current = nullptr;
    tsr_ctx = nullptr;
}

void FakeDevice::run(const jit::Kernel& kernel) {
    running = &kernel;
    // As aligned as vectors want it.
    constexpr size_t alignment = 128;
    globals.resize(kernel.globals_bytes + alignment);
    auto* begin = reinterpret_cast<uint8_t*>((reinterpret_cast<uintptr_t>(globals.data()) + alignment - 1) / alignment *
                                             alignment);
    std::memcpy(begin, kernel.globals_template, kernel.globals_bytes);
    context.globals = begin;
    context.image = reinterpret_cast<const uint8_t*>(kernel.image);
    context.image_size = kernel.image_bytes;
    context.poll_budget = 100;
    if (setjmp(trap_return) == 0) {
        kernel.entry();
    }
}

uint32_t FakeDevice::word(uint32_t address) const {
    uint32_t value;
    std::memcpy(&value, &l1[address], sizeof value);
    return value;
}

void FakeDevice::set_word(uint32_t address, uint32_t value) {
    std::memcpy(&l1[address], &value, sizeof value);
}

std::shared_ptr<const jit::Kernel> build(const std::string& text, const std::string& name,
                                         const std::string& prologue) {
    jit::KernelSource source;
    source.path = name;
    source.text = text;
    source.from_string = true;
    source.prologue = prologue;
    return jit::compile({source}).front();
}

}  // namespace tessera::test

using tessera::test::FakeDevice;

extern "C" {

uint32_t tsr_unset_runtime_arg(uint32_t, uint32_t) {
    return 0;
}

uint32_t tsr_pages_watched = 0;
void tsr_page(uint64_t, uint32_t, uint32_t, uint32_t, uint32_t) {}

// The vector unit's: DST, in the fast mode.
uint32_t* tsr_dst_tile(uint32_t tile) {
    static uint32_t dst[16 * 1024];
    return dst + size_t{tile % 16} * 1024;
}
uint32_t tsr_dst_is_32bit() {
    return 1;
}
uint32_t tsr_exact_math() {
    return 0;
}
void tsr_exact_add(const uint32_t*, const uint32_t*, uint32_t*) {}
void tsr_exact_mul(const uint32_t*, const uint32_t*, uint32_t*) {}
void tsr_exact_mad(const uint32_t*, const uint32_t*, const uint32_t*, uint32_t*) {}

void* tsr_int_to_ptr_slow(uint64_t address) {
    FakeDevice& device = *FakeDevice::current;
    ++device.slow_to_pointer;
    if (address >= tessera::test::LOCAL && address < tessera::test::LOCAL + device.local.size()) {
        return device.local.data() + (address - tessera::test::LOCAL);
    }
    if (address >= tessera::test::IMAGE && address < tessera::test::IMAGE + device.context.image_size) {
        return const_cast<uint8_t*>(device.context.image) + (address - tessera::test::IMAGE);
    }
    tsr_trap("address outside of the core");
}

uint64_t tsr_ptr_to_int_slow(const void* pointer) {
    FakeDevice& device = *FakeDevice::current;
    ++device.slow_to_integer;
    const auto* bytes = static_cast<const uint8_t*>(pointer);
    if (bytes >= device.context.image && bytes < device.context.image + device.context.image_size) {
        return tessera::test::IMAGE + static_cast<uint64_t>(bytes - device.context.image);
    }
    return tessera::test::LOCAL;
}

void tsr_poll_slow(uint32_t pure) {
    FakeDevice& device = *FakeDevice::current;
    ++device.polls;
    device.pure_polls += (pure & ~uint32_t{TSR_POLL_NO_EXIT}) != 0 ? 1 : 0;
    device.context.poll_budget = 100;
    if (device.polls > 1000) {
        tsr_trap("the loop never ends");
    }
    if (device.on_poll) {
        device.on_poll(device);
    }
}

static void tell_access(const void* address, uint32_t bytes, uint32_t stretch, bool store) {
    FakeDevice& device = *FakeDevice::current;
    const auto at = static_cast<uint32_t>(static_cast<const uint8_t*>(address) - device.l1.data());
    device.accesses.push_back({at, bytes, stretch, store});
    if ((stretch & TSR_SPINS) == 0) {
        device.stretches[stretch] = {at, bytes};
    }
}

void tsr_spun(void) {
    ++FakeDevice::current->spun;
}

void tsr_l1_load(const void* address, uint32_t bytes, uint32_t stretch) {
    tell_access(address, bytes, stretch, false);
}

void tsr_l1_store(const void* address, uint32_t bytes, uint32_t stretch) {
    tell_access(address, bytes, stretch, true);
}

void tsr_divide_by_zero(void) {
    ++FakeDevice::current->divisions_by_zero;
}

void tsr_trap(const char* reason) {
    FakeDevice::current->trap = reason;
    longjmp(trap_return, 1);
}

void tsr_notify_local(volatile uint32_t*) {}
}
