// Reservation by mmap: PROT_NONE without swap accounting, opened by mprotect.
#include <sim/memory.h>

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include <base/error.h>

namespace tessera::sim {

Reservation::Reservation(size_t bytes, const std::string& what) : size_(round_up(bytes, page_bytes)) {
    void* mapped = mmap(nullptr, size_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) {
        const std::string reason = std::strerror(errno);
        throw Error(
            "out-of-memory",
            "can't reserve " + std::to_string(size_ >> 20) + " MiB of address space for " + what + ": " + reason,
            "lift the limit on address space (ulimit -v), or run a smaller board");
    }
    data_ = static_cast<uint8_t*>(mapped);
}

Reservation::~Reservation() {
    if (data_ != nullptr) {
        munmap(data_, size_);
    }
}

Reservation::Reservation(Reservation&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
}

void Reservation::open(size_t offset, size_t bytes) {
    if (mprotect(data_ + offset, round_up(bytes, page_bytes), PROT_READ | PROT_WRITE) != 0) {
        const std::string reason = std::strerror(errno);
        throw Error("out-of-memory", "can't open " + std::to_string(bytes >> 10) + " KiB of device memory: " + reason,
                    "the host may limit committed memory (vm.overcommit_memory) or mappings (vm.max_map_count)");
    }
}

}  // namespace tessera::sim
