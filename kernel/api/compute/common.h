// What nearly every compute kernel needs: arguments, circular buffers, the DST protocol, the packer, formats.
#pragma once

#include <api/compute/cb_api.h>
#include <api/compute/common_globals.h>
#include <api/compute/compute_kernel_hw_startup.h>
#include <api/compute/pack.h>
#include <api/compute/reconfig_data_format.h>
#include <api/compute/reg_api.h>
#include <api/compute/sentinel/compute_kernel_sentinel.h>
#include <tessera/compute_coordinates.h>
#include <tessera/llk.h>

#if __has_include(<api/debug/assert.h>)
#include <api/debug/assert.h>
#endif

#include <sfpi/compute.h>
