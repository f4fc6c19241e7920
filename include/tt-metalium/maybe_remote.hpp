// A value that this process holds, or that another process holds.
#pragma once

#include <concepts>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <tt_stl/assert.hpp>

namespace tt::tt_metal {
class IDevice;
}  // namespace tt::tt_metal

namespace tt::tt_metal::distributed {

template <typename T>
concept MaybeRemoteLike = requires(T t) {
    typename T::value_type;
    { t.is_local() } -> std::convertible_to<bool>;
    { t.value() } -> std::same_as<typename T::value_type&>;
};

/// Stands for what another process holds.
struct RemoteDevice {
    friend bool operator==(const RemoteDevice&, const RemoteDevice&) = default;
};

/// Either a local value or a mark that the value is elsewhere; reading the latter throws.
template <typename T>
class MaybeRemote {
public:
    using value_type = T;

    MaybeRemote() = delete;

    [[nodiscard]] static MaybeRemote local(T value) { return MaybeRemote(std::move(value)); }
    [[nodiscard]] static MaybeRemote remote() { return MaybeRemote(RemoteDevice{}); }

    [[nodiscard]] bool is_local() const noexcept { return std::holds_alternative<T>(value_); }
    [[nodiscard]] bool is_remote() const noexcept { return !is_local(); }

    [[nodiscard]] T& value() & {
        require_local();
        return std::get<T>(value_);
    }
    [[nodiscard]] const T& value() const& {
        require_local();
        return std::get<T>(value_);
    }
    [[nodiscard]] T& operator*() & { return value(); }
    [[nodiscard]] const T& operator*() const& { return value(); }
    [[nodiscard]] T* operator->() { return &value(); }
    [[nodiscard]] const T* operator->() const { return &value(); }

    template <typename Local, typename Remote>
    [[nodiscard]] auto when(Local&& on_local, Remote&& on_remote) const -> decltype(auto) {
        if (is_local()) {
            return std::invoke(std::forward<Local>(on_local), std::get<T>(value_));
        }
        return std::invoke(std::forward<Remote>(on_remote));
    }
    /// Calls the function with a local value; yields its result as an optional unless it returns nothing.
    template <typename Local>
    auto if_local(Local&& on_local) const {
        using Result = std::invoke_result_t<Local, const T&>;
        if constexpr (std::is_void_v<Result>) {
            if (is_local()) {
                std::invoke(std::forward<Local>(on_local), std::get<T>(value_));
            }
        } else {
            return is_local() ? std::optional<Result>(std::invoke(std::forward<Local>(on_local), std::get<T>(value_)))
                              : std::nullopt;
        }
    }
    template <typename Remote>
    auto if_remote(Remote&& on_remote) const {
        using Result = std::invoke_result_t<Remote>;
        if constexpr (std::is_void_v<Result>) {
            if (is_remote()) {
                std::invoke(std::forward<Remote>(on_remote));
            }
        } else {
            return is_remote() ? std::optional<Result>(std::invoke(std::forward<Remote>(on_remote))) : std::nullopt;
        }
    }

    [[nodiscard]] bool operator==(const MaybeRemote& other) const = default;

    [[nodiscard]] std::string to_string() const {
        if (is_remote()) {
            return "MaybeRemote{remote}";
        }
        std::ostringstream text;
        text << "MaybeRemote{" << std::get<T>(value_) << "}";
        return text.str();
    }

private:
    explicit MaybeRemote(RemoteDevice) : value_(RemoteDevice{}) {}
    explicit MaybeRemote(T value) : value_(std::move(value)) {}

    void require_local() const {
        if (is_remote()) {
            TT_THROW("Attempted to access remote device from process that does not have it!");
        }
    }

    std::variant<RemoteDevice, T> value_;
};

using MaybeRemoteDeviceId = MaybeRemote<int>;
using MaybeRemoteDevice = MaybeRemote<IDevice*>;

/// The local values of a container, in order.
template <typename Container>
    requires MaybeRemoteLike<typename Container::value_type>
[[nodiscard]] auto extract_locals(const Container& container) {
    std::vector<typename Container::value_type::value_type> locals;
    for (const auto& maybe : container) {
        if (maybe.is_local()) {
            locals.push_back(maybe.value());
        }
    }
    return locals;
}

/// All values of a container, as local ones.
template <typename Container>
[[nodiscard]] auto wrap_to_maybe_remote(const Container& container) {
    using T = typename Container::value_type;
    std::vector<MaybeRemote<T>> wrapped;
    wrapped.reserve(container.size());
    for (const auto& value : container) {
        wrapped.push_back(MaybeRemote<T>::local(value));
    }
    return wrapped;
}

}  // namespace tt::tt_metal::distributed
