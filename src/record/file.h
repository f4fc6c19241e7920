// Recordings in files; docs/recording.md describes the format. Depends on nothing of the house, so that other programs
// can link it alone: libtessera_record, and libzstd.
#pragma once

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include <record/recording.h>

namespace tessera::record {

/// A file that can't be read or written, that is no recording, or a damaged one; what() names it and says why.
class FileError : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

/// A stream as the file has it, in far less memory than a Stream: a variable-length number for an event, two for a
/// loop.
using PackedStream = std::string;

void pack(PackedStream& to, const Piece& piece);
PackedStream pack(const Stream& stream);
/// Throws FileError if it is no stream over a table of so many events.
Stream unpack(std::string_view packed, size_t num_events);

/// Replaces the file if there is one, at once: nobody ever sees half of it. Throws FileError.
void write_file(const std::string& path, const Recording& recording);
/// The same with streams that are packed already; recording.streams is not looked at.
void write_file(const std::string& path, const Recording& recording, std::span<const PackedStream> streams);

/// Throws FileError if the file is not there, is damaged or of another version, or if an index in it leads nowhere.
Recording read_file(const std::string& path);

}  // namespace tessera::record
