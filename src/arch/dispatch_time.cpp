#include <arch/dispatch_time.h>
#include <arch/files.h>

#include <string>

#include <nlohmann/json.hpp>

namespace tessera::arch {

DispatchTime dispatch_time(std::string_view chip) {
    static const nlohmann::json chips = nlohmann::json::parse(file_text("dispatch"));
    const nlohmann::json& json = chips.at(std::string(chip));
    return {.prefetch_bytes = json.at("prefetch_bytes_per_cycle"),
            .relay_bytes = json.at("relay_bytes_per_cycle"),
            .command = json.at("command_cycles"),
            .unicast = json.at("unicast_cycles"),
            .multicast = json.at("multicast_cycles"),
            .done = json.at("done_cycles"),
            .go = json.at("go_cycles"),
            .start = json.at("start_cycles"),
            .host_launch_ns = json.at("host_launch_ns"),
            .host_bytes_per_ns = json.at("host_bytes_per_ns"),
            .pcie_bytes_per_ns = json.at("pcie_bytes_per_ns"),
            .launch_message_bytes = json.at("launch_message_bytes"),
            .circular_buffer_bytes = json.at("circular_buffer_bytes"),
            .semaphore_bytes = json.at("semaphore_bytes")};
}

}  // namespace tessera::arch
