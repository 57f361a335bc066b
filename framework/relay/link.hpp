#pragma once
// One connection of a client through the relay: its two sockets, and what is on its way between
// them. Of this folder alone.

#include <cstddef>
#include <cstdint>

#include "framework/base/unique_fd.hpp"
#include "framework/relay/delay_line.hpp"

namespace bhsim::relay {

enum class Side : std::uint8_t { client, target };
constexpr Side opposite(Side side) { return side == Side::client ? Side::target : Side::client; }

struct Link;

// One of the two sockets.
struct End {
  Link* link = nullptr;
  Side side = Side::client;
  UniqueFd fd;
  std::uint32_t watched = 0;  // the events that epoll has been asked for; 0: it does not know of it
};

// From one of the sockets to the other.
struct Way {
  explicit Way(std::size_t most_bytes) : line(most_bytes) {}
  DelayLine line;
  bool all_read = false;       // its sender has closed; the end is in the line, or was told
  bool end_told = false;       // its receiver knows of it
  bool blocked = false;        // its receiver's kernel takes no more for the moment
  bool full = false;           // its sender has to wait
  bool short_of_rate = false;  // its first piece waits for the rate
};

struct Link {
  explicit Link(std::size_t most_bytes) : to_client(most_bytes), to_target(most_bytes) {
    client.link = target.link = this;
    target.side = Side::target;
  }
  Link(const Link&) = delete;
  Link& operator=(const Link&) = delete;

  [[nodiscard]] End& end(Side side) { return side == Side::client ? client : target; }
  [[nodiscard]] Way& way_to(Side side) { return side == Side::client ? to_client : to_target; }
  [[nodiscard]] std::int64_t held() const {
    return static_cast<std::int64_t>(to_client.line.bytes() + to_target.line.bytes());
  }

  End client, target;
  Way to_client, to_target;
  bool connecting = true;  // the target has not taken it yet
  bool half_open = false;  // the client's side is gone, and the target was not told
  bool lost = false;       // a side met a reset in a black hole, and the other was not told
  bool gone = false;       // both sockets are closed; it is forgotten at the end of the turn
};

}  // namespace bhsim::relay
