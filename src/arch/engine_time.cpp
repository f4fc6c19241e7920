// Reads the sections engine_time of the chips' files, and vector_functions.json, once.
#include <arch/engine_time.h>
#include <arch/files.h>

#include <map>
#include <string>

#include <base/error.h>
#include <nlohmann/json.hpp>

namespace tessera::arch {
namespace {

using Json = nlohmann::json;

/// A thread has figures only for what it has a part in.
ThreadIssue thread_issue(const Json& json) {
    const auto figure = [&](const char* name) { return json.value(name, 0.0); };
    return {.copy = figure("copy"),
            .binary = figure("binary"),
            .reduce = figure("reduce"),
            .tilize = figure("tilize"),
            .transpose_dst = figure("transpose_dst"),
            .sfpu = figure("sfpu"),
            .pack = figure("pack"),
            .format = figure("format"),
            .init = figure("init"),
            .vector_init = figure("vector_init"),
            .matmul = figure("matmul"),
            .matmul_operand = figure("matmul_operand"),
            .matmul_second = figure("matmul_second"),
            .matmul_product = figure("matmul_product"),
            .face = figure("face"),
            .reuse_face = figure("reuse_face"),
            .row = figure("row")};
}

EngineTime read_engine_time(std::string_view chip) {
    const Json json = Json::parse(file_text(chip)).at("engine_time");
    const Json& unpacker = json.at("unpacker");
    const Json& matmul = json.at("matmul");
    const Json& matrix = json.at("matrix");
    const Json& vector = json.at("vector");
    const Json& packer = json.at("packer");
    const Json& untilize = json.at("pack_untilize");
    const Json& issue = json.at("issue");
    const double reads = unpacker.at("reads_done").get<double>() / unpacker.at("reads_cycles").get<double>();
    std::array<double, 3> speed = unpacker.at("bytes_per_cycle");
    for (double& bytes : speed) {
        bytes *= reads;
    }
    return {.unpack_setup = unpacker.at("setup_cycles"),
            .unpack_speed = speed,
            .unpack_shared = unpacker.at("speeds_when_both_read"),
            .unpack_datums = unpacker.at("datums_per_cycle"),
            .unpack_latency = unpacker.at("latency_cycles"),
            .unpack_queue = unpacker.at("waiting_instructions"),
            .unpack_begin = unpacker.at("operation_cycles"),
            .l1_banks = unpacker.at("l1_banks"),
            .l1_bank_bytes = unpacker.at("l1_bank_bytes"),
            .matmul_two_banks = matmul.at("reuse_in_two_banks"),
            .matmul_next_operand = matmul.at("next_operand_cycles"),
            .matmul_second = matmul.at("second_reused_operand_cycles"),
            .matrix_latency = matrix.at("latency_cycles"),
            .dst_read_after = matrix.at("dst_read_after_write_cycles"),
            .after_move_to_a = matrix.at("after_movd2a_cycles"),
            .after_move_to_b = matrix.at("after_movd2b_cycles"),
            .after_move_to_dst = matrix.at("after_move_to_dst_cycles"),
            .stall_wait = matrix.at("stallwait_cycles"),
            .vector_begin = vector.at("tile_cycles"),
            .vector_face = vector.at("face_cycles"),
            .vector_latency = vector.at("latency_cycles"),
            .packers = packer.at("packers"),
            .packer_bytes = packer.at("bytes_per_cycle"),
            .packer_datums = packer.at("datums_per_cycle"),
            .packer_accumulate = packer.at("accumulate_cycles"),
            .packer_tile = packer.at("tile_cycles"),
            .packer_latency = packer.at("latency_cycles"),
            .untilize_rows = untilize.at("rows"),
            .untilize_instructions = untilize.at("instructions"),
            .untilize_row = untilize.at("row_cycles"),
            .untilize_block_row = untilize.at("block_row_cycles"),
            .unpack = thread_issue(issue.at("unpack")),
            .math = thread_issue(issue.at("math")),
            .pack = thread_issue(issue.at("pack"))};
}

const Json& vector_functions() {
    static const Json json = Json::parse(file_text("vector_functions"));
    return json;
}

}  // namespace

const EngineTime& engine_time(std::string_view chip) {
    static const std::map<std::string, EngineTime, std::less<>> times = {
        {"wormhole_b0", read_engine_time("wormhole_b0")}, {"blackhole", read_engine_time("blackhole")}};
    const auto found = times.find(chip);
    if (found == times.end()) {
        throw Error("unknown-board", "nothing is known of the engines of '" + std::string(chip) + "'");
    }
    return found->second;
}

double vector_instructions(std::string_view chip, uint32_t operands, std::string_view function, bool dst_32bit,
                           bool approximate) {
    static constexpr const char* lists[] = {"unary", "binary", "ternary"};
    if (operands < 1 || operands > 3) {
        return 0;
    }
    const std::string name(function);
    const Json& accurate = vector_functions().at(lists[operands - 1]);
    const Json& cheaper = vector_functions().at("approximate");
    const Json& list = approximate && operands == 1 && cheaper.contains(name) ? cheaper : accurate;
    const auto entry = list.find(name);
    if (entry == list.end()) {
        return 0;
    }
    // As "columns" in the file.
    return entry->at((chip == "blackhole" ? 2 : 0) + (dst_32bit ? 1 : 0));
}

}  // namespace tessera::arch
