// From a program counter in a loaded kernel to source lines. The layer that can read debug information registers
// itself here, because the layers that need it may not know the kernel compiler.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <base/error.h>

namespace tessera {

/// Source locations of an offset in a shared object, innermost (inlined) first; empty when unknown.
using Symbolizer = std::function<std::vector<SourceLocation>(const std::string& object_path, uint64_t offset)>;

/// Registers the symbolizer and the folder of Tessera's own kernel headers, whose frames are never the user's.
void set_symbolizer(Symbolizer symbolizer, std::string kernel_header_folder);

/// Locations of the user's own lines at this offset: frames in the kernel headers are left out, the source text filled
/// in. A return address is to be passed less one.
std::vector<SourceLocation> symbolize(const std::string& object_path, uint64_t offset);

/// Keeps the text of a kernel that came from a string under the name it is compiled by, so that its lines can be shown.
void remember_source(const std::string& name, const std::string& text);

/// One line of a text file, or of a remembered source, without surrounding blanks; empty when it can't be read.
std::string read_source_line(const std::string& file, unsigned line);

}  // namespace tessera
