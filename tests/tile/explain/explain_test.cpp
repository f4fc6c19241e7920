// What is told of a compilation agrees with what was compiled: counts with formulas, tables with the module and the
// plan.
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <arch/arch.h>
#include <tile/emit/files.h>
#include <tile/explain/account.h>
#include <tile/explain/attributes.h>
#include <tile/explain/dumps.h>
#include <tile/explain/explain.h>
#include <tile/ir/diagnostics.h>
#include <tile/ir/parse.h>
#include <tile/lower.h>

namespace tessera::tile::explain {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;
using testing::Pair;

/// 256 x 320 times 320 x 192 in blocks of 64 x 64, K by 32.
constexpr const char* gemm = R"(kernel "gemm" {
  param A: bfloat16[256, 320]
  param B: bfloat16[320, 192]
  param C: bfloat16[256, 192]
  output C
  body {
    launch bx in 3, by in 4 {
      alloc a: bfloat16[64, 32] shared
      alloc b: bfloat16[32, 64] shared
      alloc c: float32[64, 64] fragment
      fill c[:] = 0.0
      for k = 0 to 10 pipelined(2) {
        copy A[by * 64 +: 64, k * 32 +: 32] -> a[:]
        copy B[k * 32 +: 32, bx * 64 +: 64] -> b[:]
        gemm a[:] * b[:] -> c[:]
      }
      copy c[:] -> C[by * 64 +: 64, bx * 64 +: 64]
    }
  }
}
)";

/// The loop of a block is as long as its place in the grid says, and a row of A is no multiple of a tile.
constexpr const char* ragged = R"(kernel "ragged" {
  param A: float32[100, 256]
  param B: float32[100, 32]
  output B
  body {
    launch bx in 4 {
      alloc a: float32[32, 32] shared
      alloc s: float32[32, 32] fragment
      fill s[:] = 0.0
      for n = 0 to bx * 2 + 1 {
        copy A[bx * 32 +: 32, n * 32 +: 32] -> a[:]
        parallel i in 32, j in 32 {
          s[i, j] = s[i, j] + exp2(a[i, j])
        }
      }
      copy s[:] -> B[bx * 32 +: 32, 0 +: 32]
    }
  }
}
)";

struct Compiled {
    Passes passes;
    lower::Options options;
    device::Module module;
    Subject subject() const { return {passes, module, options}; }
};

Compiled compiled(const char* text, lower::Options options = {}) {
    Compiled result;
    result.options = options;
    options.dump = [&](std::string_view pass, const ir::Kernel& kernel) { result.passes.emplace_back(pass, kernel); };
    Diagnostics diagnostics;
    result.module = lower::lower(ir::parse(text), options, diagnostics);
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
    return result;
}

Json plan_of(const Compiled& kernel) {
    return Json::parse(emit::plan_text(kernel.module));
}

TEST(Account, CountsAProduct) {
    const Compiled kernel = compiled(gemm);
    const Account counted = account(kernel.module.programs.at(0), kernel.module);
    EXPECT_TRUE(counted.inexact.empty()) << counted.inexact.front();
    const Work all = counted.total();
    EXPECT_EQ(all.products, 256 / 32 * 320 / 32 * 192 / 32);
    EXPECT_EQ(all.dram_written, 256 * 192 * 2);
    // Every operand is read once: one core of a row, and of a column, sends it to the others.
    EXPECT_EQ(all.read_bytes.at("A"), 256 * 320 * 2);
    EXPECT_EQ(all.read_bytes.at("B"), 320 * 192 * 2);
    EXPECT_EQ(all.sent, all.dram_read);
    EXPECT_EQ(all.received, 256 * 320 * 2 * 2 + 320 * 192 * 2 * 3);
    EXPECT_EQ(all.pushed.at("cb_a"), 12 * 10 * 2);
}

TEST(Account, WithoutMulticastOperandsAreReadByEachBlock) {
    lower::Options options;
    options.choices = lower::choices_from_text("multicast=none blocks=1x1");
    const Compiled kernel = compiled(gemm, options);
    const Work all = account(kernel.module.programs.at(0), kernel.module).total();
    EXPECT_EQ(all.read_bytes.at("A"), 3 * 256 * 320 * 2);
    EXPECT_EQ(all.read_bytes.at("B"), 4 * 320 * 192 * 2);
    EXPECT_EQ(all.sent, 0);
    EXPECT_EQ(all.received, 0);
}

TEST(Account, LoopsThatDependOnTheBlockAreGoneThrough) {
    const Compiled kernel = compiled(ragged);
    const Account counted = account(kernel.module.programs.at(0), kernel.module);
    EXPECT_TRUE(counted.inexact.empty()) << counted.inexact.front();
    const Work all = counted.total();
    EXPECT_EQ(all.read_bytes.at("A"), (1 + 3 + 5 + 7) * 4096);
    EXPECT_EQ(all.dram_written, 4 * 4096);
}

/// How often a while loop goes round nobody knows; what is not known is said.
TEST(Account, EndlessLoopsAreSaid) {
    const Compiled kernel = compiled(R"(kernel "newton" {
  param A: float32[32, 32]
  param B: float32[32, 32]
  param N: int32[1]
  output B
  body {
    launch bx in 1 {
      alloc a: float32[32, 32] shared
      alloc n: int32[1] local = 0
      copy A[:] -> a[:]
      while n[0] < N[0] {
        parallel i in 32, j in 32 {
          a[i, j] = a[i, j] * 0.5
        }
        n[0] = n[0] + 1
      }
      copy a[:] -> B[:]
    }
  }
}
)");
    const Account counted = account(kernel.module.programs.at(0), kernel.module);
    ASSERT_FALSE(counted.inexact.empty());
    EXPECT_LT(counted.total().packed, 10);
    EXPECT_THAT(text_of(explain(kernel.subject())), HasSubstr("known at run time only"));
}

TEST(Bounds, ScaleWithTheFidelity) {
    lower::Options options;
    options.choices = lower::choices_from_text("fidelity=LoFi");
    const Compiled low = compiled(gemm, options);
    options.choices = lower::choices_from_text("fidelity=HiFi4");
    const Compiled high = compiled(gemm, options);
    const arch::Chip& chip = arch::board("n150").chips.front();
    const auto matrix = [&](const Compiled& kernel) {
        const device::Program& program = kernel.module.programs.at(0);
        const Account counted = account(program, kernel.module);
        const double other = 8 * (counted.cores.at(0).matrix_tiles + counted.cores.at(0).reductions);
        return bounds(counted, program, chip).matrix - other;
    };
    EXPECT_EQ(matrix(low), 2 * 2 * 10 * 16);
    EXPECT_EQ(matrix(high), 4 * matrix(low));
}

TEST(Explain, TheMapOfL1HasNoGapAndIsThePlans) {
    for (const char* text : {gemm, ragged}) {
        const Compiled kernel = compiled(text);
        const Json l1 = l1_of(kernel.module.programs.at(0), kernel.module, "n150");
        const Json plan = plan_of(kernel).at("programs").at(0).at("circular_buffers");
        uint64_t address = 0, rings = 0;
        size_t ring = 0;
        for (const Json& part : l1.at("map")) {
            EXPECT_EQ(part.at("begin"), address);
            EXPECT_EQ(part.at("end").get<uint64_t>() - address, part.at("bytes"));
            address = part.at("end").get<uint64_t>();
            if (part.at("name").get<std::string>().starts_with("cb_")) {
                EXPECT_EQ(part.at("name"), plan.at(ring).at("name"));
                EXPECT_EQ(part.at("bytes"),
                          plan.at(ring).at("pages").get<uint64_t>() * plan.at(ring).at("page_bytes").get<uint64_t>());
                rings += part.at("bytes").get<uint64_t>();
                ++ring;
            }
        }
        EXPECT_EQ(ring, plan.size());
        EXPECT_EQ(address, arch::board("n150").chips.front().l1_bytes);
        EXPECT_EQ(l1.at("circular_buffers"), rings);
    }
}

TEST(Explain, AgreesWithTheModule) {
    const Compiled kernel = compiled(gemm);
    const Json all = explain(kernel.subject());
    const Json& program = all.at("programs").at(0);
    const Json plan = plan_of(kernel).at("programs").at(0);
    EXPECT_EQ(program.at("grid"), plan.at("grid"));
    EXPECT_EQ(program.at("cores"), plan.at("cores").size());
    EXPECT_EQ(program.at("compute").at("math_fidelity"), plan.at("compute").at("math_fidelity"));
    ASSERT_EQ(program.at("rings").size(), plan.at("circular_buffers").size());
    for (size_t i = 0; i < program.at("rings").size(); ++i) {
        for (const char* key : {"index", "name", "format", "pages", "page_bytes", "producer", "consumer"}) {
            EXPECT_EQ(program.at("rings").at(i).at(key), plan.at("circular_buffers").at(i).at(key)) << key;
        }
    }
    EXPECT_EQ(program.at("rings").at(0).at("multicast"), "row");
    EXPECT_EQ(program.at("rings").at(1).at("multicast"), "column");
    const Json& roof = program.at("roofline");
    EXPECT_EQ(roof.at("flop"), 2.0 * 256 * 320 * 192);
    EXPECT_DOUBLE_EQ(roof.at("flop_per_dram_byte").get<double>(),
                     2.0 * 256 * 320 * 192 / (2.0 * (256 * 320 + 320 * 192 + 256 * 192)));
    EXPECT_EQ(roof.at("product_cycles").at("HiFi2"), 2 * 2 * 10 * 16 * 2);
}

TEST(Explain, ReasonsAreThoseOfTheCompilation) {
    lower::Options options;
    EXPECT_THAT(text_of(explain(compiled(gemm).subject())), HasSubstr("operands multicast along rows and columns"));
    EXPECT_THAT(text_of(explain(compiled(ragged).subject())), HasSubstr("the grid has one axis"));
    options.choices = lower::choices_from_text("multicast=none fp32_dest=on");
    EXPECT_THAT(text_of(explain(compiled(gemm, options).subject())), HasSubstr("as chosen: multicast=none"));
    EXPECT_THAT(text_of(explain(compiled(gemm, options).subject())), HasSubstr("32-bit sums as chosen"));
}

TEST(Explain, CandidatesHaveReasons) {
    lower::Options options;
    options.choices = lower::choices_from_text("multicast=none");
    const Json candidates = candidates_of(compiled(gemm, options).subject(), 4);
    ASSERT_GT(candidates.size(), 1);
    size_t chosen = 0;
    for (const Json& one : candidates) {
        chosen += one.at("chosen").get<bool>() ? 1 : 0;
        EXPECT_THAT(one.at("choices").get<std::string>(), HasSubstr("multicast=none"));
        EXPECT_FALSE(one.at("why").get<std::string>().empty());
    }
    EXPECT_EQ(chosen, 1);
}

TEST(Explain, NumericsFollowTheFormats) {
    lower::Options options;
    options.choices = lower::choices_from_text("fidelity=HiFi2");
    const Json two = numerics_of(compiled(gemm, options).subject()).at(0);
    options.choices = lower::choices_from_text("fidelity=HiFi4");
    const Json four = numerics_of(compiled(gemm, options).subject()).at(0);
    EXPECT_EQ(two.at("tensor"), "C");
    EXPECT_EQ(two.at("longest_sum"), 320);
    // Of 8 significant bits HiFi2 multiplies 7 of the first operand: 2^-7 of a number just above 1.
    EXPECT_THAT(two.at("sources").at(0).at("what").get<std::string>(), HasSubstr("a cut from 8 to 7"));
    EXPECT_EQ(two.at("sources").at(0).at("unit"), 0x1p-7);
    EXPECT_LT(four.at("likely"), two.at("likely"));
    ASSERT_FALSE(two.at("advice").empty());
    EXPECT_EQ(two.at("advice").at(0).at("option"), "fidelity=HiFi4");
    EXPECT_DOUBLE_EQ(two.at("advice").at(0).at("likely").get<double>(), four.at("likely").get<double>());
    std::vector<std::string> chain;
    for (const Json& step : two.at("chain")) {
        chain.push_back(step.at("format").get<std::string>());
    }
    EXPECT_THAT(chain, Contains("float32"));
    EXPECT_EQ(chain.back(), "bfloat16");
    const Json other = numerics_of(compiled(ragged).subject()).at(0);
    EXPECT_TRUE(other.at("worst").is_null());
    EXPECT_THAT(other.at("functions").dump(), HasSubstr("exp2"));
    EXPECT_GT(other.at("likely"), 0x1p-26);
}

TEST(Explain, ThePageShowsTheRings) {
    const Compiled kernel = compiled(gemm);
    const std::string page = html_of(explain(kernel.subject()));
    for (const device::CircularBuffer& ring : kernel.module.programs.at(0).circular_buffers) {
        EXPECT_THAT(page, HasSubstr(ring.name + "</text>"));
    }
    EXPECT_THAT(page, HasSubstr("aria-label=\"roofline\""));
    EXPECT_THAT(page, Not(HasSubstr("nan")));
}

// --- The kernel after every pass --------------------------------------------------------------------------------

TEST(Dumps, AlignsWhatIsEqual) {
    const std::vector<std::string> before{"a", "b", "c", "d"}, after{"a", "x", "c", "y", "z", "d"};
    const std::vector<std::pair<int, int>> wanted{{0, 0}, {1, 1}, {2, 2}, {-1, 3}, {-1, 4}, {3, 5}};
    EXPECT_EQ(aligned_lines(before, after), wanted);
    EXPECT_TRUE(aligned_lines({}, {}).empty());
    EXPECT_EQ(aligned_lines({"a"}, {}), (std::vector<std::pair<int, int>>{{0, -1}}));
}

TEST(Dumps, ThePageHasEveryPass) {
    const Compiled kernel = compiled(gemm);
    const auto sources = emit::files_of(kernel.module, "gemm.tile");
    const std::string page = passes_html(kernel.passes, {{"gemm.py", {"first <line>"}}}, sources);
    for (const std::string& pass : lower::pass_names()) {
        EXPECT_THAT(page, HasSubstr("id=\"pass-" + pass + "\"")) << pass;
    }
    EXPECT_THAT(page, HasSubstr("first &lt;line&gt;"));
    EXPECT_THAT(page, HasSubstr("<td class=new>"));
    EXPECT_THAT(page, HasSubstr("kernels/gemm_reader.cpp"));
}

// --- Attributes -------------------------------------------------------------------------------------------------

/// The names that the stages of the TileLang fork give their attributes; {} stands for a tensor.
constexpr const char* names[] = {"target",
                                 "tt_schedule_policy",
                                 "tt_schedule_order",
                                 "tt_layout_type",
                                 "tt_tile_height",
                                 "tt_tile_width",
                                 "tt_num_tiles",
                                 "tt_grid_x",
                                 "tt_grid_y",
                                 "tt_grid_z",
                                 "tt_num_cores",
                                 "tt_tiles_per_core",
                                 "tt_buffer_{}_layout",
                                 "tt_buffer_{}_tile_shape",
                                 "tt_buffer_{}_num_tiles_height",
                                 "tt_buffer_{}_num_tiles_width",
                                 "tt_buffer_{}_needs_padding",
                                 "tt_buffer_{}_padded_shape",
                                 "tt_start_tile",
                                 "tt_tile_count",
                                 "tt_runtime_args",
                                 "tt_persistent_loop",
                                 "tt_persistent_iteration_ndims",
                                 "tt_core_ranges",
                                 "tt_core_runtime_args",
                                 "tt_circular_buffers",
                                 "tt_num_cbs",
                                 "tt_padding_info",
                                 "tt_num_matmuls",
                                 "tt_has_tensorize",
                                 "tt_matmul_patterns",
                                 "tt_ir_validated",
                                 "tt_validation_error_count",
                                 "tt_validation_warning_count",
                                 "tt.grid",
                                 "tt.schedule",
                                 "tt.core_ranges",
                                 "tt.shards",
                                 "tt.runtime_args",
                                 "tt.cb",
                                 "tt.buffer.{}",
                                 "tt.core_grid",
                                 "tt.cb_descriptors",
                                 "tt.cb_summary",
                                 "tt.tensor_accessor.{}",
                                 "tt.partition_mode",
                                 "tt.grid_tiles",
                                 "tt.work_partition",
                                 "tt.shard_grid",
                                 "tt.local_shape_tiles",
                                 "tt.core_map_x",
                                 "tt.core_map_y",
                                 "tt.transformed_to_core",
                                 "tt.conceptual_cbs",
                                 "tt.shared_to_cb_map",
                                 "tt.tile_dfg",
                                 "tt.cb_assignment",
                                 "tt.persistent_config",
                                 "tt.user_layout",
                                 "tt.user_schedule"};

TEST(Attributes, AllNamesAreThere) {
    const Json all = attributes_of(compiled(gemm).subject());
    EXPECT_EQ(all.at("target"), "tenstorrent");
    const Json& attrs = all.at("programs").at(0).at("attrs");
    for (std::string name : names) {
        for (const char* tensor : {"A", "B", "C"}) {
            std::string own = name;
            if (const size_t at = own.find("{}"); at != std::string::npos) {
                own.replace(at, 2, tensor);
            }
            EXPECT_TRUE(attrs.contains(own)) << own;
        }
    }
    ASSERT_EQ(all.at("programs").at(0).at("kernels").size(), 3);
    for (const Json& kernel : all.at("programs").at(0).at("kernels")) {
        EXPECT_EQ(kernel.at("attrs").at("tt.kernel_role"), kernel.at("role"));
        EXPECT_TRUE(kernel.at("attrs").contains("tt.cb_indices"));
    }
}

TEST(Attributes, AgreeWithThePlan) {
    for (const char* text : {gemm, ragged}) {
        const Compiled kernel = compiled(text);
        const Json all = attributes_of(kernel.subject());
        const Json& attrs = all.at("programs").at(0).at("attrs");
        const Json whole = plan_of(kernel), plan = whole.at("programs").at(0);
        ASSERT_EQ(attrs.at("tt_num_cores"), plan.at("cores").size());
        ASSERT_EQ(attrs.at("tt_core_ranges").size(), plan.at("cores").size());
        for (size_t i = 0; i < plan.at("cores").size(); ++i) {
            const Json& core = plan.at("cores").at(i);
            EXPECT_EQ(attrs.at("tt_core_ranges").at(i), (Json{core.at("x"), core.at("y"), core.at("x"), core.at("y"),
                                                              core.at("start"), core.at("count")}));
            EXPECT_EQ(attrs.at("tt_core_runtime_args").at(i), (Json{core.at("start"), core.at("count")}));
        }
        ASSERT_EQ(attrs.at("tt_num_cbs"), plan.at("circular_buffers").size());
        for (size_t i = 0; i < plan.at("circular_buffers").size(); ++i) {
            const Json& ring = plan.at("circular_buffers").at(i);
            const Json& cb = attrs.at("tt_circular_buffers").at(i);
            EXPECT_EQ(cb.at("cb_id"), ring.at("index"));
            EXPECT_EQ(cb.at("num_pages"), ring.at("pages"));
            EXPECT_EQ(cb.at("tile_size"), ring.at("page_bytes"));
        }
        for (const Json& tensor : whole.at("tensors")) {
            const auto name = tensor.at("name").get<std::string>();
            const int64_t high = attrs.at("tt_buffer_" + name + "_num_tiles_height");
            const int64_t wide = attrs.at("tt_buffer_" + name + "_num_tiles_width");
            EXPECT_EQ(high * wide, tensor.at("layout").at("pages")) << name;
        }
        for (size_t i = 0; i < 3; ++i) {
            Json order = Json::array();
            for (const Json& argument : plan.at("kernels").at(i).at("runtime_arguments")) {
                order.push_back(argument.at("name"));
            }
            EXPECT_EQ(all.at("programs").at(0).at("kernels").at(i).at("attrs").at("tt.runtime_args"), order);
        }
    }
}

TEST(Attributes, EveryBlockIsSomebodysOnce) {
    for (const bool multicast : {true, false}) {
        lower::Options options;
        options.choices = lower::choices_from_text(multicast ? "multicast=2d blocks=1x1" : "multicast=none blocks=1x1");
        const Json all = attributes_of(compiled(gemm, options).subject());
        std::map<std::vector<int64_t>, int> times;
        for (const auto& [core, blocks] : all.at("programs").at(0).at("attrs").at("tt.work_partition").items()) {
            for (const Json& block : blocks) {
                ++times[block.get<std::vector<int64_t>>()];
            }
        }
        ASSERT_EQ(times.size(), 12);
        for (int64_t by = 0; by < 4; ++by) {
            for (int64_t bx = 0; bx < 3; ++bx) {
                EXPECT_THAT(times, Contains(Pair(std::vector<int64_t>{by, bx}, 1)));
            }
        }
    }
}

TEST(Attributes, PaddingIsThatOfTheTensors) {
    const Json all = attributes_of(compiled(ragged).subject());
    const Json& padding = all.at("programs").at(0).at("attrs").at("tt_padding_info");
    EXPECT_EQ(padding.at("A").at("original_shape"), (Json{100, 256}));
    EXPECT_EQ(padding.at("A").at("padded_shape"), (Json{128, 256}));
    EXPECT_EQ(padding.at("A").at("padding_amount"), (Json{28, 0}));
    const Json none = attributes_of(compiled(gemm).subject());
    EXPECT_TRUE(none.at("programs").at(0).at("attrs").at("tt_padding_info").empty());
}

TEST(Attributes, ProductsAreThoseOfTheScript) {
    const Json all = attributes_of(compiled(gemm).subject());
    const Json& attrs = all.at("programs").at(0).at("attrs");
    ASSERT_EQ(attrs.at("tt_num_matmuls"), 1);
    const Json& pattern = attrs.at("tt_matmul_patterns").at(0);
    EXPECT_EQ(pattern.at("accumulate"), true);
    EXPECT_EQ(pattern.at("reduction_var"), "k");
    EXPECT_EQ(attributes_of(compiled(ragged).subject()).at("programs").at(0).at("attrs").at("tt_num_matmuls"), 0);
}

}  // namespace
}  // namespace tessera::tile::explain
