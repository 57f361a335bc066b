// The plan for people: what `bhsim run --dry-run` prints.

#include <algorithm>
#include <iterator>

#include "framework/config/build.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/faults/catalogue.hpp"

namespace bhsim::config {
namespace {

constexpr std::size_t kWidth = 100;

// "0:08:02" since the start of the load; tenths only where there are any.
std::string moment(Nanos at) {
  const auto tenths = at.count() / 100'000'000;
  auto out = fmt::format("{}:{:02}:{:02}", tenths / 36000, tenths / 600 % 60, tenths / 10 % 60);
  if (tenths % 10 != 0) out += fmt::format(".{}", tenths % 10);
  return out;
}

std::string count(std::size_t n, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", n, n == 1 ? one : many);
}

// The end of the first word of `text`; a unit stays with its number.
std::size_t word_end(std::string_view text) {
  auto blank = text.find(' ');
  while (blank != std::string_view::npos && text.substr(blank + 1).starts_with('%'))
    blank = text.find(' ', blank + 1);
  return std::min(blank, text.size());
}

// `text` behind `head`, broken at blanks to kWidth columns, the further lines indented like the
// first.
std::string wrapped(std::string_view head, std::string_view text) {
  std::string out, line(head);
  const std::string indent(head.size(), ' ');
  bool fresh = true;
  while (!text.empty()) {
    const auto blank = word_end(text);
    const auto word = text.substr(0, blank);
    if (!fresh && line.size() + 1 + word.size() > kWidth) {
      out += line + '\n';
      line = indent;
      fresh = true;
    }
    if (!fresh) line += ' ';
    line += word;
    fresh = false;
    text.remove_prefix(std::min(blank + 1, text.size()));
  }
  return out + line + '\n';
}

// One line of the timeline.
struct Row {
  Nanos at{};
  int rank = 0;  // at the same moment a phase stands before what is in it
  Nanos length{};
  std::string text;
};

void phase_rows(const Plan& plan, std::vector<Row>& rows) {
  for (const auto& phase : plan.phases) rows.push_back({phase.start, 0, phase.length, phase.name});
}

// The swaps of one train, which stand next to each other.
Row train_row(const PlannedSwap* first, const PlannedSwap* last) {
  std::size_t steps = 0, groups = 0;
  std::int64_t group = 0;
  Nanos at(-1);
  for (const auto* swap = first; swap != last; ++swap) {
    if (swap->at != at) ++steps;
    at = swap->at;
    if (swap->group_id != 0 && swap->group_id != group) ++groups;
    group = swap->group_id;
  }
  const auto deliveries = static_cast<std::size_t>(last - first);
  auto text = fmt::format("  train {}: {}, {}", first->train, count(steps, "step", "steps"),
                          count(deliveries, "swap", "swaps"));
  if (groups > 0) text += fmt::format(", {}", count(groups, "group", "groups"));
  return {first->at, 2, at - first->at, std::move(text)};
}

void train_rows(const Plan& plan, std::vector<Row>& rows) {
  const PlannedSwap* end = plan.swaps.data() + plan.swaps.size();
  for (const auto* first = plan.swaps.data(); first != end;) {
    const auto* last = std::find_if(
        first, end, [first](const PlannedSwap& swap) { return swap.train != first->train; });
    rows.push_back(train_row(first, last));
    first = last;
  }
}

std::string told(const PlannedFault& fault) {
  std::string out;
  for (const auto& [name, value] : fault.parameters)
    out += fmt::format("{}{} {}", out.empty() ? " (" : ", ", name, value);
  return out.empty() ? out : out + ")";
}

// What comes before it acts.
std::string twin_of(const PlannedFault& fault) {
  const auto* kind = faults::find_fault_kind(fault.kind);
  if (kind == nullptr || kind->twin == Nanos{}) return "";
  return fmt::format(", after {} through the idle relay", spoken(kind->twin));
}

void fault_rows(const Plan& plan, std::vector<Row>& rows) {
  for (const auto& fault : plan.faults) {
    const auto what = fault.holds == Nanos{}
                          ? fmt::format("{}{} and start again, reckoned at {}",
                                        fault.kind == "kill" ? "kill -9" : fault.kind, told(fault),
                                        spoken(fault.outage))
                          : fmt::format("{}{} for {}{}", fault.kind, told(fault),
                                        spoken(fault.holds), twin_of(fault));
    rows.push_back({fault.at, 1, std::max(fault.outage, fault.holds),
                    fmt::format("  fault {}: {}", fault.id, what)});
  }
}

void step_rows(const Plan& plan, std::vector<Row>& rows) {
  for (const auto& step : plan.steps)
    rows.push_back({step.at, 1, step.length,
                    fmt::format("  load step: {:.6g}/s, {:.3g} times as much",
                                plan.load.rate_per_s * step.factor, step.factor)});
}

std::string timeline(const Plan& plan) {
  std::vector<Row> rows;
  phase_rows(plan, rows);
  train_rows(plan, rows);
  fault_rows(plan, rows);
  step_rows(plan, rows);
  std::stable_sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) {
    return std::pair(a.at, a.rank) < std::pair(b.at, b.rank);
  });
  std::string out = "Timeline, from the start of the load\n  at           length   what\n";
  for (const auto& row : rows)
    out += fmt::format("  {:<12} {:<8} {}\n", moment(row.at),
                       row.length == Nanos{} ? "" : spoken(row.length), row.text);
  return out + fmt::format("  {:<12} {:<8} end of the load\n", moment(plan.duration), "");
}

std::string collections(const Plan& plan) {
  if (plan.collections.empty()) return "";
  std::vector<std::string> moments;
  for (const auto at : plan.collections) moments.push_back(moment(at));
  return "\nFull collections are forced, each in a quiet moment, at\n" +
         wrapped("  ", fmt::format("{}", fmt::join(moments, " ")));
}

std::string pairs(const Plan& plan) {
  if (plan.pairs.empty()) return "";
  const auto& first = plan.pairs.front();
  std::string out = fmt::format(
      "\nAfter the load, pairs of fresh JVMs, up at once and asked for the same at {:.6g}/s each\n"
      "  at           length   what (reckoned)\n",
      plan.load.rate_per_s);
  for (const auto& pair : plan.pairs) {
    const std::string_view sides = pair.floor         ? "two without the agent"
                                   : pair.plain_first ? "without the agent, then with it"
                                                      : "with the agent, then without";
    out +=
        fmt::format("  {:<12} {:<8} pair {}: {}{}\n", moment(pair.at), spoken(pair.length), pair.id,
                    sides, pair.floor ? "" : ", " + count(pair.swaps.size(), "swap", "swaps"));
  }
  return out +
         wrapped("  ", fmt::format("each is warmed up for {} as fast as it can, then measured "
                                   "for {}",
                                   spoken(first.warm_up), spoken(first.measured)));
}

std::string after_the_load(const Plan& plan) {
  if (plan.items.empty()) return "";
  std::string out = "\nAfter the load, each on a container of its own (lengths are reckoned)\n";
  for (const auto& item : plan.items) {
    out += fmt::format("  {:<12} {:<8} {}\n", item.kind, spoken(item.length), item.name);
    for (const auto& swap : plan.conformance_swaps)
      if (swap.role == item.name)
        out += fmt::format("  {:<12} {:<8}   by {} {}: {}{}\n", "", "", moment(swap.at),
                           swap.class_name, swap.variant, swap.valid ? "" : ", must be refused");
  }
  return out;
}

std::string head(const Plan& plan) {
  const auto& app = plan.app;
  std::string out =
      fmt::format("{} · {} · {} of load, about {} in all · seed {}\n", plan.simulation, plan.title,
                  spoken(plan.duration), spoken(total_length(plan)), plan.seed);
  out += wrapped("  app      ",
                 fmt::format("{}, {}, port {}", app.name,
                             app.image_ref.empty() ? "image built from " + app.image_build
                                                   : "image " + app.image_ref,
                             app.port));
  std::string agent = plan.agent.name;
  if (!plan.agent.jar.empty()) agent += ", " + plan.agent.jar;
  if (plan.agent.present())
    agent += fmt::format(", a swap lands within {} or is lost", spoken(plan.agent.swap_within));
  if (!plan.production.text.empty())
    agent += fmt::format(", configured by {}", plan.production.file.string());
  out += wrapped("  agent    ", agent);
  if (!plan.jvm.empty()) out += wrapped("  jvm      ", fmt::format("{}", fmt::join(plan.jvm, " ")));
  std::vector<std::string> operations;
  double weights = 0;
  for (const auto& operation : plan.load.operations) weights += operation.weight;
  for (const auto& operation : plan.load.operations)
    operations.push_back(
        fmt::format("{} {:.3g} %", operation.name, operation.weight / weights * 100));
  out += wrapped(
      "  load     ",
      fmt::format(
          "{}: {:.6g}/s {}, {}, timeout {}, objective {}; {}", plan.load.name, plan.load.rate_per_s,
          plan.load.arrivals,
          count(static_cast<std::size_t>(plan.load.connections), "connection", "connections"),
          spoken(plan.load.timeout), spoken(plan.load.slo), fmt::join(operations, ", ")));
  if (!plan.settings.empty())
    out += wrapped("  set      ", fmt::format("{}", fmt::join(plan.settings, " ")));
  return out;
}

std::string totals(const Plan& plan) {
  const auto of = [&plan](std::string_view kind) {
    return static_cast<std::size_t>(
        std::count_if(plan.faults.begin(), plan.faults.end(),
                      [kind](const auto& fault) { return fault.kind == kind; }));
  };
  const auto others = plan.faults.size() - of("kill") - of("pause");
  std::string out = "\nIn all\n";
  const auto trains = plan.swaps.empty() ? 0 : plan.swaps.back().train;
  out += wrapped(
      "  ",
      fmt::format(
          "{} in {}; {}, {}{}; {}", count(plan.swaps.size(), "valid swap", "valid swaps"),
          count(static_cast<std::size_t>(trains), "train", "trains"),
          count(of("kill"), "kill", "kills"), count(of("pause"), "pause", "pauses"),
          others == 0 ? "" : ", " + count(others, "other fault", "other faults"),
          count(plan.collections.size(), "forced full collection", "forced full collections")));
  const double share = planned_outage_share(plan);
  out += wrapped("  ", fmt::format("planned outage {:.1f} s, {:.2f} % of the load ({} {} %)",
                                   share * to_seconds(plan.duration), share * 100,
                                   share <= kPlannedOutageMax ? "at most" : "MORE than",
                                   kPlannedOutageMax * 100));
  return out + wrapped("  ", fmt::format("about {} from the first container to the verdict",
                                         spoken(total_length(plan))));
}

std::string judged(const Plan& plan) {
  std::string out = fmt::format(
      "\nDecided by {} (limits: {})\n",
      count(plan.required.size() - plan.demoted.size(), "check", "checks"), plan.thresholds);
  std::vector<std::string> deciding;
  for (const auto& id : plan.required)
    if (!plan.demoted.contains(id)) deciding.push_back(id);
  out += wrapped("  ", fmt::format("{}", fmt::join(deciding, " ")));
  if (!plan.demoted.empty()) out += "\nRequired, but advisory in this run\n";
  for (const auto& [id, why] : plan.demoted) out += wrapped(fmt::format("  {:<8} ", id), why);
  if (!plan.waivers.empty()) out += "\nWaived\n";
  for (const auto& waiver : plan.waivers)
    out += wrapped(fmt::format("  {:<8} ", waiver.check),
                   fmt::format("{} ({}, until {})", waiver.reason, waiver.owner, waiver.expires));
  if (!plan.notes.empty()) out += "\nTo know before\n";
  for (const auto& note : plan.notes) out += wrapped("  · ", note);
  return out;
}

}  // namespace

std::string describe(const Plan& plan) {
  return head(plan) + "\n" + timeline(plan) + collections(plan) + pairs(plan) +
         after_the_load(plan) + totals(plan) + judged(plan);
}

}  // namespace bhsim::config
