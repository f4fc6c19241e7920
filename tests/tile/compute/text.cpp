// Kernels as text.
#include "harness.h"

namespace tile_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Text, ExpressionsKeepTheirMeaning) {
    const Var a = var("a"), b = var("b");
    const Expr x = make_var(a), y = make_var(b);
    EXPECT_EQ(emit::expression_text((x + y) * num(3)), "(a + b) * 3");
    EXPECT_EQ(emit::expression_text(x - (y - num(1))), "a - (b - 1)");
    EXPECT_EQ(emit::expression_text(floordiv(x, num(4))), "floor_div(a, 4)");
    EXPECT_EQ(emit::expression_text(make(Op::Min, {x, y})), "min_of<int32_t>(a, b)");
    EXPECT_EQ(emit::expression_text(make(Op::And, {make(Op::Lt, {x, y}), make(Op::Ne, {x, num(0)})})),
              "a < b && a != 0");
    EXPECT_EQ(emit::expression_text(make_float(0.125)), "0.125f");
    EXPECT_EQ(emit::expression_text(make_float(2)), "2.0f");
    EXPECT_EQ(emit::expression_text(make_float(-INFINITY)), "-__builtin_inff()");
}

TEST(Text, LoopsBranchesAndComments) {
    device::KernelCode kernel;
    kernel.includes = {"api/compute/common.h"};
    kernel.compile_arguments = {{"Kt", 4}};
    kernel.runtime_arguments = {{device::RuntimeArgument::Meaning::Count, "count", "", {}}};
    const Var k = var("k"), half = var("half");
    const Span here{7, 1, 0};
    kernel.body.push_back(device::make_node(
        device::Loop{
            k,
            num(0),
            make_var(var("count")),
            num(1),
            {device::make_node(device::Declare{half, floordiv(make_var(k), num(2))}, here),
             device::make_node(
                 device::Branch{make(Op::Eq, {make_var(half), num(1)}),
                                {device::make_node(device::Leave{}, here)},
                                {device::make_node(device::Call{"cb_push_back", {}, {"cb_a", num(2)}, {}}, here)}},
                 here)}},
        here));
    device::Program program;
    device::CircularBuffer cb;
    cb.index = 3;
    cb.name = "cb_a";
    cb.why = "two blocks";
    program.circular_buffers = {cb};
    const std::string text =
        emit::kernel_text(kernel, program, {}, [](const Span& span) { return fmt::format("script.py:{}", span.line); });
    EXPECT_EQ(text, R"(#include "api/compute/common.h"

void kernel_main() {
    constexpr uint32_t cb_a = tt::CBIndex::c_3;  // two blocks
    constexpr uint32_t Kt = get_compile_time_arg_val(0);
    const int32_t count = get_arg_val<int32_t>(0);

    // script.py:7
    for (int32_t k = 0; k < count; ++k) {
        const int32_t half = k / 2;
        if (half == 1) {
            break;
        } else {
            cb_push_back(cb_a, 2);
        }
    }
}
)");
}

TEST(Text, VariablesOfOneNameAreTold) {
    const Var outer = var("k"), inner = var("k"), once = var("at"), twice = var("at");
    device::KernelCode kernel;
    const auto declare = [](const Var& v, Expr value) {
        return device::make_node(device::Declare{v, std::move(value)});
    };
    kernel.body = {
        device::make_node(device::Loop{
            outer,
            num(0),
            num(4),
            num(1),
            {device::make_node(device::Loop{
                inner, num(0), make_var(outer), num(1), {declare(once, make_var(inner) + make_var(outer))}})}}),
        declare(once, num(1)), declare(twice, make_var(once) + num(1))};
    EXPECT_EQ(emit::kernel_text(kernel, {}, {}), R"(void kernel_main() {
    for (int32_t k = 0; k < 4; ++k) {
        for (int32_t k_2 = 0; k_2 < k; ++k_2) {
            const int32_t at = k_2 + k;
        }
    }
    const int32_t at = 1;
    const int32_t at_2 = at + 1;
}
)");
}

TEST(Text, SetupsStandOnceAndBeforeLoops) {
    Launch launch;
    Numbers v(128 * 128, 1);
    const Buffer in = launch.input("v", DType::BFloat16, {128, 128}, v);
    const Buffer out = launch.buffer("out", DType::BFloat16, {128, 128});
    const Var i = var("i"), j = var("j");
    const std::vector<Expr> place = {make_var(i), make_var(j)};
    launch.step(parallel({i, j}, {128, 128}, out, place, make(Op::Exp, {at(in, place)})), {in}, out);
    const std::string text = launch.text();
    const auto count = [&](const std::string& what) {
        size_t n = 0;
        for (size_t p = text.find(what); p != std::string::npos; p = text.find(what, p + 1)) {
            ++n;
        }
        return n;
    };
    EXPECT_EQ(count("copy_tile_to_dst_init_short"), 1) << text;
    EXPECT_EQ(count("exp_tile_init"), 1) << text;
    EXPECT_LT(text.find("exp_tile_init"), text.find("for (")) << text;
    EXPECT_EQ(count("pack_reconfig_data_format"), 0) << text;  // the startup has set it up
}

}  // namespace
}  // namespace tile_test
