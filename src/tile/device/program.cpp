#include <tile/device/program.h>

namespace tessera::tile::device {

std::string_view name_of(Role role) {
    switch (role) {
        case Role::Reader:
            return "reader";
        case Role::Compute:
            return "compute";
        case Role::Writer:
            return "writer";
    }
    return "reader";
}

}  // namespace tessera::tile::device
