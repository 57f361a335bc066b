// Clients on their way through the relay: what it does is what they see, for as long as they go
// through it.

#include "framework/relay/relay.hpp"
#include "run_support.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Detour {
  relay::Counters counted;  // just before the setting went
  Told told;
};

// Straight to the target, through the idle relay, through the relay with a setting until `seen` of
// what it has counted, and straight again.
Detour detour(const relay::Setting& setting, Nanos timeout,
              const std::function<bool(const relay::Counters&)>& seen) {
  Detour detour;
  TestServer target(answering(response(200, "x")));
  auto relay = relay::Relay::start({.port = target.port()}, system_clock(), 1);
  EXPECT_TRUE(relay) << relay.error().message;
  if (!relay) return detour;
  enum class Step { straight, idle, set, back } step = Step::straight;
  std::uint64_t back_at = 0;
  LoadSpec spec = spec_for(target.port(), 200, std::chrono::hours(1));
  spec.timeout = timeout;
  detour.told = run_to_end(spec, [&](load::Run& run, std::stop_source& stop) {
    const auto counted = (*relay)->counters();
    if (step == Step::straight && target.requests() >= 10) {
      EXPECT_TRUE(run.lead(static_cast<std::uint16_t>((*relay)->port())));
      step = Step::idle;
    } else if (step == Step::idle && counted.bytes_to_client > 0) {
      (*relay)->set(setting);
      step = Step::set;
    } else if (step == Step::set && seen(counted)) {
      detour.counted = counted;
      (*relay)->set({});
      EXPECT_TRUE(run.lead(target.port()));
      back_at = target.requests();
      step = Step::back;
    } else if (step == Step::back && counted.open == 0 && target.requests() >= back_at + 50) {
      stop.request_stop();
    }
  });
  expect_accounted(detour.told);
  EXPECT_EQ(step, Step::back);
  return detour;
}

TEST(LoadThroughRelay, Delay_IsInTheLatenciesAndCostsNoRequest) {
  const auto through =
      detour({.delay = milliseconds(20)}, seconds(30),
             [](const relay::Counters& counted) { return counted.holding.count() >= 40; });
  EXPECT_EQ(count(through.told, Outcome::ok), through.told.summary.all.planned);
  EXPECT_GE(through.told.summary.all.uncorrected.max(), milliseconds(40));
  EXPECT_GE(through.counted.holding.min(), milliseconds(20));
}

TEST(LoadThroughRelay, Reset_IsMetAsAResetAndIsGoneWithIt) {
  const auto through = detour({.trouble = relay::Trouble::reset}, seconds(30),
                              [](const relay::Counters& counted) { return counted.resets >= 10; });
  EXPECT_GE(count(through.told, Outcome::reset), 10U);
  EXPECT_EQ(count(through.told, Outcome::ok) + count(through.told, Outcome::reset),
            through.told.summary.all.planned);
}

TEST(LoadThroughRelay, BlackHole_IsMetAsSilenceAndIsGoneWithIt) {
  const auto through = detour(
      {.trouble = relay::Trouble::black_hole}, milliseconds(300),
      [](const relay::Counters& counted) { return counted.accepted > 0 && counted.held > 0; });
  EXPECT_GE(count(through.told, Outcome::timeout), 1U);
  EXPECT_EQ(count(through.told, Outcome::reset) + count(through.told, Outcome::refused), 0U);
}

}  // namespace
}  // namespace bhsim::load
