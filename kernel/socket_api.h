// Sockets between meshes, under their first name.
#pragma once

#include <api/socket_api.h>
