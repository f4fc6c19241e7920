// Changes to a recorded run, as a person writes them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <timing/replay.h>

namespace tessera::timing {

/// One that can be named: "dram_bw", "a factor, as 2x", ...
struct WhatIfKey {
    const char* name;
    const char* values;
    const char* meaning;
};
const std::vector<WhatIfKey>& what_if_keys();

/// "board=p150,dram_bw=2x": adds it to what there is. Throws tessera::Error (unknown-what-if) that lists the keys.
void add_what_if(WhatIf& what_if, std::string_view text);

/// As add_what_if reads it; empty: nothing is different.
std::string to_string(const WhatIf& what_if);

}  // namespace tessera::timing
