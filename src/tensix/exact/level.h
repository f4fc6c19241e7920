// The tables of one level of vector code: the same headers are compiled for each level's CPU. An operation without
// vector code is the scalar one.
#pragma once

#include <tensix/exact/scalar.h>
#include <tensix/exact/tables.h>
#include <tensix/exact/vector_eltwise.h>
#include <tensix/exact/vector_matmul.h>
#include <tensix/exact/vector_move.h>
#include <tensix/exact/vector_pack.h>
#include <tensix/exact/vector_pool.h>
#include <tensix/exact/vector_unpack.h>

namespace tessera::tensix::exact {

namespace {

template <Chip chip>
constexpr Arithmetic level_table(const char* level) {
    return {
        .mode = MathMode::Exact,
        .chip = chip,
        .level = level,
        .unpack = vector_unpack<chip>,
        .pack = vector_pack<chip>,
        .to_dst = vector_to_dst<chip>,
        .to_source = vector_to_source<chip>,
        .eltwise = vector_eltwise<chip>,
        .matmul = matmul<chip>,
        .pool = vector_pool<chip>,
        .round = nullptr,
    };
}

}  // namespace

}  // namespace tessera::tensix::exact
