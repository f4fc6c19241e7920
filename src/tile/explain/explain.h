// What the compiler has decided about a kernel and what follows from it, as data; text and a page of HTML are made of
// that, so that all three say the same.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include <tile/device/program.h>
#include <tile/explain/account.h>
#include <tile/ir/stmt.h>
#include <tile/lower.h>

namespace tessera::tile::explain {

using Json = nlohmann::ordered_json;

/// A kernel after each pass, by the pass's name, in the order of the passes.
using Passes = std::vector<std::pair<std::string, ir::Kernel>>;

struct Subject {
    const Passes& passes;  ///< of the compilation that made the module
    const device::Module& module;
    const lower::Options& options;
};

/// Keys: kernel, board, arch, tensors, programs (each with grid, choices, decisions, l1, rings, estimate, roofline),
/// proofs, candidates, numerics. What running it adds is put beside them by who runs it: time (of the timing model),
/// and measured errors in numerics.
Json explain(const Subject& subject);

/// A paragraph a part, for a terminal.
std::string text_of(const Json& explanation);
/// One page that needs nothing else.
std::string html_of(const Json& explanation);

/// The parts of explain().
Json decisions_of(const Subject& subject, const device::Program& program, size_t launch);
/// What the compiler looked at: of those that can be had the `most` best by estimate, and as many that cannot, with
/// the reasons.
Json candidates_of(const Subject& subject, size_t most);
/// The map of a core's L1.
Json l1_of(const device::Program& program, const device::Module& module, const std::string& board);
/// What is proved of the programs and of the tensors that they write, with the reason where it is not.
Json proofs_of(const Subject& subject);
Json rings_of(const device::Program& program, const Account& counted);
Json roofline_of(const device::Program& program, const Account& counted, const device::Module& module,
                 const std::string& board);
/// Of each tensor that the kernel writes: the formats that its values go through, how many terms are summed, and the
/// errors that both may add.
Json numerics_of(const Subject& subject);

}  // namespace tessera::tile::explain
