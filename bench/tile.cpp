// The tile compiler: how long it takes, and what its programs would take on a chip beside programs written by hand.
// Times on the chip are the timing model's, from recordings of both.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include <fmt/core.h>
#include <record/file.h>
#include <timing/replay.h>

#include "bench.h"

namespace bench {

namespace {

namespace fs = std::filesystem;

const std::string examples = TESSERA_SOURCE_DIR "/examples/";

std::string program(const char* name) {
    return (fs::read_symlink("/proc/self/exe").parent_path() / name).string();
}

/// Standard output of a command of this house's own programs, without characters that a shell would see.
std::string output_of(const std::string& command) {
    FILE* pipe = popen((command + " 2>/dev/null").c_str(), "r");
    if (pipe == nullptr) {
        throw std::runtime_error("cannot run " + command);
    }
    std::string text;
    char buffer[4096];
    for (size_t n = 0; (n = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) {
        text.append(buffer, n);
    }
    if (pclose(pipe) != 0) {
        throw std::runtime_error("failed: " + command + "\n" + text);
    }
    return text;
}

/// The object that `tessera tile run --json` prints.
nlohmann::json compiled(const std::string& script, const std::string& arguments, const std::string& choices = {}) {
    return nlohmann::json::parse(
        output_of(fmt::format("'{}' tile run '{}{}' {} --choose '{}' --math fast --no-oracle --json",
                              program("tessera"), examples, script, arguments, choices)));
}

double by_hand_gemm(int size, const std::string& format, const std::string& fidelity) {
    const std::string recording = (fs::temp_directory_path() / fmt::format("tessera-tile-{}.tsr", getpid())).string();
    output_of(
        fmt::format("TESSERA_BOARD=n150 TESSERA_MATH=none TESSERA_RECORD='{}' '{}' {} {} {} --format {} --fidelity "
                    "{} --memory DRAM/DRAM/DRAM --grid 8x8",
                    recording, program("tessera-gemm"), size, size, size, format, fidelity));
    const auto what = tessera::record::read_file(recording);
    fs::remove(recording);
    return tessera::timing::replay(what, {}).launches.at(0).device;
}

double by_hand_attention(int length, int head, int heads, bool causal) {
    const std::string text = output_of(
        fmt::format("'{}' time --math none --suggest 0 --json '{}flash_attention/flash_attention.cpp' {} {} {} {}",
                    program("tessera"), examples, length, head, heads, causal ? 1 : 0));
    return nlohmann::json::parse(text).at("device_cycles");
}

Row beside_hand(const std::string& name, double cycles, double by_hand, const char* peer, double goal) {
    return {.name = name, .value = cycles, .unit = "cycles", .peer = peer, .ratio = by_hand / cycles, .goal = goal};
}

/// The least of several compilations: those after the first find the files in memory.
Row compile_time(const std::string& name, const std::string& script, const std::string& arguments, double limit_ms) {
    double least = 1e30;
    for (int i = 0; i < 5; ++i) {
        const auto result = nlohmann::json::parse(output_of(
            fmt::format("'{}' tile run '{}{}' {} --check --json", program("tessera"), examples, script, arguments)));
        least = std::min(least, 1e3 * result.at("compile_seconds").get<double>());
    }
    return {.name = name, .value = least, .unit = "ms", .goal = limit_ms, .at_most = true};
}

/// What tuning finds, beside what the compiler takes by itself.
Row tuned(const std::string& name, const std::string& script, const std::string& arguments) {
    const auto found = nlohmann::json::parse(output_of(fmt::format(
        "'{}' tile tune '{}{}' {} --tries 8 --no-progress --json", program("tessera"), examples, script, arguments)));
    return {.name = name + ", tuned",
            .value = found.at("best").at("device_cycles"),
            .unit = "cycles",
            .peer = "what the compiler takes by itself",
            .ratio = found.at("speedup")};
}

/// Products whose operands lie as those that were measured on silicon, beside the device's own share of their time.
void beside_silicon(Rows& rows) {
    fs::path file = TESSERA_SOURCE_DIR "/../shared/data/silicon/gemm_n150.csv";
    file = fs::exists(file) ? file : fs::path(TESSERA_SOURCE_DIR "/tests/data/silicon/gemm_n150.csv");
    std::ifstream lines(file);
    std::string line;
    while (std::getline(lines, line)) {
        int m = 0, k = 0, n = 0;
        char format[16], fidelity[16], memory[16];
        double ns = 0, tflops = 0, of_host = 0, of_device = 0;
        if (std::sscanf(line.c_str(),
                        "N150 Manually Tuned Configurations,%d,%d,%d,True,\"(8, 8)\",%15[^,],%15[^,],%lf,%lf,%lf,%lf,"
                        "%15[^,]",
                        &m, &k, &n, format, fidelity, &ns, &tflops, &of_host, &of_device, memory) != 10 ||
            m > 2048 || std::string(memory) != "L1/DRAM/L1" || std::string(format) == "BFLOAT4_B") {
            continue;
        }
        const std::string dtype = std::string(format) == "BFLOAT16" ? "bfloat16" : "bfp8";
        const auto run = compiled("tile/gemm_sharded.py",
                                  fmt::format("--arg M={} --arg N={} --arg K={} --arg block_M={} --arg block_N={} "
                                              "--arg dtype={}",
                                              m, n, k, m / 8, n / 8, dtype),
                                  fmt::format("fidelity={}", fidelity));
        const double cycles = run.at("device_cycles");
        rows.push_back({.name = fmt::format("gemm {}x{}x{} {} {}, A and C in L1", m, k, n, dtype, fidelity),
                        .value = cycles,
                        .unit = "cycles",
                        .peer = "hand-tuned, on silicon",
                        .ratio = ns * of_host / of_device / cycles});
    }
}

}  // namespace

Rows tile() {
    setenv("TESSERA_BOARD", "n150", 1);
    Rows rows;
    rows.push_back(
        compile_time("gemm 2048^3 compiled", "tile/gemm_lazy.py", "--arg M=2048 --arg N=2048 --arg K=2048", 100));
    rows.push_back(compile_time("flash attention compiled", "tile/flash_attention.py", "--arg seq_len=1024", 300));

    // Blocks of 64 where 128 would leave cores without one.
    struct Format {
        const char *dtype, *sums, *by_hand, *fidelity;
    };
    for (const Format& format :
         {Format{"bfloat16", "bfloat16", "BFLOAT16", "HiFi2"}, Format{"bfp8", "bfloat16", "BFLOAT8_B", "LoFi"}}) {
        for (const int size : {512, 1024, 2048, 4096}) {
            const int block = size < 1024 ? 64 : 128;
            const auto run =
                compiled("tile/gemm_lazy.py",
                         fmt::format("--arg M={0} --arg N={0} --arg K={0} --arg block_M={1} --arg block_N={1} "
                                     "--arg dtype={2} --arg accum_dtype={3}",
                                     size, block, format.dtype, format.sums),
                         fmt::format("fidelity={}", format.fidelity));
            rows.push_back(beside_hand(fmt::format("gemm {}^3 {} {}", size, format.dtype, format.fidelity),
                                       run.at("device_cycles"), by_hand_gemm(size, format.by_hand, format.fidelity),
                                       "multicast gemm by hand", 1 / 1.10));
        }
    }
    for (const bool causal : {true, false}) {
        for (const auto& [length, head] : {std::pair{1024, 64}, std::pair{2048, 64}, std::pair{1024, 128}}) {
            constexpr int heads = 4;
            const double by_hand = by_hand_attention(length, head, heads, causal);
            for (const char* sums : {"bfloat16", "float32"}) {
                const auto run = compiled("tile/flash_attention.py",
                                          fmt::format("--arg seq_len={} --arg dim={} --arg heads={} --arg is_causal={} "
                                                      "--arg accum_dtype={}",
                                                      length, head, heads, causal ? "True" : "False", sums),
                                          "fidelity=HiFi2");
                // Only the first has the formats of the other program.
                const bool alike = std::string(sums) == "bfloat16";
                rows.push_back(beside_hand(fmt::format("flash attention, {} heads of {} x {}{}, {} sums", heads, length,
                                                       head, causal ? ", causal" : "", sums),
                                           run.at("device_cycles"), by_hand, "by hand, bfloat16 sums",
                                           alike ? 1 / 1.25 : 0));
            }
        }
    }
    beside_silicon(rows);
    rows.push_back(tuned("gemm 1024^3 bfloat16", "tile/gemm_lazy.py", "--arg M=1024 --arg N=1024 --arg K=1024"));
    rows.push_back(tuned("flash attention, causal", "tile/flash_attention.py", "--arg seq_len=512"));
    rows.push_back(tuned("softmax", "tile/softmax.py", "--arg M=2048 --arg N=1024"));
    return rows;
}

}  // namespace bench
