// Where the host's buffers lie in the memories of the machine's chips, and where the freed ones lay: what the host
// layer tells, for the checks to look up.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tessera::sim {

enum class Memory : uint8_t { Dram, L1 };

/// The memory of one buffer. It begins at the same address in every bank that holds a part of it. Banks are DRAM banks,
/// or workers (logical y * grid width + x).
struct BufferPlace {
    Memory memory = Memory::Dram;
    std::vector<uint32_t> devices;  ///< it lies on each of them alike
    uint64_t address = 0;
    uint64_t page_bytes = 0;
    uint64_t stride = 0;           ///< bytes from one page of a bank to the next
    uint64_t pages = 0;            ///< as the host counts them
    uint32_t num_banks = 0;        ///< interleaved: pages are dealt to these, one after the other
    std::vector<uint32_t> shards;  ///< sharded: the banks that hold shards; empty for an interleaved buffer
    uint64_t shard_bytes = 0;      ///< sharded: bytes in each of them
    bool owner = true;             ///< false: a view of memory that has an owner
    uint64_t number = 0;           ///< of its allocation, counted up by the registry

    /// Sharded: which of the host's pages lies in each page of shards[i], or no_page. Null: not known.
    std::shared_ptr<const std::vector<std::vector<uint32_t>>> shard_pages;
    static constexpr uint32_t no_page = ~0u;

    /// What a byte is there for, if not for the host's data.
    enum class Padding : uint8_t { None, PageEnd, Shard };
    /// Of a byte of the buffer in this bank.
    Padding padding_at(uint32_t bank, uint64_t byte) const;
    /// Some of its bytes are padding.
    bool padded() const;

    bool sharded() const { return !shards.empty(); }
    bool on(uint32_t device) const;
    /// Bytes that it takes up in a bank, from `address` on.
    uint64_t bytes_in(uint32_t bank) const;
    /// The most that it takes up in any bank.
    uint64_t extent() const;
    /// "4 pages of 2048 bytes at 0x20".
    std::string describe() const;
};

/// All methods may be called from several threads.
class BufferRegistry {
public:
    /// key: whatever the host layer knows the buffer by.
    void allocated(const void* key, BufferPlace place);
    /// Its memory was given back. Does nothing for a key that is not known.
    void freed(const void* key);
    /// The device was closed: its buffers are no more, and nothing that was freed there matters.
    void forget(std::span<const uint32_t> devices);
    /// The host reads or writes this memory by address, so the program places things there itself.
    void placed_by_hand(uint32_t device, Memory memory);
    bool is_placed_by_hand(uint32_t device, Memory memory) const;

    /// Changes with every call above.
    uint64_t generation() const;
    /// Buffers that are there, and the memory of freed ones that nobody has been given since. Both by address.
    std::vector<BufferPlace> live() const;
    std::vector<BufferPlace> gone() const;

private:
    void bury(const BufferPlace& place);

    mutable std::mutex mutex_;
    std::unordered_map<const void*, BufferPlace> live_;
    std::vector<BufferPlace> gone_;
    std::vector<std::pair<uint32_t, Memory>> by_hand_;
    uint64_t generation_ = 0;
};

}  // namespace tessera::sim
