#pragma once
// The store that a run of a plan would leave, at the full density of every probe: what sizes, times
// and memory of stores, checks and reports are measured on. Nothing is measured in it: shapes are
// drawn from the plan's seed, and an application behaves as a healthy one does.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "framework/config/plan.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/series.hpp"
#include "framework/history/store.hpp"
#include "framework/stats/histogram.hpp"

namespace bhsim::history {

class PlannedRun {
 public:
  PlannedRun(const config::Plan& plan, Store& store)
      : plan_(plan), store_(store), random_(plan.seed), seconds_(to_seconds(plan.duration)) {}

  void write() {
    store_.set_fact(fact::kPlan, config::to_json(plan_).dump());
    outages();
    windows();
    for (int s = 0; s < static_cast<int>(seconds_); ++s) second(s);
    swaps();
    ends();
    check(store_.flush());
  }

 private:
  static constexpr Time kStart = time_from_ns(1'000'000'000'000);
  static constexpr std::size_t kShapes = 48;  // of histograms for each operation and state
  struct Outage {
    double from, to;
  };

  static Time at(double s) { return kStart + Nanos(static_cast<std::int64_t>(s * 1e9)); }
  static void check(const Result<void>& result) {
    if (!result) throw std::runtime_error(result.error().message);
  }
  double unit() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  template <typename Row>
  void add(Row row) {
    store_.add(std::move(row));
    // The bounded queue of the store never has to drop a row.
    if (++rows_ % 10'000 == 0) check(store_.flush());
  }

  [[nodiscard]] bool down(double s) const {
    return std::any_of(outages_.begin(), outages_.end(),
                       [s](const Outage& o) { return o.from <= s && s < o.to; });
  }

  void outages() {
    for (const auto& fault : plan_.faults) {
      const double from = to_seconds(fault.at);
      outages_.push_back({from, from + to_seconds(fault.outage)});
    }
  }

  void windows() {
    std::int64_t id = 0;
    for (const auto& phase : plan_.phases)
      add(Window{WindowKind::phase, ++id, phase.name, kStart + phase.start,
                 kStart + phase.start + phase.length});
    for (const Nanos moment : plan_.collections) {
      const double s = to_seconds(moment);
      add(Window{WindowKind::gc, ++id, "forced", at(s), at(s + 0.2)});
      add(Sample{std::string(series::kHeapLive), at(s + 0.2), (48 + 0.4 * unit()) * kMb});
      add(GcPause{.t = at(s + 0.1),
                  .id = ++pauses_,
                  .kind = "Pause Full (Diagnostic Command)",
                  .cause = "Diagnostic Command",
                  .before_bytes = 300 << 20,
                  .after_bytes = 48 << 20,
                  .capacity_bytes = 1 << 30,
                  .pause = Nanos(static_cast<std::int64_t>(38e6 * (1 + 0.3 * unit()))),
                  .forced = true});
    }
    std::int64_t segment = 0;
    Time started = at(-5);
    for (const auto& fault : plan_.faults) {
      const Time applied = kStart + fault.at;
      const Time back = applied + fault.outage;
      add(Window{WindowKind::fault, fault.id, fault.kind, applied, back + std::chrono::seconds(1)});
      add(Fault{fault.id, fault.kind, "load-" + std::to_string(segment + 1), FaultState::healed,
                applied, applied + std::chrono::milliseconds(30), applied + fault.holds, back,
                back + std::chrono::milliseconds(400), "exit code 137 seen", "ready again"});
      if (fault.kind != "kill") continue;
      jvm(segment++, started, applied);
      started = applied + std::chrono::milliseconds(300);
    }
    jvm(segment, started, at(seconds_ + 6));
  }

  void jvm(std::int64_t segment, Time from, Time to) {
    const std::string container = "c" + std::to_string(segment);
    add(JvmSegment{segment, container, "load", from, from + std::chrono::seconds(3), to, 137, false,
                   true});
    add(EngineEvent{from, container, "start", ""});
    add(EngineEvent{to, container, "die", "137"});
  }

  const std::string& shape(const std::string& operation, std::int64_t count, double median_ms,
                           double slow_share) {
    auto& pool = shapes_[operation + std::to_string(median_ms)];
    if (pool.size() >= kShapes) return pool[random_() % kShapes];
    stats::Histogram h;
    std::lognormal_distribution<double> fast(std::log(median_ms), 0.45);
    for (std::int64_t i = 0; i < count; ++i) {
      const double ms = unit() < slow_share ? 10 + 40 * unit() : fast(random_);
      h.record(Nanos(static_cast<std::int64_t>(ms * 1e6)));
    }
    return pool.emplace_back(h.encode());
  }

  void second(int s) {
    double weights = 0;
    for (const auto& operation : plan_.load.operations) weights += operation.weight;
    const bool out = down(s);
    for (const auto& operation : plan_.load.operations) {
      std::poisson_distribution<std::int64_t> arrivals(plan_.load.rate_per_s * operation.weight /
                                                       weights);
      LoadSecond row{.t = at(s), .operation = operation.name, .planned = arrivals(random_)};
      row.outcomes[0] = out ? 0 : row.planned;
      row.outcomes[static_cast<std::size_t>(Outcome::refused)] = row.planned - row.outcomes[0];
      row.within_slo = row.outcomes[0];
      row.corrected = shape(operation.name, row.outcomes[0], out ? 0.5 : 1.2, 0.004);
      row.uncorrected = shape(operation.name, row.outcomes[0], out ? 0.4 : 1.0, 0.002);
      for (std::int64_t i = row.outcomes[0]; i < row.planned && failures_ < kMostFailures; ++i) {
        ++failures_;
        const double planned = s + unit();
        add(Failure{at(planned), at(planned), at(planned + 0.001), operation.name, Outcome::refused,
                    0, "connect 127.0.0.1:32768: Connection refused"});
      }
      add(std::move(row));
    }
    add(GeneratorSecond{.t = at(s),
                        .lag = shape("lag", 1000, 0.05, 0),
                        .lag_max = Nanos(static_cast<std::int64_t>(1e6 * (1 + unit()))),
                        .cpu_share = 0.05 + 0.01 * unit(),
                        .wakeups = 900 + static_cast<std::int64_t>(100 * unit())});
    add(ClockPoint{at(s), wall_from_ns(1'795'572'664'000'000'000 + s * 1'000'000'000LL)});
    if (!out) gauges(s);
    probes(s, out);
    if (s % 3 == 0 && !out)
      add(GcPause{.t = at(s + 0.4),
                  .id = ++pauses_,
                  .kind = "Pause Young (Normal)",
                  .cause = "G1 Evacuation Pause",
                  .before_bytes = 300 << 20,
                  .after_bytes = 60 << 20,
                  .capacity_bytes = 1 << 30,
                  .pause = Nanos(static_cast<std::int64_t>(2.2e6 * (1 + 0.4 * unit())))});
  }

  void gauges(int s) {
    const auto put = [&](std::string_view name, double value) {
      add(Sample{std::string(name), at(s + 0.2), value});
    };
    put(series::kHeapUsed, (90 + 14 * (s % 11) + 6 * unit()) * kMb);
    put(series::kHeapCommitted, 1024 * kMb);
    put(series::kMetaspaceUsed, (31 + 0.1 * unit()) * kMb);
    put(series::kClassesLoaded, 1830);
    put(series::kThreads, 41 + (s % 97 == 0 ? 1 : 0));
    put(series::kDescriptors, 118 + std::round(3 * unit()));
    put(series::kRss, (640 + 3 * unit()) * kMb);
    put(series::kCpuApp, cpu_ += (0.16 + 0.03 * unit()) * 1e9);
    put(series::kCpuAgent, agent_cpu_ += 0.002e9 * unit());
    put(series::kOwnCpu, own_cpu_ += 0.06e9 * (1 + 0.1 * unit()));
    put(series::kOwnRss, (38 + unit()) * kMb);
    put(series::kPeriods, 10.0 * s);
    put(series::kThrottledPeriods, 0);
    put(series::kContainerMemory, (655 + 3 * unit()) * kMb);
    put(series::kMemoryLimit, 5120 * kMb);
    put(series::kMemoryFailures, 0);
    put(series::kPids, 42);
    put(series::kGcTime, 0.8e6 * s);
    put(series::kSafepointTime, 1.1e6 * s);
    put(series::kHostSpin, 1e6 * (1 + 0.05 * unit()));
    put(series::kSwapsCompleted, s / 4.0);
    put(series::kMetricsErrorRate, 0);
    put(series::kMetricsRequestRate, 1000 + 30 * unit());
    if (s % 10 == 0) put(series::kVolumeUsed, (20 + s * 0.001) * kMb);
  }

  void probes(int s, bool out) {
    const auto probe = [&](std::string endpoint, double t) {
      add(Health{at(t), std::move(endpoint), !out, out ? 0 : 200,
                 Nanos(static_cast<std::int64_t>(1e6 * (1 + unit())))});
    };
    for (int i = 0; i < 10; ++i) probe("uptime", s + 0.1 * i);
    probe("live", s + 0.3);
    probe("ready", s + 0.5);
    if (s % 5 == 0) probe("container", s + 0.7);
    if (s % 60 == 0)
      add(ThreadDump{at(s), "artifacts/threads-" + std::to_string(s) + ".txt", 41, false, ""});
    if (s % 20 == 0)
      add(LogLine{at(s), "agent", "WARN", "a class file was read while half written"});
  }

  static std::string digest(std::int64_t n) {
    return fmt::format("{:064x}", static_cast<std::uint64_t>(n) * 0x9e3779b97f4a7c15U);
  }

  void swaps() {
    std::int64_t window = 1'000'000;
    for (const auto& planned : plan_.swaps) {
      const double s = to_seconds(planned.at);
      const double took = 0.15 + 0.25 * unit();
      const bool seen = !down(s) && !down(s + took);
      Swap swap{.generation = planned.generation,
                .class_name = planned.class_name,
                .variant = planned.variant,
                .valid = planned.valid,
                .group_id = planned.group_id,
                .phase = planned.phase,
                .t_write = at(s),
                .t_rename = at(s + 0.002),
                .outcome = seen ? SwapOutcome::landed : SwapOutcome::unseen,
                .sha256 = digest(planned.generation),
                .sha256_before = digest(planned.generation - 1)};
      if (seen) {
        swap.t_served = at(s + took);
        add(Served{planned.class_name, planned.generation, at(s + took - 0.002), at(s + took),
                   at(s + took + 9), 1'800});
        add(Redefinition{at(s + took - 0.01), planned.class_name, true, "redefined, count=1"});
        add(AuditLine{at(s + took - 0.005), planned.class_name, swap.sha256_before, swap.sha256,
                      "swapped", ""});
      }
      add(Window{WindowKind::swap, ++window, planned.class_name, at(s - 0.2), at(s + took + 1)});
      add(std::move(swap));
    }
  }

  void ends() {
    const auto ledger = [&](double s, std::string reason) {
      const auto writes = static_cast<std::int64_t>(100 * s);
      add(LedgerCheck{.t = at(s),
                      .reason = std::move(reason),
                      .acknowledged = writes,
                      .verified = writes,
                      .complete = true});
    };
    for (const auto& fault : plan_.faults)
      ledger(to_seconds(fault.at + fault.outage), "after fault " + std::to_string(fault.id));
    ledger(seconds_, "end");
    store_.set_fact(fact::kEnd, R"({"reason": "completed"})");
    store_.set_fact(fact::kVersions, R"({"bhsim": "0.1.0", "jvm": "17.0.12"})");
  }

  static constexpr double kMb = 1024.0 * 1024.0;
  const config::Plan& plan_;
  Store& store_;
  std::mt19937_64 random_;
  const double seconds_;
  std::vector<Outage> outages_;
  std::map<std::string, std::vector<std::string>> shapes_;
  std::int64_t rows_ = 0;
  std::int64_t pauses_ = 0;
  std::int64_t failures_ = 0;
  double cpu_ = 0;
  double agent_cpu_ = 0;
  double own_cpu_ = 0;
};

}  // namespace bhsim::history
