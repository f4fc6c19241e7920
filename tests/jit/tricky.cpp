// Kernel code that is hard on the address map and the per-core globals: pointers that hide in structures, unions,
// tables and bytes, calls through pointers, odd control flow, and arithmetic at its edges. Each kernel writes to 0x8000
// on; expected words are written out by hand.
#include <gtest/gtest.h>

#include <bit>
#include <initializer_list>

#include "fake_device.h"

namespace tessera::test {
namespace {

constexpr uint32_t first_word = 0x8000;

std::string kernel(const std::string& before, const std::string& body) {
    return "#include <array>\n#include <cstring>\n#include <span>\n#include <tuple>\n#include <utility>\n" + before +
           "\nvoid kernel_main() {\n    volatile uint32_t* out = (volatile uint32_t*)0x8000;\n" + body + "\n}\n";
}

/// Runs the kernel twice, each time on a fresh core that holds 100 + i in word i from 0x1000 on.
void expect(const std::string& before, const std::string& body, std::initializer_list<uint32_t> words) {
    const auto built = build(kernel(before, body));
    for (int launch = 0; launch < 2; ++launch) {
        FakeDevice device;
        for (uint32_t i = 0; i < 64; ++i) {
            device.set_word(0x1000 + 4 * i, 100 + i);
        }
        device.run(*built);
        EXPECT_EQ(device.trap, "");
        uint32_t at = first_word;
        for (const uint32_t word : words) {
            EXPECT_EQ(device.word(at), word) << "word " << (at - first_word) / 4 << " of launch " << launch;
            at += 4;
        }
    }
}

TEST(Tricky, PointersInStructuresArraysAndTuples) {
    expect(R"(
        struct Node { Node* next; uint32_t value; uint32_t* where; };
        struct View { std::span<uint32_t> words; std::array<uint32_t*, 3> ends; };
        __attribute__((noinline)) uint32_t sum(const View& view) {
            uint32_t total = 0;
            for (uint32_t w : view.words) total += w;
            for (uint32_t* p : view.ends) total += *p;
            return total;
        })",
           R"(
        Node nodes[3];
        for (uint32_t i = 0; i < 3; ++i) nodes[i] = {i < 2 ? &nodes[i + 1] : nullptr, i * 7, (uint32_t*)(0x1000 + 4 * i)};
        uint32_t total = 0;
        for (Node* n = nodes; n; n = n->next) total += n->value + *n->where;
        out[0] = total;
        uint32_t* base = reinterpret_cast<uint32_t*>(0x1000u);
        out[1] = sum({std::span<uint32_t>(base, 4), {base, base + 1, base + 2}});
        std::tuple<uint32_t*, char, uint64_t> t{base + 5, 'x', 0x1234567890ull};
        out[2] = *std::get<0>(t) + (uint32_t)std::get<1>(t);
        out[3] = (uint32_t)(std::get<2>(t) >> 32);
        // A list that lives in L1 and links by 32-bit addresses.
        struct Link { uint32_t next; uint32_t value; };
        volatile uint32_t head = 0x2000;
        for (uint32_t i = 0; i < 4; ++i) { Link* l = (Link*)(0x2000 + 16 * i); l->next = i < 3 ? 0x2010 + 16 * i : 0; l->value = i + 1; }
        uint32_t walked = 0;
        for (Link* l = (Link*)head; l; l = (Link*)l->next) walked = walked * 10 + l->value;
        out[4] = walked;)",
           {21 + 303, 406 + 303, 105 + 'x', 0x12, 1234});
}

TEST(Tricky, UnionsBytesAndCasts) {
    expect(R"(
        union Address { uint32_t number; struct { uint8_t b[4]; }; };
        union Wide { uint64_t number; uint32_t half[2]; };
        template <class T> T* at(uint32_t address) { return reinterpret_cast<T*>(address); })",
           R"(
        Address a; a.number = 0x1008;
        out[0] = *at<uint32_t>(a.number);
        a.b[0] = 0x0c;
        out[1] = *at<volatile uint32_t>(a.number);
        uint32_t* p = at<uint32_t>(0x1010);
        uint32_t* q;
        std::memcpy(&q, &p, sizeof(q));          // a pointer as bytes
        out[2] = *q;
        struct Box { uint32_t* p; uint32_t n; } b1{p + 1, 5}, b2;
        std::memcpy(&b2, &b1, sizeof(b1));
        out[3] = b2.p[0] + b2.n;
        uintptr_t up = reinterpret_cast<uintptr_t>(p);
        up = (up + 31) & ~uintptr_t{31};
        out[4] = (uint32_t)up;
        out[5] = *reinterpret_cast<uint32_t*>(up);
        auto wide = reinterpret_cast<uint64_t>(p);
        out[6] = (uint32_t)(wide >> 32);
        Wide w; w.number = 0x500000000ull | (uint32_t)(uintptr_t)(p + 2);
        out[7] = *at<uint32_t>(w.half[0]) + w.half[1];
        uint64_t noc = (uint64_t(3) << 36) | (uint64_t)(uint32_t)p;
        out[8] = (uint32_t)noc + (uint32_t)(noc >> 36);
        char* c = (char*)p; c += 8; out[9] = *(uint32_t*)c;
        ptrdiff_t d = (uint32_t*)0x1040 - (uint32_t*)0x1000; out[10] = (uint32_t)d;
        int32_t negative = -4; out[11] = *(uint32_t*)(0x1010 + negative);
        out[12] = (uint32_t*)0x1000 < (uint32_t*)0x1004 && (uint32_t*)0x1004 != nullptr;
        uint16_t low = (uint16_t)(uintptr_t)(uint32_t*)0x1234; out[13] = low;)",
           {102, 103, 104, 110, 0x1020, 108, 0, 106 + 5, 0x1010 + 3, 106, 16, 103, 1, 0x1234});
}

TEST(Tricky, CallsThroughPointersTablesAndVirtuals) {
    expect(R"(
        struct Shape { virtual uint32_t area() const = 0; virtual ~Shape() = default; };
        struct Square : Shape { uint32_t s; explicit Square(uint32_t s) : s(s) {} uint32_t area() const override { return s * s; } };
        struct Strip : Square { uint32_t l; Strip(uint32_t s, uint32_t l) : Square(s), l(l) {} uint32_t area() const override { return s * l; } };
        Square global_square(9);
        Shape* global_shape = &global_square;
        uint32_t twice(uint32_t x) { return 2 * x; }
        uint32_t thrice(uint32_t x) { return 3 * x; }
        extern "C" __attribute__((noinline)) uint32_t plain_c(uint32_t x) { return x + 1; }
        using Function = uint32_t (*)(uint32_t);
        const Function table[] = {twice, thrice, plain_c};
        Function changing[2] = {twice, twice};
        struct Handler { const char* name; Function call; uint32_t* word; };
        Handler handlers[] = {{"two", twice, (uint32_t*)0x1000}, {"three", thrice, (uint32_t*)0x1004}};
        template <class F> __attribute__((noinline)) uint32_t apply(F&& f, uint32_t n) { uint32_t r = 0; for (uint32_t i = 0; i < n; ++i) r += f(i); return r; }
        __attribute__((noinline)) uint32_t area(const Shape& s) { return s.area(); }
        uint32_t fibonacci(uint32_t n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); })",
           R"(
        volatile uint32_t which = 2;
        out[0] = table[which](10) + table[which - 1](10);
        changing[1] = table[which - 1];
        out[1] = changing[0](1) + changing[1](1);
        out[2] = handlers[which - 1].call(*handlers[which - 1].word) + handlers[which - 1].name[4];
        Strip strip(3, 5); Square square(4);
        out[3] = area(strip) + area(square) + area(*global_shape);
        uint32_t captured = 6; uint32_t* through = (uint32_t*)0x1008;
        out[4] = apply([&](uint32_t i) { captured += 1; return i * captured + *through; }, 3);
        out[5] = captured;
        out[6] = fibonacci(15);
        uint32_t (Square::*member)() const = &Square::area;
        out[7] = (square.*member)();
        auto counter = [] { static uint32_t n = 40; return ++n; };
        counter(); out[8] = counter();
        Function same = which == 2 ? twice : thrice; out[9] = same == table[0];)",
           {11 + 30, 2 + 3, 303 + 'e', 15 + 16 + 81, 0 * 7 + 1 * 8 + 2 * 9 + 3 * 102, 9, 610, 16, 42, 1});
}

TEST(Tricky, GlobalsStaticsAndTables) {
    expect(R"(
        struct State { uint32_t a, b; uint32_t* self; } state = {1, 2, &state.b};
        static uint32_t numbers[4] = {1, 2, 3, 4};
        uint32_t* const middle = &numbers[2];
        uint32_t** const indirect[2] = {&state.self, nullptr};
        static const uint32_t squares[] = {0, 1, 4, 9, 16, 25};
        const char* const names[] = {"zero", "one", "two"};
        volatile uint32_t flag_bits_store = 0;
        struct Bits { volatile uint32_t low : 5; volatile uint32_t high : 27; } bits = {3, 100};
        template <int N> struct Holder { static inline uint32_t value = N; };
        namespace { uint64_t wide = 0x100000002ull; }
        uint32_t& reference = numbers[3];
        inline uint32_t shared_inline = 77;)",
           R"(
        volatile uint32_t i = 2;
        *state.self += 10; out[0] = state.b;
        *middle = 50; out[1] = numbers[2];
        **indirect[0] += 1; out[2] = state.b;
        out[3] = squares[i + 3] + (uint32_t)names[i][1];
        bits.low = 31; bits.high = bits.high + 1; out[4] = bits.low * 1000 + bits.high;
        Holder<5>::value += i; Holder<6>::value += i; out[5] = Holder<5>::value * 100 + Holder<6>::value;
        wide += 0xFFFFFFFFull; out[6] = (uint32_t)(wide >> 32); out[7] = (uint32_t)wide;
        reference = 9; out[8] = numbers[3] + shared_inline++;
        uint32_t big[600]; for (uint32_t k = 0; k < 600; ++k) big[k] = k; 
        volatile uint32_t index = 599; out[9] = big[index];
        uint32_t text = (uint32_t)names[1]; out[10] = *(const char*)text;)",
           {12, 50, 13, 25 + 'w', 31101, 708, 2, 1, 86, 599, 'o'});
}

TEST(Tricky, ArithmeticAtItsEdges) {
    expect(R"(
        __attribute__((noinline)) float blend(float a, float b) { return a * 0.1f + b / 3.0f; }
        __attribute__((noinline)) int add(int a, int b) { return a + b; }
        __attribute__((noinline)) double half(double x) { return x / 2; })",
           R"(
        volatile int most = 0x7FFFFFFF, shift = 33, small = -5;
        volatile uint32_t u = 0xFFFFFFFE;
        out[0] = (uint32_t)add(most, 1);
        out[1] = (uint32_t)(small >> 1);
        out[2] = u + 3;
        out[3] = 1u << shift;
        out[4] = (uint32_t)(small % 3);
        out[5] = __builtin_popcount(u) * 100 + __builtin_clz(0x1000) * 1 + __builtin_ctz(0x40);
        out[6] = __builtin_bswap32(0x11223344);
        volatile float f = 1.5f, g = 2.25f;
        float r = blend(f, g); uint32_t raw; std::memcpy(&raw, &r, 4); out[7] = raw;
        out[8] = (uint32_t)(int)(f * -2.0f);
        out[9] = (uint32_t)half(9.0);
        volatile uint64_t wide = 0x123456789ull; out[10] = (uint32_t)(wide * 16 >> 32); out[11] = (uint32_t)(wide % 1000);
        volatile int8_t tiny = -128; out[12] = (uint32_t)(-tiny);
        out[13] = (uint32_t)((int64_t)most * most >> 32);
        uint32_t ov; out[14] = __builtin_add_overflow(u, 5u, &ov) * 10 + ov;
        volatile bool yes = true; out[15] = __builtin_expect(yes, 1) ? 3 : 4;
        out[16] = (uint16_t)(u * u);)",
           {0x80000000u, static_cast<uint32_t>(-3), 1, 2, static_cast<uint32_t>(-2), 31 * 100 + 19 + 6, 0x44332211,
            std::bit_cast<uint32_t>(1.5f * 0.1f + 2.25f / 3.0f), static_cast<uint32_t>(-3), 4, 0x12,
            static_cast<uint32_t>(0x123456789ull % 1000), 128, 0x3FFFFFFF, 13, 3, 4});
}

TEST(Tricky, ControlFlowAtomicsAndAssembly) {
    expect(R"(
        __attribute__((noinline)) uint32_t machine(uint32_t n) {
            uint32_t state = 0, steps = 0;
        again:
            ++steps;
            switch (state) {
                case 0: state = n > 3 ? 5 : 1; goto again;
                case 1: case 2: state = 7; [[fallthrough]];
                case 5: if (--n) { state = 0; goto again; } break;
                default: return 1000 + steps;
            }
            return steps;
        }
        __attribute__((noinline)) uint32_t tangled(uint32_t n) {   // a cycle with two entries
            uint32_t r = 0;
            if (n & 1) goto middle;
        top:
            r += 1;
        middle:
            r += *(volatile uint32_t*)0x1000 - 99;
            if (++n < 10) goto top;
            return r;
        }
        uint32_t counter;)",
           R"(
        out[0] = machine(5);
        out[1] = tangled(7); out[2] = tangled(8);
        __atomic_fetch_add(&counter, 4, __ATOMIC_SEQ_CST);
        out[3] = __atomic_exchange_n((uint32_t*)0x1000, 7, __ATOMIC_ACQ_REL) + counter;
        __sync_synchronize();
        asm volatile("fence");
        asm volatile("nop\n\tnop" ::: "memory");
        asm("" : : "r"(counter));
        out[4] = *(uint32_t*)0x1000;
        uint32_t expected = 7; __atomic_compare_exchange_n((uint32_t*)0x1000, &expected, 8, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
        out[5] = *(volatile uint32_t*)0x1000;
        std::memset((void*)0x1004, 0x11, 8); std::memmove((void*)0x1008, (void*)0x1004, 8);
        out[6] = *(volatile uint32_t*)0x100c;
        int x = 0; do { x += 3; if (x == 9) continue; if (x > 20) break; } while (x < 100); out[7] = x;)",
           {10, 5, 4, 104, 7, 8, 0x11111111, 21});
}

TEST(Tricky, SpinLoopsOfEveryShapeLetOthersRun) {
    for (const char* loop : {
             "while (*(volatile uint32_t*)0x80 != 1) {}",
             "volatile uint32_t* p = (volatile uint32_t*)0x80; for (;;) { if (*p == 1) break; }",
             "uint32_t* p = (uint32_t*)0x80; do { asm volatile(\"\" ::: \"memory\"); } while (*p != 1);",
             "uint32_t* p = (uint32_t*)0x80; while (__atomic_load_n(p, __ATOMIC_ACQUIRE) != 1) {}",
             "uint32_t* p = (uint32_t*)0x80; while (*p != 1) { __sync_synchronize(); }",
             "volatile uint32_t* p = (volatile uint32_t*)0x80; uint32_t n = 0; again: ++n; if (*p != 1) goto again; "
             "*(volatile uint32_t*)0x90 = n;",
             "volatile uint32_t* p = (volatile uint32_t*)0x80; if (p[1] == 0) goto middle; top: (void)p[2]; middle: "
             "(void)p[3]; if (*p != 1) goto top;",
             "struct S { volatile uint32_t flag : 4; }; S* s = (S*)0x80; while (s->flag != 1) {}",
         }) {
        FakeDevice device;
        device.on_poll = [](FakeDevice& self) {
            if (self.polls == 3) {
                self.set_word(0x80, 1);
            }
        };
        device.run(*build(std::string("void kernel_main() {") + loop + " *(volatile uint32_t*)0x84 = 2; }"));
        EXPECT_EQ(device.trap, "") << loop;
        EXPECT_EQ(device.polls, 3) << loop;
        EXPECT_EQ(device.pure_polls, 3) << loop;
        EXPECT_EQ(device.word(0x84), 2u) << loop;
    }
}

}  // namespace
}  // namespace tessera::test
