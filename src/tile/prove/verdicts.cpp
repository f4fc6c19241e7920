#include <tile/prove/verdicts.h>

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include <tile/ir/diagnostics.h>

namespace tessera::tile::prove {

std::string_view name_of(Property property) {
    constexpr std::array<std::string_view, 6> names{"l1", "dst", "alignment", "progress", "work", "coverage"};
    return names[static_cast<size_t>(property)];
}

std::string_view meaning_of(Property property) {
    constexpr std::array<std::string_view, 6> meanings{
        "the circular buffers and shards of a core lie apart in its L1",
        "DST slots are there, and used between acquire and release",
        "transfers begin where the NoC and the memories allow it, and stay in their pages",
        "no kernel waits for ever",
        "every block of the grid is done by one core, once",
        "every element of an output is stored by one block",
    };
    return meanings[static_cast<size_t>(property)];
}

std::string_view name_of(Verdict::Kind kind) {
    constexpr std::array<std::string_view, 3> names{"proved", "not proved", "refuted"};
    return names[static_cast<size_t>(kind)];
}

std::string text_of(const Verdict& verdict) {
    return fmt::format("{} of {}: {}: {}", name_of(verdict.property), verdict.subject, name_of(verdict.kind),
                       verdict.what);
}

std::vector<Verdict> all(const ir::Kernel& kernel, const device::Module& module) {
    const arch::Chip& chip = arch::board(module.board).chips.front();
    std::vector<Verdict> verdicts;
    for (const device::Program& program : module.programs) {
        verdicts.push_back(l1(program, module, chip));
        verdicts.push_back(dst(program));
        verdicts.push_back(alignment(program, module, chip));
        verdicts.push_back(progress(program, chip));
        verdicts.push_back(work(program));
    }
    std::vector<Verdict> outputs = coverage(kernel);
    std::move(outputs.begin(), outputs.end(), std::back_inserter(verdicts));
    return verdicts;
}

void report(std::span<const Verdict> verdicts, Diagnostics& diagnostics) {
    const std::string mistake = "this is a mistake of the compiler: report it with the script";
    for (const Verdict& verdict : verdicts) {
        if (verdict.kind == Verdict::Kind::Proved) {
            continue;
        }
        const bool refuted = verdict.kind == Verdict::Kind::Refuted;
        if (verdict.property == Property::Coverage) {
            if (refuted) {
                if (verdict.doubled) {
                    diagnostics.warning("tile-written-twice", verdict.span, verdict.what,
                                        "blocks run at the same time: what the elements hold in the end is not certain "
                                        "unless both store the same");
                } else {
                    diagnostics.warning("tile-unwritten", verdict.span, verdict.what,
                                        "they keep what was in the tensor before");
                }
            }
        } else if (verdict.property == Property::Progress) {
            if (refuted) {
                diagnostics.error("tile-deadlock", verdict.span,
                                  fmt::format("the kernels of {} would hang: {}", verdict.subject, verdict.what),
                                  mistake);
            } else {
                diagnostics.note(
                    "tile-not-proved", verdict.span,
                    "it could not be shown that the kernels never wait for each other for ever: " + verdict.what);
            }
        } else if (refuted) {
            diagnostics.error("tile-proof", verdict.span,
                              fmt::format("it does not hold of {} that {}: {}", verdict.subject,
                                          meaning_of(verdict.property), verdict.what),
                              mistake);
        }
        if (refuted) {
            for (const std::string& line : verdict.trace) {
                diagnostics.add_note(line);
            }
        }
    }
}

}  // namespace tessera::tile::prove
