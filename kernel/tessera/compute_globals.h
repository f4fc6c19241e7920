// What every compute kernel header starts from: the macros that address the three engines, ckernel's enums and
// constants. A compute kernel is compiled once and one processor runs the parts of all three engines, in program order.
#pragma once

#include <cstdint>

#include <tessera/abi_compute.h>
#include <tessera/abi_debug.h>
#include <tessera/args.h>
#include <tessera/sfpu_types.h>

#ifndef TRISC_UNPACK
#define TRISC_UNPACK
#endif
#ifndef TRISC_MATH
#define TRISC_MATH
#endif
#ifndef TRISC_PACK
#define TRISC_PACK
#endif

namespace tessera {

/// Does the text of a statement print?
consteval bool prints(const char* text) {
    for (; *text != 0; ++text) {
        if (text[0] == 'P' && text[1] == 'R' && text[2] == 'I' && text[3] == 'N' && text[4] == 'T') {
            return true;
        }
    }
    return false;
}

/// Until the end of the statement that it stands in, only these TRISCs print.
template <uint32_t threads, bool prints>
struct OnThread {
    OnThread() : before(tsr_dprint_select(threads)) {}
    ~OnThread() { tsr_dprint_select(before); }
    uint32_t before;
};
template <uint32_t threads>
struct OnThread<threads, false> {};

}  // namespace tessera

// x is an expression in parentheses, nearly always, or any statement. What an expression prints (DPRINT begins with a
// parenthesis too) is printed by the one thread.
#define TESSERA_FIRST(first, ...) first
#define TESSERA_SECOND(...) TESSERA_SECOND_OF(__VA_ARGS__)
#define TESSERA_SECOND_OF(first, second, ...) second
#define TESSERA_SEE_PARENTHESIS(...) ~, TESSERA_ON_EXPRESSION, ~
#define TESSERA_CHOOSE(first) TESSERA_SECOND(TESSERA_SEE_PARENTHESIS first, TESSERA_ON_STATEMENT, ~)
#define TESSERA_ON_EXPRESSION(threads, text, ...) ::tessera::OnThread<threads, ::tessera::prints(text)>{}, __VA_ARGS__
#define TESSERA_ON_STATEMENT(threads, text, ...) __VA_ARGS__
#define UNPACK(x) TESSERA_CHOOSE(TESSERA_FIRST(x, ~))(TSR_THREAD_TRISC0, #x, x)
#define MATH(x) TESSERA_CHOOSE(TESSERA_FIRST(x, ~))(TSR_THREAD_TRISC1, #x, x)
#define PACK(x) TESSERA_CHOOSE(TESSERA_FIRST(x, ~))(TSR_THREAD_TRISC2, #x, x)

// The entry point under its older name: namespace NAMESPACE { void MAIN { ... } }.
#ifndef MAIN
#define MAIN tessera_compute_main()
#endif
#ifndef NAMESPACE
#define NAMESPACE tessera_compute
#endif

constexpr uint32_t FACE_HEIGHT = 16;
constexpr uint32_t FACE_WIDTH = 16;
constexpr uint32_t TILE_HEIGHT = 32;
constexpr uint32_t TILE_WIDTH = 32;
constexpr uint32_t FACE_HW = FACE_HEIGHT * FACE_WIDTH;
constexpr uint32_t TILE_HW = TILE_HEIGHT * TILE_WIDTH;

constexpr std::uint32_t FACE_R_DIM = 16;
constexpr std::uint32_t FACE_C_DIM = 16;
constexpr std::uint32_t TILE_R_DIM = 32;
constexpr std::uint32_t TILE_C_DIM = 32;
constexpr std::uint32_t TILE_NUM_FACES = 4;

enum class MathFidelity : uint8_t { LoFi = 0, HiFi2 = 2, HiFi3 = 3, HiFi4 = 4, Invalid = 255 };

namespace ckernel {

using ::MathFidelity;

enum ReduceDim { REDUCE_ROW = TSR_REDUCE_ROW, REDUCE_COL = TSR_REDUCE_COL, REDUCE_SCALAR = TSR_REDUCE_SCALAR };

enum PoolType { SUM = TSR_POOL_SUM, AVG = TSR_POOL_AVG, MAX = TSR_POOL_MAX, MIN = TSR_POOL_MIN };

/// Which source register a copy to DST comes from; the simulated engine has no use for it.
enum DataCopyType { A2D, B2D };

enum EltwiseBinaryType {
    ELWMUL = TSR_ELWMUL,
    ELWDIV = TSR_ELWDIV,
    ELWADD = TSR_ELWADD,
    ELWSUB = TSR_ELWSUB,
    ELWLESS = TSR_ELWLESS,
};

enum class EltwiseBinaryReuseDestType {
    NONE = TSR_REUSE_NONE,
    DEST_TO_SRCA = TSR_REUSE_DEST_AS_SRCA,
    DEST_TO_SRCB = TSR_REUSE_DEST_AS_SRCB,
};

enum DstSync { SyncHalf = 0, SyncFull = 1 };

/// Which source registers two operands go to: (SrcA, SrcB), or for matrix products (SrcB, SrcA).
enum class SrcOrder : uint8_t { Regular = 0, Reverse = 1 };

/// Always of the second operand: its column 0, row 0 or datum (0,0) stands for the whole tile.
enum BroadcastType { NONE = TSR_BCAST_NONE, COL = TSR_BCAST_COL, ROW = TSR_BCAST_ROW, SCALAR = TSR_BCAST_SCALAR };

enum ReluType : uint8_t { NO_RELU = 0, ZERO_RELU = 1, MIN_THRESHOLD_RELU = 2, MAX_THRESHOLD_RELU = 3 };

constexpr bool UnpackToDestEn = true;
constexpr bool UnpackToDestDis = false;

/// Nothing is in flight between the engines here.
ALWI void tensix_sync() {}

}  // namespace ckernel

using namespace ckernel;

// A kernel may define helpers in NAMESPACE and its kernel_main outside.
namespace NAMESPACE {}
using namespace NAMESPACE;
