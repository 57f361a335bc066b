#pragma once
// One request of a client of its own, and what became of it on its socket: what an HTTP client
// hides and a fault of the network is made of.

#include <cstdint>
#include <optional>
#include <string>

#include "framework/base/clock.hpp"

namespace bhsim::faults {

struct Visit {
  enum class End { none, orderly, reset };
  bool connected = false;
  int status = 0;              // of the answer; 0: none came, or it is none of HTTP
  std::int64_t bytes = 0;      // of the answer
  std::optional<Nanos> first;  // from the request to the first of them
  std::optional<Nanos> last;   // and to the last
  End end = End::none;         // of the connection; none: not within the patience
  Nanos silent{};  // from the last byte, or else the request, to the end or to giving up
};

// Whether the application is asked to close the connection behind its answer.
enum class Farewell { asked_for, none };

// What an answer takes without a fault: the fastest of five visits in a row, each of which asks the
// application to close; one that got no answer ends them.
Visit fastest_visit(int port, const std::string& path, Nanos patience, const Clock& clock);

// GETs `path` (empty: "/") of a port of 127.0.0.1, and listens to the end of the connection, for so
// long in all.
Visit visit(int port, const std::string& path, Farewell farewell, Nanos patience,
            const Clock& clock);

}  // namespace bhsim::faults
