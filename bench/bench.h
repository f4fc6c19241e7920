// What the benchmarks share: timing, records, and running one measurement in a process of its own.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

namespace bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

/// The shortest of `repeats` runs, in seconds. The shortest, since everything that disturbs a run makes it longer.
double best_of(int repeats, const std::function<void()>& run);

/// One row of the table: what was measured, against what, and the goal if there is one.
struct Row {
    std::string name;
    double value = 0;
    std::string unit;
    std::string peer;  ///< what `ratio` compares with; empty where there is none
    double ratio = 0;  ///< our speed over the peer's (more is better), or our time over the limit where unit says so
    double goal = 0;   ///< 0: none
    bool at_most = false;  ///< the goal is a ceiling of `value`, not a floor of `ratio`
};
nlohmann::json to_json(const Row& row);

using Rows = std::vector<Row>;

/// What two children measured under the same key, the second beside the first, its peer. scale: from what they say to
/// `unit`; goal: of the ratio.
Row beside(const std::string& name, const nlohmann::json& peer, const nlohmann::json& measured, const std::string& key,
           double scale, const std::string& unit, const std::string& peer_name, double goal);

/// Runs this program again as `tessera-bench --child NAME` with the given environment, and returns what it printed as
/// JSON.
nlohmann::json run_child(const std::string& name, const std::map<std::string, std::string>& environment);

/// Runs the child in each of the environments in turn, several rounds of it, and returns the least of every figure, one
/// object an environment. A machine that is slow for some seconds then slows all of them.
std::vector<nlohmann::json> run_children(const std::string& name,
                                         const std::vector<std::map<std::string, std::string>>& environments);

/// Measurements that run in a child: they print one JSON object.
nlohmann::json child_checks();
nlohmann::json child_matmul();
nlohmann::json child_matmul_exact();
nlohmann::json child_device();
nlohmann::json child_eltwise();
nlohmann::json child_eltwise_exact();
nlohmann::json child_start();
nlohmann::json child_idle();

Rows checks();
Rows recording();
Rows matmul();
Rows matmul_exact();
Rows device();
Rows eltwise();
Rows eltwise_exact();
Rows start();
Rows tile();

/// 0 where the CPU or the library has no bf16 product.
namespace peer {
double sgemm_seconds(uint32_t size);
/// One product of square matrices, on memory of its own.
std::function<void()> sgemm_call(uint32_t size);
double onednn_bf16_seconds(uint32_t size);
}  // namespace peer

/// Plain loops over bfloat16 arrays, vectorised for the CPU at hand: what a C++ programmer would write.
namespace peer {
void add(const uint16_t* a, const uint16_t* b, uint16_t* out, size_t count);
void exp(const uint16_t* a, uint16_t* out, size_t count);
void gelu(const uint16_t* a, uint16_t* out, size_t count);
}  // namespace peer

}  // namespace bench
