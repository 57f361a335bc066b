#include "framework/runner/load_part.hpp"

#include "framework/base/log.hpp"
#include "framework/base/units.hpp"
#include "framework/probes/recording_rows.hpp"
#include "framework/runner/early_end.hpp"
#include "framework/runner/evidence.hpp"
#include "framework/runner/load_spec.hpp"

namespace bhsim::runner {

LoadPart::LoadPart(const Setting& setting, history::Store& store, faults::Journal& journal,
                   Path directory, const Observer& observer)
    : setting_(setting),
      store_(store),
      directory_(std::move(directory)),
      observer_(observer),
      injector_({*setting.engine, *setting.clock, hear, clients(), [this] { return way(); }},
                journal, store) {
  stage_.setting = &setting_;
  stage_.store = &store_;
  stage_.injector = &injector_;
}

// Without load there is nobody to be led.
faults::Clients LoadPart::clients() {
  faults::Clients clients{.connections = setting_.plan->load.connections};
  clients.lead = [this](int port) -> Result<void> {
    if (stage_.workload == nullptr) return {};
    return stage_.workload->lead(port != 0 ? port : application_->port());
  };
  clients.twin = [this](const faults::FaultSpec& fault, Time from, Time until) {
    store_.add(history::Window{.kind = history::WindowKind::twin,
                               .id = fault.id,
                               .name = fault.kind,
                               .t0 = from,
                               .t1 = until});
  };
  return clients;
}

Result<sidecar::Sidecar*> LoadPart::way() const {
  auto* dependency = application_ ? application_->dependency() : nullptr;
  if (dependency == nullptr || dependency->way() == nullptr) return faults::no_way();
  return dependency->way();
}

Result<void> LoadPart::get_ready(std::stop_token stop) {
  if (stop.stop_requested()) return fail(ErrorCode::cancelled, "stopped before the application");
  observer_.notice("starting the application");
  BHSIM_ASSIGN(application_, Application::create(setting_, "load"));
  stage_.application = application_.get();
  BHSIM_ASSIGN(const auto segment, application_->start(std::move(stop)));
  store_.add(segment);
  observer_.notice(
      fmt::format("ready after {}", format_duration(*segment.t_ready - segment.t_start)));
  return {};
}

Result<void> LoadPart::run(std::stop_token stop) {
  auto done = unless_gone(prepare());
  if (done) done = drive(std::move(stop));
  if (!done) signs_.ended_early = done.error().message;
  return done;
}

// The director looks at the application while there is load; this is for what comes before and
// after.
Result<void> LoadPart::unless_gone(Result<void> done) {
  if (!application_->should_run()) return done;
  const auto end = application_->look_for_end();
  if (!end || !*end) return done;
  return fail(keep_end(**end, store_));
}

Result<void> LoadPart::prepare() {
  BHSIM_TRY(keep_facts());
  probes_.emplace(*setting_.engine, store_, *setting_.clock,
                  probe_options(setting_, *application_, probes::Extent::full, directory_));
  stage_.probes = &*probes_;
  BHSIM_TRY(probes_->start());
  begin_segment(*probes_, *application_);
  keep_version_fact(setting_, jvm_version(), store_);
  if (!setting_.plan->app.swap_classes.empty()) {
    BHSIM_ASSIGN(deliverer_, make_deliverer(setting_, *application_));
  }
  return {};
}

Result<void> LoadPart::end(const Path& artifacts, std::stop_token stop) {
  Result<void> first;
  const auto keep = [&first](Result<void> result) {
    if (!result && first) first = std::move(result);
  };
  if (probes_) probes_->end_segment();
  auto diagnosis = look_into(stop);
  if (auto stopped = application_->stop())
    store_.add(std::move(*stopped));
  else
    keep(fail(stopped.error()));
  if (probes_) probes_->stop();
  const auto left_out = application_->keep_files("/logs", artifacts);
  if (!left_out) keep(fail(left_out.error()));
  if (setting_.plan->production.jfr_enabled)
    probes::keep_recording_rows(directory_, setting_.plan->agent.thread_prefix, *setting_.clock,
                                store_);
  // What goes wrong when it is stopped leaves its report as well.
  if (!diagnosis && Diagnosis::worth_it(directory_))
    diagnosis.emplace(setting_, directory_,
                      std::vector<std::string>{"the JVM failed while it was being stopped"});
  if (diagnosis) {
    diagnosis->look_at_files(left_out.value_or(std::vector<engine::LeftOut>()), signs_,
                             application_->segment());
    diagnosis->keep(store_);
  }
  if (!setting_.keep) keep(application_->remove());
  return first;
}

std::optional<Diagnosis> LoadPart::look_into(const std::stop_token& stop) {
  if (probes_) signs_.deadlocks = probes_->deadlocks();
  if (const auto sidecar = application_->sidecar(); sidecar != nullptr && sidecar->alive()) {
    const auto dump = sidecar->stat(kHeapDump);
    signs_.out_of_memory = dump && *dump;
  }
  auto reasons = reasons_to_look(*setting_.plan, signs_);
  if (reasons.empty()) return std::nullopt;
  observer_.notice("looking into the application: " + reasons.front());
  std::optional<Diagnosis> diagnosis(std::in_place, setting_, directory_, std::move(reasons));
  diagnosis->look_at(*application_, stop);
  return diagnosis;
}

Result<void> LoadPart::keep_facts() {
  BHSIM_TRY(keep_container_facts(setting_, *application_, store_));
  return keep_configuration_fact(setting_, *application_, store_);
}

// "17.0.21+2": read from the running JVM, not from the machine.
std::string LoadPart::jvm_version() const {
  const auto sidecar = application_->sidecar();
  if (sidecar == nullptr) return "";
  const auto answer = sidecar->attach_command("VM.version");
  if (!answer) log::warning("the JVM does not tell its version: {}", answer.error().message);
  return answer ? answer->substr(0, 300) : "";
}

Result<void> LoadPart::drive(std::stop_token stop) {
  std::vector<std::string> classes;
  if (deliverer_) {
    classes = deliverer_->classes();
    if (setting_.plan->agent.present()) stage_.deliverer = &*deliverer_;
  }
  Versions versions(classes, "load", setting_.plan->agent.swap_within, store_);
  // The load ends with the run's stop, and also when the timeline ends before its time.
  std::stop_source end_of_load;
  const std::stop_callback stopped(stop, [&end_of_load] { end_of_load.request_stop(); });
  Director director(stage_);
  const auto tick = [this, &director](history::LiveState state) {
    for (const auto& phase : setting_.plan->phases)
      if (state.elapsed >= phase.start) state.phase = phase.name;
    state.faults = director.faults_applied();
    state.faults_healed = director.faults_healed();
    const auto latest = probes_->latest();
    state.heap_bytes = latest.heap_bytes;
    state.cpu_share = latest.cpu_share;
    observer_.live(state);
  };
  const load::Target target{.port = static_cast<std::uint16_t>(application_->port())};
  BHSIM_ASSIGN(auto spec, to_whole_load_spec(*setting_.plan, target, {}));
  BHSIM_ASSIGN(const auto workload, Workload::start(std::move(spec), *setting_.clock, store_,
                                                    versions, tick, end_of_load.get_token()));
  stage_.workload = workload.get();
  stage_.versions = &versions;
  auto directed = director.run(stop);
  if (!directed) end_of_load.request_stop();
  const auto summary = workload->join();
  signs_.requests = static_cast<std::int64_t>(summary.all.planned);
  signs_.errors = workload->errors();
  observer_.load_ended();
  if (directed) directed = unless_gone(look_back(*workload, versions, director, stop));
  versions.finish(setting_.clock->now());
  signs_.swaps_failed = versions.counts().failed;
  signs_.not_recovered = director.faults_not_recovered();
  signs_.went_back = versions.counts().violations;
  stage_.workload = nullptr;
  stage_.versions = nullptr;
  stage_.deliverer = nullptr;
  return directed;
}

Result<void> LoadPart::look_back(Workload& workload, Versions& versions, const Director& director,
                                 std::stop_token stop) {
  const auto& app = setting_.plan->app;
  const auto ledger = workload.ledger();
  if (!app.ledger_total.empty())
    keep_ledger_total(
        setting_, *application_,
        static_cast<std::int64_t>(ledger.counts.acknowledged) - director.acknowledged_before(),
        static_cast<std::int64_t>(ledger.counts.open), store_);
  if (!app.ledger_ranges.empty()) {
    auto row = check_ledger(ledger, application_->port(), app.ledger_ranges, "end", *setting_.clock,
                            std::move(stop));
    signs_.writes_lost = row.lost;
    signs_.writes_altered = row.altered + row.duplicated;
    store_.add(std::move(row));
  }
  if (stage_.deliverer == nullptr) return {};
  return keep_drift_fact(setting_, *application_, *deliverer_, versions, stage_.digests, store_);
}

}  // namespace bhsim::runner
