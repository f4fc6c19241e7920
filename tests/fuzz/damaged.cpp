// Damaged inputs to the command: kernel sources with bytes missing or too many, senseless settings in the environment,
// files of the cache that were cut or overwritten. Each run ends with an exit code of its own and, if it failed, with a
// message that has a name; never with a signal.
#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <vector>

#include "../errors/command.h"

namespace tessera::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* COMPUTE = R"(#include "api/compute/eltwise_binary.h"
#include "api/compute/tile_move_copy.h"

void kernel_main() {
    constexpr uint32_t count = get_compile_time_arg_val(0);
    binary_op_init_common(0, 0, 16);
    add_tiles_init(0, 0);
    cb_reserve_back(0, count);
    cb_push_back(0, count);
    for (uint32_t i = 0; i < count; ++i) {
        cb_wait_front(0, 1);
        cb_reserve_back(16, 1);
        tile_regs_acquire();
        add_tiles(0, 0, 0, 0, 0);
        tile_regs_commit();
        tile_regs_wait();
        pack_tile(0, 16);
        tile_regs_release();
        cb_push_back(16, 1);
        cb_pop_front(0, 1);
    }
    cb_wait_front(16, count);
    cb_pop_front(16, count);
}
)";

constexpr const char* DATA = R"(#include "api/dataflow/dataflow_api.h"

void kernel_main() {
    const uint32_t address = get_arg_val<uint32_t>(0);
    const uint32_t semaphore = get_semaphore(get_arg_val<uint32_t>(1));
    const uint32_t x = get_arg_val<uint32_t>(2), y = get_arg_val<uint32_t>(3);
    const InterleavedAddrGen<true> source = {.bank_base_address = address, .page_size = 2048};
    auto* word = reinterpret_cast<volatile tt_l1_ptr uint32_t*>(semaphore);
    for (uint32_t i = 0; i < 2; ++i) {
        cb_reserve_back(0, 1);
        noc_async_read_tile(i, source, get_write_ptr(0));
        noc_async_read_barrier();
        cb_push_back(0, 1);
        noc_semaphore_inc(get_noc_addr(x, y, semaphore), 1);
        noc_semaphore_wait_min(word, i + 1);
        cb_wait_front(0, 1);
        noc_async_write(get_read_ptr(0), get_noc_addr(i, source), 2048);
        noc_async_write_barrier();
        cb_pop_front(0, 1);
    }
    noc_async_atomic_barrier();
}
)";

bool many() {
    const char* text = std::getenv("TESSERA_LONG_TESTS");
    return text != nullptr && *text == '1';
}

/// Ends as the command's documentation says; what failed has a name.
void expect_orderly(const Result& result, const std::string& input) {
    const bool known =
        result.code == 0 || result.code == 1 || (result.code >= 64 && result.code <= 73) || result.code == 124;
    EXPECT_TRUE(known) << "exit code " << result.code << "\n" << result.errors << "\n" << input;
    const bool named = result.errors.find("error[") != std::string::npos ||
                       result.errors.find("error: ") != std::string::npos ||
                       result.errors.find("tessera: ") != std::string::npos;
    EXPECT_TRUE(result.code == 0 || named) << result.errors << "\n" << input;
    EXPECT_EQ(result.errors.find("terminate called"), std::string::npos) << result.errors << "\n" << input;
}

std::string damaged(const std::string& source, std::mt19937& random) {
    std::string text = source;
    const auto below = [&](size_t limit) { return random() % std::max<size_t>(1, limit); };
    const char* words[] = {"{",
                           "}",
                           "(",
                           ")",
                           ";",
                           "0",
                           "-1",
                           "4294967295",
                           "16",
                           "63",
                           "for (;;) {}",
                           "return;",
                           "cb_pop_front(0, 1);",
                           "cb_push_back(16, 2);",
                           "tile_regs_release();",
                           "#",
                           "\\",
                           "\"",
                           "noc_async_read_barrier();",
                           "*(volatile uint32_t*)0xFFFFFFF0 = 1;",
                           "template",
                           "\xFF\xFE"};
    for (size_t times = 1 + below(3); times > 0; --times) {
        const size_t at = below(text.size());
        switch (below(6)) {
            case 0:
                text.resize(at);
                break;
            case 1:
                text.erase(at, 1 + below(20));
                break;
            case 2:
                text.insert(at, words[below(std::size(words))]);
                break;
            case 3:
                text[at] = static_cast<char>(random());
                break;
            case 4: {
                // A whole line goes, which often leaves a program that compiles.
                const size_t begin = text.rfind('\n', at), end = text.find('\n', at);
                if (begin != std::string::npos && end != std::string::npos) {
                    text.erase(begin, end - begin);
                }
                break;
            }
            default: {
                // A number becomes another one.
                const size_t digit = text.find_first_of("0123456789", at);
                if (digit != std::string::npos) {
                    text.replace(digit, 1, std::to_string(random() >> below(32)));
                }
                break;
            }
        }
        if (text.empty()) {
            text = "\n";
        }
    }
    return text;
}

TEST(Damaged, KernelSourcesEndInAnOrderlyWay) {
    Folder folder("-damaged");
    const std::string path = (folder.path() / "kernel.cpp").string();
    std::mt19937 random(4);
    const int count = many() ? 400 : 12;
    for (int i = 0; i < count; ++i) {
        const bool computes = i % 2 == 1;
        const std::string source = damaged(computes ? COMPUTE : DATA, random);
        std::ofstream(path, std::ios::binary) << source;
        const Result result = tessera(folder, std::string("run --timeout 20 hosts/launch.cpp -- ") + path +
                                                  " on=" + (computes ? "COMPUTE" : "RISCV_1") + " cores=2");
        expect_orderly(result, source);
    }
}

TEST(Damaged, SettingsWithoutSenseAreNamed) {
    Folder folder("-settings");
    const char* settings[] = {
        "TESSERA_THREADS=many",
        "TESSERA_THREADS=-1",
        "TESSERA_THREADS=99999999999999999999",
        "TESSERA_NOC_ORDER=sideways",
        "TESSERA_NOC_ORDER=adversarial:",
        "TESSERA_NOC_ORDER=adversarial:x",
        "TESSERA_CHECKS=some",
        "TESSERA_MATH=vague",
        "TESSERA_TIMEOUT=soon",
        "TESSERA_ALLOW=,,no-such-check,",
        "TESSERA_DENY=%s%s%n",
        "TESSERA_MAX_ERRORS=few",
        "TESSERA_DIAGNOSTICS=/no/such/folder/file",
        "TESSERA_BOARD=cupboard",
        "TESSERA_EXPLORE=outputs",
        "TESSERA_EXPLORE=events:/no/such/folder/file",
        "TESSERA_NUMERICS=/no/such/folder/file",
        "TESSERA_FORCE_DST=17",
        "TESSERA_FORCE_FIDELITY=HiFi9",
        "TESSERA_SIMD=abacus",
        "TESSERA_CACHE=/proc/nowhere",
        "TT_METAL_DPRINT_CORES='((((;0-'",
        "TT_METAL_DPRINT_FILE=/no/such/folder/file",
    };
    for (const char* setting : settings) {
        expect_orderly(tessera(folder, "run hosts/launch.cpp -- kernels/good.cpp cores=2", setting), setting);
    }
    EXPECT_NE(tessera(folder, "run hosts/launch.cpp -- kernels/good.cpp", "TESSERA_EXPLORE=outputs").code, 0);
}

TEST(Damaged, FilesOfTheCacheAreMadeAgainOrNamed) {
    Folder folder("-cached");
    const fs::path cache = folder.path() / "cache";
    const std::string settings = "TESSERA_CACHE='" + cache.string() + "'";
    const std::string good = "run hosts/launch.cpp -- kernels/good.cpp cores=2";
    ASSERT_EQ(tessera(folder, good, settings).code, 0);
    std::mt19937 random(7);
    for (const char* kind : {"kernels", "programs"}) {
        for (int way = 0; way < (many() ? 12 : 4); ++way) {
            for (const auto& entry : fs::directory_iterator(cache / kind)) {
                const auto size = fs::file_size(entry.path());
                if (size == 0) {
                    continue;
                }
                switch (way % 4) {
                    case 0:
                        fs::resize_file(entry.path(), size / 3);
                        break;
                    case 1:
                        fs::resize_file(entry.path(), 0);
                        break;
                    case 2:
                        std::ofstream(entry.path(), std::ios::binary) << std::string(size, '\xAA');
                        break;
                    default: {
                        std::fstream file(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
                        file.seekp(static_cast<std::streamoff>(random() % std::min<uint64_t>(size, 64)));
                        file.put('\x55');
                        break;
                    }
                }
            }
            const Result result = tessera(folder, good, settings);
            expect_orderly(result, std::string(kind) + ", way " + std::to_string(way));
            fs::remove_all(cache / kind);
            const Result again = tessera(folder, good, settings);
            EXPECT_EQ(again.code, 0) << again.errors;
        }
    }
}

}  // namespace
}  // namespace tessera::test
