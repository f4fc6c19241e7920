// Semaphores as objects, under their later name.
#pragma once

#include <experimental/noc_semaphore.h>

using experimental::Noc;
using experimental::Semaphore;
