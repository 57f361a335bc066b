#include "clean_items.hpp"
#include "planted.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using history::ConfigurationRecord;
using history::ItemAttempt;
using history::ItemRecord;

Planted breaker(std::string name, std::string check, std::set<std::string> others,
                std::function<void(ItemRecord&)> change) {
  return {std::move(name), std::move(check), std::move(others),
          [change = std::move(change)](CleanRun& run) { change_breaker(run, change); }};
}

Planted rollback(std::string name, std::string check, std::set<std::string> others,
                 std::function<void(ItemRecord&)> change) {
  return {std::move(name), std::move(check), std::move(others),
          [change = std::move(change)](CleanRun& run) { change_rollback(run, change); }};
}

Planted configuration(std::string name, std::string check, std::set<std::string> others,
                      std::function<void(ConfigurationRecord&)> change) {
  return {std::move(name), std::move(check), std::move(others),
          [change = std::move(change)](CleanRun& run) { change_configuration(run, change); }};
}

void serve(ItemAttempt& attempt) {
  attempt.t_served = attempt.t_write + 50ms;
  attempt.t_refused.reset();
}

void refuse(ItemAttempt& attempt) {
  attempt.t_refused = attempt.t_write + 50ms;
  attempt.t_served.reset();
}

// As the item ends it: nothing is tried after a change that should have been refused was served.
void never_opens(ItemRecord& record) {
  serve(attempt_of(record, "open"));
  while (record.attempts.back().purpose != "open") record.attempts.pop_back();
  record.metrics["breaker_open"] = {
      {0, record.attempts.front().t_write, attempt_of(record, "open").t_end}};
}

void never_rolled_back(ItemRecord& record) {
  auto& runs = record.served.at("PricingService");
  runs.erase(runs.begin() + 3);
  std::erase_if(record.audit, [](const auto& line) { return line.outcome == "rolled-back"; });
  record.metrics["rolled_back"].resize(1);
  attempt_of(record, "breaking").t_end += 7s;
}

// From the change on most requests fail, to the end.
void broken_and_ready(ItemRecord& record) {
  record.ready = {{1, record.ready.front().from, record.ready.back().to}};
  for (auto& second : record.load)
    if (second.t + 1s > attempt_of(record, "breaking").t_write) second.ok = second.planned * 2 / 5;
}

}  // namespace

const std::vector<Planted>& planted_items() {
  static const std::vector<Planted> all = {
      breaker("BreakerThatNeverOpens", "BRK-01", {"BRK-02", "BRK-03", "BRK-04", "BRK-05", "CFG-09"},
              never_opens),
      breaker("BreakerThatOpensTooEarly", "BRK-01", {"CFG-09"},
              [](ItemRecord& record) { refuse(attempt_of(record, "still-closed-below")); }),
      breaker("OpenBreakerThatQueues", "BRK-02", {},
              [](ItemRecord& record) {
                auto& open = attempt_of(record, "open");
                open.t_refused.reset();
                open.t_served = open.t_write + 4300ms;
              }),
      breaker("OpenBreakerThatRefusesInSilence", "BRK-02", {},
              [](ItemRecord& record) { attempt_of(record, "open").t_refused.reset(); }),
      breaker("OpenBreakerThatTellsLate", "BRK-02", {},
              [](ItemRecord& record) { *attempt_of(record, "open").t_refused += 3s; }),
      breaker("BreakerThatStaysOpen", "BRK-03", {},
              [](ItemRecord& record) {
                while (record.attempts.back().purpose != "trial") record.attempts.pop_back();
                refuse(record.attempts.back());
              }),
      breaker("BreakerWithoutItsPause", "BRK-03", {},
              [](ItemRecord& record) { serve(attempt_of(record, "open-later")); }),
      breaker("BreakerThatClosesOnFailure", "BRK-04", {},
              [](ItemRecord& record) {
                serve(attempt_of(record, "reopened"));
                const Time closed = attempt_of(record, "trial-fails").t_write + 100ms;
                record.metrics["breaker_open"].back().to = closed;
                record.metrics["breaker_open"].push_back({0, closed, closed + 2s});
                record.lines.back().what = "closed";
              }),
      breaker("BreakerThatDoesNotCloseOnSuccess", "BRK-04", {},
              [](ItemRecord& record) { refuse(attempt_of(record, "closed")); }),
      breaker("BreakerThatOpensAgainAtOnce", "BRK-04", {},
              [](ItemRecord& record) { refuse(attempt_of(record, "still-closed")); }),
      breaker("MetricThatSaysClosed", "BRK-05", {},
              [](ItemRecord& record) {
                for (auto& reading : record.metrics["breaker_open"]) reading.value = 0;
              }),
      breaker("LogThatSaysNothing", "BRK-05", {},
              [](ItemRecord& record) {
                std::erase_if(record.lines,
                              [](const auto& line) { return line.kind == "breaker"; });
              }),
      breaker("ServiceThatStopsWhileItIsOpen", "BRK-06", {},
              [](ItemRecord& record) {
                record.load[2].ok = record.load[3].ok = record.load[4].ok = 0;
              }),
      rollback("BrokenHealthThatIsNotRolledBack", "ROLL-01",
               {"ROLL-02", "ROLL-03", "ROLL-05", "CFG-07"}, never_rolled_back),
      rollback("RollbackThatIsLate", "ROLL-02", {},
               [](ItemRecord& record) {
                 auto& back = record.served.at("PricingService")[3];
                 back.first_sent += 1500ms, back.first_done += 1500ms;
               }),
      rollback("RollbackToTheFirstVersion", "ROLL-03", {},
               [](ItemRecord& record) { record.served.at("PricingService")[3].generation = 0; }),
      rollback("RollbackToOtherBytes", "ROLL-03", {},
               [](ItemRecord& record) { record.audit.back().after = std::string(64, 'e'); }),
      rollback("GoodChangeThatIsRolledBack", "ROLL-04", {},
               [](ItemRecord& record) {
                 auto& runs = record.served.at("PricingService");
                 auto old = runs[1];
                 old.first_sent = runs[4].first_done + 2s;
                 old.first_done = old.last_done = old.first_sent + 1ms;
                 runs.push_back(old);
               }),
      rollback("RollbackThatIsNotAudited", "ROLL-05", {},
               [](ItemRecord& record) { record.audit.pop_back(); }),
      configuration("FileThatIsWaitedForForEver", "CFG-01", {},
                    [](ConfigurationRecord& record) {
                      attempt_of(record.obstructed, "held").t_refused.reset();
                    }),
      configuration("ValidationTimeoutOfItsOwn", "CFG-01", {},
                    [](ConfigurationRecord& record) {
                      *attempt_of(record.obstructed, "held").t_refused += 3s;
                    }),
      configuration("FifoOfWhichNothingIsSaid", "CFG-01", {},
                    [](ConfigurationRecord& record) {
                      attempt_of(record.obstructed, "fifo").t_refused.reset();
                    }),
      configuration("SwapsThatWaitForAHeldFile", "CFG-01", {},
                    [](ConfigurationRecord& record) {
                      attempt_of(record.obstructed, "beside").t_served.reset();
                    }),
      configuration("ValidationTimeoutThatIsShorter", "CFG-01", {},
                    [](ConfigurationRecord& record) {
                      *attempt_of(record.obstructed, "held").t_refused -= 1s;
                    }),
      configuration("RedefinitionThatIsWaitedForForEver", "CFG-02", {},
                    [](ConfigurationRecord& record) {
                      attempt_of(record.stalled, "stalled").t_refused.reset();
                    }),
      configuration("RedefinitionTimeoutThatIsLonger", "CFG-02", {},
                    [](ConfigurationRecord& record) {
                      *attempt_of(record.stalled, "stalled").t_refused += 3s;
                    }),
      configuration("RedefinitionTimeoutThatIsShorter", "CFG-02", {},
                    [](ConfigurationRecord& record) {
                      *attempt_of(record.stalled, "stalled").t_refused -= 600ms;
                    }),
      configuration(
          "RedefinitionThatIsGivenUpWithinItsTime", "CFG-02", {},
          [](ConfigurationRecord& record) { refuse(attempt_of(record.stalled, "slow")); }),
      configuration("SwapsThatWaitForAHeldRedefinition", "CFG-02", {},
                    [](ConfigurationRecord& record) {
                      auto& beside = attempt_of(record.stalled, "beside");
                      beside.t_served = beside.t_end + 1s;
                    }),
      configuration("ClassThatIsLostForGoodOnceItHung", "CFG-02", {},
                    [](ConfigurationRecord& record) {
                      attempt_of(record.stalled, "after-stalled").t_served.reset();
                    }),
      configuration("TwoAtOnceAlthoughOne", "CFG-03", {},
                    [](ConfigurationRecord& record) {
                      auto& passed = record.stalled.redefinitions;
                      passed.back().from = passed[passed.size() - 2].from + 50ms;
                    }),
      configuration("ThreeAtOnceAlthoughTwo", "CFG-03", {},
                    [](ConfigurationRecord& record) {
                      for (auto& one : record.off.redefinitions) one.to.reset();
                    }),
      configuration(
          "ChangeThatIsRefusedInsteadOfWaiting", "CFG-03", {},
          [](ConfigurationRecord& record) { refuse(attempt_of(record.stalled, "burst")); }),
      configuration(
          "ChangeThatIsLostAmongOthers", "CFG-03", {},
          [](ConfigurationRecord& record) { attempt_of(record.off, "burst").t_served.reset(); }),
      configuration("EventsThatAreWrittenAlthoughFalse", "CFG-05", {},
                    [](ConfigurationRecord& record) { record.off.events["com.example.Swap"] = 4; }),
      configuration(
          "EventsThatAreNotWrittenAlthoughTrue", "CFG-05", {},
          [](ConfigurationRecord& record) { record.stalled.events["com.example.Swap"] = 0; }),
      configuration("HealthThatIsAskedForEveryFiveMinutes", "CFG-06", {},
                    [](ConfigurationRecord& record) {
                      record.stalled.asked.resize(1);
                      record.obstructed.asked.clear();
                    }),
      configuration("HealthThatIsAskedForAtTheSameIntervalAlways", "CFG-06", {},
                    [](ConfigurationRecord& record) {
                      auto& asked = record.stalled.asked;
                      for (std::size_t i = 0; i < asked.size(); ++i)
                        asked[i] = asked.front() + static_cast<std::int64_t>(i) * 2s;
                    }),
      configuration("NoRetries", "CFG-08", {},
                    [](ConfigurationRecord& record) {
                      std::erase_if(record.obstructed.lines,
                                    [](const auto& line) { return line.kind == "retry"; });
                      refuse(attempt_of(record.obstructed, "heals"));
                    }),
      configuration("EndlessRetries", "CFG-08", {},
                    [](ConfigurationRecord& record) {
                      attempt_of(record.obstructed, "unreadable").t_refused.reset();
                    }),
      configuration("RetriesAlthoughOne", "CFG-08", {},
                    [](ConfigurationRecord& record) {
                      const auto& one = attempt_of(record.off, "unreadable");
                      record.off.lines.push_back({one.t_write + 1ms, "retry", one.class_name});
                    }),
      configuration("MetricsThatAreShownAlthoughFalse", "CFG-04", {},
                    [](ConfigurationRecord& record) {
                      const auto& first = record.off.attempts.front();
                      record.off.metrics["breaker_open"] = {{0, first.t_write, first.t_end}};
                    }),
      configuration("RollbackAlthoughFalse", "CFG-07", {},
                    [](ConfigurationRecord& record) {
                      auto& runs = record.off.served.at("PricingService");
                      auto back = runs.back();
                      back.first_sent = record.off.ready.back().from + 3s;
                      back.first_done = back.last_done = back.first_sent + 1ms;
                      runs.push_back(back);
                    }),
      configuration("BreakerAlthoughFalse", "CFG-09", {},
                    [](ConfigurationRecord& record) { refuse(attempt_of(record.off, "open")); }),
      configuration("MistakeOfWhichNothingIsSaid", "CFG-10", {},
                    [](ConfigurationRecord& record) {
                      record.mistakes.back().told.clear();
                      record.mistakes.back().started = true;
                    }),
      rollback("ReadyThatDoesNotSeeABrokenClass", "HLTH-02", {}, broken_and_ready),
      rollback("RollbackThatIsNotCounted", "ROLL-05", {},
               [](ItemRecord& record) { record.metrics["rolled_back"].resize(1); }),
  };
  return all;
}

}  // namespace bhsim::checks
