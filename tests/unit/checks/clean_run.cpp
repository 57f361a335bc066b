#include "clean_run.hpp"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "clean_parts.hpp"
#include "framework/history/series.hpp"
#include "framework/stats/histogram.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;
namespace series = history::series;

template <typename Row, typename TimeOf>
void drop_after(std::vector<Row>& rows, Time end, TimeOf time_of) {
  std::erase_if(rows, [&](const Row& row) { return std::invoke(time_of, row) >= end; });
}

}  // namespace

namespace clean {

double noise(std::int64_t i) {
  auto x = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15ULL;
  x ^= x >> 31U;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 29U;
  return static_cast<double>(x % 20001) / 10000.0 - 1;
}

bool disturbed(double s) {
  return (s >= kPause && s < kPauseRecovered) || (s >= kKill && s < kKillRecovered);
}

}  // namespace clean

std::string histogram(std::int64_t count, Nanos latency, double slow_share, Nanos slow) {
  stats::Histogram histogram;
  const auto slow_count = static_cast<std::int64_t>(slow_share * static_cast<double>(count) + 0.5);
  for (std::int64_t i = 0; i < count; ++i)
    histogram.record(i < slow_count ? slow : latency + Nanos(i * 1000));
  return histogram.encode();
}

CleanRun::CleanRun() : plan(clean::the_plan()) {
  const auto phase = [&](std::int64_t id, const char* name, double from, double to) {
    windows.push_back({WindowKind::phase, id, name, at(from), at(to)});
  };
  phase(1, "warm-up", 0, 30);
  phase(2, "baseline", 30, 120);
  phase(3, "steady", 120, 480);
  phase(4, "disrupt", 480, 570);
  phase(5, "recover", 570, 600);
  clean::add_load(*this);
  clean::add_swaps(*this);
  clean::add_bad_swaps(*this);
  clean::add_health(*this);
  clean::add_samples(*this);
  clean::add_collections(*this);
  clean::add_faults(*this);
  clean::add_facts(*this);
  clean::add_pairs(*this);
  // A thread asks for a lock at 230 and has got it five seconds later.
  for (const double s : {200.0, 400.0, 590.0, 230.0, 235.0, 240.0})
    dumps.push_back({at(s), fmt::format("dump-{:.0f}.txt", s), 40, false, "", s == 230 ? 1 : 0});
  lock_waits = {{at(230), "worker-1", "0x7f01", "java.lang.Object", "Orders.total(Orders.java:5)",
                 Nanos(20ms)}};
  ledger = {{at(550), "after kill 2", 5000, 5000, 0, 0, 0, 0, true, ""},
            {at(602), "end", 6000, 6000, 0, 0, 0, 0, true, ""}};
  artifacts = {{"artifacts/app.log", "log", std::string(64, 'd'), 1000}};
  for (int s = -10; s < 710; ++s)
    clock.push_back({at(s), wall_from_ns(1'767'225'600'000'000'000) + std::chrono::seconds(s)});
}

void CleanRun::change(std::string_view name, const std::function<double(double, double)>& change) {
  for (auto& row : samples.at(std::string(name))) row.value = change(seconds(row.t), row.value);
}

history::JvmSegment& CleanRun::first_life() {
  return *std::ranges::find(jvms, std::string("load"), &JvmSegment::role);
}

void CleanRun::end_first_life_at(double seconds) {
  auto& life = first_life();
  auto second = life;
  life.t_end = at(seconds);
  life.planned_end = false;
  life.exit_code = 1;
  second.segment = 2;
  second.t_start = at(seconds + 1);
  second.t_ready = at(seconds + 3);
  jvms.push_back(std::move(second));
}

void CleanRun::allocate_more(double megabytes_a_swap) {
  change(series::kAllocated, [&](double s, double value) {
    const auto served = std::ranges::count_if(swaps, [s](const Swap& swap) {
      return swap.role == "load" && swap.t_served && seconds(*swap.t_served) <= s;
    });
    return value + megabytes_a_swap * kMb * static_cast<double>(served);
  });
}

void CleanRun::fail_requests(double from_s, double to_s, std::int64_t count, Outcome outcome,
                             Nanos lasts) {
  for (auto& row : load) {
    const double s = seconds(row.t);
    if (s < from_s || s >= to_s || row.operation != "quote") continue;
    row.outcomes[0] -= count;
    row.within_slo -= count;
    row.outcomes[static_cast<std::size_t>(outcome)] += count;
    for (std::int64_t i = 0; i < count; ++i) {
      // Anywhere in its part of the second: failures at the same instant as swaps would look like
      // their doing.
      const double part = (static_cast<double>(i) + 0.5 +
                           0.49 * clean::noise(static_cast<std::int64_t>(s) * 97 + i));
      const Time planned =
          row.t + Nanos(static_cast<std::int64_t>(part * 1e9 / static_cast<double>(count)));
      const bool sent = outcome != Outcome::refused && outcome != Outcome::unsent;
      failures.push_back({planned, sent ? std::optional(planned) : std::nullopt, planned + lasts,
                          row.operation, outcome, 0, ""});
    }
  }
}

void CleanRun::without_agent() {
  plan.agent = {};
  plan.agent.name = "none";
  plan.swaps.clear();
  plan.conformance_swaps.clear();
  for (auto& phase : plan.phases) phase.swaps = false;
  swaps.clear();
  served.clear();
  redefinitions.clear();
  audit.clear();
  std::erase_if(windows, [](const Window& window) { return window.kind == WindowKind::swap; });
  std::erase_if(jvms, [](const JvmSegment& jvm) { return jvm.role == "bad-swaps"; });
  pairs.clear(), pair_jvms.clear(), pair_threads.clear(), pair_windows.clear();
  change(series::kCpuAgent, [](double, double) { return 0; });
  facts.erase("drift");
  facts["config.in_force"]["reported_sha256"] = nullptr;
  facts["versions"]["agent"] = "none";
}

void CleanRun::cut_at(double seconds) {
  const Time end = at(seconds);
  sealed = false;
  drop_after(windows, end, &Window::t1);
  drop_after(jvms, end, &JvmSegment::t_start);
  for (auto& jvm : jvms) {
    if (jvm.t_end && *jvm.t_end >= end) jvm.t_end.reset();
  }
  for (auto& [name, rows] : samples) drop_after(rows, end, &Sample::t);
  drop_after(load, end, &LoadSecond::t);
  drop_after(generator, end, &GeneratorSecond::t);
  drop_after(failures, end, &Failure::t_done);
  drop_after(swaps, end, &Swap::t_write);
  drop_after(served, end, &Served::first_sent);
  drop_after(violations, end, &Violation::t);
  drop_after(faults, end, &Fault::t_intent);
  drop_after(gc, end, &GcPause::t);
  drop_after(redefinitions, end, &Redefinition::t);
  drop_after(log_lines, end, &LogLine::t);
  drop_after(health, end, &Health::t);
  drop_after(dumps, end, &ThreadDump::t);
  drop_after(lock_waits, end, &LockWait::t);
  drop_after(ledger, end, &LedgerCheck::t);
  drop_after(audit, end, &AuditLine::t);
  drop_after(events, end, &EngineEvent::t);
  drop_after(clock, end, &ClockPoint::mono);
  drop_after(pairs, end, &Pair::t1);
  drop_after(pair_windows, end, &PairWindow::t);
  for (const char* late : {"drain", "drift", "ledger.total", "bad_swaps.load", "load.summary",
                           "resource_metrics", "end"})
    facts.erase(late);
}

JudgedRun judge(const CleanRun& run) {
  JudgedRun judged;
  judged.builder = std::make_unique<HistoryBuilder>();
  auto& to = *judged.builder;
  const auto add = [&](const auto& rows) {
    for (const auto& row : rows) to.add(row);
  };
  add(run.windows), add(run.jvms), add(run.load), add(run.generator), add(run.failures);
  add(run.swaps), add(run.served), add(run.violations), add(run.faults), add(run.gc);
  add(run.redefinitions), add(run.log_lines), add(run.health), add(run.dumps), add(run.ledger),
      add(run.lock_waits);
  add(run.audit), add(run.events), add(run.artifacts), add(run.clock);
  add(run.pairs), add(run.pair_jvms), add(run.pair_threads), add(run.pair_windows);
  for (const auto& [name, rows] : run.samples) add(rows);
  for (const auto& [name, json] : run.facts) to.fact(name, json.dump());
  judged.history = std::make_unique<History>(run.sealed ? to.build() : to.build_cut_short());
  judged.verdict = checks::judge(run.plan, *judged.history);
  return judged;
}

const Verdict& JudgedRun::of(std::string_view id) const {
  for (const auto& judged : verdict.checks)
    if (judged.check->id == id) return judged.verdict;
  throw std::invalid_argument(std::string(id) + " is no check");
}

std::vector<std::string> JudgedRun::with(Status status) const {
  std::vector<std::string> ids;
  for (const auto& judged : verdict.checks)
    if (judged.verdict.status == status) ids.emplace_back(judged.check->id);
  return ids;
}

}  // namespace bhsim::checks
