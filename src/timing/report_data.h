// What the page of a replay is drawn from: all launches in figures, and the longest ones with what every unit did when.
//
// The whole goes into the page as one block of bytes, compressed: a header in JSON and, launch by launch, numbers as
// report/report.js reads them. Units of which there is too much to say are told in bins of equal length.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <timing/answers.h>
#include <timing/html_report.h>

namespace tessera::timing {

/// Length of the header (4 bytes, least significant first), header, numbers; not compressed.
std::string report_data(const record::Recording& recording, const WhatIf& what_if, const Answers& answers,
                        const ReportOptions& options);

}  // namespace tessera::timing
