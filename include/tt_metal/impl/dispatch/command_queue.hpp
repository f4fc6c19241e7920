// The place where programs of 2024 find this header.
#pragma once

#include <tt-metalium/command_queue.hpp>
#include <tt-metalium/host_api.hpp>
