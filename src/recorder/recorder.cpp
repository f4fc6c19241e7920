#include <recorder/recorder.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <recorder/observer.h>

namespace tessera::recorder {

Recorder::Recorder(const sim::Machine& machine, Resolver resolver) : machine_(machine), resolver_(std::move(resolver)) {
    for (const auto& device : machine.impl().devices) {
        maps_.emplace_back(*device);
        logs_.emplace_back(device->cores.size());
    }
    done_.board = machine.board().name;
    const char* name = std::getenv("TESSERA_RECORD_PROGRAM");
    done_.program = name != nullptr ? name : program_invocation_short_name;
}

void Recorder::resolve(record::Recording& to) const {
    to.sites.assign(sites_.size(), {});
    if (!resolver_) {
        return;
    }
    for (uint32_t object = 0; object < objects_.size(); ++object) {
        // A place in Tessera's own headers is its caller's.
        for (const size_t depth : {0, 1}) {
            std::vector<uint64_t> offsets;
            std::vector<size_t> numbers;
            for (size_t i = 1; i < sites_.size(); ++i) {
                if (sites_[i].object == object && sites_[i].offsets[depth] != 0 && to.sites[i].line == 0) {
                    offsets.push_back(sites_[i].offsets[depth] - 1);
                    numbers.push_back(i);
                }
            }
            if (offsets.empty()) {
                continue;
            }
            std::vector<Place> places = resolver_(objects_[object], offsets);
            for (size_t i = 0; i < places.size() && i < numbers.size(); ++i) {
                record::Site& site = to.sites[numbers[i]];
                std::string function = site.function.empty() ? places[i].function : site.function;
                site = std::move(places[i]);
                site.function = std::move(function);
            }
        }
    }
}

record::Recording Recorder::recording() {
    const std::lock_guard lock(mutex_);
    record::Recording result = done_;
    for (const record::PackedStream& stream : streams_) {
        result.streams.push_back(record::unpack(stream, done_.events.size()));
    }
    resolve(result);
    return result;
}

void Recorder::write(const std::string& path) {
    const std::lock_guard lock(mutex_);
    record::Recording result = done_;
    result.complete = result.complete && !running_;
    resolve(result);
    record::write_file(path, result, streams_);
}

namespace {

std::atomic<Recorder*> the_recorder{nullptr};
std::string& the_path() {
    static auto* path = new std::string;
    return *path;
}

}  // namespace

void install(sim::Machine& machine, Resolver resolver) {
    const char* path = std::getenv("TESSERA_RECORD");
    if (path == nullptr || *path == '\0') {
        return;
    }
    the_path() = path;
    auto recorder = std::make_unique<Recorder>(machine, std::move(resolver));
    the_recorder = recorder.get();
    machine.adopt_observer(std::move(recorder));
    std::atexit([] { write_file(); });
}

void write_file() noexcept {
    Recorder* recorder = the_recorder.exchange(nullptr);
    if (recorder == nullptr) {
        return;
    }
    try {
        recorder->write(the_path());
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error[cannot-write]: %s\n", error.what());
    }
}

Session::Session(sim::Machine& machine, Resolver resolver)
    : machine_(machine), recorder_(std::make_unique<Recorder>(machine, std::move(resolver))) {
    machine.add_observer(recorder_.get());
}

Session::~Session() {
    machine_.remove_observer(recorder_.get());
}

record::Recording Session::recording() const {
    return recorder_->recording();
}

}  // namespace tessera::recorder
