// A replay as one page of HTML that needs nothing else: what bounds the program, what every unit did when, the grid of
// cores, circular buffers, the NoCs and the roofline.
#pragma once

#include <cstdint>
#include <string>

#include <timing/answers.h>

namespace tessera::timing {

struct ReportOptions {
    uint64_t most_spans = 400'000;  ///< told one by one; a span takes about three bytes of the page
    uint32_t most_launches = 32;    ///< with more than their figures: the longest ones
};

/// The answers must be those for what_if. The page says what it leaves out.
std::string html_report(const record::Recording& recording, const WhatIf& what_if, const Answers& answers,
                        const ReportOptions& options = {});

}  // namespace tessera::timing
