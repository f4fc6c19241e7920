// DEVICE_PRINT: {}-style formats, one argument at a time through fmt.
#include <cstring>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <sim/dprint_channel.h>

namespace tessera::sim {
namespace {

std::string show(const tsr_format_argument& argument, std::string_view spec) {
    const std::string format = spec.empty() ? "{}" : fmt::format("{{:{}}}", spec);
    const auto with = [&](const auto& value) { return fmt::vformat(format, fmt::make_format_args(value)); };
    try {
        switch (argument.type) {
            case TSR_FORMAT_UNSIGNED: {
                const uint64_t value = argument.value.u;
                return with(value);
            }
            case TSR_FORMAT_SIGNED: {
                const int64_t value = argument.value.i;
                return with(value);
            }
            case TSR_FORMAT_FLOAT:
                if (argument.size == sizeof(float)) {
                    const float value = static_cast<float>(argument.value.f);
                    return with(value);
                } else {
                    const double value = argument.value.f;
                    return with(value);
                }
            case TSR_FORMAT_BOOL: {
                const bool value = argument.value.u != 0;
                return with(value);
            }
            case TSR_FORMAT_CHAR: {
                const char value = static_cast<char>(argument.value.u);
                return with(value);
            }
            case TSR_FORMAT_TEXT: {
                const std::string_view value(static_cast<const char*>(argument.value.p), argument.size);
                return with(value);
            }
            default: {
                const void* value = argument.value.p;
                return with(value);
            }
        }
    } catch (const fmt::format_error& error) {
        return fmt::format("<{} can't be printed: {}>", format, error.what());
    }
}

}  // namespace
}  // namespace tessera::sim

extern "C" void tsr_dprint_format(const char* format, size_t bytes, const tsr_format_argument* arguments,
                                  uint32_t count) {
    using namespace tessera::sim;
    DprintChannel* channel = dprint_channel();
    if (channel == nullptr) {
        return;
    }
    const std::string_view text(format, bytes);
    channel->each([&](DprintThread& thread, unsigned index) {
        std::string literal;
        uint32_t next = 0;
        for (size_t i = 0; i < text.size(); ++i) {
            const char c = text[i];
            if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
                literal += c;
                ++i;
                continue;
            }
            const size_t close = c == '{' ? text.find('}', i) : std::string_view::npos;
            if (close == std::string_view::npos) {
                literal += c;
                continue;
            }
            // {index:spec}, both of them optional; the headers have checked the shape.
            std::string_view field = text.substr(i + 1, close - i - 1);
            i = close;
            const size_t colon = field.find(':');
            const std::string_view spec =
                colon == std::string_view::npos ? std::string_view{} : field.substr(colon + 1);
            field = field.substr(0, colon);
            uint32_t at = field.empty() ? next++ : 0;
            for (const char digit : field) {
                at = at * 10 + static_cast<uint32_t>(digit - '0');
            }
            if (at >= count) {
                continue;
            }
            const tsr_format_argument& argument = arguments[at];
            if (argument.type == TSR_FORMAT_TILE_SLICE || argument.type == TSR_FORMAT_WORDS) {
                thread.put_text(literal);
                literal.clear();
                if (argument.type == TSR_FORMAT_WORDS) {
                    thread.put_words(static_cast<const uint32_t*>(argument.value.p), argument.size,
                                     argument.subtype >> 16, argument.subtype & 0xFFFF);
                } else {
                    tsr_tile_slice math{};
                    math.return_code = TSR_TILE_SLICE_MATH;
                    thread.put_tile_slice(channel->processor != 2 || index == 0
                                              ? *static_cast<const tsr_tile_slice*>(argument.value.p)
                                          : index == 1 ? math
                                                       : *static_cast<const tsr_tile_slice*>(argument.second));
                }
            } else {
                literal += show(argument, spec);
            }
        }
        thread.put_text(literal);
    });
    if (text.find('\n') != std::string_view::npos) {
        dprint_line_ended(*channel);
    }
}
