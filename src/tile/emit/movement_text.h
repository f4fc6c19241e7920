// Functions of our own that data-movement kernels call, as source text: what the API of TT-Metalium has no call for.
#pragma once

#include <set>
#include <string>

namespace tessera::tile::emit {

/// The definitions of those that are among `calls`, with what they need, in order; empty if none is. They are
/// fill_with_zeros, fill_ones, fill_row_index, fill_column_index, read_word, store_word, multicast_block,
/// receive_block, read_window, read_patches, write_window.
std::string movement_helpers(const std::set<std::string, std::less<>>& calls);

}  // namespace tessera::tile::emit
