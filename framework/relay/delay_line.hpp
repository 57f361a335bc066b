#pragma once
// What is on its way from one socket to another: pieces of bytes and the end behind them, each with
// the instant before which it may not leave. Bounded, and in order: what comes later leaves later,
// however short its own delay is. Pure: the time is told.

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "framework/base/clock.hpp"

namespace bhsim::relay {

class DelayLine {
 public:
  // When something came, and when it was allowed to leave.
  struct Stay {
    Time came;
    Time due;
  };

  explicit DelayLine(std::size_t most_bytes) : most_(most_bytes) {}

  [[nodiscard]] std::size_t room() const { return most_ - bytes_; }
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  // Neither bytes nor an end.
  [[nodiscard]] bool empty() const { return pieces_.empty() && !end_; }

  // At least one byte and at most room(), and no end before.
  void put(std::string_view bytes, Time now, Nanos delay);
  // Once.
  void put_end(Time now, Nanos delay);

  // When the first thing in it may leave; nothing when it is empty.
  [[nodiscard]] std::optional<Time> due() const;
  // What is left of the first piece; empty when there is none, or it may not leave yet. Valid until
  // the next call of anything that is not const.
  [[nodiscard]] std::string_view front(Time now) const;
  // So many bytes of front() have left. The stay of the piece, when they were its last.
  std::optional<Stay> take(std::size_t count);
  // The end's stay, when it may leave and nothing stands before it; it has left then.
  std::optional<Stay> take_end(Time now);

  // What is in it may leave from now on.
  void hurry(Time now);

 private:
  struct Piece {
    std::string bytes;
    std::size_t gone = 0;  // of them
    Stay stay;
  };

  [[nodiscard]] Stay behind(Time now, Nanos delay) const;

  std::size_t most_;
  std::size_t bytes_ = 0;
  std::deque<Piece> pieces_;
  std::optional<Stay> end_;
};

}  // namespace bhsim::relay
