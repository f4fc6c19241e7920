// Where debug output goes: channels by processor, and the log that their lines reach in a fixed order.
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <tuple>

#include <base/error.h>
#include <sim/dprint.h>
#include <sim/dprint_channel.h>

namespace tessera::sim {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto show_after = std::chrono::seconds(1);
constexpr size_t much_text = 1 << 20;  // bytes in one thread
constexpr const char* short_names[] = {"BR", "NC", "TR0", "TR1", "TR2"};
constexpr const char* long_names[] = {"BRISC", "NCRISC", "TRISC0", "TRISC1", "TRISC2"};

unsigned name_index(const DprintChannel& channel, unsigned thread) {
    return channel.processor == 2 ? 2 + thread : channel.processor;
}

/// All channels and the log. The mutex guards everything but a channel's inside, which is its processor's own.
class Registry {
public:
    static Registry& instance() {
        // Never destroyed: kernels of a machine with static storage may print until the process ends.
        static Registry* registry = new Registry;
        return *registry;
    }

    void configure(DprintSettings settings, std::ostream* stream) {
        close();
        const std::lock_guard lock(mutex_);
        settings_ = std::make_unique<DprintSettings>(std::move(settings));
        stream_ = stream;
    }

    DprintChannel& channel(const tsr_context& context) {
        const std::lock_guard lock(mutex_);
        const Key key{context.device_id, context.logical_y, context.logical_x, context.processor};
        std::unique_ptr<DprintChannel>& slot = channels_[key];
        if (!slot) {
            auto made = std::make_unique<DprintChannel>();
            made->device = context.device_id;
            made->core = {context.logical_x, context.logical_y};
            made->processor = context.processor;
            const DprintSettings& settings = this->settings();
            for (unsigned i = 0; i < made->thread_count(); ++i) {
                std::string prefix;
                if (settings.prefix) {
                    prefix = std::to_string(made->device) + ":(x=" + std::to_string(made->core.x) +
                             ",y=" + std::to_string(made->core.y) + "):" + short_names[name_index(*made, i)] + ": ";
                }
                made->threads[i].open(std::move(prefix),
                                      settings.prints(made->device, made->core, made->thread_bit(i)));
            }
            slot = std::move(made);
        }
        return *slot;
    }

    DprintChannel* find(uint32_t device, arch::Coord core, uint32_t processor) {
        const std::lock_guard lock(mutex_);
        const auto it = channels_.find(Key{device, core.y, core.x, processor});
        return it == channels_.end() ? nullptr : it->second.get();
    }

    void begin_run() {
        const std::lock_guard lock(mutex_);
        const DprintSettings& settings = this->settings();
        if (stream_ == nullptr && settings.one_file_per_risc) {
            std::error_code error;
            std::filesystem::create_directories(settings.output_directory, error);
            if (error) {
                throw Error("dprint-file", "can't create the folder " + settings.output_directory,
                            "check TT_METAL_HOME, or unset TT_METAL_DPRINT_ONE_FILE_PER_RISC");
            }
        } else if (stream_ == nullptr && !settings.file.empty() && !file_) {
            file_ = std::make_unique<std::ofstream>(settings.file);
            if (!*file_) {
                file_.reset();
                throw Error("dprint-file", "can't write " + settings.file, "check TT_METAL_DPRINT_FILE");
            }
        }
        for (auto& [key, channel] : channels_) {  // what an abandoned kernel left open
            const std::lock_guard zones_lock(channel->zones_mutex);
            channel->zones.clear();
            channel->selected = ~0u;
        }
        next_show_ = (Clock::now() + show_after).time_since_epoch().count();
    }

    void show_all() {
        const std::lock_guard lock(mutex_);
        for (auto& [key, channel] : channels_) {
            show(*channel, [](DprintThread& thread) { return thread.take_done(); });
        }
        finish();
    }

    void show_one(DprintChannel& channel) {
        const std::lock_guard lock(mutex_);
        show(channel, [](DprintThread& thread) { return thread.take_done(); });
        finish();
    }

    void tick() {
        const auto now = Clock::now().time_since_epoch().count();
        auto due = next_show_.load();
        if (now >= due && next_show_.compare_exchange_strong(due, now + Clock::duration(show_after).count())) {
            show_all();
        }
    }

    void close() {
        const std::lock_guard lock(mutex_);
        for (auto& [key, channel] : channels_) {
            show(*channel, [](DprintThread& thread) { return thread.take_all(); });
        }
        finish();
        channels_.clear();
        settings_.reset();
        stream_ = nullptr;
        file_.reset();
        files_.clear();
        ++generation_;
    }

    uint64_t generation() const { return generation_.load(); }

private:
    using Key = std::tuple<uint32_t, uint32_t, uint32_t, uint32_t>;  // device, y, x, processor

    const DprintSettings& settings() {
        if (!settings_) {
            settings_ = std::make_unique<DprintSettings>(DprintSettings::from_environment());
        }
        return *settings_;
    }

    template <class Take>
    void show(DprintChannel& channel, Take take) {
        for (unsigned i = 0; i < channel.thread_count(); ++i) {
            const std::string text = take(channel.threads[i]);
            if (!text.empty()) {
                output(channel, i) << text;
            }
        }
    }

    std::ostream& output(const DprintChannel& channel, unsigned thread) {
        const DprintSettings& settings = this->settings();
        if (stream_ != nullptr) {
            return *stream_;
        }
        if (settings.one_file_per_risc) {
            const std::string path = settings.output_directory + "device-" + std::to_string(channel.device) +
                                     "_worker-core-" + std::to_string(channel.core.x) + "-" +
                                     std::to_string(channel.core.y) + "_" + long_names[name_index(channel, thread)] +
                                     ".txt";
            std::unique_ptr<std::ofstream>& file = files_[path];
            if (!file) {
                file = std::make_unique<std::ofstream>(path);
            }
            return *file;
        }
        return file_ ? *file_ : std::cout;
    }

    void finish() {
        if (stream_ != nullptr) {
            stream_->flush();
        } else if (file_) {
            file_->flush();
        } else if (files_.empty()) {
            std::cout.flush();
        }
        for (auto& [path, file] : files_) {
            file->flush();
        }
    }

    std::mutex mutex_;
    std::map<Key, std::unique_ptr<DprintChannel>> channels_;
    std::unique_ptr<DprintSettings> settings_;
    std::ostream* stream_ = nullptr;
    std::unique_ptr<std::ofstream> file_;
    std::map<std::string, std::unique_ptr<std::ofstream>> files_;
    std::atomic<Clock::rep> next_show_{std::numeric_limits<Clock::rep>::max()};
    std::atomic<uint64_t> generation_{1};
};

}  // namespace

DprintChannel* dprint_channel() {
    // The last channel that this host thread used, so that printing a line does not look it up item by item.
    struct Cache {
        uint64_t generation = 0;
        DprintChannel* channel = nullptr;
    };
    static thread_local Cache cache;
    const tsr_context* context = tsr_ctx;
    if (context == nullptr) {
        return nullptr;
    }
    Registry& registry = Registry::instance();
    const uint64_t generation = registry.generation();
    if (cache.generation != generation || cache.channel->device != context->device_id ||
        cache.channel->core.x != context->logical_x || cache.channel->core.y != context->logical_y ||
        cache.channel->processor != context->processor) {
        cache.channel = &registry.channel(*context);
        cache.generation = generation;
    }
    return cache.channel;
}

void dprint_line_ended(DprintChannel& channel) {
    Registry::instance().tick();
    for (const DprintThread& thread : channel.threads) {
        if (thread.done_bytes() > much_text) {
            Registry::instance().show_one(channel);
            break;
        }
    }
}

void dprint_configure(DprintSettings settings, std::ostream* stream) {
    Registry::instance().configure(std::move(settings), stream);
}
void dprint_begin_run() {
    Registry::instance().begin_run();
}
void dprint_end_run() {
    Registry::instance().show_all();
}
void dprint_tick() {
    Registry::instance().tick();
}
void dprint_close() {
    Registry::instance().close();
}

ProcessorNotes processor_notes(uint32_t device, arch::Coord logical, uint32_t processor) {
    ProcessorNotes notes;
    if (DprintChannel* channel = Registry::instance().find(device, logical, processor)) {
        for (uint32_t four = channel->waypoint; (four & 0xFF) != 0; four >>= 8) {
            notes.waypoint += static_cast<char>(four & 0xFF);
        }
        {
            const std::lock_guard lock(channel->zones_mutex);
            notes.zones = channel->zones;
        }
        const uint64_t kept = std::min<uint64_t>(channel->ring_pushes, channel->ring.size());
        for (uint64_t i = 1; i <= kept; ++i) {
            notes.ring_buffer.push_back(channel->ring[(channel->ring_pushes - i) % channel->ring.size()]);
        }
    }
    return notes;
}

}  // namespace tessera::sim
