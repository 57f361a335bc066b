#include <sys/socket.h>

#include "framework/load/worker.hpp"

namespace bhsim::load {

// Over TLS a connection is one once the handshake is over: until then it counts as connecting, for
// the request that it may carry as for the wait, which is then woken by whatever comes.
void Worker::on_socket_open(Connection& c, Time now) {
  if (!c.tls) return on_connected(c, now);
  c.handshaking = true;
  c.tls->begin();
  if (c.tls->state() == TlsStream::State::failed) {
    return on_handshake_failed(c, c.tls->problem(), now);
  }
  send_output(c);
}

void Worker::send_encrypted(Connection& c, std::string_view plain) {
  if (!c.tls->say(plain)) return lose(c, Outcome::reset, c.tls->problem(), clock_.now());
  send_output(c);
}

// Of a handshake, a request, an answer to the peer's TLS, or all of them in one.
void Worker::send_output(Connection& c) {
  std::string& output = c.tls->output();
  if (output.empty()) return;
  send_bytes(c, output);
  output.clear();
}

// A response arrived when its last record did, and that is when the last bytes of it came: their
// stamp is the response's, as without TLS.
void Worker::on_encrypted(Connection& c, std::string_view data, Time arrived) {
  const std::size_t size = c.tls->take(data, *plain_);
  if (c.handshaking) {
    on_handshake_moved(c, size, clock_.now());
  } else if (size > 0) {
    on_bytes(c, {plain_->data(), size}, arrived);
  }
  if (c.state == Connection::State::closed) return;
  send_output(c);
  if (c.state == Connection::State::closed) return;
  if (c.tls->state() == TlsStream::State::ended) return on_end(c, arrived);
  if (c.tls->state() == TlsStream::State::failed) {
    lose(c, Outcome::reset, fmt::format("TLS: {}", c.tls->problem()), arrived);
  }
}

void Worker::on_handshake_moved(Connection& c, std::size_t unasked, Time now) {
  using State = TlsStream::State;
  const State state = c.tls->state();
  if (state == State::handshaking) return;
  if (state != State::open || unasked > 0) {
    send_output(c);  // an alert that tells the target why
    return on_handshake_failed(c,
                               state == State::failed  ? std::string_view(c.tls->problem())
                               : state == State::ended ? "the target closed the connection"
                                                       : "the target spoke without being asked",
                               now);
  }
  c.handshaking = false;
  ++totals_.tls.handshakes;
  if (c.tls->resumed()) ++totals_.tls.resumed;
  if (totals_.tls.protocol.empty()) totals_.tls.protocol = c.tls->protocol();
  on_connected(c, now);
}

// The target is there and no request can be sent to it: as one that takes no connections.
void Worker::on_handshake_failed(Connection& c, std::string_view why, Time now) {
  if (c.state == Connection::State::closed) return;
  ++totals_.tls.failed;
  compiled_.resolver->ask(now);
  const TlsOptions& options = *spec_.target.tls;
  refuse(c,
         fmt::format("TLS handshake with {} as \"{}\": {}", route_.tried(c.address).text,
                     options.server_name.empty() ? spec_.target.host : options.server_name, why),
         now);
}

// Says farewell when the peer is still in step: with part of a record unsent nothing can follow.
void Worker::hang_up(Connection& c) {
  c.handshaking = false;
  c.tls->end();
  std::string& farewell = c.tls->output();
  if (c.rest.empty() && !farewell.empty()) {
    ++second_->syscalls;
    ::send(c.fd.get(), farewell.data(), farewell.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  farewell.clear();
}

}  // namespace bhsim::load
