// The report as one HTML page, pictures included.
#include <cmath>

#include <fmt/core.h>

#include <base/html.h>

#include "numerics.h"

namespace tessera::cli {
namespace {

std::string legend() {
    std::string out = "<p class=legend>mean relative error: ";
    for (int power = -6; power <= 0; ++power) {
        const double error = std::pow(10.0, power);
        out += fmt::format("<span style=\"background:{}\"></span>{} ", heat_color(error), percent(error));
    }
    return out + "<span style=\"background:#808080\"></span>no shadow</p>\n";
}

constexpr const char* HEAD = R"(<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Numerics</title><style>
body{font:15px/1.5 system-ui,sans-serif;max-width:75em;margin:2em auto;padding:0 1em;color:#1a1a1a;background:#fff}
pre{background:#f4f4f6;padding:1em;overflow-x:auto;font-size:13px}
.summary{border-left:4px solid #9e2864;padding-left:1em;font-size:17px}
img{image-rendering:pixelated;border:1px solid #888;min-width:8em}
.legend span{display:inline-block;width:1em;height:1em;margin:0 .3em 0 .8em;vertical-align:-2px;border:1px solid #888}
@media (prefers-color-scheme:dark){body{color:#ddd;background:#16161a}pre{background:#222228}}
</style></head><body>
)";

}  // namespace

std::string html_report(const Json& whole, unsigned across) {
    std::string out = HEAD;
    out += "<h1>Numerics of " + html_escaped(whole["program"].get<std::string>()) + "</h1>\n<div class=summary>\n";
    for (const Json& line : whole["summary"]) {
        out += "<p>" + html_escaped(line.get<std::string>()) + "</p>\n";
    }
    out += "</div>\n";
    const Json& outputs = whole["report"]["outputs"];
    if (!outputs.empty()) {
        out += "<h2>Where the error is</h2>\n" + legend();
    }
    for (const Json& output : outputs) {
        const Json& cells = output["cells"];
        const unsigned width = cells_across(cells.size(), across);
        out += fmt::format("<h3>{}</h3>\n<p>{} {}s in the order of the buffer, {} in a row</p>\n",
                           html_escaped(output_name(output)), cells.size(), output["cell"].get<std::string>(), width);
        out += "<img alt=\"heat map\" src=\"data:image/png;base64," + base64(heat_map_png(cells, across)) + "\">\n";
    }
    out += "<h2>Tables</h2>\n<pre>" + html_escaped(text_report(whole, false)) + "</pre>\n";
    return out + "</body></html>\n";
}

}  // namespace tessera::cli
