// The place where programs of 2024 find this header.
#pragma once

#include <tt-metalium/host_api.hpp>
#include <tt-metalium/tt_metal.hpp>
#include <tt-metalium/util.hpp>
