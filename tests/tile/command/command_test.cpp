// `tessera tile` as a user meets it: kernels compiled, run on the simulated board and compared; messages and exit
// codes.
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <tile/emit/files.h>
#include <tile/interpret/npy.h>

#include "../emit/copy_module.h"
#include "fixture.h"

namespace tessera::tile {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* scale = R"(kernel "scale" {
  symbol n: int32
  param A: float32[n, 70]
  param B: float32[n, 70]
  output B
  body { launch bx in 3, by in (n + 31) // 32 {
      alloc a: float32[32, 32] shared
      copy A[by * 32 +: 32, bx * 32 +: 32] -> a[:]
      parallel i in 32, j in 32 {
        a[i, j] = a[i, j] * 2.0
      }
      copy a[:] -> B[by * 32 +: 32, bx * 32 +: 32]
  } } }
)";

// What the emitter writes runs here as it is; results beside the input, without any compiler in between.
TEST_F(TileCommand, EmittedHostRuns) {
    emit::write_files((folder_ / "copy").string(), emit::files_of(copy_module(), "copy.py"));
    interpret::Array input = interpret::generate(ir::DType::BFloat16, {100, 70}, 3);
    interpret::write_npy((folder_ / "a.npy").string(), input);
    const Result result = tessera("run copy/host.cpp -- --input A=a.npy --output results");
    ASSERT_EQ(result.code, 0) << result.errors;
    EXPECT_EQ(interpret::read_npy((folder_ / "results/B.npy").string()).values, input.values);
    EXPECT_FALSE(fs::exists(folder_ / "results/A.npy"));
    const Result wrong = tessera("run copy/host.cpp -- --input A=none.npy");
    EXPECT_NE(wrong.code, 0);
    EXPECT_THAT(wrong.errors, HasSubstr("none.npy: no .npy file"));
}

TEST_F(TileCommand, RunsAndCompares) {
    write("scale.tile", scale);
    interpret::Array input{ir::DType::Float32, {40, 70}, {}};
    for (int i = 0; i < 40 * 70; ++i) {
        input.values.push_back(i % 64 - 32);
    }
    interpret::write_npy((folder_ / "a.npy").string(), input);
    const Result result = tessera("tile run scale.tile --input A=a.npy --output results --json");
    ASSERT_EQ(result.code, 0) << result.errors;
    const json summary = json::parse(result.output);
    EXPECT_EQ(summary.at("kernel"), "scale");
    EXPECT_EQ(summary.at("results").at(0).at("shape"), (json{40, 70}));
    EXPECT_EQ(summary.at("results").at(0).at("within"), true);
    EXPECT_GT(summary.at("device_us").get<double>(), 0.1);
    const interpret::Array b = interpret::read_npy((folder_ / "results/B.npy").string());
    ASSERT_EQ(b.values.size(), input.values.size());
    for (size_t i = 0; i < b.values.size(); ++i) {
        ASSERT_EQ(b.values[i], 2 * input.values[i]) << i;
    }
    EXPECT_TRUE(fs::exists(summary.at("sources").get<std::string>() + "/host.cpp"));
}

constexpr const char* product = R"(kernel "product" {
  param A: bfloat16[64, 96]
  param B: bfloat16[96, 64]
  param C: float32[64, 64]
  output C
  body { launch bx in 1 {
      alloc a: bfloat16[64, 96] shared
      alloc b: bfloat16[96, 64] shared
      alloc c: float32[64, 64] fragment
      fill c[:] = 0.0
      copy A[:] -> a[:]
      copy B[:] -> b[:]
      gemm a[:] * b[:] -> c[:]
      copy c[:] -> C[:]
  } } }
)";

// Products of random numbers are never exact at LoFi: a bound that is too small is not met, one that fits is.
TEST_F(TileCommand, ABoundThatIsNotMetIsSaid) {
    write("product.tile", product);
    const Result wrong = tessera("tile run product.tile --choose fidelity=LoFi --bound 1e-6 --no-time");
    EXPECT_EQ(wrong.code, 1) << wrong.errors;
    EXPECT_THAT(wrong.output, HasSubstr("WRONG"));
    EXPECT_THAT(wrong.output, HasSubstr("bound: as given"));
    EXPECT_THAT(wrong.output, Not(HasSubstr("predicted")));
    const Result good = tessera("tile run product.tile --choose fidelity=LoFi --json");
    EXPECT_EQ(good.code, 0) << good.errors;
    const json result = json::parse(good.output).at("results").at(0);
    EXPECT_GT(result.at("relative_l2_error"), 1e-4);
    EXPECT_LT(result.at("relative_l2_error"), result.at("bound"));
    EXPECT_LT(result.at("bound"), 0.1);
}

// The product of a file's numbers, beside plain loops here.
TEST_F(TileCommand, ResultsAreTheProduct) {
    write("product.tile", product);
    const interpret::Array a = interpret::generate(ir::DType::BFloat16, {64, 96}, 1);
    const interpret::Array b = interpret::generate(ir::DType::BFloat16, {96, 64}, 2);
    interpret::write_npy((folder_ / "a.npy").string(), a);
    interpret::write_npy((folder_ / "b.npy").string(), b);
    const Result result =
        tessera("tile run product.tile --input A=a.npy --input B=b.npy --choose fidelity=HiFi4 --output out.d");
    ASSERT_EQ(result.code, 0) << result.errors;
    const interpret::Array c = interpret::read_npy((folder_ / "out.d/C.npy").string());
    for (size_t i = 0; i < 64; ++i) {
        for (size_t j = 0; j < 64; ++j) {
            double sum = 0;
            for (size_t k = 0; k < 96; ++k) {
                sum += a.values[i * 96 + k] * b.values[k * 64 + j];
            }
            ASSERT_NEAR(c.values[i * 64 + j], sum, 0.02) << i << " " << j;
        }
    }
}

constexpr const char* script = R"(import tilelang
import tilelang.language as T


@tilelang.jit(out_idx=[-1])
def double(M, N, block=32):
    @T.prim_func
    def main(A: T.Tensor((M, N), "float32"), B: T.Tensor((M, N), "float32")):
        with T.Kernel(T.ceildiv(N, block), T.ceildiv(M, block), threads=128) as (bx, by):
            a = T.alloc_shared((block, block), "float32")
            T.copy(A[by * block, bx * block], a)
            for i, j in T.Parallel(block, block):
                a[i, j] = a[i, j] * 2.0
            T.copy(a, B[by * block, bx * block])

    return main
)";

TEST_F(TileCommand, RunsAScript) {
    write("double.py", script);
    const Result result = tessera("tile run double.py:double --arg M=64 --arg N=48 --output out.d");
    ASSERT_EQ(result.code, 0) << result.errors;
    EXPECT_THAT(result.output, HasSubstr("good"));
    const json list = json::parse(tessera("tile list double.py --json").output);
    EXPECT_EQ(list.at(0).at("name"), "double");
    EXPECT_EQ(list.at(0).at("parameters").at(2).at("value"), "32");
    const Result emitted = tessera("tile emit double.py --arg M=64 --arg N=48 --output sources");
    ASSERT_EQ(emitted.code, 0) << emitted.errors;
    const std::string reader = read("sources/kernels/main_reader.cpp") + read("sources/kernels/double_reader.cpp");
    EXPECT_THAT(reader, HasSubstr("// double.py:11  T.copy(A[by * block, bx * block], a)"));
}

TEST_F(TileCommand, MistakesOfScriptsHaveTheirPlace) {
    std::string text = script;
    text.replace(text.find("a[i, j] * 2.0"), 13, "b[i, j] * 2.0");
    write("double.py", text);
    const Result result = tessera("tile run double.py --arg M=64 --arg N=48 --json");
    EXPECT_EQ(result.code, 65);
    EXPECT_THAT(result.errors, HasSubstr("double.py:13:"));
    EXPECT_EQ(json::parse(result.output).at("diagnostics").size(), 1U);
    // What only running shows.
    text = script;
    text.replace(text.find("T.copy(A[by * block, bx * block], a)"), 36, "T.clear(a[0, 0:16])");
    write("double.py", text);
    const Result unwritten = tessera("tile run double.py --arg M=64 --arg N=48");
    EXPECT_EQ(unwritten.code, 65);
    EXPECT_THAT(unwritten.errors, HasSubstr("double.py:1"));
}

TEST_F(TileCommand, EmitsAFolder) {
    write("scale.tile", scale);
    const Result result = tessera("tile emit scale.tile --arg n=64 --output sources");
    ASSERT_EQ(result.code, 0) << result.errors;
    for (const char* name : {"host.cpp", "tensors.hpp", "CMakeLists.txt", "plan.json", "kernels/scale_reader.cpp",
                             "kernels/scale_compute.cpp", "kernels/scale_writer.cpp"}) {
        EXPECT_TRUE(fs::exists(folder_ / "sources" / name)) << name;
        EXPECT_THAT(result.output, HasSubstr(std::string("sources/") + name));
    }
    EXPECT_EQ(json::parse(read("sources/plan.json")).at("tensors").at(0).at("shape"), (json{64, 70}));
}

TEST_F(TileCommand, Explains) {
    write("scale.tile", scale);
    const Result text = tessera("tile explain scale.tile --arg n=64 --no-run --html scale.html");
    ASSERT_EQ(text.code, 0) << text.errors;
    EXPECT_THAT(text.output, HasSubstr("circular buffers"));
    EXPECT_THAT(text.output, HasSubstr("bytes of L1"));
    EXPECT_THAT(text.output, Not(HasSubstr("predicted")));
    EXPECT_THAT(read("scale.html"), HasSubstr("c_0 cb_a</text>"));
    EXPECT_EQ(tessera("tile explain scale.tile --arg n=64 --no-run --html none/x.html").code, 73);
}

// What is counted from the code is what the run did: the timing model's figures come from its recording.
TEST_F(TileCommand, ExplainsTheRun) {
    write("product.tile", product);
    const Result result = tessera("tile explain product.tile --json");
    ASSERT_EQ(result.code, 0) << result.errors;
    const json all = json::parse(result.output);
    const json& roof = all.at("programs").at(0).at("roofline");
    EXPECT_EQ(roof.at("exact"), true);
    EXPECT_EQ(roof.at("flop"), all.at("time").at("flop"));
    EXPECT_EQ(roof.at("flop"), 2.0 * 64 * 96 * 64);
    EXPECT_EQ(roof.at("dram_read_bytes").get<double>() + roof.at("dram_written_bytes").get<double>(),
              all.at("time").at("dram_bytes"));
    EXPECT_GE(all.at("time").at("device_cycles"), roof.at("least_cycles"));
    const json& numerics = all.at("numerics").at(0);
    EXPECT_LT(numerics.at("measured").at("relative_l2_error"), numerics.at("worst"));
    EXPECT_LT(numerics.at("measured").at("relative_l2_error"), 3 * numerics.at("likely").get<double>());
    EXPECT_GT(numerics.at("measured").at("relative_l2_error"), numerics.at("likely").get<double>() / 3);
}

// The rings lie where the map says: the writer asks the chip.
TEST_F(TileCommand, TheMapOfL1IsTheChips) {
    write("product.tile", product);
    const json all = json::parse(tessera("tile explain product.tile --no-run --json").output);
    ASSERT_EQ(tessera("tile emit product.tile --output sources").code, 0);
    std::string kernel = read("sources/kernels/product_writer.cpp");
    const std::string head = "void kernel_main() {\n";
    std::string asked = "#include \"api/debug/dprint.h\"\n" + head;
    for (const json& ring : all.at("programs").at(0).at("rings")) {
        const std::string index = ring.at("index").dump();
        asked += "DPRINT << \"ring " + index + " at \" << get_read_ptr(" + index + ") << ENDL();\n";
    }
    const size_t at = kernel.find(head);
    ASSERT_NE(at, std::string::npos);
    write("sources/kernels/product_writer.cpp", kernel.replace(at, head.size(), asked));
    const Result result = tessera("run sources/host.cpp");
    ASSERT_EQ(result.code, 0) << result.errors;
    size_t rings = 0;
    for (const json& part : all.at("programs").at(0).at("l1").at("map")) {
        if (part.at("name").get<std::string>().starts_with("cb_")) {
            EXPECT_THAT(result.output + result.errors,
                        HasSubstr("ring " + std::to_string(rings++) + " at " + part.at("begin").dump() + "\n"));
        }
    }
    EXPECT_EQ(rings, all.at("programs").at(0).at("rings").size());
}

TEST_F(TileCommand, DumpsAreWritten) {
    write("product.tile", product);
    const Result page = tessera("tile run product.tile --check --dump-html passes.html");
    ASSERT_EQ(page.code, 0) << page.errors;
    EXPECT_THAT(read("passes.html"), HasSubstr("id=\"pass-roles\""));
    const Result attrs = tessera("tile emit product.tile --dump-attrs");
    ASSERT_EQ(attrs.code, 0) << attrs.errors;
    EXPECT_EQ(json::parse(attrs.output).at("programs").at(0).at("attrs").at("tt_num_matmuls"), 1);
    EXPECT_FALSE(fs::exists(folder_ / "product"));
}

TEST_F(TileCommand, DumpsReadBack) {
    write("scale.tile", scale);
    const Result result = tessera("tile explain scale.tile --arg n=64 --no-run --dump script");
    ASSERT_EQ(result.code, 0) << result.errors;
    const size_t begin = result.output.find("kernel \"scale\"");
    const size_t end = result.output.find("\n}\n", begin);
    ASSERT_NE(end, std::string::npos) << result.output;
    write("again.tile", result.output.substr(begin, end + 3 - begin));
    EXPECT_EQ(tessera("tile run again.tile --check").code, 0);
}

struct Wrong {
    const char* what;
    const char* text;
    const char* arguments;
    int code;
    const char* message;
};
class TileErrors : public TileCommand, public ::testing::WithParamInterface<Wrong> {};

TEST_P(TileErrors, AreNamed) {
    if (*GetParam().text != '\0') {
        write("k.tile", GetParam().text);
    }
    write("bad.npy", "not an array");
    const Result result = tessera(std::string("tile ") + GetParam().arguments);
    EXPECT_EQ(result.code, GetParam().code) << result.output << result.errors;
    EXPECT_THAT(result.errors, HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, TileErrors,
    ::testing::Values(Wrong{"NoFile", "", "run none.py", 66, "none.py: no such file"},
                      Wrong{"NoCommand", "", "", 64, ""}, Wrong{"NoScript", "", "run", 64, "SCRIPT"},
                      Wrong{"Syntax", "kernel", "run k.tile", 65, "tile-dump-syntax"},
                      Wrong{"Argument", scale, "run k.tile --arg n", 64, "NAME=VALUE"},
                      Wrong{"Number", scale, "run k.tile --arg n=many", 64, "an integer should be here"},
                      Wrong{"NoDimension", scale, "run k.tile", 65, "nothing says how great the dimension n is"},
                      Wrong{"NoTensor", scale, "run k.tile --arg n=32 --input Z=bad.npy", 64,
                            "no such tensor; it has A, B"},
                      Wrong{"NoInput", scale, "run k.tile --arg n=32 --input A=none.npy", 66, "none.npy: no such file"},
                      Wrong{"BadInput", scale, "run k.tile --arg n=32 --input A=bad.npy", 66, "no .npy file"},
                      Wrong{"Pass", scale, "run k.tile --arg n=32 --dump none", 64, "there are all, script"},
                      Wrong{"Board", scale, "run k.tile --arg n=32 --board n1", 64, "n1"},
                      Wrong{"Range", scale, "run k.tile --arg n=32 --range A=3", 64, "NAME=FIRST:LAST"},
                      Wrong{"Unwritten",
                            "kernel \"k\" { param B: float32[32, 32]\n output B\n body { launch bx in 1 {\n alloc s: "
                            "float32[32, 32] shared\n copy s[:] -> B[:]\n } } }",
                            "run k.tile", 65, "tile-"}),
    [](const auto& info) { return std::string(info.param.what); });

}  // namespace
}  // namespace tessera::tile
