#include "framework/runner/run.hpp"

#include <sched.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <thread>

#include "framework/base/log.hpp"
#include "framework/base/units.hpp"
#include "framework/engine/images.hpp"
#include "framework/engine/resources.hpp"
#include "framework/faults/cleanup.hpp"
#include "framework/faults/journal.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/store.hpp"
#include "framework/runner/audits.hpp"
#include "framework/runner/director.hpp"
#include "framework/runner/evidence.hpp"
#include "framework/runner/guard.hpp"
#include "framework/runner/load_spec.hpp"
#include "framework/runner/lock.hpp"
#include "framework/runner/preflight.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

// The generator's thread and everything else of bhsim stay off the application's cores.
void stay_on(const std::vector<int>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(static_cast<unsigned>(core), &set);
  if (::sched_setaffinity(0, sizeof set, &set) != 0)
    log::warning("bhsim could not be kept off the application's cores");
}

struct Started {
  Path directory;
  engine::Client engine;
  EngineLock lock;
  Guard guard;
};

Result<Started> begin(const RunOptions& options, const Observer& observer) {
  const Path directory = options.out / options.run_id;
  BHSIM_TRY(preflight(this_machine(options.out), options.plan));
  BHSIM_ASSIGN(auto endpoint, engine::discover(options.engine_url, engine::process_environment()));
  BHSIM_ASSIGN(auto client, engine::Client::connect(std::move(endpoint)));
  observer.notice(describe_engine(client).what);
  BHSIM_ASSIGN(const auto info, engine::engine_info(client));
  BHSIM_ASSIGN(auto lock,
               EngineLock::take(info.value("ID", std::string("engine")), options.run_id));
  BHSIM_TRY(make_directories(directory / "artifacts"));
  BHSIM_ASSIGN(auto guard, Guard::start({options.run_id, options.engine_url,
                                         std::filesystem::absolute(directory)},
                                        lock.fd()));
  return Started{directory, std::move(client), std::move(lock), std::move(guard)};
}

// The uid and gid that the image's processes run as; ours are numbers, and so must a user's be.
Result<std::string> user_of(const engine::Client& engine, const Image& image) {
  BHSIM_ASSIGN(const auto inspected, engine::inspect_image(engine, image.id));
  const auto user = inspected.value(nlohmann::json::json_pointer("/Config/User"), std::string());
  if (user.empty()) return std::string("0:0");
  if (user.find_first_not_of("0123456789:") != std::string::npos)
    return fail(ErrorCode::config,
                "image {} runs as the user '{}'; bhsim needs it as numbers (USER 10001:10001)",
                image.name, user);
  return user.find(':') == std::string::npos ? user + ":" + user : user;
}

Result<Setting> prepare(const RunOptions& options, const engine::Client& engine,
                        const Observer& observer) {
  Setting setting;
  setting.engine = &engine;
  setting.clock = &system_clock();
  setting.plan = &options.plan;
  setting.run_id = options.run_id;
  setting.cores = divide_cores(this_machine(options.out).cores);
  const auto sources = image_sources(options.docker);
  BHSIM_ASSIGN(setting.helper, helper_image(engine, sources, observer.notice));
  if (options.plan.app.image_ref.empty()) {
    BHSIM_ASSIGN(setting.image, application_image(engine, sources, observer.notice));
  } else {
    BHSIM_ASSIGN(setting.image, named_image(engine, options.plan.app.image_ref));
  }
  BHSIM_ASSIGN(setting.user, user_of(engine, setting.image));
  if (options.plan.agent.present()) {
    setting.agent_jar = options.plan.agent.jar.empty()
                            ? options.docker / "agent" / "bhsim-agent.jar"
                            : Path(options.plan.agent.jar);
    if (!std::filesystem::exists(setting.agent_jar))
      return fail(ErrorCode::config, "the agent's jar {} does not exist",
                  setting.agent_jar.string());
  }
  return setting;
}

// Everything between "ready" and "the application is stopped".
class LoadPart {
 public:
  LoadPart(const Setting& setting, history::Store& store, Path directory, const Observer& observer)
      : setting_(setting), store_(store), directory_(std::move(directory)), observer_(observer) {
    stage_.setting = &setting_;
    stage_.store = &store_;
  }

  Result<void> run(faults::Journal& journal, std::stop_token stop) {
    observer_.notice("starting the application");
    BHSIM_ASSIGN(application_, Application::create(setting_, "load"));
    stage_.application = application_.get();
    faults::Injector injector({*setting_.engine, *setting_.clock, answers_ok}, journal, store_);
    stage_.injector = &injector;
    BHSIM_ASSIGN(auto segment, application_->start(stop));
    store_.add(segment);
    observer_.notice(
        fmt::format("ready after {}", format_duration(*segment.t_ready - segment.t_start)));
    BHSIM_TRY(keep_container_facts(setting_, *application_, store_));
    BHSIM_TRY(keep_configuration_fact(setting_, *application_, store_));
    probes_.emplace(*setting_.engine, store_, *setting_.clock,
                    probe_options(setting_, *application_, probes::Extent::full, directory_));
    stage_.probes = &*probes_;
    BHSIM_TRY(probes_->start());
    begin_segment(*probes_, *application_);
    keep_version_fact(setting_, jvm_version(), store_);
    return drive(std::move(stop));
  }

  // Stops the application, keeps its files; best effort in each part, the first failure is
  // returned.
  Result<void> end(const Path& artifacts) {
    Result<void> first;
    const auto keep = [&first](Result<void> result) {
      if (!result && first) first = std::move(result);
    };
    if (probes_) probes_->end_segment();
    if (application_ == nullptr) return first;
    if (auto stopped = application_->stop())
      store_.add(std::move(*stopped));
    else
      keep(fail(stopped.error()));
    if (probes_) probes_->stop();
    keep(application_->keep_files("/logs", artifacts, 1LL << 30U));
    keep(application_->remove());
    return first;
  }

 private:
  // "17.0.21+2": read from the running JVM, not from the machine. Empty when it does not tell: a
  // version that nobody knows must not look like one.
  std::string jvm_version() {
    const auto sidecar = application_->sidecar();
    if (sidecar == nullptr) return "";
    const auto answer = sidecar->attach_command("VM.version");
    if (!answer) log::warning("the JVM does not tell its version: {}", answer.error().message);
    return answer ? answer->substr(0, 300) : "";
  }

  Result<void> drive(std::stop_token stop) {
    std::optional<hotswap::Deliverer> deliverer;
    std::vector<std::string> classes;
    if (!setting_.plan->app.swap_classes.empty()) {
      BHSIM_ASSIGN(deliverer, make_deliverer(setting_, *application_));
      classes = deliverer->classes();
    }
    Versions versions(classes, "load", setting_.plan->agent.swap_within, store_);
    Director director(stage_);
    const auto tick = [this, &director](history::LiveState state) {
      const auto elapsed = state.elapsed;
      for (const auto& phase : setting_.plan->phases)
        if (elapsed >= phase.start) state.phase = phase.name;
      state.faults = director.faults_applied();
      state.faults_healed = director.faults_healed();
      observer_.live(state);
    };
    const load::Target target{.port = static_cast<std::uint16_t>(application_->port())};
    BHSIM_ASSIGN(const auto workload,
                 Workload::start(to_load_spec(*setting_.plan, target, {}), *setting_.clock, store_,
                                 versions, tick, stop));
    stage_.workload = workload.get();
    stage_.versions = &versions;
    if (deliverer && setting_.plan->agent.present()) stage_.deliverer = &*deliverer;
    auto directed = director.run(stop);
    workload->join();
    if (directed && !setting_.plan->app.ledger_ranges.empty())
      store_.add(check_ledger(workload->ledger(), application_->port(),
                              setting_.plan->app.ledger_ranges, "end", *setting_.clock, stop));
    if (directed && stage_.deliverer != nullptr)
      directed =
          keep_drift_fact(setting_, *application_, *deliverer, versions, stage_.digests, store_);
    versions.finish(setting_.clock->now());
    stage_.workload = nullptr;
    stage_.versions = nullptr;
    stage_.deliverer = nullptr;
    return directed;
  }

  const Setting& setting_;
  history::Store& store_;
  const Path directory_;
  const Observer& observer_;
  std::unique_ptr<Application> application_;
  std::optional<probes::ProbeSet> probes_;
  Director::Stage stage_;
};

Result<void> run_items(const Setting& setting, history::Store& store, const Path& directory,
                       const Observer& observer, std::stop_token stop) {
  for (const auto& item : setting.plan->items) {
    if (stop.stop_requested()) return fail(ErrorCode::cancelled, "stopped before {}", item.name);
    const Time from = setting.clock->now();
    Result<void> done;
    if (item.name == "bad-swaps") {
      observer.notice("conformance: bad swaps, on a container of its own");
      done = conform_bad_swaps(setting, store, directory, stop);
    } else if (item.name == "drain") {
      observer.notice("audit: start and drain, on a container of its own");
      done = audit_start_and_drain(setting, store, stop);
    }
    if (!done) return fail(done.error().within(item.name));
    store.add({.kind = item.kind == "audit" ? history::WindowKind::audit
                                            : history::WindowKind::conformance,
               .id = item.name == "drain" ? 1 : 2,
               .name = item.name,
               .t0 = from,
               .t1 = setting.clock->now()});
  }
  return {};
}

RunOutcome outcome_of(const Result<void>& result, const std::stop_token& stop) {
  if (stop.stop_requested()) return {RunEnd::interrupted, "stopped by the user"};
  if (!result) return {RunEnd::aborted, result.error().message};
  return {};
}

std::string_view word(RunEnd end) {
  switch (end) {
    case RunEnd::completed:
      return "completed";
    case RunEnd::interrupted:
      return "interrupted";
    case RunEnd::aborted:
      return "aborted";
  }
  return "aborted";
}

// From the first container to the last; what it returns is why it ended early.
Result<void> measure(const RunOptions& options, const Started& started, history::Store& store,
                     faults::Journal& journal, const Observer& observer, std::stop_token stop) {
  BHSIM_TRY(keep_engine_facts(started.engine, store));
  BHSIM_ASSIGN(const auto setting, prepare(options, started.engine, observer));
  LoadPart part(setting, store, started.directory, observer);
  auto loaded = part.run(journal, stop);
  observer.notice("keeping logs and recordings");
  auto ended = part.end(started.directory / "artifacts");
  if (loaded && ended) loaded = run_items(setting, store, started.directory, observer, stop);
  if (!loaded) return loaded;
  return ended;
}

}  // namespace

std::string new_run_id(WallTime start, std::uint64_t chance) {
  const std::time_t seconds = to_ns(start) / 1'000'000'000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}{:02}{:02}-{:02}{:02}{:02}-{:04x}", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     chance & 0xffffU);
}

Result<RunOutcome> run(const RunOptions& options, const Observer& observer, std::stop_token stop) {
  BHSIM_ASSIGN(auto started, begin(options, observer));
  stay_on(divide_cores(this_machine(options.out).cores).own);
  BHSIM_ASSIGN(auto store, history::Store::create(started.directory, options.run_id));
  BHSIM_ASSIGN(auto journal, faults::Journal::open(started.directory, system_clock()));
  const std::string plan = config::to_json(config::redacted(options.plan))
                               .dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
  BHSIM_TRY(write_file(started.directory / "plan.json", plan));
  store.set_fact(history::fact::kPlan, plan);

  const auto measured = measure(options, started, store, journal, observer, stop);
  RunOutcome outcome = outcome_of(measured, stop);
  if (!measured) observer.notice(measured.error().message);

  bool left_behind = false;
  if (!options.keep) {
    observer.notice("cleaning up");
    if (auto removed = faults::remove_everything(started.engine, options.run_id, system_clock());
        !removed) {
      log::error("{}; the guard goes on trying", removed.error().message);
      left_behind = true;
      outcome = {RunEnd::aborted, removed.error().message};
    }
  }
  // The detail may hold the last lines of an application's log.
  store.set_fact_json(history::fact::kEnd,
                      {{"reason", word(outcome.end)}, {"detail", outcome.detail}});
  BHSIM_TRY(store.seal());
  if (!left_behind) BHSIM_TRY(started.guard.release());
  return outcome;
}

}  // namespace bhsim::runner
