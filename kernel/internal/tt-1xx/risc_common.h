// Functions and constants below the data-movement API.
#pragma once

#include <tessera/lowlevel.h>
