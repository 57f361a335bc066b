#pragma once
// Which lines of an application's output are kept as rows, and as what. Pure.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/history/records.hpp"

namespace bhsim::probes {

// "ERROR", "WARN" or "EXCEPTION" (names an exception, at whatever level) for a line that matters.
std::optional<std::string_view> level_of(std::string_view line);
// "\tat com.example.Orders.read(Orders.java:10)", "\t... 3 more", "Caused by: …".
bool is_stack_frame(std::string_view line);

// The agent's own lines, by the patterns of its profile ("SWAPPED class={class} ").
class AgentLines {
 public:
  // An Error names the pattern that is no regular expression.
  static Result<AgentLines> create(const std::map<std::string, std::string>& patterns);
  [[nodiscard]] bool match(std::string_view line) const;

 private:
  struct Pattern {
    std::string literal;  // stands in every line that matches: looked for first, being cheap
    std::regex expression;
  };
  std::vector<Pattern> patterns_;
};

// One stream of lines → rows. A line that names an exception is kept with the head of its stack, so
// a row is handed over when the next line that is no frame has come, or by finish().
class LogSifter {
 public:
  struct Rules {
    std::string source;                // "stdout", "stderr"
    std::vector<std::string> secrets;  // become "***"
    const AgentLines* agent = nullptr;
  };
  LogSifter(Rules rules, std::function<void(history::LogLine)> take)
      : rules_(std::move(rules)), take_(std::move(take)) {}
  void feed(Time t, std::string_view line);
  void finish();

 private:
  Rules rules_;
  std::function<void(history::LogLine)> take_;
  std::optional<history::LogLine> held_;
  int frames_ = 0;
};

// Gathers what a JVM prints when it gets SIGQUIT, from "Full thread dump" to the end of its heap
// summary.
class DumpCollector {
 public:
  explicit DumpCollector(std::function<void(std::string_view text)> take)
      : take_(std::move(take)) {}
  void feed(std::string_view line);
  void finish();  // a dump that was cut short is a dump

 private:
  std::function<void(std::string_view)> take_;
  std::string text_;
};

}  // namespace bhsim::probes
