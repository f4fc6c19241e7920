// tessera-bench: measures Tessera against its peers on this machine, prints a table and writes JSON.
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "bench.h"

namespace bench {

double best_of(int repeats, const std::function<void()>& run) {
    double best = 1e30;
    for (int i = 0; i < repeats; ++i) {
        const auto start = Clock::now();
        run();
        best = std::min(best, seconds_since(start));
    }
    return best;
}

Row beside(const std::string& name, const nlohmann::json& peer, const nlohmann::json& measured, const std::string& key,
           double scale, const std::string& unit, const std::string& peer_name, double goal) {
    const double without = peer[key], with = measured[key];
    return {
        .name = name, .value = with * scale, .unit = unit, .peer = peer_name, .ratio = without / with, .goal = goal};
}

nlohmann::json to_json(const Row& row) {
    nlohmann::json out = {{"name", row.name}, {"value", row.value}, {"unit", row.unit}};
    if (!row.peer.empty()) {
        out["peer"] = row.peer;
        out["ratio"] = row.ratio;
    }
    if (row.goal != 0) {
        out["goal"] = row.goal;
        out["met"] = row.at_most ? row.value <= row.goal : row.ratio >= row.goal;
    }
    return out;
}

namespace {

/// One line of a Markdown table.
std::string to_markdown(const Row& row) {
    std::string goal = "-", ratio = "-";
    if (!row.peer.empty()) {
        ratio = fmt::format("{:.2f}x {}", row.ratio, row.peer);
    }
    if (row.goal != 0) {
        const bool met = row.at_most ? row.value <= row.goal : row.ratio >= row.goal;
        goal = fmt::format("{} {}{}, {}", row.at_most ? "at most" : "at least", row.goal,
                           row.at_most ? " " + row.unit : std::string("x"), met ? "met" : "missed");
    }
    return fmt::format("| {} | {:.4g} {} | {} | {} |\n", row.name, row.value, row.unit, ratio, goal);
}

}  // namespace

nlohmann::json run_child(const std::string& name, const std::map<std::string, std::string>& environment) {
    int ends[2];
    if (pipe(ends) != 0) {
        throw std::runtime_error("pipe failed");
    }
    const pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        for (const auto& [key, value] : environment) {
            setenv(key.c_str(), value.c_str(), 1);
        }
        execl("/proc/self/exe", "tessera-bench", "--child", name.c_str(), static_cast<char*>(nullptr));
        _exit(127);
    }
    close(ends[1]);
    std::string text;
    char buffer[4096];
    for (ssize_t n = 0; (n = read(ends[0], buffer, sizeof(buffer))) > 0;) {
        text.append(buffer, static_cast<size_t>(n));
    }
    close(ends[0]);
    int status = 0;
    waitpid(pid, &status, 0);
    if (status != 0) {
        throw std::runtime_error(fmt::format("benchmark '{}' failed with status {}: {}", name, status, text));
    }
    return nlohmann::json::parse(text.substr(text.find_last_of('\n', text.size() - 2) + 1));
}

std::vector<nlohmann::json> run_children(const std::string& name,
                                         const std::vector<std::map<std::string, std::string>>& environments) {
    constexpr int rounds = 5;
    std::vector<nlohmann::json> least(environments.size());
    for (int round = 0; round < rounds; ++round) {
        for (size_t i = 0; i < environments.size(); ++i) {
            const nlohmann::json measured = run_child(name, environments[i]);
            for (const auto& [key, value] : measured.items()) {
                nlohmann::json& kept = least[i][key];
                kept = kept.is_null() ? value : std::min(kept, value);
            }
        }
    }
    return least;
}

namespace {

std::string cpu_name() {
    std::ifstream info("/proc/cpuinfo");
    for (std::string line; std::getline(info, line);) {
        if (line.rfind("model name", 0) == 0) {
            return line.substr(line.find(':') + 2);
        }
    }
    return "unknown CPU";
}

void print(const std::string& section, const Rows& rows) {
    fmt::print("\n{}\n", section);
    for (const Row& row : rows) {
        fmt::print("  {:<52} {:>10.4g} {:<8}", row.name, row.value, row.unit);
        if (!row.peer.empty()) {
            fmt::print(" {:>6.2f}x {}", row.ratio, row.peer);
        }
        if (row.goal != 0) {
            const bool met = row.at_most ? row.value <= row.goal : row.ratio >= row.goal;
            fmt::print("  (goal {} {}{}: {})", row.at_most ? "<=" : ">=", row.goal,
                       row.at_most ? " " + row.unit : std::string("x"), met ? "met" : "missed");
        }
        fmt::print("\n");
    }
    std::fflush(stdout);
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) {
    CLI::App app{"Measures Tessera against its peers on this machine"};
    std::string child, json_path, markdown_path;
    std::vector<std::string> only;
    app.add_option("--child", child)->group("");
    app.add_option("--json", json_path, "Also write the figures to this file");
    app.add_option("--markdown", markdown_path, "Also write them to this file, as a Markdown table");
    app.add_option("section", only,
                   "Only these: matmul, matmul_exact, eltwise, eltwise_exact, device, checks, recording, "
                   "start, tile")
        ->check(CLI::IsMember(
            {"matmul", "matmul_exact", "eltwise", "eltwise_exact", "device", "checks", "recording", "start", "tile"}));
    CLI11_PARSE(app, argc, argv);

    try {
        if (!child.empty()) {
            const std::map<std::string, std::function<nlohmann::json()>> children = {
                {"matmul", bench::child_matmul},   {"matmul_exact", bench::child_matmul_exact},
                {"device", bench::child_device},   {"checks", bench::child_checks},
                {"eltwise", bench::child_eltwise}, {"eltwise_exact", bench::child_eltwise_exact},
                {"start", bench::child_start},     {"idle", bench::child_idle}};
            fmt::print("\n{}\n", children.at(child)().dump());
            return 0;
        }
        // What a row does not say otherwise. The peers check nothing; what the checks cost is a section of its own.
        setenv("TESSERA_MATH", "fast", 1);
        setenv("TESSERA_CHECKS", "off", 1);
        fmt::print("{}, {} host threads\n", bench::cpu_name(), sysconf(_SC_NPROCESSORS_ONLN));
        nlohmann::json out = {{"cpu", bench::cpu_name()}, {"host_threads", sysconf(_SC_NPROCESSORS_ONLN)}};
        std::string markdown =
            fmt::format("{}, {} host threads\n\n| measured | value | ratio | goal |\n|---|---|---|---|\n",
                        bench::cpu_name(), sysconf(_SC_NPROCESSORS_ONLN));
        const std::vector<std::pair<std::string, bench::Rows (*)()>> sections = {
            {"matmul", bench::matmul},
            {"matmul_exact", bench::matmul_exact},
            {"eltwise", bench::eltwise},
            {"eltwise_exact", bench::eltwise_exact},
            {"device", bench::device},
            {"checks", bench::checks},
            {"recording", bench::recording},
            {"start", bench::start},
            {"tile", bench::tile}};
        for (const auto& [name, run] : sections) {
            if (!only.empty() && std::find(only.begin(), only.end(), name) == only.end()) {
                continue;
            }
            const auto rows = run();
            bench::print(name, rows);
            for (const auto& row : rows) {
                out[name].push_back(bench::to_json(row));
                markdown += bench::to_markdown(row);
            }
        }
        if (!markdown_path.empty()) {
            std::ofstream(markdown_path) << markdown;
        }
        if (!json_path.empty()) {
            std::ofstream(json_path) << out.dump(2) << "\n";
        }
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "tessera-bench: {}\n", error.what());
        return 1;
    }
}
