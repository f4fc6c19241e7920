// annotate_tt_schedule and annotate_tt_sharding: scripts that say where tensors lie and which core does what, compiled,
// run on the simulated boards and compared with what they mean.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tile/front/front.h>
#include <tile/ir/diagnostics.h>
#include <tile/lower.h>
#include <tile/prove/verdicts.h>

namespace tessera::tile {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

class Schedules : public ::testing::Test {
protected:
    void SetUp() override {
        folder_ = fs::temp_directory_path() / ("tessera-schedules-" + std::to_string(getpid()));
        fs::create_directories(folder_);
    }
    void TearDown() override { fs::remove_all(folder_); }
    void write(const std::string& name, const std::string& text) const { std::ofstream(folder_ / name) << text; }
    std::string read(const std::string& name) const {
        std::ifstream file(folder_ / name);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    int tessera(const std::string& arguments) const {
        const std::string command =
            "cd '" + folder_.string() + "' && '" TESSERA_COMMAND "' " + arguments + " >out 2>err";
        const int status = std::system(command.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    /// The summary of a run whose results are good.
    json run(const std::string& script, const std::string& options = "") const {
        write("k.py", script);
        const int code = tessera("tile run k.py --json " + options);
        EXPECT_EQ(code, 0) << read("out") << read("err");
        return code == 0 ? json::parse(read("out")) : json{};
    }
    json plan_of(const json& summary) const {
        std::ifstream file(summary.at("sources").get<std::string>() + "/plan.json");
        return json::parse(file);
    }
    fs::path folder_;
};

/// B = A + A of so many rows and columns, with the annotations.
std::string add(const std::string& annotations, int rows = 512, int columns = 64, int block_rows = 32,
                int block_columns = 64) {
    const auto number = [](int value) { return std::to_string(value); };
    return "import tilelang\nimport tilelang.language as T\n\n\n@tilelang.jit(out_idx=[-1])\ndef add():\n"
           "    @T.prim_func\n    def main(A: T.Tensor((" +
           number(rows) + ", " + number(columns) + "), \"bfloat16\"), B: T.Tensor((" + number(rows) + ", " +
           number(columns) + "), \"bfloat16\")):\n        with T.Kernel(" + number(columns / block_columns) + ", " +
           number(rows / block_rows) + ") as (bx, by):\n" + annotations + "            a = T.alloc_shared((" +
           number(block_rows) + ", " + number(block_columns) + "), \"bfloat16\")\n            b = T.alloc_shared((" +
           number(block_rows) + ", " + number(block_columns) +
           "), \"bfloat16\")\n"
           "            T.copy(A[by * " +
           number(block_rows) + ", bx * " + number(block_columns) +
           "], a)\n"
           "            for i, j in T.Parallel(" +
           number(block_rows) + ", " + number(block_columns) +
           "):\n"
           "                b[i, j] = a[i, j] + a[i, j]\n"
           "            T.copy(b, B[by * " +
           number(block_rows) + ", bx * " + number(block_columns) + "])\n    return main\n";
}

std::string gemm(const std::string& annotations, int size = 256) {
    const std::string n = std::to_string(size);
    return "import tilelang\nimport tilelang.language as T\n\n\n@tilelang.jit(out_idx=[-1])\ndef gemm():\n"
           "    @T.prim_func\n    def main(A: T.Tensor((" +
           n + ", " + n + "), \"bfloat16\"), B: T.Tensor((" + n + ", " + n + "), \"bfloat16\"), C: T.Tensor((" + n +
           ", " + n + "), \"bfloat16\")):\n        with T.Kernel(T.ceildiv(" + n + ", 64), T.ceildiv(" + n +
           ", 64)) as (bx, by):\n" + annotations +
           "            a = T.alloc_shared((64, 64), \"bfloat16\")\n"
           "            b = T.alloc_shared((64, 64), \"bfloat16\")\n"
           "            c = T.alloc_fragment((64, 64), \"float32\")\n"
           "            T.clear(c)\n"
           "            for k in T.Pipelined(" +
           n +
           " // 64, num_stages=2):\n"
           "                T.copy(A[by * 64, k * 64], a)\n"
           "                T.copy(B[k * 64, bx * 64], b)\n"
           "                T.gemm(a, b, c)\n"
           "            T.copy(c, C[by * 64, bx * 64])\n    return main\n";
}

std::string schedule(const std::string& arguments) {
    return "            T.annotate_tt_schedule(" + arguments + ")\n";
}
std::string shards(const std::string& each) {
    return "            T.annotate_tt_sharding({" + each + "})\n";
}

// --- Schedules ------------------------------------------------------------------------------------------------------

TEST_F(Schedules, PoliciesAndOrders) {
    for (const char* arguments :
         {"policy=\"strided\", order=\"column_major\"", "policy=\"rect\", order=\"block_linear(2)\"",
          "policy=\"contiguous\", order=\"z_order\"", "policy=\"strided\", stride=(3, 5)", "grid=(2, 3)", "cores=7",
          "policy=\"rect\", rect=(1, 2, 4, 2)"}) {
        const json plan = plan_of(run(gemm(schedule(arguments)), "--no-time"));
        EXPECT_FALSE(plan.is_null()) << arguments;
    }
    const json strided = plan_of(run(gemm(schedule("policy=\"strided\", stride=(3, 5)")), "--no-time"));
    const json& cores = strided.at("programs").at(0).at("cores");
    EXPECT_EQ(cores.size(), 5u);
    EXPECT_EQ(cores.at(0).at("start"), 3);
    EXPECT_EQ(cores.at(2).at("start"), 0);
    const json rect = plan_of(run(gemm(schedule("policy=\"rect\", rect=(1, 2, 4, 2)")), "--no-time --board p150"));
    EXPECT_EQ(rect.at("programs").at(0).at("cores").at(0).at("x"), 2);
    EXPECT_EQ(rect.at("programs").at(0).at("cores").at(0).at("y"), 1);
    EXPECT_EQ(rect.at("programs").at(0).at("cores").size(), 8u);
}

// --- Shards ---------------------------------------------------------------------------------------------------------

TEST_F(Schedules, BlocksInTheirOwnShardsAreNotMoved) {
    const std::string l1 = "A: T.TTShard(axis=0, placement=\"L1\"), B: T.TTShard(axis=0, placement=\"L1\")";
    for (const char* board : {"n150", "p150"}) {
        const json summary = run(add(shards(l1)), std::string("--board ") + board);
        const json plan = plan_of(summary);
        const json& program = plan.at("programs").at(0);
        EXPECT_EQ(program.at("cores").size(), 16u);
        EXPECT_EQ(program.at("circular_buffers").at(0).at("tensor"), "A");
        EXPECT_EQ(program.at("circular_buffers").at(1).at("tensor"), "B");
        EXPECT_EQ(plan.at("tensors").at(0).at("placement"), "L1");
        EXPECT_EQ(plan.at("tensors").at(0).at("layout").at("shard_tiles"), (json{1, 2}));
        EXPECT_EQ(plan.at("tensors").at(0).at("layout").at("shard_grid"), (json{16, 1}));
        const std::string sources = summary.at("sources");
        std::ifstream reader(sources + "/" + program.at("kernels").at(0).at("source").get<std::string>());
        const std::string text{std::istreambuf_iterator<char>(reader), {}};
        EXPECT_THAT(text, Not(HasSubstr("noc_")));
        EXPECT_THAT(text, HasSubstr("cb_push_back"));
        // Against the same with both in DRAM.
        const json dram = run(add(""), std::string("--board ") + board);
        std::printf("512 x 64 bfloat16, A + A on %s: %.2f us from DRAM to DRAM, %.2f us in L1 shards\n", board,
                    dram.at("device_us").get<double>(), summary.at("device_us").get<double>());
        EXPECT_LT(summary.at("device_us").get<double>(), dram.at("device_us").get<double>());
    }
}

TEST_F(Schedules, EveryPlaceGivesTheSameNumbers) {
    for (const char* place :
         {"A: T.TTShard(placement=\"L1\"), B: T.TTShard(placement=\"L1\")",
          "A: T.TTShard(axis=0, placement=\"DRAM\"), B: T.TTShard(axis=1)",
          "A: T.TTShard(axis=1, placement=\"L1\"), B: T.TTShard(axis=0, placement=\"L1\", order=\"column_major\")",
          "A: T.TTShard(axis=(0, 1), placement=\"L1\"), B: T.TTShard(axis=(0, 1), placement=\"L1\", grid=(4, 2))",
          "A: T.TTShard(axis=(0, 1), placement=\"L1\", order=\"column_major\", tiles=(\"rows\", 128))"}) {
        for (const char* board : {"n150", "p150"}) {
            SCOPED_TRACE(std::string(place) + " on " + board);
            run(add(shards(place), 512, 128, 64, 64), std::string("--no-time --board ") + board);
        }
    }
}

TEST_F(Schedules, BlockShardsMakeCoresWorkInStep) {
    // 8 x 2 blocks of 64 x 64, each core's own.
    const std::string l1 = "A: T.TTShard(axis=(0, 1), placement=\"L1\"), B: T.TTShard(axis=(0, 1), placement=\"L1\")";
    const json plan = plan_of(run(add(shards(l1), 512, 128, 64, 64), "--no-time"));
    EXPECT_EQ(plan.at("programs").at(0).at("cores").size(), 16u);
    EXPECT_EQ(plan.at("programs").at(0).at("circular_buffers").at(0).at("tensor"), "A");
    EXPECT_EQ(plan.at("tensors").at(0).at("layout").at("shard_grid"), (json{8, 2}));
}

TEST_F(Schedules, ProductsOfShardedTensors) {
    const std::string both =
        "A: T.TTShard(axis=0, placement=\"L1\"), B: T.TTShard(axis=1, placement=\"L1\"), C: T.TTShard(axis=(0, 1), "
        "placement=\"L1\")";
    const json l1 = run(gemm(shards(both)));
    const json dram = run(gemm(""));
    std::printf("256^3 bfloat16 product on n150: %.2f us from DRAM, %.2f us with all three tensors in L1 shards\n",
                dram.at("device_us").get<double>(), l1.at("device_us").get<double>());
    run(gemm(shards("A: T.TTShard(axis=0), B: T.TTShard(axis=1)")), "--no-time --board p150");
}

// --- The map of L1 --------------------------------------------------------------------------------------------------

// The addresses that the proof works with are those that the kernels see.
TEST_F(Schedules, TheMapOfL1IsTheRuntimes) {
    const std::string text =
        add(shards("A: T.TTShard(axis=0, placement=\"L1\"), B: T.TTShard(placement=\"L1\")"), 512, 64, 32, 32);
    for (const char* board : {"n150", "p150"}) {
        write("k.py", text);
        fs::remove_all(folder_ / "sources");
        ASSERT_EQ(tessera(std::string("tile emit k.py --output sources --board ") + board), 0) << read("err");
        Diagnostics diagnostics;
        const auto script = front::load((folder_ / "k.py").string(), diagnostics);
        const ir::Kernel kernel = front::evaluate(*script, "", {}, diagnostics);
        lower::Options options;
        options.board = board;
        const device::Module module = lower::lower(kernel, options, diagnostics);
        ASSERT_FALSE(diagnostics.failed()) << diagnostics.render();
        const auto map = prove::l1_map(module.programs.at(0), module, arch::board(board).chips.front());
        const json plan = json::parse(read("sources/plan.json"));
        const json& program = plan.at("programs").at(0);
        // The reader prints where its rings begin, the host where the tensors do.
        const std::string source = "sources/" + program.at("kernels").at(0).at("source").get<std::string>();
        std::string reader = read(source), prints;
        for (const json& ring : program.at("circular_buffers")) {
            const std::string index = std::to_string(ring.at("index").get<int>());
            prints += "DPRINT << \"at " + ring.at("name").get<std::string>() + " \" << get_write_ptr(" + index +
                      ") << ENDL();\n";
        }
        const size_t main = reader.find("{", reader.find("void kernel_main"));
        reader.insert(main + 1, "\n" + prints);
        write(source, "#include \"api/debug/dprint.h\"\n" + reader);
        std::string host = read("sources/host.cpp");
        const size_t close = host.find("    mesh->close();");
        host.insert(close,
                    "    std::printf(\"at A %u\\nat B %u\\n\", unsigned(buffers.A->address()), "
                    "unsigned(buffers.B->address()));\n");
        write("sources/host.cpp", host);
        ASSERT_EQ(tessera(std::string("run sources/host.cpp --board ") + board), 0) << read("err");
        std::map<std::string, uint32_t> seen;
        const std::string printed = read("out") + read("err");
        const std::regex line("at (\\w+) (\\d+)");
        for (auto at = std::sregex_iterator(printed.begin(), printed.end(), line); at != std::sregex_iterator(); ++at) {
            seen[(*at)[1]] = static_cast<uint32_t>(std::stoul((*at)[2]));
        }
        EXPECT_EQ(seen.size(), map.size()) << printed;
        for (const prove::L1Part& part : map) {
            EXPECT_EQ(seen[part.what], part.address) << part.what << " on " << board;
        }
    }
}

// --- What cannot be -------------------------------------------------------------------------------------------------

struct Refused {
    const char* name;
    const char* message;
    unsigned line, column;
    std::string script;
};

TEST(SchedulesRefused, ByNameWithTheReason) {
    const auto file = fs::temp_directory_path() / ("tessera-refused-" + std::to_string(getpid()) + ".py");
    const std::vector<Refused> all = {
        {"tile-schedule", "rect=(0, 0, 9, 1) is not within the 8 x 8 cores", 9, 9,
         gemm(schedule("policy=\"rect\", rect=(0, 0, 9, 1)"))},
        {"tile-schedule", "4 x 4 blocks are no whole number of rectangles of 3 x 2", 9, 9,
         gemm(schedule("policy=\"rect\", rect=(0, 0, 3, 2)"))},
        {"tile-schedule", "rect= names a rectangle of cores", 9, 9,
         gemm(schedule("policy=\"contiguous\", rect=(0, 0, 2, 2)"))},
        {"tile-schedule", "stride= says how far apart", 9, 9, gemm(schedule("policy=\"contiguous\", stride=(0, 4)"))},
        {"tile-schedule", "stride=(4, 4) deals blocks to 4 cores", 9, 9,
         gemm(schedule("policy=\"strided\", stride=(4, 4)"))},
        {"tile-schedule", "asks for 9 x 1 cores", 9, 9, gemm(schedule("grid=(9, 1)"))},
        {"tile-schedule", "chunk_k_tiles=4 asks for steps of 128 elements, and the script's are 64", 18, 17,
         gemm(schedule("chunk_k_tiles=4"))},
        {"tile-shard", "A has no dimension 2", 10, 13, add(shards("A: T.TTShard(axis=2)"))},
        {"tile-shard", "there is no placement 'L2'", 10, 13, add(shards("A: T.TTShard(axis=0, placement=\"L2\")"))},
        {"tile-shard", "tiles have faces of 16x16 elements", 10, 13, add(shards("A: T.TTShard(faces=\"8x8\")"))},
        {"tile-shard", "16 rows of tiles of A cannot be 5 shards of one size", 8, 14,
         add(shards("A: T.TTShard(axis=0, grid=(5, 1))"))},
        {"tile-shard", "a shard of 40 rows of A is no whole number of tiles", 8, 14,
         add(shards("A: T.TTShard(axis=0, tiles=(\"rows\", 40))"))},
        {"tile-shard", "banks of DRAM stand in one row", 8, 14, add(shards("A: T.TTShard(axis=(0, 1))"))},
        {"tile-shard", "A has 16 shards along its rows, and there are places for 12", 8, 14,
         add(shards("A: T.TTShard(axis=0, tiles=(\"rows\", 32))"))},
        {"tile-shard", "a shard has a size, but no axis is cut", 8, 14,
         add(shards("A: T.TTShard(tiles=(\"rows\", 32))"))},
        {"tile-shard", "that are to lie in L1 take", 8, 14,
         add(shards("A: T.TTShard(axis=0, placement=\"L1\", grid=(1, 1))"), 32768)},
    };
    for (const Refused& one : all) {
        SCOPED_TRACE(one.message);
        std::ofstream(file) << one.script;
        Diagnostics diagnostics;
        const auto script = front::load(file.string(), diagnostics);
        const ir::Kernel kernel = front::evaluate(*script, "", {}, diagnostics);
        if (!diagnostics.failed()) {
            lower::lower_as_chosen(kernel, {}, diagnostics);
        }
        ASSERT_TRUE(diagnostics.failed());
        const Diagnostic& said = diagnostics.all().front();
        EXPECT_EQ(said.name, one.name);
        EXPECT_THAT(said.message, HasSubstr(one.message));
        EXPECT_EQ(said.trace.at(0).line, one.line);
        EXPECT_EQ(said.trace.at(0).column, one.column);
    }
    fs::remove(file);
}

}  // namespace
}  // namespace tessera::tile
