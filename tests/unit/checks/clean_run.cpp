#include "clean_run.hpp"

#include <algorithm>
#include <stdexcept>

#include "clean_items.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/series.hpp"
#include "framework/stats/histogram.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;
namespace series = history::series;

constexpr double kEnd = 600;
constexpr double kPause = 500, kPauseUndone = 501.5, kPauseRecovered = 502;
constexpr double kKill = 540, kStarted = 540.5, kKillRecovered = 543;
constexpr std::int64_t kFaults = 21;
constexpr std::int64_t kRate = 100;
constexpr int kStep = 60, kStepEnd = 70;  // half as much load again

constexpr std::array<const char*, 3> kClasses = {"PricingService", "DiscountService",
                                                 "com.example.orders.OrderPolicy"};

// Small, repeatable noise in [-1, 1].
double noise(std::int64_t i) {
  auto x = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15ULL;
  x ^= x >> 31U;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 29U;
  return static_cast<double>(x % 20001) / 10000.0 - 1;
}

double since_start(Time t) { return to_seconds(t - kBuilderStart); }

bool disturbed(double s) {
  return (s >= kPause && s < kPauseRecovered) || (s >= kKill && s < kKillRecovered);
}

// --- the plan ----------------------------------------------------------------------------------

config::Plan the_plan() {
  config::Plan plan;
  plan.simulation = "production";
  plan.seed = 42;
  plan.duration = 600s;
  plan.app.name = "ProductionSimulationApp";
  plan.app.ready_path = "/health/ready";
  plan.app.live_path = "/health/live";
  plan.app.metrics_path = "/metrics";
  plan.app.swap_directory = "/classes";
  for (const auto* name : kClasses)
    plan.app.swap_classes.push_back({name, {"quote"}, std::string("X-Version-") + name});
  plan.app.ledger_ranges = "/ledger/{writer}?from={from}&to={to}";
  plan.app.ledger_survives = {"kill", "restart"};
  plan.app.ledger_total = "orders_total";
  plan.app.swap_groups = {{kClasses[0], kClasses[1]}};
  plan.app.audit_file = "/state/audit.log";
  plan.app.volumes = {"/state"};
  plan.agent.name = "reference";
  plan.agent.accepts = {"method-body"};
  plan.agent.thread_prefix = "bhsim-agent";
  plan.agent.claims.audit = true;
  plan.agent.claims.configuration = config::kConfigurationKeys;
  plan.production.text = "bytehot: {}\n";
  plan.production.sha256 = std::string(64, 'c');
  plan.load.name = "high";
  plan.load.rate_per_s = static_cast<double>(kRate);
  const auto phase = [&](const char* name, Nanos start, Nanos length, bool swaps, bool faults) {
    plan.phases.push_back({name, start, length, swaps, faults});
  };
  phase("warm-up", 0s, 30s, false, false);
  phase("baseline", 30s, 90s, false, false);
  phase("steady", 120s, 360s, true, false);
  phase("disrupt", 480s, 90s, false, true);
  phase("recover", 570s, 30s, false, false);
  plan.steps = {
      {std::chrono::seconds(kStep), std::chrono::seconds(kStepEnd - kStep), 1.5, "baseline"}};
  plan.conformance = {"bad-swaps", "breaker", "rollback", "configuration"};
  plan.agent.breaker = {.failures = 3, .pause = 4s, .jvm = {}};
  plan.agent.metrics = {{"breaker_open", "breaker{state=\"open\"}"},
                        {"rolled_back", "rolled_back"}};
  plan.agent.events = {"com.example.Swap"};
  plan.agent.log["retry"] = "RETRY class={class} ";
  plan.agent.log["breaker"] = "BREAKER to=(.*)";
  plan.audits = {"container", "drain"};
  for (const auto& check : all()) plan.required.emplace_back(check.id);
  return plan;
}

// --- swaps -------------------------------------------------------------------------------------

std::string digest(std::int64_t generation) { return fmt::format("{:064x}", generation); }

void add_swap(CleanRun& run, double s, std::int64_t generation, std::string class_name) {
  const Nanos latency = 60ms + Nanos(static_cast<std::int64_t>(15e6 * noise(generation)));
  Swap swap;
  swap.generation = generation;
  swap.class_name = class_name;
  swap.variant = "valid";
  swap.phase = "steady";
  swap.t_write = at(s);
  swap.t_rename = at(s) + 3ms;
  swap.t_served = at(s) + latency;
  swap.outcome = SwapOutcome::landed;
  swap.sha256 = digest(generation);
  swap.sha256_before = digest(generation < 4 ? 0 : generation - 3);
  run.audit.push_back(
      {at(s) + latency, class_name, swap.sha256_before, swap.sha256, "swapped", ""});
  run.redefinitions.push_back({at(s) + latency - 2ms, class_name, true, ""});
  run.windows.push_back(
      {WindowKind::swap, generation, class_name, at(s) - 200ms, at(s) + latency + 1s});
  run.served.push_back(
      {class_name, generation, at(s) + latency - 1ms, at(s) + latency, at(s) + latency + 5s, 400});
  run.plan.swaps.push_back({.generation = generation,
                            .at = at(s) - kBuilderStart,
                            .class_name = std::move(class_name),
                            .phase = "steady"});
  run.swaps.push_back(std::move(swap));
}

void add_swaps(CleanRun& run) {
  std::int64_t generation = 0, trains = 0;
  for (double train = 126; train + 20 <= 480; train += 30) {
    ++trains;
    for (int i = 0; i < 10; ++i) {
      ++generation;
      // The last two of a train at once; in every other train as a group.
      add_swap(run, train + 2.0 * std::min(i, 8), generation,
               kClasses[static_cast<std::size_t>(generation % 3)]);
      if (i >= 8 && trains % 2 == 0)
        run.swaps.back().group_id = run.plan.swaps.back().group_id = trains;
    }
  }
}

void add_bad_swaps(CleanRun& run) {
  constexpr const char* kRole = "bad-swaps";
  run.jvms.push_back({0, "c-bad", kRole, at(610), at(612), at(680), 143, false, true});
  double s = 615;
  std::int64_t generation = 1000;
  for (const char* variant : {"truncated", "bad-magic", "schema-change", "zero-length"}) {
    Swap bad;
    bad.generation = ++generation;
    bad.class_name = "PricingService";
    bad.variant = variant;
    bad.valid = false;
    bad.role = kRole;
    bad.t_write = at(s);
    bad.outcome = SwapOutcome::refused;
    bad.sha256 = digest(generation);
    bad.sha256_before = digest(generation - 1);
    bad.detail.clear();
    run.redefinitions.push_back({at(s) + 50ms, bad.class_name, false, "ClassFormatError"});
    run.audit.push_back(
        {at(s) + 50ms, bad.class_name, bad.sha256_before, bad.sha256, "refused", ""});
    Swap good = bad;
    good.generation = ++generation;
    good.variant = "valid";
    good.valid = true;
    good.t_write = at(s + 5);
    good.t_served = at(s + 5) + 70ms;
    good.outcome = SwapOutcome::landed;
    good.sha256 = digest(generation);
    good.detail.clear();
    run.audit.push_back(
        {at(s + 5) + 70ms, good.class_name, good.sha256_before, good.sha256, "swapped", ""});
    for (const auto& swap : {bad, good})
      run.plan.conformance_swaps.push_back({.generation = swap.generation,
                                            .class_name = swap.class_name,
                                            .variant = swap.variant,
                                            .role = kRole,
                                            .valid = swap.valid});
    run.swaps.push_back(bad);
    run.swaps.push_back(good);
    s += 12;
  }
}

// --- load --------------------------------------------------------------------------------------

LoadSecond load_second(double s, const char* operation, std::int64_t planned) {
  static const std::string quick = histogram(90, 2ms, 0.01, 8ms);
  LoadSecond row;
  row.t = at(s);
  row.operation = operation;
  row.planned = planned;
  row.outcomes[0] = planned;
  row.within_slo = planned;
  row.corrected = quick;
  row.uncorrected = quick;
  return row;
}

void add_load(CleanRun& run) {
  static const std::string lag = histogram(100, 80us);
  for (int s = 0; s < static_cast<int>(kEnd); ++s) {
    const std::int64_t rate = s >= kStep && s < kStepEnd ? kRate * 3 / 2 : kRate;
    run.load.push_back(load_second(s, "quote", rate * 9 / 10));
    run.load.push_back(load_second(s, "order", rate / 10));
    run.generator.push_back({at(s), lag, 300us, 0.08, 110, 0});
  }
}

// --- health, samples ---------------------------------------------------------------------------

void add_health(CleanRun& run) {
  const auto add = [&](double s, const char* endpoint, bool up, Nanos latency) {
    run.health.push_back({at(s), endpoint, up, up ? 200 : 0, latency, "load"});
  };
  for (int s = 0; s < static_cast<int>(kEnd); ++s) {
    const bool up = !disturbed(s);
    add(s + 0.1, "live", up, 2ms);
    add(s + 0.2, "ready", up, 3ms);
    if (s % 5 == 0) add(s + 0.3, "container", up, 2s);
    for (int tenth = 0; tenth < 10; ++tenth) {
      const double t = s + tenth / 10.0;
      add(t, "uptime", !disturbed(t), 1ms);
    }
  }
  std::ranges::stable_sort(run.health, {}, &Health::t);
}

void sample(CleanRun& run, std::string_view name, const std::function<double(int)>& value) {
  auto& rows = run.samples[std::string(name)];
  for (int s = 0; s < static_cast<int>(kEnd); ++s)
    rows.push_back({std::string(name), at(s), value(s)});
}

void add_samples(CleanRun& run) {
  sample(run, series::kThreads, [](int s) { return 40 + (s % 50 == 0 ? 1 : 0); });
  sample(run, series::kDescriptors, [](int s) { return 90 + std::floor(2 * noise(s)); });
  sample(run, series::kRss, [&](int s) { return (420 + noise(s)) * kMb; });
  sample(run, series::kHeapCommitted, [&](int) { return 256 * kMb; });
  sample(run, series::kHeapUsed, [&](int s) { return (100 + s % 60) * kMb; });
  sample(run, series::kMetaspaceUsed, [&](int s) { return (30 + 0.01 * noise(s)) * kMb; });
  // HotSpot counts a redefined class as one more that was loaded.
  sample(run, series::kClassesLoaded, [&](int s) {
    return 5000 +
           static_cast<double>(std::ranges::count_if(
               run.redefinitions, [&](const auto& one) { return one.ok && one.t <= at(s); }));
  });
  // 155 KB a request, half a megabyte a swap; as much as the collections below find.
  sample(run, series::kAllocated, [&](int s) {
    const auto swaps = std::ranges::count_if(run.swaps, [&](const auto& swap) {
      return swap.role == "load" && swap.t_served && *swap.t_served <= at(s);
    });
    return (15.5 * s + 0.5 * static_cast<double>(swaps)) * kMb;
  });
  sample(run, series::kCpuApp, [](int s) { return s * 0.2e9; });
  sample(run, series::kCpuAgent, [](int s) { return 5e6 + s * 3e6; });
  sample(run, series::kPeriods, [](int s) { return s * 10; });
  sample(run, series::kThrottledPeriods, [](int s) { return s / 50; });
  sample(run, series::kContainerMemory, [&](int s) { return (500 + noise(s)) * kMb; });
  sample(run, series::kMemoryLimit, [&](int) { return 1024 * kMb; });
  sample(run, series::kGcTime, [](int s) { return s * 0.8e6; });
  sample(run, series::kVolumeUsed, [](int s) { return (20 + s * 0.001) * kMb; });
  sample(run, series::kLogErrors, [](int s) { return s / 100; });
  sample(run, series::kLogBytes, [](int s) { return s * 200; });
  sample(run, series::kHostSpin, [](int s) { return 1e6 * (1 + 0.03 * noise(s)); });
}

// Eight pairs, every fourth of the floor; an agent that costs 1 %, half of it by its own threads.
void add_pairs(CleanRun& run) {
  for (std::int64_t id = 1; id <= 8; ++id) {
    const bool floor = id % 4 == 0;
    const double s = 720 + 40 * static_cast<double>(id);
    run.pairs.push_back({.id = id,
                         .floor = floor,
                         .t0 = at(s),
                         .t1 = at(s + 10),
                         .swaps = floor ? 0 : 3,
                         .served = floor ? 0 : 3,
                         .trouble = ""});
    for (const char* side : {"a", "b"}) {
      const bool agent = !floor && side[0] == 'a';
      const auto off = noise(id * 2 + (agent ? 1 : 0));
      run.pair_jvms.push_back(
          {.pair = id,
           .side = side,
           .start = 1500ms + (agent ? 200ms : 0ms) + Nanos(static_cast<std::int64_t>(5e7 * off)),
           .planned = 11'000,
           .ok = 11'000,
           .cpu = agent ? 3030ms : 3000ms,
           .p50 = 1ms,
           .p99 = 6ms,
           .heap_live = static_cast<std::int64_t>((agent ? 22 : 20) * kMb + off * 1e5),
           .beside_heap = static_cast<std::int64_t>((agent ? 93 : 90) * kMb + off * 1e6)});
      const auto thread = [&](const char* name, Nanos cpu) {
        run.pair_threads.push_back({id, side, name, cpu});
      };
      thread("worker-##", 2800ms);
      thread("G# Conc##", 20ms);
      if (agent) thread("bhsim-agent-wat", 15ms);
      if (agent) thread("C# CompilerThre", 90ms);  // started when the JVM needs it
    }
    for (int i = 0; i < 40; ++i) {
      const double more = (floor ? 0 : 0.01) + 0.006 * noise(id * 31) + 0.08 * noise(id * 100 + i);
      run.pair_windows.push_back({.pair = id,
                                  .t = at(s + 0.25 * i),
                                  .cpu_a = Nanos(static_cast<std::int64_t>(75e6 * (1 + more))),
                                  .length_a = 250ms,
                                  .cpu_b = 75ms,
                                  .length_b = 250ms});
    }
  }
}

void add_collections(CleanRun& run) {
  std::int64_t id = 0;
  for (int s = 2; s < static_cast<int>(kEnd); s += 5) {
    if (disturbed(s)) continue;
    run.gc.push_back({at(s + 0.5), ++id, "Pause Young (Normal)", "G1 Evacuation Pause", 160 << 20,
                      100 << 20, 256 << 20, 4ms, false});
  }
  auto& live = run.samples[std::string(series::kHeapLive)];
  for (int s = 51; s < static_cast<int>(kEnd); s += 30) {
    run.windows.push_back({WindowKind::gc, ++id, "GC.run", at(s), at(s + 0.4)});
    run.gc.push_back({at(s + 0.3), id, "Pause Full (Diagnostic Command)", "Diagnostic Command",
                      160 << 20, 60 << 20, 256 << 20, 120ms, true});
    live.push_back({std::string(series::kHeapLive), at(s + 0.4), (60 + 0.005 * noise(s)) * kMb});
  }
  std::ranges::stable_sort(run.gc, {}, &GcPause::t);
}

// --- faults, lives -----------------------------------------------------------------------------

void add_faults(CleanRun& run) {
  Fault pause{1,          "pause",          "c-load",         FaultState::healed,  at(kPause),
              at(kPause), at(kPauseUndone), at(kPauseUndone), at(kPauseRecovered), "paused",
              "running"};
  Fault kill{2,         "kill",       "c-load",         FaultState::healed, at(kKill),
             at(kKill), at(kStarted), at(kStarted + 2), at(kKillRecovered), "exit 137",
             "ready"};
  run.faults = {pause, kill};
  run.windows.push_back({WindowKind::fault, 1, "pause", at(kPause), at(kPauseRecovered)});
  run.windows.push_back({WindowKind::fault, 2, "kill", at(kKill), at(kKillRecovered)});
  run.plan.faults = {{1, at(kPause) - kBuilderStart, "pause", 1500ms, 1500ms, "disrupt"},
                     {2, at(kKill) - kBuilderStart, "kill", 0ms, 3s, "disrupt"}};
  // Short ones, which nobody noticed.
  for (std::int64_t id = 3; id <= kFaults; ++id) {
    const double from = 571 + 1.4 * static_cast<double>(id - 3);
    run.faults.push_back({id, "pause", "c-load", FaultState::healed, at(from), at(from),
                          at(from + 0.2), at(from + 0.2), at(from + 0.2), "paused", "running"});
    run.windows.push_back({WindowKind::fault, id, "pause", at(from), at(from + 0.2)});
    run.plan.faults.push_back({id, at(from) - kBuilderStart, "pause", 200ms, 200ms, "recover"});
  }
  run.jvms.push_back({0, "c-load", "load", at(-10), at(-8), at(kKill), 137, false, true});
  run.jvms.push_back(
      {1, "c-load", "load", at(kStarted), at(kStarted + 2), at(605), 143, false, true});
  run.events.push_back({at(kKill + 0.1), "c-load", "die", "exit 137"});
  run.events.push_back({at(605), "c-load", "die", "exit 143"});
  run.fail_requests(500, 502, 60, Outcome::timeout, 1s);
  run.fail_requests(540, 543, 50, Outcome::refused);
}

// --- facts -------------------------------------------------------------------------------------

nlohmann::json container() {
  using nlohmann::json;
  return {{"Args", json::array({"-cp", "/classes:/app", "ProductionSimulationApp"})},
          {"Config",
           {{"User", "10001:10001"},
            {"Image", "sha256:" + std::string(64, 'a')},
            {"Env", json::array({"PATH=/opt/java/bin", "JAVA_TOOL_OPTIONS=-XX:+UsePerfData"})},
            {"Labels", {{"bhsim.run", "20260101-000000-test"}}},
            {"Cmd", json::array({"ProductionSimulationApp"})},
            {"Entrypoint", json::array({"/opt/java/bin/java"})},
            {"Healthcheck",
             {{"Test", json::array({"CMD", "/bhsim-helper", "health"})},
              {"Interval", 5000000000},
              {"Timeout", 2000000000},
              {"Retries", 3}}}}},
          {"HostConfig",
           {{"Privileged", false},
            {"CapDrop", json::array({"ALL"})},
            {"CapAdd", nullptr},
            {"SecurityOpt", json::array({"no-new-privileges"})},
            {"ReadonlyRootfs", true},
            {"Memory", 1073741824},
            {"NanoCpus", 1000000000},
            {"CpusetCpus", "0"},
            {"PidsLimit", 512},
            {"NetworkMode", "bhsim-net"},
            {"PidMode", ""},
            {"IpcMode", "private"},
            {"UTSMode", ""},
            {"UsernsMode", ""},
            {"Binds", nullptr},
            {"PublishAllPorts", false},
            {"PortBindings",
             {{"8080/tcp", json::array({{{"HostIp", "127.0.0.1"}, {"HostPort", "0"}}})}}},
            {"RestartPolicy", {{"Name", "no"}, {"MaximumRetryCount", 0}}},
            {"Devices", json::array()}}},
          {"Mounts", json::array({{{"Type", "volume"},
                                   {"Source", "/var/lib/docker/volumes/x/_data"},
                                   {"Destination", "/state"},
                                   {"Propagation", ""}}})}};
}

void add_facts(CleanRun& run) {
  using nlohmann::json;
  const auto ns = [](double s) { return to_ns(at(s)); };
  run.facts["container.inspect"] = container();
  run.facts["image.inspect"] = {{"Id", "sha256:" + std::string(64, 'a')},
                                {"Config", {{"Env", json::array()}}}};
  run.facts["image.history"] = json::array({{{"CreatedBy", "bhsim import"}}});
  run.facts["image.setuid"] = json::array();
  run.facts["engine.version"] = {{"Version", "20.10.24"}};
  run.facts["engine.info"] = {{"SecurityOptions", json::array({"name=seccomp,profile=default"})}};
  run.facts["plan"] = {{"seed", 42}};
  run.facts["startup"] = {{"first_live_ns", ns(-9)},
                          {"first_ready_ns", ns(-8)},
                          {"first_work_ns", ns(-8)},
                          {"ready_before_work", false}};
  run.facts["drain"] = {{"signal_ns", ns(700)},
                        {"not_ready_ns", ns(700.1)},
                        {"exit_ns", ns(701.2)},
                        {"exit_code", 143},
                        {"sent", 200},
                        {"ok", 200},
                        {"lost", 0},
                        {"live_while_draining", true}};
  json drift = json::array();
  for (const auto* name : kClasses)
    drift.push_back({{"class", name},
                     {"disk_sha256", digest(7)},
                     {"served_generation", 7},
                     {"served_sha256", digest(7)}});
  run.facts["drift"] = drift;
  const std::string sha(64, 'c');
  run.facts["ledger.total"] = {{"metric", "orders_total"},
                               {"value", 1000},
                               {"acknowledged", 1000},
                               {"open", 2},
                               {"trouble", ""}};
  run.facts["bad_swaps.load"]["PricingService"] = {{"quote", {{"planned", 600}, {"ok", 600}}},
                                                   {"order", {{"planned", 400}, {"ok", 399}}}};
  run.facts["config.in_force"] = {
      {"given_sha256", sha}, {"mounted_sha256", sha}, {"reported_sha256", sha}};
  run.facts["load.summary"] = {{"planned", 60000}, {"invalid", json::array()}};
  run.facts["load.failures_dropped"] = 0;
  const auto recording = [](const char* path, double from, double to) {
    return json{{"path", path},
                {"bytes", 9 << 20},
                {"chunks", 2},
                {"events", 40'000},
                {"from_ns", to_ns(at(from))},
                {"to_ns", to_ns(at(to))},
                {"whole", true},
                {"trouble", ""}};
  };
  run.facts["recordings"] = {recording("artifacts/logs/jfr/1/1.jfr", 1, kKill - 0.5),
                             recording("artifacts/logs/recording.jfr", kKillRecovered + 3, 603)};
  run.facts["resource_metrics"] = {
      {"expected", 60}, {"written", 60}, {"path", "resource-metrics.csv"}};
  run.facts["versions"] = {{"bhsim", "0.1.0"},
                           {"agent", "reference 1.0"},
                           {"jvm", "17.0.9"},
                           {"images", {{"app", "sha256:" + std::string(64, 'a')}}},
                           {"seed", 42}};
  run.facts[std::string(fact::kBreaker)] = to_json(clean_breaker());
  run.facts[std::string(fact::kRollback)] = to_json(clean_rollback());
  run.facts[std::string(fact::kConfiguration)] = to_json(clean_configuration());
  run.facts["end"] = {{"reason", "completed"}, {"detail", ""}};
}

template <typename Row, typename TimeOf>
void drop_after(std::vector<Row>& rows, Time end, TimeOf time_of) {
  std::erase_if(rows, [&](const Row& row) { return std::invoke(time_of, row) >= end; });
}

}  // namespace

std::string histogram(std::int64_t count, Nanos latency, double slow_share, Nanos slow) {
  stats::Histogram histogram;
  const auto slow_count = static_cast<std::int64_t>(slow_share * static_cast<double>(count) + 0.5);
  for (std::int64_t i = 0; i < count; ++i)
    histogram.record(i < slow_count ? slow : latency + Nanos(i * 1000));
  return histogram.encode();
}

CleanRun::CleanRun() : plan(the_plan()) {
  const auto phase = [&](std::int64_t id, const char* name, double from, double to) {
    windows.push_back({WindowKind::phase, id, name, at(from), at(to)});
  };
  phase(1, "warm-up", 0, 30);
  phase(2, "baseline", 30, 120);
  phase(3, "steady", 120, 480);
  phase(4, "disrupt", 480, 570);
  phase(5, "recover", 570, 600);
  add_load(*this);
  add_swaps(*this);
  add_bad_swaps(*this);
  add_health(*this);
  add_samples(*this);
  add_collections(*this);
  add_faults(*this);
  add_facts(*this);
  add_pairs(*this);
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
  for (auto& row : samples.at(std::string(name))) row.value = change(since_start(row.t), row.value);
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
      return swap.role == "load" && swap.t_served && since_start(*swap.t_served) <= s;
    });
    return value + megabytes_a_swap * kMb * static_cast<double>(served);
  });
}

void CleanRun::fail_requests(double from_s, double to_s, std::int64_t count, Outcome outcome,
                             Nanos lasts) {
  for (auto& row : load) {
    const double s = since_start(row.t);
    if (s < from_s || s >= to_s || row.operation != "quote") continue;
    row.outcomes[0] -= count;
    row.within_slo -= count;
    row.outcomes[static_cast<std::size_t>(outcome)] += count;
    for (std::int64_t i = 0; i < count; ++i) {
      // Anywhere in its part of the second: failures at the same instant as swaps would look like
      // their doing.
      const double part =
          (static_cast<double>(i) + 0.5 + 0.49 * noise(static_cast<std::int64_t>(s) * 97 + i));
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
