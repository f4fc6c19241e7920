// Pages that one kernel pushes and another takes.
#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include "check.h"

namespace tessera::analysis {

namespace {

/// A total that is one number.
std::optional<int64_t> constant(const PageTotal& total) {
    if (!total.terms) {
        return std::nullopt;
    }
    if (total.terms->empty()) {
        return 0;
    }
    const auto& [symbols, factor] = *total.terms->begin();
    return total.terms->size() == 1 && symbols.empty() ? std::optional(factor) : std::nullopt;
}

/// left / right, if both are the same polynomial but for a factor.
std::optional<double> ratio(const PageTotal& left, const PageTotal& right) {
    if (!left.terms || !right.terms || left.terms->empty() || left.terms->size() != right.terms->size()) {
        return std::nullopt;
    }
    std::optional<double> quotient;
    for (auto a = left.terms->begin(), b = right.terms->begin(); a != left.terms->end(); ++a, ++b) {
        const double one = static_cast<double>(a->second) / static_cast<double>(b->second);
        if (a->first != b->first || (quotient && *quotient != one)) {
            return std::nullopt;
        }
        quotient = one;
    }
    return quotient;
}

std::string name_of(const KernelReport& kernel) {
    return std::filesystem::path(kernel.path).filename().string();
}

struct Ends {
    const KernelReport* producer = nullptr;
    const KernelReport* consumer = nullptr;
    const PageTotals* pushes = nullptr;
    const PageTotals* takes = nullptr;
    bool one_each = true;
};

Diagnostic unbalanced(std::string message, std::string help, const KernelReport& at, Diagnostic::Severity severity) {
    Diagnostic diagnostic;
    diagnostic.name = "cb-unbalanced";
    diagnostic.severity = severity;
    diagnostic.message = std::move(message);
    diagnostic.help = std::move(help);
    diagnostic.trace.push_back({at.path, 1, 0, {}, {}});
    diagnostic.where = name_of(at);
    return diagnostic;
}

}  // namespace

std::vector<Diagnostic> compare_pages(const std::vector<KernelReport>& kernels) {
    std::vector<Diagnostic> found;
    // An index that can't be told may be any: then nothing is certain.
    if (kernels.size() < 2 || !std::all_of(kernels.begin(), kernels.end(), [](const KernelReport& kernel) {
            return kernel.compiled && kernel.pages_known && !kernel.placeholders;
        })) {
        return found;
    }
    std::map<unsigned, Ends> buffers;
    for (const KernelReport& kernel : kernels) {
        for (const auto& [cb, totals] : kernel.pages) {
            Ends& ends = buffers[cb];
            if (totals.pushed.sites != 0) {
                ends.one_each &= ends.producer == nullptr;
                ends.producer = &kernel;
                ends.pushes = &totals;
            }
            if (totals.popped.sites != 0 || totals.waited.sites != 0) {
                ends.one_each &= ends.consumer == nullptr;
                ends.consumer = &kernel;
                ends.takes = &totals;
            }
        }
    }
    std::erase_if(buffers, [](const auto& entry) {
        const Ends& ends = entry.second;
        return !ends.one_each || ends.producer == nullptr || ends.consumer == nullptr ||
               ends.takes->popped.sites == 0 || ends.producer == ends.consumer;
    });
    for (const auto& [cb, ends] : buffers) {
        const std::optional<int64_t> pushed = constant(ends.pushes->pushed);
        const std::optional<int64_t> popped = constant(ends.takes->popped);
        if (!pushed || !popped || *pushed == *popped) {
            continue;
        }
        const bool starves = *pushed < *popped;
        found.push_back(unbalanced(
            fmt::format("{} pushes {} page{} to circular buffer c_{}, and {} pops {}", name_of(*ends.producer), *pushed,
                        *pushed == 1 ? "" : "s", cb, name_of(*ends.consumer), *popped),
            starves ? "push as many pages as are popped: the consumer waits for the rest for ever"
                    : "pop as many pages as are pushed: the producer waits for room, or the next program finds them",
            starves ? *ends.producer : *ends.consumer,
            starves ? Diagnostic::Severity::Error : Diagnostic::Severity::Warning));
    }
    // Two buffers between the same kernels: whatever the arguments are, both must come out even.
    for (auto a = buffers.begin(); a != buffers.end(); ++a) {
        for (auto b = std::next(a); b != buffers.end(); ++b) {
            if (a->second.producer != b->second.producer || a->second.consumer != b->second.consumer) {
                continue;
            }
            const auto pushes = ratio(a->second.pushes->pushed, b->second.pushes->pushed);
            const auto pops = ratio(a->second.takes->popped, b->second.takes->popped);
            if (pushes && pops && *pushes != *pops &&
                !(constant(a->second.pushes->pushed) && constant(a->second.takes->popped))) {
                found.push_back(unbalanced(
                    fmt::format("{} pushes {} pages to circular buffer c_{} for one to c_{}, and {} pops {} for one",
                                name_of(*a->second.producer), *pushes, a->first, b->first, name_of(*a->second.consumer),
                                *pops),
                    "push and pop both buffers alike: no arguments make both come out even", *a->second.consumer,
                    Diagnostic::Severity::Warning));
            }
        }
    }
    return found;
}

}  // namespace tessera::analysis
