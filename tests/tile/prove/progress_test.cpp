// Kernels that get to their ends, and kernels that do not, each small enough to be seen through.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tile/ir/diagnostics.h>
#include <tile/prove/progress.h>

namespace {

using namespace tessera::tile;
using device::Code;
using device::Node;
using device::Role;
using ::testing::Contains;
using ::testing::HasSubstr;
using Kind = prove::Verdict::Kind;

Node call(const char* function, const char* buffer, int64_t pages) {
    return device::make_node(device::Call{
        .function = function, .template_arguments = {}, .arguments = {buffer, ir::make_int(pages)}, .result = {}});
}
Code push(const char* buffer, int64_t pages) {
    return {call("cb_reserve_back", buffer, pages), call("cb_push_back", buffer, pages)};
}
Code pop(const char* buffer, int64_t pages) {
    return {call("cb_wait_front", buffer, pages), call("cb_pop_front", buffer, pages)};
}
Code operator+(Code a, const Code& b) {
    a.insert(a.end(), b.begin(), b.end());
    return a;
}
ir::Var variable(const char* name) {
    return std::make_shared<const ir::VarNode>(ir::VarNode{.name = name, .dtype = ir::DType::Int32});
}
/// Turns that are a number, or the value of a variable of this name.
Code loop(const ir::Expr& turns, const Code& body, const char* name = "i") {
    return {device::make_node(device::Loop{variable(name), ir::make_int(0), turns, ir::make_int(1), body})};
}
Code loop(int64_t turns, const Code& body) {
    return loop(ir::make_int(turns), body);
}
ir::Expr count() {
    return ir::make_var(variable("count"));
}
Code if_(const ir::Expr& condition, const Code& then, const Code& otherwise = {}) {
    return {device::make_node(device::Branch{condition, then, otherwise})};
}

device::Program program(std::vector<std::pair<const char*, uint32_t>> buffers, Code reader, Code compute, Code writer) {
    device::Program made;
    uint32_t index = 0;
    for (const auto& [name, pages] : buffers) {
        made.circular_buffers.push_back(
            {.index = index++, .name = name, .page_bytes = 2048, .pages = pages, .why = {}});
    }
    for (auto& [role, body] : std::vector<std::pair<Role, Code>>{{Role::Reader, std::move(reader)},
                                                                 {Role::Compute, std::move(compute)},
                                                                 {Role::Writer, std::move(writer)}}) {
        device::KernelCode kernel;
        kernel.role = role;
        kernel.body = std::move(body);
        made.kernels.push_back(std::move(kernel));
    }
    return made;
}

TEST(Progress, AnyNumberOfBlocks) {
    const auto made =
        program({{"a", 8}, {"b", 8}, {"c", 4}}, loop(count(), loop(1000000, push("a", 4) + push("b", 4))),
                loop(count(), loop(1000000, pop("a", 4) + pop("b", 4)) + push("c", 4)), loop(count(), pop("c", 4)));
    const prove::Verdict verdict = prove::rings(made);
    EXPECT_EQ(verdict.kind, Kind::Proved) << verdict.what;
}

TEST(Progress, OrderThatTheCapacityDoesNotAllow) {
    // The reader wants to be rid of three pages of b before a, and compute wants a first.
    const auto with = [](uint32_t pages) {
        return prove::rings(program({{"a", 2}, {"b", pages}},
                                    loop(count(), push("b", 1) + push("b", 1) + push("b", 1) + push("a", 1)),
                                    loop(count(), pop("a", 1) + pop("b", 1) + pop("b", 1) + pop("b", 1)), {}));
    };
    const prove::Verdict verdict = with(2);
    ASSERT_EQ(verdict.kind, Kind::Refuted) << verdict.what;
    EXPECT_THAT(verdict.trace, Contains(HasSubstr("reader waits for room for 1 page of b, which is full to 2 of 2")));
    EXPECT_THAT(verdict.trace, Contains(HasSubstr("compute waits for 1 page of a, which is full to 0 of 2")));
    EXPECT_THAT(verdict.trace, Contains("before: reader pushes 1 of b: 2 of 2 are full"));
    EXPECT_EQ(with(3).kind, Kind::Proved);
}

TEST(Progress, TurnsThatDoNotMatch) {
    const auto made = [](int64_t pushed, int64_t popped) {
        return prove::rings(program({{"a", 4}}, loop(pushed, push("a", 1)), loop(popped, pop("a", 1)), {}));
    };
    EXPECT_EQ(made(12, 12).kind, Kind::Proved);
    EXPECT_EQ(made(12, 13).kind, Kind::Refuted);
    EXPECT_EQ(made(17, 12).kind, Kind::Refuted);
}

TEST(Progress, BlocksOfDifferentSizesOnOneBuffer) {
    // Six pages one by one, taken three at a time by a loop of another shape.
    const auto made = [](uint32_t pages) {
        return prove::rings(
            program({{"a", pages}}, loop(count(), loop(6, push("a", 1))), loop(count(), loop(2, pop("a", 3))), {}));
    };
    EXPECT_EQ(made(3).kind, Kind::Proved);
    EXPECT_EQ(made(6).kind, Kind::Proved);
    EXPECT_EQ(made(2).kind, Kind::Refuted);
    // Pages 3 to 5 of four run over the end.
    const prove::Verdict over = made(4);
    EXPECT_EQ(over.kind, Kind::Refuted);
    EXPECT_THAT(over.what, HasSubstr("run over its end"));
}

TEST(Progress, ABlockThatTurnsInItsOwnRing) {
    const Code turn = loop(4, pop("c", 4) + push("c", 4));
    const auto made = program({{"c", 16}}, {}, loop(count(), push("c", 16) + loop(64, turn) + pop("c", 16)), {});
    EXPECT_EQ(prove::rings(made).kind, Kind::Proved);
    // Three pages at a time leave the ring in another place.
    const Code uneven = loop(5, pop("c", 3) + push("c", 3));
    const auto wrong = program({{"c", 16}}, {}, loop(count(), push("c", 16) + loop(64, uneven) + pop("c", 16)), {});
    EXPECT_NE(prove::rings(wrong).kind, Kind::Proved);
}

TEST(Progress, ALongLoopEndsWhereItsTurnsLeadTo) {
    // Eighteen turns of two pages in two rows: the ring of 72 stands where it stood.
    const auto made = [](int64_t turns) {
        const Code turn = pop("c", 2) + push("c", 2);
        return prove::rings(
            program({{"c", 72}}, {}, loop(count(), push("c", 72) + loop(2, loop(turns, turn)) + pop("c", 72)), {}));
    };
    EXPECT_EQ(made(18).kind, Kind::Proved);
    EXPECT_EQ(made(36).kind, Kind::Proved);
    EXPECT_EQ(made(19).kind, Kind::Refuted);
}

TEST(Progress, ConditionsThatAllKernelsShare) {
    const ir::Expr some = ir::make(ir::Op::Gt, {ir::make_var(variable("tokens")), ir::make_int(0)});
    const auto shared =
        program({{"a", 2}}, loop(count(), if_(some, push("a", 1))), loop(count(), if_(some, pop("a", 1))), {});
    EXPECT_EQ(prove::rings(shared).kind, Kind::Proved);
    const auto alone = program({{"a", 2}}, loop(count(), if_(some, push("a", 1))), loop(count(), pop("a", 1)), {});
    EXPECT_NE(prove::rings(alone).kind, Kind::Proved);
}

/// A loop as `while` is emitted: it is left at the beginning of a turn. `last`: what is done where it is left.
Code while_(const char* going_on, const Code& body, const Code& last = {}) {
    const ir::Expr ends = ir::make(ir::Op::Le, {ir::make_var(variable(going_on)), ir::make_int(0)});
    const Code leaves = last + Code{device::make_node(device::Leave{})};
    return {device::make_node(device::Loop{variable("turn"), ir::make_int(0), ir::make_int(INT32_MAX), ir::make_int(1),
                                           if_(ends, leaves) + body})};
}

TEST(Progress, LoopsThatAllLeaveInOneTurn) {
    const auto with = [](const Code& reader, const Code& compute) {
        return prove::rings(program({{"a", 4}}, loop(count(), reader), loop(count(), compute), {})).kind;
    };
    EXPECT_EQ(with(while_("left", push("a", 1)), while_("left", pop("a", 1))), Kind::Proved);
    EXPECT_NE(with(while_("left", push("a", 1)), while_("other", pop("a", 1))), Kind::Proved);
    EXPECT_NE(with(while_("left", push("a", 2)), while_("left", pop("a", 1))), Kind::Proved);
    EXPECT_NE(with(while_("left", push("a", 1)), loop(7, pop("a", 1))), Kind::Proved);
    // One that does more where it leaves is not looked into.
    EXPECT_EQ(with(while_("left", push("a", 1), push("a", 1)), while_("left", pop("a", 1))), Kind::NotProved);
}

TEST(Progress, TheFirstTurnMayDiffer) {
    // Like an accumulator that is not there yet in the first turn.
    const ir::Var i = variable("i");
    const Code body = if_(ir::make(ir::Op::Gt, {ir::make_var(i), ir::make_int(0)}), pop("c", 2)) + push("c", 2);
    const Code all = {device::make_node(device::Loop{i, ir::make_int(0), ir::make_int(100), ir::make_int(1), body})};
    EXPECT_EQ(prove::rings(program({{"c", 2}}, {}, loop(count(), all + pop("c", 2)), {})).kind, Kind::Proved);
    EXPECT_NE(prove::rings(program({{"c", 2}}, {}, loop(count(), all), {})).kind, Kind::Proved);
}

TEST(Progress, MoreThanThereCanBe) {
    const prove::Verdict verdict = prove::rings(program({{"a", 4}}, push("a", 5), pop("a", 5), {}));
    EXPECT_EQ(verdict.kind, Kind::Refuted);
    EXPECT_EQ(verdict.what, "reader waits for 5 pages of a, which has 4");
}

TEST(Progress, WhatItCannotSay) {
    const Code odd = {device::make_node(device::Call{.function = "cb_push_back",
                                                     .template_arguments = {},
                                                     .arguments = {"a", ir::make_var(variable("n"))},
                                                     .result = {}})};
    EXPECT_EQ(prove::rings(program({{"a", 4}}, odd, {}, {})).kind, Kind::NotProved);
}

void report(const device::Program& made, Diagnostics& diagnostics) {
    prove::report(std::vector{prove::rings(made)}, diagnostics);
}

TEST(Progress, IsReported) {
    Diagnostics hangs, unknown, ends;
    report(program({{"a", 2}}, {}, pop("a", 1), {}), hangs);
    ASSERT_EQ(hangs.errors(), 1U);
    EXPECT_EQ(hangs.all()[0].name, "tile-deadlock");
    EXPECT_THAT(hangs.all()[0].notes, Contains("compute waits for 1 page of a, which is full to 0 of 2"));
    const Code odd = {device::make_node(device::Call{.function = "cb_pop_front",
                                                     .template_arguments = {},
                                                     .arguments = {"a", ir::make_var(variable("n"))},
                                                     .result = {}})};
    report(program({{"a", 4}}, {}, odd, {}), unknown);
    EXPECT_FALSE(unknown.failed());
    ASSERT_EQ(unknown.all().size(), 1U);
    EXPECT_EQ(unknown.all()[0].name, "tile-not-proved");
    report(program({{"a", 4}}, push("a", 4), pop("a", 4), {}), ends);
    EXPECT_TRUE(ends.all().empty());
}

}  // namespace
