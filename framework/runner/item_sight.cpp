#include "framework/runner/item_sight.hpp"

#include <algorithm>

#include "framework/probes/audit_line.hpp"
#include "framework/probes/log_lines.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using history::ItemReading;

// A class that answered nothing for so long, at a hundred requests a second and more, was not in
// force.
constexpr Nanos kSilence = 150ms;
constexpr std::size_t kMostItemLines = 2'000;
constexpr std::size_t kMostRuns = 500;  // a class

// The same value as before goes on.
void add_reading(std::vector<ItemReading>& readings, double value, Time t) {
  if (!readings.empty() && readings.back().value == value)
    readings.back().to = t;
  else
    readings.push_back({value, t, t});
}

std::string without_special_characters(const std::string& text) {
  static const std::regex special(R"([.$])");
  return std::regex_replace(text, special, R"(\$&)");
}

}  // namespace

Result<ItemSight> ItemSight::create(const config::Plan& plan) {
  ItemSight sight;
  sight.hears_refusals_ = plan.agent.log.contains("refused");
  for (const auto& swappable : plan.app.swap_classes)
    sight.classes_.push_back(swappable.class_name);
  for (const auto& [kind, text] : plan.agent.log) {
    if (kind == "configuration") continue;
    const auto at = text.find("{class}");
    try {
      if (at == std::string::npos) {
        sight.patterns_.push_back({kind, "", std::regex(text)});
        continue;
      }
      for (const auto& name : sight.classes_) {
        auto one = text;
        one.replace(at, 7, without_special_characters(name));
        sight.patterns_.push_back({kind, name, std::regex(one)});
      }
    } catch (const std::regex_error& e) {
      return fail(ErrorCode::config, "{}: log: {}: '{}' is no regular expression: {}",
                  plan.agent.file.string(), kind, text, e.what());
    }
  }
  return sight;
}

std::size_t ItemSight::attempted(history::ItemAttempt attempt) {
  record_.attempts.push_back(std::move(attempt));
  return record_.attempts.size() - 1;
}

// A response that was sent before the first one of a newer run had come proves no order.
void ItemSight::saw(const std::string& class_name, std::int64_t generation, Time t_sent,
                    Time t_done) {
  for (auto& attempt : record_.attempts)
    if (attempt.class_name == class_name && attempt.generation == generation && !attempt.t_served)
      attempt.t_served = t_done;
  auto& runs = record_.served[class_name];
  const bool same = !runs.empty() && runs.back().generation == generation;
  if (same && t_sent < runs.back().last_done + kSilence) {
    runs.back().last_done = std::max(runs.back().last_done, t_done);
    ++runs.back().responses;
  } else if ((runs.empty() || t_sent >= runs.back().first_done) && runs.size() < kMostRuns) {
    runs.push_back({generation, t_sent, t_done, t_done, 1});
  }
}

void ItemSight::second(Time t, std::int64_t planned, std::int64_t ok) {
  if (record_.load.empty() || record_.load.back().t != t) record_.load.push_back({.t = t});
  record_.load.back().planned += planned;
  record_.load.back().ok += ok;
}

void ItemSight::ready(std::optional<bool> said, Time t) {
  add_reading(record_.ready, !said ? history::kNoAnswer : *said ? 1 : 0, t);
}

void ItemSight::metric(const std::string& what, double value, Time t) {
  add_reading(record_.metrics[what], value, t);
}

void ItemSight::line(Time t, std::string_view line) {
  const std::string text(line);
  bool understood = false;
  for (const auto& pattern : patterns_) {
    std::smatch match;
    if (!pattern.class_name.empty() && text.find(pattern.class_name) == std::string::npos) continue;
    if (!std::regex_search(text, match, pattern.expression)) continue;
    if (!pattern.class_name.empty())
      tell(t, pattern.kind, pattern.class_name);
    else if (match.size() > 1)
      tell(t, pattern.kind, match[1].str());
    understood = true;
  }
  if (understood || hears_refusals_ || !probes::level_of(line)) return;
  // An agent that does not say how it tells a refusal: a complaint that names the class.
  for (const auto& name : classes_)
    if (text.find(name) != std::string::npos) tell(t, "refused", name);
}

void ItemSight::tell(Time t, const std::string& kind, const std::string& what) {
  if (record_.lines.size() < kMostItemLines) record_.lines.push_back({t, kind, what});
  if (kind == "refused") refused(t, what);
}

// The newest change of the class that was written by then is the one that was refused.
void ItemSight::refused(Time t, const std::string& class_name) {
  constexpr Nanos kClocksDiffer = 50ms;  // the engine stamps a line when it has read it
  for (auto attempt = record_.attempts.rbegin(); attempt != record_.attempts.rend(); ++attempt) {
    if (attempt->class_name != class_name || attempt->t_write > t + kClocksDiffer) continue;
    if (!attempt->t_refused) attempt->t_refused = std::max(t, attempt->t_write);
    return;
  }
}

void ItemSight::audit(std::string_view text, const std::function<Time(WallTime)>& at) {
  record_.audit_read = true;
  for (std::size_t from = 0, to = 0; (to = text.find('\n', from)) != std::string_view::npos;
       from = to + 1) {
    const auto line = probes::parse_audit_line(text.substr(from, to - from), at);
    if (!line || record_.audit.size() >= kMostItemLines) continue;
    record_.audit.push_back(
        {line->t, line->class_name, line->sha256_before, line->sha256_after, line->outcome});
    if (line->outcome != "refused") continue;
    for (auto& attempt : record_.attempts)
      if (!attempt.t_refused && attempt.class_name == line->class_name &&
          attempt.sha256 == line->sha256_after && attempt.t_write <= line->t)
        attempt.t_refused = line->t;
  }
}

void ItemSight::events(std::map<std::string, std::int64_t> counts) {
  record_.events_read = true;
  record_.events = std::move(counts);
}

void ItemSight::trouble(std::string what) {
  if (record_.trouble.empty()) record_.trouble = std::move(what);
}

}  // namespace bhsim::runner
