// The table of checks. One line each; the page in docs/checks/ says the rest.
#include <base/checks.h>

#include <algorithm>
#include <array>

namespace tessera {
namespace {

using enum CheckFamily;
constexpr auto error = Diagnostic::Severity::Error;
constexpr auto warning = Diagnostic::Severity::Warning;
constexpr auto note = Diagnostic::Severity::Note;

constexpr auto table = std::to_array<Check>({
    // clang-format off
    {"deadlock", Progress, error, "nothing can run any more, and processors wait for ever"},
    {"livelock", Progress, error, "processors spin on memory that nobody will write any more"},
    {"endless-loop", Progress, error, "a loop has no exit and waits for nobody"},
    {"no-progress", Progress, error, "the run has taken longer than its time limit"},
    {"noc-reads-left", Progress, warning, "a kernel ends while NoC reads may be on their way"},
    {"noc-writes-left", Progress, warning, "a kernel ends while NoC writes may be reading their source"},
    {"noc-atomics-left", Progress, note, "a kernel ends while atomic increments may be on their way"},
    {"cb-pages-left", Progress, warning, "a program ends with pages that were pushed and never popped"},
    {"semaphore-left", Progress, note, "a program ends with a semaphore off its start value"},

    {"missing-read-barrier", Ordering, error, "bytes of a NoC read are used before they have arrived"},
    {"missing-write-flush", Ordering, error, "bytes change while a NoC write may still be reading them"},
    {"missing-write-barrier", Ordering, error, "bytes are used or signalled before a NoC write to them has arrived"},
    {"data-race", Ordering, error, "two processors use the same bytes, one writes, and nothing orders them"},
    {"multicast-corner-order", Ordering, error, "a multicast rectangle begins at the wrong corner for its NoC"},
    {"multicast-num-dests", Ordering, error, "a multicast names another number of destinations than it reaches"},
    {"noc-bad-coordinate", Ordering, error, "a NoC coordinate leads to nothing"},
    {"unsupported-multicast", Ordering, error, "a multicast that this chip can't do"},

    {"cb-not-configured", CircularBuffers, error, "a circular buffer is used that this core does not have"},
    {"cb-overrun", CircularBuffers, error, "a push or pop runs past the end of a circular buffer"},
    {"cb-wait-too-large", CircularBuffers, error, "more pages are asked for than the circular buffer holds"},
    {"cb-index-not-reserved", CircularBuffers, error, "a tile is packed to a page that is not reserved"},
    {"cb-index-not-waited", CircularBuffers, error, "a tile is read from a page that has not been waited for"},
    {"cb-overflow", CircularBuffers, error, "pages are pushed onto pages that have not been popped"},
    {"cb-page-of-other-format", CircularBuffers, warning, "pages have the size of another format's tile"},
    {"cb-page-smaller-than-tile", CircularBuffers, error, "pages are too small for the tiles of their format"},
    {"cb-pop-not-waited", CircularBuffers, warning, "pages are popped that their processor has not waited for"},
    {"cb-push-not-reserved", CircularBuffers, warning, "pages are pushed that their processor has not reserved"},
    {"cb-read-not-waited", CircularBuffers, error, "a transfer reads pages that have not been waited for"},
    {"cb-never-popped", CircularBuffers, warning, "a loop waits for pages that the kernel never pops"},
    {"cb-never-pushed", CircularBuffers, warning, "a loop reserves pages that the kernel never pushes"},
    {"cb-unbalanced", CircularBuffers, error, "the kernels of a program push and pop different numbers of pages"},
    {"cb-two-consumers", CircularBuffers, error, "two processors pop one circular buffer"},
    {"cb-two-producers", CircularBuffers, error, "two processors push to one circular buffer"},
    {"cb-underflow", CircularBuffers, error, "pages are popped that have not been pushed"},
    {"cb-write-not-reserved", CircularBuffers, error, "a transfer writes pages that are not reserved"},
    {"pack-past-circular-buffer", CircularBuffers, error, "a tile is packed past the end of a circular buffer"},
    {"tile-past-circular-buffer", CircularBuffers, error, "a tile is read past the end of a circular buffer"},

    {"dst-acquire-without-commit", Dst, error, "MATH acquires a section before it has committed the last one"},
    {"dst-acquire-without-release", Dst, error, "DST is acquired again before it is released"},
    {"dst-commit-without-acquire", Dst, error, "MATH commits a section that it has not acquired"},
    {"dst-index-out-of-range", Dst, error, "a DST index is beyond what a section holds in this mode"},
    {"dst-mode-change-in-section", Dst, error, "DST changes its width while a section is in use"},
    {"dst-never-written", Dst, error, "a tile of DST is packed or read that nothing has written in its section"},
    {"dst-not-acquired", Dst, error, "an operation works on DST outside of a section"},
    {"dst-not-waited", Dst, error, "a tile is packed before PACK has waited for its section"},
    {"dst-release-without-acquire", Dst, error, "DST is released on a path that has not acquired it"},
    {"dst-release-without-wait", Dst, error, "PACK releases a section that it has not waited for"},
    {"dst-release-without-commit", Dst, error, "PACK releases a section that MATH has not committed"},
    {"dst-section-not-released", Dst, error, "MATH acquires a section that PACK will never release"},
    {"dst-wait-without-commit", Dst, error, "PACK waits for a section that MATH never commits"},
    {"fp32-in-16-bit-dst", Dst, note, "Float32 data passes through 16-bit DST"},
    {"matmul-block-mismatch", Dst, error, "a matrix product of another block than its init was given"},
    {"missing-init", Dst, error, "an operation runs whose init has not"},
    {"missing-reconfig", Dst, error, "unpackers or packer are set up for another data format"},
    {"missing-uninit", Dst, error, "the packer is still set up for a special output"},
    {"odd-sfpu-iterations", Dst, error, "a vector-unit call covers half a face"},
    {"source-registers-empty", Dst, error, "the matrix unit is used with nothing unpacked"},
    {"source-registers-full", Dst, error, "more is unpacked than the source registers hold"},
    {"special-value-flags", Dst, error, "special-value flags are read that the chip does not keep"},
    {"tile-shape-mismatch", Dst, error, "tiles of shapes that do not fit together are multiplied"},
    {"topk-k-too-small", Dst, error, "a top-k network is asked for a k that it does not have"},
    {"unsupported-data-format", Dst, error, "a data format that this engine or chip does not have"},
    {"unsupported-operation", Dst, error, "an operation that is not simulated"},
    {"welford-group-out-of-range", Dst, error, "a Welford group lies outside of the register"},
    {"welford-index-out-of-range", Dst, error, "a Welford index lies outside of the tile"},
    {"welford-rows-out-of-range", Dst, error, "a Welford row range lies outside of the tile"},
    {"wrong-init", Dst, error, "an operation runs after another operation's init"},

    {"bad-pointer", Memory, error, "a pointer to no memory of the core becomes an address"},
    {"dram-out-of-range", Memory, error, "an access runs past the end of a DRAM bank"},
    {"l1-out-of-range", Memory, error, "an access runs past the end of L1"},
    {"memory-fault", Memory, error, "a pointer leads to no memory of the core"},
    {"uninitialised-output", Memory, warning, "the host reads DRAM that nobody has ever written, or what came of it"},
    {"uninitialised-tile", Memory, note, "compute works on memory that nobody has ever written"},
    {"misaligned-transfer", Memory, error, "the ends of a NoC transfer are not aligned alike"},
    {"null-dereference", Memory, error, "the null pointer is followed"},
    {"padding-in-results", Memory, warning, "the host reads bytes that come from a buffer's unwritten padding"},
    {"page-out-of-range", Memory, error, "a NoC transfer uses a page that the buffer does not have"},
    {"reserved-l1-write", Memory, error, "a NoC transfer or a store changes L1 that is the firmware's"},
    {"stack-array-transfer", Memory, error, "a NoC transfer names a variable of the stack"},
    {"stack-overflow", Memory, error, "the kernel's stack has outgrown its memory"},
    {"unallocated-access", Memory, error, "a NoC transfer reaches DRAM in which no buffer lies"},
    {"use-after-free", Memory, error, "a transfer uses the memory of a buffer that was freed"},

    {"unknown-compile-time-argument", Arguments, error, "a compile-time argument that the host did not give"},
    {"compile-time-arg-out-of-range", Arguments, error, "a compile-time argument past those that the host passed"},
    {"unset-runtime-arg", Arguments, error, "a runtime argument that the host did not set"},
    {"unused-runtime-arg", Arguments, note, "more runtime arguments are set than the kernel can read"},
    {"accessor-mismatch", Arguments, warning, "an accessor's pages do not lie where its buffer's do"},
    {"accessor-page-size", Arguments, error, "an accessor's page size is not that of its buffer"},
    {"tensor-rank", Arguments, error, "a tensor accessor of a rank that the arguments do not have"},

    {"check-failed", Host, error, "the host API refuses a call (TT_FATAL)"},
    {"core-outside-grid", Host, error, "a kernel is placed on a core that the grid does not have"},
    {"core-used-twice", Host, error, "two programs of one launch use the same core"},
    {"device-already-open", Host, error, "a device is opened twice"},
    {"host-data-too-small", Host, warning, "fewer bytes are written than the buffer has"},
    {"no-such-device", Host, error, "a device that the board does not have"},
    {"both-kernels-on-one-noc", Host, warning, "two data-movement kernels of a core share a NoC and its counters"},
    {"processor-used-twice", Host, error, "two kernels of a program run on the same processor"},
    {"unfinished-read", Host, warning, "nobody has waited for a non-blocking read"},
    {"unordered-host-access", Host, error, "host or queue access to what a workload of another queue may still use"},
    {"wrong-device", Host, error, "a program or transfer goes to another device than its buffers"},

    {"division-by-zero", Kernel, error, "an integer is divided by zero"},
    {"kernel-assert", Kernel, error, "an ASSERT of the kernel does not hold"},
    {"kernel-trap", Kernel, error, "the kernel reaches code that must not be reached"},
    {"kernel-compile-error", Kernel, error, "a kernel does not compile"},
    {"kernel-not-found", Kernel, error, "a kernel's source file is not there"},

    {"kernel-config-too-large", Limits, error, "a program's arguments and semaphores do not fit"},
    {"kernel-globals-too-large", Limits, error, "a kernel's globals do not fit into local memory"},
    // clang-format on
});

}  // namespace

std::string_view family_name(CheckFamily family) {
    switch (family) {
        case Progress:
            return "progress";
        case Ordering:
            return "ordering";
        case CircularBuffers:
            return "circular-buffers";
        case Dst:
            return "dst-and-engines";
        case Memory:
            return "memory";
        case Arguments:
            return "arguments";
        case Host:
            return "host";
        case Kernel:
            return "kernel";
        case Limits:
            break;
    }
    return "limits";
}

std::span<const Check> checks() {
    return table;
}

const Check* find_check(std::string_view name) {
    const auto* found =
        std::find_if(table.begin(), table.end(), [&](const Check& check) { return check.name == name; });
    return found == table.end() ? nullptr : found;
}

}  // namespace tessera
