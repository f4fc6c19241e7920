// The scope guard of the object style, under its later name.
#pragma once

#include <experimental/lock.h>

using experimental::Lock;
