// An explanation as a page: the same facts as the text, with pictures of L1, of the circular buffers, and of the
// roofline.
#include <algorithm>
#include <cmath>
#include <map>

#include <base/html.h>
#include <fmt/format.h>
#include <tile/explain/explain.h>
#include <tile/explain/page.h>

namespace tessera::tile::explain {

namespace {

std::string word(const Json& json, const char* key) {
    return json.value(key, std::string());
}

double number(const Json& json, const char* key) {
    return json.at(key).get<double>();
}

std::string joined(const Json& words, const char* between) {
    std::string text;
    for (const Json& one : words) {
        text += (text.empty() ? "" : between) + (one.is_string() ? one.get<std::string>() : one.dump());
    }
    return text;
}

std::string card(const std::string& value, const std::string& what) {
    return fmt::format("<div class=card><b>{}</b><span>{}</span></div>\n", html_escaped(value), html_escaped(what));
}

std::string l1_picture(const Json& l1) {
    const double whole = number(l1, "bytes");
    std::string out = "<svg viewBox=\"0 0 1000 54\" width=\"100%\" role=\"img\" aria-label=\"L1\">\n";
    size_t hue = 0;
    for (const Json& part : l1.at("map")) {
        const double begin = number(part, "begin") / whole * 1000, width = number(part, "bytes") / whole * 1000;
        const std::string name = word(part, "name");
        const bool ring = name.starts_with("cb_");
        const std::string fill = ring             ? fmt::format("hsl({},55%,62%)", 40 * hue++ % 360)
                                 : name == "free" ? "var(--panel)"
                                                  : "var(--line)";
        out += fmt::format(
            "<rect x=\"{:.2f}\" y=\"4\" width=\"{:.2f}\" height=\"34\" fill=\"{}\" "
            "stroke=\"var(--paper)\" stroke-width=\".5\"><title>{}: {} bytes from {:#x}</title></rect>\n",
            begin, width, fill, html_escaped(name), part.at("bytes").dump(), part.at("begin").get<uint64_t>());
        if (width > 7.0 * static_cast<double>(name.size())) {
            out += fmt::format("<text x=\"{:.1f}\" y=\"26\" font-size=\"12\" style=\"fill:{}\">{}</text>\n", begin + 4,
                               ring ? "#1c2430" : "var(--ink)", html_escaped(name));
        }
    }
    return out + fmt::format(
                     "<text class=faint x=\"0\" y=\"51\" font-size=\"11\">0</text><text class=faint x=\"1000\" "
                     "y=\"51\" font-size=\"11\" text-anchor=\"end\">{} bytes</text></svg>\n",
                     l1.at("bytes").dump());
}

/// Columns of the graph: tensors that are read, reader, rings, compute, rings, writer, tensors that are written.
class Graph {
public:
    explicit Graph(const Json& rings, const Json& roofline) {
        const std::map<std::string, int> roles{{"reader", 1}, {"compute", 3}, {"writer", 5}};
        for (const auto& [role, column] : roles) {
            at_[role] = place(column, role, "", true);
        }
        for (const Json& tensor : roofline.at("tensors")) {
            const std::string name = word(tensor, "name");
            if (number(tensor, "read") > 0) {
                edge(place(0, name, fmt::format("{:.0f} bytes", number(tensor, "read")), false), at_.at("reader"));
            }
            if (number(tensor, "written") > 0) {
                edge(at_.at("writer"), place(6, name, fmt::format("{:.0f} bytes", number(tensor, "written")), false));
            }
        }
        for (const Json& ring : rings) {
            const std::string from = word(ring, "producer"), to = word(ring, "consumer");
            const int column = from == to ? roles.at(from) : (roles.at(from) + roles.at(to)) / 2;
            const std::string way = word(ring, "multicast");
            const Node node = place(column, fmt::format("c_{} {}", ring.at("index").dump(), word(ring, "name")),
                                    fmt::format("{} x {}{}", ring.at("pages").dump(), word(ring, "format"),
                                                way.empty() ? "" : ", by " + way),
                                    false);
            edge(at_.at(from), node);
            edge(node, at_.at(to));
        }
    }

    std::string svg() const {
        double height = 60;
        for (const auto& [column, used] : rows_) {
            height = std::max(height, 20.0 + 52 * used);
        }
        return fmt::format(
            "<svg viewBox=\"0 0 1260 {}\" width=\"100%\" role=\"img\" aria-label=\"circular "
            "buffers\"><defs><marker id=tip viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"7\" "
            "markerHeight=\"7\" orient=\"auto\"><path d=\"M0 0L8 4L0 8z\" "
            "fill=\"var(--faint)\"/></marker></defs>\n{}{}</svg>\n",
            height, edges_, nodes_);
    }

private:
    struct Node {
        double x = 0, y = 0;
    };
    static constexpr double width = 160, across = 180;

    Node place(int column, const std::string& name, const std::string& below, bool kernel) {
        const Node node{8 + across * column, 10 + 52.0 * rows_[column]++};
        nodes_ += fmt::format(
            "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"38\" rx=\"6\" fill=\"var(--panel)\" "
            "stroke=\"{}\"/><text x=\"{}\" y=\"{}\" font-size=\"12\"{}>{}</text><text class=faint "
            "x=\"{}\" y=\"{}\" font-size=\"11\">{}</text>\n",
            node.x, node.y, width, kernel ? "var(--accent)" : "var(--line)", node.x + 8,
            node.y + (below.empty() ? 23 : 16), kernel ? " font-weight=\"600\"" : "", html_escaped(name), node.x + 8,
            node.y + 31, html_escaped(below));
        return node;
    }

    void edge(const Node& from, const Node& to) {
        // Along one column: around its side.
        const bool same = from.x == to.x;
        const bool down = from.y <= to.y;
        const double x1 = same ? from.x + (down ? width : 0) : from.x + width, x2 = same ? x1 : to.x;
        const double y1 = from.y + 19, y2 = to.y + 19;
        const double bend = same ? (down ? 18 : -18) : std::max(20.0, (x2 - x1) / 2);
        edges_ += fmt::format(
            "<path d=\"M{} {}C{} {} {} {} {} {}\" fill=\"none\" stroke=\"var(--faint)\" "
            "marker-end=\"url(#tip)\"/>\n",
            x1, y1, x1 + bend, y1, same ? x2 + bend : x2 - bend, y2, x2, y2);
    }

    std::map<int, int> rows_;
    std::map<std::string, Node> at_;
    std::string nodes_, edges_;
};

/// FLOP a cycle over FLOP a byte of DRAM, both logarithmic: what memory allows, what the matrix units do at each
/// fidelity, and where the program is predicted to be.
std::string roofline_picture(const Json& program, const Json& explanation) {
    const Json& roof = program.at("roofline");
    if (number(roof, "flop") == 0) {
        return {};
    }
    const double intensity = number(roof, "flop_per_dram_byte"), memory = number(roof, "dram_bytes_per_cycle");
    const Json& cycles = roof.at("product_cycles");
    const auto peak = [&](const char* fidelity) { return number(roof, "flop") / number(cycles, fidelity); };
    const double top = peak("LoFi") * 2;
    const double low_x = std::min(intensity, peak("HiFi4") / memory) / 8,
                 high_x = std::max(intensity, top / memory) * 8;
    const double flop = number(roof, "flop"), least = number(roof, "least_cycles");
    const bool predicted = explanation.contains("time") && explanation.at("programs").size() == 1;
    const double reached = flop / (predicted ? number(explanation.at("time"), "device_cycles") : least);
    const double low_y = std::min({reached / 3, flop / least / 3, top / 100});
    const auto x = [&](double value) { return 60 + 680 * std::log(value / low_x) / std::log(high_x / low_x); };
    const auto y = [&](double value) { return 260 - 240 * std::log(value / low_y) / std::log(top / low_y); };
    std::string out =
        "<svg viewBox=\"0 0 760 300\" width=\"760\" role=\"img\" aria-label=\"roofline\">\n<path "
        "d=\"M60 20V260H740\" fill=\"none\" stroke=\"var(--line)\"/>\n";
    const double knee = peak("LoFi") / memory;
    out += fmt::format(
        "<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"var(--accent)\" stroke-width=\"2\"/><text "
        "class=faint x=\"66\" y=\"276\" font-size=\"11\">DRAM: {:.0f} bytes a cycle</text>\n",
        x(std::max(low_x, low_y / memory)), y(std::max(low_x, low_y / memory) * memory), x(knee), y(knee * memory),
        memory);
    for (const char* fidelity : {"LoFi", "HiFi2", "HiFi3", "HiFi4"}) {
        const double level = peak(fidelity);
        const std::string_view name = fidelity;
        const bool used = word(program.at("compute"), "math_fidelity") == name;
        // HiFi3 lies too close to HiFi4 for both names.
        out += fmt::format(
            "<path d=\"M{:.1f} {:.1f}H740\" stroke=\"{}\" stroke-width=\"{}\"/><text class=faint x=\"738\" "
            "y=\"{:.1f}\" font-size=\"11\" text-anchor=\"end\">{}</text>\n",
            x(level / memory), y(level), used ? "var(--accent)" : "var(--line)", used ? 2 : 1,
            name == "HiFi4" ? y(level) + 11 : y(level) - 3, name == "HiFi3" && !used ? "" : name);
    }
    if (predicted) {
        out += fmt::format(
            "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"var(--hot)\"/><text x=\"{:.1f}\" "
            "y=\"{:.1f}\" font-size=\"12\">predicted</text>\n",
            x(intensity), y(reached), x(intensity) + 9, y(reached) + 4);
    }
    out += fmt::format(
        "<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"5\" fill=\"none\" stroke=\"var(--hot)\"><title>what its "
        "bounds allow</title></circle>\n",
        x(intensity), y(flop / least));
    return out +
           "<text class=faint x=\"740\" y=\"292\" font-size=\"11\" text-anchor=\"end\">FLOP a byte of "
           "DRAM</text><text class=faint x=\"4\" y=\"14\" font-size=\"11\">FLOP a cycle</text></svg>\n";
}

std::string program_html(const Json& program, const Json& explanation) {
    const Json& roof = program.at("roofline");
    std::string out = fmt::format("<h2>{}</h2>\n<div class=cards>", html_escaped(word(program, "name")));
    out += card(joined(program.at("grid"), " x "), "blocks");
    out += card(program.at("cores").dump(), "cores");
    out += card(fmt::format("{:.0f} %", 100 * number(program.at("l1"), "circular_buffers") /
                                            number(program.at("l1"), "for_programs")),
                "of L1 in circular buffers");
    out += card(fmt::format("{:.0f}", number(roof, "least_cycles")), "cycles at least: " + word(roof, "bound_by"));
    out += card(word(program.at("compute"), "math_fidelity"),
                program.at("compute").at("fp32_dest_acc_en").get<bool>() ? "sums in 32 bits" : "sums in 16 bits");
    out += "</div>\n<h3>Why</h3>\n";
    std::vector<std::vector<std::string>> rows;
    for (const Json& decision : program.at("decisions")) {
        rows.push_back({word(decision, "what"), word(decision, "chosen"), word(decision, "why")});
    }
    out += table({"what", "chosen", "because"}, rows);
    out += "<p class=faint>--choose \"" + html_escaped(word(program, "choices")) + "\"</p>\n";
    out += "<h3>Circular buffers: who fills, who drains</h3>\n" + Graph(program.at("rings"), roof).svg();
    out += "<h3>L1 of a core</h3>\n" + l1_picture(program.at("l1"));
    rows.clear();
    for (const Json& part : program.at("l1").at("map")) {
        rows.push_back({word(part, "name"), fmt::format("{:#08x}", part.at("begin").get<uint64_t>()),
                        fmt::format("{:#08x}", part.at("end").get<uint64_t>()), part.at("bytes").dump(),
                        word(part, "what")});
    }
    out += table({"part", "from#", "to#", "bytes#", ""}, rows);
    out += "<h3>Work and limits</h3>\n" + roofline_picture(program, explanation);
    rows.clear();
    for (const auto& [unit, cycles] : roof.at("bounds").items()) {
        rows.push_back({unit, fmt::format("{:.0f}", cycles.get<double>())});
    }
    out += table({"alone busy", "cycles#"}, rows);
    rows.clear();
    for (const Json& tensor : roof.at("tensors")) {
        rows.push_back({word(tensor, "name"), fmt::format("{:.0f}", number(tensor, "bytes")),
                        fmt::format("{:.0f}", number(tensor, "read")),
                        fmt::format("{:.3g}", number(tensor, "times_read")),
                        fmt::format("{:.0f}", number(tensor, "written"))});
    }
    out += table({"tensor", "bytes#", "bytes read#", "times#", "bytes written#"}, rows);
    for (const Json& why : roof.at("inexact_because")) {
        out += "<p class=faint>Not exact: " + html_escaped(why.get<std::string>()) + "</p>\n";
    }
    return out;
}

std::string numerics_html(const Json& output) {
    std::string out =
        fmt::format("<h3>{}</h3>\n<p>Sums of {} terms. Roundings likely cost {:.1e}{}{}.</p>\n",
                    html_escaped(word(output, "tensor")), number(output, "longest_sum"), number(output, "likely"),
                    output.at("worst").is_null()
                        ? ", no bound since functions may enlarge it: " + joined(output.at("functions"), ", ")
                        : fmt::format(", at most {:.1e} of the terms' sizes", number(output, "worst")),
                    output.contains("measured") ? fmt::format("; measured {:.2e}, allowed {:.2e}",
                                                              number(output.at("measured"), "relative_l2_error"),
                                                              number(output.at("measured"), "bound"))
                                                : "");
    std::vector<std::vector<std::string>> rows;
    for (const Json& step : output.at("chain")) {
        rows.push_back({word(step, "where"), word(step, "format"),
                        step.contains("made_by") ? joined(step.at("made_by"), ", ") : "",
                        step.contains("dst_bits") ? step.at("dst_bits").dump() : "",
                        step.contains("terms") ? fmt::format("{:.0f}", number(step, "terms")) : ""});
    }
    out += table({"where", "format", "made by", "DST bits#", "terms#"}, rows);
    rows.clear();
    for (const Json& source : output.at("sources")) {
        rows.push_back({word(source, "what"), fmt::format("{:.1e}", number(source, "likely")),
                        fmt::format("{:.1e}", number(source, "worst"))});
    }
    out += table({"rounding", "likely#", "at most#"}, rows);
    for (const Json& advice : output.at("advice")) {
        const std::string option = word(advice, "option");
        out += "<p>" +
               html_escaped(option.empty() ? word(advice, "what")
                                           : fmt::format("--choose \"{}\" would make it {:.1e}: {}", option,
                                                         number(advice, "likely"), word(advice, "what"))) +
               "</p>\n";
    }
    return out;
}

}  // namespace

std::string html_of(const Json& explanation) {
    const std::string title = fmt::format("{} on {}", word(explanation, "kernel"), word(explanation, "board"));
    std::string body = "<h1>" + html_escaped(title) + "</h1>\n";
    if (explanation.contains("time")) {
        const Json& time = explanation.at("time");
        body +=
            "<div class=cards>" + card(fmt::format("{:.2f} us", number(time, "device_us")), "predicted on the device");
        if (explanation.at("programs").size() == 1) {
            body += card(
                fmt::format("{:.0f} %", 100 * number(explanation.at("programs")[0].at("roofline"), "least_cycles") /
                                            number(time, "device_cycles")),
                "of what its bounds allow");
        }
        body += "</div>\n<p>" + html_escaped(word(time, "bottleneck")) + "</p>\n";
        for (const Json& line : time.at("evidence")) {
            body += "<p class=faint>" + html_escaped(line.get<std::string>()) + "</p>\n";
        }
    }
    std::vector<std::vector<std::string>> rows;
    for (const Json& tensor : explanation.at("tensors")) {
        rows.push_back({word(tensor, "name"), word(tensor, "dtype"), joined(tensor.at("shape"), ", "),
                        word(tensor, "form"), word(tensor, "format"), tensor.at("pages").dump(),
                        tensor.at("page_bytes").dump(), word(tensor, "placement")});
    }
    body +=
        "<h2>Tensors</h2>\n" + table({"tensor", "type", "shape", "as", "in", "pages#", "bytes a page#", "where"}, rows);
    for (const Json& program : explanation.at("programs")) {
        body += program_html(program, explanation);
    }
    rows.clear();
    for (const Json& proof : explanation.at("proofs")) {
        rows.push_back({word(proof, "property"), word(proof, "subject"), word(proof, "verdict"), word(proof, "what")});
    }
    body += "<h2>Proofs</h2>\n" + table({"property", "of", "verdict", ""}, rows);
    rows.clear();
    for (const Json& one : explanation.at("candidates")) {
        rows.push_back({(one.value("chosen", false) ? "* " : "") + word(one, "choices"),
                        one.contains("cycles") ? fmt::format("{:.0f}", number(one, "cycles")) : "", word(one, "bound"),
                        word(one, "why")});
    }
    body += "<h2>Candidates</h2>\n" + table({"choices", "estimated cycles#", "bound by", ""}, rows);
    body += "<h2>Numerics</h2>\n";
    for (const Json& output : explanation.at("numerics")) {
        body += numerics_html(output);
    }
    return page(title, body);
}

}  // namespace tessera::tile::explain
