#include "framework/relay/relay.hpp"

#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "framework/relay/link.hpp"
#include "framework/relay/sockets.hpp"
#include "framework/relay/token_bucket.hpp"

namespace bhsim::relay {
namespace {

constexpr std::size_t kBuffer = 64U << 10U;
constexpr std::size_t kEvents = 64;
constexpr Nanos kListenAgain = std::chrono::milliseconds(100);
// What the rate lets pass at once after a rest: as much as it gives in 20 ms, and one packet at
// least.
constexpr std::int64_t kBurstsPerSecond = 50;
constexpr std::int64_t kLeastBurst = 1500;

std::optional<TokenBucket> bucket_of(const Setting& setting, Time now) {
  if (setting.bytes_per_s <= 0) return std::nullopt;
  return TokenBucket(setting.bytes_per_s,
                     std::max(kLeastBurst, setting.bytes_per_s / kBurstsPerSecond), now);
}

void hang_up(End& end) {
  end.fd.reset();
  end.watched = 0;
}

// Its peer meets a reset instead of an end.
void reset(End& end) {
  reset_on_close(end.fd);
  hang_up(end);
}

// What is of the moment stays, the rest begins anew.
Counters counted_anew(const Counters& before) {
  Counters counters;
  counters.open = counters.open_most = before.open;
  counters.held = counters.held_most = before.held;
  counters.half_open = before.half_open;
  return counters;
}

}  // namespace

// The thread. It holds the mutex while it works, and not while it waits.
class Relay::Loop {
 public:
  Loop(Sockets sockets, const Place& target, const Clock& clock, std::uint64_t seed,
       const Limits& limits)
      : sockets_(std::move(sockets)),
        target_(target),
        clock_(clock),
        limits_(limits),
        random_(seed),
        thread_([this] { run(); }) {}

  ~Loop() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    wake();
    thread_.join();
  }

  [[nodiscard]] int port() const { return sockets_.port; }

  void set(const Setting& setting) {
    {
      const std::lock_guard lock(mutex_);
      const Time now = clock_.now();
      setting_ = setting;
      counters_ = counted_anew(counters_);
      for (auto& bucket : buckets_) bucket = bucket_of(setting, now);
      for (auto& link : links_) take_over(*link, now);
      any_gone_ = true;
    }
    wake();
  }

  [[nodiscard]] Counters counters() const {
    const std::lock_guard lock(mutex_);
    return counters_;
  }

 private:
  void wake() {
    const std::uint64_t one = 1;
    // A counter that is full wakes as well.
    if (::write(sockets_.wake.get(), &one, sizeof one) < 0) return;
  }

  void run() {
    ::prctl(PR_SET_NAME, "bhsim-relay", 0UL, 0UL, 0UL);
    ::prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    std::unique_lock lock(mutex_);
    listen_again();
    add_to(sockets_.epoll, sockets_.wake);
    while (!stopped_) {
      auto next = serve();
      sweep();
      // For want of descriptors, of which others may have given some back.
      if (!listening_ && counters_.open < limits_.connections)
        next = std::min(next.value_or(Time::max()), clock_.now() + kListenAgain);
      lock.unlock();
      const int ready = wait(next);
      lock.lock();
      for (int i = 0; i < ready; ++i) on_event(events_[static_cast<std::size_t>(i)]);
      sweep();
      if (!listening_ && counters_.open < limits_.connections) listen_again();
    }
  }

  int wait(std::optional<Time> next) {
    if (!next) return ::epoll_wait(sockets_.epoll.get(), events_.data(), kEvents, -1);
    const Nanos left = std::max(Nanos(0), *next - clock_.now());
    const timespec ts{left.count() / kSecond.count(), left.count() % kSecond.count()};
    const int ready = ::epoll_pwait2(sockets_.epoll.get(), events_.data(), kEvents, &ts, nullptr);
    if (ready >= 0 || errno != ENOSYS) return ready;
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left);  // kernels before 5.11
    return ::epoll_wait(sockets_.epoll.get(), events_.data(), kEvents,
                        static_cast<int>(ms.count()));
  }

  // --- what comes

  void on_event(const epoll_event& event) {
    if (event.data.ptr == &sockets_.wake) {
      std::uint64_t times = 0;
      if (::read(sockets_.wake.get(), &times, sizeof times) < 0) return;
    } else if (event.data.ptr == &sockets_.listener) {
      accept_all();
    } else {
      on_event(*static_cast<End*>(event.data.ptr), event.events);
    }
  }

  // An end may have been closed since epoll told of it; it is still there until the turn is over.
  void on_event(End& end, std::uint32_t events) {
    if (!end.fd.valid()) return;
    Link& link = *end.link;
    if (link.connecting && end.side == Side::target) {
      on_connected(link);
    } else {
      if ((events & EPOLLOUT) != 0) {
        link.way_to(end.side).blocked = false;
        pass_on(link, end.side);
      }
      if (end.fd.valid() && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0) read(link, end.side);
    }
    watch(link);
  }

  void accept_all() {
    while (counters_.open < limits_.connections) {
      UniqueFd fd = accept_from(sockets_.listener);
      if (fd.valid()) {
        begin(std::move(fd));
      } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        break;
      } else if (errno != ECONNABORTED && errno != EINTR) {
        return;
      }
    }
    ++counters_.full;
    listening_ = false;
    ::epoll_ctl(sockets_.epoll.get(), EPOLL_CTL_DEL, sockets_.listener.get(), nullptr);
  }

  void listen_again() { listening_ = add_to(sockets_.epoll, sockets_.listener); }

  void begin(UniqueFd client) {
    Link& link = *links_.emplace_back(std::make_unique<Link>(limits_.bytes_each_way));
    link.client.fd = std::move(client);
    link.target.fd = connect_to(target_);
    ++counters_.accepted;
    counters_.open_most = std::max(counters_.open_most, ++counters_.open);
    if (!link.target.fd.valid()) return unreached(link);
    watch(link);
  }

  void on_connected(Link& link) {
    if (error_of(link.target.fd) != 0) return unreached(link);
    link.connecting = false;
    pass_on(link, Side::target);
  }

  // The client meets what it would have met without the relay, only a little later.
  void unreached(Link& link) {
    ++counters_.unreached;
    reset(link.client);
    drop(link);
  }

  void read(Link& link, Side from) {
    if (link.half_open) return hear_half_open(link);
    Way& way = link.way_to(opposite(from));
    const auto room = std::min(way.line.room(), kBuffer);
    // Nothing was asked for that could be read: it is an error.
    if (way.all_read || room == 0) return lost(link, from);
    const auto n = ::recv(link.end(from).fd.get(), buffer_.data(), room, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n < 0) return lost(link, from);
    const Time now = clock_.now();
    if (n == 0) {
      way.all_read = true;
      way.line.put_end(now, setting_.delay + setting_.end_delay);
    } else if (from == Side::target && strikes()) {
      return strike(link);
    } else {
      way.line.put({buffer_.data(), static_cast<std::size_t>(n)}, now, draw_delay());
      counters_.held += n;
      counters_.held_most = std::max(counters_.held_most, counters_.held);
    }
    pass_on(link, opposite(from));
  }

  // What the target says is lost; that it closes is not.
  void hear_half_open(Link& link) {
    const auto n = ::recv(link.target.fd.get(), buffer_.data(), kBuffer, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) drop(link);
  }

  // A side met a reset, and so does the other; of one in a black hole it learns afterwards.
  void lost(Link& link, Side side) {
    hang_up(link.end(side));
    End& other = link.end(opposite(side));
    if (setting_.trouble == Trouble::black_hole && other.fd.valid()) {
      link.lost = true;
      return;
    }
    reset(other);
    drop(link);
  }

  // --- what is done to it

  Nanos draw_delay() {
    const auto spread = static_cast<std::uint64_t>(setting_.spread.count());
    return setting_.delay + Nanos(static_cast<std::int64_t>(random_() % (spread + 1)));
  }

  [[nodiscard]] bool strikes() const {
    return setting_.trouble == Trouble::reset || setting_.trouble == Trouble::half_open;
  }

  void strike(Link& link) {
    reset(link.client);
    if (setting_.trouble == Trouble::half_open && counters_.half_open < setting_.most_half_open) {
      ++counters_.half_opened;
      ++counters_.half_open;
      link.half_open = true;
      counters_.held -= link.held();
      link.to_client = link.to_target = Way(limits_.bytes_each_way);
      return;
    }
    ++counters_.resets;
    reset(link.target);
    drop(link);
  }

  // A setting begins: what was done for the one before is over.
  void take_over(Link& link, Time now) {
    if (link.gone) return;
    link.to_client.line.hurry(now);
    link.to_target.line.hurry(now);
    if (link.half_open && setting_.trouble != Trouble::half_open) return drop(link);
    if (!link.lost || setting_.trouble == Trouble::black_hole) return;
    reset(link.client);
    reset(link.target);
    drop(link);
  }

  // --- what leaves

  [[nodiscard]] bool may_pass(Link& link, Side to) const {
    return setting_.trouble != Trouble::black_hole && !link.gone && !link.connecting &&
           !link.half_open && link.end(to).fd.valid() && !link.way_to(to).line.empty();
  }

  void pass_on(Link& link, Side to) {
    if (!may_pass(link, to)) return;
    Way& way = link.way_to(to);
    auto& bucket = bucket_to(to);
    const Time now = clock_.now();
    while (!way.blocked) {
      const auto piece = way.line.front(now);
      if (piece.empty()) break;
      const auto portion = portion_of(piece, bucket);
      if (bucket && !bucket->take(static_cast<std::int64_t>(portion), now)) {
        way.short_of_rate = true;
        break;
      }
      const auto n =
          ::send(link.end(to).fd.get(), piece.data(), portion, MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n < 0 && errno != EAGAIN && errno != EINTR) return lost(link, to);
      const auto sent = static_cast<std::size_t>(std::max<ssize_t>(n, 0));
      way.blocked = sent < portion;
      if (bucket) bucket->give_back(static_cast<std::int64_t>(portion - sent));
      if (sent > 0) left(way, to, sent, now);
    }
    if (const auto stay = way.line.take_end(now)) tell_end(link, to, *stay, now);
  }

  static std::size_t portion_of(std::string_view piece, const std::optional<TokenBucket>& bucket) {
    return bucket ? std::min(piece.size(), static_cast<std::size_t>(bucket->most())) : piece.size();
  }

  void left(Way& way, Side to, std::size_t bytes, Time now) {
    const auto count = static_cast<std::int64_t>(bytes);
    counters_.held -= count;
    (to == Side::client ? counters_.bytes_to_client : counters_.bytes_to_target) += count;
    const auto stay = way.line.take(bytes);
    if (!stay) return;
    if (way.short_of_rate) ++counters_.throttled;
    if (way.short_of_rate || stay->due > stay->came) counters_.holding.record(now - stay->came);
    way.short_of_rate = false;
  }

  void tell_end(Link& link, Side to, const DelayLine::Stay& stay, Time now) {
    if (stay.due > stay.came) counters_.late_ends.record(now - stay.came);
    ::shutdown(link.end(to).fd.get(), SHUT_WR);
    link.way_to(to).end_told = true;
    for (const Side side : {Side::client, Side::target})
      if (link.way_to(side).end_told && link.way_to(opposite(side)).all_read)
        hang_up(link.end(side));
    if (!link.client.fd.valid() && !link.target.fd.valid()) drop(link);
  }

  std::optional<TokenBucket>& bucket_to(Side side) {
    return buckets_[static_cast<std::size_t>(side)];
  }

  // When a way is to be looked at again; nothing when an event will tell.
  std::optional<Time> next_look(Link& link, Side to) {
    const Way& way = link.way_to(to);
    if (way.blocked || !may_pass(link, to)) return std::nullopt;
    const auto due = way.line.due();
    const auto& bucket = bucket_to(to);
    if (!due || !bucket || !way.short_of_rate) return due;
    const auto portion = portion_of(way.line.front(*due), bucket);
    return std::max(*due, bucket->when(static_cast<std::int64_t>(portion)));
  }

  // Passes on all that may leave, beginning with another connection each time, so that a rate is
  // shared. When something may leave next.
  std::optional<Time> serve() {
    std::optional<Time> next;
    ++first_;
    for (std::size_t i = 0; i < links_.size(); ++i) {
      Link& link = *links_[(first_ + i) % links_.size()];
      for (const Side side : {Side::client, Side::target}) {
        pass_on(link, side);
        if (const auto look = next_look(link, side)) next = std::min(next.value_or(*look), *look);
      }
      watch(link);
    }
    return next;
  }

  // --- sockets

  void watch(Link& link) {
    if (link.gone) return;
    for (const Side side : {Side::client, Side::target}) watch(link.end(side), wanted(link, side));
  }

  std::uint32_t wanted(Link& link, Side side) {
    if (link.half_open) return EPOLLIN;
    if (link.connecting && side == Side::target) return EPOLLOUT;
    Way& from = link.way_to(opposite(side));
    const bool full = from.line.room() == 0;
    if (full && !from.full) ++counters_.stalls;
    from.full = full;
    const std::uint32_t in = !from.all_read && !full ? std::uint32_t{EPOLLIN} : 0;
    const std::uint32_t out = link.way_to(side).blocked ? std::uint32_t{EPOLLOUT} : 0;
    return in | out;
  }

  // What nothing is wanted of is taken out: epoll would go on telling that its peer has hung up.
  void watch(End& end, std::uint32_t events) {
    if (!end.fd.valid() || end.watched == events) return;
    epoll_event event{};
    event.events = events;
    event.data.ptr = &end;
    const int operation = events == 0        ? EPOLL_CTL_DEL
                          : end.watched == 0 ? EPOLL_CTL_ADD
                                             : EPOLL_CTL_MOD;
    ::epoll_ctl(sockets_.epoll.get(), operation, end.fd.get(), &event);
    end.watched = events;
  }

  void drop(Link& link) {
    if (link.gone) return;
    link.gone = any_gone_ = true;
    hang_up(link.client);
    hang_up(link.target);
    counters_.held -= link.held();
    --counters_.open;
    if (link.half_open) --counters_.half_open;
  }

  void sweep() {
    if (!std::exchange(any_gone_, false)) return;
    std::erase_if(links_, [](const auto& link) { return link->gone; });
  }

  Sockets sockets_;
  const Place target_;
  const Clock& clock_;
  const Limits limits_;

  mutable std::mutex mutex_;  // of everything below but the buffers
  bool stopped_ = false;
  bool listening_ = false;
  bool any_gone_ = false;
  Setting setting_;
  Counters counters_;
  std::array<std::optional<TokenBucket>, 2> buckets_;  // by the side that the bytes go to
  std::vector<std::unique_ptr<Link>> links_;
  std::size_t first_ = 0;
  std::mt19937_64 random_;  // whose numbers the language fixes

  std::array<epoll_event, kEvents> events_{};  // of the thread alone
  std::array<char, kBuffer> buffer_{};
  std::thread thread_;  // last: it works with all of the above
};

Relay::Relay(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
Relay::~Relay() = default;

Result<std::unique_ptr<Relay>> Relay::start(const Place& target, const Clock& clock,
                                            std::uint64_t seed, const Limits& limits,
                                            const Place& listen) {
  BHSIM_ASSIGN(auto sockets, open_sockets(listen));
  allow_descriptors(limits.connections);
  return std::unique_ptr<Relay>(
      new Relay(std::make_unique<Loop>(std::move(sockets), target, clock, seed, limits)));
}

int Relay::port() const { return loop_->port(); }
void Relay::set(const Setting& setting) { loop_->set(setting); }
Counters Relay::counters() const { return loop_->counters(); }

}  // namespace bhsim::relay
