#pragma once
// One connection slot of a load thread. It lives as long as the run; its socket comes and goes.

#include <cstdint>
#include <memory>
#include <string>

#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"
#include "framework/load/captures.hpp"
#include "framework/load/http_parser.hpp"
#include "framework/load/request.hpp"
#include "framework/load/tls.hpp"

namespace bhsim::load {

// A request of the plan.
struct Planned {
  Time at;
  std::uint64_t number = 0;  // of the whole plan; its random values follow from it
  std::uint32_t operation = 0;
};

struct Connection {
  enum class State : std::uint8_t { closed, connecting, idle, busy };
  struct Links {
    Connection* previous = nullptr;
    Connection* next = nullptr;
    bool linked = false;
  };

  Connection(const WantedHeaders& wanted, ParserLimits limits) : parser(wanted, limits) {}

  UniqueFd fd;
  State state = State::closed;
  bool has_request = false;  // busy, or connecting on behalf of one
  bool is_sent = false;      // at least its first byte was handed to the kernel
  bool proven = false;       // this socket has brought a response before
  bool was_open = false;     // an earlier socket of this slot was connected
  bool wants_write = false;  // registered for writability
  bool handshaking = false;  // connecting, the socket stands and TLS does not yet
  std::uint32_t writer = 0;  // ledger writer, unique in the run
  std::uint32_t timeout_class = 0;
  std::uint32_t address = 0;  // Route::at() of the one connected to
  std::uint64_t route = 0;    // Route::generation() of it
  Planned request;
  RequestValues values;
  CapturedValues captured;  // of earlier responses, also of earlier sockets
  Time taken;               // when the connection took the request
  Time sent;
  Time deadline;
  Time free_since;   // when the last response arrived, or the socket was opened or lost
  std::string rest;  // of the request, what the kernel has not taken yet
  std::size_t rest_at = 0;
  ResponseParser parser;
  std::unique_ptr<TlsStream> tls;  // over TLS only, and then as long as the slot
  Links in_state;     // the list of its state: idle, closed, or connecting without a request
  Links in_deadline;  // the list of its timeout class, in order of deadline
};

// Doubly linked through a member, in order of arrival; a connection is in at most one list of each
// member.
template <Connection::Links Connection::*L>
class ConnectionList {
 public:
  [[nodiscard]] bool empty() const { return first_ == nullptr; }
  [[nodiscard]] Connection* front() const { return first_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  void push_back(Connection& c) {
    Connection::Links& links = c.*L;
    links = {last_, nullptr, true};
    (last_ == nullptr ? first_ : (last_->*L).next) = &c;
    last_ = &c;
    ++size_;
  }
  // Nothing happens to a connection that is in no list of this member.
  void remove(Connection& c) {
    Connection::Links& links = c.*L;
    if (!links.linked) return;
    (links.previous == nullptr ? first_ : (links.previous->*L).next) = links.next;
    (links.next == nullptr ? last_ : (links.next->*L).previous) = links.previous;
    links = {};
    --size_;
  }

 private:
  Connection* first_ = nullptr;
  Connection* last_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace bhsim::load
