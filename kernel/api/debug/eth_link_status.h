// Ethernet link checks. Links of a simulated board are always up, so the check passes.
#pragma once

#define WATCHER_CHECK_ETH_LINK_STATUS()
#define WATCHER_ETH_LINK_STATUS_ENABLED 0
