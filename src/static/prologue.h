// The configuration of a kernel that is checked alone: what a program would fix, in defaults and placeholders.
#pragma once

#include <string>

#include <static/check.h>

namespace tessera::analysis {

/// Which values the placeholders of compile-time arguments have. A finding that depends on them shows with one only.
enum class Placeholders : uint8_t { First, Second, Ones };

std::string prologue_for(const KernelRequest& request, KernelKind kind, const std::string& text, Placeholders values);

}  // namespace tessera::analysis
