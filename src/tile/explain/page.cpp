#include <tile/explain/page.h>

#include <base/html.h>
#include <fmt/format.h>

namespace tessera::tile::explain {

namespace {

constexpr std::string_view STYLE = R"(
:root { --ink: #1c2430; --faint: #667085; --paper: #ffffff; --panel: #f6f7f9; --line: #d8dce3; --accent: #2563a8;
    --added: #dcf5e3; --gone: #fde4e1; --hot: #b42318; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e7ec; --faint: #98a2b3; --paper: #14171c; --panel: #1d2128;
    --line: #363c47; --accent: #7ab3ef; --added: #17392a; --gone: #4a2322; --hot: #f97066; } }
* { box-sizing: border-box; }
body { margin: 0; font: 14px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink);
    background: var(--paper); }
main { max-width: 1500px; margin: 0 auto; padding: 0 24px 60px; }
h1 { font-size: 22px; margin: 22px 0 2px; }
h2 { font-size: 17px; margin: 34px 0 8px; }
h3 { font-size: 13px; margin: 14px 0 4px; }
p { margin: 4px 0; }
.faint { color: var(--faint); }
.cards { display: flex; flex-wrap: wrap; gap: 12px; margin: 14px 0; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 8px 16px; min-width: 130px; }
.card b { display: block; font-size: 22px; font-weight: 600; font-variant-numeric: tabular-nums; }
.card span { color: var(--faint); font-size: 12px; }
table { border-collapse: collapse; font-size: 13px; margin: 6px 0 12px; }
td, th { text-align: left; padding: 3px 22px 3px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--faint); font-weight: 500; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
svg text { fill: var(--ink); font-family: inherit; }
svg text.faint { fill: var(--faint); }
pre, code { font: 12.5px ui-monospace, "DejaVu Sans Mono", monospace; }
)";

}  // namespace

std::string page(std::string_view title, std::string_view body, std::string_view style, std::string_view script) {
    std::string out = fmt::format(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{}</title>\n<style>{}{}"
        "</style></head>\n<body><main>\n{}</main>\n",
        html_escaped(title), STYLE, style, body);
    if (!script.empty()) {
        out += fmt::format("<script>{}</script>\n", script);
    }
    return out + "</body></html>\n";
}

std::string table(const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows) {
    std::string out = "<table><tr>";
    std::vector<bool> numbers;
    for (std::string head : heads) {
        numbers.push_back(head.ends_with('#'));
        if (numbers.back()) {
            head.pop_back();
        }
        out += fmt::format("<th{}>{}</th>", numbers.back() ? " class=number" : "", html_escaped(head));
    }
    out += "</tr>\n";
    for (const auto& row : rows) {
        out += "<tr>";
        for (size_t i = 0; i < row.size(); ++i) {
            out += fmt::format("<td{}>{}</td>", i < numbers.size() && numbers[i] ? " class=number" : "",
                               html_escaped(row[i]));
        }
        out += "</tr>\n";
    }
    return out + "</table>\n";
}

}  // namespace tessera::tile::explain
