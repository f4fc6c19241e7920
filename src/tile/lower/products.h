// Sums of products that begin with their first product and end in what is stored, so that no zeros are filled in before
// and nothing is copied after.
#pragma once

#include <tile/lower/forms.h>
#include <tile/lower/liveness.h>

namespace tessera::tile::lower {

/// Marks (Flow::sums, and as dead what needs no code then):
///   - fill c = 0, then a product that adds to c: the product begins the sums. In a loop with a constant number of
///     turns, the first turn does;
///   - after such a loop, copy c -> d where only d is stored: the last turn's sums go to d.
///   - a Parallel that makes c by choosing between 0 and something else, of no buffer, then a product that adds to c:
///     the product begins the sums where the choice is 0 for all of c.
/// In all cases nothing else may touch c between.
void join_products(Flows& flows, const std::map<ir::Buffer, Form>& forms);

}  // namespace tessera::tile::lower
