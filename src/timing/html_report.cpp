#include <timing/html_report.h>

#include <stdexcept>

#include <zlib.h>

#include <base/html.h>
#include <timing/report_data.h>

// The page's parts lie in the binary as they are: the build says where they are found.
#define TESSERA_EMBED(name, path)                                                                              \
    __asm__(".section .rodata\n" #name "_begin:\n.incbin \"" path "\"\n" #name "_end:\n.byte 0\n.previous\n"); \
    extern "C" __attribute__((visibility("hidden"))) const char name##_begin[];                                \
    extern "C" __attribute__((visibility("hidden"))) const char name##_end[];

TESSERA_EMBED(tessera_report_css, TESSERA_REPORT_FOLDER "/report.css")
TESSERA_EMBED(tessera_report_body, TESSERA_REPORT_FOLDER "/report.html")
TESSERA_EMBED(tessera_report_script, TESSERA_REPORT_FOLDER "/report.js")
TESSERA_EMBED(tessera_report_views, TESSERA_REPORT_FOLDER "/views.js")
TESSERA_EMBED(tessera_report_timeline, TESSERA_REPORT_FOLDER "/timeline.js")
TESSERA_EMBED(tessera_d3, TESSERA_D3)
TESSERA_EMBED(tessera_d3_licence, TESSERA_D3_LICENCE)

namespace tessera::timing {

namespace {

std::string_view text_of(const char* begin, const char* end) {
    return {begin, static_cast<size_t>(end - begin)};
}

std::string compressed(const std::string& data) {
    uLongf bytes = compressBound(data.size());
    std::string packed(bytes, '\0');
    if (compress2(reinterpret_cast<Bytef*>(packed.data()), &bytes, reinterpret_cast<const Bytef*>(data.data()),
                  data.size(), Z_BEST_COMPRESSION) != Z_OK) {
        throw std::runtime_error("the report's data cannot be compressed");
    }
    packed.resize(bytes);
    return packed;
}

}  // namespace

std::string html_report(const record::Recording& recording, const WhatIf& what_if, const Answers& answers,
                        const ReportOptions& options) {
    const std::string data = compressed(report_data(recording, what_if, answers, options));
    std::string page = "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n";
    page += "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>Time of " +
            html_escaped(recording.program) + "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n";
    page += text_of(tessera_report_css_begin, tessera_report_css_end);
    page += "</style></head>\n<body>\n";
    page += text_of(tessera_report_body_begin, tessera_report_body_end);
    page += "<script type=\"text/plain\" id=\"data\">";
    page += base64({reinterpret_cast<const uint8_t*>(data.data()), data.size()});
    page += "</script>\n<script type=\"text/plain\" id=\"licence-of-d3\">\n";
    page += text_of(tessera_d3_licence_begin, tessera_d3_licence_end);
    page += "</script>\n<script>\n";
    page += text_of(tessera_d3_begin, tessera_d3_end);
    for (const std::string_view script : {text_of(tessera_report_script_begin, tessera_report_script_end),
                                          text_of(tessera_report_timeline_begin, tessera_report_timeline_end),
                                          text_of(tessera_report_views_begin, tessera_report_views_end)}) {
        page += "</script>\n<script>\n";
        page += script;
    }
    return page + "</script>\n</body></html>\n";
}

}  // namespace tessera::timing
