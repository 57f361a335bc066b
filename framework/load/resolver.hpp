#pragma once
// The addresses of the target while a run lasts: looked up at the start, and again when a load
// thread cannot connect. Looking up blocks, so it happens on a thread of its own.

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/load/address.hpp"

namespace bhsim::load {

class Resolver {
 public:
  static constexpr Nanos kLeastGap = kSecond;  // between two look-ups
  using LookUpAgain = std::function<Result<std::vector<Address>>()>;

  // `first` is not empty. `again` gives allowed addresses only; without it (a numeric host) they
  // stay and there is no thread.
  explicit Resolver(std::vector<Address> first, LookUpAgain again = {});
  // Does not wait for a look-up under way: its thread ends by itself.
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  // Everything below from any thread.

  // Wants a look-up. False, and none is made, when one was wanted less than kLeastGap ago.
  bool ask(Time now);
  // From now on these, whatever was found before: connections by others are to be left (Route). Not
  // empty, and not for a name, whose next look-up would find the others again.
  void lead(std::vector<Address> addresses);
  // The generation that was ordered so last; 0: none was.
  [[nodiscard]] std::uint64_t ordered() const;
  // Replaces `addresses` when there are others than those of `generation`, and says so. A new user
  // begins with generation 0.
  bool renew(std::vector<Address>& addresses, std::uint64_t& generation) const;
  // One sentence on the look-ups made since the start; empty when there was none.
  [[nodiscard]] std::string note() const;

 private:
  struct State;
  static void work(State& state, const LookUpAgain& again);

  std::shared_ptr<State> state_;  // the thread may outlive us inside a look-up
  std::atomic<std::int64_t> not_before_ns_{0};
  std::thread thread_;
};

// One load thread's way to the target: which of the addresses is connected to. A name may have
// several (localhost is often ::1 and 127.0.0.1, and the target listens on one of them), so each is
// tried once before the target counts as one that refuses.
class Route {
 public:
  explicit Route(Resolver& resolver);

  // Takes over what the resolver has found meanwhile; before a connection is made.
  void renew();
  [[nodiscard]] const Address& address() const { return addresses_[at_]; }
  // Of address(); a renewal may give the number to another one.
  [[nodiscard]] std::uint32_t at() const { return at_; }
  // Of the addresses, as the resolver counts them.
  [[nodiscard]] std::uint64_t generation() const { return generation_; }
  // Connections by addresses of an earlier generation are to be left as soon as they are free.
  [[nodiscard]] std::uint64_t ordered() const { return resolver_.ordered(); }
  [[nodiscard]] const Address& tried(std::uint32_t at) const {
    return addresses_[std::min<std::size_t>(at, addresses_.size() - 1)];
  }
  // A connection stands.
  void reached();
  // A connection to the address that was `at` could not be made. True: another address is worth a
  // try at once.
  bool move_on(std::uint32_t at, Time now);

 private:
  void start_over();

  Resolver& resolver_;
  std::vector<Address> addresses_;
  std::uint64_t generation_ = 0;
  std::uint32_t at_ = 0;
  std::size_t untried_ = 0;
};

}  // namespace bhsim::load
