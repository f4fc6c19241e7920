#include <tile/explain/dumps.h>

#include <algorithm>
#include <charconv>
#include <sstream>

#include <base/html.h>
#include <fmt/format.h>
#include <tile/explain/page.h>
#include <tile/ir/print.h>

namespace tessera::tile::explain {

namespace {

/// Larger products of line counts are not compared line by line.
constexpr size_t most_cells = 16'000'000;

/// A line of a dump, and the script's line that it came from: "0-41" (file and line); empty if unknown.
struct Line {
    std::string text, place;
};

/// What follows " @" at the end of a line, or before the brace that opens a body: [file:]line:column.
Line split_place(const std::string& line) {
    const std::string opens = line.ends_with(" {") ? " {" : "";
    const std::string text = line.substr(0, line.size() - opens.size());
    const size_t at = text.rfind(" @");
    if (at == std::string::npos) {
        return {line, {}};
    }
    std::vector<unsigned> numbers;
    const char* from = text.data() + at + 2;
    const char* const end = text.data() + text.size();
    while (from < end) {
        unsigned value = 0;
        const auto [next, error] = std::from_chars(from, end, value);
        if (error != std::errc() || (next != end && *next != ':')) {
            return {line, {}};
        }
        numbers.push_back(value);
        from = next == end ? end : next + 1;
    }
    const std::string bare = text.substr(0, at) + opens;
    if (numbers.size() == 2) {
        return {bare, fmt::format("0-{}", numbers[0])};
    }
    return numbers.size() == 3 ? Line{bare, fmt::format("{}-{}", numbers[0], numbers[1])} : Line{line, {}};
}

std::vector<Line> lines_of(const ir::Kernel& kernel) {
    ir::PrintOptions options;
    options.spans = true;
    std::istringstream text(ir::print(kernel, options));
    std::vector<Line> lines;
    for (std::string line; std::getline(text, line);) {
        lines.push_back(split_place(line));
    }
    return lines;
}

std::vector<std::string> texts(const std::vector<Line>& lines) {
    std::vector<std::string> all;
    all.reserve(lines.size());
    for (const Line& line : lines) {
        all.push_back(line.text);
    }
    return all;
}

std::string cell(const Line* line, int number, const char* kind) {
    if (line == nullptr) {
        return "<td class=no></td><td class=none></td>";
    }
    const std::string place = line->place.empty() ? "" : fmt::format(" data-at=\"{}\"", line->place);
    const std::string shown = line->place.empty()
                                  ? html_escaped(line->text)
                                  : fmt::format("<a href=\"#s{}\">{}</a>", line->place, html_escaped(line->text));
    return fmt::format("<td class=no>{}</td><td class={}{}>{}</td>", number + 1, kind, place, shown);
}

std::string compared(const std::string& name, const std::vector<Line>& before, const std::vector<Line>& after,
                     const std::string& name_before) {
    const auto pairs = aligned_lines(texts(before), texts(after));
    const auto differing = std::count_if(pairs.begin(), pairs.end(), [&](const auto& pair) {
        return pair.first < 0 || pair.second < 0 ||
               before[static_cast<size_t>(pair.first)].text != after[static_cast<size_t>(pair.second)].text;
    });
    std::string out = fmt::format(
        "<h2 id=\"pass-{0}\">{0}</h2><p class=faint>{1}</p>\n<table class=diff><tr><th></th><th>after {2}</th><th></th>"
        "<th>after {0}</th></tr>\n",
        html_escaped(name), differing == 0 ? "nothing changed" : fmt::format("{} lines differ", differing),
        html_escaped(name_before));
    for (const auto& [left, right] : pairs) {
        const Line* a = left < 0 ? nullptr : &before[static_cast<size_t>(left)];
        const Line* b = right < 0 ? nullptr : &after[static_cast<size_t>(right)];
        const bool same = a != nullptr && b != nullptr && a->text == b->text;
        out += fmt::format("<tr{}>{}{}</tr>\n", same ? " class=same" : "", cell(a, left, same ? "eq" : "gone"),
                           cell(b, right, same ? "eq" : "new"));
    }
    return out + "</table>\n";
}

/// "    // gemm.py:41  T.gemm(...)" of the first file: its line.
std::string place_of_comment(const std::string& line, const std::vector<ScriptFile>& files) {
    const size_t comment = line.find("// ");
    for (size_t file = 0; file < files.size() && comment != std::string::npos; ++file) {
        const std::string begin = files[file].name + ":";
        if (line.compare(comment + 3, begin.size(), begin) == 0) {
            unsigned number = 0;
            const char* from = line.data() + comment + 3 + begin.size();
            if (std::from_chars(from, line.data() + line.size(), number).ec == std::errc()) {
                return fmt::format("{}-{}", file, number);
            }
        }
    }
    return {};
}

std::string source_html(const emit::File& source, const std::vector<ScriptFile>& files) {
    std::string out = fmt::format("<div><h3>{}</h3><pre>", html_escaped(source.path));
    std::istringstream text(source.text);
    std::string place;
    for (std::string line; std::getline(text, line);) {
        if (const std::string found = place_of_comment(line, files); !found.empty()) {
            place = found;
            out +=
                fmt::format("<span data-at=\"{}\"><a href=\"#s{}\">{}</a></span>\n", place, place, html_escaped(line));
        } else if (!place.empty() && line.starts_with("    ")) {
            out += fmt::format("<span data-at=\"{}\">{}</span>\n", place, html_escaped(line));
        } else {
            out += html_escaped(line) + "\n";
        }
    }
    return out + "</pre></div>\n";
}

constexpr std::string_view STYLE = R"(
main { max-width: none; display: grid; grid-template-columns: minmax(300px, 28%) 1fr; gap: 24px; padding: 0 16px; }
#script { position: sticky; top: 0; height: 100vh; overflow: auto; border-right: 1px solid var(--line); }
#passes { overflow-x: auto; padding-bottom: 60px; }
pre { margin: 0; white-space: pre; }
pre i { color: var(--faint); font-style: normal; display: inline-block; width: 3.4em; text-align: right;
    margin-right: 1em; user-select: none; }
a { color: inherit; text-decoration: none; }
table.diff { table-layout: fixed; width: 100%; }
.diff td { border: 0; padding: 0 6px; white-space: pre-wrap; overflow-wrap: anywhere;
    font: 12px/1.45 ui-monospace, "DejaVu Sans Mono", monospace; }
.diff th:nth-child(odd), .diff td.no { width: 3.6em; }
.diff td.no { color: var(--faint); text-align: right; user-select: none; }
td.gone { background: var(--gone); } td.new { background: var(--added); } td.none { background: var(--panel); }
.lit, :target { outline: 1px solid var(--accent); background: var(--panel); }
nav a { color: var(--accent); margin-right: 12px; }
body.changes tr.same { display: none; }
.sources { display: grid; grid-template-columns: repeat(3, minmax(30em, 1fr)); gap: 16px; overflow-x: auto; }
.sources pre { overflow-x: auto; }
)";

constexpr std::string_view SCRIPT = R"(
let lit = [];
function light(place) {
    for (const one of lit) one.classList.remove("lit");
    lit = place ? [...document.querySelectorAll(`[data-at="${place}"]`)] : [];
    for (const one of lit) one.classList.add("lit");
}
document.addEventListener("mouseover", event => {
    const at = event.target.closest("[data-at]");
    light(at && at.dataset.at);
});
document.getElementById("only").addEventListener("change", event => {
    document.body.classList.toggle("changes", event.target.checked);
});
)";

}  // namespace

std::vector<std::pair<int, int>> aligned_lines(const std::vector<std::string>& before,
                                               const std::vector<std::string>& after) {
    std::vector<std::pair<int, int>> pairs;
    size_t first = 0;
    while (first < before.size() && first < after.size() && before[first] == after[first]) {
        pairs.emplace_back(static_cast<int>(first), static_cast<int>(first));
        ++first;
    }
    size_t end_a = before.size(), end_b = after.size();
    while (end_a > first && end_b > first && before[end_a - 1] == after[end_b - 1]) {
        --end_a;
        --end_b;
    }
    const size_t rows = end_a - first, columns = end_b - first;
    std::vector<std::pair<int, int>> gone, added;
    const auto flush = [&] {
        // What replaces what stands beside it.
        for (size_t i = 0; i < std::max(gone.size(), added.size()); ++i) {
            pairs.emplace_back(i < gone.size() ? gone[i].first : -1, i < added.size() ? added[i].second : -1);
        }
        gone.clear();
        added.clear();
    };
    std::vector<uint32_t> longest;  // common lines from (row, column) on
    if (rows * columns <= most_cells) {
        longest.assign((rows + 1) * (columns + 1), 0);
        for (size_t i = rows; i-- > 0;) {
            for (size_t j = columns; j-- > 0;) {
                longest[i * (columns + 1) + j] =
                    before[first + i] == after[first + j]
                        ? longest[(i + 1) * (columns + 1) + j + 1] + 1
                        : std::max(longest[(i + 1) * (columns + 1) + j], longest[i * (columns + 1) + j + 1]);
            }
        }
    }
    size_t i = 0, j = 0;
    while (i < rows || j < columns) {
        if (!longest.empty() && i < rows && j < columns && before[first + i] == after[first + j]) {
            flush();
            pairs.emplace_back(static_cast<int>(first + i++), static_cast<int>(first + j++));
        } else if (j == columns || (i < rows && (longest.empty() || longest[(i + 1) * (columns + 1) + j] >=
                                                                        longest[i * (columns + 1) + j + 1]))) {
            gone.emplace_back(static_cast<int>(first + i++), -1);
        } else {
            added.emplace_back(-1, static_cast<int>(first + j++));
        }
    }
    flush();
    for (size_t rest = 0; end_a + rest < before.size(); ++rest) {
        pairs.emplace_back(static_cast<int>(end_a + rest), static_cast<int>(end_b + rest));
    }
    return pairs;
}

std::string passes_html(const Passes& passes, const std::vector<ScriptFile>& files,
                        const std::vector<emit::File>& sources) {
    std::string body = "<div id=script>";
    for (size_t file = 0; file < files.size(); ++file) {
        body += fmt::format("<h3>{}</h3><pre>", html_escaped(files[file].name));
        for (size_t line = 0; line < files[file].lines.size(); ++line) {
            body += fmt::format("<span id=\"s{0}-{1}\" data-at=\"{0}-{1}\"><i>{1}</i>{2}</span>\n", file, line + 1,
                                html_escaped(files[file].lines[line]));
        }
        body += "</pre>";
    }
    const std::string name = passes.empty() ? std::string() : passes.front().second.name;
    body += fmt::format("</div>\n<div id=passes><h1>{}: after every pass</h1>\n<nav>", html_escaped(name));
    for (const auto& [pass, kernel] : passes) {
        body += fmt::format("<a href=\"#pass-{0}\">{0}</a>", html_escaped(pass));
    }
    body += "<a href=\"#sources\">kernels</a><label><input type=checkbox id=only> only what differs</label></nav>\n";
    std::vector<Line> before;
    std::string name_before;
    for (const auto& [pass, kernel] : passes) {
        std::vector<Line> lines = lines_of(kernel);
        if (name_before.empty()) {
            body += fmt::format(
                "<h2 id=\"pass-{0}\">{0}</h2><p class=faint>what the front end has read: {1} "
                "lines</p>\n<table class=diff>\n",
                html_escaped(pass), lines.size());
            for (size_t i = 0; i < lines.size(); ++i) {
                body += "<tr>" + cell(&lines[i], static_cast<int>(i), "eq") + "</tr>\n";
            }
            body += "</table>\n";
        } else {
            body += compared(pass, before, lines, name_before);
        }
        before = std::move(lines);
        name_before = pass;
    }
    body += "<h2 id=sources>kernels</h2><div class=sources>\n";
    for (const emit::File& source : sources) {
        if (source.path.starts_with("kernels/")) {
            body += source_html(source, files);
        }
    }
    return page(name + ": passes", body + "</div></div>\n", STYLE, SCRIPT);
}

}  // namespace tessera::tile::explain
