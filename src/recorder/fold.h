// Folds a stream of events into loops while it comes in, so that what a processor does a hundred million times takes a
// few words.
//
// The stream is a list of tokens: events, and loops whose number of turns is known. When the last tokens repeat those
// right before them, they become a loop that is open: as long as the events are those of its body, nothing is kept but
// how far it has come. An event that is not ends the loop, which is a token from then on and may itself be part of a
// repetition.
#pragma once

#include <cstdint>
#include <limits>
#include <unordered_map>
#include <vector>

#include <record/file.h>

namespace tessera::recorder {

class Folder {
public:
    static constexpr uint32_t none = 0xFFFFFFFF;
    static constexpr uint32_t most_events = 0x7FFFFFFF;

    /// The event that would be another turn of the open loop, or `none`.
    uint32_t expected() const { return expected_; }
    /// add(expected()).
    void advance() {
        ++frames_.back().at;
        settle();
    }
    void add(uint32_t event) {
        if (event == expected_) {
            advance();
        } else {
            append(event);
        }
    }

    /// Ends the stream and calls call(record::Piece) for each piece of it. Then only clear() may follow.
    template <class Call>
    void finish(Call&& call) {
        end();
        const record::Stream sealed = record::unpack(sealed_, size_t{most_events} + 1);
        for (const record::Piece& piece : sealed) {
            call(piece);
        }
        for (const uint32_t token : tokens_) {
            each_piece(token, call);
        }
    }
    /// Begins a new stream.
    void clear();

    /// Bytes of memory that it holds, about.
    size_t bytes() const;

private:
    static constexpr uint32_t loop_bit = 0x80000000;
    static constexpr uint32_t most_times = std::numeric_limits<uint32_t>::max();
    static constexpr uint32_t window = 16384;        ///< tokens in which repetitions are looked for, at least
    static constexpr uint32_t most_candidates = 32;  ///< earlier places of a token that are tried

    struct Body {
        uint32_t begin, size;  ///< in pool_
        uint32_t first;        ///< the first event of a turn
        uint32_t pieces;       ///< record::Piece's of a turn
    };
    struct Loop {
        uint32_t body, times;
        uint32_t last = 0;  ///< like last_event_
    };
    /// Where the events are in the open loop: frame 0 is its body, each further one a loop in the one before.
    struct Frame {
        uint32_t begin, end, at;
        uint32_t body;
        uint32_t left, times;  ///< turns, the current one included; not of frame 0
        bool fresh() const { return at == begin && left == times; }
    };
    struct Waiting {
        uint32_t token;
        bool may_open;  ///< it may be the beginning of another turn of the loop before it
    };

    static bool is_loop(uint32_t token) { return (token & loop_bit) != 0; }
    static uint64_t mix(uint32_t token) {
        uint64_t x = (token + uint64_t{1}) * 0x9E3779B97F4A7C15;
        x = (x ^ x >> 29) * 0xBF58476D1CE4E5B9;
        return x ^ x >> 32;
    }

    void append(uint32_t event);
    void take(Waiting waiting);
    bool match(uint32_t token);
    void settle();
    void open(uint32_t body, uint32_t times);
    void close();
    void end();
    void push(uint32_t token);
    void pop();
    bool detect();
    void seal();
    uint32_t& last_of(uint32_t token);
    uint32_t intern_body(const uint32_t* tokens, uint32_t size);
    uint32_t intern_loop(uint32_t body, uint32_t times);

    template <class Call>
    void each_piece(uint32_t token, Call&& call) const {
        if (!is_loop(token)) {
            call(record::Piece{.event = token});
            return;
        }
        const Loop& loop = loops_[token & ~loop_bit];
        const Body& body = bodies_[loop.body];
        call(record::Piece{.event = record::loop_mark, .body = body.pieces, .times = loop.times});
        for (uint32_t i = 0; i < body.size; ++i) {
            each_piece(pool_[body.begin + i], call);
        }
    }

    uint32_t expected_ = none;
    bool open_ = false;
    uint32_t open_body_ = 0, open_times_ = 0;
    std::vector<Frame> frames_;

    std::vector<uint32_t> tokens_;
    std::vector<uint64_t> sums_{0};     ///< of mix() of the tokens before each, and of all
    std::vector<uint32_t> previous_;    ///< position + 1 of the token's last occurrence before this one; 0: none
    uint32_t base_ = 0;                 ///< position of tokens_[0]
    std::vector<uint32_t> last_event_;  ///< by event: position + 1 of its last occurrence; 0: none
    std::vector<uint32_t> pool_;
    std::vector<Body> bodies_;
    std::vector<Loop> loops_;
    std::unordered_multimap<uint64_t, uint32_t> body_by_hash_;
    std::unordered_map<uint64_t, uint32_t> loop_by_content_;
    std::vector<Waiting> waiting_;  ///< a stack: the next one is last
    std::vector<uint32_t> scratch_;
    record::PackedStream sealed_;  ///< pieces that have left the window
};

}  // namespace tessera::recorder
