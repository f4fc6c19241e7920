// What pages of HTML that stand alone are put together with.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tessera {

/// Text as it is shown, also within attributes: & < > " are escaped.
std::string html_escaped(std::string_view text);

/// With padding, without line breaks.
std::string base64(std::span<const uint8_t> bytes);

}  // namespace tessera
