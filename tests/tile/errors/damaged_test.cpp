// Scripts of the corpus with random damage: cut off, tokens deleted, doubled, swapped, numbers changed. Whatever comes
// of it, the compiler says what is wrong or compiles; it never crashes, hangs, or finds a mistake of its own. The same
// damage each time; TESSERA_LONG_TESTS=1 does twenty times as much.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <base/error.h>
#include <tile/front/front.h>
#include <tile/lower.h>

namespace tessera::tile {
namespace {

namespace fs = std::filesystem;

/// Seconds that one script may take; a damaged number can make a kernel large.
constexpr unsigned patience = 30;

std::vector<std::string> split(const std::string& text) {
    std::vector<std::string> tokens;
    const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '.'; };
    for (size_t at = 0; at < text.size();) {
        size_t end = at + 1;
        if (word(text[at]) || text[at] == ' ') {
            while (end < text.size() && (text[at] == ' ' ? text[end] == ' ' : word(text[end]))) {
                ++end;
            }
        }
        tokens.push_back(text.substr(at, end - at));
        at = end;
    }
    return tokens;
}

class Damage {
public:
    Damage(std::string text, unsigned seed) : text_(std::move(text)), random_(seed) {}

    std::string made() {
        for (size_t times = 1 + below(2); times > 0; --times) {
            once();
        }
        return text_;
    }

private:
    std::string text_;
    std::mt19937 random_;

    size_t below(size_t end) { return end == 0 ? 0 : random_() % end; }

    void once() {
        if (below(12) == 0) {
            text_.resize(below(text_.size()));
            return;
        }
        if (below(12) == 0) {
            constexpr std::string_view odd = "()[]{}:,.=+-*/%@!\"'#\\\n\t ~^&|<>\x80\xff";
            text_.insert(below(text_.size()), 1, odd[below(odd.size())]);
            return;
        }
        std::vector<std::string> tokens = split(text_);
        if (tokens.size() < 2) {
            return;
        }
        std::vector<size_t> numbers;
        for (size_t i = 0; i < tokens.size(); ++i) {
            if (std::isdigit(static_cast<unsigned char>(tokens[i][0])) != 0) {
                numbers.push_back(i);
            }
        }
        const size_t at = below(tokens.size());
        switch (below(6)) {
            case 0:
                tokens[at].clear();
                break;
            case 1:
                tokens.insert(tokens.begin() + static_cast<std::ptrdiff_t>(at), tokens[below(tokens.size())]);
                break;
            case 2:
                std::swap(tokens[at], tokens[below(tokens.size())]);
                break;
            case 3:
                tokens[at] = tokens[below(tokens.size())];
                break;
            default:
                if (!numbers.empty()) {
                    constexpr const char* values[] = {"0",    "1",     "-1",    "3",    "31",
                                                      "33",   "7.5",   "1e400", "4096", "9223372036854775807",
                                                      "None", "\"x\"", "2**70"};
                    tokens[numbers[below(numbers.size())]] = values[below(std::size(values))];
                }
        }
        text_.clear();
        for (const std::string& token : tokens) {
            text_ += token;
        }
    }
};

const char* current = "";

void too_long(int /*signal*/) {
    constexpr const char* message = "\nthe compiler hangs on ";
    (void)!write(STDERR_FILENO, message, std::strlen(message));
    (void)!write(STDERR_FILENO, current, std::strlen(current));
    (void)!write(STDERR_FILENO, "\n", 1);
    std::_Exit(1);
}

/// What is wrong with how the compiler took the script; empty: nothing.
std::string trouble_with(const std::string& text) {
    Diagnostics diagnostics;
    try {
        const auto script = front::load_text(text, "script.py", diagnostics);
        if (diagnostics.failed()) {
            return {};
        }
        for (const front::KernelInfo& info : front::kernels(*script)) {
            Diagnostics own;
            const ir::Kernel kernel = front::evaluate(*script, info.name, {}, own);
            if (!own.failed()) {
                lower::lower(kernel, {}, own);
            }
            for (const Diagnostic& one : own.all()) {
                if (one.name == "tile-internal" || meaning_of(one.name).empty()) {
                    return one.render(false);
                }
            }
        }
    } catch (const Error& error) {
        const std::string& name = error.diagnostic().name;
        return name == "tile-internal" || !name.starts_with("tile-") ? error.what() : "";
    } catch (const std::exception& error) {
        return std::string("an exception: ") + error.what();
    }
    return {};
}

class Damaged : public testing::TestWithParam<std::string> {};

TEST_P(Damaged, IsUnderstoodOrRefused) {
    std::ifstream file(TESSERA_SOURCE_DIR "/examples/tile/" + GetParam() + ".py");
    const std::string text(std::istreambuf_iterator<char>(file), {});
    ASSERT_FALSE(text.empty());
    const unsigned rounds = std::getenv("TESSERA_LONG_TESTS") != nullptr ? 400 : 20;
    std::signal(SIGALRM, too_long);
    for (unsigned seed = 0; seed < rounds; ++seed) {
        const std::string damaged = Damage(text, seed + 1000 * static_cast<unsigned>(GetParam().size())).made();
        const std::string name = GetParam() + " " + std::to_string(seed);
        current = name.c_str();
        alarm(patience);
        const std::string trouble = trouble_with(damaged);
        alarm(0);
        current = "";
        if (!trouble.empty()) {
            const std::string kept = testing::TempDir() + "damaged-" + GetParam() + "-" + std::to_string(seed) + ".py";
            std::ofstream(kept) << damaged;
            ADD_FAILURE() << trouble << "\nof " << kept;
        }
    }
}

std::vector<std::string> corpus() {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(TESSERA_SOURCE_DIR "/examples/tile")) {
        if (entry.path().extension() == ".py") {
            names.push_back(entry.path().stem().string());
        }
    }
    std::sort(names.begin(), names.end());
    return names;
}

INSTANTIATE_TEST_SUITE_P(All, Damaged, testing::ValuesIn(corpus()), [](const auto& info) { return info.param; });

}  // namespace
}  // namespace tessera::tile
