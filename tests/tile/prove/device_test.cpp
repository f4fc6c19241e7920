// Modules with one thing broken in them: the verifier of what lowering makes names the rule.
#include <functional>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tile/device/verify.h>
#include <tile/ir/diagnostics.h>
#include <tile/ir/parse.h>
#include <tile/lower.h>

namespace tessera::tile::device {
namespace {

using ::testing::HasSubstr;

const char* const gemm = R"(kernel "gemm" {
  param A: bfloat16[128, 64]
  param B: bfloat16[64, 128]
  param C: bfloat16[128, 128]
  output C
  body {
    launch bx in 4, by in 4 {
      alloc a: bfloat16[32, 32] shared
      alloc b: bfloat16[32, 32] shared
      alloc c: float32[32, 32] fragment
      fill c[:] = 0.0
      for k = 0 to 2 pipelined(2) {
        copy A[by * 32 +: 32, k * 32 +: 32] -> a[:]
        copy B[k * 32 +: 32, bx * 32 +: 32] -> b[:]
        gemm a[:] * b[:] -> c[:]
      }
      copy c[:] -> C[by * 32 +: 32, bx * 32 +: 32]
    }
  }
}
)";

Module lowered() {
    Diagnostics diagnostics;
    Module module = lower::lower_as_chosen(ir::parse(gemm), {}, diagnostics);
    EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
    return module;
}

Call* call_of(Node& node, const std::string& function) {
    auto* made = std::get_if<Call>(&const_cast<NodeOf&>(*node).of);
    return made != nullptr && made->function == function ? made : nullptr;
}

/// The first call of a function in a kernel, in code of its own.
Call& first_call(KernelCode& kernel, const std::string& function) {
    std::function<Call*(Code&)> find = [&](Code& code) -> Call* {
        for (Node& node : code) {
            node = std::make_shared<const NodeOf>(*node);
            auto& of = const_cast<NodeOf&>(*node).of;
            if (Call* made = call_of(node, function)) {
                return made;
            }
            if (auto* loop = std::get_if<Loop>(&of)) {
                if (Call* made = find(loop->body)) {
                    return made;
                }
            } else if (auto* branch = std::get_if<Branch>(&of)) {
                for (Code* side : {&branch->then, &branch->otherwise}) {
                    if (Call* made = find(*side)) {
                        return made;
                    }
                }
            }
        }
        return nullptr;
    };
    Call* found = find(kernel.body);
    if (found == nullptr) {
        throw std::logic_error("no call of " + function);
    }
    return *found;
}

ir::Expr unknown() {
    return ir::make_var(std::make_shared<const ir::VarNode>(ir::VarNode{"stranger", ir::DType::Int32}));
}

struct Forged {
    const char* rule;
    const char* message;
    std::function<void(Module&)> damage;
};

// The reader is kernel 0, compute 1, the writer 2.
const std::vector<Forged>& forged() {
    static const std::vector<Forged> all = {
        {"tensor-order", "the order of A is not one of its 2 dimensions",
         [](Module& m) { m.tensors[0].dimension_order = {0, 0}; }},
        {"tensor-padding", "dimension 1 of A has 64 elements and is padded to 32",
         [](Module& m) { m.tensors[0].padded[1] = 32; }},
        {"tensor-pages", "A has 9 pages, and its shape 8", [](Module& m) { m.tensors[0].pages = 9; }},
        {"tensor-shards", "the shards of A hold 4 of 8 pages",
         [](Module& m) {
             m.tensors[0].shard = {2, 2};
             m.tensors[0].shard_grid = {1, 1};
         }},
        {"names-unique", "there are two rings cb_a",
         [](Module& m) { m.programs[0].circular_buffers[1].name = "cb_a"; }},
        {"names-unique", "gemm has two reader kernels",
         [](Module& m) { m.programs[0].kernels[2].role = Role::Reader; }},
        {"core-grid", "core (9, 0) of gemm is outside of 8 x 8", [](Module& m) { m.programs[0].cores[0].x = 9; }},
        {"ring-index", "cb_b has the number 7 and is the 1th",
         [](Module& m) { m.programs[0].circular_buffers[1].index = 7; }},
        {"ring-size", "pages of 2040 bytes", [](Module& m) { m.programs[0].circular_buffers[0].page_bytes = 2040; }},
        {"ring-known", "cb_push_back of cb_stranger, which is no ring",
         [](Module& m) {
             first_call(m.programs[0].kernels[0], "cb_push_back").arguments[0] = std::string("cb_stranger");
         }},
        {"ring-role", "the reader does cb_pop_front of cb_b",
         [](Module& m) { first_call(m.programs[0].kernels[0], "cb_push_back").function = "cb_pop_front"; }},
        {"ring-room", "cb_push_back of 99 pages of cb_b",
         [](Module& m) { first_call(m.programs[0].kernels[0], "cb_push_back").arguments[1] = ir::make_int(99); }},
        {"semaphore-index", "semaphore 5 is the 0th", [](Module& m) { m.programs[0].semaphores[0].index = 5; }},
        {"tensor-known", "the reader has an accessor of D, which is no tensor",
         [](Module& m) { m.programs[0].kernels[0].accessors.emplace_back("D"); }},
        {"tensor-known", "noc_async_read_page of C, of which the reader has no accessor",
         [](Module& m) {
             first_call(m.programs[0].kernels[0], "noc_async_read_page").arguments[1] = std::string("C");
         }},
        {"page-format", "pages of A, float32 of 4096 bytes, and cb_a, bfloat16 of 2048 bytes",
         [](Module& m) {
             m.tensors[0].format = ir::DType::Float32;
             m.tensors[0].page_bytes = 4096;
         }},
        {"argument-known", "start has no value and is no argument of the compute",
         [](Module& m) {
             std::erase_if(m.programs[0].kernels[1].runtime_arguments,
                           [](const RuntimeArgument& one) { return one.name == "start"; });
         }},
        {"argument-known", "core_x has 15 values for 16 cores",
         [](Module& m) {
             for (RuntimeArgument& one : m.programs[0].kernels[0].runtime_arguments) {
                 if (one.name == "core_x") {
                     one.values.pop_back();
                 }
             }
         }},
        {"variable-scope", "stranger is used in the reader and not declared",
         [](Module& m) { first_call(m.programs[0].kernels[0], "noc_async_read_page").arguments[0] = unknown(); }},
        {"variable-scope", "start is assigned and not declared as changing",
         [](Module& m) {
             Code& body = m.programs[0].kernels[1].body;
             for (const Node& node : Code(body)) {
                 const auto* declared = std::get_if<Declare>(&node->of);
                 if (declared != nullptr && declared->var->name == "start") {
                     body.push_back(make_node(Assign{declared->var, ir::make_int(0)}));
                     return;
                 }
             }
         }},
        {"leave-place", "a loop is left where there is none",
         [](Module& m) { m.programs[0].kernels[1].body.push_back(make_node(Leave{})); }},
        {"dest-format", "circular buffer 0 goes to DST with 32 bits and is bfloat16",
         [](Module& m) { m.programs[0].unpack_to_dest_fp32 = {0}; }},
    };
    return all;
}

TEST(DeviceVerifier, FindsNothingInWhatIsMade) {
    const Module module = lowered();
    for (const Break& one : verify(module)) {
        ADD_FAILURE() << one.rule << ": " << one.message;
    }
    EXPECT_NO_THROW(require_valid(module));
}

TEST(DeviceVerifier, NamesTheRuleThatIsBroken) {
    std::set<std::string_view> seen;
    for (const Forged& one : forged()) {
        SCOPED_TRACE(one.message);
        Module module = lowered();
        one.damage(module);
        bool found = false;
        for (const Break& broken : verify(module)) {
            found = found || (broken.rule == one.rule && broken.message.find(one.message) != std::string::npos);
        }
        EXPECT_TRUE(found);
        EXPECT_THROW(require_valid(module), std::logic_error);
        seen.insert(one.rule);
    }
    // Every rule has a module that breaks it.
    for (const Rule& rule : rules()) {
        EXPECT_TRUE(seen.contains(rule.name)) << rule.name;
        EXPECT_FALSE(rule.meaning.empty());
    }
}

}  // namespace
}  // namespace tessera::tile::device
