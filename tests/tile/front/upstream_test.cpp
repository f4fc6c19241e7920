// Scripts as others publish them: how many are parsed whole, and in how many kernels become IR. The folder comes from
// the environment, TESSERA_TILELANG_EXAMPLES; without it there is nothing to read, and the test says so.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <tile/front/front.h>
#include <tile/front/parser.h>

namespace tessera::tile::front {
namespace {

std::string read(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/// Values for parameters that a script leaves to its callers, by what they are usually called.
Arguments guesses(const std::string& help, const Arguments& given) {
    Arguments arguments = given;
    std::stringstream words(help);
    std::string word;
    while (words >> word) {
        const size_t equals = word.find('=');
        if (equals == std::string::npos) {
            continue;
        }
        const std::string name = word.substr(0, equals);
        const bool type = name.find("type") != std::string::npos;
        const bool flag = name.starts_with("is_") || name.starts_with("enable") || name.starts_with("has_");
        const bool few = name.starts_with("batch") || name.find("stage") != std::string::npos || name == "B";
        arguments[name] = type                                     ? "float16"
                          : flag                                   ? "False"
                          : few                                    ? "2"
                          : name.find("head") != std::string::npos ? "8"
                                                                   : "128";
    }
    return arguments;
}

TEST(TileUpstream, ParsedWholeAndEvaluated) {
    const char* folder = std::getenv("TESSERA_TILELANG_EXAMPLES");
    if (folder == nullptr || !std::filesystem::is_directory(folder)) {
        GTEST_SKIP() << "TESSERA_TILELANG_EXAMPLES names no folder of scripts";
    }
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.path().extension() == ".py") {
            files.push_back(entry.path());
        }
    }
    std::ranges::sort(files);
    size_t parsed = 0;
    size_t bearing = 0;
    size_t some = 0;
    size_t all = 0;
    size_t guessed = 0;
    std::map<std::string, std::vector<std::string>> reasons;
    for (const auto& path : files) {
        const std::string text = read(path);
        Diagnostics diagnostics;
        const uint16_t file = diagnostics.add_file(path.string(), text);
        parse(text, file, diagnostics);
        parsed += diagnostics.failed() ? 0 : 1;
        EXPECT_FALSE(diagnostics.failed()) << diagnostics.render();
        if (text.find("T.Kernel") == std::string::npos) {
            continue;
        }
        ++bearing;
        const auto script = load(path.string(), diagnostics);
        size_t made = 0;
        bool help = false;
        const std::vector<KernelInfo> list = kernels(*script);
        std::string reason;
        for (const KernelInfo& kernel : list) {
            Diagnostics own;
            own.add_file(path.string(), text);
            evaluate(*script, kernel.name, {}, own);
            if (own.failed() && own.all().front().name == "tile-missing-argument") {
                const Arguments arguments = guesses(own.all().front().help, {});
                own = Diagnostics();
                own.add_file(path.string(), text);
                evaluate(*script, kernel.name, arguments, own);
                help = help || !own.failed();
            }
            made += own.failed() ? 0 : 1;
            if (own.failed() && reason.empty()) {
                const auto error = std::ranges::find_if(
                    own.all(), [](const Diagnostic& one) { return one.severity == Diagnostic::Severity::Error; });
                reason = error->name + ": " + error->message;
            }
        }
        some += made != 0 ? 1 : 0;
        all += made == list.size() && made != 0 ? 1 : 0;
        guessed += made != 0 && help ? 1 : 0;
        if (made == 0) {
            reasons[list.empty() ? "no kernel found" : reason].push_back(path.filename().string());
        }
    }
    std::cout << files.size() << " files, " << parsed << " parsed whole; " << bearing << " with T.Kernel: a kernel of "
              << some << " becomes IR, all kernels of " << all << " (" << guessed
              << " of them with sizes made up for parameters that the script leaves open)\n";
    for (const auto& [reason, names] : reasons) {
        std::cout << names.size() << "  " << reason << "  (" << names.front() << ")\n";
    }
    EXPECT_EQ(parsed, files.size());
    EXPECT_GE(some, bearing * 7 / 10);
}

}  // namespace
}  // namespace tessera::tile::front
