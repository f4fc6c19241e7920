// The tables of results: found by a few comparisons in the thread's own list, made under a lock. Compiled for any CPU.
#include <tensix/exact/sfpu_results.h>

#include <array>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <vector>

namespace tessera::tensix::exact {

namespace {

struct Free {
    void operator()(uint32_t* p) const { std::free(p); }
};

struct Key {
    SfpuUnary unary;
    uint32_t op, p0, p1, p2;
    SfpuWidth width;
    bool operator==(const Key&) const = default;
};

struct Entry {
    Key key{};
    uint32_t* words = nullptr;
};

/// 256 KiB each (fp16: 2 MiB), of which the system provides the pages that are written to: functions see few binades.
/// Programs have a handful of functions; one that draws a function's parameters at random must not fill the memory.
constexpr size_t most_tables = 64;

class Registry {
public:
    uint32_t* find(const Key& key) {
        const std::lock_guard lock(mutex_);
        for (const Entry& entry : entries_) {
            if (entry.key == key) {
                return entry.words;
            }
        }
        if (entries_.size() == most_tables) {
            return nullptr;
        }
        const size_t size = size_t{1} << (32 - short_shift(key.width));
        owned_.emplace_back(static_cast<uint32_t*>(std::calloc(size, sizeof(uint32_t))));
        entries_.push_back({key, owned_.back().get()});
        return entries_.back().words;
    }

private:
    std::mutex mutex_;
    std::vector<Entry> entries_;
    std::vector<std::unique_ptr<uint32_t, Free>> owned_;
};

}  // namespace

uint32_t* sfpu_results(SfpuUnary unary, uint32_t op, SfpuParams params, SfpuWidth width) {
    // Never destroyed: kernels' threads may outlive static objects.
    static Registry& registry = *new Registry;
    thread_local std::array<Entry, 8> recent;
    const Key key{unary, op, params.p0, params.p1, params.p2, width};
    Entry& entry = recent[op % recent.size()];
    if (entry.key != key) {
        entry = {key, registry.find(key)};
    }
    return entry.words;
}

}  // namespace tessera::tensix::exact
