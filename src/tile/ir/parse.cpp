#include <tile/ir/parse.h>

#include <cctype>
#include <cstdlib>
#include <limits>
#include <map>
#include <string>

#include <fmt/format.h>

#include <base/error.h>
#include <tile/ir/dump_tokens.h>
#include <tile/ir/print.h>

namespace tessera::tile::ir {
namespace {

class Parser {
public:
    using Values = std::map<std::string, int64_t, std::less<>>;
    explicit Parser(std::string_view text, Values values = {}) : tokens_(tokens_of(text)), values_(std::move(values)) {}

    Kernel kernel() {
        word("kernel");
        Kernel kernel;
        kernel.name = text();
        sign("{");
        while (!at_word("body")) {
            header(kernel);
        }
        word("body");
        kernel.body = block();
        sign("}");
        if (peek().kind != Token::Kind::End) {
            dump_error(peek(), "the kernel has ended");
        }
        return kernel;
    }

private:
    // Tokens.
    const Token& peek(size_t ahead = 0) const { return tokens_[std::min(at_ + ahead, tokens_.size() - 1)]; }
    const Token& next() {
        const Token& token = peek();
        at_ = std::min(at_ + 1, tokens_.size() - 1);
        return token;
    }
    bool at_word(std::string_view word) const { return peek().kind == Token::Kind::Word && peek().text == word; }
    bool at_sign(std::string_view sign) const { return peek().kind == Token::Kind::Sign && peek().text == sign; }
    bool take_sign(std::string_view wanted) {
        if (!at_sign(wanted)) {
            return false;
        }
        next();
        return true;
    }
    /// A word that may follow on the same line.
    bool take_word(std::string_view wanted) {
        if (!at_word(wanted) || (at_ > 0 && tokens_[at_ - 1].line != peek().line)) {
            return false;
        }
        next();
        return true;
    }
    void sign(std::string_view wanted) {
        if (!take_sign(wanted)) {
            dump_error(peek(), fmt::format("'{}' should be here, not '{}'", wanted, peek().text));
        }
    }
    void word(std::string_view wanted) {
        if (!at_word(wanted)) {
            dump_error(peek(), fmt::format("'{}' should be here, not '{}'", wanted, peek().text));
        }
        next();
    }
    std::string identifier() {
        if (peek().kind != Token::Kind::Word) {
            dump_error(peek(), fmt::format("a name should be here, not '{}'", peek().text));
        }
        return next().text;
    }
    std::string text() {
        if (peek().kind != Token::Kind::Text) {
            dump_error(peek(), fmt::format("a text in quotes should be here, not '{}'", peek().text));
        }
        return next().text;
    }
    int64_t integer() {
        const bool negative = take_sign("-");
        if (peek().kind != Token::Kind::Integer) {
            dump_error(peek(), fmt::format("an integer should be here, not '{}'", peek().text));
        }
        const std::string digits = (negative ? "-" : "") + next().text;
        return std::strtoll(digits.c_str(), nullptr, 10);
    }
    double real() {
        const bool negative = take_sign("-");
        const Token& token = next();
        double value = 0;
        if (token.text == "inf") {
            value = std::numeric_limits<double>::infinity();
        } else if (token.text == "nan") {
            value = std::numeric_limits<double>::quiet_NaN();
        } else if (token.kind == Token::Kind::Integer || token.kind == Token::Kind::Real) {
            value = std::strtod(token.text.c_str(), nullptr);
        } else {
            dump_error(token, fmt::format("a number should be here, not '{}'", token.text));
        }
        return negative ? -value : value;
    }
    DType dtype() {
        const Token& token = peek();
        const auto type = dtype_from_name(identifier());
        if (!type) {
            dump_error(token, fmt::format("'{}' is no type", token.text));
        }
        return *type;
    }
    Span span() {
        Span place;
        if (!take_sign("@")) {
            return place;
        }
        const auto first = static_cast<uint32_t>(integer());
        sign(":");
        const auto second = static_cast<uint32_t>(integer());
        if (take_sign(":")) {
            place = {second, static_cast<uint32_t>(integer()), static_cast<uint16_t>(first)};
        } else {
            place = {first, second, 0};
        }
        return place;
    }

    // Names.
    template <class Object>
    void declare(const Token& at, std::map<std::string, Object, std::less<>>& names, const std::string& name,
                 const Object& object) {
        if (vars_.contains(name) || buffers_.contains(name)) {
            dump_error(at, fmt::format("'{}' is declared twice", name));
        }
        names.emplace(name, object);
    }
    Var new_var(DType fallback = DType::Int32) {
        const Token& at = peek();
        const std::string name = identifier();
        const DType type = take_sign(":") ? dtype() : fallback;
        const Var var = std::make_shared<const VarNode>(VarNode{name, type});
        declare(at, vars_, name, var);
        return var;
    }
    Buffer new_buffer(Scope scope, bool named_scope) {
        const Token& at = peek();
        BufferNode node;
        node.name = identifier();
        sign(":");
        node.dtype = dtype();
        sign("[");
        node.shape = list("]");
        node.scope = scope;
        if (named_scope) {
            const Token& word = peek();
            const std::string name = identifier();
            bool found = false;
            for (const Scope one : {Scope::Param, Scope::Global, Scope::Shared, Scope::Fragment, Scope::Local}) {
                if (name_of(one) == name) {
                    node.scope = one;
                    found = true;
                }
            }
            if (!found) {
                dump_error(word, fmt::format("'{}' is no scope", name));
            }
        }
        const std::string name = node.name;
        const Buffer buffer = std::make_shared<const BufferNode>(std::move(node));
        declare(at, buffers_, name, buffer);
        return buffer;
    }
    Buffer buffer() {
        const Token& at = peek();
        const std::string name = identifier();
        const auto found = buffers_.find(name);
        if (found == buffers_.end()) {
            dump_error(at, fmt::format("there is no buffer '{}'", name));
        }
        return found->second;
    }

    // Expressions.
    template <class Make>
    Expr checked(const Token& at, Make&& make) {
        try {
            return make();
        } catch (const std::logic_error& error) {
            dump_error(at, error.what());
        }
    }

    static std::optional<std::pair<Op, int>> infix(const Token& token) {
        static const std::map<std::string_view, std::pair<Op, int>> all{
            {"or", {Op::Or, 1}},   {"and", {Op::And, 2}},     {"==", {Op::Eq, 3}},      {"!=", {Op::Ne, 3}},
            {"<", {Op::Lt, 3}},    {"<=", {Op::Le, 3}},       {">", {Op::Gt, 3}},       {">=", {Op::Ge, 3}},
            {"|", {Op::BitOr, 4}}, {"^", {Op::BitXor, 5}},    {"&", {Op::BitAnd, 6}},   {"<<", {Op::Shl, 7}},
            {">>", {Op::Shr, 7}},  {"+", {Op::Add, 8}},       {"-", {Op::Sub, 8}},      {"*", {Op::Mul, 9}},
            {"/", {Op::Div, 9}},   {"//", {Op::FloorDiv, 9}}, {"%", {Op::FloorMod, 9}},
        };
        if (token.kind != Token::Kind::Sign && token.kind != Token::Kind::Word) {
            return std::nullopt;
        }
        const auto found = all.find(token.text);
        return found == all.end() ? std::nullopt : std::optional(found->second);
    }

    Expr expr(int least = 1) {
        Expr left = primary();
        for (;;) {
            const Token& at = peek();
            const auto op = infix(at);
            if (!op || op->second < least) {
                return left;
            }
            next();
            const Expr right = expr(op->second + 1);
            left = checked(at, [&] { return make(op->first, {left, right}); });
        }
    }

    Expr literal() {
        const size_t first = at_ + (at_sign("-") ? 1 : 0);
        const bool whole = tokens_[first].kind == Token::Kind::Integer;
        const Token& at = peek();
        const int64_t as_integer = whole ? integer() : 0;
        const double as_real = whole ? 0 : real();
        DType type = whole ? DType::Int32 : DType::Float32;
        if (at_sign(":") && peek(1).kind == Token::Kind::Word && dtype_from_name(peek(1).text)) {
            next();
            type = dtype();
        }
        return checked(at, [&] { return whole ? make_int(as_integer, type) : make_float(as_real, type); });
    }

    Expr primary() {
        const Token& at = peek();
        if (take_sign("(")) {
            Expr inner = expr();
            sign(")");
            return inner;
        }
        if (at.kind == Token::Kind::Integer || at.kind == Token::Kind::Real || at_sign("-") || at_word("inf") ||
            at_word("nan")) {
            return literal();
        }
        if (at.kind != Token::Kind::Word) {
            dump_error(at, fmt::format("an expression should be here, not '{}'", at.text));
        }
        if (at.text == "true" || at.text == "false") {
            next();
            return make_bool(at.text == "true");
        }
        if (peek(1).kind == Token::Kind::Sign && peek(1).text == "(") {
            return call();
        }
        if ((at.text == "cast" || at.text == "reinterpret") && peek(1).text == "<") {
            next();
            sign("<");
            const DType to = dtype();
            sign(">");
            sign("(");
            const Expr value = expr();
            sign(")");
            return checked(at, [&] { return at.text == "cast" ? make_cast(to, value) : make_reinterpret(to, value); });
        }
        if (const auto var = vars_.find(at.text); var != vars_.end()) {
            next();
            if (const auto known = constants_.find(var->second.get()); known != constants_.end()) {
                return known->second;
            }
            return make_var(var->second);
        }
        const Buffer from = buffer();
        sign("[");
        std::vector<Expr> indices = list("]");
        return checked(at, [&] { return make_load(from, std::move(indices)); });
    }

    Expr call() {
        const Token& at = next();
        sign("(");
        std::vector<Expr> args = list(")");
        for (int i = static_cast<int>(Op::Add); i <= static_cast<int>(Op::IsInf); ++i) {
            const Op op = static_cast<Op>(i);
            if (info(op).name == at.text && info(op).symbol.empty()) {
                return checked(at, [&] { return make(op, std::move(args)); });
            }
        }
        dump_error(at, fmt::format("there is no function '{}'", at.text));
    }

    std::vector<Expr> list(std::string_view end) {
        std::vector<Expr> all;
        if (take_sign(end)) {
            return all;
        }
        do {
            all.push_back(expr());
        } while (take_sign(","));
        sign(end);
        return all;
    }

    Region region() {
        Region place;
        place.buffer = buffer();
        sign("[");
        if (take_sign(":")) {
            sign("]");
            return whole(place.buffer);
        }
        if (take_sign("]")) {
            return place;
        }
        do {
            place.begin.push_back(expr());
            const bool sliced = take_sign("+:");
            place.extent.push_back(sliced ? expr() : make_int(1));
            place.dropped.push_back(!sliced);
        } while (take_sign(","));
        sign("]");
        return place;
    }

    Reduction reduction() {
        const Token& at = peek();
        const std::string name = identifier();
        for (int i = 0; i <= static_cast<int>(Reduction::All); ++i) {
            if (name_of(static_cast<Reduction>(i)) == name) {
                return static_cast<Reduction>(i);
            }
        }
        dump_error(at, fmt::format("'{}' is no reduction", name));
    }

    // Statements.
    Block block() {
        sign("{");
        Block all;
        while (!take_sign("}")) {
            all.push_back(statement());
        }
        return all;
    }

    template <class Kind>
    Stmt ended(Kind of) {
        const Span place = span();
        return make_stmt(std::move(of), place);
    }
    template <class Kind>
    Stmt with_body(Kind of) {
        const Span place = span();
        of.body = block();
        return make_stmt(std::move(of), place);
    }

    void nest(std::vector<Var>& vars, std::vector<Expr>& extents) {
        do {
            vars.push_back(new_var());
            word("in");
            extents.push_back(expr());
        } while (take_sign(","));
    }

    Stmt statement() {
        const Token& at = peek();
        if (at.kind != Token::Kind::Word) {
            dump_error(at, fmt::format("a statement should be here, not '{}'", at.text));
        }
        if (peek(1).kind == Token::Kind::Sign && peek(1).text == "[") {
            Store store;
            store.buffer = buffer();
            sign("[");
            store.indices = list("]");
            sign("=");
            store.value = expr();
            return ended(std::move(store));
        }
        const std::string kind = identifier();
        if (kind == "alloc") {
            Alloc alloc;
            alloc.buffer = new_buffer(Scope::Local, true);
            if (take_sign("=")) {
                alloc.init = expr();
            }
            return ended(std::move(alloc));
        }
        if (kind == "let") {
            const Token& name_at = peek();
            const std::string name = identifier();
            sign(":");
            const DType type = dtype();
            sign("=");
            Let let;
            let.value = expr();
            let.var = std::make_shared<const VarNode>(VarNode{name, type});
            declare(name_at, vars_, name, let.var);
            return ended(std::move(let));
        }
        if (kind == "for") {
            return loop();
        }
        if (kind == "parallel") {
            Parallel parallel;
            if (!at_sign("{") && !at_sign("@")) {
                nest(parallel.vars, parallel.extents);
            }
            return with_body(std::move(parallel));
        }
        if (kind == "launch") {
            Launch launch;
            nest(launch.vars, launch.extents);
            launch.in_turns = take_word("in_turns");
            return with_body(std::move(launch));
        }
        if (kind == "if") {
            If branch;
            branch.condition = expr();
            const Span place = span();
            branch.then = block();
            if (take_word("else")) {
                branch.otherwise = block();
            }
            return make_stmt(std::move(branch), place);
        }
        if (kind == "while") {
            While loop;
            loop.condition = expr();
            return with_body(std::move(loop));
        }
        if (kind == "break") {
            return ended(Break{});
        }
        if (kind == "assert" || kind == "assume") {
            Assert check;
            check.assumed = kind == "assume";
            check.condition = expr();
            sign(",");
            check.message = text();
            return ended(std::move(check));
        }
        return operation(at, kind);
    }

    Stmt loop() {
        For loop;
        loop.var = new_var();
        sign("=");
        loop.begin = expr();
        word("to");
        loop.end = expr();
        loop.step = take_word("step") ? expr() : make_int(1, loop.var->dtype);
        if (take_word("unrolled")) {
            loop.kind = LoopKind::Unrolled;
        } else if (take_word("pipelined")) {
            loop.kind = LoopKind::Pipelined;
            sign("(");
            loop.stages = static_cast<int>(integer());
            sign(")");
        }
        return with_body(std::move(loop));
    }

    Stmt operation(const Token& at, const std::string& kind) {
        const auto both = [&](auto& of) {
            of.src = region();
            sign("->");
            of.dst = region();
        };
        if (kind == "copy") {
            Copy copy;
            both(copy);
            copy.turn = take_word("begins_turn")    ? Turn::Begins
                        : take_word("ends_turn")    ? Turn::Ends
                        : take_word("is_turn")      ? Turn::Whole
                        : take_word("awaits_turns") ? Turn::Waits
                                                    : Turn::None;
            return ended(std::move(copy));
        }
        if (kind == "transpose") {
            Transpose transpose;
            both(transpose);
            return ended(std::move(transpose));
        }
        if (kind == "fill") {
            Fill fill;
            fill.dst = region();
            sign("=");
            fill.value = expr();
            return ended(std::move(fill));
        }
        if (kind == "gemm") {
            Gemm gemm;
            gemm.a = region();
            gemm.transpose_a = take_word("transposed");
            sign("*");
            gemm.b = region();
            gemm.transpose_b = take_word("transposed");
            sign("->");
            gemm.c = region();
            gemm.clear = take_word("clear");
            return ended(std::move(gemm));
        }
        if (kind == "reduce" || kind == "scan") {
            Reduce reduce;
            reduce.op = reduction();
            both(reduce);
            word("dim");
            reduce.dim = static_cast<int>(integer());
            if (kind == "scan") {
                Scan scan{reduce.op, std::move(reduce.src), std::move(reduce.dst), reduce.dim, take_word("reverse")};
                return ended(std::move(scan));
            }
            reduce.clear = take_word("clear");
            reduce.propagate_nan = take_word("nan");
            return ended(std::move(reduce));
        }
        if (kind == "atomic") {
            Atomic atomic;
            atomic.op = reduction();
            atomic.dst = region();
            sign("<-");
            if (at_word("region") && peek(1).kind == Token::Kind::Word) {
                next();
                atomic.src = region();
            } else {
                atomic.value = expr();
            }
            return ended(std::move(atomic));
        }
        if (kind == "im2col") {
            Im2col im2col;
            im2col.img = region();
            sign("->");
            im2col.dst = region();
            word("at");
            im2col.first_row = expr();
            sign(",");
            im2col.first_column = expr();
            word("kernel");
            im2col.kernel = integer();
            word("stride");
            im2col.stride = integer();
            word("dilation");
            im2col.dilation = integer();
            word("pad");
            im2col.pad = integer();
            return ended(std::move(im2col));
        }
        dump_error(at, fmt::format("'{}' begins no statement", kind));
    }

    // The head of a kernel.
    void header(Kernel& kernel) {
        const Token& at = peek();
        const std::string kind = identifier();
        if (kind == "file") {
            kernel.files.push_back(text());
        } else if (kind == "symbol") {
            const Var symbol = new_var();
            const auto known = values_.find(symbol->name);
            if (known == values_.end()) {
                kernel.symbols.push_back(symbol);
            } else {
                constants_[symbol.get()] = make_int(known->second, symbol->dtype);
            }
        } else if (kind == "param") {
            const Buffer made = new_buffer(Scope::Param, false);
            const Span place = span();
            if (place.line == 0) {
                kernel.params.push_back(made);
            } else {
                BufferNode node = *made;
                node.span = place;
                kernel.params.push_back(std::make_shared<const BufferNode>(std::move(node)));
                buffers_.find(made->name)->second = kernel.params.back();
            }
        } else if (kind == "output") {
            kernel.outputs.push_back(buffer());
        } else if (kind == "schedule") {
            schedule(kernel.schedule);
        } else if (kind == "shard") {
            shard(kernel);
        } else if (kind == "safe") {
            const std::string tensor = text();
            kernel.safe_values[tensor] = real();
        } else if (kind == "ignored") {
            kernel.ignored.push_back(text());
        } else {
            dump_error(at, fmt::format("'{}' is nothing that a kernel has", kind));
        }
    }

    void schedule(ScheduleHints& hints) {
        const Token& at = peek();
        const std::string kind = identifier();
        if (kind == "policy") {
            hints.policy = text();
        } else if (kind == "order") {
            hints.order = text();
        } else if (kind == "block_linear") {
            hints.block_linear = integer();
        } else if (kind == "stride") {
            const int64_t first = integer();
            hints.stride = {first, integer()};
        } else if (kind == "rect") {
            std::array<int64_t, 4> rect{};
            for (int64_t& side : rect) {
                side = integer();
            }
            hints.rect = rect;
        } else if (kind == "chunk_k_tiles") {
            hints.chunk_k_tiles = integer();
        } else if (kind == "qk_chunk_tiles") {
            hints.qk_chunk_tiles = integer();
        } else if (kind == "cores") {
            hints.cores = integer();
        } else if (kind == "grid") {
            const int64_t rows = integer();
            hints.grid = {rows, integer()};
        } else {
            dump_error(at, fmt::format("'{}' is nothing that a schedule has", kind));
        }
    }

    void shard(Kernel& kernel) {
        const std::string tensor = text();
        ShardHints hints;
        word("axes");
        sign("(");
        if (!take_sign(")")) {
            do {
                hints.axes.push_back(integer());
            } while (take_sign(","));
            sign(")");
        }
        word("placement");
        hints.placement = text();
        word("order");
        hints.order = text();
        if (take_word("rows")) {
            hints.rows = integer();
        }
        if (take_word("columns")) {
            hints.columns = integer();
        }
        if (take_word("grid")) {
            const int64_t rows = integer();
            hints.grid = {rows, integer()};
        }
        kernel.shards[tensor] = std::move(hints);
    }

    std::vector<Token> tokens_;
    size_t at_ = 0;
    Values values_;
    std::map<const VarNode*, Expr> constants_;
    std::map<std::string, Var, std::less<>> vars_;
    std::map<std::string, Buffer, std::less<>> buffers_;
};

}  // namespace

Kernel parse(std::string_view text) {
    return Parser(text).kernel();
}

Kernel specialise(const Kernel& kernel, const std::map<std::string, int64_t, std::less<>>& values) {
    return Parser(print(kernel, {.spans = true}), values).kernel();
}

}  // namespace tessera::tile::ir
