#include "framework/faults/relaying.hpp"

#include "framework/base/units.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kVisitPatience = 2s;
// Clients that have not left the relay so long after its fault, and an application that keeps what
// its peer has closed, are not waited for.
constexpr Nanos kLeave = 3s;
constexpr int kOwnVisits = 16;

// What of the effect is not the fault's but the relay's.
std::string own_limits(const relay::Counters& counted) {
  std::string told;
  if (counted.full > 0) told += fmt::format("; it was full {} times", counted.full);
  if (counted.stalls > 0)
    told += fmt::format("; {} times a sender had to wait for room in it", counted.stalls);
  if (counted.unreached > 0)
    told += fmt::format("; {} connections did not reach the application", counted.unreached);
  return told;
}

std::string took(const Visit& visit) {
  return visit.first ? format_duration(*visit.first) : std::string("no answer");
}

}  // namespace

Visit RelayFault::go(const Means& means, int port) const {
  return visit(port, spec().probe_path, Farewell::asked_for, kVisitPatience, means.clock);
}

Visit RelayFault::fastest(const Means& means, int port) const {
  return fastest_visit(port, spec().probe_path, kVisitPatience, means.clock);
}

Result<void> RelayFault::prepare(const Means& means) {
  BHSIM_TRY(ContainerFault::prepare(means));
  direct_ = fastest(means, spec().port);
  if (!direct_.first)
    return fail(ErrorCode::conflict,
                "nobody answers on port {}: what happens on the way there cannot be seen",
                spec().port);
  // Nobody has to wait for a place in it.
  const relay::Limits limits{.connections = means.clients.connections + kMostHalfOpen + kOwnVisits};
  BHSIM_ASSIGN(relay_, relay::Relay::start({.port = spec().port}, means.clock,
                                           static_cast<std::uint64_t>(spec().id), limits));
  note("relay", relay_->port());
  return {};
}

Result<void> RelayFault::apply(const Means& means) {
  BHSIM_TRY(means.clients.lead(relay_->port()));
  const Time from = means.clock.now();
  means.clock.sleep_until(from + kTwin);
  const Twin twin{.length = means.clock.now() - from, .counted = relay_->counters()};
  clients_ = twin.counted.accepted;
  idle_ = fastest(means, relay_->port());
  means.clients.twin(spec(), from, means.clock.now());
  if (!idle_.first) return fail(ErrorCode::conflict, "nobody answers through the idle relay");
  if (means.clients.connections > 0 && clients_ == 0)
    return fail(ErrorCode::conflict, "no connection of the load has come through the relay");
  relay_->set(setting(twin));
  acts_ = true;
  return {};
}

Result<std::string> RelayFault::acted(const Means& means) {
  if (!acts_) return fail(ErrorCode::conflict, "the relay was not told to do anything");
  Evidence evidence{.idle = idle_};
  evidence.visit = visit(relay_->port(), spec().probe_path, farewell(), patience(), means.clock);
  evidence.counted = relay_->counters();
  if (!evidence.visit.connected) return fail(ErrorCode::conflict, "the relay takes no connection");
  BHSIM_ASSIGN(const auto proof, shown(evidence));
  return fmt::format(
      "{}; before, an answer took {} through the idle relay, {} without it, and {} connections had "
      "come through it{}",
      proof, took(idle_), took(direct_), clients_, own_limits(evidence.counted));
}

Result<void> RelayFault::undo(const Means& means) {
  if (!undone_) undone_ = means.clock.now();
  if (relay_ != nullptr) relay_->set({});
  return means.clients.lead(0);
}

// Whether anybody answers is told, and asked of nobody: that is the application's affair.
Result<std::string> RelayFault::healed(const Means& means) {
  if (relay_ == nullptr) return gone(means);
  if (!after_) after_ = go(means, relay_->port());
  const auto open = relay_->counters().open;
  if (open > 0 && means.clock.now() < undone_.value_or(means.clock.now()) + kLeave)
    return fail(ErrorCode::conflict, "{} connections are still in the relay", open);
  relay_.reset();
  BHSIM_ASSIGN(const auto proof, gone(means));
  return fmt::format("{}; idle again, an answer took {} through it", proof, took(*after_));
}

Result<std::string> RelayFault::gone(const Means& means) const {
  const auto port = static_cast<int>(noted_number("relay"));
  if (port != 0 && go(means, port).connected)
    return fail(ErrorCode::conflict, "its port {} still takes connections", port);
  return std::string("the relay is gone, and its port takes no connection");
}

}  // namespace bhsim::faults
