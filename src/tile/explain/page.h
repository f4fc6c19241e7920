// What the pages of the tile compiler have in common: a frame with its style, as the pages of src/timing look.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace tessera::tile::explain {

/// A page that needs nothing else; `style` and `script` are added to what all pages have.
std::string page(std::string_view title, std::string_view body, std::string_view style = {},
                 std::string_view script = {});

/// A table of texts, which are escaped; columns whose head ends with '#' hold numbers.
std::string table(const std::vector<std::string>& heads, const std::vector<std::vector<std::string>>& rows);

}  // namespace tessera::tile::explain
