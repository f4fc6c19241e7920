// SFPU_{UNARY,BINARY,TERNARY}_CALL and _INIT: how kernels run vector functions of ckernel::sfpu on tiles of DST. A call
// begins with DST_SYNC_MODE and, in the earlier of two generations, DST_ACCUM_MODE; both forms are understood. Nothing
// is checked beforehand: each access to DST is.
#pragma once

#include <type_traits>
#include <utility>

#include <sfpi/params.h>

// Functions that a kernel defines are found there too.
namespace ckernel::sfpu {}

namespace tessera::sfpu_macros {

/// Runs `run` with the arguments after an optional leading bool, the accumulation mode.
template <class Run, class First, class... Rest>
sfpi_inline void skip_mode(Run run, First&& first, Rest&&... rest) {
    if constexpr (std::is_same_v<std::remove_cvref_t<First>, bool>) {
        run(std::forward<Rest>(rest)...);
    } else {
        run(std::forward<First>(first), std::forward<Rest>(rest)...);
    }
}

template <class... Args>
sfpi_inline void unary(Args&&... args) {
    skip_mode([](auto&&... a) { _llk_math_eltwise_unary_sfpu_params_(a...); }, std::forward<Args>(args)...);
}
template <class... Args>
sfpi_inline void binary(Args&&... args) {
    skip_mode([](auto&&... a) { _llk_math_eltwise_binary_sfpu_params_(a...); }, std::forward<Args>(args)...);
}
template <class... Args>
sfpi_inline void ternary(Args&&... args) {
    skip_mode([](auto&&... a) { _llk_math_eltwise_ternary_sfpu_params_(a...); }, std::forward<Args>(args)...);
}

}  // namespace tessera::sfpu_macros

#define TESSERA_SFPU_EXPAND(...) __VA_ARGS__
#define TESSERA_SFPU_JOIN_(a, b) a##b
#define TESSERA_SFPU_JOIN(a, b) TESSERA_SFPU_JOIN_(a, b)
// 1 when x is in parentheses, as a list of template arguments is.
#define TESSERA_SFPU_PROBE(...) ~, 1
#define TESSERA_SFPU_SECOND(a, b, ...) b
#define TESSERA_SFPU_IN_PARENS_(...) TESSERA_SFPU_SECOND(__VA_ARGS__, 0, 0)
#define TESSERA_SFPU_IN_PARENS(x) TESSERA_SFPU_IN_PARENS_(TESSERA_SFPU_PROBE x)

#define TESSERA_SFPU_CALL_1(KIND, FN, TEMPLATES, ...) \
    ::tessera::sfpu_macros::KIND(::ckernel::sfpu::FN<TESSERA_SFPU_EXPAND TEMPLATES>, __VA_ARGS__)
#define TESSERA_SFPU_CALL_0(KIND, DST_ACCUM, FN, TEMPLATES, ...) TESSERA_SFPU_CALL_1(KIND, FN, TEMPLATES, __VA_ARGS__)
#define TESSERA_SFPU_CALL(KIND, A, B, ...) \
    TESSERA_SFPU_JOIN(TESSERA_SFPU_CALL_, TESSERA_SFPU_IN_PARENS(B))(KIND, A, B, __VA_ARGS__)
#define TESSERA_SFPU_CALL_PLAIN(KIND, ...)         \
    ([&] {                                         \
        using namespace ::ckernel::sfpu;           \
        ::tessera::sfpu_macros::KIND(__VA_ARGS__); \
    }())

/// (DST_SYNC_MODE, [DST_ACCUM_MODE,] function, (template arguments), tile, vector mode, arguments...)
#define SFPU_UNARY_CALL(DST_SYNC, ...) TESSERA_SFPU_CALL(unary, __VA_ARGS__)
/// The same with the tiles in0, in1, out.
#define SFPU_BINARY_CALL(DST_SYNC, ...) TESSERA_SFPU_CALL(binary, __VA_ARGS__)
/// The same with the tiles in0, in1, in2, out.
#define SFPU_TERNARY_CALL(DST_SYNC, ...) TESSERA_SFPU_CALL(ternary, __VA_ARGS__)

// The same for functions that are no templates.
#define SFPU_UNARY_CALL_NO_TEMPLATE_ARGS(DST_SYNC, ...) TESSERA_SFPU_CALL_PLAIN(unary, __VA_ARGS__)
#define SFPU_BINARY_CALL_NO_TEMPLATE_ARGS(DST_SYNC, ...) TESSERA_SFPU_CALL_PLAIN(binary, __VA_ARGS__)
#define SFPU_TERNARY_CALL_NO_TEMPLATE_ARGS(DST_SYNC, ...) TESSERA_SFPU_CALL_PLAIN(ternary, __VA_ARGS__)

// Inits. The unit needs none here; a kernel's own init function runs, named from within ckernel.
#define TESSERA_SFPU_INIT_PLAIN(INIT_FN) \
    ([&] {                               \
        using namespace ::ckernel;       \
        INIT_FN();                       \
    }())
#define TESSERA_SFPU_INIT(INIT_FN, TEMPLATES, ...)           \
    ([&] {                                                   \
        using namespace ::ckernel;                           \
        INIT_FN<TESSERA_SFPU_EXPAND TEMPLATES>(__VA_ARGS__); \
    }())
#define SFPU_UNARY_INIT(...) ((void)0)
#define SFPU_UNARY_INIT_FN(OP, INIT_FN, TEMPLATES) TESSERA_SFPU_INIT(INIT_FN, TEMPLATES)
#define SFPU_UNARY_INIT_FN_NO_ARGS(OP, INIT_FN) TESSERA_SFPU_INIT_PLAIN(INIT_FN)
#define SFPU_UNARY_INIT_FN_ARGS(OP, INIT_FN, TEMPLATES, ...) TESSERA_SFPU_INIT(INIT_FN, TEMPLATES, __VA_ARGS__)
#define SFPU_BINARY_INIT(...) ((void)0)
#define SFPU_BINARY_INIT_FN(OP, INIT_FN, TEMPLATES) TESSERA_SFPU_INIT(INIT_FN, TEMPLATES)
#define SFPU_BINARY_INIT_FN_NO_ARGS(OP, INIT_FN) TESSERA_SFPU_INIT_PLAIN(INIT_FN)
#define SFPU_BINARY_INIT_FN_ARGS(OP, INIT_FN, TEMPLATES, ...) TESSERA_SFPU_INIT(INIT_FN, TEMPLATES, __VA_ARGS__)
#define SFPU_TERNARY_INIT(...) ((void)0)
#define SFPU_TERNARY_INIT_FN(OP, INIT_FN, TEMPLATES) TESSERA_SFPU_INIT(INIT_FN, TEMPLATES)
#define SFPU_TERNARY_INIT_FN_NO_ARGS(OP, INIT_FN) TESSERA_SFPU_INIT_PLAIN(INIT_FN)
#define SFPU_TERNARY_INIT_FN_ARGS(OP, INIT_FN, TEMPLATES, ...) TESSERA_SFPU_INIT(INIT_FN, TEMPLATES, __VA_ARGS__)
