// Matrix multiplications: tessera-gemm runs each row's once and records it, and the recording is replayed.
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <utility>

#include <arch/arch.h>
#include <arch/clock.h>
#include <record/file.h>
#include <timing/dispatch.h>
#include <timing/replay.h>

#include "silicon.h"

extern char** environ;

namespace silicon {
namespace {

namespace fs = std::filesystem;

using Fields = std::map<std::string, std::string>;

/// The cells of a line; one may be in quotation marks, and then holds commas.
std::vector<std::string> cells(const std::string& line) {
    std::vector<std::string> all(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"') {
            quoted = !quoted;
        } else if (c == ',' && !quoted) {
            all.emplace_back();
        } else if (c != '\r') {
            all.back() += c;
        }
    }
    return all;
}

std::vector<Fields> read_csv(const std::string& path) {
    std::ifstream file(path);
    std::string line;
    if (!std::getline(file, line)) {
        throw std::runtime_error("cannot read " + path);
    }
    const auto names = cells(line);
    std::vector<Fields> rows;
    while (std::getline(file, line)) {
        const auto values = cells(line);
        if (values.size() != names.size()) {
            throw std::runtime_error(path + ": a line has " + std::to_string(values.size()) + " cells instead of " +
                                     std::to_string(names.size()) + ": " + line);
        }
        Fields row;
        for (size_t i = 0; i < names.size(); ++i) {
            row[names[i]] = values[i];
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

/// "N150 Manually Tuned Configurations" is about a board n150: the first that has so many cores. Where none has, the
/// program will say so.
std::string board_of(const Fields& row, unsigned columns, unsigned rows) {
    std::string name = row.at("sec").substr(0, row.at("sec").find(' '));
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    for (const std::string& board : tessera::arch::board_names()) {
        const auto grid = tessera::arch::board(board).chips.front().compute_grid;
        if (board.starts_with(name) && grid.x >= columns && grid.y >= rows) {
            return board;
        }
    }
    return name;
}

/// Columns and rows of "(8, 8)".
std::pair<unsigned, unsigned> grid_of(const Fields& row) {
    unsigned columns = 0, rows = 0;
    if (std::sscanf(row.at("grid").c_str(), "(%u, %u)", &columns, &rows) != 2) {
        throw std::runtime_error("a grid must be like (8, 8): " + row.at("grid"));
    }
    return {columns, rows};
}

/// Where A, B and C lie: "L1/DRAM/L1", and whether A and C are cut into blocks: "True/True".
std::string memory_of(const Fields& row) {
    std::stringstream places(row.at("mem"));
    std::string a, b, c;
    std::getline(places, a, '/');
    std::getline(places, b, '/');
    std::getline(places, c, '/');
    const std::string& sharded = row.at("sharded");
    const size_t middle = sharded.find('/');
    a = sharded.substr(0, middle) == "True" ? "SHARDED" : a;
    c = sharded.substr(middle + 1) == "True" ? "SHARDED" : c;
    return a + "/" + b + "/" + c;
}

double phases_of(const std::string& fidelity) {
    return fidelity == "LoFi" ? 1 : std::stod(fidelity.substr(std::strlen("HiFi")));
}

/// A file in the temporary folder that goes when this does.
struct Scratch {
    explicit Scratch(const char* end) {
        std::string name = (fs::temp_directory_path() / "tessera-gemm-XXXXXX").string() + end;
        const int file = mkstemps(name.data(), static_cast<int>(std::strlen(end)));
        if (file < 0) {
            throw std::runtime_error("cannot make a file in " + fs::temp_directory_path().string());
        }
        close(file);
        path = name;
    }
    ~Scratch() {
        std::error_code ignored;
        fs::remove(path, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;
    std::string path;
};

std::string text_of(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

/// Runs tessera-gemm, which lies beside this program. Returns what it prints.
std::string run_gemm(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& changes) {
    const fs::path program = fs::read_symlink("/proc/self/exe").parent_path() / "tessera-gemm";
    if (!fs::exists(program)) {
        throw std::runtime_error(program.string() + " is not there; build it");
    }
    std::vector<std::string> words{program.string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv, environment;
    std::transform(words.begin(), words.end(), std::back_inserter(argv), [](std::string& word) { return word.data(); });
    argv.push_back(nullptr);
    std::vector<std::string> settings;
    for (char** at = environ; *at != nullptr; ++at) {
        const std::string setting = *at;
        if (setting.starts_with("TESSERA_") && !setting.starts_with("TESSERA_CACHE=") &&
            !setting.starts_with("TESSERA_THREADS=")) {
            continue;  // predictions depend on nothing that this shell is set to
        }
        settings.push_back(setting);
    }
    for (const auto& [name, value] : changes) {
        settings.push_back(name + "=" + value);
    }
    std::transform(settings.begin(), settings.end(), std::back_inserter(environment),
                   [](std::string& setting) { return setting.data(); });
    environment.push_back(nullptr);

    const Scratch output(".txt");
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.path.c_str(), O_WRONLY | O_TRUNC, 0600);
    posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO);
    pid_t child = 0;
    const int failed = posix_spawn(&child, program.c_str(), &actions, nullptr, argv.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    int status = 0;
    while (failed == 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    std::string text = text_of(output.path);
    if (failed != 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        throw std::runtime_error("tessera-gemm failed:\n" + text);
    }
    while (!text.empty() && text.back() == '\n') {
        text.pop_back();
    }
    return text;
}

/// From the first to the last cycle of the math thread's kernel, over all cores.
double math_cycles(const tessera::timing::LaunchTime& time) {
    double end = 0;
    for (const auto& core : time.cores) {
        end = std::max(end, core.ends[static_cast<size_t>(tessera::timing::Unit::Trisc1)]);
    }
    return end;
}

GemmRow gemm_row(const Fields& fields) {
    const auto [columns, lines] = grid_of(fields);
    const std::string board = board_of(fields, columns, lines), memory = memory_of(fields);
    const std::string grid = std::to_string(columns) + "x" + std::to_string(lines);
    const bool traced = fields.at("trace") == "True";
    const Scratch recording(".tsr");
    std::vector<std::string> arguments{
        fields.at("M"), fields.at("K"), fields.at("N"), "--format", fields.at("dt"), "--fidelity", fields.at("fid"),
        "--memory",     memory,         "--grid",       grid};
    if (!traced) {
        arguments.emplace_back("--no-trace");
    }
    GemmRow row;
    row.program = run_gemm(arguments, {{"TESSERA_BOARD", board},
                                       {"TESSERA_CHECKS", "off"},
                                       {"TESSERA_MATH", "none"},
                                       {"TESSERA_RECORD", recording.path}});
    const auto what = tessera::record::read_file(recording.path);
    // Matrix multiplications slow the clock down; memory keeps its own.
    const auto result = tessera::timing::replay(what, {.aiclk_mhz = tessera::arch::busy_aiclk_mhz(what.board)});
    const auto& launch = result.launches.at(0);
    // Measured was one of many calls: dispatch of the next one goes on while the kernels run.
    const auto dispatch =
        tessera::timing::dispatch(what.launches.at(0), what, tessera::arch::board(what.board), result.aiclk_mhz);

    constexpr double products_per_cycle = 8 * 16 * 16;
    const double ideal = std::stod(fields.at("M")) * std::stod(fields.at("K")) * std::stod(fields.at("N")) *
                         phases_of(fields.at("fid")) / products_per_cycle / (columns * lines);
    row.device.group = board + " " + fields.at("dt") + " " + fields.at("fid");
    row.device.name = row.device.group + " " + fields.at("M") + "x" + fields.at("K") + "x" + fields.at("N") + " " +
                      fields.at("mem") + (traced ? "" : ", no trace");
    row.device.measured = ideal / (std::stod(fields.at("devutil")) / 100);
    row.device.predicted = math_cycles(launch);
    row.wall = row.device;
    row.wall.measured = std::stod(fields.at("ns"));
    const double call = dispatch.exposed(launch.device) + launch.device;
    row.wall.predicted = 1000 * result.microseconds(call);
    row.between = call - row.device.predicted;
    row.ideal = ideal;
    return row;
}

}  // namespace

std::vector<GemmRow> gemm_rows(const std::string& file) {
    std::vector<GemmRow> rows;
    for (const Fields& fields : read_csv(file)) {
        try {
            rows.push_back(gemm_row(fields));
        } catch (const std::exception& e) {
            rows.emplace_back();
            rows.back().refused =
                fields.at("M") + "x" + fields.at("K") + "x" + fields.at("N") + " " + fields.at("dt") + ": " + e.what();
        }
    }
    return rows;
}

}  // namespace silicon
