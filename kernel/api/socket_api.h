// Sockets between meshes. The device does not simulate them: a kernel that includes this header builds, and using one
// of these functions ends the run with an error that names it.
#pragma once

#include <cstdint>

#include <tessera/prelude_dataflow.h>

struct sender_downstream_encoding {
    uint32_t downstream_mesh_id = 0, downstream_chip_id = 0, downstream_noc_y = 0, downstream_noc_x = 0;
};

struct SocketSenderInterface {
    uint32_t config_addr, write_ptr, bytes_sent, bytes_acked_base_addr, page_size, num_downstreams;
    uint32_t downstream_bytes_sent_addr, downstream_fifo_addr, downstream_fifo_total_size, downstream_fifo_curr_size;
    uint32_t downstream_enc_base_addr;
};

struct SocketReceiverInterface {
    uint32_t config_addr, read_ptr, bytes_acked, bytes_sent_addr, page_size, fifo_addr, fifo_total_size, fifo_curr_size;
    uint32_t upstream_mesh_id, upstream_chip_id, upstream_noc_y, upstream_noc_x, upstream_bytes_acked_addr;
};

#define TESSERA_SOCKET(type, name)                                                          \
    template <auto... Options, class... Arguments>                                          \
    [[noreturn]] type name(Arguments&&...) {                                                \
        tsr_error("unsupported-socket", #name ": sockets between meshes are not simulated", \
                  "move the data through buffers and the host");                            \
    }

TESSERA_SOCKET(void, fabric_set_unicast_route)
TESSERA_SOCKET(SocketSenderInterface, create_sender_socket_interface)
TESSERA_SOCKET(sender_downstream_encoding, get_downstream_encoding)
TESSERA_SOCKET(void, set_sender_socket_page_size)
TESSERA_SOCKET(void, socket_reserve_pages)
TESSERA_SOCKET(void, socket_push_pages)
TESSERA_SOCKET(void, socket_notify_receiver)
TESSERA_SOCKET(void, fabric_socket_notify_receiver)
TESSERA_SOCKET(void, socket_barrier)
TESSERA_SOCKET(void, update_socket_config)
TESSERA_SOCKET(SocketReceiverInterface, create_receiver_socket_interface)
TESSERA_SOCKET(void, set_receiver_socket_page_size)
TESSERA_SOCKET(bool, socket_wait_for_pages)
TESSERA_SOCKET(void, socket_pop_pages)
TESSERA_SOCKET(void, assign_local_cb_to_socket)
TESSERA_SOCKET(void, fabric_socket_notify_sender)
TESSERA_SOCKET(void, fabric_socket_notify_sender_stateful)
TESSERA_SOCKET(void, socket_notify_sender)

#undef TESSERA_SOCKET
