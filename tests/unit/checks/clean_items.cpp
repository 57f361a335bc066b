#include "clean_items.hpp"

#include <algorithm>
#include <stdexcept>

#include "framework/config/mistakes.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;

constexpr double kBreakerStart = 1100, kRollbackStart = 1200, kConfigurationStart = 1300;

std::string digest_of(std::int64_t generation) { return fmt::format("{:064x}", 5000 + generation); }

class Script {
 public:
  explicit Script(double start) : start_(start) {}
  // Served, or refused, 50 ms later.
  void attempt(double s, const char* purpose, const char* class_name, const char* variant,
               bool served) {
    ItemAttempt one;
    one.purpose = purpose;
    one.class_name = class_name;
    one.variant = variant;
    one.generation = ++generation_;
    one.sha256 = digest_of(generation_);
    one.t_write = when(s);
    one.t_end = when(s + 0.1);
    (served ? one.t_served : one.t_refused) = when(s + 0.05);
    record.lines.push_back({when(s + 0.05), served ? "swapped" : "refused", class_name});
    record.audit.push_back(
        {when(s + 0.05), class_name, "", one.sha256, served ? "swapped" : "refused"});
    record.attempts.push_back(std::move(one));
  }
  // Three changes that come together, of which so many are redefined at a time.
  void burst(double s, int at_once) {
    int number = 0;
    for (const auto* name :
         {"PricingService", "DiscountService", "com.example.orders.OrderPolicy"}) {
      const double begin = s + 0.05 + 0.5 * (number++ / at_once);
      attempt(s, "burst", name, "valid", true);
      record.attempts.back().t_served = when(begin + 0.55);
      record.attempts.back().t_end = when(s + 2.2);
      record.redefinitions.push_back({name, when(begin), when(begin + 0.49)});
    }
  }
  void asked_every(double interval, double until) {
    for (double s = -0.5; s < until; s += interval) record.asked.push_back(when(s));
  }
  [[nodiscard]] Time when(double s) const { return at(start_ + s); }

  ItemRecord record;

 private:
  double start_;
  std::int64_t generation_ = 0;
};

void change_record(CleanRun& run, std::string_view fact,
                   const std::function<void(ItemRecord&)>& change) {
  auto& document = run.facts[std::string(fact)];
  auto record = item_record_from(document);
  if (!record) throw std::logic_error(record.error().message);
  change(*record);
  document = to_json(*record);
}

}  // namespace

ItemRecord clean_breaker() {
  constexpr auto kMain = "PricingService", kOther = "com.example.orders.OrderPolicy";
  constexpr auto kValid = "valid", kBad = "schema-change";
  Script script(kBreakerStart);
  script.attempt(0, "first", kMain, kValid, true);
  script.attempt(0.2, "below", kMain, kBad, false);
  script.attempt(0.4, "below", kMain, kBad, false);
  script.attempt(0.6, "still-closed-below", kMain, kValid, true);
  for (const double s : {0.8, 1.0, 1.2}) script.attempt(s, "opens", kMain, kBad, false);
  script.attempt(1.4, "open", kOther, kValid, false);
  script.attempt(3.2, "open-later", kMain, kValid, false);
  script.attempt(5.8, "trial", kMain, kValid, true);
  script.attempt(6.0, "closed", kMain, kValid, true);
  script.attempt(6.2, "one-failure", kMain, kBad, false);
  script.attempt(7.4, "still-closed", kMain, kValid, true);
  for (const double s : {7.6, 7.8, 8.0}) script.attempt(s, "opens-again", kMain, kBad, false);
  script.attempt(12.6, "trial-fails", kMain, kBad, false);
  script.attempt(12.8, "reopened", kMain, kValid, false);
  auto& record = script.record;
  const auto when = [&script](double s) { return script.when(s); };
  record.metrics["breaker_open"] = {{0, when(0), when(1.2)},
                                    {1, when(1.3), when(5.8)},
                                    {0, when(5.9), when(8.0)},
                                    {1, when(8.1), when(14.8)}};
  for (const auto& [s, state] :
       std::initializer_list<std::pair<double, const char*>>{{1.25, "open"},
                                                             {5.81, "half-open"},
                                                             {5.82, "closed"},
                                                             {8.05, "open"},
                                                             {12.61, "half-open"},
                                                             {12.62, "open"}})
    record.lines.push_back({when(s), "breaker", state});
  record.metrics["rolled_back"] = {{0, when(0), when(14.8)}};
  record.metrics_read = 60;
  record.audit_read = true;
  record.ready = {{1, when(0), when(14.8)}};
  for (int s = 0; s < 15; ++s) record.load.push_back({when(s + 0.3), 100, 100});
  return record;
}

ItemRecord clean_rollback() {
  constexpr auto kMain = "PricingService";
  Script script(kRollbackStart);
  script.attempt(0, "good", kMain, "valid", true);
  script.attempt(0.3, "last-good", kMain, "valid", true);
  script.attempt(6.5, "breaking", kMain, "throws", true);
  auto& record = script.record;
  attempt_of(record, "breaking").t_served.reset();
  attempt_of(record, "breaking").t_end = script.when(9.7);
  script.attempt(11, "after", kMain, "valid", true);
  const auto when = [&script](double s) { return script.when(s); };
  record.ready = {{1, when(0), when(6.9)}, {0, when(7), when(10)}, {1, when(10.1), when(16)}};
  record.served[kMain] = {{0, when(-1), when(-0.9), when(0.04), 80},
                          {1, when(0.04), when(0.05), when(0.34), 30},
                          {2, when(0.34), when(0.35), when(6.6), 700},
                          {2, when(9.5), when(9.6), when(11.04), 150},
                          {4, when(11.04), when(11.05), when(16), 600}};
  record.audit.push_back({when(9.5), kMain, digest_of(3), digest_of(2), "rolled-back"});
  record.audit_read = true;
  record.lines.push_back({when(9.5), "rolled_back", kMain});
  record.metrics_read = 64;
  record.metrics["rolled_back"] = {{0, when(0), when(9.4)}, {1, when(9.7), when(16)}};
  for (int s = 0; s < 16; ++s) record.load.push_back({when(s), 200, s >= 6 && s <= 9 ? 80 : 200});
  return record;
}

namespace {

void add_unreadable(Script& script, double s, const char* class_name, int retries) {
  script.attempt(s, "unreadable", class_name, "unreadable", false);
  for (int i = 0; i < retries; ++i)
    script.record.lines.push_back({script.when(s + 0.01), "retry", class_name});
  script.attempt(s + 0.2, "after-unreadable", class_name, "valid", true);
}

ItemRecord clean_obstructed() {
  constexpr auto kMain = "PricingService", kOther = "com.example.orders.OrderPolicy";
  Script script(kConfigurationStart + 50);
  script.attempt(0, "first", kMain, "valid", true);
  double s = 0.2;
  for (const auto& [kind, after] :
       std::initializer_list<std::pair<const char*, const char*>>{{"fifo", "after-fifo"},
                                                                  {"socket", "after-socket"},
                                                                  {"directory", "after-directory"},
                                                                  {"held", "after-held"}}) {
    script.attempt(s, kind, kMain, kind, false);
    script.attempt(s + 3, after, kMain, "valid", true);
    s += 4;
  }
  *attempt_of(script.record, "held").t_refused += 2s;
  script.attempt(s, "beside", kOther, "valid", true);
  script.attempt(s + 1, "heals", kMain, "unreadable", true);
  add_unreadable(script, s + 2, kMain, 2);
  script.asked_every(2, s + 3);
  auto& record = script.record;
  record.staller_read = true;
  record.metrics_read = 60;
  for (const auto* what : {"breaker_open", "rolled_back"})
    record.metrics[what] = {{0, script.when(0), script.when(s)}};
  return record;
}

ItemRecord clean_stalled() {
  constexpr auto kMain = "PricingService", kOther = "com.example.orders.OrderPolicy";
  Script script(kConfigurationStart + 80);
  auto& record = script.record;
  const auto when = [&script](double s) { return script.when(s); };
  script.attempt(0, "first", kMain, "valid", true);
  script.attempt(0.2, "slow", kMain, "valid", true);
  record.attempts.back().t_served = when(1.3);
  record.attempts.back().t_end = when(1.4);
  script.attempt(1.5, "stalled", kMain, "valid", false);
  record.attempts.back().t_refused = when(3.65);
  record.attempts.back().t_end = when(3.7);
  script.attempt(3.8, "beside", kOther, "valid", true);
  script.attempt(5, "after-stalled", kMain, "valid", true);
  record.redefinitions = {{kMain, when(0.02), when(0.03)},
                          {kMain, when(0.25), when(1.25)},
                          {kMain, when(1.6), when(4)},
                          {kOther, when(3.82), when(3.83)},
                          {kMain, when(5.02), when(5.03)}};
  script.burst(6.2, 1);
  script.asked_every(1, 9);
  record.staller_read = record.events_read = true;
  record.events["com.example.Swap"] = 9;
  return record;
}

}  // namespace

ConfigurationRecord clean_configuration() {
  constexpr auto kMain = "PricingService";
  ConfigurationRecord clean;
  for (const auto& mistake : config::mistakes_of({}))
    clean.mistakes.push_back({mistake.key, mistake.value, false,
                              fmt::format("agent: {}: '{}'", mistake.key, mistake.value)});
  Script script(kConfigurationStart);
  script.attempt(0, "first", kMain, "valid", true);
  script.burst(0.1, 2);
  for (const double s : {2.4, 2.6, 2.8}) script.attempt(s, "opens", kMain, "schema-change", false);
  script.attempt(3, "open", kMain, "valid", true);
  add_unreadable(script, 3.2, kMain, 0);
  script.attempt(7, "breaking", kMain, "throws", true);
  auto& off = script.record;
  attempt_of(off, "breaking").t_served.reset();
  attempt_of(off, "breaking").t_end = script.when(15);
  const auto when = [&script](double s) { return script.when(s); };
  off.ready = {{1, when(0), when(7.4)}, {0, when(7.5), when(15)}};
  off.served[kMain] = {{0, when(-1), when(-0.9), when(0.04), 80},
                       {1, when(0.05), when(0.06), when(0.69), 130},
                       {2, when(0.7), when(0.71), when(3.04), 470},
                       {10, when(3.45), when(3.46), when(7.1), 750}};
  off.staller_read = off.events_read = true;
  off.events["com.example.Swap"] = 0;
  off.metrics_read = 60;
  clean.off = off;
  clean.obstructed = clean_obstructed();
  clean.held_opens = 1;
  clean.stalled = clean_stalled();
  return clean;
}

void change_configuration(CleanRun& run, const std::function<void(ConfigurationRecord&)>& change) {
  auto& document = run.facts[std::string(fact::kConfiguration)];
  auto record = configuration_record_from(document);
  if (!record) throw std::logic_error(record.error().message);
  change(*record);
  document = to_json(*record);
}

void change_breaker(CleanRun& run, const std::function<void(ItemRecord&)>& change) {
  change_record(run, fact::kBreaker, change);
}

void change_rollback(CleanRun& run, const std::function<void(ItemRecord&)>& change) {
  change_record(run, fact::kRollback, change);
}

ItemAttempt& attempt_of(ItemRecord& record, std::string_view purpose) {
  const auto found = std::find_if(record.attempts.rbegin(), record.attempts.rend(),
                                  [&](const auto& one) { return one.purpose == purpose; });
  if (found == record.attempts.rend()) throw std::logic_error(std::string(purpose) + " is none");
  return *found;
}

}  // namespace bhsim::checks
