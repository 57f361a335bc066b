// HLTH-02. What live and ready say, held against what clients meet at the same moment: under the
// load, faults included, and in conformance items, one of which breaks the application by a change.

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "checks/families.hpp"
#include "checks/items.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/config/fault_times.hpp"
#include "framework/config/items.hpp"
#include "framework/history/configuration_record.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

namespace fact = history::fact;

constexpr std::string_view kReady = "ready", kLive = "live";

// --- what clients met --------------------------------------------------------------------------

// A second with fewer requests says nothing.
constexpr std::int64_t kFewestInASecond = 5;
// Of the requests of a second, the least and the most that were ok.
constexpr double kServedShare = 0.99, kBrokenShare = 0.5;

enum class Service { unknown, broken, served };
using Seconds = std::map<Time, Service>;  // by their start

Service service_of(std::int64_t sent, std::int64_t ok) {
  if (sent < kFewestInASecond) return Service::unknown;
  const double share = static_cast<double>(ok) / static_cast<double>(sent);
  if (share >= kServedShare) return Service::served;
  return share <= kBrokenShare ? Service::broken : Service::unknown;
}

// All operations together. What the generator did not send tells nothing.
Seconds service_by_second(const std::vector<LoadSecond>& rows) {
  std::map<Time, std::pair<std::int64_t, std::int64_t>> counts;  // sent, ok
  for (const auto& row : rows) {
    auto& [sent, ok] = counts[row.t];
    sent += row.planned - row.outcomes[static_cast<std::size_t>(history::Outcome::unsent)];
    ok += row.outcomes[static_cast<std::size_t>(history::Outcome::ok)];
  }
  Seconds seconds;
  for (const auto& [t, count] : counts) seconds[t] = service_of(count.first, count.second);
  return seconds;
}

Seconds service_by_second(const std::vector<history::ItemSecond>& rows) {
  Seconds seconds;
  for (const auto& row : rows) seconds[row.t] = service_of(row.planned, row.ok);
  return seconds;
}

// What clients met all through [from, to], and for `beside` before and after it.
Service met_through(const Seconds& seconds, Time from, Time to, Nanos beside) {
  auto first = seconds.upper_bound(from);
  if (first == seconds.begin()) return Service::unknown;
  --first;
  if (from >= first->first + kSecond) return Service::unknown;
  for (Time t = first->first - beside; t <= to + beside; t += kSecond) {
    const auto second = seconds.find(t);
    if (second == seconds.end() || second->second != first->second) return Service::unknown;
  }
  return first->second;
}

// --- what was said meanwhile -------------------------------------------------------------------

// One question and its answer. One that was not answered says nothing false: HLTH-01 judges it.
struct Answer {
  Time from, to;
  std::optional<bool> up;
};

// Where an endpoint was asked while clients were about.
struct Scene {
  std::string_view endpoint;
  std::string_view item;  // of conformance; empty: the load
  std::vector<Answer> answers;
  Seconds seconds;
  std::vector<Span> may_be_down, may_be_up;  // when it may say so whatever clients meet
};

// An application may take itself out while a fault lasts, and has to while it starts.
std::vector<Span> may_be_down(const Plan& plan, const History& history) {
  std::vector<Span> spans;
  for (const auto& fault : history.faults()) {
    const auto over = fault.t_undo ? fault.t_undo : fault.t_healed;
    spans.push_back({fault.t_intent, over.value_or(history.last() + kSecond)});
  }
  for (const auto& outage : history.windows(history::WindowKind::outage))
    spans.push_back({outage.t0, outage.t1});
  for (const auto& jvm : history.jvms())
    if (jvm.role == kLoadRole)
      spans.push_back({jvm.t_start, jvm.t_ready.value_or(jvm.t_start + plan.app.start_within)});
  return spans;
}

// What the network does to its clients, it cannot know.
std::vector<Span> may_be_up(const Plan& plan, const History& history) {
  std::vector<Span> spans;
  for (const auto& fault : history.faults())
    if (config::lies_in_the_network(fault.kind)) spans.push_back(fault_span(plan, history, fault));
  return spans;
}

Scene under_load(const Plan& plan, const History& history, std::string_view endpoint, Span whole) {
  Scene scene{.endpoint = endpoint,
              .item = {},
              .answers = {},
              .seconds = service_by_second(history.load()),
              .may_be_down = may_be_down(plan, history),
              .may_be_up = may_be_up(plan, history)};
  for (const auto& row : history.health()) {
    if (row.role != kLoadRole || row.endpoint != endpoint || !whole.contains(row.t)) continue;
    scene.answers.push_back(
        {row.t, row.t + row.latency, row.status == 0 ? std::nullopt : std::optional(row.up)});
  }
  return scene;
}

// Asked ten times a second, and kept as runs of the same answer: one a second, and the last.
Scene in_item(std::string_view item, const ItemRecord& record) {
  Scene scene{.endpoint = kReady,
              .item = item,
              .answers = {},
              .seconds = service_by_second(record.load),
              .may_be_down = {},
              .may_be_up = {}};
  for (const auto& reading : record.ready) {
    const auto up =
        reading.value == history::kNoAnswer ? std::nullopt : std::optional(reading.value == 1);
    for (Time t = reading.from; t < reading.to; t += kSecond) scene.answers.push_back({t, t, up});
    scene.answers.push_back({reading.to, reading.to, up});
  }
  return scene;
}

// The records that the run has, by item.
std::map<std::string_view, ItemRecord> item_records(const History& history) {
  std::map<std::string_view, ItemRecord> records;
  for (const auto& [item, name] : {std::pair(config::kBreakerItem, fact::kBreaker),
                                   std::pair(config::kRollbackItem, fact::kRollback)}) {
    const auto document = history.fact(name);
    if (!document) continue;
    if (auto record = history::item_record_from(*document)) records[item] = *std::move(record);
  }
  if (const auto document = history.fact(fact::kConfiguration))
    if (auto record = history::configuration_record_from(*document))
      records[config::kConfigurationItem] = std::move(record->off);
  return records;
}

// --- what was wrong of it ----------------------------------------------------------------------

// Wrong from the first question to the last answer of a row of them.
struct Lie {
  std::string_view endpoint, item;
  bool up = false;
  Time from, to;
  [[nodiscard]] Nanos length() const { return to - from; }
};

struct Truths {
  std::map<std::string_view, std::int64_t> up;  // under the load that was served, by endpoint
  std::int64_t down = 0;                        // of ready, while they were not
  std::int64_t compared = 0;
  std::optional<Lie> longest;
};

// That it lives is true however it serves; only of ready it is a lie then.
bool lies(const Scene& scene, const Answer& answer, Service service) {
  if (*answer.up)
    return scene.endpoint == kReady && service == Service::broken &&
           !contains(scene.may_be_up, answer.from);
  return service == Service::served && !contains(scene.may_be_down, answer.from);
}

// Service begins and ends within seconds: to be called a lie an answer needs the same in those
// beside as well.
void hold_against_clients(const Scene& scene, Truths& truths) {
  std::optional<Lie> now;
  for (const auto& answer : scene.answers) {
    if (!answer.up) {
      now.reset();
      continue;
    }
    const auto service = met_through(scene.seconds, answer.from, answer.to, kSecond);
    if (service != Service::unknown) ++truths.compared;
    if (*answer.up && service == Service::served && scene.item.empty()) ++truths.up[scene.endpoint];
    if (!*answer.up && scene.endpoint == kReady &&
        met_through(scene.seconds, answer.from, answer.to, Nanos{}) == Service::broken)
      ++truths.down;
    if (!lies(scene, answer, service)) {
      now.reset();
      continue;
    }
    if (!now || now->up != *answer.up)
      now = Lie{scene.endpoint, scene.item, *answer.up, answer.from, answer.to};
    now->to = answer.to;
    if (!truths.longest || now->length() > truths.longest->length()) truths.longest = now;
  }
}

std::vector<std::string_view> endpoints_of(const Plan& plan) {
  std::vector<std::string_view> endpoints;
  if (!plan.app.ready_path.empty()) endpoints.push_back(kReady);
  if (!plan.app.live_path.empty()) endpoints.push_back(kLive);
  return endpoints;
}

Truths truths_in(const Plan& plan, const History& history, Span whole) {
  Truths truths;
  for (const auto endpoint : endpoints_of(plan))
    hold_against_clients(under_load(plan, history, endpoint, whole), truths);
  if (plan.app.ready_path.empty()) return truths;
  for (const auto& [item, record] : item_records(history)) {
    hold_against_clients(in_item(item, record), truths);
    // Every call of that class throws, however short the time until it is rolled back.
    const auto* breaking = record.attempt("breaking");
    if (breaking != nullptr && record.unready_since(breaking->t_write)) ++truths.down;
  }
  return truths;
}

// What a pass lacks.
std::optional<std::string> untold(const Plan& plan, const Truths& truths) {
  for (const auto endpoint : endpoints_of(plan)) {
    const auto found = truths.up.find(endpoint);
    const auto times = found == truths.up.end() ? 0 : found->second;
    if (times < kFewestTrials)
      return fmt::format(
          "{} said UP {} times while clients were served; {} are needed, under a load of ten "
          "requests a second or more",
          endpoint, times, kFewestTrials);
  }
  if (truths.down == 0 && !plan.app.ready_path.empty())
    return "nothing broke the application while it could answer, so that it never had to say DOWN; "
           "the conformance item rollback does";
  return std::nullopt;
}

Finding told_wrongly(Finding finding, const Lie& lie) {
  auto said = std::move(finding).because(
      "{} said {} for {:.1f} s while {}{}", lie.endpoint, lie.up ? "UP" : "DOWN",
      to_seconds(lie.length()),
      lie.up ? "half of the requests failed, or more" : "clients were served",
      lie.item.empty() ? "" : fmt::format(" (conformance item {})", lie.item));
  if (!lie.item.empty())
    return std::move(said).evidence("fact", fmt::format("name = 'conformance.{}'", lie.item));
  const Span span{lie.from, lie.to};
  return std::move(said).window(span).evidence(
      "health",
      fmt::format("role = 'load' AND endpoint = '{}' AND {}", lie.endpoint, within("t", span)));
}

}  // namespace

// HLTH-02. By the longest row of wrong answers.
Verdict health_tells_the_truth(const Plan& plan, const History& history) {
  if (endpoints_of(plan).empty())
    return not_applicable("the contract of {} names neither live nor ready", plan.app.name);
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  const auto truths = truths_in(plan, history, *whole);
  const double longest = truths.longest ? to_seconds(truths.longest->length()) : 0;
  auto finding = compare(longest, limit_of(plan, "HLTH-02")).samples(truths.compared);
  if (finding.status() == Status::fail)
    return told_wrongly(std::move(finding), truths.longest.value());
  std::int64_t up = 0;
  for (const auto& [endpoint, times] : truths.up) up += times;
  return std::move(finding)
      .because(
          "{} times UP while clients were served, {} times DOWN while they were not, and never "
          "otherwise for more than {:.1f} s",
          up, truths.down, longest)
      .window(*whole)
      .evidence("health",
                "role = 'load' AND endpoint IN ('live', 'ready') AND " + within("t", *whole))
      .unless(untold(plan, truths));
}

}  // namespace bhsim::checks
