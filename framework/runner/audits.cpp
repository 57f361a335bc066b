#include "framework/runner/audits.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "framework/config/vocabulary.hpp"
#include "framework/history/facts.hpp"
#include "framework/load/http_get.hpp"
#include "framework/runner/light_load.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

// The first moment at which something held; looked for by a thread of its own.
class FirstTime {
 public:
  FirstTime(const Clock& clock, std::function<bool()> holds)
      : thread_([this, &clock, holds = std::move(holds)](const std::stop_token& stop) {
          while (!stop.stop_requested() && !when_) {
            if (holds())
              when_ = clock.now();
            else
              clock.sleep_until(clock.now() + 5ms);
          }
        }) {}

  // Ends looking.
  std::optional<Time> when() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
    return when_;
  }

 private:
  std::optional<Time> when_;
  std::jthread thread_;
};

nlohmann::json or_null(const std::optional<Time>& t) {
  return t ? nlohmann::json(to_ns(*t)) : nlohmann::json();
}

// A read that does real work: the first operation of the load that changes nothing.
std::string work_path(const config::Plan& plan) {
  for (const auto& operation : plan.load.operations) {
    if (operation.method != "GET" || operation.ledger == "read") continue;
    std::string path = operation.path;
    if (const auto at = path.find("{sku}"); at != std::string::npos && !plan.load.skus.empty())
      path.replace(at, 5, plan.load.skus.front());
    // What else it names belongs to a session, which this look has not.
    if (!config::placeholders(path).empty()) continue;
    return path;
  }
  return {};
}

Result<void> watch_start(const Setting& setting, Application& application, history::Store& store,
                         std::stop_token stop) {
  const auto& app = setting.plan->app;
  const auto& clock = *setting.clock;
  const auto asks = [&application](const std::string& path) {
    return
        [&application, path] { return !path.empty() && answers_ok(application.port(), path, 1s); };
  };
  FirstTime live(clock, asks(app.live_path));
  FirstTime ready(clock, asks(app.ready_path));
  FirstTime work(clock, asks(work_path(*setting.plan)));
  auto segment = application.start(std::move(stop));
  if (!segment) return fail(segment.error());
  store.add(*segment);
  // Ready was seen by start(); what it promises must be seen to hold as well.
  const Time patience = clock.now() + 5s;
  const std::string path = work_path(*setting.plan);
  while (!path.empty() && clock.now() < patience && !answers_ok(application.port(), path, 1s))
    clock.sleep_until(clock.now() + 5ms);
  const auto first_ready = ready.when();
  const auto first_work = work.when();
  constexpr auto kSameInstant = 250ms;  // two lookers, each some milliseconds between looks
  store.set_fact(
      history::fact::kStartup,
      nlohmann::json{{"first_live_ns", or_null(live.when())},
                     {"first_ready_ns", or_null(first_ready)},
                     {"first_work_ns", or_null(first_work)},
                     {"ready_before_work",
                      first_ready && (!first_work || *first_ready + kSameInstant < *first_work)}}
          .dump());
  return {};
}

struct DrainSeen {
  std::optional<Time> not_ready, exit;
  bool live_while_draining = false;
  std::int64_t exit_code = -1;
};

// From the signal to the exit: when ready was first denied, whether live still held then, and how
// it ended.
Result<DrainSeen> watch_drain(const Setting& setting, Application& application, Time patience) {
  const auto& app = setting.plan->app;
  const auto& clock = *setting.clock;
  DrainSeen seen;
  while (clock.now() < patience) {
    if (!seen.not_ready && !app.ready_path.empty()) {
      const auto answer = load::http_get({.port = static_cast<std::uint16_t>(application.port())},
                                         app.ready_path, 1s);
      if (answer && answer->status == 503) {
        seen.not_ready = clock.now();
        seen.live_while_draining =
            app.live_path.empty() || answers_ok(application.port(), app.live_path, 1s);
      }
    }
    BHSIM_ASSIGN(const auto state,
                 engine::inspect_container(*setting.engine, application.container()));
    if (!state.running) {
      seen.exit = clock.now();
      seen.exit_code = state.exit_code;
      return seen;
    }
    clock.sleep_until(clock.now() + 10ms);
  }
  return seen;
}

}  // namespace

Result<void> audit_start_and_drain(const Setting& setting, history::Store& store,
                                   std::stop_token stop) {
  BHSIM_ASSIGN(const auto application, Application::create(setting, "drain"));
  BHSIM_TRY(watch_start(setting, *application, store, stop));
  const auto& clock = *setting.clock;
  LightLoad light_load;
  const Nanos most = setting.plan->app.stop_within + 30s;
  BHSIM_TRY(light_load.start(setting, *application, 200, most));
  clock.sleep_until(clock.now() + 2s);  // requests are in flight when the signal comes
  const Time signal = clock.now();
  BHSIM_TRY(engine::kill_container(*setting.engine, application->container(),
                                   setting.plan->app.stop_signal));
  BHSIM_ASSIGN(const auto seen,
               watch_drain(setting, *application, signal + setting.plan->app.stop_within + 5s));
  light_load.end.request_stop();
  const auto summary = light_load.run->join();

  // Lost: sent before the listener closed, and cut off. Refused ones were never accepted; a
  // balancer sends those elsewhere once ready is denied.
  std::int64_t lost = 0, failures = 0;
  while (auto event = light_load.events.pop(0s)) {
    const auto* failure = std::get_if<load::Failure>(&*event);
    if (failure == nullptr) continue;
    ++failures;
    const bool cut_off = failure->outcome == load::Outcome::reset ||
                         failure->outcome == load::Outcome::timeout ||
                         failure->outcome == load::Outcome::bad_body;
    if (cut_off && failure->t_sent && (!seen.exit || *failure->t_sent < *seen.exit)) ++lost;
  }
  store.set_fact(history::fact::kDrain,
                 nlohmann::json{{"signal_ns", to_ns(signal)},
                                {"not_ready_ns", or_null(seen.not_ready)},
                                {"exit_ns", or_null(seen.exit)},
                                {"exit_code", seen.exit_code},
                                {"sent", summary.all.sent},
                                {"ok", at(summary.all.outcomes, load::Outcome::ok)},
                                {"lost", lost},
                                {"failures", failures},
                                {"untold", summary.failures_dropped + light_load.events.dropped()},
                                {"live_while_draining", seen.live_while_draining}}
                     .dump());
  BHSIM_ASSIGN(auto ended, application->ended(true));
  store.add(std::move(ended));
  return application->remove();
}

}  // namespace bhsim::runner
