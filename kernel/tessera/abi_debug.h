// The part of the kernel interface that carries debug output: what DPRINT and its relatives call. Formatting happens on
// the device's side, so that the headers stay cheap to include. See abi.h for the rest.
#pragma once

#include "abi.h"

#ifdef __cplusplus
extern "C" {
#endif

// RISC-V processors of a core, as bits of a mask. A compute kernel stands for all three TRISCs.
enum {
    TSR_THREAD_BRISC = 1,
    TSR_THREAD_NCRISC = 2,
    TSR_THREAD_TRISC0 = 4,
    TSR_THREAD_TRISC1 = 8,
    TSR_THREAD_TRISC2 = 16,
    TSR_THREAD_TRISCS = 28
};

// Limits what a compute kernel prints from here on to the TRISCs in `threads`; returns the mask that held before. Data
// movement kernels print as the one processor that they run on.
uint32_t tsr_dprint_select(uint32_t threads);

// One streamed item each. `bytes` is the width of the value's type (a hexadecimal negative number shows that many).
void tsr_dprint_unsigned(uint64_t value);
void tsr_dprint_signed(int64_t value, uint32_t bytes);
void tsr_dprint_float(double value);
void tsr_dprint_char(char value);
void tsr_dprint_text(const char* text, size_t bytes);

// Stream state, and the end of a line.
enum {
    TSR_DPRINT_ENDL,
    TSR_DPRINT_SETW,          // argument: columns, for the next item only
    TSR_DPRINT_SETPRECISION,  // argument: digits
    TSR_DPRINT_FIXED,
    TSR_DPRINT_DEFAULTFLOAT,
    TSR_DPRINT_HEX,
    TSR_DPRINT_DEC,
    TSR_DPRINT_OCT
};
void tsr_dprint_control(uint32_t what, int32_t argument);

// 32-bit words. type: 1 raw words in hexadecimal, 2 register contents in the tt::DataFormat `subtype`.
void tsr_dprint_words(const uint32_t* words, uint32_t count, uint32_t type, uint32_t subtype);

enum { TSR_TILE_SLICE_MAX_BYTES = 128 };
// Results of sampling a tile, as upstream numbers them.
enum {
    TSR_TILE_SLICE_OK = 2,
    TSR_TILE_SLICE_BAD_POINTER = 4,
    TSR_TILE_SLICE_UNSUPPORTED_FORMAT = 5,
    TSR_TILE_SLICE_MATH = 6
};
// Elements of one tile of a circular buffer, copied when the slice was built.
struct tsr_tile_slice {
    uint32_t cb_ptr;  // L1 byte address of the tile
    uint8_t h0, h1, hs, w0, w1, ws;
    uint8_t cb_id;
    uint8_t data_format;  // tt::DataFormat
    uint8_t data_count;   // elements in data
    uint8_t endl_rows;    // 1: a line for each row
    uint8_t return_code;
    uint8_t pad;
    uint8_t data[TSR_TILE_SLICE_MAX_BYTES];
};
// Fills everything after `ws` from the calling core's circular buffer. from_write_pointer: 1 samples where the next
// push goes, 0 what the next pop takes. untilize: (h, w) count rows and columns of the tile, not of its memory.
void tsr_tile_slice_sample(struct tsr_tile_slice* slice, uint32_t cb, int32_t tile, uint32_t from_write_pointer,
                           uint32_t endl_rows, uint32_t untilize, uint32_t max_bytes);
// Prints one slice, or in a compute kernel what each TRISC sees: the unpacker's sample, a warning, the packer's sample.
void tsr_dprint_tile_slice(const struct tsr_tile_slice* read, const struct tsr_tile_slice* write);

// An argument of a formatted print (DEVICE_PRINT).
enum {
    TSR_FORMAT_UNSIGNED,
    TSR_FORMAT_SIGNED,
    TSR_FORMAT_FLOAT,
    TSR_FORMAT_BOOL,
    TSR_FORMAT_CHAR,
    TSR_FORMAT_TEXT,
    TSR_FORMAT_POINTER,
    TSR_FORMAT_TILE_SLICE,
    TSR_FORMAT_WORDS
};
struct tsr_format_argument {
    uint32_t type;
    uint32_t size;  // TEXT: bytes; WORDS: count; TILE_SLICE: unused; otherwise the width of the value's type
    union {
        uint64_t u;
        int64_t i;
        double f;
        const void* p;
    } value;
    const void* second;  // TILE_SLICE: the write pointer's sample; WORDS: unused
    uint32_t subtype;    // WORDS: type << 16 | subtype
};
// Prints `format` ({}-style: {}, {0}, {:spec}, {0:spec}, {{ and }}).
void tsr_dprint_format(const char* format, size_t bytes, const struct tsr_format_argument* arguments, uint32_t count);

// A value recorded under a hashed name (DeviceTimestampedData, DeviceRecordEvent).
void tsr_timestamped_data(const char* name, uint64_t value);

#ifdef __cplusplus
}
#endif
