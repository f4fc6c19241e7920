#include <record/file.h>

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <memory>
#include <type_traits>
#include <vector>

#include <zstd.h>

#include <nlohmann/json.hpp>

namespace tessera::record {
namespace {

constexpr char magic[8] = {'T', 'S', 'R', 'R', 'E', 'C', '\r', '\n'};
constexpr size_t most_header_bytes = size_t{64} << 20;
constexpr int compression_level = 3;

void add_number(std::string& to, uint64_t number) {
    while (number >= 0x80) {
        to.push_back(static_cast<char>(number | 0x80));
        number >>= 7;
    }
    to.push_back(static_cast<char>(number));
}

uint64_t hash_of(std::string_view text) {
    uint64_t hash = 0xCBF29CE484222325;  // FNV-1a
    for (const char c : text) {
        hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3;
    }
    return hash;
}

// The tables are written and read by the same functions, `fields(io, value)`, with one of these two as io.

class Writer {
public:
    static constexpr bool writes = true;
    explicit Writer(std::string& to) : to_(to) {}

    template <class T>
    void number(const T& value) {
        add_number(to_, static_cast<uint64_t>(value));
    }
    template <class T>
    void up_to(const T& value, T) {
        number(value);
    }
    void text(const std::string& value) {
        number(value.size());
        to_ += value;
    }
    template <class T>
    void table(const std::vector<T>& values) {
        number(values.size());
        for (const T& value : values) {
            fields(*this, const_cast<T&>(value));
        }
    }
    template <class T>
    void index(const T& value, size_t) {
        number(value);
    }

private:
    std::string& to_;
};

class Reader {
public:
    static constexpr bool writes = false;
    explicit Reader(std::string_view from) : left_(from) {}

    size_t left() const { return left_.size(); }

    uint64_t number() {
        uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            if (left_.empty()) {
                throw FileError("it ends in the middle of a table");
            }
            const auto byte = static_cast<uint8_t>(left_.front());
            left_.remove_prefix(1);
            value |= uint64_t{byte & 0x7Fu} << shift;
            if (byte < 0x80) {
                return value;
            }
        }
        throw FileError("it holds a number that is too long");
    }
    template <class T>
    void number(T& value) {
        if constexpr (std::is_same_v<T, bool>) {
            value = number() != 0;
        } else if constexpr (std::is_enum_v<T>) {
            static_assert(!std::is_enum_v<T>, "use up_to");
        } else {
            const uint64_t read = number();
            value = static_cast<T>(read);
            if (static_cast<uint64_t>(value) != read) {
                throw FileError("it holds a number that is too large");
            }
        }
    }
    template <class T>
    void up_to(T& value, T last) {
        const uint64_t read = number();
        if (read > static_cast<uint64_t>(last)) {
            throw FileError("it holds a kind that is not known");
        }
        value = static_cast<T>(read);
    }
    void text(std::string& value) { value = bytes(number()); }
    std::string_view bytes(uint64_t count) {
        if (count > left_.size()) {
            throw FileError("it ends in the middle of a table");
        }
        const std::string_view result = left_.substr(0, count);
        left_.remove_prefix(count);
        return result;
    }
    /// Every element takes at least a byte, so a damaged count can't ask for more memory than a multiple of the file.
    uint64_t count() {
        const uint64_t value = number();
        if (value > left_.size()) {
            throw FileError("it ends in the middle of a table");
        }
        return value;
    }
    template <class T>
    void table(std::vector<T>& values) {
        const uint64_t elements = count();
        values.clear();
        values.reserve(elements);
        for (uint64_t i = 0; i < elements; ++i) {
            fields(*this, values.emplace_back());
        }
    }
    template <class T>
    void index(T& value, size_t size) {
        number(value);
        if (static_cast<uint64_t>(value) >= size) {
            throw FileError("it refers to something that it does not hold");
        }
    }

private:
    std::string_view left_;
};

template <class Io>
void fields(Io& io, std::string& value) {
    io.text(value);
}

template <class Io>
void fields(Io& io, Site& site) {
    io.text(site.file);
    io.number(site.line);
    io.text(site.function);
}

template <class Io>
void fields(Io& io, Kernel& kernel) {
    io.text(kernel.file);
    io.number(kernel.processor);
    io.number(kernel.noc);
    io.number(kernel.phases);
    io.number(kernel.dst_32bit);
    io.number(kernel.full_sync);
    io.number(kernel.code_bytes);
}

template <class Io>
void fields(Io& io, Compute& compute) {
    io.up_to(compute.kind, Compute::Kind::Configure);
    io.number(compute.op);
    io.number(compute.bcast);
    io.number(compute.phases);
    io.number(compute.dst_32bit);
    io.number(compute.transpose);
    io.number(compute.format0);
    io.number(compute.format1);
    io.number(compute.faces);
    io.number(compute.face_rows);
    io.number(compute.tiles);
    io.number(compute.ct);
    io.number(compute.rt);
    io.number(compute.kt);
    io.number(compute.sfpu_op);
    io.number(compute.operands);
    io.number(compute.instructions);
    io.number(compute.l1_accumulate);
}

template <class Io>
void fields(Io& io, Target& target) {
    io.up_to(target.kind, Target::Kind::Pcie);
    io.number(target.x);
    io.number(target.y);
    io.number(target.last_x);
    io.number(target.last_y);
    io.number(target.bank);
}

/// Most events have few fields that are not as by default: bits of a number say which are there.
template <class Io>
void fields(Io& io, Event& event) {
    io.up_to(event.op, Op::End);
    const Event none;
    uint32_t present = 0;
    uint32_t bit = 1;
    const auto mark = [&](const auto& value, const auto& by_default) {
        present |= value == by_default ? 0 : bit;
        bit <<= 1;
    };
    const auto every = [&](const auto& each) {
        each(event.noc, none.noc);
        each(event.flags, none.flags);
        each(event.cb, none.cb);
        each(event.peer, none.peer);
        each(event.gap, none.gap);
        each(event.site, none.site);
        each(event.amount, none.amount);
        each(event.trid, none.trid);
        each(event.word, none.word);
        each(event.compute, none.compute);
        each(event.name, none.name);
    };
    if constexpr (Io::writes) {
        every(mark);
        mark(event.target, none.target);
    }
    io.number(present);
    bit = 1;
    every([&](auto& value, const auto&) {
        if ((present & bit) != 0) {
            io.number(value);
        }
        bit <<= 1;
    });
    if ((present & bit) != 0) {
        fields(io, event.target);
    }
}

template <class Io>
void fields(Io& io, CircularBuffer& buffer) {
    io.number(buffer.index);
    io.number(buffer.format);
    io.number(buffer.page_size);
    io.number(buffer.pages);
}

template <class Io>
void fields(Io& io, Core& core) {
    io.number(core.device);
    io.number(core.logical_x);
    io.number(core.logical_y);
    io.number(core.x);
    io.number(core.y);
    io.table(core.cbs);
    io.number(core.semaphores);
    for (Core::Processor& processor : core.processors) {
        // One more, so that none is 0.
        auto kernel = static_cast<uint32_t>(processor.kernel + 1);
        io.number(kernel);
        processor.kernel = static_cast<int32_t>(kernel - 1);
        if (kernel != 0) {
            io.number(processor.arguments);
            io.number(processor.stream);
        }
    }
}

template <class Io>
void fields(Io& io, Launch& launch) {
    io.number(launch.number);
    io.text(launch.name);
    io.number(launch.traced);
    io.number(launch.common_arguments);
    io.table(launch.cores);
}

template <class Io>
void fields(Io& io, HostTransfer& transfer) {
    io.number(transfer.launches);
    io.number(transfer.device);
    io.number(transfer.to_device);
    io.number(transfer.bytes);
}

void require(bool holds) {
    if (!holds) {
        throw FileError("it refers to something that it does not hold");
    }
}

/// Every index leads somewhere.
void check(const Recording& recording) {
    require(!recording.sites.empty());
    for (const Event& event : recording.events) {
        require(event.site < recording.sites.size());
        require(event.op != Op::Compute || event.compute < recording.computes.size());
        require((event.op != Op::ZoneBegin && event.op != Op::ZoneEnd) || event.name < recording.names.size());
        require(event.peer < 3 && event.noc < 2);
    }
    for (const Kernel& kernel : recording.kernels) {
        require(kernel.processor < 3 && kernel.noc < 2);
    }
    for (const Launch& launch : recording.launches) {
        for (const Core& core : launch.cores) {
            for (const Core::Processor& processor : core.processors) {
                require(processor.kernel >= -1 && processor.kernel < static_cast<int64_t>(recording.kernels.size()));
                require(processor.kernel < 0 || processor.stream < recording.streams.size());
            }
        }
    }
}

std::string header_of(const Recording& recording, std::span<const PackedStream> streams) {
    nlohmann::ordered_json header;
    header["format"] = "tessera-recording";
    header["board"] = recording.board;
    header["program"] = recording.program;
    header["complete"] = recording.complete;
    header["launches"] = recording.launches.size();
    nlohmann::ordered_json kernels = nlohmann::ordered_json::array();
    for (const Kernel& kernel : recording.kernels) {
        constexpr const char* names[] = {"RISCV_0", "RISCV_1", "COMPUTE"};
        kernels.push_back(kernel.file + " (" + names[kernel.processor % 3] + ")");
    }
    header["kernels"] = kernels;
    header["events"] = recording.events.size();
    header["streams"] = streams.size();
    return header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string compress(const std::string& text) {
    const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, compression_level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    std::string result(ZSTD_compressBound(text.size()), '\0');
    const size_t bytes = ZSTD_compress2(context.get(), result.data(), result.size(), text.data(), text.size());
    if (ZSTD_isError(bytes) != 0) {
        throw FileError(std::string("it can't be compressed: ") + ZSTD_getErrorName(bytes));
    }
    result.resize(bytes);
    return result;
}

/// Grows as bytes come out, whatever a damaged frame says of its size.
std::string decompress(std::string_view packed) {
    const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    std::string result;
    std::vector<char> piece(ZSTD_DStreamOutSize());
    ZSTD_inBuffer in{packed.data(), packed.size(), 0};
    for (;;) {
        ZSTD_outBuffer out{piece.data(), piece.size(), 0};
        const size_t state = ZSTD_decompressStream(context.get(), &out, &in);
        if (ZSTD_isError(state) != 0) {
            throw FileError(std::string("it is damaged: ") + ZSTD_getErrorName(state));
        }
        result.append(piece.data(), out.pos);
        if (state == 0) {
            if (in.pos != in.size) {
                throw FileError("it is damaged: something follows its end");
            }
            return result;
        }
        if (in.pos == in.size && out.pos < out.size) {
            throw FileError("it is damaged: its end is missing");
        }
    }
}

std::string fixed(uint64_t number, size_t bytes) {
    std::string result;
    for (size_t i = 0; i < bytes; ++i) {
        result.push_back(static_cast<char>(number >> 8 * i));
    }
    return result;
}

uint64_t fixed(std::string_view from) {
    uint64_t number = 0;
    for (size_t i = from.size(); i-- > 0;) {
        number = number << 8 | static_cast<uint8_t>(from[i]);
    }
    return number;
}

std::string encode(const Recording& recording, std::span<const PackedStream> streams) {
    const std::string header = header_of(recording, streams);
    std::string body = fixed(hash_of(header), 8);
    Writer writer(body);
    writer.text(recording.board);
    writer.text(recording.program);
    writer.number(recording.complete);
    writer.table(recording.names);
    writer.table(recording.sites);
    writer.table(recording.kernels);
    writer.table(recording.computes);
    writer.table(recording.events);
    writer.number(streams.size());
    for (const PackedStream& stream : streams) {
        writer.text(stream);
    }
    writer.table(recording.launches);
    writer.table(recording.transfers);
    return std::string(magic, sizeof magic) + fixed(Recording::version, 4) + fixed(header.size(), 4) + header +
           compress(body);
}

Recording decode(std::string_view file) {
    constexpr size_t fixed_bytes = sizeof magic + 8;
    if (file.size() < sizeof magic || std::memcmp(file.data(), magic, sizeof magic) != 0) {
        throw FileError("it is no recording");
    }
    if (file.size() < fixed_bytes) {
        throw FileError("it is damaged: its end is missing");
    }
    const uint64_t version = fixed(file.substr(sizeof magic, 4));
    if (version != Recording::version) {
        throw FileError("it has version " + std::to_string(version) + " of the format, and only version " +
                        std::to_string(Recording::version) + " is known here");
    }
    const uint64_t header_bytes = fixed(file.substr(sizeof magic + 4, 4));
    if (header_bytes > most_header_bytes || header_bytes > file.size() - fixed_bytes) {
        throw FileError("it is damaged: its end is missing");
    }
    const std::string_view header = file.substr(fixed_bytes, header_bytes);
    const std::string body = decompress(file.substr(fixed_bytes + header_bytes));
    Reader reader(body);
    if (fixed(reader.bytes(8)) != hash_of(header)) {
        throw FileError("it is damaged: its header is not what it was");
    }
    Recording recording;
    reader.text(recording.board);
    reader.text(recording.program);
    reader.number(recording.complete);
    reader.table(recording.names);
    reader.table(recording.sites);
    reader.table(recording.kernels);
    reader.table(recording.computes);
    reader.table(recording.events);
    const uint64_t streams = reader.count();
    recording.streams.reserve(streams);
    for (uint64_t i = 0; i < streams; ++i) {
        recording.streams.push_back(unpack(reader.bytes(reader.number()), recording.events.size()));
    }
    reader.table(recording.launches);
    reader.table(recording.transfers);
    if (reader.left() != 0) {
        throw FileError("it is damaged: something follows its end");
    }
    check(recording);
    return recording;
}

struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
};
using File = std::unique_ptr<std::FILE, Closer>;

[[noreturn]] void failed(const std::string& path, const std::string& what) {
    throw FileError("the recording " + path + ' ' + what);
}

}  // namespace

void pack(PackedStream& to, const Piece& piece) {
    if (piece.event == loop_mark) {
        add_number(to, uint64_t{piece.body} << 1 | 1);
        add_number(to, piece.times);
    } else {
        add_number(to, uint64_t{piece.event} << 1);
    }
}

PackedStream pack(const Stream& stream) {
    PackedStream packed;
    for (const Piece& piece : stream) {
        pack(packed, piece);
    }
    return packed;
}

Stream unpack(std::string_view packed, size_t num_events) {
    Stream stream;
    Reader reader(packed);
    std::vector<size_t> ends;  // of the loops that are open
    while (reader.left() != 0) {
        const uint64_t number = reader.number();
        while (!ends.empty() && ends.back() == stream.size()) {
            ends.pop_back();
        }
        if ((number & 1) == 0) {
            require(number >> 1 < num_events);
            stream.push_back({.event = static_cast<uint32_t>(number >> 1)});
            continue;
        }
        const uint64_t body = number >> 1, times = reader.number();
        const size_t end = stream.size() + 1 + body;
        if (body == 0 || times < 2 || body > reader.left() || times > std::numeric_limits<uint32_t>::max() ||
            (!ends.empty() && end > ends.back())) {
            throw FileError("it holds a loop that is none");
        }
        ends.push_back(end);
        stream.push_back(
            {.event = loop_mark, .body = static_cast<uint32_t>(body), .times = static_cast<uint32_t>(times)});
    }
    if (!ends.empty() && ends.front() > stream.size()) {
        throw FileError("it holds a loop that does not end");
    }
    return stream;
}

void write_file(const std::string& path, const Recording& recording) {
    std::vector<PackedStream> streams;
    streams.reserve(recording.streams.size());
    for (const Stream& stream : recording.streams) {
        streams.push_back(pack(stream));
    }
    write_file(path, recording, streams);
}

void write_file(const std::string& path, const Recording& recording, std::span<const PackedStream> streams) {
    std::string bytes;
    try {
        bytes = encode(recording, streams);
    } catch (const FileError& error) {
        failed(path, std::string("can't be written: ") + error.what());
    }
    const std::string beside = path + ".part" + std::to_string(getpid());
    File file(std::fopen(beside.c_str(), "wb"));
    if (file == nullptr) {
        failed(path, std::string("can't be written: ") + std::strerror(errno));
    }
    const bool written = std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
    const int reason = errno;
    if (std::fclose(file.release()) != 0 || !written) {
        const int why = written ? errno : reason;
        std::remove(beside.c_str());
        failed(path, std::string("can't be written: ") + std::strerror(why));
    }
    if (std::rename(beside.c_str(), path.c_str()) != 0) {
        const int why = errno;
        std::remove(beside.c_str());
        failed(path, std::string("can't be written: ") + std::strerror(why));
    }
}

Recording read_file(const std::string& path) {
    const File file(std::fopen(path.c_str(), "rb"));
    if (file == nullptr) {
        failed(path, std::string("can't be read: ") + std::strerror(errno));
    }
    std::string bytes;
    char piece[1 << 16];
    while (const size_t count = std::fread(piece, 1, sizeof piece, file.get())) {
        bytes.append(piece, count);
    }
    if (std::ferror(file.get()) != 0) {
        failed(path, std::string("can't be read: ") + std::strerror(errno));
    }
    try {
        return decode(bytes);
    } catch (const FileError& error) {
        failed(path, std::string("can't be read: ") + error.what());
    }
}

}  // namespace tessera::record
