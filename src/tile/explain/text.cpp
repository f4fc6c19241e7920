// An explanation for a terminal.
#include <cmath>

#include <fmt/format.h>
#include <tile/explain/explain.h>

namespace tessera::tile::explain {

namespace {

std::string list(const Json& numbers, const char* between) {
    std::string text;
    for (const Json& number : numbers) {
        text += (text.empty() ? "" : between) + number.dump();
    }
    return text;
}

std::string joined(const Json& words, const char* between) {
    std::string text;
    for (const Json& word : words) {
        text += (text.empty() ? "" : between) + word.get<std::string>();
    }
    return text;
}

std::string word(const Json& json, const char* key) {
    return json.value(key, std::string());
}

double number(const Json& json, const char* key) {
    return json.at(key).get<double>();
}

/// A magnitude with its unit: 1.5 MiB.
std::string bytes_text(double bytes) {
    static constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    size_t unit = 0;
    while (bytes >= 1024 && unit + 1 < std::size(units)) {
        bytes /= 1024;
        ++unit;
    }
    return fmt::format("{:.{}f} {}", bytes, bytes == std::floor(bytes) ? 0 : 1, units[unit]);
}

std::string tensors_text(const Json& tensors) {
    std::string text = "tensors\n";
    for (const Json& tensor : tensors) {
        text += fmt::format("  {:<12} {}[{}] as {} in {}, {} pages of {} bytes in {}{}{}\n", word(tensor, "name"),
                            word(tensor, "dtype"), list(tensor.at("shape"), ", "), word(tensor, "form"),
                            word(tensor, "format"), tensor.at("pages").dump(), tensor.at("page_bytes").dump(),
                            word(tensor, "placement"), tensor.value("read", false) ? ", read" : "",
                            tensor.value("written", false) ? ", written" : "");
    }
    return text;
}

std::string l1_text(const Json& l1) {
    std::string text = "  L1 of a core\n";
    for (const Json& part : l1.at("map")) {
        const auto begin = part.at("begin").get<uint64_t>(), end = part.at("end").get<uint64_t>();
        text += fmt::format("    {:#08x} to {:#08x} {:>8} bytes  {:<22} {}\n", begin, end, end - begin,
                            word(part, "name"), word(part, "what"));
    }
    const double used = number(l1, "circular_buffers"), room = number(l1, "for_programs");
    return text + fmt::format("    circular buffers take {} bytes of L1, programs have {} ({:.0f} %); {} are free\n",
                              used, room, 100 * used / room, l1.at("free").dump());
}

std::string rings_text(const Json& rings) {
    std::string text = "  circular buffers: who fills, who drains\n";
    for (const Json& ring : rings) {
        const std::string way = word(ring, "multicast");
        text += fmt::format(
            "    {:>7} -> c_{:<2} {:<20} {:>4} tiles of {:<8} -> {:<7} {}{}; {} pages go through a "
            "core\n",
            word(ring, "producer"), ring.at("index").dump(), word(ring, "name"), ring.at("pages").dump(),
            word(ring, "format"), word(ring, "consumer"), word(ring, "why"), way.empty() ? "" : ", sent along a " + way,
            ring.at("pages_filled").get<double>());
    }
    return text;
}

std::string roofline_text(const Json& roof, const Json& explanation, bool measured) {
    std::string text = fmt::format("  work{}\n", roof.at("exact").get<bool>() ? "" : " (not exact: see below)");
    const Json& cycles = roof.at("product_cycles");
    if (number(roof, "tile_products") > 0) {
        text += fmt::format(
            "    {} tile products, {:.4g} GFLOP; the busiest core's take {} cycles at LoFi, {} at HiFi2, {} "
            "at HiFi3, {} at HiFi4\n",
            number(roof, "tile_products"), number(roof, "flop") / 1e9, number(cycles, "LoFi"), number(cycles, "HiFi2"),
            number(cycles, "HiFi3"), number(cycles, "HiFi4"));
    }
    if (number(roof, "vector_tiles") > 0) {
        text += fmt::format("    {} functions of the vector unit on a tile each\n", number(roof, "vector_tiles"));
    }
    text +=
        fmt::format("    DRAM: {} read, {} written; multicast: {} sent, {} received\n",
                    bytes_text(number(roof, "dram_read_bytes")), bytes_text(number(roof, "dram_written_bytes")),
                    bytes_text(number(roof, "multicast_bytes")), bytes_text(number(roof, "multicast_received_bytes")));
    for (const Json& tensor : roof.at("tensors")) {
        text += fmt::format("      {:<12} {} large, {} read ({:.3g} times), {} written\n", word(tensor, "name"),
                            bytes_text(number(tensor, "bytes")), bytes_text(number(tensor, "read")),
                            number(tensor, "times_read"), bytes_text(number(tensor, "written")));
    }
    const Json& bounds = roof.at("bounds");
    text += fmt::format(
        "    {:.4g} FLOP a byte of DRAM; its busiest part takes {:.0f} cycles ({}):\n"
        "      matrix unit {:.0f}, packer {:.0f}, DRAM {:.0f} at {:.0f} bytes a cycle, NoC {:.0f} at {:.0f} bytes a "
        "cycle\n",
        number(roof, "flop_per_dram_byte"), number(roof, "least_cycles"), word(roof, "bound_by"),
        number(bounds, "matrix_unit"), number(bounds, "packer"), number(bounds, "dram"),
        number(roof, "dram_bytes_per_cycle"), number(bounds, "noc"), number(roof, "noc_bytes_per_cycle"));
    if (measured && explanation.at("programs").size() == 1) {
        text += fmt::format("    predicted to reach {:.0f} % of that\n",
                            100 * number(roof, "least_cycles") / number(explanation.at("time"), "device_cycles"));
    }
    for (const Json& why : roof.at("inexact_because")) {
        text += "    not exact: " + why.get<std::string>() + "\n";
    }
    return text;
}

std::string candidates_text(const Json& candidates) {
    std::string text = "\ncandidates, by estimate\n";
    for (const Json& one : candidates) {
        text += fmt::format("  {}{}\n      {}{}\n", one.value("chosen", false) ? "* " : "  ", word(one, "choices"),
                            one.contains("cycles")
                                ? fmt::format("{:.0f} cycles, {} bound: ", number(one, "cycles"), word(one, "bound"))
                                : std::string("cannot be had: "),
                            word(one, "why"));
    }
    return text;
}

std::string estimate_text(const Json& program) {
    const Json& estimate = program.at("estimate");
    return fmt::format(
        "  estimated {:.0f} cycles, {} bound: reader {:.0f}, compute {:.0f} (unpack {:.0f}, math {:.0f}, pack "
        "{:.0f}), writer {:.0f}\n",
        number(estimate, "cycles"), word(estimate, "bound"), number(estimate, "reader"), number(estimate, "compute"),
        number(estimate, "unpack"), number(estimate, "math"), number(estimate, "pack"), number(estimate, "writer"));
}

std::string numerics_text(const Json& outputs) {
    std::string text = "\nnumerics\n";
    for (const Json& output : outputs) {
        text += fmt::format("  {}: sums of {} terms; roundings likely cost {:.1e}{}\n", word(output, "tensor"),
                            number(output, "longest_sum"), number(output, "likely"),
                            output.at("worst").is_null()
                                ? ", no bound: " + joined(output.at("functions"), ", ") + " may enlarge it"
                                : fmt::format(", at most {:.1e} of the terms' sizes", number(output, "worst")));
        if (output.contains("measured")) {
            const Json& measured = output.at("measured");
            text += fmt::format("    measured {:.2e} (relative L2, against float64), allowed {:.2e}\n",
                                number(measured, "relative_l2_error"), number(measured, "bound"));
        }
        for (const Json& step : output.at("chain")) {
            std::string how;
            if (step.contains("made_by")) {
                how = "  by " + joined(step.at("made_by"), ", ");
            }
            if (step.contains("dst_bits")) {
                how += fmt::format(" through {}-bit DST", step.at("dst_bits").dump());
            }
            text += fmt::format("    {:<22} {:<10}{}\n", word(step, "where"), word(step, "format"), how);
        }
        for (const Json& source : output.at("sources")) {
            text += fmt::format("    {:.1e} likely, {:.1e} at most: {}\n", number(source, "likely"),
                                number(source, "worst"), word(source, "what"));
        }
        for (const Json& advice : output.at("advice")) {
            const std::string option = word(advice, "option");
            text += option.empty() ? fmt::format("    {}\n", word(advice, "what"))
                                   : fmt::format("    --choose \"{}\" would make it {:.1e}: {}\n", option,
                                                 number(advice, "likely"), word(advice, "what"));
        }
    }
    return text;
}

std::string time_text(const Json& time) {
    std::string text = fmt::format("\ntime\n  predicted {:.2f} us on the device ({:.0f} cycles)\n  {}\n",
                                   number(time, "device_us"), number(time, "device_cycles"), word(time, "bottleneck"));
    for (const Json& line : time.at("evidence")) {
        text += "    " + line.get<std::string>() + "\n";
    }
    for (const Json& unit : time.at("units")) {
        text += fmt::format("    {:<10} busy {:.0f} %\n", word(unit, "unit"), 100 * number(unit, "busy"));
    }
    return text;
}

std::string proofs_text(const Json& proofs) {
    std::string text = "\nproofs\n";
    for (const Json& proof : proofs) {
        text += fmt::format("  {:<10} {:<11} of {}: {}\n", word(proof, "property"), word(proof, "verdict"),
                            word(proof, "subject"), word(proof, "what"));
        for (const Json& line : proof.at("trace")) {
            text += fmt::format("      {}\n", line.get<std::string>());
        }
    }
    return text;
}

}  // namespace

std::string text_of(const Json& explanation) {
    std::string text = fmt::format("{} on {}\n\n", word(explanation, "kernel"), word(explanation, "board"));
    text += tensors_text(explanation.at("tensors"));
    const bool measured = explanation.contains("time");
    for (const Json& program : explanation.at("programs")) {
        const Json& compute = program.at("compute");
        text += fmt::format("\n{}: a grid of {} blocks on {} cores, {} to {} blocks each\n", word(program, "name"),
                            list(program.at("grid"), "x"), program.at("cores").dump(),
                            program.at("blocks").at("least").dump(), program.at("blocks").at("most").dump());
        text += fmt::format("  matrix products at {}, sums in {} bits, DST in {}\n", word(compute, "math_fidelity"),
                            compute.at("fp32_dest_acc_en").get<bool>() ? 32 : 16,
                            compute.at("dst_full_sync_en").get<bool>() ? "one piece" : "two halves");
        text += "  why\n";
        for (const Json& decision : program.at("decisions")) {
            text += fmt::format("    {}: {}\n      {}\n", word(decision, "what"), word(decision, "chosen"),
                                word(decision, "why"));
        }
        text += fmt::format("    in all: --choose \"{}\"\n", word(program, "choices"));
        text += l1_text(program.at("l1"));
        text += rings_text(program.at("rings"));
        for (const Json& semaphore : program.at("semaphores")) {
            text += fmt::format("  semaphore {}: {}\n", semaphore.at("index").dump(), word(semaphore, "name"));
        }
        text += roofline_text(program.at("roofline"), explanation, measured);
        text += estimate_text(program);
    }
    text += proofs_text(explanation.at("proofs"));
    text += candidates_text(explanation.at("candidates"));
    if (measured) {
        text += time_text(explanation.at("time"));
    }
    return text + numerics_text(explanation.at("numerics"));
}

}  // namespace tessera::tile::explain
