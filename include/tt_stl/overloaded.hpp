// One visitor out of several lambdas, for std::visit.
#pragma once

namespace ttsl {

template <typename... Ts>
struct overloaded : Ts... {
    using Ts::operator()...;
};
template <typename... Ts>
overloaded(Ts...) -> overloaded<Ts...>;

}  // namespace ttsl

namespace tt {
namespace stl = ::ttsl;
}  // namespace tt
