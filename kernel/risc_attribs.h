// Attributes of pointers and functions.
#pragma once

#include <tessera/attributes.h>
