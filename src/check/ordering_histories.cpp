// What those knew who moved a counter or changed a word, for whoever waits for it.
#include <check/ordering.h>

#include <algorithm>

namespace tessera::check {

void CounterHistory::move(uint32_t by, const Actor& mover) {
    constexpr size_t first_size = 4, most_steps = 4096;
    total_ += by;
    if (count_ - heard_ == steps_.size()) {
        if (steps_.size() < most_steps) {
            std::vector<Step> larger(std::max(first_size, steps_.size() * 2));
            for (uint64_t i = heard_; i < count_; ++i) {
                larger[i & (larger.size() - 1)] = std::move(step(i));
            }
            steps_ = std::move(larger);
        } else {
            ++heard_;  // nobody waits for these pages: who does so at last hears a little more than he should
        }
    }
    Step& made = step(count_);
    made.total = total_;
    made.knowledge.core = mover.knows.core;
    made.knowledge.rows = mover.knows.rows;
    if (made.knowledge.others != mover.knows.others) {
        made.knowledge.others = mover.knows.others;
    }
    if (mover_ != &mover && mover_ != nullptr) {
        learn(made.knowledge, step(count_ - 1).knowledge);
        several_ = true;
    }
    made.mover = several_ ? nullptr : &mover;
    mover_ = &mover;
    ++count_;
}

void CounterHistory::hear(Actor& listener, uint64_t total) {
    if (count_ == 0) {
        return;
    }
    // The last step is kept: it may be heard of again.
    while (heard_ + 1 < count_ && step(heard_).total < total) {
        ++heard_;
    }
    // Nobody learns from himself, nor twice from the same.
    const Step& last = step(heard_);
    if (last.mover != &listener && told_[listener.index] <= heard_) {
        told_[listener.index] = heard_ + 1;
        learn(listener.knows, last.knowledge);
    }
}

void WordHistory::Message::tell(Knowledge& listener) const {
    learn(listener, knowledge);
    if (in_order.has_value()) {
        add_in_order(listener, *in_order);
    }
}

/// The first messages count as waited for.
void WordHistory::forget(size_t messages) {
    for (size_t i = 0; i < messages; ++i) {
        messages_[i].tell(heard_);
    }
    messages_.erase(messages_.begin(), messages_.begin() + static_cast<ptrdiff_t>(messages));
    in_all_ -= std::min(in_all_, messages);
}

void WordHistory::arrive(uint32_t value, const Knowledge& knows, const std::optional<InOrder>& in_order) {
    constexpr size_t most_messages = 256;
    if (messages_.size() >= most_messages) {
        forget(most_messages / 2);
    }
    messages_.push_back({value, in_order, knows});
}

void WordHistory::hear(Knowledge& listener, uint32_t value, uint32_t condition) {
    const auto made_true = std::find_if(messages_.begin(), messages_.end(), [&](const Message& message) {
        return sim::word_condition(message.value, value, condition);
    });
    if (made_true == messages_.end()) {
        // A store of the core itself made it true, or it was true all along: who is meant is not known.
        hear_all(listener);
        return;
    }
    forget(static_cast<size_t>(made_true - messages_.begin()) + 1);
    learn(listener, heard_);
}

void WordHistory::hear_all(Knowledge& listener) {
    learn(all_, heard_);
    for (; in_all_ < messages_.size(); ++in_all_) {
        messages_[in_all_].tell(all_);
    }
    learn(listener, all_);
}

void WordHistory::store(const Knowledge& knows) {
    learn(heard_, knows);
}

}  // namespace tessera::check
