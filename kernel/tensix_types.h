// DataFormat.
#pragma once

#include <tessera/data_format.h>
