#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "framework/load/worker.hpp"

namespace bhsim::load {
namespace {

constexpr int kMostRounds = 64;  // of ready events in one turn
constexpr std::uint64_t kLargeBody = 48U << 10U;

std::int64_t stamp_of(msghdr& message) {
  for (cmsghdr* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec ts{};
    std::memcpy(&ts, CMSG_DATA(c), sizeof ts);
    return static_cast<std::int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
  }
  return 0;
}

}  // namespace

// --- taking a connection

Worker::Take Worker::take(const Planned& planned, Time now) {
  if (Connection* c = idle_.front(); c != nullptr) {
    idle_.remove(*c);
    c->state = Connection::State::busy;
    begin_request(*c, planned, is_closed_loop() ? planned.at : clock_.now());
    send_request(*c);
    return Take::taken;
  }
  if (Connection* c = closed_.front(); c != nullptr) {
    if (now < refused_until_) {
      end_unsent(planned, Outcome::refused, now, refused_why_);
      return Take::failed;
    }
    closed_.remove(*c);
    begin_request(*c, planned, now);
    start_connect(*c, now);
    return Take::taken;
  }
  if (Connection* c = connecting_.front(); c != nullptr) {
    connecting_.remove(*c);
    begin_request(*c, planned, now);
    return Take::taken;
  }
  return Take::none;
}

void Worker::begin_request(Connection& c, const Planned& planned, Time now) {
  c.request = planned;
  substitute(c);
  const CompiledOperation& op = compiled_.operations[c.request.operation];
  c.has_request = true;
  c.is_sent = false;
  c.taken = c.sent = now;
  c.deadline = now + op.timeout;
  deadlines_[c.timeout_class].remove(c);
  c.timeout_class = op.timeout_class;
  deadlines_[c.timeout_class].push_back(c);
  ++in_flight_;
  const Nanos lag = now - std::max(planned.at, c.free_since);
  second_->lag.record(lag);
  ++second_->sent;
  if (lag > spec_.limits.late_after) ++second_->late;
  if (c.free_since > planned.at) ++totals_of(c.request).blocked;
}

void Worker::release(Connection& c, Time since) {
  c.state = Connection::State::idle;
  c.free_since = since;
  idle_.push_back(c);
  if (c.route < route_.ordered()) close(c, since);
}

// --- connecting

void Worker::start_connect(Connection& c, Time now) {
  c.state = Connection::State::connecting;
  ++connecting_count_;
  c.proven = false;
  if (!c.has_request) {
    connecting_.push_back(c);
    deadlines_[c.timeout_class].remove(c);
    c.timeout_class = 0;
    c.deadline = now + compiled_.timeouts[0];
    deadlines_[0].push_back(c);
  }
  route_.renew();
  connect_socket(c, now);
}

void Worker::connect_socket(Connection& c, Time now) {
  const Address& address = route_.address();
  c.address = route_.at();
  c.route = route_.generation();
  ++second_->syscalls;
  c.fd = UniqueFd(::socket(address.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!c.fd.valid()) return fail_connect_locally(c, "socket", now);
  const int on = 1;
  setsockopt(c.fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (stamped_) setsockopt(c.fd.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  second_->syscalls += 4;
  const auto* target = reinterpret_cast<const sockaddr*>(&address.storage);
  if (::connect(c.fd.get(), target, address.length) == 0) {
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
    on_socket_open(c, clock_.now());
    return;
  }
  if (errno == EADDRNOTAVAIL || errno == EAGAIN) return fail_connect_locally(c, "connect", now);
  if (errno != EINPROGRESS) return on_connect_failed(c, errno, now);
  watch(c, EPOLL_CTL_ADD, EPOLLOUT);
}

void Worker::on_connected(Connection& c, Time now) {
  --connecting_count_;
  ++open_count_;
  if (c.was_open) ++second_->reconnects;
  c.was_open = true;
  refused_pause_ = Nanos(0);
  refused_until_ = Time{};
  route_.reached();
  if (c.has_request) {
    c.state = Connection::State::busy;
    c.sent = now;
    send_request(c);
    return;
  }
  connecting_.remove(c);
  deadlines_[c.timeout_class].remove(c);
  release(c, now);
}

void Worker::on_connect_failed(Connection& c, int error, Time now) {
  std::string why = fmt::format("connect to {}: {}", route_.address().text, std::strerror(error));
  if (route_.move_on(c.address, now)) return connect_socket(c, now);
  refuse(c, std::move(why), now);
}

void Worker::refuse(Connection& c, std::string why, Time now) {
  refused_pause_ = std::clamp(refused_pause_ * 2, Nanos(1'000'000), kMostRefusedPause);
  refused_until_ = now + refused_pause_;
  refused_why_ = std::move(why);
  if (c.has_request) finish(c, Outcome::refused, now, refused_why_);
  close(c, now);
}

// This machine has no socket or port left: not the target's doing, so nothing is learnt about it.
void Worker::fail_connect_locally(Connection& c, std::string_view what, Time now) {
  const int error = errno;
  if (route_.move_on(c.address, now)) return connect_socket(c, now);
  ++totals_.out_of_descriptors;
  pause_eager(now);
  if (c.has_request)
    finish(c, Outcome::unsent, now, fmt::format("{}: {}", what, std::strerror(error)));
  close(c, now);
}

void Worker::pause_eager(Time now) {
  eager_pause_ = std::clamp(eager_pause_ * 2, Nanos(1'000'000), kMostEagerPause);
  eager_after_ = now + eager_pause_;
}

void Worker::reconnect(Time now) {
  for (std::size_t left = closed_.size(); left > 0; --left) {
    if (now < refused_until_ || now < eager_after_ || connecting_count_ >= kMostConnecting) return;
    Connection& c = *closed_.front();
    closed_.remove(c);
    start_connect(c, now);
  }
}

// Another way to the target was ordered: who is free takes it now, the others with their response.
void Worker::follow_route(Time now) {
  const std::uint64_t ordered = route_.ordered();
  if (ordered == followed_) return;
  followed_ = ordered;
  for (auto& c : connections_)
    if (c->state == Connection::State::idle && c->route < ordered) close(*c, now);
}

void Worker::close(Connection& c, Time now) {
  using State = Connection::State;
  if (c.state == State::closed) return;
  if (c.tls) hang_up(c);
  if (c.state == State::connecting) {
    --connecting_count_;
    connecting_.remove(c);
  } else {
    --open_count_;
    if (!c.proven) pause_eager(now);
  }
  if (c.state == State::idle) idle_.remove(c);
  if (c.wants_write) --writing_count_;
  c.wants_write = false;
  deadlines_[c.timeout_class].remove(c);
  c.rest.clear();
  c.rest_at = 0;
  ++second_->syscalls;
  c.fd.reset();
  c.state = State::closed;
  c.free_since = now;
  closed_.push_back(c);
}

void Worker::lose(Connection& c, Outcome outcome, std::string_view why, Time now) {
  if (c.handshaking) return on_handshake_failed(c, why, now);
  if (c.has_request) finish(c, outcome, now, why);
  close(c, now);
}

void Worker::watch(Connection& c, int operation, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &c;
  ++second_->syscalls;
  epoll_ctl(epoll_.get(), operation, c.fd.get(), &event);
}

// --- sending

void Worker::send_request(Connection& c) {
  const CompiledOperation& op = compiled_.operations[c.request.operation];
  c.values = {};
  c.values.random_seed =
      Random::mix(spec_.seed ^ 0x76616c756573ULL) ^ Random::mix(c.request.number);
  c.values.number = c.request.number;
  c.values.captured = &c.captured;
  if (op.ledger == LedgerRole::write) {
    c.values.writer = c.writer;
    c.values.sequence = ledger_.begin(c.writer);
  } else if (op.ledger == LedgerRole::read) {
    Random random(c.values.random_seed);
    const auto reference = ledger_.pick_acknowledged(random);
    if (reference) {
      c.values.writer = reference->writer;
      c.values.sequence = reference->sequence;
    }
  }
  if (c.values.sequence != 0) {
    c.values.record =
        ledger_record(spec_.seed, c.values.writer, c.values.sequence, spec_.skus.size());
  }
  op.request.render(c.values, spec_.skus, scratch_, out_);
  c.parser.begin(
      op.request.is_head() ? ResponseParser::Method::head : ResponseParser::Method::other,
      op.expectation.body());
  c.is_sent = true;
  if (c.tls) return send_encrypted(c, out_);
  send_bytes(c, out_);
}

// What the kernel does not take now follows when it does.
void Worker::send_bytes(Connection& c, std::string_view bytes) {
  if (c.wants_write) {
    c.rest.append(bytes);
    return;
  }
  ++second_->syscalls;
  const ssize_t n = ::send(c.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n == static_cast<ssize_t>(bytes.size())) return;
  if (n < 0 && errno != EAGAIN && errno != EINTR) {
    lose(c, Outcome::reset, std::strerror(errno), clock_.now());
    return;
  }
  c.rest.assign(bytes.substr(static_cast<std::size_t>(std::max<ssize_t>(n, 0))));
  c.rest_at = 0;
  c.wants_write = true;
  ++writing_count_;
  watch(c, EPOLL_CTL_MOD, EPOLLIN | EPOLLOUT);
}

void Worker::send_rest(Connection& c) {
  ++second_->syscalls;
  const ssize_t n = ::send(c.fd.get(), c.rest.data() + c.rest_at, c.rest.size() - c.rest_at,
                           MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n < 0) {
    if (errno != EAGAIN && errno != EINTR)
      lose(c, Outcome::reset, std::strerror(errno), clock_.now());
    return;
  }
  c.rest_at += static_cast<std::size_t>(n);
  if (c.rest_at < c.rest.size()) return;
  c.rest.clear();
  c.rest_at = 0;
  c.wants_write = false;
  --writing_count_;
  watch(c, EPOLL_CTL_MOD, EPOLLIN);
}

// --- receiving

int Worker::wait_for_events(Nanos at_most) {
  ++second_->syscalls;
  if (at_most == Nanos(0)) return epoll_wait(epoll_.get(), events_.data(), kEvents, 0);
  const timespec ts{at_most.count() / 1'000'000'000, at_most.count() % 1'000'000'000};
  const int n = epoll_pwait2(epoll_.get(), events_.data(), kEvents, &ts, nullptr);
  if (n >= 0 || errno != ENOSYS) return n;
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(at_most);  // kernels before 5.11
  return epoll_wait(epoll_.get(), events_.data(), kEvents, static_cast<int>(ms.count()));
}

void Worker::collect(Nanos at_most) {
  for (int round = 0; round < kMostRounds; ++round) {
    const int n = wait_for_events(round == 0 ? at_most : Nanos(0));
    for (int i = 0; i < n; ++i) {
      const epoll_event& event = events_[static_cast<std::size_t>(i)];
      on_event(*static_cast<Connection*>(event.data.ptr), event.events);
    }
    if (n < static_cast<int>(kEvents)) return;
  }
}

void Worker::on_event(Connection& c, std::uint32_t events) {
  using State = Connection::State;
  if (c.state == State::closed) return;
  if (c.state == State::connecting && !c.handshaking) {
    int error = 0;
    socklen_t length = sizeof error;
    ++second_->syscalls;
    getsockopt(c.fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    const Time now = clock_.now();
    if (error != 0) return on_connect_failed(c, error, now);
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
    return on_socket_open(c, now);
  }
  if ((events & EPOLLOUT) != 0 && c.wants_write) send_rest(c);
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0 && c.state != State::closed) receive(c);
}

ssize_t Worker::receive_some(Connection& c, Time& arrived) {
  ++second_->syscalls;
  if (!stamped_ || c.handshaking) {
    const ssize_t n = ::recv(c.fd.get(), buffer_->data(), buffer_->size(), MSG_DONTWAIT);
    arrived = clock_.now();
    return n;
  }
  alignas(cmsghdr) std::array<char, 128> control;
  iovec part{buffer_->data(), buffer_->size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const ssize_t n = ::recvmsg(c.fd.get(), &message, MSG_DONTWAIT);
  arrived = n > 0 ? arrival_time(stamp_of(message), c.sent) : clock_.now();
  return n;
}

// The kernel stamps in wall time. A stamp outside [not_before, now] means that the wall clock was
// set since the offset was sampled; if that does not explain it, or there is no stamp, the time of
// reading counts.
Time Worker::arrival_time(std::int64_t wall_ns, Time not_before) {
  const Time now = clock_.now();
  if (wall_ns != 0) {
    for (int attempt = 0; attempt < 2; ++attempt) {
      const Time at = time_from_ns(wall_ns) - wall_offset_;
      if (at >= not_before && at <= now) {
        ++totals_.stamps;
        return at;
      }
      sample_wall_offset();
    }
  }
  ++totals_.unstamped;
  return now;
}

// The narrowest of three looks: the offset is known to within half of it, some 20 ns.
void Worker::sample_wall_offset() {
  Nanos narrowest = std::chrono::hours(1);
  for (int i = 0; i < 3; ++i) {
    const Time before = clock_.now();
    const WallTime wall = clock_.wall();
    const Time after = clock_.now();
    if (after - before >= narrowest) continue;
    narrowest = after - before;
    wall_offset_ = wall.time_since_epoch() - (before.time_since_epoch() + narrowest / 2);
  }
}

void Worker::receive(Connection& c) {
  for (int round = 0; round < kMostRounds; ++round) {
    Time arrived;
    const ssize_t n = receive_some(c, arrived);
    if (n < 0) {
      const int error = errno;
      if (error != EAGAIN && error != EINTR) lose(c, Outcome::reset, std::strerror(error), arrived);
      return;
    }
    if (n == 0) return on_end(c, arrived);
    const std::string_view data(buffer_->data(), static_cast<std::size_t>(n));
    if (c.tls) {
      on_encrypted(c, data, arrived);
    } else {
      on_bytes(c, data, arrived);
    }
    if (c.state != Connection::State::busy || static_cast<std::size_t>(n) < buffer_->size()) return;
  }
}

void Worker::on_bytes(Connection& c, std::string_view data, Time arrived) {
  if (!c.has_request) return close(c, arrived);  // bytes that nobody asked for
  const ResponseParser::Status status = c.parser.feed(data);
  if (c.parser.body_bytes() > kLargeBody) large_responses_ = true;
  if (status == ResponseParser::Status::incomplete) return;
  if (status == ResponseParser::Status::failed) {
    return lose(c, Outcome::bad_body, c.parser.problem(), arrived);
  }
  c.proven = true;
  const bool reusable =
      c.parser.keep_alive() && c.parser.consumed() == data.size() && !c.wants_write;
  complete(c, arrived);
  if (c.state != Connection::State::busy) return;
  if (!reusable) return close(c, arrived);
  release(c, arrived);
}

void Worker::on_end(Connection& c, Time arrived) {
  if (c.handshaking) return on_handshake_failed(c, "the target closed the connection", arrived);
  if (!c.has_request) return close(c, arrived);
  // Over TLS only a farewell tells the end of a response from its being cut off.
  const bool may_end = !c.tls || c.tls->state() == TlsStream::State::ended;
  if (may_end && c.parser.feed_end() == ResponseParser::Status::done) {
    c.proven = true;
    complete(c, arrived);
    return close(c, arrived);
  }
  lose(c, Outcome::reset,
       !c.parser.begun() ? "the connection was closed without a response"
       : may_end         ? "the connection was closed inside the response"
                         : "the connection was cut inside the response, without close_notify",
       arrived);
}

}  // namespace bhsim::load
