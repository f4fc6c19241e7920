// The report as one HTML page, pictures included.
#include <cmath>

#include <fmt/core.h>

#include "numerics.h"

namespace tessera::cli {
namespace {

std::string escaped(const std::string& text) {
    std::string out;
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                out += c;
        }
    }
    return out;
}

std::string base64(const std::vector<uint8_t>& bytes) {
    constexpr const char* digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        uint32_t group = uint32_t{bytes[i]} << 16;
        group |= i + 1 < bytes.size() ? uint32_t{bytes[i + 1]} << 8 : 0;
        group |= i + 2 < bytes.size() ? bytes[i + 2] : 0;
        out += digits[group >> 18];
        out += digits[group >> 12 & 63];
        out += i + 1 < bytes.size() ? digits[group >> 6 & 63] : '=';
        out += i + 2 < bytes.size() ? digits[group & 63] : '=';
    }
    return out;
}

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
    out += "<h1>Numerics of " + escaped(whole["program"].get<std::string>()) + "</h1>\n<div class=summary>\n";
    for (const Json& line : whole["summary"]) {
        out += "<p>" + escaped(line.get<std::string>()) + "</p>\n";
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
                           escaped(output_name(output)), cells.size(), output["cell"].get<std::string>(), width);
        out += "<img alt=\"heat map\" src=\"data:image/png;base64," + base64(heat_map_png(cells, across)) + "\">\n";
    }
    out += "<h2>Tables</h2>\n<pre>" + escaped(text_report(whole, false)) + "</pre>\n";
    return out + "</body></html>\n";
}

}  // namespace tessera::cli
