// MON · phase-9.2 criteria "Production readiness".

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;

// The recording is started in a JVM that serves already, and its last second may be in no file.
constexpr Nanos kUntilStarted = 10s;
constexpr Nanos kUnwritten = 3s;
// bhsim has the JVM keep the newest 256 MB: of a longer run the beginning is given up on purpose.
constexpr std::int64_t kNearlyFull = 230LL << 20U;

struct RecordedFile {
  Span span;
  std::int64_t bytes = 0;
};

struct Recorded {
  std::vector<RecordedFile> files;  // in order of time
  std::int64_t events = 0;
  std::string trouble;  // of the first file that has some
};

std::optional<Recorded> recorded(const History& history) {
  const auto fact = history.fact(history::fact::kRecordings);
  if (!fact || !fact->is_array()) return std::nullopt;
  Recorded all;
  for (const auto& file : *fact) {
    if (!file.is_object()) return std::nullopt;
    all.events += file.value("events", std::int64_t{0});
    if (const auto trouble = file.value("trouble", std::string());
        all.trouble.empty() && !trouble.empty())
      all.trouble = file.value("path", std::string()) + ": " + trouble;
    if (file.contains("from_ns") && file["from_ns"].is_number() && file["to_ns"].is_number())
      all.files.push_back({{time_from_ns(file["from_ns"].get<std::int64_t>()),
                            time_from_ns(file["to_ns"].get<std::int64_t>())},
                           file.value("bytes", std::int64_t{0})});
  }
  std::ranges::sort(all.files, {}, [](const auto& file) { return file.span.from; });
  return all;
}

// Of a JVM whose ring is full: where what is left of it begins.
Time given_up_before(const Recorded& recorded, Span life) {
  std::int64_t bytes = 0;
  std::optional<Time> first;
  for (const auto& [span, size] : recorded.files) {
    if (span.to <= life.from || span.from >= life.to) continue;
    bytes += size;
    first = first.value_or(span.from);
  }
  return first && bytes >= kNearlyFull ? *first : life.from;
}

// When the application served, but for the ends of each life that a recording cannot have.
std::vector<Span> to_be_recorded(const History& history, const Recorded& recorded) {
  std::vector<Span> spans;
  for (const auto& jvm : history.jvms()) {
    if (jvm.role != kLoadRole || !jvm.t_ready) continue;
    Span life{*jvm.t_ready + kUntilStarted, jvm.t_end.value_or(history.last()) - kUnwritten};
    life.from = std::max(life.from, given_up_before(recorded, life));
    if (life.from < life.to) spans.push_back(life);
  }
  return spans;
}

std::vector<Span> spans_of(const Recorded& recorded) {
  std::vector<Span> spans;
  for (const auto& file : recorded.files) spans.push_back(file.span);
  return spans;
}

}  // namespace

// MON-05. What of the application's time lies in chunks that could be read.
Verdict recording_covers_the_run(const Plan& plan, const History& history) {
  if (!plan.production.jfr_enabled)
    return not_applicable("the configuration says monitoring.jfr-enabled: false");
  const auto all = recorded(history);
  if (!all) return missing("fact 'recordings'", "the recordings are read when the load has ended");
  const auto lives = to_be_recorded(history, *all);
  const Nanos due = total(lives);
  if (due <= Nanos{})
    return inconclusive("no JVM ran for more than {}, before which a recording cannot be asked for",
                        spoken(kUntilStarted + kUnwritten));
  const Nanos lacking = total(subtract(lives, spans_of(*all)));
  const double percent = 100 * (1 - to_seconds(lacking) / to_seconds(due));
  return compare(percent, limit_of(plan, "MON-05"))
      .because("{} of {} are recorded and can be read: {} events{}", spoken(due - lacking),
               spoken(due), all->events, all->trouble.empty() ? "" : "; " + all->trouble)
      .samples(all->events)
      .evidence("fact", "name = 'recordings'")
      .evidence("artifact", "kind = 'jfr'");
}

}  // namespace bhsim::checks
