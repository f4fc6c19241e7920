#include "windows.h"

#include <algorithm>

namespace tessera::analysis {

using namespace llvm;

void grow(Windows& windows, bool& any, const Event& event) {
    const std::optional<int64_t> cb = number(event.cb);
    if (!cb) {
        any = true;
        for (auto& [index, window] : windows) {
            window = {Window::Unknown, 0, nullptr, window.since};
        }
        return;
    }
    Window& window = windows[*cb];
    const std::optional<int64_t> pages = number(event.pages);
    if (window.kind == Window::Empty && !any) {
        window = pages ? Window{Window::Number, *pages, nullptr, event.at}
                       : Window{Window::Symbol, 0, event.pages, event.at};
    } else if (window.kind == Window::Number && pages) {
        window.number = std::max(window.number, *pages);
    } else if (window.kind == Window::Symbol && window.symbol == event.pages) {
        window.since = event.at;
    } else {
        window = {Window::Unknown, 0, nullptr, event.at};
    }
}

bool shrink(Windows& windows, bool any, const Event& event) {
    const std::optional<int64_t> cb = number(event.cb);
    if (!cb) {
        for (auto& [index, window] : windows) {
            window = {Window::Unknown, 0, nullptr, window.since};
        }
        return false;
    }
    Window& window = windows[*cb];
    const std::optional<int64_t> pages = number(event.pages);
    switch (window.kind) {
        case Window::Empty:
            return !any && pages.value_or(1) != 0;
        case Window::Number:
            if (!pages) {
                window = {Window::Unknown, 0, nullptr, window.since};
            } else if (*pages <= window.number) {
                window.number -= *pages;
                if (window.number == 0) {
                    window.kind = Window::Empty;
                }
            } else {
                window = {};
                return true;
            }
            return false;
        case Window::Symbol:
            window = window.symbol == event.pages ? Window{} : Window{Window::Unknown, 0, nullptr, window.since};
            return false;
        case Window::Unknown:
            break;
    }
    return false;
}

bool takes_all(const Windows& windows, int64_t cb, const Value* pages) {
    const auto found = windows.find(cb);
    if (found == windows.end() || found->second.kind == Window::Empty) {
        return true;
    }
    const Window& window = found->second;
    const std::optional<int64_t> count = number(pages);
    return (window.kind == Window::Number && count && *count >= window.number) ||
           (window.kind == Window::Symbol && window.symbol == pages);
}

const Window* window_of(const Windows& windows, int64_t cb) {
    static const Window empty;
    const auto found = windows.find(cb);
    return found == windows.end() ? &empty : &found->second;
}

}  // namespace tessera::analysis
