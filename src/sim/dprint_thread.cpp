// One processor's DPRINT stream: what a value looks like. An ostringstream does the formatting, as the host's print
// server of the real stack does, so that widths, bases and precisions behave the same.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <iomanip>
#include <utility>

#include <sim/core.h>
#include <sim/dprint_channel.h>

namespace tessera::sim {
namespace {

// tt::DataFormat, as far as it is printed.
enum Format : uint8_t {
    Float32 = 0,
    Float16 = 1,
    Bfp8 = 2,
    Bfp4 = 3,
    Tf32 = 4,
    Float16_b = 5,
    Bfp8_b = 6,
    Bfp4_b = 7,
    Int32 = 8,
    UInt16 = 9,
    Lf8 = 10,
    Bfp2 = 11,
    Int8 = 14,
    Bfp2_b = 15,
    UInt32 = 24,
    Fp8_e4m3 = 26,
    UInt8 = 30,
};

const char* format_name(uint8_t format) {
    switch (format) {
        case Float32:
            return "Float32";
        case Float16:
            return "Float16";
        case Bfp8:
            return "Bfp8";
        case Bfp4:
            return "Bfp4";
        case Tf32:
            return "Tf32";
        case Float16_b:
            return "Float16_b";
        case Bfp8_b:
            return "Bfp8_b";
        case Bfp4_b:
            return "Bfp4_b";
        case Int32:
            return "Int32";
        case UInt16:
            return "UInt16";
        case Lf8:
            return "Lf8";
        case Bfp2:
            return "Bfp2";
        case Int8:
            return "Int8";
        case Bfp2_b:
            return "Bfp2_b";
        case UInt32:
            return "UInt32";
        case Fp8_e4m3:
            return "Fp8_e4m3";
        case UInt8:
            return "UInt8";
        default:
            return "Invalid";
    }
}

/// Bytes of a sample: an element, or a block exponent and its magnitude. 0: the format can't be printed.
unsigned sample_bytes(uint8_t format) {
    switch (format) {
        case Float32:
        case UInt32:
        case Int32:
            return 4;
        case Float16_b:
        case UInt16:
        case Bfp8_b:
        case Bfp4_b:
            return 2;
        case Int8:
        case UInt8:
            return 1;
        default:
            return 0;
    }
}

template <class T>
T load(const uint8_t* bytes) {
    T value;
    std::memcpy(&value, bytes, sizeof(T));
    return value;
}

float bfloat16(uint16_t bits) {
    const uint32_t word = static_cast<uint32_t>(bits) << 16;
    return load<float>(reinterpret_cast<const uint8_t*>(&word));
}

/// A register's float: sign, then mantissa, then exponent in the low bits.
float register_float(unsigned exponent_bits, unsigned mantissa_bits, uint32_t bits) {
    const int exponent = static_cast<int>(bits & ((1u << exponent_bits) - 1)) - ((1 << (exponent_bits - 1)) - 1);
    const uint32_t mantissa = bits >> exponent_bits & ((1u << mantissa_bits) - 1);
    const float value =
        std::ldexp(1.0f + std::ldexp(static_cast<float>(mantissa), -static_cast<int>(mantissa_bits)), exponent);
    return (bits >> (exponent_bits + mantissa_bits) & 1) != 0 ? -value : value;
}

}  // namespace

float block_float(uint32_t bits, uint32_t magnitude_bits, uint32_t exponent) {
    const uint32_t magnitude = bits & ((1u << magnitude_bits) - 1);
    // The magnitude's top bit weighs 2^(exponent - 127).
    const float value = std::ldexp(static_cast<float>(magnitude),
                                   static_cast<int>(exponent) - 127 - static_cast<int>(magnitude_bits - 1));
    return (bits >> magnitude_bits & 1) != 0 ? -value : value;
}

void DprintThread::open(std::string prefix, bool enabled) {
    prefix_ = std::move(prefix);
    enabled_ = enabled;
}

void DprintThread::end_line() {
    const std::lock_guard lock(mutex_);
    done_ += prefix_;
    done_ += stream_.view();
    done_bytes_ = done_.size();
    stream_.str({});
}

void DprintThread::put_text(std::string_view text) {
    after_tile_slice_ = false;
    size_t newline;
    while ((newline = text.find('\n')) != std::string_view::npos) {
        stream_ << text.substr(0, newline + 1);
        end_line();
        text.remove_prefix(newline + 1);
    }
    stream_ << text;
}

void DprintThread::control(uint32_t what, int32_t argument) {
    const bool slice = after_tile_slice_;
    after_tile_slice_ = false;
    switch (what) {
        case TSR_DPRINT_ENDL:
            // A tile slice has ended its last row already.
            if (!slice || !stream_.view().ends_with('\n')) {
                stream_ << '\n';
            }
            end_line();
            break;
        case TSR_DPRINT_SETW:
            stream_ << std::setw(argument);
            last_width_ = argument;
            break;
        case TSR_DPRINT_SETPRECISION:
            stream_ << std::setprecision(argument);
            break;
        case TSR_DPRINT_FIXED:
            stream_ << std::fixed;
            break;
        case TSR_DPRINT_DEFAULTFLOAT:
            stream_ << std::defaultfloat;
            break;
        case TSR_DPRINT_HEX:
            stream_ << std::hex;
            break;
        case TSR_DPRINT_DEC:
            stream_ << std::dec;
            break;
        case TSR_DPRINT_OCT:
            stream_ << std::oct;
            break;
        default:
            break;
    }
}

void DprintThread::put_words(const uint32_t* words, uint32_t count, uint32_t type, uint32_t subtype) {
    after_tile_slice_ = false;
    for (uint32_t i = 0; i < count; ++i) {
        if (type == 1) {
            stream_ << std::hex << "0x" << words[i] << " ";
        } else if (type == 2) {
            put_register(words[i], static_cast<uint8_t>(subtype));
        } else {
            stream_ << "Unknown type " << type;
        }
    }
}

void DprintThread::put_register(uint32_t word, uint32_t data_format) {
    const auto put_one = [&](auto value) { stream_ << std::setw(last_width_) << value << " "; };
    switch (data_format) {
        case Float16:
        case Bfp8:
        case Bfp4:
        case Bfp2:
        case Lf8:
            put_one(register_float(5, 10, word & 0xFFFF));
            put_one(register_float(5, 10, word >> 16));
            break;
        case Float16_b:
        case Bfp8_b:
        case Bfp4_b:
        case Bfp2_b:
            put_one(register_float(8, 7, word & 0xFFFF));
            put_one(register_float(8, 7, word >> 16));
            break;
        case Tf32:
            put_one(register_float(8, 10, word));
            break;
        case Float32:
            put_one(load<float>(reinterpret_cast<const uint8_t*>(&word)));
            break;
        case UInt32:
            put_one(word);
            break;
        case UInt16:
            put_one(word & 0xFFFF);
            put_one(word >> 16);
            break;
        case Int32:
            put_one(static_cast<int32_t>(word));
            break;
        default:
            stream_ << "Unknown data format " << data_format << " ";
            break;
    }
}

void DprintThread::put_tile_slice(const tsr_tile_slice& slice) {
    after_tile_slice_ = true;
    const unsigned cb = slice.cb_id;
    switch (slice.return_code) {
        case TSR_TILE_SLICE_OK:
            break;
        case TSR_TILE_SLICE_BAD_POINTER: {
            std::ostringstream line;  // apart, so that the processor's base and width don't apply
            line << "Tried printing CBIndex::c_" << cb << ": BAD TILE POINTER (ptr=" << slice.cb_ptr
                 << ", count=" << static_cast<unsigned>(slice.data_count) << ")\n";
            stream_ << line.view();
            return;
        }
        case TSR_TILE_SLICE_UNSUPPORTED_FORMAT:
            stream_ << "Tried printing CBIndex::c_" + std::to_string(cb) + ": Unsupported data format (" +
                           format_name(slice.data_format) + ")\n";
            return;
        default:
            stream_ << "Warning: MATH core does not support TileSlice printing, omitting print...\n";
            return;
    }
    const unsigned bytes = sample_bytes(slice.data_format);
    unsigned i = 0;
    for (int h = slice.h0; h < slice.h1; h += std::max<int>(slice.hs, 1)) {
        for (int w = slice.w0; w < slice.w1; w += std::max<int>(slice.ws, 1), ++i) {
            if (i >= slice.data_count) {
                stream_ << "<TileSlice data truncated due to exceeding max count (" + std::to_string(slice.data_count) +
                               ")>\n";
                return;
            }
            const uint8_t* at = slice.data + i * bytes;
            switch (slice.data_format) {
                case Float16_b:
                    stream_ << bfloat16(load<uint16_t>(at));
                    break;
                case Float32:
                    stream_ << load<float>(at);
                    break;
                case Bfp8_b:
                    stream_ << block_float(at[1], 7, at[0]);
                    break;
                case Bfp4_b:
                    stream_ << block_float(at[1], 3, at[0]);
                    break;
                case Int8:
                    stream_ << static_cast<int>(static_cast<int8_t>(*at));
                    break;
                case UInt8:
                    stream_ << static_cast<unsigned>(*at);
                    break;
                case UInt16:
                    stream_ << load<uint16_t>(at);
                    break;
                case Int32:
                    stream_ << load<int32_t>(at);
                    break;
                default:
                    stream_ << load<uint32_t>(at);
                    break;
            }
            if (w + slice.ws < slice.w1) {
                stream_ << " ";
            }
        }
        if (slice.endl_rows != 0) {
            stream_ << "\n";
        }
    }
}

std::string DprintThread::take_done() {
    const std::lock_guard lock(mutex_);
    done_bytes_ = 0;
    return std::exchange(done_, {});
}

std::string DprintThread::take_all() {
    if (!stream_.view().empty()) {
        stream_ << '\n';
        end_line();
    }
    return take_done();
}

}  // namespace tessera::sim

using tessera::sim::dprint_channel;
using tessera::sim::DprintChannel;
using tessera::sim::DprintThread;

namespace {

template <class F>
void each_thread(F&& f) {
    if (DprintChannel* channel = dprint_channel()) {
        channel->each([&](DprintThread& thread, unsigned) { f(thread); });
    }
}

}  // namespace

extern "C" {

uint32_t tsr_dprint_select(uint32_t threads) {
    DprintChannel* channel = dprint_channel();
    return channel == nullptr ? threads : std::exchange(channel->selected, threads);
}

void tsr_dprint_unsigned(uint64_t value) {
    each_thread([&](DprintThread& thread) { thread.put(value); });
}

void tsr_dprint_signed(int64_t value, uint32_t bytes) {
    each_thread([&](DprintThread& thread) {
        // The width matters in base 8 and 16, where a negative number shows its two's complement.
        if (bytes == 2) {
            thread.put(static_cast<int16_t>(value));
        } else if (bytes <= 4) {
            thread.put(static_cast<int32_t>(value));
        } else {
            thread.put(value);
        }
    });
}

void tsr_dprint_float(double value) {
    each_thread([&](DprintThread& thread) { thread.put(value); });
}

void tsr_dprint_char(char value) {
    each_thread([&](DprintThread& thread) { thread.put(value); });
}

void tsr_dprint_text(const char* text, size_t bytes) {
    if (DprintChannel* channel = dprint_channel()) {
        const std::string_view view(text, bytes);
        channel->each([&](DprintThread& thread, unsigned) { thread.put_text(view); });
        if (view.find('\n') != std::string_view::npos) {
            dprint_line_ended(*channel);
        }
    }
}

void tsr_dprint(uint32_t threads, const char* text, size_t bytes) {
    const uint32_t before = tsr_dprint_select(threads);
    tsr_dprint_text(text, bytes);
    tsr_dprint_select(before);
}

void tsr_dprint_control(uint32_t what, int32_t argument) {
    if (DprintChannel* channel = dprint_channel()) {
        channel->each([&](DprintThread& thread, unsigned) { thread.control(what, argument); });
        if (what == TSR_DPRINT_ENDL) {
            dprint_line_ended(*channel);
        }
    }
}

void tsr_dprint_words(const uint32_t* words, uint32_t count, uint32_t type, uint32_t subtype) {
    each_thread([&](DprintThread& thread) { thread.put_words(words, count, type, subtype); });
}

void tsr_dprint_tile_slice(const tsr_tile_slice* read, const tsr_tile_slice* write) {
    DprintChannel* channel = dprint_channel();
    if (channel == nullptr) {
        return;
    }
    channel->each([&](DprintThread& thread, unsigned index) {
        if (channel->processor != 2 || index == 0) {
            thread.put_tile_slice(*read);
        } else if (index == 2) {
            thread.put_tile_slice(*write);
        } else {
            tsr_tile_slice math{};
            math.return_code = TSR_TILE_SLICE_MATH;
            thread.put_tile_slice(math);
        }
    });
}

void tsr_tile_slice_sample(tsr_tile_slice* slice, uint32_t cb_id, int32_t tile, uint32_t from_write_pointer,
                           uint32_t endl_rows, uint32_t untilize, uint32_t max_bytes) {
    using namespace tessera::sim;
    const tsr_context& context = *tsr_ctx;
    const tsr_cb& cb = context.cbs[cb_id % TSR_MAX_CBS];
    slice->cb_id = static_cast<uint8_t>(cb_id);
    slice->data_format = static_cast<uint8_t>(cb.data_format);
    slice->data_count = 0;
    slice->endl_rows = endl_rows != 0;
    slice->pad = 0;
    const uint32_t base = from_write_pointer != 0 ? cb.fifo_wr_ptr : cb.fifo_rd_ptr;
    slice->cb_ptr = base + static_cast<uint32_t>(tile) * cb.tile_size;
    const unsigned bytes = sample_bytes(slice->data_format);
    if (cb_id >= TSR_MAX_CBS || cb.fifo_num_pages == 0) {
        slice->return_code = TSR_TILE_SLICE_BAD_POINTER;
        return;
    }
    if (bytes == 0) {
        slice->return_code = TSR_TILE_SLICE_UNSUPPORTED_FORMAT;
        return;
    }
    slice->return_code = TSR_TILE_SLICE_OK;

    const uint32_t faces = cb.num_faces != 0 ? cb.num_faces : 4;
    const uint32_t face_rows = cb.face_rows != 0 ? cb.face_rows : 16;
    const uint32_t face_cols = std::max(1u, static_cast<uint32_t>(cb.tile_rows) * cb.tile_cols / faces / face_rows);
    const uint32_t faces_across = std::max(1u, cb.tile_cols / face_cols);
    const bool block = slice->data_format == Bfp8_b || slice->data_format == Bfp4_b;
    const uint64_t mantissas = static_cast<uint64_t>(face_rows) * faces;  // bytes of exponents before them
    const uint8_t* bytes_of_tile = context.l1 + slice->cb_ptr;
    unsigned filled = 0;
    for (uint32_t h = slice->h0; h < slice->h1; h += std::max<uint32_t>(slice->hs, 1)) {
        for (uint32_t w = slice->w0; w < slice->w1; w += std::max<uint32_t>(slice->ws, 1)) {
            if (filled + bytes > max_bytes) {
                return;
            }
            uint64_t index;
            uint64_t exponent;
            if (untilize != 0) {
                const uint32_t face = h / face_rows * faces_across + w / face_cols;
                index = (static_cast<uint64_t>(face) * face_rows + h % face_rows) * face_cols + w % face_cols;
                exponent = static_cast<uint64_t>(face) * face_rows + h % face_rows;
            } else {
                index = w + static_cast<uint64_t>(h) * cb.tile_rows;
                exponent = index / face_cols;
            }
            const uint64_t offset = !block                         ? index * bytes
                                    : slice->data_format == Bfp8_b ? mantissas + index
                                                                   : mantissas + index / 2;
            if (slice->cb_ptr + offset + bytes > context.l1_size) {
                slice->return_code = TSR_TILE_SLICE_BAD_POINTER;
                return;
            }
            if (block) {
                slice->data[filled] = bytes_of_tile[exponent];
                const uint8_t both = bytes_of_tile[offset];
                slice->data[filled + 1] =
                    slice->data_format == Bfp8_b ? both : static_cast<uint8_t>(both >> (index % 2 * 4) & 15);
            } else {
                std::memcpy(slice->data + filled, bytes_of_tile + offset, bytes);
            }
            filled += bytes;
            ++slice->data_count;
        }
    }
}

void tsr_waypoint(const char* four_chars) {
    if (DprintChannel* channel = dprint_channel()) {
        uint32_t four = 0;
        std::memcpy(&four, four_chars, strnlen(four_chars, 4));
        channel->waypoint = four;
    }
}

void tsr_ring_buffer_push(uint32_t value) {
    if (DprintChannel* channel = dprint_channel()) {
        channel->ring[channel->ring_pushes++ % channel->ring.size()] = value;
    }
}

void tsr_zone(const char* name, uint32_t begin) {
    using namespace tessera::sim;
    if (Risc* risc = current_risc()) {
        observe(*risc, Observer::Zones, [&](Observer& o) { o.zone(*risc, name, begin != 0); });
    }
    DprintChannel* channel = dprint_channel();
    if (channel == nullptr) {
        return;
    }
    const std::lock_guard lock(channel->zones_mutex);
    if (begin != 0) {
        channel->zones.emplace_back(name);
    } else if (!channel->zones.empty()) {
        channel->zones.pop_back();
    }
}

void tsr_timestamped_data(const char* name, uint64_t value) {
    // Times would mean nothing here; the value is kept where reports show it.
    tsr_ring_buffer_push(static_cast<uint32_t>(value));
}

}  // extern "C"
