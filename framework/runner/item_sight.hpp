#pragma once
// What is seen in a conformance item becomes its record: responses become runs of generations,
// lines of the agent become refusals of attempts. Knows no clock and no engine.

#include <functional>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "framework/config/plan.hpp"
#include "framework/history/item_record.hpp"
#include "framework/runner/staller.hpp"

namespace bhsim::runner {

class ItemSight {
 public:
  // An Error names the pattern of the profile that is no regular expression.
  static Result<ItemSight> create(const config::Plan& plan);

  // The index of the attempt.
  std::size_t attempted(history::ItemAttempt attempt);
  // A response that a generation of the class served. Those of one moment may come in any order.
  void saw(const std::string& class_name, std::int64_t generation, Time t_sent, Time t_done);
  // The requests of one operation whose planned start lies in the second that begins at t.
  void second(Time t, std::int64_t planned, std::int64_t ok);
  // Nothing: it was asked, and did not answer.
  void ready(std::optional<bool> said, Time t);
  void metric(const std::string& what, double value, Time t);
  void metrics_read() { ++record_.metrics_read; }  // once an answer, whatever it shows
  // A line of the container's output, without the engine's time.
  void line(Time t, std::string_view text);
  // The whole audit log; `at` places a wall time.
  void audit(std::string_view text, const std::function<Time(WallTime)>& at);
  // The whole journal of the staller.
  void staller(std::string_view journal) { read_staller_journal(journal, record_); }
  // The agent's own, in a recording of the whole item.
  void events(std::map<std::string, std::int64_t> counts);
  // The first one stays.
  void trouble(std::string what);

  [[nodiscard]] const history::ItemRecord& record() const { return record_; }
  history::ItemAttempt& attempt(std::size_t index) { return record_.attempts.at(index); }

 private:
  // What a line of the agent tells, by the patterns of its profile.
  struct Pattern {
    std::string kind;        // as ItemLine::kind
    std::string class_name;  // empty: the first group of the expression says what
    std::regex expression;
  };
  void tell(Time t, const std::string& kind, const std::string& what);
  void refused(Time t, const std::string& class_name);

  std::vector<Pattern> patterns_;
  std::vector<std::string> classes_;  // that a complaint may name
  bool hears_refusals_ = false;       // the profile says how the agent tells one
  history::ItemRecord record_;
};

}  // namespace bhsim::runner
