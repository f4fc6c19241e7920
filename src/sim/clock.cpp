#include <sim/clock.h>

#include <fstream>
#include <sstream>

#include <base/error.h>

namespace tessera::sim {

PredictedClock::PredictedClock(const std::string& file) {
    if (file.empty()) {
        return;
    }
    std::ifstream in(file);
    if (!in) {
        throw Error("bad-option", "TESSERA_CLOCK is '" + file + "', which can't be read",
                    "it is for `tessera run --timed`, which writes the file itself");
    }
    for (std::string line; std::getline(in, line);) {
        std::istringstream words(line);
        uint64_t launch = 0;
        uint32_t device = 0, x = 0, y = 0, processor = 0;
        if (!(words >> launch >> device >> x >> y >> processor)) {
            throw Error("bad-option", "TESSERA_CLOCK is '" + file + "', which is no file of `tessera run --timed`",
                        "unset TESSERA_CLOCK");
        }
        std::vector<uint64_t>& looks = looks_[{launch, device, x, y, processor}];
        for (uint64_t look = 0; words >> look;) {
            looks.push_back(look);
        }
    }
}

std::span<const uint64_t> PredictedClock::looks(uint64_t launch, uint32_t device, arch::Coord logical,
                                                Processor processor) const {
    const auto found = looks_.find({launch, device, logical.x, logical.y, static_cast<uint32_t>(processor)});
    return found == looks_.end() ? std::span<const uint64_t>() : std::span<const uint64_t>(found->second);
}

}  // namespace tessera::sim
