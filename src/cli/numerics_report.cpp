// The report in words and tables.
#include <algorithm>
#include <cmath>

#include <fmt/core.h>

#include "numerics.h"

namespace tessera::cli {
namespace {

std::string file_name(const std::string& path) {
    return path.substr(path.rfind('/') + 1);
}

double number(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_number() ? found->get<double>() : 0;
}

std::string text(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::string place(const Json& operation) {
    const std::string file = text(operation, "file");
    const std::string name = file.empty() ? text(operation, "kernel") : file_name(file);
    const auto line = static_cast<long>(number(operation, "line"));
    return line == 0 ? name : name + ":" + std::to_string(line);
}

/// What the summary and the what-if table speak of: an output, or a circular buffer when the host read none.
struct Subject {
    const Json* errors = nullptr;
    bool is_output = true;
    std::string name;
};

bool same_subject(const Json& a, const Json& b, bool is_output) {
    for (const char* key : {"device", "memory", "address"}) {
        if (is_output && a.value(key, Json()) != b.value(key, Json())) {
            return false;
        }
    }
    for (const char* key : {"name", "kernel", "side"}) {
        if (!is_output && a.value(key, Json()) != b.value(key, Json())) {
            return false;
        }
    }
    return true;
}

Subject subject_of(const Json& report) {
    if (const int output = main_output(report); output >= 0) {
        const Json& found = report["outputs"][static_cast<size_t>(output)];
        return {&found, true, output_name(found)};
    }
    Subject subject;
    subject.is_output = false;
    const auto buffers = report.find("circular_buffers");
    if (buffers != report.end()) {
        for (const Json& buffer : *buffers) {
            if (text(buffer, "side") == "packed" &&
                (subject.errors == nullptr ||
                 number(buffer, "mean_relative_error") > number(*subject.errors, "mean_relative_error"))) {
                subject.errors = &buffer;
                subject.name = text(buffer, "name") + " of " + text(buffer, "kernel");
            }
        }
    }
    return subject;
}

/// The same subject in the run of a variant; null if it was not there.
const Json* find_subject(const Json& row, const Subject& subject) {
    const auto list = row.find(subject.is_output ? "outputs" : "circular_buffers");
    if (list == row.end() || subject.errors == nullptr) {
        return nullptr;
    }
    for (const Json& candidate : *list) {
        if (same_subject(candidate, *subject.errors, subject.is_output)) {
            return &candidate;
        }
    }
    return nullptr;
}

const Json* first_growth(const Json& report) {
    const auto first = report.find("first_growth");
    if (first == report.end() || !first->is_number()) {
        return nullptr;
    }
    return &report["operations"][first->get<size_t>()];
}

/// How much smaller the error is with another setting; 0 where that was not tried or went wrong.
double gain(const Json& whole, const Subject& subject, const std::string& fidelity, bool other_dst) {
    for (const Json& row : whole["what_if"]) {
        if (text(row, "fidelity") != fidelity || row["dst_bits"].is_number() != other_dst) {
            continue;
        }
        if (const Json* errors = find_subject(row, subject)) {
            const double error = number(*errors, "mean_relative_error");
            return number(*subject.errors, "mean_relative_error") / std::max(error, 1e-300);
        }
    }
    return 0;
}

/// Why the error grows at an operation, as far as one can tell from it and from the runs with other settings.
std::string reason(const Json& whole, const Subject& subject, const Json& operation) {
    const std::string fidelity = text(operation, "fidelity");
    const bool product = text(operation, "operation").starts_with("matmul");
    const std::string a = product ? "in1" : "in0", b = product ? "in0" : "in1";
    const double by_fidelity = gain(whole, subject, "HiFi4", false);
    const double by_width = gain(whole, subject, {}, true);
    if (!fidelity.empty() && fidelity != "HiFi4" && by_fidelity >= 1.5 && by_fidelity >= by_width) {
        return fidelity == "LoFi"    ? "LoFi multiplies 5 leading bits of " + a + " by 7 of " + b
               : fidelity == "HiFi2" ? "HiFi2 multiplies 10 leading bits of " + a + " by 7 of " + b
                                     : "HiFi3 leaves out the product of both operands' lowest bits";
    }
    if (by_width >= 1.5 && number(operation, "dst_bits") == 16) {
        return "sums and results are rounded to 16 bits in DST";
    }
    const double in = number(operation, "mean_error_in"), out = number(operation, "mean_error_out");
    if (in > 0 && out > 2 * in) {
        return "it amplifies the error of its inputs, as cancellation and steep functions do";
    }
    if (!fidelity.empty() && fidelity == "LoFi") {
        return "LoFi multiplies 5 leading bits of " + a + " by 7 of " + b;
    }
    return "more than rounding to " + text(operation, "format") + " explains";
}

std::string variant_name(const Json& row) {
    return text(row, "name");
}

double cost(const Json& whole, const Json& row) {
    const double own = number(whole["report"], "matrix_unit_cycles");
    return own == 0 ? 1 : number(row, "matrix_unit_cycles") / own;
}

std::string times(double factor) {
    return std::fabs(factor - 1) < 0.005 ? "the same" : fmt::format("{:.3g} times the", factor);
}

void suggestion(const Json& whole, const Subject& subject, std::vector<std::string>& lines) {
    const double own = number(*subject.errors, "mean_relative_error");
    const Json *better = nullptr, *cheaper = nullptr;
    double better_error = 0, cheaper_error = 0;
    for (const Json& row : whole["what_if"]) {
        const Json* errors = find_subject(row, subject);
        if (errors == nullptr) {
            continue;
        }
        const double error = number(*errors, "mean_relative_error");
        // The least cost that at least halves the error, and of those of equal cost the best.
        if (error < own / 2 && (better == nullptr || cost(whole, row) < cost(whole, *better) ||
                                (cost(whole, row) == cost(whole, *better) && error < better_error))) {
            better = &row;
            better_error = error;
        }
        if (cost(whole, row) < 0.99 && error <= own * 1.05 + 1e-12 &&
            (cheaper == nullptr || cost(whole, row) < cost(whole, *cheaper))) {
            cheaper = &row;
            cheaper_error = error;
        }
    }
    if (better != nullptr) {
        lines.push_back(fmt::format(
            "{} would give {} for {} matrix-unit cycles{}.", variant_name(*better), percent(better_error),
            times(cost(whole, *better)),
            better->value("fits_as_written", true) ? "" : ", but the program keeps more tiles in DST than then fit"));
    } else if (!whole["what_if"].empty() && own > 0) {
        lines.emplace_back("No other fidelity or width of DST that was tried halves the error.");
    }
    if (cheaper != nullptr) {
        lines.push_back(fmt::format("{} would do: {} for {} matrix-unit cycles.", variant_name(*cheaper),
                                    percent(cheaper_error), times(cost(whole, *cheaper))));
    }
}

/// The beginning of a source line.
std::string shortened(const std::string& line) {
    constexpr size_t most = 48;
    return line.size() <= most ? line : line.substr(0, most - 3) + "...";
}

/// Columns of text: the first and the last `words` flush left, the others flush right.
class Table {
public:
    explicit Table(std::vector<std::string> head, size_t words = 0) : rows_{std::move(head)}, words_(words) {}
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    std::string show() const {
        std::vector<size_t> widths;
        for (const auto& row : rows_) {
            widths.resize(std::max(widths.size(), row.size()));
            for (size_t i = 0; i < row.size(); ++i) {
                widths[i] = std::max(widths[i], row[i].size());
            }
        }
        std::string out;
        for (const auto& row : rows_) {
            std::string line;
            for (size_t i = 0; i < row.size(); ++i) {
                line += i == 0 || i + words_ >= widths.size() ? fmt::format("  {:<{}}", row[i], widths[i])
                                                              : fmt::format("  {:>{}}", row[i], widths[i]);
            }
            out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
        }
        return out;
    }

private:
    std::vector<std::vector<std::string>> rows_;
    size_t words_;
};

std::vector<std::string> error_cells(const Json& errors) {
    return {percent(errors["max_relative_error"]),
            percent(errors["mean_relative_error"]),
            brief(errors["max_ulp"]),
            brief(errors["mean_ulp"]),
            fmt::format("{:.7f}", number(errors, "pcc")),
            brief(errors["saturated"]),
            brief(errors["flushed_to_zero"]),
            brief(errors["infinities_created"])};
}

std::vector<std::string> error_head(const char* first) {
    return {first, "format", "max rel", "mean rel", "max ulp", "mean ulp", "PCC", "saturated", "flushed", "inf"};
}

}  // namespace

int main_output(const Json& report) {
    const auto outputs = report.find("outputs");
    int best = -1;
    for (size_t i = 0; outputs != report.end() && i < outputs->size(); ++i) {
        if (best < 0 || number((*outputs)[i], "mean_relative_error") >
                            number((*outputs)[static_cast<size_t>(best)], "mean_relative_error")) {
            best = static_cast<int>(i);
        }
    }
    return best;
}

std::string output_name(const Json& output) {
    if (text(output, "memory") == "memory") {
        return "bytes read directly";
    }
    return fmt::format("{} buffer at {:#x}, device {}", text(output, "memory"),
                       static_cast<uint64_t>(number(output, "address")), static_cast<int>(number(output, "device")));
}

std::string percent(const Json& value) {
    if (!value.is_number()) {
        return "-";
    }
    const double x = value.get<double>();
    return x == 0 ? "0" : x < 1 ? fmt::format("{:.2g} %", x * 100) : fmt::format("{:.0f} %", x * 100);
}

std::string brief(const Json& value) {
    if (!value.is_number()) {
        return "-";
    }
    return value.is_number_integer() ? fmt::format("{}", value.get<int64_t>())
                                     : fmt::format("{:.3g}", value.get<double>());
}

std::vector<std::string> summary(const Json& whole) {
    std::vector<std::string> lines;
    const Json& report = whole["report"];
    const Subject subject = subject_of(report);
    if (subject.errors == nullptr) {
        lines.emplace_back(
            "The program's compute kernels packed no floating-point tiles: there is nothing to compare.");
        return lines;
    }
    const Json& errors = *subject.errors;
    lines.push_back(fmt::format("{} ({}): relative error {} at most, {} on average; {} ulp on average; PCC {:.6f}.",
                                subject.name, text(errors, "format"), percent(errors["max_relative_error"]),
                                percent(errors["mean_relative_error"]), brief(errors["mean_ulp"]),
                                number(errors, "pcc")));
    if (const Json* first = first_growth(report)) {
        lines.push_back(fmt::format("The error first grows at {}, {}: from {} to {} ({}).", place(*first),
                                    text(*first, "operation"), percent((*first)["first_growth"]["error_in"]),
                                    percent((*first)["first_growth"]["error_out"]), reason(whole, subject, *first)));
    } else if (const auto& operations = report["operations"];
               !operations.empty() && number(operations[0], "mean_error_out") > 0) {
        lines.push_back(fmt::format("No operation adds more than its format's rounding; most is added at {}, {}.",
                                    place(operations[0]), text(operations[0], "operation")));
    }
    if (const double lost =
            number(errors, "saturated") + number(errors, "infinities_created") + number(errors, "nans_created");
        lost > 0) {
        lines.push_back(fmt::format("{} values are saturated, {} became infinite, {} NaN.", brief(errors["saturated"]),
                                    brief(errors["infinities_created"]), brief(errors["nans_created"])));
    }
    suggestion(whole, subject, lines);
    if (const double restarted = number(report, "restarted_values"); restarted > 0) {
        lines.push_back(
            fmt::format("The shadow restarted from the chip's values {:.0f} times: see below where.", restarted));
    }
    return lines;
}

std::string text_report(const Json& whole, bool with_color) {
    const Json& report = whole["report"];
    const auto heading = [&](const std::string& title) {
        return "\n" + (with_color ? "\033[1m" + title + "\033[0m" : title) + "\n";
    };
    std::string out;
    for (const Json& line : whole["summary"]) {
        out += line.get<std::string>() + "\n";
    }
    if (number(whole, "exit_code") != 0) {
        out += fmt::format("The program ended with status {} (exit code {}); the report is of what it had done.\n",
                           text(whole, "status"), brief(whole["exit_code"]));
    }
    if (!report["outputs"].empty()) {
        out += heading("Outputs: what the host read");
        Table table(error_head("buffer"));
        for (const Json& output : report["outputs"]) {
            std::vector<std::string> row = {output_name(output), text(output, "format")};
            const auto cells = error_cells(output);
            row.insert(row.end(), cells.begin(), cells.end());
            table.add(std::move(row));
        }
        out += table.show();
    }
    if (!report["circular_buffers"].empty()) {
        out += heading("Circular buffers");
        Table table(error_head("buffer"));
        for (const Json& buffer : report["circular_buffers"]) {
            std::vector<std::string> row = {
                text(buffer, "name") + " " + text(buffer, "side") + " by " + text(buffer, "kernel"),
                text(buffer, "format")};
            const auto cells = error_cells(buffer);
            row.insert(row.end(), cells.begin(), cells.end());
            table.add(std::move(row));
        }
        out += table.show();
    }
    if (!report["operations"].empty()) {
        constexpr size_t most = 12;
        bool starred = false;
        out += heading("Operations, by what they add to the mean relative error of a tile");
        Table table({"line", "operation", "into", "tiles", "error in", "error out", "restarted", "source"}, 1);
        for (size_t i = 0; i < report["operations"].size(); ++i) {
            const Json& operation = report["operations"][i];
            if (i >= most && !operation.value("grows", false) && number(operation, "restarted_values") == 0) {
                continue;
            }
            starred = starred || operation.value("grows", false);
            table.add({place(operation) + (operation.value("grows", false) ? " *" : ""), text(operation, "operation"),
                       text(operation, "output"), brief(operation["tiles"]), percent(operation["mean_error_in"]),
                       percent(operation["mean_error_out"]), brief(operation["restarted_values"]),
                       shortened(text(operation, "text"))});
        }
        out += table.show();
        if (starred) {
            out += "  * the error grew beyond what rounding to the output's format explains\n";
        }
    }
    if (!whole["what_if"].empty()) {
        const Subject subject = subject_of(report);
        out += heading("What if (" + subject.name + ")");
        Table table({"settings", "matrix-unit cycles", "max rel", "mean rel", "mean ulp", "PCC", "note"});
        if (subject.errors != nullptr) {
            std::string own = "as written";
            for (const Json& fidelity : report["fidelities"]) {
                own += ", " + fidelity.get<std::string>();
            }
            for (const Json& width : report["dst_bits"]) {
                own += fmt::format(", {}-bit DST", width.get<int>());
            }
            const Json& e = *subject.errors;
            table.add({own, brief(report["matrix_unit_cycles"]), percent(e["max_relative_error"]),
                       percent(e["mean_relative_error"]), brief(e["mean_ulp"]), fmt::format("{:.7f}", number(e, "pcc")),
                       ""});
        }
        for (const Json& row : whole["what_if"]) {
            std::string note = row.value("fits_as_written", true) ? "" : "would not fit as written";
            if (number(row, "exit_code") != 0) {
                note += (note.empty() ? "" : "; ") + fmt::format("exit code {}", brief(row["exit_code"]));
            }
            if (const Json* e = find_subject(row, subject)) {
                table.add({text(row, "name"), brief(row["matrix_unit_cycles"]), percent((*e)["max_relative_error"]),
                           percent((*e)["mean_relative_error"]), brief((*e)["mean_ulp"]),
                           fmt::format("{:.7f}", number(*e, "pcc")), note});
            } else {
                table.add({text(row, "name"), "-", "-", "-", "-", "-", note.empty() ? "not reached" : note});
            }
        }
        out += table.show();
        out += "  cycles of the matrix unit alone, over all cores; not device time\n";
    }
    out += fmt::format("\nmath {}, board {}, {} run{} of programs on {} core{}\n", text(report, "math"),
                       text(report, "board"), brief(report["runs"]), number(report, "runs") == 1 ? "" : "s",
                       brief(report["cores"]), number(report, "cores") == 1 ? "" : "s");
    return out;
}

}  // namespace tessera::cli
