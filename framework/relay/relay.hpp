#pragma once
// A TCP relay between clients and one target. It passes on what it gets, or does to it what its
// setting says, and counts what it did. It is a thread of the process that started it: it ends with
// that process, however that ends, and nothing of it can be left behind. Why it is built so:
// docs/decisions/062-relay.md.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/relay/place.hpp"
#include "framework/stats/histogram.hpp"

namespace bhsim::relay {

// What becomes of a connection, instead of being passed on.
enum class Trouble {
  none,
  reset,       // the target's answer is thrown away, and both sides meet a reset instead
  black_hole,  // nothing passes and nobody is told; what was held goes on its way afterwards
  half_open,   // the same answer resets the client's side; the target's side stays, in silence
};

// By default everything is passed on at once.
struct Setting {
  Nanos delay{};                 // of each piece, on either way
  Nanos spread{};                // up to so much more, by chance; pieces stay in order
  std::int64_t bytes_per_s = 0;  // of all connections together, on either way; 0: all that comes
  Nanos end_delay{};             // a side learns so much later that the other has closed
  Trouble trouble = Trouble::none;
  std::int64_t most_half_open = 0;  // of half_open: beyond so many both sides are reset
};

struct Limits {
  // At once; further ones wait in the kernel until one of them ends.
  int connections = 512;
  // That are held on each way of a connection; its sender has to wait when they are reached.
  std::size_t bytes_each_way = 64U << 10U;
};

// Since the setting in force was set; what is marked "now" is of the moment.
struct Counters {
  std::int64_t accepted = 0;   // connections
  std::int64_t unreached = 0;  // of them, those that the target did not take
  std::int64_t open = 0;       // now
  std::int64_t open_most = 0;
  std::int64_t full = 0;  // times that Limits::connections was reached
  std::int64_t bytes_to_target = 0, bytes_to_client = 0;
  std::int64_t held = 0;  // bytes, now
  std::int64_t held_most = 0;
  std::int64_t stalls = 0;       // times that a sender had to wait because its way was full
  stats::Histogram holding;      // how long those pieces stayed that had to wait for the setting
  std::int64_t throttled = 0;    // pieces that had to wait for the rate
  stats::Histogram late_ends;    // how long the ends stayed that had to wait for the setting
  std::int64_t resets = 0;       // connections that met a reset by the setting
  std::int64_t half_opened = 0;  // connections whose client's side alone met it
  std::int64_t half_open = 0;    // of them, those that the target still holds, now
};

class Relay {
 public:
  // Listens when it returns: on a free port of 127.0.0.1, unless it is told where. What is drawn by
  // chance follows from `seed`. `clock` outlives it.
  static Result<std::unique_ptr<Relay>> start(const Place& target, const Clock& clock,
                                              std::uint64_t seed, const Limits& limits = {},
                                              const Place& listen = {});
  // Every connection is closed, and the port is free.
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  [[nodiscard]] int port() const;

  // Both from any thread. What was held for a setting that no longer is in force leaves at once; a
  // half-open connection is let go.
  void set(const Setting& setting);
  [[nodiscard]] Counters counters() const;

 private:
  class Loop;
  explicit Relay(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace bhsim::relay
