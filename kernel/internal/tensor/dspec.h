// How a sharded tensor's pages are spread over banks.
#pragma once

#include <tessera/distribution.h>
