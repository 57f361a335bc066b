#pragma once
// Single documents about a run, kept as facts: what the engine says of container and image, which
// configuration is in force, what is on disk against what serves, and what it takes to do the run
// again. Secrets are redacted before anything is stored.

#include "framework/history/store.hpp"
#include "framework/hotswap/delivery.hpp"
#include "framework/runner/application.hpp"
#include "framework/runner/versions.hpp"

namespace bhsim::runner {

// Values of environment variables, labels and arguments whose name sounds like a secret become
// "[redacted]"; the rest of the document stays as the engine gave it. Pure; JSON text in and out.
std::string redacted(std::string_view json);

// The same in words of any form, such as a command line: what follows "db.password=" up to the next
// blank. Pure.
std::string redacted_text(std::string_view text);

// engine.version, engine.info, engine.endpoint.
Result<void> keep_engine_facts(const engine::Client& engine, history::Store& store);
// container.inspect, image.inspect, image.history, image.setuid.
Result<void> keep_container_facts(const Setting& setting, const Application& application,
                                  history::Store& store);
// config.in_force: the digest of the file given, of the file as mounted, and of the one that the
// agent says it obeys.
Result<void> keep_configuration_fact(const Setting& setting, Application& application,
                                     history::Store& store);
// drift: for each swapped class, digest on disk against digest of the generation that serves.
Result<void> keep_drift_fact(const Setting& setting, Application& application,
                             const hotswap::Deliverer& deliverer, const Versions& versions,
                             const std::map<std::int64_t, std::string>& digests,
                             history::Store& store);
// ledger.total: the application's own count of the writes that it accepted since its JVM's start,
// beside the `acknowledged` ones and those whose answer was never seen (`open`). A count that
// trails has some seconds to come.
void keep_ledger_total(const Setting& setting, const Application& application,
                       std::int64_t acknowledged, std::int64_t open, history::Store& store);
// versions.
void keep_version_fact(const Setting& setting, const std::string& jvm, history::Store& store);

}  // namespace bhsim::runner
