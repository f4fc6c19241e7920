// Watches the device and keeps what every processor did, for a file that others look at when the run is over.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <record/recording.h>
#include <sim/machine.h>

namespace tessera::recorder {

/// The place of a call in a kernel's source.
using Place = record::Site;
/// Finds the places of return addresses (less one), as offsets in a kernel's object; line 0 where a place is not the
/// user's.
using Resolver = std::function<std::vector<Place>(const std::string& object_path, std::span<const uint64_t> offsets)>;

/// Starts a recording if TESSERA_RECORD names a file for it. The machine owns the recorder; the file is written at the
/// end of the process.
void install(sim::Machine& machine, Resolver resolver);

/// Writes the file that install() was asked for, if it was; says on standard error why it can't.
void write_file() noexcept;

/// For tests: records, whatever the environment says.
class Session {
public:
    explicit Session(sim::Machine& machine, Resolver resolver = {});
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    record::Recording recording() const;

private:
    sim::Machine& machine_;
    std::unique_ptr<class Recorder> recorder_;
};

}  // namespace tessera::recorder
