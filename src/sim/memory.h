// Reserved address space: memory of the machine that costs nothing until it is touched.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace tessera::sim {

/// A range of addresses that the process owns, inaccessible until a part of it is opened.
class Reservation {
public:
    Reservation() = default;
    /// Reserves bytes of inaccessible address space. Throws tessera::Error (out-of-memory) naming `what`.
    Reservation(size_t bytes, const std::string& what);
    ~Reservation();
    Reservation(Reservation&& other) noexcept;
    Reservation& operator=(Reservation&& other) noexcept;

    /// Makes a page-aligned part readable and writable, zero until written. Throws tessera::Error (out-of-memory).
    void open(size_t offset, size_t bytes);

    uint8_t* data() const { return data_; }
    size_t size() const { return size_; }
    bool contains(const void* address) const { return address >= data_ && address < data_ + size_; }

private:
    uint8_t* data_ = nullptr;
    size_t size_ = 0;
};

inline constexpr size_t page_bytes = 4096;
constexpr size_t round_up(size_t value, size_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

}  // namespace tessera::sim
