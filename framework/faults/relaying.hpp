#pragma once
// What faults between clients and application share. Of this folder alone.

#include <memory>
#include <optional>
#include <string>

#include "framework/faults/kinds.hpp"
#include "framework/faults/visit.hpp"
#include "framework/relay/relay.hpp"

namespace bhsim::faults {

// As long clients go through the idle relay before its fault acts.
inline constexpr Nanos kTwin = std::chrono::seconds(3);
inline constexpr int kMostHalfOpen = 400;

// A relay in this process, between the clients of the load and the application's published port: at
// first idle, for the twin of the time in which it acts, and gone with the fault. The application
// itself, and whoever asks it directly, is left alone.
class RelayFault : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;
  // Starts it, on the way of nobody yet.
  Result<void> prepare(const Means& means) final;
  Result<void> apply(const Means& means) final;
  // By the relay's own counters, and by what a client of its own meets at the same time.
  Result<std::string> acted(const Means& means) final;
  // In another process there is no relay any more: it ended with the one that it was in.
  Result<void> undo(const Means& means) final;
  Result<std::string> healed(const Means& means) final;

 protected:
  // What there is to see while it acts.
  struct Evidence {
    Visit visit;
    Visit idle;  // the fastest one before, through the same relay
    relay::Counters counted;
  };
  // What there was while it was idle.
  struct Twin {
    Nanos length{};
    relay::Counters counted;
  };
  [[nodiscard]] virtual relay::Setting setting(const Twin& twin) const = 0;
  // As long a visit is listened to, and whether it is to end by itself.
  [[nodiscard]] virtual Nanos patience() const { return std::chrono::milliseconds(300); }
  [[nodiscard]] virtual Farewell farewell() const { return Farewell::asked_for; }
  // The proof in words. ErrorCode::conflict: it does not show.
  [[nodiscard]] virtual Result<std::string> shown(const Evidence& evidence) const = 0;

  // A parameter that is a count of milliseconds.
  [[nodiscard]] Nanos milliseconds(std::string_view parameter) const {
    return std::chrono::milliseconds(count(parameter));
  }

 private:
  // Until the application closes.
  [[nodiscard]] Visit go(const Means& means, int port) const;
  [[nodiscard]] Visit fastest(const Means& means, int port) const;
  [[nodiscard]] Result<std::string> gone(const Means& means) const;

  std::unique_ptr<relay::Relay> relay_;
  bool acts_ = false;
  Visit direct_, idle_;
  std::int64_t clients_ = 0;  // connections that had come through it before it acted
  std::optional<Time> undone_;
  std::optional<Visit> after_;
};

// Bytes a second, of the way that has more: on the other nothing needs to wait. 1 KB at least:
// slower, a single answer outlasts the fault. `length` is above 0.
std::int64_t share_of(const relay::Counters& counted, Nanos length, double share);

extern const FaultKind kRelayLatency, kRelayJitter, kRelayBandwidth, kReset, kBlackHole, kHalfOpen,
    kSlowClose;

}  // namespace bhsim::faults
