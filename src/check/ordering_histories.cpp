// What those knew who moved a counter or changed a word, for whoever waits for it.
#include <check/ordering.h>

#include <algorithm>
#include <utility>

namespace tessera::check {

void CounterHistory::make_room() {
    constexpr size_t first_size = 4, most_steps = 4096;
    if (room_ >= most_steps) {
        ++heard_;  // nobody waits for these pages: who does so at last hears a little more than he should
        return;
    }
    const uint64_t size = std::max(first_size, room_ * 2);
    auto larger = std::make_unique<Step[]>(size);
    for (uint64_t i = heard_; i < count_; ++i) {
        larger[i & (size - 1)] = std::move(step(i));
    }
    steps_ = std::move(larger);
    room_ = size;
}

/// Another processor than before makes the step at hand.
void CounterHistory::take_over(const Actor& mover) {
    if (mover_ != nullptr) {
        learn(step(count_).knowledge, step(count_ - 1).knowledge);
        several_ = true;
    }
    mover_ = &mover;
}

void WordHistory::arrive(uint32_t value, const Knowledge& knows, uint32_t sender,
                         const std::optional<InOrder>& in_order) {
    constexpr size_t most_messages = 256;
    if (messages_.size() >= most_messages) {
        wait_for_first(most_messages / 2);
    }
    messages_.push_back({value, sender, in_order, knows, 0});
}

void WordHistory::store(const Actor& by) {
    wait_for({0, by.number, std::nullopt, by.knows, 0});
}

/// The first messages count as waited for.
void WordHistory::wait_for_first(size_t messages) {
    for (size_t i = 0; i < messages; ++i) {
        wait_for(std::move(messages_[i]));
    }
    messages_.erase(messages_.begin(), messages_.begin() + static_cast<ptrdiff_t>(messages));
}

void WordHistory::wait_for(Message&& message) {
    // A sender's later message says all that an earlier one says; on another path it may arrive first.
    const auto key = [](const Message& one) {
        return std::pair(one.sender, one.in_order.has_value() ? one.in_order->path : 0);
    };
    const auto time = [](const Message& one) { return one.knowledge.rows.at(index_of(one.sender), Channel::Self); };
    const auto at = std::lower_bound(heard_.begin(), heard_.end(), message,
                                     [&](const Message& a, const Message& b) { return key(a) < key(b); });
    const bool is_new = at == heard_.end() || key(*at) != key(message);
    if (!is_new && time(*at) >= time(message)) {
        return;
    }
    message.heard = ++heard_so_far_;
    if (is_new) {
        heard_.insert(at, std::move(message));
    } else {
        *at = std::move(message);
    }
}

void WordHistory::tell(Actor& listener, const Message& message) {
    learn(listener.knows, message.knowledge);
    if (message.in_order.has_value()) {
        add_in_order(listener.knows, *message.in_order);
    }
}

void WordHistory::tell_heard(Actor& listener) {
    const bool stranger = listener.knows.rows.core() != core_;
    const uint64_t told = stranger ? 0 : std::exchange(told_[listener.index], heard_so_far_);
    for (const Message& message : heard_) {
        if (message.heard > told) {
            tell(listener, message);
        }
    }
}

void WordHistory::hear(Actor& listener, uint32_t value, uint32_t condition) {
    const auto made_true = std::find_if(messages_.begin(), messages_.end(), [&](const Message& message) {
        return sim::word_condition(message.value, value, condition);
    });
    if (made_true == messages_.end()) {
        // A store of the core itself made it true, or it was true all along: who is meant is not known.
        hear_all(listener);
        return;
    }
    wait_for_first(static_cast<size_t>(made_true - messages_.begin()) + 1);
    tell_heard(listener);
}

void WordHistory::hear_all(Actor& listener) {
    tell_heard(listener);
    for (const Message& message : messages_) {
        tell(listener, message);
    }
}

}  // namespace tessera::check
