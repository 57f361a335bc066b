#include "framework/probes/probe_set.hpp"

#include <nlohmann/json.hpp>
#include <thread>

#include "framework/base/log.hpp"
#include "framework/history/series.hpp"
#include "framework/probes/jvm_logs.hpp"
#include "framework/probes/probe.hpp"

namespace bhsim::probes {

using namespace std::chrono_literals;

struct ProbeSet::State {
  const engine::Client& engine;
  history::Store& store;
  const Clock& clock;
  const ProbeOptions options;
  Board board;
  Continuity continuity;
  std::mutex trouble_mutex;
  nlohmann::json trouble = nlohmann::json::array();
  Segment segment;
  std::vector<std::jthread> run_threads, segment_threads;
  bool stopped = false;

  [[nodiscard]] Scene scene(const Segment& of) {
    return {.engine = engine,
            .store = store,
            .clock = clock,
            .options = options,
            .board = board,
            .continuity = continuity,
            .segment = of,
            .complain = [this](std::string_view probe, const std::string& what) {
              complain(probe, what);
            }};
  }

  void complain(std::string_view probe, const std::string& what) {
    constexpr std::size_t kMostTroubles = 200;
    const std::lock_guard lock(trouble_mutex);
    log::debug("probe {}: {}", probe, what);
    if (trouble.size() < kMostTroubles)
      trouble.push_back({{"probe", probe}, {"t", to_ns(clock.now())}, {"trouble", what}});
  }

  void launch(std::span<const Probe> probes, const Segment& of,
              std::vector<std::jthread>& threads) {
    for (const auto& probe : probes) {
      if (probe.least == Extent::full && options.extent != Extent::full) continue;
      if (probe.needs_sidecar && of.sidecar == nullptr) {
        complain(probe.name, "there is no side-car");
        continue;
      }
      threads.emplace_back([this, &probe, scene = scene(of)](const std::stop_token& stop) {
        try {
          probe.run(scene, stop);
        } catch (const std::exception& error) {  // of a library: one probe less, not the run
          complain(probe.name, fmt::format("ended by an exception: {}", error.what()));
        }
      });
    }
  }

  // The first and the newest of each JVM: what a leak consists of is the difference.
  [[nodiscard]] Result<void> keep_histogram(std::string_view text) const {
    const auto file = [this](std::string_view which) {
      return options.run_directory / fmt::format("artifacts/heap-histogram-{}-{}-{}.txt",
                                                 options.role, segment.number, which);
    };
    const auto first = file("first");
    return write_file(std::filesystem::exists(first) ? file("newest") : first, text);
  }

  static void end(std::vector<std::jthread>& threads) {
    for (auto& thread : threads) thread.request_stop();
    threads.clear();  // joins
  }
};

ProbeSet::ProbeSet(const engine::Client& engine, history::Store& store, const Clock& clock,
                   ProbeOptions options)
    : state_(new State{
          .engine = engine, .store = store, .clock = clock, .options = std::move(options)}) {}

ProbeSet::~ProbeSet() { stop(); }

Result<void> ProbeSet::start() {
  BHSIM_TRY(make_directories(state_->options.run_directory / "artifacts"));
  state_->launch(run_probes(), {}, state_->run_threads);
  return {};
}

void ProbeSet::begin_segment(const Segment& segment) {
  end_segment();
  state_->board.begin_life();
  state_->segment = segment;
  state_->launch(segment_probes(), segment, state_->segment_threads);
}

void ProbeSet::end_segment() {
  state_->board.end_life();
  State::end(state_->segment_threads);
  state_->segment.sidecar = nullptr;
}

void ProbeSet::stop() {
  if (std::exchange(state_->stopped, true)) return;
  end_segment();
  State::end(state_->run_threads);
  if (!state_->segment.container.empty()) catch_up_app_log(state_->scene(state_->segment));
  const std::lock_guard lock(state_->trouble_mutex);
  const auto& role = state_->options.role;
  state_->store.set_fact_json(role == "load" ? "probes" : "probes." + role, state_->trouble);
}

Result<std::int64_t> ProbeSet::force_collection(std::stop_token stop) {
  auto* sidecar = state_->segment.sidecar;
  if (sidecar == nullptr)
    return fail(ErrorCode::unsupported, "force a collection: there is no side-car");
  if (stop.stop_requested())
    return fail(ErrorCode::cancelled, "force a collection: stopped before");
  state_->continuity.forced.begin(state_->clock.now());
  // The histogram collects once more and counts at the same stop of the world, so not one byte
  // allocated since is in it; the first collection lets finalizers and reference queues go.
  const auto collected = sidecar->collect_garbage();
  const auto histogram =
      collected ? sidecar->attach_command("GC.class_histogram") : fail(collected.error());
  const Time t = state_->clock.now();
  state_->continuity.forced.end(t);
  if (!histogram) return fail(histogram.error());
  const auto live = parse_histogram_bytes(*histogram);
  if (!live)
    return fail(ErrorCode::protocol, "force a collection: no total in the class histogram: {}",
                histogram->substr(0, 200));
  sample(state_->scene({}), history::series::kHeapLive, t, static_cast<double>(*live));
  BHSIM_TRY(state_->keep_histogram(*histogram));
  return *live;
}

Result<void> ProbeSet::dump_threads() {
  if (state_->segment.container.empty())
    return fail(ErrorCode::conflict, "dump the threads: no application runs");
  return probes::dump_threads(state_->scene(state_->segment));
}

Latest ProbeSet::latest() const { return state_->board.latest(); }

std::int64_t ProbeSet::deadlocks() const { return state_->continuity.deadlocks; }

}  // namespace bhsim::probes
