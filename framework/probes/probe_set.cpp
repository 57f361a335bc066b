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
  std::atomic<std::int64_t> dumps{0};
  std::mutex trouble_mutex;
  nlohmann::json trouble = nlohmann::json::array();
  Segment segment;
  std::vector<std::jthread> run_threads, segment_threads;
  bool stopped = false;

  [[nodiscard]] Scene scene(const Segment& of) {
    return {.engine = engine, .store = store, .clock = clock, .options = options, .board = board, .segment = of,
            .complain = [this](std::string_view probe, const std::string& what) { complain(probe, what); },
            .dumps = &dumps};
  }

  void complain(std::string_view probe, const std::string& what) {
    constexpr std::size_t kMostTroubles = 200;
    const std::lock_guard lock(trouble_mutex);
    log::debug("probe {}: {}", probe, what);
    if (trouble.size() < kMostTroubles) trouble.push_back({{"probe", probe}, {"t", to_ns(clock.now())}, {"trouble", what}});
  }

  void launch(std::span<const Probe> probes, const Segment& of, std::vector<std::jthread>& threads) {
    for (const auto& probe : probes) {
      if (probe.least == Extent::full && options.extent != Extent::full) continue;
      if (probe.needs_sidecar && of.sidecar == nullptr) {
        complain(probe.name, "there is no side-car");
        continue;
      }
      threads.emplace_back([run = probe.run, scene = scene(of)](const std::stop_token& stop) { run(scene, stop); });
    }
  }

  static void end(std::vector<std::jthread>& threads) {
    for (auto& thread : threads) thread.request_stop();
    threads.clear();  // joins
  }
};

ProbeSet::ProbeSet(const engine::Client& engine, history::Store& store, const Clock& clock, ProbeOptions options)
    : state_(new State{.engine = engine, .store = store, .clock = clock, .options = std::move(options)}) {}

ProbeSet::~ProbeSet() { stop(); }

Result<void> ProbeSet::start() {
  BHSIM_TRY(make_directories(state_->options.run_directory / "artifacts"));
  state_->launch(run_probes(), {}, state_->run_threads);
  return {};
}

void ProbeSet::begin_segment(const Segment& segment) {
  end_segment();
  state_->board.forget();
  state_->segment = segment;
  state_->launch(segment_probes(), segment, state_->segment_threads);
}

void ProbeSet::end_segment() { State::end(state_->segment_threads); }

void ProbeSet::stop() {
  if (std::exchange(state_->stopped, true)) return;
  end_segment();
  State::end(state_->run_threads);
  const std::lock_guard lock(state_->trouble_mutex);
  state_->store.set_fact(state_->options.role == "load" ? "probes" : "probes." + state_->options.role, state_->trouble.dump());
}

Result<std::int64_t> ProbeSet::force_collection(std::stop_token) {
  auto* sidecar = state_->segment.sidecar;
  if (sidecar == nullptr) return fail(ErrorCode::unsupported, "force a collection: there is no side-car");
  // Twice: the first may find objects that only a finalizer or a reference queue lets go of.
  for (int i = 0; i < 2; ++i) BHSIM_TRY(sidecar->collect_garbage());
  // Asked at once, so that little has been allocated since: milliseconds, not the second until the next tick.
  BHSIM_ASSIGN(const auto text, sidecar->attach_command("GC.heap_info"));
  const Time t = state_->clock.now();
  const auto used = parse_heap_used(text);
  if (!used) return fail(ErrorCode::protocol, "force a collection: no use of the heap in: {}", text.substr(0, 200));
  state_->store.add(history::Sample{std::string(history::series::kHeapLive), t, static_cast<double>(*used)});
  return *used;
}

Result<void> ProbeSet::dump_threads() {
  if (state_->segment.sidecar == nullptr) return fail(ErrorCode::unsupported, "dump the threads: there is no side-car");
  return probes::dump_threads(state_->scene(state_->segment));
}

Latest ProbeSet::latest() const { return state_->board.latest(); }

}  // namespace bhsim::probes
