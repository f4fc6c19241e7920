// Which choices there are for a kernel, what each is estimated to take, and why one is not taken.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <tile/cost/estimate.h>
#include <tile/lower.h>

namespace tessera::tile::cost {

struct Candidate {
    std::vector<lower::Choices> choices;  ///< by launch: what to ask for to get it
    std::vector<lower::Choices> taken;    ///< of one that can be had: what they come to, all set
    Estimate estimate;                    ///< likewise
    std::string rejected;  ///< why it is not taken, as the compiler's diagnostics say it; empty: it can be had
};

/// What there is to try for one launch. All lists begin with what the compiler takes without looking for better, but
/// those that are empty, where nothing can be chosen.
struct Space {
    std::vector<std::vector<int64_t>> blocks;  ///< by axis: factors
    std::vector<int64_t> k;                    ///< turns that can be one
    std::vector<int64_t> depth;
    std::vector<std::pair<int64_t, int64_t>> subblock;
    std::vector<lower::MulticastFamily> multicast;
};

/// By launch, without what `options` sets already.
std::vector<Space> spaces(const ir::Kernel& kernel, const lower::Options& options);

/// All combinations of what `options` leaves open, at most `most` that can be had, estimated, the quickest first; those
/// that can't be had are at the end. Of several launches one is varied at a time. Choices that change results
/// (fidelity, fp32_dest) stay as `options` and the script have them.
std::vector<Candidate> candidates(const ir::Kernel& kernel, const lower::Options& options, size_t most = 1000);

/// What the compiler does when it chooses: from the script's own blocks on, it takes each step (blocks merged along an
/// axis unless the script deals them to cores itself, turns merged, other depths) that the estimate calls better.
/// Returned is all that it looked at, the best first, then by time; those that can't be had are at the end.
std::vector<Candidate> choose(const ir::Kernel& kernel, const lower::Options& options);

}  // namespace tessera::tile::cost
