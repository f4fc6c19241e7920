// Holds one object of any movable type.
#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

namespace ttsl {

/// Owns the object; max_size and alignment are limits that the object must keep, as programs declare them.
template <std::size_t max_size, std::size_t alignment>
class unique_any final {
public:
    template <typename Type, typename Base = std::decay_t<Type>>
        requires(!std::is_same_v<Base, unique_any>)
    unique_any(Type&& object)
        : object_(new Base(std::forward<Type>(object)), [](void* p) { delete static_cast<Base*>(p); }) {
        static_assert(sizeof(Base) <= max_size && alignof(Base) <= alignment);
    }

    unique_any(unique_any&&) noexcept = default;
    unique_any& operator=(unique_any&&) noexcept = default;

    /// The object, which must be a Type.
    template <typename Type>
    Type& get() {
        return *static_cast<Type*>(object_.get());
    }
    template <typename Type>
    const Type& get() const {
        return *static_cast<const Type*>(object_.get());
    }

private:
    std::unique_ptr<void, void (*)(void*)> object_;
};

}  // namespace ttsl

namespace tt {
namespace stl = ::ttsl;
}
