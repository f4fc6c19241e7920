// New names that no other thing in a kernel has.
#pragma once

#include <set>
#include <string>

#include <tile/ir/stmt.h>

namespace tessera::tile::pass {

class Names {
public:
    explicit Names(const ir::Kernel& kernel);
    /// `base`, or base_2, base_3, ...; it is taken from then on.
    std::string fresh(const std::string& base);

private:
    std::set<std::string, std::less<>> taken_;
};

}  // namespace tessera::tile::pass
