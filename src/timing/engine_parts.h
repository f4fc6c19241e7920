// The operations of a Tensix engine by what carries them out: each file engine_*.cpp has those of its kind.
#pragma once

#include <arch/engine_time.h>
#include <timing/engine.h>
#include <timing/pipeline.h>

namespace tessera::timing::parts {

/// The time of operations, one after the other, of the unpackers and the matrix unit. What neither of them takes by
/// itself, because they wait for each other, is added to the one that takes longer.
EngineWork from_steps(const Steps& steps, const arch::EngineTime& time);

/// Bytes in L1 of so many datums, without shared exponents. Throws tessera::Error for a format that tiles can't have.
double data_bytes(uint8_t format, double datums);
/// Of the shared exponents.
double exponent_bytes(uint8_t format, double datums);
/// The speed at which an unpacker reads this format (0: x1, 1: x2, 2: x4).
uint8_t unpack_speed(uint8_t format, bool to_dst);
bool is_integer_of_32_bits(uint8_t format);

/// Reads `faces` faces from L1 into a bank of a source register.
UnpackStep read(int unpacker, uint8_t format, double datums);
/// An UNPACR_NOP that fills a bank with zeros, or only says that it is full.
UnpackStep nop(int unpacker, bool hands_over);

EngineWork matmul(const record::Compute& compute, const arch::EngineTime& time);
EngineWork copy(const record::Compute& compute, const arch::EngineTime& time);
EngineWork binary(const record::Compute& compute, const arch::EngineTime& time);
EngineWork binary_dest_reuse(const record::Compute& compute, const arch::EngineTime& time);
EngineWork reduce(const record::Compute& compute, const arch::EngineTime& time);
EngineWork transpose_dst(const record::Compute& compute, const arch::EngineTime& time);
EngineWork unpack_tilize(const record::Compute& compute, const arch::EngineTime& time);
EngineWork vector_function(const record::Compute& compute, const arch::EngineTime& time, const arch::Chip& chip);
EngineWork vector_code(const record::Compute& compute, const arch::EngineTime& time);
EngineWork pack(const record::Compute& compute, const arch::EngineTime& time);
EngineWork pack_rows(const record::Compute& compute, const arch::EngineTime& time);
EngineWork pack_untilize(const record::Compute& compute, const arch::EngineTime& time);

}  // namespace tessera::timing::parts
