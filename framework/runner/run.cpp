#include "framework/runner/run.hpp"

#include <sched.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "framework/base/log.hpp"
#include "framework/config/items.hpp"
#include "framework/engine/images.hpp"
#include "framework/engine/resources.hpp"
#include "framework/faults/cleanup.hpp"
#include "framework/faults/journal.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/store.hpp"
#include "framework/runner/agent_items.hpp"
#include "framework/runner/audits.hpp"
#include "framework/runner/bad_swaps.hpp"
#include "framework/runner/evidence.hpp"
#include "framework/runner/guard.hpp"
#include "framework/runner/load_part.hpp"
#include "framework/runner/lock.hpp"
#include "framework/runner/pairs.hpp"
#include "framework/runner/preflight.hpp"
#include "framework/runner/scenario_logs.hpp"

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
  bool made_out = false;  // the folder above it, too
  engine::Client engine;
  EngineLock lock;
  Guard guard;
};

// A run that did not begin leaves no directory. What is in the way of that, in words.
std::string remove_directory(const Path& directory, bool with_parent) {
  std::error_code trouble, ignored;
  std::filesystem::remove_all(directory, trouble);
  if (with_parent) std::filesystem::remove(directory.parent_path(), ignored);
  return trouble ? fmt::format("remove {}: {}", directory.string(), trouble.message()) : "";
}

Result<Started> begin(const RunOptions& options, const Observer& observer) {
  const Path directory = options.out / options.run_id;
  BHSIM_TRY(preflight(this_machine(options.out), options.plan));
  BHSIM_ASSIGN(auto endpoint, engine::discover(options.engine_url, engine::process_environment()));
  BHSIM_ASSIGN(auto client, engine::Client::connect(std::move(endpoint)));
  observer.notice(describe_engine(client).what);
  BHSIM_TRY(faults_possible(client, options.plan));
  BHSIM_ASSIGN(const auto info, engine::engine_info(client));
  BHSIM_ASSIGN(auto lock,
               EngineLock::take(info.value("ID", std::string("engine")), options.run_id));
  const bool made_out = !std::filesystem::exists(options.out);
  BHSIM_TRY(make_directories(directory / "artifacts"));
  auto guard = Guard::start(
      {options.run_id, options.engine_url, std::filesystem::absolute(directory)}, lock.fd());
  if (!guard) {
    remove_directory(directory, made_out);
    return fail(guard.error());
  }
  return Started{directory, made_out, std::move(client), std::move(lock), std::move(*guard)};
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
  setting.abort_on_fail = options.abort_on_fail;
  setting.keep = options.keep;
  setting.cores = divide_cores(this_machine(options.out).cores);
  const auto sources = image_sources(options.docker);
  if (options.plan.app.image_ref.empty()) {
    BHSIM_ASSIGN(setting.image, application_image(engine, sources, observer.notice));
  } else {
    BHSIM_ASSIGN(setting.image, named_image(engine, options.plan.app.image_ref));
  }
  if (const auto& reference = options.plan.app.dependency.image_ref; !reference.empty())
    BHSIM_TRY(named_image(engine, reference));
  BHSIM_ASSIGN(setting.user, user_of(engine, setting.image));
  BHSIM_ASSIGN(setting.helper, helper_image_for(setting.user, engine, sources, observer.notice));
  if (options.plan.agent.present()) {
    setting.agent_jar = options.plan.agent.jar.empty()
                            ? options.docker / "agent" / "bhsim-agent.jar"
                            : Path(options.plan.agent.jar);
    if (!std::filesystem::exists(setting.agent_jar))
      return fail(ErrorCode::config, "the agent's jar {} does not exist",
                  setting.agent_jar.string());
  }
  setting.staller_jar = options.docker / "staller" / "bhsim-staller.jar";
  if (std::ranges::find(options.plan.conformance, config::kConfigurationItem) !=
          options.plan.conformance.end() &&
      !std::filesystem::exists(setting.staller_jar))
    return fail(ErrorCode::config,
                "{} does not exist, with which the agent's configuration is tried: build "
                "bhsim_docker",
                setting.staller_jar.string());
  return setting;
}

Result<void> run_items(const Setting& setting, history::Store& store, const Path& directory,
                       const Observer& observer, std::stop_token stop) {
  std::int64_t number = 0;
  for (const auto& item : setting.plan->items) {
    if (stop.stop_requested()) return fail(ErrorCode::cancelled, "stopped before {}", item.name);
    const Time from = setting.clock->now();
    Result<void> done;
    if (item.name == config::kBadSwapsItem) {
      observer.notice("conformance: bad swaps, on a container of its own");
      done = conform_bad_swaps(setting, store, directory, stop);
    } else if (item.name == config::kBreakerItem) {
      observer.notice("conformance: circuit breaker, on a container of its own");
      done = conform_breaker(setting, store, stop);
    } else if (item.name == config::kRollbackItem) {
      observer.notice("conformance: rollback, on a container of its own");
      done = conform_rollback(setting, store, stop);
    } else if (item.name == config::kConfigurationItem) {
      observer.notice("conformance: configuration, on containers of their own");
      done = conform_configuration(setting, store, stop);
    } else if (item.name == "drain") {
      observer.notice("audit: start and drain, on a container of its own");
      done = audit_start_and_drain(setting, store, stop);
    }
    if (!done) return fail(done.error().within(item.name));
    store.add({.kind = item.kind == "audit" ? history::WindowKind::audit
                                            : history::WindowKind::conformance,
               .id = ++number,
               .name = item.name,
               .t0 = from,
               .t1 = setting.clock->now()});
  }
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

// A run begins when the application under load is ready.
struct Measured {
  bool begun = false;
  Result<void> result;  // why it did not begin, or ended before its time
};

Result<history::Store> open_store(const RunOptions& options, const Started& started) {
  BHSIM_ASSIGN(auto store, history::Store::create(started.directory, options.run_id));
  const std::string plan = config::to_json(config::redacted(options.plan))
                               .dump(1, ' ', false, nlohmann::json::error_handler_t::replace);
  BHSIM_TRY(write_file(started.directory / "plan.json", plan));
  store.set_fact(history::fact::kPlan, plan);
  BHSIM_TRY(keep_engine_facts(started.engine, store));
  return store;
}

// From the first container to the last.
Measured measure(const RunOptions& options, const Started& started, history::Store& store,
                 const Observer& observer, std::stop_token stop) {
  auto journal = faults::Journal::open(started.directory, system_clock());
  if (!journal) return {false, fail(journal.error())};
  const auto setting = prepare(options, started.engine, observer);
  if (!setting) return {false, fail(setting.error())};
  LoadPart part(*setting, store, *journal, started.directory, observer);
  if (auto ready = part.get_ready(stop); !ready) return {false, std::move(ready)};
  auto loaded = part.run(stop);
  observer.notice("keeping logs and recordings");
  auto ended = part.end(started.directory / "artifacts", stop);
  if (loaded && ended) loaded = run_pairs(*setting, store, observer, stop);
  if (loaded && ended) loaded = run_items(*setting, store, started.directory, observer, stop);
  return {true, loaded ? std::move(ended) : std::move(loaded)};
}

Result<void> remove_all(const RunOptions& options, const Started& started) {
  if (options.keep) return {};
  const auto removed = faults::remove_everything(started.engine, options.run_id, system_clock());
  if (removed) return {};
  return fail(removed.error().code,
              "{}; its guard goes on trying, and `bhsim clean` does when it has given up",
              removed.error().message);
}

// Nothing was measured, so nothing is kept. What comes back is the reason, with what could not be
// removed: then the guard is not released, and tries on when bhsim has ended.
Error refuse(const RunOptions& options, Started& started, Error reason) {
  std::string trouble = remove_directory(started.directory, started.made_out);
  auto removed = remove_all(options, started);
  if (removed) removed = started.guard.release();
  if (!removed) trouble = removed.error().message;
  if (trouble.empty() && options.keep)
    trouble = fmt::format(
        "--keep: what it made on the engine is left (label {}={}); `bhsim clean` "
        "removes it",
        kRunLabel, options.run_id);
  reason.message +=
      "\n" + (trouble.empty() ? "nothing was measured, and nothing is left of it" : trouble);
  return reason;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

RunOutcome outcome_of(const Result<void>& result, const std::stop_token& stop) {
  if (stop.stop_requested()) return {RunEnd::interrupted, "stopped by the user"};
  if (!result) return {RunEnd::aborted, first_line(result.error().message)};
  return {};
}

void tell(const Observer& observer, const std::string& text) {
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    observer.notice(text.substr(at, end - at));
    at = end + 1;
  }
}

// What was measured is kept, whatever came between.
Result<RunOutcome> finish(const RunOptions& options, Started& started, history::Store& store,
                          const Measured& measured, const Observer& observer,
                          const std::stop_token& stop) {
  RunOutcome outcome = outcome_of(measured.result, stop);
  if (outcome.end == RunEnd::aborted) tell(observer, measured.result.error().message);
  observer.notice(options.keep ? "leaving the containers (--keep)" : "cleaning up");
  const auto removed = remove_all(options, started);
  if (!removed) tell(observer, removed.error().message);
  if (!removed && outcome.end == RunEnd::completed)
    outcome = {RunEnd::aborted, first_line(removed.error().message)};
  store.set_fact_json(history::fact::kEnd,
                      {{"reason", word(outcome.end)}, {"detail", outcome.detail}});
  if (const auto kept = keep_scenario_logs(options.plan, started.directory, store); !kept)
    tell(observer, kept.error().message);
  BHSIM_TRY(store.seal());
  if (removed) BHSIM_TRY(started.guard.release());
  return outcome;
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
  auto store = open_store(options, started);
  if (!store) return fail(refuse(options, started, store.error()));
  const auto measured = measure(options, started, *store, observer, stop);
  if (measured.begun) return finish(options, started, *store, measured, observer, stop);
  Error reason = measured.result.error();
  if (stop.stop_requested()) reason.code = ErrorCode::cancelled;
  store = fail(reason);  // it is closed before its file goes
  return fail(refuse(options, started, std::move(reason)));
}

}  // namespace bhsim::runner
