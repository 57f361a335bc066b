#pragma once
// What was done to an agent in a conformance item and what was seen then, on bhsim's own clock: the
// document behind the facts "conformance.…" (docs/run-store.md). Written by the runner, judged by
// checks.

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"

namespace bhsim::history {

// One class file delivered.
struct ItemAttempt {
  std::string purpose;  // what its outcome tells: see the item that makes it
  std::string class_name;
  std::string variant;
  std::int64_t generation = 0;
  std::string sha256;
  Time t_write;                   // just before its first byte
  Time t_end;                     // when the item went on: what followed began then at the earliest
  std::optional<Time> t_served;   // the first response by this generation
  std::optional<Time> t_refused;  // when the agent said so, in its log or its audit log
};

// A class's generation, from response to response.
struct ItemServed {
  std::int64_t generation = 0;
  Time first_sent;
  Time first_done;
  Time last_done;
  std::int64_t responses = 0;
};

// A value that was asked for again and again: `from` the first time, `to` the last, that it was so.
struct ItemReading {
  double value = 0;
  Time from;
  Time to;
};

// A line of the agent: "swapped", "refused", "retry", "rolled_back" (the class) or "breaker" (the
// new state), by the patterns of its profile.
struct ItemLine {
  Time t;
  std::string kind;
  std::string what;
};

// A line of the agent's audit log.
struct ItemAudit {
  Time t;
  std::string class_name, before, after, outcome;
};

// The requests whose planned start lies in [t, t + 1 s).
struct ItemSecond {
  Time t;
  std::int64_t planned = 0, ok = 0;
};

// A redefinition as the staller (docker/staller) saw it pass the JVM's class file hooks, held up
// there or not.
struct ItemRedefinition {
  std::string class_name;
  Time from;
  std::optional<Time> to;  // nothing: it had not passed when the item ended
};

// Of ready: it was asked, and did not answer.
inline constexpr double kNoAnswer = -1;

struct ItemRecord {
  std::string trouble;  // why the item says less than it should; empty: it was carried out
  std::vector<ItemAttempt> attempts;                      // in order of time
  std::map<std::string, std::vector<ItemServed>> served;  // by class
  std::vector<ItemReading> ready;  // 1: the application said so; 0: it denied it; or kNoAnswer
  std::map<std::string, std::vector<ItemReading>> metrics;  // by the words of AgentProfile::metrics
  // Answers with the application's metrics, those of the agent or not.
  std::int64_t metrics_read = 0;
  std::vector<ItemLine> lines;
  std::vector<ItemAudit> audit;
  bool audit_read = false;  // whether there was an audit log to be read
  std::vector<ItemSecond> load;
  bool staller_read = false;  // there was a journal of the staller's: the next two are all of it
  std::vector<ItemRedefinition> redefinitions;  // in order of their beginning
  std::vector<Time> asked;   // requests for health that it answered in the application's place
  bool events_read = false;  // there was a flight recording of the item, and the next is all of it
  std::map<std::string, std::int64_t> events;  // the agent's own, by the names of its profile

  // The first one made for it; null without.
  [[nodiscard]] const ItemAttempt* attempt(std::string_view purpose) const;
  // When the application first denied, after `t`, that it is ready. Nothing when it did not, or had
  // not been ready before.
  [[nodiscard]] std::optional<Time> unready_since(Time t) const;
  // The first run of the class that began after `t`; null without.
  [[nodiscard]] const ItemServed* served_since(const std::string& class_name, Time t) const;
};

nlohmann::json to_json(const ItemRecord& record);
// An Error for what is no such document.
Result<ItemRecord> item_record_from(const nlohmann::json& json);

}  // namespace bhsim::history
