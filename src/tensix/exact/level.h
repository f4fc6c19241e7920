// The tables of one level of vector code: the same headers are compiled for each level's CPU. An operation without
// vector code is the scalar one.
#pragma once

#include <tensix/exact/scalar.h>
#include <tensix/exact/tables.h>

namespace tessera::tensix::exact {

namespace {

template <Chip chip>
constexpr Arithmetic level_table(const char* level) {
    return {
        .mode = MathMode::Exact,
        .chip = chip,
        .level = level,
        .unpack = scalar::unpack<chip>,
        .pack = scalar::pack<chip>,
        .to_dst = scalar::to_dst<chip>,
        .to_source = scalar::to_source<chip>,
        .eltwise = scalar::eltwise<chip>,
        .matmul = scalar::matmul<chip>,
        .pool = scalar::pool<chip>,
        .round = nullptr,
    };
}

}  // namespace

}  // namespace tessera::tensix::exact
