// The name under which earlier programs include the configuration of circular buffers.
#pragma once

#include <tt-metalium/circular_buffer_config.hpp>
