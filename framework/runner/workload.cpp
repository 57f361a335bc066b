#include "framework/runner/workload.hpp"

#include <nlohmann/json.hpp>

#include "framework/history/facts.hpp"
#include "framework/load/http_get.hpp"
#include "framework/load/report.hpp"
#include "framework/runner/load_rows.hpp"

namespace bhsim::runner {

using namespace std::chrono_literals;

Workload::Workload(const Clock& clock, history::Store& store, Versions& versions,
                   std::function<void(history::LiveState)> tick)
    : clock_(clock), store_(store), versions_(versions), tick_(std::move(tick)) {}

Workload::~Workload() {
  if (run_) run_->stop();  // closes the queue, too, which ends the collector; that uses the run
  if (collector_.joinable()) collector_.join();
}

Result<std::unique_ptr<Workload>> Workload::start(load::LoadSpec spec, const Clock& clock,
                                                  history::Store& store, Versions& versions,
                                                  std::function<void(history::LiveState)> tick,
                                                  std::stop_token stop) {
  std::unique_ptr<Workload> workload(new Workload(clock, store, versions, std::move(tick)));
  workload->classes_ = load::observed_classes(spec);
  BHSIM_ASSIGN(workload->run_, load::Run::create(std::move(spec), clock, workload->events_));
  BHSIM_TRY(workload->run_->start(std::move(stop)));
  workload->collector_ = std::thread([self = workload.get()] { self->collect(); });
  return workload;
}

void Workload::collect() {
  Time next_show = clock_.now();
  Time next_settle = clock_.now();
  while (!events_.closed_and_empty()) {
    if (auto event = events_.pop(100ms)) take(std::move(*event));
    const Time now = clock_.now();
    if (now >= next_settle) {
      versions_.settle(now);
      next_settle = now + 1s;
    }
    if (now >= next_show) {
      show();
      next_show = now + 200ms;
    }
  }
}

void Workload::take(load::Event event) {
  const auto& spec = run_->spec();
  if (const auto* second = std::get_if<load::SecondRecord>(&event))
    store_.add(to_row(*second, spec));
  if (const auto* second = std::get_if<load::GeneratorSecond>(&event)) store_.add(to_row(*second));
  if (const auto* failure = std::get_if<load::Failure>(&event)) store_.add(to_row(*failure, spec));
  if (const auto* seen = std::get_if<load::Observations>(&event))
    versions_.observe(*seen, classes_);
}

void Workload::show() {
  const auto now = run_->live();
  history::LiveState state;
  state.elapsed = std::max(Nanos{}, clock_.now() - run_->t0());
  state.total = run_->spec().duration;
  state.rate_per_s = now.rate_per_s;
  state.p50 = now.p50;
  state.p99 = now.p99;
  state.requests = static_cast<std::int64_t>(now.planned);
  state.errors = static_cast<std::int64_t>(now.errors);
  const auto swaps = versions_.counts();
  state.swaps = swaps.delivered;
  state.swaps_ok = swaps.ended_well;
  tick_(std::move(state));
}

load::Summary Workload::join() {
  auto summary = run_->join();
  if (collector_.joinable()) collector_.join();
  store_.set_fact(history::fact::kLoadSummary, load::to_json(run_->spec(), summary).dump());
  if (summary.failures_dropped > 0)
    store_.set_fact(history::fact::kFailuresDropped, std::to_string(summary.failures_dropped));
  return summary;
}

history::LedgerCheck check_ledger(const load::LedgerSnapshot& ledger, int port,
                                  const std::string& path, const std::string& reason,
                                  const Clock& clock, std::stop_token stop) {
  history::LedgerCheck row;
  row.reason = reason;
  row.acknowledged = static_cast<std::int64_t>(ledger.counts.acknowledged);
  const auto fetch = load::http_range_fetch({.port = static_cast<std::uint16_t>(port)}, path, 10s);
  const auto report = load::verify(ledger, fetch, std::move(stop));
  row.t = clock.now();
  if (!report) {
    row.detail = report.error().message;
    return row;
  }
  row.complete = true;
  row.lost = static_cast<std::int64_t>(report->lost);
  row.altered = static_cast<std::int64_t>(report->altered);
  row.duplicated = static_cast<std::int64_t>(report->duplicated);
  row.resurrected = static_cast<std::int64_t>(report->resurrected);
  row.verified =
      static_cast<std::int64_t>(report->acknowledged) - row.lost - row.altered - row.duplicated;
  constexpr std::size_t kTold = 5;
  for (std::size_t i = 0; i < std::min(kTold, report->findings.size()); ++i) {
    const auto& finding = report->findings[i];
    row.detail += fmt::format("{}{} {}/{}", i == 0 ? "" : ", ", load::to_string(finding.fault),
                              finding.writer, finding.sequence);
  }
  return row;
}

}  // namespace bhsim::runner
