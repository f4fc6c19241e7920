// Ends of transfers that are plain addresses, under their later names.
#pragma once

#include <experimental/endpoints.h>

using experimental::AllocatorBank;
using experimental::AllocatorBankType;
using experimental::MulticastEndpoint;
using experimental::Noc;
using experimental::noc_traits_t;
using experimental::UnicastEndpoint;
