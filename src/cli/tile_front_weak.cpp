#include <base/error.h>
#include <tile/front/front.h>
namespace tessera::tile::front {
__attribute__((weak)) std::shared_ptr<Script> load(const std::string& path, Diagnostics&) {
    throw Error("tile-front", path + ": scripts are not read yet");
}
__attribute__((weak)) ir::Kernel evaluate(Script&, std::string_view, const Arguments&, Diagnostics&) {
    return {};
}
}  // namespace tessera::tile::front
