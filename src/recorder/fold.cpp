#include <recorder/fold.h>

#include <algorithm>
#include <cstring>

namespace tessera::recorder {

void Folder::clear() {
    expected_ = none;
    open_ = false;
    frames_.clear();
    tokens_.clear();
    sums_.assign(1, 0);
    previous_.clear();
    base_ = 0;
    last_event_.clear();
    pool_.clear();
    bodies_.clear();
    loops_.clear();
    body_by_hash_.clear();
    loop_by_content_.clear();
    waiting_.clear();
    sealed_.clear();
}

size_t Folder::bytes() const {
    constexpr size_t node_bytes = 48;
    return tokens_.capacity() * 4 + sums_.capacity() * 8 + previous_.capacity() * 4 + last_event_.capacity() * 4 +
           pool_.capacity() * 4 + bodies_.capacity() * sizeof(Body) + loops_.capacity() * sizeof(Loop) +
           (body_by_hash_.size() + loop_by_content_.size()) * node_bytes + sealed_.capacity();
}

void Folder::append(uint32_t event) {
    waiting_.push_back({event, true});
    while (!waiting_.empty()) {
        const Waiting next = waiting_.back();
        waiting_.pop_back();
        take(next);
    }
    if (tokens_.size() >= size_t{2} * window) {
        seal();
    }
}

void Folder::take(Waiting next) {
    if (open_) {
        if (!match(next.token)) {
            waiting_.push_back(next);
            close();
        }
        return;
    }
    if (!tokens_.empty() && is_loop(tokens_.back())) {
        const Loop before = loops_[tokens_.back() & ~loop_bit];
        const Body& body = bodies_[before.body];
        const bool begins = next.may_open && (next.token == body.first || next.token == pool_[body.begin]);
        const bool continues = is_loop(next.token) && loops_[next.token & ~loop_bit].body == before.body;
        if ((begins || continues) && before.times < most_times) {
            pop();
            open(before.body, before.times);
            if (match(next.token)) {
                return;
            }
            // It would have too many turns.
            push(intern_loop(before.body, before.times));
            open_ = false;
            expected_ = none;
        }
    }
    push(next.token);
    detect();
}

/// Goes on in the open loop, if that is what comes next in it.
bool Folder::match(uint32_t token) {
    if (!is_loop(token)) {
        if (token != expected_) {
            return false;
        }
        advance();
        return true;
    }
    size_t depth = frames_.size() - 1;
    for (; depth > 0 && frames_[depth].fresh(); --depth) {
        if (pool_[frames_[depth - 1].at] == token) {
            frames_.resize(depth);
            advance();
            return true;
        }
    }
    const Loop& loop = loops_[token & ~loop_bit];
    if (depth == 0 && frames_[0].at == frames_[0].begin && loop.body == open_body_ &&
        loop.times < most_times - open_times_) {
        open_times_ += loop.times;
        return true;
    }
    return false;
}

/// Finds the event that comes next, after a step.
void Folder::settle() {
    for (;;) {
        Frame& top = frames_.back();
        if (top.at == top.end) {
            if (frames_.size() == 1) {
                top.at = top.begin;
                if (++open_times_ == most_times) {
                    expected_ = none;  // whatever comes next ends it
                    return;
                }
            } else if (--top.left != 0) {
                top.at = top.begin;
            } else {
                frames_.pop_back();
                ++frames_.back().at;
                continue;
            }
        }
        const uint32_t token = pool_[frames_.back().at];
        if (!is_loop(token)) {
            expected_ = token;
            return;
        }
        const Loop& loop = loops_[token & ~loop_bit];
        const Body& body = bodies_[loop.body];
        frames_.push_back({body.begin, body.begin + body.size, body.begin, loop.body, loop.times, loop.times});
    }
}

void Folder::open(uint32_t body, uint32_t times) {
    open_ = true;
    open_body_ = body;
    open_times_ = times;
    const Body& of = bodies_[body];
    frames_.assign(1, {of.begin, of.begin + of.size, of.begin, body, 1, 1});
    settle();
}

/// The open loop becomes a token, which waits together with those of the turn that was not finished.
void Folder::close() {
    scratch_.assign(1, intern_loop(open_body_, open_times_));
    for (size_t depth = 0; depth < frames_.size(); ++depth) {
        const Frame& frame = frames_[depth];
        const uint32_t done = depth == 0 ? 0 : frame.times - frame.left;
        if (done == 1) {
            scratch_.insert(scratch_.end(), pool_.begin() + frame.begin, pool_.begin() + frame.end);
        } else if (done > 1) {
            scratch_.push_back(intern_loop(frame.body, done));
        }
        scratch_.insert(scratch_.end(), pool_.begin() + frame.begin, pool_.begin() + frame.at);
    }
    for (size_t i = scratch_.size(); i-- > 0;) {
        waiting_.push_back({scratch_[i], false});
    }
    open_ = false;
    expected_ = none;
}

void Folder::end() {
    while (open_) {
        close();
        while (!waiting_.empty()) {
            const Waiting next = waiting_.back();
            waiting_.pop_back();
            take(next);
        }
    }
}

uint32_t& Folder::last_of(uint32_t token) {
    if (is_loop(token)) {
        return loops_[token & ~loop_bit].last;
    }
    if (token >= last_event_.size()) {
        last_event_.resize(std::max<size_t>(token + size_t{1}, last_event_.size() * 2));
    }
    return last_event_[token];
}

void Folder::push(uint32_t token) {
    uint32_t& last = last_of(token);
    previous_.push_back(last);
    last = base_ + static_cast<uint32_t>(tokens_.size()) + 1;
    tokens_.push_back(token);
    sums_.push_back(sums_.back() + mix(token));
}

void Folder::pop() {
    last_of(tokens_.back()) = previous_.back();
    tokens_.pop_back();
    previous_.pop_back();
    sums_.pop_back();
}

/// If the last tokens repeat those before them, they become an open loop.
bool Folder::detect() {
    const auto size = static_cast<uint32_t>(tokens_.size());
    uint32_t candidate = previous_.back();
    for (uint32_t tries = 0; tries < most_candidates && candidate > base_; ++tries) {
        const uint32_t at = candidate - 1 - base_;
        const uint32_t period = size - 1 - at;
        if (period > size / 2) {
            return false;
        }
        const uint32_t middle = size - period, begin = middle - period;
        if (sums_[size] - sums_[middle] == sums_[middle] - sums_[begin] &&
            std::memcmp(&tokens_[middle], &tokens_[begin], size_t{period} * sizeof(uint32_t)) == 0) {
            const uint32_t body = intern_body(&tokens_[middle], period);
            for (uint32_t i = 0; i < 2 * period; ++i) {
                pop();
            }
            open(body, 2);
            return true;
        }
        candidate = previous_[at];
    }
    return false;
}

/// The older half of the tokens leaves the window.
void Folder::seal() {
    for (uint32_t i = 0; i < window; ++i) {
        each_piece(tokens_[i], [&](const record::Piece& piece) { record::pack(sealed_, piece); });
    }
    tokens_.erase(tokens_.begin(), tokens_.begin() + window);
    sums_.erase(sums_.begin(), sums_.begin() + window);
    previous_.erase(previous_.begin(), previous_.begin() + window);
    base_ += window;
}

uint32_t Folder::intern_body(const uint32_t* tokens, uint32_t size) {
    uint64_t hash = size;
    for (uint32_t i = 0; i < size; ++i) {
        hash = (hash ^ mix(tokens[i])) * 0x9E3779B97F4A7C15;
    }
    const auto [from, to] = body_by_hash_.equal_range(hash);
    for (auto known = from; known != to; ++known) {
        const Body& body = bodies_[known->second];
        if (body.size == size && std::equal(tokens, tokens + size, pool_.begin() + body.begin)) {
            return known->second;
        }
    }
    const auto number = static_cast<uint32_t>(bodies_.size());
    Body body{static_cast<uint32_t>(pool_.size()), size, tokens[0], 0};
    while (is_loop(body.first)) {
        body.first = bodies_[loops_[body.first & ~loop_bit].body].first;
    }
    for (uint32_t i = 0; i < size; ++i) {
        body.pieces += is_loop(tokens[i]) ? 1 + bodies_[loops_[tokens[i] & ~loop_bit].body].pieces : 1;
    }
    pool_.insert(pool_.end(), tokens, tokens + size);
    bodies_.push_back(body);
    body_by_hash_.emplace(hash, number);
    return number;
}

uint32_t Folder::intern_loop(uint32_t body, uint32_t times) {
    const auto [known, is_new] =
        loop_by_content_.try_emplace(uint64_t{body} << 32 | times, static_cast<uint32_t>(loops_.size()));
    if (is_new) {
        loops_.push_back({body, times});
    }
    return known->second | loop_bit;
}

}  // namespace tessera::recorder
