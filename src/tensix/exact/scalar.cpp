// The definition of the exact mode: loops over the rules.
#include <tensix/exact/scalar.h>

#include <base/error.h>
#include <tensix/exact/tables.h>

namespace tessera::tensix::exact {

namespace scalar {

template <Chip chip>
void unpack(DataFormat, Precision, const uint8_t*, const uint8_t*, uint32_t, uint32_t*) {
    throw Error("not-implemented", "exact unpack");
}
template <Chip chip>
void pack(const PackPlan&, const uint32_t*, uint32_t, uint8_t*, uint8_t*) {
    throw Error("not-implemented", "exact pack");
}
template <Chip chip>
void to_dst(Precision, Precision, const uint32_t*, uint32_t*, uint32_t) {
    throw Error("not-implemented", "exact to_dst");
}
template <Chip chip>
void to_source(Precision, Precision, const uint32_t*, uint32_t*, uint32_t) {
    throw Error("not-implemented", "exact to_source");
}
template <Chip chip>
void eltwise(const EltwisePlan&, const uint32_t*, const uint32_t*, uint32_t*, uint32_t) {
    throw Error("not-implemented", "exact eltwise");
}
template <Chip chip>
void matmul(const MatmulPlan&) {
    throw Error("not-implemented", "exact matmul");
}
template <Chip chip>
void pool(const PoolPlan&, const uint32_t*, const uint32_t*, uint32_t*) {
    throw Error("not-implemented", "exact pool");
}

#define TESSERA_INSTANTIATE(chip)                                                                           \
    template void unpack<chip>(DataFormat, Precision, const uint8_t*, const uint8_t*, uint32_t, uint32_t*); \
    template void pack<chip>(const PackPlan&, const uint32_t*, uint32_t, uint8_t*, uint8_t*);               \
    template void to_dst<chip>(Precision, Precision, const uint32_t*, uint32_t*, uint32_t);                 \
    template void to_source<chip>(Precision, Precision, const uint32_t*, uint32_t*, uint32_t);              \
    template void eltwise<chip>(const EltwisePlan&, const uint32_t*, const uint32_t*, uint32_t*, uint32_t); \
    template void matmul<chip>(const MatmulPlan&);                                                          \
    template void pool<chip>(const PoolPlan&, const uint32_t*, const uint32_t*, uint32_t*);
TESSERA_INSTANTIATE(Chip::Wormhole)
TESSERA_INSTANTIATE(Chip::Blackhole)
#undef TESSERA_INSTANTIATE

namespace {

template <Chip chip>
constexpr Arithmetic table() {
    return {MathMode::Exact, chip,          "scalar",     unpack<chip>, pack<chip>, to_dst<chip>,
            to_source<chip>, eltwise<chip>, matmul<chip>, pool<chip>,   nullptr};
}

}  // namespace

}  // namespace scalar

constinit const Arithmetic scalar_tables[2] = {scalar::table<Chip::Wormhole>(), scalar::table<Chip::Blackhole>()};

}  // namespace tessera::tensix::exact
