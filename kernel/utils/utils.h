// Rounding, under its first name.
#pragma once

#include <api/alignment.h>
