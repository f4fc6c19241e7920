// Which of the two data-movement kernels loads what.
#pragma once

#include <map>

#include <tile/lower/forms.h>
#include <tile/lower/liveness.h>
#include <tile/lower/memory.h>
#include <tile/lower/multicast.h>

namespace tessera::tile::lower {

/// In loops that store nothing, the writer has time: it takes as many bytes of the loads as the reader keeps. Buffers
/// that are also loaded elsewhere, or by windows, stay the reader's. What is multicast along rows the writer takes
/// rather, and the reader what is multicast along columns: the first cores of all rows are a column of cores, to which
/// the writer's NoC comes along the rows, where the reader's would send all through that column.
void share_loads(Flows& flows, const MovementNeeds& movement, const std::map<ir::Buffer, Form>& forms,
                 const Rectangle& rectangle);

}  // namespace tessera::tile::lower
