#pragma once
// The application under load, from its first container to the files that it leaves.

#include <optional>

#include "framework/faults/journal.hpp"
#include "framework/history/store.hpp"
#include "framework/probes/probe_set.hpp"
#include "framework/runner/application.hpp"
#include "framework/runner/diagnosis.hpp"
#include "framework/runner/director.hpp"
#include "framework/runner/run.hpp"

namespace bhsim::runner {

class LoadPart {
 public:
  // All must outlive it.
  LoadPart(const Setting& setting, history::Store& store, faults::Journal& journal, Path directory,
           const Observer& observer);

  // Until the application is ready. An Error: it is not, and there is nothing to be measured.
  Result<void> get_ready(std::stop_token stop);
  // The timeline. An Error: why it ended before its time.
  Result<void> run(std::stop_token stop);
  // Stops the application, keeps its files, and looks into it when it failed (diagnosis.hpp); best
  // effort in each part, the first failure is returned.
  Result<void> end(const Path& artifacts, std::stop_token stop);

 private:
  // For faults on their way to the application.
  [[nodiscard]] faults::Clients clients();
  // For faults on its own way to its dependency.
  [[nodiscard]] Result<sidecar::Sidecar*> way() const;
  Result<void> prepare();
  // `done`, or that the application is gone: then that is the reason for everything else.
  Result<void> unless_gone(Result<void> done);
  Result<void> keep_facts();
  Result<void> drive(std::stop_token stop);
  // Nothing when there is no reason to look into the application.
  std::optional<Diagnosis> look_into(const std::stop_token& stop);
  // What is read back when the load is over: the ledger and its total, and the classes on disk.
  Result<void> look_back(Workload& workload, Versions& versions, const Director& director,
                         std::stop_token stop);
  // Empty when the JVM does not tell: a version that nobody knows must not look like one.
  [[nodiscard]] std::string jvm_version() const;

  const Setting& setting_;
  history::Store& store_;
  const Path directory_;
  const Observer& observer_;
  std::unique_ptr<Application> application_;
  std::optional<probes::ProbeSet> probes_;
  std::optional<hotswap::Deliverer> deliverer_;
  faults::Injector injector_;
  Director::Stage stage_;
  Signs signs_;
};

}  // namespace bhsim::runner
